//! What passes between colleagues: conferences of others that were opened to comment on, replies that came back to one's own, and voices that an imported
//! recording keeps on channels of their own.
//!
//! A conference of somebody else is never among one's own: not in the list, not in a search, not in a measure.

use super::failure::failure;
use super::ids::{new_id, row_of};
use super::open::Library;
use super::rows::as_json;
use crate::conference::{ConferenceData, ConferenceId, Millis, SharedId, Span, Voice, VoiceSpan};
use crate::error::{Error, ErrorKind, Result};
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A conference of somebody else, opened to comment on. `R` is what is said to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Shared<R> {
    /// Identity in the library.
    pub id: SharedId,
    /// What the bundle names the conference.
    pub token: String,
    /// What the teacher asks; may be empty.
    pub question: String,
    /// The conference as it was shared; `audio` is the file in the folder of shared sounds, empty without sound.
    pub facts: ConferenceData,
    /// Comments and answers so far.
    pub reply: R,
}

/// A conference of somebody else as its bundle brought it.
#[derive(Debug, Clone, Copy)]
pub struct ReceivedConference<'a, R> {
    /// What the bundle names the conference.
    pub token: &'a str,
    /// What the teacher asks; may be empty.
    pub question: &'a str,
    /// The conference; `audio` is the file in the folder of shared sounds, empty without sound.
    pub facts: &'a ConferenceData,
    /// What is said to it from the beginning.
    pub reply: &'a R,
}

