//! Subtitles: SubRip and WebVTT. Every word is in one cue, and each cue can be read while it is heard.
//!
//! Words become pieces of what one person says, broken where a sentence or a clause ends; then the pieces get their times, one after the other.

use super::document::name;
use super::plain::one_line;
use crate::conference::{ConferenceRecord, Millis, Span, Speaker, Word, ends_clause, ends_sentence, needs_space};
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::ops::Bound;

/// Characters of a line, as broadcasters count them; the speaker's name counts too.
const LINE: usize = 42;
/// A longer name is cut: what is said needs room beside it.
const LONGEST_NAME: usize = 20;
/// Shorter nobody can read a cue, and longer nobody keeps it in mind.
const SHORTEST: Millis = Millis(1000);
const LONGEST: Millis = Millis(7000);
/// A gap between two words in which somebody else speaks parts them.
const ROOM: Millis = Millis(300);
/// No cue is shown longer than this before it is said.
const EARLY: Millis = Millis(500);
/// A pause that ends a cue: what comes after it is not yet to be read.
const PAUSE: Millis = Millis(1500);

/// What one person says, in at most two lines, and when it is said.
#[derive(Debug, Clone, PartialEq)]
struct Cue {
    span: Span,
    name: String,
    lines: Vec<String>,
}

/// A word, or a piece of one that no line could hold.
#[derive(Debug, Clone)]
struct Piece {
    text: String,
    span: Span,
    /// Goes on with the piece before it, without a space.
    is_rest: bool,
}

/// Whether it is known when each turn begins: of a recording always, of what was typed where its file says so.
pub(super) fn has_times(record: &ConferenceRecord) -> bool {
    record.turns().iter().all(|turn| record.data().moment(turn.span.start()).is_some())
}

fn cues(record: &ConferenceRecord) -> Vec<Cue> {
    // Where somebody begins to speak, the other's cue may end: else what is put in meanwhile would be shown too late.
    let begins: BTreeSet<Millis> = spoken_runs(record).map(|(_, words)| words[0].span.start()).collect();
    let mut cues: Vec<Cue> = spoken_runs(record)
        .flat_map(|(speaker, words)| {
            let name = short(&name(record, speaker));
            cut(&name, &pieces(&name, &words), &begins)
        })
        .collect();
    cues.sort_by_key(|cue| cue.span.start());
    timed(&mut cues, record.data().length);
    cues
}

/// Everything anybody says in one go, also what was put in meanwhile.
fn spoken_runs(record: &ConferenceRecord) -> impl Iterator<Item = (Speaker, Vec<&Word>)> {
    let all = record.turns().iter().flat_map(|turn| {
        let asides = turn.backchannels.iter().map(|aside| (aside.speaker, &aside.words));
        std::iter::once((turn.speaker, &turn.words)).chain(asides)
    });
    let words = move |indices: &Vec<usize>| indices.iter().filter_map(|&index| record.transcript().words.get(index)).collect::<Vec<_>>();
    all.map(move |(speaker, indices)| (speaker, words(indices))).filter(|(_, words)| !words.is_empty())
}

/// Words as they fit on a line, each on one line and without anything that would end a cue.
fn pieces(name: &str, words: &[&Word]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut before = Millis::ZERO;
    for word in words {
        // Words of a turn come one after the other, whatever their times say.
        let start = word.span.start().max(before);
        let span = Span::new(start, word.span.end().max(start));
        before = start;
        // `-->` inside speech would be read as a time line.
        for part in one_line(&word.text).replace("-->", "→").split_whitespace() {
            let letters: Vec<char> = part.chars().collect();
            for (index, letters) in letters.chunks(LINE - before_words(name)).enumerate() {
                pieces.push(Piece { text: letters.iter().collect(), span, is_rest: index > 0 });
            }
        }
    }
    pieces
}

/// Characters of the name and what follows it, before the first word.
fn before_words(name: &str) -> usize {
    if name.is_empty() { 0 } else { name.chars().count() + ": ".len() }
}

