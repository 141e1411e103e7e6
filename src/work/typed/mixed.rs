//! Pages whose truth is known, of one layout or of several, with children who speak often or once: whoever says a line has it, or it is among the lines left.

use super::*;
use proptest::prelude::*;

/// How a line says who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Colon,
    TimeColon,
    ColonTime,
    /// Otter: name and time on a line of their own.
    NameTime,
    TimeName,
    /// The time on a line of its own above the name.
    BelowTime,
    /// Name, then the time on the next line.
    AboveTime,
    Alone,
    Chat,
    Tag,
    Cue,
}

const FORMS: [Form; 11] = [
    Form::Colon,
    Form::TimeColon,
    Form::ColonTime,
    Form::NameTime,
    Form::TimeName,
    Form::BelowTime,
    Form::AboveTime,
    Form::Alone,
    Form::Chat,
    Form::Tag,
    Form::Cue,
];

impl Form {
    /// A line of the page, and what stands behind it.
    fn typed(self, at: usize, name: &str, said: &str) -> String {
        let (minutes, secs) = (at / 60, at % 60);
        let clock = format!("{minutes}:{secs:02}");
        let cue = format!("00:{minutes:02}:{secs:02}.000 --> 00:{minutes:02}:{secs:02}.900");
        match self {
            Self::Colon => format!("{name}: {said}\n"),
            Self::TimeColon => format!("[{clock}] {name}: {said}\n"),
            Self::ColonTime => format!("{name} ({clock}): {said}\n"),
            Self::NameTime => format!("{name}  {clock}\n{said}\n\n"),
            Self::TimeName => format!("{clock} {name}\n{said}\n\n"),
            Self::BelowTime => format!("{clock}\n{name}\n{said}\n\n"),
            Self::AboveTime => format!("{name}\n{clock}\n{said}\n\n"),
            Self::Alone => format!("{name}\n{said}\n\n"),
            Self::Chat => format!("10:{minutes:02}:{secs:02} From {name} to Everyone: {said}\n"),
            Self::Tag => format!("{cue}\n<v {name}>{said}</v>\n\n"),
            Self::Cue => format!("{cue}\n{name}: {said}\n\n"),
        }
    }
}

/// A page, and who says each of its lines, each of which has a word of its own.
#[derive(Debug, Clone)]
struct Page {
    text: String,
    said: Vec<(String, String)>,
}

fn pages(most_forms: usize) -> impl Strategy<Value = Page> {
    let teacher = prop::sample::select(vec!["Ms. Lee", "Teacher", "T", "Mrs Ortega"]);
    let child = prop::sample::select(vec!["Maya", "omar", "zoë", "Leo P", "ana b", "Priya", "deshawn", "小明"]);
    let children = prop::collection::vec(child, 1..4);
    // Who speaks: the teacher every other time or so, now and then a child; some children once.
    let turn = (0_usize..8, 0_usize..6);
    let block = (prop::sample::select(FORMS.to_vec()), prop::collection::vec(turn, 2..7));
    (teacher, children, prop::collection::vec(block, 1..=most_forms)).prop_map(|(teacher, children, blocks)| {
        let (mut text, mut said, mut at) = (String::new(), Vec::new(), 3);
        for (form, turns) in blocks {
            for (who, what) in turns {
                let name = if who < 4 { teacher } else { children[(who - 4).min(children.len() - 1)] };
                let own = format!("{}w", "abcdefghij".chars().nth(said.len() % 10).unwrap_or('k').to_string().repeat(2 + said.len() / 10));
                let line = match what {
                    0 => format!("What about {own} now?"),
                    1 => own.clone(),
                    2 => format!("the {own} ran"),
                    3 => format!("I wrote: {own} fell."),
                    4 => format!("Yes, {own}, and then we went home."),
                    _ => format!("{own} is it. Is it?"),
                };
                text += &form.typed(at, name, &line);
                said.push((own, name.to_owned()));
                at += 5;
            }
            if !text.ends_with("\n\n") {
                text.push('\n');
            }
        }
        Page { text, said }
    })
}

