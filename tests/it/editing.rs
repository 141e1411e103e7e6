//! What the teacher types reaches what it was meant for: the open turn, notes, titles, selections and finds while the record changes under them.

use crate::support::window::{Window, open, record, welcomed};
use afterbell::conference::*;
use afterbell::work::{Command, Event, LibraryCommand, LibraryQuery, PlayerCommand, Ticket};
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;
use std::time::Duration;

fn opened(record: &Arc<ConferenceRecord>) -> Window {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    open(&mut window, record);
    window
}

fn key(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.harness.key_press_modifiers(modifiers, key);
    window.harness.run_steps(4);
}

/// One letter after the other, as a person types.
fn type_in(window: &mut Window, text: &str) {
    for letter in text.chars() {
        window.harness.event(egui::Event::Text(letter.into()));
        window.harness.run_steps(2);
    }
}

/// Long enough for what is half-written to be on the disk.
fn pause(window: &mut Window) {
    std::thread::sleep(Duration::from_millis(480));
    window.harness.run_steps(3);
}

fn focus(window: &mut Window, name: &str) {
    window.harness.get_all_by_label(name).find(|node| node.accesskit_node().role() != egui::accesskit::Role::Label).expect("the field is there").focus();
    window.harness.run_steps(3);
}

/// What was asked for since this was last called.
fn since(window: &Window) -> Vec<Command> {
    window.asked.borrow_mut().drain(..).collect()
}

fn edits(commands: &[Command]) -> Vec<Edit> {
    commands
        .iter()
        .filter_map(|command| if let Command::Library(LibraryCommand::Save(_, change)) = command { Some(change.edit().clone()) } else { None })
        .collect()
}

/// The words and the turns that this is saved as, one edit after the other, over the record as it was loaded.
fn on_disk(record: &ConferenceRecord, edits: &[Edit]) -> String {
    let mut record = record.clone();
    for edit in edits {
        record.apply(edit.clone());
    }
    said(&record)
}

fn said(record: &ConferenceRecord) -> String {
    record.turns().iter().map(|turn| format!("{} {}\n", turn.speaker.key(), record.transcript().text(&turn.words))).collect()
}

/// The words alone.
fn words(record: &ConferenceRecord) -> Vec<String> {
    record.transcript().words.iter().map(|word| word.text.clone()).collect()
}

/// The turn at this place on screen, opened in Correct mode.
fn open_turn(window: &mut Window, starts: &str) {
    let label = window
        .harness
        .root()
        .children_recursive()
        .find_map(|node| node.accesskit_node().label().filter(|label| label.starts_with(starts)))
        .expect("the turn is there");
    window.press(&label);
}

/// The ticket of the last question for a record.
fn ticket(window: &Window) -> Ticket {
    let asked = window.asked.borrow();
    asked
        .iter()
        .rev()
        .find_map(|command| if let Command::Query(LibraryQuery::Open(ticket, _)) = command { Some(*ticket) } else { None })
        .expect("it was asked for")
}

/// As told apart again: the first turn is two people's by now, so that all others are counted one further.
fn rediarized(record: &ConferenceRecord) -> Box<Rediarized> {
    let mut voices = record.data().voices.clone();
    let first = voices.spans[0].span;
    let middle = Millis(600);
    voices.spans[0].span = Span::new(first.start(), middle);
    voices.spans.insert(1, VoiceSpan { span: Span::new(middle, first.end()), voice: Voice(1) });
    Box::new(Rediarized { students: 1, others: 0, people: None, pointed_at: Vec::new(), voices })
}

#[test]
fn what_was_typed_in_one_conference_is_never_undone_into_another() {
    let first = record(4);
    let second = ConferenceData { id: ConferenceId::from_u128(6), title: "Snow".into(), ..record(4).data().clone() };
    let second = Arc::new(ConferenceRecord::new(second));
    for (card, field) in [(Key::Num1, "Note to question 1"), (Key::Num5, "Note to question 5"), (Key::Num4, "Writers can …"), (Key::Num1, "Title")] {
        let mut window = opened(&first);
        key(&mut window, Modifiers::NONE, card);
        focus(&mut window, field);
        type_in(&mut window, "Maya was brave.");
        pause(&mut window);
        assert!(edits(&since(&window)).iter().any(|edit| format!("{edit:?}").contains("Maya was brave.")), "{field}: typed in the first");
        open(&mut window, &second);
        key(&mut window, Modifiers::NONE, card);
        focus(&mut window, field);
        since(&window);
        key(&mut window, Modifiers::COMMAND, Key::Z);
        pause(&mut window);
        assert_eq!(edits(&since(&window)), [], "{field}: Ctrl+Z in the second");
    }
}

