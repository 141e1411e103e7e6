//! Plain text and Markdown.

use super::document::{Block, Document, Line};
use std::fmt::Write as _;

pub(super) fn txt(document: &Document) -> String {
    let mut text = format!("{}\n", document.title);
    for (label, value) in &document.head {
        writeln!(text, "{label}: {value}").ok();
    }
    for block in &document.blocks {
        match block {
            Block::Section(title) => writeln!(text, "\n{title}\n"),
            Block::Part(title) => writeln!(text, "[{title}]"),
            Block::Fact(label, value) => writeln!(text, "{label}: {}", one_line(value)),
            Block::Remark(remark) => writeln!(text, "{remark}"),
            Block::Moment { at, label, text: words } => writeln!(text, "{}{label}: {words}", at.map(|at| format!("[{at}] ")).unwrap_or_default()),
            Block::Line(line) => {
                writeln!(text, "{}", line_as_text(line)).ok();
                line.asides.iter().try_for_each(|aside| writeln!(text, "        ({aside})"))
            }
        }
        .ok();
    }
    text
}

fn line_as_text(line: &Line) -> String {
    let time = line.at.map(|at| format!("[{at}] ")).unwrap_or_default();
    let mark = if line.is_marked { "* " } else { "" };
    let name = if line.name.is_empty() { String::new() } else { format!("{}: ", line.name) };
    format!("{time}{mark}{name}{}", line.said())
}

/// A note of several paragraphs on one line.
fn one_line(text: &str) -> String {
    text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" / ")
}

/// Keeps what people said from being read as Markdown.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if "\\`*_[]<>#|".contains(letter) {
            safe.push('\\');
        }
        safe.push(letter);
    }
    safe.replace('\n', " ")
}

pub(super) fn md(document: &Document) -> String {
    let mut text = format!("# {}\n\n", escaped(&document.title));
    for (label, value) in &document.head {
        writeln!(text, "- **{label}:** {}", escaped(value)).ok();
    }
    for block in &document.blocks {
        match block {
            Block::Section(title) => writeln!(text, "\n## {title}\n"),
            Block::Part(title) => writeln!(text, "### {}\n", escaped(title)),
            Block::Fact(label, value) => writeln!(text, "**{label}:** {}\n", escaped(&one_line(value))),
            Block::Remark(remark) => writeln!(text, "*{}*\n", escaped(remark)),
            Block::Moment { at, label, text: words } => {
                writeln!(text, "- {}**{}:** {}\n", at.map(|at| format!("({at}) ")).unwrap_or_default(), escaped(label), escaped(words))
            }
            Block::Line(line) => {
                let name = if line.name.is_empty() { String::new() } else { format!("**{}**", escaped(&line.name)) };
                let time = line.at.map(|at| format!("({at})")).unwrap_or_default();
                let mark = if line.is_marked { "*(marked)*" } else { "" };
                let words = line.remark.map_or_else(|| escaped(&line.text), |remark| format!("*{remark}*"));
                let before = [name.as_str(), &time, mark].into_iter().filter(|piece| !piece.is_empty()).collect::<Vec<_>>().join(" ");
                writeln!(text, "{before}{}{words}\n", if before.is_empty() { "" } else { ": " }).ok();
                line.asides.iter().try_for_each(|aside| writeln!(text, "> {}\n", escaped(aside)))
            }
        }
        .ok();
    }
    text
}
