//! Exports held against golden files (`BLESS=1` writes them anew), and read by other programs.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says by panicking what went wrong")]

mod support;

use afterbell::conference::*;
use afterbell::export::{Contents, Format, file_name, page, render};
use std::path::Path;
use support::conferences::rain;

fn golden(format: Format) {
    let found = String::from_utf8(render(&rain(), format, &Contents::ALL, None).unwrap()).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/golden/conference.{}", format.ending()));
    if std::env::var_os("BLESS").is_some() {
        assert!(std::env::var_os("CI").is_none(), "golden files are not blessed by a machine");
        std::fs::write(&path, &found).unwrap();
    }
    assert_eq!(found, std::fs::read_to_string(&path).unwrap(), "see tests/exports.rs: BLESS=1 writes it anew");
}

#[test]
fn text_pages_subtitles_tables_and_json_are_as_agreed() {
    for format in [Format::Txt, Format::Md, Format::Srt, Format::Vtt, Format::Json, Format::Html, Format::Csv, Format::Measures] {
        golden(format);
    }
}

#[test]
fn the_json_gives_back_the_same_conference() {
    let bytes = render(&rain(), Format::Json, &Contents::ALL, None).unwrap();
    let facts: ConferenceFacts = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(ConferenceRecord::new(facts), rain());
}

#[test]
fn a_bare_name_is_a_file_in_the_folder_one_is_in() {
    let env = support::TestEnv::new();
    let typed = env.folder.path().join("talk.txt");
    std::fs::write(&typed, "T: What are you working on?\nS: A poem about rain.\n").unwrap();
    assert_eq!(env.run(&["import", typed.to_str().unwrap()]).0, 0);
    let output = env.command(&["export", "--last", "--format", "txt", "--output", "poem.txt"]).current_dir(env.folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(std::fs::read_to_string(env.folder.path().join("poem.txt")).unwrap().contains("A poem about rain."));
}

#[test]
fn a_page_is_headed_by_those_it_is_with() {
    let title = |students: u8, student: bool, names: &[&str]| {
        let facts = rain().facts().clone();
        let student = facts.participants.first().map(|one| one.student.clone()).filter(|_| student);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let participants = participants_of_old(student, &names, students);
        page(&ConferenceRecord::new(ConferenceFacts { students, participants, ..facts }), &Contents::default()).title
    };
    assert_eq!(title(1, true, &[]), "Writing conference with Zoë");
    assert_eq!(title(3, false, &["Nia", "Ben", ""]), "Writing conference with Nia, Ben");
    assert_eq!(title(3, false, &[]), "Table conference");
    assert_eq!(title(1, false, &[]), "Writing conference");
}

#[test]
fn a_name_with_slashes_becomes_a_file_name() {
    let mut record = rain();
    let student = Student { id: StudentId::from_u128(1), name: "A/B: \"C\"?".into() };
    record.apply(Edit::Participants(vec![Participant { student, voice: Some(1) }]));
    let name = file_name(&record, Format::Txt.ending());
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
        std::fs::write(&path, render(&rain(), format, &Contents::ALL, None).unwrap()).unwrap();
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
