//! A conference as the teacher has it: what was found, what the teacher said about it, and the edits that change it.

use crate::conference::evidence::findings::{Evidence, Reading, corrected_evidence, read_talk};
use crate::conference::evidence::questions::SentenceReading;
use crate::conference::model::data::{ConferenceData, Stage, TeacherKnown, Voices};
use crate::conference::model::doubt::TalkShare;
use crate::conference::model::ids::{ConferenceId, StudentId};
use crate::conference::model::overrides::{Corrections, SpeakerOverride};
use crate::conference::model::people::{Participant, with_voice};
use crate::conference::model::reflection::{Question, Rating};
use crate::conference::model::speakers::{Speaker, SpeakerSpan};
use crate::conference::model::time::{Millis, Span};
use crate::conference::model::transcript::Transcript;
use crate::conference::talk::measures::{Measured, TalkMeasures, measure};
use crate::conference::talk::turns::{Turn, turns};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A conference with all that follows from its facts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConferenceRecord {
    #[serde(flatten)]
    facts: ConferenceData,
    #[serde(skip)]
    transcript: Transcript,
    #[serde(skip)]
    spans: Vec<SpeakerSpan>,
    turns: Vec<Turn>,
    measures: TalkMeasures,
    /// The sentences, so that a correction has only its own read again.
    #[serde(skip)]
    read: Arc<Vec<SentenceReading>>,
    #[serde(skip)]
    evidence: Evidence,
    /// As it was before the teacher corrected it; none when it was not corrected.
    #[serde(skip)]
    found_evidence: Option<Box<Evidence>>,
}

/// What follows the last speech is worth cutting off from this much on, and so much of it is left.
const WORTH_CUTTING: Millis = Millis(10_000);
const LEFT_AFTER_SPEECH: Millis = Millis(1000);

/// Voices told apart anew, with what the teacher had said of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rediarized {
    /// Students at the table.
    pub students: u8,
    /// See [`Corrections::others`].
    pub others: u8,
    /// See [`Corrections::people`].
    pub people: Option<u8>,
    /// See [`Corrections::pointed_at`].
    #[serde(rename = "said")]
    pub pointed_at: Vec<SpeakerOverride>,
    /// What was found.
    pub voices: Voices,
}

/// A change by the teacher. Undone by applying what [`ConferenceRecord::apply`] returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// Rates a question, or takes the rating away.
    Rate(Question, Option<Rating>),
    /// Writes the note of a question.
    Note(Question, String),
    /// Writes what else belongs to a question: see [`crate::conference::model::reflection::Answer::extra`].
    Extra(Question, String),
    /// Adds a mark.
    AddMark(Millis),
    /// Removes a mark.
    RemoveMark(Millis),
    /// Says who each voice is (and how that is known).
    Roles(Vec<Speaker>, TeacherKnown),
    /// Gives it a title.
    Title(String),
    /// Says who was there, and which voice is whose.
    Participants(Vec<Participant>),
    /// Says how many students there are; heard again with that count, the voices follow.
    Students(u8),
    /// Corrects words, speakers or turns: all corrections as they are from now on.
    Correct(Box<Corrections>),
    /// The voices were told apart anew.
    Voices(Box<Rediarized>),
}

impl ConferenceRecord {
    /// Computes turns and measures: one pass over words and voices.
    #[must_use]
    pub fn new(facts: ConferenceData) -> Self {
        let mut record = Self {
            facts,
            transcript: Transcript::default(),
            spans: Vec::new(),
            turns: Vec::new(),
            measures: TalkMeasures::default(),
            read: Arc::default(),
            evidence: Evidence::default(),
            found_evidence: None,
        };
        record.recompute();
        record
    }

    /// The stored facts.
    #[must_use]
    pub fn data(&self) -> &ConferenceData {
        &self.facts
    }

    /// Who speaks when: as found, as the roles name it, as corrected. Sorted by start.
    #[must_use]
    pub fn speaker_spans(&self) -> &[SpeakerSpan] {
        &self.spans
    }

    /// The words as corrected. (What was found is in [`ConferenceRecord::data`].)
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// Speaker turns in order.
    #[must_use]
    pub fn turns(&self) -> &[Turn] {
        &self.turns
    }

    /// The turn at a moment, or the last one before it.
    #[must_use]
    pub fn turn_at(&self, at: Millis) -> Option<usize> {
        self.turns.partition_point(|turn| turn.span.start() <= at).checked_sub(1)
    }

