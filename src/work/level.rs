//! How loud it is: what the meters show, while recording and before.

use super::microphone::{self, StillWanted};
use crate::audio::{self, LevelAdvice, Meters, Mic, MicTrouble};
use crate::conference::Millis;
use crate::error::{Error, ErrorKind, Result};
use crate::settings::{Folders, Settings};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often the ring is emptied.
pub(super) const TICK: Duration = Duration::from_millis(20);
/// How often the room on the disk is looked at before recording.
const ROOM_CHECK: Duration = Duration::from_secs(5);
/// Without recording, a microphone that delivers nothing for this long is looked for anew.
const GONE: Duration = Duration::from_secs(3);

/// From samples to what the teacher is told about the level.
pub(super) struct Metering {
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
    pub(super) fn new(sample_rate_hz: u32) -> Self {
        Self { step: (sample_rate_hz as usize / 10).max(1), block: Vec::new(), level: 0.0, speech: 0.0, zeros: 0, clipped: 0, blocks: 0 }
    }

    pub(super) fn push(&mut self, mut samples: &[f32], meters: &Meters) {
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

/// Puts on the meters how much can still be recorded at this rate (mono, 16 bit); the bytes that are free, when they can be known.
pub(super) fn look_at_room(folders: &Folders, sample_rate_hz: u32, meters: &Meters) -> Option<u64> {
    let free = fs4::available_space(folders.recordings()).ok()?;
    meters.set_room(Millis::from_samples(free / 2, sample_rate_hz));
    Some(free)
}

/// "12 hours": room for recording, as a person says it.
#[must_use]
pub fn room_in_words(room: Millis) -> String {
    match room.0 / 60_000 {
        1 => "1 minute".into(),
        minutes @ ..120 => format!("{minutes} minutes"),
        minutes => format!("{} hours", minutes / 60),
    }
}

/// Said when the disk will be full soon.
#[must_use]
pub fn little_room(room: Millis) -> String {
    format!("About {} of space left on this computer.", room_in_words(room))
}

/// The level without recording.
pub struct Monitor {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
    microphone: String,
}

impl Monitor {
    /// Listens and moves the meters; the sound is thrown away. `wanted` is asked while the microphone opens.
    ///
    /// # Errors
    /// When there is no microphone; what `wanted` says.
    pub fn start(folders: &Folders, settings: &Settings, meters: Arc<Meters>, wanted: StillWanted<'_>) -> Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let mic = Mic::Device(settings.microphone.clone());
        let (folders, high_quality) = (folders.clone(), settings.high_quality);
        let (mut capture, troubles) = microphone::open_soon(&mic, &meters, wanted)?;
        let microphone = capture.name.clone();
        let listen = move || {
            let mut meter = Metering::new(capture.sample_rate_hz);
            let rate = if high_quality { capture.sample_rate_hz } else { audio::SPEECH_RATE_HZ };
            let mut looked: Option<Instant> = None;
            let mut last_sound = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                std::thread::sleep(TICK);
                if looked.is_none_or(|at| at.elapsed() >= ROOM_CHECK) {
                    looked = Some(Instant::now());
                    look_at_room(&folders, rate, &meters);
                }
                let is_gone = matches!(troubles.try_recv(), Ok(MicTrouble::Lost(..)));
                if is_gone || last_sound.elapsed() > GONE {
                    meters.set_lost(true);
                    meters.set_level(0.0, LevelAdvice::Listening);
                }
                let count = capture.ring.slots();
                if count > 0 {
                    last_sound = Instant::now();
                }
                if let Ok(chunk) = capture.ring.read_chunk(count) {
                    let (first, second) = chunk.as_slices();
                    meter.push(first, &meters);
                    meter.push(second, &meters);
                    chunk.commit_all();
                }
            }
        };
        let thread =
            std::thread::Builder::new().name("monitor".into()).spawn(listen).map_err(|err| Error::new(ErrorKind::Bug, "listening to the level", err))?;
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
