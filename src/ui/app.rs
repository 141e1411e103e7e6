//! The window: drains events, draws the one screen there is, hands on what it asks for. It never reads, writes, waits or spawns.

mod events;
mod navigation;
mod rail;
mod shortcuts;

use crate::conference::Millis;
use crate::error::{Error, ErrorKind, Result};
use crate::settings::Folders;
use crate::ui::dialogs::import_dialog::{ImportDialog, reports_ui};
use crate::ui::dialogs::overlays::{self, Toast, Toasts};
use crate::ui::dialogs::paste_dialog::PasteDialog;
use crate::ui::dialogs::share_dialog::ShareDialog;
use crate::ui::dialogs::teacher_dialog::TeacherDialog;
use crate::ui::kit::app_state::{Action, AppState};
use crate::ui::kit::overlay;
use crate::ui::kit::theme::{self, palette};
use crate::ui::kit::widgets;
use crate::ui::reflect::conference_screen::ConferenceScreen;
use crate::ui::screens::conferences::ConferencesScreen;
use crate::ui::screens::deleted::DeletedScreen;
use crate::ui::screens::received::ReceivedScreen;
use crate::ui::screens::record::{RecordScreen, no_microphone};
use crate::ui::screens::recording::RecordingScreen;
use crate::ui::screens::settings::SettingsScreen;
use crate::ui::screens::welcome::WelcomeScreen;
use crate::work::{
    AnalysisCommand, Command, Desk, Event, FileReport, LibraryCommand, MicrophoneCommand, OpeningStage, PlayerCommand, RecordingCommand, Ticket, VoiceCommand,
};
use egui::{Rect, Ui, pos2, vec2};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// Thirty frames a second for the playing word; fifteen are enough for a level meter and a clock.
const PLAYING_FRAME: Duration = Duration::from_millis(33);
const METER_FRAME: Duration = Duration::from_millis(66);
/// While no microphone answers, it is looked for again this often.
const LOOK_AGAIN: Duration = Duration::from_secs(3);

/// What stands at the bottom while recording: toasts stay above it.
const RECORDING_BUTTONS: f32 = 176.0;

/// Opens the window and stays until it is closed.
///
/// # Errors
/// When no window can be opened.
pub fn run(folders: Folders) -> Result<()> {
    let viewport =
        egui::ViewportBuilder::default().with_title("Afterbell").with_app_id("afterbell").with_inner_size([1366.0, 768.0]).with_min_inner_size([1024.0, 640.0]);
    let viewport = match eframe::icon_data::from_png_bytes(include_bytes!("../../assets/icon.png")) {
        Ok(icon) => viewport.with_icon(icon),
        Err(err) => {
            tracing::warn!("the icon: {err}");
            viewport
        }
    };
    let options = eframe::NativeOptions { viewport, persist_window: false, ..eframe::NativeOptions::default() };
    eframe::run_native("Afterbell", options, Box::new(move |context| Ok(Box::new(App::open(&context.egui_ctx, folders)))))
        .map_err(|err| Error::new(ErrorKind::Bug, "opening the window", err.to_string()))
}

enum Screen {
    /// The library is being opened; what is done for it, once it is known.
    Starting(Option<OpeningStage>),
    /// The library cannot be opened; the sentence says why.
    Broken(String),
    Welcome(WelcomeScreen),
    Record(RecordScreen),
    Conferences(ConferencesScreen),
    Conference(Box<ConferenceScreen>),
    Mentor(Box<ReceivedScreen>),
    Deleted(DeletedScreen),
    Settings(SettingsScreen),
}

/// What will be gone to once it is there, unless the teacher goes somewhere else first: a late answer takes nobody away from another screen.
#[derive(Debug, Clone, Copy, PartialEq)]
enum AwaitedScreen {
    Nothing,
    /// A conference that is opened, to be shown at this moment.
    Conference(Ticket, Option<Millis>),
    /// A colleague's conference that is opened.
    Shared(Ticket),
    /// The sample.
    Sample,
    /// What a colleague sent.
    Bundle,
    /// A recording that was cut off and is to be kept.
    Kept,
}

