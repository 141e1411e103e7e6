//! PDF: tagged for screen readers (held to PDF/UA-1 while it is written), with bookmarks, embedded fonts and page numbers.
//!
//! Parley breaks the lines and finds fonts for other scripts; here lines are put on pages and given their tags.

use super::document::{Block, Document, Line, apart};
use crate::conference::Speaker;
use crate::error::{Error, ErrorKind, Result};
use krilla::color::rgb;
use krilla::configure::{Accessibility, Configuration, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::geom::Point;
use krilla::metadata::Metadata;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::Fill;
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, SpanTag, Tag, TagGroup, TagTree};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{Document as PdfDocument, SerializeSettings};
use parley::layout::{Layout, Line as SetLine};
use parley::style::{FontFamily, FontFamilyName, FontWeight, GenericFamily, LineHeight, StyleProperty};
use parley::{FontContext, LayoutContext};
use std::borrow::Cow;
use std::collections::HashMap;
use std::num::NonZeroU16;
use std::ops::Range;

/// Letter, in points.
const PAPER: (f32, f32) = (612.0, 792.0);
const MARGIN: f32 = 64.0;
/// Where the words of a turn begin: room for "1:02:07".
const INDENT: f32 = 52.0;
/// The lowest baseline above the page number.
const BOTTOM: f32 = PAPER.1 - 72.0;

/// 0xRRGGBB.
type Ink = u32;
const INK: Ink = 0x25_2B2A;
const INK2: Ink = 0x56_5E5A;

/// What a paragraph is to a screen reader and to the bookmarks.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// 1 to 3.
    Heading(u16),
    Text,
}

/// What a text looks like.
struct TextStyle<'a> {
    size: f32,
    ink: Ink,
    /// Stretches that are bold, and in which colour.
    bold: &'a [(Range<usize>, Ink)],
}

/// A paragraph before it is set.
struct Paragraph {
    kind: Kind,
    size: f32,
    indent: f32,
    before: f32,
    /// Stands at the margin, on the first line.
    moment: String,
    text: String,
    /// Stretches of `text` that are bold, and in which colour.
    bold: Vec<(Range<usize>, Ink)>,
    ink: Ink,
}

impl Paragraph {
    fn new(text: impl Into<String>) -> Self {
        Self { kind: Kind::Text, size: 10.5, indent: 0.0, before: 3.0, moment: String::new(), text: text.into(), bold: Vec::new(), ink: INK }
    }

    fn heading(level: u16, text: &str) -> Self {
        let (size, before, ink) = [(20.0, 0.0, INK), (14.5, 18.0, 0x12_645B), (11.5, 11.0, INK2)][usize::from(level - 1)];
        Self { kind: Kind::Heading(level), size, before, bold: vec![(0..text.len(), ink)], ..Self::new(text) }
    }

    /// "Label: text", the label bold.
    fn labelled(label: &str, text: &str, ink: Ink) -> Self {
        let whole = format!("{label}: {}", apart(text));
        Self { bold: vec![(0..label.len() + 1, ink)], ..Self::new(whole) }
    }

    fn at(self, moment: Option<String>) -> Self {
        match moment {
            Some(moment) => Self { moment, indent: INDENT, ..self },
            None => self,
        }
    }
}

pub(super) fn pdf(page: &Document) -> Result<Vec<u8>> {
    let strict = ConfigurationBuilder::new().with_accessibility_validator(Accessibility::UA1).finish();
    let strict = strict.map_err(|err| fail(format!("{err:?}")))?;
    let mut typesetter = Typesetter::new();
    let set: Vec<TypesetParagraph> = paragraphs(page).into_iter().map(|paragraph| typesetter.set(paragraph)).collect();
    write(page, &set, strict).or_else(|err| {
        // A letter no font on this computer has is against PDF/UA; the file is good for everybody who does not need that letter.
        tracing::warn!("no PDF/UA: {err}");
        write(page, &set, Configuration::default())
    })
}

