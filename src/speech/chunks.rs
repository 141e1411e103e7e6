//! What the recogniser hears at once: chunks packed with speech, cut at pauses.
//!
//! Long pauses are left out of what the recogniser hears: it would fill them with words, or spread the words around them over them.
//! The words' times are put back on the recording's clock.

use crate::conference::{Millis, Samples, Span, Word, union};

/// As long as latency allows: the recogniser works through 30 s whatever is in them, and hears better with more around.
pub(super) const LONGEST: Millis = Millis(28_000);
/// A cut is looked for from here on.
pub(super) const SHORTEST_CUT: Millis = Millis(14_000);
/// Sound kept on each side of a pause: no first or last syllable is lost, and a pause is still heard as one. On the four samples together
/// 0.2 s gave 28 wrong words, 0.3 s 24 and 0.5 s 33 (of 2,123). Longer silence spreads words over itself, where no speech is beneath them.
const PAD: Millis = Millis(300);
/// Less speech than this is not shared out: short chunks have worse words.
const SHARED: Millis = Millis(6_000);
/// Chunks at once among which what is left is shared out: what a school laptop has cores for.
const SHARERS: usize = 2;
/// What is said this near a passage is heard again with it, as far as it fits: the words drawn out over it are its neighbors'.
const CONTEXTS: [Millis; 4] = [Millis(8_000), Millis(4_000), Millis(1_000), Millis::ZERO];
/// Of what is said at the edge so much more, if then it is whole.
const BREATH: Millis = Millis(3_000);
/// The language that is found out from what is heard.
pub(super) const AUTO: &str = "auto";
const RATE: u32 = 16_000;

/// What the recogniser hears at once: stretches of the recording, sorted and disjoint, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    pieces: Vec<Span>,
}

impl Chunk {
    /// From its first to its last moment on the recording's clock.
    #[must_use]
    pub fn span(&self) -> Span {
        let start = self.pieces.first().map_or(Millis::ZERO, |piece| piece.start());
        Span::new(start, self.pieces.last().map_or(start, |piece| piece.end()))
    }

    /// How much sound it holds.
    #[must_use]
    pub fn length(&self) -> Millis {
        self.pieces.iter().map(|piece| piece.length()).sum()
    }

    pub(super) fn sound(&self, samples: &(impl Samples + ?Sized)) -> Vec<f32> {
        let at = |moment: Millis| moment.samples(RATE);
        self.pieces.iter().flat_map(|piece| samples.range(at(piece.start()), at(piece.end())).into_owned()).collect()
    }

    /// Its sound, out of a recording's from sample `first` on.
    pub(super) fn sound_from(&self, samples: &[f32], first: usize) -> Vec<f32> {
        let at = |moment: Millis| moment.samples(RATE).saturating_sub(first).min(samples.len());
        let range = |piece: &Span| at(piece.start())..at(piece.end());
        self.pieces.iter().flat_map(|piece| samples[range(piece)].iter().copied()).collect()
    }

    /// Words with times from the chunk's start become words on the recording's clock; a word across a seam lies where its middle is.
    pub(super) fn on_the_clock(&self, words: Vec<Word>) -> Vec<Word> {
        words
            .into_iter()
            .map(|word| {
                let (middle, mut before) = (word.span.middle(), Millis::ZERO);
                let mut home = self.span();
                for &piece in &self.pieces {
                    home = piece;
                    if middle < before + piece.length() {
                        break;
                    }
                    before = before + piece.length();
                }
                let place = |at: Millis| (home.start() + (at - before).max(Millis::ZERO)).min(home.end());
                Word { span: Span::new(place(word.span.start()), place(word.span.end())), ..word }
            })
            .collect()
    }
}

/// Chunks of at most [`LONGEST`] of sound that together hold all of `speech` once, with a little sound around it.
#[must_use]
pub fn chunks(samples: &(impl Samples + ?Sized), speech: &[Span]) -> Vec<Chunk> {
    chunks_of(samples, speech, LONGEST)
}

/// As [`chunks`], for the end of a recording, of whose words somebody is waiting: what can be worked on at once is shared out evenly.
pub(super) fn chunks_at_once(samples: &(impl Samples + ?Sized), rest: &[Span], workers: usize) -> Vec<Chunk> {
    let sharers = workers.clamp(1, SHARERS) as i64;
    let length: Millis = rest.iter().map(|span| span.length()).sum();
    let is_shared = length > SHARED && length.0 <= sharers * LONGEST.0;
    let longest = if is_shared { (Millis(length.0 / sharers).max(SHARED) + PAD + PAD).min(LONGEST) } else { LONGEST };
    chunks_of(samples, rest, longest)
}

