//! `afterbell diarize`: who spoke when, and nothing else. `afterbell evaluate`: how right that is on a folder of sound with its truth.
//!
//! In JSON, error rates are fractions of the true speech, talk-share errors are percentage points, times are seconds.

use super::{Desk, ProgressLine, SAID, notice};
use crate::conference::{DiarizationErrors, Millis, Span, Voice, VoiceSpan, der, mapping, share};
use crate::error::{Error, ErrorKind, Result};
use crate::speech::{self, Diarization, SpeakerConstraints, VoiceCount, VoiceProfile};
use crate::work::WorkStage;
use clap::Args;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// The collar that is left out on each side of a true turn's edge (NIST's usual 0.25 s).
pub(super) const COLLAR: Millis = Millis(250);
/// No reference goes on longer; a larger number is a slip of the pen, and would only cost memory.
const LONGEST_S: f64 = 24.0 * 3600.0;
/// More voices than this are not told apart.
const MOST_VOICES: usize = 50;
/// What may stand beside an RTTM of the same name without being sound.
const NOT_SOUND: [&str; 5] = ["rttm", "json", "txt", "csv", "uem"];

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

#[derive(Debug, Args)]
pub(super) struct EvaluateArgs {
    /// A folder of sound files, each with an RTTM of the same name. A `manifest.json` may tell, by name, `speakers` (how many), `teacher` (a name in
    /// the RTTM), `kind` and `snr` (in dB; groups to average over) and `prototype` (figures to print beside ours); without it: the RTTM's count and its
    /// longest talker.
    folder: PathBuf,
    /// Tell apart at least so many voices, also where fewer speak: what becomes of a lone voice that is taken for two.
    #[arg(long, value_name = "VOICES", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=20))]
    at_least: u8,
}

/// A sound file heard: who spoke when, and how long that took.
struct Heard {
    found: Diarization,
    audio_s: f64,
    wall_s: f64,
}

fn hear(desk: &Desk<'_>, file: &Path, voices: usize, profile: Option<&VoiceProfile>) -> Result<Heard> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let progress = ProgressLine::new(desk, &name);
    let sound = crate::audio::decode_file(file, &mut |fraction| progress.check(WorkStage::Reading, fraction))?;
    let start = Instant::now();
    let heard = crate::work::process::listen(&sound.samples, &mut |fraction| progress.check(WorkStage::Voices, fraction))?;
    let constraints = SpeakerConstraints { students: (voices - 1) as u8, profile, ..SpeakerConstraints::default() };
    let found = speech::diarize(&sound.samples, &heard, &constraints, &mut |_| progress.check(WorkStage::Voices, 1.0))?;
    Ok(Heard { found, audio_s: sound.samples.len() as f64 / f64::from(crate::audio::SPEECH_RATE_HZ), wall_s: start.elapsed().as_secs_f64() })
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
            "audio_s": heard.audio_s,
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
    let sound = crate::audio::decode_file(file, &mut |fraction| progress.check(WorkStage::Reading, fraction))?;
    crate::work::voice::learn(&sound.samples, &mut |fraction| progress.check(WorkStage::Voices, fraction))
}

fn found_voices(spans: &[VoiceSpan]) -> BTreeSet<Voice> {
    spans.iter().map(|piece| piece.voice).collect()
}

fn talk_s(spans: &[VoiceSpan], voice: Voice) -> f64 {
    spans.iter().filter(|piece| piece.voice == voice).map(|piece| piece.span.length()).sum::<Millis>().secs()
}

/// What `manifest.json` may tell of a clip. Anything else in it is left alone.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Told {
    kind: Option<String>,
    teacher: Option<String>,
    speakers: Option<usize>,
    snr: Option<f64>,
    prototype: Option<Prototype>,
}

/// Figures of another implementation, printed beside ours.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Prototype {
    der0: f64,
    der25: f64,
    conf: f64,
    share_err: f64,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    prototype: Option<Prototype>,
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

