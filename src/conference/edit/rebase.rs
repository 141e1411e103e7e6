//! What the teacher said, carried over to what was found anew. Another model hears the same words at slightly other times, and where a correction begins
//! and ends is a time; voices told apart again are numbered anew, and who is who goes by number.

use super::record::{Edit, Rediarized};
use crate::conference::model::data::{ConferenceData, Voices};
use crate::conference::model::overrides::{Corrections, TextOverride};
use crate::conference::model::speakers::Speaker;
use crate::conference::model::time::{Millis, Span};
use crate::conference::model::transcript::Word;
use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::sync::Arc;

/// Words this far to each side of a correction say where it belongs.
const AROUND: Millis = Millis(8000);
/// Two models never disagree by more about when a word was said; beyond it the times are kept as they are.
const FARTHEST: Millis = Millis(3000);

impl Corrections {
    /// These corrections for `new` words in place of the `old` ones: each corrected stretch begins and ends between the same words as before, so
    /// that no word beside it is lost or stands there twice. Where the words beside it were not heard again, it keeps its times.
    #[must_use]
    pub fn rebased(&self, old: &[Word], new: &[Word]) -> Self {
        let mut texts: Vec<TextOverride> = Vec::with_capacity(self.texts.len());
        for fix in &self.texts {
            let from = texts.last().map(|fix| fix.span.end()).unwrap_or_default();
            texts.push(rebase_one(fix, old, new, from));
        }
        Self { texts, ..self.clone() }
    }
}

impl Voices {
    /// These voices, found anew, with who is who as `now` has it: each is the speaker it shares most time with there. A voice that was not there keeps the
    /// role that was found for it, unless that speaker is taken.
    #[must_use]
    pub fn with_roles_of(mut self, now: &Self) -> Self {
        let carried = now.roles_for(&self.spans, self.roles.len());
        let found = std::mem::replace(&mut self.roles, carried);
        for (voice, role) in found.into_iter().enumerate() {
            if self.roles[voice] == Speaker::Unknown && !self.roles.contains(&role) {
                self.roles[voice] = role;
            }
        }
        Self { teacher_known: now.teacher_known, ..self }
    }

    /// What to keep of voices that were found while the teacher may have said something about them: they are these, `base` is what was there when the
    /// finding began and `now` what is there as it ends. Told apart again meanwhile, those stay: more was known of them. With others named meanwhile,
    /// who is who stays.
    #[must_use]
    pub fn found_beside(self, base: &Self, now: &Self) -> Self {
        if now == base {
            self
        } else if now.is_diarized_as(base) {
            self.with_roles_of(now)
        } else {
            now.clone()
        }
    }
}

/// An edit on its way to where it is kept, with the words or voices it was made on: by the time it arrives, others may have been found in the same sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    edit: Edit,
    made_on: MadeOn,
}

/// What an edit says something about.
#[derive(Debug, Clone, PartialEq)]
enum MadeOn {
    /// Nothing that is found in the sound, or all that there ever was.
    Anything,
    Words(Arc<[Word]>),
    Voices(Box<Voices>),
}

impl From<Edit> for Change {
    fn from(edit: Edit) -> Self {
        Self { edit, made_on: MadeOn::Anything }
    }
}

impl Change {
    /// `edit`, made while these were the words and the voices.
    #[must_use]
    pub fn new(edit: Edit, words: &Arc<[Word]>, voices: &Voices) -> Self {
        let made_on = match edit {
            Edit::Correct(_) => MadeOn::Words(Arc::clone(words)),
            Edit::Roles(..) | Edit::Voices(_) => MadeOn::Voices(Box::new(voices.clone())),
            _ => MadeOn::Anything,
        };
        Self { edit, made_on }
    }

    /// The edit as it was made.
    #[must_use]
    pub fn edit(&self) -> &Edit {
        &self.edit
    }

    /// The edit as it has to be on `now`.
    #[must_use]
    pub fn on(self, now: &ConferenceData) -> Edit {
        match (self.edit, self.made_on) {
            (Edit::Correct(corrections), MadeOn::Words(words)) => {
                let is_other = *words != now.transcript.words[..] && !words.is_empty() && !now.transcript.words.is_empty();
                Edit::Correct(if is_other { Box::new(corrections.rebased(&words, &now.transcript.words)) } else { corrections })
            }
            (Edit::Roles(roles, teacher_known), MadeOn::Voices(voices)) if voices.spans != now.voices.spans => {
                let voices = now.voices.clone().with_roles_of(&Voices { roles, teacher_known, ..*voices });
                Edit::Roles(voices.roles, voices.teacher_known)
            }
            (Edit::Voices(rediarized), MadeOn::Voices(voices)) if *voices != now.voices => {
                // Who is who was said, or found, since: that is not undone by how many there are.
                let voices = rediarized.voices.with_roles_of(&now.voices);
                Edit::Voices(Box::new(Rediarized { voices, ..*rediarized }))
            }
            (edit, _) => edit,
        }
    }
}

