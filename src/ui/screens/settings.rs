//! Settings: one page, kept at once. Only what works is shown.

use super::record::{level_ui, microphone_choice};
use super::settings_models::{ask_to_measure, english_only_ui, link, model_ui};
use super::settings_parts::{line, line_as, section};
use crate::conference::Speaker;
use crate::settings::{SettingsChange, TEXT_SIZES, Theme, TranscribeWhen};
use crate::ui::kit::app_state::{Action, AppState, Place};
use crate::ui::kit::charts;
use crate::ui::kit::choices::choice;
use crate::ui::kit::icons::{self, Icon};
use crate::ui::kit::language_choice::language_choice;
use crate::ui::kit::overlay::Dialog;
use crate::ui::kit::theme::{self, Palette, palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::ui::reflect::transport::{choose_loudspeaker, loudspeakers};
use crate::work::{LibraryCommand, LibraryQuery, ModelRow, OpenDialog, PlayerCommand, VoiceCommand};
use egui::{Align, Layout, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// Less wide than this there is one column.
const ONE_COLUMN: f32 = 760.0;

/// What the screen remembers.
#[derive(Default)]
pub(in crate::ui) struct SettingsScreen {
    all_models: bool,
    /// Loudspeakers were asked for.
    looked: bool,
    /// How fast this computer is was asked for.
    measured: bool,
    /// Going back was asked for: which of the backups.
    going_back: Option<usize>,
}

impl SettingsScreen {
    pub(in crate::ui) fn ui(&mut self, ui: &mut Ui, state: &AppState, out: &mut Vec<Action>) {
        let palette = palette(ui);
        if !std::mem::replace(&mut self.looked, true) {
            out.push(Action::Do(PlayerCommand::ListLoudspeakers.into()));
        }
        ask_to_measure(&mut self.measured, state, out);
        let body = widgets::titled(ui, "Settings", |ui| {
            widgets::line(ui, theme::BODY, palette.ink2, "Changes are saved as you make them");
            ui.label(icons::CHECK.text(18.0, palette.ink2));
        });
        // It scrolls to the edge of the window.
        let body = Rect::from_min_max(body.min, pos2(body.right(), ui.max_rect().bottom()));
        widgets::area(ui, body, |ui| {
            egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
                // With large text in a small window one below the other.
                if ui.available_width() < ONE_COLUMN {
                    ui.spacing_mut().item_spacing = vec2(theme::GAP, theme::GAP);
                    ui.set_width(ui.available_width() - theme::GAP);
                    self.models_ui(ui, palette, state, out);
                    recording_ui(ui, palette, state, out);
                    listening_ui(ui, palette, state, out);
                    self.right_ui(ui, palette, state, out);
                    ui.add_space(theme::MARGIN);
                    return;
                }
                let width = (ui.available_width() - theme::GAP).min(1400.0);
                let left_width = width * 0.506;
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing = vec2(theme::GAP, theme::GAP);
                    ui.vertical(|ui| {
                        ui.set_width(left_width);
                        self.models_ui(ui, palette, state, out);
                        recording_ui(ui, palette, state, out);
                        listening_ui(ui, palette, state, out);
                    });
                    ui.vertical(|ui| {
                        ui.set_width(width - left_width);
                        self.right_ui(ui, palette, state, out);
                    });
                });
                ui.add_space(theme::MARGIN);
            });
        });
    }

    fn right_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        voice_ui(ui, palette, state, out);
        privacy_ui(ui, palette, state, out);
        self.backups_ui(ui, palette, state, out);
        appearance_ui(ui, palette, state, out);
        reflecting_ui(ui, palette, state, out);
        menu_ui(ui, palette, state, out);
    }

    fn backups_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        let backups = state.backups.as_deref().unwrap_or_default();
        section(ui, palette, "Backups", Some("One a day, kept for two weeks"), |ui| {
            let newest = backups.first().map_or_else(|| "None yet".to_owned(), |name| format!("The newest is of {name}"));
            line(ui, palette, Some(icons::ARROW_COUNTER_CLOCKWISE), "Your list, notes and transcripts", Some(&newest), |ui| {
                let button = ui.add_enabled_ui(!backups.is_empty(), |ui| Button::new(Kind::Secondary, "Go back…").small().show(ui)).inner;
                if button.clicked() {
                    self.going_back = Some(0);
                }
            });
        });
        let Some(chosen) = self.going_back.filter(|&chosen| chosen < backups.len()) else { return };
        let dialog = Dialog::new("going back", "Go back to an earlier day?").button(Kind::Secondary, "Cancel", true).button(Kind::Secondary, "Go back", true);
        let answer = dialog.show(ui.ctx(), |ui| {
            let says = "Your list, notes and transcripts become as they were then. Recordings stay, and what is there now is kept as a backup.";
            widgets::label(ui, theme::BODY, palette.ink2, says);
            if let Some(picked) = choice(ui, "Which day", backups, chosen, 240.0) {
                self.going_back = Some(picked);
            }
        });
        if answer.pressed == Some(1) {
            out.push(Action::Do(LibraryCommand::GoBackTo(backups[chosen].clone()).into()));
        }
        if answer.pressed.is_some() || answer.is_closed {
            self.going_back = None;
        }
    }

    fn models_ui(&mut self, ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
        section(ui, palette, "Speech to text", Some("Works without the internet once installed"), |ui| {
            // As close to the title as two lines of one text.
            ui.add_space(-4.0);
            widgets::label(ui, theme::SECONDARY, palette.ink2, "A bigger model makes fewer mistakes with children’s voices, but takes longer.");
            let more = if self.all_models { "Fewer models" } else { "More models" };
            if link(ui, palette, more) {
                self.all_models = !self.all_models;
            }
            let few = |row: &&ModelRow| {
                let is_shown = row.installed || row.in_use || row.suggested || row.stopped_at.is_some();
                is_shown || ["small-q8_0", "medium-q5_0", "large-v3-turbo-q5_0"].contains(&row.name.as_str())
            };
            let rows: Vec<&ModelRow> = state.models.iter().filter(|row| self.all_models || few(row)).collect();
            for row in rows {
                widgets::divider(ui);
                model_ui(ui, palette, state, row, out);
            }
            widgets::divider(ui);
            line_as(
                ui,
                palette,
                theme::BUTTON,
                (Some(icons::FOLDER_OPEN), "From a file", Some("For schools that block downloads: copy a model from a USB stick")),
                |ui| {
                    if Button::new(Kind::Secondary, "Choose file…").small().show(ui).clicked() {
                        out.push(Action::Do(OpenDialog::Model.into()));
                    }
                },
            );
            widgets::divider(ui);
            line_as(ui, palette, theme::BUTTON, (Some(icons::TRANSLATE), "Language spoken", Some("Afterbell can also guess it each time")), |ui| {
                if let Some(code) = language_choice(ui, "Language spoken", &state.settings.language, 170.0) {
                    change(out, SettingsChange::Language(code));
                }
            });
            if let Some(used) = state.models.iter().find(|row| row.in_use && !row.knows(&state.settings.language)) {
                english_only_ui(ui, palette, state, used, out);
            }
        });
    }
}

