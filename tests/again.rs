//! Written down again with another model: the words are new, what the teacher corrected stays.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says by panicking what went wrong")]

mod support;

use afterbell::conference::{ConferenceId, ConferenceRecord};
use afterbell::library::Library;
use std::path::Path;

#[test]
fn another_model_makes_new_words_and_corrections_stay() {
    let tiny = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models/ggml-tiny.en-q8_0.bin");
    if !tiny.exists() {
        return support::skip("the real tiny model is not here");
    }
    let env = support::TestEnv::new();
    let talk = support::clip(env.folder.path(), "maya", 22.0);
    assert_eq!(env.run(&["import", talk.to_str().unwrap()]).0, 0);
    assert_eq!(env.run(&["models", "add", tiny.to_str().unwrap()]).0, 0);
    let id = env.json(&["list"])[0]["id"].as_str().unwrap().to_owned();
    let conference = ConferenceId::parse(&id).unwrap();
    let load = || -> ConferenceRecord { Library::open(&env.folders()).unwrap().load(conference).unwrap() };
    let record = load();
    assert_eq!((record.transcript().model.as_str(), record.transcript().language.as_str()), ("base-q8_0", "en"));
    // The first words of the first turn.
    let edit = record.rewrite_turn(0, "Good morning! Shall we begin?").unwrap();
    Library::open(&env.folders()).unwrap().save_edit(conference, &edit).unwrap();
    let (code, _, said) = env.run(&["transcribe", &id[id.len() - 6..], "--model", "tiny.en-q8_0"]);
    assert_eq!(code, 0, "{said}");
    let record = load();
    assert_eq!(record.transcript().model, "tiny.en-q8_0");
    let words: Vec<&str> = record.transcript().words.iter().map(|word| word.text.as_str()).collect();
    // What this model heard after "... sit with you for a minute?": nothing lost at the edge of the correction, nothing there twice.
    let heard: Vec<&str> = record.facts().transcript.words.iter().map(|word| word.text.as_str()).collect();
    let after = heard.iter().position(|word| word.starts_with("minute")).unwrap() + 1;
    assert_eq!(words.join(" "), format!("Good morning! Shall we begin? {}", heard[after..].join(" ")));
    assert!(words.len() > 15, "the rest was written down anew: {words:?}");
    // This once: what is chosen for all conferences stays.
    assert!(env.json(&["models"]).as_array().unwrap().iter().any(|row| row["name"] == "base-q8_0" && row["in_use"] == true));
    let (_, _, said) = env.run(&["transcribe", talk.to_str().unwrap(), "--model", "tiny.en-q8_0", "--language", "fr"]);
    assert!(said.contains("tiny.en-q8_0 knows English only"), "{said}");
    let (code, _, said) = env.run(&["transcribe", &id[id.len() - 6..], "--language", "klingon"]);
    assert!(code != 0 && said.contains("not a language Whisper knows"), "{code}: {said}");
    let (code, _, said) = env.run(&["transcribe", &id[id.len() - 6..], "--model", "nobody"]);
    assert!(said.contains("This speech model is not on this computer."), "{code}: {said}");
}
