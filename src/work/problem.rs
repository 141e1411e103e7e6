//! A failure as the window shows it, the same shape for all of them: what was being done, with which file, what happened, and what can be done about it.

use super::commands::{AnalysisCommand, Command, LibraryCommand, LibraryQuery, ModelsCommand, PlayerCommand, RecordingCommand, SharingCommand, VoiceCommand};
use super::deleted::DeletedKey;
use super::transcript_file::TranscriptSource;
use crate::conference::ConferenceId;
use crate::error::{Error, ErrorKind};
use std::path::{Path, PathBuf};

/// Something that can be done about a failure, as a button.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// What the button says.
    pub says: &'static str,
    /// What it asks for.
    pub command: Command,
}

impl Offer {
    /// The same once more.
    #[must_use]
    pub fn try_again(command: Command) -> Self {
        Self { says: "Try again", command }
    }

    /// Shows where a file is, or was to be.
    #[must_use]
    pub fn show_in_folder(path: PathBuf) -> Self {
        Self { says: "Show in folder", command: LibraryQuery::ShowInFolder(path).into() }
    }
}

/// A failure in plain words.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What kind.
    pub kind: ErrorKind,
    /// What was being done; none where the advice says it all.
    pub action: Option<&'static str>,
    /// The name of the file it was done with, for a failure that is about a file.
    pub file: Option<String>,
    /// What happened, what is safe, what to do.
    pub advice: String,
    /// Which conference it concerns.
    pub conference: Option<ConferenceId>,
    /// What can be done about it.
    pub offers: Vec<Offer>,
    /// What the teacher changed in the conference is not on the disk: it is saved again until it is.
    pub is_unsaved: bool,
}

impl Problem {
    /// One that is about nothing in particular.
    #[must_use]
    pub fn new(kind: ErrorKind, advice: impl Into<String>) -> Self {
        Self { kind, action: None, file: None, advice: advice.into(), conference: None, offers: Vec::new(), is_unsaved: false }
    }

    /// Of an error, and of what was `asked` for when it came; the technical cause goes to the log, not here.
    #[must_use]
    pub fn of(error: &Error, conference: Option<ConferenceId>, asked: Option<&Command>) -> Self {
        let kind = error.kind;
        let path = error.file.as_deref().or_else(|| asked.and_then(file_of)).filter(|_| kind.is_about_a_file());
        let again = asked.filter(|command| kind.may_pass() && is_the_same_later(command)).cloned();
        // Where no file is known to be at fault, the folder of the library is the one without room, not that of what was read.
        let is_about_a_place = matches!(kind, ErrorKind::DiskFull | ErrorKind::CannotWrite);
        let is_read = is_about_a_place && error.file.is_none() && !asked.is_some_and(writes_a_file);
        let folder = match path.filter(|_| !is_read) {
            Some(path) => Some(Offer::show_in_folder(path.to_owned())),
            None => is_about_a_place.then(|| Offer { says: "Show in folder", command: LibraryQuery::ShowFolder.into() }),
        };
        let is_unsaved = kind.may_pass() && matches!(asked, Some(Command::Library(LibraryCommand::Save(..))));
        let advice = if is_unsaved { format!("{} Afterbell keeps trying to save it.", error.advice()) } else { error.advice().to_owned() };
        Self {
            // What is said of the engine names it.
            action: asked.filter(|_| kind != ErrorKind::EngineFailed).and_then(action_of),
            file: path.and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned()),
            conference,
            offers: again.map(Offer::try_again).into_iter().chain(folder).collect(),
            is_unsaved,
            ..Self::new(kind, advice)
        }
    }

    /// What did not work, in one sentence; empty when the advice says it.
    #[must_use]
    pub fn headline(&self) -> String {
        match (self.action, &self.file) {
            (Some(action), Some(file)) => format!("{action} (“{file}”) did not work."),
            (Some(action), None) => format!("{action} did not work."),
            (None, _) => String::new(),
        }
    }
}

/// Whether asking once more asks for the same. What was to be saved is old by then: what was typed since would be written over by it; and a moment is marked
/// when it is now.
fn is_the_same_later(command: &Command) -> bool {
    !matches!(
        command,
        Command::Library(LibraryCommand::Save(..) | LibraryCommand::SaveReply(..) | LibraryCommand::ChangeSetting(_))
            | Command::Recording(RecordingCommand::Mark)
    )
}

/// Whether it writes the file that somebody chose.
fn writes_a_file(command: &Command) -> bool {
    matches!(command, Command::Sharing(SharingCommand::Share(..)) | Command::Query(LibraryQuery::WriteReply(..)))
}

/// The file somebody chose for it.
fn file_of(command: &Command) -> Option<&Path> {
    match command {
        Command::Analysis(AnalysisCommand::Import(files, _)) => files.first().map(PathBuf::as_path),
        Command::Analysis(AnalysisCommand::ImportAgain(source, _) | AnalysisCommand::ImportTyped(source, ..)) => match source {
            TranscriptSource::File(path) => Some(path),
            TranscriptSource::Pasted(_) => None,
        },
        Command::Sharing(SharingCommand::Share(_, _, to)) | Command::Query(LibraryQuery::WriteReply(_, to)) => Some(&to.path),
        Command::Query(LibraryQuery::ShowInFolder(path)) | Command::Models(ModelsCommand::Add(path)) => Some(path),
        _ => None,
    }
}

