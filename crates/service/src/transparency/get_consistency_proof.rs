//! Proof that the log only grew.

use relais_transparency::{Hash, merkle};
use relais_types::{Error, Result};

use super::make;
use crate::{Caller, Service};

/// Two sizes of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConsistencyParams {
    /// The smaller.
    pub from_size: u64,
    /// The larger.
    pub to_size: u64,
}

/// Proof that the log of one size is the beginning of that of the other.
///
/// # Errors
/// `MALFORMED_FIELD` if `from_size` is larger; `NOT_FOUND` if the log is not that long;
/// `CREDENTIAL_MISSING`.
pub async fn get_consistency_proof(
    service: &Service,
    caller: &Caller,
    params: ConsistencyParams,
) -> Result<Vec<Hash>> {
    caller.known()?;
    let plan = merkle::consistency(params.from_size, params.to_size)
        .ok_or_else(|| Error::malformed("from_size", "must not be larger than to_size"))?;
    service
        .store()
        .read("get_consistency_proof", async move |view| {
            if view.transparency_size().await? < params.to_size {
                return Err(Error::not_found("a log of this size"));
            }
            make(view, &plan).await
        })
        .await
}
