//! Going back to a backup and making a damaged library again: what came from others, the teacher's voice, what was tagged and what was brought back from
//! among the deleted is there afterwards, and a kill in between is no loss.

use crate::support;
use crate::support::conferences::facts;
use afterbell::conference::*;
use afterbell::error::ErrorKind;
use afterbell::export::Reply;
use afterbell::library::{Library, ReceivedConference, StoredProfile};
use afterbell::work::{DeletedKey, deleted, safety};

/// A conference by its title: replies, channels, corrections, embeddings.
type OneConference = (String, Vec<Reply>, Vec<VoiceSpan>, Corrections, Option<Vec<u8>>);

/// All that hangs on a library, by names that do not change: replies, channels, tags, comments, voice, what is deleted.
#[derive(Debug, PartialEq)]
struct Content {
    conferences: Vec<OneConference>,
    shared: Vec<(String, String, Reply)>,
    voice: Option<StoredProfile>,
    deleted: Vec<(String, String)>,
    students: Vec<String>,
}

fn content(env: &support::TestEnv, library: &Library) -> Content {
    let mut conferences: Vec<_> = library
        .summaries()
        .unwrap()
        .iter()
        .map(|one| {
            let facts = library.load(one.id).unwrap().data().clone();
            (facts.audio, library.replies(one.id).unwrap(), library.channels(one.id).unwrap(), facts.corrections, library.embeddings(one.id).unwrap())
        })
        .collect();
    conferences.sort_by(|a, b| a.0.cmp(&b.0));
    let mut shared: Vec<_> = library.shared_ids().unwrap().into_iter().map(|id| library.shared::<Reply>(id).unwrap()).collect();
    shared.sort_by(|a, b| a.token.cmp(&b.token));
    let mut deleted: Vec<_> = deleted::list(library, &env.folders(), 0).unwrap().into_iter().map(|row| (row.name, row.what)).collect();
    deleted.sort();
    Content {
        conferences,
        shared: shared.into_iter().map(|one| (one.token, one.question, one.reply)).collect(),
        voice: library.voice_profile().unwrap(),
        deleted,
        students: library.students().unwrap().into_iter().map(|student| student.name).collect(),
    }
}

fn reply(mentor: &str) -> Reply {
    let mut reply = Reply { mentor: mentor.into(), ..Reply::default() };
    reply.comment(Millis(300), "Nice wait");
    reply
}

fn tagged() -> Corrections {
    Corrections { phases: vec![PhaseOverride { span: Span::new(Millis(0), Millis(600)), phase: Phase::Teach }], ..Corrections::default() }
}

fn keep_shared(library: &mut Library, (token, question): (&str, &str), facts: &ConferenceData, now_unix_ms: i64) -> SharedId {
    library.keep_shared(&ReceivedConference { token, question, facts, reply: &reply("") }, now_unix_ms).unwrap()
}

/// A library as it was in the morning, backed up then, and what happened since. What is in the hands of others, or brought back, is new since the backup.
fn lived_in(env: &support::TestEnv) -> (Library, ConferenceId) {
    let mut library = Library::open(&env.folders()).unwrap();
    let maya = library.add_student("Maya", None).unwrap();
    let omar = library.add_student("Omar", None).unwrap();
    let id = library.insert(&facts("a.wav", "How does it begin? With the gate.", 5, Some(maya.clone()))).unwrap();
    let back = library.insert(&facts("b.wav", "Brought back today", 6, Some(omar.clone()))).unwrap();
    library.delete(back, 1000).unwrap();
    library.delete_student(omar.id, 1000).unwrap();
    library.save_edit(id, Edit::Correct(Box::new(tagged()))).unwrap();
    let old = keep_shared(&mut library, ("aa11", "What about the end?"), &facts("", "A child elsewhere", 3, None), 1);
    library.back_up("2026-11-25").unwrap();
    library.set_voice_profile(Some(&StoredProfile { embedding: vec![0.25, -1.0], seconds: 20.0 })).unwrap();
    library.add_reply(id, &reply("Ms. Harper"), 7).unwrap();
    library.set_channels(id, &[VoiceSpan { span: Span::new(Millis(0), Millis(600)), voice: Voice(1) }]).unwrap();
    library.set_embeddings(id, b"how they sound").unwrap();
    library.restore(back).unwrap();
    library.restore_student(omar.id).unwrap();
    keep_shared(&mut library, ("bb22", "And this?"), &facts("", "Another child elsewhere", 4, None), 2);
    library.save_reply(old, &reply("me")).unwrap();
    library.delete_comment(old, 300, 5).unwrap();
    let gone = library.insert(&facts("c.wav", "Deleted today", 8, None)).unwrap();
    library.delete(gone, 2000).unwrap();
    library.keep_sidecars().unwrap();
    (library, id)
}

