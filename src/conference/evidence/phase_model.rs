//! How much each cue speaks for each phase: learned from labelled conferences, checked in as data, one file for each language.
//!
//! The weights are made by `cargo bench --bench train_phases` from `tests/data/dialogues`, and stand in `assets/patterns/en.phases.toml` with what was
//! measured when they were made.

use super::cues::Step;
use super::sequence::{Chain, EDGES, Link, Points, STATES};
use super::signs::hundredths;
use crate::conference::model::phase::Phase;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Languages and their weights.
const MODELS: [(&str, &str); 1] = [("en", include_str!("../../../assets/patterns/en.phases.toml"))];

/// The phases the model tells apart, in the order of its weights. An interruption is found apart from them.
pub const PHASES: [Phase; 4] = [Phase::Research, Phase::Compliment, Phase::Teach, Phase::Link];

/// The phase of each state of the chain, as an index into [`PHASES`].
pub const PHASE_OF_STATE: [usize; STATES] = [0, 1, 2, 3, 1];

/// For each of [`PHASES`].
pub type ByPhase = [f64; PHASES.len()];

/// The learned weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhaseModel {
    /// A phase less probable than this is not claimed.
    pub sure: f64,
    /// Of the first sentence.
    pub start: Points,
    /// From a state (row) to the next (column), after nothing, at a new turn of the teacher, at one of somebody else.
    pub go: [[Points; STATES]; EDGES],
    /// What each cue gives each phase.
    pub cues: BTreeMap<String, ByPhase>,
}

impl PhaseModel {
    /// What the sentences give each state.
    #[must_use]
    pub fn links(&self, steps: &[Step]) -> Vec<Link> {
        let points = |step: &Step| {
            let mut sum = [0.0; PHASES.len()];
            for weights in step.cues.iter().filter_map(|cue| self.cues.get(cue)) {
                sum.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
            }
            PHASE_OF_STATE.map(|phase| sum[phase])
        };
        steps.iter().map(|step| Link { points: points(step), edge: step.edge }).collect()
    }

    /// The chain of the states.
    #[must_use]
    pub fn chain(&self) -> Chain {
        Chain { start: self.start, go: self.go }
    }

    /// How probable each phase is for each sentence.
    #[must_use]
    pub fn probabilities(&self, steps: &[Step]) -> Vec<ByPhase> {
        let marginals = self.chain().marginals(&self.links(steps));
        marginals.states.iter().map(by_phase).collect()
    }

    /// What a sign gives a phase more than it gives the phases on average.
    pub(super) fn weight(&self, sign: &str, phase: Phase) -> f64 {
        let Some(index) = PHASES.iter().position(|&other| other == phase) else { return 0.0 };
        let Some(weights) = self.cues.get(&format!("sign {sign}")) else { return 0.0 };
        hundredths(weights[index] - weights.iter().sum::<f64>() / weights.len() as f64)
    }
}

/// The states of one phase together.
#[must_use]
pub fn by_phase(states: &Points) -> ByPhase {
    let mut phases = [0.0; PHASES.len()];
    states.iter().zip(PHASE_OF_STATE).for_each(|(share, phase)| phases[phase] += share);
    phases
}

/// The weights for a language code; an unnamed language is taken for English.
pub(super) fn model(language: &str) -> Option<&'static PhaseModel> {
    static READ: OnceLock<Vec<(&str, Option<PhaseModel>)>> = OnceLock::new();
    let code = language.split(['-', '_']).next().unwrap_or("").to_lowercase();
    let code = if code.is_empty() { "en" } else { code.as_str() };
    let models = READ.get_or_init(|| MODELS.iter().map(|&(code, text)| (code, read(text).ok())).collect());
    models.iter().find(|(known, _)| *known == code).and_then(|(_, model)| model.as_ref())
}

/// Weights stand in the file as hundredths.
fn read(text: &str) -> Result<PhaseModel, toml::de::Error> {
    let mut model: PhaseModel = toml::from_str(text)?;
    let numbers = model.cues.values_mut().flatten().chain(&mut model.start).chain(model.go.iter_mut().flatten().flatten());
    numbers.for_each(|number| *number /= 100.0);
    Ok(model)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_every_language_can_be_read() {
        for (code, text) in MODELS {
            let model = read(text).unwrap_or_else(|err| panic!("{code}: {err}"));
            assert!((0.25..1.0).contains(&model.sure) && model.cues.len() > 100);
            let numbers = model.cues.values().flatten().chain(&model.start).chain(model.go.iter().flatten().flatten());
            assert!(numbers.copied().all(f64::is_finite));
            let table = crate::conference::evidence::signs::table(code).unwrap();
            let unknown: Vec<&str> = model.cues.keys().filter_map(|cue| cue.strip_prefix("sign ")).filter(|sign| !table.has_sign(sign)).collect();
            assert!(unknown.is_empty(), "learned from signs that are not in the table any more, learn again: {unknown:?}");
        }
    }
}
