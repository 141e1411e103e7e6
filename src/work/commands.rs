//! What the window asks, by the lane that hears it. A lane's loop matches all of its own enum, so nothing is sent astray; and the branch a command
//! stands in says whether it changes anything, which is all that a second window needs to know.

use crate::conference::{Change, ConferenceId, Corrections, Millis, SharedId, SoundOf, Span, StudentId};
use crate::export::Reply;
use crate::files::SaveTo;
use crate::settings::{SettingsChange, SoundChoices};
use crate::work::deleted::DeletedKey;
use crate::work::participants::Participants;
use crate::work::share::ShareRequest;
use crate::work::ticket::Ticket;
use crate::work::transcript_file::TranscriptSource;
use crate::work::typed::TeacherChoice;
use std::path::PathBuf;

/// What the window asks for. Each returns at once; answers come as [`Event`](super::messages::Event)s.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Reads the library: the `library` lane, in order with what changes it.
    Query(LibraryQuery),
    /// Changes the library: the `library` lane.
    Library(LibraryCommand),
    /// Microphones and their level: the `recording` lane.
    Microphone(MicrophoneCommand),
    /// Sessions: the `recording` lane.
    Recording(RecordingCommand),
    /// Long work: the `analysis` lane.
    Analysis(AnalysisCommand),
    /// Listening: the `player` lane.
    Player(PlayerCommand),
    /// Speech models: the lanes `models` and `downloads`.
    Models(ModelsCommand),
    /// Files out: the `sharing` lane.
    Sharing(SharingCommand),
    /// Who speaks: the `voice` lane.
    Voice(VoiceCommand),
    /// Asks with the system's dialog where to save something.
    SaveDialog(SaveDialog),
    /// Asks with the system's dialog what to take into the library.
    OpenDialog(OpenDialog),
}

impl Command {
    /// Whether it changes nothing in the library: what a second window may do.
    #[must_use]
    pub fn only_looks(&self) -> bool {
        match self {
            Self::Query(_) | Self::Microphone(_) | Self::Player(_) | Self::Sharing(_) | Self::SaveDialog(_) => true,
            Self::Library(_) | Self::Recording(_) | Self::Analysis(_) | Self::Models(_) | Self::Voice(_) | Self::OpenDialog(_) => false,
        }
    }
}

/// So that a screen says `LibraryCommand::Delete(id).into()`.
macro_rules! nested {
    ($($branch:ident($inner:ident)),*) => {
        $(impl From<$inner> for Command {
            fn from(inner: $inner) -> Self {
                Self::$branch(inner)
            }
        })*
    };
}

nested!(
    Query(LibraryQuery),
    Library(LibraryCommand),
    Microphone(MicrophoneCommand),
    Recording(RecordingCommand),
    Analysis(AnalysisCommand),
    Player(PlayerCommand),
    Models(ModelsCommand),
    Sharing(SharingCommand),
    Voice(VoiceCommand),
    SaveDialog(SaveDialog),
    OpenDialog(OpenDialog)
);

/// What changes nothing in the library.
#[derive(Debug, Clone, PartialEq)]
pub enum LibraryQuery {
    /// The list, newest first. Answer: `Listed`.
    List(Ticket),
    /// Find words in all conferences. Answer: `Found`.
    Search(Ticket, String),
    /// Open one. Answer: `Opened`.
    Open(Ticket, ConferenceId),
    /// Conferences that colleagues shared. Answer: `SharedList`.
    ListShared,
    /// Open one of them. Answer: `SharedOpened`.
    OpenShared(Ticket, SharedId),
    /// Write the reply to a file. Answer: `Exported`.
    WriteReply(SharedId, SaveTo),
    /// Everything that was deleted and can be brought back. Answer: `DeletedList`.
    ListDeleted,
    /// The backups of the library. Answer: `Backups`.
    ListBackups,
    /// Open the library folder in the system's file manager.
    ShowFolder,
    /// Open the folder of a file, or the nearest one above it that is there.
    ShowInFolder(PathBuf),
}

