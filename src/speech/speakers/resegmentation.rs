//! Step 5: who speaks in each tenth of a second, by what the piece sounds like and by a mixture of each voice on the frames themselves.

use super::embedded_pieces::Pieces;
use super::fbank::{CEPSTRA, Fbank, HOP, LENGTH, cepstra, frames_in};
use super::mixture::{Frame, Mixture};
use super::single_speaker::best;
use crate::conference::Samples;
use crate::error::Result;

/// Frames of a cell: 0.1 s.
pub(in crate::speech) const CELL: usize = 10;
/// Weight of the piece's score, and how far below the best it may put a voice.
const PIECE_WEIGHT: f32 = 0.25;
const LEAST_PIECE: f32 = -8.0;
/// What a change of voice costs in nats; half after a pause, and less where the segmentation hears a change.
const CHANGE_NATS: f32 = 3.0;
const AFTER_PAUSE: f32 = 0.5;
const OF_CHANGE: f32 = 0.6;
const ROUNDS: usize = 3;
/// What the teacher said outweighs any sound.
const LABELLED_NATS: f32 = 1000.0;
/// Frames for which cepstra are made at once.
const BLOCK: usize = 3000;

/// Who speaks in each cell.
pub(super) struct Cells {
    /// Of each cell with a piece in it, the voice.
    pub voices: Vec<Option<usize>>,
    /// How far each voice is below the best, in nats, for each cell with a piece in it; empty elsewhere.
    pub nats: Vec<Vec<f32>>,
}

/// What is known of who speaks when, before the frames themselves are looked at.
pub(super) struct VoiceEvidence<'a> {
    pub pieces: &'a Pieces<'a>,
    /// Of each piece for each voice, in nats.
    pub scores: &'a [Vec<f32>],
    /// Stretches of frames whose voice the teacher said.
    pub labelled: &'a [((usize, usize), usize)],
    /// For each frame how likely the segmentation finds a change of voice there.
    pub change: &'a [f32],
}

/// Finds who speaks in each cell of the whole sound `samples`.
///
/// # Errors
/// What `check` says.
pub(super) fn resegment(samples: &(impl Samples + ?Sized), evidence: &VoiceEvidence<'_>, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Cells> {
    let VoiceEvidence { pieces, scores, labelled, change } = *evidence;
    let frames = change.len();
    let count = frames.div_ceil(CELL);
    let voices = scores.first().map_or(0, Vec::len);
    let mut of_piece: Vec<Option<Vec<f32>>> = vec![None; count];
    // Of each frame in a piece, and of the rest of its cell.
    let mut labels: Vec<Option<usize>> = vec![None; count * CELL];
    for (piece, scores) in pieces.pieces.iter().zip(scores) {
        let top = scores[best(scores)];
        let below: Vec<f32> = scores.iter().map(|score| (score - top).max(LEAST_PIECE)).collect();
        for cell in piece.start / CELL..piece.end.div_ceil(CELL).min(count) {
            labels[cell * CELL..(cell + 1) * CELL].fill(Some(best(&below)));
            of_piece[cell] = Some(below.clone());
        }
    }
    let mut is_inside = vec![false; count * CELL];
    for (piece, scores) in pieces.pieces.iter().zip(scores) {
        labels[piece.start..piece.end].fill(Some(best(scores)));
        is_inside[piece.start..piece.end].fill(true);
    }
    // Cells with a piece in them, each with its frames.
    let cells: Vec<(usize, Vec<f32>)> = of_piece.into_iter().enumerate().filter_map(|(cell, below)| below.map(|below| (cell, below))).collect();
    let sound = frames_of_cells(samples, &cells, &is_inside, check)?;
    let mut path: Vec<usize> = Vec::new();
    let mut nats = Vec::new();
    for round in 0..ROUNDS {
        let of_voice = |voice: usize| {
            let voiced = cells.iter().zip(&sound).flat_map(|((cell, _), frames)| frames.iter().zip(&labels[cell * CELL..]));
            Mixture::fit(&voiced.filter(|(_, label)| **label == Some(voice)).map(|(frame, _)| frame).collect::<Vec<_>>())
        };
        let mixtures: Vec<Option<Mixture>> = (0..voices).map(of_voice).collect();
        let score = |((_, below), frames): (&(usize, Vec<f32>), &[Frame; CELL])| {
            let found: Vec<Option<f32>> = mixtures.iter().map(|mixture| mixture.as_ref().map(|mixture| mixture.log_likelihood(frames))).collect();
            // A voice with too little speech for a mixture is as unlikely as the worst of the others.
            let worst = found.iter().flatten().copied().fold(f32::INFINITY, f32::min);
            let likelihood = |found: Option<f32>| found.unwrap_or(if worst.is_finite() { worst } else { 0.0 });
            below.iter().zip(found).map(|(below, found)| PIECE_WEIGHT * below + likelihood(found)).collect::<Vec<f32>>()
        };
        nats = cells.iter().zip(&sound).map(score).collect::<Vec<_>>();
        for ((cell, _), nats) in cells.iter().zip(&mut nats) {
            let middle = cell * CELL + CELL / 2;
            if let Some((_, voice)) = labelled.iter().rev().find(|((from, to), _)| (*from..*to).contains(&middle)) {
                nats[*voice] += LABELLED_NATS;
            }
        }
        path = best_path(&cells, &nats, change);
        for ((cell, _), &voice) in cells.iter().zip(&path) {
            labels[cell * CELL..(cell + 1) * CELL].fill(Some(voice));
        }
        check((round + 1) as f32 / ROUNDS as f32)?;
    }
    let mut found = Cells { voices: vec![None; count], nats: vec![Vec::new(); count] };
    for (((cell, _), voice), nats) in cells.iter().zip(path).zip(nats) {
        let top = nats[best(&nats)];
        found.voices[*cell] = Some(voice);
        found.nats[*cell] = nats.iter().map(|nats| nats - top).collect();
    }
    Ok(found)
}

