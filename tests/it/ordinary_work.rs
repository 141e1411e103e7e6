//! An ordinary day with a class: the list is as it was left, a conference begins at its beginning, five cards fit the window, a recording says what it does.

use crate::support::window::{Window, open, record, student, welcomed};
use afterbell::conference::*;
use afterbell::settings::SettingsChange;
use afterbell::work::transcript_file::TranscriptSource;
use afterbell::work::typed::FoundSpeaker;
use afterbell::work::{
    Command, DeletedKey, Event, LevelAdvice, LibraryCommand, LibraryQuery, LiveText, Meters, Participants, RecordingCommand, TeacherQuestion, Ticket,
};
use egui::{Key, Modifiers, Rect};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

const SMALLEST: [f32; 2] = [1024.0 / 1.3, 640.0 / 1.3];
const USUAL: [f32; 2] = [1366.0, 768.0];

fn is_there(window: &Window, label: &str) -> bool {
    window.harness.query_all_by_label(label).next().is_some()
}

fn rect(window: &Window, label: &str) -> Rect {
    window.harness.get_all_by_label(label).last().unwrap_or_else(|| panic!("no {label}")).rect()
}

fn starting(window: &Window, start: &str) -> Rect {
    let nodes = window.harness.root().children_recursive();
    let found = nodes.into_iter().find(|node| node.accesskit_node().label().is_some_and(|label| label.starts_with(start)));
    found.unwrap_or_else(|| panic!("nothing begins with {start}")).rect()
}

fn screen(window: &Window) -> Rect {
    window.harness.ctx.content_rect().expand(0.5)
}

fn key(window: &mut Window, key: Key) {
    window.harness.key_press(key);
    window.harness.run_steps(4);
}

fn summaries(count: u128) -> Event {
    let one = |number: u128| ConferenceSummary {
        id: ConferenceId::from_u128(100 + number),
        title: String::new(),
        participants: vec![Participant { student: student(1 + number % 2, if number.is_multiple_of(2) { "Maya" } else { "Omar" }), voice: Some(1) }],
        students: 1,
        started_unix_ms: 1_790_000_000_000 - number as i64 * 86_400_000,
        length: Millis(300_000),
        stage: Stage::Transcribed,
        teacher_share: Some(0.62),
        teacher_share_range: None,
        marks: usize::from(number == 3),
        is_sample: false,
        is_typed: false,
        is_talk_seen: true,
        strategy: String::new(),
    };
    Event::Listed { ticket: Ticket(99), conferences: Arc::new((0..count).map(one).collect()) }
}

fn come_to(window: &mut Window, record: &Arc<ConferenceRecord>) {
    let asked = window.asked.borrow().iter().rev().find_map(|command| match command {
        Command::Query(LibraryQuery::Open(ticket, _)) => Some(*ticket),
        _ => None,
    });
    window.tell(Event::Opened { ticket: asked.unwrap(), record: Arc::clone(record) });
}

#[test]
fn back_leads_to_the_list_as_it_was_left() {
    let mut window = Window::open(USUAL, welcomed());
    window.press("Conferences");
    window.tell(summaries(6));
    window.press("With marks");
    let row = {
        let nodes = window.harness.root().children_recursive();
        nodes.into_iter().find_map(|node| node.accesskit_node().label().filter(|label| label.starts_with("Omar, ") && label.contains(':'))).unwrap()
    };
    assert!(row.contains("you talked 62%") && row.contains("transcribed"), "the row says all it shows: {row}");
    window.press(&row);
    come_to(&mut window, &record(4));
    window.press("Back to the conferences");
    let count = |window: &Window| {
        let nodes = window.harness.root().children_recursive();
        nodes.into_iter().filter(|node| node.accesskit_node().label().is_some_and(|label| label.contains(", you talked"))).count()
    };
    assert_eq!(count(&window), 1, "the filter stays");
    // From another place all is shown.
    window.press("Settings");
    window.press("Conferences");
    assert_eq!(count(&window), 6);
}

