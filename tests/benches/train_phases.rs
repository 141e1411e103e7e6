//! Learns the weights of the phases from the labelled dialogues and writes them where the program reads them: `cargo bench --bench train_phases`.
//!
//! Before that it measures what such weights find in dialogues they were not learned from (five folds), and chooses the limit below which a phase is not
//! claimed. The dialogues in `aside` and `unseen` are not looked at. With `-- --measure` nothing is written; `-- --notes` prints every mistake; `-- --aside`
//! only measures the weights that are checked in on the dialogues nothing is learned from.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program for whoever changes the dialogues; it says by panicking what is wrong with them"
)]

#[path = "../it/support/labelled.rs"]
mod labelled;
#[path = "learning.rs"]
mod learning;
#[path = "../it/support/scored.rs"]
#[expect(dead_code, reason = "the tests print and compare more of it")]
mod scored;

use afterbell::conference::{Evidence, PhaseModel, find_evidence, find_evidence_with};
use labelled::{Labelled, dialogues, misheard, unpunctuated};
use learning::{Lesson, learn, lengthened, lesson};
use std::fmt::Write as _;

/// A dialogue as a recogniser writes it.
type Copied = fn(&Labelled) -> Labelled;

const FOLDS: usize = 5;
/// Claimed from here on in the first round.
const SURE: f64 = 0.8;
/// Of turns heard badly (a quarter of the words wrong), this many may be claimed: what is less sure than they are is a guess everywhere.
const CLAIMED: f64 = 0.8;

/// The worst first: it decides what is claimed.
const COPIES: [(&str, Copied); 4] = [
    ("25 % of words wrong", |one| misheard(one, 0.25)),
    ("as typed", Labelled::clone),
    ("without punctuation", |one| unpunctuated(one.clone())),
    ("10 % of words wrong", |one| misheard(one, 0.1)),
];

fn is_asked(flag: &str) -> bool {
    std::env::args().any(|arg| arg == flag)
}

fn main() {
    if is_asked("--aside") {
        measure_aside();
        return;
    }
    let all: Vec<Labelled> = ["", "train"].iter().flat_map(|folder| dialogues(folder, |_| true)).collect();
    let models: Vec<PhaseModel> =
        (0..FOLDS).map(|fold| learned(&all.iter().enumerate().filter(|(at, _)| at % FOLDS != fold).map(|(_, one)| one).collect::<Vec<_>>())).collect();
    let mut measured = String::new();
    let mut sure = SURE;
    for (name, copy) in COPIES {
        for (set, is_old) in [("first 40", true), ("other hands", false)] {
            let chosen: Vec<(usize, Labelled)> = all.iter().enumerate().filter(|(at, _)| (*at < 40) == is_old).map(|(at, one)| (at, copy(one))).collect();
            let find =
                |one: &Labelled, fold: usize| -> Evidence { find_evidence_with(&PhaseModel { sure, ..models[fold].clone() }, &one.words, &one.turns, "en") };
            let mut score = scored::Score::default();
            let mut notes = String::new();
            chosen.iter().for_each(|(at, one)| score.add(one, &find(one, at % FOLDS), &mut notes));
            println!("\n== not learned from, {set}, {name}\n{}", score.table());
            if is_asked("--notes") {
                println!("{notes}");
            }
            let (coverage, right) = score.claimed(sure);
            writeln!(
                measured,
                "# {set}, {name}: {:.1} % of turns right, macro-F1 {:.3}; claimed {:.1} %, of these right {:.1} %",
                score.phases() * 100.0,
                score.macro_f1(),
                coverage * 100.0,
                right * 100.0
            )
            .unwrap();
            if !is_old && name.starts_with("25") {
                sure = (score.limit_of(CLAIMED) * 100.0).round() / 100.0;
                println!("claimed from {sure}");
            }
        }
    }
    if is_asked("--measure") {
        return;
    }
    let model = PhaseModel { sure, ..learned(&all.iter().collect::<Vec<_>>()) };
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/patterns/en.phases.toml");
    let head = "# How much each cue speaks for research, compliment, teach and link, learned from tests/data/dialogues by `cargo bench --bench train_phases`.\n\
                # Written by that program: change the dialogues or the signs, not this file. What weights learned the same way found in dialogues they were not\n\
                # learned from (five folds):\n";
    std::fs::write(path, format!("{head}{measured}\n{}", written(&model))).unwrap();
    println!("{} cues, written to {path}", model.cues.len());
}

/// What the weights that are checked in find in dialogues nothing is learned from.
fn measure_aside() {
    for folder in ["aside", "unseen"] {
        for (name, copy) in COPIES {
            let mut score = scored::Score::default();
            let mut notes = String::new();
            for one in dialogues(folder, |_| true).iter().map(copy) {
                score.add(&one, &find_evidence(&one.words, &one.turns, "en"), &mut notes);
            }
            println!("\n== {folder}, {name}\n{}", score.table());
            if is_asked("--notes") {
                println!("{notes}");
            }
        }
    }
}

/// One line for each cue; weights as hundredths.
fn written(model: &PhaseModel) -> String {
    let row = |numbers: &[f64]| format!("[{}]", numbers.iter().map(|number| format!("{:.0}", number * 100.0)).collect::<Vec<_>>().join(", "));
    let mut text = format!("sure = {:?}\nstart = {}\ngo = [\n", model.sure, row(&model.start));
    for edge in &model.go {
        writeln!(text, "    [{}],", edge.iter().map(|points| row(points)).collect::<Vec<_>>().join(", ")).unwrap();
    }
    text.push_str("]\n\n[cues]\n");
    for (name, weights) in &model.cues {
        writeln!(text, "{name:?} = {}", row(weights)).unwrap();
    }
    text
}

/// Learned from these, from copies of them as recognisers write, from longer ones made of them, and from parts of them.
fn learned(from: &[&Labelled]) -> PhaseModel {
    let plain: Vec<Lesson> = from.iter().map(|one| lesson(one)).collect();
    let unmarked: Vec<Lesson> = from.iter().map(|one| lesson(&unpunctuated((*one).clone()))).collect();
    let wrong = from.iter().map(|one| lesson(&misheard(one, 0.1)));
    let mut lessons: Vec<Lesson> = wrong.collect();
    for set in [&plain, &unmarked] {
        for (at, one) in set.iter().enumerate() {
            // One to four others, each time others.
            let others: Vec<&Lesson> = (1..=1 + at % 4).map(|number| &set[(at + number * (3 + at % 5)) % set.len()]).collect();
            lessons.extend(lengthened(one, &others));
            let turns = one.steps.last().map_or(0, |step| step.turn + 1);
            for (number, length) in [(0, 1 + at % 4), (at % 5, 2 + at % 3), (7 + at % 6, 3 + at % 5)] {
                lessons.push(one.part(number, length));
            }
            lessons.push(one.part(turns.saturating_sub(2 + at % 4), turns));
        }
    }
    lessons.extend_from_slice(&plain);
    lessons.extend_from_slice(&unmarked);
    lessons.retain(|one| !one.steps.is_empty());
    learn(&lessons, &plain.iter().collect::<Vec<_>>(), SURE)
}
