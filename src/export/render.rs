//! From a conference to the bytes of a file.

use super::page::{Contents, page, title_or_name, zoned};
use super::{bundle, csv, docx, html, json, pdf, subtitles, text};
use crate::conference::{ConferenceRecord, Question};
use crate::error::Result;
use serde::{Deserialize, Serialize};

/// The formats a conference can be saved in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Word.
    Docx,
    /// PDF, tagged for screen readers.
    Pdf,
    /// A web page in one file.
    Html,
    /// Plain text.
    Txt,
    /// Markdown.
    Md,
    /// SubRip subtitles.
    Srt,
    /// Web subtitles, with the speaker as voice.
    Vtt,
    /// Everything, for programs; see `assets/conference.schema.json`.
    Json,
    /// The turns, for a spreadsheet.
    Csv,
    /// The measures, for a spreadsheet.
    Measures,
    /// A bundle for a colleague who has Afterbell; made by [`super::pack`].
    Bundle,
}

impl Format {
    /// All, in the order they are offered.
    pub const ALL: [Self; 11] =
        [Self::Docx, Self::Pdf, Self::Html, Self::Txt, Self::Md, Self::Srt, Self::Vtt, Self::Csv, Self::Measures, Self::Json, Self::Bundle];

    /// The file name's ending, without the dot.
    #[must_use]
    pub fn ending(self) -> &'static str {
        match self {
            Self::Docx => "docx",
            Self::Pdf => "pdf",
            Self::Html => "html",
            Self::Txt => "txt",
            Self::Md => "md",
            Self::Srt => "srt",
            Self::Vtt => "vtt",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Measures => "measures.csv",
            Self::Bundle => "afterbell",
        }
    }

    /// As a person calls it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Docx => "Word",
            Self::Pdf => "PDF",
            Self::Html => "Web page",
            Self::Txt => "Text",
            Self::Md => "Markdown",
            Self::Srt => "Subtitles (SRT)",
            Self::Vtt => "Subtitles (VTT)",
            Self::Json => "JSON",
            Self::Csv => "Spreadsheet of turns",
            Self::Measures => "Spreadsheet of measures",
            Self::Bundle => "Share bundle",
        }
    }

    /// Whether the recording can go in.
    #[must_use]
    pub fn holds_sound(self) -> bool {
        matches!(self, Self::Html | Self::Bundle)
    }
}

/// A recording made small enough to travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedSound {
    /// Ogg Opus.
    pub bytes: Vec<u8>,
}

/// A conference as a file of the given format. Names must have been hidden before (see [`super::Hider`]); `sound` is used by the web page only.
///
/// # Errors
/// Only through a mistake of ours.
pub fn render(record: &ConferenceRecord, format: Format, contents: &Contents, sound: Option<&PackedSound>) -> Result<Vec<u8>> {
    let page = || page(record, contents);
    Ok(match format {
        Format::Docx => docx::docx(&page())?,
        Format::Pdf => pdf::pdf(&page())?,
        Format::Html => html::html(&page(), sound.filter(|_| contents.sound)).into_bytes(),
        Format::Txt => text::txt(&page()).into_bytes(),
        Format::Md => text::md(&page()).into_bytes(),
        Format::Srt => subtitles::srt(record).into_bytes(),
        Format::Vtt => subtitles::vtt(record).into_bytes(),
        Format::Json => json::json(record, contents)?,
        Format::Csv => csv::turns(&[record], contents)?,
        Format::Measures => csv::measures(&[record])?,
        Format::Bundle => bundle::pack(record, contents, &bundle::token_of(record.facts()), "", sound, None)?,
    })
}

/// A file name every system accepts: `2026-10-13 Maya.txt`.
#[must_use]
pub fn file_name(record: &ConferenceRecord, ending: &str) -> String {
    let day = zoned(record.facts().started_unix_ms).strftime("%Y-%m-%d").to_string();
    let who: String =
        title_or_name(record).chars().map(|letter| if letter.is_alphanumeric() || " -_'’".contains(letter) { letter } else { '-' }).take(60).collect();
    format!("{day} {}.{ending}", who.trim())
}

/// A conference with what is not to be said taken out: marks, notes, ratings.
#[must_use]
pub fn chosen(record: &ConferenceRecord, contents: &Contents) -> ConferenceRecord {
    let mut facts = record.facts().clone();
    if !contents.marks {
        facts.marks.clear();
    }
    for question in Question::ALL {
        let answer = &mut facts.reflection.answers[question as usize];
        answer.rating = answer.rating.filter(|_| contents.ratings);
        if !contents.questions {
            answer.note.clear();
            answer.extra.clear();
        }
    }
    ConferenceRecord::new(facts)
}
