//! While recording: the whole window, muted, nothing blinks. Time, the last minute, Mark, Pause, Stop.

use crate::conference::{ENVELOPE_STEP, Millis, Span, Speaker, names_of};
use crate::settings::{SettingsChange, TranscribeWhen};
use crate::ui::dialogs::overlays;
use crate::ui::kit::app_state::{Action, AppState};
use crate::ui::kit::charts;
use crate::ui::kit::icons;
use crate::ui::kit::reading_order::Laid;
use crate::ui::kit::theme::{self, Palette, palette};
use crate::ui::kit::widgets;
use crate::work::{Command, LevelAdvice, LibraryCommand, LiveText, MeterReading, Meters, Participants, RecordingCommand, little_room, room_in_words};
use egui::text::LayoutJob;
use egui::{Align2, Color32, CornerRadius, CursorIcon, Key, Modifiers, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the screen remembers.
pub(in crate::ui) struct RecordingScreen {
    /// With whom.
    pub(in crate::ui) with: Participants,
    /// Moments marked.
    pub(in crate::ui) marks: Vec<Millis>,
    /// What was said, as far as it is transcribed.
    pub(in crate::ui) live: LiveText,
    running: Option<RunningRecording>,
    stopping: bool,
    /// It was stopped because nobody was near any more.
    pub(in crate::ui) was_forgotten: bool,
    hidden: bool,
}

struct RunningRecording {
    meters: Arc<Meters>,
    microphone: String,
    notice: Option<String>,
    /// Where nothing was heard, silent and marked.
    gaps: Vec<Span>,
    /// When somebody near was heard last, or the teacher said that it goes on.
    near_at: Millis,
    /// Somebody was heard well before: the microphone hears people.
    has_heard: bool,
    /// When it was last looked whether somebody is near.
    looked: Instant,
}

/// After so long without anybody near it is asked whether it goes on, and after so long it stops and is saved.
const ASKS_AFTER: Millis = Millis(10 * 60_000);
const STOPS_AFTER: Millis = Millis(30 * 60_000);
/// Nothing is known of the time in which nobody looked, as when the computer slept.
const UNSEEN: Duration = Duration::from_secs(30);

/// What is to be done about a recording that may have been forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ForgottenRecording {
    No,
    Ask,
    Stop,
}

fn forgotten(near_at: Millis, now: Millis, stops: bool) -> ForgottenRecording {
    match now - near_at {
        quiet if quiet >= STOPS_AFTER && stops => ForgottenRecording::Stop,
        quiet if quiet >= ASKS_AFTER => ForgottenRecording::Ask,
        _ => ForgottenRecording::No,
    }
}

impl RecordingScreen {
    /// Until the microphone is open.
    pub(in crate::ui) fn waiting(with: Participants) -> Self {
        Self { with, marks: Vec::new(), live: LiveText::default(), running: None, stopping: false, was_forgotten: false, hidden: false }
    }

    /// Recording runs.
    pub(in crate::ui) fn new(meters: Arc<Meters>, microphone: String, notice: Option<String>, with: Participants) -> Self {
        let running = RunningRecording { meters, microphone, notice, gaps: Vec::new(), near_at: Millis::ZERO, has_heard: false, looked: Instant::now() };
        Self { running: Some(running), ..Self::waiting(with) }
    }

    /// Nothing had been heard for a while; it goes on.
    pub(in crate::ui) fn goes_on(&mut self, microphone: String, gap: Span) {
        if let Some(running) = &mut self.running {
            running.notice = Some(format!("From {} to {} nothing was heard. That stretch is silent and marked. Recording continues.", gap.start(), gap.end()));
            running.microphone = microphone;
            running.gaps.push(gap);
        }
    }

    /// What was said, as far as it is transcribed now: words are of somebody near.
    pub(in crate::ui) fn hears(&mut self, live: LiveText) {
        if let Some(running) = &mut self.running
            && live.turns != self.live.turns
        {
            running.near_at = running.meters.read().elapsed;
            running.has_heard = true;
        }
        self.live = live;
    }

