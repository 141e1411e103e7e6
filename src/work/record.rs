//! A recording session: microphone to a crash-safe WAV, with a lock beside it that lets the next start offer what was cut off.
//!
//! The lock `NAME.session.json` is on the disk before the first sample, is held (an advisory lock) while the session lives,
//! and is deleted last, when the conference is durable in the library.

use super::awake::{Awake, keep_awake};
use super::microphone::{self, StillWanted};
use super::participants::Participants;
use super::recorder::{Control, RecordedFile, Recorder, Writer};
use super::session_files::{RecordingPaths, SessionFact, SessionFile, is_alive, read_lock, write_lock};
use crate::audio::{self, Meters, Mic};
use crate::conference::{ConferenceId, Millis, Span, StudentId};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Forgetting;
use crate::settings::{Folders, Settings};
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// Below this there is no room to begin: ten minutes at 16 kHz.
const ROOM_TO_BEGIN: u64 = 20_000_000;

/// What a session left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// The conference it is from its first sample on; not given by a lock of an older Afterbell.
    pub id: ConferenceId,
    /// Its name in the recordings folder, without ending.
    pub name: String,
    /// Its length, by samples.
    pub length: Millis,
    /// The file's rate.
    pub sample_rate_hz: u32,
    /// When it began, milliseconds since 1970.
    pub started_unix_ms: i64,
    /// With whom, as far as it is known.
    pub participants: Vec<StudentId>,
    /// Students at the table.
    pub students: u8,
    /// Moments marked, sorted.
    pub marks: Vec<Millis>,
    /// Stretches that were lost and filled with silence.
    pub dropouts: Vec<Span>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Frames the microphone delivered while not paused, at its own rate.
    pub frames_expected: u64,
    /// Of these, frames that reached the file.
    pub frames_written: u64,
    /// Of these, frames that were lost and filled with silence.
    pub frames_dropped: u64,
}

/// A recording that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    /// Its name in the recordings folder, without ending.
    pub name: String,
    /// How much there is; zero when not one sample arrived.
    pub length: Millis,
    /// With whom, as far as it is known.
    pub participants: Vec<StudentId>,
    /// Students at the table.
    pub students: u8,
    /// When it began.
    pub started_unix_ms: i64,
    /// Moments marked.
    pub marks: Vec<Millis>,
    /// When it was discarded; it can be brought back for a while.
    pub deleted_unix_ms: Option<i64>,
}

/// How a recording begins.
pub struct RecordingSetup<'a> {
    /// Where it goes.
    pub folders: &'a Folders,
    /// In which quality.
    pub settings: &'a Settings,
    /// With whom.
    pub with: &'a Participants,
    /// From where.
    pub mic: Mic,
    /// What the screen reads.
    pub meters: Arc<Meters>,
    /// Told what happens to it, on the recorder's thread.
    pub on_fact: Box<dyn Fn(SessionFact) + Send>,
}

/// A running recording.
pub struct Session {
    control: SyncSender<Control>,
    thread: std::thread::JoinHandle<Result<RecordedFile>>,
    paths: RecordingPaths,
    lock: Arc<Mutex<SessionFile>>,
    held: File,
    meters: Arc<Meters>,
    finished: Arc<AtomicBool>,
    microphone: String,
    notice: Option<String>,
    _awake: Awake,
}

/// A name for a new recording: local time and eight random letters, so that two of one second differ, be they hundreds of transcripts imported at once.
#[must_use]
pub fn new_name() -> String {
    let random = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0_u8);
    format!("{} {:08x}", jiff::ZonedDateTime::now().strftime("%Y-%m-%d %H.%M.%S"), random as u32)
}

