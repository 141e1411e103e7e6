//! CHAT, as CLAN writes it: who is meant by which letters stands at its top (`@Participants: CHI Maya Target_Child`), `*CHI:` says, and below what is said
//! stand lines about it (`%mor:`).

use super::evidence::Known;
use super::labels::{Label, key_of, label};
use super::lines::{Kind, Row, Sign};
use super::tags::{CHAT_TOP, TOP, begins_with};
use std::collections::BTreeMap;

/// Puts names in the place of the letters that mean them; who of them teaches and who learns.
pub(super) fn name_participants(rows: &mut [Row]) -> Known {
    let mut known = Known::default();
    let Some(first) = rows.iter().take(TOP).position(|row| begins_with(&row.text, CHAT_TOP[2])) else { return known };
    let goes_on = rows[first + 1..].iter().take_while(|row| row.is_indented);
    let listed: String = std::iter::once(&rows[first].text[CHAT_TOP[2].len()..]).chain(goes_on.map(|row| row.text.as_str())).collect::<Vec<_>>().join(" ");
    let mut names: BTreeMap<String, Label> = BTreeMap::new();
    for one in listed.split(',') {
        let words: Vec<&str> = one.split_whitespace().collect();
        let [code, between @ .., role] = words.as_slice() else { continue };
        let name = label(&between.join(" ").replace('_', " "));
        let shown = name.as_ref().map_or((*code).to_owned(), |name| name.shown.clone());
        match role.to_lowercase().as_str() {
            "teacher" | "investigator" | "interviewer" => known.teachers.push(shown),
            "child" | "target_child" | "student" | "participant" => known.students.push(shown),
            _ => {}
        }
        names.extend(name.map(|name| (key_of(code), name)));
    }
    for row in rows.iter_mut().filter(|row| row.text.starts_with('*')) {
        let Kind::Words(heads) = &mut row.kind else { continue };
        for head in heads.iter_mut().filter(|head| head.sign == Sign::Colon) {
            if let Some(name) = names.get(&head.label.key) {
                head.label = name.clone();
            }
        }
    }
    known
}
