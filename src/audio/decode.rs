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
use super::ffmpeg;
use super::mixer::{Decoded, Mixer, RATES_HZ, Sink};
use super::packet_shape::{PacketState, Shape};
use super::packet_source::{Group, NextGroup, PacketSource, Time, decoder, is_float};
use super::pcm_damage::Pcm;
use super::silences::Silences;
use super::timeline::{Placed, Timeline};
use super::tracks;
use super::wav::{CrashSafeWav, Finalized};
use crate::conference::{Millis, Remark, Span, VoiceSpan};
use crate::error::{Error, ErrorKind, Result, SoundFormat};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::packet::Packet;

/// No more channels than that.
const MOST_CHANNELS: usize = 64;
/// Silence that may be filled in where a file does not say how long it lasts, and where it does.
const MOST_SILENCE_SECS: f64 = 3600.0;
const MOST_SILENCE_KNOWN_SECS: f64 = 6.0 * 3600.0;
/// A file of fewer bytes for each second that it says it lasts says too much: the slowest codec of speech sends 90.
const LEAST_BYTES_A_SECOND: f64 = 50.0;
/// So many packets around one that cannot be decoded, what looks odd is damaged too.
const NEAR_DAMAGE: u32 = 50;
/// Less than this at the end is rounding, or the encoder's own.
const END_SECS: f64 = 0.5;
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
/// Takes mono samples.
type Take<'a> = &'a mut dyn FnMut(&[f32]) -> Result<()>;

/// What was taken is used at once.
struct DirectSink<'a>(Take<'a>);

impl Sink for DirectSink<'_> {
    fn take(&mut self, samples: &[f32]) -> Result<()> {
        (self.0)(samples)
    }

    fn start_over(&mut self) -> Result<bool> {
        Ok(false)
    }
}

/// In memory, behind what is there already.
struct AppendingSink<'a>(&'a mut Vec<f32>, usize);

impl Sink for AppendingSink<'_> {
    fn take(&mut self, samples: &[f32]) -> Result<()> {
        self.0.extend_from_slice(samples);
        Ok(())
    }

    fn start_over(&mut self) -> Result<bool> {
        self.0.truncate(self.1);
        Ok(true)
    }
}

/// A new WAV.
struct NewWav<'a> {
    path: &'a Path,
    wav: Option<CrashSafeWav>,
}

impl NewWav<'_> {
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
    let mut decoded = own_decoders(path, SPEECH_RATE_HZ, 1.0, &mut |_| Ok(()), &mut AppendingSink(&mut sound.samples, 0))?;
    if decoded.gain < 1.0 {
        sound.samples.clear();
        decoded = own_decoders(path, SPEECH_RATE_HZ, decoded.gain, &mut |_| Ok(()), &mut AppendingSink(&mut sound.samples, 0))?;
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
        let before = sound.samples.len();
        let mut sink = AppendingSink(&mut sound.samples, before);
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
    let mut sink = NewWav { path: destination, wav: None };
    sink.wav()?;
    let decoded = decode(path, SPEECH_RATE_HZ, check, &mut sink)?;
    let Some(wav) = sink.wav else { return Err(Error::bare(ErrorKind::NotASoundFile, "writing a sound")) };
    let Finalized { length, sha256, .. } = wav.finalize()?;
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

/// The decoders are young and the files hostile: a panic in them is a file we cannot read. Only they are guarded: what `check` or a sink does is theirs.
fn guarded<T>(doing: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Error::new(ErrorKind::NotASoundFile, doing, "the decoder panicked")))
}

