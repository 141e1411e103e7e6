//! What of the recogniser's words stands, judged once by the sound beneath them when all of it is known.
//!
//! A word over speech near the microphone stands, however unsure: a child's words are the ones the recogniser is least sure of. What goes is what
//! has no speech near it, and what was said over and over without the sound for it. Where speech has no words, or none that is sure, it is marked.

use crate::conference::{Millis, NoWords, Span, Transcript, Untranscribed, Word, is_spaceless, union};

/// A word must have speech beneath it or this near: the recogniser's times are rough, and detectors begin late and end early.
const SPEECH_REACH: Millis = Millis(400);
/// The first words of a breath may be written still earlier, where the chunk begins: one that touches a word that stands, this near.
const EARLIER: Millis = Millis(1_000);
const TOUCHING: Millis = Millis(100);
/// Speech this long without a word is heard again, and marked when nothing comes of it.
const WORTH_HEARING: Millis = Millis(600);
/// Speech with fewer letters a second than this was written down in part: other words were drawn out over it. Children who read slowly say eight.
const FEWEST_LETTERS: f32 = 4.0;
/// That is looked at in stretches this long, one every so often, of breaths that are hardly apart, where there is this much speech; less may be one word.
const LOOKED_AT: Millis = Millis(1_500);
const LOOK_EVERY: Millis = Millis(250);
const HARDLY_APART: Millis = Millis(500);
const LEAST_LOOK: Millis = Millis(700);
/// No word lasts longer than what is heard at once.
const CHUNK: Millis = Millis(30_000);
/// A word of which the place is known better moves by this much at least.
const DRAWN: Millis = Millis(300);
/// What is heard between words that were heard before may be put in this near a passage.
const BESIDE: Millis = Millis(3_000);
/// No word that was drawn out stands farther than this from where it was said.
const ELSEWHERE: Millis = Millis(12_000);
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
pub(super) fn supported_words(words: &[Word], near: &[Span]) -> (Vec<Word>, Vec<Untranscribed>) {
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
pub(super) fn speech_without_words(words: &[Word], marks: &[Untranscribed], near: &[Span]) -> Vec<Span> {
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

/// Stretches of near speech with so few words that others must have been drawn out over what was missed: worth hearing again.
pub(super) fn sparse_speech(words: &[Word], marks: &[Untranscribed], near: &[Span]) -> Vec<Span> {
    let failed: Vec<Span> = marks.iter().filter(|mark| mark.reason == NoWords::EngineFailed).map(|mark| mark.span).collect();
    let letters = |look: Span| {
        let share = |word: &Word| look.overlap(word.span).map_or(0.0, |shared| shared.length().secs() / word.span.length().secs().max(0.01)) as f32;
        let (from, to) = (words.partition_point(|word| word.span.start() < look.start() - CHUNK), words.partition_point(|word| word.span.start() < look.end()));
        words[from..to].iter().map(|word| letters(word) * share(word)).sum::<f32>()
    };
    let spoken = |look: Span| beside(near, look).filter_map(|span| span.overlap(look)).map(|shared| shared.length()).sum::<Millis>();
    let is_thin = |look: &Span| {
        let spoken = spoken(*look);
        spoken >= LEAST_LOOK && failed.iter().all(|span| span.overlap(*look).is_none()) && letters(*look) < FEWEST_LETTERS * spoken.secs() as f32
    };
    let breaths = near.chunk_by(|a, b| b.start() - a.end() <= HARDLY_APART).map(|spans| Span::new(spans[0].start(), spans[spans.len() - 1].end()));
    let looks = breaths.flat_map(|breath| {
        let last = (breath.end() - LOOKED_AT).max(breath.start());
        let starts = (breath.start().0..last.0).step_by(LOOK_EVERY.0 as usize).map(Millis).chain([last]);
        starts.map(move |start| Span::new(start, (start + LOOKED_AT).min(breath.end())))
    });
    union(looks.filter(is_thin))
}

/// How many letters a word has, as long as one of Latin takes to say.
fn letters(word: &Word) -> f32 {
    let weight = |letter: char| match letter {
        '0'..='9' => 4.0,
        letter if is_spaceless(letter) => 3.0,
        // Syllables of Korean and Ethiopic.
        '가'..='힣' | '\u{1200}'..='\u{137f}' => 2.5,
        letter if letter.is_alphabetic() => 1.0,
        _ => 0.0,
    };
    word.text.chars().map(weight).sum()
}

/// Passages whose words were missed, heard again.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Retranscription {
    pub passages: Vec<Span>,
    /// What was heard with them.
    pub around: Span,
    pub words: Vec<Word>,
}

/// Puts in the words that were missed and were heard now. No word that stands is lost; one that was drawn out over something else moves to where it was
/// heard now.
pub(super) fn insert_missed_words(words: &mut Vec<Word>, again: &Retranscription) {
    let Retranscription { passages, around, words: heard } = again;
    let is_around = |word: &Word| around.contains(word.span.middle());
    let first = words.iter().position(is_around).unwrap_or_else(|| words.partition_point(|word| word.span.middle() < around.middle()));
    let end = words.iter().rposition(is_around).map_or(first, |last| last + 1);
    let (before, stood, after) = (&words[..first], &words[first..end], &words[end..]);
    let both = aligned_words(stood, heard);
    // Each with whether its place is known.
    let mut put: Vec<(Word, bool)> = Vec::new();
    let (mut was, mut now) = (0, 0);
    for (at, &(next, next_heard)) in both.iter().chain([&(stood.len(), heard.len())]).enumerate() {
        let (is_first, is_last) = (at == 0, at == both.len());
        let stands = &stood[was..next];
        // What stands beside all of it was heard in part.
        let more =
            if is_first { without_echo(&heard[now..next_heard], before, after, is_last) } else { without_echo(&heard[now..next_heard], &[], after, is_last) };
        let reach = if is_first || is_last { WORD_REACH } else { BESIDE };
        let mut stands_left = stands.iter().peekable();
        for run in runs(more, passages, reach).into_iter().filter(|run| is_worth_inserting(run, stands, is_first || is_last)) {
            while let Some(word) = stands_left.next_if(|word| word.span.middle() < run[0].span.middle()) {
                put.push((word.clone(), false));
            }
            put.extend(run.iter().map(|word| (word.clone(), true)));
        }
        put.extend(stands_left.map(|word| (word.clone(), false)));
        if !is_last {
            put.push((moved(&stood[next], &heard[next_heard]), true));
        }
        (was, now) = (next + 1, next_heard + 1);
    }
    words.splice(first..end, placed(&put));
    words.sort_by_key(|word| word.span.start());
}

/// Words without those at their outer ends that are the nearest of what stands before and, where they are the last, after them.
fn without_echo<'a>(words: &'a [Word], before: &[Word], after: &[Word], is_last: bool) -> &'a [Word] {
    let bare = |word: &Word| word.bare();
    let own: Vec<String> = words.iter().map(bare).collect();
    let tail = if is_last { echoed(&own, &after.iter().take(own.len()).map(bare).collect::<Vec<String>>()) } else { 0 };
    let backwards: Vec<String> = own.iter().rev().cloned().collect();
    let head = echoed(&backwards, &before.iter().rev().take(own.len()).map(bare).collect::<Vec<String>>());
    &words[head.min(words.len() - tail)..words.len() - tail]
}

