//! What is transcribed of a recording so far: kept beside it, so that nothing has to be done twice, whatever happens in between.
//!
//! It is kept whole once, with the voices (of 10 h 39 MB). What each chunk adds stands behind that as a piece of a few kilobytes; one that was cut off by a
//! kill or a full disk is told by its checksum, and what stands before it counts.

use super::chunks::Chunk;
use super::languages::{ChunkLanguage, Languages};
use super::speakers::embeddings::SpeakerEmbeddings;
use super::whisper::ChunkTranscript;
use crate::conference::{ConferenceId, Millis, NoWords, Span, Transcript, Untranscribed, Word};
use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The version of the kept form. What was kept in another one is made anew.
const VERSION: u8 = 5;

/// Words and voices of the beginning of a recording.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartialTranscript {
    /// All that the recogniser wrote of the chunks that are done; what of it stands is judged at the end. Its language is empty until it is known.
    pub transcript: Transcript,
    /// In which language the chunks that are done were written, and what they sound like.
    pub languages: Languages,
    /// Everything before this is transcribed.
    pub until: Millis,
    /// What was heard of the voices.
    pub speakers: SpeakerEmbeddings,
}

/// How much of a partial transcript is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedExtent {
    words: usize,
    untranscribed: usize,
    languages: usize,
    until: Millis,
    /// Of which the voices were heard.
    samples: usize,
}

/// What one chunk or several have added.
#[derive(Serialize, Deserialize)]
struct Addition {
    words: Vec<Word>,
    untranscribed: Vec<Untranscribed>,
    languages: Languages,
    language: String,
    until: Millis,
}

/// Before each piece stand its length and so many bytes of its SHA-256.
const SUM: usize = 8;

#[derive(Serialize, Deserialize)]
struct SavedForm {
    version: u8,
    /// The conference it is of. Names of files can be given to other files.
    of: u128,
    transcript: Transcript,
    languages: Languages,
    until: Millis,
    speakers: Vec<u8>,
}

impl PartialTranscript {
    /// Adds what was heard in the next chunk.
    pub(super) fn add(&mut self, chunk: &Chunk, transcript: ChunkTranscript) {
        let (span, length) = (chunk.span(), chunk.length());
        if let Some(spoken) = transcript.spoken.as_ref().filter(|spoken| spoken.language != transcript.language || !spoken.is_sure()) {
            let (at, sounds) = (span.start(), &spoken.language);
            tracing::debug!("at {at} written in {}, sounds like {sounds}: {:.3} against {:.3}", transcript.language, spoken.probability, spoken.against);
        }
        self.languages.add(ChunkLanguage { span, length, language: transcript.language, spoken: transcript.spoken });
        let mut at = Millis::ZERO;
        for word in chunk.on_the_clock(transcript.words) {
            let span = Span::new(word.span.start().max(at), word.span.end().max(at));
            at = span.start();
            self.transcript.words.push(Word { span, ..word });
        }
        self.until = chunk.span().end();
    }

    /// Marks a chunk that no engine could do.
    pub(super) fn fail(&mut self, chunk: &Chunk) {
        self.transcript.untranscribed.push(Untranscribed { span: chunk.span(), reason: NoWords::EngineFailed });
        self.until = chunk.span().end();
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
        let whole = SavedForm {
            version: VERSION,
            of: number(of),
            transcript: self.transcript.clone(),
            languages: self.languages.clone(),
            until: self.until,
            speakers: self.speakers.to_bytes()?,
        };
        packed(&whole)
    }

    /// How much of it there is.
    #[must_use]
    pub fn extent(&self) -> SavedExtent {
        let (words, untranscribed) = (self.transcript.words.len(), self.transcript.untranscribed.len());
        SavedExtent { words, untranscribed, languages: self.languages.count(), until: self.until, samples: self.speakers.samples() }
    }

    /// What is not kept yet, to stand behind what is, and how much is kept then. None where it has to be kept whole: something of it was taken back, or
    /// a quarter more of the voices was heard by now (what was not kept of them is heard again).
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn addition_since(&self, kept: SavedExtent) -> Result<Option<(Vec<u8>, SavedExtent)>> {
        let samples = self.speakers.samples();
        if self.until < kept.until || samples < kept.samples || samples > kept.samples + kept.samples / 4 {
            return Ok(None);
        }
        let (words, untranscribed) = (self.transcript.words.get(kept.words..), self.transcript.untranscribed.get(kept.untranscribed..));
        let (Some(words), Some(untranscribed), Some(languages)) = (words, untranscribed, self.languages.behind(kept.languages)) else { return Ok(None) };
        let language = self.transcript.language.clone();
        let piece = packed(&Addition { words: words.to_vec(), untranscribed: untranscribed.to_vec(), languages, language, until: self.until })?;
        let length = u32::try_from(piece.len()).map_err(|err| Error::new(ErrorKind::Bug, KEEPING, err))?;
        let bytes = [&length.to_le_bytes(), &Sha256::digest(&piece)[..SUM], &piece].concat();
        Ok(Some((bytes, SavedExtent { samples: kept.samples, ..self.extent() })))
    }

