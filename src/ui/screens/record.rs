//! Ready to record: whom with on the left, the one button on the right.

use crate::conference::{Student, StudentId};
use crate::settings::{ChosenDevice, SettingsChange};
use crate::ui::kit::app_state::{Action, AppState, Place};
use crate::ui::kit::charts;
use crate::ui::kit::choices::choice;
use crate::ui::kit::dates;
use crate::ui::kit::icons;
use crate::ui::kit::roster::{Met, roster};
use crate::ui::kit::student_picker::{add_label, fits, is_new};
use crate::ui::kit::theme::{self, Palette, palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::{LevelAdvice, LibraryCommand, MicrophoneCommand, Participants, RecordingCommand, little_room, room_in_words};
use egui::{CornerRadius, CursorIcon, Key, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

/// Shown without asking for all.
const SHORT_LIST: usize = 5;
/// Students at one table.
const MOST_AT_A_TABLE: usize = 6;

/// What the screen remembers.
#[derive(Default)]
pub(in crate::ui) struct RecordScreen {
    /// In the order in which they were chosen; two or more make a table.
    participants: Vec<StudentId>,
    find: String,
    all: bool,
    /// How many the teacher said there are; 1 is one-to-one.
    students: u8,
    adding: bool,
    names: String,
}

impl RecordScreen {
    pub(in crate::ui) fn new(student: Option<StudentId>) -> Self {
        Self { participants: student.into_iter().collect(), students: 1, ..Self::default() }
    }

    pub(in crate::ui) fn ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) {
        let palette = palette(ui);
        let body = widgets::titled(ui, "Record a conference", |ui| {
            widgets::line(ui, theme::BODY, palette.ink2, dates::long_day(state.now_unix_ms));
        });
        let left = Rect::from_min_size(body.min, vec2(376.0, body.height()));
        let stage = Rect::from_min_max(pos2(left.right() + theme::GAP, body.top()), body.max);
        widgets::card_at(ui, left, 16.0, |ui| self.list_ui(ui, palette, state, out));
        widgets::card_at(ui, stage, 16.0, |ui| self.stage_ui(ui, palette, state, out));
        let typing = ui.ctx().egui_wants_keyboard_input();
        if !typing && !self.adding && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Space)) {
            self.start(state, out);
        }
    }

    fn start(&self, state: &AppState, out: &mut Vec<Action>) {
        if !no_microphone(state) {
            out.push(Action::Do(RecordingCommand::Start(self.with()).into()));
        }
    }

    fn with(&self) -> Participants {
        Participants { participants: self.participants.clone(), students: self.students }
    }

    fn has_room(&self) -> bool {
        self.participants.len() < MOST_AT_A_TABLE
    }

    /// One more at the table, or one less.
    fn add_or_take_off(&mut self, student: StudentId) {
        if self.participants.contains(&student) {
            self.participants.retain(|one| *one != student);
        } else if self.has_room() {
            self.participants.push(student);
        }
    }

    /// Chooses one alone; where a table was chosen, one more at it.
    fn choose(&mut self, student: StudentId, adds: bool) {
        if adds || self.students > 1 {
            self.add_or_take_off(student);
        } else {
            self.participants = vec![student];
        }
    }

    fn list_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        let width = ui.available_width();
        if state.students.is_empty() || self.adding {
            self.add_ui(ui, palette, state, out);
            return;
        }
        let field = widgets::field(ui, egui::Id::unique("find student"), &mut self.find, "Find a student", Some(icons::MAGNIFYING_GLASS), width);
        let roster = roster(state);
        let wanted = self.find.trim().to_owned();
        let matching: Vec<&Met<'_>> = roster.iter().filter(|met| fits(met.student, &wanted)).collect();
        if let [only] = matching.as_slice()
            && !wanted.is_empty()
            && field.lost_focus()
            && ui.input(|input| input.key_pressed(Key::Enter))
        {
            self.choose(only.student.id, false);
            self.find.clear();
        }
        let list_height = ui.available_height() - 56.0;
        egui::ScrollArea::vertical().max_height(list_height).auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            if self.all || !wanted.is_empty() {
                for met in &matching {
                    self.student_ui(ui, palette, met, state);
                }
                if is_new(&state.students, &wanted) && Button::new(Kind::Quiet, &add_label(&wanted)).icon(icons::PLUS).show(ui).clicked() {
                    out.push(Action::Do(LibraryCommand::AddStudents(vec![wanted.clone()]).into()));
                }
                return;
            }
            let due: Vec<_> = matching.iter().filter(|met| met.is_due()).take(SHORT_LIST).collect();
            if !due.is_empty() {
                heading(ui, palette, "Due for a conference");
                due.iter().for_each(|met| self.student_ui(ui, palette, met, state));
            }
            let recent: Vec<_> = matching.iter().rev().filter(|met| !met.is_due()).take(SHORT_LIST).collect();
            if !recent.is_empty() {
                heading(ui, palette, "Recent");
                recent.iter().for_each(|met| self.student_ui(ui, palette, met, state));
            }
        });
        ui.horizontal(|ui| {
            let half = (width - 8.0) / 2.0;
            let all = if self.all {
                "Short list".to_owned()
            } else {
                if roster.len() == 1 { "Your 1 student".to_owned() } else { format!("All {} students", roster.len()) }
            };
            if Button::new(Kind::Secondary, &all).icon(icons::STUDENT).min_width(half).show(ui).clicked() {
                self.all = !self.all;
            }
            if self.all {
                if Button::new(Kind::Secondary, "Add students").icon(icons::PLUS).min_width(half).show(ui).clicked() {
                    self.adding = true;
                }
            } else if Button::new(Kind::Secondary, "Choose later").min_width(half).show(ui).clicked() {
                self.participants.clear();
            }
        });
    }

    fn add_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        widgets::label(ui, theme::NAME, palette.ink, "Your students");
        widgets::label(ui, theme::BODY, palette.ink2, "Add your students by typing or pasting names, one on each line.");
        let height = (ui.available_height() - 100.0).min(420.0);
        names_box(ui, palette, &mut self.names, height);
        ui.horizontal(|ui| {
            let (names, label) = names_typed(&self.names);
            let button = ui.add_enabled_ui(!names.is_empty(), |ui| Button::new(Kind::Secondary, &label).icon(icons::PLUS).show(ui)).inner;
            if button.clicked() {
                out.push(Action::Do(LibraryCommand::AddStudents(names).into()));
                self.names.clear();
                self.adding = false;
            }
            if !state.students.is_empty() && Button::new(Kind::Quiet, "Cancel").show(ui).clicked() {
                self.adding = false;
            }
        });
        if state.students.is_empty() {
            widgets::label(ui, theme::SECONDARY, palette.ink2, "You can also record now and choose the student afterwards.");
        }
    }

    fn student_ui(&mut self, ui: &mut Ui, palette: &Palette, met: &Met<'_>, state: &AppState) {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::click());
        let chosen = self.participants.contains(&met.student.id);
        let can_be_added = !chosen && !self.participants.is_empty() && self.has_room();
        let ago = met.ago(state.now_unix_ms);
        let due = if met.is_due() { ", due" } else { "" };
        response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, format!("{}, {ago}{due}", met.student.name)));
        let radius = CornerRadius::same(8);
        if chosen {
            ui.painter().rect(rect, radius, palette.pine_tint, Stroke::new(2.0, palette.pine), StrokeKind::Inside);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, radius, palette.raise);
        }
        let avatar = Rect::from_center_size(pos2(rect.left() + 32.0, rect.center().y), Vec2::splat(40.0));
        widgets::paint_avatar(ui, palette, avatar, &met.student.name, None);
        // What stands at the right: the tick, or the plus and the pill that says "due".
        let plus = if can_be_added { 36.0 } else { 0.0 };
        let aside = if chosen {
            44.0
        } else if met.is_due() {
            80.0 + plus
        } else {
            12.0 + plus
        };
        let text = |y: f32, role: theme::Type, color, text: &str| {
            widgets::paint_line(ui.painter(), rect.left_top() + vec2(64.0, y), rect.width() - 64.0 - aside, role, color, text);
        };
        text(19.0, theme::NAME, palette.ink, &met.student.name);
        text(40.0, theme::SECONDARY, palette.ink2, &ago);
        if chosen {
            widgets::paint_icon(ui, icons::CHECK_CIRCLE.fill(), pos2(rect.right() - 24.0, rect.center().y), 24.0, palette.pine);
        } else if met.is_due() {
            paint_due(ui, palette, pos2(rect.right() - 12.0 - plus, rect.center().y), "due");
        }
        widgets::focus_ring(ui, &response, rect, radius);
        if can_be_added {
            let at = Rect::from_center_size(pos2(rect.right() - 26.0, rect.center().y), Vec2::splat(32.0));
            let name = format!("Add {} to the table", met.student.name);
            let add = ui.interact(at, ui.scope_id().with(("add", met.student.id)), Sense::click());
            add.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            widgets::paint_icon(ui, icons::PLUS, at.center(), 20.0, if add.hovered() { palette.pine } else { palette.ink2 });
            widgets::focus_ring(ui, &add, at, radius);
            if add.on_hover_text(&name).on_hover_cursor(CursorIcon::PointingHand).clicked() {
                self.add_or_take_off(met.student.id);
            }
        }
        let adds = ui.input(|input| input.modifiers.command);
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
            self.choose(met.student.id, adds);
        }
    }

    fn stage_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        let stage = ui.max_rect();
        let column = Rect::from_center_size(stage.center(), vec2(560.0_f32.min(stage.width()), stage.height()));
        let known: Vec<&Student> = self.participants.iter().filter_map(|id| state.student(*id)).collect();
        let at_the_table = self.with().at_the_table();
        let tight = stage.height() < 640.0;
        // In the smallest window with large text it scrolls.
        let contents = |ui: &mut Ui| {
            ui.vertical_centered(|ui| {
                ui.add_space(if tight { 4.0 } else { 22.0 });
                widgets::line(
                    ui,
                    theme::Type { size: 16.0, line: 24.0, bold: false },
                    palette.ink2,
                    if at_the_table > 1 { "Table conference with" } else { "Conference with" },
                );
                match known.as_slice() {
                    [] => drop(widgets::line(ui, theme::STAGE, palette.ink2, "Choose later")),
                    [only] => drop(widgets::line(ui, theme::STAGE, palette.ink, only.name.as_str())),
                    _ => {}
                }
            });
            if known.len() > 1 {
                self.table_ui(ui, palette, &known);
            }
            ui.add_space(if tight { 4.0 } else { 16.0 });
            if let [only] = known.as_slice() {
                last_time_ui(ui, palette, state, only, out);
            }
            ui.vertical_centered(|ui| {
                ui.add_space(if tight { 4.0 } else { 16.0 });
                self.button_ui(ui, palette, state, out);
                ui.add_space(4.0);
                widgets::line(ui, theme::CARD_TITLE, palette.ink, "Start recording");
            });
            ui.horizontal(|ui| {
                ui.add_space((ui.available_width() - 110.0) / 2.0);
                widgets::line(ui, theme::BODY, palette.ink2, "or press");
                widgets::key_cap(ui, "Space");
            });
            ui.add_space(if tight { 4.0 } else { 16.0 });
            self.microphone_ui(ui, palette, state, out);
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                ui.label(icons::USERS_THREE.text(20.0, palette.ink2));
                let options: Vec<String> = std::iter::once("One-to-one".to_owned()).chain((2..=6).map(|count| format!("Table of {count} students"))).collect();
                if let Some(picked) = choice(ui, "Kind of conference", &options, usize::from(at_the_table) - 1, 210.0) {
                    self.students = picked as u8 + 1;
                    // Who was chosen first stays.
                    self.participants.truncate(picked + 1);
                }
                ui.add_space(16.0);
                ui.label(icons::LOCK_SIMPLE.text(20.0, palette.ink2));
                let is_narrow = ui.available_width() < 260.0;
                widgets::line(ui, theme::BODY, palette.ink2, if is_narrow { "Stays on this computer." } else { "The recording stays on this computer." });
            });
            room_ui(ui, palette, state);
        };
        widgets::area(ui, column, |ui| egui::ScrollArea::vertical().id_salt("stage").auto_shrink([false, false]).show(ui, contents));
    }

    /// Who is at the table, each with a way off it.
    fn table_ui(&mut self, ui: &mut Ui, palette: &Palette, known: &[&Student]) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
            for student in known {
                if name_chip(ui, palette, &student.name).clicked() {
                    self.participants.retain(|one| *one != student.id);
                }
            }
        });
        // As high as one name, so that the button does not move.
        ui.add_space(8.0);
    }

    fn button_ui(&self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        let off = no_microphone(state);
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(168.0), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, !off, "Start recording"));
        let fill = match (off, response.hovered()) {
            (true, _) => palette.edge,
            (false, true) => palette.rose_hover,
            (false, false) => palette.rose,
        };
        ui.painter().circle_filled(rect.center(), 84.0, if off { palette.sunk } else { palette.rose_tint });
        ui.painter().circle_filled(rect.center(), 68.0, fill);
        widgets::paint_icon(ui, if off { icons::MICROPHONE_SLASH } else { icons::MICROPHONE.fill() }, rect.center(), 56.0, palette.on_rose);
        if response.has_focus() {
            ui.painter().circle_stroke(rect.center(), 88.0, Stroke::new(2.0, palette.rose));
        }
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
            self.start(state, out);
        }
    }

    fn microphone_ui(&self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 56.0), Sense::hover());
        widgets::card_at(ui, rect, 8.0, |ui| {
            ui.horizontal_centered(|ui| {
                ui.add_space(8.0);
                ui.label(icons::MICROPHONE.text(20.0, palette.ink));
                if no_microphone(state) {
                    ui.scope(|ui| {
                        ui.set_max_width(ui.available_width() - 120.0);
                        widgets::label(ui, theme::SECONDARY, palette.ink, "Afterbell can’t hear a microphone. Plug one in, or choose another.");
                    });
                    if Button::new(Kind::Secondary, "Look again").small().show(ui).clicked() {
                        out.push(Action::Do(MicrophoneCommand::List.into()));
                        out.push(Action::Do(MicrophoneCommand::Monitor(true).into()));
                    }
                    return;
                }
                let is_narrow = ui.available_width() < 480.0;
                microphone_choice(ui, state, if is_narrow { 190.0 } else { 220.0 }, out);
                ui.add_space(8.0);
                level_ui(ui, palette, state, if is_narrow { 12 } else { 18 });
            });
        });
    }
}

