//! AMR of telephones: frames of 20 ms, one behind the other. A frame has no mark of its own, so that what is damaged is told by those that do not follow.

use super::raw_frames::LEAST_GAP_SECS;
use super::spliced::ByteWindow;

/// Of each kind of frame, bytes behind its head; none of kinds that are reserved.
const NARROW: [Option<usize>; 16] =
    [Some(12), Some(13), Some(15), Some(17), Some(19), Some(20), Some(26), Some(31), Some(5), None, None, None, None, None, None, Some(0)];
const WIDE: [Option<usize>; 16] =
    [Some(17), Some(23), Some(32), Some(36), Some(40), Some(46), Some(50), Some(58), Some(60), Some(5), None, None, None, None, Some(0), Some(0)];
pub(super) const FRAME_SECS: f64 = 0.02;
/// Random bytes look like a head one time in twelve, like this many that follow one another never.
const CHAIN: usize = 8;
/// The longest frame, with its head.
const MOST: usize = 61;

/// One frame, and where it belongs.
#[derive(Debug, PartialEq)]
pub(super) struct AmrFrame {
    /// Seconds from the start of the file.
    pub start: f64,
    /// A piece may be gone before it, of which nothing tells how long it was.
    pub is_after_cut: bool,
    pub bytes: Vec<u8>,
}

/// The frames of a file.
pub(super) struct AmrFrames {
    window: ByteWindow,
    sizes: &'static [Option<usize>; 16],
    /// How such a file begins.
    pub magic: &'static [u8],
    at: u64,
    clock: f64,
    /// Frames, and bytes of them.
    read: (u64, u64),
    breaks_off: bool,
    /// Seconds of what stands behind the last frame.
    behind: f64,
}

impl AmrFrames {
    /// None when it is another kind of file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn open(mut window: ByteWindow) -> std::io::Result<Option<Self>> {
        let head = window.at(0, 9)?;
        let kinds: [(&'static [u8], _); 2] = [(b"#!AMR\n", &NARROW), (b"#!AMR-WB\n", &WIDE)];
        let Some((magic, sizes)) = kinds.into_iter().find(|(magic, _)| head.starts_with(magic)) else { return Ok(None) };
        Ok(Some(Self { window, sizes, magic, at: magic.len() as u64, clock: 0.0, read: (0, 0), breaks_off: false, behind: 0.0 }))
    }

    /// The next whole frame.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next(&mut self) -> std::io::Result<Option<AmrFrame>> {
        let from = self.at;
        while self.at < self.window.length {
            let is_behind_damage = self.at > from;
            if let Some(size) = self.frame(self.at)? {
                if self.at + size as u64 > self.window.length {
                    self.breaks_off = true;
                    return Ok(None);
                }
                // The last before a damage is believed, as all that follow a whole one are.
                let needed = if is_behind_damage { CHAIN } else { 1 };
                if self.follows(self.at, needed)? {
                    let missing = self.lasted(self.at - from, size);
                    let start = self.clock + missing;
                    let bytes = self.window.at(self.at, size)?.to_vec();
                    (self.clock, self.at) = (start + FRAME_SECS, self.at + size as u64);
                    self.read = (self.read.0 + 1, self.read.1 + size as u64);
                    return Ok(Some(AmrFrame { start, is_after_cut: is_behind_damage && missing < LEAST_GAP_SECS, bytes }));
                }
            }
            self.at += 1;
        }
        self.breaks_off = self.at > from;
        self.behind = self.lasted(self.at - from, MOST);
        Ok(None)
    }

    /// How long so many bytes of frames would last, in whole frames; `size` is that of one, where none was read yet.
    fn lasted(&self, bytes: u64, size: usize) -> f64 {
        let a_frame = if self.read.0 == 0 { size as f64 } else { self.read.1 as f64 / self.read.0 as f64 };
        (bytes as f64 / a_frame).round() * FRAME_SECS
    }

    /// Bytes of the frame that begins here, if one can.
    fn frame(&mut self, at: u64) -> std::io::Result<Option<usize>> {
        let bytes = self.window.at(at, MOST)?;
        let Some(&head) = bytes.first() else { return Ok(None) };
        let Some(size) = self.sizes[usize::from(head >> 3 & 15)].filter(|_| head & 0x83 == 0) else { return Ok(None) };
        // Where nothing is written there is no frame, though it looks like one of the lowest rate.
        let is_nothing = bytes[..bytes.len().min(size + 1)].iter().all(|&byte| byte == 0);
        Ok((!is_nothing).then_some(size + 1))
    }

    /// Whether so many frames follow the one that begins here, or the file ends.
    fn follows(&mut self, mut at: u64, count: usize) -> std::io::Result<bool> {
        for _ in 0..=count {
            if at >= self.window.length {
                return Ok(true);
            }
            let Some(size) = self.frame(at)? else { return Ok(false) };
            at += size as u64;
        }
        Ok(true)
    }

    /// Whether the last frame is not whole.
    pub fn breaks_off(&self) -> bool {
        self.breaks_off
    }

    /// Seconds at the end that are no frames.
    pub fn missing_at_the_end(&self) -> f64 {
        self.behind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    /// So many frames of 12.2 kbit/s.
    fn frames(count: usize) -> Vec<u8> {
        (0..count).flat_map(|frame| std::iter::once(0x3C).chain((0..31).map(move |byte| (frame * 31 + byte * 7 + 0x83) as u8))).collect()
    }

    fn read(parts: &[&[u8]]) -> (Vec<AmrFrame>, AmrFrames) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[&b"#!AMR\n"[..], &parts.concat()].concat()).unwrap();
        let mut all = AmrFrames::open(ByteWindow::new(file).unwrap()).unwrap().unwrap();
        let mut read = Vec::new();
        while let Some(frame) = all.next().unwrap() {
            read.push(frame);
        }
        (read, all)
    }

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() < 0.05
    }

    #[test]
    fn whole_files_are_whole_with_pauses_in_which_nothing_is_sent() {
        let pause: Vec<u8> = (0..50).flat_map(|frame| if frame % 8 == 0 { vec![0x44, 1, 2, 3, 4, 5] } else { vec![0x7C] }).collect();
        let (read, all) = read(&[&frames(100), &pause, &frames(50)]);
        assert_eq!((read.len(), all.breaks_off(), all.missing_at_the_end()), (200, false, 0.0));
        assert!(near(read[199].start, 199.0 * 0.02) && read.iter().all(|frame| !frame.is_after_cut));
    }

    #[test]
    fn damage_keeps_its_time_and_what_is_gone_is_told() {
        let noise: Vec<u8> = (0..3200_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 21) as u8).collect();
        for damaged in [&noise[..], &[0; 3200]] {
            let (read, all) = read(&[&frames(100), damaged, &frames(100)]);
            assert!(near(read.last().unwrap().start, 299.0 * 0.02) && read.len() >= 198 && !all.breaks_off(), "{}", read.len());
        }
        let (read, _) = read(&[&frames(100)[..3100], &frames(100)[..]]);
        assert_eq!(read.iter().filter(|frame| frame.is_after_cut).count(), 1);
    }

    #[test]
    fn what_breaks_off_is_told() {
        let (read, all) = read(&[&frames(100)[..3100]]);
        assert!(read.len() == 96 && all.breaks_off(), "{}", read.len());
    }
}
