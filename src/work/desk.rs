//! The desk of threads behind the window: a `Command` goes in and returns at once, `Event`s come out.
//!
//! Each lane (`lanes/`) is one thread with a queue and what it needs of its own; [`super::lane::run`] is the loop of all of them. Before they begin, the
//! library is opened, read through and, if need be, made again, while the window is there already and says so.

use super::commands::{AnalysisCommand, Command, LibraryQuery, MicrophoneCommand, PlayerCommand, SharingCommand, VoiceCommand};
use super::context::{LaneContext, Route};
use super::lane::{self, Lane};
use super::lanes::analysis::{AnalysisLane, AnalysisName};
use super::lanes::downloads::{self, DownloadsLane};
use super::lanes::library::{LibraryLane, LibraryTask};
use super::lanes::models::ModelsLane;
use super::lanes::player::{PlayerLane, PlayerTask};
use super::lanes::recording::RecordingLane;
use super::lanes::sharing::SharingLane;
use super::lanes::voice::{VoiceLane, VoiceName};
use super::lanes::{analysis, recording, sharing, voice};
use super::messages::Event;
use super::problem::Problem;
use super::queue::Queue;
use super::ticket::Ticket;
use crate::conference::ConferenceId;
use crate::error::{Error, ErrorKind, Result};
use crate::library::{self, Library};
use crate::settings::{Folders, Settings};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// As the window closes, the player is waited for no longer than this: a sound system that hangs holds nothing that has to be saved.
const PLAYER_PATIENCE: Duration = Duration::from_secs(2);

/// The queues of all lanes. A new lane has its line here, in `close` and in `start`, and its branch in `route`.
#[derive(Default)]
struct Lanes {
    library: QueueOf<LibraryLane>,
    recording: QueueOf<RecordingLane>,
    analysis: QueueOf<AnalysisLane>,
    player: QueueOf<PlayerLane>,
    models: QueueOf<ModelsLane>,
    downloads: QueueOf<DownloadsLane>,
    sharing: QueueOf<SharingLane>,
    voice: QueueOf<VoiceLane>,
}

type QueueOf<L> = Arc<Queue<<L as Lane>::Task>>;

impl Route for Lanes {
    fn route(&self, context: &LaneContext, command: Command) {
        match command {
            Command::Query(query) => self.library.push(LibraryTask::Query(query)),
            Command::Library(command) => self.library.push(LibraryTask::Change(command)),
            Command::Microphone(command) => recording::take_microphone(&self.recording, command),
            Command::Recording(command) => recording::take(context, &self.recording, command),
            Command::Analysis(command) => self.to_analysis(context, command),
            Command::Player(command @ PlayerCommand::VoicesChanged(_)) => {
                let queue = Arc::clone(&self.player);
                self.after_what_is_saved(move || queue.push(PlayerTask(command)));
            }
            Command::Player(command) => self.player.push(PlayerTask(command)),
            Command::Models(command) => downloads::take(context, &self.models, &self.downloads, command),
            Command::Sharing(command) => self.to_sharing(context, command),
            Command::Voice(VoiceCommand::Rediarize { id, students, corrections }) => {
                let (queue, progress) = (Arc::clone(&self.voice), context.progress(Event::Rediarized(id, None)));
                self.after_what_is_saved(move || voice::rediarize(&queue, id, students, corrections, progress));
            }
            Command::Voice(command @ VoiceCommand::Remember(_)) => {
                let (context, queue) = (context.clone(), Arc::clone(&self.voice));
                self.after_what_is_saved(move || voice::take(&context, &queue, command));
            }
            Command::Voice(command @ (VoiceCommand::ReadAloud(_) | VoiceCommand::Forget)) => voice::take(context, &self.voice, command),
            Command::SaveDialog(dialog) => super::dialogs::ask_where(context, dialog),
            Command::OpenDialog(dialog) => super::dialogs::ask_what(context, dialog),
        }
    }

