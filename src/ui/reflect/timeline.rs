//! The timeline: phases, a lane for each speaker, waits, marks, what is skipped or repeated, and the playhead. Clicking or dragging goes there.

use super::phase_marks::paint_phase;
use crate::conference::{ConferenceRecord, ENVELOPE_STEP, Millis, Span, Speaker};
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets;
use egui::{Align2, CornerRadius, CursorIcon, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// Silences from here on are skipped; of each, this much is kept on both sides.
const SKIPPED: Millis = Millis(3000);
const KEPT: Millis = Millis(500);
/// Drawn as skipped only when there is room for the words.
const DRAWN: Millis = Millis(5000);
/// Names of lanes and of the row of phases stand in this much room at the left.
const NAMES: f32 = 72.0;
/// A lane needs this much with its gap, or its name lies on the next one's.
const LANE: f32 = 17.0;
/// Height of the row of phases, and the gap between rows.
const PHASES: f32 = 20.0;
const GAP: f32 = 4.0;

/// What the timeline shows besides what does not change.
pub(super) struct View<'a> {
    /// The conference.
    pub record: &'a ConferenceRecord,
    /// The moment being heard.
    pub playhead: Millis,
    /// Silence is skipped.
    pub is_skipping: bool,
    /// The stretch that is repeated.
    pub repeat: Option<Span>,
    /// The turns selected in the transcript.
    pub selected: Option<Span>,
}

/// What does not change from frame to frame.
pub(super) struct Timeline {
    lanes: Vec<(Speaker, Vec<u8>)>,
    /// What skipping silence leaves out.
    pub skips: Vec<Span>,
}

impl Timeline {
    /// Levels by lane: of the whole sound, where that speaker speaks.
    pub fn new(record: &ConferenceRecord) -> Self {
        let facts = record.data();
        let mut lanes: Vec<(Speaker, Vec<u8>)> = Vec::new();
        // Of what was cut off nothing is drawn.
        let cut = facts.corrections.cut_off.map_or(usize::MAX, |end| (end.0 / ENVELOPE_STEP.0 + 1) as usize);
        let envelope = &facts.envelope[..facts.envelope.len().min(cut)];
        for piece in record.speaker_spans() {
            let lane = match lanes.iter().position(|(speaker, _)| *speaker == piece.speaker) {
                Some(lane) => lane,
                None => {
                    lanes.push((piece.speaker, vec![0; envelope.len()]));
                    lanes.len() - 1
                }
            };
            let (from, to) = (piece.span.start().0 / ENVELOPE_STEP.0, piece.span.end().0 / ENVELOPE_STEP.0 + 1);
            for step in from.max(0)..to.min(envelope.len() as i64) {
                lanes[lane].1[step as usize] = envelope[step as usize];
            }
        }
        lanes.sort_by_key(|(speaker, _)| *speaker);
        Self { lanes, skips: skips(record) }
    }

    /// Height that is wanted beyond the usual: three lanes fit, names of more would lie on each other.
    pub fn more_height(&self) -> f32 {
        self.lanes.len().saturating_sub(3) as f32 * LANE
    }

    /// Time that skipping silence saves.
    pub fn saved(&self) -> Millis {
        self.skips.iter().map(|skip| skip.length()).sum()
    }

