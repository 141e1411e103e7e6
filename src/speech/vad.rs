//! Where there may be speech, for the recogniser: generous, whatever sounds like speech, near or far. It steers the recogniser, never the recording:
//! silence is kept. (Where somebody *near* speaks, for who spoke when, is decided with the level and with a second detector, in `speakers/foreground`.)

use super::silero::{CHUNK, Silero};
use crate::conference::{Millis, Span};
use crate::error::Result;

/// Speech begins at this probability and goes on until it falls below `OFF`.
const ON: f32 = 0.5;
const OFF: f32 = 0.35;
/// The detector notices late and lets go early.
const PAD: Millis = Millis(30);
/// Gaps shorter than this do not end speech, and speech shorter than `SHORTEST` is a click.
const SHORTEST_GAP: Millis = Millis(250);
const SHORTEST: Millis = Millis(150);

/// The stretches of what may be speech in 16 kHz mono, sorted and disjoint.
///
/// # Errors
/// Only through a mistake in the build.
pub fn speech_spans(samples: &[f32]) -> Result<Vec<Span>> {
    let (mut silero, mut probabilities) = (Silero::new()?, Vec::new());
    silero.push(samples, &mut probabilities)?;
    probabilities.push(silero.peek()?);
    Ok(spans_of(&probabilities, samples.len()))
}

/// The same of the detector's probabilities in each chunk of so many samples.
pub(super) fn spans_of(probabilities: &[f32], samples: usize) -> Vec<Span> {
    let (mut finder, mut spans) = (SpeechFinder::default(), Vec::new());
    finder.push(probabilities, &mut spans);
    finder.finish(samples, &mut spans);
    spans
}

/// Finds what may be speech, as sound arrives.
#[derive(Default)]
pub struct SpeechFinder {
    /// Chunks judged.
    chunks: usize,
    is_speech: bool,
    since: Option<Millis>,
    /// The last stretch: the next may still join it.
    last: Option<Span>,
}

impl SpeechFinder {
    /// How many chunks were judged.
    pub(super) fn chunks(&self) -> usize {
        self.chunks
    }

    /// Hears the probability of speech in the next chunks; appends the stretches that are certain now.
    pub(super) fn push(&mut self, probabilities: &[f32], found: &mut Vec<Span>) {
        for &probability in probabilities {
            let now = self.now();
            self.is_speech = probability >= if self.is_speech { OFF } else { ON };
            match (self.is_speech, self.since) {
                (true, None) => self.since = Some((now - PAD).max(self.last.map_or(Millis::ZERO, |last| last.end()))),
                (false, Some(start)) => self.end(start, now + PAD, found),
                _ => {}
            }
            self.chunks += 1;
            let now = self.now();
            if self.since.is_none()
                && let Some(last) = self.last.take_if(|last| now - last.end() >= SHORTEST_GAP)
            {
                found.extend(Some(last).filter(|last| last.length() >= SHORTEST));
            }
        }
    }

    fn now(&self) -> Millis {
        Millis::from_samples((self.chunks * CHUNK) as u64, 16_000)
    }

    fn end(&mut self, start: Millis, end: Millis, found: &mut Vec<Span>) {
        self.since = None;
        let stretch = Span::new(start, end);
        match &mut self.last {
            Some(last) if stretch.start() - last.end() < SHORTEST_GAP => *last = Span::new(last.start(), stretch.end()),
            last => found.extend(last.replace(stretch).filter(|last| last.length() >= SHORTEST)),
        }
    }

    /// Since when somebody may be speaking who has not ended yet.
    #[must_use]
    pub fn open_since(&self) -> Option<Millis> {
        self.last.map(|last| last.start()).or(self.since)
    }

    /// The sound has ended after so many samples: appends what was open.
    pub(super) fn finish(mut self, samples: usize, found: &mut Vec<Span>) {
        let whole = Millis::from_samples(samples as u64, 16_000);
        if let Some(start) = self.since {
            self.end(start, whole, found);
        }
        let last = self.last.map(|last| Span::new(last.start(), last.end().min(whole)));
        found.extend(last.filter(|last| last.length() >= SHORTEST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_holds_no_speech_and_neither_does_a_steady_hiss() {
        assert!(speech_spans(&vec![0.0; 48_000]).unwrap().is_empty() && speech_spans(&[]).unwrap().is_empty());
        let mut state = 1_u32;
        let hiss: Vec<f32> = (0..160_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 16_777_216.0 * 0.02 - 0.01
            })
            .collect();
        let found: Millis = speech_spans(&hiss).unwrap().iter().map(|span| span.length()).sum();
        assert!(found < Millis(500), "{found:?}");
    }

    #[test]
    fn short_gaps_are_filled_clicks_are_dropped_and_arrival_does_not_matter() {
        let mut probabilities = [vec![0.9; 12], vec![0.1; 5], vec![0.9; 9], vec![0.1; 30], vec![0.9; 2], vec![0.1; 20], vec![0.9; 10]].concat();
        let samples = probabilities.len() * CHUNK;
        let whole = spans_of(&probabilities, samples);
        assert_eq!(whole, [Span::new(Millis(0), Millis(26 * 32 + 30)), Span::new(Millis(78 * 32 - 30), Millis(88 * 32))]);
        let (mut finder, mut parts) = (SpeechFinder::default(), Vec::new());
        for chunk in probabilities.drain(..) {
            finder.push(&[chunk], &mut parts);
        }
        finder.finish(samples, &mut parts);
        assert_eq!(parts, whole);
    }
}