/// The cepstra of each cell's frames, z-normalised over the pieces.
fn frames_of_cells(
    samples: &(impl Samples + ?Sized),
    cells: &[(usize, Vec<f32>)],
    is_inside: &[bool],
    check: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<Vec<[Frame; CELL]>> {
    let fbank = Fbank::new();
    let last = frames_in(samples.count()).saturating_sub(1);
    let mut all: Vec<[Frame; CELL]> = Vec::with_capacity(cells.len());
    let mut made = (0, Vec::new());
    for (cell, _) in cells {
        // The encoder's frame before is the one whose middle is here.
        let row = |frame: usize| frame.saturating_sub(1).min(last);
        let (from, to) = (row(cell * CELL), row(cell * CELL + CELL - 1));
        if to >= made.0 + made.1.len() {
            made = (from, cepstra(&fbank.frames(&samples.range(from * HOP, (from + BLOCK) * HOP + LENGTH), 0, BLOCK)));
            check(0.0)?;
        }
        all.push(std::array::from_fn(|n| made.1.get(row(cell * CELL + n) - made.0).copied().unwrap_or([0.0; CEPSTRA])));
    }
    let inside = || cells.iter().zip(&all).flat_map(|((cell, _), frames)| frames.iter().zip(&is_inside[cell * CELL..]).filter(|(_, is_inside)| **is_inside));
    let mut sums = [(0.0_f64, 0.0_f64); CEPSTRA];
    for (frame, _) in inside() {
        for (sum, value) in sums.iter_mut().zip(frame) {
            *sum = (sum.0 + f64::from(*value), sum.1 + f64::from(*value) * f64::from(*value));
        }
    }
    let count = inside().count().max(1) as f64;
    let scales = sums.map(|(sum, squares)| {
        let mean = sum / count;
        (mean as f32, (squares / count - mean * mean).max(0.0).sqrt() as f32 + 1e-3)
    });
    for frame in all.iter_mut().flatten() {
        frame.iter_mut().zip(scales).for_each(|(value, (mean, deviation))| *value = (*value - mean) / deviation);
    }
    Ok(all)
}

/// The best path of voices through the cells.
fn best_path(cells: &[(usize, Vec<f32>)], nats: &[Vec<f32>], change: &[f32]) -> Vec<usize> {
    let Some(mut reached) = nats.first().cloned() else { return Vec::new() };
    let mut from: Vec<Vec<usize>> = Vec::with_capacity(cells.len());
    for at in 1..cells.len() {
        let (cell, before) = (cells[at].0, cells[at - 1].0);
        let around = &change[(cell * CELL).saturating_sub(CELL)..(cell * CELL + CELL).min(change.len())];
        let change_near = around.iter().copied().fold(0.0, f32::max).min(1.0);
        let cost = CHANGE_NATS * if cell - before > 1 { AFTER_PAUSE } else { 1.0 } * (1.0 - OF_CHANGE * change_near);
        let top = best(&reached);
        let back: Vec<usize> = (0..reached.len()).map(|voice| if reached[voice] >= reached[top] - cost { voice } else { top }).collect();
        reached = (0..reached.len()).map(|voice| nats[at][voice] + reached[voice].max(reached[top] - cost)).collect();
        from.push(back);
    }
    let mut voice = best(&reached);
    let mut path = vec![voice];
    for back in from.iter().rev() {
        voice = back[voice];
        path.push(voice);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a path of voices is worth: its scores less what its changes cost, counted anew.
    fn worth(path: &[usize], cells: &[(usize, Vec<f32>)], nats: &[Vec<f32>], change: &[f32]) -> f32 {
        let said: f32 = path.iter().zip(nats).map(|(&voice, nats)| nats[voice]).sum();
        let cost = |at: usize| {
            let (cell, before) = (cells[at].0, cells[at - 1].0);
            let around = change.iter().take((cell + 1) * CELL).skip((cell * CELL).saturating_sub(CELL)).copied();
            let is_after_pause = cell > before + 1;
            CHANGE_NATS * if is_after_pause { AFTER_PAUSE } else { 1.0 } * (1.0 - OF_CHANGE * around.fold(0.0, f32::max))
        };
        said - (1..path.len()).filter(|&at| path[at] != path[at - 1]).map(cost).sum::<f32>()
    }

    /// A few cells with gaps between them, scores for two or three voices, and the curve of changes.
    type SmallCase = (Vec<(usize, Vec<f32>)>, Vec<Vec<f32>>, Vec<f32>);

    fn small_cases() -> impl Strategy<Value = SmallCase> {
        (1_usize..=7, 2_usize..=3).prop_flat_map(|(count, voices)| {
            let gaps = prop::collection::vec(1_usize..=3, count);
            let nats = prop::collection::vec(prop::collection::vec(-6.0_f32..0.0, voices), count);
            let change = prop::collection::vec(0.0_f32..1.0, (3 * count + 1) * CELL);
            (gaps, nats, change).prop_map(|(gaps, nats, change)| {
                let cells = gaps.iter().scan(0, |cell, gap| {
                    *cell += gap;
                    Some((*cell, Vec::new()))
                });
                (cells.collect(), nats, change)
            })
        })
    }

    proptest! {
        /// Of all paths there are none is worth more.
        #[test]
        fn the_best_path_is_the_best_of_all((cells, nats, change) in small_cases()) {
            let found = best_path(&cells, &nats, &change);
            let (count, voices) = (cells.len(), nats[0].len());
            let all = (0..voices.pow(count as u32)).map(|number| (0..count).map(|at| number / voices.pow(at as u32) % voices).collect::<Vec<usize>>());
            let best = all.map(|path| worth(&path, &cells, &nats, &change)).fold(f32::NEG_INFINITY, f32::max);
            prop_assert!((worth(&found, &cells, &nats, &change) - best).abs() < 1e-4, "{found:?} is worth {}, not {best}", worth(&found, &cells, &nats, &change));
        }

        /// What all voices have in common says nothing about which of them speaks.
        #[test]
        fn the_best_path_hangs_on_differences_alone((cells, nats, change) in small_cases(), constant in -100.0_f32..100.0) {
            let found = best_path(&cells, &nats, &change);
            let moved: Vec<Vec<f32>> = nats.iter().map(|nats| nats.iter().map(|one| one + constant).collect()).collect();
            let again = best_path(&cells, &moved, &change);
            // Equal, or as good but for the last bits of larger numbers.
            prop_assert!((worth(&found, &cells, &nats, &change) - worth(&again, &cells, &nats, &change)).abs() < 1e-2, "{found:?} and {again:?}");
        }
    }

    #[test]
    fn no_cells_have_no_path() {
        assert!(best_path(&[], &[], &[]).is_empty());
    }
}