#[test]
fn going_back_loses_nothing_that_came_from_others_and_no_undo_of_a_deletion() {
    let env = support::TestEnv::new();
    let (mut library, id) = lived_in(&env);
    let before = content(&env, &library);
    library.save_edit(id, Edit::Title("Spoiled".into())).unwrap();
    safety::go_back_to(&mut library, "2026-11-25").unwrap();
    let after = content(&env, &library);
    let without_heard =
        |content: &Content| content.conferences.iter().map(|one| (one.0.clone(), one.1.clone(), one.2.clone(), one.3.clone())).collect::<Vec<_>>();
    assert_eq!(without_heard(&after), without_heard(&before), "replies, channels, tags");
    assert_eq!((&after.shared, &after.voice, &after.deleted, &after.students), (&before.shared, &before.voice, &before.deleted, &before.students));
    assert_eq!(library.load(id).unwrap().data().title, "A small moment", "and what the teacher did since is undone");
    // Made again afterwards it is the same: what stands beside the recordings followed.
    library.keep_sidecars().unwrap();
    drop(library);
    std::fs::write(env.folders().database(), b"garbage").unwrap();
    let (library, _) = safety::open_or_rebuild(&env.folders()).unwrap();
    assert_eq!(library.load(library.find_by_audio("a.wav").unwrap().unwrap()).unwrap().data().title, "A small moment");
    assert_eq!(library.voice_profile().unwrap(), before.voice, "from the file beside a database of which nothing could be read");
}

#[test]
fn a_library_that_was_damaged_is_made_again_with_all_that_hung_on_it() {
    for (how, spoil, has_file) in
        [("cannot be opened", true, true), ("cannot be opened, nor is there the file with the voice", true, false), ("can partly be read", false, false)]
    {
        let env = support::TestEnv::new();
        let (mut library, _) = lived_in(&env);
        let mut before = content(&env, &library);
        library.keep_sidecars().unwrap();
        drop(library);
        let path = env.folders().database();
        if spoil {
            std::fs::write(&path, vec![b'x'; 50_000]).unwrap();
            // Nobody can read what only the database had: how the voices sound is found again from the sound.
            before.conferences.iter_mut().for_each(|one| one.4 = None);
        }
        if !has_file {
            std::fs::remove_file(env.library().join("voice.json")).unwrap();
        }
        let is_lost = spoil && !has_file;
        before.voice.take_if(|_| is_lost);
        let (library, sentence) =
            if spoil { safety::open_or_rebuild(&env.folders()).map(|(library, said)| (library, said.unwrap())) } else { safety::rebuild(&env.folders()) }
                .unwrap();
        assert_eq!(content(&env, &library), before, "{how}");
        assert_eq!(sentence.contains("read aloud to it once more"), is_lost, "{how}: {sentence}");
    }
}

