//! Copies of the database beside it: backups, and damaged ones that were set aside. Where they are, and which can be used.

use super::failure::failure;
use super::schema;
use crate::error::Result;
use crate::files::{move_new, with_ending};
use crate::settings::Folders;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};

/// A backup that can be gone back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its day as `2026-11-25`, or the moment before somebody went back.
    pub name: String,
    /// The file.
    pub path: PathBuf,
}

pub(super) fn backup_folder(folders: &Folders) -> PathBuf {
    folders.library().join("backups")
}

/// The backups there are, newest first.
#[must_use]
pub fn backups(folders: &Folders) -> Vec<Backup> {
    let entries = std::fs::read_dir(backup_folder(folders)).into_iter().flatten().flatten();
    let mut found: Vec<Backup> = entries
        .filter_map(|entry| {
            let name = entry.file_name().to_str()?.strip_suffix(".sqlite")?.to_owned();
            Some(Backup { name, path: entry.path() })
        })
        .collect();
    found.sort_by(|a, b| b.name.cmp(&a.name));
    found
}

/// Moves a database that cannot be used out of the way, with what belongs to it. Nothing is deleted, and nothing that was set aside before is replaced.
///
/// # Errors
/// When a file cannot be moved.
pub fn set_aside(folders: &Folders, when: &str) -> Result<()> {
    let database = folders.database();
    let mut aside = folders.library().join(format!("{SET_ASIDE}{when}.sqlite"));
    for ending in ["", "-wal", "-shm"] {
        let from = with_ending(&database, ending);
        if from.exists() {
            let to = move_new(&from, &with_ending(&aside, ending))?;
            if ending.is_empty() {
                aside = to;
            }
        }
    }
    Ok(())
}

/// How the names of databases begin that were set aside.
pub(super) const SET_ASIDE: &str = "damaged ";

/// The database that was set aside last.
pub(super) fn newest_set_aside(folders: &Folders) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folders.library()).into_iter().flatten().flatten().map(|entry| entry.path());
    // Of two in one second the second has a number: "damaged 2026-11-25 08.00.00 (2).sqlite".
    let moment = |path: &PathBuf| {
        let name = path.file_name()?.to_str()?.strip_prefix(SET_ASIDE)?.strip_suffix(".sqlite")?;
        let (when, number) = name.split_once(" (").unwrap_or((name, "1)"));
        Some((when.to_owned(), number.trim_end_matches(')').parse().unwrap_or(0_u32)))
    };
    entries.filter_map(|path| moment(&path).map(|moment| (moment, path))).max().map(|(_, path)| path)
}

/// A backup of today's or an older schema that can be read through.
pub(super) fn is_whole(path: &Path) -> bool {
    open_copy(path).and_then(|copy| schema::check(&copy, false)).inspect_err(|err| tracing::warn!("a backup cannot be used: {err}")).is_ok()
}

fn open_copy(path: &Path) -> Result<Connection> {
    schema::refuse_newer(path)?;
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(|err| failure("opening a backup", err))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_databases_set_aside_in_one_second_both_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let when = "2026-11-25 08.00.00";
        for what in ["first", "second", "third"] {
            for ending in ["", "-wal"] {
                std::fs::write(with_ending(&folders.database(), ending), format!("{what}{ending}")).unwrap();
            }
            set_aside(&folders, when).unwrap();
            let newest = newest_set_aside(&folders).unwrap();
            let read = |ending| std::fs::read_to_string(with_ending(&newest, ending)).unwrap();
            assert_eq!((read(""), read("-wal")), (what.to_owned(), format!("{what}-wal")), "with its own log");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 6);
        std::fs::write(folder.path().join("damaged 2026-11-25 07.59.59.sqlite"), "older").unwrap();
        assert_eq!(newest_set_aside(&folders).unwrap(), folder.path().join(format!("damaged {when} (3).sqlite")));
    }
}
