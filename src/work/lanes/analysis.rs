//! The `analysis` lane: long work, one at a time, with time left, and standing back while a recording runs.

use super::library::now_unix_ms;
use crate::conference::{ConferenceId, ConferenceRecord, Remark, Stage, names};
use crate::error::{Error, ErrorKind, Result};
use crate::export::number_of;
use crate::library::Library;
use crate::work::asked_again::{self, AskedAgain};
use crate::work::commands::{AnalysisCommand, Command};
use crate::work::context::{LaneContext, Progress};
use crate::work::import::{FileKind, ImportOutcome};
use crate::work::lane::Lane;
use crate::work::messages::{Event, FileReport, TeacherQuestion, WorkProgress};
use crate::work::participants::Participants;
use crate::work::problem::{Offer, Problem};
use crate::work::queue::{CancelToken, Queue, Task};
use crate::work::stages::WorkStage;
use crate::work::transcript_file::TranscriptSource;
use crate::work::typed::TeacherChoice;
use crate::work::{analysis, import, mentor};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

const IMPORTING: &str = "importing a file";
/// How long to stand back before looking again whether the recording still runs.
const STAND_BACK: Duration = Duration::from_millis(250);

/// The model and the language of one run, in place of what the settings say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunOverrides {
    pub model: String,
    pub language: String,
}

/// A file to import.
pub(crate) struct FileImport {
    file: PathBuf,
    with: Participants,
    /// Although it is there already.
    again: bool,
}

impl FileImport {
    /// What asks for it once more.
    fn command(&self) -> Command {
        let (file, with) = (self.file.clone(), self.with.clone());
        if self.again { AnalysisCommand::ImportAgain(TranscriptSource::File(file), with).into() } else { AnalysisCommand::Import(vec![file], with).into() }
    }
}

/// A transcript to import.
pub(crate) struct TranscriptImport {
    source: TranscriptSource,
    with: Participants,
    /// Who is the teacher in it, where that is known.
    teacher: Option<TeacherChoice>,
    /// Although it is there already.
    again: bool,
}

impl TranscriptImport {
    /// What asks for it once more.
    fn command(&self) -> Command {
        AnalysisCommand::ImportTyped(self.source.clone(), self.with.clone(), self.teacher.clone()).into()
    }
}

