//! Times as people and programs type them: `[00:04]`, `0:04`, `00:00:04,000 --> 00:00:06,000`, `(12:31)`, `10:03:22 AM`, `#00:00:04-5#`, `0 minutes 3 seconds`.

use crate::conference::Millis;

/// A moment, or a stretch, as it stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Where it begins.
    pub at: Millis,
    /// Where it ends, where that is said.
    pub until: Option<Millis>,
    /// Whether brackets or signs stand around it, or it is a range: it is meant as a time, not said.
    pub is_marked: bool,
}

const OPENING: [char; 6] = ['[', '(', '<', '{', '【', '（'];
const CLOSING: [char; 6] = [']', ')', '>', '}', '】', '）'];
/// What stands between two ends, the longest first.
const UNTIL: [&str; 9] = ["-->", "->", "→", "–", "—", "-", "~", "to ", "bis "];

/// The time a text begins with, and what follows it, without the spaces between.
pub(super) fn at_start(text: &str) -> Option<(Stamp, &str)> {
    let (first, rest) = one(text.trim_start())?;
    let spaced = rest.trim_start();
    let second = UNTIL.iter().find_map(|sign| spaced.strip_prefix(sign)).and_then(|after| one(after.trim_start()));
    // In a table the end stands in the next cell, and what is said behind it.
    let next_cell = || rest.strip_prefix('\t').and_then(one).filter(|(_, rest)| rest.starts_with('\t'));
    match second.or_else(next_cell) {
        Some((last, rest)) if last.at >= first.at => {
            Some((Stamp { at: first.at, until: Some(last.at), is_marked: true }, rest.trim_start())).filter(|_| ends_here(rest))
        }
        _ => Some((first, rest.trim_start())).filter(|_| ends_here(rest)),
    }
}

/// The time a text ends with, and what stands before it.
pub(super) fn at_end(text: &str) -> Option<(Stamp, &str)> {
    let text = text.trim_end();
    let begins = |at: usize| at == 0 || text[..at].ends_with(|c: char| c.is_whitespace() || CLOSING.contains(&c));
    // The earliest place from which all of the rest is a time; seven words hold the longest, "0 hours 12 minutes 3 seconds" with a bracket.
    let places: Vec<usize> =
        text.char_indices().rev().filter(|&(at, c)| !c.is_whitespace() && (begins(at) || OPENING.contains(&c))).map(|(at, _)| at).take(7).collect();
    places.into_iter().rev().find_map(|at| match at_start(&text[at..]) {
        Some((stamp, "")) => Some((stamp, text[..at].trim_end())),
        _ => None,
    })
}

/// A text that is a time and nothing else.
pub(super) fn whole(text: &str) -> Option<Stamp> {
    at_start(text).filter(|(_, rest)| rest.is_empty()).map(|(stamp, _)| stamp)
}

/// A line of subtitles that says when: two times with an arrow between, and what may stand behind (`position:50%`).
pub(super) fn cue(line: &str) -> Option<Stamp> {
    let arrow = line.find("-->").or_else(|| line.find("->"))?;
    let (stamp, rest) = at_start(line)?;
    let is_setting = |word: &str| word.contains(':') && !word.ends_with(':') && word.is_ascii();
    let before = line[..arrow].trim();
    (stamp.until.is_some() && whole(before).is_some() && rest.split_whitespace().all(is_setting)).then_some(stamp)
}

/// A word does not go on right behind a time.
fn ends_here(rest: &str) -> bool {
    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '%' || c == '$')
}

