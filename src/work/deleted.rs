//! Recently deleted: everything that was deleted can be brought back for 30 days from one place, or removed for good on request.

use super::record;
use crate::audio;
use crate::conference::{ConferenceId, Millis, SharedId, Stage, StudentId, names, names_of};
use crate::error::{Error, ErrorKind, Result};
use crate::export::Reply;
use crate::library::{Forgetting, Library, StillThere};
use crate::settings::Folders;
use std::fmt;

/// What is deleted can be brought back for this many days.
pub const KEPT_DAYS: i64 = 30;
const DAY_MS: i64 = 24 * 3_600_000;

/// Names one thing that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeletedKey {
    /// A conference.
    Conference(ConferenceId),
    /// A recording that was cut off and discarded, by its name in the recordings folder.
    Recording(String),
    /// A conference of a colleague, with all that was said to it.
    Shared(SharedId),
    /// A comment on a conference of a colleague.
    Comment(i64),
    /// A child taken off the class list.
    Student(StudentId),
}

impl fmt::Display for DeletedKey {
    /// As the command line names it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conference(id) => write!(f, "conference-{}", id.digits()),
            Self::Recording(name) => write!(f, "recording-{}", name.replace(' ', "_")),
            Self::Shared(id) => write!(f, "shared-{}", id.digits()),
            Self::Comment(id) => write!(f, "comment-{id}"),
            Self::Student(id) => write!(f, "student-{}", id.digits()),
        }
    }
}

/// One thing in Recently deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedRow {
    /// Names it.
    pub key: DeletedKey,
    /// Whom or what it is called by: "Leo", "A table", a comment's words.
    pub name: String,
    /// When the conference began, milliseconds since 1970; none for a child.
    pub started_unix_ms: Option<i64>,
    /// "Conference, 4:52. Sound, words and notes."
    pub what: String,
    /// When it was deleted, milliseconds since 1970.
    pub deleted_unix_ms: i64,
    /// Days until it goes for good, 1 to 30.
    pub days_left: i64,
    /// Bytes of sound.
    pub bytes: u64,
}

/// Everything that waits, the last deleted first.
///
/// # Errors
/// When the library or its folder cannot be read.
pub fn list(library: &Library, folders: &Folders, now_unix_ms: i64) -> Result<Vec<DeletedRow>> {
    let mut rows = Vec::new();
    let mut add = |key, name: String, started_unix_ms, what: String, deleted_unix_ms: i64, bytes| {
        let left = (deleted_unix_ms + KEPT_DAYS * DAY_MS - now_unix_ms + DAY_MS - 1).div_euclid(DAY_MS);
        rows.push(DeletedRow { key, name, started_unix_ms, what, deleted_unix_ms, days_left: left.clamp(1, KEPT_DAYS), bytes });
    };
    for (one, at) in library.deleted_conferences()? {
        let name = match (names(&one.participants), one.title.is_empty()) {
            (Some(names), _) => names,
            (None, false) => one.title.clone(),
            (None, true) if one.students > 1 => "A table".into(),
            (None, true) => "No name".into(),
        };
        let wav = folders.recordings().join(library.audio_of(one.id)?);
        let bytes = bytes_of(&audio::segments(&wav));
        let mut parts = Vec::new();
        if bytes > 0 && wav.extension().is_some_and(|ending| ending == "wav") {
            parts.push("sound");
        }
        if matches!(one.stage, Stage::Transcribed | Stage::Reflected) {
            parts.push("words");
        }
        if one.stage == Stage::Reflected {
            parts.push("notes");
        }
        let what = format!("{}, {}{}", if one.is_sample { "Sample conference" } else { "Conference" }, one.length.clock(), in_words(&parts));
        add(DeletedKey::Conference(one.id), name, Some(one.started_unix_ms), what, at, bytes);
    }
    for cut in record::discarded(folders)? {
        let known = cut.participants.iter().filter_map(|id| library.student(*id).transpose()).collect::<Result<Vec<_>>>()?;
        let name = names_of(&known).unwrap_or_else(|| if cut.students > 1 { "A table".into() } else { "No name".into() });
        let bytes = bytes_of(&audio::segments(&folders.recordings().join(record::audio_of(folders, &cut.name)?)));
        let started = (cut.started_unix_ms > 0).then_some(cut.started_unix_ms);
        let what = format!("Recording that was cut off, {}. Sound.", cut.length.clock());
        add(DeletedKey::Recording(cut.name), name, started, what, cut.deleted_unix_ms.unwrap_or(now_unix_ms), bytes);
    }
    for ((id, _), at) in library.deleted_shared()? {
        let (shared, record) = super::mentor::load(library, id)?;
        let answers = shared.reply.answers.iter().filter(|answer| !answer.note.trim().is_empty()).count();
        let comments = match shared.reply.comments.len() + answers {
            0 => String::new(),
            1 => ". 1 comment of yours".into(),
            more => format!(". {more} comments of yours"),
        };
        let sound = folders.shared().join(&shared.facts.audio);
        let bytes = if shared.facts.audio.is_empty() { 0 } else { bytes_of(&[sound]) };
        let what = format!("Shared with you, {}{comments}.", record.data().length.clock());
        add(DeletedKey::Shared(id), record.student_name().to_owned(), Some(record.data().started_unix_ms), what, at, bytes);
    }
    for (comment, at) in library.deleted_comments()? {
        let with = super::mentor::load(library, comment.on)?.1.student_name().to_owned();
        let what = format!("Your comment at {} on a conference shared with you, with {with}", Millis(comment.at_ms).clock());
        add(DeletedKey::Comment(comment.id), format!("“{}”", comment.text.trim()), None, what, at, 0);
    }
    for ((student, conferences), at) in library.deleted_students()? {
        let what = match conferences {
            0 => "Student, not in any conference".to_owned(),
            1 => "Student. 1 conference stays in Conferences.".into(),
            more => format!("Student. {more} conferences stay in Conferences."),
        };
        add(DeletedKey::Student(student.id), student.name, None, what, at, 0);
    }
    rows.sort_by(|a, b| b.deleted_unix_ms.cmp(&a.deleted_unix_ms).then_with(|| a.key.cmp(&b.key)));
    Ok(rows)
}

