//! Step 3: speech in pieces of one voice each, cut where the voice changes.

use super::foreground::{Foreground, runs, tidy};
use super::segmentation::Curves;
use crate::conference::{Millis, Span};
use serde::{Deserialize, Serialize};

/// The level at which a sound is as likely near as far, for pieces: generous, because a piece may still be left out of the result.
const NEUTRAL: f32 = 0.30;
/// Frames that speech is widened by, that a gap has at least, and speech.
const PAD: usize = 2;
const SHORTEST_GAP: usize = 12;
const SHORTEST: usize = 15;
/// Speech is cut where there is more change than this, in the frame that has the most within `AROUND` frames ...
const CHANGE: f32 = 0.35;
const AROUND: usize = 20;
/// ... and this far from its edges and the cut before.
const LEAST: usize = 25;
/// Longer pieces are divided: the encoder hears 2 s at most, and voices differ less often within 1.6 s.
const MOST: usize = 160;

/// A piece of speech, in frames of 10 ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Piece {
    /// First frame.
    pub start: usize,
    /// The frame after the last.
    pub end: usize,
}

impl Piece {
    /// How many frames.
    #[must_use]
    pub fn frames(self) -> usize {
        self.end - self.start
    }

    /// How long, in seconds.
    #[must_use]
    pub fn secs(self) -> f32 {
        self.frames() as f32 / 100.0
    }

    /// Where, on the recording's clock.
    #[must_use]
    pub fn span(self) -> Span {
        Span::new(Millis(self.start as i64 * 10), Millis(self.end as i64 * 10))
    }
}

/// The pieces of all generous speech, sorted and disjoint.
pub(super) fn pieces(foreground: &Foreground, curves: &Curves) -> Vec<Piece> {
    let mut speech = foreground.speech(NEUTRAL, PAD);
    tidy(&mut speech, SHORTEST_GAP, SHORTEST);
    runs(&speech).into_iter().flat_map(|(from, to)| cut(from, to, &curves.change[from..to])).collect()
}

/// One stretch of speech, with the change in each of its frames.
fn cut(from: usize, to: usize, change: &[f32]) -> Vec<Piece> {
    let mut edges = vec![from];
    for at in LEAST..change.len().saturating_sub(LEAST) {
        let around = &change[at.saturating_sub(AROUND)..(at + AROUND + 1).min(change.len())];
        let is_peak = change[at] > CHANGE && around.iter().all(|other| *other <= change[at]);
        if is_peak && edges.last().is_none_or(|last| from + at - last >= LEAST) {
            edges.push(from + at);
        }
    }
    edges.push(to);
    let mut pieces = Vec::new();
    for edge in edges.windows(2) {
        let (start, length) = (edge[0], edge[1] - edge[0]);
        let parts = length.div_ceil(MOST);
        let place = |part: usize| (start as f64 + length as f64 * part as f64 / parts as f64).round_ties_even() as usize;
        pieces.extend((0..parts).map(|part| Piece { start: place(part), end: place(part + 1) }));
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speech_is_cut_where_the_voice_changes_and_nowhere_near_its_edges() {
        let mut change = vec![0.1; 300];
        change[100] = 0.9;
        change[104] = 0.5;
        change[290] = 0.9;
        let lengths: Vec<(usize, usize)> = cut(1000, 1300, &change).iter().map(|piece| (piece.start, piece.end)).collect();
        assert_eq!(lengths, [(1000, 1100), (1100, 1200), (1200, 1300)]);
        assert_eq!(cut(0, 20, &[0.9; 20]), [Piece { start: 0, end: 20 }]);
    }
}
