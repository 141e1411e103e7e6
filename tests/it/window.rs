//! A real window on a screen without glass: it opens, draws, and rests.

use crate::support;
use crate::support::window::{Window, list, record, welcomed};
use egui_kittest::kittest::Queryable as _;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How large the window is; nobody moves it, so it fills the screen.
const SIZE: [f32; 2] = [1366.0, 768.0];
const WHOLE: &str = "1366x768+0+0";
/// The foot of the rail: it changes only where a question darkens all that is behind it.
const FOOT_OF_RAIL: &str = "40x40+10+720";

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
            self.tool(&["key", key]);
            // Each in a frame of its own: of two presses of Tab in one the second moves nothing. Nothing on the screen need change.
            std::thread::sleep(Duration::from_millis(150));
        }
    }

    /// What is on the screen, or in a piece of it (as ImageMagick writes pieces).
    fn picture(&self, piece: &str) -> Vec<u8> {
        let mut command = Command::new("import");
        command.args(["-window", "root", "-depth", "8", "-crop", piece, "rgb:-"]).env("DISPLAY", &self.name);
        command.output().unwrap().stdout
    }

    /// Waits until nothing moves any more: what was asked for is drawn.
    fn settle(&self) {
        let mut before = self.picture(WHOLE);
        support::wait_for("the screen to stand still", || {
            std::thread::sleep(Duration::from_millis(150));
            let now = self.picture(WHOLE);
            std::mem::replace(&mut before, now.clone()) == now
        });
    }

    /// Does something and waits until it shows in this piece of the screen.
    fn until_it_shows(&self, piece: &str, act: impl FnOnce()) {
        let before = self.picture(piece);
        act();
        support::wait_for("something else on the screen", || self.picture(piece) != before);
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
        self.picture(WHOLE).chunks_exact(3).step_by(97).collect::<std::collections::BTreeSet<_>>().len()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

/// The window, two seconds into a recording.
fn recording_window(screen: &Screen, card: &support::SoundCard, env: &support::TestEnv) -> Child {
    std::fs::create_dir_all(env.library()).unwrap();
    std::fs::write(env.folders().settings(), "welcomed = true\n").unwrap();
    let mut command = env.command(&[]);
    card.connect(&mut command);
    let window = command.env("DISPLAY", &screen.name).env_remove("WAYLAND_DISPLAY").stderr(Stdio::null()).spawn().unwrap();
    support::wait_for("a drawn window", || screen.colours() > 12);
    screen.settle();
    screen.keys(&["space"]);
    support::wait_for("the recording", || env.wav().is_some());
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
        support::wait_for("another second of sound", || size(&env) > before + 32_000);
        assert!(window.try_wait().unwrap().is_none(), "it is still open");
    };
    screen.until_it_shows(FOOT_OF_RAIL, || screen.close_window());
    goes_on(&mut window);
    // Asked again while it asks, and told to keep recording.
    screen.close_window();
    goes_on(&mut window);
    screen.until_it_shows(FOOT_OF_RAIL, || screen.keys(&["Return"]));
    goes_on(&mut window);
    screen.until_it_shows(FOOT_OF_RAIL, || screen.close_window());
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
    screen.settle();
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
    // The welcome screen stands still once it has finished looking for microphones.
    screen.settle();
    support::wait_for("the program to rest", || {
        let before = support::cpu_secs(window.id());
        std::thread::sleep(Duration::from_millis(500));
        support::cpu_secs(window.id()) - before < 0.05
    });
    let before = support::cpu_secs(window.id());
    std::thread::sleep(Duration::from_secs(3));
    let used = support::cpu_secs(window.id()) - before;
    println!("CPU while idle: {:.1} %", used / 3.0 * 100.0);
    assert!(used < 0.3, "{used:.2} s of 3 s");
    window.kill().unwrap();
    window.wait().unwrap();
}

/// The middle of the first row of the list, as the accessibility tree has it of the same screen in a window of the same size.
fn first_row() -> egui::Pos2 {
    let mut window = Window::open(SIZE, welcomed());
    let row = list(&mut window, &record(4));
    window.harness.get_by_label(&row).rect().center()
}

/// What the teacher typed into a note and into an open turn is on the disk a second later, whatever happens to the program. Twice each in the long form.
#[test]
fn a_kill_while_typing_loses_nothing_older_than_a_second() {
    let Some(screen) = Screen::start() else { return };
    let env = support::TestEnv::new();
    let typed = env.folder.path().join("talk.txt");
    std::fs::write(&typed, "T: What are you working on?\nS: A poem about rain.\nT: Tell me more.\nS: It never stops.\n").unwrap();
    assert!(env.command(&["import"]).arg(&typed).output().unwrap().status.success());
    std::fs::write(env.library().join("settings.toml"), "welcomed = true\n").unwrap();
    let row = first_row();
    let [x, y] = [row.x, row.y].map(|at| at.round().to_string());
    let shown = || String::from_utf8_lossy(&env.command(&["show", "--last", "--json"]).output().unwrap().stdout).into_owned();
    // A note by its key; the words of the first turn by theirs.
    let rounds = [("n", 3), ("e", 7), ("n", 11), ("e", 13)];
    for &(key, seed) in &rounds[..if support::is_long() { 4 } else { 2 }] {
        let mut window = env.command(&[]).env("DISPLAY", &screen.name).env_remove("WAYLAND_DISPLAY").stderr(Stdio::null()).spawn().unwrap();
        support::wait_for("a drawn window", || screen.colours() > 12);
        screen.settle();
        screen.until_it_shows(WHOLE, || screen.keys(&["ctrl+2"]));
        screen.settle();
        screen.until_it_shows(WHOLE, || screen.tool(&["mousemove", &x, &y, "click", "1"]));
        screen.settle();
        screen.until_it_shows(WHOLE, || screen.keys(&[key, "End"]));
        // Letters one by one until the kill, each with the moment it was typed: first a word that is nowhere else, and when that has arrived the rest.
        let mut letters: Vec<(char, Instant)> = Vec::new();
        let mut type_letter = |letter: char| {
            let key = if letter == ' ' { "space".to_owned() } else { letter.to_string() };
            screen.tool(&["key", &key]);
            letters.push((letter, Instant::now()));
            std::thread::sleep(Duration::from_millis(60));
        };
        let word = format!("q{seed}");
        format!(" {word}").chars().for_each(&mut type_letter);
        support::wait_for("what is typed to be in the library", || shown().contains(&word));
        let end = Instant::now() + Duration::from_millis(1500 + seed * 130);
        ('a'..='z').cycle().take_while(|_| Instant::now() < end).for_each(&mut type_letter);
        window.kill().unwrap();
        let killed = Instant::now();
        window.wait().unwrap();
        let old: String = letters.iter().skip(1).filter(|(_, at)| killed - *at > Duration::from_secs(1)).map(|(letter, _)| *letter).collect();
        assert!(old.len() > 4, "typed enough: {old}");
        let shown = shown();
        assert!(shown.contains(&old), "{key}: of {old:?} something is missing in {shown}");
    }
    let found = env.command(&["doctor", "--json"]).output().unwrap();
    assert!(!String::from_utf8_lossy(&found.stdout).contains("damaged"), "the library is whole");
}
