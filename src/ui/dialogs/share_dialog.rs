//! The dialog that shares conferences: which file, what goes in it, which names are hidden, and how the page will look.

use super::share_preview::{names_ui, preview_ui};
use crate::conference::ConferenceId;
use crate::settings::{Settings, SettingsChange};
use crate::ui::kit::app_state::{Action, AppState};
use crate::ui::kit::charts;
use crate::ui::kit::icons::{self, Icon};
use crate::ui::kit::overlay;
use crate::ui::kit::theme::{self, Palette, palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::share::ShareRequest;
use crate::work::{Contents, Document, Format, LibraryCommand, Replacement, SaveDialog, SharingCommand, Ticket};
use egui::{CornerRadius, CursorIcon, Key, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};
use std::sync::Arc;

/// A kind of file as a card: what stands on it, and which formats are behind it.
type Card = (Icon, &'static str, &'static str, &'static [(Format, &'static str)]);
const CARDS: [Card; 8] = [
    (icons::FILE_DOC, "Word", "to edit or comment on", &[(Format::Docx, "")]),
    (icons::FILE_PDF, "PDF", "to print or attach", &[(Format::Pdf, "")]),
    (icons::GLOBE_SIMPLE, "Web page", "one file, click a line to hear it", &[(Format::Html, "")]),
    (icons::FILE_TEXT, "Plain text", "opens anywhere", &[(Format::Txt, "")]),
    (icons::MARKDOWN_LOGO, "Markdown", "for notes apps", &[(Format::Md, "")]),
    (icons::CLOSED_CAPTIONING, "Subtitles", "for video", &[(Format::Srt, "SRT"), (Format::Vtt, "VTT")]),
    (icons::TABLE, "Spreadsheet", "or data", &[(Format::Csv, "Turns"), (Format::Measures, "Measures"), (Format::Json, "JSON")]),
    (icons::PACKAGE, "Share bundle", "for a colleague with Afterbell", &[(Format::Bundle, "")]),
];
const SIZE: Vec2 = vec2(1072.0, 704.0);
const LEFT: f32 = 560.0;
/// With less height than this for the choices the cards say their name alone.
const LOW: f32 = 440.0;

/// The open dialog.
pub(in crate::ui) struct ShareDialog {
    ids: Vec<ConferenceId>,
    title: String,
    marks: usize,
    has_sound: bool,
    wanted: ShareRequest,
    /// Of the newest question; an older answer is dropped.
    ticket: Ticket,
    asked: Option<ShareRequest>,
    page: Option<Arc<Document>>,
    names: Arc<Vec<Replacement>>,
    checking_names: bool,
    /// The sound was wanted although names are hidden: is that meant?
    sound_doubted: bool,
    /// A file of these was asked for.
    is_saving: bool,
    /// A name and its replacement being typed.
    typed: (String, String),
}

impl ShareDialog {
    /// For these conferences; the newest settings say whether names are hidden.
    pub fn new(ids: Vec<ConferenceId>, title: String, marks: usize, has_sound: bool, settings: &Settings) -> Self {
        let wanted = ShareRequest {
            format: Format::Docx,
            contents: Contents::default(),
            hide_names: settings.hide_names,
            own: settings.own_names.clone(),
            question: String::new(),
        };
        Self {
            ids,
            title,
            marks,
            has_sound,
            wanted,
            ticket: Ticket::default(),
            asked: None,
            page: None,
            names: Arc::default(),
            checking_names: false,
            sound_doubted: false,
            is_saving: false,
            typed: (String::new(), String::new()),
        }
    }

    /// Whether the files that are written are those of this dialog.
    pub fn is_saving(&self) -> bool {
        self.is_saving
    }

    /// The answer to a question of [`ShareDialog::ui`].
    pub fn previewed(&mut self, ticket: Ticket, page: Option<Arc<Document>>, names: Arc<Vec<Replacement>>) {
        if ticket == self.ticket {
            (self.page, self.names) = (page, names);
        }
    }

