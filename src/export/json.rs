//! Everything, for programs. `assets/conference.schema.json` describes each field.

use super::page::{Contents, name};
use super::render::chosen;
use crate::conference::ConferenceRecord;
use crate::error::{Error, ErrorKind, Result};
use serde_json::{Value, json};

/// The version of the JSON format; raised when a field changes its meaning or goes away.
pub const JSON_VERSION: u32 = 2;

/// An object with `version` ([`JSON_VERSION`]), the facts of the conference (times in milliseconds, spans as `[start, end]`), `turns`
/// (`speaker`, `name`, `start_s`, `end_s`, `phase`, `text`, `words` as indices into `transcript.words`), `phases`, `evidence`, and `measures` (lengths
/// in milliseconds).
pub(super) fn json(record: &ConferenceRecord, contents: &Contents) -> Result<Vec<u8>> {
    let fail = |err| Error::new(ErrorKind::Bug, "writing JSON", err);
    let record = &chosen(record, contents);
    let mut whole = serde_json::to_value(record.facts()).map_err(fail)?;
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
    let mut bytes = serde_json::to_vec_pretty(&whole).map_err(fail)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn turns(record: &ConferenceRecord) -> Value {
    let phases = &record.evidence().turn_phases;
    let turns = record.turns().iter().enumerate().map(|(index, turn)| {
        json!({
            "speaker": turn.speaker.key(),
            "name": name(record, turn.speaker),
            "start_s": turn.span.start().secs(),
            "end_s": turn.span.end().secs(),
            "phase": phases.get(index).copied().flatten(),
            "text": record.transcript().text(&turn.words),
            "words": turn.words,
            "backchannels": turn.backchannels.iter().map(|aside| json!({
                "speaker": aside.speaker.key(),
                "start_s": aside.span.start().secs(),
                "end_s": aside.span.end().secs(),
                "text": record.transcript().text(&aside.words),
            })).collect::<Vec<_>>(),
        })
    });
    turns.collect()
}
