//! Reads transcripts that come without sound: typed ones, and our own JSON.
//!
//! Typed: one turn a line, `T: ...` / `S: ...` (`S1`, `S2` at a table), `Teacher:`, `Student 2:`, or a name; times such as `[0:42]` are used where they stand.
//! Each labelled line is one turn, in order. A typed conference has no sound: without times, positions are estimated from the number of words.

use crate::conference::{Millis, Span, Speaker, TeacherKnown, Transcript, Turn, Voice, VoiceSpan, Voices, Word};
use crate::error::{Error, ErrorKind, Result};
use serde::Deserialize;
use std::path::Path;

/// A transcript read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// The words; positions are estimates unless [`Typed::timed`].
    pub transcript: Transcript,
    /// One for each labelled line (or turn of the JSON), in order.
    pub turns: Vec<Turn>,
    /// The same speakers as voices, for a [`crate::conference::ConferenceFacts`].
    pub voices: Voices,
    /// Names of the students in the order of their numbers; empty text where the transcript gives none.
    pub student_names: Vec<String>,
    /// Whether most lines came with a time.
    pub timed: bool,
    /// The end of the last word.
    pub length: Millis,
}

/// A typed word lasts this long when nobody says otherwise: 150 words a minute, an ordinary pace of speech.
const WORD_LENGTH: Millis = Millis(400);
/// A transcript larger than this is none: three hours of talk are below a megabyte.
const LARGEST: u64 = 20_000_000;
/// Labels at the top of a page that name no speaker (our own text export among them).
const HEAD: [&str; 22] = [
    "with",
    "title",
    "when",
    "length",
    "talk",
    "note",
    "notes",
    "date",
    "grade",
    "class",
    "school",
    "genre",
    "topic",
    "recorded",
    "transcript",
    "marks",
    "time",
    "subject",
    "wait after a question",
    "wait after the student",
    "context",
    "key",
];
const TEACHERS: [&str; 6] = ["t", "teacher", "you", "the teacher", "tchr", "me"];
const STUDENTS: [&str; 8] = ["s", "st", "student", "the student", "child", "writer", "kid", "pupil"];
const NOBODY: [&str; 8] = ["all", "both", "everyone", "class", "unknown", "other", "another voice", "not sure who"];
const TITLES: [&str; 7] = ["mr", "mrs", "ms", "miss", "mx", "dr", "coach"];

/// Reads a transcript file: our JSON, or typed lines.
///
/// # Errors
/// When it cannot be read, or holds no speakers.
pub fn read_file(path: &Path) -> Result<Typed> {
    let doing = "reading a transcript";
    let size = std::fs::metadata(path).map_err(|err| Error::reading(doing, err))?.len();
    if size > LARGEST {
        return Err(Error::bare(ErrorKind::NotATranscript, "reading a transcript: far too large"));
    }
    let bytes = std::fs::read(path).map_err(|err| Error::reading(doing, err))?;
    let text = decoded(&bytes);
    if text.trim_start().starts_with('{') { read_json(&text) } else { read_typed(&text) }
}

