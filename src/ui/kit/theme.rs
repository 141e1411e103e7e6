//! Every colour, size and font of the window. Nothing else names a colour.

use super::icons::Icon;
use crate::conference::{Phase, Speaker};
use crate::settings::Theme;
use egui::{Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Stroke, Style, TextStyle, Ui};
use std::sync::Arc;

const fn hex(rgb: u32) -> Color32 {
    #[expect(clippy::disallowed_methods, reason = "this is the place where colours are made")]
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

/// Every colour, by its use (design tokens).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Palette {
    /// Dark paper.
    pub is_dark: bool,
    /// Window.
    pub paper: Color32,
    /// Cards and fields.
    pub card: Color32,
    /// Rail and tracks.
    pub sunk: Color32,
    /// Dividers.
    pub line: Color32,
    /// Control outlines.
    pub edge: Color32,
    /// Text.
    pub ink: Color32,
    /// Secondary text.
    pub ink2: Color32,
    /// Everything that can be pressed.
    pub pine: Color32,
    /// Pressed fill.
    pub pine_hover: Color32,
    /// Selected row, pills.
    pub pine_tint: Color32,
    /// Text on pine.
    pub on_pine: Color32,
    /// Record, marks, due.
    pub rose: Color32,
    /// Pressed record.
    pub rose_hover: Color32,
    /// Due pill, halo.
    pub rose_tint: Color32,
    /// Text on rose.
    pub on_rose: Color32,
    /// You.
    pub teacher: Color32,
    /// Behind You.
    pub teacher_tint: Color32,
    /// The student.
    pub student: Color32,
    /// Behind the student.
    pub student_tint: Color32,
    /// Another voice.
    pub other: Color32,
    /// Behind another voice.
    pub other_tint: Color32,
    /// Research.
    pub ph1: Color32,
    /// Compliment.
    pub ph2: Color32,
    /// Teach.
    pub ph3: Color32,
    /// Link.
    pub ph4: Color32,
    /// Text on ph1 to ph3.
    pub ph_ink: Color32,
    /// Text on ph4.
    pub ph4_ink: Color32,
    /// Search hit.
    pub hit: Color32,
    /// Recording background.
    pub quiet: Color32,
    /// Hover, active turn.
    pub raise: Color32,
}

const LIGHT: Palette = Palette {
    is_dark: false,
    paper: hex(0xF6F2EA),
    card: hex(0xFFFDF9),
    sunk: hex(0xEDE7DB),
    line: hex(0xDFD8CA),
    edge: hex(0x8D8576),
    ink: hex(0x252B2A),
    ink2: hex(0x565E5A),
    pine: hex(0x12645B),
    pine_hover: hex(0x0D524A),
    pine_tint: hex(0xDDEBE5),
    on_pine: hex(0xFFFFFF),
    rose: hex(0xAE3349),
    rose_hover: hex(0x94293D),
    rose_tint: hex(0xF8E3E2),
    on_rose: hex(0xFFFFFF),
    teacher: hex(0x2459A0),
    teacher_tint: hex(0xE4ECF6),
    student: hex(0x92560A),
    student_tint: hex(0xF8EAD3),
    other: hex(0x68616F),
    other_tint: hex(0xECE8EC),
    ph1: hex(0xD6E2DB),
    ph2: hex(0xB7D2C6),
    ph3: hex(0x8CB7A8),
    ph4: hex(0x3F7C6E),
    ph_ink: hex(0x1F2E2A),
    ph4_ink: hex(0xFFFFFF),
    hit: hex(0xC6E3D8),
    quiet: hex(0xE6E1D7),
    raise: hex(0xF4EFE5),
};

