//! What can go wrong, named by what a person can do next, and the only teacher-facing wording of failures.

use std::error::Error as StdError;
use std::fmt;
use std::path::{Path, PathBuf};

/// A failure: what kind, what we were doing, and the technical cause for the log.
#[derive(Debug)]
pub struct Error {
    /// What a person can do about it.
    pub kind: ErrorKind,
    /// What we were doing, for the log: "opening the microphone".
    pub doing: &'static str,
    /// The file it happened with, where one is at fault: the window names it, the log has it.
    pub file: Option<PathBuf>,
    /// The technical cause, for the log.
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The result of anything that touches the world.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Sound formats that take an ffmpeg found on the computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SoundFormat {
    /// Adaptive Multi-Rate: voice recorders of older phones.
    Amr,
    /// Windows Media Audio.
    Wma,
    /// High-Efficiency AAC: some phones at low rates.
    HeAac,
    /// Something else with sound in it.
    Other,
}

/// Kinds of failure, each with one plain sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The system does not let us use the microphone.
    MicrophoneDenied,
    /// It was there and went away.
    MicrophoneLost,
    /// None is plugged in, or the chosen one is not there.
    NoMicrophone,
    /// No sound output could be opened.
    NoSpeaker,
    /// The disk has no room.
    DiskFull,
    /// The folder or file may not be written.
    CannotWrite,
    /// A file's name has the ending of another format.
    OtherEnding,
    /// The file holds no sound we can read.
    NotASoundFile,
    /// A recording the phone never finished: it has no index.
    UnfinishedFile,
    /// The same recording is in the library already.
    AlreadyThere,
    /// A sound format that needs help to be read, and there is none on this computer.
    NeedsHelp(SoundFormat),
    /// The sound file is empty.
    EmptySoundFile,
    /// The file cannot be opened or read.
    FileUnreadable,
    /// The file holds no transcript with speakers.
    NotATranscript,
    /// Subtitles of a conference of which it is not known when anything was said.
    NoTimes,
    /// Words were asked for, and nobody says any.
    NoSpeech,
    /// Not enough speech to know a voice by.
    TooLittleSpeech,
    /// More than one voice where one was to be learned.
    SeveralVoices,
    /// The file is no share bundle, or is damaged or altered.
    NotABundle,
    /// The share bundle was made by a newer version.
    BundleFromNewerVersion,
    /// A reply to a conference that is not in this library.
    ReplyToAnother,
    /// The chosen speech model is not installed.
    ModelMissing,
    /// The model file is incomplete or altered.
    ModelDamaged,
    /// The file is not a speech model.
    NotAModel,
    /// The model cannot be removed: it came with the program.
    ModelBuiltIn,
    /// The download was cut, and trying again did not help.
    DownloadFailed,
    /// The network does not let the download through.
    DownloadRefused,
    /// The speech engine ended or could not start.
    EngineFailed,
    /// The speech engine was built for a processor that can do more than this one.
    OtherProcessor,
    /// Another copy of the program works on this library.
    LibraryInUse,
    /// The library was written by a newer version.
    LibraryFromNewerVersion,
    /// The library's database is damaged.
    LibraryDamaged,
    /// A file beside a recording says what cannot be.
    SidecarDamaged,
    /// The disk did not give or take what belongs to the library, this time.
    LibraryUnreadable,
    /// Something has to be waited for that is still being worked on.
    WorkInProgress,
    /// The chosen folder of the library is not there.
    LibraryAway,
    /// What was asked for is not in the library.
    NotFound,
    /// More than one thing in the library ends like this.
    SeveralFit,
    /// A student or class without a name.
    NoName,
    /// A search without a letter or a digit.
    NothingToSearch,
    /// What was typed does not make sense.
    BadRequest,
    /// The person stopped it.
    Cancelled,
    /// Our own mistake.
    Bug,
}

