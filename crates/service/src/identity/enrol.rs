//! Exchanging an invitation for certificates.

use std::fmt;

use bytes::Bytes;
use relais_mls::{Chain, Identity, TrustAnchors};
use relais_store::{AuditEvent, Device, DeviceStatus, Invitation, Practitioner, Transaction};
use relais_types::{
    DeviceId, DeviceName, Error, PractitionerId, PractitionerName, Reason, RequestId, Result,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::MAX_LABEL;
use crate::{
    Caller, Service,
    issuer::check,
    replay::{Fingerprint, Replay},
    secret::code_digest,
    text,
};

/// Label of the proofs of possession.
const PROOF: &str = "relais/enrol/v1";

/// An invitation code, and proof of possession of the new device's keys.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The invitation code as it was given.
    pub code: String,
    /// What the owner calls the device, at most 60 characters.
    pub device_label: String,
    /// Ed25519 key that signs in MLS groups and on entries.
    pub signature_key: [u8; 32],
    /// Ed25519 key that proves the device to the server; another one.
    pub device_key: [u8; 32],
    /// By `signature_key` over `relais/enrol/v1 || SHA-256(code) || signature_key || device_key`.
    pub signature_key_proof: [u8; 64],
    /// By `device_key` over the same bytes.
    pub device_key_proof: [u8; 64],
}

impl fmt::Debug for EnrolParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnrolParams")
            .field("request_id", &self.request_id)
            .finish_non_exhaustive()
    }
}

/// Everything that a device needs to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolOutcome {
    /// The device's name.
    pub device: DeviceName,
    /// The MLS credential.
    pub certificate_chain: Chain,
    /// The certificate of the device key for TLS.
    pub transport_chain: Chain,
    /// Federation roots in DER.
    pub trust_anchors: Vec<Bytes>,
    /// The person's name as it will be shown.
    pub display_name: String,
    /// The organisation's name as it will be shown.
    pub organisation_display_name: String,
    /// The person's profession code.
    pub profession: String,
    /// The Ed25519 key with which the service proposes removals in groups.
    pub removal_key: [u8; 32],
}

/// What is kept for replays.
#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    device: DeviceName,
    certificate_chain: Vec<Vec<u8>>,
    /// Empty in what versions before transport certificates kept; such a replay is refused.
    #[serde(default)]
    transport_chain: Vec<Vec<u8>>,
    display_name: String,
    organisation_display_name: String,
    profession: String,
}

/// What the code stands for, as it was read before the certificate was issued.
struct Invited {
    invitation: Invitation,
    kept: Kept,
    owner: NewOwner,
}

/// Whose device it will be.
#[derive(Clone)]
enum NewOwner {
    Existing,
    New(Practitioner),
}

/// Exchanges an invitation for certificates over keys made on the device. Uses up the
/// invitation; creates the practitioner, on their first device, and the device.
///
/// The caller does not matter: the code is the authority.
///
/// # Errors
/// `NOT_FOUND` for a code that is none, `INVITATION_USED`, `INVITATION_EXPIRED`,
/// `PROOF_INVALID`, `MALFORMED_FIELD`, `REQUEST_ID_REUSED`.
pub async fn enrol(
    service: &Service,
    _caller: &Caller,
    params: EnrolParams,
) -> Result<EnrolOutcome> {
    let digest = code_digest(&params.code).ok_or_else(|| Error::not_found("the invitation"))?;
    let replay = Replay::of(
        [&[3], digest.as_slice()].concat(),
        params.request_id,
        "enrol",
        fingerprint(&params),
    );
    prove(&params)?;
    let label = text::required("device_label", &params.device_label, MAX_LABEL)?;
    let now = service.now();

    let read = replay.clone();
    let (practitioner, device) =
        service.random(|entropy| (PractitionerId::random(entropy), DeviceId::random(entropy)));
    let found = service
        .store()
        .read("find_invitation", async move |view| {
            if let Some(first) = read.first::<Kept>(view).await? {
                return Ok(Err(first));
            }
            find(view, &digest, practitioner, device, now).await.map(Ok)
        })
        .await?;
    let invited = match found {
        Ok(invited) => invited,
        Err(first) => return outcome(service, first),
    };

    // Issued before the transaction, so that no authority is ever waited for inside one.
    // A certificate for a device that then is not stored opens nothing.
    let mut kept = invited.kept;
    let (certified, credential, transport) = certify(service, &kept.device, &params, now).await?;
    kept.certificate_chain = der(&credential);
    kept.transport_chain = der(&transport);

    let new = Enrolment {
        invitation: invited.invitation,
        owner: invited.owner,
        kept,
        label,
        signature_key: params.signature_key,
        device_key: params.device_key,
        credential_expires_at: certified.not_after,
    };
    let kept = service
        .store()
        .run_tx("enrol", async move |tx| {
            if let Some(first) = replay.first::<Kept>(tx).await? {
                return Ok(first);
            }
            new.store(tx, now).await?;
            replay.keep(tx, &new.kept, now).await?;
            Ok::<_, Error>(new.kept.clone())
        })
        .await?;
    outcome(service, kept)
}

