//! Text that every program takes. What people paste holds characters that were commands once: Word's Shift+Enter is a vertical tab, a terminal's colours
//! begin with an escape. No XML may hold them, and a terminal would obey them.

use std::borrow::Cow;

/// Without characters that are commands: ways to break a line are one, a tab is a space, the others are gone.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_plain) {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\r' => {
                letters.next_if_eq(&'\n');
                plain.push('\n');
            }
            '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => plain.push('\n'),
            '\t' => plain.push(' '),
            letter if is_plain(letter) => plain.push(letter),
            _ => {}
        }
    }
    plain.into()
}

/// The same on one line: for a name, a title, a row of a list.
#[must_use]
pub fn one_line(text: &str) -> Cow<'_, str> {
    match plain(text) {
        text if text.contains('\n') => text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ").into(),
        text => text,
    }
}

/// "1 turn", "4 turns".
#[must_use]
pub fn number_of(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Neither a command nor one of the 66 numbers that will never be a character.
pub(super) fn is_plain(letter: char) -> bool {
    let is_noncharacter = matches!(letter, '\u{fdd0}'..='\u{fdef}') || u32::from(letter) & 0xfffe == 0xfffe;
    letter == '\n' || !(letter.is_control() || is_noncharacter || matches!(letter, '\u{2028}' | '\u{2029}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ways_to_break_a_line_are_one_and_commands_are_gone() {
        assert_eq!(plain("a\r\nb\rc\u{b}d\u{2028}e\tf\u{1b}[31mg\0\u{7f}\u{9b}h\u{fffe}"), "a\nb\nc\nd\ne f[31mgh");
        assert_eq!(one_line(" a\u{b} b\n\nc"), "a b c");
        // What people write stays: letters of all scripts, signs for right to left, a family of joined signs.
        for kept in ["Zoë’s “poem” – naïve", "שלום \u{2068}a\u{2069}", "👩\u{200d}👧", "a\nb"] {
            assert!(matches!(plain(kept), Cow::Borrowed(same) if same == kept), "{kept}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        /// XML 1.0, 2.2: Char ::= #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].
        #[test]
        fn every_text_may_stand_in_xml(text in any::<String>()) {
            let plain = plain(&text);
            let is_xml = plain.chars().all(|letter| letter == '\n' || (letter >= ' ' && letter != '\u{fffe}' && letter != '\u{ffff}'));
            prop_assert!(is_xml, "{:?}", plain);
            prop_assert!(!one_line(&text).contains('\n'));
            prop_assert_eq!(super::plain(&plain), plain.as_ref());
        }
    }
}
