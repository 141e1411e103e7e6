//! The system's file dialogs. They block, so each runs on a thread of its own and hands on what was chosen.

use super::desk::Office;
use super::messages::Command;
use crate::error::{Error, ErrorKind};
use crate::export::{self, Format};
use crate::library::Library;

/// The sound files a phone or recorder makes.
const SOUND: [&str; 10] = ["wav", "mp3", "m4a", "aac", "mp4", "flac", "ogg", "oga", "aif", "aiff"];

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
        Command::ChooseExport(id, format) => {
            let record = Library::open(&office.folders)?.load(id)?;
            rfd::FileDialog::new()
                .set_title("Save the transcript")
                .set_file_name(export::file_name(&record, format))
                .add_filter(label(format), &[format.ending()])
                .save_file()
                .map(|path| Command::Export(id, format, path))
        }
        Command::ChooseRecordings(with) => {
            let files = rfd::FileDialog::new().set_title("Bring in recordings").add_filter("Recordings", &SOUND).add_filter("All files", &["*"]).pick_files();
            files.map(|files| Command::Import(files, with))
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

fn label(format: Format) -> &'static str {
    match format {
        Format::Txt => "Text",
        Format::Md => "Markdown",
        Format::Srt | Format::Vtt => "Subtitles",
        Format::Json => "JSON",
    }
}
