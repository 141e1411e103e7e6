//! How right we are, against a known truth: word error rate and diarization error rate, as the field defines them.

use crate::conference::model::time::{Millis, Span, union};
use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;
use serde::Serialize;
use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::collections::{BTreeMap, BTreeSet};

/// Counts of a word-by-word comparison (Levenshtein alignment).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct WordErrors {
    /// Words in the truth.
    pub spoken: usize,
    /// Wrong words.
    pub substitutions: usize,
    /// Words left out.
    pub deletions: usize,
    /// Words that were not said.
    pub insertions: usize,
}

impl WordErrors {
    /// Errors over words spoken. Where nothing was spoken there is nothing to divide by: no rate.
    #[must_use]
    pub fn rate(self) -> Option<f64> {
        let errors = self.substitutions + self.deletions + self.insertions;
        (self.spoken > 0).then(|| errors as f64 / self.spoken as f64)
    }
}

/// Compares in lower case, without punctuation, "um", "uh" and "mm" left out on both sides.
#[must_use]
pub fn word_error_rate(truth: &str, found: &str) -> WordErrors {
    let (truth, found) = (plain(truth), plain(found));
    // One row of the edit table at a time; each cell carries its counts, so that no second table is needed.
    let mut row: Vec<WordErrors> = (0..=found.len()).map(|insertions| WordErrors { insertions, ..WordErrors::default() }).collect();
    for (index, reference) in truth.iter().enumerate() {
        let mut corner = row[0];
        row[0] = WordErrors { deletions: index + 1, ..WordErrors::default() };
        for (column, written) in found.iter().enumerate() {
            let above = row[column + 1];
            let diagonal = if reference == written { corner } else { WordErrors { substitutions: corner.substitutions + 1, ..corner } };
            let deleted = WordErrors { deletions: above.deletions + 1, ..above };
            let inserted = WordErrors { insertions: row[column].insertions + 1, ..row[column] };
            let cost = |errors: &WordErrors| errors.substitutions + errors.deletions + errors.insertions;
            corner = above;
            row[column + 1] = [diagonal, deleted, inserted].into_iter().min_by_key(cost).unwrap_or_default();
        }
    }
    WordErrors { spoken: truth.len(), ..row[found.len()] }
}

fn plain(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace('’', "'")
        .split(|c: char| c.is_whitespace() || c == '-' || c == '—')
        .map(|word| word.chars().filter(|c| c.is_alphanumeric() || *c == '\'').collect::<String>())
        .map(|word| word.trim_matches('\'').to_owned())
        .filter(|word| !word.is_empty() && !["um", "uh", "mm"].contains(&word.as_str()))
        .collect()
}

/// Words that were heard right, and how many of them were given to somebody else than who said them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct WordSpeakerErrors {
    /// Words that were heard right.
    pub matched: usize,
    /// Of these, given to the wrong speaker or to nobody.
    pub wrong: usize,
    /// The same of words that begin a turn: where a speaker's edge is missed, it is these that go astray.
    pub first_words: usize,
    /// Of these, wrong.
    pub wrong_first_words: usize,
    /// The same of turns of a single word.
    pub replies: usize,
    /// Of these, wrong.
    pub wrong_replies: usize,
}

impl std::ops::Add for WordSpeakerErrors {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            matched: self.matched + other.matched,
            wrong: self.wrong + other.wrong,
            first_words: self.first_words + other.first_words,
            wrong_first_words: self.wrong_first_words + other.wrong_first_words,
            replies: self.replies + other.replies,
            wrong_replies: self.wrong_replies + other.wrong_replies,
        }
    }
}

