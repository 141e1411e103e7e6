//! Reads transcripts that come without sound: typed ones, what other programs write (subtitles, meetings, Word), and our own JSON.
//!
//! Who speaks is found by evidence over the whole file: a label is what recurs before a colon or on a line of its own, in any case and script, with times in
//! any common form. What could not be understood is listed line by line; every word of the file stands in what was said, in a speaker's name or in that list.
//! A typed conference has no sound: where no times stand in the file there is only an order, and positions are kept for the order alone.

mod above;
mod alone;
mod chat;
mod dates;
mod evidence;
mod joined_lines;
mod json;
#[cfg(test)]
mod kinds;
mod labels;
#[cfg(test)]
mod labels_otherwise;
mod lines;
#[cfg(test)]
mod mixed;
mod named_roles;
mod page_times;
mod plays;
#[cfg(test)]
mod programs;
mod reading;
mod reported;
mod role_with_name;
mod role_words;
mod said_words;
mod slips;
mod source;
mod table;
mod tags;
#[cfg(test)]
mod tests;
mod times;
mod who;
#[cfg(test)]
mod wild;

use crate::conference::{Leftover, Millis, Span, Speaker, TeacherKnown, Transcript, Turn, Voice, VoiceSpan, Voices, Word, split};
use crate::error::{Error, ErrorKind, Result};
pub use dates::SaidAt;
pub use evidence::Known;
use labels::Label;
use reading::{Reading, Utterance};
use std::path::Path;
pub use who::TeacherChoice;

/// A transcript read from a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Typed {
    /// The words; positions say the order, and moments only where [`Typed::times`] has them.
    pub transcript: Transcript,
    /// One for each time somebody is named (or turn of the JSON), in order.
    pub turns: Vec<Turn>,
    /// The same speakers as voices, for a [`crate::conference::ConferenceData`].
    pub voices: Voices,
    /// Names of the students in the order of their numbers; empty text where the transcript gives none.
    pub student_names: Vec<String>,
    /// Whether most turns came with a time.
    pub timed: bool,
    /// The moments that stand in the file, as far as they go forward: sorted.
    pub times: Vec<Millis>,
    /// The end of the last word.
    pub length: Millis,
    /// Who speaks, in the order in which they come.
    pub speakers: Vec<FoundSpeaker>,
    /// Whether it is sure which of them is the teacher; else it has to be asked.
    pub is_teacher_sure: bool,
    /// The lines that are not part of the talk or could not be understood.
    pub leftovers: Vec<Leftover>,
    /// When it was said, where the page says so.
    pub said_at: Option<SaidAt>,
}

/// A speaker of a typed transcript.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundSpeaker {
    /// As typed.
    pub label: String,
    /// Who it is, or is taken for.
    pub role: Speaker,
    /// The first that they say.
    pub first_lines: Vec<String>,
    /// How often they speak.
    pub turns: usize,
}

/// A typed word lasts this long when nobody says otherwise: 150 words a minute, an ordinary pace of speech.
const WORD_LENGTH: Millis = Millis(400);
/// So much of what somebody says is shown to tell who it is.
const FIRST_LINES: usize = 3;

/// Reads a transcript file of which nothing is known.
///
/// # Errors
/// When it cannot be read, or holds no speakers.
pub fn read_file(path: &Path) -> Result<Typed> {
    read_file_knowing(path, &Known::default(), None)
}

/// Reads a transcript file; `told`: who is the teacher, where somebody said so.
///
/// # Errors
/// When it cannot be read, or holds no speakers.
pub fn read_file_knowing(path: &Path, known: &Known, told: Option<&TeacherChoice>) -> Result<Typed> {
    read_bytes(&bytes_of(path)?, known, told)
}

/// What stands in a file that may be a transcript.
///
/// # Errors
/// When it cannot be read, or is too large to be one.
pub fn bytes_of(path: &Path) -> Result<Vec<u8>> {
    let doing = "reading a transcript";
    let size = std::fs::metadata(path).map_err(|err| Error::reading(doing, err))?.len();
    if size > source::LARGEST {
        return Err(Error::bare(ErrorKind::NotATranscript, "reading a transcript: far too large"));
    }
    std::fs::read(path).map_err(|err| Error::reading(doing, err))
}

