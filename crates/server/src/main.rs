//! `relaisd`: the Relais backbone as a process.

use std::process::ExitCode;

use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    relais_server::cli::run(relais_server::cli::Cli::parse()).await
}
