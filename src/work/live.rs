//! Transcribes a recording while it runs: a thread that follows the file as it reaches the disk. It never touches the recorder; what it makes can
//! all be lost and made again.

use super::partial_file::{LiveResult, PartialTranscriptFile};
use super::transcribing::engine_workers;
use crate::audio::GrowingWavReader;
use crate::conference::{ConferenceData, ConferenceId, ConferenceRecord, Millis, Speaker, TeacherKnown, Transcript, Turn, VoiceCount, Voices, Word};
use crate::error::{Error, ErrorKind, Result};
use crate::library::Library;
use crate::settings::{Folders, Settings, TranscribeWhen};
use crate::speech::{self, Engine, LiveTranscriber, SpeakerConstraints};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often the file is looked at. The recorder makes it durable each second.
const LOOK: Duration = Duration::from_millis(100);
/// Read at a time: what two seconds hold at the highest rate.
const BLOCK: usize = 96_000;
/// With more than this to transcribe no more is read: it is safe on the disk.
const FAR_BEHIND: Millis = Millis(120_000);
/// The recorder makes a second at a time durable, and a block is read at a time.
const ON_ITS_WAY: Millis = Millis(4_000);
/// The end of it is waited for so long.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often the voices are told apart for the screen, and the least speech for it.
const VOICES_EVERY: Duration = Duration::from_secs(8);
const LEAST_SPEECH: Millis = Millis(8_000);
/// Turns shown: more than fit on any screen.
const SHOWN_TURNS: usize = 14;

/// What the recording screen shows of the words.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LiveText {
    /// The last turns: who, and what was said.
    pub turns: Vec<(Speaker, String)>,
    /// How much of what was said has no words yet.
    pub behind: Millis,
    /// Why there are no words, when there will be none until afterwards.
    pub without_words: Option<ErrorKind>,
}

/// Who may be heard, and how they are transcribed.
#[derive(Debug, Clone)]
pub struct LiveOptions {
    /// Where models and partial transcripts are.
    pub folders: Folders,
    /// Model and language.
    pub settings: Settings,
    /// Students at the table.
    pub students: u8,
    /// The teacher's stored voice.
    pub profile: Option<speech::VoiceProfile>,
}

impl LiveOptions {
    /// For a recording that is about to begin; none when it is to be transcribed after class.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub fn of(library: &Library, folders: &Folders, settings: &Settings, students: u8) -> Result<Option<Self>> {
        let is_wanted = match settings.transcribe_when {
            TranscribeWhen::WhileRecording => true,
            TranscribeWhen::PluggedIn => !is_on_battery(),
            TranscribeWhen::Afterwards => false,
        };
        let options = || Ok(Self { folders: folders.clone(), settings: settings.clone(), students, profile: super::voice_profile::stored(library)? });
        is_wanted.then(options).transpose()
    }
}

/// Whether the computer runs on its battery, where the system says so.
fn is_on_battery() -> bool {
    let supplies = std::fs::read_dir("/sys/class/power_supply").into_iter().flatten().flatten();
    supplies.filter_map(|supply| std::fs::read_to_string(supply.path().join("status")).ok()).any(|status| status.trim() == "Discharging")
}

/// The thread that transcribes.
pub struct Live {
    ended: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<LiveResult>,
}

impl Live {
    /// Begins to follow the recording whose first file is `wav`; `on_text` hears of words on the thread.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(wav: PathBuf, of: ConferenceId, options: LiveOptions, on_text: Box<dyn Fn(LiveText) + Send>) -> Result<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ended);
        let follow = move || {
            stand_back();
            let mut result = LiveResult::default();
            if let Err(err) = (Follower { options, file: PartialTranscriptFile::beside(&wav, of), wav, on_text, ended: seen }).run(&mut result) {
                // The recording is not touched by it; it is transcribed afterwards.
                tracing::warn!("live transcription has stopped: {err}");
            }
            result
        };
        let thread = std::thread::Builder::new().name("live".into()).spawn(follow).map_err(|err| Error::new(ErrorKind::Bug, "following a recording", err))?;
        Ok(Self { ended, thread })
    }

    /// The recording's file is complete: reads the rest of it and gives what was made. Takes a tenth of a second or so; whoever hangs is not waited
    /// for, and all is made again.
    #[must_use]
    pub fn end(self) -> LiveResult {
        self.ended.store(true, Ordering::Relaxed);
        let until = Instant::now() + PATIENCE;
        while !self.thread.is_finished() {
            if Instant::now() >= until {
                tracing::warn!("live transcription did not end in time");
                return LiveResult::default();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.thread.join().unwrap_or_default()
    }
}

/// Recording and the window come first.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(err) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), speech::BACKGROUND_NICE) {
        tracing::debug!("following keeps its priority: {err}");
    }
}

struct Follower {
    options: LiveOptions,
    wav: PathBuf,
    file: PartialTranscriptFile,
    on_text: Box<dyn Fn(LiveText) + Send>,
    ended: Arc<AtomicBool>,
}

