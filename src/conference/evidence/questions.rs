//! Finds questions, and tells open from closed from tag.
//!
//! Recognisers often lose the question mark, so the opening words decide too.

use super::lexicon::Lexicon;
use super::sentences::Sentence;
use super::signs::{PatternMatch, SignKind, Table};
use crate::conference::model::punctuation::ends_clause;
use crate::conference::model::speakers::Speaker;
use crate::conference::model::time::Span;
use crate::conference::model::transcript::Word;
use serde::Serialize;

/// The kinds of question (product definition).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionKind {
    /// How, why, what, tell me, say more; not offering alternatives. "Can you tell me about" is open in force.
    Open,
    /// Answered by yes or no, or offering alternatives.
    Closed,
    /// "Right?", "okay?"
    Tag,
}

impl QuestionKind {
    /// Its name: in lists, and among the cues that the phase model was trained on.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Tag => "tag",
        }
    }
}

/// A question of the teacher.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundQuestion {
    /// Its words in the transcript.
    pub words: Vec<usize>,
    /// From its first word to its last.
    pub at: Span,
    /// Index of its turn.
    pub turn: usize,
    /// What kind.
    pub kind: QuestionKind,
    /// What decided the kind, in words for the screen.
    pub sign: &'static str,
    /// The words that decided it.
    pub sign_words: Vec<usize>,
    /// Words of the student just before that the question takes up: a follow-up. Indices of the question's words.
    pub takes_up: Vec<usize>,
    /// The teacher goes on with an answer in the same breath.
    pub answered_by_teacher: bool,
}

/// Of what kind a question is, and by which sign.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct QuestionForm {
    pub kind: QuestionKind,
    pub sign: &'static str,
    pub words: Vec<usize>,
}

/// A sentence read: its signs and whether it asks.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::conference) struct SentenceReading {
    pub(super) sentence: Sentence,
    pub(super) asked: Option<QuestionForm>,
    pub(super) hits: Vec<PatternMatch>,
}

impl SentenceReading {
    /// The strongest sign of a kind.
    pub(super) fn hit(&self, wanted: SignKind) -> Option<&PatternMatch> {
        self.hits.iter().filter(|hit| hit.is(wanted)).max_by(|a, b| a.weight.total_cmp(&b.weight))
    }

    pub(super) fn has(&self, wanted: SignKind) -> bool {
        self.hits.iter().any(|hit| hit.is(wanted))
    }

    pub(super) fn is_teacher(&self) -> bool {
        self.sentence.is_teacher()
    }

    /// The same sentence where the turns and words before it have become more or fewer.
    pub(super) fn moved(mut self, turns: isize, words: isize) -> Self {
        self.sentence.moved(turns, words);
        let pointed = self.hits.iter_mut().map(|hit| &mut hit.words).chain(self.asked.as_mut().map(|asked| &mut asked.words));
        pointed.flatten().for_each(|word| *word = word.saturating_add_signed(words));
        self
    }
}

/// Reads a sentence: is it a question, of which kind, and which signs does it carry?
pub(super) fn read(sentence: Sentence, words: &[Word], table: &'static Table) -> SentenceReading {
    let by_form = sentence.has_mark || asks_without_mark(&sentence, words, &table.lexicon);
    let mut hits = table.hits(&sentence, by_form);
    let asks = by_form || hits.iter().any(|hit| hit.is(SignKind::Open));
    if asks != by_form {
        hits = table.hits(&sentence, asks);
    }
    let asked = asks.then(|| kind(&sentence, &hits, words, &table.lexicon));
    SentenceReading { sentence, asked, hits }
}

/// A word read, with the place where a clause may begin.
struct ClauseWord<'a> {
    text: &'a str,
    word: usize,
    starts_clause: bool,
}

