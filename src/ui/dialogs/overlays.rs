//! What is drawn over whatever screen there is: questions that wait for an answer, problems, toasts, the list of keys.

use super::keys;
use crate::conference::{names, names_of};
use crate::ui::kit::app_state::{Action, AppState};
use crate::ui::kit::charts;
use crate::ui::kit::dates;
use crate::ui::kit::icons;
use crate::ui::kit::overlay::{self, Dialog};
use crate::ui::kit::theme::{self, palette};
use crate::ui::kit::widgets::{self, Kind};
use crate::work::{Command, DeletedKey, LibraryCommand, LibraryQuery, OpeningStage, RecordingCommand};
use egui::{CursorIcon, Rect, Stroke, Ui, vec2};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A toast stays this long.
const TOAST: Duration = Duration::from_secs(6);
/// With an Undo, time enough to read it, to see what is missing, and to press it.
const TOAST_WITH_UNDO: Duration = Duration::from_secs(12);
/// Opening that takes no longer than this is not spoken of.
const SAID_AFTER: Duration = Duration::from_millis(300);

/// A sentence at the bottom that goes by itself.
pub(in crate::ui) struct Toast {
    text: String,
    /// What can be done about it: mostly what takes it back.
    button: Option<(&'static str, Action)>,
    /// When it was seen first, or last pointed at.
    since: Option<Instant>,
    /// It stays until it is dismissed.
    lasts: bool,
    /// It says one step back or forward: the next step is said in its place.
    is_step: bool,
}

impl Toast {
    /// Only says something.
    pub fn new(text: String) -> Self {
        Self::with_undo(text, None)
    }

    /// Offers to take it back.
    pub fn with_undo(text: String, undo: Option<Action>) -> Self {
        Self::with_button(text, undo.map(|undo| ("Undo", undo)))
    }

    /// Offers to do something about it.
    pub fn with_button(text: String, button: Option<(&'static str, Action)>) -> Self {
        Self { text, button, since: None, lasts: false, is_step: false }
    }

    /// One step back or forward was made: of ten only the last is of interest.
    pub fn step(text: String) -> Self {
        Self { is_step: true, ..Self::new(text) }
    }

    /// Stays until it is dismissed: nobody may be there.
    pub fn lasting(text: String) -> Self {
        Self { lasts: true, ..Self::new(text) }
    }

    fn stays(&self) -> Duration {
        if self.lasts {
            return TOAST;
        }
        let whole = if self.button.is_some() { TOAST_WITH_UNDO } else { TOAST };
        self.since.map_or(whole, |since| whole.saturating_sub(since.elapsed()))
    }
}

/// Toasts that wait for one another: the first is shown.
#[derive(Default)]
pub(in crate::ui) struct Toasts(VecDeque<Toast>);

impl Toasts {
    /// The last in the row. What is said already is not said twice, but each has its own Undo.
    pub fn push(&mut self, toast: Toast) {
        if let Some(step) = self.0.iter_mut().find(|waiting| waiting.is_step && toast.is_step) {
            *step = toast;
        } else if self.0.back().is_none_or(|last| last.text != toast.text || toast.button.is_some()) {
            self.0.push_back(toast);
        }
    }

    /// How long the one that is shown still stays.
    pub fn stay(&self) -> Option<Duration> {
        self.0.front().map(Toast::stays)
    }

