//! One step back or forward, and what it was, in words.

use super::ConferenceScreen;
use crate::conference::ConferenceData;
use std::sync::Arc;

impl ConferenceScreen {
    /// Takes back what was done last, or does it again; says what that was. None when there is nothing.
    pub fn step_back(&mut self, forward: bool) -> Option<String> {
        let can = if forward { self.session.can_redo() } else { self.session.can_undo() };
        if !can {
            return None;
        }
        let before = Arc::clone(self.session.record());
        if forward {
            self.session.redo()
        } else {
            self.session.undo()
        }
        let what = what_changed(before.data(), self.session.record().data());
        Some(if forward { format!("Done again: {what}") } else { format!("Undone: {what}") })
    }
}

fn what_changed(before: &ConferenceData, after: &ConferenceData) -> &'static str {
    let ratings = |data: &ConferenceData| data.reflection.answers.iter().map(|answer| answer.rating).collect::<Vec<_>>();
    let (old, new) = (&before.corrections, &after.corrections);
    if ratings(before) != ratings(after) {
        "a rating"
    } else if before.reflection != after.reflection {
        "a note"
    } else if before.marks != after.marks {
        "a mark"
    } else if before.title != after.title {
        "the title"
    } else if before.participants != after.participants {
        "who it was with"
    } else if before.voices.roles != after.voices.roles {
        "whose voices they are"
    } else if old.phases != new.phases {
        "a phase"
    } else if old.speakers != new.speakers {
        "who speaks"
    } else if old.cut_off != new.cut_off {
        "what was cut off"
    } else if old.guess != new.guess {
        "your guess"
    } else if old.uncovered != new.uncovered {
        "what was covered"
    } else if old.waits != new.waits {
        "which pauses were waits"
    } else if old != new {
        "a correction"
    } else {
        "the last change"
    }
}
