//! `afterbell doctor`: looks at everything a conference depends on, and says what to do.

use super::CommandContext;
use crate::audio;
use crate::error::{Error, ErrorKind, Result};
use crate::export::number_of;
use crate::library::Library;
use crate::work::{level, models, record, recovery};
use serde::Serialize;
use std::sync::Arc;

/// Recording a school day at 16 kHz takes about 0.7 GB; below this the doctor says so.
const ROOM_TO_SPARE: u64 = 1_000_000_000;
/// 16 kHz mono 16-bit.
const BYTES_PER_HOUR: u64 = 16_000 * 2 * 3600;

#[derive(Debug, Serialize)]
struct Finding {
    what: &'static str,
    ok: bool,
    says: String,
}

/// # Errors
/// [`ErrorKind::LibraryDamaged`] and so on are findings, not errors; an error says that something needs care.
pub(super) fn doctor(context: &mut CommandContext<'_>) -> Result<()> {
    let findings = [microphone(context), speech_model(context), library(context), recordings(context), backups(context), disk(context)];
    let sound = findings.iter().all(|finding| finding.ok);
    if context.json {
        context.json(&findings)?;
    } else {
        for finding in &findings {
            context.say(format!("{}  {:<12} {}", if finding.ok { "ok  " } else { "look" }, finding.what, finding.says))?;
        }
    }
    if sound { Ok(()) } else { Err(Error::bare(ErrorKind::Bug, super::SAID)) }
}

fn finding(what: &'static str, found: Result<String>) -> Finding {
    match found {
        Ok(says) => Finding { what, ok: true, says },
        Err(err) => {
            tracing::warn!("doctor: {err}");
            Finding { what, ok: false, says: err.advice().into() }
        }
    }
}

/// Opens it as a recording would: some systems list microphones that no computer has.
fn microphone(context: &CommandContext<'_>) -> Finding {
    let found =
        level::Monitor::start(&context.folders, &context.settings, Arc::default(), &mut || Ok(())).map(|monitor| format!("{} answers", monitor.microphone()));
    finding("microphone", found)
}

fn speech_model(context: &CommandContext<'_>) -> Finding {
    let found = models::check(&context.folders, &context.settings.model).map(|()| format!("{} is whole", context.settings.model));
    finding("speech model", found)
}

fn library(context: &CommandContext<'_>) -> Finding {
    let found = Library::open(&context.folders).and_then(|library| {
        library.integrity_check(true)?;
        Ok(format!("{}, the database is whole", number_of(library.summaries()?.len(), "conference", "conferences")))
    });
    finding("library", found)
}

/// Every conference has its sound, unaltered since it was recorded; every sound has its conference.
fn recordings(context: &CommandContext<'_>) -> Finding {
    let checked = Library::open(&context.folders).and_then(|library| {
        let (mut whole, mut missing, mut altered) = (0, 0, 0);
        for summary in library.summaries()? {
            let record = library.load(summary.id)?;
            let path = context.folders.recordings().join(&record.data().audio);
            match audio::sha256_of(&path) {
                Ok(sum) if sum == record.data().audio_sha256 => whole += 1,
                Ok(_) => altered += 1,
                Err(_) => missing += 1,
            }
        }
        Ok((whole, missing, altered, recovery::orphans(&library, &context.folders)?.len(), record::interrupted(&context.folders)?.len()))
    });
    match checked {
        Ok((whole, 0, 0, 0, 0)) => Finding { what: "recordings", ok: true, says: format!("{whole} whole and unaltered") },
        Ok((whole, missing, altered, orphans, cut)) => Finding {
            what: "recordings",
            ok: false,
            says: format!(
                "{whole} whole, {missing} missing, {altered} altered since recording, {orphans} not in the list, {cut} cut off. The last two kinds are brought back by: afterbell repair"
            ),
        },
        Err(err) => finding("recordings", Err(err)),
    }
}

/// That there is none yet is nothing to worry about: the first is made when something is recorded or the window is opened.
fn backups(context: &CommandContext<'_>) -> Finding {
    let backups = crate::library::backups(&context.folders);
    let says = match backups.first() {
        Some(newest) => format!("{}, the newest of {}", number_of(backups.len(), "backup", "backups"), newest.name),
        None => "none yet; one is made each day Afterbell is used".into(),
    };
    Finding { what: "backups", ok: true, says }
}

fn disk(context: &CommandContext<'_>) -> Finding {
    let free = std::fs::create_dir_all(context.folders.library())
        .and_then(|()| fs4::available_space(context.folders.library()))
        .map_err(|err| Error::writing("looking at the disk", err));
    match free {
        Ok(free) => {
            let hours = number_of((free / BYTES_PER_HOUR) as usize, "hour", "hours");
            let says = format!("{:.1} GB free, room for about {hours} of recording", free as f64 / 1e9);
            if free >= ROOM_TO_SPARE {
                Finding { what: "disk", ok: true, says }
            } else {
                Finding { what: "disk", ok: false, says: format!("{says}. Make some room soon.") }
            }
        }
        Err(err) => finding("disk", Err(err)),
    }
}
