//! Names on lines of their own: with a time on the same line, above or below it, or without one.

use super::evidence::{Page, RECURS, is_paragraph_start};
use super::labels::Label;
use super::lines::{Head, Kind, Row, Sign};
use std::collections::{BTreeMap, BTreeSet};

/// Where the time of a name stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Beside {
    Same,
    Before,
    Behind,
}

impl<'a> Page<'a> {
    /// Rows that look as these names do, which stand alone: short, the first of their paragraph, with what is said right behind them. A child in small
    /// letters, who speaks once. A time on the same line is sign enough; on a line of its own, others must have it there, or the name recurs.
    pub(super) fn alike(&self, names: &BTreeSet<usize>) -> Vec<usize> {
        let looks: BTreeSet<Option<Beside>> = names.iter().map(|&row| self.time_of(row)).collect();
        let is_alike = |&row: &usize| {
            let Some(label) = self.alone_label(row).filter(|label| label.is_short() && label.may_be_name()) else { return false };
            let beside = self.time_of(row);
            let time = if beside == Some(Beside::Behind) { self.next(row).unwrap_or(row) } else { row };
            let is_followed = self.next(time).is_some_and(|next| self.is_words(next) && (beside.is_some() || next == time + 1));
            let recurs = beside.is_some() && !self.is_under_cue(row) && self.seen(&label.key, Sign::Alone).times >= RECURS;
            is_followed && is_paragraph_start(self.rows, row) && (beside == Some(Beside::Same) || looks.contains(&beside) || recurs)
        };
        (0..self.rows.len()).filter(|row| !names.contains(row)).filter(is_alike).collect()
    }

    /// A time beside it, or a capital: else it may as well be said.
    pub(super) fn looks_sure(&self, row: usize) -> bool {
        self.time_of(row).is_some() || self.alone_label(row).is_some_and(Label::is_name)
    }

    pub(super) fn is_under_cue(&self, row: usize) -> bool {
        row > 0 && matches!(self.rows[row - 1].kind, Kind::Time { is_cue: true, .. })
    }