fn short(name: &str) -> String {
    let name = one_line(name).trim().replace("-->", "→");
    if name.chars().count() <= LONGEST_NAME { name } else { name.chars().take(LONGEST_NAME - 1).chain(['…']).collect() }
}

/// What one person says, cut into cues.
fn cut(name: &str, pieces: &[Piece], begins: &BTreeSet<Millis>) -> Vec<Cue> {
    let mut cues = Vec::new();
    let mut rest = pieces;
    while !rest.is_empty() {
        let most = fitting(name, rest, begins);
        let count = if most == rest.len() { most } else { best_break(&rest[..most]) };
        let (now, later) = rest.split_at(count);
        cues.push(Cue { span: Span::new(now[0].span.start(), now[count - 1].span.end()), name: name.to_owned(), lines: lines(name, now).unwrap_or_default() });
        rest = later;
    }
    cues
}

/// How many pieces one cue can hold, at least one.
fn fitting(name: &str, pieces: &[Piece], begins: &BTreeSet<Millis>) -> usize {
    let start = pieces[0].span.start();
    let fits = |count: usize| {
        let (last, next) = (&pieces[count - 1], &pieces[count]);
        let meanwhile = (Bound::Excluded(last.span.start()), Bound::Included(next.span.start()));
        let has_room = last.span.end() - start >= SHORTEST || next.span.start() - last.span.end() >= ROOM;
        let is_interrupted = has_room && last.span.start() < next.span.start() && begins.range(meanwhile).next().is_some();
        let is_pause = next.span.start() - last.span.end() >= PAUSE;
        let is_long = next.span.end() - start > LONGEST;
        !(is_interrupted || is_pause || is_long) && lines(name, &pieces[..=count]).is_some()
    };
    (1..pieces.len()).find(|&count| !fits(count)).unwrap_or(pieces.len())
}

/// Where to break pieces that do not all fit: at the last end of a sentence, else of a clause, if that leaves something to read; else as late as possible.
fn best_break(pieces: &[Piece]) -> usize {
    let start = pieces[0].span.start();
    let letters = |count: usize| pieces[..count].iter().map(|piece| piece.text.chars().count() + 1).sum::<usize>();
    let is_worth = |count: usize| letters(count) * 3 >= LINE && pieces[count - 1].span.end() - start >= SHORTEST;
    let last = |ends: fn(&str) -> bool| (1..=pieces.len()).rev().find(|&count| ends(&pieces[count - 1].text) && is_worth(count));
    last(ends_sentence).or_else(|| last(ends_clause)).unwrap_or(pieces.len())
}

/// Laid out in at most two lines, the name before the first; none when they do not fit. Broken where a clause ends, else near the middle.
fn lines(name: &str, pieces: &[Piece]) -> Option<Vec<String>> {
    let before = before_words(name);
    let joined = |pieces: &[Piece]| {
        pieces.iter().fold(String::new(), |line, piece| match !piece.is_rest && needs_space(&line, &piece.text) {
            true => line + " " + &piece.text,
            false => line + &piece.text,
        })
    };
    let length = |line: &str| line.chars().count();
    let whole = joined(pieces);
    if before + length(&whole) <= LINE {
        return Some(vec![whole]);
    }
    let cost = |(first, second): &(String, String)| (before + length(first)).abs_diff(length(second)) + if ends_clause(first) { 0 } else { 12 };
    (1..pieces.len())
        .map(|at| (joined(&pieces[..at]), joined(&pieces[at..])))
        .filter(|(first, second)| before + length(first) <= LINE && length(second) <= LINE)
        .min_by_key(cost)
        .map(|(first, second)| vec![first, second])
}

