//! Choosing a child of the class, the same everywhere: a field that finds a name without its accents, the class with whoever waited longest first, and a way
//! to add who is not in it yet.

use super::app_state::{Action, AppState};
use super::choices::{self, FIELD};
use super::icons;
use super::overlay;
use super::roster::roster;
use crate::conference::{Student, StudentId, name_key, search_key};
use crate::work::LibraryCommand;
use egui::Ui;

/// Over the list.
const HINT: &str = "Type a name";

/// What was picked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui) enum Picked {
    /// The row that stands before the class.
    First,
    /// This child.
    Student(StudentId),
}

/// Children whose name has this in it, accents and capitals aside.
pub(in crate::ui) fn fits(student: &Student, typed: &str) -> bool {
    search_key(&student.name).contains(&search_key(typed))
}

/// Nobody of the class has exactly this name.
pub(in crate::ui) fn is_new(students: &[Student], typed: &str) -> bool {
    !typed.trim().is_empty() && students.iter().all(|student| name_key(&student.name) != name_key(typed))
}

/// A drop-down of the class; `first` stands before it and is shown while nobody is chosen.
pub(in crate::ui) fn student_choice(
    ui: &mut Ui,
    state: &AppState,
    name: &str,
    first: &str,
    chosen: Option<StudentId>,
    width: f32,
    out: &mut Vec<Action>,
) -> Option<Picked> {
    let shown = chosen.and_then(|id| state.student(id)).map_or(first, |student| student.name.as_str());
    let response = choices::button(ui, name, shown, width);
    // A child who was added here is chosen as soon as the class has the name.
    let awaited = response.id.with("added");
    if let Some(added) = ui.data(|data| data.get_temp::<String>(awaited))
        && let Some(student) = state.students.iter().find(|student| name_key(&student.name) == name_key(&added))
    {
        ui.data_mut(|data| data.remove_temp::<String>(awaited));
        return Some(Picked::Student(student.id));
    }
    let mut picked = None;
    overlay::list_popover(&response, width.max(280.0), |ui| {
        let typed = choices::find_ui(ui, &response, HINT);
        let roster = roster(state);
        let found: Vec<_> = roster.iter().filter(|met| fits(met.student, &typed)).collect();
        if !typed.trim().is_empty()
            && choices::is_entered(ui)
            && let [only] = found.as_slice()
        {
            picked = Some(Picked::Student(only.student.id));
        }
        let room = overlay::room(ui.ctx()) - FIELD;
        egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room).auto_shrink([false, true]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            overlay::scroll_by_keys(ui);
            if typed.trim().is_empty() && chosen.is_some() && overlay::row(ui, None, first, "", false).clicked() {
                picked = Some(Picked::First);
            }
            for met in found {
                let is_chosen = chosen == Some(met.student.id);
                let row = overlay::row(ui, None, &met.student.name, &met.ago(state.now_unix_ms), is_chosen);
                if row.clicked() {
                    picked = Some(Picked::Student(met.student.id));
                }
                if is_chosen && response.clicked() {
                    row.scroll_to_me(None);
                }
            }
            if is_new(&state.students, &typed) && overlay::item(ui, Some(icons::PLUS), &add_label(&typed), false) {
                ui.data_mut(|data| data.insert_temp(awaited, typed.trim().to_owned()));
                out.push(Action::Do(LibraryCommand::AddStudents(vec![typed.trim().to_owned()]).into()));
            }
        });
        if picked.is_some() {
            ui.close();
        }
    });
    picked.filter(|picked| *picked != chosen.map_or(Picked::First, Picked::Student))
}

/// "Add “Lou” to the class".
pub(in crate::ui) fn add_label(typed: &str) -> String {
    format!("Add “{}” to the class", typed.trim())
}