/// What is read aloud: plain sentences with all sounds in them.
const PASSAGE: &str = "“Today I want to show you one thing that writers do. They choose a small moment, and they stretch it out, bit by bit, so that the \
reader can see it, hear it and feel it. When I wrote about the thunderstorm, I began with the first fat drops on the kitchen window, and I made \
myself stay there, on those drops, before I let the thunder come.”";

fn voice_ui(ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
    section(ui, palette, "Your voice", Some("Stays on this computer"), |ui| {
        if let Some((meters, read)) = &state.reading {
            // Above what is read, so that it is in view as long as that is.
            let stop = ui.horizontal_wrapped(|ui| {
                if Button::new(Kind::Secondary, "Stop").small().show(ui).clicked() {
                    out.push(Action::Do(VoiceCommand::ReadAloud(false).into()));
                }
                charts::progress_bar(ui, 160.0, *read);
                charts::level_meter(ui, 14, 20.0, meters.read().level, palette.pine, palette.line);
                widgets::line(ui, theme::SECONDARY, palette.ink2, "Read aloud until the bar is full");
            });
            stop.response.scroll_to_me(None);
            widgets::label(ui, theme::BODY, palette.ink, PASSAGE);
            return;
        }
        let (name, more) = match state.voice {
            Some(seconds) => ("Afterbell knows your voice".to_owned(), format!("From {} of it. So it says which voice is yours.", spoken(seconds))),
            None => ("Afterbell does not know your voice yet".to_owned(), "It could then say which voice is yours.".to_owned()),
        };
        line(ui, palette, Some(icons::USER), &name, Some(&more), |ui| {
            if state.voice.is_some() && Button::new(Kind::Secondary, "Forget it").small().show(ui).clicked() {
                out.push(Action::Do(VoiceCommand::Forget.into()));
            }
            let text = if state.voice.is_some() { "Read again" } else { "Read aloud for 20 seconds" };
            if Button::new(Kind::Secondary, text).small().show(ui).clicked() {
                out.push(Action::Do(VoiceCommand::ReadAloud(true).into()));
            }
        });
        widgets::divider(ui);
        line(ui, palette, None, "Offer to remember it from conferences", Some("Always asks first. Students’ voices are never kept."), |ui| {
            let mut on = state.settings.offer_voice;
            if widgets::toggle(ui, &mut on, "Offer to remember it from conferences") {
                change(out, SettingsChange::OfferVoice(on));
            }
        });
    });
}

