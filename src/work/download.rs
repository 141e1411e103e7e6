//! Downloads a speech model. The only code that may use the network, and only when asked to.
//!
//! What has come stays, as `ggml-NAME.partial` with a note of what it is a part of, whatever ends the download: a cut connection, Pause, quitting,
//! a power cut. The next download goes on from there. The file gets its own name only when it is whole and its checksum is right.

use super::catalogue::{Entry, added, file_name, room_for, sha1_of};
use crate::error::{Error, ErrorKind, Result};
use crate::files::{sync_folder, write_whole};
use crate::settings::Folders;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use ureq::http::header::{CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE};
use ureq::tls::{RootCerts, TlsConfig};

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

const DOING: &str = "downloading a speech model";
/// How every model file begins: "ggml" as a little-endian number.
const MAGIC: &[u8] = b"lmgg";
/// How often the check is asked, whether something comes or not: a person notices from 100 ms on.
const TELL: Duration = Duration::from_millis(100);
/// Nothing for this long, and the time left is no longer said.
const QUIET: Duration = Duration::from_secs(2);
/// Starting a program was seen to take a few milliseconds, on a busy computer some hundred.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);
/// A try that brought this part of the file was a good one.
const WORTH_IT: u64 = 100;

/// Downloads `wanted`, going on from what has come before.
///
/// # Errors
/// [`ErrorKind::DownloadFailed`] when the connection is cut again and again, [`ErrorKind::DownloadRefused`] when the network sends something else,
/// [`ErrorKind::ModelDamaged`] when what came is not what was published, [`ErrorKind::DiskFull`], [`ErrorKind::LibraryInUse`] when it is being downloaded
/// already, or what `check` said. What has come stays, unless it is wrong.
pub fn fetch(folders: &Folders, wanted: &Entry, policy: &DownloadPolicy, check: Check<'_>) -> Result<()> {
    let mut part = Part::open(folders, wanted)?;
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

fn download_whole(part: &mut Part, wanted: &Entry, policy: &DownloadPolicy, check: Check<'_>) -> Result<()> {
    let mut reporter = ProgressReporter { check, bytes: wanted.bytes, began: None, received: 0, came: Instant::now(), told: None };
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

/// How much of a model has come before, when a download of it was stopped.
#[must_use]
pub fn stopped_at(folders: &Folders, wanted: &Entry) -> Option<f32> {
    let (path, note) = (partial(folders, &wanted.name)?, read_note(&note_path(folders, &wanted.name)?)?);
    let length = std::fs::metadata(path).ok()?.len();
    (note.sha1 == wanted.sha1 && length > 0 && length <= wanted.bytes).then(|| (length as f64 / wanted.bytes as f64) as f32)
}

/// Throws away what has come of a model.
///
/// # Errors
/// [`ErrorKind::LibraryInUse`] while it is being downloaded; when it cannot be removed.
pub fn discard(folders: &Folders, name: &str) -> Result<()> {
    let doing = "discarding a download";
    let (Some(path), Some(note)) = (partial(folders, name), note_path(folders, name)) else { return Ok(()) };
    if let Ok(file) = File::open(&path) {
        lock(&file, doing)?;
    }
    for path in [path, note] {
        match std::fs::remove_file(path) {
            Err(err) if err.kind() != std::io::ErrorKind::NotFound => return Err(Error::writing(doing, err)),
            _ => {}
        }
    }
    Ok(())
}

fn partial(folders: &Folders, name: &str) -> Option<PathBuf> {
    added(folders, name).map(|path| path.with_file_name(format!("ggml-{name}.partial")))
}

fn note_path(folders: &Folders, name: &str) -> Option<PathBuf> {
    added(folders, name).map(|path| path.with_file_name(format!("ggml-{name}.partial.toml")))
}

/// Held as long as the file is open. A program that is just being started holds all our locks for a moment, so one that is taken is tried again.
fn lock(file: &File, doing: &'static str) -> Result<()> {
    let end = Instant::now() + LOCK_PATIENCE;
    let mut locked = file.try_lock();
    while matches!(locked, Err(TryLockError::WouldBlock)) && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(20));
        locked = file.try_lock();
    }
    match locked {
        Err(TryLockError::WouldBlock) => Err(Error::bare(ErrorKind::LibraryInUse, doing)),
        // Some shared folders know no locks; two downloads at once are found by the checksum then.
        Err(TryLockError::Error(err)) => {
            tracing::debug!("a download cannot be locked: {err}");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// What a partial file is a part of.
#[derive(Debug, Default, Serialize, Deserialize)]
struct PartialNote {
    /// Of the whole file, as the catalogue says.
    sha1: String,
    /// How the server names this state of the file: an entity tag, or when it was last changed. Without one the checksum alone tells.
    version: Option<String>,
}

fn read_note(path: &Path) -> Option<PartialNote> {
    toml::from_str(&std::fs::read_to_string(path).ok()?).ok()
}

/// What has come so far. Locked while it lives, so that two programs never write into the same file.
struct Part {
    path: PathBuf,
    note_path: PathBuf,
    file: File,
    length: u64,
    note: PartialNote,
}

impl Part {
    fn open(folders: &Folders, wanted: &Entry) -> Result<Self> {
        let (Some(path), Some(note_path)) = (partial(folders, &wanted.name), note_path(folders, &wanted.name)) else {
            return Err(Error::bare(ErrorKind::ModelMissing, DOING));
        };
        std::fs::create_dir_all(folders.models()).map_err(|err| Error::writing(DOING, err))?;
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(|err| Error::writing(DOING, err))?;
        lock(&file, DOING)?;
        let length = file.metadata().map_err(|err| Error::reading(DOING, err))?.len();
        let known = read_note(&note_path).filter(|note| note.sha1 == wanted.sha1 && length <= wanted.bytes);
        let is_known = known.is_some();
        let note = known.unwrap_or_else(|| PartialNote { sha1: wanted.sha1.clone(), version: None });
        let mut part = Self { path, note_path, file, length, note };
        if is_known {
            part.file.seek(SeekFrom::End(0)).map_err(|err| Error::reading(DOING, err))?;
        } else {
            part.begin_anew(None)?;
        }
        Ok(part)
    }

    /// Empty first, then the note: a kill in between leaves nothing that could be taken for a part of another file.
    fn begin_anew(&mut self, version: Option<String>) -> Result<()> {
        let emptied = self.file.set_len(0).and_then(|()| self.file.rewind());
        emptied.map_err(|err| Error::writing(DOING, err))?;
        self.length = 0;
        self.note.version = version;
        let text = toml::to_string(&self.note).map_err(|err| Error::new(ErrorKind::Bug, DOING, err))?;
        write_whole(&self.note_path, text.as_bytes())
    }

    fn append(&mut self, block: &[u8]) -> Result<()> {
        self.file.write_all(block).map_err(|err| Error::writing(DOING, err))?;
        self.length += block.len() as u64;
        Ok(())
    }

    /// The checksum of what is on the disk, after making sure that it is there.
    fn sum(&mut self) -> Result<String> {
        self.file.sync_all().map_err(|err| Error::writing(DOING, err))?;
        self.file.rewind().map_err(|err| Error::reading(DOING, err))?;
        sha1_of(&mut self.file)
    }

    fn install(self, folders: &Folders, wanted: &Entry) -> Result<()> {
        let Some(destination) = added(folders, &wanted.name) else { return Err(Error::bare(ErrorKind::ModelMissing, DOING)) };
        // Some systems rename no file that is open.
        drop(self.file);
        std::fs::rename(&self.path, destination).map_err(|err| Error::writing(DOING, err))?;
        sync_folder(&folders.models())?;
        if let Err(err) = std::fs::remove_file(&self.note_path) {
            tracing::debug!("the note of a finished download stays: {err}");
        }
        Ok(())
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
    told: Option<Instant>,
}

impl ProgressReporter<'_> {
    fn came(&mut self, count: usize) {
        self.came = Instant::now();
        self.began.get_or_insert(self.came);
        self.received += count as u64;
    }

    fn report(&mut self, length: u64) -> Result<()> {
        if self.told.is_some_and(|told| told.elapsed() < TELL) {
            return Ok(());
        }
        self.told = Some(Instant::now());
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

/// What ended one try.
enum AttemptFailure {
    /// Nobody answers.
    Unreachable(String),
    /// It broke off, or the server is busy: another try may bring more.
    Cut(String),
    /// What is here is of no more use; from the beginning it may work.
    Stale(&'static str),
    /// Another try would end the same.
    Final(Error),
}

impl From<Error> for AttemptFailure {
    fn from(err: Error) -> Self {
        Self::Final(err)
    }
}

fn failed(cause: String) -> Error {
    Error::new(ErrorKind::DownloadFailed, DOING, cause)
}

fn refused(cause: impl Into<String>) -> AttemptFailure {
    AttemptFailure::Final(Error::new(ErrorKind::DownloadRefused, DOING, cause.into()))
}

/// Until all of it is here, or trying again is of no use.
fn download_with_retries(part: &mut Part, wanted: &Entry, policy: &DownloadPolicy, reporter: &mut ProgressReporter<'_>) -> Result<()> {
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
fn download(part: &mut Part, wanted: &Entry, policy: &DownloadPolicy, reporter: &mut ProgressReporter<'_>) -> Result<(), AttemptFailure> {
    let answers = request(format!("{}/{}", policy.address, file_name(&wanted.name)), part.length, part.note.version.clone(), policy.stalled)?;
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

/// What the server said before the file itself.
struct Head {
    status: u16,
    /// From which byte, and of how many.
    range: Option<(u64, Option<u64>)>,
    length: Option<u64>,
    /// It calls itself a page or a text.
    is_page: bool,
    version: Option<String>,
}

impl Head {
    fn of(response: &ureq::http::Response<ureq::Body>) -> Self {
        let text = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        // A weak tag only says that the pages look alike.
        let tag = text(ETAG).filter(|tag| tag.starts_with('"'));
        Self {
            status: response.status().as_u16(),
            range: text(CONTENT_RANGE).and_then(range),
            length: response.body().content_length(),
            is_page: text(CONTENT_TYPE).is_some_and(|kind| kind.to_lowercase().contains("html")),
            version: tag.or_else(|| text(LAST_MODIFIED)).map(str::to_owned),
        }
    }
}

/// `bytes 100-199/200`: from which byte, and of how many when that is known.
fn range(text: &str) -> Option<(u64, Option<u64>)> {
    let (span, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    Some((span.split_once('-')?.0.parse().ok()?, total.parse().ok()))
}

/// An answer, piece by piece.
enum Piece {
    Head(Head),
    Block(Vec<u8>),
    End,
}

type Answer = std::result::Result<Piece, AttemptFailure>;

/// Asks for the file from byte `from`, on a thread of its own, so that a server that falls silent cannot hold up whoever wants to stop. The thread
/// ends with the connection, or with the next block after the receiver is gone.
fn request(address: String, from: u64, version: Option<String>, stalled: Duration) -> Result<Receiver<Answer>> {
    // 16 blocks of 64 kB: a disk that is slow for a moment does not slow the network.
    let (send, answers) = sync_channel(16);
    let read = move || {
        if let Err(trouble) = read_into(&send, &address, from, version, stalled) {
            send.send(Err(trouble)).unwrap_or_default();
        }
    };
    std::thread::Builder::new().name("model download".into()).spawn(read).map_err(|err| failed(err.to_string()))?;
    Ok(answers)
}

fn read_into(send: &SyncSender<Answer>, address: &str, from: u64, version: Option<String>, stalled: Duration) -> Result<(), AttemptFailure> {
    // Proxies are ureq's own reading of ALL_PROXY, HTTPS_PROXY, HTTP_PROXY and NO_PROXY (on Windows of the system's settings too); certificates are
    // the system's, so that a school that looks into its traffic with one of its own is trusted as far as the computer trusts it.
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build())
        .timeout_connect(Some(stalled))
        .timeout_recv_response(Some(stalled))
        .http_status_as_error(false)
        .build()
        .into();
    let mut asked = agent.get(address);
    if from > 0 {
        asked = asked.header(RANGE, format!("bytes={from}-"));
        if let Some(version) = version {
            asked = asked.header(IF_RANGE, version);
        }
    }
    let mut response = asked.call().map_err(trouble)?;
    // A receiver that is gone wants no more.
    if send.send(Ok(Piece::Head(Head::of(&response)))).is_err() {
        return Ok(());
    }
    let mut body = response.body_mut().as_reader();
    let mut block = vec![0; 1 << 16];
    loop {
        let count = body.read(&mut block).map_err(|err| AttemptFailure::Cut(err.to_string()))?;
        let piece = if count == 0 { Piece::End } else { Piece::Block(block[..count].to_vec()) };
        if send.send(Ok(piece)).is_err() || count == 0 {
            return Ok(());
        }
    }
}

fn trouble(err: ureq::Error) -> AttemptFailure {
    match err {
        // A certificate nobody vouches for, a proxy that says no, a login page that leads in circles.
        ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::ConnectProxyFailed(_) => refused(err.to_string()),
        ureq::Error::TooManyRedirects | ureq::Error::RedirectFailed => refused(err.to_string()),
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed | ureq::Error::Timeout(_) => AttemptFailure::Unreachable(err.to_string()),
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => AttemptFailure::Unreachable(io.to_string()),
        // What the handshake says of a certificate it does not trust.
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::InvalidData => refused(io.to_string()),
        ureq::Error::BadUri(_) | ureq::Error::InvalidProxyUrl => AttemptFailure::Final(failed(err.to_string())),
        err => AttemptFailure::Cut(err.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_says_of_a_part_is_read() {
        assert_eq!(range("bytes 100-199/200"), Some((100, Some(200))));
        assert_eq!(range("bytes 0-0/*"), Some((0, None)));
        for nonsense in ["", "bytes", "bytes */200", "bytes x-1/2", "seconds 1-2/3", "bytes -1-2/3"] {
            assert_eq!(range(nonsense), None, "{nonsense}");
        }
    }
}
