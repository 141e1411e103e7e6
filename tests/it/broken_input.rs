//! Broken, wrong and hostile files: each gives its sound or one plain sentence, nothing is half-written, nothing falls over.
//!
//! The last tests change good files at random and look whether anything falls over; `AFTERBELL_FUZZ_SECS=600 ./test mutated --no-capture` is
//! their long form. A file that once broke something is kept in `tests/data/broken`.

use crate::support::checks;
use crate::support::{TestEnv, clip, has, skip, skip_for_want_of_right};
use afterbell::error::ErrorKind;
use afterbell::settings::Settings;
use afterbell::work::{Desk, Event};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const NO_SOUND: &str = "There is no sound in this file that Afterbell can read. Nothing was changed.";
const EMPTY: &str = "This file is empty. Nothing was changed.";
const NO_MODEL: &str = "This file is not a speech model. Nothing was changed.";
const CUT_MODEL: &str = "This speech model file isn’t complete.";

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// A WAV of one second of a tone: `format` 1 = integers, 3 = floats; `claimed` is the size its data chunk gives, if not the true one.
fn wav(format: u16, bits: u16, channels: u16, claimed: Option<u32>, extra: &[u8]) -> Vec<u8> {
    let frames = 16_000;
    let mut data = Vec::new();
    for frame in 0..frames {
        let value = (f64::from(frame) * 440.0 * std::f64::consts::TAU / 16_000.0).sin() * 0.5;
        for _ in 0..channels {
            match (format, bits) {
                (3, _) => data.extend((value as f32).to_le_bytes()),
                (_, 24) => data.extend(&((value * 8_388_607.0) as i32).to_le_bytes()[..3]),
                _ => data.extend(((value * 32_767.0) as i16).to_le_bytes()),
            }
        }
    }
    let frame_bytes = channels * bits / 8;
    let mut out = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0".to_vec();
    out.extend([format.to_le_bytes(), channels.to_le_bytes()].concat());
    out.extend([16_000_u32.to_le_bytes(), (16_000 * u32::from(frame_bytes)).to_le_bytes()].concat());
    out.extend([frame_bytes.to_le_bytes(), bits.to_le_bytes()].concat());
    out.extend(extra);
    out.extend(b"data");
    out.extend(claimed.unwrap_or(data.len() as u32).to_le_bytes());
    out.extend(data);
    let size = out.len() as u32 - 8;
    out[4..8].copy_from_slice(&size.to_le_bytes());
    out
}

/// Seconds of sound that came out of a file that was imported, or the sentence that was said.
fn import(env: &TestEnv, path: &Path) -> Result<f64, String> {
    let (code, out, err) = env.run(&["--json", "import", "--no-transcript", "--again", path.to_str().unwrap()]);
    match code {
        0 => Ok(serde_json::from_str::<serde_json::Value>(&out).unwrap()[0]["length_s"].as_f64().unwrap()),
        1 => Err(err),
        other => panic!("{path:?}: exit code {other}: {err}"),
    }
}

#[test]
fn every_kind_of_broken_wav_gives_the_sound_it_has() {
    let env = TestEnv::new();
    let folder = env.folder.path();
    let list = [b"LIST\x1a\0\0\0".as_slice(), b"INFOISFT\x0e\0\0\0Lavf59.27.100\0"].concat();
    let odd = b"junk\x03\0\0\0abc\0";
    let whole = wav(1, 16, 1, None, &[]);
    for (name, bytes, secs) in [
        ("24 bit.wav", wav(1, 24, 1, None, &[]), 1.0..=1.0),
        ("floats.wav", wav(3, 32, 2, None, &[]), 1.0..=1.0),
        ("eight channels.wav", wav(1, 16, 8, None, &[]), 1.0..=1.0),
        ("a list before the sound.wav", wav(1, 16, 1, None, &list), 1.0..=1.0),
        ("an odd chunk before the sound.wav", wav(1, 16, 1, None, odd), 1.0..=1.0),
        ("claims an odd number.wav", wav(1, 16, 1, Some(20_001), &[]), 0.6..=1.0),
        ("cut in the middle of a frame.wav", whole[..44 + 24_001].to_vec(), 0.7..=0.76),
    ] {
        let found = import(&env, &write(folder, name, &bytes));
        assert!(found.as_ref().is_ok_and(|found| secs.contains(&((found * 1000.0).round() / 1000.0))), "{name}: {found:?}");
    }
    assert!(env.is_well());
}

