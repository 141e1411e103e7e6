//! The `player` lane: one conference's sound at a time.

use crate::audio::Player;
use crate::conference::ConferenceId;
use crate::error::Result;
use crate::library::Library;
use crate::work::desk::Office;
use crate::work::messages::{Command, Event};
use std::sync::mpsc::Receiver;

/// Runs until `Quit`.
pub(crate) fn run(office: &Office, commands: &Receiver<Command>) {
    let library = match Library::open(&office.folders) {
        Ok(library) => library,
        Err(err) => return office.fail(&err, None),
    };
    let mut player: Option<(ConferenceId, Player)> = None;
    for command in commands {
        if command == Command::Quit {
            break;
        }
        office.attempt(None, || carry_out(office, &library, &mut player, command));
    }
}

fn carry_out(office: &Office, library: &Library, loaded: &mut Option<(ConferenceId, Player)>, command: Command) -> Result<()> {
    if let Command::Listen { id, from, play } = command {
        if loaded.as_ref().is_none_or(|(current, _)| *current != id) {
            *loaded = None;
            let audio = library.load(id)?.facts().audio.clone();
            let player = Player::open(&office.folders.recordings().join(audio))?;
            office.tell(Event::Listening { id, playhead: player.playhead() });
            *loaded = Some((id, player));
        }
        if let Some((_, player)) = loaded {
            player.seek(from);
            if play {
                player.play()?;
            }
        }
        return Ok(());
    }
    let Some((_, player)) = loaded else { return Ok(()) };
    match command {
        Command::Play => player.play()?,
        Command::Pause => player.pause(),
        Command::Seek(at) => player.seek(at),
        Command::Speed(speed) => player.set_speed(speed),
        Command::SkipSilence(stretches) => player.set_skips(stretches),
        other => tracing::error!("not for the player lane: {other:?}"),
    }
    Ok(())
}
