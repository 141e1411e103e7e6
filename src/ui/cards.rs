//! The five question cards: what was found, her rating, her note. One open at a time; no score, no verdict.

use super::evidence::{Chosen, EvidenceView, closed_line, student_of};
use super::icons;
use super::theme::{self, Palette};
use super::widgets::{self, Button, Kind};
use crate::conference::{ConferenceRecord, Edit, Millis, Question, Rating, Speaker, Waits};
use egui::{Align2, CornerRadius, CursorIcon, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

/// Four ratings side by side need this much.
const FOUR_RATINGS: f32 = 410.0;
/// Waits listed beyond those drawn as bars: a conference of an hour has fewer.
const LISTED: usize = 100;
/// A pill plays from this much before the moment.
const BEFORE: Millis = Millis(1000);

/// What was asked for.
pub(super) enum Asked {
    Hear(Millis),
    Change(Edit),
}

/// What the cards remember.
pub(super) struct Cards {
    pub open: Option<Question>,
    /// The open pacing card tells more, and how things are counted.
    definitions: bool,
    /// Of the open card.
    evidence: EvidenceView,
    /// Put the cursor into the open card's note.
    pub to_note: bool,
}

impl Cards {
    pub fn new() -> Self {
        Self { open: Some(Question::Pacing), definitions: false, evidence: EvidenceView::default(), to_note: false }
    }

    /// Opens another card, or none.
    pub fn show(&mut self, question: Option<Question>) {
        if self.open != question {
            self.open = question;
            self.evidence = EvidenceView::default();
        }
    }

    /// Draws all five into the whole of `ui`; `chosen` are the turns selected in the transcript, `menu` the teacher's own teaching points.
    pub fn ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, small: bool, chosen: Chosen, menu: &[String]) -> Vec<Asked> {
        let mut asked = Vec::new();
        egui::ScrollArea::vertical().id_salt(("cards", record.facts().id)).auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            ui.set_width(ui.available_width() - 4.0);
            for question in Question::ALL {
                if self.open == Some(question) {
                    self.open_ui(ui, palette, record, question, chosen, menu, &mut asked);
                } else if closed_ui(ui, palette, record, question, small, &mut asked) {
                    self.show(Some(question));
                }
            }
            ui.add_space(theme::MARGIN);
        });
        asked
    }

    #[expect(clippy::too_many_arguments, reason = "what is shown, what it may be answered with, and where the answers go")]
    fn open_ui(
        &mut self,
        ui: &mut Ui,
        palette: &Palette,
        record: &ConferenceRecord,
        question: Question,
        chosen: Chosen,
        menu: &[String],
        asked: &mut Vec<Asked>,
    ) {
        let frame = theme::card(palette).stroke(Stroke::new(2.0, palette.pine));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 8.0;
            let head = ui.horizontal_top(|ui| {
                disc(ui, palette, question, true);
                ui.add_space(4.0);
                ui.vertical(|ui| {
                    ui.set_width(ui.available_width() - 44.0);
                    ui.add_space(4.0);
                    widgets::label(ui, theme::NAME, palette.ink, question.text());
                });
                if widgets::icon_button(ui, icons::CARET_UP, "Close this question", false, 32.0).clicked() {
                    self.show(None);
                }
            });
            drop(head);
            ui.horizontal_top(|ui| {
                ui.add_space(44.0);
                ui.vertical(|ui| {
                    ui.set_width(ui.available_width());
                    match question {
                        Question::Pacing => self.pacing_ui(ui, palette, record, asked),
                        Question::Research => self.evidence.research_ui(ui, palette, record, chosen, asked),
                        Question::Compliment => self.evidence.compliment_ui(ui, palette, record, chosen, asked),
                        Question::Strategy => self.evidence.strategy_ui(ui, palette, record, chosen, asked),
                        Question::BestPoint => self.evidence.best_point_ui(ui, palette, record, menu, asked),
                    }
                    marks_ui(ui, palette, record, question, asked);
                    self.answer_ui(ui, palette, record, question, asked);
                });
            });
        });
    }

    fn pacing_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<Asked>) {
        let measures = record.measures();
        if measures.speakers.is_empty() {
            widgets::label(ui, theme::BODY, palette.ink2, "No speech was found yet.");
            return;
        }
        ui.horizontal(|ui| {
            for (index, (&speaker, talk)) in measures.speakers.iter().enumerate() {
                if index > 0 {
                    ui.add_space(8.0);
                }
                widgets::line(ui, theme::BUTTON, palette.speaker(speaker), format!("{} {}", record.speaker_name(speaker), talk.talk_share()));
            }
        });
        let width = ui.available_width();
        widgets::talk_bar(ui, vec2(width, 16.0), measures.teacher_share().unwrap_or(0.0), measures.student_share().unwrap_or(0.0));
        if let Some(doubt) = record.facts().voices.doubt.as_ref().filter(|_| measures.teacher_talk().is_some_and(|talk| talk.range.is_some())) {
            widgets::label(ui, theme::SECONDARY, palette.ink2, doubt.why());
            let places = doubt.places();
            if !places.is_empty() {
                ui.horizontal(|ui| places.into_iter().for_each(|at| pill(ui, at, asked)));
            }
        }
        let label = if self.definitions { "Show less" } else { "More about pacing, and how it is counted" };
        if !record.facts().has_sound() {
            widgets::label(ui, theme::BODY, palette.ink2, "Typed: shares are of the words. There are no waits, lengths or pace to measure.");
            if Button::new(Kind::Quiet, label).small().show(ui).clicked() {
                self.definitions = !self.definitions;
            }
            if self.definitions {
                self.typed_ui(ui, palette, record, asked);
            }
            return;
        }
        let sentence = waited(palette, measures.wait_one_after_questions, &measures.wait_one);
        self.evidence.waited_ui(ui, palette, record, |ui| drop(ui.add(egui::Label::new(sentence).wrap())), asked);
        waits_ui(ui, palette, &measures.wait_one, self.definitions, asked);
        if let Some(quiet) = measures.longest_silence {
            ui.horizontal(|ui| {
                widgets::line(ui, theme::SECONDARY, palette.ink2, format!("Longest quiet: {:.0} s", quiet.length().secs()));
                pill(ui, quiet.start(), asked);
            });
            widgets::label(ui, theme::SECONDARY, palette.ink2, format!("Quiet for {} of {}", measures.silence, measures.recorded()));
        }
        if measures.unrecorded > Millis::ZERO {
            let left_out = format!("{} was not recorded. Quiet, waits, turns and pace leave it out.", measures.unrecorded);
            widgets::label(ui, theme::SECONDARY, palette.ink2, left_out);
        }
        if Button::new(Kind::Quiet, label).small().show(ui).clicked() {
            self.definitions = !self.definitions;
        }
        if !self.definitions {
            return;
        }
        if !measures.wait_one_after_questions {
            widgets::label(ui, theme::SECONDARY, palette.ink2, "Without words, waits are counted after your turns instead of after your questions.");
        }
        let who = if record.facts().students > 1 { "the students".to_owned() } else { record.speaker_name(Speaker::Student(1)) };
        let after = if measures.wait_one_after_questions { "After questions" } else { "After your turns" };
        longest_ui(ui, palette, after, &measures.wait_one, asked);
        longest_ui(ui, palette, &format!("After {who} spoke"), &measures.wait_two, asked);
        for (&speaker, talk) in &measures.speakers {
            ui.horizontal(|ui| {
                widgets::line(ui, theme::SECONDARY_BOLD, palette.speaker(speaker), record.speaker_name(speaker));
                let turns = widgets::number_of(talk.turns, "turn", "turns");
                let longest = talk.longest_turn_time.map(|time| format!(", the longest {:.0} s", time.secs())).unwrap_or_default();
                widgets::line(ui, theme::SECONDARY, palette.ink2, format!("{turns}{longest}"));
                if let Some(turn) = talk.longest_turn {
                    pill(ui, turn.start(), asked);
                }
            });
            let pace = talk.words_per_minute.map(|pace| format!("about {pace:.0} words a minute of talk; ")).unwrap_or_default();
            let signs = widgets::number_of(talk.backchannels, "sign of listening", "signs of listening");
            widgets::label(ui, theme::SECONDARY, palette.ink2, format!("{pace}{signs}"));
        }
        minutes_ui(ui, palette, record, asked);
        phase_shares_ui(ui, palette, record, asked);
        let context =
            format!("This one took {}. Conferences are often planned for about 5–7 minutes; 3–5 s of wait time is commonly advised.", measures.length);
        widgets::label(ui, theme::SECONDARY, palette.ink2, context);
        for (name, meaning) in DEFINITIONS {
            let mut job = egui::text::LayoutJob::default();
            job.append(name, 0.0, theme::SECONDARY_BOLD.format(palette.ink));
            job.append(": ", 0.0, theme::SECONDARY.format(palette.ink2));
            job.append(meaning, 0.0, theme::SECONDARY.format(palette.ink2));
            ui.add(egui::Label::new(job).wrap());
        }
    }

    /// What can be counted without a clock.
    fn typed_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<Asked>) {
        for (&speaker, talk) in &record.measures().speakers {
            ui.horizontal(|ui| {
                widgets::line(ui, theme::SECONDARY_BOLD, palette.speaker(speaker), record.speaker_name(speaker));
                let (turns, words) = (widgets::number_of(talk.turns, "turn", "turns"), widgets::number_of(talk.words, "word", "words"));
                widgets::line(ui, theme::SECONDARY, palette.ink2, format!("{turns}, {words}"));
            });
        }
        phase_shares_ui(ui, palette, record, asked);
        let definition = "Share of the words: a person’s words over everybody’s words.";
        widgets::label(ui, theme::SECONDARY, palette.ink2, definition);
    }

    fn answer_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, question: Question, asked: &mut Vec<Asked>) {
        let answer = record.facts().reflection.answer(question);
        widgets::label(ui, theme::BUTTON, palette.ink, "How did it go?");
        // In two rows where four would not fit, as with large text.
        let in_a_row = if ui.available_width() < FOUR_RATINGS { 2 } else { 4 };
        for row in Rating::ALL.chunks(in_a_row) {
            ui.horizontal(|ui| {
                let width = (ui.available_width() - 8.0 * (in_a_row - 1) as f32) / in_a_row as f32;
                for &rating in row {
                    let on = answer.rating == Some(rating);
                    if rating_button(ui, palette, rating, on, width) {
                        asked.push(Asked::Change(Edit::Rate(question, (!on).then_some(rating))));
                    }
                }
            });
        }
        let mut note = answer.note.clone();
        let hint = if question == Question::BestPoint { "What else could you have taught?" } else { "A note for yourself" };
        let id = widgets::field_id(record.facts().id, ("note", question.number()));
        let edit = egui::TextEdit::multiline(&mut note)
            .id(id)
            .hint_text(theme::BODY.text(hint, palette.ink2))
            .font(theme::BODY.font())
            .margin(12.0)
            .desired_rows(2)
            .desired_width(ui.available_width());
        let response = ui.add(edit);
        response.widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, format!("Note to question {}", question.number())));
        if std::mem::take(&mut self.to_note) {
            response.request_focus();
        }
        if note != answer.note {
            asked.push(Asked::Change(Edit::Note(question, note)));
        }
    }
}