/// Recorders whose battery ran out leave sizes of 0; programs that write into a pipe the most there can be.
#[test]
fn a_wav_whose_header_is_wrong_gives_all_the_sound_there_is() {
    let env = TestEnv::new();
    let folder = env.folder.path();
    let list = [b"LIST\x1a\0\0\0".as_slice(), b"INFOISFT\x0e\0\0\0Lavf59.27.100\0"].concat();
    let odd = b"junk\x03\0\0\0abc\0";
    // Without help: by this program alone.
    let import = |name: &str, bytes: &[u8]| {
        let path = write(folder, name, bytes);
        let output = env.command(&["--json", "import", "--no-transcript", "--again", path.to_str().unwrap()]).env("PATH", "/nowhere").output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "{name}: the file itself is not touched");
        (output.status.code(), said, serde_json::from_slice::<serde_json::Value>(&output.stdout).ok().and_then(|found| found[0]["length_s"].as_f64()))
    };
    for (name, claimed) in [("claims nothing", 0), ("claims too much", 90_000), ("claims nearly the most", 0xFFFF_FFF0), ("claims the most there is", u32::MAX)]
    {
        for (before, extra) in [("", &[][..]), (" after a list", &list[..]), (" after an odd chunk", &odd[..])] {
            for (kind, format, bits) in [("whole numbers", 1, 16), ("24 bit", 1, 24), ("floats", 3, 32)] {
                let mut bytes = wav(format, bits, 1, Some(claimed), extra);
                for whole in [None, Some(0), Some(claimed), Some(u32::MAX)] {
                    if let Some(whole) = whole {
                        bytes[4..8].copy_from_slice(&whole.to_le_bytes());
                    }
                    let name = format!("{name}{before}, {kind}, in all {whole:?}.wav");
                    // Decoded here, so that two hundred files take a moment.
                    let sound = afterbell::audio::decode_file(&write(folder, "one.wav", &bytes), &mut |_| Ok(())).unwrap_or_else(|err| panic!("{name}: {err}"));
                    assert_eq!(sound.samples.len(), 16_000, "{name}");
                }
            }
        }
        let (code, said, secs) = import(&format!("{name}.wav"), &wav(1, 16, 1, Some(claimed), &[]));
        assert!(code == Some(0) && secs == Some(1.0), "{name}: {code:?} {secs:?} {said}");
    }
    // Cut while its header still claims nothing: half a sample at the end counts for nothing.
    let (code, said, secs) = import("cut.wav", &wav(1, 16, 1, Some(0), &[])[..44 + 24_001]);
    assert!(code == Some(0) && secs.is_some_and(|secs| (secs - 0.75).abs() < 0.001), "{code:?} {secs:?} {said}");
    // Really nothing, and then something else: what follows is not taken for sound.
    let nothing = [&wav(1, 16, 1, Some(0), &[])[..44], &list].concat();
    let (code, said, _) = import("nothing and a list.wav", &nothing);
    assert!(code == Some(1) && said.contains("Nothing was changed"), "{code:?} {said}");
    assert_eq!(env.json(&["list"]).as_array().unwrap().len(), 5);
    assert!(env.is_well());
}

