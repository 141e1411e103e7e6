//! The children: who they are, who was at a conference, and when two spellings are one name.

use super::ids::{ClassId, StudentId};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

/// A child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Student {
    /// Whoever else has the same name has another id.
    pub id: StudentId,
    /// As the teacher writes it.
    pub name: String,
}

/// A child at a conference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// Who.
    pub student: Student,
    /// Which voice is the child's, as the number in [`Speaker::Student`](super::speakers::Speaker::Student); none while nobody said so.
    pub voice: Option<u8>,
}

/// A class of one year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Class {
    /// Identity.
    pub id: ClassId,
    /// As the teacher calls it.
    pub name: String,
    /// When its year ended; none while it goes on.
    pub ended_unix_ms: Option<i64>,
}

/// A child as the class list knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedStudent {
    /// Who.
    #[serde(flatten)]
    pub student: Student,
    /// In which class; none for a child known from single conferences only.
    pub class: Option<ClassId>,
    /// When the child left; conferences stay, and so does the name that exports hide.
    pub archived_unix_ms: Option<i64>,
}

/// Who is known to have been there, as one line; none when nobody is.
#[must_use]
pub fn names(participants: &[Participant]) -> Option<String> {
    in_one_line(participants.iter().map(|one| one.student.name.as_str()))
}

/// As [`names`].
#[must_use]
pub fn names_of<'a>(students: impl IntoIterator<Item = &'a Student>) -> Option<String> {
    in_one_line(students.into_iter().map(|student| student.name.as_str()))
}

fn in_one_line<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// Whose voice that of student `number` is.
#[must_use]
pub fn with_voice(participants: &[Participant], number: u8) -> Option<&Student> {
    participants.iter().find(|one| one.voice == Some(number)).map(|one| &one.student)
}

/// A name without what is chance in how it was typed: space around it, capitals (in any alphabet), and whether é is one sign or two.
/// Two names with the same key are offered as the same child; whether they are is the teacher's to say.
#[must_use]
pub fn name_key(name: &str) -> String {
    let composed = name.split_whitespace().collect::<Vec<_>>().join(" ").nfd().collect::<String>();
    caseless::default_case_fold_str(&composed).nfc().collect()
}

/// What a name is looked for by: as [`name_key`], without its accents.
#[must_use]
pub fn search_key(name: &str) -> String {
    name_key(name).nfd().filter(|letter| !unicode_normalization::char::is_combining_mark(*letter)).collect()
}

/// Who was there, where names stand by the numbers of the voices: in a typed transcript, and in a conference from before there were participants. A student
/// who is known and is among the names is that voice; one who is not was there too.
#[must_use]
pub fn participants_named(known: Vec<Student>, names: &[String], students: u8) -> Vec<Participant> {
    let mut known = known;
    let mut named = Vec::new();
    for (index, name) in names.iter().enumerate().filter(|(_, name)| !name.trim().is_empty()) {
        let same = known.iter().position(|student| name_key(&student.name) == name_key(name)).map(|at| known.remove(at));
        let who = same.unwrap_or_else(|| Student { id: StudentId::NONE, name: name.trim().to_owned() });
        named.push(Participant { student: who, voice: u8::try_from(index + 1).ok() });
    }
    let voice = (students <= 1 && named.is_empty()).then_some(1);
    known.into_iter().map(|student| Participant { student, voice }).chain(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_however_it_is_typed() {
        for (a, b) in
            [("Émile", "émile"), ("Émile", "E\u{301}mile"), ("ÉMILE", "e\u{301}mile "), ("Weiß", "WEISS"), ("Σοφίας", "ΣΟΦΊΑΣ"), ("Maya  L.", " maya l.")]
        {
            assert_eq!(name_key(a), name_key(b), "{a} {b}");
        }
        assert_ne!(name_key("Émile"), name_key("Emile"), "another name");
        assert_ne!(name_key("Maya"), name_key("Maya L."));
    }

    #[test]
    fn a_name_is_found_without_its_accents() {
        for (name, typed) in [("Ömer", "omer"), ("Zoë", "ZOE"), ("José Ángel", "jose ang"), ("Łucja", "łuc")] {
            assert!(search_key(name).contains(&search_key(typed)), "{name} {typed}");
        }
    }

    #[test]
    fn who_was_there_before_there_were_participants() {
        let maya = || Student { id: StudentId::from_u128(3), name: "Maya".into() };
        let read = |student: Option<Student>, names: &[&str], students: u8| -> String {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let found = participants_named(student.into_iter().collect(), &names, students);
            found
                .iter()
                .map(|one| format!("{}{}{:?}", one.student.name, if one.student.id.is_given() { "!" } else { "" }, one.voice))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(read(Some(maya()), &[], 1), "Maya!Some(1)");
        assert_eq!(read(None, &["Ana"], 1), "AnaSome(1)");
        assert_eq!(read(Some(maya()), &["M."], 1), "Maya!None M.Some(1)", "both were typed");
        assert_eq!(read(Some(maya()), &["Omar", "", "maya"], 3), "OmarSome(1) Maya!Some(3)");
        assert_eq!(read(Some(maya()), &[], 3), "Maya!None", "at a table nobody said which voice");
        assert_eq!(read(None, &["", " "], 2), "");
    }
}
