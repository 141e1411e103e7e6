//! Transcribing a conference again: with another model, or in another language.

use crate::conference::ConferenceRecord;
use crate::ui::kit::app_state::AppState;
use crate::ui::kit::choices::choice;
use crate::ui::kit::language_choice::language_choice;
use crate::ui::kit::overlay::Dialog;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Kind};
use crate::work::{AnalysisCommand, Command, EstimatedTime, ModelRow};
use egui::Ui;

/// The open dialog.
pub(in crate::ui) struct RetranscribeDialog {
    model: String,
    language: String,
}

/// What became of the dialog.
pub(in crate::ui) enum RetranscribeAction {
    /// It is still open.
    Open,
    /// It was put away.
    Nothing,
    /// This is asked for.
    Action(Command),
}

impl RetranscribeDialog {
    /// With the model in use, and the language that was found.
    pub fn new(record: &ConferenceRecord, state: &AppState) -> Self {
        let found = &record.transcript().language;
        let language = if found.is_empty() { state.settings.language.clone() } else { found.clone() };
        Self { model: state.settings.model.clone(), language }
    }

    /// Draws it.
    pub fn ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, state: &AppState) -> RetranscribeAction {
        let installed: Vec<&ModelRow> = state.models.iter().filter(|row| row.installed).collect();
        let row = installed.iter().find(|row| row.name == self.model);
        let knows = row.is_some_and(|row| row.knows(&self.language));
        let says = match row {
            None => "This model is not on this computer. Choose another.".to_owned(),
            Some(row) if !knows => english_only(&row.title),
            Some(row) => row.estimated_time.map(|estimated_time| time(estimated_time, record.data().length.secs())).unwrap_or_default(),
        };
        let dialog = Dialog::new("transcribe again", "Transcribe again?");
        let dialog = dialog.button(Kind::Secondary, "Cancel", true).button(Kind::Primary, "Transcribe", knows);
        let answer = dialog.show(ui.ctx(), |ui| {
            let about = "The words are made anew from the sound. What you corrected, your marks and your notes stay.";
            widgets::label(ui, theme::BODY, palette.ink2, about);
            let at = installed.iter().position(|row| row.name == self.model).unwrap_or(0);
            ui.horizontal(|ui| {
                widgets::line(ui, theme::BODY, palette.ink, "With");
                let names: Vec<String> = installed.iter().map(|row| row.title.clone()).collect();
                if let Some(picked) = choice(ui, "Speech model", &names, at, 170.0) {
                    self.model.clone_from(&installed[picked].name);
                }
                widgets::line(ui, theme::BODY, palette.ink, "in");
                if let Some(code) = language_choice(ui, "Language spoken", &self.language, 170.0) {
                    self.language = code;
                }
            });
            if !says.is_empty() {
                widgets::label(ui, theme::SECONDARY, palette.ink2, says);
            }
        });
        match answer.pressed {
            Some(1) => {
                let (model, language) = (self.model.clone(), self.language.clone());
                RetranscribeAction::Action(Command::Analysis(AnalysisCommand::AnalyseWith { id: record.data().id, model, language }))
            }
            None if !answer.is_closed => RetranscribeAction::Open,
            _ => RetranscribeAction::Nothing,
        }
    }
}

/// Said where a model and a language do not go together.
pub(in crate::ui) fn english_only(title: &str) -> String {
    format!("“{title}” knows English only. For another language choose a model without “English” in its name; for English choose English.")
}

/// How long it takes for so much sound.
fn time(estimated_time: EstimatedTime, length_secs: f64) -> String {
    let estimate = EstimatedTime { secs: (estimated_time.secs as f64 * length_secs / 300.0) as u64, ..estimated_time };
    let words = estimate.in_words();
    let mut letters = words.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{} on this computer. You can keep working.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_reckoned_for_the_length_of_the_sound() {
        assert_eq!(time(EstimatedTime { secs: 60, at_least: false }, 900.0), "About 3 minutes on this computer. You can keep working.");
    }
}
