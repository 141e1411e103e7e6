//! What an edit session promises, each alone and over sequences of everything that can happen to it.

use super::open_turn::DRAFT_WITHIN;
use super::*;
use crate::conference::fixture::talk;
use crate::conference::{Corrections, FindingOverride, Millis, Participant, Phase, Rating, TeacherKnown, Voice, VoiceSpan};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn session(script: &str) -> EditSession {
    EditSession::new(Arc::new(talk(script)))
}

fn said(record: &ConferenceRecord) -> Vec<String> {
    record.turns().iter().map(|turn| format!("{} {}", turn.speaker.key(), record.transcript().text(&turn.words))).collect()
}

fn write(session: &mut EditSession, text: &str) {
    session.open_mut().unwrap().1.text = text.into();
}

/// What is on the disk after these saves.
fn kept(disk: &mut ConferenceRecord, saves: Vec<Change>) -> Vec<String> {
    save(disk, saves);
    said(disk)
}

const TALK: &str = "T 0-4 one two three four | S 6-8 five six | T 10-12 seven eight";

#[test]
fn a_turn_that_a_split_made_is_closed_by_its_undo_and_the_next_stays_as_it_is() {
    let mut session = session(TALK);
    session.open_turn(0);
    session.split(2);
    assert_eq!(said(session.record()), ["teacher one two", "teacher three four", "student1 five six", "teacher seven eight"]);
    assert_eq!(session.open().map(|(turn, open)| (turn, open.text.as_str())), Some((1, "three four")));
    session.undo();
    assert!(session.open().is_none());
    session.close();
    assert_eq!(said(session.record()), said(&talk(TALK)));
    session.redo();
    assert_eq!(said(session.record()).len(), 4);
}

#[test]
fn a_turn_that_typing_made_one_with_the_next_is_open_as_it_then_reads() {
    // Not asked any more, the student's one word is a sign of listening, and the teacher's two turns are one.
    let mut session = session("T 0-3 What is it? | S 3.1-3.5 a | T 3.6-8 I like it. | S 10-12 ba");
    session.open_turn(0);
    write(&mut session, "Well");
    session.join_below();
    assert_eq!(said(session.record()), ["teacher Well I like it.", "student1 ba"], "the turn below was joined by what was typed");
    session.undo();
    session.open_turn(0);
    write(&mut session, "Well");
    session.apply(Edit::Roles(session.record().data().voices.roles.clone(), TeacherKnown::ByTeacher));
    assert_eq!(session.open().map(|(turn, open)| (turn, open.text.as_str())), Some((0, "Well I like it.")));
}

#[test]
fn undo_takes_back_what_is_being_typed_and_redo_brings_it_again() {
    let mut session = session(TALK);
    session.open_turn(1);
    write(&mut session, "five and six");
    assert!(session.can_undo() && !session.can_redo());
    session.undo();
    assert_eq!(session.open().map(|(turn, open)| (turn, open.text.as_str())), Some((1, "five six")));
    session.redo();
    assert_eq!(session.open().map(|(turn, open)| (turn, open.text.as_str())), Some((1, "five and six")));
    assert_eq!(said(session.record())[1], "student1 five and six");
}

#[test]
fn half_written_words_are_on_the_disk_and_gone_from_it_after_cancel() {
    let (mut session, mut disk) = (session(TALK), talk(TALK));
    session.open_turn(1);
    write(&mut session, "five or six");
    let now = Instant::now();
    assert_eq!(session.due(now), [], "not at every letter");
    assert!(session.due_in(now).is_some());
    assert_eq!(kept(&mut disk, session.due(now + DRAFT_WITHIN))[1], "student1 five or six");
    assert_eq!(said(session.record()), said(&talk(TALK)), "not on screen");
    // Something else that is saved has the words of the disk without them: they follow again.
    session.apply(Edit::Correct(Box::new(Corrections { not_questions: vec![Millis(3)], ..Corrections::default() })));
    kept(&mut disk, session.due(now + DRAFT_WITHIN));
    assert_eq!(kept(&mut disk, session.due(now + DRAFT_WITHIN * 3))[1], "student1 five or six");
    session.cancel();
    assert_eq!(kept(&mut disk, session.due(now)), said(&talk(TALK)));
    assert_eq!(disk.data(), session.record().data());
}