/// Reads what stands in a transcript file.
///
/// # Errors
/// When it holds no speakers.
pub fn read_bytes(bytes: &[u8], known: &Known, told: Option<&TeacherChoice>) -> Result<Typed> {
    let source = source::source(bytes)?;
    let mut typed = read_text(&source.text, known, told)?;
    typed.leftovers.extend(source.beside.into_iter().map(|text| Leftover { line: 0, text }));
    Ok(typed)
}

/// Reads a typed transcript of which nothing is known.
///
/// # Errors
/// When no speakers can be told apart in it.
pub fn read_typed(text: &str) -> Result<Typed> {
    read_text(text, &Known::default(), None)
}

fn read_text(text: &str, known: &Known, told: Option<&TeacherChoice>) -> Result<Typed> {
    let is_json = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}').starts_with(['{', '[']);
    if let Some(json) = is_json.then(|| json::read(text)).flatten() {
        return Ok(own_words(assemble(json.reading, known, told, json.language.as_deref().unwrap_or("en")), json.own));
    }
    let reading = reading::read(text, known);
    if reading.utterances.is_empty() {
        return Err(Error::bare(ErrorKind::NotATranscript, "reading a typed transcript: nobody is named"));
    }
    Ok(assemble(reading, known, told, "en"))
}

/// Our own export knows each word's time.
fn own_words(mut typed: Typed, own: Option<(Transcript, Vec<Vec<usize>>)>) -> Typed {
    if let Some((transcript, words)) = own {
        for (turn, words) in typed.turns.iter_mut().zip(words) {
            turn.words = words;
        }
        typed.transcript = transcript;
    }
    typed
}

fn assemble(reading: Reading, known: &Known, told: Option<&TeacherChoice>, language: &str) -> Typed {
    let (roles, is_teacher_sure) = who::roles(&reading, known, told);
    let Reading { utterances, labels, leftovers, said_above: _, said_at } = reading;
    let role = |one: &Utterance| one.speaker.and_then(|speaker| roles.get(speaker)).copied().unwrap_or(Speaker::Unknown);
    let starts = starts(&utterances);
    let mut words: Vec<Word> = Vec::new();
    let mut turns: Vec<Turn> = Vec::new();
    let teacher_known = if is_teacher_sure { TeacherKnown::ByTeacher } else { TeacherKnown::Guessed };
    let mut voices = Voices { teacher_known, ..Voices::default() };
    for (one, span) in utterances.iter().zip(&starts.spans) {
        let texts = split(&one.text);
        let from = words.len();
        for (index, text) in texts.iter().enumerate() {
            let at = |index: usize| span.start() + Millis(span.length().0 * index as i64 / texts.len() as i64);
            words.push(Word { text: text.clone(), span: Span::new(at(index), at(index + 1)), confidence: 1.0 });
        }
        let role = role(one);
        turns.push(Turn { speaker: role, span: *span, words: (from..words.len()).collect(), backchannels: Vec::new() });
        let voice = voices.roles.iter().position(|&known| known == role).unwrap_or_else(|| {
            voices.roles.push(role);
            voices.roles.len() - 1
        });
        voices.spans.push(VoiceSpan { span: *span, voice: Voice(u8::try_from(voice).unwrap_or(u8::MAX)) });
    }
    let most = roles.iter().filter_map(|&role| if let Speaker::Student(number) = role { Some(number) } else { None }).max().unwrap_or(0);
    let name = |number: u8| {
        let named =
            labels.iter().zip(&roles).find(|(label, role)| **role == Speaker::Student(number) && label.own_student_number().is_none() && !label.is_voice());
        named.map(|(label, _)| as_name(label, known)).unwrap_or_default()
    };
    let found = |(label, role): (&Label, &Speaker)| FoundSpeaker { label: label.with_note(), role: *role, first_lines: Vec::new(), turns: 0 };
    let mut speakers: Vec<FoundSpeaker> = labels.iter().zip(&roles).map(found).collect();
    for one in &utterances {
        let Some(speaker) = one.speaker.and_then(|speaker| speakers.get_mut(speaker)) else { continue };
        speaker.turns += 1;
        if speaker.turns <= FIRST_LINES {
            speaker.first_lines.push(one.text.clone());
        }
    }
    Typed {
        transcript: Transcript { words, untranscribed: Vec::new(), model: String::new(), language: language.to_owned() },
        speakers: speakers.into_iter().filter(|one| one.turns > 0).collect(),
        student_names: (1..=most).map(name).collect(),
        timed: utterances.iter().filter(|one| one.at.is_some()).count() * 2 > utterances.len(),
        times: starts.times,
        length: starts.spans.last().map(|span| span.end()).unwrap_or_default(),
        turns,
        voices,
        is_teacher_sure,
        leftovers,
        said_at,
    }
}

/// A child as the class list writes it, else as typed; small or capital letters throughout are how somebody typed, not a name.
fn as_name(label: &Label, known: &Known) -> String {
    let fits: Vec<&String> = known.students.iter().filter(|name| labels::is_of(label, name)).collect();
    if let [only] = fits.as_slice() {
        return (*only).clone();
    }
    let shown = label.without_role();
    let letters = || shown.chars().filter(|c| c.is_alphabetic());
    let is_shouted = letters().count() > 2 && letters().all(char::is_uppercase);
    if letters().any(char::is_uppercase) && !is_shouted {
        return shown.to_owned();
    }
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters.as_str().to_lowercase().chars()).collect::<String>()).unwrap_or_default()
    };
    shown.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Where each utterance stands.
