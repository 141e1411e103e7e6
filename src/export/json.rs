//! Everything, for programs. `assets/conference.schema.json` describes each field.

use super::contents::Contents;
use super::contents::chosen;
use super::document::name;
use super::plain::is_plain;
use crate::conference::{ConferenceRecord, Millis};
use crate::error::{Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::{Value, json};

/// The version of the JSON format; raised when a field changes its meaning or goes away.
pub const JSON_VERSION: u32 = 2;

/// An object with `version` ([`JSON_VERSION`]), the facts of the conference (times in milliseconds, spans as `[start, end]`), `turns`
/// (`speaker`, `name`, `start_s`, `end_s`, `phase`, `text`, `words` as indices into `transcript.words`, `backchannels` with their own), `phases`,
/// `evidence`, and `measures` (lengths in milliseconds).
pub(super) fn json(record: &ConferenceRecord, contents: &Contents) -> Result<Vec<u8>> {
    let mut whole = whole(record, contents)?;
    if !record.data().has_sound() {
        without_places(&mut whole);
    }
    bytes(&whole)
}

/// As [`json`], and of what was typed also the places that keep the order of the words: another Afterbell reads it as a conference.
pub(super) fn with_places(record: &ConferenceRecord, contents: &Contents) -> Result<Vec<u8>> {
    bytes(&whole(record, contents)?)
}

fn bytes(whole: &Value) -> Result<Vec<u8>> {
    Ok((json_text(whole)? + "\n").into_bytes())
}

/// As JSON with indents. What a terminal would obey stands in it as `\u009b`: only text in quotation marks can hold it.
///
/// # Errors
/// [`ErrorKind::Bug`].
pub fn json_text(value: &impl Serialize) -> Result<String> {
    let text = serde_json::to_string_pretty(value).map_err(|err| Error::new(ErrorKind::Bug, "writing JSON", err))?;
    let mut obeyed_by_none = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_plain(letter) {
            obeyed_by_none.push(letter);
        } else {
            letter.encode_utf16(&mut [0; 2]).iter().for_each(|unit| obeyed_by_none.push_str(&format!("\\u{unit:04x}")));
        }
    }
    Ok(obeyed_by_none)
}

fn whole(record: &ConferenceRecord, contents: &Contents) -> Result<Value> {
    let fail = |err| Error::new(ErrorKind::Bug, "writing JSON", err);
    let record = &chosen(record, contents);
    let mut whole = serde_json::to_value(record.data()).map_err(fail)?;
    if let Some(object) = whole.as_object_mut() {
        object.insert("version".into(), json!(JSON_VERSION));
        object.insert("transcript".into(), serde_json::to_value(record.transcript()).map_err(fail)?);
        object.insert("turns".into(), turns(record));
        if contents.times {
            object.insert("phases".into(), serde_json::to_value(&record.evidence().phases).map_err(fail)?);
        }
        if contents.found {
            object.insert("evidence".into(), serde_json::to_value(record.evidence()).map_err(fail)?);
            object.insert("measures".into(), serde_json::to_value(record.measures()).map_err(fail)?);
        }
        if !contents.transcript {
            for words in ["transcript", "turns", "corrections"] {
                object.remove(words);
            }
        }
    }
    Ok(whole)
}

/// Of what was typed the order is known, and the times that stand in the file are in the turns: where words lie is of no use to anybody else.
fn without_places(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // Where something is; how long it takes; what is counted in time.
            const PLACES: [&str; 20] = [
                "span",
                "spans",
                "at",
                "length",
                "first_teaching",
                "marks",
                "dropouts",
                "envelope",
                "hard_to_tell",
                "talk_time",
                "longest_turn",
                "longest_turn_time",
                "unrecorded",
                "words_per_minute",
                "silence",
                "longest_silence",
                "wait_one",
                "wait_two",
                "minutes",
                "linked_marks",
            ];
            fields.retain(|name, _| !PLACES.contains(&name.as_str()));
            fields.values_mut().for_each(without_places);
        }
        Value::Array(all) => all.iter_mut().for_each(without_places),
        _ => {}
    }
}

fn turns(record: &ConferenceRecord) -> Value {
    let has_sound = record.data().has_sound();
    let phases = &record.evidence().turn_phases;
    let turns = record.turns().iter().enumerate().map(|(index, turn)| {
        json!({
            "speaker": turn.speaker.key(),
            "name": name(record, turn.speaker),
            "start_s": record.data().moment(turn.span.start()).map(Millis::secs),
            "end_s": has_sound.then(|| turn.span.end().secs()),
            "phase": phases.get(index).copied().flatten(),
            "phase_is_sure": record.evidence().is_phase_sure(index),
            "text": record.transcript().text(&turn.words),
            "words": turn.words,
            "backchannels": turn.backchannels.iter().map(|aside| json!({
                "speaker": aside.speaker.key(),
                "start_s": record.data().moment(aside.span.start()).map(Millis::secs),
                "end_s": has_sound.then(|| aside.span.end().secs()),
                "text": record.transcript().text(&aside.words),
                "words": aside.words,
            })).collect::<Vec<_>>(),
        })
    });
    turns.collect()
}
