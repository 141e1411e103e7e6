//! One channel of many, without losing a voice on the way: channels that are silent are left out, those whose phase is turned are turned back.
//!
//! Which is which is judged by energy and correlation, in stretches of 2 s with a memory of half a minute, so that a pause changes nothing.
//! A microphone plugged in wrongly gives one silent side, or two that are each other's mirror image: their average would be silence.

/// Judged at once.
const STRETCH_SECS: usize = 2;
/// What is kept of what was known, from one stretch to the next.
const MEMORY: f64 = 0.93;
/// -33 dB: a channel that is so much quieter than the loudest adds nothing but noise.
const SILENT: f64 = 0.0005;
/// Channels that are so much each other's contrary are turned.
const TURNED: f64 = -0.4;
/// And this much alike again before they are turned back.
const ALIKE: f64 = 0.2;
/// Below that there is no sound to judge: -75 dBFS.
const NOTHING: f64 = 3e-8;

#[derive(Debug, Default)]
pub(super) struct Mixdown {
    channels: usize,
    stretch: usize,
    /// Frames of all channels that wait to be judged.
    waiting: Vec<f32>,
    energy: Vec<f64>,
    /// With the loudest.
    likeness: Vec<f64>,
    weights: Vec<f32>,
    loudest: usize,
    seen: MixdownStats,
}

/// How often a side was left out or turned, for the remarks.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct MixdownStats {
    /// Stretches in which a side was left out, in which one was turned, and in which there was anything to judge.
    silent: u32,
    turned: u32,
    judged: u32,
}

impl MixdownStats {
    /// Most of the time one side was silent.
    pub fn has_silent_side(self) -> bool {
        self.judged > 0 && self.silent * 4 > self.judged * 3
    }

    /// Most of the time one side was the mirror image of the other.
    pub fn has_turned_side(self) -> bool {
        self.judged > 0 && self.turned * 2 > self.judged
    }
}

impl Mixdown {
    pub fn new(channels: usize, rate_hz: u32) -> Self {
        let each = vec![0.0; channels];
        Self {
            channels,
            // Not more than is good for the memory, whatever the header says.
            stretch: (rate_hz as usize * STRETCH_SECS).min(2_000_000 / channels.max(1)).max(1) * channels,
            energy: each.clone(),
            likeness: each,
            weights: vec![1.0 / channels.max(1) as f32; channels],
            ..Self::default()
        }
    }

    /// Takes interleaved samples; appends what is judged to `mono`.
    pub fn push(&mut self, interleaved: &[f32], mono: &mut Vec<f32>) {
        if self.channels == 1 {
            mono.extend_from_slice(interleaved);
            return;
        }
        self.waiting.extend_from_slice(interleaved);
        let mut from = 0;
        while self.waiting.len() - from >= self.stretch {
            let stretch = self.waiting[from..from + self.stretch].to_vec();
            self.mix(&stretch, mono);
            from += self.stretch;
        }
        self.waiting.drain(..from);
    }

    /// What still waits.
    pub fn finish(&mut self, mono: &mut Vec<f32>) -> MixdownStats {
        let rest = std::mem::take(&mut self.waiting);
        self.mix(&rest, mono);
        self.seen
    }

    fn mix(&mut self, interleaved: &[f32], mono: &mut Vec<f32>) {
        let before = self.weights.clone();
        self.judge(interleaved);
        // From the old to the new within 10 ms or so: no click.
        let fade = 512.min(interleaved.len() / self.channels.max(1)).max(1);
        for (place, frame) in interleaved.chunks_exact(self.channels).enumerate() {
            let new = (place as f32 / fade as f32).min(1.0);
            let weighted = frame.iter().zip(before.iter().zip(&self.weights)).map(|(&sample, (&old, &now))| sample * (old + (now - old) * new));
            mono.push(weighted.sum());
        }
    }

