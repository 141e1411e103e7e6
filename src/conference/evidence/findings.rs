//! Everything found in a conference for the five questions, as one total function of its words and turns.
//!
//! Findings, never verdicts: each carries its words, its time, the sign that fired and how sure it is, so that a teacher can look and correct.

use super::compliment::{Compliment, Praise, compliments, praise, runs};
use super::cues::{Step, steps};
use super::phase_model::{PhaseModel, model};
use super::phases::{FoundPhase, Odds, PhaseSpan, by_turn, certain, likeliest, odds, odds_by_turn, outside, spans, without};
use super::questions::{FoundQuestion, QuestionKind, SentenceReading, questions, read};
use super::sentences::{has_marks, sentences};
use super::signs::{Sign, hundredths};
use super::signs::{SignKind, Table, table};
use super::teaching::{Moment, TeachingPoint, moments, point_at, points, said_in, tried, troubles};
use crate::conference::model::overrides::{Corrections, FindingOverride};
use crate::conference::model::phase::Phase;
use crate::conference::model::speakers::Speaker;
use crate::conference::model::time::{Millis, Span, union};
use crate::conference::model::transcript::Word;
use crate::conference::talk::turns::Turn;
use serde::Serialize;
use std::collections::BTreeSet;
use std::ops::Range;

/// Why nothing could be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotSought {
    /// There are no words: only what sound can show.
    NoWords,
    /// There is no table of signs for this language.
    Language,
    /// None of the voices is the teacher's.
    NoTeacher,
}

/// The research part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Research {
    /// From its first word to its last.
    pub span: Span,
    /// How long it is, without what lies between its parts.
    pub length: Millis,
    /// Its length over that of the talk from first word to last, 0 to 1.
    pub share: f64,
    /// Whether it is claimed; else it is a guess, and there is no other research.
    pub is_sure: bool,
    /// The students' share of the talk inside it, 0 to 1: of time where turns have any, else of words.
    pub student_share: f64,
    /// Indices into [`Evidence::questions`].
    pub questions: Vec<usize>,
}

/// A sentence of teaching that carries on to other writing is a link when this probable.
const LINKED: f64 = 0.25;

/// What was found.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Evidence {
    /// Why nothing was sought; none when it was.
    pub not_sought: Option<NotSought>,
    /// Runs of sentences of one phase, in order.
    pub phases: Vec<PhaseSpan>,
    /// From the first word of the talk to the last.
    pub whole: Span,
    /// The phase of each turn; none when there is nothing to tell it from.
    pub turn_phases: Vec<Option<Phase>>,
    /// How probable that phase is, 0 to 1, for each turn; 1 where the teacher said it, 0 where there is nothing to tell it from.
    pub turn_sureness: Vec<f64>,
    /// Below this much a phase is not claimed: it is a guess, and shown as one.
    pub claimed_from: f64,
    /// None: not heard.
    pub research: Option<Research>,
    /// From the start of the recording to the first teaching sentence.
    pub first_teaching: Option<Millis>,
    /// The teacher's questions, in order.
    pub questions: Vec<FoundQuestion>,
    /// In order.
    pub compliments: Vec<Compliment>,
    /// "You're so smart".
    pub person_praise: Vec<Praise>,
    /// "Good job", outside compliments.
    pub bare_praise: Vec<Praise>,
    /// "How quietly you are working".
    pub behaviour_praise: Vec<Praise>,
    /// One for each strategy; corrections are not among them.
    pub teaching_points: Vec<TeachingPoint>,
    /// Corrections of spelling, capitals, tense ...: however many, they count once.
    pub fixing: Vec<Moment>,
    /// Where a student tried the strategy.
    pub try_its: Vec<Moment>,
    /// Sentences that carry the strategy to other writing.
    pub links: Vec<Moment>,
    /// What the students said about troubles with the work in research.
    pub troubles: Vec<Moment>,
}

