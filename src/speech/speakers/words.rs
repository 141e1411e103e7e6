//! Whose words: the best path of speakers through the words, on the frames' scores. A sentence is one person's unless the sound says otherwise.

use super::diarize::{Diarization, SCORE_STEP};
use super::foreground::runs;
use super::single_speaker::best;
use crate::conference::{Millis, Span, Voice, VoiceSpan, Word, ends_clause};

/// Weight of the scores of a word's frames, and how far below the best each may put a voice.
const SCORE_WEIGHT: f32 = 0.4;
const LEAST_SCORE: f32 = -6.0;
/// Of a longer word only its end counts: the recogniser begins the first word after a pause too early.
const WORD_END: Millis = Millis(600);
/// A word without a scored frame has half of the nearest one's, if there is one within the second.
const FROM_NEAREST: f32 = 0.5;
const REACH: Millis = Millis(500);
/// What a change of speaker costs, in nats: inside a sentence, at its commas, between sentences, and after a pause at most.
const INSIDE: f32 = 12.0;
const AT_COMMA: f32 = 6.0;
const BETWEEN: f32 = 0.5;
const AFTER_PAUSE: f32 = 4.0;
const PAUSE: Millis = Millis(500);
/// What the teacher said of a frame puts all other voices further below than this.
const TOLD: f32 = -100.0;
/// Frames of 10 ms.
const FRAME: i64 = 10;

/// The voice of each word; none where no voice was heard.
fn voices_of_words(found: &Diarization, words: &[Word]) -> Vec<Option<usize>> {
    let count = found.centroids.len();
    let scored: Vec<Option<Vec<f32>>> = words.iter().map(|word| score_of(found, word.span)).collect();
    let mut path = vec![None; words.len()];
    let known: Vec<usize> = (0..words.len()).filter(|&at| scored[at].is_some()).collect();
    let Some(mut reached) = known.first().and_then(|&at| scored[at].clone()).filter(|_| count > 0) else { return path };
    let mut from: Vec<Vec<usize>> = Vec::with_capacity(known.len());
    for pair in known.windows(2) {
        let cost = cost_between(&words[pair[0]], &words[pair[1]]);
        let top = best(&reached);
        from.push((0..count).map(|voice| if reached[voice] >= reached[top] - cost { voice } else { top }).collect());
        let here = scored[pair[1]].as_deref().unwrap_or_default();
        reached = (0..count).map(|voice| here[voice] + reached[voice].max(reached[top] - cost)).collect();
    }
    let mut voice = best(&reached);
    for (at, back) in known.iter().rev().zip(from.iter().rev().map(Some).chain([None])) {
        path[*at] = Some(voice);
        voice = back.map_or(voice, |back| back[voice]);
    }
    path
}

/// How well each voice fits a word.
fn score_of(found: &Diarization, word: Span) -> Option<Vec<f32>> {
    let step = SCORE_STEP.0;
    let from = word.start().max(word.end() - WORD_END).0.max(0) / step;
    let to = ((word.end().0 + step - 1) / step).max(from + 1);
    let cell = |at: i64| usize::try_from(at).ok().and_then(|at| found.scores.get(at)).filter(|nats| !nats.is_empty());
    let floored = |nats: &f32| if *nats < TOLD { *nats } else { nats.max(LEAST_SCORE) };
    let inside: Vec<&Vec<f32>> = (from..to).filter_map(cell).collect();
    if !inside.is_empty() {
        return Some((0..inside[0].len()).map(|voice| SCORE_WEIGHT * inside.iter().map(|nats| floored(&nats[voice])).sum::<f32>()).collect());
    }
    let nearest = (1..=REACH.0 / step).find_map(|away| cell(from - away).or_else(|| cell(to - 1 + away)))?;
    Some(nearest.iter().map(|nats| SCORE_WEIGHT * FROM_NEAREST * floored(nats)).collect())
}

fn cost_between(before: &Word, after: &Word) -> f32 {
    let cost = if before.ends_sentence() {
        BETWEEN
    } else if ends_clause(&before.text) {
        AT_COMMA
    } else {
        INSIDE
    };
    if after.span.start() - before.span.end() > PAUSE { cost.min(AFTER_PAUSE) } else { cost }
}

