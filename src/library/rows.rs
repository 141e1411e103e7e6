//! One conference as rows: written, read and made findable. Rows are known by their numbers here, and nowhere outside the library.

use super::failure::failure;
use super::folding::{ADD_LINE, Folded, folded};
use super::people_rows::save_participants;
use crate::conference::{
    Answer, ConferenceData, ConferenceId, ConferenceRecord, ConferenceSummary, Corrections, Edit, Millis, NoWords, Participant, Question, Rating, Reflection,
    Span, Speaker, Stage, Student, StudentId, TeacherKnown, Transcript, Untranscribed, Voice, VoiceSpan, Voices, Word,
};
use crate::error::{Error, ErrorKind, Result};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(super) const SUMMARY: &str = "SELECT c.uuid, title, students, started_unix_ms,
    min(length_ms, coalesce(json_extract(c.corrections, '$.cut_off'), length_ms)), stage, teacher_share, is_sample,
    (SELECT count(*) FROM mark WHERE conference = c.id AND at_ms <= coalesce(json_extract(c.corrections, '$.cut_off'), at_ms)),
    EXISTS (SELECT 1 FROM answer WHERE conference = c.id AND (rating IS NOT NULL OR trim(note) <> '' OR trim(extra) <> '')),
    (SELECT json_group_array(json_array(s.uuid, s.name, p.voice) ORDER BY p.position) FROM participant p JOIN student s ON s.id = p.student
     WHERE p.conference = c.id), teacher_share_low, teacher_share_high, audio LIKE '%.txt',
    EXISTS (SELECT 1 FROM answer WHERE conference = c.id AND question = 1 AND rating IS NOT NULL)
     OR EXISTS (SELECT 1 FROM json_each(c.corrections, '$.uncovered') WHERE value = 'pacing'),
    coalesce((SELECT trim(extra) FROM answer WHERE conference = c.id AND question = 4), '')
    FROM conference c";

pub(super) fn summary(row: &Row<'_>) -> rusqlite::Result<ConferenceSummary> {
    let reflected: bool = row.get(9)?;
    let participants: Vec<(StudentId, String, Option<u8>)> = json_column(row, 10)?;
    Ok(ConferenceSummary {
        id: row.get(0)?,
        title: row.get(1)?,
        students: row.get(2)?,
        participants: participants.into_iter().map(|(id, name, voice)| Participant { student: Student { id, name }, voice }).collect(),
        started_unix_ms: row.get(3)?,
        length: Millis(row.get(4)?),
        stage: if reflected { Stage::Reflected } else { from_text(&row.get::<_, String>(5)?).unwrap_or(Stage::Recorded) },
        teacher_share: row.get(6)?,
        teacher_share_range: row.get::<_, Option<f64>>(11)?.zip(row.get(12)?),
        is_sample: row.get(7)?,
        is_typed: row.get(13)?,
        is_talk_seen: row.get(14)?,
        strategy: row.get(15)?,
        marks: row.get::<_, i64>(8)? as usize,
    })
}

/// Adds a conference; the number of its row.
pub(super) fn insert(db: &Transaction<'_>, id: ConferenceId, facts: &ConferenceData) -> Result<i64> {
    db.execute(
        "INSERT INTO conference (uuid, audio, title, students, started_unix_ms, length_ms, audio_sha256, stage, is_sample, model, language,
         teacher_known, hard_to_tell, dropouts, envelope) VALUES (?1, ?2, '', 1, 0, 0, '', '', 0, '', '', '', 0, '[]', x'')",
        params![id, facts.audio],
    )
    .map_err(|err| failure("adding a conference", err))?;
    let row = db.last_insert_rowid();
    write(db, row, facts)?;
    Ok(row)
}

