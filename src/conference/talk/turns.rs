//! From voices and words to speaker turns.
//!
//! A turn is consecutive speech of one speaker; a pause of less than one second does not end it.
//! A back-channel ("mm-hm" inside the other's talk) is kept apart and never breaks the other's turn.

use crate::conference::model::overrides::Corrections;
use crate::conference::model::speakers::{Speaker, SpeakerSpan};
use crate::conference::model::time::{Millis, Span};
use crate::conference::model::transcript::Word;
use serde::{Deserialize, Serialize};

/// One turn. Its words need not be neighbours in the transcript: a back-channel may stand between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Who speaks.
    pub speaker: Speaker,
    /// From the first sound to the last.
    pub span: Span,
    /// Indices into the transcript's words, in order.
    pub words: Vec<usize>,
    /// What the others put in meanwhile.
    pub backchannels: Vec<Backchannel>,
}

/// A short sign of listening inside somebody else's turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backchannel {
    /// Who says it.
    pub speaker: Speaker,
    /// When.
    pub span: Span,
    /// Indices into the transcript's words; empty when there is no transcript.
    pub words: Vec<usize>,
}

/// A pause of the same speaker shorter than this does not end the turn (product definition).
pub const TURN_PAUSE: Millis = Millis(1000);
/// A turn no longer than this, inside the other's talk, is a back-channel (product definition).
pub const BACKCHANNEL_LENGTH: Millis = Millis(1000);
/// A word this far from all speech belongs to nobody: recognisers place words up to about this far off.
const WORD_REACH: Millis = Millis(500);
/// This many words at the edge of a voice may be on the wrong side of it ...
const STRAYS: usize = 2;
/// ... when they take no longer than this, and no pause longer than this parts them from the rest of their sentence.
const STRAY_LENGTH: Millis = Millis(700);
const NO_PAUSE: Millis = Millis(400);
/// After a new transcription the edges of speech may lie this far from where the teacher joined two turns.
const JOIN_REACH: Millis = Millis(300);
/// Words that alone make a back-channel, whatever its length.
const LISTENING_WORDS: [&str; 20] =
    ["okay", "ok", "mm-hmm", "mm-hm", "mhm", "mhmm", "mm", "hmm", "uh-huh", "yeah", "yes", "yep", "right", "oh", "ah", "um", "uh", "sure", "wow", "huh"];

/// Turns in order of their start; see the module for what a turn is.
///
/// `spans` are the stretches of speech per speaker, sorted by start; `words` the transcript's (may be empty).
/// `corrections` say where the teacher wants a turn to begin or to go on.
/// Each word goes to the speaker whose speech it overlaps most, else to the nearest within half a second, else to a turn of [`Speaker::Unknown`].
/// Without sound (`has_sound`) it is as the page says it: no word changes sides, and a short line is no back-channel for being short.
#[must_use]
pub fn turns(words: &[Word], spans: &[SpeakerSpan], corrections: &Corrections, has_sound: bool) -> Vec<Turn> {
    let mut turns = sound_turns(spans, corrections);
    let mut unclaimed: Vec<usize> = Vec::new();
    let mut speakers: Vec<Option<Speaker>> = words.iter().map(|word| speaker_of(word.span, spans)).collect();
    if has_sound {
        keep_sentences_whole(words, &mut speakers, corrections);
    }
    for (index, speaker) in speakers.into_iter().enumerate() {
        match speaker.and_then(|speaker| nearest_turn(&turns, speaker, words[index].span)) {
            Some(turn) => turns[turn].words.push(index),
            None => unclaimed.push(index),
        }
    }
    for index in unclaimed {
        add_unknown(&mut turns, index, words[index].span);
    }
    turns.sort_by_key(|turn| (turn.span, turn.speaker));
    fold_backchannels(turns, words, if has_sound { BACKCHANNEL_LENGTH } else { Millis::ZERO })
}

/// Speech joined over pauses shorter than [`TURN_PAUSE`] in which nobody else speaks; the teacher's splits and joins decide first.
fn sound_turns(spans: &[SpeakerSpan], corrections: &Corrections) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let pieces = spans.iter().flat_map(|piece| cut(piece.span, &corrections.splits).into_iter().map(|span| (span, piece.speaker)));
    for (span, speaker) in pieces.filter(|(span, _)| span.length() > Millis::ZERO) {
        let goes_on = |turn: &Turn| {
            let (end, start) = (turn.span.end(), span.start());
            let between = |moments: &[Millis], reach: Millis| {
                let from = moments.partition_point(|&at| at < end.min(start) - reach);
                moments.get(from).is_some_and(|&at| at <= start + reach)
            };
            turn.speaker == speaker && (between(&corrections.joins, JOIN_REACH) || (start - end < TURN_PAUSE && !between(&corrections.splits, Millis::ZERO)))
        };
        match turns.last_mut() {
            Some(turn) if goes_on(turn) => turn.span = Span::new(turn.span.start(), turn.span.end().max(span.end())),
            _ => turns.push(Turn { speaker, span, words: Vec::new(), backchannels: Vec::new() }),
        }
    }
    turns
}

