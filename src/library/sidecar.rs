//! A copy of each conference beside its recording (`NAME.json`): should the database ever be lost, the library is made again from these.

use super::forget::Forgetting;
use super::ids::row_of;
use super::mentor::channels_of;
use super::people::know_again;
use super::rows::{index, insert, load_any, write};
use super::schema::failure;
use super::store::Library;
use super::upgrade;
use crate::conference::{Class, ConferenceFacts, ConferenceId, ListedStudent, SharedId, Student, VoiceSpan};
use crate::error::{Error, ErrorKind, Result};
use crate::files::write_whole;
use crate::settings::Folders;
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Raised when an older program could not read the files any more. 2: ids are UUIDs.
const VERSION: u32 = 2;

#[derive(Debug, Serialize, Deserialize)]
struct Sidecar {
    version: u32,
    /// When it was deleted; it can be brought back for a while.
    deleted_unix_ms: Option<i64>,
    /// What bundles called it that were sent out before it had an id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    earlier_tokens: Vec<String>,
    /// What the class list says of the students who were there.
    #[serde(default)]
    students: Vec<ListedStudent>,
    /// The classes of these.
    #[serde(default)]
    classes: Vec<Class>,
    facts: ConferenceFacts,
    /// What colleagues sent back: when it came, and the reply as the database keeps it.
    #[serde(default)]
    replies: Vec<(i64, String)>,
    /// Who speaks when, where the recording came with a voice on each channel.
    #[serde(default)]
    channels: Vec<VoiceSpan>,
}

/// What a sidecar from before ids tells of the class list.
#[derive(Deserialize)]
struct OldSidecar {
    version: u32,
    facts: OldFacts,
}

#[derive(Deserialize)]
struct OldFacts {
    student: Option<Student>,
}

/// A conference of a colleague with what was said to it, beside its sound.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct SharedSidecar {
    version: u32,
    id: SharedId,
    token: String,
    received_unix_ms: i64,
    deleted_unix_ms: Option<i64>,
    question: String,
    /// As the database keeps them.
    facts: String,
    reply: String,
    /// Comments that were taken away: moment, words, when.
    removed_comments: Vec<(i64, String, i64)>,
}

/// Whether a library was kept here: something stands beside the recordings, or there are backups.
pub(super) fn is_there(folders: &Folders) -> bool {
    let has = |folder: &Path| files(folder, "json").is_ok_and(|files| files.iter().any(|(name, _)| !name.ends_with(".session.json")));
    has(&folders.recordings()) || has(&folders.shared()) || !super::backup::backups(folders).is_empty()
}

fn shared_sidecar_of(folders: &Folders, token: &str) -> PathBuf {
    folders.shared().join(format!("{token}.json"))
}

/// The sidecar of a conference, by the name of its sound.
#[must_use]
pub fn sidecar_of(folders: &Folders, audio: &str) -> PathBuf {
    folders.recordings().join(audio).with_extension("json")
}

/// What a file says that cannot be (it was damaged, or contradicts the library) ends with that file; a failure of the disk or the library does not.
fn passed_over<T>(taken: Result<T>) -> Result<Option<T>> {
    match taken {
        Err(err) if matches!(err.kind, ErrorKind::Bug | ErrorKind::NotFound) => {
            tracing::warn!("a sidecar is passed over: {err}");
            Ok(None)
        }
        taken => taken.map(Some),
    }
}

/// Where the sidecars of some conferences are.
type SidecarPaths<Id> = Vec<(Id, PathBuf)>;

impl Library {
    /// Whether a sidecar is behind the database.
    #[must_use]
    pub fn has_sidecars_to_write(&self) -> bool {
        !self.changed.is_empty() || !self.changed_shared.is_empty()
    }

