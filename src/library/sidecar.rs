//! A copy of each conference beside its recording (`NAME.json`): should the database ever be lost, the library is made again from these.

use super::beside::{self, damaged, files, or_set_aside, refused};
use super::failure::failure;
use super::forget::{Forgetting, remove};
use super::ids::{conference_with_sound, row_of};
use super::open::Library;
use super::people_rows::{all_students, classes, know_again};
use super::received::channels_of;
use super::rows::{index, insert, load_any, write};
use super::upgrade;
use crate::conference::{Class, ConferenceData, ConferenceId, ListedStudent, SharedId, Student, VoiceSpan};
use crate::error::Result;
use crate::settings::Folders;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
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
    facts: ConferenceData,
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

fn shared_sidecar_of(folders: &Folders, token: &str) -> PathBuf {
    folders.shared().join(format!("{token}.json"))
}

/// The sidecar of a conference, by the name of its sound.
#[must_use]
pub fn sidecar_of(folders: &Folders, audio: &str) -> PathBuf {
    folders.recordings().join(audio).with_extension("json")
}

/// What was found beside the recordings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SidecarImport {
    /// Conferences that are new, or other than they were.
    pub conferences: usize,
    /// Files that say what cannot be: damaged, or of a newer Afterbell. They are kept under another name.
    pub set_aside: usize,
}

/// Where the sidecars of some conferences are.
type SidecarPaths<Id> = Vec<(Id, PathBuf)>;

impl Sidecar {
    /// Whether it can be what stands under this name.
    ///
    /// # Errors
    /// [`ErrorKind::SidecarDamaged`].
    fn check(&self, name: &str) -> Result<()> {
        if self.version > VERSION {
            return Err(damaged(format!("version {}, known {VERSION}", self.version)));
        }
        // A copy under another name tells of what another file tells of, and may be older.
        if Path::new(&self.facts.audio).with_extension("json") != Path::new(name) {
            return Err(damaged("it is of another recording"));
        }
        let all_given = self.students.iter().all(|one| one.student.id.is_given()) && self.classes.iter().all(|class| class.id.is_given());
        if !all_given || !self.facts.id.is_given() {
            return Err(damaged("something without an id"));
        }
        // JSON has no word for the others: what is written of them could not be read again.
        if self.facts.transcript.words.iter().any(|word| !word.confidence.is_finite()) {
            return Err(damaged("a number that is none"));
        }
        Ok(())
    }
}

impl SharedSidecar {
    /// As [`Sidecar::check`].
    fn check(&self, name: &str) -> Result<()> {
        if self.version > VERSION {
            return Err(damaged(format!("version {}, known {VERSION}", self.version)));
        }
        if !self.id.is_given() || name.strip_suffix(".json") != Some(&self.token) {
            return Err(damaged("it is of another conference"));
        }
        // One that cannot be opened would take the list of all others with it.
        serde_json::from_str::<ConferenceData>(&self.facts).map_err(damaged)?;
        serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&self.reply).map_err(damaged).map(drop)
    }
}

impl Library {
    /// Whether a sidecar, or the class list beside the library, is behind the database.
    #[must_use]
    pub fn has_sidecars_to_write(&self) -> bool {
        !self.changed.is_empty() || !self.changed_shared.is_empty() || self.class_list_changed || self.voice_changed
    }

    /// Writes the sidecars that are behind. That one failed is for the log: the database holds the change, and it is tried again.
    pub fn sync_sidecars(&mut self) {
        if let Err(err) = self.keep_sidecars() {
            tracing::warn!("a sidecar is behind: {err}");
        }
    }

