//! Words as search compares them: what people type for one word in several ways becomes one (`ß` and `ss`, `ё` and `е`, `don’t` and `dont`), and in scripts
//! that put no spaces between words each letter is a word, so that any part of a sentence is found.

use crate::conference::is_spaceless;
use std::ops::Range;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Adds a line to the index: the folded text twice, the text, where it is.
pub(super) const ADD_LINE: &str = "INSERT INTO line (apart, together, text, conference, start_ms, speaker) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";

/// A text as the index has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folded {
    /// An apostrophe parts words: `Maya’s` is found by `maya`.
    pub apart: String,
    /// It joins them: `don’t` is found by `dont`. Empty where no apostrophe stands.
    pub together: String,
}

/// Whether an apostrophe parts a word or joins it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Apostrophe {
    Parts,
    Joins,
}

/// Folds a text.
pub(super) fn folded(text: &str) -> Folded {
    let joined = |apostrophe| words(text, apostrophe).into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(" ");
    Folded { apart: joined(Apostrophe::Parts), together: if text.contains(is_apostrophe) { joined(Apostrophe::Joins) } else { String::new() } }
}

/// The words of a text, each with its place in it and folded. Empty ones are none.
pub(super) fn words(text: &str, apostrophe: Apostrophe) -> Vec<(Range<usize>, String)> {
    let mut words: Vec<(Range<usize>, String)> = Vec::new();
    let mut start = None;
    let end = |start: &mut Option<usize>, at: usize, words: &mut Vec<(Range<usize>, String)>| {
        if let Some(from) = start.take() {
            let word = fold(&text[from..at]);
            if word.chars().any(char::is_alphanumeric) {
                words.push((from..at, word));
            }
        }
    };
    let mut spaceless = false;
    for (at, c) in text.char_indices() {
        if is_spaceless(c) {
            if !(spaceless && is_combining_mark(c)) {
                end(&mut start, at, &mut words);
                start = Some(at);
            }
            spaceless = true;
        } else if c.is_alphanumeric() || is_combining_mark(c) {
            if std::mem::take(&mut spaceless) && !is_combining_mark(c) {
                end(&mut start, at, &mut words);
            }
            start.get_or_insert(at);
        } else if !(is_apostrophe(c) && apostrophe == Apostrophe::Joins && start.is_some() && !spaceless) {
            end(&mut start, at, &mut words);
            spaceless = false;
        }
    }
    end(&mut start, text.len(), &mut words);
    words
}

fn fold(word: &str) -> String {
    let mut before = ' ';
    let bare: String = word
        .nfkd()
        .filter(|&c| {
            let stays = !(is_accent(c) || is_apostrophe(c) || (is_combining_mark(c) && is_spaceless(before)));
            before = c;
            stays
        })
        .nfc()
        .collect();
    caseless::default_case_fold_str(&bare)
}

/// Marks that people leave out when they type: accents, the points of Hebrew and Arabic.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{640}')
}

pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | 'ʻ' | '`' | '´' | '′' | '＇')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_word_however_it_is_typed() {
        for (one, other) in [("Straße", "STRASSE"), ("ёлка", "Елка"), ("Café", "cafe"), ("ﬁn", "fin"), ("Ａ１", "a1"), ("שָׁלוֹם", "שלום"), ("Σοφίας", "ΣΟΦΙΑΣ")]
        {
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
        let dont = folded("I don’t know Maya's `why`");
        assert_eq!((dont.apart.as_str(), dont.together.as_str()), ("i don t know maya s why", "i dont know mayas why"));
        assert_eq!(folded("no apostrophe").together, "");
    }

    #[test]
    fn where_no_spaces_are_each_letter_is_a_word() {
        assert_eq!(folded("我写了dog狗。好").apart, "我 写 了 dog 狗 好");
        assert_eq!(folded("ガチャ").apart, folded("カ\u{3099}チャ").apart);
        assert_eq!(folded("สวัสดี").apart, "ส ว ส ด");
        assert_eq!(folded("강아지를 봤어").apart, "강아지를 봤어", "Korean has spaces");
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "The «Straße», don’t!";
        let at = |apostrophe| words(text, apostrophe).into_iter().map(|(range, _)| &text[range]).collect::<Vec<_>>();
        assert_eq!(at(Apostrophe::Joins), ["The", "Straße", "don’t"]);
        assert_eq!(at(Apostrophe::Parts), ["The", "Straße", "don", "t"]);
    }
}
