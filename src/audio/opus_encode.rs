//! A recording made small enough to travel: Ogg Opus, which every browser plays and Afterbell reads back.

use super::convert::SPEECH_RATE_HZ;
use super::decode::decode_blocks;
use crate::conference::Millis;
use crate::error::{Error, ErrorKind, Result};
use ogg::writing::{PacketWriteEndInfo, PacketWriter};
use opusic_c::{Application, Bitrate, Channels, Encoder, SampleRate};
use std::path::Path;

/// Speech stays clear at this rate, a quiet child too: 11 MB an hour.
const BITS_PER_SECOND: u32 = 24_000;
/// 20 ms, the usual length of a packet.
const FRAME: usize = SPEECH_RATE_HZ as usize / 50;
/// Opus counts in samples of 48 kHz.
const PER_SAMPLE: u64 = 48_000 / SPEECH_RATE_HZ as u64;
/// No packet of 20 ms is larger (RFC 6716).
const LARGEST_PACKET: usize = 1276;
/// Any number names the one stream in the file.
const STREAM: u32 = 0x0AF7_E4BE;

/// A sound file as Ogg Opus, mono, up to its `end` if one is given. `check` hears how much is done, 0 to 1, and stops the work with an error.
///
/// # Errors
/// When the file cannot be read, or `check` says to stop.
pub fn encode_opus(path: &Path, end: Option<Millis>, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Vec<u8>> {
    let mut encoder = OpusEncoder::new()?;
    let mut left = end.map_or(usize::MAX, |end| end.samples(SPEECH_RATE_HZ));
    decode_blocks(path, check, &mut |block| {
        let heard = &block[..block.len().min(left)];
        left -= heard.len();
        encoder.push(heard)
    })?;
    encoder.finish()
}

fn fail(err: impl std::fmt::Debug) -> Error {
    Error::new(ErrorKind::Bug, "encoding a sound as Opus", format!("{err:?}"))
}

struct OpusEncoder {
    encoder: Encoder,
    ogg: PacketWriter<'static, Vec<u8>>,
    waiting: Vec<f32>,
    /// Samples the encoder adds in front; players leave them out.
    ahead: u64,
    taken: u64,
    written: u64,
    /// Held back: the last one must say that it is the last.
    packet: Option<Vec<u8>>,
}

impl OpusEncoder {
    fn new() -> Result<Self> {
        let mut encoder = Encoder::new(Channels::Mono, SampleRate::Hz16000, Application::Voip).map_err(fail)?;
        encoder.set_bitrate(Bitrate::Value(BITS_PER_SECOND)).map_err(fail)?;
        let ahead = u64::from(encoder.get_look_ahead().map_err(fail)?);
        let mut ogg = PacketWriter::new(Vec::new());
        let mut head = b"OpusHead\x01\x01".to_vec();
        head.extend(u16::try_from(ahead * PER_SAMPLE).map_err(fail)?.to_le_bytes());
        head.extend(SPEECH_RATE_HZ.to_le_bytes());
        head.extend([0, 0, 0]);
        // No tags: nobody is to be named in the sound file either.
        let mut tags = b"OpusTags\x09\0\0\0Afterbell".to_vec();
        tags.extend(0_u32.to_le_bytes());
        for packet in [head, tags] {
            ogg.write_packet(packet, STREAM, PacketWriteEndInfo::EndPage, 0).map_err(fail)?;
        }
        Ok(Self { encoder, ogg, waiting: Vec::new(), ahead, taken: 0, written: 0, packet: None })
    }

    fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.taken += samples.len() as u64;
        self.waiting.extend_from_slice(samples);
        let whole = self.waiting.len() / FRAME * FRAME;
        let frames: Vec<f32> = self.waiting.drain(..whole).collect();
        frames.chunks_exact(FRAME).try_for_each(|frame| self.encode(frame))
    }

    fn encode(&mut self, frame: &[f32]) -> Result<()> {
        let mut packet = vec![0; LARGEST_PACKET];
        let length = self.encoder.encode_float_to_slice(frame, &mut packet).map_err(fail)?;
        packet.truncate(length);
        if let Some(before) = self.packet.replace(packet) {
            self.written += FRAME as u64;
            self.ogg.write_packet(before, STREAM, PacketWriteEndInfo::NormalPacket, self.written * PER_SAMPLE).map_err(fail)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<u8>> {
        // Enough silence to bring out what the encoder still holds; where the sound truly ends is said in the last packet.
        let due = self.taken + self.ahead;
        let encoded = |encoder: &Self| encoder.written + if encoder.packet.is_some() { FRAME as u64 } else { 0 };
        self.waiting.resize(FRAME, 0.0);
        let rest = std::mem::take(&mut self.waiting);
        if !self.taken.is_multiple_of(FRAME as u64) || self.packet.is_none() {
            self.encode(&rest)?;
        }
        while encoded(&self) < due {
            self.encode(&[0.0; FRAME])?;
        }
        let last = self.packet.take().unwrap_or_default();
        self.ogg.write_packet(last, STREAM, PacketWriteEndInfo::EndStream, due * PER_SAMPLE).map_err(fail)?;
        Ok(self.ogg.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::{decode_file, rms};

    #[test]
    fn what_was_packed_comes_back_as_long_and_as_loud() {
        let folder = tempfile::tempdir().unwrap();
        for frames in [1, FRAME, 16_000, 50_123] {
            let mut encoder = OpusEncoder::new().unwrap();
            let tone: Vec<f32> = (0..frames).map(|n| (n as f32 * 0.1).sin() * 0.5).collect();
            tone.chunks(777).for_each(|block| encoder.push(block).unwrap());
            let path = folder.path().join("tone.ogg");
            std::fs::write(&path, encoder.finish().unwrap()).unwrap();
            let back = decode_file(&path, &mut |_| Ok(())).unwrap().samples;
            assert!(back.len().abs_diff(frames) <= 1, "{frames}: {}", back.len());
            if frames > 10_000 {
                assert!((rms(&back) - rms(&tone)).abs() < 0.03, "{} {}", rms(&back), rms(&tone));
            }
        }
    }
}
