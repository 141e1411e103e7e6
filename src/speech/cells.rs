//! Cells of 0.1 s with speech in them, and the best path of voices through them.

use super::diarize::SWITCH_NATS;

/// Decisions are made for cells of 0.1 s.
pub(super) const CELL: usize = 10;

/// One cell of 0.1 s with speech in it.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    /// First frame.
    pub frame: usize,
    /// The nearest window.
    pub window: usize,
    /// No speech in the cell before.
    pub after_pause: bool,
}

pub(super) struct Cells {
    pub cells: Vec<Cell>,
}

impl Cells {
    pub fn new(is_speech: &[bool], middles: &[usize]) -> Option<Self> {
        let mut cells = Vec::new();
        let mut before: Option<usize> = None;
        for frame in (0..is_speech.len()).step_by(CELL) {
            let end = (frame + CELL).min(is_speech.len());
            if !is_speech[frame..end].contains(&true) {
                continue;
            }
            let after = middles.partition_point(|&middle| middle < frame + CELL / 2);
            let window = [after.checked_sub(1), Some(after)]
                .into_iter()
                .flatten()
                .filter(|&index| index < middles.len())
                .min_by_key(|&index| middles[index].abs_diff(frame + CELL / 2))?;
            cells.push(Cell { frame, window, after_pause: before.is_some_and(|before| frame > before + CELL) });
            before = Some(frame);
        }
        (!cells.is_empty()).then_some(Self { cells })
    }

    /// The best path of voices through the cells.
    pub fn viterbi(&self, voices: usize, score: impl Fn(&Cell, usize) -> f32) -> Vec<usize> {
        let mut best = vec![0.0_f32; voices];
        let mut from: Vec<Vec<usize>> = Vec::with_capacity(self.cells.len());
        for cell in &self.cells {
            let penalty = if cell.after_pause { SWITCH_NATS / 2.0 } else { SWITCH_NATS };
            let (top, top_score) = best.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0));
            let back: Vec<usize> = (0..voices).map(|voice| if best[voice] >= top_score - penalty { voice } else { top }).collect();
            best = (0..voices).map(|voice| best[voice].max(top_score - penalty) + score(cell, voice)).collect();
            from.push(back);
        }
        let mut voice = best.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(voice, _)| voice);
        let mut path = vec![0; self.cells.len()];
        for (at, back) in from.iter().enumerate().rev() {
            path[at] = voice;
            voice = back[voice];
        }
        path
    }

    /// The voice of each window by the cells it is nearest to.
    pub fn voice_of_windows(&self, path: &[usize], windows: usize) -> Vec<Option<usize>> {
        let mut voices = vec![None; windows];
        for (cell, &voice) in self.cells.iter().zip(path) {
            voices[cell.window] = Some(voice);
        }
        voices
    }
}
