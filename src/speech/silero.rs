//! How likely speech is in each 32 ms: Silero's detector (version 6.2, MIT, see `models/README.md`), its forward pass in plain Rust.
//!
//! A spectrum of four frames, four convolutions, one LSTM and a linear layer; everything but the LSTM's own loop is done for many chunks at once.

use super::matrix::{multiply, sigmoid, tanh, transposed};
use super::weights::Weights;
use crate::error::Result;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Samples of one decision: 32 ms at 16 kHz.
pub(super) const CHUNK: usize = 512;
/// Samples of the chunk before that the detector hears again, and mirrored samples at the end.
const CONTEXT: usize = 64;
const FFT: usize = 256;
const HOP: usize = 128;
const BINS: usize = FFT / 2 + 1;
/// Frames of the spectrum in a chunk.
const FRAMES: usize = 4;
const UNITS: usize = 128;
/// Chunks worked on at once: 8 s, little enough to stay in the cache.
const BATCH: usize = 256;

/// A convolution over time, three frames wide, as a matrix: `3 x inputs` times `outputs`.
struct Convolution {
    weights: Vec<f32>,
    bias: Vec<f32>,
    inputs: usize,
    stride: usize,
}

/// What the detector remembers of the sound so far.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Memory {
    hidden: Vec<f32>,
    cell: Vec<f32>,
}

impl Default for Memory {
    fn default() -> Self {
        Self { hidden: vec![0.0; UNITS], cell: vec![0.0; UNITS] }
    }
}

/// The detector.
pub(super) struct Silero {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    convolutions: [Convolution; 4],
    /// Transposed: `UNITS x 4 * UNITS`.
    input: Vec<f32>,
    recurrent: Vec<f32>,
    bias: Vec<f32>,
    output: Vec<f32>,
    output_bias: f32,
}

impl Silero {
    /// From the weights inside the program.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn shipped() -> Result<Self> {
        let weights = Weights::read("reading the speech detector", include_bytes!("../../models/silero-vad.safetensors"))?;
        let convolution = |name: &str, inputs: usize, outputs: usize, stride: usize| -> Result<Convolution> {
            // Stored output by output, input by input, frame by frame; wanted frame by frame, input by input.
            let stored = weights.tensor(&format!("{name}.weight"), outputs * inputs * 3)?;
            let mut matrix = vec![0.0; stored.len()];
            for (at, value) in stored.into_iter().enumerate() {
                let (output, input, frame) = (at / (inputs * 3), at / 3 % inputs, at % 3);
                matrix[(frame * inputs + input) * outputs + output] = value;
            }
            Ok(Convolution { weights: matrix, bias: weights.tensor(&format!("{name}.bias"), outputs)?, inputs, stride })
        };
        let biases = (weights.tensor("lstm_cell.bias_ih", 4 * UNITS)?, weights.tensor("lstm_cell.bias_hh", 4 * UNITS)?);
        Ok(Self {
            fft: RealFftPlanner::new().plan_fft_forward(FFT),
            // Periodic Hann.
            window: (0..FFT).map(|n| (0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / FFT as f64).cos()) as f32).collect(),
            convolutions: [
                convolution("conv1", BINS, 128, 1)?,
                convolution("conv2", 128, 64, 2)?,
                convolution("conv3", 64, 64, 2)?,
                convolution("conv4", 64, UNITS, 1)?,
            ],
            input: transposed(&weights.tensor("lstm_cell.weight_ih", 4 * UNITS * UNITS)?, UNITS),
            recurrent: transposed(&weights.tensor("lstm_cell.weight_hh", 4 * UNITS * UNITS)?, UNITS),
            bias: biases.0.iter().zip(&biases.1).map(|(a, b)| a + b).collect(),
            output: weights.tensor("final_conv.weight", UNITS)?,
            output_bias: weights.tensor("final_conv.bias", 1)?[0],
        })
    }

    /// Appends the probability of speech, 0 to 1, of `count` chunks of 16 kHz mono from chunk `first` of `samples` on, which may be the middle of a
    /// longer sound: the chunk before is heard with them. The last chunk is filled up with silence.
    pub fn hear(&self, samples: &[f32], first: usize, count: usize, memory: &mut Memory, out: &mut Vec<f32>) {
        let Memory { hidden, cell } = memory;
        let mut gates = vec![0.0; 4 * UNITS];
        for from in (first..first + count).step_by(BATCH) {
            let count = BATCH.min(first + count - from);
            let mut layer = self.spectra(samples, from, count);
            let mut frames = FRAMES;
            for convolution in &self.convolutions {
                (layer, frames) = convolution.run(&layer, frames, count);
            }
            let mut products = vec![0.0; count * 4 * UNITS];
            products.chunks_exact_mut(4 * UNITS).for_each(|row| row.copy_from_slice(&self.bias));
            multiply(&layer, &self.input, &mut products, count, UNITS, 4 * UNITS);
            for product in products.chunks_exact(4 * UNITS) {
                gates.copy_from_slice(product);
                // Row by row: one vector times a matrix is bound by memory, and this is how the compiler makes vector instructions of it.
                for (value, row) in hidden.iter().zip(self.recurrent.chunks_exact(4 * UNITS)) {
                    gates.iter_mut().zip(row).for_each(|(gate, weight)| *gate += value * weight);
                }
                for unit in 0..UNITS {
                    let (input, forget, new, output) = (gates[unit], gates[UNITS + unit], gates[2 * UNITS + unit], gates[3 * UNITS + unit]);
                    cell[unit] = sigmoid(forget) * cell[unit] + sigmoid(input) * tanh(new);
                    hidden[unit] = sigmoid(output) * tanh(cell[unit]);
                }
                let sum: f32 = hidden.iter().zip(&self.output).map(|(value, weight)| value.max(0.0) * weight).sum();
                out.push(sigmoid(sum + self.output_bias));
            }
        }
    }

    /// Magnitudes: for each chunk [`FRAMES`] rows of [`BINS`].
    fn spectra(&self, samples: &[f32], first: usize, count: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity(count * FRAMES * BINS);
        let (mut input, mut spectrum, mut scratch) = (self.fft.make_input_vec(), self.fft.make_output_vec(), self.fft.make_scratch_vec());
        let mut heard = vec![0.0; CONTEXT + CHUNK + CONTEXT];
        let sample = |at: isize| usize::try_from(at).ok().and_then(|at| samples.get(at)).copied().unwrap_or(0.0);
        for chunk in first..first + count {
            let start = (chunk * CHUNK) as isize - CONTEXT as isize;
            for (n, value) in heard[..CONTEXT + CHUNK].iter_mut().enumerate() {
                *value = sample(start + n as isize);
            }
            let end = CONTEXT + CHUNK;
            for n in 0..CONTEXT {
                heard[end + n] = heard[end - 2 - n];
            }
            for frame in heard.windows(FFT).step_by(HOP).take(FRAMES) {
                for ((value, sample), weight) in input.iter_mut().zip(frame).zip(&self.window) {
                    *value = sample * weight;
                }
                match self.fft.process_with_scratch(&mut input, &mut spectrum, &mut scratch) {
                    Ok(()) => out.extend(spectrum.iter().map(|bin| bin.norm())),
                    // Only for buffers of the wrong length, which these are not.
                    Err(_) => out.extend([0.0; BINS]),
                }
            }
        }
        out
    }
}

