//! Which language is spoken: what each chunk sounds like, and what that makes of a recording.

use crate::conference::{Millis, Span, union};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a chunk sounds like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LanguageGuess {
    /// Language code.
    pub language: String,
    /// How likely it is, 0 to 1.
    pub probability: f32,
    /// How likely the language is that was expected; where it is that one, or none was expected, the next likely.
    pub against: f32,
}

/// A guess is beyond doubt from here on ...
const LIKELY: f32 = 0.25;
/// ... when it is so many times as likely as the language that was expected. In 242 stretches of 88 recordings in English, of children and adults who
/// speak Chinese at home among them, another language was at most 6 times as likely; in 4 stretches of German and Chinese, at least 109 times, and 16 times
/// in French by a synthetic voice.
const TIMES: f32 = 12.0;
/// So much speech decides in which language a recording is ...
pub(super) const ENOUGH: Millis = Millis(60_000);
/// ... and so much when all of it is beyond doubt and says the same.
const ENOUGH_IF_SURE: Millis = Millis(20_000);

impl LanguageGuess {
    /// Of the probabilities of languages, by their names, the likeliest.
    pub(super) fn likeliest<'a>(all: impl Iterator<Item = (&'a str, f32)> + Clone, expected: Option<&str>) -> Option<Self> {
        let (language, probability) = all.clone().max_by(|a, b| a.1.total_cmp(&b.1))?;
        let is_against = |name: &str| name != language && expected.is_none_or(|expected| expected == language || expected == name);
        let against = all.filter(|(name, _)| is_against(name)).map(|(_, probability)| probability).fold(0.0, f32::max);
        Some(Self { language: language.to_owned(), probability, against })
    }

    /// Whether it is beyond doubt: accents and babble are not.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.probability >= LIKELY && self.probability >= TIMES * self.against
    }
}

/// A chunk that was listened to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ChunkLanguage {
    pub span: Span,
    /// How much sound it holds.
    pub length: Millis,
    /// The language in which its words are written.
    pub language: String,
    /// What it sounds like; none where the model knows one language only.
    pub spoken: Option<LanguageGuess>,
}

/// The chunks of a recording so far, in order.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Languages(Vec<ChunkLanguage>);

impl Languages {
    pub(super) fn add(&mut self, chunk: ChunkLanguage) {
        self.0.push(chunk);
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// The chunks behind the first `count`; none where there are not so many.
    pub(super) fn behind(&self, count: usize) -> Option<Self> {
        Some(Self(self.0.get(count..)?.to_vec()))
    }

    pub(super) fn extend(&mut self, later: Self) {
        self.0.extend(later.0);
    }

    /// The language of the recording, once enough was heard to say so.
    pub(super) fn decided(&self) -> Option<String> {
        let likeliest = self.likeliest()?;
        let total: Millis = self.0.iter().map(|chunk| chunk.length).sum();
        let is_agreed = || self.0.iter().filter_map(|chunk| chunk.spoken.as_ref()).all(|spoken| spoken.is_sure() && spoken.language == likeliest);
        (total >= ENOUGH || (total >= ENOUGH_IF_SURE && is_agreed())).then_some(likeliest)
    }

    /// The language of most of what was heard: each chunk votes with its length, as far as it is sure.
    pub(super) fn likeliest(&self) -> Option<String> {
        let mut votes: BTreeMap<&str, f64> = BTreeMap::new();
        for (chunk, spoken) in self.0.iter().filter_map(|chunk| chunk.spoken.as_ref().map(|spoken| (chunk, spoken))) {
            *votes.entry(&spoken.language).or_default() += f64::from(spoken.probability) * chunk.length.secs();
        }
        votes.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(language, _)| language.to_owned())
    }

    /// Where the first chunk begins that was written in another language than this by a guess that was not sure.
    pub(super) fn first_mistaken(&self, language: &str) -> Option<Millis> {
        let is_sure = |chunk: &ChunkLanguage| chunk.spoken.as_ref().is_some_and(LanguageGuess::is_sure);
        self.0.iter().find(|chunk| chunk.language != language && !is_sure(chunk)).map(|chunk| chunk.span.start())
    }

    /// Forgets what begins at this moment or later.
    pub(super) fn forget_from(&mut self, moment: Millis) {
        self.0.retain(|chunk| chunk.span.start() < moment);
    }

