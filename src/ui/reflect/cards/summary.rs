//! The one line of evidence on a closed card.

use super::compliment::{counted, main_compliment};
use super::parts::talked;
use crate::conference::{ConferenceRecord, Millis, Moment, Question};
use crate::ui::kit::widgets;

/// The one line of evidence on a closed card; the moment it can be heard at.
pub(super) fn closed_line(record: &ConferenceRecord, question: Question) -> Option<(String, Option<Millis>)> {
    let evidence = record.evidence();
    if evidence.not_sought.is_some() {
        return None;
    }
    let quoted = |words: &[usize]| {
        let few = &words[..words.len().min(7)];
        format!("“{}{}”", record.transcript().text(few), if few.len() < words.len() { "…" } else { "" })
    };
    let moment = |moment: &Moment| Some(moment.span.start());
    Some(match question {
        Question::Pacing => return None,
        Question::Research => match &evidence.research {
            Some(research) => {
                let questions = widgets::number_of(research.questions.len(), "question", "questions");
                let share = research.share * 100.0;
                let looks = if record.data().has_sound() {
                    format!("{}, {share:.0}% of the time", research.span.length())
                } else {
                    format!("{share:.0}% of the words")
                };
                (format!("Looks like {looks} · {questions}"), None)
            }
            None => ("Did not hear research".to_owned(), None),
        },
        Question::Compliment => match main_compliment(evidence) {
            Some(compliment) => (format!("Found {}", counted(compliment)), Some(compliment.span.start())),
            None => ("Did not find a compliment".to_owned(), None),
        },
        Question::Strategy => match evidence.teaching_points.as_slice() {
            [] => ("Did not find a strategy".to_owned(), None),
            [point] => (format!("Found 1: {}", quoted(&point.words)), Some(point.span.start())),
            points => (format!("Found {} that could be strategies", points.len()), None),
        },
        Question::BestPoint => match evidence.troubles.first() {
            Some(trouble) => (format!("{} said: {}", talked(record), quoted(&trouble.words)), moment(trouble)),
            None => (
                if evidence.links.is_empty() { "Did not find a link" } else { "Link to other writing: found" }.to_owned(),
                evidence.links.first().and_then(moment),
            ),
        },
    })
}
