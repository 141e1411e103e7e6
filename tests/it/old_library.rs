//! A library of the last schema is taken over whole: everything a teacher entered is there, under ids that every copy of it agrees on.

use crate::support::TestEnv;
use crate::support::old_library;
use afterbell::conference::*;
use afterbell::export::{Bundle, Contents, Reply, pack};
use afterbell::library::{Library, Staged};
use afterbell::work::{mentor, safety};
use std::collections::BTreeMap;
use std::time::Instant;

/// Conferences of the short form; `AFTERBELL_OLD_LIBRARY=300` for the long one.
fn conferences() -> usize {
    std::env::var("AFTERBELL_OLD_LIBRARY").ok().and_then(|count| count.parse().ok()).unwrap_or(12)
}

/// Everything a teacher entered or was told, by the file of the recording.
fn entered(library: &Library) -> BTreeMap<String, (ConferenceData, Vec<Reply>, Vec<VoiceSpan>)> {
    let all = library.summaries().unwrap().into_iter().map(|one| {
        let facts = library.load(one.id).unwrap().data().clone();
        (facts.audio.clone(), (facts, library.replies(one.id).unwrap(), library.channels(one.id).unwrap()))
    });
    all.collect()
}

fn who(facts: &ConferenceData) -> Vec<(&str, Option<u8>)> {
    facts.participants.iter().map(|one| (one.student.name.as_str(), one.voice)).collect()
}

fn number(audio: &str) -> usize {
    audio.trim_end_matches(".wav").parse().unwrap()
}

#[test]
fn everything_entered_is_there_after_opening_editing_going_back_and_making_again() {
    let (env, count) = (TestEnv::new(), conferences());
    drop(old_library::write(&env.library(), count));
    let begun = Instant::now();
    let mut library = Library::open(&env.folders()).unwrap();
    println!("{count} conferences of schema 3 opened and taken over in {:?}", begun.elapsed());
    library.integrity_check(true).unwrap();
    let before = entered(&library);
    assert_eq!(before.len(), count);
    let maya = library.students().unwrap().into_iter().find(|student| student.name == "Maya").unwrap();
    for (audio, (facts, replies, channels)) in &before {
        let number = number(audio);
        assert_eq!(facts.title, format!("Title {number}"));
        let expected: &[(&str, Option<u8>)] = match number % 4 {
            0 => &[("Maya", Some(1))],
            1 => &[("Omar", None), ("Maya", Some(1)), ("Zoe", Some(3))],
            2 => &[("Ana", Some(1))],
            _ => &[],
        };
        assert_eq!(who(facts), expected, "{audio}");
        assert!(
            facts.participants.iter().all(|one| (one.student.name == "Maya") == (one.student.id == maya.id)),
            "the Maya of the class list, and nobody else"
        );
        assert_eq!(
            (facts.transcript.words.len(), facts.marks.len(), facts.corrections.texts[0].words[0].text.as_str()),
            (40, 2, format!("corrected{number}").as_str())
        );
        for (index, answer) in facts.reflection.answers.iter().enumerate() {
            let expected = (Some(Rating::Good), format!("Note {} of {number}", index + 1), format!("Extra {} of {number}", index + 1));
            assert_eq!((answer.rating, answer.note.clone(), answer.extra.clone()), expected);
        }
        assert_eq!((replies.len(), replies[0].comments[0].text.as_str(), channels.len()), (1, format!("To {number}").as_str(), 1));
    }
    assert_eq!(library.names_to_hide().unwrap().iter().filter(|name| *name == "Émile").count(), 1, "who left is still hidden");
    assert!(!library.students().unwrap().iter().any(|student| student.name == "Émile"), "and off the list");

    // A day of work, a backup, and more work.
    library.note_missing_sidecars().unwrap();
    library.back_up("2026-11-02").unwrap();
    let ids: Vec<ConferenceId> = before.values().map(|(facts, ..)| facts.id).collect();
    for id in &ids {
        library.save_edit(*id, Edit::Note(Question::Pacing, format!("Later note to {id}"))).unwrap();
    }
    library.keep_sidecars().unwrap();
    let after = entered(&library);
    assert!(after.iter().all(|(audio, (facts, ..))| facts.reflection.answers[0].note == format!("Later note to {}", before[audio].0.id)));
    library.go_back_to("2026-11-02", "2026-11-03").unwrap();
    assert_eq!(entered(&library), before, "as it was at the backup");
    library.go_back_to("2026-11-03", "2026-11-04").unwrap();
    assert_eq!(entered(&library), after, "and forward again");

    // The database is gone. First there are backups and sidecars, then only sidecars (which do not hold replies and channels).
    library.keep_sidecars().unwrap();
    drop(library);
    std::fs::write(env.folders().database(), [b'x'; 5000]).unwrap();
    let begun = Instant::now();
    let (library, said) = safety::open_or_rebuild(&env.folders()).unwrap();
    println!("made again from a backup and sidecars in {:?}", begun.elapsed());
    assert!(said.is_some());
    assert_eq!(entered(&library), after);
    drop(library);
    std::fs::write(env.folders().database(), [b'x'; 5000]).unwrap();
    std::fs::remove_dir_all(env.library().join("backups")).unwrap();
    let (library, _) = safety::open_or_rebuild(&env.folders()).unwrap();
    let facts =
        |all: BTreeMap<String, (ConferenceData, Vec<Reply>, Vec<VoiceSpan>)>| -> Vec<ConferenceData> { all.into_values().map(|(facts, ..)| facts).collect() };
    assert_eq!(facts(entered(&library)), facts(after));
    let students = library.students().unwrap();
    assert_eq!(students.iter().map(|student| student.name.as_str()).collect::<Vec<_>>(), ["Maya", "Omar"]);
    assert!(students.contains(&maya), "the same child");
    library.integrity_check(true).unwrap();
}

