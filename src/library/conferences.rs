//! Conferences in the library: added, loaded, edited, listed and found. One transaction a call; a call that fails changed nothing.

use super::failure::failure;
use super::ids::{conference_with_sound, new_id, row_of};
use super::open::Library;
use super::rows::{SUMMARY, as_text, index, insert, load, load_any, save_edit, save_found, summary};
use crate::conference::{Change, ConferenceData, ConferenceId, ConferenceRecord, ConferenceSummary, Edit, Millis, SharedId, Stage, Transcript, Voices};
use crate::error::Result;
use rusqlite::{OptionalExtension as _, params};

/// What was found in the sound of a conference.
#[derive(Debug, Clone, Copy)]
pub struct AnalysisResult<'a> {
    /// The words; may be empty.
    pub transcript: &'a Transcript,
    /// The voices.
    pub voices: &'a Voices,
    /// The voices as they were stored when the finding began.
    pub voices_before: &'a Voices,
    /// Levels for drawing.
    pub envelope: &'a [u8],
    /// The sound's length.
    pub length: Millis,
    /// How far the work has come.
    pub stage: Stage,
}

impl Library {
    /// Adds a conference with all its facts. It keeps the id it has; one that has none yet is given one.
    ///
    /// # Errors
    /// When the database cannot be written, or holds this conference or one with this sound already.
    pub fn insert(&mut self, facts: &ConferenceData) -> Result<ConferenceId> {
        let id = if facts.id.is_given() { facts.id } else { new_id() };
        self.change("adding a conference", |db| insert(db, id, facts).map(drop))?;
        self.changed.insert(id);
        Ok(id)
    }

    /// Loads a conference with its turns and measures.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is not there (or was deleted).
    pub fn load(&self, id: ConferenceId) -> Result<ConferenceRecord> {
        load(&self.connection, row_of(&self.connection, id)?).map(ConferenceRecord::new)
    }

    /// Keeps one edit as it has to be on what is there by now; durable when this returns.
    ///
    /// # Errors
    /// When the database cannot be written or the conference is not there.
    pub fn save_edit(&mut self, id: ConferenceId, change: impl Into<Change>) -> Result<()> {
        let change = change.into();
        self.change("keeping a change", |db| {
            let row = row_of(db, id)?;
            let edit = &change.on(&load_any(db, row)?);
            save_edit(db, row, edit)?;
            if !matches!(edit, Edit::Rate(..) | Edit::AddMark(_) | Edit::RemoveMark(_)) {
                index(db, row)?;
            }
            Ok(())
        })?;
        self.changed.insert(id);
        Ok(())
    }

    /// Stores what was found in the sound. Title, student, marks and reflection stay as they are; corrections stay between the words they stood between; and
    /// what the teacher said of the voices since the finding began (who is who, how many there are) stays too: all of it as it is in this transaction.
    ///
    /// # Errors
    /// When the database cannot be written or the conference is not there.
    pub fn save_analysis(&mut self, id: ConferenceId, found: &AnalysisResult<'_>) -> Result<()> {
        let doing = "keeping a transcript";
        self.change(doing, |db| {
            let row = row_of(db, id)?;
            let AnalysisResult { transcript, envelope, length, stage, .. } = found;
            db.execute("UPDATE conference SET envelope = ?2, length_ms = ?3, stage = ?4 WHERE id = ?1", params![row, envelope, length.0, as_text(stage)?])
                .map_err(|err| failure(doing, err))?;
            let before = load_any(db, row)?;
            if !before.corrections.texts.is_empty() && !before.transcript.words.is_empty() && !transcript.words.is_empty() {
                save_edit(db, row, &Edit::Correct(Box::new(before.corrections.rebased(&before.transcript.words, &transcript.words))))?;
            }
            save_found(db, row, transcript, &found.voices.clone().found_beside(found.voices_before, &before.voices))?;
            index(db, row)
        })?;
        self.changed.insert(id);
        Ok(())
    }

    /// What was kept of how the voices of a conference sound, see [`Library::set_embeddings`].
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn embeddings(&self, id: ConferenceId) -> Result<Option<Vec<u8>>> {
        self.find_column("SELECT heard FROM conference WHERE uuid = ?1", [id]).map(Option::flatten)
    }

