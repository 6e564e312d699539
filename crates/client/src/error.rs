//! What can go wrong for a user of the SDK.

use std::path::PathBuf;

use relais_types::{ErrorKind, Reason};

/// A failure, with what to do next in its message.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The server, or the engine, refused with one of the published reasons.
    #[error("{0}")]
    Refused(#[from] relais_types::Error),
    /// The server could not be reached.
    #[error(
        "the server at {url} cannot be reached ({why}): check the address and that it is running; nothing was lost"
    )]
    Unreachable {
        /// Where it was expected.
        url: String,
        /// What the network says.
        why: String,
    },
    /// The passphrase does not open the store.
    #[error("the passphrase does not open this account: check it and try again")]
    WrongPassphrase,
    /// Another process has the account open.
    #[error("the account at {} is open in another process: close that one first", .0.display())]
    InUse(PathBuf),
    /// There is no account at this path.
    #[error("there is no account at {}: enrol with an invitation code first", .0.display())]
    NoAccount(PathBuf),
    /// Signing in at the identity provider did not succeed.
    #[error("{0}")]
    SignIn(String),
    /// The local store failed.
    #[error("{0}")]
    Store(String),
    /// It took longer than the caller wanted to wait.
    #[error("{0}")]
    TimedOut(String),
    /// The client was closed.
    #[error("the account was closed: open it again")]
    Closed,
}

impl Error {
    /// The published reason, if the server or the engine gave one.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Refused(error) => Some(error.reason),
            _ => None,
        }
    }

    /// What it means to the caller.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused(error) => error.kind(),
            Self::Unreachable { .. } => ErrorKind::Unavailable,
            Self::WrongPassphrase | Self::SignIn(_) => ErrorKind::Unauthenticated,
            Self::InUse(_) | Self::Closed => ErrorKind::FailedPrecondition,
            Self::NoAccount(_) => ErrorKind::NotFound,
            Self::Store(_) => ErrorKind::Internal,
            Self::TimedOut(_) => ErrorKind::DeadlineExceeded,
        }
    }
}
