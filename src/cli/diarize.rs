//! `afterbell diarize`: who spoke when, and nothing else.

use super::{Desk, ProgressLine, notice};
use crate::audio::LongSound;
use crate::conference::{Millis, Samples as _, Voice, VoiceSpan};
use crate::error::Result;
use crate::speech::{self, Diarization, SpeakerConstraints, SpeakerEmbeddings, VoiceCount, VoiceProfile};
use crate::work::WorkStage;
use clap::Args;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Debug, Args)]
pub(super) struct DiarizeArgs {
    /// A sound file.
    file: PathBuf,
    /// Students at the table; one more voice, the teacher's, is told apart from them.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=20))]
    students: u8,
    /// A sound file in which only the teacher speaks: says which voice is hers, and how sure that is.
    #[arg(long, value_name = "FILE", conflicts_with = "rttm")]
    voice: Option<PathBuf>,
    /// Print RTTM, as tools for scoring read it.
    #[arg(long, conflicts_with = "json")]
    rttm: bool,
}

/// A sound file heard: who spoke when, and how long that took.
pub(super) struct Heard {
    pub samples: LongSound,
    pub voices: SpeakerEmbeddings,
    pub found: Diarization,
    pub wall_s: f64,
}

impl Heard {
    pub fn audio_s(&self) -> f64 {
        self.samples.count() as f64 / f64::from(crate::audio::SPEECH_RATE_HZ)
    }
}

pub(super) fn hear(desk: &Desk<'_>, file: &Path, voices: usize, profile: Option<&VoiceProfile>) -> Result<Heard> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let progress = ProgressLine::new(desk, &name);
    let samples = LongSound::open(&[file.to_owned()], &mut |fraction| progress.check(WorkStage::Reading, fraction))?;
    let start = Instant::now();
    let heard = crate::work::process::listen(&samples, &mut |fraction| progress.check(WorkStage::Voices, fraction))?;
    let constraints = SpeakerConstraints { students: (voices - 1) as u8, profile, ..SpeakerConstraints::default() };
    let found = speech::diarize(&samples, &heard, &constraints, &mut |_| progress.check(WorkStage::Voices, 1.0))?;
    samples.is_whole()?;
    let wall_s = start.elapsed().as_secs_f64();
    Ok(Heard { samples, voices: heard, found, wall_s })
}

pub(super) fn diarize(desk: &mut Desk<'_>, args: &DiarizeArgs) -> Result<()> {
    desk.catch_ctrl_c();
    let profile = args.voice.as_deref().map(|file| learn(desk, file)).transpose()?;
    let heard = hear(desk, &args.file, usize::from(args.students) + 1, profile.as_ref())?;
    let teacher = heard.found.profile_match;
    let spans = &heard.found.spans;
    let label = |voice: Voice| format!("voice{}", voice.0 + 1);
    if desk.json {
        let stretches: Vec<_> = spans
            .iter()
            .map(|piece| serde_json::json!({ "start_s": piece.span.start().secs(), "end_s": piece.span.end().secs(), "voice": label(piece.voice) }))
            .collect();
        return desk.json(&serde_json::json!({
            "audio_s": heard.audio_s(),
            "wall_s": heard.wall_s,
            "voices": found_voices(spans).len(),
            "count": heard.found.count,
            "probability_of_two": heard.found.probability_of_two,
            "too_noisy": heard.found.is_noisy,
            "hard_to_tell": heard.found.count == VoiceCount::HardToTell,
            "teacher": teacher.map(|(voice, _)| label(voice)),
            "teacher_margin": teacher.map(|(_, margin)| margin),
            "talk_s": found_voices(spans).into_iter().map(|voice| (label(voice), talk_s(spans, voice))).collect::<BTreeMap<_, _>>(),
            "spans": stretches,
        }));
    }
    let stem = args.file.file_stem().map(|stem| stem.to_string_lossy().replace(char::is_whitespace, "_")).unwrap_or_default();
    for piece in spans {
        let (start, length) = (piece.span.start().secs(), piece.span.length().secs());
        if args.rttm {
            desk.say(format!("SPEAKER {stem} 1 {start:.3} {length:.3} <NA> <NA> {} <NA> <NA>", label(piece.voice)))?;
        } else {
            desk.say(format!("{}  {length:>6.1} s  {}", piece.span.start(), label(piece.voice)))?;
        }
    }
    if let Some((voice, margin)) = teacher {
        notice(&format!("The teacher is {}; it is more like her voice than the next by {margin:.2}.", label(voice)));
    }
    match heard.found.count {
        VoiceCount::AsExpected => {}
        VoiceCount::HardToTell => notice("Hard to tell two voices apart here."),
        VoiceCount::OnlyOne => notice("Only one voice was found."),
    }
    if heard.found.is_noisy {
        notice("It is so noisy here that shares of the talk are rough.");
    }
    Ok(())
}

fn learn(desk: &Desk<'_>, file: &Path) -> Result<VoiceProfile> {
    let progress = ProgressLine::new(desk, "Learning the voice");
    let sound = LongSound::open(&[file.to_owned()], &mut |fraction| progress.check(WorkStage::Reading, fraction))?;
    crate::work::voice::learn(&sound, &mut |fraction| progress.check(WorkStage::Voices, fraction))
}

pub(super) fn found_voices(spans: &[VoiceSpan]) -> BTreeSet<Voice> {
    spans.iter().map(|piece| piece.voice).collect()
}

fn talk_s(spans: &[VoiceSpan], voice: Voice) -> f64 {
    spans.iter().filter(|piece| piece.voice == voice).map(|piece| piece.span.length()).sum::<Millis>().secs()
}
