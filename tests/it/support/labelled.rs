//! Labelled dialogues (`tests/data/dialogues/README.md`), and copies of them as recognisers write: without punctuation, with words misheard.

use afterbell::conference::{Millis, Phase, QuestionKind, Span, Speaker, Turn, Word};
use std::path::{Path, PathBuf};

/// How long a typed word takes.
const WORD_LENGTH: i64 = 400;

/// A dialogue with what is true of it.
#[derive(Clone)]
pub struct Labelled {
    pub name: String,
    pub words: Vec<Word>,
    pub turns: Vec<Turn>,
    /// Of each turn: that of most of its words.
    pub phases: Vec<Phase>,
    /// Of each word; none where a turn holds a compliment, and it is not said which phase the rest of it is of.
    pub word_phases: Vec<Option<Phase>>,
    /// Words of each compliment.
    pub compliments: Vec<Vec<usize>>,
    pub points: usize,
    pub fixing: bool,
    pub link: bool,
    pub tried: bool,
    /// Words of each labelled question of the teacher, and its kind.
    pub questions: Vec<(Vec<usize>, QuestionKind)>,
    /// Words that end a question of the teacher, labelled or not.
    pub asking: Vec<usize>,
}

pub fn phase(key: &str) -> Phase {
    Phase::ALL.into_iter().find(|phase| phase.key() == key).unwrap_or_else(|| panic!("no phase {key}"))
}

/// The dialogues of a folder below `tests/data/dialogues`, in the order of their names.
pub fn dialogues(folder: &str, wanted: impl Fn(&str) -> bool) -> Vec<Labelled> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dialogues").join(folder);
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|end| end == "txt")).collect();
    files.sort();
    files.iter().filter(|path| wanted(&path.file_stem().unwrap().to_string_lossy())).map(|path| labelled(path)).collect()
}

fn labelled(path: &Path) -> Labelled {
    let text = std::fs::read_to_string(path).unwrap();
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let said = |key: &str| {
        let said = |answer: &str| text.lines().any(|line| line == format!("# {key}: {answer}"));
        assert!(said("yes") != said("no"), "{name}: {key} is yes or no");
        said("yes")
    };
    let mut found = Labelled {
        words: Vec::new(),
        turns: Vec::new(),
        phases: Vec::new(),
        word_phases: Vec::new(),
        compliments: Vec::new(),
        points: 0,
        fixing: said("fixing"),
        link: said("link"),
        tried: said("try"),
        questions: Vec::new(),
        asking: Vec::new(),
        name,
    };
    text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()).for_each(|line| found.add_turn(line));
    if text.lines().any(|line| line == "# punctuation: no") { unpunctuated(found) } else { found }
}

