//! A voice far softer than the loudest one: beside a teacher at her microphone the detectors of near speech miss a child who murmurs.
//!
//! Between stretches of near speech the sound is lifted to where speech usually is and listened to again. What is speech then, and stands out of
//! the room around it, was said at this table. The babble of a class is speech as well, but hardly louder than its own pauses.

use super::silero::{CHUNK, Silero};
use crate::conference::{Millis, Samples, Span, blocks, union};
use crate::error::Result;

const RATE: u32 = 16_000;
/// A gap is lifted and judged in stretches of this many chunks, 10 s.
const NEIGHBORHOOD: usize = 312;
/// A shorter gap holds no words.
const SHORTEST_GAP: Millis = Millis(600);
/// Lifted until its loud parts are here, -20 dBFS, by at most 40 dB; with less than that there is only the converter's last bit.
const LOUD: f32 = 0.1;
const MOST_LIFT: f32 = 100.0;
/// A syllable is this much louder than the room, where a voice is 12 dB above it on average.
const ABOVE_ROOM_DB: f32 = 12.0;
/// The room is the 10th percentile of the levels in the neighborhood; loud is the 95th of those in the gap.
const ROOM_PERCENTILE: usize = 10;
const LOUD_PERCENTILE: usize = 95;
/// Speech begins at this probability and goes on until it falls below `OFF`.
const ON: f32 = 0.5;
const OFF: f32 = 0.35;
/// Chunks of 32 ms: pauses within what is said, and the shortest that is.
const PAUSE: usize = 10;
const SHORTEST: usize = 10;
/// A level is a mean over this many chunks: about a syllable.
const SYLLABLE: usize = 5;

/// Stretches in which somebody speaks softly; `near`: where somebody near speaks, sorted and disjoint. Sorted, disjoint and apart from those.
///
/// # Errors
/// Only through a mistake in the build.
pub(super) fn quiet_speech(samples: &(impl Samples + ?Sized), near: &[Span]) -> Result<Vec<Span>> {
    let power = |chunk: &[f32]| chunk.iter().map(|x| x * x).sum::<f32>() / chunk.len() as f32;
    let powers: Vec<f32> = blocks(samples, NEIGHBORHOOD * CHUNK).flat_map(|block| block.chunks(CHUNK).map(power).collect::<Vec<f32>>()).collect();
    let levels: Vec<f32> = (0..powers.len())
        .map(|at| {
            let around = &powers[at.saturating_sub(SYLLABLE / 2)..(at + SYLLABLE / 2 + 1).min(powers.len())];
            10.0 * (around.iter().sum::<f32>() / around.len() as f32 + 1e-10).log10()
        })
        .collect();
    let whole = Span::new(Millis::ZERO, Millis::from_samples(samples.count() as u64, RATE));
    let mut found = Vec::new();
    for gap in whole.without(near.iter().copied()).into_iter().filter(|gap| gap.length() >= SHORTEST_GAP) {
        let (from, to) = (gap.start().samples(RATE).div_ceil(CHUNK), (gap.end().samples(RATE) / CHUNK).min(levels.len()));
        for begin in (from..to).step_by(NEIGHBORHOOD) {
            let end = (begin + NEIGHBORHOOD).min(to);
            let around = &levels[begin.saturating_sub(NEIGHBORHOOD / 2)..(end + NEIGHBORHOOD / 2).min(levels.len())];
            let stands_out = percentile(around, ROOM_PERCENTILE) + ABOVE_ROOM_DB;
            // Most gaps are quiet, and nothing is listened to in them.
            if levels[begin..end].iter().any(|&level| level >= stands_out) {
                let lift = (LOUD / 10_f32.powf(percentile(&levels[begin..end], LOUD_PERCENTILE) / 20.0)).clamp(1.0, MOST_LIFT);
                let lifted: Vec<f32> = samples.range(begin * CHUNK, end * CHUNK).iter().map(|x| (x * lift).clamp(-1.0, 1.0)).collect();
                let mut probabilities = Vec::with_capacity(end - begin);
                Silero::new()?.push(&lifted, &mut probabilities)?;
                let spoken = stretches(&probabilities).into_iter().map(|(a, b)| (begin + a, begin + b));
                let loud_enough = spoken.filter(|&(a, b)| levels[a..b].iter().any(|&level| level >= stands_out));
                found.extend(loud_enough.map(|(a, b)| Span::new(at(a), at(b).min(whole.end()))));
            }
        }
    }
    Ok(union(found))
}

fn at(chunk: usize) -> Millis {
    Millis::from_samples((chunk * CHUNK) as u64, RATE)
}

/// Runs of speech, pauses in them filled, clicks left out.
fn stretches(probabilities: &[f32]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut is_speech = false;
    for (at, &probability) in probabilities.iter().enumerate() {
        is_speech = probability >= if is_speech { OFF } else { ON };
        if is_speech {
            match found.last_mut() {
                Some(last) if at - last.1 < PAUSE => last.1 = at + 1,
                _ => found.push((at, at + 1)),
            }
        }
    }
    found.retain(|(from, to)| to - from >= SHORTEST);
    found
}

fn percentile(levels: &[f32], percent: usize) -> f32 {
    let mut sorted = levels.to_vec();
    sorted.sort_by(f32::total_cmp);
    sorted.get((sorted.len().saturating_sub(1)) * percent / 100).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn maya() -> Vec<f32> {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/maya.flac");
        crate::audio::decode_file(&path, &mut |_| Ok(())).unwrap().samples[..60 * 16_000].to_vec()
    }

    /// Ordinary noise of a room, from a generator that is the same everywhere.
    fn noise(count: usize, level: f32) -> Vec<f32> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from((state >> 16) as i16) / 32_768.0
        };
        (0..count).map(|_| next() * level).collect()
    }

    #[test]
    fn a_voice_26_db_below_is_found_where_the_room_is_12_db_lower_and_a_room_alone_is_nobody() {
        let voice = maya();
        let speech = crate::speech::speech_spans(&voice);
        let level = (voice.iter().map(|x| x * x).sum::<f32>() / voice.len() as f32).sqrt();
        // Uniform noise is its peak less 4.8 dB; the voice is softer than it was by 26 dB and the room by 38.
        let room = noise(voice.len(), level * 0.0126 * 1.73);
        let soft: Vec<f32> = voice.iter().zip(&room).map(|(x, noise)| x * 0.05 + noise).collect();
        let found = quiet_speech(&soft, &[]).unwrap();
        let spoken: Millis = speech.iter().map(|span| span.length()).sum();
        let heard: Millis = found.iter().flat_map(|a| speech.iter().filter_map(|b| a.overlap(*b))).map(|shared| shared.length()).sum();
        assert!(heard.secs() > 0.75 * spoken.secs(), "{heard} of {spoken}");
        assert_eq!(quiet_speech(&room, &[]).unwrap(), [], "noise is nobody");
        assert_eq!(quiet_speech(&vec![0.0; 160_000], &[]).unwrap(), []);
        assert_eq!(quiet_speech(&[0.0; 0], &[]).unwrap(), []);
        // What is known is not found again.
        let whole = Span::new(Millis::ZERO, Millis::from_samples(voice.len() as u64, RATE));
        assert_eq!(quiet_speech(&voice, &[whole]).unwrap(), []);
    }
}
