//! Is there one voice or are there two? Forced into two, one voice would be split in the middle.

use super::cells::{Cell, Cells};
use super::diarize::{COSINE_NATS, moved};
use super::heard::EMBEDDING_STEP;
use super::voices::Embedding;

/// A second voice that says very little, looked for among the windows least like the first: real ones measured 1.3-3.1, a mood of the same voice up to 1.7.
const RARE: f32 = 1.75;
/// Windows tried as the beginning of such a voice, and how far apart they are (2 s).
const RARE_TRIES: usize = 6;
const RARE_APART: usize = 10 * EMBEDDING_STEP;
/// Windows this far apart (1.6 s) share no sound.
const APART: usize = 8 * EMBEDDING_STEP;

/// How much more alike windows of the same label are than windows of different ones, in standard deviations of the same; windows that share sound are
/// left out. Minus infinity when one of the `voices` labels has fewer than two windows. `similarity`: of two windows; `at`: their middles, in frames.
pub(super) fn separation(similarity: impl Fn(usize, usize) -> f32, at: &[usize], labels: &[usize], voices: usize) -> f32 {
    let (mut same, mut squares, mut same_count) = (0.0_f64, 0.0_f64, 0_u32);
    let (mut other, mut other_count) = (0.0_f64, 0_u32);
    for a in 0..at.len() {
        for b in (0..a).filter(|&b| at[a].abs_diff(at[b]) >= APART) {
            let alike = f64::from(similarity(a, b));
            if labels[a] == labels[b] {
                (same, squares, same_count) = (same + alike, squares + alike * alike, same_count + 1);
            } else {
                (other, other_count) = (other + alike, other_count + 1);
            }
        }
    }
    let is_few = |voice: usize| labels.iter().filter(|label| **label == voice).take(2).count() < 2;
    if same_count == 0 || other_count == 0 || (0..voices).any(is_few) {
        return f32::NEG_INFINITY;
    }
    let mean = same / f64::from(same_count);
    let deviation = (squares / f64::from(same_count) - mean * mean).max(1e-9).sqrt();
    ((mean - other / f64::from(other_count)) / deviation) as f32
}

/// Of two voices or more the two that are least apart, and their [`separation`].
pub(super) fn least_apart(similarity: impl Fn(usize, usize) -> f32, at: &[usize], labels: &[usize], voices: usize) -> Option<(f32, [usize; 2])> {
    let pairs = (0..voices).flat_map(|second| (0..second).map(move |first| [first, second]));
    let apart = pairs.map(|pair| {
        let of: Vec<usize> = (0..labels.len()).filter(|&n| pair.contains(&labels[n])).collect();
        let (at, which) = of.iter().map(|&n| (at[n], usize::from(labels[n] == pair[1]))).collect::<(Vec<_>, Vec<_>)>();
        (separation(|a, b| similarity(of[a], of[b]), &at, &which, 2), pair)
    });
    apart.min_by(|a, b| a.0.total_cmp(&b.0))
}

