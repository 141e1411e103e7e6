//! The class list beside the library (`classes.json`): classes, the children in them, and who was taken off the list. A child in no conference, and a change of
//! today, stand nowhere else but in the database; should that be lost, they come from here.

use super::beside;
use super::failure::failure;
use super::forget::Forgetting;
use super::open::Library;
use super::people_rows::{classes, know_again};
use crate::conference::{Class, ListedStudent, Student};
use crate::error::Result;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

/// Raised when an older program could not read the file any more.
const VERSION: u32 = 1;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct ClassList {
    version: u32,
    classes: Vec<Class>,
    students: Vec<Child>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Child {
    #[serde(flatten)]
    listed: ListedStudent,
    /// When it was taken off the list; it can be put back for a while.
    deleted_unix_ms: Option<i64>,
}

impl Library {
    /// Writes the class list when it was changed through this connection since the last call.
    pub(super) fn keep_class_list(&mut self) -> Result<()> {
        if self.class_list_changed {
            beside::write(&beside::class_list_path(&self.folders), &class_list(&self.connection)?)?;
            self.class_list_changed = false;
        }
        Ok(())
    }

    /// Makes the class list what the file says, over what backups and the files beside the recordings say: it was written after them. A file that says what
    /// cannot be is set aside.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn import_class_list(&mut self) -> Result<()> {
        let path = beside::class_list_path(&self.folders);
        if !path.exists() {
            return Ok(());
        }
        let going = Forgetting::pending(&self.folders);
        let taken = beside::read(&path).and_then(|list| self.take_in_list(list, &going));
        beside::or_set_aside(&path, taken).map(drop)
    }

    fn take_in_list(&mut self, ClassList { version, classes, mut students }: ClassList, going: &Forgetting) -> Result<()> {
        let doing = "taking the class list in";
        if version > VERSION {
            return Err(beside::damaged(format!("version {version}, known {VERSION}")));
        }
        let all_given = classes.iter().all(|class| class.id.is_given()) && students.iter().all(|child| child.listed.student.id.is_given());
        if !all_given || students.iter().any(|child| child.listed.student.name.trim().is_empty()) {
            return Err(beside::damaged("a child or a class without a name or an id"));
        }
        students.retain(|child| going.students.iter().all(|(id, _)| *id != child.listed.student.id.to_string()));
        let listed: Vec<ListedStudent> = students.iter().map(|child| child.listed.clone()).collect();
        let taken = self.change(doing, |db| {
            know_again(db, &listed, &classes, true)?;
            for Child { listed, deleted_unix_ms } in &students {
                db.execute("UPDATE student SET deleted_unix_ms = ?2 WHERE uuid = ?1", params![listed.student.id, deleted_unix_ms])
                    .map_err(|err| failure(doing, err))?;
            }
            Ok(())
        });
        taken.map_err(beside::refused)
    }
}

fn class_list(db: &Connection) -> Result<ClassList> {
    let doing = "reading the class list for its file";
    let fail = |err| failure(doing, err);
    let mut query = db
        .prepare_cached("SELECT s.uuid, s.name, c.uuid, s.archived_unix_ms, s.deleted_unix_ms FROM student s JOIN class c ON c.id = s.class ORDER BY s.uuid")
        .map_err(fail)?;
    let students = query
        .query_map([], |row| {
            let student = Student { id: row.get(0)?, name: row.get(1)? };
            Ok(Child { listed: ListedStudent { student, class: row.get(2)?, archived_unix_ms: row.get(3)? }, deleted_unix_ms: row.get(4)? })
        })
        .and_then(Iterator::collect)
        .map_err(fail)?;
    Ok(ClassList { version: VERSION, classes: classes(db)?, students })
}
