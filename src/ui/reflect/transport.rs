//! The transport: the timeline, and below it the buttons for playing, speed, silence, repeating, sound and marks. It knows the keys for all of them.

use super::timeline::{Timeline, View};
use crate::conference::{ConferenceId, ConferenceRecord, Millis, Span};
use crate::settings::{ChosenDevice, SettingsChange};
use crate::ui::kit::app_state::{Action, AppState};
use crate::ui::kit::choices::choice;
use crate::ui::kit::icons;
use crate::ui::kit::overlay;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::{LibraryCommand, PlayerCommand};
use egui::{CornerRadius, CursorIcon, Key, Modifiers, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2};

/// Speeds on offer.
const SPEEDS: [f32; 7] = [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0];
/// A repeated turn begins a little before its first word and ends a little after its last: spans are cut close.
const AROUND_A_TURN: Millis = Millis(200);

/// Left of the buttons that stand behind it: with less room the key alone repeats.
const REPEAT: f32 = 250.0;

/// What was pressed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TransportAction {
    Seek(Millis),
    PlayPause,
    Speed(usize),
    SkipSilence(bool),
    Repeat,
    Mark,
}

/// Where the listener is.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlaybackPosition {
    /// The moment being heard.
    pub at: Millis,
    /// Sound is playing.
    pub is_playing: bool,
}

/// What the transport remembers.
pub(super) struct Transport {
    timeline: Timeline,
    speed: usize,
    repeat: Option<Span>,
    /// The player has to be told what does not come with the conference.
    is_player_stale: bool,
    /// The voices were found anew.
    voices_changed: bool,
    /// What follows is cut off.
    end: Option<Millis>,
}

impl Transport {
    /// For a conference that is just being opened.
    pub fn new(record: &ConferenceRecord) -> Self {
        Self { timeline: Timeline::new(record), speed: 2, repeat: None, is_player_stale: true, voices_changed: false, end: record.data().corrections.cut_off }
    }

    /// Words or voices were found anew, or other people speak than was thought.
    pub fn changed(&mut self, record: &ConferenceRecord) {
        self.end = record.data().corrections.cut_off;
        self.timeline = Timeline::new(record);
        self.is_player_stale = true;
        self.voices_changed = true;
    }

    /// Sends the player what changed since the last time; after `Listen`, which makes it ready.
    pub fn sync_player(&mut self, id: ConferenceId, state: &AppState, out: &mut Vec<Action>) {
        if std::mem::take(&mut self.is_player_stale) {
            out.push(Action::Do(PlayerCommand::Speed(SPEEDS[self.speed]).into()));
            out.push(Action::Do(PlayerCommand::Repeat(self.repeat).into()));
            out.push(Action::Do(PlayerCommand::EndAt(self.end).into()));
            self.send_skips(state.settings.skip_silence, out);
        }
        if std::mem::take(&mut self.voices_changed) {
            out.push(Action::Do(PlayerCommand::VoicesChanged(id).into()));
        }
    }

    fn send_skips(&self, is_skipping: bool, out: &mut Vec<Action>) {
        out.push(Action::Do(PlayerCommand::SkipSilence(if is_skipping { self.timeline.skips.clone() } else { Vec::new() }).into()));
    }

    /// How high it is: more where many sit at the table.
    pub fn height(&self) -> f32 {
        184.0 + self.timeline.more_height()
    }

