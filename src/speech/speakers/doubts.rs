//! Where it is not sure who speaks: a moment of each supposed voice to listen to, and stretches that may be another voice's.

use super::clustering::{ScoreWeights, Voices};
use super::embedded_pieces::Pieces;
use super::resegmentation::{CELL, Cells};
use super::single_speaker::best;
use crate::conference::{Millis, Voice, VoiceSpan};

/// In the result a piece says less of its voice than where voices are looked for, and how much a voice speaks says half.
pub(super) const RESULT: ScoreWeights = ScoreWeights { kappa: 14.0, of_share: 0.5 };
/// A voice is told by ear from so long a piece.
const LONG_ENOUGH: f32 = 0.8;
/// A piece of which the voice is ahead of the next by less than this, in nats for each tenth of a second, may be the next one's.
const LEAST_AHEAD: f32 = 1.0;

/// A moment of each voice: the beginning of the piece that is most clearly its own. Sorted.
pub(super) fn moments(pieces: &Pieces<'_>, voices: &Voices) -> Vec<Millis> {
    let count = voices.centroids.len();
    let ahead = |index: usize, voice: usize| {
        let scores = pieces.scores(index, RESULT, &voices.centroids, &voices.shares);
        scores[voice] - (0..count).filter(|&other| other != voice).map(|other| scores[other]).fold(f32::NEG_INFINITY, f32::max)
    };
    let all = 0..pieces.pieces.len();
    let mut from: Vec<usize> = all.clone().filter(|&index| pieces.secs(index) >= LONG_ENOUGH).collect();
    if from.len() < count {
        from = all.collect();
    }
    let clearest = |voice: usize| from.iter().copied().max_by(|&a, &b| ahead(a, voice).total_cmp(&ahead(b, voice)));
    let mut moments: Vec<Millis> = (0..count).filter_map(clearest).map(|index| pieces.pieces[index].span().start()).collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// Pieces that may be of another voice than the one the cells were given, as that one's. `order`: the voices of the result.
pub(super) fn stretches(pieces: &Pieces<'_>, cells: &Cells, order: &[usize]) -> Vec<VoiceSpan> {
    let of_piece = |index: usize| {
        let piece = pieces.pieces[index];
        let cells = cells.nats.get(piece.start / CELL..piece.end.div_ceil(CELL).min(cells.nats.len()))?;
        let sum = |voice: usize| cells.iter().filter_map(|nats| nats.get(voice)).sum::<f32>() / cells.len().max(1) as f32;
        let sums: Vec<f32> = order.iter().map(|&voice| sum(voice)).collect();
        let first = best(&sums);
        let next = (0..sums.len()).filter(|&voice| voice != first).max_by(|&a, &b| sums[a].total_cmp(&sums[b]))?;
        (sums[first] - sums[next] < LEAST_AHEAD).then_some(VoiceSpan { span: piece.span(), voice: Voice(next as u8) })
    };
    (0..pieces.pieces.len()).filter_map(of_piece).collect()
}