const DARK: Palette = Palette {
    is_dark: true,
    paper: hex(0x191C1B),
    card: hex(0x222625),
    sunk: hex(0x131615),
    line: hex(0x363D3A),
    edge: hex(0x7E8782),
    ink: hex(0xECE8DF),
    ink2: hex(0xB0B6AF),
    pine: hex(0x74C7B5),
    pine_hover: hex(0x8FD6C6),
    pine_tint: hex(0x203A35),
    on_pine: hex(0x0E211D),
    rose: hex(0xF2949E),
    rose_hover: hex(0xF7AEB5),
    rose_tint: hex(0x40272B),
    on_rose: hex(0x2B0D12),
    teacher: hex(0x8FB9F2),
    teacher_tint: hex(0x243349),
    student: hex(0xE6B061),
    student_tint: hex(0x3D3120),
    other: hex(0xBDB4C7),
    other_tint: hex(0x34313A),
    ph1: hex(0x34423D),
    ph2: hex(0x3A5A50),
    ph3: hex(0x396A5D),
    ph4: hex(0x7FBFAE),
    ph_ink: hex(0xECE8DF),
    ph4_ink: hex(0x0E211D),
    hit: hex(0x22473F),
    quiet: hex(0x141716),
    raise: hex(0x2C3230),
};

/// The same, where there is no part of the window yet.
#[must_use]
pub(in crate::ui) fn palette_of(ctx: &egui::Context) -> &'static Palette {
    if ctx.theme() == egui::Theme::Dark { &DARK } else { &LIGHT }
}

/// The palette of the theme that is being drawn.
#[must_use]
pub fn palette(ui: &Ui) -> &'static Palette {
    if ui.visuals().dark_mode { &DARK } else { &LIGHT }
}

impl Palette {
    /// The colour of a speaker's name and lane.
    #[must_use]
    pub fn speaker(&self, speaker: Speaker) -> Color32 {
        match speaker {
            Speaker::Teacher => self.teacher,
            Speaker::Student(_) => self.student,
            Speaker::Other | Speaker::Unknown => self.other,
        }
    }

    /// The fill of a phase, and the text on it.
    #[must_use]
    pub fn phase(&self, phase: Phase) -> (Color32, Color32) {
        match phase {
            Phase::Research => (self.ph1, self.ph_ink),
            Phase::Compliment => (self.ph2, self.ph_ink),
            Phase::Teach => (self.ph3, self.ph_ink),
            Phase::Link => (self.ph4, self.ph4_ink),
            Phase::Other => (self.sunk, self.ink2),
        }
    }

    /// Behind a speaker's initial.
    #[must_use]
    pub fn speaker_tint(&self, speaker: Speaker) -> Color32 {
        match speaker {
            Speaker::Teacher => self.teacher_tint,
            Speaker::Student(_) => self.student_tint,
            Speaker::Other | Speaker::Unknown => self.other_tint,
        }
    }
}

/// A text role: size, line height and weight (points at text size 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Type {
    /// Letter size.
    pub size: f32,
    /// Line height.
    pub line: f32,
    /// Bold instead of medium.
    pub bold: bool,
}

const fn medium(size: f32, line: f32) -> Type {
    Type { size, line, bold: false }
}

const fn bold(size: f32, line: f32) -> Type {
    Type { size, line, bold: true }
}

/// Timer while recording.
pub const TIMER: Type = medium(72.0, 80.0);
/// The student on the stage.
pub const STAGE: Type = bold(40.0, 48.0);
/// Big number, and the welcome headline.
pub const NUMBER: Type = bold(28.0, 32.0);
/// Screen title.
pub const TITLE: Type = bold(24.0, 32.0);
/// Card title.
pub const CARD_TITLE: Type = bold(18.0, 24.0);
/// Question title, names.
pub const NAME: Type = bold(16.0, 24.0);
/// Body.
pub const BODY: Type = medium(15.0, 24.0);
/// Buttons.
pub const BUTTON: Type = bold(15.0, 24.0);
/// Secondary text.
pub const SECONDARY: Type = medium(14.0, 20.0);
/// Secondary text, bold.
pub const SECONDARY_BOLD: Type = bold(14.0, 20.0);
/// Times, axis: the smallest.
pub const SMALL: Type = medium(13.0, 16.0);
/// Pills.
pub const SMALL_BOLD: Type = bold(13.0, 16.0);
/// The transcript.
pub const TRANSCRIPT: Type = medium(17.0, 24.0);

