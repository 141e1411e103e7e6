//! Speech models: which there are, adding one from a file, downloading one. The only code that may use the network, and only when asked to.

use super::messages::ModelRow;
use crate::error::{Error, ErrorKind, Result};
use crate::settings::{Folders, Settings, shipped};
use crate::speech::check_model;
use serde::Deserialize;
use sha1::{Digest as _, Sha1};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

/// What the catalogue says of one model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// `base-q8_0`.
    pub name: String,
    /// "Base".
    pub title: String,
    /// The file's size.
    pub bytes: u64,
    /// As whisper.cpp publishes it, lower-case hex.
    pub sha1: String,
    /// `en` or `any`.
    pub languages: String,
    /// One plain sentence.
    pub good_for: String,
}

#[derive(Debug, Deserialize)]
struct Catalogue {
    address: String,
    model: Vec<Entry>,
}

/// Another address than the catalogue's, for schools with a mirror and for tests.
const ADDRESS: &str = "AFTERBELL_MODEL_ADDRESS";
/// How every model file begins: "ggml" as a little-endian number.
const MAGIC: &[u8] = b"lmgg";
/// How often a download that brings nothing looks whether it should stop: a person notices from 100 ms on.
const STOP_CHECK: Duration = Duration::from_millis(100);
/// No byte for this long means the download has stopped.
const STALLED: Duration = Duration::from_secs(30);

fn catalogue_file() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let parsed = toml::from_str(include_str!("../../models/catalog.toml"));
        // A test reads the catalogue; what ships is well-formed.
        parsed.unwrap_or_else(|err| {
            tracing::error!("the catalogue of models: {err}");
            Catalogue { address: String::new(), model: Vec::new() }
        })
    })
}

/// The models on offer, smallest first.
#[must_use]
pub fn catalogue() -> &'static [Entry] {
    &catalogue_file().model
}

fn entry(name: &str) -> Option<&'static Entry> {
    catalogue().iter().find(|entry| entry.name == name)
}

fn file_name(name: &str) -> String {
    format!("ggml-{name}.bin")
}

fn built_in(name: &str) -> Option<PathBuf> {
    shipped(&format!("models/{}", file_name(name)))
}

/// Names come from people and files; one with a path in it is none.
fn added(folders: &Folders, name: &str) -> Option<PathBuf> {
    let plain = !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
    plain.then(|| folders.models().join(file_name(name)))
}

/// Where an installed model is.
///
/// # Errors
/// [`ErrorKind::ModelMissing`].
pub fn path_of(folders: &Folders, name: &str) -> Result<PathBuf> {
    let added = added(folders, name).filter(|path| path.is_file());
    added.or_else(|| built_in(name)).ok_or(Error::new(ErrorKind::ModelMissing, "looking for a speech model", name.to_owned()))
}

/// Looks whether an installed model is whole: its size and its parts.
///
/// # Errors
/// [`ErrorKind::ModelMissing`], [`ErrorKind::ModelDamaged`].
pub fn check(folders: &Folders, name: &str) -> Result<()> {
    check_model(&path_of(folders, name)?)
}

/// Every model of the catalogue and every added one, for settings, welcome and `models list`.
///
/// # Errors
/// When the models folder cannot be read.
pub fn list(folders: &Folders, settings: &Settings) -> Result<Vec<ModelRow>> {
    let mut rows: Vec<ModelRow> = catalogue()
        .iter()
        .map(|entry| {
            let built_in = built_in(&entry.name).is_some();
            ModelRow {
                name: entry.name.clone(),
                title: entry.title.clone(),
                good_for: entry.good_for.clone(),
                bytes: entry.bytes,
                installed: built_in || added(folders, &entry.name).is_some_and(|path| path.is_file()),
                built_in,
                in_use: entry.name == settings.model,
            }
        })
        .collect();
    for (name, bytes) in own_files(folders)? {
        if entry(&name).is_none() {
            let in_use = name == settings.model;
            rows.push(ModelRow { title: name.clone(), name, good_for: "Added from a file.".into(), bytes, installed: true, built_in: false, in_use });
        }
    }
    Ok(rows)
}

