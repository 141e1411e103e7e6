//! What lies over the page: nothing passes through it, Escape closes its top layer alone, and everything in it can be reached.

use crate::support::window::{Window, open, record, student, welcomed};
use afterbell::conference::*;
use afterbell::error::ErrorKind;
use afterbell::work::{
    AnalysisCommand, Command, Event, InterruptedRecording, LibraryCommand, LibraryQuery, Participants, PlayerCommand, Problem, RecordingCommand,
};
use egui::{Key, Modifiers, Rect};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

/// As 1024x640 with Largest text is laid out.
const SMALLEST: [f32; 2] = [1024.0 / 1.3, 640.0 / 1.3];
const USUAL: [f32; 2] = [1366.0, 768.0];

fn key(window: &mut Window, key: Key) {
    window.harness.key_press(key);
    window.harness.run_steps(4);
}

fn key_with(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.harness.key_press_modifiers(modifiers, key);
    window.harness.run_steps(4);
}

fn is_there(window: &Window, label: &str) -> bool {
    window.harness.query_all_by_label(label).next().is_some()
}

fn rect(window: &Window, label: &str) -> Rect {
    window.harness.get_all_by_label(label).last().unwrap_or_else(|| panic!("no {label}")).rect()
}

fn within(window: &Window, label: &str) -> bool {
    window.harness.ctx.content_rect().expand(0.5).contains_rect(rect(window, label))
}

/// What has the keyboard, by its name.
fn focused(window: &Window) -> Option<String> {
    let nodes = window.harness.root().children_recursive();
    nodes.into_iter().find(|node| node.is_focused()).and_then(|node| node.accesskit_node().label().or(node.accesskit_node().value()))
}

/// Every key that does something on a page.
fn press_all_keys(window: &mut Window) {
    for letter in [Key::Space, Key::E, Key::M, Key::S, Key::J, Key::L, Key::R, Key::Num2, Key::Home, Key::CloseBracket, Key::F3, Key::ArrowDown] {
        key(window, letter);
    }
    for (modifiers, letter) in [
        (Modifiers::COMMAND, Key::Num1),
        (Modifiers::COMMAND, Key::Num2),
        (Modifiers::COMMAND, Key::Comma),
        (Modifiers::COMMAND, Key::F),
        (Modifiers::ALT, Key::Num3),
    ] {
        key_with(window, modifiers, letter);
    }
}

fn is_of_the_page(command: &Command) -> bool {
    matches!(
        command,
        Command::Player(PlayerCommand::Listen { play: true, .. } | PlayerCommand::Seek(_) | PlayerCommand::Speed(_) | PlayerCommand::Repeat(Some(_)))
            | Command::Recording(_)
            | Command::Query(LibraryQuery::List(_))
            | Command::Library(LibraryCommand::Save(..))
    )
}

fn interrupted() -> Event {
    Event::Interrupted(vec![InterruptedRecording { name: "n".into(), length: Millis(260_000), students: Vec::new(), started_unix_ms: 1_790_000_000_000 }])
}

/// Each overlay of a conference: the presses that open it, and what is seen of it.
const OVERLAYS: [(&str, &[&str], &str); 9] = [
    ("the keys", &["F1"], "Keys"),
    ("Share", &["Share"], "What goes in it?"),
    ("transcribing again", &["More", "Transcribe again…"], "Transcribe again?"),
    ("the menu", &["More"], "Transcribe again…"),
    ("the names", &["Who is who…"], "Who was this with?"),
    ("the sound", &["Sound"], "Play through"),
    ("voices", &["Correct", "Voices"], "Whose voices are these?"),
    ("a drop-down", &["Correct", "Voices", "Students at the table: 1"], "8"),
    ("replacing", &["Correct", "Replace a name…"], "Replace a name everywhere"),
];

fn conference(size: [f32; 2]) -> Window {
    let mut window = Window::open(size, welcomed());
    open(&mut window, &record(8));
    window
}

fn open_overlay(window: &mut Window, presses: &[&str]) {
    for press in presses {
        if *press == "F1" { key(window, Key::F1) } else { window.press(press) }
    }
}

#[test]
fn no_key_reaches_the_page_behind_an_overlay() {
    for (name, presses, seen) in OVERLAYS {
        let mut window = conference(USUAL);
        open_overlay(&mut window, presses);
        assert!(is_there(&window, seen), "{name} is open");
        assert_eq!(window.unnamed(), 0, "{name}");
        window.asked.borrow_mut().clear();
        press_all_keys(&mut window);
        let asked = window.asked.borrow();
        assert!(!asked.iter().any(is_of_the_page), "behind {name}: {:?}", asked.iter().find(|command| is_of_the_page(command)));
        drop(asked);
        assert!(!is_there(&window, "Words of this turn"), "behind {name} a turn was opened");
        assert!(!is_there(&window, "Record a conference") && !is_there(&window, "Appearance"), "behind {name} another place was gone to");
    }
}