    /// Looks whether anybody is near; true when it was forgotten and is to be stopped, once.
    pub(in crate::ui) fn watch(&mut self, stops: bool) -> bool {
        let Some(running) = &mut self.running else { return false };
        let reading = running.meters.read();
        let is_near = matches!(reading.advice, LevelAdvice::Good | LevelAdvice::Clipping);
        running.has_heard |= is_near;
        if is_near || running.looked.elapsed() > UNSEEN {
            running.near_at = reading.elapsed;
        }
        running.looked = Instant::now();
        // Where the microphone is so quiet that it never heard anybody well, it says nothing about who is near: it is only asked.
        let stops = stops && running.has_heard;
        let is_to_stop = forgotten(running.near_at, reading.elapsed, stops) == ForgottenRecording::Stop && !std::mem::replace(&mut self.stopping, true);
        self.was_forgotten |= is_to_stop;
        is_to_stop
    }

    /// Over the screen, when nobody has been near for long.
    fn forgotten_ui(&mut self, ui: &mut Ui, full: Rect, stops: bool, out: &mut Vec<Action>) -> Rect {
        let Some(running) = &mut self.running else { return full };
        let now = running.meters.read().elapsed;
        if forgotten(running.near_at, now, stops) == ForgottenRecording::No {
            return full;
        }
        let palette = palette(ui);
        let then = if stops && running.has_heard { " After 30 minutes it stops and is saved." } else { "" };
        let says = format!("No one has spoken near the microphone for {} minutes. Still recording?{then}", (now - running.near_at).0 / 60_000);
        let (mut goes_on, mut stop) = (false, false);
        let rest = overlays::notice_ui(ui, full, (icons::CLOCK, palette.paper, palette.ink2), "A forgotten recording?", &says, |ui| {
            goes_on = widgets::Button::new(widgets::Kind::Primary, "Keep recording").small().show(ui).clicked();
            stop = widgets::Button::new(widgets::Kind::Secondary, "Stop now").small().show(ui).clicked();
        });
        if goes_on {
            running.near_at = now;
        }
        if stop {
            self.stop(out);
        }
        rest
    }

    pub(in crate::ui) fn has_begun(&self) -> bool {
        self.running.is_some()
    }

