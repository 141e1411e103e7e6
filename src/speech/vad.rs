//! Where there is speech. Steers the recogniser and the measures, never the recording: silence is kept.

use crate::conference::{Millis, Span};
use earshot::Detector;

/// Samples of one decision of the detector: 16 ms at 16 kHz.
const FRAME: usize = 256;
/// Levels are judged in frames of 20 ms.
const LEVEL_FRAME: usize = 320;
/// Speech begins at this probability and goes on until it falls below `OFF` (measured recipe).
const ON: f32 = 0.5;
const OFF: f32 = 0.4;
/// Gaps shorter than this do not end speech, and speech shorter than `SHORTEST` is a click.
const SHORTEST_GAP: Millis = Millis(250);
const SHORTEST: Millis = Millis(150);
/// The detector hears best when loud frames are here: -18 dBFS.
const TARGET: f32 = 0.125_892_54;

/// The stretches of speech in 16 kHz mono, sorted and disjoint.
#[must_use]
pub fn speech_spans(samples: &[f32]) -> Vec<Span> {
    let gain = gain(samples);
    let mut detector = Detector::default_boxed();
    let mut frame = [0.0_f32; FRAME];
    let mut spans: Vec<Span> = Vec::new();
    let mut since: Option<usize> = None;
    let mut is_speech = false;
    for (index, block) in samples.chunks(FRAME).enumerate() {
        frame.fill(0.0);
        for (to, from) in frame.iter_mut().zip(block) {
            *to = (from * gain).clamp(-1.0, 1.0);
        }
        let probability = detector.predict_f32(&frame);
        is_speech = probability >= if is_speech { OFF } else { ON };
        match (is_speech, since) {
            (true, None) => since = Some(index * FRAME),
            (false, Some(start)) => {
                spans.push(span(start, index * FRAME));
                since = None;
            }
            _ => {}
        }
    }
    spans.extend(since.map(|start| span(start, samples.len())));
    tidy(spans)
}

fn span(from: usize, to: usize) -> Span {
    Span::new(Millis::from_samples(from as u64, 16_000), Millis::from_samples(to as u64, 16_000))
}

fn tidy(spans: Vec<Span>) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start() - last.end() < SHORTEST_GAP => *last = Span::new(last.start(), span.end()),
            _ => joined.push(span),
        }
    }
    joined.retain(|span| span.length() >= SHORTEST);
    joined
}

/// What brings the 95th percentile of the 20 ms levels to -18 dBFS. Digital silence is left alone.
fn gain(samples: &[f32]) -> f32 {
    let mut levels: Vec<f32> = samples.chunks_exact(LEVEL_FRAME).map(|frame| (frame.iter().map(|x| x * x).sum::<f32>() / LEVEL_FRAME as f32).sqrt()).collect();
    if levels.is_empty() {
        return 1.0;
    }
    let place = (levels.len() - 1) * 95 / 100;
    let (_, loud, _) = levels.select_nth_unstable_by(place, f32::total_cmp);
    // 60 dB at most: below that there is no speech to be lifted, only the converter's last bit.
    if *loud > 1e-6 { (TARGET / *loud).min(1000.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_holds_no_speech_and_neither_does_a_steady_hiss() {
        assert!(speech_spans(&vec![0.0; 48_000]).is_empty());
        let mut state = 1_u32;
        let hiss: Vec<f32> = (0..160_000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 16_777_216.0 * 0.02 - 0.01
            })
            .collect();
        let found: Millis = speech_spans(&hiss).iter().map(|span| span.length()).sum();
        assert!(found < Millis(500), "{found:?}");
    }

    #[test]
    fn short_gaps_are_filled_and_clicks_dropped() {
        let spans = vec![Span::new(Millis(0), Millis(400)), Span::new(Millis(600), Millis(900)), Span::new(Millis(2000), Millis(2100))];
        assert_eq!(tidy(spans), vec![Span::new(Millis(0), Millis(900))]);
    }
}
