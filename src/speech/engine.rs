//! The program's side of the speech engine: a [`Transcriber`] whose work is done by a child process.
//!
//! It never waits for ever. A child that dies, hangs or answers nonsense is ended, and what it was doing is tried once more with a fresh one,
//! one chunk at a time, so that a chunk which no engine can do takes no other with it. To stop means to end the child.

use super::engine_child::{Reply, Request, read_reply};
use super::engine_messages::{VERSION, write_message};
use super::whisper::{ChunkTranscript, Search, Transcriber};
use crate::error::{Error, ErrorKind, Result};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// A [`Transcriber`] in a child process, which is ended when this is dropped.
#[derive(Debug)]
pub struct Engine {
    program: PathBuf,
    model: PathBuf,
    workers: usize,
    niceness: i32,
    patience: Duration,
    running: Option<EngineProcess>,
    asked: u64,
    jobs: VecDeque<Job>,
    /// Children in a row that ended before they had loaded the model.
    failed_starts: usize,
}

#[derive(Debug)]
struct EngineProcess {
    child: Child,
    requests: SyncSender<(Request, Vec<f32>)>,
    replies: Receiver<std::io::Result<Option<Reply>>>,
    /// Since when it loads the model; none once it has.
    loading: Option<Instant>,
}

/// A chunk that was asked for and has no answer yet.
#[derive(Debug)]
struct Job {
    id: u64,
    chunk: Vec<f32>,
    language: String,
    search: Search,
    /// Engines that did not get through it.
    failed: usize,
    sent: Option<Instant>,
}

/// After so many engines a chunk, or the start, is given up.
const TRIES: usize = 2;
/// A child whose output has ended is gone within this.
#[cfg(unix)]
const LAST_BREATH: Duration = Duration::from_millis(100);

/// How far the transcription of a recording stands behind other programs, 0 to 19. With both of two cores kept busy by others it still gets a quarter
/// of them, which is enough to keep pace; at 10 it gets a tenth, and falls behind.
pub const BACKGROUND_NICE: i32 = 5;

/// The running program itself, even when an update has put another file in its place.
fn this_program() -> Result<PathBuf> {
    let running = Path::new("/proc/self/exe");
    let program = if running.exists() { Ok(running.to_path_buf()) } else { std::env::current_exe() };
    program.map_err(|err| Error::new(ErrorKind::EngineFailed, "looking for the speech engine", err))
}

/// What went wrong with a start that is not worth another try.
enum EngineFailure {
    /// This child is of no more use; another may be.
    Broken(&'static str),
    /// Another child would say the same.
    Final(Error),
}

impl Engine {
    /// Starts the child, with so many chunks worked on at once, and loads the model.
    ///
    /// # Errors
    /// What the child says of the model (`ModelMissing`, `ModelDamaged`, `NotAModel`, `FileUnreadable`), `OtherProcessor`, or `EngineFailed`
    /// when it does not start.
    pub fn start(model: &Path, workers: usize) -> Result<Self> {
        Self::launch(&this_program()?, model, workers, patience(model), 0)
    }

    /// As [`Engine::start`], behind all other programs: while something is recorded. With the computer busy it then gets a quarter of it; otherwise all.
    ///
    /// # Errors
    /// As [`Engine::start`].
    pub fn start_background(model: &Path, workers: usize) -> Result<Self> {
        Self::launch(&this_program()?, model, workers, patience(model), BACKGROUND_NICE)
    }

    /// As [`Engine::start`], with another program and another patience for one chunk (for tests).
    ///
    /// # Errors
    /// As [`Engine::start`].
    pub fn start_program(program: &Path, model: &Path, workers: usize, patience: Duration) -> Result<Self> {
        Self::launch(program, model, workers, patience, 0)
    }

    fn launch(program: &Path, model: &Path, workers: usize, patience: Duration, niceness: i32) -> Result<Self> {
        let mut engine = Self {
            program: program.into(),
            model: model.into(),
            workers: workers.max(1),
            niceness,
            patience,
            running: None,
            asked: 0,
            jobs: VecDeque::new(),
            failed_starts: 0,
        };
        let started = engine.spawn().and_then(|()| {
            loop {
                if let Some(answer) = engine.receive(patience) {
                    break answer.map(drop);
                }
                if engine.running.as_ref().is_some_and(|running| running.loading.is_none()) {
                    break Ok(());
                }
            }
        });
        match started {
            Ok(()) => Ok(engine),
            Err(EngineFailure::Final(err)) => Err(err),
            Err(EngineFailure::Broken(cause)) => Err(Error::new(ErrorKind::EngineFailed, "starting the speech engine", cause)),
        }
    }

    /// The process doing the work, while it runs.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.child.id())
    }

