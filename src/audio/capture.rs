//! The microphone: what it hears, and the real-time callback.

use super::devices::{self, Direction, FoundDevice, classify, typed};
use crate::conference::Millis;
use crate::error::{Error, ErrorKind, Result};
use crate::settings::ChosenDevice;
use cpal::traits::{DeviceTrait as _, StreamTrait as _};
use cpal::{FromSample, Sample, SizedSample};
use rtrb::{Consumer, Producer, RingBuffer};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

/// How many levels the rolling picture keeps: one each 100 ms for a minute.
pub const HISTORY: usize = 600;

/// What the microphone hears right now, written by the audio side and read by the window; atomics only.
#[derive(Debug)]
pub struct Meters {
    /// Bits of the current level, f32, 0 to 1.
    level: AtomicU32,
    advice: AtomicU8,
    millis: AtomicU64,
    dropped: AtomicU64,
    paused: AtomicBool,
    lost: AtomicBool,
    /// Milliseconds of recording there is room for; [`UNKNOWN`] before anybody looked.
    room: AtomicU64,
    slowest_callback_ns: AtomicU64,
    history: [AtomicU8; HISTORY],
    history_count: AtomicU64,
}

/// Nobody has looked at the disk yet.
const UNKNOWN: u64 = u64::MAX;
/// With room for less than this, the teacher is warned.
const LITTLE_ROOM: Millis = Millis(30 * 60_000);

/// One look at the meters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeterReading {
    /// For the bars: 0 = silence (-60 dBFS and below), 1 = full scale.
    pub level: f32,
    /// What to tell the teacher.
    pub advice: LevelAdvice,
    /// The recording's clock: samples kept, not time passed.
    pub elapsed: Millis,
    /// Frames that were lost.
    pub dropped_frames: u64,
    /// Paused by the teacher.
    pub is_paused: bool,
    /// Nothing at all arrives from the microphone: it is gone, or the sound system stands still. Zeros are [`LevelAdvice::NoSignal`] instead.
    pub is_lost: bool,
    /// How much more can be recorded on this disk, once known.
    pub room: Option<Millis>,
    /// The longest the audio callback has taken.
    pub slowest_callback: Duration,
}

impl MeterReading {
    /// Whether the disk will be full soon.
    #[must_use]
    pub fn has_little_room(&self) -> bool {
        self.room.is_some_and(|room| room < LITTLE_ROOM)
    }
}

/// What the level means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LevelAdvice {
    /// Nothing heard yet to judge by.
    Listening,
    /// "Good level".
    Good,
    /// "A bit quiet".
    TooQuiet,
    /// "Too loud, move back a little".
    Clipping,
    /// Only zeros arrive: muted or unplugged.
    NoSignal,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            level: AtomicU32::new(0),
            advice: AtomicU8::new(LevelAdvice::Listening as u8),
            millis: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            paused: AtomicBool::new(false),
            lost: AtomicBool::new(false),
            room: AtomicU64::new(UNKNOWN),
            slowest_callback_ns: AtomicU64::new(0),
            history: [const { AtomicU8::new(0) }; HISTORY],
            history_count: AtomicU64::new(0),
        }
    }
}

impl Meters {
    /// Reads everything for one frame of the window.
    #[must_use]
    pub fn read(&self) -> MeterReading {
        MeterReading {
            level: f32::from_bits(self.level.load(Ordering::Relaxed)),
            advice: LevelAdvice::from_code(self.advice.load(Ordering::Relaxed)),
            elapsed: Millis(self.millis.load(Ordering::Relaxed) as i64),
            dropped_frames: self.dropped.load(Ordering::Relaxed),
            is_paused: self.paused.load(Ordering::Relaxed),
            is_lost: self.lost.load(Ordering::Relaxed),
            room: Some(self.room.load(Ordering::Relaxed)).filter(|&room| room != UNKNOWN).map(|room| Millis(room as i64)),
            slowest_callback: Duration::from_nanos(self.slowest_callback_ns.load(Ordering::Relaxed)),
        }
    }

    /// The levels of the last minute (0 to 255, one each 100 ms, oldest first) for the rolling picture.
    #[must_use]
    pub fn history(&self) -> Vec<u8> {
        let count = self.history_count.load(Ordering::Acquire);
        (count.saturating_sub(HISTORY as u64)..count).map(|index| self.history[(index % HISTORY as u64) as usize].load(Ordering::Relaxed)).collect()
    }

    /// Says how loud it is now and what that means.
    pub fn set_level(&self, level: f32, advice: LevelAdvice) {
        self.level.store(level.to_bits(), Ordering::Relaxed);
        self.advice.store(advice as u8, Ordering::Relaxed);
    }

