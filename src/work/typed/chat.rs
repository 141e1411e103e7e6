//! CHAT, as CLAN writes it: who is meant by which letters stands at its top (`@Participants: CHI Maya Target_Child`), `*CHI:` says, and below what is said
//! stand lines about it (`%mor:`).

use super::evidence::Known;
use super::labels::{Label, key_of, label};
use super::lines::{Kind, Row, Sign};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What stands at the top.
const AT_TOP: [&str; 3] = ["@utf8", "@begin", "@participants:"];
/// So many lines may stand there.
const TOP: usize = 50;

/// Whether lines of what is known of the talk, and of what was seen, begin with signs of their own.
pub(super) fn is_chat(lines: &[(usize, Cow<'_, str>)]) -> bool {
    let begins = |line: &str| AT_TOP.iter().any(|head| begins_with(line.trim_start(), head));
    let is_said_then_seen = |pair: &[(usize, Cow<'_, str>)]| is_tier(&pair[0].1, '*') && is_tier(&pair[1].1, '%');
    lines.iter().take(TOP).any(|(_, line)| begins(line)) || lines.windows(2).any(is_said_then_seen)
}

/// `*CHI: ...`, `%mor: ...`
fn is_tier(line: &str, sign: char) -> bool {
    let code = line.trim_start().strip_prefix(sign).and_then(|rest| rest.split_once(':')).map_or("", |(code, _)| code);
    (2..=7).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphanumeric())
}

fn begins_with(line: &str, head: &str) -> bool {
    line.get(..head.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(head))
}

/// Puts names in the place of the letters that mean them; who of them teaches and who learns.
pub(super) fn name_participants(rows: &mut [Row]) -> Known {
    let mut known = Known::default();
    let Some(first) = rows.iter().take(TOP).position(|row| begins_with(&row.text, AT_TOP[2])) else { return known };
    let goes_on = rows[first + 1..].iter().take_while(|row| row.is_indented);
    let listed: String = std::iter::once(&rows[first].text[AT_TOP[2].len()..]).chain(goes_on.map(|row| row.text.as_str())).collect::<Vec<_>>().join(" ");
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
