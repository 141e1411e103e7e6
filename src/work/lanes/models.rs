//! The `models` lane: which speech models there are and how they suit this computer; adding, removing, downloading one.

use crate::error::{Error, ErrorKind, Result};
use crate::settings::{SHIPPED_MODEL, Settings};
use crate::work::commands::ModelsCommand;
use crate::work::desk::LaneContext;
use crate::work::messages::Event;
use crate::work::{download, models, speed};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;

struct Lane<'a> {
    context: &'a LaneContext,
    commands: &'a Receiver<Option<ModelsCommand>>,
    /// Asked for while something took long; done in order before anything new.
    waiting: VecDeque<Option<ModelsCommand>>,
}

/// Runs until `Quit`.
pub(crate) fn run(context: &LaneContext, commands: &Receiver<Option<ModelsCommand>>) {
    context.run_guarded(None, || tell(context));
    let mut lane = Lane { context, commands, waiting: VecDeque::new() };
    while let Some(command) = lane.waiting.pop_front().or_else(|| commands.recv().ok()) {
        let Some(command) = command else { break };
        context.run_guarded(None, || lane.carry_out(command));
    }
}

impl Lane<'_> {
    fn carry_out(&mut self, command: ModelsCommand) -> Result<()> {
        let done = match command {
            ModelsCommand::Download(name) => self.download(&name),
            ModelsCommand::MeasureSpeed => self.measure(),
            ModelsCommand::Use(_) | ModelsCommand::Remove(_) | ModelsCommand::Add(_) | ModelsCommand::PauseDownload | ModelsCommand::DiscardDownload(_) => {
                short(self.context, command)
            }
        };
        tell(self.context)?;
        done
    }

    /// What is quickly done is done meanwhile.
    fn download(&mut self, name: &str) -> Result<()> {
        let Self { context, commands, waiting } = self;
        let mut is_unwanted = false;
        let done = models::download(&context.folders, name, &mut |fraction, secs_left| {
            for command in commands.try_iter() {
                match command {
                    Some(ModelsCommand::PauseDownload) => return Err(stopped()),
                    Some(ModelsCommand::DiscardDownload(other)) if other == name => {
                        is_unwanted = true;
                        return Err(stopped());
                    }
                    None => {
                        waiting.push_front(None);
                        return Err(stopped());
                    }
                    // One at a time.
                    Some(ModelsCommand::Download(_) | ModelsCommand::MeasureSpeed) => waiting.push_back(command),
                    Some(other) => context.run_guarded(None, || {
                        let done = short(context, other);
                        tell(context)?;
                        done
                    }),
                }
            }
            context.emit(Event::ModelProgress { name: name.to_owned(), fraction, secs_left });
            Ok(())
        });
        if is_unwanted { download::discard(&context.folders, name) } else { done }
    }

    /// Stands back for everything: a recording, or anything else that is asked for.
    fn measure(&mut self) -> Result<()> {
        let Self { context, commands, waiting } = self;
        let measured = speed::measure(&context.folders, &mut || {
            waiting.extend(commands.try_iter());
            let is_busy = context.is_recording.load(Ordering::Relaxed) || !waiting.is_empty();
            if is_busy { Err(stopped()) } else { Ok(()) }
        });
        match measured {
            Ok(measured) => {
                tracing::info!("measured: {measured:?}");
                context.keep_settings(Settings { measured: Some(measured), ..context.settings() })
            }
            // Nobody asked for it in so many words; without it the rows say what a model is good for.
            Err(err) => {
                tracing::info!("this computer was not measured: {err}");
                Ok(())
            }
        }
    }
}

fn stopped() -> Error {
    Error::bare(ErrorKind::Cancelled, "downloading a speech model")
}

fn tell(context: &LaneContext) -> Result<()> {
    context.emit(Event::Models(models::list(&context.folders, &context.settings())?));
    Ok(())
}

fn short(context: &LaneContext, command: ModelsCommand) -> Result<()> {
    match command {
        // The download has ended already.
        ModelsCommand::PauseDownload | ModelsCommand::Download(_) | ModelsCommand::MeasureSpeed => Ok(()),
        ModelsCommand::Use(name) => {
            models::path_of(&context.folders, &name)?;
            context.keep_settings(Settings { model: name, ..context.settings() })
        }
        ModelsCommand::Remove(name) => {
            models::remove(&context.folders, &name)?;
            let settings = context.settings();
            if settings.model == name { context.keep_settings(Settings { model: SHIPPED_MODEL.into(), ..settings }) } else { Ok(()) }
        }
        ModelsCommand::Add(path) => models::add(&context.folders, &path).map(drop),
        ModelsCommand::DiscardDownload(name) => download::discard(&context.folders, &name),
    }
}
