//! What a packet of AAC or of ALAC looks like from outside: their decoders take noise for sound, and without a checksum only the shape tells.
//!
//! Both are a row of elements. The first says of what kind it is, and is the same in all packets of a recording; behind the last stand three bits that say
//! that nothing follows, and zeros up to the next whole byte.

use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_AAC, CODEC_ID_ALAC, CODEC_ID_FLAC, CODEC_ID_OPUS, CODEC_ID_VORBIS};

/// So many packets must end as they should before one that does not is taken for damage: there may be encoders that put something behind.
const LEARNED_FROM: u32 = 32;
/// So many zeros one after the other are no packet of any of these codecs.
const LEAST_ZEROS: usize = 8;

/// What a packet looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PacketState {
    Whole,
    /// It ends as none before it did: beside damage it is damaged too.
    Doubtful,
    Damaged,
}

/// The shape of the packets of one stream, as far as it is known.
pub(super) struct Shape {
    codec: AudioCodecId,
    seen: u32,
    all_end: bool,
}

impl Shape {
    pub fn of(codec: AudioCodecId) -> Self {
        Self { codec, seen: 0, all_end: true }
    }

    /// How the next packet looks.
    pub fn look(&mut self, packet: &[u8]) -> PacketState {
        let may_be_empty = ![CODEC_ID_AAC, CODEC_ID_ALAC, CODEC_ID_FLAC, CODEC_ID_OPUS, CODEC_ID_VORBIS].contains(&self.codec);
        let is_empty = packet.is_empty() || (!may_be_empty && packet.len() >= LEAST_ZEROS && packet.iter().all(|&byte| byte == 0));
        if is_empty || (self.codec == CODEC_ID_ALAC && !begins_as_alac(packet)) {
            return PacketState::Damaged;
        }
        if self.codec != CODEC_ID_ALAC && self.codec != CODEC_ID_AAC {
            return PacketState::Whole;
        }
        let ends = ends(packet);
        if self.seen < LEARNED_FROM {
            self.seen += 1;
            self.all_end &= ends;
        }
        if ends || !self.all_end { PacketState::Whole } else { PacketState::Doubtful }
    }
}

/// An element of one or two channels; twelve bits of its head are zero.
fn begins_as_alac(packet: &[u8]) -> bool {
    let &[first, second, third, ..] = packet else { return false };
    matches!(first >> 5, 0 | 1 | 3) && first & 1 == 0 && second == 0 && third >> 5 == 0
}

/// Whether the last bits say that nothing follows.
pub(super) fn ends(packet: &[u8]) -> bool {
    let &[.., before, last] = packet else { return false };
    let both = u16::from_be_bytes([before, last]);
    let zeros = both.trailing_zeros();
    zeros < 8 && both >> zeros & 7 == 7
}

/// What all packets of a stream have in front: the kind and the number of the first element. None for codecs of which it says nothing.
pub(super) fn front(codec: AudioCodecId, packet: &[u8]) -> Option<u16> {
    let &[first, second, ..] = packet else { return None };
    match codec {
        CODEC_ID_AAC => Some(u16::from(first >> 1)),
        CODEC_ID_ALAC => Some(u16::from_be_bytes([first, second])),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_end_of_a_packet_is_zeros() {
        for packet in [&[0, 0b111][..], &[0, 0b1110_0000], &[1, 0b1100_0000], &[0b11, 0b1000_0000], &[0xFF, 0xFF]] {
            assert!(ends(packet), "{packet:?}");
        }
        for packet in [&[][..], &[7], &[0, 0], &[0, 0b110], &[7, 0], &[0, 0b1011]] {
            assert!(!ends(packet), "{packet:?}");
        }
    }

    #[test]
    fn damage_is_told_by_what_the_stream_looked_like_before() {
        let (whole, other) = ([0x21, 0x10, 0x07], [0x21, 0x10, 0x02]);
        let mut shape = Shape::of(CODEC_ID_AAC);
        assert!((0..LEARNED_FROM).all(|_| shape.look(&whole) == PacketState::Whole));
        assert_eq!([shape.look(&other), shape.look(&[0; 40]), shape.look(&whole)], [PacketState::Doubtful, PacketState::Damaged, PacketState::Whole]);
        let mut odd = Shape::of(CODEC_ID_AAC);
        assert!((0..100).all(|_| odd.look(&other) == PacketState::Whole && odd.look(&whole) == PacketState::Whole), "an encoder that ends otherwise");
        let alac = |packet: &[u8]| Shape::of(CODEC_ID_ALAC).look(packet);
        assert_eq!(
            [alac(&[0x20, 0, 0x13, 0x07]), alac(&[0x20, 9, 0x13, 0x07]), alac(&[0xFF, 0, 0, 0x07])],
            [PacketState::Whole, PacketState::Damaged, PacketState::Damaged]
        );
        let opus = |packet: &[u8]| Shape::of(CODEC_ID_OPUS).look(packet);
        assert_eq!([opus(&[0; 3]), opus(&[0; 30]), opus(&[])], [PacketState::Whole, PacketState::Damaged, PacketState::Damaged]);
    }
}
