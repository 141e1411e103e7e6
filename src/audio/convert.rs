//! Anything that sounds becomes 16 kHz mono: the streaming resampler, and reading files of the formats phones make.

use super::wav::{CrashSafeWav, Finalized};
use crate::conference::{ENVELOPE_STEP, Millis};
use crate::error::{Error, ErrorKind, Result};
use audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler as _};
use std::fs::File;
use std::path::{Path, PathBuf};
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;

/// What speech recognition and diarization work at.
pub const SPEECH_RATE_HZ: u32 = 16_000;

/// No microphone is faster; a header that says so is broken, and a resampler for it would take all memory.
const HIGHEST_RATE_HZ: u32 = 768_000;

/// Frames resampled at a time: 64 ms at 16 kHz, small enough for live meters, large enough for the FFT.
const CHUNK: usize = 1024;

/// A streaming resampler of one channel. Its output is exactly as long as its input in time, and not delayed.
pub struct Resampler {
    /// None when both rates are equal.
    fft: Option<Fft<f32>>,
    ratio: f64,
    waiting: Vec<f32>,
    output: Vec<f32>,
    /// Output samples still to be thrown away: the filter's delay.
    skip: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// From one rate to another, in Hz.
    ///
    /// # Errors
    /// For rates no resampler can be made for (zero).
    pub fn new(from_hz: u32, to_hz: u32) -> Result<Self> {
        let doing = "making a resampler";
        if from_hz == 0 || to_hz == 0 {
            return Err(Error::bare(ErrorKind::NotASoundFile, doing));
        }
        let fft = if from_hz == to_hz {
            None
        } else {
            Some(Fft::new(from_hz as usize, to_hz as usize, CHUNK, 1, FixedSync::Input).map_err(|err| Error::new(ErrorKind::Bug, doing, err))?)
        };
        let skip = fft.as_ref().map_or(0, |fft| fft.output_delay());
        let output = vec![0.0; fft.as_ref().map_or(0, |fft| fft.output_frames_max())];
        Ok(Self { ratio: f64::from(to_hz) / f64::from(from_hz), fft, waiting: Vec::new(), output, skip, taken: 0, given: 0 })
    }

    /// Takes samples in, appends what is ready to `out`.
    ///
    /// # Errors
    /// Only through a mistake of ours.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) -> Result<()> {
        self.taken += samples.len() as u64;
        if self.fft.is_none() {
            out.extend_from_slice(samples);
            return Ok(());
        }
        self.waiting.extend_from_slice(samples);
        self.turn(out)
    }

    fn turn(&mut self, out: &mut Vec<f32>) -> Result<()> {
        let bug = |err: String| Error::new(ErrorKind::Bug, "resampling", err);
        let Some(fft) = &mut self.fft else { return Ok(()) };
        let mut used = 0;
        loop {
            let wanted = fft.input_frames_next();
            if self.waiting.len() - used < wanted {
                break;
            }
            let room = self.output.len();
            let input = SequentialSlice::new(&self.waiting[used..used + wanted], 1, wanted).map_err(|err| bug(err.to_string()))?;
            let mut output = SequentialSlice::new_mut(&mut self.output, 1, room).map_err(|err| bug(err.to_string()))?;
            let (read, written) = fft.process_into_buffer(&input, &mut output, None).map_err(|err| bug(err.to_string()))?;
            used += read;
            let skipped = self.skip.min(written);
            self.skip -= skipped;
            out.extend_from_slice(&self.output[skipped..written]);
            self.given += (written - skipped) as u64;
        }
        self.waiting.drain(..used);
        Ok(())
    }

    /// Ends the stream: appends the rest, so that the whole output is as long as the input.
    ///
    /// # Errors
    /// Only through a mistake of ours.
    pub fn finish(mut self, out: &mut Vec<f32>) -> Result<()> {
        if self.fft.is_none() {
            return Ok(());
        }
        let due = (self.taken as f64 * self.ratio).round() as u64;
        let before = out.len();
        let already = self.given;
        while self.given < due {
            self.waiting.extend([0.0; CHUNK]);
            self.turn(out)?;
        }
        out.truncate(before + (due - already) as usize);
        Ok(())
    }
}

/// A sound in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// 16 kHz mono, -1 to 1.
    pub samples: Vec<f32>,
    /// The file's own rate.
    pub original_rate_hz: u32,
    /// The file's own channels.
    pub original_channels: usize,
}