impl Convolution {
    /// For `count` chunks of `frames` rows each: the rows after the convolution (zeros around the chunk) and ReLU, and how many a chunk has then.
    fn run(&self, rows: &[f32], frames: usize, count: usize) -> (Vec<f32>, usize) {
        let outputs = self.bias.len();
        let after = (frames - 1) / self.stride + 1;
        let mut patches = vec![0.0; count * after * 3 * self.inputs];
        for (at, patch) in patches.chunks_exact_mut(3 * self.inputs).enumerate() {
            let (chunk, middle) = (at / after, at % after * self.stride);
            for (tap, to) in patch.chunks_exact_mut(self.inputs).enumerate() {
                let Some(frame) = (middle + tap).checked_sub(1).filter(|&frame| frame < frames) else { continue };
                let from = (chunk * frames + frame) * self.inputs;
                to.copy_from_slice(&rows[from..from + self.inputs]);
            }
        }
        let mut out = vec![0.0; count * after * outputs];
        out.chunks_exact_mut(outputs).for_each(|row| row.copy_from_slice(&self.bias));
        multiply(&patches, &self.weights, &mut out, count * after, 3 * self.inputs, outputs);
        out.iter_mut().for_each(|value| *value = value.max(0.0));
        (out, after)
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
        let found = probabilities(&Silero::shipped().unwrap(), &samples[..expected.len() * CHUNK]);
        let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        // The weights are kept in 16 bits: up to 0.005 was seen where the probability is on its way from 0 to 1.
        assert!(found.len() == expected.len() && worst < 0.02, "worst off by {worst}");
        assert!(expected.iter().any(|p| *p > 0.9) && expected.iter().any(|p| *p < 0.1));
    }

    fn probabilities(silero: &Silero, samples: &[f32]) -> Vec<f32> {
        let mut out = Vec::new();
        silero.hear(samples, 0, samples.len().div_ceil(CHUNK), &mut Memory::default(), &mut out);
        out
    }

    #[test]
    fn batches_do_not_matter_and_nothing_gives_nothing() {
        let silero = Silero::shipped().unwrap();
        assert!(probabilities(&silero, &[]).is_empty());
        let samples: Vec<f32> = (0..CHUNK * (BATCH + 3)).map(|n| ((n * n) as f32 * 1e-4).sin() * 0.1).collect();
        let (whole, start) = (probabilities(&silero, &samples), probabilities(&silero, &samples[..CHUNK * 5]));
        assert!(whole.iter().zip(&start).all(|(a, b)| (a - b).abs() < 1e-5));
    }
}
