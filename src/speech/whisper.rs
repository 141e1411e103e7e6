//! The recogniser: the only file that names whisper_rs. It runs in the child process (`engine`), never in the program that records.

use super::chunks::{AUTO, SHORTEST_CUT};
use super::languages::LanguageGuess;
use super::model_file::check_model;
use super::word_filter::has_loop;
use crate::conference::{Millis, Span, Word, may_part, needs_space};
use crate::error::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::Duration;
use whisper_rs::{FullParams, SamplingStrategy, WhisperContext, WhisperContextParameters, WhisperState};

/// The words of one chunk.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ChunkTranscript {
    /// Times from the start of the chunk.
    pub words: Vec<Word>,
    /// Code of the language in which they are written.
    pub language: String,
    /// What the chunk sounds like; none where the model knows one language only.
    pub spoken: Option<LanguageGuess>,
}

/// How widely the words of a chunk are sought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// The likeliest word after each word, and again with a beam where that is not sure: of real children it never is. A beam for all of the four
    /// samples took twice the time and had 5 more wrong words of 2,123.
    Quick,
    /// A beam of five at once, for what was missed before.
    Thorough,
    /// No words, only which language is spoken.
    Language,
}

/// Turns chunks of sound into words, several at once.
pub trait Transcriber {
    /// How many chunks more it takes right now.
    fn room(&self) -> usize;

    /// Hands over a chunk: 16 kHz mono, at most 30 s; a language code such as `en`, or `auto`. Returns its number at once; the answer comes from
    /// [`Transcriber::next`].
    fn submit(&mut self, chunk: Vec<f32>, language: &str, search: Search) -> u64;

    /// The next answer, with the number of its chunk; none when nothing is under way, or nothing came within `wait`. An answer may be
    /// [`ErrorKind::EngineFailed`]: this chunk could not be transcribed, the next may.
    fn next(&mut self, wait: Duration) -> Option<(u64, Result<ChunkTranscript>)>;
}

/// A loaded Whisper model.
pub(super) struct Model {
    context: WhisperContext,
    /// English-only models know no other language.
    is_multilingual: bool,
    /// Token ids from here on are time stamps and other marks, not text.
    first_special: i32,
}

impl Model {
    /// Loads a model, after looking whether the file is whole.
    ///
    /// # Errors
    /// [`ErrorKind::NotAModel`], [`ErrorKind::ModelDamaged`], [`ErrorKind::FileUnreadable`].
    pub fn load(path: &Path) -> Result<Self> {
        check_model(path)?;
        whisper_rs::install_logging_hooks();
        // From a buffer: whisper.cpp's own reading of paths breaks on some names that are not ASCII.
        let bytes = std::fs::read(path).map_err(|err| Error::reading(LOADING, err))?;
        // Flash attention off: with the faster matrix kernels it takes a third longer, for the same words.
        let context = WhisperContext::new_from_buffer_with_params(&bytes, WhisperContextParameters::default()).map_err(|err| damaged(&err))?;
        Ok(Self { is_multilingual: context.is_multilingual(), first_special: context.token_eot(), context })
    }

    /// Every token of the chunk: its bytes, times and probability; and where segments begin.
    fn tokens(&self, state: &WhisperState) -> Vec<Token> {
        let mut tokens = Vec::new();
        for segment in state.as_iter() {
            let mut opens_segment = true;
            for index in 0..segment.n_tokens() {
                let Some(token) = segment.get_token(index) else { continue };
                let about = token.token_data();
                // Marks for time and language stand above the end of text.
                let (true, Ok(bytes)) = (about.id < self.first_special, token.to_bytes()) else { continue };
                let span = Span::new(Millis(about.t0 * 10), Millis(about.t1 * 10));
                tokens.push(Token { bytes: bytes.to_vec(), span, probability: about.p, opens_segment });
                opens_segment = false;
            }
        }
        tokens
    }

