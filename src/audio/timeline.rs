//! Where samples stand: by the clock of their file.
//!
//! What a file has no sound for becomes silence of the same length, so that every later moment keeps its time. What it says is not to be heard (an encoder's
//! own silence, what was trimmed) is left out. No sample that is to be heard is ever dropped, however wrong a clock is.

use super::mp4_boxes::EditedSpan;
use crate::conference::{Millis, Span};
use std::ops::Range;

/// Clocks of containers tick in milliseconds and recorders are late by some: less than this is no gap.
const JITTER_SECS: f64 = 0.05;
/// A clock that goes back by this much was set anew; less is jitter.
const SET_BACK_SECS: f64 = 1.0;
/// Shorter holes are how some recorders save in pauses (400 ms in Opus); with a packet that could not be read, a fifth of a second is worth a word.
const HOLE_SECS: f64 = 0.5;
const DAMAGE_SECS: f64 = 0.2;

/// What is to be done with a block of samples, in order.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Placed {
    /// Silence of so many frames.
    Silence(u64),
    /// These frames of the block.
    Frames(Range<usize>),
}

#[derive(Debug)]
pub(super) struct Timeline {
    /// What is to be heard, on the clock of the file; in order, never overlapping.
    audible: Vec<EditedSpan>,
    window: usize,
    /// Added to the clock of the file.
    base: f64,
    rate_hz: u32,
    /// Seconds given out at rates that were in use before, and frames at this one.
    before: f64,
    frames: u64,
    /// Where the clock of the file stood at the end of the last block.
    expected: Option<f64>,
    /// Something between the last block and the next could not be read.
    is_damaged: bool,
    /// How far what could not be read would have gone.
    failed_until: f64,
    /// So much may still be filled with silence: a clock that is wrong by years must not fill the disk.
    may_fill: f64,
    missing: Vec<Span>,
}

impl Timeline {
    /// `audible` empty: all from zero on.
    pub fn new(audible: Vec<EditedSpan>, may_fill: f64) -> Self {
        let audible = if audible.is_empty() { vec![EditedSpan { from: 0.0, until: f64::INFINITY, at: 0.0 }] } else { audible };
        Self {
            audible,
            window: 0,
            base: 0.0,
            rate_hz: 0,
            before: 0.0,
            frames: 0,
            expected: None,
            is_damaged: false,
            failed_until: f64::NEG_INFINITY,
            may_fill,
            missing: Vec::new(),
        }
    }

    /// How much was given out, in seconds.
    pub fn position(&self) -> f64 {
        self.before + if self.rate_hz == 0 { 0.0 } else { self.frames as f64 / f64::from(self.rate_hz) }
    }

    /// The file begins anew here (another recording behind the first), at this moment of its own clock.
    pub fn begin_anew(&mut self, clock: f64) {
        self.base = self.position() - clock.max(0.0);
        (self.window, self.expected, self.failed_until) = (0, None, f64::NEG_INFINITY);
    }

    /// From here on there are so many frames a second.
    pub fn set_rate(&mut self, rate_hz: u32) {
        if self.rate_hz != rate_hz {
            self.before = self.position();
            (self.rate_hz, self.frames) = (rate_hz, 0);
        }
    }

    /// When the last block ended, on the clock of the file.
    pub fn clock(&self) -> Option<f64> {
        self.expected
    }

    /// What belongs here could not be read.
    pub fn fail(&mut self, start: f64, secs: f64) {
        self.is_damaged = true;
        self.expected = self.expected.or(Some(start));
        self.failed_until = self.failed_until.max(start + secs);
    }

    /// Finds the place of a block that begins at this moment of the file's clock.
    pub fn place(&mut self, start: f64, count: usize) -> Vec<Placed> {
        let rate = f64::from(self.rate_hz.max(1));
        let end = start + count as f64 / rate;
        let mut placed = Vec::new();
        let expected = self.expected;
        if self.window > 0 && expected.is_some_and(|expected| start < expected - SET_BACK_SECS) {
            self.window = 0;
        }
        while let Some(&audible) = self.audible.get(self.window) {
            let (from, until) = (start.max(audible.from), end.min(audible.until));
            if from >= audible.until {
                self.window += 1;
                continue;
            }
            if until <= from {
                break;
            }
            let gap = self.base + audible.at + (from - audible.from) - self.position();
            if gap > JITTER_SECS {
                self.fill(gap, from - expected.unwrap_or(from).max(audible.from), &mut placed);
            } else if gap < -SET_BACK_SECS {
                self.base -= gap;
            }
            let (first, last) = (frame(from - start, rate, count), frame(until - start, rate, count));
            self.frames += (last - first) as u64;
            placed.push(Placed::Frames(first..last));
            if end <= audible.until {
                break;
            }
            self.window += 1;
        }
        (self.expected, self.is_damaged) = (Some(end), false);
        placed
    }

