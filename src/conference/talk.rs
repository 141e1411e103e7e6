//! Who talked how much, how long people waited: the measures of `product.md`, as total functions of turns and words.

use super::doubt::{Doubt, ShareDoubt, TalkShare};
use super::time::{Millis, Span, union};
use super::transcript::Word;
use super::turns::{Speaker, SpeakerSpan, Turn};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A wait shorter than this is not counted (product definition, after Rowe).
pub const SHORTEST_WAIT: Millis = Millis(300);
/// "How many under 3 s": 3-5 s of wait time is commonly advised.
pub const ADVISED_WAIT: Millis = Millis(3000);
/// The recogniser's word ends are this uncertain; within it the end of the sound decides where a question ended.
const WORD_END_DOUBT: Millis = Millis(500);

/// What one speaker did.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SpeakerTalk {
    /// Seconds of speech: the union of the speaker's speech regions. Overlap counts for each speaker in it.
    pub talk_time: Millis,
    /// `talk_time` over the sum of everybody's, 0 to 1; 0 when nobody spoke.
    pub share: f64,
    /// From what to what the share may lie, where that is unsure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share_range: Option<(f64, f64)>,
    /// Number of turns, back-channels not among them.
    pub turns: usize,
    /// Number of back-channels.
    pub backchannels: usize,
    /// The longest turn.
    pub longest_turn: Option<Span>,
    /// Words spoken.
    pub words: usize,
    /// Words per minute of talk time (not of recording time); none without words or talk.
    pub words_per_minute: Option<f64>,
}

impl SpeakerTalk {
    /// The share as it is said.
    #[must_use]
    pub fn talk_share(&self) -> TalkShare {
        TalkShare { share: self.share, range: self.share_range }
    }
}

/// The two waits of wait-time research.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitTime {
    /// From the end of a teacher's question to the start of the next speech by anyone.
    One,
    /// From the end of a student's turn to the start of the teacher's next turn.
    Two,
}

/// All waits of one kind.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Waits {
    /// Each wait of at least [`SHORTEST_WAIT`], in order.
    pub waits: Vec<Span>,
    /// The middle one.
    pub median: Option<Millis>,
    /// The longest.
    pub longest: Option<Millis>,
    /// How many were shorter than [`ADVISED_WAIT`].
    pub under_three_seconds: usize,
}

/// One minute of the talk-by-minute strip; the last may be shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MinuteOfTalk {
    /// The teacher's speech in it.
    pub teacher: Millis,
    /// The students' speech in it.
    pub students: Millis,
    /// Time in which nobody speaks.
    pub silence: Millis,
}

/// The measures of one conference. Recomputed from the turns whenever they change; never stored as truth.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TalkMeasures {
    /// The recording's length.
    pub length: Millis,
    /// By speaker, in the order teacher, students, other, unknown.
    #[serde(serialize_with = "by_key")]
    #[serde(skip_deserializing)]
    pub speakers: BTreeMap<Speaker, SpeakerTalk>,
    /// From what to what the share of all students together may lie.
    #[serde(skip)]
    pub students_range: Option<(f64, f64)>,
    /// Recording time minus the union of all speech.
    pub silence: Millis,
    /// The longest stretch without speech.
    pub longest_silence: Option<Span>,
    /// Wait time 1. Without words there are no questions to be found; then the teacher's turns stand in for them.
    pub wait_one: Waits,
    /// Whether `wait_one` is measured after questions (words known) or only after the teacher's turns.
    pub wait_one_after_questions: bool,
    /// Wait time 2.
    pub wait_two: Waits,
    /// The teacher's questions: each as its words' indices.
    pub questions: Vec<Vec<usize>>,
    /// Talk by minute.
    pub minutes: Vec<MinuteOfTalk>,
}

fn by_key<S: serde::Serializer>(speakers: &BTreeMap<Speaker, SpeakerTalk>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(speakers.iter().map(|(speaker, talk)| (speaker.key(), talk)))
}

impl TalkMeasures {
    /// The teacher's share of all talk, 0 to 1; none when nobody spoke.
    #[must_use]
    pub fn teacher_share(&self) -> Option<f64> {
        (!self.speakers.is_empty()).then(|| self.speakers.get(&Speaker::Teacher).map_or(0.0, |talk| talk.share))
    }

