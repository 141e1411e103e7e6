//! Speech models: which there are, adding one from a file, downloading one. The only code that may use the network, and only when asked to.

use super::messages::ModelRow;
use crate::error::{Error, ErrorKind, Result};
use crate::settings::{Folders, Settings, shipped};
use crate::speech::check_model;
use serde::Deserialize;
use sha1::{Digest as _, Sha1};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// What the catalogue says of one model.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// `base-q8_0`.
    pub name: String,
    /// "Base".
    pub title: String,
    /// The file's size.
    pub bytes: u64,
    /// As whisper.cpp publishes it, lower-case hex.
    pub sha1: String,
    /// `en` or `any`.
    pub languages: String,
    /// One plain sentence.
    pub good_for: String,
}

#[derive(Debug, Deserialize)]
struct Catalogue {
    address: String,
    model: Vec<Entry>,
}

/// Another address than the catalogue's, for schools with a mirror and for tests.
const ADDRESS: &str = "AFTERBELL_MODEL_ADDRESS";
/// No byte for this long means the download has stopped.
const STALLED: Duration = Duration::from_secs(30);

fn catalogue_file() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let parsed = toml::from_str(include_str!("../../models/catalog.toml"));
        // A test reads the catalogue; what ships is well-formed.
        parsed.unwrap_or_else(|err| {
            tracing::error!("the catalogue of models: {err}");
            Catalogue { address: String::new(), model: Vec::new() }
        })
    })
}

/// The models on offer, smallest first.
#[must_use]
pub fn catalogue() -> &'static [Entry] {
    &catalogue_file().model
}

fn entry(name: &str) -> Option<&'static Entry> {
    catalogue().iter().find(|entry| entry.name == name)
}

fn file_name(name: &str) -> String {
    format!("ggml-{name}.bin")
}

fn built_in(name: &str) -> Option<PathBuf> {
    shipped(&format!("models/{}", file_name(name)))
}

/// Names come from people and files; one with a path in it is none.
fn added(folders: &Folders, name: &str) -> Option<PathBuf> {
    let plain = !name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.');
    plain.then(|| folders.models().join(file_name(name)))
}

/// Where an installed model is.
///
/// # Errors
/// [`ErrorKind::ModelMissing`].
pub fn path_of(folders: &Folders, name: &str) -> Result<PathBuf> {
    let added = added(folders, name).filter(|path| path.is_file());
    added.or_else(|| built_in(name)).ok_or(Error::new(ErrorKind::ModelMissing, "looking for a speech model", name.to_owned()))
}

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
            }
        })
        .collect();
    for (name, bytes) in own_files(folders)? {
        if entry(&name).is_none() {
            let in_use = name == settings.model;
            rows.push(ModelRow { title: name.clone(), name, good_for: "Added from a file.".into(), bytes, installed: true, built_in: false, in_use });
        }
    }
    Ok(rows)
}

fn own_files(folders: &Folders) -> Result<Vec<(String, u64)>> {
    let entries = match std::fs::read_dir(folders.models()) {
        Ok(entries) => entries,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(err) => return Err(Error::reading("looking for speech models", err)),
    };
    let mut found: Vec<(String, u64)> = entries
        .flatten()
        .filter_map(|entry| {
            let file = entry.file_name().to_string_lossy().into_owned();
            let name = file.strip_prefix("ggml-")?.strip_suffix(".bin")?;
            Some((name.to_owned(), entry.metadata().ok()?.len()))
        })
        .collect();
    found.sort();
    Ok(found)
}

/// Adds a model from a file, after looking at it whole. One of the catalogue's (by its contents) gets the catalogue's name.
///
/// # Errors
/// [`ErrorKind::NotAModel`], [`ErrorKind::ModelDamaged`], [`ErrorKind::FileUnreadable`], [`ErrorKind::DiskFull`]; nothing is half added.
pub fn add(folders: &Folders, file: &Path) -> Result<String> {
    let doing = "adding a speech model";
    check_model(file)?;
    let sum = sha1_of(file)?;
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
    let mut copy = tempfile::NamedTempFile::new_in(folders.models()).map_err(|err| Error::writing(doing, err))?;
    let mut from = std::fs::File::open(file).map_err(|err| Error::reading(doing, err))?;
    std::io::copy(&mut from, copy.as_file_mut()).map_err(|err| Error::writing(doing, err))?;
    copy.as_file().sync_all().map_err(|err| Error::writing(doing, err))?;
    copy.persist(destination).map_err(|err| Error::writing(doing, err.error))?;
    Ok(name)
}

