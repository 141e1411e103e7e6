//! Where the search for the voices begins: clusters of a tree, and pieces drawn at random that are unlike one another.

use super::embedded_pieces::Pieces;
use super::encoder::{EMBEDDING, Embedding};
use kodama::{Dendrogram, Method, linkage};

/// Trees are made of pieces of at least so many seconds; cut where each voice has at least so many seconds of them.
const TREES: [(f32, &[f32]); 2] = [(0.8, &[1.5, 2.0, 3.0, 4.0, 6.0, 8.0]), (0.5, &[1.0, 1.5, 2.0, 3.0])];
/// And at least so many pieces.
const LEAST_PIECES: usize = 2;
/// Clusters more than there are voices that are tried: the rest of them are what is like nobody.
const MOST_MORE: usize = 40;
/// A tree's memory and time grow with the square: of a longer recording (about half an hour) pieces are taken evenly.
const MOST_IN_TREE: usize = 1200;
/// Beginnings by pieces drawn at random, for each voice beyond the first: with five voices at 5 dB of babble twenty in all found the best in none of five
/// draws. The first is any piece of at least 0.8 s, each next one the least alike of so many drawn; each is the mean of the piece and those most like it.
const RANDOM: usize = 20;
const LEAST_SECS: f32 = 0.8;
const DRAWN: usize = 5;
const TOGETHER: usize = 3;

/// Beginnings for `count` voices, at least two. The same sound always gives the same.
pub(super) fn beginnings(pieces: &Pieces<'_>, count: usize) -> Vec<Vec<Embedding>> {
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut found = Vec::new();
    for (least, seconds) in TREES {
        let mut chosen: Vec<usize> = (0..pieces.pieces.len()).filter(|&index| pieces.secs(index) >= least).collect();
        if chosen.len() <= count {
            chosen = (0..pieces.pieces.len()).collect();
            chosen.sort_by(|&a, &b| pieces.secs(b).total_cmp(&pieces.secs(a)));
        }
        if chosen.len() <= count {
            // Hardly more pieces than voices: each is a voice.
            let all = chosen.iter().map(|&index| pieces.embeddings[index].clone());
            found.push(all.chain(std::iter::repeat_with(|| random.direction())).take(count).collect());
            continue;
        }
        let step = (chosen.len() as f32 / MOST_IN_TREE as f32).max(1.0);
        let chosen: Vec<usize> = (0..).map(|n| (n as f32 * step) as usize).take_while(|&at| at < chosen.len()).map(|at| chosen[at]).collect();
        let tree = PieceTree::new(pieces, &chosen);
        found.extend(seconds.iter().map(|&secs| tree.cut_where_all_have(count, secs, &mut random)));
    }
    let long: Vec<usize> = (0..pieces.pieces.len()).filter(|&index| pieces.secs(index) >= LEAST_SECS).collect();
    if long.len() > count {
        found.extend((0..RANDOM * (count - 1)).map(|_| drawn(pieces, &long, count, &mut random)));
    }
    found
}

/// Pieces joined two by two into a tree, the most alike first.
struct PieceTree<'a> {
    pieces: &'a Pieces<'a>,
    /// The pieces that are in the tree, by their number.
    chosen: &'a [usize],
    merges: Dendrogram<f32>,
}

