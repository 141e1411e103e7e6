//! `afterbell record`, `afterbell repair` and `afterbell restore`.

use super::{CommandContext, ConferenceReport, WithArgs, analyse_one, claim, notice, say_done};
use crate::audio::{self, LevelAdvice, Meters, Mic};
use crate::conference::ConferenceId;
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::settings::{ChosenDevice, Folders, Settings, SettingsChange};
use crate::work::SessionFact;
use crate::work::level::little_room;
use crate::work::live::{Live, LiveOptions};
use crate::work::partial_file::LiveResult;
use crate::work::record::{self, Interrupted, RecordingSetup, Session};
use crate::work::recovery::{self, Adopted, adopt};
use crate::work::safety;
use clap::Args;
use serde::Serialize;
use serde_json::json;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

#[derive(Debug, Args)]
pub(super) struct RecordArgs {
    #[command(flatten)]
    with: WithArgs,
    /// The microphone, by its name or part of it; remembered.
    #[arg(long, value_name = "NAME")]
    microphone: Option<String>,
    /// Stop by itself after so many seconds.
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true, value_parser = positive)]
    seconds: Option<f64>,
    /// Record a sound file instead of a microphone.
    #[arg(long, value_name = "FILE")]
    play: Option<PathBuf>,
    /// How fast to play that file; 1 is real time.
    #[arg(long, default_value_t = 1.0, requires = "play", allow_negative_numbers = true, value_parser = positive)]
    speed: f64,
    /// At the microphone's own rate instead of 16 kHz.
    #[arg(long)]
    high_quality: bool,
    /// Only record; transcribe it later.
    #[arg(long)]
    no_transcript: bool,
}

/// Time goes forward.
fn positive(text: &str) -> std::result::Result<f64, String> {
    match text.trim().parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 && number <= 1e6 => Ok(number),
        _ => Err("a number above zero is needed, such as 1 or 2.5".into()),
    }
}

