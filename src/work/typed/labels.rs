//! What may name a speaker: the shape of a label, and what its words say of who it is.

use super::dates::{has_day, is_unseen};
use super::role_words::{NOBODY, NUMBERED, NUMBERED_STUDENT, STUDENTS, TEACHERS, TITLES, TITLES_BEHIND};
use super::said_words::{BEFORE_OF_TEXTS, HEAD, IN_PLACES, IN_SENTENCES, OF_TEXTS, REMARKS, SAID, TOLD};
use crate::conference::name_key;
use crate::export::{is_first_name, one_line};

/// A name of a speaker as it stands before what is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    /// As typed, without the signs around it: `Ms. Lee`.
    pub shown: String,
    /// One for all spellings of it: `ms lee`.
    pub key: String,
    /// What stands in brackets behind it: `Ana (Teacher)`, `Maya (whispering)`.
    pub note: String,
    /// No name has this shape (`LEO!`, `S?`, `anna@school.org`): it is one only where it recurs.
    pub is_odd: bool,
}

/// Longer than six words nobody is called.
const MOST_WORDS: usize = 6;
const MOST_LETTERS: usize = 60;
/// Where words have no spaces between, a name is no longer than this.
const MOST_SIGNS: usize = 12;

/// A piece of text as the name of a speaker, if it has the shape of one.
pub(super) fn label(text: &str) -> Option<Label> {
    let text = &*one_line(text);
    let mut bare = text.trim_matches(is_dressing);
    let mut note = String::new();
    // What Zoom writes in its chat: From Maya to Everyone
    if let Some(name) = bare.strip_prefix("From ") {
        let is_one = |behind: &str| behind.trim_end_matches(is_dressing).ends_with("(Direct Message)");
        let to_all =
            name.split_once(" to ").filter(|(_, behind)| behind.strip_prefix("Everyone").is_some_and(|rest| rest.chars().all(is_dressing)) || is_one(behind));
        bare = to_all.map_or(name, |(name, _)| name).trim_matches(is_dressing);
    }
    // [SPEAKER_00], (Maya)
    for (open, close) in [('[', ']'), ('(', ')'), ('<', '>'), ('【', '】'), ('（', '）'), ('«', '»'), ('“', '”'), ('"', '"'), ('「', '」')] {
        if let Some(inside) = bare.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            bare = inside.trim_matches(is_dressing);
        }
    }
    // Ana (Teacher)
    if let Some((before, behind)) = bare.split_once(['(', '[', '（']) {
        // A bracket that does not end is no note.
        note = behind.trim_end().strip_suffix([')', ']', '）'])?.trim().to_owned();
        bare = before.trim_matches(is_dressing);
    }
    // Markdown writes a sign that is meant as one behind a backslash.
    let next = bare.chars().skip(1).chain([' ']);
    let shown: String = bare.chars().zip(next).filter(|(c, next)| *c != '\\' || next.is_alphanumeric()).map(|(c, _)| c).collect();
    let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    let words: Vec<&str> = shown.split(' ').collect();
    let letters = shown.chars().count();
    let has_letter = shown.chars().any(char::is_alphabetic);
    let is_spaceless = shown.chars().any(is_without_spaces);
    let is_odd = |c: char| "?!;:：…,\"“”=|/{}<>[]()@%$€+~^*`\\。，、？！；।॥؟،".contains(c) && !(c == ',' && words.len() <= 4) && c != '/';
    let most = if is_spaceless { MOST_SIGNS } else { MOST_LETTERS };
    let is_dash = |word: &&str| matches!(*word, "-" | "–" | "—" | "/");
    if !has_letter
        || words.iter().filter(|word| !is_dash(word)).count() > MOST_WORDS
        || letters > most
        || shown.contains(is_odd)
        || shown.contains("://")
        || shown.matches(',').count() > 1
    {
        return None;
    }
    // "Ms. Lee", "J. R. R.", not the end of one sentence and the beginning of the next.
    let ends_sentence = |word: &&str| {
        let letters = word.chars().filter(|c| c.is_alphanumeric()).count();
        let is_title = || TITLES.contains(&word.to_lowercase().trim_end_matches('.'));
        word.ends_with('.') && (letters > 4 || (letters > 1 && word.starts_with(char::is_lowercase) && !is_title()))
    };
    // A number before it counts lines.
    let is_counted = words.len() > 1 && words[0].chars().all(|c| c.is_ascii_digit());
    let is_date = words.iter().any(|word| matches!(word.trim_matches(|c: char| !c.is_ascii_digit()).parse(), Ok(1900..=2099)));
    if words.iter().any(ends_sentence) || shown.contains("..") || is_counted || is_date || has_day(words.iter().copied()) {
        return None;
    }
    let key = key_of(&shown);
    (!key.is_empty()).then_some(Label { shown, key, note, is_odd: false })
}

