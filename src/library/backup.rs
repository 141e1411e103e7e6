//! Copies of the database, one a day, and the way back from them. The teacher's voice is left out: what is as personal as that lives in one place.

use super::copies::{backup_folder, backups, is_whole};
use super::failure::failure;
use super::open::Library;
use super::staged::Staged;
use crate::error::{Error, ErrorKind, Result};
use crate::files::move_new;
use rusqlite::Connection;
use rusqlite::backup;
use std::path::Path;
use std::time::Duration;

/// Backups kept: two weeks of days.
const KEPT: usize = 14;
/// Pages copied between two looks whether somebody else wants the database: 4 MB.
const PAGES: i32 = 1000;

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
        staged.library().import_sidecars(false)?;
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