/// Both certificates of a new device, and whom the first names.
async fn certify(
    service: &Service,
    device: &DeviceName,
    params: &EnrolParams,
    now: Timestamp,
) -> Result<(Identity, Chain, Chain)> {
    let issuer = service.issuer();
    let anchors = service.anchors();
    let credential = issuer.issue(device, &params.signature_key, now).await?;
    let named = (device, &params.signature_key);
    let certified = check(TrustAnchors::verify, &anchors, &credential, named, now)?;
    let transport = issuer.transport(device, &params.device_key, now).await?;
    let named = (device, &params.device_key);
    check(
        TrustAnchors::verify_transport,
        &anchors,
        &transport,
        named,
        now,
    )?;
    Ok((certified, credential, transport))
}

fn der(chain: &Chain) -> Vec<Vec<u8>> {
    let certificates = chain.certificates().iter();
    certificates.map(|der| der.to_vec()).collect()
}

/// Both keys must have signed, and differ.
fn prove(params: &EnrolParams) -> Result<()> {
    if params.signature_key == params.device_key {
        return Err(Error::malformed(
            "device_key",
            "must differ from signature_key",
        ));
    }
    let message = [
        Sha256::digest(&params.code).as_slice(),
        &params.signature_key,
        &params.device_key,
    ]
    .concat();
    let proofs = [
        (
            "signature_key_proof",
            &params.signature_key,
            &params.signature_key_proof,
        ),
        (
            "device_key_proof",
            &params.device_key,
            &params.device_key_proof,
        ),
    ];
    for (field, key, proof) in proofs {
        relais_mls::verify(key, PROOF, &message, proof).map_err(|_| {
            let mut error = Error::new(
                Reason::ProofInvalid,
                "a proof of possession does not verify: sign the code as it is sent",
            );
            error.field = Some(field.into());
            error
        })?;
    }
    Ok(())
}

async fn find(
    view: &mut relais_store::Snapshot,
    digest: &[u8; 32],
    practitioner: PractitionerId,
    device: DeviceId,
    now: Timestamp,
) -> Result<Invited> {
    let invitation = view
        .invitation(digest)
        .await?
        .ok_or_else(|| Error::not_found("the invitation"))?;
    usable(&invitation, now)?;
    let organisation = view
        .organisation(&invitation.organisation)
        .await?
        .ok_or_else(|| Error::not_found("the organisation"))?;
    let name = PractitionerName {
        organisation: invitation.organisation.clone(),
        practitioner: invitation.practitioner.unwrap_or(practitioner),
    };
    let (person, owner) = if invitation.practitioner.is_some() {
        let person = view
            .practitioner(&name)
            .await?
            .ok_or_else(|| Error::not_found("the practitioner"))?;
        (person, NewOwner::Existing)
    } else {
        let person = Practitioner {
            search_key: text::fold(&format!(
                "{} {}",
                invitation.display_name, invitation.profession
            )),
            sort_key: text::fold(&invitation.display_name),
            name: name.clone(),
            display_name: invitation.display_name.clone(),
            profession: invitation.profession.clone(),
            access_role: invitation.access_role,
            created_at: now,
        };
        (person.clone(), NewOwner::New(person))
    };
    Ok(Invited {
        kept: Kept {
            device: DeviceName {
                organisation: name.organisation,
                practitioner: name.practitioner,
                device,
            },
            certificate_chain: Vec::new(),
            transport_chain: Vec::new(),
            display_name: person.display_name,
            organisation_display_name: organisation.display_name,
            profession: person.profession,
        },
        invitation,
        owner,
    })
}

fn usable(invitation: &Invitation, now: Timestamp) -> Result<()> {
    if invitation.used_by.is_some() {
        return Err(used());
    }
    if invitation.expires_at <= now {
        return Err(Error::new(
            Reason::InvitationExpired,
            "the invitation has expired: ask the administrator for a new one",
        ));
    }
    Ok(())
}

