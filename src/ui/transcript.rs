//! The transcript: turns, the playing word lit, click a word to hear it. Only the turns that can be seen are laid out.

use super::icons;
use super::theme::{self, Palette};
use super::widgets;
use crate::conference::{ConferenceRecord, Millis, NoWords, Speaker, Turn};
use egui::text::{CCursor, LayoutJob, TextWrapping};
use egui::{Align2, CornerRadius, CursorIcon, Galley, Pos2, Rect, Response, Role, Sense, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2};
use std::sync::Arc;

/// No line longer than about 75 letters: beyond that the eye loses its place.
const LONGEST_LINE: f32 = 620.0;
const LEFT: f32 = 60.0;
const HEAD: f32 = 26.0;
const PAD: f32 = 10.0;
const ASIDE: f32 = 20.0;
const REMARK: f32 = 28.0;

/// What a reader did.
pub(super) enum Asked {
    /// Play from this word's start.
    Hear(Millis),
    /// Try to write the words down again.
    TryAgain,
    /// This voice of the turn is somebody else, for the whole conference.
    Assign(usize, Speaker),
}

/// What the transcript remembers between frames.
#[derive(Default)]
pub(super) struct Transcript {
    /// Tops of the rows, and the whole height, for this width and number of rows.
    tops: Vec<f32>,
    measured: (f32, usize),
    /// How far it is scrolled.
    offset: f32,
    /// Follow the playing word; yields when the reader scrolls.
    pub follow: bool,
    /// Go to this row at the next frame.
    go_to: Option<usize>,
    /// What is looked for.
    pub find: String,
    found: Vec<usize>,
    found_for: String,
    /// Which of the finds is the current one.
    pub current: usize,
}

/// A turn, or a stretch without words.
enum Row {
    Turn(usize),
    Remark(usize),
}

impl Transcript {
    pub fn new() -> Self {
        Self { follow: true, ..Self::default() }
    }

    /// Everything must be measured again: the words or the speakers have changed.
    pub fn changed(&mut self) {
        self.measured = (0.0, 0);
        self.found_for.clear();
    }

    /// Shows the turn at this moment.
    pub fn show_moment(&mut self, record: &ConferenceRecord, at: Millis) {
        self.go_to = turn_at(record, at);
    }

    /// How many words match what is looked for.
    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// To the next or the previous find.
    pub fn step(&mut self, record: &ConferenceRecord, forward: bool) {
        let count = self.found.len();
        if count == 0 {
            return;
        }
        self.current = if forward { (self.current + 1) % count } else { (self.current + count - 1) % count };
        self.show_moment(record, record.facts().transcript.words[self.found[self.current]].span.start());
        self.follow = false;
    }

    fn search(&mut self, record: &ConferenceRecord) {
        let wanted = self.find.trim().to_lowercase();
        if wanted == self.found_for {
            return;
        }
        let words = &record.facts().transcript.words;
        let parts: Vec<&str> = wanted.split_whitespace().collect();
        let matches = |at: usize| {
            parts.iter().enumerate().all(|(offset, part)| {
                words.get(at + offset).is_some_and(|word| {
                    let text = word.text.to_lowercase();
                    if offset + 1 == parts.len() { text.contains(part) } else { text.trim_matches(|c: char| !c.is_alphanumeric()) == *part }
                })
            })
        };
        self.found = if parts.is_empty() { Vec::new() } else { (0..words.len()).filter(|&at| matches(at)).collect() };
        self.found_for = wanted;
        self.current = 0;
        if let Some(&first) = self.found.first() {
            self.show_moment(record, words[first].span.start());
        }
    }