    fn spawn(&mut self) -> Result<(), EngineFailure> {
        if self.running.is_none() {
            let running = EngineProcess::spawn(&self.program, self.workers).map_err(EngineFailure::Final)?;
            let file_bytes = std::fs::metadata(&self.model).map_or(0, |about| about.len());
            // The file once as read and once as loaded, working space that grows with the model, and room for the program itself and
            // for the stacks and arenas of its threads, which count although nobody uses them. Three workers with base were seen to take 3.1 GB of it.
            let workers = self.workers as u64;
            let memory_bytes = file_bytes.saturating_mul(3 + workers).saturating_add(2_000_000_000 + workers * 1_000_000_000);
            limit_memory(&running.child, memory_bytes);
            let load = Request::Load { version: VERSION, model: self.model.clone(), workers: self.workers, memory_bytes, niceness: self.niceness };
            // A child that has ended already is noticed by its silence.
            running.requests.try_send((load, Vec::new())).ok();
            self.running = Some(running);
        }
        Ok(())
    }

    /// Hands over what waits. A chunk that an engine did not get through goes alone.
    fn send_waiting(&mut self) {
        let Some(running) = &self.running else { return };
        let (mut busy, mut alone) = (0, false);
        for job in self.jobs.iter().filter(|job| job.sent.is_some()) {
            busy += 1;
            alone |= job.failed > 0;
        }
        for job in self.jobs.iter_mut().filter(|job| job.sent.is_none()) {
            if busy >= self.workers || alone || (job.failed > 0 && busy > 0) {
                return;
            }
            let request = Request::Transcribe { id: job.id, language: job.language.clone(), search: job.search };
            if running.requests.try_send((request, job.chunk.clone())).is_err() {
                return;
            }
            job.sent = Some(Instant::now());
            busy += 1;
            alone = job.failed > 0;
        }
    }

    /// The next thing the child says, waiting at most so long; none when it said nothing, or nothing of a chunk.
    fn receive(&mut self, wait: Duration) -> Option<Result<(u64, Result<ChunkTranscript>), EngineFailure>> {
        let running = self.running.as_mut()?;
        let since = running.loading.into_iter().chain(self.jobs.iter().filter_map(|job| job.sent)).min();
        let left = since.map_or(wait, |since| wait.min((since + self.patience).saturating_duration_since(Instant::now())));
        match running.replies.recv_timeout(left) {
            Ok(Ok(Some(Reply::Ready { version: VERSION }))) if running.loading.is_some() => {
                running.loading = None;
                self.failed_starts = 0;
                // They have waited for the model, not for an answer.
                self.jobs.iter_mut().filter(|job| job.sent.is_some()).for_each(|job| job.sent = Some(Instant::now()));
                None
            }
            Ok(Ok(Some(Reply::Transcribed { id, transcript }))) => Some(Ok((id, Ok(transcript)))),
            Ok(Ok(Some(Reply::Refused { id, why, cause }))) if why.kind() != ErrorKind::EngineFailed => {
                let err = Error::new(why.kind(), "transcribing", cause);
                // The first message is the model's, and has no number.
                Some(if id == 0 { Err(EngineFailure::Final(err)) } else { Ok((id, Err(err))) })
            }
            Ok(Ok(Some(Reply::Refused { .. }))) => Some(Err(EngineFailure::Broken("it could not do a chunk"))),
            Ok(Ok(Some(Reply::Ready { .. }))) => Some(Err(EngineFailure::Broken("it did not begin as a speech engine does"))),
            Ok(Err(err)) => {
                tracing::debug!("the speech engine's answer could not be read: {err}");
                Some(Err(EngineFailure::Broken("its answer could not be read")))
            }
            Ok(Ok(None)) | Err(RecvTimeoutError::Disconnected) => Some(Err(running.ended())),
            Err(RecvTimeoutError::Timeout) if since.is_some_and(|since| since.elapsed() >= self.patience) => {
                Some(Err(EngineFailure::Broken("it took too long")))
            }
            Err(RecvTimeoutError::Timeout) => None,
        }
    }

    /// Ends the child; what it was doing waits for another, or has failed: then that is the answer.
    fn broken(&mut self, cause: &'static str) -> Option<(u64, Result<ChunkTranscript>)> {
        tracing::warn!("the speech engine has to be started anew: {cause}");
        let was_loading = self.running.take().is_some_and(|running| running.loading.is_some());
        if was_loading {
            self.failed_starts += 1;
        }
        for job in &mut self.jobs {
            job.failed += usize::from(job.sent.take().is_some() && !was_loading);
        }
        let gives_up = if self.failed_starts >= TRIES { self.jobs.front() } else { self.jobs.iter().find(|job| job.failed >= TRIES) };
        let id = gives_up?.id;
        self.failed_starts = 0;
        Some((id, Err(Error::new(ErrorKind::EngineFailed, "transcribing a chunk", cause))))
    }
}

impl Transcriber for Engine {
    fn room(&self) -> usize {
        self.workers.saturating_sub(self.jobs.len())
    }

    fn submit(&mut self, chunk: Vec<f32>, language: &str, search: Search) -> u64 {
        self.asked += 1;
        self.jobs.push_back(Job { id: self.asked, chunk, language: language.into(), search, failed: 0, sent: None });
        self.send_waiting();
        self.asked
    }

