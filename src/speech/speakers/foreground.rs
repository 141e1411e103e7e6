//! Step 2: where somebody near speaks. The babble of a class is speech as well, only farther away: two detectors and the level decide together.

use super::fbank::HOP;
use super::segmentation::{Curves, frames_of};
use crate::conference::{Millis, Samples, Span, blocks};
use crate::error::Result;
use crate::speech::lift::{Lift, is_quiet, stands_out};
use crate::speech::silero::{CHUNK, Silero};

/// Weight of each detector's log-odds, and how much either is believed at most, in nats.
const DETECTOR_WEIGHT: f32 = 0.7;
const MOST_DETECTOR: f32 = 3.0;
/// From floor to loud speech the level's say changes by this many nats; how much a low and a loud level are believed at most (a chair is loud too).
const LEVEL_NATS: f32 = 20.0;
const MOST_FAINT: f32 = 4.0;
const MOST_LOUD: f32 = 1.5;
/// The floor is the 10th percentile of the levels, loud speech the 95th; with less than this between them the level says less.
const FLOOR_PERCENTILE: f32 = 10.0;
const LOUD_PERCENTILE: f32 = 95.0;
const LEAST_RANGE_DB: f32 = 6.0;
/// Where the sound of so many chunks (30 s) around never rises above itself, from its 20th to its 95th percentile, by this much, and is as soft as this
/// (-90 dB is the last bit), nobody is near: it is a room. Babble of 12 talkers has 4 to 6 dB, of 6 to 8 talkers 5 to 8; with a voice 5 dB above it at
/// least 7.7. The flattest of 91 recordings of people has 6.1 and is loud; the next 8.7.
const ROOM_CHUNKS: usize = 938;
const ROOM_RANGE_DB: f32 = 6.5;
const ROOM_LOUD_DB: f32 = -32.0;
const ROOM_PERCENTILE: f32 = 20.0;
/// How often that is looked at: each 5 s.
const ROOM_STEP: usize = 156;
/// What is this near to somebody is heard with them: the recogniser writes the first words of a breath early.
const BESIDE: Millis = Millis(1_000);
/// Sound is read in blocks of so many chunks: 32 s.
const BLOCK_CHUNKS: usize = 1_000;
const RATE_HZ: u32 = 16_000;
/// More than a level can outweigh, in nats.
const NOBODY: f32 = 10.0;
/// A level counts by what it is around it as well, where somebody stands out: between the softest but three of 1.5 s before and after, and the loudest of a
/// third of a second, or so many dB above the softest. So a child far away is judged beside what is heard with the child, not by the teacher at the
/// microphone: with 20 dB between them and a room that is softer when somebody speaks 3 % of the child's time was near, and 71 % is. That is believed
/// in a quiet room: in babble who talks far away stands out as well.
const SOFT_CHUNKS: usize = 47;
const SOFTEST_BUT: usize = 3;
const LOUD_CHUNKS: usize = 10;
const HERE_RANGE_DB: f32 = 30.0;
/// A level is a mean over this many chunks of 32 ms: about a syllable.
const LEVEL_CHUNKS: usize = 5;
/// Speech goes on until its log-odds fall below those of 0.35.
const OFF: f32 = -0.619_039_2;

/// What is heard of nearness in each chunk of 32 ms.
#[derive(Debug, Clone, PartialEq, Default)]
pub(in crate::speech) struct Detected {
    /// Samples heard.
    pub samples: usize,
    /// Silero's probability of speech, and the mean power, in each chunk; the last one may have begun only.
    pub probabilities: Vec<f32>,
    pub powers: Vec<f32>,
}

/// Hears [`Detected`] as sound arrives.
#[derive(Clone)]
pub(in crate::speech) struct Detector {
    silero: Silero,
    lift: Lift,
    /// Sound of which it is not known yet how much it is to be lifted.
    waiting: Vec<f32>,
    /// What follows the last whole chunk.
    rest: Vec<f32>,
    detected: Detected,
}

