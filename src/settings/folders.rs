//! Where things are kept: the library folder, what is in it, which folders were used before, and the files that came with the program.

use crate::error::{Error, ErrorKind};
use crate::files::write_whole;
use std::path::{Path, PathBuf};

/// Where things are kept: one folder for all that is the teacher's, and the files that came with the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folders {
    library: PathBuf,
    /// Somebody said where; it is not the computer's usual place.
    is_chosen: bool,
}

impl Folders {
    /// The given folder, else the platform's data directory.
    #[must_use]
    pub fn find(library: Option<PathBuf>) -> Self {
        let is_chosen = library.is_some();
        let library = library
            .or_else(|| directories::ProjectDirs::from("org", "Afterbell", "Afterbell").map(|dirs| dirs.data_dir().to_path_buf()))
            .unwrap_or_else(|| PathBuf::from("afterbell-library"));
        Self { library, is_chosen }
    }

    /// Whether a chosen folder is not there although it should be: it was used before, or what it stands in is not there either (a stick that was pulled
    /// out). Making an empty one in its place would look as if everything were lost.
    #[must_use]
    pub fn is_away(&self) -> bool {
        if !self.is_chosen || self.library.exists() {
            return false;
        }
        let stands_in = self.library.parent().filter(|parent| !parent.as_os_str().is_empty());
        stands_in.is_some_and(|parent| !parent.exists()) || used_before().contains(&whole_path(&self.library))
    }

    /// Remembers, outside of it, that a library is kept in this chosen folder. That it cannot be remembered is no reason not to use it.
    pub fn remember(&self) {
        let Some(list) = list_of_used().filter(|_| self.is_chosen && self.database().exists()) else { return };
        let mut used = used_before();
        let path = whole_path(&self.library);
        if !used.contains(&path) {
            used.insert(0, path);
            used.truncate(REMEMBERED);
            let written = serde_json::to_vec(&used).map_err(|err| Error::new(ErrorKind::Bug, "remembering a library", err));
            if let Err(err) = written.and_then(|bytes| write_whole(&list, &bytes)) {
                tracing::warn!("where the library is was not remembered: {err}");
            }
        }
    }

    /// The library folder.
    #[must_use]
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.library.join("library.sqlite")
    }

    /// The recordings: one WAV each, named by when it began.
    #[must_use]
    pub fn recordings(&self) -> PathBuf {
        self.library.join("recordings")
    }

    /// The sound of conferences that colleagues shared.
    #[must_use]
    pub fn shared(&self) -> PathBuf {
        self.library.join("shared")
    }

    /// Speech models that were added or downloaded.
    #[must_use]
    pub fn models(&self) -> PathBuf {
        self.library.join("models")
    }

    /// The settings file.
    #[must_use]
    pub fn settings(&self) -> PathBuf {
        self.library.join("settings.toml")
    }

    /// The log, without names or words.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.library.join("afterbell.log")
    }
}

/// Chosen folders that are remembered.
const REMEMBERED: usize = 50;

/// Where it is kept which folders were used: beside no library, because it is asked for when one is gone.
fn list_of_used() -> Option<PathBuf> {
    directories::ProjectDirs::from("org", "Afterbell", "Afterbell").map(|dirs| dirs.config_dir().join("libraries.json"))
}

fn used_before() -> Vec<PathBuf> {
    let read = list_of_used().and_then(|list| std::fs::read(list).ok());
    read.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn whole_path(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

/// A file that came with the program, such as `models/ggml-base-q8_0.bin`: looked for beside the executable and above it,
/// then where the program was built.
#[must_use]
pub fn shipped(relative: &str) -> Option<PathBuf> {
    let exe = std::env::current_exe().ok();
    let above = exe.iter().flat_map(|exe| exe.ancestors().skip(1)).map(Path::to_path_buf);
    above
        .chain(exe.iter().filter_map(|exe| Some(exe.parent()?.parent()?.join("share/afterbell"))))
        .chain(std::iter::once(PathBuf::from(env!("CARGO_MANIFEST_DIR"))))
        .map(|root| root.join(relative))
        .find(|path| path.exists())
}
