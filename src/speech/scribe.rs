//! Writes a recording down while it is being made.
//!
//! What is being said belongs to a window that grows. At pauses it is worked through as far as it goes, for the screen; once what is said next
//! does not fit any more, its words are final and the next one begins. So the words are those of long windows, which are the best, and at the end
//! only the last breath is left.

use super::draft::Draft;
use super::guards;
use super::speakers::embeddings::{SpeakerEmbeddings, SpeakerListener};
use super::transcription::UnderWay;
use super::vad::SpeechFinder;
use super::whisper::{Heard, Search, Transcriber};
use super::windows::{AUTO, LONGEST, SHORTEST_CUT, Window, next_window, quietest};
use crate::conference::{Millis, Span, Transcript, Word, union};
use crate::error::{ErrorKind, Result};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A breath: for a window that grows, what is said goes on elsewhere.
const BREATH: Millis = Millis(300);
/// A window that grows is worked through again after this much more speech, or at a long pause after less.
const FRESH: Millis = Millis(4_000);
const LONG_PAUSE: Millis = Millis(1_500);
/// Of the time no more than a third is spent on windows that still grow.
const REST: u32 = 2;
/// A window is held up when it takes longer than this share of the time that it lasts; a school laptop that does nothing else needs 0.1 to 0.2.
const HELD_UP: f64 = 0.5;
/// Sound kept before the first stretch that is not written down.
const BEFORE: Millis = Millis(1_000);
const RATE: u32 = 16_000;

/// Hears a recording as it grows, and writes it down.
pub struct Scribe {
    finder: SpeechFinder,
    speakers: SpeakerListener,
    /// The sound that is still needed, from sample `from` of the recording on.
    sound: Vec<f32>,
    from: usize,
    /// The sample up to which speech was looked for: how much later ones are lifted is not known yet.
    looked: usize,
    /// Where there is speech, and how many of these stretches are written down for good.
    speech: Vec<Span>,
    done: usize,
    /// Speech before this was cut off a stretch that went on without a pause.
    cut: Millis,
    draft: Draft,
    grown: Option<Grown>,
    /// Windows that are under way, in order; several only when they are final.
    asked: VecDeque<Asked>,
    /// When the last window that still grows was answered, and how long it took.
    answered: Option<(Instant, Duration)>,
    is_held_up: bool,
}

/// The window that grows, as far as it has words.
struct Grown {
    /// The stretches it holds end here.
    end: usize,
    window: Window,
    heard: Heard,
}

struct Asked {
    id: u64,
    since: Instant,
    window: Window,
    end: usize,
    is_final: bool,
    /// Waits for those before it.
    answer: Option<Result<Heard>>,
}

impl Asked {
    fn is_held_up(&self) -> bool {
        self.since.elapsed().as_secs_f64() > self.window.length().secs() * HELD_UP
    }
}

/// All that was heard of a recording while it was made.
#[derive(Debug, Default)]
pub struct Written {
    /// Words and voices.
    pub draft: Draft,
    /// Where there is speech, for the recogniser.
    pub speech: Vec<Span>,
    /// Windows after the draft that the transcriber is still at.
    pub under_way: Vec<UnderWay>,
    /// How many samples of 16 kHz this is about.
    pub samples: usize,
    /// Whether other programs kept the last window waiting.
    pub is_held_up: bool,
}

