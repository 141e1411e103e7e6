//! A copy of each conference beside its recording (`NAME.json`): should the database ever be lost, the library is made again from these.

use super::ids::row_of;
use super::people::know_again;
use super::rows::{index, insert, load_any, write};
use super::schema::failure;
use super::store::Library;
use super::upgrade;
use crate::conference::{Class, ConferenceFacts, ConferenceId, ListedStudent, Student};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::{Folders, write_whole};
use rusqlite::{OptionalExtension as _, params};
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

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> std::result::Result<T, String> {
    let bytes = std::fs::read(path).map_err(|err| err.to_string())?;
    serde_json::from_slice(&bytes).map_err(|err| err.to_string())
}

/// The sidecar of a conference, by the name of its sound.
#[must_use]
pub fn sidecar_of(folders: &Folders, audio: &str) -> PathBuf {
    folders.recordings().join(audio).with_extension("json")
}

impl Library {
    /// Whether a sidecar is behind the database.
    #[must_use]
    pub fn has_sidecars_to_write(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Writes the sidecars of the conferences that were changed through this connection since the last call.
    ///
    /// # Errors
    /// When one cannot be written; it is tried again at the next call.
    pub fn keep_sidecars(&mut self) -> Result<()> {
        while let Some(&id) = self.changed.first() {
            if let Some(sidecar) = self.sidecar(id)? {
                let path = sidecar_of(&self.folders, &sidecar.facts.audio);
                let bytes = serde_json::to_vec(&sidecar).map_err(|err| Error::new(ErrorKind::Bug, "writing a sidecar", err))?;
                write_whole(&path, &bytes)?;
            }
            self.changed.remove(&id);
        }
        Ok(())
    }

    /// Conferences without a sidecar (from before there were any) get one at the next [`Library::keep_sidecars`].
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn note_missing_sidecars(&mut self) -> Result<()> {
        let doing = "looking for missing sidecars";
        let mut query = self.connection.prepare("SELECT uuid, audio FROM conference").map_err(|err| failure(doing, err))?;
        let all: Vec<(ConferenceId, String)> =
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).and_then(Iterator::collect).map_err(|err| failure(doing, err))?;
        drop(query);
        let missing = all.into_iter().filter(|(_, audio)| !sidecar_of(&self.folders, audio).exists());
        self.changed.extend(missing.map(|(id, _)| id));
        Ok(())
    }

    /// Also of a deleted one; none when it is gone for good.
    fn sidecar(&self, id: ConferenceId) -> Result<Option<Sidecar>> {
        let (db, fail) = (&self.connection, |err| failure("reading a conference for its sidecar", err));
        let found = db.query_row("SELECT id, deleted_unix_ms FROM conference WHERE uuid = ?1", [id], |row| Ok((row.get(0)?, row.get(1)?))).optional();
        let Some((row, deleted_unix_ms)) = found.map_err(fail)? else { return Ok(None) };
        let mut query = db.prepare_cached("SELECT token FROM earlier_token WHERE conference = ?1 ORDER BY token").map_err(fail)?;
        let earlier_tokens = query.query_map([row], |row| row.get(0)).and_then(Iterator::collect).map_err(fail)?;
        let facts = load_any(db, row)?;
        let was_there = |student: &ListedStudent| facts.participants.iter().any(|one| one.student.id == student.student.id);
        let students: Vec<ListedStudent> = self.all_students()?.into_iter().filter(was_there).collect();
        let classes = self.classes()?.into_iter().filter(|class| students.iter().any(|one| one.class == Some(class.id))).collect();
        Ok(Some(Sidecar { version: VERSION, deleted_unix_ms, earlier_tokens, students, classes, facts }))
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
        let doing = "reading the sidecars";
        let entries = std::fs::read_dir(self.folders.recordings()).map_err(|err| Error::reading(doing, err))?;
        let is_sidecar = |name: &str| name.ends_with(".json") && !name.ends_with(".session.json");
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| is_sidecar(&path.file_name().unwrap_or_default().to_string_lossy()));
        paths.sort();
        // The class list first: a name typed at a table may be that of a child whom only another file knows to be on it.
        for path in &paths {
            if let Some(student) = read::<OldSidecar>(path).ok().filter(|old| old.version == 1).and_then(|old| old.facts.student) {
                let (class, listed) = upgrade::listed_of_old(student);
                self.change(doing, |db| know_again(db, &[listed], &[class], false))?;
            }
        }
        let mut taken = 0;
        for (done, path) in paths.iter().enumerate() {
            tell(done, paths.len());
            match read::<Sidecar>(path) {
                Ok(sidecar) if sidecar.version <= VERSION => taken += usize::from(self.take_in(sidecar, newer)?),
                Ok(sidecar) => tracing::warn!("a sidecar of version {} is passed over", sidecar.version),
                Err(err) => tracing::warn!("a sidecar cannot be read: {err}"),
            }
        }
        Ok(taken)
    }

    fn take_in(&mut self, mut sidecar: Sidecar, newer: bool) -> Result<bool> {
        if let Some(token) = upgrade::facts_of_old(&self.connection, &mut sidecar.facts)? {
            sidecar.earlier_tokens.push(token);
        }
        let Sidecar { deleted_unix_ms, earlier_tokens, students, classes, facts, .. } = &mut sidecar;
        let doing = "taking in a sidecar";
        self.change(doing, |db| know_again(db, students, classes, newer))?;
        // By its id; by its sound, where a recording was taken for a forgotten one before its sidecar was read.
        let there = match self.facts_of(facts.id)? {
            Some(there) => Some(there),
            None => self.find_by_audio(&facts.audio)?.map(|id| self.facts_of(id)).transpose()?.flatten(),
        };
        if let Some((there, deleted)) = there {
            facts.id = there.id;
            if !newer || (&there, deleted) == (&*facts, *deleted_unix_ms) {
                return Ok(false);
            }
        }
        self.change(doing, |db| {
            let row = match row_of(db, facts.id) {
                Ok(row) => {
                    write(db, row, facts)?;
                    row
                }
                Err(err) if err.kind == ErrorKind::NotFound => insert(db, facts.id, facts)?,
                Err(err) => return Err(err),
            };
            for token in &*earlier_tokens {
                db.execute("INSERT OR REPLACE INTO earlier_token VALUES (?1, ?2)", params![token, row]).map_err(|err| failure(doing, err))?;
            }
            db.execute("UPDATE conference SET deleted_unix_ms = ?2 WHERE id = ?1", params![row, *deleted_unix_ms]).map_err(|err| failure(doing, err))?;
            index(db, row)
        })?;
        self.changed.insert(facts.id);
        Ok(true)
    }

    fn facts_of(&self, id: ConferenceId) -> Result<Option<(ConferenceFacts, Option<i64>)>> {
        Ok(self.sidecar(id)?.map(|sidecar| (sidecar.facts, sidecar.deleted_unix_ms)))
    }
}
