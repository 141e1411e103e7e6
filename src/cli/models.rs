//! `afterbell models`: list, add, use, remove, download, measure.

use super::{CommandContext, ProgressLine, notice, show};
use crate::error::{Error, ErrorKind, Result};
use crate::settings::{SHIPPED_MODEL, Settings};
use crate::work::{catalogue, download, models};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(super) enum ModelsAction {
    /// Which there are.
    List,
    /// Add one from a file.
    Add {
        /// A ggml model file.
        file: PathBuf,
    },
    /// Use this one from now on.
    Use {
        /// Its name in the list.
        name: String,
    },
    /// Remove one from this computer.
    Remove {
        /// Its name in the list.
        name: String,
    },
    /// Download one, going on where an earlier download stopped: the only time Afterbell goes online.
    Download {
        /// Its name in the list.
        name: String,
    },
    /// Throw away what has come of a download.
    Discard {
        /// Its name in the list.
        name: String,
    },
    /// Measure how long a conference takes on this computer, and which model suits it.
    Measure,
}

/// `afterbell models`.
pub(super) fn models(context: &mut CommandContext<'_>, action: Option<ModelsAction>) -> Result<()> {
    match action.unwrap_or(ModelsAction::List) {
        ModelsAction::List => {}
        ModelsAction::Add { file } => {
            let name = models::add(&context.folders, &file)?;
            notice(&format!("Added {name}. Use it with: afterbell models use {name}"));
        }
        ModelsAction::Use { name } => {
            catalogue::path_of(&context.folders, &name)?;
            context.settings = Settings::update(&context.folders, |settings| settings.model = name)?;
        }
        ModelsAction::Remove { name } => {
            models::remove(&context.folders, &name)?;
            if context.settings.model == name {
                context.settings = Settings::update(&context.folders, |settings| settings.model = SHIPPED_MODEL.into())?;
            }
        }
        ModelsAction::Discard { name } => download::discard(&context.folders, &name)?,
        ModelsAction::Measure => {
            context.catch_ctrl_c();
            let measured = models::measure(&context.folders, &mut || {
                if context.is_stopped() { Err(Error::bare(ErrorKind::Cancelled, "measuring this computer")) } else { Ok(()) }
            })?;
            context.settings = Settings::update(&context.folders, |settings| settings.measured = Some(measured))?;
        }
        ModelsAction::Download { name } => {
            context.catch_ctrl_c();
            let progress = ProgressLine::new(context, &name);
            models::download(&context.folders, &name, &mut |fraction, _| progress.set(fraction))?;
        }
    }
    show::models(context)
}
