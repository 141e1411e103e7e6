//! The packets of a file, whatever it is: containers that the decoders' library reads, and those that are read here because it loses the clock or the end.
//!
//! What a file is, is decided by how it begins, not by its name and not by what looks like a frame somewhere inside.

use super::codecs::{DOING, open_with, refused, unreadable};
use super::container::ContainerSource;
use super::frame_heads::Head;
use super::joined_packets::JoinedPackets;
use super::matroska::Matroska;
use super::mp4_boxes::EditedSpan;
use super::mp4_fragments::Fragments;
use super::mp4_index::{self, Mp4Boxes};
use super::ogg_pages::OggPages;
use super::packet_group::{Group, NextGroup, Time};
use super::raw_frames::{self, RawFrames};
use super::spliced::{ByteWindow, Part, Spliced};
use super::wav_chunks::WavChunks;
use super::{aiff_chunks, caf_chunks};
use crate::error::{Error, ErrorKind, Result};
use std::fs::File;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F64BE, CODEC_ID_PCM_F64LE, CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S24LE, CODEC_ID_PCM_S32BE,
    CODEC_ID_PCM_S32LE,
};
use symphonia::core::formats::FormatReader;
use symphonia::core::io::ReadBytes as _;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};
use symphonia::default::formats::{AiffReader, CafReader, FlacReader, IsoMp4Reader, OggReader, WavReader};

/// A file that is open for reading.
pub(super) enum PacketSource {
    Raw(Box<RawFrames>, Option<Head>),
    Ogg(Box<OggPages>),
    Format(Box<ContainerSource>),
}

/// What a file is by its beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Wav,
    Flac,
    Ogg,
    Matroska,
    Mp4,
    Aiff,
    Caf,
    /// Frames without a container, or something of which nothing is known.
    Other,
}

