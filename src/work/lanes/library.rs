//! The `library` lane: lists, search, opening, edits, the class list. Everything here takes milliseconds.

use crate::conference::{ConferenceId, Student, name_key, with_voice};
use crate::error::{Error, ErrorKind, Result};
use crate::export::Reply;
use crate::library::{Library, SearchMatch, StillThere};
use crate::work::commands::{AnalysisCommand, Command, LibraryCommand, LibraryQuery, RecordingCommand};
use crate::work::context::LaneContext;
use crate::work::deleted::{self, DeletedKey};
use crate::work::lane::Lane;
use crate::work::mentor;
use crate::work::messages::{Event, SearchHit, SearchLine, SharedRow};
use crate::work::queue::{CancelToken, Queue, Task};
use crate::work::safety;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The first change is beside the recording this long after it was made; the database has it at once.
const SIDECARS_AFTER: Duration = Duration::from_secs(3);

/// The daily backup and what is deleted for good are looked after so long after the start, when the window has what it asked for first, ...
const UPKEEP_AFTER: Duration = Duration::from_secs(5);
/// ... and so often from then on: a program that stays open for weeks backs up each day all the same.
const UPKEEP_EVERY: Duration = Duration::from_secs(3600);
/// While somebody works with the library, deleting for good is put off by this.
const UPKEEP_AGAIN: Duration = Duration::from_secs(60);
/// Going back to a backup waits so long for work that is not stopped for it: importing a file, sharing one.
const PATIENCE: Duration = Duration::from_secs(120);

/// What this lane hears, in one order: what is asked after a change sees it.
pub(crate) enum LibraryTask {
    Query(LibraryQuery),
    Change(LibraryCommand),
    /// Asks another lane for something that has to see the changes before it.
    HandOn(Box<dyn FnOnce() + Send>),
}

impl Task for LibraryTask {
    type Name = ();

    fn name(&self) {}

    fn asked(&self) -> Option<Command> {
        match self {
            Self::Query(query) => Some(query.clone().into()),
            Self::Change(command) => Some(command.clone().into()),
            Self::HandOn(_) => None,
        }
    }

    fn conference(&self) -> Option<ConferenceId> {
        match self {
            Self::Query(LibraryQuery::Open(_, id)) => Some(*id),
            Self::Change(command) => subject(command),
            Self::Query(_) | Self::HandOn(_) => None,
        }
    }
}

pub(crate) struct LibraryLane {
    library: Library,
    sidecars_due: Option<Instant>,
    upkeep_due: Option<Instant>,
}

impl Lane for LibraryLane {
    const NAME: &'static str = "library";
    const HOLDS_LIBRARY: bool = false;
    type Task = LibraryTask;

    /// What the teacher typed is saved first.
    fn is_given_up((): &()) -> bool {
        false
    }

    fn open(context: &LaneContext, _: &Arc<Queue<LibraryTask>>) -> Result<Self> {
        let mut library = context.library()?;
        tell_students(context, &library)?;
        let upkeep_due = if context.is_looking_only() { None } else { Some(Instant::now() + UPKEEP_AFTER) };
        if upkeep_due.is_some() {
            context.run_guarded(None, || library.note_missing_sidecars());
        }
        Ok(Self { library, sidecars_due: None, upkeep_due })
    }

    fn work(&mut self, context: &LaneContext, task: LibraryTask, _: &CancelToken) -> Result<()> {
        let done = match task {
            LibraryTask::Query(query) => answer(context, &self.library, query),
            LibraryTask::Change(command) => carry_out(context, &mut self.library, command),
            LibraryTask::HandOn(ask) => {
                ask();
                Ok(())
            }
        };
        self.note_sidecars();
        done
    }

    fn moment(&self) -> Option<Instant> {
        self.sidecars_due.into_iter().chain(self.upkeep_due).min()
    }

    fn at_moment(&mut self, context: &LaneContext) -> Result<()> {
        let now = Instant::now();
        if self.sidecars_due.take_if(|due| *due <= now).is_some() {
            self.library.sync_sidecars();
        }
        if self.upkeep_due.take_if(|due| *due <= now).is_some() {
            // The next one first: one that fails is no reason to give up all that follow.
            self.upkeep_due = Some(now + UPKEEP_EVERY);
            safety::back_up_daily(&self.library);
            match context.library_in_use.alone(Duration::ZERO, || ()) {
                Ok(_alone) => purge(context, &mut self.library)?,
                Err(_) => self.upkeep_due = Some(now + UPKEEP_AGAIN),
            }
        }
        self.note_sidecars();
        Ok(())
    }

