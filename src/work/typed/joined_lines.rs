//! Talks that lost their line ends: `Teacher: What is it? Maya: My dog. Teacher: ...`, with times between or without. Each turn gets a line again.

use super::labels::{Label, is_dressing, label};
use super::role_words::TITLES;
use super::times;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// A label with its time is no longer than this.
const MOST_BYTES: usize = 120;
const MOST_WORDS: usize = 6;

/// What may be a label before one colon.
struct Candidate {
    label: Label,
    /// Where its line would begin, with the time and the marks before it.
    begins: usize,
    /// A sentence, a time or nothing ends right before it.
    is_parted: bool,
    /// "I wrote: ...": what somebody does.
    follows_pronoun: bool,
}

const PRONOUNS: [&str; 7] = ["i", "you", "he", "she", "it", "we", "they"];

/// The lines of a text with their numbers from 1. Where lines hold several turns each, every turn is a line of its own, with the number of the one it stood in.
pub(super) fn with_lines(text: &str) -> Vec<(usize, Cow<'_, str>)> {
    let lines: Vec<&str> = text.split('\n').collect();
    let whole = || lines.iter().enumerate().map(|(at, line)| (at + 1, Cow::Borrowed(*line))).collect();
    let said = lines.iter().filter(|line| !line.trim().is_empty()).count();
    let counts = || lines.iter().map(|line| colons(line).count()).filter(|count| *count > 0);
    // A turn a line is what most pages have: they need no second look.
    if counts().sum::<usize>() < counts().count().max(1) * 2 {
        return whole();
    }
    let candidates: Vec<Vec<Vec<Candidate>>> = lines.iter().map(|line| colons(line).map(|(from, colon)| candidates(line, from, colon)).collect()).collect();
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for one in candidates.iter().flatten().flatten() {
        *times.entry(&one.label.key).or_default() += 1;
    }
    let recurs = |label: &Label, least: usize| times.get(label.key.as_str()).is_some_and(|&times| times >= least);
    let is_meant = |one: &&Candidate| {
        let label = &one.label;
        let may = !label.is_said() && !label.is_head() && !label.is_told() && !label.is_sentence();
        let looks = label.is_name() || label.has_first_name() || label.is_known();
        label.is_known() && label.is_short()
            || may
                && if one.is_parted {
                    recurs(label, 2) || (looks && label.shown.split(' ').count() <= 3)
                } else {
                    recurs(label, if looks { 2 } else { 3 }) && (looks || !one.follows_pronoun)
                }
    };
    let begins: Vec<Vec<&Candidate>> = candidates
        .iter()
        // The longest that recurs, else the longest: "Ms. Lee", not "Lee".
        .map(|line| {
            line.iter().filter_map(|colon| colon.iter().find(|one| is_meant(one) && recurs(&one.label, 2)).or_else(|| colon.iter().find(is_meant))).collect()
        })
        .collect();
    let turns: usize = begins.iter().map(Vec::len).sum();
    let with_turns = begins.iter().filter(|line| !line.is_empty()).count();
    let all_known = || begins.iter().flatten().all(|one| one.label.is_known());
    let speakers: BTreeSet<&str> = begins.iter().flatten().map(|one| one.label.key.as_str()).collect();
    let is_joined = turns >= with_turns * 2 && with_turns * 2 >= said && speakers.len() >= 2 && (turns >= 3 || all_known());
    if !is_joined {
        return whole();
    }
    let mut turned = Vec::with_capacity(lines.len() + turns);
    for (at, (line, begins)) in lines.iter().zip(&begins).enumerate() {
        let mut done = 0;
        for one in begins.iter().filter(|one| one.begins > 0) {
            if one.begins > done && !line[done..one.begins].trim().is_empty() {
                turned.push((at + 1, Cow::Borrowed(line[done..one.begins].trim_end())));
                done = one.begins;
            }
        }
        turned.push((at + 1, Cow::Borrowed(&line[done..])));
    }
    turned
}

fn is_colon(c: char) -> bool {
    matches!(c, ':' | '：')
}

/// The colons of a line that stand in no time and no address, each with where the one before ends.
fn colons(line: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut from = 0;
    line.match_indices(is_colon).filter_map(move |(at, sign)| {
        let (before, after) = (&line[..at], &line[at + sign.len()..]);
        let is_time = before.ends_with(|c: char| c.is_ascii_digit()) && after.starts_with(|c: char| c.is_ascii_digit());
        if is_time || after.starts_with("//") {
            return None;
        }
        let begins = from;
        from = at + sign.len();
        Some((begins, at))
    })
}

/// Labels that may end at a colon, the longest first.
fn candidates(line: &str, from: usize, colon: usize) -> Vec<Candidate> {
    let mut from = from.max(colon.saturating_sub(MOST_BYTES));
    while !line.is_char_boundary(from) {
        from += 1;
    }
    let before = &line[from..colon];
    // "Ms Lee (0:05): ..."
    let name = times::at_end(before).map(|(_, name)| name).filter(|name| !name.is_empty()).unwrap_or(before);
    let name = name.trim_end_matches(is_dressing);
    let starts: Vec<usize> = name
        .char_indices()
        .filter(|&(at, c)| !c.is_whitespace() && name[..at].chars().next_back().is_none_or(|before| before.is_whitespace() || is_dressing(before)))
        .map(|(at, _)| at)
        .collect();
    let mut found = Vec::new();
    for &start in starts.iter().rev().take(MOST_WORDS).rev() {
        let text = &name[start..];
        let words: Vec<&str> = text.split_whitespace().collect();
        // A point within ends a sentence, but for titles and initials.
        let ends_sentence = |word: &&str| {
            let bare = word.trim_end_matches('.');
            let is_title = bare.chars().count() == 1 || TITLES.contains(&bare.to_lowercase().as_str());
            word.ends_with(['?', '!', ',', '…', '。', '？', '！']) || (word.ends_with('.') && !is_title)
        };
        if words.iter().take(words.len().saturating_sub(1)).any(ends_sentence) {
            continue;
        }
        let Some(label) = label(text) else { continue };
        let lead = |begins: usize| line[from..begins].trim_end_matches(|c: char| is_dressing(c) || matches!(c, '[' | '(' | '<' | '【'));
        let mut rest = lead(from + start);
        let is_end = |rest: &str| (rest.is_empty() && from == 0) || rest.ends_with(['.', '?', '!', '…', '"', '”', ')', ']', '。', '？', '！']);
        let mut is_parted = is_end(rest);
        // "[0:04] Maya: ...": the time belongs to whoever speaks.
        if let Some((_, said)) = times::at_end(rest).filter(|(stamp, said)| stamp.is_marked || is_end(said)) {
            (rest, is_parted) = (said, true);
        }
        let last = rest.split_whitespace().next_back().unwrap_or_default().to_lowercase();
        let follows_pronoun = !is_parted && PRONOUNS.contains(&last.as_str());
        let begins = from + rest.len();
        let begins = begins + (line[begins..].len() - line[begins..].trim_start().len());
        found.push(Candidate { label, begins, is_parted, follows_pronoun });
    }
    found
}
