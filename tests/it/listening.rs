//! The real way out: real cpal against a virtual sound card, the recording untouched.

use crate::support;
use crate::support::SoundCard;
use afterbell::audio::{Player, PlayerFact, STEP_BACK};
use afterbell::conference::Millis;
use afterbell::settings::{ChosenDevice, SoundChoices};
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const RATE: usize = 48_000;
/// Set for the copy of this program that plays: cpal finds the virtual sound card by its environment.
const PLAY: &str = "AFTERBELL_TEST_PLAYS";

/// What is heard at an output while `work` runs, at 48 kHz mono.
fn heard_at(card: &SoundCard, output: &str, work: impl FnOnce()) -> Vec<f32> {
    let mut listener = card
        .tool("parec")
        .args([&format!("--device={output}.monitor"), "--rate=48000", "--channels=1", "--format=s16le", "--latency-msec=20"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = listener.stdout.take().unwrap();
    let flowing = Arc::new(AtomicBool::new(false));
    let flows = Arc::clone(&flowing);
    let reader = std::thread::Builder::new()
        .spawn(move || {
            let mut bytes = vec![0; 2];
            if pipe.read_exact(&mut bytes).is_ok() {
                flows.store(true, Ordering::Relaxed);
                pipe.read_to_end(&mut bytes).ok();
            }
            bytes
        })
        .unwrap();
    support::wait_for("the monitor to flow", || flowing.load(Ordering::Relaxed));
    work();
    // What was played last is still on its way from there.
    std::thread::sleep(Duration::from_millis(300));
    listener.kill().unwrap();
    listener.wait().unwrap();
    reader.join().unwrap().chunks_exact(2).map(|pair| f32::from(i16::from_le_bytes([pair[0], pair[1]])) / 32_768.0).collect()
}

/// Runs this very test program once more, with only `player_of_the_other_tests`, talking to that card.
fn play(card: &SoundCard, wav: &Path, choice: &str, speed: f32) -> String {
    alone(card, "player_of_the_other_tests", &format!("{}|{choice}|{speed}", wav.display()))
}

fn alone(card: &SoundCard, test: &str, asked: &str) -> String {
    let mut command = support::another_test(&format!("listening::{test}"));
    card.connect(&mut command);
    let output = command.env(PLAY, asked).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Not a promise of its own: it plays when another test has asked for it.
#[test]
fn player_of_the_other_tests() {
    let Ok(asked) = std::env::var(PLAY) else { return };
    let mut parts = asked.split('|');
    let (wav, name, speed) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
    for device in afterbell::audio::loudspeakers().unwrap() {
        println!("loudspeaker: {} {}", device.name, device.is_default);
    }
    let player = Player::open(Path::new(wav), |fact| match fact {
        PlayerFact::Notice(sentence) => println!("notice: {sentence}"),
        PlayerFact::Stopped(err) => println!("stopped: {err}"),
    })
    .unwrap();
    let loudspeaker = (!name.is_empty()).then(|| ChosenDevice { id: String::new(), name: name.into() });
    player.set_sound(SoundChoices { loudspeaker, ..SoundChoices::default() });
    player.set_speed(speed.parse().unwrap());
    let begun = Instant::now();
    player.play().unwrap();
    let playhead = player.playhead();
    support::wait_for("the playhead to move", || playhead.position() > Millis::ZERO);
    println!("playhead moved after {} ms", begun.elapsed().as_millis());
    support::wait_for("the end", || !playhead.is_playing());
    println!("played for {} ms, playhead at {} ms", begun.elapsed().as_millis(), playhead.position().0);
}

/// Not a promise of its own: it types while it plays, when another test has asked for it.
#[test]
fn typist_of_the_other_tests() {
    let Ok(wav) = std::env::var(PLAY) else { return };
    let player = Player::open(Path::new(&wav), |_| {}).unwrap();
    let playhead = player.playhead();
    let hold = |after: i64| {
        support::wait_for("the moment to type", || playhead.position() > Millis(after));
        player.hold_for_typing();
        support::wait_for("the sound to wait", || !playhead.is_playing());
        playhead.position()
    };
    // Nothing plays yet: typing neither pauses nor begins anything.
    player.hold_for_typing();
    player.resume_after_typing().unwrap();
    assert!(!playhead.is_playing());
    player.play().unwrap();
    let held = hold(2000);
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(playhead.position(), held, "it waits while she types");
    player.resume_after_typing().unwrap();
    support::wait_for("the step back", || playhead.position() < held);
    let from = playhead.position();
    println!("held at {} ms, went on from {} ms", held.0, from.0);
    // The answer comes a moment before the first sound, and this program may be late in looking.
    assert!(from >= held - STEP_BACK && from < held - STEP_BACK + Millis(300), "{held} {from}");
    support::wait_for("all to be heard again", || playhead.position() > held + Millis(200));
    support::wait_for("the end", || !playhead.is_playing());
    // Near the beginning it goes on from there; what she paused herself stays paused.
    player.seek(Millis::ZERO);
    player.play().unwrap();
    let early = hold(300);
    player.resume_after_typing().unwrap();
    support::wait_for("the beginning", || playhead.is_playing() && playhead.position() < early);
    hold(500);
    player.pause();
    player.resume_after_typing().unwrap();
    std::thread::sleep(Duration::from_millis(100));
    assert!(!playhead.is_playing());
}

/// Where sound begins and ends, and its pitch.
fn tone_in(samples: &[f32]) -> Option<(usize, usize, f64)> {
    let first = samples.iter().position(|sample| sample.abs() > 0.05)?;
    let last = samples.iter().rposition(|sample| sample.abs() > 0.05)?;
    let middle = &samples[first + (last - first) / 4..last - (last - first) / 4];
    let up: Vec<usize> = (1..middle.len()).filter(|&n| middle[n - 1] < 0.0 && middle[n] >= 0.0).collect();
    // The middle one of all periods: a hiccup of a busy computer is no other pitch.
    let mut periods: Vec<usize> = up.windows(11).map(|eleven| eleven[10] - eleven[0]).collect();
    periods.sort_unstable();
    Some((first, last, 10.0 * RATE as f64 / periods[periods.len() / 2] as f64))
}

/// 440 Hz for 3 s.
fn tone(folder: &Path) -> std::path::PathBuf {
    let path = folder.join("tone.wav");
    let spec = hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for n in 0..48_000 {
        writer.write_sample(((f64::from(n) * 440.0 * std::f64::consts::TAU / 16_000.0).sin() * 10_000.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
    path
}

#[test]
fn sound_comes_out_of_the_chosen_loudspeaker_and_of_no_other() {
    let Some(card) = SoundCard::start() else { return };
    assert!(card.pactl(&["load-module", "module-null-sink", "sink_name=ears", "rate=44100", "channels=2", "sink_properties=device.description=Headphones"]));
    let folder = tempfile::tempdir().unwrap();
    let wav = tone(folder.path());
    let before = afterbell::audio::sha256_of(&wav).unwrap();
    let mut said = String::new();
    let mut elsewhere = Vec::new();
    let heard = heard_at(&card, "ears", || elsewhere = heard_at(&card, "spk", || said = play(&card, &wav, "Headphones", 1.0)));
    println!("{said}");
    let (first, last, pitch) = tone_in(&heard).unwrap_or_else(|| panic!("nothing was heard: {said}"));
    assert!((pitch / 440.0 - 1.0).abs() < 0.01, "{pitch} Hz");
    assert!(((last - first) as f64 / RATE as f64 - 3.0).abs() < 0.06, "{} s", (last - first) as f64 / RATE as f64);
    assert!(tone_in(&elsewhere).is_none(), "it came out of the other one too");
    assert!(said.contains("loudspeaker: VirtualSpeaker true") && said.contains("loudspeaker: Headphones false"), "{said}");
    assert!(!said.contains("notice:"), "{said}");
    assert_eq!(afterbell::audio::sha256_of(&wav).unwrap(), before, "the recording is never written");
}

#[test]
fn after_typing_the_last_second_and_a_half_is_heard_again() {
    let Some(card) = SoundCard::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let wav = tone(folder.path());
    println!("{}", alone(&card, "typist_of_the_other_tests", wav.to_str().unwrap()));
}

#[test]
fn faster_keeps_the_pitch_all_the_way_to_the_loudspeaker_and_a_missing_one_is_said() {
    let Some(card) = SoundCard::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let wav = tone(folder.path());
    let mut said = String::new();
    let heard = heard_at(&card, "spk", || said = play(&card, &wav, "Headphones", 1.5));
    println!("{said}");
    assert!(said.contains("notice: “Headphones” is not there. Playing through “VirtualSpeaker” instead."), "{said}");
    let (first, last, pitch) = tone_in(&heard).unwrap_or_else(|| panic!("nothing was heard: {said}"));
    let secs = (last - first) as f64 / RATE as f64;
    println!("{pitch:.2} Hz for {secs:.3} s");
    assert!((pitch / 440.0 - 1.0).abs() < 0.01, "{pitch} Hz");
    assert!((secs - 2.0).abs() < 0.06, "{secs} s");
}
