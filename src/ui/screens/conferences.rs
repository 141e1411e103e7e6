//! The conferences: class list on the left, search and list on the right.

use super::record::roster;
use crate::conference::{ConferenceSummary, Stage, StudentId, names};
use crate::ui::kit::app_state::{Ask, Place, Shared};
use crate::ui::kit::dates;
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette, palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::{
    AnalysisCommand, Command, DeletedKey, LibraryCommand, LibraryQuery, OpenDialog, SearchHit, SearchLine, Ticket, With, WorkProgress, WorkStage,
};
use egui::text::LayoutJob;
use egui::{Align2, CornerRadius, CursorIcon, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A search begins this long after the last key.
const SEARCH_PAUSE: Duration = Duration::from_millis(150);
const ROW: f32 = 57.0;
const LINE: f32 = 32.0;
/// A list less wide than this is of a small window with large text.
const NARROW: f32 = 720.0;

/// Which conferences are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Show {
    #[default]
    All,
    ToReflect,
    Marked,
}

/// What the screen remembers.
#[derive(Default)]
pub(in crate::ui) struct LibraryScreen {
    typed: String,
    changed: Option<Instant>,
    asked: Ticket,
    found: Option<(String, Arc<Vec<SearchHit>>)>,
    show: Show,
    student: Option<StudentId>,
    editing: Option<(StudentId, String)>,
    adding: Option<String>,
}

impl LibraryScreen {
    /// Finds have arrived.
    pub(in crate::ui) fn found(&mut self, ticket: Ticket, query: String, hits: Arc<Vec<SearchHit>>) {
        if ticket == self.asked {
            self.found = Some((query, hits));
        }
    }

    pub(in crate::ui) fn ui(&mut self, ui: &mut Ui, shared: &Shared, out: &mut Vec<Ask>) {
        let palette = palette(ui);
        let body = widgets::titled(ui, "Conferences", |ui| {
            ui.spacing_mut().item_spacing.x = 16.0;
            let more = widgets::icon_button(ui, icons::DOTS_THREE, "More", true, 40.0);
            egui::Popup::menu(&more).width(220.0).show(|ui| {
                if Button::new(Kind::Quiet, "Recently deleted").icon(icons::CLOCK_COUNTER_CLOCKWISE).show(ui).clicked() {
                    out.push(Ask::Go(Place::Deleted(Box::new(Place::Conferences))));
                }
            });
            if Button::new(Kind::Primary, "Record").icon(icons::MICROPHONE).show(ui).clicked() {
                out.push(Ask::Go(Place::Record(self.student)));
            }
            if Button::new(Kind::Secondary, "Bring in a recording").icon(icons::FOLDER_OPEN).show(ui).clicked() {
                out.push(Ask::Do(OpenDialog::Recordings(With::one(self.student)).into()));
            }
            if Button::new(Kind::Quiet, "Bring in a typed transcript").icon(icons::FILE_TEXT).show(ui).clicked() {
                out.push(Ask::BringInTyped(self.student));
            }
            if let Some((file, fraction)) = &shared.importing {
                widgets::progress_bar(ui, 120.0, *fraction);
                widgets::line(ui, theme::SECONDARY, palette.ink2, format!("Bringing in {file}"));
                if widgets::icon_button(ui, icons::X, "Stop bringing in", false, 28.0).clicked() {
                    out.push(Ask::Do(AnalysisCommand::CancelImport.into()));
                }
            }
        });
        let class = Rect::from_min_size(body.min, vec2(if body.width() < 1000.0 { 232.0 } else { 272.0 }, body.height()));
        let right = Rect::from_min_max(pos2(class.right() + theme::GAP, body.top()), body.max);
        widgets::card_at(ui, class, 1.0, |ui| self.class_ui(ui, palette, shared, out));
        widgets::area(ui, right, |ui| self.search_ui(ui, palette, shared, out));
        let mut top = if self.is_searching() { 88.0 } else { 52.0 };
        if !shared.shared_with_me.is_empty() && !self.is_searching() {
            let strip = Rect::from_min_size(pos2(right.left(), right.top() + top), vec2(right.width(), 40.0));
            widgets::area(ui, strip, |ui| shared_with_me_ui(ui, palette, shared, out));
            top += 48.0;
        }
        let table = Rect::from_min_max(pos2(right.left(), right.top() + top), right.max);
        widgets::card_at(ui, table, 1.0, |ui| self.table_ui(ui, palette, shared, out));
    }