impl Detector {
    /// Nothing heard yet.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn new() -> Result<Self> {
        Ok(Self { silero: Silero::new()?, lift: Lift::default(), waiting: Vec::new(), rest: Vec::new(), detected: Detected::default() })
    }

    /// Hears more 16 kHz mono.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.lift.push(samples);
        self.waiting.extend_from_slice(samples);
        self.detected.samples += samples.len();
        self.hear()?;
        self.rest.extend_from_slice(samples);
        let (chunks, rest) = self.rest.as_chunks::<CHUNK>();
        self.detected.powers.extend(chunks.iter().map(|chunk| power(chunk)));
        self.rest = rest.to_vec();
        Ok(())
    }

    /// The detector hears what can be lifted by now.
    fn hear(&mut self) -> Result<()> {
        let first = self.detected.samples - self.waiting.len();
        let mut sound: Vec<f32> = self.waiting.drain(..self.lift.known() - first).collect();
        self.lift.apply(&mut sound, first);
        self.silero.push(&sound, &mut self.detected.probabilities)
    }

    /// Nothing more will come.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn finish(&mut self) -> Result<()> {
        self.lift.finish();
        self.hear()
    }

    /// All that was heard so far, with the chunk that has begun, as if silence followed; and how much of it is lifted.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn detected(&self) -> Result<(Detected, Lift)> {
        let mut here = self.clone();
        here.finish()?;
        here.detected.probabilities.push(here.silero.peek()?);
        here.detected.powers.push(power(&here.rest));
        Ok((here.detected, here.lift))
    }

    /// How much of the sound is lifted, as far as it is known by now.
    pub fn lift(&self) -> &Lift {
        &self.lift
    }
}

pub(super) fn power(chunk: &[f32]) -> f32 {
    chunk.iter().map(|x| x * x).sum::<f32>() / CHUNK as f32
}

/// The say of the detectors and of the level, on frames of 10 ms.
pub(super) struct Foreground {
    /// Log-odds of the detectors.
    detectors: Vec<f32>,
    /// How far up from floor to loud speech, of all or around it.
    pub level: Vec<f32>,
    /// From floor to loud speech, in dB.
    pub range_db: f32,
}

impl Foreground {
    pub fn new(detected: &Detected, curves: &Curves) -> Self {
        Self::with(detected, curves, here)
    }

    /// `here`: how far up each level is of those around it.
    pub(super) fn with(detected: &Detected, curves: &Curves, here: impl Fn(&[f32], f32) -> Vec<f32>) -> Self {
        let levels = levels(&detected.powers);
        let mut sorted = levels.clone();
        sorted.sort_by(f32::total_cmp);
        let (floor, loud) = (percentile(&sorted, FLOOR_PERCENTILE), percentile(&sorted, LOUD_PERCENTILE));
        let range = (loud - floor).max(LEAST_RANGE_DB);
        let last = levels.len().min(detected.probabilities.len()).saturating_sub(1);
        let chunk = |frame: usize| (frame * HOP / CHUNK).min(last);
        let frames = if levels.is_empty() { 0 } else { frames_of(detected.samples).min(curves.speech.len()) };
        let is_far = far(&levels);
        let odds = |frame: usize| match is_far[chunk(frame)] {
            true => -NOBODY,
            false => DETECTOR_WEIGHT * (log_odds(detected.probabilities[chunk(frame)]) + log_odds(curves.speech[frame])),
        };
        let detectors = (0..frames).map(odds).collect();
        let here = here(&levels, loud);
        let level = (0..frames).map(|frame| ((levels[chunk(frame)] - floor) / range).max(here[chunk(frame)])).collect();
        Self { detectors, level, range_db: loud - floor }
    }

    /// Frames in which somebody near speaks, when a level of `neutral` speaks neither for nor against; with so many frames before and after.
    pub fn speech(&self, neutral: f32, pad: usize) -> Vec<bool> {
        let mut is_speech = false;
        let mut all = vec![false; self.level.len()];
        for frame in 0..all.len() {
            let nearness = (LEVEL_NATS * (self.level[frame] - neutral)).clamp(-MOST_FAINT, MOST_LOUD);
            is_speech = self.detectors[frame] + nearness >= if is_speech { OFF } else { 0.0 };
            if is_speech {
                let to = (frame + pad + 1).min(all.len());
                // What follows is filled when it is reached, so only what is padded needs to be.
                all[frame.saturating_sub(pad)..to].fill(true);
            }
        }
        all
    }
}

