//! Who spoke when: embeddings of overlapping windows, spectral clustering into a known number of voices, Viterbi smoothing,
//! and resegmentation with a small mixture per voice. The recipe and its constants were measured on real conversations.

use super::cells::{CELL, Cell, Cells};
use super::cluster;
use super::gmm::{Frame, Mixture};
use super::heard::{HeardVoices, speech_frames};
use super::mel::{CEPSTRA, MELS, Mel, cepstra};
use super::one_voice::{least_apart, rare_voice, separation};
use super::roles::best_match;
use super::voices::{Embedding, VoiceProfile, WINDOW_FRAMES};
use crate::conference::{Millis, Span, Speaker, SpeakerFix, Voice, VoiceSpan};
use crate::error::Result;
use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

/// A window is used for clustering when at least this part of it is speech.
const CORE: f32 = 0.8;
/// Clustering looks at no more windows than this; its eigenvectors cost the cube. Ten minutes of talk have about this many at every second window.
const MOST_CLUSTERED: usize = 600;
/// Score of a voice: this many nats for a cosine of 1.
pub(super) const COSINE_NATS: f32 = 10.0;
/// What a change of voice costs; half of it after a pause.
pub(super) const SWITCH_NATS: f32 = 3.0;
/// What the teacher said outweighs any sound.
const TOLD_NATS: f32 = 1000.0;
/// Weight of the mixtures' mean frame log-likelihood.
const MIXTURE_WEIGHT: f32 = 0.3;
/// Rounds of moving the centroids, and of resegmentation.
const CENTROID_ROUNDS: usize = 3;
const MIXTURE_ROUNDS: usize = 2;
/// Two centroids more alike than this may be one person: real pairs measured 0.64-0.94, one voice split in two 0.91-0.96.
const ALIKE: f32 = 0.93;
/// A voice with less of the speech than this, and rather like another, is doubtful.
const SMALL_SHARE: f32 = 0.06;
const RATHER_ALIKE: f32 = 0.90;
/// How much more alike windows of one voice are than of two, in standard deviations (see [`separation`]). One voice split in two measured
/// 0.08-0.73 (and once 0.91), two people 0.82-4.7, in babble of 5 dB 0.65 and up: below this the split is not believed.
pub(super) const SPLIT: f32 = 0.76;
/// The same of two among more. Where more voices first and then joined were better it measured 0.31-0.43, where not 0.53 and up, on the clips it was
/// chosen with.
const SPLIT_OF_MANY: f32 = 0.5;
/// Believed, but said to be hard to tell.
pub(super) const UNSURE: f32 = 1.0;
/// A stretch shorter than this is not worth pointing at.
const POINTED_AT: usize = 10;

/// What is known of a conference's voices before they are told apart.
#[derive(Debug, Clone, Copy, Default)]
pub struct KnownVoices<'a> {
    /// Students; with the teacher one voice more.
    pub students: u8,
    /// Voices of others: a child who interrupts.
    pub others: u8,
    /// Stretches of which the teacher said who speaks in them.
    pub told: &'a [SpeakerFix],
    /// The teacher's stored voice.
    pub profile: Option<&'a VoiceProfile>,
}

impl KnownVoices<'_> {
    /// How many voices there are.
    #[must_use]
    pub fn count(&self) -> usize {
        let others = usize::from(self.others).max(usize::from(self.told.iter().any(|fix| fix.speaker == Speaker::Other)));
        1 + usize::from(self.students) + others
    }

    /// The speaker's place among the voices; none for one who cannot be among them. All others together are the last.
    fn place(&self, speaker: Speaker) -> Option<usize> {
        match speaker {
            Speaker::Teacher => Some(0),
            Speaker::Student(number) if number <= self.students => Some(usize::from(number)),
            Speaker::Other => (self.count() > 1 + usize::from(self.students)).then(|| self.count() - 1),
            Speaker::Student(_) | Speaker::Unknown => None,
        }
    }
}

/// What diarization found.
#[derive(Debug, Clone, PartialEq)]
pub struct Diarization {
    /// Sorted, disjoint, together all of the speech; voices numbered in the order they first speak.
    pub spans: Vec<VoiceSpan>,
    /// What each voice is like.
    pub centroids: Vec<Embedding>,
    /// For each voice who it is, where the teacher pointed at it.
    pub told: Vec<Option<Speaker>>,
    /// Two voices may be one person, or are hard to tell apart; the moment where that is heard best.
    pub hard_to_tell: Option<Millis>,
    /// The voice most like the stored profile, and how much more than the next.
    pub profile_match: Option<(Voice, f32)>,
}