    /// Whether a conference is among those that are shown.
    fn shows(&self, one: &ConferenceSummary) -> bool {
        let shown = match self.show {
            Show::All => true,
            Show::ToReflect => one.stage == Stage::Transcribed,
            Show::Marked => one.marks > 0,
        };
        shown && self.student.is_none_or(|student| one.is_with(student))
    }

    fn is_searching(&self) -> bool {
        !self.typed.trim().is_empty()
    }

    fn class_ui(&mut self, ui: &mut Ui, palette: &Palette, shared: &Shared, out: &mut Vec<Ask>) {
        let rect = ui.max_rect();
        let top = Rect::from_min_size(rect.min + vec2(19.0, 12.0), vec2(rect.width() - 38.0, 60.0));
        widgets::area(ui, top, |ui| {
            ui.horizontal(|ui| {
                widgets::line(ui, theme::NAME, palette.ink, "Your class");
                widgets::line(ui, theme::SECONDARY, palette.ink2, widgets::number_of(shared.students.len(), "student", "students"));
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if widgets::icon_button(ui, icons::PLUS, "Add students", false, 32.0).clicked() {
                        self.adding = Some(String::new());
                    }
                });
            });
            ui.horizontal(|ui| {
                widgets::line(ui, theme::SECONDARY, palette.ink2, "Last conferred");
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| widgets::line(ui, theme::SECONDARY_BOLD, palette.ink2, "longest first"));
            });
        });
        let list = Rect::from_min_max(pos2(rect.left(), top.bottom() + 8.0), pos2(rect.right(), rect.bottom() - 56.0));
        widgets::area(ui, list, |ui| {
            if let Some(names) = &mut self.adding {
                ui.add_space(4.0);
                let edit = egui::TextEdit::multiline(names).desired_width(list.width() - 48.0).min_size(vec2(0.0, 180.0)).font(theme::BODY.font()).margin(10.0);
                ui.horizontal(|ui| {
                    ui.add_space(16.0);
                    let response = ui.add(edit.hint_text(theme::BODY.text("One name on each line", palette.ink2)));
                    response.widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, "Names, one on each line"));
                });
                let (mut add, mut cancel) = (false, false);
                ui.horizontal(|ui| {
                    ui.add_space(16.0);
                    add = Button::new(Kind::Secondary, "Add").small().show(ui).clicked();
                    cancel = Button::new(Kind::Quiet, "Cancel").small().show(ui).clicked();
                });
                if add {
                    let names: Vec<String> = names.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
                    out.push(Ask::Do(LibraryCommand::AddStudents(names).into()));
                }
                if add || cancel {
                    self.adding = None;
                }
                return;
            }
            let roster = roster(shared);
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
        let seen = roster(shared).iter().filter(|met| !met.is_due()).count();
        let mut job = LayoutJob::default();
        job.append(&format!("{seen} of {}", shared.students.len()), 0.0, theme::BUTTON.format(palette.ink));
        job.append(" seen in 3 weeks", 0.0, theme::BODY.format(palette.ink2));
        let galley = ui.painter().layout_job(job);
        ui.painter().galley(pos2(foot.left() + 19.0, foot.center().y - galley.size().y / 2.0), galley, palette.ink);
    }

    fn student_ui(&mut self, ui: &mut Ui, palette: &Palette, met: &super::record::Met<'_>, out: &mut Vec<Ask>) {
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
                    out.push(Ask::Do(LibraryCommand::RenameStudent(id, name.clone()).into()));
                    done = true;
                }
                if widgets::icon_button(ui, icons::TRASH, "Take off the list; conferences stay", false, 32.0).clicked() {
                    out.push(Ask::Do(LibraryCommand::Delete(DeletedKey::Student(id)).into()));
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
        let chosen = self.student == Some(id);
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
            self.student = (!chosen).then_some(id);
        }
    }

    fn search_ui(&mut self, ui: &mut Ui, palette: &Palette, shared: &Shared, out: &mut Vec<Ask>) {
        let before = self.typed.clone();
        ui.horizontal(|ui| {
            let width = (ui.available_width() - 420.0).clamp(220.0, 320.0);
            let response = widgets::field(ui, egui::Id::unique("search"), &mut self.typed, "Find words, notes, titles", Some(icons::MAGNIFYING_GLASS), width);
            if ui.input_mut(|input| input.consume_key(egui::Modifiers::COMMAND, egui::Key::F)) {
                response.request_focus();
            }
            let to_reflect = shared.conferences.iter().filter(|one| one.stage == Stage::Transcribed).count();
            for (show, text) in [(Show::All, "All".to_owned()), (Show::ToReflect, format!("To reflect on  {to_reflect}")), (Show::Marked, "With marks".into())]
            {
                if widgets::chip(ui, None, &text, self.show == show).clicked() {
                    self.show = show;
                }
            }
            if let Some(student) = self.student.and_then(|id| shared.student(id))
                && widgets::chip(ui, Some(icons::X), &student.name, true).clicked()
            {
                self.student = None;
            }
            let listed: Vec<_> = shared.conferences.iter().filter(|one| self.shows(one)).map(|one| one.id).collect();
            if listed.len() > 1 && widgets::icon_button(ui, icons::EXPORT, "Share all that are listed", true, 36.0).clicked() {
                let title = format!("{} conferences", listed.len());
                out.push(Ask::Share(listed, title));
            }
        });
        if before != self.typed {
            self.changed = Some(Instant::now());
        }
        if let Some(changed) = self.changed {
            if changed.elapsed() >= SEARCH_PAUSE {
                self.changed = None;
                self.asked = Ticket::fresh();
                if self.is_searching() {
                    out.push(Ask::Do(LibraryQuery::Search(self.asked, self.typed.trim().to_owned()).into()));
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
            let lines: usize = hits.iter().map(|hit| hit.lines.len()).sum();
            let mut job = LayoutJob::default();
            if lines == 0 {
                job.append(&format!("No one said “{query}”."), 0.0, theme::BODY.format(palette.ink2));
            } else {
                job.append(&widgets::number_of(lines, "match", "matches"), 0.0, theme::BUTTON.format(palette.ink));
                let rest = format!(" for “{query}” in {} of {} conferences, then the rest by date", hits.len(), shared.conferences.len());
                job.append(&rest, 0.0, theme::BODY.format(palette.ink2));
            }
            ui.add(egui::Label::new(job));
        }
    }

    fn table_ui(&mut self, ui: &mut Ui, palette: &Palette, shared: &Shared, out: &mut Vec<Ask>) {
        let rect = ui.max_rect();
        let columns = Columns::new(rect);
        let rest: Vec<&ConferenceSummary> = shared.conferences.iter().filter(|one| self.shows(one)).collect();
        if shared.conferences.is_empty() {
            if shared.listed {
                self.empty_ui(ui, palette, out);
            }
            return;
        }
        for (x, text) in
            [(rect.left() + 16.0, "Student"), (columns.date, "Date"), (columns.length, "Length"), (columns.talk, "Talk time"), (columns.status, "Status")]
        {
            ui.painter().text(pos2(x, rect.top() + 20.0), Align2::LEFT_CENTER, text, theme::SECONDARY_BOLD.font(), palette.ink2);
        }
        ui.painter().hline(rect.x_range(), rect.top() + 40.0, Stroke::new(1.0, palette.line));
        let body = Rect::from_min_max(rect.min + vec2(0.0, 41.0), rect.max);
        let hits = self.found.as_ref().filter(|_| self.is_searching()).map(|(_, hits)| Arc::clone(hits)).unwrap_or_default();
        widgets::area(ui, body, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            if hits.is_empty() {
                // Only the rows that can be seen are laid out.
                egui::ScrollArea::vertical().id_salt("conferences").auto_shrink([false, false]).show_rows(ui, ROW, rest.len(), |ui, rows| {
                    for one in &rest[rows] {
                        row_ui(ui, palette, shared, one, &[], out);
                    }
                });
                return;
            }
            egui::ScrollArea::vertical().id_salt("found").auto_shrink([false, false]).show(ui, |ui| {
                for hit in hits.iter().filter(|hit| self.shows(&hit.conference)) {
                    row_ui(ui, palette, shared, &hit.conference, &hit.lines, out);
                }
                let others: Vec<_> = rest.iter().filter(|one| !hits.iter().any(|hit| hit.conference.id == one.id)).collect();
                if !others.is_empty() {
                    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
                    ui.painter().rect_filled(bar, 0, palette.raise);
                    ui.painter().text(bar.left_center() + vec2(16.0, 0.0), Align2::LEFT_CENTER, "Other conferences", theme::SECONDARY.font(), palette.ink2);
                }
                for one in others.iter().take(50) {
                    row_ui(ui, palette, shared, one, &[], out);
                }
            });
        });
    }

    fn empty_ui(&mut self, ui: &mut Ui, palette: &Palette, out: &mut Vec<Ask>) {
        let rect = Rect::from_center_size(ui.max_rect().center(), vec2(420.0, 140.0));
        widgets::area(ui, rect, |ui| {
            ui.vertical_centered(|ui| {
                widgets::label(ui, theme::CARD_TITLE, palette.ink, "Nothing here yet");
                widgets::label(ui, theme::BODY, palette.ink2, "Press Record at your next conference, or open the sample.");
                ui.add_space(8.0);
                if Button::new(Kind::Secondary, "Open the sample").icon(icons::PLAY_CIRCLE).show(ui).clicked() {
                    out.push(Ask::Do(AnalysisCommand::AddSample("maya".into()).into()));
                }
            });
        });
    }
}

