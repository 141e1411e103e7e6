//! The window by its accessibility tree: every press becomes the right command. No screen and no graphics card are needed.

use crate::support::window::{Window, model, open, record, student, welcomed};
use afterbell::conference::*;
use afterbell::settings::{ChosenDevice, Settings, SettingsChange, Theme};
use afterbell::work::{
    AnalysisCommand, Command, DeviceInfo, EstimatedTime, Event, LibraryCommand, LibraryQuery, ModelRow, ModelsCommand, OpenDialog, Participants, PlayerCommand,
    RecordingCommand, SearchHit, SearchLine,
};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

#[test]
fn a_new_teacher_can_start_or_look_at_the_sample() {
    let mut window = Window::open([1366.0, 768.0], Settings::default());
    assert_eq!(window.unnamed(), 0);
    window.press("Open the sample");
    assert!(window.asked(|command| *command == Command::Analysis(AnalysisCommand::AddSample("maya".into()))));
    assert!(window.asked(|command| *command == LibraryCommand::ChangeSetting(SettingsChange::Welcomed).into()));
}

#[test]
fn two_presses_record_the_right_student() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    assert_eq!(window.unnamed(), 0);
    window.press("Omar, not yet, due");
    window.press("Start recording");
    assert!(
        window
            .asked(|command| matches!(command, Command::Recording(RecordingCommand::Start(with)) if *with == Participants::one(Some(StudentId::from_u128(2)))))
    );
    let meters = Arc::default();
    window.tell(Event::RecordingStarted { meters, microphone: "Laptop microphone".into(), notice: None });
    assert_eq!(window.unnamed(), 0);
    window.press("Mark this moment");
    window.press("Pause");
    window.press("Stop and save");
    for wanted in [Command::Recording(RecordingCommand::Mark), Command::Recording(RecordingCommand::Pause), Command::Recording(RecordingCommand::Stop)] {
        assert!(window.asked(|command| *command == wanted), "{wanted:?}");
    }
}

#[test]
fn a_table_begins_with_its_children_named() {
    let started = |window: &Window, wanted: &[u128], students: u8| {
        let wanted: Vec<StudentId> = wanted.iter().map(|id| StudentId::from_u128(*id)).collect();
        window.asked(
            |command| matches!(command, Command::Recording(RecordingCommand::Start(with)) if with.participants == wanted && with.at_the_table() == students),
        )
    };
    let class = || {
        let mut window = Window::open([1366.0, 768.0], welcomed());
        window.tell(Event::Students(Arc::new(vec![student(1, "Maya"), student(2, "Omar"), student(3, "Leo")])));
        window
    };
    let mut window = class();
    window.press("Omar, not yet, due");
    window.press("Add Maya to the table");
    window.press("Add Leo to the table");
    assert_eq!(window.unnamed(), 0);
    window.harness.get_by_label("Table conference with");
    window.press("Take Maya off the table");
    window.press("Start recording");
    assert!(started(&window, &[2, 3], 2));
    // More sit there than are known; each click is one more.
    let mut window = class();
    window.press("Kind of conference: One-to-one");
    window.press("Table of 3 students");
    window.press("Omar, not yet, due");
    window.press("Leo, not yet, due");
    window.press("Start recording");
    assert!(started(&window, &[2, 3], 3));
    // Ctrl and a click is one more, too.
    let mut window = class();
    window.press("Omar, not yet, due");
    window.harness.get_by_label("Leo, not yet, due").click_modifiers(egui::Modifiers::COMMAND);
    window.harness.run_steps(4);
    window.press("Start recording");
    assert!(started(&window, &[2, 3], 2));
    // A click alone chooses one instead of the other.
    let mut window = class();
    window.press("Omar, not yet, due");
    window.press("Leo, not yet, due");
    window.press("Start recording");
    assert!(started(&window, &[3], 1));
}

#[test]
fn without_a_microphone_the_button_does_nothing_and_says_why() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    window.tell(Event::Microphones(Vec::new()));
    window.harness.get_by_label_contains("can’t hear a microphone");
    window.harness.key_press(egui::Key::Space);
    window.harness.run_steps(3);
    assert!(!window.asked(|command| matches!(command, Command::Recording(RecordingCommand::Start(_)))));
}

