//! What the teacher corrected: words, speakers, where turns begin. Kept apart from what was found, and tied to times, so that
//! corrections outlive a new transcription and can be taken back one by one.

use super::phase::Phase;
use super::reflection::{Question, TalkGuess};
use super::speakers::{Speaker, SpeakerSpan};
use super::time::{Millis, Span, union};
use super::transcript::{Transcript, Word};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// To say that two voices are one person so many of the longest stretches of each are pointed at, none shorter than this.
const POINTED_AT: usize = 5;
const LONG_ENOUGH: Millis = Millis(1500);

/// Words the teacher typed in place of what was heard in a stretch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextOverride {
    /// The found words whose middle lies in it are replaced. Never empty.
    pub span: Span,
    /// What is said there; sorted by start; may be empty (nothing was said).
    pub words: Vec<Word>,
}

/// Words said in place of others.
#[derive(Debug, Clone, PartialEq)]
pub struct Replaced {
    /// Where.
    pub span: Span,
    /// The words that go, as indices into those of the corrected transcript.
    pub removed: Vec<usize>,
    /// What is said instead; sorted by start.
    pub words: Vec<Word>,
}

/// Who speaks in a stretch, by the teacher's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeakerOverride {
    /// The stretch.
    pub span: Span,
    /// Who speaks in it.
    pub speaker: Speaker,
}

/// What part of the conference a stretch is, by the teacher's word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseOverride {
    /// The stretch.
    pub span: Span,
    /// Which part; [`Phase::Other`] for none of them.
    pub phase: Phase,
}

/// What the teacher said of something that was looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingOverride {
    /// There was none.
    Nothing,
    /// It was here.
    Here(Span),
}

/// All corrections of one conference. Empty when nothing was corrected.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Corrections {
    /// Sorted by start, disjoint.
    pub texts: Vec<TextOverride>,
    /// Sorted by start, disjoint.
    pub speakers: Vec<SpeakerOverride>,
    /// A new turn begins here, though the same person goes on. Sorted.
    pub splits: Vec<Millis>,
    /// The turn that begins here is part of the one before. Sorted.
    pub joins: Vec<Millis>,
    /// Sorted by start, disjoint.
    pub phases: Vec<PhaseOverride>,
    /// Where the compliment was; none leaves it as found.
    pub compliment: Option<FindingOverride>,
    /// Where the one strategy was taught; none leaves it as found.
    pub strategy: Option<FindingOverride>,
    /// What the student said was hard; none leaves it as found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trouble: Option<FindingOverride>,
    /// The waits, by a moment within each: of the pauses after the teacher's words these are waits, and no others. None leaves them as found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waits: Option<Vec<Millis>>,
    /// What follows this moment is hidden, everywhere: the recording runs on after the talk. None: all of it is there. The sound itself is as it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_off: Option<Millis>,
    /// Questions whose findings were shown before they were rated: from then on they are seen. Sorted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub uncovered: Vec<Question>,
    /// What the teacher guessed of the talk before seeing it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guess: Option<TalkGuess>,
    /// Found questions that begin here are none.
    pub not_questions: Vec<Millis>,
    /// Stretches pointed at to tell the voices apart by; they change nothing by themselves. Sorted by start.
    #[serde(rename = "said")]
    pub pointed_at: Vec<SpeakerOverride>,
    /// Voices of others (a child who interrupts) that were asked for.
    pub others: u8,
    /// How many people spoke, where it was hard to tell and the teacher settled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub people: Option<u8>,
    /// Marks that belong to one of the five questions, as the teacher said. Sorted; one mark may belong to several.
    pub linked_marks: Vec<(Millis, Question)>,
}

impl Corrections {
    /// The transcript as corrected.
    #[must_use]
    pub fn transcript(&self, found: &Transcript) -> Transcript {
        if self.texts.is_empty() {
            return found.clone();
        }
        let replaced = |at: Millis| fix_at(&self.texts, at).is_some();
        // Of two that begin in the same moment the one comes first whose correction does.
        let found_words = found.words.iter().filter(|word| !replaced(word.span.middle())).map(|word| (word.span.start(), word));
        let mut words: Vec<(Millis, &Word)> =
            found_words.chain(self.texts.iter().flat_map(|fix| fix.words.iter().map(|word| (fix.span.start(), word)))).collect();
        words.sort_by_key(|(at, word)| (word.span.start(), *at));
        let words = words.into_iter().map(|(_, word)| word.clone()).collect();
        let untranscribed = found.untranscribed.iter().filter(|stretch| !self.texts.iter().any(|fix| fix.span.overlap(stretch.span).is_some()));
        Transcript { untranscribed: untranscribed.copied().collect(), words, ..found.clone() }
    }

