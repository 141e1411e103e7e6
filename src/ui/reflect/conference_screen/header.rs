//! The header of a conference: who and when, its title, and the buttons at its right.

use super::ConferenceScreen;
use super::replacing::Replacing;
use crate::conference::{ConferenceRecord, Edit, Participant, Speaker, names};
use crate::settings::SettingsChange;
use crate::ui::dialogs::participants_dialog::ParticipantsDialog;
use crate::ui::dialogs::retranscribe_dialog::RetranscribeDialog;
use crate::ui::kit::app_state::{Action, AppState, Place};
use crate::ui::kit::overlay;
use crate::ui::kit::student_picker::{Picked, student_choice};
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::ui::kit::{dates, icons};
use crate::work::LibraryCommand;
use egui::{Align, Key, Layout, Rect, Role, Ui, WidgetInfo, pos2, vec2};
use std::sync::Arc;

/// Who it was with has at least this much of the header.
const LEAST_NAMES: f32 = 300.0;

/// The button beside a name.
const WHO_IS_WHO: f32 = 24.0;

/// A title has at least this much, before the day and the length, which the list has too; with less nothing could be read.
const LEAST_TITLE: f32 = 40.0;

/// With less than this "Replace a name…" is an icon.
const WORDED_REPLACE: f32 = 150.0;

/// "Guess first" with its switch; where there is less room it is in Settings alone.
const GUESS_FIRST: f32 = 170.0;

/// Right to left. Only while something is covered; turned off it goes, so it is said where it went.
fn guess_first_ui(ui: &mut Ui, palette: &Palette, out: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.x = 8.0;
    let mut on = true;
    if widgets::toggle(ui, &mut on, "Guess first") {
        let change = |on: bool| LibraryCommand::ChangeSetting(SettingsChange::GuessFirst(on)).into();
        out.push(Action::Do(change(false)));
        out.push(Action::Toast("Guess first is off. Settings has it".into(), Some(change(true))));
    }
    widgets::line(ui, theme::BODY, palette.ink, "Guess first");
    ui.label(icons::EYE_SLASH.text(20.0, palette.ink));
}