    /// Where another language than this is spoken beyond doubt, for longer than a sentence.
    pub(super) fn others(&self, language: &str) -> Vec<Span> {
        let is_other = |chunk: &&ChunkLanguage| chunk.spoken.as_ref().is_some_and(|spoken| spoken.is_sure() && spoken.language != language);
        // Chunks that follow one another are one passage: where the second was not listened to for it, what is between is not.
        let passages = self.0.chunk_by(|a, b| is_other(&a) && is_other(&b)).filter(|run| run.iter().all(|chunk| is_other(&chunk)));
        let spans = passages.filter_map(|run| Some(Span::new(run.first()?.span.start(), run.last()?.span.end())));
        union(spans.filter(|span| span.length() >= LONGER_THAN_A_SENTENCE))
    }

    /// The language in which a moment is transcribed; none where nothing is.
    pub(super) fn at(&self, moment: Millis) -> Option<&str> {
        self.0.iter().find(|chunk| chunk.span.contains(moment)).map(|chunk| chunk.language.as_str())
    }
}

/// In shorter chunks a name, a quotation or a child's own way to speak is easily taken for another language.
const LONGER_THAN_A_SENTENCE: Millis = Millis(5_000);

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(language: &str, probability: f32) -> LanguageGuess {
        LanguageGuess { language: language.into(), probability, against: (1.0 - probability) / 2.0 }
    }

    #[test]
    fn an_accent_is_no_other_language_and_a_voice_that_is_hard_to_place_may_be_one() {
        let of = |all: &[(&str, f32)], expected| LanguageGuess::likeliest(all.iter().map(|(name, probability)| (*name, *probability)), expected).unwrap();
        // Probabilities as they were found: an adult with a Chinese accent, and French by a synthetic voice.
        let accent = of(&[("zh", 0.779), ("en", 0.147), ("la", 0.03)], Some("en"));
        assert_eq!((accent.language.as_str(), accent.is_sure()), ("zh", false));
        let french = of(&[("fr", 0.585), ("en", 0.006), ("oc", 0.3)], Some("en"));
        assert_eq!((french.language.as_str(), french.is_sure()), ("fr", true));
        assert!(!of(&[("fr", 0.585), ("en", 0.006), ("oc", 0.3)], None).is_sure(), "which of two it is, is not sure");
        assert!(of(&[("en", 0.99), ("cy", 0.004)], Some("en")).is_sure());
        assert_eq!(LanguageGuess::likeliest([("en", 0.5); 0].into_iter(), None), None);
    }

    /// Chunks of `seconds`, one after another: written in, sounds like, how likely.
    fn heard(chunks: &[(i64, &str, &str, f32)]) -> Languages {
        let mut languages = Languages::default();
        let mut at = 0;
        for &(seconds, language, sounds, probability) in chunks {
            let span = Span::new(Millis(at), Millis(at + seconds * 1000));
            let spoken = Some(spoken(sounds, probability));
            languages.add(ChunkLanguage { span, length: span.length(), language: language.into(), spoken });
            at += seconds * 1000;
        }
        languages
    }

    #[test]
    fn a_minute_of_speech_decides_and_a_burst_of_babble_does_not() {
        assert_eq!(heard(&[(28, "en", "en", 0.97)]).decided().as_deref(), Some("en"));
        let babble_first = [(28, "cy", "cy", 0.4), (28, "en", "en", 0.95), (28, "en", "en", 0.9)];
        assert_eq!(heard(&babble_first[..1]).decided(), None);
        assert_eq!(heard(&babble_first[..2]).decided(), None);
        assert_eq!(heard(&babble_first).decided().as_deref(), Some("en"));
        assert_eq!(heard(&babble_first).first_mistaken("en"), Some(Millis(0)), "its words are those of no language");
        assert_eq!(heard(&[(4, "en", "en", 0.99)]).decided(), None, "a word or two");
        assert_eq!(heard(&[(4, "en", "en", 0.99)]).likeliest().as_deref(), Some("en"), "but all there is");
        assert_eq!(Languages::default().likeliest(), None);
    }

    #[test]
    fn a_second_language_is_where_it_is_spoken_for_long_and_beyond_doubt() {
        let talk = heard(&[
            (28, "en", "en", 0.98),
            (28, "es", "es", 0.97),
            (20, "es", "es", 0.95),
            (28, "en", "en", 0.95),
            (28, "en", "cy", 0.5),
            (3, "en", "de", 0.97),
        ]);
        assert_eq!(talk.others("en"), [Span::from_secs(28.0, 76.0)]);
        assert_eq!((talk.at(Millis(30_000)), talk.at(Millis(500_000))), (Some("es"), None));
        assert_eq!(talk.first_mistaken("en"), None, "it stays in its own language");
    }
}