/// What changes the library.
#[derive(Debug, Clone, PartialEq)]
pub enum LibraryCommand {
    /// Keep an edit that was already applied to the record on screen. Answer: `Saved`.
    Save(ConferenceId, Change),
    /// Delete: gone from its list; `Restore` brings it back for 30 days. Answer: `Deleted`.
    Delete(DeletedKey),
    /// Take a comment on a colleague's conference away; `Restore` brings it back for 30 days. Answer: `Deleted`, when there was one.
    DeleteComment(SharedId, Millis),
    /// Bring back what was deleted. Answer: `Restored`.
    Restore(DeletedKey),
    /// Remove these of what was deleted for good, from everywhere. Answer: `DeletedList`, and a `Notice` when something could not be removed yet.
    Forget(Vec<DeletedKey>),
    /// Keep what is said to a colleague's conference.
    SaveReply(SharedId, Box<Reply>),
    /// Add names to the class list. Answer: `Students`.
    AddStudents(Vec<String>),
    /// Rename a student. Answer: `Students`.
    RenameStudent(StudentId, String),
    /// Change one setting, and keep it.
    ChangeSetting(SettingsChange),
    /// Go back to this backup; what is there now is backed up first. Answers: `Students`, `Backups`, `LibraryChanged`.
    GoBackTo(String),
}

/// What is asked of the microphones while nothing is recorded.
#[derive(Debug, Clone, PartialEq)]
pub enum MicrophoneCommand {
    /// Look for microphones again. Answer: `Microphones`.
    List,
    /// Listen to the level without recording (record and settings screens); the meters move. Stopped by `false` or by recording.
    Monitor(bool),
}

/// A recording, from its beginning to its place in the list.
#[derive(Debug, Clone, PartialEq)]
pub enum RecordingCommand {
    /// Begin a recording. Answer: `RecordingStarted`, or `RecordingNotStarted` (after `Failed`, unless it was stopped).
    Start(Participants),
    /// Stop waiting for the microphone of a recording that is to begin.
    CancelStart,
    /// Stop listening for a while; the clock stands still.
    Pause,
    /// Go on.
    Resume,
    /// Mark this moment.
    Mark,
    /// Stop and save. Answer: `RecordingSaved`.
    Stop,
    /// Keep a recording that was cut off: repaired, put in the library and transcribed. Answer: `RecordingSaved`.
    KeepInterrupted(String),
    /// Recordings that were cut off. Answer: `Interrupted`.
    ListInterrupted,
}

/// Work of minutes, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub enum AnalysisCommand {
    /// Import sound files, or typed transcripts. Answers: `Importing`, then `Imported` for each that could be, and `FileRead` for each of which there is
    /// something to say; or `TeacherAsked` for a transcript.
    Import(Vec<PathBuf>, Participants),
    /// Import a recording or a transcript although it is there already. Answers as `Import`.
    ImportAgain(TranscriptSource, Participants),
    /// Import a typed transcript that was pasted, or in which it was asked who is the teacher. Answers as `Import`.
    ImportTyped(TranscriptSource, Participants, Option<TeacherChoice>),
    /// Stop importing files: the one that is being read, and those that wait.
    CancelImport,
    /// Put a sample conference (`maya`, `omar`, `leo`, `table`) into the library, once. Answer: `SampleAdded`.
    AddSample(String),
    /// Transcribe it (again).
    Analyse(ConferenceId),
    /// Transcribe a conference again with another model or in another language; corrections stay. Answers as `Analyse`.
    AnalyseWith {
        /// Which conference.
        id: ConferenceId,
        /// Catalogue name.
        model: String,
        /// A language code, or `auto`.
        language: String,
    },
    /// Stop the work on a conference that is running or waiting.
    CancelWork(ConferenceId),
}

