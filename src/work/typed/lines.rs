//! The lines of a page, each with all the ways in which a speaker may be named at its beginning. Which of them is meant is decided over the whole page.

use super::dates::is_unseen;
use super::dates::{SaidAt, is_date, is_month, is_yearless_date, without_dates};
use super::joined_lines::with_lines;
use super::labels::{Label, is_dressing, is_remark, label, named, odd};
use super::page_times::as_clock;
use super::role_with_name::named_role;
use super::role_words::TITLES;
use super::tags::{entities, is_chat, voices, without_places, without_tags};
use super::times::{self, Stamp};
use crate::conference::Millis;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// How a label is told from what is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Sign {
    /// `<v Maya>`: nothing else can be meant.
    Tag,
    /// `Maya: ...`
    Colon,
    /// `[Maya] ...`
    Bracket,
    /// A cell of a table.
    Tab,
    /// `Maya - ...`
    Dash,
    /// `Maya  0:04  ...`: the time stands between.
    Time,
    /// On a line of its own.
    Alone,
}

/// One way to read the beginning of a line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Head {
    pub label: Label,
    pub sign: Sign,
    pub stamp: Option<Stamp>,
    /// What is said.
    pub rest: String,
    /// Where times stand: before the label, or behind it.
    pub is_stamped_before: bool,
}

/// What a line is before anything is known of the page.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Blank,
    /// A time and nothing else. `is_cue`: one of subtitles, which begins a cue.
    Time {
        stamp: Stamp,
        is_cue: bool,
    },
    /// The number or the name of a cue.
    CueName,
    /// A sound, a doing, a rule: nothing that is said.
    Remark,
    /// Words; all the ways in which they may begin with a speaker.
    Words(Vec<Head>),
}

/// One line of a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// From 1.
    pub number: usize,
    /// As it is, without spaces around it.
    pub text: String,
    pub kind: Kind,
    /// Whether it begins further in than the page does.
    pub is_indented: bool,
    /// The whole line, where a date was taken from it.
    pub typed: Option<String>,
}

/// A line with a date stands so much later for each day.
const DAY: Millis = Millis(24 * 3_600_000);

/// The lines of a page, and what its dates say.
pub(super) struct Page {
    pub rows: Vec<Row>,
    /// When the first line with a date was said.
    pub said_at: Option<SaidAt>,
}