fn phase_shares_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<Asked>) {
    let shares = record.evidence().phase_shares();
    if shares.is_empty() {
        return;
    }
    widgets::label(ui, theme::SECONDARY, palette.ink2, "Share of each part");
    ui.horizontal_wrapped(|ui| {
        for (phase, at, share) in shares {
            widgets::line(ui, theme::SECONDARY, palette.ink2, format!("{} {:.0}%", phase.name(), share * 100.0));
            pill(ui, at, asked);
        }
        if let Some((at, share)) = record.evidence().unsure_share().filter(|(_, share)| *share >= 0.005) {
            widgets::line(ui, theme::SECONDARY, palette.ink2, format!("not sure {:.0}%", share * 100.0));
            pill(ui, at, asked);
        }
    });
}

/// The product's definitions, in plain words.
const DEFINITIONS: [(&str, &str); 7] = [
    ("Talk share", "a person’s seconds of speech, over everybody’s seconds of speech. When two speak at once, it counts for both."),
    ("Turn", "speech of one person without a pause of a second or more. A short “mm-hm” inside the other’s talk is a sign of listening, not a turn."),
    (
        "Wait after a question",
        "from the end of your question’s sound to the next speech by anyone, yourself too, when it is at least 0.3 s (Rowe’s wait time 1).",
    ),
    ("Wait after the student", "from the end of the student’s turn to the start of yours, when it is at least 0.3 s (wait time 2)."),
    ("Words a minute", "words over that person’s own minutes of speech, not over the length of the recording."),
    ("Quiet", "the recorded time without anybody’s speech. Stretches that were not recorded are in no measure."),
    ("A question", "a sentence of yours that asks: by its question mark or by how it begins (“what”, “did you”, “tell me”)."),
];