/// What the player does.
#[derive(Debug, Clone, PartialEq)]
pub enum PlayerCommand {
    /// Load a conference's sound into the player and play from there (or only be ready, with `play: false`).
    Listen {
        /// Which conference.
        id: SoundOf,
        /// From where.
        from: Millis,
        /// Whether to play at once.
        play: bool,
    },
    /// Go on playing.
    Play,
    /// Pause.
    Pause,
    /// Go to a moment.
    Seek(Millis),
    /// Speed 0.5 to 2, pitch kept.
    Speed(f32),
    /// Skip stretches without speech when playing; the stretches to skip.
    SkipSilence(Vec<Span>),
    /// The stretch to repeat; none = play on.
    Repeat(Option<Span>),
    /// What follows this moment is cut off; none: nothing is.
    EndAt(Option<Millis>),
    /// The teacher has begun to type while listening: pause. Nothing happens when nothing was playing.
    HoldForTyping,
    /// The teacher has stopped typing: go on, 1.5 s before where typing paused it. Nothing happens when it was not typing that paused it.
    ResumeAfterTyping,
    /// Loudspeaker, evening out, softening: heard at once. Sent when these settings change; what the settings say at the start is known.
    Sound(SoundChoices),
    /// The voices of this conference were found anew: what evens them out has to follow.
    VoicesChanged(ConferenceId),
    /// Look for loudspeakers again. Answer: `Loudspeakers`.
    ListLoudspeakers,
}

/// What is done with speech models. Each is answered by `Models`.
#[derive(Debug, Clone, PartialEq)]
pub enum ModelsCommand {
    /// Use this model from now on.
    Use(String),
    /// Remove an installed model.
    Remove(String),
    /// Add a model from a file.
    Add(PathBuf),
    /// Download a model, going on where an earlier download of it stopped: the one time Afterbell goes online. Answers also: `ModelProgress`, `DownloadEnded`.
    Download(String),
    /// Stop the download; what has come stays.
    PauseDownload,
    /// Stop the download of this model and throw away what has come.
    DiscardDownload(String),
    /// Measure how fast this computer transcribes, unless something is being recorded.
    MeasureSpeed,
}

/// What goes out of the library as a file or a page.
#[derive(Debug, Clone, PartialEq)]
pub enum SharingCommand {
    /// How the page would look, and which names are in it. Answer: `SharePreview`.
    Preview(Ticket, Vec<ConferenceId>, Box<ShareRequest>),
    /// Write files to share: one to a file, several into a folder. Answers: `Sharing`, then `Exported` or `Failed`.
    Share(Vec<ConferenceId>, Box<ShareRequest>, SaveTo),
    /// Put conferences as text on the clipboard. Answer: `Copied`.
    Copy(Vec<ConferenceId>, Box<ShareRequest>),
    /// Stop what `Share` began; files already written stay.
    Cancel,
}

/// What is done about voices.
#[derive(Debug, Clone, PartialEq)]
pub enum VoiceCommand {
    /// Tell the voices of a conference apart again, with what was said of them since. Answer: `Rediarized`.
    Rediarize {
        /// Which conference.
        id: ConferenceId,
        /// Students at the table.
        students: u8,
        /// As they are now.
        corrections: Box<Corrections>,
    },
    /// Listen to the teacher reading aloud and learn that voice; `false` stops it. Answers: `ReadingAloud`, `Voice`, `ReadingEnded`.
    ReadAloud(bool),
    /// Learn the teacher's voice from a conference in which the teacher said which voice it is. Answer: `Voice`.
    Remember(ConferenceId),
    /// Forget the teacher's voice. Answer: `Voice`.
    Forget,
}

/// Where to save something. Nothing happens when the person cancels.
#[derive(Debug, Clone, PartialEq)]
pub enum SaveDialog {
    /// Then as `SharingCommand::Share`.
    Share(Vec<ConferenceId>, Box<ShareRequest>),
    /// Then as `LibraryQuery::WriteReply`.
    Reply(SharedId),
}

/// What to take into the library. Nothing happens when the person cancels.
#[derive(Debug, Clone, PartialEq)]
pub enum OpenDialog {
    /// Sound files and bundles. Answer: `WhoseAsked`.
    Recordings(Participants),
    /// Typed transcripts. Answer: `WhoseAsked`.
    Transcripts(Participants),
    /// What was dropped on the window: files, and folders to be looked through. Answers: `WhoseAsked`, and `FileRead` for what is passed over.
    Dropped(Vec<PathBuf>),
    /// A model file, then as `ModelsCommand::Add`.
    Model,
}
