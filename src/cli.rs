//! The command line: the same services as the window, each blocking, each with `--json` where it reports.
//!
//! Results go to standard output, progress and notices to standard error, and to neither go technical causes: those are in the log.

mod analyse;
mod deleted;
mod diarize;
mod doctor;
mod evaluate;
mod import;
mod people;
mod received;
mod recording;
mod sample;
mod share;
mod show;
mod truth;
mod voice;

use crate::conference::{ConferenceId, ConferenceRecord, Leftover, StudentId, TalkShare, ending, ending_length};
use crate::error::{Error, ErrorKind, Result};
use crate::export::{self, Contents, Format};
use crate::library::{self, Library};
use crate::settings::{Folders, SHIPPED_MODEL, Settings};
use crate::work::partial_file::LiveResult;
use crate::work::{GUESS, Participants, WorkStage, analysis, catalogue, language, models};
use clap::{Args, Parser, Subcommand};
use serde::Serialize;
use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Record a writing conference, listen after school, reflect against five questions. Without a command the window opens.
#[derive(Debug, Parser)]
#[command(name = "afterbell", version, max_term_width = 100)]
pub struct Cli {
    /// The library folder, instead of the computer's usual place.
    #[arg(long, global = true, value_name = "DIR", env = "AFTERBELL_LIBRARY")]
    library: Option<PathBuf>,
    /// Answer as JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Record a conference until Ctrl-C (press Enter to mark a moment), then transcribe it.
    Record(recording::RecordArgs),
    /// Import recordings, typed transcripts and what colleagues share into the library.
    Import(import::ImportArgs),
    /// Transcribe a sound file without keeping it, or a conference of the library again.
    Transcribe {
        /// A sound file, or the id of a conference (its end is enough).
        what: String,
        /// Students at the table.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=20))]
        students: u8,
        /// How to print it.
        #[arg(long, value_enum, default_value_t = share::AsFormat::Txt)]
        format: share::AsFormat,
        /// With this model, this once.
        #[arg(long, value_name = "NAME")]
        model: Option<String>,
        /// In this language, this once: a code such as fr, or auto.
        #[arg(long, value_name = "CODE", value_parser = language_code)]
        language: Option<String>,
    },
    /// Look for phases and evidence in a transcript alone: our JSON, or lines such as “T: ...” and “S: ...”.
    Analyse {
        /// The transcript.
        file: PathBuf,
    },
    /// List the conferences, newest first.
    List,
    /// Find words in all conferences.
    Search {
        /// What to look for; the last word may be unfinished, and words in quotation marks stand together.
        #[arg(required = true, allow_hyphen_values = true)]
        words: Vec<String>,
    },
    /// Show one conference: transcript, talk share, waits, reflection.
    Show(Which),
    /// Save conferences as files to share, names hidden.
    Export(share::ExportArgs),
    /// Comment on what colleagues share, and read what they say to yours.
    Mentor {
        #[command(subcommand)]
        action: received::MentorAction,
    },
    /// Your classes: the children of one are the class list until its year ends.
    Class {
        #[command(subcommand)]
        action: Option<people::ClassAction>,
    },
    /// The children: in which class, under which name, or archived.
    Student {
        #[command(subcommand)]
        action: Option<people::StudentAction>,
    },
    /// Process a sample conference for real and show what was found.
    Sample(sample::SampleArgs),
    /// Tell only who spoke when in a sound file, without words and without keeping it.
    Diarize(diarize::DiarizeArgs),
    /// Score who spoke when on a folder of sound files, each beside its truth as RTTM of the same name.
    Evaluate(evaluate::EvaluateArgs),
    /// Your own voice: known, it names which of the voices in a recording is yours.
    Voice {
        #[command(subcommand)]
        action: Option<voice::VoiceAction>,
    },
    /// The speech models.
    Models {
        #[command(subcommand)]
        action: Option<ModelsAction>,
    },
    /// Keep recordings that were cut off, and put recordings without an entry back into the library.
    Repair {
        /// Only keep them; transcribe them later.
        #[arg(long)]
        no_transcript: bool,
    },
    /// Make a damaged library again, or go back to a backup of it.
    Restore {
        /// The backup, as `--list` names it; without it the newest.
        name: Option<String>,
        /// Only list the backups.
        #[arg(long)]
        list: bool,
    },
    /// What was deleted in the last 30 days: bring it back, or remove it for good.
    Deleted {
        #[command(subcommand)]
        action: Option<deleted::DeletedAction>,
    },
    /// Check microphone, models, library and disk, and say what to do.
    Doctor,
    /// Turns sound into words; started by Afterbell itself.
    #[command(hide = true)]
    SpeechEngine,
}