#[test]
fn a_cut_off_recording_is_offered_with_one_press() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    let cut = afterbell::work::InterruptedRecording {
        name: "n".into(),
        length: Millis(260_000),
        students: vec![student(1, "Maya")],
        started_unix_ms: 1_790_000_000_000,
    };
    window.tell(Event::Interrupted(vec![cut]));
    window.harness.get_by_label_contains("Your recording with Maya was kept, up to 4:20");
    window.press("Save and transcribe");
    assert!(window.asked(|command| *command == Command::Recording(RecordingCommand::KeepInterrupted("n".into()))));
}

#[test]
fn reading_hearing_rating_and_undoing() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    open(&mut window, &record(6));
    assert_eq!(window.unnamed(), 0);
    assert!(window.asked(|command| matches!(command, Command::Player(PlayerCommand::Listen { play: false, .. }))), "the sound is made ready");
    window.press("Good");
    assert!(window.asked(
        |command| *command == Command::Library(LibraryCommand::Save(ConferenceId::from_u128(5), Edit::Rate(Question::Pacing, Some(Rating::Good)).into()))
    ));
    window.harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::Z);
    window.harness.run_steps(3);
    assert!(
        window.asked(|command| *command == Command::Library(LibraryCommand::Save(ConferenceId::from_u128(5), Edit::Rate(Question::Pacing, None).into()))),
        "undone"
    );
    window.press("Swap You and Maya");
    let swapped = Edit::Roles(vec![Speaker::Student(1), Speaker::Teacher], TeacherKnown::ByTeacher);
    assert!(window.asked(
        |command| matches!(command, Command::Library(LibraryCommand::Save(id, change)) if *id == ConferenceId::from_u128(5) && *change.edit() == swapped)
    ));
    window.harness.key_press(egui::Key::Space);
    window.harness.run_steps(3);
    assert!(window.asked(|command| matches!(command, Command::Player(PlayerCommand::Listen { play: true, .. }))), "space plays");
    window.harness.key_press(egui::Key::Num3);
    window.harness.run_steps(3);
    window.harness.get_by_label_contains("Did not find a compliment");
    window.press("Try again");
    assert!(window.asked(|command| *command == Command::Analysis(AnalysisCommand::Analyse(ConferenceId::from_u128(5)))));
}

#[test]
fn a_turn_is_corrected_given_away_tagged_and_all_of_it_undone() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    open(&mut window, &record(6));
    let corrected = |window: &Window| {
        let asked = window.asked.borrow();
        asked.iter().rev().find_map(|command| match command {
            Command::Library(LibraryCommand::Save(_, change)) => {
                if let Edit::Correct(all) = change.edit() {
                    Some((**all).clone())
                } else {
                    None
                }
            }
            _ => None,
        })
    };
    window.press("Correct");
    window.harness.get_by_label_contains("You, 0:00: What are you working on?").click();
    window.harness.run_steps(4);
    assert!(window.asked(|command| *command == Command::Player(PlayerCommand::HoldForTyping)), "the sound waits while she types");
    assert_eq!(window.unnamed(), 0);
    window.harness.get_by_label("Words of this turn").type_text(" Tell me!");
    window.harness.run_steps(2);
    window.harness.key_press(egui::Key::Enter);
    window.harness.run_steps(4);
    let all = corrected(&window).expect("the words are saved");
    assert!(all.texts.iter().any(|fix| fix.words.iter().any(|word| word.text.contains("me!"))), "{all:?}");
    assert!(window.asked(|command| *command == Command::Player(PlayerCommand::ResumeAfterTyping)));
    // Two turns selected with Shift, and tagged.
    window.harness.get_by_label_contains("Maya, 0:03: A poem").click_modifiers(egui::Modifiers::SHIFT);
    window.harness.run_steps(3);
    window.harness.get_by_label("1 turn selected");
    window.harness.key_press_modifiers(egui::Modifiers::ALT, egui::Key::T);
    window.harness.run_steps(3);
    assert_eq!(corrected(&window).map(|all| all.phases.iter().map(|fix| fix.phase).collect::<Vec<_>>()), Some(vec![Phase::Teach]));
    window.press("Undo");
    window.press("Undo");
    assert_eq!(corrected(&window), Some(Corrections::default()), "everything is taken back, one step at a time");
    window.press("Done correcting");
    window.harness.get_by_label("Correct");
}

