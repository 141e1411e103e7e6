//! What a voice sounds like: an embedding for each window of speech, by the GE2E encoder that ships with the program.

use super::matrix::{multiply, sigmoid, tanh, transposed};
use super::mel::{HOP, MELS, Mel};
use super::weights::Weights;
use crate::error::Result;

/// Numbers in an embedding.
pub const EMBEDDING: usize = 256;
/// Frames of 10 ms in a window: 1.2 s; 2.4 s is clearly worse, 0.8 and 1.6 a little (measured recipe).
pub const WINDOW_FRAMES: usize = 120;
/// Units of each layer.
const UNITS: usize = 256;
const GATES: usize = 4 * UNITS;
const LAYERS: usize = 3;
/// Windows worked on at once: enough to feed the matrix kernel, little enough to stay in the cache.
const BATCH: usize = 128;
/// The level the encoder expects: -30 dBFS.
const LEVEL: f32 = 1e-3;

/// A voice in one window, of length 1.
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

    /// Cosine of the angle between two voices; the encoder's values are never negative, so 0 to 1.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }

    /// As kept: each value in one byte, as a share of the largest.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let most = self.0.iter().copied().fold(1e-9, f32::max);
        self.0.iter().map(|value| (value / most * 255.0).round() as u8).collect()
    }

    /// From the kept form.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self::normalised(bytes.iter().map(|&value| f32::from(value)).collect())
    }

    /// The direction in the middle of several; none of none.
    #[must_use]
    pub fn mean<'a>(all: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        let mut sum = vec![0.0; EMBEDDING];
        let mut count = 0;
        for one in all {
            sum.iter_mut().zip(&one.0).for_each(|(sum, value)| *sum += value);
            count += 1;
        }
        (count > 0).then(|| Self::normalised(sum))
    }
}

/// The teacher's stored voice. Biometric: local, removable, never exported.
#[derive(Debug, Clone, PartialEq)]
pub struct VoiceProfile {
    /// The mean embedding.
    pub embedding: Embedding,
    /// Seconds of speech behind it.
    pub seconds: f64,
}

/// Tells what the voice in windows of sound is like.
pub trait VoiceEncoder {
    /// One embedding for each window of [`WINDOW_FRAMES`] frames beginning at the given frames (of 10 ms) of 16 kHz mono `samples`.
    ///
    /// # Errors
    /// What `check` says; it hears how much is done, 0 to 1.
    fn embed(&self, samples: &[f32], starts: &[usize], check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Vec<Embedding>>;
}

struct Layer {
    /// Input weights, transposed: `MELS x GATES` in the first layer, `UNITS x GATES` above.
    input: Vec<f32>,
    /// Recurrent weights, transposed: `UNITS x GATES`.
    recurrent: Vec<f32>,
    /// Both biases together.
    bias: Vec<f32>,
}

/// The shipped encoder: three LSTM layers and a linear one (Resemblyzer's GE2E, Apache-2.0, see `models/README.md`).
pub struct LstmEncoder {
    layers: Vec<Layer>,
    /// Transposed: `UNITS x EMBEDDING`.
    linear: Vec<f32>,
    linear_bias: Vec<f32>,
    mel: Mel,
}

impl LstmEncoder {
    /// From the weights inside the program.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn shipped() -> Result<Self> {
        let weights = Weights::read("reading the voice encoder", include_bytes!("../../models/speaker-encoder.safetensors"))?;
        let tensor = |name: &str, count: usize| weights.tensor(name, count);
        let mut layers = Vec::with_capacity(LAYERS);
        for layer in 0..LAYERS {
            let inputs = if layer == 0 { MELS } else { UNITS };
            let biases = (tensor(&format!("lstm.bias_ih_l{layer}"), GATES)?, tensor(&format!("lstm.bias_hh_l{layer}"), GATES)?);
            layers.push(Layer {
                input: transposed(&tensor(&format!("lstm.weight_ih_l{layer}"), GATES * inputs)?, inputs),
                recurrent: transposed(&tensor(&format!("lstm.weight_hh_l{layer}"), GATES * UNITS)?, UNITS),
                bias: biases.0.iter().zip(&biases.1).map(|(a, b)| a + b).collect(),
            });
        }
        let linear = transposed(&tensor("linear.weight", EMBEDDING * UNITS)?, UNITS);
        Ok(Self { layers, linear, linear_bias: tensor("linear.bias", EMBEDDING)?, mel: Mel::new() })
    }