    fn decode(&self, sound: &[f32], language: &str, search: SamplingStrategy, sampling: f32) -> Result<ChunkTranscript> {
        let failed = |err: whisper_rs::WhisperError| Error::new(ErrorKind::EngineFailed, TRANSCRIBING, err.to_string());
        // A state of its own: what is left to chance does not hang on what was heard before, and between chunks its memory is free.
        let mut state = self.context.create_state().map_err(failed)?;
        let mut params = FullParams::new(search);
        // One thread: more would spin while they wait for one another. Several chunks at once use several cores.
        params.set_n_threads(1);
        params.set_audio_ctx(context_for(sound.len()));
        params.set_language(Some(language));
        // No memory between chunks or inside one: a mistake must not breed the next. Time stamps stay on: without them whole passages are lost.
        params.set_no_context(true);
        params.set_n_max_text_ctx(0);
        params.set_token_timestamps(true);
        params.set_suppress_blank(true);
        params.set_suppress_nst(true);
        params.set_temperature_inc(sampling);
        params.set_entropy_thold(2.4);
        params.set_logprob_thold(-1.0);
        params.set_no_speech_thold(0.6);
        params.set_print_progress(false);
        params.set_print_realtime(false);
        params.set_print_special(false);
        params.set_print_timestamps(false);
        state.full(params, sound).map_err(failed)?;
        let language = whisper_rs::get_lang_str(state.full_lang_id_from_state()).unwrap_or(language).to_owned();
        let mut transcript = ChunkTranscript { words: words_of(&self.tokens(&state)), language, spoken: None };
        transcript.spoken = self.spoken(&mut state, &transcript);
        Ok(transcript)
    }

    /// What a chunk sounds like to the state that has worked through it. Whether it is the language of its words costs one step of the decoder, on the
    /// part that was worked through last; only where it is not, or the words are unsure, is the chunk worked through for it once more.
    fn spoken(&self, state: &mut WhisperState, transcript: &ChunkTranscript) -> Option<LanguageGuess> {
        if !self.is_multilingual {
            return None;
        }
        let expected = transcript.language.as_str();
        state.decode(&[self.context.token_sot()], 0, 1).ok()?;
        let logits = state.get_logits().ok()?;
        let each: Vec<f32> = (0..=whisper_rs::get_lang_max_id()).filter_map(|id| logits.get(self.context.token_lang(id) as usize).copied()).collect();
        let most = each.iter().copied().fold(f32::MIN, f32::max);
        let sum: f32 = each.iter().map(|logit| (logit - most).exp()).sum();
        let quick = likeliest(&each.iter().map(|logit| (logit - most).exp() / sum).collect::<Vec<f32>>(), Some(expected))?;
        if quick.language == expected && sureness(transcript) >= SURE { Some(quick) } else { likeliest(&state.lang_detect(0, 1).ok()?.1, Some(expected)) }
    }

    /// Which language a chunk is in. No words.
    fn language_of(&self, sound: &[f32]) -> Result<ChunkTranscript> {
        let failed = |err: whisper_rs::WhisperError| Error::new(ErrorKind::EngineFailed, TRANSCRIBING, err.to_string());
        let mut state = self.context.create_state().map_err(failed)?;
        state.pcm_to_mel(sound, 1).map_err(failed)?;
        let spoken = likeliest(&state.lang_detect(0, 1).map_err(failed)?.1, None);
        Ok(ChunkTranscript { language: spoken.as_ref().map(|spoken| spoken.language.clone()).unwrap_or_default(), spoken, words: Vec::new() })
    }

    /// The words of a chunk. Cannot be stopped but by ending the process.
    ///
    /// Where another language than the one asked for is spoken beyond doubt, the words are that language's: in the wrong one the recogniser does not say
    /// that it cannot, but makes up a translation, and is sure of it.
    ///
    /// # Errors
    /// [`ErrorKind::BadRequest`], [`ErrorKind::EngineFailed`].
    pub fn transcribe(&self, chunk: &[f32], language: &str, search: Search) -> Result<ChunkTranscript> {
        let language = if self.is_multilingual { language } else { "en" };
        if language != AUTO && whisper_rs::get_lang_id(language).is_none() {
            return Err(Error::new(ErrorKind::BadRequest, TRANSCRIBING, "a language Whisper does not know"));
        }
        let mut sound: Vec<f32> = chunk.iter().map(|&sample| if sample.is_finite() { sample } else { 0.0 }).collect();
        sound.resize(chunk.len().max(SHORTEST), 0.0);
        let is_short = chunk.len() < SHORTEST_CUT.samples(16_000);
        if search == Search::Language {
            return if self.is_multilingual { self.language_of(&sound) } else { Ok(ChunkTranscript { language: "en".into(), ..ChunkTranscript::default() }) };
        }
        let transcript = self.search(&sound, language, search, is_short)?;
        let is_other = |spoken: &&LanguageGuess| spoken.is_sure() && spoken.language != transcript.language && !is_short;
        let Some(other) = transcript.spoken.as_ref().filter(is_other) else { return Ok(transcript) };
        match self.search(&sound, &other.language, search, is_short) {
            Ok(own) if !own.words.is_empty() && !has_loop(&own.words) => Ok(ChunkTranscript { spoken: transcript.spoken, ..own }),
            _ => Ok(transcript),
        }
    }

