//! Learns the weights of the phases: a linear-chain conditional random field, by L-BFGS on the likelihood of what is labelled.
//!
//! No chance is in it: the same dialogues give the same weights.

use super::labelled::Labelled;
use afterbell::conference::{Chain, EDGES, Link, PHASE_OF_STATE, PHASES, Phase, PhaseModel, Points, STATES, Step, phase_steps};
use std::collections::{BTreeMap, BTreeSet};

/// A talk as it is learned from: its sentences, and the phase of each, where that is known.
#[derive(Clone)]
pub struct Lesson {
    pub steps: Vec<Step>,
    pub phases: Vec<Option<Phase>>,
}

/// A word or a pair of words that stands in fewer dialogues tells more about their topics than about their phases.
const WORD_DIALOGUES: usize = 8;
const SIGN_DIALOGUES: usize = 2;
/// How much a weight is held back: more for single words than for signs, less for the order of the phases.
const HOLD_SIGN: f64 = 1.0;
const HOLD_WORD: f64 = 4.0;
const HOLD_ORDER: f64 = 0.3;
const ROUNDS: usize = 80;
/// Steps remembered by L-BFGS.
const REMEMBERED: usize = 8;
/// A weight smaller than this in every phase changes nothing that is seen.
const LEAST: f64 = 0.1;

pub fn lesson(one: &Labelled) -> Lesson {
    let steps = phase_steps(&one.words, &one.turns, "en");
    let phases = steps
        .iter()
        .map(|step| {
            let known: Vec<Phase> = step.words.iter().filter_map(|&word| one.word_phases[word]).collect();
            let most = Phase::ALL.into_iter().max_by_key(|phase| known.iter().filter(|other| *other == phase).count())?;
            (known.len() * 2 >= step.words.len() && most != Phase::Other).then_some(most)
        })
        .collect();
    Lesson { steps, phases }
}

/// The same talk with the teaching of `others` put after its own: tutorials are longer than what is written for tests, and most of them is teaching.
pub fn lengthened(one: &Lesson, others: &[&Lesson]) -> Option<Lesson> {
    let last = one.phases.iter().rposition(|phase| *phase == Some(Phase::Teach))?;
    let mut long = Lesson { steps: one.steps[..=last].to_vec(), phases: one.phases[..=last].to_vec() };
    for other in others {
        let mut is_first = true;
        for (step, phase) in other.steps.iter().zip(&other.phases).filter(|(_, phase)| **phase == Some(Phase::Teach)) {
            let edge = if is_first { usize::from(!step.is_teacher) + 1 } else { step.edge };
            long.steps.push(Step { edge, ..step.clone() });
            long.phases.push(*phase);
            is_first = false;
        }
    }
    long.steps.extend_from_slice(&one.steps[last + 1..]);
    long.phases.extend_from_slice(&one.phases[last + 1..]);
    long.place();
    Some(long)
}

impl Lesson {
    /// Some of its turns as a talk of its own: a recording may begin late, or be cut short, and where little is said little is sure.
    pub fn part(&self, from: usize, turns: usize) -> Self {
        let is_inside = |step: &Step| (from..from + turns).contains(&step.turn);
        let both = self.steps.iter().zip(&self.phases).filter(|(step, _)| is_inside(step));
        let (steps, phases) = both.map(|(step, phase)| (step.clone(), *phase)).unzip();
        let mut part = Self { steps, phases };
        part.place();
        part
    }

    /// Says again where each sentence stands.
    fn place(&mut self) {
        let total: usize = self.steps.iter().map(|step| step.words.len()).sum();
        let mut before = 0;
        for step in &mut self.steps {
            step.put_at(before, total);
            before += step.words.len();
        }
    }
}

