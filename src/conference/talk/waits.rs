//! How long people wait: wait times 1 and 2 of wait-time research (Rowe), from what was heard.
//!
//! - **A question** is a sentence of the teacher's that asks (see [`crate::conference::evidence::questions`]; where nothing was looked for, one with a question mark).
//! - **Its end** is where its sound ends: the end of the teacher's stretch of speech in which its last word lies. The recogniser places words half a second off at times, so
//!   the sound decides where the two agree within that. Where the teacher goes on in the same stretch, the word says where the question ended.
//! - **Who speaks next** is whoever is heard first after that end: a child, somebody else, or the teacher again. A sound of another that begins before the end and goes on
//!   beyond it was not waited for.
//! - **The sound itself has the last word**: voices are told apart with edges a little wide, and to the words, which may begin or end in the silence. Where the levels (one each 0.1 s) say that the
//!   sound before the wait ended up to half a second sooner, or what ends it began up to 0.4 s later, that is when it did. Of the waits in the samples (61, with it 75) the median error went from 114 to 50 ms,
//!   nine in ten from within 348 to within 160 ms.
//! - **A wait inside a turn**, when the teacher asks, waits and goes on, counts like any other; `next` says that it was the teacher.
//! - **Wait time 2** lies between the turn of a student and the next turn, when that is the teacher's. A sign of listening inside a turn is no turn.
//! - Less than 0.3 s is none. Where a part of the wait was not recorded nobody knows how long it was: it is left out. After the last sound nobody is waited for.

use super::turns::Turn;
use crate::conference::model::data::ENVELOPE_STEP;
use crate::conference::model::punctuation::asks;
use crate::conference::model::speakers::{Speaker, SpeakerSpan};
use crate::conference::model::time::{Millis, Span, union};
use crate::conference::model::transcript::Word;
use serde::{Deserialize, Serialize};

/// A wait shorter than this is not counted (product definition, after Rowe).
pub const SHORTEST_WAIT: Millis = Millis(300);
/// "How many under 3 s": 3-5 s of wait time is commonly advised.
pub const ADVISED_WAIT: Millis = Millis(3000);
/// The recogniser's word ends are this uncertain; within it the end of the sound decides where a question ended.
const WORD_END_DOUBT: Millis = Millis(500);

/// All waits of one kind.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Waits {
    /// Each wait of at least [`SHORTEST_WAIT`], in order.
    pub waits: Vec<Span>,
    /// Who speaks after each.
    #[serde(serialize_with = "by_key")]
    #[serde(skip_deserializing)]
    pub next: Vec<Speaker>,
    /// The middle one.
    pub median: Option<Millis>,
    /// The longest.
    pub longest: Option<Millis>,
    /// How many were shorter than [`ADVISED_WAIT`].
    pub under_three_seconds: usize,
}

fn by_key<S: serde::Serializer>(speakers: &[Speaker], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(speakers.iter().map(|speaker| speaker.key()))
}

/// What waits are found in.
#[derive(Debug, Clone, Copy)]
pub(super) struct WaitInputs<'a> {
    pub words: &'a [Word],
    /// Sorted by start; none of it where nothing was recorded.
    pub spans: &'a [SpeakerSpan],
    pub turns: &'a [Turn],
    /// Sorted, disjoint.
    pub unrecorded: &'a [Span],
    /// See [`ENVELOPE_STEP`]; may be empty.
    pub envelope: &'a [u8],
    /// Of [`reaches`] of the spans.
    pub reaches: &'a [Millis],
}

/// For each span the latest end up to it: a day has a hundred thousand, and none is looked at from the first on.
pub(super) fn reaches(spans: &[SpeakerSpan]) -> Vec<Millis> {
    let later = |latest: &mut Millis, piece: &SpeakerSpan| {
        *latest = piece.span.end().max(*latest);
        Some(*latest)
    };
    spans.iter().scan(Millis(i64::MIN), later).collect()
}

/// Sound stands out of a wait by this much: 6 dB on the scale of the envelope.
const STANDS_OUT: u8 = 24;
/// So many steps of the envelope the sound before a wait may have ended sooner, and what ends it may have begun later.
const SOONER: i64 = 5;
const LATER: i64 = 4;

