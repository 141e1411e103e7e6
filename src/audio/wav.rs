//! Keeps a recording readable whatever happens.
//!
//! After each `checkpoint` the file on disk is a whole WAV (mono, 16 bit), even if the power goes a moment later;
//! `repair` makes a whole WAV of what a crash left, never changing a sample that was written.

use super::segments::{segment_path, segments};
use super::wav_header::{HEADER, WavHeader};
use crate::conference::Millis;
use crate::error::{Error, ErrorKind, Result};
use crate::files::{hex, sync_folder};
use sha2::{Digest as _, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

/// The header counts bytes in 32 bits; a little room is left for it. 37 h at 16 kHz, 12.4 h at 48 kHz: then the next segment begins.
const MOST_BYTES: u64 = u32::MAX as u64 - 4096;

/// A recording being written; when a file is full the next segment begins.
pub struct CrashSafeWav {
    now: SegmentWriter,
    first: PathBuf,
    /// Of the segment being written; the first is 1.
    number: u32,
    sample_rate_hz: u32,
    /// In all segments.
    samples: u64,
    /// Of one file.
    most_samples: u64,
}

/// One file.
struct SegmentWriter {
    writer: hound::WavWriter<BufWriter<File>>,
    /// The same file, to sync it: hound's flush does not.
    file: File,
    samples: u64,
}

impl SegmentWriter {
    fn create(path: &Path, sample_rate_hz: u32) -> Result<Self> {
        let doing = "beginning a recording file";
        let file = OpenOptions::new().create_new(true).write(true).read(true).open(path).map_err(|err| Error::writing(doing, err))?;
        let second = file.try_clone().map_err(|err| Error::writing(doing, err))?;
        let spec = hound::WavSpec { channels: 1, sample_rate: sample_rate_hz, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        let writer = hound::WavWriter::new(BufWriter::new(file), spec).map_err(|err| write_error(doing, err))?;
        let mut segment = Self { writer, file: second, samples: 0 };
        segment.checkpoint()?;
        sync_folder(path.parent().unwrap_or(Path::new(".")))?;
        Ok(segment)
    }

    fn checkpoint(&mut self) -> Result<()> {
        let doing = "making the recording durable";
        self.writer.flush().map_err(|err| write_error(doing, err))?;
        self.file.sync_data().map_err(|err| Error::writing(doing, err))
    }

    fn finalize(self) -> Result<()> {
        let doing = "ending the recording file";
        self.writer.finalize().map_err(|err| write_error(doing, err))?;
        self.file.sync_all().map_err(|err| Error::writing(doing, err))
    }
}

/// What a finished WAV is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finalized {
    /// Its length.
    pub length: Millis,
    /// Samples written.
    pub samples: u64,
    /// SHA-256 of the whole file (of all segments one after the other), lower-case hex.
    pub sha256: String,
}

impl CrashSafeWav {
    /// Begins a mono 16-bit file; there must be none of that name.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub fn create(path: &Path, sample_rate_hz: u32) -> Result<Self> {
        Self::with_parts_of(path, sample_rate_hz, (MOST_BYTES - HEADER) / 2)
    }

    pub(super) fn with_parts_of(path: &Path, sample_rate_hz: u32, most_samples: u64) -> Result<Self> {
        Ok(Self { now: SegmentWriter::create(path, sample_rate_hz)?, first: path.to_path_buf(), number: 1, sample_rate_hz, samples: 0, most_samples })
    }

    /// Adds samples, -1 to 1; louder ones are clipped.
    ///
    /// # Errors
    /// When the disk is full or gone.
    pub fn write(&mut self, mut samples: &[f32]) -> Result<()> {
        let doing = "writing the recording";
        while !samples.is_empty() {
            if self.now.samples >= self.most_samples {
                let next = SegmentWriter::create(&segment_path(&self.first, self.number + 1), self.sample_rate_hz)?;
                self.number += 1;
                tracing::info!("the recording goes on in segment {}", self.number);
                std::mem::replace(&mut self.now, next).finalize()?;
            }
            let (fit, rest) = samples.split_at(samples.len().min((self.most_samples - self.now.samples) as usize));
            for &sample in fit {
                self.now.writer.write_sample(to_i16(sample)).map_err(|err| write_error(doing, err))?;
            }
            self.now.samples += fit.len() as u64;
            self.samples += fit.len() as u64;
            samples = rest;
        }
        Ok(())
    }

    /// Makes what was written so far durable: header and samples reach the disk before this returns.
    ///
    /// # Errors
    /// When the disk is full or gone.
    pub fn checkpoint(&mut self) -> Result<()> {
        self.now.checkpoint()
    }

    /// How much is written.
    #[must_use]
    pub fn length(&self) -> Millis {
        Millis::from_samples(self.samples, self.sample_rate_hz)
    }

    /// Ends the file. When that fails (a full disk), the file is as the last checkpoint left it.
    ///
    /// # Errors
    /// When the disk is full or gone.
    pub fn finalize(self) -> Result<Finalized> {
        let length = self.length();
        self.now.finalize()?;
        Ok(Finalized { length, samples: self.samples, sha256: sha256_of(&self.first)? })
    }
}