/// A talk as it was read: its words, its turns, and the sentences made of them.
#[derive(Default)]
pub(in crate::conference) struct Reading<'a> {
    pub words: &'a [Word],
    pub turns: &'a [Turn],
    pub read: Vec<SentenceReading>,
}

/// Reads a talk sentence by sentence; what is as it was `before` is not read again. Nothing when nothing is sought, see [`NotSought`].
pub(in crate::conference) fn read_talk(words: &[Word], turns: &[Turn], language: &str, before: Reading<'_>) -> Vec<SentenceReading> {
    let Ok((table, _)) = sought(words, turns, language) else { return Vec::new() };
    let has_marks = has_marks(words);
    let read_new = |which: Range<usize>| sentences(words, turns, which, has_marks, &table.lexicon).into_iter().map(|sentence| read(sentence, words, table));
    if before.read.is_empty() || has_marks != self::has_marks(before.words) {
        return read_new(0..turns.len()).collect();
    }
    let (turns_moved, words_moved) = (turns.len() as isize - before.turns.len() as isize, words.len() as isize - before.words.len() as isize);
    let is_same = |new: &Turn, old: &Turn, moved: isize| {
        let pairs = || new.words.iter().zip(&old.words);
        (new.speaker, new.words.len()) == (old.speaker, old.words.len())
            && pairs().all(|(&new, &old)| new == old.saturating_add_signed(moved) && words.get(new) == before.words.get(old))
    };
    let first = turns.iter().zip(before.turns).take_while(|(new, old)| is_same(new, old, 0)).count();
    let most = turns.len().min(before.turns.len()) - first;
    let last = turns.iter().rev().zip(before.turns.iter().rev()).take(most).take_while(|(new, old)| is_same(new, old, words_moved)).count();
    let kept_from = before.turns.len() - last;
    let mut all = Vec::with_capacity(before.read.len());
    let mut old = before.read.into_iter().filter(|one| one.sentence.turn < first || one.sentence.turn >= kept_from).peekable();
    while let Some(one) = old.next_if(|one| one.sentence.turn < first) {
        all.push(one);
    }
    all.extend(read_new(first..turns.len() - last));
    all.extend(old.map(|one| one.moved(turns_moved, words_moved)));
    all
}

/// Everything the words show. Works on whatever speakers were found; see [`NotSought`] for when it has to pass.
#[must_use]
pub fn find_evidence(words: &[Word], turns: &[Turn], language: &str) -> Evidence {
    let read = read_talk(words, turns, language, Reading::default());
    corrected_evidence(&read, words, turns, language, &Corrections::default()).0
}

/// The same with other weights than those checked in, to measure what others would find.
#[doc(hidden)]
#[must_use]
pub fn find_evidence_with(model: &PhaseModel, words: &[Word], turns: &[Turn], language: &str) -> Evidence {
    let Ok((table, _)) = sought(words, turns, language) else { return Evidence::default() };
    let read = read_talk(words, turns, language, Reading::default());
    let odds = odds(&read, model, table);
    assembled(&TalkOdds { read: &read, turns, odds: &odds, table, model }, &Corrections::default())
}

/// What the sentences of a talk show about their phases: what the weights of the phases are learned from. Nothing when nothing is sought.
#[doc(hidden)]
#[must_use]
pub fn phase_steps(words: &[Word], turns: &[Turn], language: &str) -> Vec<Step> {
    let Ok((table, _)) = sought(words, turns, language) else { return Vec::new() };
    let read = read_talk(words, turns, language, Reading::default());
    steps(&read, &outside(&read), table)
}

