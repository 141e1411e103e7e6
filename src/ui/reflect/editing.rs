//! Correcting in the transcript: one turn open for editing, turns selected along the band, and the bar that tags them.

use super::phase_marks::{TAGS, phase_icon};
use crate::conference::{ConferenceRecord, Millis, Phase, Span, Speaker, joined, split_like, tidy};
use crate::ui::kit::choices::choice;
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::OpenTurn;
use egui::{Align, CornerRadius, Key, Layout, Modifiers, Rect, Role, Stroke, StrokeKind, Ui, WidgetInfo, vec2};

/// What comes after the words of the open turn were kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterKeeping {
    /// Close it.
    Close,
    /// Begin a new turn at this word.
    Split(usize),
    /// Join it to the turn above.
    JoinAbove,
    /// Join the turn below to it.
    JoinBelow,
    /// Somebody else says it.
    Give(Speaker),
}

/// What was done in the open turn.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum EditingAction {
    /// Nothing yet.
    Writing,
    /// Keep the words, then do this.
    Keep(AfterKeeping),
    /// Leave everything as it was.
    Cancel,
    /// Hear the turn.
    Hear,
}

/// Where the keyboard goes as a turn is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keyboard {
    /// It is where it was.
    Stays,
    /// Into the turn, which has just opened.
    Taken,
    /// Before this letter of it.
    TakenBefore(usize),
}

/// Above, between and below the text in the open turn.
const FRAME: f32 = 12.0 + 36.0 + 8.0 + 8.0 + 36.0 + 12.0;
const MARGIN: f32 = 12.0;

/// How high the open turn is in a row of `width`.
pub(super) fn height(open: &OpenTurn, ui: &Ui, width: f32) -> f32 {
    FRAME + text_height(open, ui, width - 28.0) + 8.0
}

fn text_height(open: &OpenTurn, ui: &Ui, width: f32) -> f32 {
    let mut job = egui::text::LayoutJob { wrap: egui::text::TextWrapping::wrap_at_width(width - 2.0 * MARGIN), ..Default::default() };
    job.append(if open.text.is_empty() { " " } else { &open.text }, 0.0, theme::TRANSCRIPT.format(egui::Color32::PLACEHOLDER));
    ui.painter().layout_job(job).size().y.max(48.0) + 2.0 * MARGIN
}

