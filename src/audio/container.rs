//! A container that the library reads: its sound tracks, and their packets with their time.

use super::codecs::{decoder, refused, unreadable};
use super::joined_packets::JoinedPackets;
use super::matroska::Matroska;
use super::mp4_boxes::EditedSpan;
use super::mp4_fragments::{Fragments, Sample};
use super::packet_group::{Group, NextGroup, Time};
use crate::error::Result;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::errors::Error as SymphoniaError;
use symphonia::core::formats::{FormatReader, TrackType};
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, TimeBase, Timestamp};

/// A container that the library reads.
pub(super) struct ContainerSource {
    reader: Box<dyn FormatReader>,
    pub track: u32,
    pub params: AudioCodecParameters,
    is_new: bool,
    base: Option<TimeBase>,
    pub audible: Vec<EditedSpan>,
    pub lasts: Option<f64>,
    pub readable: Vec<u32>,
    pub sound_tracks: usize,
    /// All tracks are asked for, not one.
    is_for_all: bool,
    /// Packets come from the fragments of an MP4.
    pub fragments: Option<Fragments>,
    /// They are joined as they come.
    pub joined: Option<JoinedPackets>,
    /// A Matroska file can be gone on with at its next whole cluster.
    pub matroska: Option<Matroska>,
}

impl ContainerSource {
    /// One sound track of a container: the `wanted` one, else the one the file names, else the first that can be read.
    ///
    /// # Errors
    /// [`ErrorKind::NotASoundFile`](crate::error::ErrorKind::NotASoundFile), or why none of them can be read.
    pub fn new(reader: Box<dyn FormatReader>, wanted: Option<u32>) -> Result<Self> {
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
            audible: Vec::new(),
            lasts,
            readable,
            sound_tracks,
            is_for_all: false,
            fragments: None,
            joined: None,
            matroska: None,
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

    /// What comes next. `clock` is how far the file's clock has come.
    ///
    /// # Errors
    /// When the disk does not give the file.
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
        let Some(reader) = source.next_cluster(base, clock.unwrap_or(0.0))? else { return Ok(false) };
        self.reader = reader;
        // What the decoder knew of the sound before is of no use.
        self.is_new = true;
        Ok(true)
    }
}