fn spoken(seconds: f64) -> String {
    if seconds < 90.0 { format!("{seconds:.0} seconds") } else { format!("{:.0} minutes", seconds / 60.0) }
}

fn change(out: &mut Vec<Action>, change: SettingsChange) {
    out.push(Action::Do(LibraryCommand::ChangeSetting(change).into()));
}

fn recording_ui(ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
    section(ui, palette, "Recording", None, |ui| {
        line(ui, palette, Some(icons::MICROPHONE), "Record with", None, |ui| microphone_choice(ui, state, 240.0, out));
        widgets::divider(ui);
        line(ui, palette, Some(icons::WAVEFORM), "Say something to test it", None, |ui| {
            let room = ui.available_width().min(320.0);
            let bars = if room < 320.0 { 12 } else { 22 };
            ui.allocate_ui_with_layout(vec2(room, 32.0), Layout::left_to_right(Align::Center), |ui| level_ui(ui, palette, state, bars));
        });
        widgets::divider(ui);
        line(ui, palette, Some(icons::SPEAKER_HIGH), "High quality", Some("The microphone’s own rate. Three times the space, the same words"), |ui| {
            let mut on = state.settings.high_quality;
            if widgets::toggle(ui, &mut on, "High quality") {
                change(out, SettingsChange::HighQuality(on));
            }
        });
        widgets::divider(ui);
        line(ui, palette, Some(icons::PENCIL_SIMPLE), "Transcribe", Some("While recording, the words are there when you stop"), |ui| {
            let all = [TranscribeWhen::WhileRecording, TranscribeWhen::PluggedIn, TranscribeWhen::Afterwards];
            let names = ["While recording", "When plugged in", "After class"].map(str::to_owned);
            let chosen = all.iter().position(|one| *one == state.settings.transcribe_when).unwrap_or(0);
            if let Some(picked) = choice(ui, "Transcribe", &names, chosen, 180.0) {
                change(out, SettingsChange::TranscribeWhen(all[picked]));
            }
        });
        widgets::divider(ui);
        line(ui, palette, Some(icons::TEXT_AA), "Show live text while recording", None, |ui| {
            let mut on = state.settings.live_text;
            if widgets::toggle(ui, &mut on, "Show live text while recording") {
                change(out, SettingsChange::LiveText(on));
            }
        });
        widgets::divider(ui);
        line(ui, palette, Some(icons::CLOCK), "Stop a forgotten recording", Some("After 30 minutes without speech nearby. It is saved."), |ui| {
            let mut on = state.settings.stops_forgotten;
            if widgets::toggle(ui, &mut on, "Stop a forgotten recording") {
                change(out, SettingsChange::StopsForgotten(on));
            }
        });
    });
}

fn listening_ui(ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
    section(ui, palette, "Listening", Some("Changes what you hear, never the recording"), |ui| {
        line(ui, palette, Some(icons::SPEAKER_HIGH), "Play through", None, |ui| {
            let (names, chosen) = loudspeakers(state);
            if let Some(picked) = choice(ui, "Play through", &names, chosen, 240.0) {
                choose_loudspeaker(state, picked, out);
            }
        });
        let sound = &state.settings.sound;
        type ToggleRow = (bool, fn(bool) -> SettingsChange, Icon, &'static str, Option<&'static str>);
        let rows: [ToggleRow; 2] = [
            (sound.denoise, SettingsChange::Denoise, icons::WAVEFORM, "Soften classroom noise when listening back", None),
            (
                sound.level_speakers,
                SettingsChange::LevelSpeakers,
                icons::USERS_THREE,
                "Even out voices when listening back",
                Some("A quiet child becomes as loud as you"),
            ),
        ];
        for (mut on, changed, icon, name, more) in rows {
            widgets::divider(ui);
            line(ui, palette, Some(icon), name, more, |ui| {
                if widgets::toggle(ui, &mut on, name) {
                    change(out, changed(on));
                }
            });
        }
    });
}

