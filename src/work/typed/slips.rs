//! Labels that are none by the evidence of the page: who speaks once, slips of the hand.

use super::evidence::{Layout, Page, RECURS};
use super::labels::Label;
use super::lines::{Kind, Row, Sign};
use crate::conference::Leftover;
use std::collections::{BTreeMap, BTreeSet};

impl Page<'_> {
    /// Names before a colon that are none so far. Whoever spoke before does not go on with them: the name of somebody of whom the page, or the class list,
    /// says more begins to speak; else it is not known who does. What goes on in small letters may as well explain a word: "rhyme: words that sound alike".
    pub(super) fn singles(&self, layout: &mut Layout) {
        let words = || self.rows.iter().enumerate().filter_map(|(at, row)| if let Kind::Words(heads) = &row.kind { Some((at, heads)) } else { None });
        let is_dense = words().filter(|(at, heads)| layout.named(*at, heads).is_some()).count() * 10 >= words().count() * 7;
        let signs: BTreeSet<Sign> = layout.accepted.iter().map(|(_, sign)| *sign).collect();
        // Whether somebody is called so in another line, with a capital as names have.
        let capitals = self.capitals();
        let is_named_elsewhere = |row: usize, label: &Label| {
            let first = label.key.split(' ').next().unwrap_or_default();
            capitals.get(first).is_some_and(|only| *only != Some(row))
        };
        let (mut is_open, mut hangs) = (false, false);
        let mut alone: BTreeMap<String, (Label, Sign)> = BTreeMap::new();
        for row in 0..self.rows.len() {
            let Kind::Words(heads) = &self.rows[row].kind else { continue };
            if layout.named(row, heads).is_some() {
                (is_open, hangs) = (true, !self.rows[row].is_indented);
                continue;
            }
            let looks = |label: &Label| label.may_be_name() && (label.is_name() && label.shown.split(' ').count() <= 4 || !label.shown.contains(' '));
            // "The boy", twice: perhaps somebody is called so.
            let recurs = |label: &Label| label.is_told() && !label.is_clause() && self.seen(&label.key, Sign::Colon).times >= RECURS;
            if is_open && self.begins_with_label(row, layout, is_dense) {
                layout.unsure.insert(row);
                continue;
            }
            let other = heads.iter().find(|head| matches!(head.sign, Sign::Tab | Sign::Dash) && signs.contains(&head.sign));
            let head = other.or(self.colon_head(row)).filter(|head| is_open && (looks(&head.label) || recurs(&head.label)) && !self.is_below_name(row));
            let Some(head) = head else { continue };
            // The cell before what is said is a name.
            let is_somebody = head.sign == Sign::Tab || self.hinted.contains(&head.label.key) || is_named_elsewhere(row, &head.label);
            if is_somebody && looks(&head.label) {
                layout.accepted.insert((head.label.key.clone(), head.sign));
            } else if !(hangs && self.rows[row].is_indented) {
                layout.unsure.insert(row);
                alone.entry(head.label.key.clone()).or_insert((head.label.clone(), head.sign));
            }
        }
        self.add_only_child(layout, alone);
    }

    /// Where nobody is named but the teacher, the one other label is the child: nobody confers alone.
    fn add_only_child(&self, layout: &mut Layout, alone: BTreeMap<String, (Label, Sign)>) {
        let is_teacher = |(key, _): &(String, Sign)| self.label(key).is_some_and(|label| label.says_teacher() || label.has_title());
        if !layout.accepted.iter().all(is_teacher) || layout.has_alone() {
            return;
        }
        let mut likely: Vec<(String, (Label, Sign))> = alone.into_iter().filter(|(_, (label, _))| label.has_first_name()).collect();
        if let (Some((key, (_, sign))), true) = (likely.pop(), likely.is_empty()) {
            layout.accepted.insert((key, sign));
        }
    }

    /// `Leo; ...`, and `Leo ...` where nearly each line has a label: the colon may be missing.
    fn begins_with_label(&self, row: usize, layout: &Layout, is_dense: bool) -> bool {
        let text = &self.rows[row].text;
        let is_accepted = |end: usize| layout.accepted.contains(&(text[..end].to_lowercase(), Sign::Colon));
        // No label is longer.
        let ends = text.char_indices().take_while(|(at, _)| *at <= 80).filter(|(at, c)| *c == ';' || (is_dense && *at > 2 && *c == ' '));
        ends.map(|(at, _)| at).any(is_accepted)
    }

    /// Words with a capital, and the first row that has each; none where another has it too.
    fn capitals(&self) -> BTreeMap<String, Option<usize>> {
        let mut capitals: BTreeMap<String, Option<usize>> = BTreeMap::new();
        for (at, row) in self.rows.iter().enumerate() {
            for word in row.text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.starts_with(char::is_uppercase)) {
                capitals.entry(word.to_lowercase()).and_modify(|first| *first = first.filter(|&first| first == at)).or_insert(Some(at));
            }
        }
        capitals
    }
}

/// A label as long as this with one slip in it is the one that is meant; shorter ones are names of their own (Ana, Anna).
const LEAST_LETTERS: usize = 5;

/// `Teahcer: ...` where `Teacher:` recurs: the label that is meant takes its place, what was typed is listed.
pub(super) fn mend(rows: &mut [Row]) -> Vec<Leftover> {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    let mut meant = Vec::new();
    for head in
        rows.iter().filter_map(|row| if let Kind::Words(heads) = &row.kind { Some(heads) } else { None }).flatten().filter(|head| head.sign == Sign::Colon)
    {
        let seen = times.entry(head.label.key.clone()).or_default();
        *seen += 1;
        if *seen == 2 && head.label.is_known() {
            meant.push(head.label.clone());
        }
    }
    // Each label by itself and without one of its letters: what differs by one slip from another shares one of these with it.
    let mut alike: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, label) in meant.iter().enumerate().filter(|(_, label)| label.key.chars().all(char::is_alphabetic)) {
        shortened(&label.key).into_iter().for_each(|short| alike.entry(short).or_default().push(at));
    }
    let mut typed = Vec::new();
    for row in rows {
        let Kind::Words(heads) = &mut row.kind else { continue };
        for head in heads.iter_mut().filter(|head| head.sign == Sign::Colon && times.get(&head.label.key) == Some(&1)) {
            let key = &head.label.key;
            if key.chars().count() < LEAST_LETTERS || head.label.is_known() {
                continue;
            }
            let near: BTreeSet<usize> = shortened(key).iter().filter_map(|short| alike.get(short)).flatten().copied().collect();
            if let Some(one) = near.into_iter().map(|at| &meant[at]).find(|one| strsim::osa_distance(key, &one.key) == 1) {
                typed.push(Leftover { line: row.number, text: format!("{}:", head.label.shown) });
                head.label = one.clone();
            }
        }
    }
    typed
}

/// A word, and the word without each of its letters.
fn shortened(word: &str) -> BTreeSet<String> {
    let without = word.char_indices().map(|(at, letter)| format!("{}{}", &word[..at], &word[at + letter.len_utf8()..]));
    std::iter::once(word.to_owned()).chain(without).collect()
}
