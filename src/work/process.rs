//! From the sound on disk to words, voices and measures in the library; and sound files from elsewhere into the library.
//!
//! Blocking functions: the command line calls them, the window's desk runs the same calls on its analysis thread.
//! `check` is called between small steps with the stage and how much is done; an error from it stops the work there.

use super::catalogue;
use super::incoming::Brought;
use super::live::{Begun, DraftFile, Taken};
use super::participants::With;
use super::safety::keep_up;
use super::session_files::Held;
use super::stages::WorkStage;
use super::transcript_file::{TranscriptFile, is_transcript};
use super::typed::Told;
use crate::audio;
use crate::conference::{
    Change, ConferenceData, ConferenceId, ConferenceRecord, Corrections, Doubt, Edit, Millis, Participant, Rediarized, Reflection, Remark, Samples, Span,
    Speaker, SpeakerOverride, Stage, Student, StudentId, TeacherKnown, Transcript, TypedText, VoiceSpan, Voices, Word, participants_named,
};
use crate::error::{Error, ErrorKind, Result};
use crate::files::{move_new, temporary_prefix, write_new};
use crate::library::{Library, Processed};
use crate::settings::{Folders, Settings};
use crate::speech::{self, Heard, Search, Transcriber};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// Told how far the work is; stops it by returning an error.
pub type Check<'a> = &'a mut dyn FnMut(WorkStage, f32) -> Result<()>;

/// What was found in a sound, before it belongs to a conference.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// The words; empty without a speech model.
    pub transcript: Transcript,
    /// The voices.
    pub voices: Voices,
    /// What the voices sound like: with it they can be told apart again.
    pub heard: speech::SpeakerEmbeddings,
    /// Levels for drawing.
    pub envelope: Vec<u8>,
    /// The sound's length.
    pub length: Millis,
    /// Why there are no words, when there are none for want of a model or an engine.
    pub without_words: Option<ErrorKind>,
    /// What is worth knowing about how the sound was read, where it is no recording of ours.
    pub remarks: Vec<Remark>,
}

/// How to analyse: what the teacher chose, and how much of the computer may be used.
#[derive(Debug, Clone)]
pub struct How<'a> {
    /// Where models are.
    pub folders: &'a Folders,
    /// Model and language.
    pub settings: &'a Settings,
    /// Students; with the teacher one voice more.
    pub students: u8,
    /// What the teacher said of who speaks when.
    pub corrections: Corrections,
    /// The voices as they were told apart before; empty the first time.
    pub before: Voices,
    /// The teacher's stored voice, if she enrolled one.
    pub profile: Option<speech::VoiceProfile>,
    /// Where what is written down is kept until all is done.
    pub draft: Option<DraftFile>,
    /// Who speaks when, where the recording came with a voice on each of two channels; empty for every other.
    pub channels: Vec<VoiceSpan>,
}

impl<'a> How<'a> {
    /// For a sound of which nothing is known yet, with all of the computer.
    #[must_use]
    pub fn new(folders: &'a Folders, settings: &'a Settings, students: u8, profile: Option<speech::VoiceProfile>) -> Self {
        let (corrections, before) = (Corrections::default(), Voices::default());
        Self { folders, settings, students, corrections, before, profile, draft: None, channels: Vec::new() }
    }
}

/// Windows that the engine works on at once: each takes one core, and a part of the memory.
#[must_use]
pub fn engine_workers() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 4)
}

/// Whether what was heard while recording is all of the sound; a resampler keeps a few milliseconds back until the end.
pub(super) fn near_enough(heard: usize, samples: usize) -> bool {
    heard <= samples && samples - heard <= 2048
}

