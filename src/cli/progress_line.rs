//! Progress on standard error, and Ctrl-C.

use super::CommandContext;
use crate::error::{Error, ErrorKind, Result};
use crate::work::WorkStage;
use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shows progress on standard error when it is a terminal, and stops the work after Ctrl-C.
pub(super) struct ProgressLine {
    bar: indicatif::ProgressBar,
    stopped: Arc<AtomicBool>,
}

impl ProgressLine {
    pub fn new(context: &CommandContext<'_>, what: &str) -> Self {
        let bar = if std::io::stderr().is_terminal() { indicatif::ProgressBar::new(1000) } else { indicatif::ProgressBar::hidden() };
        if let Ok(style) = indicatif::ProgressStyle::with_template("{prefix}  {bar:30} {percent:>3}%  {msg}, {eta} left") {
            bar.set_style(style);
        }
        bar.set_prefix(what.to_owned());
        Self { bar, stopped: Arc::clone(&context.stopped) }
    }

    /// How far the work is, at which stage.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`] after Ctrl-C.
    pub fn check(&self, stage: WorkStage, fraction: f32) -> Result<()> {
        if self.bar.message() != stage.label() {
            self.bar.reset_eta();
            self.bar.set_message(stage.label());
        }
        self.set(fraction)
    }

    /// How far the work is.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`] after Ctrl-C.
    pub fn set(&self, fraction: f32) -> Result<()> {
        self.bar.set_position((fraction * 1000.0) as u64);
        if self.stopped.load(Ordering::Relaxed) { Err(Error::bare(ErrorKind::Cancelled, "work from the command line")) } else { Ok(()) }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