impl Scribe {
    /// Nothing heard yet. `language`: a code such as `en`, or `auto`; `model`: the catalogue name of what will write.
    ///
    /// # Errors
    /// Only through a mistake in the build.
    pub fn new(language: &str, model: &str) -> Result<Self> {
        let language = if language == AUTO { String::new() } else { language.to_owned() };
        let transcript = Transcript { model: model.to_owned(), language, ..Transcript::default() };
        Ok(Self {
            finder: SpeechFinder::new(),
            speakers: SpeakerListener::new()?,
            sound: Vec::new(),
            from: 0,
            looked: 0,
            speech: Vec::new(),
            done: 0,
            cut: Millis::ZERO,
            draft: Draft { transcript, ..Draft::default() },
            grown: None,
            asked: VecDeque::new(),
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
    /// What the recogniser says, but for a window it could not do: then that is marked.
    pub fn turn(&mut self, transcriber: &mut dyn Transcriber, wait: Duration) -> Result<bool> {
        if let Some((id, answer)) = transcriber.next(wait)
            && let Some(asked) = self.asked.iter_mut().find(|asked| asked.id == id)
        {
            asked.answer = Some(answer);
            let took = asked.since.elapsed();
            tracing::debug!("they took {:.2} s", took.as_secs_f64());
            if !asked.is_final {
                self.answered = Some((Instant::now(), took));
            }
            self.is_held_up = asked.is_held_up();
        }
        let mut has_words = false;
        while let Some(answer) = self.asked.front_mut().and_then(|asked| asked.answer.take())
            && let Some(asked) = self.asked.pop_front()
        {
            has_words |= self.take(asked, answer)?;
        }
        while transcriber.room() > 0
            && let Some((window, end, is_final)) = self.settle_full().ready()
        {
            let (from, to, when) = (window.span().start().secs(), window.span().end().secs(), if is_final { ", for good" } else { "" });
            tracing::debug!("at {} s the words of {from} to {to} s are asked for{when}", self.now().secs());
            let language = if self.is_language_known() { &self.draft.transcript.language } else { AUTO };
            let id = transcriber.submit(self.sound_of(&window), language, Search::Quick);
            self.asked.push_back(Asked { id, since: Instant::now(), window, end, is_final, answer: None });
        }
        Ok(has_words)
    }

    fn sound_of(&self, window: &Window) -> Vec<f32> {
        let (from, to) = (window.span().start().samples(RATE), window.span().end().samples(RATE).min(self.looked));
        window.sound_from(&self.lifted(from, to), from)
    }

    fn take(&mut self, asked: Asked, answer: Result<Heard>) -> Result<bool> {
        match answer {
            Ok(heard) => {
                self.grown = Some(Grown { end: asked.end, window: asked.window, heard });
                if asked.is_final {
                    self.settle();
                }
                Ok(true)
            }
            // It is tried again with the rest, when the recording has ended.
            Err(err) if err.kind == ErrorKind::EngineFailed && !asked.is_final => Ok(false),
            Err(err) if err.kind == ErrorKind::EngineFailed => {
                self.draft.fail(&asked.window);
                (self.done, self.grown) = (asked.end, None);
                Ok(true)
            }
            Err(err) => Err(err),
        }
    }

    /// The words of the window that grew are final.
    fn settle(&mut self) {
        if let Some(grown) = self.grown.take() {
            self.draft.add(&grown.window, grown.heard);
            self.done = grown.end;
            if !self.is_language_known() {
                self.draft.transcript.language = self.draft.languages.decided().unwrap_or_default();
            }
        }
    }

    fn is_language_known(&self) -> bool {
        !self.draft.transcript.language.is_empty()
    }

    /// What has grown until nothing more fits needs no second time.
    fn settle_full(&mut self) -> &Self {
        let grown = self.grown.as_ref().map(|grown| grown.end);
        if self.asked.is_empty() && grown.is_some() && self.next().is_some_and(|(_, end, is_full)| is_full && grown == Some(end)) {
            self.settle();
        }
        self
    }

    /// The window after all that are under way, where its stretches end, and whether more would not fit.
    fn next(&self) -> Option<(Window, usize, bool)> {
        let first = self.asked.back().map_or(self.done, |asked| asked.end);
        let spans = self.speech.get(first..).filter(|spans| !spans.is_empty())?;
        let before = first.checked_sub(1).map(|last| self.speech[last].end());
        let (window, count, is_full) = next_window(spans, before, self.now(), LONGEST);
        Some((window, first + count, is_full))
    }

    /// The window to be worked through now, where its stretches end, and whether it is the last time.
    fn ready(&self) -> Option<(Window, usize, bool)> {
        // One that still grows is waited for, and those in a language that is not known yet.
        if !self.asked.iter().all(|asked| asked.is_final && self.is_language_known()) {
            return None;
        }
        let (window, end, is_full) = self.next()?;
        if is_full {
            return Some((window, end, true));
        }
        if !self.asked.is_empty() {
            return None;
        }
        let pause = self.now() - self.speech.last()?.end();
        if self.finder.open_since().is_some() || pause < BREATH {
            return None;
        }
        let seen = self.grown.as_ref().map_or(self.done, |grown| grown.end);
        let fresh: Millis = self.speech[seen..end].iter().map(|span| span.length()).sum();
        let is_rested = self.answered.is_none_or(|(at, took)| at.elapsed() >= took * REST);
        let is_worth_it = fresh >= FRESH || (fresh > Millis::ZERO && pause >= LONG_PAUSE);
        (seen < end && is_worth_it && is_rested).then_some((window, end, false))
    }

    /// How much of what was said has no words yet: from there to the end of what was said.
    #[must_use]
    pub fn behind(&self) -> Millis {
        let seen = self.grown.as_ref().map_or(self.done, |grown| grown.end);
        let end = if self.finder.open_since().is_some() { Some(self.now()) } else { self.speech.last().map(|span| span.end()) };
        let begins = self.speech.get(seen).map(|span| span.start()).or(self.finder.open_since());
        begins.zip(end).map_or(Millis::ZERO, |(begins, end)| (end - begins).max(Millis::ZERO))
    }

    /// The words so far; the last ones may still change.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn words(&self) -> Result<Vec<Word>> {
        let mut draft = Draft { transcript: self.draft.transcript.clone(), ..Draft::default() };
        if let Some(grown) = &self.grown {
            draft.add(&grown.window, grown.heard.clone());
        }
        // Where it is not known yet whether somebody near speaks, what may be speech is taken for it.
        let (near, until) = self.speakers.near_so_far()?;
        let not_known = self.speech.iter().filter(|span| span.end() > until).map(|span| Span::new(span.start().max(until), span.end()));
        Ok(guards::standing(&draft.transcript.words, &union(near.into_iter().chain(not_known))).0)
    }

    /// What is written down for good.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn draft(&self) -> Result<Draft> {
        Ok(Draft { speakers: self.speakers.certain()?, ..self.draft.clone() })
    }

    /// Everything before this is written down for good.
    #[must_use]
    pub fn draft_until(&self) -> Millis {
        self.draft.until
    }

    /// What was heard of the voices so far.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn speakers(&self) -> Result<SpeakerEmbeddings> {
        self.speakers.so_far()
    }

