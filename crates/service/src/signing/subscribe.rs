//! An agent's stream of requests.

use bytes::Bytes;
use relais_mls::CertifiedAuthority;
use relais_types::{Error, OrgDomain, Reason, Result};

use super::{SigningRequest, desk::Agent};
use crate::{
    Caller, Service,
    identity::{challenge_expired, use_challenge},
};

/// Label of the proof.
const PROOF: &str = "relais/authority/v1";

/// An answer to a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscribeParams {
    /// The organisation.
    pub organisation: OrgDomain,
    /// The challenge as it was received.
    pub challenge: Bytes,
    /// By the authority's key over `relais/authority/v1 || domain || 0 || challenge`.
    pub signature: [u8; 64],
}

/// The requests that wait for an organisation's authority. Dropping it disconnects the agent.
#[derive(Debug)]
pub struct SigningStream(Agent);

impl SigningStream {
    /// The next request.
    ///
    /// # Errors
    /// `PROOF_INVALID` when the stream ends: another key was certified, or the organisation has
    /// opened too many streams.
    pub async fn next(&mut self) -> Result<SigningRequest> {
        self.0.next().await.ok_or_else(|| {
            Error::new(
                Reason::ProofInvalid,
                "the stream has ended, because another key was certified or another agent took \
                 its place: check the certificate, then connect again",
            )
        })
    }
}

/// Opens an agent's stream, and uses the challenge up.
///
/// # Errors
/// `CHALLENGE_EXPIRED` if the challenge is unknown, used or expired; `PROOF_INVALID` if the
/// signature does not verify under a certified key of the organisation's.
pub async fn subscribe(
    service: &Service,
    _caller: &Caller,
    params: SubscribeParams,
) -> Result<SigningStream> {
    let expires_at = service
        .key()
        .open_authority_challenge(&params.organisation, &params.challenge)
        .filter(|expires_at| *expires_at > service.now())
        .ok_or_else(challenge_expired)?;
    let organisation = params.organisation.clone();
    let own = service
        .store()
        .read("find_authority", async move |view| {
            view.organisation_authority(&organisation).await
        })
        .await?;
    let key = own
        .and_then(|own| own.certified)
        .and_then(|certified| CertifiedAuthority::read(&certified.certificate).ok())
        .map(|authority| authority.public_key)
        .ok_or_else(proof_invalid)?;
    let domain = params.organisation.as_str().as_bytes();
    let message = [domain, &[0], &params.challenge].concat();
    relais_mls::verify(&key, PROOF, &message, &params.signature).map_err(|_| proof_invalid())?;
    use_challenge(service, &params.challenge, expires_at).await?;
    Ok(SigningStream(service.desk().connect(&params.organisation)))
}

/// The same for an organisation that is unknown, so that nobody can find out by asking.
fn proof_invalid() -> Error {
    Error::new(
        Reason::ProofInvalid,
        "the signature does not verify under a certified authority of the organisation: ask the \
         operator to certify this key (`relais admin org certify`)",
    )
}