    /// Whether a turn was marked: a mark in a pause is about what was just said.
    #[must_use]
    pub fn is_marked(&self, turn: usize) -> bool {
        self.facts
            .marks
            .iter()
            .filter(|mark| self.facts.corrections.cut_off.is_none_or(|end| **mark <= end))
            .any(|&mark| self.turn_at(mark).unwrap_or(0) == turn)
    }

    /// The measures.
    #[must_use]
    pub fn measures(&self) -> &TalkMeasures {
        &self.measures
    }

    /// What was found for the five questions, with the teacher's corrections.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// What was found for the five questions before the teacher corrected it.
    #[must_use]
    pub fn found_evidence(&self) -> &Evidence {
        self.found_evidence.as_deref().unwrap_or(&self.evidence)
    }

    /// How far the work has come, reflection included.
    #[must_use]
    pub fn stage(&self) -> Stage {
        if self.facts.reflection.has_begun() { Stage::Reflected } else { self.facts.stage }
    }

    /// The edit that cuts off what follows the last speech, where it is long enough to be worth it; none where it is not.
    #[must_use]
    pub fn cut_after_speech(&self) -> Option<Edit> {
        // What nobody is known to have said was said all the same.
        let words = self.transcript.words.iter().map(|word| word.span.end());
        let last = self.spans.iter().map(|piece| piece.span.end()).chain(words).max()?;
        let end = (last + LEFT_AFTER_SPEECH).min(self.facts.end());
        let is_worth_it = self.facts.has_sound() && self.facts.end() - last >= WORTH_CUTTING;
        is_worth_it.then(|| Edit::Correct(Box::new(Corrections { cut_off: Some(end), ..self.facts.corrections.clone() })))
    }

    /// The edit that brings back what was cut off; none where nothing was.
    #[must_use]
    pub fn uncut(&self) -> Option<Edit> {
        let corrections = &self.facts.corrections;
        corrections.cut_off.map(|_| Edit::Correct(Box::new(Corrections { cut_off: None, ..corrections.clone() })))
    }

    /// As if there had never been more of it than is shown, see [`ConferenceData::cut`].
    #[must_use]
    pub fn cut(self) -> Self {
        if self.facts.corrections.cut_off.is_some() { Self::new(self.facts.cut()) } else { self }
    }

    /// Whether what was found for a question is still to be seen, for a teacher who guesses first: nothing was said of it yet. A sample shows what it has.
    #[must_use]
    pub fn is_covered(&self, question: Question) -> bool {
        let is_found = match question {
            Question::Pacing => !self.measures.speakers.is_empty(),
            _ => self.evidence.not_sought.is_none(),
        };
        let is_seen = self.facts.reflection.answer(question).rating.is_some() || self.facts.corrections.uncovered.contains(&question);
        is_found && !is_seen && !self.facts.is_sample
    }

    /// The student's name, or the words the screen uses when nobody was chosen.
    #[must_use]
    pub fn student_name(&self) -> &str {
        match self.facts.participants.as_slice() {
            [only] => &only.student.name,
            others if self.facts.students > 1 || others.len() > 1 => "Table conference",
            _ => "Student",
        }
    }

    /// The name of a speaker: "You", the student's name, "Student 2", "Another voice".
    #[must_use]
    pub fn speaker_name(&self, speaker: Speaker) -> String {
        match speaker {
            Speaker::Teacher => "You".into(),
            Speaker::Student(number) => match with_voice(&self.facts.participants, number) {
                Some(student) => student.name.clone(),
                _ if self.facts.students <= 1 && number == 1 => self.student_name().into(),
                _ => format!("Student {number}"),
            },
            Speaker::Other => "Another voice".into(),
            Speaker::Unknown => "Not sure who".into(),
        }
    }

