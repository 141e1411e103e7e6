//! The reporting commands: list, search, show, models.

use super::{CommandContext, Which};
use crate::conference::{ConferenceRecord, Millis, Question, Speaker, Waits, ending, ending_length, names, remarks_of_gaps};
use crate::error::{Error, ErrorKind, Result};
use crate::export::{self, Contents, Format};
use crate::library::is_searchable;
use crate::work::models as store;
use serde_json::json;

/// `afterbell list`.
pub(super) fn list(context: &mut CommandContext<'_>) -> Result<()> {
    let conferences = context.library()?.summaries()?;
    if context.json {
        return context.json(&conferences);
    }
    if conferences.is_empty() {
        return context.say("Nothing here yet. Record your next conference, or look at the sample: afterbell sample");
    }
    let digits = ending_length(conferences.iter().map(|one| one.id));
    for one in conferences {
        let who = match names(&one.participants) {
            Some(names) => export::one_line(&names).into_owned(),
            None if one.students > 1 => format!("table of {}", one.students),
            None => "no student chosen".into(),
        };
        let share = one.teacher_talk().map_or_else(|| "not counted yet".into(), |talk| format!("You {talk}"));
        let stage = one.stage.label();
        context.say(format!(
            "{}  {}  {:>7}  {who:<20} {share:<18} {stage:<12} {}",
            ending(one.id, digits),
            export::local_time(one.started_unix_ms),
            if one.is_typed { "typed".to_owned() } else { one.length.clock() },
            export::one_line(&one.title)
        ))?;
    }
    Ok(())
}

/// `afterbell search`.
pub(super) fn search(context: &mut CommandContext<'_>, words: &str) -> Result<()> {
    if !is_searchable(words) {
        return Err(Error::bare(ErrorKind::NothingToSearch, "searching"));
    }
    let library = context.library()?;
    let mut hits = library.search(words)?;
    for hit in hits.iter_mut().filter(|hit| hit.conference.is_typed) {
        // Of what was typed only times are said that stand in the file.
        let record = library.load(hit.conference.id)?;
        hit.lines.iter_mut().for_each(|line| line.at = line.at.and_then(|at| record.data().moment(at)));
    }
    if context.json {
        let report: Vec<_> = hits
            .iter()
            .map(|hit| {
                let lines: Vec<_> = hit
                    .lines
                    .iter()
                    .map(|line| json!({ "speaker": line.speaker.map(Speaker::key), "at_s": line.at.map(|at| at.secs()), "text": text(&line.pieces) }))
                    .collect();
                json!({ "conference": hit.conference, "lines": lines })
            })
            .collect();
        return context.json(&report);
    }
    if hits.is_empty() {
        return context.say(format!("No one said “{words}”."));
    }
    let digits = ending_length(context.library()?.summaries()?.iter().map(|one| one.id));
    for hit in hits {
        let who = names(&hit.conference.participants).unwrap_or_else(|| hit.conference.title.clone());
        let who = export::one_line(&who);
        context.say(format!("Conference {}, {who}, {}", ending(hit.conference.id, digits), export::local_time(hit.conference.started_unix_ms)))?;
        for line in hit.lines {
            let at = match (line.at, line.speaker) {
                (Some(at), _) => format!("[{}] ", at.clock()),
                (None, Some(_)) => String::new(),
                (None, None) => "[note] ".to_owned(),
            };
            context.say(format!("  {at}{}", export::one_line(&text(&line.pieces))))?;
        }
    }
    Ok(())
}

fn text(pieces: &[(String, bool)]) -> String {
    pieces.iter().map(|(piece, _)| piece.as_str()).collect()
}

/// `afterbell show`.
pub(super) fn show(context: &mut CommandContext<'_>, which: &Which) -> Result<()> {
    let library = context.library()?;
    let record = library.load(which.find(&library)?)?.cut();
    let format = if context.json { Format::Json } else { Format::Txt };
    let bytes = export::render(&record, format, &Contents::ALL, None)?;
    context.out.write_all(&bytes).map_err(super::printing)?;
    if !context.json {
        remarks_of_gaps(&record.data().dropouts, record.data().length).iter().for_each(|remark| super::notice(&remark.sentence()));
    }
    Ok(())
}

