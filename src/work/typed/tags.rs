//! Tags and signs of subtitles and web pages within a line: who speaks (`<v Maya>`), how letters look, where a line stands, `&amp;`; and what tells a page of CHAT.

use super::times;
use std::borrow::Cow;

/// What each voice says in a line of subtitles with voice tags; none where no tag stands.
pub(super) fn voices(text: &str) -> Vec<(Option<String>, String)> {
    let mut found = Vec::new();
    let mut voice = None;
    let mut said = String::new();
    let mut pieces = text.split('<');
    said.push_str(pieces.next().unwrap_or_default());
    let mut keep = |voice: Option<String>, said: String| {
        if voice.is_some() || !said.trim().is_empty() {
            found.push((voice, said));
        }
    };
    for piece in pieces {
        let begins = piece.strip_prefix('v').filter(|rest| rest.starts_with(['.', ' ', '\t'])).and_then(|rest| rest.split_once('>'));
        if let Some((name, rest)) = begins {
            keep(voice.take(), std::mem::take(&mut said));
            // Behind the classes of the tag: <v.first.loud Esme>
            voice = Some(name.trim_start_matches(|c: char| !c.is_whitespace()).trim().to_owned());
            said.push_str(rest);
        } else if let Some(rest) = piece.strip_prefix("/v>") {
            keep(voice.take(), std::mem::take(&mut said));
            said.push_str(rest);
        } else {
            said.push('<');
            said.push_str(piece);
        }
    }
    keep(voice, said);
    if found.is_empty() { vec![(None, String::new())] } else { found }
}

/// Without the tags subtitles have: `<i>`, `<c.yellow>`, `<00:00:01.000>`, `</v>`. What is no tag stays.
pub(super) fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        // The next of them ends this one: no tag holds another.
        let inside = rest[at + 1..].find(['<', '>']).filter(|&end| rest[at + 1 + end..].starts_with('>')).map(|end| &rest[at + 1..at + 1 + end]);
        let is_tag = inside.is_some_and(|inside| {
            let name = inside.trim_start_matches('/').split([' ', '.']).next().unwrap_or_default().to_lowercase();
            ["i", "b", "u", "c", "v", "ruby", "rt", "lang", "font", "strong", "em", "span", "s"].contains(&name.as_str()) || times::whole(inside).is_some()
        });
        match inside {
            Some(inside) if is_tag => rest = &rest[at + 2 + inside.len()..],
            _ => {
                plain.push('<');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// The names HTML gives to the upper half of Latin-1, in its order, from the space that does not break.
const LATIN: &str = "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil \
    sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH \
    Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil \
    egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/// `&amp;` and the like as the signs they stand for.
pub(super) fn entities(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        // The longest name has eight letters.
        let name = rest.bytes().take(10).position(|byte| byte == b';').map(|end| &rest[1..end]);
        let sign = name.and_then(|name| match name {
            "amp" => Some('&'),
            "bull" => Some('•'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "lrm" => Some('\u{200e}'),
            "rlm" => Some('\u{200f}'),
            "rsquo" => Some('’'),
            "lsquo" => Some('‘'),
            "ldquo" => Some('“'),
            "rdquo" => Some('”'),
            "ndash" => Some('–'),
            "mdash" => Some('—'),
            "hellip" => Some('…'),
            _ => {
                if let Some(at) = LATIN.split_whitespace().position(|one| one == name) {
                    return u8::try_from(at + 0xa0).ok().map(char::from);
                }
                let number = name.strip_prefix('#')?;
                let code = number.strip_prefix(['x', 'X']).map_or_else(|| number.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())?;
                char::from_u32(code)
            }
        });
        match (sign, name) {
            (Some(sign), Some(name)) => {
                plain.push(sign);
                rest = &rest[name.len() + 2..];
            }
            _ => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

/// Without what says where on the screen a line of subtitles stands, and how: `{\an8}`.
pub(super) fn without_places(text: &str) -> String {
    let mut pieces = text.split("{\\");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once('}') {
            Some((_, rest)) => plain.push_str(rest),
            None => plain.extend(["{\\", piece]),
        }
    }
    plain
}

/// What stands at the top of a page of CHAT.
pub(super) const CHAT_TOP: [&str; 3] = ["@utf8", "@begin", "@participants:"];
/// So many lines may stand there.
pub(super) const TOP: usize = 50;

/// Whether lines of what is known of the talk, and of what was seen, begin with signs of their own.
pub(super) fn is_chat(lines: &[(usize, Cow<'_, str>)]) -> bool {
    let begins = |line: &str| CHAT_TOP.iter().any(|head| begins_with(line.trim_start(), head));
    let is_said_then_seen = |pair: &[(usize, Cow<'_, str>)]| is_tier(&pair[0].1, '*') && is_tier(&pair[1].1, '%');
    lines.iter().take(TOP).any(|(_, line)| begins(line)) || lines.windows(2).any(is_said_then_seen)
}

/// `*CHI: ...`, `%mor: ...`
fn is_tier(line: &str, sign: char) -> bool {
    let code = line.trim_start().strip_prefix(sign).and_then(|rest| rest.split_once(':')).map_or("", |(code, _)| code);
    (2..=7).contains(&code.len()) && code.chars().all(|c| c.is_ascii_alphanumeric())
}

pub(super) fn begins_with(line: &str, head: &str) -> bool {
    line.get(..head.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(head))
}
