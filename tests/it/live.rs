//! Transcribed while it is recorded: the real program, the real engine, a sample played in faster than real time.

#![cfg(unix)]

use crate::support::{TestEnv, clip, shared, wait_for};
use afterbell::conference::{ConferenceId, Transcript, Word, word_error_rate};
use afterbell::library::Library;
use afterbell::speech::PartialTranscript;
use afterbell::work::{DeletedKey, deleted, record};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const SECS: f64 = 70.0;
/// So much that another engine is worth starting for what is left of it.
const LONG_SECS: f64 = 110.0;
/// What `record` is asked for beside the sound. Three times as fast as real time a chunk is full after ten seconds, and its words are there before the end.
const LIVE: [&str; 4] = ["--json", "record", "--speed", "3"];

fn start(env: &TestEnv, arguments: &[&str], secs: f64) -> Child {
    let talk = clip(env.folder.path(), "maya", secs);
    let mut command: Command = env.command(arguments);
    command.arg("--play").arg(talk).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// A recording that was killed when its first words were on the disk, and where they are. It is made once for all tests that go on from there.
fn killed_with_words(env: &TestEnv) -> PathBuf {
    shared::copy_into(env, "killed", ("maya", &format!("{LIVE:?} {SECS}")), |env| {
        let mut child = start(env, &LIVE, SECS);
        wait_for("words on the disk", || draft_of(env).is_some());
        child.kill().unwrap();
        child.wait().unwrap();
    });
    draft_of(env).unwrap()
}

fn draft_of(env: &TestEnv) -> Option<PathBuf> {
    env.wav().map(|wav| wav.with_extension("draft")).filter(|draft| draft.exists())
}

/// The conference that is being recorded, as its lock names it.
fn id_of(draft: &Path) -> ConferenceId {
    let lock: serde_json::Value = serde_json::from_slice(&std::fs::read(draft.with_extension("session.json")).unwrap()).unwrap();
    ConferenceId::parse(lock["id"].as_str().unwrap()).unwrap()
}

fn read(path: &Path) -> PartialTranscript {
    PartialTranscript::from_bytes(&std::fs::read(path).unwrap(), id_of(path)).unwrap()
}

fn text(transcript: &Transcript) -> String {
    transcript.text(&(0..transcript.words.len()).collect::<Vec<_>>())
}

/// All that is said in the sample in whole turns before the clip ends.
fn said(secs: f64) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/maya.json");
    let json: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let turns = json["turns"].as_array().unwrap().iter().filter(|turn| turn["end_s"].as_f64().unwrap() <= secs);
    turns.map(|turn| turn["text"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

fn transcript(env: &TestEnv) -> Transcript {
    let library = Library::open(&env.folders()).unwrap();
    let id = library.summaries().unwrap()[0].id;
    library.load(id).unwrap().transcript().clone()
}

/// The clip may end inside a turn, so its words may be more than the whole turns'.
fn assert_complete(found: &Transcript, secs: f64) {
    let errors = word_error_rate(&said(secs), &text(found));
    println!("{} words written, {errors:?}", found.words.len());
    let spoken = errors.rate().unwrap() * 100.0;
    assert!(spoken < 15.0, "{spoken:.1} % of the words are wrong: {}", text(found));
    assert!(found.words.windows(2).all(|pair| pair[0].span.start() <= pair[1].span.start()), "in order");
}

/// Every word that was final stands in the end, as sure and in order. Where something was missed and heard again, more words may stand between them, and one
/// may have moved to where it was heard.
fn assert_final_stay(first: &Transcript, found: &Transcript) {
    const MOVED: f64 = 1.0;
    let mut left = found.words.iter();
    for word in &first.words {
        let is_it = |other: &&Word| {
            let apart = (other.span.start() - word.span.start()).secs().abs();
            other.text == word.text && other.confidence == word.confidence && apart < MOVED
        };
        assert!(left.any(|other| is_it(&other)), "{word:?} is not there any more: {}", text(found));
    }
}

/// Nothing else may run beside these (.config/nextest.toml): the engine of a recording stands behind all other programs, so that beside a busy test its first
/// words would come after the recording's end.
mod alone {
    use super::*;

    #[test]
    fn words_are_made_while_it_is_recorded_and_kept() {
        let env = TestEnv::new();
        let mut child = start(&env, &LIVE, SECS);
        wait_for("words on the disk", || draft_of(&env).is_some());
        assert!(child.try_wait().unwrap().is_none(), "while it is still recording");
        let first = read(&draft_of(&env).unwrap());
        let output = child.wait_with_output().unwrap();
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["frames_dropped"], 0);
        let found = transcript(&env);
        assert_complete(&found, SECS);
        assert_final_stay(&first.transcript, &found);
        assert_eq!(draft_of(&env), None, "it is in the library now");
    }

    #[test]
    fn what_was_written_down_before_a_kill_is_not_written_again() {
        let env = TestEnv::new();
        let path = killed_with_words(&env);
        let first = read(&path);
        assert!(first.transcript.words.len() > 10 && !first.speakers.pieces().is_empty());
        // A word that nobody said shows whether the draft is what is gone on with.
        let mut marked = first.clone();
        marked.transcript.words[3].text = "Afterbell".into();
        std::fs::write(&path, marked.to_bytes(id_of(&path)).unwrap()).unwrap();
        let kept = env.json(&["repair"]);
        assert_eq!(kept.as_array().unwrap().len(), 1, "killed while it was still recording: {kept}");
        let found = transcript(&env);
        assert_eq!(found.words[3].text, "Afterbell");
        assert!(found.words.iter().any(|word| word.span.start() > first.until), "and the rest was written");
        assert_eq!(draft_of(&env), None);
        assert!(env.is_well());
    }

    /// As when files are put in order by hand, or a folder was copied over another one.
    #[test]
    fn what_was_written_down_of_another_conference_is_not_taken_for_this_one() {
        let env = TestEnv::new();
        let path = killed_with_words(&env);
        let mut other = read(&path);
        other.transcript.words[3].text = "Afterbell".into();
        std::fs::write(&path, other.to_bytes(ConferenceId::from_u128(7)).unwrap()).unwrap();
        let kept = env.json(&["repair"]);
        assert!(kept[0]["words"].as_u64().unwrap() > 10, "{kept}");
        assert!(transcript(&env).words.iter().all(|word| word.text != "Afterbell"));
    }

    #[test]
    fn a_draft_goes_with_its_recording_and_a_damaged_one_is_no_trouble() {
        let env = TestEnv::new();
        let path = killed_with_words(&env);
        let folders = env.folders();
        let name = record::interrupted(&folders).unwrap()[0].name.clone();
        std::fs::write(path, "not a draft").unwrap();
        let kept = env.json(&["repair"]);
        assert!(kept[0]["words"].as_u64().unwrap() > 10, "{kept}");
        // And thrown away, before it was kept.
        let wav = folders.recordings().join(format!("{name}.wav"));
        for ending in ["session.json", "draft"] {
            std::fs::write(wav.with_extension(ending), "{}").unwrap();
        }
        let mut library = Library::open(&folders).unwrap();
        let key = DeletedKey::Recording(name);
        deleted::delete(&mut library, &folders, &key, 1).unwrap();
        assert!(wav.exists() && record::interrupted(&folders).unwrap().is_empty(), "it waits and is not offered");
        deleted::forget(&mut library, &folders, &[key]).unwrap();
        assert!(!wav.exists() && !wav.with_extension("draft").exists());
    }
}

#[test]
fn written_down_after_class_when_that_is_wanted() {
    let env = TestEnv::new();
    std::fs::create_dir_all(env.library()).unwrap();
    std::fs::write(env.library().join("settings.toml"), "writes_down = \"afterwards\"\n").unwrap();
    let secs = 45.0;
    let child = start(&env, &["--json", "record", "--speed", "20"], secs);
    let output = child.wait_with_output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(report["transcript"]["words"].as_u64().unwrap() > 50, "{report}");
    assert_complete(&transcript(&env), secs);
}

/// How far behind other programs the speech engines of a program stand now.
#[cfg(target_os = "linux")]
fn engines(program: u32) -> Vec<(u32, i64)> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    processes
        .filter_map(|process: u32| {
            let command = std::fs::read_to_string(format!("/proc/{process}/cmdline")).ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
            // Behind the name: the state, the parent; the niceness is the seventeenth.
            let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
            let is_engine = command.contains("speech-engine") && fields[1] == program.to_string();
            is_engine.then(|| (process, fields[16].parse().unwrap()))
        })
        .collect()
}

#[test]
#[cfg(target_os = "linux")]
fn a_recording_far_ahead_of_its_words_is_written_down_by_an_engine_that_does_not_stand_behind() {
    let env = TestEnv::new();
    let mut child = start(&env, &["--json", "record", "--speed", "30"], LONG_SECS);
    let mut seen = Vec::new();
    while child.try_wait().unwrap().is_none() {
        for engine in engines(child.id()) {
            if !seen.contains(&engine) {
                seen.push(engine);
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    println!("engines (process, niceness): {seen:?}");
    let (last, niceness) = *seen.last().unwrap();
    assert_eq!(niceness, 0);
    assert!(seen.iter().any(|&(process, _)| process != last), "the recording had one of its own");
    assert!(
        seen.iter().all(|&(process, niceness)| process == last || niceness == i64::from(afterbell::speech::BACKGROUND_NICE)),
        "which stood behind, no further than it should"
    );
    assert_complete(&transcript(&env), LONG_SECS);
}
