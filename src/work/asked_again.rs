//! Conferences that were asked to be transcribed again, with which model and in which language: kept in a file of the library until it is done or given up
//! by the teacher, so that quitting the program forgets none.

use crate::conference::ConferenceId;
use crate::error::{Error, ErrorKind, Result};
use crate::files::write_whole;
use crate::settings::Folders;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// One that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AskedAgain {
    /// Which conference.
    pub id: ConferenceId,
    /// Catalogue name.
    pub model: String,
    /// A language code, or `auto`.
    pub language: String,
}

/// Two lanes change the file.
static TURN: Mutex<()> = Mutex::new(());

fn path(folders: &Folders) -> PathBuf {
    folders.library().join("transcribe-again.json")
}

/// All that wait, in the order they were asked for.
pub(crate) fn list(folders: &Folders) -> Vec<AskedAgain> {
    let Ok(bytes) = std::fs::read(path(folders)) else { return Vec::new() };
    serde_json::from_slice(&bytes).unwrap_or_else(|err| {
        tracing::warn!("what was to be transcribed again cannot be read: {err}");
        Vec::new()
    })
}

/// Keeps one, in place of what was asked for the same conference before.
pub(crate) fn keep(folders: &Folders, one: AskedAgain) {
    change(folders, |all| {
        all.retain(|other| other.id != one.id);
        all.push(one);
    });
}

/// It is done, or not wanted any more.
pub(crate) fn forget(folders: &Folders, id: ConferenceId) {
    if path(folders).exists() {
        change(folders, |all| all.retain(|one| one.id != id));
    }
}

/// That it cannot be kept is no reason not to transcribe.
fn change(folders: &Folders, change: impl FnOnce(&mut Vec<AskedAgain>)) {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut all = list(folders);
    change(&mut all);
    let written = if all.is_empty() {
        std::fs::remove_file(path(folders)).map_err(|err| Error::writing(DOING, err))
    } else {
        serde_json::to_vec(&all)
            .map_err(|err| Error::new(ErrorKind::Bug, DOING, err))
            .and_then(|bytes: Vec<u8>| -> Result<()> { write_whole(&path(folders), &bytes) })
    };
    if let Err(err) = written.or_else(|err| if path(folders).exists() { Err(err) } else { Ok(()) }) {
        tracing::warn!("{err}");
    }
}

const DOING: &str = "keeping what is to be transcribed again";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_stays_until_it_is_done() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let one = |id: u128, model: &str| AskedAgain { id: ConferenceId::from_u128(id), model: model.into(), language: "fr".into() };
        forget(&folders, ConferenceId::from_u128(1));
        keep(&folders, one(1, "base-q8_0"));
        keep(&folders, one(2, "base-q8_0"));
        keep(&folders, one(1, "small-q8_0"));
        assert_eq!(list(&folders), [one(2, "base-q8_0"), one(1, "small-q8_0")]);
        forget(&folders, ConferenceId::from_u128(2));
        forget(&folders, ConferenceId::from_u128(1));
        assert_eq!(list(&folders), []);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no file is left");
        std::fs::write(path(&folders), "half of it").unwrap();
        assert_eq!(list(&folders), []);
    }
}
