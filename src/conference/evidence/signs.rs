//! The table of signs: which words speak for which part of a conference. Data, one file for each language; English first.
//!
//! `assets/patterns/en.toml` explains its own syntax. A language is added by writing such a file and naming it in [`TABLES`].

use super::lexicon::Lexicon;
use super::sentences::Sentence;
use regex::{Regex, RegexSet, RegexSetBuilder};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Languages and their tables.
const TABLES: [(&str, &str); 1] = [("en", include_str!("../../../assets/patterns/en.toml"))];

/// Sentences whose signs are remembered: several conferences of three hours have fewer; beyond that, all are forgotten at once.
const REMEMBERED: usize = 20_000;
/// Memory for the search of all signs at once. With the usual 2 MB it keeps starting over.
const SEARCH_BYTES: usize = 64 << 20;

/// What a sign can speak for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum SignKind {
    Research,
    Compliment,
    Teach,
    Link,
    Other,
    // The four elements of a compliment.
    Move,
    Evidence,
    Effect,
    Transfer,
    BarePraise,
    PersonPraise,
    BehaviourPraise,
    But,
    // Teaching.
    Names,
    Demonstrates,
    Directive,
    TryIt,
    Fixing,
    Another,
    Transferable,
    OnlyThis,
    CarriesOn,
    SendsOff,
    // The student.
    Trouble,
    Agrees,
    // Questions.
    Open,
    Tag,
    OwnAnswer,
    // What kind of sentence it is; how much that speaks for which phase is learned.
    Form,
    General,
    NotDone,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum When {
    Question,
    Statement,
    Any,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Who {
    Teacher,
    Student,
}

#[derive(Debug, Deserialize)]
struct SignText {
    name: String,
    #[serde(rename = "for")]
    uses: Vec<SignKind>,
    #[serde(default)]
    weight: f32,
    says: String,
    unless: Option<String>,
    when: Option<When>,
    who: Option<Who>,
}

#[derive(Debug, Deserialize)]
struct TableText {
    #[serde(flatten)]
    lexicon: Lexicon,
    lists: BTreeMap<String, String>,
    sign: Vec<SignText>,
    craft: BTreeMap<String, String>,
}

struct SignPattern {
    name: String,
    uses: Vec<SignKind>,
    weight: f32,
    says: Regex,
    unless: Option<Regex>,
    when: When,
    who: Who,
}

/// A language's signs, ready to be looked for.
pub(super) struct Table {
    pub lexicon: Lexicon,
    signs: Vec<SignPattern>,
    crafts: Vec<(String, Regex)>,
    /// All signs, then all crafts.
    any: RegexSet,
    /// By a number for what a sentence says and who says it; no words are kept.
    seen: Mutex<HashMap<u64, Arc<Places>>>,
    numbers: RandomState,
}

/// Where in a reading signs and crafts stand: their indices in the table, and bytes.
struct Places {
    signs: Vec<(usize, Range<usize>)>,
    crafts: Vec<(usize, Range<usize>)>,
}

/// A sign found in a sentence.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PatternMatch {
    /// The sign's name.
    pub sign: &'static str,
    pub uses: &'static [SignKind],
    pub weight: f32,
    /// The words that fired it.
    pub words: Vec<usize>,
}

impl PatternMatch {
    pub fn is(&self, wanted: SignKind) -> bool {
        self.uses.contains(&wanted)
    }
}

/// A sign that fired, to be shown with the finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sign {
    /// Its name in the table.
    pub name: &'static str,
    /// The words that fired it.
    pub words: Vec<usize>,
    /// How much it speaks for what was found.
    pub weight: f64,
}

impl Sign {
    /// A sign of the table, weighed as the table does.
    pub(super) fn of(hit: &PatternMatch) -> Self {
        Self { name: hit.sign, words: hit.words.clone(), weight: hundredths(f64::from(hit.weight)) }
    }
}

/// No more digits than mean anything.
pub(super) fn hundredths(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

/// The table for a language code such as `en` or `en-GB`; an unnamed language is taken for English. None when there is none.
pub(super) fn table(language: &str) -> Option<&'static Table> {
    static READ: OnceLock<Vec<(&str, Option<Table>)>> = OnceLock::new();
    let code = language.split(['-', '_']).next().unwrap_or("").to_lowercase();
    let code = if code.is_empty() { "en" } else { code.as_str() };
    let tables = READ.get_or_init(|| TABLES.iter().map(|&(code, text)| (code, read(text).ok())).collect());
    tables.iter().find(|(known, _)| *known == code).and_then(|(_, table)| table.as_ref())
}

/// Why a table cannot be used, in words for whoever wrote it.
type Trouble = String;