impl Type {
    /// The font.
    #[must_use]
    pub fn font(self) -> FontId {
        FontId::new(self.size, if self.bold { FontFamily::Name("bold".into()) } else { FontFamily::Proportional })
    }

    /// Text in this role and colour.
    #[must_use]
    pub fn text(self, text: impl Into<String>, color: Color32) -> egui::RichText {
        egui::RichText::new(text).font(self.font()).color(color).line_height(Some(self.line))
    }

    /// A text format for layout jobs.
    #[must_use]
    pub fn format(self, color: Color32) -> egui::TextFormat {
        egui::TextFormat { font_id: self.font(), color, line_height: Some(self.line), ..egui::TextFormat::default() }
    }
}

/// The same text with a mark behind it: behind its letters, as egui lays the background of a higher line too low.
#[must_use]
pub fn marked(format: egui::TextFormat, palette: &Palette) -> egui::TextFormat {
    egui::TextFormat { background: palette.hit, line_height: None, valign: egui::Align::Center, ..format }
}

impl Icon {
    /// The icon font at this size: 16 in pills, 20 in buttons, 24 in the rail.
    #[must_use]
    pub fn font(self, size: f32) -> FontId {
        FontId::new(size, FontFamily::Name(if self.filled { "icons-fill" } else { "icons" }.into()))
    }

    /// The icon as text.
    #[must_use]
    pub fn text(self, size: f32, color: Color32) -> egui::RichText {
        egui::RichText::new(self.glyph.to_string()).font(self.font(size)).color(color)
    }
}

/// The navigation rail's width.
pub const RAIL: f32 = 88.0;
/// The header's height.
pub const HEADER: f32 = 64.0;
/// Between the window's edge and what is in it.
pub const MARGIN: f32 = 24.0;
/// Between cards.
pub const GAP: f32 = 16.0;
/// Card corners.
pub const CARD_RADIUS: u8 = 12;
/// Control corners.
pub const CONTROL_RADIUS: u8 = 8;
/// Under this window height the small layout is used.
pub const SMALL_HEIGHT: f32 = 740.0;

/// The frame of a card: one line, no shadow, 16 of padding.
pub fn card(palette: &Palette) -> egui::Frame {
    egui::Frame::new().fill(palette.card).stroke(Stroke::new(1.0, palette.line)).corner_radius(CARD_RADIUS).inner_margin(Margin::same(16))
}

/// Installs fonts and both styles; called once when the window opens. `system_fonts` of egui adds other scripts.
pub fn install(ctx: &egui::Context) {
    // Where the computer does not say, paper is light.
    ctx.options_mut(|options| options.fallback_theme = egui::Theme::Light);
    ctx.set_fonts(fonts());
    ctx.set_style_of(egui::Theme::Light, style(&LIGHT));
    ctx.set_style_of(egui::Theme::Dark, style(&DARK));
}

/// Applies the teacher's choice of colours and text size.
pub fn choose(ctx: &egui::Context, theme: Theme, text_size: f32) {
    ctx.set_theme(match theme {
        Theme::System => egui::ThemePreference::System,
        Theme::Light => egui::ThemePreference::Light,
        Theme::Dark => egui::ThemePreference::Dark,
    });
    ctx.set_zoom_factor(text_size);
}

fn fonts() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let faces: [(&str, &'static [u8]); 4] = [
        ("lato", include_bytes!("../../../assets/fonts/Lato-Medium.ttf")),
        ("lato-bold", include_bytes!("../../../assets/fonts/Lato-Bold.ttf")),
        ("phosphor", include_bytes!("../../../assets/fonts/Phosphor.ttf")),
        ("phosphor-fill", include_bytes!("../../../assets/fonts/Phosphor-Fill.ttf")),
    ];
    for (name, bytes) in faces {
        // Lato's letters stand a little high in their line; the icons are drawn about their middle.
        let lower = if name.starts_with("lato") { 0.07 } else { 0.0 };
        let data = FontData::from_static(bytes).tweak(egui::FontTweak { y_offset_factor: lower, ..egui::FontTweak::default() });
        fonts.font_data.insert(name.into(), Arc::new(data));
    }
    let others = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let with = |first: &str| std::iter::once(first.to_owned()).chain(others.iter().cloned()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Proportional, with("lato"));
    fonts.families.insert(FontFamily::Name("bold".into()), with("lato-bold"));
    fonts.families.insert(FontFamily::Name("icons".into()), vec!["phosphor".into()]);
    fonts.families.insert(FontFamily::Name("icons-fill".into()), vec!["phosphor-fill".into()]);
    fonts
}

