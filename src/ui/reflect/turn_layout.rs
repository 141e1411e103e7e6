//! The words of a turn laid out: where each stands, which one plays, which are found, which are less sure, and where it is hard to hear.

use super::hard_to_hear;
use crate::conference::{ConferenceRecord, Passage, Turn, needs_space};
use crate::ui::kit::reading_order::Laid;
use crate::ui::kit::theme::{self, Palette};
use egui::text::{CCursor, LayoutJob, TextFormat, TextWrapping};
use egui::{CornerRadius, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2};
use std::ops::Range;

/// What is laid out: a turn, and the passages in it that are hard to hear.
#[derive(Clone, Copy)]
pub(super) struct TurnText<'a> {
    pub record: &'a ConferenceRecord,
    pub turn: &'a Turn,
    /// Sorted by their positions.
    pub passages: &'a [Passage],
}

/// The turn's words laid out.
pub(super) struct TurnLayout {
    text: Laid,
    /// Each word's place in the text: in letters of a galley, in bytes of an ordered text.
    words: Vec<Range<usize>>,
    /// The same of each passage that is hard to hear, and how wide its chip is.
    passages: Vec<(Range<usize>, f32)>,
}

/// A line with a chip is this high.
const LINE_WITH_CHIP: f32 = hard_to_hear::CHIP + 4.0;

impl TurnLayout {
    /// Within a width; `playing` and `found` are words of the transcript, `found` sorted.
    pub fn layout(ui: &Ui, palette: &Palette, saying: TurnText<'_>, width: f32, playing: Option<usize>, found: &[usize]) -> Self {
        let mut job = LayoutJob { wrap: TextWrapping::wrap_at_width(width), ..LayoutJob::default() };
        let turn = saying.turn;
        let (mut letters, mut bytes) = (Vec::with_capacity(turn.words.len()), Vec::with_capacity(turn.words.len()));
        let (mut chip_letters, mut chip_bytes) = (Vec::new(), Vec::new());
        // In the middle of its line, which a chip makes higher.
        let plain = TextFormat { valign: egui::Align::Center, ..theme::TRANSCRIPT.format(palette.ink) };
        let mut before = 0;
        let mut append = |job: &mut LayoutJob, text: &str, format: TextFormat| {
            if needs_space(&job.text, text) {
                job.append(" ", 0.0, plain.clone());
                before += 1;
            }
            let (from, count) = (job.text.len(), text.chars().count());
            job.append(text, 0.0, format);
            before += count;
            (before - count..before, from..job.text.len())
        };
        let mut passages = saying.passages.iter().peekable();
        for position in 0..=turn.words.len() {
            while let Some(passage) = passages.next_if(|passage| passage.position <= position) {
                // Letters that nobody sees keep its place.
                let letter = ui.painter().layout_no_wrap("i".repeat(10), theme::TRANSCRIPT.font(), palette.ink).size().x / 10.0;
                let chip = hard_to_hear::width(ui, passage);
                let format = TextFormat { line_height: Some(LINE_WITH_CHIP), ..theme::TRANSCRIPT.format(egui::Color32::TRANSPARENT) };
                let (letters, bytes) = append(&mut job, &"i".repeat((chip / letter.max(1.0)).ceil() as usize), format);
                chip_letters.push((letters, chip));
                chip_bytes.push((bytes, chip));
            }
            let Some(&index) = turn.words.get(position) else { break };
            let word = &saying.record.transcript().words[index];
            let mut format = plain.clone();
            if playing == Some(index) {
                format.color = palette.on_pine;
            } else if found.binary_search(&index).is_ok() {
                format = theme::marked(format, palette);
                format.underline = Stroke::new(2.0, palette.pine);
            }
            let (letters_of, bytes_of) = append(&mut job, &word.text, format);
            letters.push(letters_of);
            bytes.push(bytes_of);
        }
        let text = Laid::out(ui.painter(), job);
        let is_plain = matches!(text, Laid::Plain(_));
        let (words, passages) = if is_plain { (letters, chip_letters) } else { (bytes, chip_bytes) };
        Self { text, words, passages }
    }

