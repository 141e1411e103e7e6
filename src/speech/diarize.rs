//! Who spoke when: embeddings of overlapping windows, spectral clustering into a known number of voices, Viterbi smoothing,
//! and resegmentation with a small mixture per voice. The recipe and its constants were measured on real conversations.

use super::cluster;
use super::gmm::{Frame, Mixture};
use super::mel::{CEPSTRA, HOP, MELS, Mel, cepstra};
use super::voices::{Embedding, VoiceEncoder, VoiceProfile, WINDOW_FRAMES};
use crate::conference::{Millis, Span, Speaker, TeacherKnown, Voice, VoiceSpan, Word};
use crate::error::Result;

/// One embedding each 0.2 s: 0.1 is equal, 0.4 worse on short clips.
const EMBEDDING_STEP: usize = 20;
/// With this much speech fewer do as well, at half the work and less: on the long test conversations 0.4 s changes the error rate by 0.2 points at
/// most, 0.6 s by 0.5.
const FEWER: [(Millis, usize); 2] = [(Millis(300_000), 60), (Millis(120_000), 40)];
/// Decisions are made for cells of 0.1 s.
const CELL: usize = 10;
/// A window is used for clustering when at least this part of it is speech.
const CORE: f32 = 0.8;
/// Clustering looks at no more windows than this; its eigenvectors cost the cube. Ten minutes of talk have about this many at every second window.
const MOST_CLUSTERED: usize = 600;
/// Pauses shorter than this are bridged where voices are listened to, and are pauses all the same in what is found.
const BREATH: Millis = Millis(400);
/// Score of a voice: this many nats for a cosine of 1.
const COSINE_NATS: f32 = 10.0;
/// What a change of voice costs; half of it after a pause.
const SWITCH_NATS: f32 = 3.0;
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
const SPLIT: f32 = 0.76;
/// Believed, but said to be hard to tell.
const UNSURE: f32 = 1.0;
/// A second voice that says very little, looked for among the windows least like the first: real ones measured 1.3-3.1, a mood of the same voice up to 1.7.
const RARE: f32 = 1.75;
/// Windows tried as the beginning of such a voice, and how far apart they are (2 s).
const RARE_TRIES: usize = 6;
const RARE_APART: usize = 10 * EMBEDDING_STEP;
/// Windows this far apart (1.6 s) share no sound.
const APART: usize = 8 * EMBEDDING_STEP;
/// With a smaller margin than this the profile does not decide (measured: 0.15-0.19 on average).
const PROFILE_MARGIN: f32 = 0.03;
/// A question-asker must have spoken this long in one go to be taken for the teacher.
const LONG_TURN: Millis = Millis(2000);

/// What diarization found.
#[derive(Debug, Clone, PartialEq)]
pub struct Diarization {
    /// Sorted, disjoint, together all of the speech; voices numbered in the order they first speak.
    pub spans: Vec<VoiceSpan>,
    /// What each voice is like.
    pub centroids: Vec<Embedding>,
    /// Two voices may be one person, or are hard to tell apart.
    pub hard_to_tell: bool,
    /// The voice most like the stored profile, and how much more than the next.
    pub profile_match: Option<(Voice, f32)>,
}