    /// The teacher's share as it is said.
    #[must_use]
    pub fn teacher_talk(&self) -> Option<TalkShare> {
        let range = self.speakers.get(&Speaker::Teacher).and_then(|talk| talk.share_range);
        self.teacher_share().map(|share| TalkShare { share, range })
    }

    /// The students' share of all talk together, as it is said.
    #[must_use]
    pub fn student_talk(&self) -> Option<TalkShare> {
        self.student_share().map(|share| TalkShare { share, range: self.students_range })
    }

    /// Of what was typed: words and turns are known, and nothing of how long anything took. Shares are of the words.
    pub(super) fn without_times(self) -> Self {
        let all: usize = self.speakers.values().map(|talk| talk.words).sum();
        let share = |words: usize| if all == 0 { 0.0 } else { words as f64 / all as f64 };
        let untimed = |talk: SpeakerTalk| SpeakerTalk {
            share: share(talk.words),
            turns: talk.turns,
            backchannels: talk.backchannels,
            words: talk.words,
            ..SpeakerTalk::default()
        };
        Self {
            speakers: self.speakers.into_iter().map(|(speaker, talk)| (speaker, untimed(talk))).collect(),
            questions: self.questions,
            wait_one_after_questions: self.wait_one_after_questions,
            ..Self::default()
        }
    }

    /// The students' share of all talk together.
    #[must_use]
    pub fn student_share(&self) -> Option<f64> {
        (!self.speakers.is_empty())
            .then(|| self.speakers.iter().filter(|(speaker, _)| speaker.is_student()).map(|(_, talk)| talk.share).fold(0.0, |sum, share| sum + share))
    }
}

/// Measures a conference of the given `length`; `questions` are the teacher's as found, each as its words' indices (without them, her sentences
/// with a question mark); `spans` sorted by start, `turns` made of them by [`super::turns`]; `doubt`: what is unsure, and what may be another speaker's.
#[must_use]
pub fn measure(
    length: Millis,
    words: &[Word],
    spans: &[SpeakerSpan],
    turns: &[Turn],
    questions: Option<Vec<Vec<usize>>>,
    doubt: Option<(&Doubt, &[SpeakerSpan])>,
) -> TalkMeasures {
    let own = own(spans);
    let speech = union(spans.iter().map(|piece| piece.span));
    let silences = silences(length, &speech);
    let questions = questions.unwrap_or_else(|| marked_questions(words, turns));
    let wait_one = if words.is_empty() { waits_between(turns, |a, _| a == Speaker::Teacher) } else { waits_after(&questions, words, spans) };
    let mut speakers = by_speaker(words, &own, turns);
    let all: Millis = speakers.values().map(|talk| talk.talk_time).sum();
    let doubt = doubt.map(|(doubt, stretches)| ShareDoubt::new(doubt, stretches, &own));
    let range = |time: Millis, who: &dyn Fn(Speaker) -> bool| doubt.as_ref().and_then(|doubt| doubt.range(time, all, who));
    for (&one, talk) in &mut speakers {
        talk.share_range = range(talk.talk_time, &|speaker| speaker == one);
    }
    let students: Millis = speakers.iter().filter(|(speaker, _)| speaker.is_student()).map(|(_, talk)| talk.talk_time).sum();
    TalkMeasures {
        length,
        speakers,
        students_range: range(students, &|speaker| speaker.is_student()),
        silence: silences.iter().map(|silence| silence.length()).sum(),
        longest_silence: silences.iter().copied().max_by_key(|silence| silence.length()),
        wait_one: summarise(wait_one),
        wait_one_after_questions: !words.is_empty(),
        wait_two: summarise(waits_between(turns, |a, b| a.is_student() && b == Speaker::Teacher)),
        questions,
        minutes: by_minute(length, spans, &speech),
    }
}

/// When each speaks, sorted and disjoint.
fn own(spans: &[SpeakerSpan]) -> BTreeMap<Speaker, Vec<Span>> {
    let mut own: BTreeMap<Speaker, Vec<Span>> = BTreeMap::new();
    for piece in spans {
        own.entry(piece.speaker).or_default().push(piece.span);
    }
    own.into_iter().map(|(speaker, spans)| (speaker, union(spans))).collect()
}

