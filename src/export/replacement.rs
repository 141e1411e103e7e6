//! A name, what stands in its place, and why it is taken for one.

use serde::Serialize;
use unicode_normalization::UnicodeNormalization as _;

/// Why a word is taken for a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplacementReason {
    /// The teacher says so.
    Own,
    /// A student of this conference.
    Student,
    /// Somebody else of the class list.
    ClassList,
    /// A short form of one of these, or one letter away from it: what a recogniser makes of a name.
    Nickname,
    /// Stands after "Ms.", "Mr.", "Coach".
    Title,
    /// Written or used like a name; may be one. Not hidden unless the teacher says so.
    Perhaps,
}

impl ReplacementReason {
    /// As the list says it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Own => "Your own",
            Self::Student => "In this conference",
            Self::ClassList => "In your class list",
            Self::Nickname => "Looks like a short form",
            Self::Title => "After Ms., Mr. or the like",
            Self::Perhaps => "May be a name",
        }
    }
}

/// One name and what is said in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Replacement {
    /// The name; found in any case, as whole words.
    pub name: String,
    /// What stands in its place.
    pub instead: String,
    /// Whether it is replaced.
    pub is_on: bool,
    /// Why it is taken for a name.
    pub why: ReplacementReason,
    /// How often it was found in words, notes and titles.
    pub found: usize,
}

/// Lower case and without accents: how names are compared.
pub(super) fn folded(name: &str) -> String {
    name.nfd().filter(|letter| !unicode_normalization::char::is_combining_mark(*letter)).collect::<String>().to_lowercase().replace('’', "'")
}
