//! The system's file dialogs. They block, so each runs on a thread of its own and hands on what was chosen.

use super::desk::Office;
use super::messages::Command;
use super::{mentor, process, share};
use crate::error::{Error, ErrorKind};

/// Asks, and hands the answer to the desk; nothing happens when the person cancels.
pub(crate) fn ask(office: &Office, command: Command) {
    let desk = office.clone();
    let spawned = std::thread::Builder::new().name("dialog".into()).spawn(move || {
        let desk = &desk;
        desk.attempt(None, || {
            if let Some(chosen) = answer(desk, command)? {
                desk.hand(chosen);
            }
            Ok(())
        });
    });
    if let Err(err) = spawned {
        office.fail(&Error::new(ErrorKind::Bug, "opening a dialog", err), None);
    }
}

fn answer(office: &Office, command: Command) -> crate::error::Result<Option<Command>> {
    Ok(match command {
        Command::ChooseShare(ids, wanted) => {
            let chosen = match ids.as_slice() {
                [id] => rfd::FileDialog::new()
                    .set_title("Save to share")
                    .set_file_name(share::file_name(&office.library()?, *id, &wanted)?)
                    .add_filter(wanted.format.label(), &[wanted.format.ending()])
                    .save_file(),
                _ => rfd::FileDialog::new().set_title("A folder for the files to share").pick_folder(),
            };
            chosen.map(|path| Command::Share(ids, wanted, path))
        }
        Command::ChooseReply(id) => {
            let record = mentor::load(&office.library()?, id)?.1;
            let dialog = rfd::FileDialog::new().set_title("Save your reply").set_file_name(mentor::reply_name(&record));
            dialog.add_filter("Share bundle", &["afterbell"]).save_file().map(|path| Command::WriteReply(id, path))
        }
        Command::ChooseRecordings(with) => {
            let files = rfd::FileDialog::new()
                .set_title("Bring in recordings")
                .add_filter("Recordings", &process::SOUND_ENDINGS)
                .add_filter("From a colleague", &["afterbell"])
                .add_filter("All files", &["*"])
                .pick_files();
            files.map(|files| Command::AskWhose(files, with))
        }
        Command::ChooseTranscripts(with) => {
            let dialog = rfd::FileDialog::new().set_title("Bring in typed transcripts").add_filter("Transcripts", &["txt", "md", "json"]);
            dialog.pick_files().map(|files| Command::Import(files, with))
        }
        Command::ChooseModel => rfd::FileDialog::new().set_title("Add a speech model").add_filter("Speech models", &["bin"]).pick_file().map(Command::AddModel),
        other => {
            tracing::error!("not a dialog: {other:?}");
            None
        }
    })
}
