//! Research: how long, who talked, which questions were asked.

use super::super::phase_marks::paint_phase;
use super::parts::{CardAction, SelectedTurns, correct, moment_line, not_sought, pill, remark, rich, talked, whose};
use super::view::{EvidenceView, FindingCorrection, NONE, PUT_BACK};
use crate::conference::{ConferenceRecord, Corrections, FoundQuestion, Millis, Phase, QuestionKind};
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use egui::{Align, CornerRadius, Layout, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Questions shown before "Show all".
const FEW: usize = 4;
const KIND: f32 = 130.0;

impl EvidenceView {
    /// Research: how long, who talked, which questions.
    pub fn research_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, chosen: SelectedTurns, asked: &mut Vec<CardAction>) {
        if let Some(text) = not_sought(record) {
            widgets::label(ui, theme::BODY, palette.ink2, text);
            return;
        }
        let evidence = record.evidence();
        let is_hers = record.data().corrections.phases.iter().any(|fix| fix.phase == Phase::Research || fix.phase == Phase::Other);
        match &evidence.research {
            Some(research) => {
                let was = record.found_evidence().research.as_ref().map(|found| found.length).filter(|&was| is_hers && was != research.length);
                let looks = match (is_hers, research.is_sure) {
                    (true, _) => "Research is",
                    (false, true) => "Research looks like",
                    (false, false) => "Not sure: research may be",
                };
                let has_sound = record.data().has_sound();
                let share = format!("{:.0}% of the {}", research.share * 100.0, if has_sound { "time" } else { "words" });
                self.head(ui, |ui| {
                    if has_sound {
                        rich(ui, palette, &[(looks, false), (&format!(" {}", research.length), true), (&format!(", {share}"), false)]);
                    } else {
                        rich(ui, palette, &[(looks, false), (&format!(" {share}"), true)]);
                    }
                    if let Some(was) = was.filter(|_| has_sound) {
                        widgets::line(ui, theme::SECONDARY_BOLD, palette.pine, format!("was {was}"));
                    }
                });
                phases_ui(ui, palette, record, asked);
                unsure_ui(ui, palette, record, asked);
                let (from, to, who) = (research.span.start(), research.span.end(), talked(record));
                ui.horizontal(|ui| {
                    pill(ui, from, asked);
                    widgets::line(
                        ui,
                        theme::SECONDARY,
                        palette.ink2,
                        format!("{}{who} talked {:.0}% of it", if has_sound { format!("to {to}. ") } else { String::new() }, research.student_share * 100.0),
                    );
                });
            }
            None => {
                self.head(ui, |ui| {
                    widgets::label(ui, theme::BODY, palette.ink, "Did not hear research. Was there some? Show me where.");
                });
                phases_ui(ui, palette, record, asked);
                unsure_ui(ui, palette, record, asked);
            }
        }
        if self.fixing {
            let here = chosen.map(|span| correct(record, |all| *all = all.with_phase(span, Phase::Research)));
            let none = evidence.research.as_ref().map(|_| correct(record, |all| *all = without_phase(record, all, Phase::Research)));
            let back = is_hers.then(|| correct(record, |all| all.phases.clear()));
            let none = none.map(|none| (NONE, none));
            self.fix_ui(ui, palette, FindingCorrection { question: "Choose the turns that are research".into(), chosen, here, none, back }, asked);
        }
        self.questions_ui(ui, palette, record, asked);
        match evidence.first_teaching {
            Some(at) => moment_line(ui, palette, "First teaching words", at, asked),
            None => {
                remark(ui, palette, "Did not hear teaching words.");
            }
        }
    }

    fn questions_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<CardAction>) {
        let evidence = record.evidence();
        let inside: Vec<&FoundQuestion> = match &evidence.research {
            Some(research) => research.questions.iter().filter_map(|&index| evidence.questions.get(index)).collect(),
            None => evidence.questions.iter().collect(),
        };
        let of = |kind| inside.iter().filter(|question| question.kind == kind).count();
        let place = if evidence.research.is_some() { "here" } else { "in the whole conference" };
        let mut parts = vec![format!("{} open, {} closed", of(QuestionKind::Open), of(QuestionKind::Closed))];
        if of(QuestionKind::Tag) > 0 {
            parts.push(format!("{} like “right?”", of(QuestionKind::Tag)));
        }
        let followed = inside.iter().filter(|question| !question.takes_up.is_empty()).count();
        if followed > 0 {
            parts.push(format!("{followed} {} up {} words", if followed == 1 { "takes" } else { "take" }, whose(record)));
        }
        let answered = inside.iter().filter(|question| question.answered_by_teacher).count();
        if answered > 0 {
            parts.push(format!("{answered} you answered yourself"));
        }
        let count = inside.len();
        remark(ui, palette, format!("You asked {} {place}: {}", widgets::number_of(count, "question", "questions"), parts.join(" · ")));
        self.question_list_ui(ui, palette, record, &inside, asked);
    }

    /// Questions with their kind and moment; while fixing, each can be taken off.
    fn question_list_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, questions: &[&FoundQuestion], asked: &mut Vec<CardAction>) {
        let count = questions.len();
        let shown = if self.all_questions { count } else { count.min(FEW) };
        for question in &questions[..shown] {
            question_ui(ui, record, question, self.fixing, asked);
        }
        if count > FEW {
            let label = if self.all_questions { "Show fewer".to_owned() } else { format!("Show all {count} questions") };
            if Button::new(Kind::Quiet, &label).small().show(ui).clicked() {
                self.all_questions = !self.all_questions;
            }
        }
        let taken_off = record.data().corrections.not_questions.len();
        if taken_off > 0 && self.fixing {
            ui.horizontal(|ui| {
                widgets::line(ui, theme::SECONDARY, palette.ink2, format!("{taken_off} taken off by you."));
                if Button::new(Kind::Quiet, PUT_BACK).icon(icons::ARROW_COUNTER_CLOCKWISE).small().show(ui).clicked() {
                    asked.push(correct(record, |all| all.not_questions.clear()));
                }
            });
        }
    }
}

