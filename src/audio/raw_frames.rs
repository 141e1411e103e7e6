//! Sound without a container: the frames of MP3 (and of MPEG layers 1 and 2), of AAC (ADTS) and of AC-3, one after the other.
//!
//! Such a file has no clock but the number of its frames. Where bytes are in the way (damage, tags between files that were joined), they stand for as much
//! time as that many bytes of frames would last, so that what follows keeps its place. What is said of how many frames there are is not believed: files
//! are joined, cut, and written by programs that count wrongly.

use super::frame_heads::{Head, head, may_begin};
use super::spliced::ByteWindow;
use symphonia::core::codecs::audio::well_known::CODEC_ID_MP3;

/// Frames that must follow one another before what looks like one is believed to be one.
const CHAIN: usize = 3;
/// This part of a file must be frames, or it is another kind of file in which something looks like them.
const LEAST_SHARE: f64 = 0.5;
/// What is missing for so long is a gap; of less, nobody knows whether more is gone than what is in the way.
pub(super) const LEAST_GAP_SECS: f64 = 0.2;

/// Bytes of what may stand between or behind the frames: tags of players.
fn tag(bytes: &[u8]) -> Option<u64> {
    match bytes {
        [b'I', b'D', b'3', 2..=4, _, flags, sizes @ ..] if sizes.len() >= 4 && sizes[..4].iter().all(|byte| byte & 0x80 == 0) => {
            let size = sizes[..4].iter().fold(0, |size, &byte| size << 7 | u64::from(byte));
            Some(size + 10 + if flags & 0x10 != 0 { 10 } else { 0 })
        }
        [b'T', b'A', b'G', ..] => Some(128),
        [b'A', b'P', b'E', b'T', b'A', b'G', b'E', b'X', _, _, _, _, a, b, c, d, ..] => {
            let has_head_too = bytes.get(23).is_some_and(|flags| flags & 0x20 != 0);
            Some(u64::from(u32::from_le_bytes([*a, *b, *c, *d])) + if has_head_too { 32 } else { 0 })
        }
        _ => None,
    }
}

/// How many bytes of tags stand in front of a file, whatever it is.
pub(super) fn tags_in_front(window: &mut ByteWindow) -> u64 {
    let mut at = 0;
    while let Some(size) = window.at(at, 32).ok().and_then(tag).filter(|&size| size > 0 && at + size < window.length) {
        at += size;
    }
    at
}

/// One frame, and where it belongs.
pub(super) struct Frame {
    pub head: Head,
    /// Seconds from the start of the file.
    pub start: f64,
    /// A piece may be gone before it, of which nothing tells how long it was.
    pub is_after_cut: bool,
    pub bytes: Box<[u8]>,
}

/// What was found by going over all frames once.
#[derive(Debug, Clone, Copy, Default)]
struct Survey {
    frames: u64,
    secs: f64,
    /// Of frames.
    bytes: u64,
    /// Of what was in the way between them.
    lost_bytes: u64,
    /// Stretches of it.
    holes: u64,
    /// What was in the way behind the last frame.
    bytes_behind: u64,
    /// Tags.
    tag_bytes: u64,
    /// The last frame is not whole.
    breaks_off: bool,
}

/// What the first frame says of a file, where it is none that sounds.
#[derive(Debug, Clone, Copy, Default)]
struct Info {
    /// Frames of sound by its count; zero where it has none.
    frames: u64,
    /// Bytes of the file by its count.
    bytes: u64,
    /// The encoder's own silence at the start and the end.
    delay: u32,
    padding: u32,
}

/// The frames of a file.
pub(super) struct RawFrames {
    window: ByteWindow,
    at: u64,
    first: Head,
    last: Head,
    survey: Survey,
    info: Info,
    clock: f64,
    /// Seconds that a byte in the way stands for.
    secs_a_byte: f64,
}

enum FoundUnit {
    Frame(Head),
    /// Tags of so many bytes.
    Tag(u64),
    /// Bytes that are neither.
    Lost(u64),
    End,
}

