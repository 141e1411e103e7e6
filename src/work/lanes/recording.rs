//! The `recording` lane: microphones, levels, sessions. Opening a microphone may take seconds; that is why it is a lane, and why it can be stopped.

use super::library::now_unix_ms;
use crate::audio::{Meters, Mic};
use crate::conference::{ConferenceId, StudentId};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::settings::Settings;
use crate::work::commands::{AnalysisCommand, Command, MicrophoneCommand, RecordingCommand};
use crate::work::context::{IsRecording, LaneContext, Progress};
use crate::work::lane::Lane;
use crate::work::level::Monitor;
use crate::work::live::{Live, LiveOptions};
use crate::work::messages::{Event, InterruptedRecording};
use crate::work::microphone;
use crate::work::participants::Participants;
use crate::work::problem::Problem;
use crate::work::queue::{CancelToken, Queue, Task};
use crate::work::record::{self, Finished, RecordingSetup, Session};
use crate::work::recovery::adopt;
use crate::work::session_files::SessionFact;
use std::sync::Arc;

/// The disk was full, or the list could not be written, when the recording was to be added to it.
const NOT_IN_THE_LIST: &str = "Your recording is kept, whole. It could not be put into the list of conferences just now. Make sure there is room on this \
                               computer, then keep it; it is offered until you do.";

pub(crate) enum RecordingTask {
    ListMicrophones,
    Monitor(bool),
    /// The progress says, dropped, that it has not begun.
    Start(Participants, Progress),
    Pause,
    Resume,
    Mark,
    Stop,
    KeepInterrupted(String),
    ListInterrupted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordingName {
    ListMicrophones,
    Monitor,
    Start,
    /// What is done with a recording there is: never stopped.
    Session,
}

impl Task for RecordingTask {
    type Name = RecordingName;

    fn name(&self) -> RecordingName {
        match self {
            Self::ListMicrophones => RecordingName::ListMicrophones,
            Self::Monitor(_) => RecordingName::Monitor,
            Self::Start(..) => RecordingName::Start,
            Self::Pause | Self::Resume | Self::Mark | Self::Stop | Self::KeepInterrupted(_) | Self::ListInterrupted => RecordingName::Session,
        }
    }

    fn asked(&self) -> Option<Command> {
        match self {
            Self::KeepInterrupted(name) => Some(RecordingCommand::KeepInterrupted(name.clone()).into()),
            Self::Mark => Some(RecordingCommand::Mark.into()),
            _ => None,
        }
    }
}

/// What a command about microphones adds to the queue, or stops.
pub(crate) fn take_microphone(queue: &Queue<RecordingTask>, command: MicrophoneCommand) {
    match command {
        MicrophoneCommand::List => {
            if !queue.has(|name| *name == RecordingName::ListMicrophones) {
                queue.push(RecordingTask::ListMicrophones);
            }
        }
        MicrophoneCommand::Monitor(on) => {
            // Only the last counts, and one that still waits for a microphone is no reason to wait.
            queue.cancel(|name| *name == RecordingName::Monitor);
            queue.push(RecordingTask::Monitor(on));
        }
    }
}

/// What a command about recordings adds to the queue, or stops.
pub(crate) fn take(context: &LaneContext, queue: &Queue<RecordingTask>, command: RecordingCommand) {
    match command {
        RecordingCommand::Start(with) => {
            // A recording waits for no list and no level.
            queue.cancel(|name| matches!(name, RecordingName::ListMicrophones | RecordingName::Monitor));
            queue.push(RecordingTask::Start(with, context.progress(Event::RecordingNotStarted)));
        }
        RecordingCommand::CancelStart => queue.cancel(|name| *name == RecordingName::Start),
        RecordingCommand::Pause => queue.push(RecordingTask::Pause),
        RecordingCommand::Resume => queue.push(RecordingTask::Resume),
        RecordingCommand::Mark => queue.push(RecordingTask::Mark),
        RecordingCommand::Stop => queue.push(RecordingTask::Stop),
        RecordingCommand::KeepInterrupted(name) => queue.push(RecordingTask::KeepInterrupted(name)),
        RecordingCommand::ListInterrupted => queue.push(RecordingTask::ListInterrupted),
    }
}

pub(crate) struct RecordingLane {
    context: LaneContext,
    /// Opened when it is needed: a recording begins whether or not the library can be opened just now.
    library: Option<Library>,
    running: Option<RunningSession>,
    monitor: Option<Monitor>,
}

struct RunningSession {
    session: Session,
    live: Option<Live>,
    flag: IsRecording,
}

impl Lane for RecordingLane {
    const NAME: &'static str = "recording";
    const HOLDS_LIBRARY: bool = false;
    type Task = RecordingTask;

