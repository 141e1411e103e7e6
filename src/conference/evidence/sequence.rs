//! A chain of sentences, each in one of a few states: how probable each state is for each sentence.
//!
//! A linear-chain conditional random field (Lafferty et al., 2001): every sentence gives each state some points, every step from one sentence to the next
//! gives some for the pair, and what a whole path gets decides how probable it is. The learning (`tests/benches/train_phases.rs`) and the finding use the
//! same sums, so that what was learned is what is used.

/// Research, a compliment before any teaching, teaching, link, a compliment after teaching: it is no way back to the beginning.
pub const STATES: usize = 5;

/// What lies between a sentence and the one before: nothing (one turn), or a new turn of the teacher or of somebody else.
pub const EDGES: usize = 3;

/// Points of each state.
pub type Points = [f64; STATES];

/// Which state may follow (column) which (row).
const MAY_FOLLOW: [[bool; STATES]; STATES] = [
    [true, true, true, true, false],
    [true, true, true, true, false],
    [true, false, true, true, true],
    [true, false, true, true, true],
    [true, false, true, true, true],
];
/// Which may be the first.
const MAY_BEGIN: [bool; STATES] = [true, true, true, true, false];

/// Points for where a path begins and how it goes on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Chain {
    /// Of the first sentence.
    pub start: Points,
    /// From a state (row) to the next (column), for each kind of edge.
    pub go: [[Points; STATES]; EDGES],
}

/// A sentence as the chain sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Link {
    /// What its own signs give each state.
    pub points: Points,
    /// What lies before it, below [`EDGES`].
    pub edge: usize,
}

/// How probable each state is for each sentence, and how often each step is expected.
#[derive(Debug, Clone, PartialEq)]
pub struct Marginals {
    /// For each sentence, summing to 1.
    pub states: Vec<Points>,
    /// Expected number of each step, over all sentences but the first.
    pub steps: [[Points; STATES]; EDGES],
    /// The logarithm of the sum over all paths.
    pub log_sum: f64,
}

impl Chain {
    fn start(&self, state: usize) -> f64 {
        if MAY_BEGIN[state] { self.start[state] } else { f64::NEG_INFINITY }
    }

    fn go(&self, edge: usize, from: usize, to: usize) -> f64 {
        if MAY_FOLLOW[from][to] { self.go[edge.min(EDGES - 1)][from][to] } else { f64::NEG_INFINITY }
    }

    /// By summing forwards and backwards.
    #[must_use]
    pub fn marginals(&self, links: &[Link]) -> Marginals {
        let mut marginals = Marginals { states: vec![[0.0; STATES]; links.len()], steps: [[[0.0; STATES]; STATES]; EDGES], log_sum: 0.0 };
        let Some(first) = links.first() else { return marginals };
        let mut before: Vec<Points> = Vec::with_capacity(links.len());
        before.push(std::array::from_fn(|state| self.start(state) + first.points[state]));
        for link in &links[1..] {
            let last = before[before.len() - 1];
            before.push(std::array::from_fn(|to| log_sum(std::array::from_fn(|from| last[from] + self.go(link.edge, from, to))) + link.points[to]));
        }
        let mut after = vec![[0.0; STATES]; links.len()];
        for at in (1..links.len()).rev() {
            let next: Points = std::array::from_fn(|to| links[at].points[to] + after[at][to]);
            after[at - 1] = std::array::from_fn(|from| log_sum(std::array::from_fn(|to| self.go(links[at].edge, from, to) + next[to])));
        }
        marginals.log_sum = log_sum(before[links.len() - 1]);
        for at in 0..links.len() {
            marginals.states[at] = std::array::from_fn(|state| (before[at][state] + after[at][state] - marginals.log_sum).exp());
            let Some(earlier) = at.checked_sub(1) else { continue };
            let link = links[at];
            let steps = &mut marginals.steps[link.edge.min(EDGES - 1)];
            for (from, row) in steps.iter_mut().enumerate() {
                for (to, count) in row.iter_mut().enumerate() {
                    *count += (before[earlier][from] + self.go(link.edge, from, to) + link.points[to] + after[at][to] - marginals.log_sum).exp();
                }
            }
        }
        marginals
    }
}

fn log_sum(points: Points) -> f64 {
    let most = points.into_iter().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY { most } else { most + points.into_iter().map(|one| (one - most).exp()).sum::<f64>().ln() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain() -> Chain {
        let mut chain = Chain { start: [0.3, -0.2, 0.1, -1.0, 0.0], ..Chain::default() };
        for (edge, from, to) in (0..EDGES).flat_map(|edge| (0..STATES).flat_map(move |from| (0..STATES).map(move |to| (edge, from, to)))) {
            chain.go[edge][from][to] = ((edge * 7 + from * 5 + to * 3) % 11) as f64 * 0.2 - 1.0;
        }
        chain
    }

    fn links() -> Vec<Link> {
        (0..5).map(|at| Link { points: std::array::from_fn(|state| ((at * 3 + state * 4) % 7) as f64 * 0.3 - 0.9), edge: at % EDGES }).collect()
    }

    /// Every path there is, with its points.
    fn paths(chain: &Chain, links: &[Link]) -> Vec<(Vec<usize>, f64)> {
        let mut paths: Vec<(Vec<usize>, f64)> = (0..STATES).map(|state| (vec![state], chain.start(state) + links[0].points[state])).collect();
        for link in &links[1..] {
            paths = paths
                .into_iter()
                .flat_map(|(path, points)| {
                    (0..STATES).map(move |to| {
                        let last = path[path.len() - 1];
                        ([path.as_slice(), &[to]].concat(), points + chain.go(link.edge, last, to) + link.points[to])
                    })
                })
                .collect();
        }
        paths
    }

    #[test]
    fn the_sums_are_those_over_every_path() {
        let (chain, links) = (chain(), links());
        let paths = paths(&chain, &links);
        let all: f64 = paths.iter().map(|(_, points)| points.exp()).sum();
        let found = chain.marginals(&links);
        assert!((found.log_sum - all.ln()).abs() < 1e-9);
        for at in 0..links.len() {
            for state in 0..STATES {
                let share = paths.iter().filter(|(path, _)| path[at] == state).map(|(_, points)| points.exp()).sum::<f64>() / all;
                assert!((found.states[at][state] - share).abs() < 1e-9);
            }
        }
        let steps: f64 = found.steps.iter().flatten().flatten().sum();
        assert!((steps - 4.0).abs() < 1e-9, "four steps between five sentences");
    }

    #[test]
    fn no_sentences_have_no_states() {
        assert!(chain().marginals(&[]).states.is_empty());
    }
}
