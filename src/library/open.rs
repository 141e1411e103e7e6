//! The library itself: opened, claimed by one program, changed in transactions, and checked. What is in it is told by the other files.

use super::beside::{class_list_path, files};
use super::copies::backups;
use super::failure::failure;
use super::schema;
use crate::conference::{ConferenceId, SharedId};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::Folders;
use rusqlite::{Connection, Transaction};
use std::collections::BTreeSet;
use std::fs::File;
use std::path::Path;

/// An open library. Several may be open at once (write-ahead log); see [`claim`] for two programs.
#[derive(Debug)]
pub struct Library {
    pub(super) connection: Connection,
    pub(super) folders: Folders,
    /// Conferences whose sidecars are behind.
    pub(super) changed: BTreeSet<ConferenceId>,
    /// Conferences of colleagues whose copies are behind.
    pub(super) changed_shared: BTreeSet<SharedId>,
    /// Whether the class list beside the library is behind.
    pub(super) class_list_changed: bool,
    /// The file with the teacher's voice is behind.
    pub(super) voice_changed: bool,
}

/// The right to change a library, held by one program at a time and given back by the system however it ends.
#[derive(Debug)]
pub struct Claim {
    _lock: File,
}

/// Claims the library for this program.
///
/// # Errors
/// [`ErrorKind::LibraryInUse`] when another program holds it; a write error when the folder cannot be made.
pub fn claim(folders: &Folders) -> Result<Claim> {
    let doing = "claiming the library";
    if folders.is_away() {
        return Err(Error::bare(ErrorKind::LibraryAway, doing));
    }
    std::fs::create_dir_all(folders.library()).map_err(|err| Error::writing(doing, err))?;
    let lock = File::create(folders.library().join("afterbell.lock")).map_err(|err| Error::writing(doing, err))?;
    match lock.try_lock() {
        Ok(()) => Ok(Claim { _lock: lock }),
        Err(std::fs::TryLockError::WouldBlock) => Err(Error::bare(ErrorKind::LibraryInUse, doing)),
        // A file system without locks (some network folders): going on is better than not recording.
        Err(std::fs::TryLockError::Error(err)) => {
            tracing::warn!("the library folder knows no locks: {err}");
            Ok(Claim { _lock: lock })
        }
    }
}

impl Library {
    /// Opens the library of `folders`, making folders and database when there are none.
    ///
    /// # Errors
    /// When the folder cannot be written, or the database is damaged or newer than this program.
    pub fn open(folders: &Folders) -> Result<Self> {
        if folders.is_away() {
            return Err(Error::bare(ErrorKind::LibraryAway, "opening the library"));
        }
        std::fs::create_dir_all(folders.recordings()).map_err(|err| Error::writing("making the library folder", err))?;
        if !folders.database().exists() && is_there(folders) {
            // Making an empty one would hide every conference there is.
            return Err(Error::bare(ErrorKind::LibraryDamaged, "opening a library whose database is gone"));
        }
        Self::at(&folders.database(), folders)
    }

    /// The database in this file, made when there is none.
    pub(super) fn at(path: &Path, folders: &Folders) -> Result<Self> {
        Ok(Self {
            connection: schema::open(path)?,
            folders: folders.clone(),
            changed: BTreeSet::new(),
            changed_shared: BTreeSet::new(),
            class_list_changed: false,
            voice_changed: false,
        })
    }

    /// Opens the library of `folders` to look only: every change is refused, by the database itself.
    ///
    /// # Errors
    /// As [`Library::open`].
    pub fn open_to_look(folders: &Folders) -> Result<Self> {
        let library = Self::open(folders)?;
        library.connection.pragma_update(None, "query_only", true).map_err(|err| failure("opening the library to look", err))?;
        Ok(library)
    }

    /// Where the library is.
    #[must_use]
    pub fn folders(&self) -> &Folders {
        &self.folders
    }

    pub(super) fn change<T>(&mut self, doing: &'static str, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(|err| failure(doing, err))?;
        let result = work(&transaction)?;
        transaction.commit().map_err(|err| failure(doing, err))?;
        Ok(result)
    }

    /// Reads the database through; `full` also checks every index against its table.
    ///
    /// # Errors
    /// [`ErrorKind::LibraryDamaged`] when something does not fit.
    pub fn integrity_check(&self, full: bool) -> Result<()> {
        schema::check(&self.connection, full)
    }
}

/// Whether a library was kept here: something stands beside the recordings, or there are backups.
fn is_there(folders: &Folders) -> bool {
    let has = |folder: &Path| files(folder, "json").is_ok_and(|files| files.iter().any(|(name, _)| !name.ends_with(".session.json")));
    has(&folders.recordings()) || has(&folders.shared()) || class_list_path(folders).exists() || !backups(folders).is_empty()
}