#[test]
fn who_is_who_said_while_the_record_is_loaded_again_is_carried_over_and_saved() {
    let mut session = session(TALK);
    session.asked_again();
    session.apply(Edit::Roles(vec![Speaker::Student(1), Speaker::Teacher], TeacherKnown::ByTeacher));
    session.due(Instant::now());
    // The same two voices, in the other order.
    let mut facts = talk(TALK).data().clone();
    let piece = |from: i64, to: i64, voice: u8| VoiceSpan { span: Span::new(Millis(from), Millis(to)), voice: Voice(voice) };
    facts.voices.spans = vec![piece(0, 3900, 1), piece(6000, 8000, 0), piece(10_000, 12_000, 1)];
    facts.voices.roles = vec![Speaker::Student(1), Speaker::Teacher];
    session.arrived(Arc::new(ConferenceRecord::new(facts)));
    assert_eq!(session.record().turns().iter().map(|turn| turn.speaker).collect::<Vec<_>>(), [Speaker::Student(1), Speaker::Teacher, Speaker::Student(1)]);
    let roles = Edit::Roles(vec![Speaker::Teacher, Speaker::Student(1)], TeacherKnown::ByTeacher);
    assert_eq!(session.due(Instant::now()).iter().map(Change::edit).collect::<Vec<_>>(), [&roles]);
}

#[test]
fn a_name_is_replaced_in_a_long_talk_at_once() {
    let talk = talk(
        &(0..600)
            .map(|turn| format!("{} {}-{} you know what you want to write and what you do not", ["T", "S"][turn % 2], turn * 6, turn * 6 + 5))
            .collect::<Vec<_>>()
            .join(" | "),
    );
    let begun = Instant::now();
    assert_eq!(talk.count_of("you"), 1800);
    let counted = begun.elapsed();
    let mut session = EditSession::new(Arc::new(talk));
    session.change(|record| record.replace_everywhere("you", "they all"));
    println!("an hour of 7,200 words: counted in {counted:?}, replaced in {:?}", begun.elapsed() - counted);
    assert_eq!(session.record().count_of("they all"), 1800);
    assert_eq!(session.due(begun).len(), 1, "one edit");
}

#[derive(Debug, Clone)]
enum Step {
    Open(usize),
    Write(String),
    Close,
    Cancel,
    Split(usize),
    JoinAbove,
    JoinBelow,
    GiveOpen(Speaker),
    Give(usize, Speaker),
    Replace(String, String),
    Apply(Edit),
    Rediarize(Vec<(i64, u8)>),
    Due,
    Undo,
    Redo,
    /// The work was stopped: the record comes as it is on the disk.
    Again,
    /// Another model: every word so much later.
    Transcribed(i64),
}

fn any_speaker() -> impl Strategy<Value = Speaker> {
    prop::sample::select(vec![Speaker::Teacher, Speaker::Student(1), Speaker::Other])
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let question = prop::sample::select(Question::ALL.to_vec());
    let stretch = (0_i64..13_000, 1_i64..6000).prop_map(|(from, length)| Span::new(Millis(from), Millis(from + length)));
    let correct = |change: fn(&mut Corrections, Span)| {
        move |span: Span| {
            let mut all = Corrections::default();
            change(&mut all, span);
            Edit::Correct(Box::new(all))
        }
    };
    prop_oneof![
        (question.clone(), prop::option::of(prop::sample::select(Rating::ALL.to_vec()))).prop_map(|(question, rating)| Edit::Rate(question, rating)),
        (question.clone(), "[a-z ]{0,5}").prop_map(|(question, note)| Edit::Note(question, note)),
        (question, "[a-z ]{0,5}").prop_map(|(question, text)| Edit::Extra(question, text)),
        "[a-z]{0,4}".prop_map(Edit::Title),
        (0_i64..5).prop_map(|at| Edit::AddMark(Millis(at))),
        (0_i64..5).prop_map(|at| Edit::RemoveMark(Millis(at))),
        prop::collection::vec(any_speaker(), 2..4).prop_map(|roles| Edit::Roles(roles, TeacherKnown::ByTeacher)),
        prop::collection::vec(1_u8..3, 0..2).prop_map(|voices| {
            let known = talk("T 0-1 a").data().participants.clone();
            Edit::Participants(voices.into_iter().flat_map(|voice| known.iter().map(move |one| Participant { voice: Some(voice), ..one.clone() })).collect())
        }),
        (1_u8..4).prop_map(Edit::Students),
        stretch.clone().prop_map(correct(|all, span| *all = all.with_phase(span, Phase::Teach))),
        stretch.clone().prop_map(correct(|all, span| all.compliment = Some(FindingOverride::Here(span)))),
        stretch.prop_map(correct(|all, span| all.not_questions.push(span.start()))),
    ]
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_usize..6).prop_map(Step::Open),
        5 => "[abC]{1,2}[.?]?( [abC]{1,2}[.?]?){0,6}".prop_map(Step::Write),
        1 => Just(Step::Write(String::new())),
        2 => Just(Step::Close),
        1 => Just(Step::Cancel),
        2 => (0_usize..5).prop_map(Step::Split),
        1 => Just(Step::JoinAbove),
        1 => Just(Step::JoinBelow),
        1 => any_speaker().prop_map(Step::GiveOpen),
        2 => (0_usize..6, any_speaker()).prop_map(|(turn, speaker)| Step::Give(turn, speaker)),
        2 => ("[abC]", "[abC]( [abC])?").prop_map(|(name, with)| Step::Replace(name, with)),
        4 => any_edit().prop_map(Step::Apply),
        1 => prop::collection::vec((0_i64..13_000, 0_u8..3), 1..6).prop_map(Step::Rediarize),
        2 => Just(Step::Due),
        3 => Just(Step::Undo),
        2 => Just(Step::Redo),
        1 => Just(Step::Again),
    ]
}

