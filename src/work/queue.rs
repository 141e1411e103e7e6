//! What waits for a lane, and how one of it is stopped and no other.
//!
//! Each task has a token of its own. Stopping is done by whoever asks for it, at once and without waking the lane: a task that runs finds its token
//! cancelled at its next check, one that waits is taken out. Nothing here outlives the task it was said of, so a stop that comes too late stops nothing.

use super::commands::Command;
use crate::conference::ConferenceId;
use crate::error::{Error, ErrorKind, Result};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Stops one task and no other.
#[derive(Debug, Clone, Default)]
pub(crate) struct CancelToken(Arc<AtomicBool>);

impl CancelToken {
    /// From now on `check` is an error.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it is to stop.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Called between small steps.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`] once it is to stop.
    pub fn check(&self, doing: &'static str) -> Result<()> {
        if self.is_cancelled() { Err(Error::bare(ErrorKind::Cancelled, doing)) } else { Ok(()) }
    }
}

/// What a lane does with one call. It holds what says that it has ended, so that dropping it, wherever that happens, ends what the window shows of it.
pub(crate) trait Task: Send + 'static {
    /// By which it can be stopped while it waits or runs.
    type Name: PartialEq + Clone + Send + std::fmt::Debug;

    /// What it is called.
    fn name(&self) -> Self::Name;

    /// What was asked for, so that a failure can say it and offer it again; none where nobody asked in so many words.
    fn asked(&self) -> Option<Command> {
        None
    }

    /// The conference it is about: a failure names it.
    fn conference(&self) -> Option<ConferenceId> {
        None
    }
}

/// What the lane is to do next.
pub(crate) enum Next<T> {
    Task(T, CancelToken),
    /// The moment it wished to be woken at.
    Moment,
    /// Nothing more comes.
    Closed,
}

/// Tasks in order. One lane takes from it, anybody puts into it.
pub(crate) struct Queue<T: Task> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

type Waiting<T> = VecDeque<(T, CancelToken)>;

struct State<T: Task> {
    waiting: Waiting<T>,
    running: Option<(T::Name, CancelToken)>,
    is_closed: bool,
}

/// See [`Queue::ending`].
pub(crate) struct Ending<'a, T: Task>(&'a Queue<T>);

impl<T: Task> Drop for Ending<'_, T> {
    fn drop(&mut self) {
        self.0.state().running = None;
    }
}

impl<T: Task> Default for Queue<T> {
    fn default() -> Self {
        Self { state: Mutex::new(State { waiting: VecDeque::new(), running: None, is_closed: false }), changed: Condvar::new() }
    }
}

impl<T: Task> Queue<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds one at the end. After the queue was closed it is dropped, as its lane is about to end.
    pub fn push(&self, task: T) {
        self.add(task, VecDeque::push_back);
    }

    /// Adds one before all that wait.
    pub fn push_first(&self, task: T) {
        self.add(task, VecDeque::push_front);
    }

    fn add(&self, task: T, put: fn(&mut Waiting<T>, (T, CancelToken))) {
        let mut state = self.state();
        if state.is_closed {
            tracing::warn!("too late, the lane is ending: {:?}", task.name());
            drop(state);
            // Outside the lock: what it says of its end may ask something of this very lane.
            return drop(task);
        }
        put(&mut state.waiting, (task, CancelToken::default()));
        drop(state);
        self.changed.notify_one();
    }

    /// Stops the one that runs, if it is meant, and takes out those that wait and are meant.
    pub fn cancel(&self, is_meant: impl Fn(&T::Name) -> bool) {
        self.cancel_named(is_meant);
    }

    /// As [`Queue::cancel`]: what they are called that were stopped by this, in order.
    pub fn cancel_named(&self, is_meant: impl Fn(&T::Name) -> bool) -> Vec<T::Name> {
        let mut state = self.state();
        let mut stopped = Vec::new();
        if let Some((name, token)) = state.running.as_ref().filter(|(name, token)| is_meant(name) && !token.is_cancelled()) {
            token.cancel();
            stopped.push(name.clone());
        }
        let (out, stay): (Waiting<T>, Waiting<T>) = std::mem::take(&mut state.waiting).into_iter().partition(|(task, _)| is_meant(&task.name()));
        state.waiting = stay;
        drop(state);
        // Outside the lock, as above.
        stopped.extend(out.into_iter().map(|(task, _)| task.name()));
        stopped
    }

    /// Stops only the one that runs, if it is meant.
    pub fn cancel_running(&self, is_meant: impl Fn(&T::Name) -> bool) {
        if let Some((_, token)) = self.state().running.as_ref().filter(|(name, _)| is_meant(name)) {
            token.cancel();
        }
    }

    /// Whether one of this name waits or runs. One that runs but was told to stop does not count: whoever asks anew wants it done anew.
    pub fn has(&self, is_meant: impl Fn(&T::Name) -> bool) -> bool {
        let state = self.state();
        let runs = state.running.as_ref().is_some_and(|(name, token)| is_meant(name) && !token.is_cancelled());
        runs || state.waiting.iter().any(|(task, _)| is_meant(&task.name()))
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.state().waiting.len()
    }

    /// Nothing more is taken in; of what waits or runs, what is meant is stopped, and the rest is still done.
    pub fn close(&self, is_stopped: impl Fn(&T::Name) -> bool) {
        self.state().is_closed = true;
        self.cancel(is_stopped);
        self.changed.notify_all();
    }

    /// For the lane: dropped, the one that runs has ended. Before anything is said of how it ended: whoever then asks for the same wants it done anew.
    pub fn ending(&self) -> Ending<'_, T> {
        Ending(self)
    }

    /// For the lane: the next task, waited for until `moment` at most. The one before it has ended.
    pub fn next(&self, moment: Option<Instant>) -> Next<T> {
        let mut state = self.state();
        state.running = None;
        loop {
            if let Some((task, token)) = state.waiting.pop_front() {
                state.running = Some((task.name(), token.clone()));
                return Next::Task(task, token);
            }
            if state.is_closed {
                return Next::Closed;
            }
            state = match moment.map(|moment| moment.saturating_duration_since(Instant::now())) {
                Some(left) if left.is_zero() => return Next::Moment,
                Some(left) => self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}
