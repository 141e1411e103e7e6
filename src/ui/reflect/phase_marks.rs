//! How a phase of the conference is shown: its color, its icon, and the key that tags turns with it.

use crate::conference::Phase;
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use egui::{CornerRadius, Rect, Ui, pos2};

/// One stretch of a phase: with its name, or its initial where the name does not fit.
pub(super) fn paint_phase(ui: &Ui, palette: &Palette, phase: Phase, part: Rect) {
    let (back, front) = palette.phase(phase);
    ui.painter().rect_filled(part, CornerRadius::same(4), back);
    let name = phase.name();
    for text in [name, &name[..1]] {
        let galley = ui.painter().layout_no_wrap(text.to_owned(), theme::SMALL_BOLD.font(), front);
        if galley.size().x + 8.0 <= part.width() {
            let at = pos2(part.left() + 8.0_f32.min(part.width() - galley.size().x - 2.0), part.center().y - galley.size().y / 2.0);
            ui.painter().galley(at, galley, front);
            break;
        }
    }
}

/// The icon of a phase.
pub(super) fn phase_icon(phase: Phase) -> Option<icons::Icon> {
    match phase {
        Phase::Research => Some(icons::EAR),
        Phase::Compliment => Some(icons::HAND_HEART),
        Phase::Teach => Some(icons::LIGHTBULB),
        Phase::Link => Some(icons::LINK_SIMPLE),
        Phase::Other => None,
    }
}

/// Of the Correct mode: the tags for the chosen turns, with their keys.
pub(super) const TAGS: [(Phase, egui::Key); 5] = [
    (Phase::Research, egui::Key::R),
    (Phase::Compliment, egui::Key::C),
    (Phase::Teach, egui::Key::T),
    (Phase::Link, egui::Key::L),
    (Phase::Other, egui::Key::Num0),
];
