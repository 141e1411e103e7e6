//! The one decode loop: packets of any container through their decoder to where the clock of the file puts them.

use super::codecs::{decoder, is_float};
use super::mixer::{Decoded, Mixer, RATES_HZ, Sink};
use super::packet_group::{Group, NextGroup, Time};
use super::packet_shape::{PacketState, Shape};
use super::packet_source::PacketSource;
use super::pcm_damage::Pcm;
use super::silences::Silences;
use super::timeline::{Placed, Timeline};
use crate::conference::{Millis, Remark};
use crate::error::{Error, ErrorKind, Result};
use std::panic::{AssertUnwindSafe, catch_unwind};
use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder};
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::packet::Packet;

/// Told how much is done, 0 to 1; stops the work with an error.
type Check<'a> = &'a mut dyn FnMut(f32) -> Result<()>;

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

/// The one decode loop.
pub(super) struct DecodeLoop {
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
    /// `bytes`: the size of the file.
    pub fn new(source: PacketSource, out: Mixer, bytes: f64) -> Self {
        let lasts = source.lasts().filter(|lasts| bytes / lasts >= LEAST_BYTES_A_SECOND);
        let may_fill = lasts.map_or(MOST_SILENCE_SECS, |lasts| (lasts + 1.0).min(MOST_SILENCE_KNOWN_SECS));
        let timeline = Timeline::new(source.audible(), may_fill);
        Self {
            source,
            timeline,
            out,
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

    /// Decodes the file to its end.
    ///
    /// # Errors
    /// [`ErrorKind::NotASoundFile`], what `check` says, and what goes wrong with the disk.
    pub fn run(mut self, check: Check<'_>, sink: &mut dyn Sink) -> Result<Decoded> {
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
                    let block = &interleaved[range.start * channels..range.end * channels];
                    self.silences.iter_mut().for_each(|silences| silences.push(block, channels));
                    self.out.push(block, sink)?;
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
