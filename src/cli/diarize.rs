//! `afterbell diarize`: who spoke when, and nothing else.

use super::{CommandContext, ProgressLine, notice};
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
    /// A sound file in which only the teacher speaks: says which voice is the teacher's, and how sure that is.
    #[arg(long, value_name = "FILE", conflicts_with = "rttm")]
    voice: Option<PathBuf>,
    /// Print RTTM, as tools for scoring read it.
    #[arg(long, conflicts_with = "json")]
    rttm: bool,
}

/// A sound file heard: who spoke when, and how long that took.
pub(super) struct DiarizedFile {
    pub samples: LongSound,
    pub voices: SpeakerEmbeddings,
    pub found: Diarization,
    pub wall_s: f64,
}

impl DiarizedFile {
    pub fn audio_s(&self) -> f64 {
        self.samples.count() as f64 / f64::from(crate::audio::SPEECH_RATE_HZ)
    }
}

pub(super) fn diarize_file(context: &CommandContext<'_>, file: &Path, voices: usize, profile: Option<&VoiceProfile>) -> Result<DiarizedFile> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let progress = ProgressLine::new(context, &name);
    let samples = LongSound::open(&[file.to_owned()], &mut |fraction| progress.check(WorkStage::Reading, fraction))?;
    let start = Instant::now();
    let embeddings = crate::work::analysis::embed(&samples, &mut |fraction| progress.check(WorkStage::Voices, fraction))?;
    let constraints = SpeakerConstraints { students: (voices - 1) as u8, profile, ..SpeakerConstraints::default() };
    let found = speech::diarize(&samples, &embeddings, &constraints, &mut |_| progress.check(WorkStage::Voices, 1.0))?;
    samples.is_whole()?;
    let wall_s = start.elapsed().as_secs_f64();
    Ok(DiarizedFile { samples, voices: embeddings, found, wall_s })
}

pub(super) fn diarize(context: &mut CommandContext<'_>, args: &DiarizeArgs) -> Result<()> {
    context.catch_ctrl_c();
    let profile = args.voice.as_deref().map(|file| learn(context, file)).transpose()?;
    let diarized = diarize_file(context, &args.file, usize::from(args.students) + 1, profile.as_ref())?;
    let teacher = diarized.found.profile_match;
    let spans = &diarized.found.spans;
    let label = |voice: Voice| format!("voice{}", voice.0 + 1);
    if context.json {
        let stretches: Vec<_> = spans
            .iter()
            .map(|piece| serde_json::json!({ "start_s": piece.span.start().secs(), "end_s": piece.span.end().secs(), "voice": label(piece.voice) }))
            .collect();
        return context.json(&serde_json::json!({
            "audio_s": diarized.audio_s(),
            "wall_s": diarized.wall_s,
            "voices": found_voices(spans).len(),
            "count": diarized.found.count,
            "probability_of_two": diarized.found.probability_of_two,
            "too_noisy": diarized.found.is_noisy,
            "hard_to_tell": diarized.found.count == VoiceCount::HardToTell,
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
            context.say(format!("SPEAKER {stem} 1 {start:.3} {length:.3} <NA> <NA> {} <NA> <NA>", label(piece.voice)))?;
        } else {
            context.say(format!("{}  {length:>6.1} s  {}", piece.span.start(), label(piece.voice)))?;
        }
    }
    if let Some((voice, margin)) = teacher {
        notice(&format!("The teacher is {}; it is more like the voice you gave than the next one is by {margin:.2}.", label(voice)));
    }
    match diarized.found.count {
        VoiceCount::AsExpected => {}
        VoiceCount::HardToTell => notice("Hard to tell two voices apart here."),
        VoiceCount::OnlyOne => notice("Only one voice was found."),
    }
    if diarized.found.is_noisy {
        notice("It is so noisy here that shares of the talk are rough.");
    }
    Ok(())
}

fn learn(context: &CommandContext<'_>, file: &Path) -> Result<VoiceProfile> {
    let progress = ProgressLine::new(context, "Learning the voice");
    let sound = LongSound::open(&[file.to_owned()], &mut |fraction| progress.check(WorkStage::Reading, fraction))?;
    crate::work::voice::learn(&sound, &mut |fraction| progress.check(WorkStage::Voices, fraction))
}

pub(super) fn found_voices(spans: &[VoiceSpan]) -> BTreeSet<Voice> {
    spans.iter().map(|piece| piece.voice).collect()
}

fn talk_s(spans: &[VoiceSpan], voice: Voice) -> f64 {
    spans.iter().filter(|piece| piece.voice == voice).map(|piece| piece.span.length()).sum::<Millis>().secs()
}
