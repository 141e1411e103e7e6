//! A WAV from elsewhere whose header claims no sound, or more than there is, is read by the length of its file.
//!
//! Recorders whose battery ran out leave a size of 0, programs that write into a pipe the most there can be. The file itself is not touched.

use std::fs::File;
use std::io::{Read, Result, Seek, SeekFrom};
use symphonia::core::io::MediaSource;

/// Chunks looked at before the sound; a header has a handful.
const MOST_CHUNKS: usize = 64;

/// A file with the sizes of a WAV's header put right as it is read.
pub(super) struct ByLength {
    file: File,
    length: u64,
    /// Read in place of the file's own bytes: from where, and which.
    instead: Vec<(u64, [u8; 4])>,
    at: u64,
}

impl ByLength {
    /// Looks at the header once.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn new(mut file: File) -> Result<Self> {
        let length = file.metadata()?.len();
        // What is no WAV, or ends before its sound begins, has no sizes to put right: the decoders say what it is.
        let instead = true_sizes(&mut file, length).unwrap_or_default();
        file.rewind()?;
        Ok(Self { file, length, instead, at: 0 })
    }
}

/// The sizes that a WAV's header has wrong, as they should be; none for a header that is right.
fn true_sizes(file: &mut File, length: u64) -> Option<Vec<(u64, [u8; 4])>> {
    let (riff, riff_size) = chunk(file, 0)?;
    let (wave, _) = chunk(file, 8)?;
    if &riff != b"RIFF" || &wave != b"WAVE" {
        return None;
    }
    let mut at = 12;
    for _ in 0..MOST_CHUNKS {
        let (name, claimed) = chunk(file, at)?;
        let start = at + 8;
        if &name != b"data" {
            // Each begins at an even place.
            at = start + u64::from(claimed).next_multiple_of(2);
            continue;
        }
        let there = length.saturating_sub(start);
        let is_wrong = u64::from(claimed) > there || (claimed == 0 && there > 0 && !is_chunk(file, start, length));
        let true_size = if is_wrong { there } else { u64::from(claimed) };
        let mut instead = Vec::new();
        if is_wrong {
            // What is longer than can be said is said to be of unknown length, as by a program that writes into a pipe.
            instead.push((at + 4, u32::try_from(true_size).unwrap_or(u32::MAX).to_le_bytes()));
        }
        if u64::from(riff_size) + 8 < start + true_size || is_wrong {
            instead.push((4, u32::MAX.to_le_bytes()));
        }
        return Some(instead);
    }
    None
}

/// Name and size of the chunk that begins here.
fn chunk(file: &mut File, at: u64) -> Option<([u8; 4], u32)> {
    let mut head = [0; 8];
    file.seek(SeekFrom::Start(at)).ok()?;
    file.read_exact(&mut head).ok()?;
    let [a, b, c, d, e, f, g, h] = head;
    Some(([a, b, c, d], u32::from_le_bytes([e, f, g, h])))
}

/// Whether another chunk begins here rather than sound: it has a name in letters and ends within the file.
fn is_chunk(file: &mut File, at: u64, length: u64) -> bool {
    chunk(file, at).is_some_and(|(name, size)| name.iter().all(|letter| letter.is_ascii_graphic() || *letter == b' ') && at + 8 + u64::from(size) <= length)
}

impl Read for ByLength {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let count = self.file.read(buffer)?;
        for (from, bytes) in &self.instead {
            for (place, byte) in (*from..).zip(bytes) {
                if let Some(offset) = place.checked_sub(self.at).filter(|&offset| offset < count as u64) {
                    buffer[offset as usize] = *byte;
                }
            }
        }
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for ByLength {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.at = self.file.seek(to)?;
        Ok(self.at)
    }
}

impl MediaSource for ByLength {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length)
    }
}
