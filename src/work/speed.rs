//! How long a conference takes on this computer, and which model suits it: found by letting the engine transcribe a few seconds of a sample.
//!
//! Only the shipped model is measured, once, in at most about five seconds; the others are reckoned from the catalogue's `work`.

use super::catalogue;
use super::catalogue::{Entry, entry};
use super::model_row::EstimatedTime;
use super::samples;
use crate::audio;
use crate::conference::Millis;
use crate::error::Result;
use crate::settings::{Folders, Measured, SHIPPED_MODEL};
use crate::speech::{Engine, Search, Transcriber as _, speech_spans};
use std::path::Path;
use std::time::{Duration, Instant};

/// What is transcribed: the first speech of Maya's conference, as much as one chunk of the engine holds, packed as a conference is.
const CHUNK: Millis = Millis(28_000);
/// It is among this much of her conference.
const BEGINNING: Millis = Millis(60_000);
/// How often a wait asks whether it is still wanted.
const LOOK: Duration = Duration::from_millis(100);
/// Around each stretch of speech.
const PAD: Millis = Millis(300);
/// All of it may take so long; ending the engine takes the rest of five seconds.
const LIMIT: Duration = Duration::from_millis(4_800);
/// A conference of five minutes takes so many times as long as the chunk: 11.3, 11.2, 12.0 and 13.1 for the four samples, with one thread. To be
/// looked at again when the chunks or the engine's way of working change.
const CONFERENCE: f64 = 12.0;
/// "At most about five minutes for a conference of five minutes."
const LONGEST_SECS: u64 = 330;

/// Measures this computer. `still_wanted` is asked now and then; an error from it stops the measurement.
///
/// # Errors
/// When the shipped model or the sample is not there, the engine fails, or what `still_wanted` said.
pub fn measure(folders: &Folders, still_wanted: &mut dyn FnMut() -> Result<()>) -> Result<Measured> {
    let until = Instant::now() + LIMIT;
    let model = catalogue::path_of(folders, SHIPPED_MODEL)?;
    let mut sound = audio::decode_file(&samples::sample("maya")?.sound, &mut |_| still_wanted())?.samples;
    sound.truncate(BEGINNING.samples(audio::SPEECH_RATE_HZ));
    let (took, at_least) = time_of(&model, &chunk(&sound)?, until, still_wanted)?;
    Ok(Measured { model: SHIPPED_MODEL.into(), secs: took.as_secs_f64() * CONFERENCE, at_least })
}

fn chunk(sound: &[f32]) -> Result<Vec<f32>> {
    let at = |moment: Millis| moment.samples(audio::SPEECH_RATE_HZ).min(sound.len());
    let mut chunk = Vec::new();
    for span in speech_spans(sound) {
        let piece = &sound[at(span.start() - PAD)..at(span.end() + PAD)];
        if chunk.len() + piece.len() > CHUNK.samples(audio::SPEECH_RATE_HZ) {
            break;
        }
        chunk.extend_from_slice(piece);
    }
    Ok(chunk)
}

/// How long the engine works on a chunk; true when it was not done by `until`. The one place here that knows the engine.
fn time_of(model: &Path, chunk: &[f32], until: Instant, still_wanted: &mut dyn FnMut() -> Result<()>) -> Result<(Duration, bool)> {
    let mut engine = Engine::start(model, 1)?;
    let began = Instant::now();
    engine.submit(chunk.to_vec(), "en", Search::Quick);
    loop {
        still_wanted()?;
        if let Some((_, answer)) = engine.next(LOOK) {
            return answer.map(|_| (began.elapsed(), false));
        }
        if Instant::now() >= until {
            return Ok((began.elapsed(), true));
        }
    }
}

/// How long a conference of five minutes takes with this model.
#[must_use]
pub(super) fn of(wanted: &Entry, measured: &Measured) -> Option<EstimatedTime> {
    let secs = measured.secs * wanted.work / entry(&measured.model)?.work;
    Some(EstimatedTime { secs: secs as u64, at_least: measured.at_least })
}

