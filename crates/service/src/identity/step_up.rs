//! Proving that the person is at the device, for what officers do.

use bytes::Bytes;
use relais_types::{Result, Timestamp};

use super::{CreateTokenParams, create_token::answered};
use crate::{Caller, Service};

/// Label of the proof.
const PROOF: &str = "relais/step-up/v1";

/// An answer to a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepUpParams {
    /// The challenge as it was received.
    pub challenge: Bytes,
    /// By the device key over `relais/step-up/v1 || device || challenge`.
    pub signature: [u8; 64],
}

/// What shows that the person was at the device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StepUpOutcome {
    /// Opaque; holds for the calling device alone.
    pub step_up: String,
    /// When it stops being accepted.
    pub expires_at: Timestamp,
    /// The server's clock.
    pub server_time: Timestamp,
}

/// Exchanges a challenge that the device signed after its owner gave the passphrase for a
/// step-up, and uses the challenge up.
///
/// That the owner was asked is the client's promise: the server sees the device key alone. It
/// keeps an unattended, unlocked program, and whoever holds a stolen connection or token, from
/// acting as an officer; not somebody who has the unlocked keys.
///
/// # Errors
/// `CREDENTIAL_MISSING` for nobody, `NOT_ALLOWED` for the operator, who needs none;
/// `CHALLENGE_EXPIRED`, `PROOF_INVALID`, `DEVICE_REVOKED`.
pub async fn step_up(
    service: &Service,
    caller: &Caller,
    params: StepUpParams,
) -> Result<StepUpOutcome> {
    let device = caller.device()?.device.device;
    let answer = CreateTokenParams {
        device,
        challenge: params.challenge,
        signature: params.signature,
    };
    answered(service, &answer, PROOF).await?;
    let now = service.now();
    Ok(StepUpOutcome {
        step_up: service.key().step_up(device, now),
        expires_at: now.plus(service.limits().step_up_ttl()),
        server_time: now,
    })
}

#[cfg(test)]
mod tests {
    use relais_types::Reason;

    use super::*;
    use crate::fixture::Backbone;

    #[tokio::test]
    async fn a_challenge_steps_up_once_and_no_token_proof_does() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let try_step_up = async |caller: &Caller, params| {
            let outcome = step_up(&backbone.service, caller, params).await;
            outcome.map(drop).map_err(|error| error.reason)
        };
        let signed = async |label| {
            let challenge = backbone.challenge(&ana).await;
            let id = ana.name.device;
            let message = [id.as_bytes().as_slice(), &challenge].concat();
            StepUpParams {
                signature: ana.device_key.sign(label, &message),
                challenge,
            }
        };
        let good = signed(PROOF).await;
        assert_eq!(try_step_up(&ana.caller, good.clone()).await, Ok(()));
        let again = try_step_up(&ana.caller, good).await;
        assert_eq!(again, Err(Reason::ChallengeExpired));
        let as_token = signed("relais/token/v1").await;
        let refused = try_step_up(&ana.caller, as_token).await;
        assert_eq!(refused, Err(Reason::ProofInvalid));
        for (caller, reason) in [
            (Caller::Operator, Reason::NotAllowed),
            (Caller::Anonymous, Reason::CredentialMissing),
        ] {
            let params = signed(PROOF).await;
            assert_eq!(try_step_up(&caller, params).await, Err(reason));
        }
        let bo = backbone.device("laurier.internal", "Bo").await;
        let stolen = try_step_up(&bo.caller, signed(PROOF).await).await;
        assert_eq!(stolen, Err(Reason::ChallengeExpired));
    }
}
