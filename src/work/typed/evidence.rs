//! Which labels of a page name speakers: what recurs, what is known, what fits how the page is laid out. Evidence over the whole page, never one line.

use super::labels::{Label, is_of_key, key_of};
use super::lines::{Head, Kind, Row, Sign};
use std::collections::{BTreeMap, BTreeSet};

/// What is known before a page is read: who is on the class list, what the teacher is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// The teacher's name or names, where known.
    pub teachers: Vec<String>,
    /// The children of the class list.
    pub students: Vec<String>,
}

impl Known {
    /// Both together.
    pub(super) fn with(&self, more: &Self) -> Self {
        let both = |one: &[String], other: &[String]| one.iter().chain(other).cloned().collect();
        Self { teachers: both(&self.teachers, &more.teachers), students: both(&self.students, &more.students) }
    }

    /// The keys of all of them.
    pub(super) fn keys(&self) -> Vec<String> {
        self.teachers.iter().chain(&self.students).map(|name| key_of(name)).collect()
    }
}

/// Which labels are meant, and in which form.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    pub(super) accepted: BTreeSet<(String, Sign)>,
    alone: BTreeSet<usize>,
    /// Rows that look as if somebody began to speak who is named nowhere else: whoever spoke before has not said them.
    pub(super) unsure: BTreeSet<usize>,
    /// Rows of a piece that is read aloud, with the key of whoever reads it: what stands there before a colon is somebody in the piece.
    pub(super) read_aloud: BTreeMap<usize, String>,
    /// Rows that say over the talk who is there: "Teacher: Ms. Romano".
    above: BTreeSet<usize>,
    /// Rows above which nothing is said: a heading "Transcript" stands there.
    pub begins: usize,
}

impl Layout {
    /// Whether the page names nobody.
    pub fn is_empty(&self) -> bool {
        self.accepted.is_empty() && self.alone.is_empty()
    }
}

impl Layout {
    /// Whether somebody may begin to speak in this row of whom nothing is known.
    pub fn is_unsure(&self, row: usize) -> bool {
        self.unsure.contains(&row)
    }

    /// Whether names stand on lines of their own.
    pub fn has_alone(&self) -> bool {
        !self.alone.is_empty()
    }

    /// Who reads this row aloud.
    pub fn reader(&self, row: usize) -> Option<&str> {
        self.read_aloud.get(&row).map(String::as_str)
    }

    /// How this row begins with a speaker, if it does.
    pub fn head<'a>(&self, row: usize, heads: &'a [Head]) -> Option<&'a Head> {
        if self.above.contains(&row) { None } else { self.named(row, heads) }
    }

    /// The same in the talk.
    pub(super) fn named<'a>(&self, row: usize, heads: &'a [Head]) -> Option<&'a Head> {
        // What is a name and nothing else is that, whatever its spaces look like.
        let alone = heads.iter().find(|head| head.sign == Sign::Alone).filter(|_| self.alone.contains(&row));
        alone.or_else(|| heads.iter().find(|head| head.sign == Sign::Tag || self.accepted.contains(&(head.label.key.clone(), head.sign))))
    }
}

impl Layout {
    /// Rows counted from the first of the page.
    fn moved(mut self, begins: usize) -> Self {
        for rows in [&mut self.alone, &mut self.unsure] {
            *rows = std::mem::take(rows).into_iter().map(|row| row + begins).collect();
        }
        self
    }
}

/// All that is seen of one label in one form.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Seen {
    pub(super) times: usize,
    stamped: usize,
    /// Right below a time of its own.
    below_time: usize,
    /// At the beginning of a paragraph.
    pub(super) at_start: usize,
    /// Right below the name of a speaker and nothing else, or further in than the page: what that one says.
    below_name: usize,
}

/// A name once is none; twice it may be.
pub(super) const RECURS: usize = 2;

