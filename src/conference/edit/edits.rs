//! Correcting a conference: each operation looks at the record as it stands and says which edit does it; none changes anything itself.

use super::record::{ConferenceRecord, Edit};
use crate::conference::model::overrides::{Corrections, Replaced};
use crate::conference::model::spacing::{is_spaceless, join, split, split_like, tidy};
use crate::conference::model::speakers::Speaker;
use crate::conference::model::time::{Millis, Span};
use crate::conference::model::transcript::Word;
use crate::conference::talk::turns::{Turn, turns};
use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::collections::{BTreeMap, HashMap};

/// A word typed by the teacher is sure.
const TYPED: f32 = 1.0;
/// No word is shorter than this, so that it has a middle of its own.
const SHORTEST_WORD: i64 = 2;
/// A word put into a pause takes at least this much of it, or it shares its neighbour's time instead.
const ROOM_FOR_A_WORD: i64 = 120;
/// ... and no more than this.
const LONG_WORD: i64 = 500;
/// Saying whose one word is can move the edge of a sentence once more; more often than this it never did.
const ROUNDS: usize = 4;

impl ConferenceRecord {
    /// The edit that makes `text` the words of a turn. Words that stay keep their times; words put in get times between their neighbours.
    /// None when nothing would change.
    #[must_use]
    pub fn rewrite_turn(&self, turn: usize, text: &str) -> Option<Edit> {
        let corrections = self.rewritten(turn, text)?;
        Some(Edit::Correct(Box::new(corrections)))
    }

    fn rewritten(&self, turn: usize, text: &str) -> Option<Corrections> {
        let turn = self.turns().get(turn)?;
        let words = &self.transcript().words;
        let old: Vec<&str> = turn.words.iter().map(|&index| words[index].text.as_str()).collect();
        let new = split_like(text, &old);
        let new: Vec<&str> = new.iter().map(String::as_str).collect();
        if old == new || tidy(text) == tidy(&join(old.iter().copied())) {
            return None;
        }
        let room = |span: Span| self.room(turn, span);
        let mut corrections = self.data().corrections.clone();
        if turn.words.is_empty() {
            corrections = corrections.with_text(turn.span, &[], timed_in(&new, &room(turn.span), turn.span), words);
            return Some(self.each_with_its_own(corrections, &BTreeMap::new(), &|_| Some(turn.speaker)));
        }
        // From the last change to the first: what comes before keeps its place.
        for change in capture_diff_slices(Algorithm::Myers, &old, &new).into_iter().rev() {
            let (tag, was, becomes) = change.as_tag_tuple();
            if tag == DiffTag::Equal {
                continue;
            }
            let before = corrections.transcript(&self.data().transcript).words;
            let texts = &new[becomes];
            if let Some(passage) = self.passage_before(turn, was.start).filter(|_| was.is_empty()) {
                // What was hard to hear is typed in: it stands in its own time.
                corrections = corrections.with_text(passage, &[], timed_in(texts, &room(passage), passage), &before);
                continue;
            }
            let (removed, replacing) = if was.is_empty() {
                // Put in after its neighbour, which is written again with it so that there is something to hold on to.
                let anchor = was.start.saturating_sub(1);
                let index = turn.words[anchor];
                // As it is by now: a word put in on its other side may have shared its time with it.
                let Some(word) = before.get(index) else { continue };
                if was.start == 0 {
                    let with: Vec<&str> = texts.iter().copied().chain(std::iter::once(old[0])).collect();
                    (vec![index], timed(&with, word.span))
                } else {
                    let next = turn.words.get(was.start).map_or(turn.span.end(), |&next| words[next].span.start());
                    (vec![index], put_after(word, texts, next, &room(Span::new(word.span.end(), next.max(word.span.end())))))
                }
            } else {
                let removed = turn.words[was.clone()].to_vec();
                let spans: Vec<Span> = removed.iter().filter_map(|&index| before.get(index)).map(|word| word.span).collect();
                let replacing = written_over(texts, &spans, &room(hull(&spans)));
                (removed, replacing)
            };
            let spans: Vec<Span> = removed.iter().filter_map(|&index| before.get(index)).map(|word| word.span).collect();
            corrections = corrections.with_text(hull(&spans), &removed, replacing, &before);
        }
        if !self.reads(turn, &corrections, &new) {
            // A word of some milliseconds had no room for those put in beside it: all of the turn's words get times anew.
            let spans: Vec<Span> = turn.words.iter().map(|&index| words[index].span).collect();
            let replacing = timed_in(&new, &room(hull(&spans)), hull(&spans));
            corrections = self.data().corrections.with_text(hull(&spans), &turn.words, replacing, words);
        }
        Some(self.each_with_its_own(corrections, &BTreeMap::new(), &|_| Some(turn.speaker)))
    }