pub(super) fn pill(ui: &mut Ui, at: Millis, asked: &mut Vec<Asked>) {
    if widgets::jump_pill(ui, at, false).clicked() {
        // What is heard begins a little earlier; what is only shown stands where it stands.
        asked.push(Asked::Hear(if widgets::shows_typed(ui) { at } else { (at - BEFORE).max(Millis::ZERO) }));
    }
}

/// All marks, those linked to this question first; each can be heard, linked, and unlinked.
fn marks_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, question: Question, asked: &mut Vec<Asked>) {
    let corrections = &record.facts().corrections;
    let is_linked = |mark: Millis| corrections.linked_marks.contains(&(mark, question));
    let mut marks = record.facts().marks.clone();
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
                asked.push(Asked::Change(Edit::Correct(Box::new(corrections.with_link(mark, question, !on)))));
            }
            ui.add_space(4.0);
        }
    });
}

fn disc(ui: &mut Ui, palette: &Palette, question: Question, open: bool) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(32.0), Sense::hover());
    paint_disc(ui, palette, question, open, open, rect);
}

fn paint_disc(ui: &Ui, palette: &Palette, question: Question, open: bool, answered: bool, rect: Rect) {
    let (fill, front) = match (open, answered) {
        (true, _) => (palette.pine, palette.on_pine),
        (false, true) => (palette.pine_tint, palette.pine),
        (false, false) => (palette.sunk, palette.ink2),
    };
    ui.painter().circle_filled(rect.center(), 16.0, fill);
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, question.number(), theme::NAME.font(), front);
}

