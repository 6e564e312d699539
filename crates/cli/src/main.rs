//! The `relais` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    relais_cli::main(std::env::args_os())
}