/// Whose words are whose. `truth`: what was said, turn by turn, and by whom; `found`: each word as heard, and who is taken to have said it. Words are
/// compared as [`word_error_rate`] does.
#[must_use]
pub fn word_speaker_errors<T: Copy + Eq>(truth: &[(&str, T)], found: &[(&str, Option<T>)]) -> WordSpeakerErrors {
    let turns = truth.iter().map(|&(text, speaker)| (plain(text), speaker));
    // Of each true word who said it, whether it begins a turn, and whether it is all of it.
    let reference: Vec<(String, T, bool, bool)> = turns
        .flat_map(|(words, speaker)| {
            let is_all = words.len() == 1;
            words.into_iter().enumerate().map(move |(at, word)| (word, speaker, at == 0, is_all))
        })
        .collect();
    let hypothesis: Vec<(String, Option<T>)> = found.iter().flat_map(|&(text, speaker)| plain(text).into_iter().map(move |word| (word, speaker))).collect();
    let (true_words, heard_words): (Vec<&str>, Vec<&str>) =
        (reference.iter().map(|word| word.0.as_str()).collect(), hypothesis.iter().map(|word| word.0.as_str()).collect());
    let mut errors = WordSpeakerErrors::default();
    for change in capture_diff_slices(Algorithm::Myers, &true_words, &heard_words) {
        let (tag, was, is) = change.as_tag_tuple();
        for (was, is) in was.zip(is).filter(|_| tag == DiffTag::Equal) {
            let (_, speaker, is_first, is_all) = &reference[was];
            let is_wrong = usize::from(hypothesis[is].1 != Some(*speaker));
            let (first, reply) = (usize::from(*is_first), usize::from(*is_all));
            let here = WordSpeakerErrors {
                matched: 1,
                wrong: is_wrong,
                first_words: first,
                wrong_first_words: first * is_wrong,
                replies: reply,
                wrong_replies: reply * is_wrong,
            };
            errors = errors + here;
        }
    }
    errors
}

/// Seconds of each kind of mistake about who spoke when.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DiarizationErrors {
    /// True speech scored, each speaker of an overlap counted.
    pub speech_s: f64,
    /// Speech nobody was given.
    pub missed_s: f64,
    /// Speech given where nobody spoke.
    pub false_alarm_s: f64,
    /// Speech given to another.
    pub confusion_s: f64,
}

impl DiarizationErrors {
    /// (missed + false alarm + confusion) / speech.
    #[must_use]
    pub fn rate(self) -> f64 {
        if self.speech_s > 0.0 { (self.missed_s + self.false_alarm_s + self.confusion_s) / self.speech_s } else { 0.0 }
    }
}

/// The step in which speakers are compared (the field's usual 10 ms).
const FRAME: i64 = 10;

/// Diarization error rate as NIST defines it: overlap scored, best one-to-one mapping of speakers, `collar` left out on each side of every true edge.
/// Speakers may have any names on either side: roles, numbers, the names of a file.
#[must_use]
pub fn der<T: Copy + Ord, F: Copy + Ord>(truth: &[(Span, T)], found: &[(Span, F)], collar: Millis) -> DiarizationErrors {
    let ignored = union(
        truth.iter().flat_map(|(span, _)| [span.start(), span.end()]).filter(|_| collar > Millis::ZERO).map(|edge| Span::new(edge - collar, edge + collar)),
    );
    let is_ignored = |frame: usize| {
        let middle = Millis(frame as i64 * FRAME + FRAME / 2);
        let after = ignored.partition_point(|span| span.start() <= middle);
        after.checked_sub(1).is_some_and(|index| ignored[index].contains(middle))
    };
    let end = last(truth).max(last(found));
    let (truth, found) = (frames(truth, end), frames(found, end));
    let scored: Vec<usize> = (0..truth.len()).filter(|&frame| !is_ignored(frame)).collect();
    let mapping = best_mapping(scored.iter().map(|&frame| (&truth[frame], &found[frame])));
    let mut errors = DiarizationErrors::default();
    let step = FRAME as f64 / 1000.0;
    for &frame in &scored {
        let (reference, given) = (truth[frame].len(), found[frame].len());
        let right = found[frame].iter().filter(|speaker| mapping.get(speaker).is_some_and(|mapped| truth[frame].contains(mapped))).count();
        errors.speech_s += reference as f64 * step;
        errors.missed_s += reference.saturating_sub(given) as f64 * step;
        errors.false_alarm_s += given.saturating_sub(reference) as f64 * step;
        errors.confusion_s += (reference.min(given) - right.min(reference.min(given))) as f64 * step;
    }
    errors
}

