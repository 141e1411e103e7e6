//! The logarithms of 80 mel bands that the speaker encoder was trained on, as Kaldi computes them, and the cepstra for resegmentation.

use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Mel bands.
pub(super) const MELS: usize = 80;
/// Samples from one frame to the next: 10 ms.
pub(in crate::speech) const HOP: usize = 160;
/// Samples of a frame: 25 ms.
pub(super) const LENGTH: usize = 400;
const FFT: usize = 512;
/// The bin at 8 kHz has no weight in any band.
const BINS: usize = FFT / 2;
const LOWEST_HZ: f64 = 20.0;
const HIGHEST_HZ: f64 = 8000.0;
const PRE_EMPHASIS: f32 = 0.97;
/// Kaldi counts in 16-bit samples.
const SCALE: f32 = 32_768.0;
/// The smallest difference between floats around 1: the floor of a band's power.
const FLOOR: f32 = 1.192_092_9e-7;

/// Cepstra kept: 1 to 19.
pub(super) const CEPSTRA: usize = 19;

/// Makes frames of [`MELS`] values.
pub(super) struct Fbank {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Each band's first bin and weights.
    bands: Vec<(usize, Vec<f32>)>,
}

/// Frames that lie wholly within so many samples.
pub(super) fn frames_in(samples: usize) -> usize {
    (samples + HOP).saturating_sub(LENGTH) / HOP
}

impl Fbank {
    pub fn new() -> Self {
        // Povey's window: Hann's to the power of 0.85.
        let hann = |n: usize| 0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / (LENGTH - 1) as f64).cos();
        let window = (0..LENGTH).map(|n| hann(n).powf(0.85) as f32).collect();
        Self { fft: RealFftPlanner::new().plan_fft_forward(FFT), window, bands: bands() }
    }

    /// Frames `from..to` of `samples`, as far as they are there: one row after another.
    pub fn frames(&self, samples: &[f32], from: usize, to: usize) -> Vec<f32> {
        let to = to.min(frames_in(samples.len()));
        let mut out = Vec::with_capacity(to.saturating_sub(from) * MELS);
        let (mut input, mut spectrum, mut scratch) = (self.fft.make_input_vec(), self.fft.make_output_vec(), self.fft.make_scratch_vec());
        for frame in from..to {
            let sound = &samples[frame * HOP..frame * HOP + LENGTH];
            let mean = sound.iter().sum::<f32>() / LENGTH as f32;
            let mut before = sound[0] - mean;
            for ((value, sample), weight) in input.iter_mut().zip(sound).zip(&self.window) {
                let here = sample - mean;
                *value = (here - PRE_EMPHASIS * before) * SCALE * weight;
                before = here;
            }
            input[LENGTH..].fill(0.0);
            // An error is only for buffers of the wrong length, which these are not.
            if self.fft.process_with_scratch(&mut input, &mut spectrum, &mut scratch).is_err() {
                spectrum.fill(Default::default());
            }
            let power: [f32; BINS] = std::array::from_fn(|bin| spectrum[bin].norm_sqr());
            out.extend(self.bands.iter().map(|(first, weights)| {
                let sum: f32 = weights.iter().zip(&power[*first..]).map(|(weight, power)| weight * power).sum();
                sum.max(FLOOR).ln()
            }));
        }
        out
    }
}

/// Triangles on the mel scale, each from the peak before to the peak after.
fn bands() -> Vec<(usize, Vec<f32>)> {
    let mel = |hz: f64| 1127.0 * (1.0 + hz / 700.0).ln();
    let (low, high) = (mel(LOWEST_HZ), mel(HIGHEST_HZ));
    let step = (high - low) / (MELS + 1) as f64;
    let of_bin = |bin: usize| mel(bin as f64 * 16_000.0 / FFT as f64);
    (0..MELS)
        .map(|band| {
            let left = low + band as f64 * step;
            let (peak, right) = (left + step, left + 2.0 * step);
            let weight = |bin: usize| {
                let here = of_bin(bin);
                if here <= peak { (here - left) / step } else { (right - here) / step }
            };
            let inside: Vec<usize> = (0..BINS).filter(|&bin| of_bin(bin) > left && of_bin(bin) < right).collect();
            (inside.first().copied().unwrap_or(0), inside.into_iter().map(|bin| weight(bin) as f32).collect())
        })
        .collect()
}

/// An orthonormal DCT-II of each row of log mels, coefficients 1 to [`CEPSTRA`].
pub(super) fn cepstra(mels: &[f32]) -> Vec<[f32; CEPSTRA]> {
    let scale = (2.0 / MELS as f64).sqrt();
    let cosine = |k: usize, n: usize| (scale * (std::f64::consts::PI / MELS as f64 * (n as f64 + 0.5) * k as f64).cos()) as f32;
    let table: Vec<f32> = (1..=CEPSTRA).flat_map(|k| (0..MELS).map(move |n| cosine(k, n))).collect();
    let row = |row: &[f32]| std::array::from_fn(|k| table[k * MELS..(k + 1) * MELS].iter().zip(row).map(|(cosine, value)| cosine * value).sum());
    mels.chunks_exact(MELS).map(row).collect()
}