fn chunks_of(samples: &(impl Samples + ?Sized), speech: &[Span], longest: Millis) -> Vec<Chunk> {
    let mut spans: Vec<Span> = speech.iter().flat_map(|&span| short_enough(samples, span)).collect();
    spans.sort();
    let whole = Millis::from_samples(samples.count() as u64, RATE);
    let (mut chunks, mut first, mut before) = (Vec::new(), 0, None);
    while first < spans.len() {
        let (chunk, count, _) = next_chunk(&spans[first..], before, whole, longest);
        chunks.push(chunk);
        first += count;
        before = Some(spans[first - 1].end());
    }
    chunks
}

/// Passages that are heard again, as many together as fit, and the chunk in which they are: with what is said around them, and without the silence
/// there. Over silence the recogniser draws the words out, and the passages' own come to lie elsewhere.
pub(super) fn passages(samples: &(impl Samples + ?Sized), near: &[Span], missed: &[Span]) -> Vec<(Vec<Span>, Chunk)> {
    let whole = Millis::from_samples(samples.count() as u64, RATE);
    let chunk = |passages: &[Span], around: Millis| {
        let reach = |around: Millis| Span::new((passages[0].start() - around).max(Millis::ZERO), (passages[passages.len() - 1].end() + around).min(whole));
        let within = reach(around);
        // A breath is heard whole, or nobody would know whether its first word is one.
        let said = near.iter().filter(|span| span.overlap(within).is_some()).map(|span| {
            let more = Span::new(within.start() - BREATH, within.end() + BREATH);
            Span::new(span.start().max(more.start()) - PAD, span.end().min(more.end()) + PAD)
        });
        let own = passages.iter().map(|span| Span::new(span.start() - PAD, span.end() + PAD));
        Chunk { pieces: union(said.chain(own)).into_iter().filter_map(|piece| piece.overlap(Span::new(Millis::ZERO, whole))).collect() }
    };
    let fitting = |passages: &[Span]| CONTEXTS.iter().map(|&around| chunk(passages, around)).find(|chunk| chunk.length() <= LONGEST);
    let mut all: Vec<(Vec<Span>, Chunk)> = Vec::new();
    for span in missed.iter().flat_map(|&span| short_enough(samples, span)) {
        if let Some((passages, heard)) = all.last_mut() {
            let together: Vec<Span> = passages.iter().copied().chain([span]).collect();
            let both = chunk(&together, CONTEXTS[0]);
            // Farther apart there may be a long silence between them, and what is said in one is not to be taken for the other's.
            if both.length() <= LONGEST && together[together.len() - 1].start() - together[together.len() - 2].end() <= CONTEXTS[0] {
                (*passages, *heard) = (together, both);
                continue;
            }
        }
        let heard = fitting(&[span]).unwrap_or_else(|| Chunk { pieces: vec![span] });
        all.push((vec![span], heard));
    }
    all
}

/// The chunk that the first of these stretches begin, how many it holds, and whether more would not fit. `before`: the end of the stretch before;
/// `whole`: the sound's length; `longest`: of a chunk.
pub(super) fn next_chunk(spans: &[Span], before: Option<Millis>, whole: Millis, longest: Millis) -> (Chunk, usize, bool) {
    // Each stretch of speech with up to PAD on both sides, half of the pause at most: padded stretches touch or are apart.
    let padded = |at: usize| {
        let last = at.checked_sub(1).map(|last| spans[last].end()).or(before);
        let ahead = last.map_or(PAD, |last| Millis((spans[at].start() - last).0 / 2).min(PAD));
        let behind = spans.get(at + 1).map_or(PAD, |next| {
            let pause = (next.start() - spans[at].end()).0;
            Millis(pause - pause / 2).min(PAD)
        });
        Span::new((spans[at].start() - ahead).max(Millis::ZERO), (spans[at].end() + behind).min(whole))
    };
    let mut length = Millis::ZERO;
    let fits = (0..spans.len())
        .take_while(|&at| {
            length = length + padded(at).length();
            length <= longest
        })
        .count()
        .max(1);
    let count = if fits == spans.len() { fits } else { best_cut(spans, fits, Millis(longest.0 / 2)) };
    (Chunk { pieces: union((0..count).map(padded)) }, count, fits < spans.len())
}

/// The cut before one of `1 ..= most`: the longest pause, among those that leave a chunk of some length when there are any.
fn best_cut(spans: &[Span], most: usize, least: Millis) -> usize {
    let pause = |at: usize| spans[at].start() - spans[at - 1].end();
    let held = |at: usize| spans[..at].iter().map(|span| span.length()).sum::<Millis>();
    let late = (1..=most).filter(|&at| held(at) >= least);
    late.max_by_key(|&at| (pause(at), at)).unwrap_or(most)
}

