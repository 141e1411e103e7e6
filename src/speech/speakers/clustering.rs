//! Step 4: pieces into a known number of voices: a mixture of directions with weights, from many beginnings.

use super::beginnings::beginnings;
use super::embedded_pieces::Pieces;
use super::encoder::{EMBEDDING, Embedding};
use crate::error::Result;

/// How much what a piece sounds like and how much a voice speaks say of whose the piece is.
#[derive(Debug, Clone, Copy)]
pub(super) struct ScoreWeights {
    /// How sharply a voice is told from another: nats for a cosine of 1, of a piece of [`WHOLE`] or longer.
    pub kappa: f32,
    /// So much of the logarithm of the voice's share.
    pub of_share: f32,
}

/// Where voices are looked for.
pub(super) const SEARCHING: ScoreWeights = ScoreWeights { kappa: 20.0, of_share: 1.0 };
/// A piece of this length says all it can of its voice; a shorter one in proportion, but never less than the second.
const WHOLE: f32 = 1.5;
const LEAST_SAY: f32 = 0.25;
/// A piece counts by its length up to this.
const MOST_WEIGHT: f32 = 2.0;
/// Shorter pieces have no say in what a voice is like.
const LEAST_FOR_VOICE: f32 = 0.4;
/// Rounds of expectation and maximisation.
const ROUNDS: usize = 15;
/// As if each voice had been heard for so long: no voice vanishes.
const PRIOR_S: f32 = 2.0;
/// What the teacher said outweighs any sound.
const LABELLED_NATS: f32 = 1000.0;

/// Voices, and how well they explain the pieces.
#[derive(Debug, Clone)]
pub(super) struct Voices {
    /// The direction of each voice.
    pub centroids: Vec<Embedding>,
    /// How much each of them speaks; together 1.
    pub shares: Vec<f32>,
    /// The mean log-likelihood of the pieces, by their weights.
    pub likelihood: f32,
}

/// How much a piece of this length says of its voice, 0 to 1.
pub(super) fn say(secs: f32) -> f32 {
    secs.clamp(LEAST_SAY, WHOLE) / WHOLE
}

/// What a piece of this length counts.
pub(super) fn weight(secs: f32) -> f32 {
    secs.min(MOST_WEIGHT)
}

impl Pieces<'_> {
    /// The voices that explain the pieces best. `check` hears how much is done, 0 to 1.
    ///
    /// # Errors
    /// What `check` says.
    pub fn cluster(&self, count: usize, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Voices> {
        if count <= 1 {
            let all = self.embeddings.iter().enumerate().map(|(index, embedding)| (embedding, self.secs(index)));
            return Ok(self.fit(vec![Embedding::weighted_mean(all).unwrap_or_else(nobody)]));
        }
        let mut begun = beginnings(self, count);
        if self.labelled.iter().any(Option::is_some) {
            begun = begun.into_iter().map(|centroids| self.with_labelled(centroids)).collect();
        }
        let mut best: Option<Voices> = None;
        let all = begun.len() as f32;
        for (done, centroids) in begun.into_iter().enumerate() {
            let found = self.fit(centroids);
            if best.as_ref().is_none_or(|best| found.likelihood > best.likelihood) {
                best = Some(found);
            }
            check((done + 1) as f32 / all)?;
        }
        Ok(best.unwrap_or_else(|| self.fit(vec![nobody(); count])))
    }

    fn fit(&self, mut centroids: Vec<Embedding>) -> Voices {
        let count = centroids.len();
        let mut shares = vec![1.0 / count as f32; count];
        let mut likelihood = f32::NEG_INFINITY;
        for _ in 0..ROUNDS {
            let mut sums = vec![vec![0.0_f32; EMBEDDING]; count];
            let mut spoken = vec![PRIOR_S; count];
            let (mut likelihoods, mut weights) = (0.0_f64, 0.0_f64);
            for (index, embedding) in self.embeddings.iter().enumerate() {
                let secs = self.secs(index);
                let scores = self.scores(index, SEARCHING, &centroids, &shares);
                let top = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                let total: f32 = scores.iter().map(|score| (score - top).exp()).sum();
                // What the teacher said is no evidence of how well the voices fit.
                let labelled = if self.labelled[index].is_some() { LABELLED_NATS } else { 0.0 };
                likelihoods += f64::from(weight(secs) * (top + total.ln() - labelled));
                weights += f64::from(weight(secs));
                if secs < LEAST_FOR_VOICE {
                    continue;
                }
                for (voice, score) in scores.iter().enumerate() {
                    let part = (score - top).exp() / total * weight(secs);
                    spoken[voice] += part;
                    if part > 0.0 {
                        sums[voice].iter_mut().zip(&embedding.0).for_each(|(sum, value)| *sum += part * value);
                    }
                }
            }
            let moved = |(mut sum, old): (Vec<f32>, &Embedding)| {
                // A voice that was given nothing stays where it is.
                sum.iter_mut().zip(&old.0).for_each(|(sum, value)| *sum += 1e-6 * value);
                Embedding::normalised(sum)
            };
            centroids = sums.into_iter().zip(&centroids).map(moved).collect();
            let all: f32 = spoken.iter().sum();
            shares = spoken.into_iter().map(|secs| secs / all).collect();
            likelihood = (likelihoods / weights.max(1e-9)) as f32;
        }
        Voices { centroids, shares, likelihood }
    }

    /// How well each voice fits a piece, in nats.
    pub fn scores(&self, index: usize, weights: ScoreWeights, centroids: &[Embedding], shares: &[f32]) -> Vec<f32> {
        let say = weights.kappa * say(self.secs(index));
        let score = |(voice, (centroid, share)): (usize, (&Embedding, &f32))| {
            let labelled = if self.labelled[index] == Some(voice) { LABELLED_NATS } else { 0.0 };
            say * centroid.similarity(&self.embeddings[index]) + weights.of_share * share.ln() + labelled
        };
        centroids.iter().zip(shares).enumerate().map(score).collect()
    }

    /// A beginning in which each voice the teacher pointed at is what it sounds like there, and the others those of `centroids` that are least like them.
    fn with_labelled(&self, centroids: Vec<Embedding>) -> Vec<Embedding> {
        let labelled = |voice: usize| {
            let of_speaker = self.embeddings.iter().enumerate().filter(|(index, _)| self.labelled[*index] == Some(voice));
            Embedding::weighted_mean(of_speaker.map(|(index, embedding)| (embedding, weight(self.secs(index)))))
        };
        let labelled: Vec<Option<Embedding>> = (0..centroids.len()).map(labelled).collect();
        let mut free = centroids;
        // Each of them takes the place of the one most like it.
        for embedding in labelled.iter().flatten() {
            if let Some(nearest) = (0..free.len()).max_by(|&a, &b| free[a].similarity(embedding).total_cmp(&free[b].similarity(embedding))) {
                free.remove(nearest);
            }
        }
        let mut free = free.into_iter();
        labelled.into_iter().map(|labelled| labelled.or_else(|| free.next()).unwrap_or_else(nobody)).collect()
    }
}

fn nobody() -> Embedding {
    Embedding(vec![0.0; EMBEDDING])
}
