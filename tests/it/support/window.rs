//! The window without a screen, driven and read by its accessibility tree.

use afterbell::conference::*;
use afterbell::settings::Settings;
use afterbell::ui::{App, theme};
use afterbell::work::{Command, DeviceInfo, Event, LibraryCommand, LibraryQuery, ModelRow, Ticket};
use egui::accesskit::Role;
use egui::{Key, Modifiers, Rect, Shape};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

/// As 1024x640 with Largest text is laid out.
pub const SMALLEST: [f32; 2] = [1024.0 / 1.3, 640.0 / 1.3];
pub const USUAL: [f32; 2] = [1366.0, 768.0];

/// The window with what it is told and what it asks for.
pub struct Window {
    pub harness: Harness<'static, App>,
    pub told: SyncSender<Event>,
    pub asked: Rc<RefCell<Vec<Command>>>,
}

impl Window {
    pub fn open(size: [f32; 2], settings: Settings) -> Self {
        let (told, events) = sync_channel(100);
        let asked = Rc::new(RefCell::new(Vec::new()));
        let hand = Rc::clone(&asked);
        let app = App::new(Box::new(move |command| hand.borrow_mut().push(command)), events);
        // Languages stand in the list by their own names; the system's fonts are not here.
        let mut harness = Harness::builder().with_size(size).allow_missing_glyphs().build_ui_state(
            |ui, app: &mut App| {
                app.drain(ui.ctx());
                app.draw(ui);
            },
            app,
        );
        theme::install(&harness.ctx);
        told.send(Event::Ready { settings: Box::new(settings), warnings: Vec::new() }).unwrap();
        told.send(Event::Microphones(vec![DeviceInfo { id: "m".into(), name: "Laptop microphone".into(), is_default: true }])).unwrap();
        told.send(Event::Students(Arc::new(vec![student(1, "Maya"), student(2, "Omar")]))).unwrap();
        told.send(Event::Listed { ticket: Ticket(0), conferences: Arc::new(Vec::new()) }).unwrap();
        told.send(Event::Models(vec![model("base-q8_0", true), model("small-q8_0", false)])).unwrap();
        harness.run_steps(4);
        Self { harness, told, asked }
    }

    pub fn tell(&mut self, event: Event) {
        self.told.send(event).unwrap();
        self.harness.run_steps(4);
    }

    pub fn press(&mut self, name: &str) {
        // A control, not the words beside it.
        self.harness
            .get_all_by_label(name)
            .find(|node| node.accesskit_node().role() != Role::Label)
            .unwrap_or_else(|| panic!("no control called {name}"))
            .click();
        self.harness.run_steps(4);
    }

    /// As a screen reader does: wherever it stands, also where one would have to scroll to it.
    pub fn press_unseen(&mut self, name: &str) {
        let is_control = |node: &egui_kittest::Node<'_>| node.accesskit_node().role() != Role::Label;
        self.harness.get_all_by_label(name).find(is_control).unwrap_or_else(|| panic!("no control called {name}")).click_accesskit();
        self.harness.run_steps(4);
    }

    pub fn key(&mut self, key: Key) {
        self.key_with(Modifiers::NONE, key);
    }

    pub fn key_with(&mut self, modifiers: Modifiers, key: Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.harness.run_steps(4);
    }

