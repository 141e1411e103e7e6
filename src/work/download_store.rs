//! What has come of a download so far: `ggml-NAME.partial`, locked while it grows, beside a note of what it is a part of.

use super::catalogue::{Entry, added, sha1_of};
use super::download_request::DOING;
use crate::error::{Error, ErrorKind, Result};
use crate::files::{sync_folder, write_whole};
use crate::settings::Folders;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Starting a program was seen to take a few milliseconds, on a busy computer some hundred.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);

/// How much of a model has come before, when a download of it was stopped.
#[must_use]
pub fn stopped_at(folders: &Folders, wanted: &Entry) -> Option<f32> {
    let (path, note) = (partial(folders, &wanted.name)?, read_note(&note_path(folders, &wanted.name)?)?);
    let length = std::fs::metadata(path).ok()?.len();
    (note.sha1 == wanted.sha1 && length > 0 && length <= wanted.bytes).then(|| (length as f64 / wanted.bytes as f64) as f32)
}

/// Throws away what has come of a model.
///
/// # Errors
/// [`ErrorKind::LibraryInUse`] while it is being downloaded; when it cannot be removed.
pub fn discard(folders: &Folders, name: &str) -> Result<()> {
    let doing = "discarding a download";
    let (Some(path), Some(note)) = (partial(folders, name), note_path(folders, name)) else { return Ok(()) };
    if let Ok(file) = File::open(&path) {
        lock(&file, doing)?;
    }
    for path in [path, note] {
        match std::fs::remove_file(path) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => return Err(Error::writing(doing, err)),
            _ => {}
        }
    }
    Ok(())
}

fn partial(folders: &Folders, name: &str) -> Option<PathBuf> {
    added(folders, name).map(|path| path.with_file_name(format!("ggml-{name}.partial")))
}

fn note_path(folders: &Folders, name: &str) -> Option<PathBuf> {
    added(folders, name).map(|path| path.with_file_name(format!("ggml-{name}.partial.toml")))
}

/// Held as long as the file is open. A program that is just being started holds all our locks for a moment, so one that is taken is tried again.
fn lock(file: &File, doing: &'static str) -> Result<()> {
    let end = Instant::now() + LOCK_PATIENCE;
    let mut locked = file.try_lock();
    while matches!(locked, Err(TryLockError::WouldBlock)) && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
        locked = file.try_lock();
    }
    match locked {
        Err(TryLockError::WouldBlock) => Err(Error::bare(ErrorKind::LibraryInUse, doing)),
        // Some shared folders know no locks; two downloads at once are found by the checksum then.
        Err(TryLockError::Error(err)) => {
            tracing::debug!("a download cannot be locked: {err}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// What a partial file is a part of.
#[derive(Debug, Default, Serialize, Deserialize)]
struct PartialNote {
    /// Of the whole file, as the catalogue says.
    sha1: String,
    /// How the server names this state of the file: an entity tag, or when it was last changed. Without one the checksum alone tells.
    version: Option<String>,
}

fn read_note(path: &Path) -> Option<PartialNote> {
    toml::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

/// What has come so far. Locked while it lives, so that two programs never write into the same file.
pub(super) struct PartialDownload {
    path: PathBuf,
    note_path: PathBuf,
    file: File,
    /// Bytes that have come.
    pub length: u64,
    note: PartialNote,
}

impl PartialDownload {
    pub fn open(folders: &Folders, wanted: &Entry) -> Result<Self> {
        let (Some(path), Some(note_path)) = (partial(folders, &wanted.name), note_path(folders, &wanted.name)) else {
            return Err(Error::bare(ErrorKind::ModelMissing, DOING));
        };
        std::fs::create_dir_all(folders.models()).map_err(|err| Error::writing(DOING, err))?;
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(|err| Error::writing(DOING, err))?;
        lock(&file, DOING)?;
        let length = file.metadata().map_err(|err| Error::reading(DOING, err))?.len();
        let known = read_note(&note_path).filter(|note| note.sha1 == wanted.sha1 && length <= wanted.bytes);
        let is_known = known.is_some();
        let note = known.unwrap_or_else(|| PartialNote { sha1: wanted.sha1.clone(), version: None });
        let mut part = Self { path, note_path, file, length, note };
        if is_known {
            part.file.seek(SeekFrom::End(0)).map_err(|err| Error::reading(DOING, err))?;
        } else {
            part.begin_anew(None)?;
        }
        Ok(part)
    }

    /// Empty first, then the note: a kill in between leaves nothing that could be taken for a part of another file.
    pub fn begin_anew(&mut self, version: Option<String>) -> Result<()> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
        emptied.map_err(|err| Error::writing(DOING, err))?;
        self.length = 0;
        self.note.version = version;
        let text = toml::to_string(&self.note).map_err(|err| Error::new(ErrorKind::Bug, DOING, err))?;
        write_whole(&self.note_path, text.as_bytes())
    }

    /// The state of the file on the server that this is a part of, as the server names it.
    pub fn version(&self) -> Option<String> {
        self.note.version.clone()
    }

    pub fn append(&mut self, block: &[u8]) -> Result<()> {
        self.file.write_all(block).map_err(|err| Error::writing(DOING, err))?;
        self.length += block.len() as u64;
        Ok(())
    }

    /// The checksum of what is on the disk, after making sure that it is there.
    pub fn sum(&mut self) -> Result<String> {
        self.file.sync_all().map_err(|err| Error::writing(DOING, err))?;
        self.file.rewind().map_err(|err| Error::reading(DOING, err))?;
        sha1_of(&mut self.file)
    }

    pub fn install(self, folders: &Folders, wanted: &Entry) -> Result<()> {
        let Some(destination) = added(folders, &wanted.name) else { return Err(Error::bare(ErrorKind::ModelMissing, DOING)) };
        // Some systems rename no file that is open.
        drop(self.file);
        std::fs::rename(&self.path, destination).map_err(|err| Error::writing(DOING, err))?;
        sync_folder(&folders.models())?;
        if let Err(err) = std::fs::remove_file(&self.note_path) {
            tracing::debug!("the note of a finished download stays: {err}");
        }
        Ok(())
    }
}