/// Colleagues' conferences: clearly somebody else's, and never in the list of one's own.
fn shared_with_me_ui(ui: &mut Ui, palette: &Palette, shared: &Shared, out: &mut Vec<Ask>) {
    ui.horizontal_centered(|ui| {
        widgets::line(ui, theme::SECONDARY_BOLD, palette.ink2, "From colleagues");
        for row in shared.shared_with_me.iter().take(4) {
            let said = if row.said > 0 { format!(", you said {}", row.said) } else { String::new() };
            let text = format!("{} · {}{said}", row.with, dates::when(row.started_unix_ms, shared.now_unix_ms));
            if widgets::chip(ui, Some(icons::PACKAGE), &text, false).clicked() {
                out.push(Ask::Go(Place::Shared(row.id)));
            }
        }
    });
}

/// Where the columns begin.
struct Columns {
    name: f32,
    date: f32,
    length: f32,
    talk: f32,
    status: f32,
}

impl Columns {
    fn new(rect: Rect) -> Self {
        let at = |share: f32| rect.left() + 16.0 + (rect.width() - 32.0) * share;
        // With large text in a small window the day and the percentage need the room of the initials.
        if rect.width() < NARROW {
            return Self { name: rect.left() + 16.0, date: at(0.165), length: at(0.372), talk: at(0.452), status: at(0.655) };
        }
        Self { name: rect.left() + 64.0, date: at(0.185), length: at(0.343), talk: at(0.418), status: at(0.655) }
    }
}

