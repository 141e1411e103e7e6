//! Anything that sounds becomes 16 kHz mono: reading files of the formats phones make, block by block.

use super::apart::ChannelWatch;
use super::by_length::ByLength;
use super::convert::{Resampler, SPEECH_RATE_HZ};
use super::helper;
use super::wav::{CrashSafeWav, Finalized};
use crate::conference::{Millis, VoiceSpan};
use crate::error::{Error, ErrorKind, Result, SoundFormat};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::codecs::audio::well_known::CODEC_ID_AAC;
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use symphonia_adapter_libopus::OpusDecoder;

/// No recording is slower or faster, in Hz; a header that says so is broken, and a resampler for it would take all memory.
const RATES_HZ: std::ops::RangeInclusive<u32> = 2000..=768_000;

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
    /// Who speaks when, where each of two channels holds a voice of its own; sorted, disjoint, none for other recordings.
    pub apart: Option<Vec<VoiceSpan>>,
}

/// Told how much is done, 0 to 1; stops the work with an error.
type Check<'a> = &'a mut dyn FnMut(f32) -> Result<()>;
/// Takes mono samples.
type Take<'a> = &'a mut dyn FnMut(&[f32]) -> Result<()>;

/// What is known of a file after it was read.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    rate_hz: u32,
    channels: usize,
    apart: Option<Vec<VoiceSpan>>,
}

/// Reads a sound file whole, as 16 kHz mono. `check` hears how much is done, 0 to 1, and stops the work with an error.
///
/// # Errors
/// [`ErrorKind::EmptySoundFile`], [`ErrorKind::NotASoundFile`], [`ErrorKind::NeedsHelp`], [`ErrorKind::FileUnreadable`], or what `check` said.
pub fn decode_file(path: &Path, check: Check<'_>) -> Result<Sound> {
    decode_parts(&[path.to_path_buf()], check)
}

/// Reads the files of one recording (see [`super::parts`]) as one sound.
///
/// # Errors
/// As [`decode_file`].
pub fn decode_parts(parts: &[PathBuf], check: Check<'_>) -> Result<Sound> {
    let mut sound = Sound { samples: Vec::new(), original_rate_hz: SPEECH_RATE_HZ, original_channels: 1 };
    let count = parts.len().max(1) as f32;
    for (index, part) in parts.iter().enumerate() {
        let decoded = decode(part, SPEECH_RATE_HZ, &mut |fraction| check((index as f32 + fraction) / count), &mut |block| {
            sound.samples.extend_from_slice(block);
            Ok(())
        })?;
        (sound.original_rate_hz, sound.original_channels) = (decoded.rate_hz, decoded.channels);
    }
    Ok(sound)
}

/// Reads a sound file block by block, as 16 kHz mono.
pub(super) fn decode_blocks(path: &Path, check: Check<'_>, take: Take<'_>) -> Result<()> {
    decode(path, SPEECH_RATE_HZ, check, take).map(drop)
}

/// Copies a sound file into a new 16 kHz mono WAV, block by block: memory does not grow with length.
///
/// # Errors
/// As [`decode_file`], and when the new file cannot be written.
pub fn import_to_wav(path: &Path, destination: &Path, check: Check<'_>) -> Result<Imported> {
    let mut wav = CrashSafeWav::create(destination, SPEECH_RATE_HZ)?;
    let decoded = decode(path, SPEECH_RATE_HZ, check, &mut |block| wav.write(block))?;
    let Finalized { length, sha256, .. } = wav.finalize()?;
    Ok(Imported { length, sha256, apart: decoded.apart })
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
        params.and_then(|params| params.sample_rate).filter(|rate| RATES_HZ.contains(rate)).ok_or(Error::bare(ErrorKind::NotASoundFile, doing))
    }));
    caught.unwrap_or_else(|_| Err(Error::new(ErrorKind::NotASoundFile, doing, "the decoder panicked")))
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

