//! The class, each child with the last conference: who has waited longest comes first.

use super::app_state::AppState;
use super::dates;
use crate::conference::{ConferenceSummary, Student};

/// Due after three weeks without a conference.
const DUE_DAYS: i64 = 21;

/// A student with the last conference, if any.
pub(in crate::ui) struct Met<'a> {
    pub student: &'a Student,
    pub last: Option<&'a ConferenceSummary>,
    pub days: Option<i64>,
}

impl Met<'_> {
    pub fn is_due(&self) -> bool {
        self.days.is_none_or(|days| days >= DUE_DAYS)
    }

    pub fn ago(&self, now: i64) -> String {
        self.last.map_or("not yet".into(), |last| dates::ago(last.started_unix_ms, now))
    }
}

/// Everybody, longest not met first.
pub(in crate::ui) fn roster(state: &AppState) -> Vec<Met<'_>> {
    let mut roster: Vec<Met<'_>> = state
        .students
        .iter()
        .map(|student| {
            // Newest first, so the first is the last one.
            let last = state.conferences.iter().find(|one| one.is_with(student.id));
            let days = last.map(|last| dates::days_between(last.started_unix_ms, state.now_unix_ms));
            Met { student, last, days }
        })
        .collect();
    roster.sort_by_key(|met| std::cmp::Reverse(met.days.map_or(i64::MAX, |days| days)));
    roster
}