fn style(palette: &Palette) -> Style {
    let mut style = Style { visuals: if palette.is_dark { egui::Visuals::dark() } else { egui::Visuals::light() }, ..Style::default() };
    style.text_styles = [
        (TextStyle::Small, SMALL.font()),
        (TextStyle::Body, BODY.font()),
        (TextStyle::Button, BUTTON.font()),
        (TextStyle::Heading, TITLE.font()),
        (TextStyle::Monospace, BODY.font()),
    ]
    .into();
    style.spacing.item_spacing = egui::vec2(8.0, 8.0);
    style.spacing.button_padding = egui::vec2(12.0, 4.0);
    style.spacing.interact_size = egui::vec2(32.0, 32.0);
    // Seen wherever there is more, over the edge of what scrolls.
    style.spacing.scroll = egui::style::ScrollStyle {
        bar_width: 8.0,
        floating_width: 6.0,
        dormant_handle_opacity: 0.35,
        active_handle_opacity: 0.45,
        interact_handle_opacity: 0.7,
        ..egui::style::ScrollStyle::floating()
    };
    style.interaction.selectable_labels = false;
    let visuals = &mut style.visuals;
    visuals.override_text_color = Some(palette.ink);
    visuals.panel_fill = palette.paper;
    visuals.window_fill = palette.card;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(16);
    visuals.menu_corner_radius = CornerRadius::same(CARD_RADIUS);
    visuals.extreme_bg_color = palette.card;
    visuals.text_edit_bg_color = Some(palette.card);
    visuals.faint_bg_color = palette.raise;
    visuals.hyperlink_color = palette.pine;
    visuals.selection.bg_fill = palette.hit;
    visuals.selection.stroke = Stroke::new(2.0, palette.pine);
    visuals.text_cursor.stroke = Stroke::new(2.0, palette.pine);
    visuals.popup_shadow = egui::Shadow { offset: [0, 8], blur: 24, spread: 0, color: Color32::from_black_alpha(51) };
    visuals.window_shadow = visuals.popup_shadow;
    let widgets = &mut visuals.widgets;
    for (widget, fill, edge) in [
        (&mut widgets.noninteractive, palette.card, palette.line),
        (&mut widgets.inactive, palette.card, palette.edge),
        (&mut widgets.hovered, palette.raise, palette.edge),
        (&mut widgets.active, palette.pine_tint, palette.pine),
        (&mut widgets.open, palette.raise, palette.edge),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, edge);
        widget.fg_stroke = Stroke::new(1.0, palette.ink);
        widget.corner_radius = CornerRadius::same(CONTROL_RADIUS);
        widget.expansion = 0.0;
    }
    style
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |color: Color32| {
            let linear = |channel: u8| {
                let value = f32::from(channel) / 255.0;
                if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn text_can_be_read_in_both_themes() {
        for palette in [&LIGHT, &DARK] {
            for back in
                [palette.paper, palette.card, palette.sunk, palette.pine_tint, palette.rose_tint, palette.teacher_tint, palette.student_tint, palette.hit]
            {
                assert!(contrast(palette.ink, back) >= 7.0);
                assert!(contrast(palette.ink2, back) >= 4.5);
            }
            for front in [palette.pine, palette.rose, palette.teacher, palette.student, palette.other] {
                for back in [palette.paper, palette.card, palette.sunk] {
                    assert!(contrast(front, back) >= 4.5);
                }
            }
            assert!(contrast(palette.on_pine, palette.pine) >= 4.5 && contrast(palette.on_rose, palette.rose) >= 4.5);
            assert!(contrast(palette.edge, palette.card) >= 3.0);
        }
    }
}
