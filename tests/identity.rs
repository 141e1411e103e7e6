//! A conference stays itself: whatever happens to the list, what is done to one reaches that one and no other.

#![expect(clippy::unwrap_used, reason = "a test says by panicking what went wrong")]

mod support;

use afterbell::conference::*;
use afterbell::library::Library;
use support::TestEnv;
use support::conferences::rain;

/// A conference of its own sound, with one word that nobody else says.
fn facts(number: usize) -> ConferenceFacts {
    let mut facts = rain().facts().clone();
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
        library.save_processed(*id, &words(audio), &Voices::default(), &[], Millis(400), Stage::Transcribed).unwrap();
    }
    for (id, audio) in &queue {
        let record = library.load(*id).unwrap();
        assert_eq!((&record.facts().audio, &record.transcript().words[0].text), (audio, audio), "one child's words in another child's conference");
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
            assert_eq!(library.load(id).unwrap().facts().audio, format!("{number}.wav"), "{how}");
        }
    };
    library.go_back_to("2026-11-02", "2026-11-02 12.00.00").unwrap();
    is_whole(&library, "went back");
    assert_eq!(library.take_in_sidecars(true).unwrap(), 0, "nothing is new in what stands beside the recordings");
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
