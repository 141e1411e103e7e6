//! A recording that is read where it is asked for: a day of sound takes as little memory as a minute.
//!
//! A conference's WAV (16 kHz mono, 16 bit) is read as it stands. Anything else is first made into one, in a temporary file.

use super::convert::SPEECH_RATE_HZ;
use super::decode::import_to_wav;
use super::wav_header::{HEADER, WavHeader};
use crate::conference::{Remark, Samples};
use crate::error::{Error, ErrorKind, Result};
use std::borrow::Cow;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;

/// One file of a recording.
struct SegmentReader {
    file: File,
    /// Where its samples begin, in bytes.
    start: u64,
    samples: usize,
}

/// The files of a recording, one after the other, as one sound.
pub struct LongSound {
    segments: Vec<Mutex<SegmentReader>>,
    count: usize,
    /// What the disk did not give; silence stood for it.
    trouble: Mutex<Option<Error>>,
    /// What is worth knowing about how it was read, where it had to be decoded.
    pub remarks: Vec<Remark>,
    /// Gone with this.
    _made: Option<TempDir>,
}

impl LongSound {
    /// Opens the files of one recording. `check` hears how much is done, 0 to 1, and stops the work with an error.
    ///
    /// # Errors
    /// As [`super::decode_file`].
    pub fn open(paths: &[PathBuf], check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Self> {
        let (mut segments, mut made, mut remarks) = (Vec::new(), None, Vec::new());
        for (index, path) in paths.iter().enumerate() {
            let segment = match plain(path)? {
                Some(segment) => segment,
                None => {
                    let doing = "making room for a sound";
                    let folder: &TempDir = made.get_or_insert(tempfile::tempdir().map_err(|err| Error::writing(doing, err))?);
                    let wav = folder.path().join(format!("{index}.wav"));
                    let of = paths.len() as f32;
                    remarks.extend(import_to_wav(path, &wav, &mut |done| check((index as f32 + done) / of))?.remarks);
                    plain(&wav)?.ok_or(Error::bare(ErrorKind::NotASoundFile, doing))?
                }
            };
            segments.push(Mutex::new(segment));
        }
        check(1.0)?;
        let count = segments.iter().map(|segment| segment.lock().unwrap_or_else(PoisonError::into_inner).samples).sum();
        Ok(Self { segments, count, trouble: Mutex::new(None), remarks, _made: made })
    }

    /// Fails when anything could not be read since it was opened: what was made of it is not to be kept.
    ///
    /// # Errors
    /// What the disk said first.
    pub fn is_whole(&self) -> Result<()> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take().map_or(Ok(()), Err)
    }

    fn read(&self, mut from: usize, to: usize, out: &mut Vec<f32>) -> std::io::Result<()> {
        let mut before = 0;
        for segment in &self.segments {
            let mut segment = segment.lock().unwrap_or_else(PoisonError::into_inner);
            let end = before + segment.samples;
            if from < end && from < to {
                let count = to.min(end) - from;
                let place = segment.start + (from - before) as u64 * 2;
                segment.file.seek(SeekFrom::Start(place))?;
                let mut bytes = vec![0; count * 2];
                segment.file.read_exact(&mut bytes)?;
                out.extend(bytes.as_chunks::<2>().0.iter().map(|&two| f32::from(i16::from_le_bytes(two)) / 32_768.0));
                from += count;
            }
            before = end;
        }
        Ok(())
    }
}

impl Samples for LongSound {
    fn count(&self) -> usize {
        self.count
    }

    fn range(&self, from: usize, to: usize) -> Cow<'_, [f32]> {
        let to = to.min(self.count);
        let count = to.saturating_sub(from);
        let mut out = Vec::with_capacity(count);
        if let Err(err) = self.read(from, to, &mut out) {
            tracing::error!("the recording could not be read from sample {from} on: {err}");
            self.trouble.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(Error::reading("reading a recording", err));
            out.resize(count, 0.0);
        }
        Cow::Owned(out)
    }
}

/// A WAV of ours that can be read as it stands.
fn plain(path: &Path) -> Result<Option<SegmentReader>> {
    let doing = "opening a recording";
    let mut file = File::open(path).map_err(|err| Error::reading(doing, err))?;
    let length = file.metadata().map_err(|err| Error::reading(doing, err))?.len();
    let Ok(header) = WavHeader::read(&mut file) else { return Ok(None) };
    let (size, available) = (u64::from(header.data_bytes), length - HEADER);
    // A size that is not what is there is for those who know about wrong headers.
    if !header.is_ours || header.rate_hz != SPEECH_RATE_HZ || size > available || size == 0 {
        return Ok(None);
    }
    Ok(Some(SegmentReader { file, start: HEADER, samples: (size / 2) as usize }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::wav::CrashSafeWav;
    use crate::audio::{decode_segments, segments};

    #[test]
    fn it_is_the_same_sound_as_when_it_is_read_whole_across_its_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.wav");
        let mut wav = CrashSafeWav::with_parts_of(&path, SPEECH_RATE_HZ, 1000).unwrap();
        let sound: Vec<f32> = (0..2500).map(|n| ((n * n) as f32 * 0.001).sin() * 0.7).collect();
        wav.write(&sound).unwrap();
        wav.finalize().unwrap();
        let whole = decode_segments(&segments(&path), &mut |_| Ok(())).unwrap().samples;
        let long = LongSound::open(&segments(&path), &mut |_| Ok(())).unwrap();
        assert_eq!(long.count(), whole.len());
        for (from, to) in [(0, 2500), (0, 0), (999, 1001), (1500, 2400), (2400, 9999), (3000, 4000)] {
            assert_eq!(long.range(from, to), whole.as_slice().range(from, to), "{from}..{to}");
        }
        long.is_whole().unwrap();
    }

    #[test]
    fn what_is_no_such_file_is_decoded_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("other.wav");
        let spec = hound::WavSpec { channels: 2, sample_rate: 48_000, bits_per_sample: 24, sample_format: hound::SampleFormat::Int };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        (0..48_000 * 2).for_each(|n| writer.write_sample((n % 1000) * 1000).unwrap());
        writer.finalize().unwrap();
        assert_eq!(LongSound::open(&[path], &mut |_| Ok(())).unwrap().count(), 16_000);
    }

    #[test]
    fn a_recording_that_goes_away_while_it_is_read_is_not_taken_for_silence() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("short.wav");
        let mut wav = CrashSafeWav::create(&path, SPEECH_RATE_HZ).unwrap();
        wav.write(&[0.25; 16_000]).unwrap();
        wav.finalize().unwrap();
        let long = LongSound::open(std::slice::from_ref(&path), &mut |_| Ok(())).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(1000).unwrap();
        assert_eq!(long.range(8000, 9000).len(), 1000);
        assert_eq!(long.is_whole().unwrap_err().kind, ErrorKind::FileUnreadable);
    }
}
