//! What can go wrong between the service and its database.

use std::time::Duration;

use relais_types::Reason;

/// The result of a storage operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// How long a caller should wait before it tries a busy store again.
const RETRY: Duration = Duration::from_millis(500);

/// A failure of the storage. Nothing that the failed transaction wrote remains.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database did not answer: full disk, I/O error, lock, or closed. Retry later.
    #[error("the database did not answer: {0}")]
    Unavailable(String),
    /// Too many transactions are waiting. Retry soon.
    #[error("too many transactions are waiting")]
    Overloaded,
    /// The file cannot be used by this program; the text says why and what to do.
    #[error("the database cannot be opened: {0}")]
    Incompatible(String),
    /// What was read is not what was written.
    #[error("the database holds a value that it never should: {0}")]
    Corrupt(String),
    /// A defect in this program, such as a violated constraint.
    #[error("a database statement failed: {0}")]
    Defect(String),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                let code = database.code().and_then(|code| code.parse::<i32>().ok());
                // Primary result codes: https://www.sqlite.org/rescode.html
                match code.map(|code| code & 0xff) {
                    // BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, FULL, CANTOPEN, PROTOCOL
                    Some(5..=10 | 13..=15) => Self::Unavailable(error.to_string()),
                    // CORRUPT, NOTADB
                    Some(11 | 26) => Self::Corrupt(error.to_string()),
                    _ => Self::Defect(error.to_string()),
                }
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::Corrupt(error.to_string())
            }
            sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::PoolClosed => {
                Self::Unavailable(error.to_string())
            }
            _ => Self::Defect(error.to_string()),
        }
    }
}

impl From<Error> for relais_types::Error {
    /// The detail stays in the log: a caller learns only what to do.
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(_) => {
                tracing::error!(%error, "storage unavailable");
                Self::new(
                    Reason::StorageUnavailable,
                    "the database did not answer: retry with the same request id",
                )
                .retry_after(RETRY)
            }
            Error::Overloaded => Self::new(
                Reason::Overloaded,
                "too many writes are waiting: retry with the same request id",
            )
            .retry_after(RETRY),
            Error::Incompatible(_) | Error::Corrupt(_) | Error::Defect(_) => {
                tracing::error!(%error, "storage defect");
                Self::internal("the server could not use its database: report the request id")
            }
        }
    }
}