    /// Draws it into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, playhead: Millis, is_playing: bool) -> Option<Asked> {
        self.search(record);
        let width = ui.available_width();
        let line = (width - LEFT - 28.0).min(LONGEST_LINE);
        let rows = rows(record);
        if self.measured != (width, rows.len()) {
            self.measure(ui, palette, record, &rows, line);
            self.measured = (width, rows.len());
        }
        let mut asked = None;
        let playing_turn = turn_at(record, playhead);
        let mut area = egui::ScrollArea::vertical().id_salt("transcript").auto_shrink([false, false]);
        let playing_row = playing_turn.and_then(|turn| rows.iter().position(|row| matches!(row, Row::Turn(index) if *index == turn)));
        if is_playing && self.follow && self.go_to.is_none() {
            self.go_to = playing_turn;
        }
        let view_height = ui.available_height();
        if let Some(row) = self.go_to.take().and_then(|turn| rows.iter().position(|row| matches!(row, Row::Turn(index) if *index == turn))) {
            let (top, bottom) = (self.tops[row], self.tops[row + 1]);
            let scrolled = self.offset;
            // Only when it is not in comfortable view: reading must not jump about.
            if top < scrolled + 8.0 || bottom > scrolled + view_height * 0.85 {
                area = area.vertical_scroll_offset((top - view_height * 0.25).max(0.0));
            }
        }
        let wheel = ui.rect_contains_pointer(ui.max_rect()) && ui.input(|input| input.smooth_scroll_delta().y.abs() > 0.5);
        if wheel {
            self.follow = false;
        }
        let output = area.show_viewport(ui, |ui, viewport| {
            let total = self.tops.last().copied().unwrap_or(0.0);
            ui.set_height(total + 16.0);
            let origin = ui.min_rect().min;
            let first = self.tops.partition_point(|&top| top <= viewport.top()).saturating_sub(1);
            for (index, row) in rows.iter().enumerate().skip(first) {
                if self.tops[index] > viewport.bottom() {
                    break;
                }
                let rect = Rect::from_min_max(origin + vec2(0.0, self.tops[index]), origin + vec2(width, self.tops[index + 1]));
                let next = match row {
                    Row::Turn(turn) => self.turn_ui(ui, palette, record, *turn, rect, line, playhead, playing_turn == Some(*turn)),
                    Row::Remark(stretch) => remark_ui(ui, palette, record, *stretch, rect),
                };
                asked = next.or(asked.take());
            }
        });
        self.offset = output.state.unclamped_offset().y;
        let out_of_view = playing_row.is_some_and(|row| self.tops[row + 1] < self.offset || self.tops[row] > self.offset + view_height);
        if is_playing && !self.follow && out_of_view {
            let pill = Rect::from_center_size(pos2(output.inner_rect.center().x, output.inner_rect.bottom() - 28.0), vec2(240.0, 36.0));
            let response = ui.interact(pill, ui.scope_id().with("back to playing"), Sense::click());
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Back to the playing word"));
            ui.painter().rect_filled(pill, CornerRadius::same(18), palette.pine);
            ui.painter().text(pill.center(), Align2::CENTER_CENTER, "Back to the playing word", theme::SECONDARY_BOLD.font(), palette.on_pine);
            if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
                self.follow = true;
                self.go_to = playing_turn;
            }
        }
        asked
    }

    fn measure(&mut self, ui: &Ui, palette: &Palette, record: &ConferenceRecord, rows: &[Row], line: f32) {
        self.tops.clear();
        let mut top = 6.0;
        for row in rows {
            self.tops.push(top);
            top += match row {
                Row::Remark(_) => REMARK,
                Row::Turn(index) => {
                    let turn = &record.turns()[*index];
                    let text = if turn.words.is_empty() { 0.0 } else { layout(ui, palette, record, turn, line, None, &[]).0.size().y };
                    HEAD + text + spoken_asides(turn) as f32 * ASIDE + 2.0 * PAD
                }
            };
        }
        self.tops.push(top);
    }

    #[expect(clippy::too_many_arguments, reason = "a row needs where, what, and what is playing; a struct for one call would say less")]
    fn turn_ui(
        &mut self,
        ui: &mut Ui,
        palette: &Palette,
        record: &ConferenceRecord,
        index: usize,
        rect: Rect,
        line: f32,
        playhead: Millis,
        is_playing: bool,
    ) -> Option<Asked> {
        let turn = &record.turns()[index];
        let facts = record.facts();
        let name = record.speaker_name(turn.speaker);
        let response = ui.interact(rect, egui::Id::unique(("turn", index)), Sense::click());
        let text = facts.transcript.text(&turn.words);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("{name}, {}: {text}", turn.span.start())));
        let inside = rect.shrink2(vec2(4.0, 1.0));
        if is_playing || response.hovered() {
            ui.painter().rect_filled(inside, CornerRadius::same(8), palette.raise);
        }
        let avatar = Rect::from_min_size(rect.min + vec2(16.0, PAD + 4.0), Vec2::splat(32.0));
        widgets::paint_avatar(ui, palette, avatar, &name, Some(turn.speaker));
        let head_y = rect.top() + PAD + 11.0;
        let name_rect = ui.painter().text(pos2(rect.left() + LEFT, head_y), Align2::LEFT_CENTER, &name, theme::BUTTON.font(), palette.speaker(turn.speaker));
        let time = if turn.words.is_empty() { format!("{} · {:.0} s", turn.span.start(), turn.span.length().secs()) } else { turn.span.start().clock() };
        ui.painter().text(pos2(name_rect.right() + 8.0, head_y), Align2::LEFT_CENTER, time, theme::SECONDARY.font(), palette.ink2);
        if facts.marks.iter().any(|&mark| turn.span.contains(mark)) {
            let right = rect.right() - 20.0;
            let label = ui.painter().text(pos2(right, head_y), Align2::RIGHT_CENTER, "your mark", theme::SECONDARY_BOLD.font(), palette.rose);
            widgets::paint_icon(ui, icons::BOOKMARK_SIMPLE.fill(), pos2(label.left() - 12.0, head_y), 16.0, palette.rose);
        } else if response.hovered() {
            widgets::paint_icon(ui, icons::PLAY, pos2(rect.right() - 28.0, head_y), 18.0, palette.ink2);
        }
        let playing_word = turn.words.iter().copied().find(|&word| is_playing && facts.transcript.words[word].span.contains(playhead));
        let (galley, ranges) = layout(ui, palette, record, turn, line, playing_word, &self.found);
        let at = pos2(rect.left() + LEFT, rect.top() + PAD + HEAD);
        paint_words(ui, palette, record, turn, &galley, &ranges, at, playing_word);
        let mut y = at.y + if turn.words.is_empty() { 0.0 } else { galley.size().y };
        for aside in turn.backchannels.iter().filter(|aside| !aside.words.is_empty()) {
            let said = format!("{}: {}", record.speaker_name(aside.speaker), facts.transcript.text(&aside.words));
            ui.painter().text(pos2(at.x, y + ASIDE / 2.0), Align2::LEFT_CENTER, said, theme::SECONDARY.font(), palette.speaker(aside.speaker));
            y += ASIDE;
        }
        let assigned = assign_menu(&response, record, turn);
        if assigned.is_some() {
            return assigned;
        }
        let response = response.on_hover_cursor(CursorIcon::PointingHand);
        response.clicked().then(|| Asked::Hear(clicked_moment(&response, turn, record, &galley, &ranges, at)))
    }
}

