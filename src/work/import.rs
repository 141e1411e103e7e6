//! Sound files, typed transcripts and samples become conferences of the library.

use super::analysis::Check;
use super::participants::{Participants, known_students, participants};
use super::samples::FoundInSample;
use super::session_files::NameLock;
use super::stages::WorkStage;
use super::transcript_file::{TranscriptFile, is_transcript};
use super::typed::TeacherChoice;
use crate::audio;
use crate::conference::{ConferenceData, ConferenceId, Remark, Stage, TypedText, participants_named};
use crate::error::{Error, Result};
use crate::files::{move_new, write_new};
use crate::library::Library;
use crate::settings::Folders;
use std::path::Path;

/// What came of the import of a sound file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It is a conference now.
    New(ConferenceId, Vec<Remark>),
    /// The same recording was there already, as this conference; nothing was added.
    AlreadyThere(ConferenceId),
}

/// Copies a sound file from elsewhere into the library as a 16 kHz WAV; the original is not touched. The same recording is not added twice, unless that
/// is wanted (`again`).
///
/// # Errors
/// When it is not sound, or cannot be read, or the disk is full, or `check` says to stop; nothing is left behind then.
pub fn import(library: &mut Library, file: &Path, with: &Participants, again: bool, check: Check<'_>) -> Result<ImportOutcome> {
    let folders = &library.folders().clone();
    let (name, imported, _held) = copy_in(folders, file, check)?;
    let leave_nothing = || crate::library::forget_files(folders, &name);
    if !again {
        // The same sound makes the same WAV.
        match library.find_by_sha256(&imported.sha256) {
            Ok(None) => {}
            Ok(Some(there)) => {
                leave_nothing();
                return Ok(ImportOutcome::AlreadyThere(there));
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
        ..ConferenceData::empty()
    };
    // A recording without a row would be taken for a forgotten one.
    let id = insert(library, &facts).inspect_err(|_| leave_nothing())?;
    if let Some(spans) = &imported.channel_speakers {
        library.set_channels(id, spans)?;
    }
    Ok(ImportOutcome::New(id, imported.remarks))
}

/// The sound files that phones and recorders make, by the endings of their names; what is inside decides.
pub const SOUND_ENDINGS: [&str; 46] = [
    "wav", "wave", "bwf", "rf64", "bw64", "w64", "mp3", "mp2", "mpga", "m4a", "m4b", "m4r", "m4v", "aac", "adts", "mp4", "mov", "qt", "qta", "3gp", "3gpp",
    "3g2", "3ga", "flac", "ogg", "oga", "ogv", "spx", "opus", "webm", "weba", "mka", "mkv", "aif", "aiff", "aifc", "caf", "amr", "awb", "wma", "au", "ac3",
    "ts", "mts", "m2ts", "avi",
];

/// What a file is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// What a colleague shares.
    Bundle,
    /// A typed transcript.
    Transcript,
    /// Everything else; what is inside decides whether it is one.
    Recording,
}

impl FileKind {
    /// By the ending of its name.
    #[must_use]
    pub fn of(file: &Path) -> Self {
        match file {
            file if super::mentor::is_bundle(file) => Self::Bundle,
            file if is_transcript(file) => Self::Transcript,
            _ => Self::Recording,
        }
    }
}

/// Whether a file looks like something that can be imported by its name.
#[must_use]
pub fn can_import(file: &Path) -> bool {
    let ending = file.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    FileKind::of(file) != FileKind::Recording || ending.is_some_and(|ending| SOUND_ENDINGS.contains(&ending.as_str()))
}

/// Imports a typed transcript: a conference without sound. Its text is kept as it was, where the sound would be; `teacher`: who is the teacher, where that was asked.
///
/// # Errors
/// When it is no transcript, or the disk is full; nothing is left behind then.
pub fn import_typed(library: &mut Library, file: &TranscriptFile, with: &Participants, teacher: Option<&TeacherChoice>) -> Result<ConferenceId> {
    let doing = "importing a transcript";
    let folders = &library.folders().clone();
    let typed = file.typed(library, teacher)?;
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
        started_unix_ms: file.said_unix_ms(&typed),
        length: typed.length,
        audio: name,
        audio_sha256: audio::sha256_of(&kept)?,
        stage: Stage::Transcribed,
        transcript: typed.transcript,
        voices: typed.voices,
        typed: Some(TypedText { times: typed.times, leftovers: typed.leftovers }),
        ..ConferenceData::empty()
    };
    insert(library, &facts).inspect_err(|_| crate::library::forget_files(folders, &facts.audio))
}

/// Adds a conference and writes what stands beside its sound.
pub(super) fn insert(library: &mut Library, facts: &ConferenceData) -> Result<ConferenceId> {
    let id = library.insert(facts)?;
    library.sync_sidecars();
    Ok(id)
}

/// Puts a sample conference into the library, once; the one already there is found again.
///
/// # Errors
/// As [`import`].
pub fn add_sample(library: &mut Library, name: &str, now_unix_ms: i64, check: Check<'_>) -> Result<ConferenceId> {
    let sample = super::samples::sample(name)?;
    if let Some(id) = library.find_sample(&sample.truth.title)? {
        return Ok(id);
    }
    let (audio, imported, _held) = copy_in(library.folders(), &sample.sound, check)?;
    let names = sample.truth.student_names();
    let sound = ConferenceData {
        title: sample.truth.title.clone(),
        students: sample.truth.students(),
        participants: participants_named(Vec::new(), &names, sample.truth.students()),
        started_unix_ms: now_unix_ms,
        length: imported.length,
        audio,
        audio_sha256: imported.sha256,
        is_sample: true,
        ..ConferenceData::empty()
    };
    let facts = match sample.found {
        Some(FoundInSample { transcript, voices, envelope, .. }) => ConferenceData { transcript, voices, envelope, stage: Stage::Transcribed, ..sound },
        None => sound,
    };
    insert(library, &facts)
}

/// Decodes into a temporary name first: a kill in the middle leaves a `.part` that the next start removes, never half a recording. Its name is held until
/// there is a conference: nobody takes it for a forgotten recording meanwhile.
fn copy_in(folders: &Folders, file: &Path, check: Check<'_>) -> Result<(String, audio::Imported, NameLock)> {
    let doing = "importing a recording";
    let recordings = folders.recordings();
    std::fs::create_dir_all(&recordings).map_err(|err| Error::writing(doing, err))?;
    let name = super::record::new_name();
    let held = NameLock::hold(folders, &name)?;
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