/// The cues worth learning from: those in enough of the dialogues.
fn vocabulary(plain: &[&Lesson]) -> BTreeSet<String> {
    let mut dialogues: BTreeMap<&str, usize> = BTreeMap::new();
    for one in plain {
        let cues: BTreeSet<&str> = one.steps.iter().flat_map(|step| &step.cues).map(String::as_str).collect();
        cues.into_iter().for_each(|cue| *dialogues.entry(cue).or_default() += 1);
    }
    let least = |cue: &str| if is_word(cue) { WORD_DIALOGUES } else { SIGN_DIALOGUES };
    dialogues.into_iter().filter(|(cue, count)| *count >= least(cue)).map(|(cue, _)| cue.to_owned()).collect()
}

fn is_word(cue: &str) -> bool {
    cue.starts_with("word ") || cue.starts_with("student word ")
}

/// A lesson in numbers.
struct Sums {
    /// For each sentence the numbers of its cues.
    cues: Vec<Vec<usize>>,
    edges: Vec<usize>,
    /// Which states may be.
    may_be: Vec<[bool; STATES]>,
}

struct Problem {
    sums: Vec<Sums>,
    cues: usize,
    hold: Vec<f64>,
}

impl Problem {
    fn model(&self, weights: &[f64]) -> (Chain, usize) {
        let order = self.cues * PHASES.len();
        let mut chain = Chain::default();
        chain.start.copy_from_slice(&weights[order..order + STATES]);
        let numbers = chain.go.iter_mut().flatten().flatten();
        numbers.zip(&weights[order + STATES..]).for_each(|(go, weight)| *go = *weight);
        (chain, order)
    }

    /// How improbable the labels are, held back, and its slope.
    fn loss(&self, weights: &[f64]) -> (f64, Vec<f64>) {
        let (chain, order) = self.model(weights);
        let mut slope: Vec<f64> = weights.iter().zip(&self.hold).map(|(weight, hold)| weight * hold).collect();
        let mut loss: f64 = weights.iter().zip(&slope).map(|(weight, slope)| weight * slope / 2.0).sum();
        for one in &self.sums {
            let points = |cues: &Vec<usize>| -> Points {
                let mut sum = [0.0; PHASES.len()];
                cues.iter().for_each(|cue| (0..PHASES.len()).for_each(|phase| sum[phase] += weights[cue * PHASES.len() + phase]));
                PHASE_OF_STATE.map(|phase| sum[phase])
            };
            let free: Vec<Link> = one.cues.iter().zip(&one.edges).map(|(cues, &edge)| Link { points: points(cues), edge }).collect();
            let told: Vec<Link> = free
                .iter()
                .zip(&one.may_be)
                .map(|(link, may_be)| Link { points: std::array::from_fn(|state| if may_be[state] { link.points[state] } else { -1e9 }), ..*link })
                .collect();
            let (all, right) = (chain.marginals(&free), chain.marginals(&told));
            loss += all.log_sum - right.log_sum;
            for (at, cues) in one.cues.iter().enumerate() {
                let mut difference = [0.0; PHASES.len()];
                (0..STATES).for_each(|state| difference[PHASE_OF_STATE[state]] += all.states[at][state] - right.states[at][state]);
                cues.iter().for_each(|cue| (0..PHASES.len()).for_each(|phase| slope[cue * PHASES.len() + phase] += difference[phase]));
            }
            if let (Some(all), Some(right)) = (all.states.first(), right.states.first()) {
                (0..STATES).for_each(|state| slope[order + state] += all[state] - right[state]);
            }
            let steps = all.steps.iter().flatten().flatten().zip(right.steps.iter().flatten().flatten());
            slope[order + STATES..].iter_mut().zip(steps).for_each(|(slope, (all, right))| *slope += all - right);
        }
        (loss, slope)
    }
}

