//! Takes names out of a conference before anything is made of it: what leaves has never seen them.

use super::name_table::is_word_too;
use super::replacement::{Replacement, folded};
use crate::conference::{ConferenceRecord, Participant, Question, Span, Student, StudentId, Word, is_spaceless, join};
use regex::Regex;
use std::fmt::Write as _;

/// Around a replacement when they are to be seen: private characters, taken out of everything else.
const OPEN: char = '\u{E0F0}';
const CLOSE: char = '\u{E0F1}';

/// Replaces names.
#[derive(Debug)]
pub struct Hider {
    /// None when there is nothing to replace.
    pattern: Option<Regex>,
    /// By group number of the pattern, from 1.
    names: Vec<Replacement>,
    is_marked: bool,
}

impl Hider {
    /// Of the replacements that are switched on.
    #[must_use]
    pub fn new(replacements: &[Replacement]) -> Self {
        let mut names: Vec<Replacement> = replacements.iter().filter(|one| one.is_on && !one.name.trim().is_empty()).cloned().collect();
        // The longest first: "Maya Lopez" before "Maya".
        names.sort_by_key(|one| std::cmp::Reverse(one.name.len()));
        let pattern = (!names.is_empty()).then(|| names.iter().map(|one| one_pattern(&one.name)).collect::<Vec<_>>().join("|"));
        let pattern = pattern.and_then(|pattern| Regex::new(&pattern).inspect_err(|err| tracing::error!("the names to hide: {err}")).ok());
        Self { pattern, names, is_marked: false }
    }

    /// With each replacement marked, for [`marked_pieces`].
    #[must_use]
    pub fn marked(self) -> Self {
        Self { is_marked: true, ..self }
    }