/// What was brought in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its length.
    pub length: Millis,
    /// SHA-256 of the new WAV, lower-case hex.
    pub sha256: String,
}

/// Reads a sound file whole, as 16 kHz mono. `check` hears how much is done, 0 to 1, and stops the work with an error.
///
/// # Errors
/// [`ErrorKind::EmptySoundFile`], [`ErrorKind::NotASoundFile`], [`ErrorKind::FileUnreadable`], or what `check` said.
pub fn decode_file(path: &Path, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Sound> {
    decode_parts(&[path.to_path_buf()], check)
}

/// Reads the files of one recording (see [`super::parts`]) as one sound.
///
/// # Errors
/// As [`decode_file`].
pub fn decode_parts(parts: &[PathBuf], check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Sound> {
    let mut sound = Sound { samples: Vec::new(), original_rate_hz: SPEECH_RATE_HZ, original_channels: 1 };
    let count = parts.len().max(1) as f32;
    for (index, part) in parts.iter().enumerate() {
        let (rate, channels) = decode(part, SPEECH_RATE_HZ, &mut |fraction| check((index as f32 + fraction) / count), &mut |block| {
            sound.samples.extend_from_slice(block);
            Ok(())
        })?;
        (sound.original_rate_hz, sound.original_channels) = (rate, channels);
    }
    Ok(sound)
}

/// Copies a sound file into a new 16 kHz mono WAV, block by block: memory does not grow with length.
///
/// # Errors
/// As [`decode_file`], and when the new file cannot be written.
pub fn import_to_wav(path: &Path, destination: &Path, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Imported> {
    let mut wav = CrashSafeWav::create(destination, SPEECH_RATE_HZ)?;
    decode(path, SPEECH_RATE_HZ, check, &mut |block| wav.write(block))?;
    let Finalized { length, sha256, .. } = wav.finalize()?;
    Ok(Imported { length, sha256 })
}

/// The rate of a sound file, in Hz, by what its header says.
///
/// # Errors
/// As [`decode_file`].
pub(super) fn sample_rate(path: &Path) -> Result<u32> {
    let doing = "looking at a sound file";
    let file = open(path)?;
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let format = probe(file, path)?;
        let params = format.default_track(TrackType::Audio).and_then(|track| track.codec_params.as_ref()?.audio());
        params.and_then(|params| params.sample_rate).filter(|&rate| rate > 0 && rate <= HIGHEST_RATE_HZ).ok_or(Error::bare(ErrorKind::NotASoundFile, doing))
    }));
    caught.unwrap_or_else(|_| Err(Error::new(ErrorKind::NotASoundFile, doing, "the decoder panicked")))
}

/// Decodes block by block to mono of the rate `to_hz`. Returns the original rate and channels.
pub(super) fn decode(path: &Path, to_hz: u32, check: &mut dyn FnMut(f32) -> Result<()>, take: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<(u32, usize)> {
    let file = open(path)?;
    // The decoders are young and the files hostile: a panic in them is a file we cannot read.
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| decode_open(file, path, to_hz, check, take)));
    caught.unwrap_or_else(|_| Err(Error::new(ErrorKind::NotASoundFile, "reading a sound file", "the decoder panicked")))
}

fn open(path: &Path) -> Result<File> {
    let doing = "opening a sound file";
    let file = File::open(path).map_err(|err| Error::reading(doing, err))?;
    let metadata = file.metadata().map_err(|err| Error::reading(doing, err))?;
    if metadata.is_dir() {
        return Err(Error::bare(ErrorKind::FileUnreadable, doing));
    }
    if metadata.len() == 0 {
        return Err(Error::bare(ErrorKind::EmptySoundFile, doing));
    }
    Ok(file)
}

fn probe(file: File, path: &Path) -> Result<Box<dyn FormatReader>> {
    let mut hint = Hint::new();
    if let Some(ending) = path.extension().and_then(|ending| ending.to_str()) {
        hint.with_extension(ending);
    }
    let stream = MediaSourceStream::new(Box::new(file), Default::default());
    symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|err| Error::new(ErrorKind::NotASoundFile, "looking at a sound file", err.to_string()))
}

