//! What is to be heard, made from the recording as it is needed: stretches are jumped over or repeated, noise is softened, voices are evened out,
//! the speed is changed. The file is only read.
//!
//! Each sample that comes out is known by its moment on the recording's own clock, whatever was skipped, repeated or stretched.

use super::convert::Resampler;
use super::denoise::{DENOISE_RATE_HZ, Denoiser};
use super::loudness::{GainCurve, soft_clip};
use super::stretch::Stretch;
use super::wav_source::WavSource;
use crate::conference::{Millis, Span};
use crate::error::Result;
use std::collections::VecDeque;
use std::sync::Arc;

/// How a recording is played.
#[derive(Debug, Clone, Default)]
pub(super) struct PlaybackOptions {
    /// 1 = as it was said.
    pub speed: f32,
    /// Stretches to jump over, sorted by start.
    pub skips: Vec<Span>,
    /// The stretch to repeat.
    pub repeat: Option<Span>,
    /// What follows is not heard.
    pub end: Option<Millis>,
    /// The gains that bring all speakers to one level.
    pub gains: Option<Arc<GainCurve>>,
    /// Reduce the noise of the classroom.
    pub denoise: bool,
}

/// Read at a time, in seconds.
const READ_SECS: f64 = 0.02;
/// Where one stretch is joined to another each side is faded over this long, in seconds: no click.
const FADE_SECS: f64 = 0.005;
/// A shorter stretch is not worth repeating; it would only buzz.
const SHORTEST_REPEAT: Millis = Millis(200);

/// The chain from the file to the loudspeaker. In the middle it works at [`DENOISE_RATE_HZ`]; "core samples" are counted there, since the last restart.
pub(super) struct Renderer {
    source: WavSource,
    options: PlaybackOptions,
    output_rate: u32,
    /// From the recording's rate to the core's.
    to_core_rate: Option<Resampler>,
    denoiser: Option<Denoiser>,
    stretch: Option<Stretch>,
    /// From the core's rate to the output's. None after the end.
    to_output_rate: Option<Resampler>,
    /// Samples read from the file.
    taken: u64,
    /// From which core sample on, which moment of the recording is heard: one entry for each jump.
    jumps: VecDeque<(u64, Millis)>,
    /// Core samples made.
    made: u64,
    /// From which sample after stretching on, which core sample is heard.
    trail: VecDeque<(u64, u64)>,
    stretched: u64,
    /// Output samples given.
    given: u64,
    /// The next block begins after a jump.
    fresh: bool,
}

impl Renderer {
    /// At the start of the recording.
    ///
    /// # Errors
    /// Only through a mistake of ours.
    pub fn new(source: WavSource, output_rate: u32) -> Result<Self> {
        let options = PlaybackOptions { speed: 1.0, ..PlaybackOptions::default() };
        let mut renderer = Self {
            source,
            options: options.clone(),
            output_rate,
            to_core_rate: None,
            denoiser: None,
            stretch: None,
            to_output_rate: None,
            taken: 0,
            jumps: VecDeque::new(),
            made: 0,
            trail: VecDeque::new(),
            stretched: 0,
            given: 0,
            fresh: true,
        };
        renderer.restart(Millis::ZERO, output_rate, &options)?;
        Ok(renderer)
    }

    /// The recording's length.
    pub fn length(&self) -> Millis {
        self.source.length()
    }

    /// Begins anew at a moment, for an output of that rate: nothing of before is left in the filters.
    ///
    /// # Errors
    /// Only through a mistake of ours.
    pub fn restart(&mut self, at: Millis, output_rate: u32, options: &PlaybackOptions) -> Result<()> {
        self.source.end_at(options.end);
        self.source.seek(at);
        self.options.clone_from(options);
        self.output_rate = output_rate;
        self.to_core_rate = Some(Resampler::new(self.source.rate, DENOISE_RATE_HZ)?);
        self.denoiser = self.options.denoise.then(Denoiser::new);
        self.stretch = if (self.options.speed - 1.0).abs() < 0.01 { None } else { Some(Stretch::new(DENOISE_RATE_HZ, self.options.speed)?) };
        self.to_output_rate = Some(Resampler::new(DENOISE_RATE_HZ, output_rate)?);
        self.jumps = VecDeque::from([(0, self.source.position())]);
        self.trail.clear();
        (self.taken, self.made, self.stretched, self.given, self.fresh) = (0, 0, 0, 0, true);
        Ok(())
    }