impl ErrorKind {
    /// Every kind, for the test that reads them all aloud.
    pub const ALL: [Self; 46] = [
        Self::MicrophoneDenied,
        Self::MicrophoneLost,
        Self::NoMicrophone,
        Self::NoSpeaker,
        Self::DiskFull,
        Self::CannotWrite,
        Self::OtherEnding,
        Self::NotASoundFile,
        Self::UnfinishedFile,
        Self::AlreadyThere,
        Self::NeedsHelp(SoundFormat::Amr),
        Self::NeedsHelp(SoundFormat::Wma),
        Self::NeedsHelp(SoundFormat::HeAac),
        Self::NeedsHelp(SoundFormat::Other),
        Self::EmptySoundFile,
        Self::FileUnreadable,
        Self::NotATranscript,
        Self::NoTimes,
        Self::NoSpeech,
        Self::TooLittleSpeech,
        Self::SeveralVoices,
        Self::NotABundle,
        Self::BundleFromNewerVersion,
        Self::ReplyToAnother,
        Self::ModelMissing,
        Self::ModelDamaged,
        Self::NotAModel,
        Self::ModelBuiltIn,
        Self::DownloadFailed,
        Self::DownloadRefused,
        Self::EngineFailed,
        Self::OtherProcessor,
        Self::LibraryInUse,
        Self::LibraryFromNewerVersion,
        Self::LibraryDamaged,
        Self::SidecarDamaged,
        Self::LibraryUnreadable,
        Self::WorkInProgress,
        Self::LibraryAway,
        Self::NotFound,
        Self::SeveralFit,
        Self::NoName,
        Self::NothingToSearch,
        Self::BadRequest,
        Self::Cancelled,
        Self::Bug,
    ];

