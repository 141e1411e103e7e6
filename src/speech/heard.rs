//! What a recording's voices sound like, window by window: all that telling them apart needs, kept with the conference so that a correction can
//! tell them apart again in a moment.

use super::mel::HOP;
use super::vad::NearSpeech;
use super::voices::{Embedding, LstmEncoder, VoiceEncoder, WINDOW_FRAMES};
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
    /// Listens to 16 kHz mono within the given stretches of speech (sorted, disjoint); `known` is what was heard of it already, by its middle, sorted.
    /// `check` hears how much is done, 0 to 1.
    ///
    /// # Errors
    /// What `check` says.
    pub fn listen(
        samples: &[f32],
        speech: Vec<Span>,
        encoder: &dyn VoiceEncoder,
        known: &[(usize, Embedding)],
        check: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Self> {
        let frames = samples.len() / HOP;
        let is_speech = speech_frames(&speech, frames);
        let step = step_for(speech.iter().map(|span| span.length()).sum());
        // A window whose middle part holds no speech decides nothing.
        let near = |middle: &usize| is_speech[middle.saturating_sub(EMBEDDING_STEP)..(middle + EMBEDDING_STEP).min(frames)].contains(&true);
        let middles: Vec<usize> = (EMBEDDING_STEP / 2..frames).step_by(step).filter(near).collect();
        let kept = |middle: &usize| known.binary_search_by_key(middle, |(known, _)| *known).ok();
        let starts: Vec<usize> = middles.iter().filter(|middle| kept(middle).is_none()).map(|&middle| start_of(middle, frames)).collect();
        let mut fresh = encoder.embed(samples, &starts, check)?.into_iter();
        let embeddings = middles.iter().filter_map(|middle| kept(middle).map_or_else(|| fresh.next(), |at| Some(known[at].1.clone()))).collect();
        Ok(Self { frames, step, speech, middles, embeddings })
    }

    /// Of what was listened to so far, without listening to more.
    #[must_use]
    pub fn of_known(speech: Vec<Span>, samples: usize, known: &[(usize, Embedding)]) -> Self {
        let step = step_for(speech.iter().map(|span| span.length()).sum());
        let (middles, embeddings) = known.iter().filter(|(middle, _)| (middle - EMBEDDING_STEP / 2).is_multiple_of(step)).cloned().unzip();
        Self { frames: samples / HOP, step, speech, middles, embeddings }
    }

    /// What was listened to, by the middle of each window.
    #[must_use]
    pub fn known(&self) -> Vec<(usize, Embedding)> {
        self.middles.iter().copied().zip(self.embeddings.iter().cloned()).collect()
    }

    /// The windows' first frames.
    #[must_use]
    pub fn starts(&self) -> Vec<usize> {
        self.middles.iter().map(|&middle| start_of(middle, self.frames)).collect()
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
        let values = self.embeddings.iter().flat_map(Embedding::to_bytes).collect();
        let kept = Kept { version: VERSION, frames: self.frames, step: self.step, speech: self.speech.clone(), middles: self.middles.clone(), values };
        postcard::to_stdvec(&kept).map_err(|err| Error::new(ErrorKind::Bug, "keeping what the voices are like", err))
    }

    /// From the kept form; none when it is damaged or of another version: then the sound is listened to anew.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let kept: Kept = postcard::from_bytes(bytes).ok().filter(|kept: &Kept| kept.version == VERSION)?;
        let size = super::voices::EMBEDDING;
        let fits = kept.values.len() == kept.middles.len() * size && kept.step > 0 && kept.middles.is_sorted() && kept.middles.last() <= Some(&kept.frames);
        fits.then(|| Self {
            frames: kept.frames,
            step: kept.step,
            speech: kept.speech,
            middles: kept.middles,
            embeddings: kept.values.chunks_exact(size).map(Embedding::from_bytes).collect(),
        })
    }
}

/// The first frame of the window around `middle`, in a sound of so many frames.
fn start_of(middle: usize, frames: usize) -> usize {
    middle.saturating_sub(WINDOW_FRAMES / 2).min(frames.saturating_sub(WINDOW_FRAMES))
}

/// Frames from one window to the next, with so much speech. Each is a multiple of [`EMBEDDING_STEP`], so that of windows which stand closer some fit.
fn step_for(spoken: Millis) -> usize {
    FEWER.iter().find(|(least, _)| spoken >= *least).map_or(EMBEDDING_STEP, |&(_, step)| step)
}

/// Listens to voices as sound arrives, so that afterwards hardly anything is left to be listened to.
pub struct VoiceListener {
    encoder: LstmEncoder,
    /// By their middles, sorted.
    heard: Vec<(usize, Embedding)>,
    /// The next middle.
    next: usize,
    /// How much speech there was so far, at most.
    spoken: Millis,
}

impl VoiceListener {
    /// Nothing heard yet.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn new() -> Result<Self> {
        Ok(Self { encoder: LstmEncoder::shipped()?, heard: Vec::new(), next: EMBEDDING_STEP / 2, spoken: Millis::ZERO })
    }

    /// Listens to what is new in `sound`, which holds the recording from `first_frame` on. Windows whose sound has not all arrived are left for later.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn listen(&mut self, sound: &[f32], first_frame: usize, near: &NearSpeech) -> Result<()> {
        let frames = first_frame + sound.len() / HOP;
        if self.next + WINDOW_FRAMES / 2 + MARGIN + TOGETHER > frames {
            return Ok(());
        }
        let mut middles = Vec::new();
        while self.next + WINDOW_FRAMES / 2 + MARGIN <= frames {
            // A window that begins before what is held belongs to a sound that was dropped: it is listened to afterwards.
            let margin = if first_frame == 0 { 0 } else { MARGIN };
            if self.next >= first_frame + WINDOW_FRAMES / 2 + margin && near.may_be_near(self.next, EMBEDDING_STEP) {
                middles.push(self.next);
            }
            let step = step_for(Millis(self.spoken.0 * 3 / 4));
            self.spoken = self.spoken + Millis(if middles.last() == Some(&self.next) { step as i64 * 10 } else { 0 });
            self.next += step;
            // On the places that a wider step has as well.
            self.next = EMBEDDING_STEP / 2 + (self.next - EMBEDDING_STEP / 2).next_multiple_of(step);
        }
        let starts: Vec<usize> = middles.iter().map(|middle| middle - WINDOW_FRAMES / 2 - first_frame).collect();
        let embeddings = self.encoder.embed(sound, &starts, &mut |_| Ok(()))?;
        self.heard.extend(middles.into_iter().zip(embeddings));
        Ok(())
    }

    /// What was heard so far, by its middle, sorted.
    #[must_use]
    pub fn heard(&self) -> &[(usize, Embedding)] {
        &self.heard
    }

    /// The first frame still needed.
    #[must_use]
    pub fn needs_from(&self) -> usize {
        self.next.saturating_sub(WINDOW_FRAMES / 2 + MARGIN)
    }
}

/// Windows are listened to when so many frames of them wait: one by one they would cost several times as much.
const TOGETHER: usize = 400;
/// Frames of sound around a window without which its edges would be heard otherwise: a frame is made of 25 ms.
const MARGIN: usize = 2;

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