pub(super) fn record(context: &mut CommandContext<'_>, args: &RecordArgs) -> Result<()> {
    context.catch_ctrl_c();
    let claimed = claim(context)?;
    let (mut library, made_again) = safety::open_or_rebuild(&context.folders)?;
    made_again.iter().for_each(|sentence| notice(sentence));
    safety::back_up_daily(&library);
    let with = args.with.resolve(&mut library)?;
    if let Some(name) = &args.microphone {
        let chosen = SettingsChange::Microphone(Some(microphone(name)?));
        context.settings = Settings::update(&context.folders, |settings| chosen.apply(settings))?;
    }
    let settings = Settings { high_quality: context.settings.high_quality || args.high_quality, ..context.settings.clone() };
    let mic = match &args.play {
        Some(path) => Mic::File { path: path.clone(), speed: args.speed },
        None => Mic::Device(settings.microphone.clone()),
    };
    let meters = Arc::new(Meters::default());
    let ended: Arc<Mutex<Option<Error>>> = Arc::default();
    let (ended_sender, ended_by_itself) = sync_channel(1);
    let failure = Arc::clone(&ended);
    let on_fact = Box::new(move |fact| match fact {
        SessionFact::Back { microphone, gap } => notice(&format!(
            "Recording continues with {microphone}. From {} to {} nothing was heard; that stretch is silent and marked.",
            gap.start(),
            gap.end()
        )),
        SessionFact::Stopped(error) => {
            *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            ended_sender.try_send(()).ok();
        }
    });
    // A sound server that hangs is waited for until Ctrl-C.
    let wanted = &mut || if context.is_stopped() { Err(Error::bare(ErrorKind::Cancelled, "opening the microphone")) } else { Ok(()) };
    let setup = RecordingSetup { folders: &context.folders, settings: &settings, with: &with, mic, meters: Arc::clone(&meters), on_fact };
    let session = Session::start(setup, wanted)?;
    if let Some(text) = session.notice() {
        notice(text);
    }
    notice(&format!("Recording with {}. Ctrl-C stops and saves; Enter marks a moment.", session.microphone()));
    let live = if args.no_transcript { Ok(None) } else { LiveOptions::of(&library, &context.folders, &settings, with.at_the_table()) };
    let live =
        live.and_then(|options| options.map(|options| Live::start(session.wav(), session.id(), options, Box::new(drop))).transpose()).unwrap_or_else(|err| {
            tracing::warn!("it is transcribed afterwards: {err}");
            None
        });
    let marks = enter_presses();
    let started = Instant::now();
    let mut shown = Instant::now();
    let (mut was_lost, mut was_silent, mut had_little_room) = (false, false, false);
    while !context.is_stopped() && !session.is_finished() && ended_by_itself.recv_timeout(Duration::from_millis(100)).is_err() {
        if args.seconds.is_some_and(|seconds| started.elapsed().as_secs_f64() >= seconds) {
            break;
        }
        let reading = meters.read();
        if reading.is_lost && !was_lost {
            notice(&format!(
                "No sound arrives from the microphone since {}. Everything up to then is saved. Check the cable; it is tried again.",
                reading.elapsed
            ));
        }
        let is_silent = reading.advice == LevelAdvice::NoSignal;
        if is_silent && !was_silent {
            notice("The microphone gives only silence. Is it muted?");
        }
        if reading.has_little_room() && !had_little_room {
            notice(&little_room(reading.room.unwrap_or_default()));
        }
        (was_lost, was_silent, had_little_room) = (reading.is_lost, is_silent, reading.has_little_room());
        while marks.as_ref().is_some_and(|marks| marks.try_recv().is_ok()) {
            match session.mark() {
                Ok(at) => notice(&format!("Marked {at}")),
                Err(err) => notice(err.advice()),
            }
        }
        if std::io::stderr().is_terminal() && shown.elapsed() >= Duration::from_millis(500) {
            shown = Instant::now();
            show_level(&meters);
        }
    }
    let stopped = Instant::now();
    let finished = session.stop()?;
    let ended = ended.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(err) = &ended {
        notice(err.advice());
        tracing::error!("the recording stopped by itself: {err}");
    }
    if finished.length.0 == 0 {
        record::discard_empty(&context.folders, &finished.name)?;
        return Err(ended.unwrap_or(Error::bare(ErrorKind::MicrophoneLost, "recording")));
    }
    let id = adopt(&mut library, &context.folders, &finished).map_err(|err| {
        let why = err.advice().split_inclusive('.').next().unwrap_or_default();
        notice(&format!("{why} The recording is saved as {}.wav, but it is not yet in the list. “afterbell repair” puts it there.", finished.name));
        tracing::error!("a recording is not in the list: {err}");
        Error { doing: super::SAID, ..err }
    })?;
    notice(&format!("Saved. {} in conference {}.", finished.length, super::shown(&library, id)?));
    let done = if args.no_transcript {
        None
    } else {
        // Ctrl-C ended the recording; from here on it would stop the transcript.
        context.stopped.store(false, std::sync::atomic::Ordering::Relaxed);
        let started = live.map(Live::end).unwrap_or_default();
        Some(analyse_one(context, &mut library, id, started)?)
    };
    let stop_to_transcript_s = done.as_ref().map(|_| stopped.elapsed().as_secs_f64());
    drop(claimed);
    if context.json {
        context.json(&json!({
            "id": id,
            "file": context.folders.recordings().join(format!("{}.wav", finished.name)),
            "length_s": finished.length.secs(),
            "sample_rate_hz": finished.sample_rate_hz,
            "frames_expected": finished.frames_expected,
            "frames_written": finished.frames_written,
            "frames_dropped": finished.frames_dropped,
            "dropouts_s": finished.dropouts.iter().map(|gap| [gap.start().secs(), gap.end().secs()]).collect::<Vec<_>>(),
            "slowest_callback_us": meters.read().slowest_callback.as_secs_f64() * 1e6,
            "marks_s": finished.marks.iter().map(|mark| mark.secs()).collect::<Vec<_>>(),
            "transcript": done,
            "stop_to_transcript_s": stop_to_transcript_s,
        }))?;
    } else {
        context.say(format!("Frames expected {}, written {}, dropped {}.", finished.frames_expected, finished.frames_written, finished.frames_dropped))?;
        say_done(context, done.as_slice())?;
    }
    ended.map_or(Ok(()), |err| Err(Error { doing: super::SAID, ..err }))
}

fn microphone(name: &str) -> Result<ChosenDevice> {
    let wanted = name.to_lowercase();
    let found = audio::microphones()?.into_iter().find(|mic| mic.name.to_lowercase().contains(&wanted));
    found.map(|mic| ChosenDevice { id: mic.id, name: mic.name }).ok_or(Error::bare(ErrorKind::NoMicrophone, "finding the microphone that was asked for"))
}

/// One message for each line on standard input: a press of Enter, or another program's word.
fn enter_presses() -> Option<std::sync::mpsc::Receiver<()>> {
    let (press, pressed) = sync_channel(16);
    let reader = std::thread::Builder::new().name("keyboard".into()).spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if line.is_err() || press.send(()).is_err() {
                break;
            }
        }
    });
    reader.ok().map(|_| pressed)
}

