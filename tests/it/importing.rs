//! Recordings of the formats phones make, made by ffmpeg: they come back as long as they were, and sound the same.

use crate::support;
use crate::support::TestEnv;
use afterbell::audio::{SPEECH_RATE_HZ, decode_file, recorded_at};
use afterbell::conference::Millis;
use afterbell::error::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SECS: f64 = 8.0;

/// What is made: the ending, and what ffmpeg is told.
const FORMATS: [(&str, &[&str]); 20] = [
    ("wav", &["-c:a", "pcm_s16le"]),
    ("wav", &["-c:a", "pcm_s24le", "-ac", "2", "-ar", "48000"]),
    ("mp3", &["-c:a", "libmp3lame", "-b:a", "64k", "-ar", "44100", "-ac", "2"]),
    ("mp3", &["-c:a", "libmp3lame", "-b:a", "32k", "-ar", "22050"]),
    ("m4a", &["-c:a", "aac", "-b:a", "64k", "-ar", "44100"]),
    ("m4a", &["-c:a", "aac", "-b:a", "96k", "-ar", "48000", "-ac", "2", "-movflags", "+faststart"]),
    ("aac", &["-c:a", "aac", "-b:a", "64k", "-ar", "44100"]),
    ("m4a", &["-c:a", "alac", "-ar", "44100", "-ac", "2"]),
    ("flac", &["-c:a", "flac", "-ar", "48000"]),
    ("ogg", &["-c:a", "libvorbis", "-ar", "44100", "-ac", "2"]),
    ("oga", &["-c:a", "libvorbis", "-ar", "22050"]),
    ("opus", &["-c:a", "libopus", "-b:a", "24k"]),
    ("opus", &["-c:a", "libopus", "-b:a", "64k", "-ac", "2"]),
    ("webm", &["-c:a", "libopus", "-b:a", "48k"]),
    ("webm", &["-c:a", "libvorbis", "-ar", "48000"]),
    ("mka", &["-c:a", "libopus", "-b:a", "32k"]),
    ("mka", &["-c:a", "libvorbis", "-ar", "44100", "-ac", "2"]),
    ("mka", &["-c:a", "flac", "-ar", "44100"]),
    ("aiff", &["-c:a", "pcm_s16be", "-ar", "44100"]),
    ("m4a", &["-c:a", "aac", "-b:a", "48k", "-ar", "16000"]),
];

fn ffmpeg(source: &[&str], arguments: &[&str], to: &Path) -> bool {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-y"]).args(source).args(arguments).arg(to).stderr(Stdio::null());
    command.status().unwrap().success()
}

/// The clip everything is made of, and its samples.
fn source(folder: &Path) -> (PathBuf, Vec<f32>) {
    let path = support::clip(folder, "maya", SECS);
    let samples = decode_file(&path, &mut |_| Ok(())).unwrap().samples;
    (path, samples)
}

/// The largest normalised cross-correlation within 0.1 s of lag: encoders put a little silence in front.
fn likeness(a: &[f32], b: &[f32]) -> f64 {
    let most = SPEECH_RATE_HZ as usize / 10;
    let energy = |samples: &[f32]| samples.iter().map(|&sample| f64::from(sample).powi(2)).sum::<f64>().sqrt();
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let best = (0..most).flat_map(|lag| [dot(&a[lag.min(a.len())..], b), dot(a, &b[lag.min(b.len())..])]).fold(0.0_f32, f32::max);
    f64::from(best) / (energy(a) * energy(b)).max(1e-9)
}

#[test]
fn every_format_phones_make_comes_back_as_long_and_as_it_sounded() {
    if !support::has("ffmpeg") {
        return support::skip("no ffmpeg");
    }
    let folder = tempfile::tempdir().unwrap();
    let (wav, samples) = source(folder.path());
    for (number, (ending, arguments)) in FORMATS.iter().enumerate() {
        let path = folder.path().join(format!("Aufnahme {number}.{ending}"));
        assert!(ffmpeg(&["-i", wav.to_str().unwrap()], arguments, &path), "ffmpeg makes no {ending} {arguments:?}");
        let before = std::fs::read(&path).unwrap();
        let sound = decode_file(&path, &mut |_| Ok(())).unwrap_or_else(|err| panic!("{ending} {arguments:?}: {err}"));
        let secs = sound.samples.len() as f64 / f64::from(SPEECH_RATE_HZ);
        let alike = likeness(&sound.samples, &samples);
        eprintln!("{ending:>5} {:>6} Hz, {} channels: {secs:.3} s, cross-correlation {alike:.3}", sound.original_rate_hz, sound.original_channels);
        // Without an edit list (a bare AAC stream) the encoder's own silence stays: 2 frames of 1024 in front, one behind.
        assert!((secs - SECS).abs() < 0.1, "{ending} {arguments:?}: {secs} s");
        assert!(alike > 0.9, "{ending} {arguments:?}: {alike}");
        assert_eq!(std::fs::read(&path).unwrap(), before, "the original stays as it is");
    }
}

