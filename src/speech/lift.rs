//! Soft speech lifted to where detectors and recognizer hear it: beside a teacher at her microphone they miss a child who murmurs.
//!
//! Only what stands out of the room around it is lifted: the babble of a class fills its own pauses and stays where it is. How loud something is counts
//! as before when it is judged whether it is near.

use crate::conference::{Samples, blocks};
use std::borrow::Cow;

/// 16 kHz.
const RATE: usize = 16_000;
/// Levels and gains are of a tenth of a second each.
const BLOCK: usize = RATE / 10;
/// Speech is lifted to here, in dBFS, as loud as detectors are used to it, by no more than `MOST_DB`: below that there is only the converter's last bit.
/// With -33 dBFS 69 and 55 % of the time of two children 20 dB below their teachers was found to be near, with -30 74 and 61, with -23 79 and 70.
const TARGET_DB: f32 = -27.0;
const MOST_DB: f32 = 30.0;
/// The recogniser, and what looks for its words, hear it lifted by so much less: they need it less, and every lift makes the room louder as well.
const FOR_WORDS_DB: f32 = 8.0;
/// What is this much above the room begins to be lifted, and this much above it is lifted whole.
const SOME_DB: f32 = 8.0;
const WHOLE_DB: f32 = 12.0;
/// A room so far below loud speech begins to be a quiet one, and this far below it is one.
const QUIET_DB: f32 = 25.0;
const QUIETEST_DB: f32 = 33.0;
/// Speech is as loud as the loudest block this near: a syllable and the pause beside it are lifted alike.
const REACH: usize = 3;
/// The room is the 10th percentile of the levels of the last ten seconds, or the softest but one of a second and a half before and after, whichever is
/// softer: between the turns of a teacher a room is louder than beneath a child far away, where a microphone is turned down, and a child's answer is
/// short. The softest is no measure: where a microphone lost a moment, there is nothing. And only what is so far below the loudest of those ten seconds
/// counts as a room that is softer: in babble there is no such thing, but short moments that are.
const NEIGHBORHOOD: usize = 100;
const NEAR: usize = 15;
const SOFTEST_BUT: usize = 1;

/// How much each tenth of a second is lifted, found as sound arrives. How it arrives does not matter.
#[derive(Debug, Clone, Default)]
pub(super) struct Lift {
    /// Samples heard.
    samples: usize,
    /// The energy of the block that has begun.
    energy: f32,
    /// In dB, of each block.
    levels: Vec<f32>,
    /// Factors, of each block that is known with those after it.
    gains: Vec<f32>,
}

impl Lift {
    /// Of a whole sound.
    pub fn of(samples: &(impl Samples + ?Sized)) -> Self {
        let mut lift = Self::default();
        blocks(samples, NEIGHBORHOOD * BLOCK).for_each(|block| lift.push(&block));
        lift.finish();
        lift
    }

    /// Hears more 16 kHz mono.
    pub fn push(&mut self, mut samples: &[f32]) {
        while !samples.is_empty() {
            let (now, later) = samples.split_at((BLOCK - self.samples % BLOCK).min(samples.len()));
            self.energy += now.iter().map(|x| x * x).sum::<f32>();
            self.samples += now.len();
            samples = later;
            if self.samples.is_multiple_of(BLOCK) {
                self.end_block();
                let known = self.levels.len().saturating_sub(NEAR);
                self.find(known);
            }
        }
    }

    /// The gains up to the end, as if silence followed.
    pub fn finish(&mut self) {
        if self.levels.len() * BLOCK < self.samples {
            self.end_block();
        }
        self.find(self.levels.len());
    }

    /// How many samples can be lifted by now.
    pub fn known(&self) -> usize {
        // Between the middles of two blocks the gain changes from the one's to the other's.
        if !self.gains.is_empty() && self.gains.len() == self.levels.len() { self.samples } else { (self.gains.len() * BLOCK).saturating_sub(BLOCK / 2) }
    }

    /// Lifts what is known of a stretch that begins at sample `first` of the recording, for detectors.
    pub fn apply(&self, stretch: &mut [f32], first: usize) {
        self.apply_less(stretch, first, 0.0);
    }

    /// As [`Self::apply`], for the recogniser.
    pub fn apply_for_words(&self, stretch: &mut [f32], first: usize) {
        self.apply_less(stretch, first, FOR_WORDS_DB);
    }

    fn apply_less(&self, stretch: &mut [f32], first: usize, less_db: f32) {
        let less = 10_f32.powf(-less_db / 20.0);
        let Some(last) = self.gains.len().checked_sub(1) else { return };
        for (at, sample) in (first..).zip(stretch) {
            let place = (at as f32 / BLOCK as f32 - 0.5).clamp(0.0, last as f32);
            let (before, between) = (place as usize, place.fract());
            let gain = self.gains[before] + between * (self.gains[(before + 1).min(last)] - self.gains[before]);
            *sample = (*sample * (gain * less).max(1.0)).clamp(-1.0, 1.0);
        }
    }

    fn end_block(&mut self) {
        self.levels.push(10.0 * (self.energy / BLOCK as f32 + 1e-10).log10());
        self.energy = 0.0;
    }

    /// Finds the gains of all blocks before `until`.
    fn find(&mut self, until: usize) {
        for at in self.gains.len()..until {
            let end = (at + REACH + 1).min(self.levels.len());
            let loud = self.levels[at.saturating_sub(REACH)..end].iter().copied().fold(f32::MIN, f32::max);
            let wanted = (TARGET_DB - loud).clamp(0.0, MOST_DB);
            self.gains.push(if wanted > 0.0 { 10_f32.powf(wanted * self.is_somebody(loud, at) / 20.0) } else { 1.0 });
        }
    }

