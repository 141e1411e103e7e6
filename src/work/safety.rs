//! Keeps the library safe: a backup each day, sidecars that follow every change, and the way back when the database is damaged.

use crate::error::{ErrorKind, Result};
use crate::library::{self, Library};
use crate::settings::Folders;

/// Opens the library and reads it through quickly. A damaged database is set aside and the library made again: from the newest whole backup,
/// then from what stands beside the recordings, then from recordings that nothing is known of. The sentence says so when it was needed.
///
/// # Errors
/// As [`Library::open`], and when the library cannot be made again.
pub fn open_or_rebuild(folders: &Folders) -> Result<(Library, Option<String>)> {
    let opened = Library::open(folders).and_then(|library| {
        library.integrity_check(false)?;
        Ok(library)
    });
    match opened {
        Err(err) if err.kind == ErrorKind::LibraryDamaged => {
            tracing::error!("the library is made again: {err}");
            rebuild(folders).map(|(library, sentence)| (library, Some(sentence)))
        }
        opened => Ok((opened?, None)),
    }
}

/// Makes the library again; what was there is set aside, not deleted. Whoever calls holds the claim.
///
/// # Errors
/// When files cannot be moved, read or written.
pub fn rebuild(folders: &Folders) -> Result<(Library, String)> {
    library::set_aside(folders, &moment())?;
    let backup = library::put_back_newest(folders)?;
    let mut library = Library::open(folders)?;
    library.take_in_sidecars(true)?;
    super::process::adopt_strays(&mut library, folders)?;
    keep_up(&mut library);
    let count = library.summaries()?.len();
    let from = backup.map_or(String::new(), |day| format!(" and the backup of {day}"));
    Ok((library, format!("The list of conferences was damaged. It was made again from your recordings{from}: {count} are there. The damaged list is kept.")))
}

/// Makes today's backup if there is none yet. That it failed is for the log: today's work is not stopped by it.
pub fn back_up_daily(library: &Library) {
    let day = jiff::ZonedDateTime::now().strftime("%Y-%m-%d").to_string();
    if let Err(err) = library.back_up(&day) {
        tracing::warn!("no backup today: {err}");
    }
}

/// Goes back to a backup; see [`Library::go_back_to`].
///
/// # Errors
/// As there.
pub fn go_back_to(library: &mut Library, name: &str) -> Result<()> {
    library.go_back_to(name, &moment())
}

/// Writes the sidecars that are behind. That one failed is for the log: the database holds the change, and it is tried again.
pub(super) fn keep_up(library: &mut Library) {
    if let Err(err) = library.keep_sidecars() {
        tracing::warn!("a sidecar is behind: {err}");
    }
}

/// Writes also the sidecars that were never written: from before there were any, or because of a kill.
///
/// # Errors
/// When the database cannot be read.
pub fn catch_up(library: &mut Library) -> Result<()> {
    library.note_missing_sidecars()?;
    keep_up(library);
    Ok(())
}

/// Removes everything that belongs to the sound of a conference that is gone for good.
pub fn remove_files(folders: &Folders, audio: &str) {
    let sound = crate::audio::parts(&folders.recordings().join(audio));
    for path in sound.into_iter().chain([library::sidecar_of(folders, audio), super::live::draft_of(&folders.recordings().join(audio))]) {
        match std::fs::remove_file(&path) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => tracing::warn!("a deleted recording could not be removed: {err}; file: {path:?}"),
            _ => {}
        }
    }
}

fn moment() -> String {
    jiff::ZonedDateTime::now().strftime("%Y-%m-%d %H.%M.%S").to_string()
}