fn to_i16(sample: f32) -> i16 {
    // 32767 on both sides: symmetric, so that silence stays exactly 0 and full scale does not wrap.
    (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16
}

fn write_error(doing: &'static str, err: hound::Error) -> Error {
    match err {
        hound::Error::IoError(err) => Error::writing(doing, err),
        other => Error::new(ErrorKind::Bug, doing, other),
    }
}

/// SHA-256 of a recording, all its segments one after the other, lower-case hex.
///
/// # Errors
/// When it cannot be read.
pub fn sha256_of(first: &Path) -> Result<String> {
    let doing = "summing a file";
    let mut sum = Sha256::new();
    let mut block = vec![0; 1 << 16];
    for path in segments(first) {
        let mut file = File::open(path).map_err(|err| Error::reading(doing, err))?;
        loop {
            match file.read(&mut block).map_err(|err| Error::reading(doing, err))? {
                0 => break,
                count => sum.update(&block[..count]),
            }
        }
    }
    Ok(hex(sum.finalize()))
}

/// As [`sha256_of`], of what such a file holds.
#[must_use]
pub fn sha256_of_bytes(bytes: &[u8]) -> String {
    hex(Sha256::digest(bytes))
}

/// Makes a cut-off recording of ours whole: believes the file's length, whole frames only, and writes the two sizes of the header anew.
/// A file that is right already is not touched. A file cut inside the header becomes a whole, empty one; a later segment cut there is removed.
///
/// # Errors
/// [`ErrorKind::NotASoundFile`] when it is not a mono 16-bit WAV as [`CrashSafeWav`] writes it; read and write errors.
pub fn repair(first: &Path) -> Result<Finalized> {
    let (mut samples, mut sample_rate_hz) = repair_segment(first)?;
    for later in segments(first).into_iter().skip(1) {
        if std::fs::metadata(&later).is_ok_and(|file| file.len() < HEADER) {
            std::fs::remove_file(&later).map_err(|err| Error::writing("repairing a recording", err))?;
            break;
        }
        let (more, rate) = repair_segment(&later)?;
        samples += more;
        sample_rate_hz = rate;
    }
    Ok(Finalized { length: Millis::from_samples(samples, sample_rate_hz), samples, sha256: sha256_of(first)? })
}

/// Repairs one file; its samples and their rate in Hz.
fn repair_segment(path: &Path) -> Result<(u64, u32)> {
    let doing = "repairing a recording";
    let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(|err| Error::reading(doing, err))?;
    let size = file.metadata().map_err(|err| Error::reading(doing, err))?.len();
    if size < HEADER {
        // Not one sample can be in it. The rate is unknown, and does not matter for nothing.
        let spec = hound::WavSpec { channels: 1, sample_rate: super::convert::SPEECH_RATE_HZ, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        drop(file);
        hound::WavWriter::create(path, spec).and_then(hound::WavWriter::finalize).map_err(|err| write_error(doing, err))?;
        return Ok((0, super::convert::SPEECH_RATE_HZ));
    }
    let header = WavHeader::read(&mut file).map_err(|err| Error::reading(doing, err))?;
    if !header.is_ours {
        return Err(Error::bare(ErrorKind::NotASoundFile, doing));
    }
    let data = (size - HEADER) / 2 * 2;
    let sizes = ((data + HEADER - 8) as u32, data as u32);
    if (header.riff_bytes, header.data_bytes) != sizes || size != HEADER + data {
        let mut write_at = |at: u64, value: u32| file.seek(SeekFrom::Start(at)).and_then(|_| file.write_all(&value.to_le_bytes()));
        write_at(40, sizes.1).and_then(|()| write_at(4, sizes.0)).map_err(|err| Error::writing(doing, err))?;
        file.set_len(HEADER + data).and_then(|()| file.sync_all()).map_err(|err| Error::writing(doing, err))?;
    }
    Ok((data / 2, header.rate_hz))
}

/// How much sound there is by the size of its files: what a crash left in a header does not count. Nothing is changed.
#[must_use]
pub fn length_on_disk(first: &Path) -> Millis {
    let read = |path: &Path| {
        let mut file = File::open(path)?;
        let header = WavHeader::read(&mut file)?;
        let samples = (file.metadata()?.len() - HEADER) / 2;
        std::io::Result::Ok((samples, header.rate_hz))
    };
    let (samples, rate) = segments(first).iter().filter_map(|path| read(path).ok()).fold((0, 0), |(sum, _), (samples, rate)| (sum + samples, rate));
    if rate == 0 { Millis::ZERO } else { Millis::from_samples(samples, rate) }
}

/// Whether there is no sound in any of its files, by their sizes alone: what stands in a header that was damaged makes nothing of what comes behind it.
#[must_use]
pub fn is_without_sound(first: &Path) -> bool {
    segments(first).iter().all(|path| match std::fs::metadata(path) {
        Ok(file) => file.len() < HEADER + 2,
        Err(err) => err.kind() == std::io::ErrorKind::NotFound,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(folder: &Path, samples: usize) -> (PathBuf, Vec<i16>) {
        let path = folder.join("a.wav");
        let mut wav = CrashSafeWav::create(&path, 16_000).unwrap();
        let sound: Vec<f32> = (0..samples).map(|n| (n as f32 * 0.05).sin() * 0.5).collect();
        wav.write(&sound).unwrap();
        wav.finalize().unwrap();
        (path, sound.into_iter().map(to_i16).collect())
    }

    fn read(path: &Path) -> Vec<i16> {
        hound::WavReader::open(path).unwrap().into_samples().map(|sample| sample.unwrap()).collect()
    }

    #[test]
    fn after_a_checkpoint_the_file_is_whole_although_nobody_ended_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let mut wav = CrashSafeWav::create(&path, 16_000).unwrap();
        wav.write(&vec![0.25; 16_000]).unwrap();
        wav.checkpoint().unwrap();
        assert_eq!(read(&path).len(), 16_000);
        std::mem::forget(wav);
    }

    #[test]
    fn a_whole_file_is_not_touched_by_repair() {
        let folder = tempfile::tempdir().unwrap();
        let (path, _) = written(folder.path(), 1000);
        let before = (std::fs::read(&path).unwrap(), std::fs::metadata(&path).unwrap().modified().unwrap());
        let repaired = repair(&path).unwrap();
        assert_eq!(before, (std::fs::read(&path).unwrap(), std::fs::metadata(&path).unwrap().modified().unwrap()));
        assert_eq!((repaired.samples, repaired.sha256), (1000, sha256_of(&path).unwrap()));
    }

    #[test]
    fn lies_in_the_header_are_put_right_and_other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, sound) = written(folder.path(), 700);
        for lie in [0_u32, u32::MAX, 3] {
            let mut bytes = std::fs::read(&path).unwrap();
            bytes[40..44].copy_from_slice(&lie.to_le_bytes());
            std::fs::write(&path, bytes).unwrap();
            repair(&path).unwrap();
            assert_eq!(read(&path), sound, "data size {lie}");
        }
        std::fs::write(&path, "this is a shopping list and nothing else, forty-four bytes and more").unwrap();
        assert_eq!(repair(&path).unwrap_err().kind, ErrorKind::NotASoundFile);
    }

    #[test]
    fn a_recording_too_long_for_one_file_is_several_and_still_one_sound() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("2026-11-25 22.04.50 1a2b.wav");
        let sound: Vec<f32> = (0..2500).map(|n| (n as f32 * 0.05).sin() * 0.5).collect();
        let mut wav = CrashSafeWav::with_parts_of(&path, 16_000, 1000).unwrap();
        for block in sound.chunks(333) {
            wav.write(block).unwrap();
        }
        wav.checkpoint().unwrap();
        let expected: Vec<i16> = sound.iter().map(|&sample| to_i16(sample)).collect();
        let all = || segments(&path).iter().flat_map(|segment| read(segment)).collect::<Vec<_>>();
        assert_eq!((segments(&path).len(), all()), (3, expected.clone()), "whole at a checkpoint, although nobody ended it");
        assert_eq!(length_on_disk(&path), Millis::from_samples(2500, 16_000));
        let ended = wav.finalize().unwrap();
        assert_eq!((ended.samples, &ended.sha256), (2500, &sha256_of(&path).unwrap()));
        assert_eq!(super::super::decode_segments(&segments(&path), &mut |_| Ok(())).unwrap().samples.len(), 2500);
        // Cut in the last segment, and once more just as a segment begins.
        let last = segment_path(&path, 3);
        std::fs::write(&last, &std::fs::read(&last).unwrap()[..44 + 301]).unwrap();
        std::fs::write(segment_path(&path, 4), "RIFF").unwrap();
        assert_eq!(repair(&path).unwrap().samples, 2150);
        assert_eq!((segments(&path).len(), &all()[..]), (3, &expected[..2150]));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_wav_cut_anywhere_still_opens_with_a_prefix_of_its_sound(cut in 0_usize..2044) {
            let folder = tempfile::tempdir().unwrap();
            let (path, sound) = written(folder.path(), 1000);
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let repaired = repair(&path).unwrap();
            let found = read(&path);
            prop_assert_eq!(&found[..], &sound[..found.len()]);
            prop_assert_eq!(found.len(), cut.saturating_sub(44) / 2);
            prop_assert_eq!(repaired.samples as usize, found.len());
        }
    }
}