    /// The sentence the teacher reads: what happened, what is safe, what to do.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::MicrophoneDenied => {
                "This computer does not let Afterbell use the microphone. Nothing is lost. Allow it in the system's sound or privacy settings, then press Record again."
            }
            Self::MicrophoneLost => "The microphone stopped answering. Everything up to that moment is saved. Check the cable, then press Record.",
            Self::NoMicrophone => "Afterbell can’t hear a microphone. Nothing is lost. Plug one in, or choose another in Settings.",
            Self::NoSpeaker => "Afterbell found nothing to play sound on. The recording is safe. Check the speakers or headphones, then press play again.",
            Self::DiskFull => "There is no space left on this computer. Everything up to now is saved. Make some room, then try again.",
            Self::CannotWrite => {
                "Afterbell isn’t allowed to save there. Nothing was changed. Choose another folder, or ask for permission to write in this one."
            }
            Self::OtherEnding => {
                "The name you chose ends like another kind of file. Nothing was changed. Leave the ending out, or choose the format that goes with it."
            }
            Self::NotASoundFile => {
                "There is no sound in this file that Afterbell can read. Nothing was changed. Save it as WAV, MP3, M4A or FLAC and import it again."
            }
            Self::UnfinishedFile => {
                "The phone or recorder never finished this file (its battery or its app gave out), so nobody can tell where the sound in it is. Nothing was changed. Open it once more in the app that recorded it and share it again; if that fails, a program such as untrunc can often repair it with the help of another recording of the same phone."
            }
            Self::AlreadyThere => "This recording is in your list already. Nothing was changed. Import it again only if you want it twice.",
            Self::NeedsHelp(SoundFormat::Amr) => {
                "This is an AMR voice recording, which Afterbell can’t read by itself. Nothing was changed. Install ffmpeg on this computer and import it again, or set the phone to record M4A."
            }
            Self::NeedsHelp(SoundFormat::Wma) => {
                "This is a Windows Media (WMA) recording, which Afterbell can’t read by itself. Nothing was changed. Install ffmpeg on this computer and import it again, or save it as WAV or MP3."
            }
            Self::NeedsHelp(SoundFormat::HeAac) => {
                "This recording uses HE-AAC, which Afterbell can’t read by itself. Nothing was changed. Install ffmpeg on this computer and import it again, or save it as M4A (AAC-LC), MP3 or WAV."
            }
            Self::NeedsHelp(SoundFormat::Other) => {
                "This recording is of a kind Afterbell can’t read by itself. Nothing was changed. Install ffmpeg on this computer and import it again, or save it as WAV, MP3 or M4A."
            }
            Self::EmptySoundFile => "This file is empty. Nothing was changed. Copy it again from where it was recorded.",
            Self::FileUnreadable => "This file can’t be opened. Nothing was changed. Check that it is still there and that you may read it.",
            Self::NotATranscript => {
                "Afterbell can’t tell who speaks in this file. Nothing was changed. Begin each line with T: or S:, or with a name and a colon, and try again."
            }
            Self::NoTimes => {
                "This conference was typed, and when its words were said is not known, so there can be no subtitles. Nothing was changed. Choose another format."
            }
            Self::NoSpeech => {
                "No speech was heard in this, so there are no words. The recording is safe. Listen to it: the microphone may have been off or far away."
            }
            Self::TooLittleSpeech => {
                "There was too little of your voice to know it by. Nothing was changed. Read aloud for about 20 seconds, close to the microphone, and try again."
            }
            Self::SeveralVoices => "More than one voice was heard. Nothing was changed. Find a quiet place where only you speak, and try again.",
            Self::NotABundle => "This file is not a share bundle, or it is not whole. Nothing was changed. Ask your colleague to send it again.",
            Self::BundleFromNewerVersion => "This was shared from a newer Afterbell. Nothing was changed. Please update Afterbell on this computer.",
            Self::ReplyToAnother => {
                "This reply belongs to a conference that is not in your library. Nothing was changed. Open it on the computer it was shared from."
            }
            Self::ModelMissing => "This speech model is not on this computer. Your recordings are safe. Choose another model, or add this one in Settings.",
            Self::ModelDamaged => "This speech model file isn’t complete. Your recordings are safe. Copy or download it again.",
            Self::NotAModel => "This file is not a speech model. Nothing was changed. Choose a file whose name begins with ggml- and ends with .bin.",
            Self::ModelBuiltIn => "This speech model came with Afterbell and stays. Nothing was changed. Choose another one to use if you like.",
            Self::DownloadFailed => {
                "The download stopped. What has come stays, and it carries on from there. Check the internet connection and try again, or copy the model from a USB stick."
            }
            Self::DownloadRefused => "This network doesn’t allow it. Nothing was changed. You can copy the model from a USB stick.",
            Self::EngineFailed => "Transcription did not work this time. The recording is safe. Try again, or choose a smaller speech model in Settings.",
            Self::OtherProcessor => {
                "This Afterbell was made on a computer with another processor and can’t transcribe here. The recording is safe. Start it with ./run on this computer, which makes it anew."
            }
            Self::LibraryInUse => "Afterbell is already open with these recordings. Nothing was changed. Use the window that is open, or close it first.",
            Self::LibraryFromNewerVersion => {
                "These recordings were last used with a newer Afterbell. Nothing was changed. Please update Afterbell on this computer."
            }
            Self::LibraryDamaged => {
                "The list of conferences can’t be read. The recordings themselves are safe. Start Afterbell again, or run “afterbell restore”, to make the list again."
            }
            Self::SidecarDamaged => {
                "What Afterbell keeps beside one of your recordings can’t be read. The recording itself is safe, and so is the file, under another name. Open the conference in the list: its words can be transcribed again."
            }
            Self::LibraryUnreadable => {
                "The disk with your conferences did not answer. What was saved before is safe. Check that it is connected, then try again in a moment."
            }
            Self::WorkInProgress => "Afterbell is still working on a conference. Nothing was changed. Try again when it has finished.",
            Self::LibraryAway => {
                "The folder with your conferences is not there. Nothing was changed. Plug in the drive it is on, or put the folder back, and start Afterbell again. To begin anew in that place, make an empty folder there first."
            }
            Self::NotFound => "That is not in your library. Nothing was changed. Look in the list of conferences.",
            Self::SeveralFit => "More than one in your library fits this. Nothing was changed. Give more of its id, as the list shows it.",
            Self::NoName => "A name is missing. Nothing was changed. Type one and try again.",
            Self::NothingToSearch => "There is nothing to search for. Nothing was changed. Type a word, or a part of one, and try again.",
            Self::BadRequest => "That could not be understood. Nothing was changed. “afterbell --help” shows what can be asked.",
            Self::Cancelled => "Stopped, as you asked. Nothing is lost.",
            Self::Bug => "Something went wrong inside Afterbell. Your recordings are safe. Please try again; if it comes back, restart Afterbell.",
        }
    }

    /// The exit code of the command line: 1 for most, 2 for what was asked wrongly, 130 when stopped by the person.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Self::BadRequest | Self::OtherEnding | Self::SeveralFit | Self::NoName | Self::NothingToSearch => 2,
            Self::Cancelled => 130,
            _ => 1,
        }
    }

    /// Whether the same, asked for once more, may work: something outside of it was in the way.
    #[must_use]
    pub fn may_pass(self) -> bool {
        matches!(
            self,
            Self::MicrophoneDenied
                | Self::MicrophoneLost
                | Self::NoMicrophone
                | Self::NoSpeaker
                | Self::DiskFull
                | Self::CannotWrite
                | Self::FileUnreadable
                | Self::DownloadFailed
                | Self::DownloadRefused
                | Self::EngineFailed
                | Self::LibraryUnreadable
                | Self::WorkInProgress
                | Self::LibraryAway
                | Self::Bug
        )
    }

    /// Whether what is wrong is a file, or the place it is in.
    #[must_use]
    pub fn is_about_a_file(self) -> bool {
        matches!(
            self,
            Self::DiskFull
                | Self::CannotWrite
                | Self::OtherEnding
                | Self::NotASoundFile
                | Self::UnfinishedFile
                | Self::AlreadyThere
                | Self::NeedsHelp(_)
                | Self::EmptySoundFile
                | Self::FileUnreadable
                | Self::NotATranscript
                | Self::NoTimes
                | Self::NotABundle
                | Self::BundleFromNewerVersion
                | Self::ReplyToAnother
                | Self::ModelDamaged
                | Self::NotAModel
                | Self::SidecarDamaged
        )
    }

    /// Classifies a file failure met while writing.
    #[must_use]
    pub fn of_write(err: &std::io::Error) -> Self {
        match err.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::CannotWrite,
        }
    }
}

