//! Writes a recording down while it runs: a thread that follows the file as it reaches the disk. It never touches the recorder; what it makes can
//! all be lost and made again.

use super::process::{engine_workers, near_enough};
use crate::audio::Tail;
use crate::conference::{ConferenceData, ConferenceId, ConferenceRecord, Millis, Span, Speaker, TeacherKnown, Transcript, Turn, VoiceCount, Voices, Word};
use crate::error::{Error, ErrorKind, Result};
use crate::files::{append, write_whole};
use crate::library::Library;
use crate::settings::{Folders, Settings, WritesDown};
use crate::speech::{self, Draft, Engine, Kept, Scribe, SpeakerConstraints, UnderWay, Written};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often the file is looked at. The recorder makes it durable each second.
const LOOK: Duration = Duration::from_millis(100);
/// Read at a time: what two seconds hold at the highest rate.
const BLOCK: usize = 96_000;
/// With more than this to write down no more is read: it is safe on the disk.
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

/// What was begun of a recording, for whoever goes on with it.
#[derive(Default)]
pub struct Begun {
    /// All that was heard while it was recorded.
    pub written: Option<Written>,
    /// The engine with its model, ready.
    pub engine: Option<Engine>,
}

/// Who may be heard, and how they are written down.
#[derive(Debug, Clone)]
pub struct LiveHow {
    /// Where models and drafts are.
    pub folders: Folders,
    /// Model and language.
    pub settings: Settings,
    /// Students at the table.
    pub students: u8,
    /// The teacher's stored voice.
    pub profile: Option<speech::VoiceProfile>,
}

impl LiveHow {
    /// For a recording that is about to begin; none when it is to be written down after class.
    ///
    /// # Errors
    /// When the library cannot be read.
    pub fn of(library: &Library, folders: &Folders, settings: &Settings, students: u8) -> Result<Option<Self>> {
        let is_wanted = match settings.writes_down {
            WritesDown::WhileRecording => true,
            WritesDown::PluggedIn => !is_on_battery(),
            WritesDown::Afterwards => false,
        };
        let how = || Ok(Self { folders: folders.clone(), settings: settings.clone(), students, profile: super::voice::profile(library)? });
        is_wanted.then(how).transpose()
    }
}

/// Whether the computer runs on its battery, where the system says so.
fn is_on_battery() -> bool {
    let supplies = std::fs::read_dir("/sys/class/power_supply").into_iter().flatten().flatten();
    supplies.filter_map(|supply| std::fs::read_to_string(supply.path().join("status")).ok()).any(|status| status.trim() == "Discharging")
}

/// The thread that writes down.
pub struct Live {
    ended: Arc<AtomicBool>,
    thread: std::thread::JoinHandle<Begun>,
}

impl Live {
    /// Begins to follow the recording whose first file is `wav`; `tell` hears of words on the thread.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(wav: PathBuf, of: ConferenceId, how: LiveHow, tell: Box<dyn Fn(LiveText) + Send>) -> Result<Self> {
        let ended = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&ended);
        let follow = move || {
            stand_back();
            let mut begun = Begun::default();
            if let Err(err) = (Follower { how, draft: DraftFile::beside(&wav, of), wav, tell, ended: seen }).run(&mut begun) {
                // The recording is not touched by it; it is written down afterwards.
                tracing::warn!("writing down while recording has stopped: {err}");
            }
            begun
        };
        let thread = std::thread::Builder::new().name("live".into()).spawn(follow).map_err(|err| Error::new(ErrorKind::Bug, "following a recording", err))?;
        Ok(Self { ended, thread })
    }

    /// The recording's file is complete: reads the rest of it and gives what was made. Takes a tenth of a second or so; whoever hangs is not waited
    /// for, and all is made again.
    #[must_use]
    pub fn end(self) -> Begun {
        self.ended.store(true, Ordering::Relaxed);
        let until = Instant::now() + PATIENCE;
        while !self.thread.is_finished() {
            if Instant::now() >= until {
                tracing::warn!("writing down while recording did not end in time");
                return Begun::default();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        self.thread.join().unwrap_or_default()
    }
}

/// Recording and the window come first.
fn stand_back() {
    #[cfg(target_os = "linux")]
    if let Err(err) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), speech::BEHIND) {
        tracing::debug!("following keeps its priority: {err}");
    }
}

struct Follower {
    how: LiveHow,
    wav: PathBuf,
    draft: DraftFile,
    tell: Box<dyn Fn(LiveText) + Send>,
    ended: Arc<AtomicBool>,
}

