//! Who spoke when, in the steps of the measured recipe: segmentation (1), near speech (2), pieces and their embeddings (3) are made by
//! [`SpeakerEmbeddings`]; here the pieces are clustered (4), frames resegmented (5), and lanes of speech made (6 to 8).

use super::doubts::{self, RESULT};
use super::embedded_pieces::Pieces;
use super::embeddings::SpeakerEmbeddings;
use super::encoder::{Embedding, VoiceProfile};
use super::lanes::{Speech, labels_of, whose};
use super::profile::best_match;
use super::resegmentation::{CELL, Cells, VoiceEvidence, resegment};
use super::single_speaker::{count, probability_of_two};
use crate::conference::{Millis, Samples, Span, Speaker, SpeakerOverride, Voice, VoiceCount, VoiceSpan};
use crate::error::Result;
use std::collections::BTreeSet;

/// A piece is one the teacher spoke of when at least this much of it lies in the stretch.
const MOSTLY: f32 = 0.5;

/// What is known of a conference's voices before they are told apart.
#[derive(Debug, Clone, Copy, Default)]
pub struct SpeakerConstraints<'a> {
    /// Students; with the teacher one voice more.
    pub students: u8,
    /// Voices of others: a child who interrupts.
    pub others: u8,
    /// How many people speak, where it was hard to tell and the teacher settled it.
    pub people: Option<u8>,
    /// Stretches of which the teacher said who speaks in them: what is in stretches of one speaker is one voice, of two speakers two.
    pub labelled: &'a [SpeakerOverride],
    /// The teacher's stored voice.
    pub profile: Option<&'a VoiceProfile>,
}

impl SpeakerConstraints<'_> {
    /// How many voices there are.
    #[must_use]
    pub fn count(&self) -> usize {
        let others = usize::from(self.others).max(usize::from(self.labelled.iter().any(|fix| fix.speaker == Speaker::Other)));
        1 + usize::from(self.students) + others
    }

    /// How many voices to look for: `labelled_spans` are stretches with the places of the speakers who the teacher said speak in them.
    fn expected(&self, labelled_spans: &[(Span, usize)]) -> usize {
        let places: BTreeSet<usize> = labelled_spans.iter().map(|&(_, place)| place).collect();
        match self.people.map(usize::from) {
            Some(1) if places.len() < 2 => 1,
            Some(people) => people.max(places.last().map_or(1, |last| last + 1)),
            None => self.count(),
        }
    }

    /// The speaker's place among the voices; none for one who cannot be among them. All others together are the last.
    fn place(&self, speaker: Speaker) -> Option<usize> {
        match speaker {
            Speaker::Teacher => Some(0),
            Speaker::Student(number) if number <= self.students => Some(usize::from(number)),
            Speaker::Other => (self.count() > 1 + usize::from(self.students)).then(|| self.count() - 1),
            Speaker::Student(_) | Speaker::Unknown => None,
        }
    }
}

/// What diarization found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Diarization {
    /// Sorted by start; of one voice disjoint, of two they may overlap. Voices are numbered in the order they first speak.
    pub spans: Vec<VoiceSpan>,
    /// What each voice is like.
    pub centroids: Vec<Embedding>,
    /// For each voice who it is, where the teacher pointed at it.
    pub labelled: Vec<Option<Speaker>>,
    /// Whether there are as many as expected.
    pub count: VoiceCount,
    /// The probability that two voices are two people, where that was asked.
    pub probability_of_two: Option<f32>,
    /// So noisy that shares are rough.
    pub is_noisy: bool,
    /// Where one person may have been taken for two, or two for one: a moment of each. Sorted.
    pub moments: Vec<Millis>,
    /// Stretches that may be this voice's instead, by start.
    pub doubtful: Vec<VoiceSpan>,
    /// The voice most like the stored profile, and how much more than the next.
    pub profile_match: Option<(Voice, f32)>,
    /// For each tenth of a second with speech how far each voice is below the best, in nats; empty elsewhere, and for a single voice.
    pub scores: Vec<Vec<f32>>,
}