#[test]
fn a_typed_transcript_says_that_it_has_no_sound_and_asks_the_player_for_nothing() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    let typed = ConferenceData { audio: "a.txt".into(), ..record(4).data().clone() };
    open(&mut window, &Arc::new(ConferenceRecord::new(typed)));
    window.harness.get_by_label_contains("there is no sound");
    window.harness.key_press(egui::Key::Space);
    window.harness.run_steps(3);
    assert!(!window.asked(|command| matches!(command, Command::Player(_))));
    assert_eq!(window.unnamed(), 0);
}

#[test]
fn finds_jump_to_their_moment() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    open(&mut window, &record(4));
    window.press("Back to the conferences");
    window.harness.get_by_label("Find words, notes, titles").focus();
    window.harness.run_steps(2);
    window.harness.get_by_label("Find words, notes, titles").type_text("rain");
    window.wait_until_asked("the search", |command| matches!(command, Command::Query(LibraryQuery::Search(_, text)) if text == "rain"));
    let ticket = window
        .asked
        .borrow()
        .iter()
        .find_map(|command| if let Command::Query(LibraryQuery::Search(ticket, text)) = command { (text == "rain").then_some(*ticket) } else { None });
    let facts = record(4);
    let conference = ConferenceSummary {
        id: ConferenceId::from_u128(5),
        title: String::new(),
        participants: vec![Participant { student: student(1, "Maya"), voice: Some(1) }],
        students: 1,
        started_unix_ms: 0,
        length: facts.data().length,
        stage: Stage::Transcribed,
        teacher_share: Some(0.6),
        teacher_share_range: None,
        marks: 0,
        is_sample: false,
        is_typed: false,
        is_talk_seen: true,
        strategy: String::new(),
    };
    let line =
        SearchLine { speaker: "Maya".into(), is_teacher: false, at: Some(Millis(83_000)), pieces: vec![("about ".into(), false), ("rain".into(), true)] };
    let found = |is_typed: bool| Event::Found {
        ticket: ticket.unwrap(),
        query: "rain".into(),
        hits: Arc::new(vec![SearchHit { conference: ConferenceSummary { is_typed, ..conference.clone() }, lines: vec![line.clone()] }]),
    };
    // What was typed has an order; a time that stands nowhere is not said.
    window.tell(found(true));
    assert!(window.harness.query_by_label("Go to these words").is_some() && window.harness.query_by_label("Play from 1:23").is_none());
    window.tell(found(false));
    window.asked.borrow_mut().clear();
    window.press("Play from 1:23");
    assert!(window.asked(|command| matches!(command, Command::Query(LibraryQuery::Open(_, id)) if *id == ConferenceId::from_u128(5))));
}

#[test]
fn settings_are_kept_at_once_and_a_model_can_be_chosen_and_fetched() {
    let mut window = Window::open([1366.0, 900.0], welcomed());
    window.press("Settings");
    assert_eq!(window.unnamed(), 0);
    window.press("Dark");
    window.press("Download");
    assert!(window.asked(|command| *command == LibraryCommand::ChangeSetting(SettingsChange::Theme(Theme::Dark)).into()));
    assert!(window.asked(|command| *command == Command::Models(ModelsCommand::Download("small-q8_0".into()))));
}