    fn stop_work(&self) -> Vec<(ConferenceId, Command)> {
        let analysis = self.analysis.cancel_named(|name| matches!(name, AnalysisName::Analyse(..))).into_iter().filter_map(AnalysisName::again);
        // Telling apart is about what is on screen, and that is another record now.
        let voice =
            self.voice.cancel_named(|name| matches!(name, VoiceName::Rediarize(_) | VoiceName::Remember(_))).into_iter().filter_map(|name| match name {
                VoiceName::Remember(id) => Some((id, VoiceCommand::Remember(id).into())),
                VoiceName::Rediarize(_) | VoiceName::ReadAloud | VoiceName::Forget => None,
            });
        analysis.chain(voice).collect()
    }
}

impl Lanes {
    /// Lanes have connections of their own; what reads what the teacher changed is asked for behind the changes, or a page would lack the last word typed.
    fn after_what_is_saved(&self, ask: impl FnOnce() + Send + 'static) {
        self.library.push(LibraryTask::HandOn(Box::new(ask)));
    }

    fn to_analysis(&self, context: &LaneContext, command: AnalysisCommand) {
        let (own, queue) = (context.clone(), Arc::clone(&self.analysis));
        match command {
            AnalysisCommand::Import(..)
            | AnalysisCommand::ImportAgain(..)
            | AnalysisCommand::ImportTyped(..)
            | AnalysisCommand::CancelImport
            | AnalysisCommand::AddSample(_) => analysis::take(context, &queue, command),
            AnalysisCommand::Analyse(_) | AnalysisCommand::AnalyseWith { .. } => self.after_what_is_saved(move || analysis::take(&own, &queue, command)),
            AnalysisCommand::CancelWork(_) => {
                // At once, and again for what was asked for just before and is still on its way.
                analysis::take(context, &queue, command.clone());
                self.after_what_is_saved(move || {
                    if let AnalysisCommand::CancelWork(id) = &command {
                        super::asked_again::forget(&own.folders, *id);
                    }
                    analysis::take(&own, &queue, command);
                });
            }
        }
    }

    fn to_sharing(&self, context: &LaneContext, command: SharingCommand) {
        let (own, queue) = (context.clone(), Arc::clone(&self.sharing));
        if command == SharingCommand::Cancel {
            sharing::take(context, &queue, command.clone());
        }
        self.after_what_is_saved(move || sharing::take(&own, &queue, command));
    }

    /// Nothing more is taken in; each lane ends after what may not be given up.
    fn close(&self) {
        self.recording.close(RecordingLane::is_given_up);
        self.analysis.close(AnalysisLane::is_given_up);
        self.player.close(PlayerLane::is_given_up);
        self.models.close(ModelsLane::is_given_up);
        self.downloads.close(DownloadsLane::is_given_up);
        self.sharing.close(SharingLane::is_given_up);
        self.voice.close(VoiceLane::is_given_up);
        // Last: what others still hand it is saved.
        self.library.close(LibraryLane::is_given_up);
    }

    fn start(&self, context: &LaneContext) -> Result<LaneThreads> {
        Ok(LaneThreads {
            saving: vec![
                spawn::<LibraryLane>(context, &self.library)?,
                spawn::<RecordingLane>(context, &self.recording)?,
                spawn::<AnalysisLane>(context, &self.analysis)?,
                spawn::<ModelsLane>(context, &self.models)?,
                spawn::<DownloadsLane>(context, &self.downloads)?,
                spawn::<SharingLane>(context, &self.sharing)?,
                spawn::<VoiceLane>(context, &self.voice)?,
            ],
            player: spawn::<PlayerLane>(context, &self.player)?,
        })
    }
}

/// The threads of the lanes.
struct LaneThreads {
    /// Whose last work has to be waited for.
    saving: Vec<JoinHandle<()>>,
    player: JoinHandle<()>,
}