#[test]
fn split_undo_and_done_leave_the_next_turn_alone() {
    let talk = record(6);
    let mut window = opened(&talk);
    key(&mut window, Modifiers::NONE, Key::E);
    key(&mut window, Modifiers::NONE, Key::Home);
    for _ in 0..2 {
        key(&mut window, Modifiers::CTRL | Modifiers::COMMAND, Key::ArrowRight);
    }
    since(&window);
    key(&mut window, Modifiers::SHIFT, Key::Enter);
    window.press("Undo");
    window.press("Done correcting");
    assert_eq!(on_disk(&talk, &edits(&since(&window))), said(&talk));
}

#[test]
fn voices_told_apart_again_change_no_word_of_the_open_turn_and_of_no_other() {
    let talk = record(6);
    for typed in ["", " Or not?"] {
        let mut window = opened(&talk);
        window.press("Correct");
        open_turn(&mut window, "You, 0:05");
        assert!(window.asked(|command| *command == PlayerCommand::HoldForTyping.into()), "the sound waits");
        key(&mut window, Modifiers::NONE, Key::End);
        type_in(&mut window, typed);
        since(&window);
        window.tell(Event::Rediarized(ConferenceId::from_u128(5), Some(Box::new(Edit::Voices(rediarized(&talk)).into()))));
        pause(&mut window);
        let mut expected = (*talk).clone();
        expected.apply(Edit::Voices(rediarized(&talk)));
        let turn = expected.turns().iter().position(|turn| turn.span.start() == talk.turns()[2].span.start()).unwrap();
        let text = format!("{}{typed}", expected.transcript().text(&expected.turns()[turn].words));
        if let Some(edit) = expected.rewrite_turn(turn, &text) {
            expected.apply(edit);
        }
        assert_eq!(on_disk(&talk, &edits(&since(&window))), said(&expected), "half a second later, without a key");
        // It is still open, where it was.
        type_in(&mut window, " Go");
        key(&mut window, Modifiers::NONE, Key::Enter);
        let all = edits(&since(&window));
        let Some(Edit::Correct(corrections)) = all.last() else { panic!("{all:?}") };
        let there = corrections.texts.iter().find(|fix| fix.words.iter().any(|word| word.text == "Go")).expect("what was typed is kept");
        assert!(there.span.start() >= talk.turns()[2].span.start() && there.span.end() <= talk.turns()[3].span.start(), "in its own turn: {there:?}");
    }
}

#[test]
fn a_new_transcription_leaves_the_open_turn_open_and_empties_what_would_undo_the_old_words() {
    let talk = record(6);
    let mut window = opened(&talk);
    key(&mut window, Modifiers::ALT, Key::O);
    window.press("Correct");
    open_turn(&mut window, "You, 0:05");
    key(&mut window, Modifiers::NONE, Key::End);
    type_in(&mut window, " Or not?");
    since(&window);
    // Another model: other words, and a second later each.
    window.tell(Event::WorkDone(ConferenceId::from_u128(5)));
    let mut facts = talk.data().clone();
    for word in &mut facts.transcript.words {
        word.text = word.text.to_uppercase();
        word.span = Span::new(word.span.start() + Millis(100), word.span.end() + Millis(100));
    }
    let new = Arc::new(ConferenceRecord::new(facts));
    window.tell(Event::Opened { ticket: ticket(&window), record: Arc::clone(&new) });
    pause(&mut window);
    let saved = edits(&since(&window));
    let Some(Edit::Correct(corrections)) = saved.iter().rev().find(|edit| matches!(edit, Edit::Correct(_))) else { panic!("{saved:?}") };
    let mut disk = (*new).clone();
    disk.apply(Edit::Correct(corrections.clone()));
    let (new_said, disk_said) = (words(&new), words(&disk));
    assert_eq!(disk_said.len(), new_said.len() + 2, "no word is lost or doubled: {disk_said:?}");
    assert!(disk_said.join(" ").to_lowercase().contains("working on? or not? a poem"), "{disk_said:?}");
    // It can be typed in, and reaches the same turn.
    type_in(&mut window, " Go");
    key(&mut window, Modifiers::NONE, Key::Enter);
    let saved = edits(&since(&window));
    let Some(Edit::Correct(corrections)) = saved.last() else { panic!("{saved:?}") };
    disk.apply(Edit::Correct(corrections.clone()));
    assert!(words(&disk).join(" ").to_lowercase().contains("or not? go a poem"), "{:?}", words(&disk));
    // What was done to the old words cannot be taken back over the new ones.
    for _ in 0..9 {
        key(&mut window, Modifiers::COMMAND, Key::Z);
    }
    for edit in edits(&since(&window)) {
        disk.apply(edit);
    }
    assert_eq!(disk.turns()[0].speaker, Speaker::Other, "given away before the new words came");
}