impl Follower {
    fn run(&self, begun: &mut Begun) -> Result<()> {
        let settings = &self.how.settings;
        let mut scribe = Scribe::new(&settings.language, &settings.model)?;
        let engine = super::catalogue::path_of(&self.how.folders, &settings.model).and_then(|model| Engine::start_behind(&model, engine_workers()));
        let mut shown = LiveText::default();
        match engine {
            Ok(engine) => begun.engine = Some(engine),
            Err(err) => {
                tracing::warn!("no words while recording: {err}");
                shown.without_words = Some(err.kind);
                (self.tell)(shown.clone());
            }
        }
        let mut tail = Tail::of(&self.wav);
        let mut sound = Vec::new();
        let mut speakers = Speakers::default();
        let (mut file, mut kept) = (self.draft.clone(), Millis::ZERO);
        loop {
            // Before reading: what was written before the end is read after it.
            let has_ended = self.ended.load(Ordering::Relaxed);
            let mut read = 0;
            if has_ended || scribe.behind() < FAR_BEHIND {
                sound.clear();
                read = tail.read(BLOCK, &mut sound)?;
                scribe.push(&sound)?;
            }
            if has_ended {
                if read == 0 {
                    break;
                }
                continue;
            }
            let has_words = match &mut begun.engine {
                Some(engine) => scribe.turn(engine, Duration::ZERO)?,
                None => false,
            };
            if scribe.draft_until() > kept {
                kept = scribe.draft_until();
                file.keep(&scribe.draft()?)?;
            }
            let has_voices = speakers.look(&scribe, &self.how)?;
            let behind = if begun.engine.is_some() { scribe.behind() + waiting(tail.unread()) } else { Millis::ZERO };
            if has_words || has_voices || behind.0 / 1000 != shown.behind.0 / 1000 {
                if has_words || has_voices {
                    shown.turns = self.turns(scribe.words()?, &speakers.voices);
                }
                shown.behind = behind;
                (self.tell)(shown.clone());
            }
            if read < BLOCK / 2 {
                std::thread::sleep(LOOK);
            }
        }
        begun.written = Some(scribe.end()?);
        Ok(())
    }

    /// The last turns, as the screens say them.
    fn turns(&self, words: Vec<Word>, voices: &Voices) -> Vec<(Speaker, String)> {
        let transcript = Transcript { words, ..Default::default() };
        let record = ConferenceRecord::new(ConferenceData { students: self.how.students, transcript, voices: voices.clone(), ..super::process::empty_data() });
        lines(&record)
    }
}

/// Sound that waits on the disk because there is too much to write down already; the last second or two is only on its way.
fn waiting(unread: Millis) -> Millis {
    if unread > ON_ITS_WAY { unread } else { Millis::ZERO }
}

/// The last turns that have words: where sound is ahead of its words nobody stands with nothing beside the name, and the last lines with words stay.
fn lines(record: &ConferenceRecord) -> Vec<(Speaker, String)> {
    let said = |turn: &Turn| (turn.speaker, record.transcript().text(&turn.words));
    let mut last: Vec<(Speaker, String)> = record.turns().iter().rev().filter(|turn| !turn.words.is_empty()).take(SHOWN_TURNS).map(said).collect();
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
    fn look(&mut self, scribe: &Scribe, how: &LiveHow) -> Result<bool> {
        if self.looked.is_some_and(|looked| looked.elapsed() < VOICES_EVERY) {
            return Ok(false);
        }
        self.looked = Some(Instant::now());
        let heard = scribe.speakers()?;
        if heard.speech().iter().map(|span| span.length()).sum::<Millis>() < LEAST_SPEECH {
            return Ok(false);
        }
        let constraints = SpeakerConstraints { students: how.students, profile: how.profile.as_ref(), ..SpeakerConstraints::default() };
        let found = speech::diarize(&[0.0; 0], &heard, &constraints, &mut |_| Ok(()))?;
        let (roles, teacher_known) = speech::name_roles(&found, how.students, &scribe.words()?);
        self.voices = Voices { roles, teacher_known, doubtful_at: None, doubt: None, spans: found.spans };
        // A guess that may still turn round is not shown as one.
        if found.count != VoiceCount::AsExpected && teacher_known != TeacherKnown::ByProfile {
            self.voices.roles.fill(Speaker::Unknown);
        }
        Ok(true)
    }
}

/// Where what is written down so far is kept, and of which conference it is.
#[derive(Debug, Clone)]
pub struct DraftFile {
    path: PathBuf,
    of: ConferenceId,
    /// How much of the draft was kept here by this.
    kept: Option<Kept>,
}

impl DraftFile {
    /// Beside the first file of a recording.
    #[must_use]
    pub fn beside(wav: &Path, of: ConferenceId) -> Self {
        Self { path: wav.with_extension("draft"), of, kept: None }
    }