/// The last conference with a student, to open.
fn last_time_ui(ui: &mut Ui, palette: &Palette, state: &AppState, student: &Student, out: &mut Vec<Action>) {
    let Some(last) = state.conferences.iter().find(|one| one.is_with(student.id)) else { return };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 72.0), Sense::hover());
    ui.painter().rect_filled(rect, CornerRadius::same(theme::CARD_RADIUS), palette.raise);
    widgets::paint_icon(ui, icons::NOTEBOOK, pos2(rect.left() + 28.0, rect.top() + 26.0), 24.0, palette.pine);
    widgets::area(ui, Rect::from_min_max(rect.min + vec2(56.0, 12.0), rect.max - vec2(16.0, 8.0)), |ui| {
        ui.horizontal(|ui| {
            widgets::line(ui, theme::BUTTON, palette.ink, format!("Last time, {}", dates::day(last.started_unix_ms)));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if Button::new(Kind::Quiet, "Open").small().show(ui).clicked() {
                    out.push(Action::Go(Place::Conference(last.id, None)));
                }
            });
        });
        ui.add_space(-10.0);
        let share = state.seen_talk(last).map_or(String::new(), |talk| format!(" · you talked {talk}"));
        let title = if last.title.is_empty() { String::new() } else { format!(" · {}", last.title) };
        widgets::line(ui, theme::BODY, palette.ink2, format!("{}{share}{title}", last.length));
    });
}

