//! What is deleted can be brought back for 30 days, and what is gone is gone: from every file of the library folder, in every byte.

use crate::support;
use crate::support::conferences::facts;
use afterbell::conference::*;
use afterbell::error::ErrorKind;
use afterbell::export::Reply;
use afterbell::files::temporary_prefix;
use afterbell::library::{Forgetting, Library, ReceivedConference, StoredProfile, backups};
use afterbell::settings::Folders;
use afterbell::work::{DeletedKey, Desk, Event, LibraryCommand, LibraryQuery, Ticket, deleted, record, recovery, safety};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const DAY: i64 = 24 * 3_600_000;
const NOW: i64 = 1_800_000_000_000;

/// Bytes that no other file has: the sound of a conference.
fn sound(seed: u64) -> Vec<u8> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    std::iter::repeat_with(next).take(64_000).collect()
}

fn write_wav(path: &Path, seed: u64) {
    let spec = hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for pair in sound(seed).chunks_exact(2) {
        writer.write_sample(i16::from_le_bytes([pair[0], pair[1]])).unwrap();
    }
    writer.finalize().unwrap();
}

fn every_file(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() { found.extend(every_file(&path)) } else { found.push(path) }
    }
    found
}

/// The files in which any of these bytes stand, or in whose names they do.
fn holding(folder: &Path, what: &[&[u8]]) -> Vec<String> {
    let holds = |bytes: &[u8]| what.iter().any(|wanted| bytes.windows(wanted.len()).any(|window| window.eq_ignore_ascii_case(wanted)));
    let all = every_file(folder).into_iter();
    all.filter(|path| holds(&std::fs::read(path).unwrap()) || holds(path.to_string_lossy().as_bytes())).map(|path| path.display().to_string()).collect()
}

const STEM: &str = "2026-11-25 22.04.50 1a2b";

/// A library with one conference to be forgotten, in every place where a copy of it can be, and another one that stays.
fn full(env: &support::TestEnv) -> (Library, ConferenceId, ConferenceId) {
    let folders = env.folders();
    let mut library = Library::open(&folders).unwrap();
    let child = library.add_student("Quendolin", None).unwrap();
    let stays = library.insert(&facts("2026-11-24 09.00.00 9f9f.wav", "The gate stays where it is", 1, None)).unwrap();
    write_wav(&env.recordings().join("2026-11-24 09.00.00 9f9f.wav"), 5);
    let id = library.insert(&facts(&format!("{STEM}.wav"), "Zwiebelkuchen is a word nobody else says", 2, Some(child.clone()))).unwrap();
    library.save_edit(id, Edit::Note(Question::Pacing, "Quittengelee".into())).unwrap();
    library.set_embeddings(id, b"EMBEDDINGEMBEDDING").unwrap();
    let reply = Reply { mentor: "Pfefferminz".into(), ..Reply::default() };
    library.add_reply(id, &reply, 7).unwrap();
    library.set_channels(id, &[VoiceSpan { span: Span::new(Millis(1), Millis(2)), voice: Voice(0) }]).unwrap();
    // A long recording: three files, the second of which was lost.
    for (ending, seed) in [("wav", 1), ("3.wav", 3)] {
        write_wav(&env.recordings().join(format!("{STEM}.{ending}")), seed);
    }
    for ending in ["draft", "session.json", "running", "part"] {
        std::fs::write(env.recordings().join(format!("{STEM}.{ending}")), "Zwiebelkuchen, transcribed so far").unwrap();
    }
    // A kill while the sidecar was written.
    let half = format!("{}a1B2c3.tmp", temporary_prefix(&format!("{STEM}.json")));
    std::fs::write(env.recordings().join(half), "{\"facts\": \"Zwiebelkuchen").unwrap();
    library.keep_sidecars().unwrap();
    // Files that could not be read and were kept: of this conference, of another one in which the child was named, of the class list; and halves.
    std::fs::write(env.recordings().join(format!("{STEM}.json (2).damaged")), "{\"facts\": \"Zwiebelkuchen").unwrap();
    std::fs::write(env.recordings().join("2026-11-24 09.00.00 9f9f.json.damaged"), "{\"students\": [\"Quendolin").unwrap();
    std::fs::write(env.library().join("classes.json.damaged"), "{\"students\": [\"Quendolin").unwrap();
    for file in ["classes.json", "forgetting.json"] {
        std::fs::write(env.library().join(format!("{}a1B2c3.tmp", temporary_prefix(file))), "{\"students\": [\"Quendolin").unwrap();
    }
    for day in ["2026-11-24", "2026-11-25", "2026-11-25 12.00.00"] {
        library.back_up(day).unwrap();
    }
    // One of them from the schema before, one that cannot be read, one half-made.
    std::fs::write(env.library().join("backups/2026-11-20.sqlite"), "this is no database but says Zwiebelkuchen").unwrap();
    std::fs::write(env.library().join("backups/backup.part"), "Zwiebelkuchen").unwrap();
    // Set aside as damaged: one that can still be cleaned, one that cannot.
    std::fs::copy(folders.database(), env.library().join("damaged 2026-11-23 08.00.00.sqlite")).unwrap();
    std::fs::copy(format!("{}-wal", folders.database().display()), env.library().join("damaged 2026-11-23 08.00.00.sqlite-wal")).unwrap();
    let mut bytes = std::fs::read(folders.database()).unwrap();
    bytes.extend_from_slice(b"Zwiebelkuchen Quendolin");
    bytes[..16].fill(b'x');
    std::fs::write(env.library().join("damaged 2026-11-22 08.00.00.sqlite"), bytes).unwrap();
    std::fs::write(env.library().join("afterbell.log"), format!("one\nkept {STEM}.wav for Quendolin\ntwo\n")).unwrap();
    assert!(std::fs::read_to_string(env.library().join("classes.json")).unwrap().contains("Quendolin"));
    library.delete_student(child.id, NOW).unwrap();
    library.let_student_go(child.id).unwrap();
    (library, id, stays)
}