#[test]
fn every_way_of_listening_is_a_key_and_a_button() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    open(&mut window, &record(6));
    for (key, wanted) in [
        (egui::Key::L, Command::Player(PlayerCommand::Seek(Millis(5000)))),
        (egui::Key::J, Command::Player(PlayerCommand::Seek(Millis(0)))),
        (egui::Key::CloseBracket, Command::Player(PlayerCommand::Speed(1.25))),
        (egui::Key::OpenBracket, Command::Player(PlayerCommand::Speed(1.0))),
        (egui::Key::ArrowDown, Command::Player(PlayerCommand::Seek(Millis(3000)))),
        (egui::Key::ArrowRight, Command::Player(PlayerCommand::Seek(Millis(5000)))),
        (egui::Key::Comma, Command::Player(PlayerCommand::Seek(Millis(500)))),
        (egui::Key::Home, Command::Player(PlayerCommand::Seek(Millis(0)))),
        (egui::Key::Period, Command::Player(PlayerCommand::Seek(Millis(500)))),
    ] {
        window.asked.borrow_mut().clear();
        window.harness.key_press(key);
        window.harness.run_steps(2);
        assert!(window.asked(|command| *command == wanted), "{key:?}: {:?}", window.asked.borrow());
    }
    window.asked.borrow_mut().clear();
    window.press("Forward 5 seconds (L)");
    window.press("Back 5 seconds (J)");
    assert!(
        window.asked(|command| *command == Command::Player(PlayerCommand::Seek(Millis(5500))))
            && window.asked(|command| *command == Command::Player(PlayerCommand::Seek(Millis(500))))
    );
}

#[test]
fn a_turn_is_repeated_until_one_goes_elsewhere() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    open(&mut window, &record(6));
    window.harness.key_press(egui::Key::ArrowDown);
    window.harness.run_steps(2);
    window.press("Repeat this turn (R)");
    let turn = Span::new(Millis(2800), Millis(4380));
    let repeated = window
        .asked
        .borrow()
        .iter()
        .rev()
        .find_map(|command| if let Command::Player(PlayerCommand::Repeat(Some(span))) = command { Some(*span) } else { None })
        .unwrap();
    assert!((repeated.start() - turn.start()).0.abs() < 30 && (repeated.end() - turn.end()).0.abs() < 30, "{repeated:?}");
    assert!(window.asked(|command| matches!(command, Command::Player(PlayerCommand::Listen { play: true, .. }))), "it is heard at once");
    window.asked.borrow_mut().clear();
    window.harness.key_press(egui::Key::Home);
    window.harness.run_steps(2);
    assert!(window.asked(|command| *command == Command::Player(PlayerCommand::Repeat(None))));
    window.harness.key_press(egui::Key::R);
    window.harness.run_steps(2);
    assert!(window.asked(|command| matches!(command, Command::Player(PlayerCommand::Repeat(Some(span))) if span.contains(Millis::ZERO))));
}

#[test]
fn the_sound_menu_chooses_the_loudspeaker_and_what_is_done_to_the_sound() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    open(&mut window, &record(6));
    window.press("Sound");
    assert!(window.asked(|command| *command == Command::Player(PlayerCommand::ListLoudspeakers)));
    let device = |id: &str, name: &str, is_default| DeviceInfo { id: id.into(), name: name.into(), is_default };
    window.tell(Event::Loudspeakers(vec![device("a", "Laptop speakers", true), device("b", "Headphones", false)]));
    assert_eq!(window.unnamed(), 0);
    window.harness.get_by_label("System default (Laptop speakers)");
    window.press("Even out voices");
    window.press("Soften classroom noise");
    window.press("Headphones");
    let sound = window
        .asked
        .borrow()
        .iter()
        .rev()
        .find_map(|command| if let Command::Player(PlayerCommand::Sound(sound)) = command { Some(sound.clone()) } else { None })
        .unwrap();
    assert!(sound.level_speakers && sound.denoise);
    assert_eq!(sound.loudspeaker, Some(ChosenDevice { id: "b".into(), name: "Headphones".into() }));
    let loudspeaker = sound.loudspeaker.clone();
    for change in [SettingsChange::LevelSpeakers(true), SettingsChange::Denoise(true), SettingsChange::Loudspeaker(loudspeaker)] {
        assert!(window.asked(|command| *command == LibraryCommand::ChangeSetting(change.clone()).into()), "remembered: {change:?}");
    }
    // Gone the next day: named, and said to be gone.
    window.tell(Event::Loudspeakers(vec![device("a", "Laptop speakers", true)]));
    window.press("Sound");
    window.harness.get_by_label("Headphones (not there now)");
    window.tell(Event::Notice("“Headphones” is not there. Playing through “Laptop speakers” instead.".into()));
    window.harness.get_by_label_contains("Playing through “Laptop speakers” instead");
}

