//! What was heard of a recording's voices: all that telling them apart needs besides the sound, kept with the conference so that a correction can
//! tell them apart again in a moment. It is made as sound arrives, or of a whole recording; what was begun is gone on with.

use super::encoder::{EMBEDDING, Embedding, Encoder};
use super::fbank::HOP;
use super::foreground::{Detected, Detector, Foreground};
use super::pieces::{Piece, pieces};
use super::segmentation::{Curves, Segmentation, WINDOW_VALUES, Window, curves};
use crate::conference::Span;
use crate::error::{Error, ErrorKind, Result};
use crate::speech::silero::CHUNK;
use half::f16;
use serde::{Deserialize, Serialize};

/// The version of the kept form. What was kept in another one (1: embeddings of the encoder before) is made anew.
const VERSION: u8 = 2;
/// A piece whose edges have moved by no more than this many frames sounds as it did: what was heard of it while recording is used.
const SAME: usize = 6;
/// How the time is divided: detector, segmentation, pieces.
const OF_DETECTOR: f32 = 0.1;
const OF_SEGMENTATION: f32 = 0.4;

/// What was heard of the voices in a recording, or in its beginning.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpeakerEmbeddings {
    detected: Detected,
    windows: Vec<Window>,
    pieces: Vec<Piece>,
    embeddings: Vec<Embedding>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u8,
    samples: usize,
    probabilities: Vec<u16>,
    powers: Vec<f32>,
    starts: Vec<usize>,
    curves: Vec<u16>,
    pieces: Vec<Piece>,
    values: Vec<u8>,
}

impl SpeakerEmbeddings {
    /// Of a whole recording, 16 kHz mono; `begun`: what was heard of its beginning. `check` hears how much is done, 0 to 1.
    ///
    /// # Errors
    /// What `check` says.
    pub fn embed(samples: &[f32], begun: Self, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Self> {
        let mut all = begun.detect(samples, &mut |done| check(OF_DETECTOR * done))?;
        let begun = std::mem::take(&mut all.windows);
        all.windows = Segmentation::new()?.windows(samples, begun, &mut |done| check(OF_DETECTOR + (OF_SEGMENTATION - OF_DETECTOR) * done))?;
        let known = Known { pieces: std::mem::take(&mut all.pieces), embeddings: std::mem::take(&mut all.embeddings) };
        all.pieces = all.fresh_pieces();
        let encoder = Encoder::new()?;
        let mut embeddings = Vec::with_capacity(all.pieces.len());
        for (done, &piece) in all.pieces.iter().enumerate() {
            embeddings.push(known.of(piece).cloned().map_or_else(|| encoder.embed(samples, 0, piece), Ok)?);
            check(OF_SEGMENTATION + (1.0 - OF_SEGMENTATION) * (done + 1) as f32 / all.pieces.len() as f32)?;
        }
        all.embeddings = embeddings;
        Ok(all)
    }

    /// The first of it: how likely speech is, and how loud.
    fn detect(self, samples: &[f32], check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Self> {
        if self.detected.samples == samples.len() {
            return Ok(self);
        }
        let mut detector = Detector::new()?;
        for (done, block) in samples.chunks(BLOCK).enumerate() {
            detector.push(block)?;
            check((done * BLOCK) as f32 / samples.len() as f32)?;
        }
        Ok(Self { detected: detector.detected()?, ..self })
    }

    fn fresh_pieces(&self) -> Vec<Piece> {
        let curves = self.curves();
        pieces(&self.foreground(&curves), &curves)
    }

    /// How many samples of 16 kHz were heard.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.detected.samples
    }

    /// Where somebody near speaks, generously: pieces of one voice each, sorted and disjoint.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// What each piece sounds like.
    #[must_use]
    pub fn embeddings(&self) -> &[Embedding] {
        &self.embeddings
    }

    /// Where somebody near speaks, sorted and disjoint.
    #[must_use]
    pub fn speech(&self) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for piece in &self.pieces {
            match spans.last_mut() {
                Some(last) if last.end() == piece.span().start() => *last = Span::new(last.start(), piece.span().end()),
                _ => spans.push(piece.span()),
            }
        }
        spans
    }

