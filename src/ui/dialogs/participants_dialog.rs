//! Who the students of a conference are: from the class list, or by names typed for this conference.

use crate::conference::{ConferenceRecord, Edit, Participant, Speaker, Student, ending, name_key, with_voice};
use crate::ui::kit::app_state::{Action, AppState};
use crate::ui::kit::choices::choice;
use crate::ui::kit::overlay::Dialog;
use crate::ui::kit::student_picker::{Picked, student_choice};
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Kind};
use egui::Ui;

/// The open dialog.
pub(in crate::ui) struct ParticipantsDialog {
    /// From the class list; only where there is one student.
    student: Option<Student>,
    student_before: Option<Student>,
    /// In the order of the students' numbers.
    fields: Vec<Field>,
    /// The field the keyboard goes to at the next frame.
    focus: Option<usize>,
}

/// One name.
#[derive(Clone)]
struct Field {
    before: String,
    name: String,
    /// Which child of the class list that has this name: a place in [`alike`], or one beyond for another child. As long as nothing was picked, the
    /// only one is meant.
    picked: Option<usize>,
}

/// The children of the class list whose name this may be.
fn alike<'a>(name: &str, students: &'a [Student]) -> Vec<&'a Student> {
    let key = name_key(name);
    if key.is_empty() { Vec::new() } else { students.iter().filter(|student| name_key(&student.name) == key).collect() }
}

impl Field {
    fn is_changed(&self) -> bool {
        self.name.trim() != self.before
    }

    /// Where it may be somebody of the class list, the teacher says so.
    fn which_ui(&mut self, ui: &mut Ui, students: &[Student]) {
        let alike = alike(&self.name, students);
        if !self.is_changed() || alike.is_empty() {
            return;
        }
        let is_one = alike.len() == 1;
        let listed = |student: &&Student| {
            let which = if is_one { String::new() } else { format!(" ({})", ending(student.id, 4)) };
            format!("{}{which} from the class list", student.name)
        };
        let options: Vec<String> = alike.iter().map(listed).chain(["Another child of that name".to_owned()]).collect();
        let chosen = self.picked.unwrap_or(if is_one { 0 } else { alike.len() }).min(alike.len());
        if let Some(picked) = choice(ui, "Which child?", &options, chosen, 380.0) {
            self.picked = Some(picked);
        }
    }

    fn student(&self, students: &[Student], there: &[Participant]) -> Student {
        let alike = alike(&self.name, students);
        let only = (alike.len() == 1).then_some(0);
        let picked = self.picked.or(only).and_then(|index| alike.get(index)).map(|student| (*student).clone());
        // Chosen before recording, without saying which voice it would be.
        let here = || there.iter().find(|one| one.voice.is_none() && name_key(&one.student.name) == name_key(&self.name)).map(|one| one.student.clone());
        picked.or_else(here).unwrap_or_else(|| Student { id: crate::work::new_id(), name: self.name.trim().to_owned() })
    }
}

impl ParticipantsDialog {
    /// With the names as they are, ready to type that of `first`.
    pub fn new(record: &ConferenceRecord, first: Speaker, students: &[Student]) -> Self {
        let facts = record.data();
        // Voices may have been told apart into more students than were said to be there.
        let heard = record.measures().speakers.keys().map(|speaker| if let Speaker::Student(number) = speaker { *number } else { 1 });
        let count = heard.chain([facts.students, 1]).max().unwrap_or(1);
        let listed = facts.participants.iter().find(|one| students.iter().any(|student| student.id == one.student.id)).map(|one| one.student.clone());
        let student = listed.filter(|_| count == 1);
        let name = |number: u8| with_voice(&facts.participants, number).filter(|named| student.as_ref().is_none_or(|student| student.id != named.id));
        let field = |number: u8| name(number).map_or_else(String::new, |student| student.name.clone());
        let fields: Vec<Field> = (1..=count).map(field).map(|name| Field { before: name.clone(), name, picked: None }).collect();
        let focus = if let Speaker::Student(number) = first { usize::from(number) - 1 } else { 0 };
        Self { student_before: student.clone(), student, focus: Some(focus.min(fields.len() - 1)), fields }
    }

    /// Draws it; the edits to make once it is to be closed (none when nothing is to change).
    pub fn ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, state: &AppState, out: &mut Vec<Action>) -> Option<Vec<Edit>> {
        let is_table = self.fields.len() > 1;
        let title = if is_table { "Who is who?" } else { "Who was this with?" };
        let dialog = Dialog::new("names", title).width(380.0).button(Kind::Secondary, "Cancel", true).button(Kind::Primary, "Save", true);
        let answer = dialog.show(ui.ctx(), |ui| {
            let width = ui.available_width();
            if !is_table && !state.students.is_empty() {
                self.class_list_ui(ui, state, out);
                widgets::label(ui, theme::SECONDARY, palette.ink2, "Or a name for this conference alone:");
            }
            for (index, field) in self.fields.iter_mut().enumerate() {
                let hint = if is_table { format!("Student {}", index + 1) } else { "Another name".to_owned() };
                let response = widgets::field(ui, widgets::field_id(record.data().id, ("name", index)), &mut field.name, &hint, None, width);
                if self.focus.take_if(|focus| *focus == index).is_some() {
                    response.request_focus();
                }
                if response.changed() {
                    field.picked = None;
                }
                ui.push_id(("which", index), |ui| field.which_ui(ui, &state.students));
            }
        });
        match answer.pressed {
            Some(1) => Some(self.edits(record, &state.students)),
            Some(_) => Some(Vec::new()),
            None => answer.is_closed.then(Vec::new),
        }
    }

    fn class_list_ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) {
        let width = ui.available_width();
        let chosen = self.student.as_ref().map(|student| student.id);
        if let Some(picked) = student_choice(ui, state, "From the class list", "Nobody yet", chosen, width, out) {
            self.student = if let Picked::Student(id) = picked { state.student(id).cloned() } else { None };
            self.fields.iter_mut().for_each(|field| field.name.clear());
        }
    }

    fn edits(&self, record: &ConferenceRecord, students: &[Student]) -> Vec<Edit> {
        let before = &record.data().participants;
        let mut participants = before.clone();
        if let [only] = self.fields.as_slice() {
            if only.is_changed() && !only.name.trim().is_empty() {
                participants = vec![Participant { student: only.student(students, before), voice: Some(1) }];
            } else if only.is_changed() || self.student != self.student_before {
                participants = self.student.iter().map(|student| Participant { student: student.clone(), voice: Some(1) }).collect();
            }
        } else {
            for (number, field) in (1..).zip(&self.fields).filter(|(_, field)| field.is_changed()) {
                participants.retain(|one| one.voice != Some(number));
                if field.name.trim().is_empty() {
                    continue;
                }
                let student = field.student(students, &participants);
                match participants.iter_mut().find(|one| one.student.id == student.id) {
                    Some(there) => there.voice = Some(number),
                    None => participants.push(Participant { student, voice: Some(number) }),
                }
            }
        }
        if participants == *before { Vec::new() } else { vec![Edit::Participants(participants)] }
    }
}
