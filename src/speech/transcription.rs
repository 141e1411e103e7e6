//! A recording is transcribed: its chunks go to the recogniser, several at once, and their words come back in the order of the recording.

use super::chunks::{AUTO, Chunk, chunks, chunks_at_once, passages};
use super::languages::{ChunkLanguage, ENOUGH, Languages};
use super::partial_transcript::PartialTranscript;
use super::speakers::embeddings::SpeakerEmbeddings;
use super::whisper::{ChunkTranscript, Search, Transcriber};
use super::word_filter::{self, Retranscription};
use crate::conference::{Millis, NoWords, Samples, Span, Transcript, Untranscribed, Word, union};
use crate::error::{Error, ErrorKind, Result};
use std::time::Duration;

/// After three chunks running have failed, each with two engines, the rest would fail too, and slowly.
const HOPELESS: usize = 3;
/// How often a wait asks whether it is still wanted: a person notices from 100 ms on.
const WANTED_CHECK: Duration = Duration::from_millis(100);
const TRANSCRIBING: &str = "transcribing a chunk";

/// Transcribes a recording, or the rest of one of which `partial` is written already: `speech` sorted and disjoint, words on the recording's clock.
/// `keep` gets the partial transcript after each chunk. `check` hears how much is done, several times a second.
///
/// # Errors
/// What `check` or `keep` says; [`ErrorKind::EngineFailed`] when not one chunk could be transcribed.
pub fn transcribe_all(
    transcriber: &mut dyn Transcriber,
    samples: &(impl Samples + ?Sized),
    speech: &[Span],
    language: &str,
    partial: PartialTranscript,
    keep: &mut dyn FnMut(&PartialTranscript) -> Result<()>,
    check: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<Transcript> {
    Transcription::begin(transcriber, samples, speech, language, partial, Vec::new()).finish(transcriber, keep, check)
}

/// A chunk that this transcriber was asked for before, while the recording was made.
#[derive(Debug)]
pub struct PendingChunk {
    pub(super) id: u64,
    pub(super) chunk: Chunk,
    /// It came, but waits for those before it.
    pub(super) answer: Option<Result<ChunkTranscript>>,
}

impl PendingChunk {
    /// Where it ends.
    fn end(&self) -> Millis {
        self.chunk.span().end()
    }
}

/// What is under way of [`transcribe_all`], for whoever has something else to do meanwhile.
pub struct Transcription<'a, S: ?Sized> {
    samples: &'a S,
    /// Where somebody near speaks; before that is known, where there may be speech.
    near: Vec<Span>,
    chunks: Vec<Chunk>,
    /// Those that came before their turn.
    answers: Vec<Option<Result<ChunkTranscript>>>,
    /// Chunks under way, by their number at the recogniser.
    submitted: Vec<(u64, usize)>,
    vote: Vote,
    /// The first chunk that was not asked for.
    next: usize,
    /// The first chunk whose answer is not in the partial transcript.
    at: usize,
    failed_running: usize,
    failed: Option<Error>,
    partial: PartialTranscript,
}

/// In which language a recording is, of which nothing is known: its first chunks are listened to for that alone.
#[derive(Default)]
struct Vote {
    languages: Languages,
    /// Chunks under way, by their number at the recogniser.
    submitted: Vec<(u64, usize)>,
    /// The first chunk that was not asked for.
    next: usize,
    /// How much sound those asked for hold.
    length: Millis,
}

