//! Copies of the database, one a day, and the way back from them. The teacher's voice is left out: what is as personal as that lives in one place.

use super::schema::{self, failure};
use super::staged::Staged;
use super::store::Library;
use crate::error::{Error, ErrorKind, Result};
use crate::files::{move_new, with_ending};
use crate::settings::Folders;
use rusqlite::backup;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Backups kept: two weeks of days.
const KEPT: usize = 14;
/// Pages copied between two looks whether somebody else wants the database: 4 MB.
const PAGES: i32 = 1000;

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

impl Library {
    /// Copies the database into the backup `name`, unless there is one of that name, and removes backups beyond the newest fourteen.
    ///
    /// # Errors
    /// When the database is damaged (a good backup is not pushed out by a bad one) or the copy cannot be written.
    pub fn back_up(&self, name: &str) -> Result<()> {
        if backup_folder(&self.folders).join(format!("{name}.sqlite")).exists() { Ok(()) } else { self.back_up_as_new(name) }
    }

    /// As [`Library::back_up`]; where there is a backup of that name, the new one is numbered.
    fn back_up_as_new(&self, name: &str) -> Result<()> {
        let doing = "backing up the library";
        let folder = backup_folder(&self.folders);
        self.integrity_check(false)?;
        std::fs::create_dir_all(&folder).map_err(|err| Error::writing(doing, err))?;
        let part = folder.join("backup.part");
        let written = copy(&self.connection, &part);
        if written.is_err() {
            std::fs::remove_file(&part).ok();
        }
        written?;
        move_new(&part, &folder.join(format!("{name}.sqlite")))?;
        for old in backups(&self.folders).into_iter().skip(KEPT) {
            std::fs::remove_file(&old.path).map_err(|err| Error::writing(doing, err))?;
        }
        Ok(())
    }

    /// Goes back to a backup: the library is as it was then, and conferences made since come back from their sidecars. What came from others, the teacher's
    /// voice and what was brought back from among the deleted stay. What is there now is backed up first, as `before`. Other connections see the change;
    /// they need not be closed.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when there is no whole backup of that name; nothing is changed then.
    pub fn go_back_to(&mut self, name: &str, before: &str) -> Result<()> {
        let found = backups(&self.folders).into_iter().find(|backup| backup.name == name && is_whole(&backup.path));
        let backup = found.ok_or(Error::bare(ErrorKind::NotFound, "going back to a backup"))?;
        self.note_missing_sidecars()?;
        self.keep_sidecars()?;
        self.back_up_as_new(before)?;
        let mut staged = Staged::of(&self.folders, Some(&backup.path))?;
        staged.carry_over(&self.folders.database())?;
        staged.library().take_in_sidecars(false)?;
        staged.copy_over(self)?;
        self.note_all_sidecars()
    }
}

/// One file, whole, on the disk.
fn copy(from: &Connection, to: &Path) -> Result<()> {
    let doing = "backing up the library";
    std::fs::remove_file(to).ok();
    let mut copy = Connection::open(to).map_err(|err| failure(doing, err))?;
    backup::Backup::new(from, &mut copy)
        .and_then(|copying| copying.run_to_completion(PAGES, Duration::from_millis(1), None))
        .and_then(|()| copy.execute_batch("PRAGMA secure_delete = ON; PRAGMA journal_mode = DELETE; DELETE FROM voice_profile;"))
        .map_err(|err| failure(doing, err))?;
    drop(copy);
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(|err| Error::writing(doing, err))
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