    /// Keeps how the voices of a conference sound, so that they can be told apart again without listening anew.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn set_embeddings(&mut self, id: ConferenceId, embeddings: &[u8]) -> Result<()> {
        let doing = "keeping how the voices sound";
        self.change(doing, |db| {
            db.execute("UPDATE conference SET heard = ?2 WHERE uuid = ?1", params![id, embeddings]).map(drop).map_err(|err| failure(doing, err))
        })
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
        self.find_column("SELECT uuid FROM conference WHERE deleted_unix_ms IS NULL ORDER BY started_unix_ms DESC, id DESC LIMIT 1", [])
    }

    /// The conference with this sound file, deleted ones too.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find_by_audio(&self, audio: &str) -> Result<Option<ConferenceId>> {
        conference_with_sound(&self.connection, audio)
    }

    /// The conferences whose ids end in these hex digits, deleted ones left out; a whole id finds its own.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find_by_ending(&self, ending: &str) -> Result<Vec<ConferenceId>> {
        self.by_ending("SELECT uuid FROM conference WHERE replace(uuid, '-', '') LIKE '%' || ?1 AND deleted_unix_ms IS NULL ORDER BY id", ending)
    }

    /// As [`Library::find_by_ending`], of the conferences of others.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find_shared_by_ending(&self, ending: &str) -> Result<Vec<SharedId>> {
        self.by_ending("SELECT uuid FROM shared WHERE replace(uuid, '-', '') LIKE '%' || ?1 AND deleted_unix_ms IS NULL ORDER BY id", ending)
    }

    fn by_ending<T: rusqlite::types::FromSql>(&self, sql: &str, ending: &str) -> Result<Vec<T>> {
        let doing = "finding by the end of an id";
        let ending = ending.replace('-', "").to_lowercase();
        // Of `%` and `_` LIKE would make something else.
        if ending.is_empty() || !ending.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        let mut query = self.connection.prepare_cached(sql).map_err(|err| failure(doing, err))?;
        query.query_map([ending], |row| row.get(0)).and_then(Iterator::collect).map_err(|err| failure(doing, err))
    }

    /// The sample with this title, if it is there and not deleted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find_sample(&self, title: &str) -> Result<Option<ConferenceId>> {
        self.find_column("SELECT uuid FROM conference WHERE is_sample AND title = ?1 AND deleted_unix_ms IS NULL", [title])
    }

    /// The conference whose sound has this checksum, if it is there and not deleted; a sample is nobody's own.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find_by_sha256(&self, sha256: &str) -> Result<Option<ConferenceId>> {
        self.find_column("SELECT uuid FROM conference WHERE audio_sha256 = ?1 AND NOT is_sample AND deleted_unix_ms IS NULL ORDER BY id", [sha256])
    }

    /// Conferences that have sound and nothing more, oldest first: work to take up again.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn not_yet_analysed(&self) -> Result<Vec<ConferenceId>> {
        let doing = "looking for unfinished work";
        let mut query = self
            .connection
            .prepare_cached("SELECT uuid FROM conference WHERE stage = 'recorded' AND deleted_unix_ms IS NULL ORDER BY started_unix_ms")
            .map_err(|err| failure(doing, err))?;
        let rows = query.query_map([], |row| row.get(0)).map_err(|err| failure(doing, err))?;
        rows.collect::<rusqlite::Result<_>>().map_err(|err| failure(doing, err))
    }

    fn find_column<T: rusqlite::types::FromSql>(&self, sql: &str, params: impl rusqlite::Params) -> Result<Option<T>> {
        self.connection.query_row(sql, params, |row| row.get(0)).optional().map_err(|err| failure("finding a conference", err))
    }

    /// Conferences that are in the list and not in the index of the search come into it.
    pub(super) fn index_missing(&mut self) -> Result<()> {
        let doing = "looking for what search does not know";
        self.change(doing, |db| {
            let mut query = db
                .prepare("SELECT id FROM conference WHERE deleted_unix_ms IS NULL AND id NOT IN (SELECT conference FROM line)")
                .map_err(|err| failure(doing, err))?;
            let rows: Vec<i64> = query.query_map([], |row| row.get(0)).and_then(Iterator::collect).map_err(|err| failure(doing, err))?;
            rows.into_iter().try_for_each(|row| index(db, row))
        })
    }
}
