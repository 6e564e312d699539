//! A nonce for a device to sign.

use bytes::Bytes;
use relais_types::{DeviceId, Result, Timestamp};

use crate::{Caller, Service};

/// The device that will sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreateChallengeParams {
    /// The device.
    pub device: DeviceId,
}

/// A nonce to sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateChallengeOutcome {
    /// Opaque; valid once.
    pub challenge: Bytes,
    /// When it stops being accepted.
    pub expires_at: Timestamp,
}

/// Makes a nonce for a device to sign. Anybody may ask, nothing is stored, and the answer
/// does not tell whether the device exists: the challenge authenticates itself.
///
/// # Errors
/// None for now.
pub async fn create_challenge(
    service: &Service,
    _caller: &Caller,
    params: CreateChallengeParams,
) -> Result<CreateChallengeOutcome> {
    let expires_at = service.now().plus(service.limits().challenge_ttl());
    let nonce = service.random(relais_types::Entropy::bytes);
    let challenge = service.key().challenge(params.device, &nonce, expires_at);
    Ok(CreateChallengeOutcome {
        challenge: challenge.into(),
        expires_at,
    })
}
