//! The text of a file that holds a transcript: plain text in any encoding people have, Word, OpenDocument, web pages.

use super::table::{cells, columns};
use super::tags::entities;
use crate::error::{Error, ErrorKind, Result};
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::io::{Cursor, Read as _};

/// A transcript larger than this is none: three hours of talk are below a megabyte.
pub(super) const LARGEST: u64 = 20_000_000;
const DOING: &str = "reading a transcript";

/// The text, and what stands beside it (footnotes, comments): nothing of it was said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Source {
    pub text: String,
    pub beside: Vec<String>,
}

/// The text of a file's bytes, its tables by what their columns are.
pub(super) fn source(bytes: &[u8]) -> Result<Source> {
    let Source { text, mut beside } = contents(bytes)?;
    let (text, more) = columns(&text);
    beside.extend(more);
    Ok(Source { text, beside })
}

fn contents(bytes: &[u8]) -> Result<Source> {
    if bytes.starts_with(b"PK\x03\x04") {
        return packed(bytes);
    }
    let text = without_colours(decoded(bytes));
    let bare = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let begins = bare.get(..200).unwrap_or(bare).to_lowercase();
    // A piece of a page, as mail programs save it, begins with any of its tags.
    let is_piece = begins.starts_with('<') && text.contains("</") && {
        let tag = begins[1..].split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        ["html", "head", "body", "meta", "p", "div", "span", "table", "ul", "ol", "pre", "b", "strong", "h1", "h2", "h3", "section", "article", "main"]
            .contains(&tag)
    };
    if begins.starts_with("<!doctype html") || is_piece || (begins.starts_with("<?xml") && begins.contains("<html")) {
        return Ok(Source { text: web_page(&text), beside: Vec::new() });
    }
    if begins.starts_with("{\\rtf") {
        return Ok(Source { text: rich_text(&text), beside: Vec::new() });
    }
    let strange = text.chars().filter(|&c| c == '\0' || (c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{b}' | '\u{c}' | '\u{85}'))).count();
    if strange * 20 > text.chars().count() {
        return Err(Error::bare(ErrorKind::NotATranscript, "reading a transcript: no text"));
    }
    Ok(Source { text: cells(&text).unwrap_or(text), beside: Vec::new() })
}

/// What was copied from a terminal has its colours in it (ECMA-48: an escape, a bracket, numbers, one letter) and titles of windows: none of it is text.
fn without_colours(text: String) -> String {
    if !text.contains('\u{1b}') {
        return text;
    }
    let mut pieces = text.split('\u{1b}').peekable();
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    while let Some(piece) = pieces.next() {
        let rest = match piece.chars().next() {
            Some('[') => piece[1..].trim_start_matches(|c| matches!(c, ' '..='?')).strip_prefix(|c| matches!(c, '@'..='~')),
            // A title, or a link, to its end: a bell, or an escape and a backslash.
            Some(']') if piece.contains('\u{7}') => piece.split_once('\u{7}').map(|(_, rest)| rest),
            Some(']') => pieces.next_if(|next| next.starts_with('\\')).map(|next| &next[1..]),
            _ => None,
        };
        match rest {
            Some(rest) => plain.push_str(rest),
            None => plain.extend(['\u{1b}'].into_iter().chain(piece.chars())),
        }
    }
    plain
}

/// Windows editors write UTF-16, others the bytes of their country; a few wrong letters are better than no transcript.
fn decoded(bytes: &[u8]) -> String {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return encoding.decode_without_bom_handling(&bytes[length..]).0.into_owned();
    }
    if std::str::from_utf8(bytes).is_err() || bytes.contains(&0) {
        return encoding_of(bytes).decode_without_bom_handling(bytes).0.into_owned();
    }
    String::from_utf8_lossy(bytes).into_owned()
}

/// The likeliest encoding of a text that does not say it.
fn encoding_of(bytes: &[u8]) -> &'static Encoding {
    // Every second byte of Latin letters is zero.
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).filter(|&&byte| byte == 0).count();
    let are_zero = |from: usize| bytes.len() >= 4 && zeros(from) * 3 > bytes.len() && zeros(1 - from) * 20 < bytes.len();
    if are_zero(1) {
        return UTF_16LE;
    }
    if are_zero(0) {
        return UTF_16BE;
    }
    // A broken sign here and there does not make it another's: in what others write hardly any two bytes are a letter of UTF-8.
    let text = String::from_utf8_lossy(bytes);
    let broken = text.matches('\u{fffd}').count();
    if broken * 5 < text.chars().filter(|letter| !letter.is_ascii()).count() - broken {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    // Lines ended so on the first Macintoshes, and end so in what their programs still write.
    let is_of_a_macintosh = guess == WINDOWS_1252 && bytes.contains(&b'\r') && !bytes.contains(&b'\n');
    if is_of_a_macintosh { MACINTOSH } else { guess }
}