fn row_ui(ui: &mut Ui, palette: &Palette, shared: &Shared, one: &ConferenceSummary, lines: &[SearchLine], out: &mut Vec<Ask>) {
    let height = ROW + lines.len() as f32 * LINE + if lines.is_empty() { 0.0 } else { 12.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    if !ui.is_rect_visible(rect) {
        return;
    }
    let name = match (names(&one.participants), one.title.is_empty()) {
        (Some(names), _) => names,
        (None, false) => one.title.clone(),
        (None, true) if one.students > 1 => "Table conference".into(),
        (None, true) => "Who was this with?".into(),
    };
    let when = dates::when(one.started_unix_ms, shared.now_unix_ms);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name}, {when}")));
    if response.hovered() {
        ui.painter().rect_filled(rect, 0, palette.raise);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, palette.line));
    let columns = Columns::new(rect);
    let middle = rect.top() + ROW / 2.0;
    if rect.width() >= NARROW {
        widgets::paint_avatar(ui, palette, Rect::from_center_size(pos2(rect.left() + 34.0, middle), Vec2::splat(36.0)), &name, None);
    }
    let painter = ui.painter().clone();
    let text = |x: f32, until: f32, role, color, text: &str| widgets::paint_line(&painter, pos2(x, middle), until - 8.0 - x, role, color, text);
    text(columns.name, columns.date, theme::NAME, palette.ink, &name);
    text(columns.date, columns.length, theme::BODY, palette.ink, &when);
    text(columns.length, columns.talk, theme::BODY, palette.ink, &if one.is_typed { "typed".to_owned() } else { one.length.clock() });
    match one.teacher_talk() {
        Some(talk) => {
            let room = columns.status - columns.talk - 9.0;
            let width_of = |said: &str| painter.layout_no_wrap(said.to_owned(), theme::SECONDARY.font(), palette.ink2).size().x;
            // A range is longer than a number; where it has no room beside the bar, the bar gives way, and then whose it is.
            let said = Some(format!("You {talk}")).filter(|said| width_of(said) <= room).unwrap_or_else(|| talk.to_string());
            let width = (room - 71.0).clamp(32.0, 96.0).min(room - 8.0 - width_of(&said));
            let mut left = columns.talk;
            if width >= 24.0 {
                let bar = Rect::from_min_size(pos2(left, middle - 5.0), vec2(width, 10.0));
                widgets::area(ui, bar, |ui| widgets::talk_bar(ui, bar.size(), talk.share, 1.0 - talk.share));
                left = bar.right() + 8.0;
            }
            text(left, columns.status, theme::SECONDARY, palette.ink2, &said);
        }
        None => {
            text(columns.talk, columns.status, theme::SECONDARY, palette.ink2, "not counted yet");
        }
    }
    let actions = Rect::from_min_max(pos2(rect.right() - 84.0, rect.top()), pos2(rect.right(), rect.top() + ROW));
    status_ui(ui, palette, shared.work.get(&one.id), one, pos2(columns.status, middle), actions.left());
    let mut pressed_inside = false;
    widgets::area(ui, actions, |ui| {
        ui.horizontal_centered(|ui| {
            let working = shared.work.contains_key(&one.id);
            let (icon, name) = if working { (icons::X, "Stop writing this down") } else { (icons::TRASH, "Delete this conference") };
            if widgets::icon_button(ui, icon, name, false, 32.0).clicked() {
                pressed_inside = true;
                out.push(Ask::Do(if working {
                    Command::Analysis(AnalysisCommand::CancelWork(one.id))
                } else {
                    Command::Library(LibraryCommand::Delete(DeletedKey::Conference(one.id)))
                }));
            }
        });
    });
    widgets::paint_icon(ui, icons::CARET_RIGHT, pos2(rect.right() - 24.0, middle), 18.0, palette.ink2);
    for (index, line) in lines.iter().enumerate() {
        let y = rect.top() + ROW + index as f32 * LINE;
        let strip = Rect::from_min_max(pos2(rect.left(), y), pos2(rect.right(), y + LINE));
        pressed_inside |= line_ui(ui, palette, one, line, strip, out);
    }
    widgets::focus_ring(ui, &response, rect.shrink(3.0), CornerRadius::same(8));
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() && !pressed_inside {
        out.push(Ask::Go(Place::Conference(one.id, None)));
    }
}

