//! Softens classroom noise when listening. Nothing of it is ever written to the recording.
//!
//! RNNoise (through `nnnoiseless`) keeps what sounds like speech. A little of the untouched sound stays beneath it: a child's quiet word that it takes
//! for noise is then still there, and the room does not go dead between words.

use nnnoiseless::DenoiseState;

/// What RNNoise works at, in Hz.
pub(super) const DENOISE_RATE_HZ: u32 = 48_000;
/// How much of the untouched sound stays: noise goes down by at most 18 dB.
const UNTOUCHED: f32 = 0.125;
/// It wants the range of 16-bit samples.
const SCALE: f32 = 32_768.0;

/// A stream of 48 kHz samples, softened. As long as what went in, and not delayed.
pub(super) struct Denoiser {
    state: Box<DenoiseState<'static>>,
    /// Not yet a whole frame.
    waiting: Vec<f32>,
    /// The frame that went in before: what comes out is always one frame behind.
    before: Option<[f32; DenoiseState::FRAME_SIZE]>,
}

impl Denoiser {
    pub fn new() -> Self {
        Self { state: DenoiseState::new(), waiting: Vec::new(), before: None }
    }

    /// Takes samples in, appends what is ready to `out`.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) {
        self.waiting.extend_from_slice(samples);
        let (frames, rest) = self.waiting.as_chunks::<{ DenoiseState::FRAME_SIZE }>();
        for frame in frames {
            let mut clean = [0.0; DenoiseState::FRAME_SIZE];
            self.state.process_frame(&mut clean, &frame.map(|sample| sample * SCALE));
            if let Some(before) = self.before.replace(*frame) {
                out.extend(before.iter().zip(clean).map(|(sample, clean)| sample * UNTOUCHED + clean / SCALE * (1.0 - UNTOUCHED)));
            }
        }
        self.waiting = rest.to_vec();
    }

    /// Ends the stream: appends the rest.
    pub fn finish(mut self, out: &mut Vec<f32>) {
        let due = self.waiting.len() + self.before.map_or(0, |before| before.len());
        let start = out.len();
        self.push(&[0.0; 2 * DenoiseState::FRAME_SIZE], out);
        out.truncate(start + due);
    }
}

#[cfg(test)]
mod tests {
    use super::super::convert::{Resampler, SPEECH_RATE_HZ, rms};
    use super::super::decode::decode_file;
    use super::*;
    use std::path::Path;

    fn denoised(samples: &[f32]) -> Vec<f32> {
        let (mut denoiser, mut out) = (Denoiser::new(), Vec::new());
        samples.chunks(777).for_each(|block| denoiser.push(block, &mut out));
        denoiser.finish(&mut out);
        out
    }

    /// Levels of pieces of 20 ms, in dBFS, beside the place of each.
    fn levels(samples: &[f32]) -> Vec<f32> {
        samples.chunks(DENOISE_RATE_HZ as usize / 50).map(|piece| 20.0 * rms(piece).max(1e-6).log10()).collect()
    }

    /// The first 20 s of a sample conference, at 48 kHz, peaks as recorded.
    fn speech() -> Vec<f32> {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/maya.flac");
        let sound = decode_file(&sample, &mut |_| Ok(())).unwrap();
        let (mut resampler, mut out) = (Resampler::new(SPEECH_RATE_HZ, DENOISE_RATE_HZ).unwrap(), Vec::new());
        resampler.push(&sound.samples[..20 * SPEECH_RATE_HZ as usize], &mut out).unwrap();
        resampler.finish(&mut out).unwrap();
        out
    }

    #[test]
    fn hiss_goes_down_by_ten_decibels_and_speech_stays() {
        let speech = speech();
        let mut state = 1_u32;
        let hiss = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // White noise of -45 dBFS RMS.
            ((state >> 8) as f32 / 8_388_608.0 - 1.0) * 3_f32.sqrt() * 10_f32.powf(-45.0 / 20.0)
        };
        let noise: Vec<f32> = (0..speech.len()).map(hiss).collect();
        let noisy: Vec<f32> = speech.iter().zip(&noise).map(|(a, b)| a + b).collect();
        let out = denoised(&noisy);
        assert_eq!(out.len(), noisy.len());
        let (clean, before, after) = (levels(&speech), levels(&noisy), levels(&out));
        // The first second is left out: it has to learn what the room sounds like.
        let mut sorted = clean[50..].to_vec();
        sorted.sort_by(f32::total_cmp);
        let (low, high) = (sorted[sorted.len() / 5], sorted[sorted.len() * 4 / 5]);
        let change = |wanted: &dyn Fn(f32) -> bool| {
            let changes: Vec<f32> = (50..clean.len()).filter(|&n| wanted(clean[n])).map(|n| after[n] - before[n]).collect();
            assert!(changes.len() > 50, "{} pieces", changes.len());
            changes.iter().sum::<f32>() / changes.len() as f32
        };
        let (quiet, loud) = (change(&|level| level < low), change(&|level| level > high));
        println!("between words (below {low:.0} dBFS) {quiet:.1} dB, speech (above {high:.0} dBFS) {loud:.1} dB");
        assert!(quiet < -10.0, "{quiet} dB between words");
        assert!(loud.abs() < 2.0, "{loud} dB in speech");
    }

    #[test]
    fn nothing_is_delayed() {
        let speech = speech();
        let out = denoised(&speech);
        let part = |samples: &[f32], from: usize| samples[from..from + 96_000].to_vec();
        let here = part(&speech, 480_000);
        let fits = |shift: i64| here.iter().zip(part(&out, (480_000 + shift) as usize)).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let best = (-600..=600).step_by(8).max_by(|&a, &b| fits(a).total_cmp(&fits(b))).unwrap();
        assert!(best.abs() <= 24, "{best} samples");
    }
}
