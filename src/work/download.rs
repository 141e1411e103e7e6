//! Downloads a speech model, and only when asked to: how often is tried, and when what came is the file.
//!
//! What has come stays, as `ggml-NAME.partial` with a note of what it is a part of, whatever ends the download: a cut connection, Pause, quitting,
//! a power cut. The next download goes on from there. The file gets its own name only when it is whole and its checksum is right.

use super::catalogue::{Entry, file_name, room_for};
use super::download_request::{AttemptFailure, DOING, Head, Piece, failed, refused, request};
use super::download_store::PartialDownload;
pub use super::download_store::{discard, stopped_at};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::Folders;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

/// Where to download from, when a connection counts as cut, and how often to try again.
#[derive(Debug, Clone)]
pub struct DownloadPolicy {
    /// `ggml-NAME.bin` lies in here.
    pub address: String,
    /// No byte for this long counts as a cut connection.
    pub stalled: Duration,
    /// How long to wait after each cut before trying again; as many tries as there are pauses. A try that brings some begins the count anew.
    pub pauses: Vec<Duration>,
}

impl DownloadPolicy {
    /// From an address, with the patience of a school's network: a restarted access point is back within a minute.
    #[must_use]
    pub fn patient(address: String) -> Self {
        Self { address, stalled: Duration::from_secs(30), pauses: [1, 3, 10, 30].map(Duration::from_secs).to_vec() }
    }
}

/// Hears how much is done (0 to 1) and the seconds left, when they can be reckoned; stops the download by an error.
pub type Check<'a> = &'a mut dyn FnMut(f32, Option<u64>) -> Result<()>;

/// How every model file begins: "ggml" as a little-endian number.
const MAGIC: &[u8] = b"lmgg";
/// How often the check is asked, whether something comes or not: a person notices from 100 ms on.
const TELL: Duration = Duration::from_millis(100);
/// Nothing for this long, and the time left is no longer said.
const QUIET: Duration = Duration::from_secs(2);
/// A try that brought this part of the file was a good one.
const WORTH_IT: u64 = 100;

/// Downloads `wanted`, going on from what has come before.
///
/// # Errors
/// [`ErrorKind::DownloadFailed`] when the connection is cut again and again, [`ErrorKind::DownloadRefused`] when the network sends something else,
/// [`ErrorKind::ModelDamaged`] when what came is not what was published, [`ErrorKind::DiskFull`], [`ErrorKind::LibraryInUse`] when it is being downloaded
/// already, or what `check` said. What has come stays, unless it is wrong.
pub fn fetch(folders: &Folders, wanted: &Entry, policy: &DownloadPolicy, check: Check<'_>) -> Result<()> {
    let mut part = PartialDownload::open(folders, wanted)?;
    let received = room_for(folders, wanted.bytes - part.length).and_then(|()| download_whole(&mut part, wanted, policy, check));
    match received {
        Ok(()) => part.install(folders, wanted),
        Err(err) => {
            let is_empty = part.length == 0;
            // Closed, and so unlocked, before it is removed.
            drop(part);
            if is_empty {
                discard(folders, &wanted.name)?;
            }
            Err(err)
        }
    }
}

fn download_whole(part: &mut PartialDownload, wanted: &Entry, policy: &DownloadPolicy, check: Check<'_>) -> Result<()> {
    let mut reporter = ProgressReporter { check, bytes: wanted.bytes, began: None, received: 0, came: Instant::now(), last_report: None };
    let mut was_resumed = part.length > 0;
    loop {
        download_with_retries(part, wanted, policy, &mut reporter)?;
        // Read from the disk and not reckoned on the way: what is installed is what was written.
        if part.sum()? == wanted.sha1 {
            return Ok(());
        }
        part.begin_anew(None)?;
        // Parts of two files, or a power cut in the middle: from the beginning it may well be right.
        if !std::mem::take(&mut was_resumed) {
            return Err(Error::new(ErrorKind::ModelDamaged, DOING, "the checksum differs from the published one"));
        }
        tracing::warn!("the resumed download is not the published file; it begins anew");
    }
}

/// Tells how far it is, often enough and not more.
struct ProgressReporter<'a> {
    check: Check<'a>,
    bytes: u64,
    /// When the first byte came this time, and how many have come since.
    began: Option<Instant>,
    received: u64,
    /// When the last byte came.
    came: Instant,
    last_report: Option<Instant>,
}

impl ProgressReporter<'_> {
    fn came(&mut self, count: usize) {
        self.came = Instant::now();
        self.began.get_or_insert(self.came);
        self.received += count as u64;
    }

    fn report(&mut self, length: u64) -> Result<()> {
        if self.last_report.is_some_and(|at| at.elapsed() < TELL) {
            return Ok(());
        }
        self.last_report = Some(Instant::now());
        let secs = self.began.map_or(0.0, |began| began.elapsed().as_secs_f64());
        let is_known = secs > 1.0 && self.received > 0 && self.came.elapsed() < QUIET;
        let left = is_known.then(|| (self.bytes.saturating_sub(length) as f64 * secs / self.received as f64).ceil() as u64);
        (self.check)((length as f64 / self.bytes.max(1) as f64) as f32, left)
    }

    fn wait(&mut self, pause: Duration, length: u64) -> Result<()> {
        let end = Instant::now() + pause;
        loop {
            self.report(length)?;
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            std::thread::sleep(left.min(TELL));
        }
    }
}