/// How many words at the end of some are the first of what follows. One word over and over is said again; two different ones are an echo.
fn echoed(own: &[String], next: &[String]) -> usize {
    let is_echo = |count: &usize| own[own.len() - count..] == next[..*count] && next[..*count].iter().any(|text| *text != next[0]);
    (2..=own.len().min(next.len())).rev().find(is_echo).unwrap_or(0)
}

/// The words in and beside each passage, as one run each.
fn runs<'a>(words: &'a [Word], passages: &[Span], reach: Millis) -> Vec<&'a [Word]> {
    let distance = |word: &Word, passage: &Span| (passage.start() - word.span.middle()).max(word.span.middle() - passage.end()).max(Millis::ZERO);
    let nearest = |word: &Word| passages.iter().map(|passage| distance(word, passage)).enumerate().min_by_key(|(_, distance)| *distance);
    let of = |word: &Word| nearest(word).filter(|(_, distance)| *distance < reach).map(|(passage, _)| passage);
    words.chunk_by(|a, b| of(a) == of(b)).filter(|run| of(&run[0]).is_some()).collect()
}

/// Whether words heard now are sure enough, and much more than what stands in their place.
fn is_worth_inserting(run: &[Word], stands: &[Word], is_at_edge: bool) -> bool {
    let (start, end) = (run[0].span.start(), run[run.len() - 1].span.end().max(run[0].span.start()));
    let place = Span::new(start - WORD_REACH, end + WORD_REACH);
    // Between words that were heard both times all that stands is in the place of what was heard now.
    let there = stands.iter().filter(|word| !is_at_edge || place.overlap(word.span).is_some());
    let is_more = run.iter().map(letters).sum::<f32>() > 2.0 * there.map(letters).sum::<f32>();
    is_more && run.iter().map(|word| word.confidence).sum::<f32>() >= SURE_ENOUGH * run.len() as f32
}

