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
        let mut corrections = self.facts().corrections.clone();
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
            let before = corrections.transcript(&self.facts().transcript).words;
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
        Some(self.each_with_its_own(corrections, &BTreeMap::new(), &|_| Some(turn.speaker)))
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
            let words = corrections.transcript(&self.facts().transcript).words;
            let spans = corrections.speaker_spans(&self.facts().voices.speaker_spans(), &words);
            let now = speakers_of(&turns(&words, &spans, &corrections), words.len());
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
        let mut corrections = self.facts().corrections.clone();
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
        Edit::Correct(Box::new(self.facts().corrections.with_speaker(span, speaker)))
    }

    /// The edit that begins a new turn at the `position`th word of a turn (1 or later). None where nothing can be split.
    #[must_use]
    pub fn split_turn(&self, turn: usize, position: usize) -> Option<Edit> {
        let turn = self.turns().get(turn)?;
        let (&before, &after) = (turn.words.get(position.checked_sub(1)?)?, turn.words.get(position)?);
        let (before, after) = (self.transcript().words[before].span, self.transcript().words[after].span);
        // Between the middles of the two words, so that each stays on its side; at the second one's start when it can be.
        let at = after.start().clamp(before.middle() + Millis(1), after.middle().max(before.middle() + Millis(1)));
        Some(Edit::Correct(Box::new(self.each_with_its_own(self.facts().corrections.with_split(at), &BTreeMap::new(), &|_| None))))
    }

    /// The edit that joins a turn to the one above, whose speaker says it all then.
    #[must_use]
    pub fn join_above(&self, turn: usize) -> Option<Edit> {
        let above = self.turns().get(turn.checked_sub(1)?)?;
        let this = self.turns().get(turn)?;
        let corrections = self.given(turn, above.speaker).unwrap_or_else(|| self.facts().corrections.clone());
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
        let length = |said: &[usize]| {
            if !is_spaceless {
                let run = said.get(..wanted.len())?;
                return run.iter().zip(&wanted).all(|(&word, wanted)| words[word].bare_name() == *wanted).then_some(wanted.len());
            }
            let mut text = String::new();
            let texts = said.iter().map(|&word| {
                text.push_str(&words[word].bare());
                text == whole
            });
            texts.take(whole.chars().count()).position(|is_whole| is_whole).map(|last| last + 1)
        };
        for turn in self.turns() {
            for said in std::iter::once(&turn.words).chain(turn.backchannels.iter().map(|aside| &aside.words)) {
                let mut position = 0;
                while let Some(rest) = said.get(position..).filter(|rest| !rest.is_empty()) {
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
        let corrections = self.facts().corrections.with_texts(changes, words);
        Some(Edit::Correct(Box::new(self.each_with_its_own(corrections, &BTreeMap::new(), &|word| typed.get(&(word.text.clone(), word.span)).copied()))))
    }
}

/// Each word's speaker.
fn speakers_of(turns: &[Turn], words: usize) -> Vec<Speaker> {
    let mut speakers = vec![Speaker::Unknown; words];
    for turn in turns {
        let asides = turn.backchannels.iter().map(|aside| (&aside.words, aside.speaker));
        for (said, speaker) in std::iter::once((&turn.words, turn.speaker)).chain(asides) {
            for &word in said {
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
mod tests {
    use super::*;
    use crate::conference::fixture::talk;
    use crate::conference::{Meant, Participant, Phase, Question, Rating, Student, StudentId, TeacherKnown};
    use proptest::prelude::*;

    fn said(record: &ConferenceRecord) -> String {
        let lines = record.turns().iter().map(|turn| {
            let asides: String = turn.backchannels.iter().map(|aside| format!(" [{}]", record.transcript().text(&aside.words))).collect();
            format!("{}: {}{asides}", turn.speaker.key(), record.transcript().text(&turn.words))
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn corrected_words_keep_the_times_of_those_that_stay() {
        let mut record = talk("T 0-4 How is it goin? | S 5-8 I am writing a poet.");
        let times: Vec<Span> = record.transcript().words.iter().map(|word| word.span).collect();
        record.apply(record.rewrite_turn(1, "I am writing a long poem.").unwrap());
        assert_eq!(said(&record), "teacher: How is it goin?\nstudent1: I am writing a long poem.");
        let words = &record.transcript().words;
        assert_eq!(words[..7].iter().map(|word| word.span).collect::<Vec<_>>(), times[..7]);
        assert!(words.windows(2).all(|pair| pair[0].span.start() <= pair[1].span.start()));
        assert_eq!(record.facts().transcript.words.len(), 9, "what was found stays as it was");
    }

    #[test]
    fn a_correction_of_a_correction_and_all_words_away() {
        let mut record = talk("T 0-4 one two three | S 5-8 four five six");
        record.apply(record.rewrite_turn(0, "one 2 and a half three").unwrap());
        record.apply(record.rewrite_turn(0, "zero one 2 three indeed").unwrap());
        assert_eq!(said(&record), "teacher: zero one 2 three indeed\nstudent1: four five six");
        record.apply(record.rewrite_turn(0, "").unwrap());
        assert_eq!(said(&record), "teacher: \nstudent1: four five six");
        record.apply(record.rewrite_turn(0, "again then").unwrap());
        assert_eq!(said(&record), "teacher: again then\nstudent1: four five six");
    }

    #[test]
    fn what_another_put_in_meanwhile_is_not_touched() {
        let mut record = talk("S 0-4 I went to the lake and | T 4.1-4.5 mm-hm | S 4.7-8 then it rained.");
        record.apply(record.rewrite_turn(0, "I went to a lake and then it rained.").unwrap());
        assert_eq!(said(&record), "student1: I went to a lake and then it rained. [mm-hm]");
        record.apply(record.give_turn(0, Speaker::Other).unwrap());
        assert_eq!(said(&record), "other: I went to a lake and then it rained. [mm-hm]");
    }

    #[test]
    fn a_turn_is_split_where_the_second_speaker_begins_and_joined_again() {
        let mut record = talk("T 0-4 What now? I do not know.");
        record.apply(record.split_turn(0, 2).unwrap());
        record.apply(record.give_turn(1, Speaker::Student(1)).unwrap());
        assert_eq!(said(&record), "teacher: What now?\nstudent1: I do not know.");
        assert!(record.measures().student_share().unwrap() > 0.4);
        record.apply(record.join_above(1).unwrap());
        assert_eq!(said(&record), "teacher: What now? I do not know.");
    }

    #[test]
    fn turns_apart_by_a_long_pause_can_be_one() {
        let mut record = talk("T 0-2 First of all | T 4-6 read it aloud.");
        assert_eq!(record.turns().len(), 2);
        record.apply(record.join_above(1).unwrap());
        assert_eq!(said(&record), "teacher: First of all read it aloud.");
    }

    #[test]
    fn a_name_is_replaced_everywhere_in_one_step() {
        let record = talk("T 0-4 “Maja, is Maja's book here?” | S 5-8 maja! Ask Maja");
        assert_eq!(record.count_of("maja"), 4);
        let edit = record.replace_everywhere("maja", "Maya").unwrap();
        let mut changed = record.clone();
        let inverse = changed.apply(edit);
        assert_eq!(said(&changed), "teacher: “Maya, is Maya's book here?”\nstudent1: Maya! Ask Maya");
        changed.apply(inverse);
        assert_eq!(changed, record);
    }

    #[test]
    fn words_of_a_script_without_spaces_are_corrected_where_they_stand() {
        let mut record = talk("T 0-4 我们 今天 写 什么？ | S 5-8 ฉัน เขียน เรื่อง หมา | T 9-12 小 明 喜欢 小明 吗？");
        let times: Vec<Span> = record.transcript().words.iter().map(|word| word.span).collect();
        assert_eq!(said(&record), "teacher: 我们今天写什么？\nstudent1: ฉันเขียนเรื่องหมา\nteacher: 小明喜欢小明吗？");
        assert_eq!(record.rewrite_turn(0, " 我们今天写什么？"), None, "nothing was changed");
        record.apply(record.rewrite_turn(0, "我们明天写什么？").unwrap());
        record.apply(record.rewrite_turn(1, "ฉันเขียนเรื่องแมว ครับ").unwrap());
        assert_eq!(said(&record), "teacher: 我们明天写什么？\nstudent1: ฉันเขียนเรื่องแมว ครับ\nteacher: 小明喜欢小明吗？");
        let of = |record: &ConferenceRecord, text: &str| record.transcript().words.iter().find(|word| word.text == text).map(|word| word.span);
        assert_eq!(
            (of(&record, "我们"), of(&record, "写"), of(&record, "什么？"), of(&record, "เขียน")),
            (Some(times[0]), Some(times[2]), Some(times[3]), Some(times[5]))
        );
        // However the recognizer cut the name.
        assert_eq!(record.count_of("小明"), 2);
        record.apply(record.replace_everywhere("小明", "晓明").unwrap());
        assert_eq!(said(&record).lines().last(), Some("teacher: 晓明喜欢晓明吗？"));
    }

    #[test]
    fn a_name_is_replaced_where_it_stands_though_turns_are_counted_anew_by_it() {
        // Maja's one word between two of the teacher's is a sign of listening once it reads "yeah", and the two are one turn then.
        let record = talk("T 0-4 Look at this | S 4.1-5.5 Oya | T 5.8-8 and read it | S 10-12 So Oya went home | T 13-14 Oya?");
        let mut changed = record.clone();
        changed.apply(record.replace_everywhere("oya", "yeah").unwrap());
        assert_eq!(said(&changed), "teacher: Look at this and read it [yeah]\nstudent1: So yeah went home\nteacher: yeah?");
        // And in what others put in.
        assert_eq!(changed.count_of("Yeah"), 3);
        changed.apply(changed.replace_everywhere("yeah", "Oya Lin").unwrap());
        assert_eq!(
            changed.transcript().text(&(0..changed.transcript().words.len()).collect::<Vec<_>>()),
            "Look at this Oya Lin and read it So Oya Lin went home Oya Lin?"
        );
        assert_eq!(changed.count_of("oya lin"), 3);
    }

    #[test]
    fn a_correction_at_the_edge_of_a_voice_moves_no_word_to_the_other() {
        // "think?" is heard as the student's and goes with the teacher's sentence.
        let mut record = talk("T 0-2 And what do you | S 2.1-2.6 think? | S 3.9-6 I like it.");
        assert_eq!(said(&record), "teacher: And what do you think?\nstudent1: \nstudent1: I like it.");
        record.apply(record.rewrite_turn(0, "And what do you. Say?").unwrap());
        assert_eq!(said(&record), "teacher: And what do you. Say?\nstudent1: I like it.");
        let mut record = talk("S 0-4 I went to the lake and | T 4.1-4.5 mm-hm | S 4.7-8 then it rained.");
        record.apply(record.rewrite_turn(0, "I went to the lake with my cousin from Spain, and once there it all rained.").unwrap());
        assert_eq!(said(&record), "student1: I went to the lake with my cousin from Spain, and once there it all rained. [mm-hm]");
    }

    #[test]
    fn words_typed_on_both_sides_of_one_stand_in_their_order() {
        let mut record = talk("T 0-3 What is it? | S 3.1-3.5 a | T 3.6-8 Tell me more.");
        record.apply(record.rewrite_turn(1, "C a C").unwrap());
        assert_eq!(said(&record), "teacher: What is it?\nstudent1: C a C\nteacher: Tell me more.");
    }

    #[test]
    fn a_word_put_into_a_pause_can_be_taken_away_again() {
        let mut record = talk("S 10-12 ba a b");
        for text in ["ba a", "a a", "a"] {
            record.apply(record.rewrite_turn(0, text).unwrap());
            assert_eq!(said(&record), format!("student1: {text}"));
        }
    }

    #[test]
    fn corrections_outlive_a_new_transcription() {
        let mut record = talk("T 0-4 How is it goin? | S 5-8 Fine.");
        record.apply(record.rewrite_turn(0, "How is it going?").unwrap());
        let mut facts = record.facts().clone();
        for word in &mut facts.transcript.words {
            word.text = word.text.to_uppercase();
        }
        assert_eq!(said(&ConferenceRecord::new(facts)), "teacher: HOW IS IT going?\nstudent1: FINE.");
    }

    #[derive(Debug, Clone)]
    enum Step {
        Rewrite(usize, String),
        Give(usize, Speaker),
        Split(usize, usize),
        Join(usize),
        Replace(String, String),
        /// A stretch, in milliseconds from and for.
        GiveStretch(i64, i64, Speaker),
        Tag(i64, i64, Phase),
        Compliment(Option<(i64, i64)>),
        Strategy(Option<(i64, i64)>),
        NotAQuestion(usize),
        PutBack,
        /// Nothing that words or voices hang on.
        Other(Edit),
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0_usize..5, "[ab]{1,2}( [ab]{1,2}){0,6}").prop_map(|(turn, text)| Step::Rewrite(turn, text)),
            (0_usize..5, any_speaker()).prop_map(|(turn, speaker)| Step::Give(turn, speaker)),
            (0_usize..5, 0_usize..5).prop_map(|(turn, word)| Step::Split(turn, word)),
            (0_usize..5).prop_map(Step::Join),
            ("[ab]", "[ab ]{0,3}").prop_map(|(name, with)| Step::Replace(name, with)),
            (any_stretch(), any_speaker()).prop_map(|((from, length), speaker)| Step::GiveStretch(from, length, speaker)),
            (any_stretch(), prop::sample::select(Phase::ALL.to_vec())).prop_map(|((from, length), phase)| Step::Tag(from, length, phase)),
            prop::option::of(any_stretch()).prop_map(Step::Compliment),
            prop::option::of(any_stretch()).prop_map(Step::Strategy),
            (0_usize..3).prop_map(Step::NotAQuestion),
            Just(Step::PutBack),
            any_other().prop_map(Step::Other),
        ]
    }

    fn any_stretch() -> impl Strategy<Value = (i64, i64)> {
        (0_i64..13_000, 0_i64..6000)
    }

    fn any_speaker() -> impl Strategy<Value = Speaker> {
        prop::sample::select(vec![Speaker::Teacher, Speaker::Student(1), Speaker::Student(2), Speaker::Other, Speaker::Unknown])
    }

    fn any_other() -> impl Strategy<Value = Edit> {
        let question = prop::sample::select(Question::ALL.to_vec());
        let roles = prop::collection::vec(any_speaker(), 0..4);
        prop_oneof![
            (question.clone(), prop::option::of(prop::sample::select(Rating::ALL.to_vec()))).prop_map(|(question, rating)| Edit::Rate(question, rating)),
            (question.clone(), "[a-z ]{0,5}").prop_map(|(question, note)| Edit::Note(question, note)),
            (question, "[a-z ]{0,5}").prop_map(|(question, text)| Edit::Extra(question, text)),
            (0_i64..5).prop_map(|at| Edit::AddMark(Millis(at))),
            (0_i64..5).prop_map(|at| Edit::RemoveMark(Millis(at))),
            roles.prop_map(|roles| Edit::Roles(roles, TeacherKnown::ByTeacher)),
            "[a-z]{0,4}".prop_map(Edit::Title),
            prop::collection::vec(("[a-z]{1,3}", prop::option::of(1_u8..4)), 0..3).prop_map(|who| {
                let student = |name| Student { id: StudentId::from_u128(7), name };
                Edit::Participants(who.into_iter().map(|(name, voice)| Participant { student: student(name), voice }).collect())
            }),
            (1_u8..4).prop_map(Edit::Students),
        ]
    }

    fn take(record: &ConferenceRecord, step: Step) -> Option<Edit> {
        match step {
            Step::Rewrite(turn, text) => record.rewrite_turn(turn, &text),
            Step::Give(turn, speaker) => record.give_turn(turn, speaker),
            Step::Split(turn, word) => record.split_turn(turn, word),
            Step::Join(turn) => record.join_above(turn),
            Step::Replace(name, with) => record.replace_everywhere(&name, &with),
            Step::GiveStretch(from, length, speaker) => Some(record.give_stretch(stretch(from, length), speaker)),
            Step::Tag(from, length, phase) => changed(record, |all| *all = all.with_phase(stretch(from, length), phase)),
            Step::Compliment(meant) => changed(record, |all| all.compliment = Some(meant_by(meant))),
            Step::Strategy(meant) => changed(record, |all| all.strategy = Some(meant_by(meant))),
            Step::NotAQuestion(index) => {
                let at = record.evidence().questions.get(index)?.at.start();
                changed(record, |all| all.not_questions.push(at))
            }
            Step::PutBack => changed(record, |all| (all.compliment, all.strategy, all.phases) = (None, None, Vec::new())),
            Step::Other(edit) => Some(edit),
        }
    }

    fn stretch(from: i64, length: i64) -> Span {
        Span::new(Millis(from), Millis(from + length))
    }

    fn meant_by(meant: Option<(i64, i64)>) -> Meant {
        meant.map_or(Meant::Nothing, |(from, length)| Meant::Here(stretch(from, length)))
    }

    fn changed(record: &ConferenceRecord, change: impl FnOnce(&mut Corrections)) -> Option<Edit> {
        let mut corrections = record.facts().corrections.clone();
        change(&mut corrections);
        Some(Edit::Correct(Box::new(corrections)))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn any_edits_are_taken_back_and_done_again_whole_and_lose_no_word(steps in prop::collection::vec(any_step(), 0..14)) {
            let original = talk(
                "T 0-3 What is it? | S 3.1-3.5 a | T 3.6-8 I noticed how you used b | S 10-12 ba a b | T 12-13 Today I want to teach you to use ab",
            );
            let mut record = original.clone();
            let mut undo = Vec::new();
            for step in steps {
                let rewritten = match &step {
                    Step::Rewrite(turn, text) if *turn < record.turns().len() => Some(text.clone()),
                    _ => None,
                };
                let words_before: usize = record.transcript().words.len();
                let turn_words = match &step { Step::Rewrite(turn, _) => record.turns().get(*turn).map_or(0, |turn| turn.words.len()), _ => 0 };
                let keeps_count = !matches!(step, Step::Rewrite(..) | Step::Replace(..));
                if let Some(edit) = take(&record, step) {
                    undo.push(record.apply(edit));
                }
                // Every word is in a turn or an aside, once.
                let mut shown: Vec<usize> = record.turns().iter().flat_map(|turn| turn.words.iter().chain(turn.backchannels.iter().flat_map(|aside| &aside.words))).copied().collect();
                shown.sort_unstable();
                prop_assert_eq!(shown, (0..record.transcript().words.len()).collect::<Vec<_>>());
                if keeps_count {
                    prop_assert_eq!(record.transcript().words.len(), words_before);
                }
                if let Some(text) = rewritten {
                    prop_assert_eq!(record.transcript().words.len(), words_before - turn_words + text.split_whitespace().count());
                }
                prop_assert!(record.transcript().words.windows(2).all(|pair| pair[0].span.start() <= pair[1].span.start()));
                let shares: f64 = record.measures().speakers.values().map(|talk| talk.share).sum();
                prop_assert!((shares - 1.0).abs() < 1e-9);
                prop_assert_eq!(record.evidence().turn_phases.len(), record.turns().len());
                prop_assert_eq!(&record, &ConferenceRecord::new(record.facts().clone()), "what is on screen is what opening it again shows");
            }
            let changed = record.clone();
            let mut redo = Vec::new();
            while let Some(edit) = undo.pop() {
                redo.push(record.apply(edit));
            }
            prop_assert_eq!(&record, &original);
            while let Some(edit) = redo.pop() {
                record.apply(edit);
            }
            prop_assert_eq!(&record, &changed);
        }
    }
}
