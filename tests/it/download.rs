//! Downloading a model, from servers on this computer that behave well and badly. Nothing here leaves the computer.

use crate::support;
use afterbell::error::{Error, ErrorKind};
use afterbell::settings::Folders;
use afterbell::work::catalogue::Entry;
use afterbell::work::download::{DownloadPolicy, discard, fetch, stopped_at};
use sha1::{Digest as _, Sha1};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What was asked for.
#[derive(Debug, Clone)]
struct Asked {
    head: String,
}

impl Asked {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.split_once(": ").filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value))
    }

    /// The byte from which on it is wanted.
    fn from(&self) -> Option<usize> {
        self.header("range")?.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok()
    }
}

/// How a server answers one request.
type Answer = Box<dyn FnOnce(&Asked, &mut Line) + Send>;

/// Makes the answers of a server, each time anew.
type Answers = fn() -> Vec<Answer>;

/// One connection, with what is to be known of it.
struct Line {
    stream: TcpStream,
    served: Arc<AtomicU64>,
    /// Ends when the test lets go of the server.
    held: Arc<Mutex<Receiver<()>>>,
}

impl Line {
    fn head(&mut self, status: &str, headers: &str) {
        write!(self.stream, "HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n").ok();
    }

    fn body(&mut self, bytes: &[u8]) {
        if self.stream.write_all(bytes).is_ok() {
            self.served.fetch_add(bytes.len() as u64, Ordering::SeqCst);
        }
    }

    fn hold(&self) {
        self.held.lock().unwrap().recv().ok();
    }
}

struct Server {
    address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Bytes of files (not of heads) that were sent.
    served: Arc<AtomicU64>,
    _let_go: SyncSender<()>,
}

impl Server {
    /// Answers each request with the next of `answers`, then listens no more.
    fn start(answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (let_go, held) = sync_channel::<()>(0);
        let held = Arc::new(Mutex::new(held));
        let (asked, served) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<AtomicU64>::default());
        let (seen, counted) = (Arc::clone(&asked), Arc::clone(&served));
        let serve = move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                let request = Asked { head: read_head(&mut stream) };
                seen.lock().unwrap().push(request.clone());
                answer(&request, &mut Line { stream, served: Arc::clone(&counted), held: Arc::clone(&held) });
            }
        };
        std::thread::Builder::new().name("test server".into()).spawn(serve).unwrap();
        Self { address, asked, served, _let_go: let_go }
    }

    fn served(&self) -> usize {
        self.served.load(Ordering::SeqCst) as usize
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// From which byte each request wanted it.
    fn ranges(&self) -> Vec<Option<usize>> {
        self.asked().iter().map(Asked::from).collect()
    }

    fn policy(&self, tries: usize) -> DownloadPolicy {
        DownloadPolicy { address: self.address.clone(), stalled: Duration::from_millis(400), pauses: vec![Duration::from_millis(1); tries] }
    }
}

fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// A server that does as it should, up to a point.
#[derive(Clone)]
struct Good {
    file: Arc<Vec<u8>>,
    /// Its entity tag; empty: it gives none.
    tag: &'static str,
    /// After so many bytes of this answer …
    after: Option<usize>,
    /// … it says nothing more and keeps the line, instead of hanging up.
    stalls: bool,
}

impl Good {
    fn new(file: &[u8]) -> Self {
        Self { file: Arc::new(file.to_vec()), tag: "\"one\"", after: None, stalls: false }
    }

    fn cut(self, after: usize) -> Answer {
        Self { after: Some(after), ..self }.answer()
    }

    fn stall(self, after: usize) -> Answer {
        Self { after: Some(after), stalls: true, ..self }.answer()
    }

    fn tagged(self, tag: &'static str) -> Self {
        Self { tag, ..self }
    }

