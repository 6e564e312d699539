//! Comparison with the other members, inside the encryption.

use prost::Message as _;
use relais_proto::{
    care::{self, Attestation},
    transparency::{GetConsistencyProofRequest, GetConsistencyProofResponse},
};
use relais_transparency::{SignedCheckpoint, merkle::verify_consistency};
use relais_types::{CaseId, DeviceName, Result};

use super::{Breach, log::hashes};
use crate::{account::Account, signed};

/// Checkpoints of others that wait to be compared; more are left out, and come again with the
/// next message.
const MAX_HEARD: usize = 100;

/// What somebody else holds of the log, under the log's own signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(super) checkpoint: SignedCheckpoint,
}

impl Account {
    /// A signed entry as it is encrypted: with what this device holds.
    pub(crate) fn attested(&self, case: CaseId, signed_entry: &[u8]) -> Result<Vec<u8>> {
        let held = self.trust.held.as_ref();
        let attestation = Attestation {
            log_size: held.map_or(0, |held| held.checkpoint.size),
            log_root: held
                .map_or_else(Vec::new, |it| it.checkpoint.root.to_vec())
                .into(),
            log_signature: held
                .map_or_else(Vec::new, |it| it.signature.to_vec())
                .into(),
            epoch: self.mls.epoch(&self.state, case).map_err(signed::mls)?,
            epoch_authenticator: self
                .mls
                .authenticator(&self.state, case)
                .map_err(signed::mls)?
                .into(),
        };
        let beside = care::SignedEntry {
            attestation: Some(attestation),
            ..care::SignedEntry::default()
        };
        // Fields that follow are merged with those before (protobuf encoding, "Last One Wins").
        Ok([signed_entry, &beside.encode_to_vec()].concat())
    }

    /// Compares what a member holds with what this device does.
    pub(crate) fn hear(
        &mut self,
        case: CaseId,
        by: &DeviceName,
        attestation: &Attestation,
    ) -> Result<()> {
        let epoch = self.mls.epoch(&self.state, case).map_err(signed::mls)?;
        if attestation.epoch == epoch {
            let ours = self.mls.authenticator(&self.state, case);
            if ours.map_err(signed::mls)? != attestation.epoch_authenticator {
                self.forked(case, by.clone(), epoch)?;
            }
        }
        let (Ok(root), Ok(signature)) = (
            attestation.log_root.as_ref().try_into(),
            attestation.log_signature.as_ref().try_into(),
        ) else {
            return Ok(());
        };
        let size = attestation.log_size;
        // What the log has not signed proves nothing.
        let Ok(heard) = SignedCheckpoint::restore(&self.trust.log, size, root, signature) else {
            tracing::warn!(device = %by, "a member holds a checkpoint that the log has not signed");
            return Ok(());
        };
        match self.trust.roots.get(&size) {
            Some(known) if *known == root => Ok(()),
            Some(_) => self.split_view(&heard),
            None => {
                let known = self.trust.heard.iter();
                let known = known.clone().any(|it| it.checkpoint == heard);
                if !known && self.trust.heard.len() < MAX_HEARD {
                    self.trust.heard.push(Heard { checkpoint: heard });
                }
                Ok(())
            }
        }
    }

    /// A member is in another version of the group's epoch.
    pub(crate) fn forked(&mut self, case: CaseId, by: DeviceName, epoch: u64) -> Result<()> {
        let held = format!("epoch {epoch} of case {case} as this device has it");
        let shown = format!("another epoch {epoch} of it, stated by {by} under their signature");
        self.breached(Breach::Fork { case, by, epoch }, held, shown)
    }

    /// The next comparison that needs a proof.
    pub(super) fn next_comparison(&mut self) -> Option<(Heard, GetConsistencyProofRequest)> {
        let held = self.trust.held.as_ref()?.checkpoint.size;
        let heard = self.trust.heard.pop()?;
        let size = heard.checkpoint.checkpoint.size;
        let request = GetConsistencyProofRequest {
            from_size: held.min(size),
            to_size: held.max(size),
        };
        Some((heard, request))
    }

    pub(super) fn comparison_came(
        &mut self,
        heard: &Heard,
        response: &GetConsistencyProofResponse,
    ) -> Result<()> {
        let Some(held) = self.trust.held.clone() else {
            return Ok(());
        };
        let (ours, theirs) = (&held.checkpoint, &heard.checkpoint.checkpoint);
        let (old, new) = if ours.size <= theirs.size {
            (ours, theirs)
        } else {
            (theirs, ours)
        };
        let proof = hashes(&response.hashes).unwrap_or_default();
        if verify_consistency(old.size, new.size, &old.root, &new.root, &proof).is_err() {
            return self.split_view(&heard.checkpoint);
        }
        if theirs.size > ours.size {
            self.adopt(&heard.checkpoint);
        } else {
            self.consistent(theirs.size, theirs.root);
        }
        Ok(())
    }

    /// The server will not prove that two checkpoints, both signed by it, fit together.
    pub(super) fn comparison_refused(&mut self, heard: &Heard) -> Result<()> {
        self.split_view(&heard.checkpoint)
    }

    fn split_view(&mut self, other: &SignedCheckpoint) -> Result<()> {
        let held = self.trust.held.as_ref();
        let breach = Breach::SplitView {
            held: held.map_or(0, |held| held.checkpoint.size),
            shown: other.checkpoint.size,
        };
        let held = held.map_or_else(String::new, ToString::to_string);
        self.breached(breach, held, other.to_string())
    }
}
