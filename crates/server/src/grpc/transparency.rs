//! `relais.transparency.v1.TransparencyService`.

use bytes::Bytes;
use relais_proto::transparency::{self as pb, transparency_service_server::TransparencyService};
use relais_service::{
    Service,
    transparency::{
        AddCosignatureParams, ConsistencyParams, GetEntriesParams, InclusionParams, InclusionProof,
        LogState, LogTrust, add_cosignature, get_checkpoint, get_consistency_proof, get_entries,
        get_inclusion_proofs, get_tile,
    },
};
use relais_transparency::Hash;
use relais_types::Result;
use tonic::Request;

use super::{Answer, answer, open, parse, refuse};

/// The adapter.
#[derive(Clone, Debug)]
pub(crate) struct Transparency {
    pub(crate) service: Service,
}

#[tonic::async_trait]
impl TransparencyService for Transparency {
    async fn get_checkpoint(
        &self,
        request: Request<pb::GetCheckpointRequest>,
    ) -> Answer<pb::GetCheckpointResponse> {
        let (caller, message) = open(request);
        let state = get_checkpoint(&self.service, &caller, message.from_size)
            .await
            .map_err(refuse)?;
        answer(pb::GetCheckpointResponse {
            log: Some(log_state(state)),
        })
    }

    async fn get_inclusion_proofs(
        &self,
        request: Request<pb::GetInclusionProofsRequest>,
    ) -> Answer<pb::GetInclusionProofsResponse> {
        let (caller, message) = open(request);
        let params = inclusion_params(&message).map_err(refuse)?;
        let outcome = get_inclusion_proofs(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::GetInclusionProofsResponse {
            log: Some(log_state(outcome.log)),
            proofs: outcome.proofs.into_iter().map(inclusion_proof).collect(),
        })
    }

    async fn get_consistency_proof(
        &self,
        request: Request<pb::GetConsistencyProofRequest>,
    ) -> Answer<pb::GetConsistencyProofResponse> {
        let (caller, message) = open(request);
        let params = ConsistencyParams {
            from_size: message.from_size,
            to_size: message.to_size,
        };
        let proof = get_consistency_proof(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::GetConsistencyProofResponse {
            hashes: hashes(&proof),
        })
    }

    async fn get_tile(&self, request: Request<pb::GetTileRequest>) -> Answer<pb::GetTileResponse> {
        let (caller, message) = open(request);
        let hashes = get_tile(&self.service, &caller, &message.path)
            .await
            .map_err(refuse)?;
        answer(pb::GetTileResponse {
            hashes: hashes.into(),
        })
    }

    async fn get_entries(
        &self,
        request: Request<pb::GetEntriesRequest>,
    ) -> Answer<pb::GetEntriesResponse> {
        let (caller, message) = open(request);
        let params = GetEntriesParams {
            start: message.start,
            page_size: message.page_size,
        };
        let leaves = get_entries(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::GetEntriesResponse { leaves })
    }

    async fn add_cosignature(
        &self,
        request: Request<pb::AddCosignatureRequest>,
    ) -> Answer<pb::AddCosignatureResponse> {
        let (caller, message) = open(request);
        let params = AddCosignatureParams {
            size: message.size,
            line: message.cosignature,
        };
        add_cosignature(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::AddCosignatureResponse {})
    }
}

/// What a device is told of the log when it enrols.
pub(super) fn log_trust(trust: &LogTrust) -> pb::LogTrust {
    pb::LogTrust {
        log_key: trust.log_key.to_string(),
        witness_keys: trust.witness_keys.iter().map(ToString::to_string).collect(),
        max_cosignature_age_seconds: u32::try_from(trust.max_cosignature_age.as_secs())
            .unwrap_or(u32::MAX),
    }
}

pub(super) fn inclusion_params(message: &pb::GetInclusionProofsRequest) -> Result<InclusionParams> {
    let fingerprints = message.certificates_sha256.iter().enumerate();
    Ok(InclusionParams {
        fingerprints: fingerprints
            .map(|(at, bytes)| parse::array(&format!("certificates_sha256[{at}]"), bytes))
            .collect::<Result<_>>()?,
        from_size: message.from_size,
    })
}

fn log_state(state: LogState) -> pb::LogState {
    pb::LogState {
        checkpoint: state.checkpoint.to_string(),
        consistency_proof: hashes(&state.consistency),
        cosigned_checkpoint: state
            .cosigned
            .map_or_else(String::new, |cosigned| cosigned.to_string()),
        cosigned_consistency_proof: hashes(&state.cosigned_consistency),
    }
}

fn inclusion_proof(proof: InclusionProof) -> pb::InclusionProof {
    pb::InclusionProof {
        certificate_sha256: proof.fingerprint.to_vec().into(),
        leaf_index: proof.index,
        leaf: proof.leaf,
        hashes: hashes(&proof.hashes),
    }
}

fn hashes(hashes: &[Hash]) -> Vec<Bytes> {
    hashes
        .iter()
        .map(|hash| Bytes::copy_from_slice(hash))
        .collect()
}

#[cfg(test)]
mod tests {
    use prost::Message as _;
    use relais_proto::to_proto_time;
    use relais_transparency::{Event, Happening};
    use relais_types::{DeviceId, DeviceName, PractitionerId, Timestamp};

    use super::*;

    #[test]
    fn a_leaf_is_the_published_message() {
        use pb::identity_event::Event as Published;

        let at = Timestamp::from_micros(1_790_000_000_123_456);
        let device = DeviceName {
            organisation: "laurier.internal".parse().unwrap(),
            practitioner: PractitionerId::from_bytes([1; 16]),
            device: DeviceId::from_bytes([2; 16]),
        };
        let hash = Bytes::from_static(&[3; 32]);
        let pairs = [
            (
                Happening::OrganisationCertified {
                    organisation: device.organisation.clone(),
                    fingerprint: [3; 32],
                },
                Published::OrganisationCertified(pb::OrganisationCertified {
                    organisation: "organisations/laurier.internal".to_owned(),
                    certificate_sha256: hash.clone(),
                }),
            ),
            (
                Happening::DeviceCertified {
                    device: device.clone(),
                    fingerprint: [3; 32],
                },
                Published::DeviceCertified(pb::DeviceCertified {
                    device: device.to_string(),
                    certificate_sha256: hash.clone(),
                }),
            ),
            (
                Happening::DeviceRevoked {
                    device: device.clone(),
                },
                Published::DeviceRevoked(pb::DeviceRevoked {
                    device: device.to_string(),
                }),
            ),
            (
                Happening::AuditHead {
                    number: 300,
                    hash: [3; 32],
                },
                Published::AuditHead(pb::AuditHead { number: 300, hash }),
            ),
        ];
        for (what, published) in pairs {
            let published = pb::IdentityEvent {
                time: Some(to_proto_time(at)),
                event: Some(published),
            };
            assert_eq!(Event { at, what }.encode(), published.encode_to_vec());
        }
    }
}
