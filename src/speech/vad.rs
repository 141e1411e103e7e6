//! Where there is speech. Steers the recogniser and the measures, never the recording: silence is kept.
//!
//! [`speech_spans`] is generous, for the recogniser: whatever sounds like speech. [`near_speech`] is for who spoke when: the babble of a class is
//! speech as well, only farther away, so there the level has a say.

use super::silero::{self, CHUNK, Silero};
use crate::conference::{Millis, Span};
use crate::error::Result;
use earshot::Detector;

/// Samples of one decision of the detector: 16 ms at 16 kHz.
const FRAME: usize = 256;
/// Levels are judged in frames of 20 ms.
const LEVEL_FRAME: usize = 320;
/// Speech begins at this probability and goes on until it falls below `OFF` (measured recipe).
const ON: f32 = 0.5;
const OFF: f32 = 0.4;
/// Gaps shorter than this do not end speech, and speech shorter than `SHORTEST` is a click.
const SHORTEST_GAP: Millis = Millis(250);
const SHORTEST: Millis = Millis(150);
/// The detector hears best when loud frames are here: -18 dBFS.
const TARGET: f32 = 0.125_892_54;
/// 60 dB: below that there is no speech to be lifted, only the converter's last bit.
const MOST_GAIN: f32 = 1000.0;
/// Levels are counted in so many steps of half a decibel.
const LEVEL_STEPS: usize = 240;
/// Speech into a laptop's microphone is about here, -30 dBFS; assumed for half a second until there is more to go by.
const ORDINARY: f32 = 0.031_622_776;
const ORDINARY_FRAMES: u32 = 31;

/// Near speech begins at this and goes on until it falls below the second; of Silero's probability with the level's say in it.
const NEAR_ON: f32 = 0.5;
const NEAR_OFF: f32 = 0.35;
/// A level is a mean over this many chunks: 0.16 s, about a syllable.
const LEVEL_CHUNKS: usize = 5;
/// The level that speaks neither for nor against: this far up from the recording's floor (10th percentile) to its loud speech (95th). On the test
/// conversations 0.25 to 0.4 is a plateau: lower lets babble in, higher loses the quieter voice.
const NEAR_LEVEL: f32 = 0.3;
/// From floor to loud speech the level's say changes by this many nats; with less than `LEAST_RANGE` between them it says less.
const LEVEL_NATS: f32 = 20.0;
const LEAST_RANGE_DB: f32 = 6.0;
/// Neither is ever believed more than this, in nats: the detector, a loud level (a chair is loud too), a low one.
const MOST_DETECTOR: f32 = 3.0;
const MOST_LOUD: f32 = 1.5;
const MOST_FAINT: f32 = 4.0;
/// With less than this of the detector nobody near is speaking, whatever the level.
const MAY_BE: f32 = 0.2;
/// The detector notices late and lets go early.
const NEAR_PAD: Millis = Millis(30);
/// A shorter pause is part of speaking; references by people join about as much.
const NEAR_GAP: Millis = Millis(320);
const NEAR_SHORTEST: Millis = Millis(200);

/// The stretches in which somebody near speaks, in 16 kHz mono, sorted and disjoint.
///
/// # Errors
/// Only through a mistake in the build.
pub fn near_speech(samples: &[f32]) -> Result<Vec<Span>> {
    let mut near = NearSpeech::new()?;
    near.push(samples);
    Ok(near.spans())
}

/// Hears where somebody near speaks, as sound arrives.
pub struct NearSpeech {
    silero: Silero,
    memory: silero::Memory,
    /// Of each whole chunk so far.
    probabilities: Vec<f32>,
    powers: Vec<f32>,
    /// The last whole chunk, which the next one is heard with, and what follows it.
    rest: Vec<f32>,
    samples: usize,
}

