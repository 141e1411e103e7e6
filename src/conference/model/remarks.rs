//! What came of reading a file, in plain sentences: nothing is lost, moved or left out without a word.

use super::time::{Millis, Span};

/// Something worth knowing about a file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Remark {
    /// Stretches could not be read, or were not in the file (or did not arrive from a microphone); they are silent, so that all else keeps its time.
    Missing(Vec<Span>),
    /// Its end could not be read, or is not there: so long.
    EndMissing(Millis),
    /// At these moments pieces are gone, and nothing in the file tells how long they were: what follows may come too early.
    Cut(Vec<Millis>),
    /// It breaks off in the middle of a sound, and nothing in it tells how much more there was.
    BreaksOff,
    /// It has several sound tracks; this one was taken (1 is the first).
    Track {
        /// Which.
        taken: usize,
        /// Of so many.
        of: usize,
    },
    /// One of its sides is silent.
    SilentSide,
    /// One of its sides is the mirror image of the other.
    TurnedSide,
    /// Nothing is to be heard in it.
    OnlySilence,
    /// It was louder than can be; all of it was made quieter.
    TooLoud,
}

impl Remark {
    /// For the teacher.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Missing(spans) => missing(spans),
            Self::EndMissing(length) => {
                format!(
                    "The last {} of this file {} damaged or missing and could not be read. Everything before is here.",
                    spoken(*length),
                    if length.0 < 1500 { "is" } else { "are" }
                )
            }
            Self::Cut(places) => {
                let first = places.first().copied().unwrap_or_default();
                let place = if places.len() > 1 { format!("In {} places, the first at {first},", places.len()) } else { format!("At {first}") };
                format!("{place} this file is damaged and may have lost a piece. How long it was cannot be told: what follows may come too early.")
            }
            Self::BreaksOff => "This file breaks off in the middle of a sound. If more was recorded, it is not in the file. Everything before is here.".into(),
            Self::Track { taken, of } => format!("This file has {of} sound tracks. Number {taken} is the one with speech and was taken."),
            Self::SilentSide => "One side of this stereo recording is silent; the other one was taken.".into(),
            Self::TurnedSide => "The two sides of this stereo recording cancel each other out; one was turned around, so that nothing is lost.".into(),
            Self::OnlySilence => "This recording holds only silence. Check the microphone it was made with.".into(),
            Self::TooLoud => "This recording was louder than a file can usually be. All of it was made quieter, so that nothing is distorted.".into(),
        }
    }

    /// What of this is kept with the conference: where nothing could be read. What is missing at the end stands behind the end.
    #[must_use]
    pub fn gaps(&self, length: Millis) -> Vec<Span> {
        match self {
            Self::Missing(spans) => spans.clone(),
            Self::EndMissing(more) => vec![Span::new(length, length + *more)],
            Self::Cut(places) => places.iter().map(|&at| Span::new(at, at)).collect(),
            Self::BreaksOff => vec![Span::new(length, length)],
            _ => Vec::new(),
        }
    }
}

/// The remark that belongs to gaps kept with a conference of this length, if any of them came of a damaged file.
#[must_use]
pub fn remarks_of_gaps(gaps: &[Span], length: Millis) -> Vec<Remark> {
    let (behind, inside): (Vec<Span>, Vec<Span>) = gaps.iter().partition(|gap| gap.start() >= length && (gap.end() > length || gap.length() == Millis::ZERO));
    let (cuts, inside): (Vec<Span>, Vec<Span>) = inside.into_iter().partition(|gap| gap.length() == Millis::ZERO);
    let mut remarks = Vec::new();
    if !inside.is_empty() {
        remarks.push(Remark::Missing(inside));
    }
    if !cuts.is_empty() {
        remarks.push(Remark::Cut(cuts.iter().map(|cut| cut.start()).collect()));
    }
    let is_unknown = |gap: &Span| gap.length() == Millis::ZERO;
    remarks.extend(behind.into_iter().map(|gap| if is_unknown(&gap) { Remark::BreaksOff } else { Remark::EndMissing(gap.length()) }));
    remarks
}

fn missing(spans: &[Span]) -> String {
    match spans {
        [one] => format!(
            "From {} to {} there is no sound: it was missing or damaged. It is silent there and marked, so that everything else keeps its time.",
            one.start(),
            one.end()
        ),
        many => {
            let sum: Millis = many.iter().map(|span| span.length()).sum();
            let from = many.first().map_or(Millis::ZERO, |span| span.start());
            format!(
                "In {} places, the first at {from}, sound was missing or damaged: {} in all. They are silent and marked, so that everything else keeps its time.",
                many.len(),
                spoken(sum)
            )
        }
    }
}

/// A length as it is said.
fn spoken(length: Millis) -> String {
    let secs = (length.0 + 500) / 1000;
    match secs {
        ..=1 => "second".into(),
        2..=119 => format!("{secs} seconds"),
        _ => format!("{} minutes", (secs + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_one_plain_sentence() {
        let end = Remark::EndMissing(Millis(12 * 60_000));
        assert!(Remark::EndMissing(Millis(700)).sentence().starts_with("The last second of this file is damaged"));
        assert_eq!(end.sentence(), "The last 12 minutes of this file are damaged or missing and could not be read. Everything before is here.");
        let hole = Remark::Missing(vec![Span::from_secs(61.0, 70.0)]);
        assert!(hole.sentence().starts_with("From 1:01 to 1:10 there is no sound"), "{}", hole.sentence());
        let length = Millis(100_000);
        let kept: Vec<Span> = [&end, &hole].iter().flat_map(|remark| remark.gaps(length)).collect();
        assert_eq!(remarks_of_gaps(&kept, length), [hole, end], "they come back from what is kept");
        let unknown = [Remark::Cut(vec![Millis(3000), Millis(9000)]), Remark::BreaksOff];
        assert!(unknown[0].sentence().starts_with("In 2 places, the first at 0:03, this file is damaged"), "{}", unknown[0].sentence());
        let kept: Vec<Span> = unknown.iter().flat_map(|remark| remark.gaps(length)).collect();
        assert_eq!(remarks_of_gaps(&kept, length), unknown);
    }
}
