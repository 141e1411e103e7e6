//! The speech engine's side: this same program, started as `speech-engine`, reading chunks and answering words.
//!
//! It ends when its input ends, at once and even in the middle of a chunk, so it never outlives the program that asked.
//! It runs at the priority it is told and within a limit of memory, so that a runaway model file cannot take the computer with it.

use super::engine_messages::{VERSION, read_message, write_message};
use super::whisper::{ChunkTranscript, Model, Search};
use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// What the program asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Request {
    /// First message: the model to load, how many chunks are worked on at once, the address space it may take, and how far it stands behind other
    /// programs (0 = not, 19 = most).
    Load { version: u32, model: PathBuf, workers: usize, memory_bytes: u64, niceness: i32 },
    /// Chunk `id`; its samples follow.
    Transcribe { id: u64, language: String, search: Search },
}

/// What the engine says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reply {
    /// The model is loaded.
    Ready { version: u32 },
    /// The words of chunk `id`.
    #[serde(rename = "heard")]
    Transcribed {
        id: u64,
        #[serde(rename = "heard")]
        transcript: ChunkTranscript,
    },
    /// Chunk `id` (0 = the model) could not be done.
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

/// Chunks that may wait for a worker; whoever asks never asks for more.
const MOST_WAITING: usize = 16;

/// A chunk with its number and language, and how it is searched.
type QueuedChunk = (u64, String, Search, Vec<f32>);

/// Runs the engine until its input ends.
///
/// # Errors
/// When the program that asked is gone or speaks otherwise; the model's own troubles are answered, not returned.
pub fn serve() -> Result<()> {
    let (asked, requests) = sync_channel::<(Request, Vec<f32>)>(MOST_WAITING);
    std::thread::Builder::new()
        .name("speech-engine input".into())
        .spawn(move || {
            while let Ok(Some(request)) = read_message::<Request>(&mut std::io::stdin().lock()) {
                if asked.send(request).is_err() {
                    break;
                }
            }
            // Whoever asked is gone, and would never read the words being made now.
            std::process::exit(0);
        })
        .map_err(|err| Error::new(ErrorKind::EngineFailed, "starting the speech engine", err))?;
    answer(requests.iter(), std::io::stdout())
}

/// Answers each request; chunks in the order in which they are done.
fn answer(requests: impl Iterator<Item = (Request, Vec<f32>)>, out: impl Write + Send) -> Result<()> {
    let out = Mutex::new(out);
    let say = |reply: &Reply| {
        write_message(&mut *out.lock().unwrap_or_else(PoisonError::into_inner), reply, &[])
            .map_err(|err| Error::new(ErrorKind::EngineFailed, "answering from the speech engine", err))
    };
    let (give, take) = sync_channel::<QueuedChunk>(MOST_WAITING);
    let take = Mutex::new(take);
    std::thread::scope(|scope| {
        // Gone when this ends, so that the workers end too.
        let give = give;
        for (request, samples) in requests {
            match request {
                Request::Load { version, model, workers, memory_bytes, niceness } if version == VERSION => {
                    be_modest(memory_bytes, niceness);
                    match Model::load(&model).map(Arc::new) {
                        Ok(model) => {
                            for _ in 0..workers.max(1) {
                                let (model, take, say) = (Arc::clone(&model), &take, &say);
                                scope.spawn(move || work(&model, take, say));
                            }
                            say(&Reply::Ready { version })?;
                        }
                        Err(err) => say(&refusal(0, &err))?,
                    }
                }
                Request::Load { .. } => say(&refusal(0, &Error::new(ErrorKind::EngineFailed, "starting the speech engine", "another version asks")))?,
                Request::Transcribe { id, language, search } => {
                    if give.send((id, language, search, samples)).is_err() {
                        break;
                    }
                }
            }
        }
        Ok(())
    })
}

/// One worker, and one thread. A second thread would spin whenever it waits for the first.
fn work(model: &Model, take: &Mutex<Receiver<QueuedChunk>>, say: &(dyn Fn(&Reply) -> Result<()> + Sync)) {
    loop {
        let asked = take.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((id, language, search, samples)) = asked else { return };
        let reply = match model.transcribe(&samples, &language, search) {
            Ok(transcript) => Reply::Transcribed { id, transcript },
            Err(err) => refusal(id, &err),
        };
        if say(&reply).is_err() {
            return;
        }
    }
}

fn refusal(id: u64, err: &Error) -> Reply {
    Reply::Refused { id, why: Refusal::of(err.kind), cause: err.to_string() }
}

/// Reads one reply.
pub(super) fn read_reply(input: &mut impl Read) -> std::io::Result<Option<Reply>> {
    Ok(read_message(input)?.map(|(reply, _no_samples)| reply))
}

/// The priority asked for, of this thread and those it starts. And a limit of address space: an altered model once asked for 8 GB.
#[cfg(unix)]
fn be_modest(memory_bytes: u64, niceness: i32) {
    use rustix::process::{Resource, Rlimit, getrlimit, setpriority_process, setrlimit};
    // Not so much more than whoever asked: the thread that transcribes while recording stands back already.
    if let Err(err) = setpriority_process(None, niceness.clamp(0, 19)) {
        tracing::debug!("the speech engine keeps its priority: {err}");
    }
    let maximum = getrlimit(Resource::As).maximum;
    let current = Some(maximum.map_or(memory_bytes, |maximum| memory_bytes.min(maximum)));
    if let Err(err) = setrlimit(Resource::As, Rlimit { current, maximum }) {
        tracing::debug!("the speech engine runs without a limit of memory: {err}");
    }
}

#[cfg(not(unix))]
fn be_modest(_memory_bytes: u64, _niceness: i32) {}