/// One moment, with the brackets around it.
fn one(text: &str) -> Option<(Stamp, &str)> {
    if let Some(inside) = text.strip_prefix('#') {
        let (at, rest) = moment(inside)?;
        // f4 writes tenths behind a hyphen: #00:00:04-5#
        let tenths = rest.trim_start_matches(|c: char| c == '-' || c.is_ascii_digit());
        return tenths.strip_prefix('#').map(|rest| (Stamp { at, until: None, is_marked: true }, rest));
    }
    if let Some(kind) = OPENING.iter().position(|&sign| text.starts_with(sign)) {
        let inside = text.chars().next().map_or("", |sign| &text[sign.len_utf8()..]).trim_start();
        let (at, rest) = moment(inside).or_else(|| seconds(inside))?;
        let close = |rest: &'_ str| rest.trim_start().strip_prefix(CLOSING[kind]).map(str::len);
        if let Some(left) = close(rest) {
            return Some((Stamp { at, until: None, is_marked: true }, &rest[rest.len() - left..]));
        }
        // [0:04 - 0:09]
        let spaced = rest.trim_start();
        let after = UNTIL.iter().find_map(|sign| spaced.strip_prefix(sign))?.trim_start();
        let (until, rest) = moment(after).or_else(|| seconds(after))?;
        let left = close(rest)?;
        return Some((Stamp { at, until: Some(until).filter(|&until| until >= at), is_marked: true }, &rest[rest.len() - left..]));
    }
    let marked = text.trim_start_matches('@');
    moment(marked).map(|(at, rest)| (Stamp { at, until: None, is_marked: marked.len() < text.len() }, rest))
}

/// `0:04`, `1:02:03`, `00:04.5`, `00:00:04,000`, `00:00:04:12`, `10:03:22 AM`, `0 minutes 3 seconds`, `1m 4s`.
fn moment(text: &str) -> Option<(Millis, &str)> {
    clock(text).or_else(|| in_words(text))
}

fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn clock(text: &str) -> Option<(Millis, &str)> {
    let mut parts: Vec<i64> = Vec::new();
    let mut rest = text;
    loop {
        let (number, after) = digits(rest);
        // Everything but the first has two digits; the first may be minutes past a hundred.
        let fits = if parts.is_empty() { (1..=3).contains(&number.len()) } else { number.len() == 2 };
        if !fits {
            // Some programs write 0:0:4.
            if parts.is_empty() || number.len() != 1 || parts.len() > 2 || !text.starts_with("0:") {
                return None;
            }
        }
        parts.push(number.parse().ok()?);
        rest = after;
        match rest.strip_prefix(':') {
            Some(after) if parts.len() < 3 && after.starts_with(|c: char| c.is_ascii_digit()) => rest = after,
            _ => break,
        }
    }
    if parts.len() < 2 || parts.iter().skip(1).any(|&part| part > 59) {
        return None;
    }
    let mut millis = parts.iter().fold(0, |sum, part| sum * 60 + part) * 1000;
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let (number, after) = digits(fraction);
        if !number.is_empty() && number.len() <= 9 {
            millis += format!("{number:0<3}")[..3].parse::<i64>().ok()?;
            rest = after;
        }
    } else if let (3, Some(frames)) = (parts.len(), rest.strip_prefix(':')) {
        // Frames of a video: which part of a second is not said.
        let (number, after) = digits(frames);
        if number.len() == 2 {
            rest = after;
        }
    }
    let spaced = rest.trim_start();
    for (half, sign) in [(0, "am"), (12, "pm"), (0, "a.m."), (12, "p.m.")] {
        let is_there = spaced.get(..sign.len()).is_some_and(|start| start.eq_ignore_ascii_case(sign));
        if is_there && ends_here(&spaced[sign.len()..]) && parts[0] <= 12 {
            // A clock on the wall shows hours first, also without seconds.
            let shown = if parts.len() == 2 { millis * 60 } else { millis };
            let hours = parts[0] % 12 + half;
            return Some((Millis(shown - parts[0] * 3_600_000 + hours * 3_600_000), &spaced[sign.len()..]));
        }
    }
    Some((Millis(millis), rest))
}

