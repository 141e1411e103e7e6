//! Plays a recording: play, pause, seek, speed with the pitch kept, stretches skipped or repeated, voices evened out, noise softened.
//!
//! Everything is made on the player's own thread, from the disk as it is needed. The output callback only takes samples from a ring; the playhead shows
//! what is being heard, not what was put into the ring.

use super::loudness::GainCurve;
use super::output::{Output, open_output};
use super::renderer::{PlaybackOptions, Renderer};
use super::wav_source::WavSource;
use crate::conference::{Millis, Span};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::SoundChoices;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

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

    /// At a moment, playing or not: what the player makes for each sound, and a bench to stand in for it.
    #[must_use]
    pub fn new(at: Millis, is_playing: bool) -> Self {
        Self { millis: AtomicI64::new(at.0), playing: AtomicBool::new(is_playing) }
    }

    /// Moves it.
    pub fn set(&self, at: Millis) {
        self.millis.store(at.0, Ordering::Relaxed);
    }
}

/// How much is kept ready: enough for a busy computer, little enough that pausing and seeking feel immediate.
const READY: Duration = Duration::from_millis(300);
/// The loudspeaker stays open this much longer at the end: two periods of the callback and a little.
const LAST_SOUND: Duration = Duration::from_millis(150);
/// How often the ring is filled.
const TICK: Duration = Duration::from_millis(20);
/// Slowest and fastest speed.
pub const SPEEDS: std::ops::RangeInclusive<f32> = 0.5..=2.0;
/// After typing, playing goes on this much before where it was paused: the words just corrected are heard again.
pub const STEP_BACK: Millis = Millis(1500);

enum Control {
    Play(SyncSender<Result<()>>),
    Pause,
    HoldForTyping,
    ResumeAfterTyping(SyncSender<Result<()>>),
    Seek(Millis),
    Speed(f32),
    Skips(Vec<Span>),
    Repeat(Option<Span>),
    EndAt(Option<Millis>),
    Gains(GainCurve),
    Sound(SoundChoices),
    End,
}

/// What the player has to say by itself.
#[derive(Debug)]
pub enum PlayerFact {
    /// A sentence for the teacher: another loudspeaker had to be taken.
    Notice(String),
    /// Playing stopped.
    Stopped(Error),
}

