//! A page becomes what was said, by whom, and a list of the lines that could not be understood. Nothing of it is in neither.

use super::above::above;
use super::chat::name_participants;
use super::dates::{SaidAt, is_yearless_date, said_over};
use super::evidence::{Known, Layout, layout};
use super::labels::{Label, is_remark};
use super::lines::{Head, Kind, Page, Row, Sign, is_bracketed, page};
use super::named_roles::name_roles;
use super::plays::read_aloud;
use super::reported::name_reported;
use super::slips::mend;
use super::times::{self, Stamp};
use crate::conference::{Leftover, Millis, needs_space};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// What one speaker says in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Utterance {
    /// Which of [`Reading::labels`]; none where the page does not say.
    pub speaker: Option<usize>,
    /// When it begins, where that stands on the page.
    pub at: Option<Millis>,
    /// When it ends, where that stands on the page.
    pub until: Option<Millis>,
    /// What is said, on one line.
    pub text: String,
}

/// All of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Reading {
    pub utterances: Vec<Utterance>,
    /// In the order in which they come; the best written of each.
    pub labels: Vec<Label>,
    pub leftovers: Vec<Leftover>,
    /// Who is there, as the page says over the talk.
    pub said_above: Known,
    /// When it was said, as its lines say, or what stands over the talk.
    pub said_at: Option<SaidAt>,
}

/// Reads a page. Total: any text comes to a reading, perhaps one in which nothing is said.
pub(super) fn read(text: &str, known: &Known) -> Reading {
    let Page { mut rows, said_at } = page(text);
    let slips = mend(&mut rows);
    name_roles(&mut rows);
    name_reported(&mut rows);
    let participants = name_participants(&mut rows);
    without_repeated_names(&mut rows);
    let (above, said_above) = above(&rows);
    let said_above = said_above.with(&participants);
    let known = &known.with(&said_above);
    let mut layout = layout(&rows, known, above);
    read_aloud(&rows, &mut layout, known);
    let has_cues = rows.iter().any(|row| matches!(row.kind, Kind::Time { is_cue: true, .. }));
    let mut reader = Reader {
        layout: &layout,
        reading: Reading::default(),
        by_key: BTreeMap::new(),
        open: None,
        pending: None,
        note: false,
        gap: true,
        below_names: 0,
        has_cues,
        running: running(&rows),
        begun: (0, 0),
    };
    let ends = ends(&rows, layout.begins, &layout);
    for (at, row) in rows.iter().enumerate() {
        if (layout.begins..ends).contains(&at) { reader.take(at, row) } else { reader.leave(row) }
    }
    reader.close();
    let mut reading = reader.reading;
    reading.said_above = said_above;
    reading.said_at = said_at.or(reading.said_at);
    reading.leftovers.extend(slips);
    reading.leftovers.sort_by_key(|one| one.line);
    without_silent(&mut reading);
    times_behind(&mut reading.utterances);
    from_zero(&mut reading.utterances, said_at.is_some());
    reading
}

/// Takes out labels of which nothing was said: their lines are among those left.
fn without_silent(reading: &mut Reading) {
    let mut speaks = vec![false; reading.labels.len()];
    reading.utterances.iter().filter_map(|one| one.speaker).for_each(|speaker| speaks[speaker] = true);
    let place: Vec<usize> = speaks
        .iter()
        .scan(0, |next, &speaks| {
            *next += usize::from(speaks);
            Some(*next - usize::from(speaks))
        })
        .collect();
    let mut at = 0;
    reading.labels.retain(|_| {
        at += 1;
        speaks[at - 1]
    });
    for one in &mut reading.utterances {
        one.speaker = one.speaker.map(|speaker| place[speaker]);
    }
}

/// Teams copies a name and its time twice, the second time on one line: that one counts.
fn without_repeated_names(rows: &mut [Row]) {
    let alone = |row: &Row| match &row.kind {
        Kind::Words(heads) => heads.iter().find(|head| head.sign == Sign::Alone).map(|head| (head.label.key.clone(), head.stamp.is_some())),
        _ => None,
    };
    let repeated = |at: usize| {
        let (key, is_stamped) = alone(&rows[at])?;
        let first = rows[..at].iter().rposition(|row| !matches!(row.kind, Kind::Time { .. })).filter(|&first| is_stamped && first + 1 < at)?;
        (alone(&rows[first]) == Some((key, false))).then_some(first..at)
    };
    let all: Vec<Range<usize>> = (2..rows.len()).filter_map(repeated).collect();
    // Once may be chance, and then a line of it would be lost.
    if all.len() > 1 {
        all.into_iter().flatten().for_each(|at| rows[at].kind = Kind::Blank);
    }
}

