//! The controls of the design: buttons, pills, chips, toggles, segments, avatars, bars. Each has a name for screen readers and a focus ring.

use super::icons::{self, Icon};
use super::reading_order::Laid;
use super::theme::{self, Palette, Type, palette};
use crate::conference::{ConferenceData, Millis, Speaker, has_right_to_left};
pub use crate::work::number_of;
use egui::text::{LayoutJob, TextWrapping};
use egui::{Align2, Color32, CornerRadius, CursorIcon, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

/// How a button looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Pine fill; one per screen.
    Primary,
    /// Card with an outline.
    Secondary,
    /// Text only.
    Quiet,
}

/// A button in the making.
#[derive(Debug, Clone)]
#[must_use]
pub struct Button<'a> {
    kind: Kind,
    icon: Option<Icon>,
    text: &'a str,
    height: f32,
    min_width: f32,
    trailing: bool,
}

impl<'a> Button<'a> {
    /// With text; see the setters for more.
    pub fn new(kind: Kind, text: &'a str) -> Self {
        Self { kind, icon: None, text, height: 40.0, min_width: 0.0, trailing: false }
    }

    /// With an icon before the text.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// The icon after the text.
    pub fn trailing(mut self) -> Self {
        self.trailing = true;
        self
    }

    /// 32 high, as in lists and settings.
    pub fn small(mut self) -> Self {
        self.height = 32.0;
        self
    }

    /// At least this wide.
    pub fn min_width(mut self, width: f32) -> Self {
        self.min_width = width;
        self
    }

    /// Draws it.
    pub fn show(self, ui: &mut Ui) -> Response {
        let palette = palette(ui);
        let role = if self.height < 40.0 { theme::SECONDARY_BOLD } else { theme::BUTTON };
        let galley = ui.painter().layout_no_wrap(self.text.to_owned(), role.font(), Color32::PLACEHOLDER);
        let icon_width = if self.icon.is_some() { 20.0 + if self.text.is_empty() { 0.0 } else { 8.0 } } else { 0.0 };
        let padding = match (self.kind, self.text.is_empty()) {
            (_, true) => (self.height - 20.0) / 2.0,
            (Kind::Quiet, _) => 8.0,
            _ => self.height * 0.4,
        };
        let content = icon_width + galley.size().x;
        let size = vec2((content + 2.0 * padding).max(self.min_width), self.height);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), self.text));
        if ui.is_rect_visible(rect) {
            let hovered = response.hovered() || response.is_pointer_button_down_on();
            let (fill, edge, front) = match self.kind {
                Kind::Primary => (if hovered { palette.pine_hover } else { palette.pine }, None, palette.on_pine),
                Kind::Secondary => (if hovered { palette.raise } else { palette.card }, Some(palette.edge), palette.ink),
                Kind::Quiet => (Color32::TRANSPARENT, None, palette.pine),
            };
            let radius = CornerRadius::same(theme::CONTROL_RADIUS);
            ui.painter().rect_filled(rect, radius, fill);
            if let Some(edge) = edge {
                ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, edge), StrokeKind::Inside);
            }
            let left = rect.center().x - content / 2.0;
            let (icon_x, text_x) = if self.trailing { (left + galley.size().x + 8.0, left) } else { (left, left + icon_width) };
            if let Some(icon) = self.icon {
                paint_icon(ui, icon, pos2(icon_x + 10.0, rect.center().y), 20.0, front);
            }
            let text_at = pos2(text_x, rect.center().y - galley.size().y / 2.0);
            if self.kind == Kind::Quiet && response.hovered() {
                ui.painter().hline(text_x..=text_x + galley.size().x, text_at.y + galley.size().y - 1.0, Stroke::new(1.0, front));
            }
            ui.painter().galley(text_at, galley, front);
            focus_ring(ui, &response, rect, radius);
        }
        response.on_hover_cursor(CursorIcon::PointingHand)
    }
}

/// What can be done about a failure, as small buttons; the one that was pressed.
pub fn offers<'a>(ui: &mut Ui, says: impl Iterator<Item = &'a str>) -> Option<usize> {
    let mut pressed = None;
    for (at, says) in says.enumerate() {
        if Button::new(Kind::Secondary, says).small().show(ui).clicked() {
            pressed = Some(at);
        }
    }
    pressed
}