/// Draws the open turn, the record's `index`th, into `rect`.
pub(super) fn open_turn_ui(
    ui: &mut Ui,
    palette: &Palette,
    record: &ConferenceRecord,
    (index, open): (usize, &mut OpenTurn),
    rect: Rect,
    keyboard: Keyboard,
) -> EditingAction {
    let id = widgets::field_id(record.data().id, ("turn", open.opening()));
    let mut done = EditingAction::Writing;
    let Some(turn) = record.turns().get(index) else { return EditingAction::Cancel };
    // Before the field sees them: Enter keeps, and does not begin a new line.
    let has_focus = ui.memory(|memory| memory.has_focus(id));
    let pressed = |modifiers, key| has_focus && ui.input_mut(|input| input.consume_key(modifiers, key));
    let split = pressed(Modifiers::SHIFT, Key::Enter);
    if pressed(Modifiers::NONE, Key::Enter) {
        done = EditingAction::Keep(AfterKeeping::Close);
    }
    for (key, then) in [(Key::ArrowUp, AfterKeeping::JoinAbove), (Key::ArrowDown, AfterKeeping::JoinBelow)] {
        if pressed(Modifiers::ALT, key) {
            done = EditingAction::Keep(then);
        }
    }
    let keys = [(Key::Y, Speaker::Teacher), (Key::S, Speaker::Student(1)), (Key::O, Speaker::Other)];
    for (key, speaker) in keys {
        if pressed(Modifiers::ALT, key) {
            done = EditingAction::Keep(AfterKeeping::Give(speaker));
        }
    }
    let outer = rect.shrink2(vec2(2.0, 4.0));
    ui.painter().rect(outer, CornerRadius::same(12), palette.card, Stroke::new(2.0, palette.pine), StrokeKind::Inside);
    let inner = outer.shrink2(vec2(12.0, MARGIN));
    widgets::area(ui, inner, |ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        ui.horizontal(|ui| {
            ui.set_height(36.0);
            widgets::line(ui, theme::SECONDARY, palette.ink2, "Speaker");
            if let Some(speaker) = speakers_ui(ui, record, turn.speaker) {
                done = EditingAction::Keep(AfterKeeping::Give(speaker));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if record.data().has_sound() && Button::new(Kind::Quiet, "Play turn").icon(icons::PLAY.fill()).small().show(ui).clicked() {
                    done = EditingAction::Hear;
                }
            });
        });
        let width = ui.available_width();
        let height = text_height(open, ui, width);
        let edit = egui::TextEdit::multiline(&mut open.text)
            .id(id)
            .font(theme::TRANSCRIPT.font())
            .text_color(palette.ink)
            .margin(MARGIN)
            .return_key(None)
            .min_size(vec2(width, height))
            .desired_rows(1)
            .desired_width(width);
        let output = edit.show(ui);
        output.response.response.widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, "Words of this turn"));
        // Escape takes the keyboard from a field before anybody hears of it.
        if output.response.response.lost_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            done = EditingAction::Cancel;
        }
        if let Keyboard::TakenBefore(letter) = keyboard {
            let mut state = output.state.clone();
            state.cursor.set_char_range(Some(egui::text::CCursorRange::one(egui::text::CCursor::new(letter))));
            state.store(ui.ctx(), id);
        }
        if keyboard != Keyboard::Stays {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let cursor = output.cursor_range.map(|range| range.primary.index.0);
        ui.horizontal(|ui| {
            if Button::new(Kind::Secondary, "Split here")
                .small()
                .show(ui)
                .on_hover_text("A new turn begins at the word under the cursor (Shift+Enter)")
                .clicked()
                || split
            {
                let at = cursor.or_else(|| egui::TextEdit::load_state(ui.ctx(), id)?.cursor.char_range().map(|range| range.primary.index.0));
                let old: Vec<&str> = turn.words.iter().map(|&word| record.transcript().words[word].text.as_str()).collect();
                if let Some(word) = at.map(|letter| words_before(&open.text, letter, &old)) {
                    done = EditingAction::Keep(AfterKeeping::Split(word));
                }
            }
            if index > 0 && Button::new(Kind::Secondary, "Join to turn above").small().show(ui).clicked() {
                done = EditingAction::Keep(AfterKeeping::JoinAbove);
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if Button::new(Kind::Primary, "Save").small().show(ui).clicked() {
                    done = EditingAction::Keep(AfterKeeping::Close);
                }
                if Button::new(Kind::Quiet, "Cancel").small().show(ui).clicked() {
                    done = EditingAction::Cancel;
                }
            });
        });
    });
    done
}

/// Who says it: the teacher, each student, another voice.
fn speakers_ui(ui: &mut Ui, record: &ConferenceRecord, now: Speaker) -> Option<Speaker> {
    let speakers = speakers(record);
    let names: Vec<String> = speakers.iter().map(|&speaker| if speaker == Speaker::Other { "Another".into() } else { record.speaker_name(speaker) }).collect();
    let chosen = speakers.iter().position(|&speaker| speaker == now);
    if speakers.len() > 4 {
        let picked = choice(ui, "Speaker", &names, chosen.unwrap_or(usize::MAX), 160.0);
        return picked.map(|index| speakers[index]);
    }
    let options: Vec<(Option<icons::Icon>, &str)> = names.iter().map(|name| (None, name.as_str())).collect();
    widgets::segmented(ui, &options, chosen.unwrap_or(usize::MAX)).map(|index| speakers[index])
}

/// Everybody a turn can be given to.
pub(super) fn speakers(record: &ConferenceRecord) -> Vec<Speaker> {
    let students = (1..=record.data().students.max(1)).map(Speaker::Student);
    std::iter::once(Speaker::Teacher).chain(students).chain(std::iter::once(Speaker::Other)).collect()
}

