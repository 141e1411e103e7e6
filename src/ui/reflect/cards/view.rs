//! What the open card remembers, and what all findings have: a head with "Not quite right?", how to correct them, quotes, a definition.

use super::parts::{CardAction, SelectedTurns, pill, quote, remark};
use crate::conference::ConferenceRecord;
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use egui::{Align, Layout, Ui, vec2};

/// What the evidence of the open card remembers.
#[derive(Default)]
pub(super) struct EvidenceView {
    /// "Not quite right?" was pressed.
    pub(super) fixing: bool,
    /// The open pacing card tells more, and how things are counted.
    pub(super) more_pacing: bool,
    pub(super) all_questions: bool,
    pub(super) whole_quote: bool,
    pub(super) definitions: bool,
}

/// Room for "Not quite right?" at the right of a line, and for the kind and moment of a question.
const FIX: f32 = 164.0;
/// Room for "Fix" or "Done" in its place, with large text in a small window.
const NARROW_FIX: f32 = 84.0;
pub(super) const PUT_BACK: &str = "Put back what Afterbell found";

/// How a finding may be corrected.
pub(super) struct Fix<'a> {
    /// What is asked.
    pub question: &'a str,
    /// The turns selected in the transcript.
    pub chosen: SelectedTurns,
    /// These are it.
    pub mine: Option<CardAction>,
    /// There is none: how the button says so.
    pub none: Option<(&'a str, CardAction)>,
    /// Back to what was found.
    pub back: Option<CardAction>,
}

impl EvidenceView {
    /// A line with "Not quite right?" at its right.
    pub(super) fn head(&mut self, ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
        ui.horizontal_top(|ui| {
            let is_narrow = ui.available_width() < 400.0;
            let left = vec2(ui.available_width() - if is_narrow { NARROW_FIX } else { FIX }, 32.0);
            ui.allocate_ui_with_layout(left, Layout::left_to_right(Align::Center).with_main_wrap(true), |ui| {
                ui.set_min_width(left.x);
                contents(ui);
            });
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                let label = match (self.fixing, is_narrow) {
                    (true, _) => "Done",
                    (false, true) => "Fix",
                    (false, false) => "Not quite right?",
                };
                let icon = if self.fixing { icons::CHECK } else { icons::PENCIL_SIMPLE };
                if Button::new(Kind::Quiet, label).icon(icon).small().show(ui).clicked() {
                    self.fixing = !self.fixing;
                }
            });
        });
    }

    /// What may be corrected, while "Not quite right?" is pressed.
    pub(super) fn fix_ui(&mut self, ui: &mut Ui, palette: &Palette, fix: Fix<'_>, asked: &mut Vec<CardAction>) {
        let Fix { question, chosen, mine, none, back } = fix;
        widgets::label(ui, theme::SECONDARY_BOLD, palette.ink, question);
        match chosen {
            Some(span) => {
                ui.horizontal(|ui| {
                    widgets::line(ui, theme::BODY, palette.ink, "From");
                    pill(ui, span.start(), asked);
                    widgets::line(ui, theme::BODY, palette.ink, "to");
                    pill(ui, span.end(), asked);
                });
            }
            None => {
                remark(ui, palette, "Select turns in the transcript: press Correct, then drag along the band at their left, or hold Shift and click.");
            }
        }
        ui.horizontal(|ui| {
            if let Some(mine) = mine
                && Button::new(Kind::Secondary, "Use the selected turns").small().show(ui).clicked()
            {
                asked.push(mine);
            }
            if let Some((none_label, none)) = none
                && Button::new(Kind::Secondary, none_label).small().show(ui).clicked()
            {
                asked.push(none);
            }
        });
        if let Some(back) = back {
            ui.horizontal(|ui| {
                widgets::line(ui, theme::SECONDARY, palette.ink2, "Your version is kept.");
                if Button::new(Kind::Quiet, PUT_BACK).icon(icons::ARROW_COUNTER_CLOCKWISE).small().show(ui).clicked() {
                    asked.push(back);
                }
            });
        }
    }

    pub(super) fn quote_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, words: &[usize], color: egui::Color32) {
        const SHORT: usize = 22;
        let long = words.len() > SHORT + 6;
        let shown = if long && !self.whole_quote { &words[..SHORT] } else { words };
        let more = if shown.len() < words.len() { "…" } else { "" };
        quote(ui, palette, &format!("{}{more}", record.transcript().text(shown)), color);
        if long {
            let label = if self.whole_quote { "Show less" } else { "Show all" };
            if Button::new(Kind::Quiet, label).small().show(ui).clicked() {
                self.whole_quote = !self.whole_quote;
            }
        }
    }

    pub(super) fn definition_ui(&mut self, ui: &mut Ui, palette: &Palette, label: &str, text: &str) {
        if Button::new(Kind::Quiet, label).icon(icons::INFO).small().show(ui).clicked() {
            self.definitions = !self.definitions;
        }
        if self.definitions {
            remark(ui, palette, text);
        }
    }
}
