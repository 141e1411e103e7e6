//! What is known about a conference before anything is computed from it: what was found, what the teacher said of it. What the library stores.

use super::doubt::{Doubt, VoiceCount};
use super::ids::ConferenceId;
use super::overrides::Corrections;
use super::people::{Participant, Student, participants_named};
use super::reflection::Reflection;
use super::speakers::{Speaker, SpeakerSpan, Voice, VoiceSpan};
use super::time::{Millis, Span};
use super::transcript::Transcript;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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

impl Stage {
    /// As it is said, on screen and by the command line.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Recorded => "Recorded",
            Self::Heard => "No words yet",
            Self::Transcribed => "Transcribed",
            Self::Reflected => "Reflected",
        }
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
    /// Two voices may be one person, or are hard to tell apart; a moment where that is heard. All that is known of a conference of which no `doubt` is.
    #[serde(rename = "hard_to_tell")]
    pub doubtful_at: Option<Millis>,
    /// What was unsure when they were told apart; none where that was not kept, or nothing was told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
}

impl Default for Voices {
    fn default() -> Self {
        Self { spans: Vec::new(), roles: Vec::new(), teacher_known: TeacherKnown::Guessed, doubtful_at: None, doubt: None }
    }
}

impl Voices {
    /// Who `voice` is.
    #[must_use]
    pub fn speaker(&self, voice: Voice) -> Speaker {
        self.roles.get(usize::from(voice.0)).copied().unwrap_or(Speaker::Unknown)
    }

    /// Whether one person may have been taken for two or two for one, and where to listen to each.
    #[must_use]
    pub fn count_in_doubt(&self) -> Option<(VoiceCount, &[Millis])> {
        match (&self.doubt, &self.doubtful_at) {
            (Some(doubt), _) => (doubt.count != VoiceCount::AsExpected).then_some((doubt.count, &doubt.moments)),
            // Whoever said which voice is the teacher's had been asked whether there are two.
            (None, Some(at)) if self.teacher_known != TeacherKnown::ByTeacher => {
                Some((if self.roles.len() == 1 { VoiceCount::OnlyOne } else { VoiceCount::HardToTell }, std::slice::from_ref(at)))
            }
            _ => None,
        }
    }

    /// Whether they were told apart alike: who is who may be another.
    #[must_use]
    pub fn is_diarized_as(&self, other: &Self) -> bool {
        (&self.spans, &self.doubt) == (&other.spans, &other.doubt)
    }

    /// The stretches in doubt, with whose they may be instead.
    pub(in crate::conference) fn doubtful_spans(&self) -> Vec<SpeakerSpan> {
        let stretches = self.doubt.iter().flat_map(|doubt| &doubt.stretches);
        stretches.map(|piece| SpeakerSpan { span: piece.span, speaker: self.speaker(piece.voice) }).collect()
    }

