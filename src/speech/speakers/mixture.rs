//! A Gaussian mixture per voice on cepstra: it hears, frame by frame, what an embedding of a whole piece blurs at the edges of turns.

use super::fbank::CEPSTRA;

/// Components at most, and frames for each.
const COMPONENTS: usize = 8;
const FRAMES_EACH: usize = 60;
/// Fewer frames say nothing.
const FEWEST: usize = 80;
/// Of more frames every second one is used; of more than `PLENTY` so many, evenly: in a long recording more would only take time.
const MANY: usize = 3000;
const PLENTY: usize = 30_000;
/// Rounds of finding means, then of expectation and maximisation.
const MEAN_ROUNDS: usize = 10;
const ROUNDS: usize = 15;
/// Added to each variance (of the whole: 1): a component on few frames would become a needle.
const FLOOR: f32 = 0.05;

/// One frame of cepstra.
pub(super) type Frame = [f32; CEPSTRA];

/// Diagonal Gaussian mixture.
pub(super) struct Mixture {
    means: Vec<Frame>,
    /// One through each variance.
    precisions: Vec<Frame>,
    /// The logarithm of each weight and of what makes the density one in all.
    constants: Vec<f32>,
}

impl Mixture {
    /// Fits frames (z-normalised over the recording); none when there are too few.
    pub fn fit(frames: &[&Frame]) -> Option<Self> {
        if frames.len() < FEWEST {
            return None;
        }
        let count = (frames.len() / FRAMES_EACH).clamp(1, COMPONENTS);
        let step = if frames.len() > MANY { 2.max(frames.len() / PLENTY) } else { 1 };
        let frames: Vec<&Frame> = frames.iter().copied().step_by(step).collect();
        let mut parts: Vec<Vec<f32>> = nearest_means(&frames, count);
        let mut mixture = Self::of_parts(&frames, &parts, count);
        for _ in 0..ROUNDS {
            mixture = mixture.refined(&frames, &mut parts);
        }
        Some(mixture)
    }

    /// A round of expectation (which component has which part of each frame) and maximisation.
    fn refined(&self, frames: &[&Frame], parts: &mut [Vec<f32>]) -> Self {
        for (frame, parts) in frames.iter().zip(parts.iter_mut()) {
            self.scores(frame, parts);
            let top = parts.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            parts.iter_mut().for_each(|part| *part = (*part - top).exp());
            let sum: f32 = parts.iter().sum();
            parts.iter_mut().for_each(|part| *part /= sum);
        }
        Self::of_parts(frames, parts, self.means.len())
    }

    /// The mixture in which each component has its part of each frame.
    fn of_parts(frames: &[&Frame], parts: &[Vec<f32>], count: usize) -> Self {
        let mut mixture = Self { means: Vec::new(), precisions: Vec::new(), constants: Vec::new() };
        for component in 0..count {
            let (mut weight, mut sum, mut squares) = (1e-6_f32, [0.0_f32; CEPSTRA], [0.0_f32; CEPSTRA]);
            for (frame, parts) in frames.iter().zip(parts) {
                let part = parts[component];
                weight += part;
                for c in 0..CEPSTRA {
                    sum[c] += part * frame[c];
                    squares[c] += part * frame[c] * frame[c];
                }
            }
            let mean: Frame = std::array::from_fn(|c| sum[c] / weight);
            let variance: Frame = std::array::from_fn(|c| (squares[c] / weight - mean[c] * mean[c]).max(0.0) + FLOOR);
            mixture.means.push(mean);
            mixture.precisions.push(variance.map(|variance| 1.0 / variance));
            mixture
                .constants
                .push((weight / frames.len() as f32).ln() - 0.5 * variance.iter().map(|variance| (std::f32::consts::TAU * variance).ln()).sum::<f32>());
        }
        mixture
    }

    fn scores(&self, frame: &Frame, scores: &mut Vec<f32>) {
        scores.clear();
        for ((mean, precision), constant) in self.means.iter().zip(&self.precisions).zip(&self.constants) {
            let distance: f32 = (0..CEPSTRA).map(|c| (frame[c] - mean[c]) * (frame[c] - mean[c]) * precision[c]).sum();
            scores.push(constant - 0.5 * distance);
        }
    }

    /// Mean log-likelihood of frames, in nats; 0 for none.
    pub fn log_likelihood(&self, frames: &[Frame]) -> f32 {
        let mut scores = Vec::with_capacity(self.means.len());
        let of_frame = |frame| {
            self.scores(frame, &mut scores);
            let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            top + scores.iter().map(|score| (score - top).exp()).sum::<f32>().ln()
        };
        frames.iter().map(of_frame).sum::<f32>() / frames.len().max(1) as f32
    }
}

