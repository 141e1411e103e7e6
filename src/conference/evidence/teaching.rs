//! Finds the teaching points: one for each strategy taught, corrections apart.

use super::questions::{QuestionKind, SentenceReading};
use super::signs::Sign;
use super::signs::{SignKind, Table};
use crate::conference::model::phase::{Phase, Sureness};
use crate::conference::model::time::Span;
use serde::Serialize;

/// One strategy taught.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TeachingPoint {
    /// The words of the sentence that names it best.
    pub words: Vec<usize>,
    /// That sentence's time.
    pub span: Span,
    /// Index of that sentence's turn.
    pub turn: usize,
    /// From its first sentence to its last.
    pub whole: Span,
    /// What it is about, as families of craft ("lead", "dialogue"), in order of mention; may be empty.
    pub craft: Vec<&'static str>,
    /// The sign that made it a point.
    pub sign: Sign,
    /// Words that carry to other writing (writers ..., whenever you ..., so that ...): in that sentence, or in the link when it is the one strategy.
    pub transferable: Vec<Sign>,
    /// Words for this piece only.
    pub only_this_piece: Vec<Sign>,
    /// How sure.
    pub sureness: Sureness,
}

/// A place where something was heard: a correction, a try-it, a link.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moment {
    /// The sentence.
    pub words: Vec<usize>,
    /// When.
    pub span: Span,
    /// Index of its turn.
    pub turn: usize,
    /// The sign that fired.
    pub sign: Sign,
}

/// The sign of what no sign found: the teacher did.
const POINTED_AT: &str = "pointed at by the teacher";
/// A sign is "near" a sentence within this many teacher sentences.
const NEAR: usize = 3;
/// Less weight than this makes no point.
const LEAST: f32 = 2.3;
/// "The other thing" weighs more than this, "also" less.
const OTHER_THING: f32 = 1.5;
/// A sentence of fewer words names no strategy.
const WHOLE: usize = 9;
/// A direction without "another thing" begins a new point only when the one before had this many sentences.
const SETTLED: usize = 3;

struct PointCandidate {
    sentences: Vec<usize>,
    craft: Vec<&'static str>,
    first: usize,
    weight: f32,
}

/// The points taught in the teaching phase.
pub(super) fn points(read: &[SentenceReading], phases: &[Phase], table: &'static Table) -> Vec<TeachingPoint> {
    let mut drafts: Vec<PointCandidate> = Vec::new();
    let mut since_another = usize::MAX;
    let mut since_other_thing = usize::MAX;
    let mut since_fixing = usize::MAX;
    let mut another_craft: Vec<&'static str> = Vec::new();
    for (index, one) in read.iter().enumerate().filter(|&(index, one)| phases[index] == Phase::Teach && one.is_teacher()) {
        let names = one.has(SignKind::Names);
        let directs = one.has(SignKind::Directive) || one.has(SignKind::TryIt);
        let suggests = one.hit(SignKind::Directive).is_some_and(|hit| hit.weight > 1.2);
        let fixes = is_fixing(one);
        since_another = if one.has(SignKind::Another) { 0 } else { since_another.saturating_add(1) };
        // "The other thing" begins another point, whatever it is about; "also" only one about something else.
        let begins_other = one.hit(SignKind::Another).is_some_and(|hit| hit.weight > OTHER_THING);
        since_other_thing = if begins_other { 0 } else { since_other_thing.saturating_add(1) };
        since_fixing = if fixes { 0 } else { since_fixing.saturating_add(1) };
        let mut craft: Vec<&'static str> = if names || directs || one.has(SignKind::Another) || one.asked.is_none() {
            table.crafts(&one.sentence).into_iter().map(|(family, _)| family).collect()
        } else {
            Vec::new()
        };
        let weight =
            one.hits.iter().filter(|hit| hit.is(SignKind::Teach) && !hit.is(SignKind::Fixing) && !hit.is(SignKind::Another)).map(|hit| hit.weight).sum::<f32>();
        let another = since_another < NEAR;
        // "The other thing is your paragraphs." What to do about them follows, and need not name them again.
        if since_another == 0 {
            another_craft.clone_from(&craft);
        } else if another && craft.is_empty() {
            craft.clone_from(&another_craft);
        }
        // While correcting, "put that here" belongs to the corrections.
        if !names && (fixes || since_fixing <= 1 && (!another || craft.is_empty())) {
            continue;
        }
        let is_new = match drafts.last() {
            None => names || one.has(SignKind::Demonstrates) || (directs && (!craft.is_empty() || since_fixing > NEAR)),
            Some(last) => {
                let other_craft = !craft.is_empty() && craft.iter().all(|family| drafts.iter().all(|draft| !draft.craft.contains(family)));
                let same_breath = index == last.first + 1 || last.sentences.len() == 1 && since_another > 0;
                let by_another = another && !same_breath && (other_craft && (directs || names) || (since_another == 0 && craft.is_empty() && names));
                let by_craft = other_craft
                    && suggests
                    && !one.has(SignKind::Demonstrates)
                    && last.sentences.len() >= SETTLED
                    && !last.craft.is_empty()
                    && one.asked.is_none();
                let by_other_thing = since_other_thing < 2 && !fixes && index > last.first + 1 && (names || suggests || other_craft);
                by_another || by_craft || by_other_thing
            }
        };
        if is_new {
            drafts.push(PointCandidate { sentences: vec![index], craft, first: index, weight });
            (since_another, since_other_thing) = (usize::MAX, usize::MAX);
        } else if let Some(last) = drafts.last_mut() {
            last.sentences.push(index);
            last.weight += weight;
            // The craft of a point is what its first sentences are about; later ones wander.
            if last.sentences.len() <= SETTLED {
                for family in craft {
                    if !last.craft.contains(&family) {
                        last.craft.push(family);
                    }
                }
            }
        }
    }
    // Among corrections, a direction that names neither a strategy nor a craft is one of them.
    let corrects = (0..read.len()).filter(|&index| phases[index] == Phase::Teach && is_fixing(&read[index])).count() >= 2;
    drafts.retain(|draft| !corrects || !draft.craft.is_empty() || draft.sentences.iter().any(|&index| read[index].has(SignKind::Names)));
    let found: Vec<TeachingPoint> = drafts.iter().filter(|draft| draft.weight >= LEAST).filter_map(|draft| point(read, draft, table)).collect();
    if found.is_empty() { general_point(read, phases, table).into_iter().collect() } else { found }
}