/// Right click on a turn: whose voice this is, for the whole conference.
fn assign_menu(response: &Response, record: &ConferenceRecord, turn: &Turn) -> Option<Asked> {
    let mut assigned = None;
    let voice = record.facts().voices.spans.iter().find(|piece| piece.span.overlap(turn.span).is_some())?.voice;
    response.context_menu(|ui| {
        ui.label("This voice is, in the whole conference:");
        let students = (1..=record.facts().students.max(1)).map(Speaker::Student);
        for speaker in std::iter::once(Speaker::Teacher).chain(students).chain(std::iter::once(Speaker::Other)) {
            if ui.selectable_label(speaker == turn.speaker, record.speaker_name(speaker)).clicked() {
                assigned = Some(Asked::Assign(usize::from(voice.0), speaker));
                ui.close();
            }
        }
    });
    assigned
}

fn clicked_moment(response: &Response, turn: &Turn, record: &ConferenceRecord, galley: &Galley, ranges: &[std::ops::Range<usize>], at: Pos2) -> Millis {
    let Some(pointer) = response.interact_pointer_pos().filter(|pointer| pointer.y >= at.y && !turn.words.is_empty()) else { return turn.span.start() };
    let cursor = galley.cursor_from_pos(pointer - at);
    let word = ranges.iter().position(|range| cursor.index.0 <= range.end).unwrap_or(ranges.len().saturating_sub(1));
    turn.words.get(word).map_or(turn.span.start(), |&word| record.facts().transcript.words[word].span.start())
}

fn spoken_asides(turn: &Turn) -> usize {
    turn.backchannels.iter().filter(|aside| !aside.words.is_empty()).count()
}

/// Turns and remarks in order of time.
fn rows(record: &ConferenceRecord) -> Vec<Row> {
    let untranscribed = &record.facts().transcript.untranscribed;
    let mut rows = Vec::with_capacity(record.turns().len() + untranscribed.len());
    let mut next = 0;
    for (index, turn) in record.turns().iter().enumerate() {
        while next < untranscribed.len() && untranscribed[next].span.start() < turn.span.start() {
            rows.push(Row::Remark(next));
            next += 1;
        }
        rows.push(Row::Turn(index));
    }
    rows.extend((next..untranscribed.len()).map(Row::Remark));
    rows
}

