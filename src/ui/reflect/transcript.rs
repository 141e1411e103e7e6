//! The transcript: turns, the playing word lit, click a word to hear it, the phases along a band. Only the turns that can be seen are laid out.

mod band;
mod find;
mod menu;
mod pauses;

use super::editing::{self, EditingAction, Keyboard, Selected, TagAction};
use super::hard_to_hear::{self, RemarkAction};
use super::turn_layout::{TurnLayout, TurnText};
use crate::conference::{ConferenceRecord, Millis, NoWords, Passage, Phase, Span, Speaker, Turn, is_spaceless};
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::{icons, widgets};
use crate::work::{EditSession, OpenTurn};
use egui::{Align2, CornerRadius, CursorIcon, Pos2, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash as _, Hasher as _};
use std::sync::Arc;

/// No line longer than about 75 letters: beyond that the eye loses its place.
const LONGEST_LINE: f32 = 620.0;
const LEFT: f32 = 60.0;
/// The names of the phases and their band stand left of the turns.
const BAND: f32 = 120.0;
const BAND_WIDTH: f32 = 8.0;
/// The bar that tags the selected turns.
const BAR: f32 = 60.0;
/// Turns measured in one frame; those further down are reckoned from their letters until their time comes.
const MEASURED_AT_ONCE: usize = 300;
/// A letter of the transcript takes about this much width.
const LETTER: f32 = 8.3;
const HEAD: f32 = 26.0;
const PAD: f32 = 10.0;
const ASIDE: f32 = 20.0;
const REMARK: f32 = 28.0;

/// What a reader did.
pub(super) enum TranscriptAction {
    /// Play from this word's start.
    Hear(Millis),
    /// Try to transcribe it again.
    TryAgain,
    /// This voice of the turn is somebody else, for the whole conference.
    Assign(usize, Speaker),
    /// This turn alone is somebody else's.
    Give(usize, Speaker),
    /// This student is called something else.
    Rename(Speaker),
    /// This turn is to be opened for editing, to type before its word at this place if one was pressed.
    Open(usize, Option<usize>),
    /// This passage is to be heard, and what was heard is to be typed.
    TypeHeard(Passage),
    /// This was done in the open turn.
    Edited(EditingAction),
    /// This stretch is of this phase.
    Tag(Span, Phase),
}

impl From<RemarkAction> for TranscriptAction {
    fn from(action: RemarkAction) -> Self {
        match action {
            RemarkAction::Hear(at) => Self::Hear(at),
            RemarkAction::TryAgain => Self::TryAgain,
        }
    }
}

/// What the transcript remembers between frames.
#[derive(Default)]
pub(super) struct Transcript {
    /// Tops of the rows, and the whole height.
    tops: Vec<f32>,
    /// Of each row; `false` while only reckoned.
    heights: Vec<(f32, bool)>,
    /// For this width and number of rows.
    measured: (f32, usize),
    /// Heights of turns that were measured before, by what they say and the width.
    known: HashMap<u64, f32>,
    /// Correct mode: a click opens a turn for editing.
    pub correcting: bool,
    /// A click chooses turns for the card that asks for them.
    pub choosing: bool,
    /// The pauses that are chosen, while a card asks for them.
    pauses: Option<pauses::PauseChoice>,
    /// Which opening of a turn the keyboard went to.
    typed_in: u64,
    /// Before which letter of the turn that opens next one types.
    cursor: Option<usize>,
    /// What is hard to hear; none until it was looked for.
    passages: Option<Vec<Passage>>,
    /// The selected turns.
    pub selected: Selected,
    /// The turn where the selection began, by its beginning.
    anchor: Millis,
    /// An end of a phase that is being dragged: the phase, and the beginning of the turn its stretch keeps.
    moving: Option<(Phase, Millis, bool)>,
    /// How far it is scrolled.
    offset: f32,
    /// Of a conference that has just been opened: it begins at its beginning, wherever it was left.
    is_new: bool,
    /// Follow the playing word; yields when the reader scrolls.
    pub follow: bool,
    /// Show the turn at this moment at the next frame.
    go_to: Option<Millis>,
    /// What is looked for.
    pub find: String,
    found: Vec<usize>,
    /// What was found is of this, and of this state of the talk.
    found_for: (String, u64),
    /// Which of the finds is the current one, and when it is said.
    pub current: usize,
    current_at: Millis,
    /// The talk that everything here was measured for.
    talk_revision: u64,
}