/// Decodes to mono of the rate `to_hz`: with what is built in, else (for 16 kHz) with an ffmpeg found on this computer.
pub(super) fn decode(path: &Path, to_hz: u32, check: Check<'_>, sink: &mut dyn Sink) -> Result<Decoded> {
    let mut counted = CountingSink { sink, taken: 0 };
    let own = own_decoders(path, to_hz, 1.0, check, &mut counted);
    let may_ask = to_hz == SPEECH_RATE_HZ;
    let mut decoded = match own {
        Ok(decoded) if decoded.is_doubtful && may_ask => match helped(path, &decoded, check, &mut counted)? {
            Some(better) => better,
            None => decoded,
        },
        Ok(decoded) => decoded,
        Err(err) if may_ask && matches!(err.kind, ErrorKind::NotASoundFile | ErrorKind::NeedsHelp(_) | ErrorKind::UnfinishedFile) => {
            if counted.taken > 0 && !counted.start_over()? {
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

/// A sink that knows whether anything came.
struct CountingSink<'a> {
    sink: &'a mut dyn Sink,
    taken: u64,
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
    let mut decoded = DecodeLoop::new(source, to_hz, gain, bytes).run(check, sink)?;
    decoded.remarks.extend(track);
    Ok(decoded)
}

/// The one decode loop.
struct DecodeLoop {
    source: PacketSource,
    timeline: Timeline,
    out: Mixer,
    params: Option<AudioCodecParameters>,
    decoder: Option<Box<dyn AudioDecoder>>,
    shape: Option<Shape>,
    /// Of samples that are written as they are.
    pcm: Option<Pcm>,
    silences: Option<Silences>,
    /// Packets that were decoded, and that were not.
    good: u64,
    bad: u64,
    /// Packets that were decoded since the last that was not.
    since_bad: u32,
    /// Where the last page ended.
    last_end: Option<f64>,
    /// Where a piece may be gone that has left no length.
    cuts: Vec<Millis>,
    interleaved: Vec<f32>,
    lasts: Option<f64>,
}

impl DecodeLoop {
    fn new(source: PacketSource, to_hz: u32, gain: f32, bytes: f64) -> Self {
        let lasts = source.lasts().filter(|lasts| bytes / lasts >= LEAST_BYTES_A_SECOND);
        let may_fill = lasts.map_or(MOST_SILENCE_SECS, |lasts| (lasts + 1.0).min(MOST_SILENCE_KNOWN_SECS));
        let timeline = Timeline::new(source.heard(), may_fill);
        Self {
            source,
            timeline,
            out: Mixer::new(to_hz, gain),
            params: None,
            decoder: None,
            shape: None,
            pcm: None,
            silences: None,
            good: 0,
            bad: 0,
            since_bad: u32::MAX,
            last_end: None,
            cuts: Vec::new(),
            interleaved: Vec::new(),
            lasts,
        }
    }

    fn run(mut self, check: Check<'_>, sink: &mut dyn Sink) -> Result<Decoded> {
        let not_sound = |err: String| Error::new(ErrorKind::NotASoundFile, "reading a sound file", err);
        let is_broken = loop {
            let clock = self.timeline.clock();
            let source = &mut self.source;
            // A panic in the middle of a file is damage: what was read before is kept.
            let next = catch_unwind(AssertUnwindSafe(|| source.next(clock))).unwrap_or(Ok(NextGroup::End { is_broken: true }));
            match next? {
                NextGroup::Group(group) => self.group(group, sink)?,
                NextGroup::End { is_broken } => break is_broken,
            }
            let by_clock = || self.lasts.map_or(0.0, |lasts| (self.timeline.position() / lasts.max(0.001)) as f32);
            check(self.source.done().unwrap_or_else(by_clock).clamp(0.0, 1.0))?;
        };
        if self.good == 0 || self.out.rate_hz == 0 {
            return Err(not_sound(format!("not one sample; {} packets could not be decoded", self.bad)));
        }
        let lasts = self.source.lasts().filter(|_| self.lasts.is_some());
        let read = self.timeline.position();
        let (mut missing, behind) = self.timeline.finish(lasts);
        if let Some(silences) = self.silences {
            missing.extend(silences.gaps());
            missing.sort_by_key(|gap| gap.start());
        }
        let behind = behind.max(self.source.missing_at_the_end());
        // A header may count wrongly by a little; damage is believed.
        let is_short = behind > END_SECS.max(if is_broken || self.bad > 0 { 0.0 } else { read * 0.005 });
        let mut decoded = self.out.finish(sink)?;
        if decoded.samples == 0 {
            // All that was decoded is not to be heard: an edit list, or a delay, that was damaged.
            return Err(not_sound("not one sample is to be heard".into()));
        }
        // Of samples that are written as they are another decoder would take the damage for sound.
        decoded.is_doubtful = self.pcm.is_none() && (is_broken && is_short || self.bad * 3 > self.good);
        let mut remarks = Vec::new();
        // Where a gap has its length, more is not to be said.
        let near = Millis(1000);
        self.cuts.retain(|&cut| !missing.iter().any(|gap| cut + near >= gap.start() && cut <= gap.end() + near));
        if !missing.is_empty() {
            remarks.push(Remark::Missing(missing));
        }
        if !self.cuts.is_empty() {
            remarks.push(Remark::Cut(self.cuts));
        }
        if self.source.breaks_off() {
            remarks.push(Remark::BreaksOff);
        } else if is_short {
            remarks.push(Remark::EndMissing(Millis::from_secs(behind)));
        }
        remarks.append(&mut decoded.remarks);
        Ok(Decoded { remarks, ..decoded })
    }

    fn group(&mut self, group: Group, sink: &mut dyn Sink) -> Result<()> {
        if group.is_after_cut {
            self.cuts.push(Millis::from_secs(self.timeline.position()));
        }
        if let Some(params) = group.params {
            // A new stream, a new decoder; what the old one held of the next sound goes with it.
            self.decoder = Some(decoder(&params)?);
            if self.params.as_ref().is_none_or(|known| known.codec != params.codec) {
                self.shape = Some(Shape::of(params.codec));
                self.pcm = Pcm::of(params.codec, params.channels.as_ref().map_or(1, |channels| channels.count()));
            }
            if is_float(&params) {
                self.out.set_float();
            }
            self.params = Some(params);
        }
        let mut interleaved = std::mem::take(&mut self.interleaved);
        interleaved.clear();
        let mut format = None;
        let mut failed = 0;
        for packet in group.packets {
            let packet = self.aligned(packet);
            let is_good = self.decode(&packet, &mut interleaved, &mut format)?;
            self.since_bad = if is_good { self.since_bad.saturating_add(1) } else { 0 };
            if is_good { self.good += 1 } else { failed += 1 }
        }
        self.bad += failed;
        let Some((rate, channels)) = format else {
            if group.begins {
                self.timeline.begin_anew(0.0);
            }
            match group.time {
                Time::Begins(start, secs) if failed > 0 => self.timeline.fail(start, secs),
                Time::Ends { end, .. } => {
                    self.timeline.fail(self.last_end.unwrap_or(end), end - self.last_end.unwrap_or(end));
                    self.last_end = Some(end);
                }
                Time::Begins(..) => {}
            }
            self.interleaved = interleaved;
            return Ok(());
        };
        let mut count = interleaved.len() / channels;
        let secs = count as f64 / f64::from(rate);
        let start = match group.time {
            Time::Begins(start, _) => start,
            Time::Ends { end, is_last, is_after_loss, delay } => {
                let before = if group.begins { None } else { self.last_end.filter(|_| !is_after_loss) };
                let start = match before {
                    _ if !is_last => end - secs,
                    Some(before) => before,
                    None if group.begins => (end - secs).min(-delay),
                    None => end - secs,
                };
                if is_last {
                    // What goes beyond the end is the encoder's own.
                    count = count.min(((end - start) * f64::from(rate)).round().max(0.0) as usize);
                }
                self.last_end = Some(end);
                start
            }
        };
        if group.begins {
            self.timeline.begin_anew(start);
        }
        if failed > 0 {
            self.timeline.fail(start, 0.0);
        }
        self.timeline.set_rate(rate);
        self.out.set_format(rate, channels, sink)?;
        if self.pcm.is_some() && self.silences.is_none() {
            self.silences = Some(Silences::new(rate));
        }
        for placed in self.timeline.place(start, count) {
            match placed {
                Placed::Silence(frames) => {
                    self.silences.iter_mut().for_each(|silences| silences.skip(frames));
                    self.out.silence(frames, sink)?;
                }
                Placed::Frames(range) => {
                    let heard = &interleaved[range.start * channels..range.end * channels];
                    self.silences.iter_mut().for_each(|silences| silences.hear(heard, channels));
                    self.out.push(heard, sink)?;
                }
            }
        }
        self.interleaved = interleaved;
        Ok(())
    }

    /// A packet from the byte on at which its samples begin, once a piece was lost that was no whole number of them.
    fn aligned(&mut self, mut packet: Packet) -> Packet {
        let Some(pcm) = &mut self.pcm else { return packet };
        let (data, is_after_cut) = pcm.aligned(packet.data);
        if is_after_cut {
            self.cuts.push(Millis::from_secs(self.timeline.position()));
        }
        packet.data = data;
        packet
    }

    /// Decodes a packet; false when it cannot be. One bad packet does not end a file.
    fn decode(&mut self, packet: &Packet, interleaved: &mut Vec<f32>, format: &mut Option<(u32, usize)>) -> Result<bool> {
        let (Some(current), Some(shape)) = (&mut self.decoder, &mut self.shape) else { return Ok(false) };
        let look = shape.look(&packet.data);
        let is_noise = self.pcm.as_ref().is_some_and(|pcm| pcm.is_noise(&packet.data));
        if is_noise || look == PacketState::Damaged || (look == PacketState::Doubtful && self.since_bad < NEAR_DAMAGE) {
            return Ok(false);
        }
        let mut take = |sound: &GenericAudioBufferRef<'_>| {
            let (rate, channels) = (sound.spec().rate(), sound.spec().channels().count().max(1));
            if !RATES_HZ.contains(&rate) || channels > MOST_CHANNELS || format.is_some_and(|known| known != (rate, channels)) {
                return false;
            }
            let mut block = Vec::new();
            sound.copy_to_vec_interleaved::<f32>(&mut block);
            interleaved.extend_from_slice(&block);
            *format = Some((rate, channels));
            true
        };
        let first = catch_unwind(AssertUnwindSafe(|| current.decode(packet).map(|sound| take(&sound))));
        match first {
            Ok(Ok(is_taken)) => return Ok(is_taken),
            Ok(Err(err)) if !matches!(err, SymphoniaError::ResetRequired) => {
                tracing::debug!("a packet could not be decoded: {err}");
                return Ok(false);
            }
            Ok(Err(_)) => {}
            Err(_) => tracing::warn!("a decoder panicked"),
        }
        // What the decoder holds is the trouble: the next packet gets a fresh one.
        if let Some(params) = &self.params {
            self.decoder = decoder(params).ok();
        }
        Ok(false)
    }
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