    pub(super) fn alone_label(&self, row: usize) -> Option<&'a Label> {
        self.alone_head(row).map(|head| &head.label)
    }

    pub(super) fn alone_head(&self, row: usize) -> Option<&'a Head> {
        match &self.rows.get(row)?.kind {
            Kind::Words(heads) => heads.iter().find(|head| head.sign == Sign::Alone),
            _ => None,
        }
    }

    /// Rows that are the name of a speaker and nothing else.
    pub(super) fn alone(&self) -> BTreeSet<usize> {
        let stamped = self.alone_stamped();
        if !stamped.is_empty() {
            return stamped;
        }
        self.alone_plain()
    }

    /// The next row that is not blank.
    fn next(&self, row: usize) -> Option<usize> {
        (row + 1..self.rows.len()).find(|&next| self.rows[next].kind != Kind::Blank)
    }

    fn is_words(&self, row: usize) -> bool {
        self.rows.get(row).is_some_and(|row| matches!(row.kind, Kind::Words(_)))
    }

    /// A time on the same line, or alone on the line before or behind, blank ones aside.
    pub(super) fn time_of(&self, row: usize) -> Option<Beside> {
        if self.alone_head(row)?.stamp.is_some() {
            return Some(Beside::Same);
        }
        let is_time = |at: Option<usize>| at.and_then(|at| self.rows.get(at)).is_some_and(|row| matches!(row.kind, Kind::Time { .. }));
        let next = self.next(row);
        if is_time(self.rows[..row].iter().rposition(|row| row.kind != Kind::Blank)) && next.is_some_and(|next| self.is_words(next)) {
            return Some(Beside::Before);
        }
        let said = next.filter(|_| is_time(next)).and_then(|time| self.next(time));
        said.filter(|&said| self.is_words(said) || self.is_words(said + 1)).map(|_| Beside::Behind)
    }

    fn alone_stamped(&self) -> BTreeSet<usize> {
        let mut found: BTreeMap<Beside, Vec<usize>> = BTreeMap::new();
        for row in 0..self.rows.len() {
            if let Some(beside) = self.time_of(row) {
                found.entry(beside).or_default().push(row);
            }
        }
        // One layout, the one with most lines.
        let Some((beside, rows)) = found.into_iter().max_by_key(|(_, rows)| rows.len()) else { return BTreeSet::new() };
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for label in rows.iter().filter_map(|&row| self.alone_label(row)) {
            *times.entry(&label.key).or_default() += 1;
        }
        let is_meant = |row: &usize| {
            let Some(label) = self.alone_label(*row) else { return false };
            let often = times.get(label.key.as_str()).copied().unwrap_or(0);
            if label.is_head() || (label.is_sentence() && !self.is_known(&label.key)) || self.is_end(*row) {
                return false;
            }
            let is_bracketed = beside == Beside::Same && self.rows[*row].text.starts_with(['[', '(']);
            self.is_known(&label.key) || (label.is_name() && !label.is_said()) || often >= RECURS || is_bracketed
        };
        let mut meant: BTreeSet<usize> = rows.iter().copied().filter(is_meant).collect();
        let alike: Vec<usize> = self.alike(&meant).into_iter().filter(|&row| self.time_of(row) == Some(beside) && !meant.is_empty()).collect();
        // Cues of which the first line happens to recur are no layout: most times must come with a name, or nearly all with what looks like one.
        let stamps = self.rows.iter().filter(|row| matches!(row.kind, Kind::Time { .. })).count();
        let nearly_all = meant.len() * 3 >= stamps && (meant.len() + alike.len()) * 10 >= stamps * 9;
        let is_enough = beside == Beside::Same || meant.len() * 10 >= stamps * 6 || nearly_all;
        meant.extend(alike);
        let keys: BTreeSet<&str> = meant.iter().filter_map(|&row| self.alone_label(row)).map(|label| label.key.as_str()).collect();
        let is_plausible = meant.len() >= 2 && (keys.len() < meant.len() || keys.len() <= 6);
        if is_enough && is_plausible { meant } else { BTreeSet::new() }
    }

    /// Nothing is said behind it.
    fn is_end(&self, row: usize) -> bool {
        let is_said = |row: &Row| matches!(row.kind, Kind::Words(_)) || (row.kind == Kind::Remark && !row.text.contains(char::is_alphanumeric));
        !self.rows[row + 1..].iter().any(is_said)
    }

    /// Names without times: they recur, and each is followed by what is said.
    fn alone_plain(&self) -> BTreeSet<usize> {
        if self.rows.iter().any(|row| matches!(row.kind, Kind::Time { is_cue: true, .. })) {
            return BTreeSet::new();
        }
        let mut out: BTreeSet<String> = BTreeSet::new();
        for _ in 0..3 {
            let (mut named, mut said): (BTreeMap<String, usize>, BTreeMap<String, usize>) = (BTreeMap::new(), BTreeMap::new());
            let mut rows = Vec::new();
            let mut is_open = false;
            for row in 0..self.rows.len() {
                match &self.rows[row].kind {
                    Kind::Words(_) if is_open => {
                        // What stands behind a name is said.
                        if let Some(label) = self.alone_label(row) {
                            *said.entry(label.key.clone()).or_default() += 1;
                        }
                        is_open = false;
                    }
                    Kind::Words(_) => {
                        // What stands over the first name that recurs is a title.
                        let may_begin = |label: &Label| !rows.is_empty() || self.is_known(&label.key) || self.seen(&label.key, Sign::Alone).times >= RECURS;
                        let may = |label: &&Label| !out.contains(&label.key) && self.may_stand_alone(label) && may_begin(label) && !self.is_end(row);
                        let label = self.alone_label(row).filter(may);
                        if let Some(label) = label {
                            *named.entry(label.key.clone()).or_default() += 1;
                            rows.push(row);
                            is_open = true;
                        }
                    }
                    // "…", "?" and "10:30" are said, where nothing but a blank line follows.
                    Kind::Remark | Kind::Time { .. } if self.rows.get(row + 1).is_none_or(|next| next.kind == Kind::Blank) => is_open = false,
                    _ => {}
                }
            }
            let before = out.len();
            out.extend(
                said.iter().filter(|(key, times)| named.get(*key).is_none_or(|named| *times >= named) && !self.is_known(key)).map(|(key, _)| key.clone()),
            );
            if out.len() == before {
                let words = self.rows.iter().filter(|row| matches!(row.kind, Kind::Words(_))).count();
                let recurring = named.values().filter(|&&times| times >= RECURS).count()
                    + named.iter().filter(|(key, times)| **times < RECURS && self.is_known(key)).count();
                // Two who take turns, and a name over at least a fifth of the lines.
                return if recurring >= 2 && rows.len() * 5 >= words { rows.into_iter().collect() } else { BTreeSet::new() };
            }
        }
        BTreeSet::new()
    }

    fn may_stand_alone(&self, label: &Label) -> bool {
        let seen = self.seen(&label.key, Sign::Alone);
        let recurs = seen.times >= RECURS;
        let after_blank = seen.at_start == seen.times && self.has_paragraphs;
        if !label.may_be_name() || label.shown.ends_with('.') && !label.has_title() {
            return self.hinted.contains(&label.key);
        }
        // Small letters alone are a name beside one that is known.
        let is_short = label.is_short() && self.has_known_alone;
        self.is_known(&label.key)
            || (recurs && (label.is_name() || after_blank || is_short))
            || (label.is_name() && after_blank && label.shown.split(' ').count() <= 3)
    }
}