fn fail(err: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::Bug, "writing a PDF", err)
}

fn paragraphs(page: &Document) -> Vec<Paragraph> {
    let mut all = vec![Paragraph::heading(1, &page.title)];
    all.extend(page.head.iter().map(|(label, value)| Paragraph { ink: INK2, before: 2.0, ..Paragraph::labelled(label, value, INK2) }));
    for block in &page.blocks {
        match block {
            Block::Section(title) => all.push(Paragraph::heading(2, title)),
            Block::Part(title) => all.push(Paragraph::heading(3, title)),
            Block::Fact(label, value) => all.push(Paragraph::labelled(label, value, INK)),
            Block::Remark(remark) => all.push(Paragraph { ink: INK2, ..Paragraph::new(remark.as_str()) }),
            Block::Moment { at, label, text } => all.push(Paragraph::labelled(label, text, INK).at(at.map(|at| at.clock()))),
            Block::Line(line) => spoken(line, &mut all),
        }
    }
    all
}

fn spoken(line: &Line, all: &mut Vec<Paragraph>) {
    let ink = match line.speaker {
        Some(Speaker::Teacher) => 0x24_59A0,
        Some(Speaker::Student(_)) => 0x92_560A,
        _ => 0x68_616F,
    };
    let mark = if line.is_marked { "* marked " } else { "" };
    let name = if line.name.is_empty() { String::new() } else { format!("{}: ", line.name) };
    let bold = vec![(0..mark.len(), 0xAE_3349), (mark.len()..mark.len() + name.len(), ink)];
    let text = format!("{mark}{name}{}", apart(line.said()));
    let ink = if line.remark.is_some() { INK2 } else { INK };
    all.push(Paragraph { bold, ink, before: 5.0, ..Paragraph::new(text).at(line.at.map(|at| at.clock())) });
    let indent = if line.at.is_some() { INDENT } else { 0.0 };
    all.extend(line.asides.iter().map(|aside| Paragraph { ink: INK2, indent, before: 1.0, ..Paragraph::new(format!("({})", apart(aside))) }));
}

/// A paragraph in lines.
struct TypesetParagraph {
    paragraph: Paragraph,
    layout: Layout<u32>,
    moment: Option<Layout<u32>>,
}

struct Typesetter {
    fonts: FontContext,
    layouts: LayoutContext<u32>,
}

impl Typesetter {
    fn new() -> Self {
        let mut fonts = FontContext::default();
        for face in [include_bytes!("../../assets/fonts/Lato-Medium.ttf").as_slice(), include_bytes!("../../assets/fonts/Lato-Bold.ttf").as_slice()] {
            fonts.collection.register_fonts(face.to_vec().into(), None);
        }
        Self { fonts, layouts: LayoutContext::new() }
    }

    fn set(&mut self, paragraph: Paragraph) -> TypesetParagraph {
        let style = TextStyle { size: paragraph.size, ink: paragraph.ink, bold: &paragraph.bold };
        let layout = self.lines(&paragraph.text, &style, PAPER.0 - 2.0 * MARGIN - paragraph.indent);
        let beside = TextStyle { size: 9.5, ink: INK2, bold: &[] };
        let moment = (!paragraph.moment.is_empty()).then(|| self.lines(&paragraph.moment, &beside, INDENT));
        TypesetParagraph { paragraph, layout, moment }
    }

    fn lines(&mut self, text: &str, style: &TextStyle<'_>, width: f32) -> Layout<u32> {
        let mut builder = self.layouts.ranged_builder(&mut self.fonts, text, 1.0, false);
        let families = [FontFamilyName::Named(Cow::Borrowed("Lato")), FontFamilyName::Generic(GenericFamily::SansSerif)];
        builder.push_default(StyleProperty::FontFamily(FontFamily::List(Cow::Borrowed(&families))));
        builder.push_default(StyleProperty::FontWeight(FontWeight::new(500.0)));
        builder.push_default(StyleProperty::FontSize(style.size));
        builder.push_default(StyleProperty::LineHeight(LineHeight::FontSizeRelative(1.38)));
        builder.push_default(StyleProperty::Brush(style.ink));
        for (range, ink) in style.bold.iter().filter(|(range, _)| !range.is_empty()) {
            builder.push(StyleProperty::FontWeight(FontWeight::BOLD), range.clone());
            builder.push(StyleProperty::Brush(*ink), range.clone());
        }
        let mut layout = builder.build(text);
        layout.break_all_lines(Some(width));
        layout
    }
}

