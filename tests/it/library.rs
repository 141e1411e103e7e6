//! The library: what was kept comes back, what was deleted is gone, what is damaged is said.

use crate::support;
use crate::support::conferences::facts;
use afterbell::conference::*;
use afterbell::error::ErrorKind;
use afterbell::library::{AnalysisResult, Library, Staged, StoredProfile, backups, claim};
use afterbell::settings::Folders;
use afterbell::work::{Command, DeletedKey, Desk, Event, LibraryCommand, LibraryQuery, Participants, RecordingCommand, Ticket, deleted};
use std::sync::Arc;
use std::time::Instant;

fn folders(env: &support::TestEnv) -> Folders {
    Folders::find(Some(env.library()))
}

#[test]
fn every_fact_and_every_edit_survives_closing_and_opening() {
    let env = support::TestEnv::new();
    let (id, expected) = {
        let mut library = Library::open(&folders(&env)).unwrap();
        let student = library.add_student("  Zoë   Ü ", None).unwrap();
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
            Edit::Participants(vec![Participant { student, voice: Some(1) }]),
            Edit::Voices(Box::new(Rediarized {
                students: 2,
                others: 1,
                people: Some(2),
                pointed_at: vec![SpeakerOverride { span: Span::new(Millis(10), Millis(90)), speaker: Speaker::Other }],
                voices: Voices {
                    spans: vec![VoiceSpan { span: Span::new(Millis(0), Millis(700)), voice: Voice(0) }],
                    roles: vec![Speaker::Teacher],
                    teacher_known: TeacherKnown::ByTeacher,
                    doubtful_at: None,
                    doubt: None,
                },
            })),
        ];
        for edit in edits {
            library.save_edit(id, edit.clone()).unwrap();
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
    let before = library.load(id).unwrap().data().voices.clone();
    let (transcript, voices) = (&found.transcript, &found.voices);
    let found = AnalysisResult { transcript, voices, voices_before: &before, envelope: &[9], length: Millis(1234), stage: Stage::Transcribed };
    library.save_analysis(id, &found).unwrap();
    let again = library.load(id).unwrap();
    assert_eq!((&again.data().reflection, &again.data().marks, again.data().length), (&expected.data().reflection, &expected.data().marks, Millis(1234)));
    library.integrity_check(true).unwrap();
}

#[test]
fn what_is_said_of_the_voices_while_a_transcription_runs_is_not_overwritten_by_it() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    let said = "One two three four";
    let found = facts("a.wav", "Uno dos tres cuatro", 0, None);
    let voices = |library: &Library, id| library.load(id).unwrap().data().voices.clone();
    let finish = |library: &mut Library, id, before: &Voices| {
        let (transcript, voices) = (&found.transcript, &found.voices);
        let found = AnalysisResult { transcript, voices, voices_before: before, envelope: &[9], length: Millis(1234), stage: Stage::Transcribed };
        library.save_analysis(id, &found).unwrap();
    };
    // Nothing is said: what was found is stored.
    let id = library.insert(&facts("b.wav", said, 0, None)).unwrap();
    let began_with = voices(&library, id);
    finish(&mut library, id, &began_with);
    assert_eq!(voices(&library, id), found.voices);
    // "Swap" is pressed: it stays, whatever was known when the work began.
    library.save_edit(id, Edit::Roles(vec![Speaker::Student(1), Speaker::Teacher], TeacherKnown::ByTeacher)).unwrap();
    finish(&mut library, id, &began_with);
    let kept = voices(&library, id);
    assert_eq!((kept.roles, kept.teacher_known), (vec![Speaker::Student(1), Speaker::Teacher], TeacherKnown::ByTeacher));
    // They are told apart again, with another student at the table: that stays.
    let began_with = voices(&library, id);
    let span = |from, to, voice| VoiceSpan { span: Span::new(Millis(from), Millis(to)), voice: Voice(voice) };
    let roles = vec![Speaker::Teacher, Speaker::Student(1), Speaker::Student(2)];
    let spans = vec![span(0, 300, 0), span(300, 800, 1), span(800, 1200, 2)];
    let told = Voices { spans, roles, teacher_known: TeacherKnown::ByTeacher, doubtful_at: None, doubt: None };
    library.save_edit(id, Edit::Voices(Box::new(Rediarized { students: 2, others: 0, people: None, pointed_at: Vec::new(), voices: told.clone() }))).unwrap();
    finish(&mut library, id, &began_with);
    let kept = library.load(id).unwrap();
    assert_eq!((&kept.data().voices, kept.data().students), (&told, 2));
    assert_eq!(kept.data().transcript.words[0].text, "Uno", "the words are the new ones");
}

