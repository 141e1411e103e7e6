//! A real window on a screen without glass: it opens, draws, and rests.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says by panicking what went wrong")]

mod support;

use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

struct Screen {
    server: Child,
    name: String,
}

impl Screen {
    fn start() -> Option<Self> {
        if ["Xvfb", "xdotool", "import", "convert"].iter().any(|program| !support::has(program)) {
            support::skip("no Xvfb, xdotool or ImageMagick");
            return None;
        }
        // Each test its own.
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let name = format!(":{}", 200 + (std::process::id() * 4 + STARTED.fetch_add(1, Ordering::Relaxed)) % 20_000);
        let server = Command::new("Xvfb").args([&name, "-screen", "0", "1366x768x24"]).stderr(Stdio::null()).spawn().unwrap();
        let screen = Self { server, name };
        support::wait_for("the screen", || {
            Command::new("xdotool").arg("getmouselocation").env("DISPLAY", &screen.name).output().is_ok_and(|output| output.status.success())
        });
        Some(screen)
    }

    /// Different colours on the screen right now.
    fn colours(&self) -> usize {
        let output = Command::new("import").args(["-window", "root", "-depth", "8", "rgb:-"]).env("DISPLAY", &self.name).output().unwrap();
        output.stdout.chunks_exact(3).step_by(97).collect::<std::collections::BTreeSet<_>>().len()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// CPU seconds a process has used.
fn cpu(process: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

#[test]
fn the_systems_word_to_end_saves_what_is_being_recorded() {
    let Some(screen) = Screen::start() else { return };
    let Some(card) = support::SoundCard::with_tone() else { return };
    let env = support::TestEnv::new();
    std::fs::create_dir_all(env.library()).unwrap();
    std::fs::write(env.folders().settings(), "welcomed = true\n").unwrap();
    let mut command = env.command(&[]);
    card.connect(&mut command);
    let mut window = command.env("DISPLAY", &screen.name).env_remove("WAYLAND_DISPLAY").stderr(Stdio::null()).spawn().unwrap();
    support::wait_for("a drawn window", || screen.colours() > 12);
    let press = |what: &[&str]| Command::new("xdotool").args(what).env("DISPLAY", &screen.name).status().unwrap();
    support::wait_for("the recording", || {
        // The round button.
        press(&["mousemove", "923", "314", "click", "1"]);
        std::thread::sleep(Duration::from_secs(1));
        env.wav().is_some()
    });
    let size = || env.wav().map_or(0, |path| path.metadata().unwrap().len());
    support::wait_for("two seconds of sound", || size() > 64_000);
    let asked = Instant::now();
    support::signal(window.id(), "TERM");
    let ended = window.wait().unwrap();
    println!("saved and ended {:?} after the system's word", asked.elapsed());
    assert!(ended.success(), "{ended}");
    let list = env.json(&["list"]);
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    assert!(env.is_well());
}

#[test]
fn the_window_opens_draws_and_uses_no_time_while_nothing_happens() {
    let Some(screen) = Screen::start() else { return };
    let env = support::TestEnv::new();
    let begun = Instant::now();
    let mut window = env.command(&[]).env("DISPLAY", &screen.name).env_remove("WAYLAND_DISPLAY").stderr(Stdio::null()).spawn().unwrap();
    support::wait_for("a drawn window", || screen.colours() > 12);
    println!("first picture seen after {:?}", begun.elapsed());
    assert!(window.try_wait().unwrap().is_none(), "it runs");
    // The welcome screen stands still; give it a moment to finish looking for microphones.
    std::thread::sleep(Duration::from_secs(2));
    let before = cpu(window.id());
    std::thread::sleep(Duration::from_secs(3));
    let used = cpu(window.id()) - before;
    println!("CPU while idle: {:.1} %", used / 3.0 * 100.0);
    assert!(used < 0.3, "{used:.2} s of 3 s");
    window.kill().unwrap();
    window.wait().unwrap();
}
