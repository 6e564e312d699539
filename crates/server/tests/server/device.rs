//! An enrolled device, by nothing but the published API.

use bytes::Bytes;
use relais_mls::{Chain, Change, GroupPolicy, Mls, SigningKey, State, TrustAnchors};
use relais_proto::{
    delivery::{
        CommitRequest, CreateGroupRequest, SendRequest,
        delivery_service_client::DeliveryServiceClient,
    },
    directory::{CreateOrganisationRequest, directory_service_client::DirectoryServiceClient},
    identity::{
        AccessRole, CreateChallengeRequest, CreateInvitationRequest, CreateTokenRequest,
        EnrolRequest, StepUpRequest, identity_service_client::IdentityServiceClient,
    },
    keypackage::PublishKeyPackagesRequest,
};
use relais_types::{
    Clock as _, DeviceId, DeviceName, Entropy as _, GroupId, OsEntropy, SystemClock,
};
use sha2::{Digest as _, Sha256};
use tonic::{Request, transport::Channel};

use crate::node::{Site, authorised, request_id};

pub(crate) const ORGANISATION: &str = "organisations/laurier.internal";

/// A device with its keys, its token and its MLS client.
pub(crate) struct Device {
    pub(crate) name: DeviceName,
    /// The invitation code that it was enrolled with.
    pub(crate) code: String,
    pub(crate) token: String,
    /// What it proves itself to the server with.
    pub(crate) prover: SigningKey,
    /// Its certificate for TLS.
    pub(crate) transport: Chain,
    pub(crate) mls: Mls,
    pub(crate) policy: GroupPolicy,
    pub(crate) state: State,
    /// Its connection, made with its certificate.
    pub(crate) channel: Channel,
}

impl Device {
    pub(crate) fn delivery(&self) -> DeliveryServiceClient<Channel> {
        DeliveryServiceClient::new(self.channel.clone())
    }

    /// A new group of this device alone, made but not registered.
    pub(crate) fn genesis(&mut self) -> CreateGroupRequest {
        self.genesis_of(GroupId::random(&mut OsEntropy))
    }

    /// A new group of this device alone under an id of its choice.
    pub(crate) fn genesis_of(&mut self, group: GroupId) -> CreateGroupRequest {
        let now = SystemClock.now();
        let genesis = self
            .mls
            .create_group(&mut self.state, group, &self.policy, now)
            .unwrap();
        CreateGroupRequest {
            request_id: request_id(),
            group_id: group.into(),
            group_info: genesis.group_info,
            ratchet_tree: genesis.ratchet_tree,
        }
    }

    /// A commit that renews this device's keys in `group`, staged at `epoch`.
    pub(crate) fn renewal(&mut self, group: GroupId, epoch: u64) -> CommitRequest {
        let now = SystemClock.now();
        let staged = self
            .mls
            .stage_commit(&mut self.state, group, &Change::default(), now)
            .unwrap();
        CommitRequest {
            request_id: request_id(),
            group_id: group.into(),
            epoch,
            commit: staged.commit,
            welcome: Bytes::new(),
            group_info: staged.group_info,
        }
    }

    /// A message to `group`.
    pub(crate) fn message(&mut self, group: GroupId) -> SendRequest {
        let sealed = self.mls.encrypt(&mut self.state, group, b"hello").unwrap();
        SendRequest {
            request_id: request_id(),
            group_id: group.into(),
            epoch: sealed.epoch,
            ciphertext: sealed.ciphertext,
            timers: Vec::new(),
        }
    }

    /// Key packages for others to claim: a single-use one and one of last resort.
    pub(crate) fn key_packages(&mut self) -> PublishKeyPackagesRequest {
        let now = SystemClock.now();
        let mut make = |last| {
            let made = self.mls.key_package(&mut self.state, last, now);
            made.unwrap()
        };
        PublishKeyPackagesRequest {
            request_id: request_id(),
            key_packages: vec![make(false)],
            last_resort: make(true),
        }
    }

    /// Shows that its owner is there, for `relais-step-up`.
    pub(crate) async fn step_up(&self) -> String {
        let mut identity = IdentityServiceClient::new(self.channel.clone());
        let challenge = challenge(&mut identity, self.name.device).await;
        let request = self.step_up_request(challenge);
        let stepped_up = identity.step_up(authorised(&self.token, request)).await;
        stepped_up.unwrap().into_inner().step_up
    }

    /// The answer of this device's key to `challenge`, to step up.
    pub(crate) fn step_up_request(&self, challenge: Bytes) -> StepUpRequest {
        let proven = [self.name.device.as_bytes().as_slice(), &challenge].concat();
        let signature = self.prover.sign("relais/step-up/v1", &proven);
        StepUpRequest {
            challenge,
            signature: signature.to_vec().into(),
        }
    }

    /// A request id, and the proof of `key` that a renewal under `label` needs.
    pub(crate) fn renewal_proof(&self, key: &SigningKey, label: &str) -> (Bytes, Bytes) {
        let request_id = request_id();
        let proven = [self.name.device.as_bytes().as_slice(), &request_id].concat();
        (request_id, key.sign(label, &proven).to_vec().into())
    }

