//! What the settings are put together of: sections, and lines with controls at their right.

use crate::ui::kit::icons::Icon;
use crate::ui::kit::theme::{self, Palette, Type};
use crate::ui::kit::widgets;
use egui::{Align, Layout, Rect, Sense, Ui, pos2, vec2};

pub(super) fn section(ui: &mut Ui, palette: &Palette, title: &str, aside: Option<&str>, contents: impl FnOnce(&mut Ui)) {
    theme::card(palette).inner_margin(20).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 8.0;
        row(ui, theme::CARD_TITLE.line, |ui| {
            widgets::line(ui, theme::CARD_TITLE, palette.ink, title);
            if let Some(aside) = aside {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| widgets::line(ui, theme::SECONDARY, palette.ink2, aside));
            }
        });
        contents(ui);
    });
}

/// A row as high as its text, and not as a control.
pub(super) fn row(ui: &mut Ui, height: f32, contents: impl FnOnce(&mut Ui)) {
    ui.scope(|ui| {
        ui.spacing_mut().interact_size.y = height;
        ui.horizontal(contents);
    });
}

/// Icon, name and explanation on the left; controls at the right.
pub(super) fn line(ui: &mut Ui, palette: &Palette, icon: Option<Icon>, name: &str, more: Option<&str>, controls: impl FnOnce(&mut Ui)) {
    line_as(ui, palette, theme::BODY, icon, name, more, controls);
}

/// As [`line`], with the name in another role.
pub(super) fn line_as(ui: &mut Ui, palette: &Palette, role: Type, icon: Option<Icon>, name: &str, more: Option<&str>, controls: impl FnOnce(&mut Ui)) {
    let height = if more.is_some() { 44.0 } else { 36.0 };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let mut right = rect.right();
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(Layout::right_to_left(Align::Center)));
    controls(&mut child);
    right = right.min(child.min_rect().left()) - 12.0;
    let left = if let Some(icon) = icon {
        widgets::paint_icon(ui, icon, pos2(rect.left() + 10.0, rect.center().y), 20.0, palette.ink);
        36.0
    } else {
        0.0
    };
    let texts = Rect::from_min_max(pos2(rect.left() + left, rect.top()), pos2(right.max(rect.left() + left + 40.0), rect.bottom()));
    widgets::area(ui, texts, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        if more.is_none() {
            ui.add_space(6.0);
        }
        widgets::line(ui, role, palette.ink, name);
        if let Some(more) = more {
            widgets::line(ui, theme::SECONDARY, palette.ink2, more);
        }
    });
}