/// Writes all facts over what a row has. What is no fact of the conference itself (replies, channels, what its voices sound like) stays.
pub(super) fn write(db: &Transaction<'_>, row: i64, facts: &ConferenceData) -> Result<()> {
    let doing = "writing a conference";
    db.execute(
        "UPDATE conference SET title = ?2, students = ?3, started_unix_ms = ?4, length_ms = ?5, audio_sha256 = ?6, stage = ?7, is_sample = ?8,
         dropouts = ?9, envelope = ?10, typed = ?11 WHERE id = ?1",
        params![
            row,
            facts.title,
            facts.students,
            facts.started_unix_ms,
            facts.length.0,
            facts.audio_sha256,
            as_text(&facts.stage)?,
            facts.is_sample,
            as_json(&facts.dropouts)?,
            facts.envelope,
            facts.typed.as_ref().map(as_json).transpose()?,
        ],
    )
    .map_err(|err| failure(doing, err))?;
    save_participants(db, row, &facts.participants)?;
    for table in ["mark", "answer"] {
        db.execute(&format!("DELETE FROM {table} WHERE conference = ?1"), [row]).map_err(|err| failure(doing, err))?;
    }
    for mark in &facts.marks {
        save_edit(db, row, &Edit::AddMark(*mark))?;
    }
    for question in Question::ALL {
        let Answer { rating, note, extra } = facts.reflection.answer(question);
        save_edit(db, row, &Edit::Rate(question, *rating))?;
        save_edit(db, row, &Edit::Note(question, note.clone()))?;
        save_edit(db, row, &Edit::Extra(question, extra.clone()))?;
    }
    save_found(db, row, &facts.transcript, &facts.voices)?;
    save_edit(db, row, &Edit::Correct(Box::new(facts.corrections.clone())))?;
    index(db, row)
}

pub(super) fn load(db: &Connection, row: i64) -> Result<ConferenceData> {
    let deleted: Option<Option<i64>> = db
        .query_row("SELECT deleted_unix_ms FROM conference WHERE id = ?1", [row], |row| row.get(0))
        .optional()
        .map_err(|err| failure("opening a conference", err))?;
    if deleted == Some(None) { load_any(db, row) } else { Err(Error::bare(ErrorKind::NotFound, "opening a conference")) }
}

/// Also one that was deleted and can still be brought back.
pub(super) fn load_any(db: &Connection, row: i64) -> Result<ConferenceData> {
    let doing = "opening a conference";
    let fail = |err| failure(doing, err);
    let mut doubt = 0;
    let mut facts = db
        .query_row(
            "SELECT uuid, title, students, started_unix_ms, length_ms, audio, audio_sha256, stage, is_sample, model, language, teacher_known, hard_to_tell,
             dropouts, envelope, corrections, doubt, typed FROM conference WHERE id = ?1",
            [row],
            |row| {
                doubt = row.get(12)?;
                Ok(ConferenceData {
                    id: row.get(0)?,
                    title: row.get(1)?,
                    students: row.get(2)?,
                    participants: Vec::new(),
                    started_unix_ms: row.get(3)?,
                    length: Millis(row.get(4)?),
                    audio: row.get(5)?,
                    audio_sha256: row.get(6)?,
                    stage: from_text(&row.get::<_, String>(7)?).unwrap_or(Stage::Recorded),
                    is_sample: row.get(8)?,
                    transcript: Transcript { model: row.get(9)?, language: row.get(10)?, ..Transcript::default() },
                    voices: Voices {
                        teacher_known: from_text(&row.get::<_, String>(11)?).unwrap_or(TeacherKnown::Guessed),
                        doubt: row.get::<_, Option<String>>(16)?.and_then(|doubt| from_json(&doubt)),
                        ..Voices::default()
                    },
                    marks: Vec::new(),
                    dropouts: from_json(&row.get::<_, String>(13)?),
                    reflection: Reflection::default(),
                    envelope: row.get(14)?,
                    corrections: json_column(row, 15)?,
                    typed: row.get::<_, Option<String>>(17)?.and_then(|typed| from_json(&typed)),
                })
            },
        )
        .map_err(fail)?;
    let who = "SELECT s.uuid, s.name, p.voice FROM participant p JOIN student s ON s.id = p.student WHERE p.conference = ?1 ORDER BY p.position";
    facts.participants = rows(db, doing, who, row, |row| Ok(Participant { student: Student { id: row.get(0)?, name: row.get(1)? }, voice: row.get(2)? }))?;
    facts.transcript.words = rows(db, doing, "SELECT text, start_ms, end_ms, confidence FROM word WHERE conference = ?1 ORDER BY position", row, |row| {
        Ok(Word { text: row.get(0)?, span: span(row, 1)?, confidence: row.get(3)? })
    })?;
    facts.transcript.untranscribed =
        rows(db, doing, "SELECT start_ms, end_ms, reason FROM untranscribed WHERE conference = ?1 ORDER BY start_ms", row, |row| {
            Ok(Untranscribed { span: span(row, 0)?, reason: from_text(&row.get::<_, String>(2)?).unwrap_or(NoWords::NotUnderstood) })
        })?;
    facts.voices.spans =
        rows(db, doing, "SELECT start_ms, end_ms, voice FROM voice_span WHERE conference = ?1 ORDER BY start_ms, end_ms, voice", row, |row| {
            Ok(VoiceSpan { span: span(row, 0)?, voice: Voice(row.get(2)?) })
        })?;
    facts.voices.doubtful_at = doubtful_at(doubt, &facts.voices.spans);
    facts.voices.roles = rows(db, doing, "SELECT speaker FROM role WHERE conference = ?1 ORDER BY voice", row, |row| {
        Ok(Speaker::from_key(&row.get::<_, String>(0)?).unwrap_or(Speaker::Unknown))
    })?;
    facts.marks = rows(db, doing, "SELECT at_ms FROM mark WHERE conference = ?1 ORDER BY at_ms", row, |row| row.get(0).map(Millis))?;
    let answers: Vec<(u8, Option<String>, String, String)> =
        rows(db, doing, "SELECT question, rating, note, extra FROM answer WHERE conference = ?1", row, |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })?;
    for (number, rating, note, extra) in answers {
        if let Some(answer) = facts.reflection.answers.get_mut(usize::from(number).wrapping_sub(1)) {
            *answer = Answer { rating: rating.and_then(|rating| from_text(&rating)), note, extra };
        }
    }
    Ok(facts)
}