fn own_files(folders: &Folders) -> Result<Vec<(String, u64)>> {
    let entries = match std::fs::read_dir(folders.models()) {
        Ok(entries) => entries,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(Error::reading("looking for speech models", err)),
    };
    let mut found: Vec<(String, u64)> = entries
        .flatten()
        .filter_map(|entry| {
            let file = entry.file_name().to_string_lossy().into_owned();
            let name = file.strip_prefix("ggml-")?.strip_suffix(".bin")?;
            Some((name.to_owned(), entry.metadata().ok()?.len()))
        })
        .collect();
    found.sort();
    Ok(found)
}

/// Adds a model from a file, after looking at it whole. One of the catalogue's (by its contents) gets the catalogue's name.
///
/// # Errors
/// [`ErrorKind::NotAModel`], [`ErrorKind::ModelDamaged`], [`ErrorKind::FileUnreadable`], [`ErrorKind::DiskFull`]; nothing is half added.
pub fn add(folders: &Folders, file: &Path) -> Result<String> {
    let doing = "adding a speech model";
    check_model(file)?;
    let sum = sha1_of(file)?;
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let own_name = stem.strip_prefix("ggml-").unwrap_or(&stem).to_owned();
    let name = match catalogue().iter().find(|entry| entry.sha1 == sum) {
        Some(known) => known.name.clone(),
        // It bears a catalogue name and is not that file: whole in form, altered in content.
        None if entry(&own_name).is_some() => return Err(Error::new(ErrorKind::ModelDamaged, doing, "the checksum differs from the published one")),
        None => own_name,
    };
    if built_in(&name).is_some() {
        return Ok(name);
    }
    let Some(destination) = added(folders, &name) else { return Err(Error::bare(ErrorKind::NotAModel, doing)) };
    std::fs::create_dir_all(folders.models()).map_err(|err| Error::writing(doing, err))?;
    let mut copy = tempfile::NamedTempFile::new_in(folders.models()).map_err(|err| Error::writing(doing, err))?;
    let mut from = std::fs::File::open(file).map_err(|err| Error::reading(doing, err))?;
    std::io::copy(&mut from, copy.as_file_mut()).map_err(|err| Error::writing(doing, err))?;
    copy.as_file().sync_all().map_err(|err| Error::writing(doing, err))?;
    copy.persist(destination).map_err(|err| Error::writing(doing, err.error))?;
    Ok(name)
}

