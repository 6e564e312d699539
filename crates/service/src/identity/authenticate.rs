//! From a bearer token to a caller.

use relais_store::{Device, DeviceStatus};
use relais_types::{DeviceId, Error, Reason, Result, Timestamp};

use crate::{Caller, Principal, Service, caller::credential_missing};

/// Whose token this is. The device's status and its owner's role are read anew on every
/// call, so that both take effect at once.
///
/// # Errors
/// `CREDENTIAL_MISSING` if the token is not one of this server or its device is not active;
/// `TOKEN_EXPIRED`.
pub async fn authenticate(service: &Service, bearer: &str) -> Result<Caller> {
    let is_operator = service
        .operator_token()
        .is_some_and(|operator| operator.is(bearer));
    if is_operator {
        return Ok(Caller::Operator);
    }
    let (id, expires_at) = service
        .key()
        .open_token(bearer)
        .ok_or_else(credential_missing)?;
    let device = active(service, id, expires_at).await?;
    Ok(Caller::Device(Principal {
        device: device.name,
        access_role: device.access_role,
        expires_at,
    }))
}

/// Whether what was opened with the caller's token may go on: for streams, which outlast
/// the call that opened them.
///
/// # Errors
/// As [`authenticate`].
pub async fn reauthenticate(service: &Service, caller: &Caller) -> Result<()> {
    match caller {
        Caller::Anonymous => Err(credential_missing()),
        Caller::Operator => Ok(()),
        Caller::Device(principal) => {
            active(service, principal.device.device, principal.expires_at).await?;
            Ok(())
        }
    }
}

async fn active(service: &Service, id: DeviceId, expires_at: Timestamp) -> Result<Device> {
    if expires_at <= service.now() {
        return Err(token_expired());
    }
    service
        .store()
        .read("authenticate", async move |view| view.device(id).await)
        .await?
        .filter(|device| device.status == DeviceStatus::Active)
        .ok_or_else(credential_missing)
}

/// The refusal of a token that has ended.
pub fn token_expired() -> Error {
    Error::new(
        Reason::TokenExpired,
        "the token has expired: call CreateToken again",
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fixture::{Backbone, OPERATOR_TOKEN};

    #[tokio::test]
    async fn a_token_names_its_device_until_it_ends() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let token = backbone.token(&ana).await;
        let caller = authenticate(&backbone.service, &token).await;
        assert_eq!(caller, Ok(ana.caller.clone()));
        let reason = async |bearer: &str| {
            let refused = authenticate(&backbone.service, bearer).await;
            refused.unwrap_err().reason
        };
        for bad in ["", "relais_", "relais_00", &token[1..], "a' OR '1'='1"] {
            assert_eq!(reason(bad).await, Reason::CredentialMissing, "{bad}");
        }
        assert_eq!(reauthenticate(&backbone.service, &ana.caller).await, Ok(()));
        backbone.clock.advance(Duration::from_mins(10));
        assert_eq!(reason(&token).await, Reason::TokenExpired);
        let ended = reauthenticate(&backbone.service, &ana.caller).await;
        assert_eq!(ended.unwrap_err().reason, Reason::TokenExpired);
    }

    #[tokio::test]
    async fn a_revoked_device_is_cut_at_once() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let token = backbone.token(&ana).await;
        backbone.revoke(&ana).await;
        let refused = authenticate(&backbone.service, &token).await;
        assert_eq!(refused.unwrap_err().reason, Reason::CredentialMissing);
        let ended = reauthenticate(&backbone.service, &ana.caller).await;
        assert_eq!(ended.unwrap_err().reason, Reason::CredentialMissing);
    }

    #[tokio::test]
    async fn the_operator_has_a_token_of_another_kind() {
        let backbone = Backbone::new().await;
        let caller = authenticate(&backbone.service, OPERATOR_TOKEN).await;
        assert_eq!(caller, Ok(Caller::Operator));
    }
}