impl Session {
    /// Begins: the lock first, then the microphone, then the file. Blocks until the microphone is open; `wanted` is asked meanwhile, because that takes
    /// seconds with some and for ever with a sound server that hangs.
    ///
    /// # Errors
    /// When there is no microphone, no room, or nowhere to write, and what `wanted` says; nothing is left behind then.
    pub fn start(setup: RecordingSetup<'_>, wanted: StillWanted<'_>) -> Result<Self> {
        let RecordingSetup { folders, settings, with, mic, meters, on_fact } = setup;
        let doing = "beginning a recording";
        std::fs::create_dir_all(folders.recordings()).map_err(|err| Error::writing(doing, err))?;
        if fs4::available_space(folders.recordings()).is_ok_and(|free| free < ROOM_TO_BEGIN) {
            return Err(Error::bare(ErrorKind::DiskFull, doing));
        }
        let paths = RecordingPaths { folders: folders.clone(), name: new_name() };
        let held = File::create(paths.held()).map_err(|err| Error::writing(doing, err))?;
        held.try_lock().map_err(|err| Error::new(ErrorKind::CannotWrite, doing, err))?;
        let lock = SessionFile {
            version: 2,
            id: crate::library::new_id(),
            participants: with.participants.clone(),
            student: None,
            students: with.at_the_table(),
            started_unix_ms: jiff::Timestamp::now().as_millisecond(),
            marks: Vec::new(),
            dropouts: Vec::new(),
            deleted_unix_ms: None,
        };
        let begun = write_lock(&paths, &lock).and_then(|()| microphone::open(&mic, &meters, wanted)).and_then(|opened| {
            let rate = if settings.high_quality { opened.0.sample_rate_hz } else { audio::SPEECH_RATE_HZ };
            Ok((Writer::begin(&paths, opened.0.sample_rate_hz, rate)?, opened))
        });
        let (writer, opened) = begun.inspect_err(|_| remove(&paths))?;
        let (microphone, notice) = (opened.0.name.clone(), opened.0.notice.clone());
        let (control, controls) = sync_channel(8);
        let finished = Arc::new(AtomicBool::new(false));
        let lock = Arc::new(Mutex::new(lock));
        let recorder = Recorder { paths: paths.clone(), meters: Arc::clone(&meters), lock: Arc::clone(&lock), on_fact };
        let ended = Arc::clone(&finished);
        let thread = std::thread::Builder::new()
            .name("recorder".into())
            .spawn(move || {
                let written = recorder.run(mic, opened, writer, &controls);
                ended.store(true, Ordering::Relaxed);
                written
            })
            .map_err(|err| Error::new(ErrorKind::Bug, doing, err))?;
        Ok(Self { control, thread, paths, lock, held, meters, finished, microphone, notice, _awake: keep_awake() })
    }

    /// The first file it writes.
    #[must_use]
    pub fn wav(&self) -> PathBuf {
        self.paths.wav()
    }

    /// The conference it is from its first sample on.
    #[must_use]
    pub fn id(&self) -> ConferenceId {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).id
    }

    /// The microphone's name.
    #[must_use]
    pub fn microphone(&self) -> &str {
        &self.microphone
    }

    /// Said when another microphone than the chosen one is used.
    #[must_use]
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Whether it has stopped by itself.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Relaxed)
    }

    /// Stops listening for a while; the clock stands still.
    pub fn pause(&self) {
        self.control.send(Control::Pause).ok();
    }

    /// Goes on.
    pub fn resume(&self) {
        self.control.send(Control::Resume).ok();
    }

    /// Marks this moment; durable when this returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark(&self) -> Result<Millis> {
        let at = self.meters.read().elapsed;
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if !lock.marks.contains(&at) {
            lock.marks.push(at);
        }
        write_lock(&self.paths, &lock)?;
        Ok(at)
    }

    /// Stops and ends the file. Works as well after it has stopped by itself.
    ///
    /// # Errors
    /// When not even the file written so far can be ended; it is then offered at the next start.
    pub fn stop(self) -> Result<Finished> {
        self.control.send(Control::Stop).ok();
        let written = self.thread.join().map_err(|panic| Error::new(ErrorKind::Bug, "the recorder thread", format!("{panic:?}")))??;
        let lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner).clone();
        drop(self.held);
        Ok(Finished {
            id: lock.id,
            name: self.paths.name,
            length: written.file.length,
            sample_rate_hz: written.sample_rate_hz,
            started_unix_ms: lock.started_unix_ms,
            participants: lock.participants,
            students: lock.students,
            marks: within(lock.marks, written.file.length),
            dropouts: lock.dropouts,
            sha256: written.file.sha256,
            frames_expected: written.frames_expected,
            frames_written: written.frames_written,
            frames_dropped: written.frames_expected - written.frames_written,
        })
    }
}

/// Removes a session in which nothing was recorded.
fn remove(paths: &RecordingPaths) {
    crate::library::forget_files(&paths.folders, &format!("{}.wav", paths.name));
}

/// A mark set while nothing arrived from a microphone that never came back stands at the end.
fn within(marks: Vec<Millis>, length: Millis) -> Vec<Millis> {
    let mut marks: Vec<Millis> = marks.into_iter().map(|mark| mark.min(length)).collect();
    marks.dedup();
    marks
}

/// Recordings whose session ended without being saved, oldest first; those of a living session and those that were discarded are not among them.
///
/// # Errors
/// When the folder cannot be read.
pub fn interrupted(folders: &Folders) -> Result<Vec<Interrupted>> {
    Ok(all_interrupted(folders)?.into_iter().filter(|one| one.deleted_unix_ms.is_none()).collect())
}

/// Recordings that were cut off and discarded, oldest first.
///
/// # Errors
/// When the folder cannot be read.
pub fn discarded(folders: &Folders) -> Result<Vec<Interrupted>> {
    Ok(all_interrupted(folders)?.into_iter().filter(|one| one.deleted_unix_ms.is_some()).collect())
}

