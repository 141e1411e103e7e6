//! From the sound on disk to words, voices and measures in the library.
//!
//! Blocking functions: the command line calls them, the window's desk runs the same calls on its analysis thread.
//! `check` is called between small steps with the stage and how much is done; an error from it stops the work there.

use super::partial_file::{LiveResult, PartialTranscriptFile};
use super::stages::WorkStage;
use super::transcribing::{AnalysisStep, WordsInProgress};
use crate::audio;
use crate::conference::{
    Change, ConferenceData, ConferenceId, ConferenceRecord, Corrections, Doubt, Edit, Millis, Rediarized, Remark, Samples, Speaker, SpeakerOverride, Stage,
    TeacherKnown, Transcript, VoiceSpan, Voices, Word, participants_named,
};
use crate::error::{Error, ErrorKind, Result};
use crate::library::{AnalysisResult, Library};
use crate::settings::{Folders, Settings};
use crate::speech;
use std::path::PathBuf;
use std::sync::Arc;

/// Told how far the work is; stops it by returning an error.
pub type Check<'a> = &'a mut dyn FnMut(WorkStage, f32) -> Result<()>;

/// What was found in a sound, before it belongs to a conference.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// The words; empty without a speech model.
    pub transcript: Transcript,
    /// The voices.
    pub voices: Voices,
    /// The speaker embeddings: with them diarization can be run again.
    pub embeddings: speech::SpeakerEmbeddings,
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
pub struct AnalysisOptions<'a> {
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
    /// The teacher's stored voice, if enrolled.
    pub profile: Option<speech::VoiceProfile>,
    /// Where what is transcribed is kept until all is done.
    pub partial: Option<PartialTranscriptFile>,
    /// Who speaks when, where the recording came with a voice on each of two channels; empty for every other.
    pub channels: Vec<VoiceSpan>,
}

impl<'a> AnalysisOptions<'a> {
    /// For a sound of which nothing is known yet, with all of the computer.
    #[must_use]
    pub fn new(folders: &'a Folders, settings: &'a Settings, students: u8, profile: Option<speech::VoiceProfile>) -> Self {
        let (corrections, before) = (Corrections::default(), Voices::default());
        Self { folders, settings, students, corrections, before, profile, partial: None, channels: Vec::new() }
    }
}

