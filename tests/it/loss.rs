//! A microphone that goes away, comes back, stands still or gives nothing: through real cpal, against a virtual sound card.
//!
//! The recording goes on, the gap is silent and marked, and the clock stays true to the one on the wall.

#![cfg(target_os = "linux")]

use crate::support::{Recording, SoundCard, TestEnv, recorded_samples, signal};
use std::time::{Duration, Instant};

const RATE: f64 = 16_000.0;
/// The sound server hands sound over twice a second, and stopping takes a moment.
const AT_MOST_OFF: f64 = 0.8;
const NOTHING: &str = "No sound arrives from the microphone";
const GOES_ON: &str = "Recording continues with";

fn wait(secs: f64) {
    std::thread::sleep(Duration::from_secs_f64(secs));
}

/// The gaps of a report, in seconds.
fn gaps(report: &serde_json::Value) -> Vec<(f64, f64)> {
    report["dropouts_s"].as_array().unwrap().iter().map(|gap| (gap[0].as_f64().unwrap(), gap[1].as_f64().unwrap())).collect()
}

fn check_clock(what: &str, ran: f64, report: &serde_json::Value) {
    let length = report["length_s"].as_f64().unwrap();
    println!("{what}: {ran:.2} s by the wall, {length:.2} s in the file, gaps {:?}", gaps(report));
    assert!((length - ran).abs() < AT_MOST_OFF, "{what}: {length:.2} s in the file, {ran:.2} s by the wall");
}

/// Hertz by counting how often the sound rises through zero; 0 for silence.
fn pitch(sound: &[f32]) -> f64 {
    sound.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count() as f64 / (sound.len() as f64 / RATE)
}

/// Where a tone is torn, in seconds: each sample of a pure one follows from the two before it.
fn tears(sound: &[f32], hz: f64) -> Vec<f64> {
    let turn = 2.0 * (std::f64::consts::TAU * hz / RATE).cos();
    let is_torn = |three: &[f32]| (f64::from(three[2]) - turn * f64::from(three[1]) + f64::from(three[0])).abs() > 0.02;
    let mut torn: Vec<f64> = sound.windows(3).enumerate().filter(|(_, three)| is_torn(three)).map(|(at, _)| at as f64 / RATE).collect();
    torn.dedup_by(|next, last| *next - *last < 0.02);
    torn
}

/// The gap is silent, and the tone is heard before and after it.
fn check_sound(report: &serde_json::Value, after_hz: f64) {
    let sound = recorded_samples(std::path::Path::new(report["file"].as_str().unwrap()));
    let between = |from: f64, to: f64| &sound[(from * RATE) as usize..((to * RATE) as usize).min(sound.len())];
    let [(from, to)] = gaps(report)[..] else { panic!("one gap: {report}") };
    let before = between(0.5, from - 0.1);
    assert!((pitch(before) - 440.0).abs() < 4.0, "{} Hz before the gap, torn at {:?}", pitch(before), tears(before, 440.0));
    assert!(between(from + 0.05, to - 0.05).iter().all(|sample| sample.abs() < 1e-3), "silence in the gap");
    let after = between(to + 0.1, sound.len() as f64 / RATE);
    assert!((pitch(after) - after_hz).abs() < 4.0, "{} Hz after the gap, torn at {:?}", pitch(after), tears(after, after_hz));
}

#[test]
fn a_tone_is_torn_where_some_of_it_is_missing() {
    let tone: Vec<f32> =
        (0..32_000).filter(|at| !(16_000..16_100).contains(at)).map(|at| (f64::from(at) * 660.0 * std::f64::consts::TAU / RATE).sin() as f32 * 0.5).collect();
    assert_eq!(tears(&tone, 660.0).len(), 1);
    assert!((tears(&tone, 660.0)[0] - 1.0).abs() < 0.01);
    assert!(tears(&tone[..16_000], 660.0).is_empty());
}

#[test]
fn a_microphone_that_is_pulled_out_and_put_back_goes_on_with_a_marked_gap() {
    let Some(card) = SoundCard::with_tone() else { return };
    let env = TestEnv::new();
    let mut recording = Recording::start(&env, Some(&card), &["--student", "Maya"]);
    wait(3.0);
    assert!(card.pull_out());
    let gone = Instant::now();
    let said = recording.wait_for(NOTHING) - gone;
    assert!(said < Duration::from_secs(2), "said after {said:?}");
    wait(2.5);
    recording.mark();
    wait(1.0);
    assert!(card.plug_in("mic", "vmic", 48_000));
    recording.wait_for(GOES_ON);
    wait(3.0);
    let (ran, report) = recording.stop();
    check_clock("pulled out and put back", ran, &report);
    check_sound(&report, 440.0);
    let [(from, to)] = gaps(&report)[..] else { panic!("one gap") };
    let mark = report["marks_s"][0].as_f64().unwrap();
    assert!(from < mark && mark < to, "a moment marked in the gap stands in it: {mark}");
    // The library knows the gap.
    assert_eq!(env.json(&["show", "--last"])["dropouts"].as_array().unwrap().len(), 1);
}

