//! Exchanging a signed challenge for a token.

use std::fmt;

use bytes::Bytes;
use relais_store::DeviceStatus;
use relais_types::{DeviceId, Error, Reason, Result, Timestamp};

use crate::{Caller, Service, caller::device_revoked, secret::digest};

/// Label of the proof.
const PROOF: &str = "relais/token/v1";
/// A key that verifies like any other: Ed25519's base point (RFC 8032 §5.1). Whatever it
/// says, no device stands behind it.
const NOBODY: [u8; 32] = {
    let mut point = [0x66; 32];
    point[0] = 0x58;
    point
};

/// An answer to a challenge: for a token, or to step up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateTokenParams {
    /// The device.
    pub device: DeviceId,
    /// The challenge as it was received.
    pub challenge: Bytes,
    /// By the device key over `relais/token/v1 || device || challenge`, or under the label of a
    /// step-up.
    pub signature: [u8; 64],
}

/// A bearer token.
#[derive(Clone, PartialEq, Eq)]
pub struct CreateTokenOutcome {
    /// Opaque.
    pub token: String,
    /// When it stops being accepted.
    pub expires_at: Timestamp,
    /// The server's clock, from which the proofs that come with the token are counted.
    pub server_time: Timestamp,
}

impl fmt::Debug for CreateTokenOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateTokenOutcome")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Exchanges a signed challenge for a token, and uses the challenge up.
///
/// # Errors
/// `CHALLENGE_EXPIRED` if it is unknown, used or expired; `PROOF_INVALID` if the signature
/// does not verify, and for a device that is unknown; `DEVICE_REVOKED`.
pub async fn create_token(
    service: &Service,
    _caller: &Caller,
    params: CreateTokenParams,
) -> Result<CreateTokenOutcome> {
    let now = service.now();
    answered(service, &params, PROOF).await?;
    let expires_at = now.plus(service.limits().token_ttl());
    Ok(CreateTokenOutcome {
        token: service.key().token(params.device, expires_at),
        expires_at,
        server_time: now,
    })
}

/// Passes an answer to a challenge under `label`, and uses the challenge up.
///
/// # Errors
/// As [`create_token`].
pub(super) async fn answered(
    service: &Service,
    params: &CreateTokenParams,
    label: &str,
) -> Result<()> {
    let now = service.now();
    let challenge_expires_at = service
        .key()
        .open_challenge(params.device, &params.challenge)
        .filter(|expires_at| *expires_at > now)
        .ok_or_else(challenge_expired)?;
    let device = params.device;
    let known = service
        .store()
        .read("find_device", async move |view| view.device(device).await)
        .await?;
    let message = [params.device.as_bytes().as_slice(), &params.challenge].concat();
    // A key is tried in any case, so that the time does not tell whether there is a device.
    let key = known.as_ref().map_or(&NOBODY, |device| &device.device_key);
    let signed = relais_mls::verify(key, label, &message, &params.signature).is_ok();
    let device = known.filter(|_| signed).ok_or_else(proof_invalid)?;
    if device.status != DeviceStatus::Active {
        return Err(device_revoked());
    }
    // Only a proved device writes, so that nobody else can fill the table.
    use_challenge(service, &params.challenge, challenge_expires_at).await
}

/// Uses up a challenge that was answered well.
///
/// # Errors
/// `CHALLENGE_EXPIRED` if it was used before.
pub(crate) async fn use_challenge(
    service: &Service,
    challenge: &[u8],
    expires_at: Timestamp,
) -> Result<()> {
    let used = digest("challenge", challenge);
    let fresh = service
        .store()
        .run_tx("use_challenge", async move |tx| {
            tx.use_challenge(&used, expires_at).await
        })
        .await?;
    if fresh {
        Ok(())
    } else {
        Err(challenge_expired())
    }
}

pub(crate) fn challenge_expired() -> Error {
    Error::new(
        Reason::ChallengeExpired,
        "the challenge is unknown, used or expired: ask for a new one",
    )
}

fn proof_invalid() -> Error {
    Error::new(
        Reason::ProofInvalid,
        "the signature does not verify under the device's key",
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{
        fixture::{Backbone, TestDevice},
        identity::{CreateChallengeParams, create_challenge},
    };

    async fn answer(backbone: &Backbone, device: &TestDevice) -> CreateTokenParams {
        let id = device.name.device;
        let asked = CreateChallengeParams { device: id };
        let challenge = create_challenge(&backbone.service, &Caller::Anonymous, asked)
            .await
            .unwrap()
            .challenge;
        let message = [id.as_bytes().as_slice(), &challenge].concat();
        CreateTokenParams {
            device: id,
            signature: device.device_key.sign(PROOF, &message),
            challenge,
        }
    }

    #[tokio::test]
    async fn a_challenge_is_answered_once_in_time_and_by_its_device() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let bo = backbone.device("laurier.internal", "Bo").await;
        let create = async |params| {
            create_token(&backbone.service, &Caller::Anonymous, params)
                .await
                .map(drop)
                .map_err(|error| error.reason)
        };

        let answered = answer(&backbone, &ana).await;
        assert_eq!(create(answered.clone()).await, Ok(()));
        assert_eq!(create(answered).await, Err(Reason::ChallengeExpired));

        let mut stolen = answer(&backbone, &ana).await;
        stolen.device = bo.name.device;
        assert_eq!(create(stolen).await, Err(Reason::ChallengeExpired));

        let mut unsigned = answer(&backbone, &ana).await;
        unsigned.signature[0] ^= 1;
        assert_eq!(create(unsigned).await, Err(Reason::ProofInvalid));

        let late = answer(&backbone, &ana).await;
        backbone.clock.advance(Duration::from_secs(121));
        assert_eq!(create(late).await, Err(Reason::ChallengeExpired));
    }

    #[tokio::test]
    async fn an_unknown_device_proves_nothing_and_a_revoked_one_is_told() {
        let backbone = Backbone::new().await;
        let mut ana = backbone.device("laurier.internal", "Ana").await;
        backbone.revoke(&ana).await;
        let params = answer(&backbone, &ana).await;
        let revoked = create_token(&backbone.service, &Caller::Anonymous, params).await;
        ana.name.device = DeviceId::from_bytes([9; 16]);
        let params = answer(&backbone, &ana).await;
        let unknown = create_token(&backbone.service, &Caller::Anonymous, params).await;
        assert_eq!(revoked.unwrap_err().reason, Reason::DeviceRevoked);
        assert_eq!(unknown.unwrap_err().reason, Reason::ProofInvalid);
    }
}