/// Tells the voices of 16 kHz mono apart; without samples by the voices alone, less sharply at the edges of turns. `check` hears how much is done, 0 to 1.
///
/// # Errors
/// What `check` says.
pub fn diarize(samples: &[f32], heard: &HeardVoices, known: &KnownVoices<'_>, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Diarization> {
    let speakers = known.count();
    let is_speech = speech_frames(&heard.speech, heard.frames);
    let (starts, embeddings) = (heard.starts(), &heard.embeddings);
    let core: Vec<usize> = (0..starts.len())
        .filter(|&index| {
            let window = &is_speech[starts[index]..(starts[index] + WINDOW_FRAMES).min(heard.frames)];
            window.iter().filter(|speech| **speech).count() as f32 >= CORE * WINDOW_FRAMES as f32
        })
        .collect();
    let Some(cells) = Cells::new(&is_speech, &heard.middles) else {
        return Ok(Diarization { spans: Vec::new(), centroids: Vec::new(), told: Vec::new(), hard_to_tell: None, profile_match: None });
    };
    let voices = Pinned::new(&cells, heard, known);
    // Without enough whole windows of speech every window must do.
    let core = if core.len() >= 2 * speakers { core } else { (0..starts.len()).collect() };
    let clustered: Vec<usize> = thin(&core, MOST_CLUSTERED);
    let chosen: Vec<&Embedding> = clustered.iter().map(|&index| &embeddings[index]).collect();
    check(0.5)?;
    let settle = |labels: &[usize], count: usize| {
        let pinned = (0..starts.len()).filter_map(|index| voices.windows[index].map(|voice| (voice, &embeddings[index])));
        let free = labels.iter().zip(&clustered).filter(|(_, index)| voices.windows[**index].is_none());
        let mut centroids = centroids_of(pinned.chain(free.map(|(&label, &index)| (label, &embeddings[index]))), count);
        let mut path = Vec::new();
        for _ in 0..CENTROID_ROUNDS {
            let next = cells.viterbi(count, |cell, voice| voices.score(cell, voice, &centroids));
            let settled = next == path;
            path = next;
            if settled {
                break;
            }
            let voice_of = cells.voice_of_windows(&path, starts.len());
            centroids = moved(&centroids, core.iter().filter_map(|&index| voices.windows[index].or(voice_of[index]).map(|voice| (voice, &embeddings[index]))));
        }
        (centroids, path)
    };
    // The whole windows of speech, all of them when they are few: a short recording has little to judge by. Which, where, and whose.
    let judged = |path: &[usize]| {
        let voice_of = cells.voice_of_windows(path, starts.len());
        let all = if core.len() <= MOST_CLUSTERED { &core } else { &clustered }.iter();
        let judged: Vec<(usize, usize)> = all.filter_map(|&index| voice_of[index].map(|voice| (index, voice))).collect();
        let (at, whose) = judged.iter().map(|&(index, voice)| (heard.middles[index], voice)).collect::<(Vec<_>, Vec<_>)>();
        (judged.into_iter().map(|(index, _)| &embeddings[index]).collect::<Vec<_>>(), at, whose)
    };
    let separated = |path: &[usize]| {
        let (windows, at, whose) = judged(path);
        separation(|a, b| windows[a].similarity(windows[b]), &at, &whose, speakers)
    };
    let settled = if voices.told_apart() > 0 {
        settle(&voices.labels(&clustered, known), speakers)
    } else if speakers <= 2 {
        settle(&cluster::labels(&chosen, speakers), speakers)
    } else {
        // Of the ways to tell many voices apart, the one that holds them farthest apart.
        let best = |ways: Vec<Vec<usize>>| {
            let settled = ways.iter().map(|labels| settle(labels, speakers)).map(|settled| (separated(&settled.1), settled));
            settled.max_by(|a, b| a.0.total_cmp(&b.0))
        };
        let ways = cluster::Ways::new(&chosen);
        let mut found = best(ways.of(speakers));
        let is_split = |path: &[usize]| {
            let (windows, at, whose) = judged(path);
            least_apart(|a, b| windows[a].similarity(windows[b]), &at, &whose, speakers).is_some_and(|(apart, _)| apart < SPLIT_OF_MANY)
        };
        if found.as_ref().is_some_and(|(_, (_, path))| is_split(path)) {
            let at: Vec<usize> = clustered.iter().map(|&index| heard.middles[index]).collect();
            found = best(ways.joined(speakers, &at)).into_iter().chain(found).max_by(|a, b| a.0.total_cmp(&b.0));
        }
        found.map_or_else(|| settle(&cluster::labels(&chosen, speakers), speakers), |(_, settled)| settled)
    };
    let (mut centroids, mut path) = settled;
    let mut is_unsure = false;
    if speakers == 2 && voices.told_apart() < 2 {
        let found = separated(&path);
        is_unsure = found < UNSURE;
        if voices.told_apart() == 0 && (found < SPLIT || (is_unsure && centroids[0].similarity(&centroids[1]) > RATHER_ALIKE)) {
            let middles: Vec<usize> = clustered.iter().map(|&index| heard.middles[index]).collect();
            (centroids, path) = match rare_voice(&chosen, &middles, heard.step) {
                Some(labels) => settle(&labels, 2),
                None => settle(&vec![0; chosen.len()], 1),
            };
        }
    }
    check(0.6)?;
    path = resegment(samples, &voices, &centroids, path);
    let doubtful_at = voices.least_sure(&path, &centroids);
    let (spans, order) = spans(&cells, &path, &heard.speech);
    let centroids: Vec<Embedding> = order.iter().map(|&voice| centroids[voice].clone()).collect();
    let profile_match = known.profile.and_then(|profile| best_match(&centroids, profile));
    let hard_to_tell = (is_unsure || hard_to_tell(&spans, &centroids, speakers)).then_some(doubtful_at);
    check(1.0)?;
    Ok(Diarization { told: order.iter().map(|&voice| voices.told_of(voice, known)).collect(), hard_to_tell, spans, centroids, profile_match })
}

