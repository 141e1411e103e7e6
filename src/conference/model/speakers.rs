//! Who speaks, and when: voices as they were told apart, and the people they belong to.

use super::time::Span;
use serde::{Deserialize, Serialize};

/// Who is speaking, in the words of the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// "You".
    Teacher,
    /// Numbered from 1; a one-to-one conference has only `Student(1)`.
    Student(u8),
    /// Another voice: a child who interrupts, a colleague at the door.
    Other,
    /// Speech nobody claims.
    Unknown,
}

impl Speaker {
    /// Whether this is one of the students.
    #[must_use]
    pub fn is_student(self) -> bool {
        matches!(self, Self::Student(_))
    }

    /// A stable lower-case key for files: `teacher`, `student1`, `other`, `unknown`.
    #[must_use]
    pub fn key(self) -> String {
        match self {
            Self::Teacher => "teacher".into(),
            Self::Student(number) => format!("student{number}"),
            Self::Other => "other".into(),
            Self::Unknown => "unknown".into(),
        }
    }

    /// The inverse of [`Speaker::key`].
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        match key {
            "teacher" => Some(Self::Teacher),
            "other" => Some(Self::Other),
            "unknown" => Some(Self::Unknown),
            _ => key.strip_prefix("student")?.parse().ok().filter(|&number| number > 0).map(Self::Student),
        }
    }
}

/// One of the voices that were told apart, numbered from 0 in the order they first speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Voice(pub u8);

/// A stretch of speech of one voice: what diarization emits. Together they cover all speech.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceSpan {
    /// The stretch.
    pub span: Span,
    /// Whose voice.
    pub voice: Voice,
}

/// A stretch of speech of one speaker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeakerSpan {
    /// The stretch.
    pub span: Span,
    /// Who speaks.
    pub speaker: Speaker,
}
