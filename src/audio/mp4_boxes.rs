//! The boxes of an MP4 (M4A, MOV, 3GP, QTA), and the edit list of a track: what the decoders leave out.
//!
//! What was trimmed on the phone is still in the file; the edit list says that it is not to be heard. That is a promise to whoever trimmed it.

use super::spliced::ByteWindow;

/// The largest index that is looked into: 10 h of AAC have one of 7 MB.
const MOST_INDEX: u64 = 64 << 20;
/// The movie box stands among a handful of others; fragments come in thousands.
pub(super) const MOST_BOXES: usize = 100_000;
/// MP4 counts seconds from 1904.
const EPOCH_S: i64 = 2_082_844_800;

/// A stretch of a track that is to be heard, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct EditedSpan {
    /// On the track's own clock.
    pub from: f64,
    /// On the track's own clock; infinite where it is not said.
    pub until: f64,
    /// When it is heard.
    pub at: f64,
}

/// What is said of one track.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TrackEdits {
    /// Ticks a second of its clock.
    pub rate_hz: u32,
    /// In order, on both clocks; never overlapping. Empty: all of it is to be heard.
    pub audible: Vec<EditedSpan>,
    /// Samples that are written as they are begin with their highest byte, of kinds that may be written either way.
    pub is_big_endian: bool,
    /// Samples are written as they are.
    pub is_pcm: bool,
}

/// Kind, where its contents begin, and where the next one begins (beyond the end for a box that was cut off).
pub(super) fn boxed(window: &mut ByteWindow, at: u64) -> Option<([u8; 4], u64, u64)> {
    let [a, b, c, d, kind @ ..]: [u8; 8] = window.exactly(at)?;
    let (size, body) = match u32::from_be_bytes([a, b, c, d]) {
        0 => (window.length.checked_sub(at)?, at + 8),
        1 => (u64::from_be_bytes(window.exactly(at + 8)?), at + 16),
        size => (u64::from(size), at + 8),
    };
    let next = at.checked_add(size)?;
    (size >= body - at).then_some((kind, body, next))
}

/// What stands in a box, as far as it is there.
pub(super) fn contents(window: &mut ByteWindow, start: u64, end: u64) -> Vec<u8> {
    let end = end.min(window.length).min(start + MOST_INDEX);
    let mut bytes = Vec::new();
    let mut at = start;
    while at < end {
        match window.at(at, usize::try_from(end - at).unwrap_or(usize::MAX)) {
            Ok(block) if !block.is_empty() => {
                at += block.len() as u64;
                bytes.extend_from_slice(block);
            }
            _ => break,
        }
    }
    bytes
}

/// Boxes in a box.
pub(super) struct ChildBoxes<'a>(pub &'a [u8]);

impl<'a> Iterator for ChildBoxes<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let head: [u8; 8] = self.0.get(..8)?.try_into().ok()?;
        let size = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        let size = if size == 0 { self.0.len() } else { (size as usize).min(self.0.len()) };
        let body = self.0.get(8..size)?;
        self.0 = &self.0[size..];
        Some(([head[4], head[5], head[6], head[7]], body))
    }
}

pub(super) fn find<'a>(bytes: &'a [u8], wanted: &[u8; 4]) -> Option<&'a [u8]> {
    ChildBoxes(bytes).find(|(kind, _)| kind == wanted).map(|(_, body)| body)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..at + 8)?.try_into().ok().map(u64::from_be_bytes)
}

/// Of a header with times (`mvhd`, `mdhd`): when it was made, its ticks a second, and its length in ticks.
pub(super) fn header(body: &[u8]) -> Option<(Option<i64>, u32, u64)> {
    let (made, rate, length) = match body.first()? {
        0 => (i64::from(u32_at(body, 4)?), u32_at(body, 12)?, u64::from(u32_at(body, 16)?)),
        _ => (i64::try_from(u64_at(body, 4)?).ok()?, u32_at(body, 20)?, u64_at(body, 24)?),
    };
    Some((made.checked_sub(EPOCH_S).filter(|&secs| secs > 0).and_then(|secs| secs.checked_mul(1000)), rate, length))
}

pub(super) fn track(body: &[u8], movie_rate: u32) -> Option<(u32, TrackEdits)> {
    let head = find(body, b"tkhd")?;
    let id = u32_at(head, if head.first()? == &0 { 12 } else { 20 })?;
    let media = find(body, b"mdia")?;
    let (_, rate, length) = header(find(media, b"mdhd")?)?;
    let edits = find(body, b"edts").and_then(|edits| find(edits, b"elst")).map(|list| audible_spans(list, movie_rate, rate, length)).unwrap_or_default();
    let (is_pcm, is_big_endian) = pcm(media).unwrap_or_default();
    Some((id, TrackEdits { rate_hz: rate, audible: edits, is_big_endian, is_pcm }))
}