/// Reads a sound (the files of one recording, in order) and finds voices and words in it; what was begun is gone on with.
///
/// # Errors
/// When the file cannot be read as sound, or `check` says to stop. A missing model or failing engine is no error:
/// voices are found all the same, and `without_words` says why there are no words.
pub fn analyse(sound: &[PathBuf], how: &How<'_>, mut begun: Begun, check: Check<'_>) -> Result<Analysis> {
    let mut clock = Clock::new();
    let sound = audio::LongSound::open(sound, &mut |fraction| check(WorkStage::Reading, fraction))?;
    let samples = &sound;
    clock.lap("reading");
    let mut taken = begun.taken(how.draft.as_ref(), how.settings, samples.count());
    let heard = std::mem::take(&mut taken.draft.speakers);
    let lifted = speech::Lifted::new(samples);
    let speech_spans = taken.speech.take().unwrap_or_else(|| speech::speech_spans(&lifted));
    clock.lap("where there is speech");
    // The engine is at work while voices are listened to on this thread.
    let mut words = Words::begin(&lifted, &speech_spans, how, taken, begun.engine);
    let mut about_voices = |at_once: AtOnce, fraction| {
        check(WorkStage::Voices, fraction)?;
        if let Ok(words) = &mut words {
            words.go_on(at_once);
        }
        Ok(())
    };
    let heard = speech::SpeakerEmbeddings::embed(samples, heard, &mut |fraction| about_voices(AtOnce::WhileListening, fraction * 0.8))?;
    clock.lap("listening to voices");
    // Two channels hold two people: at a table, or when she said otherwise, the voices have to be told apart all the same.
    let mut found = if how.channels.is_empty() || how.students != 1 || how.corrections.others > 0 || how.corrections.people.is_some() {
        let labelled = how.corrections.labelled();
        let constraints = constraints(how.students, &how.corrections, how.profile.as_ref(), &labelled);
        speech::diarize(samples, &heard, &constraints, &mut |fraction| about_voices(AtOnce::WhileTellingApart, 0.8 + fraction * 0.2))?
    } else {
        by_channel(how.channels.clone())
    };
    clock.lap("telling voices apart");
    let mut file = how.draft.clone();
    let keep = &mut |draft: &speech::Draft| file.as_mut().map_or(Ok(()), |file| file.keep(draft));
    let (transcript, without_words) = match words.and_then(|words| words.finish(&heard, keep, check)) {
        Ok(transcript) => (transcript, None),
        Err(err) if is_about_words(err.kind) => {
            tracing::warn!("no words: {err}");
            (Transcript::default(), Some(err.kind))
        }
        Err(err) => return Err(err),
    };
    speech::snap_to_words(&mut found, &transcript.words);
    clock.lap("words");
    let envelope = audio::envelope(samples);
    sound.is_whole()?;
    Ok(Analysis {
        voices: named(found, how.students, &how.before, &transcript.words),
        heard,
        transcript,
        envelope,
        length: Millis::from_samples(samples.count() as u64, audio::SPEECH_RATE_HZ),
        without_words,
        remarks: sound.remarks.clone(),
    })
}

/// Whether all but the words can still be found.
fn is_about_words(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ModelMissing | ErrorKind::ModelDamaged | ErrorKind::NotAModel | ErrorKind::EngineFailed | ErrorKind::OtherProcessor)
}

/// How long each step takes, for the log.
struct Clock(std::time::Instant);

impl Clock {
    fn new() -> Self {
        Self(std::time::Instant::now())
    }

    fn lap(&mut self, step: &str) {
        tracing::debug!("{step}: {:.3} s", self.0.elapsed().as_secs_f64());
        self.0 = std::time::Instant::now();
    }
}

/// Hears what the voices in 16 kHz mono are like. `check` hears how much is done, 0 to 1.
///
/// # Errors
/// What `check` says.
pub fn listen(samples: &(impl Samples + ?Sized), check: &mut dyn FnMut(f32) -> Result<()>) -> Result<speech::SpeakerEmbeddings> {
    speech::SpeakerEmbeddings::embed(samples, speech::SpeakerEmbeddings::default(), check)
}

fn constraints<'a>(
    students: u8,
    corrections: &Corrections,
    profile: Option<&'a speech::VoiceProfile>,
    labelled: &'a [SpeakerOverride],
) -> speech::SpeakerConstraints<'a> {
    speech::SpeakerConstraints { students, others: corrections.others, people: corrections.people, labelled, profile }
}

/// Tells the voices of a conference apart again, with what the teacher said of them since: `students` at the table, and `corrections`. Nothing is kept.
///
/// # Errors
/// When the conference or its sound is not there, or `check` says to stop.
pub fn rediarize(library: &mut Library, folders: &Folders, id: ConferenceId, students: u8, corrections: &Corrections, check: Check<'_>) -> Result<Change> {
    let record = library.load(id)?;
    if !record.data().has_sound() {
        return Err(Error::bare(ErrorKind::NotASoundFile, "telling the voices of a typed transcript apart"));
    }
    let sound = audio::LongSound::open(&audio::parts(&folders.recordings().join(&record.data().audio)), &mut |fraction| check(WorkStage::Reading, fraction))?;
    let heard = match kept_voices(library, id)? {
        Some(heard) => heard,
        None => listen_and_keep(library, id, &sound, &mut |fraction| check(WorkStage::Voices, fraction * 0.9))?,
    };
    let profile = super::voice::profile(library)?;
    let labelled = corrections.labelled();
    let constraints = constraints(students, corrections, profile.as_ref(), &labelled);
    let mut found = speech::diarize(&sound, &heard, &constraints, &mut |fraction| check(WorkStage::Voices, 0.9 + fraction * 0.1))?;
    sound.is_whole()?;
    speech::snap_to_words(&mut found, &record.transcript().words);
    // Who is who as the teacher has it by now: it may have been said meanwhile.
    let record = library.load(id)?;
    let voices = named(found, students, &record.data().voices, &record.transcript().words);
    let told = Rediarized { students, others: corrections.others, people: corrections.people, pointed_at: corrections.pointed_at.clone(), voices };
    Ok(Change::new(Edit::Voices(Box::new(told)), &Arc::default(), &record.data().voices))
}