/// How many words of the text, which was made of the `old` ones, end at or before this letter. Inside a word, that word begins the new turn.
fn words_before(text: &str, letter: usize, old: &[&str]) -> usize {
    let before = tidy(&text.chars().take(letter).collect::<String>()).len();
    let words = split_like(text, old);
    let (_, places) = joined(words.iter().map(String::as_str));
    places.iter().zip(&words).take_while(|(place, word)| place.start + word.trim_end().len() <= before).count()
}

/// Turns selected: when the first and the last of them begin.
pub(super) type Selected = Option<(Millis, Millis)>;

/// The selected turns as they are counted now, first and last.
pub(super) fn turns_of(record: &ConferenceRecord, selected: Selected) -> Option<(usize, usize)> {
    let (from, to) = selected?;
    let first = record.turns().partition_point(|turn| turn.span.start() < from);
    let last = record.turns().partition_point(|turn| turn.span.start() <= to).checked_sub(1)?;
    (first <= last).then_some((first, last))
}

/// The time that turns take, from a first to a last.
pub(super) fn span_of(record: &ConferenceRecord, turns: Option<(usize, usize)>) -> Option<Span> {
    let (first, last) = turns?;
    let turns = record.turns().get(first..=last)?;
    let end = turns.iter().map(|turn| turn.span.end()).max()?;
    Some(Span::new(turns.first()?.span.start(), end))
}

/// What was done in the bar of the selected turns.
pub(super) enum TagAction {
    Phase(Phase),
    Close,
}

/// The bar at the bottom: what the selected turns are.
pub(super) fn bar_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, selected: (usize, usize), rect: Rect) -> Option<TagAction> {
    ui.painter().hline(rect.x_range(), rect.top(), Stroke::new(1.0, palette.line));
    let mut tagged = None;
    widgets::area(ui, rect.shrink2(vec2(16.0, 8.0)), |ui| {
        ui.horizontal_centered(|ui| {
            let count = selected.1 - selected.0 + 1;
            let is_narrow = ui.available_width() < 540.0;
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let turns = widgets::number_of(count, "turn", "turns");
                widgets::line(ui, theme::SECONDARY_BOLD, palette.ink, if is_narrow { turns } else { format!("{turns} selected") });
                widgets::line(ui, theme::SECONDARY, palette.ink2, "tag as…");
            });
            ui.add_space(8.0);
            let phases = record.evidence().turn_phases.get(selected.0..=selected.1).unwrap_or_default();
            let same = phases.first().copied().flatten().filter(|phase| phases.iter().all(|other| *other == Some(*phase)));
            let wide = ui.available_width() > 520.0;
            let options: Vec<_> = TAGS.iter().map(|&(phase, _)| (phase_icon(phase).filter(|_| wide), phase.name())).collect();
            let chosen = same.and_then(|phase| TAGS.iter().position(|&(tag, _)| tag == phase)).unwrap_or(usize::MAX);
            if let Some(index) = widgets::segmented(ui, &options, chosen) {
                tagged = Some(TagAction::Phase(TAGS[index].0));
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if widgets::icon_button(ui, icons::X, "Clear selection", false, 32.0).clicked() {
                    tagged = Some(TagAction::Close);
                }
            });
        });
    });
    for (phase, key) in TAGS {
        if ui.input_mut(|input| input.consume_key(Modifiers::ALT, key)) {
            tagged = Some(TagAction::Phase(phase));
        }
    }
    tagged
}

#[cfg(test)]
mod tests {
    use super::words_before;

    #[test]
    fn a_turn_is_split_before_the_word_under_the_cursor() {
        let text = "one two  three";
        for (letter, words) in [(0, 0), (2, 0), (3, 1), (4, 1), (5, 1), (7, 2), (9, 2), (14, 3), (99, 3)] {
            assert_eq!(words_before(text, letter, &[]), words, "at {letter}");
        }
    }
}
