//! The system's file dialogs. They block, so each runs on a thread of its own and hands on what was chosen.

use super::commands::{Command, LibraryQuery, ModelsCommand, OpenDialog, SaveDialog, SharingCommand};
use super::context::LaneContext;
use super::messages::{Event, FileReport};
use super::participants::Participants;
use super::transcript_file::TRANSCRIPT_ENDINGS;
use super::{import, incoming, mentor, share};
use crate::error::{Error, ErrorKind, Result};
use crate::files::SaveTo;

/// Asks, and hands the answer to the desk; nothing happens when the person cancels.
pub(crate) fn ask_where(context: &LaneContext, dialog: SaveDialog) {
    on_its_own_thread(context, move |context| {
        destination(context, dialog)?.into_iter().for_each(|command| context.dispatch(command));
        Ok(())
    });
}

/// Asks, and hands the answer to the desk; nothing happens when the person cancels.
pub(crate) fn ask_what(context: &LaneContext, dialog: OpenDialog) {
    on_its_own_thread(context, move |context| {
        choose(context, dialog);
        Ok(())
    });
}

fn on_its_own_thread(context: &LaneContext, ask: impl FnOnce(&LaneContext) -> Result<()> + Send + 'static) {
    let own = context.clone();
    let spawned = std::thread::Builder::new().name("dialog".into()).spawn(move || own.run_guarded(None, || ask(&own)));
    if let Err(err) = spawned {
        context.fail(&Error::new(ErrorKind::Bug, "opening a dialog", err), None);
    }
}

fn destination(context: &LaneContext, dialog: SaveDialog) -> Result<Option<Command>> {
    Ok(match dialog {
        SaveDialog::Share(ids, wanted) => {
            let chosen = match ids.as_slice() {
                [id] => rfd::FileDialog::new()
                    .set_title("Save to share")
                    .set_file_name(share::file_name(&context.library()?, *id, &wanted)?)
                    .add_filter(wanted.format.label(), &[wanted.format.ending()])
                    .save_file()
                    .map(|path| SaveTo::answered(path, wanted.format.ending())),
                _ => rfd::FileDialog::new().set_title("A folder for the files to share").pick_folder().map(SaveTo::new),
            };
            chosen.map(|to| SharingCommand::Share(ids, wanted, to).into())
        }
        SaveDialog::Reply(id) => {
            let record = mentor::load(&context.library()?, id)?.1;
            let dialog = rfd::FileDialog::new().set_title("Save your reply").set_file_name(mentor::reply_name(&record));
            dialog.add_filter("Share bundle", &["afterbell"]).save_file().map(|path| LibraryQuery::WriteReply(id, SaveTo::answered(path, "afterbell")).into())
        }
    })
}

fn choose(context: &LaneContext, dialog: OpenDialog) {
    match dialog {
        OpenDialog::Recordings(with) => {
            let files = rfd::FileDialog::new()
                .set_title("Import recordings")
                .add_filter("Recordings", &import::SOUND_ENDINGS)
                .add_filter("From a colleague", &["afterbell"])
                .add_filter("All files", &["*"])
                .pick_files();
            files.into_iter().for_each(|files| context.emit(Event::WhoseAsked(files, with.clone())));
        }
        OpenDialog::Dropped(paths) => {
            let found = incoming::opened(paths);
            for path in found.skipped {
                let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let says = vec!["This is no recording and no transcript, and was passed over.".to_owned()];
                context.emit(Event::FileRead(Box::new(FileReport { file, says, is_failure: false, offers: Vec::new() })));
            }
            if !found.files.is_empty() {
                context.emit(Event::WhoseAsked(found.files, Participants::default()));
            }
        }
        OpenDialog::Transcripts(with) => {
            let dialog = rfd::FileDialog::new().set_title("Import typed transcripts").add_filter("Transcripts", &TRANSCRIPT_ENDINGS);
            dialog.pick_files().into_iter().for_each(|files| context.emit(Event::WhoseAsked(files, with.clone())));
        }
        OpenDialog::Model => {
            let chosen = rfd::FileDialog::new().set_title("Add a speech model").add_filter("Speech models", &["bin"]).pick_file();
            chosen.into_iter().for_each(|path| context.dispatch(ModelsCommand::Add(path).into()));
        }
    }
}
