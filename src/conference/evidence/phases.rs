//! Finds the phases of a conference: how probable each is for every sentence, from learned weights of its signs and of the order of phases.
//!
//! Most sentences of a conference carry no clear sign, so what stands before and after counts too. What is found is said with how probable it is, and below
//! a limit it is not claimed. The usual order research, compliment, teach, link is learned, never a rule: other orders are less probable, but can win.

use super::cues::steps;
use super::phase_model::{PHASES, PhaseModel};
use super::questions::SentenceReading;
use super::signs::Sign;
use super::signs::{SignKind, Table};
use crate::conference::model::phase::{Phase, Sureness};
use crate::conference::model::speakers::Speaker;
use crate::conference::model::time::Span;
use serde::Serialize;

/// A sign weighs this much to be shown with a phase: less is hardly a reason.
const SHOWN: f64 = 0.15;

/// The phase found for a sentence, and how probable it is, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FoundPhase {
    pub phase: Phase,
    pub sureness: f64,
}

/// A stretch of one phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhaseSpan {
    /// Which.
    pub phase: Phase,
    /// From its first word to its last.
    pub span: Span,
    /// Its turns, first and last, as indices.
    pub turns: (usize, usize),
    /// How sure.
    pub sureness: Sureness,
    /// What spoke for it, in order.
    pub signs: Vec<Sign>,
}

impl PhaseSpan {
    /// Whether its phase is claimed: a guess is shown as one.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.sureness != Sureness::Guess
    }
}

/// How probable each of [`Phase::ALL`] is, summing to 1.
pub(super) type Odds = [f64; Phase::ALL.len()];

/// What is certain: said by the teacher, or no part of the conference.
pub(super) fn certain(phase: Phase) -> Odds {
    Phase::ALL.map(|other| if other == phase { 1.0 } else { 0.0 })
}

/// The most probable phase, and how probable it is; the first of equals in the usual order.
pub(super) fn likeliest(odds: &Odds) -> (Phase, f64) {
    let first = (Phase::ALL[0], odds[0]);
    Phase::ALL.into_iter().zip(*odds).skip(1).fold(first, |best, next| if next.1 > best.1 { next } else { best })
}

/// How probable each phase is for every sentence.
pub(super) fn odds(read: &[SentenceReading], model: &PhaseModel, table: &'static Table) -> Vec<Odds> {
    let steps = steps(read, &outside(read), table);
    let mut odds = vec![certain(Phase::Other); read.len()];
    for (step, found) in steps.iter().zip(model.probabilities(&steps)) {
        for (phase, share) in PHASES.into_iter().zip(found) {
            odds[step.sentence][phase as usize] = share;
        }
        odds[step.sentence][Phase::Other as usize] = 0.0;
    }
    odds
}

/// The odds without one phase.
pub(super) fn without(odds: &Odds, phase: Phase) -> Odds {
    let mut rest = *odds;
    rest[phase as usize] = 0.0;
    let sum: f64 = rest.iter().sum();
    // Nothing else was possible: then everything is, alike.
    if sum < 1e-9 {
        PHASES.into_iter().filter(|&other| other != phase).fold([0.0; 5], |mut all, other| {
            all[other as usize] = 1.0 / (PHASES.len() - 1) as f64;
            all
        })
    } else {
        rest.map(|share| share / sum)
    }
}

/// Sentences that are no part of the conference: to the room, or an interruption and what answers it.
pub(super) fn outside(read: &[SentenceReading]) -> Vec<bool> {
    let mut outside: Vec<bool> = read.iter().map(|one| one.has(SignKind::Other)).collect();
    for index in 0..read.len() {
        // The whole turn goes with its interruption when it is short; so does a short reply.
        let turn = read[index].sentence.turn;
        if outside[index] && read[index].sentence.words.len() >= 2 {
            let rest =
                read.iter().enumerate().filter(|(_, one)| one.sentence.turn == turn).map(|(other, one)| (other, one.sentence.words.len())).collect::<Vec<_>>();
            let all: usize = rest.iter().map(|&(_, length)| length).sum();
            let hit: usize = rest.iter().filter(|&&(other, _)| read[other].has(SignKind::Other)).map(|&(_, length)| length).sum();
            if hit * 2 >= all {
                rest.iter().for_each(|&(other, _)| outside[other] = true);
            }
        }
    }
    // Who comes to the table only to interrupt does so from the first word on.
    let guests = guests(read);
    for index in (0..read.len().saturating_sub(1)).rev() {
        if guests.contains(&read[index].sentence.speaker) && outside[index + 1] && read[index + 1].is_teacher() {
            outside[index] = true;
        }
    }
    outside
}

/// Students who speak once or twice while another speaks often.
fn guests(read: &[SentenceReading]) -> Vec<Speaker> {
    const SELDOM: usize = 2;
    const OFTEN: usize = 6;
    // Who, how many turns, and the latest of them.
    let mut turns: Vec<(Speaker, usize, usize)> = Vec::new();
    for sentence in read.iter().map(|one| &one.sentence).filter(|sentence| !sentence.is_teacher()) {
        match turns.iter_mut().find(|(speaker, ..)| *speaker == sentence.speaker) {
            Some((_, _, last)) if *last == sentence.turn => {}
            Some((_, count, last)) => (*count, *last) = (*count + 1, sentence.turn),
            None => turns.push((sentence.speaker, 1, sentence.turn)),
        }
    }
    let has_host = turns.iter().any(|(_, count, _)| *count >= OFTEN);
    turns.into_iter().filter(|(_, count, _)| has_host && *count <= SELDOM).map(|(speaker, ..)| speaker).collect()
}

