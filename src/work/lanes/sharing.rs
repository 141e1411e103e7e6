//! The `sharing` lane: previews, and files for a colleague. A long one (hours of sound) can be stopped.

use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::work::commands::SharingCommand;
use crate::work::desk::LaneContext;
use crate::work::messages::Event;
use crate::work::share;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// Runs until `Quit`.
pub(crate) fn run(context: &LaneContext, commands: &Receiver<Option<SharingCommand>>) {
    let library = match context.library() {
        Ok(library) => library,
        Err(err) => return context.fail(&err, None),
    };
    let mut waiting: VecDeque<Option<SharingCommand>> = VecDeque::new();
    while let Some(command) = waiting.pop_front().or_else(|| commands.recv().ok()) {
        let Some(command) = command else { break };
        waiting.extend(commands.try_iter());
        // Of several previews only the last is still wanted.
        let is_old = matches!(command, SharingCommand::Preview(..)) && waiting.iter().any(|next| matches!(next, Some(SharingCommand::Preview(..))));
        if !is_old {
            context.run_guarded(None, || carry_out(context, &library, commands, &mut waiting, command));
        }
    }
}

fn carry_out(
    context: &LaneContext,
    library: &Library,
    commands: &Receiver<Option<SharingCommand>>,
    waiting: &mut VecDeque<Option<SharingCommand>>,
    command: SharingCommand,
) -> Result<()> {
    match command {
        SharingCommand::Preview(ticket, ids, wanted) => {
            let (page, names) = share::preview(library, &ids, &wanted)?;
            context.emit(Event::SharePreview { ticket, page: page.map(Arc::new), names: Arc::new(names) });
        }
        SharingCommand::Copy(ids, wanted) => context.emit(Event::Copied(share::text(library, &ids, &wanted)?)),
        SharingCommand::Share(ids, wanted, to) => {
            context.emit(Event::Sharing(0.0));
            let written = share::save(library, &context.folders, &ids, &wanted, &to, &mut |fraction| {
                for command in commands.try_iter() {
                    let stops = matches!(command, Some(SharingCommand::Cancel) | None);
                    if command != Some(SharingCommand::Cancel) {
                        waiting.push_back(command);
                    }
                    if stops {
                        return Err(Error::bare(ErrorKind::Cancelled, "sharing"));
                    }
                }
                context.emit(Event::Sharing(fraction.min(0.99)));
                Ok(())
            });
            context.emit(Event::Sharing(1.0));
            context.emit(Event::Exported(written?));
        }
        // It came after the work was done.
        SharingCommand::Cancel => {}
    }
    Ok(())
}