fn by_speaker(words: &[Word], own: &BTreeMap<Speaker, Vec<Span>>, turns: &[Turn]) -> BTreeMap<Speaker, SpeakerTalk> {
    let talk = |spans: &Vec<Span>| SpeakerTalk { talk_time: spans.iter().map(|span| span.length()).sum(), ..SpeakerTalk::default() };
    let mut speakers: BTreeMap<Speaker, SpeakerTalk> = own.iter().map(|(&speaker, spans)| (speaker, talk(spans))).collect();
    let all: Millis = speakers.values().map(|talk| talk.talk_time).sum();
    for turn in turns {
        for backchannel in &turn.backchannels {
            let talk = speakers.entry(backchannel.speaker).or_default();
            talk.backchannels += 1;
            talk.words += spoken(&backchannel.words, words);
        }
        let talk = speakers.entry(turn.speaker).or_default();
        talk.turns += 1;
        talk.words += spoken(&turn.words, words);
        if talk.longest_turn.is_none_or(|longest| turn.span.length() > longest.length()) {
            talk.longest_turn = Some(turn.span);
        }
    }
    for talk in speakers.values_mut() {
        if all > Millis::ZERO {
            talk.share = talk.talk_time.0 as f64 / all.0 as f64;
        }
        if talk.words > 0 && talk.talk_time > Millis::ZERO {
            talk.words_per_minute = Some(talk.words as f64 * 60.0 / talk.talk_time.secs());
        }
    }
    speakers
}

/// Words that have letters or digits; a lone dash is not a word.
fn spoken(indices: &[usize], words: &[Word]) -> usize {
    indices.iter().filter(|&&index| words[index].text.chars().any(char::is_alphanumeric)).count()
}

fn silences(length: Millis, speech: &[Span]) -> Vec<Span> {
    let mut silences = Vec::with_capacity(speech.len() + 1);
    let mut quiet_since = Millis::ZERO;
    for span in speech {
        if span.start() > quiet_since {
            silences.push(Span::new(quiet_since, span.start()));
        }
        quiet_since = quiet_since.max(span.end());
    }
    if length > quiet_since {
        silences.push(Span::new(quiet_since, length));
    }
    silences
}

/// The teacher's sentences ending in a question mark.
fn marked_questions(words: &[Word], turns: &[Turn]) -> Vec<Vec<usize>> {
    let mut questions = Vec::new();
    for turn in turns.iter().filter(|turn| turn.speaker == Speaker::Teacher) {
        for sentence in turn.words.split_inclusive(|&index| words[index].ends_sentence()) {
            if sentence.last().is_some_and(|&index| words[index].ends_question()) {
                questions.push(sentence.to_vec());
            }
        }
    }
    questions
}

fn waits_after(questions: &[Vec<usize>], words: &[Word], spans: &[SpeakerSpan]) -> Vec<Span> {
    questions.iter().filter_map(|question| wait_after(words, *question.last()?, spans)).collect()
}

/// From the end of the question, which is where the teacher's own sound ends, to the next speech of anyone: another's sound, her next sound, or her next word
/// when she goes on in the same breath. Who speaks into the question's end has not been waited for.
fn wait_after(words: &[Word], last: usize, spans: &[SpeakerSpan]) -> Option<Span> {
    let word = words[last].span;
    let asked = |piece: &&SpeakerSpan| piece.speaker == Speaker::Teacher && piece.span.distance(word.middle()) <= WORD_END_DOUBT;
    let own = spans.iter().filter(asked).min_by_key(|piece| piece.span.distance(word.middle())).map(|piece| piece.span);
    let is_word_end = |end: Millis| (end.0 - word.end().0).abs() <= WORD_END_DOUBT.0;
    let next_word = words.get(last + 1).map(|next| next.span.start());
    let end = match own.map(|own| own.end()) {
        // She may go on before the sound ends; then the word says where it was.
        Some(end) if is_word_end(end) && next_word.is_none_or(|next| next >= end) => end,
        _ => word.end(),
    };
    let others = spans.iter().filter(|piece| piece.speaker != Speaker::Teacher && piece.span.end() > end).map(|piece| piece.span.start());
    let own_next = spans.iter().filter(|piece| piece.speaker == Speaker::Teacher).map(|piece| piece.span.start()).filter(|&start| start >= end);
    // Sound that goes on without words is hers too.
    let same_breath = own.filter(|own| own.end() > end).map(|own| next_word.filter(|&next| next < own.end()).unwrap_or(end));
    let next = others.chain(own_next).chain(same_breath).min()?;
    (next >= end).then(|| Span::new(end, next)).filter(|wait| wait.length() >= SHORTEST_WAIT)
}

