//! The speech engine's side: this same program, started as `speech-engine`, reading windows and answering words.
//!
//! It ends when its input ends, at once and even in the middle of a window, so it never outlives the program that asked.
//! It runs at low priority and within a limit of memory, so that a runaway model file cannot take the computer with it.

use super::frames::{VERSION, read_frame, write_frame};
use super::whisper::{Heard, Transcriber, Whisper};
use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;

/// What the program asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    /// First message: the model to load, the threads that compute, and the address space it may take.
    Load { version: u32, model: PathBuf, threads: usize, memory_bytes: u64 },
    /// Window `id`; its samples follow.
    Transcribe { id: u64, language: String },
}

/// What the engine says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    /// The model is loaded.
    Ready { version: u32 },
    /// The words of window `id`.
    Heard { id: u64, heard: Heard },
    /// Window `id` (0 = the model) could not be done.
    Refused { id: u64, why: Refusal, cause: String },
}

/// Kinds of failure that cross the pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Refusal {
    ModelMissing,
    ModelDamaged,
    NotAModel,
    FileUnreadable,
    BadRequest,
    EngineFailed,
}

impl Refusal {
    fn of(kind: ErrorKind) -> Self {
        match kind {
            ErrorKind::ModelMissing => Self::ModelMissing,
            ErrorKind::ModelDamaged => Self::ModelDamaged,
            ErrorKind::NotAModel => Self::NotAModel,
            ErrorKind::FileUnreadable => Self::FileUnreadable,
            ErrorKind::BadRequest => Self::BadRequest,
            _ => Self::EngineFailed,
        }
    }

    pub(super) fn kind(self) -> ErrorKind {
        match self {
            Self::ModelMissing => ErrorKind::ModelMissing,
            Self::ModelDamaged => ErrorKind::ModelDamaged,
            Self::NotAModel => ErrorKind::NotAModel,
            Self::FileUnreadable => ErrorKind::FileUnreadable,
            Self::BadRequest => ErrorKind::BadRequest,
            Self::EngineFailed => ErrorKind::EngineFailed,
        }
    }
}

/// Runs the engine until its input ends.
///
/// # Errors
/// When the program that asked is gone or speaks otherwise; the model's own troubles are answered, not returned.
pub fn serve() -> Result<()> {
    // One window may wait while another is worked on.
    let (asked, requests) = sync_channel::<(Request, Vec<f32>)>(1);
    std::thread::Builder::new()
        .name("speech-engine input".into())
        .spawn(move || {
            while let Ok(Some(request)) = read_frame::<Request>(&mut std::io::stdin().lock()) {
                if asked.send(request).is_err() {
                    break;
                }
            }
            // Whoever asked is gone, and would never read the words being made now.
            std::process::exit(0);
        })
        .map_err(|err| Error::new(ErrorKind::EngineFailed, "starting the speech engine", err))?;
    answer(requests.iter(), &mut std::io::stdout().lock())
}

/// Answers each request in turn.
fn answer(requests: impl Iterator<Item = (Request, Vec<f32>)>, out: &mut impl Write) -> Result<()> {
    let mut whisper: Option<Whisper> = None;
    for (request, samples) in requests {
        let reply = match request {
            Request::Load { version, model, threads, memory_bytes } if version == VERSION => {
                be_modest(memory_bytes);
                match Whisper::load(&model, threads) {
                    Ok(loaded) => {
                        whisper = Some(loaded);
                        Reply::Ready { version }
                    }
                    Err(err) => refusal(0, &err),
                }
            }
            Request::Load { .. } => refusal(0, &Error::new(ErrorKind::EngineFailed, "starting the speech engine", "another version asks")),
            Request::Transcribe { id, language } => {
                let heard = whisper.as_mut().map(|whisper| whisper.transcribe(&samples, &language, &mut || Ok(())));
                match heard.unwrap_or_else(|| Err(Error::new(ErrorKind::EngineFailed, "transcribing a window", "no model is loaded"))) {
                    Ok(heard) => Reply::Heard { id, heard },
                    Err(err) => refusal(id, &err),
                }
            }
        };
        write_frame(out, &reply, &[]).map_err(|err| Error::new(ErrorKind::EngineFailed, "answering from the speech engine", err))?;
    }
    Ok(())
}

fn refusal(id: u64, err: &Error) -> Reply {
    Reply::Refused { id, why: Refusal::of(err.kind), cause: err.to_string() }
}

/// Reads one reply.
pub(super) fn read_reply(input: &mut impl Read) -> std::io::Result<Option<Reply>> {
    Ok(read_frame(input)?.map(|(reply, _no_samples)| reply))
}

/// Low priority: recording and the window come first. And a limit of address space: an altered model once asked for 8 GB.
#[cfg(unix)]
fn be_modest(memory_bytes: u64) {
    use rustix::process::{Resource, Rlimit, getrlimit, nice, setrlimit};
    if let Err(err) = nice(10) {
        tracing::debug!("the speech engine keeps its priority: {err}");
    }
    let maximum = getrlimit(Resource::As).maximum;
    let current = Some(maximum.map_or(memory_bytes, |maximum| memory_bytes.min(maximum)));
    if let Err(err) = setrlimit(Resource::As, Rlimit { current, maximum }) {
        tracing::debug!("the speech engine runs without a limit of memory: {err}");
    }
}

#[cfg(not(unix))]
fn be_modest(_memory_bytes: u64) {}
