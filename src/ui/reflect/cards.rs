//! The five question cards: what was found, the rating, the note. One open at a time; no score, no verdict.

mod best_point;
mod compliment;
mod covered;
mod pacing;
mod parts;
pub(super) use self::covered::rating_edits;
pub(super) use self::parts::CardAction;
mod research;
mod strategy;
mod summary;
mod view;

use self::covered::{COVERED, covered_ui};
use self::parts::pill;
use self::summary::closed_line;
use self::view::EvidenceView;
pub(super) use self::view::{Choosing, ChoosingOf, Chosen};
use crate::conference::{ConferenceRecord, Edit, Millis, Question, Rating, Speaker};
use crate::ui::kit::charts;
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self};
use egui::{Align2, CornerRadius, CursorIcon, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

/// Four ratings side by side need this much.
const FOUR_RATINGS: f32 = 410.0;

/// A closed card, and one in a low window; between two; an open one needs this much for what it shows and what it asks.
const CLOSED: f32 = 56.0;
const CLOSED_SMALL: f32 = 40.0;
const BETWEEN: f32 = 8.0;
const LEAST_OPEN: f32 = 400.0;

/// What the cards are drawn with.
#[derive(Debug, Clone, Copy)]
pub(super) struct CardsInput<'a> {
    /// The window is low.
    pub small: bool,
    /// What is chosen in the transcript.
    pub chosen: Chosen<'a>,
    /// The teacher's own teaching points.
    pub menu: &'a [String],
    /// The teacher guesses first.
    pub covers: bool,
    /// What that is for was not read yet.
    pub explains: bool,
}

/// What the cards remember.
pub(super) struct Cards {
    pub open: Option<Question>,
    /// Of the open card.
    evidence: EvidenceView,
    /// Put the cursor into the open card's note.
    pub to_note: bool,
    /// In a low window the column scrolls: to the card that was opened.
    to_open: bool,
    /// Of a conference that has just been opened: it begins at its beginning.
    is_new: bool,
}

impl Cards {
    pub fn new() -> Self {
        Self { open: Some(Question::Pacing), evidence: EvidenceView::default(), to_note: false, to_open: false, is_new: true }
    }

    /// Opens another card, or none.
    pub fn show(&mut self, question: Option<Question>) {
        if self.open != question {
            self.open = question;
            self.to_open = true;
            self.evidence = EvidenceView { more_pacing: self.evidence.more_pacing, ..EvidenceView::default() };
        }
    }

    /// What the open card asks of the transcript.
    pub fn choosing(&mut self) -> Option<Choosing> {
        self.evidence.choosing.take()
    }

    /// Choosing is over.
    pub fn chosen(&mut self) {
        self.evidence.fixing = false;
    }