impl Labelled {
    /// `T [phase] words`.
    fn add_turn(&mut self, line: &str) {
        let parts = line.split_once(" [").and_then(|(who, rest)| Some((who, rest.split_once("] ")?)));
        let (who, (key, rest)) = parts.unwrap_or_else(|| panic!("{}: {line}", self.name));
        let speaker = match who {
            "T" => Speaker::Teacher,
            "S" => Speaker::Student(1),
            numbered => Speaker::Student(numbered[1..].parse().unwrap()),
        };
        let (turn_phase, first) = (phase(key), self.words.len());
        let mut open: Option<char> = None;
        let mut sentence = Vec::new();
        for token in rest.split_whitespace() {
            let mut token = token;
            while let Some(opened) = token.chars().next().filter(|c| ['{', '<'].contains(c)) {
                assert!(open.replace(opened).is_none_or(|before| before != opened), "{}: opened twice: {line}", self.name);
                token = &token[1..];
                let goes_on = token.strip_prefix('+');
                match (opened, goes_on) {
                    ('{', None) => self.compliments.push(Vec::new()),
                    ('<', None) => self.points += 1,
                    _ => {}
                }
                token = goes_on.unwrap_or(token);
            }
            let closes = token.contains(['}', '>']);
            assert!(!closes || open.is_some(), "{}: closed, never opened: {line}", self.name);
            let mut token = token.replace(['}', '>'], "");
            let kinds = [("o", QuestionKind::Open), ("c", QuestionKind::Closed), ("t", QuestionKind::Tag)];
            let ends = |letter: &str| token.ends_with(&format!("?{letter}")) || token.ends_with(&format!(".{letter}"));
            let kind = kinds.into_iter().find(|(letter, _)| ends(letter)).map(|(_, kind)| kind);
            if kind.is_some() {
                token.pop();
            }
            if !token.is_empty() {
                let word = self.words.len();
                sentence.push(word);
                let is_praised = open == Some('{');
                if is_praised {
                    self.compliments.last_mut().unwrap_or_else(|| panic!("{line}")).push(word);
                }
                if speaker == Speaker::Teacher && (kind.is_some() || token.ends_with('?')) {
                    self.asking.push(word);
                }
                if let (Some(kind), Speaker::Teacher) = (kind, speaker) {
                    self.questions.push((sentence.clone(), kind));
                }
                if token.ends_with(['.', '?', '!']) {
                    sentence.clear();
                }
                self.word_phases.push(Some(if is_praised { Phase::Compliment } else { turn_phase }));
                let at = |word: usize| Millis(word as i64 * WORD_LENGTH);
                self.words.push(Word { text: token, span: Span::new(at(word), at(word + 1)), confidence: 1.0 });
            }
            if closes {
                open = None;
            }
        }
        assert!(open.is_none(), "{}: never closed: {line}", self.name);
        assert!(self.words.len() > first, "{}: nothing said: {line}", self.name);
        let praised = |word: &usize| self.compliments.last().is_some_and(|words| words.contains(word));
        let words: Vec<usize> = (first..self.words.len()).collect();
        if turn_phase == Phase::Compliment && words.iter().any(praised) {
            let rest: Vec<usize> = words.iter().copied().filter(|word| !praised(word)).collect();
            rest.into_iter().for_each(|word| self.word_phases[word] = None);
        }
        let span = Span::new(self.words[first].span.start(), self.words[self.words.len() - 1].span.end());
        self.turns.push(Turn { speaker, span, words, backchannels: Vec::new() });
        self.phases.push(turn_phase);
    }
}

/// As some recognisers write: no capitals, no punctuation.
pub fn unpunctuated(mut one: Labelled) -> Labelled {
    for word in &mut one.words {
        let spoken: String = word.text.to_lowercase().chars().filter(|c| c.is_alphanumeric() || matches!(c, '\'' | '’' | '-')).collect();
        // A dash alone, or a word of which nothing is left, was never said.
        word.text = if spoken.chars().any(char::is_alphanumeric) { spoken } else { "uh".to_owned() };
    }
    one
}

/// The dialogue as a poor recogniser would hear it: `share` of the words replaced by another word of the talk (half of them), left out, or added.
pub fn misheard(one: &Labelled, share: f64) -> Labelled {
    let mut state = one.words.iter().fold(0x9e37_79b9_u64, |state, word| state.wrapping_mul(31).wrapping_add(word.text.len() as u64)) | 1;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let mut words: Vec<Word> = Vec::new();
    let mut word_phases = Vec::new();
    let mut now: Vec<Option<usize>> = vec![None; one.words.len()];
    let mut turns = Vec::new();
    for turn in &one.turns {
        let mut kept = Vec::new();
        for &index in &turn.words {
            let mut word = one.words[index].clone();
            let other = one.words[(random() * one.words.len() as f64) as usize].text.clone();
            let luck = random() / share;
            if luck < 0.25 {
                continue;
            }
            if luck < 0.75 {
                word.text = other;
            } else if luck < 1.0 {
                kept.push(words.len());
                words.push(Word { text: other, ..word.clone() });
                word_phases.push(one.word_phases[index]);
            }
            now[index] = Some(words.len());
            kept.push(words.len());
            words.push(word);
            word_phases.push(one.word_phases[index]);
        }
        turns.push(Turn { words: kept, ..turn.clone() });
    }
    let moved = |old: &[usize]| old.iter().filter_map(|&index| now[index]).collect::<Vec<_>>();
    Labelled {
        name: one.name.clone(),
        turns,
        phases: one.phases.clone(),
        compliments: one.compliments.iter().map(|words| moved(words)).collect(),
        questions: one.questions.iter().map(|(words, kind)| (moved(words), *kind)).collect(),
        asking: moved(&one.asking),
        words,
        word_phases,
        ..*one
    }
}