impl LaneThreads {
    fn wait(self) {
        for thread in self.saving {
            if thread.join().is_err() {
                tracing::error!("a thread of the desk ended badly");
            }
        }
        let until = Instant::now() + PLAYER_PATIENCE;
        while !self.player.is_finished() {
            if Instant::now() >= until {
                return tracing::warn!("the player did not end in time");
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn spawn<L: Lane + 'static>(context: &LaneContext, queue: &QueueOf<L>) -> Result<JoinHandle<()>> {
    let (context, queue) = (context.clone(), Arc::clone(queue));
    let run = move || lane::run::<L>(&context, &queue);
    std::thread::Builder::new().name(L::NAME.into()).spawn(run).map_err(|err| Error::new(ErrorKind::Bug, "starting a thread", err))
}

/// The running threads. Dropping it ends them after what they are doing; a recording is stopped and saved first.
pub struct Desk {
    context: LaneContext,
    lanes: Arc<Lanes>,
    thread: Option<JoinHandle<()>>,
}

impl Desk {
    /// Begins to open the library (made when there is none, made again when it is damaged) and returns; then the lanes start, and `Ready` is said, or
    /// `CannotOpen`. `wake` is called after each event. When another program has the library open, this one only looks.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(folders: Folders, wake: Arc<dyn Fn() + Send + Sync>) -> Result<(Self, Receiver<Event>)> {
        #[expect(clippy::disallowed_methods, reason = "both ends are fast and the events are a person's doing: this one channel has no bound")]
        let (events, receiver) = std::sync::mpsc::channel();
        let lanes = Arc::new(Lanes::default());
        let context = LaneContext::new(folders, events, wake, Arc::clone(&lanes) as Arc<dyn Route>);
        let (own_context, own_lanes) = (context.clone(), Arc::clone(&lanes));
        let thread = std::thread::Builder::new()
            .name("desk".into())
            .spawn(move || run(&own_context, &own_lanes))
            .map_err(|err| Error::new(ErrorKind::Bug, "starting a thread", err))?;
        Ok((Self { context, lanes, thread: Some(thread) }, receiver))
    }

    /// Takes a command; returns at once.
    pub fn send(&self, command: Command) {
        self.context.dispatch(command);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.lanes.close();
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the desk ended badly");
        }
    }
}

/// Opens the library, runs the lanes, and holds the claim until they have ended.
fn run(context: &LaneContext, lanes: &Lanes) {
    let opened = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| open(context)));
    let opened = opened.unwrap_or_else(|_| Err(Error::bare(ErrorKind::Bug, "opening the library")));
    let _claim = match opened {
        Ok(claim) => claim,
        Err(err) => {
            tracing::error!("{err}");
            return context.emit(Event::CannotOpen(Problem::of(&err, None, None)));
        }
    };
    for first in [LibraryQuery::List(Ticket::default()).into(), LibraryQuery::ListShared.into(), MicrophoneCommand::List.into()] {
        context.dispatch(first);
    }
    match lanes.start(context) {
        Ok(running) => running.wait(),
        Err(err) => context.fail(&err, None),
    }
}

/// The claim, when this program has it; settings are read and `Ready` is said.
fn open(context: &LaneContext) -> Result<Option<library::Claim>> {
    let folders = &context.folders;
    let claim = match library::claim(folders) {
        Err(err) if err.kind == ErrorKind::LibraryInUse => None,
        claim => Some(claim?),
    };
    // Opened here once so that a library that cannot be used is said before there is a window full of nothing.
    let made_again = if claim.is_some() {
        super::recovery::remove_temp_files(folders);
        super::safety::open_or_rebuild_with_progress(folders, &mut |stage| context.emit(Event::Opening(stage)))?.1
    } else {
        context.look_only();
        context.emit(Event::LookingOnly);
        drop(Library::open_to_look(folders)?);
        None
    };
    let (settings, warnings) = if claim.is_some() { Settings::read_or_set_aside(folders) } else { Settings::read(folders) };
    context.set_settings(settings.clone());
    context.emit(Event::Ready { settings: Box::new(settings), warnings });
    if let Some(advice) = made_again {
        context.emit(Event::Failed(Problem::new(ErrorKind::LibraryDamaged, advice)));
    }
    Ok(claim)
}