/// A recording ready to be heard.
pub struct Player {
    control: SyncSender<Control>,
    playhead: Arc<Playhead>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Player {
    /// Opens a WAV (mono 16 bit, as the library keeps them). `on_fact` hears, on the player's thread, what happens to it later.
    ///
    /// # Errors
    /// When the file cannot be read. That there is nothing to play on is said by [`Player::play`].
    pub fn open(path: &Path, on_fact: impl Fn(PlayerFact) + Send + 'static) -> Result<Self> {
        let renderer = Renderer::new(WavSource::open(path)?, 48_000)?;
        let playhead = Arc::new(Playhead::default());
        let (control, controls) = sync_channel(64);
        let shown = Arc::clone(&playhead);
        let thread = std::thread::Builder::new()
            .name("sound".into())
            .spawn(move || PlaybackThread::new(renderer, shown, Box::new(on_fact)).run(&controls))
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
        self.ask(Control::Play)
    }

    /// Pauses.
    pub fn pause(&self) {
        self.send(Control::Pause);
    }

    /// Pauses because the teacher types; [`Player::resume_after_typing`] goes on. Nothing happens when it was not playing.
    pub fn hold_for_typing(&self) {
        self.send(Control::HoldForTyping);
    }

    /// Goes on [`STEP_BACK`] before where typing paused it. Nothing happens when it was not typing that paused it.
    ///
    /// # Errors
    /// As [`Player::play`].
    pub fn resume_after_typing(&self) -> Result<()> {
        self.ask(Control::ResumeAfterTyping)
    }

    /// Goes to a moment.
    pub fn seek(&self, at: Millis) {
        self.send(Control::Seek(at));
    }

    /// Speed, kept within [`SPEEDS`]; the pitch stays.
    pub fn set_speed(&self, speed: f32) {
        self.send(Control::Speed(speed));
    }

    /// Stretches to jump over, sorted by start.
    pub fn set_skips(&self, skips: Vec<Span>) {
        self.send(Control::Skips(skips));
    }

    /// The stretch to repeat until told otherwise; begun outside of it, playing goes on until it comes in.
    pub fn set_repeat(&self, stretch: Option<Span>) {
        self.send(Control::Repeat(stretch));
    }

    /// What follows this moment is not heard; none: all of it is.
    pub fn set_end(&self, end: Option<Millis>) {
        self.send(Control::EndAt(end));
    }

    /// The gains that even out this recording's voices, used when [`SoundChoices::level_speakers`] is chosen.
    pub fn set_gains(&self, gains: GainCurve) {
        self.send(Control::Gains(gains));
    }

    /// Which loudspeaker, and what is done to the sound.
    pub fn set_sound(&self, sound: SoundChoices) {
        self.send(Control::Sound(sound));
    }

    fn ask(&self, control: impl FnOnce(SyncSender<Result<()>>) -> Control) -> Result<()> {
        let (answer, answered) = sync_channel(1);
        self.send(control(answer));
        answered.recv().unwrap_or(Err(Error::bare(ErrorKind::NoSpeaker, "playing")))
    }

    fn send(&self, control: Control) {
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

/// What the player's thread owns. The output is opened when play is first pressed and closed when it pauses, so that other programs may have it.
struct PlaybackThread {
    renderer: Renderer,
    playhead: Arc<Playhead>,
    on_fact: Box<dyn Fn(PlayerFact)>,
    options: PlaybackOptions,
    sound: SoundChoices,
    gains: Arc<GainCurve>,
    output: Option<Output>,
    /// What is in the ring: from which count of samples up to which, and the moment at its start.
    stamps: VecDeque<(u64, u64, Millis)>,
    /// Samples put into the ring.
    put: u64,
    /// Made, and not yet put into the ring.
    rest: Vec<f32>,
    ended: bool,
    /// Since when the callback has had everything.
    over_since: Option<Instant>,
    /// Nothing of what is to be heard now is in the ring yet.
    fresh: bool,
    /// Paused by typing.
    held: bool,
    /// The last notice: not said again each time play is pressed.
    noticed: Option<String>,
}

impl PlaybackThread {
    fn new(renderer: Renderer, playhead: Arc<Playhead>, on_fact: Box<dyn Fn(PlayerFact)>) -> Self {
        Self {
            renderer,
            playhead,
            on_fact,
            options: PlaybackOptions { speed: 1.0, ..PlaybackOptions::default() },
            sound: SoundChoices::default(),
            gains: Arc::default(),
            output: None,
            stamps: VecDeque::new(),
            put: 0,
            rest: Vec::new(),
            ended: false,
            over_since: None,
            fresh: true,
            held: false,
            noticed: None,
        }
    }

    /// Until it is told to end.
    fn run(mut self, controls: &Receiver<Control>) {
        loop {
            let control = if self.output.is_some() {
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
            if matches!(control, Some(Control::End)) {
                return;
            }
            if let Some(at) = control.and_then(|control| self.carry_out(control)) {
                self.restart(at);
            }
            self.turn();
            self.playhead.playing.store(self.output.is_some(), Ordering::Relaxed);
        }
    }

    /// From where to begin anew, if that is needed.
    fn carry_out(&mut self, control: Control) -> Option<Millis> {
        // Whatever the teacher does with play, pause or the place ends the hold of typing.
        self.held &= !matches!(control, Control::Play(_) | Control::Pause | Control::Seek(_));
        let here = self.playhead.position();
        match control {
            Control::Play(answer) => {
                let end = self.renderer.length();
                let started = self.open().map(|()| if here >= end - Millis(50) { Millis::ZERO } else { here });
                let at = started.as_ref().ok().copied();
                answer.send(started.map(|_| ())).ok();
                at
            }
            Control::Pause => {
                self.output = None;
                Some(here)
            }
            Control::HoldForTyping => {
                self.held |= self.output.take().is_some();
                Some(here)
            }
            Control::ResumeAfterTyping(answer) => {
                let wanted = std::mem::take(&mut self.held);
                let started = if wanted { self.open() } else { Ok(()) };
                let at = (wanted && started.is_ok()).then(|| (here - STEP_BACK).max(Millis::ZERO));
                answer.send(started).ok();
                at.inspect(|&at| self.playhead.set(at))
            }
            Control::Seek(at) => {
                self.playhead.set(at);
                Some(at)
            }
            Control::Speed(speed) => {
                self.options.speed = speed.clamp(*SPEEDS.start(), *SPEEDS.end());
                Some(here)
            }
            Control::Skips(skips) => {
                self.options.skips = skips;
                Some(here)
            }
            Control::Repeat(stretch) => {
                self.options.repeat = stretch;
                Some(here)
            }
            Control::EndAt(end) => {
                self.options.end = end;
                Some(here)
            }
            Control::Gains(gains) => {
                self.gains = Arc::new(gains);
                Some(here)
            }
            Control::Sound(sound) => {
                let elsewhere = sound.loudspeaker != self.sound.loudspeaker;
                self.sound = sound;
                if elsewhere && self.output.take().is_some() {
                    self.open().map_err(|err| (self.on_fact)(PlayerFact::Stopped(err))).ok();
                }
                Some(here)
            }
            Control::End => None,
        }
    }

    fn open(&mut self) -> Result<()> {
        if self.output.is_some() {
            return Ok(());
        }
        let mut output = open_output(self.sound.loudspeaker.as_ref())?;
        let notice = output.notice.take();
        if let Some(notice) = notice.clone().filter(|_| notice != self.noticed) {
            (self.on_fact)(PlayerFact::Notice(notice));
        }
        self.noticed = notice;
        self.output = Some(output);
        Ok(())
    }

    fn restart(&mut self, at: Millis) {
        if let Some(output) = &self.output {
            output.state.flush();
        }
        self.fresh = true;
        self.stamps.clear();
        self.rest.clear();
        self.ended = false;
        self.over_since = None;
        self.options.denoise = self.sound.denoise;
        self.options.gains = self.sound.level_speakers.then(|| Arc::clone(&self.gains));
        let rate = self.output.as_ref().map_or(48_000, |output| output.rate);
        if let Err(err) = self.renderer.restart(at, rate, &self.options) {
            tracing::error!("playing: {err}");
            self.output = None;
        }
    }

    /// Fills the ring, moves the playhead, and notices the end.
    fn turn(&mut self) {
        let Some(mut output) = self.output.take() else { return };
        if let Err(err) = self.fill(&mut output) {
            return (self.on_fact)(PlayerFact::Stopped(err));
        }
        let taken = output.state.taken();
        while self.stamps.front().is_some_and(|&(_, until, _)| until <= taken) {
            self.stamps.pop_front();
        }
        if let Some(&(from, _, at)) = self.stamps.front() {
            let secs = taken.saturating_sub(from) as f64 / f64::from(output.rate) * f64::from(self.options.speed);
            self.playhead.set((at + Millis::from_secs(secs)).min(self.renderer.length()));
        }
        if self.ended && self.stamps.is_empty() {
            self.playhead.set(self.renderer.length());
            // The last of it is still on its way through the sound card; closed now, the last words would be cut off.
            if self.over_since.get_or_insert_with(Instant::now).elapsed() >= LAST_SOUND {
                return;
            }
        }
        if output.state.is_lost() {
            // Not on to another one by itself: a child's voice does not suddenly come out of the loudspeaker in the staff room.
            return (self.on_fact)(PlayerFact::Notice(format!("“{}” went away, so playing has paused. Press play to resume.", output.name)));
        }
        self.output = Some(output);
    }

    /// Keeps [`READY`] in the ring.
    fn fill(&mut self, output: &mut Output) -> Result<()> {
        if output.state.is_flushing() {
            return Ok(());
        }
        if std::mem::take(&mut self.fresh) {
            self.put = output.state.taken();
        }
        let ready = (READY.as_secs_f64() * f64::from(output.rate)) as usize;
        let capacity = output.ring.buffer().capacity();
        while !self.ended && capacity - output.ring.slots() < ready {
            let Some(at) = self.renderer.render(&mut self.rest)? else {
                self.ended = true;
                break;
            };
            let (written, _) = output.ring.push_partial_slice(&self.rest);
            let count = written.len();
            self.rest.drain(..count);
            if count > 0 {
                self.stamps.push_back((self.put, self.put + count as u64, at));
                self.put += count as u64;
            }
        }
        Ok(())
    }
}
