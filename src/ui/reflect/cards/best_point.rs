//! Best point: nothing is measured; what the student said stands beside what was taught.

use super::parts::{CardAction, SelectedTurns, correct, inside, link_ui, moment_line, not_sought, pill, quote, remark, talked};
use super::view::{EvidenceView, FindingCorrection, NONE};
use crate::conference::{ConferenceRecord, Edit, FindingOverride, Question};
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use egui::{Ui, vec2};

impl EvidenceView {
    /// Best point: nothing is measured; what the student said stands beside what was taught.
    pub fn best_point_ui(
        &mut self,
        ui: &mut Ui,
        palette: &Palette,
        record: &ConferenceRecord,
        (chosen, menu): (SelectedTurns, &[String]),
        asked: &mut Vec<CardAction>,
    ) {
        remark(ui, palette, "This can’t be measured. It is yours to think about.");
        if let Some(text) = not_sought(record) {
            widgets::label(ui, theme::BODY, palette.ink2, text);
        } else {
            let evidence = record.evidence();
            let who = talked(record);
            let own = record.data().corrections.trouble;
            self.head(ui, |ui| {
                let text = match (evidence.troubles.is_empty(), own.is_some()) {
                    (true, true) if own == Some(FindingOverride::Nothing) => "There was nothing, you said.".to_owned(),
                    (true, true) => format!("There are no words of {} in what you chose.", inside(&who)),
                    (true, false) => format!("Did not hear {} say what was tricky.", inside(&who)),
                    (false, true) => format!("{who} said this was hard, you showed"),
                    (false, false) => format!("{who} said about the work"),
                };
                widgets::label(ui, theme::BODY, palette.ink, text);
            });
            if self.fixing {
                let here = chosen.map(|span| correct(record, |all| all.trouble = Some(FindingOverride::Here(span))));
                let none = (own != Some(FindingOverride::Nothing)).then(|| (NONE, correct(record, |all| all.trouble = Some(FindingOverride::Nothing))));
                let back = own.is_some().then(|| correct(record, |all| all.trouble = None));
                let question = format!("Choose what {} said was hard", inside(&who));
                self.fix_ui(ui, palette, FindingCorrection { question, chosen, here, none, back }, asked);
            }
            let few = if self.all_questions { evidence.troubles.len() } else { evidence.troubles.len().min(2) };
            for trouble in &evidence.troubles[..few] {
                quote(ui, palette, &record.transcript().text(&trouble.words), palette.student);
                pill(ui, trouble.span.start(), asked);
            }
            if evidence.troubles.len() > 2 {
                let label = if self.all_questions { "Show fewer".to_owned() } else { format!("Show all {}", evidence.troubles.len()) };
                if Button::new(Kind::Quiet, &label).small().show(ui).clicked() {
                    self.all_questions = !self.all_questions;
                }
            }
            for point in &evidence.teaching_points {
                moment_line(ui, palette, "You taught", point.span.start(), asked);
                quote(ui, palette, &record.transcript().text(&point.words), palette.teacher);
            }
            link_ui(ui, palette, evidence, asked);
        }
        widgets::label(ui, theme::BUTTON, palette.ink, "What else could you have taught?");
        let text = &record.data().reflection.answer(Question::BestPoint).extra;
        let taken: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let mut now = taken.clone();
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
            let beside = taken.iter().copied().filter(|road| !menu.iter().any(|point| point.trim() == *road));
            for road in menu.iter().map(|point| point.trim()).filter(|point| !point.is_empty()).chain(beside) {
                let on = taken.contains(&road);
                if widgets::chip(ui, on.then_some(icons::CHECK), road, on).clicked() {
                    if on { now.retain(|other| *other != road) } else { now.push(road) }
                }
            }
        });
        if now != taken {
            asked.push(CardAction::Change(Edit::Extra(Question::BestPoint, now.join("\n"))));
        }
        if menu.is_empty() {
            remark(ui, palette, "Your own menu of teaching points is empty. Fill it in Settings.");
        }
    }
}
