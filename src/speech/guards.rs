//! What of the recogniser's words stands, judged once by the sound beneath them when all of it is known.
//!
//! A word over speech near the microphone stands, however unsure: a child's words are the ones the recogniser is least sure of. What goes is what
//! has no speech near it, and what was said over and over without the sound for it. Where speech has no words, or none that is sure, it is marked.

use super::windows::CONTEXT;
use crate::conference::{Millis, NoWords, Span, Transcript, Untranscribed, Word, union};

/// A word must have speech beneath it or this near: the recogniser's times are rough, and detectors begin late and end early.
const SPEECH_REACH: Millis = Millis(400);
/// The first words of a breath may be written still earlier, where the window begins: one that touches a word that stands, this near.
const EARLIER: Millis = Millis(1_000);
const TOUCHING: Millis = Millis(100);
/// Speech this long without a word is heard again, and marked when nothing comes of it.
const WORTH_HEARING: Millis = Millis(600);
/// A word is written over its sound and a little around it.
const WORD_REACH: Millis = Millis(250);
/// A word that is said to last longer was drawn out over something else.
const LONGEST_WORD: Millis = Millis(1_500);
/// Of a number each digit may be a word of its own: "8557".
const LONGEST_DIGIT: Millis = Millis(600);
/// The same words this often in a row may be a loop.
const LOOP: usize = 4;
/// Longest run of words looked at for a loop.
const LOOP_WORDS: usize = 12;
/// The least time of speech that a word takes: eight words a second are more than anybody says.
const QUICKEST_WORD: Millis = Millis(120);
/// Words heard again that are as sure as this on average are put in.
const SURE_ENOUGH: f32 = 0.5;
/// Words are unsure throughout where most of them are, and their mean is below this.
const UNSURE: f32 = 0.45;
/// Of two unsure words the second follows the first, or one sure word lies between.
const APART: usize = 2;
/// Fewer words than these are dotted one by one.
const PASSAGE: usize = 3;
/// Unsure words this far from one another are two passages.
const JOINED: Millis = Millis(1_000);

/// The words that stand, in order of time, and where loops were taken out. `near`: where somebody near speaks, sorted and disjoint.
pub(super) fn standing(words: &[Word], near: &[Span]) -> (Vec<Word>, Vec<Untranscribed>) {
    let reach = union(near.iter().map(|span| Span::new(span.start() - SPEECH_REACH, span.end() + SPEECH_REACH)));
    let is_near = |at: Millis| beside(&reach, Span::new(at, at + Millis(1))).next().is_some();
    let early = union(near.iter().map(|span| Span::new(span.start() - EARLIER, span.start())));
    let mut words: Vec<Word> = words.to_vec();
    words.sort_by_key(|word| word.span.start());
    let mut stands: Vec<bool> = words.iter().map(|word| is_near(word.span.middle()) || is_near(word.span.start())).collect();
    for (at, pair) in words.windows(2).enumerate().rev() {
        let touches = pair[1].span.start() - pair[0].span.end() <= TOUCHING && beside(&early, pair[0].span).next().is_some();
        stands[at] |= stands[at + 1] && touches;
    }
    let mut stands = stands.into_iter();
    words.retain(|_| stands.next().unwrap_or(true));
    without_loops(words, near)
}

/// Stretches of near speech that have no words, or whose words went round in a loop: worth hearing again.
pub(super) fn unwritten(words: &[Word], marks: &[Untranscribed], near: &[Span]) -> Vec<Span> {
    let said = words.iter().map(|word| Span::new(word.span.start(), word.span.end().min(word.span.start() + longest(word))));
    let failed = marks.iter().filter(|mark| mark.reason == NoWords::EngineFailed).map(|mark| mark.span);
    let written = union(said.map(|span| Span::new(span.start() - WORD_REACH, span.end() + WORD_REACH)).chain(failed));
    near.iter().flat_map(|&span| span.without(beside(&written, span))).filter(|span| span.length() >= WORTH_HEARING).collect()
}

