//! Evens out the voices when listening: a quiet child becomes as loud as the teacher. Nothing of it is ever written to the recording.
//!
//! Each voice has one gain for the whole conference, found from the recording's levels where that voice speaks alone. Silence keeps its own level:
//! a room between two turns is not blown up to hiss.

use crate::conference::{ENVELOPE_STEP, Millis, Voice, VoiceSpan};

/// Every voice is brought to this level, in dBFS, loud moments of 10 ms: about -20 dBFS RMS, and a shout still fits.
const TARGET_DB: f32 = -16.0;
/// The gains given, in dB: a child across the table was seen 17 dB below the teacher; what is quieter than 20 dB is mostly room.
const GAINS_DB: std::ops::RangeInclusive<f32> = -12.0..=20.0;
/// How fast the gain goes back to nothing when a turn ends, in dB each 100 ms: a boosted room fades within half a second instead of being cut.
const RELEASE_DB: f32 = 4.0;
/// The level of a voice: this share of its moments is quieter. Not the mean: a few steps of another, louder voice must not count.
const LEVEL_QUANTILE: f64 = 0.7;

/// The gain at each moment of a recording.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GainCurve {
    /// In dB, one for each [`ENVELOPE_STEP`].
    steps: Vec<f32>,
}

impl GainCurve {
    /// From the recording's levels (see [`super::envelope`]) and who speaks when.
    #[must_use]
    pub fn level_speakers(envelope: &[u8], spans: &[VoiceSpan]) -> Self {
        let voices = speaking(envelope.len(), spans);
        let gains = gains(envelope, &voices);
        let wanted = |step: usize| voices[step].iter().map(|voice| gains[usize::from(voice.0)]).reduce(f32::min);
        let mut steps = Vec::with_capacity(envelope.len());
        let mut last = 0.0_f32;
        for step in 0..envelope.len() {
            // In silence the gain is let go, and is ready one step before the next word begins.
            let next = if step + 1 < envelope.len() { wanted(step + 1) } else { None };
            let released = last.signum() * (last.abs() - RELEASE_DB).max(0.0);
            last = wanted(step).or(next).unwrap_or(released);
            steps.push(last);
        }
        Self { steps }
    }

    /// The gain at a moment, in dB; it changes smoothly.
    #[must_use]
    pub fn at(&self, at: Millis) -> f32 {
        let place = (at.0 as f64 / ENVELOPE_STEP.0 as f64 - 0.5).max(0.0);
        let (step, part) = (place as usize, place.fract() as f32);
        let of = |step: usize| self.steps.get(step).or(self.steps.last()).copied().unwrap_or(0.0);
        of(step) * (1.0 - part) + of(step + 1) * part
    }
}

/// The voices in each step.
fn speaking(steps: usize, spans: &[VoiceSpan]) -> Vec<Vec<Voice>> {
    let mut voices = vec![Vec::new(); steps];
    for piece in spans {
        let (from, to) = (piece.span.start().0.max(0) / ENVELOPE_STEP.0, (piece.span.end().0 + ENVELOPE_STEP.0 - 1) / ENVELOPE_STEP.0);
        for step in voices.iter_mut().take(to.max(0) as usize).skip(from as usize).filter(|step| !step.contains(&piece.voice)) {
            step.push(piece.voice);
        }
    }
    voices
}

/// The gain of each voice, by its number.
fn gains(envelope: &[u8], voices: &[Vec<Voice>]) -> Vec<f32> {
    let mut levels: Vec<Vec<u8>> = vec![Vec::new(); usize::from(u8::MAX) + 1];
    for (&level, voices) in envelope.iter().zip(voices) {
        if let [alone] = voices[..] {
            levels[usize::from(alone.0)].push(level);
        }
    }
    let gain = |levels: &mut Vec<u8>| {
        levels.sort_unstable();
        let level = levels.get((levels.len() as f64 * LEVEL_QUANTILE) as usize)?;
        Some((TARGET_DB - (f32::from(*level) / 255.0 * 60.0 - 60.0)).clamp(*GAINS_DB.start(), *GAINS_DB.end()))
    };
    levels.iter_mut().map(|levels| gain(levels).unwrap_or(0.0)).collect()
}

/// Amplitudes up to here pass unchanged.
const KNEE: f32 = 0.7;

