//! A recording session: microphone to a crash-safe WAV, with a lock beside it that lets the next start offer what was cut off.
//!
//! The lock `NAME.session.json` is on the disk before the first sample, is held (an advisory lock) while the session lives,
//! and is deleted last, when the conference is durable in the library.

use super::messages::With;
use crate::audio::{self, Capture, CrashSafeWav, LevelAdvice, Meters, Mic, MicTrouble, Resampler};
use crate::conference::{Millis, Span, StudentId};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::{Folders, Settings, write_whole};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the ring is emptied.
const TICK: Duration = Duration::from_millis(20);
/// How often the file is made durable: what a power cut can cost.
const CHECKPOINT: Duration = Duration::from_secs(1);
/// No sound for this long means the microphone is gone: some systems report nothing.
const WATCHDOG: Duration = Duration::from_secs(3);
/// Below this there is no room to begin: ten minutes at 16 kHz.
const ROOM_TO_BEGIN: u64 = 20_000_000;

/// What the session says by itself.
#[derive(Debug)]
pub enum SessionFact {
    /// It stopped; what was written is kept, and `stop` gives it.
    Stopped(Error),
}

/// What a session left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// Its name in the recordings folder, without ending.
    pub name: String,
    /// Its length, by samples.
    pub length: Millis,
    /// The file's rate.
    pub sample_rate_hz: u32,
    /// When it began, milliseconds since 1970.
    pub started_unix_ms: i64,
    /// With whom.
    pub student: Option<StudentId>,
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

/// The lock's contents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Lock {
    version: u32,
    student: Option<StudentId>,
    students: u8,
    started_unix_ms: i64,
    marks: Vec<Millis>,
    #[serde(default)]
    dropouts: Vec<Span>,
}

/// A recording that was cut off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interrupted {
    /// Its name in the recordings folder, without ending.
    pub name: String,
    /// How much there is; zero when not one sample arrived.
    pub length: Millis,
    /// With whom.
    pub student: Option<StudentId>,
    /// Students at the table.
    pub students: u8,
    /// When it began.
    pub started_unix_ms: i64,
    /// Moments marked.
    pub marks: Vec<Millis>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Control {
    Pause,
    Resume,
    Stop,
}

/// A running recording.
pub struct Session {
    control: SyncSender<Control>,
    thread: std::thread::JoinHandle<Result<Written>>,
    place: Place,
    lock: Arc<Mutex<Lock>>,
    held: File,
    meters: Arc<Meters>,
    finished: Arc<AtomicBool>,
    microphone: String,
    notice: Option<String>,
}

/// What the recorder thread did.
struct Written {
    file: audio::Finalized,
    sample_rate_hz: u32,
    frames_expected: u64,
    frames_written: u64,
    frames_dropped: u64,
    dropouts: Vec<Span>,
}

#[derive(Debug, Clone)]
struct Place {
    folders: Folders,
    name: String,
}

impl Place {
    fn wav(&self) -> PathBuf {
        self.folders.recordings().join(format!("{}.wav", self.name))
    }

    fn lock(&self) -> PathBuf {
        self.folders.recordings().join(format!("{}.session.json", self.name))
    }

    /// Held while the session lives. A file of its own, because the lock's contents are replaced whole.
    fn held(&self) -> PathBuf {
        self.folders.recordings().join(format!("{}.running", self.name))
    }
}

/// A name for a new recording: local time and a few random letters, so that two in one second differ.
#[must_use]
pub fn new_name() -> String {
    let random = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0_u8);
    format!("{} {:04x}", jiff::ZonedDateTime::now().strftime("%Y-%m-%d %H.%M.%S"), random as u16)
}

