//! Pauses that are chosen one by one, for the card that asks which of them were waits: each has a tick below the turn it follows.

use super::Transcript;
use crate::conference::{ConferenceRecord, Millis, Span};
use crate::ui::kit::{icons, widgets};
use egui::{Id, Rect, Ui, vec2};

/// A tick with its words, and the row it stands in.
const TICK: f32 = 176.0;
const ROW: f32 = 40.0;

/// The pauses there are, and those that are ticked. Both sorted.
pub(super) struct PauseChoice {
    all: Vec<Span>,
    chosen: Vec<Span>,
}

impl Transcript {
    /// Begins, goes on or ends choosing among these pauses; at first those are chosen in which one of `at_first` lies.
    pub fn choose_pauses(&mut self, asked: Option<(&[Span], &[Millis])>) {
        let was_asked = self.pauses.is_some();
        match (asked, &mut self.pauses) {
            (Some((all, _)), Some(choice)) => {
                choice.all = all.to_vec();
                choice.chosen.retain(|pause| all.contains(pause));
            }
            (Some((all, at_first)), none) => {
                let is_chosen = |pause: &&Span| at_first.iter().any(|at| pause.contains(*at));
                *none = Some(PauseChoice { all: all.to_vec(), chosen: all.iter().filter(is_chosen).copied().collect() });
            }
            (None, none) => *none = None,
        }
        // The turns have another height with ticks below them.
        if was_asked != self.pauses.is_some() {
            self.measured = (0.0, 0);
        }
    }

    /// The pauses that are ticked; none while they are not asked for.
    pub fn chosen_pauses(&self) -> Option<&[Span]> {
        self.pauses.as_ref().map(|choice| choice.chosen.as_slice())
    }

    fn pauses_after(&self, record: &ConferenceRecord, turn: usize) -> Vec<Span> {
        let all = self.pauses.iter().flat_map(|choice| &choice.all);
        all.filter(|pause| record.turn_at(pause.start()) == Some(turn)).copied().collect()
    }

    /// How much the ticks below a turn take.
    pub(super) fn pauses_height(&self, record: &ConferenceRecord, turn: usize, line: f32) -> f32 {
        let in_a_row = (line / TICK).max(1.0) as usize;
        self.pauses_after(record, turn).len().div_ceil(in_a_row) as f32 * ROW
    }

    /// The ticks below a turn, from `rect`'s top on.
    pub(super) fn pauses_ui(&mut self, ui: &mut Ui, record: &ConferenceRecord, turn: usize, rect: Rect) {
        let pauses = self.pauses_after(record, turn);
        let Some(choice) = self.pauses.as_mut().filter(|_| !pauses.is_empty()) else { return };
        let in_a_row = (rect.width() / TICK).max(1.0) as usize;
        for (number, pause) in pauses.into_iter().enumerate() {
            let place = vec2((number % in_a_row) as f32 * TICK, (number / in_a_row) as f32 * ROW + 4.0);
            let place = Rect::from_min_size(rect.min + place, vec2(TICK, 32.0));
            let is_on = choice.chosen.contains(&pause);
            let says = format!("{:.1} s at {}", pause.length().secs(), pause.start().clock());
            let icon = if is_on { icons::CHECK } else { icons::CLOCK };
            let pressed =
                widgets::area_of(ui, Id::unique(("pause", record.data().id, pause.start())), place, |ui| widgets::chip(ui, Some(icon), &says, is_on).clicked());
            if pressed && is_on {
                choice.chosen.retain(|other| *other != pause);
            } else if pressed {
                choice.chosen.push(pause);
                choice.chosen.sort();
            }
        }
    }
}
