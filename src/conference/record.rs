//! A conference as the teacher has it: what was found, what she said about it, and the edits that change it.

use super::corrections::{Corrections, SpeakerFix};
use super::evidence::{Evidence, Reading, corrected_evidence, read_talk};
use super::ids::{ConferenceId, StudentId};
use super::questions::Read;
use super::talk::{TalkMeasures, measure};
use super::time::{Millis, Span};
use super::transcript::Transcript;
use super::turns::{Speaker, SpeakerSpan, Turn, Voice, VoiceSpan, turns};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A student of the class list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Student {
    /// Identity in the library.
    pub id: StudentId,
    /// As the teacher writes it.
    pub name: String,
}

/// How far the work on a conference has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The sound is safe; nothing else yet.
    Recorded,
    /// Voices told apart; no words (no model, or the engine failed).
    Heard,
    /// Words and voices.
    Transcribed,
    /// The teacher rated or wrote at least one of the five questions.
    Reflected,
}

/// The five questions (source: "Get REALLY Good at Conferring", Two Writing Teachers).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// 1: How was your pacing?
    Pacing,
    /// 2: Did you rush through the research part?
    Research,
    /// 3: A compliment in a paragraph of speech?
    Compliment,
    /// 4: ONE new, lasting strategy?
    Strategy,
    /// 5: The best possible teaching point?
    BestPoint,
}

impl Question {
    /// In order.
    pub const ALL: [Self; 5] = [Self::Pacing, Self::Research, Self::Compliment, Self::Strategy, Self::BestPoint];

    /// 1 to 5.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The whole question, as the open card asks it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Pacing => "How was your pacing?",
            Self::Research => "Did you rush through the research part of the conference?",
            Self::Compliment => "Did you take the time to compliment the student using a paragraph of speech?",
            Self::Strategy => "Did you teach the student ONE (and only one) new strategy that could be used in the future too?",
            Self::BestPoint => "Was your teaching point the best possible one, or could something else have helped more?",
        }
    }

    /// The short form for a closed card.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::Pacing => "How was your pacing?",
            Self::Research => "Did you rush through the research part?",
            Self::Compliment => "A compliment in a paragraph of speech?",
            Self::Strategy => "ONE new strategy, useful in the future too?",
            Self::BestPoint => "Was your teaching point the best possible one?",
        }
    }
}

/// The teacher's own rating of one question. The app never fills it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// "Not yet".
    NotYet,
    /// "Getting there".
    GettingThere,
    /// "Good".
    Good,
    /// "Really good".
    ReallyGood,
}

impl Rating {
    /// From least to most.
    pub const ALL: [Self; 4] = [Self::NotYet, Self::GettingThere, Self::Good, Self::ReallyGood];

    /// As the screen says it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NotYet => "Not yet",
            Self::GettingThere => "Getting there",
            Self::Good => "Good",
            Self::ReallyGood => "Really good",
        }
    }
}

/// What the teacher said to one question.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Answer {
    /// Her rating, if she gave one.
    pub rating: Option<Rating>,
    /// Her note; may be empty.
    pub note: String,
    /// To question 4 the strategy in one sentence that works for other writing too; to question 5 what else could have been taught, one on each
    /// line; may be empty.
    #[serde(default)]
    pub extra: String,
}

/// The teacher's reflection: one answer for each of the five questions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reflection {
    /// In the order of [`Question::ALL`].
    pub answers: [Answer; 5],
}

impl Reflection {
    /// The answer to `question`.
    #[must_use]
    pub fn answer(&self, question: Question) -> &Answer {
        &self.answers[question as usize]
    }

    fn answer_mut(&mut self, question: Question) -> &mut Answer {
        &mut self.answers[question as usize]
    }

    /// Whether anything was said.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.answers.iter().any(|answer| answer.rating.is_some() || !answer.note.trim().is_empty() || !answer.extra.trim().is_empty())
    }
}

