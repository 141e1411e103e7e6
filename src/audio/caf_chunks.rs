//! The sizes in a CAF that was cut off: its sound is said to be longer than it is, and nobody would read the file at all.

use super::spliced::{ByteWindow, Part, overlaid};

/// Chunks looked at; a file has a handful.
const MOST_CHUNKS: usize = 64;

/// How to read a CAF, and how long it says it lasts, in seconds, where it is shorter than that.
pub(super) fn mended(window: &mut ByteWindow, begin: u64) -> (Vec<Part>, Option<f64>) {
    let as_it_is = |window: &ByteWindow| (vec![Part::File(begin, window.length.saturating_sub(begin))], None);
    let (mut at, mut packet) = (begin + 8, None);
    for _ in 0..MOST_CHUNKS {
        let Some(head) = window.exactly::<12>(at) else { break };
        let claimed = u64::from_be_bytes(std::array::from_fn(|byte| head[4 + byte]));
        let start = at + 12;
        match &head[..4] {
            b"desc" => packet = window.exactly::<32>(start),
            // No length: it was not known when it was written.
            b"data" if claimed <= i64::MAX as u64 && start.saturating_add(claimed) > window.length => {
                let Some(description) = packet else { break };
                let u32_at = |at: usize| u64::from(u32::from_be_bytes(std::array::from_fn(|byte| description[at + byte])));
                let (rate, bytes, frames) = (f64::from_be_bytes(std::array::from_fn(|byte| description[byte])), u32_at(16), u32_at(20));
                // Four bytes count how often it was edited. Of packets that differ in size only their table says how long they last.
                let available = window.length.saturating_sub(start + 4) / bytes.max(1) * bytes.max(1) + 4;
                let lasts = (bytes > 0 && rate > 0.0).then(|| (claimed.saturating_sub(4) / bytes * frames) as f64 / rate);
                let parts = overlaid(start + available, &[(at + 4, available.to_be_bytes().to_vec())]);
                return (without_front(parts, begin), lasts);
            }
            _ => {}
        }
        let Some(next) = start.checked_add(claimed) else { break };
        at = next;
    }
    as_it_is(window)
}

/// Without what stands before the file in it: tags.
fn without_front(mut parts: Vec<Part>, begin: u64) -> Vec<Part> {
    if let Some(Part::File(from, length)) = parts.first_mut() {
        (*from, *length) = (*from + begin, length.saturating_sub(begin));
    }
    parts
}
