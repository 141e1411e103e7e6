//! Before files are imported: whose conference is each, and how many students are there? And afterwards: what there is to say of each file.

use crate::conference::{Student, StudentId};
use crate::ui::kit::app_state::{Action, AppState, Place};
use crate::ui::kit::choices::choice;
use crate::ui::kit::icons;
use crate::ui::kit::overlay::Dialog;
use crate::ui::kit::student_picker::{Picked, student_choice};
use crate::ui::kit::theme::{self, palette};
use crate::ui::kit::widgets::{self, Kind};
use crate::work::incoming::named_in;
use crate::work::{AnalysisCommand, FileReport, Participants};
use egui::Ui;
use std::path::PathBuf;

/// Students at a table that can be chosen here.
const MOST_STUDENTS: u8 = 8;

/// The participants, as chosen before a file is imported.
pub(super) struct ParticipantsChoice {
    pub student: Option<StudentId>,
    pub students: u8,
}

impl ParticipantsChoice {
    pub fn with(&self) -> Participants {
        Participants { participants: self.student.into_iter().collect(), students: self.students }
    }

    /// Draws both choices of what is called so; true when another student was chosen.
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, name: &str, out: &mut Vec<Action>) -> bool {
        let counts: Vec<String> = (1..=MOST_STUDENTS).map(|count| if count == 1 { "1 student".to_owned() } else { format!("{count} students") }).collect();
        let picked = class_choice(ui, state, &format!("{name} with"), self.student, out);
        if let Some(student) = picked {
            self.student = student;
        }
        if let Some(count) = choice(ui, &format!("{name}, how many students"), &counts, usize::from(self.students - 1), 130.0) {
            self.students = u8::try_from(count + 1).unwrap_or(1);
        }
        picked.is_some()
    }
}

/// One child of the class list, or none yet; what was picked.
fn class_choice(ui: &mut Ui, state: &AppState, name: &str, chosen: Option<StudentId>, out: &mut Vec<Action>) -> Option<Option<StudentId>> {
    Some(match student_choice(ui, state, name, "Choose later", chosen, 220.0, out)? {
        Picked::First => None,
        Picked::Student(student) => Some(student),
    })
}

/// One file.
struct Row {
    file: PathBuf,
    whose: ParticipantsChoice,
    /// Its name fits this child; said beside it.
    is_by_name: bool,
}

/// The open dialog: each file with the student it is with.
pub(in crate::ui) struct ImportDialog {
    rows: Vec<Row>,
}

impl ImportDialog {
    /// For these files; `student` is the one chosen already, if any. Without one, the names of the files are looked through for children of the class list.
    pub fn new(files: Vec<PathBuf>, student: Option<StudentId>, class: &[Student]) -> Self {
        let row = |file: PathBuf| {
            let named = if student.is_none() { named_in(&file, class) } else { Vec::new() };
            let by_name = named.first().copied().filter(|_| named.len() == 1);
            let students = u8::try_from(named.len()).unwrap_or(1).clamp(1, MOST_STUDENTS);
            Row { file, whose: ParticipantsChoice { student: student.or(by_name), students }, is_by_name: by_name.is_some() }
        };
        Self { rows: files.into_iter().map(row).collect() }
    }

    /// Draws it; true when it is to be closed.
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) -> bool {
        let palette = palette(ui);
        let title = if self.rows.len() == 1 { "Whose conference is this?" } else { "Whose conferences are these?" };
        let dialog = Dialog::new("import", title).width(680.0).button(Kind::Secondary, "Cancel", true).button(Kind::Primary, "Import", true);
        let answer = dialog.show(ui.ctx(), |ui| {
            if self.rows.len() > 1 {
                ui.horizontal(|ui| {
                    widgets::line(ui, theme::BODY, palette.ink2, "All of them with");
                    let first = self.rows[0].whose.student;
                    let chosen = first.filter(|_| self.rows.iter().all(|row| row.whose.student == first));
                    if let Some(student) = class_choice(ui, state, "All of them with", chosen, out) {
                        self.rows.iter_mut().for_each(|row| (row.whose.student, row.is_by_name) = (student, false));
                    }
                });
                widgets::divider(ui);
            }
            for row in &mut self.rows {
                ui.horizontal(|ui| {
                    let name = row.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                    ui.allocate_ui(egui::vec2(280.0, 36.0), |ui| {
                        ui.set_width(280.0);
                        widgets::line(ui, theme::BODY, palette.ink, name.clone());
                    });
                    row.is_by_name &= !row.whose.ui(ui, state, &name, out);
                });
            }
            if self.rows.iter().any(|row| row.is_by_name) {
                widgets::label(
                    ui,
                    theme::SECONDARY,
                    palette.ink2,
                    "Some students were chosen because the names of the files fit. Change them where that is wrong.",
                );
            }
            widgets::label(ui, theme::SECONDARY, palette.ink2, "The files stay where they are, as they are. Afterbell keeps a copy.");
        });
        let is_import = answer.pressed == Some(1);
        if is_import {
            for row in self.rows.drain(..) {
                out.push(Action::Do(AnalysisCommand::Import(vec![row.file], row.whose.with()).into()));
            }
            out.push(Action::Go(Place::Conferences));
        }
        answer.pressed.is_some() || answer.is_closed
    }
}

/// What there is to say of the files that were imported last, until it is put away.
pub(in crate::ui) fn reports_ui(ui: &mut Ui, reports: &mut Vec<FileReport>, out: &mut Vec<Action>) {
    if reports.is_empty() {
        return;
    }
    let palette = palette(ui);
    let mut taken = None;
    let area = egui::Area::new(egui::Id::unique("file reports")).anchor(egui::Align2::RIGHT_BOTTOM, egui::vec2(-24.0, -24.0));
    let is_put_away = area.order(egui::Order::Middle).show(ui.ctx(), |ui| {
        theme::card(palette)
            .show(ui, |ui| {
                ui.set_width(480.0);
                let is_closed = ui
                    .horizontal(|ui| {
                        widgets::line(
                            ui,
                            theme::SECONDARY_BOLD,
                            palette.ink,
                            if reports.len() == 1 { "About the file you imported" } else { "About the files you imported" },
                        );
                        widgets::icon_button(ui, icons::X, "Dismiss what is said about files", false, 28.0).clicked()
                    })
                    .inner;
                // Held at the window's corner it has the room it had before, and would never grow with what is said: it takes what it needs.
                egui::ScrollArea::vertical().max_height(420.0).min_scrolled_height(420.0).show(ui, |ui| {
                    for (number, report) in reports.iter().enumerate() {
                        widgets::line(ui, theme::SECONDARY_BOLD, if report.is_failure { palette.rose } else { palette.ink }, report.file.clone());
                        for sentence in &report.says {
                            widgets::label(ui, theme::SECONDARY, palette.ink2, sentence.clone());
                        }
                        ui.horizontal(|ui| {
                            if let Some(at) = widgets::offers(ui, report.offers.iter().map(|offer| offer.says)) {
                                taken = report.offers.get(at).map(|offer| (number, offer.command.clone()));
                            }
                        });
                    }
                });
                is_closed
            })
            .inner
    });
    if let Some((number, command)) = taken {
        // What is only shown leaves it there.
        if !command.only_looks() {
            reports.remove(number);
        }
        out.push(Action::Do(command));
    }
    if is_put_away.inner {
        reports.clear();
    }
}
