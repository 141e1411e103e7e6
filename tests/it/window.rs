//! A real window on a screen without glass: it opens, draws, and rests.

use crate::support;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
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

    /// Pressed one after the other in the window; without a window manager nobody else gives it the keyboard.
    fn keys(&self, keys: &[&str]) {
        self.tool(&["search", "--onlyvisible", "--name", "Afterbell", "windowfocus"]);
        for key in keys {
            std::thread::sleep(Duration::from_millis(300));
            self.tool(&["key", key]);
        }
    }

    /// Asks the window to close, as the cross in its corner does. There is no window manager to do it, so it is said in the words of X itself.
    fn close_window(&self) {
        let found = Command::new("xdotool").args(["search", "--onlyvisible", "--name", "Afterbell"]).env("DISPLAY", &self.name).output().unwrap();
        let window: u32 = String::from_utf8_lossy(&found.stdout).lines().next().unwrap().parse().unwrap();
        let mut server = UnixStream::connect(format!("/tmp/.X11-unix/X{}", &self.name[1..])).unwrap();
        let mut answer = |request: &[u8], length: usize| {
            server.write_all(request).unwrap();
            let mut bytes = vec![0; length];
            server.read_exact(&mut bytes).unwrap();
            bytes
        };
        let hello = answer(&[b'l', 0, 11, 0, 0, 0, 0, 0, 0, 0, 0, 0], 8);
        answer(&[], usize::from(u16::from_le_bytes([hello[6], hello[7]])) * 4);
        let mut atom = |name: &str| {
            // InternAtom: what a name is called by number.
            let mut padded = name.as_bytes().to_vec();
            padded.resize(name.len().next_multiple_of(4), 0);
            let request = [&[16, 0, (2 + padded.len() / 4) as u8, 0, name.len() as u8, 0, 0, 0][..], &padded].concat();
            answer(&request, 32)[8..12].to_vec()
        };
        let (protocols, delete) = (atom("WM_PROTOCOLS"), atom("WM_DELETE_WINDOW"));
        let window = window.to_le_bytes();
        // SendEvent with a message for the window; GetInputFocus, so that it has arrived when this returns.
        let message = [&[33, 32, 0, 0][..], &window, &protocols, &delete, &[0; 16]].concat();
        answer(&[&[25, 0, 11, 0][..], &window, &[0; 4], &message, &[43, 0, 1, 0]].concat(), 32);
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

/// The window, two seconds into a recording.
fn recording_window(screen: &Screen, card: &support::SoundCard, env: &support::TestEnv) -> Child {
    std::fs::create_dir_all(env.library()).unwrap();
    std::fs::write(env.folders().settings(), "welcomed = true\n").unwrap();
    let mut command = env.command(&[]);
    card.connect(&mut command);
    let window = command.env("DISPLAY", &screen.name).env_remove("WAYLAND_DISPLAY").stderr(Stdio::null()).spawn().unwrap();
    support::wait_for("a drawn window", || screen.colours() > 12);
    support::wait_for("the recording", || {
        // The round button.
        screen.tool(&["mousemove", "923", "314", "click", "1"]);
        std::thread::sleep(Duration::from_secs(1));
        env.wav().is_some()
    });
    support::wait_for("two seconds of sound", || size(env) > 64_000);
    window
}

/// Bytes of the recording on the disk.
fn size(env: &support::TestEnv) -> u64 {
    env.wav().map_or(0, |path| path.metadata().unwrap().len())
}

#[test]
fn the_systems_word_to_end_saves_what_is_being_recorded() {
    let Some(screen) = Screen::start() else { return };
    let Some(card) = support::SoundCard::with_tone() else { return };
    let env = support::TestEnv::new();
    let mut window = recording_window(&screen, &card, &env);
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
fn closing_the_window_while_it_records_asks_and_then_goes_on_or_saves() {
    let Some(screen) = Screen::start() else { return };
    let Some(card) = support::SoundCard::with_tone() else { return };
    let env = support::TestEnv::new();
    let mut window = recording_window(&screen, &card, &env);
    let goes_on = |window: &mut Child| {
        let before = size(&env);
        support::wait_for("two more seconds of sound", || size(&env) > before + 64_000);
        assert!(window.try_wait().unwrap().is_none(), "it is still open");
    };
    screen.close_window();
    goes_on(&mut window);
    // Asked again while it asks, and told to keep recording.
    screen.close_window();
    goes_on(&mut window);
    screen.keys(&["Return"]);
    goes_on(&mut window);
    screen.close_window();
    std::thread::sleep(Duration::from_secs(1));
    let held = size(&env);
    screen.keys(&["Tab", "Tab", "Return"]);
    let ended = window.wait().unwrap();
    assert!(ended.success(), "{ended}");
    let list = env.json(&["list"]);
    assert_eq!(list.as_array().unwrap().len(), 1, "{list}");
    let length = list[0]["length"].as_f64().unwrap() / 1000.0;
    println!("kept {length} s, of which {:.2} s were on the disk as the answer was given", held as f64 / 32_000.0);
    assert!(length >= (held - 44) as f64 / 32_000.0 && size(&env) >= held, "nothing is thrown away: {list}");
    // Nothing is left to be offered at the next start.
    let locks = std::fs::read_dir(env.recordings()).unwrap().flatten().filter(|file| file.file_name().to_string_lossy().contains("session")).count();
    assert_eq!(locks, 0);
    assert!(env.is_well());
}

/// Somebody else holds the list (a backup program, a second computer on a shared folder) in the moment of Stop.
#[test]
fn a_recording_that_cannot_be_put_into_the_list_is_kept_and_the_window_goes_on() {
    let Some(screen) = Screen::start() else { return };
    let Some(card) = support::SoundCard::with_tone() else { return };
    let env = support::TestEnv::new();
    let mut window = recording_window(&screen, &card, &env);
    let held = rusqlite::Connection::open(env.folders().database()).unwrap();
    held.execute_batch("BEGIN IMMEDIATE").unwrap();
    screen.tool(&["search", "--onlyvisible", "--name", "Afterbell", "windowfocus"]);
    screen.tool(&["key", "ctrl+s"]);
    let log = || std::fs::read_to_string(env.library().join("afterbell.log")).unwrap_or_default();
    support::wait_for("the list to be given up", || log().contains("a recording is not in the list"));
    drop(held);
    std::thread::sleep(Duration::from_secs(1));
    // It is offered at once: kept with the primary button of the question.
    screen.keys(&["Return"]);
    support::wait_for("the recording in the list", || env.json(&["list"]).as_array().unwrap().len() == 1);
    support::signal(window.id(), "TERM");
    assert!(window.wait().unwrap().success());
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
