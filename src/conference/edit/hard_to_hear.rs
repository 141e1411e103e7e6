//! Passages that are hard to hear: in which turn each stands and between which of its words, and what the teacher types there.

use super::record::ConferenceRecord;
use crate::conference::model::time::Span;
use crate::conference::model::transcript::NoWords;
use crate::conference::talk::turns::Turn;

/// A passage hard to hear, in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// The stretch.
    pub span: Span,
    /// Whether there are words, all of them unsure.
    pub has_words: bool,
    /// In which turn.
    pub turn: usize,
    /// Before which of the turn's words; as many as there are: behind the last.
    pub position: usize,
}

impl ConferenceRecord {
    /// All passages that are hard to hear and belong to a turn, in order: to the one that holds them, else to the nearest.
    #[must_use]
    pub fn hard_to_hear(&self) -> Vec<Passage> {
        let stretches = self.transcript().untranscribed.iter().filter(|stretch| matches!(stretch.reason, NoWords::NotUnderstood | NoWords::Unsure));
        let passage = |stretch: &crate::conference::model::transcript::Untranscribed| {
            let turn = self.turn_around(stretch.span)?;
            let has_words = stretch.reason == NoWords::Unsure;
            let position = if has_words { self.first_word_in(&self.turns()[turn], stretch.span) } else { self.place_in(&self.turns()[turn], stretch.span) };
            Some(Passage { span: stretch.span, has_words, turn, position })
        };
        let mut passages: Vec<Passage> = stretches.filter_map(passage).collect();
        passages.sort_by_key(|passage| (passage.turn, passage.position, passage.span));
        passages
    }

    /// The passage without words that stands before this word of a turn.
    pub(super) fn passage_before(&self, turn: &Turn, position: usize) -> Option<Span> {
        let stretches = self.transcript().untranscribed.iter().filter(|stretch| stretch.reason == NoWords::NotUnderstood).map(|stretch| stretch.span);
        let is_here =
            |span: &Span| self.turn_around(*span).is_some_and(|around| self.turns()[around].span == turn.span && self.turns()[around].speaker == turn.speaker);
        stretches.filter(|&span| self.place_in(turn, span) == position).find(is_here)
    }

    fn turn_around(&self, span: Span) -> Option<usize> {
        let shared = |turn: &Turn| turn.span.overlap(span).map_or(0, |both| both.length().0);
        let distance = |turn: &Turn| turn.span.distance(span.middle());
        (0..self.turns().len()).min_by_key(|&index| (-shared(&self.turns()[index]), distance(&self.turns()[index])))
    }

    /// How many of the turn's words are said before it.
    fn place_in(&self, turn: &Turn, span: Span) -> usize {
        turn.words.iter().take_while(|&&word| self.transcript().words[word].span.middle() <= span.middle()).count()
    }

    fn first_word_in(&self, turn: &Turn, span: Span) -> usize {
        turn.words.iter().take_while(|&&word| self.transcript().words[word].span.middle() < span.start()).count()
    }
}

#[cfg(test)]
mod tests {
    use crate::conference::fixture::talk;
    use crate::conference::{ConferenceData, ConferenceRecord, NoWords, Span, Speaker, Untranscribed};

    /// A talk with passages that were not understood, in seconds.
    fn unheard(script: &str, passages: &[(f64, f64)]) -> ConferenceRecord {
        let mut facts = talk(script).data().clone();
        let stretch = |&(from, to): &(f64, f64)| Untranscribed { span: Span::from_secs(from, to), reason: NoWords::NotUnderstood };
        facts.transcript.untranscribed = passages.iter().map(stretch).collect();
        ConferenceRecord::new(facts)
    }

    fn said(record: &ConferenceRecord) -> Vec<String> {
        record.turns().iter().map(|turn| format!("{} {}", turn.speaker.key(), record.transcript().text(&turn.words))).collect()
    }

    #[test]
    fn a_passage_stands_between_the_words_it_was_heard_between() {
        let record = unheard("S 0-2 The latch | S 2.5-4.5 | S 4.6-6 but this | T 8-9 Go on. | T 14-15 Yes.", &[(2.5, 4.5), (9.4, 10.0), (0.0, 0.1)]);
        let places: Vec<_> = record.hard_to_hear().iter().map(|passage| (passage.turn, passage.position)).collect();
        assert_eq!(places, [(0, 0), (0, 2), (1, 2)]);
    }

    #[test]
    fn what_is_typed_where_it_was_hard_to_hear_stands_in_its_time_and_takes_the_mark_away() {
        let original = unheard("S 0-2 The latch | S 2.5-4.5 | S 4.6-6 but this | T 8-9 Go on.", &[(2.5, 4.5)]);
        let mut record = original.clone();
        let inverse = record.apply(record.rewrite_turn(0, "The latch clicked again but this").unwrap());
        assert_eq!(said(&record), ["student1 The latch clicked again but this", "teacher Go on."]);
        let typed: Vec<Span> = record.transcript().words[2..4].iter().map(|word| word.span).collect();
        assert!(typed.iter().all(|span| span.overlap(Span::from_secs(2.5, 4.5)) == Some(*span)), "{typed:?}");
        assert_eq!(record.transcript().untranscribed, []);
        assert!(record.hard_to_hear().is_empty());
        // Another transcription, which hears it no better: what was typed stays.
        let mut facts: ConferenceData = record.data().clone();
        let new: Vec<_> = facts
            .transcript
            .words
            .iter()
            .cloned()
            .map(|mut word| {
                word.text = word.text.to_uppercase();
                word
            })
            .collect();
        facts.corrections = facts.corrections.rebased(&facts.transcript.words, &new);
        facts.transcript.words = new;
        assert_eq!(said(&ConferenceRecord::new(facts)), ["student1 THE LATCH clicked again BUT THIS", "teacher GO ON."]);
        record.apply(inverse);
        assert_eq!(record, original);
    }

    #[test]
    fn it_can_be_typed_before_the_first_word_behind_the_last_and_where_there_are_none() {
        for (script, passage, typed, at) in [
            ("S 0-1 | S 1.2-3 she ran | T 5-6 Go on.", (0.0, 1.0), "So she ran", (0, 0)),
            ("S 0-2 she ran | S 2.2-3 | T 5-6 Go on.", (2.2, 3.0), "she ran home", (0, 2)),
            ("S 0-2 | T 5-6 Go on.", (0.0, 2.0), "I do", (0, 0)),
        ] {
            let mut record = unheard(script, &[passage]);
            assert_eq!(record.hard_to_hear().iter().map(|one| (one.turn, one.position)).collect::<Vec<_>>(), [at]);
            record.apply(record.rewrite_turn(0, typed).unwrap());
            assert_eq!(said(&record), [format!("student1 {typed}"), "teacher Go on.".to_owned()]);
            let word = record.transcript().words[at.1].span;
            assert_eq!(word.overlap(Span::from_secs(passage.0, passage.1)), Some(word));
            assert!(record.hard_to_hear().is_empty(), "{script}");
        }
    }

    #[test]
    fn a_passage_between_two_turns_belongs_to_the_nearer() {
        let record = unheard("T 0-2 What now? | S 6-8 I do not know.", &[(4.9, 5.6)]);
        let passage = record.hard_to_hear()[0];
        assert_eq!((record.turns()[passage.turn].speaker, passage.position), (Speaker::Student(1), 0));
    }
}
