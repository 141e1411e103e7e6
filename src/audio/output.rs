//! The loudspeaker: a ring the sound card's callback empties, and the callback itself.

use super::devices::{self, Direction, FoundDevice};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::ChosenDevice;
use cpal::traits::{DeviceTrait as _, StreamTrait as _};
use cpal::{FromSample, SizedSample};
use rtrb::{Consumer, Producer, RingBuffer};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// The callback takes this much at a time where the system lets us choose: left to itself PulseAudio asks for 2 s at once, and pausing or seeking
/// would be heard that much later. With half of this a computer busy with other work was heard to stutter.
const PERIOD: Duration = Duration::from_millis(50);
/// How long a loudspeaker may take to open.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// An open loudspeaker; sound flows out of the ring until it is dropped.
pub(super) struct Output {
    /// Mono samples at `rate`.
    pub ring: Producer<f32>,
    /// In Hz.
    pub rate: u32,
    /// What the callback says.
    pub state: Arc<OutputState>,
    /// As a person reads it.
    pub name: String,
    /// Said when it is not the chosen one.
    pub notice: Option<String>,
    _stream: cpal::Stream,
}

/// What the callback and the player tell each other; atomics only.
#[derive(Debug, Default)]
pub struct OutputState {
    taken: AtomicU64,
    flush: AtomicBool,
    lost: AtomicBool,
}

impl OutputState {
    /// Samples the callback has taken from the ring and played.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Acquire)
    }

    /// The ring is to be emptied at the next callback without being heard.
    pub fn flush(&self) {
        self.flush.store(true, Ordering::Release);
    }

    /// The callback has not emptied the ring yet; what is put in now would be lost with it.
    #[must_use]
    pub fn is_flushing(&self) -> bool {
        self.flush.load(Ordering::Acquire)
    }

    /// The device is gone.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.lost.load(Ordering::Relaxed)
    }
}

/// The whole of the real-time callback: each sample of the ring to every channel, silence when there is none.
/// It never locks, allocates, logs or waits (tests/realtime.rs counts).
pub fn pull_frames<T>(frames: &mut [T], channels: usize, ring: &mut Consumer<f32>, state: &OutputState)
where
    T: SizedSample + FromSample<f32>,
{
    if state.is_flushing() {
        if let Ok(chunk) = ring.read_chunk(ring.slots()) {
            chunk.commit_all();
        }
        // Only now: as soon as this is seen, the player puts new sound in, and what is drained after that would be missing without ever having been counted.
        state.flush.store(false, Ordering::Release);
    }
    let mut taken = 0;
    for frame in frames.chunks_mut(channels) {
        let sample = ring.pop().ok();
        taken += u64::from(sample.is_some());
        frame.fill(T::from_sample(sample.unwrap_or(0.0)));
    }
    state.taken.fetch_add(taken, Ordering::Release);
}

/// Opens the chosen loudspeaker, or the computer's own choice when it is not there. Blocks, for seconds with some.
///
/// # Errors
/// [`ErrorKind::NoSpeaker`] when none can be opened.
pub(super) fn open_output(chosen: Option<&ChosenDevice>) -> Result<Output> {
    let doing = "opening the loudspeaker";
    let none = |err: &cpal::Error| Error::new(ErrorKind::NoSpeaker, doing, err.to_string());
    let FoundDevice { device, name, is_chosen } = devices::find(Direction::Out, chosen).ok_or(Error::bare(ErrorKind::NoSpeaker, doing))?;
    let supported = device.default_output_config().map_err(|err| none(&err))?;
    let mut config = supported.config();
    if let cpal::SupportedBufferSize::Range { min, max } = *supported.buffer_size() {
        let period = (PERIOD.as_secs_f64() * f64::from(config.sample_rate)) as u32;
        config.buffer_size = cpal::BufferSize::Fixed(period.clamp(min, max.max(min)));
    }
    let format = supported.sample_format();
    let opened = open_at(&device, config, format).or_else(|err| {
        tracing::warn!("the loudspeaker does not take blocks of our size: {err}");
        open_at(&device, cpal::StreamConfig { buffer_size: cpal::BufferSize::Default, ..config }, format)
    });
    let (stream, ring, state) = opened.map_err(|err| none(&err))?;
    stream.play().map_err(|err| none(&err))?;
    let notice = chosen.filter(|_| !is_chosen).map(|chosen| format!("“{}” is not there. Playing through “{name}” instead.", chosen.name));
    Ok(Output { ring, rate: config.sample_rate, state, name, notice, _stream: stream })
}

