//! Ways to write times that mean one only where most lines of a page begin so: `00.06`, `0'06"`, `0min6s`, and a date before the time. And talks
//! that lost their line ends.

use super::labels::label;
use regex::{Captures, Regex};

/// The text with such beginnings of its lines in the one form that is read.
pub(super) fn as_clock(text: &str) -> String {
    let forms = [
        // 2026-11-30 10:14:02, [11/30/26, 10:14:02 AM]
        (r"^(?P<a>\[?)(?:\d{4}-\d\d-\d\d|\d{1,2}[/.]\d{1,2}[/.]\d{2,4})[,T ]+(?P<b>\d{1,2}:\d\d)", "${a}${b}"),
        (r"^(?P<a>\d{1,2})\.(?P<b>\d\d)\s", "${a}:${b} "),
        (r#"^(?P<a>\d{1,3})['′](?P<b>\d\d)["″]\s"#, "${a}:${b} "),
        (r"^(?P<a>\d{1,3}) ?min ?(?P<b>\d{1,2}) ?s(?:ec)?\s", ""),
    ];
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    for (form, written) in forms {
        let Ok(form) = Regex::new(form) else { continue };
        let fits = lines.iter().filter(|line| form.is_match(line)).count();
        // In some layouts what is said stands on the next line.
        if fits >= 2 && fits * 5 >= lines.len() * 2 {
            let clock = |found: &Captures<'_>| {
                let mut out = String::new();
                if written.is_empty() {
                    out = format!("{}:{:0>2} ", &found["a"], &found["b"])
                } else {
                    found.expand(written, &mut out)
                }
                out
            };
            return text.split('\n').map(|line| form.replace(line, clock).into_owned()).collect::<Vec<_>>().join("\n");
        }
    }
    text.to_owned()
}

/// A talk that was pasted without its line ends: `T: What is it? S: My dog. T: Tell me more.` Where known labels recur behind the ends of sentences, lines begin.
pub(super) fn with_lines(text: &str) -> String {
    if text.lines().filter(|line| !line.trim().is_empty()).count() > 2 {
        return text.to_owned();
    }
    let begins: Vec<(usize, String)> = text
        .match_indices([':', '：'])
        .filter_map(|(colon, _)| {
            let from = text[..colon].rfind(['.', '?', '!', '…', '"', '”', ')', '\n']).map_or(0, |at| at + text[at..].chars().next().map_or(0, char::len_utf8));
            // "Ms. Lee": the point of a title ends no sentence.
            let title = text[..from].char_indices().rfind(|(_, c)| c.is_whitespace()).map_or(0, |(at, c)| at + c.len_utf8());
            let from = if label(&text[title..colon]).is_some_and(|label| label.has_title()) { title } else { from };
            label(&text[from..colon]).filter(|_| from == 0 || text[from..].starts_with(char::is_whitespace) || from == title).map(|label| (from, label.key))
        })
        .collect();
    let recurs = |key: &str| begins.iter().filter(|(_, one)| one == key).count() >= 2;
    let known: Vec<usize> = begins.iter().filter(|(_, key)| recurs(key)).map(|(from, _)| *from).collect();
    if known.len() < 3 {
        return text.to_owned();
    }
    let mut lines = String::with_capacity(text.len() + known.len());
    let mut done = 0;
    for from in known {
        lines.push_str(text[done..from].trim_end_matches(' '));
        lines.push('\n');
        done = from;
    }
    lines + &text[done..]
}
