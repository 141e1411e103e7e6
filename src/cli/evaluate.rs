//! `afterbell evaluate`: how right we are about who spoke when, and whose words are whose, on a folder of sound with its truth.
//!
//! In JSON, error rates are fractions of the true speech, talk-share errors are percentage points, times are seconds.

use super::diarize::{DiarizedFile, diarize_file, found_voices};
use super::truth::{Clip, ClipManifest, Prototype, bad_input, clips, manifest};
use super::{CommandContext, ProgressLine, SAID, notice};
use crate::conference::{
    ConferenceRecord, DiarizationErrors, Millis, Samples as _, Span, Speaker, Voice, WordSpeakerErrors, blocks, der, mapping, share, union, word_speaker_errors,
};
use crate::error::{Error, ErrorKind, Result};
use crate::speech::{self, Diarization, LiveTranscript, PartialTranscript, SpeakerConstraints, StreamingEmbedder, VoiceCount};
use crate::work::analysis::{self, AnalysisOptions};
use crate::work::partial_file::LiveResult;
use clap::Args;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

/// The collar that is left out on each side of a true turn's edge (NIST's usual 0.25 s).
pub(super) const COLLAR: Millis = Millis(250);
/// More voices than this are not told apart.
const MOST_VOICES: usize = 50;
/// What the teacher is called where nobody says who that is.
const TEACHER: &str = "teacher";
/// The name of the group of all clips.
const ALL: &str = "all";
/// How sound arrives while it is recorded: a second at a time.
const ARRIVING: usize = 16_000;

#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    /// A folder of sound files, each with its truth beside it: an RTTM of the same name, or a JSON with turns and their words, as the samples have;
    /// with words, the speaker of each is judged too. A `manifest.json` may tell, by name, `speakers` (how many), `teacher` (a name in the truth),
    /// `kind` and `snr` (in dB; groups to average over) and `prototype` (figures to print beside ours); without it: the truth's count, and
    /// who is called teacher or talks longest.
    folder: PathBuf,
    /// Tell apart at least so many voices, also where fewer speak: what becomes of a lone voice that is taken for two.
    #[arg(long, value_name = "VOICES", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=20))]
    at_least: u8,
    /// Hear each also as if it were being recorded: how much the result differs, and what is left to do after Stop.
    #[arg(long)]
    live: bool,
}

/// How one clip fared. Rates are fractions of the true speech, the talk-share error is in percentage points.
#[derive(Debug, Clone, Serialize)]
struct ClipScore {
    name: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    snr: Option<f64>,
    speakers_reference: usize,
    speakers_found: usize,
    /// Whether there seem to be as many as expected, or it is hard to tell, or only one was heard.
    count: VoiceCount,
    too_noisy: bool,
    der: f64,
    der_collar: f64,
    missed: f64,
    false_alarm: f64,
    confusion: f64,
    talk_share_error_pp: f64,
    audio_s: f64,
    wall_s: f64,
    /// Seconds of sound for each second of work, decoding left out.
    real_time_factor: f64,
    trivial: Baseline,
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<WordSpeakerErrors>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<LiveScore>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prototype: Option<Prototype>,
}

/// How one would fare who tells no voices apart: the same speech all of one voice, and the talk in equal shares.
#[derive(Debug, Clone, Copy, Serialize)]
struct Baseline {
    der_collar: f64,
    confusion: f64,
    talk_share_error_pp: f64,
}

/// The same sound heard as if it were being recorded.
#[derive(Debug, Clone, Copy, Serialize)]
struct LiveScore {
    /// The teacher's share, against that of the whole file.
    talk_share_difference_pp: f64,
    /// Work on the voices after the last sample.
    after_stop_s: f64,
    pieces_left: usize,
}