fn used() -> Error {
    Error::new(
        Reason::InvitationUsed,
        "the invitation was used: ask the administrator for a new one",
    )
}

/// Everything that is written.
struct Enrolment {
    invitation: Invitation,
    owner: NewOwner,
    kept: Kept,
    label: String,
    signature_key: [u8; 32],
    device_key: [u8; 32],
    credential_expires_at: Timestamp,
}

impl Enrolment {
    async fn store(&self, tx: &mut Transaction, now: Timestamp) -> Result<()> {
        let access_role = match &self.owner {
            NewOwner::New(person) => {
                tx.insert_practitioner(person).await?;
                person.access_role
            }
            NewOwner::Existing => self.invitation.access_role,
        };
        let device = Device {
            name: self.kept.device.clone(),
            label: self.label.clone(),
            status: DeviceStatus::Active,
            signature_key: self.signature_key,
            device_key: self.device_key,
            access_role,
            credential_expires_at: self.credential_expires_at,
            created_at: now,
            revoked_at: None,
        };
        if !tx.insert_device(&device).await? {
            return Err(Error::malformed(
                "signature_key",
                "or device_key was enrolled before: make new keys",
            ));
        }
        let id = device.name.device;
        if !tx.use_invitation(&self.invitation.digest, id).await? {
            return Err(used());
        }
        tx.audit(&AuditEvent {
            at: now,
            actor: device.name.practitioner_name().to_string(),
            action: "device.enrol",
            subject: device.name.to_string(),
        })
        .await?;
        Ok(())
    }
}

fn outcome(service: &Service, kept: Kept) -> Result<EnrolOutcome> {
    let read = |chain: Vec<Vec<u8>>| {
        Chain::new(chain.into_iter().map(Bytes::from).collect())
            .map_err(|_| Error::internal("a stored certificate chain is unreadable"))
    };
    Ok(EnrolOutcome {
        device: kept.device,
        certificate_chain: read(kept.certificate_chain)?,
        transport_chain: read(kept.transport_chain)?,
        trust_anchors: service.issuer().trust_anchors(),
        removal_key: service.key().removal_key().public(),
        display_name: kept.display_name,
        organisation_display_name: kept.organisation_display_name,
        profession: kept.profession,
    })
}

