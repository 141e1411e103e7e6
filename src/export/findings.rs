//! What Afterbell found, in words for a page: findings, never verdicts, each with its moment.

use super::document::{Block, name};
use super::plain::number_of;
use crate::conference::{ConferenceRecord, Millis, Moment, NotSought, Phase, QuestionKind, Waits};

/// The section "What Afterbell found".
pub(super) fn findings(record: &ConferenceRecord, blocks: &mut Vec<Block>) {
    blocks.push(Block::Section("What Afterbell found"));
    blocks.push(Block::Remark("Found by signs in the words and sounds, and possibly wrong; nothing here is a verdict.".into()));
    blocks.push(Block::Part("Pacing".into()));
    pacing(record, blocks);
    let evidence = record.evidence();
    if let Some(why) = evidence.not_sought {
        blocks.push(Block::Remark(
            match why {
                NotSought::NoWords => "There are no words, so nothing could be looked for in them.",
                NotSought::Language => "The parts of a conference can be looked for in English only.",
                NotSought::NoTeacher => "None of the voices is named as the teacher’s, so nothing was looked for.",
            }
            .into(),
        ));
        return;
    }
    research(record, blocks);
    compliment(record, blocks);
    strategy(record, blocks);
    if !evidence.troubles.is_empty() {
        blocks.push(Block::Part("What the student said about troubles".into()));
        moments(record, "Trouble", &evidence.troubles, blocks);
    }
}

fn pacing(record: &ConferenceRecord, blocks: &mut Vec<Block>) {
    let measures = record.measures();
    let each = |say: &dyn Fn(&crate::conference::SpeakerTalk) -> Option<String>| {
        let shares = measures.speakers.iter().filter_map(|(&speaker, talk)| Some(format!("{} {}", name(record, speaker), say(talk)?)));
        Some(shares.collect::<Vec<_>>().join(", ")).filter(|shares| !shares.is_empty())
    };
    let has_sound = record.data().has_sound();
    let longest = |talk: &crate::conference::SpeakerTalk| {
        let turns = number_of(talk.turns, "turn", "turns");
        let timed = talk.longest_turn.zip(talk.longest_turn_time).map(|(turn, time)| format!("{turns}, the longest {:.0} s at {}", time.secs(), turn.start()));
        timed.or_else(|| (!has_sound && talk.turns > 0).then_some(turns))
    };
    let quiet = measures.longest_silence.map(|quiet| format!("{:.0} s at {}", quiet.length().secs(), quiet.start()));
    let facts = [
        (if has_sound { "Talk" } else { "Share of the words" }, each(&|talk| Some(talk.talk_share().to_string()))),
        ("Not sure", measures.teacher_talk().filter(|talk| talk.range.is_some()).and(record.data().voices.doubt.as_ref()).map(|doubt| doubt.why().into())),
        ("Turns", each(&longest)),
        ("Words a minute", each(&|talk| talk.words_per_minute.map(|pace| format!("{pace:.0}")))),
        ("Wait after a question", waits(&measures.wait_one).filter(|_| measures.wait_one_after_questions)),
        ("Wait after the student", waits(&measures.wait_two)),
        ("Longest quiet", quiet),
        ("Not recorded", (measures.unrecorded > Millis::ZERO).then(|| format!("{}, in none of these measures", measures.unrecorded))),
        ("Parts", parts(record)),
    ];
    blocks.extend(facts.into_iter().filter_map(|(label, value)| value.map(|value| Block::Fact(label, value))));
}

fn waits(waits: &Waits) -> Option<String> {
    let (median, longest) = (waits.median?, waits.longest?);
    Some(format!("{:.1} s in the middle, {:.1} s at most, {}", median.secs(), longest.secs(), number_of(waits.waits.len(), "time", "times")))
}