/// A turn, or a stretch without words.
enum Row {
    Turn(usize),
    Remark(usize),
}

impl Transcript {
    pub fn new() -> Self {
        Self { follow: true, is_new: true, ..Self::default() }
    }

    /// Everything must be measured again when words or speakers have changed.
    fn follow_talk(&mut self, revision: u64) {
        if std::mem::replace(&mut self.talk_revision, revision) != revision {
            self.measured = (0.0, 0);
            self.passages = None;
        }
    }

    /// A turn has been opened for editing, to type before this letter if one is given.
    pub fn opened(&mut self, record: &ConferenceRecord, turn: usize, cursor: Option<usize>) {
        self.cursor = cursor;
        self.correcting = true;
        self.selected = None;
        self.follow = false;
        self.go_to = record.turns().get(turn).map(|turn| turn.span.start());
    }

    /// Selects this turn, or from where the selection began up to it.
    pub fn select(&mut self, record: &ConferenceRecord, turn: usize, extend: bool) {
        let Some(at) = record.turns().get(turn).map(|turn| turn.span.start()) else { return };
        if !extend || self.selected.is_none() {
            self.anchor = at;
        }
        self.selected = Some((self.anchor.min(at), self.anchor.max(at)));
    }

    /// The selection one turn longer or shorter (Shift with an arrow).
    pub fn stretch(&mut self, record: &ConferenceRecord, step: isize, here: usize) {
        let Some((first, last)) = editing::turns_of(record, self.selected) else { return self.select(record, here, false) };
        let from_first = record.turns().get(first).is_some_and(|turn| turn.span.start() >= self.anchor);
        let moving = if from_first { last } else { first };
        let turn = (moving as isize + step).clamp(0, record.turns().len() as isize - 1) as usize;
        self.select(record, turn, true);
        self.go_to = record.turns().get(turn).map(|turn| turn.span.start());
    }

    /// Shows the turn at this moment.
    pub fn show_moment(&mut self, at: Millis) {
        self.go_to = Some(at);
    }

    /// Draws it into the whole of `ui`.
    pub fn ui(&mut self, ui: &mut Ui, palette: &Palette, session: &mut EditSession, playhead: Millis, is_playing: bool) -> Option<TranscriptAction> {
        let record = &**session.record();
        self.follow_talk(session.talk_revision());
        self.search(record);
        let mut asked = None;
        let full = ui.available_rect_before_wrap();
        let bar = editing::turns_of(record, self.selected);
        if bar.is_none() {
            self.selected = None;
        }
        let bar = bar.filter(|_| !self.choosing);
        let text = if bar.is_some() { Rect::from_min_max(full.min, pos2(full.right(), full.bottom() - BAR)) } else { full };
        if let Some(selected) = bar {
            let rect = Rect::from_min_max(pos2(full.left(), text.bottom()), full.max);
            match editing::bar_ui(ui, palette, record, selected, rect) {
                Some(TagAction::Phase(phase)) => asked = editing::span_of(record, bar).map(|span| TranscriptAction::Tag(span, phase)),
                Some(TagAction::Close) => self.selected = None,
                None => {}
            }
        }
        let said = widgets::area(ui, text, |ui| self.rows_ui(ui, palette, session, playhead, is_playing));
        asked.or(said)
    }