#[test]
fn what_is_said_of_old_words_and_voices_is_kept_of_the_new_ones_they_became() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    let id = library.insert(&facts("a.wav", "One two three four", 0, None)).unwrap();
    let screen = library.load(id).unwrap();
    let words: Arc<[Word]> = screen.data().transcript.words.clone().into();
    let voices = screen.data().voices.clone();
    // While it is on screen another model hears the same words half a second later, and numbers the voices the other way round.
    let mut found = screen.data().clone();
    for word in &mut found.transcript.words {
        word.span = Span::new(word.span.start() + Millis(500), word.span.end() + Millis(500));
    }
    for piece in &mut found.voices.spans {
        piece.voice = Voice(1 - piece.voice.0);
    }
    found.voices.roles.reverse();
    let (transcript, found) = (&found.transcript, &found.voices);
    let found = AnalysisResult { transcript, voices: found, voices_before: &voices, envelope: &[9], length: Millis(9000), stage: Stage::Transcribed };
    library.save_analysis(id, &found).unwrap();
    // The window has not heard of it yet: a word is corrected, who is who is said, and the screen is left.
    let last = screen.turns().len() - 1;
    let text = screen.transcript().text(&screen.turns()[last].words);
    let corrected = screen.rewrite_turn(last, &format!("{text} indeed")).unwrap();
    let swapped = Edit::Roles(voices.roles.iter().rev().copied().collect(), TeacherKnown::ByTeacher);
    library.save_edit(id, Change::new(corrected.clone(), &words, &voices)).unwrap();
    library.save_edit(id, Change::new(swapped.clone(), &words, &voices)).unwrap();
    let mut expected = screen.clone();
    expected.apply(corrected);
    expected.apply(swapped);
    let said = |record: &ConferenceRecord| {
        record.turns().iter().map(|turn| format!("{} {}", turn.speaker.key(), record.transcript().text(&turn.words))).collect::<Vec<_>>()
    };
    assert_eq!(said(&library.load(id).unwrap()), said(&expected));
    // Told apart again from what was known before that: how many there are is new, who is who is not taken back.
    let told = Edit::Voices(Box::new(Rediarized { students: 1, others: 0, people: None, pointed_at: Vec::new(), voices: voices.clone() }));
    library.save_edit(id, Change::new(told, &words, &voices)).unwrap();
    let kept = library.load(id).unwrap();
    assert_eq!((&kept.data().voices.spans, &kept.data().voices.roles), (&voices.spans, &voices.roles.iter().rev().copied().collect()));
}

