//! With whom a conference is.

use crate::conference::{Participant, Student, StudentId};
use crate::error::Result;
use crate::library::Library;

/// With whom a conference is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Participants {
    /// The students who are known, in the order in which they were chosen; none = choose later.
    pub participants: Vec<StudentId>,
    /// Students at the table; 1 is one-to-one.
    pub students: u8,
}

impl Participants {
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

/// Who is known to be there when it begins. Alone, the student is the one voice; at a table nobody has said yet which voice is whose.
pub(super) fn participants(library: &Library, known: &[StudentId], students: u8) -> Result<Vec<Participant>> {
    Ok(known_students(library, known)?.into_iter().map(|student| Participant { student, voice: (students <= 1).then_some(1) }).collect())
}

/// Those of them who are still there.
pub(super) fn known_students(library: &Library, known: &[StudentId]) -> Result<Vec<Student>> {
    known.iter().filter_map(|student| library.student(*student).transpose()).collect()
}
