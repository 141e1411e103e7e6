//! Afterbell: record a writing conference, listen after school, reflect against five questions.
//!
//! This file is the map. A layer may use what stands above it in this list, and nothing beside or below;
//! `tidy.rs` reads the sources and keeps it so. Within a layer no files need one another in a circle.

pub mod error;
pub mod files;
pub mod log;
pub mod settings;

/// Plain data of a conference and everything we say about the talk. Pure: no clock, no files, no threads, no `Result`.
pub mod conference {
    mod edit;
    mod evidence;
    #[cfg(test)]
    pub(crate) mod fixture;
    mod model;
    mod samples;
    mod score;
    mod talk;
    pub use edit::hard_to_hear::Passage;
    pub use edit::rebase::Change;
    pub use edit::record::{ConferenceRecord, ConferenceSummary, Edit, Rediarized};
    pub use edit::turn_key::TurnKey;
    pub use evidence::compliment::{Compliment, Elements, PARAGRAPH_ELEMENTS, PARAGRAPH_SENTENCES, PARAGRAPH_WORDS, Praise};
    #[doc(hidden)]
    pub use evidence::cues::Step;
    pub use evidence::findings::{Evidence, NotSought, Research, find_evidence, find_evidence_with, phase_steps};
    #[doc(hidden)]
    pub use evidence::phase_model::{ByPhase, PHASE_OF_STATE, PHASES, PhaseModel, by_phase};
    pub use evidence::phases::PhaseSpan;
    pub use evidence::questions::{FoundQuestion, QuestionKind};
    #[doc(hidden)]
    pub use evidence::sequence::{Chain, EDGES, Link, Marginals, Points, STATES};
    pub use evidence::signs::Sign;
    pub use evidence::teaching::{Moment, TeachingPoint};
    pub use model::data::{ConferenceData, ENVELOPE_STEP, Leftover, Stage, TeacherKnown, TypedText, Voices};
    pub use model::doubt::{Doubt, TalkShare, VoiceCount};
    pub use model::ids::{ClassId, ConferenceId, SharedId, SoundOf, StudentId, ending, ending_length, id_of_old};
    pub use model::overrides::{Corrections, FindingOverride, PhaseOverride, Replaced, SpeakerOverride, TextOverride};
    pub use model::people::{Class, ListedStudent, Participant, Student, name_key, names, names_of, participants_named, search_key, with_voice};
    pub use model::phase::{Phase, Sureness};
    pub use model::punctuation::{asks, ends_clause, ends_question, ends_sentence, is_question_mark};
    pub use model::reflection::{Answer, Question, Rating, Reflection, TalkGuess};
    pub use model::remarks::{Remark, remarks_of_gaps};
    pub use model::spacing::{is_spaceless, join, joined, may_part, needs_space, split, split_like, tidy};
    pub use model::speakers::{Speaker, SpeakerSpan, Voice, VoiceSpan};
    pub use model::time::{Millis, Span, union};
    pub use model::transcript::{LESS_SURE, NoWords, Transcript, Untranscribed, Word, has_right_to_left};
    pub use samples::{Samples, blocks};
    pub use score::{DiarizationErrors, WordErrors, WordSpeakerErrors, der, mapping, share, word_error_rate, word_speaker_errors};
    pub use talk::measures::{Measured, MinuteOfTalk, SpeakerTalk, TalkMeasures, measure};
    pub use talk::turns::{BACKCHANNEL_LENGTH, Backchannel, TURN_PAUSE, Turn, turns};
    pub use talk::waits::{ADVISED_WAIT, SHORTEST_WAIT, Waits};
}

