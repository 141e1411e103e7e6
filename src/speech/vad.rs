//! Where there may be speech, for the recogniser: generous, whatever sounds like speech, near or far. It steers the recogniser, never the recording:
//! silence is kept. Where somebody *near* speaks, for who spoke when, is decided with the level and with another detector, in `speakers/foreground`.
//!
//! Two detectors, because they were measured: with Silero's spans here, and 30 to 300 ms around them, 0.2 to 0.8 points more of the
//! words of the sample leo and 0.8 to 1.6 of maya are wrong. This one hears a quiet recording lifted to the level it hears best at.

use crate::conference::{Millis, Samples, Span, blocks};
use earshot::Detector;

/// Samples of one decision of the detector: 16 ms at 16 kHz.
const FRAME: usize = 256;
/// Levels are judged in frames of 20 ms.
const LEVEL_FRAME: usize = 320;
/// A recording is read in blocks of so many samples: 20 s, whole frames of both kinds.
const BLOCK: usize = LEVEL_FRAME * 1000;
/// Speech begins at this probability and goes on until it falls below `OFF` (measured recipe).
const ON: f32 = 0.5;
const OFF: f32 = 0.4;
/// Gaps shorter than this do not end speech, and speech shorter than `SHORTEST` is a click.
const SHORTEST_GAP: Millis = Millis(250);
const SHORTEST: Millis = Millis(150);
/// The detector hears best when loud frames are here: -18 dBFS.
const TARGET: f32 = 0.125_892_54;
/// 60 dB: below that there is no speech to be lifted, only the converter's last bit.
const MOST_GAIN: f32 = 1000.0;
/// Levels are counted in so many steps of half a decibel.
const LEVEL_STEPS: usize = 240;
/// Speech into a laptop's microphone is about here, -30 dBFS; assumed for half a second until there is more to go by.
const ORDINARY: f32 = 0.031_622_776;
const ORDINARY_FRAMES: u32 = 31;

/// The stretches of what may be speech in 16 kHz mono, sorted and disjoint.
#[must_use]
pub fn speech_spans(samples: &(impl Samples + ?Sized)) -> Vec<Span> {
    let mut finder = SpeechFinder { fixed_gain: Some(gain(samples)), ..SpeechFinder::new() };
    let mut spans = Vec::new();
    blocks(samples, BLOCK).for_each(|block| finder.push(&block, &mut spans));
    finder.finish(&mut spans);
    spans
}

/// Finds what may be speech, as sound arrives.
pub struct SpeechFinder {
    detector: Box<Detector>,
    levels: Levels,
    /// For a sound of which the whole is known.
    fixed_gain: Option<f32>,
    rest: Vec<f32>,
    /// Samples judged.
    at: usize,
    is_speech: bool,
    since: Option<usize>,
    /// The last stretch: the next may still join it.
    last: Option<Span>,
}

impl Default for SpeechFinder {
    fn default() -> Self {
        Self::new()
    }
}

impl SpeechFinder {
    /// Nothing heard yet.
    #[must_use]
    pub fn new() -> Self {
        let (levels, rest) = (Levels::default(), Vec::new());
        Self { detector: Detector::default_boxed(), levels, fixed_gain: None, rest, at: 0, is_speech: false, since: None, last: None }
    }

    /// Hears more 16 kHz mono; appends the stretches that are certain now.
    pub fn push(&mut self, samples: &[f32], found: &mut Vec<Span>) {
        self.rest.extend_from_slice(samples);
        let mut rest = std::mem::take(&mut self.rest);
        let whole = rest.len() / FRAME * FRAME;
        for block in rest[..whole].chunks_exact(FRAME) {
            self.detect(block, found);
        }
        rest.drain(..whole);
        self.rest = rest;
    }

    fn detect(&mut self, block: &[f32], found: &mut Vec<Span>) {
        if self.fixed_gain.is_none() {
            self.levels.add(block);
        }
        let gain = self.fixed_gain.unwrap_or_else(|| self.levels.gain());
        let mut frame = [0.0_f32; FRAME];
        for (to, from) in frame.iter_mut().zip(block) {
            *to = (from * gain).clamp(-1.0, 1.0);
        }
        let probability = self.detector.predict_f32(&frame);
        self.is_speech = probability >= if self.is_speech { OFF } else { ON };
        match (self.is_speech, self.since) {
            (true, None) => self.since = Some(self.at),
            (false, Some(start)) => self.end(start, found),
            _ => {}
        }
        self.at += block.len();
        let now = Millis::from_samples(self.at as u64, 16_000);
        if self.since.is_none()
            && let Some(last) = self.last.take_if(|last| now - last.end() >= SHORTEST_GAP)
        {
            found.extend(Some(last).filter(|last| last.length() >= SHORTEST));
        }
    }

    fn end(&mut self, start: usize, found: &mut Vec<Span>) {
        self.since = None;
        let stretch = span(start, self.at);
        match &mut self.last {
            Some(last) if stretch.start() - last.end() < SHORTEST_GAP => *last = Span::new(last.start(), stretch.end()),
            last => found.extend(last.replace(stretch).filter(|last| last.length() >= SHORTEST)),
        }
    }