/// A square button with only an icon; `name` is its tooltip and its name for screen readers.
pub fn icon_button(ui: &mut Ui, icon: Icon, name: &str, outlined: bool, size: f32) -> Response {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    if ui.is_rect_visible(rect) {
        let radius = CornerRadius::same(theme::CONTROL_RADIUS);
        if response.hovered() {
            ui.painter().rect_filled(rect, radius, palette.raise);
        } else if outlined {
            ui.painter().rect_filled(rect, radius, palette.card);
        }
        if outlined {
            ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, palette.edge), StrokeKind::Inside);
        }
        paint_icon(ui, icon, rect.center(), 20.0, if outlined { palette.ink } else { palette.ink2 });
        focus_ring(ui, &response, rect, radius);
    }
    response.on_hover_text(name).on_hover_cursor(CursorIcon::PointingHand)
}

/// "▶ 1:36": jumps to a moment. `playing` when that moment is sounding.
pub fn jump_pill(ui: &mut Ui, at: Millis, playing: bool) -> Response {
    let palette = palette(ui);
    let is_typed = shows_typed(ui);
    let text = moment(ui, at).unwrap_or_else(|| "Show".to_owned());
    let galley = ui.painter().layout_no_wrap(text.clone(), theme::SMALL_BOLD.font(), Color32::PLACEHOLDER);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 30.0, 24.0), Sense::click());
    let name = if is_typed { format!("Go to {}", if text == "Show" { "these words" } else { &text }) } else { format!("Play from {text}") };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name.clone()));
    if ui.is_rect_visible(rect) {
        let (fill, front) = match (playing, response.hovered()) {
            (true, _) => (palette.pine, palette.on_pine),
            (false, true) => (palette.hit, palette.pine),
            (false, false) => (palette.pine_tint, palette.pine),
        };
        let radius = CornerRadius::same(12);
        ui.painter().rect_filled(rect, radius, fill);
        let icon = if is_typed {
            icons::CARET_RIGHT
        } else if playing {
            icons::PAUSE.fill()
        } else {
            icons::PLAY.fill()
        };
        paint_icon(ui, icon, pos2(rect.left() + 13.0, rect.center().y), 12.0, front);
        ui.painter().galley(pos2(rect.left() + 22.0, rect.center().y - galley.size().y / 2.0), galley, front);
        focus_ring(ui, &response, rect, radius);
    }
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// Of which conference moments are said from here on: of a recording all; of what was typed those that stand in its file, and nothing is played.
pub fn say_moments_of(ui: &Ui, facts: &ConferenceData) {
    say_moments(ui, (!facts.has_sound()).then(|| facts.typed.as_ref().map(|typed| typed.times.clone()).unwrap_or_default()));
}

/// The same, where only that is known; none: of a recording.
pub fn say_moments(ui: &Ui, times: Option<Vec<Millis>>) {
    ui.data_mut(|data| data.insert_temp(egui::Id::unique("moments that may be said"), times));
}

fn times_that_stand(ui: &Ui) -> Option<Vec<Millis>> {
    ui.data(|data| data.get_temp::<Option<Vec<Millis>>>(egui::Id::unique("moments that may be said"))).flatten()
}

/// Whether what is shown was typed: there is nothing to hear.
pub fn shows_typed(ui: &Ui) -> bool {
    times_that_stand(ui).is_some()
}

/// A moment as it may be said, see [`say_moments_of`].
pub fn moment(ui: &Ui, at: Millis) -> Option<String> {
    times_that_stand(ui).is_none_or(|times| times.binary_search(&at).is_ok()).then(|| at.clock())
}

/// A filter chip.
pub fn chip(ui: &mut Ui, icon: Option<Icon>, text: &str, on: bool) -> Response {
    let palette = palette(ui);
    let role = if on { theme::SECONDARY_BOLD } else { theme::SECONDARY };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), role.font(), Color32::PLACEHOLDER);
    let before = if icon.is_some() { 24.0 } else { 0.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + before + 24.0, 32.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), on, text));
    if ui.is_rect_visible(rect) {
        let (fill, edge, front) = match (on, response.hovered()) {
            (true, _) => (palette.pine_tint, palette.pine, palette.pine),
            (false, true) => (palette.raise, palette.edge, palette.ink),
            (false, false) => (palette.card, palette.edge, palette.ink),
        };
        let radius = CornerRadius::same(16);
        ui.painter().rect(rect, radius, fill, Stroke::new(1.0, edge), StrokeKind::Inside);
        if let Some(icon) = icon {
            paint_icon(ui, icon, pos2(rect.left() + 20.0, rect.center().y), 16.0, front);
        }
        ui.painter().galley(pos2(rect.left() + 12.0 + before, rect.center().y - galley.size().y / 2.0), galley, front);
        focus_ring(ui, &response, rect, radius);
    }
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// An on/off switch; `name` for screen readers. Says whether it was changed.
pub fn toggle(ui: &mut Ui, on: &mut bool, name: &str) -> bool {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(40.0, 24.0), Sense::click());
    if response.clicked() {
        *on = !*on;
    }
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), *on, name));
    if ui.is_rect_visible(rect) {
        let radius = CornerRadius::same(12);
        ui.painter().rect_filled(rect, radius, if *on { palette.pine } else { palette.edge });
        let x = if *on { rect.right() - 12.0 } else { rect.left() + 12.0 };
        ui.painter().circle_filled(pos2(x, rect.center().y), 9.0, if *on { palette.on_pine } else { palette.card });
        focus_ring(ui, &response, rect, radius);
    }
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    response.clicked()
}