fn fingerprint(params: &EnrolParams) -> Fingerprint {
    // The proofs cover the code and the keys, and are the same for the same request.
    Fingerprint::default()
        .field(&params.device_label)
        .field(params.signature_key)
        .field(params.device_key)
        .field(params.signature_key_proof)
        .field(params.device_key_proof)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use relais_mls::SigningKey;
    use relais_store::AccessRole;

    use super::*;
    use crate::fixture::Backbone;

    fn params(backbone: &Backbone, code: &str) -> (EnrolParams, SigningKey) {
        let (signature, device) = (backbone.key(), backbone.key());
        let (signature_key, device_key) = (signature.public(), device.public());
        let message = [Sha256::digest(code).as_slice(), &signature_key, &device_key].concat();
        let params = EnrolParams {
            request_id: backbone.request_id(),
            code: code.into(),
            device_label: "Clinic desktop".into(),
            signature_key,
            device_key,
            signature_key_proof: signature.sign(PROOF, &message),
            device_key_proof: device.sign(PROOF, &message),
        };
        (params, signature)
    }

    async fn try_enrol(backbone: &Backbone, params: EnrolParams) -> Result<EnrolOutcome> {
        enrol(&backbone.service, &Caller::Anonymous, params).await
    }

    #[tokio::test]
    async fn a_code_works_once_and_its_replay_gets_the_first_result() {
        let backbone = Backbone::new().await;
        let code = backbone
            .invite("laurier.internal", "Hélène Roy", AccessRole::Member)
            .await;
        let (first, _) = params(&backbone, &code);
        let enrolled = try_enrol(&backbone, first.clone()).await.unwrap();
        assert_eq!(enrolled.display_name, "Hélène Roy");
        assert_eq!(enrolled.device.organisation.as_str(), "laurier.internal");
        let identity = backbone
            .service
            .anchors()
            .verify(&enrolled.certificate_chain, backbone.service.now())
            .unwrap();
        assert_eq!(identity.device, enrolled.device);
        assert_eq!(identity.public_key, first.signature_key);
        let transport = backbone
            .service
            .anchors()
            .verify_transport(&enrolled.transport_chain, backbone.service.now())
            .unwrap();
        assert_eq!(transport.device, enrolled.device);
        assert_eq!(transport.public_key, first.device_key);

        let replayed = try_enrol(&backbone, first.clone()).await.unwrap();
        assert_eq!(replayed, enrolled);

        let (second, _) = params(&backbone, &code);
        let refused = try_enrol(&backbone, second.clone()).await.unwrap_err();
        assert_eq!(refused.reason, Reason::InvitationUsed);
        let same_id = EnrolParams {
            request_id: first.request_id,
            ..second
        };
        let refused = try_enrol(&backbone, same_id).await.unwrap_err();
        assert_eq!(refused.reason, Reason::RequestIdReused);
    }

    #[tokio::test]
    async fn of_many_who_hold_one_code_one_enrols() {
        let backbone = Backbone::new().await;
        let code = backbone
            .invite("laurier.internal", "Ana", AccessRole::Member)
            .await;
        let racers: Vec<_> = (0..16)
            .map(|_| {
                let service = backbone.service.clone();
                let (params, _) = params(&backbone, &code);
                tokio::spawn(async move { enrol(&service, &Caller::Anonymous, params).await })
            })
            .collect();
        let mut winners = 0;
        for racer in racers {
            match racer.await.unwrap() {
                Ok(_) => winners += 1,
                Err(error) => assert_eq!(error.reason, Reason::InvitationUsed),
            }
        }
        assert_eq!(winners, 1);
    }

    #[tokio::test]
    async fn expired_unknown_and_unproved_are_told_apart() {
        let backbone = Backbone::new().await;
        let code = backbone
            .invite("laurier.internal", "Ana", AccessRole::Member)
            .await;
        let reason = async |params| try_enrol(&backbone, params).await.unwrap_err().reason;

        let (mut unproved, _) = params(&backbone, &code);
        unproved.device_key_proof[0] ^= 1;
        assert_eq!(reason(unproved).await, Reason::ProofInvalid);

        let (mut one_key, _) = params(&backbone, &code);
        one_key.device_key = one_key.signature_key;
        assert_eq!(reason(one_key).await, Reason::MalformedField);

        let unknown = "0000-0000-0000-0000-0000-0000-0000";
        assert_eq!(reason(params(&backbone, unknown).0).await, Reason::NotFound);
        assert_eq!(reason(params(&backbone, "hello").0).await, Reason::NotFound);

        backbone.clock.advance(Duration::from_hours(8 * 24));
        let (late, _) = params(&backbone, &code);
        assert_eq!(reason(late).await, Reason::InvitationExpired);
    }

    #[tokio::test]
    async fn a_person_adds_a_device_and_keeps_name_and_role() {
        let backbone = Backbone::new().await;
        let first = backbone
            .device_with_role("laurier.internal", "Ana", AccessRole::Administrator)
            .await;
        let code = backbone
            .invite_device(&first.name.practitioner_name())
            .await;
        let (params, _) = params(&backbone, &code);
        let second = try_enrol(&backbone, params).await.unwrap();
        assert_eq!(second.display_name, "Ana");
        assert_eq!(
            second.device.practitioner_name(),
            first.name.practitioner_name()
        );
        assert_ne!(second.device, first.name);
        let devices = backbone
            .service
            .store()
            .read("devices", async move |view| {
                view.devices_of(second.device.practitioner).await
            })
            .await
            .unwrap();
        let roles: Vec<_> = devices.iter().map(|device| device.access_role).collect();
        assert_eq!(roles, [AccessRole::Administrator; 2]);
    }

    #[tokio::test]
    async fn keys_are_enrolled_once() {
        let backbone = Backbone::new().await;
        let (one, two) = (
            backbone
                .invite("laurier.internal", "Ana", AccessRole::Member)
                .await,
            backbone
                .invite("laurier.internal", "Bo", AccessRole::Member)
                .await,
        );
        let (first, signature) = params(&backbone, &one);
        try_enrol(&backbone, first.clone()).await.unwrap();
        let device = backbone.key();
        let message = [
            Sha256::digest(&two).as_slice(),
            &first.signature_key,
            &device.public(),
        ]
        .concat();
        let again = EnrolParams {
            request_id: backbone.request_id(),
            code: two,
            device_key: device.public(),
            signature_key_proof: signature.sign(PROOF, &message),
            device_key_proof: device.sign(PROOF, &message),
            ..first
        };
        let refused = try_enrol(&backbone, again).await.unwrap_err();
        assert_eq!(refused.reason, Reason::MalformedField);
    }
}
