//! The share bundle (`.afterbell`): a zip that a colleague opens in Afterbell, and that comes back with comments.
//!
//! Inside: `manifest.json` ([`Manifest`]: what this is, and of every other file its length and SHA-256), `conference.json` (the JSON format, see
//! `assets/conference.schema.json`), `sound.ogg` when the sound travels along, and in a reply `reply.json` ([`Reply`]).
//! Nothing else is accepted, nothing is unpacked to the disk, and nothing is read beyond what the manifest and the limits below allow.

use super::contents::Contents;
use super::format::PackedSound;
use super::json::with_places;
use crate::conference::{Answer, ConferenceData, ConferenceRecord, Millis};
use crate::error::{Error, ErrorKind, Result};
use crate::files::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io::{Cursor, Read, Seek, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

/// The version of the bundle; a newer one is refused.
pub const BUNDLE_VERSION: u32 = 2;
const FORMAT: &str = "afterbell-share";
const MANIFEST: &str = "manifest.json";
const CONFERENCE: &str = "conference.json";
const SOUND: &str = "sound.ogg";
const REPLY: &str = "reply.json";
/// 10 h of talk are 40 MB of JSON (measured: 4 MB an hour); a file that claims more is none of ours.
const LARGEST_TEXT: u64 = 100_000_000;
/// 10 h of speech at 32 kbit/s are 144 MB.
const LARGEST_SOUND: u64 = 300_000_000;

/// A school day and then some.
const LONGEST: Millis = Millis(24 * 3_600_000);

/// What a bundle says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Manifest {
    /// Always `afterbell-share`.
    format: String,
    /// [`BUNDLE_VERSION`].
    version: u32,
    /// Names the conference; the reply carries it back.
    token: String,
    /// "What I want you to listen for"; may be empty.
    question: String,
    /// Every other file of the zip.
    files: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    name: String,
    bytes: u64,
    /// Lower-case hex.
    sha256: String,
}

/// What a colleague says to a moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Comment {
    /// Which moment.
    pub at: Millis,
    /// What it says.
    pub text: String,
}

/// What a colleague sends back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reply {
    /// Who answers; may be empty.
    pub mentor: String,
    /// Sorted by moment.
    pub comments: Vec<Comment>,
    /// To each of the five questions; blank where nothing was said.
    pub answers: [Answer; 5],
}

impl Reply {
    /// Says something to a moment; an empty text takes it away. One comment to a moment.
    pub fn comment(&mut self, at: Millis, text: &str) {
        self.comments.retain(|comment| comment.at != at);
        if !text.trim().is_empty() {
            self.comments.push(Comment { at, text: text.to_owned() });
            self.comments.sort();
        }
    }

    /// The moments from one to another that something was said to.
    #[must_use]
    pub fn moments(&self, from: Millis, until: Millis) -> Vec<Millis> {
        self.comments.iter().map(|comment| comment.at).filter(|at| (from..until).contains(at)).collect()
    }

    /// What was said to this moment; empty when nothing was.
    #[must_use]
    pub fn comment_at(&self, at: Millis) -> &str {
        self.comments.iter().find(|comment| comment.at == at).map_or("", |comment| &comment.text)
    }
}

/// A bundle that was opened.
#[derive(Debug, Clone, PartialEq)]
pub struct Bundle {
    /// Names the conference.
    pub token: String,
    /// What the teacher asks the mentor; may be empty.
    pub question: String,
    /// The conference as it was shared.
    pub record: ConferenceRecord,
    /// The sound, if it travelled along.
    pub sound: Option<PackedSound>,
    /// What came back; none on the way out.
    pub reply: Option<Reply>,
}

/// Names a conference to others, the same each time it is shared: its id.
#[must_use]
pub fn token_of(facts: &ConferenceData) -> String {
    facts.id.digits()
}

impl Bundle {
    /// A conference on its way out, without a question, sound or reply.
    #[must_use]
    pub fn new(record: ConferenceRecord, token: &str) -> Self {
        Self { token: token.to_owned(), question: String::new(), record, sound: None, reply: None }
    }
}

/// A bundle as bytes. What the teacher rated and wrote stays at home unless `contents` says otherwise.
///
/// # Errors
/// Only through a mistake of ours.
pub fn pack(bundle: &Bundle, contents: &Contents) -> Result<Vec<u8>> {
    let fail = |err: String| Error::new(ErrorKind::Bug, "making a bundle", err);
    // Without words there is nothing to comment on.
    let everything = Contents { transcript: true, ..*contents };
    let mut files = vec![(CONFERENCE, with_places(&bundle.record, &everything)?)];
    files.extend(bundle.sound.as_ref().map(|sound| (SOUND, sound.bytes.clone())));
    if let Some(reply) = &bundle.reply {
        files.push((REPLY, serde_json::to_vec_pretty(reply).map_err(|err| fail(err.to_string()))?));
    }
    let entry = |(name, bytes): &(&str, Vec<u8>)| Entry { name: (*name).into(), bytes: bytes.len() as u64, sha256: hex(Sha256::digest(bytes)) };
    let manifest = Manifest {
        format: FORMAT.into(),
        version: BUNDLE_VERSION,
        token: bundle.token.clone(),
        question: bundle.question.trim().into(),
        files: files.iter().map(entry).collect(),
    };
    files.insert(0, (MANIFEST, serde_json::to_vec_pretty(&manifest).map_err(|err| fail(err.to_string()))?));
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        // Opus does not get smaller.
        let method = if name == SOUND { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        zip.start_file(name, SimpleFileOptions::default().compression_method(method)).map_err(|err| fail(err.to_string()))?;
        zip.write_all(&bytes).map_err(|err| fail(err.to_string()))?;
    }
    Ok(zip.finish().map_err(|err| fail(err.to_string()))?.into_inner())
}