impl NearSpeech {
    /// Nothing heard yet.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn new() -> Result<Self> {
        let rest = vec![0.0; CHUNK];
        Ok(Self { silero: Silero::shipped()?, memory: silero::Memory::default(), probabilities: Vec::new(), powers: Vec::new(), rest, samples: 0 })
    }

    /// Hears more 16 kHz mono.
    pub fn push(&mut self, samples: &[f32]) {
        self.samples += samples.len();
        self.rest.extend_from_slice(samples);
        let chunks = self.rest.len() / CHUNK - 1;
        self.silero.hear(&self.rest, 1, chunks, &mut self.memory, &mut self.probabilities);
        self.powers.extend(self.rest[CHUNK..(chunks + 1) * CHUNK].chunks_exact(CHUNK).map(power));
        self.rest.drain(..chunks * CHUNK);
    }

    /// Samples heard.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Whether there may be speech within so many frames of 10 ms around one, whatever the level; what is not heard yet may be.
    #[must_use]
    pub fn may_be_near(&self, frame: usize, around: usize) -> bool {
        let chunk = |frame: usize| frame * super::mel::HOP / CHUNK;
        let (from, to) = (chunk(frame.saturating_sub(around)), chunk(frame + around) + 1);
        from >= self.probabilities.len() || self.probabilities[from..to.min(self.probabilities.len())].iter().any(|&probability| probability > MAY_BE)
    }

    /// The stretches in everything heard so far, sorted and disjoint: what is near is judged by all of it.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let (mut probabilities, mut powers) = (self.probabilities.clone(), self.powers.clone());
        if self.rest.len() > CHUNK {
            self.silero.hear(&self.rest, 1, 1, &mut self.memory.clone(), &mut probabilities);
            powers.push(power(&self.rest[CHUNK..]));
        }
        let levels = levels(&powers);
        let mut sorted = levels.clone();
        sorted.sort_by(f32::total_cmp);
        let place = |percent: usize| sorted.get(sorted.len().saturating_sub(1) * percent / 100).copied().unwrap_or(0.0);
        let (floor, loud) = (place(10), place(95));
        let range = (loud - floor).max(LEAST_RANGE_DB);
        let mut spans: Vec<Span> = Vec::new();
        let mut is_speech = false;
        for (index, (probability, level)) in probabilities.iter().zip(&levels).enumerate() {
            let detector = ((probability + 1e-6) / (1.0 - probability + 1e-6)).ln().clamp(-MOST_DETECTOR, MOST_DETECTOR);
            let nearness = (LEVEL_NATS * ((level - floor) / range - NEAR_LEVEL)).clamp(-MOST_FAINT, MOST_LOUD);
            is_speech = 1.0 / (1.0 + (-detector - nearness).exp()) >= if is_speech { NEAR_OFF } else { NEAR_ON };
            if is_speech {
                let chunk = span(index * CHUNK, ((index + 1) * CHUNK).min(self.samples));
                match spans.last_mut() {
                    Some(last) if last.end() >= chunk.start() => *last = Span::new(last.start(), chunk.end()),
                    _ => spans.push(chunk),
                }
            }
        }
        let whole = Millis::from_samples(self.samples as u64, 16_000);
        let padded = spans.iter().map(|span| Span::new((span.start() - NEAR_PAD).max(Millis::ZERO), (span.end() + NEAR_PAD).min(whole))).collect();
        tidy(padded, NEAR_GAP, NEAR_SHORTEST)
    }
}

fn power(chunk: &[f32]) -> f32 {
    chunk.iter().map(|x| x * x).sum::<f32>() / CHUNK as f32
}

/// The level around each chunk in dB. -90 dB is added to all: below it there is only the converter's last bit.
fn levels(powers: &[f32]) -> Vec<f32> {
    let reach = LEVEL_CHUNKS / 2;
    (0..powers.len())
        .map(|at| {
            let around = &powers[at.saturating_sub(reach)..(at + reach + 1).min(powers.len())];
            10.0 * (around.iter().sum::<f32>() / around.len() as f32 + 1e-9).log10()
        })
        .collect()
}

/// The stretches of what may be speech in 16 kHz mono, sorted and disjoint.
#[must_use]
pub fn speech_spans(samples: &[f32]) -> Vec<Span> {
    let mut finder = SpeechFinder { fixed_gain: Some(gain(samples)), ..SpeechFinder::new() };
    let mut spans = Vec::new();
    finder.push(samples, &mut spans);
    finder.finish(&mut spans);
    spans
}

