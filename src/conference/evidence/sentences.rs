//! Cuts turns into sentences that patterns can read.
//!
//! Tolerates what recognisers and typists leave out: without full stops, pauses and, in long runs, joining words end a sentence.

use super::lexicon::Lexicon;
use crate::conference::model::punctuation::asks;
use crate::conference::model::speakers::Speaker;
use crate::conference::model::time::{Millis, Span};
use crate::conference::model::transcript::Word;
use crate::conference::talk::turns::Turn;
use std::ops::Range;

/// A pause this long inside a turn ends a sentence even without a full stop.
const SENTENCE_PAUSE: Millis = Millis(900);
/// A run of this many words without a full stop is cut before the next joining word: spoken sentences are seldom longer.
const LONG_RUN: usize = 28;
/// ... unless less than this many words follow.
const SHORTEST_PIECE: usize = 6;
/// A text with fewer marks at the end of sentences than one in this many words was written without them: then runs are cut sooner, pauses count
/// sooner, and a question begins a sentence of its own.
const WORDS_A_MARK: usize = 50;
const UNMARKED_RUN: usize = 20;
const UNMARKED_PAUSE: Millis = Millis(500);
/// ... unless less than this many words go before.
const SHORTEST_BEFORE: usize = 3;
/// "What reasons do you", "which of those do you": the helping verb comes within so many words of the question word.
const ASKED_WITHIN: usize = 3;
/// A full stop after these ends no sentence.
const TITLES: [&str; 8] = ["mr.", "mrs.", "ms.", "dr.", "st.", "vs.", "e.g.", "i.e."];

/// One sentence of one speaker, with the words it was made of.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sentence {
    /// Index of its turn.
    pub turn: usize,
    pub speaker: Speaker,
    /// Indices into the transcript's words; never empty.
    pub words: Vec<usize>,
    /// From its first word to its last.
    pub span: Span,
    /// Whether it is written with a question mark.
    pub has_mark: bool,
    /// How patterns read it: lower case, short forms written out, hesitations and repeats left out; a question mark stands apart at the end.
    pub reading: String,
    /// Where in `reading` each word read begins (bytes), and the word's index; ascending.
    places: Vec<(usize, usize)>,
}

impl Sentence {
    /// The words that `reading[from..to]` came from.
    pub fn words_of(&self, from: usize, to: usize) -> Vec<usize> {
        let first = self.places.partition_point(|&(at, _)| at <= from).saturating_sub(1);
        let mut words: Vec<usize> = self.places[first.min(self.places.len())..].iter().take_while(|&&(at, _)| at < to).map(|&(_, word)| word).collect();
        words.dedup();
        words
    }

    /// The words as read, each with its index in the transcript.
    pub fn read_words(&self) -> impl Iterator<Item = (&str, usize)> {
        let end = self.reading.len();
        self.places.iter().enumerate().map(move |(number, &(at, word))| {
            let until = self.places.get(number + 1).map_or(end, |&(next, _)| next);
            (self.reading.get(at..until).unwrap_or("").trim(), word)
        })
    }

    pub fn is_teacher(&self) -> bool {
        self.speaker == Speaker::Teacher
    }

    /// The same sentence where the turns and words before it have become more or fewer.
    pub fn moved(&mut self, turns: isize, words: isize) {
        self.turn = self.turn.saturating_add_signed(turns);
        self.words.iter_mut().chain(self.places.iter_mut().map(|(_, word)| word)).for_each(|word| *word = word.saturating_add_signed(words));
    }

    /// Reads a sentence without marks as a question when it has the form of one; `ends_turn` when nothing follows before somebody else speaks.
    fn mark_if_it_asks(&mut self, lexicon: &Lexicon, ends_turn: bool) {
        let asking = &lexicon.asking;
        let read: Vec<&str> = self.reading.split(' ').collect();
        let start = read.iter().position(|word| !lexicon.is_opener(word)).unwrap_or(0);
        let read = &read[start..];
        let [one, rest @ ..] = read else { return };
        let begins = |word: &str| is(&asking.persons, word) || is(&asking.subjects, word);
        let two = rest.first().copied().unwrap_or("");
        // "What part are you", "which of those do you".
        let later = || rest.windows(2).skip(1).take(3).any(|pair| is(&asking.helping, pair[0]) && begins(pair[1]));
        let opens = is(&asking.open, one) && !is(&asking.persons, two) && (is(&asking.helping, two) || is(&asking.after_open, two) || later());
        let closes = is(&asking.closed, one) && begins(two) && !is(&asking.imperatives, &format!("{one} {two}"));
        // "Then what", "which panel": a few words at the end of a turn.
        let is_short = ends_turn && read.len() <= 7;
        let asks_shortly = is_short && (rest.last().is_some_and(|last| is(&asking.open, last)) || (is(&asking.open, one) && !is(&asking.persons, two)));
        let is_tag = ends_turn && asking.tags.iter().any(|tag| self.reading.strip_suffix(tag.as_str()).is_some_and(|before| before.trim_end().contains(' ')));
        if opens || closes || asks_shortly || is_tag {
            self.has_mark = true;
            self.reading.push_str(" ?");
        }
    }
}

