//! Ogg, page by page: each page says when it ends, so what is lost between two pages is known to the sample, and a file may hold several recordings one
//! after the other (WhatsApp exports, `cat a.opus b.opus`): each begins with headers of its own and gets a decoder of its own.

use super::spliced::ByteWindow;
use symphonia::core::audio::{Channels, Position};
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::{CODEC_ID_OPUS, CODEC_ID_VORBIS};

/// A page has a head of 27 bytes, at most 255 segments, and at most 255 bytes in each.
const HEAD: usize = 27;
const MOST: usize = HEAD + 255 + 255 * 255;
/// A packet of a sound is small; a hostile file must not fill the memory.
const MOST_PACKET: usize = 1 << 22;

/// The packets of one page, in order.
pub(super) struct Sounds {
    pub packets: Vec<Vec<u8>>,
    /// When the page ends, in seconds on the clock of its stream; encoder delay comes before zero.
    pub end: f64,
    /// Nothing follows in this stream: what goes beyond its end is the encoder's own.
    pub is_last: bool,
    /// Pages were lost before this one.
    pub is_after_loss: bool,
    /// The first page of a stream: a new decoder, and its clock begins where the last stream ended.
    pub begins: Option<AudioCodecParameters>,
    /// When a stream of one single page begins: at the delay of its encoder.
    pub delay: f64,
}

struct Stream {
    serial: u32,
    codec: Codec,
    rate_hz: u32,
    /// Samples in front that are the encoder's own.
    pre_skip: u32,
    params: AudioCodecParameters,
    /// Header packets still to come.
    headers: u8,
    begun: bool,
    sequence: Option<u32>,
    partial: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Codec {
    Opus,
    Vorbis,
}

/// The pages of a file.
pub(super) struct OggPages {
    window: ByteWindow,
    at: u64,
    stream: Option<Stream>,
    first_rate_hz: Option<u32>,
    /// Where the last whole page ended, whether it was the last of its stream, and what the pages of this stream held so far.
    whole_until: u64,
    has_ended: bool,
    whole_bytes: u64,
    whole_secs: f64,
}

struct Page {
    flags: u8,
    granule: i64,
    serial: u32,
    sequence: u32,
    segments: Vec<u8>,
    body: Vec<u8>,
    length: u64,
}

impl OggPages {
    /// None where the first streams are of a codec that only others know.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(window: ByteWindow) -> std::io::Result<Option<Self>> {
        let mut pages = Self { window, at: 0, stream: None, first_rate_hz: None, whole_until: 0, has_ended: false, whole_bytes: 0, whole_secs: 0.0 };
        // All streams begin before any of them goes on.
        while let Some(page) = pages.next_page()? {
            if page.flags & 2 == 0 {
                break;
            }
            if pages.begin(&page) {
                pages.first_rate_hz = pages.stream.as_ref().map(|stream| stream.rate_hz);
                (pages.at, pages.stream) = (0, None);
                return Ok(Some(pages));
            }
        }
        Ok(None)
    }

    /// The next page that is whole; what is in the way is passed over.
    fn next_page(&mut self) -> std::io::Result<Option<Page>> {
        loop {
            let Some(place) = self.window.find(b"OggS", self.at)? else { return Ok(None) };
            self.at = place;
            if let Some(page) = page(self.window.at(place, MOST)?) {
                self.at += page.length;
                return Ok(Some(page));
            }
            self.at += 4;
        }
    }

    /// Takes up a stream that begins here, if it is one for us.
    fn begin(&mut self, page: &Page) -> bool {
        let head = &page.body;
        let mut params = AudioCodecParameters::new();
        let made = if head.starts_with(b"OpusHead") && head.len() >= 19 && matches!(head[9], 1 | 2) {
            params.for_codec(CODEC_ID_OPUS).with_sample_rate(48_000).with_channels(channels(head[9]));
            Some((Codec::Opus, 48_000, u32::from(u16::from_le_bytes([head[10], head[11]])), 1))
        } else if head.starts_with(b"\x01vorbis") && head.len() >= 30 {
            let rate = u32::from_le_bytes([head[12], head[13], head[14], head[15]]);
            params.for_codec(CODEC_ID_VORBIS).with_sample_rate(rate).with_channels(channels(head[11])).with_extra_data(head.clone().into_boxed_slice());
            (rate > 0).then_some((Codec::Vorbis, rate, 0, 2))
        } else {
            None
        };
        let Some((codec, rate_hz, pre_skip, headers)) = made else { return false };
        self.stream =
            Some(Stream { serial: page.serial, codec, rate_hz, pre_skip, params, headers, begun: false, sequence: Some(page.sequence), partial: Vec::new() });
        true
    }

