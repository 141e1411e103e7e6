//! What several tests share: a program to run, a library in a temporary folder, a virtual sound card, and what to do when something is missing.

pub mod bench;
#[path = "../../fuzz/checks.rs"]
pub mod checks;
pub mod conferences;
pub mod labelled;
pub mod old_library;
pub mod samples;
pub mod scored;
pub mod shared;
pub mod window;

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

    /// Begins anew in the same place. An empty folder is left there: one that has vanished is asked about.
    pub fn begin_anew(&self) {
        std::fs::remove_dir_all(self.library()).unwrap();
        std::fs::create_dir(self.library()).unwrap();
    }

    pub fn recordings(&self) -> PathBuf {
        self.library().join("recordings")
    }

    /// The recording, when there is one.
    pub fn wav(&self) -> Option<PathBuf> {
        std::fs::read_dir(self.recordings()).ok()?.flatten().map(|file| file.path()).find(|path| path.extension().is_some_and(|ending| ending == "wav"))
    }

    pub fn folders(&self) -> afterbell::settings::Folders {
        afterbell::settings::Folders::find(Some(self.library()))
    }

    /// Whether the doctor is content with the library and the recordings.
    pub fn is_well(&self) -> bool {
        let (_, out, err) = self.run(&["--json", "doctor"]);
        let findings: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{out}{err}"));
        let well = findings.as_array().unwrap().iter().filter(|one| one["what"] == "library" || one["what"] == "recordings").all(|one| one["ok"] == true);
        if !well {
            eprintln!("the doctor: {findings}");
        }
        well
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.arg("--library").arg(self.library()).args(arguments).stdin(Stdio::null()).env_remove("AFTERBELL_LIBRARY");
        // Which libraries there are is remembered outside of them: here beside the one of this test.
        command.env("XDG_CONFIG_HOME", self.folder.path().join("config"));
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

/// The speech model that ships.
pub fn shipped_model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/ggml-base-q8_0.bin")
}

/// A catalogue in which the shipped weights stand under another name: a second model without a second file in the repository.
pub fn catalogue_with(folder: &Path, name: &str, languages: &str) -> PathBuf {
    let shipped = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("models/catalog.toml")).unwrap();
    let shipped: toml::Table = toml::from_str(&shipped).unwrap();
    let base = shipped["model"].as_array().unwrap().iter().find(|entry| entry["name"].as_str() == Some("base-q8_0")).unwrap();
    let mut second = base.as_table().unwrap().clone();
    second.insert("name".into(), name.into());
    second.insert("languages".into(), languages.into());
    let mut catalogue = toml::Table::new();
    catalogue.insert("address".into(), "http://models.invalid".into());
    catalogue.insert("model".into(), vec![toml::Value::from(second)].into());
    let path = folder.join(format!("{name}.toml"));
    std::fs::write(&path, toml::to_string(&catalogue).unwrap()).unwrap();
    path
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
    say_skipped(what);
}

/// The same where it is a right that is missing, which no `./test` can install: mounting a disk, taking the network away.
pub fn skip_for_want_of_right(what: &str) {
    say_skipped(&format!("no right {what}"));
}

/// What a test prints that has passed nobody sees: `./test` says it at the end.
fn say_skipped(what: &str) {
    let name = std::thread::current().name().unwrap_or_default().to_owned();
    eprintln!("SKIPPED: {name}: {what}");
    if let Some(list) = std::env::var_os("AFTERBELL_SKIPPED") {
        let mut file = std::fs::OpenOptions::new().create(true).append(true).open(list).unwrap();
        std::io::Write::write_all(&mut file, format!("{name}: {what}\n").as_bytes()).unwrap();
    }
}

/// Whether the long forms are wanted that have no number of their own: `AFTERBELL_LONG=1 ./test`.
pub fn is_long() -> bool {
    std::env::var_os("AFTERBELL_LONG").is_some()
}