impl Session {
    /// Begins: the lock first, then the microphone, then the file. Blocks until the microphone is open.
    ///
    /// # Errors
    /// When there is no microphone, no room, or nowhere to write; nothing is left behind then.
    pub fn start(folders: &Folders, settings: &Settings, with: &With, mic: Mic, meters: Arc<Meters>, on_fact: Box<dyn Fn(SessionFact) + Send>) -> Result<Self> {
        let doing = "beginning a recording";
        std::fs::create_dir_all(folders.recordings()).map_err(|err| Error::writing(doing, err))?;
        if fs4::available_space(folders.recordings()).is_ok_and(|free| free < ROOM_TO_BEGIN) {
            return Err(Error::bare(ErrorKind::DiskFull, doing));
        }
        let place = Place { folders: folders.clone(), name: new_name() };
        let held = File::create(place.held()).map_err(|err| Error::writing(doing, err))?;
        held.try_lock().map_err(|err| Error::new(ErrorKind::CannotWrite, doing, err))?;
        let lock = Lock {
            version: 1,
            student: with.student,
            students: with.students.max(1),
            started_unix_ms: jiff::Timestamp::now().as_millisecond(),
            marks: Vec::new(),
            dropouts: Vec::new(),
        };
        write_lock(&place, &lock)?;
        let (control, controls) = sync_channel(8);
        let (ready, opened) = sync_channel(1);
        let finished = Arc::new(AtomicBool::new(false));
        let recorder = Recorder { place: place.clone(), meters: Arc::clone(&meters), high_quality: settings.high_quality };
        let ended = Arc::clone(&finished);
        let thread = std::thread::Builder::new()
            .name("recorder".into())
            .spawn(move || {
                let written = recorder.run(&mic, &ready, &controls, &on_fact);
                ended.store(true, Ordering::Relaxed);
                written
            })
            .map_err(|err| Error::new(ErrorKind::Bug, doing, err))?;
        match opened.recv() {
            Ok(Ok((microphone, notice))) => Ok(Self { control, thread, place, lock: Arc::new(Mutex::new(lock)), held, meters, finished, microphone, notice }),
            Ok(Err(err)) => {
                thread.join().ok();
                remove(&place);
                Err(err)
            }
            Err(err) => Err(Error::new(ErrorKind::Bug, doing, err)),
        }
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
        write_lock(&self.place, &lock)?;
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
        if !written.dropouts.is_empty() {
            write_lock(&self.place, &Lock { dropouts: written.dropouts.clone(), ..lock.clone() })?;
        }
        drop(self.held);
        Ok(Finished {
            name: self.place.name,
            length: written.file.length,
            sample_rate_hz: written.sample_rate_hz,
            started_unix_ms: lock.started_unix_ms,
            student: lock.student,
            students: lock.students,
            marks: lock.marks,
            dropouts: written.dropouts,
            sha256: written.file.sha256,
            frames_expected: written.frames_expected,
            frames_written: written.frames_written,
            frames_dropped: written.frames_dropped,
        })
    }
}

fn write_lock(place: &Place, lock: &Lock) -> Result<()> {
    let bytes = serde_json::to_vec(lock).map_err(|err| Error::new(ErrorKind::Bug, "writing a session's lock", err))?;
    write_whole(&place.lock(), &bytes)
}

fn remove(place: &Place) {
    for path in [place.wav(), place.lock(), place.held()] {
        std::fs::remove_file(path).ok();
    }
}

struct Recorder {
    place: Place,
    meters: Arc<Meters>,
    high_quality: bool,
}

impl Recorder {
    fn run(
        self,
        mic: &Mic,
        ready: &SyncSender<Result<(String, Option<String>)>>,
        controls: &Receiver<Control>,
        on_fact: &(dyn Fn(SessionFact) + Send),
    ) -> Result<Written> {
        let (trouble, troubles) = sync_channel(8);
        let opened = audio::open(mic, &self.meters, trouble).and_then(|capture| {
            let rate = if self.high_quality { capture.sample_rate_hz } else { audio::SPEECH_RATE_HZ };
            let wav = CrashSafeWav::create(&self.place.wav(), rate)?;
            let resampler = Resampler::new(capture.sample_rate_hz, rate)?;
            Ok((capture, wav, resampler, rate))
        });
        let (mut capture, wav, resampler, rate) = match opened {
            Ok(opened) => opened,
            Err(err) => {
                ready.send(Err(err)).ok();
                return Err(Error::bare(ErrorKind::NoMicrophone, "beginning a recording"));
            }
        };
        ready.send(Ok((capture.name.clone(), capture.notice.clone()))).ok();
        let mut tape = Tape {
            wav,
            resampler,
            rate,
            meter: Metering::new(capture.sample_rate_hz),
            lost: 0,
            expected: 0,
            written: 0,
            dropouts: Vec::new(),
            out: Vec::new(),
        };
        let failure = self.listen(&mut capture, &mut tape, controls, &troubles);
        drop(capture);
        let written = tape.finish(&self.place);
        if let Some(err) = failure {
            on_fact(SessionFact::Stopped(err));
        }
        written
    }