#[test]
fn space_behind_the_question_about_a_kept_recording_records_nothing() {
    let mut window = Window::open(USUAL, welcomed());
    window.tell(interrupted());
    window.asked.borrow_mut().clear();
    press_all_keys(&mut window);
    assert!(!window.asked(|command| matches!(command, Command::Recording(_))), "{:?}", window.asked.borrow());
    assert!(is_there(&window, "Record a conference"));
}

#[test]
fn escape_closes_the_top_layer_and_no_other() {
    let mut window = conference(USUAL);
    open_overlay(&mut window, &["Correct", "Voices", "Students at the table: 1"]);
    let layers = |window: &Window| (is_there(window, "8"), is_there(window, "Whose voices are these?"), is_there(window, "Done correcting"));
    assert_eq!(layers(&window), (true, true, true));
    key(&mut window, Key::Escape);
    assert_eq!(layers(&window), (false, true, true), "the drop-down");
    key(&mut window, Key::Escape);
    assert_eq!(layers(&window), (false, false, true), "the popover");
    key(&mut window, Key::Escape);
    assert_eq!(layers(&window), (false, false, false), "the mode");
    for (name, presses, seen) in OVERLAYS {
        let mut window = conference(USUAL);
        open_overlay(&mut window, presses);
        key(&mut window, Key::Escape);
        assert!(!is_there(&window, seen) || name == "the sound" && !is_there(&window, "Even out voices"), "{name} is closed");
        assert!(!presses.contains(&"Correct") || is_there(&window, "Done correcting"), "the mode under {name} stays");
    }
}

#[test]
fn a_press_beside_a_popover_closes_it_and_does_nothing_else() {
    for presses in [&["More"][..], &["Sound"], &["Correct", "Voices"]] {
        let mut window = conference(USUAL);
        open_overlay(&mut window, presses);
        window.asked.borrow_mut().clear();
        // On the back arrow.
        window.press("Back to the conferences");
        assert!(!is_there(&window, "Class list") && is_there(&window, "Back to the conferences"), "{presses:?}: still here");
        assert!(!window.asked(is_of_the_page), "{presses:?}: {:?}", window.asked.borrow());
        window.press("Back to the conferences");
        assert!(!is_there(&window, "Back to the conferences"), "{presses:?}: it is closed");
    }
}

#[test]
fn tab_stays_inside_and_the_keyboard_returns_to_where_it_was() {
    let mut window = conference(USUAL);
    window.harness.get_by_label("Share").focus();
    window.harness.run_steps(2);
    key(&mut window, Key::F1);
    for _ in 0..12 {
        key(&mut window, Key::Tab);
        assert!(focused(&window).is_none_or(|name| name == "Close"), "{:?}", focused(&window));
    }
    assert_eq!(focused(&window).as_deref(), Some("Close"));
    key(&mut window, Key::Escape);
    assert_eq!(focused(&window).as_deref(), Some("Share"));
    window.harness.get_by_label("More").focus();
    window.harness.run_steps(2);
    key(&mut window, Key::Enter);
    assert!(is_there(&window, "Transcribe again…"));
    key(&mut window, Key::Escape);
    assert_eq!(focused(&window).as_deref(), Some("More"));
}

#[test]
fn a_drop_down_in_a_popover_opens_and_does_not_close_it() {
    let mut window = conference(USUAL);
    open_overlay(&mut window, &["Correct", "Voices", "Students at the table: 1"]);
    assert!(is_there(&window, "Whose voices are these?"));
    window.press("3");
    assert!(window.asked(|command| matches!(command, Command::Voice(_))), "{:?}", window.asked.borrow());
}

/// Thirty-five children, the last of them Ömer.
fn class(window: &mut Window) {
    let mut students: Vec<Student> = (1..=34).map(|id| student(id, &format!("Child {id:02}"))).collect();
    students.push(student(35, "Ömer"));
    window.tell(Event::Students(Arc::new(students)));
}

