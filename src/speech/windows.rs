//! From speech to the recogniser and back: windows packed with speech, cut at pauses, and the guards against words nobody said.
//!
//! Long pauses are left out of what the recogniser hears: it would fill them with words, or spread the words around them over them.
//! The words' times are put back on the recording's clock.

use super::draft::Draft;
use super::whisper::Heard;
use crate::conference::{Millis, NoWords, Samples, Span, Transcript, Untranscribed, Word, union};

/// As long as latency allows: the recogniser works through 30 s whatever is in them, and hears better with more around.
pub(super) const LONGEST: Millis = Millis(28_000);
/// A cut is looked for from here on.
pub(super) const SHORTEST_CUT: Millis = Millis(14_000);
/// Sound kept on each side of a pause: no first or last syllable is lost, and a pause is still heard as one. On the four samples together
/// 0.2 s gave 28 wrong words, 0.3 s 24 and 0.5 s 33 (of 2,123). Longer silence spreads words over itself, where no speech is beneath them.
const PAD: Millis = Millis(300);
/// A word must have speech beneath it or this near: detectors begin late and end early.
const SPEECH_REACH: Millis = Millis(400);
/// A word less sure than this is a guess, where the words around it (so many on each side) are less sure than `DOUBTFUL` on average. In babble 5 dB
/// below the voices this more than halves the words nobody said, and fewer words are wrong; at 20 dB and without babble it changes none. With 0.8
/// instead of 0.5 still fewer are made up and as many are wrong; but children's right words may be as unsure, which was not measured.
const GUESS: f32 = 0.5;
const DOUBTFUL: f32 = 0.7;
const AROUND: usize = 5;
/// Guesses this near one another are marked once.
const JOINED: Millis = Millis(1_000);
/// The same words this often in a row are a loop, not a person.
const LOOP: usize = 4;
/// Longest run of words looked at for a loop.
const LOOP_WORDS: usize = 12;
/// Less speech than this is not shared out: short windows have worse words.
const SHARED: Millis = Millis(6_000);
/// Windows at once among which what is left is shared out: what a school laptop has cores for.
const SHARERS: usize = 2;
/// Unwritten speech shorter than this may be a cough, a chair or a "mm"; longer is said to be not understood.
const WORTH_A_MARK: Millis = Millis(1_500);
/// A word that is said to last longer was drawn out over something else.
const LONGEST_WORD: Millis = Millis(1_500);
/// The language that is found out from what is heard.
pub(super) const AUTO: &str = "auto";
const RATE: u32 = 16_000;

impl Draft {
    /// Adds what was heard in the next window, under the guards.
    pub(super) fn add(&mut self, window: &Window, heard: Heard, speech: &[Span]) {
        if self.transcript.language.is_empty() || (self.transcript.language == AUTO && !heard.words.is_empty() && !heard.language.is_empty()) {
            self.transcript.language = heard.language;
        }
        let (words, repeats) = guarded(window.on_the_clock(heard.words), speech);
        self.transcript.untranscribed.extend(repeats);
        self.transcript.words.extend(words);
        self.until = window.span().end();
    }

    /// Marks a window that no engine could do.
    pub(super) fn fail(&mut self, window: &Window) {
        self.transcript.untranscribed.push(Untranscribed { span: window.span(), reason: NoWords::EngineFailed });
        self.until = window.span().end();
    }
}

/// What the recogniser hears at once: stretches of the recording, sorted and disjoint, one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pieces: Vec<Span>,
}

impl Window {
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

