//! `relais`: what people and administrators type, and the demo.
//!
//! A command goes like this: `args` says what can be typed; `command` opens the account
//! ([`account`]), finds what was meant by a short id or a name ([`resolve`]), asks the SDK
//! and prints the outcome through [`output`]: tables or a case view ([`render`]) for people,
//! one documented JSON object for programs. Failures end in [`failure`] with an exit code by
//! kind. [`tui`] shows the same views in a terminal that stays open. `relais demo` plays a [`story`] against a server process of its own ([`demo`]).

pub mod account;
pub mod args;
mod command;
pub mod demo;
pub mod failure;
pub mod help;
mod hours;
pub mod huddle;
pub mod output;
mod progress;
pub mod render;
pub mod resolve;
pub mod said;
pub mod story;
pub mod template;
mod texts;
pub mod tui;

use std::{ffi::OsString, process::ExitCode};

use clap::FromArgMatches as _;

pub use args::Cli;
pub use failure::Failure;

/// Does what a command line says, in a runtime of its own.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let environment = std::env::var("RELAIS_LANG").ok();
    let language = help::language_of(&arguments, environment.as_deref());
    let parsed = help::command(language)
        .try_get_matches_from(arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to standard output and are no failure.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() {
                failure::USAGE
            } else {
                0
            });
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return output::fail(
                cli.globals.json,
                cli.globals.lang.into(),
                &Failure::failed(format!("no runtime: {error}")),
            );
        }
    };
    let code = runtime.block_on(command::run(cli));
    // What still runs has nothing left to say; a blocked read must not hold the process.
    runtime.shutdown_background();
    code
}