/// What was found in a talk as read, with what the teacher corrected in it; and without, when she corrected anything.
pub(in crate::conference) fn corrected_evidence(
    read: &[SentenceReading],
    words: &[Word],
    turns: &[Turn],
    language: &str,
    corrections: &Corrections,
) -> (Evidence, Option<Evidence>) {
    let sought = sought(words, turns, language);
    let odds = sought.map_or_else(|_| Vec::new(), |(table, model)| odds(read, model, table));
    let found = |corrections: &Corrections| match sought {
        Ok((table, model)) => assembled(&TalkOdds { read, turns, odds: &odds, table, model }, corrections),
        Err(why) => {
            let turn_phases: Vec<Option<Phase>> = turns.iter().map(|turn| corrections.phase_at(turn.span.middle())).collect();
            let turn_sureness = turn_phases.iter().map(|phase| if phase.is_some() { 1.0 } else { 0.0 }).collect();
            Evidence { not_sought: Some(why), turn_phases, turn_sureness, ..Evidence::default() }
        }
    };
    (found(corrections), corrections.changes_evidence().then(|| found(&Corrections::default())))
}

fn sought(words: &[Word], turns: &[Turn], language: &str) -> Result<(&'static Table, &'static PhaseModel), NotSought> {
    if words.is_empty() {
        return Err(NotSought::NoWords);
    }
    let known = table(language).zip(model(language)).ok_or(NotSought::Language)?;
    if turns.iter().any(|turn| turn.speaker == Speaker::Teacher) { Ok(known) } else { Err(NotSought::NoTeacher) }
}

/// A talk with how probable each phase is for each of its sentences.
struct TalkOdds<'a> {
    read: &'a [SentenceReading],
    turns: &'a [Turn],
    odds: &'a [Odds],
    table: &'static Table,
    model: &'a PhaseModel,
}

fn assembled(talk: &TalkOdds<'_>, corrections: &Corrections) -> Evidence {
    let TalkOdds { read, turns, table, model, .. } = *talk;
    let mut odds = talk.odds.to_vec();
    let found_runs = runs(read, &phases_of(&odds), &odds);
    forget_empty_compliments(&mut odds, &found_runs);
    for (one, odds) in read.iter().zip(&mut odds) {
        if let Some(phase) = corrections.phase_at(one.sentence.span.middle()) {
            *odds = certain(phase);
        }
    }
    let phases = phases_of(&odds);
    let by_turns = odds_by_turn(read, &odds, turns.len());
    let turn_phases = by_turn(&by_turns);
    // A sentence is as sure as its turn, where the turn is surer that it is of this phase.
    let found = read.iter().zip(&odds).map(|(one, odds)| {
        let (phase, own) = likeliest(odds);
        let of_turn = by_turns.get(one.sentence.turn).copied().flatten().map_or(0.0, |odds| odds[phase as usize]);
        FoundPhase { phase, sureness: own.max(of_turn) }
    });
    let found: Vec<FoundPhase> = found.collect();
    let compliment_runs = match corrections.compliment {
        None if corrections.phases.is_empty() => found_runs,
        None => runs(read, &phases, &odds),
        Some(FindingOverride::Nothing) => Vec::new(),
        Some(FindingOverride::Here(span)) => {
            let inside = |index: &usize| read[*index].is_teacher() && span.contains(read[*index].sentence.span.middle());
            vec![(0..read.len()).filter(inside).collect()]
        }
    };
    let mut questions = questions(read, table);
    questions.retain(|question| !corrections.not_questions.contains(&question.at.start()));
    let mut points = match corrections.strategy {
        None => points(read, &phases, table),
        Some(FindingOverride::Nothing) => Vec::new(),
        Some(FindingOverride::Here(span)) => point_at(read, span, points(read, &phases, table), table).into_iter().collect(),
    };
    let first_teaching = read.iter().zip(&phases).find(|(one, phase)| one.is_teacher() && **phase == Phase::Teach).map(|(one, _)| one.sentence.span.start());
    // What carries on is often said in the last breath of teaching: it has to be likely enough that it is the link, not likelier than all else.
    let mut links = moments(read, SignKind::CarriesOn, |index| {
        phases[index] == Phase::Link || (phases[index] == Phase::Teach && odds[index][Phase::Link as usize] >= LINKED)
    });
    let complimented: BTreeSet<&[usize]> = compliment_runs.iter().flatten().map(|&index| read[index].sentence.words.as_slice()).collect();
    links.retain(|link| !complimented.contains(link.words.as_slice()));
    // A link carries on the one strategy there was, though the sentence that named it had no such words.
    if let [point] = points.as_mut_slice()
        && point.transferable.is_empty()
        && point.only_this_piece.is_empty()
    {
        let linked = read.iter().filter(|one| links.iter().any(|link| link.words == one.sentence.words));
        let carries = linked.filter_map(|one| Some(Sign { name: one.hit(SignKind::Transferable)?.sign, words: one.sentence.words.clone(), weight: 0.0 }));
        point.transferable.extend(carries.take(1));
    }
    Evidence {
        not_sought: None,
        turn_phases: turn_phases.iter().map(|found| found.map(|(phase, _)| phase)).collect(),
        turn_sureness: turn_phases.iter().map(|found| found.map_or(0.0, |(_, sureness)| hundredths(sureness))).collect(),
        claimed_from: model.sure,
        research: research(talk, &found, &questions),
        first_teaching,
        compliments: compliments(read, &compliment_runs),
        person_praise: praise(read, &compliment_runs, SignKind::PersonPraise),
        bare_praise: praise(read, &compliment_runs, SignKind::BarePraise),
        behaviour_praise: praise(read, &compliment_runs, SignKind::BehaviourPraise),
        teaching_points: points,
        fixing: moments(read, SignKind::Fixing, |index| phases[index] == Phase::Teach),
        try_its: tried(read, &phases),
        links,
        troubles: match corrections.trouble {
            None => troubles(read, &phases),
            Some(FindingOverride::Nothing) => Vec::new(),
            Some(FindingOverride::Here(span)) => said_in(read, span),
        },
        phases: spans(read, &found, model),
        whole: whole(turns),
        questions,
    }
}