    /// Whether what a turn says is `new` with these corrections, in this order.
    fn reads(&self, turn: &Turn, corrections: &Corrections, new: &[&str]) -> bool {
        let words = &self.transcript().words;
        let mut others: HashMap<(&str, Span), usize> = HashMap::new();
        for (_, word) in words.iter().enumerate().filter(|(index, _)| !turn.words.contains(index)) {
            *others.entry(place(word)).or_default() += 1;
        }
        let corrected = corrections.transcript(&self.data().transcript).words;
        let own = corrected.iter().filter(|word| match others.get_mut(&place(word)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        });
        own.map(|word| word.text.as_str()).eq(new.iter().copied())
    }

    /// The parts of `span` in which nobody but the speaker of `turn` says anything: what is typed there stands in that one's time.
    fn room(&self, turn: &Turn, span: Span) -> Vec<Span> {
        let words = &self.transcript().words;
        let from = words.partition_point(|word| word.span.end() <= span.start());
        let near = words.iter().enumerate().skip(from).take_while(|(_, word)| word.span.start() < span.end());
        let others = near.filter(|(index, _)| !turn.words.contains(index)).map(|(_, word)| word.span);
        span.without(others.chain(turn.backchannels.iter().map(|aside| aside.span)))
    }

    /// These corrections with everybody's words still everybody's own. Who says a word at the edge of a voice is told by the sentence it stands in, so a
    /// correction beside it could give it to another: every word that was not retyped stays with its speaker (or goes to the one in `given`), what was typed is
    /// said by `typed_by`.
    fn each_with_its_own(&self, corrections: Corrections, given: &BTreeMap<usize, Speaker>, typed_by: &dyn Fn(&Word) -> Option<Speaker>) -> Corrections {
        let before = &self.transcript().words;
        let was: HashMap<(&str, Span), Speaker> = speakers_of(self.turns(), before.len())
            .into_iter()
            .enumerate()
            .map(|(word, speaker)| (place(&before[word]), *given.get(&word).unwrap_or(&speaker)))
            .collect();
        let mut corrections = corrections;
        for _ in 0..ROUNDS {
            let words = corrections.transcript(&self.data().transcript).words;
            let spans = corrections.speaker_spans(&self.data().voices.speaker_spans(), &words);
            let now = speakers_of(&turns(&words, &spans, &corrections, self.data().has_sound()), words.len());
            let wrong = |(word, is): &(&Word, Speaker)| {
                was.get(&place(word)).copied().or_else(|| typed_by(word)).filter(|belongs| belongs != is).map(|belongs| (word.span, belongs))
            };
            let moved: Vec<(Span, Speaker)> = words.iter().zip(now).filter_map(|pair| wrong(&pair)).collect();
            if moved.is_empty() {
                break;
            }
            corrections = moved.into_iter().fold(corrections, |all, (span, speaker)| all.with_speaker(span, speaker));
        }
        corrections
    }

    /// The edit that gives a turn (not what others put in meanwhile) to `speaker`.
    #[must_use]
    pub fn give_turn(&self, turn: usize, speaker: Speaker) -> Option<Edit> {
        let corrections = self.given(turn, speaker)?;
        Some(Edit::Correct(Box::new(self.each_with_its_own(corrections, &self.words_to(turn, speaker), &|_| None))))
    }

    fn words_to(&self, turn: usize, speaker: Speaker) -> BTreeMap<usize, Speaker> {
        self.turns().get(turn).into_iter().flat_map(|turn| &turn.words).map(|&word| (word, speaker)).collect()
    }

    fn given(&self, turn: usize, speaker: Speaker) -> Option<Corrections> {
        let turn = self.turns().get(turn).filter(|turn| turn.speaker != speaker)?;
        let mut corrections = self.data().corrections.clone();
        let mut from = turn.span.start();
        let mut asides: Vec<Span> = turn.backchannels.iter().map(|aside| aside.span).collect();
        asides.sort();
        for aside in asides {
            corrections = corrections.with_speaker(Span::new(from, aside.start().max(from)), speaker);
            from = from.max(aside.end());
        }
        Some(corrections.with_speaker(Span::new(from, turn.span.end().max(from)), speaker))
    }