fn words() -> Vec<Vec<u8>> {
    // The sound is looked for by its middle.
    let spoken = ["zwiebelkuchen", "quittengelee", "pfefferminz", "EMBEDDINGEMBEDDING", "quendolin", STEM].map(|word| word.as_bytes().to_vec());
    let sounds = [1, 3].map(|seed| sound(seed)[30_000..30_032].to_vec());
    spoken.into_iter().chain(sounds).collect()
}

#[test]
fn what_is_forgotten_is_in_no_byte_of_any_file() {
    let env = support::TestEnv::new();
    let (mut library, id, stays) = full(&env);
    let words = words();
    let wanted: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    assert!(holding(&env.library(), &wanted).len() >= 12, "there is a copy in each place: {:?}", holding(&env.library(), &wanted));
    library.delete(id, NOW).unwrap();
    library.keep_sidecars().unwrap();
    // Another lane has the library open, as in a window.
    let other = Library::open(&env.folders()).unwrap();
    assert_eq!(other.summaries().unwrap().len(), 1);
    let still_there = deleted::forget(&mut library, &env.folders(), &[DeletedKey::Conference(id)]).unwrap();
    assert_eq!(still_there.sentence(), None);
    assert_eq!(holding(&env.library(), &wanted), Vec::<String>::new(), "while the library is open");
    drop((library, other));
    assert_eq!(holding(&env.library(), &wanted), Vec::<String>::new(), "and closed");
    // What stays, stays: its sound, its row in the library and in the backups, the other lines of the log.
    let library = Library::open(&env.folders()).unwrap();
    assert_eq!(library.load(stays).unwrap().data().audio, "2026-11-24 09.00.00 9f9f.wav");
    assert!(!holding(&env.library(), &[&sound(5)[30_000..30_032]]).is_empty());
    assert_eq!(library.search("gate").unwrap().len(), 1);
    library.integrity_check(true).unwrap();
    assert_eq!(backups(&env.folders()).len(), 3, "the one that was no database went");
    assert_eq!(std::fs::read_to_string(env.library().join("afterbell.log")).unwrap(), "one\ntwo\n");
    assert!(Forgetting::pending(&env.folders()) == Forgetting::default() && !env.library().join("forgetting.json").exists());
    assert!(recovery::orphans(&library, &env.folders()).unwrap().is_empty());
}

