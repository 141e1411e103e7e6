//! How words stand beside each other. Most scripts put a space between two words; Chinese, Japanese, Thai, Lao, Khmer, Burmese and some others put none.
//! Whoever makes a text of words, or words of a text, asks here, so that screen, search, editor and exports agree.
//!
//! Where people put a space into such a script all the same (between the phrases of Thai, in a Japanese picture book), it is punctuation and stays with the
//! word before it. So a text that was cut into words is the same text when they are joined again.

use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::ops::Range;
use unicode_normalization::char::is_combining_mark;

/// Whether this is a letter (or a mark on one) of a script that puts no spaces between words.
#[must_use]
pub fn is_spaceless(c: char) -> bool {
    is_east_asian(c) || is_south_east_asian(c)
}

/// Chinese, Japanese, Yi; Korean has spaces.
fn is_east_asian(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{3035}' | '\u{3038}'..='\u{303b}' | '\u{3041}'..='\u{309f}'
        | '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}' | '\u{3105}'..='\u{312f}' | '\u{31a0}'..='\u{31bf}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{a000}'..='\u{a48c}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{1b000}'..='\u{1b16f}' | '\u{20000}'..='\u{323af}')
}

/// Thai, Lao, Tibetan, Burmese, Khmer, the Tai scripts, Javanese, Balinese: their phrases, and what is in Latin letters or digits, have spaces around them.
fn is_south_east_asian(c: char) -> bool {
    matches!(c, '\u{e01}'..='\u{e3a}' | '\u{e40}'..='\u{e4e}' | '\u{e80}'..='\u{ece}' | '\u{edc}'..='\u{edf}' | '\u{f00}' | '\u{f0b}'..='\u{f0c}' | '\u{f18}'..='\u{f19}'
        | '\u{f35}'..='\u{f39}' | '\u{f3e}'..='\u{fbc}' | '\u{1000}'..='\u{103f}' | '\u{1050}'..='\u{108f}' | '\u{109a}'..='\u{109d}' | '\u{1780}'..='\u{17d3}' | '\u{17d7}'
        | '\u{17dc}'..='\u{17dd}' | '\u{1950}'..='\u{1974}' | '\u{1980}'..='\u{19c9}' | '\u{1a20}'..='\u{1a7c}' | '\u{1b00}'..='\u{1b4c}' | '\u{a980}'..='\u{a9c0}'
        | '\u{a9e0}'..='\u{a9ef}' | '\u{aa60}'..='\u{aadd}')
}

/// Signs that bring their own room, like `。`, `「` and everything as wide as a Chinese letter.
fn is_wide_sign(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{3020}' | '\u{3030}' | '\u{303d}' | '\u{30fb}' | '\u{fe10}'..='\u{fe19}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff01}'..='\u{ff0f}'
        | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}')
}

/// What the letters at an edge of a text are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// There is no letter.
    None,
    /// Of a script with spaces.
    Spaced,
    Digit,
    East,
    SouthEast,
}

fn kind(c: char) -> Option<Kind> {
    match c {
        c if is_east_asian(c) => Some(Kind::East),
        c if is_south_east_asian(c) => Some(Kind::SouthEast),
        // Letters and digits as wide as Chinese ones are set like them.
        '\u{ff10}'..='\u{ff5a}' if c.is_alphanumeric() => Some(Kind::East),
        c if c.is_numeric() => Some(Kind::Digit),
        c if c.is_alphabetic() || is_combining_mark(c) => Some(Kind::Spaced),
        _ => None,
    }
}

/// The letter nearest to an edge, past the signs there, and whether one of the signs is a stop; what lies beyond a space does not count.
fn edge(letters: impl Iterator<Item = char>) -> (Kind, bool) {
    let mut has_stop = false;
    for c in letters.take_while(|c| !c.is_whitespace()) {
        if let Some(kind) = kind(c) {
            return (kind, has_stop);
        }
        has_stop |= matches!(c, '.' | ',' | ';' | ':' | '?' | '!' | '…' | '\u{17d4}' | '\u{17d5}' | '\u{104a}' | '\u{104b}' | '\u{f0d}' | '\u{f0e}');
    }
    (Kind::None, has_stop)
}

