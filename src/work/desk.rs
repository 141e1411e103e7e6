//! The desk of threads behind the window: a `Command` goes in and returns at once, `Event`s come out.
//!
//! Each lane is one thread with its own connection to the library and a plain loop over its commands:
//! `library` (lists, search, edits: short), `recording` (microphone and sessions), `analysis` (minutes), `player`, `models`, `sharing`, `voice`.
//! A panic stays in its command: it becomes [`ErrorKind::Bug`] and the lane goes on.

use super::commands::{AnalysisCommand, Command, LibraryQuery, MicrophoneCommand, ModelsCommand, PlayerCommand, SharingCommand, VoiceCommand};
use super::lanes::library::LibraryTask;
use super::lanes::recording::RecordingTask;
use super::lanes::{analysis, library, models, player, recording, sharing, voice};
use super::live::Begun;
use super::messages::{Event, Problem, Ticket};
use crate::conference::ConferenceId;
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::settings::{Folders, Settings};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};

/// What the lanes share: where things are, what was chosen, and the way out to the window.
#[derive(Clone)]
pub(crate) struct LaneContext {
    pub folders: Folders,
    settings: Arc<Mutex<Settings>>,
    /// Another program has the library open: this one changes nothing.
    pub is_looking_only: bool,
    /// A recording runs: everything else stands back.
    pub is_recording: Arc<AtomicBool>,
    /// What was begun of a conference while it was recorded, until it is taken up.
    begun: Arc<Mutex<Option<(ConferenceId, Begun)>>>,
    /// Conferences that are to be written down with another model or in another language than usual: which, and model and language.
    wishes: Arc<Mutex<BTreeMap<ConferenceId, (String, String)>>>,
    events: Sender<Event>,
    wake: Arc<dyn Fn() + Send + Sync>,
    lanes: Lanes,
}

#[derive(Clone)]
struct Lanes {
    library: Sender<Option<LibraryTask>>,
    recording: Sender<Option<RecordingTask>>,
    analysis: Sender<Option<AnalysisCommand>>,
    player: Sender<Option<PlayerCommand>>,
    models: Sender<Option<ModelsCommand>>,
    voice: Sender<Option<VoiceCommand>>,
    sharing: Sender<Option<SharingCommand>>,
}

