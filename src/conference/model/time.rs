//! Positions and stretches on a recording's own clock.
//!
//! Everything above `audio/` speaks milliseconds from the first sample; nobody else has to ask what a number means.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A position or a length on the recording's clock, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// The start of every recording.
    pub const ZERO: Self = Self(0);

    /// From seconds, rounded to the nearest millisecond. Not-a-number counts as zero.
    #[must_use]
    pub fn from_secs(secs: f64) -> Self {
        Self((secs * 1000.0).round() as i64)
    }

    /// From a count of samples at `sample_rate_hz`; a rate of zero gives zero.
    #[must_use]
    pub fn from_samples(samples: u64, sample_rate_hz: u32) -> Self {
        if sample_rate_hz == 0 {
            return Self::ZERO;
        }
        Self((u128::from(samples) * 1000 / u128::from(sample_rate_hz)) as i64)
    }

    /// Seconds.
    #[must_use]
    pub fn secs(self) -> f64 {
        self.0 as f64 / 1000.0
    }

    /// The sample index at `sample_rate_hz`; positions before the start give 0.
    #[must_use]
    pub fn samples(self, sample_rate_hz: u32) -> usize {
        (self.0.max(0) as u128 * u128::from(sample_rate_hz) / 1000) as usize
    }

    /// As a clock reads it: `1:36`, and `1:02:07` from an hour on. Rounded down to the second.
    #[must_use]
    pub fn clock(self) -> String {
        let secs = self.0.max(0) / 1000;
        let (hours, minutes, secs) = (secs / 3600, secs / 60 % 60, secs % 60);
        if hours > 0 { format!("{hours}:{minutes:02}:{secs:02}") } else { format!("{minutes}:{secs:02}") }
    }
}

impl std::ops::Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl std::ops::Sub for Millis {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl std::iter::Sum for Millis {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        Self(iter.map(|millis| millis.0).sum())
    }
}

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.clock())
    }
}

/// A stretch of the recording, start included and end excluded; `start <= end` by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "(Millis, Millis)", into = "(Millis, Millis)")]
pub struct Span {
    start: Millis,
    end: Millis,
}

impl From<(Millis, Millis)> for Span {
    fn from((start, end): (Millis, Millis)) -> Self {
        Self::new(start, end)
    }
}

impl From<Span> for (Millis, Millis) {
    fn from(span: Span) -> Self {
        (span.start, span.end)
    }
}

impl Span {
    /// Orders its ends, so nobody has to check later.
    #[must_use]
    pub fn new(a: Millis, b: Millis) -> Self {
        Self { start: a.min(b), end: a.max(b) }
    }

    /// From seconds.
    #[must_use]
    pub fn from_secs(start: f64, end: f64) -> Self {
        Self::new(Millis::from_secs(start), Millis::from_secs(end))
    }

    /// Where it begins.
    #[must_use]
    pub fn start(self) -> Millis {
        self.start
    }

    /// The first moment after it.
    #[must_use]
    pub fn end(self) -> Millis {
        self.end
    }

    /// How long it is.
    #[must_use]
    pub fn length(self) -> Millis {
        self.end - self.start
    }

    /// The moment half way.
    #[must_use]
    pub fn middle(self) -> Millis {
        Millis((self.start.0 + self.end.0) / 2)
    }

    /// Whether `at` lies inside.
    #[must_use]
    pub fn contains(self, at: Millis) -> bool {
        self.start <= at && at < self.end
    }

    /// The part both share, if it has any length.
    #[must_use]
    pub fn overlap(self, other: Self) -> Option<Self> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Self { start, end })
    }

    /// How far `at` is from the nearest moment inside; zero when inside.
    #[must_use]
    pub fn distance(self, at: Millis) -> Millis {
        if at < self.start {
            self.start - at
        } else if at > self.end {
            at - self.end
        } else {
            Millis::ZERO
        }
    }

    /// What is left outside all of `holes` (sorted by start).
    #[must_use]
    pub fn without(self, holes: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut left = Vec::new();
        let mut from = self.start;
        for hole in holes.into_iter().filter(|hole| hole.overlap(self).is_some()) {
            if hole.start > from {
                left.push(Self::new(from, hole.start));
            }
            from = from.max(hole.end);
        }
        if from < self.end {
            left.push(Self::new(from, self.end));
        }
        left
    }
}

/// The stretches covered by any of `spans`: sorted, disjoint, touching ones joined.
#[must_use]
pub fn union(spans: impl IntoIterator<Item = Span>) -> Vec<Span> {
    let mut spans: Vec<Span> = spans.into_iter().filter(|span| span.length() > Millis::ZERO).collect();
    spans.sort();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_clock_reads_as_people_write_it() {
        assert_eq!(Millis(96_999).clock(), "1:36");
        assert_eq!(Millis(3_727_000).clock(), "1:02:07");
        assert_eq!(Millis(-5).clock(), "0:00");
    }

    #[test]
    fn samples_and_millis_agree_for_a_very_long_recording() {
        let thirteen_hours = Millis(13 * 3_600_000);
        assert_eq!(Millis::from_samples(thirteen_hours.samples(48_000) as u64, 48_000), thirteen_hours);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_union_is_sorted_disjoint_and_covers_what_it_was_given(ends in prop::collection::vec((0_i64..5000, 0_i64..5000), 0..40)) {
            let spans: Vec<Span> = ends.iter().map(|&(a, b)| Span::new(Millis(a), Millis(b))).collect();
            let joined = union(spans.clone());
            prop_assert!(joined.windows(2).all(|pair| pair[0].end() < pair[1].start()));
            for at in (0..5000).step_by(37).map(Millis) {
                prop_assert_eq!(spans.iter().any(|s| s.contains(at)), joined.iter().any(|s| s.contains(at)));
            }
        }
    }
}