#[test]
fn the_sound_of_a_video_is_brought_in() {
    if !support::has("ffmpeg") {
        return support::skip("no ffmpeg");
    }
    let folder = tempfile::tempdir().unwrap();
    let (wav, samples) = source(folder.path());
    let path = folder.path().join("clip.mp4");
    let inputs = ["-f", "lavfi", "-i", "color=c=gray:s=64x64:r=5", "-i", wav.to_str().unwrap(), "-shortest"];
    assert!(ffmpeg(&inputs, &["-c:v", "mpeg4", "-c:a", "aac", "-b:a", "64k", "-ar", "44100"], &path));
    let sound = decode_file(&path, &mut |_| Ok(())).unwrap();
    assert!(likeness(&sound.samples, &samples) > 0.9);
}

/// Formats that take help: read by the ffmpeg of this computer; named, with what to do, where there is none.
#[test]
fn amr_and_wma_are_read_with_ffmpeg_and_named_without_it() {
    if !support::has("ffmpeg") {
        return support::skip("no ffmpeg");
    }
    let env = TestEnv::new();
    let (wav, samples) = source(env.folder.path());
    let wma = env.folder.path().join("memo.wma");
    assert!(ffmpeg(&["-i", wav.to_str().unwrap()], &["-c:a", "wmav2", "-ar", "44100"], &wma));
    let sound = decode_file(&wma, &mut |_| Ok(())).unwrap();
    assert!(likeness(&sound.samples, &samples) > 0.9);
    // Debian's ffmpeg reads AMR and makes none; SoX makes it, with nothing sent in pauses. At 12.2 kbit a second it keeps how a voice sounds, less its waveform.
    let amr = env.folder.path().join("memo.amr");
    let made = env.folder.path().join("memo.amr-nb");
    let mut sox = Command::new("sox");
    if support::has("sox") && sox.arg(&wav).args(["-r", "8000", "-C", "7"]).arg(&made).stderr(Stdio::null()).status().unwrap().success() {
        std::fs::rename(&made, &amr).unwrap();
        let sound = decode_file(&amr, &mut |_| Ok(())).unwrap();
        assert!((sound.samples.len() as f64 / f64::from(SPEECH_RATE_HZ) - SECS).abs() < 0.1);
        let alike = likeness(&sound.samples, &samples);
        assert!(alike > 0.75, "{alike}");
    } else {
        support::skip("no SoX that makes AMR");
        std::fs::write(&amr, b"#!AMR\nnot one frame of speech").unwrap();
    }
    for (file, said) in [(&wma, "Windows Media"), (&amr, "AMR")] {
        let output = env.command(&["import", "--no-transcript", file.to_str().unwrap()]).env("PATH", "/nowhere").output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && text.contains(said) && text.contains("ffmpeg") && text.contains("Nothing was changed"), "{text}");
    }
    assert_eq!(env.json(&["list"]), serde_json::json!([]));
}

#[test]
fn what_was_cut_off_is_said_or_kept() {
    if !support::has("ffmpeg") {
        return support::skip("no ffmpeg");
    }
    let folder = tempfile::tempdir().unwrap();
    let (wav, _) = source(folder.path());
    let cut = |name: &str, arguments: &[&str], keep: fn(usize) -> usize| {
        let path = folder.path().join(name);
        assert!(ffmpeg(&["-i", wav.to_str().unwrap()], arguments, &path));
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..keep(bytes.len())]).unwrap();
        decode_file(&path, &mut |_| Ok(()))
    };
    // The index of an M4A stands at its end: cut off, nobody can tell where the sound is.
    let lost = cut("lost.m4a", &["-c:a", "aac"], |length| length * 3 / 4).unwrap_err();
    assert_eq!(lost.kind, ErrorKind::UnfinishedFile, "{lost}");
    for (name, arguments) in [("half.mp3", ["-c:a", "libmp3lame"]), ("half.opus", ["-c:a", "libopus"]), ("half.flac", ["-c:a", "flac"])] {
        let kept = cut(name, &arguments, |length| length / 2).unwrap().samples.len() as f64 / f64::from(SPEECH_RATE_HZ);
        assert!((SECS * 0.3..SECS * 0.7).contains(&kept), "{name}: {kept} s of {SECS}");
    }
}

