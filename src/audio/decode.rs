//! Anything that sounds becomes 16 kHz mono: reading files of the formats phones make, block by block.
//!
//! What is promised of every file, whatever it is:
//! - Samples stand where the clock of the file puts them. What is missing between them is silence of the same length, is noted ([`Remark::Missing`]) and said.
//! - What is not to be heard is not: an encoder's own silence at the start and the end, and what was trimmed on the phone.
//! - The end of the file is reached, over damage, over another recording joined behind the first, and over counts that are wrong.
//! - What the file says it lasts and what was read are compared; what is missing at the end is said ([`Remark::EndMissing`]).
//! - No channel cancels another, and nothing that is louder than full scale is cut off: all of it is made quieter.
//! - A file without one sample is a failure. What is refused here, or read with doubt, is given to the ffmpeg of this computer, if there is one.

use super::convert::SPEECH_RATE_HZ;
use super::decode_loop::DecodeLoop;
use super::ffmpeg;
use super::mixer::{Decoded, Mixer, RATES_HZ, Sink};
use super::packet_source::PacketSource;
use super::sinks::{AppendingSink, CountingSink, DirectSink, NewWav, Take};
use super::tracks;
use super::wav::Finalized;
use crate::conference::{Millis, Remark, Span, VoiceSpan};
use crate::error::{Error, ErrorKind, Result, SoundFormat};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// A sound in memory.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// 16 kHz mono, -1 to 1.
    pub samples: Vec<f32>,
    /// The file's own rate.
    pub original_rate_hz: u32,
    /// The file's own channels.
    pub original_channels: usize,
    /// What is worth knowing about how it was read.
    pub remarks: Vec<Remark>,
}

/// What was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its length.
    pub length: Millis,
    /// SHA-256 of the new WAV, lower-case hex.
    pub sha256: String,
    /// Who speaks when, where each of two channels holds a voice of its own; sorted, disjoint, none for other recordings.
    pub channel_speakers: Option<Vec<VoiceSpan>>,
    /// What is worth knowing about how it was read.
    pub remarks: Vec<Remark>,
}

impl Imported {
    /// Where nothing could be read; what is missing at the end stands behind the end.
    #[must_use]
    pub fn gaps(&self) -> Vec<Span> {
        self.remarks.iter().flat_map(|remark| remark.gaps(self.length)).collect()
    }
}

/// Told how much is done, 0 to 1; stops the work with an error.
type Check<'a> = &'a mut dyn FnMut(f32) -> Result<()>;
/// Reads a sound file whole, as 16 kHz mono. `check` hears how much is done, 0 to 1, and stops the work with an error.
///
/// # Errors
/// [`ErrorKind::EmptySoundFile`], [`ErrorKind::NotASoundFile`], [`ErrorKind::NeedsHelp`], [`ErrorKind::UnfinishedFile`], [`ErrorKind::FileUnreadable`],
/// or what `check` said.
pub fn decode_file(path: &Path, check: Check<'_>) -> Result<Sound> {
    decode_segments(&[path.to_path_buf()], check)
}

/// As [`decode_file`], with what is built in alone (for tests: another program takes longer to start than a broken file to be read).
///
/// # Errors
/// As [`decode_file`].
pub fn decode_built_in(path: &Path) -> Result<Sound> {
    let mut sound = Sound { samples: Vec::new(), original_rate_hz: SPEECH_RATE_HZ, original_channels: 1, remarks: Vec::new() };
    let mut decoded = own_decoders(path, SPEECH_RATE_HZ, 1.0, &mut |_| Ok(()), &mut AppendingSink::new(&mut sound.samples))?;
    if decoded.gain < 1.0 {
        sound.samples.clear();
        decoded = own_decoders(path, SPEECH_RATE_HZ, decoded.gain, &mut |_| Ok(()), &mut AppendingSink::new(&mut sound.samples))?;
    }
    Ok(Sound { original_rate_hz: decoded.rate_hz, original_channels: decoded.channels, remarks: decoded.remarks, ..sound })
}