fn phases_of(odds: &[Odds]) -> Vec<Phase> {
    odds.iter().map(|odds| likeliest(odds).0).collect()
}

/// A compliment that names nothing was none: it is of whichever phase comes next in probability.
fn forget_empty_compliments(odds: &mut [Odds], runs: &[Vec<usize>]) {
    let mut start = 0;
    while start < odds.len() {
        let phase = likeliest(&odds[start]).0;
        let length = odds[start..].iter().take_while(|odds| likeliest(odds).0 == phase).count();
        let stretch = start..start + length;
        if phase == Phase::Compliment && !runs.iter().flatten().any(|index| stretch.contains(index)) {
            odds[stretch].iter_mut().for_each(|odds| *odds = without(odds, Phase::Compliment));
        }
        start += length;
    }
}

fn whole(turns: &[Turn]) -> Span {
    let all = union(turns.iter().map(|turn| turn.span));
    all.first().zip(all.last()).map_or(Span::default(), |(first, last)| Span::new(first.start(), last.end()))
}

fn research(talk: &TalkOdds<'_>, found: &[FoundPhase], questions: &[FoundQuestion]) -> Option<Research> {
    let is_claimed = |found: &FoundPhase| found.phase == Phase::Research && found.sureness >= talk.model.sure;
    let is_sure = found.iter().any(is_claimed);
    let counts = |found: &FoundPhase| if is_sure { is_claimed(found) } else { found.phase == Phase::Research };
    let (read, turns) = (talk.read, talk.turns);
    let inside: Vec<&SentenceReading> = read.iter().zip(found).filter(|(_, found)| counts(found)).map(|(one, _)| one).collect();
    // A greeting alone is no research: someone has to ask or be told.
    if !inside.iter().any(|one| one.is_teacher() && (one.has(SignKind::Research) || one.asked.is_some())) {
        return None;
    }
    // The pauses between its sentences belong to it, what lies between its parts does not.
    let parts = union(
        found
            .chunk_by(|a, b| counts(a) == counts(b))
            .scan(0, |at, part| {
                let sentences = &read[*at..*at + part.len()];
                *at += part.len();
                Some(sentences.first().zip(sentences.last()).filter(|_| part.first().is_some_and(counts)))
            })
            .flatten()
            .map(|(first, last)| Span::new(first.sentence.span.start(), last.sentence.span.end())),
    );
    let span = Span::new(parts.first()?.start(), parts.last()?.end());
    let length: Millis = parts.iter().map(|part| part.length()).sum();
    let whole = whole(turns).length();
    let research_turns = |who: fn(Speaker) -> bool| -> Millis {
        union(inside.iter().filter(|one| who(one.sentence.speaker)).map(|one| one.sentence.span)).iter().map(|span| span.length()).sum()
    };
    let words = |who: fn(Speaker) -> bool| inside.iter().filter(|one| who(one.sentence.speaker)).map(|one| one.sentence.words.len()).sum::<usize>();
    let (student, teacher) = (research_turns(Speaker::is_student), research_turns(|speaker| speaker == Speaker::Teacher));
    let student_share = match (student.0 + teacher.0, words(Speaker::is_student), words(|speaker| speaker == Speaker::Teacher)) {
        (0, 0, 0) => 0.0,
        (0, student, teacher) => student as f64 / (student + teacher) as f64,
        (both, ..) => student.0 as f64 / both as f64,
    };
    let asked: BTreeSet<&[usize]> = inside.iter().map(|one| one.sentence.words.as_slice()).collect();
    let is_inside = |question: &FoundQuestion| asked.contains(question.words.as_slice());
    Some(Research {
        length,
        is_sure,
        share: if whole.0 > 0 { (length.0 as f64 / whole.0 as f64).clamp(0.0, 1.0) } else { 0.0 },
        student_share,
        questions: (0..questions.len()).filter(|&index| is_inside(&questions[index])).collect(),
        span,
    })
}