/// Which true speaker each found one is: the one-to-one mapping with the most time in common. One found without a true one is not in it.
#[must_use]
pub fn mapping<T: Copy + Ord, F: Copy + Ord>(truth: &[(Span, T)], found: &[(Span, F)]) -> BTreeMap<F, T> {
    let end = last(truth).max(last(found));
    best_mapping(frames(truth, end).iter().zip(&frames(found, end)))
}

fn last<L>(spans: &[(Span, L)]) -> Millis {
    spans.iter().map(|(span, _)| span.end()).max().unwrap_or_default()
}

/// Who speaks in each step.
fn frames<L: Copy + Ord>(spans: &[(Span, L)], end: Millis) -> Vec<BTreeSet<L>> {
    let mut frames = vec![BTreeSet::new(); (end.0.max(0) / FRAME + 1) as usize];
    for (span, speaker) in spans {
        for frame in span.start().0 / FRAME..span.end().0 / FRAME {
            if let Some(speakers) = frames.get_mut(frame.max(0) as usize) {
                speakers.insert(*speaker);
            }
        }
    }
    frames
}

fn best_mapping<'a, T: Copy + Ord + 'a, F: Copy + Ord + 'a>(frames: impl Iterator<Item = (&'a BTreeSet<T>, &'a BTreeSet<F>)>) -> BTreeMap<F, T> {
    let mut common: BTreeMap<(F, T), i64> = BTreeMap::new();
    for (reference, given) in frames {
        for &given in given {
            for &reference in reference {
                *common.entry((given, reference)).or_default() += 1;
            }
        }
    }
    let given: Vec<F> = common.keys().map(|key| key.0).collect::<BTreeSet<F>>().into_iter().collect();
    let reference: Vec<T> = common.keys().map(|key| key.1).collect::<BTreeSet<T>>().into_iter().collect();
    if given.is_empty() {
        return BTreeMap::new();
    }
    // The assignment wants at least as many columns as rows; a column beyond the true speakers is nobody.
    let shared = |row: usize, column: usize| reference.get(column).and_then(|&reference| common.get(&(given[row], reference))).copied().unwrap_or(0);
    let table = Matrix::from_fn(given.len(), reference.len().max(given.len()), |(row, column)| shared(row, column));
    let (_, columns) = kuhn_munkres(&table);
    (0..given.len()).filter(|&row| shared(row, columns[row]) > 0).map(|row| (given[row], reference[columns[row]])).collect()
}