    fn answer(self) -> Answer {
        Box::new(move |asked, line| {
            let whole = self.file.len();
            let tag = if self.tag.is_empty() { String::new() } else { format!("ETag: {}\r\n", self.tag) };
            let same = asked.header("if-range").is_none_or(|wanted| wanted == self.tag);
            let rest = match asked.from().filter(|_| same) {
                Some(from) if from >= whole => return line.head("416 Range Not Satisfiable", &format!("Content-Range: bytes */{whole}\r\n")),
                Some(from) => {
                    let span = format!("Content-Range: bytes {from}-{}/{whole}\r\nContent-Length: {}\r\n{tag}", whole - 1, whole - from);
                    line.head("206 Partial Content", &span);
                    &self.file[from..]
                }
                None => {
                    line.head("200 OK", &format!("Content-Length: {whole}\r\n{tag}"));
                    &self.file[..]
                }
            };
            line.body(&rest[..rest.len().min(self.after.unwrap_or(usize::MAX))]);
            if self.stalls {
                line.hold();
            }
        })
    }
}

/// An answer that is always the same, with its length.
fn says(status: &'static str, headers: &'static str, body: &'static [u8]) -> Answer {
    Box::new(move |_, line| {
        line.head(status, &format!("{headers}Content-Length: {}\r\n", body.len()));
        line.body(body);
    })
}

const PAGE: &[u8] = b"<!DOCTYPE html><html><body>Please sign in to the school network</body></html>";

/// A file that begins as a model does, each byte of it different from those around it.
fn toy() -> Vec<u8> {
    let mut number = 7_u32;
    let noise = std::iter::repeat_with(move || {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (number >> 24) as u8
    });
    b"lmgg".iter().copied().chain(noise.take(400_000)).collect()
}

fn entry(bytes: &[u8]) -> Entry {
    let sha1 = Sha1::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let (title, languages, good_for) = ("Toy".into(), "en".into(), "Tests.".into());
    Entry { name: "toy".into(), title, bytes: bytes.len() as u64, sha1, languages, good_for, work: 1.0 }
}

/// A models folder of its own, gone at the end.
struct Place {
    _folder: tempfile::TempDir,
    folders: Folders,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().join("Schülerin")));
        Self { _folder: folder, folders }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folders.models().join(name)
    }

    fn has(&self) -> usize {
        std::fs::metadata(self.file("ggml-toy.partial")).map_or(0, |file| file.len() as usize)
    }

    /// What lies in the models folder.
    fn names(&self) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(self.folders.models()) else { return Vec::new() };
        let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn fetch(&self, file: &[u8], policy: &DownloadPolicy) -> Result<(), ErrorKind> {
        fetch(&self.folders, &entry(file), policy, &mut |_, _| Ok(())).map_err(|err| {
            println!("{err}");
            err.kind
        })
    }

    /// The whole file is there and nothing else.
    fn is_done(&self, file: &[u8]) -> bool {
        self.names() == ["ggml-toy.bin"] && std::fs::read(self.file("ggml-toy.bin")).unwrap() == file
    }

    /// With the first 150,000 bytes of the toy there, as a cut download leaves them.
    fn begun() -> Self {
        let place = Self::new();
        let server = Server::start(vec![Good::new(&toy()).cut(150_000)]);
        assert_eq!(place.fetch(&toy(), &server.policy(0)), Err(ErrorKind::DownloadFailed));
        assert_eq!(place.has(), 150_000);
        place
    }
}

#[test]
fn a_cut_connection_is_taken_up_again_and_nothing_is_fetched_twice() {
    let (file, place) = (toy(), Place::new());
    let good = Good::new(&file);
    let server = Server::start(vec![good.clone().cut(100_000), good.clone().cut(1), good.clone().cut(180_000), good.answer()]);
    assert_eq!(place.fetch(&file, &server.policy(3)), Ok(()));
    assert!(place.is_done(&file));
    assert_eq!(server.ranges(), [None, Some(100_000), Some(100_001), Some(280_001)]);
    assert!(server.asked()[1..].iter().all(|asked| asked.header("if-range") == Some("\"one\"")));
    assert_eq!(server.served(), file.len());
}

