//! The desk of threads behind the window: a `Command` goes in and returns at once, `Event`s come out.
//!
//! Each lane is one thread with its own connection to the library and a plain loop over its commands:
//! `library` (lists, search, edits: short), `recording` (microphone and sessions), `analysis` (minutes), `player`, `models`, `sharing`, `voice`.
//! A panic stays in its command: it becomes [`ErrorKind::Bug`] and the lane goes on.

use super::lanes::{analysis, listening, looking, models_lane, recording, sharing, voice};
use super::live::Begun;
use super::messages::{Command, Event, Problem, Ticket};
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
pub(crate) struct Office {
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
    library: Sender<Command>,
    recording: Sender<Command>,
    analysis: Sender<Command>,
    player: Sender<Command>,
    models: Sender<Command>,
    voice: Sender<Command>,
    sharing: Sender<Command>,
}

impl Office {
    /// Tells the window.
    pub fn tell(&self, event: Event) {
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
        self.tell(Event::Failed(Problem::of(error, conference)));
    }

    /// Hands a command to the lane it belongs to.
    pub fn hand(&self, command: Command) {
        if self.is_looking_only && !command.only_looks() {
            return self.fail(&Error::bare(ErrorKind::LibraryInUse, "changing something from a second window"), None);
        }
        let command = self.noting_wishes(command);
        let lane = match &command {
            Command::ListMicrophones
            | Command::Monitor(_)
            | Command::StartRecording(_)
            | Command::PauseRecording
            | Command::ResumeRecording
            | Command::MarkRecording
            | Command::StopRecording
            | Command::KeepInterrupted(_)
            | Command::DiscardInterrupted(_) => &self.lanes.recording,
            Command::Import(..) | Command::CancelImport | Command::AddSample(_) | Command::Process(_) | Command::CancelWork(_) => &self.lanes.analysis,
            Command::Listen { .. }
            | Command::Play
            | Command::Pause
            | Command::Seek(_)
            | Command::Speed(_)
            | Command::SkipSilence(_)
            | Command::Repeat(_)
            | Command::HoldForTyping
            | Command::ResumeAfterTyping
            | Command::Sound(_)
            | Command::VoicesChanged(_)
            | Command::ListLoudspeakers => &self.lanes.player,
            Command::TellApart { .. } | Command::ReadAloud(_) | Command::RememberVoice(_) | Command::ForgetVoice => &self.lanes.voice,
            Command::ListModels
            | Command::UseModel(_)
            | Command::RemoveModel(_)
            | Command::AddModel(_)
            | Command::DownloadModel(_)
            | Command::PauseDownload
            | Command::DiscardDownload(_)
            | Command::MeasureSpeed => &self.lanes.models,
            Command::PreviewShare(..) | Command::Share(..) | Command::CopyShare(..) | Command::CancelShare => &self.lanes.sharing,
            Command::ChooseShare(..) | Command::ChooseReply(_) | Command::ChooseRecordings(_) | Command::ChooseTranscripts(_) | Command::ChooseModel => {
                return super::dialogs::ask(self, command);
            }
            _ => &self.lanes.library,
        };
        if lane.send(command).is_err() {
            tracing::error!("a lane of the desk has ended");
        }
    }

    /// To write down as wished is to write down, with the wish kept until the work begins; to write down as usual ends a wish.
    fn noting_wishes(&self, command: Command) -> Command {
        let mut wishes = self.wishes.lock().unwrap_or_else(PoisonError::into_inner);
        match command {
            Command::ProcessAs { id, model, language } => {
                wishes.insert(id, (model, language));
                Command::Process(id)
            }
            Command::Process(id) => {
                wishes.remove(&id);
                Command::Process(id)
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
    pub fn attempt(&self, conference: Option<ConferenceId>, work: impl FnOnce() -> Result<()>) {
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
            Ok(Ok(())) => {}
            Ok(Err(err)) => self.fail(&err, conference),
            Err(_) => self.fail(&Error::bare(ErrorKind::Bug, "a command of the window"), conference),
        }
    }
}

/// The running threads. Dropping it ends them after what they are doing; a recording is stopped and saved first.
pub struct Desk {
    office: Option<Office>,
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
        let (library, library_in) = channel();
        let (recording, recording_in) = channel();
        let (analysis_out, analysis_in) = channel();
        let (player, player_in) = channel();
        let (models, models_in) = channel();
        let (voice_out, voice_in) = channel();
        let (sharing, sharing_in) = channel();
        let office = Office {
            folders,
            settings: Arc::new(Mutex::new(settings.clone())),
            is_looking_only: claim.is_none(),
            is_recording: Arc::new(AtomicBool::new(false)),
            begun: Arc::default(),
            wishes: Arc::default(),
            events,
            wake,
            lanes: Lanes { library, recording, analysis: analysis_out, player, models, sharing, voice: voice_out },
        };
        if office.is_looking_only {
            office.tell(Event::LookingOnly);
        }
        office.tell(Event::Ready { settings: Box::new(settings), warnings });
        if let Some(advice) = made_again {
            office.tell(Event::Failed(Problem { kind: ErrorKind::LibraryDamaged, advice, conference: None }));
        }
        let mut desk = Self { office: Some(office.clone()), threads: Vec::new(), _claim: claim };
        desk.spawn("library", library_in, looking::run)?;
        desk.spawn("recording", recording_in, recording::run)?;
        desk.spawn("analysis", analysis_in, analysis::run)?;
        desk.spawn("player", player_in, listening::run)?;
        desk.spawn("models", models_in, models_lane::run)?;
        desk.spawn("sharing", sharing_in, sharing::run)?;
        desk.spawn("voice", voice_in, voice::run)?;
        for first in [Command::List(Ticket::default()), Command::ListShared, Command::ListMicrophones, Command::ListModels] {
            office.hand(first);
        }
        Ok((desk, heard))
    }

    /// Takes a command; returns at once.
    pub fn send(&self, command: Command) {
        if let Some(office) = &self.office {
            office.hand(command);
        }
    }

    fn spawn(&mut self, name: &'static str, commands: Receiver<Command>, run: fn(&Office, &Receiver<Command>)) -> Result<()> {
        let Some(office) = self.office.clone() else { return Ok(()) };
        // A lane keeps no way to hand itself commands once the desk is gone: it ends when `quit` arrives.
        let thread = std::thread::Builder::new()
            .name(name.into())
            .spawn(move || run(&office, &commands))
            .map_err(|err| Error::new(ErrorKind::Bug, "starting a thread", err))?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let Some(office) = self.office.take() else { return };
        let Lanes { library, recording, analysis, player, models, sharing, voice } = &office.lanes;
        for lane in [recording, library, analysis, player, models, sharing, voice] {
            lane.send(Command::Quit).ok();
        }
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the desk ended badly");
            }
        }
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
        let office = desk.office.clone().unwrap();
        let id = ConferenceId(7);
        let wish = || Command::ProcessAs { id, model: "small-q8_0".into(), language: "fr".into() };
        assert_eq!(office.noting_wishes(wish()), Command::Process(id));
        let found = office.settings_for(id);
        assert_eq!((found.model.as_str(), found.language.as_str()), ("small-q8_0", "fr"));
        assert_eq!(office.settings_for(id), office.settings(), "once");
        assert_eq!(office.settings_for(ConferenceId(8)), office.settings());
        // Whoever then asks for it as usual gets it as usual.
        office.noting_wishes(wish());
        office.noting_wishes(Command::Process(id));
        assert_eq!(office.settings_for(id), office.settings());
    }
}