    /// Changes the record and returns the edit that takes it back.
    pub fn apply(&mut self, edit: Edit) -> Edit {
        match edit {
            Edit::Rate(question, rating) => Edit::Rate(question, std::mem::replace(&mut self.facts.reflection.answer_mut(question).rating, rating)),
            Edit::Note(question, note) => Edit::Note(question, std::mem::replace(&mut self.facts.reflection.answer_mut(question).note, note)),
            Edit::Extra(question, text) => Edit::Extra(question, std::mem::replace(&mut self.facts.reflection.answer_mut(question).extra, text)),
            Edit::AddMark(at) => match self.facts.marks.binary_search(&at) {
                // Already there: nothing changes, and neither does taking it back.
                Ok(_) => Edit::AddMark(at),
                Err(index) => {
                    self.facts.marks.insert(index, at);
                    Edit::RemoveMark(at)
                }
            },
            Edit::RemoveMark(at) => match self.facts.marks.binary_search(&at) {
                Ok(index) => {
                    self.facts.marks.remove(index);
                    Edit::AddMark(at)
                }
                Err(_) => Edit::RemoveMark(at),
            },
            Edit::Roles(roles, known) => {
                let old = Edit::Roles(std::mem::replace(&mut self.facts.voices.roles, roles), std::mem::replace(&mut self.facts.voices.teacher_known, known));
                self.recompute();
                old
            }
            Edit::Title(title) => Edit::Title(std::mem::replace(&mut self.facts.title, title)),
            Edit::Participants(participants) => Edit::Participants(std::mem::replace(&mut self.facts.participants, participants)),
            Edit::Students(students) => Edit::Students(std::mem::replace(&mut self.facts.students, students)),
            Edit::Correct(corrections) => {
                let old = std::mem::replace(&mut self.facts.corrections, *corrections);
                if old.is_same_talk(&self.facts.corrections) {
                    self.recompute_evidence()
                } else {
                    self.recompute()
                }
                Edit::Correct(Box::new(old))
            }
            Edit::Voices(new) => {
                let facts = &mut self.facts;
                let old = Rediarized {
                    students: std::mem::replace(&mut facts.students, new.students),
                    others: std::mem::replace(&mut facts.corrections.others, new.others),
                    people: std::mem::replace(&mut facts.corrections.people, new.people),
                    pointed_at: std::mem::replace(&mut facts.corrections.pointed_at, new.pointed_at),
                    voices: std::mem::replace(&mut facts.voices, new.voices),
                };
                self.recompute();
                Edit::Voices(Box::new(old))
            }
        }
    }

    /// Who says what, from words, voices and corrections; then [`Self::recompute_evidence`].
    fn recompute(&mut self) {
        let corrections = &self.facts.corrections;
        let mut transcript = corrections.transcript(&self.facts.transcript);
        let kept = Span::new(Millis::ZERO, self.facts.end());
        if corrections.cut_off.is_some() {
            transcript.words.retain(|word| word.span.start() < kept.end());
            transcript.untranscribed.retain(|stretch| stretch.span.start() < kept.end());
        }
        self.spans = corrections.speaker_spans(&self.facts.voices.speaker_spans(), &transcript.words);
        if corrections.cut_off.is_some() {
            self.spans.retain_mut(|piece| piece.span.overlap(kept).map(|span| piece.span = span).is_some());
        }
        let turns = turns(&transcript.words, &self.spans, corrections, self.facts.has_sound());
        let read = Arc::unwrap_or_clone(std::mem::take(&mut self.read));
        let before = Reading { words: &self.transcript.words, turns: &self.turns, read };
        self.read = Arc::new(read_talk(&transcript.words, &turns, language(&transcript), before));
        (self.transcript, self.turns) = (transcript, turns);
        self.recompute_evidence();
    }

    /// What the talk shows, as corrected.
    fn recompute_evidence(&mut self) {
        let words = &self.transcript.words;
        let (evidence, found) = corrected_evidence(&self.read, words, &self.turns, language(&self.transcript), &self.facts.corrections);
        (self.evidence, self.found_evidence) = (evidence, found.map(Box::new));
        let questions: Option<Vec<Vec<usize>>> =
            self.evidence.not_sought.is_none().then(|| self.evidence.questions.iter().map(|question| question.words.clone()).collect());
        let corrected = || self.facts.corrections.speakers.iter().map(|fix| fix.span);
        let doubtful = self.facts.voices.doubtful_spans().into_iter();
        let doubtful: Vec<SpeakerSpan> =
            doubtful.flat_map(|piece| piece.span.without(corrected()).into_iter().map(move |span| SpeakerSpan { span, ..piece })).collect();
        let doubt = self.facts.voices.doubt.as_ref().map(|doubt| (doubt, doubtful.as_slice()));
        let measures = measure(&Measured {
            length: self.facts.end(),
            unrecorded: &self.facts.dropouts,
            envelope: &self.facts.envelope,
            words,
            spans: &self.spans,
            turns: &self.turns,
            questions: questions.as_deref(),
            chosen_waits: self.facts.corrections.waits.as_deref(),
            doubt,
        });
        self.measures = if self.facts.has_sound() { measures } else { measures.without_times() };
    }
}

/// Nothing known of the language: most of what is typed in by hand is English.
fn language(transcript: &Transcript) -> &str {
    if transcript.language.is_empty() { "en" } else { &transcript.language }
}

