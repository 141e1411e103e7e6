//! A library in the making, in a file of its own until it is whole: a kill at any moment leaves the old one or the new one, never half of either.
//! This is how one goes back to a backup, and how a damaged library is made again.

use super::copies::{backups, is_whole, newest_set_aside, set_aside};
use super::failure::failure;
use super::forget::{Forgetting, forget_in, remove};
use super::open::Library;
use super::schema;
use crate::error::{Error, ErrorKind, Result};
use crate::files::{sync_folder, with_ending};
use crate::settings::Folders;
use rusqlite::backup;
use rusqlite::{Connection, params};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Pages copied between two looks whether somebody else wants the database: 4 MB.
const PAGES: i32 = 1000;

/// What is carried over from a library into another state of it, by the names that both know. Going back takes back what the teacher changed since, and
/// only that: nothing that came from others, no voice, and nothing that was brought back from among the deleted is lost by it.
const CARRIED: [&str; 9] = [
    "INSERT OR REPLACE INTO voice_profile SELECT * FROM source.voice_profile",
    "INSERT INTO shared (uuid, token, received_unix_ms, deleted_unix_ms, question, facts, reply)
     SELECT uuid, token, received_unix_ms, deleted_unix_ms, question, facts, reply FROM source.shared WHERE true
     ON CONFLICT (token) DO UPDATE SET deleted_unix_ms = excluded.deleted_unix_ms, question = excluded.question, facts = excluded.facts, reply = excluded.reply",
    "DELETE FROM removed_comment WHERE shared IN (SELECT id FROM shared WHERE token IN (SELECT token FROM source.shared))",
    "INSERT INTO removed_comment (shared, at_ms, text, deleted_unix_ms)
     SELECT s.id, r.at_ms, r.text, r.deleted_unix_ms FROM source.removed_comment r JOIN source.shared t ON t.id = r.shared JOIN main.shared s ON s.token = t.token",
    "INSERT OR IGNORE INTO reply (conference, received_unix_ms, reply)
     SELECT c.id, r.received_unix_ms, r.reply FROM source.reply r JOIN source.conference t ON t.id = r.conference JOIN main.conference c ON c.audio = t.audio
     ORDER BY r.received_unix_ms, r.id",
    "INSERT INTO channel_span (conference, start_ms, end_ms, voice)
     SELECT c.id, p.start_ms, p.end_ms, p.voice FROM source.channel_span p JOIN source.conference t ON t.id = p.conference
     JOIN main.conference c ON c.audio = t.audio WHERE c.id NOT IN (SELECT conference FROM main.channel_span)",
    "UPDATE conference SET heard = (SELECT t.heard FROM source.conference t WHERE t.audio = conference.audio)
     WHERE heard IS NULL AND audio IN (SELECT audio FROM source.conference)",
    "UPDATE conference SET deleted_unix_ms =
         (SELECT max(t.deleted_unix_ms, conference.deleted_unix_ms) FROM source.conference t WHERE t.audio = conference.audio)
     WHERE deleted_unix_ms IS NOT NULL AND audio IN (SELECT audio FROM source.conference)",
    "UPDATE student SET deleted_unix_ms = NULL WHERE uuid IN (SELECT uuid FROM source.student WHERE deleted_unix_ms IS NULL)",
];

/// A library in the making.
pub struct Staged {
    library: Library,
    path: PathBuf,
}

