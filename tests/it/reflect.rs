//! The Reflect screen by its accessibility tree: each card, Correct mode, every key of the list (F1), names, half-written words.
//!
//! `./test reflect:: --no-capture` prints the trees.

use crate::support::window::{Window, open, record, student, welcomed};
use afterbell::conference::*;
use afterbell::settings::{Settings, SettingsChange};
use afterbell::work::typed::{Typed, read_file};
use afterbell::work::{Command, Event, LibraryCommand, PlayerCommand, Playhead, VoiceCommand};
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::path::Path;
use std::sync::Arc;

/// A sample conference, as its script has it.
fn sample(name: &str, marks: Vec<Millis>) -> Arc<ConferenceRecord> {
    let Typed { transcript, voices, length, .. } = read_file(&Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/samples/{name}.json"))).unwrap();
    let facts = record(2).data().clone();
    Arc::new(ConferenceRecord::new(ConferenceData { transcript, voices, length, marks, envelope: vec![180; (length.0 / 100) as usize], ..facts }))
}

fn opened(record: &Arc<ConferenceRecord>) -> Window {
    let settings = Settings { teaching_menu: vec!["Show, not tell".into(), "Start in the middle".into()], ..welcomed() };
    let mut window = Window::open([1366.0, 768.0], settings);
    open(&mut window, record);
    window
}

fn key(window: &mut Window, modifiers: Modifiers, key: Key) {
    window.harness.key_press_modifiers(modifiers, key);
    window.harness.run_steps(4);
}

/// What was asked for since this was last called.
fn since(window: &Window) -> Vec<Command> {
    window.asked.borrow_mut().drain(..).collect()
}

fn edits(commands: &[Command]) -> Vec<&Edit> {
    commands.iter().filter_map(|command| if let Command::Library(LibraryCommand::Save(_, change)) = command { Some(change.edit()) } else { None }).collect()
}

fn corrections(commands: &[Command]) -> &Corrections {
    edits(commands).into_iter().rev().find_map(|edit| if let Edit::Correct(all) = edit { Some(&**all) } else { None }).expect("corrections are saved")
}

fn print_tree(window: &Window, title: &str) {
    fn print(node: &egui_kittest::Node<'_>, depth: usize) {
        let inner = node.accesskit_node();
        let text = [inner.label(), inner.value()].into_iter().flatten().collect::<Vec<_>>().join(" = ");
        if !text.is_empty() {
            println!("{:indent$}{:?} {text}", "", inner.role(), indent = depth * 2);
        }
        node.children().for_each(|child| print(&child, depth + usize::from(!text.is_empty())));
    }
    println!("\n== {title}");
    print(&window.harness.root(), 0);
}

#[test]
fn every_control_of_every_card_and_of_correct_mode_has_a_name() {
    for name in ["maya", "leo"] {
        let mut window = opened(&sample(name, vec![Millis(5000)]));
        for (card, number) in [(Key::Num1, 1), (Key::Num2, 2), (Key::Num3, 3), (Key::Num4, 4), (Key::Num5, 5)] {
            key(&mut window, Modifiers::NONE, card);
            let fix = window.harness.query_all_by_label("Not quite right?").next().is_some();
            if fix {
                window.press("Not quite right?");
            }
            print_tree(&window, &format!("{name}, question {number}"));
            assert_eq!(window.unnamed(), 0, "{name}, question {number}");
        }
        key(&mut window, Modifiers::COMMAND, Key::F);
        assert_eq!(window.unnamed(), 0, "{name}, finding");
        key(&mut window, Modifiers::NONE, Key::Escape);
        key(&mut window, Modifiers::SHIFT, Key::ArrowDown);
        key(&mut window, Modifiers::NONE, Key::E);
        print_tree(&window, &format!("{name}, correcting"));
        assert_eq!(window.unnamed(), 0, "{name}, correcting");
        window.press("Cancel");
        window.press("Who is who…");
        assert_eq!(window.unnamed(), 0, "{name}, naming");
    }
}

#[test]
fn every_key_for_reflecting() {
    let mut window = opened(&sample("maya", Vec::new()));
    for (number, (card, question)) in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5].into_iter().zip(Question::ALL).enumerate() {
        key(&mut window, Modifiers::NONE, card);
        if number == 0 {
            // The first is open at first.
            window.harness.get_by_label("Close this question");
        }
        since(&window);
        for (rate, rating) in [Key::Num1, Key::Num2, Key::Num3, Key::Num4].into_iter().zip(Rating::ALL) {
            key(&mut window, Modifiers::ALT, rate);
            assert_eq!(edits(&since(&window)), [&Edit::Rate(question, Some(rating))]);
        }
        key(&mut window, Modifiers::ALT, Key::Num4);
        assert_eq!(edits(&since(&window)), [&Edit::Rate(question, None)], "once more takes it back");
    }
    key(&mut window, Modifiers::NONE, Key::N);
    window.harness.event(egui::Event::Text("Slower.".into()));
    window.wait_until_saved();
    assert_eq!(edits(&since(&window)), [&Edit::Note(Question::BestPoint, "Slower.".into())]);
    // Single letters do nothing now.
    key(&mut window, Modifiers::NONE, Key::Num2);
    assert!(window.harness.query_by_label_contains("This can’t be measured").is_some());
    key(&mut window, Modifiers::NONE, Key::Escape);
    key(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(edits(&since(&window)), [&Edit::Note(Question::BestPoint, String::new())]);
    key(&mut window, Modifiers::COMMAND, Key::Y);
    assert_eq!(edits(&since(&window)), [&Edit::Note(Question::BestPoint, "Slower.".into())]);
    key(&mut window, Modifiers::COMMAND, Key::E);
    assert!(window.harness.query_all_by_label_contains("Share bundle").next().is_some(), "the dialog is open");
}

#[test]
fn finding_counts_and_goes_on() {
    let mut window = opened(&record(6));
    key(&mut window, Modifiers::COMMAND, Key::F);
    window.harness.event(egui::Event::Text("poem".into()));
    window.harness.run_steps(4);
    window.harness.get_by_label("1 of 3");
    key(&mut window, Modifiers::NONE, Key::F3);
    window.harness.get_by_label("2 of 3");
    key(&mut window, Modifiers::SHIFT, Key::F3);
    window.harness.get_by_label("1 of 3");
    key(&mut window, Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_label("1 of 3").is_none());
}

#[test]
fn every_key_for_listening_that_is_not_a_place() {
    let mut window = opened(&record(6));
    since(&window);
    key(&mut window, Modifiers::NONE, Key::M);
    assert_eq!(edits(&since(&window)), [&Edit::AddMark(Millis::ZERO)]);
    key(&mut window, Modifiers::NONE, Key::S);
    assert!(since(&window).iter().any(|command| *command == LibraryCommand::ChangeSetting(SettingsChange::SkipSilence(true)).into()));
    key(&mut window, Modifiers::NONE, Key::Space);
    assert!(since(&window).iter().any(|command| matches!(command, Command::Player(PlayerCommand::Listen { play: true, .. }))));
    let playhead = Arc::new(Playhead::new(Millis(100), true));
    window.tell(Event::Listening { id: ConferenceId::from_u128(5).into(), playhead: Arc::clone(&playhead) });
    key(&mut window, Modifiers::NONE, Key::K);
    assert!(since(&window).contains(&Command::Player(PlayerCommand::Pause)));
    key(&mut window, Modifiers::NONE, Key::Space);
    assert!(since(&window).contains(&Command::Player(PlayerCommand::Pause)));
    key(&mut window, Modifiers::NONE, Key::ArrowLeft);
    assert!(since(&window).contains(&Command::Player(PlayerCommand::Seek(Millis::ZERO))));
    playhead.set(Millis(4000));
    window.harness.run_steps(2);
    key(&mut window, Modifiers::NONE, Key::ArrowUp);
    assert!(since(&window).contains(&Command::Player(PlayerCommand::Seek(Millis::ZERO))));
}

#[test]
fn following_yields_to_the_reader_until_asked_back() {
    let mut window = opened(&record(60));
    let playhead = Arc::new(Playhead::new(Millis(100), true));
    window.tell(Event::Listening { id: ConferenceId::from_u128(5).into(), playhead: Arc::clone(&playhead) });
    let heard = |window: &mut Window, at: i64| {
        playhead.set(Millis(at));
        window.harness.run_steps(3);
        window.harness.query_by_label("Back to the playing word").is_some()
    };
    assert!(!heard(&mut window, 60_000), "it follows");
    window.harness.get_by_label_contains(", 1:00");
    let scroll = |window: &mut Window| {
        let middle = window.harness.get_by_label_contains(", 1:00").rect().center();
        window.harness.event(egui::Event::PointerMoved(middle));
        let delta = egui::vec2(0.0, 900.0);
        window.harness.event(egui::Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta,
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
            modifiers: Modifiers::NONE,
        });
        window.harness.run_steps(8);
    };
    scroll(&mut window);
    assert!(heard(&mut window, 61_000), "the reader looks elsewhere");
    window.press("Back to the playing word");
    assert!(!heard(&mut window, 61_100));
    window.harness.get_by_label_contains(", 1:00");
    scroll(&mut window);
    assert!(heard(&mut window, 61_200));
    key(&mut window, Modifiers::NONE, Key::F);
    assert!(!heard(&mut window, 61_300), "F follows again");
}

