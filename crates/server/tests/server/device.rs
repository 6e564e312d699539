//! An enrolled device, by nothing but the published API.

use relais_mls::{Chain, GroupPolicy, Mls, SigningKey, State, TrustAnchors};
use relais_proto::{
    delivery::delivery_service_client::DeliveryServiceClient,
    directory::{CreateOrganisationRequest, directory_service_client::DirectoryServiceClient},
    identity::{
        AccessRole, CreateChallengeRequest, CreateInvitationRequest, CreateTokenRequest,
        EnrolRequest, identity_service_client::IdentityServiceClient,
    },
};
use relais_types::{Clock as _, DeviceName, OsEntropy, SystemClock};
use sha2::{Digest as _, Sha256};
use tonic::transport::Channel;

use crate::node::{Site, authorised, request_id};

pub(crate) const ORGANISATION: &str = "organisations/laurier.internal";

/// A device with its keys, its token and its MLS client.
pub(crate) struct Device {
    pub(crate) name: DeviceName,
    /// The invitation code that it was enrolled with.
    pub(crate) code: String,
    pub(crate) token: String,
    pub(crate) mls: Mls,
    pub(crate) policy: GroupPolicy,
    pub(crate) state: State,
    pub(crate) channel: Channel,
}

impl Device {
    pub(crate) fn delivery(&self) -> DeliveryServiceClient<Channel> {
        DeliveryServiceClient::new(self.channel.clone())
    }
}

/// Admits the organisation of all tests.
pub(crate) async fn organisation(site: &Site) {
    DirectoryServiceClient::new(site.channel().await)
        .create_organisation(authorised(
            &site.operator_token(),
            CreateOrganisationRequest {
                request_id: request_id(),
                domain: "laurier.internal".to_owned(),
                display_name: "Hôpital Laurier".to_owned(),
            },
        ))
        .await
        .unwrap();
}

/// Invites and enrols a new person's first device.
pub(crate) async fn enrol(site: &Site, person: &str) -> Device {
    let channel = site.channel().await;
    let mut identity = IdentityServiceClient::new(channel.clone());
    let code = identity
        .create_invitation(authorised(
            &site.operator_token(),
            CreateInvitationRequest {
                request_id: request_id(),
                organisation: ORGANISATION.to_owned(),
                practitioner: String::new(),
                display_name: person.to_owned(),
                profession: "navigator".to_owned(),
                access_role: AccessRole::Member.into(),
            },
        ))
        .await
        .unwrap()
        .into_inner()
        .code;
    let signature_key = SigningKey::generate(&mut OsEntropy);
    let device_key = SigningKey::generate(&mut OsEntropy);
    let proven = [
        Sha256::digest(&code).as_slice(),
        &signature_key.public(),
        &device_key.public(),
    ]
    .concat();
    let proof = |key: &SigningKey| key.sign("relais/enrol/v1", &proven).to_vec().into();
    let enrolled = identity
        .enrol(EnrolRequest {
            request_id: request_id(),
            code: code.clone(),
            device_label: "test".to_owned(),
            signature_key: signature_key.public().to_vec().into(),
            device_key: device_key.public().to_vec().into(),
            signature_key_proof: proof(&signature_key),
            device_key_proof: proof(&device_key),
        })
        .await
        .unwrap()
        .into_inner();
    let name: DeviceName = enrolled.device.parse().unwrap();
    let token = token(&mut identity, &name, &device_key).await;
    let anchors = TrustAnchors::from_der(&enrolled.trust_anchors).unwrap();
    let chain = Chain::new(enrolled.certificate_chain).unwrap();
    let mls = Mls::new(signature_key, chain, anchors, SystemClock.now()).unwrap();
    let removal_key = enrolled.removal_key.as_ref().try_into().unwrap();
    Device {
        name,
        code,
        token,
        mls,
        policy: GroupPolicy::open(removal_key),
        state: State::default(),
        channel,
    }
}

async fn token(
    identity: &mut IdentityServiceClient<Channel>,
    name: &DeviceName,
    key: &SigningKey,
) -> String {
    let device_id: bytes::Bytes = name.device.into();
    let challenge = identity
        .create_challenge(CreateChallengeRequest {
            device_id: device_id.clone(),
        })
        .await
        .unwrap()
        .into_inner()
        .challenge;
    let proven = [device_id.as_ref(), challenge.as_ref()].concat();
    let signature = key.sign("relais/token/v1", &proven).to_vec().into();
    identity
        .create_token(CreateTokenRequest {
            device_id,
            challenge,
            signature,
        })
        .await
        .unwrap()
        .into_inner()
        .token
}
