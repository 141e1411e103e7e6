//! The phases along the left of the transcript: their names, a band to select turns along, and ends that can be dragged.

use super::{BAND, BAND_WIDTH, Row, Transcript, TranscriptAction};
use crate::conference::{ConferenceRecord, Millis, Phase};
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::{icons, widgets};
use crate::ui::reflect::editing;
use crate::ui::reflect::phase_marks::{hatch, phase_icon};
use egui::{Align2, CornerRadius, Rect, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};
use std::ops::Range;

impl Transcript {
    /// The phases along the left: a name where each begins (it stays in view), a band to select along, and in Correct mode handles at its ends.
    #[expect(clippy::too_many_arguments, reason = "drawing needs where, what, and what can be seen")]
    pub(super) fn band_ui(
        &mut self,
        ui: &mut Ui,
        palette: &Palette,
        record: &ConferenceRecord,
        rows: &[Row],
        seen: Range<usize>,
        rect_of: &dyn Fn(usize) -> Rect,
        top_of_view: f32,
    ) -> Option<TranscriptAction> {
        let evidence = record.evidence();
        let phase_of = |row: usize| match rows.get(row) {
            Some(Row::Turn(turn)) => Some((*turn, evidence.turn_phases.get(*turn).copied().flatten().map(|phase| (phase, evidence.is_phase_sure(*turn))))),
            _ => None,
        };
        let row_under = |y: f32| seen.clone().find(|&row| rect_of(row).bottom() > y).unwrap_or(seen.end.saturating_sub(1));
        let turn_under = |y: f32| (0..=row_under(y)).rev().find_map(|row| phase_of(row).map(|(turn, _)| turn));
        // The end of one phase and the beginning of the next lie on each other: whichever is taken hold of goes to the nearest edge of a turn.
        let edge_near = |y: f32| {
            let row = row_under(y);
            turn_under(y).map(|turn| turn + usize::from(phase_of(row).is_none() || y > rect_of(row).center().y))
        };
        let first_seen = seen.clone().next()?;
        // Runs of one phase that can be seen, begun from above the view.
        let mut start = first_seen;
        let phase_here = |row: usize| (0..=row).rev().find_map(phase_of).and_then(|(_, phase)| phase);
        while start > 0 && phase_here(start - 1) == phase_here(first_seen) {
            start -= 1;
        }
        let mut asked = None;
        let start_of = |turn: usize| record.turns().get(turn).map_or(Millis::ZERO, |turn| turn.span.start());
        let strip =
            Rect::from_min_max(rect_of(first_seen).min - vec2(BAND_WIDTH + 12.0, 0.0), pos2(rect_of(first_seen).left(), rect_of(seen.end - 1).bottom()));
        // Out of Correct mode the ends can be moved too, once the pointer is at the band.
        let has_handles = self.correcting || self.moving.is_some() || ui.rect_contains_pointer(strip);
        // Below the handles, which come later.
        if self.correcting {
            let response = ui.interact(strip, egui::Id::unique(("band", record.data().id)), Sense::click_and_drag());
            response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, "Band of the phases: drag along it to select turns"));
            // A drag is known as one only after some way: it begins where the button went down.
            let pressed_at = ui.input(|input| input.pointer.press_origin()).filter(|_| response.drag_started());
            if let Some(turn) = pressed_at.or(response.interact_pointer_pos()).and_then(|pointer| turn_under(pointer.y))
                && self.moving.is_none()
                && (response.dragged() || response.clicked())
            {
                self.select(record, turn, !response.drag_started() && response.dragged());
            }
        }
        let mut row = start;
        while row < seen.end {
            let phase = phase_here(row);
            let mut end = row + 1;
            while end < rows.len() && phase_of(end).is_none_or(|(_, other)| other == phase) {
                end += 1;
            }
            let rect = Rect::from_min_max(rect_of(row).min - vec2(BAND_WIDTH + 4.0, -2.0), pos2(rect_of(row).left() - 4.0, rect_of(end - 1).bottom() - 2.0));
            if let Some((phase, is_sure)) = phase {
                if is_sure {
                    ui.painter().rect_filled(rect, CornerRadius::same(4), palette.phase(phase).0);
                } else {
                    hatch(ui.painter(), rect, palette.phase(phase).0);
                }
                let mut turns = (row..end).filter_map(phase_of).map(|(turn, _)| turn);
                let first = turns.next().unwrap_or(0);
                let last = turns.next_back().unwrap_or(first);
                if phase != Phase::Other {
                    self.phase_label_ui(ui, palette, record, phase, (first, last), rect, top_of_view);
                }
                if has_handles && phase != Phase::Other {
                    // Where a guess and what is sure of one phase meet, no phase ends.
                    let is_other = |neighbour: Option<(Phase, bool)>| neighbour.is_none_or(|(other, _)| other != phase);
                    let before = row.checked_sub(1).and_then(phase_here);
                    let after = phase_of(end).and_then(|(_, phase)| phase);
                    let ends = [(false, rect.top(), last, is_other(before)), (true, rect.bottom(), first, is_other(after))];
                    for (at_end, y, keeps, _) in ends.into_iter().filter(|end| end.3) {
                        let handle = Rect::from_center_size(pos2(rect.center().x, y), Vec2::splat(24.0));
                        let response = ui.interact(
                            handle,
                            egui::Id::unique(("phase end", record.data().id, start_of(if at_end { first } else { last }), at_end)),
                            Sense::drag(),
                        );
                        let which = if at_end { "end" } else { "beginning" };
                        response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, format!("Move the {which} of {}", phase.name())));
                        ui.painter().circle(handle.center(), 7.0, palette.card, Stroke::new(2.5, palette.pine));
                        if response.drag_started() {
                            self.moving = Some((phase, start_of(keeps), at_end));
                        }
                    }
                }
            }
            row = end;
        }
        if let Some((phase, keeps, at_end)) = self.moving {
            let keeps = record.turn_at(keeps).unwrap_or(0);
            let (pointer, is_released) = ui.input(|input| (input.pointer.interact_pos(), input.pointer.any_released()));
            let edge = pointer.and_then(|pointer| edge_near(pointer.y));
            let range = edge.map(|edge| if at_end { (keeps, edge.saturating_sub(1).max(keeps)) } else { (edge.min(keeps), keeps) });
            self.selected = range.map(|(first, last)| (start_of(first), start_of(last))).or(self.selected);
            if is_released {
                self.moving = None;
                if !self.correcting {
                    self.selected = None;
                }
                // What is now outside of it goes with its neighbour, as far as was dragged.
                asked = range.and_then(|range| moved_end(record, phase, range, at_end));
            }
        }
        asked
    }

    #[expect(clippy::too_many_arguments, reason = "drawing needs where, what, and what can be seen")]
    fn phase_label_ui(&self, ui: &Ui, palette: &Palette, record: &ConferenceRecord, phase: Phase, turns: (usize, usize), rect: Rect, top_of_view: f32) {
        let Some(span) = editing::span_of(record, Some(turns)) else { return };
        let is_hers = record.data().corrections.phase_at(record.turns()[turns.0].span.middle()) == Some(phase);
        let is_sure = record.evidence().is_phase_sure(turns.0);
        let height = if is_hers || !is_sure { 60.0 } else { 42.0 };
        // The name sticks to the top of the view while its phase is in it.
        let y = (top_of_view + 6.0).max(rect.top() + 6.0).min((rect.bottom() - height).max(rect.top() + 6.0));
        let left = rect.left() - BAND + 14.0;
        if let Some(icon) = phase_icon(phase) {
            widgets::paint_icon(ui, icon, pos2(left + 8.0, y + 10.0), 16.0, palette.ink);
        }
        ui.painter().text(pos2(left + 20.0, y + 10.0), Align2::LEFT_CENTER, phase.name(), theme::SECONDARY_BOLD.font(), palette.ink);
        if record.data().has_sound() {
            // The times that are told elsewhere: of the words, where the turn is a little longer.
            let told =
                record.evidence().phases.iter().find(|found| found.phase == phase && found.span.overlap(span).is_some()).map_or(span, |found| found.span);
            ui.painter().text(pos2(left, y + 29.0), Align2::LEFT_CENTER, format!("{}–{}", told.start(), told.end()), theme::SECONDARY.font(), palette.ink2);
        }
        if is_hers {
            widgets::paint_icon(ui, icons::PENCIL_SIMPLE, pos2(left + 8.0, y + 49.0), 14.0, palette.pine);
            ui.painter().text(pos2(left + 20.0, y + 49.0), Align2::LEFT_CENTER, "your tag", theme::SECONDARY_BOLD.font(), palette.pine);
        } else if !is_sure {
            ui.painter().text(pos2(left, y + 49.0), Align2::LEFT_CENTER, "not sure", theme::SECONDARY.font(), palette.ink2);
        }
    }
}

/// The end of a phase was let go: what it gained is of this phase, what it gave up goes to its neighbour.
fn moved_end(record: &ConferenceRecord, phase: Phase, range: (usize, usize), at_end: bool) -> Option<TranscriptAction> {
    let phases = &record.evidence().turn_phases;
    let tag = |turns: (usize, usize), phase: Phase| editing::span_of(record, Some(turns)).map(|span| TranscriptAction::Tag(span, phase));
    let is_phase = |turn: usize| phases.get(turn).copied().flatten() == Some(phase);
    if at_end {
        let old_last = (range.0..phases.len()).take_while(|&turn| is_phase(turn)).last()?;
        if range.1 >= old_last {
            return tag(range, phase);
        }
        let neighbour = phases.get(old_last + 1).copied().flatten().unwrap_or(Phase::Other);
        return tag((range.1 + 1, old_last), neighbour);
    }
    let old_first = (0..=range.1).rev().take_while(|&turn| is_phase(turn)).last()?;
    if range.0 <= old_first {
        return tag(range, phase);
    }
    let neighbour = old_first.checked_sub(1).and_then(|turn| phases.get(turn).copied().flatten()).unwrap_or(Phase::Other);
    tag((old_first, range.0 - 1), neighbour)
}