    /// How sure it is that the level around a block is above the room, 0 to 1.
    fn is_somebody(&self, level: f32, at: usize) -> f32 {
        let end = (at + REACH + 1).min(self.levels.len());
        let last = &self.levels[end.saturating_sub(NEIGHBORHOOD)..end];
        let (room, loudest) = (ranked(last, last.len() / 10), ranked(last, last.len() * 19 / 20));
        let near = ranked(&self.levels[at.saturating_sub(NEAR)..(at + NEAR + 1).min(self.levels.len())], SOFTEST_BUT);
        stands_out(level - room + is_quiet(loudest - near) * (room - near).max(0.0))
    }
}

/// How sure it is that a room so many dB below loud speech is a quiet one, 0 to 1.
pub(super) fn is_quiet(below_db: f32) -> f32 {
    ((below_db - QUIET_DB) / (QUIETEST_DB - QUIET_DB)).clamp(0.0, 1.0)
}

/// How sure it is that what is so many dB above the room is somebody, 0 to 1.
pub(super) fn stands_out(above_db: f32) -> f32 {
    ((above_db - SOME_DB) / (WHOLE_DB - SOME_DB)).clamp(0.0, 1.0)
}

/// The level of which so many are softer.
fn ranked(levels: &[f32], softer: usize) -> f32 {
    let mut levels = levels.to_vec();
    let rank = softer.min(levels.len() - 1);
    *levels.select_nth_unstable_by(rank, f32::total_cmp).1
}

/// A whole sound with its soft speech lifted for the recogniser. The sound itself stays as it is.
pub struct Lifted<'a, S: ?Sized> {
    sound: &'a S,
    lift: Lift,
}

impl<'a, S: Samples + ?Sized> Lifted<'a, S> {
    /// Listens to all of it once, to know what is soft and what is the room.
    pub fn new(sound: &'a S) -> Self {
        Self { sound, lift: Lift::of(sound) }
    }
}

impl<S: Samples + ?Sized> Samples for Lifted<'_, S> {
    fn count(&self) -> usize {
        self.sound.count()
    }

    fn range(&self, from: usize, to: usize) -> Cow<'_, [f32]> {
        let mut range = self.sound.range(from, to).into_owned();
        self.lift.apply_for_words(&mut range, from);
        Cow::Owned(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise of a level in dB below full scale, always the same.
    fn noise(db: f32, samples: usize, seed: &mut u32) -> Vec<f32> {
        let mut next = || {
            *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (*seed >> 8) as f32 / 8_388_608.0 - 1.0
        };
        (0..samples).map(|_| next() * 3.0_f32.sqrt() * 10_f32.powf(db / 20.0)).collect()
    }

    fn lift_whole(sound: &[f32]) -> Vec<f32> {
        Lifted::new(sound).range(0, sound.len()).into_owned()
    }

    fn level(sound: &[f32]) -> f32 {
        10.0 * (sound.iter().map(|x| x * x).sum::<f32>() / sound.len() as f32).log10()
    }

    /// A room, somebody loud, somebody soft.
    fn scene() -> Vec<f32> {
        let mut seed = 7;
        [(-65.0, 3 * RATE), (-20.0, 2 * RATE), (-65.0, RATE), (-50.0, 2 * RATE), (-65.0, 3 * RATE)].map(|(db, samples)| noise(db, samples, &mut seed)).concat()
    }

    #[test]
    fn soft_speech_is_lifted_and_what_is_loud_or_the_room_is_not() {
        let (sound, lifted) = (scene(), lift_whole(&scene()));
        let soft = 6 * RATE + RATE / 2..8 * RATE - RATE / 2;
        assert!((level(&lifted[soft.clone()]) - TARGET_DB + FOR_WORDS_DB).abs() < 1.0, "{}", level(&lifted[soft.clone()]));
        let mut for_detectors = sound.clone();
        Lift::of(&sound).apply(&mut for_detectors, 0);
        assert!((level(&for_detectors[soft.clone()]) - TARGET_DB).abs() < 1.0, "{}", level(&for_detectors[soft]));
        assert_eq!(lifted[3 * RATE + RATE / 2..5 * RATE - RATE / 2], sound[3 * RATE + RATE / 2..5 * RATE - RATE / 2]);
        for room in [0..2 * RATE, 9 * RATE..11 * RATE] {
            assert_eq!(lifted[room.clone()], sound[room], "noise that stands out of nothing stays");
        }
        assert_eq!(lift_whole(&[0.0; 5_000]), [0.0; 5_000]);
        assert!(lift_whole(&[]).is_empty());
    }

    #[test]
    fn how_the_sound_arrives_does_not_matter_and_what_is_known_does_not_change() {
        let sound = scene();
        let whole = Lift::of(&sound);
        let mut parts = Lift::default();
        let mut known_before = 0;
        for (at, part) in sound.chunks(777).enumerate() {
            parts.push(part);
            let known = parts.known();
            assert!(known >= known_before, "what is known stays known");
            known_before = known;
            assert!(known <= (at + 1) * 777 && known + (NEAR + 1) * BLOCK + BLOCK / 2 + 777 > at * 777, "{known}");
            let (mut now, mut then) = (sound[..known].to_vec(), sound[..known].to_vec());
            if at % 50 == 0 {
                parts.apply(&mut now, 0);
                whole.apply(&mut then, 0);
                assert!(now.iter().zip(&then).all(|(a, b)| (a - b).abs() < 1e-6), "at {known}");
            }
        }
        parts.finish();
        assert_eq!(parts.known(), sound.len());
        assert_eq!(parts.gains.len(), whole.gains.len());
    }
}
