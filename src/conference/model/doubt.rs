//! What was unsure when the voices were told apart, from what to what a share of the talk may lie because of it, and how that is said.

use super::speakers::{Speaker, SpeakerSpan, VoiceSpan};
use super::time::{Millis, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// How sure it is that there are as many voices as there should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoiceCount {
    /// As many as there should be.
    #[default]
    AsExpected,
    /// Two are shown, but they may be one.
    HardToTell,
    /// Only one was heard where two should be.
    OnlyOne,
}

/// What was unsure when the voices were told apart. The default: nothing was.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Doubt {
    /// Whether there are as many voices as there should be.
    pub count: VoiceCount,
    /// So noisy that shares of the talk are rough.
    pub is_noisy: bool,
    /// Where one person may have been taken for two, or two for one: a moment of each, to listen to. Sorted.
    pub moments: Vec<Millis>,
    /// Stretches that may be this voice's instead, sorted by start.
    pub stretches: Vec<VoiceSpan>,
}

impl Doubt {
    /// Where to listen to what makes a share unsure: the longest two stretches that may be another's. None where something else does.
    #[must_use]
    pub fn places(&self) -> Vec<Millis> {
        let mut stretches: Vec<Span> = match (self.count, self.is_noisy) {
            (VoiceCount::AsExpected, false) => self.stretches.iter().map(|stretch| stretch.span).collect(),
            _ => Vec::new(),
        };
        stretches.sort_by_key(|span| std::cmp::Reverse(span.length()));
        let mut places: Vec<Millis> = stretches.into_iter().take(2).map(Span::start).collect();
        places.sort_unstable();
        places
    }

    /// Why a share is only known from this to that, in words.
    #[must_use]
    pub fn why(&self) -> &'static str {
        match (self.count, self.is_noisy) {
            (VoiceCount::HardToTell, _) => "It is hard to tell whether one person speaks or two.",
            (VoiceCount::OnlyOne, _) => "Only one voice was heard. A second person may have been taken for the first.",
            (VoiceCount::AsExpected, true) => "It was too noisy to count the talk closely.",
            (VoiceCount::AsExpected, false) => "In places it is hard to tell who speaks.",
        }
    }
}

/// A share of the talk, and from what to what it may lie where that is unsure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TalkShare {
    /// As counted, 0 to 1.
    pub share: f64,
    /// At least, at most; none when the number is as good as it can be.
    pub range: Option<(f64, f64)>,
}

/// "62%", or "about 60–70%": steps of five that hold the range. The one place where a share of the talk gets its words.
impl fmt::Display for TalkShare {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.range {
            Some((low, high)) => write!(to, "about {:.0}–{:.0}%", (low * 20.0 + 1e-9).floor() * 5.0, (high * 20.0 - 1e-9).ceil() * 5.0),
            None => write!(to, "{:.0}%", self.share * 100.0),
        }
    }
}

/// Stretches that would change a share by less than this say no more than the number alone.
const LEAST_RANGE: f64 = 0.05;
/// A range ends no nearer to what was counted than a share is off on average where nothing is in doubt;
const USUALLY_OFF: f64 = 0.02;
/// or where it is noisy or much is in doubt. A person who says no more than this may also have been taken for the other.
const OFF_IN_DOUBT: f64 = 0.08;

/// A doubt as it concerns shares.
pub(in crate::conference) struct ShareDoubt<'a> {
    doubt: &'a Doubt,
    /// How much talk that was counted for the first may be the second's.
    moves: BTreeMap<(Speaker, Speaker), Millis>,
}

impl<'a> ShareDoubt<'a> {
    /// `stretches` may be these speakers' instead; `own` is when each speaks, sorted and disjoint.
    pub fn new(doubt: &'a Doubt, stretches: &[SpeakerSpan], own: &BTreeMap<Speaker, Vec<Span>>) -> Self {
        let mut moves = BTreeMap::new();
        for stretch in stretches {
            for (&speaker, spans) in own.iter().filter(|(speaker, _)| **speaker != stretch.speaker) {
                let from = spans.partition_point(|span| span.end() <= stretch.span.start());
                let both: Millis = spans[from..].iter().map_while(|span| span.overlap(stretch.span)).map(Span::length).sum();
                let sum = moves.entry((speaker, stretch.speaker)).or_insert(Millis::ZERO);
                *sum = *sum + both;
            }
        }
        Self { doubt, moves }
    }

