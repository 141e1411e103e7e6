//! What is written down of a recording so far: kept beside it, so that nothing has to be done twice, whatever happens in between.

use super::voices::{EMBEDDING, Embedding};
use crate::conference::{Millis, Transcript};
use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};

/// The version of the kept form. What was kept in another one is made anew.
const VERSION: u8 = 1;

/// Words and voices of the beginning of a recording.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Draft {
    /// The words of all windows that are done.
    pub transcript: Transcript,
    /// Everything before this is written down.
    pub until: Millis,
    /// What the voices sound like, by the middle of each window in frames; sorted.
    pub voices: Vec<(usize, Embedding)>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    version: u8,
    transcript: Transcript,
    until: Millis,
    middles: Vec<usize>,
    values: Vec<u8>,
}

impl Draft {
    /// The form in which it is kept.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let kept = Kept {
            version: VERSION,
            transcript: self.transcript.clone(),
            until: self.until,
            middles: self.voices.iter().map(|(middle, _)| *middle).collect(),
            values: self.voices.iter().flat_map(|(_, voice)| voice.to_bytes()).collect(),
        };
        postcard::to_stdvec(&kept).map_err(|err| Error::new(ErrorKind::Bug, "keeping what is written down so far", err))
    }

    /// From the kept form; none when it is damaged or of another version.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let kept: Kept = postcard::from_bytes(bytes).ok().filter(|kept: &Kept| kept.version == VERSION)?;
        let fits = kept.values.len() == kept.middles.len() * EMBEDDING
            && kept.middles.is_sorted()
            && kept.transcript.words.iter().all(|word| word.span.start().0 >= 0);
        let voices = kept.middles.iter().copied().zip(kept.values.chunks_exact(EMBEDDING).map(Embedding::from_bytes)).collect();
        fits.then_some(Self { transcript: kept.transcript, until: kept.until, voices })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::{Span, Word};

    #[test]
    fn a_draft_comes_back_and_a_damaged_one_does_not() {
        let words = vec![Word { text: "Hé,".into(), span: Span::from_secs(0.1, 0.4), confidence: 0.5 }];
        let transcript = Transcript { words, language: "en".into(), ..Transcript::default() };
        let voices = vec![(10, Embedding::normalised((0..EMBEDDING).map(|n| (n % 7) as f32).collect()))];
        let draft = Draft { transcript, until: Millis(400), voices };
        let bytes = draft.to_bytes().unwrap();
        let again = Draft::from_bytes(&bytes).unwrap();
        assert_eq!((&again.transcript, again.until), (&draft.transcript, draft.until));
        assert!(again.voices[0].0 == 10 && again.voices[0].1.similarity(&draft.voices[0].1) > 0.9999);
        for cut in 0..bytes.len() {
            assert_eq!(Draft::from_bytes(&bytes[..cut]), None);
        }
    }
}