/// A name at the table; a click takes it off.
fn name_chip(ui: &mut Ui, palette: &Palette, name: &str) -> Response {
    let galley = ui.painter().layout_no_wrap(name.to_owned(), theme::NAME.font(), palette.ink);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 84.0, 40.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Take {name} off the table")));
    let radius = CornerRadius::same(20);
    ui.painter().rect(rect, radius, if response.hovered() { palette.raise } else { palette.card }, Stroke::new(1.0, palette.edge), StrokeKind::Inside);
    widgets::paint_avatar(ui, palette, Rect::from_center_size(rect.left_center() + vec2(22.0, 0.0), Vec2::splat(32.0)), name, None);
    ui.painter().galley(pos2(rect.left() + 46.0, rect.center().y - galley.size().y / 2.0), galley, palette.ink);
    widgets::paint_icon(ui, icons::X, pos2(rect.right() - 20.0, rect.center().y), 18.0, palette.ink2);
    widgets::focus_ring(ui, &response, rect, radius);
    response.on_hover_text(format!("Take {name} off the table")).on_hover_cursor(CursorIcon::PointingHand)
}

/// The known microphones, none of them there.
pub(in crate::ui) fn no_microphone(state: &AppState) -> bool {
    state.microphones.as_ref().is_some_and(Vec::is_empty)
}