/// Reads a sound (the files of one recording, in order) and finds voices and words in it; what `live` transcribed while recording is used, the rest is transcribed here.
///
/// # Errors
/// When the file cannot be read as sound, or `check` says to stop. A missing model or failing engine is no error:
/// voices are found all the same, and `without_words` says why there are no words.
pub fn analyse(sound: &[PathBuf], options: &AnalysisOptions<'_>, mut live: LiveResult, check: Check<'_>) -> Result<Analysis> {
    let mut clock = Clock::new();
    let sound = audio::LongSound::open(sound, &mut |fraction| check(WorkStage::Reading, fraction))?;
    let samples = &sound;
    clock.lap("reading");
    let mut resumed = live.resume(options.partial.as_ref(), options.settings, samples.count());
    let embeddings = std::mem::take(&mut resumed.partial.speakers);
    let lifted = speech::Lifted::new(samples);
    let speech_spans = resumed.speech.take().unwrap_or_else(|| speech::speech_spans(&lifted));
    // Nobody has words where nobody is near: they would be transcribed and thrown away.
    let speech_spans = speech::without_empty_rooms(samples, &speech_spans);
    clock.lap("where there is speech");
    // The engine is at work while voices are listened to on this thread.
    let mut words = WordsInProgress::begin(&lifted, &speech_spans, options.folders, options.settings, resumed);
    let mut about_voices = |step: AnalysisStep, fraction| {
        check(WorkStage::Voices, fraction)?;
        if let Ok(words) = &mut words {
            words.advance(step);
        }
        Ok(())
    };
    let embeddings = speech::SpeakerEmbeddings::embed(samples, embeddings, &mut |fraction| about_voices(AnalysisStep::Embedding, fraction * 0.8))?;
    clock.lap("listening to voices");
    // Two channels hold two people: at a table, or when the teacher said otherwise, the voices have to be told apart all the same.
    let mut found = if options.channels.is_empty() || options.students != 1 || options.corrections.others > 0 || options.corrections.people.is_some() {
        let labelled = options.corrections.labelled();
        let constraints = constraints(options.students, &options.corrections, options.profile.as_ref(), &labelled);
        speech::diarize(samples, &embeddings, &constraints, &mut |fraction| about_voices(AnalysisStep::Diarizing, 0.8 + fraction * 0.2))?
    } else {
        by_channel(options.channels.clone())
    };
    clock.lap("telling voices apart");
    let mut file = options.partial.clone();
    let keep = &mut |partial: &speech::PartialTranscript| file.as_mut().map_or(Ok(()), |file| file.keep(partial));
    let (transcript, without_words) = match words.and_then(|words| words.finish(&embeddings, keep, &mut |fraction| check(WorkStage::Words, fraction))) {
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
        voices: named(found, options.students, &options.before, &transcript.words),
        embeddings,
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

/// Computes the speaker embeddings of 16 kHz mono sound. `check` hears how much is done, 0 to 1.
///
/// # Errors
/// What `check` says.
pub fn embed(samples: &(impl Samples + ?Sized), check: &mut dyn FnMut(f32) -> Result<()>) -> Result<speech::SpeakerEmbeddings> {
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
pub fn rediarize(library: &mut Library, id: ConferenceId, students: u8, corrections: &Corrections, check: Check<'_>) -> Result<Change> {
    let record = library.load(id)?;
    if !record.data().has_sound() {
        return Err(Error::bare(ErrorKind::NotASoundFile, "telling the voices of a typed transcript apart"));
    }
    let sound = open_sound(library, record.data(), &mut |fraction| check(WorkStage::Reading, fraction))?;
    let embeddings = match stored_embeddings(library, id)? {
        Some(embeddings) => embeddings,
        None => embed_and_store(library, id, &sound, &mut |fraction| check(WorkStage::Voices, fraction * 0.9))?,
    };
    let profile = super::voice_profile::stored(library)?;
    let labelled = corrections.labelled();
    let constraints = constraints(students, corrections, profile.as_ref(), &labelled);
    let mut found = speech::diarize(&sound, &embeddings, &constraints, &mut |fraction| check(WorkStage::Voices, 0.9 + fraction * 0.1))?;
    sound.is_whole()?;
    speech::snap_to_words(&mut found, &record.transcript().words);
    // Who is who as the teacher has it by now: it may have been said meanwhile.
    let record = library.load(id)?;
    let voices = named(found, students, &record.data().voices, &record.transcript().words);
    let rediarized = Rediarized { students, others: corrections.others, people: corrections.people, pointed_at: corrections.pointed_at.clone(), voices };
    Ok(Change::new(Edit::Voices(Box::new(rediarized)), &Arc::default(), &record.data().voices))
}

/// The speaker embeddings of a conference: as stored, or computed anew.
///
/// # Errors
/// When its sound is not there, or `check` says to stop.
pub fn speaker_embeddings(library: &mut Library, record: &ConferenceRecord, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<speech::SpeakerEmbeddings> {
    let facts = record.data();
    match stored_embeddings(library, facts.id)? {
        Some(embeddings) => Ok(embeddings),
        None => {
            let sound = open_sound(library, facts, &mut |fraction| check(fraction * 0.1))?;
            embed_and_store(library, facts.id, &sound, &mut |fraction| check(0.1 + fraction * 0.9))
        }
    }
}

fn open_sound(library: &Library, facts: &ConferenceData, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<audio::LongSound> {
    audio::LongSound::open(&audio::segments(&library.folders().recordings().join(&facts.audio)), check)
}

fn stored_embeddings(library: &Library, id: ConferenceId) -> Result<Option<speech::SpeakerEmbeddings>> {
    Ok(library.embeddings(id)?.as_deref().and_then(speech::SpeakerEmbeddings::from_bytes))
}

fn embed_and_store(
    library: &mut Library,
    id: ConferenceId,
    samples: &audio::LongSound,
    check: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<speech::SpeakerEmbeddings> {
    let embeddings = embed(samples, check)?;
    samples.is_whole()?;
    library.set_embeddings(id, &embeddings.to_bytes()?)?;
    Ok(embeddings)
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

/// Analyses a conference of the library: decode, voices, words, measures, save. Marks, notes and ratings stay. What was transcribed while it was
/// recorded, or before the program ended, is continued.
///
/// # Errors
/// When the conference or its sound is not there, the disk is full, or `check` says to stop.
pub fn analyse_conference(library: &mut Library, settings: &Settings, id: ConferenceId, live: LiveResult, check: Check<'_>) -> Result<Option<ErrorKind>> {
    let record = library.load(id)?;
    if !record.data().has_sound() {
        return Err(Error::bare(ErrorKind::NotASoundFile, "analysing a typed transcript"));
    }
    let facts = record.data();
    let folders = &library.folders().clone();
    let wav = folders.recordings().join(&facts.audio);
    let partial = PartialTranscriptFile::beside(&wav, id);
    let options = AnalysisOptions {
        corrections: facts.corrections.clone(),
        before: facts.voices.clone(),
        partial: Some(partial.clone()),
        channels: library.channels(id)?,
        ..AnalysisOptions::new(folders, settings, facts.students, super::voice_profile::stored(library)?)
    };
    let found = analyse(&audio::segments(&wav), &options, live, check)?;
    if found.without_words.is_some() && !record.data().transcript.words.is_empty() {
        // Transcribed again, and nothing came: the words that are there stay.
        return Ok(found.without_words);
    }
    check(WorkStage::Saving, 0.0)?;
    let stage = if found.without_words.is_some() { Stage::Heard } else { Stage::Transcribed };
    library.save_analysis(
        id,
        &AnalysisResult {
            transcript: &found.transcript,
            voices: &found.voices,
            voices_before: &record.data().voices,
            envelope: &found.envelope,
            length: found.length,
            stage,
        },
    )?;
    library.set_embeddings(id, &found.embeddings.to_bytes()?)?;
    partial.remove();
    library.sync_sidecars();
    Ok(found.without_words)
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
        ..ConferenceData::empty()
    }
}

/// The unsaved record of a sample.
#[must_use]
pub fn sample_record(sample: &super::samples::Sample, found: Analysis) -> ConferenceRecord {
    let facts = loose_facts(sample.truth.title.clone(), sample.truth.students(), sample.truth.student_names(), found);
    ConferenceRecord::new(ConferenceData { is_sample: true, ..facts })
}
