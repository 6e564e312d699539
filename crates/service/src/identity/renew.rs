//! Renewing a device's two certificates over the keys that it has.

use std::time::Duration;

use bytes::Bytes;
use relais_mls::{Chain, TrustAnchors};
use relais_store::{AuditEvent, Device, DeviceStatus};
use relais_types::{DeviceName, Error, Reason, RequestId, Result};
use serde::{Deserialize, Serialize};

use crate::{
    Caller, Service,
    caller::device_revoked,
    issuer::check,
    replay::{Fingerprint, Replay},
    signing::{CertificateKind, CertificateOrder, RenewalProof, SigningProof},
};

/// Label of the proof by the device key.
const TRANSPORT_PROOF: &str = "relais/renew-transport/v1";
/// Label of the proof by the signature key.
const CREDENTIAL_PROOF: &str = "relais/renew-credential/v1";
/// How long before its end a messaging certificate may be renewed. A renewal costs a commit in
/// every group, and each group is to see one in a year.
const EARLY: Duration = Duration::from_hours(60 * 24);

/// A device that asks for a certificate anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// By the key to be certified over the label of the call, the device and the request id.
    pub proof: [u8; 64],
}

/// What is kept for replays.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    chain: Vec<Vec<u8>>,
}

/// Certifies the calling device's device key for TLS for another week. The certificate before
/// it works until it ends.
///
/// # Errors
/// `CREDENTIAL_MISSING`, `NOT_ALLOWED` for the operator, `PROOF_INVALID`, `REQUEST_ID_REUSED`,
/// `DEVICE_REVOKED`; `AUTHORITY_UNAVAILABLE` or `AUTHORITY_REFUSED` from an organisation that holds
/// its own authority.
pub async fn renew_transport_certificate(
    service: &Service,
    caller: &Caller,
    params: RenewParams,
) -> Result<Chain> {
    let name = &caller.device()?.device;
    let replay = replay(caller, &params, "renew_transport_certificate");
    let device = match begin(service, name, &replay).await? {
        Begun::Before(chain) => return Ok(chain),
        Begun::Now(device) => device,
    };
    prove(&device.device_key, TRANSPORT_PROOF, name, &params)?;
    let now = service.now();
    let proof = proof(TRANSPORT_PROOF, name, &params);
    let order = CertificateOrder {
        kind: CertificateKind::Transport,
        device: name.clone(),
        public_key: device.device_key,
        proof,
    };
    let chain = service.certify(order, now).await?;
    let named = (name, &device.device_key);
    let verify = TrustAnchors::verify_transport;
    check(verify, &service.anchors(), &chain, named, now)?;
    finish(service, caller, replay, "certificate.renew", chain, None).await
}

/// Certifies the calling device's signature key for messaging for another year, in the last 60
/// days of its certificate or after its end.
///
/// # Errors
/// As [`renew_transport_certificate`], and `RENEWAL_TOO_EARLY`.
pub async fn renew_credential(
    service: &Service,
    caller: &Caller,
    params: RenewParams,
) -> Result<Chain> {
    let name = &caller.device()?.device;
    let replay = replay(caller, &params, "renew_credential");
    let device = match begin(service, name, &replay).await? {
        Begun::Before(chain) => return Ok(chain),
        Begun::Now(device) => device,
    };
    prove(&device.signature_key, CREDENTIAL_PROOF, name, &params)?;
    let now = service.now();
    let left = device.credential_expires_at.since(now);
    if left > EARLY {
        let from = now.plus(left.saturating_sub(EARLY));
        return Err(Error::new(
            Reason::RenewalTooEarly,
            "the certificate is renewed in its last 60 days: ask again then",
        )
        .with("renewable_from", from.as_secs().to_string()));
    }
    let proof = proof(CREDENTIAL_PROOF, name, &params);
    let order = CertificateOrder {
        kind: CertificateKind::Credential,
        device: name.clone(),
        public_key: device.signature_key,
        proof,
    };
    let chain = service.certify(order, now).await?;
    let named = (name, &device.signature_key);
    let renewed = check(TrustAnchors::verify, &service.anchors(), &chain, named, now)?;
    let until = Some(renewed.not_after);
    finish(service, caller, replay, "credential.renew", chain, until).await
}