/// The pauses between a turn and the next one, where `from` and `to` are as asked and differ.
fn waits_between(turns: &[Turn], wanted: impl Fn(Speaker, Speaker) -> bool) -> Vec<Span> {
    turns
        .windows(2)
        .filter(|pair| pair[0].speaker != pair[1].speaker && wanted(pair[0].speaker, pair[1].speaker))
        .filter(|pair| pair[1].span.start() > pair[0].span.end())
        .map(|pair| Span::new(pair[0].span.end(), pair[1].span.start()))
        .filter(|wait| wait.length() >= SHORTEST_WAIT)
        .collect()
}

fn summarise(waits: Vec<Span>) -> Waits {
    let mut lengths: Vec<Millis> = waits.iter().map(|wait| wait.length()).collect();
    lengths.sort();
    let middle = lengths.len() / 2;
    let median = match lengths.len() {
        0 => None,
        count if count % 2 == 1 => Some(lengths[middle]),
        _ => Some(Millis((lengths[middle - 1].0 + lengths[middle].0) / 2)),
    };
    Waits { median, longest: lengths.last().copied(), under_three_seconds: lengths.iter().filter(|&&length| length < ADVISED_WAIT).count(), waits }
}

/// A week: no conference is longer, and a recording forgotten over the weekend is not either.
const MOST_MINUTES: i64 = 7 * 24 * 60;