/// What teachers write below a talk, for themselves.
const BELOW: [&str; 12] = [
    "reflection",
    "reflections",
    "my reflection",
    "my notes",
    "notes",
    "teacher notes",
    "next steps",
    "next step",
    "goal",
    "goals",
    "next time",
    "what i learned",
];

/// Where the notes below the talk begin: a blank line, and a heading of theirs, behind which nobody is named again.
fn ends(rows: &[Row], begins: usize, layout: &Layout) -> usize {
    let is_named =
        |(at, row): (usize, &Row)| matches!(&row.kind, Kind::Words(heads) if layout.head(at, heads).is_some_and(|head| !is_below(&head.label.shown)));
    let last = rows.iter().enumerate().rposition(is_named).unwrap_or(rows.len());
    let is_end = |at: &usize| {
        let heading = rows[*at].text.split([':', '：']).next().unwrap_or_default();
        let is_own = ["Reflection", "My notes"].contains(&heading);
        (is_own || rows[at - 1].kind == Kind::Blank)
            && is_below(heading)
            && (rows[*at].text.contains([':', '：']) || heading.starts_with('#') || heading == "Reflection")
    };
    (last.max(begins) + 1..rows.len()).find(is_end).unwrap_or(rows.len())
}

fn is_below(heading: &str) -> bool {
    BELOW.contains(&heading.trim_matches(['#', '*', ' ']).to_lowercase().as_str())
}

/// A line by itself without its numbers: "Page # of #".
fn without_numbers(text: &str) -> String {
    text.split(|c: char| c.is_ascii_digit()).filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join("#")
}

/// Lines between blank ones that recur but for their numbers.
fn running(rows: &[Row]) -> BTreeSet<String> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for at in (0..rows.len()).filter(|&at| is_apart(rows, at) && rows[at].text.contains(|c: char| c.is_ascii_digit())) {
        *times.entry(without_numbers(&rows[at].text)).or_default() += 1;
    }
    times.into_iter().filter(|(_, times)| *times >= 2).map(|(text, _)| text).collect()
}

fn is_apart(rows: &[Row], at: usize) -> bool {
    let is_blank = |row: Option<&Row>| row.is_none_or(|row| row.kind == Kind::Blank);
    matches!(rows[at].kind, Kind::Words(_) | Kind::Remark) && is_blank(at.checked_sub(1).and_then(|at| rows.get(at))) && is_blank(rows.get(at + 1))
}

struct Reader<'a> {
    layout: &'a Layout,
    reading: Reading,
    by_key: BTreeMap<String, usize>,
    open: Option<Open>,
    /// A time that stands before who speaks.
    pending: Option<(Stamp, bool)>,
    /// A note goes on until a blank line.
    note: bool,
    /// A blank line stands before.
    gap: bool,
    /// Speakers named so far below whose names their time stands.
    below_names: usize,
    /// Subtitles have no pages, and so no numbers of them.
    has_cues: bool,
    /// What stands over or under each page, without its numbers.
    running: BTreeSet<String>,
    /// Speakers named so far, and how many of them had a time before them.
    begun: (usize, usize),
}

/// What is being said, and the line on which its speaker was named.
struct Open {
    utterance: Utterance,
    named: Option<Leftover>,
    /// A time below the name: where nothing else follows, and no other speaker's time stands there, it is said.
    only_time: Option<String>,
}

/// What teachers call the parts of a conference, on a line of its own.
const PARTS: [&str; 12] =
    ["research", "decide", "compliment", "teach", "teaching", "teaching point", "link", "coach", "try it", "active involvement", "practice", "closing"];

/// What stands before a colon in a piece that is read aloud.
const READ: [&str; 5] = ["title", "setting", "theme", "author", "topic"];

/// What programs write under and over a transcript.
const PROGRAMS: [&str; 25] = [
    "transcribed by",
    "transcribed with",
    "transkribiert mit",
    "transkribiert von",
    "otter.ai",
    "computer generated",
    "computer-generated",
    "automatically generated",
    "auto-generated",
    "meeting ended",
    "started transcription",
    "stopped transcription",
    "end of transcript",
    "ended the transcription",
    "transcript generated",
    "generated by",
    "noscribe",
    "this transcript was",
    "this editable transcript",
    "recording started",
    "recording stopped",
    "joined the meeting",
    "transcription ended",
    "transcript ended",
    "recording ended",
];