/// One row of the list of conferences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConferenceSummary {
    /// Identity in the library.
    pub id: ConferenceId,
    /// The teacher's title; may be empty.
    pub title: String,
    /// Number of students at the table.
    pub students: u8,
    /// Who of them is known.
    pub participants: Vec<Participant>,
    /// When it began: milliseconds since 1970, UTC.
    pub started_unix_ms: i64,
    /// The recording's length.
    pub length: Millis,
    /// How far the work has come, reflection included.
    pub stage: Stage,
    /// The teacher's share of talk, 0 to 1, when voices were told apart.
    pub teacher_share: Option<f64>,
    /// From what to what it may lie, where that is unsure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub teacher_share_range: Option<(f64, f64)>,
    /// Who talked how much was seen: the first question was rated, or shown before that.
    #[serde(default)]
    pub is_talk_seen: bool,
    /// The strategy in one sentence, as the teacher wrote it; may be empty.
    #[serde(default)]
    pub strategy: String,
    /// How many moments were marked.
    pub marks: usize,
    /// Synthetic voices.
    pub is_sample: bool,
    /// Typed: there is no sound, and no length.
    #[serde(default)]
    pub is_typed: bool,
}

impl ConferenceSummary {
    /// The teacher's share as it is said.
    #[must_use]
    pub fn teacher_talk(&self) -> Option<TalkShare> {
        self.teacher_share.map(|share| TalkShare { share, range: self.teacher_share_range })
    }

    /// Whether this child was there.
    #[must_use]
    pub fn is_with(&self, student: StudentId) -> bool {
        self.participants.iter().any(|one| one.student.id == student)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::Voice;
    use crate::conference::fixture::talk;
    use proptest::prelude::*;

    #[test]
    fn one_press_makes_the_other_voice_the_teacher_and_measures_again() {
        let mut record = talk("T 0-4 Hi. | S 5-6 Hello.");
        let before = record.measures().teacher_share().unwrap();
        let roles = record.data().voices.roles_with_teacher(Voice(1));
        record.apply(Edit::Roles(roles, TeacherKnown::ByTeacher));
        assert!((record.measures().teacher_share().unwrap() - (1.0 - before)).abs() < 1e-9);
        assert_eq!(record.turns()[0].speaker, Speaker::Student(1));
    }

    #[test]
    fn a_reflection_begins_with_a_rating_or_a_note_and_not_with_a_space() {
        let mut record = talk("T 0-4 Hi.");
        record.apply(Edit::Note(Question::Pacing, "  ".into()));
        assert_eq!(record.stage(), Stage::Transcribed);
        record.apply(Edit::Rate(Question::Strategy, Some(Rating::Good)));
        assert_eq!(record.stage(), Stage::Reflected);
    }

    #[test]
    fn a_mark_in_a_pause_is_about_what_was_just_said() {
        let mut record = talk("T 1-4 Hi. | S 6-7 Hello.");
        for (at, first, second) in [(0, true, false), (2000, true, false), (5000, true, false), (6500, false, true), (9000, false, true)] {
            record.apply(Edit::AddMark(Millis(at)));
            assert_eq!((record.is_marked(0), record.is_marked(1)), (first, second), "{at} ms");
            record.apply(Edit::RemoveMark(Millis(at)));
            assert!(!record.is_marked(0) && !record.is_marked(1));
        }
    }

    fn any_edit() -> impl Strategy<Value = Edit> {
        let question = prop::sample::select(Question::ALL.to_vec());
        prop_oneof![
            (question.clone(), prop::option::of(prop::sample::select(Rating::ALL.to_vec()))).prop_map(|(question, rating)| Edit::Rate(question, rating)),
            (question, "[a-z ]{0,9}").prop_map(|(question, note)| Edit::Note(question, note)),
            (0_i64..9).prop_map(|at| Edit::AddMark(Millis(at))),
            (0_i64..9).prop_map(|at| Edit::RemoveMark(Millis(at))),
            Just(Edit::Roles(vec![Speaker::Student(1), Speaker::Teacher], TeacherKnown::ByTeacher)),
            "[a-z]{0,4}".prop_map(Edit::Title),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn apply_then_undo_is_identity(edits in prop::collection::vec(any_edit(), 0..30)) {
            let original = talk("T 0-4 How is it going? | S 5-6 Fine.");
            let mut record = original.clone();
            let undo: Vec<Edit> = edits.into_iter().map(|edit| record.apply(edit)).collect();
            for edit in undo.into_iter().rev() {
                record.apply(edit);
            }
            prop_assert_eq!(record, original);
        }
    }
}
