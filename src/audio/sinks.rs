//! Where decoded samples go: to a caller block by block, into memory, into a new WAV; each can forget what it took, when the file is read another way.

use super::convert::SPEECH_RATE_HZ;
use super::mixer::Sink;
use super::wav::{CrashSafeWav, Finalized};
use crate::error::{Error, ErrorKind, Result};
use std::path::Path;

/// Takes mono samples.
pub(super) type Take<'a> = &'a mut dyn FnMut(&[f32]) -> Result<()>;

/// What was taken is used at once.
pub(super) struct DirectSink<'a>(pub Take<'a>);

impl Sink for DirectSink<'_> {
    fn take(&mut self, samples: &[f32]) -> Result<()> {
        (self.0)(samples)
    }

    fn start_over(&mut self) -> Result<bool> {
        Ok(false)
    }
}

/// In memory, behind what is there already.
pub(super) struct AppendingSink<'a> {
    samples: &'a mut Vec<f32>,
    /// So many were there before.
    before: usize,
}

impl<'a> AppendingSink<'a> {
    pub fn new(samples: &'a mut Vec<f32>) -> Self {
        let before = samples.len();
        Self { samples, before }
    }
}

impl Sink for AppendingSink<'_> {
    fn take(&mut self, samples: &[f32]) -> Result<()> {
        self.samples.extend_from_slice(samples);
        Ok(())
    }

    fn start_over(&mut self) -> Result<bool> {
        self.samples.truncate(self.before);
        Ok(true)
    }
}

/// A new WAV.
pub(super) struct NewWav<'a> {
    path: &'a Path,
    wav: Option<CrashSafeWav>,
}

impl<'a> NewWav<'a> {
    /// Makes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &'a Path) -> Result<Self> {
        let mut new = Self { path, wav: None };
        new.wav()?;
        Ok(new)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finalize(self) -> Result<Finalized> {
        // Begun anew, and nothing came.
        let Some(wav) = self.wav else { return Err(Error::bare(ErrorKind::NotASoundFile, "writing a sound")) };
        wav.finalize()
    }

    fn wav(&mut self) -> Result<&mut CrashSafeWav> {
        if self.wav.is_none() {
            self.wav = Some(CrashSafeWav::create(self.path, SPEECH_RATE_HZ)?);
        }
        self.wav.as_mut().ok_or_else(|| Error::bare(ErrorKind::Bug, "writing a sound"))
    }
}

impl Sink for NewWav<'_> {
    fn take(&mut self, samples: &[f32]) -> Result<()> {
        self.wav()?.write(samples)
    }

    fn start_over(&mut self) -> Result<bool> {
        self.wav = None;
        for segment in super::segments::segments(self.path) {
            if segment.exists() {
                std::fs::remove_file(&segment).map_err(|err| Error::writing("beginning a recording file anew", err))?;
            }
        }
        Ok(true)
    }
}

/// A sink that knows whether anything came.
pub(super) struct CountingSink<'a> {
    sink: &'a mut dyn Sink,
    taken: u64,
}

impl<'a> CountingSink<'a> {
    pub fn new(sink: &'a mut dyn Sink) -> Self {
        Self { sink, taken: 0 }
    }

    /// Whether nothing came yet.
    pub fn is_empty(&self) -> bool {
        self.taken == 0
    }
}

impl Sink for CountingSink<'_> {
    fn take(&mut self, samples: &[f32]) -> Result<()> {
        self.taken += samples.len() as u64;
        self.sink.take(samples)
    }

    fn start_over(&mut self) -> Result<bool> {
        let can = self.taken == 0 || self.sink.start_over()?;
        self.taken = if can { 0 } else { self.taken };
        Ok(can)
    }
}