/// What the voices of a conference sound like: as kept, or listened to anew.
///
/// # Errors
/// When its sound is not there, or `check` says to stop.
pub fn heard(
    library: &mut Library,
    folders: &Folders,
    record: &ConferenceRecord,
    check: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<speech::SpeakerEmbeddings> {
    let facts = record.data();
    match kept_voices(library, facts.id)? {
        Some(heard) => Ok(heard),
        None => {
            let sound = audio::LongSound::open(&audio::parts(&folders.recordings().join(&facts.audio)), &mut |fraction| check(fraction * 0.1))?;
            listen_and_keep(library, facts.id, &sound, &mut |fraction| check(0.1 + fraction * 0.9))
        }
    }
}

fn kept_voices(library: &Library, id: ConferenceId) -> Result<Option<speech::SpeakerEmbeddings>> {
    Ok(library.heard(id)?.as_deref().and_then(speech::SpeakerEmbeddings::from_bytes))
}

fn listen_and_keep(
    library: &mut Library,
    id: ConferenceId,
    samples: &audio::LongSound,
    check: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<speech::SpeakerEmbeddings> {
    let heard = listen(samples, check)?;
    samples.is_whole()?;
    library.set_heard(id, &heard.to_bytes()?)?;
    Ok(heard)
}

/// Voices found anew in a conference: what the teacher said of who is who stays.
fn named(mut found: speech::Diarization, students: u8, before: &Voices, words: &[Word]) -> Voices {
    if before.teacher_known == TeacherKnown::ByTeacher {
        let carried = before.roles_for(&found.spans, found.labelled.len());
        for (voice, speaker) in carried.into_iter().enumerate() {
            if found.labelled[voice].is_none() && speaker != Speaker::Unknown && !found.labelled.contains(&Some(speaker)) {
                found.labelled[voice] = Some(speaker);
            }
        }
    }
    // As the library gives them back: of the same two finds nobody shall think that they differ.
    found.spans.sort_by_key(|piece| (piece.span.start(), piece.span.end(), piece.voice));
    let (roles, teacher_known) = speech::name_roles(&found, students, words);
    let doubtful_at = found.moments.last().copied();
    let doubt = Doubt { count: found.count, is_noisy: found.is_noisy, moments: found.moments, stretches: found.doubtful };
    Voices { roles, teacher_known, doubtful_at, doubt: Some(doubt), spans: found.spans }
}

/// Voices that were recorded apart need not be told apart; which is the teacher's is guessed from who asks.
fn by_channel(spans: Vec<VoiceSpan>) -> speech::Diarization {
    let nobody = speech::Embedding::normalised(vec![1.0; speech::EMBEDDING]);
    speech::Diarization { spans, centroids: vec![nobody.clone(), nobody], labelled: vec![None, None], ..speech::Diarization::default() }
}

/// The engine of a recording stands behind all other programs: with more left than this another is worth starting.
const SOON_WRITTEN: Millis = Millis(30_000);
/// With a model of fewer bytes the engine works on one window more than there are cores. Alone it is as fast; with two cores that two other programs keep
/// busy it takes 1.7 instead of 2.0 times as long as alone. The window takes 185 MB with base, and more with
/// larger models, which was not measured.
const LIGHT_MODEL: u64 = 100_000_000;

type LiftedSound<'a> = speech::Lifted<'a, audio::LongSound>;

/// Longer recordings are transcribed with fewer windows at once, the longest with one: all of it is to fit into 700 MB. With base the engine takes 160 MB, and
/// 220 MB for each window; this process 100 MB of an hour and 190 MB of 10 h, and more while voices are told apart.
const LONG: Millis = Millis(3_600_000);
const VERY_LONG: Millis = Millis(2 * 3_600_000);

/// What this process does while the engine is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum AtOnce {
    WhileListening,
    WhileTellingApart,
    Afterwards,
}

impl AtOnce {
    /// Windows that the engine works on at once, of so many that it could.
    fn windows(self, length: Millis, workers: usize) -> usize {
        match self {
            _ if length <= LONG => workers,
            Self::WhileListening => workers.min(1),
            Self::WhileTellingApart => 0,
            Self::Afterwards => workers.min(if length <= VERY_LONG { 2 } else { 1 }),
        }
    }
}

/// A recogniser that is asked for fewer windows at once than it could work on.
struct Sparing<T> {
    inner: T,
    workers: usize,
    at_once: usize,
}

impl<T: Transcriber> Transcriber for Sparing<T> {
    fn room(&self) -> usize {
        let under_way = self.workers.saturating_sub(self.inner.room());
        self.at_once.saturating_sub(under_way)
    }

    fn submit(&mut self, window: Vec<f32>, language: &str, search: Search) -> u64 {
        self.inner.submit(window, language, search)
    }

    fn next(&mut self, wait: Duration) -> Option<(u64, Result<Heard>)> {
        self.inner.next(wait)
    }
}

/// Words in the making, and the engine that makes them.
struct Words<'a> {
    engine: Sparing<speech::Engine>,
    transcription: speech::Transcription<'a, LiftedSound<'a>>,
    /// Of what there is to be transcribed.
    length: Millis,
}

