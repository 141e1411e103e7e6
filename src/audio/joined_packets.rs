//! QuickTime gives samples that are written as they are one by one. Here many are one packet: else a second would be 48,000 of them, and damage, which is told
//! from some hundred samples, could not be told.

use super::pcm_damage::Form;
use symphonia::core::codecs::audio::AudioCodecId;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_PCM_ALAW, CODEC_ID_PCM_MULAW, CODEC_ID_PCM_S8, CODEC_ID_PCM_U8};
use symphonia::core::errors::Result;
use symphonia::core::formats::FormatReader;
use symphonia::core::packet::Packet;
use symphonia::core::units::Duration;

/// As many as other containers have in a packet.
const FRAMES: usize = 1152;

/// The packets of a reader, joined where one follows the other.
pub(super) struct JoinedPackets {
    /// What came after the last, and is no part of it.
    held: Option<Result<Option<Packet>>>,
    /// Bytes of sound that are left, where something else stands behind them.
    remaining: u64,
}

impl JoinedPackets {
    /// None for a codec that has packets of its own. `available`: bytes of sound.
    pub fn of(codec: AudioCodecId, available: u64) -> Option<Self> {
        let is_plain = Form::of(codec).is_some() || [CODEC_ID_PCM_U8, CODEC_ID_PCM_S8, CODEC_ID_PCM_ALAW, CODEC_ID_PCM_MULAW].contains(&codec);
        is_plain.then_some(Self { held: None, remaining: available })
    }

    /// The next packet.
    ///
    /// # Errors
    /// As the reader.
    pub fn next(&mut self, reader: &mut dyn FormatReader) -> Result<Option<Packet>> {
        let Some(first) = self.held.take().unwrap_or_else(|| reader.next_packet())? else { return Ok(None) };
        let (track, mut duration, mut bytes) = (first.track_id, first.dur.get(), first.data.to_vec());
        for _ in 1..FRAMES {
            match reader.next_packet() {
                Ok(Some(next)) if next.track_id == track && next.pts.get() == first.pts.get().saturating_add_unsigned(duration) => {
                    duration = duration.saturating_add(next.dur.get());
                    bytes.extend_from_slice(&next.data);
                }
                other => {
                    self.held = Some(other);
                    break;
                }
            }
        }
        bytes.truncate(usize::try_from(self.remaining).unwrap_or(usize::MAX));
        self.remaining -= bytes.len() as u64;
        Ok((!bytes.is_empty()).then(|| Packet::new(track, first.pts, Duration::new(duration), bytes)))
    }
}