/// One line on its page.
struct Placed {
    page: usize,
    paragraph: usize,
    line: usize,
    baseline: f32,
}

/// Lines on pages. A heading stays with what follows it, and a paragraph leaves no single line behind.
fn placed(set: &[TypesetParagraph]) -> Vec<Placed> {
    let mut all = Vec::new();
    let (mut page, mut y) = (0, MARGIN);
    for (paragraph, one) in set.iter().enumerate() {
        let height = |line: &SetLine<'_, u32>| line.metrics().line_height;
        let follows = matches!(one.paragraph.kind, Kind::Heading(_)).then(|| set.get(paragraph + 1)).flatten();
        let needed: f32 = one.layout.lines().take(2).chain(follows.iter().flat_map(|next| next.layout.lines().take(2))).map(|line| height(&line)).sum();
        y += one.paragraph.before;
        if y + needed > BOTTOM {
            (page, y) = (page + 1, MARGIN);
        }
        for (number, line) in one.layout.lines().enumerate() {
            if y + height(&line) > BOTTOM {
                (page, y) = (page + 1, MARGIN);
            }
            let metrics = line.metrics();
            all.push(Placed { page, paragraph, line: number, baseline: y + metrics.baseline - metrics.block_min_coord });
            y += height(&line);
        }
    }
    all
}

fn write(page: &Document, set: &[TypesetParagraph], configuration: Configuration) -> Result<Vec<u8>> {
    let mut document = PdfDocument::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    let mut fonts = Fonts::default();
    let lines = placed(set);
    let pages = lines.last().map_or(1, |line| line.page + 1);
    let mut groups: Vec<TagGroup> = set.iter().map(|one| group(&one.paragraph)).collect();
    let mut typesetter = Typesetter::new();
    for number in 0..pages {
        let settings = PageSettings::from_wh(PAPER.0, PAPER.1).ok_or_else(|| fail("a page without a size"))?;
        let mut sheet = document.start_page_with(settings);
        let mut surface = sheet.surface();
        for placed in lines.iter().filter(|line| line.page == number) {
            let one = &set[placed.paragraph];
            if let (Some(moment), 0) = (&one.moment, placed.line) {
                let tag = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
                // The space keeps the moment and the first word two words.
                let at = (MARGIN, placed.baseline);
                moment.lines().for_each(|line| fonts.draw(&mut surface, (moment, &one.paragraph.moment), &line, at));
                surface.end_tagged();
                groups[placed.paragraph].push(tag);
            }
            if let Some(line) = one.layout.get(placed.line) {
                let tag = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
                let at = (MARGIN + one.paragraph.indent, placed.baseline);
                fonts.draw(&mut surface, (&one.layout, &one.paragraph.text), &line, at);
                surface.end_tagged();
                groups[placed.paragraph].push(tag);
            }
        }
        surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::PaginationOther)));
        let text = format!("{} / {pages}", number + 1);
        let layout = typesetter.lines(&text, &TextStyle { size: 9.0, ink: INK2, bold: &[] }, 200.0);
        let at = ((PAPER.0 - layout.width()) / 2.0, PAPER.1 - 40.0);
        layout.lines().for_each(|line| fonts.draw(&mut surface, (&layout, &text), &line, at));
        surface.end_tagged();
        surface.finish();
        sheet.finish();
    }
    let mut tree = TagTree::new().with_lang(Some(page.language.clone()));
    groups.into_iter().for_each(|group| tree.push(group));
    document.set_tag_tree(tree);
    document.set_outline(outline(set, &lines));
    let metadata = Metadata::new().title(page.title.clone()).language(page.language.clone()).creator("Afterbell".into());
    document.set_metadata(metadata);
    document.finish().map_err(|err| fail(format!("{err:?}")))
}

