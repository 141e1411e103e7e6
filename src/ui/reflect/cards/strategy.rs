//! One strategy: each point taught, in its own sentence.

use super::parts::{CardAction, SelectedTurns, correct, extra_ui, link_ui, moment_line, not_sought, pill, pills_line, quote, remark, rich, talked};
use super::view::{EvidenceView, FindingCorrection, NONE, PUT_BACK};
use crate::conference::{ConferenceRecord, FindingOverride, Millis, Question, TeachingPoint};
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use egui::Ui;

impl EvidenceView {
    /// One strategy: each point taught, in its own sentence.
    pub fn strategy_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, chosen: SelectedTurns, asked: &mut Vec<CardAction>) {
        if let Some(text) = not_sought(record) {
            widgets::label(ui, theme::BODY, palette.ink2, text);
            return;
        }
        let evidence = record.evidence();
        let own = record.data().corrections.strategy;
        match evidence.teaching_points.as_slice() {
            [] => self.head(ui, |ui| {
                let text = if own == Some(FindingOverride::Nothing) { "None was taught, you said." } else { "Did not find one. Type it, or pick a turn." };
                widgets::label(ui, theme::BODY, palette.ink, text);
            }),
            [point] => {
                self.head(ui, |ui| {
                    let found = if own.is_some() { "You meant " } else { "Found " };
                    rich(ui, palette, &[(found, false), ("1 strategy", true)]);
                    pill(ui, point.span.start(), asked);
                });
                self.quote_ui(ui, palette, record, &point.words, palette.teacher);
                remark(ui, palette, wording(record, point));
            }
            points => {
                self.head(ui, |ui| {
                    let text = format!("Found {} that could be strategies. Which one did you mean?", points.len());
                    widgets::label(ui, theme::BODY, palette.ink, text);
                });
                for point in points {
                    quote(ui, palette, &record.transcript().text(&point.words), palette.teacher);
                    remark(ui, palette, wording(record, point));
                    ui.horizontal(|ui| {
                        pill(ui, point.span.start(), asked);
                        if Button::new(Kind::Quiet, "This one").small().show(ui).clicked() {
                            asked.push(correct(record, |all| all.strategy = Some(FindingOverride::Here(point.whole))));
                        }
                    });
                }
            }
        }
        if self.fixing {
            let here = chosen.map(|span| correct(record, |all| all.strategy = Some(FindingOverride::Here(span))));
            let none = (own != Some(FindingOverride::Nothing)).then(|| correct(record, |all| all.strategy = Some(FindingOverride::Nothing)));
            let back = own.is_some().then(|| correct(record, |all| all.strategy = None));
            let none = none.map(|none| (NONE, none));
            self.fix_ui(ui, palette, FindingCorrection { question: "Choose the turns where you teach it".into(), chosen, here, none, back }, asked);
        } else if own.is_some() && Button::new(Kind::Quiet, PUT_BACK).icon(icons::ARROW_COUNTER_CLOCKWISE).small().show(ui).clicked() {
            asked.push(correct(record, |all| all.strategy = None));
        }
        let who = talked(record);
        match evidence.try_its.first() {
            Some(tried) => moment_line(ui, palette, &format!("{who} tried it"), tried.span.start(), asked),
            None => {
                remark(ui, palette, format!("Did not hear {who} try it."));
            }
        }
        link_ui(ui, palette, evidence, asked);
        let fixed: Vec<Millis> = evidence.fixing.iter().map(|moment| moment.span.start()).collect();
        pills_line(ui, palette, "Corrections (spelling, capitals …), counted apart", &fixed, asked);
        widgets::label(ui, theme::BUTTON, palette.ink, "In one sentence that works for other writing too");
        extra_ui(ui, record, Question::Strategy, "Writers can …", 2, asked);
    }
}

fn wording(record: &ConferenceRecord, point: &TeachingPoint) -> String {
    let words = |signs: &[crate::conference::Sign]| signs.first().map(|sign| record.transcript().text(&sign.words)).filter(|text| !text.is_empty());
    match (words(&point.transferable), words(&point.only_this_piece)) {
        (Some(again), _) => format!("Words for using it again: “{again}”"),
        (None, Some(here)) => format!("Sounds like words for this piece only: “{here}”"),
        (None, None) => "Did not hear words for using it again.".to_owned(),
    }
}
