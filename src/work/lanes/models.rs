//! The `models` lane: which speech models there are and how they suit this computer; choosing, adding, removing one. What takes minutes has its own
//! lane, `downloads`: a model can be chosen while another one comes.

use crate::error::Result;
use crate::settings::{SHIPPED_MODEL, SettingsChange};
use crate::work::commands::{Command, ModelsCommand};
use crate::work::context::LaneContext;
use crate::work::lane::Lane;
use crate::work::messages::Event;
use crate::work::queue::{CancelToken, Queue, Task};
use crate::work::{catalogue, models};
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug)]
pub(crate) enum ModelsTask {
    Use(String),
    Remove(String),
    Add(PathBuf),
}

impl Task for ModelsTask {
    type Name = ();

    fn name(&self) {}

    fn asked(&self) -> Option<Command> {
        Some(match self {
            Self::Use(name) => ModelsCommand::Use(name.clone()).into(),
            Self::Remove(name) => ModelsCommand::Remove(name.clone()).into(),
            Self::Add(path) => ModelsCommand::Add(path.clone()).into(),
        })
    }
}

pub(crate) struct ModelsLane;

impl Lane for ModelsLane {
    const NAME: &'static str = "models";
    const HOLDS_LIBRARY: bool = false;
    type Task = ModelsTask;

    fn is_given_up((): &()) -> bool {
        false
    }

    fn open(context: &LaneContext, _: &Arc<Queue<ModelsTask>>) -> Result<Self> {
        emit_models(context)?;
        Ok(Self)
    }

    fn work(&mut self, context: &LaneContext, task: ModelsTask, _: &CancelToken) -> Result<()> {
        let done = match task {
            ModelsTask::Use(name) => catalogue::path_of(&context.folders, &name).and_then(|_| context.change_settings(SettingsChange::Model(name))),
            ModelsTask::Remove(name) => remove(context, &name),
            ModelsTask::Add(path) => models::add(&context.folders, &path).map(drop),
        };
        emit_models(context)?;
        done
    }
}

fn remove(context: &LaneContext, name: &str) -> Result<()> {
    models::remove(&context.folders, name)?;
    if context.settings().model == name { context.change_settings(SettingsChange::Model(SHIPPED_MODEL.into())) } else { Ok(()) }
}

/// The models as they are now.
pub(super) fn emit_models(context: &LaneContext) -> Result<()> {
    context.emit(Event::Models(models::list(&context.folders, &context.settings())?));
    Ok(())
}