/// Picks the microphone; the choice is remembered.
pub(super) fn microphone_choice(ui: &mut Ui, state: &AppState, width: f32, out: &mut Vec<Action>) {
    let found = state.microphones.as_deref().unwrap_or_default();
    let mut names: Vec<String> = vec!["System default".into()];
    names.extend(found.iter().map(|mic| mic.name.clone()));
    let chosen = state
        .settings
        .microphone
        .as_ref()
        .and_then(|chosen| found.iter().position(|mic| mic.id == chosen.id || mic.name == chosen.name))
        .map_or(0, |at| at + 1);
    if chosen == 0
        && let Some((_, name)) = &state.monitor
    {
        names[0].clone_from(name);
    }
    if let Some(picked) = choice(ui, "Microphone", &names, chosen, width) {
        let microphone = picked.checked_sub(1).map(|at| ChosenDevice { id: found[at].id.clone(), name: found[at].name.clone() });
        out.push(Action::Do(LibraryCommand::ChangeSetting(SettingsChange::Microphone(microphone)).into()));
    }
}

/// How much can still be recorded; loud when it is little.
fn room_ui(ui: &mut Ui, palette: &Palette, state: &AppState) {
    let Some((reading, room)) = state.monitor.as_ref().map(|(meters, _)| meters.read()).and_then(|reading| Some((reading, reading.room?))) else { return };
    ui.horizontal(|ui| {
        if reading.has_little_room() {
            ui.label(icons::WARNING.text(20.0, palette.rose));
            widgets::line(ui, theme::BUTTON, palette.rose, little_room(room));
        } else {
            ui.label(icons::HARD_DRIVES.text(20.0, palette.ink2));
            widgets::line(ui, theme::BODY, palette.ink2, format!("Room for about {} of recording", room_in_words(room)));
        }
    });
}