#[test]
fn what_is_no_sound_is_said_in_one_sentence_and_leaves_nothing() {
    let env = TestEnv::new();
    let folder = env.folder.path();
    for (name, bytes, sentence) in [
        ("shopping.mp3", "milk, eggs and bread; ".repeat(200).into_bytes(), NO_SOUND),
        ("nothing.m4a", Vec::new(), EMPTY),
        ("header only.wav", wav(1, 16, 1, None, &[])[..44].to_vec(), NO_SOUND),
        ("half a header.wav", wav(1, 16, 1, None, &[])[..20].to_vec(), NO_SOUND),
        ("no rate.wav", [&wav(1, 16, 1, None, &[])[..24], &[0; 4], &wav(1, 16, 1, None, &[])[28..]].concat(), NO_SOUND),
        ("noise.ogg", (0..20_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect(), NO_SOUND),
    ] {
        let said = import(&env, &write(folder, name, &bytes)).unwrap_err();
        assert!(said.contains(sentence) && said.trim().lines().count() == 1, "{name}: {said}");
    }
    assert!(env.json(&["list"]).as_array().unwrap().is_empty());
    assert_eq!(std::fs::read_dir(env.recordings()).unwrap().count(), 0, "nothing half-written");
}

#[test]
fn phone_recordings_with_their_index_anywhere_or_nowhere() {
    if !has("ffmpeg") {
        return skip("no ffmpeg");
    }
    let env = TestEnv::new();
    let talk = clip(env.folder.path(), "maya", 5.0);
    let make = |name: &str, how: &[&str]| {
        let path = env.folder.path().join(name);
        let status = Command::new("ffmpeg").args(["-v", "error", "-y", "-i"]).arg(&talk).args(how).arg(&path).status().unwrap();
        assert!(status.success(), "{name}");
        path
    };
    let at_the_end = make("index at the end.m4a", &["-c:a", "aac"]);
    for path in [at_the_end.clone(), make("index first.m4a", &["-c:a", "aac", "-movflags", "+faststart"]), make("lossless.m4a", &["-c:a", "alac"])] {
        let secs = import(&env, &path).unwrap();
        assert!((secs - 5.0).abs() < 0.15, "{path:?}: {secs}");
    }
    // A phone that ran out of battery never wrote the index, which comes last.
    let bytes = std::fs::read(&at_the_end).unwrap();
    let index = bytes.windows(4).rposition(|four| four == b"moov").unwrap();
    let said = import(&env, &write(env.folder.path(), "no index.m4a", &bytes[..index - 4])).unwrap_err();
    assert!(said.contains("never finished this file") && said.contains("Nothing was changed."), "{said}");
    assert!(env.is_well());
}

#[test]
fn what_is_no_model_is_refused_and_a_name_in_any_script_is_none_of_our_business() {
    let env = TestEnv::new();
    let folder = env.folder.path();
    let whole = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/models/ggml-base-q8_0.bin")).unwrap();
    let mut altered = whole.clone();
    altered[40_000_000] ^= 1;
    for (name, bytes, sentences) in [
        ("ggml-page.bin", b"<!doctype html><title>404</title>".to_vec(), &[NO_MODEL][..]),
        ("ggml-empty.bin", Vec::new(), &[NO_MODEL]),
        ("ggml-base-q8_0.bin", whole[..whole.len() - 1000].to_vec(), &[CUT_MODEL]),
        ("ggml-base-q8_0.bin", altered, &[CUT_MODEL, NO_MODEL]),
    ] {
        let (code, _, said) = env.run(&["models", "add", write(folder, name, &bytes).to_str().unwrap()]);
        assert!(code == 1 && sentences.iter().any(|sentence| said.contains(sentence)), "{name}: {code} {said}");
    }
    let foreign = folder.join("Модели 模型");
    std::fs::create_dir_all(&foreign).unwrap();
    let (code, _, said) = env.run(&["models", "add", write(&foreign, "ggml-für-uns.bin", &whole).to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
}

/// A library with one conference, and its database's bytes.
fn library_of_one(env: &TestEnv) -> Vec<u8> {
    env.json(&["import", "--no-transcript", "--student", "Zoë", clip(env.folder.path(), "leo", 3.0).to_str().unwrap()]);
    std::fs::read(env.folders().database()).unwrap()
}

#[test]
fn a_damaged_database_is_set_aside_and_made_again_from_what_stands_beside_the_recordings() {
    let is_kept =
        |path: &Path| path.extension().is_some_and(|e| e == "sqlite") && path.file_stem().is_some_and(|name| name.to_string_lossy().starts_with("damaged "));
    for damage in ["cut", "zeroed", "garbage"] {
        let env = TestEnv::new();
        let whole = library_of_one(&env);
        let database = env.folders().database();
        for ending in ["-wal", "-shm"] {
            std::fs::remove_file(format!("{}{ending}", database.display())).ok();
        }
        std::fs::write(
            &database,
            match damage {
                "cut" => whole[..whole.len() / 2 / 4096 * 4096].to_vec(),
                "zeroed" => [&whole[..4096], &vec![0; 24_576], &whole[28_672..]].concat(),
                _ => vec![b'x'; 9000],
            },
        )
        .unwrap();
        let broken = std::fs::read(&database).unwrap();
        let (code, _, said) = env.run(&["list"]);
        assert!(code == 0 || said.contains("The recordings themselves are safe."), "{damage}: {said}");
        let restored = env.json(&["restore"]);
        assert_eq!(restored["conferences"], 1, "{damage}: {restored}");
        assert_eq!(env.json(&["show", "--last"])["participants"][0]["student"]["name"], "Zoë", "{damage}");
        assert!(env.is_well(), "{damage}");
        let kept = std::fs::read_dir(env.library()).unwrap().flatten().find(|file| is_kept(&file.path())).unwrap();
        assert_eq!(std::fs::read(kept.path()).unwrap(), broken, "{damage}: what was there is kept as it was");
    }
}

#[test]
fn a_newer_a_locked_and_a_forbidden_database_are_said_and_not_touched() {
    let env = TestEnv::new();
    library_of_one(&env);
    let database = env.folders().database();
    let open = || rusqlite::Connection::open(&database).unwrap();
    // Held by somebody else for as long as anybody waits.
    let other = open();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let (code, _, said) = env.run(&["import", "--no-transcript", env.folder.path().join("leo.wav").to_str().unwrap()]);
    assert!(code == 1 && said.contains("Nothing was changed"), "{said}");
    drop(other);
    open().pragma_update(None, "user_version", 99).unwrap();
    open().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let before = std::fs::read(&database).unwrap();
    for arguments in [&["list"][..], &["record", "--seconds", "1"], &["repair"], &["restore"]] {
        let (code, _, said) = env.run(arguments);
        assert!(code == 1 && said.contains("These recordings were last used with a newer Afterbell. Nothing was changed."), "{arguments:?}: {said}");
    }
    assert_eq!(std::fs::read(&database).unwrap(), before);
}

/// A file or folder that nobody may write, whoever asks: root is not held by file modes. Given back at the end.
struct ReadOnly(PathBuf);

impl ReadOnly {
    fn make(path: &Path) -> Option<Self> {
        let mount = |how: &[&str]| Command::new("mount").args(how).arg(path).stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        if !has("mount") || !mount(&["--bind", path.to_str().unwrap()]) {
            skip_for_want_of_right("to mount, so nothing can be made read-only");
            return None;
        }
        let made = Self(path.to_path_buf());
        if mount(&["-o", "remount,ro,bind"]) {
            return Some(made);
        }
        skip_for_want_of_right("to make anything read-only");
        None
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        Command::new("umount").arg(&self.0).status().ok();
    }
}

/// Every file below a folder and what it holds.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for path in std::fs::read_dir(folder).unwrap().flatten().map(|file| file.path()) {
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            found.insert(path.clone(), std::fs::read(&path).unwrap());
        }
    }
    found
}

