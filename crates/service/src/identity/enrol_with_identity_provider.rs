//! Exchanging an identity provider's word for certificates.

use relais_types::{DeviceName, Error, OrgDomain, Result};
use sha2::{Digest as _, Sha256};

use super::{
    EnrolOutcome, EnrolParams, MAX_LABEL,
    enrol::{Admitted, Authority, Kept, NewOwner, admit, fingerprint, outcome, prove},
    get_identity_provider::no_provider,
    identified::{Identified, Person},
};
use crate::{Caller, Expected, Service, replay::Replay, secret::digest, text};

/// Label of the nonce that binds an ID token to the device's keys.
const NONCE: &str = "relais/oidc-nonce/v1";

/// An ID token, and proof of possession of the new device's keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolWithIdentityProviderParams {
    /// The organisation whose provider has made the token.
    pub organisation: OrgDomain,
    /// As for [`enrol`](super::enrol()), with the ID token in place of the code.
    pub enrolment: EnrolParams,
}

/// Exchanges an ID token for certificates over keys made on the device. The token works for
/// these keys alone, and so once. Creates the practitioner, on their first device, and the device.
///
/// The caller does not matter: the token is the authority.
///
/// # Errors
/// `NOT_FOUND` if there is no such organisation or it has no provider, `ID_TOKEN_INVALID`,
/// `IDENTITY_PROVIDER_UNAVAILABLE`, `PROOF_INVALID`, `NOT_ALLOWED` for somebody who has left
/// or whom the organisation's rules leave out, `MALFORMED_FIELD`, `REQUEST_ID_REUSED`.
pub async fn enrol_with_identity_provider(
    service: &Service,
    _caller: &Caller,
    params: EnrolWithIdentityProviderParams,
) -> Result<EnrolOutcome> {
    let EnrolWithIdentityProviderParams {
        organisation,
        enrolment,
    } = params;
    let token = digest("id_token", enrolment.code.as_bytes());
    let replay = Replay::of(
        [&[4], token.as_slice()].concat(),
        enrolment.request_id,
        "enrol_with_identity_provider",
        fingerprint(&enrolment).field(organisation.as_str()),
    );
    prove(&enrolment)?;
    let label = text::required("device_label", &enrolment.device_label, MAX_LABEL)?;

    let (read, of) = (replay.clone(), organisation.clone());
    let provider = service
        .store()
        .read("find_identity_provider", async move |view| {
            if let Some(first) = read.first::<Kept>(view).await? {
                return Ok(Err(first));
            }
            let provider = view.identity_provider(&of).await?;
            provider.map(Ok).ok_or_else(no_provider)
        })
        .await?;
    let provider = match provider {
        Ok(provider) => provider,
        Err(first) => return outcome(service, first),
    };
    let expected = Expected {
        issuer: provider.issuer.clone(),
        client_id: provider.client_id.clone(),
        nonce: nonce(&enrolment),
        now: service.now(),
    };
    let claims = service
        .id_tokens()
        .verify(&enrolment.code, expected)
        .await?;
    let identified = Identified::new(organisation, &provider, &claims)?;

    let now = service.now();
    let (key, subject) = (service.key(), identified.subject());
    let fresh = key.practitioner_id(&[
        subject.organisation.as_str().as_bytes(),
        subject.issuer.as_bytes(),
        subject.subject.as_bytes(),
    ]);
    let device = key.device_id(&enrolment.signature_key, &enrolment.device_key);
    let admitted = service
        .store()
        .read("find_identified", async move |view| {
            let (person, owner) = match identified.find(view, fresh, now).await? {
                Person::Known(person) => (person, NewOwner::Existing),
                Person::New(person) => (person.clone(), NewOwner::New(person)),
            };
            let organisation = view
                .organisation(&person.name.organisation)
                .await?
                .ok_or_else(no_provider)?;
            Ok::<_, Error>(Admitted {
                kept: Kept {
                    device: DeviceName {
                        organisation: person.name.organisation,
                        practitioner: person.name.practitioner,
                        device,
                    },
                    certificate_chain: Vec::new(),
                    transport_chain: Vec::new(),
                    display_name: person.display_name,
                    organisation_display_name: organisation.display_name,
                    profession: person.profession,
                },
                authority: Authority::Identity(identified.clone()),
                owner,
            })
        })
        .await?;
    admit(service, admitted, enrolment, label, replay).await
}

/// What binds an ID token to both keys: whoever steals the token cannot enrol others.
fn nonce(params: &EnrolParams) -> String {
    let keys = Sha256::new()
        .chain_update(NONCE)
        .chain_update(params.signature_key)
        .chain_update(params.device_key);
    hex::encode(keys.finalize())
}

#[cfg(test)]
mod tests;
