//! Share bundles: out to a colleague, back with comments, and refused when they are not what they say.

use crate::support;
use crate::support::TestEnv;
use crate::support::conferences::rain;
use afterbell::conference::*;
use afterbell::error::ErrorKind;
use afterbell::export::{BUNDLE_VERSION, Bundle, Comment, Contents, Reply, pack, token_of, unpack};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A zip of these files, as they are.
fn zipped(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(CompressionMethod::Deflated)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A manifest for these files; `version` and what it claims of them can be wrong.
fn manifest(version: u32, files: &[(&str, u64, String)]) -> Vec<u8> {
    let files: Vec<_> = files.iter().map(|(name, bytes, sha256)| serde_json::json!({ "name": name, "bytes": bytes, "sha256": sha256 })).collect();
    serde_json::to_vec(&serde_json::json!({ "format": "afterbell-share", "version": version, "token": TOKEN, "question": "", "files": files })).unwrap()
}

fn conference() -> Vec<u8> {
    afterbell::export::render(&rain(), afterbell::export::Format::Json, &Contents::ALL, None).unwrap()
}

fn honest(name: &str, bytes: &[u8]) -> (String, u64, String) {
    (name.to_owned(), bytes.len() as u64, sum(bytes))
}

/// Bundles no colleague would send, and what is to be said of each.
fn hostile() -> Vec<(&'static str, Vec<u8>, ErrorKind)> {
    let words = conference();
    let entry = |name: &'static str, bytes: &[u8]| (name, bytes.len() as u64, sum(bytes));
    let bomb = vec![0_u8; 200_000_000];
    let mut years = serde_json::from_slice::<serde_json::Value>(&words).unwrap();
    years["length"] = serde_json::json!(i64::MAX);
    let years = serde_json::to_vec(&years).unwrap();
    let mut link = ZipWriter::new(Cursor::new(Vec::new()));
    link.start_file("manifest.json", SimpleFileOptions::default()).unwrap();
    link.write_all(&manifest(1, &[entry("conference.json", b"/etc/passwd")])).unwrap();
    link.add_symlink("conference.json", "/etc/passwd", SimpleFileOptions::default()).unwrap();
    let link = link.finish().unwrap().into_inner();
    let mut altered = pack(&Bundle::new(rain(), TOKEN), &Contents::ALL).unwrap();
    let middle = altered.len() / 2;
    altered[middle] ^= 1;
    let whole = pack(&Bundle::new(rain(), TOKEN), &Contents::ALL).unwrap();
    vec![
        (
            "path traversal",
            zipped(&[("manifest.json", manifest(1, &[entry("../../evil.json", &words)])), ("../../evil.json", words.clone())]),
            ErrorKind::NotABundle,
        ),
        (
            "absolute path",
            zipped(&[("manifest.json", manifest(1, &[entry("/tmp/evil.json", &words)])), ("/tmp/evil.json", words.clone())]),
            ErrorKind::NotABundle,
        ),
        (
            "a file beside",
            zipped(&[("manifest.json", manifest(1, &[entry("conference.json", &words)])), ("conference.json", words.clone()), ("../x", words.clone())]),
            ErrorKind::NotABundle,
        ),
        ("symlink", link, ErrorKind::NotABundle),
        ("zip bomb", zipped(&[("manifest.json", manifest(1, &[entry("conference.json", &bomb)])), ("conference.json", bomb.clone())]), ErrorKind::NotABundle),
        ("bomb for a manifest", zipped(&[("manifest.json", bomb)]), ErrorKind::NotABundle),
        (
            "a 10 GB claim",
            zipped(&[("manifest.json", manifest(1, &[("conference.json", 10_000_000_000, sum(&words))])), ("conference.json", words.clone())]),
            ErrorKind::NotABundle,
        ),
        (
            "a smaller claim",
            zipped(&[("manifest.json", manifest(1, &[("conference.json", 10, sum(&words))])), ("conference.json", words.clone())]),
            ErrorKind::NotABundle,
        ),
        (
            "wrong checksum",
            zipped(&[("manifest.json", manifest(1, &[("conference.json", words.len() as u64, sum(b"else"))])), ("conference.json", words.clone())]),
            ErrorKind::NotABundle,
        ),
        (
            "newer version",
            zipped(&[("manifest.json", manifest(BUNDLE_VERSION + 1, &[entry("conference.json", &words)])), ("conference.json", words.clone())]),
            ErrorKind::BundleFromNewerVersion,
        ),
        (
            "a conference of years",
            zipped(&[("manifest.json", manifest(1, &[entry("conference.json", &years)])), ("conference.json", years.clone())]),
            ErrorKind::NotABundle,
        ),
        (
            "wrong JSON",
            zipped(&[("manifest.json", manifest(1, &[entry("conference.json", b"{}")])), ("conference.json", b"{}".to_vec())]),
            ErrorKind::NotABundle,
        ),
        (
            "no sound",
            {
                let sound = b"this is no sound at all".repeat(50);
                zipped(&[
                    ("manifest.json", manifest(1, &[entry("conference.json", &words), entry("sound.ogg", &sound)])),
                    ("conference.json", words.clone()),
                    ("sound.ogg", sound),
                ])
            },
            ErrorKind::NotABundle,
        ),
        ("another zip", zipped(&[("word/document.xml", words)]), ErrorKind::NotABundle),
        ("one bit altered", altered, ErrorKind::NotABundle),
        ("cut in half", whole[..whole.len() / 2].to_vec(), ErrorKind::NotABundle),
        ("no zip", b"<html>not found</html>".repeat(100), ErrorKind::NotABundle),
        ("nothing", Vec::new(), ErrorKind::NotABundle),
    ]
}

/// Every file below a folder with its bytes.
fn files(folder: &std::path::Path) -> Vec<(std::path::PathBuf, u64)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.metadata() {
            Ok(data) if data.is_dir() => all.extend(files(&entry.path())),
            Ok(data) => all.push((entry.path(), data.len())),
            Err(_) => {}
        }
    }
    all.sort();
    all
}