/// A folder of the school that one may only look at, a locked stick, a database that belongs to somebody else.
#[test]
fn a_library_that_may_not_be_written_is_said_in_one_sentence_and_not_touched() {
    let env = TestEnv::new();
    library_of_one(&env);
    let talk = env.folder.path().join("leo.wav");
    let talk = talk.to_str().unwrap();
    let commands: [&[&str]; 4] =
        [&["import", "--no-transcript", "--again", talk], &["record", "--no-transcript", "--seconds", "1", "--play", talk], &["list"], &["show", "--last"]];
    for (what, path) in [("the folder", env.library()), ("the database", env.folders().database()), ("the recordings", env.recordings())] {
        let before = contents(&env.library());
        let Some(locked) = ReadOnly::make(&path) else { return };
        for arguments in commands {
            // What can be recorded is recorded, see below.
            if what == "the database" && arguments[0] == "record" {
                continue;
            }
            let (code, out, said) = env.run(arguments);
            println!("{what}, {arguments:?}: {code} {}", said.trim());
            let is_said = said.contains("Afterbell isn’t allowed to save there. Nothing was changed.") && said.trim().lines().count() == 1;
            let only_looks = ["list", "show"].contains(&arguments[0]) && code == 0 && !out.is_empty();
            assert!(code == 1 && is_said || only_looks, "{what}, {arguments:?}: {code} {out} {said}");
        }
        if what == "the folder" {
            // The window has a screen of its own that says so; where only the list cannot be written it opens, and one can look and listen.
            let (desk, events) = Desk::start(env.folders(), Arc::new(|| {})).unwrap();
            let said = std::iter::from_fn(|| events.recv_timeout(Duration::from_secs(60)).ok()).find_map(|event| match event {
                Event::CannotOpen(problem) => Some(problem.kind),
                _ => None,
            });
            assert_eq!(said, Some(ErrorKind::CannotWrite), "{what}");
            drop(desk);
        }
        drop(locked);
        let after = contents(&env.library());
        // Who holds the library, the log, what SQLite keeps beside a database and the copy of the day are nobody’s work.
        let is_theirs = |path: &&PathBuf| {
            !["lock", "log", "sqlite-wal", "sqlite-shm"].iter().any(|end| path.to_string_lossy().ends_with(end))
                && !path.starts_with(env.library().join("backups"))
        };
        assert!(after.keys().filter(is_theirs).eq(before.keys().filter(is_theirs)), "{what}: {:?}", after.keys());
        for (path, bytes) in before.iter().filter(|(path, _)| is_theirs(path)) {
            assert_eq!(&after[path], bytes, "{what}: {path:?}");
        }
        assert_eq!(env.json(&["list"]).as_array().unwrap().len(), 1, "{what}");
        assert!(env.is_well(), "{what}");
    }
    // A conference happens once: it is recorded although the list cannot hold it, and comes into the list when that can be written again.
    let locked = ReadOnly::make(&env.folders().database());
    let (code, _, said) = env.run(commands[1]);
    assert!(code == 1 && said.contains("Afterbell isn’t allowed to save there. The recording is saved"), "{code} {said}");
    drop(locked);
    env.json(&["repair", "--no-transcript"]);
    assert_eq!(env.json(&["list"]).as_array().unwrap().len(), 2);
    assert!(env.is_well());
}

