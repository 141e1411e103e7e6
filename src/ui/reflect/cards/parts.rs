//! What the question cards are put together of: pills that play a moment, quotes, lines with a moment, and what a card asks for.

use crate::conference::{ConferenceRecord, Corrections, Edit, Evidence, Millis, NotSought, Question, Span, Speaker};
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self};
use egui::{Rect, Role, Ui, WidgetInfo, vec2};

/// What was asked for.
pub enum CardAction {
    Hear(Millis),
    Change(Edit),
}

/// A pill plays from this much before the moment.
pub(super) const BEFORE: Millis = Millis(1000);

pub(super) fn pill(ui: &mut Ui, at: Millis, asked: &mut Vec<CardAction>) {
    if widgets::jump_pill(ui, at, false).clicked() {
        // What is heard begins a little earlier; what is only shown stands where it stands.
        asked.push(CardAction::Hear(if widgets::shows_typed(ui) { at } else { (at - BEFORE).max(Millis::ZERO) }));
    }
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

/// A stretch of turns chosen in the transcript.
pub type SelectedTurns = Option<Span>;

/// How several are spoken of.
pub(super) const STUDENTS: &str = "The students";

/// Whom the cards speak of: the student's name, or the students.
pub(super) fn talked(record: &ConferenceRecord) -> String {
    if record.data().students > 1 { STUDENTS.into() } else { record.speaker_name(Speaker::Student(1)) }
}

/// Within a sentence.
pub(super) fn inside(who: &str) -> String {
    if who == STUDENTS { who.to_lowercase() } else { who.to_owned() }
}

pub(super) fn whose(record: &ConferenceRecord) -> String {
    let who = talked(record);
    if who == STUDENTS { "the students’".into() } else { format!("{who}’s") }
}

pub(super) fn correct(record: &ConferenceRecord, change: impl FnOnce(&mut Corrections)) -> CardAction {
    let mut corrections = record.data().corrections.clone();
    change(&mut corrections);
    CardAction::Change(Edit::Correct(Box::new(corrections)))
}

/// Why there is nothing to show, in plain words; none when something was looked for.
pub(super) fn not_sought(record: &ConferenceRecord) -> Option<&'static str> {
    Some(match record.evidence().not_sought? {
        NotSought::NoWords => "This is found in the words. There are none yet; you can listen, mark and write what you notice.",
        NotSought::Language => "Afterbell finds the parts of a conference in English only so far. You can tag the turns yourself: choose Correct.",
        NotSought::NoTeacher => "First say which voice is yours, above the transcript.",
    })
}

pub(super) fn rich(ui: &mut Ui, palette: &Palette, parts: &[(&str, bool)]) {
    let mut job = egui::text::LayoutJob::default();
    for (text, bold) in parts {
        job.append(text, 0.0, if *bold { theme::BUTTON.format(palette.ink) } else { theme::BODY.format(palette.ink) });
    }
    ui.add(egui::Label::new(job));
}

pub(super) fn moment_line(ui: &mut Ui, palette: &Palette, text: &str, at: Millis, asked: &mut Vec<CardAction>) {
    ui.horizontal(|ui| {
        widgets::line(ui, theme::SECONDARY, palette.ink2, text);
        pill(ui, at, asked);
    });
}

pub(super) fn said_line(ui: &mut Ui, record: &ConferenceRecord, text: &str, words: &[usize], asked: &mut Vec<CardAction>) {
    let palette = theme::palette(ui);
    let Some(at) = words.first().and_then(|&word| record.transcript().words.get(word)).map(|word| word.span.start()) else { return };
    moment_line(ui, palette, &format!("{text} “{}”", record.transcript().text(words)), at, asked);
}

pub(super) fn pills_line(ui: &mut Ui, palette: &Palette, text: &str, moments: &[Millis], asked: &mut Vec<CardAction>) {
    if moments.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        widgets::line(ui, theme::SECONDARY, palette.ink2, text);
        for &at in moments {
            pill(ui, at, asked);
        }
    });
}

pub(super) fn extra_ui(ui: &mut Ui, record: &ConferenceRecord, question: Question, hint: &str, rows: usize, asked: &mut Vec<CardAction>) {
    let before = &record.data().reflection.answer(question).extra;
    let mut text = before.clone();
    let palette = theme::palette(ui);
    let edit = egui::TextEdit::multiline(&mut text)
        .id(widgets::field_id(record.data().id, ("extra", question.number())))
        .hint_text(theme::BODY.text(hint, palette.ink2))
        .font(theme::BODY.font())
        .margin(12.0)
        .desired_rows(rows)
        .desired_width(ui.available_width());
    ui.add(edit).widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, hint));
    if text != *before {
        asked.push(CardAction::Change(Edit::Extra(question, text)));
    }
}

pub(super) fn link_ui(ui: &mut Ui, palette: &Palette, evidence: &Evidence, asked: &mut Vec<CardAction>) {
    match evidence.links.first() {
        Some(link) => moment_line(ui, palette, "Link to other writing: found", link.span.start(), asked),
        None => {
            remark(ui, palette, "Link to other writing: did not find a link");
        }
    }
}
