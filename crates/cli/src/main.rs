//! The `relais` program: hands its command line to the library and ends with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    relais_cli::main(std::env::args_os())
}
