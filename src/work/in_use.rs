//! Who works with the library's conferences right now, so that somebody who has to have it to themselves (going back to a backup, deleting for good)
//! waits for the others or stops them: what was begun with one library is never saved under another.

use crate::error::{Error, ErrorKind, Result};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Who works with the library.
#[derive(Default)]
pub(crate) struct LibraryInUse {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    at_work: usize,
    /// Somebody has it to themselves, or waits for it.
    is_taken: bool,
}

/// Held while a task works with the library.
pub(crate) struct LibraryUse<'a>(&'a LibraryInUse);

/// Held while nobody else works with the library.
pub(crate) struct ExclusiveUse<'a>(&'a LibraryInUse);

impl LibraryInUse {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Before a task begins; waits while somebody has the library to themselves.
    pub fn enter(&self) -> LibraryUse<'_> {
        let mut state = self.state();
        while state.is_taken {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.at_work += 1;
        LibraryUse(self)
    }

    /// Has the library to itself once all tasks have ended. From the first moment none begins; then `stop` is called, to stop those that need not be
    /// waited for.
    ///
    /// # Errors
    /// [`ErrorKind::WorkInProgress`] when they have not ended after `patience`, or somebody else has it to themselves.
    pub fn alone(&self, patience: Duration, stop: impl FnOnce()) -> Result<ExclusiveUse<'_>> {
        let busy = || Error::bare(ErrorKind::WorkInProgress, "waiting for the work in progress");
        let end = Instant::now() + patience;
        if std::mem::replace(&mut self.state().is_taken, true) {
            return Err(busy());
        }
        let alone = ExclusiveUse(self);
        stop();
        let mut state = self.state();
        while state.at_work > 0 {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                // Outside the lock: giving it up takes the lock itself.
                drop(state);
                drop(alone);
                return Err(busy());
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        drop(state);
        Ok(alone)
    }
}

impl Drop for LibraryUse<'_> {
    fn drop(&mut self) {
        self.0.state().at_work -= 1;
        self.0.changed.notify_all();
    }
}

impl Drop for ExclusiveUse<'_> {
    fn drop(&mut self) {
        self.0.state().is_taken = false;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    #[test]
    fn whoever_has_the_library_alone_has_waited_for_all_others_and_is_waited_for() {
        let library = LibraryInUse::default();
        let at_work = library.enter();
        let busy = library.alone(Duration::ZERO, || ()).map(drop);
        assert_eq!(busy.unwrap_err().kind, ErrorKind::WorkInProgress);
        let (stopped, told) = sync_channel(1);
        std::thread::scope(|scope| {
            let library = &library;
            scope.spawn(move || {
                told.recv().unwrap();
                drop(at_work);
            });
            let alone = library.alone(Duration::from_secs(60), || stopped.send(()).unwrap()).unwrap();
            let waits = scope.spawn(|| drop(library.enter()));
            assert!(library.alone(Duration::from_secs(60), || ()).is_err(), "one at a time");
            assert!(!waits.is_finished());
            drop(alone);
        });
        assert!(library.alone(Duration::ZERO, || ()).is_ok());
    }
}
