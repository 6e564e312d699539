//! What can go wrong, as people, scripts and exit codes need it.

use relais_care::{Language, Value};
use relais_types::{ErrorKind, Reason};
use serde::Serialize;

use crate::{said::Said, story, template, texts::REASONS};

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
    Usage(Said),
    /// Nothing matches what was named.
    #[error("{0}")]
    NotFound(Said),
    /// It is not possible in the present state.
    #[error("{0}")]
    Precondition(Said),
    /// There is no such template, or it is wrong.
    #[error("{0}")]
    Template(#[from] template::Error),
    /// A story cannot be played.
    #[error("{0}")]
    Story(#[from] story::Error),
    /// Checks of a demonstration did not hold.
    #[error("{0}")]
    Checks(Said),
    /// Anything else.
    #[error("{0}")]
    Failed(Said),
}

impl Failure {
    /// A failure without a kind of its own.
    pub fn failed(message: impl Into<Said>) -> Self {
        Self::Failed(message.into())
    }

    /// A file that cannot be read or written.
    pub fn file(verb: &str, path: &std::path::Path, source: &std::io::Error) -> Self {
        let message = Said::of("failure-file")
            .with("verb", verb)
            .with("path", &path.display())
            .with("error", source);
        if source.kind() == std::io::ErrorKind::NotFound {
            Self::NotFound(message)
        } else {
            Self::Failed(message)
        }
    }

    /// What the person is told, in this language; what is wrong with a template or a story is in
    /// English.
    pub fn text(&self, language: Language) -> String {
        match self {
            Self::Usage(said)
            | Self::NotFound(said)
            | Self::Precondition(said)
            | Self::Checks(said)
            | Self::Failed(said) => said.text(language),
            Self::Client(_) | Self::Queued(_) if language == Language::English => self.to_string(),
            Self::Client(error) => refused(error, language),
            Self::Queued(error) => {
                let values = [("failure", refused(error, language).into())];
                REASONS.fill(language, "client-queued", &values)
            }
            Self::Template(_) | Self::Story(_) => self.to_string(),
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

/// What the SDK tells, in another language than English.
fn refused(error: &relais_client::Error, language: Language) -> String {
    use relais_client::Error;
    let say = |id: &str, values: &[(&str, Value<'_>)]| REASONS.fill(language, id, values);
    match error {
        Error::Refused(refused) => {
            let reason = say(&id_of(refused.reason), &[]);
            if tells_all(refused.reason) {
                return reason;
            }
            let values = [
                ("reason", reason.into()),
                ("details", refused.message.as_ref().into()),
            ];
            say("reason-with-details", &values)
        }
        Error::Unreachable { url, why } => say(
            "client-unreachable",
            &[("url", url.into()), ("why", why.into())],
        ),
        Error::WrongPassphrase => say("client-wrong-passphrase", &[]),
        Error::InUse(path) => {
            let path = path.display().to_string();
            say("client-in-use", &[("path", path.into())])
        }
        Error::NoAccount(path) => {
            let path = path.display().to_string();
            say("client-no-account", &[("path", path.into())])
        }
        Error::SignIn(why) => say("client-sign-in", &[("why", why.into())]),
        Error::Store(why) => say("client-store", &[("why", why.into())]),
        Error::TimedOut(why) => say("client-timed-out", &[("why", why.into())]),
        Error::Closed => say("client-closed", &[]),
    }
}

/// The sentence of a published reason: `reason-invitation-used` of `INVITATION_USED`.
fn id_of(reason: Reason) -> String {
    let code = reason.as_str().to_ascii_lowercase().replace('_', "-");
    format!("reason-{code}")
}

/// Whether a reason's own sentence tells all that its message does.
const fn tells_all(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::TokenExpired
            | Reason::ChallengeExpired
            | Reason::InvitationUsed
            | Reason::InvitationExpired
            | Reason::StaleEpoch
            | Reason::CursorInvalid
            | Reason::CursorCompacted
            | Reason::Overloaded
            | Reason::ShuttingDown
            | Reason::StorageUnavailable
            | Reason::DeadlineExceeded
            | Reason::CommitRequired
            | Reason::DeviceRevoked
            | Reason::IdentityProviderUnavailable
            | Reason::ProofMissing
            | Reason::ProofStale
            | Reason::ProofReplayed
            | Reason::AuthorityUnavailable
    )
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
    use relais_types::Error;

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
            (Failure::Usage("what".into()), 2, "usage"),
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
            (Failure::Checks("one".into()), 1, "failure"),
        ] {
            assert_eq!(failure.exit_code(), code, "{failure:?}");
            assert_eq!(failure.report().kind, kind, "{failure:?}");
        }
        assert_eq!(
            refused(Reason::InvitationUsed).report().reason,
            Some("INVITATION_USED")
        );
    }
    #[test]
    fn every_published_reason_has_its_french() {
        for &reason in Reason::ALL {
            assert!(REASONS.has(Language::French, &id_of(reason)), "{reason:?}");
            let failure = Failure::from(relais_client::Error::from(Error::new(reason, "WHY")));
            let text = failure.text(Language::French);
            assert_eq!(text.contains("(WHY)"), !tells_all(reason), "{text}");
            assert_eq!(failure.text(Language::English), "WHY");
            assert_eq!(failure.report().message, "WHY");
        }
    }

    #[test]
    fn what_the_sdk_tells_has_its_french() {
        use relais_client::Error as Client;
        let why = || "WHY".to_owned();
        let unreachable = || Client::Unreachable {
            url: "https://a".to_owned(),
            why: why(),
        };
        for error in [
            unreachable(),
            Client::WrongPassphrase,
            Client::InUse("a".into()),
            Client::NoAccount("a".into()),
            Client::SignIn(why()),
            Client::Store(why()),
            Client::TimedOut(why()),
            Client::Closed,
        ] {
            let text = Failure::from(error).text(Language::French);
            assert!(!text.contains("client-") && !text.contains('{'), "{text}");
        }
        let queued = Failure::Queued(unreachable());
        let text = queued.text(Language::French);
        assert!(text.contains("gardé sur cet appareil"), "{text}");
    }
}