    /// Until Stop, or until something ends it: then that is returned.
    fn listen(&self, capture: &mut Capture, tape: &mut Tape, controls: &Receiver<Control>, troubles: &Receiver<MicTrouble>) -> Option<Error> {
        let mut paused = false;
        let (mut checkpoint, mut heard) = (Instant::now(), Instant::now());
        loop {
            let mut stopping = false;
            match controls.recv_timeout(TICK) {
                Ok(Control::Pause) => paused = true,
                Ok(Control::Resume) => {
                    paused = false;
                    heard = Instant::now();
                }
                Ok(Control::Stop) | Err(RecvTimeoutError::Disconnected) => stopping = true,
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.meters.set_paused(paused);
            match self.drain(capture, tape, paused) {
                Ok(0) => {}
                Ok(_) => heard = Instant::now(),
                Err(err) => return Some(err),
            }
            if stopping {
                return None;
            }
            match troubles.try_recv() {
                Ok(MicTrouble::Lost(kind, cause)) => return Some(self.lost(capture, tape, kind, cause)),
                Ok(MicTrouble::FileEnded) => {
                    // What the file still put into the ring belongs to it.
                    return self.drain(capture, tape, paused).err();
                }
                Ok(MicTrouble::Hiccup) => tracing::warn!("the sound system skipped something"),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => {}
            }
            if !paused && heard.elapsed() > WATCHDOG {
                return Some(Error::new(ErrorKind::MicrophoneLost, "listening", "no sound for 3 s"));
            }
            if checkpoint.elapsed() >= CHECKPOINT {
                checkpoint = Instant::now();
                if let Err(err) = tape.wav.checkpoint() {
                    return Some(err);
                }
            }
        }
    }

    fn lost(&self, capture: &mut Capture, tape: &mut Tape, kind: ErrorKind, cause: String) -> Error {
        self.drain(capture, tape, false).err().unwrap_or(Error::new(kind, "listening", cause))
    }

    /// Moves what is in the ring to the file; returns how many frames there were.
    fn drain(&self, capture: &mut Capture, tape: &mut Tape, paused: bool) -> Result<usize> {
        // First what did not fit: it was lost before what is in the ring now was put there, or just after; within the ring's 10 s.
        let dropped = self.meters.read().dropped_frames;
        let newly_lost = dropped - tape.lost;
        tape.lost = dropped;
        let count = capture.ring.slots();
        let Ok(chunk) = capture.ring.read_chunk(count) else { return Ok(0) };
        if !paused {
            let (first, second) = chunk.as_slices();
            for block in [first, second] {
                tape.write(block, &self.meters)?;
            }
            tape.fill(newly_lost)?;
            self.meters.set_elapsed(tape.wav.length());
        }
        chunk.commit_all();
        Ok(count)
    }
}

/// The way from the ring to the file.
struct Tape {
    wav: CrashSafeWav,
    resampler: Resampler,
    rate: u32,
    meter: Metering,
    /// Dropped frames already accounted for.
    lost: u64,
    expected: u64,
    written: u64,
    dropouts: Vec<Span>,
    out: Vec<f32>,
}

impl Tape {
    fn write(&mut self, block: &[f32], meters: &Meters) -> Result<()> {
        self.expected += block.len() as u64;
        self.meter.hear(block, meters);
        self.out.clear();
        self.resampler.push(block, &mut self.out)?;
        self.wav.write(&self.out)?;
        self.written += block.len() as u64;
        Ok(())
    }

    /// Frames that were lost become silence of the same length, and are noted: the clock stays true.
    fn fill(&mut self, frames: u64) -> Result<()> {
        if frames == 0 {
            return Ok(());
        }
        tracing::error!("{frames} frames were lost");
        self.expected += frames;
        let from = self.wav.length();
        self.out.clear();
        let silence = [0.0; 4096];
        let mut left = frames as usize;
        while left > 0 {
            let count = left.min(silence.len());
            self.resampler.push(&silence[..count], &mut self.out)?;
            left -= count;
        }
        self.wav.write(&self.out)?;
        self.dropouts.push(Span::new(from, self.wav.length()));
        Ok(())
    }