impl<'a> Words<'a> {
    fn begin(samples: &'a LiftedSound<'a>, speech_spans: &'a [Span], how: &How<'_>, taken: Taken, engine: Option<speech::Engine>) -> Result<Self> {
        let Taken { mut draft, under_way, .. } = taken;
        // What is under way counts as left: how far it is nobody knows.
        let left: Millis = speech_spans.iter().filter(|span| span.end() > draft.until).map(|span| span.length()).sum();
        let (inner, workers, length, under_way) = match engine.filter(|_| left <= SOON_WRITTEN) {
            // Of a recording that was written down meanwhile only the end is left, and somebody waits for it.
            Some(engine) => (engine, engine_workers(), left, under_way),
            None => {
                let model = catalogue::path_of(how.folders, &how.settings.model)?;
                let has_light_windows = std::fs::metadata(&model).is_ok_and(|file| file.len() < LIGHT_MODEL);
                let workers = engine_workers() + usize::from(has_light_windows);
                let length = Millis::from_samples(samples.count() as u64, audio::SPEECH_RATE_HZ);
                (speech::Engine::start(&model, workers)?, workers, length, Vec::new())
            }
        };
        let mut engine = Sparing { inner, workers, at_once: AtOnce::WhileListening.windows(length, workers) };
        draft.transcript.model.clone_from(&how.settings.model);
        let transcription = speech::Transcription::begin(&mut engine, samples, speech_spans, &how.settings.language, draft, under_way);
        Ok(Self { engine, transcription, length })
    }

    /// Takes what the engine has done by now, and asks for more.
    fn go_on(&mut self, at_once: AtOnce) {
        self.engine.at_once = at_once.windows(self.length, self.engine.workers);
        self.transcription.go_on(&mut self.engine, Duration::ZERO);
    }

    fn finish(mut self, heard: &speech::SpeakerEmbeddings, keep: &mut dyn FnMut(&speech::Draft) -> Result<()>, check: Check<'_>) -> Result<Transcript> {
        self.go_on(AtOnce::Afterwards);
        self.transcription.set_heard(heard);
        self.transcription.finish(&mut self.engine, keep, &mut |fraction| check(WorkStage::Words, fraction))
    }
}

/// Writes a conference of the library down: decode, voices, words, measures, save. Marks, notes and ratings stay. What was begun while it was
/// recorded, or before the program ended, is gone on with.
///
/// # Errors
/// When the conference or its sound is not there, the disk is full, or `check` says to stop.
pub fn process(library: &mut Library, folders: &Folders, settings: &Settings, id: ConferenceId, begun: Begun, check: Check<'_>) -> Result<Option<ErrorKind>> {
    let record = library.load(id)?;
    if !record.data().has_sound() {
        return Err(Error::bare(ErrorKind::NotASoundFile, "writing down a typed transcript"));
    }
    let facts = record.data();
    let wav = folders.recordings().join(&facts.audio);
    let draft = DraftFile::beside(&wav, id);
    let how = How {
        corrections: facts.corrections.clone(),
        before: facts.voices.clone(),
        draft: Some(draft.clone()),
        channels: library.channels(id)?,
        ..How::new(folders, settings, facts.students, super::voice::profile(library)?)
    };
    let found = analyse(&audio::parts(&wav), &how, begun, check)?;
    check(WorkStage::Saving, 0.0)?;
    let stage = if found.without_words.is_some() { Stage::Heard } else { Stage::Transcribed };
    library.save_processed(
        id,
        &Processed {
            transcript: &found.transcript,
            voices: &found.voices,
            voices_before: &record.data().voices,
            envelope: &found.envelope,
            length: found.length,
            stage,
        },
    )?;
    library.set_heard(id, &found.heard.to_bytes()?)?;
    draft.remove();
    keep_up(library);
    Ok(found.without_words)
}

