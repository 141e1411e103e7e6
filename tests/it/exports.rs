//! Exports held against golden files (`BLESS=1` writes them anew), and read by other programs.

use crate::support;
use crate::support::conferences::rain;
use afterbell::conference::*;
use afterbell::export::{Contents, Format, document, file_name, render};
use std::path::Path;

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
    let facts: ConferenceData = serde_json::from_slice(&bytes).unwrap();
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

/// A library with two conferences of one day without a name, and a folder for what is saved.
fn two_of_one_day() -> (support::TestEnv, std::path::PathBuf, [String; 2]) {
    let env = support::TestEnv::new();
    let ids = ["A poem about rain.", "A story about snow."].map(|line| {
        let typed = env.folder.path().join("talk.txt");
        std::fs::write(&typed, format!("[0:01] T: What are you working on?\n[0:05] S: {line}\n")).unwrap();
        env.json(&["import", typed.to_str().unwrap()])[0]["id"].as_str().unwrap().to_owned()
    });
    let out = env.folder.path().join("for colleagues");
    std::fs::create_dir(&out).unwrap();
    (env, out, ids)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

fn contents(folder: &Path) -> Vec<(String, String)> {
    let read = |path: std::path::PathBuf| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap());
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| read(entry.unwrap().path())).collect();
    files.sort();
    files
}

#[test]
fn files_of_one_day_saved_again_never_replace_those_she_may_have_worked_on() {
    let (env, out, [first, second]) = two_of_one_day();
    let to = out.to_str().unwrap();
    env.json(&["export", &first, "-o", to]);
    let [(name, text)] = contents(&out).try_into().unwrap();
    assert!(text.contains("A poem about rain."));
    // She works on it; the other one, and both, come in later runs.
    std::fs::write(out.join(&name), "her own work").unwrap();
    let saved = env.json(&["export", &second, "-o", to]);
    env.json(&["export", "--all", "-o", to]);
    let stem = name.strip_suffix(".txt").unwrap();
    let found = contents(&out);
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, [format!("{stem} (2).txt"), format!("{stem} (3).txt"), format!("{stem} (4).txt"), name.clone()]);
    assert_eq!(found[3].1, "her own work");
    assert_eq!(saved[0]["file"], out.join(names[0]).to_str().unwrap());
    assert!(found[0].1.contains("snow") && found[1].1.contains("snow") && found[2].1.contains("rain"), "{found:?}");
    // With a clear yes the names are used again, but not twice in one run.
    env.json(&["export", "--all", "--force", "-o", to]);
    let found = contents(&out);
    assert!(found.len() == 4 && found[3].1.contains("snow") && found[0].1.contains("rain"), "{found:?}");
}

#[test]
fn a_file_with_the_chosen_name_stays_unless_she_says_so() {
    let (env, out, [first, second]) = two_of_one_day();
    let talk = out.join("talk.txt");
    std::fs::write(&talk, "her own work").unwrap();
    let (code, said, notice) = env.run(&["export", &first, "-o", talk.to_str().unwrap()]);
    assert!(code == 0 && said.contains("talk (2).txt") && notice.contains("is already there and stays as it is"), "{said} {notice}");
    assert_eq!(std::fs::read_to_string(&talk).unwrap(), "her own work");
    assert!(std::fs::read_to_string(out.join("talk (2).txt")).unwrap().contains("rain"));
    let (code, said, notice) = env.run(&["export", &second, "--force", "-o", talk.to_str().unwrap()]);
    assert!(code == 0 && said.contains("talk.txt") && notice.is_empty(), "{said} {notice}");
    assert!(std::fs::read_to_string(&talk).unwrap().contains("snow"));
}

#[test]
fn the_format_follows_the_ending_and_a_contradiction_is_said() {
    let (env, out, [first, _]) = two_of_one_day();
    let export = |name: &str, more: &[&str]| {
        let path = out.join(name);
        let (code, _, said) = env.run(&[&["export", &first, "-o", path.to_str().unwrap()], more].concat());
        (code, said, std::fs::read(path).unwrap_or_default())
    };
    for (name, begins) in [
        ("talk.docx", &b"PK"[..]),
        ("talk.PDF", b"%PDF"),
        ("talk.html", b"<!DOCTYPE html>"),
        ("talk.htm", b"<!DOCTYPE html>"),
        ("talk.vtt", b"WEBVTT"),
        ("talk.srt", b"1\n"),
        ("talk.json", b"{"),
        ("talk.afterbell", b"PK"),
        ("talk", b"Writing conference"),
    ] {
        let (code, said, bytes) = export(name, &[]);
        assert!(code == 0 && bytes.starts_with(begins), "{name}: {said} {:?}", String::from_utf8_lossy(&bytes[..bytes.len().min(40)]));
    }
    let (code, _, bytes) = export("turns.csv", &["--format", "measures"]);
    assert!(code == 0 && !bytes.is_empty());
    let before = names(&out);
    for (name, more) in [("talk.pdf", vec!["--format", "docx"]), ("talk.wav", vec![]), ("talk.wav", vec!["--format", "txt"]), ("talk.doc", vec![])] {
        let (code, said, bytes) = export(name, &more);
        assert!(code == 2 && said.contains("ends like another kind of file") && bytes.is_empty(), "{name} {more:?}: {said}");
    }
    assert_eq!(names(&out), before, "nothing was written");
}

#[test]
fn nothing_the_library_keeps_is_ever_the_target_of_an_export() {
    let (env, _, [first, _]) = two_of_one_day();
    let recordings = env.recordings();
    let wav = recordings.join("2026-10-13 09.00.00 abcd.wav");
    std::fs::write(&wav, "a recording").unwrap();
    let before = contents(&recordings);
    let settings = env.folders().settings();
    std::fs::write(&settings, "welcomed = true\n").unwrap();
    for (to, more) in
        [(&wav, vec![]), (&wav, vec!["--force"]), (&wav, vec!["--force", "--format", "txt"]), (&recordings, vec!["--force"]), (&settings, vec!["--force"])]
    {
        let (code, _, said) = env.run(&[&["export", &first, "-o", to.to_str().unwrap()], more.as_slice()].concat());
        assert!(code != 0 && said.contains("Nothing was changed"), "{to:?} {more:?}: {said}");
    }
    let without_ending = recordings.join("2026-10-13");
    assert_eq!(env.run(&["export", &first, "--force", "-o", without_ending.to_str().unwrap()]).0, 1);
    assert_eq!(contents(&recordings), before);
    assert_eq!(std::fs::read_to_string(settings).unwrap(), "welcomed = true\n");
}

#[test]
fn a_page_is_headed_by_those_it_is_with() {
    let title = |students: u8, student: bool, names: &[&str]| {
        let facts = rain().data().clone();
        let student = facts.participants.first().map(|one| one.student.clone()).filter(|_| student);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let participants = participants_named(student.into_iter().collect(), &names, students);
        document(&ConferenceRecord::new(ConferenceData { students, participants, ..facts }), &Contents::default()).title
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
