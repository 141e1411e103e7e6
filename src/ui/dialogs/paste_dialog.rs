//! A transcript without sound: pasted into a field, or from files. Who the teacher is, where the text does not say, is asked as of files.

use super::import_dialog::ParticipantsChoice;
use crate::conference::StudentId;
use crate::ui::kit::app_state::{Action, AppState, Place};
use crate::ui::kit::icons;
use crate::ui::kit::overlay::{self, Dialog};
use crate::ui::kit::theme::{self, palette};
use crate::ui::kit::widgets::{self, Kind};
use crate::work::transcript_file::TranscriptSource;
use crate::work::{AnalysisCommand, OpenDialog, Participants};
use egui::{Role, Ui, WidgetInfo};

/// The dialog. It keeps what was pasted until that is a conference, so that nothing is lost when it cannot be read.
pub(in crate::ui) struct PasteDialog {
    text: String,
    whose: ParticipantsChoice,
    is_new: bool,
    /// It was sent to be imported; until it is known what came of it nothing is shown.
    is_sent: bool,
}

impl PasteDialog {
    /// `student`: the one chosen already, if any.
    pub fn new(student: Option<StudentId>) -> Self {
        Self { text: String::new(), whose: ParticipantsChoice { student, students: 1 }, is_new: true, is_sent: false }
    }

    /// It was not imported: the text is shown again as it was.
    pub fn show_again(&mut self) {
        self.is_sent = false;
    }

    /// Draws it; true when it is to be closed.
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) -> bool {
        if self.is_sent {
            return false;
        }
        let palette = palette(ui);
        let has_text = !self.text.trim().is_empty();
        let mut dialog = Dialog::new("paste a transcript", "Import a typed transcript").width(680.0).with_lines().button(Kind::Secondary, "Cancel", true);
        if !has_text {
            dialog = dialog.icon_button(Kind::Secondary, icons::FOLDER_OPEN, "Choose files");
        }
        let answer = dialog.button(Kind::Primary, "Import", has_text).show(ui.ctx(), |ui| {
            let edit = egui::TextEdit::multiline(&mut self.text)
                .hint_text(theme::BODY.text("Paste the transcript here, with a name before what each person says", palette.ink2))
                .font(theme::BODY.font())
                .margin(12.0)
                .desired_rows(11)
                .desired_width(f32::INFINITY);
            let room = overlay::room(ui.ctx()) - 60.0;
            egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room).auto_shrink([false, true]).show(ui, |ui| {
                let field = ui.add(edit);
                field.widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, "The transcript"));
                if std::mem::take(&mut self.is_new) {
                    field.request_focus();
                }
            });
            if has_text {
                ui.horizontal(|ui| {
                    widgets::line(ui, theme::BODY, palette.ink2, "A conference with");
                    self.whose.ui(ui, state, "The transcript", out);
                });
            }
        });
        match answer.pressed {
            Some(0) => return true,
            Some(_) if has_text => {
                let source = TranscriptSource::Pasted(self.text.as_str().into());
                out.push(Action::Do(AnalysisCommand::ImportTyped(source, self.whose.with(), None).into()));
                out.push(Action::Go(Place::Conferences));
                self.is_sent = true;
            }
            Some(_) => {
                out.push(Action::Do(OpenDialog::Transcripts(Participants::one(self.whose.student)).into()));
                return true;
            }
            None => {}
        }
        // Escape must not lose what was typed.
        answer.is_closed && self.text.trim().is_empty()
    }
}
