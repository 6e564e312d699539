//! Proof that certificates are in the log.

use bytes::Bytes;
use relais_transparency::{Hash, merkle};
use relais_types::{Error, Result};

use super::{LogState, get_checkpoint::state, make};
use crate::{Caller, Service};

/// Certificates of one call.
const MAX_CERTIFICATES: usize = 1_000;

/// Which certificates, and how much of the log the caller knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionParams {
    /// SHA-256 of each.
    pub fingerprints: Vec<[u8; 32]>,
    /// Size of the caller's last verified checkpoint.
    pub from_size: u64,
}

/// Proofs that all lead to one checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionOutcome {
    /// The log.
    pub log: LogState,
    /// One for each certificate that is in it, in the order of the request.
    pub proofs: Vec<InclusionProof>,
}

/// Leads from a leaf to the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// SHA-256 of the certificate.
    pub fingerprint: [u8; 32],
    /// The leaf's number.
    pub index: u64,
    /// The serialized event.
    pub leaf: Bytes,
    /// The hashes from the leaf upwards.
    pub hashes: Vec<Hash>,
}

/// Proves that certificates are in the log; those that are not have no proof.
///
/// # Errors
/// `MALFORMED_FIELD` for more than 1,000; `CREDENTIAL_MISSING`.
pub async fn get_inclusion_proofs(
    service: &Service,
    caller: &Caller,
    params: InclusionParams,
) -> Result<InclusionOutcome> {
    caller.known()?;
    if params.fingerprints.len() > MAX_CERTIFICATES {
        let problem = format!("must be at most {MAX_CERTIFICATES}");
        return Err(Error::malformed("certificates_sha256", problem));
    }
    let log = service.transparency();
    service
        .store()
        .read("get_inclusion_proofs", async move |view| {
            let log = state(view, &log, params.from_size).await?;
            let size = log.checkpoint.checkpoint.size;
            let mut proofs = Vec::new();
            for fingerprint in &params.fingerprints {
                let Some(found) = view.transparency_leaf_of(fingerprint).await? else {
                    continue;
                };
                let plan = merkle::inclusion(found.number, size).ok_or_else(super::damaged)?;
                proofs.push(InclusionProof {
                    fingerprint: *fingerprint,
                    index: found.number,
                    leaf: found.leaf,
                    hashes: make(view, &plan).await?,
                });
            }
            Ok(InclusionOutcome { log, proofs })
        })
        .await
}
