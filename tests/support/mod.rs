//! What several tests share: a program to run, a library in a temporary folder, a virtual sound card, and what to do when something is missing.

#![expect(dead_code, reason = "each test file uses a part of it")]

pub mod conferences;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_afterbell");

/// A library of its own, gone at the end.
pub struct TestEnv {
    pub folder: tempfile::TempDir,
}

impl TestEnv {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// With letters that are not ASCII in it: some schools have them.
    pub fn library(&self) -> PathBuf {
        self.folder.path().join("Bücherei")
    }

    pub fn recordings(&self) -> PathBuf {
        self.library().join("recordings")
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg("--library").arg(self.library()).args(arguments).stdin(Stdio::null()).env_remove("AFTERBELL_LIBRARY");
        command
    }

    /// Runs to the end: exit code, standard output, standard error.
    pub fn run(&self, arguments: &[&str]) -> (i32, String, String) {
        let output = self.command(arguments).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
    }

    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        let (code, out, err) = self.run(&all);
        assert_eq!(code, 0, "{arguments:?}: {err}");
        serde_json::from_str(&out).unwrap_or_else(|err| panic!("{arguments:?}: {err}: {out}"))
    }
}

pub fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/samples/{name}.flac"))
}

/// The first seconds of a sample as a WAV.
pub fn clip(folder: &Path, name: &str, secs: f64) -> PathBuf {
    let sound = afterbell::audio::decode_file(&sample(name), &mut |_| Ok(())).unwrap();
    let path = folder.join(format!("{name}.wav"));
    let spec = hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for &sample in &sound.samples[..(secs * 16_000.0) as usize] {
        writer.write_sample((sample * 32_767.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
    path
}

/// Says aloud that a test is skipped; fails instead where `./test` has installed everything.
pub fn skip(what: &str) {
    assert!(std::env::var_os("AFTERBELL_TESTS_NEED_ALL").is_none(), "missing although ./test installs it: {what}");
    eprintln!("SKIPPED: {what}");
}

pub fn has(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(program).is_file())
}

/// Waits until something is true; says what it waited for when it never is.
pub fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited a minute for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// PulseAudio of our own: a sink whose monitor is the microphone `mic`, and a sink as speaker.
pub struct SoundCard {
    folder: tempfile::TempDir,
    silence: Option<Child>,
}

impl SoundCard {
    pub fn start() -> Option<Self> {
        if !has("pulseaudio") || !has("pactl") {
            skip("no pulseaudio, so no virtual sound card");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("pulse")).unwrap();
        let mut card = Self { folder, silence: None };
        let sink =
            |name: &str, text: &str| format!("module-null-sink sink_name={name} rate=48000 channels=2 format=s16le sink_properties=device.description={text}");
        let status = card
            .tool("pulseaudio")
            .args(["-n", "--daemonize=yes", "--exit-idle-time=-1", "-L", "module-native-protocol-unix"])
            .args(["-L", &sink("vmic", "VirtualMic"), "-L", &sink("spk", "VirtualSpeaker")])
            .args(["-L", "module-remap-source source_name=mic master=vmic.monitor source_properties=device.description=VirtualMicrophone"])
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "the private sound server does not start");
        wait_for("the sound server", || card.pactl(&["set-default-source", "mic"]) && card.pactl(&["set-default-sink", "spk"]));
        // Without something playing the monitor goes to sleep.
        card.silence = Some(card.tool("pacat").args(["--playback", "--device=vmic", "/dev/zero"]).stdout(Stdio::null()).spawn().unwrap());
        Some(card)
    }

    /// A program that talks to this card.
    pub fn tool(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        self.connect(&mut command);
        command
    }

    pub fn connect(&self, command: &mut Command) {
        let folder = self.folder.path();
        command.env("XDG_RUNTIME_DIR", folder).env("HOME", folder).env("PULSE_SERVER", format!("unix:{}/pulse/native", folder.display()));
    }

    pub fn pactl(&self, arguments: &[&str]) -> bool {
        self.tool("pactl").args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }

    /// Plays a file into the microphone.
    pub fn play(&self, file: &Path) -> Child {
        self.tool("paplay").arg("--device=vmic").arg(file).spawn().unwrap()
    }
}

impl Drop for SoundCard {
    fn drop(&mut self) {
        self.silence.iter_mut().for_each(|silence| {
            silence.kill().ok();
            silence.wait().ok();
        });
        self.tool("pulseaudio").arg("--kill").stderr(Stdio::null()).status().ok();
    }
}
