//! Who talked how much, how long people waited: the measures of `product.md`, as total functions of turns and words.

use super::turns::Turn;
use super::waits::{WaitInputs, Waits, marked_questions, reaches};
use crate::conference::model::doubt::{Doubt, ShareDoubt, TalkShare};
use crate::conference::model::speakers::{Speaker, SpeakerSpan};
use crate::conference::model::time::{Millis, Span, union};
use crate::conference::model::transcript::Word;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

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
    /// How long it is, without what was not recorded.
    #[serde(default)]
    pub longest_turn_time: Option<Millis>,
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

/// One minute of the talk-by-minute strip; the last may be shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MinuteOfTalk {
    /// The teacher's speech in it.
    pub teacher: Millis,
    /// The students' speech in it.
    pub students: Millis,
    /// Recorded time in which nobody speaks.
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
    /// How much of that was not recorded (a microphone that went away, a damaged file): in none of the measures.
    #[serde(default)]
    pub unrecorded: Millis,
    /// Recorded time minus the union of all speech.
    pub silence: Millis,
    /// The longest stretch without speech, of which there is sound.
    pub longest_silence: Option<Span>,
    /// Wait time 1. Without words there are no questions to be found; then the teacher's turns stand in for them.
    pub wait_one: Waits,
    /// Whether `wait_one` is measured after questions (words known) or only after the teacher's turns.
    pub wait_one_after_questions: bool,
    /// Every pause after words of the teacher's that may have been a wait: those that were found to be one, and the others. Sorted.
    #[serde(skip)]
    pub pauses: Vec<Span>,
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
    /// How much there is sound of.
    #[must_use]
    pub fn recorded(&self) -> Millis {
        self.length - self.unrecorded
    }

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
    pub(in crate::conference) fn without_times(self) -> Self {
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

/// What a conference is measured from.
#[derive(Debug, Clone, Copy, Default)]
pub struct Measured<'a> {
    /// The recording's length.
    pub length: Millis,
    /// Stretches of which there is no sound: nobody knows who spoke in them, so no measure counts them. Those behind the end are passed over.
    pub unrecorded: &'a [Span],
    /// Levels of the sound, see [`ENVELOPE_STEP`](crate::conference::ENVELOPE_STEP); may be empty.
    pub envelope: &'a [u8],
    /// The transcript's, corrected.
    pub words: &'a [Word],
    /// Who speaks when, sorted by start.
    pub spans: &'a [SpeakerSpan],
    /// Made of them by [`turns`](super::turns::turns).
    pub turns: &'a [Turn],
    /// The teacher's questions as found, each as its words' indices; without them, the teacher's sentences with a question mark.
    pub questions: Option<&'a [Vec<usize>]>,
    /// The moments of the waits that the teacher chose among the pauses; none: as found.
    pub chosen_waits: Option<&'a [Millis]>,
    /// What is unsure, and what may be another speaker's.
    pub doubt: Option<(&'a Doubt, &'a [SpeakerSpan])>,
}

/// Measures a conference.
#[must_use]
pub fn measure(of: &Measured<'_>) -> TalkMeasures {
    let Measured { length, words, turns, .. } = *of;
    let unrecorded = union(of.unrecorded.iter().filter_map(|hole| hole.overlap(Span::new(Millis::ZERO, length))));
    let spans = &recorded(of.spans, &unrecorded);
    let own = own(spans);
    let speech = union(spans.iter().map(|piece| piece.span));
    let silences = silences(length, union(speech.iter().chain(&unrecorded).copied()));
    let questions = of.questions.map_or_else(|| marked_questions(words, turns), <[Vec<usize>]>::to_vec);
    let inputs = WaitInputs { words, spans, turns, unrecorded: &unrecorded, envelope: of.envelope, reaches: &reaches(spans) };
    let wait_one = inputs.wait_one(&questions);
    let pauses = inputs.pauses(&wait_one);
    let mut speakers = by_speaker(words, &own, turns, &unrecorded);
    let all: Millis = speakers.values().map(|talk| talk.talk_time).sum();
    let doubt = of.doubt.map(|(doubt, stretches)| ShareDoubt::new(doubt, stretches, &own));
    let range = |time: Millis, who: &dyn Fn(Speaker) -> bool| doubt.as_ref().and_then(|doubt| doubt.range(time, all, who));
    for (&one, talk) in &mut speakers {
        talk.share_range = range(talk.talk_time, &|speaker| speaker == one);
    }
    let students: Millis = speakers.iter().filter(|(speaker, _)| speaker.is_student()).map(|(_, talk)| talk.talk_time).sum();
    TalkMeasures {
        length,
        unrecorded: unrecorded.iter().map(|hole| hole.length()).sum(),
        speakers,
        students_range: range(students, &|speaker| speaker.is_student()),
        silence: silences.iter().map(|silence| silence.length()).sum(),
        longest_silence: silences.iter().copied().max_by_key(|silence| silence.length()),
        wait_one: match of.chosen_waits {
            Some(chosen) => inputs.wait_one_among(&pauses, chosen),
            None => wait_one,
        },
        pauses,
        wait_one_after_questions: !words.is_empty(),
        wait_two: inputs.wait_two(),
        questions,
        minutes: by_minute(length, spans, &speech, &unrecorded),
    }
}

