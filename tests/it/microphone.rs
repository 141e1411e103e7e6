//! The real microphone path: real cpal against a virtual sound card.

use crate::support;
use crate::support::{SoundCard, TestEnv};
use std::process::Stdio;

/// The best normalised cross-correlation of `known` inside `recorded`, and where.
fn correlation(known: &[f32], recorded: &[f32]) -> (f64, usize) {
    let size = (known.len() + recorded.len()).next_power_of_two();
    let mut planner = realfft::RealFftPlanner::<f64>::new();
    let (forward, inverse) = (planner.plan_fft_forward(size), planner.plan_fft_inverse(size));
    let spectrum = |samples: &[f32]| {
        let mut input: Vec<f64> = samples.iter().map(|&sample| f64::from(sample)).collect();
        input.resize(size, 0.0);
        let mut output = forward.make_output_vec();
        forward.process(&mut input, &mut output).unwrap();
        output
    };
    let mut product: Vec<_> = spectrum(recorded).iter().zip(spectrum(known)).map(|(a, b)| a * b.conj()).collect();
    product[0].im = 0.0;
    product.last_mut().unwrap().im = 0.0;
    let mut lags = inverse.make_output_vec();
    inverse.process(&mut product, &mut lags).unwrap();
    let (lag, best) = lags[..recorded.len()].iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap();
    let energy = |samples: &[f32]| samples.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
    let there = &recorded[lag..(lag + known.len()).min(recorded.len())];
    (best / size as f64 / (energy(known) * energy(there)), lag)
}

#[test]
fn what_is_played_into_the_microphone_is_what_is_recorded_and_nothing_is_missing() {
    let Some(card) = SoundCard::start() else { return };
    let env = TestEnv::new();
    let known = support::clip(env.folder.path(), "maya", 12.0);
    let mut command = env.command(&["--json", "record", "--student", "Maya", "--seconds", "16", "--no-transcript"]);
    card.connect(&mut command);
    let recorder = command.stdout(Stdio::piped()).spawn().unwrap();
    support::wait_for("the recording to begin", || {
        std::fs::read_dir(env.recordings()).is_ok_and(|mut files| files.any(|file| file.unwrap().path().extension().is_some_and(|ending| ending == "wav")))
    });
    assert!(card.play(&known).wait().unwrap().success());
    let output = recorder.wait_with_output().unwrap();
    assert!(output.status.success());
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["frames_dropped"], 0, "{report}");
    assert_eq!(report["frames_expected"], report["frames_written"]);
    let recorded = support::recorded_samples(std::path::Path::new(report["file"].as_str().unwrap()));
    let length = report["length_s"].as_f64().unwrap();
    assert!((recorded.len() as f64 / 16_000.0 - length).abs() < 0.01 && (15.3..=17.0).contains(&length), "{length} s: the end came late, or not at all");
    let known = support::recorded_samples(&known);
    let (whole, lag) = correlation(&known, &recorded);
    println!("cross-correlation {whole:.4} at {:.3} s", lag as f64 / 16_000.0);
    // Half a sample between the two clocks alone costs 0.004.
    assert!(whole > 0.99, "cross-correlation {whole}");
    // Nothing missing and nothing moved: each two seconds are found at the same place, within a sample.
    for (index, piece) in known.chunks_exact(32_000).enumerate() {
        let at = lag + index * 32_000;
        let (part, offset) = correlation(piece, &recorded[at.saturating_sub(160)..(at + 32_160).min(recorded.len())]);
        assert!(part > 0.98 && offset.abs_diff(at.min(160)) <= 1, "piece {index}: {part} at {offset}");
    }
}

#[test]
fn without_a_microphone_one_sentence_says_what_to_do() {
    let env = TestEnv::new();
    let empty = tempfile::tempdir().unwrap();
    // Neither a sound server nor an ALSA card can be found from here.
    std::fs::write(empty.path().join("asoundrc"), "pcm.!default { type null }\n").unwrap();
    let mut command = env.command(&["record", "--seconds", "1", "--no-transcript", "--microphone", "no such microphone"]);
    let output = command.env("XDG_RUNTIME_DIR", empty.path()).env("HOME", empty.path()).env("PULSE_SERVER", "unix:/nonexistent").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("Afterbell can’t hear a microphone."), "{said}");
}