/// Tells `speakers` voices apart in 16 kHz mono, within the given stretches of speech. `check` hears how much is done, 0 to 1.
///
/// # Errors
/// What `check` says.
pub fn diarize(
    samples: &[f32],
    speech: &[Span],
    speakers: usize,
    encoder: &dyn VoiceEncoder,
    profile: Option<&VoiceProfile>,
    check: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<Diarization> {
    let frames = samples.len() / HOP;
    let is_speech = speech_frames(&bridged(speech), frames);
    // A window for each 0.2 s whose middle part holds speech; the others decide nothing.
    let last_start = frames.saturating_sub(WINDOW_FRAMES);
    let spoken: Millis = speech.iter().map(|span| span.length()).sum();
    let step = FEWER.iter().find(|(least, _)| spoken >= *least).map_or(EMBEDDING_STEP, |&(_, step)| step);
    let mut middles = Vec::new();
    for middle in (step / 2..frames).step_by(step) {
        let around = &is_speech[middle.saturating_sub(EMBEDDING_STEP)..(middle + EMBEDDING_STEP).min(frames)];
        if around.contains(&true) {
            middles.push(middle);
        }
    }
    let starts: Vec<usize> = middles.iter().map(|middle| middle.saturating_sub(WINDOW_FRAMES / 2).min(last_start)).collect();
    let embeddings = encoder.embed(samples, &starts, &mut |fraction| check(fraction * 0.8))?;
    let core: Vec<usize> = (0..starts.len())
        .filter(|&index| {
            let window = &is_speech[starts[index]..(starts[index] + WINDOW_FRAMES).min(frames)];
            window.iter().filter(|speech| **speech).count() as f32 >= CORE * WINDOW_FRAMES as f32
        })
        .collect();
    let Some(cells) = Cells::new(&is_speech, &middles) else {
        return Ok(Diarization { spans: Vec::new(), centroids: Vec::new(), hard_to_tell: false, profile_match: None });
    };
    // Without enough whole windows of speech every window must do.
    let core = if core.len() >= 2 * speakers { core } else { (0..starts.len()).collect() };
    let clustered: Vec<usize> = thin(&core, MOST_CLUSTERED);
    let chosen: Vec<&Embedding> = clustered.iter().map(|&index| &embeddings[index]).collect();
    let labels = cluster::labels(&chosen, speakers);
    check(0.88)?;
    let settle = |labels: &[usize], voices: usize| {
        let mut centroids = centroids_of(labels.iter().zip(&chosen).map(|(&label, embedding)| (label, *embedding)), voices);
        let mut path = Vec::new();
        for _ in 0..CENTROID_ROUNDS {
            let next = cells.viterbi(voices, |cell, voice| COSINE_NATS * embeddings[cell.window].similarity(&centroids[voice]));
            let settled = next == path;
            path = next;
            if settled {
                break;
            }
            let voice_of = cells.voice_of_windows(&path, starts.len());
            centroids = moved(&centroids, core.iter().filter_map(|&index| voice_of[index].map(|voice| (voice, &embeddings[index]))));
        }
        (centroids, path)
    };
    let (mut centroids, mut path) = settle(&labels, speakers);
    let mut is_unsure = false;
    if speakers == 2 {
        let voice_of = cells.voice_of_windows(&path, starts.len());
        // The whole windows of speech, all of them when they are few: a short recording has little to judge by.
        let judged: Vec<(usize, usize)> =
            if core.len() <= MOST_CLUSTERED { &core } else { &clustered }.iter().filter_map(|&index| voice_of[index].map(|voice| (index, voice))).collect();
        let (windows, at) = judged.iter().map(|&(index, _)| (&embeddings[index], middles[index])).collect::<(Vec<_>, Vec<_>)>();
        let found = separation(&windows, &at, &judged.iter().map(|&(_, voice)| voice).collect::<Vec<_>>());
        is_unsure = found < UNSURE;
        if found < SPLIT || (is_unsure && centroids[0].similarity(&centroids[1]) > RATHER_ALIKE) {
            let middles: Vec<usize> = clustered.iter().map(|&index| middles[index]).collect();
            (centroids, path) = match rare_voice(&chosen, &middles, step) {
                Some(labels) => settle(&labels, 2),
                None => settle(&vec![0; chosen.len()], 1),
            };
        }
    }
    check(0.92)?;
    path = resegment(samples, &cells, &embeddings, &centroids, path);
    let (spans, order) = spans(&cells, &path, speech);
    let centroids: Vec<Embedding> = order.iter().map(|&voice| centroids[voice].clone()).collect();
    let profile_match = profile.and_then(|profile| best_match(&centroids, profile));
    check(1.0)?;
    Ok(Diarization { hard_to_tell: is_unsure || hard_to_tell(&spans, &centroids, speakers), spans, centroids, profile_match })
}

/// How much more alike windows of the same label are than windows of different ones, in standard deviations of the same; windows that share sound are
/// left out. Minus infinity when one label has fewer than two windows. `at`: the windows' middles, in frames.
fn separation(embeddings: &[&Embedding], at: &[usize], labels: &[usize]) -> f32 {
    let (mut same, mut squares, mut same_count) = (0.0_f64, 0.0_f64, 0_u32);
    let (mut other, mut other_count) = (0.0_f64, 0_u32);
    for a in 0..embeddings.len() {
        for b in (0..a).filter(|&b| at[a].abs_diff(at[b]) >= APART) {
            let alike = f64::from(embeddings[a].similarity(embeddings[b]));
            if labels[a] == labels[b] {
                (same, squares, same_count) = (same + alike, squares + alike * alike, same_count + 1);
            } else {
                (other, other_count) = (other + alike, other_count + 1);
            }
        }
    }
    let ones = labels.iter().filter(|label| **label == 1).count();
    if same_count == 0 || other_count == 0 || ones < 2 || labels.len() - ones < 2 {
        return f32::NEG_INFINITY;
    }
    let mean = same / f64::from(same_count);
    let deviation = (squares / f64::from(same_count) - mean * mean).max(1e-9).sqrt();
    ((mean - other / f64::from(other_count)) / deviation) as f32
}

/// The labels when one voice talks nearly all the time and another, clearly different one, now and then. The windows stand `step` or twice that apart.
fn rare_voice(embeddings: &[&Embedding], at: &[usize], step: usize) -> Option<Vec<usize>> {
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
        Some((separation(embeddings, at, &labels), labels))
    };
    let best = tried.into_iter().filter_map(grown).max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 >= RARE).then_some(best.1)
}

