//! Recordings become conferences: those that were just made, and those that were left behind when the program was killed; and what a killed import left
//! behind is removed.

use super::import::insert;
use super::participants::participants;
use super::session_files::NameLock;
use crate::audio;
use crate::conference::{ConferenceData, ConferenceId};
use crate::error::{Error, ErrorKind, Result};
use crate::files::temporary_prefix;
use crate::library::Library;
use crate::settings::Folders;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::UNIX_EPOCH;

/// A finished recording becomes a conference. The session's lock is forgotten last, when the row is durable.
///
/// # Errors
/// When the library cannot be written.
pub fn adopt(library: &mut Library, folders: &Folders, finished: &super::record::Finished) -> Result<ConferenceId> {
    let file = format!("{}.wav", finished.name);
    // After a kill between the row and the lock the row is already there: the recording is not added twice.
    let id = match library.find_by_audio(&file)? {
        Some(id) => id,
        None => library.insert(&ConferenceData {
            id: finished.id,
            participants: participants(library, &finished.participants, finished.students)?,
            students: finished.students,
            started_unix_ms: finished.started_unix_ms,
            length: finished.length,
            audio: file,
            audio_sha256: finished.sha256.clone(),
            marks: finished.marks.clone(),
            dropouts: finished.dropouts.clone(),
            ..ConferenceData::empty()
        })?,
    };
    // Before the lock goes: what stands beside the recording is enough to make the library again.
    library.sync_sidecars();
    super::record::forget(folders, &finished.name)?;
    Ok(id)
}

/// Orphans: recordings in the folder that no conference and no session knows of (a kill in the last moment of an import).
///
/// # Errors
/// When the folder or the library cannot be read.
pub fn orphans(library: &Library, folders: &Folders) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(folders.recordings()).map_err(|err| Error::reading("looking at the recordings", err))?;
    let going = crate::library::Forgetting::pending(folders);
    let mut orphans = Vec::new();
    for file in entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()) {
        let Some(name) = file.strip_suffix(".wav") else { continue };
        let path = folders.recordings().join(&file);
        // In a file shorter than a header is nothing that could be missed, and it may be somebody's own.
        if audio::first_segment(&path).is_some_and(|first| first.exists()) || audio::is_without_sound(&path) {
            continue;
        }
        let has_lock = folders.recordings().join(format!("{name}.session.json")).exists();
        if !has_lock && !going.names_file(&file) && library.find_by_audio(&file)?.is_none() {
            orphans.push(file);
        }
    }
    orphans.sort();
    Ok(orphans)
}

/// What came of recordings that were not in the list.
#[derive(Debug, Default)]
pub struct Adopted {
    /// Those that are conferences now.
    pub kept: Vec<ConferenceId>,
    /// Those that could not become one, by the names of their files, and why.
    pub failed: Vec<(String, Error)>,
}

/// Gives each orphan a conference; one that fails keeps none of the others from theirs.
///
/// # Errors
/// As [`orphans`].
pub fn adopt_orphans(library: &mut Library, folders: &Folders) -> Result<Adopted> {
    let mut adopted = Adopted::default();
    for audio in orphans(library, folders)? {
        match adopt_orphan(library, folders, &audio) {
            Ok(id) => adopted.kept.push(id),
            // Left where it is: it may be somebody's own file.
            Err(err) if err.kind == ErrorKind::NotASoundFile => tracing::warn!("a stray file is no recording of ours: {err}"),
            Err(err) if err.kind == ErrorKind::WorkInProgress => tracing::info!("another program is importing it: {err}"),
            Err(err) => {
                tracing::error!("a recording is not in the list: {err}");
                adopted.failed.push((audio, err));
            }
        }
    }
    Ok(adopted)
}

fn adopt_orphan(library: &mut Library, folders: &Folders, audio: &str) -> Result<ConferenceId> {
    let path = folders.recordings().join(audio);
    let _held = NameLock::hold(folders, &path.file_stem().unwrap_or_default().to_string_lossy())?;
    let modified = std::fs::metadata(&path).and_then(|file| file.modified()).ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let file = audio::repair(&path)?;
    insert(
        library,
        &ConferenceData {
            started_unix_ms: modified.map_or(0, |since| since.as_millis() as i64) - file.length.0,
            length: file.length,
            audio: audio.to_owned(),
            audio_sha256: file.sha256,
            ..ConferenceData::empty()
        },
    )
}