/// Moves the edges of the voices to the words, so that each word lies in the speech of who says it.
pub fn snap_to_words(found: &mut Diarization, words: &[Word]) {
    if found.centroids.len() < 2 || found.scores.is_empty() {
        return;
    }
    let voices = voices_of_words(found, words);
    let frame = |at: Millis| (at.0.max(0) / FRAME) as usize;
    let end = found.spans.iter().map(|piece| piece.span.end()).chain(words.iter().map(|word| word.span.end())).max().unwrap_or_default();
    let mut lanes = vec![vec![false; frame(end) + 1]; found.centroids.len()];
    for piece in &found.spans {
        lanes[usize::from(piece.voice.0)][frame(piece.span.start())..frame(piece.span.end())].fill(true);
    }
    let before = lanes.clone();
    for (word, voice) in words.iter().zip(voices) {
        let (from, to) = (frame(word.span.start()), frame(word.span.end()));
        let Some(voice) = voice.filter(|_| to > from) else { continue };
        let speaks = |at: usize| before.iter().any(|lane| lane[at]);
        if !(from..to).any(speaks) {
            // It was left out as too faint, although a voice was heard in it.
            lanes[voice][to.saturating_sub(WORD_END.0 as usize / FRAME as usize).max(from)..to].fill(true);
            continue;
        }
        for at in (from..to).filter(|&at| speaks(at)) {
            let is_both = before[voice][at];
            lanes[voice][at] = true;
            for other in (0..lanes.len()).filter(|&other| other != voice) {
                // Two at once stay two at once; but the word is one person's, so that one has its first frame alone.
                lanes[other][at] &= is_both && at > from;
            }
        }
    }
    let stretches = |(lane, frames): (usize, &Vec<bool>)| runs(frames).into_iter().map(move |(from, to)| (from, to, lane)).collect::<Vec<_>>();
    let mut all: Vec<(usize, usize, usize)> = lanes.iter().enumerate().flat_map(stretches).collect();
    all.sort_unstable();
    let span = |from: usize, to: usize| Span::new(Millis(from as i64 * FRAME), Millis(to as i64 * FRAME));
    found.spans = all.into_iter().map(|(from, to, lane)| VoiceSpan { span: span(from, to), voice: Voice(lane as u8) }).collect();
}

#[cfg(test)]
mod tests {
    use super::super::encoder::Embedding;
    use super::*;

    fn word(text: &str, from: f64, to: f64) -> Word {
        Word { text: text.into(), span: Span::from_secs(from, to), confidence: 0.9 }
    }

    /// Two voices: the first until `change`, by so many nats in each tenth of a second.
    fn found(change: f64, end: f64, nats: f32) -> Diarization {
        let scores = (0..(end * 10.0) as usize).map(|cell| if (cell as f64) < change * 10.0 { vec![0.0, -nats] } else { vec![-nats, 0.0] }).collect();
        let piece = |from: f64, to: f64, voice: u8| VoiceSpan { span: Span::from_secs(from, to), voice: Voice(voice) };
        let spans = vec![piece(0.0, change, 0), piece(change, end, 1)];
        Diarization { spans, scores, centroids: vec![Embedding(Vec::new()), Embedding(Vec::new())], ..Diarization::default() }
    }

    #[test]
    fn a_change_of_voice_moves_to_the_edge_of_the_sentence() {
        let mut found = found(1.2, 3.0, 2.0);
        let words = [word("Is", 0.2, 0.4), word("it?", 0.5, 0.9), word("Yes", 1.0, 1.3), word("it", 1.4, 1.6), word("is.", 1.7, 2.0)];
        assert_eq!(voices_of_words(&found, &words), [Some(0), Some(0), Some(1), Some(1), Some(1)]);
        snap_to_words(&mut found, &words);
        assert_eq!(found.spans.iter().map(|piece| piece.span).collect::<Vec<_>>(), [Span::from_secs(0.0, 1.0), Span::from_secs(1.0, 3.0)]);
    }

    #[test]
    fn one_word_of_a_listener_is_theirs_and_what_nobody_said_is_nobodys() {
        let mut found = found(3.0, 3.0, 6.0);
        found.scores[14..18].iter_mut().for_each(|nats| nats.reverse());
        found.scores.extend(vec![Vec::new(); 40]);
        let words = [word("So", 0.1, 0.5), word("then.", 0.6, 1.2), word("Mm.", 1.4, 1.8), word("Next.", 2.0, 2.6), word("Ghost.", 5.0, 5.4)];
        assert_eq!(voices_of_words(&found, &words), [Some(0), Some(0), Some(1), Some(0), None]);
    }
}
