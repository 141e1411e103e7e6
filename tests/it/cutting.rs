//! What follows the last speech is cut off: gone from everything that is shown, measured, played and shared, and there again with Undo. The recording is as it was.

use crate::support::window::{USUAL, Window, open, record, welcomed};
use crate::support::{TestEnv, clip};
use afterbell::conference::*;
use afterbell::export::{Contents, Format};
use afterbell::library::Library;
use afterbell::settings::OwnNames;
use afterbell::work::share::{self, ShareRequest};
use afterbell::work::{Command, LibraryCommand, PlayerCommand};
use egui::{Key, Modifiers};
use std::sync::Arc;

/// Talk of about eleven seconds, and a minute of an empty room with somebody's mark in it.
fn forgotten() -> ConferenceData {
    let facts = record(4).data().clone();
    let length = Millis(70_000);
    let envelope = vec![20; 700];
    ConferenceData { length, envelope, marks: vec![Millis(500), Millis(50_000)], ..facts }
}

#[test]
fn what_follows_the_last_speech_is_in_no_measure() {
    let mut record = ConferenceRecord::new(forgotten());
    let before = record.clone();
    let last = record.speaker_spans().iter().map(|piece| piece.span.end()).max().unwrap();
    let back = record.apply(record.cut_after_speech().unwrap());
    let end = record.data().end();
    assert!(end > last && end - last <= Millis(1000));
    let measures = record.measures();
    assert_eq!(measures.length, end);
    assert!(measures.silence < before.measures().silence - Millis(50_000) && measures.longest_silence.unwrap().end() <= end);
    assert_eq!(measures.minutes.len(), 1);
    assert_eq!(record.transcript(), before.transcript(), "no word is lost");
    assert_eq!(record.data().shown_marks(), [Millis(500)]);
    assert!((0..record.turns().len()).filter(|turn| record.is_marked(*turn)).eq([0]), "a mark in what is gone is of no turn");
    assert_eq!(record.data().length, Millis(70_000), "the sound is as long as it was");
    assert!(record.cut_after_speech().is_none(), "once is enough");
    record.apply(back);
    assert_eq!(record, before);
    // A cut in the middle of the talk hides what was said after it.
    record.apply(Edit::Correct(Box::new(Corrections { cut_off: Some(Millis(3000)), ..Corrections::default() })));
    assert!(record.transcript().words.iter().all(|word| word.span.start() < Millis(3000)) && record.turns().len() < before.turns().len());
    assert!(record.speaker_spans().iter().all(|piece| piece.span.end() <= Millis(3000)));
}

/// A sentence in which no voice was found stands there as "Not sure who".
#[test]
fn words_of_nobody_are_not_cut_off() {
    let mut facts = forgotten();
    let word = Word { text: "So.".into(), span: Span::new(Millis(20_000), Millis(20_400)), confidence: 0.4 };
    facts.transcript.words.push(word.clone());
    let mut record = ConferenceRecord::new(facts);
    record.apply(record.cut_after_speech().unwrap());
    assert!(record.data().end() > word.span.end() && record.transcript().words.contains(&word));
}

/// The message stays for a while; by then something else may have been done.
#[test]
fn undo_of_an_old_message_takes_nothing_else_back() {
    let mut window = Window::open(USUAL, welcomed());
    open(&mut window, &Arc::new(ConferenceRecord::new(forgotten())));
    window.press("More");
    window.press("Cut off what follows the last speech");
    window.key_with(Modifiers::COMMAND, Key::Z);
    window.key_with(Modifiers::ALT, Key::Num3);
    window.press_unseen("Undo");
    let rated =
        |command: &Command| matches!(command, Command::Library(LibraryCommand::Save(_, change)) if *change.edit() == Edit::Rate(Question::Pacing, None));
    assert!(!window.asked(rated), "the rating stays");
}

#[test]
fn it_is_cut_off_in_the_window_with_undo() {
    let mut window = Window::open(USUAL, welcomed());
    open(&mut window, &Arc::new(ConferenceRecord::new(forgotten())));
    assert!(window.has("/ 1:10"));
    window.press("More");
    window.press("Cut off what follows the last speech");
    assert!(!window.has("/ 1:10"));
    assert!(window.has_part("after the last speech. The recording itself is as it was"));
    let cut = window.kept_corrections().cut_off.unwrap();
    assert!(window.asked(|command| *command == Command::Player(PlayerCommand::EndAt(Some(cut)))));
    window.press("Undo");
    assert!(window.has("/ 1:10"));
    assert_eq!(window.kept_corrections().cut_off, None);
    assert!(window.asked(|command| *command == Command::Player(PlayerCommand::EndAt(None))));
    window.press("More");
    window.press("Cut off what follows the last speech");
    window.press("More");
    window.press("Bring back what was cut off");
    assert!(window.has("/ 1:10"), "also long after, without Undo");
}

#[test]
fn what_is_cut_off_is_in_no_export_and_stays_on_the_disk() {
    let env = TestEnv::new();
    let mut library = Library::open(&env.folders()).unwrap();
    std::fs::create_dir_all(env.recordings()).unwrap();
    let wav = clip(env.folder.path(), "maya", 20.0);
    let kept = env.recordings().join("maya.wav");
    std::fs::rename(wav, &kept).unwrap();
    let bytes = std::fs::read(&kept).unwrap();
    let facts = ConferenceData { id: ConferenceId::NONE, audio: "maya.wav".into(), length: Millis(20_000), ..record(6).data().clone() };
    let id = library.insert(&facts).unwrap();
    let end = Millis(5000);
    let last = facts.transcript.words.last().unwrap().text.clone();
    library.save_edit(id, Edit::Correct(Box::new(Corrections { cut_off: Some(end), ..Corrections::default() }))).unwrap();
    assert_eq!(library.summaries().unwrap()[0].length, end, "the list says how long what is left is");
    let contents = Contents { sound: true, ..Contents::ALL };
    let wanted = |format| ShareRequest { format, contents, hide_names: false, own: OwnNames::default(), question: String::new() };
    let records = share::hidden(&library, &[id], &wanted(Format::Bundle)).unwrap();
    assert!(records[0].data().length == end && records[0].data().corrections.cut_off.is_none());
    assert!(records[0].data().transcript.words.iter().all(|word| word.span.end() <= end), "nor is it hidden in the bundle");
    for format in Format::ALL {
        let bytes = share::render(&library, &records[0], &wanted(format), &mut |_| Ok(())).unwrap();
        assert!(!bytes.is_empty(), "{format:?}");
    }
    assert!(facts.transcript.words.len() > records[0].transcript().words.len(), "{last}");
    // The sound that travels ends there too.
    let page = share::render(&library, &records[0], &wanted(Format::Bundle), &mut |_| Ok(())).unwrap();
    let bundle = afterbell::export::unpack(std::io::Cursor::new(page)).unwrap();
    let path = env.folder.path().join("sound.ogg");
    std::fs::write(&path, &bundle.sound.unwrap().bytes).unwrap();
    let sound = afterbell::audio::decode_file(&path, &mut |_| Ok(())).unwrap();
    let secs = sound.samples.len() as f64 / 16_000.0;
    assert!((secs - 5.0).abs() < 0.05, "{secs} s");
    assert_eq!(std::fs::read(&kept).unwrap(), bytes, "the recording is as it was");
}