    /// The edit that gives a whole stretch to `speaker`, whoever spoke in it.
    #[must_use]
    pub fn give_stretch(&self, span: Span, speaker: Speaker) -> Edit {
        Edit::Correct(Box::new(self.data().corrections.with_speaker(span, speaker)))
    }

    /// The edit that begins a new turn at the `position`th word of a turn (1 or later). None where nothing can be split.
    #[must_use]
    pub fn split_turn(&self, turn: usize, position: usize) -> Option<Edit> {
        let turn = self.turns().get(turn)?;
        let (&before, &after) = (turn.words.get(position.checked_sub(1)?)?, turn.words.get(position)?);
        let (before, after) = (self.transcript().words[before].span, self.transcript().words[after].span);
        // Between the middles of the two words, so that each stays on its side; at the second one's start when it can be.
        let at = after.start().clamp(before.middle() + Millis(1), after.middle().max(before.middle() + Millis(1)));
        Some(Edit::Correct(Box::new(self.each_with_its_own(self.data().corrections.with_split(at), &BTreeMap::new(), &|_| None))))
    }

    /// The edit that joins a turn to the one above, whose speaker says it all then.
    #[must_use]
    pub fn join_above(&self, turn: usize) -> Option<Edit> {
        let above = self.turns().get(turn.checked_sub(1)?)?;
        let this = self.turns().get(turn)?;
        let corrections = self.given(turn, above.speaker).unwrap_or_else(|| self.data().corrections.clone());
        let joined = corrections.with_join(this.span.start());
        Some(Edit::Correct(Box::new(self.each_with_its_own(joined, &self.words_to(turn, above.speaker), &|_| None))))
    }

    /// How often `name` stands in the talk as a word of its own (or several), whatever its capitals and the punctuation around it.
    #[must_use]
    pub fn count_of(&self, name: &str) -> usize {
        self.runs_of(name).len()
    }

    /// Each place at which `name` stands: the words, and whose they are.
    fn runs_of(&self, name: &str) -> Vec<(Vec<usize>, &Turn)> {
        let wanted: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
        let words = &self.transcript().words;
        let mut runs = Vec::new();
        if wanted.is_empty() {
            return runs;
        }
        // Without spaces between words the recognizer may have cut the name anywhere.
        let is_spaceless = name.chars().any(is_spaceless);
        let whole = wanted.concat();
        let length = |indices: &[usize]| {
            if !is_spaceless {
                let run = indices.get(..wanted.len())?;
                return run.iter().zip(&wanted).all(|(&word, wanted)| words[word].bare_name() == *wanted).then_some(wanted.len());
            }
            let mut text = String::new();
            let texts = indices.iter().map(|&word| {
                text.push_str(&words[word].bare());
                text == whole
            });
            texts.take(whole.chars().count()).position(|is_whole| is_whole).map(|last| last + 1)
        };
        for turn in self.turns() {
            for indices in std::iter::once(&turn.words).chain(turn.backchannels.iter().map(|aside| &aside.words)) {
                let mut position = 0;
                while let Some(rest) = indices.get(position..).filter(|rest| !rest.is_empty()) {
                    let found = length(rest);
                    runs.extend(found.map(|count| (rest[..count].to_vec(), turn)));
                    position += found.unwrap_or(1);
                }
            }
        }
        runs
    }

    /// The edit that writes `with` wherever `name` stands (see [`ConferenceRecord::count_of`]), in turns and in what others put in. None when it is nowhere,
    /// or stands there so already.
    #[must_use]
    pub fn replace_everywhere(&self, name: &str, with: &str) -> Option<Edit> {
        let words = &self.transcript().words;
        let change = |(run, turn): (Vec<usize>, &Turn)| {
            let (first, last) = (&words[*run.first()?], &words[*run.last()?]);
            let written = format!("{}{with}{}", first.opening(), last.closing());
            let mut texts = split(&written);
            if let Some(text) = texts.last_mut().filter(|_| last.text.ends_with(' ')) {
                text.push(' ');
            }
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let is_same = texts.len() == run.len() && texts.iter().zip(&run).all(|(text, &word)| *text == words[word].text);
            let spans: Vec<Span> = run.iter().map(|&word| words[word].span).collect();
            // An aside stands in nobody else's time.
            let room = if turn.words.contains(run.first()?) { self.room(turn, hull(&spans)) } else { vec![hull(&spans)] };
            (!is_same).then(|| Replaced { span: hull(&spans), words: written_over(&texts, &spans, &room), removed: run })
        };
        let changes: Vec<Replaced> = self.runs_of(name).into_iter().filter_map(change).collect();
        if changes.is_empty() {
            return None;
        }
        let speakers = speakers_of(self.turns(), words.len());
        let typed: HashMap<(String, Span), Speaker> = changes
            .iter()
            .filter_map(|change| Some((change, speakers.get(*change.removed.first()?).copied()?)))
            .flat_map(|(change, speaker)| change.words.iter().map(move |word| ((word.text.clone(), word.span), speaker)))
            .collect();
        let corrections = self.data().corrections.with_texts(changes, words);
        Some(Edit::Correct(Box::new(self.each_with_its_own(corrections, &BTreeMap::new(), &|word| typed.get(&(word.text.clone(), word.span)).copied()))))
    }
}