pub(crate) enum AnalysisTask {
    Import(FileImport),
    /// Of what was pasted the progress says, dropped, that it is no conference.
    ImportTranscript(TranscriptImport, Option<Progress>),
    /// The progress says, dropped, that nobody waits for the sample any more.
    Sample(String, Progress),
    /// The progress says, dropped, that the work on it has ended.
    Analyse {
        id: ConferenceId,
        overrides: Option<RunOverrides>,
        progress: Progress,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum AnalysisName {
    Import,
    Sample,
    Analyse(ConferenceId, Option<RunOverrides>),
}

impl AnalysisName {
    fn is_work_on(&self, id: ConferenceId) -> bool {
        matches!(self, Self::Analyse(of, _) if *of == id)
    }

    /// What to ask for to have the work on a conference done again; nothing of other tasks.
    pub fn again(self) -> Option<(ConferenceId, Command)> {
        match self {
            Self::Analyse(id, None) => Some((id, AnalysisCommand::Analyse(id).into())),
            Self::Analyse(id, Some(RunOverrides { model, language })) => Some((id, AnalysisCommand::AnalyseWith { id, model, language }.into())),
            Self::Import | Self::Sample => None,
        }
    }
}

impl Task for AnalysisTask {
    type Name = AnalysisName;

    fn name(&self) -> AnalysisName {
        match self {
            Self::Import(..) | Self::ImportTranscript(..) => AnalysisName::Import,
            Self::Sample(..) => AnalysisName::Sample,
            Self::Analyse { id, overrides, .. } => AnalysisName::Analyse(*id, overrides.clone()),
        }
    }

    fn asked(&self) -> Option<Command> {
        Some(match self {
            Self::Import(import) => import.command(),
            Self::ImportTranscript(transcript, _) => transcript.command(),
            Self::Sample(name, _) => AnalysisCommand::AddSample(name.clone()).into(),
            Self::Analyse { .. } => return self.name().again().map(|(_, command)| command),
        })
    }

    fn conference(&self) -> Option<ConferenceId> {
        if let Self::Analyse { id, .. } = self { Some(*id) } else { None }
    }
}

/// What a command adds to the queue, or stops.
pub(crate) fn take(context: &LaneContext, queue: &Queue<AnalysisTask>, command: AnalysisCommand) {
    match command {
        AnalysisCommand::Import(files, with) => {
            let tasks = files.into_iter().map(|file| AnalysisTask::Import(FileImport { file, with: with.clone(), again: false }));
            tasks.for_each(|task| queue.push(task));
        }
        AnalysisCommand::ImportAgain(TranscriptSource::File(file), with) => queue.push(AnalysisTask::Import(FileImport { file, with, again: true })),
        AnalysisCommand::ImportAgain(pasted, with) => {
            let transcript = TranscriptImport { source: pasted, with, teacher: None, again: true };
            queue.push(AnalysisTask::ImportTranscript(transcript, Some(context.progress(Event::PasteEnded { is_in: false }))));
        }
        AnalysisCommand::ImportTyped(source, with, teacher) => {
            let is_pasted = matches!(source, TranscriptSource::Pasted(_));
            let progress = is_pasted.then(|| context.progress(Event::PasteEnded { is_in: false }));
            // Who has said who is the teacher has seen before that it is there already, if it is.
            let again = teacher.is_some();
            queue.push(AnalysisTask::ImportTranscript(TranscriptImport { source, with, teacher, again }, progress));
        }
        AnalysisCommand::CancelImport => queue.cancel(|name| *name == AnalysisName::Import),
        AnalysisCommand::AddSample(name) => queue.push_first(AnalysisTask::Sample(name, context.progress(Event::SampleAdded(None)))),
        AnalysisCommand::Analyse(id) => {
            if !queue.has(|name| name.is_work_on(id)) {
                enqueue(context, queue, id, None);
            }
        }
        AnalysisCommand::AnalyseWith { id, model, language } => {
            // Asked for in so many words: it takes the place of what waits or runs.
            queue.cancel(|name| name.is_work_on(id));
            asked_again::keep(&context.folders, AskedAgain { id, model: model.clone(), language: language.clone() });
            enqueue(context, queue, id, Some(RunOverrides { model, language }));
        }
        AnalysisCommand::CancelWork(id) => queue.cancel(|name| name.is_work_on(id)),
    }
}

/// Nothing that the file could help.
fn is_about_the_library(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::LibraryDamaged
            | ErrorKind::LibraryUnreadable
            | ErrorKind::LibraryInUse
            | ErrorKind::LibraryAway
            | ErrorKind::DiskFull
            | ErrorKind::CannotWrite
    )
}

/// What could not be imported is said with its name, and keeps nothing else from being imported; what is about the library ends the work.
fn emit_failure(context: &LaneContext, err: Error, report: FileReport, asked: Command) -> Result<()> {
    if matches!(err.kind, ErrorKind::Cancelled | ErrorKind::Bug) || is_about_the_library(err.kind) {
        return Err(err);
    }
    tracing::error!("{err}");
    let problem = Problem::of(&err, None, Some(&asked));
    context.emit(Event::FileRead(Box::new(FileReport { says: vec![problem.advice], is_failure: true, offers: problem.offers, ..report })));
    Ok(())
}

/// Nothing is added twice unless that is wanted.
fn emit_already_there(context: &LaneContext, record: &ConferenceRecord, what: &str, again: (TranscriptSource, Participants)) {
    let who = names(&record.data().participants).unwrap_or_else(|| record.data().title.clone());
    let says = vec![format!("This {what} is in your list already ({who}). It was not added twice.")];
    let file = again.0.name();
    let once_more = Offer { says: "Import it again", command: AnalysisCommand::ImportAgain(again.0, again.1).into() };
    context.emit(Event::FileRead(Box::new(FileReport { file, says, is_failure: false, offers: vec![once_more] })));
}

fn enqueue(context: &LaneContext, queue: &Queue<AnalysisTask>, id: ConferenceId, overrides: Option<RunOverrides>) {
    tell_waiting(context, queue, id);
    queue.push(AnalysisTask::Analyse { id, overrides, progress: context.progress(Event::WorkDone(id)) });
}

fn tell_waiting(context: &LaneContext, queue: &Queue<AnalysisTask>, id: ConferenceId) {
    context.emit(Event::Progress(WorkProgress { id, stage: WorkStage::Waiting, fraction: 0.0, secs_left: None, waiting: queue.waiting() }));
}

pub(crate) struct AnalysisLane {
    library: Library,
    queue: Arc<Queue<AnalysisTask>>,
}

impl Lane for AnalysisLane {
    const NAME: &'static str = "analysis";
    const HOLDS_LIBRARY: bool = true;
    type Task = AnalysisTask;

