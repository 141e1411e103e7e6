//! What a recording's voices sound like, window by window: all that telling them apart needs, kept with the conference so that a correction can
//! tell them apart again in a moment.

use super::mel::HOP;
use super::voices::{Embedding, VoiceEncoder, WINDOW_FRAMES};
use crate::conference::{Millis, Span};
use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// One embedding each 0.2 s: 0.1 is equal, 0.4 worse on short clips.
pub(super) const EMBEDDING_STEP: usize = 20;
/// With this much speech fewer do as well, at half the work and less: on the long test conversations 0.4 s changes the error rate by 0.2 points at
/// most, 0.6 s by 0.5.
const FEWER: [(Millis, usize); 2] = [(Millis(300_000), 60), (Millis(120_000), 40)];
/// Pauses shorter than this are bridged where voices are listened to, and are pauses all the same in what is found.
const BREATH: Millis = Millis(400);
/// The version of the kept form. What was kept in another one is listened to anew.
const VERSION: u8 = 1;

/// Where there is near speech, and what the voice in each window of it is like.
#[derive(Debug, Clone, PartialEq)]
pub struct HeardVoices {
    /// Frames of 10 ms in the whole sound.
    pub frames: usize,
    /// Frames from one window to the next.
    pub step: usize,
    /// Near speech, sorted and disjoint.
    pub speech: Vec<Span>,
    /// The windows' middles, in frames; sorted.
    pub middles: Vec<usize>,
    /// One for each window.
    pub embeddings: Vec<Embedding>,
}

/// As kept: each value of an embedding in one byte, as a share of the embedding's largest.
#[derive(Serialize, Deserialize)]
struct Kept {
    version: u8,
    frames: usize,
    step: usize,
    speech: Vec<Span>,
    middles: Vec<usize>,
    values: Vec<u8>,
}

impl HeardVoices {
    /// Listens to 16 kHz mono within the given stretches of speech (sorted, disjoint). `check` hears how much is done, 0 to 1.
    ///
    /// # Errors
    /// What `check` says.
    pub fn listen(samples: &[f32], speech: Vec<Span>, encoder: &dyn VoiceEncoder, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Self> {
        let frames = samples.len() / HOP;
        let is_speech = speech_frames(&speech, frames);
        let spoken: Millis = speech.iter().map(|span| span.length()).sum();
        let step = FEWER.iter().find(|(least, _)| spoken >= *least).map_or(EMBEDDING_STEP, |&(_, step)| step);
        // A window whose middle part holds no speech decides nothing.
        let near = |middle: &usize| is_speech[middle.saturating_sub(EMBEDDING_STEP)..(middle + EMBEDDING_STEP).min(frames)].contains(&true);
        let middles: Vec<usize> = (step / 2..frames).step_by(step).filter(near).collect();
        let mut heard = Self { frames, step, speech, middles, embeddings: Vec::new() };
        heard.embeddings = encoder.embed(samples, &heard.starts(), check)?;
        Ok(heard)
    }

    /// The windows' first frames.
    #[must_use]
    pub fn starts(&self) -> Vec<usize> {
        let last = self.frames.saturating_sub(WINDOW_FRAMES);
        self.middles.iter().map(|middle| middle.saturating_sub(WINDOW_FRAMES / 2).min(last)).collect()
    }

    /// The windows whose middle lies in `span`.
    #[must_use]
    pub fn windows_in(&self, span: Span) -> std::ops::Range<usize> {
        let at = |moment: Millis| self.middles.partition_point(|&middle| (middle as i64) * 10 < moment.0);
        at(span.start())..at(span.end())
    }

    /// The form in which it is kept: about 260 bytes a window.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut values = Vec::new();
        for embedding in &self.embeddings {
            let most = embedding.0.iter().copied().fold(1e-9, f32::max);
            values.extend(embedding.0.iter().map(|value| (value / most * 255.0).round() as u8));
        }
        let kept = Kept { version: VERSION, frames: self.frames, step: self.step, speech: self.speech.clone(), middles: self.middles.clone(), values };
        postcard::to_stdvec(&kept).map_err(|err| Error::new(ErrorKind::Bug, "keeping what the voices are like", err))
    }

    /// From the kept form; none when it is damaged or of another version: then the sound is listened to anew.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let kept: Kept = postcard::from_bytes(bytes).ok().filter(|kept: &Kept| kept.version == VERSION)?;
        let size = super::voices::EMBEDDING;
        let fits = kept.values.len() == kept.middles.len() * size && kept.step > 0 && kept.middles.is_sorted() && kept.middles.last() <= Some(&kept.frames);
        let embedding = |bytes: &[u8]| Embedding::normalised(bytes.iter().map(|&value| f32::from(value)).collect());
        fits.then(|| Self {
            frames: kept.frames,
            step: kept.step,
            speech: kept.speech,
            middles: kept.middles,
            embeddings: kept.values.chunks_exact(size).map(embedding).collect(),
        })
    }
}

/// Whether there is speech, or a pause no longer than a breath, in each of the frames: a breath does not take the voice away, and a window with breaths
/// in it is a whole one.
pub(super) fn speech_frames(speech: &[Span], frames: usize) -> Vec<bool> {
    let mut is_speech = vec![false; frames];
    for span in bridged(speech) {
        let (from, to) = ((span.start().0.max(0) / 10) as usize, (span.end().0.max(0) / 10) as usize);
        is_speech[from.min(frames)..to.min(frames)].fill(true);
    }
    is_speech
}

fn bridged(speech: &[Span]) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::with_capacity(speech.len());
    for &span in speech {
        match joined.last_mut() {
            Some(last) if span.start() - last.end() < BREATH => *last = Span::new(last.start(), span.end()),
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_was_heard() {
        let embeddings = (0..4).map(|n| Embedding::normalised((0..256).map(|k| ((k * 7 + n * 13) % 31) as f32).collect())).collect();
        let heard = HeardVoices { frames: 200, step: 20, speech: vec![Span::from_secs(0.1, 1.9)], middles: vec![10, 30, 50, 70], embeddings };
        let bytes = heard.to_bytes().unwrap();
        let again = HeardVoices::from_bytes(&bytes).unwrap();
        assert!(heard.embeddings.iter().zip(&again.embeddings).all(|(a, b)| a.similarity(b) > 0.9999));
        assert_eq!((again.middles, again.speech), (heard.middles, heard.speech));
        assert_eq!(HeardVoices::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(HeardVoices::from_bytes(&[]), None);
    }
}