#[test]
fn cut_too_often_it_stops_and_what_has_come_stays_for_the_next_time() {
    let (file, place) = (toy(), Place::new());
    // Each brings less than a hundredth: no progress worth speaking of.
    let good = Good::new(&file);
    let server = Server::start(vec![good.clone().cut(50_000), good.clone().cut(10), good.clone().cut(10)]);
    assert_eq!(place.fetch(&file, &server.policy(2)), Err(ErrorKind::DownloadFailed));
    // The first try brought enough for the count to begin anew, but nobody listened any more.
    assert_eq!(place.names(), ["ggml-toy.partial", "ggml-toy.partial.toml"]);
    assert!(stopped_at(&place.folders, &entry(&file)).is_some_and(|fraction| (fraction - 50_020.0 / 400_004.0).abs() < 1e-4));
    let server = Server::start(vec![good.answer()]);
    assert_eq!(place.fetch(&file, &server.policy(0)), Ok(()));
    assert!(place.is_done(&file));
    assert_eq!((server.ranges(), server.served()), (vec![Some(50_020)], file.len() - 50_020));
}

#[test]
fn paused_it_goes_on_from_there_and_a_silent_server_does_not_hold_up_the_pause() {
    let (file, place) = (toy(), Place::new());
    let server = Server::start(vec![Good::new(&file).stall(200_000)]);
    let policy = DownloadPolicy { stalled: Duration::from_secs(30), ..server.policy(0) };
    let begun = Instant::now();
    let mut seen_at = None;
    let paused = fetch(&place.folders, &entry(&file), &policy, &mut |fraction, _| {
        let at = *seen_at.get_or_insert(Instant::now());
        if fraction > 0.49 && at.elapsed() > Duration::from_millis(300) { Err(Error::bare(ErrorKind::Cancelled, "pause")) } else { Ok(()) }
    });
    assert_eq!(paused.unwrap_err().kind, ErrorKind::Cancelled);
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(place.has(), 200_000);
    let server = Server::start(vec![Good::new(&file).answer()]);
    assert_eq!(place.fetch(&file, &server.policy(0)), Ok(()));
    assert!(place.is_done(&file));
    assert_eq!(server.served(), file.len() - 200_000);
}

#[test]
fn discarded_nothing_is_left() {
    let place = Place::begun();
    discard(&place.folders, "toy").unwrap();
    assert_eq!(place.names(), Vec::<String>::new());
    assert_eq!(stopped_at(&place.folders, &entry(&toy())), None);
    discard(&place.folders, "toy").unwrap();
}

#[test]
fn a_stalled_connection_is_taken_up_again() {
    let (file, place) = (toy(), Place::new());
    let held = Server::start(vec![Good::new(&file).stall(120_000)]);
    assert_eq!(place.fetch(&file, &held.policy(0)), Err(ErrorKind::DownloadFailed), "after a while it gives up");
    assert_eq!(place.has(), 120_000);
    // The same server, silent first, then well: the stalled line is left, another is opened.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let policy = DownloadPolicy { address: format!("http://{}", listener.local_addr().unwrap()), ..held.policy(1) };
    let served = Arc::clone(&held.served);
    let goods = [Good::new(&file).cut(0), Good::new(&file).answer()];
    std::thread::Builder::new()
        .spawn(move || {
            let mut lines = Vec::new();
            for good in goods {
                let (mut stream, _) = listener.accept().unwrap();
                let asked = Asked { head: read_head(&mut stream) };
                let (_, held) = sync_channel(0);
                let mut line = Line { stream, served: Arc::clone(&served), held: Arc::new(Mutex::new(held)) };
                good(&asked, &mut line);
                // Not hung up.
                lines.push(line);
            }
        })
        .unwrap();
    assert_eq!(place.fetch(&file, &policy), Ok(()));
    assert!(place.is_done(&file));
    assert_eq!(held.served(), file.len());
}

#[test]
fn a_file_that_changed_in_between_is_begun_anew() {
    let (file, place) = (toy(), Place::new());
    let mut other = file.clone();
    other[50_000..].reverse();
    let server = Server::start(vec![Good::new(&other).tagged("\"old\"").cut(200_000), Good::new(&file).tagged("\"new\"").answer()]);
    assert_eq!(place.fetch(&file, &server.policy(1)), Ok(()));
    assert!(place.is_done(&file));
    assert_eq!((server.ranges(), server.asked()[1].header("if-range")), (vec![None, Some(200_000)], Some("\"old\"")));
}

