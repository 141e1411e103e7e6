//! The first screen: record now, words work too, look around. One primary button: start.

use super::icons::{self, Icon};
use super::shared::{Ask, Place, Shared};
use super::theme::{self, Palette, palette};
use super::widgets::{self, Button, Kind};
use crate::settings::Settings;
use crate::work::Command;
use egui::{CornerRadius, Rect, Ui, Vec2, pos2, vec2};

/// Nothing to remember.
pub(super) struct WelcomeScreen;

impl WelcomeScreen {
    pub(super) fn ui(&mut self, ui: &mut Ui, shared: &Shared, out: &mut Vec<Ask>) {
        let palette = palette(ui);
        let full = ui.max_rect();
        let left = Rect::from_min_size(full.min, vec2(480.0_f32.min(full.width() * 0.36), full.height()));
        ui.painter().rect_filled(left, 0, palette.card);
        ui.painter().vline(left.right(), left.y_range(), egui::Stroke::new(1.0, palette.line));
        self.left_ui(ui, palette, left.shrink2(vec2(40.0, 32.0)));
        let column = Rect::from_min_max(pos2(left.right() + 48.0, full.top()), pos2(full.right() - 40.0, full.bottom()));
        let column = Rect::from_center_size(pos2(column.center().x, column.center().y), vec2(column.width().min(860.0), 612.0_f32.min(column.height() - 16.0)));
        widgets::area(ui, column, |ui| self.right_ui(ui, palette, shared, out));
    }

    fn left_ui(&self, ui: &mut Ui, palette: &Palette, rect: Rect) {
        widgets::area(ui, rect, |ui| {
            ui.horizontal(|ui| {
                let (logo, _) = ui.allocate_exact_size(Vec2::splat(40.0), egui::Sense::hover());
                ui.painter().rect_filled(logo, CornerRadius::same(12), palette.pine);
                widgets::paint_icon(ui, icons::BELL_SIMPLE, logo.center(), 24.0, palette.on_pine);
                widgets::line(ui, theme::Type { size: 20.0, line: 24.0, bold: true }, palette.ink, "Afterbell");
            });
            ui.add_space(32.0);
            let height = (rect.height() - 350.0).clamp(120.0, 304.0);
            let (picture, _) = ui.allocate_exact_size(vec2(rect.width(), height), egui::Sense::hover());
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

    fn right_ui(&self, ui: &mut Ui, palette: &Palette, shared: &Shared, out: &mut Vec<Ask>) {
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
                let microphone = shared.microphones.as_ref().map(|found| found.first().map(|mic| mic.name.clone()));
                let (icon, text) = match microphone {
                    None => (icons::MICROPHONE, "Looking for a microphone…".to_owned()),
                    Some(Some(name)) => (icons::MICROPHONE, format!("{name} found")),
                    Some(None) => (icons::MICROPHONE_SLASH, "No microphone yet. Plug one in when you want to record".to_owned()),
                };
                ui.label(icon.text(18.0, palette.ink2));
                widgets::line(ui, theme::BODY, palette.ink2, text);
            });
        });
        card(ui, palette, icons::CHAT_TEARDROP_TEXT, palette.ink2, |ui| {
            widgets::label(ui, theme::CARD_TITLE, palette.ink, "The written transcript is ready too");
            let model = shared.models.iter().find(|model| model.in_use);
            let name = model.map_or("Base", |model| model.title.as_str());
            widgets::label(
                ui,
                theme::BODY,
                palette.ink2,
                format!(
                    "The speech model “{name}” came with Afterbell. A bigger one makes fewer mistakes with children’s voices, but takes longer. It can wait."
                ),
            );
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 12.0;
                if Button::new(Kind::Secondary, "See the models").icon(icons::DOWNLOAD_SIMPLE).show(ui).clicked() {
                    out.push(welcomed(shared));
                    out.push(Ask::Go(Place::Settings));
                }
                if Button::new(Kind::Quiet, "From a file…").show(ui).clicked() {
                    out.push(Ask::Do(Command::ChooseModel));
                }
                widgets::line(ui, theme::SECONDARY, palette.ink2, "Downloading one is the only time Afterbell goes online.");
            });
        });
        card(ui, palette, icons::PLAY_CIRCLE, palette.ink2, |ui| {
            ui.horizontal(|ui| {
                ui.vertical(|ui| {
                    ui.set_width(ui.available_width() - 170.0);
                    widgets::label(ui, theme::CARD_TITLE, palette.ink, "Look around with a sample conference");
                    widgets::label(
                        ui,
                        theme::BODY,
                        palette.ink2,
                        "Maya and the time she fell off her bike. Invented, with synthetic voices, three and a half minutes long.",
                    );
                });
                if Button::new(Kind::Secondary, "Open the sample").show(ui).clicked() {
                    out.push(welcomed(shared));
                    out.push(Ask::Do(Command::AddSample("maya".into())));
                }
            });
        });
        ui.horizontal(|ui| {
            widgets::line(ui, theme::BODY, palette.ink2, "Class list? Add it any time from Record or Conferences.");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if Button::new(Kind::Primary, "Start using Afterbell").icon(icons::ARROW_RIGHT).trailing().min_width(219.0).show(ui).clicked() {
                    out.push(welcomed(shared));
                    out.push(Ask::Go(Place::Record(None)));
                }
            });
        });
    }
}

fn welcomed(shared: &Shared) -> Ask {
    Ask::Do(Command::SaveSettings(Box::new(Settings { welcomed: true, ..shared.settings.clone() })))
}

fn card(ui: &mut Ui, palette: &Palette, icon: Icon, color: egui::Color32, contents: impl FnOnce(&mut Ui)) {
    theme::card(palette).inner_margin(24).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
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
    painter.add(egui::Shape::convex_polygon(vec![at(72.0, 118.0), at(104.0, 118.0), at(72.0, 148.0)], palette.teacher, egui::Stroke::NONE));
    for (y, width) in [(64.0, 128.0), (80.0, 144.0), (96.0, 72.0)] {
        bar(64.0, y, width, 8.0, 4, palette.teacher_tint);
    }
    bar(214.0, 78.0, 148.0, 88.0, 22, palette.sunk);
    bar(216.0, 80.0, 144.0, 84.0, 20, palette.student);
    painter.add(egui::Shape::convex_polygon(vec![at(300.0, 160.0), at(328.0, 160.0), at(328.0, 184.0)], palette.student, egui::Stroke::NONE));
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
    painter.line_segment([at(182.0, 176.0), at(182.0, 272.0)], egui::Stroke::new(2.0, palette.ink));
    painter.circle_filled(at(182.0, 176.0), 6.0, palette.ink);
}
