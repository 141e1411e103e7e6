//! Which names are in a conference, and what stands in their place when it is shared.
//!
//! Hiding too much can be seen in the preview and switched off; hiding too little cannot be taken back. So when in doubt a name is hidden.

use super::hide::Hider;
use super::name_table::{TABLE, is_word_too};
use super::replacement::{Replacement, ReplacementReason, folded};
use crate::conference::{ConferenceRecord, ends_sentence};
use crate::settings::OwnNames;
use std::collections::{BTreeMap, BTreeSet};

/// In place of a name nobody knows.
pub const SOMEBODY: &str = "[name]";

/// Every name in `records`, the students' first: theirs, those of the class list, short forms of these, names after a title, the teacher's own, and
/// capitalised words that may be names (switched off). A name that is nowhere to be found is left out.
#[must_use]
pub fn find_names(records: &[&ConferenceRecord], class_list: &[String], own: &OwnNames) -> Vec<Replacement> {
    let mut found = FoundNames::default();
    for (name, instead) in &own.replace {
        found.add(name, instead, ReplacementReason::Own);
    }
    let mut letters = 0;
    let students = records.iter().flat_map(|record| {
        let facts = record.data();
        facts.participants.iter().map(|one| one.student.name.clone())
    });
    for (name, why) in students.map(|name| (name, ReplacementReason::Student)).chain(class_list.iter().map(|name| (name.clone(), ReplacementReason::ClassList)))
    {
        if name.trim().is_empty() || found.people.contains_key(&folded(&name)) {
            continue;
        }
        let instead = found.names.iter().find(|known| folded(&known.name) == folded(&name)).map(|known| known.instead.clone());
        let instead = instead.unwrap_or_else(|| format!("Student {}", letter(letters)));
        // A student of the class who is not mentioned takes no letter.
        let before = found.names.len();
        found.add_person(&name, &instead, why);
        let is_said = why == ReplacementReason::Student || found.names[before..].iter().any(|one| count(records, one) > 0);
        if is_said {
            letters += 1;
        } else {
            found.names.truncate(before);
        }
    }
    found.add_capitalized(&records.iter().flat_map(|record| tokens(record)).collect::<Vec<_>>());
    let mut names = found.names;
    for one in &mut names {
        one.is_on = one.why != ReplacementReason::Perhaps && !own.keep.iter().any(|kept| folded(kept) == folded(&one.name));
        one.found = count(records, one);
    }
    names.retain(|one| one.found > 0 || one.why == ReplacementReason::Own);
    names
}

fn count(records: &[&ConferenceRecord], one: &Replacement) -> usize {
    let hider = Hider::new(&[Replacement { is_on: true, ..one.clone() }]);
    records.iter().map(|record| hider.count(record)).sum()
}

/// A, B ... Z, AA, AB ...
fn letter(mut number: usize) -> String {
    let mut text = String::new();
    loop {
        text.insert(0, char::from(b'A' + (number % 26) as u8));
        number /= 26;
        if number == 0 {
            return text;
        }
        number -= 1;
    }
}

#[derive(Default)]
struct FoundNames {
    names: Vec<Replacement>,
    /// Folded full names.
    people: BTreeMap<String, String>,
}

impl FoundNames {
    fn add(&mut self, name: &str, instead: &str, why: ReplacementReason) {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if !name.chars().any(char::is_alphabetic) || self.names.iter().any(|known| folded(&known.name) == folded(&name)) {
            return;
        }
        self.names.push(Replacement { name, instead: instead.to_owned(), is_on: true, why, found: 0 });
    }

    /// The whole name, each part of it, and its usual short forms.
    fn add_person(&mut self, name: &str, instead: &str, why: ReplacementReason) {
        self.people.insert(folded(name), instead.to_owned());
        self.add(name, instead, why);
        let parts = name.split(|letter: char| !(letter.is_alphabetic() || "'’".contains(letter)));
        // "de", "van", "L.": no names by themselves.
        let parts: Vec<&str> = parts.filter(|part| part.chars().count() > 1 && part.chars().next().is_some_and(char::is_uppercase)).collect();
        for part in parts {
            self.add(part, instead, why);
            let known = TABLE.nicknames.iter().filter(|names| names.first().is_some_and(|first| folded(first) == folded(part)));
            for nickname in known.flat_map(|names| &names[1..]) {
                self.add(nickname, instead, ReplacementReason::Nickname);
            }
        }
    }

