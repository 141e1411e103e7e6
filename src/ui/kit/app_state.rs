//! What every screen may look at, and what it may ask for. Screens draw from `AppState` and push `Action`s; nothing else.

use crate::conference::{ConferenceId, ConferenceRecord, ConferenceSummary, SoundOf, Student, StudentId, TalkShare};
use crate::settings::Settings;
use crate::work::{Command, DeletedRow, DeviceInfo, InterruptedRecording, Meters, ModelRow, Playhead, Problem, Reply, SharedId, SharedRow, WorkProgress};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything the window knows, kept by the app from the events it was told.
#[derive(Debug, Default)]
pub struct AppState {
    /// Settings in force.
    pub settings: Settings,
    /// The class list, sorted by name.
    pub students: Arc<Vec<Student>>,
    /// All conferences, newest first.
    pub conferences: Arc<Vec<ConferenceSummary>>,
    /// The list has arrived at least once.
    pub listed: bool,
    /// The file being imported, and how much of it is done.
    pub importing: Option<(String, f32)>,
    /// Conferences that colleagues shared.
    pub shared_with_me: Vec<SharedRow>,
    /// Replies to the conference on screen.
    pub replies: Option<(ConferenceId, Arc<Vec<Reply>>)>,
    /// Files to share are being written, and how much is done.
    pub sharing: Option<f32>,
    /// Work that is running or waiting.
    pub work: BTreeMap<ConferenceId, WorkProgress>,
    /// The speech models.
    pub models: Vec<ModelRow>,
    /// The model being downloaded: name, fraction, seconds left.
    pub download: Option<(String, f32, Option<u64>)>,
    /// Microphones by name; none until the first answer.
    pub microphones: Option<Vec<DeviceInfo>>,
    /// Loudspeakers and headphones by name; none until the first answer.
    pub loudspeakers: Option<Vec<DeviceInfo>>,
    /// The level without recording: meters and the microphone's name.
    pub monitor: Option<(Arc<Meters>, String)>,
    /// What the player has loaded.
    pub listening: Option<(SoundOf, Arc<Playhead>)>,
    /// The seconds of speech the teacher's voice is known from; none: it is not known.
    pub voice: Option<f64>,
    /// The teacher reads aloud: meters, and how much of what is asked for has been read.
    pub reading: Option<(Arc<Meters>, f32)>,
    /// Recordings that were cut off.
    pub interrupted: Vec<InterruptedRecording>,
    /// Names of those that were left for the next start.
    pub put_off: Vec<String>,
    /// Everything that was deleted, the last first; none until the first answer.
    pub deleted: Option<Arc<Vec<DeletedRow>>>,
    /// Another window has these recordings open: this one only looks.
    pub looking_only: bool,
    /// The backups there are, newest first; none until the first answer.
    pub backups: Option<Vec<String>>,
    /// What failed last and was not yet put away.
    pub problem: Option<Problem>,
    /// Milliseconds since 1970, set once a frame.
    pub now_unix_ms: i64,
}

impl AppState {
    /// Whether who talked how much is not to be seen in lists: the teacher guesses first, and has not looked at it.
    #[must_use]
    pub fn is_talk_covered(&self, one: &ConferenceSummary) -> bool {
        self.settings.guess_first && !one.is_talk_seen && !one.is_sample && one.teacher_share.is_some()
    }

    /// The teacher's share of a conference as a list may show it.
    #[must_use]
    pub fn seen_talk(&self, one: &ConferenceSummary) -> Option<TalkShare> {
        one.teacher_talk().filter(|_| !self.is_talk_covered(one))
    }

    /// The student's name.
    #[must_use]
    pub fn student(&self, id: StudentId) -> Option<&Student> {
        self.students.iter().find(|student| student.id == id)
    }
}

/// Where to go.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// The first screen.
    Welcome,
    /// Ready to record; a student already chosen or not.
    Record(Option<StudentId>),
    /// The list.
    Conferences,
    /// One conference (opened first), ready at this moment if one is given.
    Conference(ConferenceId, Option<crate::conference::Millis>),
    /// A colleague's conference (opened first).
    Shared(SharedId),
    /// One's own conference beside a reply to it.
    Reply(OpenRecord, Box<Reply>),
    /// Everything that was deleted; the arrow leads back there.
    Deleted(Box<Place>),
    /// Settings.
    Settings,
}

/// What a screen asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Hand this to the desk.
    Do(Command),
    /// Show another screen.
    Go(Place),
    /// Open the dialog that imports a typed transcript, of this student if any.
    ImportTyped(Option<StudentId>),
    /// Open the dialog that shares these conferences, called so ("Maya’s conference").
    Share(Vec<ConferenceId>, String),
    /// A short word at the bottom left, with an Undo if there is something to undo.
    Toast(String, Option<Command>),
    /// Say what a step back or forward was.
    Stepped(String),
    /// Say what was just done to the conference on screen, with an Undo for it.
    Edited(String),
    /// Take back what was done to the conference on screen, if this is still the change that was made last.
    UndoEdit(ConferenceId, Option<u64>),
    /// Show or hide the list of keys (F1).
    ShowKeys,
}

/// The record on screen with its place in time; screens change it only through `apply`.
pub type OpenRecord = Arc<ConferenceRecord>;
