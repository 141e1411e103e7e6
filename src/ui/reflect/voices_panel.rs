//! Who is who: the line that asks when Afterbell is not sure, and the panel in which the teacher says it.

use crate::conference::{ConferenceRecord, Corrections, Edit, Millis, Speaker, TeacherKnown, Voice, VoiceCount, remarks_of_gaps};
use crate::settings::SettingsChange;
use crate::ui::kit::app_state::{Action, AppState};
use crate::ui::kit::choices::choice;
use crate::ui::kit::icons;
use crate::ui::kit::overlay;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::{LibraryCommand, VoiceCommand};
use egui::{Sense, Ui, Vec2};

/// More students than this do not sit at one table.
const MOST_STUDENTS: u8 = 8;
/// A voice known from this much of it is known well; more is not asked for.
const KNOWN_WELL_S: f64 = 60.0;

/// From this width on the question about a second person stands in one row with its answers.
const ONE_ROW: f32 = 600.0;

/// What the panel remembers.
pub(super) struct VoicesPanel {
    /// The voices are being told apart again.
    working: bool,
    /// Said no to having the voice remembered, in this conference.
    declined: bool,
    /// The two that may be the same person, once they are chosen.
    same: (Option<Speaker>, Option<Speaker>),
}

/// What the teacher asked for.
pub(super) enum VoicesAction {
    Change(Edit),
    /// The teacher and this child change places.
    Swap(Edit, String),
    Hear(Millis),
}

impl VoicesPanel {
    pub fn new() -> Self {
        Self { working: false, declined: false, same: (None, None) }
    }

    /// The voices told apart again have come, or it did not work.
    pub fn rediarized(&mut self) {
        self.working = false;
    }

