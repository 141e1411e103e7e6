//! Reads a recording while it is still being written: what has reached the disk, as 16 kHz mono.

use super::convert::{Resampler, SPEECH_RATE_HZ};
use super::segments::segment_path;
use super::wav_header::{HEADER, WavHeader};
use crate::conference::Millis;
use crate::error::{Error, Result};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

/// Follows the files of one recording.
pub struct GrowingWavReader {
    first: PathBuf,
    /// Of the segment being read; the first is 1.
    number: u32,
    open: Option<OpenSegment>,
    /// Half a sample, when one was cut by the end of what was there.
    half: Option<u8>,
}

/// The segment being read.
struct OpenSegment {
    file: File,
    resampler: Resampler,
    rate_hz: u32,
    /// How far it was read.
    read_bytes: u64,
}

impl GrowingWavReader {
    /// Of the recording that begins with this file, there already or not yet.
    #[must_use]
    pub fn of(first: &Path) -> Self {
        Self { first: first.to_path_buf(), number: 1, open: None, half: None }
    }

    /// Appends what is there and was not read yet, at most about `most` samples of the file; how many were appended. None is no end: more may come.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&mut self, most: usize, out: &mut Vec<f32>) -> Result<usize> {
        let doing = "reading a recording that is being made";
        let before = out.len();
        if self.open.is_none() {
            self.open = begin(&segment_path(&self.first, self.number)).map_err(|err| Error::reading(doing, err))?;
        }
        let Some(OpenSegment { file, resampler, read_bytes, .. }) = &mut self.open else { return Ok(0) };
        let mut bytes: Vec<u8> = self.half.take().into_iter().collect();
        *read_bytes += file.take(2 * most as u64).read_to_end(&mut bytes).map_err(|err| Error::reading(doing, err))? as u64;
        let (whole, rest) = bytes.as_chunks::<2>();
        self.half = rest.first().copied();
        let samples: Vec<f32> = whole.iter().map(|&pair| f32::from(i16::from_le_bytes(pair)) / 32_768.0).collect();
        resampler.push(&samples, out)?;
        // The next segment holds samples only once this one is whole.
        let next = segment_path(&self.first, self.number + 1);
        if bytes.is_empty()
            && next.metadata().is_ok_and(|next| next.len() > HEADER)
            && let Some(OpenSegment { resampler, .. }) = self.open.take()
        {
            resampler.finish(out)?;
            self.number += 1;
        }
        Ok(out.len() - before)
    }

    /// How much is there and was not read yet.
    #[must_use]
    pub fn unread(&self) -> Millis {
        let Some(OpenSegment { file, rate_hz, read_bytes, .. }) = &self.open else { return Millis::ZERO };
        let here = file.metadata().map_or(0, |file| file.len().saturating_sub(*read_bytes));
        let later = (self.number + 1..).map_while(|number| segment_path(&self.first, number).metadata().ok()).map(|file| file.len().saturating_sub(HEADER));
        Millis::from_samples((here + later.sum::<u64>()) / 2, *rate_hz)
    }
}

/// Opens a segment and reads its header; none when it is not there yet.
fn begin(path: &Path) -> std::io::Result<Option<OpenSegment>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(err) => return Err(err),
    };
    if file.metadata()?.len() < HEADER {
        return Ok(None);
    }
    let rate = WavHeader::read(&mut file)?.rate_hz;
    let open = |resampler| Some(OpenSegment { file, resampler, rate_hz: rate, read_bytes: HEADER });
    Resampler::new(rate, SPEECH_RATE_HZ).map(open).map_err(|err| std::io::Error::other(err.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{CrashSafeWav, decode_segments, segments};

    #[test]
    fn what_is_read_while_it_grows_is_what_is_read_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        for rate in [16_000, 48_000] {
            let path = folder.path().join(format!("{rate}.wav"));
            let mut reader = GrowingWavReader::of(&path);
            let mut read = Vec::new();
            assert_eq!(reader.read(16_000, &mut read).unwrap(), 0, "not there yet");
            let mut wav = CrashSafeWav::with_parts_of(&path, rate, 100_000).unwrap();
            let sound: Vec<f32> = (0..250_000).map(|n| (n as f32 * 0.02).sin() * 0.5).collect();
            for block in sound.chunks(3333) {
                wav.write(block).unwrap();
                if read.len() % 7 != 0 {
                    wav.checkpoint().unwrap();
                }
                reader.read(2000, &mut read).unwrap();
            }
            wav.finalize().unwrap();
            let rest = Millis::from_samples(sound.len() as u64, rate).0 - read.len() as i64 * 1000 / 16_000;
            assert!((reader.unread().0 - rest).abs() < 200, "{rate}: {} of {rest} ms", reader.unread().0);
            let mut idle = 0;
            while idle < 2 {
                idle = if reader.read(16_000, &mut read).unwrap() == 0 { idle + 1 } else { 0 };
            }
            assert_eq!(reader.unread(), Millis::ZERO);
            let whole = decode_segments(&segments(&path), &mut |_| Ok(())).unwrap().samples;
            // A resampler gives its last milliseconds only when the file ends.
            assert!(whole.len() - read.len() <= if rate == 16_000 { 0 } else { 2048 }, "{rate}: {} of {}", read.len(), whole.len());
            assert!(read.iter().zip(&whole).all(|(a, b)| (a - b).abs() < 1e-6), "{rate}");
        }
    }
}
