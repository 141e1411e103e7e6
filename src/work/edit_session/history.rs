//! The steps that can be taken back and done again.

use crate::conference::Edit;

/// The next step of each kind is the last.
#[derive(Debug, Default)]
pub(super) struct History {
    undo: Vec<Edit>,
    redo: Vec<Edit>,
    changes: u64,
}

impl History {
    /// A new step, by what takes it back; what was taken back before is gone.
    pub fn push(&mut self, inverse: Edit) {
        self.undo.push(inverse);
        self.redo.clear();
        self.changes += 1;
    }

    /// One more letter of the step that was pushed last.
    pub fn extend_last(&mut self) {
        self.redo.clear();
    }

    /// The edit that takes the last step back, or (`forward`) does the next one again; what it is undone by goes to [`History::stepped`].
    pub fn pop(&mut self, forward: bool) -> Option<Edit> {
        if forward { self.redo.pop() } else { self.undo.pop() }
    }

    /// The step that was popped was made.
    pub fn stepped(&mut self, forward: bool, inverse: Edit) {
        if forward {
            self.undo.push(inverse)
        } else {
            self.redo.push(inverse)
        }
        self.changes += 1;
    }

    /// Another number after each change, be it one taken back.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether one can be taken back.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether one can be done again.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// The talk is another. What would take back a correction of the old words, or names for the old voices, has nothing to stand on any more; nor has what
    /// lies below it.
    pub fn forget_talk(&mut self) {
        for steps in [&mut self.undo, &mut self.redo] {
            let from = steps.iter().rposition(is_about_talk).map_or(0, |last| last + 1);
            steps.drain(..from);
        }
    }
}

/// Whether an edit concerns words, speakers or voices: what a new transcription makes anew.
pub(super) fn is_about_talk(edit: &Edit) -> bool {
    matches!(edit, Edit::Correct(_) | Edit::Roles(..) | Edit::Voices(_))
}
