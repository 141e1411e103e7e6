//! Spectral clustering of embeddings into a known number of voices.

use super::one_voice::least_apart;
use super::voices::Embedding;
use nalgebra::{DMatrix, SymmetricEigen};

/// Shares of neighbours tried; which one is decided by the eigengap (NME-SC, Park et al. 2020).
const NEIGHBOURS: [f32; 4] = [0.1, 0.15, 0.2, 0.3];
/// Eigenvalues looked at for the gap.
const MOST_VOICES: usize = 10;
/// Of many voices each may have fewer neighbours than that.
const FEW_NEIGHBOURS: f32 = 0.05;
/// k-means is begun this often, and the best is kept.
const RESTARTS: usize = 8;
/// Ways to cluster without the graph, each from other beginnings.
const PLAIN_WAYS: u32 = 3;
/// Voices too many that are tried before they are joined.
const MOST_SPLIT: usize = 3;

/// A label below `voices` for each embedding.
pub(super) fn labels(embeddings: &[&Embedding], voices: usize) -> Vec<usize> {
    let count = embeddings.len();
    if voices <= 1 || count <= voices {
        return (0..count).map(|index| index % voices.max(1)).collect();
    }
    let similarity = similarity(embeddings);
    let best = NEIGHBOURS.iter().map(|&share| spectrum(&similarity, share)).min_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or_else(|| vec![0; count], |(_, eigen)| k_means(&rows(&eigen, voices), voices, RESTARTS, 0))
}

/// Ways to label the same embeddings, for more than two voices: there the eigengap may prefer to split one in two and to join two others.
pub(super) struct Ways<'a> {
    embeddings: &'a [&'a Embedding],
    similarity: DMatrix<f32>,
    spectra: Vec<SymmetricEigen<f32, nalgebra::Dyn>>,
}

impl<'a> Ways<'a> {
    pub fn new(embeddings: &'a [&'a Embedding]) -> Self {
        let similarity = similarity(embeddings);
        let spectra = std::iter::once(FEW_NEIGHBOURS).chain(NEIGHBOURS).map(|share| spectrum(&similarity, share).1).collect();
        Self { embeddings, similarity, spectra }
    }

    /// None when there are too few embeddings.
    pub fn of(&self, voices: usize) -> Vec<Vec<usize>> {
        if self.embeddings.len() <= voices {
            return Vec::new();
        }
        let spectral = self.spectra.iter().map(|eigen| k_means(&rows(eigen, voices), voices, RESTARTS, 0));
        let plain: Vec<Vec<f32>> = self.embeddings.iter().map(|embedding| embedding.0.clone()).collect();
        spectral.chain((1..=PLAIN_WAYS).map(|seed| k_means(&plain, voices, RESTARTS / 2, seed))).collect()
    }

    /// First into more voices than there are, then those least apart are joined: a voice that talks most is split before two that talk little are told
    /// apart. `at`: as in [`least_apart`].
    pub fn joined(&self, voices: usize, at: &[usize]) -> Vec<Vec<usize>> {
        let join = |(mut count, mut labels): (usize, Vec<usize>)| {
            while count > voices
                && let Some((_, [kept, gone])) = least_apart(|a, b| self.similarity[(a, b)], at, &labels, count)
            {
                count -= 1;
                for label in &mut labels {
                    *label = if *label == gone {
                        kept
                    } else if *label == count {
                        gone
                    } else {
                        *label
                    };
                }
            }
            labels
        };
        (voices + 1..=voices + MOST_SPLIT).flat_map(|count| self.of(count).into_iter().map(move |labels| (count, labels))).map(join).collect()
    }
}

fn similarity(embeddings: &[&Embedding]) -> DMatrix<f32> {
    DMatrix::from_fn(embeddings.len(), embeddings.len(), |a, b| embeddings[a].similarity(embeddings[b]))
}

