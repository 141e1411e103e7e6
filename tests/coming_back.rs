//! Going back to a backup and making a damaged library again: what came from others, the teacher's voice, what was tagged and what was brought back from
//! among the deleted is there afterwards, and a kill in between is no loss.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says by panicking what went wrong")]

mod support;

use afterbell::conference::*;
use afterbell::error::ErrorKind;
use afterbell::export::Reply;
use afterbell::library::{Library, StoredProfile};
use afterbell::work::{DeletedKey, deleted, safety};
use support::conferences::facts;

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
            let facts = library.load(one.id).unwrap().facts().clone();
            (facts.audio, library.replies(one.id).unwrap(), library.channels(one.id).unwrap(), facts.corrections, library.heard(one.id).unwrap())
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
    Corrections { phases: vec![PhaseFix { span: Span::new(Millis(0), Millis(600)), phase: Phase::Teach }], ..Corrections::default() }
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
    let old = library.keep_shared("aa11", "What about the end?", &facts("", "A child elsewhere", 3, None), &reply(""), 1).unwrap();
    library.back_up("2026-11-25").unwrap();
    library.set_voice_profile(Some(&StoredProfile { embedding: vec![0.25, -1.0], seconds: 20.0 })).unwrap();
    library.add_reply(id, &reply("Ms. Harper"), 7).unwrap();
    library.set_channels(id, &[VoiceSpan { span: Span::new(Millis(0), Millis(600)), voice: Voice(1) }]).unwrap();
    library.set_heard(id, b"how they sound").unwrap();
    library.restore(back).unwrap();
    library.restore_student(omar.id).unwrap();
    library.keep_shared("bb22", "And this?", &facts("", "Another child elsewhere", 4, None), &reply(""), 2).unwrap();
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
    assert_eq!(library.load(id).unwrap().facts().title, "A small moment", "and what the teacher did since is undone");
    // Made again afterwards it is the same: what stands beside the recordings followed.
    library.keep_sidecars().unwrap();
    drop(library);
    std::fs::write(env.folders().database(), b"garbage").unwrap();
    let (library, _) = safety::open_or_rebuild(&env.folders()).unwrap();
    assert_eq!(library.load(library.find_by_audio("a.wav").unwrap().unwrap()).unwrap().facts().title, "A small moment");
}

#[test]
fn a_library_that_was_damaged_is_made_again_with_all_that_hung_on_it() {
    for (how, spoil) in [("cannot be opened", true), ("can partly be read", false)] {
        let env = support::TestEnv::new();
        let (mut library, _) = lived_in(&env);
        let mut before = content(&env, &library);
        library.keep_sidecars().unwrap();
        drop(library);
        let path = env.folders().database();
        if spoil {
            std::fs::write(&path, vec![b'x'; 50_000]).unwrap();
            // Nobody can read what only the database had: how the voices sound is found again from the sound, the teacher's voice by reading aloud.
            before.voice = None;
            before.conferences.iter_mut().for_each(|one| one.4 = None);
        }
        let (library, sentence) =
            if spoil { safety::open_or_rebuild(&env.folders()).map(|(library, said)| (library, said.unwrap())) } else { safety::rebuild(&env.folders()) }
                .unwrap();
        assert_eq!(content(&env, &library), before, "{how}");
        assert_eq!(sentence.contains("read aloud to it once more"), spoil, "{how}: {sentence}");
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