/// Reads the files of one recording (see [`super::segments`]) as one sound.
///
/// # Errors
/// As [`decode_file`].
pub fn decode_segments(segments: &[PathBuf], check: Check<'_>) -> Result<Sound> {
    let mut sound = Sound { samples: Vec::new(), original_rate_hz: SPEECH_RATE_HZ, original_channels: 1, remarks: Vec::new() };
    let count = segments.len().max(1) as f32;
    for (index, segment) in segments.iter().enumerate() {
        let mut sink = AppendingSink::new(&mut sound.samples);
        let decoded = decode(segment, SPEECH_RATE_HZ, &mut |fraction| check((index as f32 + fraction) / count), &mut sink)?;
        (sound.original_rate_hz, sound.original_channels) = (decoded.rate_hz, decoded.channels);
        sound.remarks.extend(decoded.remarks);
    }
    Ok(sound)
}

/// Reads a sound file block by block, as 16 kHz mono.
pub(super) fn decode_blocks(path: &Path, check: Check<'_>, take: Take<'_>) -> Result<()> {
    decode(path, SPEECH_RATE_HZ, check, &mut DirectSink(take)).map(drop)
}

/// Reads a sound file block by block, as mono of this rate.
pub(super) fn decode_at(path: &Path, to_hz: u32, take: Take<'_>) -> Result<()> {
    decode(path, to_hz, &mut |_| Ok(()), &mut DirectSink(take)).map(drop)
}

/// Copies a sound file into a new 16 kHz mono WAV, block by block: memory does not grow with length.
///
/// # Errors
/// As [`decode_file`], and when the new file cannot be written.
pub fn import_to_wav(path: &Path, destination: &Path, check: Check<'_>) -> Result<Imported> {
    let mut sink = NewWav::create(destination)?;
    let decoded = decode(path, SPEECH_RATE_HZ, check, &mut sink)?;
    let Finalized { length, sha256, .. } = sink.finalize()?;
    Ok(Imported { length, sha256, channel_speakers: decoded.channel_speakers, remarks: decoded.remarks })
}

/// The rate of a sound file, in Hz, by what its header says.
///
/// # Errors
/// As [`decode_file`].
pub(super) fn sample_rate(path: &Path) -> Result<u32> {
    let doing = "looking at a sound file";
    let file = open(path)?;
    let source = guarded(doing, || PacketSource::open(file, None))?;
    source.rate_hz().filter(|rate| RATES_HZ.contains(rate)).ok_or(Error::bare(ErrorKind::NotASoundFile, doing))
}

fn open(path: &Path) -> Result<File> {
    let doing = "opening a sound file";
    let file = File::open(path).map_err(|err| Error::reading(doing, err).at(path))?;
    let metadata = file.metadata().map_err(|err| Error::reading(doing, err))?;
    if metadata.is_dir() {
        return Err(Error::bare(ErrorKind::FileUnreadable, doing));
    }
    if metadata.len() == 0 {
        return Err(Error::bare(ErrorKind::EmptySoundFile, doing));
    }
    Ok(file)
}

/// The decoders are young and the files hostile: a panic in them is a file we cannot read. Only they are guarded: what `check` or a sink does is theirs.
fn guarded<T>(doing: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Error::new(ErrorKind::NotASoundFile, doing, "the decoder panicked")))
}