/// `span` in pieces, cut at each of the sorted moments inside it.
fn cut(span: Span, at: &[Millis]) -> Vec<Span> {
    let from = at.partition_point(|&moment| moment <= span.start());
    let mut pieces = Vec::new();
    let mut start = span.start();
    for &moment in at[from..].iter().take_while(|&&moment| moment < span.end()) {
        pieces.push(Span::new(start, moment));
        start = moment;
    }
    pieces.push(Span::new(start, span.end()));
    pieces
}

/// Where the voice changes in the middle of a sentence without a pause, the word or two on the wrong side go with the rest of it: a voice is
/// told from more than a second of sound, so its edges are less sure than the recogniser's sentences. What the teacher said stays.
fn keep_sentences_whole(words: &[Word], speakers: &mut [Option<Speaker>], corrections: &Corrections) {
    let is_hers = |index: usize| corrections.speakers.iter().any(|fix| fix.span.contains(words[index].span.middle()));
    for at in 1..words.len() {
        let (before, after) = (&words[at - 1], &words[at]);
        let goes_on = !before.ends_sentence() && after.text.starts_with(char::is_lowercase) && after.span.start() - before.span.end() < NO_PAUSE;
        let split = corrections.splits.iter().any(|split| (before.span.middle()..=after.span.middle()).contains(split));
        if speakers[at - 1] == speakers[at] || !goes_on || split {
            continue;
        }
        let start = (at.saturating_sub(STRAYS)..at).find(|&index| index == 0 || words[index - 1].ends_sentence());
        let end = (at..words.len().min(at + STRAYS)).find(|&index| words[index].ends_sentence());
        let is_short = |from: usize, to: usize| words[to].span.end() - words[from].span.start() <= STRAY_LENGTH && !(from..=to).any(is_hers);
        match (start, end) {
            (Some(start), _) if speakers[start] == speakers[at - 1] && is_short(start, at - 1) => {
                let speaker = speakers[at];
                speakers[start..at].fill(speaker);
            }
            (_, Some(end)) if speakers[end] == speakers[at] && is_short(at, end) => {
                let speaker = speakers[at - 1];
                speakers[at..=end].fill(speaker);
            }
            _ => {}
        }
    }
}

fn speaker_of(word: Span, spans: &[SpeakerSpan]) -> Option<Speaker> {
    // Spans are sorted by start and seldom overlap, so only a few around the word can matter.
    let after = spans.partition_point(|piece| piece.span.start() < word.end() + WORD_REACH);
    let near = &spans[after.saturating_sub(8)..after];
    near.iter()
        .filter_map(|piece| piece.span.overlap(word).map(|shared| (shared.length(), piece.speaker)))
        .max_by_key(|&(shared, _)| shared)
        .map(|(_, speaker)| speaker)
        .or_else(|| {
            near.iter()
                .map(|piece| (piece.span.distance(word.middle()), piece.speaker))
                .filter(|&(distance, _)| distance <= WORD_REACH)
                .min_by_key(|&(distance, _)| distance)
                .map(|(_, speaker)| speaker)
        })
}

fn nearest_turn(turns: &[Turn], speaker: Speaker, word: Span) -> Option<usize> {
    let after = turns.partition_point(|turn| turn.span.start() < word.end() + WORD_REACH);
    (after.saturating_sub(8)..after)
        .filter(|&index| turns[index].speaker == speaker)
        .min_by_key(|&index| (turns[index].span.distance(word.middle()), turns[index].span.start()))
}

fn add_unknown(turns: &mut Vec<Turn>, index: usize, span: Span) {
    let joins =
        turns.iter().position(|turn| turn.speaker == Speaker::Unknown && (turn.span.overlap(span).is_some() || turn.span.distance(span.start()) < TURN_PAUSE));
    match joins {
        Some(turn) => {
            let turn = &mut turns[turn];
            turn.span = Span::new(turn.span.start().min(span.start()), turn.span.end().max(span.end()));
            // The turn may hold later words already: those that a voice without a name claimed.
            let place = turn.words.partition_point(|&word| word < index);
            turn.words.insert(place, index);
        }
        None => turns.push(Turn { speaker: Speaker::Unknown, span, words: vec![index], backchannels: Vec::new() }),
    }
}

