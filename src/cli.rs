//! The command line: the same services as the window, each blocking, each with `--json` where it reports.
//!
//! Results go to standard output, progress and notices to standard error, and to neither go technical causes: those are in the log.

mod analyse;
mod deleted;
mod diarize;
mod doctor;
mod evaluate;
mod import;
mod models;
mod people;
mod progress_line;
mod received;
mod recording;
mod report;
mod sample;
mod share;
mod show;
mod transcribe;
mod truth;
mod voice;

use crate::conference::{ConferenceId, StudentId, ending, ending_length};
use crate::error::{Error, ErrorKind, Result};
use crate::export;
use crate::library::{self, Library};
use crate::settings::{Folders, Settings};
use crate::work::Participants;
use clap::{Args, Parser, Subcommand};
use progress_line::ProgressLine;
use report::{ConferenceReport, analyse_one, say_done};
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;
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
    Transcribe(transcribe::TranscribeArgs),
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
        action: Option<models::ModelsAction>,
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
        Some(Command::Transcribe(args)) => transcribe::transcribe(context, args),
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
        Some(Command::Models { action }) => models::models(context, action),
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

/// The end of a conference's id, as long as it must be to tell it from all others.
fn shown(library: &Library, id: ConferenceId) -> Result<String> {
    let all = library.summaries()?;
    Ok(ending(id, ending_length(all.iter().map(|one| one.id))))
}

/// The mark of a failure whose advice was already printed.
pub const SAID: &str = "already said";

/// Fails when a window (or another recording) works on this library; held while it must not change under us.
fn claim(context: &CommandContext<'_>) -> Result<library::Claim> {
    library::claim(&context.folders)
}
