//! A number for each question, so that a late answer is known as one.

use std::sync::atomic::{AtomicU64, Ordering};

/// Numbers a question, so that a late answer can be dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Ticket(pub u64);

impl Ticket {
    /// One that no other question has had: a screen that is opened anew is not taken for the one before it.
    #[must_use]
    pub fn fresh() -> Self {
        static LAST: AtomicU64 = AtomicU64::new(0);
        Self(LAST.fetch_add(1, Ordering::Relaxed) + 1)
    }
}
