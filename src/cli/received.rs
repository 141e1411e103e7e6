//! `afterbell mentor`: what colleagues share, comments on it, and the way back.

use super::share::say_if_numbered;
use super::{CommandContext, now_unix_ms};
use crate::conference::{Millis, Question, SharedId, ending, ending_length};
use crate::error::{Error, ErrorKind, Result};
use crate::export::{self, Comment, Contents, Format, Reply};
use crate::files::SaveTo;
use crate::library::Library;
use crate::work::{DeletedKey, deleted, mentor as work};
use clap::Subcommand;
use serde_json::json;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum MentorAction {
    /// Conferences that colleagues shared with you.
    List,
    /// Show one, with what you said to it.
    Show {
        /// Its id, or the end of it that the list shows.
        id: String,
    },
    /// Comment on a moment of it.
    Comment {
        /// Its id, or the end of it that the list shows.
        id: String,
        /// When: 1:36.
        at: String,
        /// What you say; empty takes the comment away.
        text: String,
    },
    /// Answer one of its five questions.
    Answer {
        /// Its id, or the end of it that the list shows.
        id: String,
        /// 1 to 5.
        #[arg(value_parser = clap::value_parser!(u8).range(1..=5))]
        question: u8,
        /// What you say.
        text: String,
    },
    /// Save your comments and answers as a file to send back.
    Reply {
        /// Its id, or the end of it that the list shows.
        id: String,
        /// Where to.
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
        /// Replace the file if it is there; without it the new one gets a number.
        #[arg(long)]
        force: bool,
        /// How you sign it.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Delete one, with all you said to it; “afterbell deleted” can bring it back for 30 days.
    Remove {
        /// Its id, or the end of it that the list shows.
        id: String,
    },
    /// The replies to a conference of yours.
    Replies {
        /// Its id, or the end of it that your list shows.
        id: String,
    },
}

/// `afterbell mentor`.
pub(super) fn mentor(context: &mut CommandContext<'_>, action: MentorAction) -> Result<()> {
    let mut library = context.library()?;
    let mut change = |id: &str, change: &mut dyn FnMut(&mut Reply)| {
        let id = shared_by(&library, id)?;
        let mut shared = library.shared::<Reply>(id)?;
        change(&mut shared.reply);
        deleted::save_reply(&mut library, id, &shared.reply, now_unix_ms())?;
        library.keep_sidecars()
    };
    match action {
        MentorAction::List => return list(context),
        MentorAction::Show { id } => return show(context, &id),
        MentorAction::Comment { id, at, text } => {
            let at = moment(&at)?;
            change(&id, &mut |reply| reply.comment(at, text.trim()))?;
        }
        MentorAction::Answer { id, question, text } => {
            let question = Question::ALL[usize::from(question) - 1];
            change(&id, &mut |reply| reply.answers[question as usize].note.clone_from(&text))?;
        }
        MentorAction::Reply { id, output, force, name } => {
            change(&id, &mut |reply| name.iter().for_each(|name| reply.mentor.clone_from(name)))?;
            let to = SaveTo { path: output, replaces: force };
            let path = work::save_reply(&library, &context.folders, shared_by(&library, &id)?, &to)?;
            say_if_numbered(&to, std::slice::from_ref(&path));
            return if context.json { context.json(&json!({ "file": path })) } else { context.say(format!("Saved {}", path.display())) };
        }
        MentorAction::Remove { id } => {
            let id = shared_by(&library, &id)?;
            deleted::delete(&mut library, &context.folders, &DeletedKey::Shared(id), now_unix_ms())?;
            return library.keep_sidecars();
        }
        MentorAction::Replies { id } => {
            let replies: Vec<Reply> = library.replies(super::conference(&library, &id)?)?;
            if context.json {
                return context.json(&replies);
            }
            return replies.iter().try_for_each(|reply| print_reply(context, reply));
        }
    }
    Ok(())
}

/// "1:36" or "1:02:07".
fn moment(text: &str) -> Result<Millis> {
    let parts: Option<Vec<i64>> = text.split(':').map(|part| part.parse().ok().filter(|part| *part >= 0)).collect();
    match parts.as_deref() {
        Some([minutes, secs]) => Ok(Millis((minutes * 60 + secs) * 1000)),
        Some([hours, minutes, secs]) => Ok(Millis((hours * 3600 + minutes * 60 + secs) * 1000)),
        _ => Err(Error::bare(ErrorKind::BadRequest, "reading a moment such as 1:36")),
    }
}

fn list(context: &mut CommandContext<'_>) -> Result<()> {
    let library = context.library()?;
    let all = library.shared_ids()?.into_iter().map(|id| work::load(&library, id)).collect::<Result<Vec<_>>>()?;
    if context.json {
        let rows = all
            .iter()
            .map(|(shared, record)| json!({ "id": shared.id, "with": record.student_name(), "title": record.data().title, "question": shared.question }));
        return context.json(&rows.collect::<Vec<_>>());
    }
    let digits = ending_length(all.iter().map(|(shared, _)| shared.id));
    all.iter().try_for_each(|(shared, record)| {
        context.say(format!(
            "{}  {}  {:>7}  {}  {}",
            ending(shared.id, digits),
            export::local_time(record.data().started_unix_ms),
            record.data().length,
            record.student_name(),
            shared.question
        ))
    })
}

fn shared_by(library: &Library, id: &str) -> Result<SharedId> {
    super::the_one(id, |ending| library.find_shared_by_ending(ending))
}

fn show(context: &mut CommandContext<'_>, id: &str) -> Result<()> {
    let library = context.library()?;
    let (shared, record) = work::load(&library, shared_by(&library, id)?)?;
    if context.json {
        return context.json(&json!({ "id": shared.id, "question": shared.question, "conference": record, "reply": shared.reply }));
    }
    context.say("A colleague’s conference, shared with you.")?;
    if !shared.question.is_empty() {
        context.say(format!("Your colleague asks: {}", shared.question))?;
    }
    let page = export::render(&record, Format::Txt, &Contents::ALL, None)?;
    context.say(String::from_utf8_lossy(&page))?;
    print_reply(context, &shared.reply)
}

fn print_reply(context: &mut CommandContext<'_>, reply: &Reply) -> Result<()> {
    context.say(format!("\n{} says:", if reply.mentor.is_empty() { "Your colleague" } else { &reply.mentor }))?;
    for Comment { at, text } in &reply.comments {
        context.say(format!("[{at}] {text}"))?;
    }
    for question in Question::ALL {
        let answer = &reply.answers[question as usize];
        if !answer.note.trim().is_empty() {
            context.say(format!("{}. {} {}", question.number(), question.text(), answer.note))?;
        }
    }
    Ok(())
}