#[test]
fn hostile_bundles_are_refused_in_plain_words_and_nothing_is_written() {
    let env = TestEnv::new();
    env.json(&["list"]);
    let folders = afterbell::settings::Folders::find(Some(env.library()));
    let mut library = afterbell::library::Library::open(&folders).unwrap();
    let path = env.folder.path().join("x.afterbell");
    for (what, bytes, kind) in hostile() {
        std::fs::write(&path, &bytes).unwrap();
        let before: Vec<_> = files(env.folder.path()).into_iter().filter(|(path, _)| !path.to_string_lossy().contains("library.sqlite")).collect();
        let refused = afterbell::work::mentor::open(&mut library, &folders, &path, 0, &mut |_| Ok(())).unwrap_err();
        assert_eq!(refused.kind, kind, "{what}: {refused}");
        let after: Vec<_> = files(env.folder.path()).into_iter().filter(|(path, _)| !path.to_string_lossy().contains("library.sqlite")).collect();
        assert_eq!(before, after, "{what}");
        assert!(library.shared_ids().unwrap().is_empty(), "{what}");
    }
    // As a person meets it.
    let (code, _, said) = env.run(&["import", path.to_str().unwrap()]);
    assert!(code == 1 && said.contains("not a share bundle") && said.contains("Nothing was changed"), "{said}");
}