/// Whether a space belongs between what was said `before` and what comes `after` it.
#[must_use]
pub fn needs_space(before: &str, after: &str) -> bool {
    let (Some(last), Some(first)) = (before.chars().next_back(), after.chars().next()) else { return false };
    if last.is_whitespace() || first.is_whitespace() || is_wide_sign(last) || is_wide_sign(first) {
        return false;
    }
    let (before, has_stop) = edge(before.chars().rev());
    let (after, _) = edge(after.chars());
    match (before, after) {
        (Kind::East, Kind::East | Kind::None) | (Kind::None, Kind::East) => false,
        (Kind::East, Kind::Digit) | (Kind::Digit, Kind::East) | (Kind::SouthEast, Kind::SouthEast) => has_stop,
        _ => true,
    }
}

/// Whether one word may end and the next begin between these two pieces of a text, which no space parts: beside a letter of a script without spaces, but not
/// within a number, a Latin name, or a letter and its marks.
#[must_use]
pub fn may_part(before: &str, after: &str) -> bool {
    let (Some(last), Some(first)) = (before.chars().next_back(), after.chars().next()) else { return false };
    let is_edge = begins_cluster(last, first) && !is_opening(last) && (kind(first).is_some() || is_opening(first));
    let is_spaceless = |kind: Kind| matches!(kind, Kind::East | Kind::SouthEast);
    is_edge && (is_spaceless(edge(before.chars().rev()).0) || is_spaceless(edge(after.chars()).0))
}

/// Words as running text, and the place of each in it.
#[must_use]
pub fn joined<'a>(words: impl IntoIterator<Item = &'a str>) -> (String, Vec<Range<usize>>) {
    let mut text = String::new();
    let places = words.into_iter().map(|word| {
        if needs_space(&text, word) {
            text.push(' ');
        }
        let from = text.len();
        text.push_str(word);
        from..text.len()
    });
    let places = places.collect();
    (text, places)
}

/// Words as running text.
#[must_use]
pub fn join<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    joined(words).0
}

/// The words of a text. In a script without spaces each letter is one, with the marks and signs at it: no dictionary is asked.
#[must_use]
pub fn split(text: &str) -> Vec<String> {
    pieces(text, &starts(text))
}

/// The words of a text that was made of `old` words and then changed: whatever stands in it still is cut as it was.
#[must_use]
pub fn split_like(text: &str, old: &[&str]) -> Vec<String> {
    let cuts = starts(text);
    if !text.chars().any(is_spaceless) {
        return pieces(text, &cuts);
    }
    let (was, places) = joined(old.iter().copied());
    let old_cuts = starts(&was);
    let (old_atoms, atoms) = (slices(&was, &old_cuts), slices(text, &cuts));
    let is_parted = |at: usize| text[..at].ends_with(char::is_whitespace);
    let mut made: Vec<usize> = cuts.iter().copied().filter(|&at| is_parted(at)).collect();
    for change in capture_diff_slices(Algorithm::Myers, &old_atoms, &atoms) {
        let (tag, before, now) = change.as_tag_tuple();
        if tag != DiffTag::Equal {
            made.extend_from_slice(&cuts[now]);
            continue;
        }
        // Atom by atom, since there may be more than one space between two of them in the text.
        for (old_atom, atom) in before.zip(now.clone()) {
            let from = old_cuts[old_atom];
            let inside = places.iter().map(|place| place.start).filter(|start| (from..from + old_atoms[old_atom].len()).contains(start));
            made.extend(inside.map(|start| cuts[atom] + (start - from)));
        }
        // What was changed before it ends where it begins.
        made.extend(cuts.get(now.start));
    }
    made.sort_unstable();
    made.dedup();
    // From the last to the first: where joining would put a space that is not there, nothing is cut.
    let mut end = text.len();
    let mut kept: Vec<usize> = Vec::with_capacity(made.len());
    for at in made.into_iter().rev() {
        if at > 0 && !is_parted(at) && needs_space(&text[..at], text[at..end].trim_end()) {
            continue;
        }
        kept.push(at);
        end = at;
    }
    kept.reverse();
    pieces(text, &kept)
}

