//! Where the window is: it goes where the teacher goes, and nowhere because of an answer that comes late.

use crate::support::window::{Window, open, record, student, welcomed};
use afterbell::conference::*;
use afterbell::error::ErrorKind;
use afterbell::settings::Settings;
use afterbell::work::mentor::OpenedBundle;
use afterbell::work::{
    AnalysisCommand, Command, Event, InterruptedRecording, LibraryQuery, OpeningStage, Participants, Problem, RecordingCommand, Reply, SharedId, Ticket,
};
use egui_kittest::kittest::Queryable as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The settings are on screen, the last place that was gone to.
fn is_in_settings(window: &Window) -> bool {
    window.harness.query_by_label("Appearance").is_some()
}

fn another() -> ConferenceId {
    ConferenceId::from_u128(77)
}

fn opened(window: &Window, id: ConferenceId) -> Option<Ticket> {
    let asked = window.asked.borrow();
    asked.iter().rev().find_map(|command| match command {
        Command::Query(LibraryQuery::Open(ticket, wanted)) if *wanted == id => Some(*ticket),
        _ => None,
    })
}

fn problem(kind: ErrorKind) -> Problem {
    Problem::new(kind, "Something else. Nothing is lost.")
}

#[test]
fn an_answer_that_comes_late_takes_nobody_away_from_where_they_went() {
    let shown = record(4);
    let id = shown.data().id;
    let mut window = Window::open([1366.0, 768.0], welcomed());
    open(&mut window, &shown);
    let rating = "How was your pacing?";
    assert!(window.harness.query_all_by_label_contains(rating).next().is_some(), "the conference is on screen");
    // A conference.
    window.press("Conferences");
    let row = row(&window);
    window.press(&row);
    let ticket = opened(&window, id).unwrap();
    window.press("Settings");
    assert!(is_in_settings(&window));
    window.tell(Event::Opened { ticket, record: Arc::clone(&shown) });
    assert!(is_in_settings(&window), "a conference");
    // A colleague's.
    window.tell(Event::WhoseAsked(vec!["c.afterbell".into()], Participants::default()));
    window.tell(Event::BundleOpened(OpenedBundle::Conference(SharedId::from_u128(3))));
    let ticket = window
        .asked
        .borrow()
        .iter()
        .find_map(|command| if let Command::Query(LibraryQuery::OpenShared(ticket, _)) = command { Some(*ticket) } else { None })
        .unwrap();
    window.press("Settings");
    window.tell(Event::SharedOpened {
        ticket,
        id: SharedId::from_u128(3),
        question: String::new(),
        record: Arc::clone(&shown),
        reply: Box::new(Reply::default()),
    });
    assert!(is_in_settings(&window), "a colleague's");
    // What a colleague sent, still being unpacked.
    window.tell(Event::WhoseAsked(vec!["d.afterbell".into()], Participants::default()));
    window.press("Settings");
    let asked = window.asked.borrow().len();
    window.tell(Event::BundleOpened(OpenedBundle::Reply(id)));
    assert!(is_in_settings(&window), "a reply");
    // Messages wait for one another.
    window.press("Dismiss the message");
    assert!(window.harness.query_all_by_label_contains("A reply has come").next().is_some(), "it is said");
    assert!(!window.asked.borrow()[asked..].iter().any(|command| matches!(command, Command::Query(LibraryQuery::Open(..)))));
    // A recording that is being kept.
    let cut = InterruptedRecording { name: "n".into(), length: Millis(260_000), students: Vec::new(), started_unix_ms: 1_790_000_000_000 };
    window.tell(Event::Interrupted(vec![cut]));
    window.press("Save and transcribe");
    window.press("Settings");
    let asked = window.asked.borrow().len();
    window.tell(Event::RecordingSaved { id, length: Millis(260_000), students: Vec::new() });
    assert!(is_in_settings(&window), "a recording that was kept");
    assert!(!window.asked.borrow()[asked..].iter().any(|command| matches!(command, Command::Query(LibraryQuery::Open(..)))));
}

fn row(window: &Window) -> String {
    use egui_kittest::kittest::NodeT as _;
    let nodes = window.harness.root().children_recursive();
    nodes.into_iter().find_map(|node| node.accesskit_node().label().filter(|label| label.starts_with("Maya, ") && label.contains(':'))).unwrap()
}

