//! From what a call presents to a caller.

use bytes::Bytes;
use relais_mls::Chain;
use relais_store::{Device, DeviceStatus};
use relais_types::{DeviceId, DeviceName, Error, Reason, Result, Timestamp};

use crate::{
    Assurance, Caller, Principal, ProvedBy, Service,
    caller::{certificate_invalid, credential_missing, device_revoked, token_expired},
    proof::{self, Proof},
    secret::digest,
};

/// What a call presents to show who makes it.
#[derive(Clone, Copy, Debug)]
pub struct Presented<'a> {
    /// The certificate of the connection.
    pub certificate: Option<&'a PeerCertificate>,
    /// The bearer token.
    pub bearer: Option<&'a str>,
    /// The proof that comes with a token.
    pub proof: Option<&'a str>,
    /// That the person is at the device.
    pub step_up: Option<&'a str>,
    /// The full path of the method, `/package.Service/Method`.
    pub method: &'a str,
    /// SHA-256 of the request's message as it came; only a proof is compared with it.
    pub message: &'a [u8; 32],
}

/// The transport certificate that a connection was made with, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCertificate {
    device: DeviceName,
    device_key: [u8; 32],
    serial: String,
    expires_at: Timestamp,
}

impl PeerCertificate {
    /// Verifies the chain that a client showed in its TLS handshake. The handshake has proved
    /// that it holds the key.
    ///
    /// # Errors
    /// `CERTIFICATE_INVALID`.
    pub fn verify(service: &Service, certificates: Vec<Bytes>) -> Result<Self> {
        let verified = || {
            let chain = Chain::new(certificates)?;
            let identity = service.anchors().verify_transport(&chain, service.now())?;
            Ok(Self {
                device: identity.device,
                device_key: identity.public_key,
                serial: chain.serial()?,
                expires_at: chain.valid_until()?,
            })
        };
        verified().map_err(|error: relais_mls::CredentialError| {
            certificate_invalid(&format!("does not verify ({error})"))
        })
    }
}

/// Who calls. A device is proved by the certificate of its connection, or by a token with a
/// proof for this very call; whatever is presented must hold, and be of the same device. The
/// device's status and its owner's role are read anew on every call, so that both take effect
/// at once.
///
/// # Errors
/// `CREDENTIAL_MISSING` if there is neither, or the token is not one of this server;
/// `TOKEN_EXPIRED`, `CERTIFICATE_INVALID`, `CREDENTIAL_MISMATCH`, `DEVICE_REVOKED`;
/// `PROOF_MISSING`, `PROOF_INVALID`, `PROOF_STALE` or `PROOF_REPLAYED` for a token alone.
pub async fn authenticate(service: &Service, presented: Presented<'_>) -> Result<Caller> {
    let Presented {
        certificate,
        bearer,
        ..
    } = presented;
    let is_operator = bearer
        .zip(service.operator_token())
        .is_some_and(|(bearer, operator)| operator.is(bearer));
    if is_operator {
        return match certificate {
            Some(_) => Err(mismatch()),
            None => Ok(Caller::Operator),
        };
    }
    let now = service.now();
    let token = bearer
        .map(|bearer| open_token(service, bearer, now))
        .transpose()?;
    if let Some(certificate) = certificate {
        if token.is_some_and(|(device, _)| device != certificate.device.device) {
            return Err(mismatch());
        }
        if certificate.expires_at <= now {
            return Err(certificate_invalid("has expired"));
        }
    }
    let (id, expires_at) = match (certificate, token) {
        (Some(certificate), _) => (certificate.device.device, certificate.expires_at),
        (None, Some((device, ends))) => (device, ends),
        (None, None) => return Err(credential_missing()),
    };
    let device = active(service, id).await?;
    let (proved_by, serial) = match (certificate, bearer) {
        (Some(certificate), _) => {
            let same =
                certificate.device == device.name && certificate.device_key == device.device_key;
            if !same {
                return Err(certificate_invalid("is not the one of an enrolled device"));
            }
            let serial = certificate.serial.clone();
            (ProvedBy::Certificate, serial)
        }
        (None, Some(bearer)) => {
            let proof = Proof::read(presented.proof.ok_or_else(proof::missing)?)?;
            proof.verify(
                &device.device_key,
                bearer,
                presented.method,
                presented.message,
            )?;
            service.proofs().take(id, &proof, now)?;
            let serial = hex::encode(&digest("token-id", bearer.as_bytes())[..8]);
            (ProvedBy::Token, serial)
        }
        (None, None) => return Err(credential_missing()),
    };
    let ttl = service.limits().step_up_ttl();
    let step_up = presented
        .step_up
        .and_then(|step_up| service.key().open_step_up(id, step_up))
        .filter(|made_at| made_at.plus(ttl) > now);
    Ok(Caller::Device(Principal {
        device: device.name,
        access_role: device.access_role,
        serial,
        assurance: Assurance { proved_by, step_up },
        expires_at,
    }))
}