impl Staged {
    /// Begins with the newest whole backup, or with nothing when there is none; and the backup's name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn of_newest_backup(folders: &Folders) -> Result<(Self, Option<String>)> {
        let newest = backups(folders).into_iter().find(|backup| is_whole(&backup.path));
        let staged = Self::of(folders, newest.as_ref().map(|backup| backup.path.as_path()))?;
        Ok((staged, newest.map(|backup| backup.name)))
    }

    pub(super) fn of(folders: &Folders, copy: Option<&Path>) -> Result<Self> {
        let doing = "making the library again";
        std::fs::create_dir_all(folders.recordings()).map_err(|err| Error::writing(doing, err))?;
        let path = path_of(folders);
        discard(&path)?;
        if let Some(copy) = copy {
            std::fs::copy(copy, &path).map_err(|err| Error::writing(doing, err))?;
        }
        let library = Library::at(&path, folders)?;
        Ok(Self { library, path })
    }

    /// The library as far as it is made.
    pub fn library(&mut self) -> &mut Library {
        &mut self.library
    }

    /// Carries over what must not be lost, from the library in use.
    pub(super) fn carry_over(&mut self, from: &Path) -> Result<()> {
        self.attached(from, |db| CARRIED.iter().try_for_each(|sql| db.execute_batch(sql)))?;
        self.library.index_missing()
    }

    /// Carries over what can still be read in a damaged library. Whether the teacher's voice was among it, or there was none.
    ///
    /// # Errors
    /// When what was read cannot be written.
    pub fn salvage(&mut self, folders: &Folders) -> Result<bool> {
        // After a kill it is set aside already.
        let Some(from) = Some(folders.database()).filter(|path| path.exists()).or_else(|| newest_set_aside(folders)) else { return Ok(false) };
        let mut has_voice = false;
        // Of a copy: what was damaged stays as it was, byte for byte.
        let copy = with_ending(&self.path, ".damaged");
        for ending in ["", "-wal"] {
            if let Err(err) = std::fs::copy(with_ending(&from, ending), with_ending(&copy, ending)) {
                tracing::debug!("nothing to copy of the damaged library: {err}");
            }
        }
        let carried = self.attached(&copy, |db| {
            for (number, sql) in CARRIED.iter().enumerate() {
                match db.execute_batch(sql) {
                    Ok(()) => has_voice |= number == 0,
                    Err(err) => tracing::warn!("a part of the damaged library cannot be read: {err}"),
                }
            }
            Ok(())
        });
        if let Err(err) = carried {
            tracing::warn!("the damaged library cannot be read: {err}");
        }
        discard(&copy)?;
        self.library.index_missing()?;
        Ok(has_voice)
    }

    fn attached(&mut self, from: &Path, work: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<()> {
        let doing = "carrying over what must not be lost";
        let fail = |err| failure(doing, err);
        if !from.exists() {
            return Err(Error::bare(ErrorKind::NotFound, doing));
        }
        let db = &self.library.connection;
        db.execute("ATTACH ?1 AS source", params![from.to_string_lossy()]).map_err(fail)?;
        let worked = work(db).map_err(fail);
        db.execute_batch("DETACH source").map_err(fail)?;
        worked
    }

    /// Copies it over the library in use, in one transaction; other connections see the change.
    pub(super) fn copy_over(self, library: &mut Library) -> Result<()> {
        forget_in(&self.library.connection, &Forgetting::pending(&library.folders), true)?;
        backup::Backup::new(&self.library.connection, &mut library.connection)
            .and_then(|copying| copying.run_to_completion(PAGES, Duration::from_millis(10), None))
            .map_err(|err| failure("going back to a backup", err))?;
        let path = self.path;
        drop(self.library);
        discard(&path)
    }

    /// Sets the damaged database aside, under this moment, and takes its place.
    ///
    /// # Errors
    /// When files cannot be moved. A kill in between is no loss: a library that is not there is made again.
    pub fn put_in_place(mut self, folders: &Folders, when: &str) -> Result<Library> {
        let doing = "putting the library in its place";
        // They are the copy; the library is what counts now.
        if let Err(err) = self.library.keep_sidecars() {
            tracing::warn!("a sidecar is behind: {err}");
        }
        schema::check(&self.library.connection, true)?;
        let mode: String = self.library.connection.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0)).map_err(|err| failure(doing, err))?;
        if mode != "delete" {
            return Err(Error::new(ErrorKind::LibraryInUse, doing, mode));
        }
        drop(self.library);
        std::fs::File::open(&self.path).and_then(|file| file.sync_all()).map_err(|err| Error::writing(doing, err))?;
        set_aside(folders, when)?;
        std::fs::rename(&self.path, folders.database()).map_err(|err| Error::writing(doing, err))?;
        sync_folder(folders.library())?;
        Library::open(folders)
    }
}

fn path_of(folders: &Folders) -> PathBuf {
    folders.library().join("library.part")
}

/// Removes what a kill left of a library in the making. Whoever calls holds the claim.
///
/// # Errors
/// When it cannot be removed.
pub fn discard_staged(folders: &Folders) -> Result<()> {
    discard(&path_of(folders))?;
    discard(&with_ending(&path_of(folders), ".damaged"))
}

/// Removes one that was not finished.
fn discard(path: &Path) -> Result<()> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        if !remove(&with_ending(path, ending)) {
            return Err(Error::bare(ErrorKind::CannotWrite, "removing a library that was not finished"));
        }
    }
    Ok(())
}