/// Whether samples are written as they are, and of kinds that may be written either way highest byte first: QuickTime does unless it says otherwise.
fn pcm(media: &[u8]) -> Option<(bool, bool)> {
    let entry = ["minf", "stbl", "stsd"].iter().try_fold(media, |inside, name| find(inside, name.as_bytes().try_into().ok()?))?;
    let kind = entry.get(12..16)?;
    let may_be_either = matches!(kind, b"in24" | b"in32" | b"fl32" | b"fl64");
    let flag = entry.windows(4).position(|name| name == b"enda").and_then(|at| entry.get(at + 4..at + 6));
    let is_pcm = may_be_either || matches!(kind, b"sowt" | b"twos" | b"lpcm" | b"ipcm" | b"fpcm" | b"raw " | b"NONE" | b"ulaw" | b"alaw");
    Some((is_pcm, may_be_either && flag != Some(&[0, 1])))
}

/// The stretches that are to be heard, of an edit list.
fn audible_spans(list: &[u8], movie_rate: u32, rate: u32, length: u64) -> Vec<EditedSpan> {
    let (Some(version), Some(count)) = (list.first(), u32_at(list, 4)) else { return Vec::new() };
    if movie_rate == 0 || rate == 0 {
        return Vec::new();
    }
    let (is_long, step) = (*version != 0, if *version == 0 { 12 } else { 20 });
    let mut stretches: Vec<EditedSpan> = Vec::new();
    let mut at = 0.0;
    for entry in list.get(8..).unwrap_or_default().chunks_exact(step).take(count as usize) {
        let (lasts, from) = if is_long {
            (u64_at(entry, 0).unwrap_or(0), u64_at(entry, 8).map_or(-1, |from| from as i64))
        } else {
            (u64::from(u32_at(entry, 0).unwrap_or(0)), u32_at(entry, 4).map_or(-1, |from| i64::from(from as i32)))
        };
        let lasts = lasts as f64 / f64::from(movie_rate);
        if from < 0 {
            at += lasts;
            continue;
        }
        let from = from as f64 / f64::from(rate);
        // No length: to the end of what there is (files in fragments, of which nobody knew how long they would be).
        let until = if lasts == 0.0 { f64::INFINITY } else { from + lasts };
        // Times of the movie are rounded to its ticks: what is short of the end by one is no cut.
        let end = length as f64 / f64::from(rate);
        let until = if (end - until).abs() < 2.0 / f64::from(movie_rate) { end.max(until) } else { until };
        stretches.push(EditedSpan { from, until, at });
        at += lasts;
    }
    // What is to be heard twice, or in another order than it was recorded, is heard once and in order.
    stretches.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut ordered: Vec<EditedSpan> = Vec::new();
    for mut stretch in stretches {
        if let Some(last) = ordered.last_mut() {
            stretch.from = stretch.from.max(last.until);
            stretch.at = stretch.at.max(last.at + (last.until - last.from));
        }
        if stretch.until > stretch.from {
            ordered.push(stretch);
        }
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(entries: &[(u32, i32)]) -> Vec<u8> {
        let mut bytes = vec![0; 4];
        bytes.extend((entries.len() as u32).to_be_bytes());
        for (lasts, from) in entries {
            bytes.extend(lasts.to_be_bytes());
            bytes.extend(from.to_be_bytes());
            bytes.extend([0, 1, 0, 0]);
        }
        bytes
    }

    #[test]
    fn an_edit_list_says_what_is_heard_and_when() {
        // 1 s of nothing, then from 2 s on for 3 s, then from 8 s on for 1 s; ticks of 1/1000 and 1/8000.
        let stretches = audible_spans(&list(&[(1000, -1), (3000, 16_000), (1000, 64_000)]), 1000, 8000, 80_000);
        assert_eq!(stretches, [EditedSpan { from: 2.0, until: 5.0, at: 1.0 }, EditedSpan { from: 8.0, until: 9.0, at: 4.0 }]);
        // The silence of the encoder in front, and no length.
        assert_eq!(audible_spans(&list(&[(0, 1024)]), 1000, 8000, 80_000), [EditedSpan { from: 0.128, until: f64::INFINITY, at: 0.0 }]);
        // Nonsense is no edit list.
        assert_eq!(audible_spans(&[0; 7], 1000, 8000, 1), []);
        assert_eq!(audible_spans(&list(&[(1000, 0)]), 0, 8000, 1), []);
    }
}
