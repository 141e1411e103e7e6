//! The words of a recording in the making: the engine that makes them, and how many chunks of it are worked on at once.

use super::catalogue;
use super::partial_file::ResumedTranscript;
use crate::audio;
use crate::conference::{Millis, Samples as _, Span, Transcript};
use crate::error::Result;
use crate::settings::{Folders, Settings};
use crate::speech::{self, ChunkTranscript, Search, Transcriber};
use std::time::Duration;

/// Chunks that the engine works on at once: each takes one core, and a part of the memory.
#[must_use]
pub fn engine_workers() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 4)
}

/// The engine of a recording stands behind all other programs, and begins with what it is at: with more left than this another is worth starting.
const SOON_WRITTEN: Millis = Millis(60_000);
/// With a model of fewer bytes the engine works on one chunk more than there are cores. Alone it is as fast; with two cores that two other programs keep
/// busy it takes 1.7 instead of 2.0 times as long as alone. The chunk takes 185 MB with base, and more with
/// larger models, which was not measured.
const LIGHT_MODEL: u64 = 100_000_000;

type LiftedSound<'a> = speech::Lifted<'a, audio::LongSound>;

/// Longer recordings are transcribed with fewer chunks at once, the longest with one: all of it is to fit into 700 MB. With base the engine takes 160 MB, and
/// 220 MB for each chunk; this process 100 MB of an hour and 190 MB of 10 h, and more while voices are told apart.
const LONG: Millis = Millis(3_600_000);
const VERY_LONG: Millis = Millis(2 * 3_600_000);

/// What this process does while the engine transcribes; it decides how many chunks the engine may hold in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AnalysisStep {
    /// Computes the embeddings of the speakers.
    Embedding,
    /// Clusters them: its own memory is largest then.
    Diarizing,
    /// Waits for the words.
    WordsOnly,
}

impl AnalysisStep {
    /// Chunks that the engine works on at once, of so many that it could.
    fn chunk_limit(self, length: Millis, workers: usize) -> usize {
        match self {
            _ if length <= LONG => workers,
            Self::Embedding => workers.min(1),
            Self::Diarizing => 0,
            Self::WordsOnly => workers.min(if length <= VERY_LONG { 2 } else { 1 }),
        }
    }
}

/// A transcriber that is given fewer chunks at once than it could work on: at most `limit` of `workers`.
struct LimitedTranscriber<T> {
    inner: T,
    workers: usize,
    limit: usize,
}

impl<T: Transcriber> Transcriber for LimitedTranscriber<T> {
    fn room(&self) -> usize {
        let pending = self.workers.saturating_sub(self.inner.room());
        self.limit.saturating_sub(pending)
    }

    fn submit(&mut self, chunk: Vec<f32>, language: &str, search: Search) -> u64 {
        self.inner.submit(chunk, language, search)
    }

    fn next(&mut self, wait: Duration) -> Option<(u64, Result<ChunkTranscript>)> {
        self.inner.next(wait)
    }
}

/// Words in the making, and the engine that makes them.
pub(super) struct WordsInProgress<'a> {
    engine: LimitedTranscriber<speech::Engine>,
    transcription: speech::Transcription<'a, LiftedSound<'a>>,
    /// Of what there is to be transcribed.
    length: Millis,
}

impl<'a> WordsInProgress<'a> {
    /// Starts the engine, unless the one of the recording is soon done, and asks for the first chunks.
    ///
    /// # Errors
    /// As [`speech::Engine::start`].
    pub fn begin(samples: &'a LiftedSound<'a>, speech_spans: &'a [Span], folders: &Folders, settings: &Settings, resumed: ResumedTranscript) -> Result<Self> {
        let ResumedTranscript { mut partial, pending, engine, .. } = resumed;
        // What is under way counts as left: how far it is nobody knows.
        let left: Millis = speech_spans.iter().filter(|span| span.end() > partial.until).map(|span| span.length()).sum();
        let (inner, workers, length, pending) = match engine.filter(|_| left <= SOON_WRITTEN) {
            // Of a recording that was transcribed meanwhile only the end is left, and somebody waits for it.
            Some(engine) => (engine, engine_workers(), left, pending),
            None => {
                let model = catalogue::path_of(folders, &settings.model)?;
                let has_light_chunks = std::fs::metadata(&model).is_ok_and(|file| file.len() < LIGHT_MODEL);
                let length = Millis::from_samples(samples.count() as u64, audio::SPEECH_RATE_HZ);
                // A worker that waits still holds some of the memory of the last chunk that it worked on: 60 MB with base.
                let workers = AnalysisStep::WordsOnly.chunk_limit(length, engine_workers() + usize::from(has_light_chunks));
                (speech::Engine::start(&model, workers)?, workers, length, Vec::new())
            }
        };
        let mut engine = LimitedTranscriber { inner, workers, limit: AnalysisStep::Embedding.chunk_limit(length, workers) };
        partial.transcript.model.clone_from(&settings.model);
        let transcription = speech::Transcription::begin(&mut engine, samples, speech_spans, &settings.language, partial, pending);
        Ok(Self { engine, transcription, length })
    }

    /// Takes what the engine has done by now, and asks for more.
    pub fn advance(&mut self, step: AnalysisStep) {
        self.engine.limit = step.chunk_limit(self.length, self.engine.workers);
        self.transcription.advance(&mut self.engine, Duration::ZERO);
    }

    /// Waits for the rest. `keep` gets the partial transcript after each chunk; `check` hears how much is done, and stops it by returning an error.
    ///
    /// # Errors
    /// What either says; [`crate::error::ErrorKind::EngineFailed`] when not one chunk could be transcribed.
    pub fn finish(
        mut self,
        embeddings: &speech::SpeakerEmbeddings,
        keep: &mut dyn FnMut(&speech::PartialTranscript) -> Result<()>,
        check: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Transcript> {
        self.advance(AnalysisStep::WordsOnly);
        self.transcription.set_embeddings(embeddings);
        self.transcription.finish(&mut self.engine, keep, check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_recording_few_chunks_are_worked_on_at_once() {
        let limit = |length, workers| [AnalysisStep::Embedding, AnalysisStep::Diarizing, AnalysisStep::WordsOnly].map(|now| now.chunk_limit(length, workers));
        assert_eq!(limit(Millis(3_600_000), 3), [3, 3, 3]);
        assert_eq!((limit(Millis(4_200_000), 3), limit(Millis(4_200_000), 1)), ([1, 0, 2], [1, 0, 1]));
        assert_eq!(limit(Millis(36_000_000), 3), [1, 0, 1]);
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
            fn next(&mut self, _: Duration) -> Option<(u64, Result<ChunkTranscript>)> {
                None
            }
        }
        let mut limited = LimitedTranscriber { inner: Busy(0), workers: 3, limit: 2 };
        let rooms: Vec<usize> = (0..3).map(|_| (limited.room(), limited.submit(Vec::new(), "en", Search::Quick)).0).collect();
        assert_eq!((rooms, limited.room()), (vec![2, 1, 0], 0));
        limited.limit = 0;
        assert_eq!(limited.room(), 0, "what is under way is waited for");
    }
}