    fn end(mut self, _: &LaneContext) -> Result<()> {
        self.library.sync_sidecars();
        Ok(())
    }
}

impl LibraryLane {
    fn note_sidecars(&mut self) {
        if self.library.has_sidecars_to_write() {
            self.sidecars_due.get_or_insert(Instant::now() + SIDECARS_AFTER);
        }
    }
}

fn subject(command: &LibraryCommand) -> Option<ConferenceId> {
    match command {
        LibraryCommand::Save(id, _) | LibraryCommand::Delete(DeletedKey::Conference(id)) | LibraryCommand::Restore(DeletedKey::Conference(id)) => Some(*id),
        LibraryCommand::Delete(_)
        | LibraryCommand::Restore(_)
        | LibraryCommand::Forget(_)
        | LibraryCommand::SaveReply(..)
        | LibraryCommand::DeleteComment(..)
        | LibraryCommand::AddStudents(_)
        | LibraryCommand::RenameStudent(..)
        | LibraryCommand::ChangeSetting(_)
        | LibraryCommand::GoBackTo(_) => None,
    }
}

fn answer(context: &LaneContext, library: &Library, query: LibraryQuery) -> Result<()> {
    match query {
        LibraryQuery::List(ticket) => context.emit(Event::Listed { ticket, conferences: Arc::new(library.summaries()?) }),
        LibraryQuery::Search(ticket, query) => {
            let hits = library.search(&query)?.into_iter().map(shown).collect();
            context.emit(Event::Found { ticket, query, hits: Arc::new(hits) });
        }
        LibraryQuery::Open(ticket, id) => {
            context.emit(Event::Opened { ticket, record: Arc::new(library.load(id)?) });
            let replies: Vec<Reply> = library.replies(id)?;
            if !replies.is_empty() {
                context.emit(Event::Replies(id, Arc::new(replies)));
            }
        }
        LibraryQuery::ListShared => tell_shared(context, library)?,
        LibraryQuery::OpenShared(ticket, id) => {
            let (shared, record) = mentor::load(library, id)?;
            context.emit(Event::SharedOpened { ticket, id, question: shared.question, record: Arc::new(record), reply: Box::new(shared.reply) });
        }
        LibraryQuery::WriteReply(id, to) => context.emit(Event::Exported(vec![mentor::save_reply(library, &context.folders, id, &to)?])),
        LibraryQuery::ListDeleted => tell_deleted(context, library)?,
        LibraryQuery::ListBackups => tell_backups(context),
        LibraryQuery::ShowFolder => open_folder(context.folders.library())?,
        // A file that is gone stood somewhere: the nearest folder that is there.
        LibraryQuery::ShowInFolder(path) => open_folder(path.ancestors().skip(1).find(|folder| folder.is_dir()).unwrap_or(context.folders.library()))?,
    }
    Ok(())
}

