//! The first screen: record now, words work too, look around. One primary button: start.
//!
//! The design offers a model to download before there are words. One comes with Afterbell, so here it is the first of the three and already chosen.

use super::settings_models::{ask_to_measure, download_ui, size};
use crate::settings::SettingsChange;
use crate::ui::kit::app_state::{Action, AppState, Place};
use crate::ui::kit::icons::{self, Icon};
use crate::ui::kit::theme::{self, Palette, palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::{AnalysisCommand, Command, LibraryCommand, ModelRow, ModelsCommand, OpenDialog};
use egui::{CornerRadius, CursorIcon, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

/// What the screen remembers.
#[derive(Default)]
pub(in crate::ui) struct WelcomeScreen {
    /// The model that was pressed; none: the one in use. An empty name is "From a file".
    chosen: Option<String>,
    /// How fast this computer is was asked for.
    measured: bool,
}

impl WelcomeScreen {
    pub(in crate::ui) fn ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) {
        let palette = palette(ui);
        ask_to_measure(&mut self.measured, state, out);
        let full = ui.max_rect();
        let left = Rect::from_min_size(full.min, vec2(480.0_f32.min(full.width() * 0.36), full.height()));
        ui.painter().rect_filled(left, 0, palette.card);
        ui.painter().vline(left.right(), left.y_range(), Stroke::new(1.0, palette.line));
        self.left_ui(ui, palette, left.shrink2(vec2(40.0, 32.0)));
        let column = Rect::from_min_max(pos2(left.right() + 48.0, full.top()), pos2(full.right() - 40.0, full.bottom()));
        let column = Rect::from_center_size(pos2(column.center().x, column.center().y), vec2(column.width().min(860.0), 624.0_f32.min(column.height() - 16.0)));
        widgets::area(ui, column, |ui| self.right_ui(ui, palette, state, out));
    }

    fn left_ui(&self, ui: &mut Ui, palette: &Palette, rect: Rect) {
        widgets::area(ui, rect, |ui| {
            ui.horizontal(|ui| {
                let (logo, _) = ui.allocate_exact_size(Vec2::splat(40.0), Sense::hover());
                ui.painter().rect_filled(logo, CornerRadius::same(12), palette.pine);
                widgets::paint_icon(ui, icons::BELL_SIMPLE, logo.center(), 24.0, palette.on_pine);
                widgets::line(ui, theme::Type { size: 20.0, line: 24.0, bold: true }, palette.ink, "Afterbell");
            });
            ui.add_space(32.0);
            let height = (rect.height() - 350.0).clamp(120.0, 304.0);
            let (picture, _) = ui.allocate_exact_size(vec2(rect.width(), height), Sense::hover());
            paint_picture(ui, palette, picture);
            ui.add_space(32.0);
            let headline = theme::Type { size: 32.0, line: 40.0, bold: true };
            widgets::label(ui, headline, palette.ink, "Record now.\nListen after the bell.");
            ui.add_space(4.0);
            widgets::label(
                ui,
                theme::Type { size: 17.0, line: 24.0, bold: false },
                palette.ink2,
                "Press one button during a writing conference. When the children have gone home, listen back and think it over with five questions.",
            );
        });
        let foot = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 24.0), rect.max);
        widgets::area(ui, foot, |ui| {
            ui.horizontal(|ui| {
                ui.label(icons::LOCK_SIMPLE.text(20.0, palette.ink2));
                widgets::line(ui, theme::BODY, palette.ink2, "Everything stays on this computer. No account.");
            });
        });
    }

    fn right_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        let whole = ui.max_rect();
        // The one button that leads on stays in sight; where the window is small or the text large, the cards scroll.
        let low = Rect::from_min_max(pos2(whole.left(), whole.bottom() - 48.0), whole.max);
        widgets::area(ui, low, |ui| start_ui(ui, palette, out));
        let cards = Rect::from_min_max(whole.min, pos2(whole.right(), low.top() - 16.0));
        widgets::area(ui, cards, |ui| {
            egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| self.cards_ui(ui, palette, state, out));
        });
    }

    fn cards_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        ui.spacing_mut().item_spacing.y = 16.0;
        card(ui, palette, icons::CHECK_CIRCLE.fill(), palette.pine, |ui| {
            widgets::label(ui, theme::CARD_TITLE, palette.ink, "You can record right away");
            widgets::label(
                ui,
                theme::BODY,
                palette.ink2,
                "Recording, listening back, marking moments, who talked and for how long: all ready, nothing to set up.",
            );
            ui.horizontal(|ui| {
                let microphone = state.microphones.as_ref().map(|found| found.first().map(|mic| mic.name.clone()));
                let (icon, text) = match microphone {
                    None => (icons::MICROPHONE, "Looking for a microphone…".to_owned()),
                    Some(Some(name)) => (icons::MICROPHONE, format!("{name} found")),
                    Some(None) => (icons::MICROPHONE_SLASH, "No microphone yet. Plug one in when you want to record".to_owned()),
                };
                ui.label(icon.text(18.0, palette.ink2));
                widgets::line(ui, theme::BODY, palette.ink2, text);
            });
        });
        card(ui, palette, icons::CHAT_TEARDROP_TEXT, palette.ink2, |ui| self.models_ui(ui, palette, state, out));
        card(ui, palette, icons::PLAY_CIRCLE, palette.ink2, |ui| {
            ui.horizontal(|ui| {
                ui.vertical(|ui| {
                    ui.set_width(ui.available_width() - 153.0);
                    widgets::label(ui, theme::CARD_TITLE, palette.ink, "Look around with a sample conference");
                    widgets::label(ui, theme::BODY, palette.ink2, "Maya and her bike. Invented, with synthetic voices, three and a half minutes long.");
                });
                if Button::new(Kind::Secondary, "Open the sample").show(ui).clicked() {
                    out.push(welcomed());
                    out.push(Action::Do(AnalysisCommand::AddSample("maya".into()).into()));
                }
            });
        });
    }

    fn models_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        ui.horizontal(|ui| {
            widgets::line(ui, theme::CARD_TITLE, palette.ink, "The written transcript is ready too");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                widgets::line(ui, theme::SECONDARY, palette.ink2, "a bigger one can wait");
            });
        });
        let says = "A speech model came with Afterbell. A bigger one downloads once, then works without the internet.";
        widgets::label(ui, theme::BODY, palette.ink2, says);
        ui.add_space(4.0);
        let offered = offered(&state.models);
        let used = state.models.iter().find(|row| row.in_use).map_or("", |row| row.name.as_str());
        let chosen = self.chosen.clone().unwrap_or_else(|| used.to_owned());
        let width = (ui.available_width() - 2.0 * 12.0) / 3.0;
        // Two lines more where large text makes the tiles narrow.
        let height = if width < 210.0 { TILE + 2.0 * theme::SECONDARY.line } else { TILE };
        let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
        let tile = |index: usize| Rect::from_min_size(pos2(row.left() + index as f32 * (width + 12.0), row.top()), vec2(width, height));
        for (index, model) in offered.iter().enumerate() {
            let time = model.estimated_time.map(|time| format!("A 5-minute conference takes {}.", time.in_words()));
            let lines = [size(model.bytes), time.unwrap_or_else(|| model.good_for.clone())];
            let note = if model.suggested { Some("Recommended for this computer.") } else { None };
            if tile_ui(ui, palette, tile(index), &model.title, &lines, note, model.name == chosen) {
                self.chosen = Some(model.name.clone());
            }
        }
        let lines = ["USB stick or shared drive, if downloads are blocked at school.".to_owned()];
        if tile_ui(ui, palette, tile(offered.len()), "From a file", &lines, None, chosen.is_empty()) {
            self.chosen = Some(String::new());
        }
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 12.0;
            self.act_ui(ui, palette, state, offered.iter().find(|row| row.name == chosen).copied(), out);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                widgets::line(ui, theme::SECONDARY, palette.ink2, "The only time Afterbell goes online.");
            });
        });
    }

    /// What can be done with the chosen one; none is "From a file".
    fn act_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, chosen: Option<&ModelRow>, out: &mut Vec<Action>) {
        let Some(model) = chosen else {
            if Button::new(Kind::Secondary, "Choose file…").icon(icons::FOLDER_OPEN).show(ui).clicked() {
                out.push(Action::Do(OpenDialog::Model.into()));
            }
            return self.not_now_ui(ui);
        };
        if let Some((_, fraction, left)) = state.download.as_ref().filter(|(name, ..)| *name == model.name) {
            download_ui(ui, 160.0, *fraction, false, *left);
            if Button::new(Kind::Secondary, "Pause").icon(icons::PAUSE).small().show(ui).clicked() {
                out.push(Action::Do(ModelsCommand::PauseDownload.into()));
            }
            return;
        }
        if model.in_use {
            ui.set_min_height(40.0);
            ui.label(icons::CHECK.text(18.0, palette.pine));
            let says = if model.built_in { "It is here and ready" } else { "In use" };
            widgets::line(ui, theme::BUTTON, palette.pine, says);
            return;
        }
        let (text, icon, command) = match (model.installed, model.stopped_at) {
            (true, _) => (format!("Use {}", model.title), icons::CHECK, Command::Models(ModelsCommand::Use(model.name.clone()))),
            (false, Some(_)) => (format!("Resume {}", model.title), icons::DOWNLOAD_SIMPLE, Command::Models(ModelsCommand::Download(model.name.clone()))),
            (false, None) => (format!("Download {}", model.title), icons::DOWNLOAD_SIMPLE, Command::Models(ModelsCommand::Download(model.name.clone()))),
        };
        let button = ui.add_enabled_ui(model.installed || state.download.is_none(), |ui| Button::new(Kind::Secondary, &text).icon(icon).show(ui)).inner;
        if button.clicked() {
            out.push(Action::Do(command));
        }
        self.not_now_ui(ui);
    }

    fn not_now_ui(&mut self, ui: &mut Ui) {
        if Button::new(Kind::Quiet, "Not now").show(ui).clicked() {
            self.chosen = None;
        }
    }
}

