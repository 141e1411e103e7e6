//! How a phase of the conference is shown: its color, its icon, and the key that tags turns with it.

use crate::conference::Phase;
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use egui::{CornerRadius, Rect, Stroke, Ui, pos2, vec2};

/// One stretch of a phase: with its name, or its initial where the name does not fit.
pub(super) fn paint_phase(ui: &Ui, palette: &Palette, (phase, is_sure): (Phase, bool), part: Rect) {
    let (back, front) = palette.phase(phase);
    let front = if is_sure { front } else { palette.ink };
    if is_sure {
        ui.painter().rect_filled(part, CornerRadius::same(4), back);
    } else {
        hatch(ui.painter(), part, back);
    }
    let name = phase.name();
    for text in [name.to_owned(), name.chars().take(1).collect()] {
        let galley = ui.painter().layout_no_wrap(text, theme::SMALL_BOLD.font(), front);
        if galley.size().x + 8.0 <= part.width() {
            let at = pos2(part.left() + 8.0_f32.min(part.width() - galley.size().x - 2.0), part.center().y - galley.size().y / 2.0);
            if !is_sure {
                // No line runs through its name.
                ui.painter().rect_filled(Rect::from_min_size(at, galley.size()).expand2(vec2(2.0, 0.0)), CornerRadius::same(2), palette.card);
            }
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

/// What is not sure is hatched: outlined, with slanting lines.
pub(super) fn hatch(painter: &egui::Painter, rect: Rect, color: egui::Color32) {
    const STEP: f32 = 6.0;
    painter.rect_stroke(rect, CornerRadius::same(4), Stroke::new(1.0, color), egui::StrokeKind::Inside);
    let inside = painter.with_clip_rect(rect.intersect(painter.clip_rect()));
    let visible = rect.intersect(painter.clip_rect());
    let mut y = rect.top() + ((visible.top() - rect.top()) / STEP).floor().max(0.0) * STEP;
    while y < visible.bottom() + rect.width() {
        inside.line_segment([pos2(rect.left(), y), pos2(rect.right(), y - rect.width())], Stroke::new(2.0, color));
        y += STEP;
    }
}
