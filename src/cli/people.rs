//! `afterbell class` and `afterbell student`: who is in which class, and who has left.

use super::{CommandContext, the_one};
use crate::conference::{Class, ClassId, ListedStudent, Student, StudentId, ending, ending_length, name_key};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::work::{DeletedKey, deleted};
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum ClassAction {
    /// Your classes, the newest first.
    List,
    /// Add a class; children added from now on are in it.
    Add {
        /// As you call it.
        name: String,
    },
    /// Give a class another name.
    Rename {
        /// Its name, its id, or the end of it.
        class: String,
        /// The new one.
        name: String,
    },
    /// The year of a class is over: its children are off the class list, their conferences stay.
    End {
        /// Its name, its id, or the end of it.
        class: String,
    },
    /// Delete a class that nobody is in.
    Delete {
        /// Its name, its id, or the end of it.
        class: String,
    },
    /// The year of a class goes on after all.
    Reopen {
        /// Its name, its id, or the end of it.
        class: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum StudentAction {
    /// The class list.
    List {
        /// Also who left, whose class ended, and who is known from single conferences only.
        #[arg(long)]
        all: bool,
    },
    /// Add a child to a class.
    Add {
        /// The child's name.
        name: String,
        /// Which class; without it the newest.
        #[arg(long, value_name = "CLASS")]
        class: Option<String>,
        /// Another child of a name you have already.
        #[arg(long)]
        another: bool,
    },
    /// Give a child another name; others may have the same.
    Rename {
        /// The child's name, or the end of the id where several have the name.
        student: String,
        /// The new one.
        name: String,
    },
    /// A child has left: off the class list. Conferences stay, and the name is still hidden in what you share.
    Archive {
        /// The child's name, or the end of the id where several have the name.
        student: String,
    },
    /// Bring an archived child back.
    Restore {
        /// The child's name, or the end of the id where several have the name.
        student: String,
    },
    /// Take a child off the class list who should never have been on it. Conferences keep the name; “afterbell deleted” can bring it back for 30 days.
    Delete {
        /// The child's name, or the end of the id where several have the name.
        student: String,
    },
    /// Move a child to another class.
    Move {
        /// The child's name, or the end of the id where several have the name.
        student: String,
        /// The class's name, its id, or the end of it.
        class: String,
    },
}

/// `afterbell class`.
pub(super) fn class(context: &mut CommandContext<'_>, action: Option<ClassAction>) -> Result<()> {
    let mut library = context.library()?;
    match action.unwrap_or(ClassAction::List) {
        ClassAction::List => {}
        ClassAction::Add { name } => drop(library.add_class(&name)?),
        ClassAction::Rename { class, name } => library.rename_class(class_called(&library, &class)?, &name)?,
        ClassAction::End { class } => library.end_class(class_called(&library, &class)?, Some(now()))?,
        ClassAction::Delete { class } => {
            let id = class_called(&library, &class)?;
            library.delete_class(id).inspect_err(|err| {
                if err.kind == ErrorKind::BadRequest {
                    super::notice("There are children in this class. Move them to another one first, or end its year with: afterbell class end");
                }
            })?;
        }
        ClassAction::Reopen { class } => library.end_class(class_called(&library, &class)?, None)?,
    }
    library.keep_sidecars()?;
    let classes = library.classes()?;
    if context.json {
        return context.json(&classes);
    }
    if classes.is_empty() {
        return context.say("There is no class yet. Add one with: afterbell class add NAME");
    }
    let (students, digits) = (library.all_students()?, ending_length(classes.iter().map(|class| class.id)));
    classes.iter().try_for_each(|class| {
        let count = students.iter().filter(|one| one.class == Some(class.id) && one.archived_unix_ms.is_none()).count();
        let children = if count == 1 { "1 child".to_owned() } else { format!("{count} children") };
        let ended = if class.ended_unix_ms.is_some() { ", ended" } else { "" };
        context.say(format!("{}  {:<24} {children}{ended}", ending(class.id, digits), class.name))
    })
}

/// `afterbell student`.
pub(super) fn student(context: &mut CommandContext<'_>, action: Option<StudentAction>) -> Result<()> {
    let mut library = context.library()?;
    let mut with_all = true;
    match action.unwrap_or(StudentAction::List { all: false }) {
        StudentAction::List { all } => with_all = all,
        StudentAction::Add { name, class, another } => {
            let class = class.map(|class| class_called(&library, &class)).transpose()?;
            if !another && !library.students_named(&name)?.is_empty() {
                super::notice("There is a child of that name. To add another one, say --another; to bring one back who left, afterbell student restore.");
                return Err(Error::bare(ErrorKind::SeveralFit, "adding a student"));
            }
            library.add_student(&name, class)?;
        }
        StudentAction::Rename { student, name } => library.rename_student(called(&library, &student)?, &name)?,
        StudentAction::Archive { student } => library.archive_student(called(&library, &student)?, now())?,
        StudentAction::Restore { student } => library.unarchive_student(called(&library, &student)?)?,
        StudentAction::Delete { student } => {
            let key = DeletedKey::Student(called(&library, &student)?);
            deleted::delete(&mut library, &context.folders, &key, now())?;
        }
        StudentAction::Move { student, class } => library.move_student(called(&library, &student)?, class_called(&library, &class)?)?,
    }
    library.keep_sidecars()?;
    let classes = library.classes()?;
    let listed = library.students()?;
    let mut students = library.all_students()?;
    let digits = ending_length(students.iter().map(|one| one.student.id));
    students.retain(|one| with_all || listed.contains(&one.student));
    if context.json {
        return context.json(&students);
    }
    if students.is_empty() {
        return context.say("There is nobody in your class list yet. Add a child with: afterbell student add NAME");
    }
    students.iter().try_for_each(|one| {
        let class = one.class.and_then(|id| classes.iter().find(|class| class.id == id));
        let class = class.map_or("in no class", |class: &Class| class.name.as_str());
        let archived = if one.archived_unix_ms.is_some() { ", archived" } else { "" };
        context.say(format!("{}  {:<24} {class}{archived}", ending(one.student.id, digits), one.student.name))
    })
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// The one class that a name or the end of an id means.
fn class_called(library: &Library, text: &str) -> Result<ClassId> {
    let classes = library.classes()?;
    let named: Vec<ClassId> = classes.iter().filter(|class| name_key(&class.name) == name_key(text)).map(|class| class.id).collect();
    if let [only] = named.as_slice() {
        return Ok(*only);
    }
    the_one(text, |ending| Ok(if named.is_empty() { ending_with(classes.iter().map(|class| class.id), ending) } else { named.clone() }))
}

/// The one child that a name or the end of an id means; somebody of the class list before somebody who left.
fn called(library: &Library, text: &str) -> Result<StudentId> {
    let named = library.students_named(text)?;
    let listed = library.students()?;
    let current: Vec<&ListedStudent> = named.iter().filter(|one| listed.contains(&one.student)).collect();
    match (current.as_slice(), named.as_slice()) {
        ([only], _) => Ok(only.student.id),
        ([], [only]) => Ok(only.student.id),
        ([], []) => the_one(text, |ending| Ok(ending_with(library.all_students()?.iter().map(|one| one.student.id), ending))),
        _ => Err(Error::bare(ErrorKind::SeveralFit, "finding a student")),
    }
}

fn ending_with<T: Copy + Into<uuid::Uuid>>(ids: impl Iterator<Item = T>, end: &str) -> Vec<T> {
    let end = end.replace('-', "").to_lowercase();
    ids.filter(|id| ending(*id, usize::MAX).ends_with(&end)).collect()
}

/// The child of the class list that a name or the end of an id means; added when there is nobody of that name on the list.
pub(super) fn on_the_list(library: &mut Library, text: &str) -> Result<Student> {
    let listed = library.students()?;
    let key = name_key(text);
    match listed.iter().filter(|student| name_key(&student.name) == key).collect::<Vec<_>>().as_slice() {
        [only] => return Ok((*only).clone()),
        [] => {}
        _ => {
            super::notice("Several children have that name. Give the end of the id in its place, as “afterbell student list” shows it.");
            return Err(Error::bare(ErrorKind::SeveralFit, "finding a student"));
        }
    }
    let is_id = text.len() >= 6 && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let by_id = if is_id { ending_with(listed.iter().map(|student| student.id), text) } else { Vec::new() };
    match by_id.as_slice() {
        [only] => library.student(*only)?.ok_or(Error::bare(ErrorKind::NotFound, "finding a student")),
        _ => library.add_student(text, None),
    }
}