/// The best model that transcribes a conference of five minutes in about as long, and leaves half of the memory to others. Of those that know
/// every language: whoever wants English only finds it beside it.
#[must_use]
pub(super) fn recommended<'a>(catalogue: &'a [Entry], measured: &Measured, memory: Option<u64>) -> Option<&'a Entry> {
    let base = entry(&measured.model).map_or(1.0, |base| base.work);
    catalogue
        .iter()
        .filter(|entry| entry.languages == "any" && memory.is_none_or(|memory| fits(entry.bytes, memory)))
        // Of a computer too slow to measure nothing is known but that: nothing bigger is for it.
        .filter(|entry| {
            of(entry, measured).is_some_and(|estimated_time| estimated_time.secs <= LONGEST_SECS && (!estimated_time.at_least || entry.work <= base))
        })
        .max_by(|a, b| a.work.total_cmp(&b.work))
}

/// Whether a model of so many bytes leaves half of the memory to others: loaded and at work it was seen to take up to three times its file.
#[must_use]
pub(super) fn fits(bytes: u64, memory: u64) -> bool {
    bytes.saturating_mul(3) < memory / 2
}

/// The computer's memory, where the system says it without a library.
#[must_use]
pub(super) fn memory_bytes() -> Option<u64> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let kilobytes = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Error, ErrorKind};

    fn suggestion(secs: f64, at_least: bool, gigabytes: Option<u64>) -> Option<&'static str> {
        let measured = Measured { model: SHIPPED_MODEL.into(), secs, at_least };
        recommended(catalogue::catalogue(), &measured, gigabytes.map(|count| count << 30)).map(|entry| entry.name.as_str())
    }

    #[test]
    fn the_best_model_that_keeps_pace_and_fits_is_suggested() {
        assert_eq!(suggestion(25.0, false, Some(16)), Some("large-v3-turbo-q5_0"));
        assert_eq!(suggestion(31.0, false, Some(16)), Some("medium-q5_0"));
        assert_eq!(suggestion(36.0, false, Some(16)), Some("small-q8_0"));
        assert_eq!(suggestion(36.0, false, None), Some("small-q8_0"), "no opinion on memory where it is not known");
        assert_eq!(suggestion(100.0, false, Some(16)), Some("base-q8_0"));
        assert_eq!(suggestion(500.0, false, Some(16)), Some("tiny-q8_0"));
        assert_eq!(suggestion(5000.0, false, Some(16)), None);
        assert_eq!(suggestion(20.0, false, Some(2)), Some("small-q8_0"), "Large takes 1.7 GB of 2");
        assert_eq!(suggestion(20.0, false, Some(1)), Some("base-q8_0"));
    }

    #[test]
    fn a_computer_too_slow_to_measure_is_offered_nothing_bigger() {
        assert_eq!(suggestion(90.0, true, Some(16)), Some("base-q8_0"));
        let time = of(entry("small-q8_0").unwrap(), &Measured { model: SHIPPED_MODEL.into(), secs: 120.0, at_least: true }).unwrap();
        assert_eq!(time.in_words(), "more than 7 minutes");
    }

    #[test]
    fn minutes_are_said_as_a_person_says_them() {
        let words = |secs| EstimatedTime { secs, at_least: false }.in_words();
        assert_eq!([words(20), words(40), words(100), words(430)], ["less than a minute", "about 1 minute", "about 2 minutes", "about 7 minutes"]);
    }

    #[test]
    fn what_is_measured_is_a_chunk_full_of_speech() {
        let sound = audio::decode_file(&samples::sample("maya").unwrap().sound, &mut |_| Ok(())).unwrap().samples;
        let secs = chunk(&sound[..BEGINNING.samples(audio::SPEECH_RATE_HZ)]).unwrap().len() as f64 / 16_000.0;
        assert!((24.0..=28.0).contains(&secs), "{secs}");
    }

    #[test]
    fn memory_is_read_where_it_can_be() {
        assert!(memory_bytes().is_none_or(|bytes| bytes > 1 << 28));
        assert!(memory_bytes().is_some() || !cfg!(target_os = "linux"));
    }

    #[test]
    fn a_measurement_takes_a_few_seconds_and_ends_at_once_when_it_is_not_wanted() {
        // No engine here: the test's own program is none. Reading the sound asks already.
        let folder = tempfile::tempdir().unwrap();
        let stopped = measure(&Folders::find(Some(folder.path().to_owned())), &mut || Err(Error::bare(ErrorKind::Cancelled, "test")));
        assert_eq!(stopped.unwrap_err().kind, ErrorKind::Cancelled);
    }
}