/// The most words, in order, that stand and were heard now: of the same ones those whose times are nearest.
fn aligned_words(stood: &[Word], heard: &[Word]) -> Vec<(usize, usize)> {
    let bare = |words: &[Word]| words.iter().map(Word::bare).collect::<Vec<String>>();
    let (texts, others) = (bare(stood), bare(heard));
    let worth = |at: usize, other: usize| {
        let apart = (stood[at].span.start() - heard[other].span.start()).secs().abs();
        (texts[at] == others[other] && apart < ELSEWHERE.secs()).then(|| 1.0 - apart / 60.0)
    };
    // What is to be had from here to both ends.
    let mut best = vec![vec![0.0_f64; heard.len() + 1]; stood.len() + 1];
    for at in (0..stood.len()).rev() {
        for other in (0..heard.len()).rev() {
            let taken = worth(at, other).map_or(0.0, |worth| worth + best[at + 1][other + 1]);
            best[at][other] = taken.max(best[at + 1][other]).max(best[at][other + 1]);
        }
    }
    let (mut at, mut other, mut both) = (0, 0, Vec::new());
    while at < stood.len() && other < heard.len() {
        if best[at][other] == best[at + 1][other] {
            at += 1;
        } else if best[at][other] == best[at][other + 1] {
            other += 1;
        } else {
            both.push((at, other));
            (at, other) = (at + 1, other + 1);
        }
    }
    // One word alone is soon said again by somebody else.
    let is_near =
        |&(at, other): &(usize, usize)| (stood[at].span.start() - heard[other].span.start()).max(heard[other].span.start() - stood[at].span.start()) < BESIDE;
    let follows = |a: (usize, usize), b: (usize, usize)| a.0 + 1 == b.0 && a.1 + 1 == b.1;
    let is_one_of_more =
        |place: usize| (place > 0 && follows(both[place - 1], both[place])) || both.get(place + 1).is_some_and(|&next| follows(both[place], next));
    (0..both.len()).filter(|&place| is_near(&both[place]) || is_one_of_more(place)).map(|place| both[place]).collect()
}

/// A word that stands, where it was heard now if it had been drawn out over something else.
fn moved(word: &Word, heard: &Word) -> Word {
    let apart = (heard.span.start() - word.span.start()).max(word.span.start() - heard.span.start()).max(word.span.end() - heard.span.end());
    if apart >= DRAWN && heard.span.length() <= longest(heard) { Word { span: heard.span, ..word.clone() } } else { word.clone() }
}

/// Words in their order, none earlier than the one before it or longer than to the next whose place is known, and those whose place is not known before
/// that.
fn placed(words: &[(Word, bool)]) -> Vec<Word> {
    let mut from = Millis::ZERO;
    let mut placed = Vec::with_capacity(words.len());
    for (at, (word, is_known)) in words.iter().enumerate() {
        let next = words[at + 1..].iter().find(|(_, is_known)| *is_known).map_or(word.span.end(), |(next, _)| next.span.start());
        let start = word.span.start().max(from);
        let start = if *is_known { start } else { start.min(next.max(from)) };
        let span = Span::new(start, word.span.end().min(next).max(start));
        from = span.start();
        placed.push(Word { span, ..word.clone() });
    }
    placed
}