/// The talk share of one speaker, 0 to 1, overlap counted for each.
#[must_use]
pub fn share<L: Copy + Ord>(spans: &[(Span, L)], speaker: L) -> f64 {
    let speakers: BTreeSet<L> = spans.iter().map(|piece| piece.1).collect();
    let time = |of: L| union(spans.iter().filter(|piece| piece.1 == of).map(|piece| piece.0)).iter().map(|span| span.length().0).sum::<i64>();
    let all: i64 = speakers.into_iter().map(time).sum();
    if all == 0 { 0.0 } else { time(speaker) as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::Speaker;

    fn spans<L: Copy>(list: &[(f64, f64, L)]) -> Vec<(Span, L)> {
        list.iter().map(|&(start, end, speaker)| (Span::from_secs(start, end), speaker)).collect()
    }

    #[test]
    fn word_errors_are_counted_by_kind() {
        let errors = word_error_rate("Um, the cat sat on the mat.", "the cat sit on the mat today and");
        assert_eq!(errors, WordErrors { spoken: 6, substitutions: 1, deletions: 0, insertions: 2 });
        assert_eq!(word_error_rate("one two three four", "one four"), WordErrors { spoken: 4, substitutions: 0, deletions: 2, insertions: 0 });
        assert_eq!(word_error_rate("It’s here -- now", "it's here now").rate(), Some(0.0));
        assert_eq!(word_error_rate("", "who said that").rate(), None, "three words where nothing was said are no rate of 300 %");
    }

    #[test]
    fn a_word_given_to_another_counts_once_and_a_word_misheard_not_at_all() {
        let truth = [("So, how is it going?", 't'), ("Good.", 's'), ("Let me show you.", 't')];
        let heard = |whose: [char; 9]| {
            let words = ["So,", "how", "was", "it", "going?", "Good.", "Let", "me", "see"];
            words.into_iter().zip(whose).map(|(word, who)| (word, (who != '?').then_some(who))).collect::<Vec<_>>()
        };
        let right = WordSpeakerErrors { matched: 7, first_words: 3, replies: 1, ..WordSpeakerErrors::default() };
        assert_eq!(word_speaker_errors(&truth, &heard(['t', 't', 's', 't', 't', 's', 't', 't', 's'])), right);
        let found = word_speaker_errors(&truth, &heard(['t', 't', 't', 't', 's', '?', 's', 't', 't']));
        assert_eq!(found, WordSpeakerErrors { wrong: 3, wrong_first_words: 2, wrong_replies: 1, ..right });
    }

    #[test]
    fn names_do_not_matter_for_who_spoke_when_but_mixing_does() {
        let truth = spans(&[(0.0, 4.0, Speaker::Teacher), (4.0, 6.0, Speaker::Student(1))]);
        let swapped = spans(&[(0.0, 4.0, Speaker::Student(1)), (4.0, 6.0, Speaker::Teacher)]);
        assert_eq!(der(&truth, &swapped, Millis::ZERO).rate(), 0.0);
        let mixed = spans(&[(0.0, 3.0, Speaker::Teacher), (3.0, 6.0, Speaker::Student(1))]);
        assert!((der(&truth, &mixed, Millis::ZERO).confusion_s - 1.0).abs() < 1e-9);
    }

    #[test]
    fn missed_and_invented_speech_count_and_the_collar_forgives_edges() {
        let truth = spans(&[(1.0, 5.0, Speaker::Teacher)]);
        let found = spans(&[(1.2, 6.0, Speaker::Teacher)]);
        let errors = der(&truth, &found, Millis::ZERO);
        assert!((errors.missed_s - 0.2).abs() < 1e-9 && (errors.false_alarm_s - 1.0).abs() < 1e-9);
        let forgiving = der(&truth, &found, Millis(250));
        assert!((forgiving.missed_s).abs() < 1e-9 && (forgiving.false_alarm_s - 0.75).abs() < 0.011);
    }

    #[test]
    fn overlap_is_scored_for_each_speaker() {
        let truth = spans(&[(0.0, 2.0, Speaker::Teacher), (1.0, 2.0, Speaker::Student(1))]);
        let found = spans(&[(0.0, 2.0, Speaker::Teacher)]);
        assert!((der(&truth, &found, Millis::ZERO).missed_s - 1.0).abs() < 1e-9);
        assert!((share(&truth, Speaker::Teacher) - 2.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn many_speakers_by_any_name_are_mapped_at_once() {
        let names: Vec<String> = (0..40).map(|n| format!("speaker {n}")).collect();
        let truth: Vec<(Span, &str)> = (0..400).map(|n| (Span::from_secs(f64::from(n), f64::from(n + 1)), names[n as usize % 40].as_str())).collect();
        let found: Vec<(Span, u8)> = (0..400).map(|n| (Span::from_secs(f64::from(n), f64::from(n + 1)), ((n * 7 + 3) % 40) as u8)).collect();
        assert_eq!(der(&truth, &found, Millis::ZERO).rate(), 0.0);
        // The best mapping for all, not the best for the first: giving A to x would leave B nothing.
        let truth = spans(&[(0.0, 5.0, "x"), (5.0, 9.0, "y"), (9.0, 13.0, "x")]);
        let found = spans(&[(0.0, 9.0, 'A'), (9.0, 13.0, 'B')]);
        assert_eq!(mapping(&truth, &found), BTreeMap::from([('A', "y"), ('B', "x")]));
    }
}