fn pieces<'a>(sentence: &'a Sentence, words: &[Word], lexicon: &Lexicon) -> Vec<ClauseWord<'a>> {
    let mut pieces: Vec<ClauseWord<'a>> = Vec::new();
    let mut opening = true;
    for (text, word) in sentence.read_words().map(|(text, word)| (text.trim_end_matches([' ', '?']), word)) {
        let after_break = pieces.last().is_none_or(|last: &ClauseWord<'_>| {
            last.word != word && words.get(last.word).is_some_and(|word| ends_clause(&word.text) || word.text.ends_with(['"', '”']))
        });
        let after_joint = pieces.last().is_some_and(|last| lexicon.is_opener(last.text));
        pieces.push(ClauseWord { text, word, starts_clause: opening || after_break || after_joint });
        opening = opening && lexicon.is_opener(text);
    }
    pieces
}

/// "Where did you get that": asks although no mark says so.
fn asks_without_mark(sentence: &Sentence, words: &[Word], lexicon: &Lexicon) -> bool {
    let asking = &lexicon.asking;
    let pieces = pieces(sentence, words, lexicon);
    let Some(first) = pieces.iter().position(|piece| !lexicon.is_opener(piece.text)) else { return false };
    let (Some(one), Some(two)) = (pieces.get(first), pieces.get(first + 1)) else { return false };
    let stopped = words.get(pieces.last().map_or(one.word, |last| last.word)).is_some_and(Word::ends_sentence);
    let is = |list: &[String], text: &str| list.iter().any(|word| word == text);
    // "What is good is ..." is no question: after a full stop only the helping verbs that ask count.
    let opens = is(&asking.open, one.text) && is(&asking.helping, two.text) && !(stopped && is(&asking.linking, two.text));
    let closes = is(&asking.closed, one.text) && is(&asking.persons, two.text) && !is(&asking.imperatives, &format!("{} {}", one.text, two.text));
    opens || closes
}

fn kind(sentence: &Sentence, hits: &[PatternMatch], words: &[Word], lexicon: &Lexicon) -> QuestionForm {
    let asking = &lexicon.asking;
    let pieces = pieces(sentence, words, lexicon);
    let is = |list: &[String], text: &str| list.iter().any(|word| word == text);
    // The first clause that has the form of a question.
    let mut form = None;
    for (number, piece) in pieces.iter().enumerate() {
        let next = pieces.get(number + 1).map(|next| next.text);
        let before_person = next.is_some_and(|next| is(&asking.persons, next));
        if piece.starts_clause
            && is(&asking.closed, piece.text)
            && next.is_none_or(|next| sentence.has_mark || is(&asking.subjects, next) || is(&asking.persons, next))
        {
            form = Some((number, QuestionKind::Closed));
        } else if is(&asking.open, piece.text) && !before_person && (piece.starts_clause || next.is_some_and(|next| is(&asking.helping, next))) {
            form = Some((number, QuestionKind::Open));
        }
        if form.is_some() {
            break;
        }
    }
    // "Flying where?"
    let form = form.or_else(|| pieces.last().filter(|last| is(&asking.open, last.text)).map(|_| (pieces.len() - 1, QuestionKind::Open)));
    if let Some(tag) = hits.iter().filter(|hit| hit.is(SignKind::Tag)).min_by_key(|hit| hit.words.first().copied()) {
        let first = tag.words.first().copied();
        let alone =
            first == pieces.iter().find(|piece| !lexicon.is_opener(piece.text)).map(|piece| piece.word) || first == pieces.first().map(|piece| piece.word);
        let before = pieces.iter().rev().find(|piece| Some(piece.word) < first).map(|piece| piece.word);
        let after_comma = before.and_then(|word| words.get(word)).is_some_and(|word| ends_clause(&word.text) && !word.ends_question());
        let asked_before = form.and_then(|(number, _)| pieces.get(number)).is_some_and(|piece| Some(piece.word) < first);
        if alone || (!asked_before && (after_comma || tag.weight > 1.5)) {
            return QuestionForm { kind: QuestionKind::Tag, sign: tag.sign, words: tag.words.clone() };
        }
    }
    let or = pieces.iter().position(|piece| is(&asking.or, piece.text)).filter(|&at| at > 0 && at + 1 < pieces.len());
    let comma_before_or = |from: usize| {
        or.is_some_and(|or| {
            pieces.get(from..or).is_some_and(|between| between.iter().any(|piece| words.get(piece.word).is_some_and(|word| word.text.ends_with(','))))
        })
    };
    if let Some(open) = hits.iter().find(|hit| hit.is(SignKind::Open)) {
        return QuestionForm { kind: QuestionKind::Open, sign: open.sign, words: open.words.clone() };
    }
    let here = |number: usize| pieces.get(number).map(|piece| vec![piece.word]).unwrap_or_default();
    match form {
        Some((number, QuestionKind::Open)) if comma_before_or(number) => {
            QuestionForm { kind: QuestionKind::Closed, sign: "offers alternatives", words: or.map(here).unwrap_or_default() }
        }
        Some((number, QuestionKind::Open)) => QuestionForm { kind: QuestionKind::Open, sign: "asks how, why, what", words: here(number) },
        Some((number, _)) => QuestionForm { kind: QuestionKind::Closed, sign: "asks for yes or no", words: here(number) },
        None => QuestionForm { kind: QuestionKind::Closed, sign: "a statement asked", words: pieces.last().map(|last| vec![last.word]).unwrap_or_default() },
    }
}