/// What of the phases is not sure, and what to do about it.
fn unsure_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<CardAction>) {
    let Some((at, share)) = record.evidence().unsure_share() else { return };
    // Half of the talk: then what stands beside it is hardly more.
    if share > 0.5 {
        remark(ui, palette, "These phases are a guess. Drag across turns to change them.");
        return;
    }
    ui.horizontal(|ui| {
        pill(ui, at, asked);
        widgets::line(ui, theme::SECONDARY, palette.ink2, format!("Not sure of the phases of {}: hatched", percent(share)));
    });
}

fn percent(share: f64) -> String {
    if share < 0.01 { "less than 1%".to_owned() } else { format!("{:.0}%", share * 100.0) }
}

/// Corrections in which nothing is of this phase any more.
fn without_phase(record: &ConferenceRecord, corrections: &Corrections, phase: Phase) -> Corrections {
    let stretches = record.evidence().phases.iter().filter(|stretch| stretch.phase == phase);
    stretches.fold(corrections.clone(), |all, stretch| all.with_phase(stretch.span, Phase::Other))
}

fn question_ui(ui: &mut Ui, record: &ConferenceRecord, question: &FoundQuestion, fixing: bool, asked: &mut Vec<CardAction>) {
    let palette = theme::palette(ui);
    let kind = match question.kind {
        QuestionKind::Open => "open",
        QuestionKind::Closed => "closed",
        QuestionKind::Tag => "tag",
    };
    ui.horizontal_top(|ui| {
        let text = format!("“{}”", record.transcript().text(&question.words));
        // The cross that takes it off needs room beside the kind.
        let kind_room = KIND + if fixing { 32.0 } else { 0.0 };
        let left = vec2(ui.available_width() - kind_room, 24.0);
        ui.allocate_ui_with_layout(left, Layout::top_down(Align::Min), |ui| {
            ui.set_min_width(left.x);
            ui.spacing_mut().item_spacing.y = 0.0;
            widgets::label(ui, theme::BODY, palette.ink, text);
            let mut notes = Vec::new();
            if !question.takes_up.is_empty() {
                notes.push(format!("takes up “{}”", record.transcript().text(&question.takes_up)));
            }
            if question.answered_by_teacher {
                notes.push("you answered it yourself".to_owned());
            }
            if !notes.is_empty() {
                widgets::label(ui, theme::SMALL, palette.ink2, notes.join(", "));
            }
        });
        ui.allocate_ui_with_layout(vec2(ui.available_width(), 24.0), Layout::right_to_left(Align::Center), |ui| {
            pill(ui, question.at.start(), asked);
            if fixing && widgets::icon_button(ui, icons::X, "This is not a question", false, 24.0).clicked() {
                let at = question.at.start();
                asked.push(correct(record, |all| all.not_questions.push(at)));
            }
            widgets::line(ui, theme::SMALL, palette.ink2, kind);
        });
    });
}

/// The phases as a strip; each piece can be heard.
fn phases_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<CardAction>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let length = record.data().end().0.max(1) as f32;
    let x = |at: Millis| rect.left() + rect.width() * (at.0 as f32 / length).clamp(0.0, 1.0);
    ui.painter().rect_filled(rect, CornerRadius::same(3), palette.sunk);
    for stretch in record.evidence().phases.iter().filter(|stretch| stretch.phase != Phase::Other) {
        let piece = Rect::from_min_max(
            pos2(x(stretch.span.start()), rect.top()),
            pos2((x(stretch.span.end()) - 1.0).max(x(stretch.span.start()) + 2.0), rect.bottom()),
        );
        paint_phase(ui, palette, (stretch.phase, stretch.is_sure()), piece);
        let name = stretch.phase.name();
        let response = ui.interact(piece, ui.scope_id().with(("phase", stretch.span.start().0)), Sense::click());
        let has_sound = record.data().has_sound();
        response.widget_info(|| {
            let when = if has_sound { format!(", {} to {}", stretch.span.start(), stretch.span.end()) } else { String::new() };
            WidgetInfo::labeled(Role::Button, true, format!("{name}{when}"))
        });
        widgets::focus_ring(ui, &response, piece, CornerRadius::same(3));
        let when = if has_sound { format!("{name} {}–{}", stretch.span.start(), stretch.span.end()) } else { name.to_owned() };
        if response.on_hover_text(when).clicked() {
            asked.push(CardAction::Hear(stretch.span.start()));
        }
    }
}