#[test]
fn words_notes_and_titles_are_found_whatever_is_typed() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    let first = library.insert(&facts("a.wav", "The ending. I don't know how to stop", 1, None)).unwrap();
    let second = library.insert(&facts("b.wav", "Café au lait and an end", 2, None)).unwrap();
    library.save_edit(second, Edit::Note(Question::Pacing, "Ask about the ending".into())).unwrap();
    let found = |typed: &str| library.search(typed).unwrap().iter().map(|hit| hit.conference.id).collect::<Vec<_>>();
    assert_eq!(found("ending").len(), 2);
    assert_eq!(found("know sto"), [first], "all words, the last unfinished");
    assert_eq!(found("cafe"), [second], "accents do not matter");
    assert_eq!(found("\"know how\""), [first]);
    assert!(found("\"how know\"").is_empty());
    assert_eq!(found("\"know ho"), [first], "a phrase that is still being typed");
    assert_eq!(found("stop \"know how"), [first]);
    assert!(found("\"how kno").is_empty());
    let typing = "“the” \"know how\" or \"to stop\" - \"\" don't \"end";
    for (end, _) in typing.char_indices() {
        library.search(&typing[..end]).unwrap();
    }
    assert_eq!(found("don't"), [first]);
    for typed in ["", "   ", "\"", "AND OR NOT", "a*b(c", "NEAR(x y)", "🙂", "text:ending", "-ending", "'; DROP TABLE word; --", "\u{0}"] {
        library.search(typed).unwrap();
    }
    let long = format!("{}the gate {}", "before ".repeat(60), "after ".repeat(60));
    library.insert(&facts("c.wav", &long, 3, None)).unwrap();
    let gate = library.search("the gate").unwrap();
    let text: String = gate[0].lines[0].pieces.iter().map(|(piece, _)| piece.as_str()).collect();
    assert!(text.starts_with('…') && text.ends_with('…') && text.contains("before the gate after") && text.split(' ').count() < 25, "{text}");
    let hits = library.search("ending").unwrap();
    let note = hits.iter().flat_map(|hit| &hit.lines).find(|line| line.speaker.is_none()).unwrap();
    assert!(note.at.is_none() && note.pieces.contains(&("ending".into(), true)), "{note:?}");
}

#[test]
fn words_of_every_script_are_found_as_people_type_them() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    let said =
        ["Die Straße ist groß", "我写了一首关于雨的诗", "Ёлка стоит в лесу", "I don’t know Maya’s ending", "犬のことを書きました。", "สวัสดีครับ", "المُعَلِّمة تكتب"];
    let ids: Vec<_> = said.iter().enumerate().map(|(at, said)| library.insert(&facts(&format!("{at}.wav"), said, at as i64, None)).unwrap()).collect();
    let found = |typed: &str| library.search(typed).unwrap().iter().map(|hit| hit.conference.id).collect::<Vec<_>>();
    for (typed, at) in [
        ("strasse", 0),
        ("GROSS", 0),
        ("雨的诗", 1),
        ("写", 1),
        ("елка", 2),
        ("Ёлка", 2),
        ("don't", 3),
        ("dont", 3),
        ("dont know", 3),
        ("\"dont know\"", 3),
        ("“don’t know”", 3),
        ("mayas", 3),
        ("maya", 3),
        ("Maya's end", 3),
        ("書きました", 4),
        ("のこと", 4),
        ("สวัส", 5),
        ("المعلمة", 6),
    ] {
        assert_eq!(found(typed), [ids[at]], "{typed}");
    }
    // A quotation mark that closes nothing is none.
    assert_eq!(found("dont ending know\""), [ids[3]]);
    for nowhere in ["雨诗", "\"dont ending know\"", "strase", "mayass"] {
        assert!(found(nowhere).is_empty(), "{nowhere}");
    }
    let pieces = |typed: &str| library.search(typed).unwrap()[0].lines[0].pieces.clone();
    assert_eq!(pieces("雨的"), [("我写了一首关于".into(), false), ("雨的".into(), true), ("诗".into(), false)]);
    assert_eq!(pieces("strasse"), [("Die ".into(), false), ("Straße".into(), true), (" ist groß".into(), false)]);
    assert_eq!(pieces("dont"), [("I ".into(), false), ("don’t".into(), true), (" know Maya’s ending".into(), false)]);
}

