//! Ids in the database: stored as text, and turned into the number of a row only here.

use super::failure::failure;
use crate::conference::{ClassId, ConferenceId, SharedId, StudentId};
use crate::error::{Error, ErrorKind, Result};
use crate::files::hex;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension as _};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// A name nothing else has.
#[must_use]
pub fn new_id<T: From<Uuid>>() -> T {
    T::from(Uuid::now_v7())
}

macro_rules! stored {
    ($($name:ident)*) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(self.to_string().into())
            }
        }

        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                Self::parse(value.as_str()?).ok_or(FromSqlError::InvalidType)
            }
        }
    )*};
}
stored! { ClassId ConferenceId SharedId StudentId }

/// The row of a conference, deleted ones too.
pub(super) fn row_of(db: &Connection, id: ConferenceId) -> Result<i64> {
    let doing = "finding a conference";
    let found = db.prepare_cached("SELECT id FROM conference WHERE uuid = ?1").and_then(|mut query| query.query_row([id], |row| row.get(0)).optional());
    found.map_err(|err| failure(doing, err))?.ok_or(Error::bare(ErrorKind::NotFound, doing))
}

/// The conference with this sound file, deleted ones too.
pub(super) fn conference_with_sound(db: &Connection, audio: &str) -> Result<Option<ConferenceId>> {
    let found = db.query_row("SELECT uuid FROM conference WHERE audio = ?1", [audio], |row| row.get(0)).optional();
    found.map_err(|err| failure("finding a conference", err))
}

/// What a bundle called a conference when libraries named it by the number of its row.
pub(super) fn earlier_token(row: i64, audio_sha256: &str, started_unix_ms: i64) -> String {
    let hash = Sha256::digest(format!("afterbell share {audio_sha256} {started_unix_ms} {row}"));
    hex(&hash[..16])
}