impl Error {
    /// A failure with a technical cause.
    pub fn new(kind: ErrorKind, doing: &'static str, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind, doing, file: None, source: Some(source.into()) }
    }

    /// A failure without one.
    #[must_use]
    pub fn bare(kind: ErrorKind, doing: &'static str) -> Self {
        Self { kind, doing, file: None, source: None }
    }

    /// With the file it happened with, unless that is known more closely.
    #[must_use]
    pub fn at(mut self, file: &Path) -> Self {
        self.file.get_or_insert_with(|| file.to_owned());
        self
    }

    /// A failure to write a file; a full disk is told apart.
    #[must_use]
    pub fn writing(doing: &'static str, err: std::io::Error) -> Self {
        Self::new(ErrorKind::of_write(&err), doing, err)
    }

    /// A failure to read a file.
    #[must_use]
    pub fn reading(doing: &'static str, err: std::io::Error) -> Self {
        Self::new(ErrorKind::FileUnreadable, doing, err)
    }

    /// The sentence for the teacher.
    #[must_use]
    pub fn advice(&self) -> &'static str {
        self.kind.advice()
    }
}

impl fmt::Display for Error {
    /// For the log: what we were doing, the kind, and every cause.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.doing, self.kind)?;
        let mut cause: Option<&(dyn StdError + 'static)> = self.source.as_ref().map(|source| source.as_ref() as _);
        while let Some(err) = cause {
            write!(f, ": {err}")?;
            cause = err.source();
        }
        self.file.as_ref().map_or(Ok(()), |file| write!(f, "; file: {file:?}"))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_says_what_is_safe_in_plain_words() {
        for kind in ErrorKind::ALL {
            let advice = kind.advice();
            let safe = ["safe", "saved", "Nothing is lost", "Nothing was changed", "stays"];
            assert!(safe.iter().any(|word| advice.contains(word)), "{kind:?} does not say what is safe: {advice}");
            assert!(!advice.contains('!') && !advice.contains("rror"), "{kind:?} is not calm: {advice}");
            assert!(advice.ends_with('.'), "{kind:?}: {advice}");
        }
    }

    #[test]
    fn a_full_disk_is_told_apart_from_a_forbidden_folder() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        assert_eq!(Error::writing("saving", full).kind, ErrorKind::DiskFull);
        let denied = std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        assert_eq!(Error::writing("saving", denied).kind, ErrorKind::CannotWrite);
    }
}
