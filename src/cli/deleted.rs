//! `afterbell deleted`: what was deleted, the way back, and the end of it.

use super::{CommandContext, notice, now_unix_ms};
use crate::conference::{ending, ending_length};
use crate::error::{Error, ErrorKind, Result};
use crate::export;
use crate::library::Library;
use crate::work::{DeletedKey, DeletedRow, deleted as work};
use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(super) enum DeletedAction {
    /// What was deleted, with the days left to bring it back.
    List,
    /// Delete a conference; it can be brought back for 30 days.
    Add {
        /// The end of its id, as the list of conferences shows it.
        id: String,
    },
    /// Bring something back to where it was.
    Restore {
        /// As the list names it: conference-4f2a9c.
        #[arg(required = true, value_name = "WHICH")]
        which: Vec<String>,
    },
    /// Remove something for good, from backups and search too. Nobody can bring it back.
    Forget {
        /// As the list names it: conference-4f2a9c.
        #[arg(required_unless_present = "all", value_name = "WHICH")]
        which: Vec<String>,
        /// Everything that was deleted.
        #[arg(long, conflicts_with = "which")]
        all: bool,
    },
}

/// `afterbell deleted`.
pub(super) fn deleted(context: &mut CommandContext<'_>, action: Option<DeletedAction>) -> Result<()> {
    let mut library = context.library()?;
    let rows = work::list(&library, &context.folders, now_unix_ms())?;
    match action.unwrap_or(DeletedAction::List) {
        DeletedAction::List => return list(context, &rows),
        DeletedAction::Add { id } => {
            let id = super::the_one(&id, |ending| library.find_by_ending(ending))?;
            work::delete(&mut library, &context.folders, &DeletedKey::Conference(id), now_unix_ms())?;
        }
        DeletedAction::Restore { which } => {
            for key in named(&rows, &which)? {
                work::restore(&mut library, &context.folders, &key)?;
            }
        }
        DeletedAction::Forget { which, all } => {
            let keys = if all { rows.iter().map(|row| row.key.clone()).collect() } else { named(&rows, &which)? };
            let still_there = work::forget(&mut library, &context.folders, &keys)?;
            still_there.sentence().iter().for_each(|sentence| notice(sentence));
        }
    }
    library.keep_sidecars()?;
    if context.json { report(context, &library) } else { Ok(()) }
}

/// Each by its kind and the end of its id, or all of it.
fn named(rows: &[DeletedRow], which: &[String]) -> Result<Vec<DeletedKey>> {
    let find = |text: &String| {
        let (kind, end) = text.split_once('-').unwrap_or(("", text));
        let is_meant = |row: &&DeletedRow| {
            let key = row.key.to_string();
            key == *text || !end.is_empty() && key.split_once('-').is_some_and(|(its, id)| its == kind && id.ends_with(end))
        };
        let meant: Vec<&DeletedRow> = rows.iter().filter(is_meant).collect();
        if let [one] = meant.as_slice() { Ok(one.key.clone()) } else { Err(Error::bare(ErrorKind::NotFound, "looking among what was deleted")) }
    };
    which.iter().map(find).collect()
}

/// As short as the list can name it and still tell it from all others.
fn short(row: &DeletedRow, digits: usize) -> String {
    match &row.key {
        DeletedKey::Conference(id) => format!("conference-{}", ending(*id, digits)),
        DeletedKey::Shared(id) => format!("shared-{}", ending(*id, digits)),
        DeletedKey::Student(id) => format!("student-{}", ending(*id, digits)),
        key => key.to_string(),
    }
}

fn uuid_of(row: &DeletedRow) -> Option<Uuid> {
    match &row.key {
        DeletedKey::Conference(id) => Some((*id).into()),
        DeletedKey::Shared(id) => Some((*id).into()),
        DeletedKey::Student(id) => Some((*id).into()),
        DeletedKey::Recording(_) | DeletedKey::Comment(_) => None,
    }
}

fn report(context: &mut CommandContext<'_>, library: &Library) -> Result<()> {
    let rows = work::list(library, &context.folders, now_unix_ms())?;
    list(context, &rows)
}

fn list(context: &mut CommandContext<'_>, rows: &[DeletedRow]) -> Result<()> {
    if context.json {
        let rows = rows.iter().map(|row| {
            json!({
                "which": row.key.to_string(), "name": row.name, "what": row.what, "started_unix_ms": row.started_unix_ms,
                "deleted_unix_ms": row.deleted_unix_ms, "days_left": row.days_left, "bytes": row.bytes,
            })
        });
        return context.json(&rows.collect::<Vec<_>>());
    }
    if rows.is_empty() {
        return context.say("Nothing here. Things you delete wait here for 30 days.");
    }
    let digits = ending_length(rows.iter().filter_map(uuid_of));
    for row in rows {
        let began = row.started_unix_ms.map_or(String::new(), |started| format!(", {}", export::local_time(started)));
        let days = if row.days_left == 1 { "1 day left".into() } else { format!("{} days left", row.days_left) };
        context.say(format!("{:<18}  {days:<12}  {}{began}. {}", short(row, digits), row.name, row.what))?;
    }
    Ok(())
}
