//! What is transcribed of a recording before all of it is: kept beside its sound while it grows, and claimed by the analysis that continues with it.

use crate::conference::{ConferenceId, Span};
use crate::error::Result;
use crate::files::{append, write_whole};
use crate::settings::Settings;
use crate::speech::{Engine, LiveTranscript, PartialTranscript, PendingChunk, SavedExtent};
use std::path::{Path, PathBuf};

/// What the live transcription of a recording made, for the analysis that continues with it.
#[derive(Default)]
pub struct LiveResult {
    /// All that was heard while it was recorded.
    pub transcript: Option<LiveTranscript>,
    /// The engine with its model, ready.
    pub engine: Option<Engine>,
}

/// Whether what was heard while recording is all of the sound; a resampler keeps a few milliseconds back until the end.
fn near_enough(covered: usize, samples: usize) -> bool {
    covered <= samples && samples - covered <= 2048
}

/// Where what is transcribed so far is kept, and of which conference it is.
#[derive(Debug, Clone)]
pub struct PartialTranscriptFile {
    path: PathBuf,
    of: ConferenceId,
    /// How much of the partial transcript was kept here by this.
    kept: Option<SavedExtent>,
}

impl PartialTranscriptFile {
    /// Beside the first file of a recording.
    #[must_use]
    pub fn beside(wav: &Path, of: ConferenceId) -> Self {
        Self { path: wav.with_extension("draft"), of, kept: None }
    }

    /// Keeps what is transcribed so far; of a recording that was removed meanwhile nothing is kept.
    ///
    /// # Errors
    /// When the disk is full or gone.
    pub(super) fn keep(&mut self, partial: &PartialTranscript) -> Result<()> {
        if !self.path.with_extension("wav").exists() {
            return Ok(());
        }
        // Where adding fails, the next time all of it is written.
        let more = self.kept.take().map(|kept| partial.addition_since(kept)).transpose()?.flatten();
        self.kept = match more {
            Some((piece, kept)) if append(&self.path, &piece)? => Some(kept),
            _ => write_whole(&self.path, &partial.to_bytes(self.of)?).map(|()| Some(partial.extent()))?,
        };
        Ok(())
    }

    /// What was kept before, if it was written by this model in this language; of another only the voices.
    fn load(&self, settings: &Settings) -> PartialTranscript {
        let partial = std::fs::read(&self.path).ok().and_then(|bytes| PartialTranscript::from_bytes(&bytes, self.of)).unwrap_or_default();
        if fits(&partial, settings) { partial } else { PartialTranscript { speakers: partial.speakers, ..PartialTranscript::default() } }
    }

    /// All of it is in the library.
    pub(super) fn remove(&self) {
        std::fs::remove_file(&self.path).ok();
    }
}

/// Whether a partial transcript was written by the model and in the language that are wanted now.
fn fits(partial: &PartialTranscript, settings: &Settings) -> bool {
    let language = &partial.transcript.language;
    partial.transcript.model == settings.model && (settings.language == "auto" || language.is_empty() || *language == settings.language)
}

impl LiveResult {
    /// What was transcribed of a recording, by the live transcription or an earlier run.
    pub(super) fn resume(&mut self, file: Option<&PartialTranscriptFile>, settings: &Settings, samples: usize) -> ResumedTranscript {
        if let Some(written) = self.transcript.take_if(|written| !fits(&written.partial, settings)) {
            // Another model was chosen meanwhile: what the voices are like is true all the same.
            return ResumedTranscript {
                partial: PartialTranscript { speakers: written.partial.speakers, ..PartialTranscript::default() },
                ..ResumedTranscript::default()
            };
        }
        // Another engine, which does not stand back behind what keeps the computer busy, is sooner done.
        if self.transcript.as_ref().is_some_and(|written| written.is_held_up) {
            self.engine = None;
        }
        let engine = self.engine.take();
        match self.transcript.take() {
            Some(written) if near_enough(written.samples, samples) => {
                ResumedTranscript { partial: written.partial, speech: Some(written.speech), pending: written.pending, engine }
            }
            Some(written) => ResumedTranscript { partial: written.partial, engine, ..ResumedTranscript::default() },
            None => {
                ResumedTranscript { partial: file.map_or_else(PartialTranscript::default, |file| file.load(settings)), engine, ..ResumedTranscript::default() }
            }
        }
    }
}

/// What was transcribed of a recording before the analysis continues with it.
#[derive(Default)]
pub(super) struct ResumedTranscript {
    pub partial: PartialTranscript,
    /// Where there is speech for the recogniser, when that was found while it was recorded.
    pub speech: Option<Vec<Span>>,
    /// What the engine is still at.
    pub pending: Vec<PendingChunk>,
    /// The engine with its model, ready.
    pub engine: Option<Engine>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::{Millis, Word};
    use crate::speech::SpeakerEmbeddings;

    #[test]
    fn what_a_chunk_adds_to_a_partial_transcript_is_small_however_long_the_recording() {
        let folder = tempfile::tempdir().unwrap();
        let wav = folder.path().join("a.wav");
        std::fs::write(&wav, "").unwrap();
        let of = ConferenceId::from_u128(7);
        let mut file = PartialTranscriptFile::beside(&wav, of);
        let mut partial = PartialTranscript {
            speakers: SpeakerEmbeddings::embed(&[0.0; 16_000 * 30][..], SpeakerEmbeddings::default(), &mut |_| Ok(())).unwrap(),
            ..PartialTranscript::default()
        };
        let length = || std::fs::metadata(wav.with_extension("draft")).unwrap().len();
        let mut add = |file: &mut PartialTranscriptFile| {
            partial.transcript.words.push(Word { text: "Oh.".into(), span: Span::new(partial.until, partial.until + Millis(500)), confidence: 0.9 });
            partial.until = partial.until + Millis(1000);
            file.keep(&partial).unwrap();
            Some((partial.transcript.clone(), partial.until))
        };
        add(&mut file);
        let whole = length();
        let kept = add(&mut file);
        assert!(whole > 10_000 && length() > whole && length() < whole + 200, "{whole}, then {}", length());
        let read =
            || PartialTranscript::from_bytes(&std::fs::read(wav.with_extension("draft")).unwrap(), of).map(|partial| (partial.transcript, partial.until));
        assert_eq!(read(), kept);
        // Whoever goes on after a kill does not add to what may be half of a piece, and what somebody removed is there again.
        let mut next = PartialTranscriptFile::beside(&wav, of);
        append(&wav.with_extension("draft"), b"half a piece").unwrap();
        assert_eq!(add(&mut next), read());
        std::fs::remove_file(wav.with_extension("draft")).unwrap();
        assert_eq!(add(&mut next), read());
        std::fs::remove_file(&wav).unwrap();
        std::fs::remove_file(wav.with_extension("draft")).unwrap();
        add(&mut next);
        assert_eq!(read_dir_names(folder.path()), Vec::<String>::new(), "of a recording that is gone nothing is kept");
    }

    fn read_dir_names(folder: &Path) -> Vec<String> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }
}
