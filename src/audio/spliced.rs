//! A file read as if it were another: pieces of it, and a few bytes of our own, one after the other. The file itself is not touched.

use std::fs::File;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};
use symphonia::core::io::MediaSource;

/// What stands in the place of a file's own bytes.
#[derive(Debug)]
pub(super) enum Part {
    /// Bytes of our own.
    Bytes(Vec<u8>),
    /// Of the file: from where, and how many.
    File(u64, u64),
    /// So many zeros.
    Zeros(u64),
}

impl Part {
    fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::File(_, length) | Self::Zeros(length) => *length,
        }
    }
}

/// A file of this length with other bytes in some places; sorted, never overlapping.
pub(super) fn overlaid(length: u64, instead: &[(u64, Vec<u8>)]) -> Vec<Part> {
    let (mut parts, mut at) = (Vec::new(), 0);
    for (place, bytes) in instead {
        parts.push(Part::File(at, place.saturating_sub(at)));
        parts.push(Part::Bytes(bytes.clone()));
        at = place + bytes.len() as u64;
    }
    parts.push(Part::File(at, length.saturating_sub(at)));
    parts
}

/// Parts one after the other.
pub(super) struct Spliced {
    file: File,
    parts: Vec<Part>,
    at: u64,
}

impl Spliced {
    pub fn new(file: File, parts: Vec<Part>) -> Self {
        Self { file, parts, at: 0 }
    }

    /// The whole file from this place on.
    pub fn from(file: File, start: u64, length: u64) -> Self {
        Self::new(file, vec![Part::File(start, length.saturating_sub(start))])
    }

    fn length(&self) -> u64 {
        self.parts.iter().map(Part::length).sum()
    }
}

impl Read for Spliced {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let mut start = 0;
        for part in &self.parts {
            let length = part.length();
            if self.at >= start + length {
                start += length;
                continue;
            }
            let inside = self.at - start;
            let most = buffer.len().min(usize::try_from(length - inside).unwrap_or(usize::MAX));
            let count = match part {
                Part::Bytes(bytes) => {
                    let from = inside as usize;
                    buffer[..most].copy_from_slice(&bytes[from..from + most]);
                    most
                }
                Part::Zeros(_) => {
                    buffer[..most].fill(0);
                    most
                }
                Part::File(from, _) => {
                    self.file.seek(SeekFrom::Start(from + inside))?;
                    self.file.read(&mut buffer[..most])?
                }
            };
            self.at += count as u64;
            return Ok(count);
        }
        Ok(0)
    }
}

impl Seek for Spliced {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = to.ok_or_else(|| Error::from(ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

impl MediaSource for Spliced {
    fn is_seekable(&self) -> bool {
        true
    }

    fn byte_len(&self) -> Option<u64> {
        Some(self.length())
    }
}

/// Bytes of a file, read where they are asked for; whatever goes backwards or far ahead is read again.
pub(super) struct ByteWindow {
    file: File,
    /// Of the file.
    pub length: u64,
    start: u64,
    bytes: Vec<u8>,
}

/// So much is read at once.
const BLOCK: usize = 1 << 18;

impl ByteWindow {
    /// Looks at nothing yet.
    ///
    /// # Errors
    /// When the length of the file is not known.
    pub fn new(file: File) -> Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file, length, start: 0, bytes: Vec::new() })
    }

    /// The bytes from here on, as many as were asked for, or fewer at the end of the file; at most one block.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn at(&mut self, at: u64, count: usize) -> Result<&[u8]> {
        let available = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX).min(count.min(BLOCK));
        if at < self.start || at + available as u64 > self.start + self.bytes.len() as u64 {
            self.file.seek(SeekFrom::Start(at))?;
            self.bytes.clear();
            (&self.file).take(BLOCK as u64).read_to_end(&mut self.bytes)?;
            self.start = at;
        }
        let from = (at - self.start) as usize;
        let until = (from + available).min(self.bytes.len());
        Ok(&self.bytes[from.min(until)..until])
    }

    /// Exactly so many bytes, if they are there.
    pub fn exactly<const N: usize>(&mut self, at: u64) -> Option<[u8; N]> {
        self.at(at, N).ok()?.try_into().ok()
    }

    /// Where these bytes stand next, from a place on.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn find(&mut self, what: &[u8], mut from: u64) -> Result<Option<u64>> {
        while from + what.len() as u64 <= self.length {
            let block = self.at(from, BLOCK)?;
            if let Some(place) = block.windows(what.len()).position(|window| window == what) {
                return Ok(Some(from + place as u64));
            }
            // What stands across the border of two blocks is not missed.
            let step = block.len().saturating_sub(what.len() - 1);
            if step == 0 {
                break;
            }
            from += step as u64;
        }
        Ok(None)
    }

    /// The file, to be read by others.
    ///
    /// # Errors
    /// When the system gives no second handle.
    pub fn file(&self) -> Result<File> {
        self.file.try_clone()
    }
}