type Opened = (cpal::Stream, Producer<f32>, Arc<OutputState>);

fn open_at(device: &cpal::Device, config: cpal::StreamConfig, format: cpal::SampleFormat) -> Result<Opened, cpal::Error> {
    // 1 s: more than is ever kept ready.
    let (ring, consumer) = RingBuffer::new(config.sample_rate as usize);
    let state = Arc::new(OutputState::default());
    let stream = match format {
        cpal::SampleFormat::F32 => build::<f32>(device, config, consumer, &state),
        cpal::SampleFormat::I16 => build::<i16>(device, config, consumer, &state),
        cpal::SampleFormat::U16 => build::<u16>(device, config, consumer, &state),
        cpal::SampleFormat::I32 => build::<i32>(device, config, consumer, &state),
        cpal::SampleFormat::I24 => build::<cpal::I24>(device, config, consumer, &state),
        cpal::SampleFormat::U8 => build::<u8>(device, config, consumer, &state),
        _ => Err(cpal::Error::new(cpal::ErrorKind::UnsupportedConfig)),
    }?;
    Ok((stream, ring, state))
}

fn build<T>(device: &cpal::Device, config: cpal::StreamConfig, mut ring: Consumer<f32>, state: &Arc<OutputState>) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample + FromSample<f32>,
{
    let channels = usize::from(config.channels).max(1);
    let (pulled, failed) = (Arc::clone(state), Arc::clone(state));
    device.build_output_stream::<T, _, _>(
        config,
        move |frames: &mut [T], _| pull_frames(frames, channels, &mut ring, &pulled),
        move |err| {
            // These leave the sound running.
            let goes_on = [cpal::ErrorKind::Xrun, cpal::ErrorKind::RealtimeDenied, cpal::ErrorKind::DeviceChanged];
            if !goes_on.contains(&err.kind()) {
                failed.lost.store(true, Ordering::Relaxed);
            }
        },
        Some(OPEN_TIMEOUT),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;
    use std::time::Instant;

    /// The player's side and the sound card's, as fast as they go: what is put in once the flush is seen to be over is always played.
    #[test]
    fn sound_put_in_after_a_seek_is_never_drained_with_the_old() {
        let (mut ring, mut heard) = RingBuffer::<f32>::new(4096);
        let state = Arc::new(OutputState::default());
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut frames = [0.0_f32; 1];
                while !is_over.load(Ordering::Relaxed) {
                    pull_frames(&mut frames, 1, &mut heard, &state);
                }
            });
            let begun = Instant::now();
            let mut lost = None;
            for seek in 0..200_000 {
                state.flush();
                while state.is_flushing() {
                    std::hint::spin_loop();
                }
                let from = state.taken();
                ring.push(1.0).unwrap();
                let pushed = Instant::now();
                while state.taken() == from && lost.is_none() {
                    // It is out of the ring and was never counted: gone, and playback would have no end. 5 s, as a busy computer may stop the callback in between.
                    lost = (ring.slots() == 4096 && pushed.elapsed() > Duration::from_secs(5)).then_some(seek);
                }
                if lost.is_some() || begun.elapsed() > Duration::from_secs(5) {
                    break;
                }
            }
            is_over.store(true, Ordering::Relaxed);
            assert_eq!(lost, None, "the sound after this seek was lost");
        });
    }
}