    /// Draws the first so far from the left and from the bottom, until its time is over.
    pub fn ui(&mut self, ui: &mut Ui, left: f32, bottom: f32, out: &mut Vec<Action>) {
        while self.0.front().is_some_and(|toast| toast.stays().is_zero()) {
            self.0.pop_front();
        }
        let Some(toast) = self.0.front_mut() else { return };
        toast.since.get_or_insert_with(Instant::now);
        let palette = palette(ui);
        let (mut is_undone, mut is_over) = (false, false);
        let area = egui::Area::new(egui::Id::unique("toast")).anchor(egui::Align2::LEFT_BOTTOM, vec2(left, -bottom)).order(egui::Order::Tooltip);
        let width = (ui.ctx().content_rect().width() - left - 260.0).min(560.0);
        let shown = overlay::with_keys(ui.ctx(), || {
            area.show(ui.ctx(), |ui| {
                egui::Frame::new().fill(palette.ink).corner_radius(8).inner_margin(egui::Margin::symmetric(16, 8)).show(ui, |ui| {
                    ui.horizontal(|ui| {
                        ui.spacing_mut().item_spacing.x = 12.0;
                        let said = theme::BODY.text(&toast.text, palette.card);
                        let said = ui.scope(|ui| {
                            ui.set_max_width(width);
                            ui.add(egui::Label::new(said).wrap_mode(wrap_of(ui, &toast.text, width)))
                        });
                        // Read out as it comes.
                        ui.ctx().accesskit_node_builder(said.inner.id, |node| node.set_live(egui::accesskit::Live::Polite));
                        if let Some((name, _)) = &toast.button {
                            let button = egui::Button::new(theme::BUTTON.text(*name, palette.card)).frame(false);
                            is_undone = ui.add(button).on_hover_cursor(CursorIcon::PointingHand).clicked();
                        }
                        let (rect, cross) = ui.allocate_exact_size(egui::Vec2::splat(32.0), egui::Sense::click());
                        cross.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Dismiss the message"));
                        widgets::paint_icon(ui, icons::X, rect.center(), 16.0, palette.card);
                        widgets::focus_ring(ui, &cross, rect, egui::CornerRadius::same(8));
                        is_over = cross.on_hover_cursor(CursorIcon::PointingHand).clicked();
                    });
                });
            })
        });
        // As long as it is pointed at it stays.
        if shown.response.contains_pointer() {
            toast.since = Some(Instant::now());
        }
        if is_undone || is_over {
            let toast = self.0.pop_front();
            out.extend(toast.filter(|_| is_undone).and_then(|toast| toast.button).map(|(_, action)| action));
        }
    }
}

/// A short sentence takes the room it needs, a long one breaks.
fn wrap_of(ui: &Ui, text: &str, width: f32) -> egui::TextWrapMode {
    let needed = ui.painter().layout_no_wrap(text.to_owned(), theme::BODY.font(), egui::Color32::PLACEHOLDER).size().x;
    if needed <= width { egui::TextWrapMode::Extend } else { egui::TextWrapMode::Wrap }
}

/// The answer to closing the window while it records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::ui) enum Closing {
    KeepRecording,
    StopAndClose,
}

/// Recordings that were cut off, offered one after the other until decided. Later leaves one for the next start.
pub(in crate::ui) fn interrupted_ui(ui: &mut Ui, state: &mut AppState, out: &mut Vec<Action>) {
    let Some(cut) = state.interrupted.first().cloned() else { return };
    let palette = palette(ui);
    let who = names_of(&cut.students).unwrap_or_else(|| "a student".into());
    let title = format!("Your recording with {who} was kept, up to {}", cut.length);
    let dialog = Dialog::new("interrupted", &title).width(520.0);
    let dialog = dialog.button(Kind::Quiet, "Delete it", true).button(Kind::Secondary, "Later", true).button(Kind::Primary, "Save and transcribe", true);
    let answer = dialog.show(ui.ctx(), |ui| {
        let when = dates::when(cut.started_unix_ms, state.now_unix_ms);
        widgets::label(ui, theme::BODY, palette.ink2, format!("It was cut off ({when}). Nothing that was recorded is lost."));
    });
    let decided = match answer.pressed {
        Some(0) => Some(LibraryCommand::Delete(DeletedKey::Recording(cut.name.clone())).into()),
        Some(2) => Some(RecordingCommand::KeepInterrupted(cut.name.clone()).into()),
        _ => None,
    };
    out.extend(decided.map(Action::Do));
    if answer.pressed.is_some() || answer.is_closed {
        if answer.pressed == Some(1) || answer.is_closed {
            state.put_off.push(cut.name);
        }
        state.interrupted.remove(0);
    }
}

/// What there is to say over the screen: that this window only looks, and what went wrong. Returns the room below: no title and no button is covered.
pub(in crate::ui) fn notices_ui(ui: &mut Ui, rest: Rect, state: &mut AppState, out: &mut Vec<Action>) -> Rect {
    let palette = palette(ui);
    let mut rest = rest;
    if state.looking_only {
        let says = "Afterbell is already open with these recordings. Look and listen here; record and change things in the other window.";
        rest = notice_ui(ui, rest, (icons::INFO, palette.pine_tint, palette.ink), "A second window", says, |_| {});
    }
    let Some(problem) = state.problem.clone() else { return rest };
    // Which conference it is about stands before what happened.
    let about = problem.conference.and_then(|id| state.conferences.iter().find(|one| one.id == id));
    let about = about.map(|one| {
        let who = names(&one.participants).unwrap_or_else(|| if one.title.is_empty() { "A conference".into() } else { one.title.clone() });
        format!("{who}, {}: ", dates::when(one.started_unix_ms, state.now_unix_ms))
    });
    let headline = problem.headline();
    let gap = if headline.is_empty() { "" } else { " " };
    let says = format!("{}{headline}{gap}{}", about.unwrap_or_default(), problem.advice);
    let mut is_over = false;
    let rest = notice_ui(ui, rest, (icons::WARNING, palette.rose_tint, palette.rose), "What went wrong", &says, |ui| {
        is_over = widgets::icon_button(ui, icons::X, "Dismiss", false, 32.0).clicked();
        // Looking where it is ends nothing; what is tried once more says itself how it went.
        if let Some(offer) = widgets::offers(ui, problem.offers.iter().map(|offer| offer.says)).and_then(|at| problem.offers.get(at)) {
            is_over |= !matches!(offer.command, Command::Query(LibraryQuery::ShowInFolder(_) | LibraryQuery::ShowFolder));
            out.push(Action::Do(offer.command.clone()));
        }
    });
    if is_over {
        state.problem = None;
    }
    rest
}

/// One line or two across the top; what can be done stands at its right.
pub(in crate::ui) fn notice_ui(
    ui: &mut Ui,
    rest: Rect,
    (icon, fill, front): (icons::Icon, egui::Color32, egui::Color32),
    name: &str,
    says: &str,
    controls: impl FnOnce(&mut Ui),
) -> Rect {
    const CONTROLS: f32 = 300.0;
    let palette = palette(ui);
    let left = rest.left() + theme::MARGIN + 32.0;
    let job = egui::text::LayoutJob::simple(says.to_owned(), theme::BODY.font(), palette.ink, (rest.right() - theme::MARGIN - CONTROLS - left).max(200.0));
    let galley = ui.painter().layout_job(job);
    let strip = Rect::from_min_size(rest.min, vec2(rest.width(), galley.size().y.max(32.0) + 16.0));
    ui.painter().rect_filled(strip, 0, fill);
    ui.painter().hline(strip.x_range(), strip.bottom() - 0.5, Stroke::new(1.0, palette.line));
    let response = ui.interact(strip, egui::Id::unique(("notice", name)), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, name));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_description(says);
        node.set_live(egui::accesskit::Live::Assertive);
    });
    widgets::paint_icon(ui, icon, egui::pos2(rest.left() + theme::MARGIN + 10.0, strip.center().y), 20.0, front);
    ui.painter().galley(egui::pos2(left, strip.center().y - galley.size().y / 2.0), galley, palette.ink);
    let right = Rect::from_min_max(egui::pos2(strip.right() - theme::MARGIN - CONTROLS, strip.top()), strip.max - vec2(theme::MARGIN, 0.0));
    let mut child = ui.new_child(egui::UiBuilder::new().max_rect(right).layout(egui::Layout::right_to_left(egui::Align::Center)));
    controls(&mut child);
    Rect::from_min_max(strip.left_bottom(), rest.max)
}

