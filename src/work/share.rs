//! Conferences as files for a colleague: names hidden, contents chosen, one or several at once.
//!
//! Blocking functions, called by the command line and by the `sharing` lane.

use crate::audio;
use crate::conference::{ConferenceId, ConferenceRecord, Millis};
use crate::error::{Error, ErrorKind, Result};
use crate::export::{self, Bundle, Contents, Document, Format, Hider, PackedSound, Replacement};
use crate::files::SaveTo;
use crate::library::Library;
use crate::settings::OwnNames;
use std::path::PathBuf;

/// What to make of the conferences, for a colleague or a file.
#[derive(Debug, Clone, PartialEq)]
pub struct ShareRequest {
    /// In which format.
    pub format: Format,
    /// What goes in.
    pub contents: Contents,
    /// Whether names are replaced.
    pub hide_names: bool,
    /// The teacher's own replacements, and names that are to stay.
    pub own: OwnNames,
    /// Share bundle: what the teacher asks the mentor.
    pub question: String,
}

/// Told how much is done, 0 to 1; stops the work by returning an error.
pub type Check<'a> = &'a mut dyn FnMut(f32) -> Result<()>;

/// Names that would be replaced in these conferences.
///
/// # Errors
/// When the library cannot be read, or a conference is not there.
pub fn names(library: &Library, records: &[ConferenceRecord], own: &OwnNames) -> Result<Vec<Replacement>> {
    let class = library.names_to_hide()?;
    Ok(export::find_names(&records.iter().collect::<Vec<_>>(), &class, own))
}

/// The conferences, in the order asked for.
///
/// # Errors
/// When one is not there.
pub fn load(library: &Library, ids: &[ConferenceId]) -> Result<Vec<ConferenceRecord>> {
    // What was cut off is nobody else's.
    ids.iter().map(|&id| library.load(id).map(ConferenceRecord::cut)).collect()
}

/// The page as it would be saved, each replacement marked for [`export::marked_pieces`]; with the names it knows of.
///
/// # Errors
/// As [`names`].
pub fn preview(library: &Library, ids: &[ConferenceId], wanted: &ShareRequest) -> Result<(Option<Document>, Vec<Replacement>)> {
    let records = load(library, ids)?;
    let names = names(library, &records, &wanted.own)?;
    let page = records.first().map(|record| match wanted.hide_names {
        true => export::document(&Hider::new(&names).marked().record(record), &wanted.contents),
        false => export::document(record, &wanted.contents),
    });
    Ok((page, names))
}

/// The conference as text for the clipboard.
///
/// # Errors
/// As [`names`].
pub fn text(library: &Library, ids: &[ConferenceId], wanted: &ShareRequest) -> Result<String> {
    let mut texts = Vec::new();
    for record in hidden(library, ids, wanted)? {
        texts.push(String::from_utf8_lossy(&export::render(&record, Format::Txt, &wanted.contents, None)?).into_owned());
    }
    Ok(texts.join("\n"))
}

/// Conferences ready to be shared: the names replaced, in all of them alike.
///
/// # Errors
/// As [`names`].
pub fn hidden(library: &Library, ids: &[ConferenceId], wanted: &ShareRequest) -> Result<Vec<ConferenceRecord>> {
    let records = load(library, ids)?;
    if !wanted.hide_names {
        return Ok(records);
    }
    let hider = Hider::new(&names(library, &records, &wanted.own)?);
    Ok(records.iter().map(|record| hider.record(record)).collect())
}

/// The name a file would have by itself.
///
/// # Errors
/// As [`names`].
pub fn file_name(library: &Library, id: ConferenceId, wanted: &ShareRequest) -> Result<String> {
    Ok(hidden(library, &[id], wanted)?.first().map(|record| export::file_name(record, wanted.format.ending())).unwrap_or_default())
}

/// A length is in whole milliseconds; the sound may be a little longer.
const LAST: Millis = Millis(1);

/// One conference as the bytes of a file.
///
/// # Errors
/// When the sound cannot be read, or `check` says to stop.
pub fn render(library: &Library, record: &ConferenceRecord, wanted: &ShareRequest, check: Check<'_>) -> Result<Vec<u8>> {
    let with_sound = wanted.contents.sound && wanted.format.holds_sound() && record.data().has_sound();
    let sound = match with_sound {
        true => Some(PackedSound {
            bytes: audio::encode_opus(&library.folders().recordings().join(&record.data().audio), Some(record.data().end() + LAST), check)?,
        }),
        false => None,
    };
    check(1.0)?;
    if wanted.format == Format::Bundle {
        let bundle = Bundle { question: wanted.question.clone(), sound, ..Bundle::new(record.clone(), &library.token_of(record.data().id)?) };
        return export::pack(&bundle, &wanted.contents);
    }
    export::render(record, wanted.format, &wanted.contents, sound.as_ref())
}

/// Saves conferences: one to the file `to` (or into that folder, under a name of its own), several into the folder `to`. Each file is written whole or
/// not at all, and replaces none that is there without a yes. Returns what was written.
///
/// # Errors
/// When a conference or its sound cannot be read, the folder is not there or cannot be written, the name has the ending of another format, or `check`
/// says to stop.
pub fn save(library: &Library, ids: &[ConferenceId], wanted: &ShareRequest, to: &SaveTo, check: Check<'_>) -> Result<Vec<PathBuf>> {
    let doing = "saving a file to share";
    let folders = library.folders();
    to.check(folders)?;
    if ids.len() > 1 && !to.is_folder() {
        return Err(Error::bare(ErrorKind::CannotWrite, doing));
    }
    if !to.is_folder() && !wanted.format.fits(&to.path) {
        return Err(Error::bare(ErrorKind::OtherEnding, doing));
    }
    let records = hidden(library, ids, wanted)?;
    let count = records.len().max(1) as f32;
    let mut written: Vec<PathBuf> = Vec::new();
    for (index, record) in records.iter().enumerate() {
        let bytes = render(library, record, wanted, &mut |fraction| check((index as f32 + fraction) / count))?;
        written.push(to.write(folders, &export::file_name(record, wanted.format.ending()), &bytes, &written)?);
    }
    Ok(written)
}
