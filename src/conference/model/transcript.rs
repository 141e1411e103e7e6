//! The words of a conference, and the stretches for which there are none.

use super::punctuation;
use super::spacing;
use super::time::{Millis, Span};
use serde::{Deserialize, Serialize};
use unicode_normalization::char::is_combining_mark;

/// One word as heard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// With its punctuation, without surrounding spaces: `moment,`. (A space that stands within a script without spaces is punctuation: see [`super::spacing`].)
    pub text: String,
    /// When it was said.
    pub span: Span,
    /// How sure the recogniser was, 0 to 1.
    pub confidence: f32,
}

/// Whether any letter reads from right to left.
#[must_use]
pub fn has_right_to_left(text: &str) -> bool {
    // The ranges whose letters are of class R or AL unless said otherwise (head of Unicode's DerivedBidiClass.txt).
    let reads_so = |letter| matches!(letter, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}');
    !text.is_ascii() && text.chars().any(reads_so)
}

/// Below this a word is shown as less sure (dotted underline).
pub const LESS_SURE: f32 = 0.5;

impl Word {
    /// Whether the recogniser was not quite sure of it.
    #[must_use]
    pub fn is_less_sure(&self) -> bool {
        self.confidence < LESS_SURE
    }

    /// The word alone: lower case, without the punctuation around it.
    #[must_use]
    pub fn bare(&self) -> String {
        self.text.trim_matches(|c: char| !is_of_word(c)).to_lowercase()
    }

    /// As [`Word::bare`], a possessive ending left off: a name as it stands in the class list.
    #[must_use]
    pub(in crate::conference) fn bare_name(&self) -> String {
        let bare = self.bare();
        ["'s", "’s"].iter().find_map(|ending| bare.strip_suffix(ending)).map(str::to_owned).unwrap_or(bare)
    }

    /// The punctuation before the word.
    pub(in crate::conference) fn opening(&self) -> &str {
        let letters = self.text.find(is_of_word).unwrap_or(0);
        &self.text[..letters]
    }

    /// The punctuation after the word, a possessive ending included.
    pub(in crate::conference) fn closing(&self) -> &str {
        let end = self.text.rfind(is_of_word).map_or(0, |at| at + self.text[at..].chars().next().map_or(0, char::len_utf8));
        let possessive = ["'s", "’s"].iter().find(|ending| self.text[..end].ends_with(*ending)).map_or(0, |ending| ending.len());
        &self.text[end - possessive..]
    }

    /// Whether a question ends with this word.
    #[must_use]
    pub fn ends_question(&self) -> bool {
        punctuation::ends_question(&self.text)
    }

    /// Whether a sentence ends with this word.
    #[must_use]
    pub fn ends_sentence(&self) -> bool {
        punctuation::ends_sentence(&self.text)
    }
}

/// Letters, digits, and the marks on them: the tone marks of Thai are no letters.
fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// A stretch of speech that was not understood well, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Untranscribed {
    /// The stretch.
    pub span: Span,
    /// Why nothing is written there, or nothing that is sure.
    pub reason: NoWords,
}

/// Why a stretch of speech has no words, or none to rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoWords {
    /// The engine ended or answered nonsense, twice.
    EngineFailed,
    /// The recogniser went round in a loop; the repeats were taken out.
    RepeatsRemoved,
    /// Speech was heard but not understood.
    NotUnderstood,
    /// There are words, but all of them unsure.
    Unsure,
    /// Another language is spoken than in the rest. There may be words, in that language.
    OtherLanguage,
}

/// Everything the recogniser made of a recording.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Transcript {
    /// Sorted by start.
    pub words: Vec<Word>,
    /// Stretches without words or without sure ones, sorted by start.
    pub untranscribed: Vec<Untranscribed>,
    /// The model that wrote it (its catalogue name), for the page foot.
    pub model: String,
    /// Language code such as `en`.
    pub language: String,
}

impl Transcript {
    /// The word being said at `at`, found by binary search.
    #[must_use]
    pub fn word_at(&self, at: Millis) -> Option<usize> {
        let after = self.words.partition_point(|word| word.span.start() <= at);
        let index = after.checked_sub(1)?;
        self.words[index].span.contains(at).then_some(index)
    }

    /// The given words as running text.
    #[must_use]
    pub fn text(&self, words: &[usize]) -> String {
        spacing::join(words.iter().filter_map(|&index| self.words.get(index)).map(|word| word.text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str, start: i64, end: i64) -> Word {
        Word { text: text.into(), span: Span::new(Millis(start), Millis(end)), confidence: 1.0 }
    }

    #[test]
    fn the_word_at_a_moment_is_the_one_being_said() {
        let transcript = Transcript { words: vec![word("Fine,", 0, 300), word("thanks.", 400, 900)], ..Transcript::default() };
        assert_eq!(transcript.word_at(Millis(0)), Some(0));
        assert_eq!(transcript.word_at(Millis(300)), None);
        assert_eq!(transcript.word_at(Millis(899)), Some(1));
        assert_eq!(transcript.word_at(Millis(-1)), None);
    }

    #[test]
    fn a_question_may_end_inside_quotation_marks() {
        assert!(word("going?”", 0, 1).ends_question());
        assert!(word("home.\"", 0, 1).ends_sentence());
        assert!(!word("Mr", 0, 1).ends_sentence());
        assert_eq!(word("“Don’t,", 0, 1).bare(), "don’t");
    }
}