/// A text with one space where there were several, and none at its ends.
#[must_use]
pub fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where words begin.
fn starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    // Where the word in the making begins, and whether it has a letter yet.
    let mut word: Option<(usize, bool)> = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            word = None;
        } else if let Some((from, has_letter)) = word {
            let is_edge = has_letter && begins_cluster(before, c) && !is_opening(before) && (kind(c).is_some() || is_opening(c));
            if is_edge && !needs_space(&text[from..at], &text[at..]) {
                starts.push(at);
                word = Some((at, kind(c).is_some()));
            } else {
                word = Some((from, has_letter || kind(c).is_some()));
            }
        } else {
            starts.push(at);
            word = Some((at, kind(c).is_some()));
        }
        before = c;
    }
    starts
}

/// Whether a letter stands by itself: no mark on the one before it, nothing that is written below it or joined to it.
fn begins_cluster(before: char, c: char) -> bool {
    // Vowels of Thai and Lao that are no marks for Unicode, narrow voicing marks of Japanese, joiners; behind them Khmer's and Burmese's signs that put the
    // next letter below.
    let is_joined =
        is_combining_mark(c) || matches!(c, '\u{e33}' | '\u{eb3}' | '\u{ff9e}' | '\u{ff9f}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{fe00}'..='\u{fe0f}');
    let joins = matches!(before, '\u{17d2}' | '\u{1039}' | '\u{1a60}' | '\u{1b44}' | '\u{a9c0}' | '\u{200d}' | '\u{2060}');
    !is_joined && !joins
}

/// Signs that belong to what comes after them.
fn is_opening(c: char) -> bool {
    matches!(
        c,
        '(' | '['
            | '{'
            | '“'
            | '‘'
            | '«'
            | '‹'
            | '¿'
            | '¡'
            | '〈'
            | '《'
            | '「'
            | '『'
            | '【'
            | '〔'
            | '〖'
            | '〘'
            | '〚'
            | '〝'
            | '（'
            | '［'
            | '｛'
            | '｢'
    )
}

/// What stands from each start to the next, without the spaces behind it.
fn slices<'a>(text: &'a str, starts: &[usize]) -> Vec<&'a str> {
    let end = |index: usize| starts.get(index + 1).copied().unwrap_or(text.len());
    starts.iter().enumerate().map(|(index, &from)| text[from..end(index)].trim_end()).collect()
}