/// The name in a tag or a field of its own, of whatever shape.
pub(super) fn named(text: &str) -> Option<Label> {
    let shown = one_line(text).split_whitespace().collect::<Vec<_>>().join(" ");
    label(text).or_else(|| (!shown.is_empty()).then(|| Label { key: name_key(&shown), shown, note: String::new(), is_odd: false }))
}

/// What stands before a colon and has not the shape of a name; whether it is one, recurring tells.
pub(super) fn odd(text: &str) -> Option<Label> {
    if let Some(label) = label(text.trim_end_matches(['!', '.', '…', ' '])) {
        return Some(Label { is_odd: true, ..label });
    }
    let shown = one_line(text).split_whitespace().collect::<Vec<_>>().join(" ");
    let key = key_of(&shown);
    let is_meant = shown.contains(|c: char| c.is_alphabetic() || c == '?') && !shown.contains(['|', '\t', '"', '“']);
    (is_meant && shown.chars().count() <= MOST_LETTERS && !key.is_empty()).then_some(Label { shown, key, note: String::new(), is_odd: true })
}

/// Whether a label names this person: the whole name, or its first words, the last perhaps as an initial (`Maya R` for Maya Rodriguez).
pub(super) fn is_of(label: &Label, name: &str) -> bool {
    is_of_key(label, &key_of(name))
}

/// The same for a name of which the key is known.
pub(super) fn is_of_key(label: &Label, name: &str) -> bool {
    let mut full = name.split(' ');
    let mut fits = |(at, word): (usize, &str)| full.next().is_some_and(|full| full == word || (at > 0 && word.chars().count() == 1 && full.starts_with(word)));
    !name.is_empty() && label.key.split(' ').enumerate().all(&mut fits)
}

/// One for all spellings of a name: `ms lee`.
pub(super) fn key_of(name: &str) -> String {
    name_key(&name.replace(['.', '_', '#'], " "))
}

/// Signs around a name that are none of its letters: Markdown, lists, marks of direction.
pub(super) fn is_dressing(c: char) -> bool {
    c.is_whitespace() || is_unseen(c) || matches!(c, '*' | '_' | '#' | '>' | '|' | '`' | '\\' | '•' | '·' | '▪' | '◦' | '-' | '–' | '—' | ':' | '：' | '/')
}

