//! How the command line speaks: to people in plain sentences, to programs in JSON, to nobody who has gone away.

use crate::support;
use crate::support::TestEnv;
use std::io::Read as _;
use std::process::Stdio;

/// A library with one typed conference; its id.
fn one(env: &TestEnv, name: &str, text: &str) -> String {
    let typed = env.folder.path().join(format!("{name}.txt"));
    std::fs::write(&typed, text).unwrap();
    env.json(&["import", typed.to_str().unwrap()])[0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn the_help_says_that_without_a_command_the_window_opens() {
    let (code, said, _) = TestEnv::new().run(&["--help"]);
    assert!(code == 0 && said.replace('\n', " ").contains("Without a command the window opens"), "{said}");
}

#[test]
fn a_failure_is_json_where_json_was_asked_for() {
    let env = TestEnv::new();
    let missing = env.folder.path().join("missing.wav");
    for arguments in [
        &["show", "--last"][..],
        &["show", "ffffffff"],
        &["transcribe", missing.to_str().unwrap()],
        &["models", "use", "no-such-model"],
        &["export", "--last"],
        &["mentor", "show", "ffff"],
        &["no-such-command"],
        &["export", "--no-such-option"],
    ] {
        let (code, out, err) = env.run(&[&["--json"], arguments].concat());
        let said: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|parse| panic!("{arguments:?}: {parse}: {out} {err}"));
        assert!(code != 0 && said["error"].is_string() && said["says"].as_str().unwrap().len() > 20, "{arguments:?}: {said}");
        assert_eq!(err, "", "{arguments:?}: said once");
        // And in words where it was not.
        let (same, out, err) = env.run(arguments);
        assert!(same == code && out.is_empty() && !err.contains('{'), "{arguments:?}: {out} {err}");
    }
}

#[test]
fn a_search_for_nothing_is_said_to_be_one() {
    let env = TestEnv::new();
    one(&env, "talk", "T: Why?\nS: Because it rains.\n");
    for nothing in ["", "  ", "…", "\"\""] {
        let (code, out, err) = env.run(&["search", nothing]);
        assert!(code == 2 && out.is_empty() && err.contains("There is nothing to search for"), "{nothing:?}: {code} {out} {err}");
    }
    let (code, out, _) = env.run(&["search", "snow"]);
    assert!(code == 0 && out.contains("No one said “snow”"), "{out}");
}

#[test]
fn of_several_files_programs_hear_which_could_not_be_read_and_why() {
    let env = TestEnv::new();
    let file = |name: &str, text: &str| {
        std::fs::write(env.folder.path().join(name), text).unwrap();
        env.folder.path().join(name).to_str().unwrap().to_owned()
    };
    let (good, bad) = (file("talk.txt", "T: Why?\nS: Because.\n"), file("page.mp3", &"<html>not found</html>".repeat(200)));
    let (code, out, _) = env.run(&["--json", "import", &bad, &good]);
    let rows: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert!(code == 1 && rows[0]["id"].is_string() && rows[1]["error"] == "NotASoundFile", "{rows}");
    assert!(rows[1]["file"] == bad && rows[1]["says"].as_str().unwrap().starts_with("There is no sound in this file"), "{rows}");
}

#[test]
fn a_reader_that_goes_away_hears_no_complaint() {
    let env = TestEnv::new();
    one(&env, "talk", &format!("T: What are you working on?\nS: {}\n", "A poem about rain and more rain. ".repeat(20_000)));
    let mut child = env.command(&["show", "--last"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "who has read enough is no failure");
    assert_eq!(said, "");
}

#[test]
fn one_of_a_thing_is_said_as_one() {
    let env = TestEnv::new();
    one(&env, "talk", "T: Why?\nS: Because.\n");
    for arguments in [&["doctor"][..], &["show", "--last"], &["list"]] {
        let (_, said, _) = env.run(arguments);
        for wrong in ["1 conferences", "1 turns", "1 words", "1 times", "1 backups", "1 sentences", "1 hours"] {
            assert!(!format!(" {said}").contains(&format!(" {wrong}")), "{arguments:?}: {wrong}: {said}");
        }
    }
    let (_, said, _) = env.run(&["doctor"]);
    assert!(said.contains("1 conference, the database is whole"), "{said}");
}

#[test]
fn what_is_pasted_is_one_row_and_no_command_to_the_terminal() {
    let env = TestEnv::new();
    let id = one(&env, "talk", "T: Why?\nS: Because.\n");
    let path = afterbell::settings::Folders::find(Some(env.library()));
    let mut library = afterbell::library::Library::open(&path).unwrap();
    let all = library.summaries().unwrap();
    let edit = afterbell::conference::Edit::Title("A poem\nabout\u{b}rain \u{1b}[31m!".into());
    library.save_edit(all[0].id, edit).unwrap();
    drop(library);
    let (_, list, _) = env.run(&["list"]);
    assert!(list.lines().count() == 1 && list.contains("A poem about rain [31m!"), "{list:?}");
    for arguments in [&["show", id.as_str()][..], &["search", "rain"], &["export", &id]] {
        let (code, said, _) = env.run(arguments);
        assert!(code == 0 && said.contains("rain [31m!") && !said.contains(['\u{1b}', '\u{b}']), "{arguments:?}: {said:?}");
    }
    assert_eq!(env.json(&["show", &id])["title"], "A poem\nabout\u{b}rain \u{1b}[31m!", "for programs all of it is there");
}

#[test]
fn json_holds_no_command_to_the_terminal_and_is_the_same_for_programs() {
    let env = TestEnv::new();
    let said = "Why \u{9b}31m\u{7f}\u{fffe}\u{2028}not?";
    let id = one(&env, "talk", &format!("T: What are you working on as a writer today? {}\nS: Because it rains.\n", said.replace('\u{2028}', "")));
    for arguments in [&["show", id.as_str()][..], &["export", &id, "--format", "json"]] {
        let (_, out, _) = env.run(&[&["--json"], arguments].concat());
        assert!(out.chars().all(|letter| letter == '\n' || !letter.is_control()) && !out.contains('\u{fffe}'), "{arguments:?}");
        let whole: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert!(whole["turns"][0]["text"].as_str().unwrap().contains("\u{9b}31m\u{7f}"), "{arguments:?}: {}", whole["turns"][0]);
    }
}

#[test]
fn a_file_is_named_on_one_line() {
    let env = TestEnv::new();
    let path = env.folder.path().join("a\nb\u{1b}[31m.mp3");
    std::fs::write(&path, "no sound ".repeat(500)).unwrap();
    let (code, _, said) = env.run(&["import", path.to_str().unwrap()]);
    assert!(code == 1 && said.lines().count() == 1 && said.contains("a b[31m.mp3: There is no sound"), "{said:?}");
}

#[test]
fn silence_is_no_success_where_words_were_asked_for() {
    let env = TestEnv::new();
    let path = env.folder.path().join("silent.wav");
    let spec = hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut wav = hound::WavWriter::create(&path, spec).unwrap();
    (0..5 * 16_000).for_each(|_| wav.write_sample(0_i16).unwrap());
    wav.finalize().unwrap();
    let (code, _, said) = env.run(&["transcribe", path.to_str().unwrap()]);
    assert!(code == 1 && said.contains("No speech was heard"), "{code} {said}");
    // Kept, it is a conference without words; asked for again, that is said too.
    let id = env.json(&["import", path.to_str().unwrap()])[0]["id"].as_str().unwrap().to_owned();
    let (code, _, said) = env.run(&["transcribe", &id]);
    assert!(code == 1 && said.contains("No speech was heard"), "{code} {said}");
}

#[test]
fn several_conferences_ask_for_a_folder() {
    let env = TestEnv::new();
    one(&env, "one", "T: Why?\nS: Because.\n");
    one(&env, "two", "T: Why not?\nS: Because.\n");
    let (code, out, said) = env.run(&["export", "--all"]);
    assert!(code == 2 && out.is_empty() && said.contains("--output FOLDER") && !said.contains("--help"), "{said}");
    // A folder that is not there is not made, and a file is none.
    let file = env.folder.path().join("note.txt");
    std::fs::write(&file, "mine").unwrap();
    for path in [env.folder.path().join("nowhere"), file.clone()] {
        let (code, out, said) = env.run(&["export", "--all", "--output", path.to_str().unwrap()]);
        assert!(code == 2 && out.is_empty() && said.contains("is none. Nothing was written"), "{said}");
    }
    assert_eq!(std::fs::read(file).unwrap(), b"mine");
}

#[test]
fn a_language_may_be_typed_in_capitals_and_words_that_were_asked_for_must_come() {
    let env = TestEnv::new();
    let clip = support::clip(env.folder.path(), "leo", 3.0);
    let (code, out, said) = env.run(&["transcribe", clip.to_str().unwrap(), "--language", " EN", "--model", "no-such-model"]);
    assert!(code == 1 && said.contains("speech model is not on this computer") && out.contains("no transcript"), "{code} {out} {said}");
    let (code, _, said) = env.run(&["transcribe", clip.to_str().unwrap(), "--language", "xx"]);
    assert!(code == 2 && said.contains("not a language"), "{said}");
}