/// Sound in, sound out.
pub mod audio {
    mod aiff_chunks;
    mod amr_frames;
    mod caf_chunks;
    mod capture;
    mod channel_speakers;
    mod codecs;
    mod container;
    mod convert;
    mod decode;
    mod decode_loop;
    mod denoise;
    mod devices;
    mod ffmpeg;
    mod ffmpeg_frames;
    mod frame_heads;
    mod growing_wav_reader;
    mod joined_packets;
    mod long_sound;
    mod loudness;
    mod matroska;
    mod mixdown;
    mod mixer;
    mod mp4_boxes;
    mod mp4_fragments;
    mod mp4_index;
    mod mp4_samples;
    mod ogg_pages;
    mod opus_encode;
    mod output;
    mod packet_group;
    mod packet_shape;
    mod packet_source;
    mod pcm_damage;
    mod player;
    mod raw_frames;
    mod recorded_at;
    mod renderer;
    mod segments;
    mod silences;
    mod sinks;
    mod spliced;
    mod stretch;
    mod timeline;
    mod tracks;
    mod wav;
    mod wav_chunks;
    mod wav_header;
    mod wav_source;
    pub use capture::{Capture, HISTORY, LevelAdvice, MeterReading, Meters, Mic, MicTrouble, open, push_frames};
    pub use convert::{Resampler, SPEECH_RATE_HZ, envelope, level, level_byte, rms};
    pub use decode::{Imported, Sound, decode_built_in, decode_file, decode_segments, import_to_wav};
    pub use devices::{DeviceInfo, loudspeakers, microphones};
    pub use growing_wav_reader::GrowingWavReader;
    pub use long_sound::LongSound;
    pub use loudness::GainCurve;
    pub use opus_encode::encode_opus;
    pub use output::{OutputState, pull_frames};
    pub use player::{Player, PlayerFact, Playhead, SPEEDS, STEP_BACK};
    pub use recorded_at::{is_plausible, named_moment, recorded_at};
    pub use segments::{first_segment, segments};
    pub use wav::{CrashSafeWav, Finalized, is_without_sound, length_on_disk, repair, sha256_of, sha256_of_bytes};
}

/// 16 kHz mono in, words and voices out.
pub mod speech {
    mod engine;
    mod engine_child;
    mod engine_messages;
    mod lift;
    mod live_transcriber;
    mod model_file;
    mod network;
    mod partial_transcript;
    mod silero;
    mod word_filter;
    /// Who spoke when, step by step as it was measured.
    mod speakers {
        mod beginnings;
        #[cfg(test)]
        mod check;
        mod clustering;
        pub(super) mod diarize;
        mod doubts;
        mod embedded_pieces;
        pub(super) mod embeddings;
        pub(super) mod encoder;
        pub(super) mod fbank;
        pub(super) mod foreground;
        mod lanes;
        mod mixture;
        mod pieces;
        mod profile;
        mod resegmentation;
        pub(super) mod roles;
        mod segmentation;
        pub(super) mod single_speaker;
        pub(super) mod words;
        pub use pieces::Piece;
    }
    mod chunks;
    mod languages;
    #[expect(clippy::too_many_arguments, reason = "beginning a transcription takes what it is of, what is there already, and who hears of it")]
    mod transcription;
    mod vad;
    mod whisper;
    pub use crate::conference::VoiceCount;
    pub use chunks::{Chunk, chunks};
    pub use engine::{BACKGROUND_NICE, Engine};
    pub use engine_child::serve;
    pub use languages::{LanguageGuess, Languages};
    pub use lift::Lifted;
    pub use live_transcriber::{LiveTranscriber, LiveTranscript};
    pub use model_file::check_model;
    pub use partial_transcript::{PartialTranscript, SavedExtent};
    pub use speakers::Piece;
    pub use speakers::diarize::{Diarization, SpeakerConstraints, diarize};
    pub use speakers::embeddings::{SpeakerEmbeddings, StreamingEmbedder};
    pub use speakers::encoder::{EMBEDDING, Embedding, VoiceProfile};
    pub use speakers::foreground::without_empty_rooms;
    pub use speakers::roles::name_roles;
    pub use speakers::words::snap_to_words;
    pub use transcription::{PendingChunk, Transcription, transcribe_all};
    pub use vad::{SpeechFinder, speech_spans};
    pub use whisper::{ChunkTranscript, Search, Transcriber};
}

/// The only SQL.
pub mod library {
    mod backup;
    mod beside;
    mod class_list;
    mod comments;
    mod conferences;
    mod copies;
    mod deleted;
    mod failure;
    mod folding;
    mod forget;
    mod ids;
    mod open;
    mod people;
    mod people_rows;
    mod received;
    mod rows;
    mod schema;
    mod search;
    mod sidecar;
    mod staged;
    mod upgrade;
    mod voice;
    pub use conferences::AnalysisResult;
    pub use copies::{Backup, backups};
    pub use deleted::{DeletedAt, RemovedComment};
    pub use forget::{Forgetting, StillThere, forget_files};
    pub use ids::new_id;
    pub use open::{Claim, Library, claim};
    pub use received::{ReceivedConference, Shared};
    pub use search::{Line, SearchMatch, is_searchable};
    pub use sidecar::{SidecarImport, sidecar_of};
    pub use staged::{Staged, discard_staged};
    pub use voice::StoredProfile;
}

