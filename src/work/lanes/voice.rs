//! The `voice` lane: telling the voices of a conference apart again after a correction, and the teacher's own voice. Seconds, not minutes.

use crate::audio::Meters;
use crate::conference::ConferenceId;
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::work::desk::Office;
use crate::work::messages::{Command, Event};
use crate::work::{process, voice};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};

/// Runs until `Quit`.
pub(crate) fn run(office: &Office, commands: &Receiver<Command>) {
    let mut library = match office.library() {
        Ok(library) => library,
        Err(err) => return office.fail(&err, None),
    };
    office.attempt(None, || tell(office, &library));
    let mut next = commands.recv().ok();
    while let Some(command) = next.take() {
        if command == Command::Quit {
            return;
        }
        office.attempt(None, || carry_out(office, &mut library, command, commands, &mut next));
        if next.is_none() {
            next = commands.recv().ok();
        }
    }
}

/// `next`: a command that came while this one was being carried out, and ended it.
fn carry_out(office: &Office, library: &mut Library, command: Command, commands: &Receiver<Command>, next: &mut Option<Command>) -> Result<()> {
    match command {
        Command::TellApart { id, students, corrections } => {
            let told = process::tell_apart(library, &office.folders, id, students, &corrections, &mut |_, _| going_on(office, commands, next));
            office.tell(Event::ToldApart(id, told.as_ref().ok().cloned().map(Box::new)));
            told.map(drop)
        }
        Command::RememberVoice(id) => remember(office, library, id),
        Command::ForgetVoice => {
            voice::forget(library)?;
            tell(office, library)
        }
        Command::ReadAloud(true) => {
            let read = read_aloud(office, library, commands, next);
            tell(office, library)?;
            read
        }
        // It has ended already.
        Command::ReadAloud(false) => Ok(()),
        other => {
            tracing::error!("not for the voice lane: {other:?}");
            Ok(())
        }
    }
}

fn remember(office: &Office, library: &mut Library, id: ConferenceId) -> Result<()> {
    voice::remember(library, &office.folders, id, &mut |_| Ok(()))?;
    office.tell(Event::Notice("Afterbell knows your voice from this conference now. Settings can forget it.".into()));
    tell(office, library)
}

fn read_aloud(office: &Office, library: &mut Library, commands: &Receiver<Command>, next: &mut Option<Command>) -> Result<()> {
    let meters = Arc::new(Meters::default());
    let samples = voice::listen_to_reading(&office.settings(), &meters, &mut |read| {
        office.tell(Event::ReadingAloud { meters: Arc::clone(&meters), read });
        going_on(office, commands, next)
    })?;
    voice::enrol(library, &samples, &mut |_| Ok(())).map(drop)
}

/// An error when something else is asked for, or a recording begins: it comes before everything.
fn going_on(office: &Office, commands: &Receiver<Command>, next: &mut Option<Command>) -> Result<()> {
    match commands.try_recv() {
        Err(TryRecvError::Empty) => {}
        Ok(command) => *next = Some(command),
        Err(TryRecvError::Disconnected) => *next = Some(Command::Quit),
    }
    let stops = next.is_some() || office.is_recording.load(Ordering::Relaxed);
    if stops { Err(Error::bare(ErrorKind::Cancelled, "working on voices")) } else { Ok(()) }
}

fn tell(office: &Office, library: &Library) -> Result<()> {
    office.tell(Event::Voice(voice::profile(library)?.map(|profile| profile.seconds)));
    Ok(())
}
