//! Files that are to be imported: which of a folder, whose they are by their names, and what came of each.

use super::problem::Offer;
use super::{import, mentor};
use crate::conference::{Student, StudentId, name_key};
use crate::error::{Error, Result};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Folders in folders in folders: deeper than that nobody keeps recordings.
const DEEPEST: usize = 12;
/// Names of one or two letters stand in too many other words.
const SHORTEST_NAME: usize = 3;

/// What there is to say of a file that was to be imported, by its name.
#[derive(Debug, Clone, PartialEq)]
pub struct FileReport {
    /// The file's name.
    pub file: String,
    /// Plain sentences.
    pub says: Vec<String>,
    /// It could not be imported.
    pub is_failure: bool,
    /// What can be done about it.
    pub offers: Vec<Offer>,
}

/// What is in folders that were named.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct FolderContents {
    /// What can be imported, in order.
    pub files: Vec<PathBuf>,
    /// What can not, by its name.
    pub skipped: Vec<PathBuf>,
}

/// Looks through a folder and all folders in it. What systems keep there for themselves (`._name`, `.DS_Store`, `Thumbs.db`) is passed over without a word.
///
/// # Errors
/// When the folder itself cannot be read.
pub fn inside(folder: &Path) -> Result<FolderContents> {
    let mut found = FolderContents::default();
    look(folder, DEEPEST, &mut found)?;
    Ok(found)
}

fn look(folder: &Path, deeper: usize, found: &mut FolderContents) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|err| Error::reading("looking for files to import", err))?;
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        if name.starts_with('.') || ["thumbs.db", "desktop.ini", "__macosx"].contains(&name.to_lowercase().as_str()) {
            continue;
        }
        // A link to a folder may lead back to where we came from.
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder {
            if deeper == 0 || look(&path, deeper - 1, found).is_err() {
                found.skipped.push(path);
            }
        } else if path.is_file() {
            if import::can_import(&path) { found.files.push(path) } else { found.skipped.push(path) }
        }
    }
    Ok(())
}

/// Folders are replaced by what is in them; and what was passed over in them.
#[must_use]
pub fn opened(named: Vec<PathBuf>) -> FolderContents {
    let mut all = FolderContents::default();
    for path in named {
        match path.is_dir().then(|| inside(&path)) {
            Some(Ok(found)) => {
                all.files.extend(found.files);
                all.skipped.extend(found.skipped);
            }
            Some(Err(_)) => all.skipped.push(path),
            None => all.files.push(path),
        }
    }
    all
}

/// The children of the class list that the name of a file speaks of: by their whole name, or by a first name that only one of them has.
#[must_use]
pub fn named_in(file: &Path, students: &[Student]) -> Vec<StudentId> {
    let named = named_as(file, students, name_key);
    // Names of files are often typed without accents.
    if named.is_empty() { named_as(file, students, |name| name_key(name).nfd().filter(|&letter| !is_combining_mark(letter)).collect()) } else { named }
}

/// As [`named_in`], with names compared by this key.
fn named_as(file: &Path, students: &[Student], key: impl Fn(&str) -> String) -> Vec<StudentId> {
    // Composed first: an accent that is a letter of its own would divide a word.
    let words =
        |text: &str| -> Vec<String> { key(text).split(|letter: char| !letter.is_alphabetic()).filter(|word| !word.is_empty()).map(str::to_owned).collect() };
    let in_name = words(&file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default());
    let stands = |name: &[String]| !name.is_empty() && in_name.windows(name.len()).any(|window| window == name);
    let whole: Vec<&Student> = students
        .iter()
        .filter(|student| {
            let name = words(&student.name);
            name.iter().map(|word| word.chars().count()).sum::<usize>() >= SHORTEST_NAME && stands(&name)
        })
        .collect();
    let first = |student: &Student| words(&student.name).into_iter().next().filter(|name| name.chars().count() >= SHORTEST_NAME);
    let taken: BTreeSet<String> = whole.iter().filter_map(|student| first(student)).collect();
    let by_first = students.iter().filter(|student| {
        let Some(name) = first(student) else { return false };
        stands(std::slice::from_ref(&name)) && !taken.contains(&name) && students.iter().filter(|other| first(other).as_ref() == Some(&name)).count() == 1
    });
    // Two children of one whole name: nobody can tell which is meant.
    let is_one = |student: &&&Student| whole.iter().filter(|other| key(&other.name) == key(&student.name)).count() == 1;
    let mut named: Vec<StudentId> = Vec::new();
    for id in whole.iter().filter(is_one).map(|student| student.id).chain(by_first.map(|student| student.id)) {
        if !named.contains(&id) {
            named.push(id);
        }
    }
    named
}

/// Whether somebody is to be asked whose it is: what colleagues share belongs to them.
#[must_use]
pub fn is_ones_own(file: &Path) -> bool {
    !mentor::is_bundle(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_the_names_of_files_are_found() {
        let class: Vec<Student> = ["Omar", "Maya Lopez", "Maya Chen", "Ana", "Anna", "Émile", "Bo", "Zoë Weiß"]
            .iter()
            .zip(1..)
            .map(|(name, id)| Student { id: StudentId::from_u128(id), name: (*name).to_owned() })
            .collect();
        let named = |file: &str| -> Vec<&str> {
            let ids = named_in(Path::new(file), &class);
            ids.iter().filter_map(|id| class.iter().find(|student| student.id == *id)).map(|student| student.name.as_str()).collect()
        };
        for (file, names) in [
            ("WhatsApp Omar 2026-10-13 at 08.42.opus", &["Omar"][..]),
            ("omar_2.m4a", &["Omar"]),
            ("2026 OMAR und Ana.mp3", &["Omar", "Ana"]),
            ("Banana.wav", &[]),
            ("Maya.m4a", &[]),
            ("Maya Chen 3.m4a", &["Maya Chen"]),
            ("maya-lopez.wav", &["Maya Lopez"]),
            ("E\u{301}mile.m4a", &["Émile"]),
            ("zoë.txt", &["Zoë Weiß"]),
            ("Zoe 2026.m4a", &["Zoë Weiß"]),
            ("emile_3.wav", &["Émile"]),
            ("Bo.m4a", &[]),
            ("Recording 12.m4a", &[]),
        ] {
            assert_eq!(named(file), names, "{file}");
        }
    }

    #[test]
    fn a_folder_is_looked_through_and_what_was_passed_over_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(path("week 1/monday")).unwrap();
        for name in ["a.m4a", "._a.m4a", ".DS_Store", "plan.pages", "week 1/b.qta", "week 1/._b.qta", "week 1/monday/c.OPUS", "week 1/Thumbs.db"] {
            std::fs::write(path(name), b"x").unwrap();
        }
        let found = inside(folder.path()).unwrap();
        assert_eq!(found.files, [path("a.m4a"), path("week 1/b.qta"), path("week 1/monday/c.OPUS")]);
        assert_eq!(found.skipped, [path("plan.pages")]);
        assert_eq!(opened(vec![path("a.m4a"), path("week 1")]).files.len(), 3);
    }
}