    pub fn has(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    pub fn has_part(&self, part: &str) -> bool {
        self.harness.query_all_by_label_contains(part).next().is_some()
    }

    /// Where it stands; of several the last.
    pub fn rect(&self, label: &str) -> Rect {
        self.harness.get_all_by_label(label).last().unwrap_or_else(|| panic!("no {label}")).rect()
    }

    /// Whether all of it is in the window.
    pub fn is_within(&self, label: &str) -> bool {
        self.harness.ctx.content_rect().expand(0.5).contains_rect(self.rect(label))
    }

    /// Every text that is drawn with its end cut off.
    pub fn cut_off(&self) -> Vec<String> {
        fn look(shape: &Shape, found: &mut Vec<String>) {
            match shape {
                Shape::Vec(shapes) => shapes.iter().for_each(|shape| look(shape, found)),
                Shape::Text(text) if text.galley.elided => found.push(text.galley.job.text.clone()),
                _ => {}
            }
        }
        let mut found = Vec::new();
        self.harness.output().shapes.iter().for_each(|clipped| look(&clipped.shape, &mut found));
        found
    }

    /// The corrections that were saved last.
    pub fn kept_corrections(&mut self) -> Corrections {
        // What is typed is saved after a moment.
        std::thread::sleep(std::time::Duration::from_millis(450));
        self.harness.run_steps(4);
        let asked = self.asked.borrow();
        let corrections = asked.iter().rev().find_map(|command| match command {
            Command::Library(LibraryCommand::Save(_, change)) => match change.edit() {
                Edit::Correct(all) => Some((**all).clone()),
                _ => None,
            },
            _ => None,
        });
        corrections.expect("corrections are saved")
    }

    pub fn asked(&self, wanted: impl Fn(&Command) -> bool) -> bool {
        self.asked.borrow().iter().any(wanted)
    }

    /// Draws until this is asked for.
    pub fn wait_until_asked(&mut self, what: &str, wanted: impl Fn(&Command) -> bool) {
        let begun = std::time::Instant::now();
        while !self.asked(&wanted) {
            assert!(begun.elapsed() < std::time::Duration::from_secs(60), "waited a minute for {what}");
            self.harness.run_steps(1);
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Draws until something of the conference is saved.
    pub fn wait_until_saved(&mut self) {
        self.wait_until_asked("a change to be saved", |command| matches!(command, Command::Library(LibraryCommand::Save(..))));
    }

    /// Controls a screen reader would read out as nothing.
    pub fn unnamed(&self) -> usize {
        let pressable = [Role::Button, Role::CheckBox, Role::RadioButton, Role::ComboBox, Role::TextInput, Role::MultilineTextInput, Role::Slider];
        let nodes = self.harness.root().children_recursive();
        nodes
            .filter(|node| pressable.contains(&node.accesskit_node().role()))
            .filter(|node| {
                node.accesskit_node().label().is_none_or(|label| label.trim().is_empty())
                    && node.accesskit_node().value().is_none_or(|value| value.trim().is_empty())
            })
            .count()
    }
}

pub fn student(id: u128, name: &str) -> Student {
    Student { id: StudentId::from_u128(id), name: name.into() }
}

pub fn model(name: &str, here: bool) -> ModelRow {
    ModelRow {
        name: name.into(),
        title: name.into(),
        good_for: "Words.".into(),
        bytes: 81_000_000,
        installed: here,
        built_in: here,
        in_use: here,
        ..ModelRow::default()
    }
}

pub fn welcomed() -> Settings {
    // What is found is seen at once, unless a test is about guessing first.
    Settings { welcomed: true, guess_first: false, ..Settings::default() }
}

/// Two people, some words, one of them unsure, waits, a mark.
pub fn record(turns: usize) -> Arc<ConferenceRecord> {
    let (mut words, mut spans) = (Vec::new(), Vec::new());
    let mut at = 0;
    for turn in 0..turns {
        let texts: &[&str] = if turn % 2 == 0 { &["What", "are", "you", "working", "on?"] } else { &["A", "poem", "about", "rain."] };
        let start = at;
        for text in texts {
            words.push(Word { text: (*text).into(), span: Span::new(Millis(at), Millis(at + 280)), confidence: if *text == "rain." { 0.3 } else { 0.9 } });
            at += 300;
        }
        spans.push(VoiceSpan { span: Span::new(Millis(start), Millis(at)), voice: Voice((turn % 2) as u8) });
        at += 1500;
    }
    Arc::new(ConferenceRecord::new(ConferenceData {
        id: ConferenceId::from_u128(5),
        title: "Rain".into(),
        participants: vec![Participant { student: student(1, "Maya"), voice: Some(1) }],
        students: 1,
        started_unix_ms: 1_790_000_000_000,
        length: Millis(at),
        audio: "a.wav".into(),
        audio_sha256: String::new(),
        stage: Stage::Transcribed,
        is_sample: false,
        transcript: Transcript {
            words,
            untranscribed: vec![Untranscribed { span: Span::new(Millis(1600), Millis(2000)), reason: NoWords::EngineFailed }],
            ..Transcript::default()
        },
        voices: Voices { spans, roles: vec![Speaker::Teacher, Speaker::Student(1)], teacher_known: TeacherKnown::Guessed, doubtful_at: None, doubt: None },
        marks: vec![Millis(500)],
        dropouts: Vec::new(),
        reflection: Reflection::default(),
        envelope: vec![180; (at / 100) as usize],
        corrections: Corrections::default(),
        typed: None,
    }))
}

/// The list with this conference alone in it; what its row is called.
pub fn list(window: &mut Window, record: &Arc<ConferenceRecord>) -> String {
    let summary = ConferenceSummary {
        id: record.data().id,
        title: record.data().title.clone(),
        participants: record.data().participants.clone(),
        students: 1,
        started_unix_ms: record.data().started_unix_ms,
        length: record.data().length,
        stage: record.stage(),
        teacher_share: record.measures().teacher_share(),
        teacher_share_range: record.measures().teacher_talk().and_then(|talk| talk.range),
        marks: 1,
        is_sample: false,
        is_typed: false,
        is_talk_seen: true,
        strategy: String::new(),
    };
    window.press("Conferences");
    window.tell(Event::Listed { ticket: Ticket(99), conferences: Arc::new(vec![summary]) });
    let labels = window.harness.root().children_recursive().filter_map(|node| node.accesskit_node().label());
    labels.into_iter().find(|label| label.starts_with("Maya, ") && label.contains(':')).unwrap()
}

pub fn open(window: &mut Window, record: &Arc<ConferenceRecord>) {
    let row = list(window, record);
    window.press(&row);
    let ticket = window
        .asked
        .borrow()
        .iter()
        .rev()
        .find_map(|command| if let Command::Query(LibraryQuery::Open(ticket, _)) = command { Some(*ticket) } else { None })
        .expect("the row opens it");
    window.tell(Event::Opened { ticket, record: Arc::clone(record) });
}
