//! The library: what was kept comes back, what was deleted is gone, what is damaged is said.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says by panicking what went wrong")]

mod support;

use afterbell::conference::*;
use afterbell::error::ErrorKind;
use afterbell::library::{Library, StoredProfile, claim};
use afterbell::settings::Folders;
use std::time::Instant;

fn folders(env: &support::TestEnv) -> Folders {
    Folders::find(Some(env.library()))
}

fn facts(audio: &str, said: &str, started: i64, student: Option<Student>) -> ConferenceFacts {
    let words: Vec<Word> = said
        .split(' ')
        .enumerate()
        .map(|(n, text)| Word { text: text.into(), span: Span::new(Millis(n as i64 * 300), Millis(n as i64 * 300 + 250)), confidence: 0.75 })
        .collect();
    let end = Millis(words.len() as i64 * 300);
    ConferenceFacts {
        id: ConferenceId(0),
        title: "A small moment".into(),
        student,
        students: 1,
        student_names: vec!["Zoë".into()],
        started_unix_ms: started,
        length: end,
        audio: audio.into(),
        audio_sha256: "ab".into(),
        stage: Stage::Transcribed,
        is_sample: false,
        transcript: Transcript {
            words,
            untranscribed: vec![Untranscribed { span: Span::new(Millis(10), Millis(20)), reason: NoWords::EngineFailed }],
            model: "base-q8_0".into(),
            language: "en".into(),
        },
        voices: Voices {
            spans: vec![
                VoiceSpan { span: Span::new(Millis(0), Millis(600)), voice: Voice(0) },
                VoiceSpan { span: Span::new(Millis(600), end), voice: Voice(1) },
            ],
            roles: vec![Speaker::Teacher, Speaker::Student(1)],
            teacher_known: TeacherKnown::Guessed,
            hard_to_tell: Some(Millis(250)),
        },
        marks: vec![Millis(100), Millis(700)],
        dropouts: vec![Span::new(Millis(5), Millis(9))],
        reflection: Reflection::default(),
        envelope: vec![0, 128, 255],
        corrections: Corrections::default(),
    }
}

#[test]
fn every_fact_and_every_edit_survives_closing_and_opening() {
    let env = support::TestEnv::new();
    let (id, expected) = {
        let mut library = Library::open(&folders(&env)).unwrap();
        let student = library.add_student("  Zoë   Ü ").unwrap();
        let id = library.insert(&facts("a.wav", "How does it begin? With the gate.", 5, None)).unwrap();
        let mut record = library.load(id).unwrap();
        let edits = [
            Edit::Rate(Question::Pacing, Some(Rating::ReallyGood)),
            Edit::Rate(Question::Research, Some(Rating::NotYet)),
            Edit::Rate(Question::Research, None),
            Edit::Note(Question::BestPoint, "Next time: “ask, then wait”".into()),
            Edit::AddMark(Millis(900)),
            Edit::RemoveMark(Millis(100)),
            Edit::Roles(vec![Speaker::Student(1), Speaker::Teacher], TeacherKnown::ByTeacher),
            Edit::Title("The gate".into()),
            Edit::Student(Some(student)),
            Edit::Voices(Box::new(ToldApart {
                students: 2,
                others: 1,
                said: vec![SpeakerFix { span: Span::new(Millis(10), Millis(90)), speaker: Speaker::Other }],
                voices: Voices {
                    spans: vec![VoiceSpan { span: Span::new(Millis(0), Millis(700)), voice: Voice(0) }],
                    roles: vec![Speaker::Teacher],
                    teacher_known: TeacherKnown::ByTeacher,
                    hard_to_tell: None,
                },
            })),
        ];
        for edit in edits {
            library.save_edit(id, &edit).unwrap();
            record.apply(edit);
        }
        (id, record)
    };
    let mut library = Library::open(&folders(&env)).unwrap();
    assert_eq!(library.load(id).unwrap(), expected);
    let summary = &library.summaries().unwrap()[0];
    assert_eq!((summary.stage, summary.marks, summary.title.as_str()), (Stage::Reflected, 2, "The gate"));
    assert!((summary.teacher_share.unwrap() - expected.measures().teacher_share().unwrap()).abs() < 1e-9);
    // A new transcript keeps what the teacher did.
    let found = facts("", "Quite other words", 0, None);
    library.save_processed(id, &found.transcript, &found.voices, &[9], Millis(1234), Stage::Transcribed).unwrap();
    let again = library.load(id).unwrap();
    assert_eq!((&again.facts().reflection, &again.facts().marks, again.facts().length), (&expected.facts().reflection, &expected.facts().marks, Millis(1234)));
    library.integrity_check(true).unwrap();
}

#[test]
fn words_notes_and_titles_are_found_whatever_is_typed() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    let first = library.insert(&facts("a.wav", "The ending. I don't know how to stop", 1, None)).unwrap();
    let second = library.insert(&facts("b.wav", "Café au lait and an end", 2, None)).unwrap();
    library.save_edit(second, &Edit::Note(Question::Pacing, "Ask about the ending".into())).unwrap();
    let found = |typed: &str| library.search(typed).unwrap().iter().map(|hit| hit.conference.id).collect::<Vec<_>>();
    assert_eq!(found("ending").len(), 2);
    assert_eq!(found("know sto"), [first], "all words, the last unfinished");
    assert_eq!(found("cafe"), [second], "accents do not matter");
    assert_eq!(found("\"know how\""), [first]);
    assert!(found("\"how know\"").is_empty());
    assert_eq!(found("don't"), [first]);
    for typed in ["", "   ", "\"", "AND OR NOT", "a*b(c", "NEAR(x y)", "🙂", "text:ending", "-ending", "'; DROP TABLE word; --", "\u{0}"] {
        library.search(typed).unwrap();
    }
    let hits = library.search("ending").unwrap();
    let note = hits.iter().flat_map(|hit| &hit.lines).find(|line| line.speaker.is_none()).unwrap();
    assert!(note.at.is_none() && note.pieces.contains(&("ending".into(), true)), "{note:?}");
}

