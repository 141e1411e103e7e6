//! The recogniser in a process of its own: an abort, an illegal instruction or runaway memory in C++ ends one window, never a recording.
//!
//! The child is this same program started as `speech-engine`. Requests and answers are frames: a length, a JSON header, and raw samples.
//! A window that fails is tried once more with a fresh child. Cancel = end the child (dropping [`Engine`] does).

use super::whisper::{Heard, Transcriber, Whisper};
use crate::error::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

/// Both sides must speak the same: raised when a frame changes.
const VERSION: u32 = 1;
/// No header is longer; a longer one is nonsense.
const LONGEST_HEADER: u32 = 1 << 24;
/// 30 s at 16 kHz, with room.
const MOST_SAMPLES: u32 = 16_000 * 60;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Request {
    Load { version: u32, model: PathBuf, threads: usize, memory_bytes: u64 },
    Transcribe { language: String, samples: u32 },
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Answer {
    Loaded {
        version: u32,
    },
    Heard(Heard),
    /// The kind's name decides what the teacher is told.
    Failed {
        reason: Reason,
        cause: String,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Reason {
    NotAModel,
    ModelDamaged,
    Unreadable,
    Other,
}

impl Reason {
    fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::NotAModel => Self::NotAModel,
            ErrorKind::ModelDamaged => Self::ModelDamaged,
            ErrorKind::FileUnreadable => Self::Unreadable,
            _ => Self::Other,
        }
    }

    fn kind(self) -> ErrorKind {
        match self {
            Self::NotAModel => ErrorKind::NotAModel,
            Self::ModelDamaged => ErrorKind::ModelDamaged,
            Self::Unreadable => ErrorKind::ModelMissing,
            Self::Other => ErrorKind::EngineFailed,
        }
    }
}

fn write_frame(to: &mut impl Write, header: &impl Serialize) -> std::io::Result<()> {
    let bytes = serde_json::to_vec(header).map_err(std::io::Error::other)?;
    to.write_all(&(bytes.len() as u32).to_le_bytes())?;
    to.write_all(&bytes)?;
    to.flush()
}

/// None at the end of the stream.
fn read_frame<T: DeserializeOwned>(from: &mut impl Read) -> std::io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(err) if err.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let length = u32::from_le_bytes(length);
    if length > LONGEST_HEADER {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, format!("a header of {length} bytes")));
    }
    let mut bytes = vec![0; length as usize];
    from.read_exact(&mut bytes)?;
    serde_json::from_slice(&bytes).map(Some).map_err(std::io::Error::other)
}

/// The child's side: answers on standard output until standard input ends (also when the program that started it is gone).
///
/// # Errors
/// When the other side speaks nonsense.
pub fn serve() -> Result<()> {
    let doing = "serving as the speech engine";
    let fail = |err: std::io::Error| Error::new(ErrorKind::EngineFailed, doing, err);
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut whisper: Option<Whisper> = None;
    while let Some(request) = read_frame::<Request>(&mut input).map_err(fail)? {
        let answer = match request {
            Request::Load { version, .. } if version != VERSION => Answer::Failed { reason: Reason::Other, cause: format!("version {version}") },
            Request::Load { model, threads, memory_bytes, .. } => {
                stand_back(memory_bytes);
                match Whisper::load(&model, threads) {
                    Ok(loaded) => {
                        whisper = Some(loaded);
                        Answer::Loaded { version: VERSION }
                    }
                    Err(err) => Answer::Failed { reason: Reason::of(err.kind), cause: err.to_string() },
                }
            }
            Request::Transcribe { language, samples } => {
                let window = read_samples(&mut input, samples).map_err(fail)?;
                match whisper.as_mut().map(|whisper| whisper.transcribe(&window, &language)) {
                    Some(Ok(heard)) => Answer::Heard(heard),
                    Some(Err(err)) => Answer::Failed { reason: Reason::Other, cause: err.to_string() },
                    None => Answer::Failed { reason: Reason::Other, cause: "no model".into() },
                }
            }
        };
        write_frame(&mut output, &answer).map_err(fail)?;
    }
    Ok(())
}

fn read_samples(from: &mut impl Read, samples: u32) -> std::io::Result<Vec<f32>> {
    if samples > MOST_SAMPLES {
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, format!("{samples} samples")));
    }
    let mut bytes = vec![0; samples as usize * 4];
    from.read_exact(&mut bytes)?;
    Ok(bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]])).collect())
}

/// Lets recording and drawing go first, and ends rather than eating the computer's memory.
fn stand_back(memory_bytes: u64) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};
        if let Err(err) = nice(10) {
            tracing::debug!("niceness: {err}");
        }
        let limit = Rlimit { current: Some(memory_bytes), maximum: getrlimit(Resource::As).maximum };
        if let Err(err) = setrlimit(Resource::As, limit) {
            tracing::debug!("memory limit: {err}");
        }
    }
    #[cfg(not(unix))]
    let _unlimited = memory_bytes;
}

/// The program's side.
pub struct Engine {
    program: PathBuf,
    model: PathBuf,
    threads: usize,
    patience: Duration,
    child: Option<Running>,
}

