//! The closed set of errors.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

/// What a failure means to whoever called; one gRPC code each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request can never succeed as it is.
    InvalidArgument,
    /// The request is not possible in the current state.
    FailedPrecondition,
    /// The caller has not proved who they are.
    Unauthenticated,
    /// The caller may not do this.
    PermissionDenied,
    /// It does not exist, or the caller may not know that it does.
    NotFound,
    /// It exists already.
    AlreadyExists,
    /// Another writer was first: catch up and retry.
    Aborted,
    /// Beyond what is kept.
    OutOfRange,
    /// A limit was reached: slow down.
    ResourceExhausted,
    /// Nobody is there to answer now: retry.
    Unavailable,
    /// It took too long: retry with the same request id.
    DeadlineExceeded,
    /// A defect.
    Internal,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $wire:literal, $kind:ident;)*) => {
        /// Why a call failed; the published table `relais.error.v1.Reason`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name that travels in `google.rpc.ErrorInfo`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $wire,)* }
            }

            /// What it means to the caller.
            pub const fn kind(self) -> ErrorKind {
                match self { $(Self::$name => ErrorKind::$kind,)* }
            }

            /// The reason with this name, if there is one.
            pub fn from_wire(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|reason| reason.as_str() == name)
            }
        }
    };
}

reasons! {
    /// A field is missing or malformed.
    MalformedField = "MALFORMED_FIELD", InvalidArgument;
    /// A payload is larger than the method allows.
    PayloadTooLarge = "PAYLOAD_TOO_LARGE", InvalidArgument;
    /// The request id was used with another body.
    RequestIdReused = "REQUEST_ID_REUSED", FailedPrecondition;
    /// No token, or a malformed one.
    CredentialMissing = "CREDENTIAL_MISSING", Unauthenticated;
    /// The token has expired.
    TokenExpired = "TOKEN_EXPIRED", Unauthenticated;
    /// The challenge is unknown, used or expired.
    ChallengeExpired = "CHALLENGE_EXPIRED", Unauthenticated;
    /// A proof of possession does not verify.
    ProofInvalid = "PROOF_INVALID", Unauthenticated;
    /// Known, but not allowed.
    NotAllowed = "NOT_ALLOWED", PermissionDenied;
    /// Does not exist, or may not be known to exist.
    NotFound = "NOT_FOUND", NotFound;
    /// The name or identifier is taken.
    AlreadyExists = "ALREADY_EXISTS", AlreadyExists;
    /// The invitation was used.
    InvitationUsed = "INVITATION_USED", FailedPrecondition;
    /// The invitation has expired.
    InvitationExpired = "INVITATION_EXPIRED", FailedPrecondition;
    /// The group moved on.
    StaleEpoch = "STALE_EPOCH", Aborted;
    /// The epoch has not been reached.
    FutureEpoch = "FUTURE_EPOCH", InvalidArgument;
    /// The handshake is not valid in the group's state.
    HandshakeInvalid = "HANDSHAKE_INVALID", InvalidArgument;
    /// A certificate chain does not verify or names somebody else.
    CredentialInvalid = "CREDENTIAL_INVALID", InvalidArgument;
    /// A key package does not verify.
    KeyPackageInvalid = "KEY_PACKAGE_INVALID", InvalidArgument;
    /// A device has no key package left.
    KeyPackagesExhausted = "KEY_PACKAGES_EXHAUSTED", FailedPrecondition;
    /// The cursor was not issued by this service to this device.
    CursorInvalid = "CURSOR_INVALID", InvalidArgument;
    /// The cursor points before the oldest kept entry.
    CursorCompacted = "CURSOR_COMPACTED", OutOfRange;
    /// Too many calls.
    RateLimited = "RATE_LIMITED", ResourceExhausted;
    /// The node is at its limit.
    Overloaded = "OVERLOADED", ResourceExhausted;
    /// The node is shutting down.
    ShuttingDown = "SHUTTING_DOWN", Unavailable;
    /// The database did not answer.
    StorageUnavailable = "STORAGE_UNAVAILABLE", Unavailable;
    /// The call took too long.
    DeadlineExceeded = "DEADLINE_EXCEEDED", DeadlineExceeded;
    /// A revoked device must be removed from the group first.
    CommitRequired = "COMMIT_REQUIRED", Aborted;
    /// The calling device was revoked.
    DeviceRevoked = "DEVICE_REVOKED", PermissionDenied;
    /// The identity provider's word about the caller does not verify.
    IdTokenInvalid = "ID_TOKEN_INVALID", Unauthenticated;
    /// The organisation's identity provider did not answer.
    IdentityProviderUnavailable = "IDENTITY_PROVIDER_UNAVAILABLE", Unavailable;
    /// A token alone is not enough: the call carries no proof.
    ProofMissing = "PROOF_MISSING", Unauthenticated;
    /// The proof was made too long ago, or for a time to come.
    ProofStale = "PROOF_STALE", Unauthenticated;
    /// The proof was used before.
    ProofReplayed = "PROOF_REPLAYED", Unauthenticated;
    /// The connection's certificate has expired or does not belong to the caller.
    CertificateInvalid = "CERTIFICATE_INVALID", Unauthenticated;
    /// The connection's certificate and the token are of two callers.
    CredentialMismatch = "CREDENTIAL_MISMATCH", Unauthenticated;
    /// An officer must prove themselves anew.
    StepUpRequired = "STEP_UP_REQUIRED", PermissionDenied;
    /// The certificate is not due for renewal.
    RenewalTooEarly = "RENEWAL_TOO_EARLY", FailedPrecondition;
    /// The device has evidence of deceit, and sends nothing.
    SendingStopped = "SENDING_STOPPED", FailedPrecondition;
    /// Too many timers of the group are open.
    TooManyTimers = "TOO_MANY_TIMERS", FailedPrecondition;
    /// The organisation's own authority did not answer.
    AuthorityUnavailable = "AUTHORITY_UNAVAILABLE", Unavailable;
    /// The organisation's own authority refused to certify the device.
    AuthorityRefused = "AUTHORITY_REFUSED", FailedPrecondition;
    /// A defect in the server.
    Internal = "INTERNAL", Internal;
}