/// Decides for a page.
pub(super) fn layout(rows: &[Row], known: &Known, above: BTreeSet<usize>) -> Layout {
    let begins = begins(rows);
    // What stands over the talk names nobody in it.
    let rest: Vec<Row> = rows[begins..]
        .iter()
        .enumerate()
        .map(|(at, row)| if above.contains(&(at + begins)) { Row { kind: Kind::Words(Vec::new()), ..row.clone() } } else { row.clone() })
        .collect();
    let page = Page::new(&rest, known);
    let mut layout = Layout { begins, above, ..Layout::default() };
    let colon = page.inline(Sign::Colon, 0.0);
    let colon_lines = page.lines(&colon, Sign::Colon);
    let alone = page.alone();
    // A name on a line of its own, then what is said: unless more lines say who speaks before a colon.
    if alone.len() > colon_lines {
        layout.alone = alone;
        let names: BTreeSet<&str> = layout.alone.iter().filter_map(|&row| page.alone_label(row)).map(|label| label.key.as_str()).collect();
        // The same speakers may stand before a colon too, and others where each line has one.
        let within = page.within_paragraphs();
        let may = |key: &String| names.contains(key.as_str()) || page.is_known(key) || !within.contains(key.as_str());
        layout.accepted.extend(colon.into_iter().filter(may).map(|key| (key, Sign::Colon)));
        page.laid_out_otherwise(&mut layout);
        return layout.moved(begins);
    }
    let mut best = (colon, colon_lines, Sign::Colon);
    for sign in [Sign::Bracket, Sign::Tab, Sign::Time, Sign::Dash] {
        // Without a colon most of the page has to be laid out so.
        let keys = page.inline(sign, 0.5);
        // A dash parts thoughts too: two take turns before it, and not beside somebody who is known to speak before a colon.
        let is_known = |keys: &BTreeSet<String>| keys.iter().any(|key| page.is_known(key));
        if sign == Sign::Dash && (keys.len() < 2 || is_known(&best.0) && !is_known(&keys)) {
            continue;
        }
        let lines = page.lines(&keys, sign);
        if lines > best.1 && (best.1 == 0 || lines >= best.1 * 2) {
            best = (keys, lines, sign);
        }
    }
    let (keys, _, sign) = best;
    layout.accepted.extend(keys.into_iter().map(|key| (key, sign)));
    page.laid_out_otherwise(&mut layout);
    layout.moved(begins)
}

/// In our own text and in what several programs write, notes stand above a heading "Transcript".
fn begins(rows: &[Row]) -> usize {
    let is_heading = |row: &Row| {
        let bare = row.text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        ["transcript", "transkript", "transcription", "transcripción", "trascrizione", "文字记录", "逐字稿"].contains(&bare.as_str())
            && !row.text.ends_with([':', '：'])
    };
    let has_talk = |at: usize| rows[at..].iter().filter(|row| matches!(&row.kind, Kind::Words(_))).count() >= 2;
    rows.iter().rposition(is_heading).map(|at| at + 1).filter(|&at| has_talk(at)).unwrap_or(0)
}

pub(super) struct Page<'a> {
    pub(super) rows: &'a [Row],
    /// By label and form.
    pub(super) seen: BTreeMap<(String, Sign), Seen>,
    labels: BTreeMap<String, Label>,
    /// Labels that are known before the page is read.
    pub(super) hinted: BTreeSet<String>,
    /// Whether blank lines part paragraphs here.
    pub(super) has_paragraphs: bool,
    /// Whether somebody who is known stands alone on a line.
    pub(super) has_known_alone: bool,
}

impl<'a> Page<'a> {
    fn new(rows: &'a [Row], known: &Known) -> Self {
        let mut page = Self {
            rows,
            seen: BTreeMap::new(),
            labels: BTreeMap::new(),
            hinted: BTreeSet::new(),
            has_paragraphs: has_paragraphs(rows),
            has_known_alone: false,
        };
        for (at, row) in rows.iter().enumerate() {
            let Kind::Words(heads) = &row.kind else { continue };
            let mut counted: Vec<(&str, Sign)> = Vec::new();
            for head in heads {
                // One line may be read in two ways that come to the same.
                if counted.contains(&(head.label.key.as_str(), head.sign)) {
                    continue;
                }
                counted.push((&head.label.key, head.sign));
                let seen = page.seen.entry((head.label.key.clone(), head.sign)).or_default();
                seen.times += 1;
                seen.stamped += usize::from(head.stamp.is_some());
                let is_below_time = at.checked_sub(1).is_some_and(|before| matches!(rows[before].kind, Kind::Time { .. }));
                seen.below_time += usize::from(is_below_time);
                seen.at_start += usize::from(is_paragraph_start(rows, at));
                // As a name is written where it is written so at all.
                let best = page.labels.entry(head.label.key.clone()).or_insert_with(|| head.label.clone());
                if (best.is_odd && !head.label.is_odd) || (!best.is_name() && head.label.is_name()) {
                    *best = head.label.clone();
                }
            }
        }
        let names = known.keys();
        let is_hinted = |label: &&Label| names.iter().any(|name| is_of_key(label, name));
        page.hinted = page.labels.values().filter(is_hinted).map(|label| label.key.clone()).collect();
        page.has_known_alone = page.seen.keys().any(|(key, sign)| *sign == Sign::Alone && page.is_known(key));
        let words = || (0..rows.len()).filter(|&row| matches!(rows[row].kind, Kind::Words(_)));
        let hangs = words().filter(|&row| rows[row].is_indented).count() * 2 < words().count();
        let below: Vec<usize> = words().filter(|&row| (hangs && rows[row].is_indented) || page.is_below_name(row)).collect();
        for row in below {
            for key in labels(&rows[row], Sign::Colon).into_iter().collect::<BTreeSet<_>>() {
                page.seen.entry((key.clone(), Sign::Colon)).or_default().below_name += 1;
            }
        }
        page
    }

