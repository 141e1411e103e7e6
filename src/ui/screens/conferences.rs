//! The conferences: class list on the left, search and list on the right.

use super::conference_rows::{Columns, ROW, paint_due_text, row_ui};
use super::list_filters::{ListFilters, SortBy};
use super::record::{names_box, names_typed};
use crate::conference::StudentId;
use crate::ui::kit::app_state::{Action, AppState, Place};
use crate::ui::kit::charts;
use crate::ui::kit::overlay;
use crate::ui::kit::roster::{Met, roster};
use crate::ui::kit::theme::{self, Palette, palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::ui::kit::{dates, icons};
use crate::work::{AnalysisCommand, DeletedKey, LibraryCommand, LibraryQuery, OpenDialog, Participants, SearchHit, Ticket};
use egui::text::LayoutJob;
use egui::{Align2, CornerRadius, CursorIcon, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A search begins this long after the last key.
const SEARCH_PAUSE: Duration = Duration::from_millis(150);

/// All buttons of the header side by side.
const ALL_BUTTONS: f32 = 640.0;
const TYPED: &str = "Import a typed transcript";

/// What the screen remembers.
#[derive(Default)]
pub(in crate::ui) struct ConferencesScreen {
    typed: String,
    changed: Option<Instant>,
    asked: Ticket,
    found: Option<(String, Arc<Vec<SearchHit>>)>,
    filters: ListFilters,
    /// The class by name, and not by who waited longest.
    by_name: bool,
    editing: Option<(StudentId, String)>,
    adding: Option<String>,
}

/// "Last conferred" and how it is ordered, side by side.
const LEAST_ORDER: f32 = 210.0;

impl ConferencesScreen {
    /// Finds have arrived.
    pub(in crate::ui) fn found(&mut self, ticket: Ticket, query: String, hits: Arc<Vec<SearchHit>>) {
        if ticket == self.asked {
            self.found = Some((query, hits));
        }
    }

    pub(in crate::ui) fn ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) {
        let palette = palette(ui);
        let body = widgets::titled(ui, "Conferences", |ui| {
            ui.spacing_mut().item_spacing.x = 16.0;
            // Where it would lie over the title it stands in the menu.
            let is_wide = ui.available_width() >= ALL_BUTTONS;
            let more = widgets::icon_button(ui, icons::DOTS_THREE, "More", true, 40.0);
            overlay::popover(&more, 260.0, |ui| {
                if !is_wide && overlay::item(ui, Some(icons::FILE_TEXT), TYPED, false) {
                    out.push(Action::ImportTyped(self.filters.student));
                }
                if overlay::item(ui, Some(icons::CLOCK_COUNTER_CLOCKWISE), "Recently deleted", false) {
                    out.push(Action::Go(Place::Deleted(Box::new(Place::Conferences))));
                }
            });
            if Button::new(Kind::Primary, "Record").icon(icons::MICROPHONE).show(ui).clicked() {
                out.push(Action::Go(Place::Record(self.filters.student)));
            }
            if Button::new(Kind::Secondary, "Import a recording").icon(icons::FOLDER_OPEN).show(ui).clicked() {
                out.push(Action::Do(OpenDialog::Recordings(Participants::one(self.filters.student)).into()));
            }
            if is_wide && Button::new(Kind::Quiet, TYPED).icon(icons::FILE_TEXT).show(ui).clicked() {
                out.push(Action::ImportTyped(self.filters.student));
            }
            if let Some((file, fraction)) = &state.importing {
                charts::progress_bar(ui, 120.0, *fraction);
                widgets::line(ui, theme::SECONDARY, palette.ink2, format!("Importing {file}"));
                if widgets::icon_button(ui, icons::X, "Cancel import", false, 28.0).clicked() {
                    out.push(Action::Do(AnalysisCommand::CancelImport.into()));
                }
            }
        });
        let class = Rect::from_min_size(body.min, vec2(if body.width() < 1000.0 { 232.0 } else { 272.0 }, body.height()));
        let right = Rect::from_min_max(pos2(class.right() + theme::GAP, body.top()), body.max);
        widgets::card_at(ui, class, 1.0, |ui| self.class_ui(ui, palette, state, out));
        let head = widgets::area(ui, right, |ui| self.search_ui(ui, palette, state, out));
        let mut top = head + if self.is_searching() { 48.0 } else { 12.0 };
        if !state.shared_with_me.is_empty() && !self.is_searching() {
            let strip = Rect::from_min_size(pos2(right.left(), right.top() + top), vec2(right.width(), 40.0));
            widgets::area(ui, strip, |ui| shared_with_me_ui(ui, palette, state, out));
            top += 48.0;
        }
        let table = Rect::from_min_max(pos2(right.left(), right.top() + top), right.max);
        widgets::card_at(ui, table, 1.0, |ui| self.table_ui(ui, palette, state, out));
    }

    fn is_searching(&self) -> bool {
        !self.typed.trim().is_empty()
    }

    fn class_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        let rect = ui.max_rect();
        let top = Rect::from_min_size(rect.min + vec2(19.0, 12.0), vec2(rect.width() - 38.0, 60.0));
        widgets::area(ui, top, |ui| {
            ui.horizontal(|ui| {
                widgets::line(ui, theme::NAME, palette.ink, "Your class");
                widgets::line(ui, theme::SECONDARY, palette.ink2, widgets::number_of(state.students.len(), "student", "students"));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if widgets::icon_button(ui, icons::PLUS, "Add students", false, 32.0).clicked() {
                        self.adding = Some(String::new());
                    }
                });
            });
            ui.horizontal(|ui| {
                // In a small window with large text the order alone has room.
                if ui.available_width() >= LEAST_ORDER {
                    widgets::line(ui, theme::SECONDARY, palette.ink2, "Last conferred");
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let says = if self.by_name { "by name" } else { "longest first" };
                    let order = Button::new(Kind::Quiet, says).icon(icons::CARET_DOWN).trailing().small().show(ui);
                    overlay::popover(&order, 200.0, |ui| {
                        for (by_name, says) in [(false, "Longest first"), (true, "By name")] {
                            if overlay::item(ui, None, says, self.by_name == by_name) {
                                self.by_name = by_name;
                            }
                        }
                    });
                });
            });
        });
        let list = Rect::from_min_max(pos2(rect.left(), top.bottom() + 14.0), pos2(rect.right(), rect.bottom() - 56.0));
        widgets::area(ui, list, |ui| {
            if let Some(names) = &mut self.adding {
                let (mut add, mut cancel) = (false, false);
                let (typed, label) = names_typed(names);
                let rect = Rect::from_min_max(pos2(list.left() + 16.0, list.top()), pos2(list.right() - 16.0, list.bottom()));
                widgets::area(ui, rect, |ui| {
                    names_box(ui, palette, names, (rect.height() - 44.0).min(320.0));
                    ui.horizontal(|ui| {
                        add = ui.add_enabled_ui(!typed.is_empty(), |ui| Button::new(Kind::Secondary, &label).small().show(ui)).inner.clicked();
                        cancel = Button::new(Kind::Quiet, "Cancel").small().show(ui).clicked();
                    });
                });
                if add {
                    out.push(Action::Do(LibraryCommand::AddStudents(typed).into()));
                }
                if add || cancel {
                    self.adding = None;
                }
                return;
            }
            let mut roster = roster(state);
            if self.by_name {
                roster.sort_by_key(|met| crate::conference::search_key(&met.student.name));
            }
            if roster.is_empty() {
                ui.horizontal(|ui| {
                    ui.add_space(18.0);
                    ui.vertical(|ui| {
                        ui.set_width(list.width() - 40.0);
                        widgets::label(ui, theme::SECONDARY, palette.ink2, "Add your students by typing or pasting names, one on each line.");
                        if Button::new(Kind::Secondary, "Add students").icon(icons::PLUS).small().show(ui).clicked() {
                            self.adding = Some(String::new());
                        }
                    });
                });
                return;
            }
            egui::ScrollArea::vertical().id_salt("class").auto_shrink([false, false]).show_rows(ui, 36.0, roster.len(), |ui, rows| {
                ui.spacing_mut().item_spacing.y = 0.0;
                for met in &roster[rows] {
                    self.student_ui(ui, palette, met, out);
                }
            });
        });
        let foot = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 56.0), rect.max);
        ui.painter().hline(foot.x_range(), foot.top(), Stroke::new(1.0, palette.line));
        let seen = roster(state).iter().filter(|met| !met.is_due()).count();
        let mut job = LayoutJob::default();
        job.append(&format!("{seen} of {}", state.students.len()), 0.0, theme::BUTTON.format(palette.ink));
        job.append(" seen in 3 weeks", 0.0, theme::BODY.format(palette.ink2));
        let galley = ui.painter().layout_job(job);
        ui.painter().galley(pos2(foot.left() + 19.0, foot.center().y - galley.size().y / 2.0), galley, palette.ink);
    }

    fn student_ui(&mut self, ui: &mut Ui, palette: &Palette, met: &Met<'_>, out: &mut Vec<Action>) {
        let id = met.student.id;
        if let Some((editing, name)) = &mut self.editing
            && *editing == id
        {
            let mut done = false;
            ui.horizontal(|ui| {
                ui.add_space(14.0);
                let response = ui.add(egui::TextEdit::singleline(name).desired_width(150.0).font(theme::BODY.font()));
                response.widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "The student’s name"));
                response.request_focus();
                if widgets::icon_button(ui, icons::CHECK, "Rename", false, 32.0).clicked() || ui.input(|input| input.key_pressed(egui::Key::Enter)) {
                    out.push(Action::Do(LibraryCommand::RenameStudent(id, name.clone()).into()));
                    done = true;
                }
                if widgets::icon_button(ui, icons::TRASH, "Take off the list; conferences stay", false, 32.0).clicked() {
                    out.push(Action::Do(LibraryCommand::Delete(DeletedKey::Student(id)).into()));
                    done = true;
                }
                done |= ui.input(|input| input.key_pressed(egui::Key::Escape));
            });
            if done {
                self.editing = None;
            }
            return;
        }
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::click());
        let chosen = self.filters.student == Some(id);
        let ago = match met.days {
            None => "not yet".to_owned(),
            Some(0) => "today".into(),
            Some(1) => "yesterday".into(),
            Some(days) => format!("{days} days"),
        };
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, format!("{}, {ago}", met.student.name)));
        if chosen {
            ui.painter().rect_filled(rect.shrink2(vec2(6.0, 1.0)), CornerRadius::same(8), palette.pine_tint);
        } else if response.hovered() {
            ui.painter().rect_filled(rect.shrink2(vec2(6.0, 1.0)), CornerRadius::same(8), palette.raise);
        }
        let right = rect.right_center() - vec2(18.0, 0.0);
        let aside = if met.is_due() {
            paint_due_text(ui, palette, right, &ago)
        } else {
            ui.painter().text(right, Align2::RIGHT_CENTER, &ago, theme::SECONDARY.font(), palette.ink2).left()
        };
        let name = rect.left_center() + vec2(19.0, 0.0);
        widgets::paint_line(ui.painter(), name, aside - 8.0 - name.x, theme::BODY, palette.ink, &met.student.name);
        widgets::focus_ring(ui, &response, rect.shrink2(vec2(6.0, 1.0)), CornerRadius::same(8));
        let response = response.on_hover_text("Click shows only these conferences; double-click renames").on_hover_cursor(CursorIcon::PointingHand);
        if response.double_clicked() {
            self.editing = Some((id, met.student.name.clone()));
        } else if response.clicked() {
            self.filters.student = (!chosen).then_some(id);
        }
    }

    /// The field and the filters; how high they are.
    fn search_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) -> f32 {
        const SHARE_ALL: f32 = 44.0;
        let before = self.typed.clone();
        let rect = ui.max_rect();
        let (width, height) = self.filters.room(ui, state, (rect.width(), SHARE_ALL));
        let field = Rect::from_min_size(rect.min, vec2(width, 40.0));
        let hint = "Find words, notes, titles";
        let response =
            widgets::area(ui, field, |ui| widgets::field(ui, egui::Id::unique("search"), &mut self.typed, hint, Some(icons::MAGNIFYING_GLASS), width));
        if ui.input_mut(|input| input.consume_key(egui::Modifiers::COMMAND, egui::Key::F)) {
            response.request_focus();
        }
        self.filters.ui(ui, state, (Rect::from_min_max(rect.min, rect.max - vec2(SHARE_ALL, 0.0)), width));
        let listed: Vec<_> = self.filters.shown(state).into_iter().map(|one| one.id).collect();
        let share = Rect::from_min_size(pos2(rect.right() - 36.0, rect.top()), egui::Vec2::splat(36.0));
        let shares = |ui: &mut Ui| widgets::icon_button(ui, icons::EXPORT, "Share all that are listed", true, 36.0).clicked();
        if listed.len() > 1 && widgets::area(ui, share, shares) {
            let title = format!("{} conferences", listed.len());
            out.push(Action::Share(listed, title));
        }
        if before != self.typed {
            self.changed = Some(Instant::now());
        }
        if let Some(changed) = self.changed {
            if changed.elapsed() >= SEARCH_PAUSE {
                self.changed = None;
                self.asked = Ticket::fresh();
                if self.is_searching() {
                    out.push(Action::Do(LibraryQuery::Search(self.asked, self.typed.trim().to_owned()).into()));
                } else {
                    self.found = None;
                }
            } else {
                ui.ctx().request_repaint_after(SEARCH_PAUSE);
            }
        }
        if self.is_searching()
            && let Some((query, hits)) = &self.found
        {
            let hits = self.shown(state, hits);
            let lines: usize = hits.iter().map(|hit| hit.lines.len()).sum();
            let mut job = LayoutJob::default();
            if lines == 0 {
                job.append(&format!("No one said “{query}”."), 0.0, theme::BODY.format(palette.ink2));
            } else {
                job.append(&widgets::number_of(lines, "match", "matches"), 0.0, theme::BUTTON.format(palette.ink));
                let rest = format!(" for “{query}” in {} of {} conferences", hits.len(), state.conferences.len());
                job.append(&rest, 0.0, theme::BODY.format(palette.ink2));
            }
            let line = Rect::from_min_size(rect.min + vec2(0.0, height + 8.0), vec2(rect.width(), 28.0));
            widgets::area(ui, line, |ui| ui.add(egui::Label::new(job).truncate()));
        }
        height
    }

    /// Of what was found, what is chosen above; what was deleted since is gone from here as well.
    fn shown<'a>(&self, state: &AppState, hits: &'a [SearchHit]) -> Vec<&'a SearchHit> {
        let term = dates::term_start(state.now_unix_ms);
        let is_there = |hit: &SearchHit| state.conferences.iter().any(|now| now.id == hit.conference.id);
        hits.iter().filter(|hit| self.filters.shows(&hit.conference, term) && is_there(hit)).collect()
    }

    fn table_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        let rect = ui.max_rect();
        let columns = Columns::new(rect);
        let rest = self.filters.shown(state);
        if state.conferences.is_empty() {
            if state.listed {
                self.empty_ui(ui, palette, out);
            }
            return;
        }
        let heads = [rect.left() + 16.0, columns.date, columns.length, columns.talk, columns.status, rect.right() - 84.0];
        for (at, by) in SortBy::ALL.into_iter().enumerate().filter(|(_, by)| !columns.is_few || !matches!(by, SortBy::Length | SortBy::Talk)) {
            // Where columns are left out two begin at one place.
            let end = heads[at + 1..].iter().copied().find(|&end| end > heads[at]).unwrap_or(rect.right());
            let head = Rect::from_min_max(pos2(heads[at], rect.top() + 4.0), pos2(end - 8.0, rect.top() + 36.0));
            self.filters.head_ui(ui, palette, by, head);
        }
        ui.painter().hline(rect.x_range(), rect.top() + 40.0, Stroke::new(1.0, palette.line));
        let body = Rect::from_min_max(rect.min + vec2(0.0, 41.0), rect.max);
        let hits = self.found.as_ref().filter(|_| self.is_searching()).map(|(_, hits)| Arc::clone(hits)).unwrap_or_default();
        widgets::area(ui, body, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let shown = self.shown(state, &hits);
            if if hits.is_empty() { rest.is_empty() } else { shown.is_empty() } {
                ui.add_space(40.0);
                ui.vertical_centered(|ui| {
                    widgets::label(ui, theme::BODY, palette.ink2, "No conference fits what is chosen above.");
                    if Button::new(Kind::Quiet, "Show all").small().show(ui).clicked() {
                        self.filters.clear();
                    }
                });
                return;
            }
            if hits.is_empty() {
                // Only the rows that can be seen are laid out.
                egui::ScrollArea::vertical().id_salt(("conferences", &self.filters)).auto_shrink([false, false]).show_rows(ui, ROW, rest.len(), |ui, rows| {
                    for one in &rest[rows] {
                        row_ui(ui, state, one, &[], out);
                    }
                });
                return;
            }
            egui::ScrollArea::vertical().id_salt(("found", &self.filters, self.typed.trim())).auto_shrink([false, false]).show(ui, |ui| {
                for hit in shown {
                    // It may have been named since it was found.
                    let mut one = hit.conference.clone();
                    if let Some(now) = state.conferences.iter().find(|now| now.id == one.id) {
                        (one.title, one.participants, one.students) = (now.title.clone(), now.participants.clone(), now.students);
                    }
                    row_ui(ui, state, &one, &hit.lines, out);
                }
                let others: Vec<_> = rest.iter().filter(|one| !hits.iter().any(|hit| hit.conference.id == one.id)).collect();
                if !others.is_empty() {
                    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
                    ui.painter().rect_filled(bar, 0, palette.raise);
                    ui.painter().text(bar.left_center() + vec2(16.0, 0.0), Align2::LEFT_CENTER, "Other conferences", theme::SECONDARY.font(), palette.ink2);
                }
                for one in others.iter().take(50) {
                    row_ui(ui, state, one, &[], out);
                }
            });
        });
    }

    fn empty_ui(&mut self, ui: &mut Ui, palette: &Palette, out: &mut Vec<Action>) {
        let rect = Rect::from_center_size(ui.max_rect().center(), vec2(420.0, 140.0));
        widgets::area(ui, rect, |ui| {
            ui.vertical_centered(|ui| {
                widgets::label(ui, theme::CARD_TITLE, palette.ink, "Nothing here yet");
                widgets::label(ui, theme::BODY, palette.ink2, "Press Record at your next conference, or open the sample.");
                ui.add_space(8.0);
                if Button::new(Kind::Secondary, "Open the sample").icon(icons::PLAY_CIRCLE).show(ui).clicked() {
                    out.push(Action::Do(AnalysisCommand::AddSample("maya".into()).into()));
                }
            });
        });
    }
}

/// Whether what was found is in the list still.
/// Colleagues' conferences: clearly somebody else's, and never in the list of one's own.
fn shared_with_me_ui(ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
    ui.horizontal_centered(|ui| {
        widgets::line(ui, theme::SECONDARY_BOLD, palette.ink2, "From colleagues");
        for row in state.shared_with_me.iter().take(4) {
            let comments = match row.said {
                0 => String::new(),
                1 => ", 1 comment or answer".to_owned(),
                more => format!(", {more} comments and answers"),
            };
            let text = format!("{} · {}{comments}", row.with, dates::when(row.started_unix_ms, state.now_unix_ms));
            if widgets::chip(ui, Some(icons::PACKAGE), &text, false).clicked() {
                out.push(Action::Go(Place::Shared(row.id)));
            }
        }
    });
}
