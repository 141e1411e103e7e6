//! Finding words in the transcript, in every script, and going from one find to the next.

use super::Transcript;
use crate::conference::{ConferenceRecord, is_spaceless};

impl Transcript {
    /// How many words match what is looked for.
    pub fn count(&self) -> usize {
        self.found.len()
    }

    /// To the next or the previous find.
    pub fn step(&mut self, record: &ConferenceRecord, forward: bool) {
        let count = self.found.len();
        if count == 0 {
            return;
        }
        self.current = if forward { (self.current + 1) % count } else { (self.current + count - 1) % count };
        self.current_at = record.transcript().words[self.found[self.current]].span.start();
        self.show_moment(self.current_at);
        self.follow = false;
    }

    pub(super) fn search(&mut self, record: &ConferenceRecord) {
        let wanted = self.find.trim().to_lowercase();
        let is_new = wanted != self.found_for.0;
        if !is_new && self.found_for.1 == self.talk_revision {
            return;
        }
        let words = &record.transcript().words;
        let parts: Vec<&str> = wanted.split_whitespace().collect();
        let matches = |at: usize| {
            parts.iter().enumerate().all(|(offset, part)| {
                words.get(at + offset).is_some_and(|word| {
                    let text = word.text.to_lowercase();
                    if offset + 1 == parts.len() { text.contains(part) } else { text.trim_matches(|c: char| !c.is_alphanumeric()) == *part }
                })
            })
        };
        self.found = if parts.is_empty() {
            Vec::new()
        } else if wanted.chars().any(is_spaceless) {
            found_within(record, &wanted)
        } else {
            (0..words.len()).filter(|&at| matches(at)).collect()
        };
        self.found_for = (wanted, self.talk_revision);
        if is_new {
            self.current = 0;
        } else {
            // The words were corrected meanwhile: the reader's place stays, at the same find or the one nearest to it.
            let distance = |&place: &usize| (words[self.found[place]].span.start().0 - self.current_at.0).abs();
            self.current = (0..self.found.len()).min_by_key(distance).unwrap_or(0);
        }
        if let Some(&current) = self.found.get(self.current) {
            self.current_at = words[current].span.start();
            if is_new {
                self.show_moment(self.current_at);
            }
        }
    }
}

/// The words at which `wanted` begins, in a script without spaces: it may be part of a word, or reach over several.
fn found_within(record: &ConferenceRecord, wanted: &str) -> Vec<usize> {
    let letters = |text: &str| text.split_whitespace().flat_map(str::chars).flat_map(char::to_lowercase).collect::<String>();
    let wanted = letters(wanted);
    let turns = record.turns().iter().flat_map(|turn| std::iter::once(&turn.words).chain(turn.backchannels.iter().map(|aside| &aside.words)));
    let in_turn = |said: &Vec<usize>| {
        let mut text = String::new();
        let mut starts = Vec::with_capacity(said.len());
        for &word in said {
            starts.push(text.len());
            text.push_str(&letters(&record.transcript().words[word].text));
        }
        let word_at = |at: usize| said[starts.partition_point(|&start| start <= at) - 1];
        text.match_indices(&wanted).map(|(at, _)| word_at(at)).collect::<Vec<_>>()
    };
    let mut found: Vec<usize> = turns.flat_map(in_turn).collect();
    found.sort_unstable();
    found.dedup();
    found
}
