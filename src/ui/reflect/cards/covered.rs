//! Guess first: what was found for a question is covered until the teacher has said how it went, or asks to see it.

use super::parts::{CardAction, correct};
use crate::conference::{ConferenceRecord, Edit, Question, Rating, TalkGuess};
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use egui::{Rect, Sense, Stroke, Ui, pos2, vec2};

/// In place of what was found.
pub(super) const COVERED: &str = "covered until you rate it";
/// What it is for, said the first time.
const WHY: &str = "Guess first: what you remember comes before what Afterbell found. Settings can turn it off.";
/// The four guesses side by side need this much.
const FOUR_GUESSES: f32 = 330.0;

/// The edits that a press on a rating makes: pressed again it is cleared, and for who guesses first what was seen stays seen.
pub(in crate::ui::reflect) fn rating_edits(record: &ConferenceRecord, question: Question, rating: Rating, guesses_first: bool) -> Vec<Edit> {
    let corrections = &record.data().corrections;
    if record.data().reflection.answer(question).rating != Some(rating) {
        return vec![Edit::Rate(question, Some(rating))];
    }
    let seen = (guesses_first && !corrections.uncovered.contains(&question)).then(|| Edit::Correct(Box::new(corrections.with_uncovered(question))));
    seen.into_iter().chain([Edit::Rate(question, None)]).collect()
}

/// In place of the evidence of the open card.
pub(super) fn covered_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, (question, explains): (Question, bool), asked: &mut Vec<CardAction>) {
    if question == Question::Pacing {
        guess_ui(ui, palette, record, asked);
    }
    if explains {
        widgets::label(ui, theme::SECONDARY, palette.ink2, WHY);
    }
    let text = "What Afterbell found shows when you rate.";
    let room = ui.available_width() - 48.0;
    let job = egui::text::LayoutJob::simple(text.to_owned(), theme::BODY.font(), palette.ink2, room - 28.0);
    let galley = ui.painter().layout_job(job);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), galley.size().y + 84.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, text));
    let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    ui.painter().extend(egui::Shape::dashed_line(&corners, Stroke::new(1.0, palette.edge), 4.0, 4.0));
    let left = rect.center().x - (galley.size().x + 28.0) / 2.0;
    let middle = rect.top() + 16.0 + galley.size().y / 2.0;
    widgets::paint_icon(ui, icons::EYE_SLASH, pos2(left + 10.0, middle), 20.0, palette.ink2);
    let height = galley.size().y;
    ui.painter().galley(pos2(left + 28.0, middle - height / 2.0), galley, palette.ink2);
    let button = Rect::from_center_size(pos2(rect.center().x, rect.bottom() - 32.0), vec2(120.0, 32.0));
    let shows = widgets::area(ui, button, |ui| ui.vertical_centered(|ui| Button::new(Kind::Secondary, "Show now").small().show(ui)).inner);
    if shows.clicked() {
        asked.push(correct(record, |all| *all = all.with_uncovered(question)));
    }
}

fn guess_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, asked: &mut Vec<CardAction>) {
    widgets::label(ui, theme::BODY, palette.ink, "About how much did you talk? A guess is enough.");
    let guess = record.data().corrections.guess;
    let picked = if ui.available_width() < FOUR_GUESSES {
        let mut picked = None;
        ui.horizontal_wrapped(|ui| {
            for one in TalkGuess::ALL {
                if widgets::chip(ui, None, one.label(), guess == Some(one)).clicked() {
                    picked = Some(one);
                }
            }
        });
        picked
    } else {
        let options = TalkGuess::ALL.map(|one| (None, one.label()));
        // None is chosen at first.
        let chosen = TalkGuess::ALL.iter().position(|one| guess == Some(*one)).unwrap_or(options.len());
        widgets::segmented(ui, &options, chosen).map(|picked| TalkGuess::ALL[picked])
    };
    if let Some(picked) = picked {
        asked.push(correct(record, |all| all.guess = Some(picked)));
    }
}

/// Beside what was found: what was guessed. The same words whether it fits or not.
pub(super) fn guessed(record: &ConferenceRecord, who: &str) -> Option<String> {
    let guess = record.data().corrections.guess?;
    let (teacher, students) = (record.measures().teacher_talk()?, record.measures().student_talk()?);
    let guess = if guess == TalkGuess::More { "more than two thirds".to_owned() } else { guess.label().to_lowercase() };
    Some(format!("You guessed {guess}. Found: you {teacher}, {who} {students} of the talking."))
}