    fn search(&self, sound: &[f32], language: &str, search: Search, is_short: bool) -> Result<ChunkTranscript> {
        let quick = |language: &str| self.decode(sound, language, SamplingStrategy::Greedy { best_of: 1 }, NO_SAMPLING);
        let thorough = |language: &str| self.decode(sound, language, SamplingStrategy::BeamSearch { beam_size: 5, patience: -1.0 }, SAMPLING);
        if search == Search::Thorough {
            return match thorough(language) {
                Ok(transcript) if has_loop(&transcript.words) => {
                    let second = quick(&transcript.language);
                    Ok(better(transcript, second))
                }
                Ok(transcript) => Ok(transcript),
                Err(err) => {
                    tracing::warn!("a chunk was searched quickly only: {err}");
                    quick(language)
                }
            };
        }
        let transcript = quick(language)?;
        let enough = if is_short { SURE_IN_SHORT } else { SURE };
        if sureness(&transcript) >= enough && !has_loop(&transcript.words) {
            return Ok(transcript);
        }
        let second = thorough(&transcript.language);
        Ok(better(transcript, second))
    }
}

/// Of a probability for each language, in Whisper's order.
fn likeliest(probabilities: &[f32], expected: Option<&str>) -> Option<LanguageGuess> {
    LanguageGuess::likeliest((0..).zip(probabilities).filter_map(|(id, probability)| Some((whisper_rs::get_lang_str(id)?, *probability))), expected)
}

const LOADING: &str = "loading a speech model";

fn damaged(err: &whisper_rs::WhisperError) -> Error {
    Error::new(ErrorKind::ModelDamaged, LOADING, err.to_string())
}

/// Of two searches the words to believe. When the second could not be made (there may be no memory for it), what was heard first is what there is.
fn better(first: ChunkTranscript, second: Result<ChunkTranscript>) -> ChunkTranscript {
    match second {
        Ok(second) if has_loop(&first.words) || sureness(&second) > sureness(&first) => second,
        Ok(_) => first,
        Err(err) => {
            tracing::warn!("a chunk was searched once only: {err}");
            first
        }
    }
}

/// Words less sure than this on average are looked for again: without babble a chunk is surer, so that it costs no time there. In babble of 10 and 5 dB it
/// rights 1 word in 100 on average, up to 8.
const SURE: f32 = 0.9;
/// The same in a chunk shorter than a recording is cut into: with less around them words are less sure, babble or not, and of the end of a recording somebody is waiting.
const SURE_IN_SHORT: f32 = 0.7;
/// How much more whisper.cpp leaves to chance each time it is not content with its words; none: it does not try again. What it finds by chance in the
/// first, greedy search is mostly made up: without that, with loops heard again and a state of its own for the second search, 54 instead of 94 words of
/// 2,123 were invented in babble 5 dB below the voices, and 689 instead of 711 were wrong.
const NO_SAMPLING: f32 = 0.0;
const SAMPLING: f32 = 0.2;
const TRANSCRIBING: &str = "transcribing a chunk";

/// whisper.cpp hears nothing in less than 0.1 s and little in less than 1 s; silence is added up to this.
const SHORTEST: usize = 16_000;

/// How much sound the encoder works through, in steps of 20 ms; 0 = all of its 30 s, which gives the best words. A short chunk is worked through
/// with 5 s beyond its end: less makes it repeat itself.
fn context_for(samples: usize) -> i32 {
    let steps = samples.max(SHORTEST).div_ceil(320);
    if steps <= SHORT_STEPS { (steps + 256) as i32 } else { 0 }
}

/// 12 s: only the end of a recording, or of what has been said so far, is so short.
const SHORT_STEPS: usize = 600;

/// How sure the recogniser is of its words on average; quite, when there are none.
fn sureness(transcript: &ChunkTranscript) -> f32 {
    if transcript.words.is_empty() { 1.0 } else { transcript.words.iter().map(|word| word.confidence).sum::<f32>() / transcript.words.len() as f32 }
}

/// A piece of a word, as the recogniser writes: with the space before it, and sometimes half a letter.
#[derive(Debug, Clone)]
struct Token {
    bytes: Vec<u8>,
    span: Span,
    probability: f32,
    opens_segment: bool,
}

/// A word in the making.
#[derive(Default)]
struct WordPieces {
    bytes: Vec<u8>,
    span: Option<Span>,
    /// The least sure of the tokens that carry letters.
    confidence: Option<f32>,
    /// The recogniser wrote a space before it, within a segment.
    follows_space: bool,
}

