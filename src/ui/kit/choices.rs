//! Drop-downs: one of several, chosen from a list that scrolls, with a field to find it by where there are many.

use super::icons;
use super::overlay;
use super::theme::{self, palette};
use super::widgets;
use crate::conference::search_key;
use egui::{CornerRadius, CursorIcon, Key, Modifiers, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// A longer list has a field to find in it.
const SHORT: usize = 10;
/// The field over a list, with its gap.
pub(super) const FIELD: f32 = 48.0;

/// The button of a drop-down, 36 high: what is chosen, and what it is called for screen readers.
pub(super) fn button(ui: &mut Ui, name: &str, shown: &str, width: f32) -> Response {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 36.0), Sense::click());
    let said = if name == shown { name.to_owned() } else { format!("{name}: {shown}") };
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), &said));
    let radius = CornerRadius::same(theme::CONTROL_RADIUS);
    ui.painter().rect(rect, radius, if response.hovered() { palette.raise } else { palette.card }, Stroke::new(1.0, palette.edge), StrokeKind::Inside);
    widgets::paint_line(ui.painter(), pos2(rect.left() + 12.0, rect.center().y), width - 44.0, theme::SECONDARY, palette.ink, shown);
    widgets::paint_icon(ui, icons::CARET_DOWN, pos2(rect.right() - 20.0, rect.center().y), 16.0, palette.ink2);
    widgets::focus_ring(ui, &response, rect, radius);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// What is typed to find something in the list that belongs to a button; empty each time it opens.
pub(super) fn find_ui(ui: &mut Ui, opener: &Response, hint: &str) -> String {
    let id = opener.id.with("typed");
    let mut typed = if opener.clicked() { String::new() } else { ui.data(|data| data.get_temp::<String>(id)).unwrap_or_default() };
    let width = ui.available_width();
    let field = widgets::field(ui, id.with("field"), &mut typed, hint, Some(icons::MAGNIFYING_GLASS), width);
    if opener.clicked() {
        field.request_focus();
    }
    ui.data_mut(|data| data.insert_temp(id, typed.clone()));
    typed
}

/// Enter was pressed in the field over a list.
pub(super) fn is_entered(ui: &Ui) -> bool {
    ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
}

/// A drop-down of choices. Returns the newly chosen one.
pub(in crate::ui) fn choice(ui: &mut Ui, name: &str, options: &[String], chosen: usize, width: f32) -> Option<usize> {
    let response = button(ui, name, options.get(chosen).map_or("", String::as_str), width);
    list_ui(&response, options, chosen, width.max(160.0))
}

/// How wide a filter is; a longer text than `most` is cut in it.
pub(in crate::ui) fn filter_width(ui: &Ui, shown: &str, most: f32) -> f32 {
    let text = ui.painter().layout_no_wrap(shown.to_owned(), theme::SECONDARY_BOLD.font(), egui::Color32::PLACEHOLDER).size().x;
    text.min(most).ceil() + 50.0
}

/// A chip that opens a list, of which the first entry filters nothing. Returns the newly chosen one.
pub(in crate::ui) fn filter(ui: &mut Ui, name: &str, (shown, most): (&str, f32), options: &[String], chosen: usize) -> Option<usize> {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(filter_width(ui, shown, most), 32.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), format!("{name}: {shown}")));
    let is_on = chosen > 0;
    let (fill, edge, front) = match (is_on, response.hovered()) {
        (true, _) => (palette.pine_tint, palette.pine, palette.pine),
        (false, true) => (palette.raise, palette.edge, palette.ink),
        (false, false) => (palette.card, palette.edge, palette.ink),
    };
    let radius = CornerRadius::same(16);
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
    let role = if is_on { theme::SECONDARY_BOLD } else { theme::SECONDARY };
    widgets::paint_line(ui.painter(), pos2(rect.left() + 14.0, rect.center().y), rect.width() - 46.0, role, front, shown);
    widgets::paint_icon(ui, icons::CARET_DOWN, pos2(rect.right() - 18.0, rect.center().y), 14.0, front);
    widgets::focus_ring(ui, &response, rect, radius);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    list_ui(&response, options, chosen, 300.0)
}

/// The list that belongs to a button.
fn list_ui(response: &Response, options: &[String], chosen: usize, width: f32) -> Option<usize> {
    let mut picked = None;
    overlay::list_popover(response, width, |ui| {
        let is_long = options.len() > SHORT;
        let wanted = if is_long { search_key(&find_ui(ui, response, "Find in this list")) } else { String::new() };
        let found: Vec<usize> = (0..options.len()).filter(|&index| wanted.is_empty() || search_key(&options[index]).contains(&wanted)).collect();
        if let ([only], true) = (found.as_slice(), is_long && is_entered(ui)) {
            picked = Some(*only);
        }
        let room = overlay::room(ui.ctx()) - if is_long { FIELD } else { 0.0 };
        egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room).auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            overlay::scroll_by_keys(ui);
            for index in found {
                let row = overlay::row(ui, None, &options[index], "", index == chosen);
                if response.clicked() && index == chosen {
                    row.scroll_to_me(None);
                }
                if row.clicked() {
                    picked = Some(index);
                }
            }
        });
        if picked.is_some() {
            ui.close();
        }
    });
    picked.filter(|&index| index != chosen)
}