    /// A batch of windows, step by step through the layers.
    fn run(&self, samples: &[f32], starts: &[usize]) -> Vec<Embedding> {
        let (Some(&first), Some(&last)) = (starts.iter().min(), starts.iter().max()) else { return Vec::new() };
        let count = starts.len();
        let frames = last + WINDOW_FRAMES - first;
        let mel = self.mel.frames(samples, first, first + frames);
        // Neighbouring windows share frames, and the level is a factor: the first layer's input products are made once for all.
        let mut shared = vec![0.0; frames * GATES];
        multiply(&mel, &self.layers[0].input, &mut shared, frames, MELS, GATES);
        let levels: Vec<f32> = starts.iter().map(|&start| level(samples, start)).collect();
        let mut hidden = vec![vec![0.0; count * UNITS]; LAYERS];
        let mut cells = vec![vec![0.0; count * UNITS]; LAYERS];
        let mut gates = vec![0.0; count * GATES];
        for step in 0..WINDOW_FRAMES {
            for (index, layer) in self.layers.iter().enumerate() {
                for (row, gates) in gates.chunks_exact_mut(GATES).enumerate() {
                    if index == 0 {
                        let from = (starts[row] - first + step) * GATES;
                        for ((gate, product), bias) in gates.iter_mut().zip(&shared[from..from + GATES]).zip(&layer.bias) {
                            *gate = product * levels[row] + bias;
                        }
                    } else {
                        gates.copy_from_slice(&layer.bias);
                    }
                }
                if index > 0 {
                    multiply(&hidden[index - 1], &layer.input, &mut gates, count, UNITS, GATES);
                }
                multiply(&hidden[index], &layer.recurrent, &mut gates, count, UNITS, GATES);
                for ((gates, hidden), cell) in gates.chunks_exact(GATES).zip(hidden[index].chunks_exact_mut(UNITS)).zip(cells[index].chunks_exact_mut(UNITS)) {
                    step_cell(gates, hidden, cell);
                }
            }
        }
        let mut out = vec![0.0; count * EMBEDDING];
        out.chunks_exact_mut(EMBEDDING).for_each(|row| row.copy_from_slice(&self.linear_bias));
        multiply(&hidden[LAYERS - 1], &self.linear, &mut out, count, UNITS, EMBEDDING);
        out.chunks_exact(EMBEDDING).map(|row| Embedding::normalised(row.iter().map(|value| value.max(0.0)).collect())).collect()
    }
}

impl VoiceEncoder for LstmEncoder {
    fn embed(&self, samples: &[f32], starts: &[usize], check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Vec<Embedding>> {
        let mut out = Vec::with_capacity(starts.len());
        for batch in starts.chunks(BATCH) {
            out.extend(self.run(samples, batch));
            check(out.len() as f32 / starts.len() as f32)?;
        }
        Ok(out)
    }
}

/// What lifts the window to the level the encoder expects.
fn level(samples: &[f32], start: usize) -> f32 {
    let from = (start * HOP).min(samples.len());
    let window = &samples[from..((start + WINDOW_FRAMES) * HOP).min(samples.len())];
    let mean = window.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>() / window.len().max(1) as f64;
    if mean > 1e-12 { LEVEL / mean as f32 } else { 0.0 }
}

/// One step of one row: gates in the order input, forget, cell, output.
fn step_cell(gates: &[f32], hidden: &mut [f32], cell: &mut [f32]) {
    let (input, rest) = gates.split_at(UNITS);
    let (forget, rest) = rest.split_at(UNITS);
    let (new, output) = rest.split_at(UNITS);
    for unit in 0..UNITS {
        let state = sigmoid(forget[unit]) * cell[unit] + sigmoid(input[unit]) * tanh(new[unit]);
        cell[unit] = state;
        hidden[unit] = sigmoid(output[unit]) * tanh(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On the shipped sample: two windows of one speaker are more alike than windows of two, by a margin that clustering lives on.
    #[test]
    fn windows_of_one_speaker_are_more_alike_than_windows_of_two() {
        let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/maya.flac");
        let samples = crate::audio::decode_file(&sample, &mut |_| Ok(())).unwrap().samples;
        let truth = std::fs::read_to_string(sample.with_extension("json")).unwrap();
        let truth: serde_json::Value = serde_json::from_str(&truth).unwrap();
        let encoder = LstmEncoder::shipped().unwrap();
        let long: Vec<(String, usize)> = truth["turns"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|turn| {
                let (start, end) = (turn["start_s"].as_f64()?, turn["end_s"].as_f64()?);
                (end - start > 2.5).then(|| (turn["speaker"].as_str().unwrap_or_default().to_owned(), ((start + 0.5) * 100.0) as usize))
            })
            .collect();
        let starts: Vec<usize> = long.iter().map(|(_, start)| *start).collect();
        let found = encoder.embed(&samples, &starts, &mut |_| Ok(())).unwrap();
        let (mut same, mut other) = (Vec::new(), Vec::new());
        for a in 0..found.len() {
            for b in 0..a {
                if long[a].0 == long[b].0 { &mut same } else { &mut other }.push(found[a].similarity(&found[b]));
            }
        }
        let mean = |of: &[f32]| of.iter().sum::<f32>() / of.len() as f32;
        assert!(same.len() > 20 && other.len() > 20, "{} and {}", same.len(), other.len());
        assert!(mean(&same) > mean(&other) + 0.2, "{} and {}", mean(&same), mean(&other));
    }
}