/// What was found, in a few lines.
pub(super) fn findings(record: &ConferenceRecord) -> String {
    let measures = record.measures();
    let mut lines = Vec::new();
    for (&speaker, talk) in &measures.speakers {
        let longest = talk
            .longest_turn
            .zip(talk.longest_turn_time)
            .map_or_else(String::new, |(turn, time)| format!(", longest {:.1} s at {}", time.secs(), turn.start()));
        let pace = talk.words_per_minute.map_or_else(String::new, |pace| format!(", {pace:.0} words a minute"));
        lines.push(format!(
            "{}: {} of the talk ({:.0} s), {}{longest}{pace}",
            record.speaker_name(speaker),
            talk.talk_share(),
            talk.talk_time.secs(),
            export::number_of(talk.turns, "turn", "turns")
        ));
    }
    let quiet = measures.longest_silence.map_or_else(String::new, |quiet| format!(", the longest {:.1} s at {}", quiet.length().secs(), quiet.start()));
    lines.push(format!("Quiet: {:.0} s{quiet}", measures.silence.secs()));
    if measures.unrecorded > Millis::ZERO {
        lines.push(format!("Not recorded: {:.0} s, in none of these measures", measures.unrecorded.secs()));
    }
    let after = if measures.wait_one_after_questions { "after your questions" } else { "after your turns" };
    lines.push(waits(&format!("You waited {after}"), &measures.wait_one));
    lines.push(waits("You waited after the student", &measures.wait_two));
    lines.push(format!("Questions found: {}", measures.questions.len()));
    for question in &measures.questions {
        let at = question.first().map(|&word| record.transcript().words[word].span.start()).unwrap_or_default();
        lines.push(format!("  [{at}] {}", record.transcript().text(question)));
    }
    for question in Question::ALL.into_iter().filter(|&question| record.data().reflection.answer(question).rating.is_some()) {
        let answer = record.data().reflection.answer(question);
        lines.push(format!("{}. {} {}", question.number(), question.short(), answer.rating.map_or("", |rating| rating.label())));
    }
    lines.join("\n")
}

fn waits(what: &str, waits: &Waits) -> String {
    match (waits.median, waits.longest) {
        (Some(median), Some(longest)) => format!(
            "{what}: {}, {:.1} s in the middle, {:.1} s at most, {} under 3 s",
            export::number_of(waits.waits.len(), "time", "times"),
            median.secs(),
            longest.secs(),
            waits.under_three_seconds
        ),
        _ => format!("{what}: no pause of 0.3 s or more found"),
    }
}

/// `afterbell models list`.
pub(super) fn models(context: &mut CommandContext<'_>) -> Result<()> {
    let rows = store::list(&context.folders, &context.settings)?;
    if context.json {
        let report: Vec<_> = rows
            .iter()
            .map(|row| {
                json!({
                    "name": row.name, "bytes": row.bytes, "installed": row.installed, "built_in": row.built_in, "in_use": row.in_use, "good_for": row.good_for,
                    "english_only": row.english_only, "stopped_at": row.stopped_at, "suggested": row.suggested,
                    "five_minutes_take_s": row.estimated_time.map(|time| time.secs), "at_least": row.estimated_time.is_some_and(|time| time.at_least),
                    "memory_short": row.memory_short.is_some(),
                })
            })
            .collect();
        return context.json(&report);
    }
    for row in rows {
        let state = match (row.in_use, row.built_in, row.installed, row.stopped_at) {
            (true, ..) => "in use".to_owned(),
            (_, true, ..) => "came with Afterbell".to_owned(),
            (_, _, true, _) => "installed".to_owned(),
            (.., Some(fraction)) => format!("{:.0}%, stopped", fraction * 100.0),
            _ => String::new(),
        };
        let mut note = row.good_for.clone();
        if let Some(time) = row.estimated_time {
            note = format!("{} ({} for a 5-minute conference).", note.trim_end_matches('.'), time.in_words());
        }
        if row.memory_short.is_some() {
            note.push_str(" Needs more memory.");
        }
        if row.suggested {
            note.push_str(" Recommended for this computer.");
        }
        context.say(format!("{:<22} {:>5} MB  {state:<20} {note}", row.name, row.bytes / 1_000_000))?;
    }
    Ok(())
}
