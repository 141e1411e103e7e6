//! One conference: transcript, sound and the five questions side by side.

use super::cards::{CardAction, Cards};
use super::editing::{self, Done, Then};
use super::transcript::{Transcript, TranscriptAction};
use super::transport::{Here, Pressed, Transport};
use super::voices_panel::{self, VoicesPanel};
use crate::conference::{Change, ConferenceRecord, Edit, Millis, Participant, Passage, Question, Rating, Speaker, Stage, TeacherKnown, names};
use crate::ui::dialogs::participants_dialog::Naming;
use crate::ui::dialogs::retranscribe_dialog::{Again, Chosen};
use crate::ui::kit::app_state::{Ask, Place, Shared};
use crate::ui::kit::dates;
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette, palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::{AnalysisCommand, Command, EditSession, PlayerCommand};
use egui::{Align, Key, Layout, Modifiers, Rect, Role, Ui, Vec2, WidgetInfo, pos2, vec2};
use std::sync::Arc;

/// A passage that is hard to hear is played from a little before it to a little after it.
const LEAD_IN: Millis = Millis(600);
const LEAD_OUT: Millis = Millis(300);

/// What the screen remembers.
pub struct ConferenceScreen {
    /// The record, and all that the teacher does to it.
    session: EditSession,
    /// The talk that the timeline was drawn for.
    talk_revision: u64,
    transcript: Transcript,
    transport: Transport,
    cards: Cards,
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
    naming: Option<Naming>,
    /// It is to be written down again: with what, is being asked.
    again: Option<Again>,
    /// The sound waits because a turn is open.
    holds_sound: bool,
    /// A passage is heard up to here, while its turn is open.
    heard_until: Option<Millis>,
    /// The lines of a typed file that are not part of the talk are shown.
    leftovers_shown: bool,
}

/// What is being replaced everywhere, and with what.
#[derive(Default)]
struct Replacing {
    name: String,
    with: String,
    /// How often the name is there: counted once for each name and state of the talk.
    counted: Option<(String, u64, usize)>,
}

impl Replacing {
    fn count(&mut self, session: &EditSession) -> usize {
        let (name, revision) = (self.name.trim(), session.talk_revision());
        match &self.counted {
            Some((counted, at, count)) if counted == name && *at == revision => *count,
            _ => {
                let count = session.record().count_of(name);
                self.counted = Some((name.to_owned(), revision, count));
                count
            }
        }
    }
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

    fn edit(&mut self, edit: Edit) {
        self.session.apply(edit);
    }