    /// Draws timeline and buttons into the whole of `ui`; `selected` are the turns selected in the transcript.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        record: &ConferenceRecord,
        state: &AppState,
        here: PlaybackPosition,
        selected: Option<Span>,
        out: &mut Vec<Action>,
    ) -> Option<TransportAction> {
        let palette = theme::palette(ui);
        let rect = ui.max_rect();
        let controls = Rect::from_min_max(pos2(rect.left(), rect.bottom() - 40.0), rect.max);
        let above = Rect::from_min_max(rect.min, pos2(rect.right(), controls.top()));
        let view = View { record, playhead: here.at, is_skipping: state.settings.skip_silence, repeat: self.repeat, selected };
        let sought = self.timeline.ui(ui, palette, above, &view);
        let pressed = widgets::area(ui, controls, |ui| ui.horizontal_centered(|ui| self.controls_ui(ui, palette, record, state, here, out)).inner);
        pressed.or(sought.map(TransportAction::Seek))
    }

    fn controls_ui(
        &self,
        ui: &mut Ui,
        palette: &Palette,
        record: &ConferenceRecord,
        state: &AppState,
        here: PlaybackPosition,
        out: &mut Vec<Action>,
    ) -> Option<TransportAction> {
        // In a narrow window names and totals go first, then what the Sound menu and the keys offer too.
        let (is_wide, is_medium) = (ui.available_width() >= 630.0, ui.available_width() >= 460.0);
        ui.spacing_mut().item_spacing.x = 8.0;
        let mut pressed = None;
        if widgets::icon_button(ui, icons::REWIND, "Back 5 seconds (J)", true, 34.0).clicked() {
            pressed = Some(TransportAction::Seek(here.at - Millis(5000)));
        }
        if play_button(ui, palette, here.is_playing) {
            pressed = Some(TransportAction::PlayPause);
        }
        if widgets::icon_button(ui, icons::FAST_FORWARD, "Forward 5 seconds (L)", true, 34.0).clicked() {
            pressed = Some(TransportAction::Seek(here.at + Millis(5000)));
        }
        ui.add_space(4.0);
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.add(egui::Label::new(theme::NAME.text(here.at.clock(), palette.ink)).extend());
        let length = theme::Type { bold: false, ..theme::NAME }.text(format!("/ {}", record.data().end()), palette.ink2);
        ui.add(egui::Label::new(length).extend());
        ui.spacing_mut().item_spacing.x = 8.0;
        ui.add_space(4.0);
        if is_medium {
            let names: Vec<String> = SPEEDS.iter().map(|speed| format!("{speed}×")).collect();
            if let Some(picked) = choice(ui, "Speed", &names, self.speed, 84.0) {
                pressed = Some(TransportAction::Speed(picked));
            }
        }
        if ui.available_width() >= REPEAT && repeat_button(ui, palette, self.repeat.is_some()) {
            pressed = Some(TransportAction::Repeat);
        }
        self.sound_ui(ui, palette, state, out);
        if is_medium && let Some(on) = self.skip_ui(ui, palette, state, is_wide) {
            pressed = Some(TransportAction::SkipSilence(on));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let is_marked = if is_wide {
                Button::new(Kind::Secondary, "Mark").icon(icons::BOOKMARK_SIMPLE).show(ui).on_hover_text("Mark this moment (M)").clicked()
            } else {
                widgets::icon_button(ui, icons::BOOKMARK_SIMPLE, "Mark this moment (M)", true, 34.0).clicked()
            };
            if is_marked {
                pressed = Some(TransportAction::Mark);
            }
        });
        pressed
    }

    /// The switch, and beside it what it does and what it saves.
    fn skip_ui(&self, ui: &mut Ui, palette: &Palette, state: &AppState, with_words: bool) -> Option<bool> {
        let mut on = state.settings.skip_silence;
        let changed = widgets::toggle(ui, &mut on, "Skip silence");
        let saved = self.timeline.saved();
        if with_words {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                let has_saved = saved > Millis::ZERO;
                ui.add_space(if has_saved { 2.0 } else { 10.0 });
                widgets::line(ui, theme::SECONDARY, palette.ink, "Skip silence");
                if has_saved {
                    widgets::line(ui, theme::SMALL, palette.ink2, format!("saves {saved}"));
                }
            });
        }
        changed.then_some(on)
    }

    /// What is done to the sound, and where it comes out.
    fn sound_ui(&self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        let response = widgets::icon_button(ui, icons::SPEAKER_HIGH, "Sound", true, 34.0);
        if response.clicked() {
            out.push(Action::Do(PlayerCommand::ListLoudspeakers.into()));
        }
        overlay::popover(&response, 300.0, |ui| {
            ui.spacing_mut().item_spacing.y = 8.0;
            sound_toggles_ui(ui, palette, state, out);
            widgets::divider(ui);
            widgets::line(ui, theme::SECONDARY_BOLD, palette.ink, "Play through");
            let (names, chosen) = loudspeakers(state);
            for (index, name) in names.iter().enumerate() {
                if overlay::item(ui, None, name, index == chosen) {
                    choose_loudspeaker(state, index, out);
                }
            }
            widgets::label(ui, theme::SMALL, palette.ink2, "This changes only what you hear. The recording stays as it is.");
        });
    }

    /// Carries out what was pressed and concerns only the player.
    pub fn press(&mut self, pressed: TransportAction, record: &ConferenceRecord, here: PlaybackPosition, out: &mut Vec<Action>) {
        match pressed {
            TransportAction::Speed(speed) => {
                self.speed = speed.min(SPEEDS.len() - 1);
                out.push(Action::Do(PlayerCommand::Speed(SPEEDS[self.speed]).into()));
            }
            TransportAction::SkipSilence(on) => {
                self.send_skips(on, out);
                out.push(Action::Do(LibraryCommand::ChangeSetting(SettingsChange::SkipSilence(on)).into()));
            }
            TransportAction::Repeat => {
                let turn = record.turn_at(here.at).and_then(|turn| record.turns().get(turn)).map(|turn| turn.span);
                let around = |turn: Span| Span::new((turn.start() - AROUND_A_TURN).max(Millis::ZERO), (turn.end() + AROUND_A_TURN).min(record.data().end()));
                self.repeat = if self.repeat.is_some() { None } else { turn.map(around) };
                out.push(Action::Do(PlayerCommand::Repeat(self.repeat).into()));
                if let Some(repeat) = self.repeat {
                    let from = if repeat.contains(here.at) { here.at } else { repeat.start() };
                    out.push(Action::Do(PlayerCommand::Listen { id: record.data().id.into(), from, play: true }.into()));
                }
            }
            TransportAction::Seek(_) | TransportAction::PlayPause | TransportAction::Mark => {}
        }
    }

    /// The listener went somewhere else: a turn left behind is not repeated any more.
    pub fn gone_to(&mut self, at: Millis, out: &mut Vec<Action>) {
        if self.repeat.is_some_and(|repeat| !repeat.contains(at)) {
            self.repeat = None;
            out.push(Action::Do(PlayerCommand::Repeat(None).into()));
        }
    }

    /// What the single keys for listening ask for; the caller has made sure that nobody is typing.
    pub fn keys(&self, ui: &Ui, record: &ConferenceRecord, state: &AppState, here: PlaybackPosition) -> Option<TransportAction> {
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        let keys = [
            (Key::Space, TransportAction::PlayPause),
            (Key::J, TransportAction::Seek(here.at - Millis(5000))),
            (Key::L, TransportAction::Seek(here.at + Millis(5000))),
            (Key::M, TransportAction::Mark),
            (Key::R, TransportAction::Repeat),
            (Key::S, TransportAction::SkipSilence(!state.settings.skip_silence)),
            (Key::OpenBracket, TransportAction::Speed(self.speed.saturating_sub(1))),
            (Key::CloseBracket, TransportAction::Speed(self.speed + 1)),
            (Key::ArrowLeft, TransportAction::Seek(here.at - Millis(2000))),
            (Key::ArrowRight, TransportAction::Seek(here.at + Millis(2000))),
            (Key::Home, TransportAction::Seek(Millis::ZERO)),
            (Key::ArrowUp, TransportAction::Seek(turn_start(record, here.at, -1))),
            (Key::ArrowDown, TransportAction::Seek(turn_start(record, here.at, 1))),
            (Key::Comma, TransportAction::Seek(mark(record, here.at, false))),
            (Key::Period, TransportAction::Seek(mark(record, here.at, true))),
        ];
        let mut press = keys.into_iter().find(|&(key, _)| pressed(key)).map(|(_, what)| what);
        if pressed(Key::K) && here.is_playing {
            press = Some(TransportAction::PlayPause);
        }
        press
    }
}

