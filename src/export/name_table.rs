//! The table of names: which words are names, short forms of them, or words too. Data, `assets/names/en.toml`.

use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::LazyLock;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Table {
    pub(super) words: Words,
    pub(super) nicknames: Vec<Vec<String>>,
    pub(super) first_names: Words,
    pub(super) before_people: Words,
    pub(super) deeds: Words,
    pub(super) called: Words,
    pub(super) openers: Words,
    pub(super) titles: BTreeSet<String>,
    pub(super) capitalised: Words,
}

/// Words in lower case, written with spaces between them.
#[derive(Default, Deserialize)]
#[serde(from = "String")]
pub(super) struct Words(BTreeSet<String>);

impl From<String> for Words {
    fn from(text: String) -> Self {
        Self(text.split_whitespace().map(str::to_owned).collect())
    }
}

impl Words {
    /// With either apostrophe.
    pub(super) fn has(&self, lower: &str) -> bool {
        self.0.contains(lower) || self.0.contains(&lower.replace('’', "'"))
    }
}

pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let table = toml::from_str(include_str!("../../assets/names/en.toml"));
    table.unwrap_or_else(|err| {
        tracing::error!("the table of names: {err}");
        Table::default()
    })
});

/// A common first name that is no word: in small letters too it names somebody.
#[must_use]
pub fn is_first_name(name: &str) -> bool {
    TABLE.first_names.has(&name.to_lowercase())
}

/// A name that is a word too ("Will", "Rose"): only where it is written with a capital is it a name.
pub(super) fn is_word_too(name: &str) -> bool {
    TABLE.words.has(&name.to_lowercase())
}
