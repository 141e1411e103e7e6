//! `afterbell import`: recordings, typed transcripts and what colleagues share, from files, folders and patterns.

use super::{Desk, Done, ProgressLine, SAID, WithArgs, notice, process_one, say_done};
use crate::conference::{ending, ending_length};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::work::incoming::{Brought, Inside, inside, named_in};
use crate::work::live::Begun;
use crate::work::mentor::{self, Arrived};
use crate::work::process;
use crate::work::{With, WorkStage};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// Recordings (WAV, MP3, M4A, AAC, FLAC, OGG, OPUS, WEBM, MKA, MP4, MOV, CAF, AMR, 3GP ...), typed transcripts (TXT, MD, JSON), what colleagues share (.afterbell), folders of these, or patterns such as “phone/*.m4a”.
    #[arg(required = true, value_name = "FILES")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    with: WithArgs,
    /// Only bring them in.
    #[arg(long)]
    no_transcript: bool,
    /// Also what is in the list already.
    #[arg(long)]
    again: bool,
}

/// `afterbell import`.
pub(super) fn import(desk: &mut Desk<'_>, args: &ImportArgs) -> Result<()> {
    desk.catch_ctrl_c();
    let mut library = desk.library()?;
    let with = args.with.resolve(&mut library)?;
    let found = found(&args.files)?;
    for skipped in &found.skipped {
        notice(&format!("{}: passed over, it is no recording and no transcript.", skipped.display()));
    }
    let students = if args.with.student.is_empty() { library.students()? } else { Vec::new() };
    let mut done = Vec::new();
    let mut failed = None;
    for file in &found.files {
        match one(desk, &mut library, file, &with, args) {
            Ok(one) => {
                let named: Vec<&str> = named_in(file, &students)
                    .iter()
                    .filter_map(|id| students.iter().find(|student| student.id == *id))
                    .map(|student| student.name.as_str())
                    .collect();
                if one.is_some() && !named.is_empty() {
                    notice(&format!("{}: its name fits {}. Say so with --student, or in the window.", file.display(), named.join(", ")));
                }
                done.extend(one);
            }
            Err(err) if err.kind == ErrorKind::Cancelled => return Err(err),
            Err(err) => {
                // The others are still brought in; the last failure decides the exit code.
                notice(&format!("{}: {}", file.display(), err.advice()));
                tracing::error!("{err}");
                failed = Some(err);
            }
        }
    }
    say_done(desk, &done)?;
    failed.map_or(Ok(()), |err| Err(Error { doing: SAID, ..err }))
}

fn one(desk: &mut Desk<'_>, library: &mut Library, file: &Path, with: &With, args: &ImportArgs) -> Result<Option<Done>> {
    if mentor::is_bundle(file) {
        return bundle(desk, library, file);
    }
    if process::is_transcript(file) {
        let id = process::import_typed(library, &desk.folders, file, with)?;
        return Ok(Some(Done::of(&library.load(id)?)));
    }
    let progress = ProgressLine::new(desk, "Bringing in");
    let imported = process::import(library, &desk.folders, file, with, args.again, &mut |stage, fraction| progress.check(stage, fraction));
    drop(progress);
    let id = match imported? {
        Brought::New(id, remarks) => {
            remarks.iter().for_each(|remark| notice(&format!("{}: {}", file.display(), remark.sentence())));
            id
        }
        Brought::AlreadyThere(id) => {
            let id = super::shown(library, id)?;
            notice(&format!(
                "{}: this recording is in your list already, as conference {id}. It was not added twice. To have it twice, say --again.",
                file.display()
            ));
            return Ok(None);
        }
    };
    if args.no_transcript { Ok(Some(Done::of(&library.load(id)?))) } else { process_one(desk, library, id, Begun::default()).map(Some) }
}

/// A conference of a colleague, or her reply: neither becomes a conference of one's own.
fn bundle(desk: &mut Desk<'_>, library: &mut Library, file: &Path) -> Result<Option<Done>> {
    let progress = ProgressLine::new(desk, "Opening");
    let now = jiff::Timestamp::now().as_millisecond();
    let arrived = mentor::open(library, &desk.folders, file, now, &mut |fraction| progress.check(WorkStage::Reading, fraction));
    drop(progress);
    match arrived? {
        Arrived::Conference(id) => {
            let id = ending(id, ending_length(library.shared_ids()?));
            notice(&format!("A colleague’s conference was shared with you. See it with: afterbell mentor show {id}"))
        }
        Arrived::Reply(id) => {
            let id = super::shown(library, id)?;
            notice(&format!("A reply to conference {id}. Read it with: afterbell mentor replies {id}"))
        }
    }
    Ok(None)
}

/// Files as named; of a folder, and of the folders in it, all that can be brought in; of a pattern what fits it (where the shell has not done that already).
fn found(named: &[PathBuf]) -> Result<Inside> {
    let doing = "looking for files to bring in";
    let mut all = Inside::default();
    for name in named {
        if name.is_dir() {
            let found = inside(name)?;
            if found.files.is_empty() {
                return Err(Error::new(ErrorKind::NotASoundFile, doing, "nothing in this folder can be brought in"));
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
