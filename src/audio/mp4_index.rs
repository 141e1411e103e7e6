//! The index of an MP4 (M4A, MOV, 3GP, QTA): edit lists, whether the file was ever finished, when it was recorded, and where fragments and gaps are.

use super::mp4_boxes::{ChildBoxes, MOST_BOXES, TrackEdits, boxed, contents, header, track};
use super::mp4_fragments::Fragments;
use super::mp4_samples::Packets;
use super::spliced::{ByteWindow, Part};
use std::collections::BTreeMap;

/// What stands in the index of the file.
#[derive(Default)]
pub(super) struct Mp4Boxes {
    pub tracks: BTreeMap<u32, TrackEdits>,
    /// When it was made, in milliseconds since 1970, as its header says.
    pub created_unix_ms: Option<i64>,
    /// How the file is to be read where a box in front of the index has the wrong size.
    pub mended: Option<Vec<Part>>,
    /// Bytes of sound in front of the index, where a piece of them was lost.
    pub sound_bytes: Option<u64>,
    /// The sound stands in fragments of their own behind the index.
    pub fragments: Option<Fragments>,
}

/// Looks into the index. None: it has none, so the phone never finished the file.
///
/// # Errors
/// When the file cannot be read.
pub(super) fn read(window: &mut ByteWindow) -> std::io::Result<Option<Mp4Boxes>> {
    let (mut at, mut last_sound) = (0, None);
    for _ in 0..MOST_BOXES {
        let Some((kind, body, next)) = boxed(window, at) else { break };
        if &kind == b"moov" {
            let bytes = contents(window, body, next);
            let mut boxes = index(&bytes);
            boxes.fragments = Fragments::of(ByteWindow::new(window.file()?)?, &bytes, &boxes.tracks, next);
            if let Some((sound, body, end)) = cut_behind(window, next) {
                boxes.mended = without_gap(window, &bytes, end - window.length)?;
                // Samples that are written as they are tell by themselves where they begin; the reader refuses a box that is not all there.
                if boxes.mended.is_none() && boxes.tracks.values().any(|track| track.is_pcm) {
                    boxes.mended = Some(as_long_as_it_is(window, sound, body, window.length));
                    boxes.sound_bytes = (boxes.tracks.len() == 1).then(|| window.length - body);
                }
            }
            return Ok(Some(boxes));
        }
        if &kind == b"mdat" {
            last_sound = Some((at, body, next));
        }
        at = next;
    }
    // A box with the wrong size (a piece of the file was lost) hides the index behind it.
    let Some((sound, body, end)) = last_sound else { return Ok(None) };
    let mut from = body;
    while let Some(place) = window.find(b"moov", from)? {
        from = place + 4;
        let Some(start) = place.checked_sub(4) else { continue };
        let Some((_, inside, next)) = boxed(window, start) else { continue };
        if next > window.length || !matches!(boxed(window, inside), Some((kind, ..)) if &kind == b"mvhd") {
            continue;
        }
        let bytes = contents(window, inside, next);
        let mended = without_gap(window, &bytes, end.saturating_sub(start))?;
        let boxes = index(&bytes);
        let sound_bytes = (boxes.tracks.len() == 1).then(|| start.saturating_sub(body));
        let shorter = || as_long_as_it_is(window, sound, body, start);
        return Ok(Some(Mp4Boxes { mended: Some(mended.unwrap_or_else(shorter)), sound_bytes, ..boxes }));
    }
    Ok(None)
}

/// The box of sound behind the index that is not all there, cut off at the end or out of the middle: where it begins, where its contents do, and where it should end.
fn cut_behind(window: &mut ByteWindow, mut at: u64) -> Option<(u64, u64, u64)> {
    for _ in 0..MOST_BOXES {
        match boxed(window, at)? {
            (kind, body, next) if &kind == b"mdat" && next > window.length => return Some((at, body, next)),
            // Fragments say of themselves where they stand.
            (kind, ..) if &kind == b"moof" => return None,
            (_, _, next) => at = next,
        }
    }
    None
}

/// How to read the file with the box of sound at `sound` ending at `end`, where it does.
fn as_long_as_it_is(window: &ByteWindow, sound: u64, body: u64, end: u64) -> Vec<Part> {
    let size = end - sound;
    // As its head was written: with 32 or with 64 bits.
    let head = if body - sound == 16 {
        [&1u32.to_be_bytes()[..], b"mdat", &size.to_be_bytes()].concat()
    } else {
        [&u32::try_from(size).unwrap_or(0).to_be_bytes()[..], b"mdat"].concat()
    };
    vec![Part::File(0, sound), Part::Bytes(head), Part::File(body, window.length - body)]
}

/// How to read a file of which so many bytes are gone from the middle, where its packets tell.
fn without_gap(window: &mut ByteWindow, index: &[u8], lost: u64) -> std::io::Result<Option<Vec<Part>>> {
    let packets = || ChildBoxes(index).filter(|(kind, _)| kind == b"trak").find_map(|(_, track)| Packets::of_track(track));
    match (lost > 0).then(packets).flatten() {
        Some(packets) => packets.without_gap(window, lost),
        None => Ok(None),
    }
}

fn index(bytes: &[u8]) -> Mp4Boxes {
    let mut boxes = Mp4Boxes::default();
    let mut movie_rate = 0;
    for (kind, body) in ChildBoxes(bytes) {
        match &kind {
            b"mvhd" => (boxes.created_unix_ms, movie_rate) = header(body).map_or((None, 0), |(made, rate, _)| (made, rate)),
            b"trak" => {
                if let Some((id, edits)) = track(body, movie_rate) {
                    boxes.tracks.insert(id, edits);
                }
            }
            _ => {}
        }
    }
    boxes
}