/// Words quoted, with a bar in the speaker's colour at their left.
pub(super) fn quote(ui: &mut Ui, palette: &Palette, text: &str, color: egui::Color32) {
    let response = ui.horizontal_top(|ui| {
        ui.add_space(15.0);
        widgets::label(ui, theme::BODY, palette.ink, format!("“{text}”"));
    });
    let rect = response.response.rect;
    ui.painter().rect_filled(Rect::from_min_size(rect.min, vec2(3.0, rect.height())), 0, color);
}

/// A line of secondary text.
pub(super) fn remark(ui: &mut Ui, palette: &Palette, text: impl Into<String>) {
    widgets::label(ui, theme::SECONDARY, palette.ink2, text);
}

/// Whom the cards speak of: the student's name, or the students.
pub(super) fn talked(record: &ConferenceRecord) -> String {
    student_of(record)
}

/// True when it was pressed.
fn closed_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, question: Question, small: bool, asked: &mut Vec<Asked>) -> bool {
    let height = if small { 56.0 } else { 72.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    let answer = record.facts().reflection.answer(question);
    let rated = answer.rating.map(|rating| format!(", {}", rating.label())).unwrap_or_default();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Question {}: {}{rated}", question.number(), question.short())));
    let radius = CornerRadius::same(theme::CARD_RADIUS);
    let fill = if response.hovered() { palette.raise } else { palette.card };
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, palette.line), StrokeKind::Inside);
    let answered = answer.rating.is_some() || !answer.note.trim().is_empty() || !answer.extra.trim().is_empty();
    paint_disc(ui, palette, question, false, answered, Rect::from_center_size(pos2(rect.left() + 33.0, rect.center().y), Vec2::splat(32.0)));
    let left = rect.left() + 61.0;
    let (first, second) = if small { (rect.top() + 16.0, rect.top() + 41.0) } else { (rect.top() + 24.0, rect.top() + 48.0) };
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
    evidence(ui, palette, record, question, asked, Rect::from_min_max(pos2(left, second - 12.0), pos2(rect.right() - 16.0, second + 12.0)));
    widgets::focus_ring(ui, &response, rect, radius);
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