    /// Draws into `rect`; says where a click or drag wants to go.
    pub fn ui(&self, ui: &mut Ui, palette: &Palette, rect: Rect, view: &View<'_>) -> Option<Millis> {
        // Marks stand above, the axis below.
        let rect = Rect::from_min_max(rect.min + vec2(NAMES, 14.0), rect.max - vec2(0.0, 26.0));
        let length = view.record.data().end();
        let x = |at: Millis| rect.left() + rect.width() * (at.0 as f32 / length.0.max(1) as f32).clamp(0.0, 1.0);
        let mut top = rect.top();
        if !view.record.evidence().phases.is_empty() {
            phases_ui(ui, palette, view, Rect::from_min_size(rect.min, vec2(rect.width(), PHASES)), x);
            top += PHASES + GAP;
        }
        let count = self.lanes.len().max(1) as f32;
        let height = ((rect.bottom() - top - (count - 1.0) * GAP) / count).clamp(8.0, 34.0);
        let lane_at = |index: usize| Rect::from_min_size(pos2(rect.left(), top + index as f32 * (height + GAP)), vec2(rect.width(), height));
        for (index, (speaker, levels)) in self.lanes.iter().enumerate() {
            lane_ui(ui, view, (*speaker, levels), lane_at(index), x(view.playhead));
        }
        let lanes = Rect::from_min_max(pos2(rect.left(), top), pos2(rect.right(), top + count * (height + GAP) - GAP));
        if view.is_skipping {
            self.skips_ui(ui, palette, lanes, x);
        }
        let around = |stretch: Span| Rect::from_min_max(pos2(x(stretch.start()) - 1.0, lanes.top() - 1.0), pos2(x(stretch.end()) + 1.0, lanes.bottom() + 1.0));
        if let Some(repeat) = view.repeat {
            ui.painter().rect_stroke(around(repeat), CornerRadius::same(4), Stroke::new(2.0, palette.pine), StrokeKind::Inside);
        }
        if let Some(selected) = view.selected {
            dashed(ui, around(selected), Stroke::new(2.0, palette.pine));
        }
        let waits = waits(view.record);
        for (wait, _) in &waits {
            let tick = Rect::from_min_max(pos2(x(wait.start()), lanes.bottom() + 1.0), pos2(x(wait.end()).max(x(wait.start()) + 2.0), lanes.bottom() + 4.0));
            ui.painter().rect_filled(tick, CornerRadius::same(1), palette.ink2);
        }
        axis(ui, palette, length, rect, lanes.bottom() + 3.0, x);
        for mark in view.record.data().shown_marks() {
            widgets::paint_icon(ui, icons::BOOKMARK_SIMPLE.fill(), pos2(x(mark), rect.top() - 6.0), 16.0, palette.rose);
        }
        // What is missing behind the end has no place here.
        for dropout in view.record.data().dropouts.iter().filter(|dropout| dropout.start() < length) {
            let hole = Rect::from_min_max(pos2(x(dropout.start()), lanes.top()), pos2(x(dropout.end()).max(x(dropout.start()) + 2.0), lanes.bottom()));
            ui.painter().rect_filled(hole, 0, palette.rose_tint);
        }
        ui.painter().vline(x(view.playhead), rect.top() - 4.0..=lanes.bottom() + 4.0, Stroke::new(2.0, palette.ink));
        ui.painter().circle_filled(pos2(x(view.playhead), rect.top() - 6.0), 5.0, palette.ink);
        let touched = Rect::from_min_max(rect.min - vec2(0.0, 12.0), pos2(rect.right(), lanes.bottom() + 6.0));
        let moment = |pointer: egui::Pos2| Millis((f64::from((pointer.x - rect.left()) / rect.width()).clamp(0.0, 1.0) * length.0 as f64) as i64);
        let response = ui.interact(touched, ui.scope_id().with("lanes"), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo { value: Some(view.playhead.secs()), ..WidgetInfo::labeled(Role::Slider, true, "Place in the recording") });
        widgets::focus_ring(ui, &response, lanes, CornerRadius::same(3));
        let mut response = response.on_hover_cursor(CursorIcon::PointingHand);
        if let Some(pointer) = response.hover_pos() {
            // Two pixels beside a short wait still mean it.
            let near = Millis((2.0 * length.0 as f32 / rect.width().max(1.0)) as i64);
            let at = moment(pointer);
            if let Some((_, text)) = waits.iter().find(|(wait, _)| at >= wait.start() - near && at <= wait.end() + near) {
                response = response.on_hover_text_at_pointer(text);
            }
            if let Some(gap) = view.record.data().dropouts.iter().find(|gap| at >= gap.start() - near && at <= gap.end() + near) {
                let says = if gap.length() == Millis::ZERO {
                    format!("A piece of the file may be missing at {}. How long it was cannot be told", gap.start())
                } else {
                    format!(
                        "There is no sound from {} to {}: none arrived, or it was damaged. It is silent here so that the time stays true",
                        gap.start(),
                        gap.end()
                    )
                };
                response = response.on_hover_text_at_pointer(says);
            }
        }
        let sought = (response.clicked() || response.dragged()).then(|| response.interact_pointer_pos()).flatten();
        sought.map(moment)
    }

    fn skips_ui(&self, ui: &Ui, palette: &Palette, lanes: Rect, x: impl Fn(Millis) -> f32) {
        for skip in self.skips.iter().filter(|skip| skip.length() >= DRAWN) {
            let hole = Rect::from_min_max(pos2(x(skip.start()), lanes.top()), pos2(x(skip.end()), lanes.bottom()));
            ui.painter().rect_filled(hole, CornerRadius::same(4), palette.card);
            dashed(ui, hole, Stroke::new(1.0, palette.edge));
            let text = format!("quiet {}, skipped", skip.length());
            let galley = ui.painter().layout_no_wrap(text, theme::SMALL.font(), palette.ink2);
            if galley.size().x + 8.0 < hole.width() {
                ui.painter().galley(hole.center() - galley.size() / 2.0, galley, palette.ink2);
            }
        }
    }
}

fn dashed(ui: &Ui, rect: Rect, stroke: Stroke) {
    let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    ui.painter().extend(egui::Shape::dashed_line(&corners, stroke, 3.0, 3.0));
}

