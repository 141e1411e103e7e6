//! `afterbell analyse`: phases and evidence from a transcript alone.

use super::CommandContext;
use crate::conference::{Compliment, Evidence, Millis, Moment, NotSought, Praise, QuestionKind, Sign, Span, find_evidence};
use crate::error::Result;
use crate::export::number_of;
use crate::work::typed::{Typed, read_file};
use serde_json::{Value, json};
use std::path::Path;

/// `afterbell analyse FILE`.
pub(super) fn analyse(context: &mut CommandContext<'_>, file: &Path) -> Result<()> {
    let typed = read_file(file)?;
    let evidence = find_evidence(&typed.transcript.words, &typed.turns, &typed.transcript.language);
    if context.json { context.json(&report(&typed, &evidence)) } else { context.say(summary(&typed, &evidence)) }
}

fn text(typed: &Typed, words: &[usize]) -> String {
    typed.transcript.text(words)
}

/// In seconds, where it stands in the file.
fn at(typed: &Typed, moment: Millis) -> Option<f64> {
    typed.times.binary_search(&moment).is_ok().then(|| moment.secs())
}

fn signs(typed: &Typed, signs: &[Sign]) -> Vec<Value> {
    signs.iter().map(|sign| json!({ "sign": sign.name, "words": text(typed, &sign.words), "weight": sign.weight })).collect()
}

fn moment(typed: &Typed, moment: &Moment) -> Value {
    json!({
        "turn": moment.turn,
        "text": text(typed, &moment.words),
        "start_s": at(typed, moment.span.start()),
        "sign": moment.sign.name,
        "sign_words": text(typed, &moment.sign.words),
    })
}

fn praise(typed: &Typed, praise: &[Praise]) -> Vec<Value> {
    praise.iter().map(|one| json!({ "turn": one.turn, "text": text(typed, &one.words), "start_s": at(typed, one.span.start()) })).collect()
}

/// Turns are numbered from 0 in the order of the file's lines; times in seconds where they stand in the file, else null.
fn report(typed: &Typed, evidence: &Evidence) -> Value {
    let turns: Vec<_> = typed
        .turns
        .iter()
        .zip(&evidence.turn_phases)
        .enumerate()
        .map(|(index, (turn, phase))| {
            json!({
                "speaker": turn.speaker.key(),
                "phase": phase.map(|phase| phase.key()),
                "phase_is_sure": evidence.is_phase_sure(index),
                "phase_sureness": evidence.turn_sureness.get(index),
                "words": turn.words.iter().filter_map(|&word| typed.transcript.words.get(word)).map(|word| word.text.as_str()).collect::<Vec<_>>(),
                "text": text(typed, &turn.words),
                "start_s": at(typed, turn.span.start()),
            })
        })
        .collect();
    let phases: Vec<_> = evidence
        .phases
        .iter()
        .map(|one| {
            json!({
                "phase": one.phase.key(),
                "turns": [one.turns.0, one.turns.1],
                "start_s": at(typed, one.span.start()),
                "sureness": one.sureness,
                "signs": signs(typed, &one.signs),
            })
        })
        .collect();
    let questions: Vec<_> = evidence
        .questions
        .iter()
        .map(|one| {
            json!({
                "turn": one.turn,
                "speaker": "teacher",
                "text": text(typed, &one.words),
                "kind": one.kind,
                "sign": one.sign,
                "sign_words": text(typed, &one.sign_words),
                "follow_up": !one.takes_up.is_empty(),
                "takes_up": text(typed, &one.takes_up),
                "answered_by_teacher": one.answered_by_teacher,
                "start_s": at(typed, one.at.start()),
            })
        })
        .collect();
    let points: Vec<_> = evidence
        .teaching_points
        .iter()
        .map(|one| {
            json!({
                "turn": one.turn,
                "text": text(typed, &one.words),
                "craft": one.craft,
                "transferable": !one.transferable.is_empty(),
                "transferable_signs": signs(typed, &one.transferable),
                "only_this_piece": signs(typed, &one.only_this_piece),
                "sign": one.sign.name,
                "sign_words": text(typed, &one.sign.words),
                "sureness": one.sureness,
                "start_s": at(typed, one.span.start()),
            })
        })
        .collect();
    let research = evidence.research.as_ref().map(|one| {
        json!({
            "start_s": at(typed, one.span.start()),
            "share": one.share,
            "is_sure": one.is_sure,
            "student_share": one.student_share,
            "questions": one.questions.len(),
        })
    });
    let moments = |found: &[Moment]| found.iter().map(|one| moment(typed, one)).collect::<Vec<_>>();
    json!({
        "timed": typed.timed,
        "is_teacher_sure": typed.is_teacher_sure,
        "left_out": typed.leftovers,
        "not_sought": evidence.not_sought,
        "turns": turns,
        "phases": phases,
        "research": research,
        "first_teaching_s": evidence.first_teaching.and_then(|moment| at(typed, moment)),
        "questions": questions,
        "compliments": evidence.compliments.iter().map(|one| compliment(typed, one)).collect::<Vec<_>>(),
        "person_praise": praise(typed, &evidence.person_praise),
        "bare_praise": praise(typed, &evidence.bare_praise),
        "behaviour_praise": praise(typed, &evidence.behaviour_praise),
        "teaching_points": points,
        "fixing": moments(&evidence.fixing),
        "try_its": moments(&evidence.try_its),
        "links": moments(&evidence.links),
        "troubles": moments(&evidence.troubles),
    })
}

