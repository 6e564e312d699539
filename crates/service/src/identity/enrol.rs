//! Exchanging an invitation for certificates.

use std::fmt;

use bytes::Bytes;
use relais_mls::{Chain, Identity, TrustAnchors};
use relais_store::{
    AccessRole, AuditEvent, Device, DeviceStatus, Invitation, Practitioner, Transaction,
};
use relais_transparency::{Event, Happening};
use relais_types::{
    DeviceId, DeviceName, Error, PractitionerId, PractitionerName, Reason, RequestId, Result,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{MAX_LABEL, identified::Identified};
use crate::{
    Caller, Service,
    issuer::check,
    provisioning,
    replay::{Fingerprint, Replay},
    secret::code_digest,
    signing::{CertificateKind, CertificateOrder, EnrolmentProof, SigningProof},
    text,
    transparency::{LogTrust, log_event},
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
    /// What the device trusts the transparency log by.
    pub transparency: LogTrust,
}

/// What is kept for replays.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) device: DeviceName,
    pub(super) certificate_chain: Vec<Vec<u8>>,
    /// Empty in what versions before transport certificates kept; such a replay is refused.
    #[serde(default)]
    pub(super) transport_chain: Vec<Vec<u8>>,
    pub(super) display_name: String,
    pub(super) organisation_display_name: String,
    pub(super) profession: String,
}

/// Who is let in, as it was read before the certificate was issued.
pub(super) struct Admitted {
    pub(super) authority: Authority,
    pub(super) kept: Kept,
    pub(super) owner: NewOwner,
}

/// What lets them in; it is used up in the transaction that stores the device.
pub(super) enum Authority {
    Invitation(Invitation),
    Identity(Identified),
}

/// Whose device it will be.
#[derive(Clone)]
pub(super) enum NewOwner {
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
/// `PROOF_INVALID`, `MALFORMED_FIELD`, `REQUEST_ID_REUSED`; `AUTHORITY_UNAVAILABLE` or
/// `AUTHORITY_REFUSED` from an organisation that holds its own authority, and then the invitation
/// still works.
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
    let key = service.key();
    let practitioner = key.practitioner_id(&[b"invitation", &digest]);
    let device = key.device_id(&params.signature_key, &params.device_key);
    let found = service
        .store()
        .read("find_invitation", async move |view| {
            if let Some(first) = read.first::<Kept>(view).await? {
                return Ok(Err(first));
            }
            find(view, &digest, practitioner, device, now).await.map(Ok)
        })
        .await?;
    match found {
        Ok(invited) => admit(service, invited, params, label, replay).await,
        Err(first) => outcome(service, first),
    }
}

/// Certifies and stores the device of somebody who may have one.
pub(super) async fn admit(
    service: &Service,
    admitted: Admitted,
    params: EnrolParams,
    label: String,
    replay: Replay,
) -> Result<EnrolOutcome> {
    let now = service.now();
    // Issued before the transaction, so that no authority is ever waited for inside one.
    // A certificate for a device that then is not stored opens nothing.
    let mut kept = admitted.kept;
    let proof = proof(&params, &label, &kept);
    let (certified, credential, transport) =
        certify(service, &kept.device, &params, proof, now).await?;
    kept.certificate_chain = der(&credential);
    kept.transport_chain = der(&transport);

    let new = Enrolment {
        authority: admitted.authority,
        owner: admitted.owner,
        kept,
        label,
        signature_key: params.signature_key,
        device_key: params.device_key,
        credential_expires_at: certified.not_after,
    };
    let working = service.clone();
    let (kept, told) = service
        .store()
        .run_tx("enrol", async move |tx| {
            if let Some(first) = replay.first::<Kept>(tx).await? {
                return Ok((first, Vec::new()));
            }
            // Not the time at which it began: an authority may have taken half a minute.
            let now = working.now();
            let told = new.store(tx, now).await?;
            replay.keep(tx, &new.kept, now).await?;
            Ok::<_, Error>((new.kept.clone(), told))
        })
        .await?;
    service.wakeups().wake(told);
    outcome(service, kept)
}