#[test]
fn every_key_for_correcting() {
    let mut window = opened(&record(6));
    since(&window);
    // Who says it, without opening the turn.
    for (who, speaker) in [(Key::S, Speaker::Student(1)), (Key::O, Speaker::Other), (Key::Y, Speaker::Teacher)] {
        key(&mut window, Modifiers::ALT, who);
        assert_eq!(corrections(&since(&window)).speakers.last().map(|fix| fix.speaker), Some(speaker));
    }
    // Turns selected from the one that plays, and tagged.
    key(&mut window, Modifiers::SHIFT, Key::ArrowDown);
    key(&mut window, Modifiers::SHIFT, Key::ArrowDown);
    key(&mut window, Modifiers::SHIFT, Key::ArrowDown);
    key(&mut window, Modifiers::SHIFT, Key::ArrowUp);
    window.harness.get_by_label("2 turns selected");
    for (tag, phase) in [(Key::R, Phase::Research), (Key::C, Phase::Compliment), (Key::T, Phase::Teach), (Key::L, Phase::Link), (Key::Num0, Phase::Other)] {
        key(&mut window, Modifiers::ALT, tag);
        let all = since(&window);
        assert_eq!(corrections(&all).phases.iter().map(|fix| fix.phase).collect::<Vec<_>>(), [phase], "{tag:?}");
    }
    key(&mut window, Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_label("2 turns selected").is_none());
    // Enter keeps, Escape does not.
    key(&mut window, Modifiers::NONE, Key::E);
    assert!(window.asked(|command| *command == Command::Player(PlayerCommand::HoldForTyping)));
    since(&window);
    window.harness.event(egui::Event::Text(" Indeed?".into()));
    window.harness.run_steps(2);
    key(&mut window, Modifiers::NONE, Key::Enter);
    let all = since(&window);
    assert!(corrections(&all).texts.iter().any(|fix| fix.words.iter().any(|word| word.text.contains("Indeed?"))));
    assert!(all.contains(&Command::Player(PlayerCommand::ResumeAfterTyping)));
    key(&mut window, Modifiers::NONE, Key::E);
    window.harness.event(egui::Event::Text(" Never.".into()));
    window.harness.run_steps(2);
    key(&mut window, Modifiers::NONE, Key::Escape);
    assert!(window.harness.query_by_label_contains("Never.").is_none());
    window.harness.get_by_label("Done correcting");
    since(&window);
    // Split at the cursor, join again from the new turn and from the old one.
    key(&mut window, Modifiers::NONE, Key::E);
    key(&mut window, Modifiers::NONE, Key::Home);
    for _ in 0..2 {
        key(&mut window, Modifiers::CTRL | Modifiers::COMMAND, Key::ArrowRight);
    }
    key(&mut window, Modifiers::SHIFT, Key::Enter);
    assert_eq!(corrections(&since(&window)).splits.len(), 1);
    key(&mut window, Modifiers::ALT, Key::ArrowUp);
    assert_eq!(corrections(&since(&window)).splits.len(), 0);
    key(&mut window, Modifiers::COMMAND, Key::Z);
    since(&window);
    key(&mut window, Modifiers::NONE, Key::E);
    key(&mut window, Modifiers::ALT, Key::ArrowDown);
    assert_eq!(corrections(&since(&window)).splits.len(), 0);
    // In the open turn, too, the keys say who speaks.
    key(&mut window, Modifiers::NONE, Key::E);
    key(&mut window, Modifiers::ALT, Key::O);
    assert_eq!(corrections(&since(&window)).speakers.last().map(|fix| fix.speaker), Some(Speaker::Other));
    key(&mut window, Modifiers::NONE, Key::Escape);
    // Escape leaves what is open, then the selection, then Correct mode.
    window.harness.get_by_label("Done correcting");
    key(&mut window, Modifiers::NONE, Key::Escape);
    window.harness.get_by_label("Correct");
}