/// A finished recording becomes a conference. The session's lock is forgotten last, when the row is durable.
///
/// # Errors
/// When the library cannot be written.
pub fn adopt(library: &mut Library, folders: &Folders, finished: &super::record::Finished) -> Result<ConferenceId> {
    let file = format!("{}.wav", finished.name);
    // After a kill between the row and the lock the row is already there: the recording is not added twice.
    let id = match library.find_by_audio(&file)? {
        Some(id) => id,
        None => library.insert(&ConferenceData {
            id: finished.id,
            participants: participants(library, &finished.participants, finished.students)?,
            students: finished.students,
            started_unix_ms: finished.started_unix_ms,
            length: finished.length,
            audio: file,
            audio_sha256: finished.sha256.clone(),
            marks: finished.marks.clone(),
            dropouts: finished.dropouts.clone(),
            ..empty_data()
        })?,
    };
    // Before the lock goes: what stands beside the recording is enough to make the library again.
    keep_up(library);
    super::record::forget(folders, &finished.name)?;
    Ok(id)
}

/// Who is known to be there when it begins. Alone, the student is the one voice; at a table nobody has said yet which voice is whose.
fn participants(library: &Library, known: &[StudentId], students: u8) -> Result<Vec<Participant>> {
    Ok(known_students(library, known)?.into_iter().map(|student| Participant { student, voice: (students <= 1).then_some(1) }).collect())
}

/// Those of them who are still there.
fn known_students(library: &Library, known: &[StudentId]) -> Result<Vec<Student>> {
    known.iter().filter_map(|student| library.student(*student).transpose()).collect()
}

/// Copies a sound file from elsewhere into the library as a 16 kHz WAV; the original is not touched. The same recording is not added twice, unless that
/// is wanted (`again`).
///
/// # Errors
/// When it is not sound, or cannot be read, or the disk is full, or `check` says to stop; nothing is left behind then.
pub fn import(library: &mut Library, folders: &Folders, file: &Path, with: &With, again: bool, check: Check<'_>) -> Result<Brought> {
    let (name, imported, _held) = copy_in(folders, file, check)?;
    let leave_nothing = || crate::library::forget_files(folders, &name);
    if !again {
        // The same sound makes the same WAV.
        match library.find_by_sha256(&imported.sha256) {
            Ok(None) => {}
            Ok(Some(there)) => {
                leave_nothing();
                return Ok(Brought::AlreadyThere(there));
            }
            Err(err) => {
                leave_nothing();
                return Err(err);
            }
        }
    }
    let facts = ConferenceData {
        title: file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
        participants: participants(library, &with.participants, with.at_the_table()).inspect_err(|_| leave_nothing())?,
        students: with.at_the_table(),
        started_unix_ms: audio::recorded_at(file, imported.length),
        length: imported.length,
        audio: name.clone(),
        audio_sha256: imported.sha256.clone(),
        dropouts: imported.gaps(),
        ..empty_data()
    };
    // A recording without a row would be taken for a forgotten one.
    let id = kept(library, &facts).inspect_err(|_| leave_nothing())?;
    if let Some(apart) = &imported.apart {
        library.set_channels(id, apart)?;
    }
    Ok(Brought::New(id, imported.remarks))
}

/// The sound files that phones and recorders make, by the endings of their names; what is inside decides.
pub const SOUND_ENDINGS: [&str; 46] = [
    "wav", "wave", "bwf", "rf64", "bw64", "w64", "mp3", "mp2", "mpga", "m4a", "m4b", "m4r", "m4v", "aac", "adts", "mp4", "mov", "qt", "qta", "3gp", "3gpp",
    "3g2", "3ga", "flac", "ogg", "oga", "ogv", "spx", "opus", "webm", "weba", "mka", "mkv", "aif", "aiff", "aifc", "caf", "amr", "awb", "wma", "au", "ac3",
    "ts", "mts", "m2ts", "avi",
];

/// Whether a file looks like a recording or a typed transcript by its name.
#[must_use]
pub fn can_bring_in(file: &Path) -> bool {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    is_transcript(file) || super::mentor::is_bundle(file) || ending.is_some_and(|ending| SOUND_ENDINGS.contains(&ending.as_str()))
}

