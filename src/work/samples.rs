//! The sample conferences that ship with the program, and the truth they are checked against.

use crate::conference::{ConferenceData, Millis, Span, Speaker, SpeakerSpan, Transcript, Voices};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::shipped;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The samples by name, the one to open first at the front.
pub const SAMPLES: [&str; 4] = ["maya", "omar", "leo", "table"];

/// One sample: where its sound is, and what is true of it.
#[derive(Debug, Clone)]
pub struct Sample {
    /// `maya`.
    pub name: String,
    /// The FLAC that came with the program.
    pub sound: PathBuf,
    /// What is true of it.
    pub truth: Truth,
    /// What this program finds in it, where that came with it: then nobody waits for it.
    pub found: Option<FoundInSample>,
}

/// What was found in a sample when the program was packed; a test holds it against what is found now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundInSample {
    /// The words.
    pub transcript: Transcript,
    /// The voices.
    pub voices: Voices,
    /// Levels for drawing.
    pub envelope: Vec<u8>,
    /// The sound's length.
    pub length: Millis,
}

impl FoundInSample {
    /// What was found in a conference.
    #[must_use]
    pub fn of(facts: &ConferenceData) -> Self {
        Self { transcript: facts.transcript.clone(), voices: facts.voices.clone(), envelope: facts.envelope.clone(), length: facts.length }
    }
}

/// The truth of a sample as its JSON tells it (fields we do not use are left out).
#[derive(Debug, Clone, Deserialize)]
pub struct Truth {
    /// "Personal narrative: the time I fell off my bike".
    pub title: String,
    /// "Maya", or several names with commas at a table.
    pub student_name: String,
    /// Length in seconds.
    pub duration_s: f64,
    /// Every stretch of speech with its words.
    pub turns: Vec<TrueTurn>,
}

/// One stretch of speech of the truth.
#[derive(Debug, Clone, Deserialize)]
pub struct TrueTurn {
    /// Seconds.
    pub start_s: f64,
    /// Seconds.
    pub end_s: f64,
    /// `teacher`, `student`, `student1` …
    pub speaker: String,
    /// What was said.
    pub text: String,
}

impl Truth {
    /// Number of students.
    #[must_use]
    pub fn students(&self) -> u8 {
        self.student_names().len().clamp(1, 20) as u8
    }

    /// The students' names in the order of their numbers.
    #[must_use]
    pub fn student_names(&self) -> Vec<String> {
        self.student_name.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
    }

    /// Who truly spoke when.
    #[must_use]
    pub fn spans(&self) -> Vec<SpeakerSpan> {
        self.turns.iter().map(|turn| SpeakerSpan { span: Span::from_secs(turn.start_s, turn.end_s), speaker: turn.speaker() }).collect()
    }

    /// All that was said, in order.
    #[must_use]
    pub fn text(&self) -> String {
        self.turns.iter().map(|turn| turn.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

impl TrueTurn {
    /// Who speaks.
    #[must_use]
    pub fn speaker(&self) -> Speaker {
        match self.speaker.as_str() {
            "student" => Speaker::Student(1),
            key => Speaker::from_key(key).unwrap_or(Speaker::Other),
        }
    }
}

/// Finds a sample by name.
///
/// # Errors
/// [`ErrorKind::BadRequest`] for a name there is no sample of; [`ErrorKind::FileUnreadable`] when its files did not come with the program.
pub fn sample(name: &str) -> Result<Sample> {
    let doing = "opening a sample conference";
    let name = name.to_lowercase();
    if !SAMPLES.contains(&name.as_str()) {
        return Err(Error::new(ErrorKind::BadRequest, doing, format!("there is no sample called {name}; there are {}", SAMPLES.join(", "))));
    }
    let file = |ending: &str| shipped(&format!("assets/samples/{name}.{ending}")).ok_or(Error::bare(ErrorKind::FileUnreadable, doing));
    let text = std::fs::read_to_string(file("json")?).map_err(|err| Error::reading(doing, err))?;
    let truth = serde_json::from_str(&text).map_err(|err| Error::new(ErrorKind::FileUnreadable, doing, err))?;
    let found = shipped(&format!("assets/samples/{name}.found.json")).and_then(|path| {
        let read = std::fs::read(&path).map_err(|err| err.to_string()).and_then(|bytes| serde_json::from_slice(&bytes).map_err(|err| err.to_string()));
        // It is listened to instead, as a recording is.
        read.inspect_err(|err| tracing::warn!("what was found in a sample cannot be read: {err}")).ok()
    });
    Ok(Sample { sound: file("flac")?, truth, name, found })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sample_is_there_with_its_truth() {
        for name in SAMPLES {
            let found = sample(name).unwrap();
            assert!(found.sound.exists() && found.truth.turns.len() > 20, "{name}");
            assert_eq!(found.truth.students(), if name == "table" { 3 } else { 1 });
            assert!(found.truth.spans().iter().any(|piece| piece.speaker == Speaker::Student(1)));
        }
        assert_eq!(sample("nobody").unwrap_err().kind, ErrorKind::BadRequest);
    }
}