/// Speech without a pause for longer than a chunk is cut at its quietest places.
fn short_enough(samples: &(impl Samples + ?Sized), span: Span) -> Vec<Span> {
    let mut pieces = Vec::new();
    let mut rest = span;
    while rest.length() > LONGEST {
        let cut = quietest(samples, Span::new(rest.start() + SHORTEST_CUT, rest.start() + LONGEST));
        pieces.push(Span::new(rest.start(), cut));
        rest = Span::new(cut, rest.end());
    }
    pieces.push(rest);
    pieces
}

/// The middle of the quietest 100 ms.
pub(super) fn quietest(samples: &(impl Samples + ?Sized), within: Span) -> Millis {
    let step = RATE as usize / 10;
    let (from, to) = (within.start().samples(RATE), within.end().samples(RATE).min(samples.count()));
    let sound = samples.range(from, to + step);
    let energy = |at: usize| sound[at - from..(at - from + step).min(sound.len())].iter().map(|x| x * x).sum::<f32>();
    let best = (from..to.saturating_sub(step)).step_by(step / 2).min_by(|&a, &b| energy(a).total_cmp(&energy(b))).unwrap_or(from);
    Millis::from_samples((best + step / 2) as u64, RATE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word(text: &str, start: i64, end: i64) -> Word {
        Word { text: text.into(), span: Span::new(Millis(start), Millis(end)), confidence: 0.9 }
    }

    #[test]
    fn a_long_pause_is_left_out_and_the_clock_stays_true() {
        let speech = [Span::new(Millis(1000), Millis(3000)), Span::new(Millis(13_000), Millis(15_000))];
        let chunk = chunks(&vec![0.0; 16_000 * 20], &speech).remove(0);
        assert_eq!(chunk.length(), Millis(4000 + 4 * PAD.0));
        // In the first stretch, just in the second, and across the seam with its middle in the second.
        let (first, seam) = (PAD.0, 2 * PAD.0 + 2000);
        let placed = chunk.on_the_clock(vec![word("a", first, first + 200), word("b", seam + PAD.0, seam + PAD.0 + 200), word("c", seam - 100, seam + 700)]);
        let starts: Vec<Millis> = placed.iter().map(|word| word.span.start()).collect();
        assert_eq!(starts, [Millis(1000), Millis(13_000), Millis(13_000 - PAD.0)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn chunks_hold_all_speech_are_short_and_share_nothing(lengths in prop::collection::vec((10_i64..70_000, 250_i64..9000), 1..12)) {
            let mut at = 0;
            let mut speech = Vec::new();
            for (length, pause) in lengths {
                speech.push(Span::new(Millis(at + pause), Millis(at + pause + length)));
                at += pause + length;
            }
            let samples = vec![0.0; Millis(at + 100).samples(RATE)];
            let chunks = chunks(&samples, &speech);
            prop_assert!(chunks.iter().all(|chunk| chunk.length() <= Millis(30_000)));
            prop_assert!(chunks.windows(2).all(|pair| pair[0].span().end() <= pair[1].span().start()));
            for span in &speech {
                let held: i64 = chunks.iter().flat_map(|chunk| &chunk.pieces).filter_map(|piece| piece.overlap(*span)).map(|shared| shared.length().0).sum();
                prop_assert_eq!(held, span.length().0);
            }
        }
    }

    #[test]
    fn what_is_heard_again_is_heard_with_what_is_said_around_it_and_without_silence() {
        let span = |start, end| Span::new(Millis(start), Millis(end));
        let sound = vec![0.0; 100 * RATE as usize];
        let near = [span(1_000, 4_200), span(5_100, 6_000), span(13_000, 14_000), span(40_000, 80_000)];
        let heard = passages(&sound, &near, &[near[1], near[2]]);
        assert_eq!(heard.len(), 1, "two that fit are heard together");
        assert_eq!(heard[0], (vec![near[1], near[2]], Chunk { pieces: vec![span(700, 4_500), span(4_800, 6_300), span(12_700, 14_300)] }));
        let heard = passages(&sound, &near, &[span(50_000, 51_000), span(70_000, 71_000)]);
        let places: Vec<Span> = heard.iter().map(|(_, chunk)| chunk.span()).collect();
        assert_eq!(places, [span(39_700, 62_300), span(58_700, 80_300)], "of a long talk what is beside it");
        let long = passages(&sound, &near, &[near[3]]);
        assert!(long.len() == 2 && long.iter().all(|(_, chunk)| chunk.length() <= LONGEST), "{long:?}");
    }
}