/// The weights that make the labels most probable. `plain` are the dialogues as they were typed: they decide which words are looked at.
pub fn learn(lessons: &[Lesson], plain: &[&Lesson], sure: f64) -> PhaseModel {
    let names: Vec<String> = vocabulary(plain).into_iter().collect();
    let number: BTreeMap<&str, usize> = names.iter().enumerate().map(|(number, name)| (name.as_str(), number)).collect();
    let may_be = |phase: &Option<Phase>| match phase {
        None => [true; STATES],
        Some(phase) => PHASE_OF_STATE.map(|of| PHASES[of] == *phase),
    };
    let sums = lessons.iter().map(|one| Sums {
        cues: one.steps.iter().map(|step| step.cues.iter().filter_map(|cue| number.get(cue.as_str()).copied()).collect()).collect(),
        edges: one.steps.iter().map(|step| step.edge).collect(),
        may_be: one.phases.iter().map(may_be).collect(),
    });
    let mut hold: Vec<f64> = names.iter().flat_map(|name| [if is_word(name) { HOLD_WORD } else { HOLD_SIGN }; PHASES.len()]).collect();
    hold.extend([HOLD_ORDER; STATES * (1 + EDGES * STATES)]);
    let problem = Problem { sums: sums.collect(), cues: names.len(), hold };
    let weights = minimum(&problem);
    let (chain, _) = problem.model(&weights);
    let rounded = |weight: f64| (weight * 100.0).round() / 100.0;
    let cues = names.iter().enumerate().map(|(at, name)| (name.clone(), std::array::from_fn(|phase| rounded(weights[at * PHASES.len() + phase]))));
    PhaseModel {
        sure,
        start: chain.start.map(rounded),
        go: chain.go.map(|edge| edge.map(|row| row.map(rounded))),
        cues: cues.filter(|(_, weights): &(String, [f64; 4])| weights.iter().any(|weight| weight.abs() >= LEAST)).collect(),
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// L-BFGS (Nocedal, 1980) with steps halved until the loss falls.
fn minimum(problem: &Problem) -> Vec<f64> {
    let mut weights = vec![0.0; problem.hold.len()];
    let (mut loss, mut slope) = problem.loss(&weights);
    let mut past: Vec<(Vec<f64>, Vec<f64>)> = Vec::new();
    for round in 0..ROUNDS {
        let mut direction = slope.clone();
        let mut shares = Vec::new();
        for (moved, turned) in past.iter().rev() {
            let share = dot(moved, &direction) / dot(moved, turned);
            direction.iter_mut().zip(turned).for_each(|(direction, turned)| *direction -= share * turned);
            shares.push(share);
        }
        let scale = past.last().map_or(1.0 / dot(&slope, &slope).sqrt().max(1.0), |(moved, turned)| dot(moved, turned) / dot(turned, turned));
        direction.iter_mut().for_each(|one| *one *= scale);
        for ((moved, turned), share) in past.iter().zip(shares.into_iter().rev()) {
            let back = dot(turned, &direction) / dot(moved, turned);
            direction.iter_mut().zip(moved).for_each(|(direction, moved)| *direction += (share - back) * moved);
        }
        let fall = dot(&slope, &direction);
        let mut step = 1.0;
        let (next, next_loss, next_slope) = loop {
            let next: Vec<f64> = weights.iter().zip(&direction).map(|(weight, direction)| weight - step * direction).collect();
            let (next_loss, next_slope) = problem.loss(&next);
            if next_loss <= loss - 1e-4 * step * fall || step < 1e-6 {
                break (next, next_loss, next_slope);
            }
            step /= 2.0;
        };
        let moved: Vec<f64> = next.iter().zip(&weights).map(|(next, weight)| next - weight).collect();
        let turned: Vec<f64> = next_slope.iter().zip(&slope).map(|(next, slope)| next - slope).collect();
        if dot(&moved, &turned) > 1e-10 {
            past.push((moved, turned));
        }
        if past.len() > REMEMBERED {
            past.remove(0);
        }
        let is_done = loss - next_loss < loss * 1e-6 && round > 10;
        (weights, loss, slope) = (next, next_loss, next_slope);
        if is_done {
            break;
        }
    }
    weights
}