/// Opens a bundle and checks all of it; nothing is written anywhere.
///
/// # Errors
/// [`ErrorKind::NotABundle`] when it is none, or is damaged or altered; [`ErrorKind::BundleFromNewerVersion`].
pub fn unpack(file: impl Read + Seek) -> Result<Bundle> {
    let mut zip = ZipArchive::new(file).map_err(|err| not_ours(err.to_string()))?;
    // Three files beside the manifest at most: a zip with more in it is none of ours, whatever they are called.
    if zip.len() > 4 {
        return Err(not_ours(format!("{} files in it", zip.len())));
    }
    let manifest = read(&mut zip, MANIFEST, 1_000_000)?;
    let value: serde_json::Value = serde_json::from_slice(&manifest).map_err(|err| not_ours(err.to_string()))?;
    if value["format"] != FORMAT {
        return Err(not_ours("another format"));
    }
    if value["version"].as_u64().is_some_and(|version| version > u64::from(BUNDLE_VERSION)) {
        return Err(Error::new(ErrorKind::BundleFromNewerVersion, DOING, format!("version {}", value["version"])));
    }
    let manifest: Manifest = serde_json::from_value(value).map_err(|err| not_ours(err.to_string()))?;
    let is_token = manifest.token.len() == 32 && manifest.token.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_token || zip.len() != manifest.files.len() + 1 {
        return Err(not_ours("the manifest does not fit"));
    }
    let mut taken = |name: &str, largest: u64| -> Result<Option<Vec<u8>>> {
        let Some(entry) = manifest.files.iter().find(|entry| entry.name == name) else { return Ok(None) };
        let bytes = read(&mut zip, name, entry.bytes.min(largest))?;
        if bytes.len() as u64 != entry.bytes || hex(Sha256::digest(&bytes)) != entry.sha256 {
            return Err(not_ours(format!("{name} was altered")));
        }
        Ok(Some(bytes))
    };
    let conference = taken(CONFERENCE, LARGEST_TEXT)?.ok_or_else(|| not_ours("no conference in it"))?;
    let sound = taken(SOUND, LARGEST_SOUND)?.map(|bytes| PackedSound { bytes });
    let reply = taken(REPLY, LARGEST_TEXT)?;
    if manifest.files.iter().any(|entry| ![CONFERENCE, SOUND, REPLY].contains(&entry.name.as_str())) {
        return Err(not_ours("a file that does not belong"));
    }
    let facts: ConferenceData = serde_json::from_slice(&conference).map_err(|err| not_ours(err.to_string()))?;
    if !is_plausible(&facts) {
        return Err(not_ours("times no conference has"));
    }
    let reply: Option<Reply> = reply.map(|reply| serde_json::from_slice(&reply)).transpose().map_err(|err| not_ours(err.to_string()))?;
    Ok(Bundle { token: manifest.token, question: manifest.question, record: ConferenceRecord::new(facts), sound, reply })
}

/// Measures are made for each minute: a conference that claims to last for years would take all memory.
fn is_plausible(facts: &ConferenceData) -> bool {
    let inside = |at: Millis| (Millis::ZERO..=LONGEST).contains(&at);
    let words = facts.transcript.words.iter().chain(facts.corrections.texts.iter().flat_map(|fix| &fix.words)).map(|word| word.span);
    let spans = words.chain(facts.voices.spans.iter().map(|piece| piece.span)).chain(facts.transcript.untranscribed.iter().map(|stretch| stretch.span));
    inside(facts.length)
        && facts.students <= 20
        && facts.marks.iter().all(|&mark| inside(mark))
        && spans.into_iter().all(|span| inside(span.start()) && inside(span.end()))
}

const DOING: &str = "opening a bundle";

fn not_ours(err: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::NotABundle, DOING, err)
}

/// Reads one file of the zip, by its exact name, and never more than `largest` bytes whatever it claims or unfolds to.
fn read(zip: &mut ZipArchive<impl Read + Seek>, name: &str, largest: u64) -> Result<Vec<u8>> {
    let mut file = zip.by_name(name).map_err(|err| not_ours(err.to_string()))?;
    if !file.is_file() || file.is_symlink() || file.size() > largest {
        return Err(not_ours(format!("{name}: no plain file of at most {largest} bytes")));
    }
    let mut bytes = Vec::new();
    file.by_ref().take(largest + 1).read_to_end(&mut bytes).map_err(|err| not_ours(err.to_string()))?;
    if bytes.len() as u64 > largest { Err(not_ours(format!("{name} is larger than it says"))) } else { Ok(bytes) }
}
