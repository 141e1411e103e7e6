//! What a power cut costs. The method: a shim preloaded into the real program keeps a copy of each file as of its last sync (and of each
//! folder's names as of its last); the program is killed, the library is laid out from that copy alone, and the next start has to cope.
//! It is stricter than most disks, which also keep much of what was never synced, and knows nothing of torn sectors.
//!
//! `AFTERBELL_KILLS=50 ./test powercut:: --no-capture` is the long form.

#![cfg(target_os = "linux")]

use crate::support::{Recording, SoundCard, TestEnv, clip, shim};
use afterbell::work::record;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Where the shim keeps what is durable.
struct Disk {
    folder: tempfile::TempDir,
    shim: PathBuf,
}

impl Disk {
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("inodes")).unwrap();
        let shim = shim(folder.path(), "powercut")?;
        Some(Self { folder, shim })
    }

    fn under(&self, env: &TestEnv, command: &mut std::process::Command) {
        std::fs::create_dir_all(env.library()).unwrap();
        command.env("LD_PRELOAD", &self.shim).env("POWERCUT_FROM", env.library()).env("POWERCUT_TO", self.folder.path());
    }

    /// Replaces the library by what would be there after the power went.
    fn cut_power(&self, env: &TestEnv) {
        let mut names: BTreeMap<PathBuf, u64> = BTreeMap::new();
        for line in std::fs::read_to_string(self.folder.path().join("names")).unwrap_or_default().lines() {
            let (inode, path) = line.split_once('\t').unwrap();
            let path = PathBuf::from(path);
            if path.ends_with("*") {
                names.retain(|name, _| name.parent() != path.parent());
            } else {
                names.insert(path, inode.parse().unwrap());
            }
        }
        std::fs::remove_dir_all(env.library()).unwrap();
        std::fs::create_dir_all(env.recordings()).unwrap();
        for (path, inode) in names {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            // A name that is durable without its content ever having been synced is an empty file.
            let content = std::fs::read(self.folder.path().join("inodes").join(inode.to_string())).unwrap_or_default();
            std::fs::write(path, content).unwrap();
        }
    }
}

fn tries() -> usize {
    std::env::var("AFTERBELL_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(2)
}

#[test]
fn a_power_cut_while_recording_costs_at_most_a_checkpoint_and_what_was_on_its_way() {
    let Some(card) = SoundCard::with_tone() else { return };
    let mut losses = Vec::new();
    for round in 0..tries() {
        let env = TestEnv::new();
        let Some(disk) = Disk::new() else { return };
        let mut recording = Recording::start_with(&env, Some(&card), &["--student", "Omar"], |command| disk.under(&env, command));
        // Evenly spread over a second and more, between two checkpoints and everywhere else.
        std::thread::sleep(Duration::from_secs_f64(1.3 + (round as f64 * 0.377) % 2.0));
        recording.mark();
        recording.wait_for("Marked");
        recording.child.kill().unwrap();
        let sent = recording.began.elapsed().as_secs_f64();
        recording.child.wait().unwrap();
        disk.cut_power(&env);
        let [cut] = &record::interrupted(&env.folders()).unwrap()[..] else { panic!("round {round}: one is offered") };
        assert!(hound::WavReader::open(env.wav().unwrap()).is_ok(), "round {round}: whole without repair");
        losses.push(sent - cut.length.secs());
        env.json(&["repair", "--no-transcript"]);
        let record = env.json(&["show", "--last"]);
        assert_eq!((record["participants"][0]["student"]["name"].as_str(), record["marks"].as_array().unwrap().len()), (Some("Omar"), 1), "round {round}");
        assert!(env.is_well(), "round {round}");
    }
    let (most, sum) = losses.iter().fold((0.0_f64, 0.0), |(most, sum), &lost| (most.max(lost), sum + lost));
    println!("{} power cuts while recording: lost {most:.3} s at most, {:.3} s on average", losses.len(), sum / losses.len() as f64);
    // One second to the next checkpoint, half a second at the sound server, and the sync itself.
    assert!(most < 1.8, "{most:.3} s lost");
}

#[test]
fn what_was_said_to_be_saved_is_there_after_a_power_cut() {
    let env = TestEnv::new();
    let Some(disk) = Disk::new() else { return };
    let talk = clip(env.folder.path(), "leo", 5.0);
    for arguments in [
        &["import", "--student", "Leo", "--no-transcript", talk.to_str().unwrap()][..],
        &["record", "--student", "Maya", "--no-transcript", "--speed", "20", "--play", talk.to_str().unwrap()],
    ] {
        let mut command = env.command(arguments);
        disk.under(&env, &mut command);
        let begun = Instant::now();
        assert!(command.stderr(std::process::Stdio::null()).stdout(std::process::Stdio::null()).status().unwrap().success());
        println!("{} took {:?} under the shim", arguments[0], begun.elapsed());
    }
    disk.cut_power(&env);
    let list = env.json(&["list"]);
    assert_eq!(list.as_array().unwrap().len(), 2, "{list}");
    env.json(&["repair", "--no-transcript"]);
    assert_eq!(env.json(&["list"]).as_array().unwrap().len(), 2, "a lock whose removal was not durable brings nothing back twice");
    assert!(env.is_well());
    let sound = |path: &Path| hound::WavReader::open(path).unwrap().duration();
    for file in std::fs::read_dir(env.recordings()).unwrap().flatten().filter(|file| file.path().extension().is_some_and(|ending| ending == "wav")) {
        assert_eq!(sound(&file.path()), 80_000);
    }
}