struct Running {
    child: Child,
    input: ChildStdin,
    answers: Receiver<std::io::Result<Option<Answer>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Engine {
    /// Starts the child and loads the model.
    ///
    /// # Errors
    /// [`ErrorKind::ModelMissing`], [`ErrorKind::NotAModel`], [`ErrorKind::ModelDamaged`], [`ErrorKind::EngineFailed`].
    pub fn start(model: &Path, threads: usize) -> Result<Self> {
        let program = std::env::current_exe().map_err(|err| Error::new(ErrorKind::EngineFailed, "finding the speech engine", err))?;
        Self::start_program(&program, model, threads, patience(model))
    }

    /// As [`Engine::start`], with another program and another patience for one window (for tests).
    ///
    /// # Errors
    /// As [`Engine::start`].
    pub fn start_program(program: &Path, model: &Path, threads: usize, patience: Duration) -> Result<Self> {
        let mut engine = Self { program: program.to_owned(), model: model.to_owned(), threads, patience, child: None };
        engine.child = Some(engine.spawn()?);
        Ok(engine)
    }

    /// The child's process number, while it runs (for tests that kill it).
    #[must_use]
    pub fn process_id(&self) -> Option<u32> {
        self.child.as_ref().map(|running| running.child.id())
    }

    fn spawn(&self) -> Result<Running> {
        let doing = "starting the speech engine";
        let failed = |err: std::io::Error| Error::new(ErrorKind::EngineFailed, doing, err);
        let size = std::fs::metadata(&self.model).map_err(|err| Error::new(ErrorKind::ModelMissing, doing, err))?.len();
        let mut child =
            Command::new(&self.program).arg("speech-engine").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().map_err(failed)?;
        let (Some(input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else { return Err(Error::bare(ErrorKind::EngineFailed, doing)) };
        // One question is open at a time, so one place is enough.
        let (send, answers) = sync_channel(1);
        let reading = std::thread::Builder::new().name("engine answers".into()).spawn(move || {
            loop {
                let answer = read_frame::<Answer>(&mut output);
                let last = !matches!(answer, Ok(Some(_)));
                if send.send(answer).is_err() || last {
                    break;
                }
            }
        });
        let mut running = Running { child, input, answers };
        reading.map_err(failed)?;
        // Weights are held twice while loading, and the largest models need about 2 GB beside them.
        let memory_bytes = size * 4 + 3_000_000_000;
        let load = Request::Load { version: VERSION, model: self.model.clone(), threads: self.threads, memory_bytes };
        write_frame(&mut running.input, &load).map_err(failed)?;
        match self.answer(&running)? {
            Answer::Loaded { version: VERSION } => Ok(running),
            Answer::Failed { reason, cause } => Err(Error::new(reason.kind(), doing, cause)),
            other => Err(Error::new(ErrorKind::EngineFailed, doing, format!("{other:?}"))),
        }
    }

    fn answer(&self, running: &Running) -> Result<Answer> {
        let doing = "waiting for the speech engine";
        match running.answers.recv_timeout(self.patience) {
            Ok(Ok(Some(answer))) => Ok(answer),
            Ok(Ok(None)) => Err(Error::new(ErrorKind::EngineFailed, doing, "it ended")),
            Ok(Err(err)) => Err(Error::new(ErrorKind::EngineFailed, doing, err)),
            Err(err) => Err(Error::new(ErrorKind::EngineFailed, doing, err)),
        }
    }

    fn ask(&mut self, window: &[f32], language: &str) -> Result<Heard> {
        let doing = "transcribing a window";
        let failed = |err: std::io::Error| Error::new(ErrorKind::EngineFailed, doing, err);
        let mut running = match self.child.take() {
            Some(running) => running,
            None => self.spawn()?,
        };
        let bytes: Vec<u8> = window.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        write_frame(&mut running.input, &Request::Transcribe { language: language.to_owned(), samples: window.len() as u32 }).map_err(failed)?;
        running.input.write_all(&bytes).and_then(|()| running.input.flush()).map_err(failed)?;
        // Dropped, and so ended, unless it answers sensibly.
        match self.answer(&running)? {
            Answer::Heard(heard) if heard.words.iter().all(|word| word.confidence.is_finite()) => {
                self.child = Some(running);
                Ok(heard)
            }
            other => Err(Error::new(ErrorKind::EngineFailed, doing, format!("{other:?}"))),
        }
    }
}

impl Transcriber for Engine {
    fn transcribe(&mut self, window: &[f32], language: &str) -> Result<Heard> {
        self.ask(window, language).or_else(|err| {
            tracing::warn!("a window is tried once more: {err}");
            self.ask(window, language).map_err(|err| Error { kind: ErrorKind::EngineFailed, ..err })
        })
    }
}

/// How long one window may take: a busy two-core computer was seen to need 166 s with base (80 MB) where an idle one needs 9.
fn patience(model: &Path) -> Duration {
    let megabytes = std::fs::metadata(model).map_or(100, |file| file.len() / 1_000_000);
    Duration::from_secs(180 + 3 * megabytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_frame_comes_back_as_it_was_sent() {
        let request = Request::Transcribe { language: "en".into(), samples: 7 };
        let mut bytes = Vec::new();
        write_frame(&mut bytes, &request).unwrap();
        assert_eq!(read_frame::<Request>(&mut bytes.as_slice()).unwrap(), Some(request));
        assert_eq!(read_frame::<Request>(&mut [].as_slice()).unwrap(), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn any_bytes_are_a_frame_an_end_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _answer: std::io::Result<Option<Answer>> = read_frame(&mut bytes.as_slice());
        }
    }
}
