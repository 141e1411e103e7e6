//! Steps 6 to 8: from pieces and cells to a lane of speech for each voice, with overlap where the room is quiet enough to hear it.

use super::clustering::Voices;
use super::embedded_pieces::Pieces;
use super::foreground::{Foreground, runs, tidy};
use super::segmentation::Curves;
use super::single_speaker::best;

/// The level at which a sound is as likely near as far: where the piece is clearly the voice's, and where it is not.
const LOOSE: f32 = 0.33;
const STRICT: f32 = 0.50;
const PAD: usize = 3;
/// A piece is clearly a voice's above this cosine; a short one, of which less can be said, above as little as half of it.
const CLEARLY: f32 = 0.45;
/// Frames around a piece that are judged with it.
const AROUND: usize = 5;
/// A softer voice may be softer: half of how far its level is below the loudest voice's, at most so much.
const SOFTER: f32 = 0.5;
const MOST_SOFTER: f32 = 0.15;
/// Speech this many frames outside a piece is not its voice's any more.
const REACH: usize = 30;
/// Two at once are looked for only in a room where less than this of the rest is speech too; there they are believed above the second, for at least
/// so many frames, over gaps of fewer.
const QUIET_ROOM: f32 = 0.45;
const OVERLAP: f32 = 0.6;
const LEAST_OVERLAP: usize = 10;
/// Of more than two voices the other one is who speaks most within so many frames.
const OTHER_WITHIN: usize = 150;
/// Frames of a pause that is part of speaking, when nobody speaks in it; of one that is even when somebody does; and of speech that is none.
const BREATH: usize = 32;
const BLINK: usize = 5;
const SHORTEST: usize = 20;
/// The room is too noisy for more than a rough share when speech stands less than so many dB above the floor, and more than so much of the rest is speech.
const NOISY_RANGE_DB: f32 = 15.0;
const NOISY_REST: f32 = 0.5;

/// Frames of speech, and what was heard of the room meanwhile.
pub(super) struct Speech {
    frames: Vec<bool>,
    /// How much of all other sound is speech too: the babble of the room, 0 to 1.
    rest: f32,
    range_db: f32,
}

impl Speech {
    /// Step 6: the speech of the result. `whose`: the voice of each piece.
    pub fn new(pieces: &Pieces<'_>, voices: &Voices, whose: &[usize], foreground: &Foreground, curves: &Curves) -> Self {
        let mut frames = foreground.speech(STRICT, PAD);
        let levels: Vec<f32> = pieces.pieces.iter().map(|piece| mean(&foreground.level[piece.start..piece.end])).collect();
        let level_of = |voice: usize| {
            let (mut sum, mut secs) = (0.0, 0.0);
            for index in (0..whose.len()).filter(|&index| whose[index] == voice) {
                sum += levels[index] * pieces.secs(index);
                secs += pieces.secs(index);
            }
            (secs > 0.0).then(|| sum / secs)
        };
        let of_voices: Vec<Option<f32>> = (0..voices.centroids.len()).map(level_of).collect();
        let loudest = of_voices.iter().flatten().copied().fold(f32::NEG_INFINITY, f32::max);
        for (voice, level) in of_voices.iter().enumerate() {
            let Some(level) = level else { continue };
            let softer = (SOFTER * (level - loudest)).clamp(-MOST_SOFTER, 0.0);
            let (loose, strict) = (foreground.speech(LOOSE + softer, PAD), foreground.speech(STRICT + softer, PAD));
            for (index, piece) in pieces.pieces.iter().enumerate().filter(|(index, _)| whose[*index] == voice) {
                let cosine = voices.centroids.iter().map(|centroid| centroid.similarity(&pieces.embeddings[index])).fold(f32::NEG_INFINITY, f32::max);
                let is_clear = cosine > CLEARLY * (0.5 + 0.5 * pieces.secs(index)).min(1.0);
                let around = piece.start.saturating_sub(AROUND)..(piece.end + AROUND).min(frames.len());
                frames[around.clone()].copy_from_slice(&if is_clear { &loose } else { &strict }[around]);
            }
        }
        let outside: Vec<f32> = curves.speech.iter().zip(&frames).filter(|(_, is_speech)| !**is_speech).map(|(speech, _)| *speech).collect();
        Self { frames, rest: mean(&outside), range_db: foreground.range_db }
    }