fn all_interrupted(folders: &Folders) -> Result<Vec<Interrupted>> {
    let doing = "looking for recordings that were cut off";
    let entries = match std::fs::read_dir(folders.recordings()) {
        Ok(entries) => entries,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(Error::reading(doing, err)),
    };
    let going = Forgetting::pending(folders);
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        let Some(name) = file.strip_suffix(".session.json").filter(|_| !going.names_file(&file)) else { continue };
        let paths = RecordingPaths { folders: folders.clone(), name: name.to_owned() };
        if is_alive(&paths) {
            continue;
        }
        // A lock that cannot be read still stands for a recording: it is offered, with nobody chosen.
        let lock = read_lock(&paths);
        let length = audio::length_on_disk(&paths.wav());
        let started_unix_ms = lock.started_unix_ms;
        let deleted_unix_ms = lock.deleted_unix_ms;
        found.push(Interrupted {
            name: paths.name,
            length,
            participants: lock.participants,
            students: lock.students,
            started_unix_ms,
            marks: lock.marks,
            deleted_unix_ms,
        });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Makes a cut-off recording whole.
///
/// # Errors
/// When its file cannot be repaired.
pub fn recover(folders: &Folders, name: &str) -> Result<Finished> {
    let paths = safe_paths(folders, name)?;
    let lock = read_lock(&paths);
    let file = audio::repair(&paths.wav())?;
    let sample_rate_hz = if file.length.0 > 0 { (file.samples * 1000 / file.length.0 as u64) as u32 } else { audio::SPEECH_RATE_HZ };
    Ok(Finished {
        id: lock.id,
        name: paths.name,
        length: file.length,
        sample_rate_hz,
        started_unix_ms: lock.started_unix_ms,
        participants: lock.participants,
        students: lock.students,
        marks: within(lock.marks, file.length),
        dropouts: lock.dropouts,
        sha256: file.sha256,
        frames_expected: file.samples,
        frames_written: file.samples,
        frames_dropped: 0,
    })
}

/// Discards a cut-off recording, so that it is not offered any more, or brings it back (`None`).
///
/// # Errors
/// When there is none of that name, or its lock cannot be written.
pub fn discard(folders: &Folders, name: &str, at: Option<i64>) -> Result<()> {
    let paths = safe_paths(folders, name)?;
    write_lock(&paths, &SessionFile { deleted_unix_ms: at, ..read_lock(&paths) })
}

/// The name of the first sound file of a cut-off recording.
///
/// # Errors
/// When there is none of that name.
pub fn audio_of(folders: &Folders, name: &str) -> Result<String> {
    let paths = safe_paths(folders, name)?;
    Ok(format!("{}.wav", paths.name))
}

/// Removes a session in which not one sample arrived: there is nothing that could be missed.
///
/// # Errors
/// When there is none of that name, or there is sound in it.
pub fn discard_empty(folders: &Folders, name: &str) -> Result<()> {
    let paths = safe_paths(folders, name)?;
    if !audio::is_without_sound(&paths.wav()) {
        return Err(Error::bare(ErrorKind::BadRequest, "removing a recording with sound in it"));
    }
    remove(&paths);
    Ok(())
}

/// Removes what was cut off if there is nothing in it; whether it was removed. A file that cannot be read, or whose header says nothing, is not empty: its
/// length is not known.
///
/// # Errors
/// As [`discard_empty`].
pub fn discard_if_empty(folders: &Folders, cut: &Interrupted) -> Result<bool> {
    let is_empty = cut.length.0 == 0 && audio::is_without_sound(&safe_paths(folders, &cut.name)?.wav());
    if is_empty {
        discard_empty(folders, &cut.name)?;
    }
    Ok(is_empty)
}

/// Deletes a session's lock: the last step, when the conference is durable in the library.
///
/// # Errors
/// When it cannot be deleted.
pub fn forget(folders: &Folders, name: &str) -> Result<()> {
    let paths = RecordingPaths { folders: folders.clone(), name: name.to_owned() };
    for path in [paths.lock(), paths.held()] {
        match std::fs::remove_file(path) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => return Err(Error::writing("ending a session", err)),
            _ => {}
        }
    }
    Ok(())
}

/// Names come back from the window; one with a path in it is not one of ours.
fn safe_paths(folders: &Folders, name: &str) -> Result<RecordingPaths> {
    let paths = RecordingPaths { folders: folders.clone(), name: name.to_owned() };
    let plain = !name.contains(['/', '\\']) && paths.lock().exists();
    if plain { Ok(paths) } else { Err(Error::bare(ErrorKind::NotFound, "finding a recording that was cut off")) }
}
