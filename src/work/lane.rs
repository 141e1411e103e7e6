//! The one loop all lanes run in. A lane says what it does with a task; that a panic, a stop, the end of the program or a library that could not be
//! opened the first time ends only one task is said here, once.

use super::context::LaneContext;
use super::queue::{CancelToken, Next, Queue, Task};
use crate::error::Result;
use std::sync::Arc;
use std::time::Instant;

/// One kind of background work: a thread with a queue.
pub(crate) trait Lane: Sized {
    /// Of the thread.
    const NAME: &'static str;
    /// Whether its tasks work with what the library holds for minutes: they are waited for, or stopped, by whoever needs the library to themselves.
    const HOLDS_LIBRARY: bool;
    /// What it does with one call.
    type Task: Task;

    /// Whether a task is given up when the program ends, because it can be done again or nobody is there for it; all others are still done.
    fn is_given_up(name: &<Self::Task as Task>::Name) -> bool;

    /// Opens what it needs. When that fails it is tried again with the next task.
    ///
    /// # Errors
    /// As what it opens.
    fn open(context: &LaneContext, queue: &Arc<Queue<Self::Task>>) -> Result<Self>;

    /// Does one task; asks `token` between small steps when it takes long.
    ///
    /// # Errors
    /// Told to the window, unless it was stopped.
    fn work(&mut self, context: &LaneContext, task: Self::Task, token: &CancelToken) -> Result<()>;

    /// When it wishes to be woken though nothing is asked.
    fn moment(&self) -> Option<Instant> {
        None
    }

    /// It is that moment.
    ///
    /// # Errors
    /// Told to the window.
    fn at_moment(&mut self, _context: &LaneContext) -> Result<()> {
        Ok(())
    }

    /// The last thing it does.
    ///
    /// # Errors
    /// Told to the window, if there still is one.
    fn end(self, _context: &LaneContext) -> Result<()> {
        Ok(())
    }
}

