//! From one screen to the next: what is kept, asked for and awaited on the way.

use super::{App, AwaitedScreen, Screen};
use crate::conference::{ConferenceId, StudentId};
use crate::error::ErrorKind;
use crate::ui::dialogs::import_dialog::ImportDialog;
use crate::ui::dialogs::share_dialog::ShareDialog;
use crate::ui::kit::app_state::Place;
use crate::ui::screens::deleted::DeletedScreen;
use crate::ui::screens::received::ReceivedScreen;
use crate::ui::screens::record::RecordScreen;
use crate::ui::screens::settings::SettingsScreen;
use crate::ui::screens::welcome::WelcomeScreen;
use crate::work::{AnalysisCommand, Command, LibraryCommand, LibraryQuery, MicrophoneCommand, Participants, PlayerCommand, Ticket, incoming};
use std::time::Instant;

impl App {
    pub(super) fn list_again(&mut self) {
        let ticket = Ticket::fresh();
        (self.send)(LibraryQuery::List(ticket).into());
    }

    pub(super) fn all_lists_again(&mut self) {
        self.list_again();
        (self.send)(LibraryQuery::ListShared.into());
        if matches!(self.screen, Screen::Deleted(_)) {
            (self.send)(LibraryQuery::ListDeleted.into());
        }
    }

    pub(super) fn go(&mut self, place: Place) {
        self.keep_all();
        self.awaited = AwaitedScreen::Nothing;
        if matches!(self.screen, Screen::Conference(_) | Screen::Mentor(_)) && !matches!(place, Place::Conference(..)) {
            (self.send)(PlayerCommand::Pause.into());
        }
        // What could not be played belongs to what was on the screen.
        self.state.problem.take_if(|problem| problem.offers.iter().any(|offer| matches!(offer.command, Command::Player(_))));
        // A missing microphone is no news where none is wanted.
        if !matches!(place, Place::Record(_) | Place::Settings) {
            self.state.problem.take_if(|problem| problem.kind == ErrorKind::NoMicrophone);
        }
        match place {
            Place::Welcome => self.show(Screen::Welcome(WelcomeScreen::default())),
            Place::Record(student) => {
                (self.send)(MicrophoneCommand::List.into());
                self.show(Screen::Record(RecordScreen::new(student)));
            }
            Place::Conferences => {
                self.list_again();
                // From what was opened out of it one comes back to it as it was; from elsewhere to all there is.
                let is_back = matches!(self.screen, Screen::Conference(_) | Screen::Mentor(_) | Screen::Deleted(_));
                let list = self.left_list.take().filter(|_| is_back).unwrap_or_default();
                self.show(Screen::Conferences(list));
            }
            Place::Conference(id, at) => {
                let ticket = Ticket::fresh();
                self.awaited = AwaitedScreen::Conference(ticket, at);
                (self.send)(LibraryQuery::Open(ticket, id).into());
            }
            Place::Shared(id) => {
                let ticket = Ticket::fresh();
                self.awaited = AwaitedScreen::Shared(ticket);
                (self.send)(LibraryQuery::OpenShared(ticket, id).into());
            }
            Place::Reply(record, reply) => self.show(Screen::Mentor(Box::new(ReceivedScreen::own(record, *reply)))),
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

    /// What colleagues share needs no student; recordings and typed transcripts are asked about.
    pub(super) fn ask_whose(&mut self, files: Vec<std::path::PathBuf>, student: Option<StudentId>) {
        let (own, received): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| incoming::is_ones_own(file));
        if !received.is_empty() {
            self.awaited = AwaitedScreen::Bundle;
            (self.send)(AnalysisCommand::Import(received, Participants::one(student)).into());
        }
        if !own.is_empty() {
            self.whose = Some(ImportDialog::new(own, student, &self.state.students));
        }
    }

    pub(super) fn share(&mut self, ids: Vec<ConferenceId>, title: String) {
        // What is being typed goes into the page too.
        self.keep_all();
        let rows = || self.state.conferences.iter().filter(|row| ids.contains(&row.id));
        let (mut marks, mut has_sound) = (rows().map(|row| row.marks).sum(), true);
        if let (Screen::Conference(screen), [id]) = (&self.screen, ids.as_slice())
            && screen.record().data().id == *id
        {
            (marks, has_sound) = (screen.record().data().shown_marks().len(), screen.record().data().has_sound());
        }
        self.share = Some(ShareDialog::new(ids, title, marks, has_sound, &self.state.settings));
    }

    /// Another screen comes: what was done on the one that goes is kept.
    pub(super) fn show(&mut self, screen: Screen) {
        self.keep_all();
        let leads_back = matches!(screen, Screen::Conferences(_) | Screen::Conference(_) | Screen::Mentor(_) | Screen::Deleted(_));
        match std::mem::replace(&mut self.screen, screen) {
            Screen::Conferences(list) if leads_back => self.left_list = Some(list),
            _ if !leads_back => self.left_list = None,
            _ => {}
        }
    }

    /// What is to be saved by now.
    pub(super) fn keep_due(&mut self) {
        if let Screen::Conference(screen) = &mut self.screen {
            let id = screen.record().data().id;
            screen.session().due(Instant::now()).into_iter().for_each(|change| (self.send)(LibraryCommand::Save(id, change).into()));
        }
    }

    /// Before the screen or the window goes: typing, and the half-written words of a turn.
    pub(super) fn keep_all(&mut self) {
        if let Screen::Conference(screen) = &mut self.screen {
            let id = screen.record().data().id;
            screen.session().all_due(Instant::now()).into_iter().for_each(|change| (self.send)(LibraryCommand::Save(id, change).into()));
        }
    }
}
