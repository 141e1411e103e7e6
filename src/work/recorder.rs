//! The recorder's thread: from the ring to the file, and what it does when the microphone goes away.
//!
//! The recording's clock is its samples. Where none arrive, silence as long as the time that passed stands for them, and the stretch is
//! noted as a dropout, so that every later moment keeps its true place. Opening and closing a microphone may hang with a sound system
//! that hangs; both happen on threads of their own.

use super::level::{Metering, TICK, look_at_room};
use super::microphone::{self, Opened};
use super::session_files::{RecordingPaths, SessionFact, SessionFile, write_lock};
use crate::audio::{self, CrashSafeWav, Meters, Mic, MicTrouble, Resampler};
use crate::conference::{Millis, Span};
use crate::error::{Error, ErrorKind, Result};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the file is made durable: what a power cut can cost.
const CHECKPOINT: Duration = Duration::from_secs(1);
/// No sound for this long means the microphone is gone: some systems report nothing.
const WATCHDOG: Duration = Duration::from_secs(3);
/// No sound for this long is said: within 2 s, and three times as long as the longest piece a sound server delivers.
const SAID: Duration = Duration::from_millis(1500);
/// After the watchdog another microphone, or the same one, is looked for this long.
const SEARCH: Duration = Duration::from_secs(30);
/// Between two attempts to open one.
const RETRY: Duration = Duration::from_millis(500);
/// After a pause in delivery this long, sound that comes late may still be on its way: it is waited for.
const STALL: Duration = Duration::from_secs(1);
/// That long. What comes is kept in memory meanwhile.
const SETTLE: Duration = Duration::from_millis(600);
/// Sound is delivered in pieces and not on the dot; less than this is not missing.
const JITTER: Duration = Duration::from_millis(300);
/// The loop turns every 20 ms; when it has not for this long, the program itself stood still, which is not the microphone's fault.
const ASLEEP: Duration = Duration::from_secs(1);
/// Stops before the disk is quite full, so that the library has room to take the recording in.
const ROOM_TO_END: u64 = 4_000_000;

/// What a session tells its recorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Control {
    Pause,
    Resume,
    Stop,
}

/// What the recorder did.
pub(super) struct RecordedFile {
    pub file: audio::Finalized,
    pub sample_rate_hz: u32,
    pub frames_expected: u64,
    pub frames_written: u64,
}

pub(super) struct Recorder {
    pub paths: RecordingPaths,
    pub meters: Arc<Meters>,
    pub lock: Arc<Mutex<SessionFile>>,
    pub on_fact: Box<dyn Fn(SessionFact) + Send>,
}

/// The microphone in use, and what is known of the sound that comes from it.
struct Input {
    mic: Mic,
    open: Option<Opened>,
    name: String,
    /// When the last sound that is in the file arrived.
    last_kept: Instant,
    /// When the last sound arrived at all.
    arrived: Instant,
    /// Since when nothing has arrived while somebody looked.
    waiting: Instant,
    /// Sound that came after a stall, until it is clear how much is missing before it.
    held: Vec<f32>,
    settles: Option<Instant>,
    /// Since when the microphone is gone; none once it is heard again.
    away: Option<Instant>,
    next_try: Instant,
    attempt: Option<Receiver<Result<Opened>>>,
}

impl Recorder {
    /// From the open microphone to the file, until Stop.
    pub(super) fn run(self, mic: Mic, opened: Opened, mut writer: Writer, controls: &Receiver<Control>) -> Result<RecordedFile> {
        let now = Instant::now();
        let mut input = Input {
            mic,
            name: opened.0.name.clone(),
            open: Some(opened),
            last_kept: now,
            arrived: now,
            waiting: now,
            held: Vec::new(),
            settles: None,
            away: None,
            next_try: now,
            attempt: None,
        };
        let failure = self.listen(&mut input, &mut writer, controls);
        input.let_go();
        let written = writer.finish(&self.paths);
        if let Some(err) = failure {
            (self.on_fact)(SessionFact::Stopped(err));
        }
        written
    }

