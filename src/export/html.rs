//! A web page in one file: nothing is fetched, and its own rules forbid it. With the sound a click on a line plays it.

use super::document::{Block, Document, Line};
use super::format::PackedSound;
use crate::conference::{Millis, Speaker};
use base64::Engine as _;
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("../../assets/page/page.css");
const SCRIPT: &str = include_str!("../../assets/page/page.js");
/// The page may use what is in it and nothing else.
const RULES: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; media-src blob:";

pub(super) fn html(document: &Document, sound: Option<&PackedSound>) -> String {
    let has_sound = sound.is_some();
    html! {
        (DOCTYPE)
        html lang=(document.language) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(RULES);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content="Afterbell";
                title { (document.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main class=[has_sound.then_some("heard")] {
                    h1 { (document.title) }
                    dl { @for (label, value) in &document.head { dt { (label) } dd { (value) } } }
                    @for block in &document.blocks { (laid_out(block, has_sound)) }
                    footer { "Made with Afterbell. Everything is in this file; nothing is loaded from elsewhere." }
                }
                @if let Some(sound) = sound {
                    div class="player" { audio id="sound" controls preload="metadata" {} }
                    script type="text/plain" id="packed" { (PreEscaped(base64::engine::general_purpose::STANDARD.encode(&sound.bytes))) }
                    script { (PreEscaped(SCRIPT)) }
                }
            }
        }
    }
    .into_string()
}

fn laid_out(block: &Block, has_sound: bool) -> Markup {
    match block {
        Block::Section(title) => html! { h2 { (title) } },
        Block::Part(title) => html! { h3 { (title) } },
        Block::Fact(label, value) => html! { dl { dt { (label) } dd { (value) } } },
        Block::Remark(remark) => html! { p class="remark" { (remark) } },
        Block::Moment { at, label, text } => row(*at, *at, "", has_sound, html! { p { span class="who" { (label) } bdi { (text) } } }),
        Block::Line(line) => spoken(line, has_sound),
    }
}

fn spoken(line: &Line, has_sound: bool) -> Markup {
    let class = match line.speaker {
        Some(Speaker::Teacher) => "who teacher",
        Some(Speaker::Student(_)) => "who student",
        _ => "who other",
    };
    let body = html! {
        p {
            @if line.is_marked { span class="mark" { "★ marked" } " " }
            @if !line.name.is_empty() { span class=(class) { (line.name) } " " }
            @if line.remark.is_some() { span class="remark" { (line.said()) } } @else { bdi { (line.said()) } }
        }
        @for aside in &line.asides { p class="aside" { "(" bdi { (aside) } ")" } }
    };
    row(line.at, Some(line.start), " line", has_sound, body)
}

/// The time at the left, what is said at the right.
fn row(shown: Option<Millis>, at: Option<Millis>, class: &str, has_sound: bool, body: Markup) -> Markup {
    let plain = if shown.is_none() { " plain" } else { "" };
    html! {
        div class=(format!("row{class}{plain}")) data-at=[at.filter(|_| has_sound).map(|at| at.0)] {
            @if let Some(shown) = shown {
                @if has_sound { button class="at" type="button" aria-label=(format!("Play from {shown}")) { (shown) } } @else { span class="at" { (shown) } }
            }
            div { (body) }
        }
    }
}