fn rebase_one(fix: &TextOverride, old: &[Word], new: &[Word], from: Millis) -> TextOverride {
    let near = Span::new(fix.span.start() - AROUND, fix.span.end() + AROUND);
    let (old, new) = (within(old, near), within(new, near));
    // What was corrected, among the words as they were.
    let first = old.iter().take_while(|word| word.span.middle() < fix.span.start()).count();
    let after = first + old[first..].iter().take_while(|word| word.span.middle() < fix.span.end()).count();
    let same = matching_words(old, new);
    if let Some(moved) = put_in_during(fix, &old[first..after.max(first)], old.get(after).zip(same.get(after).copied().flatten().map(|is| &new[is]))) {
        let takes_a_word = new.iter().any(|word| moved.span.contains(word.span.middle()));
        let is_far = (moved.span.start().0 - fix.span.start().0).abs() > FARTHEST.0;
        return if takes_a_word || is_far || moved.span.start() < from { fix.clone() } else { moved };
    }
    let left = first.checked_sub(1).and_then(|beside| same[beside]);
    let right = same.get(after).copied().flatten();
    if left.zip(right).is_some_and(|(left, right)| left >= right) {
        return fix.clone();
    }
    // Only as far as it must be: the words beside it outside, what stands for the words that were corrected inside, nothing typed behind what comes after.
    let middle = |index: usize| new[index].span.middle();
    let inside = || same[first..after].iter().flatten().copied();
    let between = |index: Option<usize>| index.filter(|&index| index < new.len() && Some(index) != left && Some(index) != right);
    let mut start = fix.span.start();
    if let Some(word) = inside().min().or(between(left.map(|left| left + 1))) {
        start = start.min(middle(word));
    }
    if let Some(left) = left {
        start = start.max(middle(left) + Millis(1));
    }
    let mut end = fix.span.end();
    if let Some(right) = right {
        end = end.min(new[right].span.start());
    }
    if let Some(word) = inside().max().or(between(right.and_then(|right| right.checked_sub(1)))) {
        end = end.max(middle(word) + Millis(1));
    }
    if let Some(right) = right {
        end = end.min(middle(right));
    }
    if end <= start {
        // It stood for no word and its time is another word's by now: between the two it stood between, however little room there is.
        let least = left.map_or(from, |left| from.max(middle(left) + Millis(1)));
        start = least.max(end - Millis(1));
        end = start + Millis(1);
    }
    if right.is_some_and(|right| end > middle(right)) {
        return fix.clone();
    }
    let latest = right.map(|right| new[right].span.start() - Millis(1));
    let is_far = |was: Millis, is: Millis| (was.0 - is.0).abs() > FARTHEST.0;
    if start < from || is_far(fix.span.start(), start) || is_far(fix.span.end(), end) {
        return fix.clone();
    }
    let span = Span::new(start, end);
    let place = |at: Millis| moved(at, fix.span, span);
    let words = fix.words.iter().map(|word| {
        let start = latest.map_or(place(word.span.start()), |latest| latest.min(place(word.span.start())));
        Word { span: Span::new(start, place(word.span.end()).max(start + Millis(1))), ..word.clone() }
    });
    TextOverride { span, words: words.collect() }
}

/// What was typed until a word was being said, in place of none, stands around that word's beginning and goes where it goes. `during`: the word after it by the middles,
/// as it was and as it is.
fn put_in_during(fix: &TextOverride, replaced: &[Word], during: Option<(&Word, &Word)>) -> Option<TextOverride> {
    let (was, is) = during.filter(|_| replaced.is_empty())?;
    fix.words.last().filter(|typed| was.span.start() <= typed.span.start())?;
    let by = is.span.start() - was.span.start();
    let moved = |span: Span| Span::new(span.start() + by, span.end() + by);
    Some(TextOverride { span: moved(fix.span), words: fix.words.iter().map(|word| Word { span: moved(word.span), ..word.clone() }).collect() })
}

/// The words whose middle lies in a stretch.
fn within(words: &[Word], span: Span) -> &[Word] {
    let from = words.partition_point(|word| word.span.middle() < span.start());
    let until = words.partition_point(|word| word.span.middle() < span.end());
    &words[from..until.max(from)]
}