fn decode_open(
    file: File,
    path: &Path,
    to_hz: u32,
    check: &mut dyn FnMut(f32) -> Result<()>,
    take: &mut dyn FnMut(&[f32]) -> Result<()>,
) -> Result<(u32, usize)> {
    let doing = "reading a sound file";
    let not_sound = |err: String| Error::new(ErrorKind::NotASoundFile, doing, err);
    let mut format = probe(file, path)?;
    let track = format.default_track(TrackType::Audio).ok_or_else(|| not_sound("no sound track".into()))?;
    let (track_id, frames) = (track.id, track.num_frames);
    let params = track.codec_params.as_ref().and_then(|params| params.audio()).ok_or_else(|| not_sound("no codec".into()))?;
    let mut decoder = symphonia::default::get_codecs().make_audio_decoder(params, &AudioDecoderOptions::default()).map_err(|err| not_sound(err.to_string()))?;
    let mut state: Option<(u32, usize, Resampler)> = None;
    let (mut interleaved, mut mono, mut out) = (Vec::new(), Vec::new(), Vec::new());
    let mut done: u64 = 0;
    let mut heard: u64 = 0;
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            // A file cut short ends here; what was read before is kept.
            Err(SymphoniaError::IoError(err)) if err.kind() == std::io::ErrorKind::UnexpectedEof => break,
            Err(SymphoniaError::IoError(err)) => return Err(Error::reading(doing, err)),
            Err(err) if heard > 0 => {
                tracing::warn!("the file is broken from {heard} frames on: {err}");
                break;
            }
            Err(err) => return Err(not_sound(err.to_string())),
        };
        if packet.track_id != track_id {
            continue;
        }
        let sound = match decoder.decode(&packet) {
            Ok(sound) => sound,
            Err(SymphoniaError::DecodeError(err)) => {
                tracing::warn!("a packet could not be decoded: {err}");
                continue;
            }
            Err(err) => return Err(not_sound(err.to_string())),
        };
        let (rate, channels) = (sound.spec().rate(), sound.spec().channels().count().max(1));
        if rate > HIGHEST_RATE_HZ {
            return Err(not_sound(format!("{rate} Hz")));
        }
        interleaved.clear();
        sound.copy_to_vec_interleaved::<f32>(&mut interleaved);
        if state.as_ref().is_none_or(|(old_rate, old_channels, _)| (*old_rate, *old_channels) != (rate, channels)) {
            if let Some((.., resampler)) = state.take() {
                resampler.finish(&mut out)?;
            }
            state = Some((rate, channels, Resampler::new(rate, to_hz)?));
        }
        let Some((.., resampler)) = &mut state else { continue };
        mono.clear();
        mono.extend(interleaved.chunks_exact(channels).map(|frame| finite(frame.iter().sum::<f32>() / channels as f32)));
        heard += mono.len() as u64;
        resampler.push(&mono, &mut out)?;
        take(&out)?;
        out.clear();
        done += mono.len() as u64;
        check(frames.map_or(0.0, |frames| (done as f64 / frames.max(1) as f64) as f32).min(1.0))?;
    }
    let Some((rate, channels, resampler)) = state else { return Err(not_sound("not one sample".into())) };
    resampler.finish(&mut out)?;
    take(&out)?;
    Ok((rate, channels))
}

/// Float files may hold anything.
fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
}

/// Levels for drawing: one per [`ENVELOPE_STEP`], the loudest 10 ms in it, linear in decibels from -60 dBFS (0) to full scale (255).
#[must_use]
pub fn envelope(samples_16k: &[f32]) -> Vec<u8> {
    let step = ENVELOPE_STEP.samples(SPEECH_RATE_HZ);
    samples_16k.chunks(step).map(|block| level_byte(block.chunks(SPEECH_RATE_HZ as usize / 100).map(rms).fold(0.0, f32::max))).collect()
}

