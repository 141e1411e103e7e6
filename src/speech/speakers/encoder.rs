//! What a voice sounds like: an embedding of each piece of speech, by the CAM++ encoder that ships with the program.

use super::fbank::{Fbank, HOP, LENGTH, MELS};
use super::pieces::Piece;
use crate::conference::Samples;
use crate::error::Result;
use crate::speech::network::{Network, Shipped};
use half::f16;
use std::sync::Arc;

static ENCODER: Shipped = Shipped::new("hearing what a voice is like", include_bytes!("../../../models/campplus_2s_f16.onnx"));

/// Numbers in an embedding.
pub const EMBEDDING: usize = 192;
/// A shorter piece is widened to this: 0.3 s.
const SHORTEST: usize = 30;
/// The encoder's frames are 25 ms long, so two that begin before the piece hear its beginning.
const BEFORE: usize = 2;
/// With fewer frames nothing can be said.
const FEWEST: usize = 10;

/// A voice in one piece of speech: a direction, of length 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding(pub Vec<f32>);

impl Embedding {
    /// Of length 1 in the given direction; a zero vector stays zero.
    #[must_use]
    pub fn normalised(mut values: Vec<f32>) -> Self {
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length > 0.0 {
            values.iter_mut().for_each(|value| *value /= length);
        }
        Self(values)
    }

    /// Cosine of the angle between two voices: 1 for the same, about 0 for two that have nothing in common.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }

    /// As kept: 16-bit floats.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|&value| f16::from_f32(value).to_le_bytes()).collect()
    }

    /// From the kept form.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::normalised(bytes.as_chunks::<2>().0.iter().map(|&two| f16::from_le_bytes(two).to_f32()).collect())
    }

    /// The direction of the sum of several, each as long as its weight; none of none.
    #[must_use]
    pub fn weighted_mean<'a>(all: impl IntoIterator<Item = (&'a Self, f32)>) -> Option<Self> {
        let mut sum = vec![0.0; EMBEDDING];
        let mut weight = 0.0;
        for (one, of_one) in all {
            sum.iter_mut().zip(&one.0).for_each(|(sum, value)| *sum += value * of_one);
            weight += of_one;
        }
        (weight > 0.0).then(|| Self::normalised(sum))
    }
}

/// The teacher's stored voice. Biometric: local, removable, never exported.
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceProfile {
    /// The direction of the sum of the embeddings of the teacher's pieces.
    pub embedding: Embedding,
    /// Seconds of speech behind it.
    pub seconds: f64,
}

/// The encoder.
pub(super) struct Encoder {
    network: Arc<Network>,
    fbank: Fbank,
}

impl Encoder {
    /// # Errors
    /// Only through a mistake in the build.
    pub fn new() -> Result<Self> {
        Ok(Self { network: ENCODER.load()?, fbank: Fbank::new() })
    }

    /// What the voice in `piece` of a whole recording is like.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn embed_of(&self, recording: &(impl Samples + ?Sized), piece: Piece) -> Result<Embedding> {
        // As far as the frames around it reach, and one more on each side.
        let reach = SHORTEST + BEFORE + 2;
        let first = piece.start.saturating_sub(reach);
        self.embed(&recording.range(first * HOP, (piece.end + reach) * HOP + LENGTH), first, piece)
    }

    /// What the voice in `piece` is like; `samples`: 16 kHz mono, from frame `first` of the recording on. Too little sound gives zeros.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn embed(&self, samples: &[f32], first: usize, piece: Piece) -> Result<Embedding> {
        let wider = (SHORTEST + 1).saturating_sub(piece.frames()) / 2;
        let from = piece.start.saturating_sub(wider + BEFORE).max(first);
        let mut rows = self.fbank.frames(samples, from - first, (piece.end + wider).saturating_sub(first));
        let frames = rows.len() / MELS;
        if frames < FEWEST {
            return Ok(Embedding(vec![0.0; EMBEDDING]));
        }
        for band in 0..MELS {
            let mean = rows.iter().skip(band).step_by(MELS).sum::<f32>() / frames as f32;
            rows.iter_mut().skip(band).step_by(MELS).for_each(|value| *value -= mean);
        }
        let found = self.network.run(&[(&[1, frames, MELS], &rows)])?;
        Ok(Embedding::normalised(found.into_iter().next().unwrap_or_default()))
    }
}