/// The one line of evidence on a closed card.
fn evidence(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, question: Question, asked: &mut Vec<Asked>, rect: Rect) {
    let measures = record.measures();
    let mut left = rect.left();
    let text = match question {
        Question::Pacing => match (measures.teacher_talk(), measures.student_talk()) {
            (Some(teacher), Some(students)) => {
                let bar = Rect::from_min_size(pos2(left, rect.center().y - 5.0), vec2(120.0, 10.0));
                widgets::area(ui, bar, |ui| widgets::talk_bar(ui, bar.size(), teacher.share, students.share));
                left += 128.0;
                let waits = measures.wait_one.median.map(|median| format!(" · waits of about {:.0} seconds", median.secs())).unwrap_or_default();
                let who = if record.facts().students > 1 { "students".into() } else { record.speaker_name(Speaker::Student(1)) };
                format!("You {teacher}, {who} {students}{waits}")
            }
            _ => "No speech was found yet".into(),
        },
        _ => match closed_line(record, question) {
            Some((text, at)) => {
                if question == Question::Research
                    && let Some(research) = &record.evidence().research
                {
                    let bar = Rect::from_min_size(pos2(left, rect.center().y - 5.0), vec2(120.0, 10.0));
                    widgets::area(ui, bar, |ui| widgets::progress_bar(ui, 120.0, research.share as f32));
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
                let note = record.facts().reflection.answer(question).note.trim();
                if note.is_empty() { "Listen, and write what you notice".into() } else { note.replace('\n', " ") }
            }
        },
    };
    widgets::paint_line(ui.painter(), pos2(left, rect.center().y), rect.right() - left, theme::SECONDARY, palette.ink2, &text);
}

/// What the bars of the waits say, in a sentence.
fn waited(palette: &Palette, after_questions: bool, waits: &Waits) -> egui::text::LayoutJob {
    let mut job = egui::text::LayoutJob::default();
    match waits.median {
        Some(median) => {
            let many = if after_questions { "questions" } else { "of your turns" };
            let after = widgets::number_of(waits.waits.len(), if after_questions { "question" } else { many }, many);
            job.append(&format!("After {after} you waited about "), 0.0, theme::BODY.format(palette.ink));
            job.append(&format!("{:.1} seconds", median.secs()), 0.0, theme::BUTTON.format(palette.ink));
            job.append(&format!(" · {} under 3 s", waits.under_three_seconds), 0.0, theme::BODY.format(palette.ink2));
        }
        None => job.append("No waits of 0.3 s or more were found.", 0.0, theme::BODY.format(palette.ink2)),
    }
    job
}

/// Each wait as a bar with its seconds and moment, those under 3 s in outline; those for which there is no room in a list, when `all` are wanted.
fn waits_ui(ui: &mut Ui, palette: &Palette, waits: &Waits, all: bool, asked: &mut Vec<Asked>) {
    if waits.waits.is_empty() {
        return;
    }
    let step = 52.0;
    let fits = (ui.available_width() / step) as usize;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 96.0), Sense::hover());
    let longest = waits.longest.map_or(3.0, |longest| longest.secs().max(3.0)) as f32;
    let (top, base) = (rect.top() + 18.0, rect.bottom() - 20.0);
    let advised = base - (base - top) * 3.0 / longest;
    ui.painter().extend(egui::Shape::dashed_line(&[pos2(rect.left(), advised), pos2(rect.right(), advised)], Stroke::new(1.0, palette.edge), 4.0, 3.0));
    ui.painter().text(pos2(rect.right(), advised - 9.0), Align2::RIGHT_CENTER, "3 s", theme::SMALL.font(), palette.ink2);
    ui.painter().hline(rect.x_range(), base, Stroke::new(1.0, palette.edge));
    for (index, wait) in waits.waits.iter().take(fits).enumerate() {
        let center = rect.left() + step * index as f32 + 22.0;
        let height = (wait.length().secs() as f32 / longest * (base - top)).max(3.0);
        let bar = Rect::from_min_max(pos2(center - 14.0, base - height), pos2(center + 14.0, base));
        let radius = CornerRadius { nw: 4, ne: 4, sw: 0, se: 0 };
        if wait.length() < crate::conference::ADVISED_WAIT {
            ui.painter().rect_stroke(bar, radius, Stroke::new(2.0, palette.pine), StrokeKind::Inside);
        } else {
            ui.painter().rect_filled(bar, radius, palette.pine);
        }
        let seconds = ui.painter().layout_no_wrap(format!("{:.1} s", wait.length().secs()), theme::SMALL_BOLD.font(), palette.ink);
        let place = Rect::from_center_size(pos2(center, bar.top() - 8.0), seconds.size());
        // The dashed line must not run through the number.
        ui.painter().rect_filled(place.shrink2(vec2(0.0, 3.0)), 0, palette.card);
        ui.painter().galley(place.min, seconds, palette.ink);
        ui.painter().text(pos2(center, base + 10.0), Align2::CENTER_CENTER, wait.start().clock(), theme::SMALL.font(), palette.ink2);
        let column = Rect::from_min_max(pos2(center - 25.0, rect.top()), pos2(center + 25.0, rect.bottom()));
        let response = ui.interact(column, egui::Id::unique(("wait", wait.start().0)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Wait of {:.1} seconds at {}", wait.length().secs(), wait.start())));
        widgets::focus_ring(ui, &response, column, CornerRadius::same(4));
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
            asked.push(Asked::Hear((wait.start() - BEFORE).max(Millis::ZERO)));
        }
    }
    if waits.waits.len() > fits {
        if !all {
            widgets::label(ui, theme::SMALL, palette.ink2, format!("and {} more", waits.waits.len() - fits));
            return;
        }
        ui.horizontal_wrapped(|ui| {
            for wait in waits.waits.iter().skip(fits).take(LISTED) {
                widgets::line(ui, theme::SECONDARY, palette.ink2, format!("{:.1} s", wait.length().secs()));
                pill(ui, wait.start(), asked);
            }
        });
    }
}