fn status_ui(ui: &Ui, palette: &Palette, work: Option<&WorkProgress>, one: &ConferenceSummary, at: egui::Pos2, until: f32) {
    let (icon, text, color, role) = match (work, one.stage) {
        (Some(work), _) => {
            let text = match (work.stage, work.secs_left) {
                (WorkStage::Waiting, _) => "Waiting its turn".to_owned(),
                (_, Some(secs)) => format!("Transcribing {:.0}%, {} min left", work.fraction * 100.0, secs.div_ceil(60)),
                (_, None) => format!("Transcribing {:.0}%", work.fraction * 100.0),
            };
            (icons::HOURGLASS_MEDIUM, text, palette.ink, theme::SECONDARY)
        }
        (None, Stage::Reflected) => (icons::CHECK_CIRCLE.fill(), "Reflected".into(), palette.pine, theme::SECONDARY_BOLD),
        (None, Stage::Transcribed) => (icons::FILE_TEXT, "Transcribed".into(), palette.ink, theme::SECONDARY),
        (None, Stage::Heard) => (icons::WAVEFORM, "No words yet".into(), palette.ink2, theme::SECONDARY),
        (None, Stage::Recorded) => (icons::WAVEFORM, "Recorded".into(), palette.ink2, theme::SECONDARY),
    };
    let text = if one.is_sample { format!("{text} · sample") } else { text };
    widgets::paint_icon(ui, icon, at + vec2(9.0, 0.0), 18.0, color);
    widgets::paint_line(ui.painter(), at + vec2(24.0, 0.0), until - at.x - 24.0, role, color, &text);
}