    /// Adds one step of 100 ms to the rolling picture.
    pub fn push_history(&self, level: u8) {
        let count = self.history_count.load(Ordering::Relaxed);
        self.history[(count % HISTORY as u64) as usize].store(level, Ordering::Relaxed);
        self.history_count.store(count + 1, Ordering::Release);
    }

    /// Sets the recording's clock.
    pub fn set_elapsed(&self, elapsed: Millis) {
        self.millis.store(elapsed.0.max(0) as u64, Ordering::Relaxed);
    }

    /// Counts frames that did not fit; called by the audio callback.
    pub fn add_dropped(&self, frames: u64) {
        self.dropped.fetch_add(frames, Ordering::Relaxed);
    }

    /// Says whether the teacher paused.
    pub fn set_paused(&self, paused: bool) {
        self.paused.store(paused, Ordering::Relaxed);
    }

    /// Says whether anything arrives from the microphone.
    pub fn set_lost(&self, lost: bool) {
        self.lost.store(lost, Ordering::Relaxed);
    }

    /// Says how much more can be recorded.
    pub fn set_room(&self, room: Millis) {
        self.room.store(room.0.max(0) as u64, Ordering::Relaxed);
    }

    /// Notes how long one audio callback took; called by it.
    pub fn note_callback(&self, took: Duration) {
        self.slowest_callback_ns.fetch_max(took.as_nanos() as u64, Ordering::Relaxed);
    }
}

impl LevelAdvice {
    fn from_code(code: u8) -> Self {
        [Self::Listening, Self::Good, Self::TooQuiet, Self::Clipping, Self::NoSignal].get(usize::from(code)).copied().unwrap_or(Self::Listening)
    }
}

/// Where the sound comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum Mic {
    /// The chosen microphone; none = the computer's default.
    Device(Option<ChosenDevice>),
    /// A sound file that plays as a microphone would: through the same ring and the same callback.
    File {
        /// Any file that can be imported.
        path: PathBuf,
        /// 1 is real time; with more it waits for the recorder instead of losing anything.
        speed: f64,
    },
}

/// An open microphone; sound flows into the ring until it is dropped.
pub struct Capture {
    /// Mono samples at `sample_rate_hz`.
    pub ring: Consumer<f32>,
    /// The microphone's own rate.
    pub sample_rate_hz: u32,
    /// As a person reads it.
    pub name: String,
    /// Said when it is not the chosen one.
    pub notice: Option<String>,
    _source: Source,
}

enum Source {
    Stream(Option<Streams>),
    Feeder { stop: Arc<AtomicBool>, thread: Option<std::thread::JoinHandle<()>> },
}

/// The stream, its pacer, and what watches whether its microphone is still there.
type Streams = (cpal::Stream, Option<cpal::Stream>, Option<SyncSender<()>>);

impl Drop for Source {
    fn drop(&mut self) {
        match self {
            Self::Stream(streams) => close(streams.take()),
            Self::Feeder { stop, thread } => {
                stop.store(true, Ordering::Relaxed);
                thread.take().map(std::thread::JoinHandle::join);
            }
        }
    }
}

/// Closes on a thread of its own, and waits for it as long as a sound system takes that works: whoever opens the same microphone next finds it free, and
/// whoever closes one of a sound system that hangs is not held up.
fn close(streams: Option<Streams>) {
    let (done, closed) = std::sync::mpsc::sync_channel::<()>(1);
    let closing = std::thread::Builder::new().name("closing a microphone".into()).spawn(move || {
        drop(streams);
        drop(done);
    });
    match closing {
        Ok(_) => drop(closed.recv_timeout(CLOSE_PATIENCE)),
        Err(err) => tracing::warn!("no thread to close the microphone on: {err}"),
    }
}

/// What the microphone may report while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MicTrouble {
    /// It is gone; no more sound will come.
    Lost(ErrorKind, String),
    /// The file that plays as a microphone has come to its end.
    FileEnded,
    /// The system skipped something; sound goes on.
    Hiccup,
    /// The system goes on by itself with another microphone; sound goes on.
    Rerouted,
}

/// 10 s: the slowest fsync seen was 8 ms, but a sleeping USB disk takes 4 s.
const RING_SECS: usize = 10;
/// A sound server keeps half a second for us: PipeWire hands it over in such pieces, which with the quarter that waits in the file's buffer is within
/// the second a kill may cost.
const QUEUES_PER_SECOND: u32 = 2;
/// PulseAudio hands over four pieces in the time of a queue; see [`pacer`].
const PIECES_PER_SECOND: u32 = 8;
/// How long a microphone may take to open: Bluetooth ones have been seen to need 4 s.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long closing one is waited for.
const CLOSE_PATIENCE: Duration = Duration::from_secs(1);

