//! One presenter decides what is said; formats only lay it out.

use super::subtitles;
use crate::conference::{ConferenceRecord, Millis, NoWords, Question, Waits};
use crate::error::{Error, ErrorKind, Result};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::fmt::Write as _;

/// The formats a transcript can be saved in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Plain text.
    Txt,
    /// Markdown.
    Md,
    /// SubRip subtitles.
    Srt,
    /// Web subtitles, with the speaker as voice.
    Vtt,
    /// Everything, for programs.
    Json,
}

impl Format {
    /// The file name's ending, without the dot.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Txt => "txt",
            Self::Md => "md",
            Self::Srt => "srt",
            Self::Vtt => "vtt",
            Self::Json => "json",
        }
    }
}

/// The version of the JSON format; raised when a field changes its meaning or goes away.
pub const JSON_VERSION: u32 = 1;

/// A conference as a file of the given format, UTF-8.
///
/// JSON: an object with `version` ([`JSON_VERSION`]), the facts of the conference (times in milliseconds, spans as `[start, end]`), `turns`
/// (`speaker`, `name`, `start_s`, `end_s`, `text`, `words` as indices into `transcript.words`), and `measures` (lengths in milliseconds).
///
/// # Errors
/// Only through a mistake of ours.
pub fn render(record: &ConferenceRecord, format: Format) -> Result<Vec<u8>> {
    let text = match format {
        Format::Txt => txt(record),
        Format::Md => md(record),
        Format::Srt => subtitles::srt(record),
        Format::Vtt => subtitles::vtt(record),
        Format::Json => return json_bytes(record),
    };
    Ok(text.into_bytes())
}

/// A file name every system accepts: `2026-10-13 Maya.txt`.
#[must_use]
pub fn file_name(record: &ConferenceRecord, format: Format) -> String {
    let day = zoned(record.facts().started_unix_ms).strftime("%Y-%m-%d").to_string();
    let who: String =
        title_or_name(record).chars().map(|letter| if letter.is_alphanumeric() || " -_'’".contains(letter) { letter } else { '-' }).take(60).collect();
    format!("{day} {}.{}", who.trim(), format.ending())
}

/// "Tue 13 Oct 2026, 10:42", in the computer's own time zone.
#[must_use]
pub fn local_time(unix_ms: i64) -> String {
    zoned(unix_ms).strftime("%a %-d %b %Y, %H:%M").to_string()
}

fn zoned(unix_ms: i64) -> jiff::ZonedDateTime {
    Timestamp::from_millisecond(unix_ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned_datetime(TimeZone::system())
}

fn title_or_name(record: &ConferenceRecord) -> &str {
    match &record.facts().student {
        Some(student) => &student.name,
        None if !record.facts().title.is_empty() => &record.facts().title,
        None => record.student_name(),
    }
}

/// One line of the transcript as every format says it.
pub(super) struct Line {
    pub name: String,
    pub start: Millis,
    /// Empty when there is no transcript for this turn.
    pub text: String,
    /// "Maya: mm-hm", said meanwhile.
    pub asides: Vec<String>,
    pub marked: bool,
    /// Said in place of words.
    pub remark: Option<&'static str>,
}

/// The transcript, decided once for all formats.
pub(super) fn lines(record: &ConferenceRecord) -> Vec<Line> {
    let facts = record.facts();
    let has_words = !record.transcript().words.is_empty();
    let mut lines: Vec<Line> = record
        .turns()
        .iter()
        .map(|turn| Line {
            name: record.speaker_name(turn.speaker),
            start: turn.span.start(),
            text: record.transcript().text(&turn.words),
            asides: turn
                .backchannels
                .iter()
                .filter(|aside| !aside.words.is_empty())
                .map(|aside| format!("{}: {}", record.speaker_name(aside.speaker), record.transcript().text(&aside.words)))
                .collect(),
            marked: facts.marks.iter().any(|&mark| turn.span.contains(mark)),
            remark: match (turn.words.is_empty(), has_words) {
                (false, _) => None,
                (true, true) => Some("(speech without words)"),
                (true, false) => Some("(no transcript)"),
            },
        })
        .collect();
    lines.extend(record.transcript().untranscribed.iter().map(|stretch| Line {
        name: String::new(),
        start: stretch.span.start(),
        text: String::new(),
        asides: Vec::new(),
        marked: false,
        remark: Some(match stretch.reason {
            NoWords::EngineFailed => "(this part could not be written down)",
            NoWords::RepeatsRemoved => "(the same words over and over were taken out here)",
            NoWords::NotUnderstood => "(could not hear this well)",
        }),
    }));
    lines.sort_by_key(|line| line.start);
    lines
}

/// Label and text of the facts at the top.
fn head(record: &ConferenceRecord) -> Vec<(&'static str, String)> {
    let facts = record.facts();
    let mut head = Vec::new();
    if facts.students > 1 && !facts.student_names.is_empty() {
        head.push(("With", facts.student_names.join(", ")));
    } else {
        head.push(("With", record.student_name().to_owned()));
    }
    if !facts.title.is_empty() {
        head.push(("Title", facts.title.clone()));
    }
    if facts.started_unix_ms > 0 {
        head.push(("When", local_time(facts.started_unix_ms)));
    }
    head.push(("Length", facts.length.clock()));
    let shares: Vec<String> =
        record.measures().speakers.iter().map(|(&speaker, talk)| format!("{} {:.0} %", record.speaker_name(speaker), talk.share * 100.0)).collect();
    if !shares.is_empty() {
        head.push(("Talk", shares.join(", ")));
    }
    head.extend(waits("Wait after a question", &record.measures().wait_one).filter(|_| record.measures().wait_one_after_questions));
    head.extend(waits("Wait after the student", &record.measures().wait_two));
    if facts.is_sample {
        head.push(("Note", "an invented sample with synthetic voices".into()));
    }
    head
}

fn waits(label: &'static str, waits: &Waits) -> Option<(&'static str, String)> {
    let (median, longest) = (waits.median?, waits.longest?);
    Some((label, format!("{:.1} s in the middle, {:.1} s at most, {} times", median.secs(), longest.secs(), waits.waits.len())))
}

/// The questions the teacher answered: number, question, rating, note.
fn answers(record: &ConferenceRecord) -> impl Iterator<Item = (Question, String)> {
    let reflection = &record.facts().reflection;
    Question::ALL
        .into_iter()
        .map(move |question| (question, reflection.answer(question)))
        .filter(|(_, answer)| answer.rating.is_some() || !answer.note.trim().is_empty())
        .map(|(question, answer)| {
            let said = [answer.rating.map_or("", |rating| rating.label()), answer.note.trim()];
            (question, said.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(". "))
        })
}

fn txt(record: &ConferenceRecord) -> String {
    let mut text = String::from("Writing conference\n");
    for (label, value) in head(record) {
        writeln!(text, "{label}: {value}").ok();
    }
    text.push('\n');
    for line in lines(record) {
        let name = if line.name.is_empty() { String::new() } else { format!("{}: ", line.name) };
        let mark = if line.marked { " *" } else { "" };
        writeln!(text, "[{}]{mark} {name}{}", line.start, line.remark.unwrap_or(&line.text)).ok();
        for aside in line.asides {
            writeln!(text, "        ({aside})").ok();
        }
    }
    if !record.facts().marks.is_empty() {
        writeln!(text, "\nMarks: {}", record.facts().marks.iter().map(|mark| mark.clock()).collect::<Vec<_>>().join(", ")).ok();
    }
    for (index, (question, said)) in answers(record).enumerate() {
        if index == 0 {
            text.push_str("\nReflection\n");
        }
        writeln!(text, "{}. {} {said}", question.number(), question.text()).ok();
    }
    text
}

/// Keeps what people said from being read as Markdown.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if "\\`*_[]<>#|".contains(letter) {
            safe.push('\\');
        }
        safe.push(letter);
    }
    safe.replace('\n', " ")
}

