//! What is written down of a recording so far: kept beside it, so that nothing has to be done twice, whatever happens in between.

use super::speakers::embeddings::SpeakerEmbeddings;
use super::spoken::{Languages, Listened};
use super::whisper::Heard;
use super::windows::Window;
use crate::conference::{ConferenceId, Millis, NoWords, Span, Transcript, Untranscribed, Word};
use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// The version of the kept form. What was kept in another one is made anew.
const VERSION: u8 = 5;

/// Words and voices of the beginning of a recording.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Draft {
    /// All that the recogniser wrote of the windows that are done; what of it stands is judged at the end. Its language is empty until it is known.
    pub transcript: Transcript,
    /// In which language the windows that are done were written, and what they sound like.
    pub languages: Languages,
    /// Everything before this is written down.
    pub until: Millis,
    /// What was heard of the voices.
    pub speakers: SpeakerEmbeddings,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u8,
    /// The conference it is of. Names of files can be given to other files.
    of: u128,
    transcript: Transcript,
    languages: Languages,
    until: Millis,
    speakers: Vec<u8>,
}

impl Draft {
    /// Adds what was heard in the next window.
    pub(super) fn add(&mut self, window: &Window, heard: Heard) {
        let (span, length) = (window.span(), window.length());
        if let Some(spoken) = heard.spoken.as_ref().filter(|spoken| spoken.language != heard.language || !spoken.is_sure()) {
            let (at, sounds) = (span.start(), &spoken.language);
            tracing::debug!("at {at} written in {}, sounds like {sounds}: {:.3} against {:.3}", heard.language, spoken.probability, spoken.against);
        }
        self.languages.add(Listened { span, length, language: heard.language, spoken: heard.spoken });
        let mut at = Millis::ZERO;
        for word in window.on_the_clock(heard.words) {
            let span = Span::new(word.span.start().max(at), word.span.end().max(at));
            at = span.start();
            self.transcript.words.push(Word { span, ..word });
        }
        self.until = window.span().end();
    }

    /// Marks a window that no engine could do.
    pub(super) fn fail(&mut self, window: &Window) {
        self.transcript.untranscribed.push(Untranscribed { span: window.span(), reason: NoWords::EngineFailed });
        self.until = window.span().end();
    }

    /// The recording is in this language. What was written in another one by a mere guess is not written yet.
    pub(super) fn set_language(&mut self, language: String) {
        if let Some(from) = self.languages.first_mistaken(&language) {
            self.languages.forget_from(from);
            self.transcript.words.retain(|word| word.span.start() < from);
            self.transcript.untranscribed.retain(|mark| mark.span.start() < from);
            self.until = self.until.min(from);
        }
        self.transcript.language = language;
    }

    /// The form in which it is kept, for this conference.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn to_bytes(&self, of: ConferenceId) -> Result<Vec<u8>> {
        let kept = Kept {
            version: VERSION,
            of: number(of),
            transcript: self.transcript.clone(),
            languages: self.languages.clone(),
            until: self.until,
            speakers: self.speakers.to_bytes()?,
        };
        postcard::to_stdvec(&kept).map_err(|err| Error::new(ErrorKind::Bug, "keeping what is written down so far", err))
    }

    /// From the kept form; none when it is damaged, of another version, or of another conference than this.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], of: ConferenceId) -> Option<Self> {
        // The version stands first, so that a form of another shape is known by it.
        let kept: Kept = bytes.first().filter(|version| **version == VERSION).and_then(|_| postcard::from_bytes(bytes).ok())?;
        let fits = kept.of == number(of) && kept.transcript.words.iter().all(|word| word.span.start().0 >= 0);
        let speakers = SpeakerEmbeddings::from_bytes(&kept.speakers)?;
        fits.then_some(Self { transcript: kept.transcript, languages: kept.languages, until: kept.until, speakers })
    }
}

fn number(id: ConferenceId) -> u128 {
    uuid::Uuid::from(id).as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAYA: ConferenceId = ConferenceId::from_u128(7);

    #[test]
    fn a_draft_comes_back_and_a_damaged_one_does_not() {
        let words = vec![Word { text: "Hé,".into(), span: Span::from_secs(0.1, 0.4), confidence: 0.5 }];
        let transcript = Transcript { words, language: "en".into(), ..Transcript::default() };
        let mut languages = Languages::default();
        languages.add(Listened { span: Span::from_secs(0.0, 0.4), length: Millis(400), language: "en".into(), spoken: None });
        let draft = Draft { transcript, languages, until: Millis(400), speakers: SpeakerEmbeddings::default() };
        let bytes = draft.to_bytes(MAYA).unwrap();
        assert_eq!(Draft::from_bytes(&bytes, MAYA).unwrap(), draft);
        for cut in 0..bytes.len() {
            assert_eq!(Draft::from_bytes(&bytes[..cut], MAYA), None);
        }
        assert_eq!(Draft::from_bytes(&bytes, ConferenceId::from_u128(8)), None, "it is of another conference");
    }
}
