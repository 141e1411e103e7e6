//! The program's side of the speech engine: a [`Transcriber`] whose work is done by a child process.
//!
//! It never waits for ever. A child that dies, hangs or answers nonsense is ended, and its window is tried once more with a fresh
//! one; then the window fails with `EngineFailed` and the next begins anew. To stop means to end the child.

use super::engine_child::{Reply, Request, read_reply};
use super::frames::{VERSION, write_frame};
use super::whisper::{Heard, Transcriber};
use crate::error::{Error, ErrorKind, Result};
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
    threads: usize,
    patience: Duration,
    running: Option<Running>,
    windows_asked: u64,
}

#[derive(Debug)]
struct Running {
    child: Child,
    requests: SyncSender<(Request, Vec<f32>)>,
    replies: Receiver<std::io::Result<Option<Reply>>>,
}

/// What went wrong with one attempt.
enum Trouble {
    /// This child is of no more use; another may be.
    Broken(&'static str),
    /// Another child would say the same.
    Final(Error),
}

/// How often a wait asks whether it is still wanted: a person notices from 100 ms on.
const WANTED_CHECK: Duration = Duration::from_millis(100);

impl Engine {
    /// Starts the child and loads the model.
    ///
    /// # Errors
    /// What the child says of the model (`ModelMissing`, `ModelDamaged`, `NotAModel`, `FileUnreadable`), or `EngineFailed` when it
    /// does not start.
    pub fn start(model: &Path, threads: usize) -> Result<Self> {
        // The running program itself, even when an update has put another file in its place.
        let running = Path::new("/proc/self/exe");
        let program = if running.exists() { Ok(running.to_path_buf()) } else { std::env::current_exe() };
        let program = program.map_err(|err| Error::new(ErrorKind::EngineFailed, "looking for the speech engine", err))?;
        Self::start_program(&program, model, threads, patience(model))
    }

    /// As [`Engine::start`], with another program and another patience for one window (for tests).
    ///
    /// # Errors
    /// As [`Engine::start`].
    pub fn start_program(program: &Path, model: &Path, threads: usize, patience: Duration) -> Result<Self> {
        let mut engine = Self { program: program.into(), model: model.into(), threads, patience, running: None, windows_asked: 0 };
        match engine.running(&mut || Ok(())) {
            Ok(_) => Ok(engine),
            Err(Trouble::Final(err)) => Err(err),
            Err(Trouble::Broken(cause)) => Err(Error::new(ErrorKind::EngineFailed, "starting the speech engine", cause)),
        }
    }

    /// The process doing the work, while it runs.
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.running.as_ref().map(|running| running.child.id())
    }

    fn running(&mut self, still_wanted: &mut dyn FnMut() -> Result<()>) -> Result<&mut Running, Trouble> {
        if self.running.is_none() {
            let mut running = Running::spawn(&self.program).map_err(Trouble::Final)?;
            let file_bytes = std::fs::metadata(&self.model).map_or(0, |about| about.len());
            // The file once as read and once as loaded, working space that grows with the model, and room for the program itself and
            // for the stacks and arenas of its threads, which count although nobody uses them.
            let memory_bytes = file_bytes.saturating_mul(4).saturating_add(3_000_000_000);
            limit_memory(&running.child, memory_bytes);
            let load = Request::Load { version: VERSION, model: self.model.clone(), threads: self.threads, memory_bytes };
            match running.ask((load, Vec::new()), self.patience, still_wanted)? {
                Reply::Ready { version: VERSION } => self.running = Some(running),
                Reply::Refused { why, cause, .. } => return Err(Trouble::Final(Error::new(why.kind(), "loading a speech model", cause))),
                _ => return Err(Trouble::Broken("it did not begin as a speech engine does")),
            }
        }
        self.running.as_mut().ok_or(Trouble::Broken("it is not running"))
    }

    /// One try with the running child or a fresh one. Only a child that answered sensibly is kept.
    fn attempt(&mut self, window: &[f32], language: &str, still_wanted: &mut dyn FnMut() -> Result<()>) -> Result<Heard, Trouble> {
        self.running(still_wanted)?;
        let Some(mut running) = self.running.take() else { return Err(Trouble::Broken("it is not running")) };
        self.windows_asked += 1;
        let asked = self.windows_asked;
        let request = Request::Transcribe { id: asked, language: language.into() };
        match running.ask((request, window.to_vec()), self.patience, still_wanted)? {
            Reply::Heard { id, heard } if id == asked => {
                self.running = Some(running);
                Ok(heard)
            }
            Reply::Refused { id, why, cause } if id == asked && why.kind() != ErrorKind::EngineFailed => {
                Err(Trouble::Final(Error::new(why.kind(), "transcribing a window", cause)))
            }
            Reply::Refused { .. } => Err(Trouble::Broken("it could not do this window")),
            _ => Err(Trouble::Broken("it answered something that was not asked")),
        }
    }
}

