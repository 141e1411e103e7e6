//! The whole, as a user has it: the real program, real files, the real recogniser.

use crate::support;
use crate::support::{TestEnv, clip, wait_for};
use std::process::Stdio;
use std::time::{Duration, Instant};

fn wav_in(env: &TestEnv) -> Option<std::path::PathBuf> {
    std::fs::read_dir(env.recordings()).ok()?.flatten().map(|file| file.path()).find(|path| path.extension().is_some_and(|ending| ending == "wav"))
}

#[test]
fn from_the_microphone_to_a_file_to_share() {
    let env = TestEnv::new();
    let talk = clip(env.folder.path(), "maya", 45.0);
    let report = env.json(&["record", "--student", "Maya", "--play", talk.to_str().unwrap(), "--speed", "50"]);
    assert_eq!((report["frames_written"].as_u64(), report["frames_dropped"].as_u64()), (Some(45 * 16_000), Some(0)));
    assert!(report["transcript"]["words"].as_u64().unwrap() > 80, "{report}");
    let record = env.json(&["show", "--last"]);
    assert_eq!((record["version"].as_u64(), record["participants"][0]["student"]["name"].as_str()), (Some(2), Some("Maya")));
    let share = record["measures"]["speakers"]["teacher"]["share"].as_f64().unwrap();
    assert!((0.3..0.9).contains(&share), "{share}");
    let words = record["transcript"]["words"].as_array().unwrap();
    assert!(words.windows(2).all(|pair| pair[0]["span"][0].as_i64() <= pair[1]["span"][0].as_i64()), "words in order");
    // What was said is found again, and shared as text.
    let hits = env.json(&["search", "bike"]);
    assert!(!hits.as_array().unwrap().is_empty());
    let out = env.folder.path().join("for a colleague.txt");
    let exported = |more: &[&str]| {
        let arguments = ["export", "--last", "--format", "txt", "--output", out.to_str().unwrap()];
        assert_eq!(env.run(&[&arguments, more].concat()).0, 0);
        std::fs::read_to_string(&out).unwrap()
    };
    let text = exported(&[]);
    assert!(text.contains("Student A: ") && text.contains("bike") && !text.contains("Maya"), "names are hidden unless asked for: {text}");
    let text = exported(&["--keep-names", "--force"]);
    assert!(text.contains("Maya: ") && text.contains("With: Maya"), "{text}");
    for format in ["md", "srt", "vtt", "json"] {
        let (code, out, _) = env.run(&["export", "--last", "--format", format]);
        assert!(code == 0 && out.len() > 300, "{format}");
    }
    assert_eq!(env.run(&["repair"]).0, 0);
    let (_, list, _) = env.run(&["list"]);
    assert!(list.contains("Maya") && list.contains("Transcribed"), "{list}");
}

#[test]
fn a_recording_killed_at_any_moment_is_offered_and_loses_less_than_a_second() {
    let env = TestEnv::new();
    let talk = clip(env.folder.path(), "omar", 30.0);
    let mut losses = Vec::new();
    for (round, after) in [1.15_f64, 1.5, 2.05, 2.9].into_iter().enumerate() {
        let mut recorder =
            env.command(&["record", "--student", "Omar", "--no-transcript", "--play", talk.to_str().unwrap()]).stderr(Stdio::null()).spawn().unwrap();
        wait_for("the file", || wav_in(&env).is_some());
        let begun = Instant::now();
        std::thread::sleep(Duration::from_secs_f64(after));
        recorder.kill().unwrap();
        let sent = begun.elapsed().as_secs_f64();
        recorder.wait().unwrap();
        // Any player opens it even before repair: the header is at most a second behind.
        let path = wav_in(&env).unwrap();
        let claimed = f64::from(hound::WavReader::open(&path).unwrap().duration()) / 16_000.0;
        let on_disk = (path.metadata().unwrap().len() as f64 - 44.0) / 32_000.0;
        let lost = sent - claimed.max(on_disk);
        assert!(lost < 1.1, "round {round}: {lost:.2} s lost of {sent:.2}");
        losses.push(format!("{lost:.2}"));
        // The same second as the kill, under the right student, once.
        let (code, out, err) = env.run(&["--json", "repair"]);
        assert_eq!(code, 0, "{err}");
        let kept: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(kept.as_array().unwrap().len(), 1);
        let list = env.json(&["list"]);
        assert_eq!((list.as_array().unwrap().len(), list[0]["participants"][0]["student"]["name"].as_str()), (1, Some("Omar")));
        env.begin_anew();
    }
    println!("seconds lost: {}", losses.join(", "));
}

