//! A Matroska or WebM file whose length or table of contents is wrong, or of which a piece was lost: read as if it were whole.

use super::codecs::{open_with, unreadable};
use super::spliced::{ByteWindow, Part, Spliced, overlaid};
use crate::error::Result;
use symphonia::core::formats::FormatReader;
use symphonia::core::units::TimeBase;
use symphonia::default::formats::MkvReader;

/// What stands before each cluster of a Matroska or WebM file.
const CLUSTER: [u8; 4] = [0x1F, 0x43, 0xB6, 0x75];

/// A Matroska or WebM file, with what is wrong in it put right as it is read.
pub(super) struct Matroska {
    window: ByteWindow,
    instead: Vec<(u64, Vec<u8>)>,
    zeros: u64,
    /// Where the next cluster is looked for.
    cluster_from: u64,
}

impl Matroska {
    /// Behind a file that is shorter than it says, so many bytes of nothing: else all of its last cluster would be lost.
    const ZEROS_BEHIND: u64 = 4 << 20;

    /// Looks at what the file says of its own length.
    ///
    /// # Errors
    /// When the disk does not give the file.
    pub fn new(mut window: ByteWindow) -> Result<Self> {
        const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];
        let (mut instead, mut zeros) = (Vec::new(), 0);
        if let Some(place) = window.find(&SEGMENT, 0).map_err(unreadable)?
            && let Some((size, count)) = window.exactly::<8>(place + 4).and_then(length)
        {
            let start = place + 4 + count as u64;
            let is_known = size < (1 << (7 * count)) - 1;
            if is_known && start.saturating_add(size) > window.length {
                zeros = Self::ZEROS_BEHIND.min(start.saturating_add(size) - window.length);
                let available = (window.length + zeros - start).min((1 << (7 * count)) - 2);
                let bytes = (available | 1 << (7 * count)).to_be_bytes();
                instead.push((place + 4, bytes[8 - count..].to_vec()));
            }
        }
        Ok(Self { window, instead, zeros, cluster_from: 0 })
    }

    /// A reader of it.
    ///
    /// # Errors
    /// [`ErrorKind::NotASoundFile`](crate::error::ErrorKind::NotASoundFile), or when the disk does not give the file.
    pub fn open(&self) -> Result<Box<dyn FormatReader>> {
        let mut parts = overlaid(self.window.length, &self.instead);
        parts.push(Part::Zeros(self.zeros));
        let source = Spliced::new(self.window.file().map_err(unreadable)?, parts);
        open_with(source, |stream, options| Ok(Box::new(MkvReader::try_new(stream, options)?)))
    }

    /// Makes nothing of the table of where things stand; false when there is none.
    ///
    /// # Errors
    /// When the disk does not give the file.
    pub fn without_seek_head(&mut self) -> Result<bool> {
        const SEEK_HEAD: [u8; 4] = [0x11, 0x4D, 0x9B, 0x74];
        let Some(place) = self.window.find(&SEEK_HEAD, 0).map_err(unreadable)? else { return Ok(false) };
        let Some((size, count)) = self.window.exactly::<8>(place + 4).and_then(length) else { return Ok(false) };
        let whole = size.saturating_add(4 + count as u64);
        if whole < 9 || place.saturating_add(whole) > self.window.length {
            return Ok(false);
        }
        self.instead.push((place, nothing(whole)));
        self.instead.sort_by_key(|(place, _)| *place);
        Ok(true)
    }

    /// A reader that begins at the next whole cluster later than `clock`, in seconds; none when there is none. `base`: of its times.
    ///
    /// # Errors
    /// When the disk does not give the file.
    pub fn next_cluster(&mut self, base: TimeBase, clock: f64) -> Result<Option<Box<dyn FormatReader>>> {
        let Some(first) = self.window.find(&CLUSTER, 0).map_err(unreadable)? else { return Ok(None) };
        let mut from = self.cluster_from.max(first);
        while let Some(place) = self.window.find(&CLUSTER, from).map_err(unreadable)? {
            from = place + 4;
            let Some(ticks) = cluster_time(&mut self.window, place + 4) else { continue };
            let secs = ticks as f64 * f64::from(base.numer.get()) / f64::from(base.denom.get());
            if secs < clock || place < first + 9 {
                continue;
            }
            self.cluster_from = from;
            // What is in between becomes an element that says of itself that it is nothing; all else keeps its place.
            self.instead.retain(|(place, _)| *place < first);
            self.instead.push((first, nothing(place - first)));
            if let Ok(reader) = self.open() {
                return Ok(Some(reader));
            }
        }
        Ok(None)
    }
}

/// The length of an element, and how many bytes say it.
fn length(bytes: [u8; 8]) -> Option<(u64, usize)> {
    let count = bytes[0].leading_zeros() as usize + 1;
    let value = u64::from_be_bytes(bytes);
    (count <= 8).then(|| (value >> (64 - 8 * count) & ((1 << (7 * count)) - 1), count))
}

/// The head of an element of so many bytes in all that says of itself that it is nothing.
fn nothing(whole: u64) -> Vec<u8> {
    let mut head = vec![0xEC];
    head.extend(((whole - 9) | 0x0100_0000_0000_0000).to_be_bytes());
    head
}

/// The time of a cluster, in ticks: the first thing in it.
fn cluster_time(window: &mut ByteWindow, at: u64) -> Option<u64> {
    let bytes: [u8; 24] = window.exactly(at)?;
    // Its length takes as many bytes as its first has zeros in front, and one more.
    let size = bytes[0].leading_zeros() as usize + 1;
    // A checksum may stand before it.
    let rest = bytes.get(size..)?;
    let rest = if rest.first() == Some(&0xBF) { rest.get(6..)? } else { rest };
    let [0xE7, length, value @ ..] = rest else { return None };
    let count = usize::from(length & 0x7F);
    (length & 0x80 != 0 && (1..=8).contains(&count)).then_some(())?;
    Some(value.get(..count)?.iter().fold(0, |ticks, &byte| ticks << 8 | u64::from(byte)))
}