/// For each old word the new one that is the same word, if it was heard again.
fn matching_words(old: &[Word], new: &[Word]) -> Vec<Option<usize>> {
    let bare = |words: &[Word]| words.iter().map(Word::bare).collect::<Vec<_>>();
    let mut same = vec![None; old.len()];
    for change in capture_diff_slices(Algorithm::Myers, &bare(old), &bare(new)) {
        let (tag, was, is) = change.as_tag_tuple();
        if tag == DiffTag::Equal {
            was.zip(is).for_each(|(was, is)| same[was] = Some(is));
        }
    }
    same
}

/// A moment of the one stretch in the other: in it in proportion, outside as far from its end.
fn moved(at: Millis, was: Span, is: Span) -> Millis {
    if at <= was.start() {
        at + (is.start() - was.start())
    } else if at >= was.end() {
        at + (is.end() - was.end())
    } else {
        is.start() + Millis((at - was.start()).0 * is.length().0 / was.length().0.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::ConferenceRecord;
    use crate::conference::fixture::talk;
    use crate::conference::{TeacherKnown, Voice, VoiceSpan};
    use proptest::prelude::*;

    fn said(words: &[Word]) -> String {
        words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// What is read after another model made `new` words of the same sound.
    fn again(record: &ConferenceRecord, new: Vec<Word>) -> String {
        let facts = record.data();
        let corrections = facts.corrections.rebased(&facts.transcript.words, &new);
        let found = crate::conference::Transcript { words: new, ..facts.transcript.clone() };
        said(&corrections.transcript(&found).words)
    }

    fn at(text: &str, start: i64, end: i64) -> Word {
        Word { text: text.into(), span: Span::new(Millis(start), Millis(end)), confidence: 0.9 }
    }

    #[test]
    fn a_word_beside_a_correction_is_neither_lost_nor_doubled() {
        let mut record = talk("T 0-4 May I join you? | S 5-8 Sure you can.");
        record.apply(record.rewrite_turn(0, "May I sit with you?").unwrap());
        // "join" earlier than before, so that "I" came to lie where the correction stands.
        let new =
            vec![at("May", 100, 700), at("I", 2100, 2500), at("John", 2500, 3000), at("you?", 3200, 3900), at("Sure,", 5000, 6000), at("you", 6000, 7000)];
        assert_eq!(again(&record, new), "May I sit with you? Sure, you");
        // All of it sooner, so that "you?" would be replaced too.
        let new = vec![at("May", 0, 300), at("I", 300, 600), at("join", 600, 1200), at("you?", 1300, 2400), at("Sure,", 5000, 6000)];
        assert_eq!(again(&record, new), "May I sit with you? Sure,");
    }

    #[test]
    fn words_typed_where_none_were_heard_take_no_other_word_away() {
        let mut record = talk("T 0-4 one two | S 5-6 | T 7-9 three four");
        record.apply(record.rewrite_turn(1, "Mm").unwrap());
        // A little sooner, so that "three" lies where "Mm" was typed; and so much later that "two" does.
        for by in [-1600, 3100] {
            let sooner = |word: &Word| at(&word.text, word.span.start().0 + by, word.span.end().0 + by);
            let new: Vec<Word> = record.data().transcript.words.iter().map(sooner).collect();
            assert_eq!(again(&record, new), "one two Mm three four", "{by} ms");
        }
    }

    #[test]
    fn a_word_typed_while_another_is_said_stays_on_its_side_of_it() {
        let mut record = talk("T 0-3 What is it? | S 3.1-3.5 a | T 3.6-8 I noticed");
        let mut voices = record.data().voices.clone();
        // Somebody else for a thousandth of a second in the middle of "it?".
        voices.spans = [(2001, 2002, 1), (2002, 14_000, 0)].map(piece).to_vec();
        record.apply(Edit::Voices(Box::new(Rediarized { students: 1, others: 0, people: None, pointed_at: Vec::new(), voices })));
        let turn = record.turns().iter().position(|turn| turn.words.is_empty()).unwrap();
        record.apply(record.rewrite_turn(turn, "oh").unwrap());
        let read = said(&record.transcript().words);
        assert_eq!(read, "What is it? oh a I noticed");
        stays(&record, &read);
        // From before "is" into it.
        let mut record = talk("T 0-3 What is it? | S 3.1-3.5 a | T 3.6-8 I noticed");
        let mut voices = record.data().voices.clone();
        voices.spans = [(0, 756, 2), (756, 1050, 1), (1050, 14_000, 0)].map(piece).to_vec();
        voices.roles = vec![Speaker::Teacher, Speaker::Student(1), Speaker::Other];
        record.apply(Edit::Voices(Box::new(Rediarized { students: 1, others: 0, people: None, pointed_at: Vec::new(), voices })));
        let turn = record.turns().iter().position(|turn| turn.words.is_empty()).unwrap();
        record.apply(record.rewrite_turn(turn, "p q r s t u").unwrap());
        let read = said(&record.transcript().words);
        assert!(read.find("is") < read.find('u'), "{read}");
        stays(&record, &read);
    }

    fn piece((from, to, voice): (i64, i64, u8)) -> VoiceSpan {
        VoiceSpan { span: Span::new(Millis(from), Millis(to)), voice: Voice(voice) }
    }

    /// The same is read when all words are heard a little sooner or later.
    fn stays(record: &ConferenceRecord, read: &str) {
        for by in [-300, -1, 0, 1, 250] {
            let moved = |word: &Word| at(&word.text, word.span.start().0 + by, word.span.end().0 + by);
            let new: Vec<Word> = record.data().transcript.words.iter().map(moved).collect();
            assert_eq!(again(record, new), read, "{by} ms");
        }
    }

    #[test]
    fn where_nothing_beside_it_was_matching_words_a_correction_keeps_its_times() {
        let mut record = talk("T 0-4 one two three four");
        record.apply(record.rewrite_turn(0, "one 2 three four").unwrap());
        let facts = record.data();
        let corrections = facts.corrections.rebased(&facts.transcript.words, &[at("something", 0, 900), at("else", 2000, 2300)]);
        assert_eq!(corrections, facts.corrections);
        assert_eq!(facts.corrections.rebased(&facts.transcript.words, &[]), facts.corrections);
    }

    fn voices(spans: &[(i64, i64, u8)], roles: &[Speaker], teacher_known: TeacherKnown) -> Voices {
        let spans = spans.iter().map(|&(from, to, voice)| VoiceSpan { span: Span::new(Millis(from), Millis(to)), voice: Voice(voice) }).collect();
        Voices { spans, roles: roles.to_vec(), teacher_known, doubtful_at: None, doubt: None }
    }

    #[test]
    fn what_was_said_of_the_voices_while_they_were_found_anew_stays() {
        use Speaker::{Other, Student, Teacher};
        let base = voices(&[(0, 1000, 0), (1000, 3000, 1)], &[Teacher, Student(1)], TeacherKnown::Guessed);
        // The same two people, found in the other order, and somebody who was not heard before.
        let found = voices(&[(0, 200, 0), (200, 900, 1), (1100, 3000, 0), (4000, 5000, 2)], &[Student(1), Teacher, Other], TeacherKnown::Guessed);
        assert_eq!(found.clone().found_beside(&base, &base), found, "nothing was said meanwhile");
        let swapped = Voices { roles: vec![Student(1), Teacher], teacher_known: TeacherKnown::ByTeacher, ..base.clone() };
        let kept = found.clone().found_beside(&base, &swapped);
        assert_eq!((kept.roles, kept.teacher_known), (vec![Teacher, Student(1), Other], TeacherKnown::ByTeacher));
        let rediarized = voices(&[(0, 500, 0), (500, 3000, 1)], &[Teacher, Student(1)], TeacherKnown::ByTeacher);
        assert_eq!(found.found_beside(&base, &rediarized), rediarized, "told apart again meanwhile");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// The same words at other times: what is read is the same.
        #[test]
        fn other_times_change_nothing_that_is_read(
            texts in prop::collection::vec("[a-e]{1,2}", 3..14),
            place in 0_usize..14,
            typed in prop::sample::select(vec!["X", "X Y", "X Y Z"]),
            lengths in prop::collection::vec(180_i64..420, 14),
        ) {
            let place = place % texts.len();
            let mut record = talk(&format!("T 0-{} {}", texts.len() as f64 * 0.3, texts.join(" ")));
            let mut corrected = texts.clone();
            corrected[place] = typed.to_owned();
            record.apply(record.rewrite_turn(0, &corrected.join(" ")).unwrap());
            let mut from = 0;
            let new: Vec<Word> = texts.iter().zip(&lengths).map(|(text, length)| { from += length; at(text, from - length, from - 20) }).collect();
            let drift = new.iter().zip(&record.data().transcript.words).map(|(new, old)| (new.span.middle().0 - old.span.middle().0).abs()).max().unwrap_or(0);
            prop_assume!(drift < 1000);
            prop_assert_eq!(again(&record, new), corrected.join(" "));
        }
    }
}