/// The longest that a word can take to say.
fn longest(word: &Word) -> Millis {
    let digits = word.text.chars().filter(char::is_ascii_digit).count() as i64;
    LONGEST_WORD.max(Millis(LONGEST_DIGIT.0 * digits))
}

/// Of what was heard again of a passage the words to put in: those within it, if they are sure enough. Heard with a little around it, what stands beside
/// the passage may be written for it once more: `written` are the words that stand.
pub(super) fn put_in(words: Vec<Word>, passage: Span, written: &[Word]) -> Vec<Word> {
    let reach = Span::new(passage.start() - WORD_REACH, passage.end() + WORD_REACH);
    // What was not heard with it cannot be an echo: a teacher says again what the child said.
    let heard = Span::new(passage.start() - CONTEXT, passage.end() + CONTEXT);
    let is_heard = |word: &&Word| word.span.overlap(heard).is_some();
    let (before, after) = written.split_at(written.partition_point(|word| word.span.middle() < passage.middle()));
    let (before, after): (Vec<&Word>, Vec<&Word>) = (before.iter().rev().take_while(is_heard).collect(), after.iter().take_while(is_heard).collect());
    let is_written = |word: &Word| !passage.contains(word.span.middle()) && before.iter().chain(&after).any(|other| other.span.overlap(word.span).is_some());
    let mut within: Vec<Word> = words.into_iter().filter(|word| reach.contains(word.span.middle()) && !is_written(word)).collect();
    let texts = |words: &[&Word]| words.iter().map(|word| word.bare()).collect::<Vec<String>>();
    let own: Vec<String> = within.iter().map(Word::bare).collect();
    let (tail, head) = (echoed(&own, &texts(&after)), echoed(&own.iter().rev().cloned().collect::<Vec<String>>(), &texts(&before)));
    within.truncate(within.len() - tail);
    within.drain(..head.min(within.len()));
    let sureness = within.iter().map(|word| word.confidence).sum::<f32>() / within.len().max(1) as f32;
    if sureness >= SURE_ENOUGH { within } else { Vec::new() }
}

/// How many words at the end of a passage are the first of what follows. One word over and over is said again; two different ones are an echo.
fn echoed(own: &[String], next: &[String]) -> usize {
    let is_echo = |count: &usize| own[own.len() - count..] == next[..*count] && next[..*count].iter().any(|text| *text != next[0]);
    (2..=own.len().min(next.len())).rev().find(is_echo).unwrap_or(0)
}

/// Marks the near speech that has no words, and the passages whose words are unsure throughout.
pub(super) fn mark(transcript: &mut Transcript, near: &[Span]) {
    let looped: Vec<Span> = transcript.untranscribed.iter().map(|mark| mark.span).collect();
    let missed =
        unwritten(&transcript.words, &transcript.untranscribed, near).into_iter().filter(|span| looped.iter().all(|mark| mark.overlap(*span).is_none()));
    let missed = missed.map(|span| Untranscribed { span, reason: NoWords::NotUnderstood });
    let unsure = unsure_passages(&transcript.words).into_iter().map(|span| Untranscribed { span, reason: NoWords::Unsure });
    let all: Vec<Untranscribed> = missed.chain(unsure).collect();
    transcript.untranscribed.extend(all);
    transcript.untranscribed.sort_by_key(|mark| mark.span);
}

/// Passages of which the words are unsure throughout.
fn unsure_passages(words: &[Word]) -> Vec<Span> {
    let unsure: Vec<usize> = (0..words.len()).filter(|&at| words[at].is_less_sure()).collect();
    let follows = |a: &usize, b: &usize| b - a <= APART && words[*b].span.start() - words[*a].span.end() < JOINED;
    let passages = unsure.chunk_by(follows).filter(|run| run.len() >= PASSAGE).map(|run| &words[run[0]..=run[run.len() - 1]]);
    let is_unsure = |passage: &&[Word]| passage.iter().map(|word| word.confidence).sum::<f32>() / (passage.len() as f32) < UNSURE;
    passages.filter(is_unsure).map(|passage| Span::new(passage[0].span.start(), passage[passage.len() - 1].span.end())).collect()
}