#[test]
fn a_file_that_cannot_be_removed_is_said_and_tried_again_and_never_adopted() {
    let env = support::TestEnv::new();
    let (mut library, id, _) = full(&env);
    library.delete(id, NOW).unwrap();
    // Another program holds the first file of the sound.
    let wav = env.recordings().join(format!("{STEM}.wav"));
    std::fs::remove_file(&wav).unwrap();
    let held = Held::file(&wav);
    let still_there = deleted::forget(&mut library, &env.folders(), &[DeletedKey::Conference(id)]).unwrap();
    let sentence = still_there.sentence().unwrap();
    assert!(sentence.contains("could not be removed") && sentence.contains("tries again"), "{sentence}");
    assert!(library.deleted_conferences().unwrap().is_empty(), "it is gone from every list");
    // Neither repair nor a library made again takes it for a forgotten recording.
    assert!(recovery::orphans(&library, &env.folders()).unwrap().is_empty());
    assert!(recovery::adopt_orphans(&mut library, &env.folders()).unwrap().kept.is_empty());
    assert!(record::interrupted(&env.folders()).unwrap().is_empty());
    drop(library);
    let (library, _) = safety::rebuild(&env.folders()).unwrap();
    assert_eq!(library.summaries().unwrap().len(), 1, "what stays");
    drop((library, held));
    // The next start finishes it.
    let mut library = Library::open(&env.folders()).unwrap();
    assert_eq!(deleted::purge(&mut library, &env.folders(), NOW).unwrap().sentence(), None);
    let words = words();
    let wanted: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    assert_eq!(holding(&env.library(), &wanted), Vec::<String>::new());
}

/// A file that cannot be removed until this is dropped: marked immutable, which stops root too, or in a folder that may not be changed, which stops others.
struct Held {
    path: PathBuf,
}

impl Held {
    fn file(path: &Path) -> Self {
        write_wav(path, 1);
        let immutable = std::process::Command::new("chattr").arg("+i").arg(path).status().is_ok_and(|status| status.success());
        if !immutable {
            let folder = path.parent().unwrap();
            let mut permissions = std::fs::metadata(folder).unwrap().permissions();
            permissions.set_readonly(true);
            std::fs::set_permissions(folder, permissions).unwrap();
        }
        Self { path: path.to_owned() }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        std::process::Command::new("chattr").arg("-i").arg(&self.path).status().ok();
        let folder = self.path.parent().unwrap();
        let mut permissions = std::fs::metadata(folder).unwrap().permissions();
        #[expect(clippy::permissions_set_readonly_false, reason = "a folder of this test alone")]
        permissions.set_readonly(false);
        std::fs::set_permissions(folder, permissions).unwrap();
    }
}

#[test]
fn a_kill_in_the_middle_of_forgetting_is_finished_by_the_next_start() {
    let env = support::TestEnv::new();
    let (library, _, stays) = full(&env);
    // Written down and no further: as after a kill right then.
    let mut what = Forgetting { audio: [format!("{STEM}.wav")].into(), ..Forgetting::default() };
    what.students.extend(library.known_only_from(&what).unwrap());
    drop(library);
    std::fs::write(env.library().join("forgetting.json"), serde_json::to_vec(&what).unwrap()).unwrap();
    let (desk, events) = Desk::start(env.folders(), Arc::new(|| {})).unwrap();
    while !matches!(events.recv_timeout(std::time::Duration::from_secs(30)).unwrap(), Event::Listed { .. }) {}
    drop(desk);
    let words = words();
    let wanted: Vec<&[u8]> = words.iter().map(Vec::as_slice).collect();
    assert_eq!(holding(&env.library(), &wanted), Vec::<String>::new());
    Library::open(&env.folders()).unwrap().load(stays).unwrap();
}

/// A conference of a colleague with two comments on it.
fn share(library: &mut Library, folders: &Folders, token: &str) -> SharedId {
    let mut reply = Reply::default();
    reply.comment(Millis(1000), "Rosenkohl here");
    reply.comment(Millis(5000), "And there");
    std::fs::create_dir_all(folders.shared()).unwrap();
    write_wav(&folders.shared().join(format!("{token}.wav")), 9);
    let facts = ConferenceData { audio: format!("{token}.wav"), ..facts("x.wav", "Mirabellenmus said a child elsewhere", 3, None) };
    library.keep_shared(&ReceivedConference { token, question: "What do you think of Mirabellenmus?", facts: &facts, reply: &reply }, NOW).unwrap()
}