/// Changes bytes here and there, cuts, repeats: what breaks readers. Splitmix64, so that a seed gives the same again.
struct Mutator(u64);

impl Mutator {
    fn next(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % below.max(1) as u64) as usize
    }

    fn mutated(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        for _ in 0..=self.next(6) {
            let length = out.len();
            // Headers decide more than sound does.
            let at = if self.next(3) > 0 { self.next(length.min(256)) } else { self.next(length) };
            match self.next(6) {
                0 => out.truncate(at),
                1 if at < length => out[at] ^= 1 << self.next(8),
                2 if at + 4 <= length => {
                    let value = [0, 1, 0x7fff_ffff, 0x8000_0000, u32::MAX, length as u32][self.next(6)];
                    out[at..at + 4].copy_from_slice(&value.to_le_bytes());
                }
                3 if at < length => {
                    let piece = out[at..(at + self.next(64)).min(length)].to_vec();
                    let to = self.next(length);
                    out.splice(to..to, piece);
                }
                4 if at < length => out[at] = self.next(256) as u8,
                _ => {
                    out.drain(at.min(length)..(at + self.next(16)).min(length));
                }
            }
        }
        out
    }
}

/// What once broke something.
fn kept() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/broken");
    std::fs::read_dir(folder).unwrap().flatten().map(|file| file.path()).collect()
}

#[test]
fn what_once_broke_something_does_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.wav");
    for path in kept() {
        let begun = Instant::now();
        let read = afterbell::audio::decode_file(&path, &mut |_| Ok(()));
        std::fs::copy(&path, &copy).unwrap();
        // What repair calls whole opens in any player.
        let repaired = afterbell::audio::repair(&copy);
        assert!(repaired.is_err() || hound::WavReader::open(&copy).is_ok(), "{path:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{path:?}: {:?}", begun.elapsed());
        println!("{:?}: read {:?}, repaired {:?}", path.file_name().unwrap(), read.map_err(|err| err.kind).is_ok(), repaired.is_ok());
    }
}