/// Opens the microphone. Blocks, for seconds with some; `trouble` hears what happens to it later (from the sound system's thread: it must not block).
///
/// # Errors
/// [`ErrorKind::NoMicrophone`], [`ErrorKind::MicrophoneDenied`], [`ErrorKind::MicrophoneLost`]; for a file those of decoding.
pub fn open(mic: &Mic, meters: &Arc<Meters>, trouble: SyncSender<MicTrouble>) -> Result<Capture> {
    match mic {
        Mic::Device(chosen) => open_device(chosen.as_ref(), meters, trouble),
        Mic::File { path, speed } => play_file(path, *speed, meters, trouble),
    }
}

fn open_device(chosen: Option<&ChosenDevice>, meters: &Arc<Meters>, trouble: SyncSender<MicTrouble>) -> Result<Capture> {
    let doing = "opening the microphone";
    let FoundDevice { device, name, is_chosen } = devices::find(Direction::In, chosen).ok_or(Error::bare(ErrorKind::NoMicrophone, doing))?;
    let notice = chosen.filter(|_| !is_chosen).map(|chosen| format!("“{}” is not there. Recording with “{name}” instead.", chosen.name));
    let supported = device.default_input_config().map_err(|err| typed(doing, &err))?;
    let config = prompt(&supported, QUEUES_PER_SECOND);
    let (producer, ring) = RingBuffer::new(config.sample_rate as usize * RING_SECS);
    let lost = trouble.clone();
    let is_rerouted = Arc::new(AtomicBool::new(false));
    let rerouted = Arc::clone(&is_rerouted);
    let report = move |err: &cpal::Error| {
        let found = trouble_of(err.kind(), &err.to_string());
        if found == MicTrouble::Rerouted {
            rerouted.store(true, Ordering::Relaxed);
        }
        // A full channel already holds trouble enough.
        trouble.try_send(found).ok();
    };
    let stream = match supported.sample_format() {
        cpal::SampleFormat::F32 => build::<f32>(&device, config, producer, Arc::clone(meters), report),
        cpal::SampleFormat::I16 => build::<i16>(&device, config, producer, Arc::clone(meters), report),
        cpal::SampleFormat::U16 => build::<u16>(&device, config, producer, Arc::clone(meters), report),
        cpal::SampleFormat::I32 => build::<i32>(&device, config, producer, Arc::clone(meters), report),
        cpal::SampleFormat::I24 => build::<cpal::I24>(&device, config, producer, Arc::clone(meters), report),
        cpal::SampleFormat::U8 => build::<u8>(&device, config, producer, Arc::clone(meters), report),
        other => return Err(Error::new(ErrorKind::NoMicrophone, doing, format!("sample format {other}"))),
    }
    .map_err(|err| typed(doing, &err))?;
    // Before it begins to play: opened afterwards, the recording got half a second too much, and a torn beginning (`tests/loss.rs` hears it).
    let pacer = pacer(&device, &supported);
    stream.play().map_err(|err| typed(doing, &err))?;
    let gone = move || {
        // Once the system goes on with another one, this one may go.
        if !is_rerouted.load(Ordering::Relaxed) {
            lost.try_send(MicTrouble::Lost(ErrorKind::MicrophoneLost, "it left the list of microphones".into())).ok();
        }
    };
    let watch = device.id().ok().and_then(|id| devices::watch(id.to_string(), gone));
    Ok(Capture { ring, sample_rate_hz: config.sample_rate, name, notice, _source: Source::Stream(Some((stream, pacer, watch))) })
}

/// PulseAudio (and PipeWire in its place) hands sound over in pieces of up to 2 s when not asked otherwise: what a kill would cost, and what
/// the end of a recording would lack. Smaller ones, so many in a second, are asked for; other systems choose small ones by themselves.
fn prompt(supported: &cpal::SupportedStreamConfig, per_second: u32) -> cpal::StreamConfig {
    let mut config = supported.config();
    if let (cpal::SupportedBufferSize::Range { min, max }, true) = (supported.buffer_size(), is_pulse()) {
        config.buffer_size = cpal::BufferSize::Fixed((config.sample_rate / per_second).clamp(*min, *max));
    }
    config
}

fn is_pulse() -> bool {
    devices::host().id().name().eq_ignore_ascii_case("pulseaudio")
}

/// A second stream from the same microphone that is thrown away. cpal asks PulseAudio for a queue exactly as long as one piece, and what comes while
/// the queue is full is lost without a word: a few frames now and then. A source makes its pieces as small as the most hurried of those
/// who listen wants them, so with this one four pieces fit into the recording's queue. PipeWire makes the queue four pieces long by itself.
fn pacer(device: &cpal::Device, supported: &cpal::SupportedStreamConfig) -> Option<cpal::Stream> {
    let config = is_pulse().then(|| prompt(supported, PIECES_PER_SECOND))?;
    let opened = device.build_input_stream_raw(config, supported.sample_format(), |_, _| (), |err| tracing::debug!("the pacer: {err}"), Some(OPEN_TIMEOUT));
    let started = opened.and_then(|stream| stream.play().map(|()| stream));
    started.inspect_err(|err| tracing::warn!("the microphone is listened to without a pacer: {err}")).ok()
}

