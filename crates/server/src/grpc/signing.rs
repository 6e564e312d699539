//! `relais.identity.v1.SigningService`.

use futures_util::{StreamExt as _, stream, stream::BoxStream};
use relais_mls::Chain;
use relais_proto::{
    identity::{self as pb, signing_request::Proof, signing_service_server::SigningService},
    to_proto_time,
};
use relais_service::{
    Service,
    signing::{
        CertificateKind, CompleteParams, CreateSigningChallengeParams, RefuseParams, SigningProof,
        SigningRequest, SigningStream, SubscribeParams, complete, create_signing_challenge,
        refuse as refuse_signing, subscribe,
    },
};
use relais_types::{Error, Result, SigningId};
use tonic::{Request, Status};

use super::{Answer, answer, open, parse, refuse};
use crate::connections;

/// The adapter.
#[derive(Clone, Debug)]
pub(crate) struct Signing {
    pub(crate) service: Service,
}

#[tonic::async_trait]
impl SigningService for Signing {
    type SubscribeSigningStream = BoxStream<'static, Result<pb::SubscribeSigningResponse, Status>>;

    async fn create_signing_challenge(
        &self,
        request: Request<pb::CreateSigningChallengeRequest>,
    ) -> Answer<pb::CreateSigningChallengeResponse> {
        let (caller, message) = open(request);
        let params = challenge_params(message).map_err(refuse)?;
        let outcome = create_signing_challenge(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::CreateSigningChallengeResponse {
            challenge: outcome.challenge,
            expire_time: Some(to_proto_time(outcome.expires_at)),
        })
    }

    async fn subscribe_signing(
        &self,
        request: Request<pb::SubscribeSigningRequest>,
    ) -> Answer<Self::SubscribeSigningStream> {
        let proof = request.extensions().get::<connections::Proof>().cloned();
        let (caller, message) = open(request);
        let params = subscribe_params(message).map_err(refuse)?;
        let requests = subscribe(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        // The connection is somebody's now, although no call on it carries a token.
        if let Some(proof) = proof {
            proof.give();
        }
        answer(responses(requests))
    }

    async fn complete_signing(
        &self,
        request: Request<pb::CompleteSigningRequest>,
    ) -> Answer<pb::CompleteSigningResponse> {
        let (caller, message) = open(request);
        let params = complete_params(message).map_err(refuse)?;
        complete(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::CompleteSigningResponse {})
    }

    async fn refuse_signing(
        &self,
        request: Request<pb::RefuseSigningRequest>,
    ) -> Answer<pb::RefuseSigningResponse> {
        let (caller, message) = open(request);
        let params = refuse_params(message).map_err(refuse)?;
        refuse_signing(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::RefuseSigningResponse {})
    }
}

/// The beginning of the stream, then requests until it ends with an error.
fn responses(
    requests: SigningStream,
) -> BoxStream<'static, Result<pb::SubscribeSigningResponse, Status>> {
    let following = stream::unfold(Some(requests), async |requests| {
        let mut requests = requests?;
        match requests.next().await {
            Ok(next) => {
                let request = Some(request(next));
                Some((Ok(pb::SubscribeSigningResponse { request }), Some(requests)))
            }
            Err(error) => Some((Err(refuse(error)), None)),
        }
    });
    stream::once(async { Ok(pb::SubscribeSigningResponse::default()) })
        .chain(following)
        .boxed()
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape of all readers of requests"
)]
pub(super) fn challenge_params(
    message: pb::CreateSigningChallengeRequest,
) -> Result<CreateSigningChallengeParams> {
    Ok(CreateSigningChallengeParams {
        organisation: parse::organisation(&message.organisation)?,
    })
}

pub(super) fn refuse_params(message: pb::RefuseSigningRequest) -> Result<RefuseParams> {
    Ok(RefuseParams {
        id: SigningId::try_from(message.signing_id.as_ref())?,
        explanation: message.explanation,
    })
}

pub(super) fn subscribe_params(message: pb::SubscribeSigningRequest) -> Result<SubscribeParams> {
    Ok(SubscribeParams {
        organisation: parse::organisation(&message.organisation)?,
        challenge: parse::required("challenge", message.challenge)?,
        signature: parse::array("signature", &message.signature)?,
    })
}

pub(super) fn complete_params(message: pb::CompleteSigningRequest) -> Result<CompleteParams> {
    Ok(CompleteParams {
        id: SigningId::try_from(message.signing_id.as_ref())?,
        chain: Chain::new(message.certificate_chain).map_err(|error| {
            Error::malformed("certificate_chain", format!("is not one: {error}"))
        })?,
    })
}

fn request(request: SigningRequest) -> pb::SigningRequest {
    let order = request.order;
    let kind = match order.kind {
        CertificateKind::Credential => pb::CertificateKind::Credential,
        CertificateKind::Transport => pb::CertificateKind::Transport,
    };
    let proof = match order.proof {
        SigningProof::Enrolment(proof) => Proof::Enrolment(pb::EnrolmentProof {
            code_digest: proof.code_digest.to_vec().into(),
            signature_key: proof.signature_key.to_vec().into(),
            device_key: proof.device_key.to_vec().into(),
            signature_key_proof: proof.signature_key_proof.to_vec().into(),
            device_key_proof: proof.device_key_proof.to_vec().into(),
            display_name: proof.display_name,
            profession: proof.profession,
            device_label: proof.device_label,
        }),
        SigningProof::Renewal(proof) => Proof::Renewal(pb::RenewalProof {
            label: proof.label,
            message: proof.message,
            signature: proof.signature.to_vec().into(),
        }),
    };
    pb::SigningRequest {
        signing_id: request.id.into(),
        kind: kind.into(),
        device: order.device.to_string(),
        public_key: order.public_key.to_vec().into(),
        proof: Some(proof),
    }
}