/// A conference typed line by line: each part of it can be seen at once.
fn typed(lines: &str) -> Arc<ConferenceRecord> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("talk.txt");
    std::fs::write(&path, lines).unwrap();
    let Typed { transcript, voices, length, .. } = read_file(&path).unwrap();
    Arc::new(ConferenceRecord::new(ConferenceData { transcript, voices, length, marks: Vec::new(), envelope: Vec::new(), ..record(2).data().clone() }))
}

/// Where a turn with these words stands.
fn turn_at(window: &Window, words: &str) -> egui::Rect {
    let root = window.harness.root();
    let is_it = |label: &str| ["You, ", "Maya, "].iter().any(|name| label.starts_with(name)) && label.contains(words);
    root.children_recursive().find(|node| node.accesskit_node().label().is_some_and(|label| is_it(&label))).unwrap().rect()
}

/// Drags with the mouse.
fn drag(window: &mut Window, from: egui::Pos2, to: egui::Pos2) {
    let button = |pos, pressed| egui::Event::PointerButton { pos, button: egui::PointerButton::Primary, pressed, modifiers: Modifiers::NONE };
    let way = [from, from + (to - from) * 0.3, from + (to - from) * 0.7, to];
    window.harness.event(egui::Event::PointerMoved(from));
    window.harness.run_steps(2);
    window.harness.event(button(from, true));
    for at in way {
        window.harness.event(egui::Event::PointerMoved(at));
        window.harness.run_steps(2);
    }
    window.harness.event(button(to, false));
    window.harness.run_steps(4);
}