/// Gives cues times at which each can be read and none covers another: as they are said where there is room, else a little later.
fn timed(cues: &mut [Cue], length: Millis) {
    let wanted: Vec<Span> = cues.iter().map(|cue| cue.span).collect();
    let mut free = Millis::ZERO;
    for (index, cue) in cues.iter_mut().enumerate() {
        let next = wanted.get(index + 1).map_or(length.max(wanted[index].end()), |next| next.start());
        let start = wanted[index].start();
        // Where the next one follows too soon, a short one begins a little early, if nobody else speaks then.
        let early = if next - start < SHORTEST { (next - SHORTEST).max(start - EARLY).max(Millis::ZERO) } else { start };
        let start = early.max(free);
        // As long as it is said, and not into the next; but long enough to read, and not too long.
        let end = wanted[index].end().min(next).max(start + SHORTEST).min(start + LONGEST);
        cue.span = Span::new(start, end);
        free = end;
    }
}

fn stamp(at: Millis, comma: char) -> String {
    let millis = at.0.max(0);
    format!("{:02}:{:02}:{:02}{comma}{:03}", millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60, millis % 1000)
}

pub(super) fn srt(record: &ConferenceRecord) -> String {
    let mut text = String::new();
    for (number, cue) in cues(record).iter().enumerate() {
        let times = format!("{} --> {}", stamp(cue.span.start(), ','), stamp(cue.span.end(), ','));
        let name = if cue.name.is_empty() { String::new() } else { format!("{}: ", cue.name) };
        writeln!(text, "{}\n{times}\n{name}{}\n", number + 1, cue.lines.join("\n")).ok();
    }
    text
}