#[test]
fn the_last_of_thirty_five_children_can_be_chosen_in_the_smallest_window() {
    for size in [SMALLEST, [1024.0, 640.0], USUAL] {
        let mut window = Window::open(size, welcomed());
        class(&mut window);
        // By the keyboard, without the accent.
        window.tell(Event::WhoseAsked(vec!["a.m4a".into()], Participants::one(None)));
        window.press("a.m4a with: Choose later");
        window.harness.get_by_label("Type a name").type_text("omer");
        window.harness.run_steps(4);
        key(&mut window, Key::Enter);
        assert!(is_there(&window, "a.m4a with: Ömer"), "{size:?}");
        // By going to the end of the list.
        window.press("a.m4a with: Ömer");
        key(&mut window, Key::End);
        window.harness.run_steps(4);
        assert!(within(&window, "Child 34"), "{size:?}: {:?}", rect(&window, "Child 34"));
        window.press("Child 34");
        window.press("Import");
        let last = StudentId::from_u128(34);
        assert!(window.asked(|command| matches!(command, Command::Analysis(AnalysisCommand::Import(_, with)) if with.participants == [last])), "{size:?}");
    }
}

#[test]
fn a_child_who_is_not_in_the_class_is_added_where_she_is_looked_for() {
    let mut window = Window::open(USUAL, welcomed());
    class(&mut window);
    window.tell(Event::WhoseAsked(vec!["a.m4a".into()], Participants::one(None)));
    window.press("a.m4a with: Choose later");
    window.harness.get_by_label("Type a name").type_text("Lou");
    window.harness.run_steps(4);
    window.press("Add “Lou” to the class");
    assert!(window.asked(|command| *command == LibraryCommand::AddStudents(vec!["Lou".into()]).into()));
    window.tell(Event::Students(Arc::new(vec![student(1, "Maya"), student(99, "Lou")])));
    assert!(is_there(&window, "a.m4a with: Lou"));
}

#[test]
fn whose_an_unnamed_conference_is_is_chosen_from_a_list_that_fits() {
    for size in [SMALLEST, USUAL] {
        let shown = record(6);
        let mut window = Window::open(size, welcomed());
        open(&mut window, &shown);
        let unnamed = Arc::new(ConferenceRecord::new(ConferenceData { participants: Vec::new(), ..shown.data().clone() }));
        window.tell(Event::WorkDone(shown.data().id));
        let ticket = window.asked.borrow().iter().rev().find_map(|command| match command {
            Command::Query(LibraryQuery::Open(ticket, _)) => Some(*ticket),
            _ => None,
        });
        window.tell(Event::Opened { ticket: ticket.unwrap(), record: unnamed });
        class(&mut window);
        window.press("Who was this with?");
        window.harness.get_by_label("Type a name").type_text("ÖMER");
        window.harness.run_steps(4);
        key(&mut window, Key::Enter);
        assert!(window.asked(|command| matches!(command, Command::Library(LibraryCommand::Save(..)))), "{size:?}");
    }
}

#[test]
fn the_list_of_keys_fits_and_scrolls() {
    let mut window = conference(SMALLEST);
    key(&mut window, Key::F1);
    assert!(within(&window, "Close") && is_there(&window, "Keys"), "{:?}", rect(&window, "Close"));
    key(&mut window, Key::End);
    window.harness.run_steps(4);
    assert!(within(&window, "This list"), "{:?}", rect(&window, "This list"));
    window.press("Close");
    assert!(!is_there(&window, "This list"));
}

#[test]
fn every_dialog_keeps_its_buttons_in_view() {
    for (name, presses, button) in [
        ("Share", &["Share"][..], "Copy text"),
        ("the names", &["Who is who…"], "Save"),
        ("replacing", &["Correct", "Replace a name…"], "Replace"),
        ("again", &["More", "Transcribe again…"], "Transcribe"),
    ] {
        let mut window = conference(SMALLEST);
        open_overlay(&mut window, presses);
        assert!(within(&window, button) && within(&window, if name == "Share" { "Close" } else { "Cancel" }), "{name}: {:?}", rect(&window, button));
    }
    // A file for every child of a class.
    let mut window = Window::open(SMALLEST, welcomed());
    class(&mut window);
    window.tell(Event::WhoseAsked((0..35).map(|file| format!("{file}.m4a").into()).collect(), Participants::one(None)));
    assert!(within(&window, "Import") && within(&window, "Cancel"));
}

#[test]
fn the_box_for_names_keeps_its_buttons_however_many_are_typed() {
    for size in [SMALLEST, [1024.0, 640.0], USUAL] {
        let names = (0..40).map(|name| format!("Child {name}")).collect::<Vec<_>>().join("\n");
        let mut window = Window::open(size, welcomed());
        window.press("Conferences");
        window.press("Add students");
        window.harness.get_by_label("Names, one on each line").focus();
        window.harness.run_steps(2);
        window.harness.get_by_label("Names, one on each line").type_text(&names);
        window.harness.run_steps(4);
        assert!(within(&window, "Add 40"), "{size:?}: {:?}", rect(&window, "Add 40"));
        window.press("Add 40");
        assert!(window.asked(|command| matches!(command, Command::Library(LibraryCommand::AddStudents(names)) if names.len() == 40)));
        window.press("Record");
        window.tell(Event::Students(Arc::default()));
        window.harness.get_by_label("Names, one on each line").focus();
        window.harness.run_steps(2);
        window.harness.get_by_label("Names, one on each line").type_text(&names);
        window.harness.run_steps(4);
        assert!(within(&window, "Add 40"), "{size:?}: {:?}", rect(&window, "Add 40"));
    }
}

