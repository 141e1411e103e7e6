//! What the lanes share: where things are, what was chosen, the way out to the window and to each other.

use super::commands::{AnalysisCommand, Command, RecordingCommand, VoiceCommand};
use super::in_use::LibraryInUse;
use super::messages::Event;
use super::partial_file::LiveResult;
use super::problem::Problem;
use crate::conference::ConferenceId;
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::settings::{Folders, Settings, SettingsChange};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the lanes share.
#[derive(Clone)]
pub(crate) struct LaneContext {
    pub folders: Folders,
    settings: Arc<Mutex<HeldSettings>>,
    /// Another program has the library open: this one changes nothing.
    is_looking_only: Arc<AtomicBool>,
    /// Recordings that begin or run: while there is one everything else stands back.
    recordings: Arc<AtomicUsize>,
    /// Who works with the library.
    pub library_in_use: Arc<LibraryInUse>,
    /// What was transcribed of a conference while it was recorded, until its analysis claims it.
    live_result: Arc<Mutex<Option<(ConferenceId, LiveResult)>>>,
    events: Sender<Event>,
    wake: Arc<dyn Fn() + Send + Sync>,
    /// Knows the lanes, which know this.
    lanes: Arc<dyn Route>,
}

/// The settings in force, and those changes that could not be written yet: a full disk may have room later.
#[derive(Default)]
struct HeldSettings {
    settings: Settings,
    unwritten: Vec<SettingsChange>,
}

/// The way to the lanes.
pub(crate) trait Route: Send + Sync {
    /// Hands a command to the lane it belongs to.
    fn route(&self, context: &LaneContext, command: Command);
    /// Stops the work on conferences, running or waiting: of which, and what to ask for to have it done again.
    fn stop_work(&self) -> Vec<(ConferenceId, Command)>;
}

/// Says that a recording begins or runs; dropped, it has ended, however that came about.
pub(crate) struct IsRecording(Arc<AtomicUsize>);

impl Drop for IsRecording {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Something goes on that the window shows. Dropped, it says that it has ended: done, failed, stopped, forgotten in a queue, or in a panic.
pub(crate) struct Progress {
    context: LaneContext,
    end: Option<Box<Event>>,
}

impl Progress {
    /// It has ended, and this is to be said in place of what would be said otherwise.
    pub fn finish(mut self, event: Event) {
        self.end = Some(Box::new(event));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(event) = self.end.take() {
            self.context.emit(*event);
        }
    }
}

impl LaneContext {
    pub fn new(folders: Folders, events: Sender<Event>, wake: Arc<dyn Fn() + Send + Sync>, lanes: Arc<dyn Route>) -> Self {
        Self {
            folders,
            settings: Arc::default(),
            is_looking_only: Arc::default(),
            recordings: Arc::default(),
            library_in_use: Arc::default(),
            live_result: Arc::default(),
            events,
            wake,
            lanes,
        }
    }

    /// Tells the window.
    pub fn emit(&self, event: Event) {
        // The window may be gone already; then nobody needs to know.
        self.events.send(event).ok();
        (self.wake)();
    }

    /// Tells the window of a failure, and the log of its cause.
    pub fn fail(&self, error: &Error, conference: Option<ConferenceId>) {
        if error.kind == ErrorKind::Cancelled {
            return;
        }
        tracing::error!("{error}");
        self.emit(Event::Failed(Problem::of(error, conference, None)));
    }

    /// Something begins that ends with this event, whatever happens to it.
    pub fn progress(&self, end: Event) -> Progress {
        Progress { context: self.clone(), end: Some(Box::new(end)) }
    }

    /// Hands a command to the lane it belongs to; returns at once.
    pub fn dispatch(&self, command: Command) {
        if self.is_looking_only() && !command.only_looks() {
            self.fail(&Error::bare(ErrorKind::LibraryInUse, "changing something from a second window"), None);
            return self.end_refused(&command);
        }
        self.lanes.route(self, command);
    }

    /// What the window shows from the moment it asks ends at once when it is refused.
    fn end_refused(&self, command: &Command) {
        match command {
            Command::Recording(RecordingCommand::Start(_)) => self.emit(Event::RecordingNotStarted),
            Command::Voice(VoiceCommand::ReadAloud(true)) => self.emit(Event::ReadingEnded),
            Command::Voice(VoiceCommand::Rediarize { id, .. }) => self.emit(Event::Rediarized(*id, None)),
            Command::Analysis(AnalysisCommand::AddSample(_)) => self.emit(Event::SampleAdded(None)),
            Command::Recording(_) | Command::Voice(_) | Command::Analysis(_) | Command::Library(_) | Command::Models(_) | Command::OpenDialog(_) => {}
            Command::Query(_) | Command::Microphone(_) | Command::Player(_) | Command::Sharing(_) | Command::SaveDialog(_) => {}
        }
    }

    /// Does something with nobody else working with the library: the work on conferences is stopped, other work is waited for. Also what to ask for to have
    /// done again what was stopped, whether it came to anything or not.
    ///
    /// # Errors
    /// [`ErrorKind::WorkInProgress`] when other work does not end within `patience`; as `work`.
    pub fn alone_with_the_library(&self, patience: Duration, work: impl FnOnce() -> Result<()>) -> (Vec<(ConferenceId, Command)>, Result<()>) {
        let mut stopped = Vec::new();
        let done = self.library_in_use.alone(patience, || stopped = self.lanes.stop_work()).and_then(|_alone| work());
        (stopped, done)
    }

    /// Runs one command of a lane; a panic or an error ends only that command.
    pub fn run_guarded(&self, conference: Option<ConferenceId>, work: impl FnOnce() -> Result<()>) {
        self.run_asked(conference, None, work);
    }

