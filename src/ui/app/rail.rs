//! The rail at the left: the three places there are.

use super::{App, Screen};
use crate::ui::kit::app_state::{Action, Place};
use crate::ui::kit::theme::{self, palette};
use crate::ui::kit::{icons, widgets};
use egui::{CornerRadius, CursorIcon, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

impl App {
    pub(super) fn rail_ui(&self, ui: &mut Ui, rect: Rect, actions: &mut Vec<Action>) {
        let palette = palette(ui);
        ui.painter().rect_filled(rect, 0, palette.sunk);
        ui.painter().vline(rect.right() - 0.5, rect.y_range(), Stroke::new(1.0, palette.line));
        let logo = Rect::from_min_size(rect.min + vec2(24.0, 16.0), vec2(40.0, 40.0));
        ui.painter().rect_filled(logo, CornerRadius::same(12), palette.pine);
        widgets::paint_icon(ui, icons::BELL_SIMPLE, logo.center(), 24.0, palette.on_pine);
        let at = |top: f32| Rect::from_min_size(pos2(rect.left() + 4.0, top), vec2(80.0, 64.0));
        let items = [
            (at(rect.top() + 80.0), icons::MICROPHONE, "Record", Place::Record(None), matches!(self.screen, Screen::Record(_))),
            (
                at(rect.top() + 152.0),
                icons::CHAT_TEARDROP_TEXT,
                "Conferences",
                Place::Conferences,
                matches!(self.screen, Screen::Conferences(_) | Screen::Conference(_) | Screen::Mentor(_) | Screen::Deleted(_)),
            ),
            (at(rect.bottom() - 80.0), icons::GEAR_SIX, "Settings", Place::Settings, matches!(self.screen, Screen::Settings(_))),
        ];
        for (rect, icon, name, place, on) in items {
            let response = ui.interact(rect, ui.scope_id().with(("rail", name)), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, name));
            let radius = CornerRadius::same(12);
            if on {
                ui.painter().rect(rect, radius, palette.card, Stroke::new(1.0, palette.line), StrokeKind::Inside);
            } else if response.hovered() {
                ui.painter().rect_filled(rect, radius, palette.raise);
            }
            let (color, role) = if on { (palette.pine, theme::SMALL_BOLD) } else { (palette.ink2, theme::SMALL) };
            widgets::paint_icon(ui, icon, pos2(rect.center().x, rect.top() + 22.0), 24.0, color);
            ui.painter().text(pos2(rect.center().x, rect.top() + 45.0), egui::Align2::CENTER_CENTER, name, role.font(), color);
            widgets::focus_ring(ui, &response, rect, radius);
            if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
                actions.push(Action::Go(place));
            }
        }
    }
}