    /// Who speaks when, as corrected; `words` are those of the corrected transcript. Sorted by start.
    #[must_use]
    pub fn speaker_spans(&self, found: &[SpeakerSpan], words: &[Word]) -> Vec<SpeakerSpan> {
        if self.speakers.is_empty() {
            return found.to_vec();
        }
        let mut spans = Vec::with_capacity(found.len() + self.speakers.len());
        for piece in found {
            spans.extend(piece.span.without(self.speakers.iter().map(|fix| fix.span)).into_iter().map(|span| SpeakerSpan { span, speaker: piece.speaker }));
        }
        for fix in &self.speakers {
            // Somebody speaks where sound was heard as speech, and where words are: a quiet child may have only the latter.
            let near = |words: &[Word]| {
                let from = words.partition_point(|word| word.span.end() <= fix.span.start());
                words[from..].iter().take_while(|word| word.span.start() < fix.span.end()).map(|word| word.span).collect::<Vec<_>>()
            };
            let speech = found.iter().map(|piece| piece.span).chain(near(words)).filter_map(|span| span.overlap(fix.span));
            spans.extend(union(speech).into_iter().map(|span| SpeakerSpan { span, speaker: fix.speaker }));
        }
        spans.sort_by_key(|piece| (piece.span, piece.speaker));
        spans
    }

    /// With `words` said in `span` in place of those at `removed`; `before` are the words of the corrected transcript, which `removed` points into.
    #[must_use]
    pub fn with_text(&self, span: Span, removed: &[usize], words: Vec<Word>, before: &[Word]) -> Self {
        self.with_texts(vec![Replaced { span, removed: removed.to_vec(), words }], before)
    }

    /// With each of `changes` made, all of them to the same `before`: no word may be removed by two of them.
    #[must_use]
    pub fn with_texts(&self, changes: Vec<Replaced>, before: &[Word]) -> Self {
        let mut wholes: Vec<Span> = Vec::with_capacity(changes.len());
        for change in &changes {
            // What was corrected there before becomes part of this correction.
            let mut whole = Span::new(change.span.start(), change.span.end().max(change.span.start() + Millis(1)));
            // A word put into a pause may stand outside the stretch of the correction that put it there.
            let holds = |fix: &&TextOverride| change.removed.iter().filter_map(|&index| before.get(index)).any(|word| fix.words.contains(word));
            for fix in self.texts.iter().filter(holds) {
                whole = hull(whole, fix.span);
            }
            wholes.push(whole);
        }
        let wholes = self.grown(wholes);
        let removed: BTreeSet<usize> = changes.iter().flat_map(|change| change.removed.iter().copied()).collect();
        let mut fixes: Vec<TextOverride> = wholes.iter().map(|&span| TextOverride { span, words: Vec::new() }).collect();
        // Somebody else's word in between stays, and so does a word that an earlier correction put beyond its own stretch.
        for (_, word) in before.iter().enumerate().filter(|(index, _)| !removed.contains(index)) {
            if let Some(fix) = self.place_of(word, &wholes).and_then(|at| fixes.get_mut(at)) {
                fix.words.push(word.clone());
            }
        }
        for change in changes {
            if let Some(fix) = fixes.iter_mut().find(|fix| fix.span.start() <= change.span.start() && change.span.start() < fix.span.end()) {
                fix.words.extend(change.words);
            }
        }
        fixes.iter_mut().for_each(|fix| fix.words.sort_by_key(|word| word.span.start()));
        let rest = self.texts.iter().filter(|fix| wholes.iter().all(|whole| fix.span.overlap(*whole).is_none())).cloned();
        let mut texts: Vec<TextOverride> = rest.chain(fixes).collect();
        texts.sort_by_key(|fix| fix.span);
        Self { texts, ..self.clone() }
    }

    /// Stretches grown over every correction they touch, and joined where they touch each other: sorted, disjoint.
    fn grown(&self, wholes: Vec<Span>) -> Vec<Span> {
        let mut all = wholes;
        loop {
            let mut grown: Vec<Span> = Vec::with_capacity(all.len());
            let touched = self.texts.iter().map(|fix| fix.span).filter(|fix| all.iter().any(|whole| fix.overlap(*whole).is_some()));
            let mut every: Vec<Span> = all.iter().copied().chain(touched).collect();
            every.sort();
            for span in every {
                match grown.last_mut() {
                    Some(last) if last.overlap(span).is_some() => *last = hull(*last, span),
                    _ => grown.push(span),
                }
            }
            if grown == all {
                return all;
            }
            all = grown;
        }
    }

