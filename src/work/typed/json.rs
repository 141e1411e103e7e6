//! Transcripts in JSON: our own, and lists of who says what as other programs write them (`segments`, `utterances`, `turns` ...).

use super::labels::named;
use super::reading::{Reading, Utterance};
use super::role_with_name::named_role;
use crate::conference::{Leftover, Millis, Transcript, join, tidy};
use serde_json::Value;
use std::collections::BTreeMap;

/// What a transcript in JSON says, and the words of our own with their times.
pub(super) struct Read {
    pub reading: Reading,
    pub language: Option<String>,
    /// Of our own: the words, and for each utterance which of them are its.
    pub own: Option<(Transcript, Vec<Vec<usize>>)>,
}

const LISTS: [&str; 10] = ["turns", "segments", "utterances", "transcription", "transcript", "monologues", "results", "sentences", "captions", "entries"];
const WHO: [&str; 11] =
    ["speaker", "name", "speaker_name", "speakerName", "speaker_label", "speakerLabel", "speaker_id", "speakerId", "participant", "who", "author"];
const WHAT: [&str; 7] = ["text", "transcript", "content", "sentence", "value", "caption", "body"];
const WHEN: [&str; 8] = ["start_s", "start", "start_time", "startTime", "begin", "from", "timestamp", "ts"];
const UNTIL: [&str; 5] = ["end_s", "end", "end_time", "endTime", "to"];

/// Reads it; none where it holds no list of who says what.
pub(super) fn read(text: &str) -> Option<Read> {
    let whole: Value = serde_json::from_str(text).ok()?;
    let list = list(&whole, 0)?;
    let mut reading = Reading::default();
    let mut indices = Vec::new();
    let mut by_key: BTreeMap<String, usize> = BTreeMap::new();
    let mut numbers = false;
    for (at, one) in list.iter().enumerate() {
        let said = said(one);
        let who = first(one, &WHO).and_then(|who| match who {
            Value::String(who) => Some(who.clone()),
            Value::Number(number) => Some(format!("Speaker {number}")),
            Value::Object(who) => {
                ["name", "label", "id"].iter().find_map(|field| who.get(*field)).map(|name| name.as_str().map_or_else(|| name.to_string(), str::to_owned))
            }
            _ => None,
        });
        if said.trim().is_empty() {
            let left = who.unwrap_or_default();
            if left.chars().any(char::is_alphanumeric) {
                reading.leftovers.push(Leftover { line: at + 1, text: left });
            }
            continue;
        }
        let speaker = who.as_deref().and_then(named).map(|label| {
            let label = named_role(&label).unwrap_or(label);
            *by_key.entry(label.key.clone()).or_insert_with(|| {
                reading.labels.push(label);
                reading.labels.len() - 1
            })
        });
        let at = time(one, &WHEN, &mut numbers);
        let until = time(one, &UNTIL, &mut numbers).filter(|&until| at.is_some_and(|at| until > at));
        reading.utterances.push(Utterance { speaker, at, until, text: tidy(&said) });
        indices.push(one.get("words").and_then(|words| serde_json::from_value::<Vec<usize>>(words.clone()).ok()));
    }
    if reading.utterances.is_empty() {
        return None;
    }
    if numbers {
        in_seconds(&mut reading.utterances);
    }
    let own: Option<Transcript> = whole.get("transcript").and_then(|own| serde_json::from_value(own.clone()).ok());
    let language = own
        .as_ref()
        .map(|own| own.language.clone())
        .or_else(|| whole.get("language").and_then(Value::as_str).map(str::to_owned))
        .filter(|language| !language.is_empty());
    let indices: Option<Vec<Vec<usize>>> = indices.into_iter().collect();
    let own = own.filter(|own| !own.words.is_empty()).zip(indices).filter(|(own, indices)| indices.iter().flatten().all(|&index| index < own.words.len()));
    Some(Read { reading, language, own })
}

/// The list with most that is said, however deep it lies.
fn list(value: &Value, depth: usize) -> Option<&Vec<Value>> {
    let is_talk = |list: &&Vec<Value>| {
        list.iter().any(|one| one.is_object() && !said(one).trim().is_empty() && (first(one, &WHO).is_some() || first(one, &WHEN).is_some()))
    };
    match value {
        Value::Array(all) if is_talk(&all) => Some(all),
        Value::Array(all) if depth < 4 => all.iter().find_map(|one| list(one, depth + 1)),
        Value::Object(fields) if depth < 4 => {
            let named = LISTS.iter().filter_map(|name| fields.get(*name)).find_map(|one| list(one, depth + 1));
            named.or_else(|| fields.values().filter(|one| one.is_object() || one.is_array()).find_map(|one| list(one, depth + 1)))
        }
        _ => None,
    }
}

fn first<'a>(one: &'a Value, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| one.get(*name)).filter(|value| !value.is_null())
}

/// What one entry says: its text, or its words one after the other.
fn said(one: &Value) -> String {
    if let Some(text) = WHAT.iter().find_map(|name| one.get(*name)).and_then(Value::as_str) {
        return text.to_owned();
    }
    let words = ["words", "elements", "items"].iter().find_map(|name| one.get(*name)).and_then(Value::as_array);
    let word = |word: &Value| {
        ["word", "text", "value", "content", "punctuated_word"]
            .iter()
            .find_map(|name| word.get(*name))
            .and_then(Value::as_str)
            .map(|text| text.trim().to_owned())
    };
    let words: Option<Vec<String>> = words.map(|words| words.iter().filter_map(word).filter(|word| !word.is_empty()).collect());
    join(words.iter().flatten().map(String::as_str))
}

fn time(one: &Value, names: &[&str], numbers: &mut bool) -> Option<Millis> {
    let value = first(one, names)?;
    if let Some(text) = value.as_str() {
        let text = text.trim_end_matches('s');
        return super::times::whole(text).map(|stamp| stamp.at).or_else(|| seconds(text.parse().ok()?));
    }
    *numbers |= names.iter().all(|name| !name.ends_with("_s") || one.get(*name).is_none());
    seconds(value.as_f64()?)
}

fn seconds(secs: f64) -> Option<Millis> {
    (secs.is_finite() && (0.0..1e10).contains(&secs)).then(|| Millis::from_secs(secs))
}

/// Some programs count milliseconds: then a word would last longer than any word does.
fn in_seconds(utterances: &mut [Utterance]) {
    let words: usize = utterances.iter().map(|one| one.text.split_whitespace().count()).sum();
    let last = utterances.iter().filter_map(|one| one.at).max().unwrap_or_default();
    // 60 s for each word: nobody waits so long throughout.
    if last.0 / 60_000 > i64::try_from(words).unwrap_or(i64::MAX) {
        for one in utterances {
            one.at = one.at.map(|at| Millis(at.0 / 1000));
            one.until = one.until.map(|until| Millis(until.0 / 1000));
        }
    }
}