    pub(super) fn curves(&self) -> Curves {
        curves(&self.windows, self.detected.samples)
    }

    pub(super) fn foreground(&self, curves: &Curves) -> Foreground {
        Foreground::new(&self.detected, curves)
    }

    /// The form in which it is kept: about 70 kB a minute.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let kept = Kept {
            version: VERSION,
            samples: self.detected.samples,
            probabilities: self.detected.probabilities.iter().map(|&value| f16::from_f32(value).to_bits()).collect(),
            powers: self.detected.powers.clone(),
            starts: self.windows.iter().map(|window| window.start_s).collect(),
            curves: self.windows.iter().flat_map(|window| window.curves.iter().map(|value| value.to_bits())).collect(),
            pieces: self.pieces.clone(),
            values: self.embeddings.iter().flat_map(Embedding::to_bytes).collect(),
        };
        postcard::to_stdvec(&kept).map_err(|err| Error::new(ErrorKind::Bug, "keeping what the voices are like", err))
    }

    /// From the kept form; none when it is damaged or of another version: then the sound is listened to anew. Room is made for as many samples as it says
    /// were heard, so that is believed only as far as there are probabilities for them.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        // The version stands first, so that a form of another shape is known by it.
        let kept: Kept = bytes.first().filter(|version| **version == VERSION).and_then(|_| postcard::from_bytes(bytes).ok())?;
        let size = 2 * EMBEDDING;
        let frames = kept.samples / HOP + 1;
        let fits = kept.curves.len() == kept.starts.len() * WINDOW_VALUES
            && kept.values.len() == kept.pieces.len() * size
            && kept.powers.len() == kept.probabilities.len()
            && kept.samples <= kept.probabilities.len() * CHUNK
            && kept.starts.is_sorted()
            && kept.starts.last().is_none_or(|&start_s| start_s <= kept.samples / RATE)
            && kept.pieces.iter().all(|piece| piece.start < piece.end && piece.end <= frames)
            && kept.pieces.windows(2).all(|pair| pair[0].end <= pair[1].start);
        let windows = kept.starts.iter().zip(kept.curves.chunks_exact(WINDOW_VALUES));
        fits.then(|| Self {
            detected: Detected {
                samples: kept.samples,
                probabilities: kept.probabilities.into_iter().map(|bits| f16::from_bits(bits).to_f32()).collect(),
                powers: kept.powers,
            },
            windows: windows.map(|(&start_s, curves)| Window { start_s, curves: curves.iter().copied().map(f16::from_bits).collect() }).collect(),
            embeddings: kept.values.chunks_exact(size).map(Embedding::from_bytes).collect(),
            pieces: kept.pieces,
        })
    }
}

/// 16 kHz.
const RATE: usize = 16_000;
/// Samples between two questions whether the work is still wanted: 30 s, which take a twentieth of a second.
const BLOCK: usize = 30 * 16_000;

/// Pieces that were heard before, sorted.
struct Known {
    pieces: Vec<Piece>,
    embeddings: Vec<Embedding>,
}

impl Known {
    fn of(&self, piece: Piece) -> Option<&Embedding> {
        let near = self.pieces.partition_point(|known| known.start + SAME < piece.start);
        let candidates = (near..self.pieces.len()).take_while(|&at| self.pieces[at].start <= piece.start + SAME);
        let moved = |at: usize| self.pieces[at].start.abs_diff(piece.start).max(self.pieces[at].end.abs_diff(piece.end));
        candidates.min_by_key(|&at| moved(at)).filter(|&at| moved(at) <= SAME).map(|at| &self.embeddings[at])
    }
}

