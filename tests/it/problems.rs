//! What went wrong, in one shape: the action, the file, what is safe, and what can be done; and what is said at the bottom of the window.

use crate::support::window::{SMALLEST, USUAL, Window, open, record, welcomed};
use afterbell::conference::{ConferenceId, Edit, Question};
use afterbell::error::{Error, ErrorKind};
use afterbell::work::{AnalysisCommand, Command, Event, FileReport, LibraryCommand, LibraryQuery, Offer, Participants, Problem};
use egui::Key;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn conference(size: [f32; 2]) -> Window {
    let mut window = Window::open(size, welcomed());
    open(&mut window, &record(6));
    window
}

/// One shape for all: what was being done, with which file, what happened, and what can be done.
#[test]
fn every_failure_names_its_file_and_its_action_and_offers_what_can_be_done() {
    let path = std::path::PathBuf::from("/media/stick/Maya.docx");
    for size in [SMALLEST, [1024.0, 640.0], USUAL] {
        let mut window = conference(size);
        let full = Error::bare(ErrorKind::DiskFull, "writing a file").at(&path);
        let again = Command::from(AnalysisCommand::Analyse(ConferenceId::from_u128(5)));
        window.tell(Event::Failed(Problem::of(&full, Some(ConferenceId::from_u128(5)), Some(&again))));
        let says = window.harness.get_by_label("What went wrong").accesskit_node().description().unwrap();
        for part in ["Maya, ", "Transcribing (“Maya.docx”) did not work.", "There is no space left"] {
            assert!(says.contains(part), "{says}");
        }
        let message = window.rect("What went wrong");
        for button in ["Try again", "Show in folder", "Dismiss"] {
            // The screen below may offer the same.
            let mut places = window.harness.get_all_by_label(button).map(|node| node.rect());
            assert!(places.any(|place| message.contains_rect(place)), "{size:?}: {button} in {message:?}");
        }
        window.press("Show in folder");
        assert!(window.asked(|command| *command == LibraryQuery::ShowInFolder(path.clone()).into()));
        assert!(window.has("What went wrong"), "looking ends nothing");
        window.press("Try again");
        assert!(window.asked(|command| *command == again));
        assert!(!window.has("What went wrong"));
    }
}

/// The same of a file that could not be imported: it stands in the list of files, with the same offers.
#[test]
fn a_file_that_could_not_be_imported_offers_the_same() {
    let mut window = Window::open(USUAL, welcomed());
    let again = Command::from(AnalysisCommand::Import(vec!["/media/stick/one.m4a".into()], Participants::one(None)));
    let offers = vec![Offer::try_again(again.clone()), Offer::show_in_folder("/media/stick/one.m4a".into())];
    window.tell(Event::FileRead(Box::new(FileReport { file: "one.m4a".into(), says: vec!["It can’t be opened.".into()], is_failure: true, offers })));
    window.press("Show in folder");
    assert!(window.has("one.m4a"));
    window.press("Try again");
    assert!(window.asked(|command| *command == again) && !window.has("one.m4a"));
}

#[test]
fn what_was_saved_can_be_shown_where_it_is() {
    let mut window = Window::open(USUAL, welcomed());
    window.tell(Event::Exported(vec!["/media/stick/Maya.pdf".into()]));
    window.press("Show in folder");
    assert!(window.asked(|command| *command == LibraryQuery::ShowInFolder("/media/stick/Maya.pdf".into()).into()));
}

#[test]
fn of_many_undos_only_the_last_is_said() {
    let mut window = conference(USUAL);
    for rating in [Key::Num1, Key::Num2, Key::Num3, Key::Num4] {
        window.harness.key_press_modifiers(egui::Modifiers::ALT, rating);
        window.harness.run_steps(2);
    }
    for _ in 0..3 {
        window.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Z);
        window.harness.run_steps(2);
    }
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, Key::Y);
    window.harness.run_steps(4);
    assert!(window.has("Done again: a rating") && !window.has("Undone: a rating"));
    window.press("Dismiss the message");
    assert!(!window.has("Undone: a rating"), "none waits behind it");
}

/// What was to be played is of the screen it was asked on; what was tried again says itself how it went.
#[test]
fn trying_again_ends_the_message_and_what_could_not_be_played_does_not_follow_to_another_screen() {
    let failed = |command: &Command| Event::Failed(Problem::of(&Error::bare(ErrorKind::Bug, "playing"), None, Some(command)));
    let play = Command::from(afterbell::work::PlayerCommand::Play);
    let mut window = conference(USUAL);
    window.tell(failed(&play));
    window.press("Try again");
    assert!(!window.has("What went wrong") && window.asked(|command| *command == play));
    window.tell(failed(&play));
    assert!(window.has("What went wrong"));
    window.press("Conferences");
    assert!(!window.has("What went wrong"), "another conference is not played by it");
}

/// What was typed meanwhile is in it, and nothing old is written over anything new.
#[test]
fn what_could_not_be_saved_is_saved_again_as_it_is_by_then() {
    let mut window = conference(USUAL);
    let is_note = |command: &Command, wanted: &str| match command {
        Command::Library(LibraryCommand::Save(_, change)) => matches!(change.edit(), Edit::Note(Question::Pacing, note) if note == wanted),
        _ => false,
    };
    window.key(Key::N);
    window.harness.event(egui::Event::Text("Wait".into()));
    window.wait_until_saved();
    let save = window.asked.borrow().iter().find(|command| is_note(command, "Wait")).cloned().unwrap();
    let id = ConferenceId::from_u128(5);
    window.tell(Event::Failed(Problem::of(&Error::bare(ErrorKind::DiskFull, "saving"), Some(id), Some(&save))));
    assert!(window.has("What went wrong"));
    window.harness.event(egui::Event::Text(" longer.".into()));
    window.harness.run_steps(4);
    window.asked.borrow_mut().clear();
    std::thread::sleep(std::time::Duration::from_millis(3100));
    window.harness.run_steps(4);
    assert!(window.asked(|command| is_note(command, "Wait longer.")), "{:?}", edits(&window));
    assert!(window.asked(|command| matches!(command, Command::Library(LibraryCommand::Save(_, change)) if matches!(change.edit(), Edit::Correct(_)))));
    window.tell(Event::Saved(id));
    assert!(!window.has("What went wrong"));
    window.asked.borrow_mut().clear();
    std::thread::sleep(std::time::Duration::from_millis(3100));
    window.harness.run_steps(4);
    assert!(!window.asked(|command| matches!(command, Command::Library(LibraryCommand::Save(..)))), "once");
}

/// What was saved, without what it was made on.
fn edits(window: &Window) -> Vec<String> {
    let asked = window.asked.borrow();
    asked
        .iter()
        .filter_map(|command| if let Command::Library(LibraryCommand::Save(_, change)) = command { Some(format!("{:?}", change.edit())) } else { None })
        .collect()
}