/// The smallest eigenvalues' vectors, a row for each embedding, of length 1.
fn rows(eigen: &SymmetricEigen<f32, nalgebra::Dyn>, voices: usize) -> Vec<Vec<f32>> {
    let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[a].total_cmp(&eigen.eigenvalues[b]));
    (0..eigen.eigenvalues.len())
        .map(|row| {
            let mut values: Vec<f32> = order[..voices].iter().map(|&column| eigen.eigenvectors[(row, column)]).collect();
            let length = values.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-9);
            values.iter_mut().for_each(|value| *value /= length);
            values
        })
        .collect()
}

/// The NME ratio (smaller is better) and the eigenvectors of the symmetric Laplacian for this share of neighbours.
fn spectrum(similarity: &DMatrix<f32>, share: f32) -> (f32, SymmetricEigen<f32, nalgebra::Dyn>) {
    let count = similarity.nrows();
    let neighbours = ((count as f32 * share).round() as usize).clamp(2, count);
    let mut affinity: DMatrix<f32> = DMatrix::zeros(count, count);
    for row in 0..count {
        let mut order: Vec<usize> = (0..count).collect();
        order.select_nth_unstable_by(neighbours - 1, |&a, &b| similarity[(row, b)].total_cmp(&similarity[(row, a)]));
        for &column in &order[..neighbours] {
            affinity[(row, column)] += 0.5;
            affinity[(column, row)] += 0.5;
        }
    }
    let degrees: Vec<f32> = affinity.row_iter().map(|row| row.sum().max(1e-9)).collect();
    let laplacian = DMatrix::from_fn(count, count, |a, b| {
        let own = if a == b { 1.0 } else { 0.0 };
        own - affinity[(a, b)] / (degrees[a] * degrees[b]).sqrt()
    });
    let eigen = SymmetricEigen::new(laplacian);
    let mut values: Vec<f32> = eigen.eigenvalues.iter().copied().collect();
    values.sort_by(f32::total_cmp);
    let gap = values.windows(2).take(MOST_VOICES).map(|pair| pair[1] - pair[0]).fold(0.0, f32::max);
    let largest = values.last().copied().unwrap_or(1.0).max(1e-9);
    (share / (gap / largest).max(1e-9), eigen)
}

/// k-means on rows of length 1, by cosine. The beginnings are drawn from a fixed seed: the same sound always gives the same voices.
fn k_means(rows: &[Vec<f32>], voices: usize, restarts: usize, seed: u32) -> Vec<usize> {
    let cosine = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let mut random = 0x9E37_79B9_u32.wrapping_add(seed);
    let mut draw = |below: usize| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 8) as usize % below
    };
    let mut best: (f32, Vec<usize>) = (f32::NEG_INFINITY, vec![0; rows.len()]);
    for _ in 0..restarts {
        // Far apart beginnings: each next one is the least like those before among a few drawn.
        let mut centres = vec![rows[draw(rows.len())].clone()];
        while centres.len() < voices {
            let drawn: Vec<usize> = (0..8).map(|_| draw(rows.len())).collect();
            let nearest = |row: usize| centres.iter().map(|centre| cosine(centre, &rows[row])).fold(f32::NEG_INFINITY, f32::max);
            let farthest = drawn.into_iter().min_by(|&a, &b| nearest(a).total_cmp(&nearest(b))).unwrap_or(0);
            centres.push(rows[farthest].clone());
        }
        let mut labels = vec![0; rows.len()];
        let mut fit = 0.0;
        for _ in 0..50 {
            fit = 0.0;
            let mut moved = false;
            for (row, label) in rows.iter().zip(&mut labels) {
                let scores: Vec<f32> = centres.iter().map(|centre| cosine(centre, row)).collect();
                let nearest = (0..voices).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0);
                moved |= nearest != *label;
                *label = nearest;
                fit += scores[nearest];
            }
            for (voice, centre) in centres.iter_mut().enumerate() {
                let mut sum = vec![0.0; centre.len()];
                for (row, _) in rows.iter().zip(&labels).filter(|(_, label)| **label == voice) {
                    sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
                }
                let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
                if length > 0.0 {
                    *centre = sum.into_iter().map(|value| value / length).collect();
                }
            }
            if !moved {
                break;
            }
        }
        if fit > best.0 {
            best = (fit, labels);
        }
    }
    best.1
}
