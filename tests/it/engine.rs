//! The recogniser as shipped, in its child process, on a sample conference; and what happens when the engine or the model goes wrong.

#![cfg(unix)]

use crate::support;
use crate::support::samples::sound;
use afterbell::conference::{NoWords, Span, Transcript, word_error_rate};
use afterbell::error::{Error, ErrorKind, Result};
use afterbell::speech::{ChunkTranscript, Engine, PartialTranscript, Search, Transcriber, speech_spans};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

const RATE: usize = 16_000;

fn inside(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn model() -> PathBuf {
    inside("models/ggml-base-q8_0.bin")
}

/// The real engine, with two windows at once.
fn engine() -> Engine {
    Engine::start_program(Path::new(support::PROGRAM), &model(), 2, Duration::from_secs(300)).unwrap()
}

fn transcribe_all(transcriber: &mut dyn Transcriber, samples: &[f32], speech: &[Span], check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Transcript> {
    afterbell::speech::transcribe_all(transcriber, samples, speech, "en", PartialTranscript::default(), &mut |_| Ok(()), check)
}

/// All that is said in a sample up to a moment: whole turns.
fn said(name: &str, until_secs: f64) -> String {
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(inside(&format!("assets/samples/{name}.json"))).unwrap()).unwrap();
    let turns = json["turns"].as_array().unwrap().iter().filter(|turn| turn["end_s"].as_f64().unwrap() <= until_secs);
    turns.map(|turn| turn["text"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

fn text(transcript: &Transcript) -> String {
    transcript.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn kill(process: u32) {
    assert!(Command::new("kill").args(["-9", &process.to_string()]).status().unwrap().success());
}

fn whole(samples: &[f32]) -> Span {
    Span::from_secs(0.0, samples.len() as f64 / RATE as f64)
}

/// Noise without a pattern, the same each time (a linear congruential generator).
fn noise(secs: usize, loudness: f32) -> Vec<f32> {
    let mut state = 1_u32;
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 * loudness - loudness
    };
    (0..secs * RATE).map(next).collect()
}

#[test]
fn a_conference_is_written_down_although_the_engine_is_killed_in_the_middle() {
    // Three chunks, to the end of a turn; in the long form all of it.
    let secs = if support::is_long() { 203.0 } else { 68.6 };
    let samples = &sound("maya")[..(secs * RATE as f64) as usize];
    let speech = speech_spans(samples);
    let mut engine = engine();
    let first = engine.process_id().unwrap();
    // Asked ten times a second: the fifth time is during the first windows.
    let mut asked = 0;
    let transcript = transcribe_all(&mut engine, samples, &speech, &mut |_| {
        asked += 1;
        if asked == 5 {
            kill(first);
        }
        Ok(())
    })
    .unwrap();
    assert_ne!(engine.process_id(), Some(first), "another engine finished the work");
    assert_eq!(transcript.untranscribed, [], "the window was tried again");
    let errors = word_error_rate(&said("maya", secs), &text(&transcript));
    println!("maya: {:.1} % word errors: {errors:?}", errors.rate().unwrap() * 100.0);
    // One word of the whole sample is wrong; the rest is room for another processor's rounding.
    assert!(errors.rate().unwrap() < 0.02, "{errors:?}");
    let words = &transcript.words;
    assert!(words.windows(2).all(|pair| pair[0].span.start() <= pair[1].span.start()), "in order");
    assert!(words.iter().all(|word| word.confidence > 0.0 && word.confidence <= 1.0));
    assert!(words.iter().all(|word| whole(samples).overlap(word.span) == Some(word.span) || word.span.length().0 == 0), "inside the recording");
}

#[test]
fn silence_and_noise_yield_no_words() {
    let mut engine = engine();
    for (name, samples) in [("silence", vec![0.0; 20 * RATE]), ("quiet noise", noise(20, 0.001)), ("loud noise", noise(20, 0.3))] {
        let speech = speech_spans(&samples);
        let transcript = transcribe_all(&mut engine, &samples, &speech, &mut |_| Ok(())).unwrap();
        assert_eq!(text(&transcript), "", "{name}");
    }
}

#[test]
fn a_language_is_guessed_and_another_than_was_chosen_is_said() {
    // The first chunk decides: more of them are the matter of `speech::languages`.
    let samples = &sound("maya")[..30 * RATE];
    let speech = speech_spans(samples);
    let mut engine = engine();
    let mut write = |language: &str| {
        afterbell::speech::transcribe_all(&mut engine, samples, &speech, language, PartialTranscript::default(), &mut |_| Ok(()), &mut |_| Ok(())).unwrap()
    };
    let marks = |transcript: &Transcript| transcript.untranscribed.iter().filter(|mark| mark.reason == NoWords::OtherLanguage).count();
    let guessed = write("auto");
    assert_eq!((guessed.language.as_str(), marks(&guessed)), ("en", 0));
    let chosen = write("es");
    assert_eq!((chosen.language.as_str(), marks(&chosen)), ("es", 1), "{:?}", chosen.untranscribed);
    let errors = word_error_rate(&text(&guessed), &text(&chosen)).rate().unwrap();
    assert!(errors < 0.1, "English was spoken, and no Spanish is made of it: {errors}: {}", text(&chosen));
}

#[test]
fn stopping_ends_the_engine_in_the_middle_of_a_window() {
    let samples = sound("leo");
    let mut engine = engine();
    let process = engine.process_id().unwrap();
    let window = whole(&samples[..28 * RATE]);
    let mut asked = 0;
    let stopped = transcribe_all(&mut engine, &samples[..28 * RATE], &[window], &mut |_| {
        asked += 1;
        if asked > 2 { Err(Error::bare(ErrorKind::Cancelled, "test")) } else { Ok(()) }
    });
    assert_eq!(stopped.unwrap_err().kind, ErrorKind::Cancelled);
    let begun = Instant::now();
    drop(engine);
    assert!(begun.elapsed() < Duration::from_secs(1), "the window would take longer than that");
    assert!(!Command::new("kill").args(["-0", &process.to_string()]).stderr(Stdio::null()).status().unwrap().success(), "it is gone");
}

/// The engine as a process, spoken to in the messages as they are on the pipe.
struct BareEngine {
    child: Child,
    stdin: ChildStdin,
    stdout: ChildStdout,
}

/// The version of the messages that is spoken.
const VERSION: u32 = 5;

impl BareEngine {
    fn start() -> Self {
        let mut child = Command::new(support::PROGRAM).arg("speech-engine").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, stdin, stdout }
    }

    fn say(&mut self, header: &str, samples: &[f32]) {
        let lengths = [header.len() as u32, samples.len() as u32].map(u32::to_le_bytes).concat();
        let samples = samples.iter().flat_map(|sample| sample.to_le_bytes());
        let message: Vec<u8> = b"ABE1".iter().copied().chain(lengths).chain(header.bytes()).chain(samples).collect();
        self.stdin.write_all(&message).unwrap();
        self.stdin.flush().unwrap();
    }

    fn load(&mut self, version: u32) -> String {
        self.say(&format!(r#"{{"load":{{"version":{version},"model":{:?},"workers":1,"memory_bytes":4000000000,"niceness":0}}}}"#, model()), &[]);
        self.answer()
    }

    fn answer(&mut self) -> String {
        let mut head = [0; 12];
        self.stdout.read_exact(&mut head).unwrap();
        let length = |at: usize| u32::from_le_bytes(head[at..at + 4].try_into().unwrap());
        assert_eq!((&head[..4], length(8)), (&b"ABE1"[..], 0));
        let mut header = vec![0; length(4) as usize];
        self.stdout.read_exact(&mut header).unwrap();
        String::from_utf8(header).unwrap()
    }
}

#[test]
fn a_program_of_another_version_is_refused() {
    for version in [VERSION - 1, VERSION + 1] {
        let mut engine = BareEngine::start();
        let answer = engine.load(version);
        assert!(answer.contains("refused") && answer.contains("another version asks"), "{version}: {answer}");
        drop(engine.stdin);
        assert!(engine.child.wait().unwrap().success());
    }
}

#[test]
#[cfg(target_os = "linux")]
fn an_engine_whose_program_is_gone_ends_in_the_middle_of_a_window() {
    let mut engine = BareEngine::start();
    assert_eq!(engine.load(VERSION), format!(r#"{{"ready":{{"version":{VERSION}}}}}"#));
    let ask = r#"{"transcribe":{"id":1,"language":"en","search":"thorough"}}"#;
    engine.say(ask, &sound("leo")[..25 * RATE]);
    // It works on it: loading the model has been paid for before.
    let before = support::cpu_secs(engine.child.id());
    support::wait_for("the engine to work", || support::cpu_secs(engine.child.id()) > before + 0.2);
    drop(engine.stdin);
    let gone = Instant::now();
    assert!(engine.child.wait().unwrap().success());
    assert!(gone.elapsed() < Duration::from_secs(1), "the window would take longer than that: {:?}", gone.elapsed());
    let mut rest = Vec::new();
    engine.stdout.read_to_end(&mut rest).unwrap();
    assert!(rest.is_empty(), "it did not stay to finish the window: {rest:?}");
}

/// A window given to an engine that goes wrong, and how long that took.
fn with_broken_engine(name: &str, patience: Duration) -> Result<Transcript> {
    let program = inside("tests/it/support/engines").join(name);
    let mut engine = Engine::start_program(&program, &model(), 1, patience)?;
    // More than a pipe holds: an engine that does not read must not hold up whoever writes.
    let samples = noise(20, 0.1);
    transcribe_all(&mut engine, &samples, &[whole(&samples)], &mut |_| Ok(()))
}

#[test]
fn an_engine_that_hangs_talks_nonsense_or_eats_memory_is_given_up() {
    let begun = Instant::now();
    for (name, patience) in [("hangs", 1), ("nonsense", 60), ("mute", 1), ("dies", 60), ("eats", 60)] {
        let kind = with_broken_engine(name, Duration::from_secs(patience)).unwrap_err().kind;
        assert_eq!(kind, ErrorKind::EngineFailed, "{name}");
    }
    assert!(begun.elapsed() < Duration::from_secs(30), "took {:?}", begun.elapsed());
}

#[test]
fn an_engine_built_for_another_processor_is_said_to_be_one() {
    let kind = with_broken_engine("illegal", Duration::from_secs(60)).unwrap_err().kind;
    assert_eq!(kind, ErrorKind::OtherProcessor);
}

/// An engine of which the second window always fails, whoever does it.
struct FailsOnSecond {
    engine: Engine,
    submitted: usize,
    failing: Option<u64>,
}

impl Transcriber for FailsOnSecond {
    fn room(&self) -> usize {
        self.engine.room()
    }

    fn submit(&mut self, window: Vec<f32>, language: &str, search: Search) -> u64 {
        self.submitted += 1;
        if self.submitted == 2 {
            self.failing = Some(u64::MAX);
            return u64::MAX;
        }
        self.engine.submit(window, language, search)
    }

    fn next(&mut self, wait: Duration) -> Option<(u64, Result<ChunkTranscript>)> {
        match self.failing.take() {
            Some(id) => Some((id, Err(Error::bare(ErrorKind::EngineFailed, "test")))),
            None => self.engine.next(wait),
        }
    }
}

#[test]
fn a_window_no_engine_can_do_is_marked_and_the_rest_is_intact() {
    let samples = &sound("maya")[..75 * RATE];
    let speech = speech_spans(samples);
    let transcript = transcribe_all(&mut FailsOnSecond { engine: engine(), submitted: 0, failing: None }, samples, &speech, &mut |_| Ok(())).unwrap();
    let [mark] = transcript.untranscribed.as_slice() else { panic!("one mark: {:?}", transcript.untranscribed) };
    assert_eq!(mark.reason, NoWords::EngineFailed);
    assert!(transcript.words.iter().all(|word| mark.span.overlap(word.span).is_none()), "no words where none were heard");
    assert!(transcript.words.iter().any(|word| word.span.end() <= mark.span.start()), "words before");
    assert!(transcript.words.iter().any(|word| word.span.start() >= mark.span.end()), "words after");
}

/// A computer with four cores works on five windows at once, and of words it is not sure of it looks for all of them again. What that takes of memory is
/// decided by the length of a window and the width of the search; the long form tries it with noise as well, in which each is searched several times.
#[test]
fn an_engine_has_room_for_as_many_thorough_searches_as_it_has_workers() {
    let workers = 5;
    let mut engine = Engine::start_program(Path::new(support::PROGRAM), &model(), workers, Duration::from_secs(300)).unwrap();
    let first = engine.process_id();
    let (spoken, rush) = (sound("leo"), noise(28, if support::is_long() { 0.1 } else { 0.0 }));
    let searches = if support::is_long() { &[Search::Thorough, Search::Quick][..] } else { &[Search::Thorough][..] };
    for (round, &search) in searches.iter().enumerate() {
        for at in round * workers..(round + 1) * workers {
            let window = spoken[at * 14 * RATE..].iter().zip(&rush).map(|(a, b)| a + b).collect();
            engine.submit(window, "en", search);
        }
        for _ in 0..workers {
            let (_, answer) = engine.next(Duration::from_secs(300)).unwrap();
            assert!(answer.is_ok(), "{answer:?}");
        }
    }
    if let Some(most) = first.and_then(support::most_address_space) {
        println!("{} MB of address space at most", most / 1_000_000);
    }
    assert_eq!(engine.process_id(), first, "it was not started anew");
}

#[test]
fn a_window_that_kills_its_engine_takes_no_other_with_it() {
    // Ends each time a window of its own kind arrives, and answers every other.
    let mut engine = Engine::start_program(&inside("tests/it/support/engines/picky"), &model(), 2, Duration::from_secs(60)).unwrap();
    let good = engine.submit(vec![0.0; 160], "en", Search::Quick);
    let bad = engine.submit(vec![0.0; 320], "xx", Search::Quick);
    let mut answers: Vec<(u64, bool)> = (0..2).filter_map(|_| engine.next(Duration::from_secs(30))).map(|(id, answer)| (id, answer.is_ok())).collect();
    answers.sort_unstable();
    assert_eq!(answers, [(good, true), (bad, false)]);
}

#[test]
fn a_model_that_is_none_is_refused_by_its_kind() {
    let folder = tempfile::tempdir().unwrap();
    let start = |path: &Path| Engine::start_program(Path::new(support::PROGRAM), path, 1, Duration::from_secs(60)).unwrap_err().kind;
    let file = folder.path().join("ggml-Ünïcode.bin");
    std::fs::write(&file, "<html>").unwrap();
    assert_eq!(start(&file), ErrorKind::NotAModel);
    let bytes = std::fs::read(model()).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(start(&file), ErrorKind::ModelDamaged);
    assert_eq!(start(&folder.path().join("gone.bin")), ErrorKind::ModelMissing);
    // Right in form, wrong inside: whatever it writes, it must not bring anything down.
    let mut garbled = bytes;
    // The table of words, the largest tensor, lies from 6 to 33 MB.
    garbled[10_000_000..11_000_000].fill(0x5a);
    std::fs::write(&file, &garbled).unwrap();
    let mut engine = Engine::start_program(Path::new(support::PROGRAM), &file, 1, Duration::from_secs(120)).unwrap();
    engine.submit(noise(5, 0.1), "en", Search::Quick);
    let (_, result) = engine.next(Duration::from_secs(300)).unwrap();
    assert!(result.is_ok() || result.is_err_and(|err| err.kind == ErrorKind::EngineFailed));
}