impl Reader<'_> {
    fn take(&mut self, at: usize, row: &Row) {
        match &row.kind {
            Kind::Blank => (self.note, self.gap) = (false, true),
            Kind::CueName => {}
            Kind::Time { stamp, is_cue } => self.time(*stamp, *is_cue, row),
            Kind::Remark => self.remark(row),
            Kind::Words(heads) => {
                match self.layout.head(at, heads) {
                    _ if self.layout.reader(at).is_some() => self.tell(at, row),
                    Some(head) => self.begin(head, row),
                    None if self.layout.is_unsure(at) => self.begin_unknown(row),
                    None => self.go_on(heads, row),
                }
                self.gap = false;
            }
        }
    }

    /// "…", "?" and "March 12" right behind a name are said; a rule is not.
    fn remark(&mut self, row: &Row) {
        let is_mark = !row.text.contains(|c: char| c.is_alphanumeric() || "-*_=~|#:".contains(c)) || row.text == "—";
        let is_mark = is_mark || is_yearless_date(&row.text);
        match &mut self.open {
            Some(open) if is_mark && open.utterance.text.is_empty() => open.utterance.text.clone_from(&row.text),
            _ => self.leave(row),
        }
    }

    fn time(&mut self, stamp: Stamp, is_cue: bool, row: &Row) {
        // On a page that names nobody times are all the order there is.
        let is_cue = is_cue || self.layout.is_empty();
        match &mut self.open {
            // Behind the name, before what is said.
            Some(open) if open.utterance.text.is_empty() && !is_cue => {
                // "10:30", where the name has its time already: said.
                if open.utterance.at.is_some() && !stamp.is_marked {
                    open.utterance.text.clone_from(&row.text);
                } else if open.utterance.at.is_none() {
                    open.only_time = Some(row.text.clone());
                }
                open.utterance.at.get_or_insert(stamp.at);
                open.utterance.until = open.utterance.until.or(stamp.until);
            }
            _ => self.pending = Some((stamp, is_cue)),
        }
        self.note = false;
    }

    fn begin(&mut self, head: &Head, row: &Row) {
        self.close();
        let speaker = self.speaker(&head.label);
        let before = self.pending.take();
        let stamp = head.stamp.or(before.map(|(stamp, _)| stamp));
        // Maya (whispering): how it is said stands before what is said.
        let note = &head.label.note;
        // "Maya (7)" is who she is each time; "Maya [pause]" is what happened this time, be it the first.
        let happened = is_remark(note) && note.contains(char::is_alphabetic);
        let is_kept = note.is_empty() || (self.reading.labels[speaker].note == *note && !happened);
        let note = if is_kept { String::new() } else { format!("({note}) ") };
        self.begun.0 += 1;
        self.begun.1 += usize::from(head.is_stamped_before);
        self.open = Some(Open {
            utterance: Utterance {
                speaker: Some(speaker),
                at: stamp.map(|stamp| stamp.at),
                until: stamp.and_then(|stamp| stamp.until),
                text: note + &one_line(&head.rest),
            },
            named: Some(leftover(row)),
            only_time: None,
        });
        self.note = false;
    }

    /// Somebody who is named nowhere else may begin to speak: the name, if it is one, stays among the words.
    fn begin_unknown(&mut self, row: &Row) {
        self.close();
        let stamp = self.pending.take().map(|(stamp, _)| stamp);
        let utterance = Utterance { speaker: None, at: stamp.map(|stamp| stamp.at), until: stamp.and_then(|stamp| stamp.until), text: one_line(&row.text) };
        self.open = Some(Open { utterance, named: None, only_time: None });
        self.note = false;
    }

    /// A line of a piece that is read aloud: whoever reads it says all of it, the names of the piece too.
    fn tell(&mut self, at: usize, row: &Row) {
        let reader = self.layout.reader(at).and_then(|key| self.by_key.get(key)).copied();
        let stamped = times::at_start(&row.text).filter(|(stamp, said)| stamp.is_marked && !said.is_empty());
        let stamp = stamped.map(|(stamp, _)| stamp).or(self.pending.take().map(|(stamp, _)| stamp));
        let text = one_line(stamped.map_or(row.text.as_str(), |(_, said)| said).trim_start_matches("> "));
        match &mut self.open {
            Some(open) if open.utterance.speaker == reader && stamp.is_none() => {
                if needs_space(&open.utterance.text, &text) {
                    open.utterance.text.push(' ');
                }
                open.utterance.text.push_str(&text);
            }
            _ => {
                self.close();
                let utterance = Utterance { speaker: reader, at: stamp.map(|stamp| stamp.at), until: stamp.and_then(|stamp| stamp.until), text };
                self.open = Some(Open { utterance, named: None, only_time: None });
            }
        }
        self.note = false;
    }

    /// Words without a name before them.
    fn go_on(&mut self, heads: &[Head], row: &Row) {
        let lower = row.text.to_lowercase();
        // [0:13] (could not hear this well)
        let bare = times::at_start(&row.text).map_or(row.text.as_str(), |(_, said)| said);
        // Right below a name, and where it is a sentence, it is said: "5", "I have 3 dogs."
        let is_said = self.open.as_ref().is_some_and(|open| open.utterance.text.is_empty()) || row.text.ends_with(['.', '?', '!']);
        let is_running = self.gap && !is_said && self.running.contains(&without_numbers(&row.text));
        let is_part = self.gap && !is_said && PARTS.contains(&row.text.trim_matches(['#', '*', ' ', ':']).to_lowercase().as_str());
        let is_program = is_running || is_part || PROGRAMS.iter().any(|words| lower.contains(words));
        let is_note = heads.iter().any(|head| head.label.is_head() && head.sign == Sign::Colon && head.label.is_name());
        // A part of a conference with its times, a name nobody bears on this page.
        let is_heading = heads.iter().any(|head| head.sign == Sign::Alone && head.stamp.is_some() && head.label.is_name() && !head.label.is_said());
        let is_title = self.gap && row.text.starts_with('#');
        // A title within the talk is read aloud; a note there is a line.
        let within = is_note && self.open.is_some() && !self.gap;
        let is_title_read = within && heads.iter().any(|head| READ.contains(&head.label.key.as_str()));
        if is_note && !within {
            self.note = true;
        }
        if is_program || self.note || (within && !is_title_read) || is_heading || is_title || is_bracketed(bare) || is_address(&row.text) {
            return self.leave(row);
        }
        let mut text = one_line(row.text.trim_start_matches("> "));
        // [0:09] and then we went home
        let most_before = self.begun.1 * 2 > self.begun.0;
        let is_time = |stamp: Stamp, said: &str| (stamp.is_marked || most_before) && !said.is_empty();
        if let Some((stamp, said)) = times::at_start(&row.text).filter(|(stamp, said)| is_time(*stamp, said)) {
            text = one_line(said.trim_start_matches(['-', '–', '—', ' ']));
            self.pending = Some((stamp, stamp.until.is_some()));
        }
        let is_number =
            !text.chars().any(char::is_alphabetic) && self.open.as_ref().is_some_and(|open| !open.utterance.text.is_empty()) && self.pending.is_none();
        if is_number && !self.has_cues && row.text.chars().all(|c| c.is_ascii_digit()) {
            // The number of a page.
            return self.leave(row);
        }
        match (self.pending.take(), self.open.take()) {
            // The same speaker goes on at a time of its own; in subtitles without names nobody knows who.
            (Some((stamp, is_cue)), open) => {
                let speaker = open.as_ref().and_then(|open| open.utterance.speaker);
                self.open = open;
                self.close();
                if speaker.is_none() && !is_cue {
                    return self.leave(row);
                }
                let utterance = Utterance { speaker, at: Some(stamp.at), until: stamp.until, text };
                self.open = Some(Open { utterance, named: None, only_time: None });
            }
            (None, Some(mut open)) => {
                if needs_space(&open.utterance.text, &text) {
                    open.utterance.text.push(' ');
                }
                open.utterance.text.push_str(&text);
                self.open = Some(open);
            }
            (None, None) => self.leave(row),
        }
    }

    /// Keeps a line that is not understood.
    fn leave(&mut self, row: &Row) {
        if row.text.chars().any(char::is_alphanumeric) && row.text != "WEBVTT" && !matches!(row.kind, Kind::Time { .. } | Kind::CueName) {
            if self.reading.utterances.is_empty() && self.open.is_none() {
                self.reading.said_at = self.reading.said_at.or_else(|| said_over(&row.text));
            }
            self.reading.leftovers.push(leftover(row));
        }
    }

    fn close(&mut self) {
        let Some(mut open) = self.open.take() else { return };
        let is_said = open.utterance.text.is_empty() && self.below_names == 0;
        self.below_names += usize::from(open.only_time.is_some() && !is_said);
        if let (true, Some(time)) = (is_said, open.only_time.take()) {
            (open.utterance.text, open.utterance.at, open.utterance.until) = (time, None, None);
        }
        if open.utterance.text.chars().any(|c| !c.is_whitespace()) {
            self.reading.utterances.push(open.utterance);
        } else if let Some(named) = open.named {
            // A name, and nothing said.
            let at = self.reading.leftovers.partition_point(|one| one.line <= named.line);
            self.reading.leftovers.insert(at, named);
        }
    }

    fn speaker(&mut self, label: &Label) -> usize {
        if let Some(&known) = self.by_key.get(&label.key) {
            let kept = &mut self.reading.labels[known];
            if !kept.is_name() && label.is_name() {
                kept.shown.clone_from(&label.shown);
            }
            if kept.note.is_empty() && label.is_note_of_person() {
                kept.note.clone_from(&label.note);
            }
            return known;
        }
        let note = if label.is_note_of_person() { label.note.clone() } else { String::new() };
        self.reading.labels.push(Label { note, ..label.clone() });
        self.by_key.insert(label.key.clone(), self.reading.labels.len() - 1);
        self.reading.labels.len() - 1
    }
}