#[derive(Debug, Subcommand)]
enum ModelsAction {
    /// Which there are.
    List,
    /// Add one from a file.
    Add {
        /// A ggml model file.
        file: PathBuf,
    },
    /// Use this one from now on.
    Use {
        /// Its name in the list.
        name: String,
    },
    /// Remove one from this computer.
    Remove {
        /// Its name in the list.
        name: String,
    },
    /// Download one, going on where an earlier download stopped: the only time Afterbell goes online.
    Download {
        /// Its name in the list.
        name: String,
    },
    /// Throw away what has come of a download.
    Discard {
        /// Its name in the list.
        name: String,
    },
    /// Measure how long a conference takes on this computer, and which model suits it.
    Measure,
}

fn language_code(text: &str) -> std::result::Result<String, String> {
    let code = text.trim().to_lowercase();
    if code == GUESS || language(&code).is_some() { Ok(code) } else { Err("not a language Whisper knows; try en, fr, es, or auto".into()) }
}

/// With whom.
#[derive(Debug, Args)]
struct WithArgs {
    /// The student's name, added to the class list when new; or the id, where several have the name. Once for each at a table.
    #[arg(long, value_name = "NAME")]
    student: Vec<String>,
    /// Students at the table; 1 is one-to-one. Never fewer than are named.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=20))]
    students: u8,
}

impl WithArgs {
    fn resolve(&self, library: &mut Library) -> Result<Participants> {
        let mut participants: Vec<StudentId> = Vec::new();
        for name in &self.student {
            let student = people::on_the_list(library, name)?.id;
            if !participants.contains(&student) {
                participants.push(student);
            }
        }
        Ok(Participants { participants, students: self.students })
    }
}

/// Which conference.
#[derive(Debug, Args)]
struct Which {
    /// Its id, or the end of it that the list shows.
    #[arg(required_unless_present = "last")]
    id: Option<String>,
    /// The newest.
    #[arg(long)]
    last: bool,
}

impl Which {
    fn find(&self, library: &Library) -> Result<ConferenceId> {
        match &self.id {
            Some(id) => conference(library, id),
            None => library.last_conference()?.ok_or(Error::bare(ErrorKind::NotFound, "finding the newest conference")),
        }
    }
}

/// A conference by its id or the end of it.
fn conference(library: &Library, id: &str) -> Result<ConferenceId> {
    the_one(id, |ending| library.find_by_ending(ending))
}

/// Fewer digits fit too much by chance to be meant.
const SHORTEST_ENDING: usize = 4;

fn the_one<T: Copy>(id: &str, find: impl Fn(&str) -> Result<Vec<T>>) -> Result<T> {
    let doing = "finding what an id names";
    if id.len() < SHORTEST_ENDING {
        return Err(Error::bare(ErrorKind::NotFound, doing));
    }
    match *find(id)? {
        [one] => Ok(one),
        [] => Err(Error::bare(ErrorKind::NotFound, doing)),
        _ => Err(Error::bare(ErrorKind::SeveralFit, doing)),
    }
}

impl Cli {
    /// Where everything is kept.
    #[must_use]
    pub fn folders(&self) -> Folders {
        Folders::find(self.library.clone())
    }

    /// Whether the window is wanted.
    #[must_use]
    pub fn wants_window(&self) -> bool {
        self.command.is_none()
    }

    /// Whether this process is the speech engine of another.
    #[must_use]
    pub fn is_engine(&self) -> bool {
        matches!(self.command, Some(Command::SpeechEngine))
    }
}

/// What every command works with.
struct CommandContext<'a> {
    folders: Folders,
    settings: Settings,
    json: bool,
    /// A report was printed: what comes of it is said there.
    has_reported: bool,
    out: &'a mut dyn Write,
    stopped: Arc<AtomicBool>,
}

