//! Logs: one line a call and one for each thing an operator should know, on standard error.
//!
//! They name ids, methods, sizes and times; never content, keys, codes, tokens or names.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::{EnvFilter, Layer as _, fmt, layer::SubscriberExt as _};

use crate::{
    config::{Log, LogFormat},
    error::{Error, Result},
};

/// Sends the whole process's log to standard error.
///
/// # Errors
/// If the filter is malformed or the process has a logger already.
pub fn init(log: &Log) -> Result<()> {
    let filter =
        EnvFilter::try_new(&log.filter).map_err(|error| Error::internal("log filter", &error))?;
    let lines = fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    let lines = match log.format {
        LogFormat::Human => lines.with_target(false).boxed(),
        LogFormat::Json => lines
            .json()
            .flatten_event(true)
            .with_span_list(false)
            .boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(lines).with(filter);
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|error| Error::internal("logging", &error))
}