impl Evidence {
    /// Each phase claimed, in the usual order: where it begins, and its share of the talk from first word to last, 0 to 1. What is left is quiet
    /// between phases, and what is not sure.
    #[must_use]
    pub fn phase_shares(&self) -> Vec<(Phase, Millis, f64)> {
        let of = |phase| {
            let (start, share) = self.share_of(|stretch| stretch.phase == phase && stretch.is_sure())?;
            Some((phase, start, share))
        };
        Phase::ALL.into_iter().filter_map(of).collect()
    }

    /// Where the first stretch begins whose phase is a guess, and the share of all of them, 0 to 1; none where every phase is claimed.
    #[must_use]
    pub fn unsure_share(&self) -> Option<(Millis, f64)> {
        self.share_of(|stretch| !stretch.is_sure())
    }

    fn share_of(&self, counts: impl Fn(&PhaseSpan) -> bool) -> Option<(Millis, f64)> {
        let stretches = union(self.phases.iter().filter(|stretch| counts(stretch)).map(|stretch| stretch.span));
        let length: Millis = stretches.iter().map(|span| span.length()).sum();
        Some((stretches.first()?.start(), length.0 as f64 / self.whole.length().0.max(1) as f64))
    }

    /// Whether the phase of a turn is claimed: a guess is shown as one.
    #[must_use]
    pub fn is_phase_sure(&self, turn: usize) -> bool {
        self.turn_sureness.get(turn).is_some_and(|&sureness| sureness >= self.claimed_from && sureness > 0.0)
    }

    /// How many questions of a kind.
    #[must_use]
    pub fn count(&self, kind: QuestionKind) -> usize {
        self.questions.iter().filter(|question| question.kind == kind).count()
    }
}

#[cfg(test)]
mod tests;
