//! Speech models: which there are and how they suit this computer, adding one from a file, removing one.

use super::catalogue::{added, address, built_in, catalogue, entry, path_of, room_for, sha1_of};
use super::model_row::ModelRow;
pub use super::speed::measure;
use super::{download, speed};
use crate::error::{Error, ErrorKind, Result};
use crate::files::{name_new, sync_folder};
use crate::settings::{Folders, Settings};
use crate::speech::check_model;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// Looks whether an installed model is whole: its size and its parts.
///
/// # Errors
/// [`ErrorKind::ModelMissing`], [`ErrorKind::ModelDamaged`].
pub fn check(folders: &Folders, name: &str) -> Result<()> {
    check_model(&path_of(folders, name)?)
}

/// Every model of the catalogue and every added one, for settings, welcome and `models list`.
///
/// # Errors
/// When the models folder cannot be read.
pub fn list(folders: &Folders, settings: &Settings) -> Result<Vec<ModelRow>> {
    let (measured, memory) = (settings.measured.as_ref(), speed::memory_bytes());
    let recommended = measured.and_then(|measured| speed::recommended(catalogue(), measured, memory));
    let mut rows: Vec<ModelRow> = catalogue()
        .iter()
        .map(|entry| {
            let built_in = built_in(&entry.name).is_some();
            ModelRow {
                name: entry.name.clone(),
                title: entry.title.clone(),
                good_for: entry.good_for.clone(),
                bytes: entry.bytes,
                installed: built_in || added(folders, &entry.name).is_some_and(|path| path.is_file()),
                built_in,
                in_use: entry.name == settings.model,
                english_only: entry.is_english_only(),
                stopped_at: download::stopped_at(folders, entry),
                estimated_time: measured.and_then(|measured| speed::of(entry, measured)),
                memory_short: memory.filter(|&memory| !speed::fits(entry.bytes, memory)),
                suggested: recommended.is_some_and(|recommended| recommended.name == entry.name),
            }
        })
        .collect();
    for (name, bytes) in own_files(folders)? {
        if entry(&name).is_none() {
            rows.push(ModelRow {
                title: name.clone(),
                good_for: "Added from a file.".into(),
                bytes,
                installed: true,
                in_use: name == settings.model,
                english_only: added(folders, &name).is_some_and(|path| knows_english_only(&path)),
                name,
                ..ModelRow::default()
            });
        }
    }
    Ok(rows)
}

/// Whether a model file is one of the English-only ones: their vocabulary has no marks for other languages.
fn knows_english_only(file: &Path) -> bool {
    let mut count = [0; 4];
    let read = std::fs::File::open(file).and_then(|mut file| file.seek(SeekFrom::Start(4)).and_then(|_| file.read_exact(&mut count)));
    read.is_ok() && u32::from_le_bytes(count) == 51_864
}

fn own_files(folders: &Folders) -> Result<Vec<(String, u64)>> {
    let entries = match std::fs::read_dir(folders.models()) {
        Ok(entries) => entries,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(Error::reading("looking for speech models", err)),
    };
    let mut found: Vec<(String, u64)> = entries.flatten().filter_map(|entry| Some((name_of(&entry.path())?, entry.metadata().ok()?.len()))).collect();
    found.sort();
    Ok(found)
}

/// The name of the model in a file of ours.
fn name_of(file: &Path) -> Option<String> {
    Some(file.file_name()?.to_string_lossy().strip_prefix("ggml-")?.strip_suffix(".bin")?.to_owned())
}

/// Adds a model from a file, after looking at it whole. One of the catalogue's (by its contents) gets the catalogue's name,
/// another one its own, with a number when a different model has that already.
///
/// # Errors
/// [`ErrorKind::NotAModel`], [`ErrorKind::ModelDamaged`], [`ErrorKind::FileUnreadable`], [`ErrorKind::DiskFull`]; nothing is half added.
pub fn add(folders: &Folders, file: &Path) -> Result<String> {
    let doing = "adding a speech model";
    check_model(file)?;
    let mut from = std::fs::File::open(file).map_err(|err| Error::reading(doing, err))?;
    let sum = sha1_of(&mut from)?;
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let own_name = stem.strip_prefix("ggml-").unwrap_or(&stem).to_owned();
    let name = match catalogue().iter().find(|entry| entry.sha1 == sum) {
        Some(known) => known.name.clone(),
        // It bears a catalogue name and is not that file: whole in form, altered in content.
        None if entry(&own_name).is_some() => return Err(Error::new(ErrorKind::ModelDamaged, doing, "the checksum differs from the published one")),
        None => own_name,
    };
    if built_in(&name).is_some() {
        return Ok(name);
    }
    let Some(destination) = added(folders, &name) else { return Err(Error::bare(ErrorKind::NotAModel, doing)) };
    std::fs::create_dir_all(folders.models()).map_err(|err| Error::writing(doing, err))?;
    room_for(folders, from.metadata().map_err(|err| Error::reading(doing, err))?.len())?;
    let mut copy = tempfile::NamedTempFile::new_in(folders.models()).map_err(|err| Error::writing(doing, err))?;
    from.rewind().map_err(|err| Error::reading(doing, err))?;
    std::io::copy(&mut from, copy.as_file_mut()).map_err(|err| Error::writing(doing, err))?;
    copy.as_file().sync_all().map_err(|err| Error::writing(doing, err))?;
    if entry(&name).is_none() {
        // The name says nothing of what is in it: another one of that name stays.
        let is_there = std::fs::File::open(&destination).is_ok_and(|mut there| sha1_of(&mut there).is_ok_and(|other| other == sum));
        let added = if is_there { destination } else { name_new(copy, &destination)? };
        return Ok(name_of(&added).unwrap_or(name));
    }
    // These and no other bytes have this name; a copy of it that is damaged is made good.
    copy.persist(destination).map_err(|err| Error::writing(doing, err.error))?;
    sync_folder(&folders.models())?;
    // Part of a download of the same model is of no more use.
    if let Err(err) = download::discard(folders, &name) {
        tracing::debug!("part of a download stays: {err}");
    }
    Ok(name)
}