/// Height of a tile.
const TILE: f32 = 128.0;

/// The one that came with Afterbell, and the next one up: what is suggested for this computer if that is bigger, else Small.
fn offered(models: &[ModelRow]) -> Vec<&ModelRow> {
    let shipped = models.iter().find(|row| row.built_in);
    let bigger = |row: &&ModelRow| shipped.is_none_or(|shipped| row.bytes > shipped.bytes);
    let next = models.iter().filter(bigger).find(|row| row.suggested).or_else(|| models.iter().find(|row| row.name == "small-q8_0"));
    shipped.into_iter().chain(next).collect()
}

/// One of three to choose from; says whether it was pressed.
fn tile_ui(ui: &mut Ui, palette: &Palette, rect: Rect, title: &str, lines: &[String], note: Option<&str>, on: bool) -> bool {
    let response = ui.interact(rect, ui.scope_id().with(("tile", title)), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), on, title));
    let radius = CornerRadius::same(theme::CONTROL_RADIUS);
    let (fill, stroke) = match (on, response.hovered()) {
        (true, _) => (palette.pine_tint, Stroke::new(2.0, palette.pine)),
        (false, true) => (palette.raise, Stroke::new(1.0, palette.line)),
        (false, false) => (palette.card, Stroke::new(1.0, palette.line)),
    };
    ui.painter().rect(rect, radius, fill, stroke, StrokeKind::Inside);
    let dot = pos2(rect.left() + 23.0, rect.top() + 23.0);
    if on {
        ui.painter().circle_filled(dot, 10.0, palette.pine);
        ui.painter().circle_filled(dot, 4.0, palette.card);
    } else {
        ui.painter().circle(dot, 9.5, palette.card, Stroke::new(1.0, palette.edge));
    }
    widgets::paint_line(ui.painter(), pos2(rect.left() + 41.0, dot.y), rect.width() - 53.0, theme::NAME, palette.ink, title);
    let text = Rect::from_min_max(pos2(rect.left() + 13.0, rect.top() + 40.0), rect.max - vec2(13.0, 6.0));
    widgets::area(ui, text, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for line in lines {
            widgets::label(ui, theme::SECONDARY, palette.ink2, line);
        }
        if let Some(note) = note {
            widgets::label(ui, theme::SECONDARY_BOLD, palette.pine, note);
        }
    });
    widgets::focus_ring(ui, &response, rect, radius);
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