fn carry_out(context: &LaneContext, library: &mut Library, command: LibraryCommand) -> Result<()> {
    match command {
        LibraryCommand::SaveReply(id, reply) => deleted::save_reply(library, id, &reply, now_unix_ms())?,
        LibraryCommand::DeleteComment(id, at) => {
            if let Some(key) = deleted::delete_comment(library, id, at, now_unix_ms())? {
                context.emit(Event::Deleted(key));
            }
        }
        LibraryCommand::Save(id, change) => {
            library.save_edit(id, change)?;
            context.emit(Event::Saved(id));
        }
        LibraryCommand::Delete(key) => {
            deleted::delete(library, &context.folders, &key, now_unix_ms())?;
            if let DeletedKey::Conference(id) = key {
                context.dispatch(AnalysisCommand::CancelWork(id).into());
            }
            tell_students(context, library)?;
            context.emit(Event::Deleted(key));
        }
        LibraryCommand::Restore(key) => {
            deleted::restore(library, &context.folders, &key)?;
            tell_students(context, library)?;
            if let DeletedKey::Recording(_) = key {
                context.dispatch(RecordingCommand::ListInterrupted.into());
            }
            context.emit(Event::Restored(key));
        }
        LibraryCommand::Forget(keys) => {
            for key in &keys {
                if let DeletedKey::Conference(id) = key {
                    context.dispatch(AnalysisCommand::CancelWork(*id).into());
                }
            }
            let still_there = deleted::forget(library, &context.folders, &keys);
            tell_deleted(context, library)?;
            tell_still_there(context, still_there?);
        }
        LibraryCommand::AddStudents(names) => {
            let mut already = Vec::new();
            for name in names {
                // The same name again is no second child; one who left with that name is another.
                match library.students()?.into_iter().find(|student| name_key(&student.name) == name_key(&name)) {
                    Some(student) => already.push(student.name),
                    None => drop(library.add_student(&name, None)?),
                }
            }
            if !already.is_empty() {
                let names = already.join(", ");
                let sentence = format!("Already on your class list: {names}. To add another child of that name, write it a little differently.");
                context.emit(Event::Notice(sentence));
            }
            tell_students(context, library)?;
        }
        LibraryCommand::RenameStudent(id, name) => {
            library.rename_student(id, &name)?;
            tell_students(context, library)?;
        }
        // What was measured is the models lane's to say: the window may hold an older answer.
        LibraryCommand::ChangeSetting(change) => context.change_settings(change)?,
        LibraryCommand::GoBackTo(name) => {
            let (stopped, done) = context.alone_with_the_library(PATIENCE, || safety::go_back_to(library, &name));
            // What was stopped is done all the same, with the model it was asked for with, unless the backup knows no such conference.
            stopped.into_iter().filter(|(id, _)| library.load(*id).is_ok()).for_each(|(_, command)| context.dispatch(command));
            done?;
            // And what comes without words from the backup.
            for id in library.not_yet_analysed()? {
                context.dispatch(AnalysisCommand::Analyse(id).into());
            }
            tell_students(context, library)?;
            tell_backups(context);
            context.emit(Event::LibraryChanged);
            context.emit(Event::Notice("Your conferences are as they were then. What was there before is kept as a backup too.".into()));
        }
    }
    Ok(())
}

fn tell_shared(context: &LaneContext, library: &Library) -> Result<()> {
    let mut rows = Vec::new();
    for id in library.shared_ids()? {
        let (shared, record) = mentor::load(library, id)?;
        let answers = shared.reply.answers.iter().filter(|answer| !answer.note.trim().is_empty()).count();
        rows.push(SharedRow {
            id,
            with: record.student_name().to_owned(),
            started_unix_ms: record.data().started_unix_ms,
            said: shared.reply.comments.len() + answers,
        });
    }
    context.emit(Event::SharedList(rows));
    Ok(())
}

fn tell_students(context: &LaneContext, library: &Library) -> Result<()> {
    let students: Vec<Student> = library.students()?;
    context.emit(Event::Students(Arc::new(students)));
    Ok(())
}

fn tell_backups(context: &LaneContext) {
    let names = crate::library::backups(&context.folders).into_iter().map(|backup| backup.name).collect();
    context.emit(Event::Backups(names));
}

/// What was deleted goes for good after 30 days; what could not be removed is tried again, and said.
fn purge(context: &LaneContext, library: &mut Library) -> Result<()> {
    tell_still_there(context, deleted::purge(library, &context.folders, now_unix_ms())?);
    Ok(())
}

fn tell_still_there(context: &LaneContext, still_there: StillThere) {
    still_there.sentence().into_iter().for_each(|sentence| context.emit(Event::Notice(sentence)));
}

fn tell_deleted(context: &LaneContext, library: &Library) -> Result<()> {
    context.emit(Event::DeletedList(Arc::new(deleted::list(library, &context.folders, now_unix_ms())?)));
    Ok(())
}

