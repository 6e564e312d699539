//! A nonce for an organisation's authority to sign.

use bytes::Bytes;
use relais_types::{OrgDomain, Result, Timestamp};

use crate::{Caller, Service};

/// The organisation whose authority will sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateSigningChallengeParams {
    /// The organisation.
    pub organisation: OrgDomain,
}

/// A nonce to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateSigningChallengeOutcome {
    /// Opaque; valid once.
    pub challenge: Bytes,
    /// When it stops being accepted.
    pub expires_at: Timestamp,
}

/// Makes a nonce for an organisation's authority to sign. Anybody may ask, nothing is stored, and
/// the answer does not tell whether the organisation exists.
///
/// # Errors
/// None for now.
pub async fn create_signing_challenge(
    service: &Service,
    _caller: &Caller,
    params: CreateSigningChallengeParams,
) -> Result<CreateSigningChallengeOutcome> {
    let expires_at = service.now().plus(service.limits().challenge_ttl());
    let nonce = service.random(relais_types::Entropy::bytes);
    let challenge = service
        .key()
        .authority_challenge(&params.organisation, &nonce, expires_at);
    Ok(CreateSigningChallengeOutcome {
        challenge: challenge.into(),
        expires_at,
    })
}
