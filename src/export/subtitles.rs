//! Subtitles: SubRip and WebVTT, cut at word times so that each cue can be read while it is heard.

use super::page::name;
use crate::conference::{ConferenceRecord, Millis, Span, Turn};
use std::fmt::Write as _;

/// Two lines of about 40 letters: what players show without covering the picture.
const CUE_LETTERS: usize = 80;
/// Longer than this nobody keeps a cue in mind.
const CUE_LENGTH: Millis = Millis(6000);

struct Cue {
    span: Span,
    name: String,
    text: String,
}

fn cues(record: &ConferenceRecord) -> Vec<Cue> {
    let mut cues: Vec<Cue> = Vec::new();
    for turn in record.turns() {
        cut(record, turn, &mut cues);
    }
    cues.sort_by_key(|cue| cue.span);
    // A cue ends where the next begins: players show one at a time.
    for index in 1..cues.len() {
        let (before, after) = (cues[index - 1].span, cues[index].span);
        if before.end() > after.start() {
            cues[index - 1].span = Span::new(before.start(), after.start().max(before.start()));
        }
    }
    cues.retain(|cue| cue.span.length() > Millis::ZERO);
    cues
}

fn cut(record: &ConferenceRecord, turn: &Turn, cues: &mut Vec<Cue>) {
    let words = &record.transcript().words;
    let name = name(record, turn.speaker);
    let mut open: Option<Cue> = None;
    for word in turn.words.iter().map(|&index| &words[index]) {
        let fits = open.as_ref().is_some_and(|cue| cue.text.len() + 1 + word.text.len() <= CUE_LETTERS && word.span.end() - cue.span.start() <= CUE_LENGTH);
        match open.as_mut().filter(|_| fits) {
            Some(cue) => {
                cue.text.push(' ');
                cue.text.push_str(&word.text);
                cue.span = Span::new(cue.span.start(), word.span.end().max(cue.span.end()));
            }
            None => cues.extend(open.replace(Cue { span: word.span, name: name.clone(), text: word.text.clone() })),
        }
    }
    cues.extend(open);
}

fn stamp(at: Millis, comma: char) -> String {
    let millis = at.0.max(0);
    format!("{:02}:{:02}:{:02}{comma}{:03}", millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60, millis % 1000)
}

/// `-->` inside speech would be read as a time line.
fn safe(text: &str) -> String {
    text.replace("-->", "→")
}

pub(super) fn srt(record: &ConferenceRecord) -> String {
    let mut text = String::new();
    for (number, cue) in cues(record).iter().enumerate() {
        let times = format!("{} --> {}", stamp(cue.span.start(), ','), stamp(cue.span.end(), ','));
        writeln!(text, "{}\n{times}\n{}: {}\n", number + 1, safe(&cue.name), safe(&cue.text)).ok();
    }
    text
}

pub(super) fn vtt(record: &ConferenceRecord) -> String {
    let markup = |text: &str| safe(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut text = String::from("WEBVTT\n\n");
    for cue in cues(record) {
        let times = format!("{} --> {}", stamp(cue.span.start(), '.'), stamp(cue.span.end(), '.'));
        writeln!(text, "{times}\n<v {}>{}\n", markup(&cue.name).replace("&gt;", ""), markup(&cue.text)).ok();
    }
    text
}
