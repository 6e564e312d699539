//! What can go wrong, as people, scripts and exit codes need it.

use relais_types::ErrorKind;
use serde::Serialize;

use crate::{story, template};

/// Exit code for a wrong command line.
pub const USAGE: u8 = 2;

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The SDK, the engine or the server refused.
    #[error("{0}")]
    Client(#[from] relais_client::Error),
    /// It is done on this device, and the server does not know yet.
    #[error(
        "{0}; what you did is stored on this device and sent the next time it reaches the server"
    )]
    Queued(relais_client::Error),
    /// What was typed cannot be meant.
    #[error("{0}")]
    Usage(String),
    /// Nothing matches what was named.
    #[error("{0}")]
    NotFound(String),
    /// It is not possible in the present state.
    #[error("{0}")]
    Precondition(String),
    /// There is no such template, or it is wrong.
    #[error("{0}")]
    Template(#[from] template::Error),
    /// A story cannot be played.
    #[error("{0}")]
    Story(#[from] story::Error),
    /// Checks of a demonstration did not hold.
    #[error("{0}")]
    Checks(String),
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl Failure {
    /// A failure without a kind of its own.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::Failed(message.into())
    }

    /// A file that cannot be read or written.
    pub fn file(verb: &str, path: &std::path::Path, source: &std::io::Error) -> Self {
        let message = format!("cannot {verb} {}: {source}", path.display());
        if source.kind() == std::io::ErrorKind::NotFound {
            Self::NotFound(message)
        } else {
            Self::Failed(message)
        }
    }

    /// The exit code: one per kind of error, as `relais --help` lists them.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Client(error) | Self::Queued(error) => code_of(error.kind()),
            Self::NotFound(_) | Self::Template(template::Error::Unknown { .. }) => 3,
            Self::Usage(_) | Self::Story(_) | Self::Template(_) => USAGE,
            Self::Precondition(_) => 6,
            Self::Checks(_) | Self::Failed(_) => 1,
        }
    }

    /// What programs get: the kind, the published reason if there is one, the message.
    pub fn report(&self) -> Report {
        let code = self.exit_code();
        Report {
            kind: match code {
                2 => "usage",
                3 => "not_found",
                4 => "not_allowed",
                5 => "unavailable",
                6 => "conflict",
                _ => "failure",
            },
            reason: match self {
                Self::Client(error) | Self::Queued(error) => {
                    error.reason().map(relais_types::Reason::as_str)
                }
                _ => None,
            },
            message: self.to_string(),
            exit_code: code,
        }
    }
}

/// A failure as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The kind, one per exit code.
    pub kind: &'static str,
    /// The published reason, such as `INVITATION_USED`.
    pub reason: Option<&'static str>,
    /// One sentence that says what is wrong and what to do.
    pub message: String,
    /// The exit code.
    pub exit_code: u8,
}

/// The exit code of a published kind of error.
const fn code_of(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::InvalidArgument => USAGE,
        ErrorKind::NotFound => 3,
        ErrorKind::Unauthenticated | ErrorKind::PermissionDenied => 4,
        ErrorKind::Unavailable | ErrorKind::DeadlineExceeded | ErrorKind::ResourceExhausted => 5,
        ErrorKind::FailedPrecondition
        | ErrorKind::AlreadyExists
        | ErrorKind::Aborted
        | ErrorKind::OutOfRange => 6,
        ErrorKind::Internal => 1,
    }
}

#[cfg(test)]
mod tests {
    use relais_types::{Error, Reason};

    use super::*;

    #[test]
    fn each_kind_has_its_exit_code() {
        use relais_client::Error as Client;
        let refused = |reason| Failure::from(Client::from(Error::new(reason, "no")));
        let unreachable = Client::Unreachable {
            url: "https://a".to_owned(),
            why: "refused".to_owned(),
        };
        for (failure, code, kind) in [
            (refused(Reason::MalformedField), 2, "usage"),
            (Failure::Usage("what".to_owned()), 2, "usage"),
            (refused(Reason::NotFound), 3, "not_found"),
            (Client::NoAccount("a".into()).into(), 3, "not_found"),
            (refused(Reason::NotAllowed), 4, "not_allowed"),
            (Client::WrongPassphrase.into(), 4, "not_allowed"),
            (unreachable.into(), 5, "unavailable"),
            (Client::TimedOut("late".to_owned()).into(), 5, "unavailable"),
            (refused(Reason::InvitationUsed), 6, "conflict"),
            (refused(Reason::AlreadyExists), 6, "conflict"),
            (Client::InUse("a".into()).into(), 6, "conflict"),
            (Client::Store("disk".to_owned()).into(), 1, "failure"),
            (Failure::Checks("one".to_owned()), 1, "failure"),
        ] {
            assert_eq!(failure.exit_code(), code, "{failure:?}");
            assert_eq!(failure.report().kind, kind, "{failure:?}");
        }
        assert_eq!(
            refused(Reason::InvitationUsed).report().reason,
            Some("INVITATION_USED")
        );
    }
}