#[test]
fn ctrl_c_ends_a_recording_cleanly() {
    let env = TestEnv::new();
    let talk = clip(env.folder.path(), "omar", 20.0);
    let recorder = env.command(&["record", "--no-transcript", "--play", talk.to_str().unwrap()]).stdout(Stdio::piped()).spawn().unwrap();
    wait_for("a second of sound", || wav_in(&env).is_some_and(|path| path.metadata().unwrap().len() > 40_000));
    assert!(std::process::Command::new("kill").args(["-INT", &recorder.id().to_string()]).status().unwrap().success());
    let output = recorder.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(env.json(&["list"]).as_array().unwrap().len(), 1);
    assert!(
        !std::fs::read_dir(env.recordings()).unwrap().flatten().any(|file| file.file_name().to_string_lossy().ends_with(".session.json")),
        "the lock is gone"
    );
}

#[test]
fn bad_files_give_one_plain_sentence_and_leave_nothing_behind() {
    let env = TestEnv::new();
    let file = |name: &str, bytes: &[u8]| {
        let path = env.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    for (path, sentence) in [
        (file("list.wav", "milk and eggs\n".repeat(300).as_bytes()), "There is no sound in this file that Afterbell can read."),
        (file("empty.mp3", b""), "This file is empty."),
        ("/no/such/file.wav".to_owned(), "This file can’t be opened."),
    ] {
        let (code, _, err) = env.run(&["import", &path]);
        assert!(code == 1 && err.contains(sentence), "{path}: {code} {err}");
    }
    assert!(env.json(&["list"]).as_array().unwrap().is_empty());
    assert_eq!(std::fs::read_dir(env.recordings()).unwrap().count(), 0);
    for (path, sentence) in [
        (file("ggml-garbage.bin", &[7; 9000]), "This file is not a speech model."),
        (file("ggml-empty.bin", b""), "This file is not a speech model."),
        (
            file("ggml-cut.bin", &std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/models/ggml-base-q8_0.bin")).unwrap()[..3_000_000]),
            "This speech model file isn’t complete.",
        ),
    ] {
        let (code, _, err) = env.run(&["models", "add", &path]);
        assert!(code == 1 && err.contains(sentence), "{path}: {code} {err}");
    }
    assert_eq!(env.run(&["show", "77777777"]).0, 1);
    assert_eq!(env.run(&["sample", "nobody"]).0, 2);
}

#[test]
fn a_second_program_does_not_record_into_the_same_library() {
    let env = TestEnv::new();
    let talk = clip(env.folder.path(), "omar", 20.0);
    let mut first = env.command(&["record", "--no-transcript", "--play", talk.to_str().unwrap()]).stderr(Stdio::null()).spawn().unwrap();
    wait_for("the file", || wav_in(&env).is_some());
    let (code, _, err) = env.run(&["record", "--no-transcript", "--seconds", "1", "--play", talk.to_str().unwrap()]);
    assert!(code == 1 && err.contains("already open"), "{code} {err}");
    // Reading is always allowed.
    assert_eq!(env.run(&["list"]).0, 0);
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn a_full_disk_while_recording_stops_clearly_and_keeps_what_was_written() {
    let env = TestEnv::new();
    std::fs::create_dir_all(env.library()).unwrap();
    let mounted = std::process::Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]).arg(env.library()).stderr(Stdio::null()).status();
    if !mounted.is_ok_and(|status| status.success()) {
        return support::skip_for_want_of_right("to mount a small disk");
    }
    let talk = clip(env.folder.path(), "omar", 60.0);
    let recorder = env.command(&["record", "--no-transcript", "--play", talk.to_str().unwrap(), "--speed", "5"]).stderr(Stdio::piped()).spawn().unwrap();
    wait_for("the file", || wav_in(&env).is_some());
    // Everything that is left is taken by somebody else.
    let filler = env.library().join("filler");
    std::fs::write(&filler, vec![0_u8; 30_000_000]).ok();
    let output = recorder.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let wav = wav_in(&env);
    let readable = wav.as_ref().map(|path| hound::WavReader::open(path).is_ok());
    std::fs::remove_file(&filler).ok();
    let (code, _, repaired) = env.run(&["repair"]);
    std::process::Command::new("umount").arg(env.library()).status().unwrap();
    assert!(said.contains("There is no space left on this computer."), "{said}");
    assert_eq!(readable, Some(true));
    assert_eq!(code, 0, "{repaired}");
}

/// A small disk of our own, given back at the end.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(at: &std::path::Path, megabytes: u32) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let size = format!("size={megabytes}m");
        let mounted = std::process::Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(at).stderr(Stdio::null()).status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(at.to_path_buf()));
        }
        support::skip_for_want_of_right("to mount a small disk");
        None
    }

    /// Leaves this many bytes free.
    fn fill_but(&self, free: u64) -> std::path::PathBuf {
        let filler = self.0.join("filler");
        let available = fs4::available_space(&self.0).unwrap();
        std::fs::write(&filler, vec![0_u8; available.saturating_sub(free) as usize]).ok();
        filler
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        std::process::Command::new("umount").arg(&self.0).status().ok();
    }
}