    /// Which of `wholes` a word of the corrected transcript would be replaced by: the one over the correction that put it there, or a found word's own.
    fn place_of(&self, word: &Word, wholes: &[Span]) -> Option<usize> {
        match self.texts.iter().find(|fix| fix.words.contains(word)) {
            Some(fix) => wholes.iter().position(|whole| fix.span.overlap(*whole).is_some()),
            None => wholes.iter().position(|whole| whole.contains(word.span.middle())),
        }
    }

    /// With `speaker` speaking in `span`.
    #[must_use]
    pub fn with_speaker(&self, span: Span, speaker: Speaker) -> Self {
        if span.length() <= Millis::ZERO {
            return self.clone();
        }
        let rest = |fix: &SpeakerOverride| fix.span.without([span]).into_iter().map(|span| SpeakerOverride { span, ..*fix }).collect::<Vec<_>>();
        let mut speakers: Vec<SpeakerOverride> = self.speakers.iter().flat_map(rest).collect();
        speakers.push(SpeakerOverride { span, speaker });
        speakers.sort_by_key(|fix| fix.span);
        Self { speakers, ..self.clone() }
    }

    /// With `keep` and `other`, who speak in `spans`, being one person: `keep`. One voice fewer when somebody else's was one too many, and when there is but
    /// one student; at a table there are as many people as before.
    #[must_use]
    pub fn with_one_person(&self, spans: &[SpeakerSpan], students: u8, keep: Speaker, other: Speaker) -> Self {
        let longest = |speaker: Speaker| {
            let mut stretches: Vec<Span> = spans.iter().filter(|piece| piece.speaker == speaker).map(|piece| piece.span).collect();
            stretches.sort_by_key(|span| std::cmp::Reverse(span.length()));
            stretches.into_iter().filter(|span| span.length() >= LONG_ENOUGH).take(POINTED_AT)
        };
        let mut pointed_at: Vec<SpeakerOverride> = self.pointed_at.iter().copied().filter(|fix| fix.speaker != keep && fix.speaker != other).collect();
        pointed_at.extend(longest(keep).chain(longest(other)).map(|span| SpeakerOverride { span, speaker: keep }));
        pointed_at.sort_by_key(|fix| fix.span);
        let one_fewer = other == Speaker::Other && self.others > 0;
        let people = (students <= 1 && self.others == 0).then_some(1).or(self.people);
        Self { pointed_at, others: self.others - u8::from(one_fewer), people, ..self.clone() }
    }

    /// With `span` being of `phase`.
    #[must_use]
    pub fn with_phase(&self, span: Span, phase: Phase) -> Self {
        let rest = |fix: &PhaseOverride| fix.span.without([span]).into_iter().map(|span| PhaseOverride { span, ..*fix }).collect::<Vec<_>>();
        let mut phases: Vec<PhaseOverride> = self.phases.iter().flat_map(rest).collect();
        phases.push(PhaseOverride { span, phase });
        phases.sort_by_key(|fix| fix.span);
        Self { phases, ..self.clone() }
    }

    /// The phase the teacher gave this moment.
    #[must_use]
    pub fn phase_at(&self, at: Millis) -> Option<Phase> {
        let after = self.phases.partition_point(|fix| fix.span.start() <= at);
        self.phases[..after].last().filter(|fix| fix.span.contains(at)).map(|fix| fix.phase)
    }

    /// Whether words, speakers and turns are corrected alike.
    #[must_use]
    pub fn is_same_talk(&self, other: &Self) -> bool {
        let talk = |one: &Self| (one.texts.clone(), one.speakers.clone(), one.splits.clone(), one.joins.clone(), one.cut_off);
        talk(self) == talk(other)
    }

    /// These corrections of what was found for the five questions, with `talk`'s of words, speakers, turns and voices.
    #[must_use]
    pub fn with_talk_of(self, talk: &Self) -> Self {
        let Self { phases, compliment, strategy, trouble, waits, uncovered, guess, not_questions, linked_marks, .. } = self;
        Self { phases, compliment, strategy, trouble, waits, uncovered, guess, not_questions, linked_marks, ..talk.clone() }
    }

    /// Whether anything about the five questions was corrected (not the words or voices under them).
    #[must_use]
    pub fn changes_evidence(&self) -> bool {
        let has_finding = self.compliment.is_some() || self.strategy.is_some() || self.trouble.is_some();
        has_finding || !self.phases.is_empty() || !self.not_questions.is_empty()
    }