impl RawFrames {
    /// Looks through a file; none when it is not such a one.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(mut window: ByteWindow) -> std::io::Result<Option<Self>> {
        let begin = tags_in_front(&mut window);
        let Some(first) = chain(&mut window, begin, None)?.or(first_chain(&mut window, begin)?) else { return Ok(None) };
        let mut frames = Self { window, at: 0, first, last: first, survey: Survey::default(), info: Info::default(), clock: 0.0, secs_a_byte: 0.0 };
        let mut survey = Survey::default();
        let mut lost = 0;
        loop {
            match frames.look()? {
                FoundUnit::Frame(head) => {
                    if survey.frames == 0
                        && frames.info.frames == 0
                        && head.codec == CODEC_ID_MP3
                        && let Some(info) = frames.info(&head)
                    {
                        frames.info = info;
                    }
                    if lost > 0 {
                        survey.holes += u64::from(survey.frames > 0);
                        survey.lost_bytes += lost;
                        lost = 0;
                    }
                    if frames.info(&head).is_none() {
                        survey.frames += 1;
                        survey.secs += head.secs();
                    }
                    survey.bytes += head.bytes as u64;
                    frames.at += head.bytes as u64;
                    frames.last = head;
                }
                FoundUnit::Tag(bytes) => {
                    survey.tag_bytes += bytes;
                    frames.at += bytes;
                }
                FoundUnit::Lost(bytes) => {
                    lost += bytes;
                    frames.at += bytes;
                }
                FoundUnit::End => break,
            }
        }
        survey.bytes_behind = lost;
        survey.breaks_off = frames.survey.breaks_off;
        let all = frames.window.length.saturating_sub(survey.tag_bytes);
        if survey.frames == 0 || (survey.bytes as f64) < all as f64 * LEAST_SHARE {
            return Ok(None);
        }
        frames.secs_a_byte = survey.secs / survey.bytes as f64;
        // The count of a whole file whose middle is damaged says exactly how long it was; that of a file that was joined, cut or miscounted says nothing.
        let (counted, missing) = (frames.info.frames as f64 * first.secs(), frames.info.frames.saturating_sub(survey.frames));
        if survey.lost_bytes > 0 && missing > 0 {
            let exact = (counted - survey.secs) / survey.lost_bytes as f64;
            if frames.secs_a_byte * 0.5 < exact && exact < frames.secs_a_byte * 2.0 {
                frames.secs_a_byte = exact;
            }
        }
        // A piece was taken out: one place where the chain is broken, and bytes that are not there any more.
        if survey.holes == 1 && frames.info.bytes > 0 && frames.info.bytes > frames.window.length.saturating_sub(begin) + 16 && missing > 0 {
            frames.secs_a_byte = (counted - survey.secs) / survey.lost_bytes.max(1) as f64;
        }
        (frames.survey, frames.at, frames.last) = (survey, 0, first);
        Ok(Some(frames))
    }

    /// What begins where we are.
    fn look(&mut self) -> std::io::Result<FoundUnit> {
        let length = self.window.length;
        if self.at >= length {
            return Ok(FoundUnit::End);
        }
        let bytes = self.window.at(self.at, 32)?;
        if let Some(size) = tag(bytes) {
            return Ok(FoundUnit::Tag(size.clamp(1, length - self.at)));
        }
        let is_less_than_a_head = bytes.len() < 8 && bytes.first().is_some_and(|&byte| may_begin(byte));
        // In a chain each frame is believed that is followed by another, by a tag, or by the end.
        if let Some(head) = head(bytes).filter(|head| head.is_like(&self.first)) {
            let next = self.at + head.bytes as u64;
            if next > length {
                self.survey.breaks_off = true;
                return Ok(FoundUnit::Lost(length - self.at));
            }
            let behind = self.window.at(next, 32)?;
            let goes_on = behind.len() < 4 || tag(behind).is_some() || self::head(behind).is_some_and(|next| next.is_like(&head));
            if goes_on || (self.last.is_same_stream(&head) && self.survey.frames > 0) {
                return Ok(FoundUnit::Frame(head));
            }
            // The last one before what is in the way: whole, if it is like those before.
            if self.last.is_same_stream(&head) {
                return Ok(FoundUnit::Frame(head));
            }
        }
        self.survey.breaks_off |= is_less_than_a_head;
        let mut at = self.at + 1;
        while at < length {
            let block = self.window.at(at, 1 << 16)?;
            let here = block
                .iter()
                .enumerate()
                .position(|(place, &byte)| (may_begin(byte) && head(&block[place..]).is_some()) || (byte == b'I' && tag(&block[place..]).is_some()));
            let Some(place) = here else {
                at += block.len() as u64;
                // What stands across the border of two blocks.
                at = if at < length { at.saturating_sub(9).max(self.at + 1) } else { length };
                if block.len() <= 9 {
                    at = length;
                }
                continue;
            };
            at += place as u64;
            let is_tag = self.window.at(at, 32)?.first() == Some(&b'I');
            if is_tag || chain(&mut self.window, at, Some(&self.first))?.is_some() {
                return Ok(FoundUnit::Lost(at - self.at));
            }
            at += 1;
        }
        Ok(FoundUnit::Lost(length - self.at))
    }

    /// The next frame that sounds.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self) -> std::io::Result<Option<Frame>> {
        let (mut lost, mut is_empty) = (0, true);
        loop {
            match self.look()? {
                FoundUnit::Frame(head) => {
                    let at = self.at;
                    self.at += head.bytes as u64;
                    self.last = head;
                    if head.codec == CODEC_ID_MP3 && self.info_at(at, &head).is_some() {
                        continue;
                    }
                    // Whole frames are missing, or none: less than half of one is a scratch.
                    let missing = (lost as f64 * self.secs_a_byte / head.secs()).round() * head.secs();
                    let start = self.clock + missing;
                    self.clock = start + head.secs();
                    let bytes = self.window.at(at, head.bytes)?;
                    let bytes = bytes.get(head.head..).unwrap_or_default().into();
                    let is_after_cut = !is_empty && missing < LEAST_GAP_SECS;
                    return Ok(Some(Frame { head, start, is_after_cut, bytes }));
                }
                FoundUnit::Tag(bytes) => self.at += bytes,
                FoundUnit::Lost(bytes) => {
                    // In front of the first frame nothing was recorded; empty bytes fill up, between files that were joined.
                    if self.clock > 0.0 {
                        lost += bytes;
                        let some = self.window.at(self.at, usize::try_from(bytes).unwrap_or(usize::MAX))?;
                        is_empty &= some.iter().all(|&byte| byte == 0);
                    }
                    self.at += bytes;
                }
                FoundUnit::End => return Ok(None),
            }
        }
    }

    fn info(&mut self, head: &Head) -> Option<Info> {
        if head.codec == CODEC_ID_MP3 { self.info_at(self.at, head) } else { None }
    }

    /// What a frame says that counts instead of sounding (Xing, Info, VBRI).
    fn info_at(&mut self, at: u64, head: &Head) -> Option<Info> {
        let bytes = self.window.at(at, head.bytes.min(256)).ok()?;
        let u32_at = |at: usize| bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes);
        let crc = if bytes.get(1)? & 1 == 0 { 2 } else { 0 };
        if bytes.get(36..40) == Some(b"VBRI") {
            return Some(Info { frames: u64::from(u32_at(50)?), bytes: u64::from(u32_at(46)?), ..Info::default() });
        }
        let place = [4 + head.side, 4 + crc + head.side].into_iter().find(|&place| matches!(bytes.get(place..place + 4), Some(b"Xing" | b"Info")))?;
        let flags = u32_at(place + 4)?;
        let mut next = place + 8;
        let mut field = |bit: u32, size: usize| {
            let value = (flags & bit != 0).then(|| u32_at(next)).flatten();
            next += if flags & bit != 0 { size } else { 0 };
            u64::from(value.unwrap_or(0))
        };
        let mut info = Info { frames: field(1, 4), bytes: field(2, 4), ..Info::default() };
        field(4, 100);
        field(8, 4);
        if let (Some(b"LAME" | b"Lavf" | b"Lavc"), Some(&[a, b, c])) = (bytes.get(next..next + 4), bytes.get(next + 21..next + 24)) {
            // The decoder itself is 529 behind.
            (info.delay, info.padding) = ((u32::from(a) << 4 | u32::from(b >> 4)) + 529, (u32::from(b & 15) << 8 | u32::from(c)).saturating_sub(529));
        }
        Some(info)
    }

    /// What the first frame of all is.
    pub fn first(&self) -> Head {
        self.first
    }

    /// The encoder's own silence in front, in seconds.
    pub fn delay_secs(&self) -> f64 {
        f64::from(self.info.delay) / f64::from(self.first.rate_hz)
    }

    /// Where the sound ends, in seconds from the start of the first frame, if the count of the encoder is right: then its own silence at the end is known too.
    pub fn end_secs(&self) -> Option<f64> {
        let is_right = self.info.frames > 0 && self.info.frames == self.survey.frames && self.survey.lost_bytes == 0;
        is_right.then(|| self.survey.secs - f64::from(self.info.padding) / f64::from(self.first.rate_hz))
    }

    /// Seconds that were there once and are not there any more: the file says that it has more bytes than it has, or its end is no sound.
    pub fn missing_at_the_end(&self) -> f64 {
        let cut = self.info.bytes.saturating_sub(self.window.length);
        let counted = self.info.frames as f64 * self.first.secs() - self.survey.secs;
        let by_count = if cut > 0 && self.survey.holes == 0 && counted > 0.0 { counted } else { 0.0 };
        by_count.max(self.survey.bytes_behind as f64 * self.secs_a_byte)
    }

    /// Whether it ends in the middle of a frame, and nothing tells whether this was the last one.
    pub fn breaks_off(&self) -> bool {
        let is_last = self.info.frames > 0 && self.survey.frames >= self.info.frames;
        self.survey.breaks_off && !is_last && self.missing_at_the_end() < LEAST_GAP_SECS
    }

    /// How far reading has come, 0 to 1.
    pub fn done(&self) -> f32 {
        (self.at as f64 / self.window.length.max(1) as f64) as f32
    }
}

