//! What must hold whatever the bytes are: used by the fuzz targets and by the mutations of `broken_input.rs`.

#![expect(clippy::unwrap_used, reason = "a check says by panicking what went wrong")]

use afterbell::error::ErrorKind;
use afterbell::settings::Settings;
use sha2::{Digest as _, Sha256};
use std::io::{Cursor, Write as _};
use std::path::PathBuf;
use tempfile::TempDir;

/// A file with these bytes, of this thread alone; gone with it.
fn file(name: &str, bytes: &[u8]) -> PathBuf {
    thread_local! {
        // In memory where there is such a place: a disk would be asked to sync each of thousands a second.
        static FOLDER: TempDir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    }
    let path = FOLDER.with(|folder| folder.path().join(name));
    std::fs::write(&path, bytes).unwrap();
    path
}

/// What repair calls whole is whole for any player, and not one sample of it is another.
pub fn wav_repair(bytes: &[u8]) {
    let path = file("a.wav", bytes);
    match afterbell::audio::repair(&path) {
        Ok(whole) => {
            let reader = hound::WavReader::open(&path).unwrap();
            assert_eq!(u64::from(reader.duration()), whole.samples);
            if bytes.len() > 44 {
                let after = std::fs::read(&path).unwrap();
                assert_eq!(&after[44..], &bytes[44..after.len()]);
            }
        }
        Err(err) => assert_eq!(err.kind, ErrorKind::NotASoundFile),
    }
}

/// Sound, or a kind that has its sentence.
pub fn decode(bytes: &[u8]) {
    let path = file("mutated", bytes);
    match afterbell::audio::decode_built_in(&path) {
        Ok(sound) => assert!(sound.samples.iter().all(|sample| sample.is_finite() && sample.abs() < 4.0)),
        Err(err) => {
            // What only an ffmpeg reads is said to need one where there is none.
            let kinds = matches!(
                err.kind,
                ErrorKind::NotASoundFile | ErrorKind::EmptySoundFile | ErrorKind::FileUnreadable | ErrorKind::NeedsHelp(_) | ErrorKind::UnfinishedFile
            );
            assert!(kinds, "{err}");
        }
    }
}

/// Refused, or a transcript: words one after the other, turns that have all of them, times that go forward.
pub fn typed(bytes: &[u8]) {
    use afterbell::work::typed::{Known, read_bytes};
    match read_bytes(bytes, &Known::default(), None) {
        Ok(typed) => {
            let words = &typed.transcript.words;
            let is_own = words.windows(2).any(|pair| pair[0].span.end() > pair[1].span.start());
            // Our own JSON brings the times of its words along; all others are laid one after the other.
            assert!(!is_own || bytes.contains(&b'{'), "words out of order");
            assert!(typed.turns.iter().flat_map(|turn| &turn.words).all(|&word| word < words.len()));
            assert!(typed.times.is_sorted());
            assert!(is_own || typed.turns.iter().map(|turn| turn.words.len()).sum::<usize>() <= words.len());
        }
        Err(err) => assert_eq!(err.kind, ErrorKind::NotATranscript, "{err}"),
    }
}

/// Any bytes are settings.
pub fn settings(bytes: &[u8]) {
    let (settings, _) = Settings::parse(bytes);
    assert!(afterbell::settings::TEXT_SIZES.contains(&settings.text_size));
}

/// Refused, or a conference that can be measured and read. After a first byte of 0 the rest stands for the conference inside a bundle that is whole otherwise:
/// no fuzzer finds a checksum.
pub fn bundle(bytes: &[u8]) {
    let made;
    let bytes = match bytes.split_first() {
        Some((0, conference)) => {
            made = around(conference);
            &made
        }
        _ => bytes,
    };
    match afterbell::export::unpack(Cursor::new(bytes)) {
        Ok(bundle) => {
            let record = &bundle.record;
            assert!(record.turns().iter().all(|turn| turn.span.start() <= turn.span.end()));
            assert!(record.measures().teacher_share().is_none_or(|share| (0.0..=1.0).contains(&share)));
            std::hint::black_box(record.evidence());
        }
        Err(err) => assert!(matches!(err.kind, ErrorKind::NotABundle | ErrorKind::BundleFromNewerVersion), "{err}"),
    }
}

/// A bundle around what is to be its conference.
fn around(conference: &[u8]) -> Vec<u8> {
    let hash: String = Sha256::digest(conference).iter().map(|byte| format!("{byte:02x}")).collect();
    let manifest = serde_json::json!({
        "format": "afterbell-share",
        "version": 2,
        "token": "0123456789abcdef0123456789abcdef",
        "question": "",
        "files": [{ "name": "conference.json", "bytes": conference.len(), "sha256": hash }],
    });
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [("manifest.json", serde_json::to_vec(&manifest).unwrap()), ("conference.json", conference.to_vec())] {
        zip.start_file(name, zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored)).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
