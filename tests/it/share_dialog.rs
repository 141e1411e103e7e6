//! The dialogs of sharing and importing, by their accessibility tree.

use crate::support;
use afterbell::conference::*;
use afterbell::export::{Hider, document, find_names};
use afterbell::settings::{OwnNames, Settings, SettingsChange};
use afterbell::ui::{App, theme};
use afterbell::work::share::ShareRequest;
use afterbell::work::transcript_file::{PASTED, TranscriptSource};
use afterbell::work::typed::{FoundSpeaker, TeacherChoice};
use afterbell::work::{
    AnalysisCommand, Command, Contents, Event, FileReport, Format, LibraryCommand, LibraryQuery, Offer, Participants, Reply, SaveDialog, SharedId,
    SharingCommand, TeacherQuestion, Ticket,
};
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

struct Window {
    harness: Harness<'static, App>,
    told: SyncSender<Event>,
    asked: Rc<RefCell<Vec<Command>>>,
}

impl Window {
    fn open() -> Self {
        let (told, events) = sync_channel(100);
        let asked = Rc::new(RefCell::new(Vec::new()));
        let hand = Rc::clone(&asked);
        let app = App::new(Box::new(move |command| hand.borrow_mut().push(command)), events);
        let draw = |ui: &mut egui::Ui, app: &mut App| {
            app.drain(ui.ctx());
            app.draw(ui);
        };
        let harness = Harness::builder().with_size([1366.0, 768.0]).build_ui_state(draw, app);
        theme::install(&harness.ctx);
        let mut window = Self { harness, told, asked };
        window.tell(Event::Ready { settings: Box::new(Settings { welcomed: true, ..Settings::default() }), warnings: Vec::new() });
        window.tell(Event::Students(Arc::new(vec![Student { id: StudentId::from_u128(3), name: "Zoë".into() }])));
        window
    }

    fn tell(&mut self, event: Event) {
        self.told.send(event).unwrap();
        self.harness.run_steps(4);
    }

    fn press(&mut self, name: &str) {
        let control = self.harness.get_all_by_label(name).find(|node| node.accesskit_node().role() != Role::Label);
        control.unwrap_or_else(|| panic!("no control called {name}")).click();
        self.harness.run_steps(4);
    }

    fn last_preview(&self) -> Option<(Ticket, ShareRequest)> {
        self.asked.borrow().iter().rev().find_map(|command| match command {
            Command::Sharing(SharingCommand::Preview(ticket, _, wanted)) => Some((*ticket, (**wanted).clone())),
            _ => None,
        })
    }

    fn asked(&self, wanted: impl Fn(&Command) -> bool) -> bool {
        self.asked.borrow().iter().any(wanted)
    }
}

/// A conference on screen and its dialog open.
fn sharing() -> Window {
    let mut window = Window::open();
    window.tell(Event::Listed { ticket: Ticket(9), conferences: Arc::new(Vec::new()) });
    let summary = ConferenceSummary {
        id: ConferenceId::from_u128(7),
        title: "Rain poem".into(),
        participants: vec![Participant { student: Student { id: StudentId::from_u128(3), name: "Zoë".into() }, voice: Some(1) }],
        students: 1,
        started_unix_ms: 1_790_000_000_000,
        length: Millis(25_000),
        stage: Stage::Transcribed,
        teacher_share: None,
        teacher_share_range: None,
        marks: 1,
        is_sample: false,
        is_typed: false,
        is_talk_seen: true,
        strategy: String::new(),
    };
    window.tell(Event::Listed {
        ticket: Ticket(10),
        conferences: Arc::new(vec![summary.clone(), ConferenceSummary { id: ConferenceId::from_u128(8), ..summary }]),
    });
    window.press("Conferences");
    window
}

#[test]
fn several_conferences_are_shared_with_what_was_chosen() {
    let mut window = sharing();
    window.press("Share all that are listed");
    let (ticket, wanted) = window.last_preview().unwrap();
    assert!(wanted.hide_names && wanted.format == Format::Docx && wanted.contents == Contents::default());
    let record = support::conferences::named();
    let names = find_names(&[&record], &support::conferences::class(), &OwnNames::default());
    let shown = document(&Hider::new(&names).marked().record(&record), &wanted.contents);
    window.tell(Event::SharePreview { ticket, page: Some(Arc::new(shown)), names: Arc::new(names) });
    // Sound goes with a web page, and with hidden names only when it is meant.
    window.press("Web page");
    window.press("The sound, for a web page or share bundle");
    assert!(!window.last_preview().unwrap().1.contents.sound);
    window.press("Put it in all the same");
    assert!(window.last_preview().unwrap().1.contents.sound);
    window.press("Word");
    assert!(!window.last_preview().unwrap().1.contents.sound, "Word holds none");
    window.press("What Afterbell found");
    assert!(window.last_preview().unwrap().1.contents.found);
    // A name that is to stay is remembered.
    window.press("Check names");
    window.press("Hide Omar");
    assert!(window.last_preview().unwrap().1.own.keep.contains("Omar"));
    assert!(
        window.asked(
            |command| matches!(command, Command::Library(LibraryCommand::ChangeSetting(SettingsChange::OwnNames(names))) if names.keep.contains("Omar"))
        )
    );
    window.press("Save 2 files…");
    assert!(window.asked(|command| matches!(command, Command::SaveDialog(SaveDialog::Share(ids, wanted)) if ids.len() == 2 && wanted.format == Format::Docx)));
    window.press("Copy text");
    assert!(window.asked(|command| matches!(command, Command::Sharing(SharingCommand::Copy(..)))));
    window.tell(Event::Sharing(0.3));
    window.press("Cancel");
    assert!(window.asked(|command| *command == Command::Sharing(SharingCommand::Cancel)));
}