fn start_ui(ui: &mut Ui, palette: &Palette, out: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        widgets::line(ui, theme::BODY, palette.ink2, "Class list? Add it any time from Record or Conferences.");
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if Button::new(Kind::Primary, "Start using Afterbell").icon(icons::ARROW_RIGHT).trailing().min_width(219.0).show(ui).clicked() {
                out.push(welcomed());
                out.push(Action::Go(Place::Record(None)));
            }
        });
    });
}

fn welcomed() -> Action {
    Action::Do(LibraryCommand::ChangeSetting(SettingsChange::Welcomed).into())
}

fn card(ui: &mut Ui, palette: &Palette, icon: Icon, color: egui::Color32, contents: impl FnOnce(&mut Ui)) {
    theme::card(palette).inner_margin(24).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 4.0;
        // A row is as high as its text: a card has no room to spare.
        ui.spacing_mut().interact_size.y = theme::BODY.line;
        ui.horizontal_top(|ui| {
            ui.label(icon.text(26.0, color));
            ui.add_space(8.0);
            ui.vertical(|ui| {
                ui.set_width(ui.available_width());
                contents(ui);
            });
        });
    });
}

/// Two speech bubbles above a timeline: the product in one picture.
fn paint_picture(ui: &Ui, palette: &Palette, rect: Rect) {
    let painter = ui.painter().with_clip_rect(rect);
    painter.rect_filled(rect, CornerRadius::same(24), palette.sunk);
    let scale = rect.height() / 304.0;
    let at = |x: f32, y: f32| pos2(rect.left() + x * rect.width() / 400.0, rect.top() + y * scale);
    let bar = |x: f32, y: f32, width: f32, height: f32, radius: u8, color| {
        painter.rect_filled(Rect::from_min_max(at(x, y), at(x + width, y + height)), CornerRadius::same(radius), color);
    };
    bar(40.0, 40.0, 192.0, 84.0, 22, palette.teacher);
    painter.add(egui::Shape::convex_polygon(vec![at(72.0, 118.0), at(104.0, 118.0), at(72.0, 148.0)], palette.teacher, Stroke::NONE));
    for (y, width) in [(64.0, 128.0), (80.0, 144.0), (96.0, 72.0)] {
        bar(64.0, y, width, 8.0, 4, palette.teacher_tint);
    }
    bar(214.0, 78.0, 148.0, 88.0, 22, palette.sunk);
    bar(216.0, 80.0, 144.0, 84.0, 20, palette.student);
    painter.add(egui::Shape::convex_polygon(vec![at(300.0, 160.0), at(328.0, 160.0), at(328.0, 184.0)], palette.student, Stroke::NONE));
    for (y, width) in [(104.0, 96.0), (120.0, 56.0)] {
        bar(240.0, y, width, 8.0, 4, palette.student_tint);
    }
    bar(32.0, 168.0, 336.0, 112.0, 14, palette.card);
    for (x, width, color) in [(52.0, 98.0, palette.ph1), (154.0, 52.0, palette.ph2), (210.0, 96.0, palette.ph3), (310.0, 38.0, palette.ph4)] {
        bar(x, 184.0, width, 16.0, 3, color);
    }
    for n in 0..36 {
        let height = 6.0 + 18.0 * ((n * 7919 % 13) as f32 / 13.0);
        let x = 54.0 + n as f32 * 8.2;
        let teacher = matches!(n, 0..=7 | 13..=22 | 31..=35);
        let student = matches!(n, 9..=12 | 25..=29);
        if teacher {
            bar(x, 230.0 - height / 2.0, 3.0, height, 1, palette.teacher);
        } else if student {
            bar(x, 256.0 - height / 2.0, 3.0, height, 1, palette.student);
        }
    }
    painter.line_segment([at(182.0, 176.0), at(182.0, 272.0)], Stroke::new(2.0, palette.ink));
    painter.circle_filled(at(182.0, 176.0), 6.0, palette.ink);
}
