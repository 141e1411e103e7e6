//! The five questions and what the teacher says to them.

use serde::{Deserialize, Serialize};

/// The five questions (source: "Get REALLY Good at Conferring", Two Writing Teachers).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// 1: How was your pacing?
    Pacing,
    /// 2: Did you rush through the research part?
    Research,
    /// 3: A compliment in a paragraph of speech?
    Compliment,
    /// 4: ONE new, lasting strategy?
    Strategy,
    /// 5: The best possible teaching point?
    BestPoint,
}

impl Question {
    /// In order.
    pub const ALL: [Self; 5] = [Self::Pacing, Self::Research, Self::Compliment, Self::Strategy, Self::BestPoint];

    /// 1 to 5.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8 + 1
    }

    /// The whole question, as the open card asks it.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Pacing => "How was your pacing?",
            Self::Research => "Did you rush through the research part of the conference?",
            Self::Compliment => "Did you take the time to compliment the student using a paragraph of speech?",
            Self::Strategy => "Did you teach the student ONE (and only one) new strategy that could be used in the future too?",
            Self::BestPoint => "Was your teaching point the best possible one, or could something else have helped more?",
        }
    }

    /// The short form for a closed card.
    #[must_use]
    pub fn short(self) -> &'static str {
        match self {
            Self::Pacing => "How was your pacing?",
            Self::Research => "Did you rush through the research part?",
            Self::Compliment => "A compliment in a paragraph of speech?",
            Self::Strategy => "ONE new strategy, useful in the future too?",
            Self::BestPoint => "Was your teaching point the best possible one?",
        }
    }
}

/// How much the teacher guesses to have talked, before seeing what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TalkGuess {
    /// Up to 41 %.
    AThirdOrLess,
    /// Up to 58 %.
    Half,
    /// Up to 74 %.
    TwoThirds,
    /// More than that.
    More,
}

impl TalkGuess {
    /// From least to most.
    pub const ALL: [Self; 4] = [Self::AThirdOrLess, Self::Half, Self::TwoThirds, Self::More];

    /// As the screen offers it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::AThirdOrLess => "A third or less",
            Self::Half => "Half",
            Self::TwoThirds => "Two thirds",
            Self::More => "More",
        }
    }

    /// The band a share (0 to 1) is in.
    #[must_use]
    pub fn of(share: f64) -> Self {
        match (share * 100.0).round() {
            percent if percent <= 41.0 => Self::AThirdOrLess,
            percent if percent <= 58.0 => Self::Half,
            percent if percent <= 74.0 => Self::TwoThirds,
            _ => Self::More,
        }
    }
}

/// The teacher's own rating of one question. The app never fills it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// "Not yet".
    NotYet,
    /// "Getting there".
    GettingThere,
    /// "Good".
    Good,
    /// "Really good".
    ReallyGood,
}

impl Rating {
    /// From least to most.
    pub const ALL: [Self; 4] = [Self::NotYet, Self::GettingThere, Self::Good, Self::ReallyGood];

    /// As the screen says it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::NotYet => "Not yet",
            Self::GettingThere => "Getting there",
            Self::Good => "Good",
            Self::ReallyGood => "Really good",
        }
    }
}

/// What the teacher said to one question.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Answer {
    /// The rating, if one was given.
    pub rating: Option<Rating>,
    /// The note; may be empty.
    pub note: String,
    /// To question 4 the strategy in one sentence that works for other writing too; to question 5 what else could have been taught, one on each
    /// line; may be empty.
    #[serde(default)]
    pub extra: String,
}

/// The teacher's reflection: one answer for each of the five questions.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Reflection {
    /// In the order of [`Question::ALL`].
    pub answers: [Answer; 5],
}

impl Reflection {
    /// The answer to `question`.
    #[must_use]
    pub fn answer(&self, question: Question) -> &Answer {
        &self.answers[question as usize]
    }

    pub(in crate::conference) fn answer_mut(&mut self, question: Question) -> &mut Answer {
        &mut self.answers[question as usize]
    }

    /// Whether anything was said.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.answers.iter().any(|answer| answer.rating.is_some() || !answer.note.trim().is_empty() || !answer.extra.trim().is_empty())
    }
}
