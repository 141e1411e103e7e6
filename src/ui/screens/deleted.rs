//! Recently deleted: everything that was deleted, with the days that are left to bring it back, and the way to remove it for good.

use crate::ui::kit::app_state::{Action, AppState, Place};
use crate::ui::kit::dates;
use crate::ui::kit::icons::{self, Icon};
use crate::ui::kit::overlay::Dialog;
use crate::ui::kit::theme::{self, Palette, palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::{DeletedKey, DeletedRow, KEPT_DAYS, LibraryCommand};
use egui::{Align, CornerRadius, Layout, Rect, Stroke, Ui, Vec2, pos2, vec2};

const ROW: f32 = 72.0;
const STRIP: f32 = 64.0;
const EDGE: f32 = 24.0;

/// What the screen remembers.
pub(in crate::ui) struct DeletedScreen {
    /// Where the arrow leads.
    back: Place,
    /// Asked about: these are to go for good.
    asking: Vec<DeletedKey>,
}

impl DeletedScreen {
    /// Reached from there.
    pub fn new(back: Place) -> Self {
        Self { back, asking: Vec::new() }
    }

    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) {
        let palette = palette(ui);
        let rows = state.deleted.as_deref().map_or(&[][..], Vec::as_slice);
        let full = ui.max_rect();
        let header = Rect::from_min_size(full.min + vec2(theme::MARGIN, 0.0), vec2(full.width() - 2.0 * theme::MARGIN, theme::HEADER));
        widgets::area(ui, header, |ui| self.header_ui(ui, palette, state, rows, out));
        let card = Rect::from_min_max(header.left_bottom(), full.max - Vec2::splat(theme::MARGIN));
        widgets::card_at(ui, card, 1.0, |ui| self.list_ui(ui, palette, state, rows, out));
        self.asking_ui(ui, palette, state, rows, out);
    }

    fn header_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, rows: &[DeletedRow], out: &mut Vec<Action>) {
        ui.horizontal_centered(|ui| {
            if widgets::icon_button(ui, icons::ARROW_LEFT, "Back", false, 40.0).clicked() {
                out.push(Action::Go(self.back.clone()));
            }
            ui.add_space(8.0);
            widgets::line(ui, theme::TITLE, palette.ink, "Recently deleted");
            if !rows.is_empty() {
                ui.add_space(8.0);
                widgets::line(ui, theme::BODY, palette.ink2, in_all(rows));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if !rows.is_empty() && !state.looking_only && Button::new(Kind::Secondary, "Delete all for good…").icon(icons::TRASH).show(ui).clicked() {
                    self.asking = rows.iter().map(|row| row.key.clone()).collect();
                }
            });
        });
    }

    fn list_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, rows: &[DeletedRow], out: &mut Vec<Action>) {
        let rect = ui.max_rect();
        let says = match (state.deleted.is_some(), rows.is_empty()) {
            (false, _) => "",
            (true, true) => "Nothing here. Things you delete wait here for 30 days.",
            (true, false) => "Things you delete wait here for 30 days. Then they are gone for good, and nobody can bring them back.",
        };
        strip_ui(ui, Rect::from_min_size(rect.min, vec2(rect.width(), STRIP)), icons::CLOCK_COUNTER_CLOCKWISE, palette.ink, says);
        if rows.is_empty() {
            return;
        }
        let list = Rect::from_min_max(pos2(rect.left(), rect.top() + STRIP), rect.max);
        widgets::area(ui, list, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            egui::ScrollArea::vertical().id_salt("deleted").auto_shrink([false, false]).show(ui, |ui| {
                for row in rows {
                    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), egui::Sense::hover());
                    if ui.is_rect_visible(rect) {
                        self.row_ui(ui, state, row, rect, out);
                    }
                }
                let (foot, _) = ui.allocate_exact_size(vec2(ui.available_width(), STRIP), egui::Sense::hover());
                ui.painter().hline(foot.x_range(), foot.top(), Stroke::new(1.0, palette.line));
                let says = "“For good” also removes it from search and backups. Copies you saved or backed up yourself stay where you put them.";
                strip_ui(ui, foot, icons::LOCK_SIMPLE, palette.ink2, says);
            });
        });
    }

    fn row_ui(&mut self, ui: &mut Ui, state: &AppState, row: &DeletedRow, rect: Rect, out: &mut Vec<Action>) {
        let palette = palette(ui);
        ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, palette.line));
        let name = name(row, state.now_unix_ms);
        let disc = Rect::from_center_size(pos2(rect.left() + EDGE + 20.0, rect.center().y), Vec2::splat(40.0));
        ui.painter().circle_filled(disc.center(), 20.0, palette.sunk);
        widgets::paint_icon(ui, icon(&row.key), disc.center(), 20.0, palette.ink2);
        // From the right, as wide as they need to be; what is said takes the rest.
        let buttons = Rect::from_min_max(pos2(rect.right() - EDGE - 264.0, rect.top()), pos2(rect.right() - EDGE, rect.bottom()));
        let bar = Rect::from_min_max(pos2(buttons.left() - 16.0 - 152.0, rect.top()), pos2(buttons.left() - 16.0, rect.bottom()));
        let is_wide = rect.width() >= 1000.0;
        let when = if is_wide { bar.left() - 16.0 - 200.0 } else { bar.left() };
        let text = Rect::from_min_max(pos2(disc.right() + 16.0, rect.center().y - 20.0), pos2(when - 16.0, rect.center().y + 20.0));
        widgets::area(ui, text, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for (role, color, text) in [(theme::NAME, palette.ink, &name), (theme::SECONDARY, palette.ink2, &row.what)] {
                ui.allocate_ui(vec2(ui.available_width(), 20.0), |ui| ui.add(egui::Label::new(role.text(text, color)).truncate()));
            }
        });
        if is_wide {
            let at = Rect::from_min_max(pos2(when, rect.center().y - 10.0), pos2(bar.left() - 16.0, rect.center().y + 10.0));
            widgets::area(ui, at, |ui| widgets::line(ui, theme::BODY, palette.ink2, format!("deleted {}", day(row.deleted_unix_ms, state.now_unix_ms))));
        }
        let track = Rect::from_min_size(pos2(bar.left(), bar.center().y - 4.0), vec2(64.0, 8.0));
        ui.painter().rect_filled(track, CornerRadius::same(4), palette.sunk);
        let left = Rect::from_min_size(track.min, vec2(track.width() * row.days_left as f32 / KEPT_DAYS as f32, track.height()));
        ui.painter().rect_filled(left, CornerRadius::same(4), palette.ink2);
        let days = Rect::from_min_max(pos2(track.right() + 8.0, bar.center().y - 9.0), pos2(bar.right(), bar.center().y + 9.0));
        let says = format!("{} left", widgets::number_of(row.days_left as usize, "day", "days"));
        widgets::area(ui, days, |ui| widgets::line(ui, theme::SECONDARY_BOLD, palette.ink, says));
        if state.looking_only {
            return;
        }
        widgets::area(ui, buttons, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                let forget = Button::new(Kind::Quiet, "Delete for good…").show(ui);
                forget.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Delete {name} for good")));
                if forget.clicked() {
                    self.asking = vec![row.key.clone()];
                }
                let restore = Button::new(Kind::Secondary, "Restore").icon(icons::ARROW_COUNTER_CLOCKWISE).show(ui);
                restore.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, format!("Restore {name}")));
                if restore.clicked() {
                    out.push(Action::Do(LibraryCommand::Restore(row.key.clone()).into()));
                }
            });
        });
    }

    /// The one question there is: for good cannot be undone.
    fn asking_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, rows: &[DeletedRow], out: &mut Vec<Action>) {
        let going: Vec<&DeletedRow> = rows.iter().filter(|row| self.asking.contains(&row.key)).collect();
        let [first, ..] = going.as_slice() else {
            self.asking.clear();
            return;
        };
        let (title, says) = match going.as_slice() {
            [_] => (format!("Delete {} for good?", name(first, state.now_unix_ms)), consequence(&first.key)),
            all => (
                format!("Delete {} for good?", widgets::number_of(all.len(), "thing", "things")),
                "They are removed from this computer, from search and from the backups. Nobody can bring them back.",
            ),
        };
        let dialog = Dialog::new("for good", &title).button(Kind::Secondary, "Cancel", true).icon_button(Kind::Secondary, icons::TRASH, "Delete for good");
        let answer = dialog.show(ui.ctx(), |ui| widgets::label(ui, theme::BODY, palette.ink2, says));
        if answer.pressed == Some(1) {
            out.push(Action::Do(LibraryCommand::Forget(std::mem::take(&mut self.asking)).into()));
        } else if answer.pressed.is_some() || answer.is_closed {
            self.asking.clear();
        }
    }
}