/// Whether sentences end with marks in this text.
pub(super) fn has_marks(words: &[Word]) -> bool {
    words.iter().filter(|word| word.ends_sentence()).count() * WORDS_A_MARK >= words.len()
}

/// All sentences of some of the turns, in their order. Words that do not exist are passed over.
pub(super) fn sentences(words: &[Word], turns: &[Turn], which: Range<usize>, has_marks: bool, lexicon: &Lexicon) -> Vec<Sentence> {
    let mut all = Vec::new();
    for (number, turn) in turns.iter().enumerate().take(which.end).skip(which.start) {
        let known: Vec<usize> = turn.words.iter().copied().filter(|&index| index < words.len()).collect();
        for piece in cut(words, &known, lexicon, has_marks) {
            let mut made = sentence(words, number, turn.speaker, piece, lexicon);
            if let (Some(sentence), false) = (&mut made, has_marks) {
                sentence.mark_if_it_asks(lexicon, piece.last() == known.last());
            }
            all.extend(made);
        }
    }
    all
}

fn cut<'a>(words: &[Word], known: &'a [usize], lexicon: &Lexicon, has_marks: bool) -> Vec<&'a [usize]> {
    let (long_run, long_pause) = if has_marks { (LONG_RUN, SENTENCE_PAUSE) } else { (UNMARKED_RUN, UNMARKED_PAUSE) };
    let mut pieces = Vec::new();
    let mut start = 0;
    for at in 0..known.len() {
        let word = &words[known[at]];
        let next = known.get(at + 1).map(|&index| &words[index]);
        let length = at + 1 - start;
        let ends = match next {
            None => true,
            Some(next) => {
                let pause = next.span.start() - word.span.end() >= long_pause && length >= 3;
                let run = length >= long_run && lexicon.joins(&next.bare()) && known.len() - at > SHORTEST_PIECE;
                let asks = !has_marks && asks_from(words, &known[start..=at], &known[at + 1..], lexicon);
                let goes_on = word.text.ends_with("..") || word.text.ends_with('…');
                let lower = next.text.chars().find(|c| c.is_alphanumeric()).is_some_and(char::is_lowercase);
                let stop = word.ends_sentence() && !TITLES.contains(&word.text.to_lowercase().as_str()) && !(goes_on && lower);
                stop || pause || run || asks
            }
        };
        if ends {
            pieces.push(&known[start..=at]);
            start = at + 1;
        }
    }
    pieces
}

/// Whether a question begins between the words of a piece and those that follow: "... | how did you", "... | can you".
fn asks_from(words: &[Word], piece: &[usize], next: &[usize], lexicon: &Lexicon) -> bool {
    let asking = &lexicon.asking;
    let read = |index: &usize| {
        let bare = words[*index].bare().replace(['’', '‘', '`'], "'");
        lexicon.spoken(&bare).unwrap_or(&bare).split(' ').map(str::to_owned).collect::<Vec<_>>()
    };
    let before: Vec<String> = piece[piece.len().saturating_sub(ASKED_WITHIN)..].iter().flat_map(read).collect();
    let mut after = next.iter().take(3).flat_map(read);
    let (Some(last), Some(one), Some(two)) = (before.last(), after.next(), after.next()) else { return false };
    let is_subject = |word: &String| is(&asking.persons, word) || is(&asking.subjects, word);
    let three = after.next();
    // Only one who asks turns verb and person round: "use that | how would you say it", but "you know how you would say it".
    let is_turned_round = is(&asking.helping, &two) && three.as_ref().is_some_and(is_subject);
    let is_addressed = is_turned_round && !is(&asking.linking, &two) && three.as_ref().is_some_and(|three| is(&asking.addressed, three));
    let begins = lexicon.is_opener(last);
    if is(&asking.open, last) || is(&asking.helping, last) || (is(&asking.inside, last) && !begins && !(is(&asking.open, &one) && is_addressed)) {
        return false;
    }
    // "where did you", "which are you": turned round, such a word joins no clause. "What made you", "how come" ask as they stand.
    let can_open = begins || !is(&asking.relative, &one) || (is_turned_round && !is(&asking.inside, last));
    let opens = is(&asking.open, &one) && can_open && (is(&asking.helping, &two) || (is(&asking.after_open, &two) && !is(&asking.relative, &one)));
    let asks_already = before.iter().any(|word| is(&asking.open, word));
    let closes = is(&asking.closed, &one) && is(&asking.persons, &two) && !is(&asking.imperatives, &format!("{one} {two}")) && !asks_already;
    let is_long = piece.len() >= SHORTEST_BEFORE;
    opens && (is_long || is_turned_round || begins) || closes && (begins || (is_long && !is_subject(last)))
}

