//! Is there one voice or are there two? Forced into two, one voice would be split in the middle; taken for one, a shy child would vanish.

use super::clustering::{SEARCHING, Voices, weight};
use super::embedded_pieces::Pieces;
use crate::conference::VoiceCount;
use crate::error::Result;

/// The probability of two voices is a logistic function of how much better two explain the pieces than one, of how alike the two are, and of how alike
/// the pieces of the one that speaks less are. The weights were fitted to the development recordings, with and without a second person.
const OF_GAIN: f32 = 1.33;
const OF_COSINE: f32 = -4.17;
const OF_WITHIN: f32 = 2.15;
const CONSTANT: f32 = -2.74;
/// A smaller gain is none.
const LEAST_GAIN: f32 = 0.5;
/// Below the first only one voice is said to be there; up to the second it is said to be hard to tell.
const ONE: f32 = 0.2;
const HARD: f32 = 0.7;
/// Pieces shorter than this, or nearer to each other than this (in frames), say little of whether they are one voice.
const LEAST_SECS: f32 = 0.6;
const APART: usize = 150;
const MOST_SECS: f32 = 1.5;
/// What is assumed of the likeness when there are no such pieces.
const NO_PAIR: f32 = 0.1;

/// Of two voices that were found: the probability that they are two people.
pub(super) fn probability_of_two(pieces: &Pieces<'_>, two: &Voices) -> Result<f32> {
    let [first, second] = two.centroids.as_slice() else { return Ok(1.0) };
    let whose: Vec<usize> = (0..pieces.pieces.len()).map(|index| best(&pieces.scores(index, SEARCHING, &two.centroids, &two.shares))).collect();
    let spoken = |voice: usize| (0..whose.len()).filter(|&index| whose[index] == voice).map(|index| pieces.secs(index)).sum::<f32>();
    let shorter = usize::from(spoken(1) < spoken(0));
    let one = pieces.cluster(1, &mut |_| Ok(()))?;
    let weights: f32 = (0..whose.len()).map(|index| weight(pieces.secs(index))).sum();
    let gain = (two.likelihood - one.likelihood) * weights;
    let (mut sum, mut all) = (0.0, 0.0);
    let long: Vec<usize> = (0..whose.len()).filter(|&index| whose[index] == shorter && pieces.secs(index) >= LEAST_SECS).collect();
    let middle = |index: usize| pieces.pieces[index].start + pieces.pieces[index].end;
    for &a in &long {
        for &b in long.iter().filter(|&&b| middle(a).abs_diff(middle(b)) > 2 * APART) {
            let of_pair = (pieces.secs(a).min(MOST_SECS) * pieces.secs(b).min(MOST_SECS)).sqrt();
            sum += of_pair * pieces.embeddings[a].similarity(&pieces.embeddings[b]);
            all += of_pair;
        }
    }
    let within = if all > 0.0 { sum / all } else { NO_PAIR };
    let odds = OF_GAIN * gain.max(LEAST_GAIN).ln() + OF_COSINE * first.similarity(second) + OF_WITHIN * within + CONSTANT;
    Ok(1.0 / (1.0 + (-odds).exp()))
}

/// What is said of it.
pub(super) fn count(probability_of_two: f32) -> VoiceCount {
    match probability_of_two {
        p if p < ONE => VoiceCount::OnlyOne,
        p if p <= HARD => VoiceCount::HardToTell,
        _ => VoiceCount::AsExpected,
    }
}

/// The place of the largest.
pub(super) fn best(scores: &[f32]) -> usize {
    (0..scores.len()).rev().max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0)
}
