//! Comments on what colleagues shared, as they stand within a stored reply.

use super::failure::failure;
use crate::error::{Error, ErrorKind, Result};
use rusqlite::{Connection, OptionalExtension as _, params};

/// Takes a deleted comment out of a database for good. In a copy it may stand as it was before it was deleted, perhaps in other words: what is said to
/// that moment now is in the library itself.
pub(super) fn drop_comment(db: &Connection, token: &str, at_ms: i64, text: &str, is_copy: bool) -> Result<()> {
    let fail = |err| failure("removing a comment", err);
    let Some(id) = db.query_row::<i64, _, _>("SELECT id FROM shared WHERE token = ?1", [token], |row| row.get(0)).optional().map_err(fail)? else {
        return Ok(());
    };
    db.execute("DELETE FROM removed_comment WHERE shared = ?1 AND at_ms = ?2 AND text = ?3", params![id, at_ms, text]).map_err(fail)?;
    if is_copy {
        let (row, mut reply) = reply_of(db, "id", id)?;
        if take_comment(&mut reply, at_ms).is_some() {
            write_reply(db, row, &reply)?;
        }
    }
    Ok(())
}

/// Of the conference of a colleague that this column names: the number of its row, and what was said to it.
pub(super) fn reply_of(db: &Connection, column: &str, name: impl rusqlite::ToSql) -> Result<(i64, serde_json::Value)> {
    let doing = "reading comments";
    let (row, reply): (i64, String) = db
        .query_row(&format!("SELECT id, reply FROM shared WHERE {column} = ?1"), [name], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(|err| failure(doing, err))?;
    let reply = serde_json::from_str(&reply).map_err(|err| Error::new(ErrorKind::LibraryDamaged, doing, err))?;
    Ok((row, reply))
}

pub(super) fn write_reply(db: &Connection, row: i64, reply: &serde_json::Value) -> Result<()> {
    db.execute("UPDATE shared SET reply = ?2 WHERE id = ?1", params![row, reply.to_string()]).map(drop).map_err(|err| failure("keeping comments", err))
}

/// Takes the comment to a moment out of a reply.
pub(super) fn take_comment(reply: &mut serde_json::Value, at_ms: i64) -> Option<String> {
    let comments = reply.get_mut("comments")?.as_array_mut()?;
    let found = comments.iter().position(|comment| comment.get("at").and_then(serde_json::Value::as_i64) == Some(at_ms))?;
    comments.remove(found).get("text")?.as_str().map(str::to_owned)
}

pub(super) fn put_comment(reply: &mut serde_json::Value, at_ms: i64, text: &str) {
    if let Some(comments) = reply.get_mut("comments").and_then(serde_json::Value::as_array_mut) {
        comments.push(serde_json::json!({ "at": at_ms, "text": text }));
        comments.sort_by_key(|comment| comment.get("at").and_then(serde_json::Value::as_i64));
    }
}