impl<'a> PieceTree<'a> {
    /// Average linkage of the distances 1 - cosine.
    fn new(pieces: &'a Pieces<'a>, chosen: &'a [usize]) -> Self {
        let count = chosen.len();
        let pairs = (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b)));
        let mut distances: Vec<f32> =
            pairs.map(|(a, b)| (1.0 - pieces.embeddings[chosen[a]].similarity(&pieces.embeddings[chosen[b]])).clamp(0.0, 2.0)).collect();
        Self { pieces, chosen, merges: linkage(&mut distances, count, Method::Average) }
    }

    /// The cluster of each piece when the tree is cut into so many.
    fn labels(&self, clusters: usize) -> Vec<usize> {
        let count = self.merges.observations();
        let mut parent: Vec<usize> = (0..2 * count).collect();
        for (step, merge) in self.merges.steps().iter().take(count.saturating_sub(clusters)).enumerate() {
            parent[merge.cluster1] = count + step;
            parent[merge.cluster2] = count + step;
        }
        // Each merge has a higher number than what it merges.
        let mut roots = parent.clone();
        for node in (0..roots.len()).rev() {
            if parent[node] != node {
                roots[node] = roots[parent[node]];
            }
        }
        roots.truncate(count);
        roots
    }

    /// Cluster, seconds, pieces; the longest first.
    fn clusters(&self, labels: &[usize]) -> Vec<(usize, f32, usize)> {
        let mut clusters: Vec<(usize, f32, usize)> = Vec::new();
        for (&label, &index) in labels.iter().zip(self.chosen) {
            match clusters.iter_mut().find(|(other, ..)| *other == label) {
                Some((_, secs, pieces_in)) => (*secs, *pieces_in) = (*secs + self.pieces.secs(index), *pieces_in + 1),
                None => clusters.push((label, self.pieces.secs(index), 1)),
            }
        }
        clusters.sort_by(|a, b| b.1.total_cmp(&a.1));
        clusters
    }

    /// The longest clusters of the coarsest cut at which there are `count` of at least so many seconds.
    fn cut_where_all_have(&self, count: usize, secs: f32, random: &mut Random) -> Vec<Embedding> {
        let cut = (count..self.chosen.len().min(count + MOST_MORE)).find_map(|clusters| {
            let labels = self.labels(clusters);
            let big: Vec<_> = self.clusters(&labels).into_iter().filter(|&(_, spoken, pieces_in)| spoken >= secs && pieces_in >= LEAST_PIECES).collect();
            (big.len() >= count).then_some((labels, big))
        });
        let (labels, clusters) = cut.unwrap_or_else(|| {
            let labels = self.labels(count);
            let clusters = self.clusters(&labels);
            (labels, clusters)
        });
        let centroid = |cluster: usize| {
            let inside = labels.iter().zip(self.chosen).filter(|(label, _)| **label == cluster);
            Embedding::weighted_mean(inside.map(|(_, &index)| (&self.pieces.embeddings[index], self.pieces.secs(index))))
        };
        let found = clusters.iter().filter_map(|&(cluster, ..)| centroid(cluster));
        found.chain(std::iter::repeat_with(|| random.direction())).take(count).collect()
    }
}

fn drawn(pieces: &Pieces<'_>, long: &[usize], count: usize, random: &mut Random) -> Vec<Embedding> {
    let alike = |a: usize, b: usize| pieces.embeddings[a].similarity(&pieces.embeddings[b]);
    let mut seeds = vec![long[random.below(long.len())]];
    while seeds.len() < count {
        let nearest = |index: usize| seeds.iter().map(|&seed| alike(seed, index)).fold(f32::NEG_INFINITY, f32::max);
        let candidates: Vec<usize> = (0..DRAWN).map(|_| long[random.below(long.len())]).collect();
        let farthest = candidates.into_iter().min_by(|&a, &b| nearest(a).total_cmp(&nearest(b)));
        seeds.extend(farthest);
    }
    let around = |seed: usize| {
        let mut order: Vec<usize> = long.to_vec();
        order.sort_by(|&a, &b| alike(seed, b).total_cmp(&alike(seed, a)));
        Embedding::weighted_mean(order.into_iter().take(TOGETHER).map(|index| (&pieces.embeddings[index], 1.0)))
    };
    seeds.into_iter().map(|seed| around(seed).unwrap_or_else(|| pieces.embeddings[seed].clone())).collect()
}

/// Numbers that look random and are always the same (Knuth's MMIX generator).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as u32
    }

    fn below(&mut self, count: usize) -> usize {
        self.next() as usize % count
    }

    /// A direction like no voice's.
    fn direction(&mut self) -> Embedding {
        Embedding::normalised((0..EMBEDDING).map(|_| self.next() as f32 / (1_u32 << 30) as f32 - 1.0).collect())
    }
}