/// Carries out the command.
///
/// # Errors
/// Whatever went wrong; [`Error::advice`] is for the person, the rest for the log.
pub fn run(cli: Cli, out: &mut dyn Write) -> Result<()> {
    let folders = cli.folders();
    if folders.is_away() {
        return Err(Error::bare(ErrorKind::LibraryAway, "a command on a library that is not there"));
    }
    let (settings, warnings) = Settings::read(&folders);
    for warning in warnings {
        notice(&warning);
    }
    let stopped = Arc::new(AtomicBool::new(false));
    let mut context = CommandContext { folders, settings, json: cli.json, has_reported: false, out, stopped };
    let done = command(&mut context, cli.command);
    match done {
        Err(err) if context.json && !context.has_reported && err.kind != ErrorKind::Cancelled => {
            context.json(&failure(err.kind))?;
            Err(Error { doing: SAID, ..err })
        }
        done => done,
    }
}

/// A failure as JSON: what can be done about it, by a name for programs and a sentence for people.
#[must_use]
pub fn failure(kind: ErrorKind) -> serde_json::Value {
    serde_json::json!({ "error": format!("{kind:?}"), "says": kind.advice() })
}

fn command(context: &mut CommandContext<'_>, command: Option<Command>) -> Result<()> {
    match command {
        None | Some(Command::SpeechEngine) => Ok(()),
        Some(Command::Record(args)) => recording::record(context, &args),
        Some(Command::Import(args)) => import::import(context, &args),
        Some(Command::Transcribe { what, students, format, model, language }) => {
            model.into_iter().for_each(|model| context.settings.model = model);
            language.into_iter().for_each(|language| context.settings.language = language);
            say_if_english_only(context)?;
            transcribe(context, &what, students, format.into())
        }
        Some(Command::Analyse { file }) => analyse::analyse(context, &file),
        Some(Command::List) => show::list(context),
        Some(Command::Search { words }) => show::search(context, &words.join(" ")),
        Some(Command::Show(which)) => show::show(context, &which),
        Some(Command::Export(args)) => share::export(context, &args),
        Some(Command::Mentor { action }) => received::mentor(context, action),
        Some(Command::Class { action }) => people::class(context, action),
        Some(Command::Student { action }) => people::student(context, action),
        Some(Command::Sample(args)) => sample::sample(context, &args),
        Some(Command::Diarize(args)) => diarize::diarize(context, &args),
        Some(Command::Evaluate(args)) => evaluate::evaluate(context, &args),
        Some(Command::Voice { action }) => voice::voice(context, action),
        Some(Command::Models { action }) => models(context, action),
        Some(Command::Repair { no_transcript }) => recording::repair(context, no_transcript),
        Some(Command::Restore { name, list }) => recording::restore(context, name, list),
        Some(Command::Deleted { action }) => deleted::deleted(context, action),
        Some(Command::Doctor) => doctor::doctor(context),
    }
}

impl CommandContext<'_> {
    /// The library, for reading and for changes that do not mind a window being open.
    fn library(&self) -> Result<Library> {
        Library::open(&self.folders)
    }

    /// Prints lines, with nothing in them that a terminal would obey.
    fn say(&mut self, text: impl AsRef<str>) -> Result<()> {
        writeln!(self.out, "{}", export::plain(text.as_ref())).map_err(printing)
    }

    /// Prints a report as JSON.
    fn json(&mut self, report: &impl Serialize) -> Result<()> {
        let text = export::json_text(report)?;
        self.has_reported = true;
        writeln!(self.out, "{text}").map_err(printing)
    }

    /// Catches Ctrl-C from here on; long work then stops at its next step.
    fn catch_ctrl_c(&self) {
        let stopped = Arc::clone(&self.stopped);
        if let Err(err) = ctrlc::set_handler(move || stopped.store(true, Ordering::Relaxed)) {
            tracing::warn!("Ctrl-C cannot be caught: {err}");
        }
    }

    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

/// A reader that closed its end (`afterbell list | head`) is no failure of ours, and nothing is said of it.
fn printing(err: std::io::Error) -> Error {
    if err.kind() == std::io::ErrorKind::BrokenPipe { Error::new(ErrorKind::Cancelled, SAID, err) } else { Error::writing("printing", err) }
}

/// Milliseconds since 1970.
fn now_unix_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// A word on standard error.
pub(crate) fn notice(text: &str) {
    // Nobody may be listening on standard error; that is no reason to stop.
    writeln!(std::io::stderr(), "{}", export::plain(text)).ok();
}

