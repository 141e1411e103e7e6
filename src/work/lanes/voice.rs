//! The `voice` lane: telling the voices of a conference apart again after a correction, and the teacher's own voice. Seconds, not minutes.

use crate::audio::Meters;
use crate::conference::ConferenceId;
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::work::commands::VoiceCommand;
use crate::work::desk::LaneContext;
use crate::work::messages::Event;
use crate::work::{process, voice};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, TryRecvError};

/// Runs until `Quit`.
pub(crate) fn run(context: &LaneContext, commands: &Receiver<Option<VoiceCommand>>) {
    let mut library = match context.library() {
        Ok(library) => library,
        Err(err) => return context.fail(&err, None),
    };
    context.run_guarded(None, || tell(context, &library));
    let mut next = commands.recv().ok();
    while let Some(command) = next.take() {
        let Some(command) = command else { return };
        context.run_guarded(None, || carry_out(context, &mut library, command, commands, &mut next));
        if next.is_none() {
            next = commands.recv().ok();
        }
    }
}

/// `next`: a command that came while this one was being carried out, and ended it.
fn carry_out(
    context: &LaneContext,
    library: &mut Library,
    command: VoiceCommand,
    commands: &Receiver<Option<VoiceCommand>>,
    next: &mut Option<Option<VoiceCommand>>,
) -> Result<()> {
    match command {
        VoiceCommand::TellApart { id, students, corrections } => {
            let told = process::tell_apart(library, &context.folders, id, students, &corrections, &mut |_, _| going_on(context, commands, next));
            context.emit(Event::ToldApart(id, told.as_ref().ok().cloned().map(Box::new)));
            told.map(drop)
        }
        VoiceCommand::Remember(id) => remember(context, library, id),
        VoiceCommand::Forget => {
            voice::forget(library)?;
            tell(context, library)
        }
        VoiceCommand::ReadAloud(true) => {
            let read = read_aloud(context, library, commands, next);
            tell(context, library)?;
            read
        }
        // It has ended already.
        VoiceCommand::ReadAloud(false) => Ok(()),
    }
}

fn remember(context: &LaneContext, library: &mut Library, id: ConferenceId) -> Result<()> {
    voice::remember(library, &context.folders, id, &mut |_| Ok(()))?;
    context.emit(Event::Notice("Afterbell knows your voice from this conference now. Settings can forget it.".into()));
    tell(context, library)
}

fn read_aloud(context: &LaneContext, library: &mut Library, commands: &Receiver<Option<VoiceCommand>>, next: &mut Option<Option<VoiceCommand>>) -> Result<()> {
    let meters = Arc::new(Meters::default());
    let samples = voice::listen_to_reading(&context.settings(), &meters, &mut |read| {
        context.emit(Event::ReadingAloud { meters: Arc::clone(&meters), read });
        going_on(context, commands, next)
    })?;
    voice::enrol(library, &samples, &mut |_| Ok(())).map(drop)
}

/// An error when something else is asked for, or a recording begins: it comes before everything.
fn going_on(context: &LaneContext, commands: &Receiver<Option<VoiceCommand>>, next: &mut Option<Option<VoiceCommand>>) -> Result<()> {
    match commands.try_recv() {
        Err(TryRecvError::Empty) => {}
        Ok(command) => *next = Some(command),
        Err(TryRecvError::Disconnected) => *next = Some(None),
    }
    let stops = next.is_some() || context.is_recording.load(Ordering::Relaxed);
    if stops { Err(Error::bare(ErrorKind::Cancelled, "working on voices")) } else { Ok(()) }
}

fn tell(context: &LaneContext, library: &Library) -> Result<()> {
    context.emit(Event::Voice(voice::profile(library)?.map(|profile| profile.seconds)));
    Ok(())
}