impl WaitInputs<'_> {
    /// Wait time 1. Without words there are no questions; then the teacher's turns stand in for them.
    pub fn wait_one(&self, questions: &[Vec<usize>]) -> Waits {
        if self.words.is_empty() {
            return self.summarised(self.between(|before, _| before == Speaker::Teacher));
        }
        self.summarised(questions.iter().filter_map(|question| self.after(*question.last()?)))
    }

    /// Every pause that may be a wait: the waits that were found, and what follows the last word of each sentence and turn of the teacher's.
    pub fn pauses(&self, found: &Waits) -> Vec<Span> {
        let said = self.turns.iter().filter(|turn| turn.speaker == Speaker::Teacher).flat_map(|turn| {
            turn.words.iter().copied().filter(move |&word| Some(&word) == turn.words.last() || self.words.get(word).is_some_and(Word::ends_sentence))
        });
        let others = if self.words.is_empty() { Vec::new() } else { self.summarised(said.filter_map(|last| self.after(last))).waits };
        let mut all = found.waits.clone();
        // Of two that overlap the one that was found stands.
        let stand = union(found.waits.iter().copied());
        let is_free = |pause: &Span| stand.get(stand.partition_point(|wait| wait.end() <= pause.start())).is_none_or(|wait| wait.overlap(*pause).is_none());
        all.extend(others.into_iter().filter(is_free));
        all.sort();
        all.dedup();
        all
    }

    /// Wait time 1, by the teacher's word: those of the `pauses` in which one of the `chosen` moments lies.
    pub fn wait_one_among(&self, pauses: &[Span], chosen: &[Millis]) -> Waits {
        let is_chosen = |pause: &&Span| chosen.iter().any(|at| pause.contains(*at));
        let next = |pause: Span| self.spans.iter().find(|piece| piece.span.end() > pause.end()).map_or(Speaker::Unknown, |piece| piece.speaker);
        summary(pauses.iter().filter(is_chosen).map(|&pause| (pause, next(pause))).unzip())
    }

    /// Wait time 2.
    pub fn wait_two(&self) -> Waits {
        self.summarised(self.between(|before, after| before.is_student() && after == Speaker::Teacher))
    }

    /// The wait after a question that ends with this word, and who speaks then.
    fn after(&self, last: usize) -> Option<(Span, Speaker)> {
        let word = self.words.get(last)?.span;
        let asked = |piece: &&SpeakerSpan| piece.speaker == Speaker::Teacher && piece.span.distance(word.middle()) <= WORD_END_DOUBT;
        // Of two, the one that had begun: a word that was placed into the pause behind it is no part of what comes then.
        let nearness = |piece: &&SpeakerSpan| (piece.span.start() > word.middle(), piece.span.distance(word.middle()));
        let near = self.reaching(word.middle() - WORD_END_DOUBT).iter().take_while(|piece| piece.span.start() <= word.middle() + WORD_END_DOUBT);
        let own = near.filter(asked).min_by_key(nearness).map(|piece| piece.span);
        let is_word_end = |end: Millis| (end.0 - word.end().0).abs() <= WORD_END_DOUBT.0;
        let next_word = self.words.get(last + 1).map(|next| next.span.start());
        let end = match own.map(Span::end) {
            // The teacher may go on before the sound ends; then the word says where it was.
            Some(end) if is_word_end(end) && next_word.is_none_or(|next| next >= end) => end,
            _ => word.end(),
        };
        // Sound that goes on without words is the teacher's too.
        let same_breath = own.filter(|own| own.end() > end).map(|own| next_word.filter(|&next| next < own.end()).unwrap_or(end));
        let (next, speaker) = self.next(end).into_iter().chain(same_breath.map(|at| (at, Speaker::Teacher))).min()?;
        (next >= end).then(|| (Span::new(end, next), speaker))
    }

    /// Who is heard next: the teacher where a new sound begins, others also where theirs goes on beyond this moment.
    fn next(&self, moment: Millis) -> Option<(Millis, Speaker)> {
        let is_next = |piece: &&SpeakerSpan| if piece.speaker == Speaker::Teacher { piece.span.start() >= moment } else { piece.span.end() > moment };
        let mut nexts = self.reaching(moment).iter().filter(is_next).map(|piece| (piece.span.start(), piece.speaker));
        // They are in order; of those that begin at one moment the least.
        let first = nexts.next()?;
        Some(nexts.take_while(|other| other.0 == first.0).fold(first, std::cmp::min))
    }

    /// The spans from the first on that ends at this moment or later; those before it all end sooner.
    fn reaching(&self, moment: Millis) -> &[SpeakerSpan] {
        &self.spans[self.reaches.partition_point(|reach| *reach < moment)..]
    }

    /// The pauses between a turn and the next one, where the two speakers are as asked and differ.
    fn between(&self, wanted: impl Fn(Speaker, Speaker) -> bool) -> impl Iterator<Item = (Span, Speaker)> {
        let pairs = self.turns.windows(2).filter(move |pair| pair[0].speaker != pair[1].speaker && wanted(pair[0].speaker, pair[1].speaker));
        let pairs = pairs.filter(|pair| pair[1].span.start() > pair[0].span.end());
        pairs.map(|pair| (Span::new(pair[0].span.end(), pair[1].span.start()), pair[1].speaker))
    }

    /// A wait as the levels have it. What does not stand out of it is left as it was found: then they say nothing.
    fn by_sound(&self, wait: Span) -> Span {
        let step = ENVELOPE_STEP.0;
        let level = |index: i64| usize::try_from(index).ok().and_then(|index| self.envelope.get(index)).copied();
        let (from, to) = ((wait.start().0 + step - 1) / step, wait.end().0 / step);
        let mut inside: Vec<u8> = (from..to.max(from + 1)).filter_map(level).collect();
        inside.sort_unstable();
        let Some(&quiet) = inside.get(inside.len() / 2) else { return wait };
        let is_sound = |index: &i64| level(*index).is_some_and(|level| level >= quiet.saturating_add(STANDS_OUT));
        let last = (0..=SOONER).map(|back| wait.start().0 / step - back).find(is_sound);
        let first = (0..=LATER).map(|on| to + on).find(is_sound);
        let start = last.map_or(wait.start(), |last| wait.start().min(Millis((last + 1) * step)));
        Span::new(start, first.map_or(wait.end(), |first| wait.end().max(Millis(first * step))))
    }

    fn summarised(&self, waits: impl Iterator<Item = (Span, Speaker)>) -> Waits {
        let is_known = |wait: Span| !self.unrecorded.iter().any(|hole| hole.overlap(wait).is_some());
        let (waits, next): (Vec<Span>, Vec<Speaker>) =
            waits.map(|(wait, next)| (self.by_sound(wait), next)).filter(|&(wait, _)| wait.length() >= SHORTEST_WAIT && is_known(wait)).unzip();
        summary((waits, next))
    }
}