    /// Looks through the words for short forms, titles, and what may be a name.
    fn add_capitalized(&mut self, words: &[&str]) {
        let small: BTreeSet<String> = words.iter().map(|word| bare(word)).filter(|word| word.chars().next().is_some_and(char::is_lowercase)).collect();
        let people: Vec<(String, String)> =
            self.names.iter().filter(|one| one.why != ReplacementReason::Own).map(|one| (folded(&one.name), one.instead.clone())).collect();
        for found in capitalized_words(words) {
            let (name, lower) = (&found.name, found.name.to_lowercase());
            if found.after_title {
                self.add(name, SOMEBODY, ReplacementReason::Title);
                continue;
            }
            let is_usual = TABLE.capitalised.has(&lower) || TABLE.titles.contains(&lower);
            if is_usual || small.contains(&lower) {
                // Said as a word as well ("will", the month of May): a name only where it is used as one.
                if found.as_person && is_word_too(&lower) {
                    self.add(name, SOMEBODY, ReplacementReason::Perhaps);
                }
            } else if let Some((_, instead)) = people.iter().find(|(person, _)| sounds_like(&folded(name), person)) {
                self.add(name, instead, ReplacementReason::Nickname);
            } else if found.inside || found.as_person || TABLE.first_names.has(&folded(name)) {
                self.add(name, SOMEBODY, ReplacementReason::Perhaps);
            }
        }
    }
}

/// A word with a capital, and how it is used wherever it stands.
#[derive(Default)]
struct CapitalizedWord {
    name: String,
    /// After "Ms.", "Mr.", "Coach".
    after_title: bool,
    /// In the middle of a sentence, where only names have a capital.
    inside: bool,
    /// As only people are: "with Will", "Grace said", "Mark, can you".
    as_person: bool,
}

/// All words with a capital, each once, in the order they come.
fn capitalized_words(words: &[&str]) -> Vec<CapitalizedWord> {
    let mut all: Vec<CapitalizedWord> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (index, word) in words.iter().enumerate() {
        let name = bare(word);
        if !name.chars().next().is_some_and(char::is_uppercase) || name.chars().count() < 2 {
            continue;
        }
        let before = index.checked_sub(1).map_or("", |before| words[before]);
        let begins = before.is_empty() || ends_sentence(before) || before.ends_with([':', '：', '"', '“', '”']);
        let (before, next) = (bare(before).to_lowercase(), words.get(index + 1).map_or(String::new(), |next| bare(next).to_lowercase()));
        let is_free = word.ends_with(char::is_alphanumeric);
        let is_called = word.ends_with(',') && TABLE.called.has(&next);
        let does = is_free && TABLE.deeds.has(&next);
        let place = *places.entry(name.clone()).or_insert_with(|| {
            all.push(CapitalizedWord { name: name.clone(), ..CapitalizedWord::default() });
            all.len() - 1
        });
        let found = &mut all[place];
        found.after_title |= TABLE.titles.contains(&before);
        found.inside |= !begins;
        found.as_person |= if begins { (does || is_called) && !TABLE.openers.has(&name.to_lowercase()) } else { does || TABLE.before_people.has(&before) };
    }
    all
}

/// What is said and written, word by word; an empty one stands between pieces.
fn tokens(record: &ConferenceRecord) -> Vec<&str> {
    let facts = record.data();
    let mut tokens: Vec<&str> = record.transcript().words.iter().map(|word| word.text.as_str()).collect();
    for text in facts.reflection.answers.iter().flat_map(|answer| [&answer.note, &answer.extra]).chain([&facts.title]) {
        tokens.push("");
        tokens.extend(text.split_whitespace());
    }
    tokens
}

fn bare(word: &str) -> String {
    let bare = word.trim_matches(|letter: char| !letter.is_alphanumeric());
    ["'s", "’s"].iter().find_map(|ending| bare.strip_suffix(ending)).unwrap_or(bare).to_owned()
}

