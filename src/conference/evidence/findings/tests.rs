use super::*;
use crate::conference::fixture::talk;
use proptest::prelude::*;

fn found(script: &str) -> Evidence {
    let record = talk(script);
    find_evidence(&record.data().transcript.words, record.turns(), "en")
}

#[test]
fn bare_praise_and_praise_of_the_person_are_no_compliment() {
    let evidence = found("T 0-2 What are you working on? | S 3-5 A poem. | T 6-9 Good job. You are so smart.");
    assert!(evidence.compliments.is_empty());
    assert_eq!((evidence.bare_praise.len(), evidence.person_praise.len()), (1, 1));
}

#[test]
fn what_the_writer_did_not_do_is_no_compliment() {
    assert!(found("T 0-3 How is it going? | S 4-5 Good. | T 6-9 I noticed you didn't write a title.").compliments.is_empty());
    assert!(found("T 0-3 How is it going? | S 4-5 Good. | T 6-9 I'd love it if you added a title.").compliments.is_empty());
    assert!(found("T 0-3 How is it going? | S 4-5 Good. | T 6-9 I like how the author lets us wait here.").compliments.is_empty());
}

#[test]
fn without_words_or_teacher_or_table_nothing_is_made_up() {
    let record = talk("T 0-3 How is it going? | S 4-5 Good.");
    assert_eq!(find_evidence(&[], record.turns(), "en").not_sought, Some(NotSought::NoWords));
    assert_eq!(find_evidence(&record.data().transcript.words, record.turns(), "de").not_sought, Some(NotSought::Language));
    assert_eq!(found("S 0-3 How is it going? | S2 4-5 Good.").not_sought, Some(NotSought::NoTeacher));
}

#[test]
fn a_question_is_open_closed_or_a_tag() {
    let kinds = |script: &str| found(script).questions.iter().map(|question| question.kind).collect::<Vec<_>>();
    assert_eq!(kinds("T 0-3 Can you tell me about your plan?"), [QuestionKind::Open]);
    assert_eq!(kinds("T 0-3 Tell me more."), [QuestionKind::Open]);
    assert_eq!(kinds("T 0-3 What is it, a poem or a letter?"), [QuestionKind::Closed]);
    assert_eq!(kinds("T 0-3 You put that in yourself, right?"), [QuestionKind::Tag]);
    assert_eq!(kinds("T 0-3 so where did you get that"), [QuestionKind::Open]);
}

#[test]
fn a_follow_up_takes_up_the_students_words() {
    let evidence = found("T 0-2 Tell me more. | S 3-6 There was a giraffe outside. | T 7-9 What was the giraffe doing?");
    assert_eq!(evidence.questions[1].takes_up.len(), 1);
    assert!(evidence.questions[0].takes_up.is_empty());
}

#[test]
fn the_link_may_hold_the_words_that_carry_the_one_strategy_to_other_writing() {
    let carrying = |link: &str| {
        let record = talk(&format!(
            "T 0-2 What are you working on? | S 3-5 My bike story. | T 6-20 Today I want to teach you something. Instead of telling it all in one sentence, you write \
             it one small action at a time. | S 21-22 Okay. | T 23-28 {link}"
        ));
        let evidence = find_evidence(&record.data().transcript.words, record.turns(), "en");
        let [point] = evidence.teaching_points.as_slice() else { panic!("{:?}", evidence.teaching_points) };
        point.transferable.iter().map(|sign| record.transcript().text(&sign.words)).collect::<Vec<_>>()
    };
    assert_eq!(carrying("So from now on, whenever you write a story, slow it down."), ["So from now on, whenever you write a story, slow it down."]);
    assert_eq!(carrying("Thank you, Maya."), [""; 0]);
}

#[test]
fn what_could_be_anything_is_not_claimed_and_is_not_research() {
    let evidence = found("T 0-2 Twelve of them. | S 3-4 Blue. | T 5-6 The other hand.");
    assert!((0..3).all(|turn| !evidence.is_phase_sure(turn)), "{:?}", evidence.turn_sureness);
    assert!(evidence.phase_shares().is_empty() && evidence.unsure_share().is_some_and(|(_, share)| share > 0.5));
    assert!(evidence.research.is_none());
}