#[test]
fn the_moment_of_recording_comes_from_inside_the_file_when_it_is_there() {
    if !support::has("ffmpeg") {
        return support::skip("no ffmpeg");
    }
    let folder = tempfile::tempdir().unwrap();
    let (wav, _) = source(folder.path());
    let path = folder.path().join("dated.m4a");
    let dated = ["-c:a", "aac", "-metadata", "creation_time=2026-10-13T08:42:00Z"];
    assert!(ffmpeg(&["-i", wav.to_str().unwrap()], &dated, &path));
    assert_eq!(recorded_at(&path, Millis::from_secs(SECS)), 1_791_880_920_000);
    // Without it: when the file was written is when the recording ended.
    let written = std::fs::metadata(&wav).unwrap().modified().unwrap().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64;
    assert_eq!(recorded_at(&wav, Millis(8000)), written - 8000);
}

#[test]
fn a_folder_and_a_pattern_bring_in_several_at_once() {
    let env = TestEnv::new();
    let phone = env.folder.path().join("phone");
    std::fs::create_dir_all(&phone).unwrap();
    support::clip(&phone, "maya", 3.0);
    support::clip(&phone, "omar", 3.0);
    std::fs::write(phone.join("notes.docx"), b"no recording").unwrap();
    std::fs::write(phone.join("broken.mp3"), b"<html>not found</html>").unwrap();
    let (code, out, err) = env.run(&["--json", "import", "--no-transcript", "--student", "Ana", phone.to_str().unwrap()]);
    assert!(code == 1 && err.contains("broken.mp3"), "{err}");
    let each: Vec<serde_json::Value> = serde_json::from_str(&out).unwrap();
    assert_eq!(each.iter().filter(|file| file.get("id").is_some()).count(), 2, "{out}");
    let pattern = phone.join("*a*.wav");
    // The same ones once more, as is asked for.
    assert_eq!(env.json(&["import", "--no-transcript", "--again", pattern.to_str().unwrap()]).as_array().unwrap().len(), 2);
    let listed = env.json(&["list"]);
    assert_eq!(listed.as_array().unwrap().len(), 4);
    assert_eq!(listed.as_array().unwrap().iter().filter(|row| row["participants"][0]["student"]["name"] == "Ana").count(), 2);
}

#[test]
fn a_voice_on_each_channel_is_used_as_such() {
    let env = TestEnv::new();
    // The teacher of one sample at the left, the student of another at the right, in turn.
    let sound = |name: &str| decode_file(&support::sample(name), &mut |_| Ok(())).unwrap().samples;
    let (maya, omar) = (sound("maya"), sound("omar"));
    let spec = hound::WavSpec { channels: 2, sample_rate: SPEECH_RATE_HZ, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let path = env.folder.path().join("interview.wav");
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for index in 0..SPEECH_RATE_HZ as usize * 24 {
        let is_left = (index / (SPEECH_RATE_HZ as usize * 4)).is_multiple_of(2);
        let (left, right) = if is_left { (maya[index], maya[index] * 0.05) } else { (omar[index] * 0.05, omar[index]) };
        writer.write_sample((left * 32_000.0) as i16).unwrap();
        writer.write_sample((right * 32_000.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
    // Voices need no words: without a model this is quick.
    std::fs::create_dir_all(env.library()).unwrap();
    std::fs::write(env.library().join("settings.toml"), "model = \"none\"").unwrap();
    let id = env.json(&["import", path.to_str().unwrap()])[0]["id"].as_str().unwrap().to_owned();
    let shown = env.json(&["show", &id]);
    let spans: Vec<(f64, i64)> =
        shown["voices"]["spans"].as_array().unwrap().iter().map(|piece| (piece["span"][0].as_f64().unwrap(), piece["voice"].as_i64().unwrap())).collect();
    assert!(spans.len() >= 6, "{spans:?}");
    for (start, voice) in spans {
        assert_eq!(voice, (start / 4000.0) as i64 % 2, "at {start} ms");
    }
}