/// A box with a tick and its text; says whether it was changed.
pub fn check(ui: &mut Ui, on: &mut bool, text: &str, width: f32) -> bool {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 24.0), Sense::click());
    if response.clicked() {
        *on = !*on;
    }
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), *on, text));
    if ui.is_rect_visible(rect) {
        let tick = Rect::from_min_size(rect.min + vec2(0.0, 2.0), Vec2::splat(20.0));
        let radius = CornerRadius::same(4);
        if *on {
            ui.painter().rect_filled(tick, radius, palette.pine);
            paint_icon(ui, icons::CHECK, tick.center(), 14.0, palette.on_pine);
        } else {
            ui.painter().rect(tick, radius, palette.card, Stroke::new(1.0, palette.edge), StrokeKind::Inside);
        }
        paint_line(ui.painter(), pos2(tick.right() + 12.0, rect.center().y), width - 36.0, theme::BODY, palette.ink, text);
        focus_ring(ui, &response, rect, radius);
    }
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// One of several, side by side. Returns the newly chosen one.
pub fn segmented(ui: &mut Ui, options: &[(Option<Icon>, &str)], chosen: usize) -> Option<usize> {
    let palette = palette(ui);
    let mut picked = None;
    let font = |on: bool| if on { theme::SECONDARY_BOLD } else { theme::SECONDARY };
    let galleys: Vec<_> = options
        .iter()
        .enumerate()
        .map(|(index, (_, text))| ui.painter().layout_no_wrap((*text).to_owned(), font(index == chosen).font(), Color32::PLACEHOLDER))
        .collect();
    let widths: Vec<f32> = options.iter().zip(&galleys).map(|((icon, _), galley)| galley.size().x + 24.0 + if icon.is_some() { 22.0 } else { 0.0 }).collect();
    let (whole, _) = ui.allocate_exact_size(vec2(widths.iter().sum(), 32.0), Sense::hover());
    ui.painter().rect(whole, CornerRadius::same(theme::CONTROL_RADIUS), palette.card, Stroke::new(1.0, palette.edge), StrokeKind::Inside);
    let mut left = whole.left();
    for (index, (((icon, text), galley), width)) in options.iter().zip(galleys).zip(widths).enumerate() {
        let rect = Rect::from_min_size(pos2(left, whole.top()), vec2(width, 32.0));
        left += width;
        let on = index == chosen;
        let response = ui.interact(rect, ui.scope_id().with(("segment", whole.left() as i32, whole.top() as i32, index)), Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), on, *text));
        let radius = CornerRadius {
            nw: if index == 0 { 7 } else { 0 },
            sw: if index == 0 { 7 } else { 0 },
            ne: if index + 1 == options.len() { 7 } else { 0 },
            se: if index + 1 == options.len() { 7 } else { 0 },
        };
        let front = if on { palette.on_pine } else { palette.ink };
        if on {
            ui.painter().rect_filled(rect.shrink(1.0), radius, palette.pine);
        } else if response.hovered() {
            ui.painter().rect_filled(rect.shrink(1.0), radius, palette.raise);
        }
        if index > 0 && !on && index - 1 != chosen {
            ui.painter().vline(rect.left(), rect.shrink(1.0).y_range(), Stroke::new(1.0, palette.line));
        }
        let before = if let Some(icon) = icon {
            paint_icon(ui, *icon, pos2(rect.left() + 20.0, rect.center().y), 16.0, front);
            22.0
        } else {
            0.0
        };
        ui.painter().galley(pos2(rect.left() + 12.0 + before, rect.center().y - galley.size().y / 2.0), galley, front);
        focus_ring(ui, &response, rect, radius);
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() && !on {
            picked = Some(index);
        }
    }
    picked
}