    fn rows_ui(&mut self, ui: &mut Ui, palette: &Palette, session: &mut EditSession, playhead: Millis, is_playing: bool) -> Option<TranscriptAction> {
        let record = Arc::clone(session.record());
        let record = &*record;
        let passages = self.passages.take().unwrap_or_else(|| record.hard_to_hear());
        let saying = |turn: usize| {
            let (from, to) = (passages.partition_point(|one| one.turn < turn), passages.partition_point(|one| one.turn <= turn));
            TurnText { record, turn: &record.turns()[turn], passages: &passages[from..to] }
        };
        let mut open = session.open_mut();
        let open_turn = open.as_ref().map(|(turn, _)| *turn);
        let width = ui.available_width();
        let band = if self.correcting || record.evidence().turn_phases.iter().any(Option::is_some) { BAND + BAND_WIDTH } else { 0.0 };
        let line = (width - band - LEFT - 28.0).min(LONGEST_LINE);
        let rows = rows(record);
        self.measure(ui, palette, &saying, &rows, line);
        self.stack(&rows, open.as_ref().map(|(turn, open)| (*turn, editing::height(open, ui, width - band))));
        let mut asked = None;
        let playing_turn = record.turn_at(playhead);
        let mut area = egui::ScrollArea::vertical().id_salt(("transcript", record.data().id)).auto_shrink([false, false]);
        if std::mem::take(&mut self.is_new) {
            (area, self.offset) = (area.vertical_scroll_offset(0.0), 0.0);
        }
        let row_of = |turn: usize| rows.iter().position(|row| matches!(row, Row::Turn(index) if *index == turn));
        let playing_row = playing_turn.and_then(row_of);
        if is_playing && self.follow && self.go_to.is_none() {
            self.go_to = Some(playhead);
        }
        let view_height = ui.available_height();
        if let Some(row) = self.go_to.take().and_then(|at| record.turn_at(at)).and_then(row_of) {
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
            let last = self.tops.partition_point(|&top| top <= viewport.bottom()).min(rows.len());
            let row_rect = |tops: &[f32], index: usize| Rect::from_min_max(origin + vec2(band, tops[index]), origin + vec2(width, tops[index + 1]));
            for (index, row) in rows.iter().enumerate().take(last).skip(first) {
                let rect = row_rect(&self.tops, index);
                let next = match row {
                    Row::Turn(turn) if open_turn == Some(*turn) => {
                        open.as_mut().and_then(|(turn, open)| self.open_turn_ui(ui, palette, record, (*turn, &mut **open), rect))
                    }
                    Row::Turn(turn) => self.turn_ui(ui, palette, (*turn, saying(*turn)), rect, line, (playhead, playing_turn == Some(*turn))),
                    Row::Remark(stretch) => hard_to_hear::remark_ui(ui, record, *stretch, rect, LEFT).map(TranscriptAction::from),
                };
                asked = next.or(asked.take());
            }
            if band > 0.0 {
                let tops = self.tops.clone();
                let next = self.band_ui(ui, palette, record, &rows, first..last, &|index| row_rect(&tops, index), viewport.top() + origin.y);
                asked = next.or(asked.take());
            }
        });
        self.offset = output.state.unclamped_offset().y;
        self.passages = Some(passages);
        let out_of_view = playing_row.is_some_and(|row| self.tops[row + 1] < self.offset || self.tops[row] > self.offset + view_height);
        if is_playing && !self.follow && out_of_view {
            let pill = Rect::from_center_size(pos2(output.inner_rect.center().x, output.inner_rect.bottom() - 28.0), vec2(240.0, 36.0));
            let response = ui.interact(pill, ui.scope_id().with("back to playing"), Sense::click());
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Back to the playing word"));
            ui.painter().rect_filled(pill, CornerRadius::same(18), palette.pine);
            ui.painter().text(pill.center(), Align2::CENTER_CENTER, "Back to the playing word", theme::SECONDARY_BOLD.font(), palette.on_pine);
            if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
                self.follow = true;
                self.go_to = Some(playhead);
            }
        }
        asked
    }

    /// The heights of all rows: measured where it is known or cheap, reckoned from the letters for the rest until the next frame.
    fn measure<'a>(&mut self, ui: &Ui, palette: &Palette, saying: &impl Fn(usize) -> TurnText<'a>, rows: &[Row], line: f32) {
        let stale = self.measured != (line, rows.len());
        if stale || self.heights.iter().any(|(_, measured)| !measured) {
            if stale {
                self.heights = vec![(0.0, false); rows.len()];
                self.measured = (line, rows.len());
            }
            let mut left = MEASURED_AT_ONCE;
            let mut heights = std::mem::take(&mut self.heights);
            for (row, height) in rows.iter().zip(&mut heights).filter(|(_, (_, measured))| !measured) {
                let Row::Turn(index) = row else {
                    *height = (REMARK, true);
                    continue;
                };
                let saying = saying(*index);
                let turn = saying.turn;
                let around = HEAD + spoken_asides(turn) as f32 * ASIDE + 2.0 * PAD + self.pauses_height(saying.record, *index, line);
                let key = said_key(self.known.hasher(), saying, line);
                *height = match self.known.get(&key) {
                    _ if turn.words.is_empty() && saying.passages.is_empty() => (around, true),
                    Some(&text) => (around + text, true),
                    None if left > 0 => {
                        left -= 1;
                        let text = TurnLayout::layout(ui, palette, saying, line, None, &[]).height();
                        self.known.insert(key, text);
                        (around + text, true)
                    }
                    None => {
                        // A letter of a script without spaces is about twice as wide.
                        let letters: usize = saying.record.transcript().text(&turn.words).chars().map(|letter| 1 + usize::from(is_spaceless(letter))).sum();
                        (around + (letters as f32 * LETTER / line).ceil() * theme::TRANSCRIPT.line, false)
                    }
                };
            }
            self.heights = heights;
            if self.heights.iter().any(|(_, measured)| !measured) {
                ui.ctx().request_repaint();
            }
        }
    }

    /// The rows one below the other; the open turn has a height of its own.
    fn stack(&mut self, rows: &[Row], open: Option<(usize, f32)>) {
        self.tops.clear();
        let mut top = 6.0;
        for (row, (height, _)) in rows.iter().zip(&self.heights) {
            self.tops.push(top);
            top += match (open, row) {
                (Some((open, height)), Row::Turn(turn)) if open == *turn => height,
                _ => *height,
            };
        }
        self.tops.push(top);
    }

    fn open_turn_ui(
        &mut self,
        ui: &mut Ui,
        palette: &Palette,
        record: &ConferenceRecord,
        open: (usize, &mut OpenTurn),
        rect: Rect,
    ) -> Option<TranscriptAction> {
        let (turn, opening) = (open.0, open.1.opening());
        let keyboard = match std::mem::replace(&mut self.typed_in, opening) != opening {
            true => self.cursor.take().map_or(Keyboard::Taken, Keyboard::TakenBefore),
            false => Keyboard::Stays,
        };
        match editing::open_turn_ui(ui, palette, record, open, rect, keyboard) {
            EditingAction::Writing => None,
            EditingAction::Hear => record.turns().get(turn).map(|turn| TranscriptAction::Hear(turn.span.start())),
            done => Some(TranscriptAction::Edited(done)),
        }
    }

    fn turn_ui(
        &mut self,
        ui: &mut Ui,
        palette: &Palette,
        (index, saying): (usize, TurnText<'_>),
        rect: Rect,
        line: f32,
        (playhead, is_playing): (Millis, bool),
    ) -> Option<TranscriptAction> {
        let TurnText { record, turn, passages } = saying;
        let name = record.speaker_name(turn.speaker);
        // By its time: a menu that stands open must not come to mean the next turn when those above are counted anew.
        let twin = index - record.turns().partition_point(|other| other.span.start() < turn.span.start());
        let response = ui.interact(rect, egui::Id::unique(("turn", record.data().id, turn.span.start(), twin)), Sense::click());
        let text = record.transcript().text(&turn.words);
        let when = widgets::moment(ui, turn.span.start());
        response.widget_info(|| {
            let when = when.as_ref().map(|when| format!(", {when}")).unwrap_or_default();
            WidgetInfo::labeled(Role::Button, true, format!("{name}{when}: {text}"))
        });
        let inside = rect.shrink2(vec2(4.0, 1.0));
        let selected = self.selected.is_some_and(|(first, last)| (first..=last).contains(&turn.span.start()));
        if selected {
            ui.painter().rect_filled(inside, CornerRadius::same(8), palette.pine_tint);
        } else if is_playing || response.hovered() {
            ui.painter().rect_filled(inside, CornerRadius::same(8), palette.raise);
        }
        widgets::focus_ring(ui, &response, inside, CornerRadius::same(8));
        let avatar = Rect::from_min_size(rect.min + vec2(16.0, PAD + 4.0), Vec2::splat(32.0));
        widgets::paint_avatar(ui, palette, avatar, &name, Some(turn.speaker));
        let head_y = rect.top() + PAD + 11.0;
        let name_rect = ui.painter().text(pos2(rect.left() + LEFT, head_y), Align2::LEFT_CENTER, &name, theme::BUTTON.font(), palette.speaker(turn.speaker));
        let time = if turn.words.is_empty() { format!("{} · {:.0} s", turn.span.start(), turn.span.length().secs()) } else { when.unwrap_or_default() };
        ui.painter().text(pos2(name_rect.right() + 8.0, head_y), Align2::LEFT_CENTER, time, theme::SECONDARY.font(), palette.ink2);
        if record.is_marked(index) {
            let right = rect.right() - 20.0;
            let label = ui.painter().text(pos2(right, head_y), Align2::RIGHT_CENTER, "your mark", theme::SECONDARY_BOLD.font(), palette.rose);
            widgets::paint_icon(ui, icons::BOOKMARK_SIMPLE.fill(), pos2(label.left() - 12.0, head_y), 16.0, palette.rose);
        } else if self.choosing {
            let tick = Rect::from_center_size(pos2(rect.right() - 28.0, head_y), Vec2::splat(20.0));
            let (fill, edge) = if selected { (palette.pine, palette.pine) } else { (palette.card, palette.edge) };
            ui.painter().rect(tick, CornerRadius::same(4), fill, egui::Stroke::new(1.0, edge), egui::StrokeKind::Inside);
            if selected {
                widgets::paint_icon(ui, icons::CHECK, tick.center(), 14.0, palette.on_pine);
            }
        } else if response.hovered() {
            let icon = if self.correcting { Some(icons::PENCIL_SIMPLE) } else { record.data().has_sound().then_some(icons::PLAY) };
            icon.into_iter().for_each(|icon| widgets::paint_icon(ui, icon, pos2(rect.right() - 28.0, head_y), 18.0, palette.ink2));
        }
        let playing_word = turn.words.iter().copied().find(|&word| is_playing && record.transcript().words[word].span.contains(playhead));
        let said = TurnLayout::layout(ui, palette, saying, line, playing_word, &self.found);
        let at = pos2(rect.left() + LEFT, rect.top() + PAD + HEAD);
        said.paint(ui, palette, saying, at, playing_word);
        let heard =
            passages.iter().zip(said.chips()).filter(|(passage, chip)| hard_to_hear::chip_ui(ui, palette, record, passage, chip.translate(at.to_vec2())));
        if let Some((passage, _)) = heard.last() {
            return Some(TranscriptAction::TypeHeard(*passage));
        }
        let mut y = at.y + if turn.words.is_empty() && passages.is_empty() { 0.0 } else { said.height() };
        for aside in turn.backchannels.iter().filter(|aside| !aside.words.is_empty()) {
            let said = format!("{}: {}", record.speaker_name(aside.speaker), record.transcript().text(&aside.words));
            widgets::paint_line(ui.painter(), pos2(at.x, y + ASIDE / 2.0), line, theme::SECONDARY, palette.speaker(aside.speaker), &said);
            y += ASIDE;
        }
        self.pauses_ui(ui, record, index, Rect::from_min_size(pos2(at.x, y), vec2(line, 0.0)));
        let assigned = menu::assign_menu(&response, record, index);
        if assigned.is_some() {
            return assigned;
        }
        let response = response.on_hover_cursor(CursorIcon::PointingHand);
        if response.clicked() && self.choosing {
            // The first, then the last; a press on the only one takes it back.
            let is_only = self.selected == Some((turn.span.start(), turn.span.start()));
            if is_only {
                self.selected = None
            } else {
                self.select(record, index, true)
            }
            return None;
        }
        if response.clicked() && ui.input(|input| input.modifiers.shift) {
            self.select(record, index, true);
            return None;
        }
        if response.clicked() && self.correcting {
            let pointer = response.interact_pointer_pos().filter(|pointer| pointer.y >= at.y && pointer.y <= at.y + said.height());
            return Some(TranscriptAction::Open(index, pointer.and_then(|pointer| said.word_at(pointer - at))));
        }
        response.clicked().then(|| TranscriptAction::Hear(clicked_moment(&response, turn, record, &said, at)))
    }
}

