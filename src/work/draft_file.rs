//! What is written down of a recording before all of it is: kept beside its sound while it is made, and taken up by whoever goes on with it.

use crate::conference::{ConferenceId, Span};
use crate::error::Result;
use crate::files::{append, write_whole};
use crate::settings::Settings;
use crate::speech::{Draft, Engine, Kept, UnderWay, Written};
use std::path::{Path, PathBuf};

/// What was begun of a recording, for whoever goes on with it.
#[derive(Default)]
pub struct Begun {
    /// All that was heard while it was recorded.
    pub written: Option<Written>,
    /// The engine with its model, ready.
    pub engine: Option<Engine>,
}

/// Whether what was heard while recording is all of the sound; a resampler keeps a few milliseconds back until the end.
fn near_enough(heard: usize, samples: usize) -> bool {
    heard <= samples && samples - heard <= 2048
}

/// Where what is written down so far is kept, and of which conference it is.
#[derive(Debug, Clone)]
pub struct DraftFile {
    path: PathBuf,
    of: ConferenceId,
    /// How much of the draft was kept here by this.
    kept: Option<Kept>,
}

impl DraftFile {
    /// Beside the first file of a recording.
    #[must_use]
    pub fn beside(wav: &Path, of: ConferenceId) -> Self {
        Self { path: wav.with_extension("draft"), of, kept: None }
    }

    /// Keeps what is written down so far; of a recording that was removed meanwhile nothing is kept.
    ///
    /// # Errors
    /// When the disk is full or gone.
    pub(super) fn keep(&mut self, draft: &Draft) -> Result<()> {
        if !self.path.with_extension("wav").exists() {
            return Ok(());
        }
        // Where adding fails, the next time all of it is written.
        let more = self.kept.take().map(|kept| draft.more_than(kept)).transpose()?.flatten();
        self.kept = match more {
            Some((piece, kept)) if append(&self.path, &piece)? => Some(kept),
            _ => write_whole(&self.path, &draft.to_bytes(self.of)?).map(|()| Some(draft.size()))?,
        };
        Ok(())
    }

    /// What was kept before, if it was written by this model in this language; of another only the voices.
    fn kept(&self, settings: &Settings) -> Draft {
        let draft = std::fs::read(&self.path).ok().and_then(|bytes| Draft::from_bytes(&bytes, self.of)).unwrap_or_default();
        if is_as_wished(&draft, settings) { draft } else { Draft { speakers: draft.speakers, ..Draft::default() } }
    }

    /// All of it is in the library.
    pub(super) fn remove(&self) {
        std::fs::remove_file(&self.path).ok();
    }
}

/// Whether a draft was written by the model and in the language that are wanted now.
fn is_as_wished(draft: &Draft, settings: &Settings) -> bool {
    let language = &draft.transcript.language;
    draft.transcript.model == settings.model && (settings.language == "auto" || language.is_empty() || *language == settings.language)
}

impl Begun {
    /// What was written down of a recording.
    pub(super) fn taken(&mut self, file: Option<&DraftFile>, settings: &Settings, samples: usize) -> Taken {
        if let Some(written) = self.written.take_if(|written| !is_as_wished(&written.draft, settings)) {
            // Another model was chosen meanwhile: what the voices are like is true all the same.
            return Taken { draft: Draft { speakers: written.draft.speakers, ..Draft::default() }, ..Taken::default() };
        }
        // Another engine, which does not stand back behind what keeps the computer busy, is sooner done.
        if self.written.as_ref().is_some_and(|written| written.is_held_up) {
            self.engine = None;
        }
        let engine = self.engine.take();
        match self.written.take() {
            Some(written) if near_enough(written.samples, samples) => {
                Taken { draft: written.draft, speech: Some(written.speech), under_way: written.under_way, engine }
            }
            Some(written) => Taken { draft: written.draft, engine, ..Taken::default() },
            None => Taken { draft: file.map_or_else(Draft::default, |file| file.kept(settings)), engine, ..Taken::default() },
        }
    }
}

/// What was written down of a recording before it is gone on with.
#[derive(Default)]
pub(super) struct Taken {
    pub draft: Draft,
    /// Where there is speech for the recogniser, when that was found while it was recorded.
    pub speech: Option<Vec<Span>>,
    /// What the engine is still at.
    pub under_way: Vec<UnderWay>,
    /// The engine with its model, ready.
    pub engine: Option<Engine>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::{Millis, Word};
    use crate::speech::SpeakerEmbeddings;

    #[test]
    fn what_a_window_adds_to_a_draft_is_small_however_long_the_recording() {
        let folder = tempfile::tempdir().unwrap();
        let wav = folder.path().join("a.wav");
        std::fs::write(&wav, "").unwrap();
        let of = ConferenceId::from_u128(7);
        let mut file = DraftFile::beside(&wav, of);
        let mut draft =
            Draft { speakers: SpeakerEmbeddings::embed(&[0.0; 16_000 * 30][..], SpeakerEmbeddings::default(), &mut |_| Ok(())).unwrap(), ..Draft::default() };
        let length = || std::fs::metadata(wav.with_extension("draft")).unwrap().len();
        let mut add = |file: &mut DraftFile| {
            draft.transcript.words.push(Word { text: "Oh.".into(), span: Span::new(draft.until, draft.until + Millis(500)), confidence: 0.9 });
            draft.until = draft.until + Millis(1000);
            file.keep(&draft).unwrap();
            Some((draft.transcript.clone(), draft.until))
        };
        add(&mut file);
        let whole = length();
        let kept = add(&mut file);
        assert!(whole > 10_000 && length() > whole && length() < whole + 200, "{whole}, then {}", length());
        let read = || Draft::from_bytes(&std::fs::read(wav.with_extension("draft")).unwrap(), of).map(|draft| (draft.transcript, draft.until));
        assert_eq!(read(), kept);
        // Whoever goes on after a kill does not add to what may be half of a piece, and what somebody removed is there again.
        let mut next = DraftFile::beside(&wav, of);
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
