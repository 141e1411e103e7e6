//! The menu of a turn.

use super::TranscriptAction;
use crate::conference::ConferenceRecord;
use crate::ui::kit::theme;
use crate::ui::kit::{icons, overlay, widgets};
use crate::ui::reflect::editing;
use egui::{Response, Ui};

/// Right click on a turn: who says it, and whose voice this is in the whole conference.
pub(super) fn assign_menu(response: &Response, record: &ConferenceRecord, index: usize) -> Option<TranscriptAction> {
    let mut assigned = None;
    let turn = &record.turns()[index];
    let voice = record.data().voices.spans.iter().find(|piece| piece.span.overlap(turn.span).is_some()).map(|piece| usize::from(piece.voice.0));
    overlay::context_menu(response, 280.0, |ui| {
        let palette = theme::palette(ui);
        ui.spacing_mut().item_spacing.y = 0.0;
        let heading = |ui: &mut Ui, text: &str| widgets::line(ui, theme::SECONDARY_BOLD, palette.ink2, text);
        heading(ui, "This turn is:");
        for speaker in editing::speakers(record) {
            if overlay::item(ui, None, &record.speaker_name(speaker), speaker == turn.speaker) {
                assigned = Some(TranscriptAction::Give(index, speaker));
            }
        }
        if turn.speaker.is_student() && overlay::item(ui, Some(icons::PENCIL_SIMPLE), &format!("Rename {}…", record.speaker_name(turn.speaker)), false) {
            assigned = Some(TranscriptAction::Rename(turn.speaker));
        }
        let Some(voice) = voice else { return };
        widgets::divider(ui);
        heading(ui, "This voice is, in the whole conference:");
        for speaker in editing::speakers(record) {
            if overlay::item(ui, None, &record.speaker_name(speaker), speaker == turn.speaker) {
                assigned = Some(TranscriptAction::Assign(voice, speaker));
            }
        }
    });
    assigned
}
