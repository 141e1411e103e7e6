//! A play, a dialogue or a story in parts that a child reads aloud within a turn: `Romeo: ...`, `Wolf: ...`. What stands there before a colon speaks in the
//! piece, not in the conference; all of it is said by whoever reads.

use super::evidence::{Known, Layout};
use super::labels::{Label, is_of_key};
use super::lines::{Kind, Row};
use std::collections::{BTreeMap, BTreeSet};

/// What is read in parts.
const PIECES: [&str; 20] = [
    "play",
    "plays",
    "script",
    "skit",
    "drama",
    "scene",
    "act",
    "dialogue",
    "dialog",
    "theater",
    "theatre",
    "puppet",
    "screenplay",
    "sketch",
    "comic",
    "parts",
    "characters",
    "monologue",
    "fable",
    "teatro",
];
/// That it is read now.
const READ_NOW: [&str; 12] = ["read", "reads", "reading", "goes", "starts", "begins", "listen", "hear", "perform", "aloud", "lee", "lies"];
/// The same, where a piece in parts is spoken of.
const SHOWN: [&str; 8] = ["here", "here's", "this", "that's", "wrote", "share", "show", "start"];
/// Who speaks in stories and in no class.
const CHARACTERS: &str = "narrator narrators chorus wolf wolves pig piggy king queen prince princess dragon witch fairy giant ogre troll elf dwarf goblin monster \
    ghost vampire zombie robot alien pirate captain hero villain knight wizard genie mermaid unicorn dinosaur bear fox mouse rabbit bunny hare tortoise turtle \
    frog toad bird owl crow duck hen rooster cow horse goat sheep lamb dog puppy cat kitten lion tiger monkey elephant fish shark snake spider bee ant tree sun \
    moon wind snowman stranger soldier servant farmer woodcutter sheriff shopkeeper waiter superhero detective stepmother romeo juliet hamlet macbeth \
    cinderella goldilocks rapunzel gretel hansel";
/// A piece of more lines is none that is read in a conference.
const MOST_LINES: usize = 300;

/// A row in which somebody may be named.
struct Named<'a> {
    row: usize,
    label: &'a Label,
    is_stamped: bool,
}

/// Finds such pieces, and gives their rows to whoever reads them.
pub(super) fn read_aloud(rows: &[Row], layout: &mut Layout, known: &Known) {
    let named = named(rows, layout);
    let listed = known.keys();
    let may_be_told = |label: &Label| {
        let is_listed = listed.iter().any(|name| is_of_key(label, name));
        !is_listed && !label.says_teacher() && !label.says_student() && !label.is_voice() && !label.says_nobody() && !label.has_title()
    };
    // Of each label the first line and the last, and whether it may be one of a piece.
    let mut labels: BTreeMap<&str, (usize, usize, bool)> = BTreeMap::new();
    for (at, one) in named.iter().enumerate() {
        labels.entry(&one.label.key).or_insert_with(|| (at, at, may_be_told(one.label))).1 = at;
    }
    let all: Vec<(usize, usize, bool)> = named.iter().map(|one| labels[one.label.key.as_str()]).collect();
    let page = Rhythm::of(&named, rows);
    let mut found: BTreeMap<usize, String> = BTreeMap::new();
    let mut at = 1;
    while at < named.len() {
        // Labels that stand nowhere before, one after the other, to where none of them stands behind.
        let (mut ends, mut last) = (None, 0);
        for (place, one) in all.iter().enumerate().skip(at).take(MOST_LINES).take_while(|(_, one)| one.0 >= at && one.2) {
            last = last.max(one.1);
            ends = if last == place { Some(place + 1) } else { ends };
        }
        let piece = ends.map(|ends| Piece { rows, before: &named[..at], lines: &named[at..ends], behind: named.get(ends) });
        let Some((piece, reader)) = piece.filter(|piece| piece.is_read(&page)).and_then(|piece| piece.reader().map(|reader| (piece, reader))) else {
            at += 1;
            continue;
        };
        let lines = piece.lines[0].row..=piece.lines[piece.lines.len() - 1].row;
        found.extend(lines.filter(|&row| matches!(rows[row].kind, Kind::Words(_))).map(|row| (row, reader.clone())));
        at += piece.lines.len();
    }
    layout.unsure.retain(|row| !found.contains_key(row));
    layout.read_aloud = found;
}

/// Rows that begin with a speaker, or may.
fn named<'a>(rows: &'a [Row], layout: &Layout) -> Vec<Named<'a>> {
    let mut named = Vec::new();
    for (at, row) in rows.iter().enumerate().skip(layout.begins) {
        let Kind::Words(heads) = &row.kind else { continue };
        let head = layout.head(at, heads).or_else(|| heads.iter().find(|head| layout.is_unsure(at) && !head.rest.is_empty()));
        let Some(head) = head else { continue };
        named.push(Named { row: at, label: &head.label, is_stamped: head.stamp.is_some() });
    }
    named
}