/// Speech with the short pauses inside it: a breath does not take the voice away, and a window with breaths in it is a whole one.
fn bridged(speech: &[Span]) -> Vec<Span> {
    let mut joined: Vec<Span> = Vec::with_capacity(speech.len());
    for &span in speech {
        match joined.last_mut() {
            Some(last) if span.start() - last.end() < BREATH => *last = Span::new(last.start(), span.end()),
            _ => joined.push(span),
        }
    }
    joined
}

fn speech_frames(speech: &[Span], frames: usize) -> Vec<bool> {
    let mut is_speech = vec![false; frames];
    for span in speech {
        let (from, to) = ((span.start().0.max(0) / 10) as usize, (span.end().0.max(0) / 10) as usize);
        is_speech[from.min(frames)..to.min(frames)].fill(true);
    }
    is_speech
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
fn moved<'a>(old: &[Embedding], labelled: impl Iterator<Item = (usize, &'a Embedding)> + Clone) -> Vec<Embedding> {
    old.iter()
        .enumerate()
        .map(|(voice, old)| {
            Embedding::mean(labelled.clone().filter(|(label, _)| *label == voice).map(|(_, embedding)| embedding)).unwrap_or_else(|| old.clone())
        })
        .collect()
}

/// One cell of 0.1 s with speech in it.
#[derive(Clone, Copy)]
struct Cell {
    /// First frame.
    frame: usize,
    /// The nearest window.
    window: usize,
    /// No speech in the cell before.
    after_pause: bool,
}

struct Cells {
    cells: Vec<Cell>,
}

impl Cells {
    fn new(is_speech: &[bool], middles: &[usize]) -> Option<Self> {
        let mut cells = Vec::new();
        let mut before: Option<usize> = None;
        for frame in (0..is_speech.len()).step_by(CELL) {
            let end = (frame + CELL).min(is_speech.len());
            if !is_speech[frame..end].contains(&true) {
                continue;
            }
            let after = middles.partition_point(|&middle| middle < frame + CELL / 2);
            let window = [after.checked_sub(1), Some(after)]
                .into_iter()
                .flatten()
                .filter(|&index| index < middles.len())
                .min_by_key(|&index| middles[index].abs_diff(frame + CELL / 2))?;
            cells.push(Cell { frame, window, after_pause: before.is_some_and(|before| frame > before + CELL) });
            before = Some(frame);
        }
        (!cells.is_empty()).then_some(Self { cells })
    }

    /// The best path of voices through the cells.
    fn viterbi(&self, voices: usize, score: impl Fn(&Cell, usize) -> f32) -> Vec<usize> {
        let mut best = vec![0.0_f32; voices];
        let mut from: Vec<Vec<usize>> = Vec::with_capacity(self.cells.len());
        for cell in &self.cells {
            let penalty = if cell.after_pause { SWITCH_NATS / 2.0 } else { SWITCH_NATS };
            let (top, top_score) = best.iter().copied().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, 0.0));
            let back: Vec<usize> = (0..voices).map(|voice| if best[voice] >= top_score - penalty { voice } else { top }).collect();
            best = (0..voices).map(|voice| best[voice].max(top_score - penalty) + score(cell, voice)).collect();
            from.push(back);
        }
        let mut voice = best.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(voice, _)| voice);
        let mut path = vec![0; self.cells.len()];
        for (at, back) in from.iter().enumerate().rev() {
            path[at] = voice;
            voice = back[voice];
        }
        path
    }

    /// The voice of each window by the cells it is nearest to.
    fn voice_of_windows(&self, path: &[usize], windows: usize) -> Vec<Option<usize>> {
        let mut voices = vec![None; windows];
        for (cell, &voice) in self.cells.iter().zip(path) {
            voices[cell.window] = Some(voice);
        }
        voices
    }
}

