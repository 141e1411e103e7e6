//! The window: drains events, draws the one screen there is, hands on what it asks for. It never reads, writes, waits or spawns.

use crate::conference::{Change, ConferenceId, Millis, StudentId, names_of};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::Folders;
use crate::ui::dialogs::import_dialog::{ImportDialog, reports_ui};
use crate::ui::dialogs::overlays::{self, Closing, Toast};
use crate::ui::dialogs::paste_dialog::PasteDialog;
use crate::ui::dialogs::share_dialog::ShareDialog;
use crate::ui::dialogs::teacher_dialog::TeacherDialog;
use crate::ui::kit::app_state::{Ask, Place, Shared};
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, palette};
use crate::ui::kit::widgets;
use crate::ui::reflect::conference_screen::ConferenceScreen;
use crate::ui::screens::conferences::LibraryScreen;
use crate::ui::screens::deleted::DeletedScreen;
use crate::ui::screens::received::MentorScreen;
use crate::ui::screens::record::{RecordScreen, no_microphone};
use crate::ui::screens::recording::RecordingScreen;
use crate::ui::screens::settings::SettingsScreen;
use crate::ui::screens::welcome::WelcomeScreen;
use crate::work::incoming;
use crate::work::mentor::Arrived;
use crate::work::{
    AnalysisCommand, Command, DeletedKey, Desk, Event, FileReport, LibraryCommand, LibraryQuery, MicrophoneCommand, OpenDialog, OpeningStage, PlayerCommand,
    RecordingCommand, Ticket, VoiceCommand, With,
};
use egui::{CornerRadius, CursorIcon, Key, Modifiers, Rect, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
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
    Conferences(LibraryScreen),
    Conference(Box<ConferenceScreen>),
    Mentor(Box<MentorScreen>),
    Deleted(DeletedScreen),
    Settings(SettingsScreen),
}

