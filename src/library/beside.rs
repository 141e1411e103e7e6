//! Files that stand beside the recordings and the library, from which a library is made again: read, written, and set aside when they cannot be.

use crate::error::{Error, ErrorKind, Result};
use crate::files::{move_new, with_ending, write_whole};
use crate::settings::Folders;
use rusqlite::ErrorCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};

/// The class list, in the library folder.
pub(super) const CLASS_LIST: &str = "classes.json";
/// The teacher's voice, in the library folder.
pub(super) const VOICE: &str = "voice.json";
/// Where the class list stands.
pub(super) fn class_list_path(folders: &Folders) -> PathBuf {
    folders.library().join(CLASS_LIST)
}

/// Where the teacher's voice stands.
pub(super) fn voice_path(folders: &Folders) -> PathBuf {
    folders.library().join(VOICE)
}

/// How the names of files end that say what cannot be: `NAME.json.damaged`, `NAME.json (2).damaged`.
const ASIDE: &str = ".damaged";

/// A file that says what cannot be.
pub(super) fn damaged(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::SidecarDamaged, "reading what stands beside a recording", why)
}

/// All that is written here was said by the file; what the database refuses of it (two of what can be there once, nothing where something must be) cannot be.
/// Any other failure is the library's, the disk's or ours, and no file is passed over for it.
pub(super) fn refused(err: Error) -> Error {
    let is_refused =
        |err: &rusqlite::Error| err.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) || matches!(err, rusqlite::Error::ToSqlConversionFailure(_));
    let source = err.source.as_ref().and_then(|source| source.downcast_ref::<rusqlite::Error>());
    if source.is_some_and(is_refused) { Error { kind: ErrorKind::SidecarDamaged, ..err } } else { err }
}

/// A file that says what cannot be is passed over and kept under another name: what is known of its conference from now on is written where it stood.
pub(super) fn or_set_aside<T>(path: &Path, taken: Result<T>) -> Result<Option<T>> {
    match taken {
        Err(err) if err.kind == ErrorKind::SidecarDamaged => {
            let aside = move_new(path, &with_ending(path, ASIDE))?;
            tracing::error!("a file beside a recording is passed over: {err}; kept as {aside:?}");
            Ok(None)
        }
        taken => taken.map(Some),
    }
}

/// Whether this is the name of what was set aside when it stood under `name`.
pub(super) fn is_set_aside(file: &str, name: &str) -> bool {
    let number = file.strip_prefix(name).and_then(|rest| rest.strip_suffix(ASIDE));
    number.is_some_and(|number| number.is_empty() || number.starts_with(" (") && number.ends_with(')'))
}

/// The files of a folder with this ending: name and path. None where there is no such folder.
pub(super) fn files(folder: &Path, ending: &str) -> Result<Vec<(String, PathBuf)>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(Error::reading("reading the sidecars", err)),
    };
    let paths = entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|other| other == ending));
    Ok(paths.map(|path| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), path)).collect())
}

/// What a file says.
///
/// # Errors
/// [`ErrorKind::SidecarDamaged`].
pub(super) fn read<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = std::fs::read(path).map_err(damaged)?;
    // Where and how, but not what stands there: the log holds no names.
    serde_json::from_slice(&bytes).map_err(|err| damaged(format!("{:?} error in line {}, column {}", err.classify(), err.line(), err.column())))
}

/// Writes one, whole.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(path: &Path, what: &impl Serialize) -> Result<()> {
    let bytes = serde_json::to_vec(what).map_err(|err| Error::new(ErrorKind::Bug, "writing a sidecar", err))?;
    write_whole(path, &bytes)
}