    /// Silence for a gap; `hole` of it is on the clock of the file (the rest is an edit list's).
    fn fill(&mut self, gap: f64, hole: f64, placed: &mut Vec<Placed>) {
        if gap > self.may_fill {
            // No recording stopped for so long: the clock is wrong, and what is there follows at once.
            tracing::warn!("the clock of the file jumps by {gap:.1} s");
            self.base -= gap;
            return;
        }
        self.may_fill -= gap;
        let frames = (gap * f64::from(self.rate_hz)).round() as u64;
        let start = self.position();
        self.frames += frames;
        placed.push(Placed::Silence(frames));
        if hole.min(gap) >= if self.is_damaged { DAMAGE_SECS } else { HOLE_SECS } {
            self.note(start.max(self.position() - hole), self.position());
        }
    }

    /// Two gaps with next to nothing between them are one.
    fn note(&mut self, start: f64, end: f64) {
        let span = Span::from_secs(start, end);
        match self.missing.last_mut() {
            Some(last) if span.start() - last.end() < Millis(500) => *last = Span::new(last.start(), span.end()),
            _ => self.missing.push(span),
        }
    }

    /// When a moment of the file's clock is heard; what is not to be heard ends where it would begin.
    fn when(&self, clock: f64) -> f64 {
        let before = self.audible.iter().rev().find(|audible| audible.from < clock);
        self.base + before.map_or(0.0, |audible| audible.at + clock.min(audible.until) - audible.from)
    }

    /// What is missing inside, and how much at the end, when the file says that it lasts until this moment of its clock.
    pub fn finish(self, lasts: Option<f64>) -> (Vec<Span>, f64) {
        let until = lasts.map_or(0.0, |clock| self.when(clock)).max(if self.failed_until.is_finite() { self.when(self.failed_until) } else { 0.0 });
        let behind = (until - self.position()).max(0.0);
        (self.missing, behind)
    }
}

fn frame(secs: f64, rate: f64, count: usize) -> usize {
    ((secs * rate).round().max(0.0) as usize).min(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays blocks of 0.1 s at 1000 Hz that begin at these moments; what comes out: `.` for 0.1 s of silence, a letter for a block.
    fn played(timeline: &mut Timeline, starts: &[f64]) -> String {
        timeline.set_rate(1000);
        let mut out = String::new();
        for (number, &start) in starts.iter().enumerate() {
            for placed in timeline.place(start, 100) {
                match placed {
                    Placed::Silence(frames) => out.extend(std::iter::repeat_n('.', (frames as f64 / 100.0).round() as usize)),
                    Placed::Frames(range) if range.len() >= 50 => out.push((b'a' + number as u8) as char),
                    Placed::Frames(_) => {}
                }
            }
        }
        out
    }

    #[test]
    fn what_is_missing_is_silence_and_is_noted() {
        let mut timeline = Timeline::new(Vec::new(), 100.0);
        assert_eq!(played(&mut timeline, &[0.0, 0.1, 0.9, 1.0]), "ab.......cd");
        assert_eq!(timeline.finish(Some(1.6)), (vec![Span::from_secs(0.2, 0.9)], 0.5));
    }

    #[test]
    fn jitter_moves_nothing_and_a_clock_set_back_drops_nothing() {
        let mut timeline = Timeline::new(Vec::new(), 100.0);
        assert_eq!(played(&mut timeline, &[0.003, 0.098, 0.204, 0.29]), "abcd");
        assert_eq!(played(&mut timeline, &[100.0 / 3.0 - 33.0, 5.0, 5.1]).replace('.', ""), "abc");
        let before = timeline.position();
        assert_eq!(played(&mut timeline, &[0.0, 0.1]), "ab", "joined behind the first");
        assert!((timeline.position() - before - 0.2).abs() < 1e-9);
    }

    #[test]
    fn a_start_later_than_zero_is_silence_but_not_missing() {
        let mut timeline = Timeline::new(Vec::new(), 100.0);
        assert_eq!(played(&mut timeline, &[0.5, 0.6]), ".....ab");
        assert_eq!(timeline.finish(None), (Vec::new(), 0.0));
    }

    #[test]
    fn what_was_trimmed_stays_trimmed_and_what_stands_behind_it_comes_at_its_time() {
        let audible = vec![EditedSpan { from: 0.2, until: 0.4, at: 0.1 }, EditedSpan { from: 0.6, until: 0.8, at: 0.3 }];
        let mut timeline = Timeline::new(audible, 100.0);
        assert_eq!(played(&mut timeline, &[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]), ".cdgh");
        let (missing, behind) = timeline.finish(Some(0.9));
        assert!(missing.is_empty() && behind < 1e-9, "an edit is no damage");
    }

    #[test]
    fn a_clock_that_jumps_by_years_fills_no_disk() {
        let mut timeline = Timeline::new(Vec::new(), 100.0);
        assert_eq!(played(&mut timeline, &[0.0, 1e9, 1e9 + 0.1]), "abc");
    }

    #[test]
    fn what_could_not_be_read_at_the_end_is_counted() {
        let mut timeline = Timeline::new(Vec::new(), 100.0);
        played(&mut timeline, &[0.0, 0.1]);
        timeline.fail(0.2, 0.1);
        timeline.fail(0.3, 0.4);
        let (missing, behind) = timeline.finish(None);
        assert!(missing.is_empty() && (behind - 0.5).abs() < 1e-9);
    }
}
