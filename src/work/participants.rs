//! With whom a conference is.

use crate::conference::StudentId;

/// With whom a conference is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct With {
    /// The students who are known, in the order in which they were chosen; none = choose later.
    pub participants: Vec<StudentId>,
    /// Students at the table; 1 is one-to-one.
    pub students: u8,
}

impl With {
    /// One-to-one.
    #[must_use]
    pub fn one(student: Option<StudentId>) -> Self {
        Self { participants: student.into_iter().collect(), students: 1 }
    }

    /// Students at the table: never fewer than are known, and never none.
    #[must_use]
    pub fn at_the_table(&self) -> u8 {
        u8::try_from(self.participants.len()).unwrap_or(u8::MAX).max(self.students).max(1)
    }
}
