//! The turn that is open for typing: its words as they are typed, as the record has them, and as they are on the disk.

use crate::conference::{TurnKey, tidy};
use std::time::{Duration, Instant};

/// Half-written words of the open turn are on the disk this soon.
pub(super) const DRAFT_WITHIN: Duration = Duration::from_millis(450);

/// The turn that is open for typing.
#[derive(Debug)]
pub struct OpenTurn {
    pub(super) key: TurnKey,
    /// Its words as they are being typed.
    pub text: String,
    /// As the record has them.
    pub(super) before: String,
    /// What of the text is on the disk, and since when some of it is not.
    pub(super) on_disk: String,
    since: Option<Instant>,
    /// Counts what was opened: two openings never share what an editor remembers.
    opening: u64,
}

impl OpenTurn {
    pub(super) fn new(key: TurnKey, text: String, opening: u64) -> Self {
        Self { key, before: text.clone(), on_disk: text.clone(), text, since: None, opening }
    }

    /// A number no other opening in this session has.
    #[must_use]
    pub fn opening(&self) -> u64 {
        self.opening
    }

    /// Whether something was typed since it was opened or last kept.
    pub(super) fn has_typed(&self) -> bool {
        tidy(&self.text) != tidy(&self.before)
    }

    /// How long until its half-written words are due on the disk.
    pub(super) fn due_in(&self, now: Instant) -> Option<Duration> {
        self.since.map(|since| DRAFT_WITHIN.saturating_sub(now.saturating_duration_since(since)))
    }

    /// Its half-written words, when they are due on the disk, or all are.
    pub(super) fn take_draft(&mut self, now: Instant, all: bool) -> Option<String> {
        if self.text == self.on_disk {
            self.since = None;
            return None;
        }
        let since = *self.since.get_or_insert(now);
        if !all && now.saturating_duration_since(since) < DRAFT_WITHIN {
            return None;
        }
        self.since = None;
        self.on_disk.clone_from(&self.text);
        Some(self.text.clone())
    }
}