/// Removes what a killed import left behind: half of its sound, half of the file beside it, and its hold on the name. One that another program is at is let be.
pub fn remove_temp_files(folders: &Folders) {
    let listed = || std::fs::read_dir(folders.recordings()).into_iter().flatten().flatten().map(|entry| entry.path());
    let named = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let ends = |path: &Path, ending: &str| path.extension().is_some_and(|extension| extension == ending);
    // A session that was cut off has its lock beside it, and is offered.
    let has_session = |name: &str| folders.recordings().join(format!("{name}.session.json")).exists();
    let left: BTreeSet<String> =
        listed().filter(|path| ends(path, "part") || ends(path, "running")).map(|path| named(&path)).filter(|name| !has_session(name)).collect();
    for name in left {
        // Held until the end: no other program begins between the look and the removal.
        let Ok(_held) = NameLock::hold(folders, &name) else {
            tracing::info!("another program is importing a file");
            continue;
        };
        let half = temporary_prefix(&format!("{name}.json"));
        let is_half = |path: &Path| (ends(path, "part") && named(path) == name) || (ends(path, "tmp") && named(path).starts_with(&half));
        for path in listed().filter(|path| is_half(path)) {
            if let Err(err) = std::fs::remove_file(&path) {
                tracing::warn!("could not remove the rest of an import: {err}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_another_program_is_bringing_in_is_nobodys_forgotten_recording() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let mut library = Library::open(&folders).unwrap();
        let mut wav = audio::CrashSafeWav::create(&folders.recordings().join("a.wav"), audio::SPEECH_RATE_HZ).unwrap();
        wav.write(&[0.25; 1600]).unwrap();
        wav.finalize().unwrap();
        let held = NameLock::hold(&folders, "a").unwrap();
        let adopted = adopt_orphans(&mut library, &folders).unwrap();
        assert!(adopted.kept.is_empty() && adopted.failed.is_empty(), "whoever imports it is about to add it");
        // Killed then and there: it is forgotten, and the name is not held by anybody.
        std::mem::forget(held);
        std::fs::remove_file(folders.recordings().join("a.running")).unwrap();
        std::fs::write(folders.recordings().join("a.running"), "").unwrap();
        assert_eq!(adopt_orphans(&mut library, &folders).unwrap().kept.len(), 1);
        assert!(!folders.recordings().join("a.running").exists());
    }

    #[test]
    fn a_file_without_sound_is_nobodys_recording_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let mut library = Library::open(&folders).unwrap();
        std::fs::create_dir_all(folders.recordings()).unwrap();
        let files: [(&str, &[u8]); 4] = [("empty.wav", b""), ("four.wav", b"RIFF"), ("note.wav", b"call Maya's mother"), ("odd.wav", &[b'R'; 45])];
        for (name, bytes) in files {
            std::fs::write(folders.recordings().join(name), bytes).unwrap();
        }
        let adopted = adopt_orphans(&mut library, &folders).unwrap();
        assert!(adopted.kept.is_empty() && adopted.failed.is_empty() && orphans(&library, &folders).unwrap().is_empty());
        for (name, bytes) in files {
            assert_eq!(std::fs::read(folders.recordings().join(name)).unwrap(), bytes, "{name}");
        }
    }

    #[test]
    fn what_another_program_is_bringing_in_is_not_swept_away() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        std::fs::create_dir_all(folders.recordings()).unwrap();
        let (alive, killed) = (folders.recordings().join("alive.part"), folders.recordings().join("killed.part"));
        let held = NameLock::hold(&folders, "alive").unwrap();
        for part in [&alive, &killed] {
            std::fs::write(part, b"half").unwrap();
        }
        // Killed after it was added: its hold on the name, and half of the file beside it.
        let beside = folders.recordings().join(format!("{}Xy12ab.tmp", temporary_prefix("added.json")));
        for left in [&folders.recordings().join("added.running"), &beside] {
            std::fs::write(left, b"").unwrap();
        }
        let cut_off = ["cut.running", "cut.session.json"].map(|name| folders.recordings().join(name));
        cut_off.iter().for_each(|path| std::fs::write(path, b"{}").unwrap());
        remove_temp_files(&folders);
        assert!(alive.exists() && !killed.exists() && !beside.exists());
        assert!(cut_off.iter().all(|path| path.exists()), "a recording that was cut off is offered");
        cut_off.iter().for_each(|path| std::fs::remove_file(path).unwrap());
        drop(held);
        remove_temp_files(&folders);
        assert_eq!(std::fs::read_dir(folders.recordings()).unwrap().count(), 0, "nothing is left of either");
    }
}
