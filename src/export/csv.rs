//! Tables for a spreadsheet: the turns, and the measures. Several conferences may share one table.

use super::contents::Contents;
use super::plain::one_line;
use super::present::{lines, title_or_name, zoned};
use crate::conference::{ConferenceRecord, Millis, Phase, SpeakerTalk, Waits};
use crate::error::{Error, ErrorKind, Result};

/// One row for each turn.
pub(crate) fn turns(records: &[&ConferenceRecord], contents: &Contents) -> Result<Vec<u8>> {
    let mut table =
        Table::new(&["conference", "date", "turn", "speaker", "start", "start_s", "end_s", "part", "words", "marked", "text", "meanwhile", "part_is_sure"])?;
    for record in records {
        let turns = record.turns();
        let everything = Contents { times: true, ..*contents };
        for line in lines(record, &everything) {
            // A stretch without words is no turn: it has a row, but no number, end or part.
            let index = turns.iter().position(|turn| line.speaker == Some(turn.speaker) && turn.span.start() == line.start);
            let turn = index.map(|index| &turns[index]);
            let at = record.data().moment(line.start);
            let phase = index.and_then(|index| record.evidence().turn_phases.get(index).copied().flatten());
            table.row(&[
                title_or_name(record),
                &day(record),
                &index.map(|index| (index + 1).to_string()).unwrap_or_default(),
                &line.name,
                &at.map(|at| at.clock()).unwrap_or_default(),
                &at.map(secs).unwrap_or_default(),
                &turn.filter(|_| record.data().has_sound()).map(|turn| secs(turn.span.end())).unwrap_or_default(),
                phase.map_or("", Phase::name),
                &turn.map(|turn| turn.words.len().to_string()).unwrap_or_default(),
                if line.is_marked { "yes" } else { "" },
                if contents.transcript { line.said() } else { "" },
                &if contents.transcript { line.asides.join("; ") } else { String::new() },
                match index.filter(|_| phase.is_some()) {
                    Some(index) if record.evidence().is_phase_sure(index) => "yes",
                    Some(_) => "no",
                    None => "",
                },
            ])?;
        }
    }
    table.bytes()
}

/// One row for each measure: of the whole, of each speaker, of each minute.
pub(crate) fn measures(records: &[&ConferenceRecord]) -> Result<Vec<u8>> {
    let mut table = Table::new(&["conference", "date", "measure", "who", "minute", "value", "unit"])?;
    for record in records {
        let (who, day) = (title_or_name(record), day(record));
        let mut row = |measure: &str, speaker: &str, minute: &str, value: String, unit: &str| table.row(&[who, &day, measure, speaker, minute, &value, unit]);
        let measures = record.measures();
        let has_sound = record.data().has_sound();
        if has_sound {
            row("length", "", "", secs(measures.length), "s")?;
            row("silence", "", "", secs(measures.silence), "s")?;
        }
        if measures.unrecorded > Millis::ZERO {
            row("not recorded, in no other measure", "", "", secs(measures.unrecorded), "s")?;
        }
        if let Some(quiet) = measures.longest_silence {
            row("longest silence", "", "", secs(quiet.length()), "s")?;
        }
        for (&speaker, talk) in &measures.speakers {
            let name = super::document::name(record, speaker);
            for (measure, value, unit) in of_speaker(talk, has_sound) {
                row(measure, &name, "", value, unit)?;
            }
        }
        if measures.wait_one_after_questions && has_sound {
            for (measure, value, unit) in of_waits(&measures.wait_one) {
                row(&format!("wait after a question, {measure}"), "Teacher", "", value, unit)?;
            }
        }
        for (measure, value, unit) in of_waits(&measures.wait_two).into_iter().filter(|_| has_sound) {
            row(&format!("wait after the student, {measure}"), "Teacher", "", value, unit)?;
        }
        row("questions", "Teacher", "", measures.questions.len().to_string(), "")?;
        for phase in record.evidence().phases.iter().filter(|_| has_sound) {
            let part = if phase.is_sure() { "part" } else { "part, not sure" };
            row(&format!("{part}: {}", phase.phase.name()), "", "", secs(phase.span.length()), "s")?;
        }
        for (index, minute) in measures.minutes.iter().enumerate() {
            let number = (index + 1).to_string();
            for (speaker, talk) in [("Teacher", minute.teacher), ("Students", minute.students), ("Nobody", minute.silence)] {
                row("talk by minute", speaker, &number, secs(talk), "s")?;
            }
        }
    }
    table.bytes()
}

