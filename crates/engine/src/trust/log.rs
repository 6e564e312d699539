//! The log as this device has verified it: it only grows.

use prost::Message;
use relais_proto::transparency::LogState;
use relais_transparency::{Hash, SignedCheckpoint, merkle::verify_consistency};
use relais_types::Result;

use super::{Breach, ROOT, TRUST};
use crate::{
    account::Account,
    event::{Alarm, Update},
    record,
};

/// Whom the log is trusted by, and how far it was verified.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct TrustRecord {
    #[prost(string, tag = "1")]
    pub(crate) log_key: String,
    #[prost(string, repeated, tag = "2")]
    pub(crate) witness_keys: Vec<String>,
    #[prost(uint32, tag = "3")]
    pub(crate) max_age_seconds: u32,
    /// The newest verified checkpoint, a signed note; empty before the first.
    #[prost(string, tag = "4")]
    pub(crate) checkpoint: String,
}

/// Hashes as they travel; `None` if one has another length, or there are more than any proof has.
pub(super) fn hashes(bytes: &[bytes::Bytes]) -> Option<Vec<Hash>> {
    let few = bytes.len() <= relais_transparency::merkle::MAX_PROOF;
    few.then(|| {
        bytes
            .iter()
            .map(|hash| hash.as_ref().try_into().ok())
            .collect()
    })?
}

impl Account {
    /// Takes in how the log stands; the newest checkpoint, if it could be verified.
    ///
    /// A smaller log, or one that does not continue what is held, is evidence.
    pub(super) fn log_came(&mut self, state: Option<LogState>) -> Result<Option<SignedCheckpoint>> {
        let state = state.unwrap_or_default();
        let new = match SignedCheckpoint::read(&state.checkpoint, &self.trust.log) {
            Ok(new) => new,
            Err(error) => {
                self.log_unverifiable(format!("its checkpoint: {error}"));
                return Ok(None);
            }
        };
        let shown = new.checkpoint.size;
        if let Some(held) = self.trust.held.clone() {
            let (old, held_size) = (&held.checkpoint, held.checkpoint.size);
            if shown < held_size {
                let breach = Breach::Rollback {
                    held: held_size,
                    shown,
                };
                self.breached(breach, held.to_string(), new.to_string())?;
                return Ok(None);
            }
            let proof = hashes(&state.consistency_proof).unwrap_or_default();
            let root = &new.checkpoint.root;
            if verify_consistency(held_size, shown, &old.root, root, &proof).is_err() {
                let breach = Breach::SplitView {
                    held: held_size,
                    shown,
                };
                self.breached(breach, held.to_string(), new.to_string())?;
                return Ok(None);
            }
        }
        self.adopt(&new);
        self.look_for_a_witness(&state, &new)?;
        Ok(Some(new))
    }

    /// Holds a checkpoint that is consistent with the one held before.
    pub(super) fn adopt(&mut self, new: &SignedCheckpoint) {
        self.consistent(new.checkpoint.size, new.checkpoint.root);
        if self.trust.held.as_ref() == Some(new) {
            return;
        }
        self.trust.held = Some(new.clone());
        let row = TrustRecord {
            log_key: self.trust.log.to_string(),
            witness_keys: self
                .trust
                .witnesses
                .iter()
                .map(ToString::to_string)
                .collect(),
            max_age_seconds: u32::try_from(self.trust.max_age.as_secs()).unwrap_or(u32::MAX),
            checkpoint: new.to_string(),
        };
        record::write(&mut self.state, TRUST.to_vec(), &row);
    }

    /// Remembers the root of a size, which need not be proved again.
    pub(super) fn consistent(&mut self, size: u64, root: Hash) {
        self.trust.roots.insert(size, root);
        let key = [ROOT, &size.to_be_bytes()].concat();
        self.state.put(key, root.to_vec());
    }

    /// Warns, once a connection, if there should be a witness and none has looked lately.
    fn look_for_a_witness(&mut self, state: &LogState, new: &SignedCheckpoint) -> Result<()> {
        if self.trust.witnesses.is_empty() {
            return Ok(());
        }
        let cosigned = SignedCheckpoint::read(&state.cosigned_checkpoint, &self.trust.log).ok();
        let seen = cosigned.as_ref().and_then(|cosigned| {
            let witnesses = self.trust.witnesses.iter();
            witnesses
                .filter_map(|witness| cosigned.cosigned_by(witness).ok())
                .max()
        });
        if let (Some(cosigned), Some(_)) = (&cosigned, seen) {
            let (old, now) = (&cosigned.checkpoint, &new.checkpoint);
            let proof = hashes(&state.cosigned_consistency_proof).unwrap_or_default();
            if verify_consistency(old.size, now.size, &old.root, &now.root, &proof).is_err() {
                let breach = Breach::SplitView {
                    held: now.size,
                    shown: old.size,
                };
                return self.breached(breach, new.to_string(), cosigned.to_string());
            }
        }
        let silence = seen.map(|at| self.now().since(at));
        let fresh = silence.is_some_and(|silence| silence <= self.trust.max_age);
        if !fresh && !std::mem::replace(&mut self.trust.warned, true) {
            self.update(Update::Alarm(Alarm::WitnessSilent {
                silence,
                max_age: self.trust.max_age,
            }));
        }
        Ok(())
    }
}