fn log_odds(probability: f32) -> f32 {
    ((probability + 1e-6) / (1.0 - probability + 1e-6)).ln().clamp(-MOST_DETECTOR, MOST_DETECTOR)
}

/// The level around each chunk in dB; -90 dB is added to all, because below it there is only the converter's last bit.
fn levels(powers: &[f32]) -> Vec<f32> {
    let reach = LEVEL_CHUNKS / 2;
    let at = |index: usize| powers[index.saturating_sub(reach).min(powers.len() - 1)];
    (0..powers.len()).map(|middle| 10.0 * ((middle..middle + LEVEL_CHUNKS).map(at).sum::<f32>() / LEVEL_CHUNKS as f32 + 1e-9).log10()).collect()
}

/// How far up each level is of those around it, as far as these stand out. `speech`: the level of loud speech.
fn here(levels: &[f32], speech: f32) -> Vec<f32> {
    let around = |at: usize, reach: usize| &levels[at.saturating_sub(reach)..(at + reach + 1).min(levels.len())];
    let of = |at: usize| {
        let mut near = around(at, SOFT_CHUNKS).to_vec();
        let rank = SOFTEST_BUT.min(near.len() - 1);
        let soft = *near.select_nth_unstable_by(rank, f32::total_cmp).1;
        let loud = around(at, LOUD_CHUNKS).iter().copied().fold(f32::MIN, f32::max);
        is_quiet(speech - soft) * stands_out(loud - soft) * (levels[at] - soft) / (loud - soft).max(HERE_RANGE_DB)
    };
    (0..levels.len()).map(of).collect()
}

/// What of some speech may be near: without rooms in which nobody is, but for what is this near to somebody.
#[must_use]
pub fn without_empty_rooms(samples: &(impl Samples + ?Sized), speech: &[Span]) -> Vec<Span> {
    let powers: Vec<f32> = blocks(samples, CHUNK * BLOCK_CHUNKS).flat_map(|block| block.chunks(CHUNK).map(power).collect::<Vec<f32>>()).collect();
    let at = |chunk: usize| Millis::from_samples((chunk * CHUNK) as u64, RATE_HZ);
    let is_far = far(&levels(&powers));
    let end = is_far.len();
    // Before the first sample and after the last there is nobody.
    let from = |chunk: usize| if chunk == 0 { Millis::ZERO } else { at(chunk) + BESIDE };
    let to = |chunk: usize| if chunk == end { at(chunk) } else { at(chunk) - BESIDE };
    let rooms: Vec<Span> =
        runs(&is_far).into_iter().filter(|&(first, last)| from(first) < to(last)).map(|(first, last)| Span::new(from(first), to(last))).collect();
    speech.iter().flat_map(|span| span.without(rooms.iter().copied())).collect()
}

/// In each chunk, whether all there is around it is a room with nobody near.
fn far(levels: &[f32]) -> Vec<bool> {
    let mut is_far = vec![false; levels.len()];
    if levels.len() < ROOM_CHUNKS / 2 {
        return is_far;
    }
    for (step, chunks) in is_far.chunks_mut(ROOM_STEP).enumerate() {
        let from = (step * ROOM_STEP + ROOM_STEP / 2).saturating_sub(ROOM_CHUNKS / 2).min(levels.len().saturating_sub(ROOM_CHUNKS));
        let mut around = levels[from..(from + ROOM_CHUNKS).min(levels.len())].to_vec();
        around.sort_by(f32::total_cmp);
        let loud = percentile(&around, LOUD_PERCENTILE);
        chunks.fill(loud < ROOM_LOUD_DB && loud - percentile(&around, ROOM_PERCENTILE) < ROOM_RANGE_DB);
    }
    is_far
}

/// Between the two nearest of sorted values.
pub(super) fn percentile(sorted: &[f32], percent: f32) -> f32 {
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let place = last as f32 * percent / 100.0;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    sorted[below] + (sorted[above] - sorted[below]) * place.fract()
}