/// Marks the near speech that has no words, and the passages whose words are unsure throughout.
pub(super) fn mark(transcript: &mut Transcript, near: &[Span]) {
    let looped: Vec<Span> = transcript.untranscribed.iter().map(|mark| mark.span).collect();
    let missed = speech_without_words(&transcript.words, &transcript.untranscribed, near)
        .into_iter()
        .filter(|span| looped.iter().all(|mark| mark.overlap(*span).is_none()));
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

    fn inserted(words: &[Word], again: &Retranscription) -> Vec<Word> {
        let mut words = words.to_vec();
        insert_missed_words(&mut words, again);
        words
    }

    fn again(passages: &[Span], around: Span, words: &[Word]) -> Retranscription {
        Retranscription { passages: passages.to_vec(), around, words: words.to_vec() }
    }

    #[test]
    fn a_word_stands_by_the_speech_beneath_it_and_not_by_how_sure_it_is() {
        let near = [span(1_000, 3_000)];
        let words = [word("hello", 1_200, 1_600, 0.02), word("Thank", 6_000, 6_400, 0.99), word("you.", 6_400, 6_800, 0.99)];
        assert_eq!(supported_words(&words, &near), (vec![words[0].clone()], vec![]));
        assert_eq!(supported_words(&words, &[]), (vec![], vec![]), "where nobody near speaks there are no words");
    }

    #[test]
    fn a_loop_is_taken_out_and_marked_and_a_child_who_says_really_seven_times_is_not() {
        let near = [span(0, 10_000)];
        let looped: Vec<Word> = (0..10).flat_map(|n| [word("I", n * 100, n * 100 + 40, 0.9), word("know.", n * 100 + 50, n * 100 + 90, 0.9)]).collect();
        let (kept, taken) = supported_words(&looped, &near);
        assert_eq!((kept.len(), taken.len(), taken[0].reason), (2, 1, NoWords::RepeatsRemoved));
        let honest: Vec<Word> = (0..7).map(|n| word("really,", n * 500, n * 500 + 350, 0.7)).collect();
        assert_eq!(supported_words(&honest, &near), (honest.clone(), vec![]));
        // The same words over a pause are nobody's.
        let (kept, taken) = supported_words(&honest, &[span(0, 900)]);
        assert_eq!((kept.len(), taken.len()), (3, 0), "what is not near is gone before anything is counted");
    }

    #[test]
    fn what_the_recogniser_skipped_is_heard_again_and_a_pause_is_not() {
        let near = [span(0, 12_000), span(16_000, 18_000), span(30_000, 33_000)];
        let words = [word("I", 200, 400, 0.9), word("thought", 500, 6_000, 0.9), word("about", 6_000, 11_900, 0.9), word("it.", 16_000, 17_900, 0.9)];
        let expected = [span(2_250, 5_750), span(7_750, 12_000), span(30_000, 33_000)];
        assert_eq!(speech_without_words(&words, &[], &near), expected, "beneath words drawn out, and where nothing was written");
        let number = [word("2918557.", 200, 3_400, 0.4), word("I", 3_600, 3_900, 0.9)];
        assert_eq!(speech_without_words(&number, &[], &[span(0, 4_000)]), [], "a number that is said digit by digit has all its words");
        let failed = [Untranscribed { span: span(29_000, 34_000), reason: NoWords::EngineFailed }];
        assert_eq!(speech_without_words(&words, &failed, &near), expected[..2], "what no engine can do is not tried again");
        assert_eq!(speech_without_words(&[], &[], &[span(0, 500)]), []);
    }

    #[test]
    fn what_is_heard_again_is_put_in_where_it_is_sure_and_where_it_was_missing() {
        let heard = vec![word("my", 800, 1_000, 0.9), word("dog", 1_200, 1_500, 0.8), word("ran", 1_600, 1_900, 0.4), word("home", 2_600, 2_900, 0.9)];
        let (passage, around) = (span(1_100, 2_000), span(0, 4_000));
        assert_eq!(inserted(&heard[..1], &again(&[passage], around, &heard)), heard[..3]);
        let guessed: Vec<Word> = heard.iter().map(|word| Word { confidence: word.confidence / 2.0, ..word.clone() }).collect();
        assert_eq!(inserted(&heard[..1], &again(&[passage], around, &guessed)), heard[..1]);
        assert_eq!(inserted(&heard, &again(&[passage], around, &[])), heard, "what stands is there whether it is heard again or not");
        assert_eq!(inserted(&[], &again(&[span(0, 1)], span(0, 1), &[])), []);
    }

    #[test]
    fn a_word_at_the_edge_of_a_passage_is_put_in_unless_it_is_written_there() {
        let heard = [word("The", 800, 1_140, 0.9), word("middle,", 1_140, 1_900, 0.9), word("So", 2_060, 2_300, 0.9)];
        let written = [word("it?", 400, 750, 0.9), word("So,", 2_250, 2_400, 0.9)];
        let put = inserted(&written, &again(&[span(1_000, 2_000)], span(0, 4_000), &heard));
        assert_eq!(put, [&written[..1], &heard[..2], &written[1..]].concat());
    }

    #[test]
    fn words_drawn_out_over_a_passage_move_to_their_own_place() {
        // "I'm going to write it." of a child was missed; the teacher's words after it lie over it.
        let written = [
            word("do?", 0, 400, 0.9),
            word("I", 900, 1_000, 0.9),
            word("love", 1_000, 2_600, 0.9),
            word("that", 2_600, 4_600, 0.9),
            word("plan.", 4_700, 5_200, 0.9),
        ];
        let near = [span(0, 500), span(1_000, 3_000), span(3_600, 5_300)];
        let sparse_speech = sparse_speech(&written, &[], &near);
        assert!(sparse_speech[0].overlap(span(1_500, 2_500)).is_some(), "{sparse_speech:?}");
        let heard = [
            word("do?", 100, 400, 0.9),
            word("I'm", 1_000, 1_200, 0.8),
            word("going", 1_300, 1_700, 0.9),
            word("to", 1_700, 1_800, 0.9),
            word("write", 1_900, 2_300, 0.9),
            word("it.", 2_400, 2_800, 0.9),
            word("I", 3_700, 3_800, 0.9),
            word("love", 3_800, 4_200, 0.9),
            word("that", 4_300, 4_600, 0.9),
            word("plan.", 4_700, 5_200, 0.9),
        ];
        let put = inserted(&written, &again(&sparse_speech, span(0, 5_500), &heard));
        assert_eq!(put[1..], heard[1..]);
        assert_eq!(put[0], written[0], "what was not drawn out is where it was");
        assert_eq!(super::sparse_speech(&put, &[], &near), []);
    }

    #[test]
    fn slow_and_short_speech_is_not_thin() {
        let near = [span(0, 4_400), span(6_000, 6_600)];
        let slow: Vec<Word> =
            ["The", "dog", "ran", "to", "the", "park", "and", "barked."].iter().zip(0..).map(|(text, at)| word(text, at * 550, at * 550 + 400, 0.9)).collect();
        assert_eq!(sparse_speech(&slow, &[], &near[..1]), []);
        assert_eq!(sparse_speech(&[word("2918557.", 0, 4_400, 0.4)], &[], &near), [], "a number that is said digit by digit");
        assert_eq!(sparse_speech(&[word("我的狗跑到公園去了", 0, 4_400, 0.4)], &[], &near), []);
        assert_eq!(sparse_speech(&slow[..4], &[Untranscribed { span: span(2_000, 7_000), reason: NoWords::EngineFailed }], &near), [], "no engine can do it");
    }

    #[test]
    fn the_first_word_of_a_breath_stands_where_it_is_written_too_early() {
        let near = [span(740, 1_700)];
        let words = [word("Hi", 148, 300, 0.9), word("Maya,", 328, 888, 0.6), word("can", 1_128, 1_498, 0.9), word("Bye.", 2_140, 2_300, 0.9)];
        assert_eq!(supported_words(&words, &near).0, words[..3]);
        let alone = [word("Hi", 20, 150, 0.9), word("Maya,", 428, 888, 0.6)];
        assert_eq!(supported_words(&alone, &near).0, alone[1..], "it does not touch what is said");
    }

    #[test]
    fn what_stands_beside_a_passage_is_not_written_for_it_once_more() {
        let said =
            |texts: &[&str], from: i64| texts.iter().zip(0..).map(|(text, at)| word(text, from + at * 300, from + at * 300 + 250, 0.99)).collect::<Vec<_>>();
        let (passage, around) = (span(2_000, 4_000), span(500, 8_000));
        let written = [said(&["My", "dog"], 1_000), said(&["Oh,", "I", "see."], 4_100)].concat();
        let put =
            |heard: Vec<Word>| inserted(&written, &again(&[passage], around, &heard)).into_iter().map(|word| word.text).collect::<Vec<String>>().join(" ");
        assert_eq!(put(said(&["oh", "I", "see"], 2_100)), "My dog Oh, I see.", "what follows");
        assert_eq!(put(said(&["he", "ran", "Oh", "I"], 2_100)), "My dog he ran Oh, I see.");
        assert_eq!(put(said(&["My", "dog", "ran"], 2_100)), "My dog ran Oh, I see.", "what was before");
        assert_eq!(put([said(&["Oh", "I", "see", "him"], 2_100), said(&["Oh", "I", "see"], 4_100)].concat()), "My dog Oh I see him Oh, I see.");
        let twice = [said(&["Really,", "really?"], 4_100), said(&["Oh."], 7_900)].concat();
        let four = [said(&["really", "really"], 2_100), said(&["really", "really"], 4_100)].concat();
        assert_eq!(inserted(&twice, &again(&[passage], around, &four)).len(), 5, "a child who says it four times");
        let ends = |more: Vec<Word>, last: Vec<Word>| [said(&["My", "dog"], 1_000), more, said(&["And"], 7_000), last].concat();
        let later = ends(vec![], said(&["Oh,", "I", "see."], 9_000));
        let put = inserted(&later, &again(&[passage], around, &ends(said(&["oh", "I", "see"], 2_100), vec![])));
        assert_eq!(put.len(), 9, "between words that were heard both times it is no echo of what is said again later");
    }

    #[test]
    fn a_word_between_two_passages_stays_between_them() {
        let passages = [span(1_000, 4_000), span(8_000, 11_000)];
        let said = |from: i64| {
            ["I", "made", "it", "last", "week", "there"].into_iter().zip(0..).map(move |(text, at)| word(text, from + at * 450, from + at * 450 + 400, 0.9))
        };
        let heard: Vec<Word> = said(1_000).chain(said(8_000)).collect();
        let put = inserted(&[word("Mhm.", 5_500, 5_900, 0.9)], &again(&passages, span(0, 12_000), &heard));
        assert_eq!((put.len(), put[6].text.as_str(), put[6].span), (13, "Mhm.", span(5_500, 5_900)), "{put:?}");
        // Each passage by itself: one that is only a guess does not go in with the other.
        let guessed: Vec<Word> = said(1_000).chain(said(8_000).map(|word| Word { confidence: 0.2, ..word })).collect();
        assert_eq!(inserted(&[], &again(&passages, span(0, 12_000), &guessed)).len(), 6);
    }

    #[test]
    fn a_word_does_not_move_to_where_somebody_else_says_it() {
        let okay = [word("Okay.", 6_500, 6_900, 0.9)];
        let heard = [word("My", 12_000, 12_300, 0.9), word("story", 12_300, 12_700, 0.9), word("is", 12_700, 12_800, 0.9), word("okay.", 12_800, 13_200, 0.9)];
        let put = inserted(&okay, &again(&[span(2_000, 5_000), span(12_000, 13_500)], span(0, 14_000), &heard));
        assert_eq!((put[0].clone(), put.len()), (okay[0].clone(), 5), "{put:?}");
    }

    #[test]
    fn words_that_stand_elsewhere_too_do_not_keep_a_passage_out() {
        let said =
            |text: &str, from: i64| text.split(' ').zip(0..).map(|(text, at)| word(text, from + at * 300, from + at * 300 + 250, 0.9)).collect::<Vec<Word>>();
        let put = inserted(
            &said("and then what", 500),
            &again(&[span(7_000, 11_000)], span(6_700, 11_300), &said("and then we went home and then my dog ate it", 7_000)),
        );
        assert_eq!(put.len(), 14, "{put:?}");
    }

    #[test]
    fn a_word_drawn_out_to_the_right_ends_where_it_was_heard_to_end() {
        let heard = [word("do?", 0, 400, 0.9), word("I", 1_000, 1_100, 0.9), word("write", 1_200, 1_600, 0.9), word("stories", 1_700, 2_400, 0.9)];
        let put = inserted(&[word("do?", 0, 4_000, 0.9)], &again(&[span(900, 2_600)], span(0, 4_000), &heard));
        assert_eq!(put, heard);
        // One that was heard drawn out now stays where it stands.
        let stands = [word("the", 3_000, 3_200, 0.9)];
        assert_eq!(inserted(&stands, &again(&[span(3_500, 4_500)], span(2_000, 7_000), &[word("the", 3_600, 6_000, 0.9)])), stands);
    }

    /// Found by chance.
    #[test]
    fn words_of_the_same_moment_are_put_in_once() {
        let made = |words: &[(usize, i64, i64)], sure: f32| {
            words.iter().map(|&(text, start, length)| word(["no", "yes", "dog", "ran"][text], start, start + length, sure)).collect::<Vec<Word>>()
        };
        let mut words = made(&[(2, 6764, 0), (0, 6764, 0), (3, 5828, 0), (1, 3965, 0), (2, 2293, 726), (0, 2293, 0)], 0.8);
        let mut heard = made(&[(1, 6675, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0), (0, 0, 0), (0, 6675, 0), (2, 6465, 0)], 0.9);
        words.sort_by_key(|word| word.span.start());
        heard.sort_by_key(|word| word.span.start());
        let put = inserted(&words, &again(&[span(3_761, 3_765)], span(761, 6_765), &heard));
        assert!(put.is_sorted_by_key(|word| word.span.start()) && put.iter().filter(|word| word.confidence == 0.8).count() == words.len(), "{put:?}");
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
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Whatever is heard again, no word that stands is lost, and nothing is put in that was not heard in the passage.
        #[test]
        fn no_word_that_stands_is_lost_to_what_is_heard_again(
            words in prop::collection::vec((0_usize..4, 0_i64..12_000, 0_i64..900), 0..30),
            heard in prop::collection::vec((0_usize..4, 0_i64..12_000, 0_i64..900), 0..30),
            passage in (0_i64..10_000, 1_i64..3_000),
        ) {
            let made = |words: Vec<(usize, i64, i64)>, sure: f32| {
                let mut words: Vec<Word> = words.into_iter().map(|(text, start, length)| word(["no", "yes", "dog", "ran"][text], start, start + length, sure)).collect();
                words.sort_by_key(|word| word.span.start());
                words
            };
            let (words, heard, passage) = (made(words, 0.8), made(heard, 0.9), span(passage.0, passage.0 + passage.1));
            let put = inserted(&words, &again(&[passage], span(passage.start().0 - 3_000, passage.end().0 + 3_000), &heard));
            prop_assert!(put.is_sorted_by_key(|word| word.span.start()));
            let mut texts: Vec<&str> = put.iter().filter(|word| word.confidence == 0.8).map(|word| word.text.as_str()).collect();
            let mut stood: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            texts.sort_unstable();
            stood.sort_unstable();
            prop_assert_eq!(texts, stood);
            prop_assert!(put.iter().filter(|word| word.confidence == 0.9).all(|word| heard.iter().any(|heard| heard.text == word.text)));
        }

        /// Nothing said over near speech is lost but repeats, and those are marked.
        #[test]
        fn every_word_over_near_speech_stands_or_is_a_marked_repeat(
            words in prop::collection::vec((0_usize..3, 0_i64..20_000, 0_i64..900, 0.0_f32..1.0), 0..60),
            near in prop::collection::vec((0_i64..20_000, 1_i64..3_000), 0..8),
        ) {
            let near = union(near.into_iter().map(|(start, length)| span(start, start + length)));
            let words: Vec<Word> = words.into_iter().map(|(text, start, length, sure)| word(["no", "yes", "dog"][text], start, start + length, sure)).collect();
            let (kept, taken) = supported_words(&words, &near);
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
