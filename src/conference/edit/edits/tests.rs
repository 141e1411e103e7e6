use super::*;
use crate::conference::fixture::talk;
use crate::conference::{FindingOverride, Participant, Phase, Question, Rating, Student, StudentId, TeacherKnown};
use proptest::prelude::*;

fn said(record: &ConferenceRecord) -> String {
    let lines = record.turns().iter().map(|turn| {
        let asides: String = turn.backchannels.iter().map(|aside| format!(" [{}]", record.transcript().text(&aside.words))).collect();
        format!("{}: {}{asides}", turn.speaker.key(), record.transcript().text(&turn.words))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn corrected_words_keep_the_times_of_those_that_stay() {
    let mut record = talk("T 0-4 How is it goin? | S 5-8 I am writing a poet.");
    let times: Vec<Span> = record.transcript().words.iter().map(|word| word.span).collect();
    record.apply(record.rewrite_turn(1, "I am writing a long poem.").unwrap());
    assert_eq!(said(&record), "teacher: How is it goin?\nstudent1: I am writing a long poem.");
    let words = &record.transcript().words;
    assert_eq!(words[..7].iter().map(|word| word.span).collect::<Vec<_>>(), times[..7]);
    assert!(words.windows(2).all(|pair| pair[0].span.start() <= pair[1].span.start()));
    assert_eq!(record.data().transcript.words.len(), 9, "what was found stays as it was");
}

#[test]
fn a_correction_of_a_correction_and_all_words_away() {
    let mut record = talk("T 0-4 one two three | S 5-8 four five six");
    record.apply(record.rewrite_turn(0, "one 2 and a half three").unwrap());
    record.apply(record.rewrite_turn(0, "zero one 2 three indeed").unwrap());
    assert_eq!(said(&record), "teacher: zero one 2 three indeed\nstudent1: four five six");
    record.apply(record.rewrite_turn(0, "").unwrap());
    assert_eq!(said(&record), "teacher: \nstudent1: four five six");
    record.apply(record.rewrite_turn(0, "again then").unwrap());
    assert_eq!(said(&record), "teacher: again then\nstudent1: four five six");
}

#[test]
fn what_another_put_in_meanwhile_is_not_touched() {
    let mut record = talk("S 0-4 I went to the lake and | T 4.1-4.5 mm-hm | S 4.7-8 then it rained.");
    record.apply(record.rewrite_turn(0, "I went to a lake and then it rained.").unwrap());
    assert_eq!(said(&record), "student1: I went to a lake and then it rained. [mm-hm]");
    record.apply(record.give_turn(0, Speaker::Other).unwrap());
    assert_eq!(said(&record), "other: I went to a lake and then it rained. [mm-hm]");
}

#[test]
fn a_turn_is_split_where_the_second_speaker_begins_and_joined_again() {
    let mut record = talk("T 0-4 What now? I do not know.");
    record.apply(record.split_turn(0, 2).unwrap());
    record.apply(record.give_turn(1, Speaker::Student(1)).unwrap());
    assert_eq!(said(&record), "teacher: What now?\nstudent1: I do not know.");
    assert!(record.measures().student_share().unwrap() > 0.4);
    record.apply(record.join_above(1).unwrap());
    assert_eq!(said(&record), "teacher: What now? I do not know.");
}

#[test]
fn turns_apart_by_a_long_pause_can_be_one() {
    let mut record = talk("T 0-2 First of all | T 4-6 read it aloud.");
    assert_eq!(record.turns().len(), 2);
    record.apply(record.join_above(1).unwrap());
    assert_eq!(said(&record), "teacher: First of all read it aloud.");
}

#[test]
fn a_name_is_replaced_everywhere_in_one_step() {
    let record = talk("T 0-4 “Maja, is Maja's book here?” | S 5-8 maja! Ask Maja");
    assert_eq!(record.count_of("maja"), 4);
    let edit = record.replace_everywhere("maja", "Maya").unwrap();
    let mut changed = record.clone();
    let inverse = changed.apply(edit);
    assert_eq!(said(&changed), "teacher: “Maya, is Maya's book here?”\nstudent1: Maya! Ask Maya");
    changed.apply(inverse);
    assert_eq!(changed, record);
}

#[test]
fn words_of_a_script_without_spaces_are_corrected_where_they_stand() {
    let mut record = talk("T 0-4 我们 今天 写 什么？ | S 5-8 ฉัน เขียน เรื่อง หมา | T 9-12 小 明 喜欢 小明 吗？");
    let times: Vec<Span> = record.transcript().words.iter().map(|word| word.span).collect();
    assert_eq!(said(&record), "teacher: 我们今天写什么？\nstudent1: ฉันเขียนเรื่องหมา\nteacher: 小明喜欢小明吗？");
    assert_eq!(record.rewrite_turn(0, " 我们今天写什么？"), None, "nothing was changed");
    record.apply(record.rewrite_turn(0, "我们明天写什么？").unwrap());
    record.apply(record.rewrite_turn(1, "ฉันเขียนเรื่องแมว ครับ").unwrap());
    assert_eq!(said(&record), "teacher: 我们明天写什么？\nstudent1: ฉันเขียนเรื่องแมว ครับ\nteacher: 小明喜欢小明吗？");
    let of = |record: &ConferenceRecord, text: &str| record.transcript().words.iter().find(|word| word.text == text).map(|word| word.span);
    assert_eq!(
        (of(&record, "我们"), of(&record, "写"), of(&record, "什么？"), of(&record, "เขียน")),
        (Some(times[0]), Some(times[2]), Some(times[3]), Some(times[5]))
    );
    // However the recognizer cut the name.
    assert_eq!(record.count_of("小明"), 2);
    record.apply(record.replace_everywhere("小明", "晓明").unwrap());
    assert_eq!(said(&record).lines().last(), Some("teacher: 晓明喜欢晓明吗？"));
}

#[test]
fn a_name_is_replaced_where_it_stands_though_turns_are_counted_anew_by_it() {
    // Maja's one word between two of the teacher's is a sign of listening once it reads "yeah", and the two are one turn then.
    let record = talk("T 0-4 Look at this | S 4.1-5.5 Oya | T 5.8-8 and read it | S 10-12 So Oya went home | T 13-14 Oya?");
    let mut changed = record.clone();
    changed.apply(record.replace_everywhere("oya", "yeah").unwrap());
    assert_eq!(said(&changed), "teacher: Look at this and read it [yeah]\nstudent1: So yeah went home\nteacher: yeah?");
    // And in what others put in.
    assert_eq!(changed.count_of("Yeah"), 3);
    changed.apply(changed.replace_everywhere("yeah", "Oya Lin").unwrap());
    assert_eq!(
        changed.transcript().text(&(0..changed.transcript().words.len()).collect::<Vec<_>>()),
        "Look at this Oya Lin and read it So Oya Lin went home Oya Lin?"
    );
    assert_eq!(changed.count_of("oya lin"), 3);
}

#[test]
fn a_correction_at_the_edge_of_a_voice_moves_no_word_to_the_other() {
    // "think?" is heard as the student's and goes with the teacher's sentence.
    let mut record = talk("T 0-2 And what do you | S 2.1-2.6 think? | S 3.9-6 I like it.");
    assert_eq!(said(&record), "teacher: And what do you think?\nstudent1: \nstudent1: I like it.");
    record.apply(record.rewrite_turn(0, "And what do you. Say?").unwrap());
    assert_eq!(said(&record), "teacher: And what do you. Say?\nstudent1: I like it.");
    let mut record = talk("S 0-4 I went to the lake and | T 4.1-4.5 mm-hm | S 4.7-8 then it rained.");
    record.apply(record.rewrite_turn(0, "I went to the lake with my cousin from Spain, and once there it all rained.").unwrap());
    assert_eq!(said(&record), "student1: I went to the lake with my cousin from Spain, and once there it all rained. [mm-hm]");
}

#[test]
fn words_typed_on_both_sides_of_one_stand_in_their_order() {
    let mut record = talk("T 0-3 What is it? | S 3.1-3.5 a | T 3.6-8 Tell me more.");
    record.apply(record.rewrite_turn(1, "C a C").unwrap());
    assert_eq!(said(&record), "teacher: What is it?\nstudent1: C a C\nteacher: Tell me more.");
}

#[test]
fn a_word_put_into_a_pause_can_be_taken_away_again() {
    let mut record = talk("S 10-12 ba a b");
    for text in ["ba a", "a a", "a"] {
        record.apply(record.rewrite_turn(0, text).unwrap());
        assert_eq!(said(&record), format!("student1: {text}"));
    }
}

#[test]
fn corrections_outlive_a_new_transcription() {
    let mut record = talk("T 0-4 How is it goin? | S 5-8 Fine.");
    record.apply(record.rewrite_turn(0, "How is it going?").unwrap());
    let mut facts = record.data().clone();
    for word in &mut facts.transcript.words {
        word.text = word.text.to_uppercase();
    }
    assert_eq!(said(&ConferenceRecord::new(facts)), "teacher: HOW IS IT going?\nstudent1: FINE.");
}

#[derive(Debug, Clone)]
enum Step {
    Rewrite(usize, String),
    Give(usize, Speaker),
    Split(usize, usize),
    Join(usize),
    Replace(String, String),
    /// A stretch, in milliseconds from and for.
    GiveStretch(i64, i64, Speaker),
    Tag(i64, i64, Phase),
    Compliment(Option<(i64, i64)>),
    Strategy(Option<(i64, i64)>),
    NotAQuestion(usize),
    PutBack,
    /// Nothing that words or voices hang on.
    Other(Edit),
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0_usize..5, "[ab]{1,2}( [ab]{1,2}){0,6}").prop_map(|(turn, text)| Step::Rewrite(turn, text)),
        (0_usize..5, any_speaker()).prop_map(|(turn, speaker)| Step::Give(turn, speaker)),
        (0_usize..5, 0_usize..5).prop_map(|(turn, word)| Step::Split(turn, word)),
        (0_usize..5).prop_map(Step::Join),
        ("[ab]", "[ab ]{0,3}").prop_map(|(name, with)| Step::Replace(name, with)),
        (any_stretch(), any_speaker()).prop_map(|((from, length), speaker)| Step::GiveStretch(from, length, speaker)),
        (any_stretch(), prop::sample::select(Phase::ALL.to_vec())).prop_map(|((from, length), phase)| Step::Tag(from, length, phase)),
        prop::option::of(any_stretch()).prop_map(Step::Compliment),
        prop::option::of(any_stretch()).prop_map(Step::Strategy),
        (0_usize..3).prop_map(Step::NotAQuestion),
        Just(Step::PutBack),
        any_other().prop_map(Step::Other),
    ]
}

fn any_stretch() -> impl Strategy<Value = (i64, i64)> {
    (0_i64..13_000, 0_i64..6000)
}

fn any_speaker() -> impl Strategy<Value = Speaker> {
    prop::sample::select(vec![Speaker::Teacher, Speaker::Student(1), Speaker::Student(2), Speaker::Other, Speaker::Unknown])
}

fn any_other() -> impl Strategy<Value = Edit> {
    let question = prop::sample::select(Question::ALL.to_vec());
    let roles = prop::collection::vec(any_speaker(), 0..4);
    prop_oneof![
        (question.clone(), prop::option::of(prop::sample::select(Rating::ALL.to_vec()))).prop_map(|(question, rating)| Edit::Rate(question, rating)),
        (question.clone(), "[a-z ]{0,5}").prop_map(|(question, note)| Edit::Note(question, note)),
        (question, "[a-z ]{0,5}").prop_map(|(question, text)| Edit::Extra(question, text)),
        (0_i64..5).prop_map(|at| Edit::AddMark(Millis(at))),
        (0_i64..5).prop_map(|at| Edit::RemoveMark(Millis(at))),
        roles.prop_map(|roles| Edit::Roles(roles, TeacherKnown::ByTeacher)),
        "[a-z]{0,4}".prop_map(Edit::Title),
        prop::collection::vec(("[a-z]{1,3}", prop::option::of(1_u8..4)), 0..3).prop_map(|who| {
            let student = |name| Student { id: StudentId::from_u128(7), name };
            Edit::Participants(who.into_iter().map(|(name, voice)| Participant { student: student(name), voice }).collect())
        }),
        (1_u8..4).prop_map(Edit::Students),
    ]
}

fn take(record: &ConferenceRecord, step: Step) -> Option<Edit> {
    match step {
        Step::Rewrite(turn, text) => record.rewrite_turn(turn, &text),
        Step::Give(turn, speaker) => record.give_turn(turn, speaker),
        Step::Split(turn, word) => record.split_turn(turn, word),
        Step::Join(turn) => record.join_above(turn),
        Step::Replace(name, with) => record.replace_everywhere(&name, &with),
        Step::GiveStretch(from, length, speaker) => Some(record.give_stretch(stretch(from, length), speaker)),
        Step::Tag(from, length, phase) => changed(record, |all| *all = all.with_phase(stretch(from, length), phase)),
        Step::Compliment(meant) => changed(record, |all| all.compliment = Some(meant_by(meant))),
        Step::Strategy(meant) => changed(record, |all| all.strategy = Some(meant_by(meant))),
        Step::NotAQuestion(index) => {
            let at = record.evidence().questions.get(index)?.at.start();
            changed(record, |all| all.not_questions.push(at))
        }
        Step::PutBack => changed(record, |all| (all.compliment, all.strategy, all.phases) = (None, None, Vec::new())),
        Step::Other(edit) => Some(edit),
    }
}

fn stretch(from: i64, length: i64) -> Span {
    Span::new(Millis(from), Millis(from + length))
}

fn meant_by(meant: Option<(i64, i64)>) -> FindingOverride {
    meant.map_or(FindingOverride::Nothing, |(from, length)| FindingOverride::Here(stretch(from, length)))
}

fn changed(record: &ConferenceRecord, change: impl FnOnce(&mut Corrections)) -> Option<Edit> {
    let mut corrections = record.data().corrections.clone();
    change(&mut corrections);
    Some(Edit::Correct(Box::new(corrections)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn any_edits_are_taken_back_and_done_again_whole_and_lose_no_word(steps in prop::collection::vec(any_step(), 0..14)) {
        let original = talk(
            "T 0-3 What is it? | S 3.1-3.5 a | T 3.6-8 I noticed how you used b | S 10-12 ba a b | T 12-13 Today I want to teach you to use ab",
        );
        let mut record = original.clone();
        let mut undo = Vec::new();
        for step in steps {
            let rewritten = match &step {
                Step::Rewrite(turn, text) if *turn < record.turns().len() => Some(text.clone()),
                _ => None,
            };
            let words_before: usize = record.transcript().words.len();
            let turn_words = match &step { Step::Rewrite(turn, _) => record.turns().get(*turn).map_or(0, |turn| turn.words.len()), _ => 0 };
            let keeps_count = !matches!(step, Step::Rewrite(..) | Step::Replace(..));
            if let Some(edit) = take(&record, step) {
                undo.push(record.apply(edit));
            }
            // Every word is in a turn or an aside, once.
            let mut shown: Vec<usize> = record.turns().iter().flat_map(|turn| turn.words.iter().chain(turn.backchannels.iter().flat_map(|aside| &aside.words))).copied().collect();
            shown.sort_unstable();
            prop_assert_eq!(shown, (0..record.transcript().words.len()).collect::<Vec<_>>());
            if keeps_count {
                prop_assert_eq!(record.transcript().words.len(), words_before);
            }
            if let Some(text) = rewritten {
                prop_assert_eq!(record.transcript().words.len(), words_before - turn_words + text.split_whitespace().count());
            }
            prop_assert!(record.transcript().words.windows(2).all(|pair| pair[0].span.start() <= pair[1].span.start()));
            let shares: f64 = record.measures().speakers.values().map(|talk| talk.share).sum();
            prop_assert!((shares - 1.0).abs() < 1e-9);
            prop_assert_eq!(record.evidence().turn_phases.len(), record.turns().len());
            prop_assert_eq!(&record, &ConferenceRecord::new(record.data().clone()), "what is on screen is what opening it again shows");
        }
        let changed = record.clone();
        let mut redo = Vec::new();
        while let Some(edit) = undo.pop() {
            redo.push(record.apply(edit));
        }
        prop_assert_eq!(&record, &original);
        while let Some(edit) = redo.pop() {
            record.apply(edit);
        }
        prop_assert_eq!(&record, &changed);
    }
}
