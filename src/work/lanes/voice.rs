//! The `voice` lane: telling the voices of a conference apart again after a correction, and the teacher's own voice. Seconds, not minutes.

use crate::audio::Meters;
use crate::conference::{ConferenceId, Corrections};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::work::commands::{Command, VoiceCommand};
use crate::work::context::{LaneContext, Progress};
use crate::work::lane::Lane;
use crate::work::messages::Event;
use crate::work::queue::{CancelToken, Queue, Task};
use crate::work::{analysis, voice, voice_profile};
use std::sync::Arc;

pub(crate) enum VoiceTask {
    /// The progress says, dropped, that it came to nothing.
    Rediarize {
        id: ConferenceId,
        students: u8,
        corrections: Box<Corrections>,
        progress: Progress,
    },
    /// The progress says, dropped, that nobody listens any more.
    ReadAloud(Progress),
    Remember(ConferenceId),
    Forget,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum VoiceName {
    Rediarize(ConferenceId),
    ReadAloud,
    Remember(ConferenceId),
    Forget,
}

impl Task for VoiceTask {
    type Name = VoiceName;

    fn name(&self) -> VoiceName {
        match self {
            Self::Rediarize { id, .. } => VoiceName::Rediarize(*id),
            Self::ReadAloud(_) => VoiceName::ReadAloud,
            Self::Remember(id) => VoiceName::Remember(*id),
            Self::Forget => VoiceName::Forget,
        }
    }

    fn asked(&self) -> Option<Command> {
        match self {
            Self::Remember(id) => Some(VoiceCommand::Remember(*id).into()),
            Self::ReadAloud(_) => Some(VoiceCommand::ReadAloud(true).into()),
            Self::Forget => Some(VoiceCommand::Forget.into()),
            Self::Rediarize { id, students, corrections, .. } => {
                Some(VoiceCommand::Rediarize { id: *id, students: *students, corrections: corrections.clone() }.into())
            }
        }
    }

    fn conference(&self) -> Option<ConferenceId> {
        match self {
            Self::Rediarize { id, .. } | Self::Remember(id) => Some(*id),
            Self::ReadAloud(_) | Self::Forget => None,
        }
    }
}

/// What a command adds to the queue, or stops.
pub(crate) fn take(context: &LaneContext, queue: &Queue<VoiceTask>, command: VoiceCommand) {
    // Whatever else is asked for, the teacher has turned to something else than reading.
    queue.cancel(|name| *name == VoiceName::ReadAloud);
    match command {
        VoiceCommand::Rediarize { id, students, corrections } => rediarize(queue, id, students, corrections, context.progress(Event::Rediarized(id, None))),
        VoiceCommand::ReadAloud(true) => queue.push(VoiceTask::ReadAloud(context.progress(Event::ReadingEnded))),
        VoiceCommand::ReadAloud(false) => {}
        VoiceCommand::Remember(id) => queue.push(VoiceTask::Remember(id)),
        VoiceCommand::Forget => queue.push(VoiceTask::Forget),
    }
}

/// The progress is made by who asks, who may have to wait until this is called.
pub(crate) fn rediarize(queue: &Queue<VoiceTask>, id: ConferenceId, students: u8, corrections: Box<Corrections>, progress: Progress) {
    queue.cancel(|name| *name == VoiceName::ReadAloud);
    // What was said before of the same conference is out of date.
    queue.cancel(|name| *name == VoiceName::Rediarize(id));
    queue.push(VoiceTask::Rediarize { id, students, corrections, progress });
}

pub(crate) struct VoiceLane {
    library: Library,
}

impl Lane for VoiceLane {
    const NAME: &'static str = "voice";
    const HOLDS_LIBRARY: bool = true;
    type Task = VoiceTask;

    /// That the voice is to be forgotten is done, whatever comes.
    fn is_given_up(name: &VoiceName) -> bool {
        *name != VoiceName::Forget
    }

    fn open(context: &LaneContext, _: &Arc<Queue<VoiceTask>>) -> Result<Self> {
        let mut lane = Self { library: context.library()? };
        lane.ask_again(context)?;
        lane.emit_voice(context)?;
        Ok(lane)
    }

    fn work(&mut self, context: &LaneContext, task: VoiceTask, token: &CancelToken) -> Result<()> {
        // A recording comes before everything.
        let check = &mut |_: f32| {
            if context.is_recording() {
                return Err(Error::bare(ErrorKind::Cancelled, "working on voices"));
            }
            token.check("working on voices")
        };
        match task {
            VoiceTask::Rediarize { id, students, corrections, progress } => {
                let change = analysis::rediarize(&mut self.library, id, students, &corrections, &mut |_, fraction| check(fraction))?;
                progress.finish(Event::Rediarized(id, Some(Box::new(change))));
                Ok(())
            }
            VoiceTask::Remember(id) => {
                voice::remember(&mut self.library, id, check)?;
                context.emit(Event::Notice("Afterbell knows your voice from this conference now. Settings can forget it.".into()));
                self.emit_voice(context)
            }
            VoiceTask::Forget => {
                let still_there = voice::forget(&mut self.library)?;
                still_there.sentence().into_iter().for_each(|sentence| context.emit(Event::Notice(sentence)));
                self.emit_voice(context)
            }
            VoiceTask::ReadAloud(_progress) => {
                let meters = Arc::new(Meters::default());
                let samples = voice::listen_to_reading(&context.settings(), &meters, &mut |read| {
                    context.emit(Event::ReadingAloud { meters: Arc::clone(&meters), read });
                    check(read)
                })?;
                voice::enrol(&mut self.library, &samples, check)?;
                self.emit_voice(context)
            }
        }
    }
}

impl VoiceLane {
    /// A voice that an encoder before this one learned is of no use any more; it is not kept any longer either, so this is said once.
    fn ask_again(&mut self, context: &LaneContext) -> Result<()> {
        // A second window only looks.
        if voice_profile::is_outdated(&self.library)? && voice::forget(&mut self.library).is_ok() {
            let sentence = "Afterbell now has a better ear for voices, and needs to learn yours again: Settings, Your voice, Read aloud for 20 seconds.";
            context.emit(Event::Notice(sentence.into()));
        }
        Ok(())
    }

    fn emit_voice(&self, context: &LaneContext) -> Result<()> {
        context.emit(Event::Voice(voice_profile::stored(&self.library)?.map(|profile| profile.seconds)));
        Ok(())
    }
}
