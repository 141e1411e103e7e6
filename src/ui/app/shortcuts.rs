//! Keys that work on every screen, files dropped on the window, and closing it.

use super::{App, Screen};
use crate::ui::dialogs::overlays::{self, Closing, Toast};
use crate::ui::kit::app_state::{Action, Place};
use crate::ui::screens::recording::RecordingScreen;
use crate::work::{OpenDialog, RecordingCommand};
use egui::{Key, Modifiers, Ui};

impl App {
    pub(super) fn shortcuts(&mut self, ui: &mut Ui, actions: &mut Vec<Action>) {
        let pressed = |modifiers: Modifiers, key: Key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if pressed(Modifiers::NONE, Key::F1) {
            actions.push(Action::ShowKeys);
        }
        if self.recording.is_some() || matches!(self.screen, Screen::Welcome(_) | Screen::Starting(_) | Screen::Broken(_)) {
            return;
        }
        for (key, place) in [(Key::Num1, Place::Record(None)), (Key::Num2, Place::Conferences), (Key::Comma, Place::Settings)] {
            if pressed(Modifiers::COMMAND, key) {
                actions.push(Action::Go(place));
            }
        }
        let typing = ui.ctx().egui_wants_keyboard_input();
        // The one with Shift first: the other takes it for its own.
        let forward = pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z) || pressed(Modifiers::COMMAND, Key::Y);
        let back = pressed(Modifiers::COMMAND, Key::Z);
        if let (Screen::Conference(screen), false) = (&mut self.screen, typing)
            && (back || forward)
            && let Some(said) = screen.step_back(forward)
        {
            self.toasts.push(Toast::step(said));
        }
        let dropped: Vec<_> = ui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect());
        if !dropped.is_empty() {
            // First the place, with all that is there, then what is awaited there.
            self.left_list = None;
            self.go(Place::Conferences);
            if dropped.iter().any(|path| path.extension().is_none()) {
                // It may be a folder: that is for those to look at who may wait for the disk.
                (self.send)(OpenDialog::Dropped(dropped).into());
            } else {
                self.ask_whose(dropped, None);
            }
        }
    }

    /// Closing the window while recording asks first; nothing is thrown away either way.
    pub(super) fn closing(&mut self, ui: &mut Ui) {
        if ui.input(|input| input.viewport().close_requested()) {
            self.keep_all();
            // While the microphone is only being opened there is nothing to ask about.
            if self.recording.as_ref().is_some_and(RecordingScreen::has_begun) && !self.closing {
                ui.ctx().send_viewport_cmd(egui::ViewportCommand::CancelClose);
                self.close_asked = true;
            }
        }
        if self.close_asked
            && let Some(answer) = overlays::closing_ui(ui)
        {
            self.close_asked = false;
            if answer == Closing::StopAndClose {
                self.closing = true;
                if self.recording.is_some() {
                    (self.send)(RecordingCommand::Stop.into());
                } else {
                    // It has stopped by itself meanwhile, and is kept.
                    ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
                }
            }
        }
    }
}
