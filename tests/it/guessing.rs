//! Guess first: what was found is covered until the teacher has rated it, or asks to see it.

use crate::support::window::{SMALLEST, USUAL, Window, open, record, welcomed};
use afterbell::conference::*;
use afterbell::settings::{Settings, SettingsChange};
use afterbell::work::{Command, Event, LibraryCommand, Ticket};
use egui::{Key, Modifiers};
use std::sync::Arc;

const COVERED: &str = "covered until you rate it";
const SHOWS: &str = "What Afterbell found shows when you rate.";
const WHY: &str = "Guess first: what you remember";

fn guessing() -> Settings {
    Settings { guess_first: true, ..welcomed() }
}

fn opened(size: [f32; 2], settings: Settings) -> Window {
    let mut window = Window::open(size, settings);
    open(&mut window, &record(8));
    window
}

fn changed(window: &Window, wanted: &SettingsChange) -> bool {
    window.asked(|command| matches!(command, Command::Library(LibraryCommand::ChangeSetting(change)) if change == wanted))
}

#[test]
fn what_was_found_is_covered_until_it_is_rated() {
    let mut window = opened(USUAL, guessing());
    assert!(window.has(SHOWS) && window.has("About how much did you talk? A guess is enough.") && window.has("How did it go? Your view first"));
    assert!(!window.has_part("you waited about") && !window.has("Not quite right?"), "nothing of it is to be seen");
    for question in 2..=5 {
        assert!(window.has_part(&format!("Question {question}: ")) && window.has_part(COVERED));
    }
    window.press("Half");
    assert_eq!(window.kept_corrections().guess, Some(TalkGuess::Half));
    assert!(window.has(SHOWS), "a guess alone uncovers nothing");
    window.key_with(Modifiers::ALT, Key::Num3);
    assert!(!window.has(SHOWS) && window.has_part("you waited about"));
    // The same words whether it fits or not.
    assert!(window.has_part("You guessed half. Found: you "), "what was guessed stands beside what was found");
    // What was seen stays seen, though the rating is taken back.
    window.key_with(Modifiers::ALT, Key::Num3);
    assert!(!window.has(SHOWS));
    assert_eq!(window.kept_corrections().uncovered, [Question::Pacing]);
    window.key(Key::Num2);
    assert!(window.has(SHOWS) && !window.has("About how much did you talk? A guess is enough."), "each by itself");
}

#[test]
fn show_now_skips_it_and_the_first_time_it_says_what_it_is_for() {
    for size in [USUAL, [1024.0, 640.0], SMALLEST] {
        let mut window = opened(size, guessing());
        assert!(window.has_part(WHY), "{size:?}");
        window.press_unseen("Show now");
        assert!(!window.has(SHOWS) && !window.has_part(WHY), "{size:?}");
        assert_eq!(window.kept_corrections().uncovered, [Question::Pacing]);
        assert!(changed(&window, &SettingsChange::GuessExplained), "{size:?}");
        window.key(Key::Num3);
        assert!(window.has(SHOWS) && !window.has_part(WHY), "said once");
    }
}

#[test]
fn it_can_be_turned_off_where_it_is_and_in_settings() {
    let mut window = opened(USUAL, guessing());
    window.press("Guess first");
    assert!(!window.has(SHOWS) && !window.has("Guess first"), "the switch is there only while something is covered");
    assert!(changed(&window, &SettingsChange::GuessFirst(false)));
    window.press("Undo");
    assert!(window.has(SHOWS));
    let mut window = Window::open(USUAL, guessing());
    window.press("Settings");
    window.press_unseen("Guess first");
    assert!(changed(&window, &SettingsChange::GuessFirst(false)));
    let window = opened(USUAL, welcomed());
    assert!(!window.has(SHOWS) && window.has_part("you waited about"));
}

#[test]
fn a_sample_and_what_has_nothing_to_cover_are_open() {
    let sample = Arc::new(ConferenceRecord::new(ConferenceData { is_sample: true, ..record(8).data().clone() }));
    let mut window = Window::open(USUAL, guessing());
    open(&mut window, &sample);
    assert!(!window.has(SHOWS));
    let empty = ConferenceData { transcript: Transcript::default(), voices: Voices::default(), ..record(8).data().clone() };
    let mut window = Window::open(USUAL, guessing());
    open(&mut window, &Arc::new(ConferenceRecord::new(empty)));
    assert!(!window.has(SHOWS));
}

#[test]
fn the_list_does_not_tell_what_is_covered() {
    let mut window = Window::open(USUAL, guessing());
    let one = |number: u128, is_talk_seen: bool| ConferenceSummary {
        id: ConferenceId::from_u128(number),
        title: String::new(),
        participants: Vec::new(),
        students: 1,
        started_unix_ms: 1_790_000_000_000,
        length: Millis(300_000),
        stage: Stage::Transcribed,
        teacher_share: Some(0.62),
        teacher_share_range: None,
        is_talk_seen,
        strategy: String::new(),
        marks: 0,
        is_sample: false,
        is_typed: false,
    };
    window.press("Conferences");
    window.tell(Event::Listed { ticket: Ticket(9), conferences: Arc::new(vec![one(1, false)]) });
    assert!(!window.has_part("62%"), "neither seen nor read out");
    window.tell(Event::Listed { ticket: Ticket(9), conferences: Arc::new(vec![one(1, true)]) });
    assert!(window.has_part("62%"));
}
