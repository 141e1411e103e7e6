//! The transport: a lane for each speaker, marks, the playhead, and the buttons below.

use super::icons;
use super::theme::{self, Palette};
use super::widgets::{self, Button, Kind};
use crate::conference::{ConferenceRecord, ENVELOPE_STEP, Millis, Span, Speaker};
use egui::{Align2, CornerRadius, CursorIcon, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};

/// Silences from here on are skipped; of each, this much is kept on both sides.
const SKIPPED: Millis = Millis(3000);
const KEPT: Millis = Millis(500);
/// Drawn as skipped only when there is room for the words.
const DRAWN: Millis = Millis(5000);
/// Speeds on offer.
pub(super) const SPEEDS: [f32; 7] = [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0];

/// What was pressed.
pub(super) enum Pressed {
    Seek(Millis),
    PlayPause,
    Back,
    Forward,
    Speed(usize),
    SkipSilence(bool),
    Mark,
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
        let facts = record.facts();
        let mut lanes: Vec<(Speaker, Vec<u8>)> = Vec::new();
        for piece in record.speaker_spans() {
            let lane = match lanes.iter().position(|(speaker, _)| *speaker == piece.speaker) {
                Some(lane) => lane,
                None => {
                    lanes.push((piece.speaker, vec![0; facts.envelope.len()]));
                    lanes.len() - 1
                }
            };
            let (from, to) = (piece.span.start().0 / ENVELOPE_STEP.0, piece.span.end().0 / ENVELOPE_STEP.0 + 1);
            for step in from.max(0)..to.min(facts.envelope.len() as i64) {
                lanes[lane].1[step as usize] = facts.envelope[step as usize];
            }
        }
        lanes.sort_by_key(|(speaker, _)| *speaker);
        Self { lanes, skips: skips(record) }
    }

    /// Time that skipping silence saves.
    pub fn saved(&self) -> Millis {
        self.skips.iter().map(|skip| skip.length()).sum()
    }

    /// Draws lanes and buttons into the whole of `ui`.
    #[expect(clippy::too_many_arguments, reason = "the transport shows the state of the player, piece by piece")]
    pub fn ui(
        &self,
        ui: &mut Ui,
        palette: &Palette,
        record: &ConferenceRecord,
        playhead: Millis,
        is_playing: bool,
        speed: usize,
        skipping: bool,
    ) -> Option<Pressed> {
        let rect = ui.max_rect();
        let controls = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 40.0), rect.max);
        let lanes = Rect::from_min_max(pos2(rect.left() + 72.0, rect.top() + 14.0), pos2(rect.right(), controls.top() - 26.0));
        let sought = self.lanes_ui(ui, palette, record, playhead, skipping, lanes);
        let pressed = self.controls_ui(ui, palette, record, playhead, is_playing, speed, skipping, controls);
        pressed.or(sought)
    }

    fn lanes_ui(&self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, playhead: Millis, skipping: bool, rect: Rect) -> Option<Pressed> {
        let length = record.facts().length.0.max(1) as f32;
        let x = |at: Millis| rect.left() + rect.width() * (at.0 as f32 / length).clamp(0.0, 1.0);
        let count = self.lanes.len().max(1) as f32;
        let height = ((rect.height() - (count - 1.0) * 4.0) / count).clamp(8.0, 34.0);
        for (index, (speaker, levels)) in self.lanes.iter().enumerate() {
            let lane = Rect::from_min_size(pos2(rect.left(), rect.top() + index as f32 * (height + 4.0)), vec2(rect.width(), height));
            ui.painter().rect_filled(lane, CornerRadius::same(3), palette.sunk);
            let clip = Rect::from_min_max(pos2(lane.left() - 72.0, lane.top()), pos2(lane.left() - 6.0, lane.bottom()));
            let role = if height < 16.0 { theme::SMALL_BOLD } else { theme::SECONDARY_BOLD };
            ui.painter().with_clip_rect(clip).text(
                clip.left_center(),
                Align2::LEFT_CENTER,
                record.speaker_name(*speaker),
                role.font(),
                palette.speaker(*speaker),
            );
            let color = palette.speaker(*speaker);
            let bars = (lane.width() / 4.0) as usize;
            for bar in 0..bars {
                let (from, to) = (bar * levels.len() / bars.max(1), ((bar + 1) * levels.len() / bars.max(1)).max(bar * levels.len() / bars.max(1) + 1));
                let level = levels.get(from..to.min(levels.len())).and_then(|part| part.iter().copied().max()).unwrap_or(0);
                if level > 0 {
                    let tall = (2.0 + (f32::from(level) / 255.0 - 0.25).max(0.05) / 0.75 * (height - 6.0)).min(height - 4.0);
                    let left = lane.left() + bar as f32 * 4.0;
                    // What has been heard stands out from what is to come.
                    let shade = if left <= x(playhead) { color } else { color.gamma_multiply(0.55) };
                    ui.painter().rect_filled(Rect::from_center_size(pos2(left + 1.0, lane.center().y), vec2(2.0, tall)), CornerRadius::same(1), shade);
                }
            }
        }
        let bottom = rect.top() + count * (height + 4.0) - 4.0;
        if skipping {
            for skip in self.skips.iter().filter(|skip| skip.length() >= DRAWN) {
                let hole = Rect::from_min_max(pos2(x(skip.start()), rect.top()), pos2(x(skip.end()), bottom));
                ui.painter().rect_filled(hole, CornerRadius::same(4), palette.card);
                let corners = [hole.left_top(), hole.right_top(), hole.right_bottom(), hole.left_bottom(), hole.left_top()];
                ui.painter().extend(egui::Shape::dashed_line(&corners, Stroke::new(1.0, palette.edge), 3.0, 3.0));
                if hole.width() > 110.0 {
                    ui.painter().text(hole.center(), Align2::CENTER_CENTER, format!("quiet {}, skipped", skip.length()), theme::SMALL.font(), palette.ink2);
                }
            }
        }
        axis(ui, palette, record.facts().length, rect, bottom, x);
        for &mark in &record.facts().marks {
            widgets::paint_icon(ui, icons::BOOKMARK_SIMPLE.fill(), pos2(x(mark), rect.top() - 6.0), 16.0, palette.rose);
        }
        for dropout in &record.facts().dropouts {
            let hole = Rect::from_min_max(pos2(x(dropout.start()), rect.top()), pos2(x(dropout.end()).max(x(dropout.start()) + 2.0), bottom));
            ui.painter().rect_filled(hole, 0, palette.rose_tint);
        }
        ui.painter().vline(x(playhead), rect.top() - 4.0..=bottom + 4.0, Stroke::new(2.0, palette.ink));
        ui.painter().circle_filled(pos2(x(playhead), rect.top() - 6.0), 5.0, palette.ink);
        let response =
            ui.interact(Rect::from_min_max(rect.min - vec2(0.0, 12.0), pos2(rect.right(), bottom + 4.0)), ui.scope_id().with("lanes"), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo { value: Some(playhead.secs()), ..WidgetInfo::labeled(Role::Slider, true, "Place in the recording") });
        let response = response.on_hover_cursor(CursorIcon::PointingHand);
        let sought = (response.clicked() || response.dragged()).then(|| response.interact_pointer_pos()).flatten();
        sought.map(|pointer| Pressed::Seek(Millis((f64::from((pointer.x - rect.left()) / rect.width()).clamp(0.0, 1.0) * f64::from(length)) as i64)))
    }

    #[expect(clippy::too_many_arguments, reason = "as above")]
    fn controls_ui(
        &self,
        ui: &mut Ui,
        palette: &Palette,
        record: &ConferenceRecord,
        playhead: Millis,
        is_playing: bool,
        speed: usize,
        skipping: bool,
        rect: Rect,
    ) -> Option<Pressed> {
        let mut pressed = None;
        widgets::area(ui, rect, |ui| {
            ui.horizontal_centered(|ui| {
                if widgets::icon_button(ui, icons::REWIND, "Back 5 seconds (J)", true, 34.0).clicked() {
                    pressed = Some(Pressed::Back);
                }
                if play_button(ui, palette, is_playing) {
                    pressed = Some(Pressed::PlayPause);
                }
                if widgets::icon_button(ui, icons::FAST_FORWARD, "Forward 5 seconds (L)", true, 34.0).clicked() {
                    pressed = Some(Pressed::Forward);
                }
                ui.add_space(8.0);
                ui.label(theme::NAME.text(playhead.clock(), palette.ink));
                ui.label(theme::Type { bold: false, ..theme::NAME }.text(format!("/ {}", record.facts().length), palette.ink2));
                ui.add_space(8.0);
                let names: Vec<String> = SPEEDS.iter().map(|speed| format!("{speed}×")).collect();
                if let Some(picked) = widgets::choice(ui, "Speed", &names, speed, 86.0) {
                    pressed = Some(Pressed::Speed(picked));
                }
                ui.add_space(8.0);
                let mut on = skipping;
                if widgets::toggle(ui, &mut on, "Skip silence") {
                    pressed = Some(Pressed::SkipSilence(on));
                }
                widgets::line(ui, theme::SECONDARY, palette.ink, "Skip silence");
                if self.saved() > Millis::ZERO {
                    widgets::line(ui, theme::SECONDARY, palette.ink2, format!("saves {}", self.saved()));
                }
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if Button::new(Kind::Secondary, "Mark").icon(icons::BOOKMARK_SIMPLE).show(ui).on_hover_text("Mark this moment (M)").clicked() {
                        pressed = Some(Pressed::Mark);
                    }
                });
            });
        });
        pressed
    }
}

fn play_button(ui: &mut Ui, palette: &Palette, is_playing: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(42.0, 40.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, if is_playing { "Pause" } else { "Play" }));
    let radius = CornerRadius::same(8);
    ui.painter().rect_filled(rect, radius, if response.hovered() { palette.pine_hover } else { palette.pine });
    widgets::paint_icon(ui, if is_playing { icons::PAUSE.fill() } else { icons::PLAY.fill() }, rect.center(), 20.0, palette.on_pine);
    widgets::focus_ring(ui, &response, rect, radius);
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
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
    let mut skips = Vec::new();
    let mut quiet = Millis::ZERO;
    for piece in record.facts().voices.spans.iter().map(|piece| piece.span).chain(std::iter::once(Span::new(record.facts().length, record.facts().length))) {
        if piece.start() - quiet >= SKIPPED {
            skips.push(Span::new(quiet + KEPT, piece.start() - KEPT));
        }
        quiet = quiet.max(piece.end());
    }
    skips
}