#[test]
fn a_backup_of_the_last_schema_and_the_library_of_today_agree_who_is_who() {
    let env = TestEnv::new();
    drop(old_library::write(&env.library(), 8));
    // A backup from before the update.
    std::fs::create_dir_all(env.library().join("backups")).unwrap();
    std::fs::copy(env.folders().database(), env.library().join("backups/2026-11-01.sqlite")).unwrap();
    let mut library = Library::open(&env.folders()).unwrap();
    let before = entered(&library);
    library.note_missing_sidecars().unwrap();
    library.keep_sidecars().unwrap();
    library.go_back_to("2026-11-01", "2026-11-02").unwrap();
    assert_eq!(entered(&library), before);
    assert_eq!(library.import_sidecars(true).unwrap(), 0, "the files beside the recordings say the same");
}

#[test]
fn a_file_beside_a_recording_from_before_ids_is_the_same_conference() {
    let env = TestEnv::new();
    drop(old_library::write(&env.library(), 2));
    let mut library = Library::open(&env.folders()).unwrap();
    let before = entered(&library);
    // As schema 3 wrote it: numbers for ids, one student, a list of names.
    for (row, (facts, ..)) in (1..).zip(before.values()) {
        let mut old = serde_json::to_value(facts).unwrap();
        let object = old.as_object_mut().unwrap();
        object.remove("participants");
        object.insert("id".into(), serde_json::json!(row));
        let (student, names) = if row == 1 { ((1, "Maya"), vec![]) } else { ((2, "Omar"), vec!["maya", "", "Zoe"]) };
        object.insert("student".into(), serde_json::json!({ "id": student.0, "name": student.1 }));
        object.insert("student_names".into(), serde_json::json!(names));
        let sidecar = serde_json::json!({ "version": 1, "deleted_unix_ms": null, "facts": old });
        std::fs::write(env.recordings().join(facts.audio.replace(".wav", ".json")), serde_json::to_vec(&sidecar).unwrap()).unwrap();
    }
    assert_eq!(library.import_sidecars(true).unwrap(), 0, "nothing in them is new");
    drop(library);
    for ending in ["", "-wal", "-shm"] {
        std::fs::remove_file(format!("{}{ending}", env.folders().database().display())).ok();
    }
    let (mut staged, _) = Staged::of_newest_backup(&env.folders()).unwrap();
    assert_eq!(staged.library().import_sidecars(true).unwrap(), 2);
    let library = staged.put_in_place(&env.folders(), "2026-11-25 08.00.00").unwrap();
    let found = entered(&library);
    for (audio, (facts, ..)) in before {
        // Which of the two files is read first decides whether a typed name finds the child of the list.
        assert_eq!((&found[&audio].0.id, who(&found[&audio].0)), (&facts.id, who(&facts)));
    }
    // A reply to what was sent out then finds its conference here too.
    let home = library.find_by_token(&old_library::token(0, 1)).unwrap().unwrap();
    assert_eq!(library.load(home).unwrap().data().audio, "0.wav");
}

