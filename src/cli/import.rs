//! `afterbell import`: recordings, typed transcripts and what colleagues share, from files, folders and patterns.

use super::{CommandContext, ConferenceReport, ProgressLine, SAID, WithArgs, analyse_one, notice, say_done};
use crate::conference::{ConferenceId, Speaker, TeacherKnown, ending, ending_length, name_key};
use crate::error::{Error, ErrorKind, Result};
use crate::export::{number_of, one_line};
use crate::library::Library;
use crate::work::import::{self, FileKind, ImportOutcome};
use crate::work::incoming::{FolderContents, inside, named_in};
use crate::work::mentor::{self, OpenedBundle};
use crate::work::partial_file::LiveResult;
use crate::work::transcript_file::TranscriptFile;
use crate::work::typed::{FoundSpeaker, TeacherChoice, Typed};
use crate::work::{Participants, WorkStage};
use clap::Args;
use serde::Serialize;
use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// Recordings (WAV, MP3, M4A, AAC, FLAC, OGG, OPUS, WEBM, MKA, MP4, MOV, CAF, AMR, 3GP ...), typed transcripts (TXT, MD, DOCX, SRT, VTT, JSON ...; “-” is what is typed or piped in), what colleagues share (.afterbell), folders of these, or patterns such as “phone/*.m4a”.
    #[arg(required = true, value_name = "FILES")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    with: WithArgs,
    /// Typed transcripts: the label of the teacher, such as “Speaker 2” or a name.
    #[arg(long, value_name = "LABEL", conflicts_with = "no_teacher")]
    teacher: Option<String>,
    /// Typed transcripts: none of the speakers is the teacher.
    #[arg(long)]
    no_teacher: bool,
    /// Only import them.
    #[arg(long)]
    no_transcript: bool,
    /// Also what is in the list already.
    #[arg(long)]
    again: bool,
}

impl ImportArgs {
    fn teacher_choice(&self) -> Option<TeacherChoice> {
        if self.no_teacher { Some(TeacherChoice::NoTeacher) } else { self.teacher.clone().map(TeacherChoice::Teacher) }
    }
}

/// `afterbell import`.
pub(super) fn import(context: &mut CommandContext<'_>, args: &ImportArgs) -> Result<()> {
    context.catch_ctrl_c();
    let mut library = context.library()?;
    let with = args.with.resolve(&mut library)?;
    let found = found(&args.files)?;
    for skipped in &found.skipped {
        notice(&format!("{}: passed over, it is no recording and no transcript.", shown(skipped)));
    }
    let students = if args.with.student.is_empty() { library.students()? } else { Vec::new() };
    let mut run = ImportRun { context, library, with, args };
    let mut done = Vec::new();
    let mut failures = Vec::new();
    let mut failed = None;
    for file in &found.files {
        match run.one(file) {
            Ok(one) => {
                let named: Vec<&str> = named_in(file, &students)
                    .iter()
                    .filter_map(|id| students.iter().find(|student| student.id == *id))
                    .map(|student| student.name.as_str())
                    .collect();
                if one.is_some() && !named.is_empty() {
                    notice(&format!("{}: its name fits {}. Say so with --student, or in the window.", shown(file), named.join(", ")));
                }
                done.extend(one);
            }
            Err(Failed { err, .. }) if err.kind == ErrorKind::Cancelled => return Err(err),
            Err(Failed { err, no_such }) => {
                // The others are still imported; the last failure decides the exit code.
                let says = no_such.as_ref().map_or_else(|| err.advice().to_string(), |no_such| no_such.says());
                notice(&format!("{}: {says}", shown(file)));
                tracing::error!("{err}");
                let error = format!("{:?}", err.kind);
                failures.push(Row::Failed { file: shown(file), error, says, speakers: no_such.map(|no_such| no_such.speakers).unwrap_or_default() });
                failed = Some(err);
            }
        }
    }
    let context = run.context;
    if context.json {
        context.json(&done.iter().map(Row::Done).chain(failures).collect::<Vec<_>>())?;
    } else {
        say_done(context, &done)?;
    }
    failed.map_or(Ok(()), |err| Err(Error { doing: SAID, ..err }))
}

/// What came of one file, for programs.
#[derive(Serialize)]
#[serde(untagged)]
enum Row<'a> {
    Done(&'a ConferenceReport),
    Failed {
        file: String,
        error: String,
        says: String,
        /// Who speaks in it, where the one who was named does not.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        speakers: Vec<String>,
    },
}

/// Why a file was not imported.
struct Failed {
    err: Error,
    no_such: Option<NoSuchSpeaker>,
}