struct Starts {
    /// One after the other, of at least a moment each.
    spans: Vec<Span>,
    /// The moments taken from the file.
    times: Vec<Millis>,
}

/// Positions one after the other: at the times that stand in the file as long as they go forward; between them as long as the words usually take, or as they fit.
fn starts(utterances: &[Utterance]) -> Starts {
    let words: Vec<i64> = utterances.iter().map(|one| split(&one.text).len().max(1) as i64).collect();
    // How many stand before each.
    let before: Vec<i64> = std::iter::once(0).chain(words.iter().scan(0, |sum, words| Some(*sum + words).inspect(|all| *sum = *all))).collect();
    let mut anchors: Vec<(usize, Millis)> = Vec::new();
    for (index, one) in utterances.iter().enumerate() {
        let Some(at) = one.at else { continue };
        let (from, earliest) = anchors.last().map_or((0, 0), |&(from, at)| (from, at.0));
        // A millisecond for each word between: never two at one place.
        if at.0 >= earliest + before[index] - before[from] {
            anchors.push((index, at));
        }
    }
    let mut spans = Vec::with_capacity(utterances.len());
    let mut now = Millis::ZERO;
    // Stretches from one time to the next; what stands before the first begins at nothing.
    let before_first = anchors.first().is_none_or(|&(first, _)| first > 0).then_some((0, Millis::ZERO));
    let stretches: Vec<(usize, Millis)> = before_first.into_iter().chain(anchors.iter().copied()).collect();
    for (number, &(from, at)) in stretches.iter().enumerate() {
        now = now.max(at);
        let next = stretches.get(number + 1).copied();
        let until = next.map_or(utterances.len(), |(next, _)| next);
        let wanted = (before[until] - before[from]) * WORD_LENGTH.0;
        let room = next.map_or(i64::MAX, |(_, at)| at.0 - now.0);
        for (one, words) in utterances[from..until].iter().zip(&words[from..until]) {
            let usual = words * WORD_LENGTH.0;
            let length = if wanted <= room { usual } else { (usual as f64 * room as f64 / wanted as f64) as i64 };
            // The end that stands in the file, where it leaves room for what follows.
            let stands = one.until.filter(|_| until == from + 1).map(|end| (end.0 - now.0).min(room)).filter(|&given| given > 0);
            let span = Span::new(now, now + Millis(stands.unwrap_or(length).max(1)));
            now = span.end();
            spans.push(span);
        }
    }
    Starts { spans, times: anchors.into_iter().map(|(_, at)| at).collect() }
}