    /// Writes the sidecars of the conferences that were changed through this connection since the last call, and the class list.
    ///
    /// # Errors
    /// When one cannot be written; it is tried again at the next call.
    pub fn keep_sidecars(&mut self) -> Result<()> {
        self.keep_class_list()?;
        self.keep_voice()?;
        while let Some(&id) = self.changed.first() {
            if let Some(sidecar) = sidecar(&self.connection, id)? {
                let path = sidecar_of(&self.folders, &sidecar.facts.audio);
                beside::write(&path, &sidecar)?;
                // Somebody may have removed it for good meanwhile.
                if self.find_by_audio(&sidecar.facts.audio)?.is_none() {
                    remove(&path);
                }
            }
            self.changed.remove(&id);
        }
        while let Some(&id) = self.changed_shared.first() {
            if let Some(sidecar) = self.shared_sidecar(id)? {
                let path = shared_sidecar_of(&self.folders, &sidecar.token);
                beside::write(&path, &sidecar)?;
                if self.find_shared(&sidecar.token)?.is_none() {
                    remove(&path);
                }
            }
            self.changed_shared.remove(&id);
        }
        Ok(())
    }

    /// Conferences without a sidecar (from before there were any) get one at the next [`Library::keep_sidecars`], and so does the class list.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn note_missing_sidecars(&mut self) -> Result<()> {
        let (own, shared) = self.sidecars()?;
        self.changed.extend(own.into_iter().filter(|(_, path)| !path.exists()).map(|(id, _)| id));
        self.changed_shared.extend(shared.into_iter().filter(|(_, path)| !path.exists()).map(|(id, _)| id));
        self.class_list_changed |= !beside::class_list_path(&self.folders).exists() && !self.classes()?.is_empty();
        self.voice_changed |= beside::voice_path(&self.folders).exists() != self.voice_profile()?.is_some();
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
        (self.class_list_changed, self.voice_changed) = (true, true);
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
    /// When the folder cannot be read or the database cannot be written. A sidecar that says what cannot be is set aside.
    pub fn import_sidecars(&mut self, newer: bool) -> Result<usize> {
        Ok(self.import_sidecars_with_progress(newer, &mut |_, _| {})?.conferences)
    }

    /// As [`Library::import_sidecars`]; `progress` hears after how many of how many.
    ///
    /// # Errors
    /// As there.
    pub fn import_sidecars_with_progress(&mut self, newer: bool, progress: &mut dyn FnMut(usize, usize)) -> Result<SidecarImport> {
        let pending = Forgetting::pending(&self.folders);
        let mut found = SidecarImport::default();
        let mut own = files(&self.folders.recordings(), "json")?;
        own.retain(|(name, _)| !name.ends_with(".session.json") && !pending.names_file(name));
        own.sort();
        // The class list first: a name typed at a table may be that of a child whom only another file knows to be on it.
        for (name, path) in &own {
            let old = beside::read::<OldSidecar>(path).ok().filter(|old| old.version == 1).and_then(|old| old.facts.student);
            if let Some(student) = old.filter(|_| beside::read::<Sidecar>(path).and_then(|whole| whole.check(name)).is_ok()) {
                let (class, listed) = upgrade::listed_of_old(student);
                self.change("reading the sidecars", |db| know_again(db, &[listed], &[class], false))?;
            }
        }
        for (done, (name, path)) in own.iter().enumerate() {
            progress(done, own.len());
            match or_set_aside(path, beside::read(path).and_then(|sidecar| self.take_in(name, sidecar, newer)))? {
                Some(is_other) => found.conferences += usize::from(is_other),
                None => found.set_aside += 1,
            }
        }
        for (name, path) in files(&self.folders.shared(), "json")? {
            let taken = beside::read(&path).and_then(|sidecar| self.take_in_shared(&name, &sidecar, newer, &pending));
            found.set_aside += usize::from(or_set_aside(&path, taken)?.is_none());
        }
        Ok(found)
    }

