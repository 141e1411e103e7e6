//! The `downloads` lane: what takes minutes about speech models: downloading one, and measuring this computer.

use super::models::{ModelsTask, emit_models};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::SettingsChange;
use crate::work::commands::{Command, ModelsCommand};
use crate::work::context::{LaneContext, Progress};
use crate::work::lane::Lane;
use crate::work::messages::Event;
use crate::work::queue::{CancelToken, Queue, Task};
use crate::work::{download, models, speed};
use std::sync::Arc;

pub(crate) enum DownloadTask {
    /// The progress says, dropped, that nothing is coming any more.
    Download(String, Progress),
    Discard(String),
    Measure,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DownloadName {
    Download(String),
    Discard,
    Measure,
}

impl Task for DownloadTask {
    type Name = DownloadName;

    fn name(&self) -> DownloadName {
        match self {
            Self::Download(name, _) => DownloadName::Download(name.clone()),
            Self::Discard(_) => DownloadName::Discard,
            Self::Measure => DownloadName::Measure,
        }
    }

    fn asked(&self) -> Option<Command> {
        if let Self::Download(name, _) = self { Some(ModelsCommand::Download(name.clone()).into()) } else { None }
    }
}

/// What a command adds to one of the two queues about models, or stops.
pub(crate) fn take(context: &LaneContext, models: &Queue<ModelsTask>, downloads: &Queue<DownloadTask>, command: ModelsCommand) {
    match command {
        ModelsCommand::Use(name) => models.push(ModelsTask::Use(name)),
        ModelsCommand::Remove(name) => models.push(ModelsTask::Remove(name)),
        ModelsCommand::Add(path) => models.push(ModelsTask::Add(path)),
        ModelsCommand::Download(name) => {
            // Measuring stands back for what somebody asked for.
            downloads.cancel(|task| *task == DownloadName::Measure);
            if !downloads.has(|task| *task == DownloadName::Download(name.clone())) {
                downloads.push(DownloadTask::Download(name.clone(), context.progress(Event::DownloadEnded(name))));
            }
        }
        ModelsCommand::PauseDownload => downloads.cancel_running(|task| matches!(task, DownloadName::Download(_))),
        ModelsCommand::DiscardDownload(name) => {
            downloads.cancel(|task| *task == DownloadName::Measure || *task == DownloadName::Download(name.clone()));
            downloads.push_first(DownloadTask::Discard(name));
        }
        ModelsCommand::MeasureSpeed => {
            if !downloads.has(|task| *task == DownloadName::Measure) {
                downloads.push(DownloadTask::Measure);
            }
        }
    }
}

pub(crate) struct DownloadsLane;

impl Lane for DownloadsLane {
    const NAME: &'static str = "downloads";
    const HOLDS_LIBRARY: bool = false;
    type Task = DownloadTask;

    /// What has come of a download stays.
    fn is_given_up(name: &DownloadName) -> bool {
        *name != DownloadName::Discard
    }

    fn open(_: &LaneContext, _: &Arc<Queue<DownloadTask>>) -> Result<Self> {
        Ok(Self)
    }

    fn work(&mut self, context: &LaneContext, task: DownloadTask, token: &CancelToken) -> Result<()> {
        let done = match task {
            DownloadTask::Download(name, _progress) => models::download(&context.folders, &name, &mut |fraction, secs_left| {
                token.check("downloading a speech model")?;
                context.emit(Event::ModelProgress { name: name.clone(), fraction, secs_left });
                Ok(())
            }),
            DownloadTask::Discard(name) => download::discard(&context.folders, &name),
            DownloadTask::Measure => measure(context, token),
        };
        emit_models(context)?;
        done
    }
}

/// Stands back for a recording too.
fn measure(context: &LaneContext, token: &CancelToken) -> Result<()> {
    let doing = "measuring this computer";
    let measured = speed::measure(&context.folders, &mut || {
        if context.is_recording() {
            return Err(Error::bare(ErrorKind::Cancelled, doing));
        }
        token.check(doing)
    });
    match measured {
        Ok(measured) => {
            tracing::info!("measured: {measured:?}");
            context.change_settings(SettingsChange::Measured(measured))
        }
        // Nobody asked for it in so many words; without it the rows say what a model is good for.
        Err(err) => {
            tracing::info!("this computer was not measured: {err}");
            Ok(())
        }
    }
}
