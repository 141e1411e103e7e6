//! Two microphones, one speaker each: some phones and interview recorders put each voice on a channel of its own.
//! Then who speaks when is known, and need not be guessed from the voices.

use crate::conference::{Millis, Span, Voice, VoiceSpan};

/// Channels are compared window by window.
const WINDOW: Millis = Millis(100);
/// Quieter windows hold no speech: -50 dBFS.
const QUIET: f32 = 0.003;
/// A voice on its own channel is at least 10 dB louder there than on the other; two microphones on one table differ by less.
const LOUDER: f32 = 3.16;
/// This share of all windows with speech must belong to one channel clearly ...
const CLEAR: f32 = 0.8;
/// ... and each channel must speak in at least this share of them: a dead channel is no second speaker.
const LEAST: f32 = 0.05;
/// One sound on both channels is alike; two voices are not. Of all speech together.
const ALIKE: f64 = 0.3;
/// Windows of one voice this far apart are one stretch.
const PAUSE: usize = 3;

/// Listens to two channels. Keeps three numbers for each 100 ms: 10 h are 4 MB.
#[derive(Debug, Default)]
pub(super) struct ChannelSpeakers {
    /// Root mean square of left and right, and the sum of their products over the window.
    windows: Vec<(f32, f32, f32)>,
    sums: (f64, f64, f64),
    /// Frames in the window that is being filled.
    frames: usize,
    /// Frames in all.
    total_frames: u64,
    /// Another rate or number of channels came along: nothing can be said.
    is_mixed: bool,
    rate_hz: u32,
}

impl ChannelSpeakers {
    /// Takes a block of interleaved samples.
    pub fn push(&mut self, interleaved: &[f32], channels: usize, rate_hz: u32) {
        self.is_mixed |= channels != 2 || (self.rate_hz != 0 && self.rate_hz != rate_hz);
        self.rate_hz = rate_hz;
        if self.is_mixed {
            return;
        }
        for frame in interleaved.chunks_exact(2) {
            let (left, right) = (f64::from(frame[0]), f64::from(frame[1]));
            self.sums = (self.sums.0 + left * left, self.sums.1 + right * right, self.sums.2 + left * right);
            (self.frames, self.total_frames) = (self.frames + 1, self.total_frames + 1);
            // By the clock of the whole recording: at 11,025 Hz a window is 1,102.5 frames, and half a frame each time would be 1.6 s after an hour.
            if self.total_frames >= self.window_end() {
                let count = self.frames as f64;
                let mean = |sum: f64| (sum / count).sqrt() as f32;
                self.windows.push((mean(self.sums.0), mean(self.sums.1), (self.sums.2 / count) as f32));
                (self.sums, self.frames) = ((0.0, 0.0, 0.0), 0);
            }
        }
    }

    /// Frames from the start of the recording to the end of the window that is being filled.
    fn window_end(&self) -> u64 {
        at(self.windows.len() + 1).samples(self.rate_hz) as u64
    }

    /// Who speaks when, if each channel holds a voice of its own.
    pub fn speaker_spans(&self) -> Option<Vec<VoiceSpan>> {
        if self.is_mixed || self.windows.is_empty() {
            return None;
        }
        let mut levels: Vec<f32> = self.windows.iter().map(|(left, right, _)| left.max(*right)).collect();
        levels.sort_by(f32::total_cmp);
        // The quietest tenth is the room.
        let floor = (levels[levels.len() / 10] * 3.0).max(QUIET);
        let speaks = |window: &&(f32, f32, f32)| window.0.max(window.1) >= floor;
        let channel = |window: &(f32, f32, f32)| -> Option<usize> {
            let (left, right, _) = *window;
            if left >= right * LOUDER {
                Some(0)
            } else if right >= left * LOUDER {
                Some(1)
            } else {
                None
            }
        };
        let speech: Vec<&(f32, f32, f32)> = self.windows.iter().filter(speaks).collect();
        let share = |of: usize| speech.iter().filter(|window| channel(window) == Some(of)).count() as f32 / speech.len().max(1) as f32;
        let (left, right) = (share(0), share(1));
        let sum = |part: &dyn Fn(&(f32, f32, f32)) -> f64| speech.iter().map(|window| part(window)).sum::<f64>();
        let alike = sum(&|window| f64::from(window.2)).abs()
            / (sum(&|window| f64::from(window.0).powi(2)) * sum(&|window| f64::from(window.1).powi(2))).sqrt().max(1e-12);
        if left + right < CLEAR || left < LEAST || right < LEAST || alike > ALIKE {
            return None;
        }
        let voices = self.windows.iter().map(|window| Some(window).filter(speaks).map(|window| channel(window).unwrap_or(usize::from(window.1 > window.0))));
        Some(stretches(voices))
    }
}

