//! Steps from one schema to the next that SQL alone cannot take, and what files of an older Afterbell become.

use super::ids::earlier_token;
use super::schema::failure;
use crate::conference::{ConferenceFacts, ConferenceId, SharedId, StudentId, id_of_old};
use crate::error::Result;
use rusqlite::{Connection, params};

/// The id of a conference from before conferences had any. Nothing it is made of ever changes, so the database, each backup and the file beside the
/// recording come to the same.
fn conference_id(audio: &str, audio_sha256: &str, started_unix_ms: i64) -> ConferenceId {
    id_of_old(started_unix_ms, &format!("afterbell conference {audio} {audio_sha256} {started_unix_ms}"))
}

/// The id of a student from before students had any. The number alone would not do: after going back to a backup the next new child was given
/// the number of another.
pub(super) fn student_id(number: i64, name: &str) -> StudentId {
    id_of_old(0, &format!("afterbell student {number} {name}"))
}

/// Schema 4: conferences, students and what colleagues share are named by UUIDs. Row numbers stay inside the database.
pub(super) fn give_ids(db: &Connection) -> Result<()> {
    let doing = "naming the conferences";
    let fail = |err| failure(doing, err);
    db.execute_batch(
        "ALTER TABLE conference ADD COLUMN uuid TEXT NOT NULL DEFAULT '';
         ALTER TABLE student ADD COLUMN uuid TEXT NOT NULL DEFAULT '';
         ALTER TABLE shared ADD COLUMN uuid TEXT NOT NULL DEFAULT '';
         CREATE TABLE earlier_token (    -- what bundles called a conference that were sent out before it had an id
             token TEXT PRIMARY KEY,
             conference INTEGER NOT NULL REFERENCES conference(id) ON DELETE CASCADE
         ) WITHOUT ROWID;
         CREATE INDEX earlier_token_of ON earlier_token(conference);",
    )
    .map_err(fail)?;
    let rows: Vec<(i64, String, String, i64)> =
        all(db, "SELECT id, audio, audio_sha256, started_unix_ms FROM conference", |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    for (row, audio, sha256, started) in rows {
        db.execute("UPDATE conference SET uuid = ?2 WHERE id = ?1", params![row, conference_id(&audio, &sha256, started)]).map_err(fail)?;
        db.execute("INSERT OR IGNORE INTO earlier_token VALUES (?1, ?2)", params![earlier_token(row, &sha256, started), row]).map_err(fail)?;
    }
    for (row, name) in all(db, "SELECT id, name FROM student", |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)))? {
        db.execute("UPDATE student SET uuid = ?2 WHERE id = ?1", params![row, student_id(row, &name)]).map_err(fail)?;
    }
    let shared = all(db, "SELECT id, token, received_unix_ms FROM shared", |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get(2)?)))?;
    for (row, token, received) in shared {
        let id: SharedId = id_of_old(received, &format!("afterbell shared {token}"));
        db.execute("UPDATE shared SET uuid = ?2 WHERE id = ?1", params![row, id]).map_err(fail)?;
    }
    db.execute_batch(
        "CREATE UNIQUE INDEX conference_uuid ON conference(uuid);
         CREATE UNIQUE INDEX student_uuid ON student(uuid);
         CREATE UNIQUE INDEX shared_uuid ON shared(uuid);",
    )
    .map_err(fail)
}

fn all<T>(db: &Connection, sql: &str, read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
    let doing = "bringing the library up to date";
    let mut query = db.prepare(sql).map_err(|err| failure(doing, err))?;
    query.query_map([], read).and_then(Iterator::collect).map_err(|err| failure(doing, err))
}

/// Facts that an older Afterbell wrote beside a recording: ids in place of row numbers. What bundles called the conference then; none when the facts
/// are of today.
pub(super) fn facts_of_old(facts: &mut ConferenceFacts) -> Option<String> {
    if let Some(student) = &mut facts.student
        && let Some(number) = student.id.number()
    {
        student.id = student_id(number, &student.name);
    }
    let number = facts.id.number()?;
    facts.id = conference_id(&facts.audio, &facts.audio_sha256, facts.started_unix_ms);
    Some(earlier_token(number, &facts.audio_sha256, facts.started_unix_ms))
}