/// How we know which voice is the teacher's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeacherKnown {
    /// The stored voice profile fits one voice clearly.
    ByProfile,
    /// A guess: shown as one, one press to change.
    Guessed,
    /// The teacher said so.
    ByTeacher,
}

/// What diarization found, apart from who it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Voices {
    /// Sorted by start; of one voice disjoint, of two they may overlap.
    pub spans: Vec<VoiceSpan>,
    /// Who each voice is; index = [`Voice`]. A voice beyond the end is [`Speaker::Unknown`].
    pub roles: Vec<Speaker>,
    /// How the teacher's voice was named.
    pub teacher_known: TeacherKnown,
    /// Two voices may be one person, or are hard to tell apart; the moment where that is heard best.
    pub hard_to_tell: Option<Millis>,
}

impl Default for Voices {
    fn default() -> Self {
        Self { spans: Vec::new(), roles: Vec::new(), teacher_known: TeacherKnown::Guessed, hard_to_tell: None }
    }
}

impl Voices {
    /// Who `voice` is.
    #[must_use]
    pub fn speaker(&self, voice: Voice) -> Speaker {
        self.roles.get(usize::from(voice.0)).copied().unwrap_or(Speaker::Unknown)
    }

    fn speaker_spans(&self) -> Vec<SpeakerSpan> {
        self.spans.iter().map(|piece| SpeakerSpan { span: piece.span, speaker: self.speaker(piece.voice) }).collect()
    }

    /// Who speaks in voices found anew, by what is known here: each voice is the speaker it shares most time with; one that shares none is
    /// [`Speaker::Unknown`].
    #[must_use]
    pub fn roles_for(&self, spans: &[VoiceSpan], voices: usize) -> Vec<Speaker> {
        let mut shared: BTreeMap<(usize, Speaker), Millis> = BTreeMap::new();
        for new in spans {
            // Two voices may speak at once, so the ends of the stretches are not in order.
            for old in self.spans.iter().take_while(|old| old.span.start() < new.span.end()) {
                let Some(both) = old.span.overlap(new.span).map(Span::length) else { continue };
                let time = shared.entry((usize::from(new.voice.0), self.speaker(old.voice))).or_default();
                *time = *time + both;
            }
        }
        let mut most: Vec<((usize, Speaker), Millis)> = shared.into_iter().collect();
        most.sort_by_key(|&(pair, time)| (std::cmp::Reverse(time), pair));
        let mut roles = vec![Speaker::Unknown; voices];
        for ((voice, speaker), _) in most {
            if roles[voice] == Speaker::Unknown && !roles.contains(&speaker) {
                roles[voice] = speaker;
            }
        }
        roles
    }

    /// The roles after making `teacher` the teacher: whoever was the teacher takes that voice's former role.
    #[must_use]
    pub fn roles_with_teacher(&self, teacher: Voice) -> Vec<Speaker> {
        let mut roles = self.roles.clone();
        let chosen = usize::from(teacher.0);
        if let (Some(old), true) = (roles.iter().position(|&role| role == Speaker::Teacher), chosen < roles.len()) {
            roles.swap(old, chosen);
        }
        roles
    }
}

/// Levels for drawing: one per 100 ms, 0 = silence, 255 = full scale, linear in decibels over 60 dB.
pub const ENVELOPE_STEP: Millis = Millis(100);

