//! What is said of a conference that was recorded, imported or transcribed, for people and as JSON.

use super::progress_line::ProgressLine;
use super::{CommandContext, notice, shown};
use crate::conference::{ConferenceId, ConferenceRecord, Leftover, Millis, TalkShare};
use crate::error::{ErrorKind, Result};
use crate::export::number_of;
use crate::library::Library;
use crate::work::analysis;
use crate::work::partial_file::LiveResult;
use serde::Serialize;

/// What `record`, `import` and `transcribe ID` report.
#[derive(Debug, Serialize)]
pub(super) struct ConferenceReport {
    pub id: ConferenceId,
    /// None of what was typed.
    pub length_s: Option<f64>,
    pub words: usize,
    pub teacher_share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teacher_share_range: Option<(f64, f64)>,
    /// Why there are no words although they were asked for.
    #[serde(skip)]
    pub without_words: Option<ErrorKind>,
    /// Of a typed transcript: whether it is sure which speaker is the teacher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_teacher_sure: Option<bool>,
    /// Of a typed transcript: the lines that are not part of the talk, or could not be understood.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<Leftover>,
}

impl ConferenceReport {
    pub fn of(record: &ConferenceRecord) -> Self {
        Self {
            id: record.data().id,
            length_s: record.data().has_sound().then(|| record.data().end().secs()),
            words: record.transcript().words.len(),
            teacher_share: record.measures().teacher_share(),
            teacher_share_range: record.measures().teacher_talk().and_then(|talk| talk.range),
            without_words: None,
            is_teacher_sure: None,
            left_out: Vec::new(),
        }
    }
}

/// Analyses a conference of the library and says what came of it.
pub(super) fn analyse_one(context: &mut CommandContext<'_>, library: &mut Library, id: ConferenceId, live: LiveResult) -> Result<ConferenceReport> {
    let progress = ProgressLine::new(context, "Conference");
    let without_words = analysis::analyse_conference(library, &context.settings, id, live, &mut |stage, fraction| progress.check(stage, fraction))?;
    drop(progress);
    if let Some(kind) = without_words {
        notice(kind.advice());
    }
    Ok(ConferenceReport { without_words, ..ConferenceReport::of(&library.load(id)?) })
}

pub(super) fn say_done(context: &mut CommandContext<'_>, done: &[ConferenceReport]) -> Result<()> {
    if context.json {
        return context.json(&done);
    }
    for one in done {
        let share = one.teacher_share.map(|share| TalkShare { share, range: one.teacher_share_range });
        let of = if one.length_s.is_some() { "the talk" } else { "the words" };
        let share = share.map(|talk| format!(", you talked {talk} of {of}")).unwrap_or_default();
        let length = one.length_s.map_or_else(|| "typed".to_owned(), |secs| Millis::from_secs(secs).to_string());
        let id = shown(&context.library()?, one.id)?;
        let words = number_of(one.words, "word", "words");
        context.say(format!("Conference {id}: {length}, {words}{share}. See it with: afterbell show {id}"))?;
    }
    Ok(())
}
