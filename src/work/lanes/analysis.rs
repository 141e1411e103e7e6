//! The `analysis` lane: a queue of long work, one at a time, with time left, cancel, and standing back while a recording runs.

use super::library::now_unix_ms;
use crate::conference::ConferenceId;
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::work::commands::AnalysisCommand;
use crate::work::desk::LaneContext;
use crate::work::messages::{Event, Problem, WorkProgress, WorkStage};
use crate::work::{mentor, process};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// How long to stand back before looking again whether the recording still runs.
const STAND_BACK: Duration = Duration::from_millis(250);

enum Job {
    Import(PathBuf, crate::work::With),
    Sample(String),
    Process(ConferenceId),
}

struct Lane<'a> {
    context: &'a LaneContext,
    commands: &'a Receiver<Option<AnalysisCommand>>,
    queue: VecDeque<Job>,
    /// The conference being worked on was cancelled.
    cancelled: bool,
    current: Option<ConferenceId>,
    /// The file being brought in was cancelled.
    import_cancelled: bool,
    quit: bool,
}

/// Runs until `Quit`. What was recorded but not yet written down is taken up first: work survives quitting.
pub(crate) fn run(context: &LaneContext, commands: &Receiver<Option<AnalysisCommand>>) {
    let mut library = match context.library() {
        Ok(library) => library,
        Err(err) => return context.fail(&err, None),
    };
    let mut lane = Lane { context, commands, queue: VecDeque::new(), cancelled: false, current: None, import_cancelled: false, quit: false };
    context.run_guarded(None, || {
        for id in if context.is_looking_only { Vec::new() } else { library.not_yet_processed()? } {
            lane.take(Some(AnalysisCommand::Process(id)));
        }
        Ok(())
    });
    while !lane.quit {
        match lane.queue.pop_front() {
            Some(job) => lane.work(&mut library, job),
            None => match commands.recv() {
                Ok(command) => lane.take(command),
                Err(_) => break,
            },
        }
    }
}