    /// Draws all five into the whole of `ui`.
    ///
    /// They share the height there is: four closed ones, and the open one has the rest.
    pub fn ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, input: CardsInput<'_>) -> Vec<CardAction> {
        let small = input.small;
        let mut asked = Vec::new();
        let closed = if small { CLOSED_SMALL } else { CLOSED };
        let height = (ui.available_height() - theme::MARGIN - 4.0 * (closed + BETWEEN)).max(LEAST_OPEN);
        let mut column = egui::ScrollArea::vertical().id_salt(("cards", record.data().id)).auto_shrink([false, false]);
        if std::mem::take(&mut self.is_new) {
            column = column.vertical_scroll_offset(0.0);
        }
        column.show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = BETWEEN;
            for question in Question::ALL {
                if self.open == Some(question) {
                    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
                    if std::mem::take(&mut self.to_open) {
                        ui.scroll_to_rect_animation(rect, None, egui::style::ScrollAnimation::none());
                    }
                    self.open_ui(ui, palette, record, question, (input, rect), &mut asked);
                } else if closed_ui(ui, record, (question, input), &mut asked) {
                    self.show(Some(question));
                }
            }
        });
        asked
    }

    /// Its head and its foot stay in view, the evidence between them scrolls.
    fn open_ui(
        &mut self,
        ui: &mut Ui,
        palette: &Palette,
        record: &ConferenceRecord,
        question: Question,
        (input, rect): (CardsInput<'_>, Rect),
        asked: &mut Vec<CardAction>,
    ) {
        let is_covered = input.covers && record.is_covered(question);
        let radius = CornerRadius::same(theme::CARD_RADIUS);
        ui.painter().rect(rect, radius, palette.card, Stroke::new(2.0, palette.pine), StrokeKind::Inside);
        let inner = rect.shrink(16.0);
        let texts = Rect::from_min_max(pos2(inner.left() + 44.0, inner.top()), inner.max);
        widgets::area(ui, Rect::from_min_size(inner.min, Vec2::splat(32.0)), |ui| disc(ui, question, true));
        let caret = Rect::from_min_size(pos2(inner.right() - 32.0, inner.top()), Vec2::splat(32.0));
        if widgets::area(ui, caret, |ui| widgets::icon_button(ui, icons::CARET_UP, "Close this question", false, 32.0)).clicked() {
            self.show(None);
        }
        let head = Rect::from_min_max(texts.min + vec2(0.0, 4.0), pos2(caret.left() - 8.0, texts.bottom()));
        let head = widgets::area(ui, head, |ui| widgets::label(ui, theme::NAME, palette.ink, question.text()).rect);
        let note = widgets::field_id(record.data().id, ("note", question.number()));
        // One line until it is typed in; then the evidence gives way.
        let lines = if ui.memory(|memory| memory.has_focus(note)) { 3 } else { 1 };
        let rows = if texts.width() < FOUR_RATINGS { 2 } else { 1 };
        let height = 24.0 + rows as f32 * 44.0 + 8.0 + lines as f32 * theme::BODY.line + 24.0;
        let foot = Rect::from_min_max(pos2(texts.left(), texts.bottom() - height), texts.max);
        let evidence = Rect::from_min_max(pos2(texts.left(), head.bottom() + 8.0), pos2(texts.right(), foot.top() - 12.0));
        widgets::area(ui, evidence, |ui| {
            let id = ("evidence", record.data().id, question.number());
            egui::ScrollArea::vertical().id_salt(id).auto_shrink([false, false]).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 8.0;
                ui.set_width(ui.available_width() - 8.0);
                let CardsInput { chosen, menu, .. } = input;
                match question {
                    _ if is_covered => covered_ui(ui, palette, record, (question, input.explains), asked),
                    Question::Pacing => self.evidence.pacing_ui(ui, palette, record, chosen.pauses, asked),
                    Question::Research => self.evidence.research_ui(ui, palette, record, chosen.turns, asked),
                    Question::Compliment => self.evidence.compliment_ui(ui, palette, record, chosen.turns, asked),
                    Question::Strategy => self.evidence.strategy_ui(ui, palette, record, chosen.turns, asked),
                    Question::BestPoint => self.evidence.best_point_ui(ui, palette, record, (chosen.turns, menu), asked),
                }
                marks_ui(ui, palette, record, question, asked);
            });
        });
        ui.painter().hline(rect.shrink(2.0).x_range(), foot.top() - 8.0, Stroke::new(1.0, palette.line));
        widgets::area(ui, foot, |ui| self.answer_ui(ui, palette, record, question, (note, lines, input.covers), asked));
    }

    fn answer_ui(
        &mut self,
        ui: &mut Ui,
        palette: &Palette,
        record: &ConferenceRecord,
        question: Question,
        (id, lines, covers): (egui::Id, usize, bool),
        asked: &mut Vec<CardAction>,
    ) {
        ui.spacing_mut().item_spacing.y = 8.0;
        let answer = record.data().reflection.answer(question);
        let is_covered = covers && record.is_covered(question);
        widgets::label(ui, theme::BUTTON, palette.ink, if is_covered { "How did it go? Your view first" } else { "How did it go?" });
        // In two rows where four would not fit, as with large text.
        let in_a_row = if ui.available_width() < FOUR_RATINGS { 2 } else { 4 };
        for row in Rating::ALL.chunks(in_a_row) {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                let width = (ui.available_width() - 8.0 * (in_a_row - 1) as f32) / in_a_row as f32;
                for &rating in row {
                    let on = answer.rating == Some(rating);
                    if rating_button(ui, palette, rating, on, width) {
                        asked.extend(rating_edits(record, question, rating, covers).into_iter().map(CardAction::Change));
                    }
                }
            });
        }
        let mut note = answer.note.clone();
        let hint = if question == Question::BestPoint { "What else could you have taught?" } else { "A note for yourself" };
        let height = lines as f32 * theme::BODY.line + 24.0;
        egui::ScrollArea::vertical().id_salt("note").max_height(height).min_scrolled_height(height).show(ui, |ui| {
            let edit = egui::TextEdit::multiline(&mut note)
                .id(id)
                .hint_text(theme::BODY.text(hint, palette.ink2))
                .font(theme::BODY.font())
                .margin(12.0)
                .desired_rows(lines)
                .desired_width(ui.available_width());
            let response = ui.add(edit);
            response.widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, format!("Note to question {}", question.number())));
            if std::mem::take(&mut self.to_note) {
                response.request_focus();
            }
        });
        if note != answer.note {
            asked.push(CardAction::Change(Edit::Note(question, note)));
        }
    }
}

