//! What is shared, read by other programs; and names looked for in every byte of it.

use crate::support;
use crate::support::conferences::{NAMES, class, named, rain};
use afterbell::conference::{ConferenceRecord, Doubt, Millis, NoWords, Span, Untranscribed, Voice, VoiceCount, VoiceSpan, Word};
use afterbell::export::{Contents, Format, Hider, PackedSound, document, file_name, find_names, render};
use afterbell::settings::OwnNames;
use std::io::{Cursor, Read as _};
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

fn hidden(record: &ConferenceRecord) -> ConferenceRecord {
    Hider::new(&find_names(&[record], &class(), &OwnNames::default())).record(record)
}

fn run(program: &str, arguments: &[&str], folder: &Path) -> String {
    // Two LibreOffices that start at once, the first time on a computer, were seen to crash.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let output = Command::new(program).args(arguments).current_dir(folder).env("HOME", folder).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Every byte that is in a file, unpacked where it is packed.
fn unpacked(format: Format, bytes: &[u8], folder: &Path) -> Vec<Vec<u8>> {
    let mut all = vec![bytes.to_vec()];
    match format {
        Format::Docx | Format::Bundle => {
            let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
            for index in 0..zip.len() {
                let mut file = zip.by_index(index).unwrap();
                let mut inside = file.name().as_bytes().to_vec();
                file.read_to_end(&mut inside).unwrap();
                all.push(inside);
            }
        }
        Format::Pdf if support::has("qpdf") && support::has("pdftotext") => {
            std::fs::write(folder.join("in.pdf"), bytes).unwrap();
            run("qpdf", &["--qdf", "--object-streams=disable", "in.pdf", "plain.pdf"], folder);
            run("pdftotext", &["-enc", "UTF-8", "in.pdf", "in.txt"], folder);
            all.extend(["plain.pdf", "in.txt"].map(|file| std::fs::read(folder.join(file)).unwrap()));
        }
        Format::Pdf => support::skip("no qpdf or no pdftotext"),
        _ => {}
    }
    all
}

/// Whether a name stands in bytes as a word of its own, in UTF-8 or UTF-16.
fn names_in(bytes: &[u8]) -> Vec<&'static str> {
    let wide: Vec<u16> = bytes.chunks_exact(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
    let texts = [String::from_utf8_lossy(bytes).to_lowercase(), String::from_utf16_lossy(&wide).to_lowercase()];
    let stands = |text: &str, name: &str| {
        text.match_indices(name).any(|(at, _)| {
            let (before, after) = (text[..at].chars().next_back(), text[at + name.len()..].chars().next());
            !before.is_some_and(char::is_alphabetic) && !after.is_some_and(char::is_alphabetic)
        })
    };
    NAMES.into_iter().filter(|name| texts.iter().any(|text| stands(text, name))).collect()
}

#[test]
fn no_name_is_left_in_any_byte_of_any_format() {
    let folder = tempfile::tempdir().unwrap();
    let (open, shut) = (named(), hidden(&named()));
    let sound = PackedSound { bytes: vec![7; 100] };
    for format in Format::ALL {
        let bytes = |record| render(record, format, &Contents { sound: true, ..Contents::ALL }, Some(&sound)).unwrap();
        // The search itself must be able to find: the same file with its names has them. (The measures name nobody but the students.)
        let found: Vec<_> = unpacked(format, &bytes(&open), folder.path()).iter().flat_map(|bytes| names_in(bytes)).collect();
        assert!(found.contains(&"maya"), "{format:?}: {found:?}");
        for part in unpacked(format, &bytes(&shut), folder.path()) {
            assert_eq!(names_in(&part), Vec::<&str>::new(), "{format:?}: {}", String::from_utf8_lossy(&part));
        }
        assert_eq!(names_in(file_name(&shut, format.ending()).as_bytes()), Vec::<&str>::new());
    }
}

#[test]
fn hiding_names_changes_nothing_but_words() {
    let (open, shut) = (named(), hidden(&named()));
    let times = |record: &ConferenceRecord| record.turns().iter().map(|turn| (turn.speaker, turn.span)).collect::<Vec<_>>();
    assert_eq!(times(&open), times(&shut));
    assert_eq!(open.measures().silence, shut.measures().silence);
    assert_eq!(open.measures().minutes, shut.measures().minutes);
}

/// Letters and digits only, word by word: how programs break lines and draw quotation marks is their own affair.
fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// A conference of many pages.
fn long() -> ConferenceRecord {
    let mut facts = rain().data().clone();
    let (words, spans) = (facts.transcript.words.clone(), facts.voices.spans.clone());
    for round in 1..40 {
        let later = |span: Span| Span::from_secs(span.start().secs() + 25.0 * f64::from(round), span.end().secs() + 25.0 * f64::from(round));
        facts.transcript.words.extend(words.iter().map(|word| Word { span: later(word.span), ..word.clone() }));
        facts.voices.spans.extend(spans.iter().map(|piece| VoiceSpan { span: later(piece.span), ..*piece }));
    }
    facts.length = Millis(40 * 25_000);
    ConferenceRecord::new(facts)
}

/// What people paste: Word's Shift+Enter, a terminal's colours, numbers that are no characters.
const PASTED: &str = "one\u{b}two\u{1b}[31m\0 three\u{c}\u{fffe}\u{7f}\u{85}four\r\nfive\tsix";

#[test]
fn what_people_paste_breaks_no_format() {
    let mut facts = rain().data().clone();
    facts.title = format!("Poem {PASTED}");
    facts.participants[0].student.name = format!("Zoë {PASTED}");
    facts.transcript.words[0].text = PASTED.replace([' ', '\t'], "");
    for answer in &mut facts.reflection.answers {
        (answer.note, answer.extra) = (format!("note {PASTED}"), format!("extra {PASTED}"));
    }
    let record = ConferenceRecord::new(facts);
    for format in Format::ALL {
        let bytes = render(&record, format, &Contents::ALL, None).unwrap();
        match format {
            Format::Docx => {
                let mut zip = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
                for index in 0..zip.len() {
                    let mut file = zip.by_index(index).unwrap();
                    let (name, mut text) = (file.name().to_owned(), String::new());
                    if name.ends_with(".xml") || name.ends_with(".rels") {
                        file.read_to_string(&mut text).unwrap();
                        let read = roxmltree::Document::parse(&text).unwrap_or_else(|err| panic!("{name}: {err}"));
                        let said: String = read.descendants().filter_map(|node| node.text()).collect();
                        let is_document = name == "word/document.xml";
                        assert!(!is_document || (said.contains("Zoë one two[31m three") && said.contains("note one")), "{said}");
                    }
                }
            }
            Format::Pdf if support::has("qpdf") && support::has("pdftotext") => {
                let folder = tempfile::tempdir().unwrap();
                std::fs::write(folder.path().join("c.pdf"), &bytes).unwrap();
                run("qpdf", &["--check", "c.pdf"], folder.path());
                let read = run("pdftotext", &["-enc", "UTF-8", "c.pdf", "-"], folder.path());
                assert!(read.contains("two[31m three"), "{read}");
                assert!(!read.chars().any(|letter| letter.is_control() && !['\n', '\u{c}'].contains(&letter)), "{read:?}");
            }
            Format::Pdf => support::skip("no qpdf or no pdftotext"),
            Format::Bundle => drop(afterbell::export::unpack(Cursor::new(&bytes)).unwrap()),
            _ => {
                let text = String::from_utf8(bytes).unwrap();
                let is_command = |letter: &char| (letter.is_control() && !['\n', '\r'].contains(letter)) || *letter == '\u{fffe}';
                let found: String = text.chars().filter(is_command).collect();
                // JSON may hold what XML may not, and gives it back.
                assert!(found.is_empty() || format == Format::Json, "{format:?}: {found:?}");
                assert!(text.contains("two"), "{format:?}");
            }
        }
    }
    let json = render(&record, Format::Json, &Contents::ALL, None).unwrap();
    assert_eq!(ConferenceRecord::new(serde_json::from_slice(&json).unwrap()), record, "for programs all of it is there");
    // A table has as many lines as turns, whatever stands in it.
    let table = String::from_utf8(render(&record, Format::Csv, &Contents::ALL, None).unwrap()).unwrap();
    let plain = String::from_utf8(render(&rain(), Format::Csv, &Contents::ALL, None).unwrap()).unwrap();
    assert_eq!(table.lines().count(), plain.lines().count());
}

#[test]
fn libreoffice_reads_the_word_file_and_the_tables() {
    if !support::has("soffice") {
        return support::skip("no LibreOffice");
    }
    let folder = tempfile::tempdir().unwrap();
    let record = long();
    let said = |format| render(&record, format, &Contents::ALL, None).unwrap();
    std::fs::write(folder.path().join("c.docx"), said(Format::Docx)).unwrap();
    std::fs::write(folder.path().join("c.csv"), render(&named(), Format::Csv, &Contents::ALL, None).unwrap()).unwrap();
    run("soffice", &["--headless", "--convert-to", "txt:Text (encoded):UTF8", "c.docx"], folder.path());
    let read = std::fs::read_to_string(folder.path().join("c.txt")).unwrap();
    let ours = words(&String::from_utf8(said(Format::Txt)).unwrap().replace("* ", " "));
    assert_eq!(words(&read), ours);
    run("soffice", &["--headless", "--infilter=CSV:44,34,76,1,,0,false,true", "--convert-to", "fods", "c.csv"], folder.path());
    let table = std::fs::read_to_string(folder.path().join("c.fods")).unwrap();
    assert!(!table.contains("table:formula"), "a formula came alive");
    // Commas, quotation marks and umlauts stay in their cell.
    assert!(table.contains("=SUM(A1), &quot;so, what&quot; &amp; &lt;why&gt;.") || table.contains("=SUM(A1), \"so, what\" &amp; &lt;why&gt;."), "{table}");
    assert!(table.contains("Zoë’s"));
}

#[test]
fn the_pdf_reads_in_order_is_tagged_and_has_its_fonts() {
    if !support::has("qpdf") || !support::has("pdftotext") {
        return support::skip("no qpdf or no pdftotext");
    }
    let folder = tempfile::tempdir().unwrap();
    let record = long();
    std::fs::write(folder.path().join("c.pdf"), render(&record, Format::Pdf, &Contents::ALL, None).unwrap()).unwrap();
    run("qpdf", &["--check", "c.pdf"], folder.path());
    run("qpdf", &["--qdf", "--object-streams=disable", "c.pdf", "plain.pdf"], folder.path());
    let plain = String::from_utf8_lossy(&std::fs::read(folder.path().join("plain.pdf")).unwrap()).into_owned();
    for sign in ["/StructTreeRoot", "/Marked true", "/Lang", "/Outlines", "pdfuaid:part", "/DisplayDocTitle true", "/S /H1", "/S /H2"] {
        assert!(plain.contains(sign), "{sign} is missing");
    }
    let fonts = run("pdffonts", &["c.pdf"], folder.path());
    assert!(fonts.lines().skip(2).count() >= 2 && fonts.lines().skip(2).all(|line| line.contains("yes yes yes")), "embedded, subset, with Unicode: {fonts}");
    let read = run("pdftotext", &["-enc", "UTF-8", "c.pdf", "-"], folder.path());
    // Each page ends with its number.
    let body: String = read.split('\u{c}').map(|page| page.trim_end().rsplit_once('\n').map_or("", |(body, _)| body).to_owned() + "\n").collect();
    let ours = String::from_utf8(render(&record, Format::Txt, &Contents::ALL, None).unwrap()).unwrap().replace("] * ", "] marked ");
    assert_eq!(words(&body), words(&ours));
}

#[test]
fn a_sentence_from_right_to_left_is_not_divided_by_a_word_from_left_to_right() {
    if !support::has("soffice") || !support::has("pdftotext") || !support::has("qpdf") {
        return support::skip("no LibreOffice, no pdftotext or no qpdf");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut facts = rain().data().clone();
    // The first turn has six words.
    let said = ["היום", "כתבתי", "haiku", "חדש", "על", "גשם."];
    facts.transcript.words.iter_mut().zip(said).for_each(|(word, said)| word.text = said.into());
    let record = ConferenceRecord::new(facts);
    std::fs::write(folder.path().join("own.pdf"), render(&record, Format::Pdf, &Contents::ALL, None).unwrap()).unwrap();
    std::fs::write(folder.path().join("word.docx"), render(&record, Format::Docx, &Contents::ALL, None).unwrap()).unwrap();
    run("soffice", &["--headless", "--convert-to", "pdf", "word.docx"], folder.path());
    run("qpdf", &["--qdf", "--object-streams=disable", "own.pdf", "plain.pdf"], folder.path());
    let plain = std::fs::read(folder.path().join("plain.pdf")).unwrap();
    assert!(String::from_utf8_lossy(&plain).contains("pdfuaid:part"), "a letter has no glyph");
    for file in ["own.pdf", "word.pdf"] {
        let read = run("pdftotext", &["-bbox", file, "-"], folder.path());
        // <word xMin="116.0" yMin="165.8" xMax="139.8" yMax="178.4">poem</word>
        // Some write a word's letters in the order in which they are read, some in the order in which they stand.
        let left = |word: &str| -> f64 {
            let word = word.trim_end_matches('.');
            let turned: String = word.chars().rev().collect();
            let line = read.lines().find(|line| line.contains("<word") && (line.contains(word) || line.contains(&turned)));
            let line = line.unwrap_or_else(|| panic!("{word} in {file}: {read}"));
            line.split('"').nth(1).unwrap().parse().unwrap()
        };
        let places: Vec<f64> = said.iter().map(|word| left(word)).collect();
        assert!(places.windows(2).all(|pair| pair[0] > pair[1]), "{file}: {places:?}");
        assert!(left("Teacher:") < places[5], "its name stands before it: {file}");
    }
}

/// A conference of which it is not sure who spoke when.
fn doubtful() -> ConferenceRecord {
    let mut facts = rain().data().clone();
    let stretches = vec![VoiceSpan { span: Span::from_secs(6.0, 9.0), voice: Voice(0) }];
    facts.voices.doubt = Some(Doubt { count: VoiceCount::HardToTell, is_noisy: true, moments: vec![Millis(500), Millis(6000)], stretches });
    ConferenceRecord::new(facts)
}

#[test]
fn a_share_that_is_unsure_leaves_as_a_range_with_its_reason() {
    let text = |format| String::from_utf8(render(&doubtful(), format, &Contents::ALL, None).unwrap()).unwrap();
    let said = text(Format::Txt);
    assert!(said.contains("Talk: Teacher about 50–100%, Zoë about 0–50%\nNot sure: It is hard to tell whether one person speaks or two."), "{said}");
    let json: serde_json::Value = serde_json::from_str(&text(Format::Json)).unwrap();
    let teacher = &json["measures"]["speakers"]["teacher"];
    let range = |at: usize| teacher["share_range"][at].as_f64().unwrap();
    assert!(range(0) < teacher["share"].as_f64().unwrap() && range(1) == 1.0, "{teacher}");
    let table = text(Format::Measures);
    assert!(table.contains("\"talk share, at least\"") && table.contains("\"talk share, at most\""), "{table}");
}

#[test]
fn the_json_is_as_its_schema_says() {
    let schema = serde_json::from_str(include_str!("../../assets/conference.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let some = Contents { transcript: false, times: false, marks: false, questions: false, ratings: false, found: false, sound: false };
    let mut marked = rain().data().clone();
    let reasons = [NoWords::EngineFailed, NoWords::RepeatsRemoved, NoWords::NotUnderstood, NoWords::Unsure, NoWords::OtherLanguage];
    marked.transcript.untranscribed = reasons.map(|reason| Untranscribed { span: Span::from_secs(1.0, 2.0), reason }).to_vec();
    for record in [rain(), named(), hidden(&named()), doubtful(), ConferenceRecord::new(marked)] {
        for contents in [Contents::ALL, Contents::default(), some] {
            let value: serde_json::Value = serde_json::from_slice(&render(&record, Format::Json, &contents, None).unwrap()).unwrap();
            let errors: Vec<String> = validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
            assert_eq!(errors, Vec::<String>::new());
        }
    }
    // And it does not accept just anything.
    assert!(!validator.is_valid(&serde_json::json!({ "version": 1 })));
}

#[test]
fn a_typed_transcript_of_ours_comes_back_with_the_same_turns() {
    let text = String::from_utf8(render(&named(), Format::Txt, &Contents::ALL, None).unwrap()).unwrap();
    let typed = afterbell::work::typed::read_typed(&text).unwrap();
    let said: Vec<String> = typed.transcript.words.iter().map(|word| word.text.clone()).collect();
    let ours: Vec<String> = named().transcript().words.iter().map(|word| word.text.clone()).collect();
    assert_eq!(said, ours, "{text}");
}

#[test]
fn what_is_not_chosen_is_not_said() {
    let record = named();
    let only = Contents { transcript: true, times: false, marks: false, questions: false, ratings: false, found: false, sound: false };
    let text = String::from_utf8(render(&record, Format::Txt, &only, None).unwrap()).unwrap();
    assert!(!text.contains("0:10") && !text.contains("lead") && !text.contains("Good") && !text.contains("Found") && text.contains("Joshua"));
    let without = document(&record, &Contents { transcript: false, ..Contents::ALL });
    assert!(!format!("{without:?}").contains("Line("));
}