/// A line as it was typed.
fn leftover(row: &Row) -> Leftover {
    Leftover { line: row.number, text: row.typed.clone().unwrap_or_else(|| row.text.clone()) }
}

/// Without the double stars of Markdown around words, and with one space between them.
fn one_line(text: &str) -> String {
    text.split_whitespace().map(without_stars).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// `**wow**` is typed so; stars on one side belong to more than one word.
fn without_stars(word: &str) -> &str {
    if word.len() > 4 && word.starts_with("**") && word.ends_with("**") { word } else { word.trim_start_matches("**").trim_end_matches("**") }
}

/// A line that is an address and nothing else.
fn is_address(text: &str) -> bool {
    let text = text.trim_matches(['<', '>', ' ']);
    !text.contains(char::is_whitespace) && (text.contains("://") || text.starts_with("www."))
}

/// Times at the end of what is said (`... home. #00:00:04-5#`), or unmarked at its beginning, are times where most have them there.
fn times_behind(utterances: &mut [Utterance]) {
    let most = |fits: usize| fits >= 2 && fits * 10 >= utterances.len() * 6;
    let is_behind = |one: &&Utterance| times::at_end(&one.text).is_some_and(|(stamp, said)| stamp.is_marked && !said.is_empty());
    let is_before = |one: &&Utterance| one.at.is_none() && times::at_start(&one.text).is_some_and(|(_, said)| !said.is_empty());
    if most(utterances.iter().filter(is_behind).count()) {
        for index in 0..utterances.len() {
            let text = utterances[index].text.clone();
            let Some((stamp, said)) = times::at_end(&text).filter(|(stamp, said)| stamp.is_marked && !said.is_empty()) else { continue };
            utterances[index].text = said.to_owned();
            // A time between signs says when a paragraph ends, one in brackets when it begins.
            if text.ends_with('#') {
                utterances[index].until = Some(stamp.at);
                if let Some(next) = utterances.get_mut(index + 1) {
                    next.at.get_or_insert(stamp.at);
                }
            } else {
                utterances[index].at.get_or_insert(stamp.at);
            }
        }
    } else if most(utterances.iter().filter(is_before).count()) {
        for one in utterances {
            let Some((stamp, said)) = times::at_start(&one.text).filter(|(_, said)| one.at.is_none() && !said.is_empty()) else { continue };
            (one.at, one.until) = (Some(stamp.at), stamp.until);
            one.text = said.to_owned();
        }
    }
}

/// Clock times of a day count from the first; with a date beside it any is one.
fn from_zero(utterances: &mut [Utterance], is_dated: bool) {
    // Three hours: no conference is that long, and one who says the time of the day means this.
    const LATE: Millis = Millis(3 * 3_600_000);
    let Some(first) = utterances.iter().find_map(|one| one.at).filter(|&first| is_dated || first >= LATE) else { return };
    for one in utterances {
        one.at = one.at.map(|at| Millis((at.0 - first.0).max(0)));
        one.until = one.until.map(|until| Millis((until.0 - first.0).max(0)));
    }
}
