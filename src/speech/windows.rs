//! From speech to the recogniser and back: windows cut at pauses, and the guards against words nobody said.

use super::whisper::Transcriber;
use crate::conference::{Millis, NoWords, Span, Transcript, Untranscribed, Word, union};
use crate::error::{ErrorKind, Result};

/// As long as latency allows: the recogniser works through 30 s whatever is in them, and hears better with more around.
const LONGEST: Millis = Millis(28_000);
/// A cut is looked for from here on.
const SHORTEST_CUT: Millis = Millis(14_000);
/// Sound kept around the speech of a window, so that no first or last syllable is lost.
const PAD: Millis = Millis(300);
/// A word must have speech beneath it or this near: detectors begin late and end early.
const SPEECH_REACH: Millis = Millis(400);
/// The same words this often in a row are a loop, not a person.
const LOOP: usize = 4;
/// Longest run of words looked at for a loop.
const LOOP_WORDS: usize = 12;
const RATE: u32 = 16_000;

/// Transcribes a whole recording: `speech` sorted and disjoint, words on the recording's clock. `check` hears how much is done between windows.
///
/// # Errors
/// What `check` says; [`ErrorKind::EngineFailed`] when not one window could be transcribed.
pub fn transcribe_all(
    transcriber: &mut dyn Transcriber,
    samples: &[f32],
    speech: &[Span],
    language: &str,
    check: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<Transcript> {
    let windows = windows(samples, speech);
    let mut transcript = Transcript { language: language.to_owned(), ..Transcript::default() };
    let mut failed = None;
    for (index, &window) in windows.iter().enumerate() {
        check(index as f32 / windows.len() as f32)?;
        let sound = &samples[window.start().samples(RATE).min(samples.len())..window.end().samples(RATE).min(samples.len())];
        match transcriber.transcribe(sound, language) {
            Ok(heard) => {
                if !heard.language.is_empty() {
                    transcript.language = heard.language;
                }
                let (words, repeats) = guarded(heard.words, window, speech);
                transcript.untranscribed.extend(repeats);
                transcript.words.extend(words);
            }
            Err(err) if err.kind == ErrorKind::EngineFailed => {
                tracing::warn!("a window could not be transcribed: {err}");
                transcript.untranscribed.push(Untranscribed { span: window, reason: NoWords::EngineFailed });
                failed = Some(err);
            }
            Err(err) => return Err(err),
        }
    }
    let nothing = transcript.words.is_empty() && !windows.is_empty();
    match failed {
        Some(err) if nothing => Err(err),
        _ => Ok(transcript),
    }
}

/// Windows of at most [`LONGEST`] speech with a little sound around, sorted and disjoint, that together hold all of `speech`.
#[must_use]
pub fn windows(samples: &[f32], speech: &[Span]) -> Vec<Span> {
    let mut pieces: Vec<Span> = speech.iter().flat_map(|&span| short_enough(samples, span)).collect();
    pieces.sort();
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    let mut first = 0;
    while first < pieces.len() {
        let begin = pieces[first].start();
        let fits = pieces[first..].iter().take_while(|piece| piece.end() - begin <= LONGEST).count().max(1);
        let end = if first + fits == pieces.len() { pieces.len() } else { best_cut(&pieces, first, first + fits) };
        cuts.push((first, end));
        first = end;
    }
    let whole = Millis::from_samples(samples.len() as u64, RATE);
    cuts.iter()
        .map(|&(first, end)| {
            // Half of the pause at most, so that windows never share sound.
            let before = first.checked_sub(1).map_or(PAD, |last| Millis((pieces[first].start() - pieces[last].end()).0 / 2));
            let after = pieces.get(end).map_or(PAD, |next| Millis((next.start() - pieces[end - 1].end()).0 / 2));
            let start = (pieces[first].start() - before.min(PAD)).max(Millis::ZERO);
            Span::new(start, (pieces[end - 1].end() + after.min(PAD)).min(whole))
        })
        .collect()
}

/// The cut before one of `first + 1 ..= most`: the longest pause, among those that leave a window of some length when there are any.
fn best_cut(pieces: &[Span], first: usize, most: usize) -> usize {
    let pause = |at: usize| pieces[at].start() - pieces[at - 1].end();
    let begin = pieces[first].start();
    let late = (first + 1..=most).filter(|&at| pieces[at - 1].end() - begin >= SHORTEST_CUT);
    late.max_by_key(|&at| (pause(at), at)).unwrap_or(most)
}

/// Speech without a pause for longer than a window is cut at its quietest places.
fn short_enough(samples: &[f32], span: Span) -> Vec<Span> {
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
fn quietest(samples: &[f32], within: Span) -> Millis {
    let step = RATE as usize / 10;
    let (from, to) = (within.start().samples(RATE), within.end().samples(RATE).min(samples.len()));
    let energy = |at: usize| samples[at..(at + step).min(samples.len())].iter().map(|x| x * x).sum::<f32>();
    let best = (from..to.saturating_sub(step)).step_by(step / 2).min_by(|&a, &b| energy(a).total_cmp(&energy(b))).unwrap_or(from);
    Millis::from_samples((best + step / 2) as u64, RATE)
}

/// The guards: times inside the window and in order, speech beneath each word, loops taken out with a mark.
fn guarded(words: Vec<Word>, window: Span, speech: &[Span]) -> (Vec<Word>, Vec<Untranscribed>) {
    let near: Vec<Span> = union(speech.iter().map(|span| Span::new(span.start() - SPEECH_REACH, span.end() + SPEECH_REACH)));
    let mut placed: Vec<Word> = Vec::with_capacity(words.len());
    let mut at = window.start();
    for word in words {
        let within = |moment: Millis| (moment + window.start()).max(at).min(window.end());
        let span = Span::new(within(word.span.start()), within(word.span.end()));
        at = span.start();
        placed.push(Word { span, ..word });
    }
    placed.retain(|word| near.iter().any(|span| span.contains(word.span.middle()) || span.contains(word.span.start())));
    without_loops(placed)
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
    use crate::error::Error;
    use crate::speech::Heard;
    use proptest::prelude::*;

    fn word(text: &str, start: i64, end: i64) -> Word {
        Word { text: text.into(), span: Span::new(Millis(start), Millis(end)), confidence: 0.9 }
    }

    #[test]
    fn words_without_speech_beneath_them_are_not_kept() {
        let speech = [Span::new(Millis(1000), Millis(3000))];
        let words = vec![word("Hello", 1200, 1600), word("Thank", 6000, 6400), word("you.", 6400, 6800)];
        let (kept, _) = guarded(words, Span::new(Millis(0), Millis(9000)), &speech);
        assert_eq!(kept.len(), 1);
    }

    #[test]
    fn a_loop_is_taken_out_and_marked_and_a_child_who_says_no_no_no_is_not() {
        let looped: Vec<Word> = (0..10).flat_map(|n| [word("I", n * 200, n * 200 + 90), word("know.", n * 200 + 100, n * 200 + 190)]).collect();
        let (kept, taken) = without_loops(looped);
        assert_eq!((kept.len(), taken.len(), taken[0].reason), (2, 1, NoWords::RepeatsRemoved));
        let honest: Vec<Word> = (0..3).map(|n| word("No,", n * 200, n * 200 + 90)).collect();
        assert_eq!(without_loops(honest.clone()), (honest, vec![]));
    }

    struct Scripted(Vec<Result<Heard>>);

    impl Transcriber for Scripted {
        fn transcribe(&mut self, _: &[f32], _: &str) -> Result<Heard> {
            self.0.remove(0)
        }
    }

    fn engine_failed() -> Result<Heard> {
        Err(Error::bare(ErrorKind::EngineFailed, "test"))
    }

    #[test]
    fn one_failed_window_is_marked_and_the_rest_is_intact() {
        let speech = [Span::new(Millis(0), Millis(20_000)), Span::new(Millis(30_000), Millis(50_000))];
        let heard = Heard { words: vec![word("Hi.", 500, 900)], language: "en".into() };
        let transcript = transcribe_all(&mut Scripted(vec![engine_failed(), Ok(heard)]), &vec![0.0; 16_000 * 60], &speech, "en", &mut |_| Ok(())).unwrap();
        assert_eq!(transcript.words.len(), 1);
        assert!(transcript.words[0].span.start() > Millis(30_000));
        assert_eq!(transcript.untranscribed[0].reason, NoWords::EngineFailed);
        let all_failed = transcribe_all(&mut Scripted(vec![engine_failed(), engine_failed()]), &vec![0.0; 16_000 * 60], &speech, "en", &mut |_| Ok(()));
        assert_eq!(all_failed.unwrap_err().kind, ErrorKind::EngineFailed);
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
            prop_assert!(windows.windows(2).all(|pair| pair[0].end() <= pair[1].start()));
            for span in &speech {
                let held: i64 = windows.iter().filter_map(|window| window.overlap(*span)).map(|shared| shared.length().0).sum();
                prop_assert_eq!(held, span.length().0);
            }
        }
    }
}
