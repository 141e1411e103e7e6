//! The streaming resampler, and levels for drawing.

use crate::conference::{ENVELOPE_STEP, Samples, blocks};
use crate::error::{Error, ErrorKind, Result};
use audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

/// What speech recognition and diarization work at.
pub const SPEECH_RATE_HZ: u32 = 16_000;

/// Sound is resampled this much at a time, in milliseconds, each piece whole: so long is the filter, and everything up to 7.8 of 8 kHz stays as it is. The
/// library's own choice (256 frames) takes away what is above 6.4 kHz, and with it a part of what tells voices, and an s from an f.
const CHUNK_MS: usize = 43;
/// For very low rates.
const LEAST_CHUNK: usize = 64;

/// A streaming resampler of one channel. Its output is exactly as long as its input in time, and not delayed.
pub struct Resampler {
    /// None when both rates are equal.
    fft: Option<Fft<f32>>,
    ratio: f64,
    waiting: Vec<f32>,
    output: Vec<f32>,
    /// Output samples still to be thrown away: the filter's delay.
    skip: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// From one rate to another, in Hz.
    ///
    /// # Errors
    /// For rates no resampler can be made for (zero).
    pub fn new(from_hz: u32, to_hz: u32) -> Result<Self> {
        let doing = "making a resampler";
        if from_hz == 0 || to_hz == 0 {
            return Err(Error::bare(ErrorKind::NotASoundFile, doing));
        }
        let chunk = (from_hz as usize * CHUNK_MS / 1000).max(LEAST_CHUNK);
        let make = || Fft::new_custom(from_hz as usize, to_hz as usize, chunk, 1, 1, WindowFunction::BlackmanHarris2, FixedSync::Input);
        let fft = (from_hz != to_hz).then(make).transpose().map_err(|err| Error::new(ErrorKind::Bug, doing, err))?;
        let skip = fft.as_ref().map_or(0, |fft| fft.output_delay());
        let output = vec![0.0; fft.as_ref().map_or(0, |fft| fft.output_frames_max())];
        Ok(Self { ratio: f64::from(to_hz) / f64::from(from_hz), fft, waiting: Vec::new(), output, skip, taken: 0, given: 0 })
    }

    /// Takes samples in, appends what is ready to `out`.
    ///
    /// # Errors
    /// Only through a mistake of ours.
    pub fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) -> Result<()> {
        self.taken += samples.len() as u64;
        if self.fft.is_none() {
            out.extend_from_slice(samples);
            return Ok(());
        }
        self.waiting.extend_from_slice(samples);
        self.turn(out)
    }

    fn turn(&mut self, out: &mut Vec<f32>) -> Result<()> {
        let bug = |err: String| Error::new(ErrorKind::Bug, "resampling", err);
        let Some(fft) = &mut self.fft else { return Ok(()) };
        let mut used = 0;
        loop {
            let wanted = fft.input_frames_next();
            if self.waiting.len() - used < wanted {
                break;
            }
            let room = self.output.len();
            let input = SequentialSlice::new(&self.waiting[used..used + wanted], 1, wanted).map_err(|err| bug(err.to_string()))?;
            let mut output = SequentialSlice::new_mut(&mut self.output, 1, room).map_err(|err| bug(err.to_string()))?;
            let (read, written) = fft.process_into_buffer(&input, &mut output, None).map_err(|err| bug(err.to_string()))?;
            used += read;
            let skipped = self.skip.min(written);
            self.skip -= skipped;
            out.extend_from_slice(&self.output[skipped..written]);
            self.given += (written - skipped) as u64;
        }
        self.waiting.drain(..used);
        Ok(())
    }

    /// Ends the stream: appends the rest, so that the whole output is as long as the input.
    ///
    /// # Errors
    /// Only through a mistake of ours.
    pub fn finish(mut self, out: &mut Vec<f32>) -> Result<()> {
        if self.fft.is_none() {
            return Ok(());
        }
        let due = (self.taken as f64 * self.ratio).round() as u64;
        let before = out.len();
        let already = self.given;
        while self.given < due {
            self.waiting.extend([0.0; LEAST_CHUNK]);
            self.turn(out)?;
        }
        out.truncate(before + (due - already) as usize);
        Ok(())
    }
}