/// Which of `count` means each frame is nearest to (1 there, 0 elsewhere), after k-means that begins with frames spread over time.
fn nearest_means(frames: &[&Frame], count: usize) -> Vec<Vec<f32>> {
    let mut means: Vec<Frame> = (0..count).map(|k| *frames[(2 * k + 1) * frames.len() / (2 * count)]).collect();
    let mut nearest = vec![0; frames.len()];
    for _ in 0..MEAN_ROUNDS {
        let distance = |frame: &Frame, mean: &Frame| (0..CEPSTRA).map(|c| (frame[c] - mean[c]) * (frame[c] - mean[c])).sum::<f32>();
        for (frame, nearest) in frames.iter().zip(&mut nearest) {
            *nearest = (0..count).min_by(|&a, &b| distance(frame, &means[a]).total_cmp(&distance(frame, &means[b]))).unwrap_or(0);
        }
        for (k, mean) in means.iter_mut().enumerate() {
            let inside = || frames.iter().zip(&nearest).filter(|(_, nearest)| **nearest == k);
            let all = inside().count();
            if all > 0 {
                *mean = std::array::from_fn(|c| inside().map(|(frame, _)| frame[c]).sum::<f32>() / all as f32);
            }
        }
    }
    nearest.into_iter().map(|nearest| (0..count).map(|k| if k == nearest { 1.0 } else { 0.0 }).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of a few clusters that overlap, the same each time (a linear congruential generator; sums of twelve are nearly normal).
    fn frames(seed: u32, clusters: usize, apart: f32, count: usize) -> Vec<Frame> {
        let mut state = seed;
        let mut uniform = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        let mut normal = move || (0..12).map(|_| uniform()).sum::<f32>() - 6.0;
        let means: Vec<Frame> = (0..clusters).map(|_| std::array::from_fn(|_| apart * normal())).collect();
        let widths: Vec<Frame> = (0..clusters).map(|_| std::array::from_fn(|_| 0.2 + 0.3 * normal().abs())).collect();
        (0..count).map(|n| std::array::from_fn(|c| means[n * 7 % clusters][c] + widths[n * 7 % clusters][c] * normal())).collect()
    }

    /// The law of expectation and maximisation, but for what is added to each variance: these cases, reckoned once more in 64 bits, lose 0.001 nats in a
    /// round for it. As much again is left for 32 bits.
    #[test]
    fn no_round_makes_the_frames_less_likely() {
        for (seed, clusters, apart, count) in [(1, 3, 1.0, 900), (2, 5, 0.5, 1500), (3, 8, 0.3, 480), (4, 2, 0.2, 120), (5, 12, 1.0, 2000)] {
            let all = frames(seed, clusters, apart, count);
            let frames: Vec<&Frame> = all.iter().collect();
            let components = (count / FRAMES_EACH).clamp(1, COMPONENTS);
            let mut parts = nearest_means(&frames, components);
            let mut mixture = Mixture::of_parts(&frames, &parts, components);
            let first = mixture.log_likelihood(&all);
            let (mut before, mut worst) = (first, 0.0_f32);
            for _ in 0..ROUNDS {
                mixture = mixture.refined(&frames, &mut parts);
                let now = mixture.log_likelihood(&all);
                worst = worst.max(before - now);
                before = now;
            }
            println!("seed {seed}: from {first} to {before}, {worst} less in a round at most");
            assert!(worst < 2e-3 && before > first, "seed {seed}: from {first} to {before}, {worst} less in a round");
            assert!((Mixture::fit(&frames).unwrap().log_likelihood(&all) - before).abs() < 1e-3, "seed {seed}: as it is fitted");
        }
    }

    /// The parts of a frame sum to one, and so do the weights.
    #[test]
    fn every_frame_is_shared_out_whole() {
        let all = frames(9, 4, 0.6, 600);
        let frames: Vec<&Frame> = all.iter().collect();
        let mut parts = nearest_means(&frames, COMPONENTS);
        let mixture = Mixture::of_parts(&frames, &parts, COMPONENTS).refined(&frames, &mut parts);
        assert!(parts.iter().all(|parts| (parts.iter().sum::<f32>() - 1.0).abs() < 1e-5 && parts.iter().all(|part| (0.0..=1.0).contains(part))));
        let weight = |component: usize| {
            let density: f32 = mixture.precisions[component].iter().map(|precision| (std::f32::consts::TAU / precision).ln()).sum();
            (mixture.constants[component] + 0.5 * density).exp()
        };
        assert!(((0..COMPONENTS).map(weight).sum::<f32>() - 1.0).abs() < 1e-3);
    }
}