#[test]
fn deleted_comes_back_until_it_is_forgotten_and_then_not_a_byte_is_left() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    let id = library.insert(&facts("a.wav", "Zwiebelkuchen is a word nobody else says", 1, None)).unwrap();
    library.save_edit(id, Edit::Note(Question::Pacing, "Quittengelee".into())).unwrap();
    library.delete(id, 1000).unwrap();
    assert!(library.summaries().unwrap().is_empty() && library.search("Zwiebelkuchen").unwrap().is_empty());
    assert_eq!(library.load(id).unwrap_err().kind, ErrorKind::NotFound);
    library.restore(id).unwrap();
    assert_eq!(library.search("Zwiebelkuchen").unwrap().len(), 1);
    library.delete(id, 1000).unwrap();
    let month = deleted::KEPT_DAYS * 24 * 3_600_000;
    deleted::purge(&mut library, &folders(&env), 1000 + month).unwrap();
    assert_eq!(library.find_by_audio("a.wav").unwrap(), Some(id), "not old enough");
    deleted::purge(&mut library, &folders(&env), 1001 + month).unwrap();
    assert_eq!(library.find_by_audio("a.wav").unwrap(), None);
    drop(library);
    for entry in std::fs::read_dir(env.library()).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        let text = String::from_utf8_lossy(&std::fs::read(entry.path()).unwrap()).to_lowercase();
        for word in ["zwiebelkuchen", "quittengelee"] {
            assert!(!text.contains(word), "{word} is still in {:?}", entry.file_name());
        }
    }
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
fn a_backup_a_day_is_kept_for_two_weeks_and_can_be_gone_back_to() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    let omar = library.add_student("Omar", None).unwrap();
    let id = library.insert(&facts("a.wav", "The gate", 1, Some(omar.clone()))).unwrap();
    library.set_voice_profile(Some(&StoredProfile { embedding: vec![0.123_456], seconds: 9.0 })).unwrap();
    for day in 1..=16 {
        library.back_up(&format!("2026-11-{day:02}")).unwrap();
    }
    let names = || backups(&folders(&env)).into_iter().map(|backup| backup.name).collect::<Vec<_>>();
    assert_eq!((names().len(), names()[0].as_str(), names()[13].as_str()), (14, "2026-11-16", "2026-11-03"));
    let copy = std::fs::read(&backups(&folders(&env))[0].path).unwrap();
    assert!(!copy.windows(4).any(|four| four == 0.123_456_f32.to_le_bytes()), "the teacher's voice is in no backup");
    // What is done after the backup is undone by going back; a conference made since stays, and so does the voice.
    library.save_edit(id, Edit::Title("Spoiled".into())).unwrap();
    library.rename_student(omar.id, "Olga").unwrap();
    library.insert(&facts("b.wav", "Made since", 2, None)).unwrap();
    library.keep_sidecars().unwrap();
    // Another lane has it open meanwhile.
    let other = Library::open(&folders(&env)).unwrap();
    library.go_back_to("2026-11-16", "2026-11-16 12.00.00").unwrap();
    let titles = |library: &Library| {
        library.summaries().unwrap().iter().map(|one| (one.title.clone(), afterbell::conference::names(&one.participants))).collect::<Vec<_>>()
    };
    assert_eq!(titles(&library), [("A small moment".to_owned(), None), ("A small moment".to_owned(), Some("Omar".to_owned()))]);
    assert_eq!(titles(&other), titles(&library), "seen by who had it open");
    assert!(library.voice_profile().unwrap().is_some());
    // And forward again.
    library.go_back_to("2026-11-16 12.00.00", "2026-11-16 12.00.01").unwrap();
    assert!(titles(&library).contains(&("Spoiled".to_owned(), Some("Olga".to_owned()))));
    assert_eq!(library.go_back_to("1999-01-01", "x").unwrap_err().kind, ErrorKind::NotFound);
    library.integrity_check(true).unwrap();
    // Deleted for good is gone from the backups too.
    library.delete(id, 1000).unwrap();
    deleted::forget(&mut library, &folders(&env), &[DeletedKey::Conference(id)]).unwrap();
    for backup in backups(&folders(&env)) {
        let text = String::from_utf8_lossy(&std::fs::read(&backup.path).unwrap()).into_owned();
        assert!(!text.contains("The gate"), "{}", backup.name);
    }
}