/// What a row says of the moment at which two voices are hard to tell. The first libraries knew only that they are: 1, and the moment is then where a second
/// voice is first heard. Later ones counted from 1 up, so that 1 could be either.
fn doubtful_at(stored: i64, spans: &[VoiceSpan]) -> Option<Millis> {
    match stored {
        0 => None,
        1 => {
            let first = spans.first()?;
            Some(spans.iter().find(|piece| piece.voice != first.voice).unwrap_or(first).span.start())
        }
        at if at > 1 => Some(Millis(at - 1)),
        at => Some(Millis(-1 - at)),
    }
}

fn rows<T>(db: &Connection, doing: &'static str, sql: &str, row: i64, read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
    let mut query = db.prepare_cached(sql).map_err(|err| failure(doing, err))?;
    let rows = query.query_map([row], read).map_err(|err| failure(doing, err))?;
    rows.collect::<rusqlite::Result<_>>().map_err(|err| failure(doing, err))
}

fn span(row: &Row<'_>, from: usize) -> rusqlite::Result<Span> {
    Ok(Span::new(Millis(row.get(from)?), Millis(row.get(from + 1)?)))
}

pub(super) fn save_edit(db: &Transaction<'_>, row: i64, edit: &Edit) -> Result<()> {
    let doing = "keeping a change";
    let fail = |err| failure(doing, err);
    match edit {
        Edit::Rate(question, rating) => db.execute(
            "INSERT INTO answer (conference, question, rating, note) VALUES (?1, ?2, ?3, '') ON CONFLICT DO UPDATE SET rating = excluded.rating",
            params![row, question.number(), rating.as_ref().map(as_text::<Rating>).transpose()?],
        ),
        Edit::Note(question, note) => db.execute(
            "INSERT INTO answer (conference, question, note) VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET note = excluded.note",
            params![row, question.number(), note],
        ),
        Edit::Extra(question, text) => db.execute(
            "INSERT INTO answer (conference, question, note, extra) VALUES (?1, ?2, '', ?3) ON CONFLICT DO UPDATE SET extra = excluded.extra",
            params![row, question.number(), text],
        ),
        Edit::AddMark(at) => db.execute("INSERT OR IGNORE INTO mark VALUES (?1, ?2)", params![row, at.0]),
        Edit::RemoveMark(at) => db.execute("DELETE FROM mark WHERE conference = ?1 AND at_ms = ?2", params![row, at.0]),
        Edit::Roles(roles, known) => {
            save_roles(db, row, roles)?;
            db.execute("UPDATE conference SET teacher_known = ?2 WHERE id = ?1", params![row, as_text(known)?])
        }
        Edit::Title(title) => db.execute("UPDATE conference SET title = ?2 WHERE id = ?1", params![row, title]),
        Edit::Participants(participants) => {
            save_participants(db, row, participants)?;
            return Ok(());
        }
        Edit::Students(students) => db.execute("UPDATE conference SET students = ?2 WHERE id = ?1", params![row, students]),
        Edit::Voices(rediarized) => {
            save_voices(db, row, &rediarized.voices)?;
            let mut corrections: Corrections =
                db.query_row("SELECT corrections FROM conference WHERE id = ?1", [row], |row| json_column(row, 0)).map_err(fail)?;
            (corrections.others, corrections.people, corrections.pointed_at) = (rediarized.others, rediarized.people, rediarized.pointed_at.clone());
            db.execute("UPDATE conference SET students = ?2, corrections = ?3 WHERE id = ?1", params![row, rediarized.students, as_json(&corrections)?])
        }
        Edit::Correct(corrections) => db.execute("UPDATE conference SET corrections = ?2 WHERE id = ?1", params![row, as_json(corrections)?]),
    }
    .map(drop)
    .map_err(fail)
}