/// The teacher's questions in order.
pub(super) fn questions(read: &[SentenceReading], table: &'static Table) -> Vec<FoundQuestion> {
    let mut found = Vec::new();
    for (number, one) in read.iter().enumerate() {
        let (true, Some(asked)) = (one.is_teacher(), &one.asked) else { continue };
        let answer = read.get(number + 1).filter(|next| next.sentence.turn == one.sentence.turn && next.asked.is_none());
        let answered_by_teacher = asked.kind != QuestionKind::Tag
            && answer.is_some_and(|answer| answer.has(SignKind::OwnAnswer) || !shared(&one.sentence, &[answer], &table.lexicon).is_empty());
        found.push(FoundQuestion {
            words: one.sentence.words.clone(),
            at: one.sentence.span,
            turn: one.sentence.turn,
            kind: asked.kind,
            sign: asked.sign,
            sign_words: asked.words.clone(),
            takes_up: if asked.kind == QuestionKind::Tag { Vec::new() } else { shared(&one.sentence, &sentences_before(read, number), &table.lexicon) },
            answered_by_teacher,
        });
    }
    found
}

/// What the students said just before the teacher's turn that holds sentence `number`.
fn sentences_before(read: &[SentenceReading], number: usize) -> Vec<&SentenceReading> {
    let turn = read[number].sentence.turn;
    let before = read[..number].iter().rev().skip_while(|one| one.sentence.turn == turn);
    before.take_while(|one| matches!(one.sentence.speaker, Speaker::Student(_))).collect()
}

/// The words of `sentence` with content of their own that stand in one of `others`, too.
fn shared(sentence: &Sentence, others: &[&SentenceReading], lexicon: &Lexicon) -> Vec<usize> {
    let same = |a: &str, b: &str| a == b || (a.chars().count() >= 5 && b.chars().count() >= 5 && a.chars().take(5).eq(b.chars().take(5)));
    let was_said = |text: &str| others.iter().any(|other| other.sentence.read_words().any(|(word, _)| lexicon.has_content(word) && same(word, text)));
    let mut words: Vec<usize> = sentence
        .read_words()
        .map(|(text, word)| (text.trim_end_matches([' ', '?']), word))
        .filter(|&(text, _)| lexicon.has_content(text) && was_said(text))
        .map(|(_, word)| word)
        .collect();
    words.dedup();
    words
}