#[test]
fn a_conference_is_deleted_from_its_menu_and_never_by_one_press() {
    let mut window = Window::open(USUAL, welcomed());
    window.press("Conferences");
    window.tell(summaries(1));
    assert!(!is_there(&window, "Delete this conference"));
    let more = {
        let nodes = window.harness.root().children_recursive();
        nodes.into_iter().find_map(|node| node.accesskit_node().label().filter(|label| label.starts_with("More about Maya"))).unwrap()
    };
    window.press(&more);
    window.press("Delete this conference");
    let key = DeletedKey::Conference(ConferenceId::from_u128(100));
    assert!(window.asked(|command| *command == LibraryCommand::Delete(key.clone()).into()));
}

#[test]
fn a_conference_begins_at_its_beginning_wherever_it_was_left() {
    let shown = record(60);
    let mut window = Window::open(USUAL, welcomed());
    open(&mut window, &shown);
    let first = |window: &Window| starting(window, "You, 0:00").top();
    let top = first(&window);
    for _ in 0..30 {
        key(&mut window, Key::ArrowDown);
    }
    let is_away = |window: &Window| {
        let nodes = window.harness.root().children_recursive();
        nodes.into_iter().all(|node| node.accesskit_node().label().is_none_or(|label| !label.starts_with("You, 0:00")))
    };
    assert!(is_away(&window), "it was scrolled");
    open(&mut window, &shown);
    assert!((first(&window) - top).abs() < 1.0, "{} {top}", first(&window));
}

#[test]
fn all_five_cards_are_in_view_with_any_of_them_open_and_its_rating_too() {
    for size in [USUAL, [1920.0, 1080.0]] {
        let mut window = Window::open(size, welcomed());
        open(&mut window, &record(40));
        for number in 1..=5 {
            key(&mut window, [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5][number - 1]);
            for other in (1..=5).filter(|other| *other != number) {
                let card = starting(&window, &format!("Question {other}:"));
                assert!(screen(&window).contains_rect(card), "card {other} with {number} open at {size:?}: {card:?}");
            }
            for control in ["Not yet", "Really good", &format!("Note to question {number}")] {
                assert!(screen(&window).contains_rect(rect(&window, control)), "{control} of {number} at {size:?}: {:?}", rect(&window, control));
            }
        }
    }
}

#[test]
fn a_press_on_a_word_puts_the_cursor_there() {
    let mut window = Window::open(USUAL, welcomed());
    open(&mut window, &record(4));
    window.press("Correct");
    let turn = starting(&window, "You, 0:00");
    // In the first word of the line: "What".
    let pos = egui::pos2(turn.left() + 60.0 + 6.0, turn.top() + 10.0 + 26.0 + 12.0);
    window.harness.event(egui::Event::PointerMoved(pos));
    for pressed in [true, false] {
        window.harness.event(egui::Event::PointerButton { pos, button: egui::PointerButton::Primary, pressed, modifiers: Modifiers::NONE });
    }
    window.harness.run_steps(6);
    window.harness.get_by_label("Words of this turn").type_text("Say ");
    window.harness.run_steps(4);
    let value = window.harness.get_by_label("Words of this turn").value();
    assert_eq!(value.as_deref(), Some("Say What are you working on?"));
}

#[test]
fn undo_and_redo_are_grey_when_there_is_nothing() {
    let mut window = Window::open(USUAL, welcomed());
    open(&mut window, &record(4));
    window.press("Correct");
    let is_grey = |window: &Window, name: &str| window.harness.get_by_label(name).accesskit_node().is_disabled();
    assert!(is_grey(&window, "Undo") && is_grey(&window, "Redo (Ctrl+Y)"));
    window.press("Done correcting");
    window.press("Really good");
    window.press("Correct");
    assert!(!is_grey(&window, "Undo") && is_grey(&window, "Redo (Ctrl+Y)"));
    window.press("Undo");
    assert!(is_grey(&window, "Undo") && !is_grey(&window, "Redo (Ctrl+Y)"));
}

