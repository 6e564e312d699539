//! Certifying an authority whose key the organisation holds.

use std::fmt;

use bytes::Bytes;
use relais_mls::{CertificateRequest, CertifiedAuthority, CredentialError};
use relais_store::{AuditEvent, CertifiedKey, OrganisationAuthority};
use relais_types::{Error, OrgDomain, Reason, RequestId, Result};

use crate::{
    Caller, Service,
    replay::{Fingerprint, Replay},
};

/// The field that holds the request.
const FIELD: &str = "certificate_request";

/// Whose authority, and the request for its certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct CertifyOrganisationParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The organisation.
    pub organisation: OrgDomain,
    /// PKCS #10, PEM or DER.
    pub certificate_request: Bytes,
}

impl fmt::Debug for CertifyOrganisationParams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CertifyOrganisationParams")
            .field("request_id", &self.request_id)
            .field("organisation", &self.organisation)
            .finish_non_exhaustive()
    }
}

/// What the organisation keeps beside its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifyOrganisationOutcome {
    /// The CA certificate in DER.
    pub certificate: Bytes,
    /// Federation roots in DER.
    pub trust_anchors: Vec<Bytes>,
}

/// Certifies an organisation's own authority. From then on the server cannot certify anybody of
/// it: an authority that it held is deleted, and requests go to the organisation's agents.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is the operator; `NOT_FOUND`, `PROOF_INVALID` if the request is
/// not signed by its own key, `MALFORMED_FIELD`, `REQUEST_ID_REUSED`.
pub async fn certify_organisation(
    service: &Service,
    caller: &Caller,
    params: CertifyOrganisationParams,
) -> Result<CertifyOrganisationOutcome> {
    caller.operator()?;
    let organisation = params.organisation;
    let fingerprint = Fingerprint::default()
        .field(organisation.as_str())
        .field(&params.certificate_request);
    let replay = Replay::new(
        caller,
        params.request_id,
        "certify_organisation",
        fingerprint,
    );
    let key = read(&params.certificate_request, &organisation)?.public_key;
    let (first, domain) = (replay.clone(), organisation.clone());
    let known = service
        .store()
        .read("find_authority", async move |view| {
            if let Some(first) = first.first::<Vec<u8>>(view).await? {
                return Ok(Some(Bytes::from(first)));
            }
            if view.organisation(&domain).await?.is_none() {
                return Err(Error::not_found("the organisation"));
            }
            let own = view.organisation_authority(&domain).await?;
            Ok(own
                .and_then(|own| own.certified)
                .map(|key| key.certificate)
                .filter(|certificate| is_of(certificate, &key)))
        })
        .await?;
    let certificate = match known {
        Some(certificate) => certificate,
        None => store(service, caller, replay, &organisation, key).await?,
    };
    Ok(CertifyOrganisationOutcome {
        certificate,
        trust_anchors: service.issuer().trust_anchors(),
    })
}

fn read(request: &[u8], organisation: &OrgDomain) -> Result<CertificateRequest> {
    let request = CertificateRequest::read(request).map_err(|error| match error {
        CredentialError::BadSignature => {
            let mut error = Error::new(
                Reason::ProofInvalid,
                "the certificate request is not signed by its own key: make it again with \
                 `relais org init`",
            );
            error.field = Some(FIELD.to_owned());
            error
        }
        other => Error::malformed(FIELD, format!("cannot be read: {other}")),
    })?;
    if request.domain != *organisation {
        return Err(Error::malformed(
            FIELD,
            "names another domain: certify the organisation that it names",
        ));
    }
    Ok(request)
}

fn is_of(certificate: &[u8], key: &[u8; 32]) -> bool {
    CertifiedAuthority::read(certificate).is_ok_and(|authority| authority.public_key == *key)
}

/// Signs the certificate, stores it, and deletes what the server held before.
async fn store(
    service: &Service,
    caller: &Caller,
    replay: Replay,
    organisation: &OrgDomain,
    public_key: [u8; 32],
) -> Result<Bytes> {
    let now = service.now();
    let signed = service
        .issuer()
        .certify_organisation(organisation, &public_key, now)
        .await?;
    let authority = OrganisationAuthority {
        organisation: organisation.clone(),
        certified: Some(CertifiedKey {
            certificate: signed.clone(),
            certified_at: now,
        }),
    };
    let event = AuditEvent {
        at: now,
        actor: caller.actor(),
        action: "organisation.certify",
        subject: organisation.resource_name(),
    };
    let (working, domain) = (service.clone(), organisation.clone());
    service
        .detached(async move {
            let certificate = working
                .store()
                .run_tx("certify_organisation", async move |tx| {
                    if let Some(first) = replay.first::<Vec<u8>>(tx).await? {
                        return Ok(Bytes::from(first));
                    }
                    tx.put_organisation_authority(&authority).await?;
                    tx.audit(&event).await?;
                    replay.keep(tx, &signed.to_vec(), now).await?;
                    Ok::<_, Error>(signed.clone())
                })
                .await?;
            // After the commit: until then the server may still need it.
            working.issuer().forget_organisation(&domain).await?;
            working.desk().disconnect(&domain);
            Ok(certificate)
        })
        .await
}
