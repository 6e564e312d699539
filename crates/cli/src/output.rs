//! Where words go: results to standard output, everything else to standard error.
//!
//! With `--json` every command prints one object on standard output,
//! `{"ok": true, "kind": "…", "data": …}`, where `kind` says what `data` is; a failure is one
//! object on standard error, `{"ok": false, "error": {"kind", "reason", "message", "exit_code"}}`.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use relais_care::Language;
use serde::Serialize;
use serde_json::json;

use crate::said::Said;
use crate::{Failure, render::Style};

/// Widest text for people: longer lines are hard to read.
const WIDEST: usize = 110;
/// Width where there is no terminal.
const DEFAULT_WIDTH: usize = 100;

/// How results are printed.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
    style: Style,
}

impl Output {
    /// As `--json` and `--lang` say; as wide as the terminal.
    pub fn new(json: bool, language: Language) -> Self {
        let width = console::Term::stdout()
            .size_checked()
            .map_or(DEFAULT_WIDTH, |(_, columns)| {
                usize::from(columns).clamp(60, WIDEST)
            });
        Self {
            json,
            style: Style { language, width },
        }
    }

    /// Whether programs read it.
    pub const fn is_json(self) -> bool {
        self.json
    }

    /// How views are printed.
    pub const fn style(self) -> Style {
        self.style
    }

    /// Prints a result: as an object of this kind, or as text.
    ///
    /// # Errors
    /// If standard output fails.
    pub fn result<T: Serialize>(
        self,
        kind: &str,
        data: &T,
        text: impl FnOnce(Style) -> String,
    ) -> Result<(), Failure> {
        if self.json {
            self.line(&json!({"ok": true, "kind": kind, "data": data}))
        } else {
            self.text(&text(self.style))
        }
    }

    /// Prints text as it is, with a newline at its end.
    ///
    /// # Errors
    /// If standard output fails.
    pub fn text(self, text: &str) -> Result<(), Failure> {
        let newline = if text.is_empty() || text.ends_with('\n') {
            ""
        } else {
            "\n"
        };
        write_out(&format!("{text}{newline}"))
    }

    /// Prints one JSON object on a line of its own.
    ///
    /// # Errors
    /// If standard output fails.
    pub fn line(self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(|error| {
            Failure::failed(Said::of("failure-cannot-print").with("error", &error))
        })?;
        write_out(&format!("{text}\n"))
    }

    /// Tells the person something that is no result.
    pub fn note(self, text: &str) {
        if !self.json {
            complain(text);
        }
    }
}

/// Reports a failure on standard error, to people in their language, and gives its exit code.
pub fn fail(json: bool, language: Language, failure: &Failure) -> ExitCode {
    let report = failure.report();
    if json {
        complain(&json!({"ok": false, "error": report}).to_string());
    } else {
        complain(&format!("relais: {}", failure.text(language)));
    }
    ExitCode::from(report.exit_code)
}

/// Lets the SDK's warnings, such as an entry that cannot be verified, reach the person.
/// `RELAIS_LOG` asks for more (the syntax of tracing's `EnvFilter`); if `quiet`, as with `--json`,
/// nothing is said that is not asked for.
pub(crate) fn log_warnings(quiet: bool) {
    let default = if quiet { "off" } else { "warn" };
    let filter = tracing_subscriber::EnvFilter::try_from_env("RELAIS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let told = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .without_time()
        .with_target(false);
    // A subscriber that is there already is somebody else's choice.
    drop(told.try_init());
}

/// Writes a line to standard error; nothing can be done if that is closed.
pub(crate) fn complain(text: &str) {
    drop(writeln!(io::stderr().lock(), "{text}"));
}

fn write_out(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever read it has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.map_err(|error| {
            Failure::failed(Said::of("failure-standard-output").with("error", &error))
        }),
    }
}
