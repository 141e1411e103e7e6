//! `afterbell voice`: the teacher's own voice.

use super::{CommandContext, ProgressLine, Which, claim, notice};
use crate::audio::{self, Meters};
use crate::error::{Error, ErrorKind, Result};
use crate::work::{WorkStage, voice, voice_profile};
use clap::Subcommand;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Debug, Subcommand)]
pub(super) enum VoiceAction {
    /// Whether Afterbell knows your voice.
    Status,
    /// Learn your voice: read aloud for 20 seconds, or give a sound file in which only you speak.
    Enrol {
        /// A sound file; without one the microphone is listened to.
        file: Option<PathBuf>,
    },
    /// Learn it from a conference in which you said which voice is yours.
    Remember(Which),
    /// Forget it.
    Forget,
}

pub(super) fn voice(context: &mut CommandContext<'_>, action: Option<VoiceAction>) -> Result<()> {
    context.catch_ctrl_c();
    let mut library = context.library()?;
    match action {
        None | Some(VoiceAction::Status) => {}
        Some(VoiceAction::Enrol { file }) => {
            let _claimed = claim(context)?;
            let learning = || ProgressLine::new(context, "Learning your voice");
            match &file {
                Some(file) => {
                    let progress = learning();
                    let sound = audio::LongSound::open(std::slice::from_ref(file), &mut |fraction| progress.check(WorkStage::Reading, fraction))?;
                    voice::enrol(&mut library, &sound, &mut |fraction| progress.check(WorkStage::Voices, fraction))?;
                }
                None => {
                    let read = read_aloud(context)?;
                    let progress = learning();
                    voice::enrol(&mut library, &read, &mut |fraction| progress.check(WorkStage::Voices, fraction))?;
                }
            }
        }
        Some(VoiceAction::Remember(which)) => {
            let _claimed = claim(context)?;
            let id = which.find(&library)?;
            let progress = ProgressLine::new(context, "Learning your voice");
            voice::remember(&mut library, id, &mut |fraction| progress.check(WorkStage::Voices, fraction))?;
        }
        Some(VoiceAction::Forget) => {
            let _claimed = claim(context)?;
            voice::forget(&mut library)?.sentence().iter().for_each(|sentence| notice(sentence));
        }
    }
    let seconds = voice_profile::stored(&library)?.map(|profile| profile.seconds);
    if context.json {
        return context.json(&serde_json::json!({ "known": seconds.is_some(), "seconds": seconds.unwrap_or(0.0) }));
    }
    context.say(match seconds {
        Some(seconds) => {
            format!("Afterbell knows your voice, from {seconds:.0} seconds of it. It stays on this computer; “afterbell voice forget” forgets it.")
        }
        None if voice_profile::is_outdated(&library)? => {
            "Afterbell now has a better ear for voices, and needs to learn yours again. “afterbell voice enrol” learns it.".into()
        }
        None => "Afterbell does not know your voice yet. “afterbell voice enrol” learns it.".into(),
    })
}

fn read_aloud(context: &CommandContext<'_>) -> Result<Vec<f32>> {
    notice("Read something aloud, from a picture book or the newspaper, until the bar is full. Nothing of it is kept but what your voice is like.");
    let progress = ProgressLine::new(context, "Reading aloud");
    voice::listen_to_reading(&context.settings, &Arc::new(Meters::default()), &mut |read| {
        if context.is_stopped() {
            return Err(Error::bare(ErrorKind::Cancelled, "listening to the teacher reading"));
        }
        progress.check(WorkStage::Reading, read)
    })
}