pub(super) fn vtt(record: &ConferenceRecord) -> String {
    let markup = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut text = String::from("WEBVTT\n\n");
    for cue in cues(record) {
        let times = format!("{} --> {}", stamp(cue.span.start(), '.'), stamp(cue.span.end(), '.'));
        writeln!(text, "{times}\n<v {}>{}\n", markup(&cue.name).replace("&gt;", ""), markup(&cue.lines.join("\n"))).ok();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::fixture::talk;
    use crate::conference::{Participant, Student, StudentId};
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    fn check(script: &str, expected: Expect) {
        let shown: Vec<String> = cues(&talk(script))
            .iter()
            .map(|cue| format!("{:.1}-{:.1} {}: {}", cue.span.start().secs(), cue.span.end().secs(), cue.name, cue.lines.join(" / ")))
            .collect();
        expected.assert_eq(&shown.join("\n"));
    }

    #[test]
    fn cues_are_broken_where_clauses_end_and_lines_too() {
        check(
            "T 0-14 I noticed how you slowed down at the storm, and your reader can hear the rain. Today I want to teach you one thing that writers do, when a moment matters.",
            expect![[r#"
                0.0-4.1 Teacher: I noticed how you / slowed down at the storm,
                4.1-7.2 Teacher: and your reader / can hear the rain.
                7.2-12.2 Teacher: Today I want to teach / you one thing that writers do,
                12.2-14.0 Teacher: when a moment matters."#]],
        );
    }

    #[test]
    fn what_is_put_in_meanwhile_is_shown_when_it_is_said() {
        check(
            "T 0-9 Poets look closely and then they look again so that a reader stands in the rain | S 4-4.4 Mm-hm.",
            expect![[r#"
            0.0-4.0 Teacher: Poets look closely / and then they look again
            4.0-5.0 Maya: Mm-hm.
            5.0-9.0 Teacher: so that a / reader stands in the rain"#]],
        );
    }

    #[test]
    fn short_words_in_quick_turn_can_all_be_read() {
        check(
            "T 0-0.4 Yes? | S 0.5-0.8 No. | T 0.9-1.2 Why? | S 1.3-5 Because my dog ran away. | T 9-9.2 Oh.",
            expect![[r#"
            0.0-1.0 Teacher: Yes?
            1.0-2.0 Maya: No.
            2.0-3.0 Teacher: Why?
            3.0-5.0 Maya: Because my dog ran away.
            8.5-9.5 Teacher: Oh."#]],
        );
    }

    /// Everything that must hold of subtitles, whatever was said.
    fn is_readable(record: &ConferenceRecord) -> Result<(), TestCaseError> {
        let cues = cues(record);
        for cue in &cues {
            let length = cue.span.length();
            prop_assert!((SHORTEST..=LONGEST).contains(&length), "{cue:?}");
            prop_assert!((1..=2).contains(&cue.lines.len()), "{cue:?}");
            prop_assert!(!cue.name.is_empty() && cue.lines.iter().all(|line| !line.trim().is_empty()), "{cue:?}");
            let first = format!("{}: {}", cue.name, cue.lines[0]);
            prop_assert!(first.chars().count() <= 42 && cue.lines.iter().all(|line| line.chars().count() <= 42), "{cue:?}");
        }
        prop_assert!(cues.windows(2).all(|pair| pair[0].span.end() <= pair[1].span.start()), "{cues:?}");
        let words = || record.transcript().words.iter().map(|word| word.text.as_str());
        let sorted = |texts: String| {
            let mut letters: Vec<char> = texts.chars().filter(|letter| !letter.is_whitespace()).collect();
            letters.sort_unstable();
            letters
        };
        let lines = cues.iter().flat_map(|cue| cue.lines.iter().map(String::as_str)).collect::<Vec<_>>().join("\n");
        prop_assert!(words().filter(|word| word.chars().count() < LINE - LONGEST_NAME - 2).all(|word| lines.contains(word)), "every word: {lines}");
        prop_assert_eq!(sorted(lines), sorted(words().collect()), "as often as it is said");
        // And so the files are: read back as a player would.
        let srt = srt(record);
        let blocks: Vec<&str> = srt.split("\n\n").filter(|block| !block.trim().is_empty()).collect();
        prop_assert_eq!(blocks.len(), cues.len());
        prop_assert!(blocks.iter().all(|block| block.lines().count() <= 4 && block.matches("-->").count() == 1), "{srt}");
        prop_assert_eq!(vtt(record).matches("\n<v ").count(), cues.len());
        Ok(())
    }

    fn any_text() -> impl Strategy<Value = String> {
        let words =
            ["I", "the", "thunderstorm,", "mm-hm", "Größe.", "看見了。", "—", "why?", "нова", "extraordinarily", "and", "a"].map(str::to_owned).to_vec();
        prop::collection::vec(prop::sample::select(words), 0..40).prop_map(|words| words.join(" "))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_word_is_in_a_cue_that_can_be_read(pieces in prop::collection::vec((0_u8..4, 0.0_f64..60.0, 0.0_f64..12.0, any_text()), 1..12)) {
            let said: Vec<String> = pieces.iter().map(|(who, start, length, text)| {
                format!("{} {start:.3}-{:.3} {text}", ["T", "S", "S2", "O"][usize::from(*who)], start + length)
            }).collect();
            let mut facts = talk(&said.join("|")).data().clone();
            facts.transcript.words.sort_by_key(|word| word.span);
            facts.voices.spans.sort_by_key(|piece| piece.span);
            let named = |name: &str, voice| Participant { student: Student { id: StudentId::NONE, name: name.into() }, voice: Some(voice) };
            facts.participants = vec![named("Zoë-Alexandra Müller-Lüdenscheidt", 1), named("李", 2)];
            is_readable(&ConferenceRecord::new(facts))?;
        }
    }

    #[test]
    fn words_no_line_can_hold_are_broken_and_nothing_ends_a_cue_too_soon() {
        let mut record = talk("T 0-5 a b c | S 6-8 d").data().clone();
        let long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen".repeat(3);
        for (word, text) in record.transcript.words.iter_mut().zip([&long, "x --> y\n\nz\u{b}\u{1b}[31m", "\u{7}", "“d”"]) {
            word.text = text.to_owned();
        }
        let record = ConferenceRecord::new(record);
        let cues = cues(&record);
        let text: String = cues.iter().flat_map(|cue| cue.lines.clone()).collect::<Vec<_>>().join("");
        assert!(text.replace(' ', "").contains(&long), "{text}");
        assert!(text.contains("x → y") && !text.contains(char::is_control), "{text}");
        assert!(cues.iter().all(|cue| cue.lines.iter().all(|line| line.chars().count() <= 42)));
        let srt = srt(&record);
        assert_eq!(srt.matches("-->").count(), cues.len(), "{srt}");
    }
}
