//! Passages that are hard to hear, as chips among the words: a click plays one and opens its turn, so that what was heard can be typed in its place. And the
//! stretches that have no words for a reason of the program's.

use crate::conference::{ConferenceRecord, Millis, NoWords, Passage};
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets;
use egui::{Align2, Color32, CornerRadius, CursorIcon, Id, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

/// A chip is this high.
pub(super) const CHIP: f32 = 28.0;
const PILL: f32 = 22.0;
/// Before, between and behind what stands in it.
const EDGE: f32 = 10.0;
const ICON: f32 = 16.0;
const GAP: f32 = 6.0;

fn text(passage: &Passage) -> String {
    format!("hard to hear, {:.0} s", passage.span.length().secs().round().max(1.0))
}

/// How wide its chip is.
pub(super) fn width(ui: &Ui, passage: &Passage) -> f32 {
    let of = |text: String, role: theme::Type| ui.painter().layout_no_wrap(text, role.font(), Color32::PLACEHOLDER).size().x;
    let time = of(passage.span.start().clock(), theme::SMALL_BOLD);
    EDGE + ICON + GAP + of(text(passage), theme::SECONDARY) + GAP + PILL + time + EDGE + 3.0
}

/// Draws its chip; whether it was pressed.
pub(super) fn chip_ui(ui: &Ui, palette: &Palette, record: &ConferenceRecord, passage: &Passage, rect: Rect) -> bool {
    let response = ui.interact(rect, Id::unique(("hard to hear", record.data().id, passage.span.start(), passage.has_words)), Sense::click());
    let at = passage.span.start();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{}: play from {at}, then type what you hear", text(passage))));
    let radius = CornerRadius::same((CHIP / 2.0) as u8);
    let is_hovered = response.hovered();
    if is_hovered {
        ui.painter().rect_filled(rect, radius, palette.raise);
    }
    ui.painter().extend(dashes(rect, Stroke::new(1.0, palette.edge)));
    let y = rect.center().y;
    widgets::paint_icon(ui, icons::EAR_SLASH, pos2(rect.left() + EDGE + ICON / 2.0, y), ICON, palette.ink2);
    let said = ui.painter().text(pos2(rect.left() + EDGE + ICON + GAP, y), Align2::LEFT_CENTER, text(passage), theme::SECONDARY.font(), palette.ink2);
    let pill = Rect::from_min_max(pos2(said.right() + GAP, rect.top() + 3.0), pos2(rect.right() - 3.0, rect.bottom() - 3.0));
    ui.painter().rect_filled(pill, CornerRadius::same(11), if is_hovered { palette.hit } else { palette.pine_tint });
    widgets::paint_icon(ui, icons::PLAY.fill(), pos2(pill.left() + 12.0, y), 11.0, palette.pine);
    ui.painter().text(pos2(pill.left() + PILL - 2.0, y), Align2::LEFT_CENTER, at.clock(), theme::SMALL_BOLD.font(), palette.pine);
    widgets::focus_ring(ui, &response, rect, radius);
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text("Hear it, then type what you hear").clicked()
}

/// A dashed edge with round ends.
fn dashes(rect: Rect, stroke: Stroke) -> Vec<Shape> {
    let radius = rect.height() / 2.0;
    let arc = |center: egui::Pos2, from: f32| {
        (0..=12).map(move |step| {
            let angle = from + std::f32::consts::PI * step as f32 / 12.0;
            center + radius * vec2(angle.cos(), angle.sin())
        })
    };
    let (left, right) = (pos2(rect.left() + radius, rect.center().y), pos2(rect.right() - radius, rect.center().y));
    let quarter = std::f32::consts::FRAC_PI_2;
    let mut path: Vec<egui::Pos2> = arc(right, -quarter).chain(arc(left, quarter)).collect();
    path.extend(path.first().copied());
    Shape::dashed_line(&path, stroke, 4.0, 3.0)
}

/// What a reader asked for beside a stretch without words.
pub(super) enum RemarkAction {
    /// To hear it.
    Hear(Millis),
    /// To transcribe it again.
    TryAgain,
}

/// A stretch without words that stands by itself.
pub(super) fn remark_ui(ui: &mut Ui, record: &ConferenceRecord, index: usize, rect: Rect, left: f32) -> Option<RemarkAction> {
    let palette = theme::palette(ui);
    let stretch = record.transcript().untranscribed[index];
    let (text, again) = match stretch.reason {
        NoWords::EngineFailed => ("This part could not be transcribed.", true),
        NoWords::RepeatsRemoved => ("The same words over and over were taken out here.", false),
        NoWords::NotUnderstood => ("Hard to hear.", false),
        NoWords::OtherLanguage => ("Another language is spoken here.", false),
        NoWords::Unsure => ("Hard to hear: the words may be wrong.", false),
    };
    let drawn = ui.painter().text(
        rect.left_center() + vec2(left, 0.0),
        Align2::LEFT_CENTER,
        format!("{}  {text}", stretch.span.start()),
        theme::SECONDARY.font(),
        palette.ink2,
    );
    let mut asked = None;
    widgets::area(ui, Rect::from_min_max(pos2(drawn.right() + 8.0, rect.top()), rect.max), |ui| {
        ui.horizontal(|ui| {
            if widgets::jump_pill(ui, stretch.span.start(), false).clicked() {
                asked = Some(RemarkAction::Hear(stretch.span.start()));
            }
            if again && widgets::Button::new(widgets::Kind::Quiet, "Try again").small().show(ui).clicked() {
                asked = Some(RemarkAction::TryAgain);
            }
        });
    });
    asked
}
