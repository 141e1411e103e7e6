//! Who is there, as pages say over the talk.

use super::evidence::{Known, RECURS};
use super::labels::{Label, is_of_key, key_of};
use super::lines::{Head, Kind, Row, Sign};
use std::collections::{BTreeMap, BTreeSet};

/// Over the talk a page may say who is there: "Teacher: Ms. Romano", "Students: Luca B., Pia". Which rows do, and whom they name.
pub(super) fn above(rows: &[Row]) -> (BTreeSet<usize>, Known) {
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    let colon = |row: &'_ Row| match &row.kind {
        Kind::Words(heads) => heads.iter().position(|head| head.sign == Sign::Colon),
        _ => None,
    };
    let head = |row: usize| match (&rows[row].kind, colon(&rows[row])) {
        (Kind::Words(heads), Some(at)) => heads.get(at),
        _ => None,
    };
    let all = || (0..rows.len()).filter_map(head);
    all().for_each(|head| *times.entry(&head.label.key).or_default() += 1);
    let (mut found, mut known) = (BTreeSet::new(), Known::default());
    // K: Ms. Keller (teacher), L: Leo: who is meant by what, before the first blank line.
    let legend = rows.iter().position(|row| row.kind == Kind::Blank).unwrap_or(0);
    let meant: Vec<(&Head, Label)> = (0..legend).filter_map(head).filter_map(|head| Some((head, super::labels::label(&head.rest)?))).collect();
    let is_teacher = |label: &Label| label.says_teacher() || label.has_title();
    let says_so = |(head, label): &(&Head, Label)| label.is_name() && times.get(head.label.key.as_str()).is_some_and(|&times| times >= RECURS);
    if meant.len() >= 2 && meant.len() == legend && meant.iter().all(says_so) && meant.iter().filter(|(_, label)| is_teacher(label)).count() == 1 {
        known.teachers.extend(meant.iter().filter(|(_, label)| is_teacher(label)).map(|(head, _)| head.label.shown.clone()));
        return ((0..legend).collect(), known);
    }
    let recurs = |head: &Head| times.get(head.label.key.as_str()).is_some_and(|&times| times >= RECURS);
    let Some(first) = (0..rows.len()).find(|&row| head(row).is_some_and(recurs)) else { return (found, known) };
    // Whoever recurs, by the first word of the name.
    let mut speakers: BTreeMap<&str, BTreeMap<&str, &Label>> = BTreeMap::new();
    for head in all().filter(|head| recurs(head)) {
        speakers.entry(head.label.key.split(' ').next().unwrap_or_default()).or_default().insert(&head.label.key, &head.label);
    }
    let last_blank = rows[..first].iter().rposition(|row| row.kind == Kind::Blank);
    for row in 0..first {
        let Some(head) = head(row).filter(|head| head.label.says_teacher() || head.label.says_student() || head.label.is_role()) else { continue };
        let names: Vec<&str> = head.rest.split([',', ';', '&']).flat_map(|names| names.split(" and ")).map(str::trim).filter(|name| !name.is_empty()).collect();
        let is_speaker = |name: &&str| {
            let key = key_of(name);
            let alike = speakers.get(key.split(' ').next().unwrap_or_default());
            alike.is_some_and(|alike| alike.values().any(|label| is_of_key(label, &key)))
        };
        let is_parted =
            last_blank.is_some_and(|blank| blank >= row) && names.iter().all(|name| super::labels::label(name).is_some_and(|label| label.is_name()));
        if names.is_empty() || !(names.iter().any(is_speaker) || is_parted) {
            continue;
        }
        found.insert(row);
        let names = names.into_iter().map(str::to_owned);
        if head.label.is_role_of_student() { known.students.extend(names) } else { known.teachers.extend(names) }
    }
    (found, known)
}
