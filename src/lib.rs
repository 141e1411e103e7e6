//! Afterbell: record a writing conference, listen after school, reflect against five questions.
//!
//! This file is the map. A layer may use what stands above it in this list, and nothing beside or below;
//! the test at the end reads the sources and keeps it so.

pub mod error;
pub mod log;
pub mod settings;

/// Plain data of a conference and everything we say about the talk. Pure: no clock, no files, no threads, no `Result`.
pub mod conference {
    #[cfg(test)]
    pub(crate) mod fixture;
    mod record;
    mod score;
    mod talk;
    mod time;
    mod transcript;
    mod turns;
    pub use record::{
        Answer, ConferenceFacts, ConferenceId, ConferenceRecord, ConferenceSummary, ENVELOPE_STEP, Edit, Question, Rating, Reflection, Stage, Student,
        StudentId, TeacherKnown, Voices,
    };
    pub use score::{DiarizationErrors, WordErrors, der, share, word_error_rate};
    pub use talk::{ADVISED_WAIT, MinuteOfTalk, SHORTEST_WAIT, SpeakerTalk, TalkMeasures, WaitTime, Waits, measure};
    pub use time::{Millis, Span, union};
    pub use transcript::{LESS_SURE, NoWords, Transcript, Untranscribed, Word};
    pub use turns::{BACKCHANNEL_LENGTH, Backchannel, Speaker, SpeakerSpan, TURN_PAUSE, Turn, Voice, VoiceSpan, turns};
}

/// Sound in, sound out.
pub mod audio {
    mod capture;
    mod convert;
    mod player;
    mod wav;
    pub use capture::{Capture, HISTORY, LevelAdvice, MeterReading, Meters, Mic, MicInfo, MicTrouble, microphones, open, push_frames};
    pub use convert::{Imported, Resampler, SPEECH_RATE_HZ, Sound, decode_file, envelope, import_to_wav, level, level_byte, rms};
    pub use player::{Player, Playhead, SPEEDS};
    pub use wav::{CrashSafeWav, Finalized, repair, sha256_of};
}

/// 16 kHz mono in, words and voices out.
pub mod speech {
    mod cluster;
    mod diarize;
    mod engine;
    mod engine_child;
    mod frames;
    mod gmm;
    mod mel;
    mod model_file;
    mod vad;
    mod voices;
    mod whisper;
    mod windows;
    pub use diarize::{Diarization, diarize, name_roles};
    pub use engine::Engine;
    pub use engine_child::serve;
    pub use model_file::check_model;
    pub use vad::speech_spans;
    pub use voices::{EMBEDDING, Embedding, LstmEncoder, VoiceEncoder, VoiceProfile, WINDOW_FRAMES};
    pub use whisper::{Heard, Transcriber, Whisper};
    pub use windows::{Window, transcribe_all, windows};
}

/// The only SQL.
pub mod library {
    mod schema;
    mod search;
    mod store;
    pub use search::{Hit, Line};
    pub use store::{Claim, Library, StoredProfile, claim};
}

/// A conference as bytes to share.
pub mod export {
    mod render;
    mod subtitles;
    pub use render::{Format, JSON_VERSION, file_name, local_time, render};
}

/// What the app does: blocking functions, and one desk of threads for the window.
pub mod work {
    mod desk;
    mod dialogs;
    mod lanes {
        pub(super) mod analysis;
        pub(super) mod listening;
        pub(super) mod looking;
        pub(super) mod models_lane;
        pub(super) mod recording;
    }
    mod messages;
    pub mod models;
    pub mod process;
    pub mod record;
    pub mod samples;
    pub use crate::audio::{HISTORY, LevelAdvice, MeterReading, Meters, MicInfo, Playhead};
    pub use crate::export::Format;
    pub use desk::Desk;
    pub use messages::{Command, Event, InterruptedRecording, ModelRow, Problem, SearchHit, SearchLine, Ticket, With, WorkProgress, WorkStage};
}

/// The command line.
pub mod cli;

/// The window.
pub mod ui {
    mod app;
    mod cards;
    mod conference_screen;
    mod dates;
    pub mod icons;
    mod keys;
    mod library_screen;
    mod record_screen;
    mod recording_screen;
    mod settings_screen;
    pub mod shared;
    pub mod theme;
    mod timeline;
    mod transcript;
    mod welcome_screen;
    pub mod widgets;
    pub use app::{App, run};
    pub use conference_screen::ConferenceScreen;
}
