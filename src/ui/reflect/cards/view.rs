//! What the open card remembers, and what all findings have: a head with "Not quite right?", how to correct them, quotes, a definition.

use super::parts::{CardAction, SelectedTurns, correct, pill, quote, remark};
use crate::conference::{ConferenceRecord, Millis, Span};
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self, Button, Kind};
use egui::{Align, Layout, Ui, vec2};

/// What the evidence of the open card remembers.
#[derive(Default)]
pub(super) struct EvidenceView {
    /// "Not quite right?" was pressed.
    pub(super) fixing: bool,
    /// What the transcript is asked for meanwhile.
    pub(super) choosing: Option<Choosing>,
    /// The open pacing card tells more, and how things are counted.
    pub(super) more_pacing: bool,
    /// The waits for which there is no room as bars are listed.
    pub(super) all_waits: bool,
    pub(super) all_questions: bool,
    pub(super) whole_quote: bool,
    pub(super) definitions: bool,
}

/// Something is chosen in the transcript: what is asked, and what each answer does.
pub(in crate::ui::reflect) struct Choosing {
    pub question: String,
    pub of: ChoosingOf,
    /// The chosen turns are it; none: nothing is chosen yet.
    pub here: Option<CardAction>,
    /// There was none, and how that is said.
    pub none: Option<(&'static str, CardAction)>,
}

/// What is chosen.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ui::reflect) enum ChoosingOf {
    /// Turns, from a first to a last.
    Turns,
    /// Pauses, of these, each by itself; those that are waits so far are chosen at first.
    Pauses { all: Vec<Span>, at_first: Vec<Millis> },
}

/// What is chosen in the transcript so far.
#[derive(Debug, Clone, Copy)]
pub(in crate::ui::reflect) struct Chosen<'a> {
    pub turns: SelectedTurns,
    /// The pauses; none while they are not asked for.
    pub pauses: Option<&'a [Span]>,
}

/// Room for "Not quite right?" at the right of a line, and for the kind and moment of a question.
const FIX: f32 = 164.0;
/// Room for "Fix" or "Done" in its place, with large text in a small window.
const NARROW_FIX: f32 = 84.0;
pub(super) const PUT_BACK: &str = "Put back what Afterbell found";
/// There is none of what was looked for.
pub(super) const NONE: &str = "There was none";

/// How a finding may be corrected.
pub(super) struct FindingCorrection {
    /// What is asked.
    pub question: String,
    /// The turns selected in the transcript.
    pub chosen: SelectedTurns,
    /// These are it.
    pub here: Option<CardAction>,
    /// There is none: how the button says so.
    pub none: Option<(&'static str, CardAction)>,
    /// Back to what was found.
    pub back: Option<CardAction>,
}

impl EvidenceView {
    /// A line with "Not quite right?" at its right.
    pub(super) fn head(&mut self, ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
        ui.horizontal_top(|ui| {
            let is_narrow = ui.available_width() < 400.0;
            let left = vec2(ui.available_width() - if is_narrow { NARROW_FIX } else { FIX }, 32.0);
            ui.allocate_ui_with_layout(left, Layout::left_to_right(Align::Center).with_main_wrap(true), |ui| {
                ui.set_min_width(left.x);
                contents(ui);
            });
            ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                // Choosing in the transcript ends there, with one of its buttons.
                let (label, icon) = match (self.fixing, is_narrow) {
                    (true, _) => ("Leave it as it is", icons::X),
                    (false, true) => ("Fix", icons::PENCIL_SIMPLE),
                    (false, false) => ("Not quite right?", icons::PENCIL_SIMPLE),
                };
                if Button::new(Kind::Quiet, label).icon(icon).small().show(ui).clicked() {
                    self.fixing = !self.fixing;
                }
            });
        });
    }

    /// What may be corrected, while "Not quite right?" is pressed: the transcript asks for it.
    pub(super) fn fix_ui(&mut self, ui: &mut Ui, palette: &Palette, fix: FindingCorrection, asked: &mut Vec<CardAction>) {
        let FindingCorrection { question, chosen, here, none, back } = fix;
        widgets::label(ui, theme::SECONDARY_BOLD, palette.ink, &question);
        match chosen {
            Some(span) => {
                ui.horizontal(|ui| {
                    widgets::line(ui, theme::BODY, palette.ink, "From");
                    pill(ui, span.start(), asked);
                    widgets::line(ui, theme::BODY, palette.ink, "to");
                    pill(ui, span.end(), asked);
                });
            }
            None => remark(ui, palette, "In the transcript, press the first turn and then the last."),
        }
        self.choosing = Some(Choosing { question, of: ChoosingOf::Turns, here, none });
        put_back_ui(ui, palette, back, asked);
    }

    /// Which pauses were waits, while "Not quite right?" is pressed; `chosen` are those ticked in the transcript.
    pub(super) fn waits_fix_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, chosen: Option<&[Span]>, asked: &mut Vec<CardAction>) {
        let question = "Choose the quiet moments that were waits";
        widgets::label(ui, theme::SECONDARY_BOLD, palette.ink, question);
        remark(ui, palette, "In the transcript, tick each one. Done keeps your version. Esc leaves it as it was.");
        let moments = |pauses: &[Span]| pauses.iter().map(|pause| pause.middle()).collect::<Vec<_>>();
        let waits = |moments: Vec<Millis>| correct(record, |all| all.waits = Some(moments));
        let measures = record.measures();
        let own = &record.data().corrections.waits;
        self.choosing = Some(Choosing {
            question: question.into(),
            of: ChoosingOf::Pauses { all: measures.pauses.clone(), at_first: moments(&measures.wait_one.waits) },
            here: chosen.filter(|chosen| !chosen.is_empty()).map(|chosen| waits(moments(chosen))),
            none: (own.as_deref() != Some(&[])).then(|| (NONE, waits(Vec::new()))),
        });
        put_back_ui(ui, palette, own.as_ref().map(|_| correct(record, |all| all.waits = None)), asked);
    }

    pub(super) fn quote_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, words: &[usize], color: egui::Color32) {
        const SHORT: usize = 22;
        let long = words.len() > SHORT + 6;
        let shown = if long && !self.whole_quote { &words[..SHORT] } else { words };
        let more = if shown.len() < words.len() { "…" } else { "" };
        quote(ui, palette, &format!("{}{more}", record.transcript().text(shown)), color);
        if long {
            let label = if self.whole_quote { "Show less" } else { "Show all" };
            if Button::new(Kind::Quiet, label).small().show(ui).clicked() {
                self.whole_quote = !self.whole_quote;
            }
        }
    }

    pub(super) fn definition_ui(&mut self, ui: &mut Ui, palette: &Palette, label: &str, text: &str) {
        if Button::new(Kind::Quiet, label).icon(icons::INFO).small().show(ui).clicked() {
            self.definitions = !self.definitions;
        }
        if self.definitions {
            remark(ui, palette, text);
        }
    }
}

/// What was corrected can always be put back.
fn put_back_ui(ui: &mut Ui, palette: &Palette, back: Option<CardAction>, asked: &mut Vec<CardAction>) {
    let Some(back) = back else { return };
    ui.horizontal(|ui| {
        widgets::line(ui, theme::SECONDARY, palette.ink2, "Your version is kept.");
        if Button::new(Kind::Quiet, PUT_BACK).icon(icons::ARROW_COUNTER_CLOCKWISE).small().show(ui).clicked() {
            asked.push(back);
        }
    });
}