    /// The packets of the next page that has sound in it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self) -> std::io::Result<Option<Sounds>> {
        while let Some(page) = self.next_page()? {
            if page.flags & 2 != 0 {
                // Another recording, or another stream beside this one: the first that is for us is heard.
                let is_beside = self.stream.as_ref().is_some_and(|stream| !stream.begun && stream.serial != page.serial);
                if !is_beside {
                    self.begin(&page);
                }
                continue;
            }
            let Some(stream) = self.stream.as_mut().filter(|stream| stream.serial == page.serial) else { continue };
            let is_after_loss = stream.sequence.is_some_and(|last| page.sequence != last.wrapping_add(1));
            stream.sequence = Some(page.sequence);
            if is_after_loss || page.flags & 1 == 0 {
                stream.partial.clear();
            }
            // The rest of a packet whose beginning was lost is of no use.
            let mut is_rest = page.flags & 1 != 0 && stream.partial.is_empty();
            let mut packets = Vec::new();
            let mut from = 0;
            for &size in &page.segments {
                let until = (from + usize::from(size)).min(page.body.len());
                if stream.partial.len() < MOST_PACKET {
                    stream.partial.extend_from_slice(&page.body[from..until]);
                }
                from = until;
                if size < 255 {
                    let packet = std::mem::take(&mut stream.partial);
                    if !std::mem::take(&mut is_rest) {
                        packets.push(packet);
                    }
                }
            }
            if is_rest {
                stream.partial.clear();
            }
            packets.retain(|packet| stream.is_sound(packet));
            if packets.is_empty() || page.granule < 0 {
                continue;
            }
            let rate = f64::from(stream.rate_hz);
            let begins = (!stream.begun).then(|| stream.params.clone());
            stream.begun = true;
            let end = (page.granule as f64 - f64::from(stream.pre_skip)) / rate;
            (self.whole_until, self.has_ended, self.whole_secs) = (self.at, page.flags & 4 != 0, end);
            self.whole_bytes = if begins.is_some() { 0 } else { self.whole_bytes } + page.length;
            return Ok(Some(Sounds { packets, end, is_last: page.flags & 4 != 0, is_after_loss, begins, delay: f64::from(stream.pre_skip) / rate }));
        }
        Ok(None)
    }

    /// The rate of the first recording, in Hz.
    pub fn rate_hz(&self) -> Option<u32> {
        self.first_rate_hz
    }

    /// Seconds that what stands behind the last whole page would last: a tail that is damaged or was cut off.
    pub fn missing_at_the_end(&self) -> f64 {
        let behind = self.window.length.saturating_sub(self.whole_until);
        // Empty bytes behind the end of a stream were never sound.
        if self.has_ended || self.whole_bytes == 0 { 0.0 } else { behind as f64 * self.whole_secs / self.whole_bytes as f64 }
    }

    /// Whether it ends in the middle of a page: how much there was behind it nothing tells.
    pub fn breaks_off(&mut self) -> bool {
        let (begin, length) = (self.whole_until, self.window.length);
        if self.has_ended || self.whole_bytes == 0 || begin >= length {
            return false;
        }
        self.window.at(begin, MOST).is_ok_and(|behind| {
            let claimed = behind.get(HEAD - 1).and_then(|&count| behind.get(HEAD..HEAD + usize::from(count)));
            let size = claimed.map(|segments| HEAD + segments.len() + segments.iter().map(|&size| usize::from(size)).sum::<usize>());
            behind.starts_with(&b"OggS"[..behind.len().min(4)]) && size.is_none_or(|size| begin + size as u64 > length)
        })
    }

    /// How far reading has come, 0 to 1.
    pub fn done(&self) -> f32 {
        (self.at as f64 / self.window.length.max(1) as f64) as f32
    }
}

impl Stream {
    /// Takes the headers away from the sound.
    fn is_sound(&mut self, packet: &[u8]) -> bool {
        let is_header = match self.codec {
            Codec::Opus => packet.starts_with(b"OpusTags"),
            Codec::Vorbis => packet.first().is_some_and(|first| first & 1 == 1),
        };
        if is_header && self.codec == Codec::Vorbis && packet.starts_with(b"\x05vorbis") {
            let mut both = self.params.extra_data.take().map(<[u8]>::into_vec).unwrap_or_default();
            both.extend_from_slice(packet);
            self.params.with_extra_data(both.into_boxed_slice());
        }
        if is_header {
            self.headers = self.headers.saturating_sub(1);
        }
        !is_header && !packet.is_empty()
    }
}

fn channels(count: u8) -> Channels {
    match count {
        1 => Channels::Positioned(Position::FRONT_LEFT),
        2 => Channels::Positioned(Position::FRONT_LEFT | Position::FRONT_RIGHT),
        count => Channels::Discrete(u16::from(count)),
    }
}

/// A page, if a whole one begins here.
fn page(bytes: &[u8]) -> Option<Page> {
    let head = bytes.get(..HEAD)?;
    let count = usize::from(head[26]);
    let segments = bytes.get(HEAD..HEAD + count)?;
    let size: usize = segments.iter().map(|&size| usize::from(size)).sum();
    let whole = bytes.get(..HEAD + count + size)?;
    let u32_at = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    if head[4] != 0 || checksum(whole) != u32_at(22) {
        return None;
    }
    Some(Page {
        flags: head[5],
        granule: i64::from_le_bytes(std::array::from_fn(|byte| head[6 + byte])),
        serial: u32_at(14),
        sequence: u32_at(18),
        segments: segments.to_vec(),
        body: whole[HEAD + count..].to_vec(),
        length: whole.len() as u64,
    })
}

/// The checksum of a page, with zeros in its own place.
fn checksum(page: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            let mut sum = (byte as u32) << 24;
            let mut bit = 0;
            while bit < 8 {
                sum = if sum & 0x8000_0000 != 0 { sum << 1 ^ 0x04C1_1DB7 } else { sum << 1 };
                bit += 1;
            }
            table[byte] = sum;
            byte += 1;
        }
        table
    };
    page.iter().enumerate().fold(0, |sum, (place, &byte)| {
        let byte = if (22..26).contains(&place) { 0 } else { byte };
        sum << 8 ^ TABLE[usize::from((sum >> 24) as u8 ^ byte)]
    })
}