impl LaneContext {
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
        self.emit(Event::Failed(Problem::of(error, conference)));
    }

    /// Hands a command to the lane it belongs to.
    pub fn dispatch(&self, command: Command) {
        if self.is_looking_only && !command.only_looks() {
            return self.fail(&Error::bare(ErrorKind::LibraryInUse, "changing something from a second window"), None);
        }
        let command = self.noting_wishes(command);
        match command {
            Command::Query(query) => put(&self.lanes.library, LibraryTask::Query(query)),
            Command::Library(command) => put(&self.lanes.library, LibraryTask::Change(command)),
            Command::Microphone(command) => put(&self.lanes.recording, RecordingTask::Microphone(command)),
            Command::Recording(command) => put(&self.lanes.recording, RecordingTask::Session(command)),
            Command::Analysis(command) => put(&self.lanes.analysis, command),
            Command::Player(command) => put(&self.lanes.player, command),
            Command::Models(command) => put(&self.lanes.models, command),
            Command::Sharing(command) => put(&self.lanes.sharing, command),
            Command::Voice(command) => put(&self.lanes.voice, command),
            Command::SaveDialog(dialog) => super::dialogs::ask_where(self, dialog),
            Command::OpenDialog(dialog) => super::dialogs::ask_what(self, dialog),
        }
    }

    /// To write down as wished is to write down, with the wish kept until the work begins; to write down as usual ends a wish.
    fn noting_wishes(&self, command: Command) -> Command {
        let mut wishes = self.wishes.lock().unwrap_or_else(PoisonError::into_inner);
        match command {
            Command::Analysis(AnalysisCommand::ProcessAs { id, model, language }) => {
                wishes.insert(id, (model, language));
                AnalysisCommand::Process(id).into()
            }
            Command::Analysis(AnalysisCommand::Process(id)) => {
                wishes.remove(&id);
                AnalysisCommand::Process(id).into()
            }
            other => other,
        }
    }

    /// The settings to write this conference down with, once: with what was wished for it in place of what is usual.
    pub fn settings_for(&self, id: ConferenceId) -> Settings {
        let wish = self.wishes.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        let settings = self.settings();
        match wish {
            Some((model, language)) => Settings { model, language, ..settings },
            None => settings,
        }
    }

    /// A connection of a lane's own.
    ///
    /// # Errors
    /// As [`Library::open`].
    pub fn library(&self) -> Result<Library> {
        if self.is_looking_only { Library::open_to_look(&self.folders) } else { Library::open(&self.folders) }
    }

    /// Leaves what was begun of a conference to the lane that goes on with it; what nobody took up is made again.
    pub fn leave(&self, id: ConferenceId, begun: Begun) {
        *self.begun.lock().unwrap_or_else(PoisonError::into_inner) = Some((id, begun));
    }

    /// Takes up what was begun of a conference.
    pub fn take_up(&self, id: ConferenceId) -> Begun {
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        begun.take_if(|(of, _)| *of == id).map(|(_, begun)| begun).unwrap_or_default()
    }

    /// The settings in force.
    pub fn settings(&self) -> Settings {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Keeps settings, in memory at once and on disk.
    ///
    /// # Errors
    /// When they cannot be written; they count until the program ends all the same.
    pub fn keep_settings(&self, settings: Settings) -> Result<()> {
        let mut held = self.settings.lock().unwrap_or_else(PoisonError::into_inner);
        let written = settings.write(&self.folders);
        *held = settings;
        written
    }

    /// Runs one command of a lane; a panic or an error ends only that command.
    pub fn run_guarded(&self, conference: Option<ConferenceId>, work: impl FnOnce() -> Result<()>) {
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
            Ok(Ok(())) => {}
            Ok(Err(err)) => self.fail(&err, conference),
            Err(_) => self.fail(&Error::bare(ErrorKind::Bug, "a command of the window"), conference),
        }
    }
}

/// The running threads. Dropping it ends them after what they are doing; a recording is stopped and saved first.
pub struct Desk {
    context: Option<LaneContext>,
    threads: Vec<std::thread::JoinHandle<()>>,
    _claim: Option<crate::library::Claim>,
}

impl Desk {
    /// Opens the library (made when there is none, made again when it is damaged) and starts the lanes. `wake` is called after each event.
    /// When another program has it open, this one only looks.
    ///
    /// # Errors
    /// When the library is from a newer version, or cannot be written.
    pub fn start(folders: Folders, wake: Arc<dyn Fn() + Send + Sync>) -> Result<(Self, Receiver<Event>)> {
        let claim = match crate::library::claim(&folders) {
            Err(err) if err.kind == ErrorKind::LibraryInUse => None,
            claim => Some(claim?),
        };
        // Opened here once so that a library that cannot be used is said before there is a window full of nothing.
        let made_again = if claim.is_some() {
            super::process::sweep(&folders);
            super::safety::open_or_rebuild(&folders)?.1
        } else {
            drop(Library::open_to_look(&folders)?);
            None
        };
        let (settings, warnings) = Settings::read(&folders);
        let (events, heard) = channel();
        let (library_out, library_in) = channel();
        let (recording_out, recording_in) = channel();
        let (analysis_out, analysis_in) = channel();
        let (player_out, player_in) = channel();
        let (models_out, models_in) = channel();
        let (voice_out, voice_in) = channel();
        let (sharing_out, sharing_in) = channel();
        let context = LaneContext {
            folders,
            settings: Arc::new(Mutex::new(settings.clone())),
            is_looking_only: claim.is_none(),
            is_recording: Arc::new(AtomicBool::new(false)),
            begun: Arc::default(),
            wishes: Arc::default(),
            events,
            wake,
            lanes: Lanes {
                library: library_out,
                recording: recording_out,
                analysis: analysis_out,
                player: player_out,
                models: models_out,
                sharing: sharing_out,
                voice: voice_out,
            },
        };
        if context.is_looking_only {
            context.emit(Event::LookingOnly);
        }
        context.emit(Event::Ready { settings: Box::new(settings), warnings });
        if let Some(advice) = made_again {
            context.emit(Event::Failed(Problem { kind: ErrorKind::LibraryDamaged, advice, conference: None }));
        }
        let mut desk = Self { context: Some(context.clone()), threads: Vec::new(), _claim: claim };
        desk.spawn("library", library_in, library::run)?;
        desk.spawn("recording", recording_in, recording::run)?;
        desk.spawn("analysis", analysis_in, analysis::run)?;
        desk.spawn("player", player_in, player::run)?;
        desk.spawn("models", models_in, models::run)?;
        desk.spawn("sharing", sharing_in, sharing::run)?;
        desk.spawn("voice", voice_in, voice::run)?;
        for first in [LibraryQuery::List(Ticket::default()).into(), LibraryQuery::ListShared.into(), MicrophoneCommand::List.into()] {
            context.dispatch(first);
        }
        Ok((desk, heard))
    }