/// Word (`word/document.xml`) and OpenDocument (`content.xml`).
fn packed(bytes: &[u8]) -> Result<Source> {
    let not_ours = |err: zip::result::ZipError| Error::new(ErrorKind::NotATranscript, DOING, err);
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).map_err(not_ours)?;
    let mut part = |name: &str| -> Option<String> {
        let file = zip.by_name(name).ok()?;
        let mut text = Vec::new();
        file.take(LARGEST).read_to_end(&mut text).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    };
    let main = part("_rels/.rels").and_then(|parts| main_part(&parts)).unwrap_or_else(|| "word/document.xml".to_owned());
    if let Some((main, document)) =
        [main, "word/document.xml".to_owned()].into_iter().find_map(|name| part(&name).filter(|xml| xml.contains("<w:")).map(|xml| (name, xml)))
    {
        const BESIDE: [&str; 9] = ["footnotes", "endnotes", "comments", "header1", "header2", "header3", "footer1", "footer2", "footer3"];
        let folder = main.rsplit_once('/').map_or("word", |(folder, _)| folder);
        let beside = BESIDE.iter().filter_map(|name| part(&format!("{folder}/{name}.xml"))).flat_map(|xml| lines_of(&document_text(&xml)));
        return Ok(Source { beside: beside.collect(), text: document_text(&document) });
    }
    if let Some(content) = part("content.xml") {
        let notes = content.split("<text:note-body").skip(1).filter_map(|note| note.split_once('>')?.1.split_once("</text:note-body"));
        let beside = notes.flat_map(|(note, _)| lines_of(&document_text(note))).collect();
        return Ok(Source { text: document_text(content.split_once("<office:text").map_or(content.as_str(), |(_, text)| text)), beside });
    }
    Err(Error::bare(ErrorKind::NotATranscript, "reading a transcript: an archive without a document"))
}

/// What a package of Word says its document is called: another program need not call it as Word does.
fn main_part(parts: &str) -> Option<String> {
    let document = parts.split("<Relationship ").find(|part| part.contains("/officeDocument\""))?;
    let name = document.split_once("Target=\"")?.1.split_once('"')?.0;
    name.ends_with(".xml").then(|| name.trim_start_matches('/').to_owned())
}

fn lines_of(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| line.chars().any(char::is_alphanumeric)).map(str::to_owned).collect()
}

/// Tags and the text between them.
fn each<'a>(xml: &'a str, mut take: impl FnMut(Piece<'a>)) {
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        if at > 0 {
            take(Piece::Text(&rest[..at]));
        }
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some(end) = rest.find('>') else { return };
        let tag = &rest[1..end];
        rest = &rest[end + 1..];
        let (is_end, bare) = tag.strip_prefix('/').map_or((false, tag), |bare| (true, bare));
        let name = bare.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        take(Piece::Tag { name, is_end, is_empty: tag.ends_with('/') });
    }
    if !rest.is_empty() {
        take(Piece::Text(rest));
    }
}