/// Removes a model that was added or downloaded. When it was the one in use, the shipped one is used from now on: see [`Settings::model`].
///
/// # Errors
/// [`ErrorKind::ModelBuiltIn`] for the one that came with the program, [`ErrorKind::ModelMissing`] for one that is not there.
pub fn remove(folders: &Folders, name: &str) -> Result<()> {
    let doing = "removing a speech model";
    match added(folders, name).filter(|path| path.is_file()) {
        Some(path) => std::fs::remove_file(path).map_err(|err| Error::writing(doing, err)),
        None if built_in(name).is_some() => Err(Error::bare(ErrorKind::ModelBuiltIn, doing)),
        None => Err(Error::bare(ErrorKind::ModelMissing, doing)),
    }
}

/// Downloads a model of the catalogue, going on where an earlier download of it stopped. See [`download::fetch`].
///
/// # Errors
/// As [`download::fetch`]; [`ErrorKind::ModelMissing`] for a name that is not in the catalogue.
pub fn download(folders: &Folders, name: &str, check: download::Check<'_>) -> Result<()> {
    let wanted = entry(name).ok_or_else(|| Error::new(ErrorKind::ModelMissing, "downloading a speech model", name.to_owned()))?;
    if path_of(folders, name).is_ok() {
        return Ok(());
    }
    download::fetch(folders, wanted, &download::DownloadPolicy::patient(address()), check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_read_and_the_shipped_model_is_in_it_and_in_use() {
        assert_eq!(catalogue().len(), 10);
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let rows = list(&folders, &Settings::default()).unwrap();
        let shipped: Vec<_> = rows.iter().filter(|row| row.installed).collect();
        assert_eq!(shipped.len(), 1);
        assert!(shipped[0].built_in && shipped[0].in_use);
        let mut file = std::fs::File::open(path_of(&folders, "base-q8_0").unwrap()).unwrap();
        assert_eq!(sha1_of(&mut file).unwrap(), entry("base-q8_0").unwrap().sha1);
        assert!(!knows_english_only(&path_of(&folders, "base-q8_0").unwrap()));
    }

    #[test]
    fn a_model_added_from_a_file_is_looked_at_first() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().join("Schülerin")));
        let whole = built_in("base-q8_0").unwrap();
        assert_eq!(add(&folders, &whole).unwrap(), "base-q8_0");
        // One altered byte deep inside, under a catalogue name.
        let mut bytes = std::fs::read(&whole).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let altered = folder.path().join("ggml-small-q8_0.bin");
        std::fs::write(&altered, &bytes).unwrap();
        assert_eq!(add(&folders, &altered).unwrap_err().kind, ErrorKind::ModelDamaged);
        // The same under a name of its own: a model somebody made.
        let own = folder.path().join("ggml-ours.bin");
        std::fs::write(&own, &bytes).unwrap();
        assert_eq!(add(&folders, &own).unwrap(), "ours");
        assert!(path_of(&folders, "ours").is_ok());
        // Again, and another one that somebody called the same.
        assert_eq!(add(&folders, &own).unwrap(), "ours");
        bytes[middle] ^= 3;
        std::fs::write(&own, &bytes).unwrap();
        assert_eq!(add(&folders, &own).unwrap(), "ours (2)");
        let sum = |name: &str| sha1_of(&mut std::fs::File::open(path_of(&folders, name).unwrap()).unwrap()).unwrap();
        assert_ne!(sum("ours"), sum("ours (2)"), "the first one stays");
        remove(&folders, "ours (2)").unwrap();
        remove(&folders, "ours").unwrap();
        assert_eq!(path_of(&folders, "ours").unwrap_err().kind, ErrorKind::ModelMissing);
        assert_eq!(remove(&folders, "base-q8_0").unwrap_err().kind, ErrorKind::ModelBuiltIn);
        assert_eq!(path_of(&folders, "../x").unwrap_err().kind, ErrorKind::ModelMissing);
    }
}
