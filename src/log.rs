//! The log: technical causes, never a student's name or words. Kept beside the library, the newest megabyte or two of it.

use crate::settings::Folders;
use std::sync::Mutex;
use tracing_subscriber::EnvFilter;

/// When the log has grown past this, it is begun anew and the old one kept once.
const LARGEST_LOG: u64 = 1_000_000;

/// Starts writing the log. `AFTERBELL_LOG` chooses how much (default: `info`, and only warnings of the libraries).
/// Without a folder to write to there is no log; that is no reason not to start.
pub fn start(folders: &Folders) {
    let path = folders.log();
    if folders.is_away() || std::fs::create_dir_all(folders.library()).is_err() {
        return;
    }
    if std::fs::metadata(&path).is_ok_and(|log| log.len() > LARGEST_LOG) {
        std::fs::rename(&path, path.with_extension("log.old")).ok();
    }
    let Ok(file) = std::fs::OpenOptions::new().create(true).append(true).open(&path) else { return };
    let filter = EnvFilter::try_from_env("AFTERBELL_LOG").unwrap_or_else(|_| EnvFilter::new("warn,afterbell=info"));
    // A log that cannot be written is no message for the person at the keyboard.
    tracing_subscriber::fmt().log_internal_errors(false).with_env_filter(filter).with_writer(Mutex::new(file)).with_ansi(false).try_init().ok();
}