/// The figures of waits, and who speaks after each.
fn summary((waits, next): (Vec<Span>, Vec<Speaker>)) -> Waits {
    let mut lengths: Vec<Millis> = waits.iter().map(|wait| wait.length()).collect();
    lengths.sort();
    let middle = lengths.len() / 2;
    let median = match lengths.len() {
        0 => None,
        count if count % 2 == 1 => Some(lengths[middle]),
        _ => Some(Millis((lengths[middle - 1].0 + lengths[middle].0) / 2)),
    };
    let under_three_seconds = lengths.iter().filter(|&&length| length < ADVISED_WAIT).count();
    Waits { median, longest: lengths.last().copied(), under_three_seconds, waits, next }
}

/// The teacher's sentences with a question mark.
pub(super) fn marked_questions(words: &[Word], turns: &[Turn]) -> Vec<Vec<usize>> {
    let mut questions = Vec::new();
    for turn in turns.iter().filter(|turn| turn.speaker == Speaker::Teacher) {
        for sentence in turn.words.split_inclusive(|&index| words[index].ends_sentence()) {
            if asks(sentence.iter().map(|&index| words[index].text.as_str())) {
                questions.push(sentence.to_vec());
            }
        }
    }
    questions
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The waits after the first word, which asks.
    fn waits(words: &[Word], spans: &[SpeakerSpan], unrecorded: &[Span]) -> Waits {
        WaitInputs { words, spans, turns: &[], unrecorded, envelope: &[], reaches: &reaches(spans) }.wait_one(&[vec![0]])
    }

    #[test]
    fn a_wait_begins_where_the_teachers_own_sound_ends_and_not_where_a_childs_ended_before_it() {
        let wait = |words: &[Word], spans: &[SpeakerSpan]| waits(words, spans, &[]).waits.first().map(|wait| (wait.start().0, wait.end().0));
        let (teacher, child) = (Speaker::Teacher, Speaker::Student(1));
        let why = word("Why?", 2200, 2450);
        // A child's word ends just before it.
        let spans = [piece(child, 500, 2100), piece(teacher, 2200, 2600), piece(child, 4600, 6000)];
        assert_eq!(wait(std::slice::from_ref(&why), &spans), Some((2600, 4600)));
        // The teacher goes on in the same breath: that ends it, however long the sound is.
        let spans = [piece(teacher, 2200, 5000), piece(child, 6000, 7000)];
        let same_breath = [why.clone(), word("Tell", 2900, 3100), word("me.", 3100, 3400)];
        assert_eq!(wait(&same_breath, &spans), Some((2450, 2900)));
        assert_eq!(wait(&[why.clone(), word("Tell", 2500, 2700)], &spans), None, "no wait at all");
        // The child speaks into it, or speaks all along.
        assert_eq!(wait(std::slice::from_ref(&why), &[piece(teacher, 2200, 2600), piece(child, 2500, 4000), piece(child, 5000, 6000)]), None);
        assert_eq!(wait(std::slice::from_ref(&why), &[piece(child, 0, 4000), piece(teacher, 2200, 2600), piece(child, 5000, 6000)]), None);
        assert_eq!(wait(std::slice::from_ref(&why), &[piece(teacher, 2200, 2600)]), None, "nobody speaks after it");
    }

    #[test]
    fn the_sound_says_where_a_wait_begins_and_ends() {
        let words = [word("Why?", 1000, 1480)];
        let spans = [piece(Speaker::Teacher, 600, 1480), piece(Speaker::Student(1), 3300, 4000)];
        let wait = |envelope: &[u8]| {
            WaitInputs { words: &words, spans: &spans, turns: &[], unrecorded: &[], envelope, reaches: &reaches(&spans) }.wait_one(&[vec![0]]).waits
        };
        // The teacher's sound ends at 1.2 s, a child begins softly at 3.5 s.
        let heard: Vec<u8> = (0..40)
            .map(|step| match step {
                6..12 => 170,
                35..40 => 120,
                _ => 70,
            })
            .collect();
        assert_eq!(wait(&heard), [Span::new(Millis(1200), Millis(3500))]);
        // Levels that say nothing, or are not there, change nothing; nor do any that would have moved it farther than that.
        let far: Vec<u8> = (0..40).map(|step| if step == 3 || step == 39 { 200 } else { 70 }).collect();
        for envelope in [vec![], vec![180; 40], vec![70; 12], far] {
            assert_eq!(wait(&envelope), [Span::new(Millis(1480), Millis(3300))], "{envelope:?}");
        }
    }

    const SPEAKERS: [Speaker; 4] = [Speaker::Teacher, Speaker::Student(1), Speaker::Student(2), Speaker::Other];

    fn word(text: &str, from: i64, to: i64) -> Word {
        Word { text: text.into(), span: Span::new(Millis(from), Millis(to)), confidence: 0.9 }
    }

    fn piece(speaker: Speaker, from: i64, to: i64) -> SpeakerSpan {
        SpeakerSpan { span: Span::new(Millis(from), Millis(to)), speaker }
    }

    /// Who speaks next and when, by looking at every span.
    fn next_of_all(spans: &[SpeakerSpan], end: Millis) -> Option<(Millis, Speaker)> {
        let is_next = |piece: &&SpeakerSpan| if piece.speaker == Speaker::Teacher { piece.span.start() >= end } else { piece.span.end() > end };
        spans.iter().filter(is_next).map(|piece| (piece.span.start(), piece.speaker)).min()
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// However they overlap: no span is passed over because others are not looked at.
        #[test]
        fn what_is_found_beside_a_moment_is_what_is_found_among_all(
            pieces in prop::collection::vec((0_i64..4000, 0_i64..2500, 0_usize..4), 0..12),
            moment in 0_i64..6000,
        ) {
            let mut spans: Vec<SpeakerSpan> = pieces
                .into_iter()
                .map(|(start, length, who)| SpeakerSpan { span: Span::new(Millis(start), Millis(start + length)), speaker: SPEAKERS[who] })
                .collect();
            spans.sort_by_key(|piece| piece.span);
            let reaches = reaches(&spans);
            let inputs = WaitInputs { words: &[], spans: &spans, turns: &[], unrecorded: &[], envelope: &[], reaches: &reaches };
            let moment = Millis(moment);
            let reaching = inputs.reaching(moment);
            prop_assert!(spans[..spans.len() - reaching.len()].iter().all(|piece| piece.span.end() < moment));
            prop_assert_eq!(inputs.next(moment), next_of_all(&spans, moment));
        }

        /// A question, silence, and somebody: the wait is the silence, whatever was said before and whoever speaks next.
        #[test]
        fn a_wait_is_the_silence_after_the_question(
            before in prop::collection::vec((1_i64..3000, 0_i64..900, 1_usize..4), 0..6),
            question in 200_i64..3000,
            word_end in -400_i64..400,
            silence in 0_i64..6000,
            next in 0_usize..4,
            after in prop::collection::vec((1_i64..3000, 1_i64..900, 0_usize..4), 0..6),
        ) {
            let (mut at, mut spans) = (0, Vec::new());
            let mut say = |at: &mut i64, length: i64, who: usize| {
                spans.push(SpeakerSpan { span: Span::new(Millis(*at), Millis(*at + length)), speaker: SPEAKERS[who] });
                *at += length;
            };
            for (length, pause, who) in before {
                say(&mut at, length, who);
                at += pause;
            }
            let begins = at;
            say(&mut at, question, 0);
            let asked = Span::new(Millis(begins.max(at - 300)), Millis((at + word_end).max(begins + 20)));
            let ends = Millis(at);
            // Less is no pause of the teacher's: the sound goes on.
            let silence = if next == 0 { silence.max(SHORTEST_WAIT.0) } else { silence };
            at += silence;
            say(&mut at, 700, next);
            for (length, pause, who) in after {
                at += pause;
                say(&mut at, length, who);
            }
            let words = [Word { text: "Why?".into(), span: asked, confidence: 0.9 }];
            let found = waits(&words, &spans, &[]);
            let expected = (silence >= SHORTEST_WAIT.0).then(|| (Span::new(ends, ends + Millis(silence)), SPEAKERS[next]));
            prop_assert_eq!(found.waits.first().copied().zip(found.next.first().copied()), expected);
            // Where a part of it was not recorded nobody knows.
            let hole = Span::new(ends + Millis(silence / 2), ends + Millis(silence / 2 + 20));
            prop_assert_eq!(waits(&words, &spans, &[hole]).waits, []);
        }


        /// The teacher asks, stops for a while and goes on: in the same breath the words say for how long, in a breath of its own the sound does.
        #[test]
        fn a_wait_inside_a_turn_is_hers(question in 300_i64..3000, pause in 0_i64..6000, more in 200_i64..3000, jitter in -300_i64..300, same_breath in any::<bool>(), answer in 0_i64..3000) {
            let same_breath = same_breath || pause < SHORTEST_WAIT.0;
            let goes_on = question + pause;
            let ends = goes_on + more;
            let child = piece(Speaker::Student(1), ends + answer, ends + answer + 900);
            let spans = match same_breath {
                true => vec![piece(Speaker::Teacher, 0, ends), child],
                false => vec![piece(Speaker::Teacher, 0, question), piece(Speaker::Teacher, goes_on, ends), child],
            };
            // A recogniser's words never overlap.
            let word_end = if same_breath { question } else { (question + jitter).max(60) };
            let words = [word("Why?", (word_end - 250).max(0), word_end), word("Tell", goes_on.max(word_end), goes_on.max(word_end) + 150)];
            let found = waits(&words, &spans, &[]);
            let expected = (pause >= SHORTEST_WAIT.0).then(|| (Span::new(Millis(question), Millis(goes_on)), Speaker::Teacher));
            prop_assert_eq!(found.waits.first().copied().zip(found.next.first().copied()), expected);
        }

        /// Wherever the recogniser puts the word, no wait begins before the sound of the question ends, none reaches over anybody's sound.
        #[test]
        fn nobody_speaks_in_a_wait(pieces in prop::collection::vec((100_i64..3000, -500_i64..4000, 0_usize..4), 1..12), at in 0_i64..20_000, length in 20_i64..600) {
            let (mut now, mut spans) = (0, Vec::new());
            for (length, pause, who) in pieces {
                let start = (now + pause).max(0);
                spans.push(piece(SPEAKERS[who], start, start + length));
                now = now.max(start + length);
            }
            spans.sort_by_key(|piece| (piece.span, piece.speaker));
            for wait in waits(&[word("Why?", at, at + length)], &spans, &[]).waits {
                prop_assert!(wait.length() >= SHORTEST_WAIT && spans.iter().any(|piece| piece.span.start() == wait.end()));
                let others = spans.iter().filter(|piece| piece.speaker != Speaker::Teacher);
                prop_assert!(others.clone().all(|piece| piece.span.overlap(wait).is_none()), "{wait:?} {spans:?}");
            }
        }
    }
}
