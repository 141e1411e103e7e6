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
            return self.beyond(bytes) > 0.2;
        }
        let mut eighths = [0.0_f32; 8];
        samples.iter().for_each(|sample| eighths[(((sample + 1.0) * 4.0) as usize).min(7)] += 1.0 / count);
        let energy: f32 = samples.iter().map(|sample| sample * sample).sum();
        // One channel, and two.
        let hangs = |lag: usize| samples.iter().zip(&samples[lag..]).map(|(one, other)| one * other).sum::<f32>().abs() / energy;
        eighths.iter().all(|share| EVEN.contains(share)) && hangs(1) < UNRELATED && hangs(2) < UNRELATED
    }

    /// How loud this is, and how much of it changes from one sample to the next: of speech less than 0.5, of what is no sound 2. Of one channel, or of two.
    fn level_and_change(self, bytes: &[u8]) -> (f32, f32) {
        let samples: Vec<f32> = self.samples(bytes).collect();
        let sum = |values: &mut dyn Iterator<Item = f32>| values.map(|value| value * value).sum::<f32>();
        let energy = sum(&mut samples.iter().copied());
        let change = |lag: usize| sum(&mut samples.iter().zip(samples.iter().skip(lag)).map(|(one, other)| one - other)) / energy.max(f32::MIN_POSITIVE);
        ((energy / samples.len().max(1) as f32).sqrt(), change(1).min(change(2)))
    }

    /// The share of numbers beyond all measure.
    fn beyond(self, bytes: &[u8]) -> f32 {
        let (beyond, all) =
            self.samples(bytes).fold((0, 0), |(beyond, all), sample| (beyond + usize::from(sample != 0.0 && !MEASURE.contains(&sample.abs())), all + 1));
        beyond as f32 / all.max(1) as f32
    }

    /// How many bytes at the low end of all samples are zero: fewer bits were recorded than are written.
    fn empty_bytes(self, bytes: &[u8]) -> usize {
        let is_empty = |&low: &usize| {
            let place = if self.is_little { low } else { self.width - 1 - low };
            bytes.chunks_exact(self.width).all(|sample| sample[place] == 0)
        };
        (0..self.width).take_while(is_empty).count()
    }
}

/// Softer than this, a reading from the wrong byte on disturbs nobody.
const LOUD: f32 = 0.02;
/// What changes so much from sample to sample may be no sound, and what changes so little is.
const RESTLESS: f32 = 0.8;
const CALM: f32 = 0.3;
/// What is read from the wrong byte on is 256 times as loud.
const FAR_LOUDER: f32 = 50.0;
/// Packets after which it is believed that bytes are always empty.
const LEARNED_FROM: u32 = 8;

/// Packets of samples that are written as they are: where they begin, whatever was lost before them.
#[derive(Debug, Clone)]
pub(super) struct Pcm {
    form: Form,
    /// Bytes of one frame.
    frame: usize,
    /// Low bytes that were empty in all samples, in so many packets; and packets since in which they are not.
    empty: usize,
    seen: u32,
    full: u32,
    /// What stands before the next packet since a piece was lost that was no whole number of samples.
    carried: Option<Vec<u8>>,
}

impl Pcm {
    /// None for what is not written so.
    pub fn of(codec: AudioCodecId, channels: usize) -> Option<Self> {
        Form::of(codec).map(|form| Self { form, frame: form.width * channels.max(1), empty: form.width, seen: 0, full: 0, carried: None })
    }

    /// Whether these bytes are no samples.
    pub fn is_noise(&self, bytes: &[u8]) -> bool {
        self.form.is_noise(bytes)
    }

    /// A packet from the byte on at which its samples begin, and whether a piece is gone before it.
    pub fn aligned(&mut self, mut packet: Box<[u8]>) -> (Box<[u8]>, bool) {
        let whole = packet.len();
        if let Some(carried) = &mut self.carried {
            carried.extend_from_slice(&packet);
            let behind = carried.split_off(whole);
            packet = std::mem::replace(carried, behind).into_boxed_slice();
        }
        let Some(later) = self.begins_later(&packet) else {
            if packet.iter().any(|&byte| byte != 0) && !self.is_noise(&packet) {
                self.learn(self.form.empty_bytes(&packet));
            }
            return (packet, false);
        };
        let end = later + (whole - later) / self.frame * self.frame;
        self.carried = Some(packet[end..].to_vec());
        (packet[later..end].into(), true)
    }

    /// One packet with a piece of noise in it changes nothing.
    fn learn(&mut self, empty: usize) {
        self.full = if empty < self.empty { self.full + 1 } else { 0 };
        if self.seen < LEARNED_FROM || self.full >= LEARNED_FROM {
            (self.empty, self.full) = (self.empty.min(empty), 0);
        }
        self.seen = self.seen.saturating_add(1);
    }