    /// Writes the sidecars of the conferences that were changed through this connection since the last call.
    ///
    /// # Errors
    /// When one cannot be written; it is tried again at the next call.
    pub fn keep_sidecars(&mut self) -> Result<()> {
        while let Some(&id) = self.changed.first() {
            if let Some(sidecar) = self.sidecar(id)? {
                let path = sidecar_of(&self.folders, &sidecar.facts.audio);
                self.write_sidecar(&path, &sidecar)?;
                // Somebody may have removed it for good meanwhile.
                if self.find_by_audio(&sidecar.facts.audio)?.is_none() {
                    super::forget::remove(&path);
                }
            }
            self.changed.remove(&id);
        }
        while let Some(&id) = self.changed_shared.first() {
            if let Some(sidecar) = self.shared_sidecar(id)? {
                let path = shared_sidecar_of(&self.folders, &sidecar.token);
                self.write_sidecar(&path, &sidecar)?;
                if self.find_shared(&sidecar.token)?.is_none() {
                    super::forget::remove(&path);
                }
            }
            self.changed_shared.remove(&id);
        }
        Ok(())
    }

    fn write_sidecar(&self, path: &Path, sidecar: &impl Serialize) -> Result<()> {
        let bytes = serde_json::to_vec(sidecar).map_err(|err| Error::new(ErrorKind::Bug, "writing a sidecar", err))?;
        write_whole(path, &bytes)
    }

    /// Conferences without a sidecar (from before there were any) get one at the next [`Library::keep_sidecars`].
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn note_missing_sidecars(&mut self) -> Result<()> {
        let (own, shared) = self.sidecars()?;
        self.changed.extend(own.into_iter().filter(|(_, path)| !path.exists()).map(|(id, _)| id));
        self.changed_shared.extend(shared.into_iter().filter(|(_, path)| !path.exists()).map(|(id, _)| id));
        Ok(())
    }

