//! Plays a recording: play, pause, seek, speed with the pitch kept, stretches skipped.
//!
//! The sound is read from the disk as it is needed. The output callback only takes samples from a ring; the playhead shows what is being heard,
//! not what was put into the ring.

use super::convert::Resampler;
use crate::conference::{Millis, Span};
use crate::error::{Error, ErrorKind, Result};
use cpal::traits::{DeviceTrait as _, HostTrait as _, StreamTrait as _};
use cpal::{FromSample, SizedSample};
use rtrb::{Consumer, Producer, RingBuffer};
use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;
use timestretch::{Parameters, PreparedSession, ProcessStatus, SessionConfig, StreamSession, TempoRate};

/// Where the player is; read by the window each frame.
#[derive(Debug, Default)]
pub struct Playhead {
    millis: AtomicI64,
    playing: AtomicBool,
}

impl Playhead {
    /// The position being heard.
    #[must_use]
    pub fn position(&self) -> Millis {
        Millis(self.millis.load(Ordering::Relaxed))
    }

    /// Whether sound is playing.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.playing.load(Ordering::Relaxed)
    }

    fn set(&self, at: Millis) {
        self.millis.store(at.0, Ordering::Relaxed);
    }
}

/// How much is kept ready: enough for a busy computer, little enough that pausing and seeking feel immediate.
const READY: Duration = Duration::from_millis(200);
/// How often the ring is filled.
const TICK: Duration = Duration::from_millis(20);
/// Slowest and fastest speed.
pub const SPEEDS: std::ops::RangeInclusive<f32> = 0.5..=2.0;

enum Control {
    Play(SyncSender<Result<()>>),
    Pause,
    Seek(Millis),
    Speed(f32),
    Skips(Vec<Span>),
    End,
}

/// A recording ready to be heard.
pub struct Player {
    control: SyncSender<Control>,
    playhead: Arc<Playhead>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Player {
    /// Opens a WAV (mono 16 bit, as the library keeps them).
    ///
    /// # Errors
    /// When the file cannot be read. That there is nothing to play on is said by [`Player::play`].
    pub fn open(path: &Path) -> Result<Self> {
        let source = WavSource::open(path)?;
        let playhead = Arc::new(Playhead::default());
        let (control, controls) = sync_channel(64);
        let shown = Arc::clone(&playhead);
        let thread = std::thread::Builder::new()
            .name("sound".into())
            .spawn(move || run(source, &controls, &shown))
            .map_err(|err| Error::new(ErrorKind::Bug, "starting the player", err))?;
        Ok(Self { control, playhead, thread: Some(thread) })
    }

    /// Where it is.
    #[must_use]
    pub fn playhead(&self) -> Arc<Playhead> {
        Arc::clone(&self.playhead)
    }

    /// Plays from where it is; from the start when it was at the end.
    ///
    /// # Errors
    /// [`ErrorKind::NoSpeaker`] when no output can be opened.
    pub fn play(&self) -> Result<()> {
        let (answer, answered) = sync_channel(1);
        self.tell(Control::Play(answer));
        answered.recv().unwrap_or(Err(Error::bare(ErrorKind::NoSpeaker, "playing")))
    }

    /// Pauses.
    pub fn pause(&self) {
        self.tell(Control::Pause);
    }

    /// Goes to a moment.
    pub fn seek(&self, at: Millis) {
        self.tell(Control::Seek(at));
    }

    /// Speed, kept within [`SPEEDS`]; the pitch stays.
    pub fn set_speed(&self, speed: f32) {
        self.tell(Control::Speed(speed));
    }

    /// Stretches to jump over, sorted by start.
    pub fn set_skips(&self, skips: Vec<Span>) {
        self.tell(Control::Skips(skips));
    }

    fn tell(&self, control: Control) {
        if self.control.send(control).is_err() {
            tracing::error!("the player's thread has ended");
        }
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.control.send(Control::End).ok();
        self.thread.take().map(std::thread::JoinHandle::join);
    }
}

/// The recording, read from the disk a little at a time.
struct WavSource {
    reader: hound::WavReader<BufReader<File>>,
    rate: u32,
    frames: u64,
    /// Frame to be read next.
    at: u64,
}

impl WavSource {
    fn open(path: &Path) -> Result<Self> {
        let doing = "opening a recording to play";
        let file = File::open(path).map_err(|err| Error::reading(doing, err))?;
        let reader = hound::WavReader::new(BufReader::new(file)).map_err(|err| Error::new(ErrorKind::NotASoundFile, doing, err))?;
        let spec = reader.spec();
        if spec.channels != 1 || spec.bits_per_sample != 16 || spec.sample_rate == 0 {
            return Err(Error::bare(ErrorKind::NotASoundFile, doing));
        }
        Ok(Self { rate: spec.sample_rate, frames: u64::from(reader.duration()), at: 0, reader })
    }

