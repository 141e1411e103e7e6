//! Keeps the library safe: a backup each day, sidecars that follow every change, and the way back when the database is damaged.

use super::messages::OpeningStage;
use crate::error::{ErrorKind, Result};
use crate::library::{self, Library};
use crate::settings::Folders;
use std::time::Duration;

/// Opens the library and reads it through quickly. A damaged database is set aside and the library made again: from the newest whole backup,
/// then from what stands beside the recordings, then from recordings that nothing is known of. The sentence says so when it was needed.
///
/// # Errors
/// As [`Library::open`], and when the library cannot be made again.
pub fn open_or_rebuild(folders: &Folders) -> Result<(Library, Option<String>)> {
    open_or_rebuild_telling(folders, &mut |_| {})
}

/// As [`open_or_rebuild`]; `tell` hears what is being done.
///
/// # Errors
/// As there.
pub fn open_or_rebuild_telling(folders: &Folders, tell: &mut dyn FnMut(OpeningStage)) -> Result<(Library, Option<String>)> {
    tell(OpeningStage::Checking);
    let opened = patiently(&AGAIN, || {
        let library = Library::open(folders)?;
        library.integrity_check(false)?;
        Ok(library)
    });
    match opened {
        Err(err) if matches!(err.kind, ErrorKind::LibraryDamaged | ErrorKind::LibraryUnreadable) => {
            tracing::error!("the library is made again: {err}");
            rebuild_telling(folders, tell).map(|(library, sentence)| (library, Some(sentence)))
        }
        opened => Ok((opened?, None)),
    }
}

/// Makes the library again; what was there is set aside, not deleted. Whoever calls holds the claim.
///
/// # Errors
/// When files cannot be moved, read or written.
pub fn rebuild(folders: &Folders) -> Result<(Library, String)> {
    rebuild_telling(folders, &mut |_| {})
}

/// A disk that did not answer is asked again, after such pauses.
const AGAIN: [Duration; 4] = [Duration::from_millis(100), Duration::from_millis(300), Duration::from_millis(900), Duration::from_millis(2700)];

/// Tries again, after each of the pauses, what the disk did not answer to; what it answers counts at once.
fn patiently<T>(pauses: &[Duration], mut work: impl FnMut() -> Result<T>) -> Result<T> {
    for pause in pauses {
        match work() {
            Err(err) if err.kind == ErrorKind::LibraryUnreadable => tracing::warn!("the disk is asked again in {pause:?}: {err}"),
            answered => return answered,
        }
        std::thread::sleep(*pause);
    }
    work()
}

fn rebuild_telling(folders: &Folders, tell: &mut dyn FnMut(OpeningStage)) -> Result<(Library, String)> {
    tell(OpeningStage::Rebuilding { done: 0, of: 0 });
    library::set_aside(folders, &moment())?;
    let backup = library::put_back_newest(folders)?;
    let mut library = Library::open(folders)?;
    library.take_in_sidecars_telling(true, &mut |done, of| tell(OpeningStage::Rebuilding { done, of }))?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn a_disk_that_did_not_answer_is_asked_again_before_anything_is_called_damaged() {
        let unreadable = || Error::bare(ErrorKind::LibraryUnreadable, "reading");
        let mut asked = 0;
        let opened = patiently(&[Duration::ZERO; 4], || {
            asked += 1;
            if asked < 3 { Err(unreadable()) } else { Ok(asked) }
        });
        assert_eq!(opened.unwrap(), 3);
        let mut asked = 0;
        let silent = patiently(&[Duration::ZERO; 4], || {
            asked += 1;
            Err::<(), _>(unreadable())
        });
        assert_eq!((silent.unwrap_err().kind, asked), (ErrorKind::LibraryUnreadable, 5));
        // Damage is no matter of patience.
        let mut asked = 0;
        let damaged = patiently(&[Duration::ZERO; 4], || {
            asked += 1;
            Err::<(), _>(Error::bare(ErrorKind::LibraryDamaged, "reading"))
        });
        assert_eq!((damaged.unwrap_err().kind, asked), (ErrorKind::LibraryDamaged, 1));
    }
}
