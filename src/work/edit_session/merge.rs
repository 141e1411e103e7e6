//! What the teacher entered and what was found in the sound meanwhile, put together.

use crate::conference::{ConferenceData, Voices};

/// What the teacher entered as it is here, what was found in the sound as it came; `base` are the voices as they were when it was asked for.
pub(super) fn merged(own: &ConferenceData, base: &Voices, found: &ConferenceData) -> ConferenceData {
    let voices = found.voices.clone().found_beside(base, &own.voices);
    let is_same_words = own.transcript.words == found.transcript.words;
    let corrections = if is_same_words || own.transcript.words.is_empty() || found.transcript.words.is_empty() {
        own.corrections.clone()
    } else {
        own.corrections.rebased(&own.transcript.words, &found.transcript.words)
    };
    ConferenceData {
        title: own.title.clone(),
        participants: own.participants.clone(),
        students: own.students,
        marks: own.marks.clone(),
        reflection: own.reflection.clone(),
        voices,
        corrections,
        ..found.clone()
    }
}
