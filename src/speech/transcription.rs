//! A recording is written down: its windows go to the recogniser, several at once, and their words come back in the order of the recording.

use super::draft::Draft;
use super::speakers::embeddings::SpeakerEmbeddings;
use super::whisper::{Heard, Transcriber};
use super::windows::{AUTO, Window, not_understood, windows, windows_at_once};
use crate::conference::{Millis, Samples, Span, Transcript};
use crate::error::{Error, ErrorKind, Result};
use std::time::Duration;

/// After three windows running have failed, each with two engines, the rest would fail too, and slowly.
const HOPELESS: usize = 3;
/// How often a wait asks whether it is still wanted: a person notices from 100 ms on.
const WANTED_CHECK: Duration = Duration::from_millis(100);
const TRANSCRIBING: &str = "transcribing a window";

/// Transcribes a recording, or the rest of one of which `draft` is written already: `speech` sorted and disjoint, words on the recording's clock.
/// `keep` gets the draft after each window. `check` hears how much is done, several times a second.
///
/// # Errors
/// What `check` or `keep` says; [`ErrorKind::EngineFailed`] when not one window could be transcribed.
pub fn transcribe_all(
    transcriber: &mut dyn Transcriber,
    samples: &(impl Samples + ?Sized),
    speech: &[Span],
    language: &str,
    draft: Draft,
    keep: &mut dyn FnMut(&Draft) -> Result<()>,
    check: &mut dyn FnMut(f32) -> Result<()>,
) -> Result<Transcript> {
    Transcription::begin(transcriber, samples, speech, language, draft).finish(transcriber, keep, check)
}

/// What is under way of [`transcribe_all`], for whoever has something else to do meanwhile.
pub struct Transcription<'a, S: ?Sized> {
    samples: &'a S,
    speech: &'a [Span],
    /// Where somebody near speaks; nothing before that is known.
    near: Vec<Span>,
    windows: Vec<Window>,
    /// Those that came before their turn.
    answers: Vec<Option<Result<Heard>>>,
    /// Windows under way, by their number at the recogniser.
    asked: Vec<(u64, usize)>,
    /// The first window that was not asked for.
    next: usize,
    /// The first window whose answer is not in the draft.
    at: usize,
    failed_running: usize,
    failed: Option<Error>,
    draft: Draft,
}

impl<'a, S: Samples + ?Sized> Transcription<'a, S> {
    /// Asks for the first windows. The rest as for [`transcribe_all`].
    #[must_use]
    pub fn begin(transcriber: &mut dyn Transcriber, samples: &'a S, speech: &'a [Span], language: &str, mut draft: Draft) -> Self {
        let rest = after(speech, draft.until);
        // Of the end of a recording that was written down while it was made, somebody is waiting for the words.
        let is_end = draft.until > Millis::ZERO;
        let windows = if is_end { windows_at_once(samples, &rest, transcriber.room()) } else { windows(samples, &rest) };
        if draft.transcript.language.is_empty() {
            draft.transcript.language = language.to_owned();
        }
        let answers = windows.iter().map(|_| None).collect();
        let mut begun = Self { samples, speech, near: Vec::new(), windows, answers, asked: Vec::new(), next: 0, at: 0, failed_running: 0, failed: None, draft };
        begun.go_on(transcriber, Duration::ZERO);
        begun
    }

    /// What the voices sound like, and where somebody near speaks, is known by now. The former is kept with the words.
    pub fn set_heard(&mut self, heard: &SpeakerEmbeddings) {
        self.draft.speakers = heard.clone();
        self.near = heard.speech();
    }

    /// Takes an answer that has come, or comes within `wait`, and asks for what there is room for.
    pub fn go_on(&mut self, transcriber: &mut dyn Transcriber, wait: Duration) {
        self.ask(transcriber);
        if let Some((id, answer)) = transcriber.next(wait)
            && let Some(place) = self.asked.iter().position(|(asked, _)| *asked == id)
        {
            self.answers[self.asked.swap_remove(place).1] = Some(answer);
            self.ask(transcriber);
        }
    }

