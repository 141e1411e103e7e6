//! The lines of a page, each with all the ways in which a speaker may be named at its beginning. Which of them is meant is decided over the whole page.

use super::labels::{Label, is_dressing, is_remark, is_unseen, label, named, odd};
use super::page_times::{as_clock, with_lines};
use super::times::{self, Stamp};

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
}

/// Reads the lines of a page. A line that has several voices (`<v A>...</v><v B>...</v>`) becomes several.
pub(super) fn rows(text: &str) -> Vec<Row> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace(['\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'], "\n");
    let text = with_lines(&as_clock(&text));
    let lines: Vec<&str> = text.split('\n').collect();
    let cues: Vec<Option<Stamp>> = lines.iter().map(|line| times::cue(line.trim_matches(is_edge))).collect();
    let has_cues = cues.iter().flatten().next().is_some();
    // YouTube: each line of a caption comes again, until it has rolled out of sight.
    let is_rolling = has_cues && lines.iter().any(|line| line.contains("><c>")) && !lines.iter().any(|line| line.starts_with("<v"));
    // CHAT: lines of what is known of the talk, and of what was seen, begin with signs of their own.
    let is_chat = text.starts_with("@UTF8") || text.starts_with("@Begin");
    let mut rolled = String::new();
    let mut is_comment = false;
    let mut rows: Vec<Row> = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let number = index + 1;
        let text = line.trim_matches(is_edge);
        let blank_before = index == 0 || lines[index - 1].trim_matches(is_edge).is_empty();
        // Between the cues of some programs stand no blank lines.
        let is_number = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let is_cue_name = cues.get(index + 1).is_some_and(Option::is_some) && (is_number || (blank_before && is_cue_name(text)));
        let is_indented = line.starts_with("    ") || line.starts_with('\t');
        let mut push = |text: &str, kind: Kind| rows.push(Row { number, text: text.to_owned(), kind, is_indented });
        // What stands in a subtitle file for who reads it.
        is_comment = !text.is_empty()
            && (is_comment && (!is_chat || line.starts_with('\t'))
                || is_chat && text.starts_with(['@', '%'])
                || (has_cues && blank_before && is_comment_of_cues(text)));
        if text.is_empty() {
            push(text, Kind::Blank);
        } else if is_comment {
            push(text, Kind::Remark);
        } else if let Some(stamp) = cues[index] {
            push(text, Kind::Time { stamp, is_cue: true });
        } else if let Some(stamp) = times::whole(text.trim_matches(|c: char| matches!(c, '*' | '_' | ' '))) {
            push(text, Kind::Time { stamp, is_cue: false });
        } else if is_cue_name {
            push(text, Kind::CueName);
        } else if is_rolling {
            let plain = entities(&without_tags(text)).split_whitespace().collect::<Vec<_>>().join(" ");
            if plain != rolled {
                // Two angles: somebody else speaks.
                plain.split(">>").map(str::trim).filter(|said| !said.is_empty()).for_each(|said| push(said, words(said)));
            }
            rolled = plain;
        } else if has_cues && text.contains('<') {
            for (voice, said) in voices(text) {
                let plain = entities(&without_tags(&said)).trim().to_owned();
                match voice.and_then(|voice| named(&entities(&voice))) {
                    Some(label) => {
                        let head = Head { label, sign: Sign::Tag, stamp: None, rest: plain.clone(), is_stamped_before: false };
                        push(text, Kind::Words(vec![head]));
                    }
                    None if plain.is_empty() => {}
                    None => push(&plain, words(&plain)),
                }
            }
        } else if has_cues {
            let plain = entities(text);
            // {\an8}: where on the screen it stands.
            let bare = plain.strip_prefix("{\\").and_then(|rest| rest.split_once('}')).map_or(plain.as_str(), |(_, said)| said);
            push(bare, words(bare));
        } else {
            push(text, words(text));
        }
    }
    rows
}

