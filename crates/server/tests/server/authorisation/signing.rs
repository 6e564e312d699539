//! Good requests of an organisation's signing agent.

use bytes::Bytes;
use relais_mls::authority::OrganisationKey;
use relais_proto::{
    directory::{
        CertifyOrganisationRequest, CreateOrganisationRequest,
        directory_service_client::DirectoryServiceClient,
    },
    identity::{
        AccessRole, CertificateKind, CompleteSigningRequest, CreateSigningChallengeRequest,
        RefuseSigningRequest, SigningRequest, SubscribeSigningRequest, SubscribeSigningResponse,
        identity_service_client::IdentityServiceClient,
        signing_service_client::SigningServiceClient,
    },
    status::from_status,
};
use relais_types::{Clock as _, Reason, SystemClock};
use tonic::{Request, Status, Streaming};

use super::{Role, World};
use crate::{
    device::{enrolment, invite},
    node::{authorised, request_id},
};

/// An organisation that holds its own authority.
const DOMAIN: &str = "own.internal";
const NAME: &str = "organisations/own.internal";

/// Calls `path` as `role`; `None` if there is no request for it.
pub(super) async fn call(
    world: &mut World,
    path: &str,
    method: &str,
    role: Role,
) -> Option<Result<(), Status>> {
    Some(match method {
        "CreateSigningChallenge" => {
            let message = CreateSigningChallengeRequest {
                organisation: NAME.to_owned(),
            };
            world.call(path, role, message).await
        }
        "SubscribeSigning" => {
            let key = own_authority(world).await.key();
            let message = subscription(world, &key).await;
            world.call(path, role, message).await
        }
        "CompleteSigning" => {
            let made = own_authority(world).await;
            let (_stream, request) = pending(world, &made.key()).await;
            let authority = made.key().into_authority(&made.certificate).unwrap();
            let public_key: [u8; 32] = request.public_key.as_ref().try_into().unwrap();
            let now = SystemClock.now();
            let device = request.device.parse().unwrap();
            // What an enrolment before has left asks for the other kind.
            let chain = match request.kind() {
                CertificateKind::Transport => authority.issue_transport(&device, &public_key, now),
                _ => authority.issue(&device, &public_key, now),
            };
            let chain = chain.unwrap();
            let message = CompleteSigningRequest {
                signing_id: request.signing_id,
                certificate_chain: chain.certificates().to_vec(),
            };
            world.call(path, role, message).await
        }
        "RefuseSigning" => {
            let key = own_authority(world).await.key();
            let (_stream, request) = pending(world, &key).await;
            let message = RefuseSigningRequest {
                signing_id: request.signing_id,
                explanation: "nobody knows of this device".to_owned(),
            };
            world.call(path, role, message).await
        }
        _ => return None,
    })
}

/// Admits the organisation, if it was not yet.
async fn admit(world: &World) {
    let message = CreateOrganisationRequest {
        request_id: request_id(),
        domain: DOMAIN.to_owned(),
        display_name: "Own".to_owned(),
        own_authority: true,
    };
    let admitted = DirectoryServiceClient::new(world.channel.clone())
        .create_organisation(authorised(&world.operator, message))
        .await;
    if let Err(status) = admitted {
        assert_eq!(from_status(&status).reason, Reason::AlreadyExists);
    }
}

/// A good request to certify an organisation that waits for it.
pub(super) async fn certification(world: &mut World) -> CertifyOrganisationRequest {
    own_authority(world).await;
    world.authority = None;
    request_of(&OrganisationKey::generate().unwrap())
}

fn request_of(key: &OrganisationKey) -> CertifyOrganisationRequest {
    let domain = DOMAIN.parse().unwrap();
    CertifyOrganisationRequest {
        request_id: request_id(),
        organisation: NAME.to_owned(),
        certificate_request: key.certificate_request(&domain).unwrap().into(),
    }
}

/// An organisation's own key, and what the operator has certified.
#[derive(Clone)]
pub(super) struct Authority {
    pkcs8: Vec<u8>,
    certificate: Bytes,
}

impl Authority {
    fn key(&self) -> OrganisationKey {
        OrganisationKey::from_pkcs8(&self.pkcs8).unwrap()
    }
}

/// The organisation's authority; made once, because the operator's calls are limited.
async fn own_authority(world: &mut World) -> Authority {
    if let Some(made) = &world.authority {
        return made.clone();
    }
    admit(world).await;
    let key = OrganisationKey::generate().unwrap();
    let made = Authority {
        certificate: certify(world, &key).await,
        pkcs8: key.to_pkcs8().to_vec(),
    };
    world.authority = Some(made.clone());
    made
}

async fn certify(world: &World, key: &OrganisationKey) -> Bytes {
    let request = authorised(&world.operator, request_of(key));
    DirectoryServiceClient::new(world.channel.clone())
        .certify_organisation(request)
        .await
        .unwrap()
        .into_inner()
        .certificate
}

async fn subscription(world: &World, key: &OrganisationKey) -> SubscribeSigningRequest {
    let asked = CreateSigningChallengeRequest {
        organisation: NAME.to_owned(),
    };
    let answer = SigningServiceClient::new(world.channel.clone())
        .create_signing_challenge(asked)
        .await;
    let challenge = answer.unwrap().into_inner().challenge;
    let message = [DOMAIN.as_bytes(), &[0], &challenge].concat();
    SubscribeSigningRequest {
        organisation: NAME.to_owned(),
        signature: Bytes::copy_from_slice(&key.sign("relais/authority/v1", &message).unwrap()),
        challenge,
    }
}

/// An agent's stream, and a request that somebody waits for.
async fn pending(
    world: &World,
    key: &OrganisationKey,
) -> (Streaming<SubscribeSigningResponse>, SigningRequest) {
    let message = subscription(world, key).await;
    let stream = SigningServiceClient::new(world.channel.clone())
        .subscribe_signing(Request::new(message))
        .await;
    let mut stream = stream.unwrap().into_inner();
    let code = invite(&world.node.site(), NAME, "Ana", AccessRole::Member).await;
    let (message, ..) = enrolment(&code);
    let channel = world.channel.clone();
    tokio::spawn(async move { IdentityServiceClient::new(channel).enrol(message).await });
    loop {
        let next = stream.message().await.unwrap().unwrap();
        if let Some(request) = next.request {
            return (stream, request);
        }
    }
}