#[test]
fn work_that_was_stopped_leaves_undo_as_it_was() {
    let talk = record(6);
    let mut window = opened(&talk);
    key(&mut window, Modifiers::ALT, Key::O);
    let saved = edits(&since(&window));
    let mut loaded = (*talk).clone();
    saved.into_iter().for_each(|edit| drop(loaded.apply(edit)));
    window.tell(Event::WorkDone(ConferenceId::from_u128(5)));
    window.tell(Event::Opened { ticket: ticket(&window), record: Arc::new(loaded) });
    since(&window);
    key(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(edits(&since(&window)), [Edit::Correct(Box::default())]);
}

#[test]
fn a_note_typed_while_the_record_is_loaded_again_stays() {
    let talk = record(6);
    let mut window = opened(&talk);
    key(&mut window, Modifiers::NONE, Key::N);
    type_in(&mut window, "Slow");
    window.tell(Event::WorkDone(ConferenceId::from_u128(5)));
    let ticket = ticket(&window);
    let asked = edits(&since(&window));
    assert_eq!(asked, [Edit::Note(Question::Pacing, "Slow".into())], "what was typed is on the disk before it is loaded");
    type_in(&mut window, "er");
    let mut loaded = (*talk).clone();
    asked.into_iter().for_each(|edit| drop(loaded.apply(edit)));
    window.tell(Event::Opened { ticket, record: Arc::new(loaded) });
    type_in(&mut window, ".");
    pause(&mut window);
    assert_eq!(edits(&since(&window)).last(), Some(&Edit::Note(Question::Pacing, "Slower.".into())));
}

#[test]
fn a_title_is_one_change_and_one_step_back() {
    let talk = record(4);
    let mut window = opened(&talk);
    since(&window);
    focus(&mut window, "Title");
    key(&mut window, Modifiers::NONE, Key::End);
    type_in(&mut window, "y day");
    pause(&mut window);
    let saved = edits(&since(&window));
    assert!(saved.len() <= 2 && saved.last() == Some(&Edit::Title("Rainy day".into())), "not at every letter: {saved:?}");
    key(&mut window, Modifiers::NONE, Key::Escape);
    key(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(edits(&since(&window)), [Edit::Title("Rain".into())]);
    key(&mut window, Modifiers::COMMAND, Key::Y);
    assert_eq!(edits(&since(&window)), [Edit::Title("Rainy day".into())]);
}

#[test]
fn a_correction_with_find_open_does_not_jump_to_the_first_find() {
    let mut window = opened(&record(60));
    key(&mut window, Modifiers::COMMAND, Key::F);
    type_in(&mut window, "poem");
    for _ in 0..19 {
        key(&mut window, Modifiers::NONE, Key::F3);
    }
    window.harness.get_by_label("20 of 30");
    let seen = |window: &Window| {
        window
            .harness
            .root()
            .children_recursive()
            .filter_map(|node| node.accesskit_node().label())
            .filter(|label| label.starts_with("Maya, "))
            .collect::<Vec<_>>()
    };
    let before = seen(&window);
    // Every turn has another speaker, so that all of it is looked through anew.
    window.press("Swap You and Maya");
    window.harness.get_by_label("20 of 30");
    let after = window
        .harness
        .root()
        .children_recursive()
        .filter_map(|node| node.accesskit_node().label())
        .filter(|label| label.starts_with("You, "))
        .collect::<Vec<_>>();
    assert_eq!(after, before.iter().map(|label| label.replace("Maya, ", "You, ")).collect::<Vec<_>>(), "the same turns are on screen");
}

#[test]
fn selected_turns_stay_selected_when_those_before_them_are_counted_anew() {
    let talk = record(6);
    let mut window = opened(&talk);
    window.press("Correct");
    for turn in ["Maya, 0:03", "You, 0:05"] {
        let label = window.harness.root().children_recursive().find_map(|node| node.accesskit_node().label().filter(|label| label.starts_with(turn))).unwrap();
        window.harness.get_by_label(&label).click_modifiers(Modifiers::SHIFT);
        window.harness.run_steps(4);
    }
    window.tell(Event::Rediarized(ConferenceId::from_u128(5), Some(Box::new(Edit::Voices(rediarized(&talk)).into()))));
    since(&window);
    key(&mut window, Modifiers::ALT, Key::T);
    let saved = edits(&since(&window));
    let Some(Edit::Correct(corrections)) = saved.last() else { panic!("{saved:?}") };
    let span = Span::new(talk.turns()[1].span.start(), talk.turns()[2].span.end());
    assert_eq!(corrections.phases, [PhaseOverride { span, phase: Phase::Teach }]);
}

#[test]
fn a_name_is_counted_and_replaced_from_the_dialog_in_one_step() {
    let talk = record(6);
    let mut window = opened(&talk);
    window.press("Correct");
    window.press("Replace a name…");
    focus(&mut window, "Written now");
    type_in(&mut window, "poem");
    window.harness.get_by_label("Found 3 times.");
    assert_eq!(window.unnamed(), 0);
    focus(&mut window, "Write instead");
    type_in(&mut window, "long song");
    since(&window);
    window.press("Replace");
    assert_eq!(on_disk(&talk, &edits(&since(&window))), said(&talk).replace("poem", "long song"));
    window.press("Undo");
    assert_eq!(edits(&since(&window)), [Edit::Correct(Box::default())]);
}

/// A child's turn with a passage that was not understood, between "poem" and "about".
fn hard_to_hear() -> Arc<ConferenceRecord> {
    let mut facts = record(4).data().clone();
    facts.transcript.untranscribed = vec![Untranscribed { span: Span::new(Millis(3_545), Millis(3_640)), reason: NoWords::NotUnderstood }];
    Arc::new(ConferenceRecord::new(facts))
}

const CHIP: &str = "hard to hear, 1 s: play from 0:03, then type what you hear";

#[test]
fn what_is_hard_to_hear_is_played_and_typed_where_it_stands() {
    let talk = hard_to_hear();
    let mut window = opened(&talk);
    since(&window);
    window.press(CHIP);
    let asked = since(&window);
    let hears = |command: &Command| matches!(command, Command::Player(PlayerCommand::Listen { from, play: true, .. }) if (2_500..3_545).contains(&from.0));
    let (held, heard) = (asked.iter().position(|command| *command == PlayerCommand::HoldForTyping.into()), asked.iter().position(hears));
    assert!(held.is_some() && held < heard, "it is heard though a turn is open: {asked:?}");
    type_in(&mut window, "on pale");
    pause(&mut window);
    let typed = said(&talk).replace("A poem about", "A poem on pale about");
    assert_eq!(on_disk(&talk, &edits(&since(&window))).lines().nth(1), typed.lines().nth(1), "half a second later, without a key");
    key(&mut window, Modifiers::NONE, Key::Enter);
    let kept = edits(&since(&window));
    let mut disk = (*talk).clone();
    for edit in &kept {
        disk.apply(edit.clone());
    }
    assert_eq!(said(&disk).lines().nth(1), typed.lines().nth(1));
    let times: Vec<Span> = disk.transcript().words.iter().filter(|word| ["on", "pale"].contains(&word.text.as_str())).map(|word| word.span).collect();
    assert!(times.len() == 2 && times.iter().all(|span| (3_545..=3_640).contains(&span.start().0)), "in its own time: {times:?}");
    assert!(window.harness.query_by_label(CHIP).is_none(), "it is no longer hard to hear");
    key(&mut window, Modifiers::NONE, Key::Escape);
    key(&mut window, Modifiers::COMMAND, Key::Z);
    pause(&mut window);
    let last = edits(&since(&window)).pop().expect("undo is saved");
    disk.apply(last);
    assert_eq!(said(&disk), said(&talk));
    assert!(window.harness.query_by_label(CHIP).is_some(), "and is again");
}

#[test]
fn looking_at_what_is_hard_to_hear_changes_nothing() {
    let talk = hard_to_hear();
    let mut window = opened(&talk);
    window.press(CHIP);
    since(&window);
    pause(&mut window);
    key(&mut window, Modifiers::NONE, Key::Enter);
    assert_eq!(edits(&since(&window)), []);
}
