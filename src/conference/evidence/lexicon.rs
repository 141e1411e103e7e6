//! Words by what they do in a sentence: fillers, openers, joining words, and those that questions are made of. Data, one table for each language.

use serde::Deserialize;
use std::collections::{BTreeSet, HashMap, HashSet};

/// A language's words, as its table lists them.
#[derive(Debug, Deserialize)]
pub(super) struct Lexicon {
    fillers: HashSet<String>,
    pub openers: BTreeSet<String>,
    joining: HashSet<String>,
    empty: HashSet<String>,
    pub asking: Asking,
    spoken: HashMap<String, String>,
}

/// The words questions are made of, for telling open from closed; see the module of questions.
#[derive(Debug, Deserialize)]
pub(super) struct Asking {
    /// how, why, what ...
    pub open: Vec<String>,
    /// do, did, is ...
    pub closed: Vec<String>,
    /// you, he, ...
    pub persons: Vec<String>,
    /// the, that, ...: what else may follow a helping verb when it asks.
    pub subjects: Vec<String>,
    /// The helping verbs that follow "what" when it asks.
    pub helping: Vec<String>,
    /// Those of them that may also link: "What is good is ...".
    pub linking: Vec<String>,
    /// Look like questions and are none.
    pub imperatives: Vec<String>,
    /// or.
    pub or: Vec<String>,
    /// After these a question word asks nothing by itself: "I know what is next".
    pub inside: Vec<String>,
    /// After "what", "how" ... these ask without a helping verb.
    pub after_open: Vec<String>,
    /// Words of `open` that also join clauses.
    pub relative: Vec<String>,
    /// Whom a question in the middle of talk is put to.
    pub addressed: Vec<String>,
    /// What a turn that asks for agreement ends with.
    pub tags: Vec<String>,
}

impl Lexicon {
    /// "Um" and the like.
    pub fn is_filler(&self, word: &str) -> bool {
        self.fillers.contains(word)
    }

    /// Words that may stand before the sentence proper: "So, okay, ...".
    pub fn is_opener(&self, word: &str) -> bool {
        self.openers.contains(word)
    }

    /// Whether a new sentence may begin with this word when full stops are missing.
    pub fn joins(&self, word: &str) -> bool {
        self.joining.contains(word)
    }

    /// Whether the word has content of its own.
    pub fn has_content(&self, word: &str) -> bool {
        word.chars().count() > 2 && !self.empty.contains(word)
    }

    /// The long form of a short one.
    pub fn spoken(&self, word: &str) -> Option<&str> {
        self.spoken.get(word).map(String::as_str)
    }
}
