//! What lies over the page, one mechanism for all of it: dialogs, popovers, menus and lists, each a layer.
//!
//! While a layer is open the page gets no pointer, no wheel and no key: [`begin`] takes the keys out of the input before the page is drawn, and only the top
//! layer is drawn with them. Escape closes the top layer, a press beside a popover closes it and does nothing else, Tab stays inside, and the keyboard goes
//! back to where it was.

use super::icons::Icon;
use super::theme::{self, Palette, palette};
use super::widgets::{self, Button, Kind};
use egui::{
    Align, Area, Color32, Context, CornerRadius, CursorIcon, Event, Frame, Id, Key, Layout, Modifiers, Order, Pos2, Rect, Response, Role, Sense, Stroke, Ui,
    UiBuilder, UiKind, WidgetInfo, pos2, vec2,
};

/// From the edges of the window: a popover, a dialog.
const POPOVER_EDGE: f32 = 8.0;
const DIALOG_EDGE: f32 = 32.0;
/// The dialog's own margin, between its parts, and its row of buttons.
const MARGIN: f32 = 24.0;
const BETWEEN: f32 = 12.0;
const BUTTONS: f32 = 40.0;
/// A popover is at most so much of the window's height.
const MOST_OF_THE_HEIGHT: f32 = 0.6;
/// A row of a menu.
pub(in crate::ui) const ITEM: f32 = 36.0;

#[derive(Clone, Default)]
struct Layers {
    /// From below.
    open: Vec<Layer>,
    /// The keys that the page does not see.
    held: Vec<Event>,
    pass: u64,
}

#[derive(Clone)]
struct Layer {
    id: Id,
    /// What had the keyboard before.
    before: Option<Id>,
    /// The passes in which it was first and last drawn.
    opened: u64,
    drawn: u64,
}

fn layers<R>(ctx: &Context, with: impl FnOnce(&mut Layers) -> R) -> R {
    ctx.data_mut(|data| with(data.get_temp_mut_or_default(Id::unique("layers over the page"))))
}

/// Before anything is drawn: layers that were not drawn any more are gone, and the page gets no keys as long as there is one.
pub(in crate::ui) fn begin(ctx: &Context) {
    let (before, is_open) = layers(ctx, |layers| {
        let pass = layers.pass;
        let before = layers.open.iter().find(|layer| layer.drawn < pass).and_then(|layer| layer.before);
        layers.open.retain(|layer| layer.drawn == pass);
        layers.pass += 1;
        layers.held.clear();
        (before, !layers.open.is_empty())
    });
    if let Some(before) = before
        && ctx.memory(|memory| memory.focused()).is_none()
    {
        ctx.memory_mut(|memory| memory.request_focus(before));
    }
    if is_open {
        hold(ctx);
    }
}

/// Whether something lies over the page.
pub(in crate::ui) fn is_any_open(ctx: &Context) -> bool {
    layers(ctx, |layers| !layers.open.is_empty())
}

fn is_key(event: &Event) -> bool {
    matches!(event, Event::Key { .. } | Event::Text(_) | Event::Ime(_) | Event::Copy | Event::Cut | Event::Paste(_) | Event::AccessKitActionRequest(_))
}

fn hold(ctx: &Context) {
    let keys: Vec<Event> = ctx.input_mut(|input| {
        let (keys, rest) = std::mem::take(&mut input.events).into_iter().partition(is_key);
        input.events = rest;
        keys
    });
    layers(ctx, |layers| layers.held.extend(keys));
}

/// Draws with the keys that the page does not get.
pub(in crate::ui) fn with_keys<R>(ctx: &Context, draw: impl FnOnce() -> R) -> R {
    let is_open = is_any_open(ctx);
    let held = layers(ctx, |layers| std::mem::take(&mut layers.held));
    ctx.input_mut(|input| input.events.extend(held));
    let drawn = draw();
    if is_open {
        hold(ctx);
    }
    drawn
}