#[test]
fn everything_that_is_deleted_is_in_one_place_and_comes_back() {
    let env = support::TestEnv::new();
    let folders = env.folders();
    let mut library = Library::open(&folders).unwrap();
    let maya = library.add_student("Maya", None).unwrap();
    let own = library.insert(&facts("a.wav", "The gate", 1, Some(maya.clone()))).unwrap();
    write_wav(&env.recordings().join("a.wav"), 1);
    let (shared, other) = (share(&mut library, &folders, "aa11aa11aa11"), share(&mut library, &folders, "bb22bb22bb22"));
    write_wav(&env.recordings().join("cut.wav"), 2);
    let lock = serde_json::json!({ "version": 1, "student": maya.id, "students": 1, "started_unix_ms": 5, "marks": [10], "dropouts": [] });
    std::fs::write(env.recordings().join("cut.session.json"), lock.to_string()).unwrap();
    let replies = |library: &Library, id| library.shared::<Reply>(id).unwrap().reply;
    let all_of_it = replies(&library, shared);
    let comment = deleted::delete_comment(&mut library, other, Millis(1000), NOW).unwrap().unwrap();
    assert_eq!(deleted::delete_comment(&mut library, other, Millis(7), NOW).unwrap(), None);
    let keys = [DeletedKey::Conference(own), DeletedKey::Recording("cut".into()), DeletedKey::Shared(shared), comment.clone(), DeletedKey::Student(maya.id)];
    for (n, key) in keys.iter().enumerate().filter(|(_, key)| **key != comment) {
        deleted::delete(&mut library, &folders, key, NOW + n as i64 * DAY).unwrap();
    }
    assert!(library.summaries().unwrap().is_empty() && library.students().unwrap().is_empty() && record::interrupted(&folders).unwrap().is_empty());
    assert_eq!((library.shared_ids().unwrap(), replies(&library, other).comments.len()), (vec![other], 1));
    assert!(recovery::adopt_orphans(&mut library, &folders).unwrap().kept.is_empty(), "what waits is no forgotten recording");
    let rows = deleted::list(&library, &folders, NOW + 4 * DAY + 1).unwrap();
    let said: Vec<_> = rows.iter().map(|row| (row.key.clone(), row.days_left)).collect();
    let of = |n: usize, left| (keys[n].clone(), left);
    assert_eq!(said, [of(4, 30), of(2, 28), of(1, 27), of(0, 26), of(3, 26)], "the last deleted first, days rounded up");
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["Maya", "Student", "Maya", "Maya", "“Rosenkohl here”"]);
    assert!(rows[3].bytes > 64_000 && rows[3].what.ends_with("Sound and words."), "{rows:?}");
    // A restart changes nothing; neither does a day less than thirty.
    drop(library);
    let mut library = Library::open(&folders).unwrap();
    deleted::purge(&mut library, &folders, NOW + 30 * DAY).unwrap();
    assert_eq!(deleted::list(&library, &folders, NOW).unwrap().len(), 5);
    for key in &keys {
        deleted::restore(&mut library, &folders, key).unwrap();
    }
    assert!(deleted::list(&library, &folders, NOW).unwrap().is_empty());
    assert_eq!(library.load(own).unwrap().student_name(), "Maya");
    assert_eq!((library.search("gate").unwrap().len(), library.students().unwrap().len()), (1, 1));
    assert_eq!((replies(&library, shared), replies(&library, other)), (all_of_it.clone(), all_of_it), "every comment");
    let cut = record::interrupted(&folders).unwrap().remove(0);
    assert_eq!((cut.name.as_str(), cut.participants, cut.marks), ("cut", vec![maya.id], vec![Millis(10)]));
}

