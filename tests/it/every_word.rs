//! Every word of a conference is in every file that is made of it: in turns, in what was put in meanwhile, unsure ones, those that are hard to hear, of any script.

use crate::support;
use crate::support::conferences::rain;
use afterbell::conference::*;
use afterbell::export::{Contents, Format, render};
use proptest::prelude::*;
use std::io::{Cursor, Read as _};

/// Formats in which words stand.
fn with_words() -> impl Iterator<Item = Format> {
    Format::ALL.into_iter().filter(|format| *format != Format::Measures)
}

/// One stretch of somebody's speech: who, when it begins after the one before it, how long, and how many words.
type Piece = (u8, f64, f64, usize);

/// A talk in which no word stands twice.
fn conference(pieces: &[Piece], letter: &str) -> ConferenceRecord {
    let mut facts = rain().data().clone();
    (facts.transcript.words, facts.voices.spans, facts.transcript.untranscribed) = (Vec::new(), Vec::new(), Vec::new());
    let mut now = 0.0_f64;
    for &(voice, pause, length, words) in pieces {
        let start = (now + pause).max(0.0);
        now = now.max(start + length);
        facts.voices.spans.push(VoiceSpan { span: Span::from_secs(start, start + length), voice: Voice(voice) });
        for index in 0..words {
            let number = facts.transcript.words.len();
            let text = match letter {
                "w" => format!("w{number:03}x"),
                // Digits of the script itself, so that it is one word.
                _ => format!(
                    "{letter}{}",
                    format!("{number:03}").chars().map(|digit| "零一二三四五六七八九".chars().nth(digit as usize - '0' as usize).unwrap()).collect::<String>()
                ),
            };
            let end = |index: usize| start + length * index as f64 / words as f64;
            let confidence = if number.is_multiple_of(3) { 0.2 } else { 0.9 };
            facts.transcript.words.push(Word { text, span: Span::from_secs(end(index), end(index + 1)), confidence });
        }
        let reason = if voice == 0 { NoWords::Unsure } else { NoWords::NotUnderstood };
        facts.transcript.untranscribed.push(Untranscribed { span: Span::from_secs(start, start + length), reason });
    }
    facts.transcript.words.sort_by_key(|word| word.span.start());
    facts.transcript.untranscribed.sort_by_key(|stretch| stretch.span);
    facts.voices.spans.sort_by_key(|piece| piece.span);
    (facts.length, facts.voices.roles) = (Millis::from_secs(now), vec![Speaker::Teacher, Speaker::Student(1), Speaker::Other]);
    (facts.reflection, facts.marks) = (Reflection::default(), Vec::new());
    ConferenceRecord::new(facts)
}

/// What a person can read in a file, without what lays it out; none where the program that reads it is not there.
fn readable(format: Format, bytes: &[u8]) -> Option<String> {
    let text = match format {
        Format::Docx | Format::Bundle => {
            let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
            let mut all = String::new();
            for index in 0..zip.len() {
                let mut inside = Vec::new();
                zip.by_index(index).unwrap().read_to_end(&mut inside).unwrap();
                all.push_str(&String::from_utf8_lossy(&inside));
            }
            all
        }
        Format::Pdf if support::has("pdftotext") => {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("c.pdf"), bytes).unwrap();
            let output = std::process::Command::new("pdftotext").args(["-enc", "UTF-8", "c.pdf", "-"]).current_dir(folder.path()).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        }
        Format::Pdf => return None,
        _ => String::from_utf8(bytes.to_vec()).unwrap(),
    };
    Some(text.chars().filter(|letter| !letter.is_whitespace()).collect())
}

fn assert_every_word(record: &ConferenceRecord, formats: impl Iterator<Item = Format>) {
    for format in formats {
        let bytes = render(record, format, &Contents::ALL, None).unwrap();
        let Some(text) = readable(format, &bytes) else {
            support::skip("no pdftotext");
            continue;
        };
        for word in &record.transcript().words {
            let count = text.matches(&word.text).count();
            assert!(count > 0, "{} is not in the file for {}", word.text, format.label());
            // Subtitles say each once.
            assert!(count == 1 || !matches!(format, Format::Srt | Format::Vtt), "{} stands {count} times in {}", word.text, format.label());
        }
        let is_read = matches!(format, Format::Txt | Format::Md | Format::Html | Format::Docx | Format::Pdf | Format::Csv);
        let has = |reason: NoWords| record.transcript().untranscribed.iter().any(|stretch| stretch.reason == reason);
        assert!(!is_read || !has(NoWords::NotUnderstood) || text.contains("(hardtohear)"), "{}", format.label());
        assert!(!is_read || !has(NoWords::Unsure) || text.contains("thewordsmaybewrong"), "{}", format.label());
    }
}