/// Finds what may be speech, as sound arrives.
pub struct SpeechFinder {
    detector: Box<Detector>,
    levels: Levels,
    /// For a sound of which the whole is known.
    fixed_gain: Option<f32>,
    rest: Vec<f32>,
    /// Samples judged.
    at: usize,
    is_speech: bool,
    since: Option<usize>,
    /// The last stretch: the next may still join it.
    last: Option<Span>,
}

impl Default for SpeechFinder {
    fn default() -> Self {
        Self::new()
    }
}

impl SpeechFinder {
    /// Nothing heard yet.
    #[must_use]
    pub fn new() -> Self {
        let (levels, rest) = (Levels::default(), Vec::new());
        Self { detector: Detector::default_boxed(), levels, fixed_gain: None, rest, at: 0, is_speech: false, since: None, last: None }
    }

    /// Hears more 16 kHz mono; appends the stretches that are certain now.
    pub fn push(&mut self, samples: &[f32], found: &mut Vec<Span>) {
        self.rest.extend_from_slice(samples);
        let mut rest = std::mem::take(&mut self.rest);
        let whole = rest.len() / FRAME * FRAME;
        for block in rest[..whole].chunks_exact(FRAME) {
            self.hear(block, found);
        }
        rest.drain(..whole);
        self.rest = rest;
    }

    fn hear(&mut self, block: &[f32], found: &mut Vec<Span>) {
        if self.fixed_gain.is_none() {
            self.levels.add(block);
        }
        let gain = self.fixed_gain.unwrap_or_else(|| self.levels.gain());
        let mut frame = [0.0_f32; FRAME];
        for (to, from) in frame.iter_mut().zip(block) {
            *to = (from * gain).clamp(-1.0, 1.0);
        }
        let probability = self.detector.predict_f32(&frame);
        self.is_speech = probability >= if self.is_speech { OFF } else { ON };
        match (self.is_speech, self.since) {
            (true, None) => self.since = Some(self.at),
            (false, Some(start)) => self.end(start, found),
            _ => {}
        }
        self.at += block.len();
        let now = Millis::from_samples(self.at as u64, 16_000);
        if self.since.is_none()
            && let Some(last) = self.last.take_if(|last| now - last.end() >= SHORTEST_GAP)
        {
            found.extend(Some(last).filter(|last| last.length() >= SHORTEST));
        }
    }

    fn end(&mut self, start: usize, found: &mut Vec<Span>) {
        self.since = None;
        let stretch = span(start, self.at);
        match &mut self.last {
            Some(last) if stretch.start() - last.end() < SHORTEST_GAP => *last = Span::new(last.start(), stretch.end()),
            last => found.extend(last.replace(stretch).filter(|last| last.length() >= SHORTEST)),
        }
    }

    /// Since when somebody may be speaking who has not ended yet.
    #[must_use]
    pub fn open_since(&self) -> Option<Millis> {
        self.last.map(|last| last.start()).or(self.since.map(|since| Millis::from_samples(since as u64, 16_000)))
    }

    /// The sound has ended: appends what was open.
    pub fn finish(mut self, found: &mut Vec<Span>) {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            let mut block = rest.clone();
            block.resize(FRAME, 0.0);
            self.hear(&block, found);
            self.at -= FRAME - rest.len();
        }
        if let Some(start) = self.since {
            self.end(start, found);
        }
        found.extend(self.last.filter(|last| last.length() >= SHORTEST));
    }
}

/// How loud it has been so far: how often each level, in steps of half a decibel up from -120 dBFS.
struct Levels([u32; LEVEL_STEPS]);

impl Default for Levels {
    /// As if a moment of ordinary speech had been heard: the first breath of a recording is not lifted to the level of speech.
    fn default() -> Self {
        let mut counts = [0; LEVEL_STEPS];
        counts[step_of(ORDINARY * ORDINARY)] = ORDINARY_FRAMES;
        Self(counts)
    }
}

