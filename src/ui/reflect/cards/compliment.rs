//! Compliment: quoted, counted, its elements; praise of other kinds apart.

use super::parts::{CardAction, SelectedTurns, correct, inside, not_sought, pill, pills_line, remark, rich, said_line, talked};
use super::view::{EvidenceView, FindingCorrection, NONE};
use crate::conference::{Compliment, ConferenceRecord, Evidence, FindingOverride, Millis, Sureness};
use crate::ui::kit::theme::{self, Palette};
use crate::ui::kit::widgets::{self};
use egui::Ui;

impl EvidenceView {
    /// Compliment: quoted, counted, its elements; praise of other kinds apart.
    pub fn compliment_ui(&mut self, ui: &mut Ui, palette: &Palette, record: &ConferenceRecord, chosen: SelectedTurns, asked: &mut Vec<CardAction>) {
        if let Some(text) = not_sought(record) {
            widgets::label(ui, theme::BODY, palette.ink2, text);
            return;
        }
        let evidence = record.evidence();
        let own = record.data().corrections.compliment;
        match main_compliment(evidence) {
            Some(compliment) => {
                self.head(ui, |ui| {
                    let found = if own.is_some() { "You showed" } else { found_word(compliment.sureness) };
                    rich(ui, palette, &[(found, false), (&format!(" {}", counted(compliment)), true)]);
                    pill(ui, compliment.span.start(), asked);
                });
                self.quote_ui(ui, palette, record, &compliment.words, palette.teacher);
                remark(ui, palette, elements(record, compliment));
                if let Some(but) = &compliment.but_after {
                    said_line(ui, record, "A “but” comes right after it:", but, asked);
                }
                let others: Vec<Millis> = evidence.compliments.iter().filter(|other| other.span != compliment.span).map(|other| other.span.start()).collect();
                pills_line(ui, palette, "Also found", &others, asked);
            }
            None if own == Some(FindingOverride::Nothing) => self.head(ui, |ui| {
                widgets::label(ui, theme::BODY, palette.ink, "There was none, you said.");
            }),
            None => self.head(ui, |ui| {
                widgets::label(ui, theme::BODY, palette.ink, "Did not find a compliment. Was there one? Show me where.");
            }),
        }
        if self.fixing {
            let here = chosen.map(|span| correct(record, |all| all.compliment = Some(FindingOverride::Here(span))));
            let none = (own != Some(FindingOverride::Nothing)).then(|| correct(record, |all| all.compliment = Some(FindingOverride::Nothing)));
            let back = own.is_some().then(|| correct(record, |all| all.compliment = None));
            let none = none.map(|none| (NONE, none));
            self.fix_ui(ui, palette, FindingCorrection { question: "Choose the turns that are your compliment".into(), chosen, here, none, back }, asked);
        }
        let starts = |all: &[crate::conference::Praise]| all.iter().map(|praise| praise.span.start()).collect::<Vec<_>>();
        pills_line(ui, palette, "Praise of the person (“you’re so smart”)", &starts(&evidence.person_praise), asked);
        pills_line(ui, palette, "Short praise (“good job”)", &starts(&evidence.bare_praise), asked);
        pills_line(ui, palette, "Praise of behaviour", &starts(&evidence.behaviour_praise), asked);
        self.definition_ui(
            ui,
            palette,
            "What counts as a paragraph here",
            "Three sentences or more, or 35 words or more, with at least two of four elements: what the writer did, where, what it does for a reader, and that it \
             can be done again. That is Afterbell’s own choice, for counting; yours may differ.",
        );
    }
}

/// The compliment the card is about: the longest.
pub(super) fn main_compliment(evidence: &Evidence) -> Option<&Compliment> {
    evidence.compliments.iter().max_by_key(|compliment| (compliment.is_paragraph, compliment.word_count))
}

pub(super) fn found_word(sureness: Sureness) -> &'static str {
    if sureness == Sureness::Guess { "Perhaps" } else { "Found" }
}

/// "4 sentences, 38 words".
pub(super) fn counted(compliment: &Compliment) -> String {
    let (sentences, words) = (widgets::number_of(compliment.sentences, "sentence", "sentences"), widgets::number_of(compliment.word_count, "word", "words"));
    format!("{sentences}, {words}")
}

pub(super) fn elements(record: &ConferenceRecord, compliment: &Compliment) -> String {
    let who = talked(record);
    let elements = &compliment.elements;
    let found: Vec<String> = [
        (elements.named_move.is_empty(), format!("names what {} did", inside(&who))),
        (elements.evidence.is_empty(), "points to where".to_owned()),
        (elements.effect.is_empty(), "says what it does for a reader".to_owned()),
        (elements.transfer.is_empty(), "says it can be done again".to_owned()),
    ]
    .into_iter()
    .filter(|(is_empty, _)| !is_empty)
    .map(|(_, text)| text)
    .collect();
    let length = if compliment.is_paragraph { "It counts as a paragraph here" } else { "Shorter than what counts as a paragraph here" };
    match found.split_last() {
        None => format!("{length}."),
        Some((only, [])) => format!("Looks like it {only}. {length}."),
        Some((last, rest)) => format!("Looks like it {}, and {last}. {length}.", rest.join(", ")),
    }
}