    /// Whether shares can only be rough: with babble of 5 dB they are off by 8 points on average.
    pub fn is_noisy(&self) -> bool {
        self.range_db < NOISY_RANGE_DB && self.rest > NOISY_REST
    }

    /// The lane of each of `count` voices: frames in which it speaks. `labels`: the voice of each frame inside a piece.
    pub fn lanes(&self, mut labels: Vec<Option<usize>>, count: usize, curves: &Curves) -> Vec<Vec<bool>> {
        reach_out(&mut labels);
        let mut lanes = vec![vec![false; self.frames.len()]; count];
        for (frame, label) in labels.iter().enumerate().filter(|(frame, _)| self.frames[*frame]) {
            if let Some(voice) = *label {
                lanes[voice][frame] = true;
            }
        }
        if count > 1 && self.rest < QUIET_ROOM {
            self.overlap(&mut lanes, &labels, curves);
        }
        for voice in 0..count {
            for pair in runs(&lanes[voice]).windows(2) {
                let pause = pair[0].1..pair[1].0;
                if pause.len() < BREATH && !lanes.iter().any(|lane| lane[pause.clone()].contains(&true)) {
                    lanes[voice][pause].fill(true);
                }
            }
            tidy(&mut lanes[voice], BLINK, SHORTEST);
        }
        lanes
    }

    /// Step 7.
    fn overlap(&self, lanes: &mut [Vec<bool>], labels: &[Option<usize>], curves: &Curves) {
        let mut both: Vec<bool> = curves.overlap.iter().zip(&self.frames).map(|(overlap, is_speech)| *overlap > OVERLAP && *is_speech).collect();
        tidy(&mut both, LEAST_OVERLAP, LEAST_OVERLAP);
        let most = |labels: &[Option<usize>], but: Option<usize>| {
            let mut counts = vec![0_usize; lanes.len()];
            labels.iter().flatten().filter(|voice| Some(**voice) != but).for_each(|&voice| counts[voice] += 1);
            (0..counts.len()).rev().max_by_key(|&voice| counts[voice]).filter(|&voice| counts[voice] > 0)
        };
        let mut found = Vec::new();
        for (from, to) in runs(&both) {
            let Some(voice) = most(&labels[from..to], None) else { continue };
            let around = &labels[from.saturating_sub(OTHER_WITHIN)..(to + OTHER_WITHIN).min(labels.len())];
            let other = if lanes.len() == 2 { Some(1 - voice) } else { most(around, Some(voice)) };
            found.extend(other.map(|other| (other, from, to)));
        }
        for (other, from, to) in found {
            lanes[other][from..to].fill(true);
        }
    }
}

/// The voice of each frame inside a piece, by its cell where that is known.
pub(super) fn labels_of(pieces: &Pieces<'_>, whose: &[usize], cells: Option<&[Option<usize>]>, frames: usize) -> Vec<Option<usize>> {
    let mut labels = vec![None; frames];
    for (piece, &voice) in pieces.pieces.iter().zip(whose) {
        for (frame, label) in labels.iter_mut().enumerate().take(piece.end).skip(piece.start) {
            let of_cell = cells.and_then(|cells| cells.get(frame / super::resegmentation::CELL).copied().flatten());
            *label = of_cell.or(Some(voice));
        }
    }
    labels
}

/// Frames near a labelled one take the nearest one's label.
fn reach_out(labels: &mut [Option<usize>]) {
    let near: Vec<(usize, usize)> = labels.iter().enumerate().filter_map(|(frame, label)| label.map(|label| (frame, label))).collect();
    let mut after = 0;
    for (frame, label) in labels.iter_mut().enumerate().filter(|(_, label)| label.is_none()) {
        while after < near.len() && near[after].0 < frame {
            after += 1;
        }
        let candidates = [after.checked_sub(1), Some(after)].into_iter().flatten().filter_map(|at| near.get(at));
        let nearest = candidates.min_by_key(|(other, _)| other.abs_diff(frame));
        *label = nearest.filter(|(other, _)| other.abs_diff(frame) < REACH).map(|&(_, label)| label);
    }
}

fn mean(values: &[f32]) -> f32 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f32>() / values.len() as f32 }
}

/// The voice that a piece is most like.
pub(super) fn whose(scores: &[Vec<f32>]) -> Vec<usize> {
    scores.iter().map(|scores| best(scores)).collect()
}
