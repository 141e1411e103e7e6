//! The phases of a writing conference, and how sure a finding is.

use serde::{Deserialize, Serialize};

/// The parts of a writing conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The teacher asks about and listens to the work and plans.
    Research,
    /// Names one thing the writer does well.
    Compliment,
    /// Names one strategy and lets the student try it.
    Teach,
    /// Asks to carry it into future writing; closes.
    Link,
    /// No part of the conference: an interruption.
    Other,
}

impl Phase {
    /// All, in the usual order.
    pub const ALL: [Self; 5] = [Self::Research, Self::Compliment, Self::Teach, Self::Link, Self::Other];

    /// The stable lower-case key for files.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Research => "research",
            Self::Compliment => "compliment",
            Self::Teach => "teach",
            Self::Link => "link",
            Self::Other => "other",
        }
    }

    /// As screens and exports name it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Research => "Research",
            Self::Compliment => "Compliment",
            Self::Teach => "Teach",
            Self::Link => "Link",
            Self::Other => "No phase",
        }
    }
}

/// How sure a finding is: how much its signs weigh.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sureness {
    /// Hardly a sign.
    Guess,
    /// One sign, or weak ones.
    Likely,
    /// Clear signs.
    Sure,
}

impl Sureness {
    /// From the summed weight of the signs.
    pub(in crate::conference) fn of(weight: f32) -> Self {
        // A clear sign weighs 3, see the table.
        match weight {
            w if w >= 4.0 => Self::Sure,
            w if w >= 1.5 => Self::Likely,
            _ => Self::Guess,
        }
    }

    /// From how probable it is; below `sure` it is a guess.
    pub(in crate::conference) fn probable(probability: f64, sure: f64) -> Self {
        match probability {
            // 0.95: of 100 such findings about five are wrong.
            p if p >= sure.max(0.95) => Self::Sure,
            p if p >= sure => Self::Likely,
            _ => Self::Guess,
        }
    }
}