    /// Whether the row before is a name that recurs or is known, and nothing else.
    pub(super) fn is_below_name(&self, row: usize) -> bool {
        let Some(before) = self.rows[..row].iter().rposition(|row| row.kind != Kind::Blank) else { return false };
        let Kind::Words(heads) = &self.rows[before].kind else { return false };
        heads.iter().any(|head| {
            let is_bare = head.sign == Sign::Alone && is_paragraph_start(self.rows, before) || head.sign == Sign::Colon && head.rest.is_empty();
            is_bare && !head.label.is_said() && (self.seen(&head.label.key, head.sign).times >= RECURS || self.is_known(&head.label.key))
        })
    }

    pub(super) fn seen(&self, key: &str, sign: Sign) -> Seen {
        self.seen.get(&(key.to_owned(), sign)).copied().unwrap_or_default()
    }

    pub(super) fn label(&self, key: &str) -> Option<&Label> {
        self.labels.get(key)
    }

    pub(super) fn is_known(&self, key: &str) -> bool {
        self.hinted.contains(key) || self.label(key).is_some_and(Label::is_known)
    }

    /// Lines that begin with one of these.
    fn lines(&self, keys: &BTreeSet<String>, sign: Sign) -> usize {
        keys.iter().map(|key| self.seen(key, sign).times).sum()
    }

    /// Lines with words that begin a paragraph: what would have a label if each did.
    fn beginnings(&self) -> usize {
        self.rows.iter().enumerate().filter(|(at, row)| matches!(row.kind, Kind::Words(_)) && is_paragraph_start(self.rows, *at)).count()
    }

    /// The labels meant where this sign stands behind them; `share`: how much of the page they must lay out.
    fn inline(&self, sign: Sign, share: f64) -> BTreeSet<String> {
        let all: Vec<(&str, &Label, Seen)> =
            self.seen.iter().filter(|((_, one), _)| *one == sign).filter_map(|((key, _), seen)| Some((key.as_str(), self.label(key)?, *seen))).collect();
        // What stands over pages is nobody; three times in the talk it is somebody.
        let recurs_often = |label: &Label| self.seen(&label.key, sign).times > RECURS && !label.is_note();
        let usable = |label: &Label| !label.is_head() || self.hinted.contains(&label.key) || recurs_often(label);
        let recurring: Vec<&(&str, &Label, Seen)> =
            all.iter().filter(|(key, label, seen)| usable(label) && seen.times >= RECURS && !self.is_known(key)).collect();
        let labelled: usize =
            all.iter().filter(|(key, label, seen)| usable(label) && (seen.times >= RECURS || self.is_known(key))).map(|(_, _, seen)| seen.times).sum();
        let mut keys: BTreeSet<String> = all.iter().filter(|(key, label, _)| usable(label) && self.is_known(key)).map(|(key, ..)| (*key).to_owned()).collect();
        // Beside names nobody is called as sentences begin.
        let has_names = recurring.iter().filter(|(_, label, _)| label.is_name() && !label.is_said()).count() + keys.len() >= RECURS;
        for (key, label, seen) in recurring {
            let always_stamped = seen.stamped == seen.times;
            // What sentences begin with is a name only where the page is laid out by it: "Q:" and "A:".
            let lays_out = seen.times * 4 >= labelled && seen.times > RECURS || (labelled <= 6 && seen.times * 3 >= labelled && all.len() <= 3);
            let is_name = label.is_name() || always_stamped;
            let is_likely = if label.is_said() {
                always_stamped || (sign != Sign::Dash && lays_out && !has_names && label.shown.chars().count() <= 8)
            } else if label.is_odd {
                !label.is_told()
            } else if label.is_sentence() {
                seen.times > RECURS && (always_stamped || (!label.is_clause() && seen.times * 5 >= labelled))
            } else if label.is_told() || label.tells() {
                // "The boy" may be called so; "Teacher smiled" is told.
                seen.times > RECURS && seen.times * 4 >= labelled
            } else {
                is_name || label.shown.split(' ').count() <= 2 || seen.times > RECURS
            };
            if is_likely {
                keys.insert((*key).to_owned());
            }
        }
        self.add_single(&mut keys, &all, sign);
        let beginnings = self.beginnings();
        if (self.lines(&keys, sign) as f64) < beginnings as f64 * share { BTreeSet::new() } else { keys }
    }

