//! What was deleted and waits to be brought back or to go for good: conferences, what colleagues shared, comments, children taken off the list.

use super::comments::{put_comment, reply_of, take_comment, write_reply};
use super::failure::failure;
use super::forget::Forgetting;
use super::ids::row_of;
use super::open::Library;
use super::rows::{SUMMARY, index, summary};
use crate::conference::{ConferenceId, ConferenceSummary, SharedId, Student, StudentId};
use crate::error::{Error, ErrorKind, Result};
use rusqlite::params;

/// A comment that was taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedComment {
    /// Names it.
    pub id: i64,
    /// The conference of a colleague it was a comment on.
    pub on: SharedId,
    /// The moment, in milliseconds.
    pub at_ms: i64,
    /// What it said.
    pub text: String,
}

/// One thing that was deleted, and when (milliseconds since 1970).
pub type DeletedAt<T> = (T, i64);

impl Library {
    /// Conferences that were deleted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn deleted_conferences(&self) -> Result<Vec<DeletedAt<ConferenceSummary>>> {
        let doing = "looking for what was deleted";
        let all = self.deleted(&format!("{SUMMARY} WHERE deleted_unix_ms IS NOT NULL"), summary)?;
        let mut when = self.connection.prepare_cached("SELECT deleted_unix_ms FROM conference WHERE uuid = ?1").map_err(|err| failure(doing, err))?;
        let dated = all.into_iter().map(|one| when.query_row([one.id], |row| row.get(0)).map(|at| (one, at)));
        dated.collect::<rusqlite::Result<_>>().map_err(|err| failure(doing, err))
    }

    /// The sound of a conference, deleted or not.
    ///
    /// # Errors
    /// When it is gone.
    pub fn audio_of(&self, id: ConferenceId) -> Result<String> {
        self.connection
            .query_row("SELECT audio FROM conference WHERE uuid = ?1", [id], |row| row.get(0))
            .map_err(|err| failure("finding the sound of a conference", err))
    }

    /// Conferences of colleagues that were deleted: which, by the name its bundle gave it, with whom it was, and when that began.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn deleted_shared(&self) -> Result<Vec<DeletedAt<(SharedId, String)>>> {
        self.deleted("SELECT uuid, token, deleted_unix_ms FROM shared WHERE deleted_unix_ms IS NOT NULL", |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))
    }

    /// Comments that were deleted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn deleted_comments(&self) -> Result<Vec<DeletedAt<RemovedComment>>> {
        self.deleted(
            "SELECT r.id, s.uuid, at_ms, text, r.deleted_unix_ms FROM removed_comment r JOIN shared s ON s.id = shared WHERE s.deleted_unix_ms IS NULL",
            |row| Ok((RemovedComment { id: row.get(0)?, on: row.get(1)?, at_ms: row.get(2)?, text: row.get(3)? }, row.get(4)?)),
        )
    }

    /// Children who were taken off the list and can be put back on it, and how many conferences name each.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn deleted_students(&self) -> Result<Vec<DeletedAt<(Student, usize)>>> {
        let sql =
            "SELECT uuid, name, (SELECT count(*) FROM participant WHERE student = s.id), deleted_unix_ms FROM student s WHERE deleted_unix_ms IS NOT NULL";
        self.deleted(sql, |row| {
            let count: i64 = row.get(2)?;
            Ok(((Student { id: row.get(0)?, name: row.get(1)? }, count as usize), row.get(3)?))
        })
    }

    fn deleted<T>(&self, sql: &str, read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
        let doing = "looking for what was deleted";
        let mut query = self.connection.prepare_cached(sql).map_err(|err| failure(doing, err))?;
        query.query_map([], read).and_then(Iterator::collect).map_err(|err| failure(doing, err))
    }

    /// Takes a conference off the list; [`Library::restore`] brings it back until it is forgotten.
    ///
    /// # Errors
    /// When it is not there or the database cannot be written.
    pub fn delete(&mut self, id: ConferenceId, now_unix_ms: i64) -> Result<()> {
        self.set_deleted(id, Some(now_unix_ms))
    }

    /// Brings a deleted conference back.
    ///
    /// # Errors
    /// When it is gone or the database cannot be written.
    pub fn restore(&mut self, id: ConferenceId) -> Result<()> {
        self.set_deleted(id, None)
    }

    fn set_deleted(&mut self, id: ConferenceId, at: Option<i64>) -> Result<()> {
        let doing = "deleting or restoring a conference";
        self.change(doing, |db| {
            let row = row_of(db, id)?;
            db.execute("UPDATE conference SET deleted_unix_ms = ?2 WHERE id = ?1", params![row, at]).map_err(|err| failure(doing, err))?;
            index(db, row)
        })?;
        self.changed.insert(id);
        Ok(())
    }

    /// Takes a colleague's conference off the list, with all that was said to it, or puts it back (`None`).
    ///
    /// # Errors
    /// When it is gone or the database cannot be written.
    pub fn set_shared_deleted(&mut self, id: SharedId, at: Option<i64>) -> Result<()> {
        let doing = "deleting or restoring a conference of a colleague";
        self.change(doing, |db| {
            match db.execute("UPDATE shared SET deleted_unix_ms = ?2 WHERE uuid = ?1", params![id, at]).map_err(|err| failure(doing, err))? {
                0 => Err(Error::bare(ErrorKind::NotFound, doing)),
                _ => Ok(()),
            }
        })?;
        self.changed_shared.insert(id);
        Ok(())
    }

    /// Takes a comment away; it can be brought back. None when nothing was said to that moment.
    ///
    /// # Errors
    /// When the conference is not there or the database cannot be written.
    pub fn delete_comment(&mut self, on: SharedId, at_ms: i64, now_unix_ms: i64) -> Result<Option<i64>> {
        let doing = "deleting a comment";
        let deleted = self.change(doing, |db| {
            let (row, mut reply) = reply_of(db, "uuid", on)?;
            let Some(text) = take_comment(&mut reply, at_ms) else { return Ok(None) };
            write_reply(db, row, &reply)?;
            db.query_row(
                "INSERT INTO removed_comment (shared, at_ms, text, deleted_unix_ms) VALUES (?1, ?2, ?3, ?4) RETURNING id",
                params![row, at_ms, text, now_unix_ms],
                |row| row.get(0).map(Some),
            )
            .map_err(|err| failure(doing, err))
        })?;
        self.changed_shared.insert(on);
        Ok(deleted)
    }

    /// Brings a comment back. What was said to the same moment since stays, before it.
    ///
    /// # Errors
    /// When it is gone or the database cannot be written.
    pub fn restore_comment(&mut self, id: i64) -> Result<SharedId> {
        let doing = "restoring a comment";
        let on = self.change(doing, |db| {
            let (row, at_ms, text): (i64, i64, String) = db
                .query_row("DELETE FROM removed_comment WHERE id = ?1 RETURNING shared, at_ms, text", [id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .map_err(|err| failure(doing, err))?;
            let (row, mut reply) = reply_of(db, "id", row)?;
            let text = match take_comment(&mut reply, at_ms) {
                Some(since) if since.trim() != text.trim() => format!("{since}\n{text}"),
                _ => text,
            };
            put_comment(&mut reply, at_ms, &text);
            write_reply(db, row, &reply)?;
            db.query_row("SELECT uuid FROM shared WHERE id = ?1", [row], |row| row.get(0)).map_err(|err| failure(doing, err))
        })?;
        self.changed_shared.insert(on);
        Ok(on)
    }

    /// Takes a child off the class list; conferences keep the name. Can be undone by [`Library::restore_student`]. (A child who left is archived.)
    ///
    /// # Errors
    /// When the child is not there or the database cannot be written.
    pub fn delete_student(&mut self, id: StudentId, now_unix_ms: i64) -> Result<()> {
        self.change_student("deleting a student", id, |db, row| db.execute("UPDATE student SET deleted_unix_ms = ?2 WHERE id = ?1", params![row, now_unix_ms]))
    }

    /// Puts a child back where it was.
    ///
    /// # Errors
    /// When the child is gone or the database cannot be written.
    pub fn restore_student(&mut self, id: StudentId) -> Result<()> {
        self.change_student("restoring a student", id, |db, row| db.execute("UPDATE student SET deleted_unix_ms = NULL WHERE id = ?1", [row]))
    }

    /// A child who was deleted cannot be put back any more: it is in no class, and known from its conferences only.
    ///
    /// # Errors
    /// When the child is gone or the database cannot be written.
    pub fn let_student_go(&mut self, id: StudentId) -> Result<()> {
        self.change_student("forgetting a student", id, |db, row| {
            db.execute("UPDATE student SET class = NULL, archived_unix_ms = NULL, deleted_unix_ms = NULL WHERE id = ?1", [row])
        })
    }

    /// The children (id and name) who are in no class and in no conference besides these: in every copy of the library they go with them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn known_only_from(&self, going: &Forgetting) -> Result<Vec<(String, String)>> {
        let going: Vec<String> = going.audio.iter().cloned().collect();
        let going = serde_json::to_string(&going).map_err(|err| Error::new(ErrorKind::Bug, "forgetting names", err))?;
        let doing = "looking for names nobody holds";
        let mut query = self
            .connection
            .prepare(
                "SELECT uuid, name FROM student s WHERE class IS NULL AND archived_unix_ms IS NULL AND NOT EXISTS
                 (SELECT 1 FROM participant p JOIN conference c ON c.id = p.conference
                  WHERE p.student = s.id AND c.audio NOT IN (SELECT value FROM json_each(?1)))",
            )
            .map_err(|err| failure(doing, err))?;
        query.query_map([going], |row| Ok((row.get(0)?, row.get(1)?))).and_then(Iterator::collect).map_err(|err| failure(doing, err))
    }

    /// What names a comment wherever it is kept: conference, moment and words.
    ///
    /// # Errors
    /// When it is gone.
    pub fn comment_to_forget(&self, id: i64) -> Result<(String, i64, String)> {
        self.connection
            .query_row("SELECT token, at_ms, text FROM removed_comment r JOIN shared s ON s.id = r.shared WHERE r.id = ?1", [id], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .map_err(|err| failure("finding a comment", err))
    }

    /// What names a conference of a colleague wherever it is kept.
    ///
    /// # Errors
    /// When it is gone.
    pub fn token_of_shared(&self, id: SharedId) -> Result<String> {
        self.connection
            .query_row("SELECT token FROM shared WHERE uuid = ?1", [id], |row| row.get(0))
            .map_err(|err| failure("finding a conference of a colleague", err))
    }
}
