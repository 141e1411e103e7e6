//! The microphone: what there is, what it hears, and the real-time callback.

use crate::conference::Millis;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};

/// A microphone as a person recognises it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MicInfo {
    /// The sound system's stable identity.
    pub id: String,
    /// "Laptop microphone".
    pub name: String,
    /// The computer's own choice.
    pub is_default: bool,
}

/// How many levels the rolling picture keeps: one each 100 ms for a minute.
pub const HISTORY: usize = 600;

/// What the microphone hears right now, written by the audio side and read by the window; atomics only.
#[derive(Debug)]
pub struct Meters {
    /// Bits of the current level, f32, 0 to 1.
    level: AtomicU32,
    advice: AtomicU8,
    millis: AtomicU64,
    dropped: AtomicU64,
    paused: AtomicBool,
    history: [AtomicU8; HISTORY],
    history_count: AtomicU64,
}

/// One look at the meters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeterReading {
    /// For the bars: 0 = silence (-60 dBFS and below), 1 = full scale.
    pub level: f32,
    /// What to tell the teacher.
    pub advice: LevelAdvice,
    /// The recording's clock: samples kept, not time passed.
    pub elapsed: Millis,
    /// Frames that were lost.
    pub dropped_frames: u64,
    /// Paused by the teacher.
    pub is_paused: bool,
}

/// What the level means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelAdvice {
    /// Nothing heard yet to judge by.
    Listening,
    /// "Good level".
    Good,
    /// "A bit quiet".
    TooQuiet,
    /// "Too loud, move back a little".
    Clipping,
    /// Only zeros arrive: muted or unplugged.
    NoSignal,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            level: AtomicU32::new(0),
            advice: AtomicU8::new(LevelAdvice::Listening as u8),
            millis: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            paused: AtomicBool::new(false),
            history: [const { AtomicU8::new(0) }; HISTORY],
            history_count: AtomicU64::new(0),
        }
    }
}

impl Meters {
    /// Reads everything for one frame of the window.
    #[must_use]
    pub fn read(&self) -> MeterReading {
        MeterReading {
            level: f32::from_bits(self.level.load(Ordering::Relaxed)),
            advice: LevelAdvice::from_code(self.advice.load(Ordering::Relaxed)),
            elapsed: Millis(self.millis.load(Ordering::Relaxed) as i64),
            dropped_frames: self.dropped.load(Ordering::Relaxed),
            is_paused: self.paused.load(Ordering::Relaxed),
        }
    }

    /// The levels of the last minute (0 to 255, one each 100 ms, oldest first) for the rolling picture.
    #[must_use]
    pub fn history(&self) -> Vec<u8> {
        let count = self.history_count.load(Ordering::Acquire);
        (count.saturating_sub(HISTORY as u64)..count).map(|index| self.history[(index % HISTORY as u64) as usize].load(Ordering::Relaxed)).collect()
    }

    /// Says how loud it is now and what that means.
    pub fn set_level(&self, level: f32, advice: LevelAdvice) {
        self.level.store(level.to_bits(), Ordering::Relaxed);
        self.advice.store(advice as u8, Ordering::Relaxed);
    }

    /// Adds one step of 100 ms to the rolling picture.
    pub fn push_history(&self, level: u8) {
        let count = self.history_count.load(Ordering::Relaxed);
        self.history[(count % HISTORY as u64) as usize].store(level, Ordering::Relaxed);
        self.history_count.store(count + 1, Ordering::Release);
    }

    /// Sets the recording's clock.
    pub fn set_elapsed(&self, elapsed: Millis) {
        self.millis.store(elapsed.0.max(0) as u64, Ordering::Relaxed);
    }

    /// Counts frames that did not fit; called by the audio callback.
    pub fn add_dropped(&self, frames: u64) {
        self.dropped.fetch_add(frames, Ordering::Relaxed);
    }

    /// Says whether the teacher paused.
    pub fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }
}

impl LevelAdvice {
    fn from_code(code: u8) -> Self {
        [Self::Listening, Self::Good, Self::TooQuiet, Self::Clipping, Self::NoSignal].get(usize::from(code)).copied().unwrap_or(Self::Listening)
    }
}