    /// A speaker who speaks once: where it looks as the others do, on a page on which nearly every paragraph has a label.
    fn add_single(&self, keys: &mut BTreeSet<String>, all: &[(&str, &Label, Seen)], sign: Sign) {
        let accepted = self.lines(keys, sign);
        let of = |counts: fn(Seen) -> usize| keys.iter().map(|key| counts(self.seen(key, sign))).sum::<usize>();
        let stamped = of(|seen| seen.stamped) * 2 > accepted;
        let paragraphs = of(|seen| seen.at_start) * 10 >= accepted * 9;
        let singles: Vec<&(&str, &Label, Seen)> =
            all.iter().filter(|(key, label, seen)| !keys.contains(*key) && label.may_be_name() && seen.below_name < seen.times).collect();
        let begins = self.talk_begins(keys, sign);
        let words = self.rows[begins..].iter().filter(|row| matches!(row.kind, Kind::Words(_))).count();
        let names = singles.iter().filter(|(_, label, _)| label.is_name()).count();
        // Nearly each line, or each paragraph of a page of paragraphs, says who speaks.
        let units = if paragraphs && self.has_paragraphs { self.beginnings() } else { words };
        let covered = (accepted + names) * 10 >= units * 7;
        // A child in small letters who speaks once: every line has a name before it, and this one too.
        let every = accepted + singles.len() >= units;
        let fits = |label: &Label, seen: &Seen| {
            let at_start = !paragraphs || seen.at_start == seen.times || !self.has_paragraphs;
            if stamped {
                let has_own = seen.stamped == seen.times && (label.is_name() || covered || label.shown.split(' ').count() <= 3);
                // The time of a cue stands above it.
                has_own || (seen.below_time == seen.times && label.is_name() && label.shown.split(' ').count() <= 4)
            } else {
                let words = label.shown.split(' ').count();
                at_start && (label.is_name() && covered && words <= 4 || every && words <= 2)
            }
        };
        if accepted == 0 {
            // A page of a few lines, each with another name.
            let all_named = names == singles.len() && names == words && (2..=6).contains(&names);
            let all_stamped = singles.iter().all(|(_, _, seen)| seen.stamped == seen.times) && singles.len() >= 2;
            if sign == Sign::Colon && (all_named || (all_stamped && singles.len() == words)) {
                keys.extend(singles.iter().map(|(key, ..)| (*key).to_owned()));
            }
            return;
        }
        let single: Vec<String> = singles.iter().filter(|(_, label, seen)| fits(label, seen)).map(|(key, ..)| (*key).to_owned()).collect();
        let above: BTreeSet<&String> = self.rows[..begins].iter().flat_map(|row| labels(row, sign)).collect();
        keys.extend(single.into_iter().filter(|key| !above.contains(key)));
    }

    /// Where the talk begins: where lines follow one another, what a blank line parts from the first that is labelled is a title.
    fn talk_begins(&self, keys: &BTreeSet<String>, sign: Sign) -> usize {
        let first = self.rows.iter().position(|row| labels(row, sign).into_iter().any(|key| keys.contains(key))).unwrap_or(0);
        self.rows[..first].iter().rposition(|row| row.kind == Kind::Blank).filter(|_| !self.has_paragraphs).unwrap_or(0)
    }