const FULL: &str = "There is no space left on this computer.";

#[test]
fn a_disk_that_fills_up_slowly_is_warned_of_and_the_recording_is_in_the_library() {
    let env = TestEnv::new();
    let Some(disk) = SmallDisk::mount(&env.library(), 40) else { return };
    let talk = clip(env.folder.path(), "omar", 120.0);
    let recorder = env
        .command(&["record", "--student", "Omar", "--no-transcript", "--play", talk.to_str().unwrap(), "--speed", "10"])
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    wait_for("the file", || wav_in(&env).is_some());
    // Somebody else leaves room for half a minute, and the recorder wants to keep some for the library.
    disk.fill_but(4_900_000);
    let output = recorder.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("of space left on this computer.") && said.contains(FULL), "warned, then stopped: {said}");
    assert!(said.contains("Saved."), "and in the library without anything having to be cleared away: {said}");
    let list = env.json(&["list"]);
    assert_eq!(list[0]["participants"][0]["student"]["name"], "Omar", "{list}");
    assert!(env.is_well());
}

#[test]
fn a_full_disk_while_bringing_in_and_while_exporting_changes_nothing() {
    let env = TestEnv::new();
    let Some(disk) = SmallDisk::mount(&env.library(), 24) else { return };
    let talk = clip(env.folder.path(), "leo", 60.0);
    assert_eq!(env.run(&["import", talk.to_str().unwrap(), "--no-transcript"]).0, 0);
    let before: Vec<_> = std::fs::read_dir(env.recordings()).unwrap().flatten().map(|file| file.file_name()).collect();
    let filler = disk.fill_but(500_000);
    let (code, _, said) = env.run(&["import", talk.to_str().unwrap(), "--no-transcript"]);
    assert!(code == 1 && said.contains(FULL), "{said}");
    let out = env.library().join("shared.json");
    // Not one byte is free now.
    std::fs::write(env.library().join("rest"), vec![0; 500_000]).ok();
    let (code, _, said) = env.run(&["export", "--last", "--format", "json", "--output", out.to_str().unwrap()]);
    assert!(code == 1 && said.contains(FULL) && !out.exists(), "{code} {said}");
    std::fs::remove_file(filler).unwrap();
    let after: Vec<_> = std::fs::read_dir(env.recordings()).unwrap().flatten().map(|file| file.file_name()).collect();
    assert_eq!((before, env.json(&["list"]).as_array().unwrap().len()), (after, 1));
    assert!(env.is_well());
}

#[test]
fn a_disk_that_is_full_when_the_recording_is_to_be_kept_keeps_it_for_later() {
    let env = TestEnv::new();
    let Some(disk) = SmallDisk::mount(&env.library(), 30) else { return };
    let talk = clip(env.folder.path(), "leo", 10.0);
    let recording = support::Recording::start(&env, None, &["--student", "Leo", "--play", talk.to_str().unwrap()]);
    wait_for("two seconds of sound", || wav_in(&env).is_some_and(|path| path.metadata().unwrap().len() > 64_000));
    // Full in the very moment of Stop: there is no room for the row in the library.
    let filler = disk.fill_but(0);
    support::signal(recording.child.id(), "INT");
    recording.wait_for(FULL);
    recording.child.wait_with_output().unwrap();
    std::fs::remove_file(filler).unwrap();
    env.json(&["repair", "--no-transcript"]);
    let list = env.json(&["list"]);
    assert_eq!((list.as_array().unwrap().len(), list[0]["participants"][0]["student"]["name"].as_str()), (1, Some("Leo")), "{list}");
    assert!(env.is_well());
}

#[test]
fn the_doctor_finds_an_altered_recording() {
    let env = TestEnv::new();
    let talk = clip(env.folder.path(), "leo", 5.0);
    assert_eq!(env.run(&["import", talk.to_str().unwrap(), "--no-transcript"]).0, 0);
    let path = wav_in(&env).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let finding = |env: &TestEnv| {
        let (_, out, _) = env.run(&["--json", "doctor"]);
        let findings: serde_json::Value = serde_json::from_str(&out).unwrap();
        findings.as_array().unwrap().iter().find(|finding| finding["what"] == "recordings").unwrap()["ok"].as_bool().unwrap()
    };
    assert!(finding(&env));
    bytes[1000] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(!finding(&env));
}