#[test]
fn the_ends_of_a_phase_are_moved_with_the_mouse_and_back_by_undo() {
    let talk = typed(
        "T: What are you working on as a writer today?\nS: A poem about rain.\n\
         T: I notice how you put in the sound of the rain so that your reader can hear it.\nS: I wanted it to drip.\n\
         T: Today I want to teach you that writers often end by going back to the beginning.\nS: So it ends with the first drop again.\n",
    );
    let phases = |record: &ConferenceRecord| record.evidence().turn_phases.iter().map(|phase| phase.map(Phase::key)).collect::<Vec<_>>();
    let (research, compliment, teach) = (Some("research"), Some("compliment"), Some("teach"));
    let found = [research, research, compliment, compliment, teach, teach];
    assert_eq!(phases(&talk), found, "as it is found");
    let handle_at = |window: &Window, name: &str| window.harness.get_by_label(name).rect().center();
    let mut window = opened(&talk);
    window.press("Correct");
    // The end of one phase and the beginning of the next are one place: what one gains, the other gives up.
    for (handle, turn, is_below, expected) in [
        ("Move the end of Research", "I notice how", true, [research, research, research, compliment, teach, teach]),
        ("Move the end of Compliment", "I notice how", true, [research, research, compliment, teach, teach, teach]),
        ("Move the beginning of Teach", "I wanted it", false, [research, research, compliment, teach, teach, teach]),
        ("Move the beginning of Teach", "Today I want", true, [research, research, compliment, compliment, compliment, teach]),
    ] {
        let place = handle_at(&window, handle);
        let row = turn_at(&window, turn);
        since(&window);
        drag(&mut window, place, egui::pos2(place.x, if is_below { row.bottom() - 6.0 } else { row.top() + 6.0 }));
        let asked = since(&window);
        let mut corrected = (*talk).clone();
        corrected.apply(Edit::Correct(Box::new(corrections(&asked).clone())));
        assert_eq!(phases(&corrected), expected, "{handle} to {turn}");
        // Escape puts the selection and its bar away.
        key(&mut window, Modifiers::NONE, Key::Escape);
        let there = window.harness.query_by_label(handle).map(|handle| handle.rect().center());
        assert_ne!(there, Some(place), "the band shows it, or it is below what can be seen: {handle}");
        key(&mut window, Modifiers::COMMAND, Key::Z);
        assert_eq!(corrections(&since(&window)), &Corrections::default(), "{handle}: undone");
        assert_eq!(handle_at(&window, handle), place, "{handle}: where it was");
    }
    // Along the band itself turns are selected.
    let band = window.harness.get_by_label_contains("Band of the phases").rect();
    let (from, to) = (turn_at(&window, "What are you").center(), turn_at(&window, "I wanted it").center());
    drag(&mut window, egui::pos2(band.center().x, from.y), egui::pos2(band.center().x, to.y));
    window.harness.get_by_label("4 turns selected");
}

