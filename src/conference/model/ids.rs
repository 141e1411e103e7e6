//! What conferences, students and classes are called for as long as they exist, wherever they are written down.
//!
//! A name is a UUID of version 7: it is given once, and neither a backup that is gone back to nor a library that is made again gives it to somebody else.
//! Row numbers of the database, file names and places in a list are none: they move.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;
use uuid::{Builder, Uuid};

/// Hex digits at the end of an id that usually tell it from all others: the first digits of a UUID of version 7 are its time, the last are random.
const ENDING: usize = 6;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(Uuid);

        impl $name {
            /// Given by nobody yet.
            pub const NONE: Self = Self(Uuid::nil());

            /// By its 128 bits.
            #[must_use]
            pub const fn from_u128(bits: u128) -> Self {
                Self(Uuid::from_u128(bits))
            }

            /// Whether it was given.
            #[must_use]
            pub fn is_given(self) -> bool {
                !self.0.is_nil()
            }

            /// What it was known by when libraries named things by the numbers of their rows; none for a name that was given since.
            #[must_use]
            pub fn number(self) -> Option<i64> {
                i64::try_from(self.0.as_u128()).ok().filter(|number| *number > 0)
            }

            /// By how it is written, with or without hyphens.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text.trim()).ok().map(Self)
            }

            /// Without hyphens: 32 hex digits.
            #[must_use]
            pub fn digits(self) -> String {
                self.0.simple().to_string()
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(out)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any(UuidVisitor).map(Self)
            }
        }
    };
}

id! {
    /// Names one conference.
    ConferenceId
}
id! {
    /// Names one student.
    StudentId
}
id! {
    /// Names one class.
    ClassId
}
id! {
    /// Names a conference of somebody else.
    SharedId
}

/// Whose sound is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SoundOf {
    /// A conference of one's own.
    Conference(ConferenceId),
    /// A conference of somebody else.
    Shared(SharedId),
}

impl From<ConferenceId> for SoundOf {
    fn from(id: ConferenceId) -> Self {
        Self::Conference(id)
    }
}

/// An id as files have it: text, or the number that an older Afterbell wrote.
struct UuidVisitor;

impl de::Visitor<'_> for UuidVisitor {
    type Value = Uuid;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a UUID")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Uuid, E> {
        Uuid::try_parse(text).map_err(E::custom)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Uuid, E> {
        Ok(Uuid::from_u128(number.into()))
    }

    // Numbers below zero named nothing that was ever kept.
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Uuid, E> {
        Ok(Uuid::from_u128(u128::try_from(number).unwrap_or_default()))
    }
}

/// The id of something that was there before ids were: made of what never changes in it, so that each copy of a library (the database, its backups,
/// the files beside the recordings) comes to the same.
#[must_use]
pub fn id_of_old<T: From<Uuid>>(since_unix_ms: i64, what_never_changes: &str) -> T {
    use sha2::Digest as _;
    let hash = sha2::Sha256::digest(what_never_changes);
    let mut random = [0; 10];
    random.copy_from_slice(&hash[..10]);
    T::from(Builder::from_unix_timestamp_millis(u64::try_from(since_unix_ms).unwrap_or_default(), &random).into_uuid())
}

/// How many digits at the end tell every one of `ids` from the others: six, or more where two end alike.
#[must_use]
pub fn ending_length(ids: impl IntoIterator<Item = impl Into<Uuid>>) -> usize {
    // Read backwards, ids that end alike stand side by side.
    let mut backwards: Vec<String> = ids.into_iter().map(|id| id.into().simple().to_string().chars().rev().collect()).collect();
    backwards.sort();
    backwards.dedup();
    let alike = |pair: &[String]| pair[0].bytes().zip(pair[1].bytes()).take_while(|(a, b)| a == b).count();
    backwards.windows(2).map(|pair| alike(pair) + 1).fold(ENDING, usize::max)
}

/// The last digits of an id, as a list shows it.
#[must_use]
pub fn ending(id: impl Into<Uuid>, length: usize) -> String {
    let digits = id.into().simple().to_string();
    digits[digits.len().saturating_sub(length)..].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_text_in_a_file_and_the_number_of_an_older_file_is_still_read() {
        let id = ConferenceId::from_u128(0x0193_8f5a_7c00_7abc_8def_0123_4567_89ab);
        let text = serde_json::to_string(&id).unwrap();
        assert_eq!(text, "\"01938f5a-7c00-7abc-8def-0123456789ab\"");
        assert_eq!(serde_json::from_str::<ConferenceId>(&text).unwrap(), id);
        assert_eq!(id.number(), None);
        assert_eq!(serde_json::from_str::<ConferenceId>("5").unwrap().number(), Some(5));
        assert_eq!(serde_json::from_str::<ConferenceId>("-5").unwrap(), ConferenceId::NONE);
        assert!(serde_json::from_str::<ConferenceId>("\"five\"").is_err());
    }

    #[test]
    fn the_id_of_something_old_is_the_same_wherever_it_is_made_and_is_a_version_7() {
        let one: ConferenceId = id_of_old(1_732_000_000_000, "conference a.wav ab");
        assert_eq!(one, id_of_old(1_732_000_000_000, "conference a.wav ab"));
        assert_ne!(one, id_of_old(1_732_000_000_000, "conference b.wav ab"));
        assert_eq!(Uuid::from(one).get_version_num(), 7);
    }

    #[test]
    fn endings_grow_until_they_are_unique() {
        let ids = [0x11_2222_3333, 0x11_2222_4444, 0x99_2222_3333].map(ConferenceId::from_u128);
        assert_eq!(ending_length(ids), 9, "2222 3333 is the end of two");
        assert_eq!(ending(ids[0], 9), "122223333");
        assert_eq!(ending_length([ids[0]]), 6);
        assert_eq!(ending_length(Vec::<ConferenceId>::new()), 6);
    }
}