/// Reads the lines of a page. A line that has several voices (`<v A>...</v><v B>...</v>`), or several turns, becomes several.
pub(super) fn page(text: &str) -> Page {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace(['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let dated = without_dates(&text);
    let mut rows = rows(&as_clock(&dated.text));
    for row in &mut rows {
        let Some((days, typed)) = dated.lines.get(&(row.number - 1)) else { continue };
        // What is left of the line is listed as it was typed.
        row.typed = Some(typed.clone());
        let later = |stamp: &mut Stamp| {
            stamp.at.0 += days * DAY.0;
            stamp.until = stamp.until.map(|until| Millis(until.0 + days * DAY.0));
        };
        match &mut row.kind {
            Kind::Time { stamp, .. } => later(stamp),
            Kind::Words(heads) => heads.iter_mut().filter_map(|head| head.stamp.as_mut()).for_each(later),
            _ => {}
        }
    }
    Page { rows, said_at: dated.said_at }
}

fn rows(text: &str) -> Vec<Row> {
    let lines = with_lines(text);
    let is_vtt = text.trim_start_matches(is_edge).starts_with("WEBVTT");
    let cues: Vec<Option<Stamp>> = lines.iter().map(|(_, line)| times::cue(line.trim_matches(is_edge))).collect();
    let has_cues = cues.iter().flatten().next().is_some();
    // YouTube: each line of a caption comes again, until it has rolled out of sight.
    let is_rolling = has_cues && lines.iter().any(|(_, line)| line.contains("><c>")) && !lines.iter().any(|(_, line)| line.starts_with("<v"));
    // CHAT: lines of what is known of the talk, and of what was seen, begin with signs of their own.
    let is_chat = is_chat(&lines);
    // Marks of bold and italic letters, where they end too.
    let has_tags = has_cues || text.contains("</");
    let are_cues_named = is_vtt && are_cues_named(&lines, &cues);
    let mut rolled = String::new();
    let mut is_comment = false;
    let mut rows: Vec<Row> = Vec::with_capacity(lines.len());
    for (index, (number, line)) in lines.iter().enumerate() {
        let text = line.trim_matches(is_edge);
        let blank_before = index == 0 || lines[index - 1].1.trim_matches(is_edge).is_empty();
        // Between the cues of some programs stand no blank lines.
        let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let is_cue_name = cues.get(index + 1).is_some_and(Option::is_some) && (is_number || (blank_before && is_cue_name(text)));
        let is_indented = line.starts_with("    ") || line.starts_with('\t');
        let mut push = |text: &str, kind: Kind| rows.push(Row { number: *number, text: text.to_owned(), kind, is_indented, typed: None });
        // What stands in a subtitle file for who reads it, to a blank line or to the next cue.
        is_comment = !text.is_empty()
            && cues[index].is_none()
            && !is_cue_name
            && (is_comment && (!is_chat || line.starts_with('\t'))
                || is_chat && text.starts_with(['@', '%'])
                || (has_cues && (blank_before || index == 1) && is_comment_of_cues(text)));
        if text.is_empty() {
            push(text, Kind::Blank);
        } else if is_comment || is_date(text) || blank_before && is_yearless_date(text) {
            push(text, Kind::Remark);
        } else if let Some(stamp) = cues[index] {
            push(text, Kind::Time { stamp, is_cue: true });
        } else if let Some(stamp) = times::whole(text.trim_matches(|c: char| matches!(c, '*' | '_' | ' '))) {
            push(text, Kind::Time { stamp, is_cue: false });
        } else if is_cue_name {
            push(text, Kind::CueName);
        } else if blank_before && are_cues_named && cues.get(index + 1).is_some_and(Option::is_some) {
            push(text, Kind::Remark);
        } else if is_rolling {
            let plain = entities(&without_tags(text)).split_whitespace().collect::<Vec<_>>().join(" ");
            if plain != rolled {
                // Two angles: somebody else speaks.
                plain.split(">>").map(str::trim).filter(|said| !said.is_empty()).for_each(|said| push(said, words(said)));
            }
            rolled = plain;
        } else if has_cues && text.contains('<') {
            let voices = voices(text);
            let is_one = voices.len() == 1;
            for (voice, said) in voices {
                let plain = entities(&without_places(&without_tags(&said))).trim().to_owned();
                // A line of many voices is kept once, not with each of them.
                let part = voice.as_ref().filter(|_| !is_one).map(|voice| format!("<v {voice}>{said}"));
                match voice.and_then(|voice| named(&entities(&voice))) {
                    Some(label) => {
                        let head = Head { label, sign: Sign::Tag, stamp: None, rest: plain.clone(), is_stamped_before: false };
                        push(part.as_deref().unwrap_or(text), Kind::Words(vec![head]));
                    }
                    None if plain.is_empty() => {}
                    None => push(&plain, words(&plain)),
                }
            }
        } else if has_cues {
            let plain = without_places(&entities(text));
            push(&plain, words(&plain));
        } else if has_tags && text.contains('<') && !text.contains("<v") {
            let plain = entities(&without_tags(text)).trim().to_owned();
            if !plain.is_empty() {
                push(&plain, words(&plain));
            }
        } else {
            push(text, words(text));
        }
    }
    rows
}

/// Whether cues have names of their own: no two are called the same. What recurs there is who speaks.
fn are_cues_named(lines: &[(usize, Cow<'_, str>)], cues: &[Option<Stamp>]) -> bool {
    let line = |at: usize| lines[at].1.trim_matches(is_edge);
    let names =
        (1..lines.len()).filter(|&at| cues[at].is_some() && (at == 1 || line(at - 2).is_empty())).map(|at| line(at - 1)).filter(|name| !name.is_empty());
    let mut seen = BTreeSet::new();
    names.into_iter().all(|name| seen.insert(name))
}

/// A note, a style or a place that a WebVTT file explains.
fn is_comment_of_cues(text: &str) -> bool {
    text == "NOTE" || text.starts_with("NOTE ") || text.starts_with("NOTE\t") || text == "STYLE" || text == "REGION"
}

/// Spaces, and signs that are not seen.
fn is_edge(c: char) -> bool {
    c.is_whitespace() || is_unseen(c) || c == '\0'
}

/// `12`, `cue-7`, `3fa8.../12-0`: one word with a digit, and not one that names a speaker.
fn is_cue_name(text: &str) -> bool {
    let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.' | '#'));
    is_plain && text.contains(|c: char| c.is_ascii_digit()) && label(text).is_none_or(|label| !label.is_known())
}

fn words(text: &str) -> Kind {
    let inner = text.strip_prefix(['(', '[', '（', '【', '{', '<', '*', '♪']).and_then(|rest| rest.strip_suffix([')', ']', '）', '】', '}', '>', '*', '♪']));
    let is_rule = !text.chars().any(char::is_alphanumeric);
    let heads = heads(text);
    if is_rule || (inner.is_some_and(is_remark) && heads.iter().all(|head| head.sign != Sign::Colon)) {
        return Kind::Remark;
    }
    Kind::Words(heads)
}

/// Whether all of a line stands in one bracket.
pub(super) fn is_bracketed(text: &str) -> bool {
    [('(', ')'), ('[', ']'), ('（', '）'), ('【', '】'), ('{', '}')].iter().any(|&(open, close)| {
        let inner = |text: &'_ str| text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).map(str::len);
        let bare = |text: &str| inner(text).is_some_and(|length| !text[open.len_utf8()..open.len_utf8() + length].contains([open, close]));
        bare(text) || inner(text).is_some_and(|length| bare(&text[open.len_utf8()..open.len_utf8() + length]))
    })
}

/// All ways in which a line may begin with a speaker, the likeliest first.
fn heads(line: &str) -> Vec<Head> {
    let mut heads = Vec::new();
    // (Maya: mm-hm), //S01: mhm//
    let inner = [("(", ")"), ("//", "//"), ("[", "]")]
        .iter()
        .find_map(|(open, close)| line.strip_prefix(open)?.strip_suffix(close).filter(|inner| !inner.contains(open) && !inner.contains(close)));
    if let Some(inner) = inner.filter(|inner| times::at_start(line).is_none() && inner.contains([':', '：'])) {
        heads.extend(colon(inner, None));
        return heads;
    }
    let cells = line.strip_prefix('|').map(|rest| rest.trim_end_matches('|').split('|').map(str::trim).collect::<Vec<_>>().join("\t"));
    let line = cells.as_deref().unwrap_or(line);
    let bare = line.trim_start_matches(is_bullet);
    let (stamp, bare) = stamped(bare);
    let numbered = without_number(bare);
    for bare in [numbered.map(|bare| bare.trim_start_matches(is_bullet)), Some(bare)].into_iter().flatten() {
        let (stamp, bare) = if stamp.is_some() { (stamp, bare) } else { stamped(bare) };
        heads.extend(colon(bare, stamp));
        heads.extend(bracket(bare, stamp));
        heads.extend(tab(bare, stamp));
        heads.extend(time_between(bare, stamp));
        heads.extend(initials(bare, stamp));
        heads.extend(dash(bare, stamp));
        heads.extend(alone(bare, stamp));
    }
    // "12 March: ...": a month behind a number is somebody's name only where it recurs.
    if let Some(word) = numbered.and_then(|bare| bare.split(|c: char| c.is_whitespace() || is_colon(c)).next()).filter(|word| is_month(word)) {
        let key = word.to_lowercase();
        heads.iter_mut().filter(|head| head.label.key.split(' ').next() == Some(&key)).for_each(|head| head.label.is_odd = true);
    }
    heads
}

/// What lists and marks begin with.
fn is_bullet(c: char) -> bool {
    c.is_whitespace() || is_unseen(c) || matches!(c, '-' | '*' | '•' | '·' | '▪' | '◦' | '>' | '_' | '–' | '—' | '#' | '/')
}

/// The time a line begins with, and the rest of it.
fn stamped(line: &str) -> (Option<Stamp>, &str) {
    match times::at_start(line) {
        // 0:04: Maya: ...
        Some((stamp, rest)) => (Some(stamp), rest.trim_start_matches(|c: char| is_bullet(c) || matches!(c, '|' | ':' | ','))),
        None => (None, line),
    }
}

/// `12. Maya: ...`, `012 T: ...`, `(12) Maya: ...`
fn without_number(line: &str) -> Option<&str> {
    let bare = line.strip_prefix(['(', '[']).unwrap_or(line);
    let rest = bare.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = bare.len() - rest.len();
    let closed = rest.strip_prefix(['.', ')', ']']);
    let rest = if bare.len() < line.len() { closed? } else { closed.unwrap_or(rest) };
    ((1..=4).contains(&digits) && rest.starts_with(|c: char| c.is_whitespace())).then(|| rest.trim_start())
}

fn is_colon(c: char) -> bool {
    matches!(c, ':' | '：' | '﹕' | '︰' | '∶' | 'ː')
}

/// The label before a colon; the first that stands in no bracket and in no time.
fn colon(line: &str, stamp: Option<Stamp>) -> Option<Head> {
    let (mut depth, mut is_role) = (0_i32, false);
    for (at, c) in line.char_indices() {
        let after = &line[at + c.len_utf8()..];
        // Behind the cell of a table, or the dash, that parts who speaks from it, a colon is said.
        let is_aligned = line[at..].trim_start().starts_with(is_colon);
        let parts = depth == 0 && !is_aligned && (c == '\t' || [" - ", " – ", " — ", "  ", "=", "|"].iter().any(|sign| line[at..].starts_with(sign)));
        let before = (parts && !is_role).then(|| label(&line[..at])).flatten();
        if let Some(before) = before.filter(|label| c == '\t' || label.is_known()) {
            // "Student - Maya: ...": a dash may part what somebody is from the name.
            if c == '\t' || line[at..].starts_with("  ") || !before.is_bare_role() {
                return None;
            }
            is_role = true;
        }
        match c {
            '(' | '[' | '<' | '（' | '【' | '{' => depth += 1,
            ')' | ']' | '>' | '）' | '】' | '}' => depth = (depth - 1).max(0),
            _ => {}
        }
        // "0:04", not "S1:10 dogs".
        let name = line[..at].trim_end_matches(|c: char| c.is_ascii_digit());
        let in_time = name.len() < at && after.starts_with(|c: char| c.is_ascii_digit()) && !name.ends_with(char::is_alphabetic);
        if is_colon(c) && depth == 0 && !in_time {
            let is_address = after.starts_with("//") && ["http", "https", "ftp", "file"].iter().any(|kind| line[..at].ends_with(kind));
            if is_address || after.starts_with(')') {
                return None;
            }
            return headed(&line[..at], after, stamp, Sign::Colon).filter(|head| !is_role || named_role(&head.label).is_some());
        }
        if at > 160 {
            return None;
        }
    }
    None
}

/// Takes times out of what stands before the sign, and from the beginning of what is said where they are marked.
fn headed(before: &str, after: &str, stamp: Option<Stamp>, sign: Sign) -> Option<Head> {
    let before = before.trim_matches(is_dressing);
    // Ms Lee (0:05), Ms Lee 0:05, and brackets around label and time: [Ms Lee 0:05]
    let inside = before.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(before);
    let (behind, name) = match times::at_end(inside) {
        Some((stamp, name)) if !name.is_empty() => (Some(stamp), name),
        _ => (None, before),
    };
    let (leading, name) = if stamp.is_none() && behind.is_none() { stamped(name) } else { (None, name) };
    let label = label(name).or_else(|| (sign == Sign::Colon).then(|| odd(name)).flatten())?;
    let mut rest = without_marks(after.trim_start_matches(|c: char| c.is_whitespace() || is_unseen(c)));
    let mut inner = None;
    if let Some((stamp, said)) = times::at_start(rest)
        && stamp.is_marked
    {
        inner = Some(stamp);
        rest = said.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '_' | '-' | '–' | '—'));
    }
    let is_stamped_before = stamp.is_some() || leading.is_some();
    let stamp = stamp.or(leading).or(behind).or(inner);
    Some(Head { label, sign, stamp, rest: undressed(rest).to_owned(), is_stamped_before })
}

/// Without the marks that began before the label (`**Maya:** ...`); those that end behind what is said belong to it (`_And_?`).
fn without_marks(said: &str) -> &str {
    let bare = said.trim_start_matches(['*', '_']);
    let marks = &said[..said.len() - bare.len()];
    if !marks.is_empty() && bare.contains(marks) { said } else { bare.trim_start_matches(|c: char| c.is_whitespace() || is_unseen(c)) }
}

/// Without a star at the end that began before the label: `*Maya: ...*`.
fn undressed(said: &str) -> &str {
    let said = said.trim();
    if said.matches('*').count() % 2 == 1 && said.contains(char::is_alphanumeric) { said.trim_end_matches('*').trim_end() } else { said }
}

/// `[Maya] ...`, `(Maya) ...`, `<Maya> ...`, `【老师】...`
fn bracket(line: &str, stamp: Option<Stamp>) -> Option<Head> {
    let (open, close) = [('[', ']'), ('(', ')'), ('<', '>'), ('【', '】'), ('（', '）'), ('{', '}')].into_iter().find(|&(open, _)| line.starts_with(open))?;
    let (name, after) = line[open.len_utf8()..].split_once(close)?;
    if is_remark(name) {
        return None;
    }
    // Zoom: [Maya R] 10:03:22, and what was said on the next line.
    if let Some(behind) = times::whole(after) {
        let label = label(name)?;
        return Some(Head { label, sign: Sign::Alone, stamp: stamp.or(Some(behind)), rest: String::new(), is_stamped_before: stamp.is_some() });
    }
    let sign = if after.trim().is_empty() { Sign::Alone } else { Sign::Bracket };
    headed(name, after, stamp, sign)
}

/// Cells of a table: who, perhaps when, and what.
fn tab(line: &str, stamp: Option<Stamp>) -> Option<Head> {
    let (name, after) = line.split_once('\t')?;
    let after = after.trim();
    if after.is_empty() || name.trim().is_empty() {
        return None;
    }
    if let Some((behind, said)) = times::at_start(after).filter(|(stamp, said)| stamp.is_marked || after.contains('\t') || said.is_empty()) {
        let label = label(name)?;
        let sign = if said.is_empty() { Sign::Alone } else { Sign::Tab };
        return Some(Head { label, sign, stamp: stamp.or(Some(behind)), rest: said.replace('\t', " "), is_stamped_before: stamp.is_some() });
    }
    headed(name, after, stamp, Sign::Tab).map(|head| Head { rest: head.rest.replace('\t', " "), ..head })
}

/// `K.B. ...`, `M. ...`: capitals with points.
fn initials(line: &str, stamp: Option<Stamp>) -> Option<Head> {
    let (name, after) = line.split_once(char::is_whitespace)?;
    let letters = name.chars().filter(|c| c.is_alphabetic()).count();
    // "MS. LEE - ..."
    let is_title = TITLES.contains(&name.trim_end_matches('.').to_lowercase().as_str());
    let is_short = !is_title && name.ends_with('.') && (1..=3).contains(&letters) && name.chars().all(|c| c == '.' || c.is_uppercase());
    if is_short { headed(name, after.trim_start_matches(is_bullet), stamp, Sign::Dash) } else { None }
}

/// `Maya - ...`, `Maya => ...`, `Maya| ...`, and where two spaces part the name from what is said.
fn dash(line: &str, stamp: Option<Stamp>) -> Option<Head> {
    let places = [" -", "- ", "–", "—", "->", "→", "=", "|", " > ", "»", " ~ ", "  ", ") "];
    let (name, after) = places
        .into_iter()
        .filter_map(|sign| line.split_once(sign))
        .filter(|(name, after)| !name.trim().is_empty() && !after.trim().is_empty())
        .min_by_key(|(name, _)| name.len())?;
    headed(name, after.trim_start_matches(|c: char| is_bullet(c) || matches!(c, '=' | '|' | '→' | '»' | '~')), stamp, Sign::Dash)
}

/// `Maya R  0:04  I wrote ...`
fn time_between(line: &str, stamp: Option<Stamp>) -> Option<Head> {
    let places = line.char_indices().zip(line.chars().skip(1)).filter(|((_, c), next)| c.is_whitespace() && !next.is_whitespace());
    for ((at, c), _) in places.take(6) {
        let after = &line[at + c.len_utf8()..];
        if let Some((behind, said)) = times::at_start(after).filter(|(_, said)| !said.is_empty()) {
            let label = label(&line[..at])?;
            let said = said.trim_start_matches(|c: char| is_bullet(c) || is_colon(c));
            return (!said.is_empty()).then(|| Head {
                label,
                sign: Sign::Time,
                stamp: stamp.or(Some(behind)),
                rest: said.to_owned(),
                is_stamped_before: stamp.is_some(),
            });
        }
    }
    None
}

/// A name on a line of its own, with a time before or behind it or none.
fn alone(line: &str, stamp: Option<Stamp>) -> Option<Head> {
    let (behind, name) = match times::at_end(line) {
        Some((stamp, name)) if !name.is_empty() => (Some(stamp), name.trim_end_matches([',', '-', '–', '—', '|', ' ', '@', '·', '•', '\t'])),
        _ => (None, line),
    };
    let label = label(name)?;
    Some(Head { label, sign: Sign::Alone, stamp: stamp.or(behind), rest: String::new(), is_stamped_before: stamp.is_some() })
}