    /// Keeps what is written down so far; of a recording that was removed meanwhile nothing is kept.
    ///
    /// # Errors
    /// When the disk is full or gone.
    pub(super) fn keep(&mut self, draft: &Draft) -> Result<()> {
        if !self.path.with_extension("wav").exists() {
            return Ok(());
        }
        // Where adding fails, the next time all of it is written.
        let more = self.kept.take().map(|kept| draft.more_than(kept)).transpose()?.flatten();
        self.kept = match more {
            Some((piece, kept)) if append(&self.path, &piece)? => Some(kept),
            _ => write_whole(&self.path, &draft.to_bytes(self.of)?).map(|()| Some(draft.size()))?,
        };
        Ok(())
    }

    /// What was kept before, if it was written by this model in this language; of another only the voices.
    fn kept(&self, settings: &Settings) -> Draft {
        let draft = std::fs::read(&self.path).ok().and_then(|bytes| Draft::from_bytes(&bytes, self.of)).unwrap_or_default();
        if is_as_wished(&draft, settings) { draft } else { Draft { speakers: draft.speakers, ..Draft::default() } }
    }

    /// All of it is in the library.
    pub(super) fn remove(&self) {
        std::fs::remove_file(&self.path).ok();
    }
}

/// Whether a draft was written by the model and in the language that are wanted now.
fn is_as_wished(draft: &Draft, settings: &Settings) -> bool {
    let language = &draft.transcript.language;
    draft.transcript.model == settings.model && (settings.language == "auto" || language.is_empty() || *language == settings.language)
}

impl Begun {
    /// What was written down of a recording.
    pub(super) fn taken(&mut self, file: Option<&DraftFile>, settings: &Settings, samples: usize) -> Taken {
        if let Some(written) = self.written.take_if(|written| !is_as_wished(&written.draft, settings)) {
            // Another model was chosen meanwhile: what the voices are like is true all the same.
            self.engine = None;
            return Taken { draft: Draft { speakers: written.draft.speakers, ..Draft::default() }, ..Taken::default() };
        }
        // Another engine, which does not stand back behind what keeps the computer busy, is sooner done.
        if self.written.as_ref().is_some_and(|written| written.is_held_up) {
            self.engine = None;
        }
        match self.written.take() {
            Some(written) if near_enough(written.samples, samples) => {
                Taken { draft: written.draft, speech: Some(written.speech), under_way: written.under_way }
            }
            Some(written) => Taken { draft: written.draft, ..Taken::default() },
            None => Taken { draft: file.map_or_else(Draft::default, |file| file.kept(settings)), ..Taken::default() },
        }
    }
}

/// What was written down of a recording before it is gone on with.
#[derive(Default)]
pub(super) struct Taken {
    pub draft: Draft,
    /// Where there is speech for the recogniser, when that was found while it was recorded.
    pub speech: Option<Vec<Span>>,
    /// What the engine is still at.
    pub under_way: Vec<UnderWay>,
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
    fn what_a_window_adds_to_a_draft_is_small_however_long_the_recording() {
        let folder = tempfile::tempdir().unwrap();
        let wav = folder.path().join("a.wav");
        std::fs::write(&wav, "").unwrap();
        let of = ConferenceId::from_u128(7);
        let mut file = DraftFile::beside(&wav, of);
        let mut draft = Draft { speakers: super::super::process::listen(&[0.0; 16_000 * 30][..], &mut |_| Ok(())).unwrap(), ..Draft::default() };
        let length = || std::fs::metadata(wav.with_extension("draft")).unwrap().len();
        let mut add = |file: &mut DraftFile| {
            draft.transcript.words.push(Word { text: "Oh.".into(), span: Span::new(draft.until, draft.until + Millis(500)), confidence: 0.9 });
            draft.until = draft.until + Millis(1000);
            file.keep(&draft).unwrap();
            Some((draft.transcript.clone(), draft.until))
        };
        add(&mut file);
        let whole = length();
        let kept = add(&mut file);
        assert!(whole > 10_000 && length() > whole && length() < whole + 200, "{whole}, then {}", length());
        let read = || Draft::from_bytes(&std::fs::read(wav.with_extension("draft")).unwrap(), of).map(|draft| (draft.transcript, draft.until));
        assert_eq!(read(), kept);
        // Whoever goes on after a kill does not add to what may be half of a piece, and what somebody removed is there again.
        let mut next = DraftFile::beside(&wav, of);
        append(&wav.with_extension("draft"), b"half a piece").unwrap();
        assert_eq!(add(&mut next), read());
        std::fs::remove_file(wav.with_extension("draft")).unwrap();
        assert_eq!(add(&mut next), read());
        std::fs::remove_file(&wav).unwrap();
        std::fs::remove_file(wav.with_extension("draft")).unwrap();
        add(&mut next);
        assert_eq!(read_dir_names(folder.path()), Vec::<String>::new(), "of a recording that is gone nothing is kept");
    }

    fn read_dir_names(folder: &Path) -> Vec<String> {
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn what_waits_on_the_disk_counts_as_behind() {
        assert_eq!((waiting(Millis(2_000)), waiting(Millis(600_000))), (Millis::ZERO, Millis(600_000)));
    }
}
