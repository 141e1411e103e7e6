//! The `library` lane: lists, search, opening, edits, the class list. Everything here takes milliseconds.

use crate::conference::{ConferenceId, Student};
use crate::error::{Error, ErrorKind, Result};
use crate::export::Reply;
use crate::library::{Hit, Library};
use crate::settings::Settings;
use crate::work::commands::{AnalysisCommand, LibraryCommand, LibraryQuery};
use crate::work::desk::LaneContext;
use crate::work::mentor;
use crate::work::messages::{Event, SearchHit, SearchLine, SharedRow};
use crate::work::safety;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Deleted conferences can be brought back for this long.
const KEEP_DELETED_MS: i64 = 30 * 24 * 3_600_000;
/// The first change is beside the recording this long after it was made; the database has it at once.
const SIDECARS_AFTER: Duration = Duration::from_secs(3);

/// What this lane hears, in one order: what is asked after a change sees it.
#[derive(Debug)]
pub(crate) enum LibraryTask {
    Query(LibraryQuery),
    Change(LibraryCommand),
}

/// Runs until `Quit`.
pub(crate) fn run(context: &LaneContext, commands: &Receiver<Option<LibraryTask>>) {
    let mut library = match context.library() {
        Ok(library) => library,
        Err(err) => return context.fail(&err, None),
    };
    context.run_guarded(None, || tell_students(context, &library));
    if !context.is_looking_only {
        context.run_guarded(None, || purge(context, &mut library));
        safety::back_up_daily(&library);
        context.run_guarded(None, || library.note_missing_sidecars());
    }
    let mut sidecars_due: Option<Instant> = None;
    loop {
        let now = Instant::now();
        if library.has_sidecars_to_write() {
            sidecars_due.get_or_insert(now + SIDECARS_AFTER);
        }
        let heard = match sidecars_due {
            Some(due) => commands.recv_timeout(due.saturating_duration_since(now)),
            None => commands.recv().map_err(RecvTimeoutError::from),
        };
        match heard {
            Ok(None) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(Some(LibraryTask::Query(query))) => {
                let conference = if let LibraryQuery::Open(_, id) = &query { Some(*id) } else { None };
                context.run_guarded(conference, || answer(context, &library, query));
            }
            Ok(Some(LibraryTask::Change(command))) => {
                let conference = subject(&command);
                context.run_guarded(conference, || carry_out(context, &mut library, command));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        if sidecars_due.is_some_and(|due| Instant::now() >= due) {
            sidecars_due = None;
            safety::keep_up(&mut library);
        }
    }
    safety::keep_up(&mut library);
}

fn subject(command: &LibraryCommand) -> Option<ConferenceId> {
    match command {
        LibraryCommand::Save(id, _) | LibraryCommand::Delete(id) | LibraryCommand::Restore(id) => Some(*id),
        LibraryCommand::SaveReply(..)
        | LibraryCommand::RemoveShared(_)
        | LibraryCommand::AddStudents(_)
        | LibraryCommand::RenameStudent(..)
        | LibraryCommand::RemoveStudent(_)
        | LibraryCommand::SaveSettings(_)
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
        LibraryQuery::OpenShared(id) => {
            let (shared, record) = mentor::load(library, id)?;
            context.emit(Event::SharedOpened { id, question: shared.question, record: Arc::new(record), reply: Box::new(shared.reply) });
        }
        LibraryQuery::WriteReply(id, path) => context.emit(Event::Exported(vec![mentor::save_reply(library, id, &path)?])),
        LibraryQuery::ListBackups => tell_backups(context),
        LibraryQuery::ShowFolder => open_folder(context.folders.library())?,
    }
    Ok(())
}

fn carry_out(context: &LaneContext, library: &mut Library, command: LibraryCommand) -> Result<()> {
    match command {
        LibraryCommand::SaveReply(id, reply) => library.save_reply(id, &*reply)?,
        LibraryCommand::RemoveShared(id) => {
            mentor::remove(library, &context.folders, id)?;
            tell_shared(context, library)?;
        }
        LibraryCommand::Save(id, edit) => {
            library.save_edit(id, &edit)?;
            context.emit(Event::Saved(id));
        }
        LibraryCommand::Delete(id) => {
            library.delete(id, now_unix_ms())?;
            context.dispatch(AnalysisCommand::CancelWork(id).into());
            context.emit(Event::Deleted(id));
        }
        LibraryCommand::Restore(id) => {
            library.restore(id)?;
            context.dispatch(LibraryQuery::List(crate::work::Ticket::default()).into());
        }
        LibraryCommand::AddStudents(names) => {
            for name in names {
                library.add_student(&name)?;
            }
            tell_students(context, library)?;
        }
        LibraryCommand::RenameStudent(id, name) => {
            library.rename_student(id, &name)?;
            tell_students(context, library)?;
        }
        LibraryCommand::RemoveStudent(id) => {
            library.remove_student(id)?;
            tell_students(context, library)?;
        }
        // What was measured is the models lane's to say: the window may hold an older answer.
        LibraryCommand::SaveSettings(settings) => context.keep_settings(Settings { measured: context.settings().measured, ..*settings })?,
        LibraryCommand::GoBackTo(name) => {
            safety::go_back_to(library, &name)?;
            tell_students(context, library)?;
            tell_backups(context);
            context.dispatch(LibraryQuery::List(crate::work::Ticket::default()).into());
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
            started_unix_ms: record.facts().started_unix_ms,
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

/// Deleted conferences go for good after 30 days: rows, index, and the sound.
fn purge(context: &LaneContext, library: &mut Library) -> Result<()> {
    let before = now_unix_ms() - KEEP_DELETED_MS;
    for audio in library.deleted_before(before)? {
        safety::remove_files(&context.folders, &audio);
    }
    library.purge(before)?;
    Ok(())
}

fn shown(hit: Hit) -> SearchHit {
    let student = hit.conference.student.as_ref().map(|student| student.name.clone());
    let one_to_one = hit.conference.students <= 1;
    let lines = hit
        .lines
        .into_iter()
        .map(|line| SearchLine {
            speaker: match line.speaker {
                None => "Title or note".into(),
                Some(crate::conference::Speaker::Teacher) => "You".into(),
                Some(crate::conference::Speaker::Student(1)) if one_to_one => student.clone().unwrap_or_else(|| "Student".into()),
                Some(crate::conference::Speaker::Student(number)) => format!("Student {number}"),
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
