//! Samples that are written as they are have no packets that could look wrong: damage is told by what no microphone gives.
//!
//! Bytes of something else are noise at full scale, or numbers beyond all measure. Where a piece is gone that was no whole number of samples, all that
//! follows looks like that too, until it is read from another byte on.

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_S16BE, CODEC_ID_PCM_S16LE, CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S24LE, CODEC_ID_PCM_S32BE,
    CODEC_ID_PCM_S32LE,
};

/// Fewer samples say nothing.
const LEAST_SAMPLES: usize = 400;
/// Of random numbers an eighth lies in each eighth of their range; of 500 give or take 0.015, and this is four times that.
const EVEN: std::ops::Range<f32> = 0.06..0.19;
/// Random numbers do not hang on those before them, 500 by no more than 0.04 usually. Speech has 0.5 to 0.99.
const UNRELATED: f32 = 0.2;
/// No sound is louder than this, or, but for silence, softer, in full scales.
const MEASURE: std::ops::Range<f32> = 1e-20..1e6;

/// How samples are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    /// Bytes of one.
    width: usize,
    is_little: bool,
    is_float: bool,
}

impl Form {
    /// None for what is not written so, or in so few bits that silence and noise look alike.
    pub fn of(codec: AudioCodecId) -> Option<Self> {
        let form = |width, is_little, is_float| Some(Self { width, is_little, is_float });
        match codec {
            CODEC_ID_PCM_S16LE => form(2, true, false),
            CODEC_ID_PCM_S16BE => form(2, false, false),
            CODEC_ID_PCM_S24LE => form(3, true, false),
            CODEC_ID_PCM_S24BE => form(3, false, false),
            CODEC_ID_PCM_S32LE => form(4, true, false),
            CODEC_ID_PCM_S32BE => form(4, false, false),
            CODEC_ID_PCM_F32LE => form(4, true, true),
            CODEC_ID_PCM_F32BE => form(4, false, true),
            _ => None,
        }
    }

    /// Of one sample.
    pub fn bytes(self) -> usize {
        self.width
    }

    fn samples(self, bytes: &[u8]) -> impl Iterator<Item = f32> {
        bytes.chunks_exact(self.width).map(move |sample| {
            let mut four = [0; 4];
            let ordered = |at: usize| if self.is_little { sample[self.width - 1 - at] } else { sample[at] };
            (0..self.width).for_each(|at| four[at] = ordered(at));
            if self.is_float { f32::from_be_bytes(four) } else { i32::from_be_bytes(four) as f32 / 2_f32.powi(31) }
        })
    }

    /// Whether these bytes are no samples.
    pub fn is_noise(self, bytes: &[u8]) -> bool {
        let samples: Vec<f32> = self.samples(bytes).collect();
        if samples.len() < LEAST_SAMPLES {
            return false;
        }
        let count = samples.len() as f32;
        if self.is_float {
            let beyond = samples.iter().filter(|sample| **sample != 0.0 && !MEASURE.contains(&sample.abs())).count();
            return beyond as f32 > count * 0.2;
        }
        let mut eighths = [0.0_f32; 8];
        samples.iter().for_each(|sample| eighths[(((sample + 1.0) * 4.0) as usize).min(7)] += 1.0 / count);
        let energy: f32 = samples.iter().map(|sample| sample * sample).sum();
        // One channel, and two.
        let hangs = |lag: usize| samples.iter().zip(&samples[lag..]).map(|(one, other)| one * other).sum::<f32>().abs() / energy;
        eighths.iter().all(|share| EVEN.contains(share)) && hangs(1) < UNRELATED && hangs(2) < UNRELATED
    }

    /// How many bytes further on samples begin, where these bytes are noise and read from there are none.
    pub fn begins_later(self, bytes: &[u8]) -> Option<usize> {
        if self.is_float { None } else { (1..self.width).find(|&later| bytes.len() > later && !self.is_noise(&bytes[later..])) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use symphonia::core::codecs::audio::well_known::CODEC_ID_PCM_U8;

    /// Noise that is the same each time.
    fn random(count: usize) -> Vec<u8> {
        let mut state = 0x1234_5678_9abc_def1_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        };
        (0..count).map(|_| next()).collect()
    }

    /// Voices, roughly: tones that come and go, with a little noise.
    fn voices(count: usize, loud: f32) -> Vec<f32> {
        let noise = random(count);
        let tone = |at: f32, hz: f32| (at * hz * std::f32::consts::TAU / 16_000.0).sin();
        (0..count).map(|at| (tone(at as f32, 180.0) + tone(at as f32, 720.0) * 0.5 + f32::from(noise[at]) / 2560.0) * loud / 1.7).collect()
    }

    #[test]
    fn bytes_of_something_else_are_told_from_samples() {
        for codec in
            [CODEC_ID_PCM_S16LE, CODEC_ID_PCM_S16BE, CODEC_ID_PCM_S24LE, CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S32LE, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F32BE]
        {
            let form = Form::of(codec).unwrap();
            assert!(random(60 * 2304).chunks(2304).all(|packet| form.is_noise(packet)), "{codec}");
            assert!(!form.is_noise(&vec![0; 2304]) && !form.is_noise(&random(100)), "{codec}");
        }
        assert_eq!(Form::of(CODEC_ID_PCM_U8), None);
        let form = Form::of(CODEC_ID_PCM_S16LE).unwrap();
        for loud in [0.001, 0.05, 0.5, 1.0, 5.0] {
            let bytes: Vec<u8> = voices(16_000, loud).iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect();
            assert!(bytes.chunks(2304).all(|packet| !form.is_noise(packet)), "{loud}");
        }
    }

    #[test]
    fn samples_that_begin_a_byte_later_are_found() {
        let bytes: Vec<u8> = voices(1200, 0.4).iter().flat_map(|sample| ((sample * 32_767.0) as i16).to_le_bytes()).collect();
        let form = Form::of(CODEC_ID_PCM_S16LE).unwrap();
        assert!(form.is_noise(&bytes[1..]));
        assert_eq!(form.begins_later(&bytes[1..]), Some(1));
        assert_eq!(form.begins_later(&random(2304)), None);
    }
}