const START: &str = "T 0-3 What is it? | S 3.1-3.5 a | T 3.6-8 I noticed how you used b | S 10-12 ba a b | T 12-13 Today I want to teach you to use ab";

/// Whose each word is, by its text and time.
fn owners(record: &ConferenceRecord) -> BTreeMap<(Span, String), Speaker> {
    let key = |word: usize| (record.transcript().words[word].span, record.transcript().words[word].text.clone());
    let mut owners = BTreeMap::new();
    for turn in record.turns() {
        owners.extend(turn.words.iter().map(|&word| (key(word), turn.speaker)));
        turn.backchannels.iter().for_each(|aside| owners.extend(aside.words.iter().map(|&word| (key(word), aside.speaker))));
    }
    owners
}

fn words_in(record: &ConferenceRecord, turn: usize) -> Vec<(Span, String)> {
    let words = record.turns().get(turn).map(|turn| turn.words.clone()).unwrap_or_default();
    words.into_iter().map(|word| (record.transcript().words[word].span, record.transcript().words[word].text.clone())).collect()
}

/// Takes a step. What it names is not to be compared; none when it is a step that may change all.
fn take(session: &mut EditSession, disk: &mut ConferenceRecord, step: Step) -> Option<Vec<(Span, String)>> {
    let record = Arc::clone(session.record());
    let open = session.open().map(|(turn, _)| turn);
    // What is being typed may be kept by whatever comes.
    let mut named = open.map(|turn| words_in(&record, turn)).unwrap_or_default();
    match step {
        Step::Open(turn) => drop(session.open_turn(turn)),
        Step::Write(text) => session.open_mut().into_iter().for_each(|(_, open)| open.text.clone_from(&text)),
        Step::Close => session.close(),
        Step::Cancel => session.cancel(),
        Step::Split(word) => session.split(word),
        Step::JoinAbove => session.join_above(),
        Step::JoinBelow => {
            named.extend(open.map(|turn| words_in(&record, turn + 1)).unwrap_or_default());
            session.join_below();
        }
        Step::GiveOpen(speaker) => session.give_open(speaker),
        Step::Give(turn, speaker) => {
            named.extend(words_in(&record, turn));
            session.give(turn, speaker);
        }
        Step::Replace(name, with) => {
            let is_named = |(_, text): &(Span, String)| text.trim_matches(|c: char| !c.is_alphanumeric()).eq_ignore_ascii_case(&name);
            named.extend(owners(&record).into_keys().filter(is_named));
            session.change(|record| record.replace_everywhere(&name, &with));
        }
        Step::Apply(edit) => {
            let is_roles = matches!(edit, Edit::Roles(..));
            session.apply(edit);
            if is_roles {
                return None;
            }
        }
        Step::Rediarize(mut pieces) => {
            pieces.sort_unstable();
            let ends = pieces.iter().skip(1).map(|piece| piece.0).chain([14_000]).collect::<Vec<_>>();
            let spans = pieces.iter().zip(ends).map(|(&(from, voice), to)| VoiceSpan { span: Span::new(Millis(from), Millis(to)), voice: Voice(voice) });
            let voices = Voices {
                spans: spans.collect(),
                roles: vec![Speaker::Teacher, Speaker::Student(1), Speaker::Other],
                teacher_known: TeacherKnown::Guessed,
                doubtful_at: None,
                doubt: None,
            };
            session.rediarized(Edit::Voices(Box::new(Rediarized { students: 1, others: 0, people: None, pointed_at: Vec::new(), voices })).into());
            return None;
        }
        Step::Due => save(disk, session.due(Instant::now() + DRAFT_WITHIN * 2)),
        Step::Undo | Step::Redo => {
            if matches!(step, Step::Undo) {
                session.undo()
            } else {
                session.redo()
            }
            return None;
        }
        Step::Again => {
            save(disk, session.all_due(Instant::now()));
            session.asked_again();
            session.arrived(Arc::new(ConferenceRecord::new(disk.data().clone())));
        }
        Step::Transcribed(later) => {
            save(disk, session.all_due(Instant::now()));
            session.asked_again();
            *disk = transcribed(disk, later);
            session.arrived(Arc::new(disk.clone()));
            return None;
        }
    }
    Some(named)
}