/// The labels when one voice talks nearly all the time and another, clearly different one, now and then. The windows stand `step` or twice that apart.
pub(super) fn rare_voice(embeddings: &[&Embedding], at: &[usize], step: usize) -> Option<Vec<usize>> {
    let whole = Embedding::mean(embeddings.iter().copied())?;
    let around = |middle: usize| embeddings.iter().zip(at).filter(move |(_, at)| at.abs_diff(middle) <= 2 * step).map(|(embedding, _)| *embedding);
    let likeness = |middle: usize| around(middle).map(|embedding| embedding.similarity(&whole)).sum::<f32>() / around(middle).count().max(1) as f32;
    let mut order: Vec<(f32, usize)> = at.iter().map(|&middle| (likeness(middle), middle)).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut tried: Vec<usize> = Vec::new();
    for (_, middle) in order {
        if tried.len() < RARE_TRIES && tried.iter().all(|other| other.abs_diff(middle) > RARE_APART) {
            tried.push(middle);
        }
    }
    let windows = Cells { cells: (0..at.len()).map(|n| Cell { frame: n, window: n, after_pause: n > 0 && at[n] - at[n - 1] > 2 * step }).collect() };
    let grown = |middle: usize| {
        let mut centroids = vec![whole.clone(), Embedding::mean(around(middle))?];
        let mut labels = Vec::new();
        for _ in 0..8 {
            // A window stands for several cells here, so the score counts twice.
            let next = windows.viterbi(2, |cell, voice| 2.0 * COSINE_NATS * embeddings[cell.window].similarity(&centroids[voice]));
            if next == labels {
                break;
            }
            labels = next;
            centroids = moved(&centroids, labels.iter().copied().zip(embeddings.iter().copied()));
        }
        Some((separation(|a, b| embeddings[a].similarity(embeddings[b]), at, &labels, 2), labels))
    };
    let best = tried.into_iter().filter_map(grown).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= RARE).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::cluster::Ways;
    use crate::speech::diarize::{SPLIT, UNSURE};
    use std::collections::BTreeSet;

    /// Windows each 0.2 s of voices that point in different directions, each window a little off.
    fn talk(script: &[(usize, usize)]) -> (Vec<Embedding>, Vec<usize>, Vec<usize>) {
        let truth: Vec<usize> = script.iter().flat_map(|&(voice, windows)| std::iter::repeat_n(voice, windows)).collect();
        let embeddings = truth
            .iter()
            .enumerate()
            .map(|(n, &voice)| {
                let mut values = vec![0.0; crate::speech::voices::EMBEDDING];
                values[voice] = 1.0;
                values[10 + n * 7 % 40] = 0.6;
                values[60 + n * 11 % 50] = 0.4;
                Embedding::normalised(values)
            })
            .collect();
        (embeddings, (0..truth.len()).map(|n| n * EMBEDDING_STEP).collect(), truth)
    }

    #[test]
    fn two_people_are_farther_apart_than_one_voice_split_in_two() {
        let (embeddings, at, truth) = talk(&[(0, 60), (1, 40), (0, 50), (1, 50)]);
        assert!(separation(|a, b| embeddings[a].similarity(&embeddings[b]), &at, &truth, 2) > UNSURE);
        let (embeddings, at, _) = talk(&[(0, 200)]);
        let similarity = |a: usize, b: usize| embeddings[a].similarity(&embeddings[b]);
        let split: Vec<usize> = (0..200).map(|n| n / 30 % 2).collect();
        assert!(separation(similarity, &at, &split, 2) < SPLIT);
        assert_eq!(separation(similarity, &at, &[0; 200], 2), f32::NEG_INFINITY);
    }

    #[test]
    fn of_three_voices_the_two_halves_of_one_are_least_apart() {
        let (embeddings, at, mut labels) = talk(&[(0, 60), (1, 40), (0, 50), (1, 50)]);
        labels[100..150].fill(2);
        let (apart, pair) = least_apart(|a, b| embeddings[a].similarity(&embeddings[b]), &at, &labels, 3).unwrap();
        assert!(pair == [0, 2] && apart < SPLIT, "{pair:?} {apart}");
    }

    #[test]
    fn a_voice_that_is_split_first_is_joined_again() {
        let (embeddings, at, truth) = talk(&[(0, 90), (1, 12), (0, 90), (2, 12), (0, 60)]);
        let joined = Ways::new(&embeddings.iter().collect::<Vec<_>>()).joined(3, &at);
        let is_truth = |labels: &Vec<usize>| {
            let pairs: BTreeSet<(usize, usize)> = labels.iter().copied().zip(truth.iter().copied()).collect();
            pairs.len() == 3
        };
        assert!(joined.iter().any(is_truth), "{joined:?}");
        assert!(joined.iter().flatten().all(|&label| label < 3));
    }

    #[test]
    fn a_student_who_says_one_sentence_is_found_and_nobody_is_made_up() {
        let (embeddings, at, truth) = talk(&[(0, 150), (1, 10), (0, 140)]);
        assert_eq!(rare_voice(&embeddings.iter().collect::<Vec<_>>(), &at, EMBEDDING_STEP), Some(truth));
        let (embeddings, at, _) = talk(&[(0, 300)]);
        assert_eq!(rare_voice(&embeddings.iter().collect::<Vec<_>>(), &at, EMBEDDING_STEP), None);
    }
}
