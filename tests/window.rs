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

    fn tool(&self, arguments: &[&str]) {
        assert!(Command::new("xdotool").args(arguments).env("DISPLAY", &self.name).status().unwrap().success(), "xdotool {arguments:?}");
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

/// What the teacher typed into a note and into an open turn is on the disk a second later, whatever happens to the program.
#[test]
fn a_kill_while_typing_loses_nothing_older_than_a_second() {
    let Some(screen) = Screen::start() else { return };
    let env = support::TestEnv::new();
    let typed = env.folder.path().join("talk.txt");
    std::fs::write(&typed, "T: What are you working on?\nS: A poem about rain.\nT: Tell me more.\nS: It never stops.\n").unwrap();
    assert!(env.command(&["import"]).arg(&typed).output().unwrap().status.success());
    std::fs::write(env.library().join("settings.toml"), "welcomed = true\n").unwrap();
    // A note by its key; the words of the first turn by theirs.
    for (key, seed) in [("n", 3), ("e", 7), ("n", 11), ("e", 13)] {
        let mut window = env.command(&[]).env("DISPLAY", &screen.name).env_remove("WAYLAND_DISPLAY").stderr(Stdio::null()).spawn().unwrap();
        support::wait_for("a drawn window", || screen.colours() > 12);
        std::thread::sleep(Duration::from_millis(2500));
        // Without a window manager nobody else gives it the keyboard.
        screen.tool(&["search", "--onlyvisible", "--name", "Afterbell", "windowfocus"]);
        screen.tool(&["mousemove", "44", "180", "click", "1"]);
        std::thread::sleep(Duration::from_millis(2500));
        screen.tool(&["mousemove", "700", "186", "click", "1"]);
        std::thread::sleep(Duration::from_millis(2500));
        screen.tool(&["key", key]);
        std::thread::sleep(Duration::from_millis(1000));
        screen.tool(&["key", "End"]);
        screen.tool(&["key", "space"]);
        // Letters one by one until the kill, each with the moment it was typed.
        let end = Instant::now() + Duration::from_millis(1500 + seed * 130);
        let mut letters: Vec<(char, Instant)> = Vec::new();
        let word = format!("q{seed}");
        word.chars().chain(('a'..='z').cycle()).take_while(|_| Instant::now() < end).for_each(|letter| {
            screen.tool(&["key", &letter.to_string()]);
            letters.push((letter, Instant::now()));
            std::thread::sleep(Duration::from_millis(60));
        });
        window.kill().unwrap();
        let killed = Instant::now();
        window.wait().unwrap();
        let shown = env.command(&["show", "--last", "--json"]).output().unwrap();
        let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
        let old: String = letters.iter().filter(|(_, at)| killed - *at > Duration::from_secs(1)).map(|(letter, _)| *letter).collect();
        assert!(old.len() > 4, "typed enough: {old}");
        assert!(shown.contains(&old), "{key}: of {old:?} something is missing in {shown}");
    }
    let found = env.command(&["doctor", "--json"]).output().unwrap();
    assert!(!String::from_utf8_lossy(&found.stdout).contains("damaged"), "the library is whole");
}