    fn finish(mut self, place: &Place) -> Result<Written> {
        self.out.clear();
        self.resampler.finish(&mut self.out)?;
        let ended = self.wav.write(&self.out).and_then(|()| self.wav.finalize(&place.wav()));
        // A full disk: what the last checkpoint left is made whole instead.
        let file = match ended {
            Ok(file) => file,
            Err(err) => {
                tracing::error!("ending the recording: {err}");
                audio::repair(&place.wav())?
            }
        };
        let dropped = self.expected - self.written;
        Ok(Written {
            file,
            sample_rate_hz: self.rate,
            frames_expected: self.expected,
            frames_written: self.written,
            frames_dropped: dropped,
            dropouts: self.dropouts,
        })
    }
}

/// From samples to what the teacher is told about the level.
struct Metering {
    step: usize,
    /// The 100 ms being collected.
    block: Vec<f32>,
    level: f32,
    /// Loudest 100 ms of the last seconds, falling slowly: is there speech loud enough?
    speech: f32,
    zeros: usize,
    clipped: usize,
    blocks: usize,
}

/// Exact zeros for this many blocks of 100 ms: muted or unplugged. A live microphone always has noise.
const NO_SIGNAL: usize = 30;
/// Too quiet once nothing has been louder than this (RMS, about -42 dBFS) for a while.
const QUIET: f32 = 0.008;
/// Blocks of 100 ms before "too quiet" is said.
const PATIENCE: usize = 50;

impl Metering {
    fn new(sample_rate_hz: u32) -> Self {
        Self { step: (sample_rate_hz as usize / 10).max(1), block: Vec::new(), level: 0.0, speech: 0.0, zeros: 0, clipped: 0, blocks: 0 }
    }

    fn hear(&mut self, mut samples: &[f32], meters: &Meters) {
        while !samples.is_empty() {
            let (now, later) = samples.split_at(samples.len().min(self.step - self.block.len()));
            self.block.extend_from_slice(now);
            samples = later;
            if self.block.len() == self.step {
                self.judge(meters);
                self.block.clear();
            }
        }
    }

    fn judge(&mut self, meters: &Meters) {
        let rms = audio::rms(&self.block);
        let peak = self.block.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        self.blocks += 1;
        self.zeros = if peak == 0.0 { self.zeros + 1 } else { 0 };
        // Three samples at full scale in 100 ms are no accident; the warning stays for 2 s.
        let clips = self.block.iter().filter(|sample| sample.abs() >= 0.999).count() >= 3;
        self.clipped = if clips { 20 } else { self.clipped.saturating_sub(1) };
        self.speech = rms.max(self.speech * 0.98);
        // Rises at once, falls over about half a second.
        self.level = audio::level(rms).max(self.level - 0.12);
        let advice = if self.zeros >= NO_SIGNAL {
            LevelAdvice::NoSignal
        } else if self.clipped > 0 {
            LevelAdvice::Clipping
        } else if self.speech >= QUIET {
            LevelAdvice::Good
        } else if self.blocks >= PATIENCE {
            LevelAdvice::TooQuiet
        } else {
            LevelAdvice::Listening
        };
        meters.set_level(self.level, advice);
        meters.push_history(audio::level_byte(rms));
    }
}

/// The level without recording.
pub struct Monitor {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
    microphone: String,
}

impl Monitor {
    /// Listens and moves the meters; the sound is thrown away.
    ///
    /// # Errors
    /// When there is no microphone.
    pub fn start(settings: &Settings, meters: Arc<Meters>) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let mic = Mic::Device(settings.microphone.clone());
        let (ready, opened) = sync_channel(1);
        let listen = move || {
            let (trouble, _troubles) = sync_channel(1);
            let mut capture = match audio::open(&mic, &meters, trouble) {
                Ok(capture) => capture,
                Err(err) => return drop(ready.send(Err(err))),
            };
            ready.send(Ok(capture.name.clone())).ok();
            let mut meter = Metering::new(capture.sample_rate_hz);
            while !stopped.load(Ordering::Relaxed) {
                std::thread::sleep(TICK);
                let count = capture.ring.slots();
                if let Ok(chunk) = capture.ring.read_chunk(count) {
                    let (first, second) = chunk.as_slices();
                    meter.hear(first, &meters);
                    meter.hear(second, &meters);
                    chunk.commit_all();
                }
            }
        };
        let thread =
            std::thread::Builder::new().name("monitor".into()).spawn(listen).map_err(|err| Error::new(ErrorKind::Bug, "listening to the level", err))?;
        let microphone = opened.recv().map_err(|err| Error::new(ErrorKind::Bug, "listening to the level", err))??;
        Ok(Self { stop, thread: Some(thread), microphone })
    }