fn sha1_of(path: &Path) -> Result<String> {
    let doing = "summing a speech model";
    let mut file = std::fs::File::open(path).map_err(|err| Error::reading(doing, err))?;
    let mut sum = Sha1::new();
    let mut block = vec![0; 1 << 18];
    loop {
        match file.read(&mut block).map_err(|err| Error::reading(doing, err))? {
            0 => break,
            count => sum.update(&block[..count]),
        }
    }
    Ok(hex(&sum.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Removes a model that was added or downloaded.
///
/// # Errors
/// [`ErrorKind::ModelBuiltIn`] for the one that came with the program, [`ErrorKind::ModelMissing`] for one that is not there.
pub fn remove(folders: &Folders, name: &str) -> Result<()> {
    let doing = "removing a speech model";
    match added(folders, name).filter(|path| path.is_file()) {
        Some(path) => std::fs::remove_file(path).map_err(|err| Error::writing(doing, err)),
        None if built_in(name).is_some() => Err(Error::bare(ErrorKind::ModelBuiltIn, doing)),
        None => Err(Error::bare(ErrorKind::ModelMissing, doing)),
    }
}

/// Downloads a model of the catalogue. `check` hears how much is done (0 to 1) and the seconds left, several times a second even when
/// nothing comes, and stops it with an error. The file gets its name only when it is whole and its checksum is right.
///
/// # Errors
/// [`ErrorKind::DownloadFailed`], [`ErrorKind::ModelDamaged`] when what came is not what was published, [`ErrorKind::DiskFull`], or what `check` said.
pub fn download(folders: &Folders, name: &str, check: &mut dyn FnMut(f32, Option<u64>) -> Result<()>) -> Result<()> {
    let wanted = entry(name).ok_or_else(|| Error::new(ErrorKind::ModelMissing, DOWNLOADING, name.to_owned()))?;
    if path_of(folders, name).is_ok() {
        return Ok(());
    }
    let address = std::env::var(ADDRESS).unwrap_or_else(|_| catalogue_file().address.clone());
    fetch(folders, wanted, &address, STALLED, check)
}

const DOWNLOADING: &str = "downloading a speech model";

/// A block of the file as it comes; an empty one is the end.
type Block = std::result::Result<Vec<u8>, String>;

fn fetch(folders: &Folders, wanted: &Entry, address: &str, stalled: Duration, check: &mut dyn FnMut(f32, Option<u64>) -> Result<()>) -> Result<()> {
    let Some(destination) = added(folders, &wanted.name) else { return Err(Error::bare(ErrorKind::ModelMissing, DOWNLOADING)) };
    std::fs::create_dir_all(folders.models()).map_err(|err| Error::writing(DOWNLOADING, err))?;
    // 100 MB are left for the recordings that may go on meanwhile.
    if fs4::available_space(folders.models()).is_ok_and(|free| free < wanted.bytes + 100_000_000) {
        return Err(Error::bare(ErrorKind::DiskFull, DOWNLOADING));
    }
    let failed = |err: String| Error::new(ErrorKind::DownloadFailed, DOWNLOADING, err);
    let mut part = tempfile::NamedTempFile::new_in(folders.models()).map_err(|err| Error::writing(DOWNLOADING, err))?;
    let blocks = blocks_of(format!("{address}/{}", file_name(&wanted.name)), stalled)?;
    let mut sum = Sha1::new();
    let (mut done, begun, mut last_block) = (0_u64, Instant::now(), Instant::now());
    loop {
        let fraction = (done as f64 / wanted.bytes.max(1) as f64) as f32;
        let block = match blocks.recv_timeout(STOP_CHECK) {
            Ok(block) => block.map_err(failed)?,
            Err(RecvTimeoutError::Timeout) if last_block.elapsed() < stalled => {
                check(fraction, None)?;
                continue;
            }
            Err(RecvTimeoutError::Timeout) => return Err(failed("nothing came for a while".into())),
            Err(RecvTimeoutError::Disconnected) => return Err(failed("the connection ended".into())),
        };
        if block.is_empty() {
            break;
        }
        if done == 0 && !MAGIC.starts_with(&block[..block.len().min(MAGIC.len())]) {
            return Err(failed("what came is not a model (a page of the network, perhaps)".into()));
        }
        done += block.len() as u64;
        if done > wanted.bytes {
            return Err(Error::new(ErrorKind::ModelDamaged, DOWNLOADING, "longer than published"));
        }
        sum.update(&block);
        part.write_all(&block).map_err(|err| Error::writing(DOWNLOADING, err))?;
        last_block = Instant::now();
        let secs = begun.elapsed().as_secs_f64();
        let left = (secs > 1.0).then(|| ((wanted.bytes - done) as f64 * secs / done as f64) as u64);
        check(fraction, left)?;
    }
    if done < wanted.bytes {
        return Err(failed(format!("{done} bytes of {}", wanted.bytes)));
    }
    if hex(&sum.finalize()) != wanted.sha1 {
        return Err(Error::new(ErrorKind::ModelDamaged, DOWNLOADING, "the checksum differs from the published one"));
    }
    part.as_file().sync_all().map_err(|err| Error::writing(DOWNLOADING, err))?;
    part.persist(destination).map_err(|err| Error::writing(DOWNLOADING, err.error))?;
    Ok(())
}

/// Reads `address` on a thread of its own, so that a server that falls silent cannot hold up whoever wants to stop. The thread ends with
/// the connection, or with the next block after the receiver is gone.
fn blocks_of(address: String, stalled: Duration) -> Result<Receiver<Block>> {
    // 16 blocks of 64 kB: a disk that is slow for a moment does not slow the network.
    let (send, blocks) = sync_channel::<Block>(16);
    let read = move || {
        let agent: ureq::Agent = ureq::Agent::config_builder().timeout_connect(Some(stalled)).timeout_recv_response(Some(stalled)).build().into();
        let mut response = match agent.get(address).call() {
            Ok(response) => response,
            Err(err) => return send.send(Err(err.to_string())).unwrap_or_default(),
        };
        let mut body = response.body_mut().as_reader();
        let mut block = vec![0; 1 << 16];
        loop {
            let read = body.read(&mut block).map(|count| block[..count].to_vec()).map_err(|err| err.to_string());
            let is_last = read.as_ref().map_or(true, Vec::is_empty);
            if send.send(read).is_err() || is_last {
                return;
            }
        }
    };
    std::thread::Builder::new().name("model download".into()).spawn(read).map_err(|err| Error::new(ErrorKind::DownloadFailed, DOWNLOADING, err))?;
    Ok(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_read_and_the_shipped_model_is_in_it_and_in_use() {
        assert_eq!(catalogue().len(), 10);
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let rows = list(&folders, &Settings::default()).unwrap();
        let shipped: Vec<_> = rows.iter().filter(|row| row.installed).collect();
        assert_eq!(shipped.len(), 1);
        assert!(shipped[0].built_in && shipped[0].in_use);
        assert_eq!(sha1_of(&path_of(&folders, "base-q8_0").unwrap()).unwrap(), entry("base-q8_0").unwrap().sha1);
    }

    #[test]
    fn a_model_added_from_a_file_is_looked_at_first() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().join("Schülerin")));
        let whole = built_in("base-q8_0").unwrap();
        assert_eq!(add(&folders, &whole).unwrap(), "base-q8_0");
        // One altered byte deep inside, under a catalogue name.
        let mut bytes = std::fs::read(&whole).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let altered = folder.path().join("ggml-small-q8_0.bin");
        std::fs::write(&altered, &bytes).unwrap();
        assert_eq!(add(&folders, &altered).unwrap_err().kind, ErrorKind::ModelDamaged);
        // The same under a name of its own: a model somebody made.
        let own = folder.path().join("ggml-ours.bin");
        std::fs::write(&own, &bytes).unwrap();
        assert_eq!(add(&folders, &own).unwrap(), "ours");
        assert!(path_of(&folders, "ours").is_ok());
        remove(&folders, "ours").unwrap();
        assert_eq!(path_of(&folders, "ours").unwrap_err().kind, ErrorKind::ModelMissing);
        assert_eq!(remove(&folders, "base-q8_0").unwrap_err().kind, ErrorKind::ModelBuiltIn);
        assert_eq!(path_of(&folders, "../x").unwrap_err().kind, ErrorKind::ModelMissing);
    }

    /// A server for one request: it sends `head`, then `body`, and then hangs up, or holds the line until the test lets go of it.
    fn server(body: Vec<u8>, claimed: usize, holds_the_line: bool) -> (String, std::sync::mpsc::SyncSender<()>) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/models", listener.local_addr().unwrap());
        let (let_go, held) = sync_channel::<()>(0);
        let serve = move || {
            let (mut line, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let count = line.read(&mut request).unwrap();
            assert!(request[..count].starts_with(b"GET /models/ggml-toy.bin "), "{}", String::from_utf8_lossy(&request[..count]));
            write!(line, "HTTP/1.1 200 OK\r\nContent-Length: {claimed}\r\nConnection: close\r\n\r\n").unwrap();
            line.write_all(&body).ok();
            if holds_the_line {
                held.recv().ok();
            }
        };
        std::thread::Builder::new().name("test server".into()).spawn(serve).unwrap();
        (address, let_go)
    }

    fn toy(bytes: &[u8]) -> Entry {
        Entry {
            name: "toy".into(),
            title: "Toy".into(),
            bytes: bytes.len() as u64,
            sha1: hex(&Sha1::digest(bytes)),
            languages: "en".into(),
            good_for: "Tests.".into(),
        }
    }

    /// What a download gives, and the files it leaves in the models folder.
    fn fetched(wanted: &Entry, sent: Vec<u8>, claimed: usize) -> (std::result::Result<(), ErrorKind>, Vec<String>) {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().join("Schülerin")));
        let (address, _let_go) = server(sent, claimed, false);
        let result = fetch(&folders, wanted, &address, STALLED, &mut |_, _| Ok(())).map_err(|err| err.kind);
        let left = std::fs::read_dir(folders.models()).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        (result, left)
    }

    #[test]
    fn a_download_is_kept_only_when_every_byte_is_right() {
        let model: Vec<u8> = [b"lmgg".as_slice(), &[7; 300_000]].concat();
        let wanted = toy(&model);
        assert_eq!(fetched(&wanted, model.clone(), model.len()), (Ok(()), vec!["ggml-toy.bin".into()]));
        let cut = model[..100_000].to_vec();
        assert_eq!(fetched(&wanted, cut.clone(), model.len()), (Err(ErrorKind::DownloadFailed), vec![]), "the connection broke");
        assert_eq!(fetched(&wanted, cut, 100_000), (Err(ErrorKind::DownloadFailed), vec![]), "the server has less");
        let mut altered = model.clone();
        altered[200_000] ^= 1;
        assert_eq!(fetched(&wanted, altered, model.len()), (Err(ErrorKind::ModelDamaged), vec![]));
        let longer = [model.as_slice(), b"more"].concat();
        assert_eq!(fetched(&wanted, longer.clone(), longer.len()), (Err(ErrorKind::ModelDamaged), vec![]));
        let page = b"<html><body>Please sign in to the school network</body></html>".to_vec();
        assert_eq!(fetched(&wanted, page.clone(), page.len()), (Err(ErrorKind::DownloadFailed), vec![]));
        assert_eq!(fetched(&wanted, vec![], 0), (Err(ErrorKind::DownloadFailed), vec![]));
    }

    #[test]
    fn a_server_that_falls_silent_can_be_stopped_and_gives_up_by_itself() {
        let model: Vec<u8> = [b"lmgg".as_slice(), &[7; 300_000]].concat();
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let (address, let_go) = server(model[..100_000].to_vec(), model.len(), true);
        let mut asked = 0;
        let stopped = fetch(&folders, &toy(&model), &address, STALLED, &mut |fraction, _| {
            asked += usize::from(fraction > 0.2);
            if asked > 3 { Err(Error::bare(ErrorKind::Cancelled, "test")) } else { Ok(()) }
        });
        assert_eq!(stopped.unwrap_err().kind, ErrorKind::Cancelled);
        drop(let_go);
        let (address, _let_go) = server(model[..100_000].to_vec(), model.len(), true);
        let given_up = fetch(&folders, &toy(&model), &address, Duration::from_millis(300), &mut |_, _| Ok(()));
        assert_eq!(given_up.unwrap_err().kind, ErrorKind::DownloadFailed);
        assert_eq!(std::fs::read_dir(folders.models()).unwrap().count(), 0, "nothing half-done is left");
    }

    #[test]
    fn without_a_connection_the_download_says_so() {
        // A port that was just free: nobody listens.
        let address = format!("http://{}", std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let result = fetch(&folders, &toy(b"lmgg"), &address, STALLED, &mut |_, _| Ok(()));
        assert_eq!(result.unwrap_err().kind, ErrorKind::DownloadFailed);
    }
}