fn privacy_ui(ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
    section(ui, palette, "Privacy", None, |ui| {
        egui::Frame::new().fill(palette.pine_tint).corner_radius(8).inner_margin(16).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_top(|ui| {
                ui.label(icons::SHIELD_CHECK.text(22.0, palette.pine));
                let mut job = egui::text::LayoutJob::default();
                job.append("Nothing leaves this computer. ", 0.0, theme::BUTTON.format(palette.ink));
                job.append("Afterbell goes online only if you press Download for a speech model.", 0.0, theme::BODY.format(palette.ink));
                ui.add(egui::Label::new(job).wrap());
            });
        });
        let conferences = widgets::number_of(state.conferences.len(), "conference", "conferences");
        line(ui, palette, Some(icons::FOLDER_OPEN), "Where things are kept", Some(&conferences), |ui| {
            if Button::new(Kind::Secondary, "Open folder").small().show(ui).clicked() {
                out.push(Action::Do(LibraryQuery::ShowFolder.into()));
            }
        });
        line(ui, palette, Some(icons::CLOCK_COUNTER_CLOCKWISE), "Recently deleted", Some("Can be restored for 30 days"), |ui| {
            if Button::new(Kind::Secondary, "Look").small().show(ui).clicked() {
                out.push(Action::Go(Place::Deleted(Box::new(Place::Settings))));
            }
        });
    });
}

fn reflecting_ui(ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
    section(ui, palette, "Reflecting", None, |ui| {
        line(ui, palette, Some(icons::EYE_SLASH), "Guess first", Some("Cover what was found until you rate it"), |ui| {
            let mut on = state.settings.guess_first;
            if widgets::toggle(ui, &mut on, "Guess first") {
                change(out, SettingsChange::GuessFirst(on));
            }
        });
    });
}

/// The teacher's own menu of teaching points, one on each line.
fn menu_ui(ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
    section(ui, palette, "Your teaching points", Some("One on each line"), |ui| {
        widgets::label(ui, theme::SECONDARY, palette.ink2, "For question 5: what else could you have taught? Write your own.");
        let before = state.settings.teaching_menu.join("\n");
        let mut text = before.clone();
        let edit = egui::TextEdit::multiline(&mut text)
            .id(egui::Id::unique("teaching points"))
            .font(theme::BODY.font())
            .margin(12.0)
            .desired_rows(6)
            .desired_width(ui.available_width());
        ui.add(edit).widget_info(|| WidgetInfo::labeled(Role::MultilineTextInput, true, "Your teaching points"));
        if text != before {
            // Lines stay as they are typed, empty ones too; the card leaves those out.
            change(out, SettingsChange::TeachingMenu(text.split('\n').map(str::to_owned).collect()));
        }
    });
}

fn appearance_ui(ui: &mut Ui, palette: &Palette, state: &AppState, out: &mut Vec<Action>) {
    section(ui, palette, "Appearance", None, |ui| {
        line(ui, palette, None, "Colours", None, |ui| {
            let options = [(None, "Like the computer"), (Some(icons::SUN), "Light"), (Some(icons::MOON), "Dark")];
            let themes = [Theme::System, Theme::Light, Theme::Dark];
            let chosen = themes.iter().position(|theme| *theme == state.settings.theme).unwrap_or(0);
            if let Some(picked) = widgets::segmented(ui, &options, chosen) {
                change(out, SettingsChange::Theme(themes[picked]));
            }
        });
        widgets::divider(ui);
        line(ui, palette, None, "Text size", None, |ui| {
            let options = [(None, "Small"), (None, "Normal"), (None, "Large"), (None, "Largest")];
            let chosen = TEXT_SIZES.iter().position(|size| *size == state.settings.text_size).unwrap_or(1);
            if let Some(picked) = widgets::segmented(ui, &options, chosen) {
                change(out, SettingsChange::TextSize(TEXT_SIZES[picked]));
            }
        });
        widgets::divider(ui);
        line(ui, palette, None, "Speaker colours", None, |ui| {
            for (speaker, name) in [(Speaker::Other, "Another voice"), (Speaker::Student(1), "Student"), (Speaker::Teacher, "You")] {
                widgets::line(ui, theme::BUTTON, palette.speaker(speaker), name);
                let (dot, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
                ui.painter().circle_filled(dot.center(), 6.0, palette.speaker(speaker));
                ui.add_space(8.0);
            }
        });
        widgets::divider(ui);
        line(ui, palette, None, "Keyboard shortcuts", None, |ui| {
            if Button::new(Kind::Secondary, "Show").small().show(ui).clicked() {
                out.push(Action::ShowKeys);
            }
            widgets::key_cap(ui, "F1");
        });
    });
}
