//! A recording is written down: its windows go to the recogniser, several at once, and their words come back in the order of the recording.

use super::draft::Draft;
use super::guards;
use super::speakers::embeddings::SpeakerEmbeddings;
use super::whisper::{Heard, Search, Transcriber};
use super::windows::{AUTO, Window, passages, windows, windows_at_once};
use crate::conference::{Millis, NoWords, Samples, Span, Transcript, Word};
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
    /// Where somebody near speaks; before that is known, where there may be speech.
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
        let near = speech.to_vec();
        if draft.transcript.language.is_empty() {
            draft.transcript.language = language.to_owned();
        }
        let answers = windows.iter().map(|_| None).collect();
        let mut begun = Self { samples, near, windows, answers, asked: Vec::new(), next: 0, at: 0, failed_running: 0, failed: None, draft };
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
            let sound = self.windows[self.next].sound(self.samples);
            self.asked.push((transcriber.submit(sound, &self.draft.transcript.language, Search::Quick), self.next));
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
            check(self.at as f32 / self.windows.len() as f32 * OF_FIRST)?;
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
        if let Some(err) = self.failed.take().filter(|_| nothing) {
            return Err(err);
        }
        let mut transcript = std::mem::take(&mut self.draft.transcript);
        let (words, looped) = guards::standing(&transcript.words, &self.near);
        transcript.untranscribed.extend(looped);
        let missed = guards::unwritten(&words, &transcript.untranscribed, &self.near);
        transcript.words = words;
        if self.failed_running < HOPELESS {
            let found = self.hear_again(transcriber, &missed, &transcript.language, check)?;
            transcript.untranscribed.retain(|mark| mark.reason == NoWords::EngineFailed || !found.iter().any(|word| word.span.overlap(mark.span).is_some()));
            transcript.words.extend(found);
            transcript.words.sort_by_key(|word| word.span.start());
        }
        guards::mark(&mut transcript, &self.near);
        Ok(transcript)
    }

    /// What was missed is heard again, each passage alone with a little around it and as loud as it should be. The words to put in.
    fn hear_again(&self, transcriber: &mut dyn Transcriber, missed: &[Span], language: &str, check: &mut dyn FnMut(f32) -> Result<()>) -> Result<Vec<Word>> {
        let passages = passages(self.samples, missed);
        let mut asked: Vec<(u64, usize)> = Vec::new();
        let (mut next, mut done) = (0, 0);
        let mut found = Vec::new();
        while done < passages.len() {
            check(OF_FIRST + (1.0 - OF_FIRST) * done as f32 / passages.len() as f32)?;
            while next < passages.len() && transcriber.room() > 0 {
                let sound = levelled(passages[next].1.sound(self.samples));
                asked.push((transcriber.submit(sound, language, Search::Thorough), next));
                next += 1;
            }
            if let Some((id, answer)) = transcriber.next(WANTED_CHECK)
                && let Some(place) = asked.iter().position(|(asked, _)| *asked == id)
            {
                let (passage, window) = &passages[asked.swap_remove(place).1];
                done += 1;
                match answer {
                    Ok(heard) => found.extend(guards::put_in(guards::standing(&window.on_the_clock(heard.words), &self.near).0, *passage)),
                    // It stays marked.
                    Err(err) => tracing::warn!("a passage could not be heard again: {err}"),
                }
            }
        }
        Ok(found)
    }

    /// The answer whose turn it is goes into the draft.
    fn take(&mut self, answer: Result<Heard>) -> Result<()> {
        let window = &self.windows[self.at];
        match answer {
            Ok(heard) => {
                self.failed_running = 0;
                self.draft.add(window, heard);
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

/// Of the time for the words, for the first hearing.
const OF_FIRST: f32 = 0.9;
/// Quiet speech is lifted until its louder half is here, -20 dBFS; by no more than 30 dB, or noise would be speech.
const LOUD: f32 = 0.1;
const MOST_LIFT: f32 = 31.6;
/// The level is judged in frames of 20 ms.
const LEVEL_FRAME: usize = 320;

/// The sound as loud as speech near a microphone is. Nothing is made softer.
fn levelled(mut sound: Vec<f32>) -> Vec<f32> {
    let mut levels: Vec<f32> = sound.chunks(LEVEL_FRAME).map(|frame| (frame.iter().map(|x| x * x).sum::<f32>() / frame.len() as f32).sqrt()).collect();
    levels.sort_by(f32::total_cmp);
    let loud = levels.get(levels.len() * 3 / 4).copied().unwrap_or_default();
    let peak = sound.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
    let lift = (LOUD / loud.max(1e-6)).min(1.0 / peak.max(1e-6)).clamp(1.0, MOST_LIFT);
    sound.iter_mut().for_each(|x| *x *= lift);
    sound
}

/// What of the speech is after a moment.
fn after(speech: &[Span], moment: Millis) -> Vec<Span> {
    speech.iter().filter(|span| span.end() > moment).map(|span| Span::new(span.start().max(moment), span.end())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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

        fn submit(&mut self, _: Vec<f32>, _: &str, _: Search) -> u64 {
            self.asked.push(self.count);
            self.count += 1;
            self.count - 1
        }

        fn next(&mut self, _: Duration) -> Option<(u64, Result<Heard>)> {
            let id = self.asked.pop()?;
            // Nothing more is heard of what is asked beyond the script.
            Some((id, self.answers.get_mut(id as usize).and_then(Option::take).unwrap_or_else(|| Ok(Heard::default()))))
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
        let reasons: Vec<NoWords> = transcript.untranscribed.iter().map(|mark| mark.reason).collect();
        assert_eq!(reasons, [NoWords::EngineFailed, NoWords::NotUnderstood], "what is said after the one word has none");
        let all_failed = written(vec![engine_failed(), engine_failed()], &speech);
        assert_eq!(all_failed.unwrap_err().kind, ErrorKind::EngineFailed);
    }

    #[test]
    fn what_was_missed_is_heard_again_alone_and_put_in_or_marked() {
        let speech = [Span::new(Millis(0), Millis(10_000))];
        let word = |text: &str, start: i64, confidence: f32| Word { text: text.into(), span: Span::new(Millis(start), Millis(start + 400)), confidence };
        let heard = |words: Vec<Word>| Ok(Heard { words, language: "en".into() });
        // Of the first hearing the words lie in the first 3 s and in the last; the passage between is heard with a second before it, so that its first word is the third.
        let first = || heard((0..6).map(|n| word("so", n * 500, 0.9)).chain([word("there", 8_600, 0.9), word("now", 9_200, 0.9)]).collect());
        let texts = |transcript: &Transcript| transcript.words.iter().map(|word| word.text.clone()).collect::<Vec<_>>().join(" ");
        let found = written(vec![first(), heard((2..12).map(|n| word(&format!("w{n}"), n * 500, 0.8)).collect())], &speech).unwrap();
        assert!(texts(&found).starts_with("so so so so so so w2 w3") && texts(&found).ends_with("there now"), "{}", texts(&found));
        assert!(found.words.is_sorted_by_key(|word| word.span.start()));
        assert_eq!(found.untranscribed, []);
        // A guess is not put in: the passage is marked.
        let guessed = written(vec![first(), heard((2..12).map(|n| word("and", n * 500, 0.2)).collect())], &speech).unwrap();
        assert!(!texts(&guessed).contains("and"));
        assert_eq!(guessed.untranscribed.iter().map(|mark| mark.reason).collect::<Vec<_>>(), [NoWords::NotUnderstood]);
        assert!(guessed.untranscribed[0].span.start() >= Millis(2_900) && guessed.untranscribed[0].span.end() <= Millis(8_600));
    }

    #[test]
    fn quiet_sound_is_lifted_and_loud_sound_is_as_it_was() {
        let tone = |level: f32| (0..16_000).map(|n| level * (n as f32 * 0.1).sin()).collect::<Vec<f32>>();
        let lifted = levelled(tone(0.005));
        let peak = lifted.iter().fold(0.0_f32, |peak, x| peak.max(x.abs()));
        assert!((0.13..0.16).contains(&peak), "{peak}");
        assert_eq!(levelled(tone(0.5)), tone(0.5));
        assert_eq!(levelled(vec![0.0; 100]), vec![0.0; 100]);
        assert_eq!(levelled(Vec::new()), Vec::<f32>::new());
    }
}
