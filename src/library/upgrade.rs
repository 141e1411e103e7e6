//! Steps from one schema to the next that SQL alone cannot take, and what files of an older Afterbell become.

use super::failure::failure;
use super::folding::{ADD_LINE, Folded, folded};
use super::ids::earlier_token;
use super::people_rows::{FIRST_CLASS, add_class, save_participants};
use super::rows;
use crate::conference::{
    Class, ClassId, ConferenceData, ConferenceId, ListedStudent, Participant, SharedId, Student, StudentId, id_of_old, name_key, participants_named,
};
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

/// Schema 8: search finds words however they are typed, and any part of a text without spaces; what stood in the file of a typed conference is kept.
pub(super) fn fold_lines(db: &Connection) -> Result<()> {
    let fail = |err| failure("making search find more", err);
    type Line = (String, i64, Option<i64>, Option<String>);
    let lines: Vec<Line> = all(db, "SELECT text, conference, start_ms, speaker FROM line", |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
    db.execute_batch(
        "ALTER TABLE conference ADD COLUMN typed TEXT;  -- JSON: of a typed conference, the times and the lines of its file that were not said
         DROP TABLE line;
         -- One row for each turn and each note: what search looks in. Folded, apostrophes parting words; the same, apostrophes joining them; as it is.
         CREATE VIRTUAL TABLE line USING fts5(
             apart, together, text UNINDEXED, conference UNINDEXED, start_ms UNINDEXED, speaker UNINDEXED,
             tokenize = 'unicode61 remove_diacritics 2'
         );
         INSERT INTO line(line, rank) VALUES ('secure-delete', 1);",
    )
    .map_err(fail)?;
    let mut add = db.prepare(ADD_LINE).map_err(fail)?;
    for (text, conference, start, speaker) in lines {
        let Folded { apart, together } = folded(&text);
        add.execute(params![apart, together, text, conference, start, speaker]).map_err(fail)?;
    }
    // What was not recorded counts no more: the share in the list is measured again where something was not. A row that cannot be read stays as it is.
    let cut: Vec<i64> = all(db, "SELECT id FROM conference WHERE dropouts <> '[]' AND deleted_unix_ms IS NULL", |row| row.get(0))?;
    cut.into_iter().filter(|&row| rows::load(db, row).is_ok()).try_for_each(|row| rows::index(db, row))
}

fn all<T>(db: &Connection, sql: &str, read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
    let doing = "bringing the library up to date";
    let mut query = db.prepare(sql).map_err(|err| failure(doing, err))?;
    query.query_map([], read).and_then(Iterator::collect).map_err(|err| failure(doing, err))
}

/// The class that all children of an older library are in.
fn only_class() -> ClassId {
    id_of_old(0, "afterbell class")
}

/// Schema 5: who was at a conference stands in rows, with the voice of each; names need not be unique any more; classes.
pub(super) fn give_participants(db: &Connection) -> Result<()> {
    let doing = "keeping who was there";
    let fail = |err| failure(doing, err);
    let sql = "SELECT c.id, c.uuid, s.uuid, s.name, c.students, c.student_names, c.is_sample FROM conference c LEFT JOIN student s ON s.id = c.student";
    type Old = (i64, ConferenceId, Option<Student>, u8, String, bool);
    let old: Vec<Old> = all(db, sql, |row| {
        let student: Option<StudentId> = row.get(2)?;
        let student = student.map(|id| row.get(3).map(|name| Student { id, name })).transpose()?;
        Ok((row.get(0)?, row.get(1)?, student, row.get(4)?, row.get(5)?, row.get(6)?))
    })?;
    db.execute_batch(
        "CREATE TABLE class (
             id INTEGER PRIMARY KEY,
             uuid TEXT NOT NULL UNIQUE,
             name TEXT NOT NULL,
             ended_unix_ms INTEGER               -- when its year ended
         );
         CREATE TABLE child (
             id INTEGER PRIMARY KEY,
             uuid TEXT NOT NULL UNIQUE,
             name TEXT NOT NULL,
             class INTEGER REFERENCES class(id), -- null: known from single conferences only, and gone with the last of these
             archived_unix_ms INTEGER            -- when the child left; 0 when that was not written down
         );",
    )
    .map_err(fail)?;
    if db.query_row("SELECT EXISTS (SELECT 1 FROM student)", [], |row| row.get(0)).map_err(fail)? {
        let class = add_class(db, only_class(), FIRST_CLASS)?;
        db.execute("INSERT INTO child SELECT id, uuid, name, ?1, CASE removed WHEN 0 THEN NULL ELSE 0 END FROM student", [class]).map_err(fail)?;
    }
    // Nothing may point to the old table when it goes, or the rows that do would be changed with it.
    db.execute_batch(
        "UPDATE conference SET student = NULL;
         ALTER TABLE conference DROP COLUMN student;
         ALTER TABLE conference DROP COLUMN student_names;
         DROP TABLE student;
         ALTER TABLE child RENAME TO student;
         CREATE TABLE participant (
             conference INTEGER NOT NULL REFERENCES conference(id) ON DELETE CASCADE,
             student INTEGER NOT NULL REFERENCES student(id),
             position INTEGER NOT NULL,
             voice INTEGER,                      -- the number of the student's voice; null while nobody said which it is
             PRIMARY KEY (conference, student)
         ) WITHOUT ROWID;
         CREATE INDEX participant_of ON participant(student);
         CREATE TRIGGER gone_with_the_last_conference AFTER DELETE ON participant BEGIN
             DELETE FROM student WHERE id = old.student AND class IS NULL AND NOT EXISTS (SELECT 1 FROM participant WHERE student = old.student);
         END;",
    )
    .map_err(fail)?;
    for (row, id, student, students, names, is_sample) in old {
        // A list that cannot be read was shown as empty.
        let names: Vec<String> = serde_json::from_str(&names).unwrap_or_default();
        let mut participants = participants_named(student.into_iter().collect(), &names, students);
        know(db, id, is_sample, &mut participants)?;
        save_participants(db, row, &participants)?;
    }
    Ok(())
}