impl<'a, S: Samples + ?Sized> Transcription<'a, S> {
    /// Asks for the first chunks; those under way are what follows the partial transcript. The rest as for [`transcribe_all`].
    #[must_use]
    pub fn begin(
        transcriber: &mut dyn Transcriber,
        samples: &'a S,
        speech: &'a [Span],
        language: &str,
        mut partial: PartialTranscript,
        mut pending: Vec<PendingChunk>,
    ) -> Self {
        let until = partial.until;
        match partial.languages.likeliest().filter(|_| language == AUTO && partial.transcript.language.is_empty()) {
            Some(likeliest) => partial.set_language(likeliest),
            None if language != AUTO && partial.transcript.language.is_empty() => partial.transcript.language = language.to_owned(),
            None => {}
        }
        if partial.until < until {
            pending.clear();
        }
        let rest = after(speech, pending.last().map_or(partial.until, PendingChunk::end));
        // Of the end of a recording that was transcribed while it was made, somebody is waiting for the words.
        let is_end = partial.until > Millis::ZERO;
        let last = if is_end { chunks_at_once(samples, &rest, transcriber.room()) } else { chunks(samples, &rest) };
        let near = speech.to_vec();
        let submitted: Vec<(u64, usize)> = pending.iter().enumerate().filter(|(_, chunk)| chunk.answer.is_none()).map(|(at, chunk)| (chunk.id, at)).collect();
        let next = pending.len();
        let (mut chunks, mut answers): (Vec<Chunk>, Vec<_>) = pending.into_iter().map(|pending| (pending.chunk, pending.answer)).unzip();
        answers.extend(last.iter().map(|_| None));
        chunks.extend(last);
        let mut begun = Self { samples, near, chunks, answers, submitted, vote: Vote::default(), next, at: 0, failed_running: 0, failed: None, partial };
        begun.advance(transcriber, Duration::ZERO);
        begun
    }

    /// What the voices sound like, and where somebody near speaks, is known by now. The former is kept with the words.
    pub fn set_embeddings(&mut self, embeddings: &SpeakerEmbeddings) {
        self.partial.speakers = embeddings.clone();
        self.near = embeddings.speech();
    }

    /// Takes an answer that has come, or comes within `wait`, and asks for what there is room for.
    pub fn advance(&mut self, transcriber: &mut dyn Transcriber, wait: Duration) {
        self.submit_chunks(transcriber);
        let Some((id, answer)) = transcriber.next(wait) else { return };
        let place = |submitted: &[(u64, usize)]| submitted.iter().position(|(submitted, _)| *submitted == id);
        if let Some(place) = place(&self.submitted) {
            self.answers[self.submitted.swap_remove(place).1] = Some(answer);
        } else if let Some(place) = place(&self.vote.submitted) {
            let chunk = &self.chunks[self.vote.submitted.swap_remove(place).1];
            match answer {
                Ok(transcript) => {
                    let chunk_language = ChunkLanguage { span: chunk.span(), length: chunk.length(), language: transcript.language, spoken: transcript.spoken };
                    self.vote.languages.add(chunk_language);
                }
                Err(err) => tracing::warn!("the language of a chunk could not be guessed: {err}"),
            }
        }
        self.submit_chunks(transcriber);
    }

    /// Guessed anew for each chunk, a short one would be taken for Welsh: what the first minute sounds like holds for all.
    fn ask_for_language(&mut self, transcriber: &mut dyn Transcriber) {
        let vote = &mut self.vote;
        while vote.next < self.chunks.len() && vote.length < ENOUGH && transcriber.room() > 0 {
            let chunk = &self.chunks[vote.next];
            vote.submitted.push((transcriber.submit(chunk.sound(self.samples), AUTO, Search::Language), vote.next));
            vote.length = vote.length + chunk.length();
            vote.next += 1;
        }
        let is_all_asked = vote.next >= self.chunks.len() || vote.length >= ENOUGH;
        let all = || (is_all_asked && vote.submitted.is_empty()).then(|| vote.languages.likeliest().unwrap_or_else(|| AUTO.to_owned()));
        if let Some(language) = vote.languages.decided().or_else(all) {
            self.partial.transcript.language = language;
        }
    }

    fn submit_chunks(&mut self, transcriber: &mut dyn Transcriber) {
        if self.partial.transcript.language.is_empty() {
            self.ask_for_language(transcriber);
        }
        let is_known = !self.partial.transcript.language.is_empty();
        while self.next < self.chunks.len() && transcriber.room() > 0 && is_known && self.failed_running < HOPELESS {
            let sound = self.chunks[self.next].sound(self.samples);
            self.submitted.push((transcriber.submit(sound, &self.partial.transcript.language, Search::Quick), self.next));
            self.next += 1;
        }
    }