/// What became of a layer.
struct Drawn<R> {
    inner: R,
    /// Escape was pressed in it, or its contents closed it.
    is_closed: bool,
    is_pressed_beside: bool,
}

fn layer<R>(ctx: &Context, id: Id, area: Area, dim: Color32, frame: Frame, contents: impl FnOnce(&mut Ui, (Id, bool)) -> R) -> Drawn<R> {
    let focused = ctx.memory(|memory| memory.focused());
    let is_new = layers(ctx, |layers| {
        let pass = layers.pass;
        if let Some(layer) = layers.open.iter_mut().find(|layer| layer.id == id) {
            layer.drawn = pass;
            return false;
        }
        layers.open.push(Layer { id, before: focused, opened: pass, drawn: pass });
        true
    });
    // What lies below keeps no keyboard.
    if let Some(focused) = focused.filter(|_| is_new) {
        ctx.memory_mut(|memory| memory.surrender_focus(focused));
    }
    let area = area.sense(Sense::hover()).order(Order::Foreground).interactable(true).fade_in(false);
    let own = area.layer();
    let is_top = ctx.memory_mut(|memory| {
        memory.set_modal_layer(own);
        memory.top_modal_layer() == Some(own)
    });
    let draw = || {
        let shown = area.show(ctx, |ui| {
            let of_layer = ui.unique_id();
            let whole = ctx.content_rect();
            let mut beside = ui.new_child(UiBuilder::new().sense(Sense::CLICK | Sense::DRAG).max_rect(whole));
            beside.set_min_size(whole.size());
            ui.painter().rect_filled(whole, 0, dim);
            let beside = beside.response();
            // A press between two controls is not one beside the layer.
            let inside = UiBuilder::new().sense(Sense::CLICK | Sense::DRAG);
            let inner = ui.scope_builder(inside, |ui| frame.show(ui, |ui| contents(ui, (of_layer, is_new))).inner).inner;
            (inner, beside.clicked())
        });
        let is_escaped = is_top && ctx.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
        let (inner, is_pressed_beside) = shown.inner;
        Drawn { inner, is_closed: is_escaped || shown.response.should_close(), is_pressed_beside }
    };
    if is_top { with_keys(ctx, draw) } else { draw() }
}

fn shadow() -> egui::Shadow {
    egui::Shadow { offset: [0, 8], blur: 24, spread: 0, color: Color32::from_black_alpha(51) }
}

/// The frame of every dialog.
fn dialog_frame(palette: &Palette) -> Frame {
    Frame::new().fill(palette.card).corner_radius(16).inner_margin(MARGIN).shadow(shadow()).stroke(Stroke::new(1.0, palette.line))
}

/// A dialog in the making: its title and its buttons stay in view, what is between them scrolls.
#[must_use]
pub(in crate::ui) struct Dialog<'a> {
    id: Id,
    title: &'a str,
    width: f32,
    buttons: Vec<(Kind, Option<Icon>, &'a str, bool)>,
    takes_enter: bool,
}

/// What became of a dialog.
pub(in crate::ui) struct Answer<R> {
    /// What its contents gave.
    pub inner: R,
    /// Which of its buttons was pressed, in their order.
    pub pressed: Option<usize>,
    /// Escape was pressed: it is to be closed.
    pub is_closed: bool,
}

impl<'a> Dialog<'a> {
    /// Named so, with a title.
    pub fn new(id: &'static str, title: &'a str) -> Self {
        Self { id: Id::unique(("dialog", id)), title, width: 440.0, buttons: Vec::new(), takes_enter: true }
    }

    /// So wide, where the window is.
    pub fn width(mut self, width: f32) -> Self {
        self.width = width;
        self
    }

    /// From the left; the last stands at the right. Enter presses the primary one.
    pub fn button(mut self, kind: Kind, text: &'a str, is_enabled: bool) -> Self {
        self.buttons.push((kind, None, text, is_enabled));
        self
    }

