//! What the settings are put together of: sections, and rows whose words wrap beside the controls at their right. Nothing is cut off.

use crate::ui::kit::icons::Icon;
use crate::ui::kit::theme::{self, Palette, Type};
use crate::ui::kit::widgets;
use egui::{Align, Layout, Rect, Sense, Ui, UiBuilder, Vec2, pos2, vec2};

/// Beside controls words have at least this much; with less the controls stand below them.
const LEAST_WORDS: f32 = 130.0;
/// Between words and controls.
const GAP: f32 = 12.0;
/// An icon and the gap behind it.
const ICON: f32 = 36.0;

pub(super) fn section(ui: &mut Ui, palette: &Palette, title: &str, aside: Option<&str>, contents: impl FnOnce(&mut Ui)) {
    theme::card(palette).inner_margin(20).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 8.0;
        let width = |role: Type, text: &str| ui.painter().layout_no_wrap(text.to_owned(), role.font(), palette.ink).size().x;
        let aside_fits = aside.is_none_or(|aside| width(theme::CARD_TITLE, title) + GAP + width(theme::SECONDARY, aside) <= ui.available_width());
        row(ui, theme::CARD_TITLE.line, |ui| {
            widgets::line(ui, theme::CARD_TITLE, palette.ink, title);
            if let Some(aside) = aside.filter(|_| aside_fits) {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| widgets::line(ui, theme::SECONDARY, palette.ink2, aside));
            }
        });
        if let Some(aside) = aside.filter(|_| !aside_fits) {
            widgets::label(ui, theme::SECONDARY, palette.ink2, aside);
        }
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
    line_as(ui, palette, theme::BODY, (icon, name, more), controls);
}

/// As [`line`], with the name in another role.
pub(super) fn line_as(ui: &mut Ui, palette: &Palette, role: Type, (icon, name, more): (Option<Icon>, &str, Option<&str>), controls: impl FnOnce(&mut Ui)) {
    let least = if more.is_some() { 44.0 } else { 36.0 };
    let left = if icon.is_some() { ICON } else { 0.0 };
    let lead = |ui: &mut Ui, rect: Rect| {
        icon.into_iter().for_each(|icon| widgets::paint_icon(ui, icon, pos2(rect.left() + 10.0, rect.center().y), 20.0, palette.ink));
    };
    let words = |ui: &mut Ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        widgets::label(ui, role, palette.ink, name);
        if let Some(more) = more {
            widgets::label(ui, theme::SECONDARY, palette.ink2, more);
        }
    };
    wrapping_row(ui, (name, left, least), lead, words, controls);
}

/// How large the parts of a row came out: words wrap in what the controls leave, and the row is as high as both.
#[derive(Debug, Clone, Copy, PartialEq)]
struct RowSize {
    words: f32,
    controls: Vec2,
}

/// A row of words that wrap, `left` from its beginning, with controls at its right, at least so high; `lead` draws what stands before the words.
pub(super) fn wrapping_row(
    ui: &mut Ui,
    (name, left, least): (&str, f32, f32),
    lead: impl FnOnce(&mut Ui, Rect),
    words: impl FnOnce(&mut Ui),
    controls: impl FnOnce(&mut Ui),
) {
    let id = ui.scope_id().with(("row", name));
    let known = ui.data(|data| data.get_temp::<RowSize>(id));
    let size = known.unwrap_or(RowSize { words: least, controls: Vec2::ZERO });
    let whole = ui.available_width();
    let beside = whole - left - size.controls.x - GAP;
    let is_stacked = beside < LEAST_WORDS.min(whole - left);
    let top = if is_stacked { size.words + 4.0 } else { 0.0 };
    let height = if is_stacked { top + size.controls.y.max(32.0) } else { size.words.max(size.controls.y).max(least) };
    let (rect, _) = ui.allocate_exact_size(vec2(whole, height), Sense::hover());
    let first = if is_stacked { Rect::from_min_size(rect.min, vec2(whole, size.words)) } else { rect };
    lead(ui, first);
    let words_at = rect.min + vec2(left, if is_stacked { 0.0 } else { (height - size.words).max(0.0) / 2.0 });
    let words_rect = Rect::from_min_size(words_at, vec2(if is_stacked { whole - left } else { beside }, height));
    let mut child = ui.new_child(UiBuilder::new().max_rect(words_rect).layout(Layout::top_down(Align::Min)));
    words(&mut child);
    let words = child.min_rect().height();
    let place = Rect::from_min_max(pos2(rect.left(), rect.top() + top), rect.max);
    let mut child = ui.new_child(UiBuilder::new().max_rect(place).layout(Layout::right_to_left(Align::Center)));
    // Of nothing the size is nothing, and not the row's.
    child.spacing_mut().interact_size.y = 0.0;
    controls(&mut child);
    let used = child.min_rect();
    let controls = vec2(rect.right() - used.left().min(rect.right()), used.height().min(place.height().max(40.0)));
    let now = RowSize { words, controls };
    if known.is_none_or(|known| (known.words - now.words).abs() > 0.5 || (known.controls - now.controls).length() > 0.5) {
        ui.data_mut(|data| data.insert_temp(id, now));
        // What came out another size is drawn anew before anybody sees it.
        ui.ctx().request_discard("a row of the settings has its size");
    }
}