    /// A text without the names.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut hidden = String::with_capacity(text.len());
        let mut after = 0;
        for (span, instead) in self.matches(text) {
            hidden.push_str(&text[after..span.start]);
            hidden.push_str(&instead);
            after = span.end;
        }
        hidden.push_str(&text[after..]);
        hidden
    }

    /// Words without the names; a name of several words becomes one.
    #[must_use]
    pub fn words(&self, words: &[Word]) -> Vec<Word> {
        let joined = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join("\n");
        let mut hidden = Vec::with_capacity(words.len());
        // The word being put together: its text, the first and the last of the words it is made of.
        let (mut text, mut first, mut last) = (String::new(), 0, 0);
        let mut copy = |piece: &str, text: &mut String, first: &mut usize, last: &mut usize| {
            for (index, part) in piece.split('\n').enumerate() {
                if index > 0 {
                    hidden.push((std::mem::take(text), *first, *last));
                    *first = *last + 1;
                    *last = *first;
                }
                text.push_str(part);
            }
        };
        let mut after = 0;
        for (span, instead) in self.matches(&joined) {
            copy(&joined[after..span.start], &mut text, &mut first, &mut last);
            text.push_str(&instead);
            last += joined[span.clone()].matches('\n').count();
            after = span.end;
        }
        copy(&joined[after..], &mut text, &mut first, &mut last);
        hidden.push((text, first, last));
        let whole = |(text, first, last): (String, usize, usize)| {
            let (first, last) = (words.get(first)?, words.get(last)?);
            Some(Word { text, span: Span::new(first.span.start(), last.span.end().max(first.span.end())), confidence: first.confidence })
        };
        hidden.into_iter().filter_map(whole).collect()
    }

    /// A conference without the names: words, corrections, notes, title, students.
    #[must_use]
    pub fn record(&self, record: &ConferenceRecord) -> ConferenceRecord {
        let mut facts = record.data().clone();
        facts.title = self.text(&facts.title);
        for Participant { student, .. } in &mut facts.participants {
            // An id would tell which child it is wherever else it stands.
            *student = Student { id: StudentId::NONE, name: self.text(&student.name) };
        }
        facts.transcript.words = self.words(&facts.transcript.words);
        facts.corrections.texts.iter_mut().for_each(|fix| fix.words = self.words(&fix.words));
        for question in Question::ALL {
            let answer = &mut facts.reflection.answers[question as usize];
            answer.note = self.text(&answer.note);
            answer.extra = self.text(&answer.extra);
        }
        // Lines of a typed file that are no part of the talk say who was there.
        facts.typed.iter_mut().for_each(|typed| typed.leftovers.clear());
        ConferenceRecord::new(facts)
    }

    /// How often names are found in a conference.
    pub(super) fn count(&self, record: &ConferenceRecord) -> usize {
        let facts = record.data();
        let words = [&facts.transcript.words, &record.transcript().words].map(|words| join(words.iter().map(|word| word.text.as_str())));
        // Found and corrected words are mostly the same: the larger count of both is what the reader sees.
        let in_words = words.iter().map(|words| self.matches(words).count()).max().unwrap_or(0);
        let students = facts.participants.iter().map(|one| &one.student.name);
        let notes = facts.reflection.answers.iter().flat_map(|answer| [&answer.note, &answer.extra]);
        in_words + students.chain(notes).chain([&facts.title]).map(|text| self.matches(text).count()).sum::<usize>()
    }

    fn matches<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (std::ops::Range<usize>, String)> + 'a {
        let mut from = 0;
        std::iter::from_fn(move || {
            let pattern = self.pattern.as_ref()?;
            loop {
                let found = pattern.captures_at(text, from)?;
                let whole = found.get(0)?;
                let number = (1..found.len()).find(|&group| found.get(group).is_some())?;
                let Some(end) = whole_word(text, whole.start(), whole.end()) else {
                    // Inside a longer word: look again after its first letter.
                    from = whole.start() + text[whole.start()..].chars().next()?.len_utf8();
                    continue;
                };
                let one = self.names.get(number - 1)?;
                let mut instead = in_case_of(&text[whole.range()], &one.instead, &one.name);
                if end > whole.end() {
                    instead.push('’');
                    instead.push_str(&text[whole.end()..end]);
                }
                if self.is_marked {
                    instead = format!("{OPEN}{instead}{CLOSE}");
                }
                from = end;
                return Some((whole.start()..end, instead));
            }
        })
    }
}

/// One name as a group: any case, with and without its accents, either apostrophe, any space between its words.
fn one_pattern(name: &str) -> String {
    let capital_only = is_word_too(name);
    let spelled = |name: &str| {
        let mut pattern = String::new();
        let mut before = ' ';
        for (index, letter) in name.chars().enumerate() {
            // Without spaces between words the recognizer may have cut the name anywhere.
            if is_spaceless(before) && is_spaceless(letter) {
                pattern.push_str(r" ?\n?");
            }
            before = letter;
            match letter {
                letter if letter.is_whitespace() => pattern.push_str(r"[\s_.-]+"),
                '\'' | '’' => pattern.push_str("['’]"),
                letter if letter.is_alphabetic() && (index > 0 || !capital_only) => {
                    let cases: String = letter.to_lowercase().chain(letter.to_uppercase()).filter(|case| case.is_alphabetic()).collect();
                    write!(pattern, "[{letter}{cases}]").ok();
                }
                letter => pattern.push_str(&regex::escape(letter.encode_utf8(&mut [0; 4]))),
            }
        }
        pattern
    };
    let plain = folded(name);
    // Folded is lower case; where only a capital counts, so it must be here.
    let plain = if capital_only { plain[..1].to_uppercase() + &plain[1..] } else { plain };
    format!("({}|{})", spelled(name), spelled(&plain))
}

