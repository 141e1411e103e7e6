//! Choosing among all the languages Whisper knows: a list to scroll and a field to type into.

use super::icons;
use super::theme::{self, palette};
use super::widgets;
use crate::work::{GUESS, LANGUAGES, Language, language};
use egui::{CornerRadius, CursorIcon, Key, PopupCloseBehavior, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// "Guess it each time".
pub(super) const GUESS_NAME: &str = "Guess it each time";
/// Rows of the list that are seen at once.
const ROWS: f32 = 8.0;
const ROW: f32 = 28.0;

/// As a person says it: "French"; a code nobody knows stays as it is.
pub(super) fn name_of(code: &str) -> String {
    match language(code) {
        Some(language) => language.english.to_owned(),
        None if code == GUESS => GUESS_NAME.to_owned(),
        None => code.to_owned(),
    }
}

/// "Français · French", "English".
fn both_names(language: &Language) -> String {
    if language.own == language.english { language.own.to_owned() } else { format!("{} · {}", language.own, language.english) }
}

/// Codes and names for what was typed; without anything typed, guessing and English stand first.
fn found(typed: &str) -> Vec<(&'static str, String)> {
    let typed = typed.trim().to_lowercase();
    let matches = |language: &&Language| {
        let names = [language.code, language.own, language.english];
        typed.is_empty() || names.iter().any(|name| name.to_lowercase().contains(&typed))
    };
    let first = (typed.is_empty() || GUESS_NAME.to_lowercase().contains(&typed)).then(|| (GUESS, GUESS_NAME.to_owned()));
    let english = typed.is_empty().then_some("en").and_then(language);
    let all = LANGUAGES.iter().filter(matches).filter(|language| english.is_none_or(|english| english != *language));
    first.into_iter().chain(english.into_iter().chain(all).map(|language| (language.code, both_names(language)))).collect()
}

/// A drop-down of languages, 36 high, `name` for screen readers. Returns the code of the newly chosen one.
pub(in crate::ui) fn language_choice(ui: &mut Ui, name: &str, chosen: &str, width: f32) -> Option<String> {
    let palette = palette(ui);
    let shown = name_of(chosen);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 36.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, ui.is_enabled(), format!("{name}: {shown}")));
    let radius = CornerRadius::same(theme::CONTROL_RADIUS);
    let fill = if response.hovered() { palette.raise } else { palette.card };
    ui.painter().rect(rect, radius, fill, Stroke::new(1.0, palette.edge), StrokeKind::Inside);
    widgets::paint_line(ui.painter(), pos2(rect.left() + 12.0, rect.center().y), width - 44.0, theme::SECONDARY, palette.ink, &shown);
    widgets::paint_icon(ui, icons::CARET_DOWN, pos2(rect.right() - 20.0, rect.center().y), 16.0, palette.ink2);
    widgets::focus_ring(ui, &response, rect, radius);
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    let typed_id = response.id.with("typed");
    if response.clicked() {
        ui.data_mut(|data| data.insert_temp(typed_id, String::new()));
    }
    let mut picked = None;
    let popup = egui::Popup::menu(&response).width(300.0).close_behavior(PopupCloseBehavior::CloseOnClickOutside);
    popup.show(|ui| {
        let mut typed = ui.data(|data| data.get_temp::<String>(typed_id)).unwrap_or_default();
        let field = widgets::field(ui, typed_id.with("field"), &mut typed, "Find a language", Some(icons::MAGNIFYING_GLASS), 300.0);
        if response.clicked() {
            field.request_focus();
        }
        let rows = found(&typed);
        if ui.input(|input| input.key_pressed(Key::Enter))
            && let Some((code, _)) = rows.first().filter(|_| !typed.trim().is_empty())
        {
            picked = Some((*code).to_owned());
        }
        ui.data_mut(|data| data.insert_temp(typed_id, typed));
        if rows.is_empty() {
            widgets::line(ui, theme::SECONDARY, palette.ink2, "Whisper knows no language of that name");
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let list = egui::ScrollArea::vertical().max_height(ROWS * ROW).auto_shrink([false, true]);
        // Only the rows that are seen are laid out: each script may bring in a font of the system.
        list.show_rows(ui, ROW, rows.len(), |ui, seen| {
            for (code, name) in &rows[seen] {
                let on = *code == chosen;
                let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
                response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, name));
                if on || response.hovered() {
                    let fill = if on { palette.pine_tint } else { palette.raise };
                    ui.painter().rect_filled(rect, CornerRadius::same(6), fill);
                }
                let role = if on { theme::SECONDARY_BOLD } else { theme::SECONDARY };
                widgets::paint_line(ui.painter(), pos2(rect.left() + 8.0, rect.center().y), rect.width() - 16.0, role, palette.ink, name);
                if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
                    picked = Some((*code).to_owned());
                }
            }
        });
        if picked.is_some() {
            ui.close();
        }
    });
    picked.filter(|code| code != chosen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_found_by_its_own_and_its_english_name() {
        let first = |typed: &str| found(typed).first().map(|(code, name)| (*code, name.clone()));
        assert_eq!(first("deut"), Some(("de", "Deutsch · German".into())));
        assert_eq!(first("german"), Some(("de", "Deutsch · German".into())));
        assert_eq!(first("Українська").map(|(code, _)| code), Some("uk"));
        assert_eq!(first("klingon"), None);
        let all = found("");
        assert_eq!((all.len(), all[0].0, all[1].0), (101, GUESS, "en"));
    }
}
