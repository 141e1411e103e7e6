//! The formats a conference can be saved in. A format is added here, and in `render`.

use crate::files::ending_of;
use serde::{Deserialize, Serialize};
use std::path::Path;

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

    /// The format of a file with this name; none when its ending is none of ours, or it has none.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        // "x.measures.csv" ends in both of two; the longer one says more.
        let own = Self::ALL.into_iter().filter(|format| name.ends_with(&format!(".{}", format.ending()))).max_by_key(|format| format.ending().len());
        own.or_else(|| match ending_of(path)?.as_str() {
            "htm" => Some(Self::Html),
            "markdown" => Some(Self::Md),
            "text" => Some(Self::Txt),
            _ => None,
        })
    }

    /// Whether a file of this format may have this name: its ending is the format's, or it has none.
    #[must_use]
    pub fn fits(self, path: &Path) -> bool {
        // Both tables end in csv.
        let shown = |format: Self| if format == Self::Measures { Self::Csv } else { format };
        ending_of(path).is_none() || Self::of(path).is_some_and(|found| shown(found) == shown(self))
    }

    /// As the command line calls it, and the settings keep it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Measures => "measures",
            Self::Bundle => "bundle",
            other => other.ending(),
        }
    }

    /// What it is good for, in a few words.
    #[must_use]
    pub fn about(self) -> &'static str {
        match self {
            Self::Docx => "Word",
            Self::Pdf => "PDF",
            Self::Html => "A web page in one file",
            Self::Txt => "Plain text",
            Self::Md => "Markdown",
            Self::Srt => "Subtitles",
            Self::Vtt => "Web subtitles",
            Self::Json => "Everything, for programs",
            Self::Csv => "Turns, for a spreadsheet",
            Self::Measures => "Measures, for a spreadsheet",
            Self::Bundle => "For a colleague who has Afterbell",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_one_that_is_stored() {
        for format in Format::ALL {
            assert_eq!(serde_json::to_value(format).unwrap(), format.name());
        }
    }

    #[test]
    fn the_ending_of_a_name_tells_the_format() {
        for format in Format::ALL {
            let name = format!("Maya v1.2.{}", format.ending());
            assert_eq!(Format::of(Path::new(&name)), Some(format));
            assert_eq!(Format::of(Path::new(&name.to_uppercase())), Some(format));
            let fitting: Vec<Format> = Format::ALL.into_iter().filter(|other| other.fits(Path::new(&name))).collect();
            assert!(fitting.contains(&format) && (fitting.len() == 1 || fitting == [Format::Csv, Format::Measures]), "{name}: {fitting:?}");
            assert!(format.fits(Path::new("talk")) && format.fits(Path::new("Maya v1.2")) && !format.fits(Path::new("talk.wav")));
        }
        assert_eq!(Format::of(Path::new("a.htm")), Some(Format::Html));
        assert_eq!(Format::of(Path::new("docx")), None);
        assert_eq!(Format::of(Path::new("a.docx/talk")), None);
    }
}