#[test]
fn the_header_of_a_conference_never_overlaps_and_the_transport_says_the_whole_time() {
    for size in [SMALLEST, [1024.0, 640.0], USUAL, [1920.0, 1080.0]] {
        for finding in [false, true] {
            let long = ConferenceData { title: "A very long title about the gate and the moment before it opened".into(), ..record(8).data().clone() };
            let shown = Arc::new(ConferenceRecord::new(long));
            let mut window = Window::open(size, welcomed());
            open(&mut window, &shown);
            if finding {
                window.harness.key_press_modifiers(Modifiers::COMMAND, Key::F);
                window.harness.run_steps(4);
                window.harness.get_by_label("Find").type_text("what");
                window.harness.run_steps(4);
                let count = rect(&window, "1 of 4");
                assert!(!count.intersects(rect(&window, "Title")) && screen(&window).contains_rect(count), "{size:?}: {count:?}");
            }
            let first = if finding { "Find" } else { "Find in this transcript (Ctrl+F)" };
            assert!(rect(&window, "Title").right() <= rect(&window, first).left(), "{size:?}, finding: {finding}");
            let whole = format!("/ {}", shown.data().length);
            assert!(screen(&window).contains_rect(rect(&window, &whole)), "{size:?}");
            assert!(!rect(&window, &whole).intersects(rect(&window, "Sound")), "{size:?}");
        }
    }
}

#[test]
fn waits_beyond_those_drawn_open_in_a_list() {
    let mut window = Window::open(USUAL, welcomed());
    open(&mut window, &record(60));
    assert!(is_there(&window, "under 3 s") && is_there(&window, "3 s or more"), "the bars have a legend");
    let more = {
        let nodes = window.harness.root().children_recursive();
        nodes.into_iter().find_map(|node| node.accesskit_node().label().filter(|label| label.starts_with("and ") && label.ends_with(" more"))).unwrap()
    };
    let node = window.harness.get_by_label(&more);
    node.scroll_to_me();
    window.harness.run_steps(4);
    window.press(&more);
    assert!(!is_there(&window, &more), "they are listed");
}

fn recording(window: &mut Window) -> Arc<Meters> {
    window.press("Start recording");
    let meters = Arc::new(Meters::default());
    window.tell(Event::RecordingStarted { meters: Arc::clone(&meters), microphone: "Laptop microphone".into(), notice: None });
    meters
}

#[test]
fn a_paused_recording_says_so_and_goes_on_with_resume() {
    let mut window = Window::open(USUAL, welcomed());
    let meters = recording(&mut window);
    assert!(is_there(&window, "Recording") && is_there(&window, "Pause"));
    meters.set_paused(true);
    window.harness.run_steps(4);
    assert!(is_there(&window, "Paused") && !is_there(&window, "Recording"));
    window.press("Resume");
    assert!(window.asked(|command| *command == Command::Recording(RecordingCommand::Resume)));
}

#[test]
fn long_names_are_whole_while_recording() {
    let mut window = Window::open(USUAL, welcomed());
    window.tell(Event::Students(Arc::new(vec![student(1, "Maximiliano Bartholomew")])));
    window.press("Maximiliano Bartholomew, not yet, due");
    recording(&mut window);
    let turns = vec![(Speaker::Student(1), "A poem.".to_owned())];
    window.tell(Event::Live(Box::new(LiveText { turns, ..LiveText::default() })));
    assert!(is_there(&window, "Maximiliano Bartholomew: A poem."));
    assert_eq!(window.unnamed(), 0);
}

#[test]
fn a_forgotten_recording_is_asked_about_then_stopped_and_saved_once() {
    let minutes = |minutes: i64| Millis(minutes * 60_000);
    let asks = |window: &Window| is_there(window, "A forgotten recording?");
    let stops = |window: &Window| window.asked.borrow().iter().filter(|command| **command == Command::Recording(RecordingCommand::Stop)).count();
    let mut window = Window::open(USUAL, welcomed());
    let meters = recording(&mut window);
    meters.set_level(0.6, LevelAdvice::Good);
    meters.set_elapsed(minutes(5));
    window.harness.run_steps(4);
    meters.set_level(0.0, LevelAdvice::TooQuiet);
    meters.set_elapsed(minutes(14));
    window.harness.run_steps(4);
    assert!(!asks(&window));
    meters.set_elapsed(minutes(15));
    window.harness.run_steps(4);
    assert!(asks(&window) && stops(&window) == 0, "asked after ten minutes");
    window.press("Keep recording");
    assert!(!asks(&window));
    meters.set_elapsed(minutes(44));
    window.harness.run_steps(4);
    assert!(asks(&window) && stops(&window) == 0);
    // Words are of somebody near.
    window.tell(Event::Live(Box::new(LiveText { turns: vec![(Speaker::Teacher, "So.".into())], ..LiveText::default() })));
    assert!(!asks(&window));
    meters.set_elapsed(minutes(74));
    window.harness.run_steps(8);
    assert_eq!(stops(&window), 1, "stopped, and so saved, once");
    // She chose that it goes on.
    let mut window = Window::open(USUAL, afterbell::settings::Settings { stops_forgotten: false, ..welcomed() });
    let meters = recording(&mut window);
    meters.set_elapsed(minutes(200));
    window.harness.run_steps(8);
    assert!(asks(&window) && stops(&window) == 0);
}

