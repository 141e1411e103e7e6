//! Text that reads from right to left, which egui shapes but does not order: words stand in reading order by the Unicode Bidirectional
//! Algorithm (UAX #9), lines begin at the right.

use crate::conference::has_right_to_left;
use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, Galley, Painter, Pos2, Rect, Vec2, vec2};
use std::ops::Range;
use std::sync::Arc;
use unicode_bidi::{BidiInfo, Level};

/// A text laid out in its reading order.
pub(in crate::ui) enum Laid {
    /// From left to right.
    Plain(Arc<Galley>),
    /// With words from right to left.
    Ordered(Ordered),
}

impl Laid {
    /// Lays a text out within its `wrap`.
    pub fn out(painter: &Painter, job: LayoutJob) -> Self {
        if has_right_to_left(&job.text) { Self::Ordered(ordered(painter, &job)) } else { Self::Plain(painter.layout_job(job)) }
    }

    /// Width and height, in points.
    pub fn size(&self) -> Vec2 {
        match self {
            Self::Plain(galley) => galley.size(),
            Self::Ordered(ordered) => ordered.size,
        }
    }

    /// Draws it from its upper left corner.
    pub fn paint(&self, painter: &Painter, at: Pos2) {
        match self {
            Self::Plain(galley) => {
                painter.galley(at, Arc::clone(galley), Color32::PLACEHOLDER);
            }
            Self::Ordered(ordered) => {
                for piece in &ordered.pieces {
                    painter.galley(at + piece.at, Arc::clone(&piece.galley), Color32::PLACEHOLDER);
                }
            }
        }
    }
}

/// A text laid out piece by piece.
pub(in crate::ui) struct Ordered {
    pieces: Vec<Piece>,
    size: Vec2,
}

struct Piece {
    at: Vec2,
    galley: Arc<Galley>,
    /// Where it begins in the job's text, in bytes.
    start: usize,
}

/// Letters of one word, one direction and one format; or spaces, or a sign.
struct Atom {
    galley: Arc<Galley>,
    start: usize,
    level: Level,
    is_space: bool,
}

fn ordered(painter: &Painter, job: &LayoutJob) -> Ordered {
    let info = BidiInfo::new(&job.text, None);
    let mut made = Ordered { pieces: Vec::new(), size: Vec2::ZERO };
    let mut rows = 0;
    for paragraph in &info.paragraphs {
        let atoms = atoms(painter, job, &info.levels, paragraph.range.clone());
        let mut rest = atoms.as_slice();
        loop {
            let is_last = rows + 1 == job.wrap.max_rows;
            let taken = fitting(rest, job.wrap.max_width);
            let mut line: Vec<&Atom> = rest[..taken].iter().collect();
            rest = &rest[taken..];
            let more = (is_last && !rest.is_empty()).then(|| ellipsis(painter, job, paragraph.level));
            if let Some(more) = &more {
                while line.len() > 1 && width(&line) + more.galley.size().x > job.wrap.max_width {
                    line.pop();
                }
                line.push(more);
            }
            // A single line stands where it is put, like a name in a column.
            let right = (paragraph.level.is_rtl() && job.wrap.max_rows > 1).then_some(job.wrap.max_width);
            made.push_line(&line, paragraph.level, right);
            rows += 1;
            if is_last {
                return made;
            }
            if rest.is_empty() {
                break;
            }
        }
    }
    made
}

impl Ordered {
    /// Adds a line below the others, from the left or up to a right edge.
    fn push_line(&mut self, line: &[&Atom], level: Level, right: Option<f32>) {
        let mut levels: Vec<Level> = line.iter().map(|atom| atom.level).collect();
        // Rule L1: spaces at the end of a line go where the line ends.
        for (at, _) in line.iter().enumerate().rev().take_while(|(_, atom)| atom.is_space) {
            levels[at] = level;
        }
        let spoken = line.len() - line.iter().rev().take_while(|atom| atom.is_space).count();
        let mut x = right.filter(|right| right.is_finite()).map_or(0.0, |right| right - width(&line[..spoken]));
        let height = line.iter().map(|atom| atom.galley.size().y).fold(0.0, f32::max);
        for at in BidiInfo::reorder_visual(&levels).into_iter().filter(|&at| at < spoken) {
            let atom = line[at];
            self.pieces.push(Piece { at: vec2(x, self.size.y), galley: Arc::clone(&atom.galley), start: atom.start });
            x += atom.galley.size().x;
        }
        self.size = vec2(self.size.x.max(x), self.size.y + height);
    }

    /// Where these letters of the job's text stand, from the upper left corner: on the line they begin in.
    pub fn place(&self, bytes: &Range<usize>) -> Rect {
        let rects = self.pieces.iter().filter(|piece| bytes.contains(&piece.start)).map(|piece| Rect::from_min_size(piece.at.to_pos2(), piece.galley.size()));
        rects.reduce(|whole, rect| if rect.top() == whole.top() { whole.union(rect) } else { whole }).unwrap_or(Rect::ZERO)
    }
}

fn width(line: &[&Atom]) -> f32 {
    line.iter().map(|atom| atom.galley.size().x).sum()
}

/// How many atoms go into a line: whole words and the spaces after them, at least one word.
fn fitting(atoms: &[Atom], max_width: f32) -> usize {
    let (mut x, mut fits) = (0.0, 0);
    for (index, atom) in atoms.iter().enumerate() {
        x += atom.galley.size().x;
        if !atom.is_space && x > max_width && fits > 0 {
            return fits;
        }
        if atom.is_space {
            fits = index + 1;
        }
    }
    atoms.len()
}

fn ellipsis(painter: &Painter, job: &LayoutJob, level: Level) -> Atom {
    let format = job.sections.last().map_or_else(TextFormat::default, |section| section.format.clone());
    Atom { galley: drawn(painter, "…".into(), format), start: job.text.len(), level, is_space: false }
}

