//! Pages whose labels say what somebody is and what they are called: two students of these names, not one "Student".

use super::labels::{Label, label};
use super::lines::{Head, Kind, Row, Sign};
use super::role_with_name::named_role;
use std::collections::{BTreeMap, BTreeSet};

/// How a page uses one role.
#[derive(Default)]
struct Role {
    /// Lines in which it stands alone.
    bare: usize,
    /// Lines in which a name stands with it.
    named: usize,
    /// Those of them that are nothing else: "S - Maya" may name who speaks, "S - Hello" is said.
    alone: usize,
    names: BTreeMap<String, Label>,
}

/// Puts names in the place of roles where the page names whoever has them. A name that stands with a role now and then, where the role mostly stands alone,
/// is said: "Teacher - Maya: your turn."
pub(super) fn name_roles(rows: &mut [Row]) {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for head in rows.iter().filter_map(heads).flatten().filter(|head| is_dashed_alone(head)) {
        *times.entry(head.label.key.clone()).or_default() += 1;
    }
    let mut roles: BTreeMap<String, Role> = BTreeMap::new();
    for heads in rows.iter().filter_map(heads) {
        let is_once = |head: &Head| is_dashed_alone(head) && times.get(&head.label.key).is_none_or(|&times| times < 2);
        let named = heads.iter().filter(|head| !is_once(head)).find_map(|head| Some((named_head(head)?, is_dashed_alone(head))));
        if let Some(((role, name), is_alone)) = named {
            let found = roles.entry(role).or_default();
            found.named += 1;
            found.alone += usize::from(is_alone);
            found.names.entry(name.key.clone()).or_insert(name);
        } else if let Some(bare) = heads.iter().find(|head| head.label.is_bare_role()) {
            roles.entry(bare.label.key.clone()).or_default().bare += 1;
        }
    }
    let is_meant = |role: &Role| {
        role.named >= role.bare && (role.alone == 0 || role.bare == 0) || role.names.values().any(|name| name.has_title()) && role.names.len() == 1
    };
    let meant: BTreeSet<&String> = roles.iter().filter(|(_, role)| role.named > 0 && is_meant(role)).map(|(key, _)| key).collect();
    if roles.values().all(|role| role.named == 0) {
        return;
    }
    for row in rows {
        let Kind::Words(heads) = &mut row.kind else { continue };
        let named: Option<String> = heads.iter().find_map(named_head).map(|(role, _)| role);
        match named {
            Some(role) if meant.contains(&role) => {
                // "Student - Maya: ...": the dash parts nothing that is said.
                heads.retain(|head| !(matches!(head.sign, Sign::Dash | Sign::Time) && head.label.key == role && head.label.note.is_empty()));
                for head in heads {
                    if let Some((_, name)) = named_head(head) {
                        head.label = name;
                    }
                }
            }
            Some(_) => heads.retain(|head| !head.label.note.is_empty() || named_head(head).is_none()),
            None => {
                for head in heads.iter_mut().filter(|head| meant.contains(&head.label.key) && head.label.is_bare_role()) {
                    let role = &roles[&head.label.key];
                    // Named once, it is the same person in every line.
                    if let (1, Some(name)) = (role.names.len(), role.names.values().next()) {
                        head.label = name.clone();
                    }
                }
            }
        }
    }
}

fn heads(row: &Row) -> Option<&Vec<Head>> {
    if let Kind::Words(heads) = &row.kind { Some(heads) } else { None }
}

/// A line that is a role, a dash and a word.
fn is_dashed_alone(head: &Head) -> bool {
    head.sign == Sign::Alone && head.label.note.is_empty() && named_head(head).is_some()
}

/// The key of the role, and who has it.
fn named_head(head: &Head) -> Option<(String, Label)> {
    let name = named_role(&head.label)?;
    Some((label(&name.note)?.key, name))
}