#[test]
fn another_microphone_takes_over_even_at_another_rate() {
    let Some(mut card) = SoundCard::with_tone() else { return };
    assert!(card.pactl(&["load-module", "module-null-sink", "sink_name=other", "rate=44100"]));
    card.play_tone("other", 660);
    let env = TestEnv::new();
    let recording = Recording::start(&env, Some(&card), &[]);
    wait(2.5);
    assert!(card.pull_out() && card.plug_in("second", "other", 44_100));
    recording.wait_for(GOES_ON);
    wait(3.0);
    let (ran, report) = recording.stop();
    check_clock("another microphone at 44100 Hz", ran, &report);
    check_sound(&report, 660.0);
}

#[test]
fn a_sound_server_that_is_ended_and_started_again_goes_on() {
    let Some(mut card) = SoundCard::with_tone() else { return };
    let env = TestEnv::new();
    let recording = Recording::start(&env, Some(&card), &[]);
    wait(2.5);
    card.shut_down();
    recording.wait_for(NOTHING);
    wait(1.0);
    card.boot();
    card.play_tone("vmic", 440);
    recording.wait_for(GOES_ON);
    wait(3.0);
    let (ran, report) = recording.stop();
    check_clock("the sound server started again", ran, &report);
    check_sound(&report, 440.0);
}

#[test]
fn a_sound_server_that_stands_still_is_said_and_the_clock_stays_true() {
    let Some(card) = SoundCard::with_tone() else { return };
    let env = TestEnv::new();
    // Shorter than the watchdog, and longer.
    for still in [2.2, 7.0] {
        let recording = Recording::start(&env, Some(&card), &[]);
        wait(2.5);
        signal(card.server(), "STOP");
        let stopped = Instant::now();
        let said = recording.wait_for(NOTHING) - stopped;
        wait(still - stopped.elapsed().as_secs_f64());
        signal(card.server(), "CONT");
        // Nothing is delivered for up to half a second before, so it may be said a little early.
        assert!(said < Duration::from_secs(2), "said after {said:?}");
        wait(4.0);
        let (ran, report) = recording.stop();
        check_clock(&format!("the sound server stood still for {still} s"), ran, &report);
        env.begin_anew();
    }
}

#[test]
fn a_program_that_was_put_to_sleep_keeps_all_and_the_clock_true() {
    let Some(card) = SoundCard::with_tone() else { return };
    let env = TestEnv::new();
    for with_server in [false, true] {
        let recording = Recording::start(&env, Some(&card), &[]);
        wait(2.5);
        let sleepers = [Some(recording.child.id()), with_server.then(|| card.server())];
        sleepers.iter().flatten().for_each(|&one| signal(one, "STOP"));
        wait(5.0);
        sleepers.iter().flatten().for_each(|&one| signal(one, "CONT"));
        wait(4.0);
        let (ran, report) = recording.stop();
        check_clock(if with_server { "program and sound server asleep for 5 s" } else { "program asleep for 5 s" }, ran, &report);
        env.begin_anew();
    }
}

#[test]
fn a_microphone_that_gives_only_zeros_is_said_within_five_seconds() {
    let Some(card) = SoundCard::start() else { return };
    let env = TestEnv::new();
    let recording = Recording::start(&env, Some(&card), &[]);
    let said = recording.wait_for("The microphone gives only silence.") - recording.began;
    println!("only zeros: said after {said:?}");
    assert!(said < Duration::from_secs(5), "said after {said:?}");
    let (_, report) = recording.stop();
    assert_eq!(report["frames_dropped"], 0, "it is recorded all the same");
}

#[test]
fn without_any_microphone_it_stops_loudly_and_everything_up_to_then_is_kept() {
    let Some(card) = SoundCard::with_tone() else { return };
    let env = TestEnv::new();
    let recording = Recording::start(&env, Some(&card), &["--student", "Leo"]);
    wait(3.0);
    let ran = recording.began.elapsed().as_secs_f64();
    assert!(card.pull_out());
    let gone = Instant::now();
    let said = recording.wait_for(NOTHING) - gone;
    assert!(said < Duration::from_secs(2), "said after {said:?}");
    recording.wait_for("The microphone stopped answering. Everything up to that moment is saved.");
    assert!(gone.elapsed() < Duration::from_secs(36), "given up after {:?}", gone.elapsed());
    let report = recording.report();
    check_clock("gone for good", ran, &report);
    assert_eq!(env.json(&["list"])[0]["participants"][0]["student"]["name"], "Leo");
}
