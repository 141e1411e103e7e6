//! What the window is told. Facts travel here; levels and the playhead are atomics.

pub use super::incoming::FileReport;
use super::model_row::ModelRow;
use super::participants::Participants;
use super::problem::Problem;
use super::stages::{OpeningStage, WorkStage};
use crate::audio::{DeviceInfo, Meters, Playhead};
use crate::conference::{Change, ConferenceId, ConferenceRecord, ConferenceSummary, Millis, SharedId, SoundOf, Span, Student};
use crate::export::{Document, Replacement, Reply};
use crate::settings::Settings;
use crate::work::deleted::{DeletedKey, DeletedRow};
use crate::work::live::LiveText;
use crate::work::mentor::OpenedBundle;
use crate::work::ticket::Ticket;
use crate::work::transcript_file::TranscriptSource;
use crate::work::typed::FoundSpeaker;
use std::path::PathBuf;
use std::sync::Arc;

/// A transcript in which it is not sure who is the teacher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TeacherQuestion {
    /// The transcript.
    pub source: TranscriptSource,
    /// With whom the conference is.
    pub with: Participants,
    /// Who speaks in it, and the first that each says; the likeliest is marked as the teacher.
    pub speakers: Vec<FoundSpeaker>,
}

/// What the window is told.
#[derive(Debug)]
pub enum Event {
    /// What is done before the library is open, when it takes more than a moment.
    Opening(OpeningStage),
    /// The library cannot be opened; nothing else follows.
    CannotOpen(Problem),
    /// The library is open. Class list, list and interrupted recordings follow by themselves.
    Ready {
        /// Settings as read.
        settings: Box<Settings>,
        /// What could not be read.
        warnings: Vec<String>,
    },
    /// Settings as they are now: another program changed some as well.
    Settings(Box<Settings>),
    /// Another window has these recordings open: this one only looks.
    LookingOnly,
    /// The names of the backups, newest first: days, and moments before somebody went back.
    Backups(Vec<String>),
    /// Microphones by name.
    Microphones(Vec<DeviceInfo>),
    /// Recording runs.
    RecordingStarted {
        /// Levels, clock and history to be read each frame.
        meters: Arc<Meters>,
        /// The microphone used.
        microphone: String,
        /// Said when it is not the chosen one.
        notice: Option<String>,
    },
    /// The recording that was to begin has not: stopped while the microphone opened, or `Failed` says why.
    RecordingNotStarted,
    /// What is said in the running recording, as far as it is transcribed.
    Live(Box<LiveText>),
    /// A moment was marked while recording.
    Marked(Millis),
    /// It is on the disk and in the library.
    RecordingSaved {
        /// Which conference it became.
        id: ConferenceId,
        /// Its length.
        length: Millis,
        /// With whom.
        students: Vec<Student>,
    },
    /// Nothing had arrived from the microphone for a while; the recording goes on, the gap is silent and marked.
    MicrophoneBack {
        /// The microphone it goes on with.
        microphone: String,
        /// Where nothing was heard.
        gap: Span,
    },
    /// The recording stopped by itself; what was written is kept and offered.
    RecordingFailed(Problem),
    /// Levels of `Monitor`.
    Monitoring {
        /// To be read each frame.
        meters: Arc<Meters>,
        /// The microphone used.
        microphone: String,
    },
    /// Recordings that were cut off.
    Interrupted(Vec<InterruptedRecording>),
    /// The list.
    Listed {
        /// Of the question.
        ticket: Ticket,
        /// Newest first.
        conferences: Arc<Vec<ConferenceSummary>>,
    },
    /// The class list, sorted by name.
    Students(Arc<Vec<Student>>),
    /// Search results.
    Found {
        /// Of the question.
        ticket: Ticket,
        /// What was looked for.
        query: String,
        /// By conference, best first.
        hits: Arc<Vec<SearchHit>>,
    },
    /// A conference to show.
    Opened {
        /// Of the question.
        ticket: Ticket,
        /// The record.
        record: Arc<ConferenceRecord>,
    },
    /// An edit is on the disk.
    Saved(ConferenceId),
    /// A file is being imported; `fraction` 1 means done with it, well or not.
    Importing {
        /// The file's name.
        file: String,
        /// 0 to 1.
        fraction: f32,
    },
    /// A file became a conference.
    Imported(ConferenceId),
    /// What there is to say of a file that was to be imported.
    FileRead(Box<FileReport>),
    /// The sample conference is in the library; none: it could not be put there, `Failed` says why.
    SampleAdded(Option<ConferenceId>),
    /// Whose conferences are these files?
    WhoseAsked(Vec<PathBuf>, Participants),
    /// Who is the teacher in this transcript? It is imported when that is said.
    TeacherAsked(Box<TeacherQuestion>),
    /// What was pasted is a conference now; or it is none, and `FileRead` or `Failed` says why unless it was stopped.
    PasteEnded {
        /// It is one.
        is_in: bool,
    },
    /// A colleague's conference was opened, or a reply was put beside one's own.
    BundleOpened(OpenedBundle),
    /// Work goes on.
    Progress(WorkProgress),
    /// Words, voices and measures are ready (or the work was stopped); lists and open records should be asked for again.
    WorkDone(ConferenceId),
    /// The voices of a conference were told apart again; nothing is kept yet. None: it did not work, `Failed` says why.
    Rediarized(ConferenceId, Option<Box<Change>>),
    /// The teacher reads aloud.
    ReadingAloud {
        /// To be read each frame.
        meters: Arc<Meters>,
        /// How much of what is asked for has been read, 0 to 1.
        read: f32,
    },
    /// Nobody listens to reading aloud any more.
    ReadingEnded,
    /// The seconds of speech the teacher's voice is known from; none: it is not known.
    Voice(Option<f64>),
    /// How the page would look: replacements are marked, see `export::marked_pieces`.
    SharePreview {
        /// Of the question.
        ticket: Ticket,
        /// Of the first conference.
        page: Option<Arc<Document>>,
        /// Names in all of them.
        names: Arc<Vec<Replacement>>,
    },
    /// Conferences that colleagues shared, newest first.
    SharedList(Vec<SharedRow>),
    /// One of them, to listen to and comment on.
    SharedOpened {
        /// Of the question.
        ticket: Ticket,
        /// Which.
        id: SharedId,
        /// What the colleague asks; may be empty.
        question: String,
        /// The conference as it was shared.
        record: Arc<ConferenceRecord>,
        /// What was said to it so far.
        reply: Box<Reply>,
    },
    /// What colleagues said to the conference that was opened, oldest first; told when there are any.
    Replies(ConferenceId, Arc<Vec<Reply>>),
    /// Files are being written; 1 means done with it, well or not.
    Sharing(f32),
    /// The files are written.
    Exported(Vec<PathBuf>),
    /// Text for the clipboard.
    Copied(String),
    /// Deleted from its list; `Restore` brings it back.
    Deleted(DeletedKey),
    /// Brought back; lists should be asked for again.
    Restored(DeletedKey),
    /// Everything that was deleted and can be brought back, the last deleted first.
    DeletedList(Arc<Vec<DeletedRow>>),
    /// The library is another one now (somebody went back to a backup): lists should be asked for again.
    LibraryChanged,
    /// The speech models.
    Models(Vec<ModelRow>),
    /// The download goes on.
    ModelProgress {
        /// Catalogue name.
        name: String,
        /// 0 to 1.
        fraction: f32,
        /// Seconds left, once known.
        secs_left: Option<u64>,
    },
    /// The download of this model has ended: whole, stopped or failed.
    DownloadEnded(String),
    /// The player has a conference's sound; the playhead is read each frame.
    Listening {
        /// Which conference.
        id: SoundOf,
        /// Position and state.
        playhead: Arc<Playhead>,
    },
    /// Loudspeakers and headphones by name.
    Loudspeakers(Vec<DeviceInfo>),
    /// A sentence worth knowing that is no failure: another loudspeaker had to be taken.
    Notice(String),
    /// Something failed; plain words.
    Failed(Problem),
}