fn kind(head: &[u8]) -> Kind {
    match head {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] | [b'R', b'F', b'6', b'4', ..] | [b'B', b'W', b'6', b'4', ..] => Kind::Wav,
        [b'r', b'i', b'f', b'f', 0x2E, 0x91, 0xCF, 0x11, ..] => Kind::Wav,
        [b'f', b'L', b'a', b'C', ..] => Kind::Flac,
        [b'O', b'g', b'g', b'S', ..] => Kind::Ogg,
        [0x1A, 0x45, 0xDF, 0xA3, ..] => Kind::Matroska,
        [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F' | b'C', ..] => Kind::Aiff,
        [b'c', b'a', b'f', b'f', ..] => Kind::Caf,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => Kind::Mp4,
        // Old QuickTime says nothing of itself.
        [_, _, _, _, name @ ..] if [b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"].iter().any(|known| name.starts_with(*known)) => Kind::Mp4,
        _ => Kind::Other,
    }
}

impl PacketSource {
    /// Opens a file. `track`: one of several sound tracks, by its number in the file.
    ///
    /// # Errors
    /// [`ErrorKind::NotASoundFile`], [`ErrorKind::NeedsHelp`], [`ErrorKind::UnfinishedFile`], [`ErrorKind::FileUnreadable`].
    pub fn open(file: File, track: Option<u32>) -> Result<Self> {
        let mut window = ByteWindow::new(file).map_err(unreadable)?;
        let begin = raw_frames::tags_in_front(&mut window);
        let kind = kind(window.at(begin, 16).map_err(unreadable)?);
        let length = window.length;
        let reopened = |window: &ByteWindow| window.file().map_err(unreadable);
        Ok(match kind {
            Kind::Other => {
                let frames = RawFrames::open(window).map_err(unreadable)?.ok_or_else(|| refused("no frames of sound"))?;
                Self::Raw(Box::new(frames), None)
            }
            Kind::Ogg => match OggPages::open(ByteWindow::new(reopened(&window)?).map_err(unreadable)?).map_err(unreadable)? {
                Some(pages) => Self::Ogg(Box::new(pages)),
                None => Self::format(
                    open_with(Spliced::from(reopened(&window)?, begin, length), |stream, options| Ok(Box::new(OggReader::try_new(stream, options)?)))?,
                    track,
                )?,
            },
            Kind::Wav => {
                let chunks = WavChunks::read(&mut window, begin).ok_or_else(|| refused("a WAV that ends before its sound"))?;
                let source = chunks.plain(&window).map_err(unreadable)?;
                let mut container = ContainerSource::new(open_with(source, |stream, options| Ok(Box::new(WavReader::try_new(stream, options)?)))?, track)?;
                container.lasts = chunks.claimed_secs().or(container.lasts);
                Self::Format(Box::new(container))
            }
            Kind::Mp4 => {
                let boxes = mp4_index::read(&mut window).map_err(unreadable)?.ok_or_else(|| Error::bare(ErrorKind::UnfinishedFile, DOING))?;
                Self::mp4(&window, boxes, track)?
            }
            Kind::Matroska => {
                let mut source = Matroska::new(window)?;
                let reader = match source.open() {
                    Ok(reader) => reader,
                    // What it says of where things stand may be wrong, after a piece was lost: it is read as it comes.
                    Err(err) if !source.without_seek_head()? => return Err(err),
                    Err(_) => source.open()?,
                };
                let mut container = ContainerSource::new(reader, track)?;
                container.matroska = Some(source);
                Self::Format(Box::new(container))
            }
            Kind::Flac => Self::format(
                open_with(Spliced::from(reopened(&window)?, begin, length), |stream, options| Ok(Box::new(FlacReader::try_new(stream, options)?)))?,
                track,
            )?,
            Kind::Aiff => {
                let (parts, lasts) = aiff_chunks::mended(&mut window, begin);
                let source = Spliced::new(reopened(&window)?, parts);
                let mut container = ContainerSource::new(open_with(source, |stream, options| Ok(Box::new(AiffReader::try_new(stream, options)?)))?, track)?;
                container.lasts = lasts.or(container.lasts);
                Self::Format(Box::new(container))
            }
            Kind::Caf => {
                let (parts, lasts) = caf_chunks::mended(&mut window, begin);
                let source = Spliced::new(reopened(&window)?, parts);
                let mut container = ContainerSource::new(open_with(source, |stream, options| Ok(Box::new(CafReader::try_new(stream, options)?)))?, track)?;
                container.lasts = lasts.or(container.lasts);
                Self::Format(Box::new(container))
            }
        })
    }

    fn mp4(window: &ByteWindow, boxes: Mp4Boxes, track: Option<u32>) -> Result<Self> {
        // Of a file in fragments the library reads the index alone.
        let whole = boxes.fragments.as_ref().map_or(window.length, Fragments::begin);
        let mut parts = boxes.mended.unwrap_or_else(|| vec![Part::File(0, whole)]);
        // Old QuickTime has no such box, and the reader wants one; behind all others it moves nothing.
        parts.push(Part::Bytes(b"\0\0\0\x14ftypqt  \0\0\0\0qt  ".to_vec()));
        let source = Spliced::new(window.file().map_err(unreadable)?, parts);
        let reader = open_with(source, |mut stream, options| {
            stream.read_quad_bytes()?;
            Ok(Box::new(IsoMp4Reader::try_new(stream, options)?))
        })?;
        let mut container = ContainerSource::new(reader, track)?;
        if boxes.tracks.get(&container.track).is_some_and(|track| track.is_big_endian) {
            // The reader takes them for the other order.
            container.params.codec = match container.params.codec {
                CODEC_ID_PCM_S24LE => CODEC_ID_PCM_S24BE,
                CODEC_ID_PCM_S32LE => CODEC_ID_PCM_S32BE,
                CODEC_ID_PCM_F32LE => CODEC_ID_PCM_F32BE,
                CODEC_ID_PCM_F64LE => CODEC_ID_PCM_F64BE,
                other => other,
            };
        }
        container.joined = JoinedPackets::of(container.params.codec, boxes.sound_bytes.unwrap_or(u64::MAX));
        container.audible = boxes.tracks.get(&container.track).map(|edits| edits.audible.clone()).unwrap_or_default();
        if boxes.fragments.is_some() {
            // What is said of the length in front is that of the first piece.
            container.lasts = None;
        }
        container.fragments = boxes.fragments;
        for (id, params) in container.all_params() {
            container.fragments.iter_mut().for_each(|fragments| fragments.set_codec(id, params.codec));
        }
        Ok(Self::Format(Box::new(container)))
    }

    fn format(reader: Box<dyn FormatReader>, track: Option<u32>) -> Result<Self> {
        Ok(Self::Format(Box::new(ContainerSource::new(reader, track)?)))
    }

    /// The sound tracks that can be read here, by their numbers in the file, and how many there are in all.
    pub fn tracks(&self) -> (Vec<u32>, usize) {
        match self {
            Self::Raw(..) | Self::Ogg(_) => (vec![0], 1),
            Self::Format(container) => (container.readable.clone(), container.sound_tracks),
        }
    }

    /// What is to be heard, on the clock of the file; empty: all of it.
    pub fn audible(&self) -> Vec<EditedSpan> {
        match self {
            Self::Raw(frames, _) => vec![EditedSpan { from: frames.delay_secs(), until: frames.end_secs().unwrap_or(f64::INFINITY), at: 0.0 }],
            Self::Ogg(_) => Vec::new(),
            Self::Format(container) => container.audible.clone(),
        }
    }

    /// How long the file says it lasts, in seconds on its clock.
    pub fn lasts(&self) -> Option<f64> {
        match self {
            Self::Raw(..) | Self::Ogg(_) => None,
            Self::Format(container) => container.lasts,
        }
    }

    /// Seconds that are known to be missing at the end of a file that does not say how long it lasts.
    pub fn missing_at_the_end(&self) -> f64 {
        match self {
            Self::Raw(frames, _) => frames.missing_at_the_end(),
            Self::Ogg(pages) => pages.missing_at_the_end(),
            Self::Format(_) => 0.0,
        }
    }

    /// Whether it ends in the middle of a sound, so that more may have been there once.
    pub fn breaks_off(&mut self) -> bool {
        match self {
            Self::Raw(frames, _) => frames.breaks_off(),
            Self::Ogg(pages) => pages.breaks_off(),
            Self::Format(_) => false,
        }
    }

    /// How far reading has come by its bytes, where that is known.
    pub fn done(&self) -> Option<f32> {
        match self {
            Self::Raw(frames, _) => Some(frames.done()),
            Self::Ogg(pages) => Some(pages.done()),
            Self::Format(container) => container.fragments.as_ref().map(Fragments::done),
        }
    }

    /// The rate by the header, in Hz.
    pub fn rate_hz(&self) -> Option<u32> {
        match self {
            Self::Raw(frames, _) => frames.first().params().sample_rate,
            Self::Ogg(pages) => pages.rate_hz(),
            Self::Format(container) => container.params.sample_rate,
        }
    }

    /// What comes next. `clock` is how far the file's clock has come.
    ///
    /// # Errors
    /// When the disk does not give the file.
    pub fn next(&mut self, clock: Option<f64>) -> Result<NextGroup> {
        match self {
            Self::Raw(frames, last) => {
                let Some(frame) = frames.next().map_err(unreadable)? else { return Ok(NextGroup::End { is_broken: false }) };
                // Files that were joined may differ.
                let params = last.is_none_or(|last| !last.is_same_stream(&frame.head)).then(|| frame.head.params());
                *last = Some(frame.head);
                let packet = Packet::new(0, Timestamp::new(0), Duration::new(0), frame.bytes);
                Ok(NextGroup::Group(Group {
                    packets: vec![packet],
                    time: Time::Begins(frame.start, frame.head.secs()),
                    params,
                    begins: false,
                    is_after_cut: frame.is_after_cut,
                }))
            }
            Self::Ogg(pages) => {
                let Some(sounds) = pages.next().map_err(unreadable)? else { return Ok(NextGroup::End { is_broken: false }) };
                let packets = sounds.packets.into_iter().map(|bytes| Packet::new(0, Timestamp::new(0), Duration::new(0), bytes)).collect();
                let time = Time::Ends { end: sounds.end, is_last: sounds.is_last, is_after_loss: sounds.is_after_loss, delay: sounds.delay };
                Ok(NextGroup::Group(Group { packets, time, begins: sounds.begins.is_some(), params: sounds.begins, is_after_cut: false }))
            }
            Self::Format(container) => container.next(clock),
        }
    }
}
