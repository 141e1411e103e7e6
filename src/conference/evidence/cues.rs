//! What each sentence shows about the phase it belongs to: its signs, its form, its place, and who spoke before and after.
//!
//! None of these decides. How much each speaks for and against a phase was learned from labelled conferences, see `phase_model`.

use super::questions::SentenceReading;
use super::signs::{SignKind, Table};

/// A sentence inside the conference, as the model sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Index of the sentence.
    pub sentence: usize,
    /// Its words in the transcript.
    pub words: Vec<usize>,
    /// Index of its turn.
    pub turn: usize,
    /// Whether the teacher says it.
    pub is_teacher: bool,
    /// What it shows, by name.
    pub cues: Vec<String>,
    /// What lies before it: 0 the same turn, 1 a new turn of the teacher, 2 of somebody else.
    pub edge: usize,
    /// "open", "closed", "tag" or "none": how it asks.
    pub asks: &'static str,
}

impl Step {
    /// Says again where it stands: after so many words of all.
    pub fn put_at(&mut self, before: usize, total: usize) {
        self.cues.retain(|cue| !cue.starts_with(PLACE));
        let place = (before as f64 + self.words.len() as f64 / 2.0) / total.max(1) as f64;
        let who = if self.is_teacher { "teacher" } else { "student" };
        self.cues.push(format!("{PLACE}{who} {}", part(place)));
        if self.is_teacher {
            self.cues.push(format!("{PLACE}asks {} {}", self.asks, third(place)));
        }
    }
}

/// What cues of place begin with.
const PLACE: &str = "place ";

/// The sentences of the conference in order; `outside` those that are no part of it.
pub(super) fn steps(read: &[SentenceReading], outside: &[bool], table: &'static Table) -> Vec<Step> {
    let inside: Vec<usize> = (0..read.len()).filter(|&index| !outside[index]).collect();
    let total: usize = inside.iter().map(|&index| read[index].sentence.words.len()).sum::<usize>().max(1);
    let mut before = 0;
    let mut steps: Vec<Step> = Vec::with_capacity(inside.len());
    for (number, &index) in inside.iter().enumerate() {
        let one = &read[index];
        let sentence = &one.sentence;
        let earlier = number.checked_sub(1).map(|earlier| &read[inside[earlier]]);
        let is_teacher = one.is_teacher();
        let edge = match earlier {
            Some(earlier) if earlier.sentence.turn == sentence.turn => 0,
            _ => usize::from(!is_teacher) + 1,
        };
        let length = sentence.words.len();
        let around = SentenceContext { read, inside: &inside, number };
        let cues = if is_teacher { teacher_cues(one, &around, table) } else { student_cues(one, &around) };
        let mut step = Step { sentence: index, words: sentence.words.clone(), turn: sentence.turn, is_teacher, cues, edge, asks: asks(one) };
        step.put_at(before, total);
        before += length;
        steps.push(step);
    }
    steps
}

/// A sentence among those of the conference.
struct SentenceContext<'a> {
    read: &'a [SentenceReading],
    inside: &'a [usize],
    number: usize,
}

impl SentenceContext<'_> {
    /// Words of the turn before or after, when the sentence is at that end of its own turn; none at all otherwise.
    fn words_of_neighbour(&self, is_before: bool) -> Option<usize> {
        let own = self.read[self.inside[self.number]].sentence.turn;
        let words = |index: &usize| (self.read[*index].sentence.turn, self.read[*index].sentence.words.len());
        let others: Box<dyn Iterator<Item = (usize, usize)>> =
            if is_before { Box::new(self.inside[..self.number].iter().rev().map(words)) } else { Box::new(self.inside[self.number + 1..].iter().map(words)) };
        let mut others = others.peekable();
        let turn = others.peek().map(|&(turn, _)| turn).filter(|&turn| turn != own)?;
        Some(others.take_while(|&(of, _)| of == turn).map(|(_, length)| length).sum())
    }
}

fn size(words: usize) -> &'static str {
    match words {
        0..=2 => "1-2",
        3..=5 => "3-5",
        6..=10 => "6-10",
        11..=18 => "11-18",
        19..=35 => "19-35",
        _ => "36+",
    }
}

/// Roughly: how long each phase lasts differs too much from one conference to another.
fn part(place: f64) -> &'static str {
    match place {
        p if p < 0.06 => "first 6 %",
        p if p < 0.25 => "early",
        p if p < 0.8 => "middle",
        p if p < 0.94 => "late",
        _ => "last 6 %",
    }
}

fn third(place: f64) -> &'static str {
    match place {
        p if p < 0.25 => "early",
        p if p < 0.8 => "middle",
        _ => "late",
    }
}

fn asks(one: &SentenceReading) -> &'static str {
    one.asked.as_ref().map_or("none", |asked| asked.kind.label())
}

fn teacher_cues(one: &SentenceReading, around: &SentenceContext<'_>, table: &'static Table) -> Vec<String> {
    let mut cues: Vec<String> = vec!["teacher".into(), format!("words {}", size(one.sentence.words.len()))];
    let mut signs: Vec<&str> = one.hits.iter().filter(|hit| !hit.is(SignKind::Tag)).map(|hit| hit.sign).collect();
    signs.sort_unstable();
    signs.dedup();
    cues.extend(signs.iter().map(|sign| format!("sign {sign}")));
    cues.push(format!("asks {}", asks(one)));
    if !table.crafts(&one.sentence).is_empty() {
        cues.push("speaks of craft".into());
    }
    if let Some(words) = around.words_of_neighbour(true) {
        cues.push(format!("after {}", size(words)));
    }
    if let Some(words) = around.words_of_neighbour(false) {
        cues.push(format!("answered {}", size(words)));
    }
    cues.extend(word_cues(one, "word"));
    cues
}

fn student_cues(one: &SentenceReading, around: &SentenceContext<'_>) -> Vec<String> {
    let mut cues: Vec<String> = vec!["student".into(), format!("student words {}", size(one.sentence.words.len()))];
    let mut signs: Vec<&str> = one.hits.iter().map(|hit| hit.sign).collect();
    signs.sort_unstable();
    signs.dedup();
    cues.extend(signs.iter().map(|sign| format!("sign {sign}")));
    if one.asked.is_some() {
        cues.push("student asks".into());
    }
    if let Some(words) = around.words_of_neighbour(false) {
        cues.push(format!("student answered {}", size(words)));
    }
    cues.extend(word_cues(one, "student word"));
    cues
}

fn word_cues(one: &SentenceReading, kind: &str) -> Vec<String> {
    let mut words: Vec<&str> = one.sentence.reading.split(' ').filter(|word| !word.is_empty() && *word != "?").collect();
    let first: Vec<String> = words.first().map(|word| format!("{kind} first {word}")).into_iter().collect();
    let pairs: Vec<String> = words.windows(2).map(|pair| format!("{kind} {} {}", pair[0], pair[1])).collect();
    words.sort_unstable();
    words.dedup();
    words.into_iter().map(|word| format!("{kind} {word}")).chain(first).chain(pairs).collect()
}