#[test]
fn half_written_words_are_on_the_disk_and_taken_away_by_cancel() {
    let mut window = opened(&record(6));
    key(&mut window, Modifiers::NONE, Key::E);
    since(&window);
    window.harness.event(egui::Event::Text(" And".into()));
    window.harness.run_steps(2);
    assert!(edits(&since(&window)).is_empty(), "not at every letter");
    window.wait_until_saved();
    let all = since(&window);
    assert!(corrections(&all).texts.iter().any(|fix| fix.words.iter().any(|word| word.text == "And")), "{all:?}");
    // As long again as it took: that nothing comes can only be waited out.
    std::thread::sleep(std::time::Duration::from_millis(460));
    window.harness.run_steps(2);
    assert!(edits(&since(&window)).is_empty(), "once");
    key(&mut window, Modifiers::NONE, Key::Escape);
    assert_eq!(corrections(&since(&window)), &Corrections::default());
    // Left behind half-written, it stays on the disk.
    key(&mut window, Modifiers::NONE, Key::E);
    window.harness.event(egui::Event::Text(" But".into()));
    window.harness.run_steps(2);
    window.press("Settings");
    assert!(corrections(&since(&window)).texts.iter().any(|fix| fix.words.iter().any(|word| word.text == "But")));
}

#[test]
fn students_at_a_table_are_named_in_one_step_that_can_be_undone() {
    let two = ConferenceData { students: 2, participants: Vec::new(), ..record(4).data().clone() };
    let mut window = Window::open([1366.0, 768.0], welcomed());
    let two = Arc::new(ConferenceRecord::new(ConferenceData { participants: vec![Participant { student: student(1, "Maya"), voice: None }], ..two }));
    open(&mut window, &two);
    window.press("Who is who…");
    since(&window);
    window.harness.event(egui::Event::Text("Ana".into()));
    window.harness.run_steps(2);
    window.harness.get_by_label("Student 2").focus();
    window.harness.run_steps(2);
    window.harness.event(egui::Event::Text("Ben ".into()));
    window.harness.run_steps(2);
    window.press("Save");
    let named = |all: &[Command]| -> Vec<Vec<(String, Option<u8>)>> {
        let who = |edit: &&Edit| if let Edit::Participants(who) = edit { who.clone() } else { panic!("{edit:?}") };
        edits(all).iter().map(|edit| who(edit).into_iter().map(|one| (one.student.name, one.voice)).collect()).collect()
    };
    let (maya, ana, ben) = (("Maya".to_owned(), None), ("Ana".to_owned(), Some(1)), ("Ben".to_owned(), Some(2)));
    assert_eq!(named(&since(&window)), [vec![maya.clone(), ana, ben]], "who was chosen before recording is still among them");
    window.harness.get_by_label_contains("Ana, 0:03: A poem");
    window.press("Who is who…");
    window.press("Cancel");
    assert!(edits(&since(&window)).is_empty());
    key(&mut window, Modifiers::COMMAND, Key::Z);
    assert_eq!(named(&since(&window)), [vec![maya]]);
}

