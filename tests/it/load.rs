//! Long and under load: nothing is dropped, memory does not grow, one conference stays one.
//!
//! `AFTERBELL_BUSY_MINUTES=60 ./test load:: --no-capture` and `AFTERBELL_HOURS=13 ...` are the long forms.

#![cfg(target_os = "linux")]

use crate::support;
use crate::support::{Recording, SoundCard, TestEnv, has, most_memory, skip};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn asked(variable: &str, otherwise: f64) -> f64 {
    std::env::var(variable).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

#[test]
fn with_every_core_busy_not_one_frame_is_dropped() {
    let Some(card) = SoundCard::with_tone() else { return };
    let env = TestEnv::new();
    let secs = asked("AFTERBELL_BUSY_MINUTES", 0.1) * 60.0;
    let recording = Recording::start(&env, Some(&card), &["--student", "Maya"]);
    let until = Instant::now() + Duration::from_secs_f64(secs);
    let cores = std::thread::available_parallelism().unwrap().get();
    let mut transcriptions = 0;
    std::thread::scope(|scope| {
        // What a compiler does to each core.
        for _ in 0..cores {
            scope.spawn(|| {
                let mut sum = 0_u64;
                while Instant::now() < until {
                    (0..1_000_000_u64).for_each(|n| sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(n)));
                }
            });
        }
        // A disk that is written to and synced without end.
        scope.spawn(|| {
            let path = env.folder.path().join("other work");
            while Instant::now() < until {
                let mut file = std::fs::File::create(&path).unwrap();
                std::io::Write::write_all(&mut file, &vec![7; 8_000_000]).unwrap();
                file.sync_all().unwrap();
            }
        });
        // And the recogniser.
        while Instant::now() < until {
            let mut child = env.command(&["transcribe", support::sample("leo").to_str().unwrap()]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            while child.try_wait().unwrap().is_none() && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(100));
            }
            transcriptions += 1;
            child.kill().ok();
            child.wait().unwrap();
        }
    });
    let (ran, report) = recording.stop();
    println!(
        "{ran:.1} s with {cores} cores busy, a disk writer and {transcriptions} transcriptions begun: {} frames dropped, gaps {}, slowest callback {} us",
        report["frames_dropped"], report["dropouts_s"], report["slowest_callback_us"]
    );
    assert_eq!((report["frames_dropped"].as_u64(), report["dropouts_s"].as_array().map(Vec::len)), (Some(0), Some(0)));
    assert!((report["length_s"].as_f64().unwrap() - ran).abs() < 1.5, "{report}");
}

#[test]
fn a_recording_of_many_hours_needs_no_more_memory_than_a_short_one() {
    if !has("ffmpeg") {
        return skip("no ffmpeg");
    }
    let env = TestEnv::new();
    let hours = asked("AFTERBELL_HOURS", 0.1);
    let file = env.folder.path().join("long.flac");
    let tone = format!("sine=frequency=440:sample_rate=48000:duration={}", hours * 3600.0);
    let made = Command::new("ffmpeg").args(["-v", "error", "-f", "lavfi", "-i", &tone, "-ac", "1", "-compression_level", "0"]).arg(&file).status().unwrap();
    assert!(made.success());
    let begun = Instant::now();
    let mut recording = Recording::start(&env, None, &["--high-quality", "--speed", "1000000", "--play", file.to_str().unwrap()]);
    let (mut most, mut early) = (0, 0);
    while recording.child.try_wait().unwrap().is_none() {
        most = most_memory(recording.child.id()).unwrap_or(most);
        if begun.elapsed() < Duration::from_secs(2) {
            early = most;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let report = recording.report();
    let parts = std::fs::read_dir(env.recordings()).unwrap().flatten().filter(|file| file.path().extension().is_some_and(|ending| ending == "wav")).count();
    let expected = (hours * 3600.0 * 48_000.0 * 2.0 / 4_294_963_156.0).ceil() as usize;
    println!("{hours} h in {:?}: {parts} parts, {} MB of memory at most, {} MB in the first seconds", begun.elapsed(), most / 1_000_000, early / 1_000_000);
    assert!((report["length_s"].as_f64().unwrap() - hours * 3600.0).abs() < 0.01, "{report}");
    assert_eq!((parts, env.json(&["list"]).as_array().unwrap().len()), (expected, 1), "parts, and one conference");
    assert!(most < 120_000_000, "{} MB", most / 1_000_000);
    assert!(env.is_well());
}
