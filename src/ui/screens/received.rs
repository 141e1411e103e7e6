//! A colleague's conference, to listen to and comment on; and one's own, beside what a colleague said to it. The conference itself cannot be changed here.

use crate::conference::{ConferenceRecord, Millis, Question, SoundOf};
use crate::ui::kit::app_state::{Action, AppState, Place};
use crate::ui::kit::dates;
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette, palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::{Command, DeletedKey, LibraryCommand, PlayerCommand, Reply, SaveDialog, SharedId};
use egui::{CornerRadius, Rect, Stroke, Ui, Vec2, pos2, vec2};
use std::sync::Arc;

/// Whose conference it is.
enum ConferenceOwner {
    /// A colleague's: what is typed here goes back to them.
    Received { id: SharedId, question: String, reply: Reply },
    /// One's own, with a reply to it.
    Own { reply: Reply },
}

/// What the screen remembers.
pub(in crate::ui) struct ReceivedScreen {
    record: Arc<ConferenceRecord>,
    side: ConferenceOwner,
    /// The turn whose comment is being typed.
    open: Option<Millis>,
}

impl ReceivedScreen {
    /// A colleague's conference.
    pub fn received(id: SharedId, question: String, record: Arc<ConferenceRecord>, reply: Reply) -> Self {
        Self { record, side: ConferenceOwner::Received { id, question, reply }, open: None }
    }

    /// One's own conference and a reply to it.
    pub fn own(record: Arc<ConferenceRecord>, reply: Reply) -> Self {
        Self { record, side: ConferenceOwner::Own { reply }, open: None }
    }

    /// Which colleague's conference it is; none for one's own.
    pub fn shared_id(&self) -> Option<SharedId> {
        match self.side {
            ConferenceOwner::Received { id, .. } => Some(id),
            ConferenceOwner::Own { .. } => None,
        }
    }