    /// Until Stop, or until something ends it: then that is returned.
    fn listen(&self, input: &mut Input, writer: &mut Writer, controls: &Receiver<Control>) -> Option<Error> {
        let mut paused = false;
        let (mut checkpoint, mut woke) = (Instant::now(), Instant::now());
        loop {
            let mut stopping = false;
            match controls.recv_timeout(TICK) {
                Ok(Control::Pause) => paused = true,
                Ok(Control::Resume) => {
                    paused = false;
                    input.begin_anew();
                }
                Ok(Control::Stop) | Err(RecvTimeoutError::Disconnected) => stopping = true,
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.meters.set_paused(paused);
            if woke.elapsed() > ASLEEP {
                tracing::info!("stood still for {:?}", woke.elapsed());
                input.waiting = Instant::now();
                input.away = input.away.map(|_| Instant::now());
            }
            woke = Instant::now();
            if let Err(err) = self.take_in(input, writer, paused) {
                return Some(err);
            }
            if stopping {
                return self.end_gap(input, writer, paused).err();
            }
            match input.open.as_ref().map(|(_, troubles)| troubles.try_recv()) {
                Some(Ok(MicTrouble::Lost(kind, cause))) => {
                    if input.is_file() {
                        return Some(Error::new(kind, "listening", cause));
                    }
                    input.lose(&cause);
                }
                // What the file still put into the ring belongs to it.
                Some(Ok(MicTrouble::FileEnded)) => return self.take_in(input, writer, paused).and_then(|()| self.end_gap(input, writer, paused)).err(),
                Some(Ok(MicTrouble::Hiccup)) => tracing::warn!("the sound system skipped something"),
                // Nothing is closed and nothing opened: what the other one hears follows in the same ring.
                Some(Ok(MicTrouble::Rerouted)) => tracing::info!("the sound system goes on with another microphone"),
                Some(Err(TryRecvError::Empty | TryRecvError::Disconnected)) | None => {}
            }
            if input.open.is_some() && !input.is_file() && !paused && input.waiting.elapsed() > WATCHDOG {
                input.lose("no sound for 3 s");
            }
            if let Err(err) = self.search(input, writer) {
                return Some(err);
            }
            self.show(input, writer, paused);
            if checkpoint.elapsed() >= CHECKPOINT {
                checkpoint = Instant::now();
                if let Err(err) = writer.wav.checkpoint() {
                    return Some(err);
                }
                if look_at_room(&self.paths.folders, writer.rate, &self.meters).is_some_and(|free| free < ROOM_TO_END) {
                    return Some(Error::bare(ErrorKind::DiskFull, "recording"));
                }
            }
        }
    }

    /// The clock goes on while nothing arrives, as it will in the file.
    fn show(&self, input: &Input, writer: &Writer, paused: bool) {
        let is_lost = input.open.is_none() || (!paused && input.waiting.elapsed() > SAID);
        self.meters.set_lost(is_lost);
        if is_lost {
            self.meters.set_level(0.0, audio::LevelAdvice::Listening);
        }
        let gap = if !paused && (is_lost || input.settles.is_some()) { millis(input.last_kept.elapsed()) } else { Millis::ZERO };
        self.meters.set_elapsed(writer.wav.length() + gap);
    }

    /// Moves what is in the ring to the file; after a stall, to memory first.
    fn take_in(&self, input: &mut Input, writer: &mut Writer, paused: bool) -> Result<()> {
        let Some((capture, _)) = &mut input.open else { return Ok(()) };
        // First what did not fit: it was lost before what is in the ring now was put there, or just after; within the ring's 10 s.
        let dropped = self.meters.read().dropped_frames;
        let newly_lost = dropped - std::mem::replace(&mut writer.lost, dropped);
        let count = capture.ring.slots();
        if let (true, Ok(chunk)) = (count > 0, capture.ring.read_chunk(count)) {
            let now = Instant::now();
            (input.arrived, input.waiting) = (now, now);
            let (first, second) = chunk.as_slices();
            if paused {
                input.last_kept = now;
            } else if input.settles.is_some() || input.away.is_some() || now - input.last_kept > STALL {
                input.settles.get_or_insert(now + SETTLE);
                input.held.extend_from_slice(first);
                input.held.extend_from_slice(second);
            } else {
                writer.write(first, &self.meters)?;
                writer.write(second, &self.meters)?;
                input.last_kept = now;
                if newly_lost > 0 {
                    self.note(writer.fill(newly_lost)?);
                }
            }
            chunk.commit_all();
        }
        if input.settles.is_some_and(|at| Instant::now() >= at) { self.settle(input, writer) } else { Ok(()) }
    }

    /// What is missing since sound was last heard becomes silence; what was held follows it.
    fn settle(&self, input: &mut Input, writer: &mut Writer) -> Result<()> {
        let held = Duration::from_secs_f64(input.held.len() as f64 / f64::from(writer.device_rate));
        // A file that plays as a microphone may be read slowly; none of it is ever missing.
        let missing = if input.is_file() { Duration::ZERO } else { (input.arrived - input.last_kept).saturating_sub(held) };
        let was_away = input.away.take().is_some();
        if missing > if was_away { Duration::ZERO } else { JITTER } {
            let gap = writer.fill((missing.as_secs_f64() * f64::from(writer.device_rate)).round() as u64)?;
            self.note(gap);
            // One level each 100 ms.
            (0..gap.length().0 / 100).take(audio::HISTORY).for_each(|_| self.meters.push_history(0));
            (self.on_fact)(SessionFact::Back { microphone: input.name.clone(), gap });
        }
        writer.write(&std::mem::take(&mut input.held), &self.meters)?;
        input.last_kept = input.arrived;
        input.settles = None;
        Ok(())
    }

    /// Stop while nothing arrives: the file is as long as the clock said.
    fn end_gap(&self, input: &mut Input, writer: &mut Writer, paused: bool) -> Result<()> {
        if !paused && (input.open.is_none() || input.settles.is_some() || input.waiting.elapsed() > SAID) {
            input.arrived = Instant::now();
            self.settle(input, writer)?;
        }
        Ok(())
    }

    /// Noted in the session's lock too: a kill later on does not hide it.
    fn note(&self, gap: Span) {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        lock.dropouts.push(gap);
        if let Err(err) = write_lock(&self.paths, &lock) {
            tracing::warn!("a dropout is not noted on the disk yet: {err}");
        }
    }

    /// Looks for the microphone that went away, or another; an error when it was looked for long enough.
    fn search(&self, input: &mut Input, writer: &mut Writer) -> Result<()> {
        let Some(since) = input.away.filter(|_| input.open.is_none()) else { return Ok(()) };
        match input.attempt.as_ref().map(Receiver::try_recv) {
            Some(Ok(Ok(opened))) => {
                writer.listen_to(opened.0.sample_rate_hz)?;
                tracing::info!("listening again");
                input.name.clone_from(&opened.0.name);
                input.open = Some(opened);
                input.attempt = None;
                input.waiting = Instant::now();
                return Ok(());
            }
            Some(Ok(Err(err))) => {
                tracing::debug!("not yet: {err}");
                input.attempt = None;
                input.next_try = Instant::now() + RETRY;
            }
            Some(Err(TryRecvError::Disconnected)) => input.attempt = None,
            Some(Err(TryRecvError::Empty)) => {}
            None if Instant::now() >= input.next_try => input.attempt = Some(microphone::begin_opening(input.mic.clone(), Arc::clone(&self.meters))?),
            None => {}
        }
        if since.elapsed() > SEARCH { Err(Error::new(ErrorKind::MicrophoneLost, "listening", "no microphone came back")) } else { Ok(()) }
    }
}

impl Input {
    /// A file that plays as a microphone: it ends, but it never goes away.
    fn is_file(&self) -> bool {
        matches!(self.mic, Mic::File { .. })
    }

