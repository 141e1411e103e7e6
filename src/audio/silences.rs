//! Stretches in which there is nothing at all, to the last bit: no microphone is so still.

use crate::conference::{Millis, Span};

/// For so long nothing is a gap.
const LEAST_GAP: Millis = Millis(500);
/// Where there is nothing for so long again and again, something takes out what is soft, and a gap tells nothing.
const LEAST_PAUSE: Millis = Millis(20);
/// More gaps than that are a habit too.
const MOST_GAPS: usize = 3;

/// Listens for them.
pub(super) struct Silences {
    rate_hz: u32,
    at: u64,
    since: Option<u64>,
    found: Vec<Span>,
    /// Shorter than a gap.
    pauses: usize,
}

impl Silences {
    pub fn new(rate_hz: u32) -> Self {
        Self { rate_hz, at: 0, since: None, found: Vec::new(), pauses: 0 }
    }

    pub fn push(&mut self, interleaved: &[f32], channels: usize) {
        for frame in interleaved.chunks_exact(channels) {
            if frame.iter().all(|&sample| sample == 0.0) {
                self.since.get_or_insert(self.at);
            } else {
                self.end();
            }
            self.at += 1;
        }
    }

    /// So many frames were filled in, which is known already.
    pub fn skip(&mut self, frames: u64) {
        self.since = None;
        self.at += frames;
    }

    fn end(&mut self) {
        let Some(since) = self.since.take() else { return };
        let at = |frames: u64| Millis::from_samples(frames, self.rate_hz);
        let span = Span::new(at(since), at(self.at));
        if span.length() >= LEAST_GAP {
            self.found.push(span);
        } else if span.length() >= LEAST_PAUSE {
            self.pauses += 1;
        }
    }

    /// All of them.
    pub fn finish(mut self) -> Vec<Span> {
        self.end();
        self.found
    }

    /// Those in the middle of a recording in which it is never so still else.
    pub fn gaps(mut self) -> Vec<Span> {
        self.since = None;
        self.found.retain(|gap| gap.start() > Millis::ZERO);
        if self.pauses == 0 && self.found.len() <= MOST_GAPS { self.found } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gaps(stretches: &[(usize, f32)]) -> Vec<Span> {
        let mut silences = Silences::new(1000);
        stretches.iter().for_each(|&(millis, value)| silences.push(&vec![value; millis], 1));
        silences.gaps()
    }

    #[test]
    fn a_gap_is_one_where_nothing_else_is_so_still() {
        assert_eq!(gaps(&[(1000, 0.1), (700, 0.0), (500, 0.1)]), [Span::from_secs(1.0, 1.7)]);
        assert_eq!(gaps(&[(700, 0.0), (1000, 0.1), (700, 0.0)]), [], "before it begins and after it ends");
        assert_eq!(gaps(&[(1000, 0.1), (700, 0.0), (500, 0.1), (100, 0.0), (500, 0.1)]), [], "something takes out what is soft");
        assert_eq!(gaps(&[(1000, 0.1), (700, 0.0)].repeat(5)), [], "again and again");
    }
}