impl Follower {
    fn run(&self, result: &mut LiveResult) -> Result<()> {
        let settings = &self.options.settings;
        let mut transcriber = LiveTranscriber::new(&settings.language, &settings.model)?;
        let engine = super::catalogue::path_of(&self.options.folders, &settings.model).and_then(|model| Engine::start_background(&model, engine_workers()));
        let mut shown = LiveText::default();
        match engine {
            Ok(engine) => result.engine = Some(engine),
            Err(err) => {
                tracing::warn!("no words while recording: {err}");
                shown.without_words = Some(err.kind);
                (self.on_text)(shown.clone());
            }
        }
        let mut reader = GrowingWavReader::of(&self.wav);
        let mut sound = Vec::new();
        let mut speakers = Speakers::default();
        let (mut file, mut kept) = (self.file.clone(), Millis::ZERO);
        loop {
            // Before reading: what was written before the end is read after it.
            let has_ended = self.ended.load(Ordering::Relaxed);
            let mut read = 0;
            if has_ended || transcriber.behind() < FAR_BEHIND {
                sound.clear();
                read = reader.read(BLOCK, &mut sound)?;
                transcriber.push(&sound)?;
            }
            if has_ended {
                if read == 0 {
                    break;
                }
                continue;
            }
            let has_words = match &mut result.engine {
                Some(engine) => transcriber.advance(engine, Duration::ZERO)?,
                None => false,
            };
            if transcriber.transcribed_until() > kept {
                kept = transcriber.transcribed_until();
                file.keep(&transcriber.partial()?)?;
            }
            let has_voices = speakers.look(&transcriber, &self.options)?;
            let behind = if result.engine.is_some() { transcriber.behind() + waiting(reader.unread()) } else { Millis::ZERO };
            if has_words || has_voices || behind.0 / 1000 != shown.behind.0 / 1000 {
                if has_words || has_voices {
                    shown.turns = self.turns(transcriber.words()?, &speakers.voices);
                }
                shown.behind = behind;
                (self.on_text)(shown.clone());
            }
            if read < BLOCK / 2 {
                std::thread::sleep(LOOK);
            }
        }
        result.transcript = Some(transcriber.end()?);
        Ok(())
    }

    /// The last turns, as the screens say them.
    fn turns(&self, words: Vec<Word>, voices: &Voices) -> Vec<(Speaker, String)> {
        let transcript = Transcript { words, ..Default::default() };
        let record = ConferenceRecord::new(ConferenceData { students: self.options.students, transcript, voices: voices.clone(), ..ConferenceData::empty() });
        lines(&record)
    }
}

/// Sound that waits on the disk because there is too much to transcribe already; the last second or two is only on its way.
fn waiting(unread: Millis) -> Millis {
    if unread > ON_ITS_WAY { unread } else { Millis::ZERO }
}

/// The last turns that have words: where sound is ahead of its words nobody stands with nothing beside the name, and the last lines with words stay.
fn lines(record: &ConferenceRecord) -> Vec<(Speaker, String)> {
    let line_of = |turn: &Turn| (turn.speaker, record.transcript().text(&turn.words));
    let mut last: Vec<(Speaker, String)> = record.turns().iter().rev().filter(|turn| !turn.words.is_empty()).take(SHOWN_TURNS).map(line_of).collect();
    last.reverse();
    last
}

/// Who speaks, as far as it can be told.
#[derive(Default)]
struct Speakers {
    voices: Voices,
    looked: Option<Instant>,
}

impl Speakers {
    /// Tells the voices apart now and then; whether it was done.
    fn look(&mut self, transcriber: &LiveTranscriber, options: &LiveOptions) -> Result<bool> {
        if self.looked.is_some_and(|looked| looked.elapsed() < VOICES_EVERY) {
            return Ok(false);
        }
        self.looked = Some(Instant::now());
        let embeddings = transcriber.speakers()?;
        if embeddings.speech().iter().map(|span| span.length()).sum::<Millis>() < LEAST_SPEECH {
            return Ok(false);
        }
        let constraints = SpeakerConstraints { students: options.students, profile: options.profile.as_ref(), ..SpeakerConstraints::default() };
        let found = speech::diarize(&[0.0; 0], &embeddings, &constraints, &mut |_| Ok(()))?;
        let (roles, teacher_known) = speech::name_roles(&found, options.students, &transcriber.words()?);
        self.voices = Voices { roles, teacher_known, doubtful_at: None, doubt: None, spans: found.spans };
        // A guess that may still turn round is not shown as one.
        if found.count != VoiceCount::AsExpected && teacher_known != TeacherKnown::ByProfile {
            self.voices.roles.fill(Speaker::Unknown);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::fixture::talk;

    #[test]
    fn nobody_stands_without_words_and_the_last_lines_with_words_stay() {
        // Voices are told apart up to the last moment, words are some turns behind.
        let record = talk("T 0-2 What now? | S 3-5 A poem. | T 6-9 | S 10-12 | T 13-20");
        assert_eq!(lines(&record), [(Speaker::Teacher, "What now?".to_owned()), (Speaker::Student(1), "A poem.".to_owned())]);
        let many: Vec<String> =
            (0..40).map(|turn| format!("{} {}-{} {}", ["T", "S"][turn % 2], turn * 3, turn * 3 + 1, if turn < 30 { "word" } else { "" })).collect();
        assert_eq!(lines(&talk(&many.join("|"))).len(), SHOWN_TURNS);
    }

    #[test]
    fn what_waits_on_the_disk_counts_as_behind() {
        assert_eq!((waiting(Millis(2_000)), waiting(Millis(600_000))), (Millis::ZERO, Millis(600_000)));
    }
}