/// Those of sorted and disjoint spans that may share something with `span`.
fn beside(spans: &[Span], span: Span) -> impl Iterator<Item = Span> {
    let from = spans.partition_point(|other| other.end() <= span.start());
    spans[from..].iter().copied().take_while(move |other| other.start() < span.end())
}

/// Whether the recogniser may have fallen into saying the same words over and over.
pub(super) fn has_loop(words: &[Word]) -> bool {
    let bare: Vec<String> = words.iter().map(Word::bare).collect();
    (0..words.len()).any(|at| repeats(&bare, at).is_some())
}

/// The run of words that begins here and comes [`LOOP`] times or more in a row: how many words, and how often.
fn repeats(bare: &[String], at: usize) -> Option<(usize, usize)> {
    (1..=LOOP_WORDS).find_map(|run| {
        let is_again = |times: &usize| at + (times + 1) * run <= bare.len() && bare[at..at + run] == bare[at + times * run..at + (times + 1) * run];
        let times = 1 + (1..).take_while(is_again).count();
        (times >= LOOP).then_some((run, times))
    })
}

/// Words that come over and over stay when each has its own time of speech, as with a child who says "no, no, no, no"; else they are kept once.
fn without_loops(words: Vec<Word>, near: &[Span]) -> (Vec<Word>, Vec<Untranscribed>) {
    let bare: Vec<String> = words.iter().map(Word::bare).collect();
    let mut keep = vec![true; words.len()];
    let mut taken = Vec::new();
    let mut at = 0;
    while at < words.len() {
        let Some((run, times)) = repeats(&bare, at) else {
            at += 1;
            continue;
        };
        let (from, to) = (at + run, at + run * times);
        if !words[at..to].iter().all(|word| has_own_sound(word, near)) {
            keep[from..to].fill(false);
            taken.push(Untranscribed { span: Span::new(words[from].span.start(), words[to - 1].span.end()), reason: NoWords::RepeatsRemoved });
        }
        at = to;
    }
    let mut keep = keep.into_iter();
    (words.into_iter().filter(|_| keep.next().unwrap_or(true)).collect(), taken)
}