/// As the library does.
fn save(disk: &mut ConferenceRecord, saves: Vec<Change>) {
    for change in saves {
        let edit = change.on(disk.data());
        disk.apply(edit);
    }
}

/// What another model makes of it: every word so much later.
fn transcribed(disk: &ConferenceRecord, later: i64) -> ConferenceRecord {
    let mut facts = disk.data().clone();
    for word in &mut facts.transcript.words {
        word.span = Span::new(word.span.start() + Millis(later), word.span.end() + Millis(later));
    }
    facts.corrections = facts.corrections.rebased(&disk.data().transcript.words, &facts.transcript.words);
    ConferenceRecord::new(facts)
}

/// Every word stands in one turn or aside, once.
fn is_whole(record: &ConferenceRecord) -> bool {
    let mut shown: Vec<usize> =
        record.turns().iter().flat_map(|turn| turn.words.iter().chain(turn.backchannels.iter().flat_map(|aside| &aside.words))).copied().collect();
    shown.sort_unstable();
    shown == (0..record.transcript().words.len()).collect::<Vec<_>>()
}

#[test]
fn a_turn_that_was_emptied_and_given_away_takes_no_other_turn_along() {
    let mut session = EditSession::new(Arc::new(talk(START)));
    assert!(session.open_turn(0));
    session.open_mut().unwrap().1.text.clear();
    let before = owners(session.record());
    session.give_open(Speaker::Student(1));
    let after = owners(session.record());
    assert!(after.iter().all(|(word, speaker)| before[word] == *speaker), "{after:?}");
}

#[test]
fn a_turn_that_typing_made_one_with_the_next_but_one_is_not_joined() {
    let (mut session, mut disk) = (EditSession::new(Arc::new(talk(START))), talk(START));
    session.open_turn(2);
    write(&mut session, "C?");
    take(&mut session, &mut disk, Step::Rediarize(vec![(300, 1), (6901, 0), (9000, 1), (10_543, 0)]));
    let last = "teacher ba a b Today I want to teach you to use ab";
    assert_eq!(said(session.record()), ["student1 What is it? a C?", "teacher ", "student1 ", last]);
    write(&mut session, "a");
    session.join_below();
    assert_eq!(said(session.record()), ["student1 a", last]);
}