/// When a window begins.
fn at(window: usize) -> Millis {
    Millis(window as i64 * WINDOW.0)
}

/// Windows of one voice as stretches; short pauses belong to the voice around them.
fn stretches(windows: impl Iterator<Item = Option<usize>>) -> Vec<VoiceSpan> {
    // Voices are numbered in the order they first speak.
    let mut order: Vec<usize> = Vec::new();
    let mut spans: Vec<(usize, usize, usize)> = Vec::new();
    for (index, channel) in windows.enumerate() {
        let Some(channel) = channel else { continue };
        let voice = order.iter().position(|&known| known == channel).unwrap_or_else(|| {
            order.push(channel);
            order.len() - 1
        });
        match spans.last_mut() {
            Some((last, _, end)) if *last == voice && index <= *end + PAUSE => *end = index + 1,
            _ => spans.push((voice, index, index + 1)),
        }
    }
    spans.into_iter().map(|(voice, start, end)| VoiceSpan { span: Span::new(at(start), at(end)), voice: Voice(voice as u8) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise that is the same for the same seed.
    fn voice(seed: u32, frames: usize) -> Vec<f32> {
        let mut state = seed;
        (0..frames)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / 16_777_216.0 - 0.5
            })
            .collect()
    }

    /// Left speaks 0 to 2 s, right 2.5 to 4 s, left again 5 to 6 s; `bleed` of each is heard on the other channel.
    fn talk(bleed: f32) -> Vec<f32> {
        let (one, two) = (voice(1, 48_000), voice(2, 48_000));
        let mut frames = Vec::new();
        for index in 0..48_000 {
            let at = index as f32 / 8000.0;
            let left = if !(2.0..5.0).contains(&at) { one[index] } else { 0.0 };
            let right = if (2.5..4.0).contains(&at) { two[index] } else { 0.0 };
            frames.extend([left + bleed * right, right + bleed * left]);
        }
        frames
    }

    fn heard(frames: &[f32]) -> Option<Vec<VoiceSpan>> {
        let mut channels = ChannelSpeakers::default();
        frames.chunks(1234).for_each(|block| channels.push(block, 2, 8000));
        channels.speaker_spans()
    }

    #[test]
    fn a_voice_on_each_channel_is_told_apart() {
        for bleed in [0.0, 0.1] {
            let spans = heard(&talk(bleed)).unwrap();
            let told: Vec<_> = spans.iter().map(|piece| (piece.voice.0, piece.span.start().0, piece.span.end().0)).collect();
            assert_eq!(told, [(0, 0, 2000), (1, 2500, 4000), (0, 5000, 6000)], "bleed {bleed}");
        }
    }

    /// Ten minutes of talk in turns of 1 s, also at rates at which 100 ms are no whole number of frames.
    #[test]
    fn voices_stay_in_their_place_whatever_the_rate() {
        for rate in [8000_u32, 11_025, 22_050, 44_056, 47_999] {
            let mut channels = ChannelSpeakers::default();
            let block = voice(rate, rate as usize);
            let (minutes, mut frames) = (10, Vec::new());
            for second in 0..minutes * 60 {
                frames.clear();
                let spoken = block.iter().enumerate().map(|(frame, &sample)| if frame * 10 < block.len() * 8 { sample } else { 0.0 });
                frames.extend(spoken.flat_map(|sample| if second % 2 == 0 { [sample, 0.0] } else { [0.0, sample] }));
                channels.push(&frames, 2, rate);
            }
            let spans = channels.speaker_spans().unwrap();
            assert_eq!(spans.len(), minutes * 60, "{rate}");
            for (second, piece) in spans.iter().enumerate() {
                let off = (piece.span.start() - Millis(second as i64 * 1000)).0.abs();
                assert!(off <= WINDOW.0, "{rate}: the voice at {second} s is {off} ms off");
            }
        }
    }

    #[test]
    fn ordinary_stereo_and_a_dead_channel_are_left_to_the_voices() {
        assert_eq!(heard(&talk(0.6)), None, "both microphones hear both");
        let one = voice(3, 48_000);
        let both: Vec<f32> = one.iter().flat_map(|&sample| [sample, sample]).collect();
        assert_eq!(heard(&both), None, "one sound on both");
        let dead: Vec<f32> = one.iter().flat_map(|&sample| [sample, 0.0]).collect();
        assert_eq!(heard(&dead), None, "one channel is dead");
        assert_eq!(heard(&vec![0.0; 9000]), None, "silence");
    }
}