/// Means over clips, each clip counting the same.
#[derive(Debug, Serialize)]
struct Means {
    kind: String,
    clips: usize,
    der: f64,
    der_collar: f64,
    missed: f64,
    false_alarm: f64,
    confusion: f64,
    talk_share_error_pp: f64,
    worst_talk_share_error_pp: f64,
    trivial: Baseline,
    /// Of all clips of which the words are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    words: Option<WordSpeakerErrors>,
    /// The most, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<LiveScore>,
    /// Clips of which so much was said of the number of voices, and of the noise.
    only_one: usize,
    hard_to_tell: usize,
    as_expected: usize,
    too_noisy: usize,
}

impl Means {
    fn of(kind: &str, clips: &[&ClipScore]) -> Self {
        let mean = |figure: &dyn Fn(&ClipScore) -> f64| clips.iter().map(|clip| figure(clip)).sum::<f64>() / clips.len().max(1) as f64;
        let count = |count: VoiceCount| clips.iter().filter(|clip| clip.count == count).count();
        Self {
            kind: kind.to_owned(),
            clips: clips.len(),
            der: mean(&|clip| clip.der),
            der_collar: mean(&|clip| clip.der_collar),
            missed: mean(&|clip| clip.missed),
            false_alarm: mean(&|clip| clip.false_alarm),
            confusion: mean(&|clip| clip.confusion),
            talk_share_error_pp: mean(&|clip| clip.talk_share_error_pp),
            worst_talk_share_error_pp: clips.iter().map(|clip| clip.talk_share_error_pp).fold(0.0, f64::max),
            trivial: Baseline {
                der_collar: mean(&|clip| clip.trivial.der_collar),
                confusion: mean(&|clip| clip.trivial.confusion),
                talk_share_error_pp: mean(&|clip| clip.trivial.talk_share_error_pp),
            },
            words: clips.iter().filter_map(|clip| clip.words).reduce(|a, b| a + b),
            live: clips.iter().filter_map(|clip| clip.live).reduce(|a, b| LiveScore {
                talk_share_difference_pp: a.talk_share_difference_pp.max(b.talk_share_difference_pp),
                after_stop_s: a.after_stop_s.max(b.after_stop_s),
                pieces_left: a.pieces_left.max(b.pieces_left),
            }),
            only_one: count(VoiceCount::OnlyOne),
            hard_to_tell: count(VoiceCount::HardToTell),
            as_expected: count(VoiceCount::AsExpected),
            too_noisy: clips.iter().filter(|clip| clip.too_noisy).count(),
        }
    }
}

#[derive(Debug, Serialize)]
struct Report {
    clips: Vec<ClipScore>,
    /// By kind, then by the clips' signal-to-noise ratio.
    groups: Vec<Means>,
    by_snr: Vec<Means>,
    all: Means,
}

pub(super) fn evaluate(context: &mut CommandContext<'_>, args: &EvaluateArgs) -> Result<()> {
    context.catch_ctrl_c();
    let manifest = manifest(&args.folder)?;
    let all = clips(&args.folder)?;
    let mut clips = Vec::new();
    let mut failed = None;
    for clip in all {
        let entry = manifest.get(&clip.name).cloned().unwrap_or_default();
        match evaluate_one(context, &clip, &entry, args) {
            Ok(clip) => {
                if !context.json {
                    if clips.is_empty() {
                        context.say(HEAD)?;
                    }
                    context.say(line(&clip))?;
                }
                clips.push(clip);
            }
            Err(err) if err.kind == ErrorKind::Cancelled => return Err(err),
            Err(err) => {
                // The others are still scored; the last failure decides the exit code.
                if err.doing != SAID {
                    notice(&format!("{}: {}", clip.sound.display(), err.advice()));
                }
                tracing::error!("{err}");
                failed = Some(err);
            }
        }
    }
    if !clips.is_empty() {
        let kinds: BTreeSet<&str> = clips.iter().map(|clip| clip.kind.as_str()).collect();
        let groups: Vec<Means> = kinds.iter().map(|&kind| Means::of(kind, &clips.iter().filter(|clip| clip.kind == kind).collect::<Vec<_>>())).collect();
        let all = Means::of(ALL, &clips.iter().collect::<Vec<_>>());
        let mut ratios: Vec<f64> = clips.iter().filter_map(|clip| clip.snr).collect();
        ratios.sort_by(|a, b| b.total_cmp(a));
        ratios.dedup();
        let of_ratio = |snr: &f64| Means::of(&format!("{snr} dB"), &clips.iter().filter(|clip| clip.snr == Some(*snr)).collect::<Vec<_>>());
        let by_snr: Vec<Means> = ratios.iter().map(of_ratio).collect();
        if context.json {
            context.json(&Report { clips, groups, by_snr, all })?;
        } else {
            for means in groups.iter().filter(|_| groups.len() > 1).chain(&by_snr).chain([&all]) {
                context.say(means_line(means))?;
                if let Some(line) = more_line(means) {
                    context.say(line)?;
                }
            }
        }
    }
    failed.map_or(Ok(()), |err| Err(Error { doing: SAID, ..err }))
}