#[test]
fn the_library_is_made_again_from_what_stands_beside_the_recordings() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    let student = library.add_student("Zoë", None).unwrap();
    let id = library.insert(&facts("a.wav", "How does it begin? With the gate.", 5, Some(student))).unwrap();
    library.save_edit(id, Edit::Note(Question::BestPoint, "Next time: “ask, then wait”".into())).unwrap();
    library.save_edit(id, Edit::Rate(Question::Pacing, Some(Rating::Good))).unwrap();
    let deleted = library.insert(&facts("b.wav", "Gone", 6, None)).unwrap();
    library.delete(deleted, 1234).unwrap();
    library.keep_sidecars().unwrap();
    assert!(!library.has_sidecars_to_write());
    let expected = library.load(id).unwrap();
    drop(library);
    for ending in ["", "-wal", "-shm"] {
        std::fs::remove_file(format!("{}{ending}", folders(&env).database().display())).ok();
    }
    let (mut staged, _) = Staged::of_newest_backup(&folders(&env)).unwrap();
    assert_eq!(staged.library().import_sidecars(true).unwrap(), 2);
    let mut again = staged.put_in_place(&folders(&env), "2026-11-25 08.00.00").unwrap();
    let id = again.last_conference().unwrap().unwrap();
    let found = again.load(id).unwrap();
    assert_eq!(found, ConferenceRecord::new(ConferenceData { id, ..expected.data().clone() }), "every word and note");
    assert_eq!(found.student_name(), "Zoë");
    let deleted = again.find_by_audio("b.wav").unwrap().unwrap();
    assert_eq!(again.load(deleted).unwrap_err().kind, ErrorKind::NotFound, "what was deleted stays so");
    again.restore(deleted).unwrap();
    assert_eq!(again.import_sidecars(false).unwrap(), 0, "nothing is taken in twice");
}

#[test]
fn a_second_window_looks_and_changes_nothing() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    let id = library.insert(&facts("a.wav", "The gate", 1, None)).unwrap();
    let (first, heard) = Desk::start(folders(&env), Arc::new(|| {})).unwrap();
    // The library is opened behind the window: until this one is ready either of them may be the first.
    while !matches!(heard.recv_timeout(std::time::Duration::from_secs(30)).expect("the first window opens"), Event::Ready { .. }) {}
    let (second, events) = Desk::start(folders(&env), Arc::new(|| {})).unwrap();
    let hear = |what: &str, wanted: &dyn Fn(&Event) -> bool| {
        while let Ok(event) = events.recv_timeout(std::time::Duration::from_secs(30)) {
            if wanted(&event) {
                return event;
            }
        }
        panic!("never heard {what}");
    };
    hear("that it only looks", &|event| matches!(event, Event::LookingOnly));
    second.send(Command::Query(LibraryQuery::Open(Ticket(7), id)));
    hear("the conference", &|event| matches!(event, Event::Opened { ticket: Ticket(7), .. }));
    for change in [
        Command::Library(LibraryCommand::AddStudents(vec!["Maya".into()])),
        Command::Library(LibraryCommand::Save(id, Edit::Title("Other".into()).into())),
        Command::Recording(RecordingCommand::Start(Participants::default())),
    ] {
        second.send(change);
        hear("the refusal", &|event| matches!(event, Event::Failed(problem) if problem.kind == ErrorKind::LibraryInUse));
    }
    assert!(library.students().unwrap().is_empty() && library.load(id).unwrap().data().title == "A small moment");
    let mut looking = Library::open_to_look(&folders(&env)).unwrap();
    assert!(looking.add_student("Maya", None).is_err(), "the database itself refuses");
    drop((first, second));
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

/// Writes `tests/data/library-N.sqlite` when a schema is released: `BLESS=1 ./test library::`.
#[test]
fn the_kept_database_of_this_schema_is_there() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&folders(&env)).unwrap();
    library.insert(&facts("a.wav", "How does it begin? With the gate.", 5, None)).unwrap();
    drop(library);
    let written = rusqlite::Connection::open(folders(&env).database()).unwrap();
    let version: i64 = written.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    written.close().unwrap();
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/library-{version}.sqlite"));
    if std::env::var_os("BLESS").is_some() && !kept.exists() {
        std::fs::copy(folders(&env).database(), &kept).unwrap();
    }
    assert!(kept.exists(), "{}", kept.display());
}
