//! The list of conferences: what is shown of it, in which order, and what is gone from it.

use crate::support::window::{SMALLEST, USUAL, Window, student, welcomed};
use afterbell::conference::*;
use afterbell::work::{Command, Event, LibraryQuery, SearchHit, SearchLine, Ticket};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

const DAY: i64 = 86_400_000;

fn one(number: u128, name: &str) -> ConferenceSummary {
    ConferenceSummary {
        id: ConferenceId::from_u128(number),
        title: String::new(),
        participants: vec![Participant { student: student(number, name), voice: Some(1) }],
        students: 1,
        // One after the other, all of them today.
        started_unix_ms: jiff::Timestamp::now().as_millisecond() - number as i64 * 60_000,
        length: Millis(60_000 * number as i64),
        stage: Stage::Transcribed,
        teacher_share: Some(0.1 * number as f64),
        teacher_share_range: None,
        is_talk_seen: true,
        strategy: String::new(),
        marks: 0,
        is_sample: false,
        is_typed: false,
    }
}

/// Three: Omar is reflected on, Ana was marked, and Maya is of the term before.
fn three() -> Vec<ConferenceSummary> {
    let (omar, ana, maya) = (one(1, "Omar"), one(3, "Ana"), one(2, "Maya"));
    vec![
        ConferenceSummary { stage: Stage::Reflected, strategy: "Writers stretch a moment.".into(), ..omar },
        ConferenceSummary { started_unix_ms: maya.started_unix_ms - 400 * DAY, strategy: "Writers plan.".into(), ..maya },
        ConferenceSummary { marks: 2, ..ana },
    ]
}

fn listed(size: [f32; 2]) -> Window {
    let mut window = Window::open(size, welcomed());
    window.press("Conferences");
    let mut all = three();
    all.sort_by_key(|one| std::cmp::Reverse(one.started_unix_ms));
    window.tell(Event::Listed { ticket: Ticket(9), conferences: Arc::new(all) });
    window
}

/// The names of the rows, from above.
fn names(window: &Window) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = window
        .harness
        .root()
        .children_recursive()
        .filter_map(|node| {
            let label = node.accesskit_node().label()?;
            let name = ["Omar", "Ana", "Maya"].into_iter().find(|name| label.starts_with(&format!("{name}, ")) && label.contains(", you talked"))?;
            Some((node.rect().top(), name.to_owned()))
        })
        .collect();
    rows.sort_by(|one, other| one.0.total_cmp(&other.0));
    rows.into_iter().map(|(_, name)| name).collect()
}

#[test]
fn each_filter_shows_what_it_says() {
    for size in [USUAL, [1024.0, 640.0], SMALLEST] {
        let mut window = listed(size);
        assert_eq!(names(&window), ["Omar", "Ana", "Maya"], "newest first");
        window.press("To reflect on  2");
        assert_eq!(names(&window), ["Ana", "Maya"]);
        window.press("With marks");
        assert_eq!(names(&window), ["Ana"]);
        window.press("All");
        window.press("Term: All terms");
        let term = {
            let nodes = window.harness.root().children_recursive();
            nodes.into_iter().find_map(|node| node.accesskit_node().label().filter(|label| label.starts_with("This term, since 1 "))).unwrap()
        };
        window.press(&term);
        assert_eq!(names(&window), ["Omar", "Ana"], "what is of an earlier one is not shown");
        window.press("Strategy: Any strategy");
        window.press("Writers plan.");
        assert!(names(&window).is_empty() && window.has("No conference fits what is chosen above."));
        window.press("Show all");
        assert_eq!(names(&window).len(), 3);
        window.press("Strategy: Any strategy");
        window.press("Writers stretch a moment.");
        assert_eq!(names(&window), ["Omar"]);
        for chip in ["All", "With marks", "Term: All terms", "Strategy: Writers stretch a moment."] {
            assert!(window.is_within(chip), "{size:?}: {chip} {:?}", window.rect(chip));
        }
    }
}