#[test]
fn the_one_student_is_chosen_from_the_class_list_or_named_for_this_conference() {
    let mut window = opened(&record(4));
    window.press("Who is who…");
    since(&window);
    window.press("From the class list: Maya");
    window.press("Omar");
    window.press("Save");
    assert_eq!(edits(&since(&window)), [&Edit::Participants(vec![Participant { student: student(2, "Omar"), voice: Some(1) }])]);
    window.harness.get_by_label_contains("Omar, 0:03: A poem");
}

/// A conference in which one person may have been taken for two, or two for one.
fn doubtful(count: VoiceCount) -> Arc<ConferenceRecord> {
    let mut facts = record(6).data().clone();
    facts.voices.doubt = Some(Doubt { count, moments: vec![Millis(3000), Millis(5700)], ..Doubt::default() });
    if count == VoiceCount::OnlyOne {
        facts.voices.spans.iter_mut().for_each(|piece| piece.voice = Voice(0));
        facts.voices.roles = vec![Speaker::Teacher];
    }
    Arc::new(ConferenceRecord::new(facts))
}

#[test]
fn whether_one_person_speaks_or_two_is_asked_with_two_moments_and_settled_with_one_press() {
    let asks = [(VoiceCount::HardToTell, "Hard to tell: two people, or one?"), (VoiceCount::OnlyOne, "Heard one voice. Is there a second?")];
    for (count, question) in asks {
        for (press, people) in [("Two people", 2), ("One person", 1)] {
            let talk = doubtful(count);
            let mut window = opened(&talk);
            window.harness.get_by_label(question);
            assert!(window.harness.query_by_label_contains("Afterbell guessed").is_none(), "one thing is asked at a time");
            for (pill, at) in [("Play from 0:03", 3000), ("Play from 0:05", 5700)] {
                since(&window);
                window.press(pill);
                assert!(
                    window.asked(|command| matches!(command, Command::Player(PlayerCommand::Listen { from: Millis(from), play: true, .. }) if *from == at))
                );
            }
            since(&window);
            window.press(press);
            let asked = since(&window);
            let settled = asked.iter().find_map(|command| match command {
                Command::Voice(VoiceCommand::Rediarize { students: 1, corrections, .. }) => Some((**corrections).clone()),
                _ => None,
            });
            let settled = settled.expect("the voices are told apart again");
            assert_eq!((settled.people, settled.others, settled.pointed_at.len()), (Some(people), 0, 0));
            assert!(window.harness.query_by_label(question).is_none(), "it is worked on");
            // What comes back is kept, is in doubt no more, and undo asks again.
            let voices = Voices { doubt: Some(Doubt::default()), ..talk.data().voices.clone() };
            let told = Rediarized { students: 1, others: 0, people: settled.people, pointed_at: Vec::new(), voices };
            window.tell(Event::Rediarized(ConferenceId::from_u128(5), Some(Box::new(Edit::Voices(Box::new(told.clone())).into()))));
            assert!(window.harness.query_by_label(question).is_none());
            assert_eq!(edits(&since(&window)), [&Edit::Voices(Box::new(told))]);
            key(&mut window, Modifiers::COMMAND, Key::Z);
            window.harness.get_by_label(question);
            assert!(matches!(edits(&since(&window))[..], [Edit::Voices(back)] if back.people.is_none() && back.voices == talk.data().voices));
        }
    }
}

