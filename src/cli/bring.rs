//! `afterbell import`: recordings, typed transcripts and what colleagues share, from files, folders and patterns.

use super::{Desk, Done, ProgressLine, SAID, WithArgs, notice, process_one, say_done};
use crate::conference::{ending, ending_length};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::work::live::Begun;
use crate::work::mentor::{self, Arrived};
use crate::work::process;
use crate::work::{With, WorkStage};
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// Recordings (WAV, MP3, M4A, AAC, FLAC, OGG, OPUS, WEBM, MKA, MP4 ...), typed transcripts (TXT, MD, JSON), what colleagues share (.afterbell), folders of these, or patterns such as “phone/*.m4a”.
    #[arg(required = true, value_name = "FILES")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    with: WithArgs,
    /// Only bring them in.
    #[arg(long)]
    no_transcript: bool,
}

/// `afterbell import`.
pub(super) fn import(desk: &mut Desk<'_>, args: &ImportArgs) -> Result<()> {
    desk.catch_ctrl_c();
    let mut library = desk.library()?;
    let with = args.with.resolve(&mut library)?;
    let files = found(&args.files)?;
    let mut done = Vec::new();
    let mut failed = None;
    for file in &files {
        match one(desk, &mut library, file, &with, args.no_transcript) {
            Ok(one) => done.extend(one),
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

fn one(desk: &mut Desk<'_>, library: &mut Library, file: &Path, with: &With, no_transcript: bool) -> Result<Option<Done>> {
    if mentor::is_bundle(file) {
        return bundle(desk, library, file);
    }
    if process::is_transcript(file) {
        let id = process::import_typed(library, &desk.folders, file, with)?;
        return Ok(Some(Done::of(&library.load(id)?)));
    }
    let progress = ProgressLine::new(desk, "Bringing in");
    let imported = process::import(library, &desk.folders, file, with, &mut |stage, fraction| progress.check(stage, fraction));
    drop(progress);
    let id = imported?;
    if no_transcript { Ok(Some(Done::of(&library.load(id)?))) } else { process_one(desk, library, id, Begun::default()).map(Some) }
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

/// Files as named; of a folder all that can be brought in; of a pattern what fits it (where the shell has not done that already).
fn found(named: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let doing = "looking for files to bring in";
    let mut files = Vec::new();
    for name in named {
        if name.is_dir() {
            let entries = std::fs::read_dir(name).map_err(|err| Error::reading(doing, err))?;
            let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file() && process::can_bring_in(path)).collect();
            inside.sort();
            if inside.is_empty() {
                return Err(Error::new(ErrorKind::NotASoundFile, doing, "nothing in this folder can be brought in"));
            }
            files.extend(inside);
        } else if !name.exists() && name.to_string_lossy().contains(['*', '?', '[']) {
            let paths = glob::glob(&name.to_string_lossy()).map_err(|err| Error::new(ErrorKind::BadRequest, doing, err))?;
            let before = files.len();
            files.extend(paths.flatten().filter(|path| path.is_file()));
            if files.len() == before {
                return Err(Error::new(ErrorKind::FileUnreadable, doing, "no file fits the pattern"));
            }
        } else {
            files.push(name.clone());
        }
    }
    Ok(files)
}