#[test]
fn repair_goes_on_after_a_failure_and_says_each_by_its_name() {
    let env = TestEnv::new();
    std::fs::create_dir_all(env.recordings()).unwrap();
    let path = |name: &str, ending: &str| env.recordings().join(format!("2026-11-25 08.00.0{name}.{ending}"));
    let sound = std::fs::read(clip(env.folder.path(), "maya", 2.0)).unwrap();
    // The disk lost the first block, or wrote another file's; the sound behind it may be got back by somebody who knows how.
    let lost = [vec![0; 44], sound[44..].to_vec()].concat();
    let strange = [b"something else".repeat(4), sound[56..].to_vec()].concat();
    for (name, bytes) in [("1", &lost), ("2", &sound), ("3", &strange), ("4", &sound), ("5", &sound[..44].to_vec())] {
        std::fs::write(path(name, "wav"), bytes).unwrap();
        std::fs::write(path(name, "session.json"), "{}").unwrap();
    }
    // And one that no session knows of.
    std::fs::write(path("6", "wav"), &sound).unwrap();
    let (code, out, said) = env.run(&["--json", "repair", "--no-transcript"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|err| panic!("{err}: {out} {said}"));
    assert_eq!((code, report.as_array().unwrap().len()), (1, 5), "{report} {said}");
    assert!(report.as_array().unwrap()[..3].iter().all(|one| one["id"].is_string()), "{report}");
    for (at, name) in [(3, "1"), (4, "3")] {
        let file = path(name, "wav").file_name().unwrap().to_string_lossy().into_owned();
        assert!(report[at]["recording"] == file && report[at]["failed"].as_str().unwrap().contains("Nothing was changed"), "{report}");
        assert!(said.lines().any(|line| line.starts_with(&file)), "{said}");
    }
    assert_eq!((std::fs::read(path("1", "wav")).unwrap(), std::fs::read(path("3", "wav")).unwrap()), (lost, strange));
    assert!(!path("5", "wav").exists(), "there was nothing in it");
    // They are still offered, and said again.
    let (code, out, said) = env.run(&["repair"]);
    assert!(code == 1 && out.is_empty() && said.lines().count() == 2, "{out} {said}");
    assert_eq!(env.json(&["list"]).as_array().unwrap().len(), 3);
}

#[test]
fn a_table_keeps_the_names_of_its_children_over_a_kill() {
    let env = TestEnv::new();
    let talk = clip(env.folder.path(), "omar", 30.0);
    let who = |record: &serde_json::Value| -> Vec<String> {
        record["participants"].as_array().unwrap().iter().map(|one| one["student"]["name"].as_str().unwrap().to_owned()).collect()
    };
    let at_the_table = ["--student", "Omar", "--student", "Maya", "--student", "omar", "--students", "3", "--no-transcript"];
    let mut recorder = env.command(&[&["record", "--play", talk.to_str().unwrap()], &at_the_table[..]].concat()).stderr(Stdio::null()).spawn().unwrap();
    wait_for("the file", || wav_in(&env).is_some());
    std::thread::sleep(Duration::from_millis(1500));
    recorder.kill().unwrap();
    recorder.wait().unwrap();
    env.json(&["repair", "--no-transcript"]);
    let record = env.json(&["show", "--last"]);
    assert_eq!((who(&record), record["students"].as_u64()), (vec!["Omar".into(), "Maya".into()], Some(3)), "{record}");
    assert!(record["participants"].as_array().unwrap().iter().all(|one| one["voice"].is_null()), "nobody said which voice is whose: {record}");
    // Nobody said how many: as many as are named.
    let short = clip(env.folder.path(), "maya", 2.0);
    env.json(&["record", "--play", short.to_str().unwrap(), "--speed", "50", "--student", "Omar", "--student", "Leo", "--no-transcript"]);
    let record = env.json(&["show", "--last"]);
    assert_eq!((who(&record), record["students"].as_u64()), (vec!["Omar".into(), "Leo".into()], Some(2)));
    // A typed transcript: who is named in it has a voice, who is known besides was there too.
    let typed = env.folder.path().join("table.txt");
    std::fs::write(&typed, "T: Who begins?\nOmar: I do.\nT: And then?\nZoe: Then I.\nOmar: Yes.\nZoe: Yes.\n").unwrap();
    env.json(&["import", typed.to_str().unwrap(), "--student", "Leo", "--student", "Omar"]);
    let record = env.json(&["show", "--last"]);
    assert_eq!(who(&record), ["Leo", "Omar", "Zoe"], "{record}");
}
