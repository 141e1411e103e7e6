//! Which of several sound tracks holds the talk: the one with most speech in its first quarter of an hour.

use super::codecs::decoder;
use super::convert::{Resampler, SPEECH_RATE_HZ};
use super::packet_group::NextGroup;
use super::packet_source::PacketSource;
use crate::error::Result;
use earshot::Detector;
use std::collections::BTreeMap;
use symphonia::core::codecs::audio::AudioDecoder;

/// Listened to, of each track.
const LISTENED_SECS: u64 = 15 * 60;
/// Samples of one decision of the detector: 16 ms.
const FRAME: usize = 256;
const FRAMES_A_SECOND: u64 = 62;
/// Within a second speech rises and falls by more than 8 dB.
const STEADY: f32 = 2.5;
/// It is speech from here on.
const SPEECH: f32 = 0.5;
/// The detector hears best at -18 dBFS, and there is nothing to be lifted below -70.
const TARGET: f32 = 0.126;
const NOTHING: f32 = 0.0003;

/// How much speech there is in a sound.
pub(super) struct SpeechCount {
    detector: Box<Detector>,
    rest: Vec<f32>,
    frames: u64,
    /// Of the second that is heard: how loud its quietest and its loudest frame were, and how many of them sounded like speech.
    second: (f32, f32, u64),
    /// Of a frame lately.
    level: f32,
    /// Frames of speech; and how loud all of it was, should there be none.
    pub speech: u64,
    energy: f64,
}

impl SpeechCount {
    pub fn new() -> Self {
        Self { detector: Detector::default_boxed(), rest: Vec::new(), frames: 0, second: (f32::INFINITY, 0.0, 0), level: 0.0, speech: 0, energy: 0.0 }
    }

    /// Hears 16 kHz mono; false when it has heard enough.
    pub fn push(&mut self, samples: &[f32]) -> bool {
        self.rest.extend_from_slice(samples);
        let whole = self.rest.len() / FRAME * FRAME;
        for frame in self.rest[..whole].chunks_exact(FRAME) {
            let level = super::convert::rms(frame);
            self.level = level.max(self.level * 0.995);
            self.energy += f64::from(level);
            let gain = if self.level > NOTHING { TARGET / self.level } else { 1.0 };
            let lifted: Vec<f32> = frame.iter().map(|&sample| (sample * gain).clamp(-1.0, 1.0)).collect();
            let is_speech = self.detector.predict_f32(&lifted) >= SPEECH && level > NOTHING;
            self.second = (self.second.0.min(level), self.second.1.max(level), self.second.2 + u64::from(is_speech));
            self.frames += 1;
            if self.frames.is_multiple_of(FRAMES_A_SECOND) {
                // What is as loud all the time is a tone or a hum, and nobody who speaks.
                let (quietest, loudest, speech) = std::mem::replace(&mut self.second, (f32::INFINITY, 0.0, 0));
                self.speech += if loudest > quietest * STEADY { speech } else { 0 };
            }
        }
        self.rest.drain(..whole);
        self.frames * (FRAME as u64) < LISTENED_SECS * u64::from(SPEECH_RATE_HZ)
    }

    /// To compare by: more speech, then louder.
    pub fn weight(&self) -> (u64, u64) {
        (self.speech, (self.energy * 1000.0) as u64)
    }
}

struct Track {
    decoder: Box<dyn AudioDecoder>,
    resampler: Option<(u32, Resampler)>,
    count: SpeechCount,
    has_enough: bool,
}

/// The track to take, of these.
///
/// # Errors
/// When the file cannot be read, or `check` says to stop.
pub(super) fn with_speech(source: PacketSource, readable: &[u32], check: &mut dyn FnMut(f32) -> Result<()>) -> Result<u32> {
    let first = readable.first().copied().unwrap_or(0);
    let PacketSource::Format(mut source) = source else { return Ok(first) };
    let mut tracks: BTreeMap<u32, Track> = BTreeMap::new();
    for (id, params) in source.all_params() {
        if readable.contains(&id) {
            tracks.insert(id, Track { decoder: decoder(&params)?, resampler: None, count: SpeechCount::new(), has_enough: false });
        }
    }
    source.hear_all();
    let mut packets = 0_u64;
    while let NextGroup::Group(group) = source.next(None)? {
        packets += 1;
        if packets.is_multiple_of(1000) {
            check(0.5)?;
        }
        for packet in group.packets {
            let Some(track) = tracks.get_mut(&packet.track_id).filter(|track| !track.has_enough) else { continue };
            let Ok(sound) = track.decoder.decode(&packet) else { continue };
            let (rate, channels) = (sound.spec().rate(), sound.spec().channels().count().max(1));
            let mut interleaved = Vec::new();
            sound.copy_to_vec_interleaved::<f32>(&mut interleaved);
            if track.resampler.as_ref().is_none_or(|(known, _)| *known != rate) {
                track.resampler = Some((rate, Resampler::new(rate, SPEECH_RATE_HZ)?));
            }
            let mono: Vec<f32> =
                interleaved.chunks_exact(channels).map(|frame| frame.iter().filter(|sample| sample.is_finite()).sum::<f32>() / channels as f32).collect();
            let mut out = Vec::new();
            if let Some((_, resampler)) = &mut track.resampler {
                resampler.push(&mono, &mut out)?;
            }
            track.has_enough = !track.count.push(&out);
        }
        if tracks.values().all(|track| track.has_enough) {
            break;
        }
    }
    // Of two that are alike the first.
    let most = tracks.iter().max_by_key(|(id, track)| (track.count.weight(), std::cmp::Reverse(**id)));
    Ok(most.map_or(first, |(id, _)| *id))
}
