//! Holds what is found in transcripts against labelled dialogues (`tests/data/dialogues/README.md`) and the sample conferences' truth.
//!
//! The tables are printed: `./test dialogues:: --no-capture`. The bounds stand a little below what was measured.

use crate::support::labelled::{Labelled, dialogues, misheard, phase, unpunctuated};
use crate::support::scored::score;
use afterbell::conference::{Phase, Span, Turn};
use afterbell::work::typed::{Typed, read_file};
use std::path::Path;

/// Set aside before any rule was written.
const SET_ASIDE: [&str; 6] = ["02", "08", "10", "15", "18", "27"];

fn is_set_aside(name: &str) -> bool {
    SET_ASIDE.iter().any(|number| name.starts_with(number))
}

fn tuning() -> Vec<Labelled> {
    dialogues("", |name| !is_set_aside(name) && !name.starts_with("fresh") && !name.starts_with("later"))
}

#[test]
fn the_dialogues_the_rules_were_written_with() {
    let set = tuning();
    assert!(set.len() >= 20);
    score("the dialogues the rules were written with", &set).is_at_least(0.95, (0.95, 0.85), 0.95, 0.97);
}

#[test]
fn the_dialogues_set_aside() {
    let set = dialogues("", is_set_aside);
    assert_eq!(set.len(), SET_ASIDE.len());
    score("the dialogues set aside", &set).is_at_least(0.95, (0.95, 0.95), 0.95, 0.97);
}

#[test]
fn the_dialogues_written_after_the_rules() {
    score("the dialogues written after the rules", &dialogues("", |name| name.starts_with("fresh"))).is_at_least(0.95, (0.95, 0.8), 0.95, 0.95);
}

#[test]
fn the_dialogues_of_another_hand() {
    score("the dialogues of another hand", &dialogues("", |name| name.starts_with("later"))).is_at_least(0.94, (0.95, 0.75), 0.95, 0.84);
}

#[test]
fn without_capitals_and_punctuation() {
    let sets = [
        ("the rules were written with", tuning(), (0.95, (0.90, 0.75), 0.90, 0.66)),
        ("set aside", dialogues("", is_set_aside), (0.92, (0.95, 0.60), 0.80, 0.66)),
    ];
    for (name, set, least) in sets {
        let set: Vec<Labelled> = set.into_iter().map(unpunctuated).collect();
        score(&format!("without capitals and punctuation, the dialogues {name}"), &set).is_at_least(least.0, least.1, least.2, least.3);
    }
}

#[test]
fn with_words_misheard() {
    // Share of words wrong, then what must still be found: phases, compliments, points, questions.
    for (share, least) in [(0.10, (0.90, (0.90, 0.50), 0.90, 0.88)), (0.25, (0.82, (0.90, 0.40), 0.80, 0.62))] {
        for (name, set) in [("the rules were written with", tuning()), ("set aside", dialogues("", is_set_aside))] {
            let set: Vec<Labelled> = set.iter().map(|one| misheard(one, share)).collect();
            score(&format!("{:.0} % of words wrong, the dialogues {name}", share * 100.0), &set).is_at_least(least.0, least.1, least.2, least.3);
        }
    }
}

#[test]
fn the_dialogues_of_many_hands() {
    let set = dialogues("train", |_| true);
    assert!(set.len() >= 40);
    score("the dialogues of many hands, which the weights were learned from", &set).is_at_least(0.97, (0.95, 0.9), 0.84, 0.95);
}

#[test]
fn the_dialogues_nobody_learned_from() {
    let set = dialogues("aside", |_| true);
    assert!(set.len() >= 20);
    let found = score("the dialogues nobody learned from", &set);
    found.is_at_least(0.95, (0.92, 0.75), 0.85, 0.95);
    assert!(found.phases() > found.one_for_all() + 0.4, "one phase for all of them is right {:.3} of the time", found.one_for_all());
    let (coverage, right) = found.claimed(found.claimed_from());
    assert!(coverage >= 0.85 && right >= 0.97, "{coverage:.3} claimed, {right:.3} of these right");
    assert!(found.link_recall() >= 0.9);
    let plain: Vec<Labelled> = set.iter().cloned().map(unpunctuated).collect();
    score("the dialogues nobody learned from, without punctuation", &plain).is_at_least(0.91, (0.9, 0.7), 0.85, 0.79);
    for (share, least) in [(0.10, (0.92, (0.84, 0.6), 0.7, 0.81)), (0.25, (0.92, (0.84, 0.65), 0.7, 0.62))] {
        let wrong: Vec<Labelled> = set.iter().map(|one| misheard(one, share)).collect();
        let found = score(&format!("the dialogues nobody learned from, {:.0} % of words wrong", share * 100.0), &wrong);
        found.is_at_least(least.0, least.1, least.2, least.3);
        let (_, right) = found.claimed(found.claimed_from());
        assert!(right >= 0.96, "of what is claimed {right:.3} is right");
    }
}

#[test]
fn the_samples() {
    let set: Vec<Labelled> = ["maya", "omar", "leo", "table"].iter().map(|name| sample(name)).collect();
    score("samples", &set).is_at_least(0.96, (1.0, 1.0), 1.0, 1.0);
}

fn sample(name: &str) -> Labelled {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("assets/samples/{name}.json"));
    let truth: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let Typed { transcript, turns, timed, .. } = read_file(&path).unwrap();
    assert!(timed && turns.iter().all(|turn| turn.span.length() > Span::default().length()));
    let phases: Vec<Phase> = truth["turns"].as_array().unwrap().iter().map(|turn| phase(turn["phase"].as_str().unwrap())).collect();
    let word_phases = turns.iter().zip(&phases).flat_map(|(turn, phase)| turn.words.iter().map(|_| Some(*phase))).collect();
    let found = Labelled {
        name: name.to_owned(),
        words: transcript.words,
        turns,
        word_phases,
        phases,
        compliments: Vec::new(),
        points: if name == "leo" { 3 } else { 1 },
        fixing: name == "leo",
        link: name != "leo",
        tried: name != "leo",
        questions: Vec::new(),
        asking: Vec::new(),
    };
    // The compliment is what the teacher says in that phase; Leo's "Good job, Leo." names nothing.
    let words = |(turn, phase): (&Turn, &Phase)| if turn.speaker.key() == "teacher" && *phase == Phase::Compliment { turn.words.clone() } else { Vec::new() };
    let compliment: Vec<usize> = found.turns.iter().zip(&found.phases).flat_map(words).collect();
    let asking = found.turns.iter().filter(|turn| turn.speaker.key() == "teacher").flat_map(|turn| turn.words.clone());
    let asking = asking.filter(|&word| found.words[word].ends_question()).collect();
    Labelled { compliments: if name == "leo" { Vec::new() } else { vec![compliment] }, asking, ..found }
}