#[test]
fn parts_of_two_files_are_found_by_the_checksum_where_the_server_does_not_say_that_it_changed() {
    let (file, place) = (toy(), Place::new());
    let mut other = file.clone();
    other[50_000..].reverse();
    let cut = Server::start(vec![Good::new(&other).tagged("").cut(200_000)]);
    assert_eq!(place.fetch(&file, &cut.policy(0)), Err(ErrorKind::DownloadFailed));
    let good = Good::new(&file).tagged("");
    let server = Server::start(vec![good.clone().answer(), good.answer()]);
    assert_eq!(place.fetch(&file, &server.policy(0)), Ok(()));
    assert!(place.is_done(&file));
    assert_eq!(server.ranges(), [Some(200_000), None]);
}

#[test]
fn a_weak_tag_is_not_relied_on_but_a_date_is() {
    let (file, place) = (toy(), Place::new());
    let head = "ETag: W/\"weak\"\r\nLast-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n";
    let first: Answer = Box::new({
        let file = file.clone();
        move |_, line| {
            line.head("200 OK", &format!("{head}Content-Length: {}\r\n", file.len()));
            line.body(&file[..9_000]);
        }
    });
    let server = Server::start(vec![first, Good::new(&file).tagged("Wed, 21 Oct 2015 07:28:00 GMT").answer()]);
    assert_eq!(place.fetch(&file, &server.policy(1)), Ok(()));
    assert_eq!(server.asked()[1].header("if-range"), Some("Wed, 21 Oct 2015 07:28:00 GMT"));
    assert_eq!(server.ranges()[1], Some(9_000));
}

#[test]
fn a_server_without_ranges_or_without_the_rest_is_asked_for_all_of_it() {
    let file = toy();
    // 200 where a part was asked for.
    let place = Place::begun();
    let whole: Answer = Box::new({
        let file = file.clone();
        move |_, line| {
            line.head("200 OK", &format!("Content-Length: {}\r\n", file.len()));
            line.body(&file);
        }
    });
    assert_eq!(place.fetch(&file, &Server::start(vec![whole]).policy(0)), Ok(()));
    assert!(place.is_done(&file));
    // 416, then well.
    let place = Place::begun();
    let server = Server::start(vec![says("416 Range Not Satisfiable", "Content-Range: bytes */1000\r\n", b""), Good::new(&file).answer()]);
    assert_eq!(place.fetch(&file, &server.policy(0)), Ok(()));
    assert!(place.is_done(&file));
    assert_eq!(server.ranges(), [Some(150_000), None]);
    // Another part than was asked for, and a part of a file of another length.
    for span in ["Content-Range: bytes 0-9/400004\r\n", "Content-Range: bytes 150000-150009/500000\r\n", ""] {
        let place = Place::begun();
        let server = Server::start(vec![says("206 Partial Content", span, b"0123456789"), Good::new(&file).answer()]);
        assert_eq!(place.fetch(&file, &server.policy(0)), Ok(()), "{span}");
        assert!(place.is_done(&file), "{span}");
        assert_eq!(server.ranges(), [Some(150_000), None]);
    }
    // Never anything else: it ends.
    let place = Place::begun();
    let server = Server::start(vec![says("416 Range Not Satisfiable", "", b""), says("416 Range Not Satisfiable", "", b"")]);
    assert_eq!(place.fetch(&file, &server.policy(0)), Err(ErrorKind::DownloadFailed));
}

