//! Pages that report who speaks: `Maya says: ...`, `TEACHER asks: ...`, `Omar said, "..."`. The verb belongs to the label, the name is who speaks.

use super::labels::{Label, label};
use super::lines::{Head, Kind, Row, Sign};
use super::said_words::IN_SENTENCES;
use super::times;
use std::collections::BTreeSet;

/// That something was said.
const SAYS: &str = "says said say asks asked ask answers answered replies replied responds responded";
/// And how: that stays before what is said.
const SAYS_HOW: &str = "whispers whispered yells yelled shouts shouted adds added explains explained laughs laughed";

/// Puts names in the place of what reports them, where the page is laid out so: of its labels at least half report, and no two speakers never do. In a story
/// that is read somebody says something too, but who reads it stands before a colon alone.
pub(super) fn name_reported(rows: &mut [Row]) {
    let (mut plain, mut reported): (BTreeSet<&str>, BTreeSet<String>) = (BTreeSet::new(), BTreeSet::new());
    let (mut with_verb, mut without) = (0, 0);
    let recurring = recurring(rows);
    for row in rows.iter() {
        let Kind::Words(heads) = &row.kind else { continue };
        if let Some(name) = heads.iter().find_map(|head| name_of(&head.label).filter(|_| is_whole(head))).or_else(|| quoted(&row.text).map(|head| head.label)) {
            with_verb += 1;
            reported.insert(name.key);
        } else if let Some(head) = heads.iter().find(|head| head.label.may_be_name() && (head.sign == Sign::Colon || recurring.contains(&head.label.key))) {
            without += 1;
            plain.insert(&head.label.key);
        }
    }
    let never = plain.iter().filter(|key| !reported.contains(**key)).count();
    if with_verb < 2 || with_verb < without || never > 1 || reported.len() + never < 2 {
        return;
    }
    for row in rows {
        let Kind::Words(heads) = &mut row.kind else { continue };
        heads.extend(quoted(&row.text));
        for head in heads.iter_mut().filter(|head| is_whole(head)) {
            if let Some(name) = name_of(&head.label) {
                head.label = name;
            }
        }
    }
}

/// Names that stand on two lines or more before another sign than the colon: that page has labels which report nothing.
fn recurring(rows: &[Row]) -> BTreeSet<String> {
    let mut once: BTreeSet<&str> = BTreeSet::new();
    let heads = rows.iter().filter_map(|row| if let Kind::Words(heads) = &row.kind { Some(heads) } else { None }).flatten();
    let others = heads.filter(|head| head.sign != Sign::Colon && head.label.may_be_name());
    others.filter(|head| !once.insert(&head.label.key)).map(|head| head.label.key.clone()).collect()
}

/// What stands before a colon, or all of a line.
fn is_whole(head: &Head) -> bool {
    matches!(head.sign, Sign::Colon | Sign::Alone)
}

/// Who says it, where a label ends with such a verb: a name, not one who is told of.
fn name_of(of: &Label) -> Option<Label> {
    let (name, verb) = of.shown.rsplit_once(' ')?;
    let verb = verb.to_lowercase();
    let is_one = |list: &str| list.split_whitespace().any(|one| one == verb);
    if of.is_odd || !(is_one(SAYS) || is_one(SAYS_HOW)) {
        return None;
    }
    let name = label(name).filter(|name| name.may_be_name() && !IN_SENTENCES.contains(&name.key.as_str()))?;
    Some(if is_one(SAYS_HOW) { Label { note: verb, ..name } } else { name })
}

/// `Maya said, "..."`: who says it, and what.
fn quoted(text: &str) -> Option<Head> {
    let (stamp, text) = times::at_start(text).map_or((None, text), |(stamp, rest)| (Some(stamp), rest));
    let (before, said) = text.split_once(',')?;
    let said = said.trim_start();
    let name = said.starts_with(['"', '“', '„', '«', '\'', '‘']).then(|| label(before)).flatten()?;
    Some(Head { label: name_of(&name)?, sign: Sign::Colon, stamp, rest: said.to_owned(), is_stamped_before: stamp.is_some() })
}