fn md(record: &ConferenceRecord) -> String {
    let mut text = format!("# Writing conference with {}\n\n", escaped(title_or_name(record)));
    for (label, value) in head(record) {
        writeln!(text, "- **{label}:** {}", escaped(&value)).ok();
    }
    text.push_str("\n## Transcript\n\n");
    for line in lines(record) {
        let name = if line.name.is_empty() { String::new() } else { format!("**{}** ", escaped(&line.name)) };
        let mark = if line.marked { " *(marked)*" } else { "" };
        let said = line.remark.map_or_else(|| escaped(&line.text), |remark| format!("*{remark}*"));
        writeln!(text, "{name}({}){mark}: {said}\n", line.start).ok();
        for aside in line.asides {
            writeln!(text, "> {}\n", escaped(&aside)).ok();
        }
    }
    for (index, (question, said)) in answers(record).enumerate() {
        if index == 0 {
            text.push_str("## Reflection\n\n");
        }
        writeln!(text, "{}. {} {}", question.number(), question.text(), escaped(&said)).ok();
    }
    text
}

fn json_bytes(record: &ConferenceRecord) -> Result<Vec<u8>> {
    let fail = |err| Error::new(ErrorKind::Bug, "writing JSON", err);
    let facts = record.facts();
    let turns: Vec<_> = record
        .turns()
        .iter()
        .map(|turn| {
            json!({
                "speaker": turn.speaker.key(),
                "name": record.speaker_name(turn.speaker),
                "start_s": turn.span.start().secs(),
                "end_s": turn.span.end().secs(),
                "text": record.transcript().text(&turn.words),
                "words": turn.words,
                "backchannels": turn.backchannels.iter().map(|aside| json!({
                    "speaker": aside.speaker.key(),
                    "start_s": aside.span.start().secs(),
                    "end_s": aside.span.end().secs(),
                    "text": record.transcript().text(&aside.words),
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    let mut whole = serde_json::to_value(facts).map_err(fail)?;
    if let Some(object) = whole.as_object_mut() {
        object.insert("version".into(), json!(JSON_VERSION));
        object.insert("transcript".into(), serde_json::to_value(record.transcript()).map_err(fail)?);
        object.insert("turns".into(), json!(turns));
        object.insert("measures".into(), serde_json::to_value(record.measures()).map_err(fail)?);
    }
    let mut bytes = serde_json::to_vec_pretty(&whole).map_err(fail)?;
    bytes.push(b'\n');
    Ok(bytes)
}