#[test]
fn a_reply_to_a_bundle_of_the_last_schema_finds_its_conference() {
    let env = TestEnv::new();
    drop(old_library::write(&env.library(), 5));
    let mut library = Library::open(&env.folders()).unwrap();
    let ids: BTreeMap<String, ConferenceId> = entered(&library).into_iter().map(|(audio, (facts, ..))| (audio, facts.id)).collect();
    library.back_up("2026-11-02").unwrap();
    library.go_back_to("2026-11-02", "2026-11-03").unwrap();
    for index in 0..5 {
        let (audio, row) = (format!("{index}.wav"), index as i64 + 1);
        let record = library.load(ids[&audio]).unwrap();
        let mut reply = Reply::default();
        reply.comment(Millis(2000), &format!("Sent to row {row}"));
        let file = env.folder.path().join("reply.afterbell");
        let bundle = Bundle { reply: Some(reply.clone()), ..Bundle::new(record.clone(), &old_library::token(index, row)) };
        std::fs::write(&file, pack(&bundle, &Contents::ALL).unwrap()).unwrap();
        let arrived = mentor::open(&mut library, &env.folders(), &file, 9, &mut |_| Ok(())).unwrap();
        assert_eq!(arrived, mentor::OpenedBundle::Reply(ids[&audio]));
        assert!(library.replies::<Reply>(ids[&audio]).unwrap().contains(&reply));
        // Shared again, it is what the colleague has already.
        assert_eq!(library.token_of(ids[&audio]).unwrap(), old_library::token(index, row));
    }
}

/// Search folds what people type since schema 8: what an older library says is found so too, and nothing of it was typed.
#[test]
fn what_older_libraries_say_is_found_however_it_is_typed() {
    for version in 1..=8 {
        let env = TestEnv::new();
        std::fs::create_dir_all(env.recordings()).unwrap();
        let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/library-{version}.sqlite"));
        std::fs::copy(kept, env.folders().database()).unwrap();
        let library = Library::open(&env.folders()).unwrap();
        let id = library.last_conference().unwrap().unwrap();
        let record = library.load(id).unwrap();
        assert_eq!(record.data().typed, None, "schema {version}");
        let word = &record.transcript().words[1].text;
        let hits = library.search(&word.to_uppercase()).unwrap();
        assert_eq!(hits.iter().map(|hit| hit.conference.id).collect::<Vec<_>>(), [id], "schema {version}: {word}");
    }
}

/// What was unsure of the voices is kept since schema 7; of older conferences it is not known, and no range is said.
#[test]
fn what_was_unsure_is_read_from_schema_7_and_unknown_before() {
    for version in [6, 7] {
        let env = TestEnv::new();
        std::fs::create_dir_all(env.recordings()).unwrap();
        let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/library-{version}.sqlite"));
        std::fs::copy(kept, env.folders().database()).unwrap();
        let mut library = Library::open(&env.folders()).unwrap();
        let before = library.load(library.last_conference().unwrap().unwrap()).unwrap();
        let voices = &before.data().voices;
        let range = library.summaries().unwrap()[0].teacher_share_range;
        if version == 6 {
            assert_eq!((&voices.doubt, range, before.data().corrections.people), (&None, None, None));
            assert_eq!(voices.count_in_doubt(), Some((VoiceCount::HardToTell, [Millis(250)].as_slice())), "what was known is said as before");
        } else {
            let stretches = vec![VoiceSpan { span: Span::new(Millis(300), Millis(600)), voice: Voice(1) }];
            let doubt = Doubt { count: VoiceCount::HardToTell, is_noisy: true, moments: vec![Millis(0), Millis(600)], stretches };
            assert_eq!(voices.doubt, Some(doubt));
            assert_eq!(range, before.measures().teacher_talk().unwrap().range);
            assert!(range.is_some());
        }
        // The file beside the recording holds all of it.
        library.note_missing_sidecars().unwrap();
        library.keep_sidecars().unwrap();
        drop(library);
        std::fs::write(env.folders().database(), [b'x'; 5000]).unwrap();
        let (library, _) = safety::open_or_rebuild(&env.folders()).unwrap();
        assert_eq!(library.load(before.data().id).unwrap().data().voices, *voices);
    }
}