    /// One line above the transcript while there is something to say: a doubt, a guess, an offer.
    pub fn line_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, state: &AppState, out: &mut Vec<Action>) -> Option<VoicesAction> {
        let facts = record.data();
        let voices = &facts.voices;
        // What was not recorded in a stretch that is cut off is of no interest.
        let gaps: Vec<_> = facts.dropouts.iter().copied().filter(|gap| facts.corrections.cut_off.is_none_or(|end| gap.start() < end)).collect();
        for remark in remarks_of_gaps(&gaps, facts.length) {
            widgets::label(ui, theme::SECONDARY, palette.ink2, remark.sentence());
        }
        if self.working {
            ui.horizontal(|ui| {
                ui.add(egui::Spinner::new().size(16.0).color(palette.pine));
                widgets::line(ui, theme::SECONDARY, palette.ink2, "Telling the voices apart again. You can keep working.");
            });
            return None;
        }
        if voices.roles.is_empty() || !record.data().has_sound() {
            return None;
        }
        if let Some((count, moments)) = voices.count_in_doubt() {
            return self.count_ui(ui, palette, record, count, moments, out);
        }
        // The teacher hears a second person, and no second voice stands out by itself.
        if record.data().corrections.people == Some(2) && voices.roles.len() == 1 {
            widgets::label(ui, theme::SECONDARY, palette.ink2, "No second voice was found. Right-click a turn of that person and say whose it is.");
            return None;
        }
        if voices.teacher_known == TeacherKnown::ByTeacher {
            self.offer_ui(ui, palette, record, state, out);
            return None;
        }
        if voices.teacher_known != TeacherKnown::Guessed {
            return None;
        }
        let text = if voices.roles.len() == 1 { "Afterbell guessed that the one voice is yours." } else { "Afterbell guessed which voice is yours." };
        let mut asked = None;
        ui.horizontal_wrapped(|ui| {
            widgets::line(ui, theme::SECONDARY, palette.ink2, text);
            if Button::new(Kind::Quiet, "That’s right").small().show(ui).clicked() {
                asked = Some(VoicesAction::Change(Edit::Roles(voices.roles.clone(), TeacherKnown::ByTeacher)));
            }
            let other = voices.roles.iter().position(|&role| role != Speaker::Teacher);
            if let (Some(other), 2) = (other, voices.roles.len()) {
                let name = record.speaker_name(voices.roles[other]);
                if Button::new(Kind::Quiet, &format!("Swap You and {name}")).icon(icons::SWAP).small().show(ui).clicked() {
                    asked = Some(VoicesAction::Swap(Edit::Roles(voices.roles_with_teacher(Voice(other as u8)), TeacherKnown::ByTeacher), name));
                }
            }
            if voices.roles == [Speaker::Teacher] {
                let student = Speaker::Student(1);
                if Button::new(Kind::Quiet, &format!("It is {}", record.speaker_name(student))).small().show(ui).clicked() {
                    asked = Some(VoicesAction::Change(Edit::Roles(vec![student], TeacherKnown::ByTeacher)));
                }
            }
        });
        asked
    }

    /// One person may have been taken for two, or two for one: a moment of each to listen to, and a press to settle it.
    fn count_ui(
        &mut self,
        ui: &mut Ui,
        palette: &Palette,
        record: &ConferenceRecord,
        count: VoiceCount,
        moments: &[Millis],
        out: &mut Vec<Action>,
    ) -> Option<VoicesAction> {
        let question = if count == VoiceCount::OnlyOne { "Heard one voice. Is there a second?" } else { "Hard to tell: two people, or one?" };
        let mut asked = None;
        let is_wide = ui.available_width() >= ONE_ROW;
        let mut answers_ui = |ui: &mut Ui| {
            for &at in moments.iter().filter(|at| **at < record.data().end()) {
                if widgets::jump_pill(ui, at, false).clicked() {
                    asked = Some(VoicesAction::Hear(at));
                }
            }
            for (people, name) in [(2, "Two people"), (1, "One person")] {
                if Button::new(Kind::Secondary, name).small().show(ui).clicked() {
                    self.settle(record, people, out);
                }
            }
        };
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(20.0), Sense::hover());
            widgets::paint_icon(ui, icons::USERS_THREE, rect.center(), 20.0, palette.ink2);
            widgets::line(ui, theme::SECONDARY_BOLD, palette.ink, question);
            if is_wide {
                answers_ui(ui);
            }
        });
        if !is_wide {
            ui.horizontal(answers_ui);
        }
        asked
    }

    /// The voice is never learned without being asked for; the samples' voices are nobody's.
    fn offer_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, state: &AppState, out: &mut Vec<Action>) {
        let known = state.voice.unwrap_or(0.0) >= KNOWN_WELL_S;
        if self.declined || known || !state.settings.offer_voice || record.data().is_sample {
            return;
        }
        ui.horizontal_wrapped(|ui| {
            widgets::line(ui, theme::SECONDARY, palette.ink2, "Remember your voice for next time?");
            if Button::new(Kind::Quiet, "Remember it").small().show(ui).clicked() {
                self.declined = true;
                out.push(Action::Do(VoiceCommand::Remember(record.data().id).into()));
            }
            if Button::new(Kind::Quiet, "Not now").small().show(ui).clicked() {
                self.declined = true;
            }
            if Button::new(Kind::Quiet, "Never").small().show(ui).clicked() {
                out.push(Action::Do(LibraryCommand::ChangeSetting(SettingsChange::OfferVoice(false)).into()));
            }
        });
    }

    /// The button that opens the panel, and the panel.
    pub fn menu_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, out: &mut Vec<Action>) -> Option<VoicesAction> {
        let response = Button::new(Kind::Quiet, "Voices").icon(icons::USERS_THREE).show(ui);
        let mut asked = None;
        overlay::popover(&response, 380.0, |ui| {
            egui::Frame::new().inner_margin(8).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 6.0;
                widgets::label(ui, theme::NAME, palette.ink, "Whose voices are these?");
                asked = self.panel_ui(ui, palette, record, out);
            });
            if asked.is_some() || self.working {
                ui.close();
            }
        });
        asked
    }

    fn panel_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, out: &mut Vec<Action>) -> Option<VoicesAction> {
        let mut asked = None;
        let speakers: Vec<Speaker> = record.measures().speakers.keys().copied().collect();
        for &speaker in &speakers {
            let talk = &record.measures().speakers[&speaker];
            ui.horizontal(|ui| {
                widgets::avatar(ui, &record.speaker_name(speaker), Some(speaker), 28.0);
                widgets::line(ui, theme::BODY, palette.ink, format!("{}, {} of the talk", record.speaker_name(speaker), talk.talk_share()));
                if let Some(longest) = talk.longest_turn
                    && widgets::jump_pill(ui, longest.start(), false).clicked()
                {
                    asked = Some(VoicesAction::Hear(longest.start()));
                }
            });
        }
        widgets::divider(ui);
        let corrections = &record.data().corrections;
        let students = record.data().students.max(1);
        ui.horizontal(|ui| {
            widgets::line(ui, theme::BODY, palette.ink, "Students at the table");
            let names: Vec<String> = (1..=MOST_STUDENTS).map(|count| count.to_string()).collect();
            if let Some(picked) = choice(ui, "Students at the table", &names, usize::from(students) - 1, 72.0) {
                self.rediarize(record, picked as u8 + 1, Corrections { people: None, ..corrections.clone() }, out);
            }
        });
        if action(ui, palette, "Someone else spoke too", "A child who interrupts, a colleague at the door") {
            self.rediarize(record, students, Corrections { others: corrections.others + 1, people: None, ..corrections.clone() }, out);
        }
        if speakers.len() >= 2 {
            let names: Vec<String> = speakers.iter().map(|&speaker| record.speaker_name(speaker)).collect();
            let place =
                |chosen: Option<Speaker>, first: usize| chosen.and_then(|chosen| speakers.iter().position(|&speaker| speaker == chosen)).unwrap_or(first);
            let (one, other) = (place(self.same.0, 0), place(self.same.1, 1));
            ui.horizontal(|ui| {
                if let Some(picked) = choice(ui, "One voice", &names, one, 120.0) {
                    self.same.0 = speakers.get(picked).copied();
                }
                widgets::line(ui, theme::BODY, palette.ink, "and");
                if let Some(picked) = choice(ui, "The other voice", &names, other, 120.0) {
                    self.same.1 = speakers.get(picked).copied();
                }
            });
            ui.add_enabled_ui(one != other, |ui| {
                if action(ui, palette, "are the same person", "") {
                    let (keep, other) = (speakers[one.min(other)], speakers[one.max(other)]);
                    self.rediarize(record, students, corrections.with_one_person(record.speaker_spans(), students, keep, other), out);
                }
            });
        }
        if !corrections.speakers.is_empty()
            && action(ui, palette, "Tell the voices apart by what I corrected", "Finds the voices you pointed at in the rest of the conference too")
        {
            self.rediarize(record, students, corrections.clone(), out);
        }
        if (corrections.others > 0 || corrections.people.is_some() || !corrections.pointed_at.is_empty())
            && action(ui, palette, "Put back what Afterbell found", "")
        {
            self.rediarize(record, students, Corrections { others: 0, people: None, pointed_at: Vec::new(), ..corrections.clone() }, out);
        }
        asked
    }

    /// There are so many people: what was hard to tell is settled.
    fn settle(&mut self, record: &ConferenceRecord, people: u8, out: &mut Vec<Action>) {
        let facts = record.data();
        self.rediarize(record, facts.students.max(1), Corrections { people: Some(people), ..facts.corrections.clone() }, out);
    }

    fn rediarize(&mut self, record: &ConferenceRecord, students: u8, corrections: Corrections, out: &mut Vec<Action>) {
        self.working = true;
        out.push(Action::Do(VoiceCommand::Rediarize { id: record.data().id, students, corrections: Box::new(corrections) }.into()));
    }
}

/// One thing that can be said, with what it does beneath it.
fn action(ui: &mut Ui, palette: &Palette, name: &str, more: &str) -> bool {
    let clicked = Button::new(Kind::Quiet, name).small().show(ui).clicked();
    if !more.is_empty() {
        widgets::label(ui, theme::SMALL, palette.ink2, more);
    }
    clicked
}