impl Levels {
    fn add(&mut self, frame: &[f32]) {
        self.0[step_of(frame.iter().map(|x| x * x).sum::<f32>() / frame.len().max(1) as f32)] += 1;
    }

    /// As [`gain`], of what was heard so far.
    fn gain(&self) -> f32 {
        let mut above = self.0.iter().sum::<u32>() / 20;
        for (step, &count) in self.0.iter().enumerate().rev() {
            if count > above {
                return (TARGET / 10.0_f32.powf((step as f32 / 2.0 - 120.0) / 20.0)).min(MOST_GAIN);
            }
            above -= count;
        }
        1.0
    }
}

fn step_of(power: f32) -> usize {
    ((10.0 * power.max(1e-12).log10() + 120.0) * 2.0).clamp(0.0, LEVEL_STEPS as f32 - 1.0) as usize
}

fn span(from: usize, to: usize) -> Span {
    Span::new(Millis::from_samples(from as u64, 16_000), Millis::from_samples(to as u64, 16_000))
}

fn tidy(spans: Vec<Span>, shortest_gap: Millis, shortest: Millis) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start() - last.end() < shortest_gap => *last = Span::new(last.start(), span.end()),
            _ => joined.push(span),
        }
    }
    joined.retain(|span| span.length() >= shortest);
    joined
}

/// What brings the 95th percentile of the 20 ms levels to -18 dBFS. Digital silence is left alone.
fn gain(samples: &[f32]) -> f32 {
    let mut levels: Vec<f32> = samples.chunks_exact(LEVEL_FRAME).map(|frame| (frame.iter().map(|x| x * x).sum::<f32>() / LEVEL_FRAME as f32).sqrt()).collect();
    if levels.is_empty() {
        return 1.0;
    }
    let place = (levels.len() - 1) * 95 / 100;
    let (_, loud, _) = levels.select_nth_unstable_by(place, f32::total_cmp);
    if *loud > 1e-6 { (TARGET / *loud).min(MOST_GAIN) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_holds_no_speech_and_neither_does_a_steady_hiss() {
        assert!(speech_spans(&vec![0.0; 48_000]).is_empty() && near_speech(&vec![0.0; 48_000]).unwrap().is_empty());
        assert!(near_speech(&[]).unwrap().is_empty());
        let mut state = 1_u32;
        let hiss: Vec<f32> = (0..160_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 16_777_216.0 * 0.02 - 0.01
            })
            .collect();
        for spans in [speech_spans(&hiss), near_speech(&hiss).unwrap()] {
            let found: Millis = spans.iter().map(|span| span.length()).sum();
            assert!(found < Millis(500), "{found:?}");
        }
    }

    #[test]
    fn short_gaps_are_filled_and_clicks_dropped() {
        let spans = vec![Span::new(Millis(0), Millis(400)), Span::new(Millis(600), Millis(900)), Span::new(Millis(2000), Millis(2100))];
        assert_eq!(tidy(spans, SHORTEST_GAP, SHORTEST), vec![Span::new(Millis(0), Millis(900))]);
    }

    #[test]
    fn a_quiet_student_in_a_quiet_room_is_near_as_well() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/maya.flac");
        let voice = crate::audio::decode_file(&path, &mut |_| Ok(())).unwrap().samples;
        let half = 16_000 * 40;
        let found = |factor: f32| {
            // The first half as it is, the second fainter: the level has a say only where the room is loud.
            let sound: Vec<f32> = voice[..2 * half].iter().enumerate().map(|(n, x)| if n < half { *x } else { x * factor }).collect();
            let middle = Millis::from_samples(half as u64, 16_000);
            near_speech(&sound).unwrap().iter().filter(|span| span.start() >= middle).map(|span| span.length()).sum::<Millis>()
        };
        let (plain, faint) = (found(1.0), found(0.2));
        assert!(plain > Millis(15_000) && faint.0 * 10 > plain.0 * 8, "{plain:?} {faint:?}");
    }
}