const HEAD: &str = "clip                    voices found   DER %  collar  missed  false  confused  share off   (prototype: DER, collar, confused, share off)";

fn line(clip: &ClipScore) -> String {
    let beside = clip
        .prototype
        .map(|theirs| format!("   ({:.1}, {:.1}, {:.1}, {:.1})", theirs.der0 * 100.0, theirs.der25 * 100.0, theirs.conf * 100.0, theirs.share_err));
    format!(
        "{:<24} {:>5} {:>5}  {:>6.1}  {:>6.1}  {:>6.1}  {:>5.1}  {:>8.1}  {:>6.1} pp{}{}",
        clip.name,
        clip.speakers_reference,
        clip.speakers_found,
        clip.der * 100.0,
        clip.der_collar * 100.0,
        clip.missed * 100.0,
        clip.false_alarm * 100.0,
        clip.confusion * 100.0,
        clip.talk_share_error_pp,
        beside.unwrap_or_default(),
        match (clip.count, clip.too_noisy) {
            (VoiceCount::AsExpected, false) => "",
            (VoiceCount::AsExpected, true) => "   too noisy",
            (VoiceCount::HardToTell, false) => "   hard to tell",
            (VoiceCount::HardToTell, true) => "   hard to tell, too noisy",
            (VoiceCount::OnlyOne, false) => "   only one voice",
            (VoiceCount::OnlyOne, true) => "   only one voice, too noisy",
        }
    )
}

fn means_line(means: &Means) -> String {
    format!(
        "{:<24} {:>5} clips  {:>6.1}  {:>6.1}  {:>6.1}  {:>5.1}  {:>8.1}  {:>6.1} pp, worst {:.1}   said one {}, hard to tell {}, as expected {}; too noisy {}",
        format!("mean of {}", means.kind),
        means.clips,
        means.der * 100.0,
        means.der_collar * 100.0,
        means.missed * 100.0,
        means.false_alarm * 100.0,
        means.confusion * 100.0,
        means.talk_share_error_pp,
        means.worst_talk_share_error_pp,
        means.only_one,
        means.hard_to_tell,
        means.as_expected,
        means.too_noisy
    )
}

