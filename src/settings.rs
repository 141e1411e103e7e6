//! What the teacher chose. Reading settings never fails: what cannot be read is replaced and said, and its file kept.

use crate::error::{Error, ErrorKind, Result};
use crate::files::{move_new, write_whole};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

mod folders;
pub use folders::{Folders, shipped};

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
    /// How fast this computer transcribes; none until it was measured.
    pub measured: Option<Measured>,
    /// Colours.
    pub theme: Theme,
    /// Scales every text: 0.9, 1, 1.15 or 1.3.
    pub text_size: f32,
    /// Show the words on the recording screen.
    pub live_text: bool,
    /// A recording beside which nobody has spoken for half an hour stops and is saved by itself.
    pub stops_forgotten: bool,
    /// When conferences are transcribed.
    #[serde(rename = "writes_down")]
    pub transcribe_when: TranscribeWhen,
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
    /// Cover what was found for a question until the teacher has rated it.
    pub guess_first: bool,
    /// What guessing first is for has been read.
    pub guess_explained: bool,
    /// Offer to remember the teacher's voice from a conference whose voices were confirmed.
    pub offer_voice: bool,
    /// The welcome screen has been seen.
    pub welcomed: bool,
}

/// How fast this computer transcribes, as measured with the shipped model.
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
    #[serde(rename = "even_out")]
    pub level_speakers: bool,
    /// Soften classroom noise.
    #[serde(rename = "soften")]
    pub denoise: bool,
}

/// A microphone or loudspeaker as chosen: the identity finds it again, the name is what a person reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChosenDevice {
    /// The sound system's stable identity.
    pub id: String,
    /// As shown.
    pub name: String,
}

/// When conferences are transcribed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TranscribeWhen {
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

/// A menu to start from: strategies that writing teachers often teach; to be changed freely.
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
            stops_forgotten: true,
            transcribe_when: TranscribeWhen::WhileRecording,
            skip_silence: false,
            sound: SoundChoices::default(),
            hide_names: true,
            own_names: OwnNames::default(),
            teaching_menu: TEACHING_MENU.map(str::to_owned).to_vec(),
            guess_first: true,
            guess_explained: false,
            offer_voice: true,
            welcomed: false,
        }
    }
}

/// One thing the teacher chose. Whoever changes a setting says only this: what others changed meanwhile stays.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingsChange {
    /// [`Settings::microphone`].
    Microphone(Option<ChosenDevice>),
    /// [`Settings::high_quality`].
    HighQuality(bool),
    /// [`Settings::model`].
    Model(String),
    /// [`Settings::language`].
    Language(String),
    /// [`Settings::measured`].
    Measured(Measured),
    /// [`Settings::theme`].
    Theme(Theme),
    /// [`Settings::text_size`].
    TextSize(f32),
    /// [`Settings::live_text`].
    LiveText(bool),
    /// [`Settings::stops_forgotten`].
    StopsForgotten(bool),
    /// [`Settings::transcribe_when`].
    TranscribeWhen(TranscribeWhen),
    /// [`Settings::skip_silence`].
    SkipSilence(bool),
    /// [`SoundChoices::loudspeaker`].
    Loudspeaker(Option<ChosenDevice>),
    /// [`SoundChoices::level_speakers`].
    LevelSpeakers(bool),
    /// [`SoundChoices::denoise`].
    Denoise(bool),
    /// [`Settings::own_names`].
    OwnNames(OwnNames),
    /// [`Settings::teaching_menu`].
    TeachingMenu(Vec<String>),
    /// [`Settings::guess_first`].
    GuessFirst(bool),
    /// [`Settings::guess_explained`].
    GuessExplained,
    /// [`Settings::offer_voice`].
    OfferVoice(bool),
    /// [`Settings::welcomed`].
    Welcomed,
}

