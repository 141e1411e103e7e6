//! The `sharing` lane: previews, and files for a colleague. A long one (hours of sound) can be stopped.

use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::work::desk::Office;
use crate::work::messages::{Command, Event};
use crate::work::share;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// Runs until `Quit`.
pub(crate) fn run(office: &Office, commands: &Receiver<Command>) {
    let library = match office.library() {
        Ok(library) => library,
        Err(err) => return office.fail(&err, None),
    };
    let mut waiting: VecDeque<Command> = VecDeque::new();
    while let Some(command) = waiting.pop_front().or_else(|| commands.recv().ok()) {
        if command == Command::Quit {
            break;
        }
        waiting.extend(commands.try_iter());
        // Of several previews only the last is still wanted.
        let is_old = matches!(command, Command::PreviewShare(..)) && waiting.iter().any(|next| matches!(next, Command::PreviewShare(..)));
        if !is_old {
            office.attempt(None, || carry_out(office, &library, commands, &mut waiting, command));
        }
    }
}

fn carry_out(office: &Office, library: &Library, commands: &Receiver<Command>, waiting: &mut VecDeque<Command>, command: Command) -> Result<()> {
    match command {
        Command::PreviewShare(ticket, ids, wanted) => {
            let (page, names) = share::preview(library, &ids, &wanted)?;
            office.tell(Event::SharePreview { ticket, page: page.map(Arc::new), names: Arc::new(names) });
        }
        Command::CopyShare(ids, wanted) => office.tell(Event::Copied(share::text(library, &ids, &wanted)?)),
        Command::Share(ids, wanted, to) => {
            office.tell(Event::Sharing(0.0));
            let written = share::save(library, &office.folders, &ids, &wanted, &to, &mut |fraction| {
                for command in commands.try_iter() {
                    let stops = matches!(command, Command::CancelShare | Command::Quit);
                    if command != Command::CancelShare {
                        waiting.push_back(command);
                    }
                    if stops {
                        return Err(Error::bare(ErrorKind::Cancelled, "sharing"));
                    }
                }
                office.tell(Event::Sharing(fraction.min(0.99)));
                Ok(())
            });
            office.tell(Event::Sharing(1.0));
            office.tell(Event::Exported(written?));
        }
        // It came after the work was done.
        Command::CancelShare => {}
        other => tracing::error!("not for the sharing lane: {other:?}"),
    }
    Ok(())
}