    /// All of it can be done again.
    fn is_given_up(_: &AnalysisName) -> bool {
        true
    }

    /// What was recorded but not yet transcribed is transcribed first: work survives quitting.
    fn open(context: &LaneContext, queue: &Arc<Queue<AnalysisTask>>) -> Result<Self> {
        let library = context.library()?;
        for id in if context.is_looking_only() { Vec::new() } else { library.not_yet_analysed()? } {
            take(context, queue, AnalysisCommand::Analyse(id));
        }
        // What was asked for again and not done before the program ended, unless it is gone meanwhile.
        for AskedAgain { id, model, language } in if context.is_looking_only() { Vec::new() } else { asked_again::list(&context.folders) } {
            if library.load(id).is_ok() {
                take(context, queue, AnalysisCommand::AnalyseWith { id, model, language });
            } else {
                asked_again::forget(&context.folders, id);
            }
        }
        Ok(Self { library, queue: Arc::clone(queue) })
    }

    fn work(&mut self, context: &LaneContext, task: AnalysisTask, token: &CancelToken) -> Result<()> {
        match task {
            AnalysisTask::Analyse { id, overrides, progress: _progress } => self.analyse(context, id, overrides, token),
            AnalysisTask::Import(import) => self.import(context, import, token),
            AnalysisTask::ImportTranscript(transcript, progress) => {
                let report = FileReport { file: transcript.source.name(), says: Vec::new(), is_failure: true, offers: Vec::new() };
                let command = transcript.command();
                let asked = match self.import_transcript(context, transcript) {
                    Ok(asked) => asked.map(|question| Event::TeacherAsked(Box::new(question))),
                    Err(err) => return emit_failure(context, err, report, command),
                };
                match progress {
                    Some(progress) => progress.finish(asked.unwrap_or(Event::PasteEnded { is_in: true })),
                    None => asked.into_iter().for_each(|event| context.emit(event)),
                }
                Ok(())
            }
            AnalysisTask::Sample(name, progress) => {
                let id = import::add_sample(&mut self.library, &name, now_unix_ms(), &mut |_, _| token.check("adding a sample"))?;
                if self.library.load(id)?.data().stage == Stage::Recorded {
                    take(context, &self.queue, AnalysisCommand::Analyse(id));
                }
                progress.finish(Event::SampleAdded(Some(id)));
                Ok(())
            }
        }
    }
}

impl AnalysisLane {
    /// What fails is said with the name of the file, and keeps no other from being imported.
    fn import(&mut self, context: &LaneContext, import: FileImport, token: &CancelToken) -> Result<()> {
        let name = import.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let report = FileReport { file: name.clone(), says: Vec::new(), is_failure: false, offers: Vec::new() };
        let command = import.command();
        let done = match FileKind::of(&import.file) {
            FileKind::Bundle => self.open_bundle(context, &import.file, token),
            FileKind::Transcript => self.import_transcript_file(context, import),
            FileKind::Recording => self.import_recording(context, import, name, token),
        };
        done.or_else(|err| emit_failure(context, err, report, command))
    }

