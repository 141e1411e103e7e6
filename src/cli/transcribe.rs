//! `afterbell transcribe`: a sound file without keeping it, or a conference of the library again.

use super::{CommandContext, ProgressLine, SAID, analyse_one, conference, notice, printing, say_done};
use crate::error::{Error, ErrorKind, Result};
use crate::export::{self, Contents, Format};
use crate::work::partial_file::LiveResult;
use crate::work::{GUESS, analysis, language, models, voice_profile};
use clap::Args;
use std::path::Path;

#[derive(Debug, Args)]
pub(super) struct TranscribeArgs {
    /// A sound file, or the id of a conference (its end is enough).
    what: String,
    /// Students at the table.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=20))]
    students: u8,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Txt)]
    format: Format,
    /// With this model, this once.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// In this language, this once: a code such as fr, or auto.
    #[arg(long, value_name = "CODE", value_parser = language_code)]
    language: Option<String>,
}

fn language_code(text: &str) -> std::result::Result<String, String> {
    let code = text.trim().to_lowercase();
    if code == GUESS || language(&code).is_some() { Ok(code) } else { Err("not a language Whisper knows; try en, fr, es, or auto".into()) }
}

/// `afterbell transcribe`.
pub(super) fn transcribe(context: &mut CommandContext<'_>, args: TranscribeArgs) -> Result<()> {
    args.model.into_iter().for_each(|model| context.settings.model = model);
    args.language.into_iter().for_each(|language| context.settings.language = language);
    say_if_english_only(context)?;
    let what = args.what.as_str();
    context.catch_ctrl_c();
    let is_id = what.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_id && !Path::new(what).exists() {
        let mut library = context.library()?;
        let id = conference(&library, what)?;
        let done = analyse_one(context, &mut library, id, LiveResult::default())?;
        let (without_words, words) = (done.without_words, done.words);
        say_done(context, &[done])?;
        return has_words(without_words, words);
    }
    let file = Path::new(what);
    let progress = ProgressLine::new(context, "Transcribing");
    // Without a library that can be read nobody's voice is known.
    let profile = context.library().and_then(|library| voice_profile::stored(&library)).unwrap_or_default();
    let options = analysis::AnalysisOptions::new(&context.folders, &context.settings, args.students, profile);
    let found = analysis::analyse(&[file.to_path_buf()], &options, LiveResult::default(), &mut |stage, fraction| progress.check(stage, fraction))?;
    drop(progress);
    if let Some(kind) = found.without_words {
        notice(kind.advice());
    }
    found.remarks.iter().for_each(|remark| notice(&remark.sentence()));
    let (without_words, words) = (found.without_words, found.transcript.words.len());
    let title = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let record = analysis::loose_record(title, args.students, Vec::new(), found);
    let format = if context.json { Format::Json } else { args.format };
    let bytes = export::render(&record, format, &Contents::ALL, None)?;
    context.has_reported = true;
    context.out.write_all(&bytes).map_err(printing)?;
    // Who spoke when is printed all the same.
    has_words(without_words, words)
}

/// A model that knows English only writes English whatever is spoken.
fn say_if_english_only(context: &CommandContext<'_>) -> Result<()> {
    let rows = models::list(&context.folders, &context.settings)?;
    if let Some(row) = rows.iter().find(|row| row.in_use && !row.knows(&context.settings.language)) {
        notice(&format!("{} knows English only, so it is transcribed as English. Choose a model without “en” in its name.", row.name));
    }
    Ok(())
}

/// Words were asked for: none are no success, whether they could not be transcribed, which was said, or nobody says any.
fn has_words(could_not: Option<ErrorKind>, words: usize) -> Result<()> {
    if could_not.is_none() && words == 0 {
        notice(ErrorKind::NoSpeech.advice());
    }
    could_not.or((words == 0).then_some(ErrorKind::NoSpeech)).map_or(Ok(()), |kind| Err(Error::bare(kind, SAID)))
}