    fn ask(&mut self, transcriber: &mut dyn Transcriber) {
        // What the first window with words was found to be in holds for all: guessed anew each time, a short window would be taken for Welsh.
        let is_guessed = self.draft.transcript.language != AUTO;
        while self.next < self.windows.len() && transcriber.room() > 0 && (is_guessed || self.next == self.at) && self.failed_running < HOPELESS {
            self.asked.push((transcriber.submit(self.windows[self.next].sound(self.samples), &self.draft.transcript.language), self.next));
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
        keep: &mut dyn FnMut(&Draft) -> Result<()>,
        check: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Transcript> {
        while self.at < self.windows.len() {
            check(self.at as f32 / self.windows.len() as f32)?;
            let wait = if self.answers[self.at].is_some() { Duration::ZERO } else { WANTED_CHECK };
            self.go_on(transcriber, wait);
            // After too many failures it was not even asked for.
            let given_up = || (self.next <= self.at).then(|| Err(Error::bare(ErrorKind::EngineFailed, TRANSCRIBING)));
            if let Some(answer) = self.answers[self.at].take().or_else(given_up) {
                self.take(answer)?;
                keep(&self.draft)?;
            }
        }
        let nothing = self.draft.transcript.words.is_empty() && !self.windows.is_empty();
        if let Some(err) = self.failed.filter(|_| nothing) {
            return Err(err);
        }
        let mut transcript = self.draft.transcript;
        transcript.words.sort_by_key(|word| word.span);
        let missed = not_understood(&transcript, self.speech, &self.near);
        transcript.untranscribed.extend(missed);
        transcript.untranscribed.sort_by_key(|mark| mark.span);
        Ok(transcript)
    }

    /// The answer whose turn it is goes into the draft.
    fn take(&mut self, answer: Result<Heard>) -> Result<()> {
        let window = &self.windows[self.at];
        match answer {
            Ok(heard) => {
                self.failed_running = 0;
                self.draft.add(window, heard, self.speech);
            }
            Err(err) if err.kind == ErrorKind::EngineFailed => {
                tracing::warn!("a window could not be transcribed: {err}");
                self.draft.fail(window);
                self.failed_running += 1;
                self.failed = Some(err);
            }
            Err(err) => return Err(err),
        }
        self.at += 1;
        Ok(())
    }
}

/// What of the speech is after a moment.
fn after(speech: &[Span], moment: Millis) -> Vec<Span> {
    speech.iter().filter(|span| span.end() > moment).map(|span| Span::new(span.start().max(moment), span.end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conference::{NoWords, Word};

    /// Of two windows the later is answered first.
    #[derive(Default)]
    struct Scripted {
        answers: Vec<Option<Result<Heard>>>,
        asked: Vec<u64>,
        count: u64,
    }

    impl Transcriber for Scripted {
        fn room(&self) -> usize {
            2 - self.asked.len()
        }

        fn submit(&mut self, _: Vec<f32>, _: &str) -> u64 {
            self.asked.push(self.count);
            self.count += 1;
            self.count - 1
        }

        fn next(&mut self, _: Duration) -> Option<(u64, Result<Heard>)> {
            let id = self.asked.pop()?;
            Some((id, self.answers[id as usize].take()?))
        }

        fn forget(&mut self) {}
    }

    fn written(answers: Vec<Result<Heard>>, speech: &[Span]) -> Result<Transcript> {
        let mut scripted = Scripted { answers: answers.into_iter().map(Some).collect(), ..Scripted::default() };
        transcribe_all(&mut scripted, &[0.0; 16_000 * 60], speech, "en", Draft::default(), &mut |_| Ok(()), &mut |_| Ok(()))
    }

    fn engine_failed() -> Result<Heard> {
        Err(Error::bare(ErrorKind::EngineFailed, "test"))
    }

    #[test]
    fn one_failed_window_is_marked_and_the_rest_is_intact() {
        let speech = [Span::new(Millis(0), Millis(20_000)), Span::new(Millis(30_000), Millis(50_000))];
        let heard = Heard { words: vec![Word { text: "Hi.".into(), span: Span::new(Millis(500), Millis(900)), confidence: 0.9 }], language: "en".into() };
        let transcript = written(vec![engine_failed(), Ok(heard)], &speech).unwrap();
        assert_eq!(transcript.words.len(), 1);
        assert!(transcript.words[0].span.start() >= Millis(29_500));
        assert_eq!(transcript.untranscribed[0].reason, NoWords::EngineFailed);
        let all_failed = written(vec![engine_failed(), engine_failed()], &speech);
        assert_eq!(all_failed.unwrap_err().kind, ErrorKind::EngineFailed);
    }
}