/// The teacher who was named, and who speaks.
struct NoSuchSpeaker {
    label: String,
    speakers: Vec<String>,
}

impl NoSuchSpeaker {
    fn says(&self) -> String {
        format!("Nobody in this transcript is called “{}”. Nothing was changed. The labels are: {}.", self.label, self.speakers.join(", "))
    }
}

impl From<Error> for Failed {
    fn from(err: Error) -> Self {
        Self { err, no_such: None }
    }
}

/// The files of one call, imported one after the other.
struct ImportRun<'a, 'c> {
    context: &'a mut CommandContext<'c>,
    library: Library,
    with: Participants,
    args: &'a ImportArgs,
}

impl ImportRun<'_, '_> {
    fn one(&mut self, file: &Path) -> std::result::Result<Option<ConferenceReport>, Failed> {
        if file == Path::new("-") {
            let mut bytes = Vec::new();
            std::io::stdin().take(MOST_PIPED).read_to_end(&mut bytes).map_err(|err| Error::reading("reading what is piped in", err))?;
            return self.transcript(file, &TranscriptFile { title: String::new(), bytes, started_unix_ms: super::now_unix_ms() });
        }
        match FileKind::of(file) {
            FileKind::Bundle => Ok(self.bundle(file)?),
            FileKind::Transcript => self.transcript(file, &TranscriptFile::read(file)?),
            FileKind::Recording => Ok(self.recording(file)?),
        }
    }

    fn recording(&mut self, file: &Path) -> Result<Option<ConferenceReport>> {
        let progress = ProgressLine::new(self.context, "Importing");
        let imported = import::import(&mut self.library, file, &self.with, self.args.again, &mut |stage, fraction| progress.check(stage, fraction));
        drop(progress);
        let id = match imported? {
            ImportOutcome::New(id, remarks) => {
                remarks.iter().for_each(|remark| notice(&format!("{}: {}", shown(file), remark.sentence())));
                id
            }
            ImportOutcome::AlreadyThere(id) => return already_there(&self.library, file, "recording", id),
        };
        if self.args.no_transcript {
            return Ok(Some(ConferenceReport::of(&self.library.load(id)?)));
        }
        analyse_one(self.context, &mut self.library, id, LiveResult::default()).map(Some)
    }

    /// A transcript: asks who is the teacher where that is not sure, and says what was left out, line by line.
    fn transcript(&mut self, path: &Path, file: &TranscriptFile) -> std::result::Result<Option<ConferenceReport>, Failed> {
        if !self.args.again
            && let Some(id) = file.already_there(&self.library)?
        {
            return Ok(already_there(&self.library, path, "transcript", id)?);
        }
        let choice = self.args.teacher_choice();
        let typed = file.typed(&self.library, choice.as_ref())?;
        if let Some(TeacherChoice::Teacher(label)) = &choice
            && !typed.speakers.iter().any(|one| one.role == Speaker::Teacher && names_label(one, label))
        {
            let speakers = typed.speakers.into_iter().map(|one| one.label).collect();
            let no_such = Some(NoSuchSpeaker { label: label.clone(), speakers });
            return Err(Failed { err: Error::bare(ErrorKind::BadRequest, SAID), no_such });
        }
        let choice = match choice {
            None if !typed.is_teacher_sure => ask_teacher(self.context, &typed)?,
            choice => choice,
        };
        let id = import::import_typed(&mut self.library, file, &self.with, choice.as_ref())?;
        let record = self.library.load(id)?;
        let is_guessed = record.data().voices.teacher_known == TeacherKnown::Guessed;
        if is_guessed && !self.context.json {
            let teacher = typed.speakers.iter().find(|one| one.role == Speaker::Teacher);
            let taken = teacher.map_or_else(
                || "The labels do not say who is the teacher.".to_owned(),
                |one| format!("“{}” is taken for the teacher, and that is not sure.", one.label),
            );
            let id = super::shown(&self.library, id)?;
            notice(&format!("{taken} To say who it is, delete it (afterbell deleted add {id}) and import it anew with --teacher LABEL or --no-teacher:"));
            typed.speakers.iter().for_each(|one| notice(&speaker_line(one)));
        }
        let left = record.data().typed.as_ref().map(|typed| typed.leftovers.clone()).unwrap_or_default();
        if !left.is_empty() && !self.context.json {
            notice(&format!("Did not read as talk, and is kept beside it: {}", number_of(left.len(), "line", "lines")));
            left.iter().for_each(|one| notice(&if one.line == 0 { format!("  beside: {}", one.text) } else { format!("  line {}: {}", one.line, one.text) }));
        }
        Ok(Some(ConferenceReport { is_teacher_sure: Some(!is_guessed), left_out: left, ..ConferenceReport::of(&record) }))
    }