    /// Appends some samples at the output's rate, and says which moment of the recording the first of them is. None at the end.
    ///
    /// # Errors
    /// Only through a mistake of ours.
    pub fn render(&mut self, out: &mut Vec<f32>) -> Result<Option<Millis>> {
        let before = out.len();
        while out.len() == before {
            if self.to_output_rate.is_none() {
                return Ok(None);
            }
            let samples = self.read();
            let is_last = samples.is_empty() || (self.source.at >= self.source.frames && self.jump_from(self.source.at).is_none());
            self.process(&samples, is_last, out)?;
        }
        let at = self.next_moment();
        self.given += (out.len() - before) as u64;
        Ok(Some(at))
    }

    /// Where playing goes on when it has come to this frame; none = straight on.
    fn jump_from(&self, at: u64) -> Option<u64> {
        let frame = |at: Millis| (at.samples(self.source.rate) as u64).min(self.source.frames);
        let skip = self.options.skips.iter().map(|skip| (frame(skip.start()), frame(skip.end()))).find(|&(from, to)| from <= at && at < to);
        let to = skip.map(|(_, to)| to);
        if let Some(repeat) = self.options.repeat.filter(|repeat| repeat.length() >= SHORTEST_REPEAT) {
            let (from, end) = (frame(repeat.start()), frame(repeat.end()));
            // At its end, or skipping over it from inside.
            if at == end || (from <= at && at < end && to.is_some_and(|to| to >= end)) {
                return Some(from);
            }
        }
        to
    }

    /// The first frame after this one at which playing does not go straight on.
    fn boundary_after(&self, at: u64) -> u64 {
        let frame = |at: Millis| at.samples(self.source.rate) as u64;
        let skips = self.options.skips.iter().map(|skip| frame(skip.start()));
        let repeat = self.options.repeat.iter().map(|repeat| frame(repeat.end()));
        skips.chain(repeat).filter(|&next| next > at).fold(self.source.frames, u64::min)
    }

    /// The next samples of the recording, jumps made and joins faded; empty at the end.
    fn read(&mut self) -> Vec<f32> {
        if let Some(to) = self.jump_from(self.source.at) {
            self.source.seek_frame(to);
            self.fresh = true;
            // Nothing on the way to the core is delayed, so what was read is what was made.
            self.jumps.push_back((scaled(self.taken, self.source.rate, DENOISE_RATE_HZ), self.source.position()));
        }
        let next = self.boundary_after(self.source.at);
        let count = ((f64::from(self.source.rate) * READ_SECS) as u64).min(next.saturating_sub(self.source.at));
        let mut samples = self.source.read(count);
        self.taken += samples.len() as u64;
        let fade = ((f64::from(self.source.rate) * FADE_SECS) as usize).min(samples.len());
        let share = |step: usize| step as f32 / fade as f32;
        if std::mem::take(&mut self.fresh) {
            samples.iter_mut().take(fade).enumerate().for_each(|(step, sample)| *sample *= share(step));
        }
        if self.source.at >= next {
            samples.iter_mut().rev().take(fade).enumerate().for_each(|(step, sample)| *sample *= share(step));
        }
        samples
    }

    /// One block through the whole chain.
    fn process(&mut self, samples: &[f32], is_last: bool, out: &mut Vec<f32>) -> Result<()> {
        let mut core = Vec::new();
        if let Some(to_core_rate) = &mut self.to_core_rate {
            to_core_rate.push(samples, &mut core)?;
        }
        if is_last && let Some(to_core_rate) = self.to_core_rate.take() {
            to_core_rate.finish(&mut core)?;
        }
        if let Some(denoiser) = &mut self.denoiser {
            let mut denoised = Vec::new();
            denoiser.push(&core, &mut denoised);
            if is_last && let Some(denoiser) = self.denoiser.take() {
                denoiser.finish(&mut denoised);
            }
            core = denoised;
        }
        self.level_speakers(&mut core);
        if let Some(stretch) = &mut self.stretch {
            let (trail, stretched) = (&mut self.trail, &mut self.stretched);
            let mut paced = Vec::new();
            let mut take = |piece: &[f32], at| {
                trail.push_back((*stretched, at));
                *stretched += piece.len() as u64;
                paced.extend_from_slice(piece);
            };
            stretch.push(&core, &mut take)?;
            if is_last && let Some(stretch) = self.stretch.take() {
                stretch.finish(&mut take)?;
            }
            core = paced;
        }
        if let Some(to_output_rate) = &mut self.to_output_rate {
            to_output_rate.push(&core, out)?;
        }
        if is_last && let Some(to_output_rate) = self.to_output_rate.take() {
            to_output_rate.finish(out)?;
        }
        Ok(())
    }

