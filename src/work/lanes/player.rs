//! The `player` lane: one conference's sound at a time.

use crate::audio::{self, GainCurve, Player, PlayerFact};
use crate::conference::{ConferenceData, ConferenceId, SoundOf};
use crate::error::{ErrorKind, Result};
use crate::library::Library;
use crate::settings::SoundChoices;
use crate::work::commands::{Command, PlayerCommand};
use crate::work::context::LaneContext;
use crate::work::lane::Lane;
use crate::work::messages::Event;
use crate::work::queue::{CancelToken, Queue, Task};
use std::sync::Arc;

/// What is asked of the player, in order.
pub(crate) struct PlayerTask(pub PlayerCommand);

impl Task for PlayerTask {
    type Name = ();

    fn name(&self) {}

    fn asked(&self) -> Option<Command> {
        Some(self.0.clone().into())
    }

    fn conference(&self) -> Option<ConferenceId> {
        if let PlayerCommand::Listen { id: SoundOf::Conference(id), .. } = &self.0 { Some(*id) } else { None }
    }
}

pub(crate) struct PlayerLane {
    context: LaneContext,
    library: Library,
    loaded: Option<(SoundOf, Player)>,
    sound: SoundChoices,
}

impl Lane for PlayerLane {
    const NAME: &'static str = "player";
    const HOLDS_LIBRARY: bool = false;
    type Task = PlayerTask;

    /// Nobody is there to listen any more.
    fn is_given_up((): &()) -> bool {
        true
    }

    fn open(context: &LaneContext, _: &Arc<Queue<PlayerTask>>) -> Result<Self> {
        Ok(Self { context: context.clone(), library: context.library()?, loaded: None, sound: context.settings().sound })
    }

    fn work(&mut self, _: &LaneContext, PlayerTask(command): PlayerTask, _: &CancelToken) -> Result<()> {
        self.carry_out(command)
    }
}

impl PlayerLane {
    fn carry_out(&mut self, command: PlayerCommand) -> Result<()> {
        match command {
            PlayerCommand::ListLoudspeakers => {
                let found = match audio::loudspeakers() {
                    // A computer without any is said when play is pressed, not when it is looked for.
                    Err(err) if err.kind == ErrorKind::NoSpeaker => {
                        tracing::warn!("{err}");
                        Vec::new()
                    }
                    found => found?,
                };
                self.context.emit(Event::Loudspeakers(found));
            }
            PlayerCommand::Sound(sound) => {
                self.sound = sound.clone();
                if let Some((_, player)) = &self.loaded {
                    player.set_sound(sound);
                }
            }
            PlayerCommand::Listen { id, from, play } => {
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
            PlayerCommand::VoicesChanged(id) => {
                if let Some((_, player)) = self.loaded.as_ref().filter(|(current, _)| *current == id.into()) {
                    player.set_gains(gains(self.library.load(id)?.data()));
                }
            }
            PlayerCommand::Play => self.player().map_or(Ok(()), Player::play)?,
            PlayerCommand::Pause => self.player().into_iter().for_each(Player::pause),
            PlayerCommand::Seek(at) => self.player().into_iter().for_each(|player| player.seek(at)),
            PlayerCommand::Speed(speed) => self.player().into_iter().for_each(|player| player.set_speed(speed)),
            PlayerCommand::SkipSilence(stretches) => self.player().into_iter().for_each(|player| player.set_skips(stretches.clone())),
            PlayerCommand::Repeat(stretch) => self.player().into_iter().for_each(|player| player.set_repeat(stretch)),
            PlayerCommand::EndAt(end) => self.player().into_iter().for_each(|player| player.set_end(end)),
            PlayerCommand::HoldForTyping => self.player().into_iter().for_each(Player::hold_for_typing),
            PlayerCommand::ResumeAfterTyping => self.player().map_or(Ok(()), Player::resume_after_typing)?,
        }
        Ok(())
    }

    /// Nothing is steered until something was loaded.
    fn player(&self) -> Option<&Player> {
        self.loaded.as_ref().map(|(_, player)| player)
    }

    fn load(&mut self, id: SoundOf) -> Result<()> {
        self.loaded = None;
        let (facts, folder) = match id {
            SoundOf::Shared(shared) => (self.library.shared::<crate::export::Reply>(shared)?.facts, self.context.folders.shared()),
            SoundOf::Conference(own) => (self.library.load(own)?.data().clone(), self.context.folders.recordings()),
        };
        let own = if let SoundOf::Conference(own) = id { Some(own) } else { None };
        let context = self.context.clone();
        let on_fact = move |fact| match fact {
            PlayerFact::Notice(sentence) => context.emit(Event::Notice(sentence)),
            PlayerFact::Stopped(err) => context.fail(&err, own),
        };
        let player = Player::open(&folder.join(&facts.audio), on_fact)?;
        player.set_gains(gains(&facts));
        player.set_sound(self.sound.clone());
        player.set_end(facts.corrections.cut_off);
        self.context.emit(Event::Listening { id, playhead: player.playhead() });
        self.loaded = Some((id, player));
        Ok(())
    }
}

fn gains(facts: &ConferenceData) -> GainCurve {
    GainCurve::level_speakers(&facts.envelope, &facts.voices.spans)
}
