//! Transcribes a recording while it is being made.
//!
//! What is being said belongs to a chunk that grows. At pauses it is worked through as far as it goes, for the screen; once what is said next
//! does not fit any more, its words are final and the next one begins. So the words are those of long chunks, which are the best, and at the end
//! only the last breath is left.

use super::chunks::{AUTO, Chunk, LONGEST, SHORTEST_CUT, next_chunk, quietest};
use super::partial_transcript::PartialTranscript;
use super::speakers::embeddings::{SpeakerEmbeddings, StreamingEmbedder};
use super::transcription::PendingChunk;
use super::vad::SpeechFinder;
use super::whisper::{ChunkTranscript, Search, Transcriber};
use super::word_filter;
use crate::conference::{Millis, Span, Transcript, Word, union};
use crate::error::{ErrorKind, Result};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A breath: for a chunk that grows, what is said goes on elsewhere.
const BREATH: Millis = Millis(300);
/// A chunk that grows is worked through again after this much more speech, or at a long pause after less.
const FRESH: Millis = Millis(4_000);
const LONG_PAUSE: Millis = Millis(1_500);
/// Of the time no more than a third is spent on chunks that still grow.
const REST: u32 = 2;
/// A chunk is held up when it takes longer than this share of the time that it lasts; a school laptop that does nothing else needs 0.1 to 0.2.
const HELD_UP: f64 = 0.5;
/// Sound kept before the first stretch that is not transcribed.
const BEFORE: Millis = Millis(1_000);
const RATE: u32 = 16_000;

/// Hears a recording as it grows, and transcribes it.
pub struct LiveTranscriber {
    finder: SpeechFinder,
    speakers: StreamingEmbedder,
    /// The sound that is still needed, from sample `from` of the recording on.
    sound: Vec<f32>,
    from: usize,
    /// The sample up to which speech was looked for: how much later ones are lifted is not known yet.
    looked: usize,
    /// Where there is speech, and how many of these stretches are transcribed for good.
    speech: Vec<Span>,
    done: usize,
    /// Speech before this was cut off a stretch that went on without a pause.
    cut: Millis,
    partial: PartialTranscript,
    growing: Option<GrowingChunk>,
    /// Chunks that are under way, in order; several only when they are final.
    submitted: VecDeque<SubmittedChunk>,
    /// When the last chunk that still grows was answered, and how long it took.
    answered: Option<(Instant, Duration)>,
    is_held_up: bool,
}

/// The chunk that grows, as far as it has words.
struct GrowingChunk {
    /// The stretches it holds end here.
    end: usize,
    chunk: Chunk,
    transcript: ChunkTranscript,
}

struct SubmittedChunk {
    id: u64,
    since: Instant,
    chunk: Chunk,
    end: usize,
    is_final: bool,
    /// Waits for those before it.
    answer: Option<Result<ChunkTranscript>>,
}

impl SubmittedChunk {
    fn is_held_up(&self) -> bool {
        self.since.elapsed().as_secs_f64() > self.chunk.length().secs() * HELD_UP
    }
}

/// What was transcribed of a recording while it was made.
#[derive(Debug, Default)]
pub struct LiveTranscript {
    /// Words and voices.
    pub partial: PartialTranscript,
    /// Where there is speech, for the recogniser.
    pub speech: Vec<Span>,
    /// Chunks after the partial transcript that the transcriber is still at.
    pub pending: Vec<PendingChunk>,
    /// How many samples of 16 kHz this is about.
    pub samples: usize,
    /// Whether other programs kept the last chunk waiting.
    pub is_held_up: bool,
}