    /// In one transaction, over what is there: what only the database knows of a conference stays, and a file that cannot be leaves nothing behind.
    fn take_in(&mut self, name: &str, sidecar: Sidecar, newer: bool) -> Result<bool> {
        let doing = "taking a conference in from its sidecar";
        sidecar.check(name)?;
        let Sidecar { deleted_unix_ms, mut earlier_tokens, students, classes, mut facts, replies, channels, .. } = sidecar;
        let taken = self.change(doing, |db| {
            let fail = |err| failure(doing, err);
            earlier_tokens.extend(upgrade::data_of_old(db, &mut facts)?);
            know_again(db, &students, &classes, newer)?;
            // By its id; by its sound, where a recording was taken for a forgotten one before its sidecar was read.
            let there = match self::sidecar(db, facts.id)? {
                Some(there) if there.facts.audio != facts.audio => return Err(damaged("the id of another conference")),
                Some(there) => Some(there),
                None => conference_with_sound(db, &facts.audio)?.map(|id| self::sidecar(db, id)).transpose()?.flatten(),
            };
            facts.id = there.as_ref().map_or(facts.id, |there| there.facts.id);
            let is_other = there.as_ref().is_none_or(|there| newer && (there.facts != facts || there.deleted_unix_ms != deleted_unix_ms));
            let is_behind = there.as_ref().is_some_and(|there| is_other || there.replies != replies || there.channels != channels);
            let row = match there {
                None => insert(db, facts.id, &facts)?,
                Some(_) => {
                    let row = row_of(db, facts.id)?;
                    if is_other {
                        write(db, row, &facts)?;
                    }
                    row
                }
            };
            if is_other {
                db.execute("UPDATE conference SET deleted_unix_ms = ?2 WHERE id = ?1", params![row, deleted_unix_ms]).map_err(fail)?;
                index(db, row)?;
            }
            for token in &earlier_tokens {
                db.execute("INSERT OR REPLACE INTO earlier_token VALUES (?1, ?2)", params![token, row]).map_err(fail)?;
            }
            add_beside(db, row, &replies, &channels)?;
            Ok((is_other, is_behind))
        });
        let (is_other, is_behind) = taken.map_err(refused)?;
        if is_behind {
            self.changed.insert(facts.id);
        }
        self.class_list_changed |= !students.is_empty();
        Ok(is_other)
    }

    fn take_in_shared(&mut self, name: &str, sidecar: &SharedSidecar, newer: bool, pending: &Forgetting) -> Result<()> {
        let doing = "taking a conference of a colleague in from its sidecar";
        sidecar.check(name)?;
        if pending.shared.contains(&sidecar.token) || (!newer && self.find_shared(&sidecar.token)?.is_some()) {
            return Ok(());
        }
        let taken = self.change(doing, |db| {
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
        });
        taken.map_err(refused)
    }
}

/// Also of a deleted one; none when it is gone for good.
fn sidecar(db: &Connection, id: ConferenceId) -> Result<Option<Sidecar>> {
    let fail = |err| failure("reading a conference for its sidecar", err);
    let found = db.query_row("SELECT id, deleted_unix_ms FROM conference WHERE uuid = ?1", [id], |row| Ok((row.get(0)?, row.get(1)?))).optional();
    let Some((row, deleted_unix_ms)) = found.map_err(fail)? else { return Ok(None) };
    let mut query = db.prepare_cached("SELECT token FROM earlier_token WHERE conference = ?1 ORDER BY token").map_err(fail)?;
    let earlier_tokens = query.query_map([row], |row| row.get(0)).and_then(Iterator::collect).map_err(fail)?;
    let mut query = db.prepare_cached("SELECT received_unix_ms, reply FROM reply WHERE conference = ?1 ORDER BY received_unix_ms, id").map_err(fail)?;
    let replies = query.query_map([row], |row| Ok((row.get(0)?, row.get(1)?))).and_then(Iterator::collect).map_err(fail)?;
    let (facts, channels) = (load_any(db, row)?, channels_of(db, row)?);
    let was_there = |student: &ListedStudent| facts.participants.iter().any(|one| one.student.id == student.student.id);
    let students: Vec<ListedStudent> = all_students(db)?.into_iter().filter(was_there).collect();
    let classes = classes(db)?.into_iter().filter(|class| students.iter().any(|one| one.class == Some(class.id))).collect();
    Ok(Some(Sidecar { version: VERSION, deleted_unix_ms, earlier_tokens, students, classes, facts, replies, channels }))
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