    fn next(&mut self, wait: Duration) -> Option<(u64, Result<ChunkTranscript>)> {
        let until = Instant::now() + wait;
        while !self.jobs.is_empty() {
            let answer = match self.spawn() {
                Ok(()) => {
                    self.send_waiting();
                    self.receive(until.saturating_duration_since(Instant::now()))
                }
                Err(trouble) => Some(Err(trouble)),
            };
            let answer = match answer {
                // An answer to what was not asked is no engine's.
                Some(Ok((id, answer))) if self.jobs.iter().any(|job| job.id == id && job.sent.is_some()) => Some((id, answer)),
                Some(Ok(_)) => self.broken("it answered something that was not asked"),
                Some(Err(EngineFailure::Broken(cause))) => self.broken(cause),
                Some(Err(EngineFailure::Final(err))) => {
                    self.running = None;
                    self.jobs.front().map(|job| (job.id, Err(err)))
                }
                None if Instant::now() >= until => return None,
                None => None,
            };
            if let Some((id, answer)) = answer {
                self.jobs.retain(|job| job.id != id);
                self.send_waiting();
                return Some((id, answer));
            }
        }
        None
    }
}

impl Drop for EngineProcess {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.child.kill().ok();
        match self.child.wait() {
            Ok(status) => tracing::debug!("the speech engine ended: {status}"),
            Err(err) => tracing::warn!("the speech engine could not be waited for: {err}"),
        }
    }
}

/// The child limits itself when it loads; one that has gone astray before that is limited all the same.
#[cfg(target_os = "linux")]
fn limit_memory(child: &Child, bytes: u64) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    if let Err(err) = prlimit(Some(Pid::from_child(child)), Resource::As, Rlimit { current: Some(bytes), maximum: Some(bytes) }) {
        tracing::debug!("the speech engine runs without a limit of memory: {err}");
    }
}

#[cfg(not(target_os = "linux"))]
fn limit_memory(_child: &Child, _bytes: u64) {}

/// How long one chunk may take: a crowded two-core computer was seen to need 166 s with base (80 MB) where an idle one needs 9.
fn patience(model: &Path) -> Duration {
    let megabytes = std::fs::metadata(model).map_or(100, |file| file.len() / 1_000_000);
    Duration::from_secs(180 + 3 * megabytes)
}

impl EngineProcess {
    /// What it means that the child says no more. One built with instructions that this processor lacks would end the same way again.
    fn ended(&mut self) -> EngineFailure {
        #[cfg(unix)]
        {
            use std::os::unix::process::ExitStatusExt as _;
            let until = Instant::now() + LAST_BREATH;
            while Instant::now() < until {
                match self.child.try_wait() {
                    Ok(Some(status)) if status.signal() == Some(rustix::process::Signal::ILL.as_raw()) => {
                        return EngineFailure::Final(Error::new(ErrorKind::OtherProcessor, "transcribing", "it ended by an illegal instruction"));
                    }
                    Ok(None) => std::thread::sleep(Duration::from_millis(2)),
                    Ok(Some(_)) | Err(_) => break,
                }
            }
        }
        EngineFailure::Broken("it ended")
    }

    fn spawn(program: &Path, workers: usize) -> Result<Self> {
        let failed = |err| Error::new(ErrorKind::EngineFailed, "starting the speech engine", err);
        let mut command = Command::new(program);
        // Of an abort it would start a debugger for each thread, and they would wait for one another.
        command.arg("speech-engine").env("GGML_NO_BACKTRACE", "1").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(failed)?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
            return Err(Error::bare(ErrorKind::Bug, "starting the speech engine"));
        };
        // A place for each chunk that can be under way, and one for the model.
        let (requests, asked) = sync_channel(workers + 1);
        let (answered, replies) = sync_channel(workers + 1);
        let thread = |name: &str| std::thread::Builder::new().name(name.into());
        // Threads of their own, because either direction may block; they end with the child or with the engine that owns it.
        let ask = thread("speech-engine requests").spawn(move || send(stdin, &asked));
        let answer = thread("engine answers").spawn(move || receive(stdout, &answered));
        let log = thread("speech-engine log").spawn(move || {
            // The last words of an abort; whisper.cpp's own log never holds what was said.
            for line in BufReader::new(stderr).lines().map_while(std::io::Result::ok) {
                tracing::debug!("speech engine: {line}");
            }
        });
        let running = Self { child, requests, replies, loading: Some(Instant::now()) };
        for started in [ask, answer, log] {
            started.map_err(failed)?;
        }
        Ok(running)
    }
}

fn send(mut stdin: ChildStdin, asked: &Receiver<(Request, Vec<f32>)>) {
    while let Ok((request, samples)) = asked.recv() {
        if let Err(err) = write_message(&mut stdin, &request, &samples) {
            // Whoever waits for the answer hears that the child has ended.
            return tracing::debug!("the speech engine did not take a request: {err}");
        }
    }
}

fn receive(mut stdout: ChildStdout, answered: &SyncSender<std::io::Result<Option<Reply>>>) {
    loop {
        let reply = read_reply(&mut stdout);
        let is_over = !matches!(reply, Ok(Some(_)));
        if answered.send(reply).is_err() || is_over {
            return;
        }
    }
}