/// ". Sound, words and notes."
fn in_words(parts: &[&str]) -> String {
    let listed = match parts {
        [] => return String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    let mut letters = listed.chars();
    letters.next().map_or(String::new(), |first| format!(". {}{}.", first.to_uppercase(), letters.as_str()))
}

fn bytes_of(files: &[std::path::PathBuf]) -> u64 {
    files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|file| file.len()).sum()
}

/// Deletes; it can be brought back for 30 days.
///
/// # Errors
/// When it is not there, or the library cannot be written. A comment is deleted by its moment, see [`Library::delete_comment`].
pub fn delete(library: &mut Library, folders: &Folders, key: &DeletedKey, now_unix_ms: i64) -> Result<()> {
    match key {
        DeletedKey::Conference(id) => library.delete(*id, now_unix_ms),
        DeletedKey::Recording(name) => record::discard(folders, name, Some(now_unix_ms)),
        DeletedKey::Shared(id) => library.set_shared_deleted(*id, Some(now_unix_ms)),
        DeletedKey::Student(id) => library.delete_student(*id, now_unix_ms),
        DeletedKey::Comment(_) => Err(Error::bare(ErrorKind::BadRequest, "deleting a comment by its number")),
    }
}

/// Brings one thing back to where it was.
///
/// # Errors
/// [`ErrorKind::NotFound`] when it is gone for good; when the library cannot be written.
pub fn restore(library: &mut Library, folders: &Folders, key: &DeletedKey) -> Result<()> {
    match key {
        DeletedKey::Conference(id) => library.restore(*id),
        DeletedKey::Recording(name) => record::discard(folders, name, None),
        DeletedKey::Shared(id) => library.set_shared_deleted(*id, None),
        DeletedKey::Comment(id) => library.restore_comment(*id).map(drop),
        DeletedKey::Student(id) => library.restore_student(*id),
    }
}

/// Removes for good, from everywhere; only what was deleted before. What could not be removed yet is tried again by itself.
///
/// # Errors
/// [`ErrorKind::NotFound`] when one of them is not among what was deleted, and then nothing is removed; when the library cannot be written.
pub fn forget(library: &mut Library, folders: &Folders, keys: &[DeletedKey]) -> Result<StillThere> {
    let waiting = list(library, folders, 0)?;
    if keys.iter().any(|key| waiting.iter().all(|row| row.key != *key)) {
        return Err(Error::bare(ErrorKind::NotFound, "removing something for good"));
    }
    let mut going = Forgetting::default();
    for key in keys {
        match key {
            DeletedKey::Conference(id) => drop(going.audio.insert(library.audio_of(*id)?)),
            DeletedKey::Recording(name) => drop(going.audio.insert(record::audio_of(folders, name)?)),
            DeletedKey::Shared(id) => drop(going.shared.insert(library.token_of_shared(*id)?)),
            DeletedKey::Comment(id) => drop(going.comments.insert(library.comment_to_forget(*id)?)),
            DeletedKey::Student(id) => library.let_student_go(*id)?,
        }
    }
    going.students.extend(library.known_only_from(&going)?);
    library.forget(&going)
}

/// What was deleted more than 30 days ago goes for good, and what could not be removed before is tried again.
///
/// # Errors
/// When the library cannot be read or written.
pub fn purge(library: &mut Library, folders: &Folders, now_unix_ms: i64) -> Result<StillThere> {
    let before = now_unix_ms - KEPT_DAYS * DAY_MS;
    let overdue: Vec<DeletedKey> = list(library, folders, now_unix_ms)?.into_iter().filter(|row| row.deleted_unix_ms < before).map(|row| row.key).collect();
    if overdue.is_empty() { library.finish_forgetting() } else { forget(library, folders, &overdue) }
}

/// Takes a comment away from a conference of a colleague; it can be brought back. None when there was none.
///
/// # Errors
/// When the conference is not there or the library cannot be written.
pub fn delete_comment(library: &mut Library, on: SharedId, at: Millis, now_unix_ms: i64) -> Result<Option<DeletedKey>> {
    Ok(library.delete_comment(on, at.0, now_unix_ms)?.map(DeletedKey::Comment))
}

/// Keeps what is said to a conference of a colleague. A comment that was there and is not any more was taken away: it can be brought back, unless it was
/// typed away letter by letter and only one was left.
///
/// # Errors
/// When the conference is not there or the library cannot be written.
pub fn save_reply(library: &mut Library, id: SharedId, reply: &Reply, now_unix_ms: i64) -> Result<()> {
    let before: Reply = library.shared(id)?.reply;
    for gone in before.comments.iter().filter(|comment| reply.comment_at(comment.at).is_empty() && comment.text.trim().chars().count() > 1) {
        library.delete_comment(id, gone.at.0, now_unix_ms)?;
    }
    library.save_reply(id, reply)
}