    /// As [`Self::run_guarded`]; a failure says what was `asked` for, and offers it again.
    pub fn run_asked(&self, conference: Option<ConferenceId>, asked: Option<Command>, work: impl FnOnce() -> Result<()>) {
        let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(work));
        let Err(error) = done.unwrap_or_else(|_| Err(Error::bare(ErrorKind::Bug, "a command of the window"))) else { return };
        if error.kind == ErrorKind::Cancelled {
            return;
        }
        tracing::error!("{error}");
        self.emit(Event::Failed(Problem::of(&error, conference, asked.as_ref())));
    }

    /// Another program has the library open.
    pub fn is_looking_only(&self) -> bool {
        self.is_looking_only.load(Ordering::Relaxed)
    }

    /// The settings as read, before the lanes begin.
    pub fn set_settings(&self, settings: Settings) {
        *self.settings.lock().unwrap_or_else(PoisonError::into_inner) = HeldSettings { settings, unwritten: Vec::new() };
    }

    /// Said before the lanes begin.
    pub fn look_only(&self) {
        self.is_looking_only.store(true, Ordering::Relaxed);
    }

    /// Whether a recording begins or runs.
    pub fn is_recording(&self) -> bool {
        self.recordings.load(Ordering::Relaxed) > 0
    }

    /// A recording begins.
    pub fn recording(&self) -> IsRecording {
        self.recordings.fetch_add(1, Ordering::Relaxed);
        IsRecording(Arc::clone(&self.recordings))
    }

    /// A connection of a lane's own.
    ///
    /// # Errors
    /// As [`Library::open`].
    pub fn library(&self) -> Result<Library> {
        if self.is_looking_only() { Library::open_to_look(&self.folders) } else { Library::open(&self.folders) }
    }

    /// Keeps what was transcribed while recording for the lane that continues with it; what nobody claims is transcribed again.
    pub fn stash_live_result(&self, id: ConferenceId, result: LiveResult) {
        *self.live_result.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, result));
    }

    /// What was transcribed of a conference while it was recorded.
    pub fn claim_live_result(&self, id: ConferenceId) -> LiveResult {
        let mut held = self.live_result.lock().unwrap_or_else(PoisonError::into_inner);
        held.take_if(|(of, _)| *of == id).map(|(_, result)| result).unwrap_or_default()
    }

    /// The settings in force.
    pub fn settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).settings.clone()
    }

    /// Changes one setting, in memory at once and on disk; of two lanes that change one each, one waits for the other.
    ///
    /// # Errors
    /// When it cannot be written; it counts until the program ends all the same, and is written with the next one.
    pub fn change_settings(&self, change: SettingsChange) -> Result<()> {
        let mut held = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        change.apply(&mut held.settings);
        held.unwritten.push(change);
        let kept = Settings::update(&self.folders, |kept| held.unwritten.iter().for_each(|change| change.apply(kept)))?;
        held.unwritten.clear();
        // The window has made this change; what another program changed meanwhile it does not know.
        if kept != held.settings {
            held.settings = kept.clone();
            self.emit(Event::Settings(Box::new(kept)));
        }
        Ok(())
    }
}

/// For tests of one lane: what is handed to the others goes nowhere.
#[cfg(test)]
pub(crate) fn of_one_lane(folders: &Folders) -> (LaneContext, std::sync::mpsc::Receiver<Event>) {
    struct Nowhere;

    impl Route for Nowhere {
        fn route(&self, _: &LaneContext, _: Command) {}
        fn stop_work(&self) -> Vec<(ConferenceId, Command)> {
            Vec::new()
        }
    }

    with_lanes(folders, Arc::new(Nowhere))
}

/// For tests of one lane: what is handed to the others goes to these.
#[cfg(test)]
pub(crate) fn with_lanes(folders: &Folders, lanes: Arc<dyn Route>) -> (LaneContext, std::sync::mpsc::Receiver<Event>) {
    #[expect(clippy::disallowed_methods, reason = "as the desk makes it")]
    let (events, receiver) = std::sync::mpsc::channel();
    (LaneContext::new(folders.clone(), events, Arc::new(|| {}), lanes), receiver)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_that_change_settings_at_once_undo_nothing_of_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let (context, events) = of_one_lane(&folders);
        // The window does not know yet which model the models lane just took into use.
        context.change_settings(SettingsChange::Model("small-q8_0".into())).unwrap();
        context.change_settings(SettingsChange::SkipSilence(true)).unwrap();
        // Nor does either know what somebody did on the command line.
        Settings::update(&folders, |settings| settings.language = "fr".into()).unwrap();
        context.change_settings(SettingsChange::Welcomed).unwrap();
        let wanted = Settings { model: "small-q8_0".into(), skip_silence: true, language: "fr".into(), welcomed: true, ..Settings::default() };
        assert_eq!((context.settings(), Settings::read(&folders).0), (wanted.clone(), wanted.clone()));
        drop(context);
        let told: Vec<Settings> = events.iter().filter_map(|event| if let Event::Settings(settings) = event { Some(*settings) } else { None }).collect();
        assert_eq!(told, [wanted], "the window is told of what it did not do");
    }

    #[test]
    fn a_setting_that_could_not_be_written_counts_and_is_written_with_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let (context, _events) = of_one_lane(&folders);
        let in_the_way = folder.path().join("settings.lock");
        std::fs::create_dir(&in_the_way).unwrap();
        assert!(context.change_settings(SettingsChange::Welcomed).is_err());
        assert!(context.settings().welcomed && !Settings::read(&folders).0.welcomed);
        std::fs::remove_dir(in_the_way).unwrap();
        context.change_settings(SettingsChange::LiveText(false)).unwrap();
        let kept = Settings::read(&folders).0;
        assert!(kept.welcomed && !kept.live_text && context.settings() == kept);
    }
}