/// All marks, those linked to this question first; each can be heard, linked, and unlinked.
fn marks_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, question: Question, asked: &mut Vec<CardAction>) {
    let corrections = &record.data().corrections;
    let is_linked = |mark: Millis| corrections.linked_marks.contains(&(mark, question));
    let mut marks = record.data().shown_marks();
    if marks.is_empty() {
        return;
    }
    marks.sort_by_key(|&mark| (!is_linked(mark), mark));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.label(icons::BOOKMARK_SIMPLE.fill().text(16.0, palette.rose));
        widgets::line(ui, theme::SECONDARY, palette.ink2, "Your marks ");
        for mark in marks {
            let on = is_linked(mark);
            pill(ui, mark, asked);
            let name = if on { format!("{mark} belongs to this question: take it away") } else { format!("Link the mark at {mark} to this question") };
            let response = widgets::icon_button(ui, icons::LINK_SIMPLE, &name, false, 24.0);
            if on {
                ui.painter().rect_filled(response.rect, CornerRadius::same(8), palette.pine);
                widgets::paint_icon(ui, icons::LINK_SIMPLE, response.rect.center(), 16.0, palette.on_pine);
            }
            if response.clicked() {
                asked.push(CardAction::Change(Edit::Correct(Box::new(corrections.with_link(mark, question, !on)))));
            }
            ui.add_space(4.0);
        }
    });
}

fn disc(ui: &mut Ui, question: Question, open: bool) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(32.0), Sense::hover());
    paint_disc(ui, question, open, open, rect);
}

fn paint_disc(ui: &Ui, question: Question, open: bool, answered: bool, rect: Rect) {
    let palette = theme::palette(ui);
    let (fill, front) = match (open, answered) {
        (true, _) => (palette.pine, palette.on_pine),
        (false, true) => (palette.pine_tint, palette.pine),
        (false, false) => (palette.sunk, palette.ink2),
    };
    ui.painter().circle_filled(rect.center(), rect.width() / 2.0, fill);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, question.number(), theme::NAME.font(), front);
}