/// How the lines of a page are set.
struct Rhythm {
    stamped: usize,
    indented: usize,
    all: usize,
}

impl Rhythm {
    fn of(named: &[Named<'_>], rows: &[Row]) -> Self {
        let count = |fits: &dyn Fn(&&Named<'_>) -> bool| named.iter().filter(|one| fits(one)).count();
        Self { stamped: count(&|one| one.is_stamped), indented: count(&|one| rows[one.row].is_indented), all: named.len() }
    }
}

/// Lines that may be of a piece, with what stands before and behind.
struct Piece<'a> {
    rows: &'a [Row],
    before: &'a [Named<'a>],
    lines: &'a [Named<'a>],
    behind: Option<&'a Named<'a>>,
}

impl Piece<'_> {
    /// The child who speaks right before; where the teacher does, the only child there is, if the piece is one of animals and kings.
    fn reader(&self) -> Option<String> {
        let before = self.before.last()?;
        let is_teacher = |label: &Label| label.says_teacher() || (label.has_title() && !label.says_student());
        if !is_teacher(before.label) {
            return Some(before.label.key.clone());
        }
        let mut children = self.before.iter().rev().take(MOST_LINES).filter(|one| !is_teacher(one.label)).map(|one| one.label.key.as_str());
        let child = children.next()?;
        (children.all(|other| other == child) && self.keys().iter().all(|key| is_character(key))).then(|| child.to_owned())
    }

    fn keys(&self) -> BTreeSet<&str> {
        self.lines.iter().map(|one| one.label.key.as_str()).collect()
    }

    /// What is said in the turns right before, in small letters, word by word.
    fn announced(&self) -> Vec<String> {
        let from = self.before.iter().rev().nth(1).or(self.before.last()).map_or(0, |one| one.row);
        let rows = &self.rows[from..self.lines[0].row];
        let words = rows.iter().flat_map(|row| row.text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’'));
        words.filter(|word| !word.is_empty()).map(|word| word.to_lowercase().replace('’', "'")).collect()
    }

    fn is_read(&self, page: &Rhythm) -> bool {
        let lines = self.lines.len();
        let rest = page.all - lines;
        let keys = self.keys();
        // Set further in than the page, or in the midst of it without the times all others have.
        let indented = self.lines.iter().filter(|one| self.rows[one.row].is_indented).count();
        let stamped = self.lines.iter().filter(|one| one.is_stamped).count();
        let is_inset = rest >= 2 && indented == lines && page.indented == indented;
        let is_untimed = rest >= 4 && stamped == 0 && page.stamped == rest && keys.len() > 1 && self.behind.is_some();
        if is_inset || is_untimed {
            return true;
        }
        let words = self.announced();
        let says = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        let of_stories = keys.iter().filter(|key| is_character(key)).count();
        let spoken_of = keys.iter().filter(|key| words.iter().any(|word| key.split(' ').any(|part| part == word))).count();
        let is_within = || self.behind.is_some_and(|behind| self.before.last().is_some_and(|before| before.label.key == behind.label.key));
        let is_shown = || says(&READ_NOW) || says(&SHOWN);
        if is_piece(&words) {
            // One who is called by name and answers is nobody of the piece; all of those who are spoken of are.
            return of_stories > 0 || keys.len() > 1 && (spoken_of == keys.len() || spoken_of == 0 && (is_shown() || is_within()));
        }
        says(&READ_NOW) && of_stories > 0 && of_stories * 2 >= keys.len()
    }
}

/// Whether a piece in parts is spoken of: "a play", not "we play".
fn is_piece(words: &[String]) -> bool {
    const BEFORE: [&str; 16] =
        ["a", "the", "my", "your", "this", "our", "little", "short", "new", "of", "it's", "first", "puppet", "radio", "school", "another"];
    let is_one = |at: usize| {
        let word = words[at].as_str();
        let is_named = || at > 0 && BEFORE.contains(&words[at - 1].as_str());
        let goes_on = || words.get(at + 1).is_some_and(|next| next == "about" || next.chars().all(|c| c.is_ascii_digit()));
        PIECES.contains(&word) && (!matches!(word, "play" | "plays" | "act" | "parts" | "comic" | "characters") || is_named() || goes_on())
    };
    (0..words.len()).any(is_one)
}

/// "wolf", "the wolf", "pig 2", "big bad wolf".
fn is_character(key: &str) -> bool {
    let bare = key.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end();
    let last = bare.rsplit(' ').next().unwrap_or(bare);
    CHARACTERS.split_whitespace().any(|one| one == last)
}
