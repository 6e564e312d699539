//! What a refusal of the MLS validator means to the caller.

use relais_types::{Error, Reason, Result};

/// Runs one CPU-heavy validation where it blocks no other request.
///
/// # Errors
/// `HANDSHAKE_INVALID`, `CREDENTIAL_INVALID` for a certificate chain, `NOT_ALLOWED` by the
/// group's policy, `COMMIT_REQUIRED`.
pub(crate) async fn validate<T: Send + 'static>(
    check: impl FnOnce() -> relais_mls::Result<T> + Send + 'static,
) -> Result<T> {
    validate_many(move || check().map_err(|error| refusal(Reason::HandshakeInvalid, &error))).await
}

/// Runs CPU-heavy validations where they block no other request.
///
/// # Errors
/// What `check` answers.
pub(crate) async fn validate_many<T: Send + 'static>(
    check: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(check)
        .await
        .map_err(|_| Error::internal("a validation did not end: report the request id"))?
}

/// The published error for a refusal of the validator.
pub(crate) fn refusal(invalid: Reason, error: &relais_mls::Error) -> Error {
    match error {
        relais_mls::Error::Credential(_) => {
            Error::new(Reason::CredentialInvalid, error.to_string())
        }
        relais_mls::Error::CommitRequired => Error::new(Reason::CommitRequired, error.to_string()),
        relais_mls::Error::Policy(_) => Error::new(Reason::NotAllowed, error.to_string()),
        // Our own stored state, which the caller cannot have caused.
        relais_mls::Error::State(_) => Error::internal(error.to_string()),
        _ => Error::new(invalid, error.to_string()),
    }
}
