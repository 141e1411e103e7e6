//! The desk behind the window: each lane is sent a stop, a panic and the end of the program, and goes on or ends as it should.

use crate::support;
use afterbell::conference::{ConferenceId, Edit, Stage};
use afterbell::error::ErrorKind;
use afterbell::export::{Contents, Format};
use afterbell::files::SaveTo;
use afterbell::library::Library;
use afterbell::settings::{Folders, OwnNames};
use afterbell::work::share::ShareRequest;
use afterbell::work::transcript_file::{PASTED, TranscriptSource};
use afterbell::work::typed::TeacherChoice;
use afterbell::work::{
    AnalysisCommand, Command, Desk, Event, LibraryCommand, LibraryQuery, MicrophoneCommand, ModelsCommand, Participants, PlayerCommand, RecordingCommand,
    SharingCommand, Ticket, VoiceCommand, WorkStage,
};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Set for the copy of this program that talks to a sound server of its own.
const SOUND: &str = "AFTERBELL_TEST_LANES";

/// A desk without a window. Its waker can be made to panic on a lane's own thread, in the middle of what the lane does.
struct TestDesk {
    desk: Desk,
    events: Receiver<Event>,
    trap: Arc<Mutex<Option<(&'static str, usize)>>>,
}

impl TestDesk {
    fn open(folders: Folders) -> Self {
        let trap = Arc::<Mutex<Option<(&'static str, usize)>>>::default();
        let set = Arc::clone(&trap);
        let wake = move || {
            let mut trap = set.lock().unwrap();
            if let Some((lane, left)) = trap.as_mut()
                && std::thread::current().name() == Some(lane)
            {
                if *left > 0 {
                    *left -= 1;
                    return;
                }
                *trap = None;
                drop(trap);
                panic!("a trap of the test");
            }
        };
        let (desk, events) = Desk::start(folders, Arc::new(wake)).unwrap();
        let desk = Self { desk, events, trap };
        desk.hear("that it is ready", |event| matches!(event, Event::Ready { .. }).then_some(()));
        desk
    }

    /// The next event of which something is wanted.
    fn hear<T>(&self, what: &str, mut wanted: impl FnMut(&Event) -> Option<T>) -> T {
        let until = Instant::now() + Duration::from_secs(120);
        while let Ok(event) = self.events.recv_timeout(until.saturating_duration_since(Instant::now())) {
            if let Some(found) = wanted(&event) {
                return found;
            }
        }
        panic!("never heard {what}");
    }

    /// Panics at the event after the next `left` of this lane's.
    fn set_trap(&self, lane: &'static str, left: usize) {
        *self.trap.lock().unwrap() = Some((lane, left));
    }

    fn send(&self, command: impl Into<Command>) {
        self.desk.send(command.into());
    }

    fn import(&self, file: &Path) {
        self.send(AnalysisCommand::Import(vec![file.to_owned()], Participants::default()));
    }

    fn imported(&self, file: &Path) -> ConferenceId {
        self.import(file);
        self.hear("what was imported", |event| if let Event::Imported(id) = event { Some(*id) } else { None })
    }

    /// Until the sound of this conference is really being worked on.
    fn at_work(&self, id: ConferenceId) {
        self.hear("the work", |event| matches!(event, Event::Progress(work) if work.id == id && work.stage != WorkStage::Waiting).then_some(()));
    }

    fn work_done(&self, id: ConferenceId) {
        self.hear("the end of the work", |event| matches!(event, Event::WorkDone(done) if *done == id).then_some(()));
    }

    fn bug(&self) {
        self.hear("the bug", |event| matches!(event, Event::Failed(problem) if problem.kind == ErrorKind::Bug).then_some(()));
    }

    /// How long it takes to end.
    fn close(self) -> Duration {
        let begun = Instant::now();
        drop(self.desk);
        begun.elapsed()
    }
}

fn wanted(format: Format) -> Box<ShareRequest> {
    Box::new(ShareRequest { format, contents: Contents::default(), hide_names: false, own: OwnNames::default(), question: String::new() })
}

/// A conference that is in no library.
fn nobodys() -> ConferenceId {
    ConferenceId::from_u128(777)
}

fn typed(folder: &Path) -> PathBuf {
    let path = folder.join("talk.txt");
    std::fs::write(&path, "T: What are you working on?\nS: A poem about rain.\nT: Tell me more.\nS: It never stops.\n").unwrap();
    path
}

#[test]
fn after_a_stopped_transcription_files_are_brought_in_as_before() {
    let env = support::TestEnv::new();
    let desk = TestDesk::open(env.folders());
    let clip = support::clip(env.folder.path(), "maya", 60.0);
    let id = desk.imported(&clip);
    desk.at_work(id);
    desk.send(AnalysisCommand::CancelWork(id));
    desk.work_done(id);
    desk.imported(&support::clip(env.folder.path(), "omar", 5.0));
    // And the same conference is worked on again when asked for.
    desk.send(AnalysisCommand::Analyse(id));
    desk.at_work(id);
    desk.send(AnalysisCommand::CancelWork(id));
    desk.work_done(id);
}

#[test]
fn a_cancelled_import_stops_nothing_that_comes_after_it() {
    let env = support::TestEnv::new();
    let desk = TestDesk::open(env.folders());
    // A colleague's conference to import.
    let own = desk.imported(&typed(env.folder.path()));
    let bundle = env.folder.path().join("shared.afterbell");
    desk.send(SharingCommand::Share(vec![own], wanted(Format::Bundle), SaveTo::new(bundle.clone())));
    desk.hear("the bundle", |event| matches!(event, Event::Exported(_)).then_some(()));
    let files = ["maya", "leo"].map(|name| support::clip(env.folder.path(), name, 120.0));
    desk.send(AnalysisCommand::Import(files.to_vec(), Participants::default()));
    desk.hear("the import", |event| matches!(event, Event::Importing { .. }).then_some(()));
    desk.send(AnalysisCommand::CancelImport);
    desk.hear("its end", |event| matches!(event, Event::Importing { fraction, .. } if *fraction == 1.0).then_some(()));
    desk.import(&bundle);
    desk.hear("the bundle's conference", |event| matches!(event, Event::BundleOpened(_)).then_some(()));
    desk.send(AnalysisCommand::AddSample("maya".into()));
    let sample = desk.hear("the sample", |event| if let Event::SampleAdded(added) = event { Some(added.expect("it is there")) } else { None });
    drop(desk);
    let library = Library::open(&env.folders()).unwrap();
    let sample = library.load(sample).unwrap();
    assert!(sample.data().stage == Stage::Transcribed && sample.turns().len() > 30, "nobody waits for what was found in it");
    assert_eq!(library.summaries().unwrap().len(), 2, "the typed one and the sample; of the two that were stopped nothing");
}

#[test]
fn a_transcript_is_brought_in_once_it_is_known_who_is_the_teacher() {
    let env = support::TestEnv::new();
    let desk = TestDesk::open(env.folders());
    let path = env.folder.path().join("names.txt");
    std::fs::write(&path, "Title\n\nDana: Hi Sky.\nSky: Hi Dana.\nDana: So.\nSky: So.\n").unwrap();
    desk.import(&path);
    let asked = desk.hear("the question", |event| if let Event::TeacherAsked(asked) = event { Some(asked.clone()) } else { None });
    assert_eq!(asked.speakers.iter().map(|one| one.label.as_str()).collect::<Vec<_>>(), ["Dana", "Sky"]);
    assert!(Library::open(&env.folders()).unwrap().summaries().unwrap().is_empty(), "nothing is imported yet");
    desk.send(AnalysisCommand::ImportTyped(asked.source, asked.with, Some(TeacherChoice::Teacher("Sky".into()))));
    let id = desk.hear("what was imported", |event| if let Event::Imported(id) = event { Some(*id) } else { None });
    desk.hear("what was left", |event| matches!(event, Event::FileRead(report) if report.says[0].contains("1 line")).then_some(()));
    let record = Library::open(&env.folders()).unwrap().load(id).unwrap();
    assert_eq!(record.turns()[1].speaker, afterbell::conference::Speaker::Teacher);
}

#[test]
fn what_is_pasted_is_brought_in_as_a_file_is() {
    let env = support::TestEnv::new();
    let desk = TestDesk::open(env.folders());
    let paste =
        |text: &str, told: Option<TeacherChoice>| desk.send(AnalysisCommand::ImportTyped(TranscriptSource::Pasted(text.into()), Participants::default(), told));
    let ended = |event: &Event| if let Event::PasteEnded { is_in } = event { Some(*is_in) } else { None };
    paste("Once upon a time there was a wolf.", None);
    desk.hear("why not", |event| matches!(event, Event::FileRead(report) if report.is_failure && report.file == PASTED).then_some(()));
    assert!(!desk.hear("its end", ended));
    let names = "Dana: Hi Sky.\nSky: Hi Dana.\nDana: So.\nSky: So.\n";
    paste(names, None);
    let asked = desk.hear("the question", |event| if let Event::TeacherAsked(asked) = event { Some(asked.clone()) } else { None });
    assert!(Library::open(&env.folders()).unwrap().summaries().unwrap().is_empty(), "nothing is imported yet");
    desk.send(AnalysisCommand::ImportTyped(asked.source, asked.with, Some(TeacherChoice::Teacher("Sky".into()))));
    let id = desk.hear("what was imported", |event| if let Event::Imported(id) = event { Some(*id) } else { None });
    assert!(desk.hear("its end", ended));
    let record = Library::open(&env.folders()).unwrap().load(id).unwrap();
    assert_eq!(record.turns()[1].speaker, afterbell::conference::Speaker::Teacher);
    assert_eq!(std::fs::read_to_string(env.recordings().join(&record.data().audio)).unwrap(), names, "as it was");

    // The same once more, pasted or from a file: said, and added only when that is wanted; then nobody is asked a second time whether it is.
    let there = |event: &Event| {
        if let Event::FileRead(report) = event {
            report.offers.iter().find(|offer| offer.says == "Import it again").map(|offer| (report.says[0].clone(), offer.command.clone()))
        } else {
            None
        }
    };
    let count = || Library::open(&env.folders()).unwrap().summaries().unwrap().len();
    let path = env.folder.path().join("names.txt");
    std::fs::write(&path, names).unwrap();
    for is_file in [true, false] {
        if is_file {
            desk.import(&path)
        } else {
            paste(names, None)
        }
        let (says, again) = desk.hear("that it is there", there);
        assert!(says.starts_with("This transcript is in your list already ("), "{says}");
        assert!(is_file || desk.hear("its end", ended), "the text is in the list, and nothing is to be shown again");
        let before = count();
        desk.send(again);
        let asked = desk.hear("the question", |event| if let Event::TeacherAsked(asked) = event { Some(asked.clone()) } else { None });
        assert_eq!(count(), before);
        desk.send(AnalysisCommand::ImportTyped(asked.source, asked.with, Some(TeacherChoice::Teacher("Sky".into()))));
        desk.hear("what was imported", |event| if let Event::Imported(id) = event { Some(*id) } else { None });
        assert_eq!(count(), before + 1);
    }
}

#[test]
fn a_transcription_stopped_in_the_queue_says_that_it_has_ended() {
    let env = support::TestEnv::new();
    let desk = TestDesk::open(env.folders());
    let files = ["maya", "omar"].map(|name| support::clip(env.folder.path(), name, 60.0));
    desk.send(AnalysisCommand::Import(files.to_vec(), Participants::default()));
    let [first, second] = [0, 1].map(|_| desk.hear("what was imported", |event| if let Event::Imported(id) = event { Some(*id) } else { None }));
    desk.at_work(first);
    desk.send(AnalysisCommand::CancelWork(second));
    desk.work_done(second);
    // The one that runs was not meant.
    desk.at_work(first);
}

#[test]
fn a_panic_while_sharing_leaves_no_progress_behind() {
    let env = support::TestEnv::new();
    let desk = TestDesk::open(env.folders());
    let id = desk.imported(&typed(env.folder.path()));
    let share = |name: &str| SharingCommand::Share(vec![id], wanted(Format::Docx), SaveTo::new(env.folder.path().join(name)));
    desk.set_trap("sharing", 0);
    desk.send(share("first.docx"));
    let mut shown = None;
    desk.hear("the failure", |event| match event {
        Event::Sharing(fraction) => {
            shown = (*fraction < 1.0).then_some(*fraction);
            None
        }
        Event::Failed(problem) => (problem.kind == ErrorKind::Bug).then_some(()),
        _ => None,
    });
    assert_eq!(shown, None, "it is not shown any more");
    desk.send(share("second.docx"));
    desk.hear("the second file", |event| matches!(event, Event::Exported(_)).then_some(()));
}

#[test]
fn a_panic_ends_one_task_of_a_lane_and_no_more() {
    let env = support::TestEnv::new();
    let desk = TestDesk::open(env.folders());
    desk.hear("the models", |event| matches!(event, Event::Models(_)).then_some(()));
    let clip = support::clip(env.folder.path(), "maya", 20.0);
    // Analysis: an import, then a transcription.
    desk.set_trap("analysis", 0);
    desk.import(&clip);
    desk.hear("the end of the import", |event| matches!(event, Event::Importing { fraction, .. } if *fraction == 1.0).then_some(()));
    // Which failure it is, is the reader's to say: it takes a panic for that of a decoder.
    desk.hear("the failure", |event| matches!(event, Event::Failed(_)).then_some(()));
    let id = desk.imported(&clip);
    desk.at_work(id);
    desk.set_trap("analysis", 0);
    desk.work_done(id);
    desk.hear("the failure", |event| matches!(event, Event::Failed(problem) if problem.conference == Some(id)).then_some(()));
    // Library.
    desk.set_trap("library", 0);
    desk.send(LibraryQuery::List(Ticket(7)));
    desk.bug();
    desk.send(LibraryQuery::List(Ticket(8)));
    desk.hear("the list", |event| matches!(event, Event::Listed { ticket: Ticket(8), .. }).then_some(()));
    // Models and downloads.
    desk.set_trap("models", 0);
    desk.send(ModelsCommand::Use("base-q8_0".into()));
    desk.bug();
    desk.send(ModelsCommand::Use("base-q8_0".into()));
    desk.hear("the models", |event| matches!(event, Event::Models(_)).then_some(()));
    desk.set_trap("downloads", 0);
    desk.send(ModelsCommand::Download("no such model".into()));
    desk.hear("the end of the download", |event| matches!(event, Event::DownloadEnded(name) if name == "no such model").then_some(()));
    desk.bug();
    desk.send(ModelsCommand::Download("no such model".into()));
    desk.hear("the failure", |event| matches!(event, Event::Failed(problem) if problem.kind == ErrorKind::ModelMissing).then_some(()));
    // Player and microphones, of which there may be none here: they answer all the same.
    desk.set_trap("player", 0);
    desk.send(PlayerCommand::ListLoudspeakers);
    desk.bug();
    desk.send(PlayerCommand::ListLoudspeakers);
    desk.hear("the loudspeakers", |event| matches!(event, Event::Loudspeakers(_)).then_some(()));
    // Voice.
    desk.set_trap("voice", 0);
    desk.send(VoiceCommand::Forget);
    desk.bug();
    desk.send(VoiceCommand::Forget);
    desk.hear("the voice", |event| matches!(event, Event::Voice(None)).then_some(()));
    // Recording.
    desk.set_trap("recording", 0);
    desk.send(RecordingCommand::ListInterrupted);
    desk.send(MicrophoneCommand::List);
    desk.send(RecordingCommand::Mark);
    desk.send(RecordingCommand::KeepInterrupted("none".into()));
    desk.hear("that there is none", |event| matches!(event, Event::Failed(problem) if problem.kind == ErrorKind::NotFound).then_some(()));
}

#[test]
fn what_the_window_waits_for_ends_when_it_fails() {
    let env = support::TestEnv::new();
    let desk = TestDesk::open(env.folders());
    let nowhere = nobodys();
    desk.send(VoiceCommand::Rediarize { id: nowhere, students: 1, corrections: Box::default() });
    desk.hear("that it came to nothing", |event| matches!(event, Event::Rediarized(id, None) if *id == nowhere).then_some(()));
    desk.send(AnalysisCommand::Analyse(nowhere));
    desk.work_done(nowhere);
    desk.send(AnalysisCommand::AddSample("nobody".into()));
    desk.hear("no sample", |event| matches!(event, Event::SampleAdded(None)).then_some(()));
    desk.import(&env.folder.path().join("nothing.wav"));
    desk.hear("the end of the import", |event| matches!(event, Event::Importing { fraction, .. } if *fraction == 1.0).then_some(()));
}

#[test]
fn going_back_to_a_backup_waits_for_the_work_and_has_it_done_again() {
    let env = support::TestEnv::new();
    Library::open(&env.folders()).unwrap().back_up("2026-01-01").unwrap();
    let desk = TestDesk::open(env.folders());
    let id = desk.imported(&support::clip(env.folder.path(), "maya", 60.0));
    desk.at_work(id);
    // Beside the recording before it is gone back.
    support::wait_for("the sidecar", || {
        std::fs::read_dir(env.recordings()).unwrap().flatten().any(|file| file.path().extension().is_some_and(|ending| ending == "json"))
    });
    desk.send(LibraryCommand::GoBackTo("2026-01-01".into()));
    let mut is_stopped = false;
    desk.hear("that it was gone back", |event| match event {
        Event::WorkDone(done) => {
            is_stopped |= *done == id;
            None
        }
        Event::Notice(_) => Some(()),
        _ => None,
    });
    assert!(is_stopped, "nothing worked with the library while it was exchanged");
    let again = desk.hear("the work anew", |event| if let Event::Progress(work) = event { Some(work.id) } else { None });
    desk.send(AnalysisCommand::CancelWork(again));
    drop(desk);
    let library = Library::open(&env.folders()).unwrap();
    assert_eq!(library.summaries().unwrap().len(), 1, "made since, and still there");
    library.integrity_check(true).unwrap();
}

#[test]
fn what_was_typed_last_is_in_what_is_shared_and_saved_at_the_end() {
    let env = support::TestEnv::new();
    let desk = TestDesk::open(env.folders());
    let id = desk.imported(&typed(env.folder.path()));
    for number in 0..30 {
        let title = format!("Title {number}");
        desk.send(LibraryCommand::Save(id, Edit::Title(title.clone()).into()));
        desk.send(SharingCommand::Copy(vec![id], wanted(Format::Txt)));
        let text = desk.hear("the text", |event| if let Event::Copied(text) = event { Some(text.clone()) } else { None });
        assert!(text.contains(&title), "{title}: {text}");
    }
    desk.send(LibraryCommand::Save(id, Edit::Title("The last".into()).into()));
    desk.close();
    assert_eq!(Library::open(&env.folders()).unwrap().load(id).unwrap().data().title, "The last");
}

#[test]
fn the_end_of_the_program_waits_for_no_long_work() {
    let env = support::TestEnv::new();
    let desk = TestDesk::open(env.folders());
    let clip = support::clip(env.folder.path(), "maya", 200.0);
    let id = desk.imported(&clip);
    desk.at_work(id);
    desk.send(AnalysisCommand::Import(vec![clip.clone(), clip.clone(), clip], Participants::default()));
    desk.send(VoiceCommand::Rediarize { id, students: 1, corrections: Box::default() });
    desk.send(ModelsCommand::MeasureSpeed);
    let took = desk.close();
    println!("closed after {took:?}");
    assert!(took < Duration::from_secs(20), "{took:?}");
    let library = Library::open(&env.folders()).unwrap();
    assert_eq!(library.not_yet_analysed().unwrap(), [id], "taken up at the next start");
}

#[test]
fn the_desk_is_there_before_the_library_is_and_says_what_it_does() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    library.add_student("Maya", None).unwrap();
    library.back_up("2026-01-01").unwrap();
    drop(library);
    std::fs::write(env.folders().database(), vec![b'x'; 50_000]).unwrap();
    let begun = Instant::now();
    let (desk, events) = Desk::start(env.folders(), Arc::new(|| {})).unwrap();
    println!("started after {:?}", begun.elapsed());
    let mut heard = Vec::new();
    while let Ok(event) = events.recv_timeout(Duration::from_secs(60)) {
        heard.push(format!("{event:?}"));
        if matches!(event, Event::Students(students) if students.len() == 1) {
            break;
        }
    }
    let at = |what: &str| heard.iter().position(|event| event.starts_with(what)).unwrap_or_else(|| panic!("{what} in {heard:?}"));
    assert!(at("Opening(Checking") < at("Opening(Rebuilding") && at("Opening(Rebuilding") < at("Ready") && at("Ready") < at("Students"), "{heard:?}");
    assert!(heard.iter().any(|event| event.contains("was damaged")), "{heard:?}");
    drop(desk);
}

#[test]
fn a_library_that_cannot_be_opened_is_said_and_the_desk_ends() {
    let env = support::TestEnv::new();
    drop(Library::open(&env.folders()).unwrap());
    let newer = rusqlite::Connection::open(env.folders().database()).unwrap();
    newer.pragma_update(None, "user_version", 9999).unwrap();
    drop(newer);
    let (desk, events) = Desk::start(env.folders(), Arc::new(|| {})).unwrap();
    let kind = loop {
        if let Event::CannotOpen(problem) = events.recv_timeout(Duration::from_secs(60)).unwrap() {
            break problem.kind;
        }
    };
    assert_eq!(kind, ErrorKind::LibraryFromNewerVersion);
    desk.send(Command::Query(LibraryQuery::List(Ticket(1))));
    drop(desk);
}

/// Not a promise of its own: it talks to the sound server of the test below, which finds it by its environment.
#[test]
fn talks_to_the_sound_server_of_the_other_test() {
    let Ok(process) = std::env::var(SOUND) else { return };
    let process = process.parse().unwrap();
    let env = support::TestEnv::new();
    let desk = TestDesk::open(env.folders());
    // It works, then it hangs.
    desk.send(RecordingCommand::Start(Participants::default()));
    desk.hear("the recording", |event| matches!(event, Event::RecordingStarted { .. }).then_some(()));
    desk.send(RecordingCommand::Stop);
    // Saved, or without a sample: a quick stop may come before the first one.
    let ended = desk.hear("its end", |event| matches!(event, Event::RecordingSaved { .. } | Event::RecordingFailed(_)).then(|| format!("{event:?}")));
    println!("after Stop: {ended}");
    let sessions = || -> Vec<String> {
        let files = std::fs::read_dir(env.recordings()).unwrap().flatten().map(|file| file.file_name().to_string_lossy().into_owned());
        files.filter(|name| name.ends_with(".running") || name.ends_with(".session.json")).collect()
    };
    let before = sessions();
    support::signal(process, "STOP");
    desk.send(MicrophoneCommand::Monitor(true));
    desk.send(RecordingCommand::Start(Participants::default()));
    // Nobody can be heard; long enough that all of it hangs.
    std::thread::sleep(Duration::from_secs(1));
    let cancelled = Instant::now();
    desk.send(RecordingCommand::CancelStart);
    desk.hear("that it has not begun", |event| matches!(event, Event::RecordingNotStarted).then_some(()));
    println!("let go after {:?}", cancelled.elapsed());
    assert!(cancelled.elapsed() < Duration::from_secs(2));
    desk.send(RecordingCommand::Start(Participants::default()));
    desk.send(PlayerCommand::ListLoudspeakers);
    std::thread::sleep(Duration::from_millis(500));
    let took = desk.close();
    println!("closed after {took:?}");
    assert!(took < Duration::from_secs(6), "{took:?}");
    assert_eq!(sessions(), before, "nothing is left of what did not begin");
    support::signal(process, "CONT");
}

#[test]
fn a_sound_server_that_hangs_is_waited_for_no_longer_than_wished_and_holds_up_no_end() {
    let Some(card) = support::SoundCard::with_tone() else { return };
    let mut command = support::another_test("lanes::talks_to_the_sound_server_of_the_other_test");
    card.connect(&mut command);
    let asked = command.env(SOUND, card.server().to_string()).output().unwrap();
    support::signal(card.server(), "CONT");
    let said = format!("{}{}", String::from_utf8_lossy(&asked.stdout), String::from_utf8_lossy(&asked.stderr));
    println!("{}", said.lines().filter(|line| line.contains("after")).collect::<Vec<_>>().join("\n"));
    assert!(asked.status.success(), "{said}");
}
