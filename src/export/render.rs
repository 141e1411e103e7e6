//! One presenter decides what is said; formats only lay it out.

use serde::{Deserialize, Serialize};

/// The formats a transcript can be saved in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Plain text.
    Txt,
    /// Markdown.
    Md,
    /// SubRip subtitles.
    Srt,
    /// Web subtitles.
    Vtt,
    /// Everything, for programs.
    Json,
}