fn compliment(typed: &Typed, one: &Compliment) -> Value {
    json!({
        "turns": one.turns,
        "text": text(typed, &one.words),
        "sentences": one.sentences,
        "words": one.word_count,
        "elements": {
            "named_move": signs(typed, &one.elements.named_move),
            "evidence": signs(typed, &one.elements.evidence),
            "effect": signs(typed, &one.elements.effect),
            "transfer": signs(typed, &one.elements.transfer),
        },
        "is_paragraph": one.is_paragraph,
        "but_after": one.but_after.as_ref().map(|words| text(typed, words)),
        "sureness": one.sureness,
        "signs": signs(typed, &one.signs),
        "start_s": at(typed, one.span.start()),
    })
}

fn summary(typed: &Typed, evidence: &Evidence) -> String {
    if let Some(why) = evidence.not_sought {
        return match why {
            NotSought::NoWords => "There are no words in this transcript, so there is nothing to look at.",
            NotSought::Language => "Afterbell knows the signs of a conference in English only so far.",
            NotSought::NoTeacher => "Nobody in this transcript looks like the teacher. Begin the teacher’s lines with T:",
        }
        .into();
    }
    // Without times a place is the number of its line.
    let place = |turn: usize, span: Span| if at(typed, span.start()).is_some() { span.start().clock() } else { format!("turn {}", turn + 1) };
    let mut lines = Vec::new();
    if !typed.timed {
        lines.push("No times in this transcript: shares are of the words.".to_owned());
    }
    for one in &evidence.phases {
        let turns = (one.turns.0 + 1, one.turns.1 + 1);
        lines.push(format!("Looks like {}: turns {} to {}", one.phase.key(), turns.0, turns.1));
    }
    match &evidence.research {
        Some(research) => {
            lines.push(format!("Research: {:.0}% of the conference, the student talks {:.0}% of it", research.share * 100.0, research.student_share * 100.0))
        }
        None => lines.push("Research: not heard".into()),
    }
    let kinds = [QuestionKind::Open, QuestionKind::Closed, QuestionKind::Tag].map(|kind| evidence.count(kind));
    lines.push(format!("Questions found: {} open, {} closed, {} tag", kinds[0], kinds[1], kinds[2]));
    for one in &evidence.questions {
        let kind = one.kind.label();
        let follow = if one.takes_up.is_empty() { String::new() } else { format!(" (takes up: {})", text(typed, &one.takes_up)) };
        lines.push(format!("  [{}] {kind}: {}{follow}", place(one.turn, one.at), text(typed, &one.words)));
    }
    if evidence.compliments.is_empty() {
        lines.push("Compliment: did not find one".into());
    }
    for one in &evidence.compliments {
        let paragraph = if one.is_paragraph { ", a paragraph" } else { "" };
        let but = if one.but_after.is_some() { ", a “but” right after" } else { "" };
        let first = one.turns.first().copied().unwrap_or(0);
        lines.push(format!(
            "Compliment: found {}, {}, {} of 4 elements{paragraph}{but}\n  [{}] {}",
            number_of(one.sentences, "sentence", "sentences"),
            number_of(one.word_count, "word", "words"),
            one.elements.count(),
            place(first, one.span),
            text(typed, &one.words)
        ));
    }
    lines.push(format!("Bare praise: {}; praise of the person: {}", evidence.bare_praise.len(), evidence.person_praise.len()));
    lines.push(format!("Strategies found: {}", evidence.teaching_points.len()));
    for one in &evidence.teaching_points {
        let lasting = if one.transferable.is_empty() { "" } else { " (words that carry to other writing)" };
        lines.push(format!("  [{}] {}{lasting}", place(one.turn, one.span), text(typed, &one.words)));
    }
    lines.push(format!("Corrections: {}", evidence.fixing.len()));
    for (what, moments) in
        [("Tried by the student", &evidence.try_its), ("Link to other writing", &evidence.links), ("The student on troubles", &evidence.troubles)]
    {
        let found = if moments.is_empty() { "not heard" } else { "" };
        lines.push(format!("{what}: {found}"));
        lines.extend(moments.iter().map(|one| format!("  [{}] {}", place(one.turn, one.span), text(typed, &one.words))));
    }
    lines.join("\n")
}
