//! The packets of a file, whatever it is: containers that the decoders' library reads, and those that are read here because it loses the clock or the end.
//!
//! What a file is, is decided by how it begins, not by its name and not by what looks like a frame somewhere inside.

use super::frame_heads::Head;
use super::joined_packets::JoinedPackets;
use super::mp4_boxes::EditedSpan;
use super::mp4_fragments::{Fragments, Sample};
use super::mp4_index::{self, Mp4Boxes};
use super::ogg_pages::OggPages;
use super::raw_frames::{self, RawFrames};
use super::spliced::{ByteWindow, Part, Spliced, overlaid};
use super::wav_chunks::WavChunks;
use super::{aiff_chunks, caf_chunks};
use crate::error::{Error, ErrorKind, Result, SoundFormat};
use std::fs::File;
use std::sync::LazyLock;
use symphonia::core::codecs::audio::well_known::{
    CODEC_ID_AAC, CODEC_ID_OPUS, CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F64BE, CODEC_ID_PCM_F64LE, CODEC_ID_PCM_S24BE, CODEC_ID_PCM_S24LE,
    CODEC_ID_PCM_S32BE, CODEC_ID_PCM_S32LE,
};
use symphonia::core::codecs::audio::{AudioCodecParameters, AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSource, MediaSourceStream, ReadBytes as _};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase, Timestamp};
use symphonia::default::formats::{AiffReader, CafReader, FlacReader, IsoMp4Reader, MkvReader, OggReader, WavReader};
use symphonia_adapter_libopus::OpusDecoder;

const DOING: &str = "reading a sound file";

/// What stands before each cluster of a Matroska or WebM file.
const CLUSTER: [u8; 4] = [0x1F, 0x43, 0xB6, 0x75];

static CODECS: LazyLock<CodecRegistry> = LazyLock::new(|| {
    let mut codecs = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut codecs);
    codecs.register_audio_decoder::<OpusDecoder>();
    codecs
});

/// A decoder for these packets. It leaves nothing out by itself: what is to be heard is decided by the clock.
///
/// # Errors
/// [`ErrorKind::NeedsHelp`] for a codec that is not known here.
pub(super) fn decoder(params: &AudioCodecParameters) -> Result<Box<dyn AudioDecoder>> {
    let mut params = params.clone();
    if params.codec == CODEC_ID_OPUS {
        // Its head makes the decoder leave out the encoder's delay, wherever it is begun.
        params.extra_data = None;
    }
    CODECS.make_audio_decoder(&params, &AudioDecoderOptions::default().gapless(false)).map_err(|err| {
        let format = if params.codec == CODEC_ID_AAC { SoundFormat::HeAac } else { SoundFormat::Other };
        Error::new(ErrorKind::NeedsHelp(format), DOING, err.to_string())
    })
}

/// Whether samples of this codec are floating-point numbers: what goes beyond full scale in them was never cut off.
pub(super) fn is_float(params: &AudioCodecParameters) -> bool {
    [CODEC_ID_PCM_F32LE, CODEC_ID_PCM_F32BE, CODEC_ID_PCM_F64LE, CODEC_ID_PCM_F64BE].contains(&params.codec)
}

/// Packets that belong together, with what is known of their time.
pub(super) struct Group {
    pub packets: Vec<Packet>,
    pub time: Time,
    /// What follows needs a new decoder.
    pub params: Option<AudioCodecParameters>,
    /// Another recording begins here, with a clock of its own.
    pub begins: bool,
    /// A piece of the file may be gone before it, of which nothing tells how long it was.
    pub is_after_cut: bool,
}

/// When a group is heard, in seconds on the clock of the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Time {
    /// It begins here, and lasts so long (zero: nobody says).
    Begins(f64, f64),
    /// It ends here. Of the last of a stream only so much is to be heard; it begins where the one before ended, or, when it is the only one, at the delay.
    Ends { end: f64, is_last: bool, is_after_loss: bool, delay: f64 },
}

/// What comes of asking for more.
pub(super) enum NextGroup {
    Group(Group),
    /// The end; broken: what follows cannot be read.
    End {
        is_broken: bool,
    },
}

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

fn refused(why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::NotASoundFile, DOING, why)
}