#[test]
fn recordings_that_were_chosen_are_asked_about() {
    let mut window = Window::open();
    window.tell(Event::WhoseAsked(vec!["a.m4a".into(), "b.opus".into(), "c.txt".into()], Participants::one(None)));
    assert!(!window.asked(|command| matches!(command, Command::Analysis(AnalysisCommand::Import(..)))), "a typed transcript is asked about as well");
    window.press("Import");
    let brought =
        window.asked.borrow().iter().filter(|command| matches!(command, Command::Analysis(AnalysisCommand::Import(files, _)) if files.len() == 1)).count();
    assert_eq!(brought, 3);
}

#[test]
fn a_name_in_the_name_of_a_file_is_offered() {
    let mut window = Window::open();
    let omar = Student { id: StudentId::from_u128(7), name: "Omar".into() };
    window.tell(Event::Students(Arc::new(vec![omar.clone(), Student { id: StudentId::from_u128(8), name: "Ana".into() }])));
    window.tell(Event::WhoseAsked(vec!["WhatsApp Omar 2026-10-13 at 08.42.opus".into(), "Omar and Ana.txt".into(), "12.m4a".into()], Participants::one(None)));
    window.press("Import");
    let asked = window.asked.borrow();
    let with: Vec<&Participants> =
        asked.iter().filter_map(|command| if let Command::Analysis(AnalysisCommand::Import(_, with)) = command { Some(with) } else { None }).collect();
    assert_eq!(with, [&Participants::one(Some(omar.id)), &Participants { participants: Vec::new(), students: 2 }, &Participants::one(None)]);
}

#[test]
fn what_there_is_to_say_of_each_file_is_shown_by_its_name() {
    let mut window = Window::open();
    let report = |file: &str, says: &str, again: bool| {
        let once_more =
            || Offer { says: "Import it again", command: AnalysisCommand::ImportAgain(TranscriptSource::File(file.into()), Participants::one(None)).into() };
        Event::FileRead(Box::new(FileReport {
            file: file.into(),
            says: vec![says.into()],
            is_failure: !again,
            offers: again.then(once_more).into_iter().collect(),
        }))
    };
    window.tell(report("one.mp3", "There is no sound in it.", false));
    window.tell(report("two.m4a", "The phone never finished it.", false));
    window.tell(report("three.m4a", "It is there already.", true));
    for text in ["one.mp3", "There is no sound in it.", "two.m4a", "The phone never finished it.", "three.m4a"] {
        assert!(window.harness.query_by_label(text).is_some(), "{text}");
    }
    window.press("Import it again");
    assert!(window.asked(|command| matches!(command, Command::Analysis(AnalysisCommand::ImportAgain(source, _)) if source.name() == "three.m4a")));
    assert!(window.harness.query_by_label("three.m4a").is_none() && window.harness.query_by_label("one.mp3").is_some());
    window.press("Dismiss what is said about files");
    assert!(window.harness.query_by_label("one.mp3").is_none());
}

#[test]
fn who_is_the_teacher_in_a_transcript_is_asked_with_what_each_says_first() {
    let mut window = Window::open();
    let one = |label: &str, role, said: &str| FoundSpeaker { label: label.into(), role, first_lines: vec![said.into()], turns: 2 };
    let speakers = vec![one("Dana", Speaker::Teacher, "Hi Sky."), one("Sky", Speaker::Student(1), "Hi Dana.")];
    window.tell(Event::TeacherAsked(Box::new(TeacherQuestion { source: TranscriptSource::File("talk.txt".into()), with: Participants::one(None), speakers })));
    window.harness.get_by_label_contains("Hi Dana.");
    window.press("Sky");
    window.press("Import");
    let told = |command: &Command| matches!(command, Command::Analysis(AnalysisCommand::ImportTyped(source, _, Some(TeacherChoice::Teacher(label)))) if source.name() == "talk.txt" && label == "Sky");
    assert!(window.asked(told));
    assert!(window.harness.query_by_label_contains("Hi Dana.").is_none(), "it is closed");
}