    /// The recording has ended: what is not written down is left to whoever goes on with it.
    ///
    /// # Errors
    /// Only through a mistake in the program.
    pub fn end(mut self) -> Result<Written> {
        let samples = self.from + self.sound.len();
        self.speakers.finish()?;
        self.look(samples);
        let mut found = Vec::new();
        std::mem::take(&mut self.finder).finish(&mut found);
        self.add_speech(found);
        tracing::debug!("{} s were left when the recording ended", self.behind().secs());
        let is_held_up = self.is_held_up || self.asked.iter().any(|asked| asked.answer.is_none() && asked.is_held_up());
        // What is under way holds what had grown before, and more.
        if self.asked.is_empty() {
            self.settle();
        }
        let mut draft = self.draft()?;
        let until = draft.until;
        if self.is_language_known() {
            draft.set_language(draft.transcript.language.clone());
        }
        // After a gap they would be of no use.
        let under_way = self.asked.into_iter().filter(|_| draft.until == until);
        let under_way = under_way.map(|asked| UnderWay { id: asked.id, window: asked.window, answer: asked.answer }).collect();
        Ok(Written { draft, under_way, samples, speech: self.speech, is_held_up })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hears a word each half second, and says nothing of a window for as many turns as it is slow. Of two that are done the later is answered first.
    struct Clockwork {
        workers: usize,
        slow: u32,
        asked: u64,
        /// Number, samples, and turns left.
        under_way: Vec<(u64, usize, u32)>,
    }

    impl Transcriber for Clockwork {
        fn room(&self) -> usize {
            self.workers - self.under_way.len()
        }

        fn submit(&mut self, window: Vec<f32>, _: &str, _: Search) -> u64 {
            self.asked += 1;
            self.under_way.push((self.asked, window.len(), self.slow));
            self.asked
        }

        fn next(&mut self, _: Duration) -> Option<(u64, Result<Heard>)> {
            let done = self.under_way.iter().rposition(|(.., left)| *left == 0);
            self.under_way.iter_mut().for_each(|(.., left)| *left = left.saturating_sub(1));
            let (id, length, _) = self.under_way.remove(done?);
            let word = |n: usize| Word { text: format!("w{n}"), span: Span::new(Millis(n as i64 * 500), Millis(n as i64 * 500 + 400)), confidence: 0.9 };
            Some((id, Ok(Heard { words: (0..length / 8_000).map(word).collect(), language: "en".into(), spoken: None })))
        }
    }

    fn written(workers: usize, slow: u32, secs: usize) -> (Written, Vec<Millis>, Clockwork) {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/maya.flac");
        let sound = crate::audio::decode_file(&path, &mut |_| Ok(())).unwrap().samples;
        let mut scribe = Scribe::new("en", "clockwork").unwrap();
        let mut clockwork = Clockwork { workers, slow, asked: 0, under_way: Vec::new() };
        let mut behind = Vec::new();
        for second in sound[..secs * RATE as usize].chunks(RATE as usize) {
            scribe.push(second).unwrap();
            scribe.turn(&mut clockwork, Duration::ZERO).unwrap();
            behind.push(scribe.behind());
        }
        (scribe.end().unwrap(), behind, clockwork)
    }

    #[test]
    fn what_is_written_is_written_once_and_the_rest_is_left_for_the_end() {
        let mut all_left = Vec::new();
        for (workers, slow) in [(1, 0), (1, 3), (1, 40), (2, 40)] {
            let (written, behind, clockwork) = written(workers, slow, 150);
            let draft = &written.draft;
            assert!(draft.transcript.words.windows(2).all(|pair| pair[0].span.start() <= pair[1].span.start()), "in order, nothing twice");
            assert!(draft.transcript.words.iter().all(|word| word.span.start() < draft.until));
            let under_way: Vec<Span> = written.under_way.iter().map(|under_way| under_way.window.span()).collect();
            assert!(under_way.iter().try_fold(draft.until, |until, span| (span.start() >= until).then_some(span.end())).is_some(), "one after another");
            assert_eq!(written.under_way.iter().filter(|window| window.answer.is_none()).count(), clockwork.under_way.len(), "nothing is thrown away");
            let until = under_way.last().map_or(draft.until, |span| span.end());
            let left: Millis = written.speech.iter().filter(|span| span.start() >= until).map(|span| span.length()).sum();
            let spoken: Millis = written.speech.iter().map(|span| span.length()).sum();
            let worst = behind.iter().max().unwrap().secs();
            println!("{workers} slow by {slow}: {} windows, {:.0} s behind at most, {:.1} of {:.1} s left", clockwork.asked, worst, left.secs(), spoken.secs());
            assert!(spoken > Millis(60_000) && (slow > 3 || left < Millis(20_000)), "{left} of {spoken}");
            assert_eq!(written.samples, 150 * RATE as usize);
            all_left.push(left);
        }
        assert!(all_left[3] < all_left[2], "windows that are behind are worked through side by side: {all_left:?}");
    }

    #[test]
    fn what_is_heard_as_it_arrives_is_what_is_heard_afterwards() {
        let (written, ..) = written(1, 0, 100);
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/samples/maya.flac");
        let sound = crate::audio::decode_file(&path, &mut |_| Ok(())).unwrap().samples;
        let sound = &sound[..100 * RATE as usize];
        let known = written.draft.speakers.clone();
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