    /// Takes a command; returns at once.
    pub fn send(&self, command: Command) {
        if let Some(context) = &self.context {
            context.dispatch(command);
        }
    }

    fn spawn<C: Send + 'static>(&mut self, name: &'static str, commands: Receiver<Option<C>>, run: fn(&LaneContext, &Receiver<Option<C>>)) -> Result<()> {
        let Some(context) = self.context.clone() else { return Ok(()) };
        // A lane keeps no way to hand itself commands once the desk is gone: it ends when `quit` arrives.
        let thread = std::thread::Builder::new()
            .name(name.into())
            .spawn(move || run(&context, &commands))
            .map_err(|err| Error::new(ErrorKind::Bug, "starting a thread", err))?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let Some(context) = self.context.take() else { return };
        let Lanes { library, recording, analysis, player, models, sharing, voice } = &context.lanes;
        recording.send(None).ok();
        library.send(None).ok();
        analysis.send(None).ok();
        player.send(None).ok();
        models.send(None).ok();
        sharing.send(None).ok();
        voice.send(None).ok();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the desk ended badly");
            }
        }
    }
}

fn put<C>(lane: &Sender<Option<C>>, command: C) {
    if lane.send(Some(command)).is_err() {
        tracing::error!("a lane of the desk has ended");
    }
}

/// Both ends are fast and the commands are a person's, so this one kind of channel has no bound.
fn channel<T>() -> (Sender<T>, Receiver<T>) {
    #[expect(clippy::disallowed_methods, reason = "Command and Event: both ends are fast (see ARCHITECTURE.md)")]
    std::sync::mpsc::channel()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conference_is_written_down_as_wished_once_and_then_as_usual() {
        let folder = tempfile::tempdir().unwrap();
        let (desk, _events) = Desk::start(Folders::find(Some(folder.path().to_owned())), Arc::new(|| {})).unwrap();
        let context = desk.context.clone().unwrap();
        let id = ConferenceId::from_u128(7);
        let wish = || AnalysisCommand::ProcessAs { id, model: "small-q8_0".into(), language: "fr".into() }.into();
        assert_eq!(context.noting_wishes(wish()), AnalysisCommand::Process(id).into());
        let found = context.settings_for(id);
        assert_eq!((found.model.as_str(), found.language.as_str()), ("small-q8_0", "fr"));
        assert_eq!(context.settings_for(id), context.settings(), "once");
        assert_eq!(context.settings_for(ConferenceId::from_u128(8)), context.settings());
        // Whoever then asks for it as usual gets it as usual.
        context.noting_wishes(wish());
        context.noting_wishes(AnalysisCommand::Process(id).into());
        assert_eq!(context.settings_for(id), context.settings());
    }
}