/// The row of phases: each with its name, or its initial where the name does not fit.
fn phases_ui(ui: &Ui, palette: &Palette, view: &View<'_>, row: Rect, x: impl Fn(Millis) -> f32) {
    ui.painter().text(pos2(row.left() - NAMES, row.center().y), Align2::LEFT_CENTER, "Phases", theme::SECONDARY.font(), palette.ink2);
    for stretch in &view.record.evidence().phases {
        let (left, right) = (x(stretch.span.start()) + 1.0, x(stretch.span.end()) - 1.0);
        paint_phase(ui, palette, (stretch.phase, stretch.is_sure()), Rect::from_min_max(pos2(left, row.top()), pos2(right.max(left + 1.0), row.bottom())));
    }
}

/// One speaker's lane: the sound where that speaker speaks.
fn lane_ui(ui: &Ui, view: &View<'_>, (speaker, levels): (Speaker, &[u8]), lane: Rect, heard_until: f32) {
    let palette = theme::palette(ui);
    ui.painter().rect_filled(lane, CornerRadius::same(3), palette.sunk);
    let role = if lane.height() < 16.0 { theme::SMALL_BOLD } else { theme::SECONDARY_BOLD };
    let color = palette.speaker(speaker);
    widgets::paint_line(ui.painter(), pos2(lane.left() - NAMES, lane.center().y), NAMES - 6.0, role, color, &view.record.speaker_name(speaker));
    let bars = (lane.width() / 4.0) as usize;
    for bar in 0..bars {
        let (from, to) = (bar * levels.len() / bars.max(1), ((bar + 1) * levels.len() / bars.max(1)).max(bar * levels.len() / bars.max(1) + 1));
        let level = levels.get(from..to.min(levels.len())).and_then(|part| part.iter().copied().max()).unwrap_or(0);
        if level > 0 {
            let tall = (2.0 + (f32::from(level) / 255.0 - 0.25).max(0.05) / 0.75 * (lane.height() - 6.0)).min(lane.height() - 4.0);
            let left = lane.left() + bar as f32 * 4.0;
            // What has been heard stands out from what is to come.
            let shade = if left <= heard_until { color } else { color.gamma_multiply(0.55) };
            ui.painter().rect_filled(Rect::from_center_size(pos2(left + 1.0, lane.center().y), vec2(2.0, tall)), CornerRadius::same(1), shade);
        }
    }
}

/// Every wait and what its tick says, in order.
fn waits(record: &ConferenceRecord) -> Vec<(Span, String)> {
    let measures = record.measures();
    let said = |after: &str, wait: Span| (wait, format!("{:.1} s of waiting after {after}", wait.length().secs()));
    let one = measures.wait_one.waits.iter().map(|&wait| said("your question", wait));
    let two = measures.wait_two.waits.iter().map(|&wait| said("the student’s words", wait));
    let mut waits: Vec<(Span, String)> = one.chain(two).collect();
    waits.sort_by_key(|(wait, _)| *wait);
    waits.dedup_by_key(|(wait, _)| *wait);
    waits
}

fn axis(ui: &Ui, palette: &Palette, length: Millis, rect: Rect, bottom: f32, x: impl Fn(Millis) -> f32) {
    let minutes = length.0 as f32 / 60_000.0;
    let step = [0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0].into_iter().find(|step| minutes / step <= 8.0).unwrap_or(60.0);
    let mut at = 0.0;
    while at <= minutes {
        let moment = Millis((at * 60_000.0) as i64);
        let place = pos2(x(moment), bottom);
        ui.painter().vline(place.x, place.y + 2.0..=place.y + 6.0, Stroke::new(1.0, palette.edge));
        let align = if at == 0.0 { Align2::LEFT_TOP } else { Align2::CENTER_TOP };
        if place.x < rect.right() - 14.0 || at == 0.0 {
            ui.painter().text(place + vec2(0.0, 7.0), align, moment.clock(), theme::SMALL.font(), palette.ink2);
        }
        at += step;
    }
}

/// Silences worth skipping, with a little left on both sides.
fn skips(record: &ConferenceRecord) -> Vec<Span> {
    // Before voices are found nobody knows what is silence.
    if record.speaker_spans().is_empty() {
        return Vec::new();
    }
    let mut skips = Vec::new();
    let mut quiet = Millis::ZERO;
    let end = record.data().end();
    for piece in record
        .data()
        .voices
        .spans
        .iter()
        .map(|piece| piece.span)
        .filter(|piece| piece.start() < end)
        .chain(std::iter::once(Span::new(record.data().end(), record.data().end())))
    {
        if piece.start() - quiet >= SKIPPED {
            skips.push(Span::new(quiet + KEPT, piece.start() - KEPT));
        }
        quiet = quiet.max(piece.end());
    }
    skips
}