/// Letters of scripts that put no spaces between words.
pub(super) fn is_without_spaces(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

impl Label {
    /// `S`, `S2`, `Student 2`, `学生2`: which student; the first where no number stands. `Maya (S2)`: the second.
    pub fn student_number(&self) -> Option<u8> {
        // What is noted beside a name counts where it has a number.
        let noted = || student(&key_of(&self.note)).and_then(|(number, is_said)| is_said.then_some(number));
        self.own_student_number().or_else(noted)
    }

    /// The same, where the label is that number and no name.
    pub fn own_student_number(&self) -> Option<u8> {
        // S00, S01: voices as some programs count them.
        if self.is_voice() { None } else { student(&self.key).map(|(number, _)| number) }
    }

    /// The name without a number behind it, and the number.
    fn numbered(&self) -> (&str, Option<u8>) {
        numbered(&self.key)
    }

    /// Whether it says what somebody is, and nothing else: `Teacher`, `S2`, `Speaker 1`.
    pub fn is_bare_role(&self) -> bool {
        let is_teacher = TEACHERS.contains(&self.numbered().0) && !matches!(self.key.as_str(), "you" | "me" | "my teacher");
        !self.is_odd && (is_teacher || self.own_student_number().is_some() || self.is_voice())
    }

    /// The name alone where "Student" stands before it: `Student Maya`.
    pub fn without_role(&self) -> &str {
        let behind = self.shown.split_once([' ', '_', '-', '.']).filter(|(role, _)| role.len() > 2 && STUDENTS.contains(&key_of(role).as_str()));
        let name = behind.map(|(_, name)| name).filter(|name| name.starts_with(|c: char| c.is_uppercase()) && name.chars().nth(1).is_some());
        name.unwrap_or(&self.shown)
    }

    /// Whether it begins with a first name that is no word: `maya`, `omar b`.
    pub fn has_first_name(&self) -> bool {
        is_first_name(self.key.split(' ').next().unwrap_or_default())
    }

    /// Whether the label says: the teacher.
    pub fn says_teacher(&self) -> bool {
        let is_teacher = |word: Option<&str>| matches!(word, Some("teacher" | "lehrerin" | "lehrer" | "maestra" | "profesora" | "profesor"));
        let mut words = self.key.split([' ', '/']);
        let (first, last) = (words.next(), words.next_back());
        // "Teacher Anna" and "Student teacher"; in "My teacher said" or "Teacher smiled" one is spoken of.
        let named = is_teacher(first) && self.is_name_alone() || is_teacher(last) && !self.is_told();
        TEACHERS.contains(&self.numbered().0) || self.noted(TEACHERS) || named
    }

    /// Whether its words tell something, as stories do: "the teacher", "My dog", "Mr. Fox said".
    pub fn is_told(&self) -> bool {
        let first = self.key.split(' ').next().unwrap_or_default();
        // "Will B." and "An Tran" are names, "Will it" and "An owl" are not.
        let may_be_called = self.is_name() && matches!(first, "a" | "an" | "my" | "her");
        (TOLD.contains(&first) && self.key.contains(' ') && !may_be_called) || (!self.is_name() && self.has_words_of(IN_SENTENCES))
    }

    /// Written as a name, or in small letters throughout, without a word that tells something.
    fn is_name_alone(&self) -> bool {
        let is_small = || self.shown.split(' ').count() <= 3 && !self.shown.contains(char::is_uppercase);
        (self.is_name() || is_small()) && !self.is_told()
    }

    /// Whether a title stands before or behind the name, as children call teachers.
    pub fn has_title(&self) -> bool {
        let mut words = self.key.split(' ');
        let first = words.next().is_some_and(|word| TITLES.contains(&word)) && self.key.contains(' ') && self.is_name_alone();
        let behind = TITLES_BEHIND.iter().any(|title| {
            self.key
                .strip_suffix(title)
                .is_some_and(|name| !name.trim().is_empty() && (name.ends_with(' ') || name.chars().all(|c| is_without_spaces(c) || !c.is_ascii())))
        });
        first || behind
    }

    /// Whether the label says: a student, whichever.
    pub fn says_student(&self) -> bool {
        self.student_number().is_some() || self.noted(STUDENTS)
    }

    fn noted(&self, names: &[&str]) -> bool {
        let note = key_of(&self.note);
        // "Maya (S2)", "Ana (T)"; "Leo (me)" may be anybody.
        let is_whole = names.contains(&numbered(&note).0) && note != "me";
        is_whole || note.split([' ', ',', '/']).any(|word| names.contains(&word) && word.chars().count() > 2)
    }

    /// Whether the note says who it is (`Teacher`, `she/her`), and not how something is said (`whispering`).
    pub fn is_note_of_person(&self) -> bool {
        let key = name_key(&self.note);
        let pronouns = || {
            !key.is_empty()
                && key
                    .split(['/', ' ', ','])
                    .all(|word| matches!(word, "she" | "her" | "hers" | "he" | "him" | "his" | "they" | "them" | "theirs" | "you" | "guest" | "host" | "me"))
        };
        // Leo (8), Leo (grade 3)
        let is_age = key.contains(|c: char| c.is_ascii_digit());
        self.noted(TEACHERS) || self.noted(STUDENTS) || pronouns() || is_age
    }

    /// As it is shown: with the note, where that says who it is.
    pub fn with_note(&self) -> String {
        if self.is_note_of_person() { format!("{} ({})", self.shown, self.note) } else { self.shown.clone() }
    }

    /// Whether it says: several, or somebody.
    pub fn says_nobody(&self) -> bool {
        self.is_doubtful() || NOBODY.contains(&self.key.as_str())
    }

    /// `S?`, `Leo?`, `??`: who typed it was not sure.
    pub fn is_doubtful(&self) -> bool {
        self.is_odd && self.key.trim_end_matches(']').ends_with('?') && self.is_short() && !self.is_told()
    }

    /// `Speaker 1`, `SPEAKER_00`, `S00`: a voice of which the name is not known.
    pub fn is_voice(&self) -> bool {
        let (bare, number) = self.numbered();
        let is_short = matches!(bare, "s" | "p" | "spk") && self.key.trim_start_matches(|c: char| c.is_alphabetic()).starts_with('0');
        (NUMBERED.contains(&bare) && number.is_some()) || is_short || self.is_doubtful() || self.key == "unknown speaker" || self.key == "unidentified speaker"
    }

    /// Whether its words alone make it the name of a speaker, once on a page.
    pub fn is_known(&self) -> bool {
        let is_weak = matches!(
            self.key.as_str(),
            "you"
                | "me"
                | "all"
                | "both"
                | "class"
                | "other"
                | "others"
                | "child"
                | "writer"
                | "kid"
                | "everyone"
                | "everybody"
                | "kind"
                | "m"
                | "background"
                | "unknown"
        );
        if self.is_odd {
            return self.is_doubtful();
        }
        !is_weak
            && (self.says_teacher() || self.student_number().is_some() || self.noted(STUDENTS) || self.says_nobody() || self.is_voice() || self.has_title())
    }

    /// Who is there, said over a talk: `Teacher's name`, `Students`, `Writer`.
    pub fn is_role(&self) -> bool {
        self.is_role_of_student()
            || matches!(self.key.as_str(), "teacher name" | "teacher's name" | "teachers" | "teacher’s name" | "lehrkraft" | "conferring teacher")
    }

    /// The same, of students.
    pub fn is_role_of_student(&self) -> bool {
        let is_named = matches!(
            self.key.as_str(),
            "students"
                | "student name"
                | "student names"
                | "student's name"
                | "student’s name"
                | "writer"
                | "writers"
                | "child"
                | "children"
                | "author"
                | "pupils"
                | "kids"
                | "group"
        );
        is_named || self.says_student()
    }

    /// What stands over a page or is noted beside it, and is nobody.
    pub fn is_head(&self) -> bool {
        HEAD.contains(&self.key.as_str())
    }

    /// What is noted beside a talk, however often: a date, a remark of who typed it.
    pub fn is_note(&self) -> bool {
        [
            "note", "notes", "nb", "n.b", "n b", "ps", "p s", "date", "time", "page", "comment", "comments", "memo", "title", "url", "http", "https", "when",
            "length", "talk", "marks", "my note",
        ]
        .contains(&self.key.as_str())
    }

    /// Whether sentences begin so.
    pub fn is_said(&self) -> bool {
        let says = |ending: &str| self.key.ends_with(ending);
        let is_counted = matches!(self.numbered(), ("chapter" | "page" | "part" | "scene" | "act" | "line" | "step", Some(_)));
        SAID.contains(&self.key.as_str()) || is_counted || self.is_of_text() || ["说", "說", "問", "问", "答", "道", "言った"].into_iter().any(says)
    }

    /// Whether texts have it, or what is noted of them: "rhyme", "Main idea", "verse 2".
    fn is_of_text(&self) -> bool {
        let bare = self.key.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end();
        let (before, last) = bare.rsplit_once(' ').map_or(("", bare), |(before, last)| (before, last));
        let is_listed = |word: &str, list: &str| list.split_whitespace().any(|one| one == word);
        is_listed(last, OF_TEXTS) && before.split(' ').all(|word| word.is_empty() || is_listed(word, BEFORE_OF_TEXTS) || is_listed(word, OF_TEXTS))
    }

    /// Whether nothing in its words speaks against its being somebody's name.
    pub fn may_be_name(&self) -> bool {
        !self.is_odd && !self.is_head() && !self.is_said() && !self.is_sentence() && !self.is_told() && (self.is_known() || !self.tells())
    }

    /// "Teacher smiled", "Rex barks": a name, and in small letters what was done.
    pub fn tells(&self) -> bool {
        const DOES: [&str; 10] = ["smiles", "yells", "shouts", "whispers", "cries", "answers", "laughs", "replies", "barks", "thinks"];
        let is_done = |word: &str| word.starts_with(char::is_lowercase) && (word.ends_with("ed") || DOES.contains(&word));
        self.shown.starts_with(char::is_uppercase) && !self.is_name() && self.shown.split(' ').skip(1).any(is_done)
    }

    /// As short as most children are called.
    pub fn is_short(&self) -> bool {
        self.shown.split(' ').count() <= 2
    }

    /// Whether it has words that stand in sentences.
    pub fn is_sentence(&self) -> bool {
        !self.is_name() && (self.has_words_of(IN_SENTENCES) || self.has_words_of(IN_PLACES))
    }

    /// Whether it has words that stand in sentences and in no name at all.
    pub fn is_clause(&self) -> bool {
        self.has_words_of(IN_SENTENCES)
    }

    fn has_words_of(&self, list: &[&str]) -> bool {
        let words = self.key.split(' ');
        words.clone().count() > 1 && words.into_iter().any(|word| list.contains(&word.trim_matches(|c: char| !c.is_alphanumeric())))
    }

    /// Written as names are: every word begins with a capital or a digit, where the script has capitals.
    pub fn is_name(&self) -> bool {
        let particle = |word: &str| {
            matches!(
                word,
                "de" | "la"
                    | "del"
                    | "van"
                    | "von"
                    | "der"
                    | "den"
                    | "da"
                    | "dos"
                    | "di"
                    | "le"
                    | "el"
                    | "bin"
                    | "al"
                    | "y"
                    | "and"
                    | "und"
                    | "et"
                    | "&"
                    | "of"
                    | "ter"
                    | "zu"
            )
        };
        let begins = |word: &str| word.chars().find(|c| c.is_alphanumeric()).is_none_or(|c| !c.is_lowercase());
        let words = self.shown.split(' ').count();
        self.shown.chars().any(char::is_alphabetic)
            && self
                .shown
                .split(' ')
                .enumerate()
                .all(|(at, word)| begins(word) || (at > 0 && words > 2 && particle(word)) || (at > 0 && particle(word) && words == 3))
    }
}

/// A key without a number behind it, and the number.
fn numbered(key: &str) -> (&str, Option<u8>) {
    let bare = key.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = key[bare.len()..].parse().ok();
    // "Student A"
    if let (None, Some((before, letter))) = (number, key.rsplit_once(' ')) {
        let mut letters = letter.chars();
        if let (Some(letter @ 'a'..='t'), None) = (letters.next(), letters.next())
            && (STUDENTS.contains(&before) || NUMBERED.contains(&before))
        {
            return (before, Some(letter as u8 - b'a' + 1));
        }
    }
    (bare.trim_end_matches([' ', '-']), number)
}

/// Which student a key says, and whether it says the number.
fn student(key: &str) -> Option<(u8, bool)> {
    let (bare, number) = numbered(key);
    let is_student = STUDENTS.contains(&bare) || (NUMBERED_STUDENT.contains(&bare) && number.is_some());
    is_student.then(|| (number.unwrap_or(1), number.is_some())).filter(|&(number, _)| number > 0)
}

/// Whether a bracket holds a sound or a doing: `(laughs)`, `[pause]`, `(3 seconds)`.
pub(super) fn is_remark(inside: &str) -> bool {
    let key = name_key(inside.trim_matches(|c: char| !c.is_alphanumeric() && c != '?' && c != '.'));
    REMARKS.contains(&key.as_str()) || !inside.chars().any(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_kind_have_the_shape_of_a_label() {
        for (text, key) in [
            ("Ms. Lee", "ms lee"),
            ("**Maya**", "maya"),
            ("[SPEAKER_00]", "speaker 00"),
            ("Ana María O'Neil-Núñez", "ana maría o'neil-núñez"),
            ("J. R. R.", "j r r"),
            ("老师", "老师"),
            ("Учительница", "учительница"),
            ("معلمة", "معلمة"),
            ("Ana (Teacher)", "ana"),
            ("Lee, Anna", "lee, anna"),
            ("mom and dad", "mom and dad"),
            ("\u{200f}המורה", "המורה"),
        ] {
            assert_eq!(label(text).map(|label| label.key), Some(key.to_owned()), "{text}");
        }
        for text in
            ["", "12", "Why? Because", "He left. Then she", "https://otter.ai", "one two three four five six seven", "…", "我写了一首关于雨和风的诗歌给妈妈看"]
        {
            assert_eq!(label(text), None, "{text}");
        }
    }

    #[test]
    fn a_label_may_say_who_it_is() {
        let one = |text: &str| label(text).unwrap();
        for text in ["T", "Teacher", "teacher 1", "Ana (Teacher)", "Lehrerin", "老师", "המורה"] {
            assert!(one(text).says_teacher(), "{text}");
        }
        for text in ["Ms Lee", "Mr. O'Brien", "Dr. J. Kim", "王老师", "Coach Dan", "Tanaka-sensei".replace('-', " ").as_str()] {
            assert!(one(text).has_title(), "{text}");
        }
        for (text, number) in [("S", 1), ("S2", 2), ("Student 3", 3), ("student2", 2), ("Student B", 2), ("学生2", 2), ("Schüler 1", 1)] {
            assert_eq!(one(text).student_number(), Some(number), "{text}");
        }
        for text in ["Speaker 1", "SPEAKER_00", "S00", "Unknown Speaker", "Sprecher 2"] {
            assert!(one(text).is_voice(), "{text}");
        }
        for text in ["Maya", "Maya R", "Stella", "Tom"] {
            assert!(!one(text).is_known(), "{text}");
        }
    }
}