fn build<T>(
    device: &cpal::Device,
    config: cpal::StreamConfig,
    mut ring: Producer<f32>,
    meters: Arc<Meters>,
    report: impl Fn(&cpal::Error) + Send + 'static,
) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let channels = usize::from(config.channels).max(1);
    device.build_input_stream::<T, _, _>(
        config,
        move |frames, _| {
            let started = Instant::now();
            push_frames(frames, channels, &mut ring, &meters);
            meters.note_callback(started.elapsed());
        },
        move |err| report(&err),
        Some(OPEN_TIMEOUT),
    )
}

/// The whole of the real-time callback: averages the channels into the ring and counts what did not fit.
/// It never locks, allocates, logs or waits (tests/realtime.rs counts).
pub fn push_frames<T>(frames: &[T], channels: usize, ring: &mut Producer<f32>, meters: &Meters)
where
    T: Sample,
    f32: FromSample<T>,
{
    let count = frames.len() / channels;
    let fits = count.min(ring.slots());
    if let Ok(chunk) = ring.write_chunk_uninit(fits) {
        let scale = 1.0 / channels as f32;
        chunk.fill_from_iter(frames.chunks_exact(channels).map(|frame| frame.iter().map(|&sample| f32::from_sample(sample)).sum::<f32>() * scale));
    }
    if fits < count {
        meters.add_dropped((count - fits) as u64);
    }
}

/// Plays a file into the ring in blocks of 10 ms, as a sound card would; it is read as it is played, however long it is.
fn play_file(path: &std::path::Path, speed: f64, meters: &Arc<Meters>, trouble: SyncSender<MicTrouble>) -> Result<Capture> {
    let rate = super::decode::sample_rate(path)?;
    let (mut producer, ring) = RingBuffer::new(rate as usize * RING_SECS);
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, meters, file) = (Arc::clone(&stop), Arc::clone(meters), path.to_path_buf());
    let feed = move || {
        let started = Instant::now();
        let mut played: u64 = 0;
        let mut play = |samples: &[f32]| {
            for block in samples.chunks(rate as usize / 100) {
                let due = Duration::from_secs_f64(played as f64 / f64::from(rate) / speed.max(1e-3));
                while !stopped.load(Ordering::Relaxed) && (started.elapsed() < due || producer.slots() < block.len()) {
                    std::thread::sleep(due.saturating_sub(started.elapsed()).clamp(Duration::from_millis(1), Duration::from_millis(10)));
                }
                if stopped.load(Ordering::Relaxed) {
                    return Err(Error::bare(ErrorKind::Cancelled, "playing a file as a microphone"));
                }
                push_frames(block, 1, &mut producer, &meters);
                played += block.len() as u64;
            }
            Ok(())
        };
        let end = match super::decode::decode_at(&file, rate, &mut play) {
            Ok(_) => MicTrouble::FileEnded,
            Err(err) => MicTrouble::Lost(err.kind, err.to_string()),
        };
        trouble.try_send(end).ok();
        // Like a microphone that goes on hearing silence, until it is closed.
        while !stopped.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    let thread = std::thread::Builder::new()
        .name("file microphone".into())
        .spawn(feed)
        .map_err(|err| Error::new(ErrorKind::Bug, "playing a file as a microphone", err))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Capture { ring, sample_rate_hz: rate, name, notice: None, _source: Source::Feeder { stop, thread: Some(thread) } })
}

/// What a report of the sound system means for the recording.
fn trouble_of(kind: cpal::ErrorKind, message: &str) -> MicTrouble {
    match kind {
        cpal::ErrorKind::Xrun | cpal::ErrorKind::RealtimeDenied => MicTrouble::Hiccup,
        cpal::ErrorKind::DeviceChanged => MicTrouble::Rerouted,
        kind => MicTrouble::Lost(classify(kind), message.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_microphone_the_system_goes_on_without_is_not_lost() {
        assert_eq!(trouble_of(cpal::ErrorKind::DeviceChanged, "the default changed"), MicTrouble::Rerouted);
        assert_eq!(trouble_of(cpal::ErrorKind::Xrun, "overrun"), MicTrouble::Hiccup);
        assert_eq!(trouble_of(cpal::ErrorKind::DeviceNotAvailable, "gone"), MicTrouble::Lost(ErrorKind::MicrophoneLost, "gone".into()));
        assert_eq!(trouble_of(cpal::ErrorKind::StreamInvalidated, "gone"), MicTrouble::Lost(ErrorKind::MicrophoneLost, "gone".into()));
    }
}
