//! The header of our recordings, as hound writes it before the samples of a mono 16-bit file: RIFF, fmt of 16 bytes, data.

use std::io::Read;

/// Its length in bytes.
pub(super) const HEADER: u64 = 44;

/// What stands in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct WavHeader {
    /// Whether it is one of ours: all but the sizes is as hound writes it.
    pub is_ours: bool,
    pub rate_hz: u32,
    /// The size of the file as it is claimed, without the first 8 bytes.
    pub riff_bytes: u32,
    /// The size of the samples as it is claimed.
    pub data_bytes: u32,
}

impl WavHeader {
    /// Reads it from the beginning of a file.
    ///
    /// # Errors
    /// When the file is shorter, or the disk does not give it.
    pub fn read(file: &mut impl Read) -> std::io::Result<Self> {
        let mut bytes = [0; HEADER as usize];
        file.read_exact(&mut bytes)?;
        let u32_at = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
        let rate_hz = u32_at(24);
        // 16 bytes of format: whole numbers, one channel, so many bytes a second, two a frame, 16 bits.
        let is_ours = &bytes[0..4] == b"RIFF"
            && &bytes[8..16] == b"WAVEfmt "
            && bytes[16..24] == [16, 0, 0, 0, 1, 0, 1, 0]
            && rate_hz > 0
            && rate_hz.checked_mul(2) == Some(u32_at(28))
            && bytes[32..36] == [2, 0, 16, 0]
            && &bytes[36..40] == b"data";
        Ok(Self { is_ours, rate_hz, riff_bytes: u32_at(4), data_bytes: u32_at(40) })
    }
}
