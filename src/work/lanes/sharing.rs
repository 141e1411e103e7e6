//! The `sharing` lane: previews, and files for a colleague. A long one (hours of sound) can be stopped.

use crate::conference::ConferenceId;
use crate::error::Result;
use crate::files::SaveTo;
use crate::library::Library;
use crate::work::commands::{Command, SharingCommand};
use crate::work::context::{LaneContext, Progress};
use crate::work::lane::Lane;
use crate::work::messages::Event;
use crate::work::queue::{CancelToken, Queue, Task};
use crate::work::share::{self, ShareRequest};
use crate::work::ticket::Ticket;
use std::sync::Arc;

pub(crate) enum SharingTask {
    Preview(Ticket, Vec<ConferenceId>, Box<ShareRequest>),
    Copy(Vec<ConferenceId>, Box<ShareRequest>),
    /// The last says, dropped, that nothing is being written any more.
    Share(Vec<ConferenceId>, Box<ShareRequest>, SaveTo, Box<Progress>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SharingName {
    Preview,
    Copy,
    Share,
}

impl Task for SharingTask {
    type Name = SharingName;

    fn name(&self) -> SharingName {
        match self {
            Self::Preview(..) => SharingName::Preview,
            Self::Copy(..) => SharingName::Copy,
            Self::Share(..) => SharingName::Share,
        }
    }

    fn asked(&self) -> Option<Command> {
        Some(match self {
            Self::Preview(ticket, ids, wanted) => SharingCommand::Preview(*ticket, ids.clone(), wanted.clone()).into(),
            Self::Copy(ids, wanted) => SharingCommand::Copy(ids.clone(), wanted.clone()).into(),
            Self::Share(ids, wanted, to, _) => SharingCommand::Share(ids.clone(), wanted.clone(), to.clone()).into(),
        })
    }
}

/// What a command adds to the queue, or stops.
pub(crate) fn take(context: &LaneContext, queue: &Queue<SharingTask>, command: SharingCommand) {
    match command {
        SharingCommand::Preview(ticket, ids, wanted) => {
            // Of several only the last is still wanted.
            queue.cancel(|name| *name == SharingName::Preview);
            queue.push(SharingTask::Preview(ticket, ids, wanted));
        }
        SharingCommand::Copy(ids, wanted) => queue.push(SharingTask::Copy(ids, wanted)),
        SharingCommand::Share(ids, wanted, to) => {
            context.emit(Event::Sharing(0.0));
            queue.push(SharingTask::Share(ids, wanted, to, Box::new(context.progress(Event::Sharing(1.0)))));
        }
        SharingCommand::Cancel => queue.cancel(|name| *name == SharingName::Share),
    }
}

pub(crate) struct SharingLane {
    library: Library,
}

impl Lane for SharingLane {
    const NAME: &'static str = "sharing";
    const HOLDS_LIBRARY: bool = true;
    type Task = SharingTask;

    fn is_given_up(_: &SharingName) -> bool {
        true
    }

    fn open(context: &LaneContext, _: &Arc<Queue<SharingTask>>) -> Result<Self> {
        Ok(Self { library: context.library()? })
    }

    fn work(&mut self, context: &LaneContext, task: SharingTask, token: &CancelToken) -> Result<()> {
        match task {
            SharingTask::Preview(ticket, ids, wanted) => {
                let (page, names) = share::preview(&self.library, &ids, &wanted)?;
                context.emit(Event::SharePreview { ticket, page: page.map(Arc::new), names: Arc::new(names) });
            }
            SharingTask::Copy(ids, wanted) => context.emit(Event::Copied(share::text(&self.library, &ids, &wanted)?)),
            SharingTask::Share(ids, wanted, to, _progress) => {
                let written = share::save(&self.library, &ids, &wanted, &to, &mut |fraction| {
                    context.emit(Event::Sharing(fraction.min(0.99)));
                    token.check("sharing")
                })?;
                context.emit(Event::Exported(written));
            }
        }
        Ok(())
    }
}
