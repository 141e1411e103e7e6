//! MP4 in fragments, as browsers, streams and phones that fear for their battery write it: every few seconds a small index (`moof`) and the sound behind it.
//!
//! Each says when it begins on the clock of the recording (`tfdt`), so what is missing between two of them is known. Where the chain of boxes is broken, the
//! next fragment is looked for.

use super::mp4_boxes::{ChildBoxes, TrackEdits, boxed, contents, find, u32_at, u64_at};
use super::packet_shape;
use super::spliced::ByteWindow;
use std::collections::{BTreeMap, VecDeque};
use symphonia::core::codecs::audio::AudioCodecId;

/// What may stand between two fragments.
const BETWEEN: [&[u8; 4]; 12] = [b"moof", b"mdat", b"mfra", b"sidx", b"ssix", b"styp", b"free", b"skip", b"emsg", b"prft", b"uuid", b"udta"];
/// A fragment is some seconds; nobody writes one of so many packets.
const MOST_PACKETS: u32 = 1_000_000;
/// Bytes of a packet; more are damage.
const MOST_BYTES: u32 = 1 << 20;

/// A packet, and when it is heard, in ticks of its track.
pub(super) struct Sample {
    pub track: u32,
    pub time: u64,
    pub duration: u64,
    /// None: it is not there.
    pub bytes: Option<Box<[u8]>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct SampleDefaults {
    rate_hz: u32,
    duration: u32,
    size: u32,
}

/// Where a packet stands, before it is read.
struct PacketPosition {
    track: u32,
    time: u64,
    duration: u64,
    at: u64,
    size: u32,
}

/// The fragments of a file.
pub(super) struct Fragments {
    window: ByteWindow,
    /// What holds of a track where its fragments do not say otherwise.
    usual: BTreeMap<u32, SampleDefaults>,
    /// Where the next fragment begins.
    next: Option<u64>,
    waiting: VecDeque<PacketPosition>,
    /// Of the fragment that is read: where the next one begins, and whether something between them is gone.
    limit: u64,
    is_broken: bool,
    /// Nothing more of a broken fragment can be believed.
    is_lost: bool,
    /// What each track will have come to, in ticks.
    clocks: BTreeMap<u32, u64>,
    /// The clock of a stream that was joined late, in seconds: here it begins at zero.
    zero: Option<f64>,
    /// What packets of a track begin with.
    fronts: BTreeMap<u32, (AudioCodecId, Option<u16>)>,
}

impl Fragments {
    /// None for a file whose packets stand in its index.
    pub fn of(window: ByteWindow, index: &[u8], tracks: &BTreeMap<u32, TrackEdits>, behind: u64) -> Option<Self> {
        let extends = find(index, b"mvex")?;
        let is_whole = |track: &[u8]| -> Option<bool> {
            let table = find(find(find(track, b"mdia")?, b"minf")?, b"stbl")?;
            Some(u32_at(find(table, b"stsz")?, 8)? > 0)
        };
        if ChildBoxes(index).any(|(kind, track)| &kind == b"trak" && is_whole(track) == Some(true)) {
            return None;
        }
        let usual = ChildBoxes(extends).filter(|(kind, _)| kind == b"trex").filter_map(|(_, trex)| {
            let id = u32_at(trex, 4)?;
            let rate_hz = tracks.get(&id).map_or(0, |track| track.rate_hz);
            Some((id, SampleDefaults { rate_hz, duration: u32_at(trex, 12)?, size: u32_at(trex, 16)? }))
        });
        let usual = usual.collect();
        let mut fragments = Self {
            window,
            usual,
            next: None,
            waiting: VecDeque::new(),
            limit: 0,
            is_broken: false,
            is_lost: false,
            clocks: BTreeMap::new(),
            zero: None,
            fronts: BTreeMap::new(),
        };
        fragments.next = fragments.search(behind).ok()?;
        fragments.next.is_some().then_some(fragments)
    }

    /// Where the first of them begins.
    pub fn begin(&self) -> u64 {
        self.next.unwrap_or(self.window.length)
    }

    /// What the packets of a track are.
    pub fn set_codec(&mut self, track: u32, codec: AudioCodecId) {
        self.fronts.insert(track, (codec, None));
    }

    /// How far reading has come, 0 to 1.
    pub fn done(&self) -> f32 {
        (self.limit as f64 / self.window.length.max(1) as f64) as f32
    }

    /// The next packet, of one track or of any.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self, wanted: Option<u32>) -> std::io::Result<Option<Sample>> {
        loop {
            while let Some(place) = self.waiting.pop_front() {
                if wanted.is_none_or(|wanted| place.track == wanted) {
                    return self.sample(place).map(Some);
                }
            }
            let Some(start) = self.next else { return Ok(None) };
            self.fragment(start)?;
        }
    }

    fn sample(&mut self, place: PacketPosition) -> std::io::Result<Sample> {
        let PacketPosition { track, time, duration, at, size } = place;
        let is_there = !self.is_lost && size <= MOST_BYTES && at.checked_add(u64::from(size)).is_some_and(|end| end <= self.limit);
        let mut bytes = is_there.then(|| self.read(at, size)).transpose()?;
        if let Some(packet) = &bytes
            && let Some((codec, front)) = self.fronts.get_mut(&track)
            && let Some(here) = packet_shape::front(*codec, packet)
        {
            let is_like = here == *front.get_or_insert(here) && packet_shape::ends(packet);
            if self.is_broken && !is_like {
                // From here on it is another fragment's.
                self.is_lost = true;
                bytes = None;
            }
        }
        Ok(Sample { track, time, duration, bytes })
    }

