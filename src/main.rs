//! No arguments: the window. Otherwise: the command line. Errors become one plain sentence and an exit code.

use afterbell::cli::{self, Cli};
use afterbell::error::{Error, ErrorKind};
use afterbell::{log, speech, ui};
use clap::Parser as _;
use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(err) if err.use_stderr() && std::env::args_os().any(|argument| argument == "--json") => {
            let failure = cli::failure(ErrorKind::BadRequest);
            writeln!(std::io::stdout(), "{failure:#}").ok();
            return finish(Err(Error { doing: cli::SAID, ..Error::new(ErrorKind::BadRequest, "reading the command line", err) }));
        }
        Err(err) => err.exit(),
    };
    if cli.is_engine() {
        return finish(speech::serve());
    }
    let folders = cli.folders();
    log::start(&folders);
    folders.remember();
    let result = if cli.wants_window() { ui::run(folders.clone()) } else { cli::run(cli, &mut std::io::stdout().lock()) };
    folders.remember();
    finish(result)
}

fn finish(result: Result<(), Error>) -> ExitCode {
    let Err(err) = result else { return ExitCode::SUCCESS };
    // Who closed the pipe has read enough: that is no failure.
    if err.kind == ErrorKind::Cancelled && err.doing == cli::SAID {
        return ExitCode::SUCCESS;
    }
    tracing::error!("{err}");
    if err.doing != cli::SAID {
        writeln!(std::io::stderr(), "{}", err.advice()).ok();
    }
    ExitCode::from(err.kind.exit_code())
}