/// What a teacher would call it; none for what is not asked for by name.
fn action_of(command: &Command) -> Option<&'static str> {
    Some(match command {
        Command::Query(query) => match query {
            LibraryQuery::List(_) | LibraryQuery::ListShared | LibraryQuery::ListDeleted | LibraryQuery::ListBackups => "Reading the list",
            LibraryQuery::Search(..) => "Searching",
            LibraryQuery::Open(..) | LibraryQuery::OpenShared(..) => "Opening the conference",
            LibraryQuery::WriteReply(..) => "Saving your reply",
            LibraryQuery::ShowFolder | LibraryQuery::ShowInFolder(_) => "Showing the folder",
        },
        Command::Library(command) => match command {
            LibraryCommand::Save(..) => "Saving what you changed",
            LibraryCommand::Delete(DeletedKey::Student(_)) => "Taking a student off the list",
            LibraryCommand::Delete(_) | LibraryCommand::DeleteComment(..) => "Deleting",
            LibraryCommand::Restore(_) => "Restoring",
            LibraryCommand::Forget(_) => "Deleting for good",
            LibraryCommand::SaveReply(..) => "Saving what you wrote to your colleague",
            LibraryCommand::AddStudents(_) => "Adding students",
            LibraryCommand::RenameStudent(..) => "Renaming a student",
            LibraryCommand::ChangeSetting(_) => "Saving a setting",
            LibraryCommand::GoBackTo(_) => "Going back to an earlier day",
        },
        Command::Recording(RecordingCommand::KeepInterrupted(_)) => "Saving the recording that was cut off",
        Command::Recording(RecordingCommand::Mark) => "Marking this moment",
        Command::Recording(_) | Command::Microphone(_) => return None,
        Command::Analysis(command) => match command {
            AnalysisCommand::Import(..) | AnalysisCommand::ImportAgain(..) | AnalysisCommand::ImportTyped(..) => "Importing",
            AnalysisCommand::AddSample(_) => "Opening the sample",
            AnalysisCommand::Analyse(_) | AnalysisCommand::AnalyseWith { .. } => "Transcribing",
            AnalysisCommand::CancelImport | AnalysisCommand::CancelWork(_) => return None,
        },
        Command::Player(PlayerCommand::Listen { .. } | PlayerCommand::Play) => "Playing the recording",
        Command::Player(_) => return None,
        Command::Models(command) => match command {
            ModelsCommand::Use(_) => "Changing the speech model",
            ModelsCommand::Remove(_) => "Removing a speech model",
            ModelsCommand::Add(_) => "Adding a speech model",
            ModelsCommand::Download(_) => "Downloading a speech model",
            ModelsCommand::PauseDownload | ModelsCommand::DiscardDownload(_) | ModelsCommand::MeasureSpeed => return None,
        },
        Command::Sharing(SharingCommand::Share(..)) => "Saving the file to share",
        Command::Sharing(SharingCommand::Preview(..)) => "Making the preview",
        Command::Sharing(SharingCommand::Copy(..)) => "Copying",
        Command::Sharing(SharingCommand::Cancel) => return None,
        Command::Voice(VoiceCommand::Rediarize { .. }) => "Telling the voices apart",
        Command::Voice(VoiceCommand::Remember(_) | VoiceCommand::ReadAloud(_)) => "Learning your voice",
        Command::Voice(VoiceCommand::Forget) => "Forgetting your voice",
        Command::SaveDialog(_) | Command::OpenDialog(_) => "Choosing a file",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_its_file_and_its_action_and_offers_what_can_be_done() {
        let path = PathBuf::from("/media/stick/Maya.m4a");
        let asked = Command::from(AnalysisCommand::Import(vec![path.clone()], crate::work::Participants::one(None)));
        let full = Problem::of(&Error::bare(ErrorKind::DiskFull, "writing a file"), None, Some(&asked));
        assert_eq!(full.headline(), "Importing (“Maya.m4a”) did not work.");
        let library = Offer { says: "Show in folder", command: LibraryQuery::ShowFolder.into() };
        assert_eq!(full.offers, [Offer::try_again(asked.clone()), library], "there is no room in the library, not beside what is imported");
        let gone = Problem::of(&Error::bare(ErrorKind::FileUnreadable, "reading a file"), None, Some(&asked));
        assert_eq!(gone.offers.last(), Some(&Offer::show_in_folder(path)));
        // The file at fault is named before the one that was asked for.
        let other = Problem::of(&Error::bare(ErrorKind::CannotWrite, "writing a file").at(Path::new("/library/a.wav")), None, Some(&asked));
        assert_eq!((other.file.as_deref(), other.offers.len()), (Some("a.wav"), 2));
        // What will be the same the next time is not offered again.
        let refused = Problem::of(&Error::bare(ErrorKind::NoName, "adding a student"), None, Some(&LibraryCommand::AddStudents(vec![String::new()]).into()));
        assert_eq!((refused.headline().as_str(), refused.offers.len()), ("Adding students did not work.", 0));
    }

    #[test]
    fn what_would_not_be_the_same_later_is_not_offered_again() {
        let setting = Command::from(LibraryCommand::ChangeSetting(crate::settings::SettingsChange::GuessFirst(true)));
        for asked in [setting, RecordingCommand::Mark.into()] {
            let problem = Problem::of(&Error::bare(ErrorKind::DiskFull, "writing a file"), None, Some(&asked));
            assert!(problem.offers.iter().all(|offer| offer.command != asked), "{asked:?}");
        }
    }

    #[test]
    fn without_a_file_the_folder_of_the_library_is_shown_when_the_disk_is_full() {
        let problem = Problem::of(&Error::bare(ErrorKind::DiskFull, "recording"), None, None);
        assert_eq!((problem.headline().as_str(), problem.offers[0].says, problem.offers.len()), ("", "Show in folder", 1));
    }
}