/// The list of keys.
pub(in crate::ui) fn keys_ui(ui: &mut Ui, shown: &mut bool) {
    if *shown {
        *shown = !keys::ui(ui);
    }
}

/// Asks whether to stop a recording and close the window; none until it is answered.
pub(in crate::ui) fn closing_ui(ui: &mut Ui) -> Option<Closing> {
    let palette = palette(ui);
    let dialog = Dialog::new("closing", "A recording is running");
    let dialog = dialog.button(Kind::Secondary, "Stop, save and close", true).button(Kind::Primary, "Keep recording", true);
    let answer = dialog.show(ui.ctx(), |ui| {
        widgets::label(ui, theme::BODY, palette.ink2, "Everything up to now is saved. Stop it and close Afterbell?");
    });
    match answer.pressed {
        Some(0) => Some(Closing::StopAndClose),
        Some(_) => Some(Closing::KeepRecording),
        None => answer.is_closed.then_some(Closing::KeepRecording),
    }
}

/// In place of every screen while the library is opened; it says nothing in the first moments, which are all there is on most days.
pub(in crate::ui) fn opening_ui(ui: &mut Ui, stage: Option<OpeningStage>) {
    let palette = palette(ui);
    let begun = ui.data_mut(|data| *data.get_temp_mut_or_insert_with(egui::Id::unique("opening since"), Instant::now));
    if begun.elapsed() < SAID_AFTER {
        return ui.ctx().request_repaint_after(SAID_AFTER);
    }
    let rect = Rect::from_center_size(ui.max_rect().center(), vec2(560.0, 160.0));
    widgets::card_at(ui, rect, 24.0, |ui| match stage {
        None | Some(OpeningStage::Checking) => {
            widgets::label(ui, theme::CARD_TITLE, palette.ink, "Opening your conferences…");
            widgets::label(ui, theme::BODY, palette.ink2, "Afterbell is reading the list of conferences");
        }
        Some(OpeningStage::Rebuilding { done, of }) => {
            widgets::label(ui, theme::CARD_TITLE, palette.ink, "Making the list of conferences again…");
            widgets::label(
                ui,
                theme::BODY,
                palette.ink2,
                "The list was damaged. Your recordings are safe; the list is made again from what is kept beside them.",
            );
            ui.add_space(12.0);
            charts::progress_bar(ui, 512.0, done as f32 / of.max(1) as f32);
        }
    });
}

/// In place of every screen: the library cannot be opened.
pub(in crate::ui) fn broken_ui(ui: &mut Ui, advice: &str) {
    let palette = palette(ui);
    let rect = Rect::from_center_size(ui.max_rect().center(), vec2(560.0, 160.0));
    widgets::card_at(ui, rect, 24.0, |ui| {
        widgets::label(ui, theme::CARD_TITLE, palette.ink, "Afterbell can’t open your conferences");
        widgets::label(ui, theme::BODY, palette.ink2, advice);
    });
}