#[test]
fn after_thirty_days_each_kind_is_gone_from_every_byte() {
    let env = support::TestEnv::new();
    let folders = env.folders();
    let mut library = Library::open(&folders).unwrap();
    let (gone, stays) = (share(&mut library, &folders, "aa11aa11aa11"), share(&mut library, &folders, "bb22bb22bb22"));
    let leaves = library.add_student("Quendolin", None).unwrap();
    write_wav(&env.recordings().join("cut.wav"), 2);
    std::fs::write(env.recordings().join("cut.session.json"), "{}").unwrap();
    library.keep_sidecars().unwrap();
    library.back_up("2026-11-25").unwrap();
    let comment = deleted::delete_comment(&mut library, stays, Millis(1000), NOW).unwrap().unwrap();
    for key in [DeletedKey::Shared(gone), DeletedKey::Student(leaves.id), DeletedKey::Recording("cut".into())] {
        deleted::delete(&mut library, &folders, &key, NOW).unwrap();
    }
    library.keep_sidecars().unwrap();
    assert_eq!(deleted::purge(&mut library, &folders, NOW + 30 * DAY + 1).unwrap().sentence(), None);
    library.keep_sidecars().unwrap();
    assert!(deleted::list(&library, &folders, NOW).unwrap().is_empty());
    let cut = sound(2);
    assert_eq!(holding(&env.library(), &[b"rosenkohl", b"quendolin", b"aa11aa11aa11", &cut[30_000..30_032]]), Vec::<String>::new());
    assert_eq!(deleted::restore(&mut library, &folders, &comment).unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(library.shared::<Reply>(stays).unwrap().reply.comments.len(), 1, "the other comment stays");
    assert!(folders.shared().join("bb22bb22bb22.wav").exists());
}

#[test]
fn only_what_was_deleted_can_be_forgotten_and_a_child_with_conferences_keeps_the_name() {
    let env = support::TestEnv::new();
    let folders = env.folders();
    let mut library = Library::open(&folders).unwrap();
    let maya = library.add_student("Maya", None).unwrap();
    let id = library.insert(&facts("a.wav", "The gate", 1, Some(maya.clone()))).unwrap();
    assert_eq!(deleted::forget(&mut library, &folders, &[DeletedKey::Conference(id)]).unwrap_err().kind, ErrorKind::NotFound);
    deleted::delete(&mut library, &folders, &DeletedKey::Student(maya.id), NOW).unwrap();
    deleted::forget(&mut library, &folders, &[DeletedKey::Student(maya.id)]).unwrap();
    assert_eq!(library.load(id).unwrap().student_name(), "Maya", "the conference stays as it is");
    assert!(deleted::list(&library, &folders, NOW).unwrap().is_empty());
    // The name goes with the last conference that holds it.
    library.delete(id, NOW).unwrap();
    deleted::forget(&mut library, &folders, &[DeletedKey::Conference(id)]).unwrap();
    assert_eq!(library.student(maya.id).unwrap(), None);
}

#[test]
fn a_colleagues_conference_that_is_opened_again_comes_back_with_what_was_said_to_it() {
    let env = support::TestEnv::new();
    let folders = env.folders();
    let mut library = Library::open(&folders).unwrap();
    let id = share(&mut library, &folders, "aa11aa11aa11");
    library.set_shared_deleted(id, Some(NOW)).unwrap();
    let facts = library.shared::<Reply>(id).unwrap().facts;
    assert_eq!(library.keep_shared(&ReceivedConference { token: "aa11aa11aa11", question: "?", facts: &facts, reply: &Reply::default() }, NOW).unwrap(), id);
    assert_eq!((library.shared_ids().unwrap(), library.shared::<Reply>(id).unwrap().reply.comments.len()), (vec![id], 2));
}

#[test]
fn the_teachers_voice_is_forgotten_in_damaged_copies_too() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    library.set_voice_profile(Some(&StoredProfile { embedding: vec![0.123_456; 64], seconds: 9.0 })).unwrap();
    std::fs::copy(env.folders().database(), env.library().join("damaged 2026-11-23 08.00.00.sqlite")).unwrap();
    std::fs::copy(format!("{}-wal", env.folders().database().display()), env.library().join("damaged 2026-11-23 08.00.00.sqlite-wal")).unwrap();
    let voice = 0.123_456_f32.to_le_bytes().repeat(8);
    let beside = b"0.123456,0.123456";
    assert!(holding(&env.library(), &[&voice]).len() >= 2);
    assert!(matches!(&holding(&env.library(), &[beside])[..], [one] if one.ends_with("voice.json")));
    afterbell::work::voice::forget(&mut library).unwrap();
    assert_eq!(holding(&env.library(), &[&voice, beside]), Vec::<String>::new());
    // Nor does it come again with a library that is made anew.
    library.insert(&facts("a.wav", "The gate", 1, None)).unwrap();
    library.keep_sidecars().unwrap();
    drop(library);
    std::fs::write(env.folders().database(), b"garbage").unwrap();
    let (library, _) = safety::open_or_rebuild(&env.folders()).unwrap();
    assert_eq!(library.voice_profile().unwrap(), None);
}

