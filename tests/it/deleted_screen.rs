//! Recently deleted, by its accessibility tree.

use crate::support::window::{Window, welcomed};
use afterbell::conference::ConferenceId;
use afterbell::work::{Command, DeletedKey, DeletedRow, Event, LibraryCommand, LibraryQuery};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

fn deleted_rows() -> Vec<DeletedRow> {
    let row = |key, name: &str, what: &str, days_left| DeletedRow {
        key,
        name: name.into(),
        started_unix_ms: Some(1_790_000_000_000),
        what: what.into(),
        deleted_unix_ms: 1_790_000_000_000,
        days_left,
        bytes: 30_000_000,
    };
    vec![
        row(DeletedKey::Conference(ConferenceId::from_u128(5)), "Leo", "Conference, 4:52. Sound, words and notes.", 30),
        row(DeletedKey::Recording("cut".into()), "Maya", "Recording that was cut off, 2:10. Sound.", 1),
    ]
}

#[test]
fn what_was_deleted_is_restored_with_one_press_and_goes_for_good_only_after_a_question() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    window.press("Conferences");
    window.press("More");
    window.press("Recently deleted");
    assert!(window.asked(|command| *command == LibraryQuery::ListDeleted.into()));
    window.tell(Event::DeletedList(Arc::new(deleted_rows())));
    assert_eq!(window.unnamed(), 0);
    window.harness.get_by_label_contains("2 things, 60 MB");
    window.harness.get_by_label_contains("30 days left");
    window.harness.get_by_label_contains("1 day left");
    let named = |window: &Window, start: &str| {
        let found = window.harness.get_all_by_label_contains(start).find(|node| node.accesskit_node().role() == egui::accesskit::Role::Button);
        found.unwrap().accesskit_node().label().unwrap()
    };
    let restore = named(&window, "Restore Leo");
    window.press(&restore);
    let key = DeletedKey::Conference(ConferenceId::from_u128(5));
    assert!(window.asked(|command| *command == LibraryCommand::Restore(key.clone()).into()));
    // Asked first, and Cancel does nothing.
    let forget = named(&window, "Delete Leo");
    window.press(&forget);
    window.harness.get_by_label_contains("Nobody can bring them back.");
    window.press("Cancel");
    assert!(!window.asked(|command| matches!(command, Command::Library(LibraryCommand::Forget(_)))));
    window.press(&forget);
    window.press("Delete for good");
    assert!(window.asked(|command| *command == LibraryCommand::Forget(vec![key.clone()]).into()));
    window.press("Delete all for good…");
    window.press("Delete for good");
    assert!(window.asked(|command| matches!(command, Command::Library(LibraryCommand::Forget(keys)) if keys.len() == 2)));
    window.tell(Event::DeletedList(Arc::new(Vec::new())));
    window.harness.get_by_label_contains("Nothing here.");
}

#[test]
fn undo_after_deleting_asks_for_every_list_again() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    window.press("Conferences");
    let key = DeletedKey::Conference(ConferenceId::from_u128(5));
    window.tell(Event::Deleted(key.clone()));
    window.harness.get_by_label_contains("It waits in Recently deleted for 30 days");
    window.press("Undo");
    assert!(window.asked(|command| *command == LibraryCommand::Restore(key.clone()).into()));
    window.asked.borrow_mut().clear();
    window.tell(Event::Restored(key));
    // With a number of its own: an answer without one would be dropped as late.
    assert!(window.asked(|command| matches!(command, Command::Query(LibraryQuery::List(ticket)) if ticket.0 > 0)));
    assert!(window.asked(|command| *command == LibraryQuery::ListShared.into()));
    window.asked.borrow_mut().clear();
    window.tell(Event::LibraryChanged);
    assert!(window.asked(|command| matches!(command, Command::Query(LibraryQuery::List(ticket)) if ticket.0 > 0)), "after going back to a backup too");
}