/// The files by which a fuzzer reached ever more of the code, smallest set (`cargo fuzz cmin`), and whatever it broke: tests/data/fuzz/<target>.zip.
#[test]
fn what_the_fuzzers_found_their_way_with_holds() {
    type Check = fn(&[u8]);
    let targets: [(&str, Check); 4] =
        [("wav_repair", checks::wav_repair), ("decode", checks::decode), ("bundle", checks::bundle), ("settings", checks::settings)];
    for (target, check) in targets {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/data/fuzz/{target}.zip"));
        let mut corpus = zip::ZipArchive::new(std::fs::File::open(&path).unwrap()).unwrap();
        assert!(corpus.len() > 20, "{path:?}");
        for index in 0..corpus.len() {
            let mut bytes = Vec::new();
            let mut file = corpus.by_index(index).unwrap();
            file.read_to_end(&mut bytes).unwrap();
            let name = file.name().to_owned();
            let begun = Instant::now();
            assert!(std::panic::catch_unwind(|| check(&bytes)).is_ok(), "{name} of {path:?}");
            assert!(begun.elapsed() < SLOW, "{name} of {path:?}: {:?}", begun.elapsed());
        }
        println!("{target}: {} files", corpus.len());
    }
}

/// No broken file may take so long.
const SLOW: Duration = Duration::from_secs(20);

/// Runs `attempt` on mutations of the seeds for as long as asked; what panics or takes [`SLOW`] is written down and fails.
fn fuzz(name: &str, seeds: &[Vec<u8>], mut attempt: impl FnMut(&[u8])) {
    let secs = std::env::var("AFTERBELL_FUZZ_SECS").ok().and_then(|secs| secs.parse().ok()).unwrap_or(2);
    let seed = u64::from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().subsec_nanos());
    let (mut mutator, begun, mut count) = (Mutator(seed), Instant::now(), 0_u64);
    let mut slowest = Duration::ZERO;
    while begun.elapsed() < Duration::from_secs(secs) {
        let chosen = mutator.next(seeds.len());
        let bytes = mutator.mutated(&seeds[chosen]);
        let tried = Instant::now();
        let survived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| attempt(&bytes))).is_ok();
        slowest = slowest.max(tried.elapsed());
        count += 1;
        if !survived || tried.elapsed() > SLOW {
            let kept = std::env::temp_dir().join(format!("afterbell-{name}-{seed}-{count}"));
            std::fs::write(&kept, &bytes).unwrap();
            panic!("{name}: see {kept:?}, and keep it in tests/data/broken");
        }
    }
    println!("{name}: {count} files in {secs} s, the slowest {slowest:?}, seed {seed}");
}

#[test]
fn mutated_recordings_are_repaired_or_refused() {
    fuzz("repair", &[wav(1, 16, 1, None, &[])[..9000].to_vec(), wav(1, 16, 1, Some(0), &[])[..500].to_vec()], checks::wav_repair);
}

#[test]
fn mutated_sound_files_are_read_or_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut seeds = vec![wav(1, 16, 1, None, &[]), wav(3, 32, 2, None, &[])];
    let talk = clip(folder.path(), "leo", 1.0);
    if has("ffmpeg") {
        for (name, how) in [("a.m4a", "aac"), ("b.m4a", "alac"), ("c.mp3", "libmp3lame"), ("d.flac", "flac"), ("e.ogg", "libvorbis")] {
            let path = folder.path().join(name);
            let made = Command::new("ffmpeg").args(["-v", "error", "-y", "-i"]).arg(&talk).args(["-c:a", how]).arg(&path).status().unwrap();
            if made.success() {
                seeds.push(std::fs::read(path).unwrap());
            }
        }
    } else {
        skip("no ffmpeg, so no seeds of the formats phones make");
    }
    seeds.extend(kept().iter().map(|path| std::fs::read(path).unwrap()));
    fuzz("decode", &seeds, checks::decode);
}

#[test]
fn mutated_settings_are_read_or_replaced() {
    let whole = toml::to_string(&Settings::default()).unwrap().into_bytes();
    fuzz("settings", &[whole], checks::settings);
}