#[test]
fn a_turn_reads_as_it_was_typed_where_a_word_had_no_room() {
    let mut session = EditSession::new(Arc::new(talk(START)));
    session.open_turn(1);
    write(&mut session, "b aC. a? a Ca? a.");
    session.change(|record| record.replace_everywhere("b", "C C"));
    write(&mut session, "C CC b C");
    session.close();
    assert_eq!(said(session.record())[1], "student1 C CC b C");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_step_loses_a_word_moves_one_or_touches_a_turn_it_did_not_name(steps in prop::collection::vec(any_step(), 0..25)) {
        let original = talk(START);
        let (mut session, mut disk) = (EditSession::new(Arc::new(original.clone())), original.clone());
        for step in steps {
            let before = owners(session.record());
            let typed = match (&step, session.open()) {
                (Step::Close | Step::Open(_), Some((turn, open))) => Some((words_in(session.record(), turn), tidy(&open.text), session.record().turns()[turn].speaker)),
                _ => None,
            };
            let named = take(&mut session, &mut disk, step.clone());
            prop_assert!(is_whole(session.record()), "{step:?}");
            let after = owners(session.record());
            if let Some(named) = &named {
                for (word, speaker) in before.iter().filter(|(word, _)| !named.contains(word)) {
                    prop_assert_eq!(after.get(word), Some(speaker), "{:?}: {:?}", step, word);
                }
            }
            if let Some((was, text, speaker)) = typed {
                // What was typed is there, as it was typed, and is said by whoever says the turn.
                let others: Vec<_> = before.keys().filter(|word| !was.contains(word)).collect();
                let (new, speakers): (Vec<_>, Vec<_>) = after.iter().filter(|(word, _)| !others.contains(word)).map(|((_, text), speaker)| (text.as_str(), *speaker)).unzip();
                prop_assert_eq!(new.join(" "), text);
                prop_assert!(speakers.iter().all(|&is| is == speaker), "{:?}", speakers);
            }
        }
        session.close();
        save(&mut disk, session.all_due(Instant::now()));
        prop_assert_eq!(disk.data(), session.record().data(), "what is on the disk is what is on screen");
        let end = session.record().data().clone();
        let mut steps = 0;
        while session.can_undo() {
            session.undo();
            steps += 1;
        }
        prop_assert_eq!(session.record().data(), original.data());
        (0..steps).for_each(|_| session.redo());
        prop_assert_eq!(session.record().data(), &end);
        save(&mut disk, session.all_due(Instant::now()));
        prop_assert_eq!(disk.data(), &end);
    }

    #[test]
    fn a_new_transcription_between_any_steps_loses_no_word(
        steps in prop::collection::vec(any_step(), 0..12),
        later in -300_i64..300,
        more in prop::collection::vec(any_step(), 0..12),
    ) {
        let original = talk(START);
        let (mut session, mut disk) = (EditSession::new(Arc::new(original.clone())), original);
        for step in steps.into_iter().chain([Step::Transcribed(later)]).chain(more) {
            let is_new = matches!(step, Step::Transcribed(_));
            // The words that are typed in the open turn count.
            let text = |session: &EditSession| session.record().transcript().words.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
            if is_new {
                session.close();
            }
            let before = text(&session);
            take(&mut session, &mut disk, step);
            prop_assert!(is_whole(session.record()));
            if is_new {
                prop_assert_eq!(text(&session).len(), before.len(), "{:?} and {:?}", text(&session), before);
            }
        }
        session.close();
        save(&mut disk, session.all_due(Instant::now()));
        prop_assert_eq!(disk.data(), session.record().data(), "what is on the disk is what is on screen");
    }

    #[test]
    fn what_is_kept_after_a_new_transcription_and_before_it_is_heard_of_stands_on_its_words(
        steps in prop::collection::vec(any_step(), 0..12),
        later in -300_i64..300,
        more in prop::collection::vec(any_step(), 0..12),
        leaves in any::<bool>(),
    ) {
        let original = talk(START);
        let (mut session, mut disk) = (EditSession::new(Arc::new(original.clone())), original);
        for step in steps {
            take(&mut session, &mut disk, step);
        }
        disk = transcribed(&disk, later);
        // A record that is loaded again is one that was heard of.
        for step in more.into_iter().filter(|step| !matches!(step, Step::Again)) {
            take(&mut session, &mut disk, step);
        }
        if leaves {
            session.close();
        }
        let text = |record: &ConferenceRecord| record.transcript().words.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
        save(&mut disk, session.all_due(Instant::now()));
        prop_assert!(is_whole(&disk));
        if leaves {
            prop_assert_eq!(text(&disk), text(session.record()), "the words on the disk are those that were on screen");
        } else {
            session.arrived(Arc::new(disk.clone()));
            session.close();
            save(&mut disk, session.all_due(Instant::now()));
            prop_assert_eq!(disk.data(), session.record().data(), "what is on the disk is what is on screen");
        }
    }
}
