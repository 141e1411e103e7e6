//! Sound of which every moment can be told, as every kind of file, whole or damaged.

use afterbell::audio::{SPEECH_RATE_HZ, Sound, decode_file};
use afterbell::conference::Remark;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A folder with a signal in it of which every moment can be told: beeps of 0.2 s, the beep of second `n` at `600 + 200 * (n % 8)` Hz.
pub struct Bench {
    pub folder: TempDir,
}

impl Bench {
    /// None, and said, without ffmpeg.
    pub fn new(secs: usize) -> Option<Self> {
        if !super::has("ffmpeg") {
            super::skip("no ffmpeg");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let spec = hound::WavSpec { channels: 1, sample_rate: 48_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        let mut writer = hound::WavWriter::create(folder.path().join("source.wav"), spec).unwrap();
        for frame in 0..secs * 48_000 {
            let (second, inside) = (frame / 48_000, frame % 48_000);
            let value = if (4800..14_400).contains(&inside) { (frame as f64 * tone(second) * std::f64::consts::TAU / 48_000.0).sin() * 0.5 } else { 0.0 };
            // A little noise: no encoder leaves anything out.
            let noise = ((frame * 7919) % 101) as f64 / 101.0 * 0.002;
            writer.write_sample(((value + noise) * 32_000.0) as i16).unwrap();
        }
        writer.finalize().unwrap();
        Some(Self { folder })
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// `ffmpeg ARGUMENTS NAME` in the folder, where `source.wav` is.
    pub fn ffmpeg(&self, arguments: &str, name: &str) -> PathBuf {
        let mut command = Command::new("ffmpeg");
        command.args(["-v", "error", "-nostdin", "-y"]).args(arguments.split_whitespace()).arg(name).current_dir(self.folder.path());
        assert!(command.stdout(Stdio::null()).status().unwrap().success(), "ffmpeg {arguments} {name}");
        self.path(name)
    }

    /// The source as this kind of file.
    pub fn made(&self, arguments: &str, name: &str) -> PathBuf {
        self.ffmpeg(&format!("-i source.wav {arguments}"), name)
    }
}

pub fn tone(second: usize) -> f64 {
    600.0 + 200.0 * (second % 8) as f64
}

pub fn read(path: &Path) -> Sound {
    decode_file(path, &mut |_| Ok(())).unwrap_or_else(|err| panic!("{}: {err}", path.display()))
}

pub fn secs(sound: &Sound) -> f64 {
    sound.samples.len() as f64 / f64::from(SPEECH_RATE_HZ)
}

/// How strong a tone is in the samples.
pub fn strength(samples: &[f32], hz: f64) -> f64 {
    let (mut sine, mut cosine) = (0.0, 0.0);
    for (at, &sample) in samples.iter().enumerate() {
        let angle = at as f64 * hz * std::f64::consts::TAU / f64::from(SPEECH_RATE_HZ);
        (sine, cosine) = (sine + f64::from(sample) * angle.sin(), cosine + f64::from(sample) * angle.cos());
    }
    2.0 * sine.hypot(cosine) / samples.len().max(1) as f64
}

/// Whether the beep of second `n` of the source is heard at this moment, and nothing just before it.
pub fn beeps(sound: &Sound, n: usize, at: f64) -> bool {
    let part = |from: f64, to: f64| {
        let place = |secs: f64| ((secs * f64::from(SPEECH_RATE_HZ)) as usize).min(sound.samples.len());
        &sound.samples[place(from)..place(to)]
    };
    let beep = strength(part(at + 0.13, at + 0.27), tone(n));
    let others = (0..8).filter(|other| tone(*other) != tone(n)).map(|other| strength(part(at + 0.13, at + 0.27), tone(other))).fold(0.0, f64::max);
    beep > 0.2 && others < 0.1 && strength(part(at - 0.15, at + 0.04), tone(n)) < 0.1
}

/// Every beep of these seconds stands at its own time, moved by so much.
#[track_caller]
pub fn all_beep(sound: &Sound, seconds: std::ops::Range<usize>, moved: f64, what: &str) {
    let wrong: Vec<usize> = seconds.clone().filter(|&n| !beeps(sound, n, n as f64 + moved)).collect();
    assert!(wrong.is_empty(), "{what}: of {seconds:?} these are not at their time: {wrong:?}; {} s in all; {:?}", secs(sound), sound.remarks);
}

pub fn missing(sound: &Sound) -> Vec<(f64, f64)> {
    sound
        .remarks
        .iter()
        .flat_map(|remark| if let Remark::Missing(spans) = remark { spans.clone() } else { Vec::new() })
        .map(|span| (span.start().secs(), span.end().secs()))
        .collect()
}

pub fn missing_end(sound: &Sound) -> Option<f64> {
    sound.remarks.iter().find_map(|remark| if let Remark::EndMissing(length) = remark { Some(length.secs()) } else { None })
}

/// What encoders are called in the containers phones and browsers make.
pub const ENCODED: [(&str, &str); 14] = [
    ("m4a", "-c:a aac -b:a 64k"),
    ("mp4", "-c:a aac -b:a 96k -ar 44100 -ac 2"),
    ("mov", "-c:a aac -b:a 64k -ar 16000"),
    ("m4a", "-c:a alac"),
    ("webm", "-c:a libopus -b:a 32k"),
    ("mka", "-c:a libopus -b:a 64k -ac 2"),
    ("mka", "-c:a libvorbis"),
    ("mkv", "-c:a aac -b:a 64k"),
    ("mka", "-c:a flac"),
    ("ogg", "-c:a libvorbis"),
    ("opus", "-c:a libopus -b:a 32k"),
    ("mp3", "-c:a libmp3lame -b:a 64k"),
    ("flac", "-c:a flac"),
    ("aac", "-c:a aac -b:a 64k"),
];

#[derive(Debug, Clone, Copy)]
pub enum Damage {
    Zeros,
    Noise,
}

/// Damages a tenth of a file in the middle.
pub fn damage(path: &Path, how: Damage) {
    let mut bytes = std::fs::read(path).unwrap();
    let (from, count) = (bytes.len() * 45 / 100, bytes.len() / 10);
    let mut state = 1_u32;
    for byte in &mut bytes[from..from + count] {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        *byte = if matches!(how, Damage::Zeros) { 0 } else { (state >> 24) as u8 };
    }
    std::fs::write(path, bytes).unwrap();
}

/// Takes out what stands between these parts of a file.
pub fn cut(path: &Path, from: f64, to: f64) {
    let bytes = std::fs::read(path).unwrap();
    let place = |part: f64| (bytes.len() as f64 * part) as usize;
    std::fs::write(path, [&bytes[..place(from)], &bytes[place(to)..]].concat()).unwrap();
}