/// Hears voices as sound arrives, so that afterwards hardly anything is left to be heard.
pub struct SpeakerListener {
    detector: Detector,
    segmentation: Segmentation,
    encoder: Encoder,
    windows: Vec<Window>,
    /// Pieces heard so far, sorted, by the levels as they were then.
    heard: Vec<(Piece, Embedding)>,
    /// Everything before this frame was divided into pieces.
    until: usize,
}

impl SpeakerListener {
    /// Nothing heard yet.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn new() -> Result<Self> {
        Ok(Self { detector: Detector::new()?, segmentation: Segmentation::new()?, encoder: Encoder::new()?, windows: Vec::new(), heard: Vec::new(), until: 0 })
    }

    /// Hears more 16 kHz mono, for the detector.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.detector.push(samples)
    }

    /// Hears the next window when all its sound has arrived, and the pieces that are certain by it; `sound` holds the recording from sample `from` on.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn listen(&mut self, sound: &[f32], from: usize) -> Result<()> {
        while let Some(window) = self.segmentation.next_window(self.windows.len(), sound, from)? {
            let certain = (window.start_s + CERTAIN_S) * 16_000 / HOP;
            self.windows.push(window);
            let now = self.so_far()?;
            let until = self.until;
            for piece in now.fresh_pieces().into_iter().filter(|piece| piece.start >= until && piece.end <= certain) {
                if piece.start * HOP >= from + HOP * BEFORE || from == 0 {
                    self.heard.push((piece, self.encoder.embed(&sound[from.next_multiple_of(HOP) - from..], from.div_ceil(HOP), piece)?));
                }
                self.until = piece.end;
            }
        }
        Ok(())
    }

    /// All that was heard so far.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn so_far(&self) -> Result<SpeakerEmbeddings> {
        let (pieces, embeddings) = self.heard.iter().cloned().unzip();
        Ok(SpeakerEmbeddings { detected: self.detector.detected()?, windows: self.windows.clone(), pieces, embeddings })
    }

    /// The first sample still needed.
    #[must_use]
    pub fn needs_from(&self) -> usize {
        let window = self.windows.len() * STEP_S * 16_000;
        window.min((self.until * HOP).saturating_sub(BEFORE * HOP))
    }
}

/// Seconds from one window to the next.
const STEP_S: usize = 5;
/// Pieces that end within so many seconds of a window's beginning will not move when the next one is heard, but for a few frames.
const CERTAIN_S: usize = 7;
/// Frames before a piece that the encoder hears, and the widening of a short one.
const BEFORE: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is changed in it, what is read asks for no more memory than the sound it was heard of.
    #[test]
    fn damaged_voices_ask_for_no_more_than_was_heard() {
        let of = |samples: usize, start_s: usize| {
            let window = Window { start_s, curves: vec![f16::ZERO; WINDOW_VALUES] };
            let detected = Detected { samples, probabilities: vec![0.5; 40], powers: vec![0.1; 40] };
            SpeakerEmbeddings { detected, windows: vec![window], ..SpeakerEmbeddings::default() }.to_bytes().unwrap()
        };
        let most = 40 * CHUNK;
        let read = SpeakerEmbeddings::from_bytes(&of(most, 1)).unwrap();
        assert_eq!((read.samples(), read.curves().speech.len()), (most, most / HOP + 1));
        for bytes in [of(most + 1, 0), of(1 << 40, 0), of(usize::MAX, 0), of(most, 2), of(most, usize::MAX)] {
            assert_eq!(SpeakerEmbeddings::from_bytes(&bytes), None);
        }
        let bytes = of(most, 1);
        // The numbers of samples and of what follows stand here, and then the windows' beginnings.
        for at in (0..10).chain(80..100).chain(240..260) {
            for value in 0..=255 {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                let mut longer = damaged.clone();
                longer.splice(at..at, [0xff; 4]);
                for bytes in [damaged, longer] {
                    let is_modest = SpeakerEmbeddings::from_bytes(&bytes).is_none_or(|read| read.curves().speech.len() <= 2 * most / HOP);
                    assert!(is_modest, "{value} at {at}");
                }
            }
        }
    }
}
