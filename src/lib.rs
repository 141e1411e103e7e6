//! Afterbell: record a writing conference, listen after school, reflect against five questions.
//!
//! This file is the map. A layer may use what stands above it in this list, and nothing beside or below;
//! the test at the end reads the sources and keeps it so.

pub mod error;
pub mod settings;

/// Plain data of a conference and everything we say about the talk. Pure: no clock, no files, no threads, no `Result`.
pub mod conference {
    #[cfg(test)]
    pub(crate) mod fixture;
    mod record;
    mod talk;
    mod time;
    mod transcript;
    mod turns;
    pub use record::{
        Answer, ConferenceFacts, ConferenceId, ConferenceRecord, ConferenceSummary, ENVELOPE_STEP, Edit, Question, Rating, Reflection, Stage, Student,
        StudentId, TeacherKnown, Voices,
    };
    pub use talk::{ADVISED_WAIT, MinuteOfTalk, SHORTEST_WAIT, SpeakerTalk, TalkMeasures, WaitTime, Waits, measure};
    pub use time::{Millis, Span, union};
    pub use transcript::{LESS_SURE, NoWords, Transcript, Untranscribed, Word};
    pub use turns::{BACKCHANNEL_LENGTH, Backchannel, Speaker, SpeakerSpan, TURN_PAUSE, Turn, Voice, VoiceSpan, turns};
}

/// Sound in, sound out.
pub mod audio {
    mod capture;
    mod player;
    pub use capture::{LevelAdvice, MeterReading, Meters, MicInfo};
    pub use player::Playhead;
}

/// 16 kHz mono in, words and voices out.
pub mod speech {}

/// The only SQL.
pub mod library {}

/// A conference as bytes to share.
pub mod export {
    mod render;
    pub use render::Format;
}

/// What the app does: blocking functions, and one desk of threads for the window.
pub mod work {
    mod messages;
    pub use crate::audio::{LevelAdvice, MeterReading, Meters, MicInfo, Playhead};
    pub use crate::export::Format;
    pub use messages::{Command, Event, InterruptedRecording, ModelRow, Problem, SearchHit, SearchLine, Ticket, With, WorkProgress, WorkStage};
}

/// The window.
pub mod ui {
    pub mod icons;
    pub mod shared;
    pub mod theme;
    pub mod widgets;
}