/// Whether what was opened by the caller may go on: for streams, which outlast the call that
/// opened them.
///
/// # Errors
/// As [`authenticate`].
pub async fn reauthenticate(service: &Service, caller: &Caller) -> Result<()> {
    match caller {
        Caller::Anonymous => Err(credential_missing()),
        Caller::Operator => Ok(()),
        Caller::Device(principal) => {
            if principal.expires_at <= service.now() {
                return Err(principal.expired());
            }
            active(service, principal.device.device).await.map(drop)
        }
    }
}

/// Whose token it is and when it ends, which is not yet.
fn open_token(service: &Service, bearer: &str, now: Timestamp) -> Result<(DeviceId, Timestamp)> {
    let (device, expires_at) = service
        .key()
        .open_token(bearer)
        .ok_or_else(credential_missing)?;
    if expires_at <= now {
        return Err(token_expired());
    }
    Ok((device, expires_at))
}

async fn active(service: &Service, id: DeviceId) -> Result<Device> {
    service
        .store()
        .read("authenticate", async move |view| view.device(id).await)
        .await?
        .ok_or_else(credential_missing)
        .and_then(|device| match device.status {
            DeviceStatus::Active => Ok(device),
            DeviceStatus::Revoked => Err(device_revoked()),
        })
}

fn mismatch() -> Error {
    Error::new(
        Reason::CredentialMismatch,
        "the certificate of this connection and the token are of two callers: use one \
         connection for each",
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use relais_mls::Chain;

    use super::*;
    use crate::{
        AccessRole,
        fixture::{Backbone, MESSAGE, OPERATOR_TOKEN, TestDevice},
    };

    const METHOD: &str = "/relais.delivery.v1.DeliveryService/Sync";
    const NOTHING: Presented<'static> = Presented {
        certificate: None,
        bearer: None,
        proof: None,
        step_up: None,
        method: METHOD,
        message: &MESSAGE,
    };

    async fn reason(backbone: &Backbone, presented: Presented<'_>) -> Result<ProvedBy, Reason> {
        match authenticate(&backbone.service, presented).await {
            Ok(Caller::Device(principal)) => Ok(principal.assurance.proved_by),
            Ok(other) => unreachable!("{other:?}"),
            Err(error) => Err(error.reason),
        }
    }

    fn peer(backbone: &Backbone, chain: &Chain) -> PeerCertificate {
        let certificates = chain.certificates().to_vec();
        PeerCertificate::verify(&backbone.service, certificates).unwrap()
    }

    #[tokio::test]
    async fn a_token_with_a_proof_names_its_device_until_it_ends() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let token = backbone.token(&ana).await;
        let proof = ana.proof(&token, METHOD, backbone.clock_now(), 1);
        let with = |bearer, proof| Presented {
            bearer: Some(bearer),
            proof,
            ..NOTHING
        };
        let caller = authenticate(&backbone.service, with(&token, Some(&proof))).await;
        let Ok(Caller::Device(principal)) = &caller else {
            unreachable!("{caller:?}");
        };
        assert_eq!(principal.device, ana.name);
        assert_eq!(principal.assurance.proved_by, ProvedBy::Token);
        assert_eq!(principal.assurance.step_up, None);
        assert_eq!(principal.serial.len(), 16);
        for bad in ["", "relais_", "relais_00", &token[1..], "a' OR '1'='1"] {
            let refused = reason(&backbone, with(bad, None)).await;
            assert_eq!(refused, Err(Reason::CredentialMissing), "{bad}");
        }
        assert_eq!(
            reason(&backbone, NOTHING).await,
            Err(Reason::CredentialMissing)
        );
        let without = reason(&backbone, with(&token, None)).await;
        assert_eq!(without, Err(Reason::ProofMissing));
        let again = reason(&backbone, with(&token, Some(&proof))).await;
        assert_eq!(again, Err(Reason::ProofReplayed));
        let elsewhere = ana.proof(&token, "/relais.x.v1.X/Y", backbone.clock_now(), 2);
        let refused = reason(&backbone, with(&token, Some(&elsewhere))).await;
        assert_eq!(refused, Err(Reason::ProofInvalid));
        let proof = ana.proof(&token, METHOD, backbone.clock_now(), 3);
        let swapped = Presented {
            message: &[6; 32],
            ..with(&token, Some(&proof))
        };
        let refused = reason(&backbone, swapped).await;
        assert_eq!(refused, Err(Reason::ProofInvalid), "another message");
        let caller = caller.unwrap();
        assert_eq!(reauthenticate(&backbone.service, &caller).await, Ok(()));
        backbone.clock.advance(Duration::from_mins(10));
        let ended = reason(&backbone, with(&token, None)).await;
        assert_eq!(ended, Err(Reason::TokenExpired));
        let ended = reauthenticate(&backbone.service, &caller).await;
        assert_eq!(ended.unwrap_err().reason, Reason::TokenExpired);
    }

    #[tokio::test]
    async fn a_certificate_needs_no_token_and_suffers_no_other() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let bo = backbone.device("parc.internal", "Bo").await;
        let certificate = peer(&backbone, &ana.transport);
        let with = |bearer| Presented {
            certificate: Some(&certificate),
            bearer,
            ..NOTHING
        };
        assert_eq!(
            reason(&backbone, with(None)).await,
            Ok(ProvedBy::Certificate)
        );
        let own = backbone.token(&ana).await;
        let both = authenticate(&backbone.service, with(Some(&own))).await;
        let Ok(Caller::Device(principal)) = both else {
            unreachable!("{both:?}");
        };
        assert_eq!(principal.expires_at, certificate.expires_at);
        let others = backbone.token(&bo).await;
        let mismatch = Err(Reason::CredentialMismatch);
        assert_eq!(reason(&backbone, with(Some(&others))).await, mismatch);
        assert_eq!(
            reason(&backbone, with(Some(OPERATOR_TOKEN))).await,
            mismatch
        );
        let invented = reason(&backbone, with(Some("relais_00"))).await;
        assert_eq!(invented, Err(Reason::CredentialMissing));
        backbone.clock.advance(Duration::from_hours(7 * 24));
        let expired = reason(&backbone, with(None)).await;
        assert_eq!(expired, Err(Reason::CertificateInvalid));
    }

    #[tokio::test]
    async fn a_certificate_that_is_none_of_ours_does_not_verify() {
        let (backbone, elsewhere) = (Backbone::new().await, Backbone::new().await);
        let ana = backbone.device("laurier.internal", "Ana").await;
        let eve = elsewhere.device("laurier.internal", "Eve").await;
        let reason = |chain: &Chain| {
            let certificates = chain.certificates().to_vec();
            let refused = PeerCertificate::verify(&backbone.service, certificates);
            refused.unwrap_err().reason
        };
        assert_eq!(reason(&eve.transport), Reason::CertificateInvalid);
        assert_eq!(reason(ana.credential()), Reason::CertificateInvalid);
        // Certified by the organisation, for a key that was never enrolled.
        let name = ana.name.clone();
        let (issuer, key) = (backbone.service.issuer(), backbone.key().public());
        let chain = issuer.transport(&name, &key, backbone.clock_now()).await;
        let stray = peer(&backbone, &chain.unwrap());
        let presented = Presented {
            certificate: Some(&stray),
            ..NOTHING
        };
        let refused = authenticate(&backbone.service, presented).await;
        assert_eq!(refused.unwrap_err().reason, Reason::CertificateInvalid);
    }

    #[tokio::test]
    async fn a_revoked_device_is_cut_at_once() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let token = backbone.token(&ana).await;
        let proof = ana.proof(&token, METHOD, backbone.clock_now(), 1);
        let certificate = peer(&backbone, &ana.transport);
        backbone.revoke(&ana).await;
        let by_token = Presented {
            bearer: Some(&token),
            proof: Some(&proof),
            ..NOTHING
        };
        let by_certificate = Presented {
            certificate: Some(&certificate),
            ..NOTHING
        };
        for presented in [by_token, by_certificate] {
            let refused = reason(&backbone, presented).await;
            assert_eq!(refused, Err(Reason::DeviceRevoked));
        }
        let ended = reauthenticate(&backbone.service, &ana.caller).await;
        assert_eq!(ended.unwrap_err().reason, Reason::DeviceRevoked);
    }

    #[tokio::test]
    async fn a_step_up_counts_for_five_minutes_and_its_device() {
        let backbone = Backbone::new().await;
        let role = AccessRole::Administrator;
        let zoe = backbone
            .device_with_role("laurier.internal", "Zoe", role)
            .await;
        let yan = backbone
            .device_with_role("laurier.internal", "Yan", role)
            .await;
        let made_at = backbone.clock_now();
        let seen = async |device: &TestDevice, step_up: &str| {
            let certificate = peer(&backbone, &device.transport);
            let presented = Presented {
                certificate: Some(&certificate),
                step_up: Some(step_up),
                ..NOTHING
            };
            match authenticate(&backbone.service, presented).await.unwrap() {
                Caller::Device(principal) => principal.assurance.step_up,
                other => unreachable!("{other:?}"),
            }
        };
        let step_up = backbone.step_up(&zoe).await.unwrap();
        assert_eq!(seen(&zoe, &step_up).await, Some(made_at));
        assert_eq!(seen(&yan, &step_up).await, None);
        assert_eq!(seen(&zoe, "relais_stepup_00").await, None);
        backbone.clock.advance(Duration::from_mins(5));
        assert_eq!(seen(&zoe, &step_up).await, None);
    }

    #[tokio::test]
    async fn the_operator_has_a_token_of_another_kind() {
        let backbone = Backbone::new().await;
        let presented = Presented {
            bearer: Some(OPERATOR_TOKEN),
            ..NOTHING
        };
        let caller = authenticate(&backbone.service, presented).await;
        assert_eq!(caller, Ok(Caller::Operator));
    }
}