    /// How many bytes further on samples begin, where these bytes are none and read from there are some.
    fn begins_later(&self, bytes: &[u8]) -> Option<usize> {
        let form = self.form;
        if bytes.len() < LEAST_SAMPLES * form.width {
            return None;
        }
        let later = || (1..form.width).map(|later| (later, &bytes[later..]));
        let is_noise = form.is_noise(bytes);
        if form.is_float {
            // What is no number at all was written so.
            if !form.samples(bytes).any(f32::is_finite) {
                return None;
            }
            return later().find(|(_, bytes)| is_noise && form.beyond(bytes) < 0.02).map(|(later, _)| later);
        }
        let has_empty = |bytes: &[u8]| self.seen < LEARNED_FROM || form.empty_bytes(bytes) >= self.empty;
        let is_full = !has_empty(bytes);
        let (level, change) = form.level_and_change(bytes);
        if !is_full && level < LOUD {
            return None;
        }
        let others = later().filter(|(_, bytes)| has_empty(bytes)).map(|(later, bytes)| (later, bytes, form.level_and_change(bytes)));
        let is_better = |bytes: &[u8], (softer, calmer): (f32, f32)| {
            let is_far_softer = softer < level / FAR_LOUDER && self.seen >= LEARNED_FROM;
            is_full || is_far_softer || (change > RESTLESS && calmer < CALM) || (is_noise && !form.is_noise(bytes))
        };
        let better = others.filter(|(_, bytes, measured)| is_better(bytes, *measured));
        better.min_by(|(.., one), (.., other)| one.1.total_cmp(&other.1)).map(|(later, ..)| later)
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

    /// As they stand in a file, in so many bytes of which the lowest may be empty.
    fn written(samples: &[f32], form: Form, empty: usize) -> Vec<u8> {
        let bytes = |sample: &f32| {
            let used = form.width - empty;
            let whole = (f64::from(*sample) * 2_f64.powi(8 * used as i32 - 1)).round() as i32;
            let mut bytes = if form.is_float { sample.to_le_bytes() } else { (whole << (8 * empty)).to_le_bytes() }[..form.width].to_vec();
            if !form.is_little {
                bytes.reverse();
            }
            bytes
        };
        samples.iter().flat_map(bytes).collect()
    }

    #[test]
    fn samples_that_begin_some_bytes_later_are_found_loud_and_soft() {
        let forms =
            [CODEC_ID_PCM_S16LE, CODEC_ID_PCM_S16BE, CODEC_ID_PCM_S24LE, CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S32LE, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F32BE];
        for (codec, empty) in forms.map(|codec| (codec, 0)).into_iter().chain([(CODEC_ID_PCM_S24LE, 1), (CODEC_ID_PCM_S24BE, 1), (CODEC_ID_PCM_S32BE, 2)]) {
            let form = Form::of(codec).unwrap();
            for loud in [0.003, 0.05, 0.5] {
                let bytes = written(&voices(23_040, loud), form, empty);
                for lost in 1..form.width {
                    let mut pcm = Pcm::of(codec, 1).unwrap();
                    let before = bytes.chunks(1152 * form.width).take(10);
                    assert!(before.map(|packet| pcm.aligned(packet.into())).all(|(_, is_after_cut)| !is_after_cut), "{codec} {loud}");
                    let mut behind = bytes[1152 * form.width * 10 + lost..].chunks_exact(1152 * form.width);
                    let (first, is_after_cut) = pcm.aligned(behind.next().unwrap().into());
                    assert!(is_after_cut, "{codec} {empty} {loud} {lost}");
                    let rest: Vec<u8> = first.iter().copied().chain(behind.flat_map(|packet| pcm.aligned(packet.into()).0)).collect();
                    let begin = 1152 * form.width * 10 + form.width;
                    assert!(bytes[begin..].starts_with(&rest) && rest.len() > 9000 * form.width, "{codec} {empty} {loud} {lost}");
                }
            }
        }
        assert_eq!(Pcm::of(CODEC_ID_PCM_S16LE, 1).unwrap().begins_later(&random(2304)), None);
    }

    #[test]
    fn sound_of_any_kind_is_left_as_it_is() {
        let hiss: Vec<f32> = random(4 * 23_040).chunks(4).map(|four| four.iter().map(|&byte| f32::from(byte)).sum::<f32>() / 512.0 - 1.0).collect();
        let few_bits: Vec<f32> = voices(23_040, 0.9).iter().zip(&hiss).map(|(voice, hiss)| ((voice * 0.5 + hiss * 0.4) * 127.0).round() / 127.0).collect();
        for codec in [CODEC_ID_PCM_S16LE, CODEC_ID_PCM_S16BE, CODEC_ID_PCM_S24LE, CODEC_ID_PCM_S32BE] {
            let form = Form::of(codec).unwrap();
            for (name, samples, empty) in
                [("hiss", &hiss, 0), ("soft hiss", &hiss.iter().map(|one| one * 0.03).collect(), 0), ("8 bits", &few_bits, form.width - 1)]
            {
                for channels in [1, 2] {
                    let mut pcm = Pcm::of(codec, channels).unwrap();
                    let bytes = written(samples, form, empty);
                    assert!(bytes.chunks(1152 * form.width).all(|packet| !pcm.aligned(packet.into()).1), "{codec} {name}");
                }
            }
        }
    }
}