    /// Waits for the rest. As [`transcribe_all`].
    ///
    /// # Errors
    /// As [`transcribe_all`].
    pub fn finish(
        mut self,
        transcriber: &mut dyn Transcriber,
        keep: &mut dyn FnMut(&PartialTranscript) -> Result<()>,
        check: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Transcript> {
        while self.at < self.chunks.len() {
            check(self.at as f32 / self.chunks.len() as f32 * OF_FIRST)?;
            let wait = if self.answers[self.at].is_some() { Duration::ZERO } else { WANTED_CHECK };
            self.advance(transcriber, wait);
            // After too many failures it was not even asked for.
            let given_up = || (self.next <= self.at && self.failed_running >= HOPELESS).then(|| Err(Error::bare(ErrorKind::EngineFailed, TRANSCRIBING)));
            if let Some(answer) = self.answers[self.at].take().or_else(given_up) {
                self.take(answer)?;
                keep(&self.partial)?;
            }
        }
        let nothing = self.partial.transcript.words.is_empty() && !self.chunks.is_empty();
        if let Some(err) = self.failed.take().filter(|_| nothing) {
            return Err(err);
        }
        let mut transcript = std::mem::take(&mut self.partial.transcript);
        let (words, looped) = word_filter::supported_words(&transcript.words, &self.near);
        transcript.untranscribed.extend(looped);
        let missed = word_filter::speech_without_words(&words, &transcript.untranscribed, &self.near);
        let missed = union(missed.into_iter().chain(word_filter::sparse_speech(&words, &transcript.untranscribed, &self.near)));
        transcript.words = words;
        if self.failed_running < HOPELESS {
            let stood = transcript.words.clone();
            for again in self.transcribe_missed(transcriber, &missed, &transcript.language, check)? {
                word_filter::insert_missed_words(&mut transcript.words, &again);
            }
            let within = |words: &[Word], span: Span| words.iter().filter(|word| span.contains(word.span.middle())).count();
            let has_more = |mark: &Untranscribed| within(&transcript.words, mark.span) > within(&stood, mark.span);
            transcript.untranscribed.retain(|mark| mark.reason == NoWords::EngineFailed || !has_more(mark));
        }
        word_filter::mark(&mut transcript, &self.near);
        if transcript.language == AUTO {
            transcript.language = self.partial.languages.likeliest().unwrap_or(transcript.language);
        }
        let others = self.partial.languages.others(&transcript.language);
        transcript.untranscribed.extend(others.into_iter().map(|span| Untranscribed { span, reason: NoWords::OtherLanguage }));
        transcript.untranscribed.sort_by_key(|mark| mark.span);
        Ok(transcript)
    }

    /// What was missed is heard again, with what is said around it and all of it equally loud: the passages, what was heard with them, and the words, in
    /// order.
    fn transcribe_missed(
        &self,
        transcriber: &mut dyn Transcriber,
        missed: &[Span],
        language: &str,
        check: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Vec<Retranscription>> {
        let passages = passages(self.samples, &self.near, missed);
        let mut submitted: Vec<(u64, usize)> = Vec::new();
        let (mut next, mut done) = (0, 0);
        let mut found = Vec::new();
        while done < passages.len() {
            check(OF_FIRST + (1.0 - OF_FIRST) * done as f32 / passages.len() as f32)?;
            while next < passages.len() && transcriber.room() > 0 {
                let (_, chunk) = &passages[next];
                let sound = levelled(chunk.sound(self.samples));
                let language = self.partial.languages.at(chunk.span().middle()).unwrap_or(language);
                submitted.push((transcriber.submit(sound, language, Search::Thorough), next));
                next += 1;
            }
            if let Some((id, answer)) = transcriber.next(WANTED_CHECK)
                && let Some(place) = submitted.iter().position(|(submitted, _)| *submitted == id)
            {
                let (passages, chunk) = &passages[submitted.swap_remove(place).1];
                done += 1;
                match answer {
                    Ok(heard) => {
                        let words = word_filter::supported_words(&chunk.on_the_clock(heard.words), &self.near).0;
                        found.push(Retranscription { passages: passages.clone(), around: chunk.span(), words });
                    }
                    // It stays marked.
                    Err(err) => tracing::warn!("a passage could not be transcribed again: {err}"),
                }
            }
        }
        found.sort_by_key(|again: &Retranscription| again.around);
        Ok(found)
    }

    /// The answer whose turn it is is added to the partial transcript.
    fn take(&mut self, answer: Result<ChunkTranscript>) -> Result<()> {
        let chunk = &self.chunks[self.at];
        match answer {
            Ok(transcript) => {
                self.failed_running = 0;
                self.partial.add(chunk, transcript);
            }
            Err(err) if err.kind == ErrorKind::EngineFailed => {
                tracing::warn!("a chunk could not be transcribed: {err}");
                self.partial.fail(chunk);
                self.failed_running += 1;
                self.failed = Some(err);
            }
            Err(err) => return Err(err),
        }
        self.at += 1;
        Ok(())
    }
}

/// Of the time for the words, for the first hearing.
const OF_FIRST: f32 = 0.9;
/// Speech is lifted to here, -20 dBFS, by no more than 30 dB, or noise would be speech.
const LOUD: f32 = 0.1;
const MOST_LIFT: f32 = 31.6;
/// The level is judged in frames of 20 ms, by the loudest of a few before and after.
const LEVEL_FRAME: usize = 320;
const LEVEL_REACH: usize = 10;
/// What is less than 10 dB above the softest tenth is the room, and is lifted as what is 10 dB above it.
const OVER_ROOM: f32 = 3.16;

/// The sound as loud as speech near a microphone is, each voice of it: the recogniser hears nobody who murmurs beside somebody loud. Nothing is made softer.
fn levelled(mut sound: Vec<f32>) -> Vec<f32> {
    let levels: Vec<f32> = sound.chunks(LEVEL_FRAME).map(|frame| (frame.iter().map(|x| x * x).sum::<f32>() / frame.len() as f32).sqrt()).collect();
    let mut sorted = levels.clone();
    sorted.sort_by(f32::total_cmp);
    let room = sorted.get(sorted.len() / 10).copied().unwrap_or_default() * OVER_ROOM;
    let gain = |at: usize| {
        let beside = &levels[at.saturating_sub(LEVEL_REACH)..(at + LEVEL_REACH + 1).min(levels.len())];
        let level = beside.iter().fold(room, |most, &level| most.max(level));
        (LOUD / level.max(1e-6)).clamp(1.0, MOST_LIFT)
    };
    let gains: Vec<f32> = (0..levels.len()).map(gain).collect();
    for (at, x) in sound.iter_mut().enumerate() {
        // From the middle of one frame to the middle of the next the gain changes evenly.
        let place = (at as f32 / LEVEL_FRAME as f32 - 0.5).max(0.0);
        let (frame, part) = (place as usize, place.fract());
        let next = gains[(frame + 1).min(gains.len() - 1)];
        *x = (*x * (gains[frame] + (next - gains[frame]) * part)).clamp(-1.0, 1.0);
    }
    sound
}

/// What of the speech is after a moment.
fn after(speech: &[Span], moment: Millis) -> Vec<Span> {
    speech.iter().filter(|span| span.end() > moment).map(|span| Span::new(span.start().max(moment), span.end())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::languages::LanguageGuess;
    use super::*;

    /// Of two chunks the later is answered first; each is in the language that is scripted for it.
    #[derive(Default)]
    struct Scripted {
        answers: Vec<Option<Result<ChunkTranscript>>>,
        /// What chunks sound like, one after another, to who asks for that alone.
        spoken: Vec<LanguageGuess>,
        submitted: Vec<(u64, Search, String)>,
        /// All that was asked, in which language.
        log: Vec<(Search, String)>,
        count: u64,
    }

    impl Transcriber for Scripted {
        fn room(&self) -> usize {
            2 - self.submitted.len()
        }

        fn submit(&mut self, _: Vec<f32>, language: &str, search: Search) -> u64 {
            self.log.push((search, language.to_owned()));
            self.submitted.push((self.count, search, language.to_owned()));
            self.count += 1;
            self.count - 1
        }

        fn next(&mut self, _: Duration) -> Option<(u64, Result<ChunkTranscript>)> {
            let (id, search, language) = self.submitted.pop()?;
            if search == Search::Language {
                let spoken = self.spoken.remove(0);
                return Some((id, Ok(ChunkTranscript { language: spoken.language.clone(), spoken: Some(spoken), words: Vec::new() })));
            }
            // Nothing more is heard of what is asked beyond the script.
            let nothing = || Ok(ChunkTranscript { language, ..ChunkTranscript::default() });
            Some((id, self.answers.get_mut(id as usize).and_then(Option::take).unwrap_or_else(nothing)))
        }
    }

    fn written(answers: Vec<Result<ChunkTranscript>>, speech: &[Span]) -> Result<Transcript> {
        let mut scripted = Scripted { answers: answers.into_iter().map(Some).collect(), ..Scripted::default() };
        transcribe_all(&mut scripted, &[0.0; 16_000 * 60], speech, "en", PartialTranscript::default(), &mut |_| Ok(()), &mut |_| Ok(()))
    }

    fn engine_failed() -> Result<ChunkTranscript> {
        Err(Error::bare(ErrorKind::EngineFailed, "test"))
    }

    #[test]
    fn one_failed_chunk_is_marked_and_the_rest_is_intact() {
        let speech = [Span::new(Millis(0), Millis(20_000)), Span::new(Millis(30_000), Millis(50_000))];
        let transcript = ChunkTranscript {
            words: vec![Word { text: "Hi.".into(), span: Span::new(Millis(500), Millis(900)), confidence: 0.9 }],
            language: "en".into(),
            spoken: None,
        };
        let transcript = written(vec![engine_failed(), Ok(transcript)], &speech).unwrap();
        assert_eq!(transcript.words.len(), 1);
        assert!(transcript.words[0].span.start() >= Millis(29_500));
        let reasons: Vec<NoWords> = transcript.untranscribed.iter().map(|mark| mark.reason).collect();
        assert_eq!(reasons, [NoWords::EngineFailed, NoWords::NotUnderstood], "what is said after the one word has none");
        let all_failed = written(vec![engine_failed(), engine_failed()], &speech);
        assert_eq!(all_failed.unwrap_err().kind, ErrorKind::EngineFailed);
    }

    #[test]
    fn what_was_missed_is_heard_again_alone_and_put_in_or_marked() {
        let speech = [Span::new(Millis(0), Millis(10_000))];
        let word = |text: &str, start: i64, confidence: f32| Word { text: text.into(), span: Span::new(Millis(start), Millis(start + 400)), confidence };
        let heard = |words: Vec<Word>| Ok(ChunkTranscript { words, language: "en".into(), spoken: None });
        // Of the first hearing the words lie in the first 3 s and in the last two.
        let ends = || [word("there", 8_600, 0.9), word("now", 9_200, 0.9)];
        let so = || (0..6).map(|n| word("so", n * 500, 0.9));
        let first = || heard(so().chain(ends()).collect());
        let texts = |transcript: &Transcript| transcript.words.iter().map(|word| word.text.clone()).collect::<Vec<_>>().join(" ");
        let again =
            |texts: &str, confidence: f32| heard(so().chain((6..16).map(|n| word(&format!("{texts}{n}"), n * 500, confidence))).chain(ends()).collect());
        let found = written(vec![first(), again("w", 0.8)], &speech).unwrap();
        assert!(texts(&found).starts_with("so so so so so so w6 w7") && texts(&found).ends_with("there now"), "{}", texts(&found));
        assert!(found.words.is_sorted_by_key(|word| word.span.start()));
        assert_eq!(found.untranscribed, []);
        // A guess is not put in: the passage is marked.
        let guessed = written(vec![first(), again("and", 0.2)], &speech).unwrap();
        assert!(!texts(&guessed).contains("and"));
        assert_eq!(guessed.untranscribed.iter().map(|mark| mark.reason).collect::<Vec<_>>(), [NoWords::NotUnderstood]);
        assert!(guessed.untranscribed[0].span.start() >= Millis(2_900) && guessed.untranscribed[0].span.end() <= Millis(8_600));
    }

    fn spoken(language: &str, probability: f32) -> LanguageGuess {
        LanguageGuess { language: language.into(), probability, against: (1.0 - probability) / 2.0 }
    }

    #[test]
    fn the_first_minute_says_which_language_it_is_and_all_is_written_in_it() {
        let speech: Vec<Span> = (0..4).map(|n| Span::from_secs(f64::from(n) * 29.0, f64::from(n) * 29.0 + 27.0)).collect();
        // Two chunks are asked for at once, and the later answers first: babble at the beginning sounds like Welsh.
        let mut scripted = Scripted { spoken: vec![spoken("en", 0.9), spoken("cy", 0.4), spoken("en", 0.95)], ..Scripted::default() };
        let sound = vec![0.0; 16_000 * 120];
        let written = transcribe_all(&mut scripted, &sound, &speech, AUTO, PartialTranscript::default(), &mut |_| Ok(()), &mut |_| Ok(())).unwrap();
        assert_eq!(written.language, "en");
        assert_eq!(scripted.log.iter().filter(|(search, _)| *search == Search::Language).count(), 3, "a minute of it");
        assert!(scripted.log.iter().all(|(search, language)| *language == if *search == Search::Language { AUTO } else { "en" }), "{:?}", scripted.log);
    }

    #[test]
    fn what_is_spoken_in_another_language_stays_in_it_and_is_marked() {
        let speech = [Span::from_secs(0.0, 27.0), Span::from_secs(29.0, 56.0)];
        let transcript = |language: &str, probability| {
            let words = (0..50).map(|n| Word { text: "hola".into(), span: Span::new(Millis(n * 500 + 300), Millis(n * 500 + 700)), confidence: 0.9 }).collect();
            Ok(ChunkTranscript { words, language: language.into(), spoken: Some(spoken(language, probability)) })
        };
        let written = written(vec![transcript("en", 0.97), transcript("es", 0.97)], &speech).unwrap();
        assert_eq!((written.language.as_str(), written.words.len()), ("en", 100));
        let marks: Vec<Span> = written.untranscribed.iter().filter(|mark| mark.reason == NoWords::OtherLanguage).map(|mark| mark.span).collect();
        assert_eq!(marks.len(), 1);
        assert!(marks[0].start() > Millis(28_000) && marks[0].end() >= Millis(56_000), "{marks:?}");
    }

    #[test]
    fn what_was_under_way_when_the_recording_ended_is_not_asked_for_again() {
        let speech = [Span::from_secs(0.0, 20.0), Span::from_secs(22.0, 42.0), Span::from_secs(44.0, 64.0)];
        let sound = vec![0.0; 16_000 * 70];
        let all = chunks(&sound[..], &speech);
        let said = |text: &str| ChunkTranscript {
            words: vec![Word { text: text.into(), span: Span::from_secs(1.0, 1.5), confidence: 0.9 }],
            language: "en".into(),
            spoken: None,
        };
        // The second of two was answered already; the first is being worked on.
        let mut scripted = Scripted { answers: vec![Some(Ok(said("first"))), None, Some(Ok(said("last")))], ..Scripted::default() };
        let id = scripted.submit(Vec::new(), "en", Search::Quick);
        scripted.count += 1;
        let pending =
            vec![PendingChunk { id, chunk: all[0].clone(), answer: None }, PendingChunk { id: 1, chunk: all[1].clone(), answer: Some(Ok(said("second"))) }];
        let begun = Transcription::begin(&mut scripted, &sound[..], &speech, "en", PartialTranscript::default(), pending);
        let written = begun.finish(&mut scripted, &mut |_| Ok(()), &mut |_| Ok(())).unwrap();
        assert_eq!(written.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["first", "second", "last"]);
        let quick = scripted.log.iter().filter(|(search, _)| *search == Search::Quick).count();
        assert_eq!((quick, all.len()), (2, 3), "each chunk once");
    }

    #[test]
    fn quiet_sound_is_lifted_and_loud_sound_is_as_it_was() {
        // With a pause, as all that is said.
        let tone = |level: f32| (0..16_000).map(|n| if n < 12_000 { level * (n as f32 * 0.1).sin() } else { 0.0 }).collect::<Vec<f32>>();
        let lifted = levelled(tone(0.005));
        let peak = lifted.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
        assert!((0.13..0.16).contains(&peak), "{peak}");
        assert_eq!(levelled(tone(0.5)), tone(0.5));
        // A child beside a teacher 30 dB louder, as loud as she is.
        let both = levelled([tone(0.3), tone(0.01)].concat());
        let peak = both[16_000..].iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
        assert!((0.13..0.16).contains(&peak), "{peak}");
        assert_eq!(levelled(vec![0.0; 100]), vec![0.0; 100]);
        assert_eq!(levelled(Vec::new()), Vec::<f32>::new());
    }
}