/// A conference as bytes to share.
pub mod export {
    mod bundle;
    mod contents;
    mod csv;
    mod document;
    mod docx;
    mod findings;
    mod format;
    mod hide;
    mod html;
    mod json;
    mod name_table;
    mod names;
    mod pdf;
    mod plain;
    mod present;
    mod render;
    mod replacement;
    mod subtitles;
    mod text;
    pub use bundle::{BUNDLE_VERSION, Bundle, Comment, Reply, pack, token_of, unpack};
    pub use contents::{Contents, chosen};
    pub use document::{Block, Document, Line, TEACHER};
    pub use format::{Format, PackedSound};
    pub use hide::{Hider, marked_pieces};
    pub use json::{JSON_VERSION, json_text};
    pub use name_table::is_first_name;
    pub use names::{SOMEBODY, find_names};
    pub use plain::{number_of, one_line, plain};
    pub use present::{document, local_time};
    pub use render::{file_name, render};
    pub use replacement::{Replacement, ReplacementReason};
}

/// What the app does: blocking functions, and one desk of threads for the window.
pub mod work {
    mod awake;
    pub mod catalogue;
    mod commands;
    mod context;
    pub mod deleted;
    mod desk;
    mod dialogs;
    pub mod download;
    mod download_request;
    mod download_store;
    mod edit_session;
    pub mod import;
    mod in_use;
    pub mod incoming;
    mod lane;
    pub mod partial_file;
    mod lanes {
        pub(super) mod analysis;
        pub(super) mod downloads;
        pub(super) mod library;
        pub(super) mod models;
        pub(super) mod player;
        pub(super) mod recording;
        pub(super) mod sharing;
        pub(super) mod voice;
    }
    pub mod analysis;
    mod asked_again;
    pub mod level;
    pub mod live;
    pub mod mentor;
    mod messages;
    mod microphone;
    mod model_row;
    pub mod models;
    mod participants;
    mod problem;
    mod queue;
    pub mod record;
    mod recorder;
    pub mod recovery;
    pub mod safety;
    pub mod samples;
    mod session_files;
    pub mod share;
    mod speed;
    mod stages;
    mod ticket;
    mod transcribing;
    /// Transcripts without sound: the text of a file, its lines, who speaks in them, who is the teacher.
    pub mod transcript_file;
    pub mod typed;
    pub mod voice;
    pub mod voice_profile;
    mod whisper_languages;
    pub use crate::audio::{DeviceInfo, HISTORY, LevelAdvice, MeterReading, Meters, Playhead};
    pub use crate::conference::SharedId;
    pub use crate::export::{Block, Comment, Contents, Document, Format, Replacement, ReplacementReason, Reply, marked_pieces, number_of};
    pub use crate::library::new_id;
    pub use commands::{
        AnalysisCommand, Command, LibraryCommand, LibraryQuery, MicrophoneCommand, ModelsCommand, OpenDialog, PlayerCommand, RecordingCommand, SaveDialog,
        SharingCommand, VoiceCommand,
    };
    pub use deleted::{DeletedKey, DeletedRow, KEPT_DAYS};
    pub use desk::Desk;
    pub use edit_session::{EditSession, OpenTurn};
    pub use level::{little_room, room_in_words};
    pub use live::LiveText;
    pub use messages::{Event, FileReport, InterruptedRecording, SearchHit, SearchLine, SharedRow, TeacherQuestion, WorkProgress};
    pub use model_row::{EstimatedTime, ModelRow};
    pub use participants::Participants;
    pub use problem::{Offer, Problem};
    pub use session_files::SessionFact;
    pub use stages::{OpeningStage, WorkStage};
    pub use ticket::Ticket;
    pub use whisper_languages::{GUESS, LANGUAGES, Language, language};
}

/// The command line.
pub mod cli;

/// The window.
#[expect(clippy::too_many_arguments, reason = "drawing takes the surface, the colors, what is shown, where, and who hears of a press")]
pub mod ui {
    mod app;
    mod dialogs;
    mod kit;
    mod reflect;
    mod screens;
    pub use app::{App, run};
    pub use kit::{app_state, icons, theme, widgets};
    pub use reflect::conference_screen::ConferenceScreen;
}

#[cfg(test)]
mod tidy;