fn show_level(meters: &Meters) {
    let reading = meters.read();
    let bars = (reading.level * 20.0).round() as usize;
    let advice = match reading.advice {
        LevelAdvice::Listening => "",
        LevelAdvice::Good => "good level",
        LevelAdvice::TooQuiet => "a bit quiet",
        LevelAdvice::Clipping => "too loud, move back a little",
        LevelAdvice::NoSignal => "no sound arrives: is it muted?",
    };
    write!(std::io::stderr(), "\r{}  {:<20}  {advice:<32}", reading.elapsed, "|".repeat(bars.min(20))).ok();
}

/// What `repair` reports of one recording.
#[derive(Serialize)]
#[serde(untagged)]
enum Repaired {
    Kept(ConferenceReport),
    /// It is where it was; what to do is said.
    Failed {
        recording: String,
        failed: &'static str,
    },
}

/// Recordings that were cut off become conferences; recordings without a row get one. One that fails is said by its name and keeps none of the others from it;
/// the last failure decides the exit code.
pub(super) fn repair(context: &mut CommandContext<'_>, no_transcript: bool) -> Result<()> {
    context.catch_ctrl_c();
    let _claimed = claim(context)?;
    let (mut library, made_again) = safety::open_or_rebuild(&context.folders)?;
    made_again.iter().for_each(|sentence| notice(sentence));
    recovery::remove_temp_files(&context.folders);
    let mut adopted = Adopted::default();
    for cut in record::interrupted(&context.folders)? {
        match keep_cut_off(&mut library, &context.folders, &cut) {
            Ok(kept) => adopted.kept.extend(kept),
            Err(err) => adopted.failed.push((format!("{}.wav", cut.name), err)),
        }
    }
    let orphans = recovery::adopt_orphans(&mut library, &context.folders)?;
    adopted.kept.extend(orphans.kept);
    adopted.failed.extend(orphans.failed);
    safety::write_missing_sidecars(&mut library)?;
    let (mut done, mut failed) = (Vec::new(), adopted.failed);
    for id in adopted.kept {
        let one = if no_transcript {
            library.load(id).map(|record| ConferenceReport::of(&record))
        } else {
            analyse_one(context, &mut library, id, LiveResult::default())
        };
        match one {
            Ok(one) => done.push(one),
            Err(err) if err.kind == ErrorKind::Cancelled => return Err(err),
            Err(err) => failed.push((library.audio_of(id)?, err)),
        }
    }
    for (recording, err) in &failed {
        notice(&format!("{recording}: {}", err.advice()));
        tracing::error!("a recording is not repaired: {err}");
    }
    if context.json {
        let failures = failed.iter().map(|(recording, err)| Repaired::Failed { recording: recording.clone(), failed: err.advice() });
        context.json(&done.into_iter().map(Repaired::Kept).chain(failures).collect::<Vec<_>>())?;
    } else if done.is_empty() && failed.is_empty() {
        context.say("Every recording is in the library and whole. There is nothing to repair.")?;
    } else {
        say_done(context, &done)?;
    }
    failed.pop().map_or(Ok(()), |(_, err)| Err(Error { doing: super::SAID, ..err }))
}

/// None when there was nothing in it.
fn keep_cut_off(library: &mut Library, folders: &Folders, cut: &Interrupted) -> Result<Option<ConferenceId>> {
    if record::discard_if_empty(folders, cut)? {
        return Ok(None);
    }
    let finished = record::recover(folders, &cut.name)?;
    adopt(library, folders, &finished).map(Some)
}

/// A damaged library is made again; a whole one goes back to a backup.
pub(super) fn restore(context: &mut CommandContext<'_>, name: Option<String>, list: bool) -> Result<()> {
    let backups: Vec<String> = crate::library::backups(&context.folders).into_iter().map(|backup| backup.name).collect();
    if list {
        return if context.json {
            context.json(&backups)
        } else {
            context.say(if backups.is_empty() { "There are no backups yet.".into() } else { backups.join("\n") })
        };
    }
    let _claimed = claim(context)?;
    let (mut library, made_again) = safety::open_or_rebuild(&context.folders)?;
    let says = match (made_again, name.or_else(|| backups.first().cloned())) {
        (Some(sentence), _) => sentence,
        (None, Some(name)) => {
            safety::go_back_to(&mut library, &name)?;
            format!("Your conferences are as they were in the backup {name}. What was there before is kept as a backup too.")
        }
        (None, None) => return Err(Error::bare(ErrorKind::NotFound, "looking for a backup")),
    };
    let conferences = library.summaries()?.len();
    if context.json { context.json(&json!({ "conferences": conferences, "says": says })) } else { context.say(says) }
}