fn in_words(text: &str) -> Option<(Millis, &str)> {
    let (mut secs, mut rest, mut units) = (0, text, 0);
    for (size, names) in
        [(3600, ["hours", "hour", "hrs", "hr", "h"]), (60, ["minutes", "minute", "mins", "min", "m"]), (1, ["seconds", "second", "secs", "sec", "s"])]
    {
        let (number, after) = digits(rest);
        if number.is_empty() || number.len() > 3 {
            continue;
        }
        let after = after.trim_start_matches(' ');
        let Some(name) =
            names.iter().find(|name| after.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)) && ends_here(&after[name.len()..]))
        else {
            continue;
        };
        secs += number.parse::<i64>().ok()? * size;
        units += 1;
        rest = &after[name.len()..];
        let next = rest.trim_start_matches([' ', ',']);
        if next.starts_with(|c: char| c.is_ascii_digit()) {
            rest = next;
        }
    }
    // "5 minutes" may be said; two units are a time.
    (units >= 2).then_some((Millis(secs * 1000), rest))
}

/// `4.3s`, `12 s`: only inside brackets.
fn seconds(text: &str) -> Option<(Millis, &str)> {
    let (whole, rest) = digits(text);
    let (fraction, rest) = rest.strip_prefix(['.', ',']).map_or(("", rest), digits);
    let is_plain = rest.trim_start().starts_with(|c: char| CLOSING.contains(&c) || c == '-' || c == '–');
    let rest = rest.trim_start().strip_prefix("sec").or_else(|| rest.trim_start().strip_prefix('s')).or((!fraction.is_empty() && is_plain).then_some(rest))?;
    if whole.is_empty() || whole.len() > 6 || fraction.len() > 6 {
        return None;
    }
    Some((Millis(whole.parse::<i64>().ok()? * 1000 + format!("{fraction:0<3}")[..3].parse::<i64>().ok()?), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_every_common_form() {
        for (text, at, until) in [
            ("[00:04]", 4000, None),
            ("0:04", 4000, None),
            ("(12:31)", 751_000, None),
            ("<1:02:03>", 3_723_000, None),
            ("00:00:04,000 --> 00:00:06,500", 4000, Some(6500)),
            ("00:04.250 --> 00:06.000", 4250, Some(6000)),
            ("[00:04.250 --> 00:06.000]", 4250, Some(6000)),
            ("[0:04 - 0:09]", 4000, Some(9000)),
            ("[0:04] – [0:09]", 4000, Some(9000)),
            ("0:04–0:09", 4000, Some(9000)),
            ("[00:00:15 → 00:01:02]", 15_000, Some(62_000)),
            ("0:0:4.5 --> 0:0:6.0", 4500, Some(6000)),
            ("#00:00:04-5#", 4000, None),
            ("00:00:04:12", 4000, None),
            ("10:03:22 AM", 36_202_000, None),
            ("1:03 PM", 46_980_000, None),
            ("12:00:05 a.m.", 5000, None),
            ("0 minutes 3 seconds", 3000, None),
            ("1 hour 2 minutes 3 seconds", 3_723_000, None),
            ("1m 4s", 64_000, None),
            ("[4.3s]", 4300, None),
            ("[12.50 - 14.00]", 12_500, Some(14_000)),
            ("102:07", 6_127_000, None),
        ] {
            let stamp = whole(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((stamp.at, stamp.until), (Millis(at), until.map(Millis)), "{text}");
            let line = format!("Maya R  {text}");
            let (ending, before) = at_end(&line).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((ending.at, before), (Millis(at), "Maya R"), "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_a_time_is_none() {
        for text in [
            "3",
            "3:1",
            "10:75",
            "1:2:3",
            "12:345",
            "[0:04",
            "(10 dogs)",
            "3 s",
            "Psalm 23:4a",
            "",
            ":",
            "0:",
            "[",
            "#1:02",
            "99999:99",
            "5 minutes ago",
            "é:04",
        ] {
            assert_eq!(whole(text), None, "{text}");
        }
        assert!(cue("00:00:01,000 --> 00:00:03,000 align:start position:0%").is_some());
        assert!(cue("00:00:01,000 --> 00:00:03,000 I said so").is_none());
        assert!(cue("we go --> there").is_none());
        assert_eq!(at_end("Maya"), None);
    }
}