/// A note, a style or a place that a WebVTT file explains.
fn is_comment_of_cues(text: &str) -> bool {
    text == "NOTE" || text.starts_with("NOTE ") || text == "STYLE" || text == "REGION"
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

/// `12. Maya: ...`, `012 T: ...`
fn without_number(line: &str) -> Option<&str> {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.len() - rest.len();
    let rest = rest.strip_prefix(['.', ')']).unwrap_or(rest);
    ((1..=4).contains(&digits) && rest.starts_with(|c: char| c.is_whitespace())).then(|| rest.trim_start())
}

fn is_colon(c: char) -> bool {
    matches!(c, ':' | '：' | '﹕' | '︰' | '∶' | 'ː')
}

/// The label before a colon; the first that stands in no bracket and in no time.
fn colon(line: &str, stamp: Option<Stamp>) -> Option<Head> {
    let mut depth = 0_i32;
    for (at, c) in line.char_indices() {
        let after = &line[at + c.len_utf8()..];
        // Behind the cell of a table, or the dash, that parts who speaks from it, a colon is said.
        let is_aligned = line[at..].trim_start().starts_with(is_colon);
        let parts = depth == 0 && !is_aligned && (c == '\t' || [" - ", " – ", " — ", "  "].iter().any(|sign| line[at..].starts_with(sign)));
        if parts && label(&line[..at]).is_some_and(|label| c == '\t' || label.is_known()) {
            return None;
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
            return headed(&line[..at], after, stamp, Sign::Colon);
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
    let is_short = name.ends_with('.') && (1..=3).contains(&letters) && name.chars().all(|c| c == '.' || c.is_uppercase());
    if is_short { headed(name, after.trim_start_matches(is_bullet), stamp, Sign::Dash) } else { None }
}

/// `Maya - ...`, and where two spaces part the name from what is said.
fn dash(line: &str, stamp: Option<Stamp>) -> Option<Head> {
    let places = [" - ", " – ", " — ", "– ", "— ", " > ", "  ", " | ", "–", "—", ") ", " -> ", " → "];
    let (name, after) = places
        .into_iter()
        .filter_map(|sign| line.split_once(sign))
        .filter(|(name, after)| !name.trim().is_empty() && !after.trim().is_empty())
        .min_by_key(|(name, _)| name.len())?;
    headed(name, after.trim_start_matches(is_bullet), stamp, Sign::Dash)
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

/// What each voice says in a line of subtitles with voice tags; none where no tag stands.
fn voices(text: &str) -> Vec<(Option<String>, String)> {
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let tag = rest.find("<v ").into_iter().chain(rest.find("<v.")).min();
        let Some((at, end)) = tag.and_then(|at| rest[at..].find('>').map(|end| (at, at + end))) else { break };
        if !rest[..at].trim().is_empty() {
            found.push((None, rest[..at].to_owned()));
        }
        let name = rest[at + 2..end].trim_start_matches(|c: char| !c.is_whitespace()).trim();
        rest = &rest[end + 1..];
        let stop = rest.find("</v>").into_iter().chain(rest.find("<v ")).chain(rest.find("<v.")).min().unwrap_or(rest.len());
        found.push((Some(name.to_owned()), rest[..stop].to_owned()));
        rest = rest[stop..].strip_prefix("</v>").unwrap_or(&rest[stop..]);
    }
    if !rest.trim().is_empty() || found.is_empty() {
        found.push((None, rest.to_owned()));
    }
    found
}

/// Without the tags subtitles have: `<i>`, `<c.yellow>`, `<00:00:01.000>`, `</v>`. What is no tag stays.
fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        let inside = rest[at + 1..].split_once('>').map(|(inside, _)| inside);
        let is_tag = inside.is_some_and(|inside| {
            let name = inside.trim_start_matches('/').split([' ', '.']).next().unwrap_or_default().to_lowercase();
            ["i", "b", "u", "c", "v", "ruby", "rt", "lang", "font"].contains(&name.as_str()) || times::whole(inside).is_some()
        });
        match inside {
            Some(inside) if is_tag => rest = &rest[at + 2 + inside.len()..],
            _ => {
                plain.push('<');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// The names HTML gives to the upper half of Latin-1, in its order, from the space that does not break.
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil \
    sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH \
    Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil \
    egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/// `&amp;` and the like as the signs they stand for.
pub(super) fn entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = rest[1..].split_once(';').map(|(name, _)| name).filter(|name| name.len() <= 8);
        let sign = name.and_then(|name| match name {
            "amp" => Some('&'),
            "bull" => Some('•'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "lrm" => Some('\u{200e}'),
            "rlm" => Some('\u{200f}'),
            "rsquo" => Some('’'),
            "lsquo" => Some('‘'),
            "ldquo" => Some('“'),
            "rdquo" => Some('”'),
            "ndash" => Some('–'),
            "mdash" => Some('—'),
            "hellip" => Some('…'),
            _ => {
                if let Some(at) = LATIN.split_whitespace().position(|one| one == name) {
                    return u8::try_from(at + 0xa0).ok().map(char::from);
                }
                let number = name.strip_prefix('#')?;
                let code = number.strip_prefix(['x', 'X']).map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())?;
                char::from_u32(code)
            }
        });
        match (sign, name) {
            (Some(sign), Some(name)) => {
                plain.push(sign);
                rest = &rest[name.len() + 2..];
            }
            _ => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}
