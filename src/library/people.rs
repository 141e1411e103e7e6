//! Classes, the children in them, and who was at which conference.
//!
//! A child is in one class at a time, or in none: then single conferences are all that is known of it, and with the last of these it is gone. Names need
//! not be unique. Nobody is taken for somebody else because of a name: whoever adds a child asks first with [`Library::students_named`].

use super::ids::new_id;
use super::schema::failure;
use super::store::Library;
use crate::conference::{Class, ClassId, ConferenceId, ListedStudent, Participant, Student, StudentId, name_key};
use crate::error::{Error, ErrorKind, Result};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

/// The class of a teacher who named none.
pub(super) const FIRST_CLASS: &str = "My class";

const LISTED: &str = "SELECT s.uuid, s.name, c.uuid, s.archived_unix_ms FROM student s LEFT JOIN class c ON c.id = s.class";

fn listed(row: &Row<'_>) -> rusqlite::Result<ListedStudent> {
    Ok(ListedStudent { student: Student { id: row.get(0)?, name: row.get(1)? }, class: row.get(2)?, archived_unix_ms: row.get(3)? })
}

/// A name as it is kept: one space between its words.
fn tidy(name: &str, doing: &'static str) -> Result<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() { Err(Error::bare(ErrorKind::NoName, doing)) } else { Ok(name) }
}

/// The row of a student.
fn student_row(db: &Connection, id: StudentId) -> Result<i64> {
    let doing = "finding a student";
    let found = db.query_row("SELECT id FROM student WHERE uuid = ?1", [id], |row| row.get(0)).optional();
    found.map_err(|err| failure(doing, err))?.ok_or(Error::bare(ErrorKind::NotFound, doing))
}

