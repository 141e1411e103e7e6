//! Time is counted in samples: whoever sets the clock, or carries the computer into another time zone, changes no duration.

#![cfg(target_os = "linux")]

use crate::support::{Recording, TestEnv, clip, shim};
use std::time::Duration;

#[test]
fn a_clock_that_is_set_forward_and_back_changes_no_duration() {
    let env = TestEnv::new();
    let Some(shim) = shim(env.folder.path(), "clock") else { return };
    let talk = clip(env.folder.path(), "omar", 20.0);
    let offset = env.folder.path().join("offset");
    std::fs::write(&offset, "0").unwrap();
    let mut recording = Recording::start_with(&env, None, &["--play", talk.to_str().unwrap()], |command| {
        command.env("LD_PRELOAD", &shim).env("CLOCK_OFFSET", &offset).env("TZ", "Pacific/Auckland");
    });
    // An hour forward, a day back, a year forward.
    for seconds in ["3600", "-86400", "31536000"] {
        std::thread::sleep(Duration::from_millis(1200));
        std::fs::write(&offset, seconds).unwrap();
        recording.mark();
    }
    std::thread::sleep(Duration::from_millis(1200));
    let (ran, report) = recording.stop();
    let length = report["length_s"].as_f64().unwrap();
    println!("{ran:.2} s by the clock that only counts, {length:.2} s in the file");
    assert!((length - ran).abs() < 0.6, "{length:.2} s in the file, {ran:.2} s passed");
    assert_eq!(report["frames_dropped"], 0, "nothing was taken for a gap");
    let marks: Vec<f64> = report["marks_s"].as_array().unwrap().iter().map(|mark| mark.as_f64().unwrap()).collect();
    assert!(marks.len() == 3 && marks.windows(2).all(|pair| (pair[1] - pair[0] - 1.2).abs() < 0.5), "{marks:?}");
    // Read in another time zone it is the same moment and the same length.
    let seen = |zone: &str| {
        let output = env.command(&["--json", "list"]).env("TZ", zone).output().unwrap();
        let list: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (list[0]["started_unix_ms"].clone(), list[0]["length"].clone())
    };
    assert_eq!(seen("Pacific/Auckland"), seen("America/New_York"));
}
