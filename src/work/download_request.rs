//! One request for a model file, and what came of it: the only code that uses the network.

use crate::error::{Error, ErrorKind, Result};
use std::io::Read as _;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use ureq::http::header::{CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, LAST_MODIFIED, RANGE};
use ureq::tls::{RootCerts, TlsConfig};

/// What is being done, for errors.
pub(super) const DOING: &str = "downloading a speech model";

/// What ended one try.
pub(super) enum AttemptFailure {
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

pub(super) fn failed(cause: String) -> Error {
    Error::new(ErrorKind::DownloadFailed, DOING, cause)
}

pub(super) fn refused(cause: impl Into<String>) -> AttemptFailure {
    AttemptFailure::Final(Error::new(ErrorKind::DownloadRefused, DOING, cause.into()))
}

/// What the server said before the file itself.
pub(super) struct Head {
    pub status: u16,
    /// From which byte, and of how many.
    pub range: Option<(u64, Option<u64>)>,
    pub length: Option<u64>,
    /// It calls itself a page or a text.
    pub is_page: bool,
    pub version: Option<String>,
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
pub(super) enum Piece {
    Head(Head),
    Block(Vec<u8>),
    End,
}

pub(super) type Answer = std::result::Result<Piece, AttemptFailure>;

/// Asks for the file from byte `from`, on a thread of its own, so that a server that falls silent cannot hold up whoever wants to stop. The thread
/// ends with the connection, or with the next block after the receiver is gone.
pub(super) fn request(address: String, from: u64, version: Option<String>, stalled: Duration) -> Result<Receiver<Answer>> {
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