    /// Each voice at its gain, a millisecond at a time.
    fn level_speakers(&mut self, core: &mut [f32]) {
        let first = self.made;
        self.made += core.len() as u64;
        let Some(gains) = self.options.gains.as_ref() else { return };
        let step = DENOISE_RATE_HZ as usize / 1000;
        let amplitude = |sample: u64| 10_f32.powf(gains.at(moment(&self.jumps, sample)) / 20.0);
        for (index, block) in core.chunks_mut(step).enumerate() {
            let at = first + (index * step) as u64;
            let (from, to) = (amplitude(at), amplitude(at + step as u64));
            for (n, sample) in block.iter_mut().enumerate() {
                *sample = soft_clip(*sample * (from + (to - from) * n as f32 / step as f32));
            }
        }
    }

    /// The moment of the output sample to be given next; what lies before it is forgotten.
    fn next_moment(&mut self) -> Millis {
        let mut sample = scaled(self.given, self.output_rate, DENOISE_RATE_HZ);
        while self.trail.get(1).is_some_and(|&(from, _)| from <= sample) {
            self.trail.pop_front();
        }
        if let Some(&(from, core)) = self.trail.front() {
            sample = core + (sample.saturating_sub(from) as f64 * f64::from(self.options.speed)) as u64;
        }
        while self.jumps.get(1).is_some_and(|&(from, _)| from <= sample) {
            self.jumps.pop_front();
        }
        moment(&self.jumps, sample).min(self.length())
    }
}

/// A count of samples at another rate.
fn scaled(count: u64, from_hz: u32, to_hz: u32) -> u64 {
    (u128::from(count) * u128::from(to_hz) / u128::from(from_hz.max(1))) as u64
}

/// The moment of a core sample.
fn moment(jumps: &VecDeque<(u64, Millis)>, sample: u64) -> Millis {
    let jump = jumps.iter().rev().find(|&&(from, _)| from <= sample).or(jumps.front());
    jump.map_or(Millis::ZERO, |&(from, at)| at + Millis::from_samples(sample.saturating_sub(from), DENOISE_RATE_HZ))
}

#[cfg(test)]
mod tests {
    use super::super::convert::rms;
    use super::*;
    use std::path::{Path, PathBuf};

    const RATE: u32 = 48_000;

    fn write(folder: &Path, samples: impl Iterator<Item = f32>) -> PathBuf {
        let path = folder.join("a.wav");
        let spec = hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        samples.for_each(|sample| writer.write_sample((sample * 32_767.0) as i16).unwrap());
        writer.finalize().unwrap();
        path
    }

    /// Three seconds whose pitch tells the second: 200 Hz, 400 Hz, 600 Hz.
    fn three_seconds(folder: &Path) -> PathBuf {
        write(folder, (0..48_000).map(|n| (n as f64 * 200.0 * (1 + n / 16_000) as f64 * std::f64::consts::TAU / 16_000.0).sin() as f32 * 0.5))
    }

    fn options() -> PlaybackOptions {
        PlaybackOptions { speed: 1.0, ..PlaybackOptions::default() }
    }

    /// Everything that is heard (at most ten seconds of it), with the moment of each piece.
    fn heard(path: &Path, from: Millis, options: &PlaybackOptions, rate: u32) -> (Vec<f32>, Vec<(usize, Millis)>) {
        let mut renderer = Renderer::new(WavSource::open(path).unwrap(), rate).unwrap();
        renderer.restart(from, rate, options).unwrap();
        let (mut out, mut stamps) = (Vec::new(), Vec::new());
        while out.len() < 10 * rate as usize {
            let before = out.len();
            let Some(at) = renderer.render(&mut out).unwrap() else { break };
            stamps.push((before, at));
        }
        (out, stamps)
    }

    fn pitch(samples: &[f32]) -> f64 {
        let up: Vec<usize> = (1..samples.len()).filter(|&n| samples[n - 1] < 0.0 && samples[n] >= 0.0).collect();
        (up.len() - 1) as f64 * f64::from(RATE) / (up[up.len() - 1] - up[0]) as f64
    }