#[test]
fn mutated_transcripts_are_read_or_refused() {
    let plain = "Notes\n\n[0:01] Ms. Lee: What now?\n[0:04] maya: a poem: rain\nand more\n(a bell)\n老师：你好\n";
    let cues = "WEBVTT\n\n1\n00:00:01.000 --> 00:00:03.000\n<v Ms. Lee>What <i>now</i>?</v>\n\n2\n00:00:04.000 --> 00:00:06.000\nMaya: A poem.\n";
    let alone = "Ms Lee  0:01  \nWhat now?\n\nmaya r  0:04\nA poem.\n\nMs Lee  0:08\nAnd?\n";
    let json =
        r#"{"segments": [{"start": 1.0, "end": 3.0, "text": "What now?", "speaker": "A"}, {"start": "0:04", "words": [{"word": "rain"}], "speaker": 1}]}"#;
    let rich = "{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}T: Zo\\'eb?\\par S: \\u8220?Yes.\\par}";
    let page = "<html><p>S00: Hi<br>there</p><p>S01: &amp; you</p></html>";
    let seeds: Vec<Vec<u8>> = [plain, cues, alone, json, rich, page].map(|text| text.as_bytes().to_vec()).to_vec();
    fuzz("typed", &seeds, checks::typed);
}

#[test]
fn mutated_bundles_are_refused_or_can_be_read() {
    let env = TestEnv::new();
    let typed = write(env.folder.path(), "talk.txt", b"T: How is it going?\nS: I write about my dog.\nT: Today I want to teach you to slow down.\nS: Okay.\n");
    let id = env.json(&["import", typed.to_str().unwrap()])[0]["id"].as_str().unwrap().to_owned();
    let saved = |format: &str| {
        let path = env.folder.path().join(format);
        assert_eq!(env.run(&["export", &id, "--format", format, "-o", path.to_str().unwrap()]).0, 0);
        std::fs::read(path).unwrap()
    };
    let bundle = saved("bundle");
    let mut conference = vec![0];
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&bundle)).unwrap();
    zip.by_name("conference.json").unwrap().read_to_end(&mut conference).unwrap();
    fuzz("bundle", &[bundle, conference], checks::bundle);
}

/// One byte of a class's id is another: the child stays in her class, and nothing else is passed over for it.
#[test]
fn a_sidecar_that_names_a_class_nobody_knows_takes_no_child_off_the_list() {
    let env = TestEnv::new();
    library_of_one(&env);
    let sidecar =
        std::fs::read_dir(env.recordings()).unwrap().flatten().map(|file| file.path()).find(|path| path.extension().is_some_and(|e| e == "json")).unwrap();
    let mut said: serde_json::Value = serde_json::from_slice(&std::fs::read(&sidecar).unwrap()).unwrap();
    said["students"][0]["class"] = "01a2284b-d078-72bb-8736-6dcb711bd663".into();
    said["facts"]["title"] = "newer".into();
    std::fs::write(&sidecar, said.to_string()).unwrap();
    let mut library = afterbell::library::Library::open(&env.folders()).unwrap();
    assert_eq!(library.import_sidecars(true).unwrap(), 1);
    assert_eq!(library.summaries().unwrap()[0].title, "newer");
    assert_eq!(library.students().unwrap().iter().map(|student| student.name.as_str()).collect::<Vec<_>>(), ["Zoë"]);
}

#[test]
fn mutated_sidecars_are_taken_in_or_passed_over() {
    let env = TestEnv::new();
    library_of_one(&env);
    let sidecar =
        std::fs::read_dir(env.recordings()).unwrap().flatten().map(|file| file.path()).find(|path| path.extension().is_some_and(|e| e == "json")).unwrap();
    let whole = std::fs::read(&sidecar).unwrap();
    let mut library = afterbell::library::Library::open(&env.folders()).unwrap();
    fuzz("sidecar", &[whole], |bytes| {
        std::fs::write(&sidecar, bytes).unwrap();
        library.import_sidecars(true).unwrap();
        std::fs::remove_file(format!("{}.damaged", sidecar.display())).ok();
    });
    library.integrity_check(true).unwrap();
}
