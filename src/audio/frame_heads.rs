//! The heads of frames that stand in a file without a container: how long each is, and what a decoder is told of it.

use symphonia::core::audio::{Channels, Position};
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_AC3, CODEC_ID_EAC3, CODEC_ID_MP1, CODEC_ID_MP2, CODEC_ID_MP3};
use symphonia::core::codecs::audio::{AudioCodecId, AudioCodecParameters};

/// The head of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub codec: AudioCodecId,
    pub rate_hz: u32,
    channels: u8,
    /// Bytes of the whole frame.
    pub bytes: usize,
    /// Bytes before the sound, for AAC; all other decoders want the head too.
    pub head: usize,
    /// Frames of sound in it.
    samples: u32,
    /// Bytes of side information, for MP3.
    pub side: usize,
}

impl Head {
    pub fn secs(&self) -> f64 {
        f64::from(self.samples) / f64::from(self.rate_hz)
    }

    /// Whether it is of a kind that another program decodes, always or where what is built in refuses it, and is whole when it is handed on.
    pub fn is_helped(&self) -> bool {
        [CODEC_ID_AC3, CODEC_ID_EAC3, CODEC_ID_MP1, CODEC_ID_MP2].contains(&self.codec)
    }

    /// Whether both can be frames of one stream. Files that were joined may differ in rate and channels, not in the kind.
    pub fn is_like(&self, other: &Self) -> bool {
        self.codec == other.codec
    }

    /// Whether one decoder does for both.
    pub fn is_same_stream(&self, other: &Self) -> bool {
        (self.codec, self.rate_hz, self.channels) == (other.codec, other.rate_hz, other.channels)
    }

    /// What the decoder is told.
    pub fn params(&self) -> AudioCodecParameters {
        let mut params = AudioCodecParameters::new();
        let positions = match self.channels {
            1 => Position::FRONT_LEFT,
            2 => Position::FRONT_LEFT | Position::FRONT_RIGHT,
            3 => Position::FRONT_CENTER | Position::FRONT_LEFT | Position::FRONT_RIGHT,
            4 => Position::FRONT_CENTER | Position::FRONT_LEFT | Position::FRONT_RIGHT | Position::REAR_CENTER,
            5 => Position::FRONT_CENTER | Position::FRONT_LEFT | Position::FRONT_RIGHT | Position::SIDE_LEFT | Position::SIDE_RIGHT,
            _ => Position::FRONT_CENTER | Position::FRONT_LEFT | Position::FRONT_RIGHT | Position::SIDE_LEFT | Position::SIDE_RIGHT | Position::LFE1,
        };
        params.for_codec(self.codec).with_sample_rate(self.rate_hz).with_channels(Channels::Positioned(positions));
        params
    }
}

/// Whether a head may begin with this byte.
pub(super) fn may_begin(byte: u8) -> bool {
    byte == 0xFF || byte == 0x0B
}

/// Reads the head of a frame, if one begins here.
pub(super) fn head(bytes: &[u8]) -> Option<Head> {
    let &[first, second, third, fourth, ..] = bytes else { return None };
    if first == 0x0B && second == 0x77 {
        return ac3(bytes);
    }
    if first != 0xFF || second & 0xE0 != 0xE0 {
        return None;
    }
    if second & 0xF6 == 0xF0 { adts(bytes) } else { mpeg(second, third, fourth) }
}

fn adts(bytes: &[u8]) -> Option<Head> {
    const RATES: [u32; 13] = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350];
    let &[_, second, third, fourth, fifth, sixth, seventh, ..] = bytes else { return None };
    let rate_hz = *RATES.get(usize::from(third >> 2 & 15))?;
    let channels = (third & 1) << 2 | fourth >> 6;
    let length = usize::from(fourth & 3) << 11 | usize::from(fifth) << 3 | usize::from(sixth >> 5);
    let head = if second & 1 == 0 { 9 } else { 7 };
    // Low complexity is what the decoder knows; several blocks in a frame are what no phone makes.
    let is_known = third >> 6 == 1 && seventh & 3 == 0 && (1..=6).contains(&channels) && length > head;
    is_known.then_some(Head { codec: CODEC_ID_AAC, rate_hz, channels, bytes: length, head, samples: 1024, side: 0 })
}