/// A short form ("Josh" for "joshua", "Joey" for "joseph") or one letter away ("Mya" for "maya"); both folded.
fn sounds_like(short_form: &str, name: &str) -> bool {
    if name.contains(' ') || short_form == name {
        return false;
    }
    let letters = |text: &str| text.chars().count();
    let common = short_form.chars().zip(name.chars()).take_while(|(a, b)| a == b).count();
    let is_short = letters(short_form) < letters(name) && common >= 3 && common == letters(short_form);
    let fond = ["y", "ie", "i", "ey"].iter().filter_map(|ending| short_form.strip_suffix(ending)).any(|stem| letters(stem) >= 2 && name.starts_with(stem));
    let near = letters(name) >= 4 && letters(short_form) >= 3 && common >= 1 && strsim::damerau_levenshtein(short_form, name) == 1;
    is_short || fond || near
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::fixture::talk;
    use crate::conference::{Edit, Participant, Question, Student, StudentId};

    fn record(name: &str, words: &str) -> ConferenceRecord {
        let mut record = talk(words);
        let student = Student { id: StudentId::from_u128(1), name: name.into() };
        record.apply(Edit::Participants(vec![Participant { student, voice: Some(1) }]));
        record
    }

    fn names(record: &ConferenceRecord, class: &[&str]) -> String {
        let class: Vec<String> = class.iter().map(|name| (*name).to_owned()).collect();
        let found = find_names(&[record], &class, &OwnNames::default());
        found.iter().map(|one| format!("{}{}={}", if one.is_on { "" } else { "?" }, one.name, one.instead)).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn the_student_is_a_and_those_who_are_mentioned_follow() {
        let record = record("Maya Lopez", "T 0-4 Hi Maya. | S 5-9 I sat with Omar and Leo.");
        assert_eq!(
            names(&record, &["Ana", "Leo", "Maya Lopez", "Omar"]),
            "Maya Lopez=Student A, Maya=Student A, Lopez=Student A, Leo=Student B, Omar=Student C"
        );
    }

    #[test]
    fn short_forms_and_what_the_recogniser_made_of_a_name_are_found() {
        let record = record("Joshua Ruiz", "T 0-4 So Josh, what about Tess? | S 5-9 Mister, I wrote with Josua today.");
        assert_eq!(names(&record, &[]), "Joshua Ruiz=Student A, Joshua=Student A, Ruiz=Student A, Josh=Student A, ?Tess=[name], Josua=Student A");
        assert!(sounds_like("joey", "joseph") && sounds_like("mya", "maya") && sounds_like("josh", "joshua"));
        assert!(!sounds_like("maybe", "maya") && !sounds_like("oh", "omar"));
    }

    #[test]
    fn a_name_after_a_title_is_hidden_and_one_that_only_may_be_is_offered() {
        let record = record("Maya", "S 0-4 Ms. Harper said we go to Chicago on Monday.");
        assert_eq!(names(&record, &[]), "Maya=Student A, Harper=[name], ?Chicago=[name]");
    }

    #[test]
    fn a_name_at_the_beginning_of_a_sentence_is_offered_too() {
        // One is a common first name, one is said in the middle of a sentence as well, one is somebody who does something, one is called.
        let record = record("Maya", "S 0-9 Tess helped. Zayd was there. I sat by Zayd. Ximeno said it was good. Wanjiru, can you come? Rain fell.");
        assert_eq!(names(&record, &[]), "Maya=Student A, ?Tess=[name], ?Zayd=[name], ?Ximeno=[name], ?Wanjiru=[name]");
        // A title anywhere outweighs it.
        let titled = self::record("Maya", "S 0-4 I told Harper. Then Ms. Harper said so.");
        assert_eq!(names(&titled, &[]), "Maya=Student A, Harper=[name]");
    }

    #[test]
    fn a_word_that_is_a_name_too_is_offered_only_where_it_is_used_as_one() {
        for plain in [
            "T 0-9 May I see it? Will you read it to me? Mark this place. Read it once more. Grace is when you forgive. In May we go on.",
            "T 0-9 I will mark it. You may read. Mark, underline, read. Read, then write. Will it end in May? May is a month. Hope, said softly.",
            "T 0-9 Everybody said so. Nobody likes it. Writers, you can do this. Okay, tell me. Great, what comes next? So, you wrote this. Well, I see.",
        ] {
            assert_eq!(names(&record("Maya", plain), &[]), "Maya=Student A", "{plain}");
        }
        let used = "T 0-9 I will read in May. Will said you may. I sat with May. Mark, can you mark it? Then Grace wrote with grace. Did you ask Read to read?";
        let found = names(&record("Maya", used), &[]);
        assert_eq!(found, "Maya=Student A, ?May=[name], ?Will=[name], ?Mark=[name], ?Grace=[name], ?Read=[name]");
    }

    #[test]
    fn names_in_notes_count_too_and_what_the_teacher_keeps_is_kept() {
        let mut record = record("Maya", "T 0-4 Hello.");
        record.apply(Edit::Note(Question::Pacing, "As with Omar, and Maya’s plan.".into()));
        assert_eq!(names(&record, &["Omar"]), "Maya=Student A, Omar=Student B");
        let own = OwnNames { replace: [("Hello".to_owned(), "Hi".to_owned())].into(), keep: ["omar".to_owned()].into() };
        let found = find_names(&[&record], &["Omar".to_owned()], &own);
        assert_eq!(found.iter().map(|one| (one.name.as_str(), one.is_on)).collect::<Vec<_>>(), [("Hello", true), ("Maya", true), ("Omar", false)]);
    }

    #[test]
    fn after_z_comes_aa() {
        assert_eq!([0, 25, 26, 27, 52].map(letter), ["A", "Z", "AA", "AB", "BA"]);
    }
}
