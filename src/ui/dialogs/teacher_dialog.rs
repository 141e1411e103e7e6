//! A transcript came in, and its labels do not say who of the speakers is the teacher: that is asked, with the first that each says.

use crate::conference::Speaker;
use crate::ui::kit::app_state::Action;
use crate::ui::kit::overlay::Dialog;
use crate::ui::kit::theme::{self, palette};
use crate::ui::kit::widgets::{self, Kind};
use crate::work::transcript_file::TranscriptSource;
use crate::work::typed::{FoundSpeaker, TeacherChoice};
use crate::work::{AnalysisCommand, TeacherQuestion};
use egui::Ui;

/// The open dialog.
pub(in crate::ui) struct TeacherDialog {
    question: TeacherQuestion,
    /// Which speaker; none: nobody of them.
    chosen: Option<usize>,
}

/// What somebody says is shown this long.
const LETTERS: usize = 90;

impl TeacherDialog {
    /// For this transcript; the likeliest is chosen.
    pub fn new(question: TeacherQuestion) -> Self {
        let chosen = question.speakers.iter().position(|one| one.role == Speaker::Teacher);
        Self { question, chosen }
    }

    /// Whether it asks of what was pasted.
    pub fn is_of_paste(&self) -> bool {
        matches!(self.question.source, TranscriptSource::Pasted(_))
    }

    /// Draws it; true when it is to be closed.
    pub fn ui(&mut self, ui: &mut Ui, out: &mut Vec<Action>) -> bool {
        let palette = palette(ui);
        let dialog = Dialog::new("who is the teacher", "Which speaker is the teacher?").width(560.0);
        let answer = dialog.button(Kind::Secondary, "Cancel", true).button(Kind::Primary, "Import", true).show(ui.ctx(), |ui| {
            let names = match &self.question.source {
                TranscriptSource::File(_) => format!("The names in {} don’t say.", self.question.source.name()),
                TranscriptSource::Pasted(_) => "The names in what you pasted don’t say.".to_owned(),
            };
            widgets::label(ui, theme::SECONDARY, palette.ink2, format!("{names} Nothing has been imported yet."));
            for (index, speaker) in self.question.speakers.iter().enumerate() {
                if ui.radio(self.chosen == Some(index), theme::BUTTON.text(&speaker.label, palette.ink)).clicked() {
                    self.chosen = Some(index);
                }
                widgets::label(ui, theme::SECONDARY, palette.ink2, first_lines(speaker));
            }
            if ui.radio(self.chosen.is_none(), theme::BUTTON.text("None of them", palette.ink)).clicked() {
                self.chosen = None;
            }
        });
        if answer.pressed == Some(1) {
            let speaker = self.chosen.and_then(|chosen| self.question.speakers.get(chosen));
            let told = speaker.map_or(TeacherChoice::NoTeacher, |speaker| TeacherChoice::Teacher(speaker.label.clone()));
            let TeacherQuestion { source, with, .. } = self.question.clone();
            out.push(Action::Do(AnalysisCommand::ImportTyped(source, with, Some(told)).into()));
        }
        answer.pressed.is_some() || answer.is_closed
    }
}

/// "“What are you working on?” “Tell me more.” · speaks 12 times"
fn first_lines(speaker: &FoundSpeaker) -> String {
    let line = |said: &String| match said.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("“{}…”", &said[..end]),
        None => format!("“{said}”"),
    };
    let said: Vec<String> = speaker.first_lines.iter().map(line).collect();
    format!("{} · speaks {}", said.join(" "), widgets::number_of(speaker.turns, "time", "times"))
}