impl ConferenceScreen {
    pub(super) fn header_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        let (whole, width) = (ui.max_rect(), ui.available_width());
        // What is pressed has the room it needs; names and titles have what is left.
        let room = Rect::from_min_max(pos2(whole.left() + LEAST_NAMES.min(width * 0.4), whole.top()), whole.max);
        let mut right = ui.new_child(egui::UiBuilder::new().max_rect(room).layout(Layout::right_to_left(Align::Center)));
        self.buttons_ui(&mut right, palette, state, out);
        let left = Rect::from_min_max(whole.min, pos2(right.min_rect().left() - 12.0, whole.bottom()));
        widgets::area(ui, left, |ui| self.names_ui(ui, palette, state, out));
    }

    fn names_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        ui.horizontal_centered(|ui| {
            if widgets::icon_button(ui, icons::ARROW_LEFT, "Back to the conferences", false, 32.0).clicked() {
                out.push(Action::Go(Place::Conferences));
            }
            ui.add_space(8.0);
            let facts = self.record().data();
            let at_table = || names(&facts.participants).unwrap_or_else(|| self.record().student_name().to_owned());
            let name = if facts.students > 1 { at_table() } else { self.record().speaker_name(Speaker::Student(1)) };
            widgets::avatar(ui, &name, Some(Speaker::Student(1)), 40.0);
            ui.add_space(8.0);
            let unknown = facts.participants.is_empty() && !facts.is_sample && facts.students <= 1;
            let sample = if facts.is_sample { " · an invented sample, synthetic voices" } else { "" };
            let length = if facts.has_sound() { facts.end().to_string() } else { "typed".to_owned() };
            let sub = format!("{} · {length}{sample}", dates::when(facts.started_unix_ms, state.now_unix_ms));
            let title = facts.title.clone();
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                // A row begins this high, and grows with what is in it.
                ui.spacing_mut().interact_size.y = 20.0;
                // The choice is higher than a name.
                ui.add_space(if unknown { 2.0 } else { 9.0 });
                if unknown {
                    ui.horizontal(|ui| self.who_ui(ui, state, out));
                } else {
                    ui.horizontal(|ui| {
                        let room = (ui.available_width() - WHO_IS_WHO - ui.spacing().item_spacing.x).max(0.0);
                        ui.scope(|ui| {
                            ui.set_max_width(room);
                            widgets::line(ui, theme::CARD_TITLE, palette.ink, name);
                        });
                        if widgets::icon_button(ui, icons::PENCIL_SIMPLE, "Who is who…", false, WHO_IS_WHO).clicked() {
                            self.naming = Some(ParticipantsDialog::new(self.session.record(), Speaker::Student(1), &state.students));
                        }
                    });
                }
                ui.horizontal(|ui| {
                    let needed = ui.painter().layout_no_wrap(format!("{sub} ·"), theme::SECONDARY.font(), palette.ink2).size().x;
                    let has_room = ui.available_width() >= needed + ui.spacing().item_spacing.x + LEAST_TITLE;
                    if has_room {
                        widgets::line(ui, theme::SECONDARY, palette.ink2, format!("{sub} ·"));
                    }
                    if ui.available_width() >= LEAST_TITLE {
                        self.title_ui(ui, palette, title);
                    }
                });
            });
        });
    }

    /// Right to left.
    fn buttons_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        ui.spacing_mut().item_spacing.x = if ui.available_width() < 600.0 { 8.0 } else { 16.0 };
        if self.transcript.correcting {
            self.correcting_ui(ui, palette, out);
            return;
        }
        // While turns are chosen for a card nothing else is begun.
        let is_free = self.choosing.is_none();
        ui.add_enabled_ui(is_free, |ui| self.share_ui(ui, out));
        self.more_ui(ui, state, out);
        self.reply_ui(ui, state, out);
        let correct = |ui: &mut Ui| Button::new(Kind::Secondary, "Correct").icon(icons::PENCIL_SIMPLE).show(ui).clicked();
        if !self.record().turns().is_empty() && ui.add_enabled_ui(is_free, correct).inner {
            self.transcript.correcting = true;
        }
        if self.finding {
            self.find_ui(ui, palette);
        } else if widgets::icon_button(ui, icons::MAGNIFYING_GLASS, "Find in this transcript (Ctrl+F)", true, 40.0).clicked() {
            self.finding = true;
            ui.memory_mut(|memory| memory.request_focus(self.find_id()));
        }
        if state.settings.guess_first && self.covered() > 0 && ui.available_width() >= GUESS_FIRST {
            guess_first_ui(ui, palette, out);
        }
    }

    /// Right to left: done, redo, undo, and what the dots mean.
    fn correcting_ui(&mut self, ui: &mut Ui, palette: &Palette, out: &mut Vec<Action>) {
        if Button::new(Kind::Primary, "Done correcting").icon(icons::CHECK).show(ui).clicked() {
            self.done_correcting();
        }
        let (can_redo, can_undo) = (self.session.can_redo(), self.session.can_undo());
        if ui.add_enabled_ui(can_redo, |ui| widgets::icon_button(ui, icons::ARROW_CLOCKWISE, "Redo (Ctrl+Y)", true, 40.0)).inner.clicked() {
            out.extend(self.step_back(true).map(Action::Stepped));
        }
        if ui.add_enabled_ui(can_undo, |ui| Button::new(Kind::Secondary, "Undo").icon(icons::ARROW_COUNTER_CLOCKWISE).show(ui)).inner.clicked() {
            out.extend(self.step_back(false).map(Action::Stepped));
        }
        if self.record().data().has_sound() {
            let asked = self.voices.menu_ui(ui, palette, self.session.record(), out);
            self.voices_asked(asked, out);
        }
        let replace = "Replace a name…";
        let response = if ui.available_width() < WORDED_REPLACE {
            widgets::icon_button(ui, icons::TEXT_AA, replace, true, 40.0)
        } else {
            Button::new(Kind::Quiet, replace).show(ui)
        };
        if response.clicked() {
            self.replacing = Some(Replacing::default());
        }
        if ui.available_width() > 260.0 {
            widgets::line(ui, theme::SECONDARY, palette.ink2, "Dotted words are less sure");
        }
    }

    fn who_ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) {
        let question = "Who was this with?";
        let picked = ui.push_id(self.record().data().id, |ui| student_choice(ui, state, question, question, None, 220.0, out)).inner;
        if let Some(Picked::Student(id)) = picked
            && let Some(student) = state.student(id)
        {
            self.edit(Edit::Participants(vec![Participant { student: student.clone(), voice: Some(1) }]));
        }
        if widgets::icon_button(ui, icons::PENCIL_SIMPLE, "Another name…", false, 32.0).clicked() {
            self.naming = Some(ParticipantsDialog::new(self.session.record(), Speaker::Student(1), &state.students));
        }
    }

    fn title_ui(&mut self, ui: &mut Ui, palette: &Palette, mut title: String) {
        let before = title.clone();
        let edit = egui::TextEdit::singleline(&mut title)
            .id(widgets::field_id(self.record().data().id, "title"))
            .frame(egui::Frame::NONE)
            .font(theme::SECONDARY.font())
            .text_color(palette.ink2)
            .hint_text(theme::SECONDARY.text("Give it a title", palette.ink2))
            .desired_width(ui.available_width().min(380.0))
            // On one line with the day and the length.
            .min_size(vec2(0.0, theme::SECONDARY.line))
            .align(egui::Align2::LEFT_CENTER);
        ui.add(edit).widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Title"));
        if title != before {
            self.edit(Edit::Title(title));
        }
    }

    fn share_ui(&mut self, ui: &mut Ui, out: &mut Vec<Action>) {
        let response = Button::new(Kind::Primary, "Share").icon(icons::EXPORT).show(ui);
        let id = self.record().data().id;
        if response.clicked() || std::mem::take(&mut self.share_open) {
            let name = match self.record().data().participants.as_slice() {
                [only] => format!("{}’s conference", only.student.name),
                _ => "this conference".into(),
            };
            out.push(Action::Share(vec![id], name));
        }
    }

    /// What is rarely wanted.
    fn more_ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) {
        let is_busy = state.work.contains_key(&self.record().data().id);
        if !self.record().data().has_sound() || is_busy || state.looking_only {
            return;
        }
        let response = widgets::icon_button(ui, icons::DOTS_THREE, "More", true, 40.0);
        overlay::popover(&response, 300.0, |ui| {
            let (can_cut, can_uncut) = (self.record().cut_after_speech().is_some(), self.record().uncut().is_some());
            if overlay::item(ui, Some(icons::FILE_TEXT), "Transcribe again…", false) {
                self.again = Some(RetranscribeDialog::new(self.session.record(), state));
            }
            if can_cut && overlay::item(ui, Some(icons::STOP), "Cut off what follows the last speech", false) {
                let before = self.record().data().end();
                self.session.change(ConferenceRecord::cut_after_speech);
                out.push(Action::Edited(format!("Cut off: {} after the last speech. The recording itself is as it was", before - self.record().data().end())));
            }
            if can_uncut && overlay::item(ui, Some(icons::ARROW_COUNTER_CLOCKWISE), "Bring back what was cut off", false) {
                self.session.change(ConferenceRecord::uncut);
                out.push(Action::Edited("What was cut off is back".into()));
            }
        });
    }

    /// The newest reply of a colleague, if there is one.
    fn reply_ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) {
        let Some((_, replies)) = state.replies.as_ref().filter(|(id, _)| *id == self.record().data().id) else { return };
        if let Some(reply) = replies.last()
            && Button::new(Kind::Secondary, "Reply").icon(icons::CHAT_TEARDROP_TEXT).show(ui).on_hover_text("What your colleague says").clicked()
        {
            out.push(Action::Go(Place::Reply(Arc::clone(self.session.record()), Box::new(reply.clone()))));
        }
    }

    pub(super) fn find_id(&self) -> egui::Id {
        widgets::field_id(self.record().data().id, "find")
    }

    fn find_ui(&mut self, ui: &mut Ui, palette: &Palette) {
        if widgets::icon_button(ui, icons::X, "Close find", false, 32.0).clicked() || ui.input(|input| input.key_pressed(Key::Escape)) {
            self.finding = false;
            self.transcript.find.clear();
        }
        ui.spacing_mut().item_spacing.x = 8.0;
        let count = self.transcript.count();
        let text = match (self.transcript.find.trim().is_empty(), count) {
            (true, _) => String::new(),
            (false, 0) => "not said".into(),
            (false, count) => format!("{} of {count}", self.transcript.current + 1),
        };
        let id = self.find_id();
        let width = (ui.available_width() - 90.0).clamp(110.0, 200.0);
        ui.add(egui::Label::new(theme::SECONDARY.text(text, palette.ink)).extend());
        let response = widgets::field(ui, id, &mut self.transcript.find, "Find", Some(icons::MAGNIFYING_GLASS), width);
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            self.transcript.step(self.session.record(), true);
            response.request_focus();
        }
    }
}