/// Tokens that end in the middle of a letter are one with those that end it.
fn whole_letters(tokens: &[Token]) -> Vec<Token> {
    let mut whole: Vec<Token> = Vec::with_capacity(tokens.len());
    for token in tokens {
        match whole.last_mut().filter(|last| !token.opens_segment && str::from_utf8(&last.bytes).is_err_and(|err| err.error_len().is_none())) {
            Some(last) => {
                last.bytes.extend(&token.bytes);
                last.span = Span::new(last.span.start().min(token.span.start()), last.span.end().max(token.span.end()));
                last.probability = last.probability.min(token.probability);
            }
            None => whole.push(token.clone()),
        }
    }
    whole
}

/// Tokens as words: a space before a token begins a word, and so does a letter of a script without spaces; punctuation belongs to the word it touches.
fn words_of(tokens: &[Token]) -> Vec<Word> {
    let mut words_so_far: Vec<WordPieces> = Vec::new();
    for token in whole_letters(tokens) {
        let text = String::from_utf8_lossy(&token.bytes);
        let follows_space = text.starts_with(' ');
        let parts = |word: &WordPieces| may_part(&String::from_utf8_lossy(&word.bytes), &text);
        if token.opens_segment || follows_space || words_so_far.last().is_none_or(parts) {
            words_so_far.push(WordPieces { follows_space: follows_space && !token.opens_segment, ..WordPieces::default() });
        }
        let Some(word) = words_so_far.last_mut() else { continue };
        word.bytes.extend(&token.bytes);
        let carries_letters = text.contains(char::is_alphanumeric);
        if carries_letters || word.span.is_none() {
            word.span = Some(word.span.map_or(token.span, |span| Span::new(span.start().min(token.span.start()), span.end().max(token.span.end()))));
        }
        if carries_letters {
            word.confidence = Some(word.confidence.map_or(token.probability, |least| least.min(token.probability)));
        }
    }
    tidy(words_so_far)
}

