//! The rows of the list of conferences.

use crate::conference::{ConferenceSummary, Edit, Participant, Stage, names};
use crate::ui::kit::app_state::{Action, AppState, Place};
use crate::ui::kit::charts;
use crate::ui::kit::overlay;
use crate::ui::kit::student_picker::{Picked, student_choice};
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self};
use crate::ui::kit::{dates, icons};
use crate::work::{AnalysisCommand, DeletedKey, LibraryCommand, SearchLine, WorkProgress, WorkStage};
use egui::text::LayoutJob;
use egui::{CornerRadius, CursorIcon, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

/// In place of a name.
const WHO: &str = "Who was this?";

/// A list less wide than this is of a small window with large text.
pub(super) const NARROW: f32 = 720.0;
pub(super) const ROW: f32 = 57.0;
pub(super) const LINE: f32 = 32.0;

/// Where the columns begin.
pub(super) struct Columns {
    name: f32,
    pub(super) date: f32,
    pub(super) length: f32,
    pub(super) talk: f32,
    pub(super) status: f32,
    /// There is room for who, when and how far alone; the rest is in the conference, and read out.
    pub(super) is_few: bool,
}

/// A list less wide than this is of the smallest window with the largest text.
const FEW: f32 = 520.0;

impl Columns {
    pub(super) fn new(rect: Rect) -> Self {
        let at = |share: f32| rect.left() + 16.0 + (rect.width() - 32.0) * share;
        if rect.width() < FEW {
            return Self { name: rect.left() + 16.0, date: at(0.24), length: at(0.62), talk: at(0.62), status: at(0.62), is_few: true };
        }
        // With large text in a small window the day and the percentage need the room of the initials.
        if rect.width() < NARROW {
            return Self { name: rect.left() + 16.0, date: at(0.165), length: at(0.372), talk: at(0.452), status: at(0.655), is_few: false };
        }
        Self { name: rect.left() + 64.0, date: at(0.185), length: at(0.343), talk: at(0.418), status: at(0.655), is_few: false }
    }
}

pub(super) fn row_ui(ui: &mut Ui, state: &AppState, one: &ConferenceSummary, lines: &[SearchLine], out: &mut Vec<Action>) {
    let palette = theme::palette(ui);
    let height = ROW + lines.len() as f32 * LINE + if lines.is_empty() { 0.0 } else { 12.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    if !ui.is_rect_visible(rect) {
        return;
    }
    let name = match (names(&one.participants), one.title.is_empty()) {
        (Some(names), _) => names,
        (None, false) => one.title.clone(),
        (None, true) if one.students > 1 => "Table conference".into(),
        (None, true) => WHO.into(),
    };
    let when = dates::when(one.started_unix_ms, state.now_unix_ms);
    // The whole of the row is heard, not only its name.
    response.widget_info(|| {
        let talk = state.seen_talk(one).map(|talk| format!(", you talked {talk}")).unwrap_or_default();
        WidgetInfo::labeled(Role::Button, true, format!("{name}, {when}{talk}, {}", status(state.work.get(&one.id), one)))
    });
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
    let mut pressed_inside = false;
    if name == WHO {
        // Asked where it is seen: one press names it.
        let place = Rect::from_min_max(pos2(columns.name - 8.0, middle - 18.0), pos2(columns.date - 8.0, middle + 18.0));
        pressed_inside |= widgets::area_of(ui, egui::Id::unique(("who", one.id)), place, |ui| who_ui(ui, state, one, place.width(), out));
    } else {
        text(columns.name, columns.date, theme::NAME, palette.ink, &name);
    }
    text(columns.date, columns.length, theme::BODY, palette.ink, &when);
    if !columns.is_few {
        measured_ui(ui, state, one, &columns, middle);
    }
    // Without room for it the row says by itself that it opens.
    let room = if columns.is_few { 44.0 } else { 84.0 };
    let actions = Rect::from_min_max(pos2(rect.right() - room, rect.top()), pos2(rect.right(), rect.top() + ROW));
    status_ui(ui, state.work.get(&one.id), one, pos2(columns.status, middle), actions.left());
    widgets::area_of(ui, egui::Id::unique(("row", one.id)), actions, |ui| {
        ui.horizontal_centered(|ui| {
            let more = widgets::icon_button(ui, icons::DOTS_THREE, &format!("More about {name}, {when}"), false, 32.0);
            pressed_inside |= more.clicked();
            overlay::popover(&more, 260.0, |ui| row_menu_ui(ui, state, one, more.clicked(), out));
        });
    });
    if !columns.is_few {
        widgets::paint_icon(ui, icons::CARET_RIGHT, pos2(rect.right() - 24.0, middle), 18.0, palette.ink2);
    }
    for (index, line) in lines.iter().enumerate() {
        let y = rect.top() + ROW + index as f32 * LINE;
        let strip = Rect::from_min_max(pos2(rect.left(), y), pos2(rect.right(), y + LINE));
        pressed_inside |= line_ui(ui, one, line, strip, out);
    }
    widgets::focus_ring(ui, &response, rect.shrink(3.0), CornerRadius::same(8));
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() && !pressed_inside {
        out.push(Action::Go(Place::Conference(one.id, None)));
    }
}

/// A child of the class for a conference that has none yet; true when it was pressed.
fn who_ui(ui: &mut Ui, state: &AppState, one: &ConferenceSummary, width: f32, out: &mut Vec<Action>) -> bool {
    let picked = student_choice(ui, state, WHO, WHO, None, width, out);
    if let Some(Picked::Student(id)) = picked
        && let Some(student) = state.student(id)
    {
        let participants = vec![Participant { student: student.clone(), voice: Some(1) }];
        out.push(Action::Do(LibraryCommand::Save(one.id, Edit::Participants(participants).into()).into()));
    }
    picked.is_some()
}

/// How long it was, and who talked how much.
fn measured_ui(ui: &mut Ui, state: &AppState, one: &ConferenceSummary, columns: &Columns, middle: f32) {
    let palette = theme::palette(ui);
    let painter = ui.painter().clone();
    let text = |x: f32, until: f32, role, color, text: &str| widgets::paint_line(&painter, pos2(x, middle), until - 8.0 - x, role, color, text);
    text(columns.length, columns.talk, theme::BODY, palette.ink, &if one.is_typed { "typed".to_owned() } else { one.length.clock() });
    match state.seen_talk(one) {
        Some(talk) => {
            let room = columns.status - columns.talk - 9.0;
            let width_of = |said: &str| painter.layout_no_wrap(said.to_owned(), theme::SECONDARY.font(), palette.ink2).size().x;
            // A range is longer than a number; where it has no room beside the bar, the bar gives way, and then whose it is.
            let said = Some(format!("You {talk}")).filter(|said| width_of(said) <= room).unwrap_or_else(|| talk.to_string());
            let width = (room - 71.0).clamp(32.0, 96.0).min(room - 8.0 - width_of(&said));
            let mut left = columns.talk;
            if width >= 24.0 {
                let bar = Rect::from_min_size(pos2(left, middle - 5.0), vec2(width, 10.0));
                widgets::area(ui, bar, |ui| charts::talk_bar(ui, bar.size(), talk.share, 1.0 - talk.share));
                left = bar.right() + 8.0;
            }
            text(left, columns.status, theme::SECONDARY, palette.ink2, &said);
        }
        None => {
            let says = if state.is_talk_covered(one) { "not looked at yet" } else { "not counted yet" };
            text(columns.talk, columns.status, theme::SECONDARY, palette.ink2, says);
        }
    }
}

/// What is done rarely, and never by one bare press: what cannot be meant by chance stands last.
fn row_menu_ui(ui: &mut Ui, state: &AppState, one: &ConferenceSummary, is_new: bool, out: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = 0.0;
    let id = widgets::field_id(one.id, "title in the list");
    let typed = ui.data(|data| data.get_temp::<String>(id)).filter(|_| !is_new);
    let mut title = typed.unwrap_or_else(|| one.title.clone());
    let width = ui.available_width();
    let field = widgets::field(ui, id, &mut title, "Give it a title", None, width);
    // Kept as it is typed, as everywhere.
    if field.changed() {
        out.push(Action::Do(LibraryCommand::Save(one.id, Edit::Title(title.trim().to_owned()).into()).into()));
    }
    if field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter)) {
        ui.close();
    }
    ui.data_mut(|data| data.insert_temp(id, title));
    ui.add_space(8.0);
    if overlay::item(ui, Some(icons::EXPORT), "Share…", false) {
        let title = names(&one.participants).map_or_else(|| "this conference".to_owned(), |names| format!("{names}’s conference"));
        out.push(Action::Share(vec![one.id], title));
    }
    if state.work.contains_key(&one.id) {
        if overlay::item(ui, Some(icons::X), "Stop writing this down", false) {
            out.push(Action::Do(AnalysisCommand::CancelWork(one.id).into()));
        }
    } else if overlay::item(ui, Some(icons::TRASH), "Delete this conference", false) {
        out.push(Action::Do(LibraryCommand::Delete(DeletedKey::Conference(one.id)).into()));
    }
}

