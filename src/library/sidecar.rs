//! A copy of each conference beside its recording (`NAME.json`): should the database ever be lost, the library is made again from these.

use super::schema::failure;
use super::store::{Library, index, load_any};
use crate::conference::{ConferenceFacts, ConferenceId};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::{Folders, write_whole};
use rusqlite::OptionalExtension as _;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Raised when an older program could not read the files any more.
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Sidecar {
    version: u32,
    /// When it was deleted; it can be brought back for a while.
    deleted_unix_ms: Option<i64>,
    facts: ConferenceFacts,
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
            if let Some((facts, deleted_unix_ms)) = self.facts_of(id)? {
                let path = sidecar_of(&self.folders, &facts.audio);
                let bytes = serde_json::to_vec(&Sidecar { version: VERSION, deleted_unix_ms, facts })
                    .map_err(|err| Error::new(ErrorKind::Bug, "writing a sidecar", err))?;
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
        let mut query = self.connection.prepare("SELECT id, audio FROM conference").map_err(|err| failure(doing, err))?;
        let all: Vec<(i64, String)> =
            query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).and_then(Iterator::collect).map_err(|err| failure(doing, err))?;
        drop(query);
        let missing = all.into_iter().filter(|(_, audio)| !sidecar_of(&self.folders, audio).exists());
        self.changed.extend(missing.map(|(id, _)| ConferenceId(id)));
        Ok(())
    }

    /// Also of a deleted one; none when it is gone for good.
    fn facts_of(&self, id: ConferenceId) -> Result<Option<(ConferenceFacts, Option<i64>)>> {
        let deleted = self.connection.query_row("SELECT deleted_unix_ms FROM conference WHERE id = ?1", [id.0], |row| row.get(0)).optional();
        match deleted.map_err(|err| failure("reading a conference for its sidecar", err))? {
            Some(deleted) => Ok(Some((load_any(&self.connection, id)?, deleted))),
            None => Ok(None),
        }
    }

    /// Takes in what the sidecars know: conferences the database does not have and, with `newer`, those it has otherwise. How many.
    ///
    /// # Errors
    /// When the folder cannot be read or the database cannot be written. A sidecar that cannot be read is passed over.
    pub fn take_in_sidecars(&mut self, newer: bool) -> Result<usize> {
        let doing = "reading the sidecars";
        let mut taken = 0;
        for path in std::fs::read_dir(self.folders.recordings()).map_err(|err| Error::reading(doing, err))?.flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if !name.ends_with(".json") || name.ends_with(".session.json") {
                continue;
            }
            let read = std::fs::read(&path).map_err(|err| err.to_string());
            match read.and_then(|bytes| serde_json::from_slice::<Sidecar>(&bytes).map_err(|err| err.to_string())) {
                Ok(sidecar) if sidecar.version <= VERSION => taken += usize::from(self.take_in(sidecar, newer)?),
                Ok(sidecar) => tracing::warn!("a sidecar of version {} is passed over", sidecar.version),
                Err(err) => tracing::warn!("a sidecar cannot be read: {err}"),
            }
        }
        Ok(taken)
    }

    fn take_in(&mut self, Sidecar { deleted_unix_ms, mut facts, .. }: Sidecar, newer: bool) -> Result<bool> {
        if let Some(student) = &mut facts.student {
            *student = self.find_or_add_student(&student.name)?;
        }
        if let Some(id) = self.find_by_audio(&facts.audio)? {
            facts.id = id;
            if !newer || self.facts_of(id)? == Some((facts.clone(), deleted_unix_ms)) {
                return Ok(false);
            }
            self.change("replacing a conference", |db| {
                db.execute("DELETE FROM conference WHERE id = ?1", [id.0]).map_err(|err| failure("replacing a conference", err))?;
                index(db, id)
            })?;
        }
        let id = self.insert(&facts)?;
        if let Some(at) = deleted_unix_ms {
            self.delete(id, at)?;
        }
        Ok(true)
    }
}
