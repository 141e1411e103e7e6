//! What is drawn over whatever screen there is: questions that wait for an answer, problems, toasts, the list of keys.

use super::keys;
use crate::conference::names_of;
use crate::ui::kit::app_state::Action;
use crate::ui::kit::charts;
use crate::ui::kit::dates;
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette, palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::{Command, DeletedKey, InterruptedRecording, LibraryCommand, OpeningStage, Problem, RecordingCommand};
use egui::{CursorIcon, Rect, Stroke, Ui, vec2};
use std::time::{Duration, Instant};

/// A toast stays this long.
const TOAST: Duration = Duration::from_secs(6);
/// Opening that takes no longer than this is not spoken of.
const SAID_AFTER: Duration = Duration::from_millis(300);

/// A sentence at the bottom that goes by itself.
pub(in crate::ui) struct Toast {
    text: String,
    /// What takes it back.
    undo: Option<Command>,
    since: Instant,
}

impl Toast {
    /// Only says something.
    pub fn new(text: String) -> Self {
        Self::with_undo(text, None)
    }

    /// Offers to take it back.
    pub fn with_undo(text: String, undo: Option<Command>) -> Self {
        Self { text, undo, since: Instant::now() }
    }

    /// How long it still stays.
    pub fn stays(&self) -> Duration {
        TOAST.saturating_sub(self.since.elapsed())
    }
}

/// The answer to closing the window while it records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui) enum Closing {
    KeepRecording,
    StopAndClose,
}

/// The frame of every dialog.
pub(in crate::ui) fn dialog(palette: &Palette) -> egui::Frame {
    let shadow = egui::Shadow { offset: [0, 8], blur: 24, spread: 0, color: egui::Color32::from_black_alpha(51) };
    egui::Frame::new().fill(palette.card).corner_radius(16).inner_margin(24).shadow(shadow).stroke(Stroke::new(1.0, palette.line))
}

/// Recordings that were cut off, offered one after the other until decided.
pub(in crate::ui) fn interrupted_ui(ui: &mut Ui, interrupted: &mut Vec<InterruptedRecording>, now_unix_ms: i64, out: &mut Vec<Action>) {
    let Some(cut) = interrupted.first().cloned() else { return };
    let palette = palette(ui);
    let mut decided = None;
    egui::Modal::new(egui::Id::unique("interrupted")).frame(dialog(palette)).show(ui.ctx(), |ui| {
        ui.set_width(440.0);
        let who = names_of(&cut.students).unwrap_or_else(|| "a student".into());
        widgets::label(ui, theme::CARD_TITLE, palette.ink, format!("Your recording with {who} was kept, up to {}", cut.length));
        let when = dates::when(cut.started_unix_ms, now_unix_ms);
        widgets::label(ui, theme::BODY, palette.ink2, format!("It was cut off ({when}). Nothing that was recorded is lost."));
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if Button::new(Kind::Primary, "Keep it and write it down").show(ui).clicked() {
                decided = Some(Command::Recording(RecordingCommand::KeepInterrupted(cut.name.clone())));
            }
            if Button::new(Kind::Quiet, "Delete it").show(ui).clicked() {
                decided = Some(Command::Library(LibraryCommand::Delete(DeletedKey::Recording(cut.name.clone()))));
            }
        });
    });
    if let Some(command) = decided {
        out.push(Action::Do(command));
        interrupted.remove(0);
    }
}

/// A second window says what it is, as long as it is open.
pub(in crate::ui) fn looking_only_ui(ui: &mut Ui) {
    let palette = palette(ui);
    egui::Area::new(egui::Id::unique("looking only")).anchor(egui::Align2::CENTER_BOTTOM, vec2(theme::RAIL / 2.0, -12.0)).show(ui.ctx(), |ui| {
        banner(palette.pine_tint, palette.line).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.label(icons::INFO.text(20.0, palette.ink));
                let says = "Afterbell is already open with these recordings. Look and listen here; record and change things in the other window.";
                ui.add(egui::Label::new(theme::BODY.text(says, palette.ink)).extend());
            });
        });
    });
}

/// What went wrong, until it is put away.
pub(in crate::ui) fn problem_ui(ui: &mut Ui, problem: &mut Option<Problem>) {
    let Some(advice) = problem.as_ref().map(|problem| problem.advice.clone()) else { return };
    let palette = palette(ui);
    let area = egui::Area::new(egui::Id::unique("problem")).anchor(egui::Align2::CENTER_TOP, vec2(theme::RAIL / 2.0, 12.0));
    let is_put_away = area.order(egui::Order::Foreground).show(ui.ctx(), |ui| {
        let inside = banner(palette.rose_tint, palette.rose).show(ui, |ui| {
            ui.set_max_width(760.0);
            ui.horizontal(|ui| {
                ui.add(egui::Label::new(icons::WARNING.text(20.0, palette.rose)));
                ui.scope(|ui| {
                    ui.set_max_width(660.0);
                    widgets::label(ui, theme::BODY, palette.ink, advice);
                });
                widgets::icon_button(ui, icons::X, "Put this away", false, 32.0).clicked()
            })
        });
        inside.inner.inner
    });
    if is_put_away.inner {
        *problem = None;
    }
}

