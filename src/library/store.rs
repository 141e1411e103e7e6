//! The library: conferences, students, words, voices, marks and reflections. One transaction a call; a call that fails changed nothing.

use super::schema::{self, failure};
use crate::conference::{
    Answer, ConferenceFacts, ConferenceId, ConferenceRecord, ConferenceSummary, Corrections, Edit, Millis, NoWords, Question, Rating, Reflection, Span,
    Speaker, Stage, Student, StudentId, TeacherKnown, Transcript, Untranscribed, Voice, VoiceSpan, Voices, Word,
};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::Folders;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::fs::File;

/// An open library. Several may be open at once (write-ahead log); see [`claim`] for two programs.
#[derive(Debug)]
pub struct Library {
    pub(super) connection: Connection,
    pub(super) folders: Folders,
    /// Conferences whose sidecars are behind.
    pub(super) changed: BTreeSet<ConferenceId>,
}

/// The right to change a library, held by one program at a time and given back by the system however it ends.
#[derive(Debug)]
pub struct Claim {
    _lock: File,
}

/// Claims the library for this program.
///
/// # Errors
/// [`ErrorKind::LibraryInUse`] when another program holds it; a write error when the folder cannot be made.
pub fn claim(folders: &Folders) -> Result<Claim> {
    let doing = "claiming the library";
    std::fs::create_dir_all(folders.library()).map_err(|err| Error::writing(doing, err))?;
    let lock = File::create(folders.library().join("afterbell.lock")).map_err(|err| Error::writing(doing, err))?;
    match lock.try_lock() {
        Ok(()) => Ok(Claim { _lock: lock }),
        Err(std::fs::TryLockError::WouldBlock) => Err(Error::bare(ErrorKind::LibraryInUse, doing)),
        // A file system without locks (some network folders): going on is better than not recording.
        Err(std::fs::TryLockError::Error(err)) => {
            tracing::warn!("the library folder knows no locks: {err}");
            Ok(Claim { _lock: lock })
        }
    }
}

/// The teacher's stored voice: biometric, so local and removable.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredProfile {
    /// The mean embedding.
    pub embedding: Vec<f32>,
    /// Seconds of speech behind it.
    pub seconds: f64,
}

impl Library {
    /// Opens the library of `folders`, making folders and database when there are none.
    ///
    /// # Errors
    /// When the folder cannot be written, or the database is damaged or newer than this program.
    pub fn open(folders: &Folders) -> Result<Self> {
        std::fs::create_dir_all(folders.recordings()).map_err(|err| Error::writing("making the library folder", err))?;
        Ok(Self { connection: schema::open(&folders.database())?, folders: folders.clone(), changed: BTreeSet::new() })
    }

    /// Opens the library of `folders` to look only: every change is refused, by the database itself.
    ///
    /// # Errors
    /// As [`Library::open`].
    pub fn open_to_look(folders: &Folders) -> Result<Self> {
        let library = Self::open(folders)?;
        library.connection.pragma_update(None, "query_only", true).map_err(|err| failure("opening the library to look", err))?;
        Ok(library)
    }

    pub(super) fn change<T>(&mut self, doing: &'static str, work: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        let transaction = self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(|err| failure(doing, err))?;
        let result = work(&transaction)?;
        transaction.commit().map_err(|err| failure(doing, err))?;
        Ok(result)
    }

