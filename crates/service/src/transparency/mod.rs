//! The transparency log: everything that is certified becomes a leaf of one Merkle tree, in the
//! transaction of what it tells about, and everybody can have it proved.
//!
//! Checkpoints are signed when somebody asks: Ed25519 is deterministic, so the same tree always
//! has the same signature, and nothing needs to be kept.

mod add_cosignature;
mod get_checkpoint;
mod get_consistency_proof;
mod get_entries;
mod get_inclusion_proofs;
mod get_tile;

use std::time::Duration;

use relais_store::{NewLeaf, Snapshot, Transaction};
use relais_transparency::{
    CosignerKey, Event, Happening, Hash, LogKey, SignedCheckpoint, Signer,
    merkle::{self, Node, Plan, leaf_hash, node_hash},
};
use relais_types::{Error, OrgDomain, Result, Timestamp};
use sha2::{Digest as _, Sha256};

pub use add_cosignature::{AddCosignatureParams, add_cosignature};
pub use get_checkpoint::{LogState, get_checkpoint};
pub use get_consistency_proof::{ConsistencyParams, get_consistency_proof};
pub use get_entries::{GetEntriesParams, get_entries};
pub use get_inclusion_proofs::{
    InclusionOutcome, InclusionParams, InclusionProof, get_inclusion_proofs,
};
pub use get_tile::get_tile;

use crate::Service;

/// Audit events after which the trail's head is logged with the next identity event.
const AUDIT_EVENTS: u64 = 100;

/// The log's key, and who watches it.
#[derive(Debug)]
pub struct Transparency {
    /// Signs checkpoints.
    pub signer: Signer,
    /// Whose cosignatures are taken.
    pub witnesses: Vec<CosignerKey>,
    /// How old the newest cosigned checkpoint may be before people are warned.
    pub max_cosignature_age: Duration,
}

/// What a device trusts the log by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTrust {
    /// The log's key.
    pub log_key: LogKey,
    /// The witnesses' keys.
    pub witness_keys: Vec<CosignerKey>,
    /// How old the newest cosigned checkpoint may be; zero without witnesses.
    pub max_cosignature_age: Duration,
}

impl Transparency {
    /// What a device is given when it enrols.
    pub fn trust(&self) -> LogTrust {
        LogTrust {
            log_key: self.signer.log_key(),
            witness_keys: self.witnesses.clone(),
            max_cosignature_age: if self.witnesses.is_empty() {
                Duration::ZERO
            } else {
                self.max_cosignature_age
            },
        }
    }
}

impl Service {
    /// Logs how far the audit trail has come, if that has changed since it was logged last.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`.
    pub async fn log_audit_head(&self) -> Result<()> {
        let now = self.now();
        self.store()
            .run_tx("log_audit_head", async move |tx| {
                append_audit_head(tx, now, 1).await
            })
            .await
    }
}

/// That an organisation's authority was certified, by its certificate in DER.
pub(crate) fn organisation_certified(
    organisation: &OrgDomain,
    certificate: &[u8],
    at: Timestamp,
) -> Event {
    let what = Happening::OrganisationCertified {
        organisation: organisation.clone(),
        fingerprint: Sha256::digest(certificate).into(),
    };
    Event { at, what }
}

/// Appends what happened to the log, in the transaction in which it happens.
///
/// # Errors
/// If the database fails.
pub(crate) async fn log_event(tx: &mut Transaction, event: &Event) -> Result<()> {
    append(tx, event, None).await?;
    append_audit_head(tx, event.at, AUDIT_EVENTS).await
}

async fn append_audit_head(tx: &mut Transaction, at: Timestamp, after: u64) -> Result<()> {
    let Some((number, hash)) = tx.audit_head().await? else {
        return Ok(());
    };
    if number < tx.transparency_audit_number().await? + after {
        return Ok(());
    }
    let what = Happening::AuditHead { number, hash };
    append(tx, &Event { at, what }, Some(number)).await
}

async fn append(tx: &mut Transaction, event: &Event, audit_number: Option<u64>) -> Result<()> {
    let (number, leaf) = (tx.transparency_size().await?, event.encode());
    let mut hash = leaf_hash(&leaf);
    for node in Node::completed_by(number) {
        if node.level > 0 {
            hash = node_hash(&read_node(tx, node.left_child()).await?, &hash);
        }
        tx.insert_transparency_node(node.level, node.index, &hash)
            .await?;
    }
    tx.append_transparency_leaf(&NewLeaf {
        number,
        leaf,
        fingerprint: event.fingerprint().copied(),
        audit_number,
    })
    .await?;
    Ok(())
}

async fn read_node(view: &mut Snapshot, node: Node) -> Result<Hash> {
    view.transparency_node(node.level, node.index)
        .await?
        .ok_or_else(damaged)
}

/// The hashes that `plan` makes.
async fn make(view: &mut Snapshot, plan: &Plan) -> Result<Vec<Hash>> {
    let mut read = Vec::new();
    for node in plan.nodes() {
        read.push(read_node(view, node).await?);
    }
    plan.fold(read).ok_or_else(damaged)
}

/// The signed checkpoint of the log when it had `size` leaves.
async fn checkpoint(view: &mut Snapshot, signer: &Signer, size: u64) -> Result<SignedCheckpoint> {
    let root = make(view, &merkle::root(size)).await?;
    let root = root.first().copied().ok_or_else(damaged)?;
    Ok(SignedCheckpoint::sign(signer, size, root))
}

fn damaged() -> Error {
    Error::internal("the transparency log is damaged: restore the database from a backup")
}

#[cfg(test)]
mod tests;