/// Decodes block by block to mono of the rate `to_hz`: with what is built in, else (for 16 kHz) with an ffmpeg found on this computer.
pub(super) fn decode(path: &Path, to_hz: u32, check: Check<'_>, take: Take<'_>) -> Result<Decoded> {
    let doing = "reading a sound file";
    let file = open(path)?;
    // Nothing was handed on before it was clear that the file can be read: only then may another way be tried.
    let mut begun = false;
    // The decoders are young and the files hostile: a panic in them is a file we cannot read.
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        decode_open(file, path, to_hz, check, &mut |block| {
            begun |= !block.is_empty();
            take(block)
        })
    }));
    let failed = match caught.unwrap_or_else(|_| Err(Error::new(ErrorKind::NotASoundFile, doing, "the decoder panicked"))) {
        Err(err) if !begun && to_hz == SPEECH_RATE_HZ && matches!(err.kind, ErrorKind::NotASoundFile | ErrorKind::NeedsHelp(_)) => err,
        other => return other,
    };
    let format = match (failed.kind, helper::format_of(path)) {
        (_, Some(format @ (SoundFormat::Amr | SoundFormat::Wma))) => format,
        (ErrorKind::NeedsHelp(format), _) | (_, Some(format)) => format,
        (_, None) => return Err(failed),
    };
    tracing::info!("not read by what is built in: {failed}");
    helper::decode(path, format, check, take)?;
    Ok(Decoded { rate_hz: SPEECH_RATE_HZ, channels: 1, apart: None })
}

static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut codecs = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut codecs);
    codecs.register_audio_decoder::<OpusDecoder>();
    codecs
});

fn probe(file: File, path: &Path) -> Result<Box<dyn FormatReader>> {
    let mut hint = Hint::new();
    if let Some(ending) = path.extension().and_then(|ending| ending.to_str()) {
        hint.with_extension(ending);
    }
    let source = ByLength::new(file).map_err(|err| Error::reading("looking at a sound file", err))?;
    let stream = MediaSourceStream::new(Box::new(source), Default::default());
    symphonia::default::get_probe()
        .probe(&hint, stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|err| Error::new(ErrorKind::NotASoundFile, "looking at a sound file", err.to_string()))
}

fn decode_open(file: File, path: &Path, to_hz: u32, check: Check<'_>, take: Take<'_>) -> Result<Decoded> {
    let doing = "reading a sound file";
    let not_sound = |err: String| Error::new(ErrorKind::NotASoundFile, doing, err);
    let mut format = probe(file, path)?;
    let track = format.default_track(TrackType::Audio).ok_or_else(|| not_sound("no sound track".into()))?;
    let (track_id, frames) = (track.id, track.num_frames);
    let params = track.codec_params.as_ref().and_then(|params| params.audio()).ok_or_else(|| not_sound("no codec".into()))?;
    let mut decoder = CODECS.make_audio_decoder(params, &AudioDecoderOptions::default()).map_err(|err| {
        // There is a sound track, only not one for these decoders.
        let format = if params.codec == CODEC_ID_AAC { SoundFormat::HeAac } else { SoundFormat::Other };
        Error::new(ErrorKind::NeedsHelp(format), doing, err.to_string())
    })?;
    let mut state: Option<(u32, usize, Resampler)> = None;
    let mut watch = ChannelWatch::default();
    let (mut interleaved, mut mono, mut out) = (Vec::new(), Vec::new(), Vec::new());
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
        if !RATES_HZ.contains(&rate) {
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
        watch.hear(&interleaved, channels, rate);
        mono.clear();
        mono.extend(interleaved.chunks_exact(channels).map(|frame| finite(frame.iter().sum::<f32>() / channels as f32)));
        heard += mono.len() as u64;
        resampler.push(&mono, &mut out)?;
        take(&out)?;
        out.clear();
        check(frames.map_or(0.0, |frames| (heard as f64 / frames.max(1) as f64) as f32).min(1.0))?;
    }
    let Some((rate_hz, channels, resampler)) = state else { return Err(not_sound("not one sample".into())) };
    resampler.finish(&mut out)?;
    take(&out)?;
    Ok(Decoded { rate_hz, channels, apart: watch.apart() })
}

/// Float files may hold anything.
fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
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