    /// From what to what the share of those who are `who` may lie, who spoke for `own` of `all`; none when it is as good as counted.
    pub fn range(&self, own: Millis, all: Millis, who: &dyn Fn(Speaker) -> bool) -> Option<(f64, f64)> {
        if all <= Millis::ZERO {
            return None;
        }
        let moved = |is_theirs: bool| {
            let moves = self.moves.iter().filter(|((from, to), _)| who(*from) != who(*to) && who(*to) == is_theirs);
            moves.map(|(_, talk)| talk.secs()).sum::<f64>() / all.secs()
        };
        let share = own.secs() / all.secs();
        let (mut low, mut high) = (share - moved(false), share + moved(true));
        let is_number = self.doubt.count == VoiceCount::AsExpected && !self.doubt.is_noisy && high - low < LEAST_RANGE;
        if self.doubt.count == VoiceCount::HardToTell {
            // If there was one person only, it was the teacher: the recording is the teacher's own.
            if who(Speaker::Teacher) { high = 1.0 } else { low = 0.0 }
        }
        let off = if self.doubt.count == VoiceCount::HardToTell && !self.doubt.is_noisy { USUALLY_OFF } else { OFF_IN_DOUBT };
        (!is_number).then_some(((low - off).max(0.0), (high + off).min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::fixture::talk;
    use crate::conference::{ConferenceRecord, Corrections, Edit, Voice};

    fn said(script: &str, doubt: Doubt) -> Vec<String> {
        let mut facts = talk(script).data().clone();
        facts.voices.doubt = Some(doubt);
        let record = ConferenceRecord::new(facts);
        record.measures().speakers.iter().map(|(&speaker, talk)| format!("{} {}", record.speaker_name(speaker), talk.talk_share())).collect()
    }

    fn stretch(from: f64, to: f64, voice: u8) -> VoiceSpan {
        VoiceSpan { span: Span::from_secs(from, to), voice: Voice(voice) }
    }

    #[test]
    fn a_share_is_a_number_until_something_is_in_doubt() {
        let script = "T 0-6 | S 6-10";
        assert_eq!(said(script, Doubt::default()), ["You 60%", "Maya 40%"]);
        let few = Doubt { stretches: vec![stretch(5.8, 6.1, 1)], ..Doubt::default() };
        assert_eq!(said(script, few), ["You 60%", "Maya 40%"], "0.2 s of 10 say nothing");
        let teacher_only = Doubt { stretches: vec![stretch(5.0, 6.5, 1)], ..Doubt::default() };
        assert_eq!(said(script, teacher_only), ["You about 40–70%", "Maya about 30–60%"], "what is Maya’s already stays");
        let both = Doubt { stretches: vec![stretch(5.0, 6.0, 1), stretch(7.0, 7.7, 0)], ..Doubt::default() };
        assert_eq!(said(script, both), ["You about 40–75%", "Maya about 25–60%"]);
    }

    #[test]
    fn where_one_person_may_be_two_all_of_it_may_be_the_teachers_and_where_two_may_be_one_a_little_the_childs() {
        let count = |count| Doubt { count, ..Doubt::default() };
        assert_eq!(said("T 0-6 | S 6-10", count(VoiceCount::HardToTell)), ["You about 55–100%", "Maya about 0–45%"]);
        assert_eq!(said("T 0-10", count(VoiceCount::OnlyOne)), ["You about 90–100%"], "a shy child may have been missed");
    }

    #[test]
    fn where_it_is_noisy_shares_are_rough() {
        assert_eq!(said("T 0-6 | S 6-10", Doubt { is_noisy: true, ..Doubt::default() }), ["You about 50–70%", "Maya about 30–50%"]);
        assert_eq!(said("T 0-9.8 | S 9.8-10", Doubt { is_noisy: true, ..Doubt::default() }), ["You about 90–100%", "Maya about 0–10%"]);
    }

    #[test]
    fn what_the_teacher_said_of_a_stretch_is_in_doubt_no_more() {
        let mut facts = talk("T 0-6 | S 6-10").data().clone();
        facts.voices.doubt = Some(Doubt { stretches: vec![stretch(4.0, 6.0, 1)], ..Doubt::default() });
        let mut record = ConferenceRecord::new(facts);
        assert!(record.measures().speakers[&Speaker::Teacher].share_range.is_some());
        record.apply(Edit::Correct(Box::new(Corrections::default().with_speaker(Span::from_secs(3.0, 6.0), Speaker::Teacher))));
        assert_eq!(record.measures().speakers[&Speaker::Teacher].share_range, None);
    }
}