    /// The same with an icon.
    pub fn icon_button(mut self, kind: Kind, icon: Icon, text: &'a str) -> Self {
        self.buttons.push((kind, Some(icon), text, true));
        self
    }

    /// Enter writes a new line in it.
    pub fn with_lines(mut self) -> Self {
        self.takes_enter = false;
        self
    }

    /// Draws it in the middle of the window.
    pub fn show<R>(self, ctx: &Context, contents: impl FnOnce(&mut Ui) -> R) -> Answer<R> {
        let palette = theme::palette_of(ctx);
        let screen = ctx.content_rect();
        let width = self.width.min(screen.width() - 2.0 * (DIALOG_EDGE + MARGIN));
        let primary = self.buttons.iter().position(|(kind, ..)| *kind == Kind::Primary);
        let area = Area::new(self.id).kind(UiKind::Modal).anchor(egui::Align2::CENTER_CENTER, egui::Vec2::ZERO).role(Role::Dialog);
        let drawn = layer(ctx, self.id, area, dim(), dialog_frame(palette), |ui, (of_layer, is_new)| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing.y = BETWEEN;
            let title = widgets::label(ui, theme::CARD_TITLE, palette.ink, self.title);
            ctx.accesskit_node_builder(of_layer, |node| node.set_labelled_by(vec![title.id.accesskit_id()]));
            let title = title.rect.height();
            let room = screen.height() - 2.0 * (DIALOG_EDGE + MARGIN) - title - 2.0 * BETWEEN - BUTTONS;
            // Held in the middle it has the room it had before, and would never grow with what is in it: it takes what it needs.
            let body = egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room).auto_shrink([false, true]);
            let inner = body
                .show(ui, |ui| {
                    scroll_by_keys(ui);
                    contents(ui)
                })
                .inner;
            let mut pressed = None;
            ui.allocate_ui_with_layout(vec2(width, BUTTONS), Layout::right_to_left(Align::Center), |ui| {
                ui.set_min_height(BUTTONS);
                ui.spacing_mut().item_spacing.x = 12.0;
                for (index, (kind, icon, text, is_enabled)) in self.buttons.iter().enumerate().rev() {
                    let button = Button::new(*kind, text);
                    let button = if let Some(icon) = icon { button.icon(*icon) } else { button };
                    let response = ui.add_enabled_ui(*is_enabled, |ui| button.show(ui)).inner;
                    if response.clicked() {
                        pressed = Some(index);
                    }
                    // Where something is lost there is no primary one: the keyboard is on what keeps it.
                    if is_new && primary.is_none() && index == 0 {
                        response.request_focus();
                    }
                }
            });
            let is_free = ctx.memory(|memory| memory.focused()).is_none() || ctx.text_edit_focused();
            if let Some(primary) = primary.filter(|&index| self.takes_enter && self.buttons[index].3)
                && is_free
                && !is_new
                && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
            {
                pressed = Some(primary);
            }
            (inner, pressed)
        });
        let (inner, pressed) = drawn.inner;
        Answer { inner, pressed, is_closed: drawn.is_closed }
    }
}

fn dim() -> Color32 {
    Color32::from_black_alpha(140)
}

/// A dialog of another shape, which fits itself into the window; true when it is to be closed.
pub(in crate::ui) fn bare_dialog<R>(ctx: &Context, id: &'static str, title: &str, contents: impl FnOnce(&mut Ui) -> R) -> (R, bool) {
    let id = Id::unique(("dialog", id));
    let area = Area::new(id).kind(UiKind::Modal).anchor(egui::Align2::CENTER_CENTER, egui::Vec2::ZERO).role(Role::Dialog).accessible_name(title);
    let frame = dialog_frame(theme::palette_of(ctx)).inner_margin(0);
    let drawn = layer(ctx, id, area, dim(), frame, |ui, _| contents(ui));
    (drawn.inner, drawn.is_closed)
}