/// Decodes to mono of the rate `to_hz`: with what is built in, else (for 16 kHz) with an ffmpeg found on this computer.
pub(super) fn decode(path: &Path, to_hz: u32, check: Check<'_>, sink: &mut dyn Sink) -> Result<Decoded> {
    let mut counted = CountingSink::new(sink);
    let own = own_decoders(path, to_hz, 1.0, check, &mut counted);
    let may_ask = to_hz == SPEECH_RATE_HZ;
    let mut decoded = match own {
        Ok(decoded) if decoded.is_doubtful && may_ask => match helped(path, &decoded, check, &mut counted)? {
            Some(better) => better,
            None => decoded,
        },
        Ok(decoded) => decoded,
        Err(err) if may_ask && matches!(err.kind, ErrorKind::NotASoundFile | ErrorKind::NeedsHelp(_) | ErrorKind::UnfinishedFile) => {
            if !counted.is_empty() && !counted.start_over()? {
                return Err(err);
            }
            tracing::info!("not read by what is built in: {err}");
            match ffmpeg::decode(path, 1.0, check, &mut counted) {
                Ok(decoded) => decoded,
                Err(ours) if matches!(ours.kind, ErrorKind::NotASoundFile | ErrorKind::NeedsHelp(_)) => {
                    tracing::info!("nor by ffmpeg: {ours}");
                    return Err(why(path, err, ours.kind));
                }
                Err(other) => return Err(other),
            }
        }
        Err(err) => return Err(err),
    };
    if decoded.gain < 1.0 && counted.start_over()? {
        let gain = decoded.gain;
        decoded = match own_decoders(path, to_hz, gain, check, &mut counted) {
            Ok(decoded) => decoded,
            Err(_) if may_ask => {
                counted.start_over()?;
                ffmpeg::decode(path, gain, check, &mut counted)?
            }
            Err(err) => return Err(err),
        };
        decoded.remarks.push(Remark::TooLoud);
    }
    Ok(decoded)
}

/// What to say of a file that neither could read.
fn why(path: &Path, own: Error, others: ErrorKind) -> Error {
    let format = match (own.kind, ffmpeg::format_of(path)) {
        (ErrorKind::UnfinishedFile, _) => return own,
        (_, Some(format @ (SoundFormat::Amr | SoundFormat::Wma))) => format,
        (ErrorKind::NeedsHelp(format), _) | (_, Some(format)) => format,
        (_, None) => return own,
    };
    // An ffmpeg that found nothing either is not to be asked for.
    let kind = if others == ErrorKind::NotASoundFile { ErrorKind::NotASoundFile } else { ErrorKind::NeedsHelp(format) };
    Error { kind, ..own }
}

/// Another decoder, if it reads more of a file that was read with doubt.
fn helped(path: &Path, own: &Decoded, check: Check<'_>, sink: &mut CountingSink<'_>) -> Result<Option<Decoded>> {
    let mut nowhere = |_: &[f32]| Ok(());
    let theirs = match ffmpeg::decode(path, 1.0, check, &mut DirectSink(&mut nowhere)) {
        Ok(decoded) => decoded,
        Err(err) if err.kind == ErrorKind::Cancelled => return Err(err),
        Err(_) => return Ok(None),
    };
    if theirs.samples < own.samples + own.samples / 50 + u64::from(SPEECH_RATE_HZ) || !sink.start_over()? {
        return Ok(None);
    }
    tracing::info!("read with doubt; ffmpeg reads more of it");
    ffmpeg::decode(path, 1.0, check, sink).map(Some)
}

fn own_decoders(path: &Path, to_hz: u32, gain: f32, check: Check<'_>, sink: &mut dyn Sink) -> Result<Decoded> {
    let opened = |track| {
        let file = open(path)?;
        guarded("opening a sound file", || PacketSource::open(file, track))
    };
    let mut source = opened(None)?;
    let (readable, of) = source.tracks();
    let mut track = None;
    if readable.len() > 1 {
        let all = opened(None)?;
        let taken = guarded("listening to sound tracks", || tracks::with_speech(all, &readable, &mut |fraction| check(fraction * 0.1)))?;
        source = opened(Some(taken))?;
        track = readable.iter().position(|&id| id == taken).map(|place| Remark::Track { taken: place + 1, of });
    }
    let bytes = std::fs::metadata(path).map_or(0, |file| file.len()) as f64;
    let mut decoded = DecodeLoop::new(source, Mixer::new(to_hz, gain), bytes).run(check, sink)?;
    decoded.remarks.extend(track);
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::rms;

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
}