    fn judge(&mut self, interleaved: &[f32]) {
        let frames = (interleaved.len() / self.channels).max(1) as f64;
        let mut energy = vec![0.0_f64; self.channels];
        for frame in interleaved.chunks_exact(self.channels) {
            for (energy, &sample) in energy.iter_mut().zip(frame) {
                *energy += f64::from(sample) * f64::from(sample);
            }
        }
        energy.iter_mut().for_each(|energy| *energy /= frames);
        if energy.iter().all(|&energy| energy < NOTHING) {
            return;
        }
        let is_first = self.seen.judged == 0;
        for (known, &now) in self.energy.iter_mut().zip(&energy) {
            // At once when it gets louder, slowly when it gets quieter: a voice on one side may pause.
            *known = now.max(*known * MEMORY);
        }
        let loudest = (0..self.channels).max_by(|&a, &b| self.energy[a].total_cmp(&self.energy[b])).unwrap_or(0);
        if loudest != self.loudest {
            // Signs are relative to the loudest.
            let base = self.likeness[loudest].signum();
            self.likeness.iter_mut().for_each(|likeness| *likeness *= if base == 0.0 { 1.0 } else { base });
            self.loudest = loudest;
        }
        for channel in 0..self.channels {
            let both = (energy[channel] * energy[loudest]).sqrt();
            let likeness = if channel == loudest {
                1.0
            } else if both < NOTHING {
                continue;
            } else {
                let sum: f64 = interleaved.chunks_exact(self.channels).map(|frame| f64::from(frame[channel]) * f64::from(frame[loudest])).sum();
                sum / frames / both
            };
            self.likeness[channel] = if is_first { likeness } else { self.likeness[channel] * 0.8 + likeness * 0.2 };
        }
        let audible: Vec<bool> = self.energy.iter().map(|&energy| energy >= self.energy[loudest] * SILENT).collect();
        let count = audible.iter().filter(|&&audible| audible).count().max(1) as f32;
        for (channel, is_audible) in audible.iter().copied().enumerate() {
            let was_turned = self.weights[channel] < 0.0;
            let is_turned = self.likeness[channel] < if was_turned { ALIKE } else { TURNED };
            self.weights[channel] = if !is_audible {
                0.0
            } else if is_turned {
                -1.0 / count
            } else {
                1.0 / count
            };
        }
        // The loudest itself is never turned.
        self.weights[loudest] = self.weights[loudest].abs();
        self.seen.judged += 1;
        self.seen.silent += u32::from(audible.iter().any(|&audible| !audible));
        self.seen.turned += u32::from(self.weights.iter().any(|&weight| weight < 0.0));
        if is_first {
            // Nothing came before: no fade.
            self.waiting.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::rms;

    fn tone(frames: usize) -> Vec<f32> {
        (0..frames).map(|n| (n as f32 * 0.17).sin() * 0.5).collect()
    }

    fn mixed(channels: usize, frames: impl Iterator<Item = Vec<f32>>) -> (Vec<f32>, MixdownStats) {
        let mut mixdown = Mixdown::new(channels, 8000);
        let (interleaved, mut mono): (Vec<f32>, _) = (frames.flatten().collect(), Vec::new());
        interleaved.chunks(channels * 777).for_each(|block| mixdown.push(block, &mut mono));
        let seen = mixdown.finish(&mut mono);
        (mono, seen)
    }

    #[test]
    fn a_mirrored_side_is_turned_back_and_a_silent_one_left_out() {
        let voice = tone(50_000);
        for (other, is_turned, is_silent, expected) in
            [(-1.0, true, false, 0.353), (-0.9, true, false, 0.336), (0.0, false, true, 0.353), (0.01, false, true, 0.353), (1.0, false, false, 0.353)]
        {
            let (mono, seen) = mixed(2, voice.iter().map(|&sample| vec![sample, sample * other]));
            assert_eq!(mono.len(), voice.len());
            let level = rms(&mono[1000..]);
            assert!((level - expected).abs() < 0.01, "{other}: {level}");
            assert_eq!((seen.has_turned_side(), seen.has_silent_side()), (is_turned, is_silent), "{other}");
        }
    }

    #[test]
    fn two_voices_in_turn_keep_their_loudness_and_are_not_turned() {
        let voice = tone(96_000);
        let frames = voice.iter().enumerate().map(|(at, &sample)| if at / 24_000 % 2 == 0 { vec![sample, 0.02 * sample] } else { vec![0.02 * sample, sample] });
        let (mono, seen) = mixed(2, frames);
        assert!(!seen.has_turned_side());
        // After both were heard once, the loudness does not jump any more.
        let levels: Vec<f32> = (2..4).map(|turn| rms(&mono[turn * 24_000 + 9000..turn * 24_000 + 23_000])).collect();
        assert!((levels[0] - levels[1]).abs() < 0.02, "{levels:?}");
    }

    #[test]
    fn one_voice_among_eight_channels_is_as_loud_as_it_was() {
        let voice = tone(40_000);
        let (mono, _) = mixed(8, voice.iter().map(|&sample| (0..8).map(|channel| if channel == 2 { sample } else { 0.0 }).collect()));
        assert!((rms(&mono[1000..]) - 0.353).abs() < 0.01);
    }
}