/// A round initial. With a speaker it takes that speaker's colour; the teacher shows the board instead of a letter.
pub fn avatar(ui: &mut Ui, name: &str, speaker: Option<Speaker>, diameter: f32) -> Response {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(diameter), Sense::hover());
    paint_avatar(ui, palette, rect, name, speaker);
    response
}

/// Paints an avatar where the caller says.
pub fn paint_avatar(ui: &Ui, palette: &Palette, rect: Rect, name: &str, speaker: Option<Speaker>) {
    let (back, front) = speaker.map_or((palette.sunk, palette.ink2), |speaker| (palette.speaker_tint(speaker), palette.speaker(speaker)));
    ui.painter().circle_filled(rect.center(), rect.width() / 2.0, back);
    if speaker == Some(Speaker::Teacher) {
        paint_icon(ui, icons::CHALKBOARD_TEACHER, rect.center(), rect.width() * 0.55, front);
    } else {
        let initial = name.chars().next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
        let font = egui::FontId::new((rect.width() * 0.44).max(13.0), theme::NAME.font().family);
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, initial, font, front);
    }
}

/// A key as printed on a keyboard.
pub fn key_cap(ui: &mut Ui, key: &str) -> Response {
    let palette = palette(ui);
    let galley = ui.painter().layout_no_wrap(key.to_owned(), theme::SMALL_BOLD.font(), palette.ink2);
    let (rect, response) = ui.allocate_exact_size(vec2((galley.size().x + 14.0).max(24.0), 24.0), Sense::hover());
    ui.painter().rect(rect, CornerRadius::same(6), palette.sunk, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, palette.ink2);
    response
}

/// Text that wraps, in a role and colour.
pub fn label(ui: &mut Ui, role: Type, color: Color32, text: impl Into<String>) -> Response {
    let text = text.into();
    if !has_right_to_left(&text) {
        return ui.add(egui::Label::new(role.text(text, color)).wrap());
    }
    said(ui, LayoutJob::single_section(text, role.format(color)))
}

/// Text that wraps, in several formats, in its reading order.
pub(in crate::ui) fn said(ui: &mut Ui, mut job: LayoutJob) -> Response {
    if !has_right_to_left(&job.text) {
        return ui.add(egui::Label::new(job).wrap());
    }
    job.wrap = TextWrapping::wrap_at_width(ui.available_width());
    ordered(ui, job)
}

/// Text in its reading order within the job's width.
fn ordered(ui: &mut Ui, job: LayoutJob) -> Response {
    let text = job.text.clone();
    let laid = Laid::out(ui.painter(), job);
    let (rect, response) = ui.allocate_exact_size(laid.size(), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &text));
    laid.paint(ui.painter(), rect.min);
    response
}

/// Text on one line, cut with "…" where it does not fit.
pub fn line(ui: &mut Ui, role: Type, color: Color32, text: impl Into<String>) -> Response {
    let text = text.into();
    if !has_right_to_left(&text) {
        return ui.add(egui::Label::new(role.text(text, color)).truncate());
    }
    let wrap = TextWrapping::truncate_at_width(ui.available_width());
    ordered(ui, LayoutJob { wrap, ..LayoutJob::single_section(text, role.format(color)) })
}

/// Paints one line from its left middle; where it is wider than `width` it ends in an ellipsis.
pub(in crate::ui) fn paint_line(painter: &egui::Painter, at: egui::Pos2, width: f32, role: Type, color: Color32, text: &str) {
    let wrap = TextWrapping::truncate_at_width(width);
    paint_job(painter, at, LayoutJob { wrap, ..LayoutJob::single_section(text.to_owned(), role.format(color)) });
}

/// Paints text in its reading order from its left middle. Returns how wide it is.
pub(in crate::ui) fn paint_job(painter: &egui::Painter, at: egui::Pos2, job: LayoutJob) -> f32 {
    let laid = Laid::out(painter, job);
    laid.paint(painter, at - vec2(0.0, laid.size().y / 2.0));
    laid.size().x
}

/// An icon centred on a point.
pub fn paint_icon(ui: &Ui, icon: Icon, center: egui::Pos2, size: f32, color: Color32) {
    ui.painter().text(center, Align2::CENTER_CENTER, icon.glyph, icon.font(size), color);
}