    pub(in crate::ui) fn ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) {
        let palette = palette(ui);
        let full = ui.max_rect();
        ui.painter().rect_filled(full, 0, palette.quiet);
        let Some(running) = &self.running else {
            // A sound server that hangs answers never; waiting for it is the teacher's to end.
            let middle = Rect::from_center_size(full.center(), vec2(320.0, 120.0));
            return widgets::area(ui, middle, |ui| {
                ui.vertical_centered(|ui| {
                    widgets::label(ui, theme::CARD_TITLE, palette.ink2, "Opening the microphone…");
                    ui.add_space(16.0);
                    if widgets::Button::new(widgets::Kind::Secondary, "Cancel").show(ui).clicked() {
                        out.push(Action::Do(RecordingCommand::CancelStart.into()));
                    }
                });
            });
        };
        let reading = running.meters.read();
        let full = self.forgotten_ui(ui, full, state.settings.stops_forgotten, out);
        self.top_ui(ui, palette, state, Rect::from_min_size(full.min + vec2(40.0, 16.0), vec2(full.width() - 80.0, 48.0)), out);
        let Some(running) = &self.running else { return };
        let small = full.height() < theme::SMALL_HEIGHT;
        let timer_y = full.top()
            + if self.hidden {
                full.height() * 0.4
            } else if small {
                110.0
            } else {
                134.0
            };
        let timer = if reading.elapsed.0 >= 3_600_000 { theme::Type { size: 60.0, ..theme::TIMER } } else { theme::TIMER };
        ui.painter().text(pos2(full.center().x, timer_y), Align2::CENTER_CENTER, reading.elapsed.clock(), timer.font(), palette.ink);
        let timer = ui.interact(Rect::from_center_size(pos2(full.center().x, timer_y), vec2(200.0, 80.0)), ui.scope_id().with("timer"), Sense::hover());
        timer.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Recorded {}", reading.elapsed)));
        if let Some((trouble, color)) = trouble(&reading, palette) {
            let line = pos2(full.center().x, timer_y + 52.0);
            let text = ui.painter().text(line, Align2::CENTER_CENTER, trouble, theme::BUTTON.font(), color);
            if reading.is_lost {
                widgets::paint_icon(ui, icons::WARNING, pos2(text.left() - 16.0, line.y), 20.0, color);
            }
            ui.interact(text, ui.scope_id().with("state"), Sense::hover()).widget_info(|| WidgetInfo::labeled(Role::Label, true, trouble));
        }
        let column = Rect::from_center_size(full.center(), vec2(960.0_f32.min(full.width() - 80.0), full.height()));
        let buttons = Rect::from_min_size(pos2(column.left(), full.bottom() - if small { 130.0 } else { 184.0 }), vec2(column.width(), 80.0));
        if !self.hidden {
            let wave = Rect::from_min_max(pos2(column.left(), timer_y + 72.0), pos2(column.right(), timer_y + 152.0));
            paint_wave(ui, palette, wave, running, &self.marks, reading.elapsed);
            let card = Rect::from_min_max(pos2(column.left(), wave.bottom() + 28.0), pos2(column.right(), buttons.top() - 24.0));
            let live = Some(&self.live).filter(|_| state.settings.live_text && state.settings.transcribe_when != TranscribeWhen::Afterwards);
            // At a table nobody has said yet which voice is whose.
            let alone = self.with.participants.first().filter(|_| self.with.at_the_table() == 1);
            let name = alone.and_then(|id| state.student(*id)).map(|student| student.name.as_str());
            text_card(ui, card, running, &reading, live.map(|live| (live, name)));
        }
        self.buttons_ui(ui, palette, buttons, reading.is_paused, out);
        let count = match self.marks.len() {
            0 => "No moments marked yet".to_owned(),
            1 => "1 moment marked".to_owned(),
            count => format!("{count} moments marked"),
        };
        let lost = if reading.dropped_frames > 0 { " · some sound was lost, silent there and marked" } else { "" };
        let foot = if self.stopping { "Saving…".to_owned() } else { format!("{count} · saved as you go, so nothing is lost if the laptop closes{lost}") };
        ui.painter().text(pos2(full.center().x, buttons.bottom() + 27.0), Align2::CENTER_CENTER, foot, theme::BODY.font(), palette.ink2);
        self.keys(ui, reading.is_paused, out);
    }

    fn top_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, rect: Rect, out: &mut Vec<Action>) {
        let students = names_of(self.with.participants.iter().filter_map(|id| state.student(*id))).unwrap_or_default();
        let reading = self.running.as_ref().map(|running| running.meters.read());
        let is_paused = reading.is_some_and(|reading| reading.is_paused);
        // Nothing is taken down while it is paused: the meter rests.
        let level = reading.filter(|reading| !reading.is_paused).map_or(0.0, |reading| reading.level);
        widgets::area(ui, rect, |ui| {
            ui.horizontal_centered(|ui| {
                let (dot, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
                if is_paused {
                    widgets::paint_icon(ui, icons::PAUSE.fill(), dot.center(), 14.0, palette.ink2);
                } else {
                    ui.painter().circle_filled(dot.center(), 5.0, palette.rose);
                }
                widgets::line(ui, theme::BUTTON, palette.ink, if is_paused { "Paused" } else { "Recording" });
                widgets::line(ui, theme::BODY, palette.ink2, students);
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    widgets::toggle(ui, &mut self.hidden, "Show only the timer");
                    ui.add_space(4.0);
                    widgets::line(ui, theme::BODY, palette.ink2, "Show only the timer");
                    ui.label(icons::MOON.text(20.0, palette.ink2));
                    ui.add_space(32.0);
                    if !self.hidden {
                        let mut live_text = state.settings.live_text;
                        if widgets::toggle(ui, &mut live_text, "Live text") {
                            out.push(Action::Do(LibraryCommand::ChangeSetting(SettingsChange::LiveText(live_text)).into()));
                        }
                        ui.add_space(4.0);
                        widgets::line(ui, theme::BODY, palette.ink2, "Live text");
                        ui.add_space(32.0);
                        charts::level_meter(ui, 14, 16.0, level, palette.edge, palette.line);
                        ui.label(icons::MICROPHONE.text(20.0, palette.ink2));
                    }
                });
            });
        });
    }

    fn buttons_ui(&mut self, ui: &mut Ui, palette: &Palette, rect: Rect, paused: bool, out: &mut Vec<Action>) {
        let side = 216.0_f32.min(rect.width() * 0.25);
        let pause = Rect::from_min_size(rect.min, vec2(side, 80.0));
        let stop = Rect::from_min_size(pos2(rect.right() - side, rect.top()), vec2(side, 80.0));
        let mark = Rect::from_min_max(pos2(pause.right() + 16.0, rect.top()), pos2(stop.left() - 16.0, rect.bottom()));
        let (icon, text) = if paused { (icons::PLAY, "Resume") } else { (icons::PAUSE, "Pause") };
        if big_button(ui, pause, text, None, palette.ink2).clicked() {
            out.push(Action::Do(if paused { Command::Recording(RecordingCommand::Resume) } else { Command::Recording(RecordingCommand::Pause) }));
        }
        paint_label(ui, pause, (icon, palette.ink), text, palette.ink, theme::CARD_TITLE);
        if big_button(ui, mark, "Mark this moment", Some(palette.ink2), palette.ink2).clicked() {
            out.push(Action::Do(RecordingCommand::Mark.into()));
        }
        let front = palette.quiet;
        paint_label(
            ui,
            mark.translate(vec2(-20.0, 0.0)),
            (icons::BOOKMARK_SIMPLE, front),
            "Mark this moment",
            front,
            theme::Type { size: 20.0, line: 24.0, bold: true },
        );
        let cap = Rect::from_center_size(pos2(mark.center().x + 112.0, mark.center().y), vec2(26.0, 24.0));
        ui.painter().rect_stroke(cap, CornerRadius::same(6), Stroke::new(1.0, front), StrokeKind::Inside);
        ui.painter().text(cap.center(), Align2::CENTER_CENTER, "M", theme::SMALL_BOLD.font(), front);
        if big_button(ui, stop, "Stop and save", None, palette.ink2).clicked() {
            self.stop(out);
        }
        paint_label(ui, stop, (icons::STOP, palette.rose), "Stop and save", palette.ink, theme::CARD_TITLE);
    }

    fn stop(&mut self, out: &mut Vec<Action>) {
        if !std::mem::replace(&mut self.stopping, true) {
            out.push(Action::Do(RecordingCommand::Stop.into()));
        }
    }

    fn keys(&mut self, ui: &mut Ui, paused: bool, out: &mut Vec<Action>) {
        let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
        // No single key can stop it.
        if pressed(Modifiers::COMMAND, Key::S) {
            self.stop(out);
        }
        if pressed(Modifiers::NONE, Key::M) || pressed(Modifiers::NONE, Key::Space) {
            out.push(Action::Do(RecordingCommand::Mark.into()));
        }
        if pressed(Modifiers::NONE, Key::P) {
            out.push(Action::Do(if paused { Command::Recording(RecordingCommand::Resume) } else { Command::Recording(RecordingCommand::Pause) }));
        }
    }
}

