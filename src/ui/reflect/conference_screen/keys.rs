//! The keys of the conference screen.

use super::ConferenceScreen;
use crate::conference::{Question, Rating, Speaker};
use crate::ui::kit::app_state::{Action, AppState};
use crate::ui::reflect::cards::rating_edits;
use crate::ui::reflect::editing;
use crate::ui::reflect::transport::PlaybackPosition;
use egui::{Key, Modifiers, Ui};

impl ConferenceScreen {
    pub(super) fn keys(&mut self, ui: &mut Ui, state: &AppState, is_playing: bool, out: &mut Vec<Action>) {
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if pressed(Modifiers::COMMAND, Key::F) {
            self.finding = true;
            ui.memory_mut(|memory| memory.request_focus(self.find_id()));
        }
        if pressed(Modifiers::COMMAND, Key::E) {
            self.share_open = true;
            ui.ctx().request_repaint();
        }
        if pressed(Modifiers::SHIFT, Key::F3) {
            self.transcript.step(self.session.record(), false);
        } else if pressed(Modifiers::NONE, Key::F3) {
            self.transcript.step(self.session.record(), true);
        }
        // Single letters do nothing while typing.
        if ui.ctx().egui_wants_keyboard_input() {
            return;
        }
        for (key, rating) in [Key::Num1, Key::Num2, Key::Num3, Key::Num4].into_iter().zip(Rating::ALL) {
            if pressed(Modifiers::ALT, key)
                && let Some(question) = self.cards.open
            {
                rating_edits(self.record(), question, rating, state.settings.guess_first).into_iter().for_each(|edit| self.edit(edit));
            }
        }
        let here = self.record().turn_at(self.place).unwrap_or(0);
        for (key, step) in [(Key::ArrowUp, -1), (Key::ArrowDown, 1)] {
            if pressed(Modifiers::SHIFT, key) {
                self.transcript.stretch(self.session.record(), step, here);
            }
        }
        for (key, speaker) in [(Key::Y, Speaker::Teacher), (Key::S, Speaker::Student(1)), (Key::O, Speaker::Other)] {
            if pressed(Modifiers::ALT, key) {
                self.session.give(here, speaker);
            }
        }
        if pressed(Modifiers::NONE, Key::Escape) {
            if self.choosing.is_some() {
                self.cancel_choosing();
            } else if self.transcript.selected.is_some() {
                self.transcript.selected = None;
            } else if self.transcript.correcting {
                self.done_correcting();
            }
        }
        // What is left are single keys; together with others they mean something else.
        if ui.input(|input| input.modifiers.any()) {
            return;
        }
        let press = self.transport.keys(ui, self.session.record(), state, PlaybackPosition { at: self.place, is_playing });
        if pressed(Modifiers::NONE, Key::F) {
            self.transcript.follow = true;
            self.transcript.show_moment(self.place);
        }
        for (key, question) in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5].into_iter().zip(Question::ALL) {
            if pressed(Modifiers::NONE, key) {
                self.cards.show(Some(question));
            }
        }
        if pressed(Modifiers::NONE, Key::E) && self.choosing.is_none() && !self.record().turns().is_empty() {
            let turn = editing::turns_of(self.record(), self.transcript.selected).map_or(here, |(first, _)| first);
            self.open_turn(turn);
        }
        if pressed(Modifiers::NONE, Key::N) {
            self.cards.to_note = true;
        }
        if let Some(press) = press {
            self.press(press, is_playing, out);
        }
    }
}