/// How high a popover may be, without its margins.
pub(in crate::ui) fn room(ctx: &Context) -> f32 {
    ctx.content_rect().height() * MOST_OF_THE_HEIGHT - 2.0 * POPOVER_EDGE
}

/// A popover below (or above) what opens it; what is in it scrolls where it is too high.
pub(in crate::ui) fn popover<R>(opener: &Response, width: f32, contents: impl FnOnce(&mut Ui) -> R) -> Option<R> {
    let room = room(&opener.ctx);
    let place = opener.clicked().then_some(opener.rect);
    anchored(&opener.ctx, opener.id.with("popover"), place, Some(opener.rect), width, |ui| {
        take_keyboard(ui, opener.id.with("popover"));
        let area = egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room).auto_shrink([false, true]);
        area.show(ui, |ui| {
            scroll_by_keys(ui);
            contents(ui)
        })
        .inner
    })
}

/// A popover whose contents keep to [`room`] by themselves: a field, and a list under it.
pub(in crate::ui) fn list_popover<R>(opener: &Response, width: f32, contents: impl FnOnce(&mut Ui) -> R) -> Option<R> {
    let place = opener.clicked().then_some(opener.rect);
    anchored(&opener.ctx, opener.id.with("popover"), place, Some(opener.rect), width, contents)
}

/// A menu where the right mouse button was pressed.
pub(in crate::ui) fn context_menu<R>(of: &Response, width: f32, contents: impl FnOnce(&mut Ui) -> R) -> Option<R> {
    let pressed = of.secondary_clicked().then(|| of.interact_pointer_pos()).flatten();
    let by_key = of.has_focus() && of.ctx.input_mut(|input| input.consume_key(Modifiers::SHIFT, Key::F10));
    let place = pressed.map(|at| Rect::from_min_size(at, egui::Vec2::ZERO)).or(by_key.then_some(of.rect));
    let room = room(&of.ctx);
    anchored(&of.ctx, of.id.with("context menu"), place, None, width, |ui| {
        take_keyboard(ui, of.id.with("context menu"));
        let area = egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room).auto_shrink([false, true]);
        area.show(ui, |ui| {
            scroll_by_keys(ui);
            contents(ui)
        })
        .inner
    })
}

/// Whoever opened it by the keyboard goes on with it: its first control has the focus, once the key that opened it is spent.
fn take_keyboard(ui: &Ui, id: Id) {
    let is_due = |layer: &Layer| layer.id == id && layer.before.is_some() && layer.drawn == layer.opened + 1;
    if layers(ui.ctx(), |layers| layers.open.iter().any(is_due)) && ui.memory(|memory| memory.focused()).is_none() {
        ui.memory_mut(|memory| memory.move_focus(egui::FocusDirection::Next));
    }
}

/// Where a popover is, and the pass in which it was last there: one whose opener is gone does not come back with it.
#[derive(Clone, Copy)]
struct Anchor {
    at: Rect,
    pass: u64,
}

/// `opens` at a place; `moves` with what opened it.
fn anchored<R>(ctx: &Context, id: Id, opens: Option<Rect>, moves: Option<Rect>, width: f32, contents: impl FnOnce(&mut Ui) -> R) -> Option<R> {
    let pass = layers(ctx, |layers| layers.pass);
    let was = ctx.data(|data| data.get_temp::<Option<Anchor>>(id)).flatten().filter(|anchor| anchor.pass + 1 >= pass);
    let at = opens.or(was.map(|anchor| moves.unwrap_or(anchor.at)))?;
    ctx.data_mut(|data| data.insert_temp(id, Some(Anchor { at, pass })));
    let screen = ctx.content_rect().shrink(POPOVER_EDGE);
    let inner_width = width.min(screen.width() - 2.0 * POPOVER_EDGE);
    let size = egui::AreaState::load(ctx, id).and_then(|state| state.size).unwrap_or(vec2(inner_width, 0.0));
    let area = Area::new(id).kind(UiKind::Popup).fixed_pos(beside(at, size, screen)).constrain_to(screen).role(Role::Menu);
    let palette = theme::palette_of(ctx);
    let frame =
        Frame::new().fill(palette.card).corner_radius(theme::CARD_RADIUS).inner_margin(POPOVER_EDGE).shadow(shadow()).stroke(Stroke::new(1.0, palette.edge));
    let drawn = layer(ctx, id, area, Color32::TRANSPARENT, frame, |ui, _| {
        ui.set_width(inner_width);
        contents(ui)
    });
    if drawn.is_closed || drawn.is_pressed_beside {
        ctx.data_mut(|data| data.insert_temp(id, None::<Anchor>));
        ctx.request_repaint();
    }
    Some(drawn.inner)
}

