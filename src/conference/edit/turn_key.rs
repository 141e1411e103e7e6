//! Which turn is meant, whatever its number is by now: a correction above it, voices told apart again or a new transcription count turns anew.

use super::record::ConferenceRecord;
use crate::conference::model::speakers::Speaker;
use crate::conference::model::time::Span;
use crate::conference::model::transcript::Word;
use crate::conference::talk::turns::Turn;

/// One turn of one record, by its time, its speaker and its words.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnKey {
    span: Span,
    speaker: Speaker,
    words: Vec<Word>,
}

impl TurnKey {
    /// When it is said.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// Who says it.
    #[must_use]
    pub fn speaker(&self) -> Speaker {
        self.speaker
    }
}

impl ConferenceRecord {
    /// The key of a turn of this record.
    #[must_use]
    pub fn turn_key(&self, turn: usize) -> Option<TurnKey> {
        let turn = self.turns().get(turn)?;
        let words = turn.words.iter().filter_map(|&word| self.transcript().words.get(word)).cloned().collect();
        Some(TurnKey { span: turn.span, speaker: turn.speaker, words })
    }

    /// The turn that holds the same words, whoever says them by now; a turn without words is the same where time and speaker are.
    #[must_use]
    pub fn find_turn(&self, key: &TurnKey) -> Option<usize> {
        let holds = |turn: &Turn| turn.words.len() == key.words.len() && turn.words.iter().zip(&key.words).all(|(&word, same)| self.is_word(word, same));
        let is_same = |turn: &Turn| {
            let is_there = if key.words.is_empty() { turn.span == key.span && turn.speaker == key.speaker } else { true };
            is_there && holds(turn)
        };
        self.turns().iter().position(is_same)
    }

    /// The turn that holds the same words, or else the one that takes more than half of the same time (and of which that is more than half).
    #[must_use]
    pub fn find_turn_like(&self, key: &TurnKey) -> Option<usize> {
        let shared = |turn: &Turn| turn.span.overlap(key.span).map_or(0, |both| both.length().0);
        let is_like = |turn: &Turn| 2 * shared(turn) > turn.span.length().0.max(key.span.length().0);
        let same_time = || self.turns().iter().enumerate().filter(|(_, turn)| is_like(turn)).max_by_key(|(_, turn)| shared(turn)).map(|(turn, _)| turn);
        self.find_turn(key).or_else(same_time)
    }

    /// The turn that holds this very word.
    #[must_use]
    pub fn turn_with(&self, wanted: &Word) -> Option<usize> {
        self.turns().iter().position(|turn| turn.words.iter().any(|&word| self.is_word(word, wanted)))
    }

    fn is_word(&self, word: usize, wanted: &Word) -> bool {
        self.transcript().words.get(word) == Some(wanted)
    }
}