/// What is not asked of every folder, and what telling no voices apart would give.
fn more_line(means: &Means) -> Option<String> {
    let words = means.words.map(|words| {
        format!(
            "words given to the wrong speaker {} of {}, first words of turns {} of {}, replies of one word {} of {}",
            words.wrong, words.matched, words.wrong_first_words, words.first_words, words.wrong_replies, words.replies
        )
    });
    let live = means.live.map(|live| {
        format!(
            "heard while recording: share differs by {:.2} pp at most, {:.2} s and {} pieces left after Stop at most",
            live.talk_share_difference_pp, live.after_stop_s, live.pieces_left
        )
    });
    let trivial = (means.kind == ALL).then(|| {
        let Baseline { der_collar, confusion, talk_share_error_pp } = means.trivial;
        format!(
            "all of one voice: DER with collar {:.1}, confused {:.1}; equal shares: off by {talk_share_error_pp:.1} pp",
            der_collar * 100.0,
            confusion * 100.0
        )
    });
    let lines: Vec<String> = [words, live, trivial].into_iter().flatten().map(|line| format!("    {line}")).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn evaluate_one(context: &CommandContext<'_>, clip: &Clip, manifest: &ClipManifest, args: &EvaluateArgs) -> Result<ClipScore> {
    let known = clip.truth()?;
    let truth: Vec<(Span, &str)> = known.spans.iter().map(|(span, name)| (*span, name.as_str())).collect();
    let names: BTreeSet<&str> = truth.iter().map(|(_, name)| *name).collect();
    let longest = names.iter().copied().max_by(|a, b| share(&truth, *a).total_cmp(&share(&truth, *b)));
    let teacher = match &manifest.teacher {
        Some(name) if !names.contains(name.as_str()) => {
            return Err(bad_input(format!("{}: nobody in its truth is called {name}, the teacher in the manifest.", clip.sound.display())));
        }
        Some(name) => Some(name.as_str()),
        None => names.get(TEACHER).copied().or(longest),
    };
    let Some(teacher) = teacher else { return Err(bad_input(format!("{}: there is no speech in its truth.", clip.sound.display()))) };
    let speakers = manifest.speakers.unwrap_or(names.len());
    let voices = speakers.clamp(usize::from(args.at_least), MOST_VOICES);
    let mut diarized = diarize_file(context, &clip.sound, voices, None)?;
    let live = args.live.then(|| as_recorded(&diarized, voices, &truth, teacher)).transpose()?;
    let turns: Vec<(&str, &str)> = known.turns.iter().map(|(text, name)| (text.as_str(), name.as_str())).collect();
    let words =
        if turns.is_empty() { None } else { Some(speakers_of_words(context, clip, &mut diarized, &ClipTruth { voices, spans: &truth, turns: &turns })?) };
    let found = named(&diarized.found);
    let (whole, forgiving) = (der(&truth, &found, Millis::ZERO), der(&truth, &found, COLLAR));
    let part = |seconds: f64, errors: &DiarizationErrors| if errors.speech_s > 0.0 { seconds / errors.speech_s } else { 0.0 };
    let true_share = share(&truth, teacher);
    Ok(ClipScore {
        name: clip.name.clone(),
        kind: manifest.kind.clone().unwrap_or_else(|| "clips".to_owned()),
        snr: manifest.snr,
        speakers_reference: speakers,
        speakers_found: found_voices(&diarized.found.spans).len(),
        count: diarized.found.count,
        too_noisy: diarized.found.is_noisy,
        der: whole.rate(),
        der_collar: forgiving.rate(),
        missed: part(whole.missed_s, &whole),
        false_alarm: part(whole.false_alarm_s, &whole),
        confusion: part(whole.confusion_s, &whole),
        talk_share_error_pp: (share_of(&truth, &found, teacher) - true_share).abs() * 100.0,
        audio_s: diarized.audio_s(),
        wall_s: diarized.wall_s,
        real_time_factor: diarized.audio_s() / diarized.wall_s.max(1e-9),
        trivial: {
            let one: Vec<(Span, Voice)> = union(found.iter().map(|(span, _)| *span)).into_iter().map(|span| (span, Voice(0))).collect();
            let (whole, forgiving) = (der(&truth, &one, Millis::ZERO), der(&truth, &one, COLLAR));
            let equal = 1.0 / speakers.max(1) as f64;
            Baseline { der_collar: forgiving.rate(), confusion: part(whole.confusion_s, &whole), talk_share_error_pp: (equal - true_share).abs() * 100.0 }
        },
        words,
        live,
        prototype: manifest.prototype,
    })
}

fn named(found: &Diarization) -> Vec<(Span, Voice)> {
    found.spans.iter().map(|piece| (piece.span, piece.voice)).collect()
}

/// The share of the voice that is taken for the teacher's; none is 0.
fn share_of(truth: &[(Span, &str)], found: &[(Span, Voice)], teacher: &str) -> f64 {
    mapping(truth, found).into_iter().find(|(_, name)| *name == teacher).map_or(0.0, |(voice, _)| share(found, voice))
}

/// The same sound as it arrives while it is recorded, and what is done after Stop.
fn as_recorded(whole: &DiarizedFile, voices: usize, truth: &[(Span, &str)], teacher: &str) -> Result<LiveScore> {
    let mut listener = StreamingEmbedder::new()?;
    for arriving in blocks(&whole.samples, ARRIVING) {
        listener.push(&arriving)?;
    }
    let known = listener.certain()?;
    let stopped = Instant::now();
    let embeddings = speech::SpeakerEmbeddings::embed(&whole.samples, known.clone(), &mut |_| Ok(()))?;
    let constraints = SpeakerConstraints { students: (voices - 1) as u8, ..SpeakerConstraints::default() };
    let found = speech::diarize(&whole.samples, &embeddings, &constraints, &mut |_| Ok(()))?;
    let after_stop_s = stopped.elapsed().as_secs_f64();
    let share = |found: &Diarization| share_of(truth, &named(found), teacher);
    Ok(LiveScore {
        talk_share_difference_pp: (share(&found) - share(&whole.found)).abs() * 100.0,
        after_stop_s,
        pieces_left: embeddings.pieces().iter().filter(|piece| !known.pieces().contains(piece)).count(),
    })
}

/// What is known of a clip: how many voices, who speaks when, and the text of each turn with its speaker.
struct ClipTruth<'a> {
    voices: usize,
    spans: &'a [(Span, &'a str)],
    turns: &'a [(&'a str, &'a str)],
}