fn read(text: &str) -> Result<Table, Trouble> {
    let text: TableText = toml::from_str(text).map_err(|err| err.to_string())?;
    let mut lists = text.lists;
    lists.insert("craft".into(), text.craft.values().cloned().collect::<Vec<_>>().join("|"));
    let start = format!("^(?:(?:{}) )*", text.lexicon.openers.iter().map(String::as_str).collect::<Vec<_>>().join("|"));
    let compile = |name: &str, says: &str| {
        // A few rounds, because a list may name others.
        let says =
            (0..3).fold(says.to_owned(), |says, _| lists.iter().fold(says, |says, (list, words)| says.replace(&format!("<{list}>"), &format!("(?:{words})"))));
        let whole = format!(r"(?:^|\b)(?:{})(?:\b|\s|$)", says.replace('^', &start));
        Regex::new(&whole).map_err(|err| format!("{name}: {err}"))
    };
    let mut signs = Vec::with_capacity(text.sign.len());
    for sign in text.sign {
        signs.push(SignPattern {
            says: compile(&sign.name, &sign.says)?,
            unless: sign.unless.as_deref().map(|unless| compile(&sign.name, unless)).transpose()?,
            when: sign.when.unwrap_or(When::Any),
            who: sign.who.unwrap_or(Who::Teacher),
            name: sign.name,
            uses: sign.uses,
            weight: sign.weight,
        });
    }
    let crafts = text.craft.iter().map(|(family, words)| Ok((family.clone(), compile(family, words)?))).collect::<Result<Vec<_>, Trouble>>()?;
    let all = signs.iter().map(|sign| sign.says.as_str()).chain(crafts.iter().map(|(_, says)| says.as_str()));
    let any = RegexSetBuilder::new(all).size_limit(SEARCH_BYTES).dfa_size_limit(SEARCH_BYTES).build().map_err(|err| err.to_string())?;
    Ok(Table { lexicon: text.lexicon, signs, crafts, any, seen: Mutex::default(), numbers: RandomState::new() })
}

impl Table {
    #[cfg(test)]
    pub fn has_sign(&self, name: &str) -> bool {
        self.signs.iter().any(|sign| sign.name == name)
    }

    /// Every sign in the sentence; `asks` whether it is a question.
    pub fn hits(&'static self, sentence: &Sentence, asks: bool) -> Vec<PatternMatch> {
        let fits = |sign: &SignPattern| match sign.when {
            When::Question => asks,
            When::Statement => !asks,
            When::Any => true,
        };
        let places = self.places(sentence);
        let hits = places.signs.iter().map(|(index, place)| (&self.signs[*index], place)).filter(|(sign, _)| fits(sign));
        hits.map(|(sign, place)| PatternMatch { sign: &sign.name, uses: &sign.uses, weight: sign.weight, words: sentence.words_of(place.start, place.end) })
            .collect()
    }

    /// The families of craft a sentence of the teacher speaks of, with the words.
    pub fn crafts(&'static self, sentence: &Sentence) -> Vec<(&'static str, Vec<usize>)> {
        let places = self.places(sentence);
        places.crafts.iter().map(|(index, place)| (self.crafts[*index].0.as_str(), sentence.words_of(place.start, place.end))).collect()
    }

    /// Looks at a sentence once, however often it is asked for: a correction changes few of them.
    fn places(&self, sentence: &Sentence) -> Arc<Places> {
        let number = self.numbers.hash_one((&sentence.reading, sentence.is_teacher()));
        if let Some(places) = self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&number) {
            return Arc::clone(places);
        }
        let places = Arc::new(self.look(&sentence.reading, sentence.is_teacher()));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED {
            seen.clear();
        }
        seen.insert(number, Arc::clone(&places));
        places
    }

    fn look(&self, reading: &str, is_teacher: bool) -> Places {
        let mut places = Places { signs: Vec::new(), crafts: Vec::new() };
        for index in self.any.matches(reading) {
            if let Some(sign) = self.signs.get(index) {
                let fits = (sign.who == Who::Teacher) == is_teacher && sign.unless.as_ref().is_none_or(|unless| !unless.is_match(reading));
                if let (true, Some(found)) = (fits, sign.says.find(reading)) {
                    places.signs.push((index, found.range()));
                }
            } else if let (true, Some((_, says))) = (is_teacher, self.crafts.get(index - self.signs.len()))
                && let Some(found) = says.find(reading)
            {
                places.crafts.push((index - self.signs.len(), found.range()));
            }
        }
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_table_can_be_read_and_names_each_sign_once() {
        for (code, text) in TABLES {
            let table = read(text).unwrap_or_else(|trouble| panic!("{code}: {trouble}"));
            let names: HashSet<_> = table.signs.iter().map(|sign| sign.name.as_str()).collect();
            assert_eq!(names.len(), table.signs.len());
            assert!(table.signs.iter().all(|sign| !sign.says.as_str().contains('<')), "a list that does not exist");
        }
    }

    #[test]
    fn a_language_without_a_table_is_not_read_as_english() {
        assert!(table("en-GB").is_some() && table("").is_some());
        assert!(table("fr").is_none());
    }
}
