//! Finds the phases of a conference: signs first, then a left-to-right model that carries them forward.
//!
//! Most sentences of a conference carry no sign at all, so each teacher sentence gets points for each phase from its signs, and the best path through
//! all sentences is taken (Viterbi). The usual order research, compliment, teach, link is a prior, never a fault: other orders cost more, but can win.
//! Students' turns take the phase around them; long answers speak a little for research.

use super::patterns::Use;
use super::questions::{QuestionKind, Read};
use super::time::Span;
use super::turns::Speaker;
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
    pub(super) fn of(weight: f32) -> Self {
        // A clear sign weighs 3, see the table.
        match weight {
            w if w >= 4.0 => Self::Sure,
            w if w >= 1.5 => Self::Likely,
            _ => Self::Guess,
        }
    }
}

/// A sign that fired, to be shown with the finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FoundSign {
    /// Its name in the table.
    pub name: &'static str,
    /// The words that fired it.
    pub words: Vec<usize>,
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
    pub signs: Vec<FoundSign>,
}

/// The states of the model. A compliment after teaching is its own state, so that it is no way back to research.
const STATES: [Phase; 5] = [Phase::Research, Phase::Compliment, Phase::Teach, Phase::Link, Phase::Compliment];

const NEVER: f32 = f32::NEG_INFINITY;

/// Points the path starts with: a conference may open with the compliment; recordings may start in teaching.
const START: [f32; 5] = [0.0, -1.5, -1.5, -7.0, NEVER];

/// Points for going from one phase (row) to the next (column). A lone research question after teaching began (weight 3) must not go back.
const GO: [[f32; 5]; 5] = [
    [0.0, -2.0, -2.6, -5.0, NEVER],
    [-2.6, 0.0, -1.2, -2.6, NEVER],
    [-12.0, NEVER, 0.0, -2.4, -3.2],
    [-12.0, NEVER, -3.0, 0.0, -3.8],
    [-12.0, NEVER, -1.2, -1.6, 0.0],
];
/// Phases change between turns rather than inside one; a compliment most of all, for it is one breath.
const MID_TURN: [f32; 5] = [-0.5, -2.4, -0.5, -0.5, -2.4];
/// One sentence can hold many signs of one phase; beyond this they tell nothing new.
const MOST: f32 = 5.0;

/// The phase of every sentence.
pub(super) fn phases(read: &[Read]) -> Vec<Phase> {
    let mut phases = vec![Phase::Other; read.len()];
    let outside = outside(read);
    let inside: Vec<usize> = (0..read.len()).filter(|&index| !outside[index]).collect();
    let steps: Vec<usize> = inside.iter().copied().filter(|&index| read[index].is_teacher()).collect();
    // Nobody known as teacher, or nothing said by her: nothing to find phases from.
    if steps.is_empty() {
        return phases;
    }
    let path = best_path(read, &steps, &points(read, &inside, &steps));
    let mut current = path.first().copied().unwrap_or(Phase::Research);
    let mut next = 0;
    for index in inside {
        if steps.get(next) == Some(&index) {
            current = path[next];
            next += 1;
        }
        phases[index] = current;
    }
    phases
}

