//! What a witness has to say.

use std::time::Duration;

use relais_store::Cosignature;
use relais_transparency::note::SignatureLine;
use relais_types::{Error, Reason, Result};

use super::checkpoint;
use crate::{Caller, Service};

/// How far a witness's clock may be ahead.
const AHEAD: Duration = Duration::from_mins(10);

/// A cosignature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCosignatureParams {
    /// Size of the checkpoint that was cosigned.
    pub size: u64,
    /// The signature line.
    pub line: String,
}

/// Keeps a witness's cosignature over the checkpoint of a size, in place of an older one.
///
/// Any device may bring it: what counts is the witness's signature.
///
/// # Errors
/// `NOT_FOUND` if the log is not that long; `NOT_ALLOWED` if no configured witness made it;
/// `PROOF_INVALID` if it does not verify, or is of a time to come; `MALFORMED_FIELD`.
pub async fn add_cosignature(
    service: &Service,
    caller: &Caller,
    params: AddCosignatureParams,
) -> Result<()> {
    caller.device()?;
    let line: SignatureLine = params
        .line
        .parse()
        .map_err(|_| Error::malformed("cosignature", "must look like — name base64"))?;
    let lines = [line];
    let log = service.transparency();
    let witness = log
        .witnesses
        .iter()
        .find(|witness| witness.find(&lines).is_some())
        .cloned()
        .ok_or_else(|| {
            Error::new(
                Reason::NotAllowed,
                "the cosignature is not of a configured witness: give its key to the operator \
                 of the server, for the witnesses of their configuration",
            )
        })?;
    let latest = service.now().plus(AHEAD);
    service
        .store()
        .run_tx("add_cosignature", async move |tx| {
            if tx.transparency_size().await? < params.size {
                return Err(Error::not_found("a log of this size"));
            }
            let signed = checkpoint(tx, &log.signer, params.size).await?;
            let signed_at = witness
                .verify(&signed.checkpoint.to_string(), &lines)
                .ok()
                .filter(|at| *at <= latest)
                .ok_or_else(|| {
                    let mut error = Error::new(
                        Reason::ProofInvalid,
                        "the cosignature does not verify over this log's checkpoint, or its time \
                         lies ahead: compare checkpoints and clocks with the operator",
                    );
                    error.field = Some("cosignature".to_owned());
                    error
                })?;
            tx.put_cosignature(&Cosignature {
                witness: witness.to_string(),
                size: params.size,
                line: lines[0].to_string(),
                signed_at,
            })
            .await?;
            Ok(())
        })
        .await
}