    /// A conference of a colleague, or a reply: neither becomes a conference of one's own.
    fn bundle(&mut self, file: &Path) -> Result<Option<ConferenceReport>> {
        let progress = ProgressLine::new(self.context, "Opening");
        let now = jiff::Timestamp::now().as_millisecond();
        let arrived = mentor::open(&mut self.library, &self.context.folders, file, now, &mut |fraction| progress.check(WorkStage::Reading, fraction));
        drop(progress);
        match arrived? {
            OpenedBundle::Conference(id) => {
                let id = ending(id, ending_length(self.library.shared_ids()?));
                notice(&format!("A colleague’s conference was shared with you. See it with: afterbell mentor show {id}"))
            }
            OpenedBundle::Reply(id) => {
                let id = super::shown(&self.library, id)?;
                notice(&format!("A reply to conference {id}. Read it with: afterbell mentor replies {id}"))
            }
        }
        Ok(None)
    }
}

/// Nothing is added twice unless that is wanted.
fn already_there(library: &Library, file: &Path, what: &str, id: ConferenceId) -> Result<Option<ConferenceReport>> {
    let (id, file) = (super::shown(library, id)?, if file == Path::new("-") { "What was piped in".into() } else { shown(file) });
    notice(&format!("{file}: this {what} is in your list already, as conference {id}. It was not added twice. To have it twice, say --again."));
    Ok(None)
}

/// A file as it is named in a sentence, on one line whatever its name holds.
fn shown(file: &Path) -> String {
    one_line(&file.to_string_lossy()).into_owned()
}

/// More is no transcript.
const MOST_PIPED: u64 = 20_000_000;

fn names_label(one: &FoundSpeaker, label: &str) -> bool {
    let (one, label) = (name_key(&one.label), name_key(label));
    one == label || one.replace(['.', '_'], " ").starts_with(&label.replace(['.', '_'], " "))
}

fn speaker_line(one: &FoundSpeaker) -> String {
    let first = one.first_lines.first().map(String::as_str).unwrap_or_default();
    let shown: String = first.chars().take(60).collect();
    format!("  {} ({}): {shown}{}", one.label, number_of(one.turns, "time", "times"), if shown.len() < first.len() { "…" } else { "" })
}

/// Asks on a terminal; where nobody can answer, the likeliest is taken and that is said.
fn ask_teacher(context: &CommandContext<'_>, typed: &Typed) -> Result<Option<TeacherChoice>> {
    if context.json || !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() || typed.speakers.is_empty() {
        return Ok(None);
    }
    notice("Who is the teacher?");
    typed.speakers.iter().enumerate().for_each(|(index, one)| notice(&format!("{}.{}", index + 1, speaker_line(one))));
    notice("Type the number, or 0 for none of them:");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).map_err(|err| Error::reading("asking who is the teacher", err))?;
    Ok(match answer.trim().parse::<usize>() {
        Ok(0) => Some(TeacherChoice::NoTeacher),
        Ok(number) => typed.speakers.get(number - 1).map(|one| TeacherChoice::Teacher(one.label.clone())),
        Err(_) => None,
    })
}

/// Files as named; of a folder, and of the folders in it, all that can be imported; of a pattern what fits it (where the shell has not done that already).
fn found(named: &[PathBuf]) -> Result<FolderContents> {
    let doing = "looking for files to import";
    let mut all = FolderContents::default();
    for name in named {
        if name == Path::new("-") {
            all.files.push(name.clone());
        } else if name.is_dir() {
            let found = inside(name)?;
            if found.files.is_empty() {
                return Err(Error::new(ErrorKind::NotASoundFile, doing, "nothing in this folder can be imported"));
            }
            all.files.extend(found.files);
            all.skipped.extend(found.skipped);
        } else if !name.exists() && name.to_string_lossy().contains(['*', '?', '[']) {
            let paths = glob::glob(&name.to_string_lossy()).map_err(|err| Error::new(ErrorKind::BadRequest, doing, err))?;
            let before = all.files.len();
            let is_for_the_system = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("._"));
            all.files.extend(paths.flatten().filter(|path| path.is_file() && !is_for_the_system(path)));
            if all.files.len() == before {
                return Err(Error::new(ErrorKind::FileUnreadable, doing, "no file fits the pattern"));
            }
        } else {
            all.files.push(name.clone());
        }
    }
    Ok(all)
}