    /// Where the chips of its passages stand, from the upper left corner.
    pub fn chips(&self) -> impl Iterator<Item = Rect> {
        self.passages.iter().map(|(range, width)| {
            let place = self.place(range);
            // In the middle of its line, as the letters beside it are: as far from the line above as from the one below.
            Rect::from_min_size(pos2(place.left(), place.center().y - hard_to_hear::CHIP / 2.0), vec2(*width, hard_to_hear::CHIP))
        })
    }

    /// Of all its lines, in points.
    pub fn height(&self) -> f32 {
        self.text.size().y
    }

    /// Where a part of the text stands, from the upper left corner.
    fn place(&self, range: &Range<usize>) -> Rect {
        match &self.text {
            Laid::Plain(galley) => {
                // What begins where a line ended begins the next one.
                let from = galley.pos_from_cursor(CCursor { prefer_next_row: true, ..CCursor::new(range.start) });
                let to = galley.pos_from_cursor(CCursor::new(range.end));
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
                let here = self.words.iter().enumerate().map(|(word, range)| (word, self.place(range))).filter(|(_, place)| place.y_range().contains(point.y));
                here.min_by(|one, other| one.1.distance_to_pos(point.to_pos2()).total_cmp(&other.1.distance_to_pos(point.to_pos2()))).map(|(word, _)| word)
            }
        }
    }

    /// Draws it from its upper left corner.
    pub fn paint(&self, ui: &Ui, palette: &Palette, saying: TurnText<'_>, at: Pos2, playing: Option<usize>) {
        let TurnText { record, turn, .. } = saying;
        if let Some(position) = playing.and_then(|word| turn.words.iter().position(|&index| index == word)) {
            let place = self.place(&self.words[position]).translate(at.to_vec2());
            ui.painter().rect_filled(place.expand2(vec2(3.0, -1.0)), CornerRadius::same(4), palette.pine);
        }
        self.text.paint(ui.painter(), at);
        for (position, _) in turn.words.iter().enumerate().filter(|(_, index)| record.transcript().words[**index].is_less_sure()) {
            let rect = self.place(&self.words[position]).translate(at.to_vec2());
            let mut x = rect.left();
            while x < rect.right() {
                ui.painter().circle_filled(pos2(x, rect.bottom() - 2.0), 1.0, palette.edge);
                x += 4.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::fixture::talk;
    use crate::conference::{Millis, Span};

    #[test]
    fn words_and_chips_stand_in_their_lines_wherever_these_break() {
        let record = talk("T 0-20 What are you working on today as a writer who has so much to say about the dog");
        let passage = |position| Passage { span: Span::new(Millis(3_000), Millis(4_000)), has_words: true, turn: 0, position };
        let passages = [passage(3), passage(9), passage(18)];
        let ctx = egui::Context::default();
        theme::install(&ctx);
        let lines = std::cell::Cell::new(0);
        let output = ctx.run_ui(egui::RawInput::default(), |ui| {
            for width in (240..700).step_by(7).map(|width| width as f32) {
                let saying = TurnText { record: &record, turn: &record.turns()[0], passages: &passages };
                let palette = theme::palette(ui);
                let layout = TurnLayout::layout(ui, palette, saying, width, None, &[]);
                let places: Vec<Rect> = layout.words.iter().map(|range| layout.place(range)).collect();
                for place in layout.chips().chain(places.iter().copied()) {
                    assert!(place.left() >= -0.5 && place.right() <= width + 2.0, "{place:?} in a line of {width}");
                    assert!(place.height() <= LINE_WITH_CHIP + 1.0, "{place:?} is in one line");
                }
                let chips: Vec<Rect> = layout.chips().collect();
                for (chip, (range, _)) in chips.iter().zip(&layout.passages) {
                    let line = layout.place(range);
                    let (above, below) = (chip.top() - line.top(), line.bottom() - chip.bottom());
                    assert!((above - below).abs() < 1.0 && below >= 1.5, "{above} above, {below} below in a line of {width}");
                }
                for (position, place) in places.iter().enumerate() {
                    assert!(chips.iter().all(|chip| !chip.shrink(3.0).intersects(place.shrink(3.0))), "word {position} under a chip in a line of {width}");
                }
                lines.set(lines.get().max((layout.height() / theme::TRANSCRIPT.line) as usize));
            }
        });
        output.drop_without_applying_deltas();
        assert!(lines.get() > 5, "lines break");
    }
}