#[test]
fn voices_found_anew_are_evened_out_anew() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    open(&mut window, &record(6));
    window.asked.borrow_mut().clear();
    window.press("Swap You and Maya");
    assert!(window.asked(|command| *command == Command::Player(PlayerCommand::VoicesChanged(ConferenceId::from_u128(5)))));
}

#[test]
fn small_windows_large_text_and_long_conferences_hold() {
    for (size, text_size) in [([1024.0, 640.0], 1.0), ([1024.0, 640.0], 1.3), ([1920.0, 1080.0], 0.9)] {
        let mut window = Window::open(size, Settings { text_size, ..welcomed() });
        let long = record(2000);
        open(&mut window, &long);
        window.harness.run_steps(3);
        // Each screen shows what it is for, and everything on it that can be pressed has a name.
        for (screen, title) in [("conference", "Rain"), ("Settings", "Appearance"), ("Record", "Start recording"), ("Conferences", "Find words, notes, titles")]
        {
            if screen != "conference" {
                window.press(screen);
            }
            let is_there = window.harness.root().children_recursive().any(|node| {
                let node = node.accesskit_node();
                node.label().is_some_and(|label| label.contains(title)) || node.value().is_some_and(|value| value.contains(title))
            });
            assert!(is_there, "{title} on {screen} at {size:?}, text {text_size}");
            assert_eq!(window.unnamed(), 0, "{screen} at {size:?}, text {text_size}");
        }
    }
}

/// As after a measurement: Base is here, Small is suggested, Medium was stopped in the middle, and there is not the memory for Large.
fn models() -> Vec<ModelRow> {
    let time = |secs| Some(EstimatedTime { secs, at_least: false });
    vec![
        ModelRow { title: "Base".into(), estimated_time: time(50), ..model("base-q8_0", true) },
        ModelRow { title: "Small".into(), estimated_time: time(180), suggested: true, ..model("small-q8_0", false) },
        ModelRow { title: "Medium".into(), estimated_time: time(500), stopped_at: Some(0.43), ..model("medium-q5_0", false) },
        ModelRow { title: "Large".into(), memory_short: Some(8_200_000_000), ..model("large-v3-turbo-q5_0", false) },
    ]
}

#[test]
fn settings_say_how_long_each_model_takes_here_and_which_suits() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    window.press("Settings");
    assert_eq!(window.asked.borrow().iter().filter(|command| **command == Command::Models(ModelsCommand::MeasureSpeed)).count(), 1, "measured once, by itself");
    window.tell(Event::Models(models()));
    assert_eq!(window.unnamed(), 0);
    for says in ["about 1 minute for a 5-minute conference", "about 3 minutes for a 5-minute conference", "this computer has 8 GB of memory", "43%, stopped"] {
        window.harness.get_by_label_contains(says);
    }
    // Measured once is enough.
    window.press("Record");
    window.press("Settings");
    assert_eq!(window.asked.borrow().iter().filter(|command| **command == Command::Models(ModelsCommand::MeasureSpeed)).count(), 1);
}

#[test]
fn a_download_is_begun_paused_resumed_and_thrown_away() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    window.press("Settings");
    window.tell(Event::Models(models()));
    window.press("Resume");
    assert!(window.asked(|command| *command == Command::Models(ModelsCommand::Download("medium-q5_0".into()))));
    window.tell(Event::ModelProgress { name: "medium-q5_0".into(), fraction: 0.437, secs_left: Some(360) });
    window.harness.get_by_label_contains("43% · about 6 minutes left");
    window.tell(Event::ModelProgress { name: "medium-q5_0".into(), fraction: 0.44, secs_left: None });
    window.harness.get_by_label_contains("44% · waiting for the network");
    assert_eq!(window.unnamed(), 0);
    window.press("Pause");
    assert!(window.asked(|command| *command == Command::Models(ModelsCommand::PauseDownload)));
    window.press("Stop and discard the download");
    window.tell(Event::Models(models()));
    window.press("Discard the download");
    let discarded = Command::Models(ModelsCommand::DiscardDownload("medium-q5_0".into()));
    assert_eq!(window.asked.borrow().iter().filter(|command| **command == discarded).count(), 2);
}

