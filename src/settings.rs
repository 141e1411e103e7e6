//! What the teacher chose, and where things are kept. Reading settings never fails: what cannot be read is replaced and said.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Everything the teacher can choose. Unknown keys are ignored, missing ones take their default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The chosen microphone; none = the computer's default.
    pub microphone: Option<ChosenDevice>,
    /// Record at the microphone's own rate instead of 16 kHz.
    pub high_quality: bool,
    /// Catalogue name of the speech model in use.
    pub model: String,
    /// Language code spoken in conferences, or `auto`.
    pub language: String,
    /// How fast this computer writes down; none until it was measured.
    pub measured: Option<Measured>,
    /// Colours.
    pub theme: Theme,
    /// Scales every text: 0.9, 1, 1.15 or 1.3.
    pub text_size: f32,
    /// Show the words on the recording screen.
    pub live_text: bool,
    /// When conferences are written down.
    pub writes_down: WritesDown,
    /// Skip silence when listening.
    pub skip_silence: bool,
    /// How recordings are to sound when listening.
    pub sound: SoundChoices,
    /// Replace names when sharing.
    pub hide_names: bool,
    /// What the teacher added to the names that are found by themselves.
    pub own_names: OwnNames,
    /// The teacher's own menu of teaching points, for "roads not taken".
    pub teaching_menu: Vec<String>,
    /// Offer to remember the teacher's voice from a conference whose voices she confirmed.
    pub offer_voice: bool,
    /// The welcome screen has been seen.
    pub welcomed: bool,
}

/// How fast this computer writes down, as measured with the shipped model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The model it was measured with.
    pub model: String,
    /// Seconds for a conference of five minutes.
    pub secs: f64,
    /// It was not done in time: it takes at least so long.
    pub at_least: bool,
}

/// What the teacher adds to the names that are found by themselves when they are hidden for sharing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OwnNames {
    /// Names and what stands in their place.
    pub replace: BTreeMap<String, String>,
    /// Names that are to stay.
    pub keep: BTreeSet<String>,
}

/// How recordings are to sound when listening; nothing of it changes the recording.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SoundChoices {
    /// The chosen loudspeaker or headphones; none = the computer's default.
    pub loudspeaker: Option<ChosenDevice>,
    /// Bring a quiet voice up to the others.
    pub even_out: bool,
    /// Soften classroom noise.
    pub soften: bool,
}

/// A microphone or loudspeaker as chosen: the identity finds it again, the name is what a person reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenDevice {
    /// The sound system's stable identity.
    pub id: String,
    /// As shown.
    pub name: String,
}

/// When conferences are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WritesDown {
    /// While they are recorded: the words are there when the recording stops.
    #[default]
    WhileRecording,
    /// While they are recorded, but not when the computer runs on its battery.
    PluggedIn,
    /// After class, to spare the computer.
    Afterwards,
}

/// Which colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Like the computer.
    #[default]
    System,
    /// Light paper.
    Light,
    /// Dark paper.
    Dark,
}

/// The text sizes on offer, from small to largest.
pub const TEXT_SIZES: [f32; 4] = [0.9, 1.0, 1.15, 1.3];

/// The model that ships with the program.
pub const SHIPPED_MODEL: &str = "base-q8_0";

/// A menu to start from: strategies that writing teachers often teach; hers to change.
pub const TEACHING_MENU: [&str; 12] = [
    "A lead that pulls readers in",
    "An ending that fits",
    "Staying in one small moment",
    "Showing, not telling",
    "Dialogue",
    "Details of the place",
    "Planning before drafting",
    "Rereading as a reader",
    "Paragraphs and order",
    "Evidence for a reason",
    "Exact words",
    "Pictures and labels",
];

impl Default for Settings {
    fn default() -> Self {
        Self {
            microphone: None,
            high_quality: false,
            model: SHIPPED_MODEL.into(),
            language: "en".into(),
            measured: None,
            theme: Theme::System,
            text_size: 1.0,
            live_text: true,
            writes_down: WritesDown::WhileRecording,
            skip_silence: false,
            sound: SoundChoices::default(),
            hide_names: true,
            own_names: OwnNames::default(),
            teaching_menu: TEACHING_MENU.map(str::to_owned).to_vec(),
            offer_voice: true,
            welcomed: false,
        }
    }
}