    /// Draws the whole area right of the rail.
    pub fn ui(&mut self, ui: &mut Ui, shared: &Shared, out: &mut Vec<Ask>) {
        let palette = palette(ui);
        if std::mem::replace(&mut self.talk_revision, self.session.talk_revision()) != self.session.talk_revision() {
            self.transport.changed(self.session.record());
        }
        let id = self.record().facts().id;
        let has_sound = self.record().facts().has_sound();
        widgets::say_moments_of(ui, self.session.record().facts());
        if let Some(at) = self.start.take().filter(|_| has_sound) {
            out.push(Ask::Do(PlayerCommand::Listen { id: id.into(), from: at, play: false }.into()));
        }
        self.transport.tell(id, shared, out);
        let heard = shared.listening.as_ref().filter(|(loaded, _)| *loaded == id.into());
        let is_playing = heard.is_some_and(|(_, playhead)| playhead.is_playing());
        if let Some((_, playhead)) = heard {
            self.place = playhead.position();
        }
        if is_playing && self.heard_until.take_if(|until| self.place >= *until).is_some() && self.session.open().is_some() {
            out.push(Ask::Do(PlayerCommand::Pause.into()));
        }
        let full = ui.max_rect();
        let inner = Rect::from_min_max(full.min + vec2(theme::MARGIN, 0.0), full.max - Vec2::splat(theme::MARGIN));
        let header = Rect::from_min_size(inner.min, vec2(inner.width(), theme::HEADER));
        widgets::area(ui, header, |ui| self.header_ui(ui, palette, shared, out));
        let cards_width = if full.width() > 1600.0 { 600.0 } else { (inner.width() * 0.423).min(520.0) };
        let cards = Rect::from_min_max(pos2(inner.right() - cards_width, header.bottom()), pos2(inner.right(), full.bottom()));
        let left = Rect::from_min_max(pos2(inner.left(), header.bottom()), pos2(cards.left() - theme::GAP, inner.bottom()));
        let low = if has_sound { self.transport.height() } else { 56.0 };
        let transport = Rect::from_min_max(pos2(left.left(), left.bottom() - low), left.max);
        let text = Rect::from_min_max(left.min, pos2(left.right(), transport.top() - theme::GAP));
        widgets::card_at(ui, text, 1.0, |ui| self.text_ui(ui, palette, shared, is_playing, out));
        let here = Here { at: self.place, is_playing };
        let chosen = editing::span_of(self.record(), editing::turns_of(self.record(), self.transcript.selected));
        let pressed = widgets::card_at(ui, transport, 16.0, |ui| {
            if has_sound {
                return self.transport.ui(ui, self.session.record(), shared, here, chosen, out);
            }
            let left = self.session.record().facts().typed.as_ref().map_or(0, |typed| typed.leftovers.len());
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
        let menu = &shared.settings.teaching_menu;
        let asked = widgets::area(ui, cards, |ui| self.cards.ui(ui, palette, self.session.record(), small, chosen, menu));
        for one in asked {
            match one {
                CardAction::Hear(at) => self.hear(at, out),
                CardAction::Change(edit) => self.edit(edit),
            }
        }
        self.leftovers_ui(ui, palette);
        self.replacing_ui(ui, palette);
        self.naming_ui(ui, palette, shared);
        self.again_ui(ui, palette, shared, out);
        self.keys(ui, shared, is_playing, out);
        self.hold_sound(out);
        if !has_sound {
            out.retain(|ask| !matches!(ask, Ask::Do(Command::Player(_))));
        }
    }

    fn hear(&mut self, at: Millis, out: &mut Vec<Ask>) {
        self.place = at;
        self.transport.gone_to(at, out);
        self.transcript.follow = true;
        self.transcript.show_moment(at);
        out.push(Ask::Do(PlayerCommand::Listen { id: self.record().facts().id.into(), from: at, play: true }.into()));
    }

    fn header_ui(&mut self, ui: &mut Ui, palette: &Palette, shared: &Shared, out: &mut Vec<Ask>) {
        let width = ui.available_width();
        ui.horizontal_centered(|ui| {
            if widgets::icon_button(ui, icons::ARROW_LEFT, "Back to the conferences", false, 32.0).clicked() {
                out.push(Ask::Go(Place::Conferences));
            }
            ui.add_space(8.0);
            let facts = self.record().facts();
            let at_table = || names(&facts.participants).unwrap_or_else(|| self.record().student_name().to_owned());
            let name = if facts.students > 1 { at_table() } else { self.record().speaker_name(Speaker::Student(1)) };
            widgets::avatar(ui, &name, Some(Speaker::Student(1)), 40.0);
            ui.add_space(8.0);
            let unknown = facts.participants.is_empty() && !facts.is_sample && facts.students <= 1;
            let sample = if facts.is_sample { " · an invented sample, synthetic voices" } else { "" };
            let length = if facts.has_sound() { facts.length.to_string() } else { "typed".to_owned() };
            let sub = format!("{} · {length}{sample}", dates::when(facts.started_unix_ms, shared.now_unix_ms));
            let title = facts.title.clone();
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                // A row begins this high, and grows with what is in it.
                ui.spacing_mut().interact_size.y = 20.0;
                // The choice is higher than a name.
                ui.add_space(if unknown { 2.0 } else { 9.0 });
                if unknown {
                    self.who_ui(ui, shared);
                } else {
                    ui.horizontal(|ui| {
                        widgets::line(ui, theme::CARD_TITLE, palette.ink, name);
                        if widgets::icon_button(ui, icons::PENCIL_SIMPLE, "Who is who…", false, 24.0).clicked() {
                            self.naming = Some(Naming::new(self.session.record(), Speaker::Student(1), &shared.students));
                        }
                    });
                }
                ui.horizontal(|ui| {
                    // While correcting, a small window needs this room for its buttons.
                    let has_room = !self.transcript.correcting || width > 1000.0;
                    widgets::line(ui, theme::SECONDARY, palette.ink2, if has_room { format!("{sub} ·") } else { sub });
                    if has_room {
                        self.title_ui(ui, palette, title);
                    }
                });
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = 16.0;
                if self.transcript.correcting {
                    self.correcting_ui(ui, palette, out);
                    return;
                }
                self.share_ui(ui, out);
                self.more_ui(ui, shared);
                self.reply_ui(ui, shared, out);
                if !self.record().turns().is_empty() && Button::new(Kind::Secondary, "Correct").icon(icons::PENCIL_SIMPLE).show(ui).clicked() {
                    self.transcript.correcting = true;
                }
                if self.finding {
                    self.find_ui(ui, palette);
                } else if widgets::icon_button(ui, icons::MAGNIFYING_GLASS, "Find in this transcript (Ctrl+F)", true, 40.0).clicked() {
                    self.finding = true;
                    ui.memory_mut(|memory| memory.request_focus(self.find_id()));
                }
            });
        });
    }

