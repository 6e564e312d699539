//! A transparency log in memory.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use relais_mls::Chain;
use relais_proto::transparency as pb;
use relais_transparency::{Event, Happening, SignedCheckpoint, Signer, Tree, merkle};
use relais_types::{DeviceName, Error, Result, SeededEntropy, Timestamp};

pub(crate) struct Log {
    pub(crate) signer: Signer,
    pub(crate) tree: Tree,
    leaves: Vec<Vec<u8>>,
    numbers: BTreeMap<Vec<u8>, u64>,
    /// Certificates that are shown to nobody.
    pub(crate) hidden: BTreeSet<Vec<u8>>,
    /// What is made of a page of leaves before it is shown.
    pub(crate) retold: Option<fn(Vec<Bytes>) -> Vec<Bytes>>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            signer: Signer::generate("log", &mut SeededEntropy::new(1)).unwrap(),
            tree: Tree::default(),
            leaves: Vec::new(),
            numbers: BTreeMap::new(),
            hidden: BTreeSet::new(),
            retold: None,
        }
    }
}

impl Log {
    pub(crate) fn trust(&self) -> pb::LogTrust {
        pb::LogTrust {
            log_key: self.signer.log_key().to_string(),
            ..pb::LogTrust::default()
        }
    }

    pub(crate) fn certified(&mut self, device: &DeviceName, chain: &Chain, at: Timestamp) {
        let fingerprint = chain.fingerprint();
        let device = device.clone();
        let what = Happening::DeviceCertified {
            device,
            fingerprint,
        };
        let leaf = Event { at, what }.encode();
        self.numbers
            .insert(fingerprint.to_vec(), self.leaves.len() as u64);
        self.push(leaf);
    }

    /// Appends a leaf that is about none of the devices.
    pub(crate) fn grow(&mut self, at: Timestamp) {
        let what = Happening::AuditHead {
            number: self.leaves.len() as u64,
            hash: [7; 32],
        };
        self.push(Event { at, what }.encode());
    }

    fn push(&mut self, leaf: Vec<u8>) {
        self.tree.push(&leaf);
        self.leaves.push(leaf);
    }

    pub(crate) fn certificates(&self) -> BTreeSet<Vec<u8>> {
        self.numbers.keys().cloned().collect()
    }

    /// The log as it is now, under the same key.
    pub(crate) fn snapshot(&self) -> Self {
        Self {
            tree: self.tree.clone(),
            leaves: self.leaves.clone(),
            numbers: self.numbers.clone(),
            hidden: self.hidden.clone(),
            ..Self::default()
        }
    }

    fn checkpoint(&self) -> SignedCheckpoint {
        SignedCheckpoint::sign(&self.signer, self.tree.size(), self.tree.frontier().root())
    }

    fn state(&self, from: u64) -> pb::LogState {
        let plan = merkle::consistency(from, self.tree.size());
        let proof = plan.map(|plan| self.tree.make(&plan)).unwrap_or_default();
        pb::LogState {
            checkpoint: self.checkpoint().to_string(),
            consistency_proof: bytes(&proof),
            ..pb::LogState::default()
        }
    }

    pub(crate) fn inclusion(
        &self,
        request: &pb::GetInclusionProofsRequest,
    ) -> pb::GetInclusionProofsResponse {
        let size = self.tree.size();
        let proofs = request.certificates_sha256.iter().filter_map(|wanted| {
            let number = *self.numbers.get(wanted.as_ref())?;
            if self.hidden.contains(wanted.as_ref()) {
                return None;
            }
            let plan = merkle::inclusion(number, size)?;
            Some(pb::InclusionProof {
                certificate_sha256: wanted.clone(),
                leaf_index: number,
                leaf: self.leaves[usize::try_from(number).unwrap()].clone().into(),
                hashes: bytes(&self.tree.make(&plan)),
            })
        });
        pb::GetInclusionProofsResponse {
            log: Some(self.state(request.from_size)),
            proofs: proofs.collect(),
        }
    }

    /// A page of leaves, unless it is retold.
    pub(crate) fn entries(&self, request: &pb::GetEntriesRequest) -> pb::GetEntriesResponse {
        let leaves = self
            .leaves
            .iter()
            .skip(usize::try_from(request.start).unwrap());
        let leaves = leaves.take(256).cloned().map(Bytes::from);
        let leaves = leaves.collect();
        pb::GetEntriesResponse {
            leaves: match self.retold {
                Some(retell) => retell(leaves),
                None => leaves,
            },
        }
    }

    pub(crate) fn consistency(
        &self,
        request: &pb::GetConsistencyProofRequest,
    ) -> Result<pb::GetConsistencyProofResponse> {
        let plan = merkle::consistency(request.from_size, request.to_size)
            .filter(|_| request.to_size <= self.tree.size())
            .ok_or_else(|| Error::not_found("a log of this size"))?;
        Ok(pb::GetConsistencyProofResponse {
            hashes: bytes(&self.tree.make(&plan)),
        })
    }
}

fn bytes(hashes: &[[u8; 32]]) -> Vec<Bytes> {
    hashes
        .iter()
        .map(|hash| Bytes::copy_from_slice(hash))
        .collect()
}
