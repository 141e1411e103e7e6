//! The recording that is played, read from the disk a little at a time, over the borders of its files.

use crate::conference::Millis;
use crate::error::{Error, ErrorKind, Result};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// The recording, read from the disk a little at a time.
pub(super) struct WavSource {
    /// Its files in order, each with its frames.
    segments: Vec<(hound::WavReader<BufReader<File>>, u64)>,
    /// In Hz.
    pub rate: u32,
    /// To be heard; all there are in `segments`, or fewer.
    pub frames: u64,
    /// Frame to be read next.
    pub at: u64,
}

impl WavSource {
    /// Opens a WAV (mono 16 bit, as the library keeps them), with its later segments.
    ///
    /// # Errors
    /// When it cannot be read or is of another kind.
    pub fn open(path: &Path) -> Result<Self> {
        let doing = "opening a recording to play";
        let (mut segments, mut rate, mut frames) = (Vec::new(), 0, 0);
        for path in super::segments(path) {
            let file = File::open(path).map_err(|err| Error::reading(doing, err))?;
            let reader = hound::WavReader::new(BufReader::new(file)).map_err(|err| Error::new(ErrorKind::NotASoundFile, doing, err))?;
            let spec = reader.spec();
            if spec.channels != 1 || spec.bits_per_sample != 16 || spec.sample_rate == 0 || (rate != 0 && rate != spec.sample_rate) {
                return Err(Error::bare(ErrorKind::NotASoundFile, doing));
            }
            rate = spec.sample_rate;
            let own = u64::from(reader.duration());
            frames += own;
            segments.push((reader, own));
        }
        Ok(Self { segments, rate, frames, at: 0 })
    }

    /// Its length.
    pub fn length(&self) -> Millis {
        Millis::from_samples(self.frames, self.rate)
    }

    /// What follows this moment is not heard; none: all of it is.
    pub fn end_at(&mut self, end: Option<Millis>) {
        let whole = self.segments.iter().map(|(_, frames)| frames).sum();
        self.frames = end.map_or(whole, |end| whole.min(end.samples(self.rate) as u64));
    }

    /// The next sample to be read is that of this moment.
    pub fn seek(&mut self, at: Millis) {
        self.seek_frame(at.samples(self.rate) as u64);
    }

    /// The next sample to be read is this one.
    pub fn seek_frame(&mut self, at: u64) {
        self.at = at.min(self.frames);
        let Some((reader, within, _)) = self.segment_at(self.at) else { return };
        if let Err(err) = reader.seek(within as u32) {
            tracing::error!("seeking in a recording: {err}");
            self.at = self.frames;
        }
    }

    /// The segment that holds a frame, the frame's place in it, and how many frames of the segment are left from there.
    fn segment_at(&mut self, at: u64) -> Option<(&mut hound::WavReader<BufReader<File>>, u64, u64)> {
        let mut within = at;
        for (reader, frames) in &mut self.segments {
            if within < *frames {
                return Some((reader, within, *frames - within));
            }
            within -= *frames;
        }
        None
    }

    /// The moment of the next sample.
    pub fn position(&self) -> Millis {
        Millis::from_samples(self.at, self.rate)
    }

    /// Reads up to `count` samples; fewer at the end of a segment, none at the end.
    pub fn read(&mut self, count: u64) -> Vec<f32> {
        let at = self.at;
        let count = count.min(self.frames.saturating_sub(at));
        if count == 0 {
            return Vec::new();
        }
        let Some((reader, within, left)) = self.segment_at(at) else { return Vec::new() };
        // A new segment begins where the one before has ended, wherever it was read to earlier.
        if within == 0
            && let Err(err) = reader.seek(0)
        {
            tracing::error!("going on in the next segment of a recording: {err}");
        }
        let samples: Vec<f32> =
            reader.samples::<i16>().take(count.min(left) as usize).map_while(|sample| sample.ok()).map(|sample| f32::from(sample) / 32_768.0).collect();
        // A disk that stops reading ends the playing here; it does not hang.
        self.at = if samples.is_empty() { self.frames } else { at + samples.len() as u64 };
        samples
    }
}
