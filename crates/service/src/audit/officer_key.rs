//! The key to which clients seal who viewed what.

use bytes::Bytes;
use relais_mls::Chain;
use relais_store::{AuditEvent, OfficerKey};
use relais_types::{Error, OrgDomain, Reason, RequestId, Result};

use crate::{
    Caller, Service,
    replay::{Fingerprint, Replay},
};

/// Label of the statement's signature.
const LABEL: &str = "relais/officer-key/v1";

/// A key, and who says that it is the officer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishOfficerKeyParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// Whose officer's, as the statement says.
    pub organisation: OrgDomain,
    /// The serialized statement.
    pub statement: Bytes,
    /// By the calling device's signature key over `relais/officer-key/v1 || statement`.
    pub signature: [u8; 64],
    /// That device's certificates.
    pub chain: Chain,
}

/// Publishes an organisation's officer key. Everybody's clients verify the statement again; that
/// only an administrator's device may publish is what the server adds.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is a device that administers the organisation;
/// `PROOF_INVALID`, `CREDENTIAL_INVALID`, `REQUEST_ID_REUSED`.
pub async fn publish_officer_key(
    service: &Service,
    caller: &Caller,
    params: PublishOfficerKeyParams,
) -> Result<()> {
    let device = caller.device()?.device.clone();
    caller.administers(&params.organisation)?;
    let now = service.now();
    let named = service
        .anchors()
        .verify(&params.chain, now)
        .map_err(|error| invalid(&error.to_string()))?;
    if named.device != device {
        return Err(invalid("it names another device than the caller"));
    }
    relais_mls::verify(
        &named.public_key,
        LABEL,
        &params.statement,
        &params.signature,
    )
    .map_err(|_| {
        Error::new(
            Reason::ProofInvalid,
            "the statement's signature does not verify under the device's key",
        )
    })?;
    let fingerprint = Fingerprint::default()
        .field(params.organisation.as_str())
        .field(&params.statement)
        .field(params.signature);
    let replay = Replay::new(
        caller,
        params.request_id,
        "publish_officer_key",
        fingerprint,
    );
    let event = AuditEvent {
        at: now,
        actor: caller.actor(),
        action: "officer_key.publish",
        subject: params.organisation.resource_name(),
    };
    let certificates = params.chain.certificates();
    let key = OfficerKey {
        chain: [certificates[0].clone(), certificates[1].clone()],
        statement: params.statement,
        signature: Bytes::copy_from_slice(&params.signature),
    };
    let organisation = params.organisation;
    service
        .store()
        .run_tx("publish_officer_key", async move |tx| {
            if replay.first::<()>(tx).await?.is_none() {
                tx.insert_officer_key(&organisation, &key, now).await?;
                tx.audit(&event).await?;
                replay.keep(tx, &(), now).await?;
            }
            Ok(())
        })
        .await
}

/// The organisation's newest officer key; `None` if it has none, or is unknown.
///
/// # Errors
/// `CREDENTIAL_MISSING` for nobody.
pub async fn officer_key(
    service: &Service,
    caller: &Caller,
    organisation: OrgDomain,
) -> Result<Option<OfficerKey>> {
    caller.known()?;
    let key = service
        .store()
        .read("officer_key", async move |view| {
            view.officer_key(&organisation).await
        })
        .await?;
    Ok(key)
}

fn invalid(problem: &str) -> Error {
    let mut error = Error::new(
        Reason::CredentialInvalid,
        format!("the certificate chain cannot vouch for the key: {problem}"),
    );
    error.field = Some("officer_key.certificate_chain".to_owned());
    error
}