#[test]
fn out_to_a_colleague_and_back_with_comments() {
    let (teacher, colleague) = (TestEnv::new(), TestEnv::new());
    let wav = support::clip(teacher.folder.path(), "maya", 8.0);
    let id = teacher.json(&["import", "--student", "Maya", wav.to_str().unwrap()])[0]["id"].as_str().unwrap().to_owned();
    let before = teacher.json(&["show", &id]);
    let out = teacher.folder.path().join("for a colleague.afterbell");
    let question = "Do I wait long enough?";
    let saved = ["export", &id, "--format", "bundle", "--keep-names", "--sound", "--question", question, "-o", out.to_str().unwrap()];
    assert!(teacher.json(&saved)[0]["bytes"].as_u64().unwrap() > 15_000);
    // The colleague's side.
    let (code, _, said) = colleague.run(&["import", out.to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(colleague.json(&["list"]), serde_json::json!([]), "never among her own");
    let hers = colleague.json(&["mentor", "list"])[0]["id"].as_str().unwrap().to_owned();
    let end = &hers[hers.len() - 6..];
    let shown = colleague.json(&["mentor", "show", end]);
    assert_eq!((shown["question"].as_str().unwrap(), &shown["conference"]["transcript"]), (question, &before["transcript"]));
    assert_eq!(shown["conference"]["turns"].as_array().unwrap().len(), before["turns"].as_array().unwrap().len());
    let sound = colleague.library().join("shared").join(shown["conference"]["audio"].as_str().unwrap());
    let length = afterbell::audio::decode_file(&sound, &mut |_| Ok(())).unwrap().samples.len();
    assert!(length.abs_diff(8 * 16_000) < 160, "{length}");
    for arguments in [
        vec!["mentor", "comment", end, "0:05", "You let her think here."],
        vec!["mentor", "answer", end, "2", "Not rushed."],
        vec!["mentor", "comment", end, "0:01", "Warm."],
    ] {
        let (code, _, said) = colleague.run(&arguments);
        assert_eq!(code, 0, "{arguments:?}: {said}");
    }
    // Opened again, what was said to it stays.
    colleague.run(&["import", out.to_str().unwrap()]);
    let back = colleague.folder.path().join("back.afterbell");
    colleague.json(&["mentor", "reply", end, "--name", "Ruth", "-o", back.to_str().unwrap()]);
    // And home again: twice is once.
    for _ in 0..2 {
        let (code, _, said) = teacher.run(&["import", back.to_str().unwrap()]);
        assert!(code == 0 && said.contains("reply"), "{said}");
    }
    let replies = teacher.json(&["mentor", "replies", &id]);
    assert_eq!(replies.as_array().unwrap().len(), 1);
    assert_eq!(replies[0]["mentor"], "Ruth");
    assert_eq!(replies[0]["comments"], serde_json::json!([{ "at": 1000, "text": "Warm." }, { "at": 5000, "text": "You let her think here." }]));
    assert_eq!(replies[0]["answers"][1]["note"], "Not rushed.");
    assert_eq!(teacher.json(&["show", &id]), before, "nothing of hers is changed");
    // A reply to somebody else's conference finds no home.
    let (code, _, said) = colleague.run(&["import", back.to_str().unwrap()]);
    assert!(code == 1 && said.contains("not in your library"), "{said}");
    colleague.run(&["mentor", "remove", end]);
    assert!(sound.exists() && colleague.json(&["mentor", "list"]).as_array().unwrap().is_empty(), "it waits for 30 days");
    assert_eq!(colleague.json(&["deleted", "list"]).as_array().unwrap().len(), 1);
    colleague.run(&["deleted", "forget", "--all"]);
    assert!(!sound.exists());
}

fn any_record() -> impl Strategy<Value = ConferenceRecord> {
    let word = ("[a-zA-Zäß'’,.?!<&\"]{1,9}", 1_i64..900, 0_i64..700, 0_u8..3);
    let words = prop::collection::vec(word, 0..60);
    (words, prop::collection::vec(0_i64..60_000, 0..4), "[ -~äöü]{0,20}", prop::collection::vec("\\PC{0,30}", 5)).prop_map(
        |(words, mut marks, title, notes)| {
            let mut facts = rain().data().clone();
            facts.transcript.words.clear();
            facts.transcript.untranscribed.clear();
            facts.voices.spans.clear();
            let mut at = 0;
            for (text, length, pause, voice) in words {
                let span = Span::new(Millis(at), Millis(at + length));
                facts.transcript.words.push(Word { text, span, confidence: 0.5 });
                facts.voices.spans.push(VoiceSpan { span, voice: Voice(voice) });
                at += length + pause;
            }
            marks.sort_unstable();
            marks.dedup();
            facts.marks = marks.into_iter().map(Millis).collect();
            facts.length = Millis(at.max(60_000));
            facts.title = title;
            for (question, note) in Question::ALL.into_iter().zip(notes) {
                facts.reflection.answers[question as usize].note = note;
            }
            ConferenceRecord::new(facts)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_bundle_and_its_reply_come_back_equal(record in any_record(), question in "\\PC{0,40}", comments in prop::collection::vec((0_i64..60_000, "\\PC{1,20}"), 0..5)) {
        let token = token_of(record.data());
        let bytes = pack(&Bundle { question: question.clone(), ..Bundle::new(record.clone(), &token) }, &Contents::ALL).unwrap();
        let bundle = unpack(Cursor::new(&bytes)).unwrap();
        prop_assert_eq!(&bundle.record, &record);
        prop_assert_eq!((&bundle.token, bundle.question.as_str(), &bundle.reply), (&token, question.trim(), &None));
        let mut reply = Reply::default();
        for (at, text) in &comments {
            reply.comment(Millis(*at), text);
        }
        let back = pack(&Bundle { reply: Some(reply.clone()), ..bundle }, &Contents::ALL).unwrap();
        let home = unpack(Cursor::new(&back)).unwrap();
        prop_assert_eq!(&home.record, &record);
        prop_assert!(reply.comments.windows(2).all(|pair: &[Comment]| pair[0].at < pair[1].at));
        prop_assert_eq!(home.reply, Some(reply));
    }
}

#[test]
fn a_manifest_that_is_honest_is_taken() {
    let words = conference();
    let (name, bytes, sha256) = honest("conference.json", &words);
    let zip = zipped(&[("manifest.json", manifest(1, &[(&name, bytes, sha256)])), ("conference.json", words)]);
    assert_eq!(unpack(Cursor::new(zip)).unwrap().record, rain());
}