/// The cells and windows, with what the teacher said about some of them.
struct Pinned<'a> {
    cells: &'a Cells,
    heard: &'a HeardVoices,
    /// For each window whose voice the teacher said, which.
    windows: Vec<Option<usize>>,
    told: Vec<(Span, usize)>,
}

impl<'a> Pinned<'a> {
    fn new(cells: &'a Cells, heard: &'a HeardVoices, known: &KnownVoices<'_>) -> Self {
        let told: Vec<(Span, usize)> = known.told.iter().filter_map(|fix| known.place(fix.speaker).map(|voice| (fix.span, voice))).collect();
        let mut windows = vec![None; heard.middles.len()];
        for &(span, voice) in &told {
            let mut inside = heard.windows_in(span);
            // A stretch between two windows has the nearer one.
            if inside.is_empty() && inside.start < windows.len() {
                inside.end += 1;
            }
            windows[inside].fill(Some(voice));
        }
        Self { cells, heard, windows, told }
    }

    /// Of how many voices the teacher said something.
    fn told_apart(&self) -> usize {
        self.told.iter().map(|&(_, voice)| voice).collect::<std::collections::BTreeSet<_>>().len()
    }

    fn told_of(&self, voice: usize, known: &KnownVoices<'_>) -> Option<Speaker> {
        let told = self.told.iter().any(|&(_, said)| said == voice);
        known.told.iter().map(|fix| fix.speaker).find(|&speaker| told && known.place(speaker) == Some(voice))
    }

    /// How well a voice fits a cell, in nats.
    fn score(&self, cell: &Cell, voice: usize, centroids: &[Embedding]) -> f32 {
        let middle = Millis((cell.frame + CELL / 2) as i64 * 10);
        let told = self.told.iter().find(|(span, _)| span.contains(middle)).is_some_and(|&(_, told)| told == voice);
        COSINE_NATS * self.heard.embeddings[cell.window].similarity(&centroids[voice]) + if told { TOLD_NATS } else { 0.0 }
    }

