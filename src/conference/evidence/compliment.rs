//! Finds compliments with their elements, and keeps bare praise and praise of the person apart.

use super::phases::Odds;
use super::questions::SentenceReading;
use super::signs::Sign;
use super::signs::SignKind;
use crate::conference::model::phase::{Phase, Sureness};
use crate::conference::model::speakers::Speaker;
use crate::conference::model::time::Span;
use serde::Serialize;

/// "A paragraph of speech", our own operational choice: this many sentences ...
pub const PARAGRAPH_SENTENCES: usize = 3;
/// ... or this many words ...
pub const PARAGRAPH_WORDS: usize = 35;
/// ... with at least this many of the four elements.
pub const PARAGRAPH_ELEMENTS: usize = 2;
/// Fewer words than this name nothing a writer did.
const SHORTEST: usize = 6;
/// A sentence of fewer words frames a compliment and is none.
const LEAST_SAID: usize = 3;
/// One sentence of a compliment is at least this probably one: what the dialogues the weights were learned from showed, each measured by weights learned
/// from the others.
const LIKELY: f64 = 0.6;
/// A student may put in this many words without ending the compliment.
const PUT_IN: usize = 25;

/// The four elements of a compliment, each with the words that show it; empty when not heard.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Elements {
    /// Names a writer's move.
    pub named_move: Vec<Sign>,
    /// Points to where the student did it.
    pub evidence: Vec<Sign>,
    /// Says what it does for a reader, or why it works.
    pub effect: Vec<Sign>,
    /// Carries it to other writing.
    pub transfer: Vec<Sign>,
}

impl Elements {
    /// How many of the four were found.
    #[must_use]
    pub fn count(&self) -> usize {
        [&self.named_move, &self.evidence, &self.effect, &self.transfer].iter().filter(|found| !found.is_empty()).count()
    }
}

/// A compliment: names one thing the writer does well.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compliment {
    /// Its words in the transcript, the teacher's only.
    pub words: Vec<usize>,
    /// From its first word to its last.
    pub span: Span,
    /// Indices of its turns, the teacher's only.
    pub turns: Vec<usize>,
    /// How many sentences.
    pub sentences: usize,
    /// How many words.
    pub word_count: usize,
    /// What it holds.
    pub elements: Elements,
    /// Long enough and rich enough for "a paragraph of speech".
    pub is_paragraph: bool,
    /// A "but" right after it, or inside: its words.
    pub but_after: Option<Vec<usize>>,
    /// The signs that made it a compliment.
    pub signs: Vec<Sign>,
    /// How sure.
    pub sureness: Sureness,
}

/// Praise that names nothing the writer did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Praise {
    /// Its words.
    pub words: Vec<usize>,
    /// When.
    pub span: Span,
    /// Index of its turn.
    pub turn: usize,
}

/// The sentences of each compliment, as indices into `read`; sorted.
pub(super) fn runs(read: &[SentenceReading], phases: &[Phase], odds: &[Odds]) -> Vec<Vec<usize>> {
    let mut runs: Vec<Vec<usize>> = Vec::new();
    let mut put_in = 0;
    let mut open = false;
    for (index, one) in read.iter().enumerate() {
        if phases[index] != Phase::Compliment {
            open = false;
        } else if one.is_teacher() {
            match runs.last_mut() {
                Some(run) if open => run.push(index),
                _ => runs.push(vec![index]),
            }
            (open, put_in) = (true, 0);
        } else {
            put_in += one.sentence.words.len();
            open = open && put_in <= PUT_IN;
        }
    }
    runs.iter().filter_map(|run| trimmed(read, run, odds)).collect()
}

