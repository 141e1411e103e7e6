//! A conference stays itself: whatever happens to the list, what is done to one reaches that one and no other.

use crate::support;
use crate::support::TestEnv;
use crate::support::conferences::rain;
use afterbell::conference::*;
use afterbell::library::{AnalysisResult, Library};

/// A conference of its own sound, with one word that nobody else says.
fn facts(number: usize) -> ConferenceData {
    let mut facts = rain().data().clone();
    facts.id = ConferenceId::NONE;
    (facts.participants, facts.audio, facts.title) = (Vec::new(), format!("{number}.wav"), format!("Conference {number}"));
    facts
}

fn words(of: &str) -> Transcript {
    let span = Span::new(Millis(0), Millis(400));
    Transcript { words: vec![Word { text: of.into(), span, confidence: 0.9 }], ..Transcript::default() }
}

#[test]
fn work_that_waited_while_the_library_went_back_is_saved_where_it_belongs() {
    let env = TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    library.insert(&facts(0)).unwrap();
    library.back_up("2026-11-02").unwrap();
    // Made since: they come back from the files beside the recordings, in whatever order the folder lists them.
    let queue: Vec<(ConferenceId, String)> = (1..9).map(|number| (library.insert(&facts(number)).unwrap(), format!("{number}.wav"))).collect();
    library.keep_sidecars().unwrap();
    library.go_back_to("2026-11-02", "2026-11-02 12.00.00").unwrap();
    for (id, audio) in &queue {
        let voices = Voices::default();
        let (transcript, length, stage) = (words(audio), Millis(400), Stage::Transcribed);
        let found = AnalysisResult { transcript: &transcript, voices: &voices, voices_before: &voices, envelope: &[], length, stage };
        library.save_analysis(*id, &found).unwrap();
    }
    for (id, audio) in &queue {
        let record = library.load(*id).unwrap();
        assert_eq!((&record.data().audio, &record.transcript().words[0].text), (audio, audio), "one child's words in another child's conference");
    }
}

#[test]
fn going_back_and_making_again_give_nobody_another_id() {
    let env = TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    let ids: Vec<ConferenceId> = (0..6).map(|number| library.insert(&facts(number)).unwrap()).collect();
    library.back_up("2026-11-02").unwrap();
    let later: Vec<ConferenceId> = (6..9).map(|number| library.insert(&facts(number)).unwrap()).collect();
    library.keep_sidecars().unwrap();
    let all = || -> Vec<ConferenceId> { ids.iter().chain(&later).copied().collect() };
    let is_whole = |library: &Library, how: &str| {
        for (number, id) in all().into_iter().enumerate() {
            assert_eq!(library.load(id).unwrap().data().audio, format!("{number}.wav"), "{how}");
        }
    };
    library.go_back_to("2026-11-02", "2026-11-02 12.00.00").unwrap();
    is_whole(&library, "went back");
    assert_eq!(library.import_sidecars(true).unwrap(), 0, "nothing is new in what stands beside the recordings");
    is_whole(&library, "took the sidecars in");
    drop(library);
    // The database is gone, then the backups too.
    for without_backups in [false, true] {
        std::fs::write(env.folders().database(), [b'x'; 5000]).unwrap();
        if without_backups {
            std::fs::remove_dir_all(env.library().join("backups")).unwrap();
        }
        let (library, said) = afterbell::work::safety::open_or_rebuild(&env.folders()).unwrap();
        assert!(said.is_some());
        is_whole(&library, "made again");
    }
}

#[test]
fn a_conference_has_its_id_from_the_first_sample_on() {
    let env = TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    let maya = library.add_student("Maya", None).unwrap();
    std::fs::create_dir_all(env.recordings()).unwrap();
    let (id, name) = (ConferenceId::from_u128(0x0193_8f5a_7c00_7abc_8def_0123_4567_89ab), "2026-11-02 09.00.00 abcd");
    // Cut off: there is the sound and the session's lock, and nothing else.
    let sound = support::clip(env.folder.path(), "maya", 2.0);
    std::fs::copy(sound, env.recordings().join(format!("{name}.wav"))).unwrap();
    let lock = serde_json::json!({ "version": 2, "id": id, "student": maya.id, "students": 1, "started_unix_ms": 1_700_000_000_000_i64, "marks": [] });
    std::fs::write(env.recordings().join(format!("{name}.session.json")), lock.to_string()).unwrap();
    drop(library);
    env.json(&["repair", "--no-transcript"]);
    let listed = env.json(&["list"]);
    assert_eq!((listed[0]["id"].as_str().unwrap(), &listed[0]["participants"][0]["student"]["name"]), (id.to_string().as_str(), &"Maya".into()));
    assert_eq!(listed[0]["participants"][0]["student"]["id"], maya.id.to_string());
}

#[test]
fn a_lock_from_before_ids_still_knows_the_child() {
    let env = TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    library.add_student("Omar", None).unwrap();
    let maya = library.add_student("Maya", None).unwrap();
    drop(library);
    let name = "2026-11-02 09.00.00 abcd";
    std::fs::copy(support::clip(env.folder.path(), "maya", 2.0), env.recordings().join(format!("{name}.wav"))).unwrap();
    let lock = r#"{"version":1,"student":2,"students":1,"started_unix_ms":1700000000000,"marks":[]}"#;
    std::fs::write(env.recordings().join(format!("{name}.session.json")), lock).unwrap();
    env.json(&["repair", "--no-transcript"]);
    assert_eq!(env.json(&["list"])[0]["participants"][0]["student"]["id"], maya.id.to_string());
}

#[test]
fn the_command_line_names_a_conference_by_its_id_or_the_end_of_it() {
    let env = TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    let alike = [0x0193_8f5a_7c00_7abc_8def_0001_aaaa_bbbb_u128, 0x0193_8f5a_7c00_7abc_8def_0002_aaaa_bbbb];
    for (number, bits) in (0..).zip(alike) {
        library.insert(&ConferenceData { id: ConferenceId::from_u128(bits), ..facts(number) }).unwrap();
    }
    let other = library.insert(&facts(2)).unwrap().to_string();
    drop(library);
    let titled = |text: &str| env.json(&["show", text])["title"].as_str().unwrap().to_owned();
    assert_eq!([titled(&other), titled(&other[other.len() - 6..].to_uppercase()), titled("2aaaabbbb")], ["Conference 2", "Conference 2", "Conference 1"]);
    let (code, _, said) = env.run(&["show", "aaaabbbb"]);
    assert!(code == 2 && said.contains("More than one in your library fits this."), "{code} {said}");
    // A number is no id any more, and never another conference by chance.
    assert_eq!(env.run(&["show", "1"]).0, 1);
    assert_eq!(env.run(&["show", "%"]).0, 1);
    // What the list shows is enough.
    let (_, list, _) = env.run(&["list"]);
    for line in list.lines() {
        let shown = line.split_whitespace().next().unwrap();
        assert!(line.contains(&titled(shown)), "{line}");
    }
}