fn group(paragraph: &Paragraph) -> TagGroup {
    match paragraph.kind {
        Kind::Heading(level) => TagGroup::new(Tag::Hn(NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN), Some(paragraph.text.clone()))),
        Kind::Text => TagGroup::new(Tag::P),
    }
}

/// Bookmarks: sections, and their parts below them.
fn outline(set: &[TypesetParagraph], lines: &[Placed]) -> Outline {
    let mut outline = Outline::new();
    let mut open: Option<OutlineNode> = None;
    for (index, one) in set.iter().enumerate() {
        let Kind::Heading(level) = one.paragraph.kind else { continue };
        let Some(first) = lines.iter().find(|line| line.paragraph == index) else { continue };
        let there = XyzDestination::new(first.page, Point::from_xy(MARGIN, (first.baseline - one.paragraph.size).max(0.0)));
        let node = OutlineNode::new(one.paragraph.text.clone(), there);
        match (&mut open, level) {
            (Some(section), 3) => section.push_child(node),
            _ => open.replace(node.with_open(true)).into_iter().for_each(|done| outline.push_child(done)),
        }
    }
    open.into_iter().for_each(|done| outline.push_child(done));
    outline
}

/// The fonts that are embedded, by where parley has them.
#[derive(Default)]
struct Fonts {
    known: HashMap<(u64, u32), Option<Font>>,
}

impl Fonts {
    /// Draws a line of a text that was set, stretch by stretch of one font and colour, from its left end on the baseline.
    fn draw(&mut self, surface: &mut Surface<'_>, (layout, text): (&Layout<u32>, &str), line: &SetLine<'_, u32>, (left, baseline): (f32, f32)) {
        let mut x = left + line.metrics().offset;
        for run in line.runs() {
            let data = run.font().clone();
            let index = data.index;
            let (blob, id) = data.data.into_raw_parts();
            let Some(font) = self.known.entry((id, index)).or_insert_with(|| Font::new(blob.into(), index)).clone() else { continue };
            let size = run.font_size();
            let mut waiting: Vec<KrillaGlyph> = Vec::new();
            let (mut style, mut from) = (None, x);
            let mut flush = |waiting: &mut Vec<KrillaGlyph>, style: Option<u16>, from: f32| {
                if let (Some(style), false) = (style, waiting.is_empty()) {
                    let ink = layout.styles()[usize::from(style)].brush;
                    let color = rgb::Color::new((ink >> 16) as u8, (ink >> 8) as u8, ink as u8);
                    surface.set_fill(Some(Fill { paint: color.into(), ..Fill::default() }));
                    surface.draw_glyphs(Point::from_xy(from, baseline), waiting, font.clone(), text, size, false);
                }
                waiting.clear();
            };
            for cluster in run.visual_clusters() {
                if cluster.is_ligature_continuation() {
                    // A ligature has one glyph; it stands for all its letters.
                    waiting.iter_mut().last().into_iter().for_each(|glyph| glyph.text_range.end = cluster.text_range().end);
                    continue;
                }
                for glyph in cluster.glyphs() {
                    if style.is_some_and(|style| style != glyph.style_index) {
                        flush(&mut waiting, style, from);
                        from = x;
                    }
                    style = Some(glyph.style_index);
                    let (advance, right, up) = (glyph.advance / size, glyph.x / size, glyph.y / size);
                    waiting.push(KrillaGlyph::new(GlyphId::new(glyph.id), advance, right, up, 0.0, cluster.text_range(), None));
                    x += glyph.advance;
                }
            }
            flush(&mut waiting, style, from);
        }
    }
}
