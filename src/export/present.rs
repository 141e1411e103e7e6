//! The presenter: decides what is said of a conference, in which order and in which words. Formats only lay it out.

use super::contents::Contents;
use super::document::{Block, Document, Line, name};
use super::findings::findings;
use super::plain::{one_line, plain};
use crate::conference::{ConferenceRecord, Millis, NoWords, Question, names};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The document of a conference.
#[must_use]
pub fn document(record: &ConferenceRecord, contents: &Contents) -> Document {
    let mut blocks = Vec::new();
    if contents.questions || contents.ratings {
        reflection(record, contents, &mut blocks);
    }
    if contents.found {
        findings(record, &mut blocks);
    }
    if contents.marks && !contents.transcript && !record.data().marks.is_empty() && record.data().has_sound() {
        blocks.push(Block::Section("Marked moments"));
        blocks.push(Block::Remark(clocks(&record.data().marks)));
    }
    if contents.transcript {
        blocks.push(Block::Section("Transcript"));
        transcript(record, contents, &mut blocks);
    }
    let language = &record.transcript().language;
    let language = if language.is_empty() || language == "auto" { "en".into() } else { language.clone() };
    plain_document(Document { title: title(record), head: head(record, contents), blocks, language })
}

/// With nothing in it that a format could not hold: formats know nothing of it.
fn plain_document(page: Document) -> Document {
    Document {
        title: one_line(&page.title).into_owned(),
        head: page.head.into_iter().map(|(label, value)| (label, one_line(&value).into_owned())).collect(),
        blocks: page.blocks.into_iter().map(plain_block).collect(),
        language: one_line(&page.language).into_owned(),
    }
}

fn plain_block(block: Block) -> Block {
    let own = |text: &str| plain(text).into_owned();
    match block {
        Block::Part(title) => Block::Part(one_line(&title).into_owned()),
        Block::Fact(label, value) => Block::Fact(label, own(&value)),
        Block::Remark(said) => Block::Remark(own(&said)),
        Block::Moment { at, label, text } => Block::Moment { at, label: one_line(&label).into_owned(), text: one_line(&text).into_owned() },
        // A title of ours; a line that is plain from the start.
        Block::Section(_) | Block::Line(_) => block,
    }
}

fn plain_line(line: Line) -> Line {
    let own = |text: &str| one_line(text).into_owned();
    Line { name: own(&line.name), text: own(&line.text), asides: line.asides.iter().map(|aside| own(aside)).collect(), ..line }
}

/// "Tue 13 Oct 2026, 10:42", in the computer's own time zone.
#[must_use]
pub fn local_time(unix_ms: i64) -> String {
    zoned(unix_ms).strftime("%a %-d %b %Y, %H:%M").to_string()
}

pub(super) fn zoned(unix_ms: i64) -> jiff::ZonedDateTime {
    Timestamp::from_millisecond(unix_ms).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned_datetime(TimeZone::system())
}

/// What stands over it: with whom, where that is known.
fn title(record: &ConferenceRecord) -> String {
    let facts = record.data();
    match names(&facts.participants) {
        Some(names) => format!("Writing conference with {names}"),
        None if facts.students > 1 => record.student_name().to_owned(),
        None => "Writing conference".to_owned(),
    }
}

pub(super) fn title_or_name(record: &ConferenceRecord) -> &str {
    match record.data().participants.as_slice() {
        [only] => &only.student.name,
        _ if !record.data().title.is_empty() => &record.data().title,
        _ => record.student_name(),
    }
}

fn head(record: &ConferenceRecord, contents: &Contents) -> Vec<(&'static str, String)> {
    let facts = record.data();
    let mut head = Vec::new();
    head.push(("With", names(&facts.participants).unwrap_or_else(|| record.student_name().to_owned())));
    if !facts.title.is_empty() {
        head.push(("Title", facts.title.clone()));
    }
    if facts.started_unix_ms > 0 {
        head.push(("When", local_time(facts.started_unix_ms)));
    }
    if facts.has_sound() {
        head.push(("Length", facts.length.clock()));
    }
    if contents.marks && contents.transcript && !facts.marks.is_empty() && facts.has_sound() {
        head.push(("Marks", clocks(&facts.marks)));
    }
    if facts.is_sample {
        head.push(("Note", "an invented sample with synthetic voices".into()));
    }
    head
}