fn by_minute(length: Millis, spans: &[SpeakerSpan], speech: &[Span]) -> Vec<MinuteOfTalk> {
    let minute = Millis(60_000);
    // A damaged length costs no memory.
    let count = (length.0.max(0) / minute.0 + i64::from(length.0 % minute.0 > 0)).min(MOST_MINUTES);
    let of = |wanted: fn(Speaker) -> bool| union(spans.iter().filter(|piece| wanted(piece.speaker)).map(|piece| piece.span));
    let teacher = of(|speaker| speaker == Speaker::Teacher);
    let students = of(Speaker::is_student);
    let within = |spans: &[Span], window: Span| spans.iter().filter_map(|span| span.overlap(window)).map(|shared| shared.length()).sum::<Millis>();
    (0..count)
        .map(|index| Span::new(Millis(index * minute.0), Millis((index + 1) * minute.0).min(length)))
        .map(|window| MinuteOfTalk {
            teacher: within(&teacher, window),
            students: within(&students, window),
            silence: window.length() - within(speech, window),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::fixture::talk;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(script: &str, expected: Expect) {
        let talk = talk(script);
        let measures = talk.measures();
        let mut seen = String::new();
        for (speaker, talk) in &measures.speakers {
            seen.push_str(&format!(
                "{}: {:.1} s, {:.0}%, {} turns, {} back-channels, {} words\n",
                speaker.key(),
                talk.talk_time.secs(),
                talk.share * 100.0,
                talk.turns,
                talk.backchannels,
                talk.words
            ));
        }
        let list = |waits: &Waits| waits.waits.iter().map(|wait| format!("{:.1}", wait.length().secs())).collect::<Vec<_>>().join(" ");
        seen.push_str(&format!("silence {:.1} s; wait one: {}; wait two: {}\n", measures.silence.secs(), list(&measures.wait_one), list(&measures.wait_two)));
        expected.assert_eq(&seen);
    }

    #[test]
    fn a_small_talk_is_measured_as_defined() {
        check(
            "T 0-4 What are you working on? | S 7-9 A poem. | T 10-11 Okay.",
            expect![[r#"
            teacher: 5.0 s, 71%, 2 turns, 0 back-channels, 6 words
            student1: 2.0 s, 29%, 1 turns, 0 back-channels, 2 words
            silence 4.0 s; wait one: 3.0; wait two: 1.0
        "#]],
        );
    }

    #[test]
    fn a_question_the_teacher_answers_herself_ends_its_wait_with_her_own_words() {
        check(
            "T 0-2 What happened? | T 2.8-4 It rained. | S 4.1-5 Yes.",
            expect![[r#"
            teacher: 3.2 s, 78%, 1 turns, 0 back-channels, 4 words
            student1: 0.9 s, 22%, 1 turns, 0 back-channels, 1 words
            silence 0.9 s; wait one: 0.8; wait two: 
        "#]],
        );
    }

    #[test]
    fn a_wait_begins_where_the_teachers_own_sound_ends_and_not_where_a_childs_ended_before_it() {
        let wait = |question: Span, words: &[Word], spans: &[SpeakerSpan]| {
            let asked = words.iter().position(|word| word.span == question).unwrap();
            waits_after(&[vec![asked]], words, spans).first().map(|wait| (wait.start().0, wait.end().0))
        };
        let word = |text: &str, from: i64, to: i64| Word { text: text.into(), span: Span::new(Millis(from), Millis(to)), confidence: 0.9 };
        let piece = |speaker, from: i64, to: i64| SpeakerSpan { span: Span::new(Millis(from), Millis(to)), speaker };
        let (teacher, child) = (Speaker::Teacher, Speaker::Student(1));
        let why = word("Why?", 2200, 2450);
        // A child's word ends just before it.
        let spans = [piece(child, 500, 2100), piece(teacher, 2200, 2600), piece(child, 4600, 6000)];
        assert_eq!(wait(why.span, std::slice::from_ref(&why), &spans), Some((2600, 4600)));
        // She goes on in the same breath: that ends it, however long the sound is.
        let spans = [piece(teacher, 2200, 5000), piece(child, 6000, 7000)];
        let same_breath = [why.clone(), word("Tell", 2900, 3100), word("me.", 3100, 3400)];
        assert_eq!(wait(why.span, &same_breath, &spans), Some((2450, 2900)));
        assert_eq!(wait(why.span, &[why.clone(), word("Tell", 2500, 2700)], &spans), None, "no wait at all");
        // The child speaks into it, or speaks all along.
        assert_eq!(wait(why.span, std::slice::from_ref(&why), &[piece(teacher, 2200, 2600), piece(child, 2500, 4000), piece(child, 5000, 6000)]), None);
        assert_eq!(wait(why.span, std::slice::from_ref(&why), &[piece(child, 0, 4000), piece(teacher, 2200, 2600), piece(child, 5000, 6000)]), None);
        assert_eq!(wait(why.span, std::slice::from_ref(&why), &[piece(teacher, 2200, 2600)]), None, "nobody speaks after it");
    }

    #[test]
    fn without_words_waits_follow_the_teachers_turns() {
        check(
            "T 0-4 | S 6-9 | T 9.1-12",
            expect![[r#"
            teacher: 6.9 s, 70%, 2 turns, 0 back-channels, 0 words
            student1: 3.0 s, 30%, 1 turns, 0 back-channels, 0 words
            silence 2.1 s; wait one: 2.0; wait two: 
        "#]],
        );
    }

    #[test]
    fn a_minute_holds_its_own_talk_and_silence() {
        let talk = talk("T 0-30 | S 50-70");
        let minutes = &talk.measures().minutes;
        assert_eq!(minutes[0], MinuteOfTalk { teacher: Millis(30_000), students: Millis(10_000), silence: Millis(20_000) });
        assert_eq!(minutes[1].students, Millis(10_000));
    }

    #[test]
    fn a_damaged_length_costs_no_memory() {
        for length in [i64::MAX, i64::MAX - 30_000, i64::MIN, -1] {
            let minutes = by_minute(Millis(length), &[], &[]).len();
            assert!(minutes <= MOST_MINUTES as usize, "{length}: {minutes} minutes");
        }
        let ends = [(0, 0), (1, 1), (60_000, 1), (60_001, 2)];
        assert!(ends.iter().all(|&(length, minutes)| by_minute(Millis(length), &[], &[]).len() == minutes));
    }

    const SPEAKERS: [Speaker; 4] = [Speaker::Teacher, Speaker::Student(1), Speaker::Student(2), Speaker::Other];

    /// Stretches of speech with pauses, in which people overlap others but never themselves; sorted, and their end.
    fn any_speech() -> impl Strategy<Value = (Vec<SpeakerSpan>, Millis)> {
        prop::collection::vec((1_i64..8000, -2000_i64..4000, 0_usize..4), 1..60).prop_map(|pieces| {
            let mut at = 0;
            let mut ends = [0; 4];
            let mut spans: Vec<SpeakerSpan> = Vec::new();
            for (length, pause, who) in pieces {
                let start = (at + pause).max(ends[who]);
                ends[who] = start + length;
                spans.push(SpeakerSpan { span: Span::new(Millis(start), Millis(start + length)), speaker: SPEAKERS[who] });
                at = at.max(start + length);
            }
            spans.sort_by_key(|piece| (piece.span, piece.speaker));
            (spans, Millis(at))
        })
    }

    fn measured(spans: &[SpeakerSpan], length: Millis) -> (TalkMeasures, Vec<Turn>) {
        let turns = crate::conference::turns(&[], spans, &crate::conference::Corrections::default());
        (measure(length, &[], spans, &turns, None, None), turns)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn shares_sum_to_the_whole_and_silence_fills_the_rest((spans, end) in any_speech()) {
            let length = end + Millis(500);
            let (measures, turns) = measured(&spans, length);
            let total: f64 = measures.speakers.values().map(|talk| talk.share).sum();
            prop_assert!((total - 1.0).abs() < 1e-9);
            let speech: Millis = union(spans.iter().map(|piece| piece.span)).iter().map(|span| span.length()).sum();
            prop_assert_eq!(speech + measures.silence, length);
            for (at, turn) in turns.iter().enumerate() {
                let after = turns[at + 1..].iter().filter(|other| other.speaker == turn.speaker);
                prop_assert!(after.into_iter().all(|other| other.span.overlap(turn.span).is_none()), "a turn overlaps itself");
            }
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
            at += silence;
            say(&mut at, 700, next);
            for (length, pause, who) in after {
                at += pause;
                say(&mut at, length, who);
            }
            let words = [Word { text: "Why?".into(), span: asked, confidence: 0.9 }];
            let wait = waits_after(&[vec![0]], &words, &spans).first().copied();
            let expected = (silence >= SHORTEST_WAIT.0).then(|| Span::new(ends, ends + Millis(silence)));
            prop_assert_eq!(wait, expected);
        }

        #[test]
        fn who_is_called_what_does_not_change_what_is_measured((spans, end) in any_speech(), by in 1_usize..4) {
            let other = |speaker: Speaker| SPEAKERS[(SPEAKERS.iter().position(|&one| one == speaker).unwrap() + by) % 4];
            let renamed: Vec<SpeakerSpan> = spans.iter().map(|piece| SpeakerSpan { speaker: other(piece.speaker), ..*piece }).collect();
            let (before, after) = (measured(&spans, end).0, measured(&renamed, end).0);
            for (&speaker, talk) in &before.speakers {
                let renamed = &after.speakers[&other(speaker)];
                prop_assert_eq!((talk.talk_time, talk.share), (renamed.talk_time, renamed.share));
            }
            prop_assert_eq!((before.silence, before.longest_silence), (after.silence, after.longest_silence));
        }

        #[test]
        fn silence_at_the_ends_changes_nothing((spans, end) in any_speech(), ends in (0_i64..9000, 0_i64..9000)) {
            let late: Vec<SpeakerSpan> =
                spans.iter().map(|piece| SpeakerSpan { span: Span::new(piece.span.start() + Millis(ends.0), piece.span.end() + Millis(ends.0)), ..*piece }).collect();
            let (before, after) = (measured(&spans, end).0, measured(&late, end + Millis(ends.0 + ends.1)).0);
            let talk = |measures: &TalkMeasures| measures.speakers.iter().map(|(&who, talk)| (who, talk.talk_time, talk.turns, talk.backchannels)).collect::<Vec<_>>();
            prop_assert_eq!(talk(&before), talk(&after));
            let waits = |waits: &Waits| (waits.median, waits.longest, waits.under_three_seconds);
            prop_assert_eq!((waits(&before.wait_one), waits(&before.wait_two)), (waits(&after.wait_one), waits(&after.wait_two)));
            prop_assert_eq!(before.silence + Millis(ends.0 + ends.1), after.silence);
        }
    }
}