/// The stretches of speech of which there is sound.
fn recorded(spans: &[SpeakerSpan], unrecorded: &[Span]) -> Vec<SpeakerSpan> {
    let rest = |piece: &SpeakerSpan| piece.span.without(unrecorded.iter().copied()).into_iter().map(|span| SpeakerSpan { span, ..*piece }).collect::<Vec<_>>();
    let mut recorded: Vec<SpeakerSpan> = spans.iter().flat_map(rest).collect();
    recorded.sort_by_key(|piece| piece.span);
    recorded
}

/// When each speaks, sorted and disjoint.
fn own(spans: &[SpeakerSpan]) -> BTreeMap<Speaker, Vec<Span>> {
    let mut own: BTreeMap<Speaker, Vec<Span>> = BTreeMap::new();
    for piece in spans {
        own.entry(piece.speaker).or_default().push(piece.span);
    }
    own.into_iter().map(|(speaker, spans)| (speaker, union(spans))).collect()
}

fn by_speaker(words: &[Word], own: &BTreeMap<Speaker, Vec<Span>>, turns: &[Turn], unrecorded: &[Span]) -> BTreeMap<Speaker, SpeakerTalk> {
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
        let time: Millis = turn.span.without(unrecorded.iter().copied()).iter().map(|part| part.length()).sum();
        if talk.longest_turn_time.is_none_or(|longest| time > longest) {
            (talk.longest_turn, talk.longest_turn_time) = (Some(turn.span), Some(time));
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

/// What lies between stretches of speech, or of which there is no sound: sorted, disjoint.
fn silences(length: Millis, filled: Vec<Span>) -> Vec<Span> {
    let mut silences = Vec::with_capacity(filled.len() + 1);
    let mut quiet_since = Millis::ZERO;
    for span in filled {
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

/// A week: no conference is longer, and a recording forgotten over the weekend is not either.
const MOST_MINUTES: i64 = 7 * 24 * 60;

fn by_minute(length: Millis, spans: &[SpeakerSpan], speech: &[Span], unrecorded: &[Span]) -> Vec<MinuteOfTalk> {
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
            silence: window.length() - within(speech, window) - within(unrecorded, window),
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
    fn what_was_not_recorded_is_in_no_measure() {
        let facts = talk("T 0-4 What are you working on? | S 7-9 A poem. | T 9.5-30 Okay then. | S 35-36 Yes.").data().clone();
        let holes = [Span::from_secs(5.0, 6.0), Span::from_secs(10.0, 20.0), Span::from_secs(31.0, 34.0), Span::from_secs(36.0, 99.0)];
        let holed = crate::conference::ConferenceRecord::new(crate::conference::ConferenceData { dropouts: holes.to_vec(), ..facts.clone() });
        let (whole, holed) = (crate::conference::ConferenceRecord::new(facts).measures().clone(), holed.measures().clone());
        assert_eq!(
            (holed.length, holed.unrecorded, holed.recorded()),
            (Millis(36_000), Millis(14_000), Millis(22_000)),
            "what lies behind the end is no part of it"
        );
        let teacher = |measures: &TalkMeasures| measures.speakers[&Speaker::Teacher].clone();
        assert_eq!((whole.silence, holed.silence), (Millis(8_500), Millis(4_500)));
        assert_eq!((whole.longest_silence, holed.longest_silence), (Some(Span::from_secs(30.0, 35.0)), Some(Span::from_secs(34.0, 35.0))));
        assert_eq!((teacher(&whole).talk_time, teacher(&holed).talk_time), (Millis(24_500), Millis(14_500)));
        assert_eq!((teacher(&whole).longest_turn_time, teacher(&holed).longest_turn_time), (Some(Millis(20_500)), Some(Millis(10_500))));
        assert_eq!(teacher(&holed).words_per_minute, Some(7.0 * 60.0 / 14.5));
        assert_eq!(whole.wait_one.waits, [Span::from_secs(4.0, 7.0)]);
        assert_eq!(holed.wait_one.waits, [], "nobody knows who spoke in it");
        assert_eq!(holed.minutes[0].silence + holed.minutes[0].teacher + holed.minutes[0].students, holed.recorded());
    }

    #[test]
    fn a_damaged_length_costs_no_memory() {
        for length in [i64::MAX, i64::MAX - 30_000, i64::MIN, -1] {
            let minutes = by_minute(Millis(length), &[], &[], &[]).len();
            assert!(minutes <= MOST_MINUTES as usize, "{length}: {minutes} minutes");
        }
        let ends = [(0, 0), (1, 1), (60_000, 1), (60_001, 2)];
        assert!(ends.iter().all(|&(length, minutes)| by_minute(Millis(length), &[], &[], &[]).len() == minutes));
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
        let turns = crate::conference::turns(&[], spans, &crate::conference::Corrections::default(), true);
        let measures = measure(&Measured { length, spans, turns: &turns, ..Measured::default() });
        (measures, turns)
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