/// What is known about a conference before anything was computed from it; what the library stores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConferenceFacts {
    /// Identity in the library.
    pub id: ConferenceId,
    /// The teacher's title; may be empty.
    pub title: String,
    /// With whom; none while "choose later".
    pub student: Option<Student>,
    /// Number of students at the table; 1 is one-to-one.
    pub students: u8,
    /// Names of the students at a table in the order of their numbers; may be shorter or empty.
    pub student_names: Vec<String>,
    /// When it began: milliseconds since 1970, UTC.
    pub started_unix_ms: i64,
    /// The recording's length.
    pub length: Millis,
    /// The sound's file name inside the library folder.
    pub audio: String,
    /// SHA-256 of the sound when it was finished, lower-case hex; the doctor compares.
    pub audio_sha256: String,
    /// How far the work has come, [`Stage::Reflected`] left to [`ConferenceRecord::stage`].
    pub stage: Stage,
    /// Synthetic voices: an invented sample, marked as such on screen.
    pub is_sample: bool,
    /// The words.
    pub transcript: Transcript,
    /// The voices.
    pub voices: Voices,
    /// Moments the teacher marked, sorted.
    pub marks: Vec<Millis>,
    /// Stretches that were lost while recording and filled with silence, sorted.
    pub dropouts: Vec<Span>,
    /// What the teacher said to the five questions.
    pub reflection: Reflection,
    /// Levels for drawing, see [`ENVELOPE_STEP`].
    pub envelope: Vec<u8>,
    /// What the teacher corrected in words and voices.
    #[serde(default)]
    pub corrections: Corrections,
}

impl ConferenceFacts {
    /// Whether there is a recording: a typed transcript has none.
    #[must_use]
    pub fn has_sound(&self) -> bool {
        !self.audio.ends_with(".txt")
    }
}

/// A conference with all that follows from its facts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConferenceRecord {
    #[serde(flatten)]
    facts: ConferenceFacts,
    #[serde(skip)]
    transcript: Transcript,
    #[serde(skip)]
    spans: Vec<SpeakerSpan>,
    turns: Vec<Turn>,
    measures: TalkMeasures,
    /// The sentences, so that a correction has only its own read again.
    #[serde(skip)]
    read: Arc<Vec<Read>>,
    #[serde(skip)]
    evidence: Evidence,
    /// As it was before the teacher corrected it; none when she did not.
    #[serde(skip)]
    found_evidence: Option<Box<Evidence>>,
}

/// Voices told apart anew, with what the teacher had said of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToldApart {
    /// Students at the table.
    pub students: u8,
    /// See [`Corrections::others`].
    pub others: u8,
    /// See [`Corrections::said`].
    pub said: Vec<SpeakerFix>,
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
    /// Writes what else belongs to a question: see [`Answer::extra`].
    Extra(Question, String),
    /// Adds a mark.
    AddMark(Millis),
    /// Removes a mark.
    RemoveMark(Millis),
    /// Says who each voice is (and how that is known).
    Roles(Vec<Speaker>, TeacherKnown),
    /// Gives it a title.
    Title(String),
    /// Says with whom it was.
    Student(Option<Student>),
    /// Names the students at a table, in the order of their numbers.
    Names(Vec<String>),
    /// Says how many students there are; heard again with that count, the voices follow.
    Students(u8),
    /// Corrects words, speakers or turns: all corrections as they are from now on.
    Correct(Box<Corrections>),
    /// The voices were told apart anew.
    Voices(Box<ToldApart>),
}

impl ConferenceRecord {
    /// Computes turns and measures: one pass over words and voices.
    #[must_use]
    pub fn new(facts: ConferenceFacts) -> Self {
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
        record.tell_again();
        record
    }

    /// The stored facts.
    #[must_use]
    pub fn facts(&self) -> &ConferenceFacts {
        &self.facts
    }

    /// Who speaks when: as found, as the roles name it, as corrected. Sorted by start.
    #[must_use]
    pub fn speaker_spans(&self) -> &[SpeakerSpan] {
        &self.spans
    }

    /// The words as corrected. (What was found is in [`ConferenceRecord::facts`].)
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
        self.facts.marks.iter().any(|&mark| self.turn_at(mark).unwrap_or(0) == turn)
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

    /// The student's name, or the words the screen uses when nobody was chosen.
    #[must_use]
    pub fn student_name(&self) -> &str {
        match &self.facts.student {
            Some(student) => &student.name,
            None if self.facts.students > 1 => "Table conference",
            None => "Student",
        }
    }