    /// From the kept form; none when it is damaged, of another version, or of another conference than this.
    #[must_use]
    pub fn from_bytes(bytes: &[u8], of: ConferenceId) -> Option<Self> {
        // The version stands first, so that a form of another shape is known by it.
        let (whole, mut rest): (SavedForm, _) = bytes.first().filter(|version| **version == VERSION).and_then(|_| postcard::take_from_bytes(bytes).ok())?;
        let speakers = SpeakerEmbeddings::from_bytes(&whole.speakers)?;
        let mut partial = Self { transcript: whole.transcript, languages: whole.languages, until: whole.until, speakers };
        while let Some((piece, behind)) = first_addition(rest) {
            partial.transcript.words.extend(piece.words);
            partial.transcript.untranscribed.extend(piece.untranscribed);
            partial.languages.extend(piece.languages);
            (partial.transcript.language, partial.until, rest) = (piece.language, piece.until, behind);
        }
        let fits = whole.of == number(of) && partial.transcript.words.iter().all(|word| word.span.start().0 >= 0);
        fits.then_some(partial)
    }
}

/// The first of these pieces, and what stands behind it; none where it is not all there.
fn first_addition(bytes: &[u8]) -> Option<(Addition, &[u8])> {
    let (length, bytes) = bytes.split_first_chunk::<4>()?;
    let (sum, bytes) = bytes.split_first_chunk::<SUM>()?;
    let (piece, behind) = bytes.split_at_checked(u32::from_le_bytes(*length) as usize)?;
    let is_whole = Sha256::digest(piece)[..SUM] == *sum;
    Some((postcard::from_bytes(piece).ok().filter(|_| is_whole)?, behind))
}

const KEEPING: &str = "keeping what is transcribed so far";

fn packed(what: &impl Serialize) -> Result<Vec<u8>> {
    postcard::to_stdvec(what).map_err(|err| Error::new(ErrorKind::Bug, KEEPING, err))
}

fn number(id: ConferenceId) -> u128 {
    uuid::Uuid::from(id).as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAYA: ConferenceId = ConferenceId::from_u128(7);

    #[test]
    fn a_partial_transcript_comes_back_and_a_damaged_one_does_not() {
        let words = vec![Word { text: "Hé,".into(), span: Span::from_secs(0.1, 0.4), confidence: 0.5 }];
        let transcript = Transcript { words, language: "en".into(), ..Transcript::default() };
        let mut languages = Languages::default();
        languages.add(ChunkLanguage { span: Span::from_secs(0.0, 0.4), length: Millis(400), language: "en".into(), spoken: None });
        let partial = PartialTranscript { transcript, languages, until: Millis(400), speakers: SpeakerEmbeddings::default() };
        let bytes = partial.to_bytes(MAYA).unwrap();
        assert_eq!(PartialTranscript::from_bytes(&bytes, MAYA).unwrap(), partial);
        for cut in 0..bytes.len() {
            assert_eq!(PartialTranscript::from_bytes(&bytes[..cut], MAYA), None);
        }
        assert_eq!(PartialTranscript::from_bytes(&bytes, ConferenceId::from_u128(8)), None, "it is of another conference");
    }

    /// One more chunk of a word in it.
    fn one_more(partial: &PartialTranscript) -> PartialTranscript {
        let mut more = partial.clone();
        let (start, end) = (more.until, Millis(more.until.0 + 1000));
        more.transcript.words.push(Word { text: format!("at {}", start.0), span: Span::new(start, end), confidence: 0.5 });
        more.transcript.untranscribed.push(Untranscribed { span: Span::new(start, end), reason: NoWords::NotUnderstood });
        more.languages.add(ChunkLanguage { span: Span::new(start, end), length: Millis(1000), language: "en".into(), spoken: None });
        more.transcript.language = "en".into();
        more.until = end;
        more
    }

    #[test]
    fn what_a_chunk_adds_stands_behind_what_is_kept_and_a_half_of_it_does_not_count() {
        let mut partials = vec![one_more(&PartialTranscript::default())];
        let mut bytes = partials[0].to_bytes(MAYA).unwrap();
        let (mut kept, mut ends) = (partials[0].extent(), vec![bytes.len()]);
        for _ in 0..3 {
            let next = one_more(partials.last().unwrap());
            let (piece, size) = next.addition_since(kept).unwrap().unwrap();
            bytes.extend(piece);
            (kept, partials) = (size, [partials, vec![next]].concat());
            ends.push(bytes.len());
        }
        assert_eq!(kept, partials[3].extent());
        for cut in 0..=bytes.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count();
            let expected = whole.checked_sub(1).map(|last| partials[last].clone());
            assert_eq!(PartialTranscript::from_bytes(&bytes[..cut], MAYA), expected, "cut at {cut}");
            // After a power cut a file may be as long as it was to be, with zeros at its end.
            let mut zeros = bytes[..cut].to_vec();
            zeros.resize(bytes.len(), 0);
            assert!(cut < ends[0] || PartialTranscript::from_bytes(&zeros, MAYA) == expected, "zeros from {cut} on");
        }
    }

    #[test]
    fn what_was_taken_back_is_kept_whole() {
        let (one, two) = (one_more(&PartialTranscript::default()), one_more(&one_more(&PartialTranscript::default())));
        assert!(two.addition_since(one.extent()).unwrap().is_some());
        assert!(one.addition_since(two.extent()).unwrap().is_none());
    }
}