#[test]
fn a_microphone_that_never_heard_anybody_well_stops_nothing() {
    let mut window = Window::open(USUAL, welcomed());
    let meters = recording(&mut window);
    meters.set_level(0.005, LevelAdvice::TooQuiet);
    meters.set_elapsed(Millis(200 * 60_000));
    window.harness.run_steps(8);
    assert!(is_there(&window, "A forgotten recording?"));
    assert!(!window.asked(|command| *command == Command::Recording(RecordingCommand::Stop)));
}

#[test]
fn nothing_is_asked_between_a_teacher_and_a_recording() {
    let mut window = Window::open(USUAL, welcomed());
    recording(&mut window);
    let one = |label: &str, role, said: &str| FoundSpeaker { label: label.into(), role, first_lines: vec![said.into()], turns: 2 };
    let speakers = vec![one("Dana", Speaker::Teacher, "Hi Sky."), one("Sky", Speaker::Student(1), "Hi Dana.")];
    window.tell(Event::TeacherAsked(Box::new(TeacherQuestion { source: TranscriptSource::File("talk.txt".into()), with: Participants::one(None), speakers })));
    assert!(window.harness.query_by_label_contains("Hi Dana.").is_none(), "it waits");
    key(&mut window, Key::M);
    assert!(window.asked(|command| *command == Command::Recording(RecordingCommand::Mark)));
}

#[test]
fn whether_a_forgotten_recording_stops_is_a_setting() {
    let mut window = Window::open(USUAL, welcomed());
    window.press("Settings");
    for _ in 0..2 {
        // Lower down: it is gone to before it is pressed.
        let toggles = window.harness.get_all_by_label("Stop a forgotten recording");
        toggles.for_each(|node| node.scroll_to_me());
        window.harness.run_steps(30);
    }
    window.press("Stop a forgotten recording");
    assert!(window.asked(|command| *command == LibraryCommand::ChangeSetting(SettingsChange::StopsForgotten(false)).into()));
}

#[test]
fn undo_and_swap_say_what_they_did() {
    let mut window = Window::open(USUAL, welcomed());
    open(&mut window, &record(6));
    window.press("Really good");
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    window.harness.run_steps(4);
    assert!(is_there(&window, "Undone: a rating"));
    window.press("Dismiss the message");
    window.harness.key_press_modifiers(Modifiers::COMMAND, Key::Y);
    window.harness.run_steps(4);
    assert!(is_there(&window, "Done again: a rating"));
    window.press("Dismiss the message");
    let first = |window: &Window| starting(window, "You, 0:00").top();
    first(&window);
    window.press("Swap You and Maya");
    assert!(is_there(&window, "You and Maya changed places in the whole conference"));
    let is_maya_first = |window: &Window| {
        let nodes = window.harness.root().children_recursive();
        nodes.into_iter().any(|node| node.accesskit_node().label().is_some_and(|label| label.starts_with("Maya, 0:00")))
    };
    assert!(is_maya_first(&window));
    window.press("Undo");
    assert!(!is_maya_first(&window), "taken back");
    // What was done since is not what that Undo is about.
    window.press("Dismiss the message");
    window.press("Swap You and Maya");
    window.press("Good");
    window.press("Undo");
    assert!(is_maya_first(&window) && !is_there(&window, "Undone: a rating"));
}