/// Sentences that are no part of the conference: to the room, or an interruption and what answers it.
fn outside(read: &[Read]) -> Vec<bool> {
    let mut outside: Vec<bool> = read.iter().map(|one| one.has(Use::Other)).collect();
    for index in 0..read.len() {
        // The whole turn goes with its interruption when it is short; so does a short reply.
        let turn = read[index].sentence.turn;
        if outside[index] && read[index].sentence.words.len() >= 2 {
            let rest =
                read.iter().enumerate().filter(|(_, one)| one.sentence.turn == turn).map(|(other, one)| (other, one.sentence.words.len())).collect::<Vec<_>>();
            let all: usize = rest.iter().map(|&(_, length)| length).sum();
            let hit: usize = rest.iter().filter(|&&(other, _)| read[other].has(Use::Other)).map(|&(_, length)| length).sum();
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
fn guests(read: &[Read]) -> Vec<Speaker> {
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

/// Points of each step for each of [`STATES`].
fn points(read: &[Read], inside: &[usize], steps: &[usize]) -> Vec<[f32; 5]> {
    let total: usize = inside.iter().map(|&index| read[index].sentence.words.len()).sum::<usize>().max(1);
    let mut before = 0;
    let mut answers = Vec::with_capacity(steps.len());
    let mut places = Vec::with_capacity(steps.len());
    let mut first = 0;
    // Words the students say after each step, before the next.
    for &index in inside {
        let length = read[index].sentence.words.len();
        if read[index].is_teacher() {
            places.push(before as f32 / total as f32);
            answers.push(0);
        } else if let Some(last) = answers.last_mut() {
            *last += length;
        } else {
            first += length;
        }
        before += length;
    }
    let mut points: Vec<[f32; 5]> = steps.iter().zip(places).zip(answers).map(|((&index, place), answer)| step_points(&read[index], place, answer)).collect();
    // A student who opens the talk tells about the work.
    if let (true, Some(start)) = (first > 0, points.first_mut()) {
        start[0] += 0.8;
    }
    points
}

fn step_points(one: &Read, place: f32, answer: usize) -> [f32; 5] {
    // Signs of one phase overlap: the strongest counts whole, the others half.
    let sum = |wanted: Use| {
        let weights = one.hits.iter().filter(|hit| hit.is(wanted)).map(|hit| hit.weight);
        let most = weights.clone().fold(0.0, f32::max);
        ((weights.sum::<f32>() + most) / 2.0).min(MOST)
    };
    let asked = one.asked.as_ref().map(|asked| asked.kind);
    let elsewhere = one.has(Use::BehaviourPraise) || one.has(Use::PersonPraise);
    // "What are you going to do?" asks for a plan at first and for the next step at last (product definition: first two fifths, last fifth).
    let early = if place < 0.4 {
        1.0
    } else if place < 0.65 {
        0.75
    } else {
        0.5
    };
    let late = if place < 0.25 {
        0.3
    } else if place < 0.4 {
        0.5
    } else if place < 0.6 {
        0.75
    } else {
        1.0
    };
    let mut research = sum(Use::Research) * early;
    let mut compliment = if elsewhere { 0.0 } else { sum(Use::Compliment) };
    let mut teach = sum(Use::Teach);
    let link = sum(Use::Link) * late + if place > 0.9 { 0.4 } else { 0.0 } - 0.2;
    match asked {
        Some(QuestionKind::Open) => {
            research += 0.7 * early;
            teach += 0.35;
        }
        Some(QuestionKind::Closed) => research += 0.4 * early,
        _ => {}
    }
    // A compliment is told, not asked, and soon over; what points to the page or says what it does keeps it up.
    let elements = one.hits.iter().filter(|hit| hit.weight == 0.0 && (hit.is(Use::Evidence) || hit.is(Use::Effect))).count();
    compliment += 0.4 * elements as f32 - 0.45;
    // "Can I tell you what I noticed?" offers one.
    if asked.is_some_and(|kind| kind != QuestionKind::Tag) && compliment < 2.0 {
        compliment -= 1.0;
    }
    if answer > 8 {
        compliment -= 0.8;
        research += 0.15 * early;
    }
    if asked.is_none() && one.sentence.words.len() > 14 {
        // Long statements are seldom research.
        research -= 0.5;
        teach += 0.2;
    }
    [research, compliment, teach, link, compliment]
}

fn best_path(read: &[Read], steps: &[usize], points: &[[f32; 5]]) -> Vec<Phase> {
    let mut from: Vec<[usize; 5]> = Vec::with_capacity(steps.len());
    let mut score = START;
    for (step, points) in points.iter().enumerate() {
        let mid_turn = step > 0 && read[steps[step]].sentence.turn == read[steps[step - 1]].sentence.turn;
        let mut next = [NEVER; 5];
        let mut came = [0; 5];
        for to in 0..STATES.len() {
            for (at, &so_far) in score.iter().enumerate() {
                let go = match (step, at == to) {
                    (0, true) => 0.0,
                    (0, false) => NEVER,
                    (_, true) => 0.0,
                    (_, false) => GO[at][to] + if mid_turn { MID_TURN[at] } else { 0.0 },
                };
                if so_far + go > next[to] {
                    next[to] = so_far + go;
                    came[to] = at;
                }
            }
            next[to] += points[to];
        }
        score = next;
        from.push(came);
    }
    let mut state = (0..STATES.len()).max_by(|&a, &b| score[a].total_cmp(&score[b])).unwrap_or(0);
    let mut path = vec![Phase::Research; steps.len()];
    for step in (0..steps.len()).rev() {
        path[step] = STATES[state];
        state = from[step][state];
    }
    path
}

/// The phase of each of `turns` turns: that of most of its words. A turn without words goes with the one before.
pub(super) fn by_turn(read: &[Read], phases: &[Phase], turns: usize) -> Vec<Option<Phase>> {
    // For each turn its phases in the order in which they begin, with their words.
    let mut counts: Vec<Vec<(Phase, usize)>> = vec![Vec::new(); turns];
    for (one, &phase) in read.iter().zip(phases) {
        let Some(count) = counts.get_mut(one.sentence.turn) else { continue };
        match count.iter_mut().find(|(other, _)| *other == phase) {
            Some((_, words)) => *words += one.sentence.words.len(),
            None => count.push((phase, one.sentence.words.len())),
        }
    }
    let mut last = None;
    let mut by_turn: Vec<Option<Phase>> = counts
        .into_iter()
        .map(|count| {
            // The first of equals: what the turn begins with.
            let most = count.into_iter().rev().filter(|&(_, words)| words > 0).max_by_key(|&(_, words)| words).map(|(phase, _)| phase);
            last = most.or(last);
            last
        })
        .collect();
    let first = by_turn.iter().flatten().next().copied();
    by_turn.iter_mut().take_while(|phase| phase.is_none()).for_each(|phase| *phase = first);
    by_turn
}

/// Runs of sentences of one phase.
pub(super) fn spans(read: &[Read], phases: &[Phase]) -> Vec<PhaseSpan> {
    let mut spans: Vec<PhaseSpan> = Vec::new();
    let mut weight = 0.0;
    for (one, &phase) in read.iter().zip(phases) {
        let sentence = &one.sentence;
        let speaks = |hit: &&super::patterns::Hit| hit.weight > 0.0 && hit.is(uses(phase));
        let signs = one.hits.iter().filter(speaks).map(|hit| FoundSign { name: hit.sign, words: hit.words.clone() });
        let added: f32 = one.hits.iter().filter(speaks).map(|hit| hit.weight).sum();
        match spans.last_mut() {
            Some(last) if last.phase == phase => {
                last.span = Span::new(last.span.start().min(sentence.span.start()), last.span.end().max(sentence.span.end()));
                last.turns.1 = sentence.turn;
                last.signs.extend(signs);
                weight += added;
                last.sureness = Sureness::of(weight);
            }
            _ => {
                weight = added;
                spans.push(PhaseSpan {
                    phase,
                    span: sentence.span,
                    turns: (sentence.turn, sentence.turn),
                    sureness: Sureness::of(weight),
                    signs: signs.collect(),
                });
            }
        }
    }
    spans
}

fn uses(phase: Phase) -> Use {
    match phase {
        Phase::Research => Use::Research,
        Phase::Compliment => Use::Compliment,
        Phase::Teach => Use::Teach,
        Phase::Link => Use::Link,
        Phase::Other => Use::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::evidence::{Reading, read_talk};
    use crate::conference::fixture::talk;

    #[test]
    fn a_turn_of_two_phases_alike_is_of_the_one_it_begins_with() {
        let record = talk("T 0-6 We look at endings. You wrote about rain. | S 7-8 Yes I did.");
        let read = read_talk(&record.transcript().words, record.turns(), "en", Reading { words: &[], turns: &[], read: Vec::new() });
        assert_eq!(read.iter().map(|one| one.sentence.words.len()).collect::<Vec<_>>(), [4, 4, 3]);
        for phases in
            [[Phase::Teach, Phase::Research, Phase::Link], [Phase::Research, Phase::Teach, Phase::Link], [Phase::Other, Phase::Compliment, Phase::Link]]
        {
            assert_eq!(by_turn(&read, &phases, 2), [Some(phases[0]), Some(phases[2])]);
        }
    }
}
