//! What the desk says: every event, and what the window shows of it.

use super::{App, AwaitedScreen, Screen};
use crate::conference::{Change, ConferenceId, names_of};
use crate::ui::dialogs::overlays::Toast;
use crate::ui::dialogs::paste_dialog::PasteDialog;
use crate::ui::dialogs::teacher_dialog::TeacherDialog;
use crate::ui::kit::app_state::{Action, Place};
use crate::ui::kit::theme;
use crate::ui::reflect::conference_screen::ConferenceScreen;
use crate::ui::screens::received::ReceivedScreen;
use crate::ui::screens::recording::RecordingScreen;
use crate::work::mentor::OpenedBundle;
use crate::work::{DeletedKey, Event, LibraryCommand, LibraryQuery, Ticket};
use std::sync::Arc;
use std::time::Instant;

impl App {
    pub(super) fn hear(&mut self, ctx: &egui::Context, event: Event) {
        match event {
            Event::Opening(stage) => self.screen = Screen::Starting(Some(stage)),
            Event::CannotOpen(problem) => self.screen = Screen::Broken(problem.advice),
            Event::Settings(settings) => {
                theme::choose(ctx, settings.theme, settings.text_size);
                self.state.settings = *settings;
            }
            Event::Ready { settings, warnings } => {
                theme::choose(ctx, settings.theme, settings.text_size);
                let welcomed = settings.welcomed;
                self.state.settings = *settings;
                self.go(match (self.state.looking_only, welcomed) {
                    (true, _) => Place::Conferences,
                    (false, true) => Place::Record(None),
                    (false, false) => Place::Welcome,
                });
                if let Some(warning) = warnings.into_iter().next() {
                    self.toasts.push(Toast::new(warning));
                }
            }
            Event::LookingOnly => self.state.looking_only = true,
            Event::Backups(backups) => self.state.backups = Some(backups),
            Event::Microphones(microphones) => self.state.microphones = Some(microphones),
            // One that opened after its screen was left is not looked at any more.
            Event::Monitoring { meters, microphone } if self.monitoring => self.state.monitor = Some((meters, microphone)),
            Event::Monitoring { .. } => {}
            Event::RecordingStarted { meters, microphone, notice } => {
                let with = self.recording.take().map(|screen| screen.with).unwrap_or_default();
                self.state.monitor = None;
                self.recording = Some(RecordingScreen::new(meters, microphone, notice, with));
            }
            Event::RecordingNotStarted => drop(self.recording.take_if(|screen| !screen.has_begun())),
            Event::Live(text) => self.recording.iter_mut().for_each(|screen| screen.hears((*text).clone())),
            Event::Marked(at) => self.recording.iter_mut().for_each(|screen| screen.marks.push(at)),
            Event::RecordingSaved { id, length, students } => {
                let recording = self.recording.take();
                let was_forgotten = recording.as_ref().is_some_and(|screen| screen.was_forgotten);
                let is_looked_at = recording.is_some() || self.awaited == AwaitedScreen::Kept;
                let with = names_of(&students).map_or(String::new(), |names| format!(" with {names}"));
                let (minutes, secs) = (length.0 / 60_000, length.0 / 1000 % 60);
                let length = if minutes > 0 { format!("{minutes} min {secs} s") } else { format!("{secs} s") };
                let saved = format!("Saved. {length}{with}. Afterbell is reading it now.");
                // Whoever forgot a recording is not there to read it.
                self.toasts.push(if was_forgotten {
                    Toast::lasting(format!("Nobody had spoken for 30 minutes, so the recording was stopped. {saved}"))
                } else {
                    Toast::new(saved)
                });
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
                self.state.problem = Some(problem);
                if self.closing {
                    // What was written is kept, and offered at the next start.
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                } else {
                    self.go(Place::Record(None));
                }
            }
            Event::Interrupted(mut recordings) => {
                recordings.retain(|one| !self.state.put_off.contains(&one.name));
                self.state.interrupted = recordings;
            }
            // One lane answers in order: what comes last is newest, whoever asked for it.
            Event::Listed { conferences, .. } => {
                self.state.conferences = conferences;
                self.state.listed = true;
            }
            Event::Students(students) => self.state.students = students,
            Event::Found { ticket, query, hits } => {
                if let Screen::Conferences(screen) = &mut self.screen {
                    screen.found(ticket, query, hits);
                }
            }
            Event::Opened { ticket, record } => {
                let at = match self.awaited {
                    AwaitedScreen::Conference(wanted, at) if wanted == ticket => {
                        self.awaited = AwaitedScreen::Nothing;
                        Some(at)
                    }
                    _ => None,
                };
                let is_refreshed = self.refreshing.take_if(|wanted| *wanted == ticket).is_some();
                match (&mut self.screen, at) {
                    (Screen::Conference(screen), _) if screen.record().data().id == record.data().id && (is_refreshed || at.is_some()) => {
                        screen.session().arrived(record);
                    }
                    (_, Some(at)) => self.show(Screen::Conference(Box::new(ConferenceScreen::new(record, at)))),
                    (_, None) => {}
                }
            }
            Event::Saved(id) => {
                self.state.problem.take_if(|problem| problem.is_unsaved && problem.conference == Some(id));
                self.list_again();
            }
            Event::Importing { file, fraction } => self.state.importing = (fraction < 1.0).then_some((file, fraction)),
            Event::Imported(_) => self.list_again(),
            Event::FileRead(report) => self.reports.push(*report),
            Event::SampleAdded(added) => {
                self.list_again();
                if let (Some(id), AwaitedScreen::Sample) = (added, self.awaited) {
                    self.go(Place::Conference(id, None));
                }
                if self.awaited == AwaitedScreen::Sample {
                    self.awaited = AwaitedScreen::Nothing;
                }
            }
            Event::Progress(progress) => {
                self.state.work.insert(progress.id, progress);
            }
            Event::WorkDone(id) => {
                self.state.work.remove(&id);
                self.list_again();
                if matches!(&self.screen, Screen::Conference(screen) if screen.record().data().id == id) {
                    self.keep_all();
                    if let Screen::Conference(screen) = &mut self.screen {
                        screen.session().asked_again();
                    }
                    let ticket = Ticket::fresh();
                    self.refreshing = Some(ticket);
                    (self.send)(LibraryQuery::Open(ticket, id).into());
                }
            }
            Event::Rediarized(id, told) => self.rediarized(id, told),
            Event::ReadingAloud { meters, read } => self.state.reading = Some((meters, read)),
            Event::ReadingEnded => self.state.reading = None,
            Event::Voice(seconds) => {
                if self.state.reading.take().is_some() && seconds.is_some() {
                    self.toasts.push(Toast::new("Done. Afterbell knows your voice now".into()));
                }
                self.state.voice = seconds;
            }
            Event::SharePreview { ticket, page, names } => self.share.iter_mut().for_each(|dialog| dialog.previewed(ticket, page.clone(), Arc::clone(&names))),
            Event::Sharing(fraction) => self.state.sharing = (fraction < 1.0).then_some(fraction),
            Event::SharedList(rows) => self.state.shared_with_me = rows,
            Event::SharedOpened { ticket, id, question, record, reply } => {
                if self.awaited == AwaitedScreen::Shared(ticket) {
                    self.awaited = AwaitedScreen::Nothing;
                    self.show(Screen::Mentor(Box::new(ReceivedScreen::received(id, question, record, *reply))));
                }
            }
            Event::Replies(id, replies) => self.state.replies = Some((id, replies)),
            Event::TeacherAsked(question) => self.teachers.push_back(TeacherDialog::new(*question)),
            Event::PasteEnded { is_in: true } => self.paste = None,
            Event::PasteEnded { is_in: false } => self.paste.iter_mut().for_each(PasteDialog::show_again),
            Event::WhoseAsked(files, with) => self.ask_whose(files, with.participants.first().copied()),
            Event::BundleOpened(arrived) => {
                let (place, says) = match arrived {
                    OpenedBundle::Conference(id) => (Place::Shared(id), "Your colleague’s conference has come. It is in the list of conferences"),
                    OpenedBundle::Reply(id) => (Place::Conference(id, None), "A reply has come. It is beside your own notes"),
                };
                (self.send)(LibraryQuery::ListShared.into());
                self.toasts.push(Toast::new(says.into()));
                if self.awaited == AwaitedScreen::Bundle {
                    self.go(place);
                }
            }
            Event::Exported(paths) => {
                let name = |path: &std::path::PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let said = if let [path] = paths.as_slice() { format!("Saved as {}", name(path)) } else { format!("Saved {} files", paths.len()) };
                // Where it went is what one wonders next.
                let show = paths.into_iter().next().map(|path| ("Show in folder", Action::Do(LibraryQuery::ShowInFolder(path).into())));
                self.toasts.push(Toast::with_button(said, show));
                // Not one that was opened since, for something else.
                self.share.take_if(|dialog| dialog.is_saving());
            }
            Event::Copied(text) => {
                ctx.copy_text(text);
                self.toasts.push(Toast::new("Copied. Paste it where you like".into()));
            }
            Event::Deleted(key) => {
                let said = match key {
                    DeletedKey::Student(_) => "Taken off the list. It waits in Recently deleted for 30 days",
                    _ => "Deleted. It waits in Recently deleted for 30 days",
                };
                self.toasts.push(Toast::with_undo(said.into(), Some(Action::Do(LibraryCommand::Restore(key).into()))));
                self.all_lists_again();
            }
            Event::Restored(key) => {
                self.toasts.push(Toast::new("Restored".into()));
                self.all_lists_again();
                // On screen it has to show what came back.
                if let (Screen::Mentor(screen), DeletedKey::Comment(_)) = (&self.screen, key)
                    && let Some(id) = screen.shared_id()
                {
                    self.go(Place::Shared(id));
                }
            }
            Event::DeletedList(rows) => self.state.deleted = Some(rows),
            Event::LibraryChanged => self.all_lists_again(),
            Event::Models(models) => {
                self.state.download = None;
                if let Some(used) = models.iter().find(|model| model.in_use) {
                    self.state.settings.model.clone_from(&used.name);
                }
                self.state.models = models;
            }
            Event::DownloadEnded(name) => drop(self.state.download.take_if(|(coming, ..)| *coming == name)),
            Event::ModelProgress { name, fraction, secs_left } => self.state.download = Some((name, fraction, secs_left)),
            Event::Listening { id, playhead } => self.state.listening = Some((id, playhead)),
            Event::Loudspeakers(found) => self.state.loudspeakers = Some(found),
            Event::Notice(sentence) => self.toasts.push(Toast::new(sentence)),
            Event::Failed(problem) => {
                if let Screen::Conference(screen) = &mut self.screen
                    && problem.is_unsaved
                    && problem.conference == Some(screen.record().data().id)
                {
                    screen.session().not_saved(Instant::now());
                }
                self.state.problem = Some(problem);
            }
        }
    }

    /// On screen it is an edit like any other, and can be taken back.
    pub(super) fn rediarized(&mut self, id: ConferenceId, told: Option<Box<Change>>) {
        match &mut self.screen {
            Screen::Conference(screen) if screen.record().data().id == id => {
                screen.rediarized(told);
                self.keep_due();
            }
            _ => told.into_iter().for_each(|told| (self.send)(LibraryCommand::Save(id, *told).into())),
        }
    }
}