/// Bends what a gain has made too loud, instead of cutting it off: never beyond full scale.
#[must_use]
pub(super) fn soft_clip(sample: f32) -> f32 {
    let over = sample.abs() - KNEE;
    if over <= 0.0 { sample } else { sample.signum() * (KNEE + (1.0 - KNEE) * (over / (1.0 - KNEE)).tanh()) }
}

#[cfg(test)]
mod tests {
    use super::super::convert::{envelope, rms};
    use super::*;
    use crate::conference::Span;

    /// A voice-like sound: bursts of noise, five a second, at a level in dBFS RMS over the whole.
    fn voice(secs: f64, db: f32) -> Vec<f32> {
        let mut state = 1_u32;
        let mut samples: Vec<f32> = (0..(secs * 16_000.0) as usize)
            .map(|n| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let noise = (state >> 8) as f32 / 8_388_608.0 - 1.0;
                noise * (0.2 + (n as f32 / 16_000.0 * 5.0 * std::f32::consts::TAU).sin().max(0.0))
            })
            .collect();
        let scale = 10_f32.powf(db / 20.0) / rms(&samples);
        samples.iter_mut().for_each(|sample| *sample *= scale);
        samples
    }

    fn db(samples: &[f32]) -> f32 {
        20.0 * rms(samples).max(1e-9).log10()
    }

    fn heard(samples: &[f32], curve: &GainCurve) -> Vec<f32> {
        samples.iter().enumerate().map(|(n, sample)| soft_clip(sample * 10_f32.powf(curve.at(Millis::from_samples(n as u64, 16_000)) / 20.0))).collect()
    }

    /// Teacher 0-4 s at -18 dBFS, silence, child 6-10 s at -35 dBFS, silence to 14 s.
    fn talk() -> (Vec<f32>, Vec<VoiceSpan>) {
        let room = voice(2.0, -60.0);
        let samples = [voice(4.0, -18.0), room.clone(), voice(4.0, -35.0), room.clone(), room].concat();
        let piece = |from, to, voice| VoiceSpan { span: Span::from_secs(from, to), voice: Voice(voice) };
        (samples, vec![piece(0.0, 4.0, 0), piece(6.0, 10.0, 1)])
    }

    #[test]
    fn a_quiet_child_is_heard_as_loud_as_the_teacher() {
        let (samples, spans) = talk();
        let out = heard(&samples, &GainCurve::level_speakers(&envelope(&samples), &spans));
        let (teacher, child) = (db(&out[8000..56_000]), db(&out[104_000..152_000]));
        assert!((teacher - child).abs() < 3.0, "{teacher} and {child} dBFS");
        assert!((-26.0..-14.0).contains(&teacher), "{teacher} dBFS");
        assert!(out.iter().all(|sample| sample.abs() < 1.0));
    }

    #[test]
    fn silence_is_not_blown_up_to_hiss() {
        let (samples, spans) = talk();
        let curve = GainCurve::level_speakers(&envelope(&samples), &spans);
        let out = heard(&samples, &curve);
        for (from, to) in [(72_000, 92_000), (172_000, 220_000)] {
            assert!((db(&out[from..to]) - db(&samples[from..to])).abs() < 0.5, "{} became {}", db(&samples[from..to]), db(&out[from..to]));
        }
        // Half a second after the child the gain is gone.
        assert!(curve.at(Millis(9500)) > 10.0 && curve.at(Millis(10_600)).abs() < 0.5);
    }

    #[test]
    fn the_gain_changes_smoothly_and_is_there_when_the_turn_begins() {
        let (samples, spans) = talk();
        let curve = GainCurve::level_speakers(&envelope(&samples), &spans);
        let gains: Vec<f32> = (0..14_000).map(|at| curve.at(Millis(at))).collect();
        let fastest = gains.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        assert!(fastest < 0.35, "{fastest} dB in 1 ms");
        assert!((curve.at(Millis(6000)) - curve.at(Millis(8000))).abs() < 0.1);
    }

    #[test]
    fn two_at_once_are_not_louder_than_the_louder_one_alone_and_nobody_changes_nothing() {
        let (samples, mut spans) = talk();
        spans.push(VoiceSpan { span: Span::from_secs(2.0, 4.0), voice: Voice(1) });
        let curve = GainCurve::level_speakers(&envelope(&samples), &spans);
        assert!(curve.at(Millis(3000)) <= curve.at(Millis(1000)) + 0.1);
        assert!(GainCurve::level_speakers(&envelope(&samples), &[]).at(Millis(3000)).abs() < 1e-6);
        assert!(GainCurve::default().at(Millis(3000)).abs() < 1e-6);
    }
}