#[test]
fn nothing_in_the_transport_lies_over_its_neighbour() {
    for size in [SMALLEST, [1024.0, 640.0], [1200.0, 700.0], USUAL, [1920.0, 1080.0]] {
        let shown = record(40);
        let mut window = Window::open(size, welcomed());
        open(&mut window, &shown);
        let whole = format!("/ {}", shown.data().length);
        let names = ["Back 5 seconds (J)", "Play", "Forward 5 seconds (L)", whole.as_str(), "Speed: 1×", "Repeat this turn (R)", "Sound", "Skip silence"];
        let marks = ["Mark", "Mark this moment (M)"];
        let controls: Vec<(&str, Rect)> = names
            .iter()
            .chain(&marks)
            .filter(|name| is_there(&window, name))
            .map(|name| (*name, window.harness.get_all_by_label(name).next().unwrap().rect()))
            .collect();
        assert!(controls.len() >= 6, "{size:?}: {controls:?}");
        for (index, (name, one)) in controls.iter().enumerate() {
            for (other, two) in &controls[index + 1..] {
                assert!(!one.shrink(1.0).intersects(two.shrink(1.0)), "{size:?}: {name} and {other}");
            }
        }
    }
}

#[test]
fn the_head_of_the_list_never_overlaps_and_its_filters_are_in_view() {
    for size in [SMALLEST, [1024.0, 640.0], USUAL, [1920.0, 1080.0]] {
        let mut window = Window::open(size, welcomed());
        window.press("Conferences");
        window.tell(summaries(4));
        let title = window.harness.get_all_by_label("Conferences").last().unwrap().rect();
        for control in ["More", "Import a recording", "Import a typed transcript", "Find words, notes, titles", "All", "To reflect on  4", "With marks"] {
            let Some(control) = window.harness.query_all_by_label(control).next() else { continue };
            assert!(!control.rect().intersects(title), "{size:?}: {control:?}");
            assert!(screen(&window).contains_rect(control.rect()), "{size:?}: {control:?}");
        }
        if !is_there(&window, "Import a typed transcript") {
            window.press("More");
        }
        window.press("Import a typed transcript");
        assert!(is_there(&window, "The transcript"), "{size:?}");
    }
}

#[test]
fn a_conference_is_named_and_titled_in_the_list() {
    let mut window = Window::open(USUAL, welcomed());
    window.press("Conferences");
    let Event::Listed { conferences, ticket } = summaries(1) else { panic!("a list") };
    let unnamed: Vec<ConferenceSummary> = conferences.iter().map(|one| ConferenceSummary { participants: Vec::new(), ..one.clone() }).collect();
    window.tell(Event::Listed { conferences: Arc::new(unnamed), ticket });
    window.press("Who was this?");
    assert!(!window.asked(|command| matches!(command, Command::Query(LibraryQuery::Open(..)))), "it is not opened");
    window.harness.get_by_label("Type a name").type_text("oma");
    window.harness.run_steps(4);
    key(&mut window, Key::Enter);
    let id = ConferenceId::from_u128(100);
    let named = Edit::Participants(vec![Participant { student: student(2, "Omar"), voice: Some(1) }]);
    assert!(window.asked(|command| *command == LibraryCommand::Save(id, named.clone().into()).into()));
    window.tell(summaries(1));
    let more = {
        let nodes = window.harness.root().children_recursive();
        nodes.into_iter().find_map(|node| node.accesskit_node().label().filter(|label| label.starts_with("More about Maya"))).unwrap()
    };
    window.press(&more);
    window.harness.get_by_label("Give it a title").focus();
    window.harness.run_steps(2);
    window.harness.get_by_label("Give it a title").type_text("The gate");
    window.harness.run_steps(4);
    assert!(window.asked(|command| *command == LibraryCommand::Save(id, Edit::Title("The gate".into()).into()).into()), "kept as it is typed");
    // Another one comes before it: the menu is still about the same.
    let Event::Listed { conferences, ticket } = summaries(3) else { panic!("a list") };
    let mut more_of_them: Vec<ConferenceSummary> = conferences.iter().skip(1).cloned().collect();
    more_of_them.push(conferences[0].clone());
    window.tell(Event::Listed { conferences: Arc::new(more_of_them), ticket });
    window.press("Delete this conference");
    assert!(window.asked(|command| *command == LibraryCommand::Delete(DeletedKey::Conference(id)).into()));
    window.press(&more);
    window.harness.get_by_label("Give it a title").focus();
    window.harness.run_steps(2);
    key(&mut window, Key::Enter);
    assert!(!is_there(&window, "Delete this conference"), "the menu is closed");
}
