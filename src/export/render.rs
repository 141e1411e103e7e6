//! From a conference to the bytes of a file.

use super::contents::Contents;
use super::format::{Format, PackedSound};
use super::present::{document, title_or_name, zoned};
use super::{bundle, csv, docx, html, json, pdf, subtitles, text};
use crate::conference::ConferenceRecord;
use crate::error::{Error, ErrorKind, Result};

/// A conference as a file of the given format. Names must have been hidden before (see [`super::Hider`]); `sound` is used by the web page only.
///
/// # Errors
/// Only through a mistake of ours.
pub fn render(record: &ConferenceRecord, format: Format, contents: &Contents, sound: Option<&PackedSound>) -> Result<Vec<u8>> {
    let document = || document(record, contents);
    Ok(match format {
        Format::Docx => docx::docx(&document())?,
        Format::Pdf => pdf::pdf(&document())?,
        Format::Html => html::html(&document(), sound.filter(|_| contents.sound)).into_bytes(),
        Format::Txt => text::txt(&document()).into_bytes(),
        Format::Md => text::md(&document()).into_bytes(),
        Format::Srt | Format::Vtt if !subtitles::has_times(record) => return Err(Error::bare(ErrorKind::NoTimes, "subtitles of a typed conference")),
        Format::Srt => subtitles::srt(record).into_bytes(),
        Format::Vtt => subtitles::vtt(record).into_bytes(),
        Format::Json => json::json(record, contents)?,
        Format::Csv => csv::turns(&[record], contents)?,
        Format::Measures => csv::measures(&[record])?,
        Format::Bundle => {
            let packed = bundle::Bundle { sound: sound.cloned(), ..bundle::Bundle::new(record.clone(), &bundle::token_of(record.data())) };
            bundle::pack(&packed, contents)?
        }
    })
}

/// A file name every system accepts: `2026-10-13 Maya.txt`.
#[must_use]
pub fn file_name(record: &ConferenceRecord, ending: &str) -> String {
    let day = zoned(record.data().started_unix_ms).strftime("%Y-%m-%d").to_string();
    let who: String =
        title_or_name(record).chars().map(|letter| if letter.is_alphanumeric() || " -_'’".contains(letter) { letter } else { '-' }).take(60).collect();
    format!("{day} {}.{ending}", who.trim())
}