    /// A voice for each of the windows `clustered`, such that what the teacher said is kept. A voice of somebody else may have said no more than she
    /// pointed at, so it is not looked for elsewhere yet.
    fn labels(&self, clustered: &[usize], known: &KnownVoices<'_>) -> Vec<usize> {
        let other = known.place(Speaker::Other).filter(|&other| self.told.iter().any(|&(_, voice)| voice == other));
        let count = known.count() - usize::from(other.is_some());
        let rest: Vec<usize> = clustered.iter().copied().filter(|&index| other.is_none() || self.windows[index] != other).collect();
        let embeddings: Vec<&Embedding> = rest.iter().map(|&index| &self.heard.embeddings[index]).collect();
        let labels = cluster::labels(&embeddings, count);
        // Which of the clusters is which of the voices she pointed at: so that together they are most alike.
        let centroids = centroids_of(labels.iter().copied().zip(embeddings.iter().copied()), count);
        let told =
            |voice: usize| Embedding::mean(self.heard.embeddings.iter().zip(&self.windows).filter(|(_, told)| **told == Some(voice)).map(|(one, _)| one));
        let likeness = Matrix::from_fn(count, count, |(voice, cluster)| told(voice).map_or(0, |told| (told.similarity(&centroids[cluster]) * 1e6) as i64));
        let cluster_of = kuhn_munkres(&likeness).1;
        let voice_of = |cluster: usize| cluster_of.iter().position(|&other| other == cluster).unwrap_or(cluster);
        let mut found = rest.iter().zip(&labels).map(|(&index, &label)| (index, voice_of(label))).collect::<Vec<_>>().into_iter().peekable();
        clustered.iter().map(|&index| found.next_if(|(at, _)| *at == index).map(|(_, voice)| voice).or(self.windows[index]).unwrap_or(0)).collect()
    }

    /// The beginning of the stretch in which the best voice is least ahead of the next.
    fn least_sure(&self, path: &[usize], centroids: &[Embedding]) -> Millis {
        let cells = &self.cells.cells;
        let mut worst = (f32::INFINITY, 0);
        let mut from = 0;
        for at in 1..=path.len() {
            if at < path.len() && path[at] == path[from] {
                continue;
            }
            if at - from >= POINTED_AT {
                let margin = cells[from..at].iter().map(|cell| self.margin(cell, path[from], centroids)).sum::<f32>() / (at - from) as f32;
                if margin < worst.0 {
                    worst = (margin, cells[from].frame);
                }
            }
            from = at;
        }
        Millis(worst.1 as i64 * 10)
    }

    fn margin(&self, cell: &Cell, voice: usize, centroids: &[Embedding]) -> f32 {
        let others = (0..centroids.len()).filter(|&other| other != voice);
        self.score(cell, voice, centroids) - others.map(|other| self.score(cell, other, centroids)).fold(f32::NEG_INFINITY, f32::max)
    }
}

/// At most `most` of them, evenly; every second one already when there are enough.
fn thin(indices: &[usize], most: usize) -> Vec<usize> {
    let step = if indices.len() > 60 { (indices.len() as f32 / most as f32).max(2.0) } else { 1.0 };
    (0..).map(|n| (n as f32 * step) as usize).take_while(|&at| at < indices.len()).map(|at| indices[at]).collect()
}

/// The mean of each label's embeddings; a label without any takes the overall mean.
fn centroids_of<'a>(labelled: impl Iterator<Item = (usize, &'a Embedding)> + Clone, voices: usize) -> Vec<Embedding> {
    let all = Embedding::mean(labelled.clone().map(|(_, embedding)| embedding)).unwrap_or(Embedding(vec![0.0; super::voices::EMBEDDING]));
    (0..voices)
        .map(|voice| Embedding::mean(labelled.clone().filter(|(label, _)| *label == voice).map(|(_, embedding)| embedding)).unwrap_or_else(|| all.clone()))
        .collect()
}

/// The centroids moved to the mean of what they were given; one that was given nothing stays.
pub(super) fn moved<'a>(old: &[Embedding], labelled: impl Iterator<Item = (usize, &'a Embedding)> + Clone) -> Vec<Embedding> {
    old.iter()
        .enumerate()
        .map(|(voice, old)| {
            Embedding::mean(labelled.clone().filter(|(label, _)| *label == voice).map(|(_, embedding)| embedding)).unwrap_or_else(|| old.clone())
        })
        .collect()
}

fn resegment(samples: &[f32], voices: &Pinned<'_>, centroids: &[Embedding], mut path: Vec<usize>) -> Vec<usize> {
    let cells = voices.cells;
    if centroids.len() < 2 || samples.is_empty() {
        return path;
    }
    let frames = cell_cepstra(samples, cells);
    for _ in 0..MIXTURE_ROUNDS {
        let mixtures: Vec<Option<Mixture>> = (0..centroids.len())
            .map(|voice| Mixture::fit(&frames.iter().zip(&path).filter(|(_, label)| **label == voice).flat_map(|(cell, _)| cell).collect::<Vec<_>>()))
            .collect();
        if mixtures.iter().any(Option::is_none) {
            // A voice with too little speech for a mixture: likelihoods could not be compared.
            return path;
        }
        let likelihoods: Vec<Vec<f32>> = frames.iter().map(|cell| mixtures.iter().flatten().map(|mixture| mixture.log_likelihood(cell)).collect()).collect();
        let index_of = |cell: &Cell| cells.cells.partition_point(|other| other.frame < cell.frame);
        path = cells.viterbi(centroids.len(), |cell, voice| voices.score(cell, voice, centroids) + MIXTURE_WEIGHT * likelihoods[index_of(cell)][voice]);
    }
    path
}