impl LiveTranscriber {
    /// Nothing heard yet. `language`: a code such as `en`, or `auto`; `model`: the catalogue name of what will write.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn new(language: &str, model: &str) -> Result<Self> {
        let language = if language == AUTO { String::new() } else { language.to_owned() };
        let transcript = Transcript { model: model.to_owned(), language, ..Transcript::default() };
        Ok(Self {
            finder: SpeechFinder::new(),
            speakers: StreamingEmbedder::new()?,
            sound: Vec::new(),
            from: 0,
            looked: 0,
            speech: Vec::new(),
            done: 0,
            cut: Millis::ZERO,
            partial: PartialTranscript { transcript, ..PartialTranscript::default() },
            growing: None,
            submitted: VecDeque::new(),
            answered: None,
            is_held_up: false,
        })
    }

    /// Hears more 16 kHz mono.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.sound.extend_from_slice(samples);
        self.speakers.push(samples)?;
        self.look(self.speakers.lift().known());
        // Somebody who speaks for half a minute without a pause is cut in the quietest place.
        if let Some(since) = self.finder.open_since().map(|since| since.max(self.cut)).filter(|&since| self.now() - since > LONGEST) {
            let offset = Millis::from_samples(self.from as u64, RATE);
            self.cut = offset + quietest(&self.sound, Span::new(since + SHORTEST_CUT - offset, since + LONGEST - offset));
            self.speech.push(Span::new(since, self.cut));
        }
        self.let_go();
        Ok(())
    }

    /// Looks for speech up to a sample, in the sound as the recogniser will hear it.
    fn look(&mut self, until: usize) {
        let mut found = Vec::new();
        self.finder.push(&self.lifted(self.looked, until), &mut found);
        self.looked = until;
        self.add_speech(found);
    }

    /// The sound from one sample of the recording to another, as the recogniser hears it.
    fn lifted(&self, from: usize, to: usize) -> Vec<f32> {
        let mut sound = self.sound[from - self.from..to - self.from].to_vec();
        self.speakers.lift().apply_for_words(&mut sound, from);
        sound
    }

    fn add_speech(&mut self, found: Vec<Span>) {
        let cut = self.cut;
        self.speech.extend(found.into_iter().filter(|span| span.end() > cut).map(|span| Span::new(span.start().max(cut), span.end())));
    }

    /// Until when it is known whether there is speech.
    fn now(&self) -> Millis {
        Millis::from_samples(self.looked as u64, RATE)
    }

    /// Lets go of sound that nobody needs any more.
    fn let_go(&mut self) {
        let open = self.finder.open_since().map_or(self.now(), |since| since.max(self.cut));
        let needed = self.speech.get(self.done).map_or(open, |span| span.start()) - BEFORE;
        let needed = needed.max(Millis::ZERO).samples(RATE);
        // Not for every breath: moving what stays costs as much as it holds.
        if needed > self.from + 4 * RATE as usize {
            self.sound.drain(..needed - self.from);
            self.from = needed;
        }
    }

    /// Takes an answer that has come and hands over what is ready; waits at most `wait` when something is under way. Whether words were added.
    ///
    /// # Errors
    /// What the recogniser says, but for a chunk it could not do: then that is marked.
    pub fn advance(&mut self, transcriber: &mut dyn Transcriber, wait: Duration) -> Result<bool> {
        if let Some((id, answer)) = transcriber.next(wait)
            && let Some(submitted) = self.submitted.iter_mut().find(|submitted| submitted.id == id)
        {
            submitted.answer = Some(answer);
            let took = submitted.since.elapsed();
            tracing::debug!("they took {:.2} s", took.as_secs_f64());
            if !submitted.is_final {
                self.answered = Some((Instant::now(), took));
            }
            self.is_held_up = submitted.is_held_up();
        }
        let mut has_words = false;
        while let Some(answer) = self.submitted.front_mut().and_then(|submitted| submitted.answer.take())
            && let Some(submitted) = self.submitted.pop_front()
        {
            has_words |= self.take(submitted, answer)?;
        }
        while transcriber.room() > 0
            && let Some((chunk, end, is_final)) = self.settle_full().ready()
        {
            let (from, to, when) = (chunk.span().start().secs(), chunk.span().end().secs(), if is_final { ", for good" } else { "" });
            tracing::debug!("at {} s the words of {from} to {to} s are asked for{when}", self.now().secs());
            let language = if self.is_language_known() { &self.partial.transcript.language } else { AUTO };
            let id = transcriber.submit(self.sound_of(&chunk), language, Search::Quick);
            self.submitted.push_back(SubmittedChunk { id, since: Instant::now(), chunk, end, is_final, answer: None });
        }
        Ok(has_words)
    }

    fn sound_of(&self, chunk: &Chunk) -> Vec<f32> {
        let (from, to) = (chunk.span().start().samples(RATE), chunk.span().end().samples(RATE).min(self.looked));
        chunk.sound_from(&self.lifted(from, to), from)
    }

    fn take(&mut self, submitted: SubmittedChunk, answer: Result<ChunkTranscript>) -> Result<bool> {
        match answer {
            Ok(transcript) => {
                self.growing = Some(GrowingChunk { end: submitted.end, chunk: submitted.chunk, transcript });
                if submitted.is_final {
                    self.settle();
                }
                Ok(true)
            }
            // It is tried again with the rest, when the recording has ended.
            Err(err) if err.kind == ErrorKind::EngineFailed && !submitted.is_final => Ok(false),
            Err(err) if err.kind == ErrorKind::EngineFailed => {
                self.partial.fail(&submitted.chunk);
                (self.done, self.growing) = (submitted.end, None);
                Ok(true)
            }
            Err(err) => Err(err),
        }
    }

    /// The words of the chunk that grew are final.
    fn settle(&mut self) {
        if let Some(growing) = self.growing.take() {
            self.partial.add(&growing.chunk, growing.transcript);
            self.done = growing.end;
            if !self.is_language_known() {
                self.partial.transcript.language = self.partial.languages.decided().unwrap_or_default();
            }
        }
    }

    fn is_language_known(&self) -> bool {
        !self.partial.transcript.language.is_empty()
    }

    /// What has grown until nothing more fits needs no second time.
    fn settle_full(&mut self) -> &Self {
        let growing = self.growing.as_ref().map(|growing| growing.end);
        if self.submitted.is_empty() && growing.is_some() && self.next().is_some_and(|(_, end, is_full)| is_full && growing == Some(end)) {
            self.settle();
        }
        self
    }

    /// The chunk after all that are under way, where its stretches end, and whether more would not fit.
    fn next(&self) -> Option<(Chunk, usize, bool)> {
        let first = self.submitted.back().map_or(self.done, |submitted| submitted.end);
        let spans = self.speech.get(first..).filter(|spans| !spans.is_empty())?;
        let before = first.checked_sub(1).map(|last| self.speech[last].end());
        let (chunk, count, is_full) = next_chunk(spans, before, self.now(), LONGEST);
        Some((chunk, first + count, is_full))
    }

    /// The chunk to be worked through now, where its stretches end, and whether it is the last time.
    fn ready(&self) -> Option<(Chunk, usize, bool)> {
        // One that still grows is waited for, and those in a language that is not known yet.
        if !self.submitted.iter().all(|submitted| submitted.is_final && self.is_language_known()) {
            return None;
        }
        let (chunk, end, is_full) = self.next()?;
        if is_full {
            return Some((chunk, end, true));
        }
        if !self.submitted.is_empty() {
            return None;
        }
        let pause = self.now() - self.speech.last()?.end();
        if self.finder.open_since().is_some() || pause < BREATH {
            return None;
        }
        let seen = self.growing.as_ref().map_or(self.done, |growing| growing.end);
        let fresh: Millis = self.speech[seen..end].iter().map(|span| span.length()).sum();
        let is_rested = self.answered.is_none_or(|(at, took)| at.elapsed() >= took * REST);
        let is_worth_it = fresh >= FRESH || (fresh > Millis::ZERO && pause >= LONG_PAUSE);
        (seen < end && is_worth_it && is_rested).then_some((chunk, end, false))
    }

    /// How much of what was said has no words yet: from there to the end of what was said.
    #[must_use]
    pub fn behind(&self) -> Millis {
        let seen = self.growing.as_ref().map_or(self.done, |growing| growing.end);
        let end = if self.finder.open_since().is_some() { Some(self.now()) } else { self.speech.last().map(|span| span.end()) };
        let begins = self.speech.get(seen).map(|span| span.start()).or(self.finder.open_since());
        begins.zip(end).map_or(Millis::ZERO, |(begins, end)| (end - begins).max(Millis::ZERO))
    }

    /// The words so far; the last ones may still change.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn words(&self) -> Result<Vec<Word>> {
        let mut partial = PartialTranscript { transcript: self.partial.transcript.clone(), ..PartialTranscript::default() };
        if let Some(growing) = &self.growing {
            partial.add(&growing.chunk, growing.transcript.clone());
        }
        // Where it is not known yet whether somebody near speaks, what may be speech is taken for it.
        let (near, until) = self.speakers.near_so_far()?;
        let not_known = self.speech.iter().filter(|span| span.end() > until).map(|span| Span::new(span.start().max(until), span.end()));
        Ok(word_filter::supported_words(&partial.transcript.words, &union(near.into_iter().chain(not_known))).0)
    }

    /// What is transcribed for good.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn partial(&self) -> Result<PartialTranscript> {
        Ok(PartialTranscript { speakers: self.speakers.certain()?, ..self.partial.clone() })
    }

    /// Everything before this is transcribed for good.
    #[must_use]
    pub fn transcribed_until(&self) -> Millis {
        self.partial.until
    }

    /// What was heard of the voices so far.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn speakers(&self) -> Result<SpeakerEmbeddings> {
        self.speakers.so_far()
    }

    /// The recording has ended: what is not transcribed is left to the analysis that continues with it.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn end(mut self) -> Result<LiveTranscript> {
        let samples = self.from + self.sound.len();
        self.speakers.finish()?;
        self.look(samples);
        let mut found = Vec::new();
        std::mem::take(&mut self.finder).finish(&mut found);
        self.add_speech(found);
        tracing::debug!("{} s were left when the recording ended", self.behind().secs());
        let is_held_up = self.is_held_up || self.submitted.iter().any(|submitted| submitted.answer.is_none() && submitted.is_held_up());
        // What is under way holds what had grown before, and more.
        if self.submitted.is_empty() {
            self.settle();
        }
        let mut partial = self.partial()?;
        let until = partial.until;
        if self.is_language_known() {
            partial.set_language(partial.transcript.language.clone());
        }
        // After a gap they would be of no use.
        let pending = self.submitted.into_iter().filter(|_| partial.until == until);
        let pending = pending.map(|submitted| PendingChunk { id: submitted.id, chunk: submitted.chunk, answer: submitted.answer }).collect();
        Ok(LiveTranscript { partial, pending, samples, speech: self.speech, is_held_up })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hears a word each half second, and says nothing of a chunk for as many turns as it is slow. Of two that are done the later is answered first.
    struct Clockwork {
        workers: usize,
        slow: u32,
        submitted: u64,
        /// Number, samples, and turns left.
        pending: Vec<(u64, usize, u32)>,
    }

    impl Transcriber for Clockwork {
        fn room(&self) -> usize {
            self.workers - self.pending.len()
        }

        fn submit(&mut self, chunk: Vec<f32>, _: &str, _: Search) -> u64 {
            self.submitted += 1;
            self.pending.push((self.submitted, chunk.len(), self.slow));
            self.submitted
        }

        fn next(&mut self, _: Duration) -> Option<(u64, Result<ChunkTranscript>)> {
            let done = self.pending.iter().rposition(|(.., left)| *left == 0);
            self.pending.iter_mut().for_each(|(.., left)| *left = left.saturating_sub(1));
            let (id, length, _) = self.pending.remove(done?);
            let word = |n: usize| Word { text: format!("w{n}"), span: Span::new(Millis(n as i64 * 500), Millis(n as i64 * 500 + 400)), confidence: 0.9 };
            Some((id, Ok(ChunkTranscript { words: (0..length / 8_000).map(word).collect(), language: "en".into(), spoken: None })))
        }
    }

    fn written(workers: usize, slow: u32, secs: usize) -> (LiveTranscript, Vec<Millis>, Clockwork) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/maya.flac");
        let sound = crate::audio::decode_file(&path, &mut |_| Ok(())).unwrap().samples;
        let mut live = LiveTranscriber::new("en", "clockwork").unwrap();
        let mut clockwork = Clockwork { workers, slow, submitted: 0, pending: Vec::new() };
        let mut behind = Vec::new();
        for second in sound[..secs * RATE as usize].chunks(RATE as usize) {
            live.push(second).unwrap();
            live.advance(&mut clockwork, Duration::ZERO).unwrap();
            behind.push(live.behind());
        }
        (live.end().unwrap(), behind, clockwork)
    }

    #[test]
    fn what_is_written_is_written_once_and_the_rest_is_left_for_the_end() {
        let mut all_left = Vec::new();
        for (workers, slow) in [(1, 0), (1, 3), (1, 40), (2, 40)] {
            let (written, behind, clockwork) = written(workers, slow, 150);
            let partial = &written.partial;
            assert!(partial.transcript.words.windows(2).all(|pair| pair[0].span.start() <= pair[1].span.start()), "in order, nothing twice");
            assert!(partial.transcript.words.iter().all(|word| word.span.start() < partial.until));
            let pending: Vec<Span> = written.pending.iter().map(|pending| pending.chunk.span()).collect();
            assert!(pending.iter().try_fold(partial.until, |until, span| (span.start() >= until).then_some(span.end())).is_some(), "one after another");
            assert_eq!(written.pending.iter().filter(|chunk| chunk.answer.is_none()).count(), clockwork.pending.len(), "nothing is thrown away");
            let until = pending.last().map_or(partial.until, |span| span.end());
            let left: Millis = written.speech.iter().filter(|span| span.start() >= until).map(|span| span.length()).sum();
            let spoken: Millis = written.speech.iter().map(|span| span.length()).sum();
            let worst = behind.iter().max().unwrap().secs();
            println!(
                "{workers} slow by {slow}: {} chunks, {:.0} s behind at most, {:.1} of {:.1} s left",
                clockwork.submitted,
                worst,
                left.secs(),
                spoken.secs()
            );
            assert!(spoken > Millis(60_000) && (slow > 3 || left < Millis(20_000)), "{left} of {spoken}");
            assert_eq!(written.samples, 150 * RATE as usize);
            all_left.push(left);
        }
        assert!(all_left[3] < all_left[2], "chunks that are behind are worked through side by side: {all_left:?}");
    }

    #[test]
    fn what_is_heard_as_it_arrives_is_what_is_heard_afterwards() {
        let (written, ..) = written(1, 0, 100);
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/maya.flac");
        let sound = crate::audio::decode_file(&path, &mut |_| Ok(())).unwrap().samples;
        let sound = &sound[..100 * RATE as usize];
        let known = written.partial.speakers.clone();
        let whole = SpeakerEmbeddings::embed(sound, SpeakerEmbeddings::default(), &mut |_| Ok(())).unwrap();
        let kept = SpeakerEmbeddings::embed(sound, known.clone(), &mut |_| Ok(())).unwrap();
        assert_eq!(whole.pieces(), kept.pieces());
        let alike = whole.embeddings().iter().zip(kept.embeddings()).map(|(a, b)| a.similarity(b));
        assert!(alike.fold(1.0, f32::min) > 0.9999);
        let fresh = whole.pieces().iter().filter(|piece| !known.pieces().contains(piece)).count();
        // The last seconds, and what has moved by a frame or more since.
        assert!(fresh * 6 < whole.pieces().len(), "{fresh} of {} are left for afterwards", whole.pieces().len());
    }
}