fn of_speaker(talk: &SpeakerTalk, has_sound: bool) -> Vec<(&'static str, String, &'static str)> {
    let time = has_sound.then(|| ("talk time", secs(talk.talk_time), "s"));
    let mut rows: Vec<_> = time.into_iter().collect();
    rows.extend([
        (if has_sound { "talk share" } else { "share of the words" }, format!("{:.1}", talk.share * 100.0), "%"),
        ("turns", talk.turns.to_string(), ""),
        ("said meanwhile", talk.backchannels.to_string(), ""),
        ("words", talk.words.to_string(), ""),
    ]);
    let range = talk.share_range.into_iter().flat_map(|(low, high)| [("talk share, at least", low), ("talk share, at most", high)]);
    rows.extend(range.map(|(measure, share)| (measure, format!("{:.1}", share * 100.0), "%")));
    rows.extend(talk.longest_turn_time.map(|time| ("longest turn", secs(time), "s")));
    rows.extend(talk.words_per_minute.map(|pace| ("words a minute", format!("{pace:.1}"), "")));
    rows
}

fn of_waits(waits: &Waits) -> Vec<(&'static str, String, &'static str)> {
    let mut rows = vec![("times", waits.waits.len().to_string(), ""), ("under 3 s", waits.under_three_seconds.to_string(), "")];
    rows.extend(waits.median.map(|median| ("median", secs(median), "s")));
    rows.extend(waits.longest.map(|longest| ("longest", secs(longest), "s")));
    rows
}

fn secs(at: Millis) -> String {
    format!("{:.3}", at.secs())
}

fn day(record: &ConferenceRecord) -> String {
    let at = record.data().started_unix_ms;
    if at > 0 { zoned(at).strftime("%Y-%m-%d").to_string() } else { String::new() }
}

struct Table {
    writer: ::csv::Writer<Vec<u8>>,
}

impl Table {
    fn new(head: &[&str]) -> Result<Self> {
        // Excel takes a file for UTF-8 only when it begins with this mark.
        let mut table = Self { writer: ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(b"\xEF\xBB\xBF".to_vec()) };
        table.row(head)?;
        Ok(table)
    }

    fn row(&mut self, fields: &[&str]) -> Result<()> {
        self.writer.write_record(fields.iter().map(|field| defused(&one_line(field)))).map_err(fail)
    }

    fn bytes(self) -> Result<Vec<u8>> {
        self.writer.into_inner().map_err(|err| fail(err.into_error().into()))
    }
}

fn fail(err: ::csv::Error) -> Error {
    Error::new(ErrorKind::Bug, "writing a table", err)
}

/// What a spreadsheet would take for a formula is kept as text by an apostrophe before it.
fn defused(field: &str) -> String {
    let is_number = field.parse::<f64>().is_ok();
    if !is_number && field.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{field}") } else { field.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_numbers_stay_numbers() {
        for (said, kept) in
            [("=1+1", "'=1+1"), ("+CMD|' /C calc'!A0", "'+CMD|' /C calc'!A0"), ("@SUM(A1)", "'@SUM(A1)"), ("-3.5", "-3.5"), ("- yes", "'- yes"), ("a=b", "a=b")]
        {
            assert_eq!(defused(said), kept);
        }
    }
}