    /// The name of a speaker: "You", the student's name, "Student 2", "Another voice".
    #[must_use]
    pub fn speaker_name(&self, speaker: Speaker) -> String {
        match speaker {
            Speaker::Teacher => "You".into(),
            Speaker::Student(number) => match self.facts.student_names.get(usize::from(number) - 1) {
                Some(name) if !name.is_empty() => name.clone(),
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
                self.tell_again();
                old
            }
            Edit::Title(title) => Edit::Title(std::mem::replace(&mut self.facts.title, title)),
            Edit::Student(student) => Edit::Student(std::mem::replace(&mut self.facts.student, student)),
            Edit::Names(names) => Edit::Names(std::mem::replace(&mut self.facts.student_names, names)),
            Edit::Students(students) => Edit::Students(std::mem::replace(&mut self.facts.students, students)),
            Edit::Correct(corrections) => {
                let old = std::mem::replace(&mut self.facts.corrections, *corrections);
                if old.is_same_talk(&self.facts.corrections) {
                    self.look_again()
                } else {
                    self.tell_again()
                }
                Edit::Correct(Box::new(old))
            }
            Edit::Voices(new) => {
                let facts = &mut self.facts;
                let old = ToldApart {
                    students: std::mem::replace(&mut facts.students, new.students),
                    others: std::mem::replace(&mut facts.corrections.others, new.others),
                    said: std::mem::replace(&mut facts.corrections.said, new.said),
                    voices: std::mem::replace(&mut facts.voices, new.voices),
                };
                self.tell_again();
                Edit::Voices(Box::new(old))
            }
        }
    }

    /// Who says what, from words, voices and corrections; then [`Self::look_again`].
    fn tell_again(&mut self) {
        let corrections = &self.facts.corrections;
        let transcript = corrections.transcript(&self.facts.transcript);
        self.spans = corrections.speaker_spans(&self.facts.voices.speaker_spans(), &transcript.words);
        let turns = turns(&transcript.words, &self.spans, corrections);
        let read = Arc::unwrap_or_clone(std::mem::take(&mut self.read));
        let before = Reading { words: &self.transcript.words, turns: &self.turns, read };
        self.read = Arc::new(read_talk(&transcript.words, &turns, language(&transcript), before));
        (self.transcript, self.turns) = (transcript, turns);
        self.look_again();
    }

    /// What the talk shows, as corrected.
    fn look_again(&mut self) {
        let words = &self.transcript.words;
        let (evidence, found) = corrected_evidence(&self.read, words, &self.turns, language(&self.transcript), &self.facts.corrections);
        (self.evidence, self.found_evidence) = (evidence, found.map(Box::new));
        let questions = self.evidence.not_sought.is_none().then(|| self.evidence.questions.iter().map(|question| question.words.clone()).collect());
        self.measures = measure(self.facts.length, words, &self.spans, &self.turns, questions);
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
    /// With whom.
    pub student: Option<Student>,
    /// Number of students at the table.
    pub students: u8,
    /// When it began: milliseconds since 1970, UTC.
    pub started_unix_ms: i64,
    /// The recording's length.
    pub length: Millis,
    /// How far the work has come, reflection included.
    pub stage: Stage,
    /// The teacher's share of talk, 0 to 1, when voices were told apart.
    pub teacher_share: Option<f64>,
    /// How many moments were marked.
    pub marks: usize,
    /// Synthetic voices.
    pub is_sample: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::fixture::talk;
    use proptest::prelude::*;

    #[test]
    fn one_press_makes_the_other_voice_the_teacher_and_measures_again() {
        let mut record = talk("T 0-4 Hi. | S 5-6 Hello.");
        let before = record.measures().teacher_share().unwrap();
        let roles = record.facts().voices.roles_with_teacher(Voice(1));
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