fn is(list: &[String], text: &str) -> bool {
    list.iter().any(|word| word == text)
}

fn sentence(words: &[Word], turn: usize, speaker: Speaker, piece: &[usize], lexicon: &Lexicon) -> Option<Sentence> {
    let (&first, &last) = piece.first().zip(piece.last())?;
    let mut read: Vec<(String, usize)> = Vec::with_capacity(piece.len() + 4);
    for &index in piece {
        let bare = words[index].bare().replace(['’', '‘', '`'], "'");
        // Dashes join words in typed transcripts: "so--tell me", "well—maybe".
        for part in bare.split("--").flat_map(|part| part.split(['—', '–', '/'])).filter(|part| part.chars().any(char::is_alphanumeric)) {
            if lexicon.is_filler(part) {
                continue;
            }
            match lexicon.spoken(part) {
                Some(full) => read.extend(full.split(' ').map(|one| (one.to_owned(), index))),
                None => read.push((part.to_owned(), index)),
            }
        }
    }
    leave_out_repeats(&mut read);
    let has_mark = asks(piece.iter().map(|&index| words[index].text.as_str()));
    let mut reading = String::new();
    let mut places = Vec::with_capacity(read.len());
    for (text, index) in read {
        if !reading.is_empty() {
            reading.push(' ');
        }
        places.push((reading.len(), index));
        reading.push_str(&text);
    }
    if has_mark && !reading.is_empty() {
        reading.push_str(" ?");
    }
    let span = Span::new(words[first].span.start(), words[last].span.end());
    Some(Sentence { turn, speaker, words: piece.to_vec(), span, has_mark, reading, places })
}

/// "I, I just, I just wanna" -> "i just want to": the same one or two words at once again.
fn leave_out_repeats(read: &mut Vec<(String, usize)>) {
    let mut kept: Vec<(String, usize)> = Vec::with_capacity(read.len());
    for one in read.drain(..) {
        // "had had" and "that that" are rare; a child's "rolling rolling" loses nothing a pattern needs.
        if kept.last().is_some_and(|last| last.0 == one.0) {
            continue;
        }
        kept.push(one);
        if let [.., a, b, c, d] = kept.as_slice()
            && a.0 == c.0
            && b.0 == d.0
        {
            kept.truncate(kept.len() - 2);
        }
    }
    *read = kept;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::ConferenceRecord;
    use crate::conference::evidence::signs::table;
    use crate::conference::fixture::talk;

    fn all(record: &ConferenceRecord) -> Vec<Sentence> {
        let words = &record.data().transcript.words;
        sentences(words, record.turns(), 0..record.turns().len(), has_marks(words), &table("en").unwrap().lexicon)
    }

    fn readings(script: &str) -> Vec<String> {
        let record = talk(script);
        all(&record).into_iter().map(|sentence| sentence.reading).collect()
    }

    #[test]
    fn a_sentence_ends_with_its_mark_and_not_after_a_title() {
        assert_eq!(readings("T 0-4 Okay. What's next, Mr. Lee? Go on."), ["okay", "what is next mr lee ?", "go on"]);
    }

    #[test]
    fn a_long_run_without_full_stops_is_cut_before_a_joining_word() {
        let long = format!("T 0-20 {} so what are you going to do now with this | S 30-31 Writing.", vec!["word"; 14].join(" and "));
        assert_eq!(readings(&long).len(), 3);
    }

    #[test]
    fn without_any_marks_a_question_begins_a_sentence_and_a_tag_ends_one() {
        let read =
            readings("T 0-9 so you timed it how did you do that | S 11-12 with a watch | T 14-16 you wrote that down right | T 19-21 writers who can wait do");
        assert_eq!(read, ["so you timed it", "how did you do that ?", "with a watch", "you wrote that down right ?", "writers who can wait do"]);
    }

    #[test]
    fn hesitations_and_repeats_are_not_read() {
        assert_eq!(readings("T 0-4 Um, I, I just, I just wanna, uh, stop."), ["i just want to stop"]);
    }

    #[test]
    fn a_place_in_the_reading_leads_back_to_the_word() {
        let record = talk("T 0-4 Um, I'm so glad.");
        let all = all(&record);
        let at = all[0].reading.find("glad").unwrap();
        assert_eq!(all[0].words_of(at, at + 4), [3]);
        assert_eq!(all[0].words_of(0, 4), [1]);
    }
}
