//! The speech engine in its own process: it may be killed, hang or talk nonsense, and only a window suffers.

mod support;

use afterbell::error::ErrorKind;
use afterbell::settings::shipped;
use afterbell::speech::{Engine, Transcriber as _, speech_spans, transcribe_all};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn model() -> PathBuf {
    shipped("models/ggml-base-q8_0.bin").unwrap()
}

fn samples(name: &str, secs: f64) -> Vec<f32> {
    let mut samples = afterbell::audio::decode_file(&support::sample(name), &mut |_| Ok(())).unwrap().samples;
    samples.truncate((secs * 16_000.0) as usize);
    samples
}

fn engine() -> Engine {
    Engine::start_program(Path::new(support::PROGRAM), &model(), 1, Duration::from_secs(240)).unwrap()
}

#[test]
fn killed_in_the_middle_the_window_is_tried_again_and_the_rest_is_intact() {
    let samples = samples("omar", 50.0);
    let speech = speech_spans(&samples);
    let mut engine = engine();
    let first = engine.process_id().unwrap();
    let killer = std::thread::Builder::new()
        .spawn(move || {
            std::thread::sleep(Duration::from_millis(600));
            std::process::Command::new("kill").args(["-9", &first.to_string()]).status().unwrap()
        })
        .unwrap();
    let transcript = transcribe_all(&mut engine, &samples, &speech, "en", &mut |_| Ok(())).unwrap();
    assert!(killer.join().unwrap().success());
    assert_ne!(engine.process_id(), Some(first), "a fresh child went on");
    assert!(transcript.untranscribed.is_empty(), "{:?}", transcript.untranscribed);
    assert!(transcript.words.len() > 80, "{} words", transcript.words.len());
    assert!(transcript.words.windows(2).all(|pair| pair[0].span.start() <= pair[1].span.start()));
    assert!(transcript.words.iter().all(|word| (0.0..=1.0).contains(&word.confidence)));
}

#[test]
fn silence_and_noise_have_no_words() {
    let mut state = 7_u32;
    let noise: Vec<f32> = (0..16_000 * 20)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / 16_777_216.0 - 0.5) * 0.1
        })
        .collect();
    let mut engine = engine();
    for sound in [vec![0.0; 16_000 * 20], noise] {
        let transcript = transcribe_all(&mut engine, &sound, &speech_spans(&sound), "en", &mut |_| Ok(())).unwrap();
        assert!(transcript.words.is_empty(), "{:?}", transcript.words);
    }
}

fn script(folder: &Path, lines: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join("engine");
    std::fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn an_engine_that_cannot_answer_is_a_failure_and_not_a_wait_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    for lines in ["exit 3", "echo nonsense nonsense nonsense", "head -c 100000 /dev/urandom", "sleep 100", "kill -ABRT $$"] {
        let program = script(folder.path(), lines);
        let started = Engine::start_program(&program, &model(), 1, Duration::from_millis(700));
        assert_eq!(started.err().map(|err| err.kind), Some(ErrorKind::EngineFailed), "{lines}");
    }
}

#[test]
fn a_window_is_tried_twice_and_then_given_up() {
    let folder = tempfile::tempdir().unwrap();
    // Says that the model is loaded, and dies at the first window.
    let loaded = r#"{"Loaded":{"version":1}}"#;
    let program = script(folder.path(), &format!("printf '\\{:o}\\000\\000\\000%s' '{loaded}'\nhead -c 2000 >/dev/null\nexit 1", loaded.len()));
    let mut engine = Engine::start_program(&program, &model(), 1, Duration::from_secs(5)).unwrap();
    let failed = engine.transcribe(&[0.1; 16_000], "en");
    assert_eq!(failed.unwrap_err().kind, ErrorKind::EngineFailed);
}

#[test]
fn a_model_that_is_not_one_is_told_before_loading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ggml-x.bin");
    std::fs::write(&path, "<html>").unwrap();
    let started = Engine::start_program(Path::new(support::PROGRAM), &path, 1, Duration::from_secs(20));
    assert_eq!(started.err().map(|err| err.kind), Some(ErrorKind::NotAModel));
    let started = Engine::start_program(Path::new(support::PROGRAM), &folder.path().join("none.bin"), 1, Duration::from_secs(20));
    assert_eq!(started.err().map(|err| err.kind), Some(ErrorKind::ModelMissing));
}