    #[test]
    fn at_normal_speed_every_second_is_a_second_at_any_rate_of_the_output() {
        let folder = tempfile::tempdir().unwrap();
        let path = three_seconds(folder.path());
        for rate in [16_000, 44_100, 48_000, 96_000] {
            let (out, stamps) = heard(&path, Millis::ZERO, &options(), rate);
            assert!((out.len() as i64 - 3 * i64::from(rate)).abs() < 3, "{rate}: {}", out.len());
            let worst = stamps.iter().map(|&(n, at)| (n as f64 / f64::from(rate) - at.secs()).abs()).fold(0.0, f64::max);
            assert!(worst < 0.003, "{rate}: {worst} s");
        }
        let (out, _) = heard(&path, Millis::ZERO, &options(), RATE);
        for second in 0..3 {
            let there = pitch(&out[second * 48_000 + 2000..(second + 1) * 48_000 - 2000]);
            assert!((there - 200.0 * (second + 1) as f64).abs() < 1.0, "{there}");
        }
    }

    #[test]
    fn faster_and_slower_keep_the_pitch_the_length_and_the_clock() {
        let folder = tempfile::tempdir().unwrap();
        let path = three_seconds(folder.path());
        for speed in [0.5_f32, 0.75, 1.25, 1.5, 2.0] {
            let (out, stamps) = heard(&path, Millis::ZERO, &PlaybackOptions { speed, ..options() }, RATE);
            let expected = 144_000.0 / f64::from(speed);
            assert!((out.len() as f64 / expected - 1.0).abs() < 0.01, "{speed}: {}", out.len());
            let there = pitch(&out[(expected * 0.42) as usize..(expected * 0.58) as usize]);
            assert!((there / 400.0 - 1.0).abs() < 0.01, "{speed}: {there}");
            assert!(stamps.windows(2).all(|pair| pair[0].1 <= pair[1].1));
            let worst = stamps.iter().map(|&(n, at)| (n as f64 * f64::from(speed) / 48_000.0 - at.secs()).abs()).fold(0.0, f64::max);
            assert!(worst < 0.05, "{speed}: {worst} s");
        }
    }

    #[test]
    fn what_is_skipped_is_not_heard_and_the_clock_jumps() {
        let folder = tempfile::tempdir().unwrap();
        let path = three_seconds(folder.path());
        let (out, stamps) = heard(&path, Millis::ZERO, &PlaybackOptions { skips: vec![Span::from_secs(1.0, 2.0)], ..options() }, RATE);
        assert!((out.len() as i64 - 96_000).abs() < 3, "{}", out.len());
        assert!(!stamps.iter().any(|&(_, at)| at > Millis(1001) && at < Millis(1999)), "{stamps:?}");
        for &(n, at) in &stamps {
            let expected = if n < 48_000 { n as f64 / 48_000.0 } else { n as f64 / 48_000.0 + 1.0 };
            assert!((at.secs() - expected).abs() < 0.003, "{at:?} at {expected}");
        }
        assert!((pitch(&out[50_000..94_000]) - 600.0).abs() < 2.0);
    }