#[test]
fn deleted_comes_back_until_it_is_purged_and_then_not_a_byte_is_left() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    let id = library.insert(&facts("a.wav", "Zwiebelkuchen is a word nobody else says", 1, None)).unwrap();
    library.save_edit(id, &Edit::Note(Question::Pacing, "Quittengelee".into())).unwrap();
    library.delete(id, 1000).unwrap();
    assert!(library.summaries().unwrap().is_empty() && library.search("Zwiebelkuchen").unwrap().is_empty());
    assert_eq!(library.load(id).unwrap_err().kind, ErrorKind::NotFound);
    library.restore(id).unwrap();
    assert_eq!(library.search("Zwiebelkuchen").unwrap().len(), 1);
    library.delete(id, 1000).unwrap();
    assert!(library.purge(1000).unwrap().is_empty(), "not old enough");
    assert_eq!(library.purge(1001).unwrap(), ["a.wav"]);
    drop(library);
    for entry in std::fs::read_dir(env.library()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let text = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).to_lowercase();
        for word in ["zwiebelkuchen", "quittengelee"] {
            assert!(!text.contains(word), "{word} is still in {:?}", entry.file_name());
        }
    }
}

#[test]
fn the_class_list_knows_no_doubles_and_keeps_the_name_of_who_left() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    let maya = library.add_student("Maya").unwrap();
    assert_eq!(library.add_student(" maya ").unwrap().id, maya.id);
    assert_eq!(library.add_student("  ").unwrap_err().kind, ErrorKind::BadRequest);
    let omar = library.add_student("Omar").unwrap();
    assert_eq!(library.rename_student(omar.id, "MAYA").unwrap_err().kind, ErrorKind::BadRequest);
    let id = library.insert(&facts("a.wav", "Hi", 1, Some(maya.clone()))).unwrap();
    library.remove_student(maya.id).unwrap();
    assert_eq!(library.students().unwrap(), [omar]);
    assert_eq!(library.load(id).unwrap().student_name(), "Maya");
}

#[test]
fn the_teachers_voice_is_kept_and_removed() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    let profile = StoredProfile { embedding: vec![0.25, -1.0, 3.5], seconds: 20.0 };
    library.set_voice_profile(Some(&profile)).unwrap();
    assert_eq!(library.voice_profile().unwrap(), Some(profile));
    library.set_voice_profile(None).unwrap();
    assert_eq!(library.voice_profile().unwrap(), None);
}

#[test]
fn two_programs_do_not_share_a_claim() {
    let env = support::TestEnv::new();
    let first = claim(&folders(&env)).unwrap();
    assert_eq!(claim(&folders(&env)).unwrap_err().kind, ErrorKind::LibraryInUse);
    drop(first);
    claim(&folders(&env)).unwrap();
}

#[test]
fn a_damaged_database_is_said_and_not_written_to() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    for n in 0..40 {
        library.insert(&facts(&format!("{n}.wav"), &"many words to fill some pages ".repeat(30), n, None)).unwrap();
    }
    drop(library);
    let path = folders(&env).database();
    let whole = std::fs::read(&path).unwrap();
    for (name, bytes) in [
        ("cut", whole[..whole.len() / 3].to_vec()),
        ("zeroed", {
            let mut bytes = whole.clone();
            bytes[8192..20_480].fill(0);
            bytes
        }),
    ] {
        std::fs::write(&path, &bytes).unwrap();
        let said = Library::open(&folders(&env)).and_then(|library| library.integrity_check(true));
        assert_eq!(said.unwrap_err().kind, ErrorKind::LibraryDamaged, "{name}");
    }
}

#[test]
fn a_year_of_conferences_is_listed_and_searched() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    // A year of a very busy teacher; kept short here, speed is the benches' business.
    for n in 0..200 {
        library.insert(&facts(&format!("{n}.wav"), &format!("conference number {n} about the gate"), n, None)).unwrap();
    }
    let begun = Instant::now();
    assert_eq!(library.summaries().unwrap().len(), 200);
    let listed = begun.elapsed();
    assert_eq!(library.search("gate 17").unwrap().len(), 11, "17 and 170 to 179");
    println!("list {listed:?}, search {:?}", begun.elapsed() - listed);
}

/// Writes `tests/data/library-N.sqlite` when a schema is released: `BLESS=1 cargo test --release --test library`.
#[test]
fn the_kept_database_of_this_schema_is_there() {
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/library-1.sqlite");
    if std::env::var_os("BLESS").is_some() && !kept.exists() {
        let env = support::TestEnv::new();
        let mut library = Library::open(&folders(&env)).unwrap();
        library.insert(&facts("a.wav", "How does it begin? With the gate.", 5, None)).unwrap();
        drop(library);
        std::fs::copy(folders(&env).database(), &kept).unwrap();
    }
    assert!(kept.exists());
}