impl Transcriber for Engine {
    fn transcribe(&mut self, window: &[f32], language: &str, still_wanted: &mut dyn FnMut() -> Result<()>) -> Result<Heard> {
        let mut cause = "";
        for _ in 0..2 {
            match self.attempt(window, language, still_wanted) {
                Ok(heard) => return Ok(heard),
                Err(Trouble::Final(err)) => return Err(err),
                Err(Trouble::Broken(why)) => {
                    tracing::warn!("the speech engine has to be started anew: {why}");
                    cause = why;
                }
            }
        }
        Err(Error::new(ErrorKind::EngineFailed, "transcribing a window", cause))
    }
}

impl Drop for Running {
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

/// How long one window may take: a crowded two-core computer was seen to need 166 s with base (80 MB) where an idle one needs 9.
fn patience(model: &Path) -> Duration {
    let megabytes = std::fs::metadata(model).map_or(100, |file| file.len() / 1_000_000);
    Duration::from_secs(180 + 3 * megabytes)
}

impl Running {
    fn spawn(program: &Path) -> Result<Self> {
        let failed = |err| Error::new(ErrorKind::EngineFailed, "starting the speech engine", err);
        let mut child =
            Command::new(program).arg("speech-engine").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(failed)?;
        let (Some(stdin), Some(stdout), Some(stderr)) = (child.stdin.take(), child.stdout.take(), child.stderr.take()) else {
            return Err(Error::bare(ErrorKind::Bug, "starting the speech engine"));
        };
        // One question is open at a time, so one place each is enough.
        let (requests, asked) = sync_channel(1);
        let (answered, replies) = sync_channel(1);
        let talk = std::thread::Builder::new().name("speech-engine talk".into()).spawn(move || converse(stdin, stdout, &asked, &answered));
        let log = std::thread::Builder::new().name("speech-engine log".into()).spawn(move || {
            // The last words of an abort; whisper.cpp's own log never holds what was said.
            for line in BufReader::new(stderr).lines().map_while(std::io::Result::ok) {
                tracing::debug!("speech engine: {line}");
            }
        });
        let running = Self { child, requests, replies };
        talk.map_err(failed)?;
        log.map_err(failed)?;
        Ok(running)
    }

    /// Asks and waits for the reply, at most `patience`, asking now and then whether it is still wanted.
    fn ask(&mut self, request: (Request, Vec<f32>), patience: Duration, still_wanted: &mut dyn FnMut() -> Result<()>) -> Result<Reply, Trouble> {
        if self.requests.send(request).is_err() {
            return Err(Trouble::Broken("it ended between two windows"));
        }
        let mut deadline = Instant::now() + patience;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.replies.recv_timeout(left.min(WANTED_CHECK)) {
                Ok(Ok(Some(reply))) => return Ok(reply),
                Ok(Err(err)) => {
                    tracing::debug!("the speech engine's answer could not be read: {err}");
                    return Err(Trouble::Broken("its answer could not be read"));
                }
                Ok(Ok(None)) | Err(RecvTimeoutError::Disconnected) => return Err(Trouble::Broken("it ended")),
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return Err(Trouble::Broken("it took too long")),
                Err(RecvTimeoutError::Timeout) => {
                    let before = Instant::now();
                    still_wanted().map_err(Trouble::Final)?;
                    // Work may be made to wait there while something is recorded; that is not the engine's fault.
                    deadline += before.elapsed();
                }
            }
        }
    }
}

/// Talks with the child, on a thread of its own because either direction may block: a reply for each request.
/// Ends with the child or with the engine that owns it.
fn converse(mut stdin: ChildStdin, mut stdout: ChildStdout, asked: &Receiver<(Request, Vec<f32>)>, answered: &SyncSender<std::io::Result<Option<Reply>>>) {
    while let Ok((request, samples)) = asked.recv() {
        let reply = match write_frame(&mut stdin, &request, &samples) {
            Ok(()) => read_reply(&mut stdout),
            Err(err) => Err(err),
        };
        let is_over = !matches!(reply, Ok(Some(_)));
        if answered.send(reply).is_err() || is_over {
            return;
        }
    }
}