fn big_button(ui: &mut Ui, rect: Rect, name: &str, fill: Option<Color32>, edge: Color32) -> Response {
    let palette = palette(ui);
    let response = ui.interact(rect, ui.scope_id().with(("recording", name)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let radius = CornerRadius::same(12);
    match fill {
        Some(fill) => ui.painter().rect_filled(rect, radius, if response.hovered() { palette.ink } else { fill }),
        None => {
            if response.hovered() {
                ui.painter().rect_filled(rect, radius, palette.raise);
            }
            ui.painter().rect_stroke(rect, radius, Stroke::new(1.0, edge), StrokeKind::Inside)
        }
    };
    widgets::focus_ring(ui, &response, rect, radius);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

fn paint_label(ui: &Ui, rect: Rect, icon: (icons::Icon, Color32), text: &str, color: Color32, role: theme::Type) {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), role.font(), color);
    let left = rect.center().x - (galley.size().x + 36.0) / 2.0;
    widgets::paint_icon(ui, icon.0, pos2(left + 12.0, rect.center().y), 24.0, icon.1);
    ui.painter().galley(pos2(left + 36.0, rect.center().y - galley.size().y / 2.0), galley, color);
}

/// The last minute, newest at the right, with the marks in it.
fn paint_wave(ui: &Ui, palette: &Palette, rect: Rect, running: &RunningRecording, marks: &[Millis], elapsed: Millis) {
    let history = &running.meters.history();
    let bars = 160;
    let step = rect.width() / bars as f32;
    let per_bar = crate::work::HISTORY.div_ceil(bars);
    let middle = rect.center().y;
    for bar in 0..bars {
        let newest = history.len() as isize - (bar * per_bar) as isize;
        let oldest = (newest - per_bar as isize).max(0);
        if newest <= 0 {
            break;
        }
        let level = history[oldest as usize..newest as usize].iter().copied().max().unwrap_or(0);
        // From about -48 dBFS up: below that is the room.
        let height = 3.0 + ((f32::from(level) / 255.0 - 0.2).max(0.0) / 0.8).powf(1.3) * (rect.height() - 6.0);
        let x = rect.right() - bar as f32 * step - step;
        ui.painter().rect_filled(Rect::from_center_size(pos2(x, middle), vec2(3.0, height)), CornerRadius::same(1), palette.edge);
    }
    ui.painter().vline(rect.right(), rect.y_range(), Stroke::new(2.0, palette.ink2));
    let minute = ENVELOPE_STEP.secs() * crate::work::HISTORY as f64;
    for gap in running.gaps.iter().filter(|gap| (elapsed - gap.end()).secs() < minute) {
        let x = |at: Millis| (rect.right() - ((elapsed - at).secs() / minute) as f32 * rect.width()).max(rect.left());
        let hole = Rect::from_min_max(pos2(x(gap.start()), rect.top() + 8.0), pos2(x(gap.end()), rect.bottom() - 8.0));
        ui.painter().rect_filled(hole, CornerRadius::same(4), palette.rose_tint);
        ui.painter().text(hole.center(), Align2::CENTER_CENTER, "not heard", theme::SMALL.font(), palette.ink2);
    }
    for mark in marks {
        let ago = (elapsed - *mark).secs();
        if ago >= 0.0 && ago < minute {
            let x = rect.right() - (ago / minute) as f32 * rect.width();
            for dot in 0..12 {
                ui.painter().circle_filled(pos2(x, rect.top() + 8.0 + dot as f32 * 6.0), 1.0, palette.rose);
            }
            widgets::paint_icon(ui, icons::BOOKMARK_SIMPLE.fill(), pos2(x, rect.top() - 4.0), 18.0, palette.rose);
            ui.painter().text(pos2(x + 12.0, rect.top() - 4.0), Align2::LEFT_CENTER, mark.clock(), theme::SECONDARY.font(), palette.ink2);
        }
    }
}

/// What stands under the time when it is not simply recording.
fn trouble(reading: &MeterReading, palette: &Palette) -> Option<(&'static str, Color32)> {
    if reading.is_lost {
        Some(("No sound arrives from the microphone", palette.rose))
    } else if reading.advice == LevelAdvice::NoSignal {
        Some(("The microphone gives only silence", palette.rose))
    } else {
        reading.is_paused.then_some(("Paused. The clock stands still", palette.ink2))
    }
}

fn text_card(ui: &mut Ui, rect: Rect, running: &RunningRecording, reading: &MeterReading, live: Option<(&LiveText, Option<&str>)>) {
    let palette = palette(ui);
    if rect.height() < 60.0 {
        return;
    }
    ui.painter().rect_filled(rect, CornerRadius::same(12), palette.paper);
    widgets::area(ui, rect.shrink(24.0), |ui| {
        if let Some(notice) = &running.notice {
            widgets::label(ui, theme::BUTTON, palette.ink, notice.clone());
        }
        let advice = match reading.advice {
            _ if reading.is_lost => {
                Some("Everything up to now is saved. Check the cable. Afterbell keeps trying, and continues with another microphone if there is one.")
            }
            LevelAdvice::TooQuiet => Some("A bit quiet. Move the microphone nearer if you can."),
            LevelAdvice::Clipping => Some("Too loud, move back a little."),
            LevelAdvice::NoSignal => Some("Is it muted? Everything up to now is saved."),
            LevelAdvice::Good | LevelAdvice::Listening => None,
        };
        if let Some(advice) = advice {
            widgets::label(ui, theme::Type { bold: true, ..theme::TRANSCRIPT }, palette.ink, advice);
        }
        if let Some((live, name)) = live.filter(|(live, _)| live.without_words.is_none()) {
            let left = Rect::from_min_max(pos2(rect.left() + 24.0, ui.cursor().top()), rect.max - vec2(24.0, 16.0));
            return words_ui(ui, palette, left, live, name, reading);
        }
        let forget = if live.is_some() { "You can forget the laptop now. The words are transcribed after you stop." } else { "You can forget the laptop now." };
        widgets::label(ui, theme::TRANSCRIPT, palette.ink2, forget);
        if let Some(room) = reading.room.filter(|_| reading.has_little_room()) {
            widgets::label(ui, theme::Type { bold: true, ..theme::TRANSCRIPT }, palette.rose, little_room(room));
        }
        let room = reading.room.map_or(String::new(), |room| format!(" · room for about {} more", room_in_words(room)));
        widgets::label(ui, theme::SECONDARY, palette.ink2, format!("Listening with {}{room}", running.microphone));
    });
}

/// Words this far behind are said to be: below it they come with each pause.
const FAR_BEHIND: Millis = Millis(20_000);

/// The last turns, as many as there is room for, and what is being done.
fn words_ui(ui: &mut Ui, palette: &Palette, rect: Rect, live: &LiveText, name: Option<&str>, reading: &MeterReading) {
    let foot = rect.bottom() - 12.0;
    let state = if let Some(room) = reading.room.filter(|_| reading.has_little_room()) {
        little_room(room)
    } else if live.behind >= FAR_BEHIND {
        format!("Words {} behind. Nothing is lost: they are finished after you stop.", spoken(live.behind))
    } else {
        "listening… The last words may still change.".to_owned()
    };
    widgets::paint_icon(ui, icons::WAVEFORM, pos2(rect.left() + 8.0, foot), 18.0, palette.ink2);
    let line = ui.painter().text(pos2(rect.left() + 24.0, foot), Align2::LEFT_CENTER, &state, theme::SECONDARY.font(), palette.ink2);
    ui.interact(line, ui.scope_id().with("live state"), Sense::hover()).widget_info(|| WidgetInfo::labeled(Role::Label, true, &state));
    let who = |speaker: Speaker| match speaker {
        Speaker::Teacher => "You".to_owned(),
        Speaker::Student(1) => name.map_or_else(|| "Student".to_owned(), str::to_owned),
        Speaker::Student(number) => format!("Student {number}"),
        Speaker::Other => "Other".to_owned(),
        Speaker::Unknown => String::new(),
    };
    let bold = theme::Type { bold: true, ..theme::TRANSCRIPT };
    // As wide as the longest name; one that is longer than a third of the card breaks.
    let width_of = |name: String| ui.painter().layout_no_wrap(name, bold.font(), palette.ink).size().x;
    let longest = live.turns.iter().map(|(speaker, _)| width_of(who(*speaker))).fold(64.0, f32::max);
    let names = Rect::from_min_max(rect.min, pos2(rect.left() + longest.min(rect.width() / 3.0) + 8.0, foot - 24.0));
    let texts = Rect::from_min_max(pos2(names.right() + 8.0, rect.top()), pos2(rect.right(), names.bottom()));
    let mut bottom = texts.bottom();
    for (index, (speaker, text)) in live.turns.iter().enumerate().rev() {
        let said = Laid::out(ui.painter(), LayoutJob::simple(text.clone(), theme::TRANSCRIPT.font(), palette.ink2, texts.width()));
        let who = who(*speaker);
        let named = ui.painter().layout(who.clone(), bold.font(), palette.speaker(*speaker), names.width());
        let top = bottom - said.size().y.max(named.size().y);
        // The newest turn is shown even when only its end fits.
        if top < texts.top() && index + 1 < live.turns.len() {
            break;
        }
        let row = Rect::from_min_max(pos2(texts.left(), top.max(texts.top())), pos2(texts.right(), bottom));
        said.paint(&ui.painter().with_clip_rect(row), pos2(row.left(), top));
        let beside = Rect::from_min_max(pos2(names.left(), row.top()), pos2(names.right(), row.bottom()));
        ui.painter().with_clip_rect(beside).galley(beside.min, named, palette.ink);
        let label = if who.is_empty() { text.clone() } else { format!("{who}: {text}") };
        ui.interact(row, ui.scope_id().with(("live turn", index)), Sense::hover()).widget_info(|| WidgetInfo::labeled(Role::Label, true, &label));
        bottom = top - 16.0;
        if bottom < texts.top() {
            break;
        }
    }
}

fn spoken(behind: Millis) -> String {
    let secs = behind.0 / 1000;
    if secs < 90 { format!("{} s", secs / 5 * 5) } else { format!("{} min", (secs + 30) / 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_asked_about_after_ten_minutes_without_anybody_and_stopped_after_thirty() {
        let after = |minutes: i64, stops| forgotten(Millis(5 * 60_000), Millis((5 + minutes) * 60_000), stops);
        assert_eq!(
            [9, 10, 29, 30, 90].map(|minutes| after(minutes, true)),
            [ForgottenRecording::No, ForgottenRecording::Ask, ForgottenRecording::Ask, ForgottenRecording::Stop, ForgottenRecording::Stop]
        );
        assert_eq!(after(90, false), ForgottenRecording::Ask, "only asked, as was chosen");
    }
}
