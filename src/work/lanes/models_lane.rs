//! The `models` lane: which speech models there are and how they suit this computer; adding, removing, downloading one.

use crate::error::{Error, ErrorKind, Result};
use crate::settings::{SHIPPED_MODEL, Settings};
use crate::work::desk::Office;
use crate::work::messages::{Command, Event};
use crate::work::{download, models, speed};
use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::mpsc::Receiver;

struct Lane<'a> {
    office: &'a Office,
    commands: &'a Receiver<Command>,
    /// Asked for while something took long; done in order before anything new.
    waiting: VecDeque<Command>,
}

/// Runs until `Quit`.
pub(crate) fn run(office: &Office, commands: &Receiver<Command>) {
    let mut lane = Lane { office, commands, waiting: VecDeque::new() };
    while let Some(command) = lane.waiting.pop_front().or_else(|| commands.recv().ok()) {
        if command == Command::Quit {
            break;
        }
        office.attempt(None, || lane.carry_out(command));
    }
}

impl Lane<'_> {
    fn carry_out(&mut self, command: Command) -> Result<()> {
        let done = match command {
            Command::DownloadModel(name) => self.download(&name),
            Command::MeasureSpeed => self.measure(),
            other => short(self.office, other),
        };
        tell(self.office)?;
        done
    }

    /// What is quickly done is done meanwhile.
    fn download(&mut self, name: &str) -> Result<()> {
        let Self { office, commands, waiting } = self;
        let mut is_unwanted = false;
        let done = models::download(&office.folders, name, &mut |fraction, secs_left| {
            for command in commands.try_iter() {
                match command {
                    Command::PauseDownload => return Err(stopped()),
                    Command::DiscardDownload(other) if other == name => {
                        is_unwanted = true;
                        return Err(stopped());
                    }
                    Command::Quit => {
                        waiting.push_front(command);
                        return Err(stopped());
                    }
                    // One at a time.
                    Command::DownloadModel(_) | Command::MeasureSpeed => waiting.push_back(command),
                    other => office.attempt(None, || {
                        let done = short(office, other);
                        tell(office)?;
                        done
                    }),
                }
            }
            office.tell(Event::ModelProgress { name: name.to_owned(), fraction, secs_left });
            Ok(())
        });
        if is_unwanted { download::discard(&office.folders, name) } else { done }
    }

    /// Stands back for everything: a recording, or anything else that is asked for.
    fn measure(&mut self) -> Result<()> {
        let Self { office, commands, waiting } = self;
        let measured = speed::measure(&office.folders, &mut || {
            waiting.extend(commands.try_iter());
            let is_busy = office.is_recording.load(Ordering::Relaxed) || waiting.iter().any(|command| *command != Command::ListModels);
            if is_busy { Err(stopped()) } else { Ok(()) }
        });
        match measured {
            Ok(measured) => {
                tracing::info!("measured: {measured:?}");
                office.keep_settings(Settings { measured: Some(measured), ..office.settings() })
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

fn tell(office: &Office) -> Result<()> {
    office.tell(Event::Models(models::list(&office.folders, &office.settings())?));
    Ok(())
}

fn short(office: &Office, command: Command) -> Result<()> {
    match command {
        // The download has ended already.
        Command::ListModels | Command::PauseDownload => Ok(()),
        Command::UseModel(name) => {
            models::path_of(&office.folders, &name)?;
            office.keep_settings(Settings { model: name, ..office.settings() })
        }
        Command::RemoveModel(name) => {
            models::remove(&office.folders, &name)?;
            let settings = office.settings();
            if settings.model == name { office.keep_settings(Settings { model: SHIPPED_MODEL.into(), ..settings }) } else { Ok(()) }
        }
        Command::AddModel(path) => models::add(&office.folders, &path).map(drop),
        Command::DiscardDownload(name) => download::discard(&office.folders, &name),
        other => {
            tracing::error!("not for the models lane: {other:?}");
            Ok(())
        }
    }
}