enum Piece<'a> {
    Text(&'a str),
    Tag { name: &'a str, is_end: bool, is_empty: bool },
}

/// The text of a document's XML: a paragraph a line, a row of a table a line with tabs. What was deleted, and what stands twice, is left out.
fn document_text(xml: &str) -> String {
    let mut text = String::new();
    let is_open_document = !xml.contains("<w:");
    let (mut cells, mut skipped, mut inside) = (0_usize, 0_usize, is_open_document);
    each(xml, |piece| match piece {
        Piece::Text(said) if inside && skipped == 0 => text.push_str(&entities(said).replace(['\n', '\r'], " ")),
        Piece::Text(_) => {}
        Piece::Tag { name, is_end, is_empty } => match name {
            "mc:Fallback" | "w:moveFrom" | "w:del" | "w:rt" | "text:tracked-changes" | "office:annotation" | "text:note" | "text:ruby-text" if !is_empty => {
                skipped = if is_end { skipped.saturating_sub(1) } else { skipped + 1 };
            }
            _ if skipped > 0 => {}
            "w:t" if !is_empty => inside = !is_end,
            "w:tab" | "text:tab" if !is_end => text.push('\t'),
            "w:br" | "w:cr" | "text:line-break" if !is_end => text.push(if cells > 0 { ' ' } else { '\n' }),
            "w:noBreakHyphen" => text.push('-'),
            "text:s" => text.push(' '),
            "w:tc" | "table:table-cell" if !is_empty => {
                if is_end {
                    cells = cells.saturating_sub(1);
                    text.push('\t');
                } else {
                    cells += 1;
                }
            }
            "w:tr" | "table:table-row" if is_end => text.push('\n'),
            "w:p" | "text:p" | "text:h" if is_end || is_empty => text.push(if cells > 0 { ' ' } else { '\n' }),
            _ => {}
        },
    });
    text
}

/// The text of a web page.
fn web_page(html: &str) -> String {
    let mut text = String::new();
    let mut skipped = 0_usize;
    // A page that parts its lines with nothing else has them as they are typed.
    let lower = html.to_lowercase();
    let has_lines =
        ["<br", "<p>", "<p ", "<div", "<tr", "<li", "<h1", "<h2", "<h3", "<h4", "<dd", "<section", "<blockquote"].iter().any(|tag| lower.contains(tag));
    let (mut is_title, mut is_kept) = (false, !has_lines);
    each(html, |piece| match piece {
        Piece::Text(said) if skipped == 0 && !is_title => {
            let said = entities(said);
            text.push_str(&if is_kept { said } else { said.replace(['\n', '\r'], " ") });
        }
        Piece::Text(_) => {}
        Piece::Tag { name, is_end, .. } => match name.to_lowercase().as_str() {
            "script" | "style" => skipped = if is_end { 0 } else { 1 },
            "title" => is_title = !is_end,
            "pre" => {
                is_kept = !is_end;
                text.push('\n');
            }
            "br" | "p" | "div" | "tr" | "li" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dt" | "dd" | "blockquote" | "section" => text.push('\n'),
            "td" | "th" if is_end => text.push('\t'),
            _ => {}
        },
    });
    text
}

/// Letters, and bytes that are letters of a country's encoding, in their order.
struct Letters {
    text: String,
    /// Not yet letters: two or more of them may be one.
    bytes: Vec<u8>,
    encoding: &'static Encoding,
}

impl Letters {
    fn push(&mut self, letter: char) {
        match u8::try_from(letter) {
            Ok(byte) if byte.is_ascii() => self.bytes.push(byte),
            _ => {
                self.decode();
                self.text.push(letter);
            }
        }
    }

    fn decode(&mut self) {
        self.text.push_str(&self.encoding.decode_without_bom_handling(&self.bytes).0);
        self.bytes.clear();
    }

    fn end(mut self) -> String {
        self.decode();
        self.text
    }
}

/// The text of RTF: what Mac's TextEdit saves.
fn rich_text(rtf: &str) -> String {
    let mut text = Letters { text: String::new(), bytes: Vec::new(), encoding: WINDOWS_1252 };
    let mut letters = rtf.chars().peekable();
    let (mut depth, mut hidden) = (0_usize, None::<usize>);
    // What stands behind a letter of Unicode for programs that do not know it: so many signs.
    let (mut behind, mut skip) = (1_usize, 0_usize);
    while let Some(c) = letters.next() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.saturating_sub(1);
                hidden = hidden.filter(|&from| depth >= from);
            }
            '\\' => {
                let Some(&next) = letters.peek() else { break };
                if next == '\'' {
                    letters.next();
                    let hex: String = letters.by_ref().take(2).collect();
                    match (u8::from_str_radix(&hex, 16), skip) {
                        (Ok(byte), 0) if hidden.is_none() => text.bytes.push(byte),
                        (_, left) if left > 0 => skip -= 1,
                        _ => {}
                    }
                    continue;
                }
                if !next.is_ascii_alphabetic() {
                    letters.next();
                    match next {
                        '*' => hidden = hidden.or(Some(depth)),
                        '~' => text.push(' '),
                        '\n' | '\r' if hidden.is_none() => text.push('\n'),
                        '\\' | '{' | '}' if hidden.is_none() => text.push(next),
                        _ => {}
                    }
                    continue;
                }
                let mut word = String::new();
                while let Some(&letter) = letters.peek().filter(|letter| letter.is_ascii_alphabetic()) {
                    word.push(letter);
                    letters.next();
                }
                let mut number = String::new();
                while let Some(&letter) = letters.peek().filter(|&&letter| letter.is_ascii_digit() || (letter == '-' && number.is_empty())) {
                    number.push(letter);
                    letters.next();
                }
                letters.next_if_eq(&' ');
                match word.as_str() {
                    "fonttbl" | "colortbl" | "stylesheet" | "info" | "pict" | "header" | "footer" => hidden = hidden.or(Some(depth)),
                    "par" | "line" | "row" if hidden.is_none() => text.push('\n'),
                    "tab" | "cell" if hidden.is_none() => text.push('\t'),
                    "u" if hidden.is_none() => {
                        let code = number.parse::<i32>().unwrap_or(63);
                        text.push(u32::try_from(if code < 0 { code + 65_536 } else { code }).ok().and_then(char::from_u32).unwrap_or('?'));
                        skip = behind;
                    }
                    "ansicpg" => {
                        text.encoding = number.parse().ok().and_then(codepage::to_encoding).filter(|page| page.is_ascii_compatible()).unwrap_or(WINDOWS_1252)
                    }
                    "mac" => text.encoding = MACINTOSH,
                    "uc" => behind = number.parse().unwrap_or(1),
                    "emdash" if hidden.is_none() => text.push('—'),
                    "endash" if hidden.is_none() => text.push('–'),
                    "rquote" if hidden.is_none() => text.push('’'),
                    "lquote" if hidden.is_none() => text.push('‘'),
                    "ldblquote" if hidden.is_none() => text.push('“'),
                    "rdblquote" if hidden.is_none() => text.push('”'),
                    _ => {}
                }
            }
            '\n' | '\r' => {}
            _ if skip > 0 => skip -= 1,
            _ if hidden.is_none() => text.push(c),
            _ => {}
        }
    }
    text.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8]) -> String {
        source(bytes).unwrap().text
    }

    #[test]
    fn text_is_read_in_every_encoding_people_have() {
        let said = "Lehrerin: Was schreibst du, Zoë?\nZoë: Über „Räder“.";
        let wide = |order: fn(u16) -> [u8; 2]| said.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        assert_eq!(text(said.as_bytes()), said);
        assert_eq!(text(&[b"\xEF\xBB\xBF".as_slice(), said.as_bytes()].concat()).trim_start_matches('\u{feff}'), said);
        assert_eq!(text(&[b"\xFF\xFE".as_slice(), &wide(u16::to_le_bytes)].concat()), said);
        assert_eq!(text(&[b"\xFE\xFF".as_slice(), &wide(u16::to_be_bytes)].concat()), said);
        assert_eq!(text(&wide(u16::to_le_bytes)), said);
        assert_eq!(text(&wide(u16::to_be_bytes)), said);
        assert_eq!(text(b"Lehrerin: Was schreibst du, Zo\xEB?\nZo\xEB: \xDCber \x84R\xE4der\x93."), said);
        for encoding in [encoding_rs::WINDOWS_1251, encoding_rs::KOI8_R, encoding_rs::GB18030, encoding_rs::SHIFT_JIS, encoding_rs::BIG5, encoding_rs::EUC_KR] {
            let said = match encoding.name() {
                "windows-1251" | "KOI8-R" => "Учитель: О чём ты пишешь сегодня?\nМая: О моей собаке и как она убежала.\n",
                "Shift_JIS" => "先生: きょうは何を書いていますか。\nまや: わたしの犬のことを書いています。\n",
                "EUC-KR" => "선생님: 오늘은 무엇을 쓰고 있니?\n마야: 우리 강아지에 대해서 쓰고 있어요.\n",
                _ => "老師: 你今天在寫什麼?\n瑪雅: 我在寫我的狗，它跑掉了。\n",
            };
            assert_eq!(text(&encoding.encode(said).0), said, "{}", encoding.name());
        }
        for said in ["¿Qué escribes, señor?", "où", "Maya: à la fin", "Straße", "It isn’t.", "½", "Zoë: Räder"] {
            assert_eq!(text(&WINDOWS_1252.encode(said).0), said);
        }
        let mut broken = "Lehrerin: Müsste es nicht „Räder“ heißen, Zoë?".as_bytes().to_vec();
        broken.push(0xC3);
        assert!(text(&broken).starts_with("Lehrerin: Müsste es nicht „Räder“ heißen, Zoë?"), "cut in a letter");
        assert_eq!(text(b"Teacher: What are you writing, Zo\x91?\rZo\x91: My dog \xD2Rex\xD3.\r"), "Teacher: What are you writing, Zoë?\rZoë: My dog “Rex”.\r");
        assert_eq!(text(b"\xD3\xF7\xE8\xF2\xE5\xEB\xFC: \xC4\xE0?"), "Учитель: Да?");
    }

    #[test]
    fn word_keeps_lines_tables_and_nothing_that_was_deleted() {
        let xml = "<w:document><w:body><w:p><w:r><w:t>Ms Lee</w:t></w:r><w:r><w:tab/></w:r><w:r><w:t xml:space=\"preserve\">0:01 </w:t><w:br/><w:t>Tom &amp; I?</w:t></w:r></w:p>\
            <w:p><w:del><w:r><w:delText>gone</w:delText></w:r></w:del><w:r><w:t>kept</w:t></w:r></w:p>\
            <w:tbl><w:tr><w:tc><w:p><w:r><w:t>Maya</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>Yes.</w:t></w:r></w:p></w:tc></w:tr></w:tbl></w:body></w:document>";
        assert_eq!(document_text(xml), "Ms Lee\t0:01 \nTom & I?\nkept\nMaya \tYes. \t\n");
    }

    #[test]
    fn words_document_is_found_by_the_name_the_package_gives_it() {
        let parts = "<Relationships><Relationship Id=\"1\" Type=\"http://x/core-properties\" Target=\"docProps/core.xml\"/>\
            <Relationship Id=\"2\" Type=\"http://x/officeDocument\" Target=\"/word/document2.xml\"/></Relationships>";
        assert_eq!(main_part(parts).as_deref(), Some("word/document2.xml"));
        assert_eq!(main_part("<Relationships/>"), None);
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in [
            ("_rels/.rels", parts),
            ("word/document2.xml", "<w:p><w:r><w:t>Maya: Yes.</w:t></w:r></w:p>"),
            ("word/comments.xml", "<w:p><w:r><w:t>Nice.</w:t></w:r></w:p>"),
        ] {
            zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            std::io::Write::write_all(&mut zip, text.as_bytes()).unwrap();
        }
        let read = source(&zip.finish().unwrap().into_inner()).unwrap();
        assert_eq!((read.text.trim(), read.beside), ("Maya: Yes.", vec!["Nice.".to_owned()]));
    }

    #[test]
    fn web_pages_and_rich_text_are_text() {
        assert_eq!(web_page("<html><head><title>x</title><style>p{}</style></head><p>S00: Hi<br>there</p></html>").trim(), "S00: Hi\nthere");
        assert_eq!(rich_text("{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\f0 Ms Lee: Hi.\\par Zo\\'eb: \\u8220?Yes\\u8221?\\par}"), "Ms Lee: Hi.\nZoë: “Yes”\n");
        assert_eq!(rich_text("{\\rtf1\\ansi\\ansicpg1251 \\'cc\\'e0\\'ff: \\'c4\\'e0.\\par}"), "Мая: Да.\n");
        assert_eq!(rich_text("{\\rtf1\\ansi\\ansicpg932 \\'83\\'7d\\'82\\'E2: \\'83A\\u8364?\\par}"), "マや: ア€\n");
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for bytes in [b"\0\x01\x02\x03\0\x01\x02\x03".as_slice(), b"PK\x03\x04 broken"] {
            assert_eq!(source(bytes).unwrap_err().kind, ErrorKind::NotATranscript);
        }
    }
}
