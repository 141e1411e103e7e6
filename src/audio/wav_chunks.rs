//! The WAV family: RIFF, and RF64, BW64 and W64 for what is longer than RIFF can say. All of them are read as one plain WAV with sizes that are true.
//!
//! Recorders whose battery ran out leave a size of 0, programs that write into a pipe the most there can be: then the length of the file decides.

use super::spliced::{ByteWindow, Part, Spliced};

/// Chunks looked at before the sound; a header has a handful.
const MOST_CHUNKS: usize = 64;
/// The longest description of a format.
const MOST_FORMAT: u64 = 4096;
/// Codes of formats.
const ADPCM_MS: u16 = 2;
const ADPCM_IMA: u16 = 17;
/// After their first four letters, the names of chunks of a W64 go on like this.
const W64_NAME: [u8; 12] = [0xF3, 0xAC, 0xD3, 0x11, 0x8C, 0xD1, 0x00, 0xC0, 0x4F, 0x8E, 0xDB, 0x8A];

/// What a file of the family holds.
pub(super) struct WavChunks {
    format: Vec<u8>,
    fact: Option<[u8; 4]>,
    /// Where the sound begins.
    start: u64,
    /// Bytes of sound that are there.
    available: u64,
    /// Bytes of sound by its header; none where the header says that it does not know, or what cannot be.
    claimed: Option<u64>,
}

impl WavChunks {
    /// Looks at the header; none for what is no such file, or ends before its sound begins.
    pub fn read(window: &mut ByteWindow, begin: u64) -> Option<Self> {
        let head: [u8; 12] = window.exactly(begin)?;
        match (&head[..4], &head[8..]) {
            (b"RIFF" | b"RF64" | b"BW64", b"WAVE") => Self::chunks(window, begin),
            (b"riff", _) => Self::w64(window, begin),
            _ => None,
        }
    }

    fn chunks(window: &mut ByteWindow, begin: u64) -> Option<Self> {
        let (mut at, mut format, mut fact, mut long) = (begin + 12, None, None, None);
        for _ in 0..MOST_CHUNKS {
            let (name, claimed) = chunk(window, at)?;
            let start = at + 8;
            match &name {
                b"ds64" => long = window.exactly::<16>(start).map(|sizes| u64::from_le_bytes(std::array::from_fn(|byte| sizes[8 + byte]))),
                b"fmt " => format = bytes(window, start, u64::from(claimed)),
                b"fact" => fact = window.exactly(start),
                b"data" => {
                    let available = window.length.saturating_sub(start);
                    let is_zero = claimed == 0 && available > 0 && !is_chunk(window, start);
                    let claimed = match (claimed, long) {
                        (u32::MAX, Some(long)) => Some(long),
                        (u32::MAX, None) => None,
                        (0, _) if is_zero => None,
                        // The most a program that writes into a pipe can say, less what it knows of its header.
                        (claimed, _) if claimed >= u32::MAX - 4096 || claimed == i32::MAX as u32 => None,
                        (claimed, _) => Some(u64::from(claimed)),
                    };
                    return Some(Self { format: format?, fact, start, available: claimed.map_or(available, |claimed| claimed.min(available)), claimed });
                }
                _ => {}
            }
            // Each begins at an even place.
            at = start + u64::from(claimed).next_multiple_of(2);
        }
        None
    }

    fn w64(window: &mut ByteWindow, begin: u64) -> Option<Self> {
        let (mut at, mut format) = (begin + 40, None);
        for _ in 0..MOST_CHUNKS {
            let head: [u8; 24] = window.exactly(at)?;
            let size = u64::from_le_bytes(std::array::from_fn(|byte| head[16 + byte]));
            if head[4..16] != W64_NAME && &head[..4] != b"junk" {
                return None;
            }
            // The size counts the 24 bytes of the head.
            let (start, inside) = (at + 24, size.saturating_sub(24));
            match &head[..4] {
                b"fmt " => format = bytes(window, start, inside),
                b"data" => {
                    let available = window.length.saturating_sub(start);
                    let claimed = (inside > 0 && inside < i64::MAX as u64).then_some(inside);
                    return Some(Self { format: format?, fact: None, start, available: claimed.map_or(available, |claimed| claimed.min(available)), claimed });
                }
                _ => {}
            }
            at = at.checked_add(size.max(24).checked_next_multiple_of(8)?)?;
        }
        None
    }

    /// Seconds of sound that the header speaks of.
    pub fn claimed_secs(&self) -> Option<f64> {
        let two = |at: usize| Some(u16::from_le_bytes([*self.format.get(at)?, *self.format.get(at + 1)?]));
        let four = |at: usize| Some(u32::from(two(at + 2)?) << 16 | u32::from(two(at)?));
        let claimed = self.claimed? as f64;
        let secs = match two(0)? {
            // ADPCM: programs write any bytes a second there (one writes 16,000 for all), but blocks of so many samples.
            ADPCM_MS | ADPCM_IMA => claimed / f64::from(two(12)?) * f64::from(two(18)?) / f64::from(four(4)?),
            _ => claimed / f64::from(four(8)?),
        };
        secs.is_finite().then_some(secs)
    }

    /// The same sound as a plain WAV.
    pub fn plain(&self, window: &ByteWindow) -> std::io::Result<Spliced> {
        let mut head = b"RIFF\xFF\xFF\xFF\xFFWAVE".to_vec();
        let mut add = |name: &[u8; 4], body: &[u8]| {
            head.extend_from_slice(name);
            head.extend_from_slice(&(body.len() as u32).to_le_bytes());
            head.extend_from_slice(body);
            head.resize(head.len().next_multiple_of(2), 0);
        };
        add(b"fmt ", &self.format);
        if let Some(fact) = &self.fact {
            add(b"fact", fact);
        }
        head.extend_from_slice(b"data");
        // What is longer than can be said is said to be of unknown length: it is read to the end of what is handed on here.
        head.extend_from_slice(&u32::try_from(self.available).unwrap_or(u32::MAX).to_le_bytes());
        Ok(Spliced::new(window.file()?, vec![Part::Bytes(head), Part::File(self.start, self.available)]))
    }
}

fn bytes(window: &mut ByteWindow, at: u64, count: u64) -> Option<Vec<u8>> {
    let count = usize::try_from(count.min(MOST_FORMAT)).ok()?;
    window.at(at, count).ok().filter(|bytes| bytes.len() == count).map(<[u8]>::to_vec)
}

/// Name and size of the chunk that begins here.
fn chunk(window: &mut ByteWindow, at: u64) -> Option<([u8; 4], u32)> {
    let [a, b, c, d, e, f, g, h] = window.exactly(at)?;
    Some(([a, b, c, d], u32::from_le_bytes([e, f, g, h])))
}

/// Whether another chunk begins here rather than sound: it has a name in letters and ends within the file.
fn is_chunk(window: &mut ByteWindow, at: u64) -> bool {
    let length = window.length;
    chunk(window, at).is_some_and(|(name, size)| name.iter().all(|letter| letter.is_ascii_graphic() || *letter == b' ') && at + 8 + u64::from(size) <= length)
}
