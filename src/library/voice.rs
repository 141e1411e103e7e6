//! The teacher's own voice: one row of the library, and `voice.json` beside it, from which it comes again should the database be lost. Both are on this computer
//! only, in no backup and in nothing that is shared, and go with one press.

use super::beside;
use super::failure::failure;
use super::forget::{Forgetting, remove};
use super::open::Library;
use crate::error::Result;
use rusqlite::{OptionalExtension as _, params};
use serde::{Deserialize, Serialize};

/// The teacher's stored voice: biometric, so local and removable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredProfile {
    /// The mean embedding.
    pub embedding: Vec<f32>,
    /// Seconds of speech behind it.
    pub seconds: f64,
}

impl Library {
    /// The teacher's stored voice, if enrolled.
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
        })?;
        self.voice_changed = true;
        // At once: what is forgotten is not to wait. A file that cannot be written is tried again with those beside the recordings.
        if let Err(err) = self.keep_voice() {
            tracing::warn!("the file with the voice is behind: {err}");
        }
        Ok(())
    }

    /// Makes the file what the database has, when that was changed through this connection.
    pub(super) fn keep_voice(&mut self) -> Result<()> {
        if !self.voice_changed {
            return Ok(());
        }
        let path = beside::voice_path(&self.folders);
        if let Some(profile) = self.voice_profile()? {
            beside::write(&path, &profile)?;
        }
        // The teacher may have had it forgotten while it was written.
        self.voice_changed = self.voice_profile()?.is_none() && !remove(&path);
        Ok(())
    }

    /// Takes the voice in from its file, unless it was asked to be forgotten. Whether there was one.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn import_voice(&mut self) -> Result<bool> {
        let path = beside::voice_path(&self.folders);
        if !path.exists() || Forgetting::pending(&self.folders).voice {
            return Ok(false);
        }
        let taken = beside::read(&path).and_then(|profile: StoredProfile| self.set_voice_profile(Some(&profile)));
        // Of a voice nothing is kept that is of no use.
        match taken {
            Err(err) if err.kind == crate::error::ErrorKind::SidecarDamaged => {
                remove(&path);
                Ok(false)
            }
            taken => taken.map(|()| true),
        }
    }
}
