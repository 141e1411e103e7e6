//! A label that says what somebody is and what they are called: `Student - Maya`, `Teacher (Ms. Lee)`, `S1 – Omar`.

use super::labels::{Label, is_remark, label};

/// What parts the role from the name.
const PARTED: [&str; 8] = [" - ", " – ", " — ", "–", "—", " / ", "/", ", "];

/// In brackets behind a role, and no name: `Teacher (Continued)`, `Student (ELL)`.
const NOT_NAMED: [&str; 12] =
    ["continued", "cont'd", "contd", "cont", "offscreen", "off screen", "aside", "online", "virtual", "zoom", "unknown", "another student"];

/// The name as the label, the role as its note, where a label says both.
pub(super) fn named_role(of: &Label) -> Option<Label> {
    if of.is_odd {
        return None;
    }
    let note = || label(&of.note).filter(|_| of.is_bare_role() && !of.note.contains(|c: char| c.is_ascii_digit()));
    if let Some(name) = note().filter(may_be_called) {
        return Some(Label { note: of.shown.clone(), ..name });
    }
    PARTED.iter().find_map(|sign| {
        let (before, behind) = of.shown.split_once(sign)?;
        let (before, behind) = (label(before)?, label(behind)?);
        let (role, name) = if before.is_bare_role() { (before, behind) } else { (behind, before) };
        // "Student, Maya" and "Student / Teacher": a comma, and two roles, part no name.
        (role.is_bare_role() && may_be_called(&name)).then_some(Label { note: role.shown, ..name })
    })
}

/// Whether somebody may be called so, and it does not say how something is said.
fn may_be_called(name: &Label) -> bool {
    let is_manner = || !name.has_first_name() && name.shown.split(' ').all(|word| word.ends_with("ly") || word.ends_with("ing"));
    let is_short_form =
        || name.shown.chars().count() <= 4 && name.shown.chars().filter(|c| c.is_alphabetic()).count() > 1 && !name.shown.contains(char::is_lowercase);
    name.note.is_empty()
        && (name.is_name() || name.has_first_name() || name.has_title())
        && !name.is_bare_role()
        && !name.is_said()
        && !name.is_head()
        && !name.says_nobody()
        && !is_remark(&name.shown)
        && !NOT_NAMED.contains(&name.key.as_str())
        && !is_manner()
        && !(is_short_form() && name.shown.is_ascii())
}