impl SettingsChange {
    /// Changes it.
    pub fn apply(&self, settings: &mut Settings) {
        match self.clone() {
            Self::Microphone(microphone) => settings.microphone = microphone,
            Self::HighQuality(on) => settings.high_quality = on,
            Self::Model(name) => settings.model = name,
            Self::Language(code) => settings.language = code,
            Self::Measured(measured) => settings.measured = Some(measured),
            Self::Theme(theme) => settings.theme = theme,
            Self::TextSize(size) => settings.text_size = size,
            Self::LiveText(on) => settings.live_text = on,
            Self::StopsForgotten(on) => settings.stops_forgotten = on,
            Self::TranscribeWhen(when) => settings.transcribe_when = when,
            Self::SkipSilence(on) => settings.skip_silence = on,
            Self::Loudspeaker(loudspeaker) => settings.sound.loudspeaker = loudspeaker,
            Self::LevelSpeakers(on) => settings.sound.level_speakers = on,
            Self::Denoise(on) => settings.sound.denoise = on,
            Self::OwnNames(names) => settings.own_names = names,
            Self::TeachingMenu(menu) => settings.teaching_menu = menu,
            Self::GuessFirst(on) => settings.guess_first = on,
            Self::GuessExplained => settings.guess_explained = true,
            Self::OfferVoice(on) => settings.offer_voice = on,
            Self::Welcomed => settings.welcomed = true,
        }
    }
}

impl Settings {
    /// Reads the settings and changes nothing; what could not be read is told in the second part and replaced by defaults.
    #[must_use]
    pub fn read(folders: &Folders) -> (Self, Vec<String>) {
        match std::fs::read(folders.settings()) {
            Ok(bytes) => Self::parse(&bytes),
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => (Self::default(), Vec::new()),
            Err(err) => (Self::default(), vec![format!("Your settings can’t be read, so Afterbell uses its own for now ({err}).")]),
        }
    }

    /// Total: any bytes give settings. One that cannot be read takes no other with it.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> (Self, Vec<String>) {
        let unread = |why: String| (Self::default(), vec![format!("Your settings can’t be read, so Afterbell uses its own for now ({why}).")]);
        let text = match str::from_utf8(bytes) {
            Ok(text) => text,
            Err(err) => return unread(err.to_string()),
        };
        let table: toml::Table = match toml::from_str(text) {
            Ok(table) => table,
            Err(err) => return unread(err.message().to_owned()),
        };
        let mut warnings = Vec::new();
        let mut settings = table.clone().try_into::<Self>().unwrap_or_else(|_| {
            let (settings, faults) = one_by_one(table);
            warnings.extend(faults);
            settings
        });
        if !TEXT_SIZES.contains(&settings.text_size) {
            settings.text_size = 1.0;
        }
        (settings, warnings)
    }

    /// Changes what is on the disk, and only that which is to be changed: whatever else stands there by now, from another program too, stays. A file
    /// that cannot be read is not written over but set aside under another name. Returns the settings as they are now.
    ///
    /// # Errors
    /// When the folder cannot be written or the disk is full; what was there is there still.
    pub fn update(folders: &Folders, change: impl FnOnce(&mut Self)) -> Result<Self> {
        let doing = "keeping the settings";
        std::fs::create_dir_all(folders.library()).map_err(|err| Error::writing(doing, err))?;
        // Between reading and writing nobody else may write. Held until it goes out of use.
        let turn = std::fs::File::create(folders.library().join("settings.lock")).map_err(|err| Error::writing(doing, err))?;
        if let Err(err) = turn.lock() {
            tracing::warn!("settings are changed without taking turns: {err}");
        }
        let (mut settings, warnings) = Self::read(folders);
        if !warnings.is_empty() {
            let aside = move_new(&folders.settings(), &folders.library().join(ASIDE))?;
            tracing::warn!("settings that cannot be read are set aside: {warnings:?}; file: {aside:?}");
        }
        change(&mut settings);
        let text = toml::to_string_pretty(&settings).map_err(|err| Error::new(ErrorKind::Bug, doing, err))?;
        write_whole(&folders.settings(), text.as_bytes())?;
        Ok(settings)
    }

    /// Reads the settings for a program that will change them: a file that cannot be read is set aside now, with what could be read of it kept.
    #[must_use]
    pub fn read_or_set_aside(folders: &Folders) -> (Self, Vec<String>) {
        let (settings, mut warnings) = Self::read(folders);
        if warnings.is_empty() {
            return (settings, warnings);
        }
        match Self::update(folders, |_| ()) {
            Ok(settings) => {
                warnings.push(format!("The file is kept as “{ASIDE}” in the library folder."));
                (settings, warnings)
            }
            Err(err) => {
                tracing::warn!("settings could not be set aside: {err}");
                (settings, warnings)
            }
        }
    }
}