/// One find; true when its pill was pressed.
fn line_ui(ui: &mut Ui, palette: &Palette, one: &ConferenceSummary, line: &SearchLine, rect: Rect, out: &mut Vec<Ask>) -> bool {
    let color = if line.is_teacher {
        palette.teacher
    } else if line.at.is_none() {
        palette.ink2
    } else {
        palette.student
    };
    widgets::paint_line(ui.painter(), rect.left_center() + vec2(64.0, 0.0), 88.0, theme::BUTTON, color, &line.speaker);
    let mut job = LayoutJob::default();
    for (text, hit) in &line.pieces {
        let underline = Stroke::new(2.0, palette.pine);
        let format =
            if *hit { egui::TextFormat { underline, ..theme::marked(theme::BUTTON.format(palette.ink), palette) } } else { theme::BODY.format(palette.ink) };
        job.append(text, 0.0, format);
    }
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width() - 260.0);
    widgets::paint_job(ui.painter(), pos2(rect.left() + 160.0, rect.center().y), job);
    let Some(at) = line.at else { return false };
    let pill = Rect::from_min_max(pos2(rect.right() - 76.0, rect.top() + 4.0), pos2(rect.right() - 8.0, rect.bottom()));
    // Of what was typed the list knows no times.
    widgets::say_moments(ui, one.is_typed.then(Vec::new));
    let pressed = widgets::area(ui, pill, |ui| widgets::jump_pill(ui, at, false).clicked());
    if pressed {
        out.push(Ask::Go(Place::Conference(one.id, Some(at))));
    }
    pressed
}

/// Gives its left end.
fn paint_due_text(ui: &Ui, palette: &Palette, right: egui::Pos2, text: &str) -> f32 {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::SECONDARY_BOLD.font(), palette.rose);
    let left = right.x - galley.size().x;
    ui.painter().galley(pos2(left, right.y - galley.size().y / 2.0), galley, palette.rose);
    widgets::paint_icon(ui, icons::CLOCK, pos2(left - 12.0, right.y), 15.0, palette.rose);
    left - 20.0
}
