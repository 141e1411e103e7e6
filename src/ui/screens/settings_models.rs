//! The speech models in Settings: which there are, how long a conference takes with each, getting and removing them.

use super::settings_parts::wrapping_row;
use crate::ui::dialogs::retranscribe_dialog::english_only;
use crate::ui::kit::app_state::{Action, AppState};
use crate::ui::kit::charts;
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::{ModelRow, ModelsCommand};
use egui::{CornerRadius, CursorIcon, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

/// Said where the model in use does not know the language that is spoken, with one press to mend it.
pub(super) fn english_only_ui(ui: &mut Ui, palette: &Palette, state: &AppState, used: &ModelRow, out: &mut Vec<Action>) {
    ui.horizontal_top(|ui| {
        ui.add_space(36.0);
        ui.label(icons::WARNING.text(20.0, palette.ink));
        ui.vertical(|ui| {
            widgets::label(ui, theme::SECONDARY, palette.ink, english_only(&used.title));
            let other = state.models.iter().find(|row| row.installed && row.knows(&state.settings.language));
            if let Some(other) = other
                && Button::new(Kind::Secondary, &format!("Use {}", other.title)).small().show(ui).clicked()
            {
                out.push(Action::Do(ModelsCommand::Use(other.name.clone()).into()));
            }
        });
    });
}

/// Once, while nothing else is going on: the rows then say how long a conference takes here.
pub(super) fn ask_to_measure(asked: &mut bool, state: &AppState, out: &mut Vec<Action>) {
    let is_free = state.work.is_empty() && state.download.is_none() && !state.looking_only && !state.models.is_empty();
    if !*asked && is_free {
        *asked = true;
        if state.models.iter().all(|row| row.estimated_time.is_none()) {
            out.push(Action::Do(ModelsCommand::MeasureSpeed.into()));
        }
    }
}

/// "264 MB".
pub(super) fn size(bytes: u64) -> String {
    if bytes >= 1_000_000_000 { format!("{:.1} GB", bytes as f64 / 1e9) } else { format!("{} MB", bytes / 1_000_000) }
}

/// What a row says of a model: how long a conference takes here once that is known, else what it is good for.
pub(super) fn about(row: &ModelRow) -> String {
    let size = size(row.bytes);
    match (row.memory_short, row.estimated_time) {
        (Some(memory), _) => format!("{size} · may be slow here: this computer has {} GB of memory", (memory as f64 / f64::from(1 << 30)).round()),
        (None, Some(time)) => format!("{size} · {} for a 5-minute conference", time.in_words()),
        (None, None) => format!("{size} · {}", row.good_for.trim_end_matches('.')),
    }
}

/// A pill beside a name: "in use".
pub(super) fn pill(ui: &mut Ui, palette: &Palette, text: &str) {
    let galley = ui.painter().layout_no_wrap(text.into(), theme::SMALL_BOLD.font(), palette.pine);
    let (pill, _) = ui.allocate_exact_size(vec2(galley.size().x + 16.0, 22.0), Sense::hover());
    ui.painter().rect_filled(pill, CornerRadius::same(11), palette.pine_tint);
    ui.painter().galley(pill.center() - galley.size() / 2.0, galley, palette.pine);
}

/// Words to press, no higher than the line they stand in.
pub(super) fn link(ui: &mut Ui, palette: &Palette, text: &str) -> bool {
    let button = egui::Button::new(theme::SECONDARY_BOLD.text(text, palette.pine)).frame(false);
    ui.add(button).on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// How far a download is: "43% · about 6 minutes left", or "43%, stopped".
pub(super) fn download_ui(ui: &mut Ui, width: f32, fraction: f32, is_stopped: bool, secs_left: Option<u64>) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 12.0;
        charts::progress_bar(ui, width, fraction);
        let says = match (is_stopped, secs_left) {
            (true, _) => ", stopped".to_owned(),
            (false, Some(secs)) => format!(" · {}", crate::ui::kit::dates::left(secs)),
            (false, None) => " · waiting for the network".to_owned(),
        };
        widgets::label(ui, theme::SECONDARY, palette.ink2, format!("{:.0}%{says}", (fraction * 100.0).floor()));
    });
}