/// True when it was pressed.
fn closed_ui(ui: &mut Ui, record: &ConferenceRecord, (question, input): (Question, CardsInput<'_>), asked: &mut Vec<CardAction>) -> bool {
    let (small, is_covered) = (input.small, input.covers && record.is_covered(question));
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), if small { CLOSED_SMALL } else { CLOSED }), Sense::click());
    let answer = record.data().reflection.answer(question);
    let rated = answer.rating.map(|rating| format!(", {}", rating.label())).unwrap_or_default();
    let covered = if is_covered { format!(", {COVERED}") } else { String::new() };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Question {}: {}{rated}{covered}", question.number(), question.short())));
    let radius = CornerRadius::same(theme::CARD_RADIUS);
    let fill = if response.hovered() { palette.raise } else { palette.card };
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    let answered = answer.rating.is_some() || !answer.note.trim().is_empty() || !answer.extra.trim().is_empty();
    paint_disc(ui, question, false, answered, Rect::from_center_size(pos2(rect.left() + 33.0, rect.center().y), Vec2::splat(if small { 28.0 } else { 32.0 })));
    let left = rect.left() + 61.0;
    let (first, second) = if small { (rect.center().y, rect.bottom()) } else { (rect.top() + 17.0, rect.top() + 40.0) };
    widgets::paint_icon(ui, icons::CARET_DOWN, pos2(rect.right() - 25.0, first), 18.0, palette.ink2);
    let mut right = rect.right() - 44.0;
    if let Some(rating) = answer.rating {
        let galley = ui.painter().layout_no_wrap(rating.label().into(), theme::SMALL_BOLD.font(), palette.ink2);
        let pill = Rect::from_min_max(pos2(right - galley.size().x - 36.0, first - 12.0), pos2(right, first + 12.0));
        ui.painter().rect_filled(pill, CornerRadius::same(12), palette.sunk);
        widgets::paint_icon(ui, icons::CHECK, pos2(pill.left() + 15.0, pill.center().y), 14.0, palette.ink2);
        ui.painter().galley(pos2(pill.left() + 26.0, pill.center().y - galley.size().y / 2.0), galley, palette.ink2);
        right = pill.left() - 8.0;
    }
    widgets::paint_line(ui.painter(), pos2(left, first), right - left, theme::BUTTON, palette.ink, question.short());
    if is_covered && !small {
        widgets::paint_icon(ui, icons::EYE_SLASH, pos2(left + 8.0, second), 16.0, palette.ink2);
        widgets::paint_line(ui.painter(), pos2(left + 24.0, second), rect.right() - 16.0 - left, theme::SECONDARY, palette.ink2, COVERED);
    } else if !small {
        evidence(ui, record, question, asked, Rect::from_min_max(pos2(left, second - 12.0), pos2(rect.right() - 16.0, second + 12.0)));
    }
    widgets::focus_ring(ui, &response, rect, radius);
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// The one line of evidence on a closed card.
fn evidence(ui: &mut Ui, record: &ConferenceRecord, question: Question, asked: &mut Vec<CardAction>, rect: Rect) {
    let palette = theme::palette(ui);
    let measures = record.measures();
    let mut left = rect.left();
    let text = match question {
        Question::Pacing => match (measures.teacher_talk(), measures.student_talk()) {
            (Some(teacher), Some(students)) => {
                let bar = Rect::from_min_size(pos2(left, rect.center().y - 5.0), vec2(120.0, 10.0));
                widgets::area(ui, bar, |ui| charts::talk_bar(ui, bar.size(), teacher.share, students.share));
                left += 128.0;
                let waits = measures.wait_one.median.map(|median| format!(" · waits of about {:.0} seconds", median.secs())).unwrap_or_default();
                let who = if record.data().students > 1 { "students".into() } else { record.speaker_name(Speaker::Student(1)) };
                format!("You {teacher}, {who} {students}{waits}")
            }
            _ => pacing::no_speech(record).into(),
        },
        _ => match closed_line(record, question) {
            Some((text, at)) => {
                if question == Question::Research
                    && let Some(research) = &record.evidence().research
                {
                    let bar = Rect::from_min_size(pos2(left, rect.center().y - 5.0), vec2(120.0, 10.0));
                    widgets::area(ui, bar, |ui| charts::progress_bar(ui, 120.0, research.share as f32));
                    left += 128.0;
                }
                let room = rect.right() - left - if at.is_some() { 70.0 } else { 0.0 };
                let mut job = egui::text::LayoutJob::simple_singleline(text, theme::SECONDARY.font(), palette.ink2);
                job.wrap = egui::text::TextWrapping::truncate_at_width(room);
                let width = widgets::paint_job(ui.painter(), pos2(left, rect.center().y), job);
                if let Some(at) = at {
                    let place = Rect::from_min_size(pos2(left + width + 8.0, rect.center().y - 12.0), vec2(64.0, 24.0));
                    widgets::area(ui, place, |ui| pill(ui, at, asked));
                }
                return;
            }
            None => {
                let note = record.data().reflection.answer(question).note.trim();
                if note.is_empty() { "Listen, and write what you notice".into() } else { note.replace('\n', " ") }
            }
        },
    };
    widgets::paint_line(ui.painter(), pos2(left, rect.center().y), rect.right() - left, theme::SECONDARY, palette.ink2, &text);
}

fn rating_button(ui: &mut Ui, palette: &Palette, rating: Rating, on: bool, width: f32) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(width, 36.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, rating.label()));
    let radius = CornerRadius::same(8);
    let (fill, stroke, role, front) = match (on, response.hovered()) {
        (true, _) => (palette.pine_tint, Stroke::new(2.0, palette.pine), theme::SECONDARY_BOLD, palette.pine),
        (false, true) => (palette.raise, Stroke::new(1.0, palette.edge), theme::SECONDARY, palette.ink),
        (false, false) => (palette.card, Stroke::new(1.0, palette.edge), theme::SECONDARY, palette.ink),
    };
    ui.painter().rect(rect, radius, fill, stroke, StrokeKind::Inside);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, rating.label(), role.font(), front);
    widgets::focus_ring(ui, &response, rect, radius);
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}
