//! The words of a turn laid out: where each stands, which one plays, which are found, which are less sure.

use super::reading_order::Laid;
use super::theme::{self, Palette};
use crate::conference::{ConferenceRecord, Turn};
use egui::text::{CCursor, LayoutJob, TextWrapping};
use egui::{CornerRadius, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2};
use std::ops::Range;

/// The turn's words laid out.
pub(super) struct Said {
    text: Laid,
    /// Each word's place in the text: in letters of a galley, in bytes of an ordered text.
    words: Vec<Range<usize>>,
}

impl Said {
    /// Within a width; `playing` and `found` are words of the transcript, `found` sorted.
    pub fn layout(ui: &Ui, palette: &Palette, record: &ConferenceRecord, turn: &Turn, width: f32, playing: Option<usize>, found: &[usize]) -> Self {
        let mut job = LayoutJob { wrap: TextWrapping::wrap_at_width(width), ..LayoutJob::default() };
        let (mut letters, mut bytes) = (Vec::with_capacity(turn.words.len()), Vec::with_capacity(turn.words.len()));
        let plain = theme::TRANSCRIPT.format(palette.ink);
        let mut before = 0;
        for (position, &index) in turn.words.iter().enumerate() {
            let word = &record.transcript().words[index];
            if position > 0 {
                job.append(" ", 0.0, plain.clone());
                before += 1;
            }
            let mut format = plain.clone();
            if playing == Some(index) {
                format.color = palette.on_pine;
            } else if found.binary_search(&index).is_ok() {
                format = theme::marked(format, palette);
                format.underline = Stroke::new(2.0, palette.pine);
            }
            let count = word.text.chars().count();
            letters.push(before..before + count);
            before += count;
            bytes.push(job.text.len()..job.text.len() + word.text.len());
            job.append(&word.text, 0.0, format);
        }
        let text = Laid::out(ui.painter(), job);
        let words = if matches!(text, Laid::Plain(_)) { letters } else { bytes };
        Self { text, words }
    }

    /// Of all its lines, in points.
    pub fn height(&self) -> f32 {
        self.text.size().y
    }

    /// Where a word of the turn stands, from the upper left corner.
    fn place(&self, word: usize) -> Rect {
        let range = &self.words[word];
        match &self.text {
            Laid::Plain(galley) => {
                let (from, to) = (galley.pos_from_cursor(CCursor::new(range.start)), galley.pos_from_cursor(CCursor::new(range.end)));
                Rect::from_min_max(from.min, pos2(to.max.x.max(from.min.x), from.max.y))
            }
            Laid::Ordered(ordered) => ordered.place(range),
        }
    }

    /// The word of the turn that stands here; `None` behind the last one.
    pub fn word_at(&self, point: Vec2) -> Option<usize> {
        match &self.text {
            Laid::Plain(galley) => {
                let cursor = galley.cursor_from_pos(point);
                self.words.iter().position(|range| cursor.index.0 <= range.end)
            }
            Laid::Ordered(_) => {
                let here = (0..self.words.len()).map(|word| (word, self.place(word))).filter(|(_, place)| place.y_range().contains(point.y));
                here.min_by(|one, other| one.1.distance_to_pos(point.to_pos2()).total_cmp(&other.1.distance_to_pos(point.to_pos2()))).map(|(word, _)| word)
            }
        }
    }

    /// Draws it from its upper left corner.
    pub fn paint(&self, ui: &Ui, palette: &Palette, record: &ConferenceRecord, turn: &Turn, at: Pos2, playing: Option<usize>) {
        if let Some(position) = playing.and_then(|word| turn.words.iter().position(|&index| index == word)) {
            let place = self.place(position).translate(at.to_vec2());
            ui.painter().rect_filled(place.expand2(vec2(3.0, -1.0)), CornerRadius::same(4), palette.pine);
        }
        self.text.paint(ui.painter(), at);
        for (position, _) in turn.words.iter().enumerate().filter(|(_, index)| record.transcript().words[**index].is_less_sure()) {
            let rect = self.place(position).translate(at.to_vec2());
            let mut x = rect.left();
            while x < rect.right() {
                ui.painter().circle_filled(pos2(x, rect.bottom() - 2.0), 1.0, palette.edge);
                x += 4.0;
            }
        }
    }
}
