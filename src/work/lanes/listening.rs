//! The `player` lane: one conference's sound at a time.

use crate::audio::{self, GainCurve, Player, PlayerFact};
use crate::conference::{ConferenceFacts, ConferenceId};
use crate::error::{ErrorKind, Result};
use crate::library::{Library, SharedId};
use crate::settings::SoundChoices;
use crate::work::desk::Office;
use crate::work::messages::{Command, Event};
use std::sync::mpsc::Receiver;

struct Lane<'a> {
    office: &'a Office,
    library: Library,
    loaded: Option<(ConferenceId, Player)>,
    sound: SoundChoices,
}

/// Runs until `Quit`.
pub(crate) fn run(office: &Office, commands: &Receiver<Command>) {
    let library = match office.library() {
        Ok(library) => library,
        Err(err) => return office.fail(&err, None),
    };
    let mut lane = Lane { office, library, loaded: None, sound: office.settings().sound };
    for command in commands {
        if command == Command::Quit {
            break;
        }
        office.attempt(None, || lane.carry_out(command));
    }
}

impl Lane<'_> {
    fn carry_out(&mut self, command: Command) -> Result<()> {
        match command {
            Command::ListLoudspeakers => {
                let found = match audio::loudspeakers() {
                    // A computer without any is said when play is pressed, not when it is looked for.
                    Err(err) if err.kind == ErrorKind::NoSpeaker => {
                        tracing::warn!("{err}");
                        Vec::new()
                    }
                    found => found?,
                };
                self.office.tell(Event::Loudspeakers(found));
            }
            Command::Sound(sound) => {
                self.sound = sound.clone();
                if let Some((_, player)) = &self.loaded {
                    player.set_sound(sound);
                }
            }
            Command::Listen { id, from, play } => {
                if self.loaded.as_ref().is_none_or(|(current, _)| *current != id) {
                    self.load(id)?;
                }
                if let Some((_, player)) = &self.loaded {
                    player.seek(from);
                    if play {
                        player.play()?;
                    }
                }
            }
            Command::VoicesChanged(id) => {
                if let Some((_, player)) = self.loaded.as_ref().filter(|(current, _)| *current == id) {
                    player.set_gains(gains(self.library.load(id)?.facts()));
                }
            }
            command => {
                if let Some((_, player)) = &self.loaded {
                    steer(player, command)?;
                }
            }
        }
        Ok(())
    }

    fn load(&mut self, id: ConferenceId) -> Result<()> {
        self.loaded = None;
        let (facts, folder) = match SharedId::of_played(id) {
            Some(shared) => (self.library.shared::<crate::export::Reply>(shared)?.facts, self.office.folders.shared()),
            None => (self.library.load(id)?.facts().clone(), self.office.folders.recordings()),
        };
        let office = self.office.clone();
        let told = move |fact| match fact {
            PlayerFact::Notice(sentence) => office.tell(Event::Notice(sentence)),
            PlayerFact::Stopped(err) => office.fail(&err, Some(id)),
        };
        let player = Player::open(&folder.join(&facts.audio), told)?;
        player.set_gains(gains(&facts));
        player.set_sound(self.sound.clone());
        self.office.tell(Event::Listening { id, playhead: player.playhead() });
        self.loaded = Some((id, player));
        Ok(())
    }
}

fn steer(player: &Player, command: Command) -> Result<()> {
    match command {
        Command::Play => player.play()?,
        Command::Pause => player.pause(),
        Command::Seek(at) => player.seek(at),
        Command::Speed(speed) => player.set_speed(speed),
        Command::SkipSilence(stretches) => player.set_skips(stretches),
        Command::Repeat(stretch) => player.set_repeat(stretch),
        Command::HoldForTyping => player.hold_for_typing(),
        Command::ResumeAfterTyping => player.resume_after_typing()?,
        other => tracing::error!("not for the player lane: {other:?}"),
    }
    Ok(())
}

fn gains(facts: &ConferenceFacts) -> GainCurve {
    GainCurve::even_out(&facts.envelope, &facts.voices.spans)
}