    /// The microphone's name.
    #[must_use]
    pub fn microphone(&self) -> &str {
        &self.microphone
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// Recordings whose session ended without being saved, oldest first; those of a living session are not among them.
///
/// # Errors
/// When the folder cannot be read.
pub fn interrupted(folders: &Folders) -> Result<Vec<Interrupted>> {
    let doing = "looking for recordings that were cut off";
    let entries = match std::fs::read_dir(folders.recordings()) {
        Ok(entries) => entries,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(Error::reading(doing, err)),
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        let Some(name) = file.strip_suffix(".session.json") else { continue };
        let place = Place { folders: folders.clone(), name: name.to_owned() };
        if is_alive(&place) {
            continue;
        }
        // A lock that cannot be read still stands for a recording: it is offered, with nobody chosen.
        let lock = read_lock(&place);
        let length = length_on_disk(&place);
        let started_unix_ms = lock.started_unix_ms;
        found.push(Interrupted { name: place.name, length, student: lock.student, students: lock.students, started_unix_ms, marks: lock.marks });
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// Whether a session holds its file: a number of a process could have been given to another one, a held lock could not.
fn is_alive(place: &Place) -> bool {
    File::open(place.held()).is_ok_and(|held| matches!(held.try_lock(), Err(std::fs::TryLockError::WouldBlock)))
}

fn read_lock(place: &Place) -> Lock {
    let read = std::fs::read(place.lock()).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    read.unwrap_or(Lock { version: 1, student: None, students: 1, started_unix_ms: 0, marks: Vec::new(), dropouts: Vec::new() })
}

/// By the file's size: what a crash left in the header does not count.
fn length_on_disk(place: &Place) -> Millis {
    let Ok(bytes) = File::open(place.wav()).and_then(|mut file| {
        let mut header = [0; 44];
        std::io::Read::read_exact(&mut file, &mut header)?;
        Ok((file.metadata()?.len(), u32::from_le_bytes([header[24], header[25], header[26], header[27]])))
    }) else {
        return Millis::ZERO;
    };
    Millis::from_samples(bytes.0.saturating_sub(44) / 2, bytes.1)
}

/// Makes a cut-off recording whole.
///
/// # Errors
/// When its file cannot be repaired.
pub fn recover(folders: &Folders, name: &str) -> Result<Finished> {
    let place = safe_place(folders, name)?;
    let lock = read_lock(&place);
    let file = audio::repair(&place.wav())?;
    let sample_rate_hz = if file.length.0 > 0 { (file.samples * 1000 / file.length.0 as u64) as u32 } else { audio::SPEECH_RATE_HZ };
    Ok(Finished {
        name: place.name,
        length: file.length,
        sample_rate_hz,
        started_unix_ms: lock.started_unix_ms,
        student: lock.student,
        students: lock.students,
        marks: lock.marks.into_iter().filter(|mark| *mark <= file.length).collect(),
        dropouts: lock.dropouts,
        sha256: file.sha256,
        frames_expected: file.samples,
        frames_written: file.samples,
        frames_dropped: 0,
    })
}

/// Deletes a cut-off recording with its lock.
///
/// # Errors
/// When there is none of that name.
pub fn discard(folders: &Folders, name: &str) -> Result<()> {
    let place = safe_place(folders, name)?;
    remove(&place);
    Ok(())
}

/// Deletes a session's lock: the last step, when the conference is durable in the library.
///
/// # Errors
/// When it cannot be deleted.
pub fn forget(folders: &Folders, name: &str) -> Result<()> {
    let place = Place { folders: folders.clone(), name: name.to_owned() };
    for path in [place.lock(), place.held()] {
        match std::fs::remove_file(path) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => return Err(Error::writing("ending a session", err)),
            _ => {}
        }
    }
    Ok(())
}

/// Names come back from the window; one with a path in it is not one of ours.
fn safe_place(folders: &Folders, name: &str) -> Result<Place> {
    let place = Place { folders: folders.clone(), name: name.to_owned() };
    let plain = !name.contains(['/', '\\']) && place.lock().exists();
    if plain { Ok(place) } else { Err(Error::bare(ErrorKind::NotFound, "finding a recording that was cut off")) }
}
