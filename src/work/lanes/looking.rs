//! The `library` lane: lists, search, opening, edits, the class list. Everything here takes milliseconds.

use crate::conference::{ConferenceId, Student};
use crate::error::{Error, ErrorKind, Result};
use crate::export::Reply;
use crate::library::{Hit, Library};
use crate::settings::Settings;
use crate::work::desk::Office;
use crate::work::mentor;
use crate::work::messages::{Command, Event, SearchHit, SearchLine, SharedRow};
use crate::work::safety;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Deleted conferences can be brought back for this long.
const KEEP_DELETED_MS: i64 = 30 * 24 * 3_600_000;
/// The first change is beside the recording this long after it was made; the database has it at once.
const SIDECARS_AFTER: Duration = Duration::from_secs(3);

/// Runs until `Quit`.
pub(crate) fn run(office: &Office, commands: &Receiver<Command>) {
    let mut library = match office.library() {
        Ok(library) => library,
        Err(err) => return office.fail(&err, None),
    };
    office.attempt(None, || tell_students(office, &library));
    if !office.is_looking_only {
        office.attempt(None, || purge(office, &mut library));
        safety::back_up_daily(&library);
        office.attempt(None, || library.note_missing_sidecars());
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
            Ok(Command::Quit) | Err(RecvTimeoutError::Disconnected) => break,
            Ok(command) => {
                let conference = subject(&command);
                office.attempt(conference, || carry_out(office, &mut library, command));
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
        // What was measured is the models lane's to say: the window may hold an older answer.
        Command::SaveSettings(settings) => office.keep_settings(Settings { measured: office.settings().measured, ..*settings })?,
        Command::ListBackups => tell_backups(office),
        Command::GoBackTo(name) => {
            safety::go_back_to(library, &name)?;
            tell_students(office, library)?;
            tell_backups(office);
            office.hand(Command::List(crate::work::Ticket::default()));
            office.tell(Event::Notice("Your conferences are as they were then. What was there before is kept as a backup too.".into()));
        }
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

fn tell_backups(office: &Office) {
    let names = crate::library::backups(&office.folders).into_iter().map(|backup| backup.name).collect();
    office.tell(Event::Backups(names));
}

/// Deleted conferences go for good after 30 days: rows, index, and the sound.
fn purge(office: &Office, library: &mut Library) -> Result<()> {
    let before = now_unix_ms() - KEEP_DELETED_MS;
    for audio in library.deleted_before(before)? {
        safety::remove_files(&office.folders, &audio);
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
