//! Labels that are none by the evidence of the page: who speaks once, slips of the hand.

use super::evidence::{Layout, Page, RECURS};
use super::labels::Label;
use super::lines::{Kind, Row, Sign};
use crate::conference::Leftover;
use std::collections::BTreeMap;

impl Page<'_> {
    /// Names before a colon that are none so far. Whoever spoke before does not go on with them: the name of somebody of whom the page, or the class list,
    /// says more begins to speak; else it is not known who does. What goes on in small letters may as well explain a word: "rhyme: words that sound alike".
    pub(super) fn singles(&self, layout: &mut Layout) {
        let words = || self.rows.iter().enumerate().filter_map(|(at, row)| if let Kind::Words(heads) = &row.kind { Some((at, heads)) } else { None });
        let is_dense = words().filter(|(at, heads)| layout.named(*at, heads).is_some()).count() * 10 >= words().count() * 7;
        let signs: Vec<Sign> = layout.accepted.iter().map(|(_, sign)| *sign).collect();
        let (mut is_open, mut hangs) = (false, false);
        for row in 0..self.rows.len() {
            let Kind::Words(heads) = &self.rows[row].kind else { continue };
            if layout.named(row, heads).is_some() {
                (is_open, hangs) = (true, !self.rows[row].is_indented);
                continue;
            }
            let looks = |label: &Label| label.may_be_name() && (label.is_name() && label.shown.split(' ').count() <= 4 || !label.shown.contains(' '));
            // "The boy", twice: perhaps somebody is called so.
            let recurs = |label: &Label| label.is_told() && !label.is_clause() && self.seen(&label.key, Sign::Colon).times >= RECURS;
            let is_slip = layout.accepted.iter().any(|(key, sign)| *sign == Sign::Colon && self.begins_with(row, key, is_dense));
            if is_open && is_slip {
                layout.unsure.insert(row);
                continue;
            }
            let other = heads.iter().find(|head| matches!(head.sign, Sign::Tab | Sign::Dash) && signs.contains(&head.sign));
            let head = other.or(self.colon_head(row)).filter(|head| is_open && (looks(&head.label) || recurs(&head.label)) && !self.is_below_name(row));
            let Some(head) = head else { continue };
            let goes_on = self.rows.get(row + 1).is_some_and(|next| matches!(&next.kind, Kind::Words(heads) if layout.named(row + 1, heads).is_none()));
            // The cell before what is said is a name.
            let is_somebody = head.sign == Sign::Tab || self.hinted.contains(&head.label.key) || self.is_named_elsewhere(row, &head.label);
            if is_somebody && looks(&head.label) {
                layout.accepted.insert((head.label.key.clone(), head.sign));
            } else if !(hangs && self.rows[row].is_indented) && (head.label.is_name() || !goes_on || recurs(&head.label)) {
                layout.unsure.insert(row);
            }
        }
    }

    /// `Leo; ...`, and `Leo ...` where nearly each line has a label: the colon may be missing.
    fn begins_with(&self, row: usize, key: &str, is_dense: bool) -> bool {
        let rest = self.rows[row].text.get(..key.len()).filter(|name| name.to_lowercase() == key).map(|name| &self.rows[row].text[name.len()..]);
        rest.is_some_and(|rest| rest.starts_with(';') || (is_dense && key.len() > 2 && rest.starts_with(' ')))
    }

    /// Whether somebody is called so in another line, with a capital as names have.
    fn is_named_elsewhere(&self, row: usize, label: &Label) -> bool {
        let first = label.key.split(' ').next().unwrap_or_default();
        let is_name = |word: &str| word.starts_with(char::is_uppercase) && word.to_lowercase() == first;
        let names = |row: &Row| row.text.split(|c: char| !c.is_alphanumeric()).any(is_name);
        self.rows.iter().enumerate().any(|(at, other)| at != row && names(other))
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
    let mut typed = Vec::new();
    for row in rows {
        let Kind::Words(heads) = &mut row.kind else { continue };
        for head in heads.iter_mut().filter(|head| head.sign == Sign::Colon && times.get(&head.label.key) == Some(&1)) {
            let (key, is_long) = (&head.label.key, head.label.key.chars().count() >= LEAST_LETTERS);
            let is_slip = |key: &str, one: &str| one.chars().all(char::is_alphabetic) && strsim::osa_distance(key, one) == 1;
            if let Some(one) = meant.iter().find(|one| is_long && !head.label.is_known() && is_slip(key, &one.key)) {
                typed.push(Leftover { line: row.number, text: format!("{}:", head.label.shown) });
                head.label = one.clone();
            }
        }
    }
    typed
}