    /// Adds a conference with all its facts; `facts.id` is ignored and given anew.
    ///
    /// # Errors
    /// When the database cannot be written, or holds a conference with this sound already.
    pub fn insert(&mut self, facts: &ConferenceFacts) -> Result<ConferenceId> {
        let doing = "adding a conference";
        let id = self.change(doing, |db| {
            db.execute(
                "INSERT INTO conference (title, student, students, student_names, started_unix_ms, length_ms, audio, audio_sha256, stage, is_sample,
                 model, language, teacher_known, hard_to_tell, dropouts, envelope) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,'','',?11,0,?12,?13)",
                params![
                    facts.title,
                    facts.student.as_ref().map(|student| student.id.0),
                    facts.students,
                    as_json(&facts.student_names)?,
                    facts.started_unix_ms,
                    facts.length.0,
                    facts.audio,
                    facts.audio_sha256,
                    as_text(&facts.stage)?,
                    facts.is_sample,
                    as_text(&facts.voices.teacher_known)?,
                    as_json(&facts.dropouts)?,
                    facts.envelope,
                ],
            )
            .map_err(|err| failure(doing, err))?;
            let id = ConferenceId(db.last_insert_rowid());
            for mark in &facts.marks {
                save_edit(db, id, &Edit::AddMark(*mark))?;
            }
            for question in Question::ALL {
                let Answer { rating, note, extra } = facts.reflection.answer(question);
                save_edit(db, id, &Edit::Rate(question, *rating))?;
                save_edit(db, id, &Edit::Note(question, note.clone()))?;
                save_edit(db, id, &Edit::Extra(question, extra.clone()))?;
            }
            save_found(db, id, &facts.transcript, &facts.voices)?;
            save_edit(db, id, &Edit::Correct(Box::new(facts.corrections.clone())))?;
            index(db, id)?;
            Ok(id)
        })?;
        self.changed.insert(id);
        Ok(id)
    }

    /// Loads a conference with its turns and measures.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is not there (or was deleted).
    pub fn load(&self, id: ConferenceId) -> Result<ConferenceRecord> {
        load(&self.connection, id).map(ConferenceRecord::new)
    }

    /// Keeps one edit; durable when this returns.
    ///
    /// # Errors
    /// When the database cannot be written or the conference is not there.
    pub fn save_edit(&mut self, id: ConferenceId, edit: &Edit) -> Result<()> {
        self.change("keeping a change", |db| {
            save_edit(db, id, edit)?;
            if !matches!(edit, Edit::Rate(..) | Edit::AddMark(_) | Edit::RemoveMark(_)) {
                index(db, id)?;
            }
            Ok(())
        })?;
        self.changed.insert(id);
        Ok(())
    }

    /// Stores what was found in the sound. Title, student, marks and reflection stay as they are; corrections stay between the words they stood between.
    ///
    /// # Errors
    /// When the database cannot be written or the conference is not there.
    pub fn save_processed(&mut self, id: ConferenceId, transcript: &Transcript, voices: &Voices, envelope: &[u8], length: Millis, stage: Stage) -> Result<()> {
        let doing = "keeping a transcript";
        self.change(doing, |db| {
            let changed = db
                .execute("UPDATE conference SET envelope = ?2, length_ms = ?3, stage = ?4 WHERE id = ?1", params![id.0, envelope, length.0, as_text(&stage)?])
                .map_err(|err| failure(doing, err))?;
            if changed == 0 {
                return Err(Error::bare(ErrorKind::NotFound, doing));
            }
            let before = load_any(db, id)?;
            if !before.corrections.texts.is_empty() && !before.transcript.words.is_empty() && !transcript.words.is_empty() {
                save_edit(db, id, &Edit::Correct(Box::new(before.corrections.carried(&before.transcript.words, &transcript.words))))?;
            }
            save_found(db, id, transcript, voices)?;
            index(db, id)
        })?;
        self.changed.insert(id);
        Ok(())
    }

    /// What was kept of how the voices of a conference sound, see [`Library::set_heard`].
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn heard(&self, id: ConferenceId) -> Result<Option<Vec<u8>>> {
        self.find_column("SELECT heard FROM conference WHERE id = ?1", [id.0]).map(Option::flatten)
    }

    /// Keeps how the voices of a conference sound, so that they can be told apart again without listening anew.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_heard(&mut self, id: ConferenceId, heard: &[u8]) -> Result<()> {
        let doing = "keeping how the voices sound";
        self.change(doing, |db| db.execute("UPDATE conference SET heard = ?2 WHERE id = ?1", params![id.0, heard]).map(drop).map_err(|err| failure(doing, err)))
    }

    /// All conferences that are not deleted, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn summaries(&self) -> Result<Vec<ConferenceSummary>> {
        let doing = "listing the conferences";
        let mut query = self
            .connection
            .prepare_cached(&format!("{SUMMARY} WHERE deleted_unix_ms IS NULL ORDER BY started_unix_ms DESC, c.id DESC"))
            .map_err(|err| failure(doing, err))?;
        let rows = query.query_map([], summary).map_err(|err| failure(doing, err))?;
        rows.collect::<rusqlite::Result<_>>().map_err(|err| failure(doing, err))
    }

    /// The newest conference.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_conference(&self) -> Result<Option<ConferenceId>> {
        self.find("SELECT id FROM conference WHERE deleted_unix_ms IS NULL ORDER BY started_unix_ms DESC, id DESC LIMIT 1", [])
    }

    /// The conference with this sound file, deleted ones too.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find_by_audio(&self, audio: &str) -> Result<Option<ConferenceId>> {
        self.find("SELECT id FROM conference WHERE audio = ?1", [audio])
    }

    /// The sample with this title, if it is there and not deleted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find_sample(&self, title: &str) -> Result<Option<ConferenceId>> {
        self.find("SELECT id FROM conference WHERE is_sample AND title = ?1 AND deleted_unix_ms IS NULL", [title])
    }

    /// Conferences that have sound and nothing more, oldest first: work to take up again.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn not_yet_processed(&self) -> Result<Vec<ConferenceId>> {
        let doing = "looking for unfinished work";
        let mut query = self
            .connection
            .prepare_cached("SELECT id FROM conference WHERE stage = 'recorded' AND deleted_unix_ms IS NULL ORDER BY started_unix_ms")
            .map_err(|err| failure(doing, err))?;
        let rows = query.query_map([], |row| row.get(0).map(ConferenceId)).map_err(|err| failure(doing, err))?;
        rows.collect::<rusqlite::Result<_>>().map_err(|err| failure(doing, err))
    }

    fn find(&self, sql: &str, params: impl rusqlite::Params) -> Result<Option<ConferenceId>> {
        self.find_column(sql, params).map(|found| found.map(ConferenceId))
    }

    fn find_column<T: rusqlite::types::FromSql>(&self, sql: &str, params: impl rusqlite::Params) -> Result<Option<T>> {
        self.connection.query_row(sql, params, |row| row.get(0)).optional().map_err(|err| failure("finding a conference", err))
    }

    /// Takes a conference off the list; [`Library::restore`] brings it back until it is purged.
    ///
    /// # Errors
    /// When it is not there or the database cannot be written.
    pub fn delete(&mut self, id: ConferenceId, now_unix_ms: i64) -> Result<()> {
        self.set_deleted(id, Some(now_unix_ms))
    }

    /// Brings a deleted conference back.
    ///
    /// # Errors
    /// When it is gone or the database cannot be written.
    pub fn restore(&mut self, id: ConferenceId) -> Result<()> {
        self.set_deleted(id, None)
    }

    fn set_deleted(&mut self, id: ConferenceId, at: Option<i64>) -> Result<()> {
        let doing = "deleting or restoring a conference";
        self.change(doing, |db| {
            match db.execute("UPDATE conference SET deleted_unix_ms = ?2 WHERE id = ?1", params![id.0, at]).map_err(|err| failure(doing, err))? {
                0 => Err(Error::bare(ErrorKind::NotFound, doing)),
                _ => index(db, id),
            }
        })?;
        self.changed.insert(id);
        Ok(())
    }

    /// The sound files of what was deleted before `before_unix_ms`: to be removed before [`Library::purge`], so that no sound without a row
    /// could ever look like a recording that was forgotten.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn deleted_before(&self, before_unix_ms: i64) -> Result<Vec<String>> {
        let doing = "looking for deleted conferences";
        let mut query = self.connection.prepare_cached("SELECT audio FROM conference WHERE deleted_unix_ms < ?1").map_err(|err| failure(doing, err))?;
        query.query_map([before_unix_ms], |row| row.get(0)).and_then(Iterator::collect).map_err(|err| failure(doing, err))
    }

    /// Really removes what was deleted before `before_unix_ms`: rows, index pages, free pages. Returns the sound files to remove.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn purge(&mut self, before_unix_ms: i64) -> Result<Vec<String>> {
        let doing = "removing deleted conferences";
        let gone = self.change(doing, |db| {
            let mut query = db.prepare("SELECT audio FROM conference WHERE deleted_unix_ms < ?1").map_err(|err| failure(doing, err))?;
            let gone: Vec<String> = query.query_map([before_unix_ms], |row| row.get(0)).and_then(Iterator::collect).map_err(|err| failure(doing, err))?;
            db.execute("DELETE FROM line WHERE conference IN (SELECT id FROM conference WHERE deleted_unix_ms < ?1)", [before_unix_ms])
                .map_err(|err| failure(doing, err))?;
            db.execute("DELETE FROM conference WHERE deleted_unix_ms < ?1", [before_unix_ms]).map_err(|err| failure(doing, err))?;
            Ok(gone)
        })?;
        if !gone.is_empty() {
            // The index is merged and the log emptied, so that no page still holds the words.
            self.connection
                .execute_batch("INSERT INTO line(line) VALUES ('optimize'); VACUUM; PRAGMA wal_checkpoint(TRUNCATE);")
                .map_err(|err| failure(doing, err))?;
            self.purge_backups(&gone);
        }
        Ok(gone)
    }

    /// The class list, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn students(&self) -> Result<Vec<Student>> {
        let doing = "reading the class list";
        let mut query =
            self.connection.prepare_cached("SELECT id, name FROM student WHERE removed = 0 ORDER BY name COLLATE NOCASE").map_err(|err| failure(doing, err))?;
        let rows = query.query_map([], |row| Ok(Student { id: StudentId(row.get(0)?), name: row.get(1)? })).map_err(|err| failure(doing, err))?;
        rows.collect::<rusqlite::Result<_>>().map_err(|err| failure(doing, err))
    }

    /// One student, also one taken off the list.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn student(&self, id: StudentId) -> Result<Option<Student>> {
        let found = self.connection.query_row("SELECT name FROM student WHERE id = ?1", [id.0], |row| row.get(0)).optional();
        Ok(found.map_err(|err| failure("finding a student", err))?.map(|name| Student { id, name }))
    }

    /// Adds a student; one of that name (in any case) is found instead, and is put back on the list.
    ///
    /// # Errors
    /// [`ErrorKind::BadRequest`] for an empty name.
    pub fn add_student(&mut self, name: &str) -> Result<Student> {
        let doing = "adding a student";
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(Error::bare(ErrorKind::BadRequest, doing));
        }
        self.change(doing, |db| {
            db.execute("INSERT INTO student (name) VALUES (?1) ON CONFLICT (name) DO UPDATE SET removed = 0", [&name]).map_err(|err| failure(doing, err))?;
            db.query_row("SELECT id, name FROM student WHERE name = ?1", [&name], |row| Ok(Student { id: StudentId(row.get(0)?), name: row.get(1)? }))
                .map_err(|err| failure(doing, err))
        })
    }

    /// The student of that name, on the list or not; added when there is none.
    pub(super) fn find_or_add_student(&mut self, name: &str) -> Result<Student> {
        let found = self
            .connection
            .query_row("SELECT id, name FROM student WHERE name = ?1", [name], |row| Ok(Student { id: StudentId(row.get(0)?), name: row.get(1)? }));
        match found.optional().map_err(|err| failure("finding a student", err))? {
            Some(student) => Ok(student),
            None => self.add_student(name),
        }
    }

    /// Gives a student another name.
    ///
    /// # Errors
    /// [`ErrorKind::BadRequest`] for an empty name or one that another student has.
    pub fn rename_student(&mut self, id: StudentId, name: &str) -> Result<()> {
        let doing = "renaming a student";
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            return Err(Error::bare(ErrorKind::BadRequest, doing));
        }
        self.change(doing, |db| match db.execute("UPDATE student SET name = ?2 WHERE id = ?1", params![id.0, name]) {
            Ok(_) => Ok(()),
            Err(err) if err.sqlite_error_code() == Some(rusqlite::ErrorCode::ConstraintViolation) => Err(Error::new(ErrorKind::BadRequest, doing, err)),
            Err(err) => Err(failure(doing, err)),
        })?;
        let mut query = self.connection.prepare_cached("SELECT id FROM conference WHERE student = ?1").map_err(|err| failure(doing, err))?;
        let theirs = query.query_map([id.0], |row| row.get(0).map(ConferenceId)).and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>);
        self.changed.extend(theirs.map_err(|err| failure(doing, err))?);
        Ok(())
    }

    /// Takes a student off the list; the conferences keep the name.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn remove_student(&mut self, id: StudentId) -> Result<()> {
        let doing = "taking a student off the list";
        self.change(doing, |db| db.execute("UPDATE student SET removed = 1 WHERE id = ?1", [id.0]).map(drop).map_err(|err| failure(doing, err)))
    }

    /// The teacher's stored voice, if she enrolled one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn voice_profile(&self) -> Result<Option<StoredProfile>> {
        let found =
            self.connection.query_row("SELECT embedding, seconds FROM voice_profile", [], |row| Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?))).optional();
        let found = found.map_err(|err| failure("reading the voice profile", err))?;
        Ok(found.map(|(bytes, seconds)| StoredProfile {
            embedding: bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect(),
            seconds,
        }))
    }

    /// Stores the teacher's voice, or forgets it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_voice_profile(&mut self, profile: Option<&StoredProfile>) -> Result<()> {
        let doing = "keeping the voice profile";
        self.change(doing, |db| {
            db.execute("DELETE FROM voice_profile", []).map_err(|err| failure(doing, err))?;
            if let Some(profile) = profile {
                let bytes: Vec<u8> = profile.embedding.iter().flat_map(|value| value.to_le_bytes()).collect();
                db.execute("INSERT INTO voice_profile VALUES (1, ?1, ?2)", params![bytes, profile.seconds]).map_err(|err| failure(doing, err))?;
            }
            Ok(())
        })
    }

    /// Reads the database through; `full` also checks every index against its table.
    ///
    /// # Errors
    /// [`ErrorKind::LibraryDamaged`] when something does not fit.
    pub fn integrity_check(&self, full: bool) -> Result<()> {
        schema::check(&self.connection, full)
    }
}