#[test]
fn correcting_letter_by_letter_is_never_research() {
    let evidence = found(
        "T 0-4 Because is b, e, c, a, u, s, e. | S 5-6 Okay. | T 7-10 And this needs a capital and a period. | S 11-12 Here? | T 13-16 Right there, and spell when with an h.",
    );
    assert!(evidence.turn_phases.iter().all(|phase| *phase == Some(Phase::Teach)), "{:?}", evidence.turn_phases);
    assert!(evidence.research.is_none() && !evidence.fixing.is_empty());
}

#[test]
fn what_the_teacher_corrects_is_sure() {
    let record = talk("T 0-2 Twelve of them. | S 3-4 Blue. | T 5-6 The other hand.");
    let (words, turns) = (&record.data().transcript.words, record.turns());
    let read = read_talk(words, turns, "en", Reading::default());
    let corrections = Corrections::default().with_phase(turns[2].span, Phase::Teach);
    let (evidence, _) = corrected_evidence(&read, words, turns, "en", &corrections);
    assert!(evidence.is_phase_sure(2) && !evidence.is_phase_sure(0));
    assert_eq!((evidence.turn_phases[2], evidence.turn_sureness[2]), (Some(Phase::Teach), 1.0));
}

#[test]
fn the_shares_of_the_phases_are_of_the_whole_talk_and_guesses_stand_apart() {
    use crate::conference::Sureness;
    let stretch = |phase, from: f64, to: f64, sureness| PhaseSpan { phase, span: Span::from_secs(from, to), turns: (0, 0), sureness, signs: Vec::new() };
    let evidence = Evidence {
        phases: vec![
            stretch(Phase::Research, 0.0, 8.0, Sureness::Sure),
            stretch(Phase::Teach, 8.0, 12.0, Sureness::Guess),
            stretch(Phase::Teach, 12.0, 20.0, Sureness::Likely),
        ],
        whole: Span::from_secs(0.0, 20.0),
        ..Evidence::default()
    };
    let shares: Vec<_> = evidence.phase_shares().into_iter().map(|(phase, at, share)| (phase, at.0, (share * 100.0).round())).collect();
    assert_eq!(shares, [(Phase::Research, 0, 40.0), (Phase::Teach, 12000, 40.0)]);
    assert_eq!(evidence.unsure_share().map(|(at, share)| (at.0, (share * 100.0).round())), Some((8000, 20.0)));
    let heard = found("T 0-4 How is it going? | S 4-8 Good. | T 8-20 Today I want to teach you to try a new lead.");
    assert!((heard.research.unwrap().share - 0.4).abs() < 1e-9);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn nothing_said_by_anybody_ends_in_a_panic(
        texts in prop::collection::vec("[a-zA-Z',.?!’… é—-]{0,12}|I noticed you|what|so|or|\\?|you could|writers", 0..60),
        turns in prop::collection::vec((0_u8..5, prop::collection::vec(0_usize..70, 0..20), 0_i64..9000, 0_i64..9000), 0..12),
    ) {
        let words: Vec<Word> = texts.iter().enumerate().map(|(index, text)| Word {
            text: text.clone(), span: Span::new(Millis(index as i64 * 300), Millis(index as i64 * 300 + 250)), confidence: 1.0,
        }).collect();
        let turns: Vec<Turn> = turns.into_iter().map(|(who, words, a, b)| Turn {
            speaker: [Speaker::Teacher, Speaker::Student(1), Speaker::Student(2), Speaker::Other, Speaker::Unknown][usize::from(who)],
            span: Span::new(Millis(a), Millis(b)), words, backchannels: Vec::new(),
        }).collect();
        let evidence = find_evidence(&words, &turns, "en");
        prop_assert_eq!(evidence.turn_phases.len(), turns.len());
        prop_assert!(evidence.research.is_none_or(|research| (0.0..=1.0).contains(&research.student_share)));
    }
}
