//! A colleague as mentor: opening what they share, commenting on it, sending it back, and taking a reply in.

use crate::audio;
use crate::conference::{ConferenceId, ConferenceRecord, SharedId};
use crate::error::{Error, ErrorKind, Result};
use crate::export::{self, Bundle, Contents, Format, Reply};
use crate::files::{SaveTo, temporary_prefix};
use crate::library::{Library, ReceivedConference, Shared};
use crate::settings::Folders;
use std::fs::File;
use std::path::{Path, PathBuf};

/// What an opened bundle turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenedBundle {
    /// A conference of somebody else, to comment on.
    Conference(SharedId),
    /// A reply to a conference of one's own.
    Reply(ConferenceId),
}

/// Whether a file is a share bundle by its name.
#[must_use]
pub fn is_bundle(file: &Path) -> bool {
    file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("afterbell"))
}

/// Opens a bundle: a conference of somebody else is kept apart from one's own, a reply is put beside the conference it belongs to.
///
/// # Errors
/// When it is no bundle, altered or newer; a reply to a conference that is not here; a full disk. Nothing is left behind then.
pub fn open(library: &mut Library, folders: &Folders, file: &Path, now_unix_ms: i64, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<OpenedBundle> {
    let opened = File::open(file).map_err(|err| Error::reading("opening a bundle", err))?;
    let bundle = export::unpack(opened)?;
    if let Some(reply) = &bundle.reply {
        let id = library.find_by_token(&bundle.token)?.ok_or(Error::bare(ErrorKind::ReplyToAnother, "taking a reply in"))?;
        library.add_reply(id, reply, now_unix_ms)?;
        return Ok(OpenedBundle::Reply(id));
    }
    let audio = keep_sound(folders, &bundle, check)?;
    let mut facts = bundle.record.data().clone();
    facts.audio.clone_from(&audio);
    let received = ReceivedConference { token: &bundle.token, question: &bundle.question, facts: &facts, reply: &Reply::default() };
    Ok(OpenedBundle::Conference(library.keep_shared(&received, now_unix_ms)?))
}

/// The sound as a WAV in the folder of shared sounds, under a name of ours; empty without sound.
fn keep_sound(folders: &Folders, bundle: &Bundle, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<String> {
    let doing = "keeping the sound of a colleague's conference";
    let Some(sound) = &bundle.sound else { return Ok(String::new()) };
    std::fs::create_dir_all(folders.shared()).map_err(|err| Error::writing(doing, err))?;
    // Gone when it goes out of use: a kill leaves nothing under a name anything looks for.
    let work = tempfile::Builder::new()
        .prefix(&temporary_prefix(&format!("{}.", bundle.token)))
        .tempdir_in(folders.shared())
        .map_err(|err| Error::writing(doing, err))?;
    let (packed, wav) = (work.path().join("sound.ogg"), work.path().join("sound.wav"));
    std::fs::write(&packed, &sound.bytes).map_err(|err| Error::writing(doing, err))?;
    // A sound of a bundle that cannot be read is a bundle that was altered.
    audio::import_to_wav(&packed, &wav, check).map_err(|err| match err.kind {
        ErrorKind::NotASoundFile | ErrorKind::NeedsHelp(_) | ErrorKind::EmptySoundFile => Error::new(ErrorKind::NotABundle, doing, err),
        _ => err,
    })?;
    let name = format!("{}.wav", bundle.token);
    std::fs::rename(&wav, folders.shared().join(&name)).map_err(|err| Error::writing(doing, err))?;
    Ok(name)
}

/// A conference of somebody else with what was said to it so far.
///
/// # Errors
/// When it is not there.
pub fn load(library: &Library, id: SharedId) -> Result<(Shared<Reply>, ConferenceRecord)> {
    let shared = library.shared::<Reply>(id)?;
    let record = ConferenceRecord::new(shared.facts.clone());
    Ok((shared, record))
}

/// The reply as bytes to send back: the conference as it came, without its sound, and what was said to it.
///
/// # Errors
/// When it is not there.
pub fn reply(library: &Library, id: SharedId) -> Result<Vec<u8>> {
    let (shared, record) = load(library, id)?;
    let bundle = Bundle { question: shared.question, reply: Some(shared.reply), ..Bundle::new(record, &shared.token) };
    export::pack(&bundle, &Contents::ALL)
}

/// Saves the reply to a file; one that is there is replaced only with a yes. Returns where it is.
///
/// # Errors
/// When it is not there, its name has the ending of another format, or the file cannot be written.
pub fn save_reply(library: &Library, folders: &Folders, id: SharedId, to: &SaveTo) -> Result<PathBuf> {
    to.check(folders)?;
    if !to.is_folder() && !Format::Bundle.fits(&to.path) {
        return Err(Error::bare(ErrorKind::OtherEnding, "saving a reply"));
    }
    let record = load(library, id)?.1;
    to.write(folders, &reply_name(&record), &reply(library, id)?, &[])
}

/// The name a reply would have by itself.
#[must_use]
pub fn reply_name(record: &ConferenceRecord) -> String {
    format!("Reply to {}", export::file_name(record, "afterbell"))
}