pub(super) const SUMMARY: &str = "SELECT c.id, title, c.student, s.name, students, started_unix_ms, length_ms, stage, teacher_share, is_sample,
    (SELECT count(*) FROM mark WHERE conference = c.id),
    EXISTS (SELECT 1 FROM answer WHERE conference = c.id AND (rating IS NOT NULL OR trim(note) <> '' OR trim(extra) <> ''))
    FROM conference c LEFT JOIN student s ON s.id = c.student";

pub(super) fn summary(row: &Row<'_>) -> rusqlite::Result<ConferenceSummary> {
    let student: Option<i64> = row.get(2)?;
    let reflected: bool = row.get(11)?;
    Ok(ConferenceSummary {
        id: ConferenceId(row.get(0)?),
        title: row.get(1)?,
        student: student.map(|id| row.get(3).map(|name| Student { id: StudentId(id), name })).transpose()?,
        students: row.get(4)?,
        started_unix_ms: row.get(5)?,
        length: Millis(row.get(6)?),
        stage: if reflected { Stage::Reflected } else { from_text(&row.get::<_, String>(7)?).unwrap_or(Stage::Recorded) },
        teacher_share: row.get(8)?,
        is_sample: row.get(9)?,
        marks: row.get::<_, i64>(10)? as usize,
    })
}