    /// All sidecars are behind: the library is another one now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub(super) fn note_all_sidecars(&mut self) -> Result<()> {
        let (own, shared) = self.sidecars()?;
        self.changed.extend(own.into_iter().map(|(id, _)| id));
        self.changed_shared.extend(shared.into_iter().map(|(id, _)| id));
        Ok(())
    }

    /// Where the sidecar of each conference is: of one's own, and of colleagues.
    fn sidecars(&self) -> Result<(SidecarPaths<ConferenceId>, SidecarPaths<SharedId>)> {
        let fail = |err| failure("looking for sidecars", err);
        let mut query = self.connection.prepare("SELECT uuid, audio FROM conference").map_err(fail)?;
        let own =
            query.query_map([], |row| Ok((row.get(0)?, sidecar_of(&self.folders, &row.get::<_, String>(1)?)))).and_then(Iterator::collect).map_err(fail)?;
        let mut query = self.connection.prepare("SELECT uuid, token FROM shared").map_err(fail)?;
        let shared = query.query_map([], |row| Ok((row.get(0)?, shared_sidecar_of(&self.folders, &row.get::<_, String>(1)?))));
        Ok((own, shared.and_then(Iterator::collect).map_err(fail)?))
    }

    /// Also of a deleted one; none when it is gone for good.
    fn sidecar(&self, id: ConferenceId) -> Result<Option<Sidecar>> {
        let (db, fail) = (&self.connection, |err| failure("reading a conference for its sidecar", err));
        let found = db.query_row("SELECT id, deleted_unix_ms FROM conference WHERE uuid = ?1", [id], |row| Ok((row.get(0)?, row.get(1)?))).optional();
        let Some((row, deleted_unix_ms)) = found.map_err(fail)? else { return Ok(None) };
        let mut query = db.prepare_cached("SELECT token FROM earlier_token WHERE conference = ?1 ORDER BY token").map_err(fail)?;
        let earlier_tokens = query.query_map([row], |row| row.get(0)).and_then(Iterator::collect).map_err(fail)?;
        let mut query = db.prepare_cached("SELECT received_unix_ms, reply FROM reply WHERE conference = ?1 ORDER BY received_unix_ms, id").map_err(fail)?;
        let replies = query.query_map([row], |row| Ok((row.get(0)?, row.get(1)?))).and_then(Iterator::collect).map_err(fail)?;
        let (facts, channels) = (load_any(db, row)?, channels_of(db, row)?);
        let was_there = |student: &ListedStudent| facts.participants.iter().any(|one| one.student.id == student.student.id);
        let students: Vec<ListedStudent> = self.all_students()?.into_iter().filter(was_there).collect();
        let classes = self.classes()?.into_iter().filter(|class| students.iter().any(|one| one.class == Some(class.id))).collect();
        Ok(Some(Sidecar { version: VERSION, deleted_unix_ms, earlier_tokens, students, classes, facts, replies, channels }))
    }

    fn shared_sidecar(&self, id: SharedId) -> Result<Option<SharedSidecar>> {
        let fail = |err| failure("reading a conference of a colleague for its sidecar", err);
        let mut query = self
            .connection
            .prepare_cached("SELECT at_ms, text, r.deleted_unix_ms FROM removed_comment r JOIN shared s ON s.id = r.shared WHERE s.uuid = ?1 ORDER BY r.id")
            .map_err(fail)?;
        let removed_comments: Vec<(i64, String, i64)> =
            query.query_map([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).and_then(Iterator::collect).map_err(fail)?;
        self.connection
            .query_row("SELECT token, received_unix_ms, deleted_unix_ms, question, facts, reply FROM shared WHERE uuid = ?1", [id], |row| {
                Ok(SharedSidecar {
                    version: VERSION,
                    id,
                    token: row.get(0)?,
                    received_unix_ms: row.get(1)?,
                    deleted_unix_ms: row.get(2)?,
                    question: row.get(3)?,
                    facts: row.get(4)?,
                    reply: row.get(5)?,
                    removed_comments,
                })
            })
            .optional()
            .map_err(fail)
    }

    /// Takes in what the sidecars know: conferences the database does not have and, with `newer`, those it has otherwise. How many.
    ///
    /// # Errors
    /// When the folder cannot be read or the database cannot be written. A sidecar that cannot be read is passed over.
    pub fn take_in_sidecars(&mut self, newer: bool) -> Result<usize> {
        self.take_in_sidecars_telling(newer, &mut |_, _| {})
    }

    /// As [`Library::take_in_sidecars`]; `tell` hears after how many of how many.
    ///
    /// # Errors
    /// As there.
    pub fn take_in_sidecars_telling(&mut self, newer: bool, tell: &mut dyn FnMut(usize, usize)) -> Result<usize> {
        let pending = Forgetting::pending(&self.folders);
        let mut taken = 0;
        let mut own = files(&self.folders.recordings(), "json")?;
        own.retain(|(name, _)| !name.ends_with(".session.json") && !pending.names_file(name));
        own.sort();
        // The class list first: a name typed at a table may be that of a child whom only another file knows to be on it.
        for (_, path) in &own {
            if let Some(student) = read::<OldSidecar>(path).filter(|old| old.version == 1).and_then(|old| old.facts.student) {
                let (class, listed) = upgrade::listed_of_old(student);
                self.change("reading the sidecars", |db| know_again(db, &[listed], &[class], false))?;
            }
        }
        for (done, (_, path)) in own.iter().enumerate() {
            tell(done, own.len());
            match read::<Sidecar>(path) {
                Some(sidecar) if sidecar.version <= VERSION => taken += usize::from(passed_over(self.take_in(sidecar, newer))?.unwrap_or_default()),
                _ => tracing::warn!("a sidecar is passed over"),
            }
        }
        for (_, path) in files(&self.folders.shared(), "json")? {
            match read::<SharedSidecar>(&path) {
                Some(sidecar) if pending.shared.contains(&sidecar.token) => {}
                Some(sidecar) if sidecar.version <= VERSION => passed_over(self.take_in_shared(&sidecar, newer)).map(drop)?,
                _ => tracing::warn!("a sidecar of a colleague's conference is passed over"),
            }
        }
        Ok(taken)
    }

    /// In one transaction, over what is there: what only the database knows of a conference stays.
    fn take_in(&mut self, mut sidecar: Sidecar, newer: bool) -> Result<bool> {
        let doing = "taking a conference in from its sidecar";
        if let Some(token) = upgrade::facts_of_old(&self.connection, &mut sidecar.facts)? {
            sidecar.earlier_tokens.push(token);
        }
        let Sidecar { deleted_unix_ms, earlier_tokens, students, classes, mut facts, replies, channels, .. } = sidecar;
        self.change(doing, |db| know_again(db, &students, &classes, newer))?;
        // By its id; by its sound, where a recording was taken for a forgotten one before its sidecar was read.
        let there = match self.sidecar(facts.id)? {
            Some(there) => Some(there),
            None => self.find_by_audio(&facts.audio)?.map(|id| self.sidecar(id)).transpose()?.flatten(),
        };
        facts.id = there.as_ref().map_or(facts.id, |there| there.facts.id);
        let is_other = there.as_ref().is_none_or(|there| newer && (there.facts != facts || there.deleted_unix_ms != deleted_unix_ms));
        let is_behind = there.is_some_and(|there| is_other || there.replies != replies || there.channels != channels);
        self.change(doing, |db| {
            let fail = |err| failure(doing, err);
            let row = match row_of(db, facts.id) {
                Err(err) if err.kind == ErrorKind::NotFound => insert(db, facts.id, &facts)?,
                row => row?,
            };
            if is_other {
                write(db, row, &facts)?;
                db.execute("UPDATE conference SET deleted_unix_ms = ?2 WHERE id = ?1", params![row, deleted_unix_ms]).map_err(fail)?;
                index(db, row)?;
            }
            for token in &earlier_tokens {
                db.execute("INSERT OR REPLACE INTO earlier_token VALUES (?1, ?2)", params![token, row]).map_err(fail)?;
            }
            add_beside(db, row, &replies, &channels)
        })?;
        if is_behind {
            self.changed.insert(facts.id);
        }
        Ok(is_other)
    }

    fn take_in_shared(&mut self, sidecar: &SharedSidecar, newer: bool) -> Result<()> {
        let doing = "taking a conference of a colleague in from its sidecar";
        let known = self.find_shared(&sidecar.token)?;
        if known.is_some() && !newer {
            return Ok(());
        }
        self.change(doing, |db| {
            let fail = |err| failure(doing, err);
            let id: i64 = db
                .query_row(
                    "INSERT INTO shared (token, received_unix_ms, deleted_unix_ms, question, facts, reply, uuid) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                     ON CONFLICT (token) DO UPDATE SET deleted_unix_ms = excluded.deleted_unix_ms, question = excluded.question, facts = excluded.facts,
                     reply = excluded.reply RETURNING id",
                    params![sidecar.token, sidecar.received_unix_ms, sidecar.deleted_unix_ms, sidecar.question, sidecar.facts, sidecar.reply, sidecar.id],
                    |row| row.get(0),
                )
                .map_err(fail)?;
            db.execute("DELETE FROM removed_comment WHERE shared = ?1", [id]).map_err(fail)?;
            for (at_ms, text, deleted) in &sidecar.removed_comments {
                db.execute("INSERT INTO removed_comment (shared, at_ms, text, deleted_unix_ms) VALUES (?1, ?2, ?3, ?4)", params![id, at_ms, text, deleted])
                    .map_err(fail)?;
            }
            Ok(())
        })
    }
}

