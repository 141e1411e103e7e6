//! Choosing mode: a card that is not quite right asks the transcript, and what is chosen there is kept.

use crate::support::window::{SMALLEST, USUAL, Window, open, record, welcomed};
use afterbell::work::{Command, LibraryCommand};
use egui::{Key, Modifiers};
use egui_kittest::kittest::NodeT as _;

#[test]
fn a_card_that_is_not_quite_right_asks_the_transcript() {
    let mut window = Window::open(USUAL, welcomed());
    open(&mut window, &record(8));
    for (card, question) in [
        (Key::Num2, "Choose the turns that are research"),
        (Key::Num3, "Choose the turns that are your compliment"),
        (Key::Num4, "Choose the turns where you teach it"),
        (Key::Num5, "Choose what Maya said was hard"),
    ] {
        window.key(card);
        window.press("Not quite right?");
        assert!(window.has(question) && window.has("Nothing chosen yet"), "{question}");
        let turn = {
            let nodes = window.harness.root().children_recursive();
            nodes.into_iter().find_map(|node| node.accesskit_node().label().filter(|label| label.starts_with("You, 0:05"))).unwrap()
        };
        window.asked.borrow_mut().clear();
        window.press(&turn);
        assert!(window.has("1 turn chosen"), "{question}");
        assert!(!window.asked(|command| matches!(command, Command::Player(_))), "choosing plays nothing");
        window.key(Key::Escape);
        assert!(!window.has("1 turn chosen") && window.has("Correct"), "Escape leaves it as it was");
        assert!(!window.asked(|command| matches!(command, Command::Library(LibraryCommand::Save(..)))));
        window.press("Not quite right?");
        window.press(&turn);
        window.press("Done");
        std::thread::sleep(std::time::Duration::from_millis(450));
        window.harness.run_steps(4);
        assert!(window.asked(|command| matches!(command, Command::Library(LibraryCommand::Save(..)))), "{question}");
    }
}

#[test]
fn which_pauses_were_waits_is_chosen_in_the_transcript() {
    for size in [USUAL, SMALLEST] {
        let mut window = Window::open(size, welcomed());
        let talk = record(6);
        let found = talk.measures().wait_one.waits.clone();
        assert_eq!(found.len(), 3, "each of the three questions is waited for");
        open(&mut window, &talk);
        window.key(Key::Num1);
        let fix = if window.has("Not quite right?") { "Not quite right?" } else { "Fix" };
        window.press_unseen(fix);
        assert!(window.has("Choose the quiet moments that were waits") && window.has("3 pauses chosen"), "{size:?}");
        assert!(window.has("3 waits chosen"), "the card follows");
        let tick = format!("{:.1} s at {}", found[0].length().secs(), found[0].start().clock());
        window.asked.borrow_mut().clear();
        window.press_unseen(&tick);
        assert!(window.has("2 pauses chosen") && window.has("2 waits chosen"));
        assert!(!window.asked(|command| matches!(command, Command::Player(_) | Command::Library(_))), "choosing plays and changes nothing");
        window.key(Key::Escape);
        assert!(!window.has("Choose the quiet moments that were waits") && !window.has(&tick));
        window.press_unseen(fix);
        assert!(window.has("3 pauses chosen"), "it begins with what there is");
        window.press_unseen(&tick);
        window.press_unseen("Done");
        assert_eq!(window.kept_corrections().waits, Some(found[1..].iter().map(|wait| wait.middle()).collect::<Vec<_>>()));
        window.press_unseen(fix);
        window.press_unseen("There was none");
        assert_eq!(window.kept_corrections().waits, Some(Vec::new()));
        assert!(window.has("There was none, you said."));
        window.press_unseen("Put back what Afterbell found");
        assert_eq!(window.kept_corrections().waits, None);
        window.key_with(Modifiers::COMMAND, Key::Z);
        assert!(window.has("There was none, you said."), "each step can be taken back");
    }
}
