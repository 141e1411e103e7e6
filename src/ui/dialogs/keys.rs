//! The list of keys (F1).

use crate::ui::kit::overlay::Dialog;
use crate::ui::kit::theme::{self, palette};
use crate::ui::kit::widgets::{self, Kind};
use egui::{Key, Modifiers, Ui};

const KEYS: [(&str, &[(&str, &str)]); 5] = [
    ("Record", &[("Space", "Start"), ("M or Space", "Mark, while recording"), ("P", "Pause and resume"), ("Ctrl+S", "Stop and save")]),
    (
        "Listen",
        &[
            ("Space", "Play and pause"),
            ("J  K  L", "Back 5 s, pause, forward 5 s"),
            ("← →", "2 s back, forward"),
            ("↑ ↓", "Turn before, after"),
            ("Home", "To the start"),
            ("[ ]", "Slower, faster"),
            ("S", "Skip silence"),
            ("R", "Repeat this turn"),
            ("M", "Mark"),
            (",  .", "Mark before, after"),
            ("F", "Follow the playing word"),
        ],
    ),
    (
        "Reflect",
        &[
            ("1–5", "Open a question"),
            ("Alt+1–4", "Rate it"),
            ("N", "Note"),
            ("Ctrl+F", "Find, F3 for the next"),
            ("Ctrl+E", "Share"),
            ("Ctrl+Z  Ctrl+Y", "Undo, redo"),
        ],
    ),
    (
        "Correct",
        &[
            ("E", "Correct this turn"),
            ("Enter  Esc", "Save, cancel"),
            ("Shift+Enter", "Split here"),
            ("Alt+↑  Alt+↓", "Join to the turn above, below"),
            ("Alt+Y  S  O", "Speaker You, Student, Other"),
            ("Shift+↑  Shift+↓", "Select turns"),
            ("Alt+R  C  T  L  0", "Tag the phase"),
        ],
    ),
    ("Anywhere", &[("Ctrl+1  Ctrl+2", "Record, Conferences"), ("Ctrl+,", "Settings"), ("F1", "This list")]),
];

/// Draws it; true when it is to be closed.
pub(super) fn ui(ui: &mut Ui) -> bool {
    let palette = palette(ui);
    let answer = Dialog::new("keys", "Keys").width(760.0).button(Kind::Primary, "Close", true).show(ui.ctx(), |ui| {
        ui.columns(2, |columns| {
            for (index, (title, keys)) in KEYS.iter().enumerate() {
                let ui = &mut columns[index % 2];
                widgets::label(ui, theme::NAME, palette.ink, *title);
                for (key, what) in *keys {
                    ui.horizontal(|ui| {
                        widgets::key_cap(ui, key);
                        widgets::line(ui, theme::BODY, palette.ink2, *what);
                    });
                }
                ui.add_space(8.0);
            }
        });
        ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::F1))
    });
    answer.inner || answer.pressed.is_some() || answer.is_closed
}
