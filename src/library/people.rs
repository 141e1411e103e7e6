//! Classes, the children in them, and who was at which conference.
//!
//! A child is in one class at a time, or in none: then single conferences are all that is known of it, and with the last of these it is gone. Names need
//! not be unique. Nobody is taken for somebody else because of a name: whoever adds a child asks first with [`Library::students_named`].

use super::failure::failure;
use super::ids::new_id;
use super::open::Library;
use super::people_rows::{LISTED, add_class, all_students, class_row, classes, conferences_with, current_class, list_students, listed, student_row};
use crate::conference::{Class, ClassId, ListedStudent, Student, StudentId, name_key};
use crate::error::{Error, ErrorKind, Result};
use rusqlite::{OptionalExtension as _, Transaction, params};

/// A name as it is kept: one space between its words.
fn tidy(name: &str, doing: &'static str) -> Result<String> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() { Err(Error::bare(ErrorKind::NoName, doing)) } else { Ok(name) }
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

    /// Deletes a class that nobody is in. Children who were taken off its list come back, should they, into the class of this year.
    ///
    /// # Errors
    /// [`ErrorKind::BadRequest`] when there are children in it; [`ErrorKind::NotFound`].
    pub fn delete_class(&mut self, id: ClassId) -> Result<()> {
        let doing = "deleting a class";
        let fail = |err| failure(doing, err);
        self.change(doing, |db| {
            let row = class_row(db, id)?;
            let count = "SELECT count(*) FROM student WHERE class = ?1 AND deleted_unix_ms IS NULL";
            let children: i64 = db.query_row(count, [row], |row| row.get(0)).map_err(fail)?;
            if children > 0 {
                return Err(Error::bare(ErrorKind::BadRequest, doing));
            }
            // Ended first: then it is not the class of this year any more.
            db.execute("UPDATE class SET ended_unix_ms = 0 WHERE id = ?1", [row]).map_err(fail)?;
            let theirs: i64 = db.query_row("SELECT count(*) FROM student WHERE class = ?1", [row], |row| row.get(0)).map_err(fail)?;
            if theirs > 0 {
                db.execute("UPDATE student SET class = ?2 WHERE class = ?1", params![row, current_class(db)?]).map_err(fail)?;
            }
            db.execute("DELETE FROM class WHERE id = ?1", [row]).map(drop).map_err(fail)
        })?;
        self.class_list_changed = true;
        Ok(())
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