    /// Whoever closes the window does not wait for a microphone; what was recorded is saved first.
    fn is_given_up(name: &RecordingName) -> bool {
        *name != RecordingName::Session
    }

    fn open(context: &LaneContext, _: &Arc<Queue<RecordingTask>>) -> Result<Self> {
        let mut lane = Self { context: context.clone(), library: None, running: None, monitor: None };
        if !context.is_looking_only() {
            context.run_guarded(None, || lane.tell_interrupted());
        }
        Ok(lane)
    }

    fn work(&mut self, context: &LaneContext, task: RecordingTask, token: &CancelToken) -> Result<()> {
        match task {
            RecordingTask::ListMicrophones => {
                context.emit(Event::Microphones(microphone::list(&mut || token.check("looking for microphones"))?));
            }
            RecordingTask::Monitor(on) => self.monitor(on, token)?,
            RecordingTask::Start(with, progress) => self.start(&with, progress, token)?,
            RecordingTask::Pause => self.running.iter().for_each(|running| running.session.pause()),
            RecordingTask::Resume => self.running.iter().for_each(|running| running.session.resume()),
            RecordingTask::Mark => {
                if let Some(running) = &self.running {
                    context.emit(Event::Marked(running.session.mark()?));
                }
            }
            RecordingTask::Stop => self.stop()?,
            RecordingTask::KeepInterrupted(name) => {
                let finished = record::recover(&context.folders, &name)?;
                self.saved(&finished, None)?;
                self.tell_interrupted()?;
            }
            RecordingTask::ListInterrupted => self.tell_interrupted()?,
        }
        Ok(())
    }

    fn end(mut self, _: &LaneContext) -> Result<()> {
        self.stop()
    }
}

impl RecordingLane {
    fn library(&mut self) -> Result<&mut Library> {
        match &mut self.library {
            Some(library) => Ok(library),
            closed => Ok(closed.insert(self.context.library()?)),
        }
    }

    fn monitor(&mut self, on: bool, token: &CancelToken) -> Result<()> {
        self.monitor = None;
        if on && self.running.is_none() {
            let meters = Arc::new(Meters::default());
            let wanted = &mut || token.check("listening to the level");
            let monitor = Monitor::start(&self.context.folders, &self.context.settings(), Arc::clone(&meters), wanted)?;
            self.context.emit(Event::Monitoring { meters, microphone: monitor.microphone().to_owned() });
            self.monitor = Some(monitor);
        }
        Ok(())
    }

    fn start(&mut self, with: &Participants, progress: Progress, token: &CancelToken) -> Result<()> {
        if self.running.is_some() {
            return Ok(());
        }
        self.monitor = None;
        let settings = self.context.settings();
        let meters = Arc::new(Meters::default());
        let context = self.context.clone();
        let on_fact = Box::new(move |fact| match fact {
            SessionFact::Back { microphone, gap } => context.emit(Event::MicrophoneBack { microphone, gap }),
            SessionFact::Stopped(error) => {
                tracing::error!("the recording stopped by itself: {error}");
                context.emit(Event::RecordingFailed(Problem::of(&error, None, None)));
                // Finished like any other: what was written is kept.
                context.dispatch(RecordingCommand::Stop.into());
            }
        });
        let flag = self.context.recording();
        let mic = Mic::Device(settings.microphone.clone());
        let setup = RecordingSetup { folders: &self.context.folders, settings: &settings, with, mic, meters: Arc::clone(&meters), on_fact };
        let wanted = &mut || token.check("opening the microphone");
        let session = Session::start(setup, wanted)?;
        progress.finish(Event::RecordingStarted { meters, microphone: session.microphone().to_owned(), notice: session.notice().map(str::to_owned) });
        let running = self.running.insert(RunningSession { session, live: None, flag });
        let (wav, id) = (running.session.wav(), running.session.id());
        let live = self.follow(wav, id, &settings, with.at_the_table());
        self.running.iter_mut().zip(live).for_each(|(running, live)| running.live = Some(live));
        Ok(())
    }