fn has_own_sound(word: &Word, near: &[Span]) -> bool {
    let spoken: Millis = beside(near, word.span).filter_map(|span| span.overlap(word.span)).map(|shared| shared.length()).sum();
    spoken >= QUICKEST_WORD && word.span.length() <= LONGEST_WORD
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn word(text: &str, start: i64, end: i64, confidence: f32) -> Word {
        Word { text: text.into(), span: Span::new(Millis(start), Millis(end)), confidence }
    }

    fn span(start: i64, end: i64) -> Span {
        Span::new(Millis(start), Millis(end))
    }

    #[test]
    fn a_word_stands_by_the_speech_beneath_it_and_not_by_how_sure_it_is() {
        let near = [span(1_000, 3_000)];
        let words = [word("hello", 1_200, 1_600, 0.02), word("Thank", 6_000, 6_400, 0.99), word("you.", 6_400, 6_800, 0.99)];
        assert_eq!(standing(&words, &near), (vec![words[0].clone()], vec![]));
        assert_eq!(standing(&words, &[]), (vec![], vec![]), "where nobody near speaks there are no words");
    }

    #[test]
    fn a_loop_is_taken_out_and_marked_and_a_child_who_says_really_seven_times_is_not() {
        let near = [span(0, 10_000)];
        let looped: Vec<Word> = (0..10).flat_map(|n| [word("I", n * 100, n * 100 + 40, 0.9), word("know.", n * 100 + 50, n * 100 + 90, 0.9)]).collect();
        let (kept, taken) = standing(&looped, &near);
        assert_eq!((kept.len(), taken.len(), taken[0].reason), (2, 1, NoWords::RepeatsRemoved));
        let honest: Vec<Word> = (0..7).map(|n| word("really,", n * 500, n * 500 + 350, 0.7)).collect();
        assert_eq!(standing(&honest, &near), (honest.clone(), vec![]));
        // The same words over a pause are nobody's.
        let (kept, taken) = standing(&honest, &[span(0, 900)]);
        assert_eq!((kept.len(), taken.len()), (3, 0), "what is not near is gone before anything is counted");
    }

    #[test]
    fn what_the_recogniser_skipped_is_heard_again_and_a_pause_is_not() {
        let near = [span(0, 12_000), span(16_000, 18_000), span(30_000, 33_000)];
        let words = [word("I", 200, 400, 0.9), word("thought", 500, 6_000, 0.9), word("about", 6_000, 11_900, 0.9), word("it.", 16_000, 17_900, 0.9)];
        let expected = [span(2_250, 5_750), span(7_750, 12_000), span(30_000, 33_000)];
        assert_eq!(unwritten(&words, &[], &near), expected, "beneath words drawn out, and where nothing was written");
        let number = [word("2918557.", 200, 3_400, 0.4), word("I", 3_600, 3_900, 0.9)];
        assert_eq!(unwritten(&number, &[], &[span(0, 4_000)]), [], "a number that is said digit by digit has all its words");
        let failed = [Untranscribed { span: span(29_000, 34_000), reason: NoWords::EngineFailed }];
        assert_eq!(unwritten(&words, &failed, &near), expected[..2], "what no engine can do is not tried again");
        assert_eq!(unwritten(&[], &[], &[span(0, 500)]), []);
    }

    #[test]
    fn what_is_heard_again_is_put_in_where_it_is_sure_and_where_it_was_missing() {
        let heard = vec![word("my", 800, 1_000, 0.9), word("dog", 1_200, 1_500, 0.8), word("ran", 1_600, 1_900, 0.4), word("home", 2_600, 2_900, 0.9)];
        assert_eq!(put_in(heard.clone(), span(1_100, 2_000), &heard[..1]), heard[1..3]);
        let guessed = heard.iter().map(|word| Word { confidence: word.confidence / 2.0, ..word.clone() }).collect();
        assert_eq!(put_in(guessed, span(1_100, 2_000), &heard[..1]), []);
        assert_eq!(put_in(vec![], span(0, 1), &[]), []);
    }

    #[test]
    fn a_word_at_the_edge_of_a_passage_is_put_in_unless_it_is_written_there() {
        let heard = [word("The", 800, 1_140, 0.9), word("middle,", 1_140, 1_900, 0.9), word("So", 2_060, 2_300, 0.9)];
        let written = [word("it?", 400, 750, 0.9), word("So,", 2_250, 2_400, 0.9)];
        assert_eq!(put_in(heard.to_vec(), span(1_000, 2_000), &written), heard[..2]);
    }

    #[test]
    fn the_first_word_of_a_breath_stands_where_it_is_written_too_early() {
        let near = [span(740, 1_700)];
        let words = [word("Hi", 148, 300, 0.9), word("Maya,", 328, 888, 0.6), word("can", 1_128, 1_498, 0.9), word("Bye.", 2_140, 2_300, 0.9)];
        assert_eq!(standing(&words, &near).0, words[..3]);
        let alone = [word("Hi", 20, 150, 0.9), word("Maya,", 428, 888, 0.6)];
        assert_eq!(standing(&alone, &near).0, alone[1..], "it does not touch what is said");
    }

    #[test]
    fn what_stands_beside_a_passage_is_not_written_for_it_once_more() {
        let said =
            |texts: &[&str], from: i64| texts.iter().zip(0..).map(|(text, at)| word(text, from + at * 300, from + at * 300 + 250, 0.99)).collect::<Vec<_>>();
        let passage = span(2_000, 4_000);
        let written = [said(&["My", "dog"], 1_000), said(&["Oh,", "I", "see."], 4_100)].concat();
        assert_eq!(put_in(said(&["oh", "I", "see"], 2_100), passage, &written), [], "what follows");
        assert_eq!(put_in(said(&["he", "ran", "Oh", "I"], 2_100), passage, &written), said(&["he", "ran"], 2_100));
        assert_eq!(put_in(said(&["My", "dog", "ran"], 2_100), passage, &written), said(&["My", "dog", "ran"], 2_100)[2..], "what was before");
        assert_eq!(put_in(said(&["I", "see", "him"], 2_100), passage, &written).len(), 3, "the same words elsewhere");
        let later = said(&["Oh,", "I", "see."], 5_100);
        assert_eq!(put_in(said(&["oh", "I", "see"], 2_100), passage, &later).len(), 3, "what is said again later was not heard with it");
        let again = said(&["really", "really"], 4_100);
        assert_eq!(put_in(said(&["really", "really"], 2_100), passage, &again).len(), 2, "a child who says it four times");
    }

    #[test]
    fn a_passage_that_is_unsure_throughout_is_marked_and_one_unsure_word_is_not() {
        let said = |unsure: &[i64]| (0..12).map(|n| word("word", n * 300, n * 300 + 250, if unsure.contains(&n) { 0.2 } else { 0.9 })).collect::<Vec<_>>();
        assert_eq!(unsure_passages(&said(&[6])), []);
        assert_eq!(unsure_passages(&said(&[4, 5, 6, 7])), [span(1_200, 2_350)]);
        assert_eq!(unsure_passages(&said(&[0, 11])), []);
        let mut transcript = Transcript { words: said(&[4, 5, 6, 7]), ..Transcript::default() };
        mark(&mut transcript, &[span(0, 3_600), span(8_000, 9_000)]);
        let reasons: Vec<NoWords> = transcript.untranscribed.iter().map(|mark| mark.reason).collect();
        assert_eq!((transcript.words.len(), reasons), (12, vec![NoWords::Unsure, NoWords::NotUnderstood]), "the words are still there");
    }

    proptest! {
        /// Nothing said over near speech is lost but repeats, and those are marked.
        #[test]
        fn every_word_over_near_speech_stands_or_is_a_marked_repeat(
            words in prop::collection::vec((0_usize..3, 0_i64..20_000, 0_i64..900, 0.0_f32..1.0), 0..60),
            near in prop::collection::vec((0_i64..20_000, 1_i64..3_000), 0..8),
        ) {
            let near = union(near.into_iter().map(|(start, length)| span(start, start + length)));
            let words: Vec<Word> = words.into_iter().map(|(text, start, length, sure)| word(["no", "yes", "dog"][text], start, start + length, sure)).collect();
            let (kept, taken) = standing(&words, &near);
            prop_assert!(kept.is_sorted_by_key(|word| word.span.start()));
            for word in words.iter().filter(|word| near.iter().any(|span| span.contains(word.span.start()))) {
                let is_marked = taken.iter().any(|mark| mark.span.start() <= word.span.start() && word.span.start() <= mark.span.end());
                prop_assert!(kept.contains(word) || is_marked, "{word:?}");
            }
            for word in &kept {
                let reach = Span::new(word.span.start() - SPEECH_REACH, word.span.end() + SPEECH_REACH);
                let is_near = near.iter().any(|span| span.overlap(reach).is_some() || span.start() == reach.end() || span.end() == reach.start());
                let begins = |span: &Span| span.start() - EARLIER <= word.span.end() && word.span.start() < span.start();
                let touches = |other: &Word| other.span.start() >= word.span.start() && other.span.start() - word.span.end() <= TOUCHING && other != word;
                prop_assert!(is_near || (near.iter().any(begins) && words.iter().any(touches)), "{word:?}");
            }
        }
    }
}