/// The same as words: a space that joining would not put between two of them stays with the first.
fn pieces(text: &str, starts: &[usize]) -> Vec<String> {
    let slices = slices(text, starts);
    let piece = |index: usize| {
        let (slice, after) = (slices[index], slices.get(index + 1));
        let (before, rest) = text.split_at(starts[index] + slice.len());
        let is_kept = rest.starts_with(char::is_whitespace) && after.is_some_and(|after| !needs_space(before, after));
        if is_kept { format!("{slice} ") } else { slice.to_owned() }
    };
    (0..slices.len()).map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_of_scripts_without_spaces_are_joined_without_them() {
        for (words, text) in [
            (&["私", "は", "犬", "が", "好き", "です。", "でも"][..], "私は犬が好きです。でも"),
            (&["我", "喜欢,", "狗。", "“好！”", "他说"], "我喜欢,狗。“好！”他说"),
            (&["ฉัน", "ชอบ", "หมา"], "ฉันชอบหมา"),
            (&["ຂ້ອຍ", "ມັກ", "ໝາ"], "ຂ້ອຍມັກໝາ"),
            (&["ខ្ញុំ", "ចូលចិត្ត", "ឆ្កែ។", "បាទ"], "ខ្ញុំចូលចិត្តឆ្កែ។ បាទ"),
            (&["ကျွန်တော်", "ခွေး", "ကြိုက်တယ်"], "ကျွန်တော်ခွေးကြိုက်တယ်"),
            (&["나는", "개를", "좋아해"], "나는 개를 좋아해"),
            (&["How", "is", "it", "—", "going?"], "How is it — going?"),
            (&["私", "は", "Maya", "です"], "私は Maya です"),
            (&["第", "3", "章", "を", "2026年", "に"], "第3章を2026年に"),
            (&["เรา", "มี", "3", "ตัว", "ใช่ไหม?", "ครับ", "OK", "นะ"], "เรามี 3 ตัวใช่ไหม? ครับ OK นะ"),
            (&["「はい」", "and", "then"], "「はい」and then"),
        ] {
            assert_eq!(join(words.iter().copied()), text);
        }
    }

    #[test]
    fn each_letter_of_a_script_without_spaces_is_a_word_with_its_marks_and_signs() {
        for (text, words) in [
            ("我喜欢“狗”。你呢？", &["我", "喜", "欢", "“狗”。", "你", "呢？"][..]),
            ("が\u{3099}ーっこう", &["が\u{3099}", "ー", "っ", "こ", "う"]),
            ("น้ำ ครับ", &["น้ำ ", "ค", "รั", "บ"]),
            ("ខ្មែរ", &["ខ្មែ", "រ"]),
            ("我用Python写 2026 年", &["我", "用Python写 ", "2026 ", "年"]),
            ("How’s  it, “going”? ", &["How’s", "it,", "“going”?"]),
            ("", &[]),
        ] {
            assert_eq!(split(text), words, "{text}");
        }
    }

    #[test]
    fn words_part_beside_letters_of_scripts_without_spaces_only() {
        for (before, after) in [("我", "喜欢"), ("2026", "年"), ("Maya", "です"), ("は", "Maya"), ("好。", "我"), ("我说", "“好")] {
            assert!(may_part(before, after), "{before} {after}");
        }
        for (before, after) in [("i", "Phone"), ("20", "26"), ("喜欢", "。"), ("“", "好"), ("ก", "ิน"), ("", "我"), ("naï", "ve")] {
            assert!(!may_part(before, after), "{before} {after}");
        }
    }

    #[test]
    fn words_that_stand_still_are_cut_as_they_were() {
        let old = ["我", "喜欢", "小狗。", "今天", "Maya", "很", "好"];
        let text = join(old);
        assert_eq!(split_like(&text, &old), old);
        assert_eq!(split_like(&text.replace('小', "大"), &old), ["我", "喜欢", "大", "狗。", "今天", "Maya", "很", "好"]);
        assert_eq!(split_like(&format!("不,{text}吗"), &old), ["不,", "我", "喜欢", "小狗。", "今天", "Maya", "很", "好", "吗"]);
        // Where the recognizer cut between a letter and its mark.
        assert_eq!(split_like("กินข้าว", &["ก", "ิน", "ข้าว"]), ["ก", "ิน", "ข้าว"]);
    }

    fn any_text() -> impl Strategy<Value = String> {
        let letters = "ab 3 .,?—“”(我喜欢狗。「」、？ がー っ กิน้ำ ខ្ញ។ မြန်။ 개  ".chars().collect::<Vec<_>>();
        prop::collection::vec(prop::sample::select(letters), 0..40).prop_map(|letters| letters.into_iter().collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_text_cut_into_words_and_joined_is_the_same_text(text in any_text()) {
            let words = split(&text);
            prop_assert_eq!(join(words.iter().map(String::as_str)), tidy(&text));
            prop_assert!(words.iter().all(|word| !word.trim().is_empty() && !word.trim_end().contains(char::is_whitespace)));
        }

        #[test]
        fn changed_text_keeps_every_letter_and_unchanged_text_every_word(text in any_text(), more in any_text(), cut in 0_usize..40) {
            let old = split(&text);
            // As a recognizer cuts it: some of them joined.
            let old: Vec<String> = old.chunks(2).map(|pair| join(pair.iter().map(String::as_str))).filter(|word| !word.trim_end().contains(' ')).collect();
            let old: Vec<&str> = old.iter().map(|word| word.trim()).collect();
            let whole = join(old.iter().copied());
            let same = split_like(&whole, &old);
            prop_assert_eq!(join(same.iter().map(String::as_str)), whole.as_str());
            let at = whole.char_indices().nth(cut).map_or(whole.len(), |(at, _)| at);
            let changed = format!("{}{more}{}", &whole[..at], &whole[at..]);
            let new = split_like(&changed, &old);
            prop_assert_eq!(join(new.iter().map(String::as_str)), tidy(&changed));
        }
    }
}
