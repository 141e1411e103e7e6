//! Choosing among all the languages Whisper knows: a list to scroll and a field to type into.

use super::choices::{self, FIELD};
use super::overlay::{self, ITEM};
use super::theme::{self, palette};
use super::widgets;
use crate::work::{GUESS, LANGUAGES, Language, language};
use egui::Ui;

/// "Guess it each time".
pub(super) const GUESS_NAME: &str = "Guess it each time";
/// Rows of the list that are seen at once.
const ROWS: f32 = 8.0;

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
    let response = choices::button(ui, name, &shown, width);
    let mut picked = None;
    overlay::list_popover(&response, 300.0, |ui| {
        let typed = choices::find_ui(ui, &response, "Find a language");
        let rows = found(&typed);
        if let Some((code, _)) = rows.first().filter(|_| !typed.trim().is_empty() && choices::is_entered(ui)) {
            picked = Some((*code).to_owned());
        }
        if rows.is_empty() {
            widgets::line(ui, theme::SECONDARY, palette.ink2, "Whisper knows no language of that name");
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        let list = egui::ScrollArea::vertical().max_height((ROWS * ITEM).min(overlay::room(ui.ctx()) - FIELD)).auto_shrink([false, true]);
        // Only the rows that are seen are laid out: each script may bring in a font of the system.
        list.show_rows(ui, ITEM, rows.len(), |ui, seen| {
            overlay::scroll_by_keys(ui);
            for (code, name) in &rows[seen] {
                if overlay::row(ui, None, name, "", *code == chosen).clicked() {
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