    fn seek(&mut self, at: Millis) {
        self.at = (at.samples(self.rate) as u64).min(self.frames);
        if let Err(err) = self.reader.seek(self.at as u32) {
            tracing::error!("seeking in a recording: {err}");
            self.at = self.frames;
        }
    }

    fn position(&self) -> Millis {
        Millis::from_samples(self.at, self.rate)
    }

    /// Reads up to `count` samples; fewer only at the end.
    fn read(&mut self, count: usize, out: &mut Vec<f32>) {
        let before = out.len();
        out.extend(self.reader.samples::<i16>().take(count).map_while(|sample| sample.ok()).map(|sample| f32::from(sample) / 32_768.0));
        let read = out.len() - before;
        // A disk that stops reading ends the playing here; it does not hang.
        self.at = if read == 0 { self.frames } else { self.at + read as u64 };
    }
}

/// Makes what is to be heard: reads, jumps over skips, resamples to the output's rate, stretches.
struct Renderer {
    source: WavSource,
    output_rate: u32,
    speed: f32,
    skips: Vec<Span>,
    resampler: Resampler,
    stretch: Option<Stretch>,
    scratch: Vec<f32>,
}

/// Read at a time: 20 ms at 16 kHz.
const READ: usize = 320;

impl Renderer {
    fn new(source: WavSource, output_rate: u32) -> Result<Self> {
        let resampler = Resampler::new(source.rate, output_rate)?;
        Ok(Self { source, output_rate, speed: 1.0, skips: Vec::new(), resampler, stretch: None, scratch: Vec::new() })
    }

    /// Begins anew at a moment: nothing of before is left in the filters.
    fn restart(&mut self, at: Millis) -> Result<()> {
        self.source.seek(at);
        self.resampler = Resampler::new(self.source.rate, self.output_rate)?;
        self.stretch = if (self.speed - 1.0).abs() < 0.01 { None } else { Some(Stretch::new(self.output_rate, self.speed)?) };
        Ok(())
    }

    /// Appends some samples at the output's rate, and says from which moment of the recording they are. None at the end.
    fn next(&mut self, out: &mut Vec<f32>) -> Result<Option<Millis>> {
        if let Some(skip) = self.skips.iter().find(|skip| skip.contains(self.source.position())) {
            self.source.seek(skip.end());
        }
        if self.source.at >= self.source.frames {
            return Ok(None);
        }
        let at = self.source.position();
        self.scratch.clear();
        self.source.read(READ, &mut self.scratch);
        match &mut self.stretch {
            None => self.resampler.push(&self.scratch, out)?,
            Some(stretch) => {
                let mut resampled = Vec::new();
                self.resampler.push(&self.scratch, &mut resampled)?;
                stretch.push(&resampled, out)?;
            }
        }
        Ok(Some(at))
    }
}

/// `timestretch` fed from a queue.
struct Stretch {
    session: StreamSession,
    /// Source samples not yet taken, the first of them being number `first`.
    queue: VecDeque<f32>,
    first: u64,
}

impl Stretch {
    fn new(rate: u32, speed: f32) -> Result<Self> {
        let bug = |err: String| Error::new(ErrorKind::Bug, "changing the speed", err);
        let tempo = TempoRate::new(f64::from(speed)).map_err(|err| bug(err.to_string()))?;
        let config = SessionConfig {
            channels: 1,
            source_sample_rate: rate,
            output_sample_rate: rate,
            parameters: Parameters::keylock(tempo),
            ..SessionConfig::default()
        };
        let session = PreparedSession::new(config).map_err(|err| bug(err.to_string()))?.activate();
        Ok(Self { session, queue: VecDeque::new(), first: 0 })
    }