/// What settings that cannot be read are called from then on; a second one is numbered.
const ASIDE: &str = "settings set aside.toml";

/// Settings of which at least one cannot be read: the others, and which those are.
fn one_by_one(table: toml::Table) -> (Settings, Vec<String>) {
    let (mut settings, mut faults) = (Settings::default(), Vec::new());
    for (key, value) in table {
        let with = toml::Table::try_from(&settings).map(|mut all| {
            all.insert(key.clone(), value);
            all
        });
        match with.map_err(|err| err.to_string()).and_then(|all| all.try_into().map_err(|err: toml::de::Error| err.message().to_owned())) {
            Ok(read) => settings = read,
            Err(why) => faults.push(format!("One of your settings can’t be read, so Afterbell uses its own for it ({key}: {why}).")),
        }
    }
    (settings, faults)
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
        let sound = SoundChoices { loudspeaker: device("Köpfhörer"), level_speakers: true, denoise: true };
        let settings = Settings { text_size: 1.3, theme: Theme::Dark, microphone: device("Ünï"), sound, ..Settings::default() };
        Settings::update(&folders, |kept| *kept = settings.clone()).unwrap();
        assert_eq!(Settings::read(&folders), (settings, vec![]));
    }

    #[test]
    fn what_an_older_afterbell_wrote_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_path_buf()));
        std::fs::write(folders.settings(), "writes_down = \"afterwards\"\n[sound]\neven_out = true\nsoften = true\n").unwrap();
        let settings = Settings::read(&folders).0;
        assert_eq!((settings.transcribe_when, settings.sound.level_speakers, settings.sound.denoise), (TranscribeWhen::Afterwards, true, true));
    }

    /// Every kind of change, each with something else than the default.
    fn changes() -> Vec<SettingsChange> {
        let device = || Some(ChosenDevice { id: "x".into(), name: "Köpfhörer".into() });
        vec![
            SettingsChange::Microphone(device()),
            SettingsChange::HighQuality(true),
            SettingsChange::Model("small-q8_0".into()),
            SettingsChange::Language("fr".into()),
            SettingsChange::Measured(Measured { model: "base-q8_0".into(), secs: 12.5, at_least: false }),
            SettingsChange::Theme(Theme::Dark),
            SettingsChange::TextSize(1.3),
            SettingsChange::LiveText(false),
            SettingsChange::StopsForgotten(false),
            SettingsChange::TranscribeWhen(TranscribeWhen::Afterwards),
            SettingsChange::SkipSilence(true),
            SettingsChange::Loudspeaker(device()),
            SettingsChange::LevelSpeakers(true),
            SettingsChange::Denoise(true),
            SettingsChange::OwnNames(OwnNames { replace: BTreeMap::from([("Zoë".into(), "A".into())]), keep: BTreeSet::from(["May".into()]) }),
            SettingsChange::TeachingMenu(vec!["Dialogue".into()]),
            SettingsChange::GuessFirst(false),
            SettingsChange::GuessExplained,
            SettingsChange::OfferVoice(false),
            SettingsChange::Welcomed,
        ]
    }

    #[test]
    fn a_change_changes_one_thing_whatever_came_before_and_after() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let mut all = Settings::default();
        for change in changes() {
            let mut one = Settings::default();
            change.apply(&mut one);
            assert_ne!(one, Settings::default(), "{change:?}");
            change.apply(&mut all);
            assert_eq!(Settings::update(&folders, |settings| change.apply(settings)).unwrap(), all, "{change:?}");
        }
        assert_eq!(Settings::read(&folders), (all, vec![]));
    }

    /// Two lanes and two programs at once: each says one thing, and all of it is there in the end.
    #[test]
    fn changes_from_several_sides_at_once_are_all_kept() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        std::thread::scope(|scope| {
            for change in changes() {
                let folders = &folders;
                scope.spawn(move || drop(Settings::update(folders, |settings| change.apply(settings)).unwrap()));
            }
        });
        let mut all = Settings::default();
        changes().iter().for_each(|change| change.apply(&mut all));
        assert_eq!(Settings::read(&folders), (all, vec![]));
    }

    /// The files set aside, and what is in them.
    fn aside(folders: &Folders) -> Vec<(String, Vec<u8>)> {
        let mut found: Vec<(String, Vec<u8>)> = std::fs::read_dir(folders.library())
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap()))
            .filter(|(name, _)| name.contains("set aside"))
            .collect();
        found.sort();
        found
    }

    #[test]
    fn settings_that_cannot_be_read_are_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let broken: [&[u8]; 3] =
            [b"teaching_menu = [\"My own strategy\", \n", b"\xff\xfe\0welcomed = true", b"welcomed = true\nteaching_menu = [\"Caf\xe9\"]\n"];
        for bytes in broken {
            std::fs::write(folders.settings(), bytes).unwrap();
            let (settings, warnings) = Settings::read(&folders);
            assert_eq!((settings, warnings.len()), (Settings::default(), 1));
            assert_eq!(std::fs::read(folders.settings()).unwrap(), bytes, "reading changes nothing");
            let now = Settings::update(&folders, |settings| settings.live_text = false).unwrap();
            assert!(!now.live_text && Settings::read(&folders) == (now, vec![]));
        }
        let found = aside(&folders);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["settings set aside (2).toml", "settings set aside (3).toml", "settings set aside.toml"]);
        assert_eq!(found.iter().map(|(_, bytes)| bytes.as_slice()).collect::<Vec<_>>(), [broken[1], broken[2], broken[0]]);
    }

    #[test]
    fn one_setting_that_cannot_be_read_takes_no_other_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let text = "theme = \"sepia\"\nlanguage = \"fr\"\nteaching_menu = [\"Mine\"]\nlive_text = 3\n[own_names.replace]\n\"Zoë\" = \"A\"\n";
        std::fs::write(folders.settings(), text).unwrap();
        let (settings, warnings) = Settings::read_or_set_aside(&folders);
        assert_eq!((settings.language.as_str(), settings.teaching_menu.as_slice(), settings.theme), ("fr", &["Mine".to_owned()][..], Theme::System));
        assert!(settings.live_text && settings.own_names.replace.contains_key("Zoë"));
        assert!(warnings.len() == 3 && warnings[0].contains("live_text") && warnings[1].contains("theme") && warnings[2].contains("set aside"), "{warnings:?}");
        assert_eq!(aside(&folders), [("settings set aside.toml".to_owned(), text.as_bytes().to_vec())]);
        assert_eq!(Settings::read(&folders), (settings, vec![]), "what could be read is kept");
    }

    #[cfg(unix)]
    #[test]
    fn where_a_file_cannot_be_set_aside_nothing_is_written_over_it() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        // Full or forbidden: every name it could get is taken, which no permission of an administrator changes.
        std::fs::write(folders.settings(), "broken = [").unwrap();
        std::fs::create_dir(folder.path().join("settings.lock")).unwrap();
        assert!(Settings::update(&folders, |settings| settings.live_text = false).is_err());
        let (settings, warnings) = Settings::read_or_set_aside(&folders);
        assert_eq!((settings, warnings.len(), std::fs::read_to_string(folders.settings()).unwrap()), (Settings::default(), 1, "broken = [".into()));
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
