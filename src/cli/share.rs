//! `afterbell export`: conferences as files for a colleague, names hidden unless told otherwise.

use super::{CommandContext, ProgressLine, SAID, notice, printing};
use crate::conference::ConferenceId;
use crate::error::{Error, ErrorKind, Result};
use crate::export::{self, Contents, Format};
use crate::files::{SaveTo, ending_of};
use crate::settings::OwnNames;
use crate::work::WorkStage;
use crate::work::share::{self, ShareRequest};
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct ExportArgs {
    /// Their ids, or the ends of these that the list shows.
    #[arg(required_unless_present_any = ["last", "all"])]
    ids: Vec<String>,
    /// The newest.
    #[arg(long, conflicts_with = "ids")]
    last: bool,
    /// All of them.
    #[arg(long, conflicts_with_all = ["ids", "last"])]
    all: bool,
    /// In which format; without it as the ending of the file says, else as text.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Where to: a file, or a folder; without it the text is printed. A name that is taken gets a number.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace files that are there.
    #[arg(long, requires = "output")]
    force: bool,
    /// What goes in, with commas between.
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Part::Transcript, Part::Times, Part::Marks, Part::Questions])]
    contents: Vec<Part>,
    /// The recording too (web page, share bundle).
    #[arg(long)]
    sound: bool,
    /// Leave the names as they are.
    #[arg(long)]
    keep_names: bool,
    /// Say this in place of a name.
    #[arg(long, value_name = "NAME=INSTEAD", value_parser = replacement, conflicts_with = "keep_names")]
    replace: Vec<(String, String)>,
    /// Leave this one name as it is.
    #[arg(long, value_name = "NAME", conflicts_with = "keep_names")]
    keep: Vec<String>,
    /// Only list the names that would be replaced.
    #[arg(long, conflicts_with = "keep_names")]
    names: bool,
    /// Share bundle: what your colleague should listen for.
    #[arg(long, value_name = "TEXT", default_value = "")]
    question: String,
}

/// One part of what can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Who said what.
    Transcript,
    /// Times and the parts of the conference.
    Times,
    /// Marked moments.
    Marks,
    /// The five questions with your notes.
    Questions,
    /// How you rated yourself.
    Ratings,
    /// What was found: evidence and measures.
    Found,
    /// All of these.
    All,
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.name()).help(self.about()))
    }
}

fn replacement(text: &str) -> std::result::Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, instead)) if !name.trim().is_empty() => Ok((name.trim().to_owned(), instead.trim().to_owned())),
        _ => Err("write it as NAME=INSTEAD".into()),
    }
}

fn contents(args: &ExportArgs) -> Contents {
    let has = |part| args.contents.contains(&part) || args.contents.contains(&Part::All);
    Contents {
        transcript: has(Part::Transcript),
        times: has(Part::Times),
        marks: has(Part::Marks),
        questions: has(Part::Questions),
        ratings: has(Part::Ratings),
        found: has(Part::Found),
        sound: args.sound,
    }
}

/// The format that was asked for, by name or by the ending of the file.
fn format(args: &ExportArgs) -> Result<Format> {
    let file = args.output.as_deref().filter(|to| !to.is_dir());
    match (args.format, file) {
        (Some(format), _) => Ok(format),
        (None, Some(file)) if ending_of(file).is_some() => Format::of(file).ok_or(Error::bare(ErrorKind::OtherEnding, "finding the format of a file's name")),
        _ => Ok(Format::Txt),
    }
}

/// Says that a file was there, and where the new one is instead.
pub(super) fn say_if_numbered(to: &SaveTo, written: &[PathBuf]) {
    if !to.is_folder() && written.iter().any(|path| *path != to.path) {
        notice(&format!("{} is already there and stays as it is. --force replaces it.", to.path.display()));
    }
}

fn wanted(context: &CommandContext<'_>, args: &ExportArgs) -> Result<ShareRequest> {
    let mut own: OwnNames = context.settings.own_names.clone();
    own.replace.extend(args.replace.iter().cloned());
    own.keep.extend(args.keep.iter().cloned());
    Ok(ShareRequest {
        format: format(args)?,
        contents: contents(args),
        // Who names a replacement wants names hidden, whatever the settings say.
        hide_names: !args.keep_names && (context.settings.hide_names || !args.replace.is_empty() || args.names),
        own,
        question: args.question.clone(),
    })
}

/// `afterbell export`.
pub(super) fn export(context: &mut CommandContext<'_>, args: &ExportArgs) -> Result<()> {
    context.catch_ctrl_c();
    let library = context.library()?;
    let ids: Vec<ConferenceId> = match (args.all, args.last) {
        (true, _) => library.summaries()?.iter().map(|one| one.id).collect(),
        (_, true) => library.last_conference()?.into_iter().collect(),
        _ => args.ids.iter().map(|id| super::conference(&library, id)).collect::<Result<_>>()?,
    };
    if ids.is_empty() {
        return Err(Error::bare(ErrorKind::NotFound, "exporting from an empty library"));
    }
    let wanted = wanted(context, args)?;
    if args.names {
        return names(context, &share::names(&library, &share::load(&library, &ids)?, &wanted.own)?);
    }
    if wanted.contents.sound && !wanted.format.holds_sound() {
        return Err(Error::bare(ErrorKind::BadRequest, "sound in a format that holds none"));
    }
    if wanted.contents.sound && wanted.hide_names {
        notice("Hiding names changes the words, not the voices: the names can be heard in the sound.");
    }
    let progress = ProgressLine::new(context, "Sharing");
    let mut check = |fraction: f32| progress.check(WorkStage::Saving, fraction);
    let Some(path) = &args.output else {
        let [id] = ids.as_slice() else {
            notice("Several conferences go into a folder. Nothing was written. Say which with --output FOLDER.");
            return Err(Error::bare(ErrorKind::BadRequest, SAID));
        };
        let records = share::hidden(&library, &[*id], &wanted)?;
        let bytes = records.iter().map(|record| share::render(&library, record, &wanted, &mut check)).collect::<Result<Vec<_>>>()?.concat();
        drop(progress);
        return context.out.write_all(&bytes).map_err(printing);
    };
    let to = SaveTo { path: path.clone(), replaces: args.force };
    if ids.len() > 1 && !to.is_folder() {
        notice(&format!("Several conferences go into a folder, and “{}” is none. Nothing was written. Make it first, or say another.", path.display()));
        return Err(Error::bare(ErrorKind::BadRequest, SAID));
    }
    let written = share::save(&library, &ids, &wanted, &to, &mut check)?;
    drop(progress);
    say_if_numbered(&to, &written);
    if context.json {
        let size = |path: &PathBuf| std::fs::metadata(path).map_or(0, |file| file.len());
        return context.json(&written.iter().map(|path| json!({ "file": path, "bytes": size(path) })).collect::<Vec<_>>());
    }
    written.iter().try_for_each(|path| context.say(format!("Saved {}", path.display())))
}

fn names(context: &mut CommandContext<'_>, names: &[export::Replacement]) -> Result<()> {
    if context.json {
        return context.json(&names);
    }
    if names.is_empty() {
        return context.say("No names were found.");
    }
    names.iter().try_for_each(|one| {
        let state = if one.is_on { format!("becomes {}", one.instead) } else { "stays".into() };
        let times = if one.found == 1 { "time " } else { "times" };
        context.say(format!("{:<24} {state:<24} {:>4} {times}  {}", export::one_line(&one.name), one.found, one.why.label()))
    })
}