fn banner(fill: egui::Color32, edge: egui::Color32) -> egui::Frame {
    egui::Frame::new().fill(fill).stroke(Stroke::new(1.0, edge)).corner_radius(12).inner_margin(egui::Margin::symmetric(16, 10))
}

/// The toast, this far from the left, until its time is over.
pub(in crate::ui) fn toast_ui(ui: &mut Ui, toast: &mut Option<Toast>, left: f32, out: &mut Vec<Action>) {
    let Some(shown) = toast.as_ref().filter(|shown| !shown.stays().is_zero()) else {
        *toast = None;
        return;
    };
    let palette = palette(ui);
    let mut is_undone = false;
    egui::Area::new(egui::Id::unique("toast")).anchor(egui::Align2::LEFT_BOTTOM, vec2(left, -24.0)).order(egui::Order::Foreground).show(ui.ctx(), |ui| {
        egui::Frame::new().fill(palette.ink).corner_radius(8).inner_margin(egui::Margin::symmetric(16, 10)).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.add(egui::Label::new(theme::BODY.text(&shown.text, palette.card)).extend());
                if shown.undo.is_some() {
                    let button = egui::Button::new(theme::BUTTON.text("Undo", palette.card)).frame(false);
                    is_undone = ui.add(button).on_hover_cursor(CursorIcon::PointingHand).clicked();
                }
            });
        });
    });
    if is_undone {
        out.extend(toast.take().and_then(|toast| toast.undo).map(Action::Do));
    }
}

/// The list of keys.
pub(in crate::ui) fn keys_ui(ui: &mut Ui, shown: &mut bool) {
    if *shown {
        let response = egui::Modal::new(egui::Id::unique("keys")).frame(dialog(palette(ui))).show(ui.ctx(), keys::ui);
        *shown = !(response.should_close() || response.inner);
    }
}

/// Asks whether to stop a recording and close the window; none until it is answered.
pub(in crate::ui) fn closing_ui(ui: &mut Ui) -> Option<Closing> {
    let palette = palette(ui);
    let mut answer = None;
    egui::Modal::new(egui::Id::unique("closing")).frame(dialog(palette)).show(ui.ctx(), |ui| {
        ui.set_width(420.0);
        widgets::label(ui, theme::CARD_TITLE, palette.ink, "A recording is running");
        widgets::label(ui, theme::BODY, palette.ink2, "Everything up to now is saved. Stop it and close Afterbell?");
        ui.add_space(8.0);
        ui.horizontal(|ui| {
            if Button::new(Kind::Primary, "Keep recording").show(ui).clicked() {
                answer = Some(Closing::KeepRecording);
            }
            if Button::new(Kind::Secondary, "Stop, save and close").show(ui).clicked() {
                answer = Some(Closing::StopAndClose);
            }
        });
    });
    answer
}

/// In place of every screen while the library is opened; it says nothing in the first moments, which are all there is on most days.
pub(in crate::ui) fn opening_ui(ui: &mut Ui, stage: Option<OpeningStage>) {
    let palette = palette(ui);
    let begun = ui.data_mut(|data| *data.get_temp_mut_or_insert_with(egui::Id::unique("opening since"), Instant::now));
    if begun.elapsed() < SAID_AFTER {
        return ui.ctx().request_repaint_after(SAID_AFTER);
    }
    let rect = Rect::from_center_size(ui.max_rect().center(), vec2(560.0, 160.0));
    widgets::card_at(ui, rect, 24.0, |ui| match stage {
        None | Some(OpeningStage::Checking) => {
            widgets::label(ui, theme::CARD_TITLE, palette.ink, "Opening your conferences…");
            widgets::label(ui, theme::BODY, palette.ink2, "Afterbell is reading the list of conferences");
        }
        Some(OpeningStage::Rebuilding { done, of }) => {
            widgets::label(ui, theme::CARD_TITLE, palette.ink, "Making the list of conferences again…");
            widgets::label(
                ui,
                theme::BODY,
                palette.ink2,
                "The list was damaged. Your recordings are safe; the list is made again from what is kept beside them.",
            );
            ui.add_space(12.0);
            charts::progress_bar(ui, 512.0, done as f32 / of.max(1) as f32);
        }
    });
}

/// In place of every screen: the library cannot be opened.
pub(in crate::ui) fn broken_ui(ui: &mut Ui, advice: &str) {
    let palette = palette(ui);
    let rect = Rect::from_center_size(ui.max_rect().center(), vec2(560.0, 160.0));
    widgets::card_at(ui, rect, 24.0, |ui| {
        widgets::label(ui, theme::CARD_TITLE, palette.ink, "Afterbell can’t open your conferences");
        widgets::label(ui, theme::BODY, palette.ink2, advice);
    });
}