/// Brings in a typed transcript: a conference without sound. Its text is kept as it was, where the sound would be; `told`: who is the teacher, where that was asked.
///
/// # Errors
/// When it is no transcript, or the disk is full; nothing is left behind then.
pub fn import_typed(library: &mut Library, folders: &Folders, file: &TranscriptFile, with: &With, told: Option<&Told>) -> Result<ConferenceId> {
    let doing = "bringing in a transcript";
    let typed = file.typed(library, told)?;
    let known = known_students(library, &with.participants)?;
    let students = typed.voices.roles.iter().filter(|role| role.is_student()).count();
    let students = u8::try_from(students).unwrap_or(u8::MAX).max(with.at_the_table());
    std::fs::create_dir_all(folders.recordings()).map_err(|err| Error::writing(doing, err))?;
    let name = format!("{}.txt", super::record::new_name());
    let kept = write_new(&folders.recordings().join(&name), &file.bytes)?;
    let name = file_name_of(&kept);
    let facts = ConferenceData {
        title: file.title.clone(),
        participants: participants_named(known, &typed.student_names, students),
        students,
        started_unix_ms: file.started_unix_ms,
        length: typed.length,
        audio: name,
        audio_sha256: audio::sha256_of(&kept)?,
        stage: Stage::Transcribed,
        transcript: typed.transcript,
        voices: typed.voices,
        typed: Some(TypedText { times: typed.times, leftovers: typed.leftovers }),
        ..empty_data()
    };
    self::kept(library, &facts).inspect_err(|_| crate::library::forget_files(folders, &facts.audio))
}

/// Adds a conference and writes what stands beside its sound.
fn kept(library: &mut Library, facts: &ConferenceData) -> Result<ConferenceId> {
    let id = library.insert(facts)?;
    keep_up(library);
    Ok(id)
}

/// Puts a sample conference into the library, once; the one already there is found again.
///
/// # Errors
/// As [`import`].
pub fn add_sample(library: &mut Library, folders: &Folders, name: &str, now_unix_ms: i64, check: Check<'_>) -> Result<ConferenceId> {
    let sample = super::samples::sample(name)?;
    if let Some(id) = library.find_sample(&sample.truth.title)? {
        return Ok(id);
    }
    let (audio, imported, _held) = copy_in(folders, &sample.sound, check)?;
    let names = sample.truth.student_names();
    kept(
        library,
        &ConferenceData {
            title: sample.truth.title.clone(),
            students: sample.truth.students(),
            participants: participants_named(Vec::new(), &names, sample.truth.students()),
            started_unix_ms: now_unix_ms,
            length: imported.length,
            audio,
            audio_sha256: imported.sha256,
            is_sample: true,
            ..empty_data()
        },
    )
}

/// Decodes into a temporary name first: a kill in the middle leaves a `.part` that the next start removes, never half a recording. Its name is held until
/// there is a conference: nobody takes it for a forgotten recording meanwhile.
fn copy_in(folders: &Folders, file: &Path, check: Check<'_>) -> Result<(String, audio::Imported, Held)> {
    let doing = "bringing in a recording";
    let recordings = folders.recordings();
    std::fs::create_dir_all(&recordings).map_err(|err| Error::writing(doing, err))?;
    let name = super::record::new_name();
    let held = Held::hold(folders, &name)?;
    let part = recordings.join(format!("{name}.part"));
    let imported = audio::import_to_wav(file, &part, &mut |fraction| check(WorkStage::Reading, fraction)).inspect_err(|_| {
        std::fs::remove_file(&part).ok();
    })?;
    // On the disk before there is a row in the library that names it.
    let wav = move_new(&part, &recordings.join(format!("{name}.wav")))?;
    Ok((file_name_of(&wav), imported, held))
}

fn file_name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Removes what a killed import left behind: half of its sound, half of the file beside it, and its hold on the name. One that another program is at is let be.
pub fn sweep(folders: &Folders) {
    let listed = || std::fs::read_dir(folders.recordings()).into_iter().flatten().flatten().map(|entry| entry.path());
    let named = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let ends = |path: &Path, ending: &str| path.extension().is_some_and(|extension| extension == ending);
    // A session that was cut off has its lock beside it, and is offered.
    let has_session = |name: &str| folders.recordings().join(format!("{name}.session.json")).exists();
    let left: BTreeSet<String> =
        listed().filter(|path| ends(path, "part") || ends(path, "running")).map(|path| named(&path)).filter(|name| !has_session(name)).collect();
    for name in left {
        // Held until the end: no other program begins between the look and the removal.
        let Ok(_held) = Held::hold(folders, &name) else {
            tracing::info!("another program is bringing in a file");
            continue;
        };
        let half = temporary_prefix(&format!("{name}.json"));
        let is_half = |path: &Path| (ends(path, "part") && named(path) == name) || (ends(path, "tmp") && named(path).starts_with(&half));
        for path in listed().filter(|path| is_half(path)) {
            if let Err(err) = std::fs::remove_file(&path) {
                tracing::warn!("could not remove the rest of an import: {err}");
            }
        }
    }
}