    fn open_bundle(&mut self, context: &LaneContext, file: &Path, token: &CancelToken) -> Result<()> {
        let opened = mentor::open(&mut self.library, &context.folders, file, now_unix_ms(), &mut |_| token.check(IMPORTING))?;
        context.emit(Event::BundleOpened(opened));
        Ok(())
    }

    fn import_transcript_file(&mut self, context: &LaneContext, FileImport { file, with, again }: FileImport) -> Result<()> {
        let transcript = TranscriptImport { source: TranscriptSource::File(file), with, teacher: None, again };
        if let Some(question) = self.import_transcript(context, transcript)? {
            context.emit(Event::TeacherAsked(Box::new(question)));
        }
        Ok(())
    }

    fn import_recording(&mut self, context: &LaneContext, FileImport { file, with, again }: FileImport, name: String, token: &CancelToken) -> Result<()> {
        let progress = context.progress(Event::Importing { file: name.clone(), fraction: 1.0 });
        let imported = import::import(&mut self.library, &file, &with, again, &mut |_, fraction| {
            // Ended is said once, by the progress.
            context.emit(Event::Importing { file: name.clone(), fraction: fraction.min(0.99) });
            token.check(IMPORTING)
        })?;
        drop(progress);
        match imported {
            ImportOutcome::New(id, remarks) => {
                context.emit(Event::Imported(id));
                take(context, &self.queue, AnalysisCommand::Analyse(id));
                if !remarks.is_empty() {
                    let says = remarks.iter().map(Remark::sentence).collect();
                    context.emit(Event::FileRead(Box::new(FileReport { file: name, says, is_failure: false, offers: Vec::new() })));
                }
            }
            ImportOutcome::AlreadyThere(id) => emit_already_there(context, &self.library.load(id)?, "recording", (TranscriptSource::File(file), with)),
        }
        Ok(())
    }

    /// Where it is not sure who is the teacher, that is to be asked first, and nothing is imported yet.
    fn import_transcript(&mut self, context: &LaneContext, import: TranscriptImport) -> Result<Option<TeacherQuestion>> {
        let TranscriptImport { source, with, teacher, again } = import;
        let transcript = source.read(now_unix_ms())?;
        if !again && let Some(id) = transcript.already_there(&self.library)? {
            emit_already_there(context, &self.library.load(id)?, "transcript", (source, with));
            return Ok(None);
        }
        let typed = transcript.typed(&self.library, teacher.as_ref())?;
        if !typed.is_teacher_sure && teacher.is_none() {
            return Ok(Some(TeacherQuestion { source, with, speakers: typed.speakers }));
        }
        let left = typed.leftovers.len();
        let id = import::import_typed(&mut self.library, &transcript, &with, teacher.as_ref())?;
        context.emit(Event::Imported(id));
        if left > 0 {
            let says = format!("{} did not read as talk. Nothing is lost: see below the transcript.", number_of(left, "line", "lines"));
            context.emit(Event::FileRead(Box::new(FileReport { file: source.name(), says: vec![says], is_failure: false, offers: Vec::new() })));
        }
        Ok(None)
    }