    /// Since when somebody may be speaking who has not ended yet.
    #[must_use]
    pub fn open_since(&self) -> Option<Millis> {
        self.last.map(|last| last.start()).or(self.since.map(|since| Millis::from_samples(since as u64, 16_000)))
    }

    /// The sound has ended: appends what was open.
    pub fn finish(mut self, found: &mut Vec<Span>) {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            let mut block = rest.clone();
            block.resize(FRAME, 0.0);
            self.detect(&block, found);
            self.at -= FRAME - rest.len();
        }
        if let Some(start) = self.since {
            self.end(start, found);
        }
        found.extend(self.last.filter(|last| last.length() >= SHORTEST));
    }
}

/// How loud it has been so far: how often each level, in steps of half a decibel up from -120 dBFS.
struct Levels([u32; LEVEL_STEPS]);

impl Default for Levels {
    /// As if a moment of ordinary speech had been heard: the first breath of a recording is not lifted to the level of speech.
    fn default() -> Self {
        let mut counts = [0; LEVEL_STEPS];
        counts[step_of(ORDINARY * ORDINARY)] = ORDINARY_FRAMES;
        Self(counts)
    }
}

impl Levels {
    fn add(&mut self, frame: &[f32]) {
        self.0[step_of(frame.iter().map(|x| x * x).sum::<f32>() / frame.len().max(1) as f32)] += 1;
    }

    /// As [`gain`], of what was heard so far.
    fn gain(&self) -> f32 {
        let mut above = self.0.iter().sum::<u32>() / 20;
        for (step, &count) in self.0.iter().enumerate().rev() {
            if count > above {
                return (TARGET / 10.0_f32.powf((step as f32 / 2.0 - 120.0) / 20.0)).min(MOST_GAIN);
            }
            above -= count;
        }
        1.0
    }
}

fn step_of(power: f32) -> usize {
    ((10.0 * power.max(1e-12).log10() + 120.0) * 2.0).clamp(0.0, LEVEL_STEPS as f32 - 1.0) as usize
}

fn span(from: usize, to: usize) -> Span {
    Span::new(Millis::from_samples(from as u64, 16_000), Millis::from_samples(to as u64, 16_000))
}

/// What brings the 95th percentile of the 20 ms levels to -18 dBFS. Digital silence is left alone.
fn gain(samples: &(impl Samples + ?Sized)) -> f32 {
    let level = |frame: &[f32]| (frame.iter().map(|x| x * x).sum::<f32>() / LEVEL_FRAME as f32).sqrt();
    let mut levels: Vec<f32> = Vec::with_capacity(samples.count() / LEVEL_FRAME);
    blocks(samples, BLOCK).for_each(|block| levels.extend(block.chunks_exact(LEVEL_FRAME).map(level)));
    if levels.is_empty() {
        return 1.0;
    }
    let place = (levels.len() - 1) * 95 / 100;
    let (_, loud, _) = levels.select_nth_unstable_by(place, f32::total_cmp);
    if *loud > 1e-6 { (TARGET / *loud).min(MOST_GAIN) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_holds_no_speech_and_neither_does_a_steady_hiss() {
        assert!(speech_spans(&vec![0.0; 48_000]).is_empty() && speech_spans(&[0.0; 0]).is_empty());
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
    fn sound_that_arrives_piece_by_piece_gives_the_same_stretches_as_the_whole() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/maya.flac");
        // It ends inside a block, and inside a word.
        let samples = &crate::audio::decode_file(&path, &mut |_| Ok(())).unwrap().samples[..16_000 * 62 + 100];
        let arriving = |piece: usize| {
            let (mut finder, mut found) = (SpeechFinder::new(), Vec::new());
            for (at, piece) in samples.chunks(piece).enumerate().map(|(n, samples)| (n * piece, samples)) {
                let before = found.len();
                finder.push(piece, &mut found);
                // What is certain stays so: nothing that is still open overlaps it, and it lies in what was heard.
                let heard = Millis::from_samples((at + piece.len()) as u64, 16_000);
                assert!(found[before..].iter().all(|span| span.end() <= heard) && finder.open_since().is_none_or(|since| since <= heard));
                assert!(finder.open_since().zip(found.last()).is_none_or(|(since, last)| last.end() <= since));
            }
            finder.finish(&mut found);
            found
        };
        let whole = arriving(samples.len());
        assert!(whole.len() > 10 && whole.windows(2).all(|pair| pair[0].end() < pair[1].start()), "{whole:?}");
        for piece in [1, 160, 777, 16_000, 96_000] {
            assert_eq!(arriving(piece), whole, "in pieces of {piece}");
        }
        // Of a sound of which the whole is known, the level is known from the beginning too; hardly any of it is speech by one and not by the other.
        let covered = |spans: &[Span]| spans.iter().map(|span| span.length()).sum::<Millis>();
        let known = speech_spans(samples);
        let both: Millis = known.iter().flat_map(|span| whole.iter().filter_map(|other| other.overlap(*span))).map(|span| span.length()).sum();
        let differing = covered(&known) + covered(&whole) - both - both;
        assert!(differing.0 * 20 < covered(&known).0, "{differing:?} of {:?}", covered(&known));
    }
}