#[test]
fn the_language_is_found_by_typing_its_own_name() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    window.press("Settings");
    window.press("Language spoken: English");
    window.harness.get_by_label("Guess it each time");
    window.harness.get_by_label("Find a language").type_text("deuts");
    window.harness.run_steps(3);
    window.press("Deutsch · German");
    assert!(window.asked(|command| *command == LibraryCommand::ChangeSetting(SettingsChange::Language("de".into())).into()));
}

#[test]
fn a_model_that_knows_english_only_says_so_and_what_to_do() {
    let mut window = Window::open([1366.0, 768.0], Settings { language: "fr".into(), ..welcomed() });
    window.press("Settings");
    let base = ModelRow { title: "Base".into(), in_use: false, ..model("base-q8_0", true) };
    let tiny = ModelRow { title: "Tiny, English".into(), english_only: true, ..model("tiny.en-q8_0", true) };
    window.tell(Event::Models(vec![base, tiny.clone()]));
    window.harness.get_by_label_contains("“Tiny, English” knows English only");
    window.press("Use Base");
    assert!(window.asked(|command| *command == Command::Models(ModelsCommand::Use("base-q8_0".into()))));
    let mut english = Window::open([1366.0, 768.0], welcomed());
    english.press("Settings");
    english.tell(Event::Models(vec![tiny]));
    assert!(english.harness.query_by_label_contains("knows English only").is_none());
}

#[test]
fn a_conference_is_written_down_again_with_another_model_in_another_language() {
    let mut window = Window::open([1366.0, 768.0], welcomed());
    let small = ModelRow { title: "Small".into(), installed: true, ..model("small-q8_0", false) };
    let tiny = ModelRow { title: "Tiny, English".into(), installed: true, english_only: true, ..model("tiny.en-q8_0", false) };
    window.tell(Event::Models(vec![ModelRow { title: "Base".into(), ..model("base-q8_0", true) }, small, tiny]));
    open(&mut window, &record(6));
    window.press("More");
    window.press("Transcribe again…");
    window.harness.get_by_label_contains("What you corrected, your marks and your notes stay.");
    window.press("Language spoken: English");
    window.harness.get_by_label("Find a language").type_text("french");
    window.harness.run_steps(3);
    window.press("Français · French");
    window.press("Speech model: Base");
    window.press("Tiny, English");
    window.harness.get_by_label_contains("knows English only");
    window.press("Transcribe");
    assert!(!window.asked(|command| matches!(command, Command::Analysis(AnalysisCommand::AnalyseWith { .. }))), "not in a language it does not know");
    window.press("Speech model: Tiny, English");
    window.press("Small");
    window.press("Transcribe");
    assert!(window.asked(|command| *command
        == Command::Analysis(AnalysisCommand::AnalyseWith { id: ConferenceId::from_u128(5), model: "small-q8_0".into(), language: "fr".into() })));
}

#[test]
fn the_welcome_screen_offers_the_model_that_suits_and_says_that_words_work_without() {
    let mut window = Window::open([1366.0, 768.0], Settings::default());
    window.tell(Event::Models(models()));
    assert_eq!(window.unnamed(), 0);
    window.harness.get_by_label("It is here and ready");
    window.press("Small");
    window.harness.get_by_label("Recommended for this computer.");
    window.press("Download Small");
    assert!(window.asked(|command| *command == Command::Models(ModelsCommand::Download("small-q8_0".into()))));
    window.press("From a file");
    window.press("Choose file…");
    assert!(window.asked(|command| *command == Command::OpenDialog(OpenDialog::Model)));
}

/// Nothing is cut off that could not be read elsewhere: in Settings it could not.
#[test]
fn settings_wrap_at_every_size() {
    // As high as all of it, so that all of it is drawn.
    for width in [1024.0 / 1.3, 1024.0, 1366.0, 1920.0] {
        let mut window = Window::open([width, 4000.0], welcomed());
        window.press("Settings");
        window.harness.run_steps(4);
        assert_eq!(window.cut_off(), Vec::<String>::new(), "{width}");
        for name in ["High quality", "Guess first", "Transcribe: While recording", "Choose file…", "Open folder"] {
            assert!(window.is_within(name), "{width}: {name}");
        }
    }
}