#[test]
fn a_kill_while_the_library_is_made_again_is_no_loss() {
    let env = support::TestEnv::new();
    let (library, _) = lived_in(&env);
    let before: Vec<_> = content(&env, &library).conferences.into_iter().map(|one| (one.0, one.1, one.2, one.3)).collect();
    drop(library);
    // Set aside, and killed before the new one was in its place.
    for ending in ["", "-wal", "-shm"] {
        let path = format!("{}{ending}", env.folders().database().display());
        std::fs::rename(path, env.library().join(format!("damaged 2026-11-25 08.00.00.sqlite{ending}"))).ok();
    }
    std::fs::write(env.library().join("library.part"), "half").unwrap();
    assert_eq!(Library::open(&env.folders()).unwrap_err().kind, ErrorKind::LibraryDamaged, "an empty one would hide every conference");
    let (library, sentence) = safety::open_or_rebuild(&env.folders()).unwrap();
    let after: Vec<_> = content(&env, &library).conferences.into_iter().map(|one| (one.0, one.1, one.2, one.3)).collect();
    assert_eq!(after, before);
    assert!(sentence.unwrap().contains("made again") && !env.library().join("library.part").exists());
}

#[test]
fn what_was_forgotten_comes_back_neither_from_a_backup_nor_from_a_sidecar() {
    let env = support::TestEnv::new();
    let (mut library, id) = lived_in(&env);
    let sidecar = std::fs::read(env.recordings().join("a.json")).unwrap();
    library.delete(id, 3000).unwrap();
    deleted::forget(&mut library, &env.folders(), &[DeletedKey::Conference(id)]).unwrap();
    safety::go_back_to(&mut library, "2026-11-25").unwrap();
    assert_eq!(library.find_by_audio("a.wav").unwrap(), None);
    // A removal that is not finished: the sidecar is still there, and nobody takes it in.
    std::fs::write(env.recordings().join("a.json"), sidecar).unwrap();
    std::fs::write(env.library().join("forgetting.json"), r#"{"audio": ["a.wav"]}"#).unwrap();
    safety::go_back_to(&mut library, "2026-11-25").unwrap();
    assert_eq!(library.find_by_audio("a.wav").unwrap(), None);
    drop(library);
    let (library, _) = safety::rebuild(&env.folders()).unwrap();
    assert_eq!(library.find_by_audio("a.wav").unwrap(), None);
}

/// What a file beside a recording says, changed.
fn changed(env: &support::TestEnv, name: &str, change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    let path = env.recordings().join(name);
    let mut said: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(&mut said);
    std::fs::write(&path, said.to_string()).unwrap();
    said.to_string().into_bytes()
}

fn title(library: &Library, audio: &str) -> String {
    library.load(library.find_by_audio(audio).unwrap().unwrap()).unwrap().data().title.clone()
}

#[test]
fn a_file_that_says_what_cannot_be_is_kept_and_leaves_nothing_behind() {
    let env = support::TestEnv::new();
    let (mut library, id) = lived_in(&env);
    let before = content(&env, &library);
    // By its id it is another conference; a child and a class that nobody knows stand in it too.
    let said = changed(&env, "b.json", |said| {
        said["facts"]["id"] = id.to_string().into();
        said["facts"]["title"] = "Of another".into();
        let class = "01a2284b-d078-72bb-8736-6dcb711bd663";
        said["classes"] = serde_json::json!([{ "id": class, "name": "Nobody’s class", "ended_unix_ms": null }]);
        said["students"] = serde_json::json!([{ "id": class, "name": "Nobody", "class": class, "archived_unix_ms": null }]);
    });
    assert_eq!(library.import_sidecars(true).unwrap(), 0);
    assert_eq!(content(&env, &library), before);
    assert_eq!(title(&library, "a.wav"), "A small moment");
    assert!(library.classes().unwrap().iter().all(|class| class.name != "Nobody’s class"));
    assert_eq!(std::fs::read(env.recordings().join("b.json.damaged")).unwrap(), said, "what it says may be wanted");
}

#[test]
fn a_mistake_of_the_program_is_no_damaged_file() {
    let env = support::TestEnv::new();
    let (mut library, _) = lived_in(&env);
    let said = changed(&env, "a.json", |said| said["facts"]["title"] = "Newer".into());
    // As if a statement of ours were wrong.
    rusqlite::Connection::open(env.folders().database()).unwrap().execute_batch("ALTER TABLE mark RENAME COLUMN at_ms TO elsewhere").unwrap();
    assert_eq!(library.import_sidecars(true).unwrap_err().kind, ErrorKind::Bug);
    assert_eq!(std::fs::read(env.recordings().join("a.json")).unwrap(), said);
}

/// Half a file, one of a newer Afterbell, a copy under another name, and what colleagues shared: each is kept when the library is made again, and it is said.
#[test]
fn nothing_is_written_over_a_file_that_cannot_be_read() {
    let env = support::TestEnv::new();
    let (library, _) = lived_in(&env);
    drop(library);
    for name in ["a", "b", "c"] {
        let spec = hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        let mut writer = hound::WavWriter::create(env.recordings().join(format!("{name}.wav")), spec).unwrap();
        (0..16_000).for_each(|n| writer.write_sample(n as i16).unwrap());
        writer.finalize().unwrap();
    }
    let a = std::fs::read(env.recordings().join("a.json")).unwrap();
    let half = &a[..a.len() / 2];
    std::fs::write(env.recordings().join("a.json"), half).unwrap();
    let newer = changed(&env, "b.json", |said| said["version"] = 99.into());
    let copy = std::fs::read(env.recordings().join("c.json")).unwrap();
    std::fs::write(env.recordings().join("c (1).json"), &copy).unwrap();
    let shared = env.folders().shared().join("aa11.json");
    std::fs::write(&shared, String::from_utf8(std::fs::read(&shared).unwrap()).unwrap().replace("\"reply\":\"{", "\"reply\":\"")).unwrap();
    // No backup either.
    std::fs::remove_dir_all(env.library().join("backups")).unwrap();
    std::fs::write(env.folders().database(), b"garbage").unwrap();
    let (library, sentence) = safety::open_or_rebuild(&env.folders()).unwrap();
    let sentence = sentence.unwrap();
    assert!(sentence.contains("4 files beside your recordings could not be read. They are kept, and so are the recordings."), "{sentence}");
    assert_eq!(library.summaries().unwrap().len(), 2, "the third was deleted and is still");
    assert_eq!(library.shared_ids().unwrap().len(), 1, "one that cannot be opened does not take the list of the others with it");
    assert_eq!(deleted::list(&library, &env.folders(), 0).unwrap().len(), 1);
    let kept = |name: &str| std::fs::read(env.recordings().join(format!("{name}.damaged"))).unwrap();
    assert_eq!((kept("a.json"), kept("b.json"), kept("c (1).json")), (half.to_vec(), newer, copy));
    assert!(env.folders().shared().join("aa11.json.damaged").exists());
}

#[test]
fn the_class_list_outlives_a_database_that_cannot_be_read() {
    let env = support::TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    let last_year = library.add_class("4A").unwrap();
    let maya = library.add_student("Maya", None).unwrap();
    library.insert(&facts("a.wav", "The gate", 1, Some(maya.clone()))).unwrap();
    library.back_up("2026-11-25").unwrap();
    // Today: a new class, a child nobody was recorded with, one who left, one taken off the list, one put back on it.
    library.end_class(last_year.id, Some(5)).unwrap();
    let this_year = library.add_class("4B").unwrap();
    let [omar, leo, ana, noa] = ["Omar", "Leo", "Ana", "Noa"].map(|name| library.add_student(name, None).unwrap());
    library.move_student(maya.id, this_year.id).unwrap();
    library.rename_student(omar.id, "Omar B.").unwrap();
    library.archive_student(leo.id, 7).unwrap();
    library.delete_student(ana.id, 8).unwrap();
    library.delete_student(noa.id, 9).unwrap();
    library.restore_student(noa.id).unwrap();
    library.keep_sidecars().unwrap();
    let all =
        |library: &Library| (library.classes().unwrap(), library.students().unwrap(), library.all_students().unwrap(), library.deleted_students().unwrap());
    let before = all(&library);
    assert_eq!(before.1.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Maya", "Noa", "Omar B."]);
    drop(library);
    for how in ["with a backup", "without"] {
        std::fs::write(env.folders().database(), vec![b'x'; 50_000]).unwrap();
        let (mut library, _) = safety::open_or_rebuild(&env.folders()).unwrap();
        assert_eq!(all(&library), before, "{how}");
        // Whoever is added now is in the class of this year.
        let new = library.add_student("Zoë", None).unwrap();
        let listed = library.all_students().unwrap().into_iter().find(|one| one.student == new).unwrap();
        assert_eq!(listed.class, Some(this_year.id), "{how}");
        library.delete_student(new.id, 1).unwrap();
        library.let_student_go(new.id).unwrap();
        library.forget(&afterbell::library::Forgetting { students: [(new.id.to_string(), new.name)].into(), ..Default::default() }).unwrap();
        std::fs::remove_dir_all(env.library().join("backups")).ok();
    }
    // With nothing but the class list there was a library.
    std::fs::remove_dir_all(env.recordings()).unwrap();
    for ending in ["", "-wal", "-shm"] {
        std::fs::remove_file(format!("{}{ending}", env.folders().database().display())).ok();
    }
    let (library, sentence) = safety::open_or_rebuild(&env.folders()).unwrap();
    assert!(sentence.is_some());
    assert_eq!(library.students().unwrap(), before.1);
}

#[test]
fn going_back_takes_back_what_was_done_to_the_class_list() {
    let env = support::TestEnv::new();
    let (mut library, _) = lived_in(&env);
    library.add_student("Added since", None).unwrap();
    library.keep_sidecars().unwrap();
    safety::go_back_to(&mut library, "2026-11-25").unwrap();
    library.keep_sidecars().unwrap();
    let names = |library: &Library| library.students().unwrap().into_iter().map(|one| one.name).collect::<Vec<_>>();
    assert_eq!(names(&library), ["Maya", "Omar"]);
    drop(library);
    // What was there before is kept as a backup, and stands first among them.
    std::fs::remove_dir_all(env.library().join("backups")).unwrap();
    std::fs::write(env.folders().database(), b"garbage").unwrap();
    let (library, _) = safety::open_or_rebuild(&env.folders()).unwrap();
    assert_eq!(names(&library), ["Maya", "Omar"], "the file followed");
}

#[test]
fn what_was_there_before_is_kept_each_time_somebody_goes_back() {
    let env = support::TestEnv::new();
    let (mut library, id) = lived_in(&env);
    let backups = |env: &support::TestEnv| afterbell::library::backups(&env.folders()).into_iter().map(|backup| backup.name).collect::<Vec<_>>();
    library.save_edit(id, Edit::Title("First".into())).unwrap();
    library.go_back_to("2026-11-25", "2026-11-25 12.00.00").unwrap();
    // Within the same second, with something else typed.
    library.save_edit(id, Edit::Title("Second".into())).unwrap();
    library.go_back_to("2026-11-25", "2026-11-25 12.00.00").unwrap();
    assert_eq!(backups(&env), ["2026-11-25 12.00.00 (2)", "2026-11-25 12.00.00", "2026-11-25"]);
    library.go_back_to("2026-11-25 12.00.00 (2)", "2026-11-25 12.00.01").unwrap();
    assert_eq!(title(&library, "a.wav"), "Second");
    library.go_back_to("2026-11-25 12.00.00", "2026-11-25 12.00.02").unwrap();
    assert_eq!(title(&library, "a.wav"), "First");
}
