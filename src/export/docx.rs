//! Word: real styles and headings that a person can edit, one paragraph for each turn, page numbers, and properties that tell no more than the document.

use super::document::{Block, Document, Line, apart};
use crate::conference::Speaker;
use crate::error::{Error, ErrorKind, Result};
use docx_rs::{
    AlignmentType, Docx, Footer, LineSpacing, NumPages, PageMargin, PageNum, Paragraph, Run, RunFonts, SpecialIndentType, Style, StyleType, Tab, TabValueType,
};
use maud::html;
use std::io::Cursor;

/// Where the words of a turn begin, in twentieths of a point: 2 cm, room for "1:02:07".
const INDENT: i32 = 1134;
/// Letter, in twentieths of a point; Word fits it to other paper when it prints.
const PAPER: (u32, u32) = (12_240, 15_840);

pub(super) fn docx(document: &Document) -> Result<Vec<u8>> {
    let fail = |err: String| Error::new(ErrorKind::Bug, "writing a Word file", err);
    let margin = PageMargin { top: 1300, left: 1300, bottom: 1300, right: 1300, header: 700, footer: 700, gutter: 0 };
    let mut docx = styles(Docx::new()).page_size(PAPER.0, PAPER.1).page_margin(margin).footer(footer());
    docx = docx.add_paragraph(Paragraph::new().style("Title").add_run(Run::new().add_text(&document.title)));
    for (label, value) in &document.head {
        docx = docx.add_paragraph(fact(label, value));
    }
    for block in &document.blocks {
        for paragraph in paragraphs(block) {
            docx = docx.add_paragraph(paragraph);
        }
    }
    let mut parts = docx.build();
    // The crate writes "unknown" as the author and no title.
    parts.doc_props.core = core_properties(document).into_bytes();
    let mut bytes = Cursor::new(Vec::new());
    parts.pack(&mut bytes).map_err(|err| fail(err.to_string()))?;
    Ok(bytes.into_inner())
}

fn styles(docx: Docx) -> Docx {
    let paragraph = |id: &str, name: &str| Style::new(id, StyleType::Paragraph).name(name).based_on("Normal").next("Normal").q_format(true);
    let spaced = |before: u32, after: u32| LineSpacing::new().before(before).after(after);
    let hanging = |style: Style| style.indent(Some(INDENT), Some(SpecialIndentType::Hanging(INDENT)), None, None);
    let speaker = |id: &str, name: &str, color: &str| Style::new(id, StyleType::Character).name(name).bold().color(color);
    docx.default_fonts(RunFonts::new().ascii("Calibri").hi_ansi("Calibri").cs("Calibri").east_asia("Calibri"))
        .default_size(22)
        .add_style(Style::new("Normal", StyleType::Paragraph).name("Normal").line_spacing(spaced(0, 80)))
        .add_style(paragraph("Title", "Title").size(40).bold().line_spacing(spaced(0, 160)))
        .add_style(paragraph("Heading1", "heading 1").size(30).bold().color("12645B").outline_lvl(0).line_spacing(spaced(320, 120)))
        .add_style(paragraph("Heading2", "heading 2").size(24).bold().color("565E5A").outline_lvl(1).line_spacing(spaced(200, 80)))
        .add_style(hanging(paragraph("Turn", "Turn")).line_spacing(spaced(0, 100)))
        .add_style(paragraph("Meanwhile", "Meanwhile").indent(Some(INDENT), None, None, None).color("565E5A").line_spacing(spaced(0, 100)))
        .add_style(paragraph("Footer", "footer").size(18).color("565E5A"))
        .add_style(speaker("TeacherName", "Teacher name", "2459A0"))
        .add_style(speaker("StudentName", "Student name", "92560A"))
        .add_style(speaker("OtherName", "Other name", "68616F"))
        .add_style(Style::new("Moment", StyleType::Character).name("Moment").color("565E5A"))
}

fn footer() -> Footer {
    // By its style: the numbers are fields of their own and take no other.
    let run = |text: &str| Run::new().add_text(text);
    let line = Paragraph::new().style("Footer").align(AlignmentType::Center).add_run(run("Page "));
    Footer::new().add_paragraph(line.add_page_num(PageNum::new()).add_run(run(" of ")).add_num_pages(NumPages::new()))
}

fn fact(label: &str, value: &str) -> Paragraph {
    let lines = value.split('\n').map(str::trim).filter(|line| !line.is_empty());
    let mut run = Run::new();
    for (index, line) in lines.enumerate() {
        if index > 0 {
            run = run.add_break(docx_rs::BreakType::TextWrapping);
        }
        run = run.add_text(apart(line));
    }
    Paragraph::new().add_run(Run::new().bold().add_text(format!("{label}: "))).add_run(run)
}

fn paragraphs(block: &Block) -> Vec<Paragraph> {
    let heading = |style: &str, title: &str| vec![Paragraph::new().style(style).keep_next(true).add_run(Run::new().add_text(title))];
    match block {
        Block::Section(title) => heading("Heading1", title),
        Block::Part(title) => heading("Heading2", title),
        Block::Fact(label, value) => vec![fact(label, value)],
        Block::Remark(remark) => vec![Paragraph::new().add_run(Run::new().italic().add_text(remark))],
        Block::Moment { at, label, text } => {
            let label = Run::new().bold().add_text(format!("{label}: "));
            vec![timed(at.map(|at| at.clock())).add_run(label).add_run(Run::new().add_text(apart(text)))]
        }
        Block::Line(line) => spoken(line),
    }
}

/// The moment at the left, and a tab to where the words begin.
fn timed(at: Option<String>) -> Paragraph {
    let Some(at) = at else { return Paragraph::new() };
    let tab = Tab::new().val(TabValueType::Left).pos(INDENT as usize);
    Paragraph::new().style("Turn").add_tab(tab).add_run(Run::new().style("Moment").add_text(at)).add_run(Run::new().add_tab())
}

fn spoken(line: &Line) -> Vec<Paragraph> {
    let style = match line.speaker {
        Some(Speaker::Teacher) => "TeacherName",
        Some(Speaker::Student(_)) => "StudentName",
        _ => "OtherName",
    };
    let mut paragraph = timed(line.at.map(|at| at.clock()));
    if line.is_marked {
        paragraph = paragraph.add_run(Run::new().color("AE3349").bold().add_text("★ "));
    }
    if !line.name.is_empty() {
        paragraph = paragraph.add_run(Run::new().style(style).add_text(format!("{}: ", line.name)));
    }
    let words = Run::new().add_text(apart(line.said()));
    // What was said meanwhile stays on its document.
    let paragraph = if line.asides.is_empty() { paragraph } else { paragraph.keep_next(true) };
    let mut all = vec![paragraph.add_run(if line.remark.is_some() { words.italic() } else { words })];
    all.extend(line.asides.iter().map(|aside| Paragraph::new().style("Meanwhile").add_run(Run::new().add_text(format!("({})", apart(aside))))));
    all
}

fn core_properties(document: &Document) -> String {
    let escaped = |text: &str| html! { (text) }.into_string();
    format!(
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
            r#"<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" "#,
            r#"xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title><dc:creator>Afterbell</dc:creator><dc:language>{}</dc:language>"#,
            r#"</cp:coreProperties>"#
        ),
        escaped(&document.title),
        escaped(&document.language),
    )
}