    /// A page may change its layout: who is known to speak on it is looked for in every other form too.
    fn laid_out_otherwise(&self, layout: &mut Layout) {
        let alone = layout.alone.iter().filter_map(|&row| self.alone_label(row)).map(|label| label.key.clone());
        let mut lines: BTreeMap<String, usize> = BTreeMap::new();
        alone.for_each(|key| *lines.entry(key).or_default() += 1);
        layout.accepted.iter().for_each(|(key, sign)| *lines.entry(key.clone()).or_default() += self.seen(key, *sign).times);
        // A tag can mean nothing else.
        let tagged: BTreeSet<String> = self.seen.keys().filter(|(_, sign)| *sign == Sign::Tag).map(|(key, _)| key.clone()).collect();
        if lines.is_empty() && tagged.is_empty() {
            return;
        }
        // A name that stands before a colon once, and once alone, recurs too.
        let usable = |label: &Label| (label.is_name() || label.is_short()) && label.may_be_name();
        let recurs = |key: &str| self.seen(key, Sign::Colon).times > 0 && self.seen(key, Sign::Alone).times > 0;
        let both = self.labels.values().filter(|label| self.is_known(&label.key) || (usable(label) && recurs(&label.key))).map(|label| label.key.clone());
        let often = lines.iter().filter(|(key, lines)| **lines + self.seen(key, Sign::Alone).times >= RECURS || self.is_known(key));
        let speakers: BTreeSet<String> = often.map(|(key, _)| key.clone()).chain(both).chain(tagged).collect();
        for sign in [Sign::Colon, Sign::Time, Sign::Dash, Sign::Tab, Sign::Bracket] {
            // A name in brackets is often somebody who is spoken of.
            let least = if sign == Sign::Bracket { RECURS } else { 1 };
            let also = speakers.iter().filter(|key| self.seen(key, sign).times >= least).map(|key| (key.clone(), sign));
            layout.accepted.extend(also);
        }
        let (once, unsure) = self.once(&layout.accepted);
        layout.accepted.extend(once);
        let has_head = |row: usize| match &self.rows[row].kind {
            Kind::Words(heads) => heads.iter().any(|head| layout.accepted.contains(&(head.label.key.clone(), head.sign))),
            _ => false,
        };
        let is_said_behind = |row: usize| {
            let next = (row + 1..self.rows.len()).find(|&next| !matches!(self.rows[next].kind, Kind::Time { .. } | Kind::Remark));
            next.is_some_and(|next| matches!(self.rows[next].kind, Kind::Words(_)) && !has_head(next))
        };
        let is_name_alone = |row: &usize| {
            let head = self.alone_head(*row).filter(|head| speakers.contains(&head.label.key) && is_said_behind(*row));
            head.is_some_and(|head| head.stamp.is_some() || !has_head(*row))
        };
        let names: Vec<usize> = (0..self.rows.len()).filter(is_name_alone).collect();
        let (apart, within): (Vec<usize>, Vec<usize>) = names.into_iter().partition(|&row| self.time_of(row).is_some() || is_paragraph_start(self.rows, row));
        // One may be said; where several stand alone, the first of them may stand right below a line of another layout.
        let is_layout = apart.len() >= RECURS || !layout.alone.is_empty();
        let recurs = |row: usize| self.alone_label(row).is_some_and(|label| self.seen(&label.key, Sign::Alone).times >= RECURS || self.is_known(&label.key));
        let is_first = |row: &usize| is_layout && apart.binary_search(&row.saturating_sub(1)).is_err() && recurs(*row);
        let also: Vec<usize> = within.into_iter().filter(is_first).collect();
        layout.alone.extend(apart.iter().copied().filter(|&row| is_layout || self.time_of(row).is_some()).chain(also));
        let is_new = |row: &usize| !has_head(*row) && is_said_behind(*row);
        let (alike, maybe): (Vec<usize>, Vec<usize>) = self.alike(&layout.alone).into_iter().filter(is_new).partition(|&row| self.looks_sure(row));
        layout.unsure = maybe.into_iter().chain(unsure.into_iter().filter(|&row| !has_head(row))).collect();
        layout.alone.extend(alike);
        self.singles(layout);
    }

