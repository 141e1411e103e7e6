//! A transcript without sound: pasted into a field, or from files. Who the teacher is, where the text does not say, is asked as of files.

use super::import_dialog::Whose;
use crate::conference::StudentId;
use crate::ui::kit::app_state::{Action, AppState, Place};
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::transcript_file::TranscriptSource;
use crate::work::{AnalysisCommand, OpenDialog, With};
use egui::{Role, Ui, WidgetInfo};

/// The dialog. It keeps what was pasted until that is a conference, so that nothing is lost when it cannot be read.
pub(in crate::ui) struct PasteDialog {
    text: String,
    whose: Whose,
    is_new: bool,
    /// It was sent to be brought in; until it is known what came of it nothing is shown.
    is_sent: bool,
}

impl PasteDialog {
    /// `student`: the one chosen already, if any.
    pub fn new(student: Option<StudentId>) -> Self {
        Self { text: String::new(), whose: Whose { student, students: 1 }, is_new: true, is_sent: false }
    }

    /// It was not brought in: the text is shown again as it was.
    pub fn show_again(&mut self) {
        self.is_sent = false;
    }

    /// Draws it; true when it is to be closed.
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) -> bool {
        if self.is_sent {
            return false;
        }
        let palette = palette(ui);
        let mut close = false;
        let response = egui::Modal::new(egui::Id::unique("paste a transcript")).frame(super::overlays::dialog(palette)).show(ui.ctx(), |ui| {
            ui.set_width(680.0);
            ui.spacing_mut().item_spacing.y = 12.0;
            widgets::label(ui, theme::CARD_TITLE, palette.ink, "Bring in a typed transcript");
            egui::ScrollArea::vertical().max_height(280.0).show(ui, |ui| {
                let edit = egui::TextEdit::multiline(&mut self.text)
                    .hint_text(theme::BODY.text("Paste the transcript here, with a name before what each person says", palette.ink2))
                    .font(theme::BODY.font())
                    .margin(12.0)
                    .desired_rows(11)
                    .desired_width(f32::INFINITY);
                let field = ui.add(edit);
                field.widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, "The transcript"));
                if std::mem::take(&mut self.is_new) {
                    field.request_focus();
                }
            });
            let has_text = !self.text.trim().is_empty();
            if has_text {
                ui.horizontal(|ui| {
                    widgets::line(ui, theme::BODY, palette.ink2, "A conference with");
                    self.whose.ui(ui, state, "The transcript");
                });
            }
            ui.horizontal(|ui| {
                ui.add_enabled_ui(has_text, |ui| {
                    if Button::new(Kind::Primary, "Bring in").show(ui).clicked() {
                        let source = TranscriptSource::Pasted(self.text.as_str().into());
                        out.push(Action::Do(AnalysisCommand::ImportTyped(source, self.whose.with(), None).into()));
                        out.push(Action::Go(Place::Conferences));
                        self.is_sent = true;
                    }
                });
                if !has_text && Button::new(Kind::Secondary, "Choose files").icon(icons::FOLDER_OPEN).show(ui).clicked() {
                    out.push(Action::Do(OpenDialog::Transcripts(With::one(self.whose.student)).into()));
                    close = true;
                }
                close |= Button::new(Kind::Secondary, "Cancel").show(ui).clicked();
            });
        });
        // A press beside it must not lose what was typed.
        close || (response.should_close() && self.text.trim().is_empty())
    }
}