    pub(in crate::conference) fn speaker_spans(&self) -> Vec<SpeakerSpan> {
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
#[serde(from = "DataOnDisk")]
pub struct ConferenceData {
    /// Identity in the library.
    pub id: ConferenceId,
    /// The teacher's title; may be empty.
    pub title: String,
    /// Number of students at the table; 1 is one-to-one.
    pub students: u8,
    /// Who of them is known, each once; nobody while "choose later".
    pub participants: Vec<Participant>,
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
    /// What stands in the file of a typed conference beside what was said; none of a recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typed: Option<TypedText>,
}

impl ConferenceData {
    /// Where it ends: what the teacher cut off is not shown, not measured, not played and not shared.
    #[must_use]
    pub fn end(&self) -> Millis {
        self.corrections.cut_off.map_or(self.length, |end| end.min(self.length))
    }

    /// The marks before its end.
    #[must_use]
    pub fn shown_marks(&self) -> Vec<Millis> {
        self.marks.iter().copied().filter(|mark| *mark <= self.end()).collect()
    }

    /// As if there had never been more of it than is shown: what goes to somebody else.
    #[must_use]
    pub fn cut(mut self) -> Self {
        if self.corrections.cut_off.is_none() {
            return self;
        }
        let end = self.end();
        let kept = Span::new(Millis::ZERO, end);
        self.corrections.cut(end);
        self.length = end;
        self.transcript.words.retain(|word| word.span.start() < end);
        self.transcript.words.iter_mut().for_each(|word| word.span = word.span.overlap(kept).unwrap_or(word.span));
        self.transcript.untranscribed.retain_mut(|stretch| stretch.span.overlap(kept).map(|span| stretch.span = span).is_some());
        self.voices.spans.retain_mut(|piece| piece.span.overlap(kept).map(|span| piece.span = span).is_some());
        if let Some(doubt) = &mut self.voices.doubt {
            doubt.moments.retain(|at| *at < end);
            doubt.stretches.retain_mut(|piece| piece.span.overlap(kept).map(|span| piece.span = span).is_some());
        }
        self.voices.doubtful_at.take_if(|at| *at >= end);
        self.dropouts.retain_mut(|hole| hole.overlap(kept).map(|span| *hole = span).is_some());
        self.marks.retain(|mark| *mark <= end);
        self.envelope.truncate(usize::try_from(end.0 / ENVELOPE_STEP.0 + 1).unwrap_or(usize::MAX));
        self
    }

    /// Nothing yet, of a teacher and one student.
    #[must_use]
    pub fn empty() -> Self {
        Self {
            id: ConferenceId::NONE,
            title: String::new(),
            students: 1,
            participants: Vec::new(),
            started_unix_ms: 0,
            length: Millis::ZERO,
            audio: String::new(),
            audio_sha256: String::new(),
            stage: Stage::Recorded,
            is_sample: false,
            transcript: Transcript::default(),
            voices: Voices::default(),
            marks: Vec::new(),
            dropouts: Vec::new(),
            reflection: Reflection::default(),
            envelope: Vec::new(),
            corrections: Corrections::default(),
            typed: None,
        }
    }
}

/// What stands in the file of a typed conference beside what was said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TypedText {
    /// The moments that stand in the file, sorted. All others are places in the order of the words, and never said.
    pub times: Vec<Millis>,
    /// The lines that are not part of the talk, or could not be understood.
    pub leftovers: Vec<Leftover>,
}

/// A line of a typed file that is neither said nor says who speaks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftover {
    /// Its number in the file, from 1; 0 where it stands beside the lines, as a footnote does.
    pub line: usize,
    /// As it is.
    pub text: String,
}

impl ConferenceData {
    /// Whether there is a recording: a typed transcript has none.
    #[must_use]
    pub fn has_sound(&self) -> bool {
        !self.audio.ends_with(".txt")
    }

    /// A moment as it may be said: of a recording any, of what was typed only those that stand in the file.
    #[must_use]
    pub fn moment(&self, at: Millis) -> Option<Millis> {
        let stands = || self.typed.as_ref().is_some_and(|typed| typed.times.binary_search(&at).is_ok());
        (self.has_sound() || stands()).then_some(at)
    }
}

/// Facts as files have them: those of today, and those of before participants were. Written is [`ConferenceData`] as it is.
#[derive(Deserialize)]
struct DataOnDisk {
    id: ConferenceId,
    title: String,
    students: u8,
    participants: Option<Vec<Participant>>,
    /// Until participants were.
    student: Option<Student>,
    /// Until participants were.
    #[serde(default)]
    student_names: Vec<String>,
    started_unix_ms: i64,
    length: Millis,
    audio: String,
    audio_sha256: String,
    stage: Stage,
    is_sample: bool,
    transcript: Transcript,
    voices: Voices,
    marks: Vec<Millis>,
    dropouts: Vec<Span>,
    reflection: Reflection,
    envelope: Vec<u8>,
    #[serde(default)]
    corrections: Corrections,
    #[serde(default)]
    typed: Option<TypedText>,
}

impl From<DataOnDisk> for ConferenceData {
    fn from(read: DataOnDisk) -> Self {
        let participants = read.participants.unwrap_or_else(|| participants_named(read.student.into_iter().collect(), &read.student_names, read.students));
        Self {
            id: read.id,
            title: read.title,
            students: read.students,
            participants,
            started_unix_ms: read.started_unix_ms,
            length: read.length,
            audio: read.audio,
            audio_sha256: read.audio_sha256,
            stage: read.stage,
            is_sample: read.is_sample,
            transcript: read.transcript,
            voices: read.voices,
            marks: read.marks,
            dropouts: read.dropouts,
            reflection: read.reflection,
            envelope: read.envelope,
            corrections: read.corrections,
            typed: read.typed,
        }
    }
}