fn unreadable(err: std::io::Error) -> Error {
    Error::reading(DOING, err)
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
        let again = |window: &ByteWindow| window.file().map_err(unreadable);
        Ok(match kind {
            Kind::Other => {
                let frames = RawFrames::open(window).map_err(unreadable)?.ok_or_else(|| refused("no frames of sound"))?;
                Self::Raw(Box::new(frames), None)
            }
            Kind::Ogg => match OggPages::open(ByteWindow::new(again(&window)?).map_err(unreadable)?).map_err(unreadable)? {
                Some(pages) => Self::Ogg(Box::new(pages)),
                None => Self::format(
                    open_with(Spliced::from(again(&window)?, begin, length), |stream, options| Ok(Box::new(OggReader::try_new(stream, options)?)))?,
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
                open_with(Spliced::from(again(&window)?, begin, length), |stream, options| Ok(Box::new(FlacReader::try_new(stream, options)?)))?,
                track,
            )?,
            Kind::Aiff => {
                let (parts, lasts) = aiff_chunks::mended(&mut window, begin);
                let source = Spliced::new(again(&window)?, parts);
                let mut container = ContainerSource::new(open_with(source, |stream, options| Ok(Box::new(AiffReader::try_new(stream, options)?)))?, track)?;
                container.lasts = lasts.or(container.lasts);
                Self::Format(Box::new(container))
            }
            Kind::Caf => {
                let (parts, lasts) = caf_chunks::mended(&mut window, begin);
                let source = Spliced::new(again(&window)?, parts);
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
        container.heard = boxes.tracks.get(&container.track).map(|edits| edits.heard.clone()).unwrap_or_default();
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
    pub fn heard(&self) -> Vec<EditedSpan> {
        match self {
            Self::Raw(frames, _) => vec![EditedSpan { from: frames.delay_secs(), until: frames.end_secs().unwrap_or(f64::INFINITY), at: 0.0 }],
            Self::Ogg(_) => Vec::new(),
            Self::Format(container) => container.heard.clone(),
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

fn open_with(
    source: impl MediaSource + 'static,
    open: impl FnOnce(MediaSourceStream<'static>, FormatOptions) -> symphonia::core::errors::Result<Box<dyn FormatReader>>,
) -> Result<Box<dyn FormatReader>> {
    let stream = MediaSourceStream::new(Box::new(source), Default::default());
    open(stream, FormatOptions::default()).map_err(|err| refused(err.to_string()))
}

/// A container that the library reads.
pub(super) struct ContainerSource {
    reader: Box<dyn FormatReader>,
    track: u32,
    params: AudioCodecParameters,
    is_new: bool,
    base: Option<TimeBase>,
    heard: Vec<EditedSpan>,
    lasts: Option<f64>,
    readable: Vec<u32>,
    sound_tracks: usize,
    /// All tracks are asked for, not one.
    is_for_all: bool,
    /// Packets come from the fragments of an MP4.
    fragments: Option<Fragments>,
    /// They are joined as they come.
    joined: Option<JoinedPackets>,
    /// A Matroska file can be gone on with at its next whole cluster.
    matroska: Option<Matroska>,
    /// Where the next one is looked for.
    cluster_from: u64,
}

impl ContainerSource {
    fn new(reader: Box<dyn FormatReader>, wanted: Option<u32>) -> Result<Self> {
        let sounds = reader.tracks().iter().filter(|track| track.track_type() == Some(TrackType::Audio));
        let sound_tracks = sounds.clone().count();
        let mut why = refused("no sound track");
        let mut readable = Vec::new();
        for track in sounds {
            match track.codec_params.as_ref().and_then(|params| params.audio()).map(decoder) {
                Some(Ok(_)) => readable.push(track.id),
                Some(Err(err)) => why = err,
                None => {}
            }
        }
        let first = reader.default_track(TrackType::Audio).map(|track| track.id).filter(|id| readable.contains(id)).or(readable.first().copied());
        let Some(id) = wanted.filter(|id| readable.contains(id)).or(first) else { return Err(why) };
        let Some(track) = reader.tracks().iter().find(|track| track.id == id) else { return Err(why) };
        let Some(params) = track.codec_params.as_ref().and_then(|params| params.audio()).cloned() else { return Err(why) };
        let base = track.time_base;
        let secs = |base: Option<TimeBase>, ticks: u64| Some(ticks as f64 * f64::from(base?.numer.get()) / f64::from(base?.denom.get()));
        let by_track = track.duration.and_then(|length| secs(base, length.get()));
        let by_frames = track.num_frames.zip(params.sample_rate).map(|(frames, rate)| frames as f64 / f64::from(rate.max(1)));
        // Of a file with pictures too, its length says nothing of the sound.
        let of_all = (reader.tracks().len() == 1).then(|| secs(reader.media_info().time_base, reader.media_info().duration?.get())).flatten();
        let lasts = by_track.or(by_frames).or(of_all).filter(|secs| *secs > 0.0);
        Ok(Self {
            reader,
            track: id,
            params,
            is_new: true,
            base,
            heard: Vec::new(),
            lasts,
            readable,
            sound_tracks,
            is_for_all: false,
            fragments: None,
            joined: None,
            matroska: None,
            cluster_from: 0,
        })
    }

    fn secs(&self, ticks: i64) -> f64 {
        match self.base {
            Some(base) => ticks as f64 * f64::from(base.numer.get()) / f64::from(base.denom.get()),
            None => ticks as f64 / f64::from(self.params.sample_rate.unwrap_or(1).max(1)),
        }
    }

    /// Of every sound track, what its decoder is to be told.
    pub fn all_params(&self) -> Vec<(u32, AudioCodecParameters)> {
        self.reader.tracks().iter().filter_map(|track| Some((track.id, track.codec_params.as_ref()?.audio()?.clone()))).collect()
    }

    /// From now on packets of all tracks come.
    pub fn hear_all(&mut self) {
        self.is_for_all = true;
    }

    pub fn next(&mut self, clock: Option<f64>) -> Result<NextGroup> {
        if let Some(fragments) = &mut self.fragments {
            let Some(sample) = fragments.next((!self.is_for_all).then_some(self.track)).map_err(unreadable)? else {
                return Ok(NextGroup::End { is_broken: false });
            };
            return Ok(NextGroup::Group(self.of_fragment(sample)));
        }
        let mut begins = false;
        loop {
            let packet = match &mut self.joined {
                Some(joined) => joined.next(self.reader.as_mut()),
                None => self.reader.next_packet(),
            };
            match packet {
                Ok(Some(packet)) if self.is_for_all || packet.track_id == self.track => {
                    let time = Time::Begins(self.secs(packet.pts.get()), self.secs(packet.block_dur().get() as i64));
                    let (duration, pts) = (packet.block_dur(), packet.pts);
                    let packet = Packet::new(packet.track_id, pts, duration, packet.data);
                    let params = std::mem::take(&mut self.is_new).then(|| self.params.clone());
                    return Ok(NextGroup::Group(Group { packets: vec![packet], time, params, begins, is_after_cut: false }));
                }
                Ok(Some(_)) => {}
                Ok(None) => {
                    // Short of what it should last: something may stand behind what looked like the end.
                    let is_short = self.matroska.is_some() && self.lasts.is_some_and(|lasts| clock.unwrap_or(0.0) + 1.0 < lasts);
                    if !is_short || !self.go_on(clock)? {
                        return Ok(NextGroup::End { is_broken: false });
                    }
                }
                // Another recording begins.
                Err(SymphoniaError::ResetRequired) => {
                    let Some(track) = self.reader.default_track(TrackType::Audio) else { return Ok(NextGroup::End { is_broken: true }) };
                    let Some(params) = track.codec_params.as_ref().and_then(|params| params.audio()) else { return Ok(NextGroup::End { is_broken: true }) };
                    (self.track, self.base, self.params, self.is_new) = (track.id, track.time_base, params.clone(), true);
                    begins = true;
                }
                Err(SymphoniaError::IoError(err)) if err.kind() != std::io::ErrorKind::UnexpectedEof => return Err(unreadable(err)),
                Err(err) => {
                    tracing::info!("the file is broken: {err}");
                    // What was cut off is not there for others either.
                    let is_cut = matches!(&err, SymphoniaError::IoError(err) if err.kind() == std::io::ErrorKind::UnexpectedEof);
                    if !self.go_on(clock)? {
                        return Ok(NextGroup::End { is_broken: !is_cut });
                    }
                }
            }
        }
    }

    fn of_fragment(&mut self, sample: Sample) -> Group {
        let (time, duration) = (i64::try_from(sample.time).unwrap_or(i64::MAX), i64::try_from(sample.duration).unwrap_or(0));
        let params = std::mem::take(&mut self.is_new).then(|| self.params.clone());
        // What is not there is a packet that cannot be decoded.
        let bytes = sample.bytes.unwrap_or_default();
        let packet = Packet::new(sample.track, Timestamp::new(time), Duration::new(sample.duration), bytes);
        Group { packets: vec![packet], time: Time::Begins(self.secs(time), self.secs(duration)), params, begins: false, is_after_cut: false }
    }

    /// Begins anew at the next whole cluster of a Matroska file that is later than what was read.
    fn go_on(&mut self, clock: Option<f64>) -> Result<bool> {
        let Some(base) = self.reader.media_info().time_base else { return Ok(false) };
        let Some(source) = &mut self.matroska else { return Ok(false) };
        let Some(first) = source.window.find(&CLUSTER, 0).map_err(unreadable)? else { return Ok(false) };
        let mut from = self.cluster_from.max(first);
        while let Some(place) = source.window.find(&CLUSTER, from).map_err(unreadable)? {
            from = place + 4;
            let Some(ticks) = cluster_time(&mut source.window, place + 4) else { continue };
            let secs = ticks as f64 * f64::from(base.numer.get()) / f64::from(base.denom.get());
            if secs < clock.unwrap_or(0.0) || place < first + 9 {
                continue;
            }
            self.cluster_from = from;
            // What is in between becomes an element that says of itself that it is nothing; all else keeps its place.
            source.instead.retain(|(place, _)| *place < first);
            source.instead.push((first, nothing(place - first)));
            if let Ok(reader) = source.open() {
                self.reader = reader;
                // What the decoder knew of the sound before is of no use.
                self.is_new = true;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// A Matroska or WebM file, with what is wrong in it put right as it is read.
struct Matroska {
    window: ByteWindow,
    instead: Vec<(u64, Vec<u8>)>,
    zeros: u64,
}

impl Matroska {
    /// Behind a file that is shorter than it says, so many bytes of nothing: else all of its last cluster would be lost.
    const ZEROS_BEHIND: u64 = 4 << 20;

    fn new(mut window: ByteWindow) -> Result<Self> {
        const SEGMENT: [u8; 4] = [0x18, 0x53, 0x80, 0x67];
        let (mut instead, mut zeros) = (Vec::new(), 0);
        if let Some(place) = window.find(&SEGMENT, 0).map_err(unreadable)?
            && let Some((size, count)) = window.exactly::<8>(place + 4).and_then(length)
        {
            let start = place + 4 + count as u64;
            let is_known = size < (1 << (7 * count)) - 1;
            if is_known && start.saturating_add(size) > window.length {
                zeros = Self::ZEROS_BEHIND.min(start.saturating_add(size) - window.length);
                let there = (window.length + zeros - start).min((1 << (7 * count)) - 2);
                let bytes = (there | 1 << (7 * count)).to_be_bytes();
                instead.push((place + 4, bytes[8 - count..].to_vec()));
            }
        }
        Ok(Self { window, instead, zeros })
    }

    fn open(&self) -> Result<Box<dyn FormatReader>> {
        let mut parts = overlaid(self.window.length, &self.instead);
        parts.push(Part::Zeros(self.zeros));
        let source = Spliced::new(self.window.file().map_err(unreadable)?, parts);
        open_with(source, |stream, options| Ok(Box::new(MkvReader::try_new(stream, options)?)))
    }

    /// Makes nothing of the table of where things stand; false when there is none.
    fn without_seek_head(&mut self) -> Result<bool> {
        const SEEK_HEAD: [u8; 4] = [0x11, 0x4D, 0x9B, 0x74];
        let Some(place) = self.window.find(&SEEK_HEAD, 0).map_err(unreadable)? else { return Ok(false) };
        let Some((size, count)) = self.window.exactly::<8>(place + 4).and_then(length) else { return Ok(false) };
        let whole = size.saturating_add(4 + count as u64);
        if whole < 9 || place.saturating_add(whole) > self.window.length {
            return Ok(false);
        }
        self.instead.push((place, nothing(whole)));
        self.instead.sort_by_key(|(place, _)| *place);
        Ok(true)
    }
}

/// The length of an element, and how many bytes say it.
fn length(bytes: [u8; 8]) -> Option<(u64, usize)> {
    let count = bytes[0].leading_zeros() as usize + 1;
    let value = u64::from_be_bytes(bytes);
    (count <= 8).then(|| (value >> (64 - 8 * count) & ((1 << (7 * count)) - 1), count))
}

/// The head of an element of so many bytes in all that says of itself that it is nothing.
fn nothing(whole: u64) -> Vec<u8> {
    let mut head = vec![0xEC];
    head.extend(((whole - 9) | 0x0100_0000_0000_0000).to_be_bytes());
    head
}

/// The time of a cluster, in ticks: the first thing in it.
fn cluster_time(window: &mut ByteWindow, at: u64) -> Option<u64> {
    let bytes: [u8; 24] = window.exactly(at)?;
    // Its length takes as many bytes as its first has zeros in front, and one more.
    let size = bytes[0].leading_zeros() as usize + 1;
    // A checksum may stand before it.
    let rest = bytes.get(size..)?;
    let rest = if rest.first() == Some(&0xBF) { rest.get(6..)? } else { rest };
    let [0xE7, length, value @ ..] = rest else { return None };
    let count = usize::from(length & 0x7F);
    (length & 0x80 != 0 && (1..=8).contains(&count)).then_some(())?;
    Some(value.get(..count)?.iter().fold(0, |ticks, &byte| ticks << 8 | u64::from(byte)))
}