fn problem(kind: ErrorKind) -> Event {
    let advice = "Afterbell can’t hear a microphone. Plug one in, or choose another. Everything that was recorded before is safe, and nothing is lost.";
    Event::Failed(Problem::new(kind, advice))
}

#[test]
fn a_message_about_what_went_wrong_covers_no_title_and_no_button() {
    for size in [SMALLEST, [1024.0, 640.0], USUAL, [1920.0, 1080.0]] {
        let mut window = Window::open(size, welcomed());
        window.tell(problem(ErrorKind::NoMicrophone));
        let message = rect(&window, "What went wrong");
        assert!(!message.intersects(rect(&window, "Record a conference")), "{size:?}: {message:?}");
        let mut window = conference(size);
        window.tell(problem(ErrorKind::CannotWrite));
        let message = rect(&window, "What went wrong");
        for control in ["Back to the conferences", "Share", "Correct", "Sound", "Forward 5 seconds (L)"] {
            assert!(!message.intersects(rect(&window, control)), "{size:?}: {control}");
        }
        window.press("Dismiss");
        assert!(!is_there(&window, "What went wrong"));
    }
}

#[test]
fn toasts_wait_for_one_another_and_cover_neither_transport_nor_back() {
    for size in [SMALLEST, [1024.0, 640.0], USUAL] {
        let mut window = conference(size);
        window.tell(Event::Notice("The first.".into()));
        window.tell(Event::Deleted(afterbell::work::DeletedKey::Conference(ConferenceId::from_u128(9))));
        window.tell(Event::Notice("The third.".into()));
        assert!(is_there(&window, "The first.") && !is_there(&window, "The third."), "one at a time");
        let toast = rect(&window, "The first.");
        for control in ["Back to the conferences", "Sound", "Forward 5 seconds (L)", "Mark"] {
            assert!(!is_there(&window, control) || !toast.intersects(rect(&window, control)), "{size:?}: {control}");
        }
        window.press("Dismiss the message");
        // Its Undo is there for its whole time, also over a dialog.
        window.press("Share");
        window.press("Undo");
        assert!(window.asked(|command| matches!(command, Command::Library(LibraryCommand::Restore(_)))));
        window.harness.run_steps(4);
        assert!(is_there(&window, "The third."));
    }
}

#[test]
fn each_of_two_deleted_comes_back_by_its_own_undo() {
    let mut window = Window::open(USUAL, welcomed());
    let key = |number: u128| afterbell::work::DeletedKey::Conference(ConferenceId::from_u128(number));
    let restored = |window: &Window, number: u128| window.asked(|command| *command == LibraryCommand::Restore(key(number)).into());
    window.tell(Event::Deleted(key(1)));
    window.tell(Event::Deleted(key(2)));
    window.press("Undo");
    assert!(restored(&window, 1) && !restored(&window, 2));
    window.press("Undo");
    assert!(restored(&window, 2));
}

#[test]
fn enter_presses_the_primary_and_where_something_is_lost_nothing() {
    let mut window = conference(USUAL);
    window.press("More");
    window.press("Transcribe again…");
    key(&mut window, Key::Enter);
    assert!(window.asked(|command| matches!(command, Command::Analysis(AnalysisCommand::AnalyseWith { .. }))));
    let mut window = Window::open(USUAL, welcomed());
    window.press("Start recording");
    window.tell(Event::RecordingStarted { meters: Arc::default(), microphone: "m".into(), notice: None });
    window.asked.borrow_mut().clear();
    window.tell(interrupted());
    press_all_keys(&mut window);
    assert!(window.asked(|command| *command == Command::Recording(RecordingCommand::Mark)), "no question opens over a recording");
}

/// What a screen reader presses passes through as little as a key does.
#[test]
fn a_screen_reader_presses_nothing_behind_a_dialog() {
    let mut window = conference(USUAL);
    key(&mut window, Key::F1);
    window.harness.get_by_label("Back to the conferences").click_accesskit();
    window.harness.run_steps(4);
    key(&mut window, Key::Escape);
    assert!(is_there(&window, "Back to the conferences"), "the conference is still on screen");
    window.harness.get_by_label("Back to the conferences").click_accesskit();
    window.harness.run_steps(4);
    assert!(!is_there(&window, "Back to the conferences"));
}
