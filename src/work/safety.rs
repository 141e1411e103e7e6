//! Keeps the library safe: a backup each day, sidecars that follow every change, and the way back when the database is damaged.

use super::stages::OpeningStage;
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
    open_or_rebuild_with_progress(folders, &mut |_| {})
}

/// As [`open_or_rebuild`]; `progress` hears what is being done.
///
/// # Errors
/// As there.
pub fn open_or_rebuild_with_progress(folders: &Folders, progress: &mut dyn FnMut(OpeningStage)) -> Result<(Library, Option<String>)> {
    progress(OpeningStage::Checking);
    library::discard_staged(folders)?;
    let opened = patiently(&AGAIN, || {
        let mut library = Library::open(folders)?;
        library.integrity_check(false)?;
        // What a kill, or a file in use, left of what was to go. What still cannot be removed is said by the daily work.
        if let Err(err) = library.finish_forgetting() {
            tracing::warn!("what is to be removed is still there: {err}");
        }
        Ok(library)
    });
    match opened {
        Err(err) if matches!(err.kind, ErrorKind::LibraryDamaged | ErrorKind::LibraryUnreadable) => {
            tracing::error!("the library is made again: {err}");
            rebuild_with_progress(folders, progress).map(|(library, sentence)| (library, Some(sentence)))
        }
        opened => Ok((opened?, None)),
    }
}

/// Makes the library again; what was there is set aside, not deleted. Whoever calls holds the claim. The new one is made in a file of its own and
/// takes its place when it is whole: a kill in between is no loss.
///
/// # Errors
/// When files cannot be moved, read or written.
pub fn rebuild(folders: &Folders) -> Result<(Library, String)> {
    rebuild_with_progress(folders, &mut |_| {})
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

fn rebuild_with_progress(folders: &Folders, progress: &mut dyn FnMut(OpeningStage)) -> Result<(Library, String)> {
    progress(OpeningStage::Rebuilding { done: 0, of: 0 });
    let was_there = folders.database().exists();
    let (mut staged, backup) = library::Staged::of_newest_backup(folders)?;
    let is_voice_known = staged.salvage(folders)?;
    let found = staged.library().import_sidecars_with_progress(true, &mut |done, of| progress(OpeningStage::Rebuilding { done, of }))?;
    staged.library().import_class_list()?;
    let has_voice = is_voice_known || staged.library().import_voice()?;
    // One that cannot be adopted now is where it was: no reason to have no library.
    super::recovery::adopt_orphans(staged.library(), folders)?;
    let mut library = staged.put_in_place(folders, &moment())?;
    library.sync_sidecars();
    let count = library.summaries()?.len();
    let from = backup.map_or(String::new(), |day| format!(" and the backup of {day}"));
    let kept = if was_there { " The damaged list is kept." } else { "" };
    // No backup has it.
    let voice = if has_voice { "" } else { " If Afterbell knew your voice, it does not any more: read aloud to it once more in Settings." };
    let aside = match found.set_aside {
        0 => String::new(),
        1 => " One file beside your recordings could not be read. It is kept, and so is the recording.".into(),
        more => format!(" {more} files beside your recordings could not be read. They are kept, and so are the recordings."),
    };
    Ok((library, format!("The list of conferences was damaged. It was made again from your recordings{from}: {count} are there.{kept}{aside}{voice}")))
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

/// Writes also the sidecars that were never written: from before there were any, or because of a kill.
///
/// # Errors
/// When the database cannot be read.
pub fn write_missing_sidecars(library: &mut Library) -> Result<()> {
    library.note_missing_sidecars()?;
    library.sync_sidecars();
    Ok(())
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