/// Whether frames follow one another from here on, and the first of them.
fn chain(window: &mut ByteWindow, at: u64, like: Option<&Head>) -> std::io::Result<Option<Head>> {
    let (mut place, mut first): (u64, Option<Head>) = (at, None);
    for count in 0..CHAIN {
        let bytes = window.at(place, 32)?;
        if count > 0 && (bytes.len() < 4 || tag(bytes).is_some()) {
            // A short one, whole to its end.
            return Ok(first.filter(|_| place <= window.length));
        }
        let Some(head) = head(bytes).filter(|head| like.is_none_or(|like| like.is_like(head)) && first.as_ref().is_none_or(|first| first.is_same_stream(head)))
        else {
            return Ok(None);
        };
        place += head.bytes as u64;
        first = first.or(Some(head));
    }
    Ok(first.filter(|_| place <= window.length + 1))
}

/// So much of what is no sound may stand in front.
const MOST_IN_FRONT: u64 = 1 << 20;

fn first_chain(window: &mut ByteWindow, begin: u64) -> std::io::Result<Option<Head>> {
    let mut at = begin;
    let end = window.length.min(begin + MOST_IN_FRONT);
    while at < end {
        let block = window.at(at, 1 << 16)?;
        let Some(place) = block.iter().enumerate().position(|(place, &byte)| may_begin(byte) && head(&block[place..]).is_some()) else {
            // What stands across the border of two blocks is not missed.
            at += block.len().saturating_sub(9).max(1) as u64;
            continue;
        };
        at += place as u64;
        if let Some(head) = chain(window, at, None)? {
            return Ok(Some(head));
        }
        at += 1;
    }
    Ok(None)
}