/// 2 px of pine around a 2 px gap, when the keyboard is on it.
pub fn focus_ring(ui: &Ui, response: &Response, rect: Rect, radius: CornerRadius) {
    if response.has_focus() {
        let palette = palette(ui);
        let grown = |by: u8| CornerRadius { nw: radius.nw + by, ne: radius.ne + by, sw: radius.sw + by, se: radius.se + by };
        ui.painter().rect_stroke(rect.expand(1.0), grown(1), Stroke::new(2.0, palette.card), StrokeKind::Outside);
        ui.painter().rect_stroke(rect.expand(3.0), grown(3), Stroke::new(2.0, palette.pine), StrokeKind::Outside);
    }
}

/// A part of the window with contents of its own, top to bottom, cut at its edges.
pub fn area<R>(ui: &mut Ui, rect: Rect, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(egui::Layout::top_down(egui::Align::Min)));
    child.shrink_clip_rect(rect.expand(4.0));
    contents(&mut child)
}

/// As [`area`], of something that keeps its controls wherever it stands: a row of a list that others come before.
pub fn area_of<R>(ui: &mut Ui, id: egui::Id, rect: Rect, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(egui::Layout::top_down(egui::Align::Min)).scope_id(id));
    child.shrink_clip_rect(rect.expand(4.0));
    contents(&mut child)
}

/// The title of a screen and, from the right, what stands beside it. Returns the room below, within the margins.
pub(in crate::ui) fn titled(ui: &mut Ui, title: &str, beside: impl FnOnce(&mut Ui)) -> Rect {
    let ink = palette(ui).ink;
    let full = ui.max_rect();
    let header = Rect::from_min_size(full.min + vec2(theme::MARGIN, 0.0), vec2(full.width() - 2.0 * theme::MARGIN, theme::HEADER));
    area(ui, header, |ui| {
        ui.horizontal_centered(|ui| {
            line(ui, theme::TITLE, ink, title);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), beside);
        });
    });
    Rect::from_min_max(header.left_bottom(), full.max - Vec2::splat(theme::MARGIN))
}

/// A card filling `rect`; its contents stand `padding` inside.
pub fn card_at<R>(ui: &mut Ui, rect: Rect, padding: f32, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let palette = palette(ui);
    ui.painter().rect(rect, CornerRadius::same(theme::CARD_RADIUS), palette.card, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    area(ui, rect.shrink(padding), contents)
}

/// The id of a text field that belongs to one conference (or what else has an identity): what its editor remembers, to be undone with Ctrl+Z, is never put
/// into the field of another.
pub(in crate::ui) fn field_id(of: impl std::hash::Hash + std::fmt::Debug, field: impl std::hash::Hash + std::fmt::Debug) -> egui::Id {
    egui::Id::unique(("field", of, field))
}

/// A one-line field, 40 high, with an icon and a cross that empties it.
pub fn field(ui: &mut Ui, id: egui::Id, text: &mut String, hint: &str, icon: Option<Icon>, width: f32) -> Response {
    let palette = palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(width, 40.0), Sense::hover());
    let focused = ui.memory(|memory| memory.has_focus(id));
    let (stroke, radius) = (if focused { Stroke::new(2.0, palette.pine) } else { Stroke::new(1.0, palette.edge) }, CornerRadius::same(theme::CONTROL_RADIUS));
    ui.painter().rect(rect, radius, palette.card, stroke, StrokeKind::Inside);
    let left = if let Some(icon) = icon {
        paint_icon(ui, icon, pos2(rect.left() + 22.0, rect.center().y), 20.0, palette.ink2);
        40.0
    } else {
        12.0
    };
    let right = if text.is_empty() { 12.0 } else { 40.0 };
    let inner = Rect::from_min_max(pos2(rect.left() + left, rect.top() + 6.0), pos2(rect.right() - right, rect.bottom() - 6.0));
    let edit = egui::TextEdit::singleline(text)
        .id(id)
        .frame(egui::Frame::NONE)
        .hint_text(theme::BODY.text(hint, palette.ink2))
        .font(theme::BODY.font())
        .align(Align2::LEFT_CENTER)
        .margin(egui::Margin::ZERO)
        .min_size(inner.size())
        .desired_width(inner.width());
    let response = area(ui, inner, |ui| ui.add(edit));
    response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, hint));
    if !text.is_empty() {
        let cross = Rect::from_center_size(pos2(rect.right() - 20.0, rect.center().y), Vec2::splat(32.0));
        area(ui, cross, |ui| {
            if icon_button(ui, icons::X, "Empty the field", false, 32.0).clicked() {
                text.clear();
            }
        });
    }
    response
}

/// A thin line across.
pub fn divider(ui: &mut Ui) {
    let palette = palette(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, palette.line));
}