/// What a turn says at a width and text size, as a number.
fn said_key(random: &std::hash::RandomState, saying: TurnText<'_>, line: f32) -> u64 {
    let mut hasher = random.build_hasher();
    (line.to_bits(), theme::TRANSCRIPT.font().size.to_bits()).hash(&mut hasher);
    for &word in &saying.turn.words {
        saying.record.transcript().words[word].text.hash(&mut hasher);
    }
    for passage in saying.passages {
        (passage.position, passage.span).hash(&mut hasher);
    }
    hasher.finish()
}

fn clicked_moment(response: &Response, turn: &Turn, record: &ConferenceRecord, said: &TurnLayout, at: Pos2) -> Millis {
    let Some(pointer) = response.interact_pointer_pos().filter(|pointer| pointer.y >= at.y && !turn.words.is_empty()) else { return turn.span.start() };
    let word = said.word_at(pointer - at).unwrap_or(turn.words.len() - 1);
    turn.words.get(word).map_or(turn.span.start(), |&word| record.transcript().words[word].span.start())
}

fn spoken_asides(turn: &Turn) -> usize {
    turn.backchannels.iter().filter(|aside| !aside.words.is_empty()).count()
}

/// Turns and remarks in order of time.
fn rows(record: &ConferenceRecord) -> Vec<Row> {
    let untranscribed = record.transcript().untranscribed.iter().enumerate();
    // What is hard to hear stands among the words of its turn.
    let stands_alone =
        |reason: NoWords| record.turns().is_empty() || matches!(reason, NoWords::EngineFailed | NoWords::RepeatsRemoved | NoWords::OtherLanguage);
    let mut remarks = untranscribed.filter(|(_, stretch)| stands_alone(stretch.reason)).peekable();
    let mut rows = Vec::with_capacity(record.turns().len());
    for (index, turn) in record.turns().iter().enumerate() {
        while let Some((remark, _)) = remarks.next_if(|(_, stretch)| stretch.span.start() < turn.span.start()) {
            rows.push(Row::Remark(remark));
        }
        rows.push(Row::Turn(index));
    }
    rows.extend(remarks.map(|(remark, _)| Row::Remark(remark)));
    rows
}