impl Library {
    /// Keeps a conference of somebody else; opened again, what was said to it stays.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn keep_shared(&mut self, received: &ReceivedConference<'_, impl Serialize>, now_unix_ms: i64) -> Result<SharedId> {
        let doing = "keeping a conference of a colleague";
        let ReceivedConference { token, question, .. } = *received;
        let (facts, reply) = (as_json(received.facts)?, as_json(received.reply)?);
        super::forget::keep_after_all(&self.folders, token)?;
        let id = self.change(doing, |db| {
            db.query_row(
                "INSERT INTO shared (uuid, token, received_unix_ms, question, facts, reply) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (token) DO UPDATE SET question = excluded.question, facts = excluded.facts, deleted_unix_ms = NULL RETURNING uuid",
                params![new_id::<SharedId>(), token, now_unix_ms, question, facts, reply],
                |row| row.get(0),
            )
            .map_err(|err| failure(doing, err))
        })?;
        self.changed_shared.insert(id);
        Ok(id)
    }

    /// Conferences of others, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn shared_ids(&self) -> Result<Vec<SharedId>> {
        let doing = "listing the conferences of colleagues";
        let mut query = self
            .connection
            .prepare_cached("SELECT uuid FROM shared WHERE deleted_unix_ms IS NULL ORDER BY received_unix_ms DESC, id DESC")
            .map_err(|err| failure(doing, err))?;
        let rows = query.query_map([], |row| row.get(0)).map_err(|err| failure(doing, err))?;
        rows.collect::<rusqlite::Result<_>>().map_err(|err| failure(doing, err))
    }

    /// One conference of somebody else, also one that was deleted and can be brought back.
    ///
    /// # Errors
    /// [`ErrorKind::NotFound`] when it is not there.
    pub fn shared<R: DeserializeOwned>(&self, id: SharedId) -> Result<Shared<R>> {
        let doing = "opening a conference of a colleague";
        let (token, question, facts, reply): (String, String, String, String) = self
            .connection
            .query_row("SELECT token, question, facts, reply FROM shared WHERE uuid = ?1", [id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
            .map_err(|err| failure(doing, err))?;
        let damaged = |err| Error::new(ErrorKind::LibraryDamaged, doing, err);
        Ok(Shared { id, token, question, facts: serde_json::from_str(&facts).map_err(damaged)?, reply: serde_json::from_str(&reply).map_err(damaged)? })
    }

    /// Keeps what is said to a conference of somebody else; durable when this returns.
    ///
    /// # Errors
    /// When the database cannot be written or it is not there.
    pub fn save_reply(&mut self, id: SharedId, reply: &impl Serialize) -> Result<()> {
        let doing = "keeping comments";
        let reply = as_json(reply)?;
        self.change(doing, |db| match db.execute("UPDATE shared SET reply = ?2 WHERE uuid = ?1", params![id, reply]).map_err(|err| failure(doing, err))? {
            0 => Err(Error::bare(ErrorKind::NotFound, doing)),
            _ => Ok(()),
        })?;
        self.changed_shared.insert(id);
        Ok(())
    }

    /// The conference of one's own that a bundle names: by its id, or as bundles named it before there were ids.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find_by_token(&self, token: &str) -> Result<Option<ConferenceId>> {
        let sql = "SELECT uuid FROM conference WHERE deleted_unix_ms IS NULL AND (uuid = ?1 OR id = (SELECT conference FROM earlier_token WHERE token = ?2))";
        let found = self.connection.query_row(sql, params![ConferenceId::parse(token), token], |row| row.get(0)).optional();
        found.map_err(|err| failure("looking for the conference of a reply", err))
    }

    /// What a bundle names a conference of one's own: its id, or what bundles named it before there were ids, so that a colleague who has it already
    /// gets no second one.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn token_of(&self, id: ConferenceId) -> Result<String> {
        let sql = "SELECT min(token) FROM earlier_token WHERE conference = (SELECT id FROM conference WHERE uuid = ?1)";
        let earlier: Option<String> = self.connection.query_row(sql, [id], |row| row.get(0)).map_err(|err| failure("naming a conference in a bundle", err))?;
        Ok(earlier.unwrap_or_else(|| id.digits()))
    }

    /// Keeps a colleague's reply beside a conference of one's own, which stays as it is. The same reply again changes nothing.
    ///
    /// # Errors
    /// When the database cannot be written or the conference is not there.
    pub fn add_reply(&mut self, id: ConferenceId, reply: &impl Serialize, now_unix_ms: i64) -> Result<()> {
        let doing = "keeping a reply";
        let reply = as_json(reply)?;
        self.change(doing, |db| {
            let row = row_of(db, id)?;
            db.execute("INSERT OR IGNORE INTO reply (conference, received_unix_ms, reply) VALUES (?1, ?2, ?3)", params![row, now_unix_ms, reply])
                .map(drop)
                .map_err(|err| failure(doing, err))
        })?;
        self.changed.insert(id);
        Ok(())
    }

    /// The replies to a conference of one's own, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn replies<R: DeserializeOwned>(&self, id: ConferenceId) -> Result<Vec<R>> {
        let doing = "reading replies";
        let mut query = self
            .connection
            .prepare_cached("SELECT reply FROM reply WHERE conference = (SELECT id FROM conference WHERE uuid = ?1) ORDER BY received_unix_ms, id")
            .map_err(|err| failure(doing, err))?;
        let texts: Vec<String> = query.query_map([id], |row| row.get(0)).and_then(Iterator::collect).map_err(|err| failure(doing, err))?;
        texts.iter().map(|text| serde_json::from_str(text).map_err(|err| Error::new(ErrorKind::LibraryDamaged, doing, err))).collect()
    }

    /// Keeps who speaks when in a recording whose two channels hold a voice each.
    ///
    /// # Errors
    /// When the database cannot be written or the conference is not there.
    pub fn set_channels(&mut self, id: ConferenceId, spans: &[VoiceSpan]) -> Result<()> {
        let doing = "keeping the channels of a recording";
        self.change(doing, |db| {
            let row = row_of(db, id)?;
            db.execute("DELETE FROM channel_span WHERE conference = ?1", [row]).map_err(|err| failure(doing, err))?;
            let mut add = db.prepare_cached("INSERT INTO channel_span VALUES (?1, ?2, ?3, ?4)").map_err(|err| failure(doing, err))?;
            for piece in spans {
                add.execute(params![row, piece.span.start().0, piece.span.end().0, piece.voice.0]).map_err(|err| failure(doing, err))?;
            }
            Ok(())
        })?;
        self.changed.insert(id);
        Ok(())
    }

    /// Who speaks when, where a recording came with a voice on each of two channels; empty for every other.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn channels(&self, id: ConferenceId) -> Result<Vec<VoiceSpan>> {
        channels_of(&self.connection, row_of(&self.connection, id)?)
    }

    /// The conference of somebody else that a bundle names, if it was opened before.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn find_shared(&self, token: &str) -> Result<Option<SharedId>> {
        let found = self.connection.query_row("SELECT uuid FROM shared WHERE token = ?1", [token], |row| row.get(0)).optional();
        found.map_err(|err| failure("finding a conference of a colleague", err))
    }
}

pub(super) fn channels_of(db: &Connection, row: i64) -> Result<Vec<VoiceSpan>> {
    let doing = "reading the channels of a recording";
    let mut query =
        db.prepare_cached("SELECT start_ms, end_ms, voice FROM channel_span WHERE conference = ?1 ORDER BY start_ms").map_err(|err| failure(doing, err))?;
    let spans = query.query_map([row], |row| Ok(VoiceSpan { span: Span::new(Millis(row.get(0)?), Millis(row.get(1)?)), voice: Voice(row.get(2)?) }));
    spans.and_then(Iterator::collect).map_err(|err| failure(doing, err))
}