fn save_roles(db: &Transaction<'_>, row: i64, roles: &[Speaker]) -> Result<()> {
    let doing = "keeping who is who";
    db.execute("DELETE FROM role WHERE conference = ?1", [row]).map_err(|err| failure(doing, err))?;
    for (voice, role) in roles.iter().enumerate() {
        db.execute("INSERT INTO role VALUES (?1, ?2, ?3)", params![row, voice as i64, role.key()]).map_err(|err| failure(doing, err))?;
    }
    Ok(())
}

pub(super) fn save_found(db: &Transaction<'_>, row: i64, transcript: &Transcript, voices: &Voices) -> Result<()> {
    let doing = "keeping what was found";
    let fail = |err| failure(doing, err);
    for table in ["word", "untranscribed"] {
        db.execute(&format!("DELETE FROM {table} WHERE conference = ?1"), [row]).map_err(fail)?;
    }
    let mut add = db.prepare_cached("INSERT INTO word VALUES (?1, ?2, ?3, ?4, ?5, ?6)").map_err(fail)?;
    for (position, word) in transcript.words.iter().enumerate() {
        add.execute(params![row, position as i64, word.text, word.span.start().0, word.span.end().0, f64::from(word.confidence)]).map_err(fail)?;
    }
    for stretch in &transcript.untranscribed {
        db.execute("INSERT INTO untranscribed VALUES (?1, ?2, ?3, ?4)", params![row, stretch.span.start().0, stretch.span.end().0, as_text(&stretch.reason)?])
            .map_err(fail)?;
    }
    save_voices(db, row, voices)?;
    db.execute("UPDATE conference SET model = ?2, language = ?3 WHERE id = ?1", params![row, transcript.model, transcript.language]).map(drop).map_err(fail)
}

fn save_voices(db: &Transaction<'_>, row: i64, voices: &Voices) -> Result<()> {
    let doing = "keeping who spoke when";
    let fail = |err| failure(doing, err);
    db.execute("DELETE FROM voice_span WHERE conference = ?1", [row]).map_err(fail)?;
    let mut add = db.prepare_cached("INSERT INTO voice_span VALUES (?1, ?2, ?3, ?4)").map_err(fail)?;
    for piece in &voices.spans {
        add.execute(params![row, piece.span.start().0, piece.span.end().0, piece.voice.0]).map_err(fail)?;
    }
    save_roles(db, row, &voices.roles)?;
    // 0: not hard to tell; otherwise the moment's milliseconds and one, as a negative number (see `doubtful_at`).
    let doubtful_at = voices.doubtful_at.map_or(0, |at| -1 - at.0);
    let doubt = voices.doubt.as_ref().map(as_json).transpose()?;
    db.execute(
        "UPDATE conference SET teacher_known = ?2, hard_to_tell = ?3, doubt = ?4 WHERE id = ?1",
        params![row, as_text(&voices.teacher_known)?, doubtful_at, doubt],
    )
    .map(drop)
    .map_err(fail)
}