fn clocks(moments: &[Millis]) -> String {
    moments.iter().map(|moment| moment.clock()).collect::<Vec<_>>().join(", ")
}

/// The questions the teacher answered.
fn reflection(record: &ConferenceRecord, contents: &Contents, blocks: &mut Vec<Block>) {
    let before = blocks.len();
    for question in Question::ALL {
        let answer = record.data().reflection.answer(question);
        let mut facts = Vec::new();
        if let (true, Some(rating)) = (contents.ratings, answer.rating) {
            facts.push(Block::Fact("How it went", rating.label().into()));
        }
        if contents.questions && !answer.note.trim().is_empty() {
            facts.push(Block::Fact("My note", answer.note.trim().into()));
        }
        if contents.questions && !answer.extra.trim().is_empty() {
            let label = if question == Question::BestPoint { "What else could have been taught" } else { "The strategy in one sentence" };
            facts.push(Block::Fact(label, answer.extra.trim().lines().map(str::trim).collect::<Vec<_>>().join("; ")));
        }
        if !facts.is_empty() {
            blocks.push(Block::Part(format!("{}. {}", question.number(), question.text())));
            blocks.extend(facts);
        }
    }
    if blocks.len() > before {
        blocks.insert(before, Block::Section("Reflection"));
    }
}

/// The transcript, decided once for all formats.
#[must_use]
pub fn lines(record: &ConferenceRecord, contents: &Contents) -> Vec<Line> {
    let has_words = !record.transcript().words.is_empty();
    let time = |at: Millis| contents.times.then(|| record.data().moment(at)).flatten();
    let mut lines: Vec<Line> = record
        .turns()
        .iter()
        .enumerate()
        .map(|(index, turn)| Line {
            speaker: Some(turn.speaker),
            name: name(record, turn.speaker),
            at: time(turn.span.start()),
            start: turn.span.start(),
            text: record.transcript().text(&turn.words),
            asides: turn
                .backchannels
                .iter()
                .filter(|aside| !aside.words.is_empty())
                .map(|aside| format!("{}: {}", name(record, aside.speaker), record.transcript().text(&aside.words)))
                .collect(),
            is_marked: contents.marks && record.is_marked(index),
            remark: match (turn.words.is_empty(), has_words) {
                (false, _) => None,
                (true, true) => Some("(speech without words)"),
                (true, false) => Some("(no transcript)"),
            },
        })
        .collect();
    lines.extend(record.transcript().untranscribed.iter().map(|stretch| Line {
        speaker: None,
        name: String::new(),
        at: time(stretch.span.start()),
        start: stretch.span.start(),
        text: String::new(),
        asides: Vec::new(),
        is_marked: false,
        remark: Some(match stretch.reason {
            NoWords::EngineFailed => "(this part could not be transcribed)",
            NoWords::RepeatsRemoved => "(the same words over and over were taken out here)",
            NoWords::NotUnderstood => "(hard to hear)",
            NoWords::OtherLanguage => "(another language is spoken here)",
            NoWords::Unsure => "(hard to hear: the words may be wrong)",
        }),
    }));
    lines.sort_by_key(|line| line.start);
    lines.into_iter().map(plain_line).collect()
}

fn transcript(record: &ConferenceRecord, contents: &Contents, blocks: &mut Vec<Block>) {
    let phases = if contents.times { record.evidence().phases.as_slice() } else { &[] };
    let mut begun = phases.iter().peekable();
    for line in lines(record, contents) {
        // A part is named before the turn that holds its first word, so that it never stands inside a turn.
        while let Some(phase) = begun.next_if(|phase| record.turns().get(phase.turns.0).is_none_or(|turn| turn.span.start() <= line.start)) {
            // Of several that begin within one turn the last is the one that goes on.
            let goes_on = begun.peek().is_none_or(|next| record.turns().get(next.turns.0).is_some_and(|turn| turn.span.start() > line.start));
            let name = if phase.is_sure() { phase.phase.name().to_owned() } else { format!("Not sure: {}", phase.phase.name()) };
            if goes_on && record.data().has_sound() {
                blocks.push(Block::Part(format!("{name} {}–{}", phase.span.start(), phase.span.end())));
            } else if goes_on {
                blocks.push(Block::Part(name));
            }
        }
        blocks.push(Block::Line(line));
    }
}
