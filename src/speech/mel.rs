//! The power mel spectrogram the voice encoder was trained on, and the cepstra for resegmentation.

use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Mel bands.
pub(super) const MELS: usize = 40;
/// Samples between frames: 10 ms.
pub(super) const HOP: usize = 160;
/// Cepstra kept: C1 to C19.
pub(super) const CEPSTRA: usize = 19;
const FFT: usize = 400;

/// Frames of [`MELS`] powers, one each 10 ms, centred on `frame * HOP`.
pub(super) struct Mel {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Each band's first bin and weights.
    bands: Vec<(usize, Vec<f32>)>,
}

impl Mel {
    pub fn new() -> Self {
        // Periodic Hann.
        let window = (0..FFT).map(|n| (0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / FFT as f64).cos()) as f32).collect();
        Self { fft: RealFftPlanner::new().plan_fft_forward(FFT), window, bands: bands() }
    }

    /// Frames `from..to` of the spectrogram of `samples` (zero beyond their ends).
    pub fn frames(&self, samples: &[f32], from: usize, to: usize) -> Vec<f32> {
        let mut out = Vec::with_capacity((to - from) * MELS);
        let mut input = self.fft.make_input_vec();
        let mut spectrum = self.fft.make_output_vec();
        let mut scratch = self.fft.make_scratch_vec();
        let mut power = vec![0.0; spectrum.len()];
        for frame in from..to {
            let start = (frame * HOP) as isize - (FFT / 2) as isize;
            for (n, value) in input.iter_mut().enumerate() {
                let at = start + n as isize;
                let sample = usize::try_from(at).ok().and_then(|at| samples.get(at)).copied().unwrap_or(0.0);
                *value = sample * self.window[n];
            }
            if self.fft.process_with_scratch(&mut input, &mut spectrum, &mut scratch).is_err() {
                out.extend([0.0; MELS]);
                continue;
            }
            for (power, bin) in power.iter_mut().zip(&spectrum) {
                *power = bin.norm_sqr();
            }
            out.extend(self.bands.iter().map(|(first, weights)| weights.iter().zip(&power[*first..]).map(|(weight, power)| weight * power).sum::<f32>()));
        }
        out
    }
}

/// Slaney's mel scale: linear to 1 kHz, logarithmic above.
fn hz_of(mel: f64) -> f64 {
    if mel < 15.0 { mel * 200.0 / 3.0 } else { 1000.0 * ((mel - 15.0) * 6.4_f64.ln() / 27.0).exp() }
}

fn mel_of(hz: f64) -> f64 {
    if hz < 1000.0 { hz * 3.0 / 200.0 } else { 15.0 + (hz / 1000.0).ln() * 27.0 / 6.4_f64.ln() }
}

/// Triangles of equal area ("Slaney norm"), 0 to 8000 Hz.
fn bands() -> Vec<(usize, Vec<f32>)> {
    let top = mel_of(8000.0);
    let edges: Vec<f64> = (0..MELS + 2).map(|n| hz_of(top * n as f64 / (MELS + 1) as f64)).collect();
    let bin_hz = 16_000.0 / FFT as f64;
    (0..MELS)
        .map(|band| {
            let (low, peak, high) = (edges[band], edges[band + 1], edges[band + 2]);
            let weight = |bin: usize| {
                let hz = bin as f64 * bin_hz;
                let rise = (hz - low) / (peak - low);
                let fall = (high - hz) / (high - peak);
                (rise.min(fall).max(0.0) * 2.0 / (high - low)) as f32
            };
            let first = (low / bin_hz).floor() as usize;
            let last = ((high / bin_hz).ceil() as usize).min(FFT / 2);
            (first, (first..=last).map(weight).collect())
        })
        .collect()
}

/// C1 to C19 of frames of mel powers: logarithm, then an orthonormal DCT-II.
pub(super) fn cepstra(mel: &[f32]) -> Vec<f32> {
    let cosines: Vec<f32> = (1..=CEPSTRA)
        .flat_map(|k| (0..MELS).map(move |n| ((2.0 / MELS as f64).sqrt() * (std::f64::consts::PI / MELS as f64 * (n as f64 + 0.5) * k as f64).cos()) as f32))
        .collect();
    let mut out = Vec::with_capacity(mel.len() / MELS * CEPSTRA);
    for frame in mel.chunks_exact(MELS) {
        let mut log = [0.0_f32; MELS];
        for (log, power) in log.iter_mut().zip(frame) {
            *log = power.max(1e-10).ln();
        }
        out.extend(cosines.chunks_exact(MELS).map(|row| row.iter().zip(&log).map(|(cosine, log)| cosine * log).sum::<f32>()));
    }
    out
}