/// Adds replies and channels that are not there; what is there stays.
fn add_beside(db: &Transaction<'_>, row: i64, replies: &[(i64, String)], channels: &[VoiceSpan]) -> Result<()> {
    let fail = |err| failure("keeping what hangs on a conference", err);
    for (received, reply) in replies {
        db.execute("INSERT OR IGNORE INTO reply (conference, received_unix_ms, reply) VALUES (?1, ?2, ?3)", params![row, received, reply]).map_err(fail)?;
    }
    if channels_of(db, row)?.is_empty() {
        for piece in channels {
            db.execute("INSERT INTO channel_span VALUES (?1, ?2, ?3, ?4)", params![row, piece.span.start().0, piece.span.end().0, piece.voice.0])
                .map_err(fail)?;
        }
    }
    Ok(())
}

/// The files of a folder with this ending: name and path. None where there is no such folder.
fn files(folder: &Path, ending: &str) -> Result<Vec<(String, PathBuf)>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(Error::reading("reading the sidecars", err)),
    };
    let paths = entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|other| other == ending));
    Ok(paths.map(|path| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), path)).collect())
}

/// None for one that cannot be read; the log says why.
fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Option<T> {
    let read = std::fs::read(path).map_err(|err| err.to_string());
    let parsed = read.and_then(|bytes| serde_json::from_slice(&bytes).map_err(|err| err.to_string()));
    parsed.inspect_err(|err| tracing::warn!("a sidecar cannot be read: {err}")).ok()
}