/// The whole window.
pub struct App {
    send: Box<dyn Fn(Command)>,
    events: Receiver<Event>,
    /// Kept so that its threads live as long as the window.
    desk: Option<Arc<Desk>>,
    state: AppState,
    screen: Screen,
    /// The list as it was left: its search, its filters. Back goes there.
    left_list: Option<ConferencesScreen>,
    /// Over everything while a recording runs.
    recording: Option<RecordingScreen>,
    awaited: AwaitedScreen,
    /// The conference on screen was asked for anew, because something else than the teacher changed it.
    refreshing: Option<Ticket>,
    share: Option<ShareDialog>,
    /// Recordings whose students are being asked for.
    whose: Option<ImportDialog>,
    /// A typed transcript is pasted, or was and is not a conference yet.
    paste: Option<PasteDialog>,
    /// What there is to say of files that were imported.
    reports: Vec<FileReport>,
    /// Transcripts in which it is asked who is the teacher, one after the other.
    teachers: VecDeque<TeacherDialog>,
    toasts: Toasts,
    keys_shown: bool,
    /// Closing was asked for while recording.
    close_asked: bool,
    closing: bool,
    monitoring: bool,
    /// Whether the window had the focus, and when microphones were last looked for.
    was_focused: bool,
    looked: Instant,
    /// The system asked the program to end: logging out, shutting down.
    told_to_end: Arc<AtomicBool>,
}

impl App {
    /// With a real desk behind it.
    fn open(ctx: &egui::Context, folders: Folders) -> Self {
        theme::install(ctx);
        let waker = ctx.clone();
        match Desk::start(folders, Arc::new(move || waker.request_repaint())) {
            Ok((desk, events)) => {
                let desk = Arc::new(desk);
                let hand = Arc::clone(&desk);
                let mut app = Self::new(Box::new(move |command| hand.send(command)), events);
                app.desk = Some(desk);
                let (told, waker) = (Arc::clone(&app.told_to_end), ctx.clone());
                let on_signal = move || {
                    told.store(true, Ordering::Relaxed);
                    waker.request_repaint();
                };
                if let Err(err) = ctrlc::set_handler(on_signal) {
                    tracing::warn!("the system's word to end cannot be heard: {err}");
                }
                app
            }
            Err(err) => {
                tracing::error!("{err}");
                let (_, events) = std::sync::mpsc::sync_channel(1);
                let mut app = Self::new(Box::new(drop), events);
                app.screen = Screen::Broken(err.advice().to_owned());
                app
            }
        }
    }

    /// With any two ends (tests give their own).
    #[must_use]
    pub fn new(send: Box<dyn Fn(Command)>, events: Receiver<Event>) -> Self {
        Self {
            send,
            events,
            desk: None,
            state: AppState::default(),
            screen: Screen::Starting(None),
            left_list: None,
            recording: None,
            awaited: AwaitedScreen::Nothing,
            refreshing: None,
            share: None,
            whose: None,
            paste: None,
            reports: Vec::new(),
            teachers: VecDeque::new(),
            toasts: Toasts::default(),
            keys_shown: false,
            close_asked: false,
            closing: false,
            monitoring: false,
            was_focused: false,
            looked: Instant::now(),
            told_to_end: Arc::default(),
        }
    }