/// The middle and the longest wait of one kind, how many were short, and the longest to hear.
fn longest_ui(ui: &mut Ui, palette: &Palette, after: &str, waits: &Waits, asked: &mut Vec<Asked>) {
    let (Some(median), Some(longest)) = (waits.median, waits.waits.iter().max_by_key(|wait| wait.length())) else { return };
    let text = format!(
        "{after} you waited about {:.1} s, {} of {} times less than 3 s; the longest {:.1} s ",
        median.secs(),
        waits.under_three_seconds,
        waits.waits.len(),
        longest.length().secs()
    );
    ui.horizontal_wrapped(|ui| {
        widgets::label(ui, theme::SECONDARY, palette.ink2, text);
        pill(ui, longest.start(), asked);
    });
}

/// Talk by minute: teacher, students and silence stacked; each minute can be heard.
fn minutes_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<Asked>) {
    let minutes = &record.measures().minutes;
    if minutes.is_empty() {
        return;
    }
    widgets::label(ui, theme::SECONDARY, palette.ink2, "Minute by minute");
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
    let total = record.facts().length.0.max(1) as f32;
    let mut left = rect.left();
    for (number, minute) in minutes.iter().enumerate() {
        let at = Millis(number as i64 * 60_000);
        let length = (record.facts().length - at).0.clamp(1, 60_000) as f32;
        let width = (rect.width() * length / total - 2.0).max(1.0);
        let cell = Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height()));
        ui.painter().rect_filled(cell, CornerRadius::same(3), palette.sunk);
        let mut x = cell.left();
        for (part, color) in [(minute.teacher, palette.teacher), (minute.students, palette.student)] {
            let wide = cell.width() * part.0 as f32 / length;
            ui.painter().rect_filled(Rect::from_min_size(pos2(x, cell.top()), vec2(wide, cell.height())), CornerRadius::same(2), color);
            x += wide;
        }
        // Of what there is sound of; who speaks at once with another counts for both.
        let recorded = (minute.teacher + minute.students + minute.silence).0.max(1) as f32;
        let percent = |part: Millis| part.0 as f32 / recorded * 100.0;
        let name = format!("{at}: you {:.0}%, students {:.0}%, quiet {:.0}%", percent(minute.teacher), percent(minute.students), percent(minute.silence));
        let response = ui.interact(cell, egui::Id::unique(("minute", record.facts().id, number)), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
        widgets::focus_ring(ui, &response, cell, CornerRadius::same(3));
        if response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(&name).clicked() {
            asked.push(Asked::Hear(at));
        }
        left += width + 2.0;
    }
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