    fn analyse(&mut self, context: &LaneContext, id: ConferenceId, overrides: Option<RunOverrides>, token: &CancelToken) -> Result<()> {
        let doing = "working on a conference";
        let mut clock = TimeLeft::default();
        let mut settings = context.settings();
        let (is_again, again) = match overrides.clone() {
            Some(RunOverrides { model, language }) => (true, AnalysisCommand::AnalyseWith { id, model, language }),
            None => (false, AnalysisCommand::Analyse(id)),
        };
        if let Some(RunOverrides { model, language }) = overrides {
            (settings.model, settings.language) = (model, language);
        }
        let live = context.claim_live_result(id);
        let queue = &self.queue;
        let done = analysis::analyse_conference(&mut self.library, &settings, id, live, &mut |stage, fraction| {
            let whole = overall(stage, fraction);
            context.emit(Event::Progress(WorkProgress { id, stage, fraction: whole, secs_left: clock.left(whole), waiting: queue.waiting() }));
            while context.is_recording() {
                token.check(doing)?;
                tell_waiting(context, queue, id);
                std::thread::sleep(STAND_BACK);
                clock = TimeLeft::default();
            }
            token.check(doing)
        });
        // Stopped by quitting it is done at the next start; by the teacher, whoever stops it forgets it.
        if is_again && !done.as_ref().is_err_and(|err| err.kind == ErrorKind::Cancelled) {
            asked_again::forget(&context.folders, id);
        }
        if let Some(kind) = done? {
            let again = again.into();
            context.emit(Event::Failed(Problem::of(&Error::bare(kind, "transcribing"), Some(id), Some(&again))));
        }
        Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Folders;
    use crate::work::context::of_one_lane;
    use crate::work::queue::Next;

    #[test]
    fn a_conference_is_transcribed_as_wished_once_and_then_as_usual() {
        let folder = tempfile::tempdir().unwrap();
        let (context, heard) = of_one_lane(&Folders::find(Some(folder.path().to_owned())));
        let (queue, id) = (Queue::default(), ConferenceId::from_u128(7));
        let usual = || take(&context, &queue, AnalysisCommand::Analyse(id));
        let next = || match queue.next(None) {
            Next::Task(AnalysisTask::Analyse { id, overrides, .. }, token) => (id, overrides.map(|wish| (wish.model, wish.language)), token),
            _ => panic!("nothing is to be done"),
        };
        usual();
        // In so many words: in place of what waits.
        take(&context, &queue, AnalysisCommand::AnalyseWith { id, model: "small-q8_0".into(), language: "fr".into() });
        usual();
        let (first, wish, stopping) = next();
        assert_eq!((first, wish), (id, Some(("small-q8_0".into(), "fr".into()))));
        assert_eq!(queue.waiting(), 0, "asked for twice, done once");
        usual();
        assert_eq!(queue.waiting(), 0, "it runs");
        // Stopped by somebody who has it done again: as it was wished.
        let stopped = queue.cancel_named(|name| matches!(name, AnalysisName::Analyse(..)));
        let wished = AnalysisCommand::AnalyseWith { id, model: "small-q8_0".into(), language: "fr".into() };
        assert!(stopping.is_cancelled());
        assert_eq!(stopped.into_iter().filter_map(AnalysisName::again).collect::<Vec<_>>(), [(id, wished.clone().into())]);
        take(&context, &queue, wished);
        let (_, wish, running) = next();
        assert!(wish.is_some());
        // Stopped and asked for again at once, before it has ended: it is not forgotten, and it is as usual.
        take(&context, &queue, AnalysisCommand::CancelWork(id));
        assert!(running.is_cancelled());
        usual();
        assert_eq!(next().1, None);
        drop(heard);
    }

    #[test]
    fn what_was_to_be_transcribed_again_is_so_after_quitting() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let (context, _heard) = of_one_lane(&folders);
        let id = Library::open(&folders).unwrap().insert(crate::conference::fixture::talk("T 0-1 one | S 2-3 two").data()).unwrap();
        let again = |id| AnalysisCommand::AnalyseWith { id, model: "small-q8_0".into(), language: "fr".into() };
        // One that waits when the program ends, and one whose conference is gone by then.
        let queue = Arc::default();
        take(&context, &queue, again(id));
        take(&context, &queue, again(ConferenceId::from_u128(9)));
        queue.close(AnalysisLane::is_given_up);
        let queue: Arc<Queue<AnalysisTask>> = Arc::default();
        AnalysisLane::open(&context, &queue).unwrap();
        let wished = RunOverrides { model: "small-q8_0".into(), language: "fr".into() };
        assert!(queue.has(|name| *name == AnalysisName::Analyse(id, Some(wished.clone()))));
        assert!(!queue.has(|name| name.is_work_on(ConferenceId::from_u128(9))));
        asked_again::forget(&folders, id);
        let queue: Arc<Queue<AnalysisTask>> = Arc::default();
        AnalysisLane::open(&context, &queue).unwrap();
        assert!(!queue.has(|name| name.is_work_on(id)), "once it was stopped by the teacher it is not begun again");
    }
}