/// The turn at a moment, or the last one before it.
pub(super) fn turn_at(record: &ConferenceRecord, at: Millis) -> Option<usize> {
    record.turns().partition_point(|turn| turn.span.start() <= at).checked_sub(1)
}

/// The turn's words as one galley, and the letters of each word in it.
fn layout(
    ui: &Ui,
    palette: &Palette,
    record: &ConferenceRecord,
    turn: &Turn,
    width: f32,
    playing: Option<usize>,
    found: &[usize],
) -> (Arc<Galley>, Vec<std::ops::Range<usize>>) {
    let mut job = LayoutJob { wrap: TextWrapping::wrap_at_width(width), ..LayoutJob::default() };
    let mut ranges = Vec::with_capacity(turn.words.len());
    let plain = theme::TRANSCRIPT.format(palette.ink);
    let mut letters = 0;
    for (position, &index) in turn.words.iter().enumerate() {
        let word = &record.facts().transcript.words[index];
        if position > 0 {
            job.append(" ", 0.0, plain.clone());
            letters += 1;
        }
        let mut format = plain.clone();
        if playing == Some(index) {
            format.color = palette.on_pine;
        } else if found.binary_search(&index).is_ok() {
            format.background = palette.hit;
            format.underline = Stroke::new(2.0, palette.pine);
        }
        let count = word.text.chars().count();
        ranges.push(letters..letters + count);
        letters += count;
        job.append(&word.text, 0.0, format);
    }
    (ui.painter().layout_job(job), ranges)
}

#[expect(clippy::too_many_arguments, reason = "painting needs all it paints")]
fn paint_words(
    ui: &Ui,
    palette: &Palette,
    record: &ConferenceRecord,
    turn: &Turn,
    galley: &Arc<Galley>,
    ranges: &[std::ops::Range<usize>],
    at: Pos2,
    playing: Option<usize>,
) {
    let place = |range: &std::ops::Range<usize>| {
        let (from, to) = (galley.pos_from_cursor(CCursor::new(range.start)), galley.pos_from_cursor(CCursor::new(range.end)));
        Rect::from_min_max(from.min, pos2(to.max.x.max(from.min.x), from.max.y)).translate(at.to_vec2())
    };
    if let Some(position) = playing.and_then(|word| turn.words.iter().position(|&index| index == word)) {
        ui.painter().rect_filled(place(&ranges[position]).expand2(vec2(3.0, -1.0)), CornerRadius::same(4), palette.pine);
    }
    ui.painter().galley(at, Arc::clone(galley), palette.ink);
    for (range, &index) in ranges.iter().zip(&turn.words) {
        if record.facts().transcript.words[index].is_less_sure() {
            let rect = place(range);
            let mut x = rect.left();
            while x < rect.right() {
                ui.painter().circle_filled(pos2(x, rect.bottom() - 2.0), 1.0, palette.edge);
                x += 4.0;
            }
        }
    }
}

fn remark_ui(ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, index: usize, rect: Rect) -> Option<Asked> {
    let stretch = record.facts().transcript.untranscribed[index];
    let (text, again) = match stretch.reason {
        NoWords::EngineFailed => ("This part could not be written down.", true),
        NoWords::RepeatsRemoved => ("The same words over and over were taken out here.", false),
        NoWords::NotUnderstood => ("Could not hear this well.", false),
    };
    let drawn = ui.painter().text(
        rect.left_center() + vec2(LEFT, 0.0),
        Align2::LEFT_CENTER,
        format!("{}  {text}", stretch.span.start()),
        theme::SECONDARY.font(),
        palette.ink2,
    );
    let mut asked = None;
    widgets::area(ui, Rect::from_min_max(pos2(drawn.right() + 8.0, rect.top()), rect.max), |ui| {
        ui.horizontal(|ui| {
            if widgets::jump_pill(ui, stretch.span.start(), false).clicked() {
                asked = Some(Asked::Hear(stretch.span.start()));
            }
            if again && widgets::Button::new(widgets::Kind::Quiet, "Try again").small().show(ui).clicked() {
                asked = Some(Asked::TryAgain);
            }
        });
    });
    asked
}
