//! The `models` lane: which speech models there are; adding, removing, downloading one.

use crate::error::{Error, ErrorKind, Result};
use crate::work::desk::Office;
use crate::work::messages::{Command, Event};
use crate::work::models;
use std::sync::mpsc::Receiver;

/// Runs until `Quit`.
pub(crate) fn run(office: &Office, commands: &Receiver<Command>) {
    for command in commands {
        if command == Command::Quit {
            break;
        }
        office.attempt(None, || carry_out(office, commands, command));
    }
}

fn carry_out(office: &Office, commands: &Receiver<Command>, command: Command) -> Result<()> {
    match command {
        Command::ListModels | Command::CancelDownload => {}
        Command::UseModel(name) => {
            models::path_of(&office.folders, &name)?;
            office.keep_settings(crate::settings::Settings { model: name, ..office.settings() })?;
        }
        Command::RemoveModel(name) => models::remove(&office.folders, &name)?,
        Command::AddModel(path) => drop(models::add(&office.folders, &path)?),
        Command::DownloadModel(name) => download(office, commands, &name)?,
        other => tracing::error!("not for the models lane: {other:?}"),
    }
    office.tell(Event::Models(models::list(&office.folders, &office.settings())?));
    Ok(())
}

fn download(office: &Office, commands: &Receiver<Command>, name: &str) -> Result<()> {
    let mut waiting = Vec::new();
    let done = models::download(&office.folders, name, &mut |fraction, secs_left| {
        for command in commands.try_iter() {
            match command {
                Command::CancelDownload | Command::Quit => {
                    waiting.push(command);
                    return Err(Error::bare(ErrorKind::Cancelled, "downloading a speech model"));
                }
                other => waiting.push(other),
            }
        }
        office.tell(Event::ModelProgress { name: name.to_owned(), fraction, secs_left });
        Ok(())
    });
    // What was asked meanwhile is asked again, in order.
    waiting.into_iter().for_each(|command| office.hand(command));
    if done.is_err() {
        office.tell(Event::Models(models::list(&office.folders, &office.settings())?));
    }
    done
}