    /// Takes what the desk has to say.
    pub fn drain(&mut self, ctx: &egui::Context) {
        self.state.now_unix_ms = jiff::Timestamp::now().as_millisecond();
        while let Ok(event) = self.events.try_recv() {
            self.hear(ctx, event);
        }
        let stops = self.state.settings.stops_forgotten;
        if self.recording.as_mut().is_some_and(|screen| screen.watch(stops)) {
            (self.send)(RecordingCommand::Stop.into());
        }
        if self.recording.is_some() {
            // A window that is hidden draws nothing, and looks all the same.
            ctx.request_repaint_after(LOOK_AGAIN);
        }
        if self.told_to_end.load(Ordering::Relaxed) && !self.closing {
            // No time to ask: a recording is stopped and saved as the window closes.
            self.keep_all();
            self.closing = true;
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        self.keep_due();
    }

    /// Draws everything.
    pub fn draw(&mut self, ui: &mut Ui) {
        overlay::begin(ui.ctx());
        let palette = palette(ui);
        let full = ui.max_rect();
        ui.painter().rect_filled(full, 0, palette.paper);
        let mut actions = Vec::new();
        if self.recording.is_some() {
            let rest = overlays::notices_ui(ui, full, &mut self.state, &mut actions);
            if let Some(screen) = &mut self.recording {
                widgets::area(ui, rest, |ui| screen.ui(ui, &self.state, &mut actions));
            }
        } else {
            let has_rail = !matches!(self.screen, Screen::Welcome(_) | Screen::Starting(_) | Screen::Broken(_));
            if has_rail {
                self.rail_ui(ui, Rect::from_min_size(full.min, vec2(theme::RAIL, full.height())), &mut actions);
            }
            let left = if has_rail { theme::RAIL } else { 0.0 };
            let rest = Rect::from_min_max(pos2(full.left() + left, full.top()), full.max);
            let rest = overlays::notices_ui(ui, rest, &mut self.state, &mut actions);
            widgets::area(ui, rest, |ui| match &mut self.screen {
                Screen::Starting(stage) => overlays::opening_ui(ui, *stage),
                Screen::Broken(advice) => overlays::broken_ui(ui, advice),
                Screen::Welcome(screen) => screen.ui(ui, &self.state, &mut actions),
                Screen::Record(screen) => screen.ui(ui, &self.state, &mut actions),
                Screen::Conferences(screen) => screen.ui(ui, &self.state, &mut actions),
                Screen::Conference(screen) => screen.ui(ui, &self.state, &mut actions),
                Screen::Mentor(screen) => screen.ui(ui, &self.state, &mut actions),
                Screen::Deleted(screen) => screen.ui(ui, &self.state, &mut actions),
                Screen::Settings(screen) => screen.ui(ui, &self.state, &mut actions),
            });
        }
        let is_open = !matches!(self.screen, Screen::Starting(_) | Screen::Broken(_));
        if is_open && self.recording.is_none() {
            overlays::interrupted_ui(ui, &mut self.state, &mut actions);
        }
        if self.recording.is_none() {
            reports_ui(ui, &mut self.reports, &mut actions);
        }
        // Nothing comes between the teacher and a recording: what is to be asked waits.
        let asks = self.recording.is_none();
        if asks && self.whose.as_mut().is_some_and(|dialog| dialog.ui(ui, &self.state, &mut actions)) {
            self.whose = None;
        }
        if asks && self.paste.as_mut().is_some_and(|dialog| dialog.ui(ui, &self.state, &mut actions)) {
            self.paste = None;
        }
        if asks
            && self.whose.is_none()
            && self.teachers.front_mut().is_some_and(|dialog| dialog.ui(ui, &mut actions))
            && let Some(dialog) = self.teachers.pop_front()
            && dialog.is_of_paste()
            && actions.is_empty()
        {
            // It was not answered: what was pasted is there again.
            self.paste.iter_mut().for_each(PasteDialog::show_again);
        }
        if asks && self.share.as_mut().is_some_and(|dialog| dialog.ui(ui, &self.state, &mut actions)) {
            self.share = None;
        }
        overlays::keys_ui(ui, &mut self.keys_shown);
        self.closing(ui);
        let left = if self.recording.is_some() { theme::MARGIN } else { theme::RAIL + theme::MARGIN };
        let below = match &self.screen {
            _ if self.recording.is_some() => RECORDING_BUTTONS,
            Screen::Conference(screen) => screen.transport_height() + theme::GAP,
            _ => 0.0,
        };
        self.toasts.ui(ui, left, theme::MARGIN + below, &mut actions);
        self.shortcuts(ui, &mut actions);
        // Before the commands that follow from them: what is shared, or opened again, has them in it.
        self.keep_due();
        for action in actions {
            self.dispatch(ui.ctx(), action);
        }
        self.pace(ui.ctx());
    }

    fn dispatch(&mut self, ctx: &egui::Context, action: Action) {
        match action {
            Action::Go(place) => self.go(place),
            Action::Toast(text, undo) => self.toasts.push(Toast::with_undo(text, undo.map(Action::Do))),
            Action::Stepped(text) => self.toasts.push(Toast::step(text)),
            Action::Edited(text) => {
                if let Screen::Conference(screen) = &mut self.screen {
                    let undo = Action::UndoEdit(screen.record().data().id, screen.session().last_change());
                    self.toasts.push(Toast::with_undo(text, Some(undo)));
                }
            }
            // Only while it is the last thing that was done.
            Action::UndoEdit(id, change) => {
                if let Screen::Conference(screen) = &mut self.screen
                    && screen.record().data().id == id
                    && change.is_some()
                    && screen.session().last_change() == change
                    && let Some(said) = screen.step_back(false)
                {
                    self.toasts.push(Toast::step(said));
                }
            }
            Action::Share(ids, title) => self.share(ids, title),
            Action::ImportTyped(student) => self.paste.get_or_insert_with(|| PasteDialog::new(student)).show_again(),
            Action::ShowKeys => self.keys_shown = !self.keys_shown,
            Action::Do(Command::Recording(RecordingCommand::Start(with))) => {
                self.monitoring = false;
                self.awaited = AwaitedScreen::Nothing;
                self.state.problem = None;
                self.recording = Some(RecordingScreen::waiting(with.clone()));
                (self.send)(RecordingCommand::Start(with).into());
            }
            Action::Do(Command::Library(LibraryCommand::ChangeSetting(change))) => {
                let before = self.state.settings.clone();
                change.apply(&mut self.state.settings);
                let settings = &self.state.settings;
                theme::choose(ctx, settings.theme, settings.text_size);
                let other_microphone = settings.microphone != before.microphone;
                if settings.sound != before.sound {
                    (self.send)(PlayerCommand::Sound(settings.sound.clone()).into());
                }
                (self.send)(LibraryCommand::ChangeSetting(change).into());
                if other_microphone && self.monitoring {
                    (self.send)(MicrophoneCommand::Monitor(true).into());
                }
            }
            Action::Do(Command::Voice(VoiceCommand::ReadAloud(true))) => {
                // One of the two at a time listens to the microphone.
                self.state.reading = Some(Default::default());
                (self.send)(MicrophoneCommand::Monitor(false).into());
                self.monitoring = false;
                (self.send)(VoiceCommand::ReadAloud(true).into());
            }
            Action::Do(command) => {
                match &command {
                    Command::Analysis(AnalysisCommand::AddSample(_)) => self.awaited = AwaitedScreen::Sample,
                    Command::Recording(RecordingCommand::KeepInterrupted(_)) => self.awaited = AwaitedScreen::Kept,
                    _ => {}
                }
                (self.send)(command);
            }
        }
    }

    /// Asks for the next frame only when something moves.
    fn pace(&mut self, ctx: &egui::Context) {
        let wants_level = self.recording.is_none()
            && self.state.reading.is_none()
            && self.state.problem.as_ref().is_none_or(|problem| problem.kind != ErrorKind::NoMicrophone)
            && matches!(self.screen, Screen::Record(_) | Screen::Settings(_));
        if wants_level != self.monitoring {
            self.monitoring = wants_level;
            if !wants_level {
                self.state.monitor = None;
            }
            if self.recording.is_none() {
                (self.send)(MicrophoneCommand::Monitor(wants_level).into());
            }
        }
        self.look_again(ctx);
        let playing = self.state.listening.as_ref().is_some_and(|(_, playhead)| playhead.is_playing());
        let focused = ctx.input(|input| input.focused);
        if playing {
            ctx.request_repaint_after(PLAYING_FRAME);
        } else if self.recording.is_some() || (self.state.monitor.is_some() && focused) {
            ctx.request_repaint_after(METER_FRAME);
        }
        if let Screen::Conference(screen) = &mut self.screen
            && let Some(wait) = screen.session().due_in(Instant::now())
        {
            ctx.request_repaint_after(wait);
        }
        if let Some(stay) = self.toasts.stay() {
            ctx.request_repaint_after(stay);
        }
    }

    /// The list of microphones is never old: it is asked for when a screen that shows it opens, when the window is turned to, and while
    /// the microphone does not answer.
    fn look_again(&mut self, ctx: &egui::Context) {
        let focused = ctx.input(|input| input.focused);
        let turned_to = focused && !std::mem::replace(&mut self.was_focused, focused);
        let shows = self.recording.is_none() && matches!(self.screen, Screen::Record(_) | Screen::Settings(_));
        if !shows {
            return;
        }
        let is_deaf = no_microphone(&self.state) || self.state.monitor.as_ref().is_some_and(|(meters, _)| meters.read().is_lost);
        if turned_to || (is_deaf && focused && self.looked.elapsed() >= LOOK_AGAIN) {
            self.looked = Instant::now();
            (self.send)(MicrophoneCommand::List.into());
            if is_deaf && self.monitoring {
                (self.send)(MicrophoneCommand::Monitor(true).into());
            }
        }
        if is_deaf {
            ctx.request_repaint_after(LOOK_AGAIN);
        }
    }
}

impl eframe::App for App {
    fn logic(&mut self, ctx: &egui::Context, _: &mut eframe::Frame) {
        self.drain(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        self.draw(ui);
    }

    fn on_exit(&mut self, _: Option<&eframe::glow::Context>) {
        self.keep_all();
        // Both hands on the desk are let go: its lanes end, a recording is stopped and saved.
        self.send = Box::new(drop);
        self.desk = None;
    }
}