/// Gives ids to names that were typed for one conference before children had any: that of the child of the class list with this name (there it was what
/// told one child from another), else one that is the conference's own. A sample's children are invented.
fn know(db: &Connection, conference: ConferenceId, is_sample: bool, participants: &mut [Participant]) -> Result<()> {
    let mut known = Vec::new();
    if !is_sample && participants.iter().any(|one| !one.student.id.is_given()) {
        known = all(db, "SELECT uuid, name FROM student WHERE class IS NOT NULL", |row| Ok(Student { id: row.get(0)?, name: row.get(1)? }))?;
    }
    for index in 0..participants.len() {
        let name = participants[index].student.name.clone();
        if participants[index].student.id.is_given() {
            continue;
        }
        let free = |one: &&Student| participants.iter().all(|there| there.student.id != one.id);
        let alike: Vec<&Student> = known.iter().filter(free).filter(|one| name_key(&one.name) == name_key(&name)).collect();
        let same = alike.iter().find(|one| one.name.eq_ignore_ascii_case(&name)).or(if alike.len() == 1 { alike.first() } else { None });
        let own = || Student { id: id_of_old(0, &format!("afterbell child {conference} {index} {name}")), name: name.clone() };
        participants[index].student = same.map_or_else(own, |one| (*one).clone());
    }
    Ok(())
}

/// The student whom a file from before ids says a conference was with: somebody of the class list.
pub(super) fn listed_of_old(mut student: Student) -> (Class, ListedStudent) {
    student.id = student.id.number().map_or(student.id, |number| student_id(number, &student.name));
    let class = Class { id: only_class(), name: FIRST_CLASS.into(), ended_unix_ms: None };
    let listed = ListedStudent { student, class: Some(class.id), archived_unix_ms: None };
    (class, listed)
}

/// Facts that an older Afterbell wrote beside a recording: ids in place of row numbers and of names. What bundles called the conference then; none when
/// the facts are of today.
pub(super) fn data_of_old(db: &Connection, facts: &mut ConferenceData) -> Result<Option<String>> {
    let Some(number) = facts.id.number() else { return Ok(None) };
    facts.id = conference_id(&facts.audio, &facts.audio_sha256, facts.started_unix_ms);
    for Participant { student, .. } in &mut facts.participants {
        student.id = student.id.number().map_or(student.id, |number| student_id(number, &student.name));
    }
    know(db, facts.id, facts.is_sample, &mut facts.participants)?;
    Ok(Some(earlier_token(number, &facts.audio_sha256, facts.started_unix_ms)))
}