/// Where the match ends when it is a whole word; a possessive written without its apostrophe ("Mayas") belongs to it. In a script without spaces nobody can see
/// where a word ends: there every match is one.
fn whole_word(text: &str, start: usize, end: usize) -> Option<usize> {
    if text[start..end].chars().all(|letter| is_spaceless(letter) || letter.is_whitespace()) {
        return Some(end);
    }
    let is_letter = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphabetic() || unicode_normalization::char::is_combining_mark(letter));
    if is_letter(text[..start].chars().next_back()) {
        return None;
    }
    let mut after = text[end..].chars();
    let next = after.next();
    if !is_letter(next) {
        return Some(end);
    }
    (next == Some('s') && end - start >= 4 && !is_letter(after.next())).then_some(end + 1)
}

/// "MAYA" becomes "STUDENT A", "maya" "student a".
fn in_case_of(found: &str, instead: &str, name: &str) -> String {
    let (lower, upper) = (found.chars().any(char::is_lowercase), found.chars().any(char::is_uppercase));
    let name_is_plain = name.chars().any(char::is_lowercase) && name.chars().any(char::is_uppercase);
    match (lower, upper) {
        (false, true) if name_is_plain && found.chars().count() > 1 => instead.to_uppercase(),
        (true, false) if name_is_plain => instead.to_lowercase(),
        _ => instead.to_owned(),
    }
}

/// The pieces of a text hidden with marks; `true` for what stands in place of a name.
#[must_use]
pub fn marked_pieces(text: &str) -> Vec<(&str, bool)> {
    let mut pieces = Vec::new();
    for (index, piece) in text.split([OPEN, CLOSE]).enumerate() {
        if !piece.is_empty() {
            pieces.push((piece, index % 2 == 1));
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::Millis;
    use crate::export::ReplacementReason;

    fn one(name: &str, instead: &str) -> Replacement {
        Replacement { name: name.into(), instead: instead.into(), is_on: true, why: ReplacementReason::Own, found: 0 }
    }

    fn hider() -> Hider {
        Hider::new(&[one("Maya", "Student A"), one("Maya Lopez", "Student A"), one("Zoë", "Student B"), one("Will", "Student C"), one("O’Brien", "Student D")])
    }

    #[test]
    fn whole_words_keep_their_case_their_endings_and_what_stands_around_them() {
        for (said, hidden) in [
            ("Hi Maya. Is it Maya's?", "Hi Student A. Is it Student A's?"),
            ("“Maya”—maya, MAYA!", "“Student A”—student a, STUDENT A!"),
            ("Mayas plan; a mayan; Amaya", "Student A’s plan; a mayan; Amaya"),
            ("Maya Lopez and Maya  Lopez’s", "Student A and Student A’s"),
            ("Zoe, Zoë, zoe\u{308}", "Student B, Student B, student b"),
            ("Will, will you?", "Student C, will you?"),
            ("O'Brien, o’brien", "Student D, student d"),
            ("conf_Maya2-maya.m4a", "conf_Student A2-student a.m4a"),
        ] {
            let found = hider().text(&said.replace("e\u{308}", "ë"));
            assert_eq!(found, hidden, "{said}");
        }
    }

    #[test]
    fn a_name_of_two_words_becomes_one_word_that_lasts_as_long() {
        let word = |text: &str, at: i64| Word { text: text.into(), span: Span::new(Millis(at), Millis(at + 90)), confidence: 1.0 };
        let words = [word("Hi", 0), word("Maya", 100), word("Lopez,", 200), word("come", 300), word("Maya.", 400)];
        let hidden = hider().words(&words);
        let told: Vec<_> = hidden.iter().map(|word| (word.text.as_str(), word.span.start().0, word.span.end().0)).collect();
        assert_eq!(told, [("Hi", 0, 90), ("Student A,", 100, 290), ("come", 300, 390), ("Student A.", 400, 490)]);
        assert_eq!(hider().words(&[]), []);
        assert_eq!(Hider::new(&[]).words(&words), words);
    }

    #[test]
    fn marks_show_what_was_replaced() {
        let text = hider().marked().text("Hi Maya, hi.");
        assert_eq!(marked_pieces(&text), [("Hi ", false), ("Student A", true), (", hi.", false)]);
    }
}