/// Lines that another has than who says them.
fn misplaced(page: &Page) -> Vec<String> {
    let Ok(typed) = read_bytes(page.text.as_bytes(), &Known::default(), None) else { return Vec::new() };
    let own = |text: &str, own: &str| text.split(|c: char| !c.is_alphanumeric()).any(|word| word == own);
    let has = |word: &str, name: &str| {
        let turn = typed.turns.iter().find(|turn| own(&typed.transcript.text(&turn.words), word));
        let Some(turn) = turn else { return typed.leftovers.iter().any(|one| own(&one.text, word)) };
        let labels: Vec<&str> = typed.speakers.iter().filter(|one| one.role == turn.speaker).map(|one| one.label.as_str()).collect();
        turn.speaker == Speaker::Unknown || labels.iter().all(|label| label.eq_ignore_ascii_case(name))
    };
    page.said.iter().filter(|(word, name)| !has(word, name)).map(|(word, name)| format!("{word} of {name}")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whoever_says_a_line_has_it(page in pages(1)) {
        prop_assert_eq!(misplaced(&page), Vec::<String>::new(), "{}", page.text);
    }
}

/// A page of one layout with lines that go on, stories in which somebody speaks, and colons in what is said. Some children speak once.
fn stories() -> impl Strategy<Value = Page> {
    let child = prop::sample::select(vec!["Maya", "omar", "zoë", "Leo P", "leo", "Priya"]);
    let form = prop::sample::select(vec![": ", ":\n", "\t", " - ", "\n"]);
    let turn = (0_usize..5, 0_usize..9, 0_usize..4);
    (prop::sample::select(vec!["Ms. Lee", "Teacher"]), child, prop::sample::select(vec!["Ivy", "Tom B"]), form, prop::collection::vec(turn, 4..10)).prop_map(
        |(teacher, often, once, form, turns)| {
            let (mut text, mut said) = (String::new(), Vec::new());
            let mut own = |name: &str| {
                let own = format!("{}w", "abcdefghij".chars().nth(said.len() % 10).unwrap_or('k').to_string().repeat(2 + said.len() / 10));
                said.push((own.clone(), name.to_owned()));
                own
            };
            let last = turns.len() - 1;
            // Both who speak often do: what recurs on a page is known.
            let frame = [(0, 0, 0), (3, 1, 0), (0, 1, 0), (3, 0, 0)];
            for (at, (who, what, more)) in frame.into_iter().chain(turns).enumerate() {
                let name = if at == last {
                    once
                } else if who < 3 {
                    teacher
                } else {
                    often
                };
                let first = own(name);
                let line = match what {
                    0 => format!("What about the {first} now?"),
                    1 => format!("so the {first} ran."),
                    2 => format!("see the {first}: it ran."),
                    _ => format!("Here is {first}."),
                };
                text += &format!("{name}{form}{line}\n");
                for _ in 0..more.saturating_sub(1) {
                    let word = own(name);
                    text += &match what {
                        0 => format!("The teacher {word}: sit down!\n"),
                        1 => format!("My teacher said: {word} more.\n"),
                        2 => format!("Mr. Fox said: {word}.\n"),
                        3 => format!("my {word}: it fell.\n"),
                        4 => format!("Teacher {word} smiled: yes.\n"),
                        5 => format!("and then: {word} was there.\n"),
                        6 => format!("The {word} dog: he ran.\n"),
                        _ => format!("and the {word} went home.\n"),
                    };
                }
                if form.contains('\n') {
                    text.push('\n');
                }
            }
            Page { text, said }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    /// Whoever says a line has it, and no word of it is taken for a label.
    #[test]
    fn what_is_told_is_said_by_who_tells_it(page in stories()) {
        prop_assert_eq!(misplaced(&page), Vec::<String>::new(), "{}", page.text);
    }
}

/// Each line has one word and is said by the last name before it.
fn check(text: &str, said: &[(&str, &str)]) {
    let said = said.iter().map(|(word, name)| ((*word).to_owned(), (*name).to_owned())).collect();
    assert_eq!(misplaced(&Page { text: text.to_owned(), said }), Vec::<String>::new(), "{text}");
}

#[test]
fn a_child_in_small_letters_who_speaks_once_has_a_line_wherever_the_time_stands() {
    let said = [("poem", "Ms. Lee"), ("rain", "omar"), ("drips", "Ms. Lee")];
    check("Ms. Lee  0:03\na poem\n\nomar  0:08\nthe rain\n\nMs. Lee  0:13\nit drips\n", &said);
    check("0:03 Ms. Lee\na poem\n\n0:08 omar\nthe rain\n\n0:13 Ms. Lee\nit drips\n", &said);
    check("0:03\nMs. Lee\na poem\n\n0:08\nomar\nthe rain\n\n0:13\nMs. Lee\nit drips\n", &said);
    check("Ms. Lee\n0:03\na poem\n\nomar\n0:08\nthe rain\n\nMs. Lee\n0:13\nit drips\n", &said);
}

#[test]
fn who_speaks_once_has_a_line_on_a_page_that_changes_its_layout() {
    let said = [("poem", "Ms. Lee"), ("rain", "omar"), ("sun", "ana b"), ("drips", "Ms. Lee")];
    check("Ms. Lee: a poem\nomar: the rain\n\nana b  0:13\nthe sun\n\nMs. Lee  0:18\nit drips\n", &said);
    check("0:03\nMs. Lee\na poem\n\n0:08\nomar\nthe rain\n\n0:13 ana b\nthe sun\n\n0:18 Ms. Lee\nit drips\n", &said);
    check("Ms. Lee  0:03\na poem\n\nomar  0:08\nthe rain\n\n[0:13] ana b: the sun\n[0:18] Ms. Lee: it drips\n", &said);
    check("10:00:03 From Ms. Lee to Everyone: a poem\n10:00:08 From omar to Everyone: the rain\n\n0:13\nana b\nthe sun\n\n0:18\nMs. Lee\nit drips\n", &said);
}

#[test]
fn what_may_be_a_name_or_said_is_nobodys() {
    let typed = read_bytes(b"Teacher\nWhat now?\n\nMaya\nA poem.\n\nred sky\nis blue\n\nTeacher\nGo on.\n\nMaya\nDone.\n", &Known::default(), None).unwrap();
    let said: Vec<(String, String)> = typed.turns.iter().map(|turn| (turn.speaker.key(), typed.transcript.text(&turn.words))).collect();
    assert_eq!(said[2], ("unknown".to_owned(), "red sky is blue".to_owned()), "{said:?}");
    // Subtitles: a name in small letters, or a word that is explained.
    let cues = "1\n00:00:01,000 --> 00:00:03,000\nTeacher: Two ideas.\n\n2\n00:00:04,000 --> 00:00:06,000\nzebra: a horse\n\n5\n00:00:06,500 --> 00:00:06,900\nand more\n\n3\n00:00:07,000 --> 00:00:08,000\nMaya: Oh.\n\n4\n00:00:09,000 --> 00:00:10,000\nTeacher: So?\n";
    let typed = read_bytes(cues.as_bytes(), &Known::default(), None).unwrap();
    let said: Vec<(String, String)> = typed.turns.iter().map(|turn| (turn.speaker.key(), typed.transcript.text(&turn.words))).collect();
    assert_eq!(said[1], ("unknown".to_owned(), "zebra: a horse".to_owned()), "{said:?}");
}

/// Who reads a story in which somebody says something stands before a dash.
#[test]
fn a_story_read_on_a_page_of_dashes_stays_with_its_reader() {
    let said = [("aaw", "Ms. Lee"), ("bbw", "Maya"), ("ccw", "Ms. Lee"), ("ddw", "Ms. Lee"), ("eew", "Ms. Lee"), ("ffw", "Maya")];
    let page =
        "Ms. Lee - What about the aaw now?\nMaya - so the bbw ran.\nMs. Lee - see the ccw: it ran.\nMr. Fox said: ddw.\nMr. Fox said: eew.\nMaya - ffw.\n";
    check(page, &said);
}

/// Nothing was joined: what somebody tells of writing has a colon too.
#[test]
fn what_somebody_does_is_nobodys_name() {
    let said = [("aaw", "Ms. Lee"), ("bbw", "Ms. Lee"), ("ccw", "Ms. Lee")];
    let line = |time: &str, word: &str| format!("10:00:{time} From Ms. Lee to Everyone: I wrote: {word} fell.\n");
    check(&format!("{}{}{}", line("03", "aaw"), line("08", "bbw"), line("13", "ccw")), &said);
}

/// Be it the first time that the name stands there.
#[test]
fn what_happened_beside_a_name_is_kept() {
    check(
        "Ms. Lee [pause]\nthe aaw ran\n\nMaya\nthe bbw ran\n\nMs. Lee\nthe ccw ran\n\nMaya\nthe ddw ran\n",
        &[("pause", "Ms. Lee"), ("aaw", "Ms. Lee"), ("bbw", "Maya")],
    );
}