fn sha1_of(path: &Path) -> Result<String> {
    let doing = "summing a speech model";
    let mut file = std::fs::File::open(path).map_err(|err| Error::reading(doing, err))?;
    let mut sum = Sha1::new();
    let mut block = vec![0; 1 << 18];
    loop {
        match file.read(&mut block).map_err(|err| Error::reading(doing, err))? {
            0 => break,
            count => sum.update(&block[..count]),
        }
    }
    Ok(hex(&sum.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Removes a model that was added or downloaded.
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

/// Downloads a model of the catalogue. `check` hears how much is done (0 to 1) and the seconds left, and stops it with an error.
/// The file gets its name only when it is whole and its checksum is right.
///
/// # Errors
/// [`ErrorKind::DownloadFailed`], [`ErrorKind::ModelDamaged`] when what came is not what was published, [`ErrorKind::DiskFull`], or what `check` said.
pub fn download(folders: &Folders, name: &str, check: &mut dyn FnMut(f32, Option<u64>) -> Result<()>) -> Result<()> {
    let doing = "downloading a speech model";
    let wanted = entry(name).ok_or_else(|| Error::new(ErrorKind::ModelMissing, doing, name.to_owned()))?;
    if path_of(folders, name).is_ok() {
        return Ok(());
    }
    let Some(destination) = added(folders, name) else { return Err(Error::bare(ErrorKind::ModelMissing, doing)) };
    std::fs::create_dir_all(folders.models()).map_err(|err| Error::writing(doing, err))?;
    if fs4::available_space(folders.models()).is_ok_and(|free| free < wanted.bytes + 100_000_000) {
        return Err(Error::bare(ErrorKind::DiskFull, doing));
    }
    let address = std::env::var(ADDRESS).unwrap_or_else(|_| catalogue_file().address.clone());
    let failed = |err: String| Error::new(ErrorKind::DownloadFailed, doing, err);
    let agent: ureq::Agent = ureq::Agent::config_builder().timeout_connect(Some(STALLED)).timeout_recv_response(Some(STALLED)).build().into();
    let mut response = agent.get(format!("{address}/{}", file_name(name))).call().map_err(|err| failed(err.to_string()))?;
    let mut body = response.body_mut().as_reader();
    let mut part = tempfile::NamedTempFile::new_in(folders.models()).map_err(|err| Error::writing(doing, err))?;
    let mut sum = Sha1::new();
    let mut block = vec![0; 1 << 16];
    let (mut done, begun) = (0_u64, Instant::now());
    loop {
        let count = body.read(&mut block).map_err(|err| failed(err.to_string()))?;
        if count == 0 {
            break;
        }
        done += count as u64;
        if done > wanted.bytes {
            return Err(Error::new(ErrorKind::ModelDamaged, doing, "longer than published"));
        }
        if done <= 1 << 16 && !block.starts_with(b"lmgg") {
            return Err(failed("what came is not a model (a page of the network, perhaps)".into()));
        }
        sum.update(&block[..count]);
        part.write_all(&block[..count]).map_err(|err| Error::writing(doing, err))?;
        let secs = begun.elapsed().as_secs_f64();
        let left = (secs > 1.0).then(|| ((wanted.bytes - done) as f64 * secs / done as f64) as u64);
        check((done as f64 / wanted.bytes as f64) as f32, left)?;
    }
    if done < wanted.bytes {
        return Err(failed(format!("{done} bytes of {}", wanted.bytes)));
    }
    if hex(&sum.finalize()) != wanted.sha1 {
        return Err(Error::new(ErrorKind::ModelDamaged, doing, "the checksum differs from the published one"));
    }
    part.as_file().sync_all().map_err(|err| Error::writing(doing, err))?;
    part.persist(destination).map_err(|err| Error::writing(doing, err.error))?;
    Ok(())
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
        assert_eq!(sha1_of(&path_of(&folders, "base-q8_0").unwrap()).unwrap(), entry("base-q8_0").unwrap().sha1);
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
        remove(&folders, "ours").unwrap();
        assert_eq!(path_of(&folders, "ours").unwrap_err().kind, ErrorKind::ModelMissing);
        assert_eq!(remove(&folders, "base-q8_0").unwrap_err().kind, ErrorKind::ModelBuiltIn);
        assert_eq!(path_of(&folders, "../x").unwrap_err().kind, ErrorKind::ModelMissing);
    }
}