/// Both certificates of a new device, and whom the first names.
async fn certify(
    service: &Service,
    device: &DeviceName,
    params: &EnrolParams,
    proof: EnrolmentProof,
    now: Timestamp,
) -> Result<(Identity, Chain, Chain)> {
    let anchors = service.anchors();
    let order = |kind, public_key| CertificateOrder {
        kind,
        device: device.clone(),
        public_key,
        proof: SigningProof::Enrolment(proof.clone()),
    };
    // One after the other: if the first is refused, nobody is asked for the second.
    let credential = order(CertificateKind::Credential, params.signature_key);
    let credential = service.certify(credential, now).await?;
    let named = (device, &params.signature_key);
    let certified = check(TrustAnchors::verify, &anchors, &credential, named, now)?;
    let transport = order(CertificateKind::Transport, params.device_key);
    let transport = service.certify(transport, now).await?;
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
pub(super) fn prove(params: &EnrolParams) -> Result<()> {
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

/// What an organisation that holds its own authority checks.
fn proof(params: &EnrolParams, label: &str, kept: &Kept) -> EnrolmentProof {
    EnrolmentProof {
        code_digest: Sha256::digest(&params.code).into(),
        signature_key: params.signature_key,
        device_key: params.device_key,
        signature_key_proof: params.signature_key_proof,
        device_key_proof: params.device_key_proof,
        display_name: kept.display_name.clone(),
        profession: kept.profession.clone(),
        device_label: label.to_owned(),
    }
}

async fn find(
    view: &mut relais_store::Snapshot,
    digest: &[u8; 32],
    practitioner: PractitionerId,
    device: DeviceId,
    now: Timestamp,
) -> Result<Admitted> {
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
    Ok(Admitted {
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
        authority: Authority::Invitation(invitation),
        owner,
    })
}

fn usable(invitation: &Invitation, now: Timestamp) -> Result<()> {
    if invitation.used_by.is_some() {
        return Err(used());
    }
    if invitation.expires_at <= now {
        return Err(expired());
    }
    Ok(())
}

fn expired() -> Error {
    Error::new(
        Reason::InvitationExpired,
        "the invitation has expired: ask the administrator for a new one",
    )
}

fn used() -> Error {
    Error::new(
        Reason::InvitationUsed,
        "the invitation was used: ask the administrator for a new one",
    )
}

/// Everything that is written.
struct Enrolment {
    authority: Authority,
    owner: NewOwner,
    kept: Kept,
    label: String,
    signature_key: [u8; 32],
    device_key: [u8; 32],
    credential_expires_at: Timestamp,
}

impl Enrolment {
    /// Says which other devices of the person have been left a notice.
    async fn store(&self, tx: &mut Transaction, now: Timestamp) -> Result<Vec<DeviceId>> {
        let name = self.kept.device.practitioner_name();
        self.authority.stands(tx, &name, now).await?;
        let access_role = match &self.owner {
            NewOwner::New(person) => {
                // Two devices of one new person may enrol at the same moment.
                if tx.practitioner(&name).await?.is_none() {
                    tx.insert_practitioner(person).await?;
                }
                person.access_role
            }
            // The owner's, which is read with the device.
            NewOwner::Existing => AccessRole::Member,
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
        match &self.authority {
            Authority::Invitation(invitation) => {
                if !tx.use_invitation(&invitation.digest, id, now).await? {
                    return Err(used());
                }
                // Whoever has left and is invited again is back.
                provisioning::set_active(tx, &name, true, now).await?;
            }
            Authority::Identity(identified) => identified.bind(tx, &name, now).await?,
        }
        tx.audit(&AuditEvent {
            at: now,
            actor: device.name.practitioner_name().to_string(),
            action: "device.enrol",
            subject: device.name.to_string(),
        })
        .await?;
        let event = Event {
            at: now,
            what: Happening::DeviceCertified {
                device: device.name.clone(),
                fingerprint: self.kept.chain()?.fingerprint(),
            },
        };
        log_event(tx, &event).await?;
        Ok(tx.tell_of_new_device(&device).await?)
    }
}

impl Authority {
    /// Says that what lets somebody in still does: it was read before the certificates were
    /// made, and whoever is deactivated meanwhile must not come back by it.
    ///
    /// # Errors
    /// `INVITATION_USED`, `INVITATION_EXPIRED`, or `NOT_ALLOWED` for somebody who has left.
    async fn stands(
        &self,
        tx: &mut Transaction,
        person: &PractitionerName,
        now: Timestamp,
    ) -> Result<()> {
        match self {
            Self::Invitation(before) => {
                let invitation = tx
                    .invitation(&before.digest)
                    .await?
                    .ok_or_else(|| Error::not_found("the invitation"))?;
                usable(&invitation, now)?;
                // Whoever revokes a person ends their invitations, whatever the clock says.
                if invitation.expires_at != before.expires_at {
                    return Err(expired());
                }
                Ok(())
            }
            Self::Identity(identified) => identified.stands(tx, person).await,
        }
    }
}

impl Kept {
    fn chain(&self) -> Result<Chain> {
        let certificates = self.certificate_chain.iter().cloned().map(Bytes::from);
        Chain::new(certificates.collect())
            .map_err(|_| Error::internal("a stored certificate chain is unreadable"))
    }
}

pub(super) fn outcome(service: &Service, kept: Kept) -> Result<EnrolOutcome> {
    let read = |chain: Vec<Vec<u8>>| {
        Chain::new(chain.into_iter().map(Bytes::from).collect())
            .map_err(|_| Error::internal("a stored certificate chain is unreadable"))
    };
    Ok(EnrolOutcome {
        certificate_chain: kept.chain()?,
        device: kept.device,
        transparency: service.transparency().trust(),
        transport_chain: read(kept.transport_chain)?,
        trust_anchors: service.issuer().trust_anchors(),
        removal_key: service.key().removal_key().public(),
        display_name: kept.display_name,
        organisation_display_name: kept.organisation_display_name,
        profession: kept.profession,
    })
}

pub(super) fn fingerprint(params: &EnrolParams) -> Fingerprint {
    // The proofs cover the code and the keys, and are the same for the same request.
    Fingerprint::default()
        .field(&params.device_label)
        .field(params.signature_key)
        .field(params.device_key)
        .field(params.signature_key_proof)
        .field(params.device_key_proof)
}

#[cfg(test)]
mod tests;