    /// Words with times from the window's start become words on the recording's clock; a word across a seam lies where its middle is.
    fn on_the_clock(&self, words: Vec<Word>) -> Vec<Word> {
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

/// Windows of at most [`LONGEST`] of sound that together hold all of `speech` once, with a little sound around it.
#[must_use]
pub fn windows(samples: &(impl Samples + ?Sized), speech: &[Span]) -> Vec<Window> {
    windows_of(samples, speech, LONGEST)
}

/// As [`windows`], for the end of a recording, of whose words somebody is waiting: what can be worked on at once is shared out evenly.
pub(super) fn windows_at_once(samples: &(impl Samples + ?Sized), rest: &[Span], workers: usize) -> Vec<Window> {
    let sharers = workers.clamp(1, SHARERS) as i64;
    let length: Millis = rest.iter().map(|span| span.length()).sum();
    let is_shared = length > SHARED && length.0 <= sharers * LONGEST.0;
    let longest = if is_shared { (Millis(length.0 / sharers).max(SHARED) + PAD + PAD).min(LONGEST) } else { LONGEST };
    windows_of(samples, rest, longest)
}

fn windows_of(samples: &(impl Samples + ?Sized), speech: &[Span], longest: Millis) -> Vec<Window> {
    let mut spans: Vec<Span> = speech.iter().flat_map(|&span| short_enough(samples, span)).collect();
    spans.sort();
    let whole = Millis::from_samples(samples.count() as u64, RATE);
    let (mut windows, mut first, mut before) = (Vec::new(), 0, None);
    while first < spans.len() {
        let (window, count, _) = next_window(&spans[first..], before, whole, longest);
        windows.push(window);
        first += count;
        before = Some(spans[first - 1].end());
    }
    windows
}

/// The window that the first of these stretches begin, how many it holds, and whether more would not fit. `before`: the end of the stretch before;
/// `whole`: the sound's length; `longest`: of a window.
pub(super) fn next_window(spans: &[Span], before: Option<Millis>, whole: Millis, longest: Millis) -> (Window, usize, bool) {
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
    (Window { pieces: union((0..count).map(padded)) }, count, fits < spans.len())
}

/// The cut before one of `1 ..= most`: the longest pause, among those that leave a window of some length when there are any.
fn best_cut(spans: &[Span], most: usize, least: Millis) -> usize {
    let pause = |at: usize| spans[at].start() - spans[at - 1].end();
    let held = |at: usize| spans[..at].iter().map(|span| span.length()).sum::<Millis>();
    let late = (1..=most).filter(|&at| held(at) >= least);
    late.max_by_key(|&at| (pause(at), at)).unwrap_or(most)
}

/// Speech without a pause for longer than a window is cut at its quietest places.
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

/// The guards: times in order, speech beneath each word, loops taken out with a mark.
fn guarded(mut words: Vec<Word>, speech: &[Span]) -> (Vec<Word>, Vec<Untranscribed>) {
    let near: Vec<Span> = union(speech.iter().map(|span| Span::new(span.start() - SPEECH_REACH, span.end() + SPEECH_REACH)));
    let mut at = Millis::ZERO;
    for word in &mut words {
        word.span = Span::new(word.span.start().max(at), word.span.end().max(at));
        at = word.span.start();
    }
    words.retain(|word| near.iter().any(|span| span.contains(word.span.middle()) || span.contains(word.span.start())));
    let (words, mut marks) = without_loops(words);
    let (words, guesses) = without_guesses(words);
    marks.extend(guesses);
    (words, marks)
}

/// Words that are hardly more than a guess, among others that are not sure either: in the babble of a class the recogniser fills in what it cannot
/// hear. They are taken out and marked; a single unsure word among sure ones stays, and is shown as less sure.
fn without_guesses(words: Vec<Word>) -> (Vec<Word>, Vec<Untranscribed>) {
    let around = |at: usize| {
        let near = &words[at.saturating_sub(AROUND)..(at + AROUND + 1).min(words.len())];
        near.iter().map(|word| word.confidence).sum::<f32>() / near.len() as f32
    };
    let is_guess: Vec<bool> = (0..words.len()).map(|at| words[at].confidence < GUESS && around(at) < DOUBTFUL).collect();
    let mut marks: Vec<Untranscribed> = Vec::new();
    for (word, _) in words.iter().zip(&is_guess).filter(|(_, is_guess)| **is_guess) {
        match marks.last_mut() {
            Some(mark) if word.span.start() - mark.span.end() < JOINED => mark.span = Span::new(mark.span.start(), word.span.end().max(mark.span.end())),
            _ => marks.push(Untranscribed { span: word.span, reason: NoWords::NotUnderstood }),
        }
    }
    let mut is_guess = is_guess.into_iter();
    (words.into_iter().filter(|_| !is_guess.next().unwrap_or(false)).collect(), marks)
}

/// Stretches of speech of which not one word was written; and of `near` speech what lies between words, or beneath words drawn out over more than
/// they can be: so it looks when the recogniser has skipped what it did not understand.
pub(super) fn not_understood(transcript: &Transcript, speech: &[Span], near: &[Span]) -> Vec<Untranscribed> {
    let words = transcript.words.iter().map(|word| Span::new(word.span.start(), word.span.end().min(word.span.start() + LONGEST_WORD)));
    let marked = transcript.untranscribed.iter().map(|mark| mark.span);
    let written = union(words.map(|span| Span::new(span.start() - SPEECH_REACH, span.end() + SPEECH_REACH)).chain(marked));
    let is_written = |span: Span| span.without(beside(&written, span)) != [span];
    let unwritten = speech.iter().copied().filter(|&span| !is_written(span));
    let skipped = near.iter().flat_map(|&span| span.without(beside(&written, span)));
    union(unwritten.chain(skipped).filter(|span| span.length() >= WORTH_A_MARK))
        .into_iter()
        .map(|span| Untranscribed { span, reason: NoWords::NotUnderstood })
        .collect()
}

/// Those of sorted and disjoint spans that may share something with `span`.
fn beside(spans: &[Span], span: Span) -> impl Iterator<Item = Span> {
    let from = spans.partition_point(|other| other.end() <= span.start());
    spans[from..].iter().copied().take_while(move |other| other.start() < span.end())
}

/// Whether the recogniser fell into saying the same words over and over.
pub(super) fn has_loop(words: &[Word]) -> bool {
    !without_loops(words.to_vec()).1.is_empty()
}

/// Runs of the same words, [`LOOP`] times or more in a row, are kept once.
fn without_loops(words: Vec<Word>) -> (Vec<Word>, Vec<Untranscribed>) {
    let bare: Vec<String> = words.iter().map(Word::bare).collect();
    let mut keep = vec![true; words.len()];
    let mut taken = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let found = (1..=LOOP_WORDS).find_map(|run| {
            let times = 1
                + (1..)
                    .take_while(|times| at + (times + 1) * run <= words.len() && bare[at..at + run] == bare[at + times * run..at + (times + 1) * run])
                    .count();
            (times >= LOOP).then_some((run, times))
        });
        match found {
            Some((run, times)) => {
                let (from, to) = (at + run, at + run * times);
                keep[from..to].fill(false);
                taken.push(Untranscribed { span: Span::new(words[from].span.start(), words[to - 1].span.end()), reason: NoWords::RepeatsRemoved });
                at = to;
            }
            None => at += 1,
        }
    }
    let mut keep = keep.into_iter();
    (words.into_iter().filter(|_| keep.next().unwrap_or(true)).collect(), taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word(text: &str, start: i64, end: i64) -> Word {
        Word { text: text.into(), span: Span::new(Millis(start), Millis(end)), confidence: 0.9 }
    }

    #[test]
    fn words_without_speech_beneath_them_are_not_kept() {
        let speech = [Span::new(Millis(1000), Millis(3000))];
        let words = vec![word("Hello", 1200, 1600), word("Thank", 6000, 6400), word("you.", 6400, 6800)];
        let (kept, _) = guarded(words, &speech);
        assert_eq!(kept.len(), 1);
    }

    #[test]
    fn guesses_among_unsure_words_are_taken_out_and_marked_and_one_unsure_word_stays() {
        let sure = |n: i64, confidence: f32| Word { confidence, ..word("word", n * 300, n * 300 + 250) };
        let heard: Vec<Word> = (0..12).map(|n| sure(n, if n == 6 { 0.1 } else { 0.9 })).collect();
        assert_eq!(without_guesses(heard.clone()), (heard, vec![]));
        let babble: Vec<Word> = (0..12).map(|n| sure(n, if n % 2 == 0 { 0.2 } else { 0.6 })).collect();
        let (kept, marks) = without_guesses(babble);
        assert!(kept.len() == 6 && kept.iter().all(|word| word.confidence > 0.5));
        assert_eq!(marks, [Untranscribed { span: Span::new(Millis(0), Millis(3_250)), reason: NoWords::NotUnderstood }]);
    }

    #[test]
    fn a_loop_is_taken_out_and_marked_and_a_child_who_says_no_no_no_is_not() {
        let looped: Vec<Word> = (0..10).flat_map(|n| [word("I", n * 200, n * 200 + 90), word("know.", n * 200 + 100, n * 200 + 190)]).collect();
        let (kept, taken) = without_loops(looped);
        assert_eq!((kept.len(), taken.len(), taken[0].reason), (2, 1, NoWords::RepeatsRemoved));
        let honest: Vec<Word> = (0..3).map(|n| word("No,", n * 200, n * 200 + 90)).collect();
        assert_eq!(without_loops(honest.clone()), (honest, vec![]));
    }

    #[test]
    fn what_the_recogniser_skipped_is_marked_and_a_pause_is_not() {
        let near = [Span::new(Millis(0), Millis(12_000)), Span::new(Millis(16_000), Millis(18_000)), Span::new(Millis(30_000), Millis(33_000))];
        let said = vec![word("I", 200, 400), word("thought", 500, 6_000), word("about", 6_000, 11_900), word("it.", 16_000, 17_900)];
        let transcript = Transcript { words: said, ..Transcript::default() };
        let marks = |near: &[Span]| not_understood(&transcript, &near[near.len().min(2)..], near).iter().map(|mark| mark.span).collect::<Vec<_>>();
        // Beneath words drawn out, and where nothing at all was written; not the 4 s in which nobody speaks.
        let (first, second) = (Span::new(Millis(2_400), Millis(5_600)), Span::new(Millis(7_900), Millis(12_000)));
        assert_eq!(marks(&near), [first, second, near[2]]);
        // A pause between words in which the class babbles is nobody near.
        let babble = [Span::new(Millis(0), Millis(18_000))];
        assert_eq!(not_understood(&transcript, &babble, &[]), []);
        // What is marked already is not marked again.
        let marked = Transcript { untranscribed: vec![Untranscribed { span: second, reason: NoWords::RepeatsRemoved }], ..transcript.clone() };
        assert_eq!(not_understood(&marked, &[], &near[..1]).iter().map(|mark| mark.span).collect::<Vec<_>>(), [first]);
    }

    #[test]
    fn a_long_pause_is_left_out_and_the_clock_stays_true() {
        let speech = [Span::new(Millis(1000), Millis(3000)), Span::new(Millis(13_000), Millis(15_000))];
        let window = windows(&vec![0.0; 16_000 * 20], &speech).remove(0);
        assert_eq!(window.length(), Millis(4000 + 4 * PAD.0));
        // In the first stretch, just in the second, and across the seam with its middle in the second.
        let (first, seam) = (PAD.0, 2 * PAD.0 + 2000);
        let placed = window.on_the_clock(vec![word("a", first, first + 200), word("b", seam + PAD.0, seam + PAD.0 + 200), word("c", seam - 100, seam + 700)]);
        let starts: Vec<Millis> = placed.iter().map(|word| word.span.start()).collect();
        assert_eq!(starts, [Millis(1000), Millis(13_000), Millis(13_000 - PAD.0)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn windows_hold_all_speech_are_short_and_share_nothing(lengths in prop::collection::vec((10_i64..70_000, 250_i64..9000), 1..12)) {
            let mut at = 0;
            let mut speech = Vec::new();
            for (length, pause) in lengths {
                speech.push(Span::new(Millis(at + pause), Millis(at + pause + length)));
                at += pause + length;
            }
            let samples = vec![0.0; Millis(at + 100).samples(RATE)];
            let windows = windows(&samples, &speech);
            prop_assert!(windows.iter().all(|window| window.length() <= Millis(30_000)));
            prop_assert!(windows.windows(2).all(|pair| pair[0].span().end() <= pair[1].span().start()));
            for span in &speech {
                let held: i64 = windows.iter().flat_map(|window| &window.pieces).filter_map(|piece| piece.overlap(*span)).map(|shared| shared.length().0).sum();
                prop_assert_eq!(held, span.length().0);
            }
        }
    }
}