/// The odds of each of `turns` turns: those of its sentences, each by its words. None for a turn without words.
pub(super) fn odds_by_turn(read: &[SentenceReading], odds: &[Odds], turns: usize) -> Vec<Option<Odds>> {
    let mut sums: Vec<(Odds, f64)> = vec![([0.0; 5], 0.0); turns];
    for (one, odds) in read.iter().zip(odds) {
        let Some((sum, words)) = sums.get_mut(one.sentence.turn) else { continue };
        let length = one.sentence.words.len() as f64;
        sum.iter_mut().zip(odds).for_each(|(sum, share)| *sum += share * length);
        *words += length;
    }
    sums.into_iter().map(|(sum, words)| (words > 0.0).then(|| sum.map(|share| share / words))).collect()
}

/// The phase of each turn and how probable it is. A turn without words goes with the one before, the first with what follows.
pub(super) fn by_turn(odds: &[Option<Odds>]) -> Vec<Option<(Phase, f64)>> {
    let mut last = odds.iter().flatten().next().map(likeliest);
    odds.iter()
        .map(|odds| {
            last = odds.as_ref().map(likeliest).or(last);
            last
        })
        .collect()
}

/// Runs of sentences of one phase, the sure ones apart from the others.
pub(super) fn spans(read: &[SentenceReading], found: &[FoundPhase], model: &PhaseModel) -> Vec<PhaseSpan> {
    let mut spans: Vec<PhaseSpan> = Vec::new();
    let mut sum = (0.0, 0.0);
    for (one, found) in read.iter().zip(found) {
        let sentence = &one.sentence;
        let signs = signs(one, found.phase, model);
        let words = sentence.words.len() as f64;
        match spans.last_mut() {
            Some(last) if last.phase == found.phase && (last.sureness == Sureness::Guess) == (found.sureness < model.sure) => {
                last.span = Span::new(last.span.start().min(sentence.span.start()), last.span.end().max(sentence.span.end()));
                last.turns.1 = sentence.turn;
                last.signs.extend(signs);
                sum = (sum.0 + found.sureness * words, sum.1 + words);
                last.sureness = Sureness::probable(sum.0 / sum.1, model.sure);
            }
            _ => {
                sum = (found.sureness * words, words);
                spans.push(PhaseSpan {
                    phase: found.phase,
                    span: sentence.span,
                    turns: (sentence.turn, sentence.turn),
                    sureness: Sureness::probable(found.sureness, model.sure),
                    signs,
                });
            }
        }
    }
    spans
}

/// What spoke for the phase in a sentence: its signs, and how much more each gives that phase than the others.
fn signs(one: &SentenceReading, phase: Phase, model: &PhaseModel) -> Vec<Sign> {
    let signs = one.hits.iter().map(|hit| Sign { weight: model.weight(hit.sign, phase), name: hit.sign, words: hit.words.clone() });
    let interrupts = |sign: &Sign| phase == Phase::Other && one.hits.iter().any(|hit| hit.sign == sign.name && hit.is(SignKind::Other));
    signs.filter(|sign| sign.weight >= SHOWN || interrupts(sign)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::evidence::findings::{Reading, read_talk};
    use crate::conference::fixture::talk;

    #[test]
    fn a_turn_is_of_the_phase_most_of_its_words_are_of_and_no_surer_than_they_are() {
        let record = talk("T 0-6 We look at endings. You wrote about rain. | S 7-8 Yes I did.");
        let read = read_talk(&record.transcript().words, record.turns(), "en", Reading { words: &[], turns: &[], read: Vec::new() });
        assert_eq!(read.iter().map(|one| one.sentence.words.len()).collect::<Vec<_>>(), [4, 4, 3]);
        let mut odds = vec![certain(Phase::Teach), certain(Phase::Research), certain(Phase::Link)];
        odds[1] = [0.4, 0.0, 0.6, 0.0, 0.0];
        let found = by_turn(&odds_by_turn(&read, &odds, 3));
        assert_eq!(found, [Some((Phase::Teach, 0.8)), Some((Phase::Link, 1.0)), Some((Phase::Link, 1.0))]);
        assert_eq!(by_turn(&odds_by_turn(&read[2..], &odds[2..], 2)), [Some((Phase::Link, 1.0)); 2], "words nobody heard go with what follows");
    }

    #[test]
    fn what_was_no_compliment_is_something_else() {
        assert_eq!(likeliest(&without(&[0.1, 0.6, 0.3, 0.0, 0.0], Phase::Compliment)).0, Phase::Teach);
        let (_, sureness) = likeliest(&without(&certain(Phase::Compliment), Phase::Compliment));
        assert!(sureness < 0.5, "nothing else was heard: then it is not sure");
    }
}
