//! A conference as a document, before it has a format: what every format lays out.

use crate::conference::{ConferenceRecord, Millis, Speaker, has_right_to_left};
use std::borrow::Cow;

/// How the teacher is called where others read it.
pub const TEACHER: &str = "Teacher";

/// A conference as a document, before it has a format.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// "Writing conference with Student A".
    pub title: String,
    /// Label and text of the facts at the top.
    pub head: Vec<(&'static str, String)>,
    /// In order.
    pub blocks: Vec<Block>,
    /// Language code of what was said, for screen readers and spelling: `en` where nothing is known.
    pub language: String,
}

/// One piece of a page.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// "Transcript".
    Section(&'static str),
    /// A question, or a part of the conference: "Research 0:00–1:36".
    Part(String),
    /// "My note: ...".
    Fact(&'static str, String),
    /// A sentence by itself.
    Remark(String),
    /// Something that was found, with its moment.
    Moment {
        /// When.
        at: Option<Millis>,
        /// What it is: "Open question".
        label: String,
        /// The words.
        text: String,
    },
    /// One turn.
    Line(Line),
}

/// One line of the transcript as every format says it.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Who; none for a stretch without words.
    pub speaker: Option<Speaker>,
    /// As named; empty without a speaker.
    pub name: String,
    /// When; none when times are left out.
    pub at: Option<Millis>,
    /// Where it is in the recording, also when times are left out.
    pub start: Millis,
    /// Empty when there is a remark.
    pub text: String,
    /// "Maya: mm-hm", said meanwhile.
    pub asides: Vec<String>,
    /// The teacher marked a moment of it.
    pub is_marked: bool,
    /// Said in place of words.
    pub remark: Option<&'static str>,
}

impl Line {
    /// What stands where the words are.
    #[must_use]
    pub fn said(&self) -> &str {
        self.remark.unwrap_or(&self.text)
    }
}

/// Words from right to left, kept apart from what stands beside them on their line, which reads from left to right; others as they are. By the signs
/// that the Unicode Bidirectional Algorithm has for it (UAX #9, 2.4: first strong isolate, pop directional isolate).
pub(super) fn apart(text: &str) -> Cow<'_, str> {
    if has_right_to_left(text) { format!("\u{2068}{text}\u{2069}").into() } else { text.into() }
}

/// A speaker as others read it.
pub(super) fn name(record: &ConferenceRecord, speaker: Speaker) -> String {
    if speaker == Speaker::Teacher { TEACHER.into() } else { record.speaker_name(speaker) }
}
