//! Who the students of a conference are: from the class list, or by names for this conference alone.

use super::theme::{self, Palette};
use super::widgets::{self, Button, Kind};
use crate::conference::{ConferenceRecord, Edit, Speaker, Student};
use egui::{Key, Ui};

/// The open dialog.
pub(super) struct Naming {
    /// From the class list; only where there is one student.
    student: Option<Student>,
    /// In the order of the students' numbers.
    names: Vec<String>,
    /// The field the keyboard goes to at the next frame.
    focus: Option<usize>,
}

impl Naming {
    /// With the names as they are, ready to type that of `first`.
    pub fn new(record: &ConferenceRecord, first: Speaker) -> Self {
        let facts = record.facts();
        let name = |index: usize| facts.student_names.get(index).cloned().unwrap_or_default();
        // Voices may have been told apart into more students than were said to be there.
        let heard = record.measures().speakers.keys().map(|speaker| if let Speaker::Student(number) = speaker { *number } else { 1 });
        let count = heard.chain([facts.students, 1]).max().unwrap_or(1);
        let names: Vec<String> = (0..usize::from(count)).map(name).collect();
        let focus = if let Speaker::Student(number) = first { usize::from(number) - 1 } else { 0 };
        Self { student: facts.student.clone(), focus: Some(focus.min(names.len() - 1)), names }
    }

    /// Draws it; the edits to make once it is to be closed (none when nothing is to change).
    pub fn ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, students: &[Student]) -> Option<Vec<Edit>> {
        let mut done = None;
        let response = egui::Modal::new(egui::Id::unique("names")).frame(super::overlays::dialog(palette)).show(ui.ctx(), |ui| {
            ui.set_width(380.0);
            ui.spacing_mut().item_spacing.y = 12.0;
            let is_table = self.names.len() > 1;
            widgets::label(ui, theme::CARD_TITLE, palette.ink, if is_table { "Who is who?" } else { "Who was this with?" });
            if !is_table && !students.is_empty() {
                self.class_list_ui(ui, students);
                widgets::label(ui, theme::SECONDARY, palette.ink2, "Or a name for this conference alone:");
            }
            for (index, name) in self.names.iter_mut().enumerate() {
                let hint = if is_table { format!("Student {}", index + 1) } else { "Another name".to_owned() };
                let response = widgets::field(ui, egui::Id::unique(("name", index)), name, &hint, None, 380.0);
                if self.focus.take_if(|focus| *focus == index).is_some() {
                    response.request_focus();
                }
                if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
                    done = Some(true);
                }
            }
            ui.horizontal(|ui| {
                if Button::new(Kind::Primary, "Keep").show(ui).clicked() {
                    done = Some(true);
                }
                if Button::new(Kind::Secondary, "Cancel").show(ui).clicked() {
                    done = Some(false);
                }
            });
        });
        match done {
            Some(true) => Some(self.edits(record)),
            Some(false) => Some(Vec::new()),
            None => response.should_close().then(Vec::new),
        }
    }

    fn class_list_ui(&mut self, ui: &mut Ui, students: &[Student]) {
        let mut names = vec!["Nobody yet".to_owned()];
        names.extend(students.iter().map(|student| student.name.clone()));
        let chosen = self.student.as_ref().and_then(|chosen| students.iter().position(|student| student.id == chosen.id)).map_or(0, |index| index + 1);
        if let Some(picked) = widgets::choice(ui, "From the class list", &names, chosen, 380.0) {
            self.student = picked.checked_sub(1).and_then(|index| students.get(index)).cloned();
            self.names.iter_mut().for_each(String::clear);
        }
    }

    fn edits(&self, record: &ConferenceRecord) -> Vec<Edit> {
        let facts = record.facts();
        let mut names: Vec<String> = self.names.iter().map(|name| name.trim().to_owned()).collect();
        let named = names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1);
        names.truncate(named);
        let mut edits = Vec::new();
        if self.student != facts.student {
            edits.push(Edit::Student(self.student.clone()));
        }
        if names != facts.student_names {
            edits.push(Edit::Names(names));
        }
        edits
    }
}