/// Moves each back-channel into the turn around it and joins the two halves of that turn.
fn fold_backchannels(turns: Vec<Turn>, words: &[Word], longest: Millis) -> Vec<Turn> {
    let mut folded: Vec<Turn> = Vec::with_capacity(turns.len());
    let mut rest = turns.into_iter().peekable();
    while let Some(turn) = rest.next() {
        let resumes = folded.last().zip(rest.peek()).is_some_and(|(before, after)| is_backchannel(&turn, before, after, words, longest));
        if let (true, Some(host), Some(after)) = (resumes, folded.last_mut(), rest.peek()) {
            host.backchannels.push(Backchannel { speaker: turn.speaker, span: turn.span, words: turn.words });
            host.span = Span::new(host.span.start(), host.span.end().max(after.span.end()));
            if let Some(after) = rest.next() {
                host.words.extend(after.words);
                // Where two speak at once, the halves lie over each other.
                host.words.sort_unstable();
            }
        } else {
            folded.push(turn);
        }
    }
    folded
}

/// Inside the other's talk: the other goes on within a pause that would not have ended the turn, and was not waiting for an answer.
fn is_backchannel(turn: &Turn, before: &Turn, after: &Turn, words: &[Word], longest: Millis) -> bool {
    let short = turn.span.length() <= longest;
    let only_listening = !turn.words.is_empty() && turn.words.iter().all(|&index| LISTENING_WORDS.contains(&words[index].bare().as_str()));
    let asked = before.words.last().is_some_and(|&index| words[index].ends_question());
    before.speaker == after.speaker
        && before.speaker != turn.speaker
        && (short || only_listening)
        && !asked
        && turn.span.start() - before.span.end() < TURN_PAUSE
        && after.span.start() - turn.span.end() < TURN_PAUSE
}

#[cfg(test)]
mod tests {
    use crate::conference::fixture::talk;
    use expect_test::expect;

    fn check(script: &str, expected: expect_test::Expect) {
        let talk = talk(script);
        let mut seen = String::new();
        for turn in talk.turns() {
            seen.push_str(&format!(
                "{} {:.1}-{:.1} {}",
                turn.speaker.key(),
                turn.span.start().secs(),
                turn.span.end().secs(),
                talk.data().transcript.text(&turn.words)
            ));
            for backchannel in &turn.backchannels {
                seen.push_str(&format!(" [{} {}]", backchannel.speaker.key(), talk.data().transcript.text(&backchannel.words)));
            }
            seen.push('\n');
        }
        expected.assert_eq(&seen);
    }

    #[test]
    fn a_short_pause_does_not_end_a_turn_and_a_long_one_does() {
        check(
            "T 0-2 Show me. | T 2.9-4 Where is it? | T 5-6 Here?",
            expect![[r#"
            teacher 0.0-4.0 Show me. Where is it?
            teacher 5.0-6.0 Here?
        "#]],
        );
    }

    #[test]
    fn a_sign_of_listening_does_not_break_the_turn() {
        check(
            "S 0-4 I went to the lake and | T 4.1-4.5 mm-hm | S 4.7-8 then it rained.",
            expect![[r#"
            student1 0.0-8.0 I went to the lake and then it rained. [teacher mm-hm]
        "#]],
        );
    }

    #[test]
    fn a_one_word_answer_to_a_question_is_a_turn() {
        check(
            "T 0-2 Is it done? | S 2.4-2.9 Yes. | T 3.2-5 Then read it to me.",
            expect![[r#"
            teacher 0.0-2.0 Is it done?
            student1 2.4-2.9 Yes.
            teacher 3.2-5.0 Then read it to me.
        "#]],
        );
    }

    #[test]
    fn a_word_at_the_edge_of_a_voice_goes_with_its_sentence() {
        check(
            "S 0-1.5 Okay then. Let | T 1.5-4 me show you how | S 4-5 Fine.",
            expect![[r#"
            student1 0.0-1.5 Okay then.
            teacher 1.5-4.0 Let me show you how
            student1 4.0-5.0 Fine.
        "#]],
        );
        check(
            "T 0-2 And what do you | S 2.1-2.6 Yeah. | T 2.7-4 think?",
            expect![[r#"
            teacher 0.0-4.0 And what do you think? [student1 Yeah.]
        "#]],
        );
    }

    #[test]
    fn words_nobody_claims_stand_in_their_order() {
        use crate::conference::{Corrections, Millis, Span, Speaker, SpeakerSpan, Word, turns};
        let word = |text: &str, at: i64| Word { text: text.into(), span: Span::new(Millis(at), Millis(at + 200)), confidence: 1.0 };
        // The first is too far from the speech that has no name to be claimed by it, and near enough to belong to its turn.
        let words = [word("far", 0), word("near", 900), word("later", 1500)];
        let spans = [SpeakerSpan { span: Span::new(Millis(800), Millis(2000)), speaker: Speaker::Unknown }];
        let turns = turns(&words, &spans, &Corrections::default(), true);
        assert_eq!(turns.iter().map(|turn| turn.words.as_slice()).collect::<Vec<_>>(), [[0, 1, 2]]);
    }

    #[test]
    fn works_on_sound_alone() {
        check(
            "T 0-3 | S 3.1-3.6 | T 3.8-9 | S 10-12",
            expect![[r#"
            teacher 0.0-9.0  [student1 ]
            student1 10.0-12.0 
        "#]],
        );
    }
}
