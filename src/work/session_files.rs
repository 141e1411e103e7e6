//! The files of a recording session: the WAV, the lock beside it, and the file that is held while the session lives.

use crate::conference::{ConferenceId, Millis, Span, StudentId};
use crate::error::{Error, ErrorKind, Result};
use crate::files::write_whole;
use crate::settings::Folders;
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::PathBuf;

/// What the session says by itself.
#[derive(Debug)]
pub enum SessionFact {
    /// It stopped; what was written is kept, and `stop` gives it.
    Stopped(Error),
    /// Nothing had arrived for a while, and now the recording goes on; the gap is silence and noted as a dropout.
    Back {
        /// The microphone it goes on with.
        microphone: String,
        /// Where nothing was heard.
        gap: Span,
    },
}

/// The lock's contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SessionFile {
    pub version: u32,
    #[serde(default)]
    pub id: ConferenceId,
    /// Locks of an older Afterbell name one student, in `student`.
    #[serde(default)]
    pub participants: Vec<StudentId>,
    #[serde(default, skip_serializing)]
    pub student: Option<StudentId>,
    pub students: u8,
    pub started_unix_ms: i64,
    pub marks: Vec<Millis>,
    #[serde(default)]
    pub dropouts: Vec<Span>,
    /// When it was discarded after it had been cut off; it can be brought back for a while.
    #[serde(default)]
    pub deleted_unix_ms: Option<i64>,
}

/// Where a session's files are.
#[derive(Debug, Clone)]
pub(super) struct RecordingPaths {
    pub folders: Folders,
    pub name: String,
}

impl RecordingPaths {
    pub fn wav(&self) -> PathBuf {
        self.folders.recordings().join(format!("{}.wav", self.name))
    }

    pub fn lock(&self) -> PathBuf {
        self.folders.recordings().join(format!("{}.session.json", self.name))
    }

    /// Held while the session (or an import) lives. A file of its own, because the lock's contents are replaced whole.
    pub fn held(&self) -> PathBuf {
        self.folders.recordings().join(format!("{}.running", self.name))
    }
}

/// Held while a file of this name is being made: whoever finds a half of it knows whether somebody still is at it.
pub(super) struct NameLock {
    path: PathBuf,
    file: Option<File>,
}

impl NameLock {
    /// Holds the name.
    ///
    /// # Errors
    /// When another holds it, or the folder cannot be written.
    pub fn hold(folders: &Folders, name: &str) -> Result<Self> {
        let doing = "holding the name of a recording";
        let path = RecordingPaths { folders: folders.clone(), name: name.to_owned() }.held();
        let file = File::create(&path).map_err(|err| Error::writing(doing, err))?;
        match file.try_lock() {
            Err(std::fs::TryLockError::WouldBlock) => Err(Error::bare(ErrorKind::WorkInProgress, doing)),
            // A file system without locks (some network folders): going on is better than not importing.
            Ok(()) | Err(std::fs::TryLockError::Error(_)) => Ok(Self { path, file: Some(file) }),
        }
    }
}

impl Drop for NameLock {
    fn drop(&mut self) {
        // Removed while it is held: after that nobody else's would be.
        std::fs::remove_file(&self.path).ok();
        self.file = None;
    }
}

pub(super) fn write_lock(paths: &RecordingPaths, lock: &SessionFile) -> Result<()> {
    let bytes = serde_json::to_vec(lock).map_err(|err| Error::new(ErrorKind::Bug, "writing a session's lock", err))?;
    write_whole(&paths.lock(), &bytes)
}

/// Whether a session holds its file: a number of a process could have been given to another one, a held lock could not.
pub(super) fn is_alive(paths: &RecordingPaths) -> bool {
    File::open(paths.held()).is_ok_and(|held| matches!(held.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
}

pub(super) fn read_lock(paths: &RecordingPaths) -> SessionFile {
    let read = std::fs::read(paths.lock()).ok().and_then(|bytes| serde_json::from_slice::<SessionFile>(&bytes).ok());
    let read = read.map(|mut lock| {
        lock.participants.extend(lock.student.take());
        lock
    });
    read.unwrap_or(SessionFile {
        version: 2,
        id: ConferenceId::NONE,
        participants: Vec::new(),
        student: None,
        students: 1,
        started_unix_ms: 0,
        marks: Vec::new(),
        dropouts: Vec::new(),
        deleted_unix_ms: None,
    })
}