/// A failure with its published reason and what the reader should do next.
///
/// The message is safe to show and to log: it never holds content, keys or names.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Why.
    pub reason: Reason,
    /// One sentence that says what is wrong and what to do.
    pub message: Cow<'static, str>,
    /// The request's field that is at fault, as a path such as `service.languages[2]`.
    pub field: Option<String>,
    /// Facts for programs, such as the current epoch.
    pub metadata: BTreeMap<String, String>,
    /// When a retry makes sense.
    pub retry_after: Option<Duration>,
}

impl Error {
    /// A failure with `reason`.
    pub fn new(reason: Reason, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            reason,
            message: message.into(),
            field: None,
            metadata: BTreeMap::new(),
            retry_after: None,
        }
    }

    /// A missing or malformed field; `problem` completes "`field` …".
    pub fn malformed(field: impl Into<String>, problem: impl AsRef<str>) -> Self {
        let field = field.into();
        let mut error = Self::new(
            Reason::MalformedField,
            format!("{field} {}", problem.as_ref()),
        );
        error.field = Some(field);
        error
    }

    /// `what` does not exist for this caller.
    pub fn not_found(what: &str) -> Self {
        Self::new(Reason::NotFound, format!("{what} was not found"))
    }

    /// The group has moved on to `epoch`, and its log to `head_seq`.
    pub fn stale_epoch(epoch: u64, head_seq: u64) -> Self {
        Self::new(
            Reason::StaleEpoch,
            "the group has moved on: sync, then try again",
        )
        .with("epoch", epoch.to_string())
        .with("head_seq", head_seq.to_string())
    }

    /// The group takes nothing but a commit with the removals that were proposed in its log.
    pub fn commit_required(epoch: u64, head_seq: u64) -> Self {
        Self::new(
            Reason::CommitRequired,
            "a revoked device must be removed from the group first: sync, commit, then try again",
        )
        .with("epoch", epoch.to_string())
        .with("head_seq", head_seq.to_string())
    }

    /// A cursor that this service did not issue.
    pub fn cursor_invalid() -> Self {
        Self::new(
            Reason::CursorInvalid,
            "the cursor is not one of this service: sync without cursors",
        )
    }

    /// A defect; `message` must not hold anything secret.
    pub fn internal(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Reason::Internal, message)
    }

    /// Adds a fact for programs.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Into<String>) -> Self {
        self.metadata.insert(key.to_owned(), value.into());
        self
    }

    /// Says when a retry makes sense.
    #[must_use]
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }

    /// Puts `prefix` before the field's path, for nested messages.
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        if let Some(field) = &mut self.field {
            *field = format!("{prefix}.{field}");
        }
        self
    }

    /// What it means to the caller.
    pub fn kind(&self) -> ErrorKind {
        self.reason.kind()
    }
}