    /// Right to left: done, redo, undo, and what the dots mean.
    fn correcting_ui(&mut self, ui: &mut Ui, palette: &Palette, out: &mut Vec<Ask>) {
        if Button::new(Kind::Primary, "Done correcting").icon(icons::CHECK).show(ui).clicked() {
            self.done_correcting();
        }
        if widgets::icon_button(ui, icons::ARROW_CLOCKWISE, "Redo (Ctrl+Y)", true, 40.0).clicked() {
            self.session.redo();
        }
        if Button::new(Kind::Secondary, "Undo").icon(icons::ARROW_COUNTER_CLOCKWISE).show(ui).clicked() {
            self.session.undo();
        }
        if self.record().facts().has_sound() {
            let asked = self.voices.menu_ui(ui, palette, self.session.record(), out);
            self.voices_asked(asked, out);
        }
        if Button::new(Kind::Quiet, "Replace a name…").show(ui).clicked() {
            self.replacing = Some(Replacing::default());
        }
        if ui.available_width() > 260.0 {
            widgets::line(ui, theme::SECONDARY, palette.ink2, "Dotted words are less sure");
        }
    }

    /// What stood in a typed file and did not read as talk, line by line.
    fn leftovers_ui(&mut self, ui: &mut Ui, palette: &Palette) {
        if !self.leftovers_shown {
            return;
        }
        let Some(typed) = &self.session.record().facts().typed else { return };
        let mut close = false;
        let response = egui::Modal::new(egui::Id::unique("lines left out")).frame(crate::ui::dialogs::overlays::dialog(palette)).show(ui.ctx(), |ui| {
            ui.set_width(560.0);
            ui.spacing_mut().item_spacing.y = 12.0;
            widgets::label(ui, theme::CARD_TITLE, palette.ink, "Lines that are not in the transcript");
            widgets::label(
                ui,
                theme::SECONDARY,
                palette.ink2,
                "They did not read as talk: titles, notes, sounds in brackets. What a speaker said can be typed in with Correct.",
            );
            egui::ScrollArea::vertical().max_height(360.0).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 6.0;
                for line in &typed.leftovers {
                    let place = if line.line == 0 { "Beside".to_owned() } else { format!("Line {}", line.line) };
                    widgets::label(ui, theme::BODY, palette.ink, format!("{place}: {}", line.text));
                }
            });
            close = Button::new(Kind::Primary, "Close").show(ui).clicked();
        });
        if close || response.should_close() {
            self.leftovers_shown = false;
        }
    }

    /// A name (or any words) written another way everywhere, in one step.
    fn replacing_ui(&mut self, ui: &mut Ui, palette: &Palette) {
        let Some(replacing) = &mut self.replacing else { return };
        let found = replacing.count(&self.session);
        let id = self.session.record().facts().id;
        let (mut close, mut replace) = (false, false);
        let response = egui::Modal::new(egui::Id::unique("replace everywhere")).frame(crate::ui::dialogs::overlays::dialog(palette)).show(ui.ctx(), |ui| {
            ui.set_width(380.0);
            ui.spacing_mut().item_spacing.y = 12.0;
            widgets::label(ui, theme::CARD_TITLE, palette.ink, "Replace a name everywhere");
            widgets::field(ui, widgets::field_id(id, "replace what"), &mut replacing.name, "Written now", None, 380.0);
            widgets::field(ui, widgets::field_id(id, "replace with"), &mut replacing.with, "Write instead", None, 380.0);
            let text = match found {
                _ if replacing.name.trim().is_empty() => "In this transcript. One step, so one Undo takes it back.".to_owned(),
                0 => format!("“{}” is nowhere in this transcript.", replacing.name.trim()),
                1 => "Found once.".to_owned(),
                count => format!("Found {count} times."),
            };
            widgets::label(ui, theme::SECONDARY, palette.ink2, text);
            ui.horizontal(|ui| {
                ui.add_enabled_ui(found > 0 && !replacing.with.trim().is_empty(), |ui| {
                    replace = Button::new(Kind::Primary, "Replace").show(ui).clicked();
                });
                close = Button::new(Kind::Secondary, "Cancel").show(ui).clicked();
            });
        });
        if replace {
            let (name, with) = (replacing.name.trim(), replacing.with.trim());
            self.session.change(|record| record.replace_everywhere(name, with));
            close = true;
        }
        if close || response.should_close() {
            self.replacing = None;
        }
    }

    fn naming_ui(&mut self, ui: &mut Ui, palette: &Palette, shared: &Shared) {
        let Some(edits) = self.naming.as_mut().and_then(|naming| naming.ui(ui, palette, self.session.record(), &shared.students)) else { return };
        self.naming = None;
        for edit in edits {
            self.edit(edit);
        }
    }

    fn who_ui(&mut self, ui: &mut Ui, shared: &Shared) {
        let mut names = vec!["Who was this with?".to_owned()];
        names.extend(shared.students.iter().map(|student| student.name.clone()));
        names.push("Another name…".to_owned());
        match widgets::choice(ui, "Who was this with?", &names, 0, 220.0).map(|picked| shared.students.get(picked - 1)) {
            Some(Some(student)) => self.edit(Edit::Participants(vec![Participant { student: student.clone(), voice: Some(1) }])),
            Some(None) => self.naming = Some(Naming::new(self.session.record(), Speaker::Student(1), &shared.students)),
            None => {}
        }
    }

    fn title_ui(&mut self, ui: &mut Ui, palette: &Palette, mut title: String) {
        let before = title.clone();
        let edit = egui::TextEdit::singleline(&mut title)
            .id(widgets::field_id(self.record().facts().id, "title"))
            .frame(egui::Frame::NONE)
            .font(theme::SECONDARY.font())
            .text_color(palette.ink2)
            .hint_text(theme::SECONDARY.text("Give it a title", palette.ink2))
            .desired_width((ui.available_width() - 330.0).clamp(80.0, 380.0));
        ui.add(edit).widget_info(|| WidgetInfo::labeled(Role::TextInput, true, "Title"));
        if title != before {
            self.edit(Edit::Title(title));
        }
    }

    fn share_ui(&mut self, ui: &mut Ui, out: &mut Vec<Ask>) {
        let response = Button::new(Kind::Primary, "Share").icon(icons::EXPORT).show(ui);
        let id = self.record().facts().id;
        if response.clicked() || std::mem::take(&mut self.share_open) {
            let name = match self.record().facts().participants.as_slice() {
                [only] => format!("{}’s conference", only.student.name),
                _ => "this conference".into(),
            };
            out.push(Ask::Share(vec![id], name));
        }
    }

    /// What is rarely wanted.
    fn more_ui(&mut self, ui: &mut Ui, shared: &Shared) {
        let is_busy = shared.work.contains_key(&self.record().facts().id);
        if !self.record().facts().has_sound() || is_busy || shared.looking_only {
            return;
        }
        let response = widgets::icon_button(ui, icons::DOTS_THREE, "More", true, 40.0);
        egui::Popup::menu(&response).width(200.0).show(|ui| {
            if ui.selectable_label(false, theme::SECONDARY.text("Write it down again…", palette(ui).ink)).clicked() {
                self.again = Some(Again::new(self.session.record(), shared));
                ui.close();
            }
        });
    }

    fn again_ui(&mut self, ui: &mut Ui, palette: &Palette, shared: &Shared, out: &mut Vec<Ask>) {
        let Some(again) = &mut self.again else { return };
        match again.ui(ui, palette, self.session.record(), shared) {
            Chosen::Open => return,
            Chosen::Nothing => {}
            Chosen::Ask(command) => out.push(Ask::Do(command)),
        }
        self.again = None;
    }

    /// The newest reply of a colleague, if there is one.
    fn reply_ui(&mut self, ui: &mut Ui, shared: &Shared, out: &mut Vec<Ask>) {
        let Some((_, replies)) = shared.replies.as_ref().filter(|(id, _)| *id == self.record().facts().id) else { return };
        if let Some(reply) = replies.last()
            && Button::new(Kind::Secondary, "Reply").icon(icons::CHAT_TEARDROP_TEXT).show(ui).on_hover_text("What your colleague says").clicked()
        {
            out.push(Ask::Go(Place::Reply(Arc::clone(self.session.record()), Box::new(reply.clone()))));
        }
    }

    fn find_id(&self) -> egui::Id {
        widgets::field_id(self.record().facts().id, "find")
    }

    fn find_ui(&mut self, ui: &mut Ui, palette: &Palette) {
        if widgets::icon_button(ui, icons::X, "Close find", false, 32.0).clicked() || ui.input(|input| input.key_pressed(Key::Escape)) {
            self.finding = false;
            self.transcript.find.clear();
        }
        ui.spacing_mut().item_spacing.x = 8.0;
        let count = self.transcript.count();
        let text = match (self.transcript.find.trim().is_empty(), count) {
            (true, _) => String::new(),
            (false, 0) => "not said".into(),
            (false, count) => format!("{} of {count}", self.transcript.current + 1),
        };
        widgets::line(ui, theme::SECONDARY, palette.ink2, text);
        let id = self.find_id();
        let response = widgets::field(ui, id, &mut self.transcript.find, "Find", Some(icons::MAGNIFYING_GLASS), 200.0);
        if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
            self.transcript.step(self.session.record(), true);
            response.request_focus();
        }
    }

    fn text_ui(&mut self, ui: &mut Ui, palette: &Palette, shared: &Shared, is_playing: bool, out: &mut Vec<Ask>) {
        let id = self.record().facts().id;
        egui::Frame::new().inner_margin(egui::Margin { left: 16, right: 16, top: 8, bottom: 0 }).show(ui, |ui| {
            ui.set_width(ui.available_width());
            if let Some(work) = shared.work.get(&id) {
                ui.horizontal(|ui| {
                    widgets::progress_bar(ui, 140.0, work.fraction);
                    let left = work.secs_left.map(|secs| format!(", {}", dates::left(secs))).unwrap_or_default();
                    let queue = if work.waiting > 0 { format!(" {} more after this one.", work.waiting) } else { String::new() };
                    let text = format!("{}: {:.0}%{left}. You can keep working.{queue}", work.stage.label(), work.fraction * 100.0);
                    widgets::line(ui, theme::SECONDARY, palette.ink2, text);
                    if widgets::icon_button(ui, icons::X, "Stop writing this down", false, 28.0).clicked() {
                        out.push(Ask::Do(AnalysisCommand::CancelWork(id).into()));
                    }
                });
            } else if self.record().transcript().words.is_empty() {
                ui.horizontal(|ui| {
                    let (text, button) = match self.record().facts().stage {
                        Stage::Recorded => ("Not yet written down.", "Write it down"),
                        Stage::Transcribed => ("No words were found in this recording.", "Try again"),
                        Stage::Heard | Stage::Reflected => ("You can listen, mark and see talk time now. The words are missing.", "Try again"),
                    };
                    widgets::line(ui, theme::SECONDARY, palette.ink2, text);
                    if Button::new(Kind::Quiet, button).small().show(ui).clicked() {
                        out.push(Ask::Do(AnalysisCommand::Process(id).into()));
                    }
                    if Button::new(Kind::Quiet, "Choose a model").small().show(ui).clicked() {
                        out.push(Ask::Go(Place::Settings));
                    }
                });
            }
            let asked = self.voices.line_ui(ui, palette, self.session.record(), shared, out);
            self.voices_asked(asked, out);
        });
        let asked = self.transcript.ui(ui, palette, &mut self.session, self.place, is_playing);
        match asked {
            Some(TranscriptAction::Hear(at)) => {
                self.transcript.follow = true;
                self.place = at;
                self.transport.gone_to(at, out);
                out.push(Ask::Do(PlayerCommand::Listen { id: id.into(), from: at, play: true }.into()));
            }
            Some(TranscriptAction::Rename(speaker)) => self.naming = Some(Naming::new(self.session.record(), speaker, &shared.students)),
            Some(TranscriptAction::TryAgain) => out.push(Ask::Do(AnalysisCommand::Process(id).into())),
            Some(TranscriptAction::Give(turn, speaker)) => self.session.give(turn, speaker),
            Some(TranscriptAction::Open(turn)) => self.open_turn(turn),
            Some(TranscriptAction::TypeHeard(passage)) => self.type_heard(passage, out),
            Some(TranscriptAction::Edited(done)) => self.edited(done),
            Some(TranscriptAction::Tag(span, phase)) => {
                let corrections = self.record().facts().corrections.with_phase(span, phase);
                self.edit(Edit::Correct(Box::new(corrections)));
            }
            Some(TranscriptAction::Assign(voice, speaker)) => {
                let mut roles = self.record().facts().voices.roles.clone();
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
    fn type_heard(&mut self, passage: Passage, out: &mut Vec<Ask>) {
        let cursor = self.session.open_turn_at(passage.turn, passage.position, !passage.has_words);
        if let Some((turn, _)) = self.session.open() {
            self.transcript.opened(self.session.record(), turn, cursor);
        }
        // The sound waits for whoever begins to type; this is to be heard.
        self.hold_sound(out);
        self.place = (passage.span.start() - LEAD_IN).max(Millis::ZERO);
        self.heard_until = Some(passage.span.end() + LEAD_OUT);
        self.transport.gone_to(self.place, out);
        out.push(Ask::Do(PlayerCommand::Listen { id: self.record().facts().id.into(), from: self.place, play: true }.into()));
    }

    /// What was asked for in the open turn.
    fn edited(&mut self, done: Done) {
        match done {
            Done::Writing | Done::Hear => return,
            Done::Cancel => self.session.cancel(),
            Done::Keep(Then::Close) => self.session.close(),
            Done::Keep(Then::Split(word)) => self.session.split(word),
            Done::Keep(Then::JoinAbove) => self.session.join_above(),
            Done::Keep(Then::JoinBelow) => self.session.join_below(),
            Done::Keep(Then::Give(speaker)) => self.session.give_open(speaker),
        }
        self.show_open();
    }

    fn show_open(&mut self) {
        if let Some((turn, _)) = self.session.open() {
            self.transcript.opened(self.session.record(), turn, None);
        }
    }

    /// The sound waits while a turn is open for typing, and goes on when none is: however it was opened or closed.
    fn hold_sound(&mut self, out: &mut Vec<Ask>) {
        let is_open = self.session.open().is_some();
        if std::mem::replace(&mut self.holds_sound, is_open) != is_open {
            out.push(Ask::Do(if is_open { PlayerCommand::HoldForTyping } else { PlayerCommand::ResumeAfterTyping }.into()));
        }
    }

    /// Leaves Correct mode; what is typed in the open turn is kept.
    fn done_correcting(&mut self) {
        self.session.close();
        self.transcript.correcting = false;
        self.transcript.selected = None;
    }

    fn voices_asked(&mut self, asked: Option<voices_panel::Asked>, out: &mut Vec<Ask>) {
        match asked {
            Some(voices_panel::Asked::Change(edit)) => self.edit(edit),
            Some(voices_panel::Asked::Hear(at)) => self.hear(at, out),
            None => {}
        }
    }

    /// The voices were told apart again, or could not be.
    pub fn told_apart(&mut self, told: Option<Box<Change>>) {
        self.voices.told_apart();
        told.into_iter().for_each(|told| self.session.told_apart(*told));
    }

    fn press(&mut self, pressed: Pressed, is_playing: bool, out: &mut Vec<Ask>) {
        match pressed {
            Pressed::Seek(at) => self.seek(at, out),
            Pressed::PlayPause => out.push(Ask::Do(if is_playing {
                Command::Player(PlayerCommand::Pause)
            } else {
                self.transcript.follow = true;
                Command::Player(PlayerCommand::Listen { id: self.record().facts().id.into(), from: self.place, play: true })
            })),
            Pressed::Mark => {
                if !self.record().facts().marks.contains(&self.place) {
                    self.edit(Edit::AddMark(self.place));
                }
            }
            Pressed::Speed(_) | Pressed::SkipSilence(_) | Pressed::Repeat => {
                self.transport.press(pressed, self.session.record(), Here { at: self.place, is_playing }, out);
            }
        }
    }

    fn seek(&mut self, at: Millis, out: &mut Vec<Ask>) {
        let at = Millis(at.0.clamp(0, self.record().facts().length.0));
        self.place = at;
        self.transport.gone_to(at, out);
        self.transcript.show_moment(at);
        out.push(Ask::Do(PlayerCommand::Seek(at).into()));
    }

    fn keys(&mut self, ui: &mut Ui, shared: &Shared, is_playing: bool, out: &mut Vec<Ask>) {
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if pressed(Modifiers::COMMAND, Key::F) {
            self.finding = true;
            ui.memory_mut(|memory| memory.request_focus(self.find_id()));
        }
        if pressed(Modifiers::COMMAND, Key::E) {
            self.share_open = true;
            ui.ctx().request_repaint();
        }
        if pressed(Modifiers::SHIFT, Key::F3) {
            self.transcript.step(self.session.record(), false);
        } else if pressed(Modifiers::NONE, Key::F3) {
            self.transcript.step(self.session.record(), true);
        }
        // Single letters do nothing while typing.
        if ui.ctx().egui_wants_keyboard_input() {
            return;
        }
        for (key, rating) in [Key::Num1, Key::Num2, Key::Num3, Key::Num4].into_iter().zip(Rating::ALL) {
            if pressed(Modifiers::ALT, key)
                && let Some(question) = self.cards.open
            {
                let same = self.record().facts().reflection.answer(question).rating == Some(rating);
                self.edit(Edit::Rate(question, (!same).then_some(rating)));
            }
        }
        let here = self.record().turn_at(self.place).unwrap_or(0);
        for (key, step) in [(Key::ArrowUp, -1), (Key::ArrowDown, 1)] {
            if pressed(Modifiers::SHIFT, key) {
                self.transcript.stretch(self.session.record(), step, here);
            }
        }
        for (key, speaker) in [(Key::Y, Speaker::Teacher), (Key::S, Speaker::Student(1)), (Key::O, Speaker::Other)] {
            if pressed(Modifiers::ALT, key) {
                self.session.give(here, speaker);
            }
        }
        if pressed(Modifiers::NONE, Key::Escape) {
            if self.transcript.selected.is_some() {
                self.transcript.selected = None;
            } else if self.transcript.correcting {
                self.done_correcting();
            }
        }
        // What is left are single keys; together with others they mean something else.
        if ui.input(|input| input.modifiers.any()) {
            return;
        }
        let press = self.transport.keys(ui, self.session.record(), shared, Here { at: self.place, is_playing });
        if pressed(Modifiers::NONE, Key::F) {
            self.transcript.follow = true;
            self.transcript.show_moment(self.place);
        }
        for (key, question) in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5].into_iter().zip(Question::ALL) {
            if pressed(Modifiers::NONE, key) {
                self.cards.show(Some(question));
            }
        }
        if pressed(Modifiers::NONE, Key::E) && !self.record().turns().is_empty() {
            let turn = editing::turns_of(self.record(), self.transcript.selected).map_or(here, |(first, _)| first);
            self.open_turn(turn);
        }
        if pressed(Modifiers::NONE, Key::N) {
            self.cards.to_note = true;
        }
        if let Some(press) = press {
            self.press(press, is_playing, out);
        }
    }
}