/// How far it has come, in words.
fn status(work: Option<&WorkProgress>, one: &ConferenceSummary) -> &'static str {
    match (work, one.stage) {
        (Some(_), _) => "transcribing",
        (None, Stage::Reflected) => "reflected",
        (None, Stage::Transcribed) => "transcribed",
        (None, Stage::Heard) => "no words yet",
        (None, Stage::Recorded) => "recorded",
    }
}

fn status_ui(ui: &Ui, work: Option<&WorkProgress>, one: &ConferenceSummary, at: egui::Pos2, until: f32) {
    let palette = theme::palette(ui);
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
fn line_ui(ui: &mut Ui, one: &ConferenceSummary, line: &SearchLine, rect: Rect, out: &mut Vec<Action>) -> bool {
    let palette = theme::palette(ui);
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
        out.push(Action::Go(Place::Conference(one.id, Some(at))));
    }
    pressed
}

/// Gives its left end.
pub(super) fn paint_due_text(ui: &Ui, palette: &Palette, right: egui::Pos2, text: &str) -> f32 {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::SECONDARY_BOLD.font(), palette.rose);
    let left = right.x - galley.size().x;
    ui.painter().galley(pos2(left, right.y - galley.size().y / 2.0), galley, palette.rose);
    widgets::paint_icon(ui, icons::CLOCK, pos2(left - 12.0, right.y), 15.0, palette.rose);
    left - 20.0
}
