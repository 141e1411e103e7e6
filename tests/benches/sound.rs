//! How fast sound is listened to, and how a large library behaves; printed, never asserted: `cargo bench --bench sound`.
//!
//! `AFTERBELL_HOURS=10 cargo bench --bench sound` listens to ten hours as well. `AFTERBELL_LIVE=base-q8_0 cargo bench --bench sound` instead plays the
//! sample conferences in at real time, stops at several places and tells how long it took from Stop to the complete transcript; another model is
//! looked for in `AFTERBELL_MODELS`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench says by panicking what went wrong, and prints what it measured")]

use afterbell::audio::decode_file;
use afterbell::conference::*;
use afterbell::library::Library;
use afterbell::settings::Folders;
use afterbell::speech::{SpeakerConstraints, SpeakerEmbeddings, diarize, speech_spans};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const RATE: usize = 16_000;
const SAMPLES: [(&str, u8); 4] = [("maya", 1), ("omar", 1), ("leo", 1), ("table", 3)];

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/samples/{name}.flac"))
}

/// The most memory this program has used, in MB.
fn most_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).and_then(|rest| rest.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1000.0
}

fn paced<T>(what: &str, secs: f64, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = work();
    let took = start.elapsed().as_secs_f64();
    println!("  {what:<36} {took:>8.2} s  {:>7.0} s of sound a second", secs / took);
    made
}

/// On one core: everything that is done with the sound but its words.
fn listening(hours: f64) {
    let samples: Vec<f32> = SAMPLES[..3].iter().flat_map(|(name, _)| decode_file(&sample(name), &mut |_| Ok(())).unwrap().samples).collect();
    let length = (hours * 3600.0 * RATE as f64) as usize;
    let sound: Vec<f32> = samples.iter().copied().cycle().take(length).collect();
    let secs = length as f64 / RATE as f64;
    println!("{:.0} min of sound", secs / 60.0);
    let start = Instant::now();
    paced("where there may be speech", secs, || speech_spans(&sound));
    let heard = paced("what the voices are like", secs, || SpeakerEmbeddings::embed(&sound, SpeakerEmbeddings::default(), &mut |_| Ok(())).unwrap());
    let constraints = SpeakerConstraints { students: 1, ..SpeakerConstraints::default() };
    paced("telling two voices apart", secs, || diarize(&sound, &heard, &constraints, &mut |_| Ok(())).unwrap());
    let took = start.elapsed().as_secs_f64();
    println!(
        "  {:<36} {took:>8.2} s  {:>7.0} s of sound a second; {:.0} MB at most, of which the sound is {:.0}",
        "all together",
        secs / took,
        most_memory(),
        length as f64 * 4e-6
    );
}

/// A conference of five minutes and 600 words.
fn facts(number: usize) -> ConferenceData {
    let said = ["So", "tell", "me", "what", "you", "are", "working", "on", "as", "a", "writer", "today?"];
    let words = (0..600)
        .map(|at| {
            let text = if at == 7 { format!("word{number}") } else { said[at % said.len()].to_owned() };
            Word { text, span: Span::new(Millis(at as i64 * 500), Millis(at as i64 * 500 + 400)), confidence: 0.9 }
        })
        .collect();
    let spans = (0..50).map(|at| VoiceSpan { span: Span::new(Millis(at * 6000), Millis(at * 6000 + 5900)), voice: Voice((at % 2) as u8) }).collect();
    ConferenceData {
        id: ConferenceId::NONE,
        title: format!("Conference {number}"),
        students: 1,
        participants: Vec::new(),
        started_unix_ms: 1_790_000_000_000 + number as i64 * 600_000,
        length: Millis(300_000),
        audio: format!("{number}.wav"),
        audio_sha256: String::new(),
        stage: Stage::Transcribed,
        is_sample: false,
        transcript: Transcript { words, language: "en".into(), ..Transcript::default() },
        voices: Voices { spans, roles: vec![Speaker::Teacher, Speaker::Student(1)], teacher_known: TeacherKnown::ByTeacher, doubtful_at: None, doubt: None },
        marks: Vec::new(),
        dropouts: Vec::new(),
        reflection: Reflection::default(),
        envelope: vec![180; 3000],
        corrections: Corrections::default(),
        typed: None,
    }
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let made = work();
    println!("  {what:<36} {:>8.1} ms", start.elapsed().as_secs_f64() * 1000.0);
    made
}

fn large_library() {
    let folder = tempfile::tempdir().unwrap();
    let folders = Folders::find(Some(folder.path().join("library")));
    let mut library = Library::open(&folders).unwrap();
    let mut kept = 0;
    for count in [100, 1_000, 10_000] {
        let start = Instant::now();
        for number in kept..count {
            library.insert(&facts(number)).unwrap();
        }
        let each = start.elapsed().as_secs_f64() * 1000.0 / (count - kept) as f64;
        kept = count;
        println!("{count} conferences ({each:.1} ms to add one)");
        timed("open the library", || Library::open(&folders).unwrap());
        timed("the list", || library.summaries().unwrap());
        timed("find a word said once", || library.search(&format!("word{}", count / 2)).unwrap());
        timed("find a word said in all of them", || library.search("writer").unwrap());
        let middle = library.summaries().unwrap()[count / 2].id;
        timed("open a conference", || library.load(middle).unwrap());
    }
}

/// From Stop to the complete transcript, in real time.
fn live(model: &str) {
    let mut all = Vec::new();
    for (name, students) in SAMPLES {
        for secs in [None, Some(47.0), Some(95.0), Some(141.0)] {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("settings.toml"), format!("model = \"{model}\"\n")).unwrap();
            if let Some(models) = std::env::var_os("AFTERBELL_MODELS") {
                std::fs::create_dir_all(folder.path().join("models")).unwrap();
                let file = format!("ggml-{model}.bin");
                std::fs::copy(Path::new(&models).join(&file), folder.path().join("models").join(&file)).unwrap();
            }
            let mut command = Command::new(env!("CARGO_BIN_EXE_afterbell"));
            command.arg("--library").arg(folder.path()).args(["--json", "record", "--students", &students.to_string(), "--play"]).arg(sample(name));
            if let Some(secs) = secs {
                command.args(["--seconds", &format!("{secs}")]);
            }
            let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().unwrap();
            let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            let took = report["stop_to_transcript_s"].as_f64().unwrap();
            println!(
                "{name:<6} {:>6.1} s  Stop to complete transcript {took:>5.2} s  {} words, {} frames dropped",
                report["length_s"].as_f64().unwrap(),
                report["transcript"]["words"],
                report["frames_dropped"]
            );
            all.push(took);
        }
    }
    all.sort_by(f64::total_cmp);
    println!("{model}: median {:.2} s, worst {:.2} s of {}", all[all.len() / 2], all[all.len() - 1], all.len());
}

fn main() {
    if let Ok(model) = std::env::var("AFTERBELL_LIVE") {
        return live(&model);
    }
    for hours in [1.0 / 6.0, 1.0] {
        listening(hours);
    }
    if let Some(hours) = std::env::var("AFTERBELL_HOURS").ok().and_then(|hours| hours.parse().ok()) {
        listening(hours);
    }
    large_library();
}