/// Root mean square.
#[must_use]
pub fn rms(samples: &[f32]) -> f32 {
    if samples.is_empty() { 0.0 } else { (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt() }
}

/// An amplitude on the 60 dB scale, 0 to 1.
#[must_use]
pub fn level(amplitude: f32) -> f32 {
    if amplitude <= 0.001 { 0.0 } else { (1.0 + amplitude.log10() / 3.0).clamp(0.0, 1.0) }
}

/// An amplitude on the 60 dB scale, 0 to 255.
#[must_use]
pub fn level_byte(amplitude: f32) -> u8 {
    (level(amplitude) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, secs: f64) -> Vec<f32> {
        (0..(f64::from(rate) * secs) as usize).map(|n| (n as f64 * 440.0 * std::f64::consts::TAU / f64::from(rate)).sin() as f32 * 0.5).collect()
    }

    fn decoded(path: &Path) -> Result<Sound> {
        decode_file(path, &mut |_| Ok(()))
    }

    fn write(path: &Path, spec: hound::WavSpec, frames: usize) {
        let mut writer = hound::WavWriter::create(path, spec).unwrap();
        for frame in 0..frames {
            let value = (frame as f64 * 440.0 * std::f64::consts::TAU / f64::from(spec.sample_rate)).sin() * 0.5;
            for _ in 0..spec.channels {
                match spec.sample_format {
                    hound::SampleFormat::Float => writer.write_sample(value as f32).unwrap(),
                    hound::SampleFormat::Int => writer.write_sample((value * 2_f64.powi(i32::from(spec.bits_per_sample) - 1)) as i32).unwrap(),
                }
            }
        }
        writer.finalize().unwrap();
    }

    #[test]
    fn resampling_keeps_length_and_place() {
        for rate in [8000, 11_025, 22_050, 44_100, 48_000, 96_000] {
            let mut resampler = Resampler::new(rate, SPEECH_RATE_HZ).unwrap();
            let mut out = Vec::new();
            for block in tone(rate, 1.0).chunks(777) {
                resampler.push(block, &mut out).unwrap();
            }
            resampler.finish(&mut out).unwrap();
            assert_eq!(out.len(), 16_000, "{rate}");
            let expected = tone(SPEECH_RATE_HZ, 1.0);
            let error = out[2000..14_000].iter().zip(&expected[2000..14_000]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // At most half a sample early or late (the filter's delay is a whole number): 0.043 at 440 Hz and this loudness, and a little ripple.
            assert!(error < 0.07, "{rate}: {error}");
        }
    }

    #[test]
    fn every_kind_of_wav_is_read_at_its_right_length() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ä b.wav");
        for (bits, format) in [(8, hound::SampleFormat::Int), (16, hound::SampleFormat::Int), (24, hound::SampleFormat::Int), (32, hound::SampleFormat::Float)]
        {
            for (channels, rate) in [(1, 16_000), (2, 44_100), (8, 48_000)] {
                write(&path, hound::WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format: format }, rate as usize);
                let sound = decoded(&path).unwrap();
                assert!((sound.samples.len() as i64 - 16_000).abs() <= 1, "{bits} bit, {channels} channels: {}", sound.samples.len());
                assert!((rms(&sound.samples) - 0.353).abs() < 0.02, "{bits} bit, {channels} channels: {}", rms(&sound.samples));
            }
        }
    }

    #[test]
    fn what_is_no_sound_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            decoded(&path).unwrap_err().kind
        };
        assert_eq!(file("empty.wav", b""), ErrorKind::EmptySoundFile);
        assert_eq!(file("list.wav", "milk, eggs, bread and a long list of other things to buy".repeat(40).as_bytes()), ErrorKind::NotASoundFile);
        assert_eq!(file("page.mp3", "<html><body>Not found</body></html>".repeat(40).as_bytes()), ErrorKind::NotASoundFile);
        assert_eq!(file("zeros.m4a", &[0; 5000]), ErrorKind::NotASoundFile);
        assert_eq!(decoded(&folder.path().join("missing.wav")).unwrap_err().kind, ErrorKind::FileUnreadable);
        assert_eq!(decoded(folder.path()).unwrap_err().kind, ErrorKind::FileUnreadable);
    }

    #[test]
    fn a_wav_whose_header_lies_gives_the_sound_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cut.wav");
        let spec = hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        write(&path, spec, 16_000);
        let whole = std::fs::read(&path).unwrap();
        std::fs::write(&path, &whole[..44 + 16_001]).unwrap();
        let cut = decoded(&path).unwrap().samples.len();
        assert!((6000..=8000).contains(&cut), "half of it: {cut}");
    }

    #[test]
    fn the_envelope_is_linear_in_decibels() {
        let at = |amplitude: f32| envelope(&vec![amplitude; 1600])[0];
        assert_eq!((at(0.0), at(0.001), at(1.0)), (0, 0, 255));
        assert_eq!(at(0.1), 170);
    }
}