/// The start of the turn before or after.
fn turn_start(record: &ConferenceRecord, at: Millis, step: isize) -> Millis {
    let here = record.turn_at(at).unwrap_or(0) as isize;
    record.turns().get((here + step).max(0) as usize).map_or(at, |turn| turn.span.start())
}

/// The mark before or after.
fn mark(record: &ConferenceRecord, at: Millis, forward: bool) -> Millis {
    let marks = &record.data().shown_marks();
    // Just after a mark, "before" means the one before that.
    let found = if forward { marks.iter().find(|&&mark| mark > at) } else { marks.iter().rev().find(|&&mark| mark < at - Millis(500)) };
    found.copied().unwrap_or(at)
}

/// "Even out voices" and "Soften classroom noise", in the Sound menu and in the settings.
pub(super) fn sound_toggles_ui(ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
    let sound = &state.settings.sound;
    type Toggle = (bool, &'static str, fn(bool) -> SettingsChange);
    let toggles: [Toggle; 2] =
        [(sound.level_speakers, "Even out voices", SettingsChange::LevelSpeakers), (sound.denoise, "Soften classroom noise", SettingsChange::Denoise)];
    for (mut on, name, change) in toggles {
        ui.horizontal(|ui| {
            if widgets::toggle(ui, &mut on, name) {
                out.push(Action::Do(LibraryCommand::ChangeSetting(change(on)).into()));
            }
            widgets::line(ui, theme::SECONDARY, palette.ink, name);
        });
    }
}

/// The loudspeakers by name, and which is chosen; one that was chosen and is not there now is named all the same.
pub(in crate::ui) fn loudspeakers(state: &AppState) -> (Vec<String>, usize) {
    let found = state.loudspeakers.as_deref().unwrap_or_default();
    let standard = found.iter().find(|device| device.is_default).map_or(String::new(), |device| format!(" ({})", device.name));
    let mut names = vec![format!("System default{standard}")];
    names.extend(found.iter().map(|device| device.name.clone()));
    let Some(chosen) = &state.settings.sound.loudspeaker else { return (names, 0) };
    if let Some(at) = found.iter().position(|device| device.id == chosen.id || device.name == chosen.name) {
        return (names, at + 1);
    }
    let absent = if state.loudspeakers.is_some() { " (not there now)" } else { "" };
    names.push(format!("{}{absent}", chosen.name));
    let last = names.len() - 1;
    (names, last)
}

/// Keeps the loudspeaker picked from [`loudspeakers`].
pub(in crate::ui) fn choose_loudspeaker(state: &AppState, picked: usize, out: &mut Vec<Action>) {
    let device = picked.checked_sub(1).and_then(|at| state.loudspeakers.as_deref().unwrap_or_default().get(at));
    if picked > 0 && device.is_none() {
        return;
    }
    let loudspeaker = device.map(|device| ChosenDevice { id: device.id.clone(), name: device.name.clone() });
    out.push(Action::Do(LibraryCommand::ChangeSetting(SettingsChange::Loudspeaker(loudspeaker)).into()));
}

fn play_button(ui: &mut Ui, palette: &Palette, is_playing: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(Vec2::new(42.0, 40.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, if is_playing { "Pause" } else { "Play" }));
    let radius = CornerRadius::same(8);
    ui.painter().rect_filled(rect, radius, if response.hovered() { palette.pine_hover } else { palette.pine });
    widgets::paint_icon(ui, if is_playing { icons::PAUSE.fill() } else { icons::PLAY.fill() }, rect.center(), 20.0, palette.on_pine);
    widgets::focus_ring(ui, &response, rect, radius);
    response.on_hover_cursor(CursorIcon::PointingHand).clicked()
}

fn repeat_button(ui: &mut Ui, palette: &Palette, is_on: bool) -> bool {
    let response = widgets::icon_button(ui, icons::REPEAT, "Repeat this turn (R)", true, 34.0);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, is_on, "Repeat this turn (R)"));
    if is_on {
        ui.painter().rect_filled(response.rect, CornerRadius::same(8), palette.pine);
        widgets::paint_icon(ui, icons::REPEAT, response.rect.center(), 20.0, palette.on_pine);
    }
    response.clicked()
}