fn replay(caller: &Caller, params: &RenewParams, method: &'static str) -> Replay {
    let request = Fingerprint::default().field(params.proof);
    Replay::new(caller, params.request_id, method, request)
}

enum Begun {
    /// The same call was made before; this was its answer.
    Before(Chain),
    /// It is made now.
    Now(Box<Device>),
}

async fn begin(service: &Service, name: &DeviceName, replay: &Replay) -> Result<Begun> {
    let (id, replay) = (name.device, replay.clone());
    let (first, device) = service
        .store()
        .read("find_device", async move |view| {
            Ok::<_, Error>((replay.first::<Kept>(view).await?, view.device(id).await?))
        })
        .await?;
    if let Some(first) = first {
        return read(first).map(Begun::Before);
    }
    let device = device.ok_or_else(|| Error::not_found("the device"))?;
    Ok(Begun::Now(Box::new(device)))
}

/// What the device has signed.
fn message(name: &DeviceName, params: &RenewParams) -> Vec<u8> {
    [
        name.device.as_bytes().as_slice(),
        params.request_id.as_bytes(),
    ]
    .concat()
}

/// What an organisation that holds its own authority checks.
fn proof(label: &str, name: &DeviceName, params: &RenewParams) -> SigningProof {
    SigningProof::Renewal(RenewalProof {
        label: label.to_owned(),
        message: message(name, params).into(),
        signature: params.proof,
    })
}

fn prove(key: &[u8; 32], label: &str, name: &DeviceName, params: &RenewParams) -> Result<()> {
    let message = message(name, params);
    relais_mls::verify(key, label, &message, &params.proof).map_err(|_| {
        Error::new(
            Reason::ProofInvalid,
            "the proof of possession does not verify: sign the device's id and the request id",
        )
    })
}

/// Keeps the answer and the trace of it, unless the device was revoked meanwhile.
async fn finish(
    service: &Service,
    caller: &Caller,
    replay: Replay,
    action: &'static str,
    chain: Chain,
    credential_until: Option<relais_types::Timestamp>,
) -> Result<Chain> {
    let now = service.now();
    let name = caller.device()?.device.clone();
    let actor = caller.actor();
    let kept = Kept {
        chain: chain
            .certificates()
            .iter()
            .map(|der| der.to_vec())
            .collect(),
    };
    let kept = service
        .store()
        .run_tx("renew_certificate", async move |tx| {
            if let Some(first) = replay.first::<Kept>(tx).await? {
                return Ok(first);
            }
            let device = tx.device(name.device).await?;
            if device.is_none_or(|device| device.status != DeviceStatus::Active) {
                return Err(device_revoked());
            }
            if let Some(until) = credential_until {
                tx.renew_credential(name.device, until).await?;
            }
            tx.audit(&AuditEvent {
                at: now,
                actor: actor.clone(),
                action,
                subject: name.to_string(),
            })
            .await?;
            replay.keep(tx, &kept, now).await?;
            Ok::<_, Error>(kept.clone())
        })
        .await?;
    read(kept)
}

fn read(kept: Kept) -> Result<Chain> {
    Chain::new(kept.chain.into_iter().map(Bytes::from).collect())
        .map_err(|_| Error::internal("a stored certificate chain is unreadable"))
}

#[cfg(test)]
mod tests {
    use relais_mls::SigningKey;

    use super::*;
    use crate::fixture::{Backbone, TestDevice};

    const DAY: Duration = Duration::from_hours(24);

    fn params(backbone: &Backbone, of: &TestDevice, key: &SigningKey, label: &str) -> RenewParams {
        let request_id = backbone.request_id();
        let id = of.name.device;
        let message = [id.as_bytes().as_slice(), request_id.as_bytes()].concat();
        RenewParams {
            request_id,
            proof: key.sign(label, &message),
        }
    }