#[test]
fn a_transcript_is_pasted_and_nothing_of_it_is_lost_before_it_is_a_conference() {
    let mut window = Window::open();
    window.tell(Event::Listed { ticket: Ticket(9), conferences: Arc::new(Vec::new()) });
    window.press("Conferences");
    let text = "Dana: Hi Sky.\nSky: Hi Dana.\n";
    let is_open = |window: &Window| window.harness.query_by_label("The transcript").is_some();
    let sent = |window: &Window| {
        let is_it = |command: &&Command| matches!(command, Command::Analysis(AnalysisCommand::ImportTyped(TranscriptSource::Pasted(_), ..)));
        window.asked.borrow().iter().filter(is_it).cloned().collect::<Vec<_>>()
    };
    window.press("Import a typed transcript");
    assert!(window.harness.query_by_label("Choose files").is_some());
    window.harness.get_by_label("The transcript").type_text(text);
    window.harness.run_steps(4);
    // A press beside it or Escape closes nothing that has text in it.
    window.harness.key_press(egui::Key::Escape);
    window.harness.run_steps(4);
    assert!(is_open(&window));
    window.press("Import");
    let [Command::Analysis(AnalysisCommand::ImportTyped(TranscriptSource::Pasted(pasted), with, None))] = &sent(&window)[..] else {
        panic!("{:?}", sent(&window))
    };
    assert_eq!((pasted.as_ref(), with), (text, &Participants::one(None)));
    assert!(!is_open(&window));
    // It cannot be read: the text is there again.
    window.tell(Event::FileRead(Box::new(FileReport { file: PASTED.into(), says: vec!["Nobody is named.".into()], is_failure: true, offers: Vec::new() })));
    window.tell(Event::PasteEnded { is_in: false });
    assert!(is_open(&window));
    window.press("Import");
    // Who is the teacher is asked as of files; not answered, the text is there again.
    let one = |label: &str, role| FoundSpeaker { label: label.into(), role, first_lines: vec!["Hi.".into()], turns: 1 };
    let question = || TeacherQuestion {
        source: TranscriptSource::Pasted(text.into()),
        with: Participants::one(None),
        speakers: vec![one("Dana", Speaker::Teacher), one("Sky", Speaker::Student(1))],
    };
    window.tell(Event::TeacherAsked(Box::new(question())));
    window.press("Cancel");
    assert!(is_open(&window));
    window.press("Import");
    window.tell(Event::TeacherAsked(Box::new(question())));
    window.press("Sky");
    window.press("Import");
    let told = |one: &Command| matches!(one, Command::Analysis(AnalysisCommand::ImportTyped(TranscriptSource::Pasted(_), _, Some(TeacherChoice::Teacher(label)))) if label == "Sky");
    assert!(window.asked(told));
    window.tell(Event::PasteEnded { is_in: true });
    assert!(!is_open(&window));
    // The next one begins empty.
    window.press("Import a typed transcript");
    assert!(window.harness.query_by_label("Choose files").is_some());
}

#[test]
fn a_colleagues_conference_is_commented_on_and_its_reply_saved() {
    let mut window = Window::open();
    let record = Arc::new(support::conferences::rain());
    let mut reply = Reply::default();
    reply.comment(Millis(7000), "Here.");
    // The bundle was just dropped on the window.
    window.tell(Event::WhoseAsked(vec!["c.afterbell".into()], Participants::default()));
    window.tell(Event::BundleOpened(afterbell::work::mentor::OpenedBundle::Conference(SharedId::from_u128(2))));
    let ticket = window
        .asked
        .borrow()
        .iter()
        .find_map(|command| if let Command::Query(LibraryQuery::OpenShared(ticket, _)) = command { Some(*ticket) } else { None })
        .unwrap();
    window.tell(Event::SharedOpened { ticket, id: SharedId::from_u128(2), question: "Do I wait?".into(), record, reply: Box::new(reply) });
    assert!(window.harness.query_by_label("Do I wait?").is_some());
    assert!(window.harness.query_by_label("Comment at 0:07").is_some(), "a comment inside a turn is shown with it");
    window.harness.get_by_label("Answer to question 2").focus();
    window.harness.run_steps(2);
    window.harness.get_by_label("Answer to question 2").type_text("Not rushed.");
    window.harness.run_steps(4);
    assert!(
        window
            .asked(|command| matches!(command, Command::Library(LibraryCommand::SaveReply(id, reply)) if *id == SharedId::from_u128(2) && reply.answers[1].note == "Not rushed." && reply.comments.len() == 1))
    );
    window.press("Save my reply…");
    assert!(window.asked(|command| *command == Command::SaveDialog(SaveDialog::Reply(SharedId::from_u128(2)))));
}