#[test]
fn a_wrong_length_is_refused() {
    let file = toy();
    let longer = [file.as_slice(), b"more"].concat();
    let place = Place::new();
    let server = Server::start(vec![Good::new(&longer).answer()]);
    assert_eq!(place.fetch(&file, &server.policy(0)), Err(ErrorKind::ModelDamaged), "it says that it is longer");
    assert_eq!(place.names(), Vec::<String>::new());
    let endless: Answer = Box::new({
        let longer = longer.clone();
        move |_, line| {
            line.head("200 OK", "");
            line.body(&longer);
        }
    });
    assert_eq!(place.fetch(&file, &Server::start(vec![endless]).policy(0)), Err(ErrorKind::ModelDamaged), "it does not say how long it is, and is longer");
    assert_eq!(place.names(), Vec::<String>::new());
    let server = Server::start(vec![Good::new(&file[..100_000]).answer()]);
    assert_eq!(place.fetch(&file, &server.policy(0)), Err(ErrorKind::ModelDamaged), "it has less, and says so");
    // It says the right length and has less.
    let lies: Answer = Box::new({
        let file = file.clone();
        move |_, line| {
            line.head("200 OK", &format!("Content-Length: {}\r\n", file.len()));
            line.body(&file[..100_000]);
        }
    });
    let server = Server::start(vec![lies, Good::new(&file).answer()]);
    assert_eq!(place.fetch(&file, &server.policy(1)), Ok(()));
    assert!(place.is_done(&file));
    // The right length and one altered byte.
    let mut altered = file.clone();
    altered[200_000] ^= 1;
    let place = Place::new();
    assert_eq!(place.fetch(&file, &Server::start(vec![Good::new(&altered).answer()]).policy(0)), Err(ErrorKind::ModelDamaged));
    assert_eq!(place.names(), Vec::<String>::new());
}

#[test]
fn a_network_that_does_not_allow_it_is_told_apart_and_costs_nothing_that_has_come() {
    let file = toy();
    let refusals: Vec<(&str, Answers)> = vec![
        ("403", || vec![says("403 Forbidden", "", b"no")]),
        ("401", || vec![says("401 Unauthorized", "", b"no")]),
        ("407", || vec![says("407 Proxy Authentication Required", "", b"no")]),
        ("511", || vec![says("511 Network Authentication Required", "", PAGE)]),
        ("a page", || vec![says("200 OK", "Content-Type: text/html\r\n", PAGE)]),
        ("a page that does not say so", || vec![says("200 OK", "", PAGE)]),
        ("a redirect to a page", || vec![says("302 Found", "Location: /login\r\n", b""), says("200 OK", "Content-Type: text/html\r\n", PAGE)]),
        ("a redirect to itself", || (0..12).map(|_| says("302 Found", "Location: /again\r\n", b"")).collect()),
        ("nothing", || vec![says("200 OK", "", b"")]),
    ];
    for (what, answers) in refusals {
        let place = Place::begun();
        assert_eq!(place.fetch(&file, &Server::start(answers()).policy(0)), Err(ErrorKind::DownloadRefused), "{what}");
        assert_eq!(place.has(), 150_000, "{what}");
        let place = Place::new();
        assert_eq!(place.fetch(&file, &Server::start(answers()).policy(0)), Err(ErrorKind::DownloadRefused), "{what}");
        assert_eq!(place.names(), Vec::<String>::new(), "{what}");
    }
    // A page in place of the rest.
    let place = Place::begun();
    let server = Server::start(vec![says("206 Partial Content", "Content-Type: text/html\r\nContent-Range: bytes 150000-150009/400004\r\n", PAGE)]);
    assert_eq!(place.fetch(&file, &server.policy(0)), Err(ErrorKind::DownloadRefused));
    assert_eq!(place.has(), 150_000);
    let advice = ErrorKind::DownloadRefused.advice();
    assert!(advice.starts_with("This network doesn’t allow it.") && advice.ends_with("You can copy the model from a USB stick."), "{advice}");
}

#[test]
fn a_redirect_to_the_file_is_followed_with_the_part_that_is_wanted() {
    let (file, place) = (toy(), Place::begun());
    let server = Server::start(vec![says("302 Found", "Location: /elsewhere/file\r\n", b""), Good::new(&file).answer()]);
    assert_eq!(place.fetch(&file, &server.policy(0)), Ok(()));
    assert!(place.is_done(&file));
    assert_eq!((server.ranges(), server.served()), (vec![Some(150_000); 2], file.len() - 150_000));
    assert!(server.asked()[1].head.starts_with("GET /elsewhere/file "));
}