/// Below what it belongs to, above it where there is more room, and always within the window.
fn beside(anchor: Rect, size: egui::Vec2, screen: Rect) -> Pos2 {
    let (below, above) = (anchor.bottom() + 4.0, anchor.top() - 4.0 - size.y);
    let top = if below + size.y <= screen.bottom() || above < screen.top() { below } else { above };
    pos2(anchor.left().min(screen.right() - size.x).max(screen.left()), top.min(screen.bottom() - size.y).max(screen.top()))
}

/// PgUp, PgDn, Home and End move the list that is being drawn.
pub(in crate::ui) fn scroll_by_keys(ui: &Ui) {
    let page = ui.clip_rect().height() * 0.9;
    for (key, by) in [(Key::PageUp, page), (Key::PageDown, -page), (Key::Home, 1e6), (Key::End, -1e6)] {
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, key)) {
            ui.scroll_with_delta_animation(vec2(0.0, by), egui::style::ScrollAnimation::none());
        }
    }
}

/// One row of a menu or a list, with what stands at its right.
pub(in crate::ui) fn row(ui: &mut Ui, icon: Option<Icon>, text: &str, aside: &str, is_on: bool) -> Response {
    let palette = palette(ui);
    // Known by what it says: where what was pressed goes and another row takes its place while the same frame is drawn once more, that one was not pressed.
    let (rect, place) = ui.allocate_exact_size(vec2(ui.available_width(), ITEM), Sense::hover());
    let response = ui.interact(rect, place.id.with(text), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), is_on, text));
    if !aside.is_empty() {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(aside));
    }
    if response.gained_focus() {
        response.scroll_to_me(None);
    }
    if ui.is_rect_visible(rect) {
        let radius = CornerRadius::same(theme::CONTROL_RADIUS);
        if is_on || response.hovered() || response.has_focus() {
            ui.painter().rect_filled(rect, radius, if is_on { palette.pine_tint } else { palette.raise });
        }
        let mut left = rect.left() + 12.0;
        if let Some(icon) = icon {
            widgets::paint_icon(ui, icon, pos2(left + 10.0, rect.center().y), 20.0, palette.ink2);
            left += 32.0;
        }
        let mut right = rect.right() - 12.0;
        if !aside.is_empty() {
            let galley = ui.painter().layout_no_wrap(aside.to_owned(), theme::SECONDARY.font(), palette.ink2);
            right -= galley.size().x;
            ui.painter().galley(pos2(right, rect.center().y - galley.size().y / 2.0), galley, palette.ink2);
            right -= 12.0;
        }
        let role = if is_on { theme::SECONDARY_BOLD } else { theme::SECONDARY };
        widgets::paint_line(ui.painter(), pos2(left, rect.center().y), right - left, role, palette.ink, text);
    }
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// A row of a menu; pressing it closes the menu.
pub(in crate::ui) fn item(ui: &mut Ui, icon: Option<Icon>, text: &str, is_on: bool) -> bool {
    let is_pressed = row(ui, icon, text, "", is_on).clicked();
    if is_pressed {
        ui.close();
    }
    is_pressed
}