fn shown(hit: SearchMatch) -> SearchHit {
    let lines = hit
        .lines
        .into_iter()
        .map(|line| SearchLine {
            speaker: match line.speaker {
                None => "Title or note".into(),
                Some(crate::conference::Speaker::Teacher) => "You".into(),
                Some(crate::conference::Speaker::Student(number)) => match with_voice(&hit.conference.participants, number) {
                    Some(student) => student.name.clone(),
                    None if hit.conference.students <= 1 => "Student".into(),
                    None => format!("Student {number}"),
                },
                Some(crate::conference::Speaker::Other) => "Another voice".into(),
                Some(crate::conference::Speaker::Unknown) => "Not sure who".into(),
            },
            is_teacher: line.speaker == Some(crate::conference::Speaker::Teacher),
            at: line.at,
            pieces: line.pieces,
        })
        .collect();
    SearchHit { conference: hit.conference, lines }
}

fn open_folder(folder: &Path) -> Result<()> {
    let opener = if cfg!(target_os = "windows") {
        "explorer"
    } else if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    std::process::Command::new(opener)
        .arg(folder)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .map(drop)
        .map_err(|err| Error::new(ErrorKind::FileUnreadable, "showing the folder", err))
}

/// Milliseconds since 1970.
pub(crate) fn now_unix_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Folders;
    use crate::work::context::{Route, of_one_lane, with_lanes};
    use std::sync::Mutex;

    /// Work on these conferences was stopped, and what is handed on is transcribed.
    struct Stopped {
        work: Vec<(ConferenceId, Command)>,
        handed_on: Mutex<Vec<Command>>,
    }

    impl Route for Stopped {
        fn route(&self, _: &LaneContext, command: Command) {
            self.handed_on.lock().unwrap().push(command);
        }
        fn stop_work(&self) -> Vec<(ConferenceId, Command)> {
            self.work.clone()
        }
    }

    #[test]
    fn what_going_back_stopped_is_done_again_as_it_was_wished_also_when_it_could_not_be_gone_back() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let mut library = Library::open(&folders).unwrap();
        let known = library.insert(crate::conference::fixture::talk("T 0-1 one | S 2-3 two").data()).unwrap();
        library.back_up("2026-01-01").unwrap();
        let unknown = ConferenceId::from_u128(9);
        let wished = |id| Command::from(AnalysisCommand::AnalyseWith { id, model: "small-q8_0".into(), language: "fr".into() });
        let lanes = Arc::new(Stopped { work: vec![(unknown, wished(unknown)), (known, wished(known))], handed_on: Mutex::default() });
        let (context, _heard) = with_lanes(&folders, Arc::clone(&lanes) as Arc<dyn Route>);
        assert!(carry_out(&context, &mut library, LibraryCommand::GoBackTo("2025-12-31".into())).is_err(), "there is no such backup");
        assert_eq!(std::mem::take(&mut *lanes.handed_on.lock().unwrap()), [wished(known)]);
        carry_out(&context, &mut library, LibraryCommand::GoBackTo("2026-01-01".into())).unwrap();
        assert_eq!(lanes.handed_on.lock().unwrap()[0], wished(known));
    }

    #[test]
    fn backups_and_purge_come_round_again_and_wait_for_the_work_in_progress() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let (context, _heard) = of_one_lane(&folders);
        let mut lane = LibraryLane::open(&context, &Arc::default()).unwrap();
        assert!(lane.moment().is_some_and(|due| due <= Instant::now() + UPKEEP_AFTER), "soon after the start");
        let mut comes_round = |expected: Duration| {
            let now = Instant::now();
            lane.upkeep_due = Some(now);
            lane.at_moment(&context).unwrap();
            let next = lane.moment().unwrap() - now;
            assert!(next >= expected && next < expected + Duration::from_secs(30), "{next:?}");
        };
        comes_round(UPKEEP_EVERY);
        assert_eq!(crate::library::backups(&folders).len(), 1);
        // A day later, in a window that was never closed.
        let today = crate::library::backups(&folders).remove(0).path;
        std::fs::rename(&today, today.with_file_name("2026-01-01.sqlite")).unwrap();
        comes_round(UPKEEP_EVERY);
        assert_eq!(crate::library::backups(&folders).len(), 2);
        // Nothing is deleted for good beneath a transcription.
        let at_work = context.library_in_use.enter();
        comes_round(UPKEEP_AGAIN);
        drop(at_work);
        comes_round(UPKEEP_EVERY);
    }
}