fn load(db: &Connection, id: ConferenceId) -> Result<ConferenceFacts> {
    let deleted: Option<Option<i64>> = db
        .query_row("SELECT deleted_unix_ms FROM conference WHERE id = ?1", [id.0], |row| row.get(0))
        .optional()
        .map_err(|err| failure("opening a conference", err))?;
    if deleted == Some(None) { load_any(db, id) } else { Err(Error::bare(ErrorKind::NotFound, "opening a conference")) }
}

/// Also one that was deleted and can still be brought back.
pub(super) fn load_any(db: &Connection, id: ConferenceId) -> Result<ConferenceFacts> {
    let doing = "opening a conference";
    let fail = |err| failure(doing, err);
    let mut facts = db
        .query_row(
            "SELECT title, c.student, s.name, students, student_names, started_unix_ms, length_ms, audio, audio_sha256, stage, is_sample, model, language,
             teacher_known, hard_to_tell, dropouts, envelope, corrections FROM conference c LEFT JOIN student s ON s.id = c.student WHERE c.id = ?1",
            [id.0],
            |row| {
                let student: Option<i64> = row.get(1)?;
                Ok(ConferenceFacts {
                    id,
                    title: row.get(0)?,
                    student: student.map(|id| row.get(2).map(|name| Student { id: StudentId(id), name })).transpose()?,
                    students: row.get(3)?,
                    student_names: from_json(&row.get::<_, String>(4)?),
                    started_unix_ms: row.get(5)?,
                    length: Millis(row.get(6)?),
                    audio: row.get(7)?,
                    audio_sha256: row.get(8)?,
                    stage: from_text(&row.get::<_, String>(9)?).unwrap_or(Stage::Recorded),
                    is_sample: row.get(10)?,
                    transcript: Transcript { model: row.get(11)?, language: row.get(12)?, ..Transcript::default() },
                    voices: Voices {
                        teacher_known: from_text(&row.get::<_, String>(13)?).unwrap_or(TeacherKnown::Guessed),
                        hard_to_tell: row.get::<_, i64>(14)?.checked_sub(1).filter(|at| *at >= 0).map(Millis),
                        ..Voices::default()
                    },
                    marks: Vec::new(),
                    dropouts: from_json(&row.get::<_, String>(15)?),
                    reflection: Reflection::default(),
                    envelope: row.get(16)?,
                    corrections: json_column(row, 17)?,
                })
            },
        )
        .map_err(fail)?;
    facts.transcript.words = rows(db, doing, "SELECT text, start_ms, end_ms, confidence FROM word WHERE conference = ?1 ORDER BY position", id, |row| {
        Ok(Word { text: row.get(0)?, span: span(row, 1)?, confidence: row.get(3)? })
    })?;
    facts.transcript.untranscribed =
        rows(db, doing, "SELECT start_ms, end_ms, reason FROM untranscribed WHERE conference = ?1 ORDER BY start_ms", id, |row| {
            Ok(Untranscribed { span: span(row, 0)?, reason: from_text(&row.get::<_, String>(2)?).unwrap_or(NoWords::NotUnderstood) })
        })?;
    facts.voices.spans = rows(db, doing, "SELECT start_ms, end_ms, voice FROM voice_span WHERE conference = ?1 ORDER BY start_ms, end_ms", id, |row| {
        Ok(VoiceSpan { span: span(row, 0)?, voice: Voice(row.get(2)?) })
    })?;
    facts.voices.roles = rows(db, doing, "SELECT speaker FROM role WHERE conference = ?1 ORDER BY voice", id, |row| {
        Ok(Speaker::from_key(&row.get::<_, String>(0)?).unwrap_or(Speaker::Unknown))
    })?;
    facts.marks = rows(db, doing, "SELECT at_ms FROM mark WHERE conference = ?1 ORDER BY at_ms", id, |row| row.get(0).map(Millis))?;
    let answers: Vec<(u8, Option<String>, String, String)> =
        rows(db, doing, "SELECT question, rating, note, extra FROM answer WHERE conference = ?1", id, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    for (number, rating, note, extra) in answers {
        if let Some(answer) = facts.reflection.answers.get_mut(usize::from(number).wrapping_sub(1)) {
            *answer = Answer { rating: rating.and_then(|rating| from_text(&rating)), note, extra };
        }
    }
    Ok(facts)
}

fn rows<T>(db: &Connection, doing: &'static str, sql: &str, id: ConferenceId, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
    let mut query = db.prepare_cached(sql).map_err(|err| failure(doing, err))?;
    let rows = query.query_map([id.0], read).map_err(|err| failure(doing, err))?;
    rows.collect::<rusqlite::Result<_>>().map_err(|err| failure(doing, err))
}

fn span(row: &Row<'_>, from: usize) -> rusqlite::Result<Span> {
    Ok(Span::new(Millis(row.get(from)?), Millis(row.get(from + 1)?)))
}

fn save_edit(db: &Transaction<'_>, id: ConferenceId, edit: &Edit) -> Result<()> {
    let doing = "keeping a change";
    let fail = |err| failure(doing, err);
    match edit {
        Edit::Rate(question, rating) => db.execute(
            "INSERT INTO answer (conference, question, rating, note) VALUES (?1, ?2, ?3, '') ON CONFLICT DO UPDATE SET rating = excluded.rating",
            params![id.0, question.number(), rating.as_ref().map(as_text::<Rating>).transpose()?],
        ),
        Edit::Note(question, note) => db.execute(
            "INSERT INTO answer (conference, question, note) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET note = excluded.note",
            params![id.0, question.number(), note],
        ),
        Edit::Extra(question, text) => db.execute(
            "INSERT INTO answer (conference, question, note, extra) VALUES (?1, ?2, '', ?3) ON CONFLICT DO UPDATE SET extra = excluded.extra",
            params![id.0, question.number(), text],
        ),
        Edit::AddMark(at) => db.execute("INSERT OR IGNORE INTO mark VALUES (?1, ?2)", params![id.0, at.0]),
        Edit::RemoveMark(at) => db.execute("DELETE FROM mark WHERE conference = ?1 AND at_ms = ?2", params![id.0, at.0]),
        Edit::Roles(roles, known) => {
            save_roles(db, id, roles)?;
            db.execute("UPDATE conference SET teacher_known = ?2 WHERE id = ?1", params![id.0, as_text(known)?])
        }
        Edit::Title(title) => db.execute("UPDATE conference SET title = ?2 WHERE id = ?1", params![id.0, title]),
        Edit::Student(student) => db.execute("UPDATE conference SET student = ?2 WHERE id = ?1", params![id.0, student.as_ref().map(|student| student.id.0)]),
        Edit::Names(names) => db.execute("UPDATE conference SET student_names = ?2 WHERE id = ?1", params![id.0, as_json(names)?]),
        Edit::Students(students) => db.execute("UPDATE conference SET students = ?2 WHERE id = ?1", params![id.0, students]),
        Edit::Voices(told) => {
            save_voices(db, id, &told.voices)?;
            let mut corrections: Corrections =
                db.query_row("SELECT corrections FROM conference WHERE id = ?1", [id.0], |row| json_column(row, 0)).map_err(fail)?;
            (corrections.others, corrections.said) = (told.others, told.said.clone());
            db.execute("UPDATE conference SET students = ?2, corrections = ?3 WHERE id = ?1", params![id.0, told.students, as_json(&corrections)?])
        }
        Edit::Correct(corrections) => db.execute("UPDATE conference SET corrections = ?2 WHERE id = ?1", params![id.0, as_json(corrections)?]),
    }
    .map(drop)
    .map_err(fail)
}

fn save_roles(db: &Transaction<'_>, id: ConferenceId, roles: &[Speaker]) -> Result<()> {
    let doing = "keeping who is who";
    db.execute("DELETE FROM role WHERE conference = ?1", [id.0]).map_err(|err| failure(doing, err))?;
    for (voice, role) in roles.iter().enumerate() {
        db.execute("INSERT INTO role VALUES (?1, ?2, ?3)", params![id.0, voice as i64, role.key()]).map_err(|err| failure(doing, err))?;
    }
    Ok(())
}

fn save_found(db: &Transaction<'_>, id: ConferenceId, transcript: &Transcript, voices: &Voices) -> Result<()> {
    let doing = "keeping what was found";
    let fail = |err| failure(doing, err);
    for table in ["word", "untranscribed"] {
        db.execute(&format!("DELETE FROM {table} WHERE conference = ?1"), [id.0]).map_err(fail)?;
    }
    let mut add = db.prepare_cached("INSERT INTO word VALUES (?1, ?2, ?3, ?4, ?5, ?6)").map_err(fail)?;
    for (position, word) in transcript.words.iter().enumerate() {
        add.execute(params![id.0, position as i64, word.text, word.span.start().0, word.span.end().0, f64::from(word.confidence)]).map_err(fail)?;
    }
    for stretch in &transcript.untranscribed {
        db.execute("INSERT INTO untranscribed VALUES (?1, ?2, ?3, ?4)", params![id.0, stretch.span.start().0, stretch.span.end().0, as_text(&stretch.reason)?])
            .map_err(fail)?;
    }
    save_voices(db, id, voices)?;
    db.execute("UPDATE conference SET model = ?2, language = ?3 WHERE id = ?1", params![id.0, transcript.model, transcript.language]).map(drop).map_err(fail)
}

fn save_voices(db: &Transaction<'_>, id: ConferenceId, voices: &Voices) -> Result<()> {
    let doing = "keeping who spoke when";
    let fail = |err| failure(doing, err);
    db.execute("DELETE FROM voice_span WHERE conference = ?1", [id.0]).map_err(fail)?;
    let mut add = db.prepare_cached("INSERT INTO voice_span VALUES (?1, ?2, ?3, ?4)").map_err(fail)?;
    for piece in &voices.spans {
        add.execute(params![id.0, piece.span.start().0, piece.span.end().0, piece.voice.0]).map_err(fail)?;
    }
    save_roles(db, id, &voices.roles)?;
    // 0: not hard to tell; otherwise one more than the moment's milliseconds.
    let hard_to_tell = voices.hard_to_tell.map_or(0, |at| at.0 + 1);
    db.execute("UPDATE conference SET teacher_known = ?2, hard_to_tell = ?3 WHERE id = ?1", params![id.0, as_text(&voices.teacher_known)?, hard_to_tell])
        .map(drop)
        .map_err(fail)
}

/// Rebuilds what search and lists show of one conference: a line for each turn, each note and the title; the teacher's share.
pub(super) fn index(db: &Transaction<'_>, id: ConferenceId) -> Result<()> {
    let doing = "indexing a conference";
    let fail = |err| failure(doing, err);
    db.execute("DELETE FROM line WHERE conference = ?1", [id.0]).map_err(fail)?;
    let facts = match load(db, id) {
        Ok(facts) => facts,
        // Deleted: nothing to be found any more.
        Err(err) if err.kind == ErrorKind::NotFound => return Ok(()),
        Err(err) => return Err(err),
    };
    let record = ConferenceRecord::new(facts);
    let mut add = db.prepare_cached("INSERT INTO line (text, conference, start_ms, speaker) VALUES (?1, ?2, ?3, ?4)").map_err(fail)?;
    for turn in record.turns().iter().filter(|turn| !turn.words.is_empty()) {
        let text = record.transcript().text(&turn.words);
        add.execute(params![text, id.0, turn.span.start().0, turn.speaker.key()]).map_err(fail)?;
    }
    let notes = record.facts().reflection.answers.iter().flat_map(|answer| [answer.note.as_str(), answer.extra.as_str()]);
    for text in notes.chain(std::iter::once(record.facts().title.as_str())).filter(|text| !text.trim().is_empty()) {
        add.execute(params![text, id.0, None::<i64>, None::<String>]).map_err(fail)?;
    }
    db.execute("UPDATE conference SET teacher_share = ?2 WHERE id = ?1", params![id.0, record.measures().teacher_share()]).map(drop).map_err(fail)
}

pub(super) fn as_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|err| Error::new(ErrorKind::Bug, "writing a small list", err))
}

/// What a teacher wrote must never count as nothing only because it cannot be read.
fn json_column<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|err| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(err)))
}

/// A small list; one that cannot be read counts as empty.
fn from_json<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

/// The name serde gives a variant without contents.
fn as_text<T: Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => Ok(text),
        other => Err(Error::new(ErrorKind::Bug, "naming a value", format!("{other:?}"))),
    }
}

fn from_text<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}
