//! Who of the speakers of a page is the teacher: what their labels say, what is known of them, what they ask. Where that does not decide it, that is said.

use super::evidence::Known;
use super::labels::{Label, is_of, is_of_key, key_of};
use super::reading::Reading;
use crate::conference::{Speaker, is_question_mark, name_key};
use std::collections::BTreeSet;

/// Who of the speakers is the teacher, where somebody said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TeacherChoice {
    /// The speaker with this label.
    Teacher(String),
    /// None of them.
    NoTeacher,
}

/// Who each label is, and whether it is sure which is the teacher.
pub(super) fn roles(reading: &Reading, known: &Known, told: Option<&TeacherChoice>) -> (Vec<Speaker>, bool) {
    let labels = &reading.labels;
    let known = &Listed::new(&known.with(&reading.said_above));
    let (teachers, is_sure) = teachers(reading, known, told);
    let is_teacher: BTreeSet<usize> = teachers.iter().copied().collect();
    // Where only one is named, the others are not understood.
    let is_sure = is_sure && (labels.len() > 1 || told.is_some());
    let numbers = |label: &Label| label.student_number();
    // S1 and S2 are numbers of students only beside a teacher who is none of them.
    let are_numbered = !labels.iter().enumerate().any(|(at, label)| is_teacher.contains(&at) && numbers(label).is_some());
    let number = |at: usize| numbers(&labels[at]).filter(|_| are_numbered && !is_teacher.contains(&at));
    let mut taken: BTreeSet<u8> = (0..labels.len()).filter_map(number).collect();
    let roles = labels.iter().enumerate().map(|(at, label)| {
        if is_teacher.contains(&at) {
            Speaker::Teacher
        } else if let Some(number) = number(at) {
            Speaker::Student(number)
        } else if label.says_nobody() {
            if label.is_voice() { Speaker::Unknown } else { Speaker::Other }
        } else if label.has_title() && !label.says_student() && !is_listed(label, known) {
            Speaker::Other
        } else {
            let number = (1..=u8::MAX).find(|number| !taken.contains(number)).unwrap_or(u8::MAX);
            taken.insert(number);
            Speaker::Student(number)
        }
    });
    (roles.collect(), is_sure)
}

/// The keys of those who are known.
struct Listed {
    teachers: Vec<String>,
    students: Vec<String>,
}

impl Listed {
    fn new(known: &Known) -> Self {
        let keys = |names: &[String]| names.iter().map(|name| key_of(name)).collect();
        Self { teachers: keys(&known.teachers), students: keys(&known.students) }
    }
}

fn is_listed(label: &Label, known: &Listed) -> bool {
    known.students.iter().any(|name| is_of_key(label, name))
}

/// Which labels are the teacher's, and whether that is sure.
fn teachers(reading: &Reading, known: &Listed, told: Option<&TeacherChoice>) -> (Vec<usize>, bool) {
    let labels = &reading.labels;
    let which = |fits: &dyn Fn(&Label) -> bool| -> Vec<usize> { labels.iter().enumerate().filter(|(_, label)| fits(label)).map(|(at, _)| at).collect() };
    match told {
        Some(TeacherChoice::NoTeacher) => return (Vec::new(), true),
        Some(TeacherChoice::Teacher(name)) => {
            let key = key_of(name);
            let exact = which(&|label| label.key == key || label.with_note() == *name);
            let meant = if exact.is_empty() { which(&|label| is_of(label, name) || name_key(&label.shown) == name_key(name)) } else { exact };
            if !meant.is_empty() {
                return (meant, true);
            }
        }
        None => {}
    }
    let said = which(&|label| label.says_teacher() && !label.says_student());
    if !said.is_empty() {
        return (said, true);
    }
    let own = which(&|label| known.teachers.iter().any(|name| is_of_key(label, name)));
    if own.len() == 1 {
        return (own, true);
    }
    let titled = which(&|label| label.has_title() && !is_listed(label, known));
    if titled.len() == 1 {
        return (titled, true);
    }
    // Who is left when all others are known to be students.
    let is_free = |label: &Label| !label.says_student() && !label.says_nobody() && !is_listed(label, known);
    let free = if titled.len() > 1 { titled } else { which(&is_free) };
    let students = which(&|label| label.says_student() || is_listed(label, known)).len();
    if let ([only], true) = (free.as_slice(), students > 0) {
        return (vec![*only], true);
    }
    let among = if free.is_empty() { which(&|label| !label.says_nobody()) } else { free };
    let all = scores(reading);
    let mut scores: Vec<(usize, usize)> = among.iter().map(|&at| (all[at], at)).collect();
    scores.sort_by_key(|&(score, at)| (std::cmp::Reverse(score), at));
    match scores.as_slice() {
        [] => (Vec::new(), false),
        [(_, only)] => (vec![*only], false),
        [(most, first), (next, _), ..] => (vec![*first], *most >= 6 && *most >= next * 3 + 3),
    }
}

/// What teachers say in conferences, and children hardly.
const TEACHING: [&str; 26] = [
    "what are you working on",
    "how's it going",
    "how is it going",
    "tell me more",
    "tell me about",
    "can you show me",
    "show me where",
    "can you read",
    "i notice",
    "i noticed",
    "today i want to",
    "i want to teach",
    "can i give you",
    "writers ",
    "let's try",
    "why don't you",
    "why did you",
    "what do you think",
    "how did you feel",
    "say more",
    "have you thought",
    "what else",
    "from now on",
    "whenever you write",
    "try it",
    "good job",
];

/// How much of what each says is what teachers say: questions, and their phrases.
fn scores(reading: &Reading) -> Vec<usize> {
    let mut scores = vec![0; reading.labels.len()];
    for one in &reading.utterances {
        let Some(score) = one.speaker.and_then(|speaker| scores.get_mut(speaker)) else { continue };
        let text = one.text.to_lowercase().replace('’', "'");
        let questions = text.matches(is_question_mark).count();
        *score += questions * 2 + TEACHING.iter().filter(|phrase| text.contains(*phrase)).count() * 2;
    }
    scores
}
