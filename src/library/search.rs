//! Finding words in all conferences: what was typed becomes a safe query, finds come back by conference with their lines.

use super::rows::{SUMMARY, summary};
use super::schema::failure;
use super::store::Library;
use crate::conference::{ConferenceSummary, Millis, Speaker};
use crate::error::Result;
use rusqlite::params;
use std::collections::BTreeMap;

/// One conference with its finds.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
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
const SNIPPET_WORDS: u8 = 18;
/// More finds than this help nobody.
const MOST_LINES: i64 = 400;
/// Marks the ends of a match inside a snippet: control characters no transcript holds.
const OPEN: char = '\u{2}';
const CLOSE: char = '\u{3}';

impl Library {
    /// Finds `typed`: all words must be in the line, the last may be unfinished, `"…"` finds words in this order.
    /// Any text is a valid question; text without letters or digits finds nothing.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn search(&self, typed: &str) -> Result<Vec<Hit>> {
        let doing = "searching";
        let Some(question) = question(typed) else { return Ok(Vec::new()) };
        let mut query = self
            .connection
            .prepare_cached(
                "SELECT conference, start_ms, speaker, snippet(line, 0, char(2), char(3), '…', ?2), rank FROM line WHERE line MATCH ?1 ORDER BY rank LIMIT ?3",
            )
            .map_err(|err| failure(doing, err))?;
        let mut rows = query.query(params![question, SNIPPET_WORDS, MOST_LINES]).map_err(|err| failure(doing, err))?;
        // Rows by their numbers.
        let mut order: Vec<i64> = Vec::new();
        let mut lines: BTreeMap<i64, Vec<Line>> = BTreeMap::new();
        while let Some(row) = rows.next().map_err(|err| failure(doing, err))? {
            let read = || -> rusqlite::Result<(i64, Line)> {
                let speaker: Option<String> = row.get(2)?;
                let snippet: String = row.get(3)?;
                let at = row.get::<_, Option<i64>>(1)?.map(Millis);
                Ok((row.get(0)?, Line { speaker: speaker.and_then(|key| Speaker::from_key(&key)), at, pieces: pieces(&snippet) }))
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
                Ok(Hit { conference, lines })
            })
            .collect()
    }
}

/// What was typed as an FTS5 expression: every word quoted, so that no operator is left in it.
fn question(typed: &str) -> Option<String> {
    let mut terms = Vec::new();
    for (index, part) in typed.split('"').enumerate() {
        let words: Vec<String> = part
            .split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
            .filter(|word| word.chars().any(char::is_alphanumeric))
            .map(|word| format!("\"{word}\""))
            .collect();
        if index % 2 == 1 && !words.is_empty() {
            // Without brackets: behind them no star may stand, and `+` binds its words closer than `AND` anyway.
            terms.push(words.join(" + "));
        } else {
            terms.extend(words);
        }
    }
    let unfinished = typed.chars().next_back().is_some_and(char::is_alphanumeric);
    if let (true, Some(last)) = (unfinished, terms.last_mut()) {
        last.push('*');
    }
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

fn pieces(snippet: &str) -> Vec<(String, bool)> {
    let mut pieces = Vec::new();
    for part in snippet.split(OPEN) {
        match part.split_once(CLOSE) {
            Some((found, rest)) => {
                pieces.push((found.to_owned(), true));
                pieces.push((rest.to_owned(), false));
            }
            None => pieces.push((part.to_owned(), false)),
        }
    }
    pieces.retain(|(text, _)| !text.is_empty());
    pieces
}
