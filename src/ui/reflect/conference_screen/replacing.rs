//! A name, or any words, replaced everywhere in a transcript.

use crate::ui::kit::overlay::Dialog;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Kind};
use crate::work::EditSession;
use egui::Ui;

/// What is being replaced everywhere, and with what.
#[derive(Default)]
pub(super) struct Replacing {
    name: String,
    with: String,
    /// How often the name is there: counted once for each name and state of the talk.
    counted: Option<(String, u64, usize)>,
}

impl Replacing {
    fn count(&mut self, session: &EditSession) -> usize {
        let (name, revision) = (self.name.trim(), session.talk_revision());
        match &self.counted {
            Some((counted, at, count)) if counted == name && *at == revision => *count,
            _ => {
                let count = session.record().count_of(name);
                self.counted = Some((name.to_owned(), revision, count));
                count
            }
        }
    }

    /// A name (or any words) written another way everywhere, in one step. True when it is done or not wanted any more.
    pub(super) fn ui(&mut self, ui: &mut Ui, palette: &Palette, session: &mut EditSession) -> bool {
        let found = self.count(session);
        let id = session.record().data().id;
        let is_ready = found > 0 && !self.with.trim().is_empty();
        let dialog = Dialog::new("replace everywhere", "Replace a name everywhere").width(380.0);
        let answer = dialog.button(Kind::Secondary, "Cancel", true).button(Kind::Primary, "Replace", is_ready).show(ui.ctx(), |ui| {
            let width = ui.available_width();
            widgets::field(ui, widgets::field_id(id, "replace what"), &mut self.name, "Written now", None, width);
            widgets::field(ui, widgets::field_id(id, "replace with"), &mut self.with, "Write instead", None, width);
            let text = match found {
                _ if self.name.trim().is_empty() => "In this transcript. One step, so one Undo takes it back.".to_owned(),
                0 => format!("“{}” is nowhere in this transcript.", self.name.trim()),
                1 => "Found once.".to_owned(),
                count => format!("Found {count} times."),
            };
            widgets::label(ui, theme::SECONDARY, palette.ink2, text);
        });
        if answer.pressed == Some(1) {
            let (name, with) = (self.name.trim(), self.with.trim());
            session.change(|record| record.replace_everywhere(name, with));
        }
        answer.pressed.is_some() || answer.is_closed
    }
}
