//! The `recording` lane: microphones, levels, sessions. Opening a microphone may take seconds; that is why it is a lane.

use super::library::now_unix_ms;
use crate::audio::{self, Meters, Mic};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::settings::Settings;
use crate::work::commands::{AnalysisCommand, MicrophoneCommand, RecordingCommand};
use crate::work::desk::LaneContext;
use crate::work::level::Monitor;
use crate::work::live::{Live, LiveHow};
use crate::work::messages::{Event, InterruptedRecording, Problem, With};
use crate::work::process::adopt;
use crate::work::record::{self, Finished, Session, SessionFact};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;

/// The disk was full, or the list could not be written, when the recording was to be added to it.
const NOT_IN_THE_LIST: &str = "Your recording is kept, whole. It could not be put into the list of conferences just now. Make sure there is room on this \
                               computer, then keep it; it is offered until you do.";

/// What this lane hears.
#[derive(Debug)]
pub(crate) enum RecordingTask {
    Microphone(MicrophoneCommand),
    Session(RecordingCommand),
}

struct Lane<'a> {
    context: &'a LaneContext,
    library: Library,
    session: Option<Session>,
    live: Option<Live>,
    monitor: Option<Monitor>,
}

/// Runs until `Quit`; a recording that still runs is stopped and saved first.
pub(crate) fn run(context: &LaneContext, commands: &Receiver<Option<RecordingTask>>) {
    let library = match context.library() {
        Ok(library) => library,
        Err(err) => return context.fail(&err, None),
    };
    let mut lane = Lane { context, library, session: None, live: None, monitor: None };
    if !context.is_looking_only {
        context.run_guarded(None, || lane.tell_interrupted());
    }
    for task in commands {
        let Some(task) = task else { break };
        context.run_guarded(None, || match task {
            RecordingTask::Microphone(command) => lane.listen(command),
            RecordingTask::Session(command) => lane.record(command),
        });
    }
    context.run_guarded(None, || lane.stop());
}

impl Lane<'_> {
    fn listen(&mut self, command: MicrophoneCommand) -> Result<()> {
        match command {
            MicrophoneCommand::List => self.context.emit(Event::Microphones(audio::microphones()?)),
            MicrophoneCommand::Monitor(on) => self.monitor(on)?,
        }
        Ok(())
    }

    fn record(&mut self, command: RecordingCommand) -> Result<()> {
        match command {
            RecordingCommand::Start(with) => self.start(&with)?,
            RecordingCommand::Pause => self.session.iter().for_each(Session::pause),
            RecordingCommand::Resume => self.session.iter().for_each(Session::resume),
            RecordingCommand::Mark => {
                if let Some(session) = &self.session {
                    self.context.emit(Event::Marked(session.mark()?));
                }
            }
            RecordingCommand::Stop => self.stop()?,
            RecordingCommand::KeepInterrupted(name) => {
                let finished = record::recover(&self.context.folders, &name)?;
                self.saved(&finished, None)?;
                self.tell_interrupted()?;
            }
            RecordingCommand::DiscardInterrupted(name) => {
                record::discard(&self.context.folders, &name)?;
                self.tell_interrupted()?;
            }
        }
        Ok(())
    }

    fn monitor(&mut self, on: bool) -> Result<()> {
        self.monitor = None;
        if on && self.session.is_none() {
            let meters = Arc::new(Meters::default());
            let monitor = Monitor::start(&self.context.folders, &self.context.settings(), Arc::clone(&meters))?;
            self.context.emit(Event::Monitoring { meters, microphone: monitor.microphone().to_owned() });
            self.monitor = Some(monitor);
        }
        Ok(())
    }

    fn start(&mut self, with: &With) -> Result<()> {
        if self.session.is_some() {
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
                context.emit(Event::RecordingFailed(Problem::of(&error, None)));
                // Finished like any other: what was written is kept.
                context.dispatch(RecordingCommand::Stop.into());
            }
        });
        self.context.is_recording.store(true, Ordering::Relaxed);
        let started = Session::start(&self.context.folders, &settings, with, Mic::Device(settings.microphone.clone()), Arc::clone(&meters), on_fact);
        let session = started.inspect_err(|_| self.context.is_recording.store(false, Ordering::Relaxed))?;
        self.context.emit(Event::RecordingStarted { meters, microphone: session.microphone().to_owned(), notice: session.notice().map(str::to_owned) });
        self.live = self.follow(&session, &settings, with.students);
        self.session = Some(session);
        Ok(())
    }

    /// Writes down what is recorded, while it is. What goes wrong there is no trouble of the recording's: it is written down afterwards.
    fn follow(&self, session: &Session, settings: &Settings, students: u8) -> Option<Live> {
        let context = self.context.clone();
        let tell = Box::new(move |text| context.emit(Event::Live(Box::new(text))));
        let begun = LiveHow::of(&self.library, &self.context.folders, settings, students.max(1))
            .and_then(|how| how.map(|how| Live::start(session.wav(), how, tell)).transpose());
        begun.unwrap_or_else(|err| {
            tracing::warn!("written down only afterwards: {err}");
            None
        })
    }

    fn stop(&mut self) -> Result<()> {
        let Some(session) = self.session.take() else { return Ok(()) };
        let finished = session.stop();
        self.context.is_recording.store(false, Ordering::Relaxed);
        let live = self.live.take();
        let kept = finished.and_then(|finished| self.saved(&finished, live));
        // The window must not stay on a recording that is over. What is not in the list still has its lock, and is offered.
        kept.or_else(|err| {
            tracing::error!("a recording is not in the list: {err}");
            let advice = if err.kind == ErrorKind::MicrophoneLost { err.advice() } else { NOT_IN_THE_LIST }.to_owned();
            self.context.emit(Event::RecordingFailed(Problem { advice, ..Problem::of(&err, None) }));
            self.tell_interrupted()
        })
    }

    fn saved(&mut self, finished: &Finished, live: Option<Live>) -> Result<()> {
        if finished.length.0 == 0 {
            record::discard(&self.context.folders, &finished.name)?;
            return Err(Error::bare(ErrorKind::MicrophoneLost, "saving a recording without sound"));
        }
        let id = adopt(&mut self.library, &self.context.folders, finished)?;
        let student = self.library.load(id)?.facts().student.clone();
        self.context.emit(Event::RecordingSaved { id, length: finished.length, student });
        // Once it is in the list: nothing that was heard of it may hold that up.
        self.context.leave(id, live.map(Live::end).unwrap_or_default());
        self.context.dispatch(AnalysisCommand::Process(id).into());
        Ok(())
    }

    fn tell_interrupted(&self) -> Result<()> {
        let mut offered = Vec::new();
        for cut in record::interrupted(&self.context.folders)? {
            if cut.length.0 == 0 {
                // Not one sample arrived: there is nothing to offer.
                record::discard(&self.context.folders, &cut.name)?;
                continue;
            }
            let student = match cut.student {
                Some(student) => self.library.student(student)?,
                None => None,
            };
            let started_unix_ms = if cut.started_unix_ms > 0 { cut.started_unix_ms } else { now_unix_ms() };
            offered.push(InterruptedRecording { name: cut.name, length: cut.length, student, started_unix_ms });
        }
        self.context.emit(Event::Interrupted(offered));
        Ok(())
    }
}