/// Windows editors write UTF-16, or one byte a letter; a few wrong letters are better than no transcript.
fn decoded(bytes: &[u8]) -> String {
    let wide = |pair: &[u8], order: fn([u8; 2]) -> u16| pair.chunks_exact(2).map(|two| order([two[0], two[1]])).collect::<Vec<u16>>();
    match bytes {
        [0xFF, 0xFE, rest @ ..] => String::from_utf16_lossy(&wide(rest, u16::from_le_bytes)),
        [0xFE, 0xFF, rest @ ..] => String::from_utf16_lossy(&wide(rest, u16::from_be_bytes)),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// One labelled line.
#[derive(Debug, Clone, PartialEq)]
struct Line {
    label: String,
    at: Option<Millis>,
    until: Option<Millis>,
    text: String,
}

/// Reads a typed transcript.
///
/// # Errors
/// When no speakers can be told apart in it.
pub fn read_typed(text: &str) -> Result<Typed> {
    let nothing = || Error::bare(ErrorKind::NotATranscript, "reading a typed transcript: no labelled lines");
    if text.contains('\0') {
        return Err(nothing());
    }
    let parsed: Vec<(Option<Line>, &str)> = text.lines().map(|line| (labelled(line), line)).collect();
    // A capitalised word before a colon is a name when it comes again ("Remember: ..." does not).
    let times = |label: &str| parsed.iter().flat_map(|(line, _)| line).filter(|line| line.label == label).count();
    let labels = || parsed.iter().flat_map(|(line, _)| line);
    let few = labels().count() <= 4 && !labels().any(|line| is_known(&line.label));
    let mut lines: Vec<Line> = Vec::new();
    for (line, whole) in &parsed {
        let whole = whole.trim();
        if whole == "Reflection" && !lines.is_empty() {
            break;
        }
        // In our own text export notes and findings stand before what was said.
        if whole == "Transcript" {
            lines.clear();
            continue;
        }
        match line {
            Some(line) if HEAD.contains(&line.label.as_str()) => {}
            Some(line) if is_known(&line.label) || few || times(&line.label) > 1 => lines.push(line.clone()),
            _ => {
                // Goes on with the line above; remarks in brackets and headings are not speech.
                let is_remark = whole.is_empty() || whole.starts_with(['#', '(', '[', '|', '>']) || whole.chars().all(|c| !c.is_alphanumeric());
                if let (false, Some(last)) = (is_remark, lines.last_mut()) {
                    last.text.push(' ');
                    last.text.push_str(whole);
                }
            }
        }
    }
    let unlabelled = parsed.iter().filter(|(line, whole)| line.is_none() && !whole.trim().is_empty()).count();
    if lines.is_empty() || (lines.len() == 1 && unlabelled > 2) {
        return Err(nothing());
    }
    Ok(assemble(&lines, "en"))
}

fn is_known(label: &str) -> bool {
    TEACHERS.contains(&label) || NOBODY.contains(&label) || student_number(label).is_some() || has_title(label)
}

fn has_title(label: &str) -> bool {
    label.split([' ', '.']).next().is_some_and(|first| TITLES.contains(&first))
}

/// `S`, `S2`, `Student 2`, `student2`.
fn student_number(label: &str) -> Option<u8> {
    let bare = label.trim_end_matches(|c: char| c.is_ascii_digit());
    let number = &label[bare.len()..];
    let is_student = STUDENTS.contains(&bare.trim_end_matches([' ', '#', '-', '_']));
    is_student.then(|| if number.is_empty() { Some(1) } else { number.parse().ok().filter(|&number| number > 0) })?
}

/// Label, time and words of a line; none when it has no label.
fn labelled(line: &str) -> Option<Line> {
    let mut rest = line.trim().trim_start_matches(['\u{feff}', '-', '*', '•', '>', ' ', '_']);
    let mut at = None;
    if let Some((time, after)) = time_at_start(rest) {
        at = Some(time);
        rest = after.trim_start_matches([' ', '-', '–', '—', '*', '_', '\t', '|']);
    }
    let (label, text) = split_label(rest)?;
    let mut label = label.replace(['*', '_', '\\'], "");
    // "Ms Lee (0:05)"
    if let Some((name, inside)) = label.clone().split_once(['(', '[']) {
        let time = time_at_start(inside.trim_end_matches([')', ']', ' '])).map(|(time, _)| time);
        at = at.or(time);
        label = name.to_owned();
    }
    let label = label.trim().to_lowercase();
    let mut text = text.trim_start_matches(['*', '_', ' ', ':', '\t']);
    if let Some((time, after)) = time_at_start(text) {
        at = at.or(Some(time));
        text = after;
    }
    Some(Line { label, at, until: None, text: text.replace("**", "").trim().to_owned() })
}

/// The label before a colon, or, for the known ones, before a dash or tab.
fn split_label(rest: &str) -> Option<(&str, &str)> {
    let colon = rest.char_indices().scan(0_i32, |depth, (at, c)| {
        *depth += i32::from(c == '(' || c == '[') - i32::from(c == ')' || c == ']');
        Some((at, c, *depth))
    });
    let colon = colon.filter(|&(_, c, depth)| c == ':' && depth <= 0).map(|(at, ..)| at).next();
    if let Some(at) = colon {
        let (label, text) = (&rest[..at], &rest[at + 1..]);
        let bare = label.split(['(', '[']).next().unwrap_or(label).replace(['*', '_', '\\'], "");
        let bare = bare.trim();
        let words: Vec<&str> = bare.split_whitespace().collect();
        let is_name = |word: &str| {
            word.chars().next().is_some_and(|c| c.is_uppercase() || c.is_numeric()) && word.chars().all(|c| c.is_alphanumeric() || ".'’-#".contains(c))
        };
        let lower = bare.to_lowercase();
        if !words.is_empty() && (is_known(&lower) || HEAD.contains(&lower.as_str()) || (words.len() <= 3 && words.iter().all(|word| is_name(word)))) {
            return Some((label, text));
        }
    }
    let dash = rest.find([' ', '\t', '-', '–', '—', ')', ']'])?;
    let bare = rest[..dash].replace(['*', '_'], "").trim_start_matches('[').to_lowercase();
    let after = rest[dash..].trim_start();
    let sign = after.trim_start_matches(['-', '–', '—', '>', ')', ']']);
    let is_split = after.len() > sign.len() || rest[dash..].starts_with('\t');
    ((TEACHERS.contains(&bare.as_str()) || student_number(&bare).is_some()) && is_split).then(|| (&rest[..dash], sign))
}

/// `[0:42]`, `(1:02:03)`, `0:42`, `00:42.5` at the start, and what follows.
fn time_at_start(text: &str) -> Option<(Millis, &str)> {
    let inner = text.trim_start_matches(['[', '(', '<', '*']);
    let end = inner.find(|c: char| !(c.is_ascii_digit() || ":.,".contains(c))).unwrap_or(inner.len());
    let (time, after) = inner.split_at(end);
    let time = time.trim_end_matches([':', '.', ',']);
    let parts: Vec<&str> = time.split(':').collect();
    if !(2..=3).contains(&parts.len()) || parts.iter().any(|part| part.is_empty() || part.len() > 7) {
        return None;
    }
    let mut secs = 0.0;
    for part in parts {
        secs = secs * 60.0 + part.replace(',', ".").parse::<f64>().ok()?;
    }
    Some((Millis::from_secs(secs), after.trim_start_matches([']', ')', '>', '*', ' ', '-', '–', '—'])))
}

/// Who each label is.
fn speakers(lines: &[Line]) -> Vec<(String, Speaker)> {
    let mut labels: Vec<String> = Vec::new();
    for line in lines {
        if !labels.contains(&line.label) {
            labels.push(line.label.clone());
        }
    }
    let asks = |label: &str| lines.iter().filter(|line| line.label == label).map(|line| line.text.matches('?').count()).sum::<usize>();
    let is_named = |label: &&String| TEACHERS.contains(&label.as_str());
    let is_free = |label: &&String| student_number(label).is_none() && !NOBODY.contains(&label.as_str());
    let teacher = labels.iter().find(is_named).or_else(|| labels.iter().find(|label| has_title(label)));
    // The first of those who ask most.
    let teacher = teacher.or_else(|| labels.iter().filter(is_free).rev().max_by_key(|label| asks(label))).cloned();
    let mut taken: Vec<u8> = labels.iter().filter_map(|label| student_number(label)).collect();
    let mut roles = Vec::with_capacity(labels.len());
    for label in labels {
        let role = if Some(&label) == teacher.as_ref() || TEACHERS.contains(&label.as_str()) {
            Speaker::Teacher
        } else if let Some(number) = student_number(&label) {
            Speaker::Student(number)
        } else if NOBODY.contains(&label.as_str()) || has_title(&label) {
            Speaker::Other
        } else {
            let number = (1..=u8::MAX).find(|number| !taken.contains(number)).unwrap_or(u8::MAX);
            taken.push(number);
            Speaker::Student(number)
        };
        roles.push((label, role));
    }
    roles
}

fn assemble(lines: &[Line], language: &str) -> Typed {
    let roles = speakers(lines);
    let mut words: Vec<Word> = Vec::new();
    let mut turns: Vec<Turn> = Vec::new();
    let mut voices = Voices { teacher_known: TeacherKnown::ByTeacher, ..Voices::default() };
    let mut now = Millis::ZERO;
    for (number, line) in lines.iter().enumerate() {
        let role = roles.iter().find(|(label, _)| *label == line.label).map_or(Speaker::Unknown, |&(_, role)| role);
        let texts: Vec<&str> = line.text.split_whitespace().collect();
        let start = line.at.filter(|&at| at >= now).unwrap_or(now);
        let usual = Millis(texts.len() as i64 * WORD_LENGTH.0);
        let next =
            lines[number + 1..].iter().find_map(|line| line.at).filter(|&next| next > start && lines.get(number + 1).is_some_and(|line| line.at.is_some()));
        let end = line.until.filter(|&until| until > start).unwrap_or_else(|| next.map_or(start + usual, |next| next.min(start + usual)));
        let from = words.len();
        for (index, text) in texts.iter().enumerate() {
            let at = |index: usize| start + Millis((end - start).0 * index as i64 / texts.len() as i64);
            words.push(Word { text: (*text).to_owned(), span: Span::new(at(index), at(index + 1)), confidence: 1.0 });
        }
        let span = Span::new(start, end);
        turns.push(Turn { speaker: role, span, words: (from..words.len()).collect(), backchannels: Vec::new() });
        let voice = voices.roles.iter().position(|&known| known == role).unwrap_or_else(|| {
            voices.roles.push(role);
            voices.roles.len() - 1
        });
        if span.length() > Millis::ZERO {
            voices.spans.push(VoiceSpan { span, voice: Voice(u8::try_from(voice).unwrap_or(u8::MAX)) });
        }
        now = end;
    }
    let most = roles.iter().filter_map(|&(_, role)| if let Speaker::Student(number) = role { Some(number) } else { None }).max().unwrap_or(0);
    let name = |number: u8| roles.iter().find(|&&(_, role)| role == Speaker::Student(number)).map(|(label, _)| label.as_str()).filter(|label| !is_known(label));
    Typed {
        transcript: Transcript { words, untranscribed: Vec::new(), model: String::new(), language: language.to_owned() },
        turns,
        voices,
        student_names: (1..=most).map(|number| name(number).map(capitalised).unwrap_or_default()).collect(),
        timed: lines.iter().filter(|line| line.at.is_some()).count() * 2 > lines.len(),
        length: now,
    }
}

fn capitalised(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>()).unwrap_or_default()
    };
    name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Our export, or any JSON with `turns` of `speaker` and `text`.
#[derive(Debug, Deserialize)]
struct JsonTalk {
    transcript: Option<Transcript>,
    turns: Vec<JsonTurn>,
}

#[derive(Debug, Deserialize)]
struct JsonTurn {
    speaker: String,
    #[serde(default)]
    text: String,
    start_s: Option<f64>,
    end_s: Option<f64>,
    words: Option<serde_json::Value>,
}

fn read_json(text: &str) -> Result<Typed> {
    let talk: JsonTalk = serde_json::from_str(text).map_err(|err| Error::new(ErrorKind::NotATranscript, "reading a transcript in JSON", err))?;
    if talk.turns.is_empty() {
        return Err(Error::bare(ErrorKind::NotATranscript, "reading a transcript in JSON: no turns"));
    }
    let secs = |secs: Option<f64>| secs.filter(|secs| secs.is_finite() && (0.0..1e7).contains(secs)).map(Millis::from_secs);
    let lines: Vec<Line> = talk
        .turns
        .iter()
        .map(|turn| Line { label: turn.speaker.trim().to_lowercase(), at: secs(turn.start_s), until: secs(turn.end_s), text: turn.text.clone() })
        .collect();
    let language = talk.transcript.as_ref().map_or("en", |transcript| transcript.language.as_str()).to_owned();
    let mut typed = assemble(&lines, &language);
    // Our own export knows each word's time.
    if let Some(transcript) = talk.transcript.filter(|transcript| !transcript.words.is_empty()) {
        let indices = |turn: &JsonTurn| turn.words.clone().and_then(|words| serde_json::from_value::<Vec<usize>>(words).ok());
        let known: Option<Vec<Vec<usize>>> = talk.turns.iter().map(indices).collect();
        if let Some(known) = known.filter(|known| known.iter().flatten().all(|&index| index < transcript.words.len())) {
            for (turn, words) in typed.turns.iter_mut().zip(known) {
                turn.words = words;
            }
            typed.transcript = transcript;
        }
    }
    Ok(typed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn who(text: &str) -> Vec<String> {
        read_typed(text).unwrap().turns.iter().map(|turn| turn.speaker.key()).collect()
    }

    #[test]
    fn every_labelled_line_is_a_turn_in_order() {
        assert_eq!(who("T: Hi.\nT: How's it going?\nS: Fine.\nS: Mm-hm."), ["teacher", "teacher", "student1", "student1"]);
        assert_eq!(who("Teacher: Hi all.\nS2: Hi.\nS1: Hey.\nStudent 3: Hello."), ["teacher", "student2", "student1", "student3"]);
        assert_eq!(who("T - Hi.\nS – Hello.\n"), ["teacher", "student1"]);
        assert_eq!(who("- **T:** Hi.\n- **S:** Hello."), ["teacher", "student1"]);
    }

    #[test]
    fn a_name_with_a_title_is_the_teacher_else_whoever_asks_most() {
        assert_eq!(who("Maya: Hi.\nMs. Lee: Hi Maya.\nMaya: Can you help?"), ["student1", "teacher", "student1"]);
        assert_eq!(who("Maya: Hi.\nDana: How's it going?\nMaya: Fine.\nDana: What's next?"), ["student1", "teacher", "student1", "teacher"]);
        assert_eq!(read_typed("Ms Lee: Hi.\nMaya: Hi.\nOmar: Hi.\nMaya: So.\nOmar: So.").unwrap().student_names, ["Maya", "Omar"]);
    }

    #[test]
    fn lines_without_a_label_go_on_with_the_one_above() {
        let typed = read_typed("Conference, May 3\n\nT: How's it\ngoing today?\nRemember: it is early.\n(a bell rings)\n\nS: Fine.\nT: Good.").unwrap();
        assert_eq!(typed.turns.len(), 3);
        assert_eq!(typed.turns[0].words.len(), 8);
    }

    #[test]
    fn times_are_used_where_they_stand() {
        for text in [
            "[0:05] T: One two.\n[0:09] S: Three.",
            "0:05 T: One two.\n0:09 S: Three.",
            "T (0:05): One two.\nS (0:09): Three.",
            "T: [0:05] One two.\nS: [00:00:09] Three.",
        ] {
            let typed = read_typed(text).unwrap();
            assert!(typed.timed, "{text}");
            assert_eq!((typed.turns[0].span.start(), typed.turns[1].span.start()), (Millis(5000), Millis(9000)), "{text}");
            assert_eq!(typed.transcript.words.len(), 3, "{text}");
        }
        assert!(!read_typed("T: One.\nS: Two.").unwrap().timed);
    }

    #[test]
    fn a_text_without_speakers_is_refused() {
        for text in ["", "Once upon a time\nthere was a wolf\nand a goat.", "\0\u{1}\u{2}", "a: b"] {
            assert_eq!(read_typed(text).unwrap_err().kind, ErrorKind::NotATranscript, "{text}");
        }
        assert_eq!(read_json("{\"turns\": 5}").unwrap_err().kind, ErrorKind::NotATranscript);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn any_text_is_read_or_refused(text in "(([TS][0-9]?|Teacher|Ms Lee|é|\\[?[0-9]{1,9}:[0-9.,]{1,9}\\]?)?[:–( -]{0,3}[a-zé?*_ ]{0,12}\n?){0,20}") {
            if let Ok(typed) = read_typed(&text) {
                prop_assert!(typed.transcript.words.windows(2).all(|pair| pair[0].span.end() <= pair[1].span.start()));
            }
        }
    }
}
