//! Finding words in all conferences: what was typed becomes a safe query, finds come back by conference with their lines.

use super::failure::failure;
use super::folding::{Apostrophe, is_apostrophe, words};
use super::open::Library;
use super::rows::{SUMMARY, summary};
use crate::conference::{ConferenceSummary, Millis, Speaker};
use crate::error::Result;
use rusqlite::params;
use std::collections::BTreeMap;
use std::ops::Range;
use unicode_normalization::char::is_combining_mark;

/// One conference with its finds.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchMatch {
    /// In which conference.
    pub conference: ConferenceSummary,
    /// In order of time; notes and the title come first.
    pub lines: Vec<Line>,
}

/// One line with a find in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Who says it; none for the teacher's note or title.
    pub speaker: Option<Speaker>,
    /// When; none for a note or title.
    pub at: Option<Millis>,
    /// The line around the find in pieces, `true` where it matches.
    pub pieces: Vec<(String, bool)>,
}

/// Words of a snippet; about one line on screen.
const SNIPPET_WORDS: usize = 18;
/// Of these so many before the first find.
const WORDS_BEFORE: usize = 6;
/// More finds than this help nobody.
const MOST_LINES: i64 = 400;
impl Library {
    /// Finds `typed`: all words must be in the line, the last may be unfinished, `"…"` finds words in this order.
    /// Any text is a valid question; text without letters or digits finds nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn search(&self, typed: &str) -> Result<Vec<SearchMatch>> {
        let doing = "searching";
        let Some(question) = question(typed) else { return Ok(Vec::new()) };
        let mut query = self
            .connection
            .prepare_cached("SELECT conference, start_ms, speaker, text, rank FROM line WHERE line MATCH ?1 ORDER BY rank LIMIT ?2")
            .map_err(|err| failure(doing, err))?;
        let mut rows = query.query(params![expression(&question), MOST_LINES]).map_err(|err| failure(doing, err))?;
        // Rows by their numbers.
        let mut order: Vec<i64> = Vec::new();
        let mut lines: BTreeMap<i64, Vec<Line>> = BTreeMap::new();
        while let Some(row) = rows.next().map_err(|err| failure(doing, err))? {
            let read = || -> rusqlite::Result<(i64, Line)> {
                let speaker: Option<String> = row.get(2)?;
                let text: String = row.get(3)?;
                let at = row.get::<_, Option<i64>>(1)?.map(Millis);
                Ok((row.get(0)?, Line { speaker: speaker.and_then(|key| Speaker::from_key(&key)), at, pieces: snippet(&text, &question) }))
            };
            let (id, line) = read().map_err(|err| failure(doing, err))?;
            if !lines.contains_key(&id) {
                order.push(id);
            }
            lines.entry(id).or_default().push(line);
        }
        let mut one = self.connection.prepare_cached(&format!("{SUMMARY} WHERE c.id = ?1")).map_err(|err| failure(doing, err))?;
        order
            .into_iter()
            .map(|id| {
                let mut lines = lines.remove(&id).unwrap_or_default();
                lines.sort_by_key(|line| line.at);
                let conference = one.query_row([id], summary).map_err(|err| failure(doing, err))?;
                Ok(SearchMatch { conference, lines })
            })
            .collect()
    }
}

/// Whether there is anything to search for in what was typed.
#[must_use]
pub fn is_searchable(typed: &str) -> bool {
    question(typed).is_some()
}

/// Words that stand together, in each of the ways in which they are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    apart: Vec<String>,
    together: Vec<String>,
    /// The last word may go on.
    is_unfinished: bool,
}

/// What was typed, as terms that must all be found; none when nothing is looked for.
fn question(typed: &str) -> Option<Vec<Term>> {
    let typed = typed.replace(['“', '”', '„', '«', '»', '＂'], "\"");
    let term = |text: &str| {
        let of = |apostrophe| words(text, apostrophe).into_iter().map(|(_, word)| word).collect::<Vec<_>>();
        let term = Term { apart: of(Apostrophe::Parts), together: of(Apostrophe::Joins), is_unfinished: false };
        (!term.apart.is_empty()).then_some(term)
    };
    let mut terms: Vec<Term> = Vec::new();
    for (index, part) in typed.split('"').enumerate() {
        if index % 2 == 1 {
            terms.extend(term(part));
        } else {
            // A hyphen parts words as the index does; what is left of them is one word, or letters of a script without spaces.
            terms.extend(part.split(|c: char| !(c.is_alphanumeric() || is_apostrophe(c) || is_combining_mark(c))).filter_map(term));
        }
    }
    let ends_in_word = typed.chars().next_back().is_some_and(|c| c.is_alphanumeric() || is_combining_mark(c));
    if let (true, Some(last)) = (ends_in_word, terms.last_mut()) {
        last.is_unfinished = true;
    }
    (!terms.is_empty()).then_some(terms)
}

/// The question as an FTS5 expression: every word quoted, so that no operator is left in it.
fn expression(question: &[Term]) -> String {
    let phrase = |words: &[String], is_unfinished: bool| format!("\"{}\"{}", words.join(" "), if is_unfinished { " *" } else { "" });
    let term = |term: &Term| {
        let apart = phrase(&term.apart, term.is_unfinished);
        if term.apart == term.together { apart } else { format!("({apart} OR {})", phrase(&term.together, term.is_unfinished)) }
    };
    question.iter().map(term).collect::<Vec<_>>().join(" AND ")
}

/// The line around the first find, in pieces.
fn snippet(text: &str, question: &[Term]) -> Vec<(String, bool)> {
    let apart = words(text, Apostrophe::Parts);
    let together = words(text, Apostrophe::Joins);
    let mut found: Vec<Range<usize>> = question
        .iter()
        .flat_map(|term| [(&apart, &term.apart), (&together, &term.together)].map(|(there, wanted)| places(there, wanted, term.is_unfinished)))
        .flatten()
        .collect();
    found.sort_by_key(|range| (range.start, range.end));
    let first = found.first().map_or(0, |range| apart.partition_point(|(word, _)| word.end <= range.start));
    // Near the end more stands before it.
    let from = first.saturating_sub(WORDS_BEFORE).min(apart.len().saturating_sub(SNIPPET_WORDS));
    let start = if from == 0 { 0 } else { apart[from].0.start };
    let end = if from + SNIPPET_WORDS >= apart.len() { text.len() } else { apart[from + SNIPPET_WORDS - 1].0.end };
    let mut pieces = Vec::new();
    let mut at = start;
    if start > 0 {
        pieces.push(("…".to_owned(), false));
    }
    for range in found.into_iter().filter(|range| range.end <= end) {
        if range.end <= at {
            continue;
        }
        let from = range.start.max(at);
        pieces.push((text[at..from].to_owned(), false));
        pieces.push((text[from..range.end].to_owned(), true));
        at = range.end;
    }
    pieces.push((text[at.min(end)..end].to_owned(), false));
    if end < text.len() {
        pieces.push(("…".to_owned(), false));
    }
    pieces.retain(|(text, _)| !text.is_empty());
    pieces
}

/// Where words stand one after the other.
fn places(there: &[(Range<usize>, String)], wanted: &[String], is_unfinished: bool) -> Vec<Range<usize>> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let is_it = |at: usize, word: &str| word == wanted[at] || (is_unfinished && at + 1 == wanted.len() && word.starts_with(wanted[at].as_str()));
    let fits = |window: &&[(Range<usize>, String)]| window.iter().enumerate().all(|(at, (_, word))| is_it(at, word));
    there.windows(wanted.len()).filter(fits).map(|window| window[0].0.start..window[window.len() - 1].0.end).collect()
}