    /// Who speaks once, before a colon: with a time of its own, in a paragraph each line of which has a name, or under a time as others are. And the rows
    /// in which somebody may.
    fn once(&self, accepted: &BTreeSet<(String, Sign)>) -> (BTreeSet<(String, Sign)>, BTreeSet<usize>) {
        let is_accepted = |label: &Label| accepted.contains(&(label.key.clone(), Sign::Colon));
        let is_single = |label: &Label| {
            let looks = label.is_short() || (label.is_name() && label.shown.split(' ').count() <= 4);
            let seen = self.seen(&label.key, Sign::Colon);
            looks && label.may_be_name() && seen.times < RECURS && seen.below_name == 0
        };
        let (mut once, mut unsure) = (BTreeSet::new(), BTreeSet::new());
        if accepted.is_empty() {
            return (once, unsure);
        }
        let is_cue = |row: usize| row > 0 && matches!(self.rows[row - 1].kind, Kind::Time { .. });
        let has_cues = (0..self.rows.len()).any(|row| is_cue(row) && self.colon_head(row).is_some_and(|head| is_accepted(&head.label)));
        for paragraph in self.paragraphs() {
            let heads: Vec<Option<&Head>> = paragraph.clone().map(|row| self.colon_head(row)).collect();
            let each = heads.len() > 1 && heads.iter().all(Option::is_some) && heads.iter().flatten().any(|head| is_accepted(&head.label));
            for (row, head) in paragraph.zip(heads) {
                let Some(head) = head.filter(|head| !is_accepted(&head.label) && is_single(&head.label)) else { continue };
                let under_time = is_cue(row) && has_cues;
                if head.stamp.is_some() || each || (under_time && head.label.is_name()) {
                    once.insert((head.label.key.clone(), Sign::Colon));
                } else if under_time {
                    unsure.insert(row);
                }
            }
        }
        (once, unsure)
    }

    /// What stands before a colon in a paragraph in which some line has none.
    fn within_paragraphs(&self) -> BTreeSet<&str> {
        let mut within = BTreeSet::new();
        for paragraph in self.paragraphs() {
            let heads: Vec<Option<&Head>> = paragraph.map(|row| self.colon_head(row)).collect();
            if !heads.iter().all(Option::is_some) {
                within.extend(heads.into_iter().flatten().map(|head| head.label.key.as_str()));
            }
        }
        within
    }

    /// Lines of words with nothing between them.
    fn paragraphs(&self) -> Vec<std::ops::Range<usize>> {
        let mut paragraphs: Vec<std::ops::Range<usize>> = Vec::new();
        for row in (0..self.rows.len()).filter(|&row| matches!(self.rows[row].kind, Kind::Words(_))) {
            match paragraphs.last_mut() {
                Some(last) if last.end == row => last.end = row + 1,
                _ => paragraphs.push(row..row + 1),
            }
        }
        paragraphs
    }

    pub(super) fn colon_head(&self, row: usize) -> Option<&'a Head> {
        match &self.rows.get(row)?.kind {
            Kind::Words(heads) => heads.iter().find(|head| head.sign == Sign::Colon && !head.label.is_odd),
            _ => None,
        }
    }
}

/// Whether blank lines part paragraphs here.
fn has_paragraphs(rows: &[Row]) -> bool {
    let begins = |pair: &&[Row]| matches!(pair[0].kind, Kind::Blank | Kind::Time { .. }) && matches!(pair[1].kind, Kind::Words(_));
    let blank = rows.windows(2).filter(begins).count();
    let words = rows.iter().filter(|row| matches!(row.kind, Kind::Words(_))).count();
    blank * 4 >= words
}

/// The labels a row may begin with in this form.
fn labels(row: &Row, sign: Sign) -> Vec<&String> {
    match &row.kind {
        Kind::Words(heads) => heads.iter().filter(|head| head.sign == sign).map(|head| &head.label.key).collect(),
        _ => Vec::new(),
    }
}

/// Whether a row begins a paragraph: a blank line, a time or nothing stands before it.
pub(super) fn is_paragraph_start(rows: &[Row], at: usize) -> bool {
    at.checked_sub(1).is_none_or(|before| !matches!(rows[before].kind, Kind::Words(_) | Kind::Remark))
}