/// The level with a word about it.
pub(super) fn level_ui(ui: &mut Ui, palette: &Palette, state: &AppState, bars: usize) {
    let reading = state.monitor.as_ref().map(|(meters, _)| meters.read());
    charts::level_meter(ui, bars, 16.0, reading.map_or(0.0, |reading| reading.level), palette.pine, palette.line);
    ui.add_space(4.0);
    let (icon, text, color) = match reading.map(|reading| reading.advice) {
        Some(LevelAdvice::Good) => (Some(icons::CHECK), "Good level", palette.pine),
        Some(LevelAdvice::TooQuiet) => (None, "A bit quiet", palette.ink2),
        Some(LevelAdvice::Clipping) => (None, "Too loud", palette.ink2),
        Some(LevelAdvice::NoSignal) => (None, "No sound arrives", palette.ink2),
        Some(LevelAdvice::Listening) => (None, "Say something", palette.ink2),
        None => (None, "No microphone yet", palette.ink2),
    };
    if let Some(icon) = icon {
        ui.label(icon.text(16.0, color));
        ui.add_space(-4.0);
    }
    widgets::line(ui, theme::SECONDARY_BOLD, color, text);
}

/// Where names are typed or pasted: it scrolls, so that what stands under it stays there.
pub(super) fn names_box(ui: &mut Ui, palette: &Palette, names: &mut String, height: f32) {
    egui::ScrollArea::vertical().id_salt("names").max_height(height).min_scrolled_height(height).auto_shrink([false, true]).show(ui, |ui| {
        let edit = egui::TextEdit::multiline(names).desired_width(ui.available_width()).min_size(vec2(0.0, height)).font(theme::BODY.font()).margin(12.0);
        let response = ui.add(edit.hint_text(theme::BODY.text("Maya\nOmar\nLeo", palette.ink2)));
        response.widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, "Names, one on each line"));
    });
}

/// The names that were typed, and how the button says how many.
pub(super) fn names_typed(typed: &str) -> (Vec<String>, String) {
    let names: Vec<String> = typed.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let label = if names.is_empty() { "Add".to_owned() } else { format!("Add {}", names.len()) };
    (names, label)
}

fn heading(ui: &mut Ui, palette: &Palette, text: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 28.0), Sense::hover());
    ui.painter().text(rect.left_center() + vec2(12.0, 0.0), egui::Align2::LEFT_CENTER, text, theme::SECONDARY_BOLD.font(), palette.ink2);
}

/// "due" in rose, with a clock: never colour alone. `right` is its right middle.
pub(super) fn paint_due(ui: &Ui, palette: &Palette, right: egui::Pos2, text: &str) {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::SMALL_BOLD.font(), palette.rose);
    let rect = Rect::from_min_max(pos2(right.x - galley.size().x - 34.0, right.y - 12.0), pos2(right.x, right.y + 12.0));
    ui.painter().rect_filled(rect, CornerRadius::same(12), palette.rose_tint);
    widgets::paint_icon(ui, icons::CLOCK, pos2(rect.left() + 15.0, rect.center().y), 14.0, palette.rose);
    ui.painter().galley(pos2(rect.left() + 25.0, rect.center().y - galley.size().y / 2.0), galley, palette.rose);
}