/// Rebuilds what search and lists show of one conference: a line for each turn, each note and the title; the teacher's share.
pub(super) fn index(db: &Connection, row: i64) -> Result<()> {
    let doing = "indexing a conference";
    let fail = |err| failure(doing, err);
    db.execute("DELETE FROM line WHERE conference = ?1", [row]).map_err(fail)?;
    let facts = match load(db, row) {
        Ok(facts) => facts,
        // Deleted: nothing to be found any more.
        Err(err) if err.kind == ErrorKind::NotFound => return Ok(()),
        Err(err) => return Err(err),
    };
    let record = ConferenceRecord::new(facts);
    let mut add = db.prepare_cached(ADD_LINE).map_err(fail)?;
    let mut add = |text: &str, at: Option<Millis>, speaker: Option<Speaker>| {
        let Folded { apart, together } = folded(text);
        add.execute(params![apart, together, text, row, at.map(|at| at.0), speaker.map(Speaker::key)]).map(drop)
    };
    for turn in record.turns() {
        for (speaker, span, words) in
            std::iter::once((turn.speaker, turn.span, &turn.words)).chain(turn.backchannels.iter().map(|aside| (aside.speaker, aside.span, &aside.words)))
        {
            if !words.is_empty() {
                add(&record.transcript().text(words), Some(span.start()), Some(speaker)).map_err(fail)?;
            }
        }
    }
    let notes = record.data().reflection.answers.iter().flat_map(|answer| [answer.note.as_str(), answer.extra.as_str()]);
    for text in notes.chain(std::iter::once(record.data().title.as_str())).filter(|text| !text.trim().is_empty()) {
        add(text, None, None).map_err(fail)?;
    }
    let share = record.measures().teacher_talk();
    let (low, high) = share.and_then(|share| share.range).unzip();
    db.execute(
        "UPDATE conference SET teacher_share = ?2, teacher_share_low = ?3, teacher_share_high = ?4 WHERE id = ?1",
        params![row, share.map(|share| share.share), low, high],
    )
    .map(drop)
    .map_err(fail)
}

pub(super) fn as_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|err| Error::new(ErrorKind::Bug, "writing a small list", err))
}

/// What a teacher wrote must never count as nothing only because it cannot be read.
pub(super) fn json_column<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|err| rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(err)))
}

/// A small list; one that cannot be read counts as empty.
fn from_json<T: DeserializeOwned + Default>(text: &str) -> T {
    serde_json::from_str(text).unwrap_or_default()
}

/// The name serde gives a variant without contents.
pub(super) fn as_text<T: Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => Ok(text),
        other => Err(Error::new(ErrorKind::Bug, "naming a value", format!("{other:?}"))),
    }
}

pub(super) fn from_text<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(text.to_owned())).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubt_of_which_no_moment_is_known_points_to_where_a_second_voice_begins_and_not_to_the_start() {
        let piece = |start: i64, voice: u8| VoiceSpan { span: Span::new(Millis(start), Millis(start + 500)), voice: Voice(voice) };
        let spans = [piece(700, 0), piece(2000, 0), piece(5000, 1)];
        assert_eq!(doubtful_at(0, &spans), None);
        assert_eq!(doubtful_at(1, &spans), Some(Millis(5000)));
        assert_eq!(doubtful_at(1, &spans[..2]), Some(Millis(700)), "one voice: where it begins");
        assert_eq!(doubtful_at(1, &[]), None);
        assert_eq!(doubtful_at(251, &spans), Some(Millis(250)), "as libraries had it before");
        assert_eq!((doubtful_at(-1, &spans), doubtful_at(-251, &spans)), (Some(Millis(0)), Some(Millis(250))));
    }
}