/// An unsaved record of a sound that is not in the library, for `afterbell transcribe FILE`.
#[must_use]
pub fn loose_record(title: String, students: u8, names: Vec<String>, found: Analysis) -> ConferenceRecord {
    ConferenceRecord::new(loose_facts(title, students, names, found))
}

fn loose_facts(title: String, students: u8, names: Vec<String>, found: Analysis) -> ConferenceData {
    ConferenceData {
        title,
        students,
        participants: participants_named(Vec::new(), &names, students),
        length: found.length,
        stage: Stage::Transcribed,
        transcript: found.transcript,
        voices: found.voices,
        envelope: found.envelope,
        ..empty_data()
    }
}

pub(super) fn empty_data() -> ConferenceData {
    ConferenceData {
        id: ConferenceId::NONE,
        title: String::new(),
        students: 1,
        participants: Vec::new(),
        started_unix_ms: 0,
        length: Millis::ZERO,
        audio: String::new(),
        audio_sha256: String::new(),
        stage: Stage::Recorded,
        is_sample: false,
        transcript: Transcript::default(),
        voices: Voices::default(),
        marks: Vec::new(),
        dropouts: Vec::new(),
        reflection: Reflection::default(),
        envelope: Vec::new(),
        corrections: Corrections::default(),
        typed: None,
    }
}

/// The unsaved record of a sample.
#[must_use]
pub fn sample_record(sample: &super::samples::Sample, found: Analysis) -> ConferenceRecord {
    let facts = loose_facts(sample.truth.title.clone(), sample.truth.students(), sample.truth.student_names(), found);
    ConferenceRecord::new(ConferenceData { is_sample: true, ..facts })
}

/// Recordings in the folder that no conference and no session knows of (a kill in the last moment of an import).
///
/// # Errors
/// When the folder or the library cannot be read.
pub fn strays(library: &Library, folders: &Folders) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(folders.recordings()).map_err(|err| Error::reading("looking at the recordings", err))?;
    let going = crate::library::Forgetting::pending(folders);
    let mut strays = Vec::new();
    for file in entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()) {
        let Some(name) = file.strip_suffix(".wav") else { continue };
        let path = folders.recordings().join(&file);
        // In a file shorter than a header is nothing that could be missed, and it may be somebody's own.
        if audio::first_part(&path).is_some_and(|first| first.exists()) || audio::is_without_sound(&path) {
            continue;
        }
        let has_lock = folders.recordings().join(format!("{name}.session.json")).exists();
        if !has_lock && !going.names_file(&file) && library.find_by_audio(&file)?.is_none() {
            strays.push(file);
        }
    }
    strays.sort();
    Ok(strays)
}

/// What came of recordings that were not in the list.
#[derive(Debug, Default)]
pub struct Adopted {
    /// Those that are conferences now.
    pub kept: Vec<ConferenceId>,
    /// Those that could not become one, by the names of their files, and why.
    pub failed: Vec<(String, Error)>,
}

/// Gives each stray recording a conference; one that fails keeps none of the others from theirs.
///
/// # Errors
/// As [`strays`].
pub fn adopt_strays(library: &mut Library, folders: &Folders) -> Result<Adopted> {
    let mut adopted = Adopted::default();
    for audio in strays(library, folders)? {
        match adopt_stray(library, folders, &audio) {
            Ok(id) => adopted.kept.push(id),
            // Left where it is: it may be somebody's own file.
            Err(err) if err.kind == ErrorKind::NotASoundFile => tracing::warn!("a stray file is no recording of ours: {err}"),
            Err(err) if err.kind == ErrorKind::WorkInProgress => tracing::info!("another program is bringing it in: {err}"),
            Err(err) => {
                tracing::error!("a recording is not in the list: {err}");
                adopted.failed.push((audio, err));
            }
        }
    }
    Ok(adopted)
}