/// Stretches of true, from and to.
pub(super) fn runs(all: &[bool]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, _) in all.iter().enumerate().filter(|(_, is_true)| **is_true) {
        match runs.last_mut() {
            Some(last) if last.1 == at => last.1 = at + 1,
            _ => runs.push((at, at + 1)),
        }
    }
    runs
}

/// Fills gaps shorter than `fill` frames, then drops stretches shorter than `drop`.
pub(super) fn tidy(all: &mut [bool], fill: usize, drop: usize) {
    for pair in runs(all).windows(2).filter(|pair| pair[1].0 - pair[0].1 < fill) {
        all[pair[0].1..pair[1].0].fill(true);
    }
    for (from, to) in runs(all).into_iter().filter(|(from, to)| to - from < drop) {
        all[from..to].fill(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_gaps_are_filled_and_clicks_dropped() {
        let mut all = [true, true, false, true, false, false, false, true];
        tidy(&mut all, 2, 2);
        assert_eq!(all, [true, true, true, true, false, false, false, false]);
        assert_eq!(percentile(&[0.0, 10.0], 95.0), 9.5);
        assert_eq!(percentile(&[], 10.0), 0.0);
    }

    #[test]
    fn soft_sound_that_never_rises_above_itself_is_a_room_and_a_soft_voice_is_not() {
        let minutes = |level: fn(usize) -> f32| far(&(0..4_000).map(level).collect::<Vec<f32>>());
        assert!(minutes(|at| -45.0 + (at % 5) as f32).iter().all(|is_far| *is_far));
        assert!(minutes(|at| -15.0 + (at % 5) as f32).iter().all(|is_far| !is_far), "loud and even: a telephone");
        assert!(minutes(|at| if at % 30 < 12 { -45.0 } else { -57.0 }).iter().all(|is_far| !is_far), "a quiet child, 12 dB above the room");
        // Somebody comes near for 20 s after a minute and a half.
        let visited = minutes(|at| if (2_800..3_400).contains(&at) && at % 20 < 10 { -30.0 } else { -45.0 });
        assert!(visited[..2_000].iter().all(|is_far| *is_far) && visited[2_800..3_400].iter().all(|is_far| !is_far));
        assert!(far(&[-45.0; 400]).iter().all(|is_far| !is_far), "of 13 s nothing is said");
    }

    #[test]
    fn what_is_said_in_a_room_with_nobody_near_is_not_worth_transcribing_and_what_is_near_is() {
        // A minute of a room, half a minute in which somebody speaks, a minute of the room.
        let tone = |at: usize, level: f32| level * (at as f32 * 0.1).sin();
        let is_loud = |at: usize| (60 * 16_000..90 * 16_000).contains(&at) && at % 8_000 < 4_000;
        let sound: Vec<f32> = (0..150 * 16_000).map(|at| tone(at, if is_loud(at) { 0.2 } else { 0.004 })).collect();
        let left = without_empty_rooms(&sound, &[Span::from_secs(1.0, 149.0)]);
        assert_eq!(left.len(), 1);
        assert!(left[0].start() > Millis(30_000) && left[0].start() < Millis(60_000), "{left:?}");
        assert!(left[0].end() > Millis(90_000) && left[0].end() < Millis(120_000), "{left:?}");
        assert_eq!(without_empty_rooms(&sound[..59 * 16_000], &[Span::from_secs(0.0, 59.0)]), [], "to its very ends");
        assert_eq!(without_empty_rooms(&Vec::new(), &[]), []);
    }

    /// A Foreground of which the detectors are sure everywhere, with the levels given.
    fn of_levels(level: &[f32]) -> Foreground {
        Foreground { detectors: vec![2.0; level.len()], level: level.to_vec(), range_db: 30.0 }
    }

    #[test]
    fn what_is_faint_is_not_near_and_speech_goes_on_through_a_dip() {
        let speech = of_levels(&[0.0, 0.0, 0.6, 0.6, 0.28, 0.6, 0.0, 0.0]).speech(0.4, 0);
        assert_eq!(speech, [false, false, true, true, true, true, false, false]);
        assert_eq!(of_levels(&[0.0, 0.0, 0.6, 0.0]).speech(0.4, 1), [false, true, true, true]);
    }
}