    /// After a pause: what passed meanwhile is not missing.
    fn begin_anew(&mut self) {
        let now = Instant::now();
        (self.last_kept, self.arrived, self.waiting) = (now, now, now);
    }

    fn lose(&mut self, cause: &str) {
        tracing::error!("the microphone is gone: {cause}");
        self.let_go();
        self.away.get_or_insert_with(Instant::now);
        self.next_try = Instant::now();
    }

    /// Closes the microphone without waiting for a sound system that may hang.
    fn let_go(&mut self) {
        let open = self.open.take();
        let closing = std::thread::Builder::new().name("closing a microphone".into()).spawn(move || drop(open));
        if let Err(err) = closing {
            tracing::warn!("no thread to close the microphone on: {err}");
        }
    }
}

fn millis(duration: Duration) -> Millis {
    Millis(duration.as_millis() as i64)
}

/// Writes what comes from the ring to the file: resampler, meter, gaps.
pub(super) struct Writer {
    wav: CrashSafeWav,
    resampler: Resampler,
    /// The microphone's rate, in Hz.
    device_rate: u32,
    /// The file's rate, in Hz.
    rate: u32,
    meter: Metering,
    /// Dropped frames already accounted for.
    lost: u64,
    expected: u64,
    written: u64,
    out: Vec<f32>,
}

impl Writer {
    /// Begins the file.
    pub(super) fn begin(paths: &RecordingPaths, device_rate: u32, rate: u32) -> Result<Self> {
        Self::new(CrashSafeWav::create(&paths.wav(), rate)?, device_rate, rate)
    }