    fn read(&mut self, mut at: u64, size: u32) -> std::io::Result<Box<[u8]>> {
        let mut bytes = Vec::with_capacity(size as usize);
        while bytes.len() < size as usize {
            let some = self.window.at(at, size as usize - bytes.len())?;
            if some.is_empty() {
                break;
            }
            at += some.len() as u64;
            bytes.extend_from_slice(some);
        }
        Ok(bytes.into())
    }

    /// Where a fragment begins, from a place on: by its name, and by what must stand in it first.
    fn search(&mut self, from: u64) -> std::io::Result<Option<u64>> {
        let mut from = from;
        while let Some(place) = self.window.find(b"moof", from)? {
            from = place + 4;
            let Some(start) = place.checked_sub(4) else { continue };
            if let Some((_, body, _)) = boxed(&mut self.window, start)
                && matches!(boxed(&mut self.window, body), Some((kind, ..)) if &kind == b"mfhd")
            {
                return Ok(Some(start));
            }
        }
        Ok(None)
    }

    /// Reads the index of a fragment, and finds the one behind it.
    fn fragment(&mut self, start: u64) -> std::io::Result<()> {
        (self.is_lost, self.is_broken) = (false, false);
        let Some((_, body, end)) = boxed(&mut self.window, start) else {
            self.next = None;
            return Ok(());
        };
        // Box by box to the next fragment; where there is none of a known kind, the chain is broken.
        let (mut at, mut has_sound) = (end, false);
        let next = loop {
            if at >= self.window.length {
                break None;
            }
            match boxed(&mut self.window, at) {
                Some((kind, ..)) if &kind == b"moof" => break Some(at),
                Some((kind, _, behind)) if BETWEEN.contains(&&kind) => {
                    has_sound |= &kind == b"mdat";
                    at = behind;
                }
                _ => {
                    self.is_broken = true;
                    break self.search(start + 8)?;
                }
            }
        };
        if at > self.window.length {
            // The last box goes beyond the end: cut off, or a piece is gone and other fragments stand in what looks like its sound.
            self.is_broken = true;
        }
        let next = if self.is_broken && next.is_none() { self.search(start + 8)? } else { next };
        self.limit = next.unwrap_or(self.window.length);
        self.next = next;
        if has_sound {
            let index = contents(&mut self.window, body, end);
            for (_, track) in ChildBoxes(&index).filter(|(kind, _)| kind == b"traf") {
                self.track(track, start, end);
            }
            self.begin_at_zero();
        }
        Ok(())
    }

    /// A stream that was joined late begins with its first fragment. Less than a second is the encoder's own.
    fn begin_at_zero(&mut self) {
        let usual = &self.usual;
        let ticks = |track: u32, secs: f64| (secs * usual.get(&track).map_or(0.0, |usual| f64::from(usual.rate_hz))) as u64;
        let secs = |place: &PacketPosition| {
            usual.get(&place.track).filter(|usual| usual.rate_hz > 0).map_or(0.0, |usual| place.time as f64 / f64::from(usual.rate_hz))
        };
        let first = self.waiting.iter().map(secs).fold(f64::INFINITY, f64::min);
        let zero = *self.zero.get_or_insert(if first.is_finite() && first > 1.0 { first } else { 0.0 });
        for place in &mut self.waiting {
            place.time = place.time.saturating_sub(ticks(place.track, zero));
        }
    }

    /// The packets of one track in a fragment.
    fn track(&mut self, track: &[u8], start: u64, end: u64) -> Option<()> {
        let head = find(track, b"tfhd")?;
        let (flags, id) = (u32_at(head, 0)? & 0xFF_FFFF, u32_at(head, 4)?);
        let usual = self.usual.get(&id).copied().unwrap_or_default();
        let mut at = 8;
        let mut field = |bit: u32, size: usize| {
            let place = at;
            at += if flags & bit != 0 { size } else { 0 };
            (flags & bit != 0).then_some(place)
        };
        let base = field(1, 8).and_then(|place| u64_at(head, place));
        field(2, 4);
        let duration = field(8, 4).and_then(|place| u32_at(head, place)).unwrap_or(usual.duration);
        let size = field(16, 4).and_then(|place| u32_at(head, place)).unwrap_or(usual.size);
        // Counted from the start of the file it is wrong once a piece is gone; it means this fragment.
        let base = base.filter(|&base| (start..=end + 16).contains(&base)).unwrap_or(start);
        let time = find(track, b"tfdt").and_then(|time| if time.first()? == &0 { u32_at(time, 4).map(u64::from) } else { u64_at(time, 4) });
        let mut clock = time.or(self.clocks.get(&id).copied()).unwrap_or(0);
        let mut place = base;
        for (_, run) in ChildBoxes(track).filter(|(kind, _)| kind == b"trun") {
            let (flags, count) = (u32_at(run, 0)? & 0xFF_FFFF, u32_at(run, 4)?);
            let mut at = 8;
            if flags & 1 != 0 {
                place = base.checked_add_signed(i64::from(u32_at(run, at)? as i32))?;
                at += 4;
            }
            at += if flags & 4 != 0 { 4 } else { 0 };
            for _ in 0..count.min(MOST_PACKETS) {
                let mut next = |bit: u32| {
                    let value = (flags & bit != 0).then(|| u32_at(run, at));
                    at += if flags & bit != 0 { 4 } else { 0 };
                    value
                };
                let duration = next(0x100).unwrap_or(Some(duration))?;
                let size = next(0x200).unwrap_or(Some(size))?;
                next(0x400);
                next(0x800);
                self.waiting.push_back(PacketPosition { track: id, time: clock, duration: u64::from(duration), at: place, size });
                clock = clock.checked_add(u64::from(duration))?;
                place = place.checked_add(u64::from(size))?;
            }
        }
        self.clocks.insert(id, clock);
        Some(())
    }
}
