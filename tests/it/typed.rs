//! Transcripts that were typed or written by other programs: imported whole, with nothing invented, and out again. Layouts are read in the module `work::typed`.

use crate::support::TestEnv;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

fn write(env: &TestEnv, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = env.folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Brings a file in; what the library says of it afterwards.
fn brought_in(env: &TestEnv, path: &Path, more: &[&str]) -> (serde_json::Value, serde_json::Value) {
    let done = env.json(&[&["import", path.to_str().unwrap()], more].concat())[0].clone();
    let record = env.json(&["show", done["id"].as_str().unwrap()]);
    (done, record)
}

fn turns(record: &serde_json::Value) -> Vec<String> {
    record["turns"].as_array().unwrap().iter().map(|turn| format!("{} {}", turn["speaker"].as_str().unwrap(), turn["text"].as_str().unwrap())).collect()
}

const OTTER: &str = "Notes of Monday\n\nMs Lee  0:01  \nWhat are you writing about?\n\nmaya r  0:04  \nI wrote about my bike.\n\nMs Lee  0:08  \nTell me more.\n\nmaya r  0:11  \nI fell off.\n\nTranscribed by https://otter.ai\n";

#[test]
fn what_did_not_read_as_talk_is_listed_and_kept() {
    let env = TestEnv::new();
    let (done, record) = brought_in(&env, &write(&env, "otter.txt", OTTER), &[]);
    assert_eq!(turns(&record), ["teacher What are you writing about?", "student1 I wrote about my bike.", "teacher Tell me more.", "student1 I fell off."]);
    let left = serde_json::json!([{ "line": 1, "text": "Notes of Monday" }, { "line": 15, "text": "Transcribed by https://otter.ai" }]);
    assert_eq!((&done["left_out"], &record["typed"]["leftovers"]), (&left, &left));
    assert_eq!((&done["is_teacher_sure"], &done["length_s"]), (&true.into(), &serde_json::Value::Null));
    // In words too, each line.
    let (_, _, said) = env.run(&["import", "--again", write(&env, "again.txt", OTTER).to_str().unwrap()]);
    assert!(said.contains("2 lines") && said.contains("line 1: Notes of Monday") && said.contains("line 15: Transcribed by"), "{said}");
    // The file itself is kept as it was, and in the library.
    let kept = env.recordings().join(record["audio"].as_str().unwrap());
    assert_eq!(std::fs::read_to_string(kept).unwrap(), OTTER);
}

/// Of sound, a word or two at the edge of a voice may be on its wrong side, and what takes less than a second is a sign of listening. On a page each line has
/// the speaker who stands before it.
#[test]
fn a_short_line_is_a_turn_of_whoever_it_names() {
    let env = TestEnv::new();
    let page =
        "T: What are you doing?\nS: I write about my dog.\nT: why\nS: because they are nice\nT: Good.\nS: yes they play\nT: Tell me.\nS: no\nT: please do\n";
    let (_, record) = brought_in(&env, &write(&env, "short.txt", page), &[]);
    let expected: Vec<String> = page.lines().map(|line| line.replace("T: ", "teacher ").replace("S: ", "student1 ")).collect();
    assert_eq!(turns(&record), expected);
    let cues = "1\n00:00:01,000 --> 00:00:03,000\nTeacher: What are you writing about?\n\n2\n00:00:04,000 --> 00:00:06,000\nMaya: I wrote about my bike.\n\n3\n00:00:06,500 --> 00:00:07,000\nTeacher: Tell me more.\n\n4\n00:00:07,500 --> 00:00:09,000\nMaya: I fell off.\n";
    let (_, record) = brought_in(&env, &write(&env, "cues.srt", cues), &[]);
    assert_eq!(turns(&record), ["teacher What are you writing about?", "student1 I wrote about my bike.", "teacher Tell me more.", "student1 I fell off."]);
}

#[test]
fn the_same_transcript_is_not_added_twice_unless_that_is_wanted() {
    let env = TestEnv::new();
    let path = write(&env, "otter.txt", OTTER);
    let count = || env.json(&["list"]).as_array().unwrap().len();
    let (done, _) = brought_in(&env, &path, &[]);
    let id = done["id"].as_str().unwrap();
    for file in [&path, &write(&env, "the same.txt", OTTER)] {
        let (code, out, said) = env.run(&["import", file.to_str().unwrap()]);
        let name = file.file_name().unwrap().to_str().unwrap();
        assert!(
            code == 0 && out.is_empty() && said.contains(&format!("{name}: this transcript is in your list already, as conference {}", &id[id.len() - 6..])),
            "{said}"
        );
        assert!(said.contains("--again") && count() == 1, "{said}");
    }
    assert_eq!(env.json(&["import", path.to_str().unwrap()]), serde_json::json!([]));
    let mut child = env.command(&["import", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(OTTER.as_bytes()).unwrap();
    let said = String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap();
    assert!(said.starts_with("What was piped in: this transcript is in your list already") && count() == 1, "{said}");
    brought_in(&env, &path, &["--again"]);
    assert_eq!(count(), 2);
    // One word more is another transcript; and what was deleted is no longer in the list.
    brought_in(&env, &write(&env, "more.txt", format!("{OTTER}\nMs Lee  0:15  \nOh.\n")), &[]);
    env.run(&["deleted", "add", id]);
    assert_eq!(count(), 2);
}

#[test]
fn nothing_that_leaves_has_a_time_that_was_not_typed() {
    let env = TestEnv::new();
    let text = "Teacher: What are you working on as a writer today?\nMaya: A poem about rain.\nTeacher: I notice how you put in the sound of the rain so that your reader can hear it.\nMaya: I wanted it to drip.\nTeacher: Today I want to teach you that writers read their work aloud. Try it.\nMaya: Drip, drip.\n";
    let (_, record) = brought_in(&env, &write(&env, "plain.txt", text), &[]);
    let id = record["id"].as_str().unwrap();
    let json = record.to_string();
    for counted in ["\"span\"", "\"length\"", "words_per_minute", "talk_time", "\"silence\"", "wait_one\"", "longest_turn", "minutes"] {
        assert!(!json.contains(counted), "{counted}: {json}");
    }
    assert!(record["turns"].as_array().unwrap().iter().all(|turn| turn["start_s"].is_null() && turn["end_s"].is_null()));
    let share = record["measures"]["speakers"]["teacher"]["share"].as_f64().unwrap();
    assert!((share - 41.0 / 52.0).abs() < 1e-9, "of the words: {share}");
    for format in ["txt", "md", "html", "csv", "measures"] {
        let (code, page, _) = env.run(&["export", id, "--format", format, "--contents", "all", "--keep-names"]);
        // The date the file was written has a time of day, in the line that says so.
        let page: String = page.lines().filter(|line| !line.contains("When")).collect::<Vec<_>>().join("\n");
        let is_clock =
            |word: &str| word.split(':').count() == 2 && word.split(':').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        let clocks: Vec<&str> = page.split(|c: char| !(c.is_ascii_digit() || c == ':')).filter(|word| is_clock(word)).collect();
        assert!(code == 0 && clocks.is_empty(), "{format}: {clocks:?} {page}");
        for counted in ["Length", "a minute", "talk time", "Wait", "wait after", "data-at=", "silence", "Longest quiet"] {
            assert!(!page.contains(counted), "{format}: {counted}: {page}");
        }
    }
    let (code, out, said) = env.run(&["export", id, "--format", "srt"]);
    assert!(code == 1 && out.is_empty() && said.contains("no subtitles"), "{code} {out} {said}");
    let (_, list, _) = env.run(&["list"]);
    assert!(list.contains("typed") && !list.contains(" 0:"), "{list}");
    // Where times stand in the file they are said, and only they.
    let (_, timed) = brought_in(&env, &write(&env, "timed.txt", "[0:05] T: One two.\n[0:09] S: Three.\n"), &[]);
    assert_eq!(
        (&timed["turns"][0]["start_s"], &timed["turns"][1]["start_s"], &timed["turns"][0]["end_s"]),
        (&5.0.into(), &9.0.into(), &serde_json::Value::Null)
    );
    let (_, page, _) = env.run(&["export", timed["id"].as_str().unwrap(), "--format", "txt"]);
    assert!(page.contains("[0:05] Teacher: One two.") && page.contains("[0:09] "), "{page}");
    let (code, cues, _) = env.run(&["export", timed["id"].as_str().unwrap(), "--format", "srt"]);
    assert!(code == 0 && cues.starts_with("1\n00:00:05,000 --> "), "{cues}");
}

#[test]
fn who_is_the_teacher_is_asked_where_the_page_does_not_say() {
    let env = TestEnv::new();
    let names = "Dana: Hello there Sky, good morning.\nSky: Hi Dana, good morning to you.\nDana: So this is my draft today.\nSky: So this is mine as well.\n";
    let path = write(&env, "names.txt", names);
    let (_, out, said) = env.run(&["import", path.to_str().unwrap()]);
    assert!(
        out.contains("Conference") && said.contains("not sure") && said.contains("--teacher") && said.contains("Sky (2 times): Hi Dana, good"),
        "{out} {said}"
    );
    assert_eq!(env.json(&["show", "--last"])["voices"]["teacher_known"], "guessed");
    let (done, record) = brought_in(&env, &path, &["--again", "--teacher", "sky"]);
    assert_eq!((turns(&record)[1].as_str(), &done["is_teacher_sure"]), ("teacher Hi Dana, good morning to you.", &true.into()));
    let (_, record) = brought_in(&env, &path, &["--again", "--no-teacher"]);
    assert_eq!(turns(&record)[..2], ["student1 Hello there Sky, good morning.", "student2 Hi Dana, good morning to you."]);
    let (code, _, said) = env.run(&["import", "--again", path.to_str().unwrap(), "--teacher", "Nobody"]);
    assert!(code == 2 && said.contains("Dana, Sky"), "{said}");
    // The class list knows who is a child.
    let (code, _, _) = env.run(&["import", "--again", path.to_str().unwrap(), "--student", "Dana"]);
    assert_eq!(code, 0);
    let record = env.json(&["show", "--last"]);
    assert_eq!((turns(&record)[1].as_str(), &record["voices"]["teacher_known"]), ("teacher Hi Dana, good morning to you.", &"by_teacher".into()));
}

#[test]
fn word_subtitles_and_what_is_piped_in_are_read() {
    let env = TestEnv::new();
    let expected = ["teacher What now?", "student1 A poem.", "teacher Read it."];
    let mut docx = std::io::Cursor::new(Vec::new());
    let mut zip = zip::ZipWriter::new(&mut docx);
    zip.start_file("word/document.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let paragraph = |text: &str| format!("<w:p><w:r><w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>");
    let body: String = ["Ms. Roe: What now?", "Ivy: A poem.", "Ms. Roe: Read it."].map(paragraph).concat();
    zip.write_all(format!("<w:document><w:body>{body}</w:body></w:document>").as_bytes()).unwrap();
    zip.finish().unwrap();
    let (_, record) = brought_in(&env, &write(&env, "talk.docx", docx.into_inner()), &[]);
    assert_eq!(turns(&record), expected);
    let vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ms. Roe>What now?</v>\n\n00:03.000 --> 00:04.000\n<v ivy>A poem.</v>\n\n00:05.000 --> 00:06.000\n<v Ms. Roe>Read it.</v>\n";
    let (_, record) = brought_in(&env, &write(&env, "talk.vtt", vtt), &[]);
    assert_eq!(turns(&record), expected);
    let wide: Vec<u8> =
        [0xFF, 0xFE].into_iter().chain("Ms. Roe: What now?\r\nIvy: A poem.\r\nMs. Roe: Read it.\r\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let (_, record) = brought_in(&env, &write(&env, "wide.txt", wide), &[]);
    assert_eq!(turns(&record), expected);
    let mut piped = env.command(&["--json", "import", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    piped.stdin.take().unwrap().write_all(b"Ms. Roe: What now?\nIvy: A poem.\nMs. Roe: Read it.\n").unwrap();
    let done: serde_json::Value = serde_json::from_slice(&piped.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(turns(&env.json(&["show", done[0]["id"].as_str().unwrap()])), expected);
    // What our own Word file says comes back.
    let out = env.folder.path().join("out.docx");
    assert_eq!(env.run(&["export", done[0]["id"].as_str().unwrap(), "--keep-names", "-o", out.to_str().unwrap()]).0, 0);
    let (_, record) = brought_in(&env, &out, &[]);
    assert_eq!(turns(&record), expected, "{record}");
}

#[test]
fn a_find_in_what_was_typed_says_no_time_that_stands_nowhere() {
    let env = TestEnv::new();
    brought_in(&env, &write(&env, "plain.txt", "Ms. Lee: What are you writing about?\nMaya: I wrote about rain.\n"), &[]);
    let (_, out, _) = env.run(&["search", "rain"]);
    assert!(out.contains("I wrote about rain.") && !out.contains("[0:"), "{out}");
    assert_eq!(env.json(&["search", "rain"])[0]["lines"][0]["at_s"], serde_json::Value::Null);
    brought_in(&env, &write(&env, "timed.txt", OTTER), &[]);
    let (_, out, _) = env.run(&["search", "bike"]);
    assert!(out.contains("[0:04] I wrote about my bike."), "{out}");
}

/// Names as they stand in a file that was copied from a terminal or from Word: no command in them comes out anywhere.
#[test]
fn a_name_with_commands_in_it_leaves_as_letters_alone() {
    let env = TestEnv::new();
    let page = "[0:01] \u{1b}[1mMs. Lee\u{1b}[0m: What are you working on?\n[0:05] \u{1b}[31mZoë\u{1f}\u{8} Kim\u{1b}[0m: A poem.\n[0:09] \u{1b}[1mMs. Lee\u{1b}[0m: Read it.\n[0:12] \u{1b}[31mZoë\u{fffe} Kim\u{1b}[0m: Drip,\u{7} drip.\n";
    let (done, record) = brought_in(&env, &write(&env, "terminal.txt", page), &[]);
    assert_eq!(turns(&record), ["teacher What are you working on?", "student1 A poem.", "teacher Read it.", "student1 Drip,\u{7} drip."]);
    assert_eq!(record["participants"][0]["student"]["name"], "Zoë Kim");
    let id = done["id"].as_str().unwrap();
    for format in ["txt", "md", "html", "csv", "measures", "srt", "vtt", "json"] {
        let (code, out, _) = env.run(&["export", id, "--format", format, "--contents", "all", "--keep-names"]);
        assert!(
            code == 0 && !out.contains(|letter: char| (letter.is_control() && !['\n', '\r'].contains(&letter)) || letter == '\u{fffe}'),
            "{format}: {out:?}"
        );
        assert!(out.contains("Zoë Kim") && !out.contains("[31m"), "{format}: {out}");
    }
    for arguments in [&["list"][..], &["show", id], &["search", "drip"]] {
        let (_, out, _) = env.run(arguments);
        assert!(out.contains("Zoë Kim") && !out.contains(|letter: char| letter.is_control() && letter != '\n'), "{arguments:?}: {out:?}");
    }
}

#[test]
fn the_name_of_its_file_says_when_it_was_said() {
    let env = TestEnv::new();
    for (name, day) in [
        ("GMT20251013-084207_Recording.transcript.vtt", "2025-10-13"),
        ("Maya 2025-10-14.txt", "2025-10-14"),
        ("Conference 15.10.2025 10.30.docx.txt", "2025-10-15"),
        ("20251016_103000.srt.txt", "2025-10-16"),
    ] {
        let path = write(&env, name, format!("T: What did you write on {day}?\nS: A poem.\n"));
        let (_, record) = brought_in(&env, &path, &[]);
        let listed = env.json(&["list"]);
        let one = listed.as_array().unwrap().iter().find(|one| one["id"] == record["id"]).unwrap();
        let noon = jiff::civil::date(day[..4].parse().unwrap(), day[5..7].parse().unwrap(), day[8..].parse().unwrap()).at(12, 0, 0, 0);
        let noon = noon.to_zoned_datetime(jiff::tz::TimeZone::system()).unwrap().timestamp().as_millisecond();
        assert!((one["started_unix_ms"].as_i64().unwrap() - noon).abs() < 12 * 3_600_000, "{name}: {one}");
    }
    // A name that says nothing, or what cannot be: when it was written.
    for name in ["Maya.txt", "19700101_000000.txt", "20991231_235959.txt"] {
        let path = write(&env, name, format!("T: What is {name}?\nS: A file.\n"));
        let then = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(then).unwrap();
        let (_, record) = brought_in(&env, &path, &[]);
        let listed = env.json(&["list"]);
        let one = listed.as_array().unwrap().iter().find(|one| one["id"] == record["id"]).unwrap();
        assert_eq!(one["started_unix_ms"], 1_700_000_000_000_i64, "{name}");
    }
}

#[test]
fn what_its_lines_say_is_when_it_was_said() {
    let env = TestEnv::new();
    let local = |moment: &str| {
        let moment: jiff::civil::DateTime = moment.parse().unwrap();
        moment.to_zoned_datetime(jiff::tz::TimeZone::system()).unwrap().timestamp().as_millisecond()
    };
    for (name, text, moment) in [
        // Whatever the file is called, or when it was exported.
        ("chat.txt", "[3/1/26, 10:04 AM] Ms. Lee: What is it?\n[3/1/26, 10:05 AM] Maya: A poem.\n", "2026-03-01T10:04"),
        ("export 2026-05-05.txt", "2026-03-02 10:04:12 T: What now?\n2026-03-02 10:04:20 S: A poem.\n", "2026-03-02T10:04:12"),
        ("notes.txt", "Date: March 3, 2026\n\nT: What then?\nS: A poem.\nT: Oh.\nS: Yes.\n", "2026-03-03T12:00"),
        // The name says the time of the same day.
        ("20260304_083000.txt", "Date: March 4, 2026\n\nT: What else?\nS: A poem.\nT: Oh.\nS: Yes.\n", "2026-03-04T08:30"),
    ] {
        let path = write(&env, name, text);
        let (_, record) = brought_in(&env, &path, &[]);
        let listed = env.json(&["list"]);
        let one = listed.as_array().unwrap().iter().find(|one| one["id"] == record["id"]).unwrap();
        assert_eq!(one["started_unix_ms"], local(moment), "{name}: {one}");
    }
}

#[test]
fn a_teacher_nobody_is_called_is_a_failure_that_names_who_speaks() {
    let env = TestEnv::new();
    let path = write(&env, "talk.txt", "Dana: Hi Sky.\nSky: Hi Dana.\nDana: So.\nSky: So.\n");
    let path = path.to_str().unwrap();
    let (code, out, _) = env.run(&["import", path, "--teacher", "Zed", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|err| panic!("{err}: {out}"));
    assert!(code == 2 && said[0]["error"] == "BadRequest" && said[0]["file"] == path, "{code} {said}");
    assert_eq!(said[0]["speakers"], serde_json::json!(["Dana", "Sky"]));
    assert!(said[0]["says"].as_str().unwrap().contains("“Zed”"), "{said}");
    let (code, out, err) = env.run(&["import", path, "--teacher", "Zed"]);
    assert!(code == 2 && out.is_empty() && err.contains("“Zed”") && err.contains("Dana, Sky"), "{code} {out} {err}");
    assert_eq!(env.json(&["list"]).as_array().unwrap().len(), 0, "nothing was changed");
}