fn mpeg(second: u8, third: u8, fourth: u8) -> Option<Head> {
    const FIRST: [[u32; 15]; 3] = [
        [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
        [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
        [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
    ];
    const LATER: [[u32; 15]; 2] =
        [[0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256], [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]];
    let (version, layer) = (second >> 3 & 3, 4 - (second >> 1 & 3));
    let is_first = version == 3;
    let rate_hz = [44_100, 48_000, 32_000].get(usize::from(third >> 2 & 3))? >> [2, 0, 1, 0][usize::from(version)];
    let kbits = match (usize::from(third >> 4), is_first, layer) {
        (_, _, 4) => return None,
        (index, true, layer) => *FIRST[usize::from(layer) - 1].get(index)?,
        (index, false, layer) => *LATER[usize::from(layer > 1)].get(index)?,
    };
    // A version that is reserved, no length at all, an emphasis that is reserved.
    if version == 1 || kbits == 0 || fourth & 3 == 2 {
        return None;
    }
    let padding = usize::from(third >> 1 & 1);
    let is_mono = fourth >> 6 == 3;
    let (codec, samples, bytes) = match layer {
        1 => (CODEC_ID_MP1, 384, (12 * kbits as usize * 1000 / rate_hz as usize + padding) * 4),
        2 => (CODEC_ID_MP2, 1152, 144 * kbits as usize * 1000 / rate_hz as usize + padding),
        _ if is_first => (CODEC_ID_MP3, 1152, 144 * kbits as usize * 1000 / rate_hz as usize + padding),
        _ => (CODEC_ID_MP3, 576, 72 * kbits as usize * 1000 / rate_hz as usize + padding),
    };
    let side = match (is_first, is_mono) {
        (true, false) => 32,
        (true, true) | (false, false) => 17,
        (false, true) => 9,
    };
    Some(Head { codec, rate_hz, channels: if is_mono { 1 } else { 2 }, bytes, head: 0, samples, side })
}

/// AC-3 and E-AC-3, which are read by another program: how long each frame is, is all that is needed here.
fn ac3(bytes: &[u8]) -> Option<Head> {
    const KBITS: [usize; 19] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 576, 640];
    const RATES: [u32; 3] = [48_000, 44_100, 32_000];
    let &[_, _, third, fourth, fifth, sixth, ..] = bytes else { return None };
    let (version, rate) = (sixth >> 3, RATES.get(usize::from(fifth >> 6)).copied());
    match version {
        // What is below the usual version has half or a quarter of the rate.
        ..=10 => {
            let (rate, kbits) = (rate?, *KBITS.get(usize::from(fifth & 63) / 2)?);
            let words = kbits * 96_000 / rate as usize + usize::from(rate == 44_100 && fifth & 1 == 1);
            let rate_hz = rate >> version.saturating_sub(8);
            Some(Head { codec: CODEC_ID_AC3, rate_hz, channels: 1, bytes: words * 2, head: 0, samples: 1536, side: 0 })
        }
        11..=16 => {
            let (kind, stream) = (third >> 6, third >> 3 & 7);
            let bytes = (usize::from(third & 7) << 8 | usize::from(fourth)) * 2 + 2;
            let (rate_hz, blocks) = match rate {
                Some(rate) => (rate, [1, 2, 3, 6][usize::from(fifth >> 4 & 3)]),
                None => (*RATES.get(usize::from(fifth >> 4 & 3))? / 2, 6),
            };
            // More channels, or another program beside the first, take no time of their own.
            let samples = if kind == 1 || stream > 0 { 0 } else { blocks * 256 };
            (kind < 3 && bytes > 16).then_some(Head { codec: CODEC_ID_EAC3, rate_hz, channels: 1, bytes, head: 0, samples, side: 0 })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn frames_of_ac3_are_as_long_as_their_heads_say() {
        // 192 kbit/s at 48 kHz, 32 ms each: 768 bytes; at 44.1 kHz 835.9, which is 417 or 418 words.
        let length = |head: [u8; 8]| super::head(&head).map(|head| (head.bytes, head.rate_hz, head.samples));
        assert_eq!(length([0x0B, 0x77, 0, 0, 0x14, 8 << 3, 0, 0]), Some((768, 48_000, 1536)));
        assert_eq!(length([0x0B, 0x77, 0, 0, 0x54, 8 << 3, 0, 0]), Some((834, 44_100, 1536)));
        assert_eq!(length([0x0B, 0x77, 0, 0, 0x55, 8 << 3, 0, 0]), Some((836, 44_100, 1536)));
        assert_eq!(length([0x0B, 0x77, 0x01, 0x7F, 0x30, 16 << 3, 0, 0]), Some((768, 48_000, 1536)));
        assert_eq!(length([0x0B, 0x77, 0, 0, 0xC0, 8 << 3, 0, 0]), None, "a rate that is reserved");
    }
}