    /// All that the teacher said of who speaks when: sorted by start, disjoint.
    #[must_use]
    pub fn labelled(&self) -> Vec<SpeakerOverride> {
        let holes = |fix: &SpeakerOverride| fix.span.without(self.speakers.iter().map(|fix| fix.span));
        let rest = self.pointed_at.iter().flat_map(|fix| holes(fix).into_iter().map(|span| SpeakerOverride { span, ..*fix }));
        let mut labels: Vec<SpeakerOverride> = rest.chain(self.speakers.iter().copied()).filter(|fix| fix.speaker != Speaker::Unknown).collect();
        labels.sort_by_key(|fix| fix.span);
        labels
    }

    /// With the mark at `at` belonging to `question`, or not any more.
    #[must_use]
    pub fn with_link(&self, at: Millis, question: Question, is_linked: bool) -> Self {
        let mut linked_marks: Vec<_> = self.linked_marks.iter().copied().filter(|&link| link != (at, question)).collect();
        if is_linked {
            linked_marks.push((at, question));
            linked_marks.sort_unstable();
        }
        Self { linked_marks, ..self.clone() }
    }

    /// With what was found for this question seen.
    #[must_use]
    pub fn with_uncovered(&self, question: Question) -> Self {
        let mut uncovered = self.uncovered.clone();
        uncovered.push(question);
        uncovered.sort_unstable();
        uncovered.dedup();
        Self { uncovered, ..self.clone() }
    }

    /// Nothing of them behind `end`, where the conference is cut off for good: what is shared is whole without it.
    pub(in crate::conference) fn cut(&mut self, end: Millis) {
        let kept = Span::new(Millis::ZERO, end);
        self.cut_off = None;
        self.texts.retain(|fix| fix.span.start() < end);
        for fix in &mut self.texts {
            fix.words.retain(|word| word.span.start() < end);
            fix.words.iter_mut().for_each(|word| word.span = word.span.overlap(kept).unwrap_or(word.span));
        }
        for fixes in [&mut self.speakers, &mut self.pointed_at] {
            fixes.retain_mut(|fix| fix.span.overlap(kept).map(|span| fix.span = span).is_some());
        }
        self.phases.retain_mut(|fix| fix.span.overlap(kept).map(|span| fix.span = span).is_some());
        for moments in [&mut self.splits, &mut self.joins, &mut self.not_questions].into_iter().chain(&mut self.waits) {
            moments.retain(|at| *at < end);
        }
        self.linked_marks.retain(|(at, _)| *at < end);
    }

    /// With a new turn beginning at `at`.
    #[must_use]
    pub fn with_split(&self, at: Millis) -> Self {
        let joins = self.joins.iter().copied().filter(|&join| join != at).collect();
        Self { splits: with(&self.splits, at), joins, ..self.clone() }
    }

    /// With the turn that begins at `at` made part of the one before.
    #[must_use]
    pub fn with_join(&self, at: Millis) -> Self {
        let splits = self.splits.iter().copied().filter(|&split| split != at).collect();
        Self { joins: with(&self.joins, at), splits, ..self.clone() }
    }

    /// Whether anything was corrected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn hull(a: Span, b: Span) -> Span {
    Span::new(a.start().min(b.start()), a.end().max(b.end()))
}

fn with(moments: &[Millis], at: Millis) -> Vec<Millis> {
    let mut moments = moments.to_vec();
    if let Err(index) = moments.binary_search(&at) {
        moments.insert(index, at);
    }
    moments
}

fn fix_at(texts: &[TextOverride], at: Millis) -> Option<&TextOverride> {
    let after = texts.partition_point(|fix| fix.span.start() <= at);
    texts[..after].last().filter(|fix| fix.span.contains(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_put_in_stays_before_a_word_that_begins_in_the_same_moment() {
        let word = |text: &str, start: i64, end: i64| Word { text: text.into(), span: Span::new(Millis(start), Millis(end)), confidence: 1.0 };
        let found = Transcript { words: vec![word("is", 1_000, 2_000), word("it?", 1_999, 2_300)], ..Transcript::default() };
        let fix = TextOverride { span: Span::new(Millis(1_000), Millis(2_000)), words: vec![word("is", 1_000, 1_999), word("C", 1_999, 2_001)] };
        let corrected = Corrections { texts: vec![fix], ..Corrections::default() }.transcript(&found);
        assert_eq!(corrected.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["is", "C", "it?"]);
    }
}
