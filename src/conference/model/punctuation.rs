//! The signs that end questions, sentences and clauses, in the scripts people write. Whoever looks for the end of a sentence asks here.

/// What ends a question, by the names of Unicode: question marks of every script, and signs that are two in one. Greek has one of its own, and is mostly typed as a
/// semicolon ([`ends_question`] knows).
const QUESTION_MARKS: [char; 24] = [
    '?',
    '？',
    '؟',
    '\u{37e}',
    '՞',
    '፧',
    '‽',
    '⁇',
    '⁈',
    '⁉',
    '\u{1945}',
    '\u{2cfa}',
    '\u{2cfb}',
    '\u{2e2e}',
    '\u{2e54}',
    '\u{a60f}',
    '\u{a6f7}',
    '\u{fe16}',
    '\u{fe56}',
    '\u{11143}',
    '\u{1e95f}',
    '❓',
    '❔',
    '\u{1f679}',
];
/// What ends any other sentence: Unicode's Sentence_Terminal of the scripts in use, and the ellipsis.
const SENTENCE_ENDS: [char; 42] = [
    '.', '!', '…', '。', '！', '｡', '．', '।', '॥', '۔', '։', '።', '፨', '‼', '\u{61d}', '\u{61e}', '\u{700}', '\u{701}', '\u{702}', '\u{7f9}', '\u{f0d}',
    '\u{f0e}', '\u{104b}', '\u{17d4}', '\u{17d5}', '\u{1803}', '\u{1809}', '\u{1944}', '\u{1b5a}', '\u{1b5e}', '\u{1c7e}', '\u{1c7f}', '\u{a4ff}', '\u{a60e}',
    '\u{a876}', '\u{a8ce}', '\u{a9c8}', '\u{aa5d}', '\u{abeb}', '\u{fe12}', '\u{fe15}', '\u{fe52}',
];
/// What ends a clause within a sentence.
const CLAUSE_ENDS: [char; 20] = [',', ';', ':', '–', '—', '-', '，', '、', '；', '：', '､', '،', '؛', '՝', '፣', '፤', '፥', '\u{104a}', '\u{1802}', '·'];
/// What may stand behind the sign that ends a sentence.
const CLOSING: [char; 25] =
    ['"', '\'', '”', '’', ')', ']', '}', '»', '›', '«', '‹', '“', '‘', '」', '』', '）', '】', '》', '〉', '〕', '〟', '＂', '＇', '｣', '*'];

fn ending(text: &str) -> Option<char> {
    text.trim_end_matches(|c: char| c.is_whitespace() || CLOSING.contains(&c)).chars().next_back()
}

/// Whether this sign says that something is asked.
#[must_use]
pub fn is_question_mark(sign: char) -> bool {
    QUESTION_MARKS.contains(&sign)
}

/// Whether a question ends here.
#[must_use]
pub fn ends_question(text: &str) -> bool {
    let is_greek = |c: char| ('\u{370}'..='\u{3ff}').contains(&c);
    ending(text).is_some_and(|sign| is_question_mark(sign) || sign == ';' && text.contains(is_greek))
}

/// Whether a sentence ends here.
#[must_use]
pub fn ends_sentence(text: &str) -> bool {
    ends_question(text) || ending(text).is_some_and(|sign| SENTENCE_ENDS.contains(&sign))
}

/// Whether a clause or a sentence ends here.
#[must_use]
pub fn ends_clause(text: &str) -> bool {
    ends_sentence(text) || ending(text).is_some_and(|sign| CLAUSE_ENDS.contains(&sign))
}

/// Whether the words of a sentence are written as a question: by the mark at its end, or by one that stands elsewhere: Spanish begins with one, and where the
/// other is lost it asks all the same; Armenian puts it over the word that is asked about.
#[must_use]
pub fn asks<'a>(sentence: impl IntoIterator<Item = &'a str>) -> bool {
    let mut last = None;
    for word in sentence {
        if word.contains('՞') || word.trim_start_matches(|c: char| CLOSING.contains(&c) || c == '(').starts_with(['¿', '⸘', '\u{1e95f}']) {
            return true;
        }
        last = Some(word);
    }
    last.is_some_and(ends_question)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_sentences_end_with_the_signs_of_their_script() {
        for asked in [
            "going?",
            "吗？",
            "ですか？」",
            "حالك؟",
            "είσαι;",
            "είσαι\u{37e}",
            "ነው፧",
            "what‽",
            "really?!?",
            "really⁉",
            "꘏",
            "what?”",
            "was?“",
            "(why?)",
            "quoi ?»",
            "何？』",
        ] {
            assert!(ends_question(asked) && ends_sentence(asked), "{asked}");
        }
        for told in ["home.", "好。", "好！", "ہے۔", "है।", "है॥", "ነው።", "է։", "ကြိုက်တယ်။", "ឆ្កែ។", "ལ།", "no!)", "Stop.'", "so…", "좋아.", "はい。」", "だ｡"]
        {
            assert!(ends_sentence(told) && !ends_question(told), "{told}");
        }
        for open in ["Mr", "yes,", "no;", "and", "¿qué", "、", "하고", "one-"] {
            assert!(!ends_sentence(open), "{open}");
        }
        for clause in ["yes,", "no;", "好，", "はい、", "نعم،", "so —", "well,”"] {
            assert!(ends_clause(clause) && !ends_sentence(clause), "{clause}");
        }
    }

    #[test]
    fn a_mark_before_or_within_asks_too() {
        let is_asked = |text: &str| asks(text.split(' '));
        for asked in ["¿Qué haces", "Oye, ¿qué haces?", "“¿Y tú”", "Ինչո՞ւ ես եկել։", "Why not?", "(¿sí"] {
            assert!(is_asked(asked), "{asked}");
        }
        for told in ["¡Qué bien!", "Sí.", "", "Եկել եմ։"] {
            assert!(!is_asked(told), "{told}");
        }
    }
}
