//! When a recording was made, as its file tells.

use crate::conference::Millis;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

/// MP4 counts seconds from 1904.
const MP4_EPOCH_S: i64 = 2_082_844_800;

/// When a recording of this length began, in milliseconds since 1970: by the moment inside an MP4 (M4A, 3GP) where there is one, else by when the file was
/// last changed; 0 when neither is known.
#[must_use]
pub fn recorded_at(path: &Path, length: Millis) -> i64 {
    let changed = std::fs::metadata(path).and_then(|file| file.modified()).ok();
    let changed = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map_or(0, |since| since.as_millis() as i64);
    match File::open(path).ok().and_then(|mut file| mp4_moment(&mut file)) {
        // Some phones write down when they began, others when they ended; at the end the file itself was written too.
        Some(inside) if (changed - inside).abs() < length.0 / 2 => inside - length.0,
        Some(inside) => inside,
        // A recorder writes the file when the recording ends.
        None if changed > 0 => changed - length.0,
        None => 0,
    }
}

/// The creation time in the movie header (`moov`/`mvhd`) of an MP4.
fn mp4_moment(file: &mut File) -> Option<i64> {
    let mut at = 0;
    let end = file.seek(SeekFrom::End(0)).ok()?;
    // The movie box stands among a handful of others; a file of thousands of boxes is no recording.
    for _ in 0..64 {
        let (kind, body, next) = boxed(file, at, end)?;
        if at == 0 && &kind != b"ftyp" {
            return None;
        }
        if &kind == b"moov" {
            let (kind, body, _) = boxed(file, body, next)?;
            let mut header = [0; 12];
            file.seek(SeekFrom::Start(body)).ok()?;
            file.read_exact(&mut header).ok()?;
            let seconds = match header[0] {
                0 => i64::from(u32::from_be_bytes([header[4], header[5], header[6], header[7]])),
                _ => i64::from_be_bytes([header[4], header[5], header[6], header[7], header[8], header[9], header[10], header[11]]),
            };
            let since_1970 = seconds.checked_sub(MP4_EPOCH_S)?;
            // Zero, or a moment before there were such files, says nothing.
            return (&kind == b"mvhd" && since_1970 > 0).then(|| since_1970.checked_mul(1000)).flatten();
        }
        at = next;
    }
    None
}

/// Kind, where its contents begin, and where the next one begins.
fn boxed(file: &mut File, at: u64, end: u64) -> Option<([u8; 4], u64, u64)> {
    let mut head = [0; 8];
    file.seek(SeekFrom::Start(at)).ok()?;
    file.read_exact(&mut head).ok()?;
    let kind = [head[4], head[5], head[6], head[7]];
    let (size, body) = match u32::from_be_bytes([head[0], head[1], head[2], head[3]]) {
        0 => (end.checked_sub(at)?, at + 8),
        1 => {
            let mut large = [0; 8];
            file.read_exact(&mut large).ok()?;
            (u64::from_be_bytes(large), at + 16)
        }
        size => (u64::from(size), at + 8),
    };
    let next = at.checked_add(size)?;
    (next > at && next <= end && size >= 8).then_some((kind, body, next))
}
