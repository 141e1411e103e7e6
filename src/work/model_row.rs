//! A speech model as the window shows it, and how long a conference takes with it.

/// How long something takes on this computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EstimatedTime {
    /// Seconds.
    pub secs: u64,
    /// It takes at least so long, perhaps much longer.
    pub at_least: bool,
}

impl EstimatedTime {
    /// "about 2 minutes".
    #[must_use]
    pub fn in_words(self) -> String {
        let minutes = (self.secs + 30) / 60;
        match (self.at_least, minutes) {
            (true, 0 | 1) => "more than a minute".into(),
            (true, minutes) => format!("more than {minutes} minutes"),
            (false, 0) => "less than a minute".into(),
            (false, 1) => "about 1 minute".into(),
            (false, minutes) => format!("about {minutes} minutes"),
        }
    }
}

/// One speech model as settings and welcome show it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ModelRow {
    /// Catalogue name (or the file's, for one that was added and is not in the catalogue).
    pub name: String,
    /// "Base".
    pub title: String,
    /// What it is good for.
    pub good_for: String,
    /// Size of the file.
    pub bytes: u64,
    /// It is on this computer.
    pub installed: bool,
    /// It came with the program.
    pub built_in: bool,
    /// It is the one in use.
    pub in_use: bool,
    /// It knows no other language.
    pub english_only: bool,
    /// A download of it was stopped when this much had come, 0 to 1.
    pub stopped_at: Option<f32>,
    /// How long a conference of five minutes takes with it; none until this computer was measured.
    pub estimated_time: Option<EstimatedTime>,
    /// The computer's memory in bytes, when the model needs more than is good.
    pub memory_short: Option<u64>,
    /// The best one that suits this computer.
    pub suggested: bool,
}

impl ModelRow {
    /// Whether it can transcribe what is spoken in this language (a code, or `auto`).
    #[must_use]
    pub fn knows(&self, language: &str) -> bool {
        !self.english_only || language == "en"
    }
}