#[test]
fn undo_after_deleting_brings_the_list_up_to_date() {
    let env = support::TestEnv::new();
    let id = Library::open(&env.folders()).unwrap().insert(&facts("a.wav", "The gate", 1, None)).unwrap();
    let (desk, events) = Desk::start(env.folders(), Arc::new(|| {})).unwrap();
    let hear = |what: &str, wanted: &dyn Fn(&Event) -> bool| {
        while let Ok(event) = events.recv_timeout(std::time::Duration::from_secs(30)) {
            if wanted(&event) {
                return;
            }
        }
        panic!("never heard {what}");
    };
    desk.send(LibraryCommand::Delete(DeletedKey::Conference(id)).into());
    hear("that it is deleted", &|event| matches!(event, Event::Deleted(DeletedKey::Conference(gone)) if *gone == id));
    desk.send(LibraryQuery::ListDeleted.into());
    hear("that it waits", &|event| matches!(event, Event::DeletedList(rows) if rows.len() == 1));
    desk.send(LibraryCommand::Restore(DeletedKey::Conference(id)).into());
    hear("that it is back", &|event| matches!(event, Event::Restored(_)));
    desk.send(LibraryQuery::List(Ticket(9)).into());
    hear("it in the list", &|event| matches!(event, Event::Listed { ticket: Ticket(9), conferences } if conferences.len() == 1));
    desk.send(LibraryCommand::Delete(DeletedKey::Conference(id)).into());
    desk.send(LibraryCommand::Forget(vec![DeletedKey::Conference(id)]).into());
    hear("that nothing waits any more", &|event| matches!(event, Event::DeletedList(rows) if rows.is_empty()));
}

#[test]
fn the_command_line_lists_restores_and_forgets() {
    let env = support::TestEnv::new();
    let id = Library::open(&env.folders()).unwrap().insert(&facts("a.wav", "The gate", 1, None)).unwrap();
    write_wav(&env.recordings().join("a.wav"), 1);
    assert_eq!(env.json(&["deleted", "list"]), serde_json::json!([]));
    let key = DeletedKey::Conference(id).to_string();
    let rows = env.json(&["deleted", "add", key.trim_start_matches("conference-")]);
    assert_eq!((rows[0]["which"].as_str().unwrap(), &rows[0]["days_left"]), (key.as_str(), &serde_json::json!(30)));
    assert_eq!(env.json(&["deleted", "restore", &key]), serde_json::json!([]));
    assert_eq!(env.json(&["list"]).as_array().unwrap().len(), 1);
    let (code, _, said) = env.run(&["deleted", "forget", &key]);
    assert!(code == 1 && said.contains("not in your library"), "what was not deleted is not forgotten: {said}");
    env.json(&["deleted", "add", key.trim_start_matches("conference-")]);
    assert_eq!(env.json(&["deleted", "forget", "--all"]), serde_json::json!([]));
    assert!(!env.recordings().join("a.wav").exists() && !env.recordings().join("a.json").exists());
    assert!(env.run(&["deleted", "list"]).1.contains("Nothing here"));
    // A child taken off the class list, and put back.
    env.json(&["student", "add", "Maya"]);
    assert_eq!(env.json(&["student", "delete", "maya"]), serde_json::json!([]));
    let rows = env.json(&["deleted", "list"]);
    assert_eq!((rows[0]["name"].as_str(), rows[0]["days_left"].as_u64()), (Some("Maya"), Some(30)), "{rows}");
    env.json(&["deleted", "restore", rows[0]["which"].as_str().unwrap()]);
    assert_eq!(env.json(&["student", "list"])[0]["name"], "Maya");
}

#[test]
fn a_library_that_is_not_there_any_more_is_said_and_not_made_anew() {
    let env = support::TestEnv::new();
    // The first start makes it.
    env.json(&["list"]);
    let elsewhere = env.folder.path().join("stick");
    std::fs::rename(env.library(), &elsewhere).unwrap();
    for arguments in [&["list"][..], &["record", "--seconds", "1"], &["doctor"], &["models", "list"], &["deleted", "list"]] {
        let (code, _, said) = env.run(arguments);
        assert!(code == 1 && said.contains("is not there. Nothing was changed. Plug in the drive"), "{arguments:?}: {said}");
        assert!(!env.library().exists(), "{arguments:?}");
    }
    // A drive that is not there at all.
    let away = Folders::find(Some(env.folder.path().join("no drive/Afterbell")));
    assert_eq!(Library::open(&away).unwrap_err().kind, ErrorKind::LibraryAway);
    let (desk, events) = Desk::start(away, Arc::new(|| {})).unwrap();
    let said = std::iter::from_fn(|| events.recv_timeout(std::time::Duration::from_secs(30)).ok());
    let kind = said.filter_map(|event| if let Event::CannotOpen(problem) = event { Some(problem.kind) } else { None }).next();
    assert_eq!(kind, Some(ErrorKind::LibraryAway), "the window has a screen of its own that says so");
    drop(desk);
    assert!(!env.folder.path().join("no drive").exists());
    // Back again.
    std::fs::rename(&elsewhere, env.library()).unwrap();
    env.json(&["list"]);
}
