//! Choosing mode: a card asks which turns are meant, and the transcript answers. The bar over it says what to do.

use super::ConferenceScreen;
use crate::ui::kit::app_state::Action;
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::ui::reflect::cards::{CardAction, ChoosingOf};
use crate::ui::reflect::editing;
use egui::{Align, Layout, Ui, vec2};

impl ConferenceScreen {
    /// After the cards were drawn: what they ask of the transcript now.
    pub(super) fn follow_choosing(&mut self) {
        let asked = self.cards.choosing();
        let is_choosing = self.transcript.choosing || self.transcript.chosen_pauses().is_some();
        if is_choosing != asked.is_some() {
            self.transcript.selected = None;
            if asked.is_some() {
                self.session.close();
                self.transcript.correcting = false;
            }
        }
        self.transcript.choosing = asked.as_ref().is_some_and(|asked| asked.of == ChoosingOf::Turns);
        self.transcript.choose_pauses(asked.as_ref().and_then(|asked| match &asked.of {
            ChoosingOf::Pauses { all, at_first } => Some((all.as_slice(), at_first.as_slice())),
            ChoosingOf::Turns => None,
        }));
        self.choosing = asked;
    }

    /// Nothing is changed.
    pub(super) fn cancel_choosing(&mut self) {
        self.cards.chosen();
        self.choosing = None;
        self.transcript.choosing = false;
        self.transcript.choose_pauses(None);
        self.transcript.selected = None;
    }

    /// The bar: what is asked, how much is chosen, and the ways out.
    pub(super) fn choosing_ui(&mut self, ui: &mut Ui, palette: &Palette, out: &mut Vec<Action>) {
        let Some(choosing) = self.choosing.take() else { return };
        let turns = || editing::turns_of(self.record(), self.transcript.selected).map_or(0, |(first, last)| last - first + 1);
        let says = match self.transcript.chosen_pauses().map_or_else(|| (turns(), "turn", "turns"), |pauses| (pauses.len(), "pause", "pauses")) {
            (0, ..) => "Nothing chosen yet".to_owned(),
            (count, one, many) => format!("{} chosen", widgets::number_of(count, one, many)),
        };
        let mut answer: Option<CardAction> = None;
        let mut is_over = false;
        egui::Frame::new().fill(palette.pine_tint).inner_margin(egui::Margin::symmetric(16, 8)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            let width = ui.available_width();
            widgets::label(ui, theme::BUTTON, palette.ink, &choosing.question);
            ui.allocate_ui_with_layout(vec2(width, 32.0), Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                let is_ready = choosing.here.is_some();
                if ui.add_enabled_ui(is_ready, |ui| Button::new(Kind::Primary, "Done").icon(icons::CHECK).small().show(ui)).inner.clicked() {
                    (answer, is_over) = (choosing.here, true);
                }
                if let Some((label, none)) = choosing.none
                    && Button::new(Kind::Secondary, label).small().show(ui).clicked()
                {
                    (answer, is_over) = (Some(none), true);
                }
                is_over |= Button::new(Kind::Quiet, "Cancel").small().show(ui).clicked();
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    widgets::line(ui, theme::SECONDARY, palette.ink2, says);
                });
            });
        });
        if is_over {
            self.cancel_choosing();
        }
        if let Some(answer) = answer {
            self.card_asked(answer, out);
        }
    }
}
