//! Frames without a container that another program decodes (AC-3, AMR, some MP2): what is damaged between them is found here, because that program closes up
//! over it.

use super::amr_frames::{AmrFrame, AmrFrames, FRAME_SECS};
use super::convert::SPEECH_RATE_HZ;
use super::mixer::{Mixer, Sink};
use super::raw_frames::RawFrames;
use super::spliced::ByteWindow;
use crate::conference::{Millis, Remark, Span};
use crate::error::Result;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is missing between the frames of a file.
pub(super) struct FfmpegFrames {
    path: PathBuf,
    /// Frames that were decoded so far.
    decoded: u64,
    /// Samples that were decoded before each gap, and the silence that stands for it; in order.
    gaps: Vec<(u64, u64)>,
    /// As heard, with the silence in it.
    missing: Vec<Span>,
    cuts: Vec<Millis>,
    /// Seconds at the end.
    behind: f64,
    breaks_off: bool,
}

/// Less than this at the end is not worth a word of its length.
const LEAST_END: f64 = 0.5;

impl FfmpegFrames {
    /// None of files of another kind, and of those in which nothing is wrong.
    pub fn of(path: &Path) -> Option<Self> {
        let mut frames = open(path)?;
        let (mut clock, mut read) = (0.0, 0.0);
        let (mut gaps, mut missing, mut cuts) = (Vec::new(), Vec::new(), Vec::new());
        let samples = |secs: f64| (secs * f64::from(SPEECH_RATE_HZ)).round() as u64;
        while let Some(frame) = frames.next().ok()? {
            if frame.start > clock + frame.secs / 2.0 {
                gaps.push((samples(read), samples(frame.start - clock)));
                if !frame.is_after_cut {
                    missing.push(Span::from_secs(clock, frame.start));
                }
            }
            if frame.is_after_cut {
                cuts.push(Millis::from_secs(frame.start));
            }
            read += frame.secs;
            clock = frame.start + frame.secs;
        }
        let (behind, breaks_off) = (frames.missing_at_the_end(), frames.breaks_off());
        let is_whole = gaps.is_empty() && cuts.is_empty() && behind < LEAST_END && !breaks_off;
        (!is_whole).then(|| Self { path: path.to_owned(), decoded: 0, gaps, missing, cuts, behind, breaks_off })
    }

    /// Hands the frames on, and nothing that stands between them.
    pub fn feed(&self, mut to: impl Write + Send + 'static) {
        let Some(mut frames) = open(&self.path) else { return };
        let feeding = std::thread::Builder::new().name("frames to ffmpeg".into()).spawn(move || {
            if to.write_all(frames.magic()).is_err() {
                return;
            }
            while let Ok(Some(frame)) = frames.next() {
                if to.write_all(&frame.bytes).is_err() {
                    break;
                }
            }
        });
        if let Err(err) = feeding {
            tracing::warn!("no thread to hand frames on: {err}");
        }
    }

    /// Gives what was decoded to the mixer, with silence where something is missing.
    pub fn push(&mut self, mut interleaved: &[f32], channels: usize, mixer: &mut Mixer, sink: &mut dyn Sink) -> Result<()> {
        while let Some(&(at, silence)) = self.gaps.first().filter(|(at, _)| *at < self.decoded + (interleaved.len() / channels) as u64) {
            let (before, behind) = interleaved.split_at(at.saturating_sub(self.decoded) as usize * channels);
            mixer.push(before, sink)?;
            mixer.silence(silence, sink)?;
            self.decoded += (before.len() / channels) as u64;
            interleaved = behind;
            self.gaps.remove(0);
        }
        self.decoded += (interleaved.len() / channels) as u64;
        mixer.push(interleaved, sink)
    }

    /// What is wrong with the file.
    pub fn remarks(self) -> Vec<Remark> {
        let mut remarks = Vec::new();
        if !self.missing.is_empty() {
            remarks.push(Remark::Missing(self.missing));
        }
        if !self.cuts.is_empty() {
            remarks.push(Remark::Cut(self.cuts));
        }
        if self.behind >= LEAST_END {
            remarks.push(Remark::EndMissing(Millis::from_secs(self.behind)));
        } else if self.breaks_off {
            remarks.push(Remark::BreaksOff);
        }
        remarks
    }
}

/// A frame, where it belongs and how long it is.
struct Frame {
    start: f64,
    secs: f64,
    is_after_cut: bool,
    bytes: Box<[u8]>,
}

enum Frames {
    Raw(Box<RawFrames>),
    Amr(AmrFrames),
}

impl Frames {
    /// What stands in front of the first.
    fn magic(&self) -> &'static [u8] {
        match self {
            Self::Raw(_) => &[],
            Self::Amr(frames) => frames.magic,
        }
    }

    fn next(&mut self) -> std::io::Result<Option<Frame>> {
        Ok(match self {
            Self::Raw(frames) => {
                frames.next()?.map(|frame| Frame { start: frame.start, secs: frame.head.secs(), is_after_cut: frame.is_after_cut, bytes: frame.bytes })
            }
            Self::Amr(frames) => {
                let framed = |frame: AmrFrame| Frame { start: frame.start, secs: FRAME_SECS, is_after_cut: frame.is_after_cut, bytes: frame.bytes.into() };
                frames.next()?.map(framed)
            }
        })
    }

    fn missing_at_the_end(&self) -> f64 {
        match self {
            Self::Raw(frames) => frames.missing_at_the_end(),
            Self::Amr(frames) => frames.missing_at_the_end(),
        }
    }

    fn breaks_off(&self) -> bool {
        match self {
            Self::Raw(frames) => frames.breaks_off(),
            Self::Amr(frames) => frames.breaks_off(),
        }
    }
}

fn open(path: &Path) -> Option<Frames> {
    let window = || ByteWindow::new(File::open(path).ok()?).ok();
    if let Some(frames) = AmrFrames::open(window()?).ok()? {
        return Some(Frames::Amr(frames));
    }
    RawFrames::open(window()?).ok()?.filter(|frames| frames.first().is_helped()).map(|frames| Frames::Raw(Box::new(frames)))
}