    fn push(&mut self, samples: &[f32], out: &mut Vec<f32>) -> Result<()> {
        let bug = |err: String| Error::new(ErrorKind::Bug, "changing the speed", err);
        self.queue.extend(samples);
        let mut block = [0.0_f32; 512];
        loop {
            let status = self.session.advance(8).status;
            loop {
                let stamp = self.session.read_output(&mut block).map_err(|err| bug(err.to_string()))?;
                if stamp.frames == 0 {
                    break;
                }
                out.extend_from_slice(&block[..stamp.frames]);
                let consumed = stamp.consumed(stamp.frames).map_err(|err| bug(err.to_string()))?;
                self.session.acknowledge(consumed).map_err(|err| bug(err.to_string()))?;
            }
            match status {
                ProcessStatus::NeedSource => {
                    let Some(request) = self.session.source_request() else { return Ok(()) };
                    let behind = request.start_frame.saturating_sub(self.first) as usize;
                    self.queue.drain(..behind.min(self.queue.len()));
                    self.first += behind as u64;
                    if self.queue.len() < request.frames {
                        return Ok(());
                    }
                    let given: Vec<f32> = self.queue.iter().copied().take(request.frames).collect();
                    self.session.supply(request, &given).map_err(|err| bug(err.to_string()))?;
                }
                ProcessStatus::NeedAcknowledgement => while self.session.next_applied().is_some() {},
                ProcessStatus::Fault => return Err(bug(format!("{:?}", self.session.fault()))),
                ProcessStatus::Finished | ProcessStatus::Paused | ProcessStatus::Rendered => return Ok(()),
                ProcessStatus::Priming | ProcessStatus::Progress | ProcessStatus::NeedOutput => {}
            }
        }
    }
}

/// The open output: a ring the callback empties.
struct Output {
    _stream: cpal::Stream,
    ring: Producer<f32>,
    rate: u32,
    state: Arc<OutputState>,
}

#[derive(Default)]
struct OutputState {
    /// Samples the callback has taken from the ring.
    taken: AtomicU64,
    /// The ring is to be emptied without being heard.
    flush: AtomicBool,
    /// The device is gone.
    lost: AtomicBool,
}

fn open_output() -> Result<Output> {
    let doing = "opening the speaker";
    let none = |err: String| Error::new(ErrorKind::NoSpeaker, doing, err);
    let host = cpal::default_host();
    let device = host.default_output_device().ok_or(Error::bare(ErrorKind::NoSpeaker, doing))?;
    let supported = device.default_output_config().map_err(|err| none(err.to_string()))?;
    let config = super::capture::prompt(&host, &supported, 10);
    let (ring, heard) = RingBuffer::new(config.sample_rate as usize);
    let state = Arc::new(OutputState::default());
    let stream = match supported.sample_format() {
        cpal::SampleFormat::F32 => build::<f32>(&device, config, heard, &state),
        cpal::SampleFormat::I16 => build::<i16>(&device, config, heard, &state),
        cpal::SampleFormat::U16 => build::<u16>(&device, config, heard, &state),
        cpal::SampleFormat::I32 => build::<i32>(&device, config, heard, &state),
        other => return Err(none(format!("sample format {other}"))),
    }
    .map_err(|err| none(err.to_string()))?;
    stream.play().map_err(|err| none(err.to_string()))?;
    Ok(Output { _stream: stream, ring, rate: config.sample_rate, state })
}

fn build<T>(device: &cpal::Device, config: cpal::StreamConfig, mut ring: Consumer<f32>, state: &Arc<OutputState>) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample + FromSample<f32>,
{
    let channels = usize::from(config.channels).max(1);
    let (heard, lost) = (Arc::clone(state), Arc::clone(state));
    device.build_output_stream::<T, _, _>(
        config,
        // Like the microphone's callback: no lock, no allocation, no log, no wait.
        move |frames: &mut [T], _| {
            if heard.flush.swap(false, Ordering::AcqRel) {
                let slots = ring.slots();
                if let Ok(chunk) = ring.read_chunk(slots) {
                    chunk.commit_all();
                }
            }
            let mut taken = 0;
            for frame in frames.chunks_mut(channels) {
                let sample = ring.pop().ok();
                taken += u64::from(sample.is_some());
                frame.fill(T::from_sample(sample.unwrap_or(0.0)));
            }
            heard.taken.fetch_add(taken, Ordering::Release);
        },
        move |err| {
            if err.kind() != cpal::ErrorKind::Xrun {
                lost.lost.store(true, Ordering::Relaxed);
            }
        },
        Some(Duration::from_secs(5)),
    )
}

/// The player's thread. The output is opened when play is first pressed and closed when it pauses, so that other programs may have it.
fn run(source: WavSource, controls: &Receiver<Control>, playhead: &Playhead) {
    let Ok(mut renderer) = Renderer::new(source, 48_000) else { return };
    let mut output: Option<Output> = None;
    // What is in the ring: up to which count of samples, from which moment.
    let mut stamps: VecDeque<(u64, Millis)> = VecDeque::new();
    let (mut put, mut rest) = (0_u64, Vec::new());
    let mut ended = false;
    loop {
        let control = if output.is_some() {
            match controls.recv_timeout(TICK) {
                Ok(control) => Some(control),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        } else {
            match controls.recv() {
                Ok(control) => Some(control),
                Err(_) => return,
            }
        };
        let mut restart = None;
        match control {
            Some(Control::End) => return,
            Some(Control::Pause) => {
                output = None;
                restart = Some(playhead.position());
            }
            Some(Control::Seek(at)) => {
                playhead.set(at);
                restart = Some(at);
            }
            Some(Control::Speed(speed)) => {
                renderer.speed = speed.clamp(*SPEEDS.start(), *SPEEDS.end());
                restart = Some(playhead.position());
            }
            Some(Control::Skips(skips)) => renderer.skips = skips,
            Some(Control::Play(answer)) => {
                let opened = if output.is_some() { Ok(()) } else { open_output().map(|opened| output = Some(opened)) };
                if opened.is_ok() {
                    let end = Millis::from_samples(renderer.source.frames, renderer.source.rate);
                    let at = if playhead.position() >= end - Millis(50) { Millis::ZERO } else { playhead.position() };
                    renderer.output_rate = output.as_ref().map_or(48_000, |output| output.rate);
                    restart = Some(at);
                }
                answer.send(opened).ok();
            }
            None => {}
        }
        if let Some(at) = restart {
            if let Some(output) = &output {
                output.state.flush.store(true, Ordering::Release);
                put = output.state.taken.load(Ordering::Acquire);
            }
            stamps.clear();
            rest.clear();
            ended = false;
            if let Err(err) = renderer.restart(at) {
                tracing::error!("playing: {err}");
                output = None;
            }
        }
        if let Some(open) = &mut output {
            let failed = fill(&mut renderer, open, &mut stamps, &mut put, &mut rest, &mut ended);
            let taken = open.state.taken.load(Ordering::Acquire);
            while stamps.front().is_some_and(|&(until, _)| until <= taken) {
                stamps.pop_front();
            }
            if let Some(&(_, at)) = stamps.front() {
                playhead.set(at);
            }
            let over = ended && stamps.is_empty();
            if over {
                playhead.set(Millis::from_samples(renderer.source.frames, renderer.source.rate));
            }
            if over || failed || open.state.lost.load(Ordering::Relaxed) {
                output = None;
            }
        }
        playhead.playing.store(output.is_some(), Ordering::Relaxed);
    }
}

/// Keeps [`READY`] in the ring. Says whether it failed.
fn fill(renderer: &mut Renderer, output: &mut Output, stamps: &mut VecDeque<(u64, Millis)>, put: &mut u64, rest: &mut Vec<f32>, ended: &mut bool) -> bool {
    if output.state.flush.load(Ordering::Acquire) {
        // The callback has not emptied the ring yet; what is put in now would be lost with it.
        return false;
    }
    let ready = (READY.as_secs_f64() * f64::from(output.rate)) as usize;
    let capacity = output.ring.buffer().capacity();
    while !*ended && capacity - output.ring.slots() < ready {
        let at = match renderer.next(rest) {
            Ok(Some(at)) => at,
            Ok(None) => {
                *ended = true;
                break;
            }
            Err(err) => {
                tracing::error!("playing: {err}");
                return true;
            }
        };
        let (written, _) = output.ring.push_partial_slice(rest);
        let count = written.len();
        rest.drain(..count);
        if count > 0 {
            *put += count as u64;
            stamps.push_back((*put, at));
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A recording whose pitch tells the second: 200 Hz in the first, 400 Hz in the second, 600 Hz in the third.
    fn renderer(folder: &Path, speed: f32) -> Renderer {
        let path = folder.join("a.wav");
        let spec = hound::WavSpec { channels: 1, sample_rate: 16_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        for n in 0..48_000 {
            let pitch = 200.0 * (1 + n / 16_000) as f64;
            writer.write_sample(((n as f64 * pitch * std::f64::consts::TAU / 16_000.0).sin() * 16_000.0) as i16).unwrap();
        }
        writer.finalize().unwrap();
        let mut renderer = Renderer::new(WavSource::open(&path).unwrap(), 48_000).unwrap();
        renderer.speed = speed;
        renderer.restart(Millis::ZERO).unwrap();
        renderer
    }

    fn all(renderer: &mut Renderer) -> (Vec<f32>, Vec<Millis>) {
        let (mut out, mut stamps) = (Vec::new(), Vec::new());
        while let Some(at) = renderer.next(&mut out).unwrap() {
            stamps.push(at);
        }
        (out, stamps)
    }

    fn pitch(samples: &[f32]) -> f64 {
        let crossings = samples.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        crossings as f64 * 48_000.0 / samples.len() as f64
    }

    #[test]
    fn at_normal_speed_every_second_is_a_second() {
        let folder = tempfile::tempdir().unwrap();
        let (out, stamps) = all(&mut renderer(folder.path(), 1.0));
        assert!((out.len() as i64 - 144_000).abs() < 4000, "{}", out.len());
        assert!((pitch(&out[50_000..90_000]) - 400.0).abs() < 10.0);
        assert!(stamps.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn twice_as_fast_takes_half_the_time_at_the_same_pitch() {
        let folder = tempfile::tempdir().unwrap();
        for (speed, expected) in [(2.0, 72_000.0), (0.5, 288_000.0), (1.25, 115_200.0)] {
            let (out, _) = all(&mut renderer(folder.path(), speed));
            // The stretcher keeps a little back at the end.
            assert!((out.len() as f64 - expected).abs() < 0.12 * expected, "{speed}: {}", out.len());
            let middle = &out[(expected * 0.42) as usize..(expected * 0.58) as usize];
            assert!((pitch(middle) - 400.0).abs() < 20.0, "{speed}: {}", pitch(middle));
        }
    }

    #[test]
    fn a_skipped_stretch_is_not_heard_and_the_clock_jumps() {
        let folder = tempfile::tempdir().unwrap();
        let mut renderer = renderer(folder.path(), 1.0);
        renderer.skips = vec![Span::from_secs(1.0, 2.0)];
        let (out, stamps) = all(&mut renderer);
        assert!((out.len() as i64 - 96_000).abs() < 4000, "{}", out.len());
        assert!(!stamps.iter().any(|&at| at > Millis(1020) && at < Millis(2000)));
        assert!((pitch(&out[52_000..90_000]) - 600.0).abs() < 10.0);
    }

    #[test]
    fn seeking_begins_at_that_moment() {
        let folder = tempfile::tempdir().unwrap();
        let mut renderer = renderer(folder.path(), 1.0);
        renderer.restart(Millis(2000)).unwrap();
        let (out, stamps) = all(&mut renderer);
        assert_eq!(stamps[0], Millis(2000));
        assert!((pitch(&out[4000..40_000]) - 600.0).abs() < 10.0);
    }
}