/// Tells the voices of 16 kHz mono apart; without samples by the pieces alone, less sharply at the edges of turns. `check` hears how much is done, 0 to 1.
///
/// # Errors
/// What `check` says.
pub fn diarize(
    samples: &(impl Samples + ?Sized),
    embeddings: &SpeakerEmbeddings,
    constraints: &SpeakerConstraints<'_>,
    check: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<Diarization> {
    let labelled_spans: Vec<(Span, usize)> =
        constraints.labelled.iter().filter_map(|fix| constraints.place(fix.speaker).map(|voice| (fix.span, voice))).collect();
    let pieces = Pieces { pieces: embeddings.pieces(), embeddings: embeddings.embeddings(), labelled: labelled_pieces(embeddings, &labelled_spans) };
    if pieces.pieces.is_empty() {
        return Ok(Diarization::default());
    }
    let mut expected = constraints.expected(&labelled_spans);
    let mut voices = pieces.cluster(expected, &mut |done| check(done * 0.5))?;
    // Whoever says of a stretch whose it is has heard who is there.
    let is_asked = expected == 2 && constraints.people.is_none() && labelled_spans.is_empty();
    let probability_of_two = if is_asked { Some(probability_of_two(&pieces, &voices)?) } else { None };
    let count = probability_of_two.map_or(VoiceCount::AsExpected, count);
    let moments = if count == VoiceCount::AsExpected { Vec::new() } else { doubts::moments(&pieces, &voices) };
    if count == VoiceCount::OnlyOne {
        expected = 1;
        voices = pieces.cluster(1, &mut |_| Ok(()))?;
    }
    let pieces = if expected == 1 { Pieces { labelled: vec![None; pieces.pieces.len()], ..pieces } } else { pieces };
    let scores: Vec<Vec<f32>> = (0..pieces.pieces.len()).map(|index| pieces.scores(index, RESULT, &voices.centroids, &voices.shares)).collect();
    let whose = whose(&scores);
    let curves = embeddings.curves();
    let cells = if expected > 1 && samples.count() > 0 {
        let frames = |span: Span| (span.start().0.max(0) as usize / 10, span.end().0.max(0) as usize / 10);
        let labelled: Vec<((usize, usize), usize)> = labelled_spans.iter().map(|&(span, voice)| (frames(span), voice)).collect();
        let evidence = VoiceEvidence { pieces: &pieces, scores: &scores, labelled: &labelled, change: &curves.change };
        Some(resegment(samples, &evidence, &mut |done| check(0.5 + done * 0.4))?)
    } else {
        None
    };
    let speech = Speech::new(&pieces, &voices, &whose, &embeddings.foreground(&curves), &curves);
    let labels = labels_of(&pieces, &whose, cells.as_ref().map(|cells| cells.voices.as_slice()), curves.speech.len());
    let lanes = speech.lanes(labels, expected, &curves);
    let (spans, order) = spans_of(&lanes, embeddings.samples());
    check(1.0)?;
    let centroids: Vec<Embedding> = order.iter().map(|&voice| voices.centroids[voice].clone()).collect();
    let doubtful = cells.as_ref().map(|cells| doubts::stretches(&pieces, cells, &order)).unwrap_or_default();
    // Of one person all of it is whoever the teacher said it is.
    let is_labelled = |voice: usize, place: usize| place == voice || expected == 1;
    let labelled = |voice: usize| labelled_spans.iter().find(|&&(_, place)| is_labelled(voice, place)).and_then(|&(_, place)| speaker_of(place, constraints));
    Ok(Diarization {
        labelled: order.iter().map(|&voice| labelled(voice)).collect(),
        profile_match: constraints.profile.and_then(|profile| best_match(&centroids, profile)),
        scores: cells.map(|cells| reordered(cells, &order)).unwrap_or_default(),
        is_noisy: speech.is_noisy(),
        moments,
        doubtful,
        spans,
        centroids,
        count,
        probability_of_two,
    })
}

/// The voice of each piece that lies mostly in a stretch the teacher spoke of.
fn labelled_pieces(embeddings: &SpeakerEmbeddings, labelled_spans: &[(Span, usize)]) -> Vec<Option<usize>> {
    let of_piece = |span: Span| {
        let inside = |labelled: &Span| labelled.overlap(span).map_or(0.0, |both| both.length().secs() / span.length().secs());
        labelled_spans.iter().filter(|(labelled, _)| inside(labelled) as f32 >= MOSTLY).map(|&(_, voice)| voice).next_back()
    };
    embeddings.pieces().iter().map(|piece| of_piece(piece.span())).collect()
}

fn speaker_of(voice: usize, constraints: &SpeakerConstraints<'_>) -> Option<Speaker> {
    constraints.labelled.iter().map(|fix| fix.speaker).find(|&speaker| constraints.place(speaker) == Some(voice))
}

/// Stretches of the lanes by their start, and the lanes in the order they first have one.
fn spans_of(lanes: &[Vec<bool>], samples: usize) -> (Vec<VoiceSpan>, Vec<usize>) {
    let whole = Millis::from_samples(samples as u64, 16_000);
    let stretches =
        |(lane, frames): (usize, &Vec<bool>)| super::foreground::runs(frames).into_iter().map(move |(from, to)| (from, to, lane)).collect::<Vec<_>>();
    let mut all: Vec<(usize, usize, usize)> = lanes.iter().enumerate().flat_map(stretches).collect();
    all.sort_unstable();
    let mut order: Vec<usize> = Vec::new();
    let mut spans = Vec::with_capacity(all.len());
    for (from, to, lane) in all {
        if !order.contains(&lane) {
            order.push(lane);
        }
        let voice = order.iter().position(|&known| known == lane).unwrap_or(0);
        spans.push(VoiceSpan { span: Span::new(Millis(from as i64 * 10), Millis(to as i64 * 10).min(whole)), voice: Voice(voice as u8) });
    }
    (spans, order)
}

/// Each cell's scores in the order of the voices of the result.
fn reordered(cells: Cells, order: &[usize]) -> Vec<Vec<f32>> {
    cells.nats.into_iter().map(|nats| if nats.is_empty() { nats } else { order.iter().map(|&voice| nats[voice]).collect() }).collect()
}

/// The frame scores' step, for whoever reads [`Diarization::scores`].
pub(in crate::speech) const SCORE_STEP: Millis = Millis(CELL as i64 * 10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_become_stretches_in_the_order_they_first_speak() {
        let lanes = vec![vec![false, false, true, true], vec![true, true, true, false]];
        let (spans, order) = spans_of(&lanes, 4 * 160);
        let ms = |from: i64, to: i64| Span::new(Millis(from), Millis(to));
        assert_eq!(order, [1, 0]);
        assert_eq!(spans, [VoiceSpan { span: ms(0, 30), voice: Voice(0) }, VoiceSpan { span: ms(20, 40), voice: Voice(1) }]);
    }

    #[test]
    fn no_speech_has_no_voices() {
        let heard = SpeakerEmbeddings::embed(&vec![0.0; 48_000], SpeakerEmbeddings::default(), &mut |_| Ok(())).unwrap();
        let constraints = SpeakerConstraints { students: 1, ..SpeakerConstraints::default() };
        assert_eq!(diarize(&[0.0; 0], &heard, &constraints, &mut |_| Ok(())).unwrap(), Diarization::default());
        let nothing = SpeakerEmbeddings::embed(&[0.0; 0], SpeakerEmbeddings::default(), &mut |_| Ok(())).unwrap();
        assert!(nothing.pieces().is_empty());
    }
}
