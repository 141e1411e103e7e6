//! The `library` lane: lists, search, opening, edits, the class list. Everything here takes milliseconds.

use crate::conference::{ConferenceId, Student};
use crate::error::{Error, ErrorKind, Result};
use crate::export::Reply;
use crate::library::{Hit, Library};
use crate::work::desk::Office;
use crate::work::mentor;
use crate::work::messages::{Command, Event, SearchHit, SearchLine, SharedRow};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// Deleted conferences can be brought back for this long.
const KEEP_DELETED_MS: i64 = 30 * 24 * 3_600_000;

/// Runs until `Quit`.
pub(crate) fn run(office: &Office, commands: &Receiver<Command>) {
    let mut library = match Library::open(&office.folders) {
        Ok(library) => library,
        Err(err) => return office.fail(&err, None),
    };
    office.attempt(None, || purge(office, &mut library));
    office.attempt(None, || tell_students(office, &library));
    for command in commands {
        if command == Command::Quit {
            break;
        }
        let conference = subject(&command);
        office.attempt(conference, || carry_out(office, &mut library, command));
    }
}

fn subject(command: &Command) -> Option<ConferenceId> {
    match command {
        Command::Open(_, id) | Command::Save(id, _) | Command::Delete(id) | Command::Restore(id) => Some(*id),
        _ => None,
    }
}

fn carry_out(office: &Office, library: &mut Library, command: Command) -> Result<()> {
    match command {
        Command::List(ticket) => office.tell(Event::Listed { ticket, conferences: Arc::new(library.summaries()?) }),
        Command::Search(ticket, query) => {
            let hits = library.search(&query)?.into_iter().map(shown).collect();
            office.tell(Event::Found { ticket, query, hits: Arc::new(hits) });
        }
        Command::Open(ticket, id) => {
            office.tell(Event::Opened { ticket, record: Arc::new(library.load(id)?) });
            let replies: Vec<Reply> = library.replies(id)?;
            if !replies.is_empty() {
                office.tell(Event::Replies(id, Arc::new(replies)));
            }
        }
        Command::AskWhose(files, with) => office.tell(Event::WhoseAsked(files, with)),
        Command::ListShared => tell_shared(office, library)?,
        Command::OpenShared(id) => {
            let (shared, record) = mentor::load(library, id)?;
            office.tell(Event::SharedOpened { id, question: shared.question, record: Arc::new(record), reply: Box::new(shared.reply) });
        }
        Command::SaveReply(id, reply) => library.save_reply(id, &*reply)?,
        Command::WriteReply(id, path) => office.tell(Event::Exported(vec![mentor::save_reply(library, id, &path)?])),
        Command::RemoveShared(id) => {
            mentor::remove(library, &office.folders, id)?;
            tell_shared(office, library)?;
        }
        Command::Save(id, edit) => {
            library.save_edit(id, &edit)?;
            office.tell(Event::Saved(id));
        }
        Command::Delete(id) => {
            library.delete(id, now_unix_ms())?;
            office.hand(Command::CancelWork(id));
            office.tell(Event::Deleted(id));
        }
        Command::Restore(id) => {
            library.restore(id)?;
            office.hand(Command::List(crate::work::Ticket::default()));
        }
        Command::AddStudents(names) => {
            for name in names {
                library.add_student(&name)?;
            }
            tell_students(office, library)?;
        }
        Command::RenameStudent(id, name) => {
            library.rename_student(id, &name)?;
            tell_students(office, library)?;
        }
        Command::RemoveStudent(id) => {
            library.remove_student(id)?;
            tell_students(office, library)?;
        }
        Command::SaveSettings(settings) => office.keep_settings(*settings)?,
        Command::ShowFolder => open_folder(office.folders.library())?,
        other => tracing::error!("not for the library lane: {other:?}"),
    }
    Ok(())
}

fn tell_shared(office: &Office, library: &Library) -> Result<()> {
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
    office.tell(Event::SharedList(rows));
    Ok(())
}

fn tell_students(office: &Office, library: &Library) -> Result<()> {
    let students: Vec<Student> = library.students()?;
    office.tell(Event::Students(Arc::new(students)));
    Ok(())
}

/// Deleted conferences go for good after 30 days: rows, index, and the sound.
fn purge(office: &Office, library: &mut Library) -> Result<()> {
    for audio in library.purge(now_unix_ms() - KEEP_DELETED_MS)? {
        let path = office.folders.recordings().join(audio);
        if let Err(err) = std::fs::remove_file(&path) {
            tracing::warn!("a deleted recording could not be removed: {err}; file: {path:?}");
        }
    }
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
