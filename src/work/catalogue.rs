//! The catalogue of speech models: which there are, what their files are called, and where they lie.

use crate::error::{Error, ErrorKind, Result};
use crate::files::hex;
use crate::settings::{Folders, shipped};
use serde::Deserialize;
use sha1::{Digest as _, Sha1};
use std::io::Read;
use std::path::PathBuf;
use std::sync::OnceLock;

impl Entry {
    pub(super) fn is_english_only(&self) -> bool {
        self.languages == "en"
    }
}

/// Another address than the catalogue's, for schools with a mirror and for tests.
const ADDRESS: &str = "AFTERBELL_MODEL_ADDRESS";
/// Another catalogue than the shipped one, for schools that offer models of their own and for tests.
const CATALOGUE_FILE: &str = "AFTERBELL_MODEL_CATALOG";

/// What the catalogue says of one model.
#[derive(Debug, Clone, PartialEq, Deserialize)]
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
    /// How much work it makes, as a multiple of Base.
    pub work: f64,
}

#[derive(Debug, Deserialize)]
struct Catalogue {
    address: String,
    model: Vec<Entry>,
}

fn catalogue_file() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let own = std::env::var_os(CATALOGUE_FILE).and_then(|path| match std::fs::read_to_string(path).map_err(|err| err.to_string()).and_then(parse) {
            Ok(catalogue) => Some(catalogue),
            Err(err) => {
                tracing::warn!("the catalogue that {CATALOGUE_FILE} names cannot be read, so the shipped one is used: {err}");
                None
            }
        });
        // A test reads the shipped catalogue; it is well-formed.
        own.unwrap_or_else(|| {
            parse(include_str!("../../models/catalog.toml").into()).unwrap_or_else(|err| {
                tracing::error!("the catalogue of models: {err}");
                Catalogue { address: String::new(), model: Vec::new() }
            })
        })
    })
}

/// Where models are downloaded from.
pub(super) fn address() -> String {
    std::env::var(ADDRESS).unwrap_or_else(|_| catalogue_file().address.clone())
}

fn parse(text: String) -> std::result::Result<Catalogue, String> {
    toml::from_str(&text).map_err(|err| err.to_string())
}

/// The models on offer, smallest first.
#[must_use]
pub fn catalogue() -> &'static [Entry] {
    &catalogue_file().model
}

/// What the catalogue says of a model.
pub(super) fn entry(name: &str) -> Option<&'static Entry> {
    catalogue().iter().find(|entry| entry.name == name)
}

/// As the file is called, here and where it comes from.
pub(super) fn file_name(name: &str) -> String {
    format!("ggml-{name}.bin")
}

pub(super) fn built_in(name: &str) -> Option<PathBuf> {
    shipped(&format!("models/{}", file_name(name)))
}

/// Where an added model lies. Names come from people and files; one with a path in it is none.
pub(super) fn added(folders: &Folders, name: &str) -> Option<PathBuf> {
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

/// Whether the disk has room for so much more. 100 MB are left for the recordings that may go on meanwhile.
///
/// # Errors
/// [`ErrorKind::DiskFull`].
pub(super) fn room_for(folders: &Folders, bytes: u64) -> Result<()> {
    match fs4::available_space(folders.models()) {
        Ok(free) if free < bytes + 100_000_000 => Err(Error::new(ErrorKind::DiskFull, "looking for room for a speech model", format!("{free} bytes are free"))),
        _ => Ok(()),
    }
}

/// The checksum as whisper.cpp publishes it, of all that can be read.
pub(super) fn sha1_of(file: &mut impl Read) -> Result<String> {
    let mut sum = Sha1::new();
    let mut block = vec![0; 1 << 18];
    loop {
        match file.read(&mut block).map_err(|err| Error::reading("summing a speech model", err))? {
            0 => break,
            count => sum.update(&block[..count]),
        }
    }
    Ok(hex(sum.finalize()))
}