#[test]
fn a_busy_server_is_asked_again_and_a_missing_file_is_not() {
    let (file, place) = (toy(), Place::new());
    let server = Server::start(vec![says("500 Oh", "", b"x"), says("503 Busy", "", PAGE), Good::new(&file).answer()]);
    assert_eq!(place.fetch(&file, &server.policy(2)), Ok(()));
    assert!(place.is_done(&file));
    let place = Place::new();
    let server = Server::start(vec![says("500 Oh", "", b"x"), says("500 Oh", "", b"x")]);
    assert_eq!(place.fetch(&file, &server.policy(1)), Err(ErrorKind::DownloadFailed));
    let server = Server::start(vec![says("404 Not Found", "", b"x"), Good::new(&file).answer()]);
    assert_eq!(place.fetch(&file, &server.policy(5)), Err(ErrorKind::DownloadFailed));
    assert_eq!((server.asked().len(), place.names()), (1, Vec::<String>::new()));
}

#[test]
fn without_room_on_the_disk_nothing_is_asked_for() {
    let place = Place::new();
    let server = Server::start(vec![Good::new(&toy()).answer()]);
    let huge = Entry { bytes: 1 << 60, ..entry(&toy()) };
    let result = fetch(&place.folders, &huge, &server.policy(0), &mut |_, _| Ok(()));
    assert_eq!(result.unwrap_err().kind, ErrorKind::DiskFull);
    assert_eq!((server.asked().len(), place.names()), (0, Vec::<String>::new()));
}

#[test]
fn without_a_connection_the_download_says_so_at_once() {
    // A port that was just free: nobody listens.
    let address = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let place = Place::new();
    let begun = Instant::now();
    assert_eq!(place.fetch(&toy(), &DownloadPolicy::patient(address)), Err(ErrorKind::DownloadFailed));
    assert!(begun.elapsed() < Duration::from_secs(1));
    assert_eq!(place.names(), Vec::<String>::new());
}

#[test]
fn two_programs_never_write_into_the_same_file() {
    let (file, place) = (toy(), Place::new());
    let server = Server::start(vec![Good::new(&file).stall(100_000)]);
    let policy = DownloadPolicy { stalled: Duration::from_secs(30), ..server.policy(0) };
    let (folders, wanted) = (place.folders.clone(), entry(&file));
    let (stop, stopped) = sync_channel::<()>(0);
    let first = std::thread::Builder::new()
        .spawn(move || {
            fetch(&folders, &wanted, &policy, &mut |_, _| {
                if stopped.try_recv() == Err(std::sync::mpsc::TryRecvError::Empty) { Ok(()) } else { Err(Error::bare(ErrorKind::Cancelled, "test")) }
            })
        })
        .unwrap();
    support::wait_for("a part of the file", || place.has() == 100_000);
    assert_eq!(place.fetch(&file, &server.policy(0)), Err(ErrorKind::LibraryInUse));
    assert_eq!(discard(&place.folders, "toy").unwrap_err().kind, ErrorKind::LibraryInUse);
    assert_eq!(place.has(), 100_000);
    drop(stop);
    assert_eq!(first.join().unwrap().unwrap_err().kind, ErrorKind::Cancelled);
    discard(&place.folders, "toy").unwrap();
}

/// The program's own command downloads only what its catalogue names: here the shipped weights under another name, so that a download
/// that succeeds needs no file from elsewhere.
const OURS: &str = "school-q8_0";

fn shipped_bytes() -> Vec<u8> {
    std::fs::read(support::shipped_model()).unwrap()
}

/// `afterbell models download`, with nothing of this computer's own network in its surroundings.
fn program(env: &support::TestEnv, address: &str) -> std::process::Command {
    let mut command = env.command(&["models", "download", OURS]);
    knows_ours(env, &mut command);
    for name in ["ALL_PROXY", "all_proxy", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"] {
        command.env_remove(name);
    }
    command.env("AFTERBELL_MODEL_ADDRESS", address);
    command
}

