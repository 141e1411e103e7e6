//! What all decoders give their samples to: channels into one, rates into one, and what is to be known of a sound on the way.

use super::channel_speakers::ChannelSpeakers;
use super::convert::Resampler;
use super::mixdown::{Mixdown, MixdownStats};
use crate::conference::{Remark, VoiceSpan};
use crate::error::Result;

/// No recording is slower or faster, in Hz; a header that says so is broken, and a resampler for it would take all memory.
pub(super) const RATES_HZ: std::ops::RangeInclusive<u32> = 2000..=768_000;
/// -70 dBFS: nothing louder in the whole of a recording is silence.
const SILENCE: f32 = 0.0003;
/// Encoders go a little beyond full scale when the sound was cut off before; floating-point files may go anywhere.
const LOUD_ENCODED: f32 = 1.5;
/// What is louder still is no sound but a number gone wrong, unless all of it is: some programs write whole numbers as floats.
const OUTLIER: f32 = 30.0;

/// Where the samples go.
pub(super) trait Sink {
    fn take(&mut self, samples: &[f32]) -> Result<()>;
    /// Forgets what was taken: the file is read another way. False when it cannot.
    fn start_over(&mut self) -> Result<bool>;
}

/// What is known of a file after it was read.
#[derive(Debug, Default)]
pub(super) struct Decoded {
    pub rate_hz: u32,
    pub channels: usize,
    pub channel_speakers: Option<Vec<VoiceSpan>>,
    pub remarks: Vec<Remark>,
    /// What to multiply it with so that nothing goes beyond full scale; 1 for nearly all.
    pub gain: f32,
    /// Much of it could not be decoded, or its end not reached: another decoder may read more.
    pub is_doubtful: bool,
    /// At 16 kHz, or what was asked for.
    pub samples: u64,
}

/// Channels into one, rates into one, and what is to be known of it on the way.
pub(super) struct Mixer {
    to_hz: u32,
    gain: f32,
    pub rate_hz: u32,
    channels: usize,
    mixdown: Mixdown,
    resampler: Option<Resampler>,
    channel_speakers: ChannelSpeakers,
    mono: Vec<f32>,
    out: Vec<f32>,
    given: u64,
    /// The loudest of each tenth of a second.
    peaks: Vec<f32>,
    peak: (f32, usize),
    seen: MixdownStats,
    most_channels: usize,
    is_float: bool,
}

impl Mixer {
    pub fn new(to_hz: u32, gain: f32) -> Self {
        Self {
            to_hz,
            gain,
            rate_hz: 0,
            channels: 0,
            mixdown: Mixdown::default(),
            resampler: None,
            channel_speakers: ChannelSpeakers::default(),
            mono: Vec::new(),
            out: Vec::new(),
            given: 0,
            peaks: Vec::new(),
            peak: (0.0, 0),
            seen: MixdownStats::default(),
            most_channels: 0,
            is_float: false,
        }
    }

    /// What follows has this rate and so many channels.
    pub fn set_format(&mut self, rate_hz: u32, channels: usize, sink: &mut dyn Sink) -> Result<()> {
        if (self.rate_hz, self.channels) == (rate_hz, channels) {
            return Ok(());
        }
        self.flush(sink)?;
        if self.rate_hz != rate_hz {
            self.end_rate(sink)?;
            self.resampler = Some(Resampler::new(rate_hz, self.to_hz)?);
        }
        (self.rate_hz, self.channels, self.mixdown) = (rate_hz, channels, Mixdown::new(channels, rate_hz));
        self.most_channels = self.most_channels.max(channels);
        Ok(())
    }

    /// Interleaved samples of all channels.
    pub fn push(&mut self, interleaved: &[f32], sink: &mut dyn Sink) -> Result<()> {
        let sane: Vec<f32> = interleaved.iter().map(|&sample| finite(sample) * self.gain).collect();
        self.channel_speakers.push(&sane, self.channels, self.rate_hz);
        self.mono.clear();
        self.mixdown.push(&sane, &mut self.mono);
        self.hand_on(sink)
    }

    pub fn silence(&mut self, mut frames: u64, sink: &mut dyn Sink) -> Result<()> {
        let block = vec![0.0; 65_536 / self.channels.max(1) * self.channels.max(1)];
        while frames > 0 {
            let some = frames.min((block.len() / self.channels.max(1)) as u64);
            self.push(&block[..some as usize * self.channels], sink)?;
            frames -= some;
        }
        Ok(())
    }

    fn flush(&mut self, sink: &mut dyn Sink) -> Result<()> {
        if self.channels > 0 {
            self.mono.clear();
            self.seen = self.mixdown.finish(&mut self.mono);
            self.hand_on(sink)?;
        }
        Ok(())
    }

    fn end_rate(&mut self, sink: &mut dyn Sink) -> Result<()> {
        if let Some(resampler) = self.resampler.take() {
            self.out.clear();
            resampler.finish(&mut self.out)?;
            self.give(sink)?;
        }
        Ok(())
    }

    fn hand_on(&mut self, sink: &mut dyn Sink) -> Result<()> {
        let tenth = (self.rate_hz / 10).max(1) as usize;
        for &sample in &self.mono {
            self.peak = (self.peak.0.max(sample.abs()), self.peak.1 + 1);
            if self.peak.1 >= tenth {
                self.peaks.push(std::mem::take(&mut self.peak).0);
            }
        }
        if let Some(resampler) = &mut self.resampler {
            self.out.clear();
            let mono = std::mem::take(&mut self.mono);
            resampler.push(&mono, &mut self.out)?;
            self.mono = mono;
            self.give(sink)?;
        }
        Ok(())
    }

    fn give(&mut self, sink: &mut dyn Sink) -> Result<()> {
        self.out.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
        self.given += self.out.len() as u64;
        sink.take(&self.out)
    }

    /// The sound has floating-point samples: what goes beyond full scale was never cut off.
    pub fn set_float(&mut self) {
        self.is_float = true;
    }

    pub fn finish(mut self, sink: &mut dyn Sink) -> Result<Decoded> {
        self.flush(sink)?;
        self.end_rate(sink)?;
        self.peaks.push(self.peak.0);
        self.peaks.sort_by(f32::total_cmp);
        let loudest = self.peaks.last().copied().unwrap_or(0.0);
        let usual = self.peaks[self.peaks.len() * 95 / 100];
        // A number gone wrong is no sound to be made room for.
        let loudest = if loudest > usual * OUTLIER && loudest > OUTLIER { usual } else { loudest };
        let limit = if self.is_float { 1.0 } else { LOUD_ENCODED };
        let mut remarks = Vec::new();
        if loudest < SILENCE {
            remarks.push(Remark::OnlySilence);
        } else if self.seen.has_silent_side() && self.most_channels == 2 {
            remarks.push(Remark::SilentSide);
        } else if self.seen.has_turned_side() {
            remarks.push(Remark::TurnedSide);
        }
        Ok(Decoded {
            rate_hz: self.rate_hz,
            channels: self.channels,
            channel_speakers: self.channel_speakers.speaker_spans(),
            remarks,
            gain: if loudest > limit { 0.98 / loudest } else { 1.0 },
            is_doubtful: false,
            samples: self.given,
        })
    }
}

/// Float files may hold anything.
fn finite(sample: f32) -> f32 {
    if sample.is_finite() { sample.clamp(-1e6, 1e6) } else { 0.0 }
}