fn adopt_stray(library: &mut Library, folders: &Folders, audio: &str) -> Result<ConferenceId> {
    let path = folders.recordings().join(audio);
    let _held = Held::hold(folders, &path.file_stem().unwrap_or_default().to_string_lossy())?;
    let modified = std::fs::metadata(&path).and_then(|file| file.modified()).ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let file = audio::repair(&path)?;
    kept(
        library,
        &ConferenceData {
            started_unix_ms: modified.map_or(0, |since| since.as_millis() as i64) - file.length.0,
            length: file.length,
            audio: audio.to_owned(),
            audio_sha256: file.sha256,
            ..empty_data()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_recording_few_windows_are_worked_on_at_once() {
        let at_once = |length, workers| [AtOnce::WhileListening, AtOnce::WhileTellingApart, AtOnce::Afterwards].map(|now| now.windows(length, workers));
        assert_eq!(at_once(Millis(3_600_000), 3), [3, 3, 3]);
        assert_eq!((at_once(Millis(4_200_000), 3), at_once(Millis(4_200_000), 1)), ([1, 0, 2], [1, 0, 1]));
        assert_eq!(at_once(Millis(36_000_000), 3), [1, 0, 1]);
        /// Has three workers.
        struct Busy(usize);
        impl Transcriber for Busy {
            fn room(&self) -> usize {
                3 - self.0
            }
            fn submit(&mut self, _: Vec<f32>, _: &str, _: Search) -> u64 {
                self.0 += 1;
                self.0 as u64
            }
            fn next(&mut self, _: Duration) -> Option<(u64, Result<Heard>)> {
                None
            }
        }
        let mut sparing = Sparing { inner: Busy(0), workers: 3, at_once: 2 };
        let rooms: Vec<usize> = (0..3).map(|_| (sparing.room(), sparing.submit(Vec::new(), "en", Search::Quick)).0).collect();
        assert_eq!((rooms, sparing.room()), (vec![2, 1, 0], 0));
        sparing.at_once = 0;
        assert_eq!(sparing.room(), 0, "what is under way is waited for");
    }

    #[test]
    fn what_another_program_is_bringing_in_is_nobodys_forgotten_recording() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let mut library = Library::open(&folders).unwrap();
        let mut wav = audio::CrashSafeWav::create(&folders.recordings().join("a.wav"), audio::SPEECH_RATE_HZ).unwrap();
        wav.write(&[0.25; 1600]).unwrap();
        wav.finalize().unwrap();
        let held = Held::hold(&folders, "a").unwrap();
        let adopted = adopt_strays(&mut library, &folders).unwrap();
        assert!(adopted.kept.is_empty() && adopted.failed.is_empty(), "whoever brings it in is about to add it");
        // Killed then and there: it is forgotten, and the name is not held by anybody.
        std::mem::forget(held);
        std::fs::remove_file(folders.recordings().join("a.running")).unwrap();
        std::fs::write(folders.recordings().join("a.running"), "").unwrap();
        assert_eq!(adopt_strays(&mut library, &folders).unwrap().kept.len(), 1);
        assert!(!folders.recordings().join("a.running").exists());
    }

    #[test]
    fn a_file_without_sound_is_nobodys_recording_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        let mut library = Library::open(&folders).unwrap();
        std::fs::create_dir_all(folders.recordings()).unwrap();
        let files: [(&str, &[u8]); 4] = [("empty.wav", b""), ("four.wav", b"RIFF"), ("note.wav", b"call Maya's mother"), ("odd.wav", &[b'R'; 45])];
        for (name, bytes) in files {
            std::fs::write(folders.recordings().join(name), bytes).unwrap();
        }
        let adopted = adopt_strays(&mut library, &folders).unwrap();
        assert!(adopted.kept.is_empty() && adopted.failed.is_empty() && strays(&library, &folders).unwrap().is_empty());
        for (name, bytes) in files {
            assert_eq!(std::fs::read(folders.recordings().join(name)).unwrap(), bytes, "{name}");
        }
    }

    #[test]
    fn what_another_program_is_bringing_in_is_not_swept_away() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::find(Some(folder.path().to_owned()));
        std::fs::create_dir_all(folders.recordings()).unwrap();
        let (alive, killed) = (folders.recordings().join("alive.part"), folders.recordings().join("killed.part"));
        let held = Held::hold(&folders, "alive").unwrap();
        for part in [&alive, &killed] {
            std::fs::write(part, b"half").unwrap();
        }
        // Killed after it was added: its hold on the name, and half of the file beside it.
        let beside = folders.recordings().join(format!("{}Xy12ab.tmp", temporary_prefix("added.json")));
        for left in [&folders.recordings().join("added.running"), &beside] {
            std::fs::write(left, b"").unwrap();
        }
        let cut_off = ["cut.running", "cut.session.json"].map(|name| folders.recordings().join(name));
        cut_off.iter().for_each(|path| std::fs::write(path, b"{}").unwrap());
        sweep(&folders);
        assert!(alive.exists() && !killed.exists() && !beside.exists());
        assert!(cut_off.iter().all(|path| path.exists()), "a recording that was cut off is offered");
        cut_off.iter().for_each(|path| std::fs::remove_file(path).unwrap());
        drop(held);
        sweep(&folders);
        assert_eq!(std::fs::read_dir(folders.recordings()).unwrap().count(), 0, "nothing is left of either");
    }
}