impl Settings {
    /// Reads the settings; what could not be read is told in the second part and replaced by defaults.
    #[must_use]
    pub fn read(folders: &Folders) -> (Self, Vec<String>) {
        match std::fs::read(folders.settings()) {
            Ok(bytes) => Self::parse(&bytes),
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => (Self::default(), Vec::new()),
            Err(err) => (Self::default(), vec![format!("Your settings can’t be read, so Afterbell uses its own for now ({err}).")]),
        }
    }

    /// Total: any bytes give settings.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> (Self, Vec<String>) {
        let text = String::from_utf8_lossy(bytes);
        match toml::from_str::<Self>(&text) {
            Ok(mut settings) => {
                if !TEXT_SIZES.contains(&settings.text_size) {
                    settings.text_size = 1.0;
                }
                (settings, Vec::new())
            }
            Err(err) => (Self::default(), vec![format!("Your settings can’t be read, so Afterbell uses its own for now ({}).", err.message())]),
        }
    }

    /// Writes the settings whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written or the disk is full.
    pub fn write(&self, folders: &Folders) -> Result<()> {
        let text = toml::to_string_pretty(self).map_err(|err| Error::new(crate::error::ErrorKind::Bug, "writing settings", err))?;
        write_whole(&folders.settings(), text.as_bytes())
    }
}

/// Writes a file so that after a crash either the old or the new content is there.
///
/// # Errors
/// When the folder cannot be written or the disk is full.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let doing = "writing a file";
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|err| Error::writing(doing, err))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let prefix = temporary_prefix(&name);
    let mut how = tempfile::Builder::new();
    // Named by what it is half of: should a kill leave it there, it goes with what it belongs to.
    how.prefix(&prefix).suffix(".tmp");
    // A temporary file is for its owner alone; what is saved for a colleague is as readable as any other file of that folder.
    #[cfg(unix)]
    how.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = how.tempfile_in(folder).map_err(|err| Error::writing(doing, err))?;
    file.write_all(bytes).map_err(|err| Error::writing(doing, err))?;
    file.as_file().sync_data().map_err(|err| Error::writing(doing, err))?;
    file.persist(path).map_err(|err| Error::writing(doing, err.error))?;
    sync_folder(folder)
}

/// How the name of a half-written file begins. A name may not be longer than 255 bytes, so a long one gives only its beginning.
#[must_use]
pub fn temporary_prefix(name: &str) -> String {
    let beginning: String = name.chars().take(48).collect();
    format!(".{beginning}")
}

/// Makes the names in a folder durable: a file that was just made, renamed or moved there is still there after a power cut.
///
/// # Errors
/// When the folder cannot be opened or the disk is gone.
pub fn sync_folder(folder: &Path) -> Result<()> {
    // A bare name has an empty folder in front of it: the one we are in.
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // Elsewhere a folder cannot be opened, and the file system keeps names by itself.
    if cfg!(unix) {
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|err| Error::writing("keeping a file's name", err))
    } else {
        Ok(())
    }
}

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
            let written = serde_json::to_vec(&used).map_err(|err| Error::new(crate::error::ErrorKind::Bug, "remembering a library", err));
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn settings_come_back_as_written() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().join("Bücher und Töne")));
        let device = |name: &str| Some(ChosenDevice { id: "x".into(), name: name.into() });
        let sound = SoundChoices { loudspeaker: device("Köpfhörer"), even_out: true, soften: true };
        let settings = Settings { text_size: 1.3, theme: Theme::Dark, microphone: device("Ünï"), sound, ..Settings::default() };
        settings.write(&folders).unwrap();
        assert_eq!(Settings::read(&folders), (settings, vec![]));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_written_is_as_readable_as_any_other_file() {
        let folder = tempfile::tempdir().unwrap();
        let mode = |name: &str| std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(folder.path().join(name)).unwrap().permissions());
        std::fs::write(folder.path().join("any"), "a").unwrap();
        write_whole(&folder.path().join("ours"), b"a").unwrap();
        assert_eq!(mode("ours"), mode("any"));
    }

    #[test]
    fn a_half_known_file_keeps_what_it_knows() {
        let (settings, warnings) = Settings::parse(b"theme = \"dark\"\nfuture = 3\ntext_size = 77.0\n");
        assert_eq!((settings.theme, settings.text_size, warnings.len()), (Theme::Dark, 1.0, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn any_bytes_give_settings(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (settings, _) = Settings::parse(&bytes);
            prop_assert!(TEXT_SIZES.contains(&settings.text_size));
        }
    }
}