/// "Research 1:36 (29 %), ...": of the time from first word to last.
fn parts(record: &ConferenceRecord) -> Option<String> {
    let phases = &record.evidence().phases;
    let length = |phase: Phase| phases.iter().filter(|one| one.phase == phase && one.is_sure()).map(|one| one.span.length()).sum::<Millis>();
    let unsure: Millis = phases.iter().filter(|one| !one.is_sure()).map(|one| one.span.length()).sum();
    let all: Millis = Phase::ALL.into_iter().map(length).sum::<Millis>() + unsure;
    let found = Phase::ALL.into_iter().filter(|&phase| length(phase) > Millis::ZERO);
    let one = |name: &str, length: Millis| {
        let share = length.0 as f64 * 100.0 / all.0.max(1) as f64;
        if record.data().has_sound() { format!("{name} {length} ({share:.0}%)") } else { format!("{name} {share:.0}%") }
    };
    let mut parts: Vec<String> = found.map(|phase| one(phase.name(), length(phase))).collect();
    parts.extend((unsure > Millis::ZERO).then(|| one("not sure", unsure)));
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn research(record: &ConferenceRecord, blocks: &mut Vec<Block>) {
    let evidence = record.evidence();
    blocks.push(Block::Part("Research".into()));
    let Some(research) = &evidence.research else {
        blocks.push(Block::Remark("Did not find research.".into()));
        return;
    };
    let looks = match record.data().has_sound() {
        true => format!("{}–{}, {:.0}% of the time", research.span.start(), research.span.end(), research.share * 100.0),
        false => format!("{:.0}% of the words", research.share * 100.0),
    };
    blocks.push(Block::Fact(if research.is_sure { "Looks like" } else { "Not sure, may be" }, looks));
    blocks.push(Block::Fact("Students’ share of the talk in it", format!("{:.0}%", research.student_share * 100.0)));
    if let Some(at) = evidence.first_teaching.and_then(|at| record.data().moment(at)) {
        blocks.push(Block::Fact("First teaching sentence", format!("at {at}")));
    }
    for question in &evidence.questions {
        let kind = match question.kind {
            QuestionKind::Open => "Open question",
            QuestionKind::Closed => "Closed question",
            QuestionKind::Tag => "Tag question",
        };
        let mut label = kind.to_owned();
        if !question.takes_up.is_empty() {
            label.push_str(", takes up the student’s words");
        }
        if question.answered_by_teacher {
            label.push_str(", answered by the teacher");
        }
        blocks.push(moment(record, label, question.at.start(), &question.words));
    }
}

fn compliment(record: &ConferenceRecord, blocks: &mut Vec<Block>) {
    let evidence = record.evidence();
    blocks.push(Block::Part("Compliment".into()));
    if evidence.compliments.is_empty() {
        blocks.push(Block::Remark("Did not find a compliment.".into()));
    }
    for one in &evidence.compliments {
        let elements = [
            ("names a move", &one.elements.named_move),
            ("points to where", &one.elements.evidence),
            ("says what it does", &one.elements.effect),
            ("carries it on", &one.elements.transfer),
        ];
        let elements: Vec<&str> = elements.into_iter().filter(|(_, found)| !found.is_empty()).map(|(what, _)| what).collect();
        let mut label = format!("Compliment, {}, {}", number_of(one.sentences, "sentence", "sentences"), number_of(one.word_count, "word", "words"));
        if !elements.is_empty() {
            label = format!("{label}; {}", elements.join(", "));
        }
        if one.but_after.is_some() {
            label.push_str("; a “but” right after it");
        }
        blocks.push(moment(record, label, one.span.start(), &one.words));
    }
    for (label, praise) in
        [("Praise of the person", &evidence.person_praise), ("Bare praise", &evidence.bare_praise), ("Praise of behaviour", &evidence.behaviour_praise)]
    {
        blocks.extend(praise.iter().map(|one| moment(record, label.into(), one.span.start(), &one.words)));
    }
}

fn strategy(record: &ConferenceRecord, blocks: &mut Vec<Block>) {
    let evidence = record.evidence();
    blocks.push(Block::Part("Strategy".into()));
    if evidence.teaching_points.is_empty() {
        blocks.push(Block::Remark("Did not find a strategy.".into()));
    }
    for point in &evidence.teaching_points {
        let mut label = "Strategy".to_owned();
        if !point.craft.is_empty() {
            label = format!("{label}, about {}", point.craft.join(", "));
        }
        if !point.transferable.is_empty() {
            label.push_str("; words that carry to other writing");
        }
        blocks.push(moment(record, label, point.span.start(), &point.words));
    }
    moments(record, "Correction", &evidence.fixing, blocks);
    moments(record, "Student tries it", &evidence.try_its, blocks);
    moments(record, "Link to other writing", &evidence.links, blocks);
}

fn moments(record: &ConferenceRecord, label: &str, found: &[Moment], blocks: &mut Vec<Block>) {
    blocks.extend(found.iter().map(|one| moment(record, label.into(), one.span.start(), &one.words)));
}

fn moment(record: &ConferenceRecord, label: String, at: Millis, words: &[usize]) -> Block {
    Block::Moment { at: record.data().moment(at), label, text: record.transcript().text(words) }
}