/// Where no sign of a point was heard: what the teacher says holds in general is the likeliest, and no more than a guess.
fn general_point(read: &[SentenceReading], phases: &[Phase], table: &'static Table) -> Option<TeachingPoint> {
    let is_general = |&index: &usize| {
        let one = &read[index];
        phases[index] == Phase::Teach
            && one.is_teacher()
            && one.has(SignKind::General)
            && one.asked.is_none()
            && !is_fixing(one)
            && one.sentence.words.len() >= WHOLE
    };
    let first = (0..read.len()).find(is_general)?;
    let craft = table.crafts(&read[first].sentence).into_iter().map(|(family, _)| family).collect();
    point(read, &PointCandidate { sentences: vec![first], craft, first, weight: 0.0 }, table)
}

/// The point the teacher meant: the found one there, or whatever she said there.
pub(super) fn point_at(read: &[SentenceReading], span: Span, found: Vec<TeachingPoint>, table: &'static Table) -> Option<TeachingPoint> {
    if let Some(point) = found.into_iter().find(|point| span.contains(point.span.middle())) {
        return Some(point);
    }
    let inside = |index: &usize| read[*index].is_teacher() && span.contains(read[*index].sentence.span.middle());
    let sentences: Vec<usize> = (0..read.len()).filter(inside).collect();
    let craft = sentences.iter().flat_map(|&index| table.crafts(&read[index].sentence)).map(|(family, _)| family).fold(Vec::new(), |mut all, family| {
        if !all.contains(&family) {
            all.push(family);
        }
        all
    });
    let first = *sentences.first()?;
    point(read, &PointCandidate { sentences, craft, first, weight: f32::INFINITY }, table)
}

fn is_fixing(one: &SentenceReading) -> bool {
    one.has(SignKind::Fixing)
}

fn point(read: &[SentenceReading], draft: &PointCandidate, table: &'static Table) -> Option<TeachingPoint> {
    let (&first, &last) = draft.sentences.first().zip(draft.sentences.last())?;
    let score = |index: usize| {
        let one = &read[index];
        let names: f32 = one.hits.iter().filter(|hit| hit.is(SignKind::Names)).map(|hit| if hit.is(SignKind::Transferable) { 3.0 } else { 1.0 }).sum();
        let directs = if one.has(SignKind::Directive) { 1.0 } else { 0.0 };
        let craft = if table.crafts(&one.sentence).is_empty() { 0.0 } else { 0.8 };
        let asked = if one.asked.is_some() { -1.5 } else { 0.0 };
        let length = one.sentence.words.len() as f32;
        names + directs + craft + asked + (length / 20.0).min(1.0)
    };
    // The strategy is named near where it begins.
    let best = draft.sentences.iter().take(8).copied().reduce(|best, next| if score(next) > score(best) + 0.01 { next } else { best })?;
    let one = &read[best];
    let sign = one.hit(SignKind::Names).or_else(|| one.hit(SignKind::Teach)).or_else(|| read[first].hit(SignKind::Teach)).map(Sign::of).unwrap_or(Sign {
        name: "your choice",
        words: Vec::new(),
        weight: 0.0,
    });
    let of = |wanted: SignKind| one.hits.iter().filter(|hit| hit.is(wanted)).map(Sign::of).collect();
    Some(TeachingPoint {
        words: one.sentence.words.clone(),
        span: one.sentence.span,
        turn: one.sentence.turn,
        whole: Span::new(read[first].sentence.span.start(), read[last].sentence.span.end()),
        craft: draft.craft.clone(),
        sign,
        transferable: of(SignKind::Transferable),
        only_this_piece: of(SignKind::OnlyThis),
        sureness: Sureness::of(draft.weight - 1.0),
    })
}