fn knows_ours(env: &support::TestEnv, command: &mut std::process::Command) {
    command.env("AFTERBELL_MODEL_CATALOG", support::catalogue_with(env.folder.path(), OURS, "en"));
}

/// Runs the program with the catalogue that has our model.
fn run(env: &support::TestEnv, arguments: &[&str]) -> (i32, String) {
    let mut command = env.command(arguments);
    knows_ours(env, &mut command);
    let output = command.output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The row of our model in `afterbell models`.
fn row(env: &support::TestEnv) -> serde_json::Value {
    rows(env).into_iter().find(|row| row["name"] == OURS).unwrap()
}

fn rows(env: &support::TestEnv) -> Vec<serde_json::Value> {
    serde_json::from_str(&run(env, &["--json", "models"]).1).unwrap()
}

fn said(mut command: std::process::Command) -> (Option<i32>, String) {
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn the_program_downloads_uses_and_removes_a_model_and_says_in_plain_words_what_is_wrong() {
    let env = support::TestEnv::new();
    let mut wrong = b"lmgg".to_vec();
    wrong.resize(shipped_bytes().len(), 7);
    let page = says("200 OK", "Content-Type: text/html\r\n", PAGE);
    let server = Server::start(vec![says("404 Not Found", "", b"not found"), page, Good::new(&wrong).answer()]);
    for (what, sentence) in [
        ("404", "The download stopped."),
        ("a page", "This network doesn’t allow it. Nothing was changed. You can copy the model from a USB stick."),
        ("other bytes", "This speech model file isn’t complete."),
    ] {
        let (code, said) = said(program(&env, &server.address));
        assert!(code == Some(1) && said.contains(sentence), "{what}: {code:?} {said}");
        let left: Vec<_> = std::fs::read_dir(env.library().join("models")).unwrap().flatten().map(|file| file.path()).collect();
        assert!(left.is_empty(), "{what} left {left:?}");
    }
    let server = Server::start(vec![Good::new(&shipped_bytes()).answer()]);
    assert_eq!(said(program(&env, &server.address)).0, Some(0));
    assert_eq!(run(&env, &["models", "use", OURS]).0, 0);
    let found = row(&env);
    assert!(found["installed"] == true && found["in_use"] == true && found["built_in"] == false && found["english_only"] == true, "{found}");
    assert_eq!(run(&env, &["models", "remove", OURS]).0, 0);
    assert!(row(&env)["in_use"] == false && row(&env)["installed"] == false);
    assert!(env.json(&["models"]).as_array().unwrap().iter().any(|row| row["built_in"] == true && row["in_use"] == true), "the shipped one is used again");
}

#[test]
fn killed_in_the_middle_nothing_is_half_installed_and_it_goes_on_from_there() {
    let real = shipped_bytes();
    let env = support::TestEnv::new();
    let partial = env.library().join(format!("models/ggml-{OURS}.partial"));
    let has = || std::fs::metadata(&partial).map_or(0, |file| file.len() as usize);
    let file = Arc::new(real);
    // Sends so slowly that there is time for a kill: about 40 MB a second.
    let slow = |file: &Arc<Vec<u8>>| -> Answer {
        let file = Arc::clone(file);
        Box::new(move |asked, line| {
            let from = asked.from().unwrap_or(0);
            let status = if from > 0 { "206 Partial Content" } else { "200 OK" };
            let span = format!("Content-Range: bytes {from}-{}/{}\r\n", file.len() - 1, file.len());
            line.head(status, &format!("ETag: \"t\"\r\n{}Content-Length: {}\r\n", if from > 0 { span } else { String::new() }, file.len() - from));
            for block in file[from..].chunks(400_000) {
                line.body(block);
                std::thread::sleep(Duration::from_millis(10));
            }
        })
    };
    let server = Server::start((0..4).map(|_| slow(&file)).collect());
    let mut kept = vec![0];
    for round in 0..3 {
        let before = has();
        let mut child = program(&env, &server.address).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        support::wait_for("some of the file", || has() > before + 4_000_000);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!partial.with_extension("bin").exists(), "round {round}: nothing has the model's name");
        kept.push(has());
        let found = row(&env);
        let stopped = found["stopped_at"].as_f64().unwrap();
        assert!(found["installed"] == false && (stopped - has() as f64 / file.len() as f64).abs() < 1e-3, "round {round}: {found}");
    }
    assert_eq!(said(program(&env, &server.address)).0, Some(0));
    let ranges: Vec<usize> = server.ranges().iter().map(|from| from.unwrap_or(0)).collect();
    assert_eq!(ranges, kept, "each goes on from what the last left on the disk");
    let twice = server.served() as i64 - file.len() as i64;
    println!("killed three times: kept {kept:?} bytes of {}; {twice} bytes were on their way at a kill and sent twice", file.len());
    assert!(twice < 3 * 8_000_000, "{twice}");
    assert_eq!(run(&env, &["models", "use", OURS]).0, 0);
    let left: Vec<_> = std::fs::read_dir(env.library().join("models")).unwrap().flatten().map(|file| file.file_name()).collect();
    assert_eq!(left, [format!("ggml-{OURS}.bin").as_str()]);
}

#[test]
fn a_proxy_from_the_environment_is_used_and_its_no_is_understood() {
    let env = support::TestEnv::new();
    // CONNECT, then the request itself over the same line.
    let passes: Answer = Box::new(|_, line| {
        line.stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
        let through = read_head(&mut line.stream);
        assert!(through.starts_with(&format!("GET /models/ggml-{OURS}.bin ")), "{through}");
        line.head("404 Not Found", "Content-Length: 1\r\n");
        line.body(b"x");
    });
    let forbids = || says("403 Forbidden", "", b"no");
    let proxy = Server::start(vec![passes, forbids(), forbids()]);
    let through = |variable: &str| {
        let mut command = program(&env, "http://models.invalid/models");
        command.env(variable, &proxy.address);
        said(command).1
    };
    let reached = through("HTTPS_PROXY");
    assert!(reached.contains("The download stopped."), "the server behind it said 404: {reached}");
    for variable in ["HTTP_PROXY", "ALL_PROXY"] {
        let refused = through(variable);
        assert!(refused.contains("This network doesn’t allow it."), "{variable}: {refused}");
    }
    assert!(proxy.asked().iter().all(|asked| asked.head.starts_with("CONNECT models.invalid:80 ")), "{:?}", proxy.asked());
    // What is not to go through the proxy does not.
    let direct = Server::start(vec![says("404 Not Found", "", b"x")]);
    let mut command = program(&env, &direct.address);
    command.env("HTTPS_PROXY", "http://127.0.0.1:9").env("NO_PROXY", "127.0.0.1");
    assert!(said(command).1.contains("The download stopped."));
    assert_eq!(direct.asked().len(), 1);
}

#[test]
fn a_certificate_counts_when_the_computer_trusts_it() {
    if !support::has("openssl") {
        support::skip("no openssl, so no server with a certificate of its own");
        return;
    }
    let env = support::TestEnv::new();
    let folder = env.folder.path();
    let made = std::process::Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=school", "-keyout", "key.pem", "-out", "cert.pem"])
        .args(["-addext", "subjectAltName=DNS:localhost", "-addext", "basicConstraints=critical,CA:FALSE"])
        .current_dir(folder)
        .stderr(Stdio::null())
        .status();
    assert!(made.unwrap().success());
    std::fs::write(folder.join(format!("ggml-{OURS}.bin")), b"HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx").unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut server = std::process::Command::new("openssl")
        .args(["s_server", "-quiet", "-HTTP", "-cert", "cert.pem", "-key", "key.pem", "-accept", &port.to_string()])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    support::wait_for("the server", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    let address = format!("https://localhost:{port}");
    let strange = said(program(&env, &address)).1;
    let mut command = program(&env, &address);
    command.env("SSL_CERT_FILE", folder.join("cert.pem"));
    let trusted = said(command).1;
    server.kill().unwrap();
    server.wait().unwrap();
    assert!(strange.contains("This network doesn’t allow it."), "{strange}");
    assert!(trusted.contains("The download stopped."), "trusted, it gets as far as the 404: {trusted}");
}