    #[tokio::test]
    async fn a_transport_certificate_is_renewed_at_any_time() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        backbone.clock.advance(DAY * 20);
        let asked = params(&backbone, &ana, &ana.device_key, TRANSPORT_PROOF);
        let renew = async |params: RenewParams| {
            renew_transport_certificate(&backbone.service, &ana.caller, params)
                .await
                .map_err(|error| error.reason)
        };
        let first = renew(asked.clone()).await.unwrap();
        let anchors = backbone.service.anchors();
        let identity = anchors.verify_transport(&first, backbone.clock_now());
        let identity = identity.unwrap();
        assert_eq!(identity.device, ana.name);
        assert_eq!(identity.public_key, ana.device_key.public());
        assert!(identity.not_after > backbone.clock_now().plus(DAY * 6));
        assert_eq!(renew(asked).await, Ok(first), "a replay");
        let others_key = params(&backbone, &ana, &backbone.key(), TRANSPORT_PROOF);
        assert_eq!(renew(others_key).await, Err(Reason::ProofInvalid));
        let wrong_label = params(&backbone, &ana, &ana.device_key, CREDENTIAL_PROOF);
        assert_eq!(renew(wrong_label).await, Err(Reason::ProofInvalid));
        let actions = backbone.audited().await;
        let renewals = actions.iter().filter(|(_, it)| it == "certificate.renew");
        assert_eq!(renewals.count(), 1);
    }

    #[tokio::test]
    async fn a_credential_is_renewed_in_its_last_sixty_days_and_after_its_end() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let bo = backbone.device("laurier.internal", "Bo").await;
        let renew = async |of: &TestDevice| {
            let params = params(&backbone, of, of.signature_key(), CREDENTIAL_PROOF);
            renew_credential(&backbone.service, &of.caller, params).await
        };
        backbone.clock.advance(DAY * 304);
        let early = renew(&ana).await.unwrap_err();
        assert_eq!(early.reason, Reason::RenewalTooEarly);
        let from = early.metadata["renewable_from"].parse::<i64>().unwrap();
        let wait = from - backbone.clock_now().as_secs();
        assert!((0..=86_400).contains(&wait), "{wait}");

        backbone.clock.advance(DAY * 2);
        let chain = renew(&ana).await.unwrap();
        let anchors = backbone.service.anchors();
        let identity = anchors.verify(&chain, backbone.clock_now()).unwrap();
        assert_eq!(identity.device, ana.name);
        assert_eq!(identity.public_key, ana.signature_key().public());
        let again = renew(&ana).await.unwrap_err();
        assert_eq!(again.reason, Reason::RenewalTooEarly, "the new one counts");

        backbone.clock.advance(DAY * 200);
        let late = renew(&bo).await.unwrap();
        assert!(anchors.verify(&late, backbone.clock_now()).is_ok());
    }

    #[tokio::test]
    async fn only_an_active_device_renews_and_only_its_own() {
        let backbone = Backbone::new().await;
        let ana = backbone.device("laurier.internal", "Ana").await;
        let asked = || params(&backbone, &ana, &ana.device_key, TRANSPORT_PROOF);
        let by = async |caller: &Caller| {
            let renewed = renew_transport_certificate(&backbone.service, caller, asked()).await;
            renewed.map(drop).map_err(|error| error.reason)
        };
        assert_eq!(by(&Caller::Operator).await, Err(Reason::NotAllowed));
        assert_eq!(by(&Caller::Anonymous).await, Err(Reason::CredentialMissing));
        let bo = backbone.device("laurier.internal", "Bo").await;
        assert_eq!(by(&bo.caller).await, Err(Reason::ProofInvalid));
        // Revoked between authentication and here.
        backbone.revoke(&ana).await;
        assert_eq!(by(&ana.caller).await, Err(Reason::DeviceRevoked));
    }
}