impl Lane<'_> {
    fn take(&mut self, command: Option<AnalysisCommand>) {
        let Some(command) = command else {
            self.quit = true;
            return;
        };
        match command {
            AnalysisCommand::Import(files, with) => self.queue.extend(files.into_iter().map(|file| Job::Import(file, with.clone()))),
            AnalysisCommand::CancelImport => {
                self.queue.retain(|job| !matches!(job, Job::Import(..)));
                self.import_cancelled = true;
            }
            AnalysisCommand::AddSample(name) => self.queue.push_front(Job::Sample(name)),
            AnalysisCommand::Process(id) => {
                if self.current != Some(id) && !self.queue.iter().any(|job| matches!(job, Job::Process(queued) if *queued == id)) {
                    self.tell_waiting(id);
                    self.queue.push_back(Job::Process(id));
                }
            }
            // Which model and language it is to be is kept with the others' wishes.
            AnalysisCommand::ProcessAs { id, .. } => self.take(Some(AnalysisCommand::Process(id))),
            AnalysisCommand::CancelWork(id) => {
                if self.current == Some(id) {
                    self.cancelled = true;
                } else {
                    let before = self.queue.len();
                    self.queue.retain(|job| !matches!(job, Job::Process(queued) if *queued == id));
                    if self.queue.len() < before {
                        self.context.emit(Event::WorkDone(id));
                    }
                }
            }
        }
    }

    fn tell_waiting(&self, id: ConferenceId) {
        self.context.emit(Event::Progress(WorkProgress { id, stage: WorkStage::Waiting, fraction: 0.0, secs_left: None, waiting: self.queue.len() }));
    }

    fn work(&mut self, library: &mut Library, job: Job) {
        let context = self.context;
        match job {
            Job::Process(id) => {
                self.current = Some(id);
                (self.cancelled, self.import_cancelled) = (false, false);
                context.run_guarded(Some(id), || self.process(library, id));
                self.current = None;
                context.emit(Event::WorkDone(id));
            }
            Job::Import(file, with) => {
                if mentor::is_bundle(&file) {
                    return context.run_guarded(None, || {
                        let arrived = mentor::open(library, &context.folders, &file, now_unix_ms(), &mut |_| self.keep_going());
                        context.emit(Event::Arrived(arrived?));
                        Ok(())
                    });
                }
                if process::is_transcript(&file) {
                    return context.run_guarded(None, || {
                        context.emit(Event::Imported(process::import_typed(library, &context.folders, &file, &with)?));
                        Ok(())
                    });
                }
                self.import_cancelled = false;
                let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                context.run_guarded(None, || {
                    let imported = process::import(library, &context.folders, &file, &with, &mut |_, fraction| {
                        context.emit(Event::Importing { file: name.clone(), fraction });
                        self.keep_going()
                    });
                    context.emit(Event::Importing { file: name.clone(), fraction: 1.0 });
                    self.imported(imported?);
                    Ok(())
                });
            }
            Job::Sample(name) => context.run_guarded(None, || {
                let id = process::add_sample(library, &context.folders, &name, now_unix_ms(), &mut |_, _| self.keep_going())?;
                let fresh = library.load(id)?.facts().stage == crate::conference::Stage::Recorded;
                if fresh {
                    self.imported(id);
                } else {
                    context.emit(Event::Imported(id));
                }
                Ok(())
            }),
        }
    }

    fn imported(&mut self, id: ConferenceId) {
        self.context.emit(Event::Imported(id));
        self.take(Some(AnalysisCommand::Process(id)));
    }

    fn process(&mut self, library: &mut Library, id: ConferenceId) -> Result<()> {
        let mut clock = TimeLeft::default();
        let context = self.context;
        let (settings, begun) = (context.settings_for(id), context.take_up(id));
        let without_words = process::process(library, &context.folders, &settings, id, begun, &mut |stage, fraction| {
            let whole = overall(stage, fraction);
            context.emit(Event::Progress(WorkProgress { id, stage, fraction: whole, secs_left: clock.left(whole), waiting: self.queue.len() }));
            while context.is_recording.load(Ordering::Relaxed) {
                self.keep_going()?;
                self.tell_waiting(id);
                std::thread::sleep(STAND_BACK);
                clock = TimeLeft::default();
            }
            self.keep_going()
        })?;
        if let Some(kind) = without_words {
            context.emit(Event::Failed(Problem::of(&Error::bare(kind, "writing it down"), Some(id))));
        }
        Ok(())
    }

    /// Takes what was asked meanwhile; an error when this work is to stop.
    fn keep_going(&mut self) -> Result<()> {
        while let Ok(command) = self.commands.try_recv() {
            self.take(command);
        }
        if self.cancelled || self.import_cancelled || self.quit { Err(Error::bare(ErrorKind::Cancelled, "working on a conference")) } else { Ok(()) }
    }
}

/// How the stages share the bar, measured on a 4-minute conference with Whisper base on 2 cores: words take nearly all the time.
fn overall(stage: WorkStage, fraction: f32) -> f32 {
    let (from, to) = match stage {
        WorkStage::Waiting => (0.0, 0.0),
        WorkStage::Reading => (0.0, 0.02),
        WorkStage::Voices => (0.02, 0.12),
        WorkStage::Words => (0.12, 0.99),
        WorkStage::Saving => (0.99, 1.0),
    };
    from + (to - from) * fraction.clamp(0.0, 1.0)
}

/// Reckons the time left from the speed since the beginning; says nothing in the first moments.
#[derive(Default)]
struct TimeLeft {
    since: Option<(Instant, f32)>,
}

impl TimeLeft {
    fn left(&mut self, fraction: f32) -> Option<u64> {
        let (start, first) = *self.since.get_or_insert((Instant::now(), fraction));
        let (spent, done) = (start.elapsed().as_secs_f32(), fraction - first);
        (spent > 1.0 && done > 0.02).then(|| (spent * (1.0 - fraction) / done).ceil() as u64)
    }
}