#[test]
fn chips_and_the_field_lie_over_nothing() {
    for size in [USUAL, [1024.0, 640.0], SMALLEST] {
        let window = listed(size);
        let all: Vec<_> = [
            "Find words, notes, titles",
            "All",
            "To reflect on  2",
            "With marks",
            "Term: All terms",
            "Strategy: Any strategy",
            "Share all that are listed",
            "Sorted by date",
        ]
        .into_iter()
        .map(|name| (name, window.rect(name)))
        .collect();
        for (index, (name, rect)) in all.iter().enumerate() {
            for (other, theirs) in &all[index + 1..] {
                assert!(!rect.shrink(0.5).intersects(*theirs), "{size:?}: {name} {rect:?} lies over {other} {theirs:?}");
            }
        }
    }
}

#[test]
fn the_head_of_a_column_orders_the_list_by_it() {
    let mut window = listed(USUAL);
    for (head, wanted) in [
        ("Sort by student", ["Ana", "Maya", "Omar"]),
        ("Sorted by student", ["Omar", "Maya", "Ana"]),
        ("Sort by length", ["Ana", "Maya", "Omar"]),
        ("Sort by talk time", ["Ana", "Maya", "Omar"]),
        ("Sorted by talk time", ["Omar", "Maya", "Ana"]),
        ("Sort by status", ["Ana", "Maya", "Omar"]),
        ("Sort by date", ["Omar", "Ana", "Maya"]),
        ("Sorted by date", ["Maya", "Ana", "Omar"]),
    ] {
        window.press(head);
        assert_eq!(names(&window), wanted, "{head}");
    }
}

#[test]
fn the_class_stands_by_who_waited_longest_or_by_name() {
    let mut window = listed(USUAL);
    window.tell(Event::Students(Arc::new(vec![student(1, "Omar"), student(3, "Ana"), student(9, "Zoe")])));
    let order = |window: &Window| {
        let top = |name: &str, ago: &str| window.rect(&format!("{name}, {ago}")).top();
        let mut all = [("Omar", top("Omar", "today")), ("Ana", top("Ana", "today")), ("Zoe", top("Zoe", "not yet"))];
        all.sort_by(|one, other| one.1.total_cmp(&other.1));
        all.map(|(name, _)| name)
    };
    assert_eq!(order(&window)[0], "Zoe", "who waited longest stands first");
    window.press("longest first");
    window.press("By name");
    assert_eq!(order(&window), ["Ana", "Omar", "Zoe"]);
}

#[test]
fn what_is_deleted_is_gone_from_what_was_found_at_once() {
    let mut window = listed(USUAL);
    window.harness.get_by_label_contains("Find words, notes, titles").focus();
    window.harness.run_steps(2);
    window.harness.get_by_label_contains("Find words, notes, titles").type_text("moment");
    window.harness.run_steps(2);
    std::thread::sleep(std::time::Duration::from_millis(200));
    window.harness.run_steps(4);
    let ticket =
        window.asked.borrow().iter().rev().find_map(|command| if let Command::Query(LibraryQuery::Search(ticket, _)) = command { Some(*ticket) } else { None });
    let hit = |summary: &ConferenceSummary| SearchHit {
        conference: summary.clone(),
        lines: vec![SearchLine {
            speaker: "You".into(),
            is_teacher: true,
            at: Some(Millis(1000)),
            pieces: vec![("a ".into(), false), ("moment".into(), true)],
        }],
    };
    let all = three();
    let hits = Arc::new(vec![hit(&all[0]), hit(&all[2])]);
    window.tell(Event::Found { ticket: ticket.unwrap(), query: "moment".into(), hits });
    assert!(window.has_part("2 matches for “moment” in 2 of 3 conferences"));
    window.tell(Event::Listed { ticket: Ticket(10), conferences: Arc::new(all[1..].to_vec()) });
    assert!(window.has_part("1 match for “moment” in 1 of 2 conferences"));
    assert!(!names(&window).contains(&"Omar".to_owned()));
}
