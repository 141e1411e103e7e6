//! Where the index of an MP4 says that each packet stands, and where a piece of the file is gone: everything behind it stands earlier than the index says.

use super::mp4_boxes::{find, u32_at, u64_at};
use super::packet_shape;
use super::spliced::{ByteWindow, Part};
use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_ALAC};

/// More packets than 48 h of AAC have are none.
const MOST_PACKETS: usize = 10_000_000;
/// From so many packets in front it is learned what a packet begins with.
const LEARNED_FROM: usize = 64;
/// So many packets must be found again behind the place, and this part of all that stand there, or nothing was cut out.
const LEAST_FOUND: usize = 3;
const LEAST_SHARE: f64 = 0.8;
/// Packets in a row.
const ROW: usize = 5;

/// The packets of a sound track, in order.
pub(super) struct Packets {
    codec: AudioCodecId,
    /// From where in the file, and how many bytes.
    places: Vec<(u64, u32)>,
}

impl Packets {
    /// Of a track (`trak`), if it holds sound whose packets can be told from outside.
    pub fn of_track(track: &[u8]) -> Option<Self> {
        let table = ["mdia", "minf", "stbl"].iter().try_fold(track, |inside, name| find(inside, name.as_bytes().try_into().ok()?))?;
        let codec = match find(table, b"stsd")?.get(12..16)? {
            b"mp4a" => CODEC_ID_AAC,
            b"alac" => CODEC_ID_ALAC,
            _ => return None,
        };
        let (sizes, runs) = (find(table, b"stsz")?, find(table, b"stsc")?);
        let (offsets, is_long) = find(table, b"stco").map(|offsets| (offsets, false)).or(find(table, b"co64").map(|offsets| (offsets, true)))?;
        let (same, count) = (u32_at(sizes, 4)?, (u32_at(sizes, 8)? as usize).min(MOST_PACKETS));
        let mut places = Vec::new();
        let (mut run, mut in_chunk) = (0, 0);
        for chunk in 0..u32_at(offsets, 4)? as usize {
            // From this chunk on there are so many packets in each.
            while u32_at(runs, 8 + 12 * run).is_some_and(|first| first as usize <= chunk + 1) && run < u32_at(runs, 4)? as usize {
                in_chunk = u32_at(runs, 12 + 12 * run)?;
                run += 1;
            }
            let mut at = if is_long { u64_at(offsets, 8 + 8 * chunk)? } else { u64::from(u32_at(offsets, 8 + 4 * chunk)?) };
            for _ in 0..in_chunk {
                if places.len() >= count {
                    break;
                }
                let size = if same > 0 { same } else { u32_at(sizes, 12 + 4 * places.len())? };
                places.push((at, size));
                at += u64::from(size);
            }
        }
        Some(Self { codec, places })
    }

    /// How the file is to be read when `lost` bytes are not there any more and these packets tell where they were: zeros stand in their place, so that
    /// everything is again where the index says.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn without_gap(&self, window: &mut ByteWindow, lost: u64) -> std::io::Result<Option<Vec<Part>>> {
        let Some(front) = self.front(window)? else { return Ok(None) };
        // Of each packet: whether one stands where the index says, and whether one stands earlier by what is lost.
        let mut at_place = Vec::with_capacity(self.places.len());
        for &(at, size) in &self.places {
            at_place.push(self.is_packet(window, front, at, size)?);
        }
        let mut earlier = Vec::with_capacity(self.places.len());
        for &(at, size) in &self.places {
            earlier.push(match at.checked_sub(lost) {
                Some(at) => self.is_packet(window, front, at, size)?,
                None => false,
            });
        }
        // The place before which most stand where they should, and behind which most stand earlier.
        let behind_all = earlier.iter().filter(|is| **is).count();
        let (mut best, mut here) = ((behind_all, 0), behind_all);
        for (number, (at_place, earlier)) in at_place.iter().zip(&earlier).enumerate() {
            here = here + usize::from(*at_place) - usize::from(*earlier);
            if here > best.0 {
                best = (here, number + 1);
            }
        }
        // One may look like one by chance; a row of them does not.
        let is_row = |from: &usize| {
            let row = &earlier[*from..(*from + ROW).min(earlier.len())];
            earlier[*from] && row.iter().filter(|is| **is).count() as f64 >= row.len() as f64 * LEAST_SHARE
        };
        let first_behind = (best.1..earlier.len()).find(is_row).unwrap_or(earlier.len());
        let found = earlier[first_behind..].iter().filter(|is| **is).count();
        let all = earlier.len() - first_behind;
        if found < LEAST_FOUND || (found as f64) < all as f64 * LEAST_SHARE {
            return Ok(None);
        }
        let to = self.places[first_behind].0;
        let rest = to - lost;
        // What was cut in two by it is no packet: the zeros begin where the last whole one ends. What looks like one among those that are gone is by chance.
        let end = |number: usize| self.places[number].0 + u64::from(self.places[number].1);
        let from = (0..best.1).rev().filter(|&number| at_place[number]).map(end).find(|&end| end <= rest).unwrap_or(rest);
        Ok(Some(vec![Part::File(0, from), Part::Zeros(to - from), Part::File(rest, window.length - rest)]))
    }

    /// What most packets in front begin with.
    fn front(&self, window: &mut ByteWindow) -> std::io::Result<Option<u16>> {
        let mut fronts = Vec::new();
        for &(at, _) in self.places.iter().take(LEARNED_FROM) {
            fronts.extend(packet_shape::front(self.codec, window.at(at, 2)?));
        }
        let count = |front: u16| fronts.iter().filter(|&&other| other == front).count();
        Ok(fronts.iter().copied().max_by_key(|&front| count(front)))
    }

    fn is_packet(&self, window: &mut ByteWindow, front: u16, at: u64, size: u32) -> std::io::Result<bool> {
        let end = at + u64::from(size);
        if size < 2 || end > window.length || packet_shape::front(self.codec, window.at(at, 2)?) != Some(front) {
            return Ok(false);
        }
        Ok(packet_shape::ends(window.at(end - 2, 2)?))
    }
}