    #[test]
    fn the_clock_stays_true_when_skipping_softening_and_hurrying_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = three_seconds(folder.path());
        let both = PlaybackOptions { speed: 1.5, skips: vec![Span::from_secs(1.0, 2.0)], denoise: true, ..options() };
        let (out, stamps) = heard(&path, Millis::ZERO, &both, 44_100);
        assert!((out.len() as f64 / (44_100.0 * 2.0 / 1.5) - 1.0).abs() < 0.01, "{}", out.len());
        assert!(stamps.iter().all(|&(_, at)| at <= Millis(1030) || at >= Millis(1970)), "{stamps:?}");
        let &(n, at) = stamps.last().unwrap();
        let end = at.secs() + (out.len() - n) as f64 / 44_100.0 * 1.5;
        assert!((end - 3.0).abs() < 0.05, "{end}");
    }

    #[test]
    fn a_stretch_is_repeated_until_it_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = three_seconds(folder.path());
        let (out, stamps) = heard(&path, Millis(900), &PlaybackOptions { repeat: Some(Span::from_secs(1.0, 1.5)), ..options() }, RATE);
        assert!(out.len() >= 480_000, "it does not end by itself");
        assert!(stamps.iter().all(|&(_, at)| at < Millis(1502)));
        // Half a second each time round.
        let rounds = stamps.windows(2).filter(|pair| pair[1].1 < pair[0].1).count();
        assert!((18..=20).contains(&rounds), "{rounds}");
        assert!((pitch(&out[100_000..110_000]) - 400.0).abs() < 15.0);
        // A stretch that was passed, or is too short to be worth it, holds nobody.
        assert!(
            (heard(&path, Millis(2000), &PlaybackOptions { repeat: Some(Span::from_secs(1.0, 1.5)), ..options() }, RATE).0.len() as i64 - 48_000).abs() < 3
        );
        assert!(
            (heard(&path, Millis(2000), &PlaybackOptions { repeat: Some(Span::from_secs(2.1, 2.2)), ..options() }, RATE).0.len() as i64 - 48_000).abs() < 3
        );
        // A silence skipped at its end does not lead out of it.
        let skipping = PlaybackOptions { repeat: Some(Span::from_secs(1.0, 1.5)), skips: vec![Span::from_secs(1.4, 1.8)], ..options() };
        assert!(heard(&path, Millis(1000), &skipping, RATE).1.iter().all(|&(_, at)| at < Millis(1402)));
    }

    #[test]
    fn seeking_begins_at_that_moment_without_a_click() {
        let folder = tempfile::tempdir().unwrap();
        let path = three_seconds(folder.path());
        let (out, stamps) = heard(&path, Millis(2003), &options(), RATE);
        assert_eq!(stamps[0].1, Millis(2003));
        assert!(out[0].abs() < 0.01 && (pitch(&out[4000..40_000]) - 600.0).abs() < 2.0);
        let joined = heard(&path, Millis::ZERO, &PlaybackOptions { skips: vec![Span::from_secs(0.7013, 2.2177)], ..options() }, RATE).0;
        let steepest = |samples: &[f32]| samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
        // No steeper than a 600 Hz tone of this loudness is itself.
        assert!(steepest(&joined) < 0.05, "{}", steepest(&joined));
    }

    #[test]
    fn the_gains_follow_the_recording_through_skips() {
        let folder = tempfile::tempdir().unwrap();
        let path = write(folder.path(), (0..64_000).map(|n| (n as f32 * 0.2).sin() * if n < 32_000 { 0.2 } else { 0.02 }));
        let envelope = super::super::convert::envelope(&(0..64_000).map(|n| (n as f32 * 0.2).sin() * if n < 32_000 { 0.2 } else { 0.02 }).collect::<Vec<_>>());
        let piece = |from, to, voice| crate::conference::VoiceSpan { span: Span::from_secs(from, to), voice: crate::conference::Voice(voice) };
        let gains = Some(Arc::new(GainCurve::level_speakers(&envelope, &[piece(0.0, 2.0, 0), piece(2.0, 4.0, 1)])));
        let (out, _) = heard(&path, Millis::ZERO, &PlaybackOptions { skips: vec![Span::from_secs(0.5, 2.5)], gains, ..options() }, RATE);
        let (loud, quiet) = (rms(&out[4800..20_000]), rms(&out[30_000..90_000]));
        assert!((20.0 * (loud / quiet).log10()).abs() < 1.0, "{loud} and {quiet}");
    }

    /// A very long recording is several files: nobody hears where one ends.
    #[test]
    fn several_files_are_heard_as_one() {
        let folder = tempfile::tempdir().unwrap();
        let whole = three_seconds(folder.path());
        let samples: Vec<f32> = WavSource::open(&whole).unwrap().read(48_000);
        let parts = folder.path().join("parts");
        std::fs::create_dir(&parts).unwrap();
        // They end in the middle of a block; the last holds less than one.
        let first = write(&parts, samples[..17_111].iter().copied());
        let mut at = 17_111;
        for (number, length) in [(2, 14_000), (3, 16_800), (4, 89)] {
            std::fs::create_dir(parts.join("more")).unwrap();
            let part = write(&parts.join("more"), samples[at..at + length].iter().copied());
            std::fs::rename(part, super::super::segments::segment_path(&first, number)).unwrap();
            std::fs::remove_dir(parts.join("more")).unwrap();
            at += length;
        }
        assert_eq!((at, WavSource::open(&first).unwrap().length()), (48_000, Millis(3000)));
        let skipping = PlaybackOptions { skips: vec![Span::from_secs(0.9, 1.3)], ..options() };
        for (from, options) in [(0, options()), (1050, options()), (1950, options()), (2999, options()), (0, skipping)] {
            let [one, several] = [&whole, &first].map(|path| heard(path, Millis(from), &options, RATE).0);
            let worst = one.iter().zip(&several).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            // What is written once more is rounded once more.
            assert!(!one.is_empty() && one.len() == several.len() && worst < 1e-3, "{from} {options:?}: {worst}");
        }
    }
}