/// The row of a class.
fn class_row(db: &Connection, id: ClassId) -> Result<i64> {
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
fn current_class(db: &Connection) -> Result<i64> {
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
fn conferences_with(db: &Connection, column: &str, row: i64) -> Result<Vec<ConferenceId>> {
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

fn list_students(db: &Connection, sql: &str) -> Result<Vec<ListedStudent>> {
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

impl Library {
    /// The children of the classes that go on, by name; those who left are not among them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn students(&self) -> Result<Vec<Student>> {
        let all = list_students(
            &self.connection,
            &format!("{LISTED} WHERE s.deleted_unix_ms IS NULL AND s.archived_unix_ms IS NULL AND c.id IS NOT NULL AND c.ended_unix_ms IS NULL"),
        )?;
        Ok(all.into_iter().map(|one| one.student).collect())
    }

    /// Every child there is: also those who left, those of classes whose year ended, and those known from single conferences only. Not those who were
    /// deleted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn all_students(&self) -> Result<Vec<ListedStudent>> {
        all_students(&self.connection)
    }

    /// Every child a class list ever had or a conference that is no sample was with: whose names are hidden in what is shared.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn names_to_hide(&self) -> Result<Vec<String>> {
        let real = "EXISTS (SELECT 1 FROM participant p JOIN conference f ON f.id = p.conference WHERE p.student = s.id AND NOT f.is_sample)";
        let all = list_students(&self.connection, &format!("{LISTED} WHERE s.class IS NOT NULL OR s.archived_unix_ms IS NOT NULL OR {real}"))?;
        Ok(all.into_iter().map(|one| one.student.name).collect())
    }

    /// The children this name may mean, however it is typed: those in a class that goes on first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn students_named(&self, name: &str) -> Result<Vec<ListedStudent>> {
        let key = name_key(name);
        let mut found: Vec<ListedStudent> = self.all_students()?.into_iter().filter(|one| name_key(&one.student.name) == key).collect();
        let current: Vec<StudentId> = self.students()?.into_iter().map(|student| student.id).collect();
        found.sort_by_key(|one| !current.contains(&one.student.id));
        Ok(found)
    }

    /// One child, whatever has become of it. (A session's lock of an older Afterbell knows it by its number.)
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn student(&self, id: StudentId) -> Result<Option<Student>> {
        let found = self.connection.query_row(&format!("{LISTED} WHERE s.uuid = ?1 OR s.id = ?2"), params![id, id.number()], listed).optional();
        Ok(found.map_err(|err| failure("finding a student", err))?.map(|one| one.student))
    }

    /// Adds a child to a class (the newest that goes on, when none is said), whoever else has the same name.
    ///
    /// # Errors
    /// [`ErrorKind::NoName`]; [`ErrorKind::NotFound`] for a class that is not there.
    pub fn add_student(&mut self, name: &str, class: Option<ClassId>) -> Result<Student> {
        let doing = "adding a student";
        let student = Student { id: new_id(), name: tidy(name, doing)? };
        self.change(doing, |db| {
            let class = class.map_or_else(|| current_class(db), |class| class_row(db, class))?;
            db.execute("INSERT INTO student (uuid, name, class) VALUES (?1, ?2, ?3)", params![student.id, student.name, class])
                .map_err(|err| failure(doing, err))
        })?;
        self.class_list_changed = true;
        Ok(student)
    }

    /// Gives a child another name. Others may have it too.
    ///
    /// # Errors
    /// [`ErrorKind::NoName`]; [`ErrorKind::NotFound`].
    pub fn rename_student(&mut self, id: StudentId, name: &str) -> Result<()> {
        let doing = "renaming a student";
        let name = tidy(name, doing)?;
        self.change_student(doing, id, |db, row| db.execute("UPDATE student SET name = ?2 WHERE id = ?1", params![row, name]))
    }

    /// Archives a child who left: off the class list; conferences stay, and the name is still hidden in what is shared.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]; when the database cannot be written.
    pub fn archive_student(&mut self, id: StudentId, now_unix_ms: i64) -> Result<()> {
        self.change_student("archiving a student", id, |db, row| {
            db.execute("UPDATE student SET archived_unix_ms = ?2 WHERE id = ?1", params![row, now_unix_ms])
        })
    }

    /// Brings an archived child back.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]; when the database cannot be written.
    pub fn unarchive_student(&mut self, id: StudentId) -> Result<()> {
        self.change_student("bringing a student back", id, |db, row| db.execute("UPDATE student SET archived_unix_ms = NULL WHERE id = ?1", [row]))
    }

    /// Moves a child to another class.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]; when the database cannot be written.
    pub fn move_student(&mut self, id: StudentId, class: ClassId) -> Result<()> {
        let class = class_row(&self.connection, class)?;
        self.change_student("moving a student", id, |db, row| db.execute("UPDATE student SET class = ?2 WHERE id = ?1", params![row, class]))
    }

    /// Changes a child; the files beside its recordings, which tell of it too, follow.
    pub(super) fn change_student(
        &mut self,
        doing: &'static str,
        id: StudentId,
        change: impl FnOnce(&Transaction<'_>, i64) -> rusqlite::Result<usize>,
    ) -> Result<()> {
        let theirs = self.change(doing, |db| {
            let row = student_row(db, id)?;
            change(db, row).map_err(|err| failure(doing, err))?;
            conferences_with(db, "s.id", row)
        })?;
        self.changed.extend(theirs);
        self.class_list_changed = true;
        Ok(())
    }

    /// The classes, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn classes(&self) -> Result<Vec<Class>> {
        classes(&self.connection)
    }

    /// Adds a class.
    ///
    /// # Errors
    /// [`ErrorKind::NoName`]; when the database cannot be written.
    pub fn add_class(&mut self, name: &str) -> Result<Class> {
        let doing = "adding a class";
        let class = Class { id: new_id(), name: tidy(name, doing)?, ended_unix_ms: None };
        self.change(doing, |db| add_class(db, class.id, &class.name).map(drop))?;
        self.class_list_changed = true;
        Ok(class)
    }

    /// Gives a class another name.
    ///
    /// # Errors
    /// [`ErrorKind::NoName`]; [`ErrorKind::NotFound`].
    pub fn rename_class(&mut self, id: ClassId, name: &str) -> Result<()> {
        let doing = "renaming a class";
        let name = tidy(name, doing)?;
        self.change_class(doing, id, |db, row| db.execute("UPDATE class SET name = ?2 WHERE id = ?1", params![row, name]))
    }

    /// Ends the year of a class, or takes that back: its children are off the list, and can be moved to the class of the next year.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`]; when the database cannot be written.
    pub fn end_class(&mut self, id: ClassId, ended_unix_ms: Option<i64>) -> Result<()> {
        self.change_class("ending the year of a class", id, |db, row| {
            db.execute("UPDATE class SET ended_unix_ms = ?2 WHERE id = ?1", params![row, ended_unix_ms])
        })
    }

    fn change_class(&mut self, doing: &'static str, id: ClassId, change: impl FnOnce(&Transaction<'_>, i64) -> rusqlite::Result<usize>) -> Result<()> {
        let theirs = self.change(doing, |db| {
            let row = class_row(db, id)?;
            change(db, row).map_err(|err| failure(doing, err))?;
            conferences_with(db, "s.class", row)
        })?;
        self.changed.extend(theirs);
        self.class_list_changed = true;
        Ok(())
    }
}