fn drawn(painter: &Painter, text: String, format: TextFormat) -> Arc<Galley> {
    painter.layout_job(LayoutJob::single_section(text, format))
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Space,
    Word,
    /// Stands alone: its font, and so its run, may be another than its neighbours'.
    Sign,
}

/// A paragraph cut where its direction, its format or the font may change.
fn atoms(painter: &Painter, job: &LayoutJob, levels: &[Level], range: Range<usize>) -> Vec<Atom> {
    let mut atoms = Vec::new();
    for section in &job.sections {
        let (from, to) = (section.byte_range.start.0.max(range.start), section.byte_range.end.0.min(range.end));
        if from >= to {
            continue;
        }
        let kinds: Vec<(usize, char, Level, Kind)> = job.text[from..to]
            .char_indices()
            .filter(|(_, letter)| *letter != '\n')
            .map(|(at, letter)| (from + at, letter, levels[from + at], kind(letter, levels[from + at])))
            .collect();
        for run in kinds.chunk_by(|one, next| (one.2, one.3) == (next.2, next.3) && next.3 != Kind::Sign) {
            let &[(start, _, level, kind), ..] = run else { continue };
            let text: String = run.iter().map(|&(_, letter, level, _)| if level.is_rtl() { mirrored(letter) } else { letter }).collect();
            atoms.push(Atom { galley: drawn(painter, text, section.format.clone()), start, level, is_space: kind == Kind::Space });
        }
    }
    atoms
}

fn kind(letter: char, level: Level) -> Kind {
    let is_mark = || unicode_normalization::char::is_combining_mark(letter) || matches!(letter, '\u{200C}' | '\u{200D}');
    match letter {
        _ if letter.is_whitespace() => Kind::Space,
        _ if level.is_ltr() || letter.is_alphanumeric() || is_mark() => Kind::Word,
        _ => Kind::Sign,
    }
}

/// The sign that is drawn in text from right to left (rule L4).
fn mirrored(letter: char) -> char {
    match letter {
        '(' => ')',
        ')' => '(',
        '[' => ']',
        ']' => '[',
        '{' => '}',
        '}' => '{',
        '<' => '>',
        '>' => '<',
        '«' => '»',
        '»' => '«',
        '‹' => '›',
        '›' => '‹',
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::text::TextWrapping;

    /// The pieces of each line, from left to right, and how far the lines reach.
    fn lines(text: &str, wrap: TextWrapping) -> Vec<(String, f32, f32)> {
        let found = std::cell::RefCell::new(Vec::new());
        egui::__run_test_ui(|ui| {
            let job = LayoutJob { wrap: wrap.clone(), ..LayoutJob::single_section(text.to_owned(), TextFormat::default()) };
            let mut lines: Vec<(f32, String, f32, f32)> = Vec::new();
            for piece in &ordered(ui.painter(), &job).pieces {
                let right = piece.at.x + piece.galley.size().x;
                match lines.last_mut().filter(|line| line.0 == piece.at.y) {
                    Some((_, said, _, to)) => {
                        assert!((*to - piece.at.x).abs() < 0.5, "pieces stand side by side");
                        said.push_str(&piece.galley.job.text);
                        *to = right;
                    }
                    None => lines.push((piece.at.y, piece.galley.job.text.clone(), piece.at.x, right)),
                }
            }
            *found.borrow_mut() = lines.into_iter().map(|(_, said, from, to)| (said, from, to)).collect();
        });
        found.into_inner()
    }

    #[test]
    fn words_from_right_to_left_stand_in_their_order() {
        let wide = TextWrapping::wrap_at_width(2000.0);
        // A word's own letters are turned by the font's shaper; numbers and Latin words keep theirs.
        let line = &lines("אבג (דהו) 12 abc, זח.", wide.clone())[0];
        assert_eq!(line.0, ".זח ,abc 12 (דהו) אבג");
        assert!((line.2 - 2000.0).abs() < 0.5, "it begins at the right: {}", line.2);
        let within = &lines("Maya: אבג דהו 12.", wide)[0];
        assert_eq!((within.0.as_str(), within.1), ("Maya: 12 דהו אבג.", 0.0));
    }

    #[test]
    fn the_first_words_stand_on_the_first_line() {
        let text = "אבג דהו זחט יכל מנס עפצ קרש";
        let said: Vec<String> = lines(text, TextWrapping::wrap_at_width(70.0))
            .into_iter()
            .map(|(said, _, to)| (said, to))
            .map(|(said, to)| {
                assert!(to <= 70.5 && to > 60.0, "{to}");
                said
            })
            .collect();
        assert!(said.len() > 2, "{said:?}");
        let back: Vec<String> = said.iter().map(|line| line.split(' ').rev().collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(back.join(" "), text);
        let cut = lines(text, TextWrapping::truncate_at_width(70.0));
        assert!(cut.len() == 1 && cut[0].0.starts_with('…') && cut[0].0.ends_with("אבג") && cut[0].2 <= 70.5, "{cut:?}");
    }

    #[test]
    fn each_words_place_is_known() {
        egui::__run_test_ui(|ui| {
            let text = "אבג דהו. abc";
            let job = LayoutJob { wrap: TextWrapping::wrap_at_width(500.0), ..LayoutJob::single_section(text.to_owned(), TextFormat::default()) };
            let laid = ordered(ui.painter(), &job);
            let (first, second, third) = (laid.place(&(0..6)), laid.place(&(7..14)), laid.place(&(15..18)));
            assert!(third.right() < second.left() && second.right() < first.left() && (first.right() - 500.0).abs() < 0.5, "{first} {second} {third}");
        });
    }
}