    fn new(wav: CrashSafeWav, device_rate: u32, rate: u32) -> Result<Self> {
        let resampler = Resampler::new(device_rate, rate)?;
        Ok(Self { wav, resampler, device_rate, rate, meter: Metering::new(device_rate), lost: 0, expected: 0, written: 0, out: Vec::new() })
    }

    /// From now on another microphone, perhaps at another rate; the file's rate stays.
    fn listen_to(&mut self, device_rate: u32) -> Result<()> {
        self.out.clear();
        std::mem::replace(&mut self.resampler, Resampler::new(device_rate, self.rate)?).finish(&mut self.out)?;
        self.wav.write(&self.out)?;
        self.meter = Metering::new(device_rate);
        self.device_rate = device_rate;
        Ok(())
    }

    fn write(&mut self, block: &[f32], meters: &Meters) -> Result<()> {
        self.expected += block.len() as u64;
        self.meter.push(block, meters);
        self.out.clear();
        self.resampler.push(block, &mut self.out)?;
        self.wav.write(&self.out)?;
        self.written += block.len() as u64;
        Ok(())
    }

    /// Frames that were lost become silence of the same length: the clock stays true. Where in the file they are.
    fn fill(&mut self, frames: u64) -> Result<Span> {
        tracing::error!("{frames} frames were lost");
        self.expected += frames;
        let from = self.wav.length();
        let silence = [0.0; 4096];
        let mut left = frames as usize;
        while left > 0 {
            let count = left.min(silence.len());
            self.out.clear();
            self.resampler.push(&silence[..count], &mut self.out)?;
            self.wav.write(&self.out)?;
            left -= count;
        }
        Ok(Span::new(from, self.wav.length()))
    }

    fn finish(mut self, paths: &RecordingPaths) -> Result<RecordedFile> {
        self.out.clear();
        self.resampler.finish(&mut self.out)?;
        let ended = self.wav.write(&self.out).and_then(|()| self.wav.finalize());
        // A full disk: what the last checkpoint left is made whole instead.
        let file = match ended {
            Ok(file) => file,
            Err(err) => {
                tracing::error!("ending the recording: {err}");
                audio::repair(&paths.wav())?
            }
        };
        Ok(RecordedFile { file, sample_rate_hz: self.rate, frames_expected: self.expected, frames_written: self.written })
    }
}