#[test]
fn the_sample_is_gone_to_when_it_was_waited_for_and_only_then() {
    let mut window = Window::open([1366.0, 768.0], Settings::default());
    window.press("Open the sample");
    assert!(window.asked(|command| matches!(command, Command::Analysis(AnalysisCommand::AddSample(_)))));
    // It could not be added; what is imported later by somebody's hand is not taken for it.
    window.tell(Event::SampleAdded(None));
    window.tell(Event::SampleAdded(Some(another())));
    assert!(!window.asked(|command| matches!(command, Command::Query(LibraryQuery::Open(..)))));
    window.press("Open the sample");
    window.tell(Event::Imported(another()));
    assert!(!window.asked(|command| matches!(command, Command::Query(LibraryQuery::Open(..)))));
    window.tell(Event::SampleAdded(Some(another())));
    assert!(window.asked(|command| matches!(command, Command::Query(LibraryQuery::Open(..)))));
}

#[test]
fn a_conference_that_was_written_down_anew_does_not_hold_up_going_to_another() {
    let shown = record(4);
    let id = shown.data().id;
    let mut window = Window::open([1366.0, 768.0], welcomed());
    open(&mut window, &shown);
    // The way to another one is under way (a hit of Find, a row of a list) as the work on this one ends.
    let cut = InterruptedRecording { name: "n".into(), length: Millis(1000), students: Vec::new(), started_unix_ms: 1_790_000_000_000 };
    window.tell(Event::Interrupted(vec![cut]));
    window.press("Save and transcribe");
    let other = Arc::new(ConferenceRecord::new(ConferenceData {
        id: another(),
        participants: vec![Participant { student: student(2, "Omar"), voice: Some(1) }],
        ..shown.data().clone()
    }));
    window.tell(Event::RecordingSaved { id: other.data().id, length: Millis(1000), students: Vec::new() });
    let ticket = opened(&window, other.data().id).unwrap();
    window.tell(Event::WorkDone(id));
    let again = opened(&window, id).unwrap();
    assert_ne!(ticket, again);
    window.tell(Event::Opened { ticket: again, record: Arc::clone(&shown) });
    window.tell(Event::Opened { ticket, record: other });
    assert!(window.harness.query_all_by_label_contains("Omar").next().is_some(), "it is gone to all the same");
}

#[test]
fn waiting_for_the_microphone_can_be_ended_and_is_ended_by_nothing_else() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    window.press("Start recording");
    assert_eq!(window.unnamed(), 0);
    window.harness.get_by_label("Opening the microphone…");
    // What fails meanwhile elsewhere is no reason to leave.
    window.tell(Event::Failed(problem(ErrorKind::FileUnreadable)));
    window.harness.get_by_label("Opening the microphone…");
    window.press("Cancel");
    assert!(window.asked(|command| *command == Command::Recording(RecordingCommand::CancelStart)));
    window.tell(Event::RecordingNotStarted);
    assert!(window.harness.query_by_label("Opening the microphone…").is_none());
    window.press("Start recording");
    window.tell(Event::RecordingStarted { meters: Arc::default(), microphone: "Laptop microphone".into(), notice: None });
    // Said of an earlier one, it ends nothing that runs.
    window.tell(Event::RecordingNotStarted);
    window.press("Stop and save");
    assert!(window.asked(|command| *command == Command::Recording(RecordingCommand::Stop)));
}

#[test]
fn a_failure_elsewhere_does_not_hide_what_still_goes_on() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    window.press("Conferences");
    window.tell(Event::Importing { file: "talk.mp3".into(), fraction: 0.5 });
    window.tell(Event::Failed(problem(ErrorKind::NoSpeaker)));
    assert!(window.harness.query_all_by_label_contains("talk.mp3").next().is_some());
    window.tell(Event::Importing { file: "talk.mp3".into(), fraction: 1.0 });
    assert!(window.harness.query_all_by_label_contains("talk.mp3").next().is_none());
}

#[test]
fn what_is_done_before_the_library_is_open_is_said_with_how_far_it_is() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    window.tell(Event::Opening(OpeningStage::Checking));
    let begun = Instant::now();
    while window.harness.query_by_label("Opening your conferences…").is_none() {
        assert!(begun.elapsed() < Duration::from_secs(20), "never said");
        window.harness.run_steps(1);
    }
    window.tell(Event::Opening(OpeningStage::Rebuilding { done: 75, of: 300 }));
    window.harness.get_by_label("Making the list of conferences again…");
    window.tell(Event::CannotOpen(problem(ErrorKind::LibraryFromNewerVersion)));
    window.harness.get_by_label("Something else. Nothing is lost.");
}
