//! A recording is written down: its windows go to the recogniser, several at once, and their words come back in the order of the recording.

use super::draft::Draft;
use super::guards::{self, HeardAgain};
use super::speakers::embeddings::SpeakerEmbeddings;
use super::spoken::{ENOUGH, Languages, Listened};
use super::whisper::{Heard, Search, Transcriber};
use super::windows::{AUTO, Window, passages, windows, windows_at_once};
use crate::conference::{Millis, NoWords, Samples, Span, Transcript, Untranscribed, union};
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
    Transcription::begin(transcriber, samples, speech, language, draft, Vec::new()).finish(transcriber, keep, check)
}

/// A window that this transcriber was asked for before, while the recording was made.
#[derive(Debug)]
pub struct UnderWay {
    pub(super) id: u64,
    pub(super) window: Window,
    /// It came, but waits for those before it.
    pub(super) answer: Option<Result<Heard>>,
}

impl UnderWay {
    /// Where it ends.
    fn end(&self) -> Millis {
        self.window.span().end()
    }
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
    vote: Vote,
    /// The first window that was not asked for.
    next: usize,
    /// The first window whose answer is not in the draft.
    at: usize,
    failed_running: usize,
    failed: Option<Error>,
    draft: Draft,
}

/// In which language a recording is, of which nothing is known: its first windows are listened to for that alone.
#[derive(Default)]
struct Vote {
    languages: Languages,
    /// Windows under way, by their number at the recogniser.
    asked: Vec<(u64, usize)>,
    /// The first window that was not asked for.
    next: usize,
    /// How much sound those asked for hold.
    length: Millis,
}

impl<'a, S: Samples + ?Sized> Transcription<'a, S> {
    /// Asks for the first windows; those under way are what follows the draft. The rest as for [`transcribe_all`].
    #[must_use]
    pub fn begin(
        transcriber: &mut dyn Transcriber,
        samples: &'a S,
        speech: &'a [Span],
        language: &str,
        mut draft: Draft,
        mut under_way: Vec<UnderWay>,
    ) -> Self {
        let until = draft.until;
        match draft.languages.likeliest().filter(|_| language == AUTO && draft.transcript.language.is_empty()) {
            Some(likeliest) => draft.set_language(likeliest),
            None if language != AUTO && draft.transcript.language.is_empty() => draft.transcript.language = language.to_owned(),
            None => {}
        }
        if draft.until < until {
            under_way.clear();
        }
        let rest = after(speech, under_way.last().map_or(draft.until, UnderWay::end));
        // Of the end of a recording that was written down while it was made, somebody is waiting for the words.
        let is_end = draft.until > Millis::ZERO;
        let last = if is_end { windows_at_once(samples, &rest, transcriber.room()) } else { windows(samples, &rest) };
        let near = speech.to_vec();
        let asked: Vec<(u64, usize)> = under_way.iter().enumerate().filter(|(_, window)| window.answer.is_none()).map(|(at, window)| (window.id, at)).collect();
        let next = under_way.len();
        let (mut windows, mut answers): (Vec<Window>, Vec<_>) = under_way.into_iter().map(|under_way| (under_way.window, under_way.answer)).unzip();
        answers.extend(last.iter().map(|_| None));
        windows.extend(last);
        let mut begun = Self { samples, near, windows, answers, asked, vote: Vote::default(), next, at: 0, failed_running: 0, failed: None, draft };
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
        let Some((id, answer)) = transcriber.next(wait) else { return };
        let place = |asked: &[(u64, usize)]| asked.iter().position(|(asked, _)| *asked == id);
        if let Some(place) = place(&self.asked) {
            self.answers[self.asked.swap_remove(place).1] = Some(answer);
        } else if let Some(place) = place(&self.vote.asked) {
            let window = &self.windows[self.vote.asked.swap_remove(place).1];
            match answer {
                Ok(heard) => {
                    let listened = Listened { span: window.span(), length: window.length(), language: heard.language, spoken: heard.spoken };
                    self.vote.languages.add(listened);
                }
                Err(err) => tracing::warn!("the language of a window could not be guessed: {err}"),
            }
        }
        self.ask(transcriber);
    }

    /// Guessed anew for each window, a short one would be taken for Welsh: what the first minute sounds like holds for all.
    fn ask_for_language(&mut self, transcriber: &mut dyn Transcriber) {
        let vote = &mut self.vote;
        while vote.next < self.windows.len() && vote.length < ENOUGH && transcriber.room() > 0 {
            let window = &self.windows[vote.next];
            vote.asked.push((transcriber.submit(window.sound(self.samples), AUTO, Search::Language), vote.next));
            vote.length = vote.length + window.length();
            vote.next += 1;
        }
        let is_all_asked = vote.next >= self.windows.len() || vote.length >= ENOUGH;
        let all = || (is_all_asked && vote.asked.is_empty()).then(|| vote.languages.likeliest().unwrap_or_else(|| AUTO.to_owned()));
        if let Some(language) = vote.languages.decided().or_else(all) {
            self.draft.transcript.language = language;
        }
    }

