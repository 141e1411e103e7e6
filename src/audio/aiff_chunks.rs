//! The sizes in an AIFF that lost a piece or was never finished: its sound is said to be longer than it is, and nobody would read the file at all.

use super::spliced::{ByteWindow, Part};

/// Chunks looked at; a file has a handful.
const MOST_CHUNKS: usize = 64;
/// The longest description of a sound.
const MOST_DESCRIPTION: u32 = 4096;

/// How to read an AIFF, and how long it says it lasts, in seconds, where it is shorter than that.
pub(super) fn mended(window: &mut ByteWindow, begin: u64) -> (Vec<Part>, Option<f64>) {
    let whole = |window: &ByteWindow| (vec![Part::File(begin, window.length.saturating_sub(begin))], None);
    cut_short(window, begin).unwrap_or_else(|| whole(window))
}

fn cut_short(window: &mut ByteWindow, begin: u64) -> Option<(Vec<Part>, Option<f64>)> {
    let [.., a, b, c, kind] = window.exactly::<12>(begin)?;
    let (mut at, mut described) = (begin + 12, None);
    for _ in 0..MOST_CHUNKS {
        let head = window.exactly::<8>(at)?;
        let claimed = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        let start = at + 8;
        match &head[..4] {
            b"COMM" if claimed <= MOST_DESCRIPTION => {
                described = window.at(start, claimed as usize).ok().filter(|bytes| bytes.len() == claimed as usize).map(<[u8]>::to_vec);
            }
            // Two numbers stand before the samples. A size of zero: it was not known when it was written.
            b"SSND" => {
                let available = u32::try_from(window.length.saturating_sub(start)).unwrap_or(u32::MAX - 1024);
                if claimed >= 8 && claimed <= available || available <= 8 {
                    return None;
                }
                let description = described?;
                let mut chunks = [b"COMM", &(description.len() as u32).to_be_bytes()[..], &description].concat();
                // Each ends at an even place.
                chunks.resize(chunks.len().next_multiple_of(2), 0);
                chunks.extend([b"SSND", available.to_be_bytes().as_slice()].concat());
                let size = (4 + chunks.len() as u32).saturating_add(available);
                let front = [b"FORM", &size.to_be_bytes()[..], &[a, b, c, kind], &chunks].concat();
                let parts = vec![Part::Bytes(front), Part::File(start, u64::from(available)), Part::Zeros(u64::from(available % 2))];
                return Some((parts, lasts(&description)));
            }
            _ => {}
        }
        at = start + u64::from(claimed).next_multiple_of(2);
    }
    None
}

/// How long the sound is by its description, in seconds.
fn lasts(description: &[u8]) -> Option<f64> {
    let [_, _, frames @ .., _, _, first, second, _, _, _, _, _, _, _, _] = description.get(..18)? else { return None };
    let frames = u32::from_be_bytes(frames.try_into().ok()?);
    // A number of ten bytes: the power of two of its first bit, and its bits.
    let power = i32::from(u16::from_be_bytes([*first, *second]) & 0x7FFF) - 16_383;
    let bits = u64::from_be_bytes(description.get(10..18)?.try_into().ok()?);
    let rate = bits as f64 * 2_f64.powi(power - 63);
    (rate >= 1.0 && frames > 0).then(|| f64::from(frames) / rate)
}