pub(super) fn evaluate(desk: &mut Desk<'_>, args: &EvaluateArgs) -> Result<()> {
    desk.catch_ctrl_c();
    let manifest = manifest(&args.folder)?;
    let pairs = pairs(&args.folder)?;
    let mut clips = Vec::new();
    let mut failed = None;
    for (stem, rttm, sound) in pairs {
        let told = manifest.get(&stem).cloned().unwrap_or_default();
        match evaluate_one(desk, &stem, &rttm, &sound, &told, usize::from(args.at_least)) {
            Ok(clip) => {
                if !desk.json {
                    if clips.is_empty() {
                        desk.say(HEAD)?;
                    }
                    desk.say(line(&clip))?;
                }
                clips.push(clip);
            }
            Err(err) if err.kind == ErrorKind::Cancelled => return Err(err),
            Err(err) => {
                // The others are still scored; the last failure decides the exit code.
                if err.doing != SAID {
                    notice(&format!("{}: {}", sound.display(), err.advice()));
                }
                tracing::error!("{err}");
                failed = Some(err);
            }
        }
    }
    if !clips.is_empty() {
        let kinds: BTreeSet<&str> = clips.iter().map(|clip| clip.kind.as_str()).collect();
        let groups: Vec<Means> = kinds.iter().map(|&kind| Means::of(kind, &clips.iter().filter(|clip| clip.kind == kind).collect::<Vec<_>>())).collect();
        let all = Means::of("all", &clips.iter().collect::<Vec<_>>());
        let mut ratios: Vec<f64> = clips.iter().filter_map(|clip| clip.snr).collect();
        ratios.sort_by(|a, b| b.total_cmp(a));
        ratios.dedup();
        let of_ratio = |snr: &f64| Means::of(&format!("{snr} dB"), &clips.iter().filter(|clip| clip.snr == Some(*snr)).collect::<Vec<_>>());
        let by_snr: Vec<Means> = ratios.iter().map(of_ratio).collect();
        if desk.json {
            desk.json(&Report { clips, groups, by_snr, all })?;
        } else {
            for means in groups.iter().filter(|_| groups.len() > 1).chain(&by_snr).chain([&all]) {
                desk.say(means_line(means))?;
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

fn evaluate_one(desk: &Desk<'_>, stem: &str, rttm: &Path, sound: &Path, told: &Told, at_least: usize) -> Result<ClipScore> {
    let bytes = std::fs::read(rttm).map_err(|err| Error::reading("reading an RTTM", err))?;
    let truth = parse_rttm(&String::from_utf8_lossy(&bytes), stem).map_err(|err| said(format!("{}: {err}", rttm.display())))?;
    let names: BTreeSet<&str> = truth.iter().map(|(_, name)| name.as_str()).collect();
    let truth: Vec<(Span, &str)> = truth.iter().map(|(span, name)| (*span, name.as_str())).collect();
    let longest = names.iter().copied().max_by(|a, b| share(&truth, *a).total_cmp(&share(&truth, *b)));
    let teacher = match &told.teacher {
        Some(name) if !names.contains(name.as_str()) => {
            return Err(said(format!("{}: nobody in it is called {name}, the teacher in the manifest.", rttm.display())));
        }
        Some(name) => Some(name.as_str()),
        None => longest,
    };
    let Some(teacher) = teacher else { return Err(said(format!("{}: there is no speech in it.", rttm.display()))) };
    let speakers = told.speakers.unwrap_or(names.len());
    let heard = hear(desk, sound, speakers.clamp(at_least, MOST_VOICES), None)?;
    let found: Vec<(Span, Voice)> = heard.found.spans.iter().map(|piece| (piece.span, piece.voice)).collect();
    let (whole, forgiving) = (der(&truth, &found, Millis::ZERO), der(&truth, &found, COLLAR));
    let mapped = mapping(&truth, &found).into_iter().find(|(_, name)| *name == teacher).map(|(voice, _)| voice);
    let found_share = mapped.map_or(0.0, |voice| share(&found, voice));
    let part = |seconds: f64, errors: &DiarizationErrors| if errors.speech_s > 0.0 { seconds / errors.speech_s } else { 0.0 };
    Ok(ClipScore {
        name: stem.to_owned(),
        kind: told.kind.clone().unwrap_or_else(|| "clips".to_owned()),
        snr: told.snr,
        speakers_reference: speakers,
        speakers_found: found_voices(&heard.found.spans).len(),
        count: heard.found.count,
        too_noisy: heard.found.is_noisy,
        der: whole.rate(),
        der_collar: forgiving.rate(),
        missed: part(whole.missed_s, &whole),
        false_alarm: part(whole.false_alarm_s, &whole),
        confusion: part(whole.confusion_s, &whole),
        talk_share_error_pp: (found_share - share(&truth, teacher)).abs() * 100.0,
        audio_s: heard.audio_s,
        wall_s: heard.wall_s,
        real_time_factor: heard.audio_s / heard.wall_s.max(1e-9),
        prototype: told.prototype,
    })
}

/// Says the sentence here, where the file's name is known.
fn said(sentence: String) -> Error {
    notice(&sentence);
    Error::new(ErrorKind::BadRequest, SAID, sentence)
}

fn manifest(folder: &Path) -> Result<BTreeMap<String, Told>> {
    let path = folder.join("manifest.json");
    match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|err| said(format!("{}: not a manifest as expected: {err}.", path.display()))),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(err) => Err(Error::reading("reading the manifest", err)),
    }
}

/// Each RTTM with the sound beside it, by name. One without a sound, and sound without one, is said and left out.
fn pairs(folder: &Path) -> Result<Vec<(String, PathBuf, PathBuf)>> {
    let entries = std::fs::read_dir(folder).map_err(|err| said(format!("{}: this folder can’t be opened ({err}).", folder.display())))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_file()).collect();
    files.sort();
    let ending = |path: &Path| path.extension().map(|ending| ending.to_string_lossy().to_lowercase()).unwrap_or_default();
    let mut pairs = Vec::new();
    for rttm in files.iter().filter(|path| ending(path) == "rttm") {
        let beside = files.iter().find(|path| path.file_stem() == rttm.file_stem() && !NOT_SOUND.contains(&ending(path).as_str()));
        match (beside, rttm.file_stem()) {
            (Some(sound), Some(stem)) => pairs.push((stem.to_string_lossy().into_owned(), rttm.clone(), sound.clone())),
            _ => notice(&format!("{}: no sound of the same name; left out.", rttm.display())),
        }
    }
    for sound in files.iter().filter(|path| !NOT_SOUND.contains(&ending(path).as_str())) {
        if !pairs.iter().any(|pair| pair.2 == *sound) {
            notice(&format!("{}: no RTTM of the same name; left out.", sound.display()));
        }
    }
    if pairs.is_empty() { Err(said(format!("{}: no sound with an RTTM of the same name in this folder.", folder.display()))) } else { Ok(pairs) }
}

/// The speech of the file called `stem`, or, when none is, of all the files in it.
fn parse_rttm(text: &str, stem: &str) -> Result<Vec<(Span, String)>, String> {
    let mut all = Vec::new();
    for (number, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        if fields.first() != Some(&"SPEAKER") {
            continue;
        }
        let seconds = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).filter(|value| (0.0..=LONGEST_S).contains(value));
        let (Some(start), Some(length), Some(name)) = (seconds(3), seconds(4), fields.get(7)) else {
            return Err(format!("line {} is not RTTM.", number + 1));
        };
        all.push((fields[1], Span::from_secs(start, start + length), (*name).to_owned()));
    }
    let of_this = |file: &str| file == stem;
    let any = all.iter().any(|(file, ..)| of_this(file));
    Ok(all.into_iter().filter(|(file, span, _)| (!any || of_this(file)) && span.length() > Millis::ZERO).map(|(_, span, name)| (span, name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rttm_is_read_as_tools_write_it() {
        let text =
            "\u{feff};; a comment\nSPKR-INFO clip 1 <NA>\nSPEAKER clip 1 0.50 1.25 <NA> <NA> MÉO069 <NA> <NA>\nSPEAKER other 1 9 1 <NA> <NA> B <NA> <NA>\n";
        assert_eq!(parse_rttm(text, "clip").unwrap(), [(Span::from_secs(0.5, 1.75), "MÉO069".to_owned())]);
        assert_eq!(parse_rttm(text, "renamed").unwrap().len(), 2);
    }

    #[test]
    fn a_line_that_is_not_rttm_is_named() {
        for bad in ["SPEAKER clip 1 zero 1 <NA> <NA> A", "SPEAKER clip 1 0 -1 <NA> <NA> A", "SPEAKER clip 1 0 1", "SPEAKER clip 1 0 1e300 <NA> <NA> A"] {
            assert_eq!(parse_rttm(&format!(";; head\n{bad}\n"), "clip").unwrap_err(), "line 2 is not RTTM.", "{bad}");
        }
    }
}