/// Attaches punctuation that stands alone, and drops what describes sound instead of writing words: `[Music]`, `(laughs)`, `♪`.
fn tidy(words_so_far: Vec<WordPieces>) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut opening = String::new();
    let mut closing_bracket: Option<char> = None;
    for word in words_so_far {
        let text = String::from_utf8_lossy(&word.bytes).replace(['\u{fffd}', '♪', '♫'], "");
        let text = text.trim();
        if closing_bracket.is_none() {
            closing_bracket = match text.chars().next() {
                Some('[') => Some(']'),
                Some('(') => Some(')'),
                Some('*') => Some('*'),
                _ => None,
            };
        }
        if let Some(bracket) = closing_bracket {
            if text.trim_end_matches(['.', ',', '?', '!']).ends_with(bracket) {
                closing_bracket = None;
            }
            continue;
        }
        let confidence = word.confidence.unwrap_or(0.0).clamp(0.0, 1.0);
        let Some(span) = word.span else { continue };
        if text.chars().any(char::is_alphanumeric) {
            // Thai parts its phrases by spaces, as others do by commas.
            if let Some(last) = words.last_mut().filter(|last| word.follows_space && opening.is_empty() && !needs_space(&last.text, text)) {
                last.text.push(' ');
            }
            words.push(Word { text: std::mem::take(&mut opening) + text, span, confidence });
        } else if matches!(text, "\"" | "“" | "‘" | "«" | "¿" | "¡") {
            opening.push_str(text);
        } else if let Some(last) = words.last_mut()
            && !text.starts_with(['-', '–', '—'])
        {
            last.text.push_str(text);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `text@start-end*probability` in hundredths of a second; a leading `|` opens a segment.
    fn tokens(list: &[(&str, i64, i64, f32)]) -> Vec<Token> {
        let token = |&(text, start, end, probability): &(&str, i64, i64, f32)| Token {
            bytes: text.trim_start_matches('|').as_bytes().to_vec(),
            span: Span::new(Millis(start), Millis(end)),
            probability,
            opens_segment: text.starts_with('|'),
        };
        list.iter().map(token).collect()
    }

    fn texts(words: &[Word]) -> Vec<&str> {
        words.iter().map(|word| word.text.as_str()).collect()
    }

    #[test]
    fn pieces_of_a_word_become_one_word_with_its_punctuation() {
        let words = words_of(&tokens(&[("| I", 0, 100, 0.9), (" no", 100, 200, 0.8), ("ticed", 200, 400, 0.6), (".", 400, 900, 0.2)]));
        assert_eq!(texts(&words), ["I", "noticed."]);
        assert_eq!(words[1].span, Span::new(Millis(100), Millis(400)), "the full stop takes no time");
        assert!((words[1].confidence - 0.6).abs() < 1e-6, "as sure as its least sure piece, punctuation aside");
    }

    #[test]
    fn a_second_search_that_fails_takes_no_words_away() {
        let transcript = |list: &[(&str, i64, i64, f32)]| ChunkTranscript { words: words_of(&tokens(list)), language: "en".into(), spoken: None };
        let failed = |kind| Err(Error::bare(kind, TRANSCRIBING));
        let first = transcript(&[("| My", 0, 1, 0.8), (" dog", 1, 2, 0.8)]);
        for kind in [ErrorKind::EngineFailed, ErrorKind::ModelDamaged] {
            assert_eq!(better(first.clone(), failed(kind)), first);
        }
        // Neither when it is a loop: what is made of it later keeps its first round, and a mark.
        let one = ("| again", 0, 1, 0.9);
        let again = transcript(&[one; 12]);
        assert!(has_loop(&again.words));
        assert_eq!(better(again.clone(), failed(ErrorKind::EngineFailed)), again);
        let surer = transcript(&[("| My", 0, 1, 0.9), (" frog", 1, 2, 0.9)]);
        assert_eq!(better(first.clone(), Ok(surer.clone())), surer);
        assert_eq!(better(surer.clone(), Ok(first.clone())), surer);
        assert_eq!(better(again, Ok(first.clone())), first);
    }

    #[test]
    fn quotation_marks_stay_with_the_words_they_enclose() {
        let words = words_of(&tokens(&[("| said", 0, 1, 1.0), (" \"", 1, 2, 1.0), (" stop", 2, 3, 1.0), (",\"", 3, 4, 1.0), (" -", 4, 5, 1.0)]));
        assert_eq!(texts(&words), ["said", "\"stop,\""]);
    }

    #[test]
    fn sounds_that_are_described_are_not_words() {
        let words = words_of(&tokens(&[("| [", 0, 1, 1.0), ("Music", 1, 2, 1.0), ("]", 2, 3, 1.0), (" Hello", 3, 4, 1.0), (" ♪", 4, 5, 1.0)]));
        assert_eq!(texts(&words), ["Hello"]);
    }

    #[test]
    fn letters_cut_in_half_are_put_together() {
        let mut halves = tokens(&[("| na", 0, 1, 1.0), ("x", 1, 2, 1.0), ("x", 2, 3, 1.0)]);
        halves[1].bytes = vec![0xc3];
        halves[2].bytes = vec![0xaf, b'v', b'e'];
        assert_eq!(texts(&words_of(&halves)), ["naïve"]);
        let mut halves = tokens(&[("|我", 0, 1, 1.0), ("x", 1, 2, 0.9), ("x", 2, 3, 0.4), ("好", 3, 4, 1.0)]);
        (halves[1].bytes, halves[2].bytes) = (vec![0xe6, 0xac], vec![0xa2]);
        let words = words_of(&halves);
        assert_eq!((texts(&words), words[1].span, words[1].confidence), (vec!["我", "欢", "好"], Span::new(Millis(1), Millis(3)), 0.4));
    }

    #[test]
    fn without_spaces_each_token_is_a_word_but_for_names_and_numbers() {
        let of = |list: &[&str]| {
            let list: Vec<(&str, i64, i64, f32)> = list.iter().map(|text| (*text, 0, 1, 1.0)).collect();
            texts(&words_of(&tokens(&list))).join("|")
        };
        assert_eq!(of(&["|我", "的", "i", "Phone", "是", "20", "26", "年", "的", "，", "真", "的"]), "我|的|iPhone|是|2026|年|的，|真|的");
        assert_eq!(of(&["|เรา", "กิน", " ข้าว", " OK", "นะ"]), "เรา|กิน |ข้าว|OK|นะ", "a space between phrases is kept");
        assert_eq!(of(&["| Wir", " lesen", "我", " heute"]), "Wir|lesen|我|heute");
        assert_eq!(texts(&words_of(&tokens(&[("|我", 0, 1, 1.0), ("喜欢", 1, 2, 1.0), ("。", 2, 3, 1.0)]))), ["我", "喜欢。"]);
    }

    #[test]
    fn a_hyphen_inside_does_not_divide() {
        assert_eq!(texts(&words_of(&tokens(&[("| Mm", 0, 1, 1.0), ("-", 1, 2, 1.0), ("hm", 2, 3, 1.0), (".", 3, 4, 1.0)]))), ["Mm-hm."]);
    }
}
