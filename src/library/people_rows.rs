//! Classes, children and participants as rows: what other files of the library read and write of them.

use super::failure::failure;
use super::ids::new_id;
use crate::conference::{Class, ClassId, ConferenceId, ListedStudent, Participant, Student, StudentId, name_key};
use crate::error::{Error, ErrorKind, Result};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

/// The class of a teacher who named none.
pub(super) const FIRST_CLASS: &str = "My class";

/// A child as it is listed.
pub(super) const LISTED: &str = "SELECT s.uuid, s.name, c.uuid, s.archived_unix_ms FROM student s LEFT JOIN class c ON c.id = s.class";

pub(super) fn listed(row: &Row<'_>) -> rusqlite::Result<ListedStudent> {
    Ok(ListedStudent { student: Student { id: row.get(0)?, name: row.get(1)? }, class: row.get(2)?, archived_unix_ms: row.get(3)? })
}

/// The row of a student.
pub(super) fn student_row(db: &Connection, id: StudentId) -> Result<i64> {
    let doing = "finding a student";
    let found = db.query_row("SELECT id FROM student WHERE uuid = ?1", [id], |row| row.get(0)).optional();
    found.map_err(|err| failure(doing, err))?.ok_or(Error::bare(ErrorKind::NotFound, doing))
}

/// The row of a class.
pub(super) fn class_row(db: &Connection, id: ClassId) -> Result<i64> {
    let doing = "finding a class";
    let found = db.query_row("SELECT id FROM class WHERE uuid = ?1", [id], |row| row.get(0)).optional();
    found.map_err(|err| failure(doing, err))?.ok_or(Error::bare(ErrorKind::NotFound, doing))
}

/// Adds a class; the number of its row.
pub(super) fn add_class(db: &Connection, id: ClassId, name: &str) -> Result<i64> {
    db.execute("INSERT INTO class (uuid, name) VALUES (?1, ?2)", params![id, name]).map_err(|err| failure("adding a class", err))?;
    Ok(db.last_insert_rowid())
}

/// The class that goes on and was made last; the first one where there is none.
pub(super) fn current_class(db: &Connection) -> Result<i64> {
    let found = db.query_row("SELECT id FROM class WHERE ended_unix_ms IS NULL ORDER BY uuid DESC LIMIT 1", [], |row| row.get(0)).optional();
    match found.map_err(|err| failure("finding the class of this year", err))? {
        Some(row) => Ok(row),
        None => add_class(db, new_id(), FIRST_CLASS),
    }
}

/// Who was at a conference, from now on. A child the library does not know yet (a name typed for this conference, a file of another computer) is added,
/// in no class; one that has no id yet is given one.
pub(super) fn save_participants(db: &Connection, conference: i64, participants: &[Participant]) -> Result<()> {
    let doing = "keeping who was there";
    let fail = |err| failure(doing, err);
    db.execute("DELETE FROM participant WHERE conference = ?1", [conference]).map_err(fail)?;
    for (position, Participant { student, voice }) in participants.iter().enumerate() {
        let id = if student.id.is_given() { student.id } else { new_id() };
        db.execute("INSERT OR IGNORE INTO student (uuid, name) VALUES (?1, ?2)", params![id, student.name]).map_err(fail)?;
        let row = student_row(db, id)?;
        db.execute("INSERT OR IGNORE INTO participant VALUES (?1, ?2, ?3, ?4)", params![conference, row, position as i64, voice]).map_err(fail)?;
    }
    Ok(())
}

/// The conferences whose files tell of a child or a class.
pub(super) fn conferences_with(db: &Connection, column: &str, row: i64) -> Result<Vec<ConferenceId>> {
    let doing = "looking for the conferences of a student";
    let sql =
        format!("SELECT DISTINCT c.uuid FROM conference c JOIN participant p ON p.conference = c.id JOIN student s ON s.id = p.student WHERE {column} = ?1");
    let mut query = db.prepare_cached(&sql).map_err(|err| failure(doing, err))?;
    query.query_map([row], |row| row.get(0)).and_then(Iterator::collect).map_err(|err| failure(doing, err))
}

/// Takes in what a file beside a recording tells of children and their classes: those that are not there, and with `newer` what is said of the others.
pub(super) fn know_again(db: &Connection, students: &[ListedStudent], classes: &[Class], newer: bool) -> Result<()> {
    let fail = |err| failure("taking in who was there", err);
    for Class { id, name, ended_unix_ms } in classes {
        db.execute("INSERT OR IGNORE INTO class (uuid, name, ended_unix_ms) VALUES (?1, ?2, ?3)", params![id, name, ended_unix_ms]).map_err(fail)?;
        if newer {
            db.execute("UPDATE class SET name = ?2, ended_unix_ms = ?3 WHERE uuid = ?1", params![id, name, ended_unix_ms]).map_err(fail)?;
        }
    }
    for ListedStudent { student: Student { id, name }, class, archived_unix_ms } in students {
        // A class that neither the file nor the library knows (a damaged file): the child stays where it is.
        let class = match class.map(|class| class_row(db, class)) {
            Some(Err(err)) if err.kind == ErrorKind::NotFound => continue,
            class => class.transpose()?,
        };
        // A child in no class comes with its conference, and only with it.
        if class.is_some() {
            let known = params![id, name, class, archived_unix_ms];
            db.execute("INSERT OR IGNORE INTO student (uuid, name, class, archived_unix_ms) VALUES (?1, ?2, ?3, ?4)", known).map_err(fail)?;
        }
        if newer {
            let known = params![id, name, class, archived_unix_ms];
            db.execute("UPDATE student SET name = ?2, class = ?3, archived_unix_ms = ?4, deleted_unix_ms = NULL WHERE uuid = ?1", known).map_err(fail)?;
        }
    }
    Ok(())
}

/// Every child who was not deleted.
pub(super) fn all_students(db: &Connection) -> Result<Vec<ListedStudent>> {
    list_students(db, &format!("{LISTED} WHERE s.deleted_unix_ms IS NULL"))
}

pub(super) fn list_students(db: &Connection, sql: &str) -> Result<Vec<ListedStudent>> {
    let doing = "reading the class list";
    let mut query = db.prepare_cached(sql).map_err(|err| failure(doing, err))?;
    let mut all: Vec<ListedStudent> = query.query_map([], listed).and_then(Iterator::collect).map_err(|err| failure(doing, err))?;
    all.sort_by_cached_key(|one| (name_key(&one.student.name), one.student.id));
    Ok(all)
}

/// The classes, the newest first: their ids begin with when they were given, in every library made again too.
pub(super) fn classes(db: &Connection) -> Result<Vec<Class>> {
    let doing = "listing the classes";
    let mut query = db.prepare_cached("SELECT uuid, name, ended_unix_ms FROM class ORDER BY uuid DESC").map_err(|err| failure(doing, err))?;
    let rows = query.query_map([], |row| Ok(Class { id: row.get(0)?, name: row.get(1)?, ended_unix_ms: row.get(2)? }));
    rows.and_then(Iterator::collect).map_err(|err| failure(doing, err))
}
