//! A transcript without sound on its way into the library: from a file, or pasted.

use super::typed::{self, Known, SaidAt, TeacherChoice, Typed};
use crate::audio;
use crate::conference::ConferenceId;
use crate::error::Result;
use crate::library::Library;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

/// What a pasted transcript is called where a file would be called by its name.
pub const PASTED: &str = "The pasted transcript";

/// Where a transcript, or a recording, comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TranscriptSource {
    /// A file.
    File(PathBuf),
    /// Text that was pasted or typed into the window.
    Pasted(Arc<str>),
}

impl TranscriptSource {
    /// As it is called where something is said of it.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(file) => file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
            Self::Pasted(_) => PASTED.to_owned(),
        }
    }

    /// What stands in it; pasted text was written now.
    ///
    /// # Errors
    /// When it cannot be read, or is too large to be one.
    pub fn read(&self, now_unix_ms: i64) -> Result<TranscriptFile> {
        match self {
            Self::File(file) => TranscriptFile::read(file),
            Self::Pasted(text) => Ok(TranscriptFile { title: String::new(), bytes: text.as_bytes().to_vec(), started_unix_ms: now_unix_ms }),
        }
    }
}

/// The files in which transcripts come, by the endings of their names; what is inside decides.
pub const TRANSCRIPT_ENDINGS: [&str; 15] = ["txt", "md", "json", "srt", "vtt", "docx", "odt", "rtf", "html", "htm", "text", "markdown", "tsv", "csv", "cha"];

/// Whether a file is one to be read as a typed transcript: by the ending of its name; without one, by whether it begins with text.
#[must_use]
pub fn is_transcript(file: &Path) -> bool {
    match file.extension().map(|ending| ending.to_string_lossy().to_lowercase()) {
        Some(ending) => TRANSCRIPT_ENDINGS.contains(&ending.as_str()),
        // Names that begin with a point are the system's.
        None => !file.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) && begins_with_text(file).unwrap_or(false),
    }
}

/// Whether the first bytes of a file are lines of text.
fn begins_with_text(file: &Path) -> std::io::Result<bool> {
    let mut bytes = Vec::new();
    if !std::fs::metadata(file)?.is_file() {
        return Ok(false);
    }
    std::fs::File::open(file)?.take(1000).read_to_end(&mut bytes)?;
    // The last letter may be cut.
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim_end_matches('\u{fffd}');
    Ok(!text.trim().is_empty() && !text.contains(|c: char| c == '\u{fffd}' || (c.is_control() && !c.is_whitespace())))
}

/// A transcript on its way into the library: what it is called, what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscriptFile {
    /// The name of the file without its ending.
    pub title: String,
    /// As it is.
    pub bytes: Vec<u8>,
    /// When it was said, as the file's name tells, else when it was written last, where that is known: milliseconds since 1970.
    pub started_unix_ms: i64,
}

impl TranscriptFile {
    /// Reads one from the disk.
    ///
    /// # Errors
    /// When it cannot be read, or is too large to be one.
    pub fn read(file: &Path) -> Result<Self> {
        let modified = std::fs::metadata(file).and_then(|file| file.modified()).ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        let modified = modified.map(|since| since.as_millis() as i64);
        Ok(Self {
            title: file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            bytes: typed::bytes_of(file)?,
            started_unix_ms: audio::named_moment(file, modified).or(modified).unwrap_or(0),
        })
    }

    /// The conference that is this transcript already, to the last byte.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub fn already_there(&self, library: &Library) -> Result<Option<ConferenceId>> {
        library.find_by_sha256(&audio::sha256_of_bytes(&self.bytes))
    }

    /// Who says what in it, by what is known of the class.
    ///
    /// # Errors
    /// When it is no transcript.
    pub fn typed(&self, library: &Library, teacher: Option<&TeacherChoice>) -> Result<Typed> {
        let students = library.students()?.into_iter().map(|student| student.name).collect();
        typed::read_bytes(&self.bytes, &Known { teachers: Vec::new(), students }, teacher)
    }

    /// When it was said, in milliseconds since 1970: as its lines say, or what stands over them, else as its file does. Of a day alone the time of the file, if
    /// that is of the same day, or noon.
    #[must_use]
    pub fn said_unix_ms(&self, typed: &Typed) -> i64 {
        let local = |moment: DateTime| moment.to_zoned_datetime(TimeZone::system()).ok().map(|zoned| zoned.timestamp().as_millisecond());
        let moment = match typed.said_at {
            None => None,
            Some(SaidAt::World(moment)) => Some(moment),
            Some(SaidAt::Local(moment)) => local(moment),
            Some(SaidAt::Day(day)) => {
                let of_file = Timestamp::from_millisecond(self.started_unix_ms).map(|at| at.to_zoned_datetime(TimeZone::system()).date());
                if of_file.is_ok_and(|of_file| of_file == day) { None } else { local(day.at(12, 0, 0, 0)) }
            }
        };
        moment.filter(|&moment| audio::is_plausible(moment)).unwrap_or(self.started_unix_ms)
    }
}