/// Runs a lane until its queue is closed.
pub(crate) fn run<L: Lane>(context: &LaneContext, queue: &Arc<Queue<L::Task>>) {
    let mut lane: Option<L> = None;
    context.run_guarded(None, || {
        lane = Some(L::open(context, queue)?);
        Ok(())
    });
    loop {
        match queue.next(lane.as_ref().and_then(L::moment)) {
            Next::Closed => break,
            Next::Moment => context.run_guarded(None, || lane.as_mut().map_or(Ok(()), |lane| lane.at_moment(context))),
            Next::Task(task, token) => context.run_asked(task.conference(), task.asked(), || {
                let _ending = queue.ending();
                let lane = match &mut lane {
                    Some(lane) => lane,
                    closed => closed.insert(L::open(context, queue)?),
                };
                let _held = L::HOLDS_LIBRARY.then(|| context.library_in_use.enter());
                lane.work(context, task, &token)
            }),
        }
    }
    if let Some(lane) = lane {
        context.run_guarded(None, || lane.end(context));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};
    use crate::settings::Folders;
    use crate::work::context::{Progress, of_one_lane};
    use crate::work::messages::Event;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, sync_channel};

    enum Step {
        /// Says so.
        Say(u8),
        Panic(Progress),
        /// Says that it runs, and runs until it is stopped.
        Run(u8, Progress, std::sync::mpsc::SyncSender<()>),
    }

    impl Task for Step {
        type Name = u8;

        fn name(&self) -> u8 {
            match self {
                Self::Say(number) | Self::Run(number, ..) => *number,
                Self::Panic(_) => 0,
            }
        }
    }

    static OPENED: AtomicUsize = AtomicUsize::new(0);

    /// A lane whose library cannot be opened the first time.
    struct Second;

    impl Lane for Second {
        const NAME: &'static str = "second";
        const HOLDS_LIBRARY: bool = true;
        type Task = Step;

        fn is_given_up(name: &u8) -> bool {
            *name >= 100
        }

        fn open(_: &LaneContext, _: &Arc<Queue<Step>>) -> Result<Self> {
            match OPENED.fetch_add(1, Ordering::Relaxed) {
                0 => Err(Error::bare(ErrorKind::LibraryUnreadable, "opening the library")),
                _ => Ok(Self),
            }
        }

        fn work(&mut self, context: &LaneContext, task: Step, token: &CancelToken) -> Result<()> {
            match task {
                Step::Say(number) => context.emit(Event::Notice(number.to_string())),
                Step::Panic(_progress) => panic!("of the test"),
                Step::Run(_, _progress, runs) => {
                    runs.send(()).ok();
                    loop {
                        token.check("running")?;
                        std::thread::yield_now();
                    }
                }
            }
            Ok(())
        }
    }

    /// All that was said, in short.
    fn said(heard: &Receiver<Event>) -> Vec<String> {
        let short = |event| match event {
            Event::Notice(text) => text,
            Event::Sharing(number) => format!("end of {number}"),
            Event::Failed(problem) => format!("{:?}", problem.kind),
            other => format!("{other:?}"),
        };
        heard.try_iter().map(short).collect()
    }

    #[test]
    fn a_failed_opening_a_panic_a_stop_and_the_end_each_concern_one_task() {
        let (context, heard) = of_one_lane(&Folders::find(Some("nowhere".into())));
        let queue = Arc::new(Queue::default());
        let ends = |number: f32| context.progress(Event::Sharing(number));
        queue.push(Step::Say(1));
        queue.push(Step::Panic(ends(2.0)));
        queue.push(Step::Say(3));
        let (runs, running) = sync_channel(1);
        queue.push(Step::Run(4, ends(4.0), runs));
        queue.push(Step::Run(5, ends(5.0), sync_channel(1).0));
        queue.push(Step::Say(6));
        std::thread::scope(|scope| {
            scope.spawn(|| run::<Second>(&context, &queue));
            running.recv().unwrap();
            // Before the one that runs is stopped, one that waits; a stop for what is not there stops nothing that comes later.
            queue.cancel(|name| *name == 5);
            queue.cancel(|name| *name == 7);
            queue.push(Step::Say(7));
            let (runs, running) = sync_channel(1);
            queue.push(Step::Run(100, ends(100.0), runs));
            queue.push(Step::Say(8));
            queue.push(Step::Say(101));
            assert!(queue.has(|name| *name == 4), "it runs");
            queue.cancel(|name| *name == 4);
            running.recv().unwrap();
            queue.close(Second::is_given_up);
            queue.push(Step::Run(9, ends(9.0), sync_channel(1).0));
        });
        // The first opening fails, and is said; the task after it has its lane.
        let expected = ["LibraryUnreadable", "1", "end of 2", "Bug", "3", "end of 5", "end of 4", "6", "7", "end of 9", "end of 100", "8"];
        let mut said = said(&heard);
        // These two are said on two threads.
        said.sort_by_key(|word| expected.iter().position(|other| other == word));
        assert_eq!(said, expected);
    }

    /// As "Try again", pressed as soon as it is there.
    #[test]
    fn what_is_asked_for_anew_as_soon_as_it_is_said_that_it_failed_is_done_anew() {
        let (context, heard) = of_one_lane(&Folders::find(Some("nowhere".into())));
        let queue = Arc::new(Queue::default());
        std::thread::scope(|scope| {
            scope.spawn(|| run::<Second>(&context, &queue));
            for _ in 0..200 {
                queue.push(Step::Panic(context.progress(Event::Sharing(1.0))));
                while !matches!(heard.recv().unwrap(), Event::Failed(problem) if problem.kind == ErrorKind::Bug) {}
                assert!(!queue.has(|name| *name == 0));
            }
            queue.close(|_| true);
        });
    }

    #[test]
    fn what_is_asked_for_anew_while_it_is_being_stopped_is_done_anew() {
        let queue = Queue::default();
        let (context, _heard) = of_one_lane(&Folders::find(Some("nowhere".into())));
        queue.push(Step::Panic(context.progress(Event::LookingOnly)));
        let Next::Task(task, token) = queue.next(None) else { panic!("there is one") };
        assert!(queue.has(|name| *name == 0));
        queue.cancel(|name| *name == 0);
        assert!(token.is_cancelled() && !queue.has(|name| *name == 0));
        drop(task);
    }
}