/// Each cell's frames of cepstra, z-normalised over all speech.
fn cell_cepstra(samples: &[f32], cells: &Cells) -> Vec<Vec<Frame>> {
    let mel = Mel::new();
    let mut frames: Vec<Vec<Frame>> = cells
        .cells
        .iter()
        .map(|cell| {
            let powers = mel.frames(samples, cell.frame, cell.frame + CELL);
            debug_assert_eq!(powers.len(), CELL * MELS);
            cepstra(&powers).chunks_exact(CEPSTRA).map(|chunk| std::array::from_fn(|c| chunk[c])).collect()
        })
        .collect();
    let count = frames.iter().map(Vec::len).sum::<usize>().max(1) as f64;
    let mut sums = [(0.0_f64, 0.0_f64); CEPSTRA];
    for frame in frames.iter().flatten() {
        for (sum, value) in sums.iter_mut().zip(frame) {
            sum.0 += f64::from(*value);
            sum.1 += f64::from(*value) * f64::from(*value);
        }
    }
    let scales: [(f32, f32); CEPSTRA] = std::array::from_fn(|c| {
        let mean = sums[c].0 / count;
        (mean as f32, ((sums[c].1 / count - mean * mean).max(1e-9).sqrt()) as f32)
    });
    for frame in frames.iter_mut().flatten() {
        for (value, (mean, deviation)) in frame.iter_mut().zip(scales) {
            *value = (*value - mean) / deviation;
        }
    }
    frames
}

/// From cells to stretches cut at the edges of speech; voices renumbered by first appearance. Returns the old numbers in the new order.
fn spans(cells: &Cells, path: &[usize], speech: &[Span]) -> (Vec<VoiceSpan>, Vec<usize>) {
    let mut order: Vec<usize> = Vec::new();
    let mut spans: Vec<VoiceSpan> = Vec::new();
    let end_of = |cell: &Cell| Millis((cell.frame + CELL) as i64 * 10);
    for stretch in speech {
        let first = cells.cells.partition_point(|cell| end_of(cell) <= stretch.start());
        let mut from = stretch.start();
        for (cell, &voice) in cells.cells[first..].iter().zip(&path[first..]) {
            if from >= stretch.end() {
                break;
            }
            let to = end_of(cell).min(stretch.end());
            let number = order.iter().position(|&known| known == voice).unwrap_or_else(|| {
                order.push(voice);
                order.len() - 1
            });
            let voice = Voice(number as u8);
            match spans.last_mut() {
                Some(last) if last.voice == voice && last.span.end() == from => last.span = Span::new(last.span.start(), to),
                _ => spans.push(VoiceSpan { span: Span::new(from, to), voice }),
            }
            from = to;
        }
        // Speech beyond the last whole frame stays with who spoke last.
        if let Some(last) = spans.last_mut().filter(|last| last.span.end() == from && from < stretch.end()) {
            last.span = Span::new(last.span.start(), stretch.end());
        }
    }
    (spans, order)
}

fn hard_to_tell(spans: &[VoiceSpan], centroids: &[Embedding], speakers: usize) -> bool {
    if speakers < 2 || spans.is_empty() {
        return false;
    }
    let all: i64 = spans.iter().map(|piece| piece.span.length().0).sum();
    let share = |voice: usize| {
        spans.iter().filter(|piece| usize::from(piece.voice.0) == voice).map(|piece| piece.span.length().0).sum::<i64>() as f32 / all.max(1) as f32
    };
    let doubtful = |a: usize, b: usize| {
        let alike = centroids[a].similarity(&centroids[b]);
        alike > ALIKE || (alike > RATHER_ALIKE && share(a).min(share(b)) < SMALL_SHARE)
    };
    centroids.len() < speakers || (0..centroids.len()).any(|a| (0..a).any(|b| doubtful(a, b)))
}
