//! How likely speech is in each 32 ms: Silero's detector (version 6.2.3, MIT, see `models/README.md`).

use super::network::{Network, Shipped};
use crate::error::Result;
use std::sync::Arc;

static SILERO: Shipped = Shipped::new("hearing where there is speech", include_bytes!("../../models/silero_vad_16k_f16.onnx"));

/// Samples of one decision: 32 ms at 16 kHz.
pub(super) const CHUNK: usize = 512;
/// Samples of the chunk before that the detector hears again.
const CONTEXT: usize = 64;
/// Numbers it remembers of the sound so far, twice.
const UNITS: usize = 128;
/// Chunks worked on at once: 8 s, little enough to stay in the cache.
const BATCH: usize = 256;

/// The detector, as sound arrives.
#[derive(Clone)]
pub(super) struct Silero {
    network: Arc<Network>,
    hidden: Vec<f32>,
    cell: Vec<f32>,
    /// The end of the last whole chunk, and what follows it.
    rest: Vec<f32>,
}

impl Silero {
    /// Nothing heard yet.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn new() -> Result<Self> {
        Ok(Self { network: SILERO.load()?, hidden: vec![0.0; UNITS], cell: vec![0.0; UNITS], rest: vec![0.0; CONTEXT] })
    }

    /// Hears more 16 kHz mono; appends the probability of speech, 0 to 1, of each chunk that is whole now.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn push(&mut self, samples: &[f32], probabilities: &mut Vec<f32>) -> Result<()> {
        self.rest.extend_from_slice(samples);
        let chunks = (self.rest.len() - CONTEXT) / CHUNK;
        for first in (0..chunks).step_by(BATCH) {
            let count = BATCH.min(chunks - first);
            let input: Vec<f32> = (first..first + count).flat_map(|chunk| self.rest[chunk * CHUNK..(chunk + 1) * CHUNK + CONTEXT].iter().copied()).collect();
            let memory: &[usize] = &[1, 1, UNITS];
            let found = self.network.run(&[(&[count, CHUNK + CONTEXT], &input), (memory, &self.hidden), (memory, &self.cell)])?;
            let mut found = found.into_iter();
            probabilities.extend(found.next().into_iter().flatten());
            (self.hidden, self.cell) = (found.next().unwrap_or_default(), found.next().unwrap_or_default());
        }
        self.rest.drain(..chunks * CHUNK);
        Ok(())
    }

    /// The probability in the chunk that has begun, as if silence followed.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn peek(&self) -> Result<f32> {
        let mut found = Vec::new();
        let mut here = self.clone();
        here.push(&vec![0.0; CHUNK + CONTEXT - self.rest.len()], &mut found)?;
        Ok(found.first().copied().unwrap_or(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the published ONNX file (silero-vad 6.2.3, f32) says of the first ten seconds of a sample.
    #[test]
    fn probabilities_are_those_of_the_published_detector() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let expected: Vec<f32> = serde_json::from_str(&std::fs::read_to_string(root.join("tests/data/silero-maya.json")).unwrap()).unwrap();
        let samples = crate::audio::decode_file(&root.join("assets/samples/maya.flac"), &mut |_| Ok(())).unwrap().samples;
        let mut found = Vec::new();
        Silero::new().unwrap().push(&samples[..expected.len() * CHUNK], &mut found).unwrap();
        let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        // The weights are kept in 16 bits: 0.0014 was seen where the probability is on its way from 0 to 1.
        assert!(found.len() == expected.len() && worst < 0.005, "worst off by {worst}");
        assert!(expected.iter().any(|p| *p > 0.9) && expected.iter().any(|p| *p < 0.1));
    }

    #[test]
    fn how_the_sound_arrives_does_not_matter_and_nothing_gives_nothing() {
        let samples: Vec<f32> = (0..CHUNK * (BATCH + 3) + 100).map(|n| ((n * n) as f32 * 1e-4).sin() * 0.1).collect();
        let (mut whole, mut parts) = (Vec::new(), Vec::new());
        let mut silero = Silero::new().unwrap();
        silero.push(&[], &mut whole).unwrap();
        assert!(whole.is_empty());
        silero.push(&samples, &mut whole).unwrap();
        let mut silero = Silero::new().unwrap();
        samples.chunks(777).for_each(|part| silero.push(part, &mut parts).unwrap());
        assert_eq!(whole.len(), BATCH + 3);
        assert!(whole.iter().zip(&parts).all(|(a, b)| (a - b).abs() < 1e-5) && parts.len() == whole.len());
        assert!((0.0..=1.0).contains(&silero.peek().unwrap()));
    }
}