/// The run without what only frames it; none when it names nothing, or when none of its sentences is likely enough a compliment.
fn trimmed(read: &[SentenceReading], run: &[usize], odds: &[Odds]) -> Option<Vec<usize>> {
    let share = |index: &usize| odds[*index][Phase::Compliment as usize];
    // What the writer did not do is none, unless it is set against what the writer did.
    let is_lack = |one: &SentenceReading| one.has(SignKind::NotDone) && signs(one).next().is_none();
    let has_substance = |index: &usize| !is_only_praise(&read[*index]) && !is_lack(&read[*index]) && read[*index].sentence.words.len() >= LEAST_SAID;
    let first = run.iter().position(has_substance)?;
    // Closing words such as "Nice work." or a question back to the student are no part of it.
    let last = run.iter().rposition(|index| has_substance(index) && read[*index].asked.is_none()).unwrap_or(first);
    let run = run.get(first..=last)?;
    let words: usize = run.iter().map(|&index| read[index].sentence.words.len()).sum();
    let is_likely = run.iter().any(|index| has_substance(index) && share(index) >= LIKELY);
    (is_likely && words >= SHORTEST).then(|| run.to_vec())
}

/// The signs of a compliment in a sentence.
fn signs(one: &SentenceReading) -> impl Iterator<Item = &super::signs::PatternMatch> {
    let elsewhere = one.has(SignKind::BehaviourPraise) || one.has(SignKind::PersonPraise);
    one.hits.iter().filter(move |hit| !elsewhere && hit.is(SignKind::Compliment))
}

fn is_only_praise(one: &SentenceReading) -> bool {
    one.has(SignKind::BarePraise) || one.has(SignKind::PersonPraise) || one.has(SignKind::BehaviourPraise)
}

/// The compliments made of `runs`.
pub(super) fn compliments(read: &[SentenceReading], runs: &[Vec<usize>]) -> Vec<Compliment> {
    runs.iter().filter_map(|run| compliment(read, run)).collect()
}

fn compliment(read: &[SentenceReading], run: &[usize]) -> Option<Compliment> {
    let (&first, &last) = run.first().zip(run.last())?;
    let with = |wanted: SignKind| run.iter().flat_map(|&index| &read[index].hits).filter(|hit| hit.is(wanted)).map(Sign::of).collect::<Vec<_>>();
    let elements =
        Elements { named_move: with(SignKind::Move), evidence: with(SignKind::Evidence), effect: with(SignKind::Effect), transfer: with(SignKind::Transfer) };
    let words: Vec<usize> = run.iter().flat_map(|&index| read[index].sentence.words.iter().copied()).collect();
    let mut turns: Vec<usize> = run.iter().map(|&index| read[index].sentence.turn).collect();
    turns.dedup();
    let weight: f32 = run.iter().flat_map(|&index| signs(&read[index])).map(|hit| hit.weight).sum();
    let long = run.len() >= PARAGRAPH_SENTENCES || words.len() >= PARAGRAPH_WORDS;
    let next = read.get(last + 1).filter(|next| next.sentence.speaker == Speaker::Teacher);
    let but = |one: &SentenceReading| one.hit(SignKind::But).map(|hit| hit.words.clone());
    Some(Compliment {
        span: Span::new(read[first].sentence.span.start(), read[last].sentence.span.end()),
        turns,
        sentences: run.len(),
        word_count: words.len(),
        is_paragraph: long && elements.count() >= PARAGRAPH_ELEMENTS,
        but_after: next.and_then(but).or_else(|| but(&read[last])),
        signs: run.iter().flat_map(|&index| signs(&read[index])).map(Sign::of).collect(),
        sureness: Sureness::of(weight),
        elements,
        words,
    })
}

/// The teacher's praise of one kind outside `runs`.
pub(super) fn praise(read: &[SentenceReading], runs: &[Vec<usize>], kind: SignKind) -> Vec<Praise> {
    let in_compliment = |index: usize| runs.iter().any(|run| run.binary_search(&index).is_ok());
    let praise = |one: &SentenceReading| one.hit(kind).map(|_| Praise { words: one.sentence.words.clone(), span: one.sentence.span, turn: one.sentence.turn });
    // Praise of the person counts inside a compliment too: the screen shows it beside it.
    (0..read.len())
        .filter(|&index| read[index].is_teacher() && (kind != SignKind::BarePraise || !in_compliment(index)))
        .filter_map(|index| praise(&read[index]))
        .collect()
}