    /// Draws it; true when it is to be closed.
    pub fn ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) -> bool {
        let palette = palette(ui);
        let screen = ui.ctx().content_rect();
        let size = SIZE.min(screen.size() - Vec2::splat(32.0));
        let mut close = false;
        let name = format!("Share {}", self.title);
        let (_, is_closed) = overlay::bare_dialog(ui.ctx(), "share", &name, |ui| {
            let (whole, _) = ui.allocate_exact_size(size, Sense::hover());
            let title = Rect::from_min_size(whole.min + vec2(24.0, 20.0), vec2(whole.width() - 48.0, 32.0));
            widgets::area(ui, title, |ui| widgets::line(ui, theme::TITLE, palette.ink, name.as_str()));
            let cross = Rect::from_min_size(pos2(whole.right() - 56.0, whole.top() + 16.0), Vec2::splat(40.0));
            close |= widgets::area(ui, cross, |ui| widgets::icon_button(ui, icons::X, "Close", false, 40.0)).clicked();
            let foot = Rect::from_min_max(pos2(whole.left(), whole.bottom() - 65.0), whole.max);
            ui.painter().hline(foot.x_range(), foot.top(), Stroke::new(1.0, palette.line));
            let middle = Rect::from_min_max(pos2(whole.left() + 24.0, whole.top() + 72.0), pos2(whole.right() - 24.0, foot.top() - 14.0));
            let hide = Rect::from_min_max(pos2(middle.left(), middle.bottom() - 64.0), pos2(middle.left() + LEFT, middle.bottom()));
            let choices = Rect::from_min_max(middle.min, pos2(middle.left() + LEFT, hide.top() - 12.0));
            widgets::area(ui, choices, |ui| {
                egui::ScrollArea::vertical().id_salt("share choices").auto_shrink(false).show(ui, |ui| self.choices_ui(ui, palette, choices.height() < LOW));
            });
            self.hide_ui(ui, palette, hide);
            let right = Rect::from_min_max(pos2(hide.right() + 24.0, middle.top()), middle.max);
            ui.painter().rect_filled(right, CornerRadius::same(theme::CARD_RADIUS), palette.sunk);
            widgets::area(ui, right.shrink(16.0), |ui| match self.checking_names {
                true => self.checking_ui(ui, out),
                false => preview_ui(ui, palette, self.page.as_deref(), self.ids.len()),
            });
            self.foot_ui(ui, palette, foot.shrink2(vec2(24.0, 12.0)), state, out);
        });
        if self.asked.as_ref() != Some(&self.wanted) {
            self.asked = Some(self.wanted.clone());
            self.ticket = Ticket::fresh();
            out.push(Action::Do(SharingCommand::Preview(self.ticket, self.ids.clone(), Box::new(self.wanted.clone())).into()));
        }
        close || is_closed
    }

    fn choices_ui(&mut self, ui: &mut Ui, palette: &Palette, is_low: bool) {
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        widgets::label(ui, theme::NAME, palette.ink, "What kind of file?");
        for pair in CARDS.chunks(2) {
            ui.horizontal(|ui| pair.iter().for_each(|card| self.card_ui(ui, palette, card, is_low)));
        }
        if self.wanted.format == Format::Bundle {
            widgets::field(
                ui,
                widgets::field_id(&self.ids, "share question"),
                &mut self.wanted.question,
                "What should your colleague listen for?",
                None,
                LEFT - 8.0,
            );
        }
        ui.add_space(4.0);
        widgets::label(ui, theme::NAME, palette.ink, "What goes in it?");
        let marks = if self.marks > 0 { format!("Marked moments ({})", self.marks) } else { "Marked moments".into() };
        let contents = &mut self.wanted.contents;
        let pairs = [
            [(&mut contents.transcript, "Transcript".to_owned()), (&mut contents.questions, "Five questions and my notes".into())],
            [(&mut contents.times, "Times and phases".into()), (&mut contents.found, "What Afterbell found".into())],
            [(&mut contents.marks, marks), (&mut contents.ratings, "My “how did it go” answers".into())],
        ];
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.spacing_mut().interact_size.y = 24.0;
        for pair in pairs {
            ui.horizontal(|ui| {
                for (on, text) in pair {
                    widgets::check(ui, on, &text, 280.0);
                }
            });
        }
        self.sound_ui(ui, palette);
    }

    fn sound_ui(&mut self, ui: &mut Ui, palette: &Palette) {
        let can = self.wanted.format.holds_sound() && self.has_sound;
        self.wanted.contents.sound &= can;
        ui.add_enabled_ui(can, |ui| {
            let mut sound = self.wanted.contents.sound;
            if widgets::check(ui, &mut sound, "The sound, for a web page or share bundle", LEFT - 8.0) {
                self.sound_doubted = sound && self.wanted.hide_names;
                self.wanted.contents.sound = sound && !self.sound_doubted;
            }
        });
        self.sound_doubted &= can;
        if self.sound_doubted {
            let question = ui.horizontal_wrapped(|ui| {
                widgets::label(ui, theme::SECONDARY, palette.ink, "Hiding names changes the words, not the voices. Leave the sound out?");
                if Button::new(Kind::Secondary, "Leave it out").small().show(ui).clicked() {
                    self.sound_doubted = false;
                }
                if Button::new(Kind::Quiet, "Put it in all the same").small().show(ui).clicked() {
                    (self.sound_doubted, self.wanted.contents.sound) = (false, true);
                }
            });
            // In a low window it would stand below the edge, unseen.
            question.response.scroll_to_me(Some(egui::Align::BOTTOM));
        }
    }

    fn card_ui(&mut self, ui: &mut Ui, palette: &Palette, (icon, name, what, formats): &Card, is_low: bool) {
        let (rect, response) = ui.allocate_exact_size(vec2((LEFT - 8.0) / 2.0, if is_low { 40.0 } else { 64.0 }), Sense::click());
        let on = formats.iter().any(|(format, _)| *format == self.wanted.format);
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), on, *name));
        let radius = CornerRadius::same(theme::CONTROL_RADIUS);
        let (fill, stroke) = match (on, response.hovered()) {
            (true, _) => (palette.pine_tint, Stroke::new(2.0, palette.pine)),
            (false, true) => (palette.raise, Stroke::new(1.0, palette.edge)),
            (false, false) => (palette.card, Stroke::new(1.0, palette.line)),
        };
        ui.painter().rect(rect, radius, fill, stroke, StrokeKind::Inside);
        widgets::paint_icon(ui, *icon, pos2(rect.left() + 28.0, rect.center().y), 24.0, palette.ink2);
        let text = |y: f32| pos2(rect.left() + 52.0, rect.top() + y);
        if is_low {
            widgets::paint_line(ui.painter(), text(20.0), rect.width() - 60.0, theme::NAME, palette.ink, name);
        } else {
            widgets::paint_line(ui.painter(), text(21.0), rect.width() - 60.0, theme::NAME, palette.ink, name);
            widgets::paint_line(ui.painter(), text(42.0), rect.width() - 60.0, theme::SECONDARY, palette.ink2, what);
        }
        widgets::focus_ring(ui, &response, rect, radius);
        let response = if is_low { response.on_hover_text(*what) } else { response };
        if response.on_hover_cursor(CursorIcon::PointingHand).clicked() && !on {
            self.wanted.format = formats[0].0;
        }
        if formats.len() > 1 && on {
            let chosen = formats.iter().position(|(format, _)| *format == self.wanted.format).unwrap_or(0);
            let options: Vec<(Option<Icon>, &str)> = formats.iter().map(|(_, label)| (None, *label)).collect();
            let top = rect.center().y - 16.0;
            let place = Rect::from_min_max(pos2(rect.right() - if formats.len() > 2 { 206.0 } else { 112.0 }, top), rect.max);
            if let Some(picked) = widgets::area(ui, place, |ui| widgets::segmented(ui, &options, chosen)) {
                self.wanted.format = formats[picked].0;
            }
        } else if on {
            widgets::paint_icon(ui, icons::CHECK_CIRCLE.fill(), pos2(rect.right() - 24.0, rect.center().y), 20.0, palette.pine);
        }
    }

    fn hide_ui(&mut self, ui: &mut Ui, palette: &Palette, rect: Rect) {
        let fill = if self.wanted.hide_names { palette.pine_tint } else { palette.raise };
        ui.painter().rect_filled(rect, CornerRadius::same(theme::CARD_RADIUS), fill);
        widgets::paint_icon(ui, icons::EYE_SLASH, pos2(rect.left() + 28.0, rect.center().y), 24.0, palette.ink);
        let hidden: Vec<&Replacement> = self.names.iter().filter(|name| name.is_on).collect();
        let said = match (self.wanted.hide_names, hidden.first()) {
            (false, _) => "Names stay as they are.".to_owned(),
            (true, None) => "No names were found.".into(),
            (true, Some(one)) => format!("{} becomes “{}” all the way through.", one.name, one.instead),
        };
        let text = |y: f32| pos2(rect.left() + 52.0, rect.top() + y);
        widgets::paint_line(ui.painter(), text(21.0), 300.0, theme::NAME, palette.ink, "Hide names");
        widgets::paint_line(ui.painter(), text(42.0), rect.width() - 230.0, theme::SECONDARY, palette.ink2, &said);
        let controls = Rect::from_min_max(pos2(rect.right() - 172.0, rect.top() + 12.0), rect.max);
        widgets::area(ui, controls, |ui| {
            ui.horizontal(|ui| {
                ui.add_enabled_ui(self.wanted.hide_names, |ui| {
                    let label = if self.checking_names { "Show page" } else { "Check names" };
                    if Button::new(Kind::Quiet, label).min_width(108.0).show(ui).clicked() {
                        self.checking_names = !self.checking_names;
                    }
                });
                if widgets::toggle(ui, &mut self.wanted.hide_names, "Hide names") {
                    self.checking_names &= self.wanted.hide_names;
                    self.sound_doubted = self.wanted.hide_names && self.wanted.contents.sound;
                    self.wanted.contents.sound &= !self.sound_doubted;
                }
            });
        });
    }

    fn checking_ui(&mut self, ui: &mut Ui, out: &mut Vec<Action>) {
        let before = self.wanted.own.clone();
        names_ui(ui, &self.ids, &self.names, &mut self.wanted.own, &mut self.typed);
        if self.wanted.own != before {
            // Remembered for the next time.
            out.push(Action::Do(LibraryCommand::ChangeSetting(SettingsChange::OwnNames(self.wanted.own.clone())).into()));
        }
    }

    fn foot_ui(&mut self, ui: &mut Ui, palette: &Palette, rect: Rect, state: &AppState, out: &mut Vec<Action>) {
        widgets::paint_icon(ui, icons::LOCK_SIMPLE, pos2(rect.left() + 10.0, rect.center().y), 20.0, palette.ink2);
        let at = pos2(rect.left() + 28.0, rect.center().y);
        widgets::paint_line(ui.painter(), at, 360.0, theme::BODY, palette.ink2, "Saved on this computer. You choose who gets it.");
        let mut child = ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(egui::Layout::right_to_left(egui::Align::Center)));
        let ui = &mut child;
        ui.spacing_mut().item_spacing.x = 16.0;
        if let Some(fraction) = state.sharing {
            if Button::new(Kind::Secondary, "Cancel").show(ui).clicked() {
                out.push(Action::Do(SharingCommand::Cancel.into()));
            }
            charts::progress_bar(ui, 220.0, fraction);
            return;
        }
        let format = self.wanted.format;
        let (_, card, ..) = CARDS.iter().find(|(.., formats)| formats.iter().any(|(one, _)| *one == format)).unwrap_or(&CARDS[0]);
        let save = match (format, self.ids.len()) {
            (_, 2..) => format!("Save {} files…", self.ids.len()),
            (Format::Docx, _) => "Save Word file…".into(),
            _ => format!("Save {}…", card.to_lowercase().replace("pdf", "PDF").replace("markdown", "Markdown")),
        };
        ui.add_enabled_ui(!self.sound_doubted, |ui| {
            let enter = ui.input_mut(|input| input.consume_key(egui::Modifiers::COMMAND, Key::S));
            if Button::new(Kind::Primary, &save).icon(icons::DOWNLOAD_SIMPLE).show(ui).clicked() || enter {
                self.is_saving = true;
                out.push(Action::Do(SaveDialog::Share(self.ids.clone(), Box::new(self.wanted.clone())).into()));
            }
        });
        if Button::new(Kind::Secondary, "Copy text").icon(icons::COPY).show(ui).clicked() {
            out.push(Action::Do(SharingCommand::Copy(self.ids.clone(), Box::new(self.wanted.clone())).into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_stands_on_one_card() {
        let mut shown: Vec<Format> = CARDS.iter().flat_map(|(.., formats)| formats.iter().map(|(format, _)| *format)).collect();
        let mut all = Format::ALL.to_vec();
        shown.sort();
        all.sort();
        assert_eq!(shown, all);
    }
}