fn resegment(samples: &[f32], cells: &Cells, embeddings: &[Embedding], centroids: &[Embedding], mut path: Vec<usize>) -> Vec<usize> {
    if centroids.len() < 2 {
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
        path = cells.viterbi(centroids.len(), |cell, voice| {
            COSINE_NATS * embeddings[cell.window].similarity(&centroids[voice]) + MIXTURE_WEIGHT * likelihoods[index_of(cell)][voice]
        });
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

fn best_match(centroids: &[Embedding], profile: &VoiceProfile) -> Option<(Voice, f32)> {
    let mut scores: Vec<(usize, f32)> = centroids.iter().map(|centroid| centroid.similarity(&profile.embedding)).enumerate().collect();
    scores.sort_by(|a, b| b.1.total_cmp(&a.1));
    let best = scores.first()?;
    let next = scores.get(1).map_or(0.0, |next| next.1);
    Some((Voice(best.0 as u8), best.1 - next))
}

/// Says who each voice is: the profile names the teacher when its margin is large enough; otherwise the voice that asks most, or, without words,
/// the one that talks most, is a guess and said to be one. The others are students in the order they first speak.
#[must_use]
pub fn name_roles(found: &Diarization, words: &[Word]) -> (Vec<Speaker>, TeacherKnown) {
    let voices = found.centroids.len();
    let (teacher, known) = match found.profile_match {
        Some((voice, margin)) if margin >= PROFILE_MARGIN => (usize::from(voice.0), TeacherKnown::ByProfile),
        _ => (guess_teacher(found, words), TeacherKnown::Guessed),
    };
    let mut student = 0;
    let roles = (0..voices)
        .map(|voice| {
            if voice == teacher {
                return Speaker::Teacher;
            }
            student += 1;
            Speaker::Student(student)
        })
        .collect();
    (roles, known)
}

fn guess_teacher(found: &Diarization, words: &[Word]) -> usize {
    let voices = found.centroids.len();
    let mut talk = vec![0_i64; voices];
    let mut longest = vec![0_i64; voices];
    let mut questions = vec![0_usize; voices];
    for piece in &found.spans {
        let voice = usize::from(piece.voice.0);
        talk[voice] += piece.span.length().0;
        longest[voice] = longest[voice].max(piece.span.length().0);
    }
    for word in words.iter().filter(|word| word.ends_question()) {
        if let Some(piece) = found.spans.iter().find(|piece| piece.span.contains(word.span.middle())) {
            questions[usize::from(piece.voice.0)] += 1;
        }
    }
    let most = |counts: &dyn Fn(usize) -> i64| (0..voices).rev().max_by_key(|&voice| counts(voice)).unwrap_or(0);
    // With clearly more questions (children ask too, now and then) the asker; otherwise the one who talks most.
    let asker = most(&|voice| if longest[voice] >= LONG_TURN.0 { questions[voice] as i64 } else { 0 });
    let others: usize = (0..voices).filter(|&voice| voice != asker).map(|voice| questions[voice]).max().unwrap_or(0);
    if questions.get(asker).is_some_and(|&asked| asked >= 2 && asked > others) { asker } else { most(&|voice| talk[voice]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Windows each 0.2 s of voices that point in different directions, each window a little off.
    fn talk(script: &[(usize, usize)]) -> (Vec<Embedding>, Vec<usize>, Vec<usize>) {
        let truth: Vec<usize> = script.iter().flat_map(|&(voice, windows)| std::iter::repeat_n(voice, windows)).collect();
        let embeddings = truth
            .iter()
            .enumerate()
            .map(|(n, &voice)| {
                let mut values = vec![0.0; super::super::voices::EMBEDDING];
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
        let windows: Vec<&Embedding> = embeddings.iter().collect();
        assert!(separation(&windows, &at, &truth) > UNSURE);
        let (embeddings, at, _) = talk(&[(0, 200)]);
        let windows: Vec<&Embedding> = embeddings.iter().collect();
        let split: Vec<usize> = (0..200).map(|n| n / 30 % 2).collect();
        assert!(separation(&windows, &at, &split) < SPLIT);
        assert_eq!(separation(&windows, &at, &[0; 200]), f32::NEG_INFINITY);
    }

    #[test]
    fn a_student_who_says_one_sentence_is_found_and_nobody_is_made_up() {
        let (embeddings, at, truth) = talk(&[(0, 150), (1, 10), (0, 140)]);
        assert_eq!(rare_voice(&embeddings.iter().collect::<Vec<_>>(), &at, EMBEDDING_STEP), Some(truth));
        let (embeddings, at, _) = talk(&[(0, 300)]);
        assert_eq!(rare_voice(&embeddings.iter().collect::<Vec<_>>(), &at, EMBEDDING_STEP), None);
    }
}
