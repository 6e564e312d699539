//! Comparison with the other members, inside the encryption.

use prost::Message;
use relais_mls::State;
use relais_proto::{
    care::{self, Attestation},
    transparency::{GetConsistencyProofRequest, GetConsistencyProofResponse},
};
use relais_transparency::{Hash, LogKey, SignedCheckpoint, merkle::verify_consistency};
use relais_types::{CaseId, DeviceName, Result};

use super::{Breach, HEARD, hex, log::hashes};
use crate::{account::Account, record, signed};

/// Checkpoints of others that wait to be compared; more are left out, and come again with the
/// next message.
const MAX_HEARD: usize = 100;

/// What somebody else holds of the log, under the log's own signature. It is kept until it has
/// been compared, so that no restart and no silence makes this device forget it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(super) checkpoint: SignedCheckpoint,
    /// How often the server has not answered how it fits.
    pub(super) tries: u32,
}

/// [`Heard`] as it is kept, under its size and root.
#[derive(Clone, PartialEq, Message)]
struct HeardRecord {
    #[prost(bytes = "vec", tag = "1")]
    signature: Vec<u8>,
    #[prost(uint32, tag = "2")]
    tries: u32,
}

impl Heard {
    fn key(&self) -> Vec<u8> {
        let checkpoint = &self.checkpoint.checkpoint;
        let size = checkpoint.size.to_be_bytes();
        [HEARD, size.as_slice(), &checkpoint.root].concat()
    }

    /// What `state` holds and was not compared.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub(super) fn all(state: &State, log: &LogKey) -> Result<Vec<Self>> {
        let damaged = || record::damaged("a checkpoint that was heard of does not read");
        let read = |(key, value): (&[u8], &[u8])| {
            let row: HeardRecord = record::decode(value)?;
            let place = key.get(HEARD.len()..).ok_or_else(damaged)?;
            let (size, root) = place.split_first_chunk().ok_or_else(damaged)?;
            let root = Hash::try_from(root).map_err(|_| damaged())?;
            let signature = row.signature.try_into().map_err(|_| damaged())?;
            let size = u64::from_be_bytes(*size);
            let checkpoint = SignedCheckpoint::restore(log, size, root, signature);
            Ok(Self {
                checkpoint: checkpoint.map_err(|_| damaged())?,
                tries: row.tries,
            })
        };
        state.scan(HEARD).map(read).collect()
    }
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
        let Ok(heard) = SignedCheckpoint::restore(&self.trust.log, size, root, signature) else {
            let held = format!("the log's key {}", self.trust.log);
            let shown = format!(
                "a checkpoint of {size} entries that it has not signed, held by {by}: root {}, \
                 signature {}",
                hex(&root),
                hex(&attestation.log_signature)
            );
            let by = by.clone();
            return self.breached(Breach::OtherLog { case, by }, held, shown);
        };
        match self.trust.roots.get(&size) {
            Some(known) if *known == root => Ok(()),
            Some(_) => self.split_view(&heard),
            None => {
                let known = self.trust.heard.iter().any(|it| it.checkpoint == heard);
                if !known && self.trust.heard.len() < MAX_HEARD {
                    let heard = Heard {
                        checkpoint: heard,
                        tries: 0,
                    };
                    self.write_heard(&heard);
                    self.trust.heard.push(heard);
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
    pub(super) fn next_comparison(&self) -> Option<(Heard, GetConsistencyProofRequest)> {
        let held = self.trust.held.as_ref()?.checkpoint.size;
        let heard = self.trust.heard.last()?.clone();
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
        self.compared(heard);
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
        self.compared(heard);
        self.split_view(&heard.checkpoint)
    }

    /// The server has not answered how two checkpoints fit together: it is asked again, and from
    /// some time on nothing is sent before it answers.
    pub(super) fn comparison_unanswered(&mut self, heard: &Heard) {
        let mut others = self.trust.heard.iter_mut();
        let Some(waiting) = others.find(|it| it.checkpoint == heard.checkpoint) else {
            return;
        };
        waiting.tries = waiting.tries.saturating_add(1);
        let (row, tries) = (waiting.clone(), waiting.tries);
        self.write_heard(&row);
        self.warn_if_withheld(tries);
    }

    fn write_heard(&mut self, heard: &Heard) {
        let row = HeardRecord {
            signature: heard.checkpoint.signature.to_vec(),
            tries: heard.tries,
        };
        record::write(&mut self.state, heard.key(), &row);
    }

    fn compared(&mut self, heard: &Heard) {
        self.trust
            .heard
            .retain(|it| it.checkpoint != heard.checkpoint);
        self.state.delete(&heard.key());
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