/// Until all of it is here, or trying again is of no use.
fn download_with_retries(part: &mut PartialDownload, wanted: &Entry, policy: &DownloadPolicy, reporter: &mut ProgressReporter<'_>) -> Result<()> {
    let mut pauses = policy.pauses.iter();
    let mut begun_anew = false;
    while part.length < wanted.bytes {
        let before = reporter.received;
        let cause = match download(part, wanted, policy, reporter) {
            Ok(()) => continue,
            Err(AttemptFailure::Final(err)) => return Err(err),
            Err(AttemptFailure::Stale(why)) if !begun_anew => {
                tracing::info!("the download begins anew: {why}");
                part.begin_anew(None)?;
                begun_anew = true;
                continue;
            }
            Err(AttemptFailure::Stale(why)) => return Err(failed(why.to_owned())),
            // Nobody has answered at all: more likely no network than a moment without one.
            Err(AttemptFailure::Unreachable(cause)) if reporter.received == 0 => return Err(failed(cause)),
            Err(AttemptFailure::Unreachable(cause) | AttemptFailure::Cut(cause)) => cause,
        };
        if (reporter.received - before) * WORTH_IT >= wanted.bytes {
            pauses = policy.pauses.iter();
        }
        let Some(&pause) = pauses.next() else { return Err(failed(cause)) };
        tracing::info!("the download is tried again in {pause:?}: {cause}");
        reporter.wait(pause, part.length)?;
    }
    Ok(())
}

/// One request: what is still missing.
fn download(part: &mut PartialDownload, wanted: &Entry, policy: &DownloadPolicy, reporter: &mut ProgressReporter<'_>) -> Result<(), AttemptFailure> {
    let answers = request(format!("{}/{}", policy.address, file_name(&wanted.name)), part.length, part.version(), policy.stalled)?;
    // Set when the answer is the file from its beginning; what is here stays until its first bytes are seen to be a model's.
    let mut anew: Option<Head> = None;
    let mut last = Instant::now();
    loop {
        let piece = match answers.recv_timeout(TELL) {
            Ok(piece) => piece?,
            Err(RecvTimeoutError::Timeout) if last.elapsed() < policy.stalled => {
                reporter.report(part.length)?;
                continue;
            }
            Err(RecvTimeoutError::Timeout) => return Err(AttemptFailure::Cut("nothing came for a while".into())),
            Err(RecvTimeoutError::Disconnected) => return Err(AttemptFailure::Cut("the connection ended".into())),
        };
        last = Instant::now();
        let block = match piece {
            Piece::Head(head) => {
                if !goes_on(&head, part.length, wanted.bytes)? {
                    anew = Some(head);
                }
                continue;
            }
            Piece::Block(block) => block,
            Piece::End if part.length == wanted.bytes => return Ok(()),
            Piece::End if anew.is_some() => return Err(refused("an empty answer")),
            Piece::End => return Err(AttemptFailure::Cut(format!("it ended after {} of {} bytes", part.length, wanted.bytes))),
        };
        if let Some(head) = anew.take() {
            if head.is_page || !MAGIC.starts_with(&block[..block.len().min(MAGIC.len())]) {
                return Err(refused("what came is not a model, perhaps a page of the network"));
            }
            if head.length.is_some_and(|length| length != wanted.bytes) {
                return Err(Error::new(ErrorKind::ModelDamaged, DOING, "another length than published").into());
            }
            part.begin_anew(head.version)?;
        }
        if part.length + block.len() as u64 > wanted.bytes {
            part.begin_anew(None)?;
            return Err(Error::new(ErrorKind::ModelDamaged, DOING, "longer than published").into());
        }
        part.append(&block)?;
        reporter.came(block.len());
        reporter.report(part.length)?;
    }
}

/// Whether the answer goes on from byte `from`; false when it is the file from its beginning.
fn goes_on(head: &Head, from: u64, bytes: u64) -> Result<bool, AttemptFailure> {
    match head.status {
        200 => Ok(false),
        206 if head.is_page => Err(refused("a page instead of the rest")),
        206 => match head.range {
            Some((start, total)) if start == from && total.is_none_or(|total| total == bytes) => Ok(true),
            _ => Err(AttemptFailure::Stale("another part than was asked for")),
        },
        416 if from > 0 => Err(AttemptFailure::Stale("the server has no more of it")),
        // Wants a login, forbids, leads elsewhere: the network's word, not the server's.
        300..=399 | 401 | 403 | 407 | 451 | 511 => Err(refused(format!("status {}", head.status))),
        408 | 425 | 429 | 500..=599 => Err(AttemptFailure::Cut(format!("status {}", head.status))),
        status => Err(failed(format!("status {status}")).into()),
    }
}