    /// By what the player knows it.
    fn sound(&self) -> Option<SoundOf> {
        if self.record.data().audio.is_empty() || !self.record.data().has_sound() {
            return None;
        }
        Some(match &self.side {
            ConferenceOwner::Received { id, .. } => SoundOf::Shared(*id),
            ConferenceOwner::Own { .. } => self.record.data().id.into(),
        })
    }

    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) {
        let palette = palette(ui);
        widgets::say_moments_of(ui, self.record.data());
        let full = ui.max_rect();
        let inner = Rect::from_min_max(full.min + vec2(theme::MARGIN, 0.0), full.max - Vec2::splat(theme::MARGIN));
        let header = Rect::from_min_size(inner.min, vec2(inner.width(), theme::HEADER));
        widgets::area(ui, header, |ui| self.header_ui(ui, palette, state, out));
        let right = (inner.width() * 0.423).min(520.0);
        let cards = Rect::from_min_max(pos2(inner.right() - right, header.bottom()), inner.max);
        let left = Rect::from_min_max(pos2(inner.left(), header.bottom()), pos2(cards.left() - theme::GAP, inner.bottom()));
        let before = self.reply().clone();
        widgets::card_at(ui, left, 16.0, |ui| {
            egui::ScrollArea::vertical()
                .id_salt(("a colleague's words", self.record.data().id))
                .auto_shrink(false)
                .show(ui, |ui| self.turns_ui(ui, palette, state, out));
        });
        widgets::area(ui, cards, |ui| {
            egui::ScrollArea::vertical().id_salt(("a colleague's cards", self.record.data().id)).auto_shrink(false).show(ui, |ui| self.cards_ui(ui, palette));
        });
        if let (ConferenceOwner::Received { id, reply, .. }, true) = (&self.side, self.reply() != &before) {
            out.push(Action::Do(LibraryCommand::SaveReply(*id, Box::new(reply.clone())).into()));
        }
    }

    fn reply(&self) -> &Reply {
        match &self.side {
            ConferenceOwner::Received { reply, .. } | ConferenceOwner::Own { reply } => reply,
        }
    }

    fn header_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        ui.horizontal_centered(|ui| {
            if widgets::icon_button(ui, icons::ARROW_LEFT, "Back to the conferences", false, 32.0).clicked() {
                out.push(match &self.side {
                    ConferenceOwner::Received { .. } => Action::Go(Place::Conferences),
                    ConferenceOwner::Own { .. } => Action::Go(Place::Conference(self.record.data().id, None)),
                });
            }
            ui.add_space(8.0);
            let facts = self.record.data();
            let (title, sub) = match &self.side {
                ConferenceOwner::Received { .. } => {
                    ("A colleague’s conference".to_owned(), "Shared with you: listen, comment, answer. Nothing here is yours to change.")
                }
                ConferenceOwner::Own { reply } => (format!("What {} says", name(reply)), "Beside your own notes; nothing of yours was changed."),
            };
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.add_space(9.0);
                widgets::line(ui, theme::CARD_TITLE, palette.ink, format!("{title} with {}", self.record.student_name()));
                let when = dates::when(facts.started_unix_ms, state.now_unix_ms);
                let length = if facts.has_sound() { facts.length.to_string() } else { "typed".to_owned() };
                widgets::line(ui, theme::SECONDARY, palette.ink2, format!("{when} · {length} · {sub}"));
            });
            if let ConferenceOwner::Received { id, .. } = self.side {
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if Button::new(Kind::Primary, "Save my reply…").icon(icons::EXPORT).show(ui).clicked() {
                        out.push(Action::Do(SaveDialog::Reply(id).into()));
                    }
                    if widgets::icon_button(ui, icons::TRASH, "Delete this conference and what you said to it", true, 40.0).clicked() {
                        out.push(Action::Do(LibraryCommand::Delete(DeletedKey::Shared(id)).into()));
                        out.push(Action::Go(Place::Conferences));
                    }
                });
            }
        });
    }

    fn turns_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        let sound = self.sound();
        let record = Arc::clone(&self.record);
        let playing = state.listening.as_ref().filter(|(id, playhead)| Some(*id) == sound && playhead.is_playing()).map(|(_, playhead)| playhead.position());
        ui.spacing_mut().item_spacing.y = 8.0;
        for (index, turn) in record.turns().iter().enumerate() {
            let at = turn.span.start();
            // A comment to any moment stands below the turn that was going on.
            let until = record.turns().get(index + 1).map_or(Millis(i64::MAX), |next| next.span.start());
            let mut said_to = self.reply().moments(if index == 0 { Millis::ZERO } else { at }, until);
            if said_to.is_empty() && self.open == Some(at) {
                said_to.push(at);
            }
            let is_playing = playing.is_some_and(|playing| turn.span.contains(playing));
            ui.horizontal_top(|ui| {
                match sound {
                    Some(id) if widgets::jump_pill(ui, at, is_playing).clicked() => {
                        out.push(Action::Do(if is_playing {
                            Command::Player(PlayerCommand::Pause)
                        } else {
                            Command::Player(PlayerCommand::Listen { id, from: at, play: true })
                        }));
                    }
                    Some(_) => {}
                    None => drop(widgets::line(ui, theme::SMALL, palette.ink2, widgets::moment(ui, at).unwrap_or_default())),
                }
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.horizontal(|ui| {
                        let who = if turn.speaker == crate::conference::Speaker::Teacher { "Teacher".into() } else { record.speaker_name(turn.speaker) };
                        widgets::line(ui, theme::SECONDARY_BOLD, palette.speaker(turn.speaker), who);
                        if matches!(self.side, ConferenceOwner::Received { .. }) && said_to.is_empty() {
                            let response = Button::new(Kind::Quiet, "Comment").small().show(ui);
                            if response.clicked() {
                                self.open = Some(at);
                            }
                        }
                    });
                    widgets::label(ui, theme::BODY, palette.ink, record.transcript().text(&turn.words));
                    said_to.iter().for_each(|&moment| self.comment_ui(ui, palette, moment, out));
                });
            });
        }
    }

    fn comment_ui(&mut self, ui: &mut Ui, palette: &Palette, at: Millis, out: &mut Vec<Action>) {
        let said = self.reply().comment_at(at).to_owned();
        if said.is_empty() && self.open != Some(at) {
            return;
        }
        let frame = egui::Frame::new().fill(palette.pine_tint).corner_radius(CornerRadius::same(theme::CONTROL_RADIUS)).inner_margin(10);
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            match &mut self.side {
                ConferenceOwner::Own { .. } => drop(widgets::label(ui, theme::BODY, palette.ink, said)),
                ConferenceOwner::Received { id: received, reply, .. } => {
                    if !said.is_empty() {
                        ui.with_layout(egui::Layout::right_to_left(egui::Align::Min), |ui| {
                            if widgets::icon_button(ui, icons::TRASH, &format!("Delete your comment at {at}"), false, 28.0).clicked() {
                                // Kept as it stands here, then gone from the page; what the desk hears next is without it.
                                out.push(Action::Do(LibraryCommand::SaveReply(*received, Box::new(reply.clone())).into()));
                                out.push(Action::Do(LibraryCommand::DeleteComment(*received, at).into()));
                                reply.comment(at, "");
                                self.open = None;
                            }
                        });
                    }
                    let mut text = said.clone();
                    if reply.comment_at(at) != said {
                        return;
                    }
                    let id = widgets::field_id(*received, ("comment", at.0));
                    let edit = egui::TextEdit::multiline(&mut text).id(id).desired_rows(2).desired_width(f32::INFINITY).font(theme::BODY.font());
                    let response = ui.add(edit.hint_text(theme::BODY.text("What do you notice here?", palette.ink2)));
                    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, format!("Comment at {at}")));
                    if self.open == Some(at) && said.is_empty() && text.is_empty() && !response.has_focus() && !response.lost_focus() {
                        response.request_focus();
                    }
                    if response.lost_focus() {
                        self.open = None;
                    }
                    if text != said {
                        self.open = Some(at);
                        reply.comment(at, &text);
                    }
                }
            }
        });
    }

    fn cards_ui(&mut self, ui: &mut Ui, palette: &Palette) {
        ui.spacing_mut().item_spacing.y = 12.0;
        let own = self.record.data().reflection.clone();
        if let ConferenceOwner::Received { id, question, reply } = &mut self.side {
            card(ui, palette, |ui| {
                widgets::label(ui, theme::NAME, palette.ink, "Your colleague asks");
                let text = if question.is_empty() { "Nothing in particular: say what you notice." } else { question };
                widgets::label(ui, theme::BODY, palette.ink, text);
                widgets::field(
                    ui,
                    widgets::field_id(*id, "mentor name"),
                    &mut reply.mentor,
                    "Your name, as you sign it",
                    Some(icons::USER),
                    ui.available_width(),
                );
            });
        }
        for question in Question::ALL {
            card(ui, palette, |ui| {
                widgets::label(ui, theme::NAME, palette.ink, format!("{}. {}", question.number(), question.text()));
                let answer = own.answer(question);
                let whose = matches!(self.side, ConferenceOwner::Own { .. });
                if !answer.note.trim().is_empty() || answer.rating.is_some() {
                    let rating = answer.rating.map_or("", |rating| rating.label());
                    let said = [rating, answer.note.trim()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(". ");
                    widgets::label(ui, theme::SECONDARY_BOLD, palette.teacher, if whose { "You" } else { "Your colleague" });
                    widgets::label(ui, theme::BODY, palette.ink, said);
                }
                match &mut self.side {
                    ConferenceOwner::Own { reply } => {
                        widgets::label(ui, theme::SECONDARY_BOLD, palette.pine, name(reply));
                        let note = &reply.answers[question as usize].note;
                        widgets::label(ui, theme::BODY, palette.ink, if note.trim().is_empty() { "Nothing written" } else { note });
                    }
                    ConferenceOwner::Received { id, reply, .. } => {
                        let note = &mut reply.answers[question as usize].note;
                        let id = widgets::field_id(*id, ("mentor answer", question.number()));
                        let edit = egui::TextEdit::multiline(note).id(id).desired_rows(2).desired_width(f32::INFINITY).font(theme::BODY.font());
                        let response = ui.add(edit.hint_text(theme::BODY.text("What would you say?", palette.ink2)));
                        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, format!("Answer to question {}", question.number())));
                    }
                }
            });
        }
    }
}

fn name(reply: &Reply) -> String {
    if reply.mentor.trim().is_empty() { "your colleague".into() } else { reply.mentor.trim().into() }
}

fn card(ui: &mut Ui, palette: &Palette, contents: impl FnOnce(&mut Ui)) {
    let frame = theme::card(palette).stroke(Stroke::new(1.0, palette.line));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        contents(ui);
    });
}