/// A recording that was cut off: offered at the next start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterruptedRecording {
    /// Its name in the recordings folder; handed back in `KeepInterrupted`.
    pub name: String,
    /// How much of it there is.
    pub length: Millis,
    /// With whom.
    pub students: Vec<Student>,
    /// When it began, milliseconds since 1970.
    pub started_unix_ms: i64,
}

/// How far the work on one conference is.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkProgress {
    /// Which conference.
    pub id: ConferenceId,
    /// What is being done.
    pub stage: WorkStage,
    /// 0 to 1 over all stages.
    pub fraction: f32,
    /// Seconds left, once there is something to reckon from.
    pub secs_left: Option<u64>,
    /// Conferences waiting after this one.
    pub waiting: usize,
}

/// One conference of a colleague in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedRow {
    /// Which.
    pub id: SharedId,
    /// With whom it was.
    pub with: String,
    /// When it began, milliseconds since 1970.
    pub started_unix_ms: i64,
    /// How many comments and answers there are so far.
    pub said: usize,
}

/// One find.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchHit {
    /// In which conference.
    pub conference: ConferenceSummary,
    /// In it, in order of time.
    pub lines: Vec<SearchLine>,
}

/// One line with a find in it.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchLine {
    /// Who says it: "You", a name, or "Your note".
    pub speaker: String,
    /// Whether it is the teacher speaking.
    pub is_teacher: bool,
    /// When; none for a note.
    pub at: Option<Millis>,
    /// Pieces of the line, `true` where it matches.
    pub pieces: Vec<(String, bool)>,
}