/// Each word's speaker.
fn speakers_of(turns: &[Turn], words: usize) -> Vec<Speaker> {
    let mut speakers = vec![Speaker::Unknown; words];
    for turn in turns {
        let asides = turn.backchannels.iter().map(|aside| (&aside.words, aside.speaker));
        for (indices, speaker) in std::iter::once((&turn.words, turn.speaker)).chain(asides) {
            for &word in indices {
                if let Some(place) = speakers.get_mut(word) {
                    *place = speaker;
                }
            }
        }
    }
    speakers
}

/// By which a word that was not retyped is known again.
fn place(word: &Word) -> (&str, Span) {
    (&word.text, word.span)
}

/// Words in place of others: one for one in their times, otherwise spread over the room that they took.
fn written_over(texts: &[&str], spans: &[Span], room: &[Span]) -> Vec<Word> {
    if spans.len() == texts.len() { texts.iter().zip(spans).map(|(text, &span)| word(text, span)).collect() } else { timed_in(texts, room, hull(spans)) }
}

fn hull(spans: &[Span]) -> Span {
    let start = spans.iter().map(|span| span.start()).min().unwrap_or_default();
    let end = spans.iter().map(|span| span.end()).max().unwrap_or_default();
    Span::new(start, end)
}

fn word(text: &str, span: Span) -> Word {
    Word { text: text.to_owned(), span: Span::new(span.start(), span.end().max(span.start() + Millis(SHORTEST_WORD))), confidence: TYPED }
}

/// Words spread over `room`, each as long as its letters.
fn timed(texts: &[&str], room: Span) -> Vec<Word> {
    let letters = |text: &str| text.chars().count().max(1) as i64;
    let all: i64 = texts.iter().map(|text| letters(text)).sum();
    let length = room.length().0.max(texts.len() as i64 * SHORTEST_WORD);
    let mut done = 0;
    texts
        .iter()
        .map(|text| {
            let start = room.start() + Millis(length * done / all.max(1));
            done += letters(text);
            word(text, Span::new(start, room.start() + Millis(length * done / all.max(1))))
        })
        .collect()
}

/// Words spread over several stretches of room, none of them across a gap between two; where there is too little, over the `whole`.
fn timed_in(texts: &[&str], room: &[Span], whole: Span) -> Vec<Word> {
    let all = room.iter().map(|part| part.length()).sum::<Millis>();
    if all.0 < texts.len() as i64 * SHORTEST_WORD {
        return timed(texts, whole);
    }
    let laid = timed(texts, Span::new(Millis::ZERO, all));
    let place = |laid: Word| {
        let mut from = Millis::ZERO;
        let mut parts = Vec::with_capacity(1);
        for part in room {
            let here = Span::new(from, from + part.length());
            if let Some(shared) = laid.span.overlap(here) {
                parts.push(Span::new(part.start() + (shared.start() - from), part.start() + (shared.end() - from)));
            }
            from = here.end();
        }
        let span = parts.into_iter().max_by_key(|part| part.length()).unwrap_or(laid.span);
        Word { span, ..laid }
    };
    laid.into_iter().map(place).collect()
}

/// A word and those put in after it: in the pause before `next` when it has room, otherwise sharing the word's own time.
fn put_after(anchor: &Word, texts: &[&str], next: Millis, pause: &[Span]) -> Vec<Word> {
    let count = texts.len() as i64;
    if let Some(room) = pause.iter().find(|part| part.length().0 >= count * ROOM_FOR_A_WORD) {
        let end = room.start() + Millis(room.length().0.min(count * LONG_WORD));
        return std::iter::once(anchor.clone()).chain(timed(texts, Span::new(room.start(), end))).collect();
    }
    let all: Vec<&str> = std::iter::once(anchor.text.as_str()).chain(texts.iter().copied()).collect();
    timed(&all, Span::new(anchor.span.start(), anchor.span.end().max(next.min(anchor.span.end()))))
}

#[cfg(test)]
mod tests;