/// CPU seconds a process has used.
pub fn cpu_secs(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// The most that a process has used, in bytes: `VmHWM` of its memory, `VmPeak` of its address space.
fn peak(process: u32, key: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

pub fn most_memory(process: u32) -> Option<u64> {
    peak(process, "VmHWM")
}

pub fn most_address_space(process: u32) -> Option<u64> {
    peak(process, "VmPeak")
}

pub fn has(program: &str) -> bool {
    std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).any(|folder| folder.join(program).is_file())
}

/// Another test of this program, by its whole name, as a process of its own: it may be killed, and its environment is another.
pub fn another_test(name: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", name, "--nocapture"]);
    command
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
    /// What plays into it.
    players: Vec<Child>,
}

impl SoundCard {
    pub fn start() -> Option<Self> {
        if !has("pulseaudio") || !has("pactl") {
            skip("no pulseaudio, so no virtual sound card");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("pulse")).unwrap();
        let mut card = Self { folder, players: Vec::new() };
        card.boot();
        // Without something playing the monitor goes to sleep.
        card.players.push(card.tool("pacat").args(["--playback", "--device=vmic", "/dev/zero"]).stdout(Stdio::null()).spawn().unwrap());
        Some(card)
    }

    /// With a microphone that hears a tone of 440 Hz.
    pub fn with_tone() -> Option<Self> {
        let mut card = Self::start()?;
        card.play_tone("vmic", 440);
        Some(card)
    }

    /// Plays a tone into a sink for four minutes.
    pub fn play_tone(&mut self, sink: &str, hertz: u32) {
        let path = self.folder.path().join(format!("{hertz}.wav"));
        let spec = hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for frame in 0..240 * 16_000 {
            let phase = f64::from(frame) * f64::from(hertz) * std::f64::consts::TAU / 16_000.0;
            writer.write_sample((phase.sin() * 16_000.0) as i16).unwrap();
        }
        writer.finalize().unwrap();
        self.players.push(self.tool("paplay").arg(format!("--device={sink}")).arg(path).stderr(Stdio::null()).spawn().unwrap());
    }

    /// Plugs in a microphone that hears what is played into a sink.
    pub fn plug_in(&self, name: &str, sink: &str, rate_hz: u32) -> bool {
        let arguments = [format!("source_name={name}"), format!("master={sink}.monitor"), format!("rate={rate_hz}")];
        self.pactl(&["load-module", "module-remap-source", &arguments[0], &arguments[1], &arguments[2]])
    }

    /// Pulls the microphone out.
    pub fn pull_out(&self) -> bool {
        self.pactl(&["unload-module", "module-remap-source"])
    }

    /// Starts the sound server.
    pub fn boot(&self) {
        let sink =
            |name: &str, text: &str| format!("module-null-sink sink_name={name} rate=48000 channels=2 format=s16le sink_properties=device.description={text}");
        let status = self
            .tool("pulseaudio")
            .args(["-n", "--daemonize=yes", "--exit-idle-time=-1", "-L", "module-native-protocol-unix"])
            .args(["-L", &sink("vmic", "VirtualMic"), "-L", &sink("spk", "VirtualSpeaker")])
            .args(["-L", "module-remap-source source_name=mic master=vmic.monitor source_properties=device.description=VirtualMicrophone"])
            .stderr(Stdio::null())
            .status()
            .unwrap();
        assert!(status.success(), "the private sound server does not start");
        wait_for("the sound server", || self.pactl(&["set-default-source", "mic"]) && self.pactl(&["set-default-sink", "spk"]));
    }

    /// Ends the sound server.
    pub fn shut_down(&self) {
        self.tool("pulseaudio").arg("--kill").stderr(Stdio::null()).status().unwrap();
        wait_for("the end of the sound server", || !self.pactl(&["info"]));
    }

    /// The sound server's process.
    pub fn server(&self) -> u32 {
        std::fs::read_to_string(self.folder.path().join("pulse/pid")).unwrap().trim().parse().unwrap()
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

/// A library to preload into a program, compiled from `tests/it/support/shims`.
pub fn shim(into: &Path, name: &str) -> Option<PathBuf> {
    if !has("cc") {
        skip("no C compiler for a shim");
        return None;
    }
    let library = into.join(format!("{name}.so"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/support/shims/{name}.c"));
    assert!(Command::new("cc").args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(source).arg("-ldl").status().unwrap().success());
    Some(library)
}

/// Sends a process a signal by its name.
pub fn signal(process: u32, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status().unwrap().success());
}

/// `afterbell record` at work, and what it says on standard error with when it said it.
pub struct Recording {
    pub child: Child,
    pub began: Instant,
    said: std::sync::Arc<std::sync::Mutex<Vec<(Instant, String)>>>,
}

impl Recording {
    /// Returns when the file is there.
    pub fn start(env: &TestEnv, card: Option<&SoundCard>, arguments: &[&str]) -> Self {
        Self::start_with(env, card, arguments, |_| {})
    }

    pub fn start_with(env: &TestEnv, card: Option<&SoundCard>, arguments: &[&str], prepare: impl FnOnce(&mut Command)) -> Self {
        let mut command = env.command(&[&["--json", "record", "--no-transcript"], arguments].concat());
        if let Some(card) = card {
            card.connect(&mut command);
        }
        prepare(&mut command);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = std::sync::Arc::<std::sync::Mutex<Vec<(Instant, String)>>>::default();
        let (heard, stderr) = (said.clone(), child.stderr.take().unwrap());
        std::thread::Builder::new()
            .spawn(move || {
                for line in std::io::BufRead::lines(std::io::BufReader::new(stderr)).map_while(Result::ok) {
                    heard.lock().unwrap().push((Instant::now(), line));
                }
            })
            .unwrap();
        wait_for("the recording's file", || env.wav().is_some());
        Self { child, began: Instant::now(), said }
    }

    /// Marks this moment, as Enter does.
    pub fn mark(&mut self) {
        std::io::Write::write_all(self.child.stdin.as_mut().unwrap(), b"\n").unwrap();
    }

    /// When it said this.
    pub fn heard(&self, sentence: &str) -> Option<Instant> {
        self.said.lock().unwrap().iter().find(|(_, line)| line.contains(sentence)).map(|(at, _)| *at)
    }

    /// Waits until it says this; when that was.
    pub fn wait_for(&self, sentence: &str) -> Instant {
        wait_for(sentence, || self.heard(sentence).is_some());
        self.heard(sentence).unwrap()
    }

    /// Ctrl-C: how long it ran by the wall's clock, and its report.
    pub fn stop(self) -> (f64, serde_json::Value) {
        let ran = self.began.elapsed().as_secs_f64();
        signal(self.child.id(), "INT");
        (ran, self.report())
    }

    /// The report, when it has ended by itself or is about to.
    pub fn report(self) -> serde_json::Value {
        let output = self.child.wait_with_output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|err| panic!("{err}: {}; it said {:?}", String::from_utf8_lossy(&output.stdout), self.said))
    }
}

/// The samples of a recording of ours, -1 to 1.
pub fn recorded_samples(path: &Path) -> Vec<f32> {
    hound::WavReader::open(path).unwrap().into_samples::<i16>().map(|sample| f32::from(sample.unwrap()) / 32_768.0).collect()
}

impl Drop for SoundCard {
    fn drop(&mut self) {
        self.players.iter_mut().for_each(|player| {
            player.kill().ok();
            player.wait().ok();
        });
        self.tool("pulseaudio").arg("--kill").stderr(Stdio::null()).status().ok();
    }
}
