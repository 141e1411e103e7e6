//! One conference: transcript, sound and the five questions side by side.

mod choosing;
mod header;
mod keys;
mod replacing;
mod undoing;

use self::replacing::Replacing;

use super::cards::{CardAction, Cards, CardsInput, Choosing, Chosen};
use super::editing::{self, AfterKeeping, EditingAction};
use super::transcript::{Transcript, TranscriptAction};
use super::transport::{PlaybackPosition, Transport, TransportAction};
use super::voices_panel::{self, VoicesPanel};
use crate::conference::{Change, ConferenceRecord, Edit, Millis, Passage, Question, Stage, TeacherKnown};
use crate::settings::SettingsChange;
use crate::ui::dialogs::participants_dialog::ParticipantsDialog;
use crate::ui::dialogs::retranscribe_dialog::{RetranscribeAction, RetranscribeDialog};
use crate::ui::kit::app_state::{Action, AppState, Place};
use crate::ui::kit::charts;
use crate::ui::kit::overlay::Dialog;
use crate::ui::kit::theme::{self, Palette, palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::ui::kit::{dates, icons};
use crate::work::{AnalysisCommand, Command, EditSession, LibraryCommand, PlayerCommand};
use egui::{Rect, Ui, Vec2, pos2, vec2};
use std::sync::Arc;

/// A passage that is hard to hear is played from a little before it to a little after it.
const LEAD_IN: Millis = Millis(600);
const LEAD_OUT: Millis = Millis(300);

/// In its place, where there is no sound.
const TYPED: f32 = 56.0;

/// What the screen remembers.
pub struct ConferenceScreen {
    /// The record, and all that the teacher does to it.
    session: EditSession,
    /// The talk that the timeline was drawn for.
    talk_revision: u64,
    transcript: Transcript,
    transport: Transport,
    cards: Cards,
    /// Turns are being chosen in the transcript, for the open card.
    choosing: Option<Choosing>,
    voices: VoicesPanel,
    /// Where to be once the sound is loaded; none when it was asked for.
    start: Option<Millis>,
    /// Where the listener last was, until the player says otherwise.
    place: Millis,
    finding: bool,
    share_open: bool,
    /// What is being replaced everywhere.
    replacing: Option<Replacing>,
    /// The students are being named.
    naming: Option<ParticipantsDialog>,
    /// It is to be transcribed again: with what, is being asked.
    again: Option<RetranscribeDialog>,
    /// The sound waits because a turn is open.
    holds_sound: bool,
    /// A passage is heard up to here, while its turn is open.
    heard_until: Option<Millis>,
    /// The lines of a typed file that are not part of the talk are shown.
    leftovers_shown: bool,
}

impl ConferenceScreen {
    /// Shows a record, at a moment if one is given.
    #[must_use]
    pub fn new(record: Arc<ConferenceRecord>, at: Option<Millis>) -> Self {
        let mut transcript = Transcript::new();
        if let Some(at) = at {
            transcript.show_moment(at);
        }
        let transport = Transport::new(&record);
        let start = Some(at.unwrap_or(Millis::ZERO));
        let session = EditSession::new(record);
        Self {
            transcript,
            transport,
            cards: Cards::new(),
            choosing: None,
            voices: VoicesPanel::new(),
            start,
            place: at.unwrap_or(Millis::ZERO),
            finding: false,
            share_open: false,
            replacing: None,
            naming: None,
            again: None,
            holds_sound: false,
            heard_until: None,
            leftovers_shown: false,
            talk_revision: session.talk_revision(),
            session,
        }
    }

    /// The record on screen.
    #[must_use]
    pub fn record(&self) -> &ConferenceRecord {
        self.session.record()
    }

    /// What the teacher does to the record.
    pub fn session(&mut self) -> &mut EditSession {
        &mut self.session
    }

    /// How much of the left bottom the transport takes.
    #[must_use]
    pub fn transport_height(&self) -> f32 {
        if self.record().data().has_sound() { self.transport.height() } else { TYPED }
    }

    fn edit(&mut self, edit: Edit) {
        self.session.apply(edit);
    }

    /// Draws the whole area right of the rail.
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) {
        let palette = palette(ui);
        if std::mem::replace(&mut self.talk_revision, self.session.talk_revision()) != self.session.talk_revision() {
            self.transport.changed(self.session.record());
        }
        let id = self.record().data().id;
        let has_sound = self.record().data().has_sound();
        widgets::say_moments_of(ui, self.session.record().data());
        if let Some(at) = self.start.take().filter(|_| has_sound) {
            out.push(Action::Do(PlayerCommand::Listen { id: id.into(), from: at, play: false }.into()));
        }
        self.transport.sync_player(id, state, out);
        let heard = state.listening.as_ref().filter(|(loaded, _)| *loaded == id.into());
        let is_playing = heard.is_some_and(|(_, playhead)| playhead.is_playing());
        if let Some((_, playhead)) = heard {
            self.place = playhead.position();
        }
        if is_playing && self.heard_until.take_if(|until| self.place >= *until).is_some() && self.session.open().is_some() {
            out.push(Action::Do(PlayerCommand::Pause.into()));
        }
        let full = ui.max_rect();
        let inner = Rect::from_min_max(full.min + vec2(theme::MARGIN, 0.0), full.max - Vec2::splat(theme::MARGIN));
        let header = Rect::from_min_size(inner.min, vec2(inner.width(), theme::HEADER));
        widgets::area(ui, header, |ui| self.header_ui(ui, palette, state, out));
        let cards_width = if full.width() > 1600.0 { 600.0 } else { (inner.width() * 0.423).min(520.0) };
        let cards = Rect::from_min_max(pos2(inner.right() - cards_width, header.bottom()), pos2(inner.right(), full.bottom()));
        let left = Rect::from_min_max(pos2(inner.left(), header.bottom()), pos2(cards.left() - theme::GAP, inner.bottom()));
        let low = self.transport_height();
        let transport = Rect::from_min_max(pos2(left.left(), left.bottom() - low), left.max);
        let text = Rect::from_min_max(left.min, pos2(left.right(), transport.top() - theme::GAP));
        widgets::card_at(ui, text, 1.0, |ui| self.text_ui(ui, palette, state, is_playing, out));
        let here = PlaybackPosition { at: self.place, is_playing };
        let chosen = editing::span_of(self.record(), editing::turns_of(self.record(), self.transcript.selected));
        let pressed = widgets::card_at(ui, transport, 16.0, |ui| {
            if has_sound {
                return self.transport.ui(ui, self.session.record(), state, here, chosen, out);
            }
            let left = self.session.record().data().typed.as_ref().map_or(0, |typed| typed.leftovers.len());
            ui.horizontal(|ui| {
                widgets::line(ui, theme::SECONDARY, palette.ink2, "Typed: there is no sound. Shares are of the words.");
                let name = format!("{} left out…", widgets::number_of(left, "line", "lines"));
                if left > 0 && Button::new(Kind::Quiet, &name).small().show(ui).clicked() {
                    self.leftovers_shown = true;
                }
            });
            None
        });
        if let Some(pressed) = pressed {
            self.press(pressed, is_playing, out);
        }
        let small = full.height() < theme::SMALL_HEIGHT;
        let menu = &state.settings.teaching_menu;
        let (covers, explains) = (state.settings.guess_first, !state.settings.guess_explained);
        let input = CardsInput { small, chosen: Chosen { turns: chosen, pauses: self.transcript.chosen_pauses() }, menu, covers, explains };
        let asked = widgets::area(ui, cards, |ui| self.cards.ui(ui, palette, self.session.record(), input));
        let covered = self.covered();
        asked.into_iter().for_each(|one| self.card_asked(one, out));
        // Who has uncovered one has seen what it is for.
        if covers && explains && self.covered() < covered {
            out.push(Action::Do(LibraryCommand::ChangeSetting(SettingsChange::GuessExplained).into()));
        }
        self.follow_choosing();
        self.leftovers_ui(ui, palette);
        if self.replacing.as_mut().is_some_and(|replacing| replacing.ui(ui, palette, &mut self.session)) {
            self.replacing = None;
        }
        self.naming_ui(ui, palette, state, out);
        self.again_ui(ui, palette, state, out);
        self.keys(ui, state, is_playing, out);
        self.hold_sound(out);
        if !has_sound {
            out.retain(|action| !matches!(action, Action::Do(Command::Player(_))));
        }
    }

    /// Questions of which nothing was seen, for a teacher who guesses first.
    fn covered(&self) -> usize {
        Question::ALL.into_iter().filter(|question| self.record().is_covered(*question)).count()
    }

    fn card_asked(&mut self, asked: CardAction, out: &mut Vec<Action>) {
        match asked {
            CardAction::Hear(at) => self.hear(at, out),
            CardAction::Change(edit) => self.edit(edit),
        }
    }

    fn hear(&mut self, at: Millis, out: &mut Vec<Action>) {
        self.place = at;
        self.transport.gone_to(at, out);
        self.transcript.follow = true;
        self.transcript.show_moment(at);
        out.push(Action::Do(PlayerCommand::Listen { id: self.record().data().id.into(), from: at, play: true }.into()));
    }

    /// What stood in a typed file and did not read as talk, line by line.
    fn leftovers_ui(&mut self, ui: &mut Ui, palette: &Palette) {
        if !self.leftovers_shown {
            return;
        }
        let Some(typed) = &self.session.record().data().typed else { return };
        let dialog = Dialog::new("lines left out", "Lines that are not in the transcript").width(560.0).button(Kind::Primary, "Close", true);
        let answer = dialog.show(ui.ctx(), |ui| {
            widgets::label(
                ui,
                theme::SECONDARY,
                palette.ink2,
                "They did not read as talk: titles, notes, sounds in brackets. What a speaker said can be typed in with Correct.",
            );
            ui.spacing_mut().item_spacing.y = 6.0;
            for line in &typed.leftovers {
                let place = if line.line == 0 { "Beside".to_owned() } else { format!("Line {}", line.line) };
                widgets::label(ui, theme::BODY, palette.ink, format!("{place}: {}", line.text));
            }
        });
        if answer.pressed.is_some() || answer.is_closed {
            self.leftovers_shown = false;
        }
    }

    fn naming_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        let Some(edits) = self.naming.as_mut().and_then(|naming| naming.ui(ui, palette, self.session.record(), state, out)) else { return };
        self.naming = None;
        for edit in edits {
            self.edit(edit);
        }
    }

    fn again_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        let Some(again) = &mut self.again else { return };
        match again.ui(ui, palette, self.session.record(), state) {
            RetranscribeAction::Open => return,
            RetranscribeAction::Nothing => {}
            RetranscribeAction::Action(command) => out.push(Action::Do(command)),
        }
        self.again = None;
    }

    fn text_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, is_playing: bool, out: &mut Vec<Action>) {
        let id = self.record().data().id;
        egui::Frame::new().inner_margin(egui::Margin { left: 16, right: 16, top: 8, bottom: 0 }).show(ui, |ui| {
            ui.set_width(ui.available_width());
            if let Some(work) = state.work.get(&id) {
                ui.horizontal(|ui| {
                    charts::progress_bar(ui, 140.0, work.fraction);
                    let left = work.secs_left.map(|secs| format!(", {}", dates::left(secs))).unwrap_or_default();
                    let queue = if work.waiting > 0 { format!(" {} more after this one.", work.waiting) } else { String::new() };
                    let text = format!("{}: {:.0}%{left}. You can keep working.{queue}", work.stage.label(), work.fraction * 100.0);
                    widgets::line(ui, theme::SECONDARY, palette.ink2, text);
                    if widgets::icon_button(ui, icons::X, "Stop writing this down", false, 28.0).clicked() {
                        out.push(Action::Do(AnalysisCommand::CancelWork(id).into()));
                    }
                });
            } else if self.record().transcript().words.is_empty() {
                ui.horizontal(|ui| {
                    let (text, button) = match self.record().data().stage {
                        Stage::Recorded => ("Not yet transcribed.", "Transcribe"),
                        Stage::Transcribed => ("No words were found in this recording.", "Try again"),
                        Stage::Heard | Stage::Reflected => ("You can listen, mark and see talk time now. The words are missing.", "Try again"),
                    };
                    widgets::line(ui, theme::SECONDARY, palette.ink2, text);
                    if Button::new(Kind::Quiet, button).small().show(ui).clicked() {
                        out.push(Action::Do(AnalysisCommand::Analyse(id).into()));
                    }
                    if Button::new(Kind::Quiet, "Choose a model").small().show(ui).clicked() {
                        out.push(Action::Go(Place::Settings));
                    }
                });
            }
            let asked = self.voices.line_ui(ui, palette, self.session.record(), state, out);
            self.voices_asked(asked, out);
        });
        self.choosing_ui(ui, palette, out);
        let asked = self.transcript.ui(ui, palette, &mut self.session, self.place, is_playing);
        match asked {
            Some(TranscriptAction::Hear(at)) => {
                self.transcript.follow = true;
                self.place = at;
                self.transport.gone_to(at, out);
                out.push(Action::Do(PlayerCommand::Listen { id: id.into(), from: at, play: true }.into()));
            }
            Some(TranscriptAction::Rename(speaker)) => self.naming = Some(ParticipantsDialog::new(self.session.record(), speaker, &state.students)),
            Some(TranscriptAction::TryAgain) => out.push(Action::Do(AnalysisCommand::Analyse(id).into())),
            Some(TranscriptAction::Give(turn, speaker)) => self.session.give(turn, speaker),
            Some(TranscriptAction::Open(turn, Some(position))) => {
                let cursor = self.session.open_turn_at(turn, position, false);
                if let Some((turn, _)) = self.session.open() {
                    self.transcript.opened(self.session.record(), turn, cursor);
                }
            }
            Some(TranscriptAction::Open(turn, None)) => self.open_turn(turn),
            Some(TranscriptAction::TypeHeard(passage)) => self.type_heard(passage, out),
            Some(TranscriptAction::Edited(done)) => self.edited(done),
            Some(TranscriptAction::Tag(span, phase)) => {
                let corrections = self.record().data().corrections.with_phase(span, phase);
                self.edit(Edit::Correct(Box::new(corrections)));
            }
            Some(TranscriptAction::Assign(voice, speaker)) => {
                let mut roles = self.record().data().voices.roles.clone();
                if let (Some(old), Some(other)) = (roles.get(voice).copied(), roles.iter().position(|&role| role == speaker)) {
                    // Two voices cannot be the same one person here: they change places.
                    roles[other] = old;
                }
                if let Some(role) = roles.get_mut(voice) {
                    *role = speaker;
                    self.edit(Edit::Roles(roles, TeacherKnown::ByTeacher));
                }
            }
            None => {}
        }
    }

    fn open_turn(&mut self, turn: usize) {
        self.session.open_turn(turn);
        self.show_open();
    }

    /// Plays a passage that is hard to hear, and opens its turn where it stands.
    fn type_heard(&mut self, passage: Passage, out: &mut Vec<Action>) {
        let cursor = self.session.open_turn_at(passage.turn, passage.position, !passage.has_words);
        if let Some((turn, _)) = self.session.open() {
            self.transcript.opened(self.session.record(), turn, cursor);
        }
        // The sound waits for whoever begins to type; this is to be heard.
        self.hold_sound(out);
        self.place = (passage.span.start() - LEAD_IN).max(Millis::ZERO);
        self.heard_until = Some(passage.span.end() + LEAD_OUT);
        self.transport.gone_to(self.place, out);
        out.push(Action::Do(PlayerCommand::Listen { id: self.record().data().id.into(), from: self.place, play: true }.into()));
    }

    /// What was asked for in the open turn.
    fn edited(&mut self, done: EditingAction) {
        match done {
            EditingAction::Writing | EditingAction::Hear => return,
            EditingAction::Cancel => self.session.cancel(),
            EditingAction::Keep(AfterKeeping::Close) => self.session.close(),
            EditingAction::Keep(AfterKeeping::Split(word)) => self.session.split(word),
            EditingAction::Keep(AfterKeeping::JoinAbove) => self.session.join_above(),
            EditingAction::Keep(AfterKeeping::JoinBelow) => self.session.join_below(),
            EditingAction::Keep(AfterKeeping::Give(speaker)) => self.session.give_open(speaker),
        }
        self.show_open();
    }

    fn show_open(&mut self) {
        if let Some((turn, _)) = self.session.open() {
            self.transcript.opened(self.session.record(), turn, None);
        }
    }

    /// The sound waits while a turn is open for typing, and goes on when none is: however it was opened or closed.
    fn hold_sound(&mut self, out: &mut Vec<Action>) {
        let is_open = self.session.open().is_some();
        if std::mem::replace(&mut self.holds_sound, is_open) != is_open {
            out.push(Action::Do(if is_open { PlayerCommand::HoldForTyping } else { PlayerCommand::ResumeAfterTyping }.into()));
        }
    }

    /// Leaves Correct mode; what is typed in the open turn is kept.
    fn done_correcting(&mut self) {
        self.session.close();
        self.transcript.correcting = false;
        self.transcript.selected = None;
    }

    fn voices_asked(&mut self, asked: Option<voices_panel::VoicesAction>, out: &mut Vec<Action>) {
        match asked {
            Some(voices_panel::VoicesAction::Change(edit)) => self.edit(edit),
            Some(voices_panel::VoicesAction::Swap(edit, name)) => {
                self.edit(edit);
                out.push(Action::Edited(format!("You and {name} changed places in the whole conference")));
            }
            Some(voices_panel::VoicesAction::Hear(at)) => self.hear(at, out),
            None => {}
        }
    }

    /// The voices were told apart again, or could not be.
    pub fn rediarized(&mut self, told: Option<Box<Change>>) {
        self.voices.rediarized();
        told.into_iter().for_each(|told| self.session.rediarized(*told));
    }

    fn press(&mut self, pressed: TransportAction, is_playing: bool, out: &mut Vec<Action>) {
        match pressed {
            TransportAction::Seek(at) => self.seek(at, out),
            TransportAction::PlayPause => out.push(Action::Do(if is_playing {
                Command::Player(PlayerCommand::Pause)
            } else {
                self.transcript.follow = true;
                Command::Player(PlayerCommand::Listen { id: self.record().data().id.into(), from: self.place, play: true })
            })),
            TransportAction::Mark => {
                if !self.record().data().marks.contains(&self.place) {
                    self.edit(Edit::AddMark(self.place));
                }
            }
            TransportAction::Speed(_) | TransportAction::SkipSilence(_) | TransportAction::Repeat => {
                self.transport.press(pressed, self.session.record(), PlaybackPosition { at: self.place, is_playing }, out);
            }
        }
    }

    fn seek(&mut self, at: Millis, out: &mut Vec<Action>) {
        let at = Millis(at.0.clamp(0, self.record().data().end().0));
        self.place = at;
        self.transport.gone_to(at, out);
        self.transcript.show_moment(at);
        out.push(Action::Do(PlayerCommand::Seek(at).into()));
    }
}
