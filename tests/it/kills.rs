//! Killed at any moment: nothing that was recorded is lost, the library is whole, and the work goes on.
//!
//! `AFTERBELL_KILLS=100 ./test kills:: --no-capture` is the long form; without it each test tries twice.

#![cfg(unix)]

use crate::support;
use crate::support::{Recording, SoundCard, TestEnv, clip, wait_for};
use afterbell::conference::{Edit, Question};
use afterbell::library::Library;
use afterbell::work::{DeletedKey, deleted, record};
use std::cell::Cell;
use std::io::{BufRead as _, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

fn tries() -> u64 {
    std::env::var("AFTERBELL_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(2)
}

/// Random moments (splitmix64); the seed is printed, and can be given again as `AFTERBELL_SEED`.
struct Chance(Cell<u64>);

impl Chance {
    fn new() -> Self {
        let given = std::env::var("AFTERBELL_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos()));
        println!("AFTERBELL_SEED={seed}");
        Self(Cell::new(seed))
    }

    /// Seconds between two bounds.
    fn secs(&self, from: f64, to: f64) -> f64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mixed = (self.0.get() ^ (self.0.get() >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        from + (to - from) * ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn wait(&self, from: f64, to: f64) {
        std::thread::sleep(Duration::from_secs_f64(self.secs(from, to)));
    }
}

/// Starts the program with these arguments and kills it at a random moment; whether it had ended by itself.
fn kill_within(env: &TestEnv, chance: &Chance, secs: f64, arguments: &[&str]) -> bool {
    let mut child = env.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    chance.wait(0.0, secs);
    child.kill().ok();
    child.wait().unwrap().code().is_some()
}

#[test]
fn killed_while_recording() {
    let Some(card) = SoundCard::with_tone() else { return };
    let chance = Chance::new();
    let mut losses = Vec::new();
    for round in 0..tries() {
        let env = TestEnv::new();
        let mut recording = Recording::start(&env, Some(&card), &["--student", "Omar"]);
        chance.wait(0.3, 2.5);
        recording.mark();
        recording.wait_for("Marked");
        chance.wait(0.0, 2.0);
        recording.child.kill().unwrap();
        let sent = recording.began.elapsed().as_secs_f64();
        recording.child.wait().unwrap();
        // Any player opens it even before repair.
        let path = env.wav().unwrap();
        assert!(hound::WavReader::open(&path).is_ok(), "round {round}");
        let [cut] = &record::interrupted(&env.folders()).unwrap()[..] else { panic!("round {round}: one is offered") };
        let lost = sent - cut.length.secs();
        // What the sound server has not handed over yet, half a second, and what waits in the file's buffer.
        assert!(lost <= 1.0, "round {round}: {lost:.3} s lost of {sent:.3}");
        losses.push(lost);
        let kept = env.json(&["repair", "--no-transcript"]);
        assert_eq!(kept.as_array().unwrap().len(), 1, "round {round}");
        let record = env.json(&["show", "--last"]);
        assert_eq!((record["participants"][0]["student"]["name"].as_str(), record["marks"].as_array().unwrap().len()), (Some("Omar"), 1), "round {round}");
        assert!(env.is_well(), "round {round}");
    }
    let (most, sum) = losses.iter().fold((0.0_f64, 0.0), |(most, sum), &lost| (most.max(lost), sum + lost));
    println!("{} kills while recording: lost {:.3} s at most, {:.3} s on average", losses.len(), most, sum / losses.len() as f64);
}

/// A WAV with more than its header in it.
fn is_begun(path: &std::path::Path) -> bool {
    path.extension().is_some_and(|ending| ending == "wav") && path.metadata().is_ok_and(|file| file.len() > 44)
}

#[test]
fn killed_between_stop_and_transcript() {
    let chance = Chance::new();
    for round in 0..tries() {
        let env = TestEnv::new();
        let talk = clip(env.folder.path(), "maya", 20.0);
        let mut child = env
            .command(&["record", "--student", "Maya", "--speed", "40", "--play", talk.to_str().unwrap()])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Half of the rounds are killed around the moment of saving, the others while it is transcribed.
        let mut said = std::io::BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let awaited = if round % 2 == 0 { "Recording with" } else { "Saved." };
        assert!(said.any(|line| line.contains(awaited)), "round {round}");
        // Before the first of its sound is on the disk there is nothing to keep.
        let begun = || std::fs::read_dir(env.recordings()).is_ok_and(|files| files.flatten().any(|file| is_begun(&file.path())));
        wait_for("the first sound on the disk", begun);
        chance.wait(0.0, if round % 2 == 0 { 1.0 } else { 4.0 });
        child.kill().ok();
        child.wait().unwrap();
        env.json(&["repair", "--no-transcript"]);
        let list = env.json(&["list"]);
        assert_eq!((list.as_array().unwrap().len(), list[0]["participants"][0]["student"]["name"].as_str()), (1, Some("Maya")), "round {round}: {list}");
        assert!(env.is_well(), "round {round}");
        if round == 1 {
            // All 20 s were saved before this kill; an earlier one may leave less than a word.
            let done = env.json(&["transcribe", list[0]["id"].as_str().unwrap()]);
            assert!(done[0]["words"].as_u64().unwrap() > 20, "it is transcribed afterwards: {done}");
        }
    }
}

#[test]
fn killed_while_a_file_is_brought_in() {
    let chance = Chance::new();
    let (mut there, mut not) = (0, 0);
    for round in 0..tries() {
        let env = TestEnv::new();
        let original = support::sample("table");
        kill_within(&env, &chance, 0.8, &["import", original.to_str().unwrap(), "--no-transcript"]);
        env.json(&["repair", "--no-transcript"]);
        let count = env.json(&["list"]).as_array().unwrap().len();
        assert!(count <= 1 && env.is_well(), "round {round}");
        let left: Vec<_> = std::fs::read_dir(env.recordings()).unwrap().flatten().map(|file| file.file_name()).collect();
        assert_eq!(left.len(), 2 * count, "round {round}: a recording with its sidecar, or nothing: {left:?}");
        if count == 1 { there += 1 } else { not += 1 }
    }
    println!("killed while bringing in: {there} times it was there afterwards, {not} times nothing was");
}

#[test]
fn killed_while_the_library_is_brought_up_to_date() {
    let chance = Chance::new();
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/library-1.sqlite");
    for round in 0..tries() {
        let env = TestEnv::new();
        std::fs::create_dir_all(env.library()).unwrap();
        std::fs::copy(kept, env.folders().database()).unwrap();
        kill_within(&env, &chance, 0.06, &["list"]);
        assert_eq!(env.json(&["list"]).as_array().unwrap().len(), 1, "round {round}");
        Library::open(&env.folders()).unwrap().integrity_check(true).unwrap();
    }
}

#[test]
fn killed_while_exporting() {
    let chance = Chance::new();
    let env = TestEnv::new();
    env.json(&["import", clip(env.folder.path(), "leo", 5.0).to_str().unwrap(), "--no-transcript"]);
    let out = env.folder.path().join("for a colleague.json");
    let mut written = 0;
    for round in 0..tries() {
        kill_within(&env, &chance, 0.05, &["export", "--last", "--format", "json", "--output", out.to_str().unwrap()]);
        // Whole, or not there.
        if let Ok(bytes) = std::fs::read(&out) {
            serde_json::from_slice::<serde_json::Value>(&bytes).unwrap_or_else(|err| panic!("round {round}: {err}"));
            written += 1;
            std::fs::remove_file(&out).unwrap();
        }
    }
    assert!(env.is_well());
    println!("killed while exporting: {written} times the file was there, whole");
}

/// The part of the program that changes the library in the window, run by itself so that it can be killed: this test again, as a child.
#[test]
fn helper() {
    let (Some(what), Some(folder)) = (std::env::var_os("AFTERBELL_HELPER"), std::env::var_os("AFTERBELL_LIBRARY")) else { return };
    let folders = afterbell::settings::Folders::find(Some(folder.into()));
    let mut library = Library::open(&folders).unwrap();
    let mut out = std::io::stdout();
    if what == "edit" {
        let id = library.last_conference().unwrap().unwrap();
        for number in 1.. {
            library.save_edit(id, Edit::Note(Question::Pacing, format!("note {number}"))).unwrap();
            writeln!(out, "did {number}").unwrap();
            library.keep_sidecars().unwrap();
        }
    } else {
        for summary in library.summaries().unwrap() {
            library.delete(summary.id, 1).unwrap();
            deleted::forget(&mut library, &folders, &[DeletedKey::Conference(summary.id)]).unwrap();
            writeln!(out, "did {}", summary.id).unwrap();
        }
    }
}

/// Kills the helper at a random moment; what it had said it did.
fn kill_helper(env: &TestEnv, chance: &Chance, what: &str, secs: f64) -> Vec<String> {
    let mut child = support::another_test("kills::helper")
        .env("AFTERBELL_HELPER", what)
        .env("AFTERBELL_LIBRARY", env.library())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    // A line that was cut off by the kill says nothing.
    let said = |line: &str| line.rsplit_once("did ").map(|(_, what)| what.to_owned()).filter(|what| what.len() == 36 || what.parse::<u64>().is_ok());
    let first = lines.by_ref().find_map(|line| said(&line));
    chance.wait(0.0, secs);
    child.kill().ok();
    child.wait().unwrap();
    first.into_iter().chain(lines.filter_map(|line| said(&line))).collect()
}

#[test]
fn killed_while_notes_are_written() {
    let chance = Chance::new();
    let env = TestEnv::new();
    env.json(&["import", clip(env.folder.path(), "leo", 5.0).to_str().unwrap(), "--no-transcript"]);
    for round in 0..tries() {
        let done = kill_helper(&env, &chance, "edit", 0.3);
        let library = Library::open(&env.folders()).unwrap();
        library.integrity_check(true).unwrap();
        let record = library.load(library.last_conference().unwrap().unwrap()).unwrap();
        let kept: i64 = record.data().reflection.answer(Question::Pacing).note.trim_start_matches("note ").parse().unwrap();
        assert!(done.last().is_some_and(|last| kept >= last.parse().unwrap()), "round {round}: {kept} is kept, {:?} was said to be", done.last());
        let sidecar = afterbell::library::sidecar_of(&env.folders(), &record.data().audio);
        serde_json::from_slice::<serde_json::Value>(&std::fs::read(sidecar).unwrap()).unwrap();
        assert!(env.is_well(), "round {round}");
    }
}

#[test]
fn killed_while_deleting_for_good() {
    let chance = Chance::new();
    let talk = TestEnv::new();
    let talk_path = clip(talk.folder.path(), "leo", 1.0);
    for round in 0..tries() {
        let env = TestEnv::new();
        let paths = [talk_path.to_str().unwrap(); 6];
        let ids = |list: serde_json::Value| -> Vec<String> { list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect() };
        let brought = ids(env.json(&[&["import", "--no-transcript"], &paths[..]].concat()));
        let gone = kill_helper(&env, &chance, "delete", 0.15);
        env.json(&["repair", "--no-transcript"]);
        let left = ids(env.json(&["list"]));
        assert!(left.iter().all(|id| brought.contains(id)), "round {round}: nothing that was deleted came back as new: {left:?}");
        assert!(gone.iter().all(|id| !left.contains(id)), "round {round}: {gone:?} {left:?}");
        assert!(env.is_well(), "round {round}");
    }
}

#[test]
fn asked_to_end_it_saves_first() {
    for name in ["TERM", "HUP"] {
        let env = TestEnv::new();
        let talk = clip(env.folder.path(), "omar", 20.0);
        let recording = Recording::start(&env, None, &["--student", "Omar", "--play", talk.to_str().unwrap()]);
        wait_for("a second of sound", || env.wav().is_some_and(|path| path.metadata().unwrap().len() > 40_000));
        let asked = Instant::now();
        support::signal(recording.child.id(), name);
        let report = recording.report();
        println!("SIG{name}: saved {} s in {:?}", report["length_s"], asked.elapsed());
        assert!(report["length_s"].as_f64().unwrap() > 1.0 && env.is_well());
        assert_eq!(env.json(&["list"])[0]["participants"][0]["student"]["name"], "Omar");
    }
}
