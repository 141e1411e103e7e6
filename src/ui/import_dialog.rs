//! Before recordings are brought in: whose conference is each?

use super::shared::{Ask, Place, Shared};
use super::theme::{self, palette};
use super::widgets::{self, Button, Kind};
use crate::conference::StudentId;
use crate::work::{AnalysisCommand, With};
use egui::Ui;
use std::path::PathBuf;

/// The open dialog: each file with the student it is with.
pub(super) struct ImportDialog {
    files: Vec<(PathBuf, Option<StudentId>)>,
}

impl ImportDialog {
    /// For these files; `student` is the one chosen already, if any.
    pub fn new(files: Vec<PathBuf>, student: Option<StudentId>) -> Self {
        Self { files: files.into_iter().map(|file| (file, student)).collect() }
    }

    /// Draws it; true when it is to be closed.
    pub fn ui(&mut self, ui: &mut Ui, shared: &Shared, out: &mut Vec<Ask>) -> bool {
        let palette = palette(ui);
        let mut close = false;
        let names: Vec<String> = std::iter::once("Choose later".to_owned()).chain(shared.students.iter().map(|student| student.name.clone())).collect();
        let place = |student: Option<StudentId>| shared.students.iter().position(|one| Some(one.id) == student).map_or(0, |index| index + 1);
        let student = |index: usize| index.checked_sub(1).and_then(|index| shared.students.get(index)).map(|student| student.id);
        let response = egui::Modal::new(egui::Id::unique("import")).frame(super::overlays::dialog(palette)).show(ui.ctx(), |ui| {
            ui.set_width(560.0);
            ui.spacing_mut().item_spacing.y = 12.0;
            widgets::label(
                ui,
                theme::CARD_TITLE,
                palette.ink,
                if self.files.len() == 1 { "Whose conference is this?" } else { "Whose conferences are these?" },
            );
            if self.files.len() > 1 {
                ui.horizontal(|ui| {
                    widgets::line(ui, theme::BODY, palette.ink2, "All of them with");
                    let same = self.files.iter().all(|(_, one)| *one == self.files[0].1);
                    let chosen = if same { place(self.files[0].1) } else { 0 };
                    if let Some(picked) = widgets::choice(ui, "All of them with", &names, chosen, 220.0) {
                        self.files.iter_mut().for_each(|(_, one)| *one = student(picked));
                    }
                });
                widgets::divider(ui);
            }
            egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
                for (file, with) in &mut self.files {
                    ui.horizontal(|ui| {
                        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                        ui.allocate_ui(egui::vec2(300.0, 36.0), |ui| {
                            ui.set_width(300.0);
                            widgets::line(ui, theme::BODY, palette.ink, name.clone());
                        });
                        if let Some(picked) = widgets::choice(ui, &format!("{name} with"), &names, place(*with), 220.0) {
                            *with = student(picked);
                        }
                    });
                }
            });
            widgets::label(ui, theme::SECONDARY, palette.ink2, "The files stay where they are, as they are. Afterbell keeps a copy of the sound.");
            ui.horizontal(|ui| {
                if Button::new(Kind::Primary, "Bring in").show(ui).clicked() {
                    for (file, student) in self.files.drain(..) {
                        out.push(Ask::Do(AnalysisCommand::Import(vec![file], With::one(student)).into()));
                    }
                    out.push(Ask::Go(Place::Conferences));
                    close = true;
                }
                close |= Button::new(Kind::Secondary, "Cancel").show(ui).clicked();
            });
        });
        close || response.should_close()
    }
}