    /// Transcribes what is recorded, while it is. What goes wrong there is no trouble of the recording's: it is transcribed afterwards.
    fn follow(&mut self, wav: std::path::PathBuf, id: ConferenceId, settings: &Settings, students: u8) -> Option<Live> {
        let context = self.context.clone();
        let on_text = Box::new(move |text| context.emit(Event::Live(Box::new(text))));
        let folders = self.context.folders.clone();
        let options = self.library().and_then(|library| LiveOptions::of(library, &folders, settings, students));
        options.and_then(|options| options.map(|options| Live::start(wav, id, options, on_text)).transpose()).unwrap_or_else(|err| {
            tracing::warn!("transcribed only afterwards: {err}");
            None
        })
    }

    fn stop(&mut self) -> Result<()> {
        let Some(RunningSession { session, live, flag }) = self.running.take() else { return Ok(()) };
        let finished = session.stop();
        drop(flag);
        let kept = finished.and_then(|finished| self.saved(&finished, live));
        // The window must not stay on a recording that is over. What is not in the list still has its lock, and is offered.
        kept.or_else(|err| {
            tracing::error!("a recording is not in the list: {err}");
            let advice = if err.kind == ErrorKind::MicrophoneLost { err.advice() } else { NOT_IN_THE_LIST }.to_owned();
            self.context.emit(Event::RecordingFailed(Problem { advice, ..Problem::of(&err, None, None) }));
            self.tell_interrupted()
        })
    }

    fn saved(&mut self, finished: &Finished, live: Option<Live>) -> Result<()> {
        let context = self.context.clone();
        if finished.length.0 == 0 {
            record::discard_empty(&context.folders, &finished.name)?;
            return Err(Error::bare(ErrorKind::MicrophoneLost, "saving a recording without sound"));
        }
        let id = {
            // Not while the library is exchanged for another one.
            let _held = context.library_in_use.enter();
            let library = self.library()?;
            let id = adopt(library, &context.folders, finished)?;
            let students = library.load(id)?.data().participants.iter().map(|one| one.student.clone()).collect();
            context.emit(Event::RecordingSaved { id, length: finished.length, students });
            id
        };
        // Once it is in the list: nothing that was heard of it may hold that up.
        context.stash_live_result(id, live.map(Live::end).unwrap_or_default());
        context.dispatch(AnalysisCommand::Analyse(id).into());
        Ok(())
    }

    fn tell_interrupted(&mut self) -> Result<()> {
        let folders = self.context.folders.clone();
        let mut offered = Vec::new();
        for cut in record::interrupted(&folders)? {
            // Not one sample arrived: there is nothing to offer. One that cannot be removed keeps no other from being offered.
            match record::discard_if_empty(&folders, &cut) {
                Ok(true) => continue,
                Ok(false) => {}
                Err(err) => tracing::warn!("an empty recording is still there: {err}"),
            }
            // Offered all the same when the library cannot say who it was with.
            let known = |student: &StudentId| self.library().and_then(|library| library.student(*student)).ok().flatten();
            let students = cut.participants.iter().filter_map(known).collect();
            let started_unix_ms = if cut.started_unix_ms > 0 { cut.started_unix_ms } else { now_unix_ms() };
            offered.push(InterruptedRecording { name: cut.name, length: cut.length, students, started_unix_ms });
        }
        self.context.emit(Event::Interrupted(offered));
        Ok(())
    }
}