#[test]
fn where_no_second_voice_is_found_it_is_said_how_to_go_on() {
    let mut facts = doubtful(VoiceCount::OnlyOne).data().clone();
    (facts.corrections.people, facts.voices.doubt) = (Some(2), Some(Doubt::default()));
    let window = opened(&Arc::new(ConferenceRecord::new(facts)));
    window.harness.get_by_label("No second voice was found. Right-click a turn of that person and say whose it is.");
}

#[test]
fn a_share_that_is_unsure_is_a_range_with_its_reason() {
    let mut window = opened(&doubtful(VoiceCount::HardToTell));
    key(&mut window, Modifiers::NONE, Key::Num1);
    window.harness.get_by_label("You about 50–100%");
    window.harness.get_by_label("Maya about 0–50%");
    window.harness.get_by_label("It is hard to tell whether one person speaks or two.");
    let mut window = opened(&record(6));
    key(&mut window, Modifiers::NONE, Key::Num1);
    window.harness.get_by_label("You 56%");
}

/// Words of the screen, not a turn.
fn is_said(node: &egui_kittest::Node<'_>) -> bool {
    node.accesskit_node().role() == egui::accesskit::Role::Label
}

#[test]
fn of_a_conference_of_which_no_doubt_was_kept_nothing_is_said_but_what_was_known() {
    let window = opened(&record(6));
    for about in ["Hard to tell", "Heard one voice", "You about"] {
        assert_eq!(window.harness.query_all_by_label_contains(about).filter(is_said).count(), 0, "{about}");
    }
    let mut facts = record(6).data().clone();
    facts.voices.doubtful_at = Some(Millis(3000));
    let window = opened(&Arc::new(ConferenceRecord::new(facts)));
    window.harness.get_by_label("Hard to tell: two people, or one?");
    assert_eq!(window.harness.query_all_by_label_contains("You about").filter(is_said).count(), 0, "from what to what is not known");
}

/// In the timeline and in card 2 as in the transcript: what is claimed is filled, a guess hatched.
#[test]
fn a_guess_about_a_phase_is_never_filled_like_a_claim() {
    let mut guesses = 0;
    for name in ["maya", "omar", "leo"] {
        let talk = sample(name, Vec::new());
        let end = talk.data().end().0 as f32;
        let mut window = opened(&talk);
        key(&mut window, Modifiers::NONE, Key::Num2);
        let colors = [(Phase::Research, "#D6E2DB"), (Phase::Compliment, "#B7D2C6"), (Phase::Teach, "#8CB7A8"), (Phase::Link, "#3F7C6E")];
        let colors = colors.map(|(phase, hex)| (phase, egui::Color32::from_hex(hex).unwrap()));
        // The lane of the phases is as wide as the place in the recording.
        let place = window.rect("Place in the recording");
        let filled: Vec<(Phase, egui::Rect)> = window
            .harness
            .output()
            .shapes
            .iter()
            .filter_map(|clipped| if let egui::Shape::Rect(rect) = &clipped.shape { Some(rect) } else { None })
            .filter(|rect| place.contains_rect(rect.rect))
            .filter_map(|rect| colors.iter().find(|(_, color)| *color == rect.fill).map(|(phase, _)| (*phase, rect.rect)))
            .collect();
        let stretches = talk.evidence().phases.iter().filter(|stretch| stretch.phase != Phase::Other);
        let (claimed, guessed): (Vec<&PhaseSpan>, Vec<&PhaseSpan>) = stretches.partition(|stretch| stretch.is_sure());
        assert_eq!(filled.len(), claimed.len(), "{name}: {filled:?}");
        for stretch in claimed {
            let left = place.left() + place.width() * stretch.span.start().0 as f32 / end;
            assert!(filled.iter().any(|(phase, rect)| *phase == stretch.phase && (rect.left() - left).abs() < 3.0), "{name}: {stretch:?} in {filled:?}");
        }
        guesses += guessed.len();
    }
    assert!(guesses > 0, "a sample has one");
}
