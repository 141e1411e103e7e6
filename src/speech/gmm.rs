//! A small Gaussian mixture per voice on cepstra: it hears what the embedding's long window blurs at the edges of turns.

use super::mel::CEPSTRA;

/// Components of a mixture (measured recipe).
const COMPONENTS: usize = 8;
/// Rounds of expectation and maximisation.
const ROUNDS: usize = 12;
/// No variance smaller than this of the whole's: a component on few frames would become a needle.
const FLOOR: f32 = 0.05;

/// One frame of cepstra.
pub(super) type Frame = [f32; CEPSTRA];

/// Diagonal Gaussian mixture.
pub(super) struct Mixture {
    weights: Vec<f32>,
    means: Vec<Frame>,
    variances: Vec<Frame>,
}

impl Mixture {
    /// Fits frames (z-normalised over the recording); none when there are too few.
    pub fn fit(frames: &[&Frame]) -> Option<Self> {
        if frames.len() < COMPONENTS * 10 {
            return None;
        }
        // Begin with means spread over time and the common variance.
        let means = (0..COMPONENTS).map(|k| *frames[(2 * k + 1) * frames.len() / (2 * COMPONENTS)]).collect();
        let mut mixture = Self { weights: vec![1.0 / COMPONENTS as f32; COMPONENTS], means, variances: vec![[1.0; CEPSTRA]; COMPONENTS] };
        for _ in 0..ROUNDS {
            mixture.improve(frames);
        }
        Some(mixture)
    }

    fn improve(&mut self, frames: &[&Frame]) {
        let mut counts = [1e-6_f32; COMPONENTS];
        let mut sums = [[0.0_f32; CEPSTRA]; COMPONENTS];
        let mut squares = [[0.0_f32; CEPSTRA]; COMPONENTS];
        let constants = self.constants();
        for frame in frames {
            let scores = self.scores(frame, &constants);
            let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let total: f32 = scores.iter().map(|score| (score - top).exp()).sum();
            for k in 0..COMPONENTS {
                let part = (scores[k] - top).exp() / total;
                counts[k] += part;
                for c in 0..CEPSTRA {
                    sums[k][c] += part * frame[c];
                    squares[k][c] += part * frame[c] * frame[c];
                }
            }
        }
        for k in 0..COMPONENTS {
            self.weights[k] = counts[k] / frames.len() as f32;
            for c in 0..CEPSTRA {
                let mean = sums[k][c] / counts[k];
                self.means[k][c] = mean;
                self.variances[k][c] = (squares[k][c] / counts[k] - mean * mean).max(FLOOR);
            }
        }
    }

    fn constants(&self) -> [f32; COMPONENTS] {
        std::array::from_fn(|k| {
            self.weights[k].max(1e-9).ln() - 0.5 * self.variances[k].iter().map(|variance| (std::f32::consts::TAU * variance).ln()).sum::<f32>()
        })
    }

    fn scores(&self, frame: &Frame, constants: &[f32; COMPONENTS]) -> [f32; COMPONENTS] {
        std::array::from_fn(|k| {
            let distance: f32 = (0..CEPSTRA).map(|c| (frame[c] - self.means[k][c]).powi(2) / self.variances[k][c]).sum();
            constants[k] - 0.5 * distance
        })
    }

    /// Mean log-likelihood of frames, in nats; 0 for none.
    pub fn log_likelihood(&self, frames: &[Frame]) -> f32 {
        let constants = self.constants();
        let sum: f32 = frames
            .iter()
            .map(|frame| {
                let scores = self.scores(frame, &constants);
                let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                top + scores.iter().map(|score| (score - top).exp()).sum::<f32>().ln()
            })
            .sum();
        sum / frames.len().max(1) as f32
    }
}