/// What will be gone to once it is there, unless the teacher goes somewhere else first: a late answer takes nobody away from another screen.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Awaited {
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
    shared: Shared,
    screen: Screen,
    /// Over everything while a recording runs.
    recording: Option<RecordingScreen>,
    awaited: Awaited,
    /// The conference on screen was asked for anew, because something else than the teacher changed it.
    refreshing: Option<Ticket>,
    share: Option<ShareDialog>,
    /// Recordings whose students are being asked for.
    whose: Option<ImportDialog>,
    /// A typed transcript is pasted, or was and is not a conference yet.
    paste: Option<PasteDialog>,
    /// What there is to say of files that were brought in.
    reports: Vec<FileReport>,
    /// Transcripts in which it is asked who is the teacher, one after the other.
    teachers: VecDeque<TeacherDialog>,
    toast: Option<Toast>,
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
            shared: Shared::default(),
            screen: Screen::Starting(None),
            recording: None,
            awaited: Awaited::Nothing,
            refreshing: None,
            share: None,
            whose: None,
            paste: None,
            reports: Vec::new(),
            teachers: VecDeque::new(),
            toast: None,
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
        self.shared.now_unix_ms = jiff::Timestamp::now().as_millisecond();
        while let Ok(event) = self.events.try_recv() {
            self.hear(ctx, event);
        }
        if self.told_to_end.load(Ordering::Relaxed) && !self.closing {
            // No time to ask: a recording is stopped and saved as the window closes.
            self.keep_all();
            self.closing = true;
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
        }
        self.keep_due();
    }

    fn hear(&mut self, ctx: &egui::Context, event: Event) {
        match event {
            Event::Opening(stage) => self.screen = Screen::Starting(Some(stage)),
            Event::CannotOpen(problem) => self.screen = Screen::Broken(problem.advice),
            Event::Settings(settings) => {
                theme::choose(ctx, settings.theme, settings.text_size);
                self.shared.settings = *settings;
            }
            Event::Ready { settings, warnings } => {
                theme::choose(ctx, settings.theme, settings.text_size);
                let welcomed = settings.welcomed;
                self.shared.settings = *settings;
                self.go(match (self.shared.looking_only, welcomed) {
                    (true, _) => Place::Conferences,
                    (false, true) => Place::Record(None),
                    (false, false) => Place::Welcome,
                });
                if let Some(warning) = warnings.into_iter().next() {
                    self.toast = Some(Toast::new(warning));
                }
            }
            Event::LookingOnly => self.shared.looking_only = true,
            Event::Backups(backups) => self.shared.backups = Some(backups),
            Event::Microphones(microphones) => self.shared.microphones = Some(microphones),
            // One that opened after its screen was left is not looked at any more.
            Event::Monitoring { meters, microphone } if self.monitoring => self.shared.monitor = Some((meters, microphone)),
            Event::Monitoring { .. } => {}
            Event::RecordingStarted { meters, microphone, notice } => {
                let with = self.recording.take().map(|screen| screen.with).unwrap_or_default();
                self.shared.monitor = None;
                self.recording = Some(RecordingScreen::new(meters, microphone, notice, with));
            }
            Event::RecordingNotStarted => drop(self.recording.take_if(|screen| !screen.has_begun())),
            Event::Live(text) => self.recording.iter_mut().for_each(|screen| screen.live = (*text).clone()),
            Event::Marked(at) => self.recording.iter_mut().for_each(|screen| screen.marks.push(at)),
            Event::RecordingSaved { id, length, students } => {
                let is_looked_at = self.recording.take().is_some() || self.awaited == Awaited::Kept;
                let with = names_of(&students).map_or(String::new(), |names| format!(" with {names}"));
                let (minutes, secs) = (length.0 / 60_000, length.0 / 1000 % 60);
                let length = if minutes > 0 { format!("{minutes} min {secs} s") } else { format!("{secs} s") };
                self.toast = Some(Toast::new(format!("Saved. {length}{with}. Afterbell is reading it now.")));
                self.list_again();
                if self.closing {
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                } else if is_looked_at {
                    self.go(Place::Conference(id, None));
                }
            }
            Event::MicrophoneBack { microphone, gap } => self.recording.iter_mut().for_each(|screen| screen.goes_on(microphone.clone(), gap)),
            Event::RecordingFailed(problem) => {
                self.recording = None;
                self.shared.problem = Some(problem);
                if self.closing {
                    // What was written is kept, and offered at the next start.
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                } else {
                    self.go(Place::Record(None));
                }
            }
            Event::Interrupted(recordings) => self.shared.interrupted = recordings,
            // One lane answers in order: what comes last is newest, whoever asked for it.
            Event::Listed { conferences, .. } => {
                self.shared.conferences = conferences;
                self.shared.listed = true;
            }
            Event::Students(students) => self.shared.students = students,
            Event::Found { ticket, query, hits } => {
                if let Screen::Conferences(screen) = &mut self.screen {
                    screen.found(ticket, query, hits);
                }
            }
            Event::Opened { ticket, record } => {
                let at = match self.awaited {
                    Awaited::Conference(wanted, at) if wanted == ticket => {
                        self.awaited = Awaited::Nothing;
                        Some(at)
                    }
                    _ => None,
                };
                let is_refreshed = self.refreshing.take_if(|wanted| *wanted == ticket).is_some();
                match (&mut self.screen, at) {
                    (Screen::Conference(screen), _) if screen.record().facts().id == record.facts().id && (is_refreshed || at.is_some()) => {
                        screen.session().arrived(record);
                    }
                    (_, Some(at)) => self.show(Screen::Conference(Box::new(ConferenceScreen::new(record, at)))),
                    (_, None) => {}
                }
            }
            Event::Saved(_) => self.list_again(),
            Event::Importing { file, fraction } => self.shared.importing = (fraction < 1.0).then_some((file, fraction)),
            Event::Imported(_) => self.list_again(),
            Event::FileRead(report) => self.reports.push(*report),
            Event::SampleAdded(added) => {
                self.list_again();
                if let (Some(id), Awaited::Sample) = (added, self.awaited) {
                    self.go(Place::Conference(id, None));
                }
                if self.awaited == Awaited::Sample {
                    self.awaited = Awaited::Nothing;
                }
            }
            Event::Progress(progress) => {
                self.shared.work.insert(progress.id, progress);
            }
            Event::WorkDone(id) => {
                self.shared.work.remove(&id);
                self.list_again();
                if matches!(&self.screen, Screen::Conference(screen) if screen.record().facts().id == id) {
                    self.keep_all();
                    if let Screen::Conference(screen) = &mut self.screen {
                        screen.session().asked_again();
                    }
                    let ticket = Ticket::fresh();
                    self.refreshing = Some(ticket);
                    (self.send)(LibraryQuery::Open(ticket, id).into());
                }
            }
            Event::ToldApart(id, told) => self.told_apart(id, told),
            Event::ReadingAloud { meters, read } => self.shared.reading = Some((meters, read)),
            Event::ReadingEnded => self.shared.reading = None,
            Event::Voice(seconds) => {
                self.shared.reading = None;
                self.shared.voice = seconds;
            }
            Event::SharePreview { ticket, page, names } => self.share.iter_mut().for_each(|dialog| dialog.previewed(ticket, page.clone(), Arc::clone(&names))),
            Event::Sharing(fraction) => self.shared.sharing = (fraction < 1.0).then_some(fraction),
            Event::SharedList(rows) => self.shared.shared_with_me = rows,
            Event::SharedOpened { ticket, id, question, record, reply } => {
                if self.awaited == Awaited::Shared(ticket) {
                    self.awaited = Awaited::Nothing;
                    self.show(Screen::Mentor(Box::new(MentorScreen::hers(id, question, record, *reply))));
                }
            }
            Event::Replies(id, replies) => self.shared.replies = Some((id, replies)),
            Event::TeacherAsked(question) => self.teachers.push_back(TeacherDialog::new(*question)),
            Event::PasteEnded { is_in: true } => self.paste = None,
            Event::PasteEnded { is_in: false } => self.paste.iter_mut().for_each(PasteDialog::show_again),
            Event::WhoseAsked(files, with) => self.ask_whose(files, with.participants.first().copied()),
            Event::Arrived(arrived) => {
                let (place, says) = match arrived {
                    Arrived::Conference(id) => (Place::Shared(id), "Your colleague’s conference has come. It is in the list of conferences"),
                    Arrived::Reply(id) => (Place::Conference(id, None), "A reply has come. It is beside your own notes"),
                };
                (self.send)(LibraryQuery::ListShared.into());
                self.toast = Some(Toast::new(says.into()));
                if self.awaited == Awaited::Bundle {
                    self.go(place);
                }
            }
            Event::Exported(paths) => {
                let name = |path: &std::path::PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let said = if let [path] = paths.as_slice() { format!("Saved as {}", name(path)) } else { format!("Saved {} files", paths.len()) };
                self.toast = Some(Toast::new(said));
                // Not one that was opened since, for something else.
                self.share.take_if(|dialog| dialog.is_saving());
            }
            Event::Copied(text) => {
                ctx.copy_text(text);
                self.toast = Some(Toast::new("Copied. Paste it where you like".into()));
            }
            Event::Deleted(key) => {
                let said = match key {
                    DeletedKey::Student(_) => "Taken off the list. It waits in Recently deleted for 30 days",
                    _ => "Deleted. It waits in Recently deleted for 30 days",
                };
                self.toast = Some(Toast::with_undo(said.into(), Some(LibraryCommand::Restore(key).into())));
                self.all_lists_again();
            }
            Event::Restored(key) => {
                self.toast = Some(Toast::new("Restored".into()));
                self.all_lists_again();
                // On screen it has to show what came back.
                if let (Screen::Mentor(screen), DeletedKey::Comment(_)) = (&self.screen, key)
                    && let Some(id) = screen.shared_id()
                {
                    self.go(Place::Shared(id));
                }
            }
            Event::DeletedList(rows) => self.shared.deleted = Some(rows),
            Event::LibraryChanged => self.all_lists_again(),
            Event::Models(models) => {
                self.shared.download = None;
                if let Some(used) = models.iter().find(|model| model.in_use) {
                    self.shared.settings.model.clone_from(&used.name);
                }
                self.shared.models = models;
            }
            Event::DownloadEnded(name) => drop(self.shared.download.take_if(|(coming, ..)| *coming == name)),
            Event::ModelProgress { name, fraction, secs_left } => self.shared.download = Some((name, fraction, secs_left)),
            Event::Listening { id, playhead } => self.shared.listening = Some((id, playhead)),
            Event::Loudspeakers(found) => self.shared.loudspeakers = Some(found),
            Event::Notice(sentence) => self.toast = Some(Toast::new(sentence)),
            Event::Failed(problem) => {
                self.shared.problem = Some(problem);
            }
        }
    }

    /// On screen it is an edit like any other, and can be taken back.
    fn told_apart(&mut self, id: ConferenceId, told: Option<Box<Change>>) {
        match &mut self.screen {
            Screen::Conference(screen) if screen.record().facts().id == id => {
                screen.told_apart(told);
                self.keep_due();
            }
            _ => told.into_iter().for_each(|told| (self.send)(LibraryCommand::Save(id, *told).into())),
        }
    }

    fn list_again(&mut self) {
        let ticket = Ticket::fresh();
        (self.send)(LibraryQuery::List(ticket).into());
    }

    fn all_lists_again(&mut self) {
        self.list_again();
        (self.send)(LibraryQuery::ListShared.into());
        if matches!(self.screen, Screen::Deleted(_)) {
            (self.send)(LibraryQuery::ListDeleted.into());
        }
    }

    fn go(&mut self, place: Place) {
        self.keep_all();
        self.awaited = Awaited::Nothing;
        if matches!(self.screen, Screen::Conference(_) | Screen::Mentor(_)) && !matches!(place, Place::Conference(..)) {
            (self.send)(PlayerCommand::Pause.into());
        }
        // A missing microphone is no news where none is wanted.
        if !matches!(place, Place::Record(_) | Place::Settings) {
            self.shared.problem.take_if(|problem| problem.kind == ErrorKind::NoMicrophone);
        }
        match place {
            Place::Welcome => self.show(Screen::Welcome(WelcomeScreen::default())),
            Place::Record(student) => {
                (self.send)(MicrophoneCommand::List.into());
                self.show(Screen::Record(RecordScreen::new(student)));
            }
            Place::Conferences => {
                self.list_again();
                self.show(Screen::Conferences(LibraryScreen::default()));
            }
            Place::Conference(id, at) => {
                let ticket = Ticket::fresh();
                self.awaited = Awaited::Conference(ticket, at);
                (self.send)(LibraryQuery::Open(ticket, id).into());
            }
            Place::Shared(id) => {
                let ticket = Ticket::fresh();
                self.awaited = Awaited::Shared(ticket);
                (self.send)(LibraryQuery::OpenShared(ticket, id).into());
            }
            Place::Reply(record, reply) => self.show(Screen::Mentor(Box::new(MentorScreen::mine(record, *reply)))),
            Place::Deleted(back) => {
                (self.send)(LibraryQuery::ListDeleted.into());
                self.show(Screen::Deleted(DeletedScreen::new(*back)));
            }
            Place::Settings => {
                (self.send)(MicrophoneCommand::List.into());
                (self.send)(LibraryQuery::ListBackups.into());
                self.show(Screen::Settings(SettingsScreen::default()));
            }
        }
    }

    /// Draws everything.
    pub fn draw(&mut self, ui: &mut Ui) {
        let palette = palette(ui);
        let full = ui.max_rect();
        ui.painter().rect_filled(full, 0, palette.paper);
        let mut asks = Vec::new();
        if let Some(screen) = &mut self.recording {
            screen.ui(ui, &self.shared, &mut asks);
        } else {
            let has_rail = !matches!(self.screen, Screen::Welcome(_) | Screen::Starting(_) | Screen::Broken(_));
            if has_rail {
                self.rail_ui(ui, Rect::from_min_size(full.min, vec2(theme::RAIL, full.height())), &mut asks);
            }
            let left = if has_rail { theme::RAIL } else { 0.0 };
            let rest = Rect::from_min_max(pos2(full.left() + left, full.top()), full.max);
            widgets::area(ui, rest, |ui| match &mut self.screen {
                Screen::Starting(stage) => overlays::opening_ui(ui, *stage),
                Screen::Broken(advice) => overlays::broken_ui(ui, advice),
                Screen::Welcome(screen) => screen.ui(ui, &self.shared, &mut asks),
                Screen::Record(screen) => screen.ui(ui, &self.shared, &mut asks),
                Screen::Conferences(screen) => screen.ui(ui, &self.shared, &mut asks),
                Screen::Conference(screen) => screen.ui(ui, &self.shared, &mut asks),
                Screen::Mentor(screen) => screen.ui(ui, &self.shared, &mut asks),
                Screen::Deleted(screen) => screen.ui(ui, &self.shared, &mut asks),
                Screen::Settings(screen) => screen.ui(ui, &self.shared, &mut asks),
            });
        }
        let is_open = !matches!(self.screen, Screen::Starting(_) | Screen::Broken(_));
        if is_open && self.recording.is_none() {
            overlays::interrupted_ui(ui, &mut self.shared.interrupted, self.shared.now_unix_ms, &mut asks);
        }
        if self.shared.looking_only {
            overlays::looking_only_ui(ui);
        }
        if self.recording.is_none() {
            reports_ui(ui, &mut self.reports, &mut asks);
        }
        if self.whose.as_mut().is_some_and(|dialog| dialog.ui(ui, &self.shared, &mut asks)) {
            self.whose = None;
        }
        if self.paste.as_mut().is_some_and(|dialog| dialog.ui(ui, &self.shared, &mut asks)) {
            self.paste = None;
        }
        if self.whose.is_none()
            && self.teachers.front_mut().is_some_and(|dialog| dialog.ui(ui, &mut asks))
            && let Some(dialog) = self.teachers.pop_front()
            && dialog.is_of_paste()
            && asks.is_empty()
        {
            // It was not answered: what was pasted is there again.
            self.paste.iter_mut().for_each(PasteDialog::show_again);
        }
        if self.share.as_mut().is_some_and(|dialog| dialog.ui(ui, &self.shared, &mut asks)) {
            self.share = None;
        }
        overlays::problem_ui(ui, &mut self.shared.problem);
        let left = if self.recording.is_some() { 24.0 } else { theme::RAIL + 24.0 };
        overlays::toast_ui(ui, &mut self.toast, left, &mut asks);
        overlays::keys_ui(ui, &mut self.keys_shown);
        self.closing(ui);
        self.shortcuts(ui, &mut asks);
        // Before the commands that follow from them: what is shared, or opened again, has them in it.
        self.keep_due();
        for ask in asks {
            self.dispatch(ui.ctx(), ask);
        }
        self.pace(ui.ctx());
    }

    fn dispatch(&mut self, ctx: &egui::Context, ask: Ask) {
        match ask {
            Ask::Go(place) => self.go(place),
            Ask::Toast(text, undo) => self.toast = Some(Toast::with_undo(text, undo)),
            Ask::Share(ids, title) => self.share(ids, title),
            Ask::BringInTyped(student) => self.paste.get_or_insert_with(|| PasteDialog::new(student)).show_again(),
            Ask::ShowKeys => self.keys_shown = !self.keys_shown,
            Ask::Do(Command::Recording(RecordingCommand::Start(with))) => {
                self.monitoring = false;
                self.awaited = Awaited::Nothing;
                self.shared.problem = None;
                self.recording = Some(RecordingScreen::waiting(with.clone()));
                (self.send)(RecordingCommand::Start(with).into());
            }
            Ask::Do(Command::Library(LibraryCommand::ChangeSetting(change))) => {
                let before = self.shared.settings.clone();
                change.apply(&mut self.shared.settings);
                let settings = &self.shared.settings;
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
            Ask::Do(Command::Voice(VoiceCommand::ReadAloud(true))) => {
                // One of the two at a time listens to the microphone.
                self.shared.reading = Some(Default::default());
                (self.send)(MicrophoneCommand::Monitor(false).into());
                self.monitoring = false;
                (self.send)(VoiceCommand::ReadAloud(true).into());
            }
            Ask::Do(command) => {
                match &command {
                    Command::Analysis(AnalysisCommand::AddSample(_)) => self.awaited = Awaited::Sample,
                    Command::Recording(RecordingCommand::KeepInterrupted(_)) => self.awaited = Awaited::Kept,
                    _ => {}
                }
                (self.send)(command);
            }
        }
    }

    /// What colleagues share needs no student; recordings and typed transcripts are asked about.
    fn ask_whose(&mut self, files: Vec<std::path::PathBuf>, student: Option<StudentId>) {
        let (own, shared): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| incoming::is_ones_own(file));
        if !shared.is_empty() {
            self.awaited = Awaited::Bundle;
            (self.send)(AnalysisCommand::Import(shared, With::one(student)).into());
        }
        if !own.is_empty() {
            self.whose = Some(ImportDialog::new(own, student, &self.shared.students));
        }
    }

    fn share(&mut self, ids: Vec<ConferenceId>, title: String) {
        // What is being typed goes into the page too.
        self.keep_all();
        let rows = || self.shared.conferences.iter().filter(|row| ids.contains(&row.id));
        let (mut marks, mut has_sound) = (rows().map(|row| row.marks).sum(), true);
        if let (Screen::Conference(screen), [id]) = (&self.screen, ids.as_slice())
            && screen.record().facts().id == *id
        {
            (marks, has_sound) = (screen.record().facts().marks.len(), screen.record().facts().has_sound());
        }
        self.share = Some(ShareDialog::new(ids, title, marks, has_sound, &self.shared.settings));
    }

    /// Another screen comes: what was done on the one that goes is kept.
    fn show(&mut self, screen: Screen) {
        self.keep_all();
        self.screen = screen;
    }

    /// What is to be saved by now.
    fn keep_due(&mut self) {
        if let Screen::Conference(screen) = &mut self.screen {
            let id = screen.record().facts().id;
            screen.session().due(Instant::now()).into_iter().for_each(|change| (self.send)(LibraryCommand::Save(id, change).into()));
        }
    }

    /// Before the screen or the window goes: typing, and the half-written words of a turn.
    fn keep_all(&mut self) {
        if let Screen::Conference(screen) = &mut self.screen {
            let id = screen.record().facts().id;
            screen.session().all_due(Instant::now()).into_iter().for_each(|change| (self.send)(LibraryCommand::Save(id, change).into()));
        }
    }

    fn shortcuts(&mut self, ui: &mut Ui, asks: &mut Vec<Ask>) {
        let pressed = |modifiers: Modifiers, key: Key| ui.input_mut(|input| input.consume_key(modifiers, key));
        if pressed(Modifiers::NONE, Key::F1) {
            asks.push(Ask::ShowKeys);
        }
        if self.recording.is_some() || matches!(self.screen, Screen::Welcome(_) | Screen::Starting(_) | Screen::Broken(_)) {
            return;
        }
        for (key, place) in [(Key::Num1, Place::Record(None)), (Key::Num2, Place::Conferences), (Key::Comma, Place::Settings)] {
            if pressed(Modifiers::COMMAND, key) {
                asks.push(Ask::Go(place));
            }
        }
        let typing = ui.ctx().egui_wants_keyboard_input();
        let back = pressed(Modifiers::COMMAND, Key::Z);
        let forward = pressed(Modifiers::COMMAND, Key::Y) || pressed(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
        if let (Screen::Conference(screen), false) = (&mut self.screen, typing) {
            if back {
                screen.session().undo();
            } else if forward {
                screen.session().redo();
            }
        }
        let dropped: Vec<_> = ui.input(|input| input.raw.dropped_files.iter().map(|file| file.path().to_path_buf()).collect());
        if !dropped.is_empty() {
            // First the place, then what is awaited there.
            self.go(Place::Conferences);
            if dropped.iter().any(|path| path.extension().is_none()) {
                // It may be a folder: that is for those to look at who may wait for the disk.
                (self.send)(OpenDialog::Dropped(dropped).into());
            } else {
                self.ask_whose(dropped, None);
            }
        }
    }

    /// Closing the window while recording asks first; nothing is thrown away either way.
    fn closing(&mut self, ui: &mut Ui) {
        if ui.input(|input| input.viewport().close_requested()) {
            self.keep_all();
            // While the microphone is only being opened there is nothing to ask about.
            if self.recording.as_ref().is_some_and(RecordingScreen::has_begun) && !self.closing {
                ui.ctx().send_viewport_cmd(egui::ViewportCommand::CancelClose);
                self.close_asked = true;
            }
        }
        if self.close_asked
            && let Some(answer) = overlays::closing_ui(ui)
        {
            self.close_asked = false;
            if answer == Closing::StopAndClose {
                self.closing = true;
                if self.recording.is_some() {
                    (self.send)(RecordingCommand::Stop.into());
                } else {
                    // It has stopped by itself meanwhile, and is kept.
                    ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
                }
            }
        }
    }

    /// Asks for the next frame only when something moves.
    fn pace(&mut self, ctx: &egui::Context) {
        let wants_level = self.recording.is_none()
            && self.shared.reading.is_none()
            && self.shared.problem.as_ref().is_none_or(|problem| problem.kind != ErrorKind::NoMicrophone)
            && matches!(self.screen, Screen::Record(_) | Screen::Settings(_));
        if wants_level != self.monitoring {
            self.monitoring = wants_level;
            if !wants_level {
                self.shared.monitor = None;
            }
            if self.recording.is_none() {
                (self.send)(MicrophoneCommand::Monitor(wants_level).into());
            }
        }
        self.look_again(ctx);
        let playing = self.shared.listening.as_ref().is_some_and(|(_, playhead)| playhead.is_playing());
        let focused = ctx.input(|input| input.focused);
        if playing {
            ctx.request_repaint_after(PLAYING_FRAME);
        } else if self.recording.is_some() || (self.shared.monitor.is_some() && focused) {
            ctx.request_repaint_after(METER_FRAME);
        }
        if let Screen::Conference(screen) = &mut self.screen
            && let Some(wait) = screen.session().due_in(Instant::now())
        {
            ctx.request_repaint_after(wait);
        }
        if let Some(toast) = &self.toast {
            ctx.request_repaint_after(toast.stays());
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
        let is_deaf = no_microphone(&self.shared) || self.shared.monitor.as_ref().is_some_and(|(meters, _)| meters.read().is_lost);
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

    fn rail_ui(&self, ui: &mut Ui, rect: Rect, asks: &mut Vec<Ask>) {
        let palette = palette(ui);
        ui.painter().rect_filled(rect, 0, palette.sunk);
        ui.painter().vline(rect.right() - 0.5, rect.y_range(), Stroke::new(1.0, palette.line));
        let logo = Rect::from_min_size(rect.min + vec2(24.0, 16.0), vec2(40.0, 40.0));
        ui.painter().rect_filled(logo, CornerRadius::same(12), palette.pine);
        widgets::paint_icon(ui, icons::BELL_SIMPLE, logo.center(), 24.0, palette.on_pine);
        let at = |top: f32| Rect::from_min_size(pos2(rect.left() + 4.0, top), vec2(80.0, 64.0));
        let items = [
            (at(rect.top() + 80.0), icons::MICROPHONE, "Record", Place::Record(None), matches!(self.screen, Screen::Record(_))),
            (
                at(rect.top() + 152.0),
                icons::CHAT_TEARDROP_TEXT,
                "Conferences",
                Place::Conferences,
                matches!(self.screen, Screen::Conferences(_) | Screen::Conference(_) | Screen::Mentor(_) | Screen::Deleted(_)),
            ),
            (at(rect.bottom() - 80.0), icons::GEAR_SIX, "Settings", Place::Settings, matches!(self.screen, Screen::Settings(_))),
        ];
        for (rect, icon, name, place, on) in items {
            let response = ui.interact(rect, ui.scope_id().with(("rail", name)), Sense::click());
            response.widget_info(|| WidgetInfo::selected(Role::Button, true, on, name));
            let radius = CornerRadius::same(12);
            if on {
                ui.painter().rect(rect, radius, palette.card, Stroke::new(1.0, palette.line), StrokeKind::Inside);
            } else if response.hovered() {
                ui.painter().rect_filled(rect, radius, palette.raise);
            }
            let (color, role) = if on { (palette.pine, theme::SMALL_BOLD) } else { (palette.ink2, theme::SMALL) };
            widgets::paint_icon(ui, icon, pos2(rect.center().x, rect.top() + 22.0), 24.0, color);
            ui.painter().text(pos2(rect.center().x, rect.top() + 45.0), egui::Align2::CENTER_CENTER, name, role.font(), color);
            widgets::focus_ring(ui, &response, rect, radius);
            if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
                asks.push(Ask::Go(place));
            }
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