/// In the JSON each word belongs to one turn, or to one of those who put something in meanwhile.
fn assert_words_in_json(record: &ConferenceRecord) {
    let json: serde_json::Value = serde_json::from_slice(&render(record, Format::Json, &Contents::ALL, None).unwrap()).unwrap();
    let words = |of: &serde_json::Value| serde_json::from_value::<Vec<usize>>(of["words"].clone()).unwrap();
    let mut all: Vec<usize> = Vec::new();
    for turn in json["turns"].as_array().unwrap() {
        for said in std::iter::once(turn).chain(turn["backchannels"].as_array().unwrap()) {
            let indices = words(said);
            assert_eq!(said["text"].as_str().unwrap(), record.transcript().text(&indices));
            all.extend(indices);
        }
    }
    all.sort_unstable();
    assert_eq!(all, (0..record.transcript().words.len()).collect::<Vec<_>>());
}

/// Subtitles as a player reads them: at most two lines of 42 characters with the name of who speaks, 1 to 7 s, one after the other.
fn assert_subtitles(record: &ConferenceRecord) {
    let srt = String::from_utf8(render(record, Format::Srt, &Contents::ALL, None).unwrap()).unwrap();
    let millis =
        |stamp: &str| stamp.split([':', ',']).zip([3_600_000, 60_000, 1000, 1]).map(|(number, unit)| number.parse::<u64>().unwrap() * unit).sum::<u64>();
    let mut free = 0;
    for (number, cue) in srt.split("\n\n").filter(|cue| !cue.trim().is_empty()).enumerate() {
        let [count, times, said @ ..] = &cue.lines().collect::<Vec<_>>()[..] else { panic!("{cue}") };
        let (start, end) = times.split_once(" --> ").map(|(start, end)| (millis(start), millis(end))).unwrap();
        assert!(*count == (number + 1).to_string() && start >= free && (1000..=7000).contains(&(end - start)), "{free}: {cue}");
        assert!((1..=2).contains(&said.len()) && said.iter().all(|line| (1..=42).contains(&line.chars().count())) && said[0].contains(": "), "{cue}");
        free = end;
    }
}

fn any_talk() -> impl Strategy<Value = Vec<Piece>> {
    // Short ones inside the other's talk become signs of listening, some lie over each other.
    prop::collection::vec((0_u8..3, -1.0_f64..2.0, 0.2_f64..4.0, 0_usize..8), 1..14)
}

/// A sign of listening inside a turn, and a word nobody claims.
const TALK: [Piece; 5] = [(0, 0.0, 4.0, 9), (1, 0.2, 0.5, 1), (0, 0.2, 3.0, 7), (1, 1.5, 5.0, 12), (2, 0.5, 0.4, 1)];

#[test]
fn every_word_is_in_every_format_and_script() {
    for letter in ["w", "狗"] {
        let record = conference(&TALK, letter);
        assert!(record.turns().iter().any(|turn| !turn.backchannels.is_empty()), "something is put in meanwhile");
        // A PDF holds the letters themselves: where the computer has no font with them, it cannot.
        let has_letters = letter == "w" || has_font_for("zh");
        if !has_letters {
            support::skip("no font with Chinese letters for a PDF");
        }
        assert_every_word(&record, with_words().filter(|format| has_letters || *format != Format::Pdf));
        assert_words_in_json(&record);
    }
}

fn has_font_for(language: &str) -> bool {
    let found = std::process::Command::new("fc-list").arg(format!(":lang={language}")).output();
    found.is_ok_and(|found| !found.stdout.is_empty())
}

#[test]
fn words_of_a_script_without_spaces_are_joined_without_them_in_every_format() {
    let record = conference(&TALK, "狗");
    let said = record.transcript().text(&record.turns()[0].words);
    assert!(!said.contains(' ') && said.contains("狗零零零狗零零一"), "{said}");
    for format in with_words() {
        let bytes = render(&record, format, &Contents::ALL, None).unwrap();
        let text = match format {
            Format::Docx | Format::Pdf | Format::Bundle => continue,
            _ => String::from_utf8(bytes).unwrap(),
        };
        assert!(text.contains("狗零零零狗零零一"), "{}: {text}", format.label());
        assert!(!text.contains("零 狗") && !text.contains("一 狗"), "{}", format.label());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn no_format_leaves_a_word_out(pieces in any_talk(), letter in prop::sample::select(vec!["w", "狗"])) {
        let record = conference(&pieces, letter);
        // A PDF takes its time, and is made of the same lines as a Word file.
        assert_every_word(&record, with_words().filter(|format| *format != Format::Pdf));
        assert_words_in_json(&record);
    }

    #[test]
    fn subtitles_of_any_conference_can_be_read(talk in any_talk(), letter in prop::sample::select(vec!["w", "狗"]), name in "[a-zé李 ]{1,40}") {
        let mut facts = conference(&talk, letter).data().clone();
        let student = Student { id: StudentId::NONE, name: format!("Ä{name}") };
        facts.participants = vec![Participant { student, voice: Some(1) }];
        let record = ConferenceRecord::new(facts);
        assert_subtitles(&record);
        assert_every_word(&record, [Format::Srt, Format::Vtt].into_iter());
    }
}