/// Levels for drawing: one per [`ENVELOPE_STEP`], the loudest 10 ms in it, linear in decibels from -60 dBFS (0) to full scale (255).
#[must_use]
pub fn envelope(samples_16k: &(impl Samples + ?Sized)) -> Vec<u8> {
    let step = ENVELOPE_STEP.samples(SPEECH_RATE_HZ);
    let level = |block: &[f32]| level_byte(block.chunks(SPEECH_RATE_HZ as usize / 100).map(rms).fold(0.0, f32::max));
    blocks(samples_16k, step * 100).flat_map(|block| block.chunks(step).map(level).collect::<Vec<u8>>()).collect()
}

/// Root mean square.
#[must_use]
pub fn rms(samples: &[f32]) -> f32 {
    if samples.is_empty() { 0.0 } else { (samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len() as f32).sqrt() }
}

/// An amplitude on the 60 dB scale, 0 to 1.
#[must_use]
pub fn level(amplitude: f32) -> f32 {
    if amplitude <= 0.001 { 0.0 } else { (1.0 + amplitude.log10() / 3.0).clamp(0.0, 1.0) }
}

/// An amplitude on the 60 dB scale, 0 to 255.
#[must_use]
pub fn level_byte(amplitude: f32) -> u8 {
    (level(amplitude) * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, secs: f64) -> Vec<f32> {
        tone_of(440.0, rate, secs)
    }

    fn tone_of(hz: f64, rate: u32, secs: f64) -> Vec<f32> {
        (0..(f64::from(rate) * secs) as usize).map(|n| (n as f64 * hz * std::f64::consts::TAU / f64::from(rate)).sin() as f32 * 0.5).collect()
    }

    #[test]
    fn all_that_the_lower_rate_can_hold_stays_and_nothing_else_comes_in() {
        let level_of = |from: u32, to: u32, hz: f64| {
            let mut resampler = Resampler::new(from, to).unwrap();
            let mut out = Vec::new();
            resampler.push(&tone_of(hz, from, 2.0), &mut out).unwrap();
            resampler.finish(&mut out).unwrap();
            20.0 * (rms(&out[out.len() / 4..out.len() * 3 / 4]) / (0.5 * std::f32::consts::FRAC_1_SQRT_2)).log10()
        };
        for from in [22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000] {
            for hz in [100.0, 3_000.0, 6_500.0, 7_200.0, 7_600.0] {
                assert!(level_of(from, SPEECH_RATE_HZ, hz).abs() < 0.5, "{from}: {hz} Hz is {} dB louder", level_of(from, SPEECH_RATE_HZ, hz));
            }
            for hz in [8_200.0, 10_000.0, 15_000.0].into_iter().filter(|hz| *hz < f64::from(from) * 0.49) {
                assert!(level_of(from, SPEECH_RATE_HZ, hz) < -80.0, "{from}: {hz} Hz comes through");
            }
        }
        assert!(level_of(8_000, SPEECH_RATE_HZ, 3_700.0).abs() < 0.5 && level_of(SPEECH_RATE_HZ, 48_000, 7_500.0).abs() < 0.5);
    }

    #[test]
    fn resampling_keeps_length_and_place() {
        for rate in [8000, 11_025, 22_050, 44_100, 48_000, 96_000] {
            let mut resampler = Resampler::new(rate, SPEECH_RATE_HZ).unwrap();
            let mut out = Vec::new();
            for block in tone(rate, 1.0).chunks(777) {
                resampler.push(block, &mut out).unwrap();
            }
            resampler.finish(&mut out).unwrap();
            assert_eq!(out.len(), 16_000, "{rate}");
            let expected = tone(SPEECH_RATE_HZ, 1.0);
            let error = out[2000..14_000].iter().zip(&expected[2000..14_000]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // At most half a sample early or late (the filter's delay is a whole number): 0.043 at 440 Hz and this loudness, and a little ripple.
            assert!(error < 0.07, "{rate}: {error}");
        }
    }

    #[test]
    fn the_envelope_is_linear_in_decibels() {
        let at = |amplitude: f32| envelope(&vec![amplitude; 1600])[0];
        assert_eq!((at(0.0), at(0.001), at(1.0)), (0, 0, 255));
        assert_eq!(at(0.1), 170);
    }
}
