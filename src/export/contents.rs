//! What of a conference is to be said, chosen before anything is made of it.

use crate::conference::{ConferenceRecord, Question};
use serde::{Deserialize, Serialize};

/// What is to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contents {
    /// Who said what.
    pub transcript: bool,
    /// When, and in which part of the conference.
    pub times: bool,
    /// The moments the teacher marked.
    pub marks: bool,
    /// The five questions with the teacher's notes.
    pub questions: bool,
    /// The teacher's ratings.
    pub ratings: bool,
    /// What was found: evidence and measures.
    pub found: bool,
    /// The recording itself, where the format can hold it.
    pub sound: bool,
}

impl Default for Contents {
    /// As the dialog opens: no sound, no ratings, nothing that was only found.
    fn default() -> Self {
        Self { transcript: true, times: true, marks: true, questions: true, ratings: false, found: false, sound: false }
    }
}

impl Contents {
    /// All there is to read.
    pub const ALL: Self = Self { transcript: true, times: true, marks: true, questions: true, ratings: true, found: true, sound: false };
}

/// A conference with what is not to be said taken out: marks, notes, ratings with what was guessed before them.
#[must_use]
pub fn chosen(record: &ConferenceRecord, contents: &Contents) -> ConferenceRecord {
    let mut facts = record.data().clone();
    if !contents.marks {
        facts.marks.clear();
    }
    if !contents.ratings {
        facts.corrections.guess = None;
        facts.corrections.uncovered.clear();
    }
    for question in Question::ALL {
        let answer = &mut facts.reflection.answers[question as usize];
        answer.rating = answer.rating.filter(|_| contents.ratings);
        if !contents.questions {
            answer.note.clear();
            answer.extra.clear();
        }
    }
    ConferenceRecord::new(facts)
}