/// Shows progress on standard error when it is a terminal, and stops the work after Ctrl-C.
struct ProgressLine {
    bar: indicatif::ProgressBar,
    stopped: Arc<AtomicBool>,
}

impl ProgressLine {
    fn new(context: &CommandContext<'_>, what: &str) -> Self {
        let bar = if std::io::stderr().is_terminal() { indicatif::ProgressBar::new(1000) } else { indicatif::ProgressBar::hidden() };
        if let Ok(style) = indicatif::ProgressStyle::with_template("{prefix}  {bar:30} {percent:>3}%  {msg}, {eta} left") {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_owned());
        Self { bar, stopped: Arc::clone(&context.stopped) }
    }

    fn check(&self, stage: WorkStage, fraction: f32) -> Result<()> {
        if self.bar.message() != stage.label() {
            self.bar.reset_eta();
            self.bar.set_message(stage.label());
        }
        self.bar.set_position((fraction * 1000.0) as u64);
        if self.stopped.load(Ordering::Relaxed) { Err(Error::bare(ErrorKind::Cancelled, "work from the command line")) } else { Ok(()) }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// What `record`, `import` and `transcribe ID` report.
#[derive(Debug, Serialize)]
struct ConferenceReport {
    id: ConferenceId,
    /// None of what was typed.
    length_s: Option<f64>,
    words: usize,
    teacher_share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    teacher_share_range: Option<(f64, f64)>,
    /// Why there are no words although they were asked for.
    #[serde(skip)]
    without_words: Option<ErrorKind>,
    /// Of a typed transcript: whether it is sure which speaker is the teacher.
    #[serde(skip_serializing_if = "Option::is_none")]
    is_teacher_sure: Option<bool>,
    /// Of a typed transcript: the lines that are not part of the talk, or could not be understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<Leftover>,
}

impl ConferenceReport {
    fn of(record: &ConferenceRecord) -> Self {
        Self {
            id: record.data().id,
            length_s: record.data().has_sound().then(|| record.data().length.secs()),
            words: record.transcript().words.len(),
            teacher_share: record.measures().teacher_share(),
            teacher_share_range: record.measures().teacher_talk().and_then(|talk| talk.range),
            without_words: None,
            is_teacher_sure: None,
            left_out: Vec::new(),
        }
    }
}

/// Analyses a conference of the library and says what came of it.
fn analyse_one(context: &mut CommandContext<'_>, library: &mut Library, id: ConferenceId, live: LiveResult) -> Result<ConferenceReport> {
    let progress = ProgressLine::new(context, "Conference");
    let without_words =
        analysis::analyse_conference(library, &context.folders, &context.settings, id, live, &mut |stage, fraction| progress.check(stage, fraction))?;
    drop(progress);
    if let Some(kind) = without_words {
        notice(kind.advice());
    }
    Ok(ConferenceReport { without_words, ..ConferenceReport::of(&library.load(id)?) })
}

fn say_done(context: &mut CommandContext<'_>, done: &[ConferenceReport]) -> Result<()> {
    if context.json {
        return context.json(&done);
    }
    for one in done {
        let share = one.teacher_share.map(|share| TalkShare { share, range: one.teacher_share_range });
        let of = if one.length_s.is_some() { "the talk" } else { "the words" };
        let share = share.map(|talk| format!(", you talked {talk} of {of}")).unwrap_or_default();
        let length = one.length_s.map_or_else(|| "typed".to_owned(), |secs| crate::conference::Millis::from_secs(secs).to_string());
        let id = shown(&context.library()?, one.id)?;
        let words = export::number_of(one.words, "word", "words");
        context.say(format!("Conference {id}: {length}, {words}{share}. See it with: afterbell show {id}"))?;
    }
    Ok(())
}

/// The end of a conference's id, as long as it must be to tell it from all others.
fn shown(library: &Library, id: ConferenceId) -> Result<String> {
    let all = library.summaries()?;
    Ok(ending(id, ending_length(all.iter().map(|one| one.id))))
}

/// The mark of a failure whose advice was already printed.
pub const SAID: &str = "already said";

/// A model that knows English only writes English whatever is spoken.
fn say_if_english_only(context: &CommandContext<'_>) -> Result<()> {
    let rows = models::list(&context.folders, &context.settings)?;
    if let Some(row) = rows.iter().find(|row| row.in_use && !row.knows(&context.settings.language)) {
        notice(&format!("{} knows English only, so it is transcribed as English. Choose a model without “en” in its name.", row.name));
    }
    Ok(())
}

fn transcribe(context: &mut CommandContext<'_>, what: &str, students: u8, format: Format) -> Result<()> {
    context.catch_ctrl_c();
    let is_id = what.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_id && !Path::new(what).exists() {
        let mut library = context.library()?;
        let id = conference(&library, what)?;
        let done = analyse_one(context, &mut library, id, LiveResult::default())?;
        let (without_words, words) = (done.without_words, done.words);
        say_done(context, &[done])?;
        return has_words(without_words, words);
    }
    let file = Path::new(what);
    let progress = ProgressLine::new(context, "Transcribing");
    // Without a library that can be read nobody's voice is known.
    let profile = context.library().and_then(|library| crate::work::voice_profile::kept(&library)).unwrap_or_default();
    let options = analysis::AnalysisOptions::new(&context.folders, &context.settings, students, profile);
    let found = analysis::analyse(&[file.to_path_buf()], &options, LiveResult::default(), &mut |stage, fraction| progress.check(stage, fraction))?;
    drop(progress);
    if let Some(kind) = found.without_words {
        notice(kind.advice());
    }
    found.remarks.iter().for_each(|remark| notice(&remark.sentence()));
    let (without_words, words) = (found.without_words, found.transcript.words.len());
    let title = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let record = analysis::loose_record(title, students, Vec::new(), found);
    let format = if context.json { Format::Json } else { format };
    let bytes = export::render(&record, format, &Contents::ALL, None)?;
    context.has_reported = true;
    context.out.write_all(&bytes).map_err(printing)?;
    // Who spoke when is printed all the same.
    has_words(without_words, words)
}

/// Words were asked for: none are no success, whether they could not be transcribed, which was said, or nobody says any.
fn has_words(could_not: Option<ErrorKind>, words: usize) -> Result<()> {
    if could_not.is_none() && words == 0 {
        notice(ErrorKind::NoSpeech.advice());
    }
    could_not.or((words == 0).then_some(ErrorKind::NoSpeech)).map_or(Ok(()), |kind| Err(Error::bare(kind, SAID)))
}

fn models(context: &mut CommandContext<'_>, action: Option<ModelsAction>) -> Result<()> {
    match action.unwrap_or(ModelsAction::List) {
        ModelsAction::List => {}
        ModelsAction::Add { file } => {
            let name = models::add(&context.folders, &file)?;
            notice(&format!("Added {name}. Use it with: afterbell models use {name}"));
        }
        ModelsAction::Use { name } => {
            catalogue::path_of(&context.folders, &name)?;
            context.settings = Settings::update(&context.folders, |settings| settings.model = name)?;
        }
        ModelsAction::Remove { name } => {
            models::remove(&context.folders, &name)?;
            if context.settings.model == name {
                context.settings = Settings::update(&context.folders, |settings| settings.model = SHIPPED_MODEL.into())?;
            }
        }
        ModelsAction::Discard { name } => crate::work::download::discard(&context.folders, &name)?,
        ModelsAction::Measure => {
            context.catch_ctrl_c();
            let measured = models::measure(&context.folders, &mut || {
                if context.is_stopped() { Err(Error::bare(ErrorKind::Cancelled, "measuring this computer")) } else { Ok(()) }
            })?;
            context.settings = Settings::update(&context.folders, |settings| settings.measured = Some(measured))?;
        }
        ModelsAction::Download { name } => {
            context.catch_ctrl_c();
            let progress = ProgressLine::new(context, &name);
            models::download(&context.folders, &name, &mut |fraction, _| {
                progress.bar.set_position((fraction * 1000.0) as u64);
                if progress.stopped.load(Ordering::Relaxed) { Err(Error::bare(ErrorKind::Cancelled, "downloading a speech model")) } else { Ok(()) }
            })?;
        }
    }
    show::models(context)
}

/// Fails when a window (or another recording) works on this library; held while it must not change under us.
fn claim(context: &CommandContext<'_>) -> Result<library::Claim> {
    library::claim(&context.folders)
}
