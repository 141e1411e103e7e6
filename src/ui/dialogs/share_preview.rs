//! How the shared page will look, each replaced name marked; and the list of names to check.

use crate::conference::{ConferenceId, Speaker};
use crate::settings::OwnNames;
use crate::ui::kit::icons;
use crate::ui::kit::theme::{self, Palette, Type};
use crate::ui::kit::widgets::{self, Button, Kind};
use crate::work::{Block, Document, Replacement, ReplacementReason, marked_pieces};
use egui::text::LayoutJob;
use egui::{Color32, CornerRadius, Stroke, Ui, vec2};

/// The beginning is enough to see how it will look; three hours have thousands of lines.
const BLOCKS: usize = 80;

/// Draws the page, or that it is being made.
pub(super) fn preview_ui(ui: &mut Ui, palette: &Palette, page: Option<&Document>, conferences: usize) {
    ui.horizontal(|ui| {
        widgets::line(ui, theme::SECONDARY_BOLD, palette.ink, "Preview");
        if conferences > 1 {
            widgets::line(ui, theme::SECONDARY, palette.ink2, format!("the first of {conferences}"));
        }
    });
    let Some(page) = page else { return };
    egui::ScrollArea::vertical().id_salt("share preview").auto_shrink(false).show(ui, |ui| {
        let frame = egui::Frame::new().fill(palette.card).inner_margin(24).corner_radius(CornerRadius::same(2)).stroke(Stroke::new(1.0, palette.line));
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 6.0;
            said_ui(ui, palette, &[(&page.title, theme::CARD_TITLE, palette.ink)]);
            for (label, value) in &page.head {
                said_ui(ui, palette, &[(&format!("{label}: "), theme::SMALL_BOLD, palette.ink2), (value, theme::SMALL, palette.ink2)]);
            }
            page.blocks.iter().take(BLOCKS).for_each(|block| block_ui(ui, palette, block));
            if page.blocks.len() > BLOCKS {
                widgets::label(ui, theme::SECONDARY, palette.ink2, "… and so on.");
            }
        });
    });
}

fn block_ui(ui: &mut Ui, palette: &Palette, block: &Block) {
    match block {
        Block::Section(title) => {
            ui.add_space(8.0);
            said_ui(ui, palette, &[(title, theme::NAME, palette.ink)]);
        }
        Block::Part(title) => said_ui(ui, palette, &[(title, theme::SECONDARY_BOLD, palette.ink2)]),
        Block::Fact(label, value) => {
            said_ui(ui, palette, &[(&format!("{label}: "), theme::SECONDARY_BOLD, palette.ink), (value, theme::SECONDARY, palette.ink)])
        }
        Block::Remark(said) => said_ui(ui, palette, &[(said, theme::SECONDARY, palette.ink2)]),
        Block::Moment { at, label, text } => timed_ui(ui, palette, at.map(|at| at.clock()), |ui| {
            said_ui(ui, palette, &[(&format!("{label}: "), theme::SECONDARY_BOLD, palette.ink), (text, theme::SECONDARY, palette.ink)]);
        }),
        Block::Line(line) => timed_ui(ui, palette, line.at.map(|at| at.clock()), |ui| {
            let color = line.speaker.map_or(palette.other, |speaker: Speaker| palette.speaker(speaker));
            let mark = if line.is_marked { "marked  " } else { "" };
            let name = if line.name.is_empty() { String::new() } else { format!("{}: ", line.name) };
            let ink = if line.remark.is_some() { palette.ink2 } else { palette.ink };
            let pieces = [(mark, theme::SECONDARY_BOLD, palette.rose), (&name, theme::SECONDARY_BOLD, color), (line.said(), theme::SECONDARY, ink)];
            said_ui(ui, palette, &pieces);
            for aside in &line.asides {
                said_ui(ui, palette, &[(&format!("({aside})"), theme::SMALL, palette.ink2)]);
            }
        }),
    }
}

/// The moment at the left.
fn timed_ui(ui: &mut Ui, palette: &Palette, at: Option<String>, said: impl FnOnce(&mut Ui)) {
    let Some(at) = at else { return said(ui) };
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(44.0, 20.0), |ui| {
            ui.set_width(44.0);
            widgets::line(ui, theme::SMALL, palette.ink2, at);
        });
        ui.vertical(said);
    });
}

/// Text that wraps; what stands in place of a name is marked.
fn said_ui(ui: &mut Ui, palette: &Palette, pieces: &[(&str, Type, Color32)]) {
    let mut job = LayoutJob::default();
    for (text, role, color) in pieces {
        for (piece, is_replacement) in marked_pieces(text) {
            let format = role.format(*color);
            job.append(piece, 0.0, if is_replacement { theme::marked(format, palette) } else { format });
        }
    }
    widgets::said(ui, job);
}

/// Draws every name that was found, with a switch and its replacement, and a row to add one.
pub(super) fn names_ui(ui: &mut Ui, ids: &[ConferenceId], names: &[Replacement], own: &mut OwnNames, typed: &mut (String, String)) {
    let palette = theme::palette(ui);
    widgets::label(ui, theme::SECONDARY_BOLD, palette.ink, "Names in what you share");
    let height = ui.available_height() - 56.0;
    egui::ScrollArea::vertical().id_salt("share names").max_height(height).auto_shrink(false).show(ui, |ui| {
        for one in names {
            name_ui(ui, palette, one, own);
        }
        if names.is_empty() {
            widgets::label(ui, theme::SECONDARY, palette.ink2, "No names were found. Add one below if you know of one.");
        }
    });
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 120.0) / 2.0;
        widgets::field(ui, widgets::field_id(ids, "another name"), &mut typed.0, "Another name", None, width);
        widgets::field(ui, widgets::field_id(ids, "another name instead"), &mut typed.1, "Say instead", None, width);
        ui.add_enabled_ui(!typed.0.trim().is_empty(), |ui| {
            if Button::new(Kind::Secondary, "Add").icon(icons::PLUS).show(ui).clicked() {
                let instead = if typed.1.trim().is_empty() { "[name]" } else { typed.1.trim() };
                own.replace.insert(typed.0.trim().to_owned(), instead.to_owned());
                *typed = (String::new(), String::new());
            }
        });
    });
}

fn name_ui(ui: &mut Ui, palette: &Palette, one: &Replacement, own: &mut OwnNames) {
    ui.horizontal(|ui| {
        let mut is_on = one.is_on;
        if widgets::toggle(ui, &mut is_on, &format!("Hide {}", one.name)) {
            match (is_on, one.why) {
                // Off by itself: the teacher's own from now on.
                (true, ReplacementReason::Perhaps) => drop(own.replace.insert(one.name.clone(), one.instead.clone())),
                (true, _) => own.keep.retain(|kept| !kept.eq_ignore_ascii_case(&one.name)),
                (false, ReplacementReason::Own) => drop(own.replace.remove(&one.name)),
                (false, _) => drop(own.keep.insert(one.name.clone())),
            }
        }
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let text = if one.is_on { format!("{} becomes “{}”", one.name, one.instead) } else { format!("{} stays", one.name) };
            widgets::line(ui, theme::SECONDARY_BOLD, palette.ink, text);
            let times = if one.found == 1 { "once".to_owned() } else { format!("{} times", one.found) };
            widgets::line(ui, theme::SMALL, palette.ink2, format!("{}, {times}", one.why.label()));
        });
    });
}
