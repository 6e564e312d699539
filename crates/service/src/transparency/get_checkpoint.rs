//! How the log stands.

use relais_store::Snapshot;
use relais_transparency::{Hash, SignedCheckpoint, merkle};
use relais_types::Result;

use super::{Transparency, checkpoint, make};
use crate::{Caller, Service};

/// The log as it stands, and how it came there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogState {
    /// The newest checkpoint.
    pub checkpoint: SignedCheckpoint,
    /// Proof from the caller's size; empty if the log does not have that size.
    pub consistency: Vec<Hash>,
    /// The newest checkpoint that a witness has cosigned, with the cosignatures.
    pub cosigned: Option<SignedCheckpoint>,
    /// Proof from there to the newest.
    pub cosigned_consistency: Vec<Hash>,
}

/// The newest checkpoint, with proof from `from_size`, and the newest cosigned one. A caller who
/// knows a larger log gets the smaller checkpoint all the same: it is their evidence.
///
/// # Errors
/// `CREDENTIAL_MISSING`.
pub async fn get_checkpoint(
    service: &Service,
    caller: &Caller,
    from_size: u64,
) -> Result<LogState> {
    caller.known()?;
    let log = service.transparency();
    service
        .store()
        .read("get_checkpoint", async move |view| {
            state(view, &log, from_size).await
        })
        .await
}

pub(super) async fn state(
    view: &mut Snapshot,
    log: &Transparency,
    from_size: u64,
) -> Result<LogState> {
    let size = view.transparency_size().await?;
    let mut state = LogState {
        checkpoint: checkpoint(view, &log.signer, size).await?,
        consistency: Vec::new(),
        cosigned: None,
        cosigned_consistency: Vec::new(),
    };
    if let Some(plan) = merkle::consistency(from_size, size) {
        state.consistency = make(view, &plan).await?;
    }
    let mut cosignatures = view.cosignatures().await?;
    // Those of a witness that is configured no more do not count.
    cosignatures.retain(|it| {
        let known = |key: &relais_transparency::CosignerKey| key.to_string() == it.witness;
        it.size <= size && log.witnesses.iter().any(known)
    });
    let newest = cosignatures
        .iter()
        .max_by_key(|it| (it.size, it.signed_at))
        .map(|it| it.size);
    if let Some(newest) = newest {
        let mut cosigned = checkpoint(view, &log.signer, newest).await?;
        for cosignature in cosignatures.iter().filter(|it| it.size == newest) {
            if let Ok(line) = cosignature.line.parse() {
                cosigned.add(line);
            }
        }
        state.cosigned = Some(cosigned);
        if let Some(plan) = merkle::consistency(newest, size) {
            state.cosigned_consistency = make(view, &plan).await?;
        }
    }
    Ok(state)
}