    /// `message` for a call of `path` on a connection without a certificate: with the token and
    /// a proof, at this time by the server's clock.
    pub(crate) fn proved<T: prost::Message>(&self, path: &str, message: T) -> Request<T> {
        let at = SystemClock.now().as_micros().to_be_bytes();
        let nonce = OsEntropy.bytes::<16>();
        let token = Sha256::digest(&self.token);
        let digest = Sha256::digest(message.encode_to_vec());
        let proven = [token.as_slice(), &at, &nonce, &digest, path.as_bytes()].concat();
        let signature = self.prover.sign("relais/proof/v2", &proven);
        let proof = hex::encode([at.as_slice(), &nonce, &signature].concat());
        let mut request = authorised(&self.token, message);
        let metadata = request.metadata_mut();
        metadata.insert("relais-proof", proof.parse().unwrap());
        request
    }

    /// The answer of this device's key to `challenge` for the device `id`.
    pub(crate) fn answer(&self, id: DeviceId, challenge: Bytes) -> CreateTokenRequest {
        let device_id: Bytes = id.into();
        let proven = [device_id.as_ref(), challenge.as_ref()].concat();
        CreateTokenRequest {
            device_id,
            challenge,
            signature: self.prover.sign("relais/token/v1", &proven).to_vec().into(),
        }
    }
}

/// Admits the organisation of all tests.
pub(crate) async fn organisation(site: &Site) {
    admit(site, "laurier.internal").await;
}

/// Admits an organisation.
pub(crate) async fn admit(site: &Site, domain: &str) {
    DirectoryServiceClient::new(site.channel().await)
        .create_organisation(authorised(
            &site.operator_token(),
            CreateOrganisationRequest {
                request_id: request_id(),
                domain: domain.to_owned(),
                display_name: "Hôpital Laurier".to_owned(),
                own_authority: false,
            },
        ))
        .await
        .unwrap();
}

/// Invites and enrols a new person's first device.
pub(crate) async fn enrol(site: &Site, person: &str) -> Device {
    enrol_as(site, ORGANISATION, person, AccessRole::Member).await
}

/// Invites and enrols a new person's first device, with a role in an organisation.
pub(crate) async fn enrol_as(
    site: &Site,
    organisation: &str,
    person: &str,
    role: AccessRole,
) -> Device {
    let channel = site.channel().await;
    let mut identity = IdentityServiceClient::new(channel.clone());
    let code = invite(site, organisation, person, role).await;
    let (request, signature_key, device_key) = enrolment(&code);
    let enrolled = identity.enrol(request).await.unwrap().into_inner();
    let name: DeviceName = enrolled.device.parse().unwrap();
    let anchors = TrustAnchors::from_der(&enrolled.trust_anchors).unwrap();
    let chain = Chain::new(enrolled.certificate_chain).unwrap();
    let mls = Mls::new(signature_key, chain, anchors, SystemClock.now()).unwrap();
    let removal_key = enrolled.removal_key.as_ref().try_into().unwrap();
    let transport = Chain::new(enrolled.transport_certificate_chain).unwrap();
    let mut device = Device {
        name,
        code,
        token: String::new(),
        channel: site.channel_as(&transport, &device_key).await,
        prover: device_key,
        transport,
        mls,
        policy: GroupPolicy::open(removal_key),
        state: State::default(),
    };
    let id = device.name.device;
    let answer = device.answer(id, challenge(&mut identity, id).await);
    device.token = identity
        .create_token(answer)
        .await
        .unwrap()
        .into_inner()
        .token;
    device
}

/// An invitation code for a new person.
pub(crate) async fn invite(
    site: &Site,
    organisation: &str,
    person: &str,
    role: AccessRole,
) -> String {
    let invitation = CreateInvitationRequest {
        request_id: request_id(),
        organisation: organisation.to_owned(),
        practitioner: String::new(),
        display_name: person.to_owned(),
        profession: "navigator".to_owned(),
        access_role: role.into(),
    };
    IdentityServiceClient::new(site.channel().await)
        .create_invitation(authorised(&site.operator_token(), invitation))
        .await
        .unwrap()
        .into_inner()
        .code
}

/// What a new device says to enrol with `code`, and its keys: for MLS, for the server.
pub(crate) fn enrolment(code: &str) -> (EnrolRequest, SigningKey, SigningKey) {
    let signature_key = SigningKey::generate(&mut OsEntropy);
    let device_key = SigningKey::generate(&mut OsEntropy);
    let proven = [
        Sha256::digest(code).as_slice(),
        &signature_key.public(),
        &device_key.public(),
    ]
    .concat();
    let proof = |key: &SigningKey| key.sign("relais/enrol/v1", &proven).to_vec().into();
    let request = EnrolRequest {
        request_id: request_id(),
        code: code.to_owned(),
        device_label: "test".to_owned(),
        signature_key: signature_key.public().to_vec().into(),
        device_key: device_key.public().to_vec().into(),
        signature_key_proof: proof(&signature_key),
        device_key_proof: proof(&device_key),
    };
    (request, signature_key, device_key)
}

/// A challenge for a device that says it is `device`.
pub(crate) async fn challenge(
    identity: &mut IdentityServiceClient<Channel>,
    device: DeviceId,
) -> Bytes {
    let request = CreateChallengeRequest {
        device_id: device.into(),
    };
    let response = identity.create_challenge(request).await.unwrap();
    response.into_inner().challenge
}