/// The teacher's sentences among those that `fit` with a sign of `wanted`.
pub(super) fn moments(read: &[SentenceReading], wanted: SignKind, fit: impl Fn(usize) -> bool) -> Vec<Moment> {
    (0..read.len())
        .filter(|&index| read[index].is_teacher() && fit(index))
        .filter_map(|index| {
            let one = &read[index];
            let sign = one.hit(wanted)?;
            Some(Moment { words: one.sentence.words.clone(), span: one.sentence.span, turn: one.sentence.turn, sign: Sign::of(sign) })
        })
        .collect()
}

/// Where a student tried the strategy: an invitation or an open question in the teaching phase that a student answers with more than a word or two.
pub(super) fn tried(read: &[SentenceReading], phases: &[Phase]) -> Vec<Moment> {
    /// "Okay, I will." is not yet trying; a young writer who was asked to try says little.
    const TRYING: usize = 4;
    const INVITED: usize = 2;
    /// Whoever goes on talking for longer after an invitation did not wait for an answer to it.
    const LAST_SENTENCES: usize = 3;
    let mut tried: Vec<Moment> = Vec::new();
    for (index, one) in read.iter().enumerate().filter(|&(index, one)| phases[index] == Phase::Teach && one.is_teacher()) {
        let opens = one.asked.as_ref().filter(|asked| asked.kind == QuestionKind::Open);
        let asked = opens.map(|asked| Sign { name: asked.sign, words: asked.words.clone(), weight: 0.0 });
        let invited = one.hit(SignKind::TryIt).map(Sign::of);
        let least = if invited.is_some() { INVITED } else { TRYING };
        let Some(sign) = invited.or(asked) else { continue };
        let turn = one.sentence.turn;
        if read[index..].iter().take_while(|later| later.sentence.turn == turn).count() > LAST_SENTENCES {
            continue;
        }
        let answer = read[index..].iter().skip_while(|one| one.sentence.turn == turn).take_while(|one| !one.is_teacher());
        // A question back, a "yes" or a trouble is no try.
        let answered_words = answer
            .filter(|one| one.asked.is_none() && !one.has(SignKind::Agrees) && !one.has(SignKind::Trouble))
            .map(|one| one.sentence.words.len())
            .sum::<usize>();
        if answered_words >= least {
            // The one that was answered is the last.
            tried.pop_if(|earlier| earlier.turn == turn);
            tried.push(Moment { words: one.sentence.words.clone(), span: one.sentence.span, turn, sign });
        }
    }
    tried
}

/// What the students said in a stretch that the teacher pointed at, one moment for each turn.
pub(super) fn said_in(read: &[SentenceReading], span: Span) -> Vec<Moment> {
    let mut said: Vec<Moment> = Vec::new();
    for one in read.iter().filter(|one| one.sentence.speaker.is_student() && span.contains(one.sentence.span.middle())) {
        match said.last_mut().filter(|last| last.turn == one.sentence.turn) {
            Some(last) => {
                last.words.extend(&one.sentence.words);
                last.span = Span::new(last.span.start(), one.sentence.span.end().max(last.span.end()));
            }
            None => {
                let sign = Sign { name: POINTED_AT, words: Vec::new(), weight: 0.0 };
                said.push(Moment { words: one.sentence.words.clone(), span: one.sentence.span, turn: one.sentence.turn, sign });
            }
        }
    }
    said
}

/// What the students said about troubles with the work while the teacher listened.
pub(super) fn troubles(read: &[SentenceReading], phases: &[Phase]) -> Vec<Moment> {
    (0..read.len())
        .filter(|&index| read[index].sentence.speaker.is_student() && phases[index] == Phase::Research)
        .filter_map(|index| {
            let one = &read[index];
            let sign = one.hit(SignKind::Trouble)?;
            Some(Moment { words: one.sentence.words.clone(), span: one.sentence.span, turn: one.sentence.turn, sign: Sign::of(sign) })
        })
        .collect()
}