pub(super) fn model_ui(ui: &mut Ui, palette: &Palette, state: &AppState, row: &ModelRow, out: &mut Vec<Action>) {
    let downloading = state.download.as_ref().filter(|(name, ..)| *name == row.name);
    let mut asked = None;
    let lead = |ui: &mut Ui, rect: Rect| {
        let radio = Rect::from_center_size(pos2(rect.left() + 10.0, rect.center().y), Vec2::splat(24.0));
        let response = ui.interact(radio, ui.scope_id().with(("use", &row.name)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, row.installed, row.in_use, format!("Use {}", row.title)));
        if row.in_use {
            ui.painter().circle_filled(radio.center(), 10.0, palette.pine);
            ui.painter().circle_filled(radio.center(), 4.0, palette.card);
        } else {
            ui.painter().circle(radio.center(), 9.0, palette.card, Stroke::new(1.0, palette.edge));
        }
        widgets::focus_ring(ui, &response, radio, CornerRadius::same(12));
        if row.installed && response.on_hover_cursor(CursorIcon::PointingHand).clicked() && !row.in_use {
            asked = Some(ModelsCommand::Use(row.name.clone()));
        }
    };
    let words = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        // A row is as high as its text here, not as a control: the second line would touch the divider.
        ui.spacing_mut().interact_size.y = theme::BUTTON.line;
        ui.horizontal_wrapped(|ui| {
            widgets::label(ui, theme::BUTTON, palette.ink, &row.title);
            if row.in_use {
                pill(ui, palette, "in use");
            }
            if row.suggested {
                pill(ui, palette, "recommended for this computer");
            }
        });
        match (downloading, row.stopped_at) {
            (Some((_, fraction, left)), _) => download_ui(ui, 200.0, *fraction, false, *left),
            (None, Some(fraction)) if !row.installed => download_ui(ui, 200.0, fraction, true, None),
            _ => {
                widgets::label(ui, theme::SECONDARY, palette.ink2, about(row)).on_hover_text(&row.good_for);
            }
        }
    };
    let mut pressed = None;
    wrapping_row(ui, (row.name.as_str(), 36.0, 48.0), lead, words, |ui| pressed = buttons_ui(ui, palette, state, row, downloading.is_some()));
    out.extend(asked.or(pressed).map(|command| Action::Do(command.into())));
}

/// Right to left: what can be done with a model.
fn buttons_ui(ui: &mut Ui, palette: &Palette, state: &AppState, row: &ModelRow, is_coming: bool) -> Option<ModelsCommand> {
    let mut asked = None;
    match (row.installed, is_coming) {
        (_, true) => {
            if widgets::icon_button(ui, icons::X, "Stop and discard the download", false, 32.0).clicked() {
                asked = Some(ModelsCommand::DiscardDownload(row.name.clone()));
            }
            if Button::new(Kind::Secondary, "Pause").icon(icons::PAUSE).small().show(ui).clicked() {
                asked = Some(ModelsCommand::PauseDownload);
            }
        }
        (true, false) => {
            if !row.built_in && widgets::icon_button(ui, icons::TRASH, "Remove this model", false, 32.0).clicked() {
                asked = Some(ModelsCommand::Remove(row.name.clone()));
            }
            ui.spacing_mut().item_spacing.x = 4.0;
            widgets::line(ui, theme::SECONDARY_BOLD, palette.pine, if row.built_in { "Came with Afterbell" } else { "Installed" });
            ui.label(icons::CHECK.text(16.0, palette.pine));
        }
        (false, false) => {
            let is_stopped = row.stopped_at.is_some();
            if is_stopped && widgets::icon_button(ui, icons::X, "Discard the download", false, 32.0).clicked() {
                asked = Some(ModelsCommand::DiscardDownload(row.name.clone()));
            }
            // One at a time.
            ui.add_enabled_ui(state.download.is_none(), |ui| {
                let text = if is_stopped { "Resume" } else { "Download" };
                if Button::new(Kind::Secondary, text).icon(icons::DOWNLOAD_SIMPLE).small().show(ui).clicked() {
                    asked = Some(ModelsCommand::Download(row.name.clone()));
                }
            });
        }
    }
    asked
}
