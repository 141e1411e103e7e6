//! The recogniser: the only file that names whisper_rs. It runs in the child process (`engine`), never in the program that records.

use super::model_file::check_model;
use crate::conference::{Millis, Span, Word};
use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;
use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState};

/// What was heard in one window.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Heard {
    /// Times from the start of the window.
    pub words: Vec<Word>,
    /// Language code.
    pub language: String,
}

/// Turns a window of sound into words.
pub trait Transcriber {
    /// `window`: 16 kHz mono, at most 30 s. `language`: a code such as `en`, or `auto`.
    ///
    /// # Errors
    /// [`ErrorKind::EngineFailed`] when this window could not be transcribed; the next may.
    fn transcribe(&mut self, window: &[f32], language: &str) -> Result<Heard>;
}

/// A loaded Whisper model.
pub struct Whisper {
    state: WhisperState,
    /// English-only models know no other language.
    is_multilingual: bool,
    threads: usize,
    /// Token ids from here on are time stamps and other marks, not text.
    first_special: i32,
}

impl Whisper {
    /// Loads a model, after looking whether the file is whole.
    ///
    /// # Errors
    /// [`ErrorKind::NotAModel`], [`ErrorKind::ModelDamaged`], [`ErrorKind::FileUnreadable`].
    pub fn load(path: &Path, threads: usize) -> Result<Self> {
        let doing = "loading a speech model";
        check_model(path)?;
        whisper_rs::install_logging_hooks();
        // From a buffer: whisper.cpp's own reading of paths breaks on some names that are not ASCII.
        let bytes = std::fs::read(path).map_err(|err| Error::reading(doing, err))?;
        let damaged = |err: whisper_rs::WhisperError| Error::new(ErrorKind::ModelDamaged, doing, err.to_string());
        let mut options = WhisperContextParameters::default();
        options.flash_attn(true);
        let context = WhisperContext::new_from_buffer_with_params(&bytes, options).map_err(damaged)?;
        let state = context.create_state().map_err(damaged)?;
        Ok(Self { is_multilingual: context.is_multilingual(), first_special: context.token_eot(), state, threads })
    }
}

impl Transcriber for Whisper {
    fn transcribe(&mut self, window: &[f32], language: &str) -> Result<Heard> {
        let failed = |err: whisper_rs::WhisperError| Error::new(ErrorKind::EngineFailed, "transcribing a window", err.to_string());
        // Greedy, falling back to sampling: as many words right on the samples as a beam of five, at half the time.
        let mut params = FullParams::new(SamplingStrategy::Greedy { best_of: 2 });
        params.set_n_threads(self.threads as i32);
        params.set_language(Some(if self.is_multilingual { language } else { "en" }));
        // No memory between windows or inside one: a mistake must not breed the next. Time stamps stay on: without them whole passages are lost.
        params.set_no_context(true);
        params.set_n_max_text_ctx(0);
        params.set_token_timestamps(true);
        params.set_suppress_blank(true);
        params.set_suppress_nst(true);
        params.set_temperature_inc(0.2);
        params.set_entropy_thold(2.4);
        params.set_logprob_thold(-1.0);
        params.set_no_speech_thold(0.6);
        params.set_print_progress(false);
        params.set_print_realtime(false);
        params.set_print_special(false);
        params.set_print_timestamps(false);
        self.state.full(params, window).map_err(failed)?;
        let mut words = Vec::new();
        for segment in self.state.as_iter() {
            collect_words(&segment, self.first_special, &mut words);
        }
        let language = whisper_rs::get_lang_str(self.state.full_lang_id_from_state()).unwrap_or(language).to_owned();
        Ok(Heard { words, language })
    }
}

/// Tokens become words at their leading spaces; punctuation stays with the word before it.
fn collect_words(segment: &whisper_rs::WhisperSegment<'_>, first_special: i32, words: &mut Vec<Word>) {
    let mut open: Option<Pending> = None;
    for token in (0..segment.n_tokens()).filter_map(|index| segment.get_token(index)) {
        if token.token_id() >= first_special {
            continue;
        }
        let Ok(bytes) = token.to_bytes() else { continue };
        let data = token.token_data();
        let begins = bytes.first() == Some(&b' ') || open.is_none();
        if begins {
            words.extend(open.take().and_then(Pending::finish));
        }
        let word = open.get_or_insert_with(|| Pending { bytes: Vec::new(), start: data.t0, end: data.t1, sure: 0.0, letters: 0 });
        word.bytes.extend_from_slice(bytes);
        // Punctuation says little about whether the word is right.
        if bytes.iter().any(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80) {
            word.sure += token.token_probability();
            word.letters += 1;
            word.end = word.end.max(data.t1);
        }
    }
    words.extend(open.and_then(Pending::finish));
}

/// A word being put together from tokens; bytes, because a letter may be cut between tokens.
struct Pending {
    bytes: Vec<u8>,
    /// In hundredths of a second.
    start: i64,
    end: i64,
    sure: f32,
    letters: u32,
}

impl Pending {
    fn finish(self) -> Option<Word> {
        let text = String::from_utf8_lossy(&self.bytes).trim().to_owned();
        let span = Span::new(Millis(self.start * 10), Millis(self.end.max(self.start) * 10));
        let confidence = if self.letters > 0 { (self.sure / self.letters as f32).clamp(0.0, 1.0) } else { 0.0 };
        text.chars().any(char::is_alphanumeric).then_some(Word { text, span, confidence })
    }
}