fn strip_ui(ui: &mut Ui, rect: Rect, icon: Icon, color: egui::Color32, says: &str) {
    let palette = palette(ui);
    widgets::paint_icon(ui, icon, pos2(rect.left() + EDGE + 12.0, rect.center().y), 22.0, palette.ink2);
    let text = Rect::from_min_max(pos2(rect.left() + EDGE + 36.0, rect.center().y - 12.0), pos2(rect.right() - EDGE, rect.center().y + 12.0));
    widgets::area(ui, text, |ui| ui.add(egui::Label::new(theme::BODY.text(says, color)).truncate()));
}

/// "5 things, 61 MB".
fn in_all(rows: &[DeletedRow]) -> String {
    let things = widgets::number_of(rows.len(), "thing", "things");
    match rows.iter().map(|row| row.bytes).sum::<u64>() {
        0 => things,
        bytes => format!("{things}, {} MB", (bytes / 1_000_000).max(1)),
    }
}

fn name(row: &DeletedRow, now_unix_ms: i64) -> String {
    match row.started_unix_ms {
        Some(started) => format!("{}, {}", row.name, dates::when(started, now_unix_ms)),
        None => row.name.clone(),
    }
}

/// "today", "yesterday", "on 9 Oct".
fn day(unix_ms: i64, now_unix_ms: i64) -> String {
    match dates::days_between(unix_ms, now_unix_ms) {
        i64::MIN..=0 => "today".into(),
        1 => "yesterday".into(),
        _ => format!("on {}", dates::day(unix_ms)),
    }
}

fn icon(key: &DeletedKey) -> Icon {
    match key {
        DeletedKey::Conference(_) => icons::CHAT_TEARDROP_TEXT,
        DeletedKey::Recording(_) => icons::WAVEFORM,
        DeletedKey::Shared(_) => icons::PACKAGE,
        DeletedKey::Comment(_) => icons::PENCIL_SIMPLE,
        DeletedKey::Student(_) => icons::STUDENT,
    }
}

fn consequence(key: &DeletedKey) -> &'static str {
    match key {
        DeletedKey::Conference(_) => "This deletes its sound, its words and all your notes on it, in the backups too. Nobody can bring them back.",
        DeletedKey::Recording(_) => "This deletes its sound. Nobody can bring it back.",
        DeletedKey::Shared(_) => "This deletes the conference your colleague shared and everything you said about it. Nobody can bring it back.",
        DeletedKey::Comment(_) => "This deletes what you said there. Nobody can bring it back.",
        DeletedKey::Student(_) => "The name goes for good once no conference holds it. Conferences that hold it stay.",
    }
}