/// The words, by the recogniser, and who is said to have said them. The voices' edges follow from the words, as in a conference.
fn speakers_of_words(context: &CommandContext<'_>, clip: &Clip, diarized: &mut DiarizedFile, truth: &ClipTruth<'_>) -> Result<WordSpeakerErrors> {
    let progress = ProgressLine::new(context, &clip.name);
    let students = (truth.voices - 1) as u8;
    let options = AnalysisOptions::new(&context.folders, &context.settings, students, None);
    let partial = PartialTranscript { speakers: diarized.voices.clone(), ..PartialTranscript::default() };
    let written = LiveTranscript { partial, samples: diarized.samples.count(), ..LiveTranscript::default() };
    let live = LiveResult { transcript: Some(written), engine: None };
    let found = analysis::analyse(std::slice::from_ref(&clip.sound), &options, live, &mut |stage, fraction| progress.check(stage, fraction))?;
    if let Some(kind) = found.without_words {
        return Err(Error::bare(kind, "comparing words with their truth"));
    }
    speech::snap_to_words(&mut diarized.found, &found.transcript.words);
    let record = analysis::loose_record(clip.name.clone(), students, Vec::new(), found);
    Ok(word_speakers(&record, truth.spans, truth.turns))
}

/// Whose words are whose in a conference. `truth`: who spoke when; `turns`: what, turn by turn. Speakers may have any names in it.
pub(super) fn word_speakers<T: Copy + Ord>(record: &ConferenceRecord, truth: &[(Span, T)], turns: &[(&str, T)]) -> WordSpeakerErrors {
    let spans: Vec<(Span, Speaker)> = record.speaker_spans().iter().map(|piece| (piece.span, piece.speaker)).collect();
    let names: BTreeMap<Speaker, T> = mapping(truth, &spans);
    let words = &record.transcript().words;
    let mut whose: Vec<Option<T>> = vec![None; words.len()];
    for turn in record.turns() {
        let inside = turn.backchannels.iter().map(|inside| (inside.speaker, &inside.words));
        for (speaker, indices) in inside.chain([(turn.speaker, &turn.words)]) {
            indices.iter().for_each(|&index| whose[index] = names.get(&speaker).copied());
        }
    }
    let found: Vec<(&str, Option<T>)> = words.iter().map(|word| word.text.as_str()).zip(whose).collect();
    word_speaker_errors(turns, &found)
}
