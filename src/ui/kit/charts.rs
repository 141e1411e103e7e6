//! Small charts: shares of talk, progress, the level of a microphone.

use super::theme::palette;
use egui::{Color32, CornerRadius, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

/// Teacher and students side by side; shares 0 to 1 of all talk, what is left belongs to other voices.
pub fn talk_bar(ui: &mut Ui, size: Vec2, teacher: f64, students: f64) -> Response {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let radius = CornerRadius::same((size.y / 2.0) as u8);
    let at = |share: f64| rect.left() + rect.width() * (share.clamp(0.0, 1.0) as f32);
    ui.painter().rect_filled(rect, radius, palette.sunk);
    for (from, to, color) in [(0.0, teacher, palette.teacher), (teacher, teacher + students, palette.student), (teacher + students, 1.0, palette.other)] {
        if to - from > 0.004 {
            let gap = if from > 0.0 { 2.0 } else { 0.0 };
            let part = Rect::from_min_max(pos2(at(from) + gap, rect.top()), pos2(at(to), rect.bottom()));
            let (left, right) = (if from <= 0.0 { radius.nw } else { 0 }, if to >= 0.996 { radius.nw } else { 0 });
            ui.painter().rect_filled(part, CornerRadius { nw: left, sw: left, ne: right, se: right }, color);
        }
    }
    response
}

/// A progress bar, 8 high.
pub fn progress_bar(ui: &mut Ui, width: f32, fraction: f32) -> Response {
    let palette = palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(width, 8.0), Sense::hover());
    response.widget_info(|| WidgetInfo { value: Some(f64::from(fraction)), ..WidgetInfo::labeled(Role::ProgressIndicator, true, "Progress") });
    ui.painter().rect_filled(rect, CornerRadius::same(4), palette.sunk);
    let done = Rect::from_min_size(rect.min, vec2(rect.width() * fraction.clamp(0.0, 1.0), rect.height()));
    ui.painter().rect_filled(done, CornerRadius::same(4), palette.pine);
    response
}

/// The level meter: `bars` upright bars, lit up to `level` (0 to 1).
pub fn level_meter(ui: &mut Ui, bars: usize, height: f32, level: f32, lit: Color32, unlit: Color32) -> Response {
    let step = 7.0;
    let (rect, response) = ui.allocate_exact_size(vec2(bars as f32 * step, height), Sense::hover());
    response.widget_info(|| WidgetInfo { value: Some(f64::from(level)), ..WidgetInfo::labeled(Role::ProgressIndicator, true, "Microphone level") });
    for bar in 0..bars {
        let left = rect.left() + bar as f32 * step;
        let color = if (bar as f32 + 0.5) / bars as f32 <= level { lit } else { unlit };
        ui.painter().rect_filled(Rect::from_min_size(pos2(left, rect.top()), vec2(4.0, height)), CornerRadius::same(2), color);
    }
    response
}