    fn ask(&mut self, transcriber: &mut dyn Transcriber) {
        if self.draft.transcript.language.is_empty() {
            self.ask_for_language(transcriber);
        }
        let is_known = !self.draft.transcript.language.is_empty();
        while self.next < self.windows.len() && transcriber.room() > 0 && is_known && self.failed_running < HOPELESS {
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
            let given_up = || (self.next <= self.at && self.failed_running >= HOPELESS).then(|| Err(Error::bare(ErrorKind::EngineFailed, TRANSCRIBING)));
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
        let missed = union(missed.into_iter().chain(guards::thin(&words, &transcript.untranscribed, &self.near)));
        transcript.words = words;
        if self.failed_running < HOPELESS {
            for again in self.hear_again(transcriber, &missed, &transcript.language, check)? {
                transcript.words = guards::put_in(&transcript.words, &again);
            }
            let is_written = |mark: &Untranscribed| transcript.words.iter().any(|word| mark.span.contains(word.span.middle()));
            transcript.untranscribed.retain(|mark| mark.reason == NoWords::EngineFailed || !is_written(mark));
        }
        guards::mark(&mut transcript, &self.near);
        if transcript.language == AUTO {
            transcript.language = self.draft.languages.likeliest().unwrap_or(transcript.language);
        }
        let others = self.draft.languages.others(&transcript.language);
        transcript.untranscribed.extend(others.into_iter().map(|span| Untranscribed { span, reason: NoWords::OtherLanguage }));
        transcript.untranscribed.sort_by_key(|mark| mark.span);
        Ok(transcript)
    }

    /// What was missed is heard again, with what is said around it and all of it equally loud: the passages, what was heard with them, and the words, in
    /// order.
    fn hear_again(
        &self,
        transcriber: &mut dyn Transcriber,
        missed: &[Span],
        language: &str,
        check: &mut dyn FnMut(f32) -> Result<()>,
    ) -> Result<Vec<HeardAgain>> {
        let passages = passages(self.samples, &self.near, missed);
        let mut asked: Vec<(u64, usize)> = Vec::new();
        let (mut next, mut done) = (0, 0);
        let mut found = Vec::new();
        while done < passages.len() {
            check(OF_FIRST + (1.0 - OF_FIRST) * done as f32 / passages.len() as f32)?;
            while next < passages.len() && transcriber.room() > 0 {
                let (_, window) = &passages[next];
                let sound = levelled(window.sound(self.samples));
                let language = self.draft.languages.at(window.span().middle()).unwrap_or(language);
                asked.push((transcriber.submit(sound, language, Search::Thorough), next));
                next += 1;
            }
            if let Some((id, answer)) = transcriber.next(WANTED_CHECK)
                && let Some(place) = asked.iter().position(|(asked, _)| *asked == id)
            {
                let (passages, window) = &passages[asked.swap_remove(place).1];
                done += 1;
                match answer {
                    Ok(heard) => {
                        let words = guards::standing(&window.on_the_clock(heard.words), &self.near).0;
                        found.push(HeardAgain { passages: passages.clone(), around: window.span(), words });
                    }
                    // It stays marked.
                    Err(err) => tracing::warn!("a passage could not be heard again: {err}"),
                }
            }
        }
        found.sort_by_key(|again: &HeardAgain| again.around);
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
    use super::super::spoken::Spoken;
    use super::*;
    use crate::conference::Word;

    /// Of two windows the later is answered first; each is in the language that is scripted for it.
    #[derive(Default)]
    struct Scripted {
        answers: Vec<Option<Result<Heard>>>,
        /// What windows sound like, one after another, to who asks for that alone.
        spoken: Vec<Spoken>,
        asked: Vec<(u64, Search, String)>,
        /// All that was asked, in which language.
        log: Vec<(Search, String)>,
        count: u64,
    }

    impl Transcriber for Scripted {
        fn room(&self) -> usize {
            2 - self.asked.len()
        }

        fn submit(&mut self, _: Vec<f32>, language: &str, search: Search) -> u64 {
            self.log.push((search, language.to_owned()));
            self.asked.push((self.count, search, language.to_owned()));
            self.count += 1;
            self.count - 1
        }

        fn next(&mut self, _: Duration) -> Option<(u64, Result<Heard>)> {
            let (id, search, language) = self.asked.pop()?;
            if search == Search::Language {
                let spoken = self.spoken.remove(0);
                return Some((id, Ok(Heard { language: spoken.language.clone(), spoken: Some(spoken), words: Vec::new() })));
            }
            // Nothing more is heard of what is asked beyond the script.
            let nothing = || Ok(Heard { language, ..Heard::default() });
            Some((id, self.answers.get_mut(id as usize).and_then(Option::take).unwrap_or_else(nothing)))
        }
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
        let heard =
            Heard { words: vec![Word { text: "Hi.".into(), span: Span::new(Millis(500), Millis(900)), confidence: 0.9 }], language: "en".into(), spoken: None };
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
        let heard = |words: Vec<Word>| Ok(Heard { words, language: "en".into(), spoken: None });
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

    fn spoken(language: &str, probability: f32) -> Spoken {
        Spoken { language: language.into(), probability, against: (1.0 - probability) / 2.0 }
    }

    #[test]
    fn the_first_minute_says_which_language_it_is_and_all_is_written_in_it() {
        let speech: Vec<Span> = (0..4).map(|n| Span::from_secs(f64::from(n) * 29.0, f64::from(n) * 29.0 + 27.0)).collect();
        // Two windows are asked for at once, and the later answers first: babble at the beginning sounds like Welsh.
        let mut scripted = Scripted { spoken: vec![spoken("en", 0.9), spoken("cy", 0.4), spoken("en", 0.95)], ..Scripted::default() };
        let sound = vec![0.0; 16_000 * 120];
        let written = transcribe_all(&mut scripted, &sound, &speech, AUTO, Draft::default(), &mut |_| Ok(()), &mut |_| Ok(())).unwrap();
        assert_eq!(written.language, "en");
        assert_eq!(scripted.log.iter().filter(|(search, _)| *search == Search::Language).count(), 3, "a minute of it");
        assert!(scripted.log.iter().all(|(search, language)| *language == if *search == Search::Language { AUTO } else { "en" }), "{:?}", scripted.log);
    }

    #[test]
    fn what_is_spoken_in_another_language_stays_in_it_and_is_marked() {
        let speech = [Span::from_secs(0.0, 27.0), Span::from_secs(29.0, 56.0)];
        let heard = |language: &str, probability| {
            let words = (0..50).map(|n| Word { text: "hola".into(), span: Span::new(Millis(n * 500 + 300), Millis(n * 500 + 700)), confidence: 0.9 }).collect();
            Ok(Heard { words, language: language.into(), spoken: Some(spoken(language, probability)) })
        };
        let written = written(vec![heard("en", 0.97), heard("es", 0.97)], &speech).unwrap();
        assert_eq!((written.language.as_str(), written.words.len()), ("en", 100));
        let marks: Vec<Span> = written.untranscribed.iter().filter(|mark| mark.reason == NoWords::OtherLanguage).map(|mark| mark.span).collect();
        assert_eq!(marks.len(), 1);
        assert!(marks[0].start() > Millis(28_000) && marks[0].end() >= Millis(56_000), "{marks:?}");
    }

    #[test]
    fn what_was_under_way_when_the_recording_ended_is_not_asked_for_again() {
        let speech = [Span::from_secs(0.0, 20.0), Span::from_secs(22.0, 42.0), Span::from_secs(44.0, 64.0)];
        let sound = vec![0.0; 16_000 * 70];
        let all = windows(&sound[..], &speech);
        let said = |text: &str| Heard {
            words: vec![Word { text: text.into(), span: Span::from_secs(1.0, 1.5), confidence: 0.9 }],
            language: "en".into(),
            spoken: None,
        };
        // The second of two was answered already; the first is being worked on.
        let mut scripted = Scripted { answers: vec![Some(Ok(said("first"))), None, Some(Ok(said("last")))], ..Scripted::default() };
        let id = scripted.submit(Vec::new(), "en", Search::Quick);
        scripted.count += 1;
        let under_way =
            vec![UnderWay { id, window: all[0].clone(), answer: None }, UnderWay { id: 1, window: all[1].clone(), answer: Some(Ok(said("second"))) }];
        let begun = Transcription::begin(&mut scripted, &sound[..], &speech, "en", Draft::default(), under_way);
        let written = begun.finish(&mut scripted, &mut |_| Ok(()), &mut |_| Ok(())).unwrap();
        assert_eq!(written.words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), ["first", "second", "last"]);
        let quick = scripted.log.iter().filter(|(search, _)| *search == Search::Quick).count();
        assert_eq!((quick, all.len()), (2, 3), "each window once");
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
