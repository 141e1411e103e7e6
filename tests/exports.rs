//! Exports held against golden files (`BLESS=1` writes them anew), and read by other programs.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says by panicking what went wrong")]

mod support;

use afterbell::conference::*;
use afterbell::export::{Format, file_name, render};
use std::path::Path;

/// A small conference that has everything a format must show.
fn record() -> ConferenceRecord {
    let script: [(u8, f64, f64, &str); 6] = [
        (0, 0.5, 3.0, "What are you working on today?"),
        (1, 6.0, 9.0, "A poem about *rain* & <thunder>,"),
        (0, 9.1, 9.5, "mm-hm"),
        (1, 9.8, 12.0, "it goes --> on."),
        (0, 14.0, 21.0, "Poets look closely, and then they look again, so that a reader can stand in the rain with them and hear it on the roof."),
        (1, 22.0, 23.0, "Okay."),
    ];
    let mut words = Vec::new();
    let mut spans = Vec::new();
    for (voice, start, end, text) in script {
        spans.push(VoiceSpan { span: Span::from_secs(start, end), voice: Voice(voice) });
        let texts: Vec<&str> = text.split(' ').collect();
        for (index, text) in texts.iter().enumerate() {
            let at = |index: usize| start + (end - start) * index as f64 / texts.len() as f64;
            words.push(Word { text: (*text).into(), span: Span::from_secs(at(index), at(index + 1)), confidence: 0.9 });
        }
    }
    let mut record = ConferenceRecord::new(ConferenceFacts {
        id: ConferenceId(7),
        title: "Rain poem".into(),
        student: Some(Student { id: StudentId(3), name: "Zoë".into() }),
        students: 1,
        student_names: Vec::new(),
        started_unix_ms: 0,
        length: Millis(25_000),
        audio: "a.wav".into(),
        audio_sha256: String::new(),
        stage: Stage::Transcribed,
        is_sample: true,
        transcript: Transcript {
            words,
            untranscribed: vec![Untranscribed { span: Span::from_secs(13.0, 13.8), reason: NoWords::NotUnderstood }],
            model: "base-q8_0".into(),
            language: "en".into(),
        },
        voices: Voices { spans, roles: vec![Speaker::Teacher, Speaker::Student(1)], teacher_known: TeacherKnown::ByTeacher, hard_to_tell: None },
        marks: vec![Millis(15_000)],
        dropouts: Vec::new(),
        reflection: Reflection::default(),
        envelope: vec![1, 2, 3],
        corrections: Corrections::default(),
    });
    record.apply(Edit::Rate(Question::Pacing, Some(Rating::GettingThere)));
    record.apply(Edit::Note(Question::Compliment, "Quote her words back.".into()));
    record
}

fn golden(format: Format) {
    let found = String::from_utf8(render(&record(), format).unwrap()).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/golden/conference.{}", format.ending()));
    if std::env::var_os("BLESS").is_some() {
        assert!(std::env::var_os("CI").is_none(), "golden files are not blessed by a machine");
        std::fs::write(&path, &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(&path).unwrap(), "see tests/exports.rs: BLESS=1 writes it anew");
}

#[test]
fn text_markdown_subtitles_and_json_are_as_agreed() {
    for format in [Format::Txt, Format::Md, Format::Srt, Format::Vtt, Format::Json] {
        golden(format);
    }
}

#[test]
fn the_json_gives_back_the_same_conference() {
    let bytes = render(&record(), Format::Json).unwrap();
    let facts: ConferenceFacts = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(ConferenceRecord::new(facts), record());
}

#[test]
fn a_name_with_slashes_becomes_a_file_name() {
    let mut record = record();
    record.apply(Edit::Student(Some(Student { id: StudentId(1), name: "A/B: \"C\"?".into() })));
    let name = file_name(&record, Format::Txt);
    assert!(!name.contains(['/', '\\', ':', '"', '?']) && name.ends_with(".txt"), "{name}");
}

#[test]
fn another_program_reads_the_subtitles() {
    if !support::has("ffprobe") {
        return support::skip("no ffprobe");
    }
    let folder = tempfile::tempdir().unwrap();
    for format in [Format::Srt, Format::Vtt] {
        let path = folder.path().join(format!("c.{}", format.ending()));
        std::fs::write(&path, render(&record(), format).unwrap()).unwrap();
        let output = std::process::Command::new("ffprobe")
            .args(["-v", "error", "-show_entries", "packet=pts_time,duration_time", "-of", "csv=p=0"])
            .arg(&path)
            .output()
            .unwrap();
        let packets = String::from_utf8(output.stdout).unwrap();
        let times: Vec<f64> = packets.lines().filter_map(|line| line.split(',').next()?.parse().ok()).collect();
        assert!(times.len() >= 4 && times.windows(2).all(|pair| pair[0] < pair[1]), "{format:?}: {packets}");
        assert!((times[0] - 0.5).abs() < 0.002, "{packets}");
    }
}
