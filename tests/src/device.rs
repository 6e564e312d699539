//! An enrolled device by nothing but the published API, for calls that the SDK would not
//! make.

use bytes::Bytes;
use relais_client::Invitee;
use relais_mls::{Chain, Change, GroupPolicy, Mls, Processed, SigningKey, State, TrustAnchors};
use relais_proto::{
    delivery::{
        AckRequest, CommitRequest, CreateGroupRequest, Delivery, SendRequest, SyncRequest,
        delivery::Item, delivery_service_client::DeliveryServiceClient,
    },
    identity::{
        CreateChallengeRequest, CreateTokenRequest, EnrolRequest, StepUpRequest,
        identity_service_client::IdentityServiceClient,
    },
    keypackage::{
        ClaimKeyPackagesRequest, PublishKeyPackagesRequest,
        key_package_service_client::KeyPackageServiceClient,
    },
};
use relais_types::{
    Clock as _, DeviceId, DeviceName, Entropy as _, GroupId, OsEntropy, PractitionerName,
    SystemClock, Timestamp,
};
use sha2::{Digest as _, Sha256};
use tonic::{Request, transport::Channel};

use crate::Node;

/// A device with its keys, its token and its MLS state in memory.
pub struct Device {
    /// Its resource name.
    pub name: DeviceName,
    /// The invitation code that it was enrolled with.
    pub code: String,
    /// Its token.
    pub token: String,
    /// What it proves itself to the server with.
    pub prover: SigningKey,
    /// Its certificate for TLS.
    pub transport: Chain,
    /// Its MLS client.
    pub mls: Mls,
    /// The policy of the groups that it creates.
    pub policy: GroupPolicy,
    /// Its MLS state.
    pub state: State,
    /// Its connection, made with its certificate.
    pub channel: Channel,
}

/// `message` with `token` as its credential.
pub fn authorised<T>(token: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    let value = format!("Bearer {token}").parse().expect("printable");
    request.metadata_mut().insert("authorization", value);
    request
}

/// `request` with one more header.
pub fn with_header<T>(mut request: Request<T>, name: &'static str, value: &str) -> Request<T> {
    let value = value.parse().expect("printable");
    request.metadata_mut().insert(name, value);
    request
}

/// A fresh idempotency key.
pub fn request_id() -> Bytes {
    OsEntropy.bytes::<16>().to_vec().into()
}

/// What a new device says to enrol with `code`, and its keys: for MLS, for the server.
pub fn enrolment(code: &str) -> (EnrolRequest, SigningKey, SigningKey) {
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

impl Device {
    /// Invites and enrols somebody new, with key packages for others to claim.
    pub async fn enrol(node: &Node, domain: &str, person: &str, administrator: bool) -> Self {
        let whom = Invitee::Person {
            display_name: person.to_owned(),
            profession: "physician".to_owned(),
            administrator,
        };
        let domain = domain.parse().expect("a well-formed domain");
        let invited = node.operator().invite(&domain, whom).await;
        let code = invited.expect("the operator may invite").code;
        let (request, signature_key, prover) = enrolment(&code);
        let channel = node.channel().await;
        let mut identity = IdentityServiceClient::new(channel.clone());
        let enrolled = identity.enrol(request).await;
        let enrolled = enrolled.expect("the code is good").into_inner();
        let anchors = TrustAnchors::from_der(&enrolled.trust_anchors).expect("roots");
        let chain = Chain::new(enrolled.certificate_chain).expect("a chain");
        let mls = Mls::new(signature_key, chain, anchors, SystemClock.now());
        let transport = Chain::new(enrolled.transport_certificate_chain).expect("a chain");
        let (certificate, key) = (transport.to_pem(), prover.to_pkcs8_pem());
        let channel = node.channel_as(&certificate, &key).await;
        let removal_key = enrolled.removal_key.as_ref().try_into().expect("32 bytes");
        let mut device = Self {
            name: enrolled.device.parse().expect("a device's name"),
            code,
            token: String::new(),
            prover,
            mls: mls.expect("a chain for this key"),
            policy: GroupPolicy::open(removal_key),
            state: State::default(),
            channel: channel.expect("the certificate is good"),
            transport,
        };
        let request = device.answer(device.challenge().await);
        let created = device.identity().create_token(request).await;
        device.token = created.expect("the proof is good").into_inner().token;
        device.publish().await;
        device
    }

    /// The identity service.
    pub fn identity(&self) -> IdentityServiceClient<Channel> {
        IdentityServiceClient::new(self.channel.clone())
    }

    /// The delivery service.
    pub fn delivery(&self) -> DeliveryServiceClient<Channel> {
        DeliveryServiceClient::new(self.channel.clone())
    }

    /// The key package service.
    pub fn key_packages(&self) -> KeyPackageServiceClient<Channel> {
        KeyPackageServiceClient::new(self.channel.clone())
    }

    /// `message` with this device's token.
    pub fn authorised<T>(&self, message: T) -> Request<T> {
        authorised(&self.token, message)
    }

    /// `message` for a call of `path` with this device's token and a proof, as it is made on a
    /// connection without a certificate.
    pub fn proved<T: prost::Message>(&self, path: &str, message: T) -> Request<T> {
        let proof = self.proof(path, &message, &self.token, SystemClock.now());
        with_header(self.authorised(message), "relais-proof", &proof)
    }

    /// A proof by this device's key for a call of `path` with `message` and `token` at this time.
    pub fn proof(
        &self,
        path: &str,
        message: &impl prost::Message,
        token: &str,
        at: Timestamp,
    ) -> String {
        let (at, nonce) = (at.as_micros().to_be_bytes(), OsEntropy.bytes::<16>());
        let token = Sha256::digest(token);
        let message = Sha256::digest(message.encode_to_vec());
        let proven = [token.as_slice(), &at, &nonce, &message, path.as_bytes()].concat();
        let signature = self.prover.sign("relais/proof/v2", &proven);
        hex::encode([at.as_slice(), &nonce, &signature].concat())
    }

    /// What shows that its owner is there, for `relais-step-up`.
    pub async fn step_up(&self) -> String {
        let request = self.authorised(self.step_up_request("relais/step-up/v1").await);
        let stepped_up = self.identity().step_up(request).await;
        stepped_up.expect("the proof is good").into_inner().step_up
    }

    /// The answer of its key to a new challenge, under `label`.
    pub async fn step_up_request(&self, label: &str) -> StepUpRequest {
        let challenge = self.challenge().await;
        let proven = [self.name.device.as_bytes().as_slice(), &challenge].concat();
        StepUpRequest {
            signature: self.prover.sign(label, &proven).to_vec().into(),
            challenge,
        }
    }

    /// A challenge for this device.
    pub async fn challenge(&self) -> Bytes {
        let device_id = self.name.device.into();
        let request = CreateChallengeRequest { device_id };
        let created = self.identity().create_challenge(request).await;
        created.expect("anybody may ask").into_inner().challenge
    }

    /// The answer to a challenge, as this device.
    pub fn answer(&self, challenge: Bytes) -> CreateTokenRequest {
        self.answer_as(self.name.device, challenge)
    }

    /// The answer to a challenge by this device's key, as the device `id`.
    pub fn answer_as(&self, id: DeviceId, challenge: Bytes) -> CreateTokenRequest {
        let device_id: Bytes = id.into();
        let proven = [device_id.as_ref(), challenge.as_ref()].concat();
        let signature = self.prover.sign("relais/token/v1", &proven);
        CreateTokenRequest {
            device_id,
            challenge,
            signature: signature.to_vec().into(),
        }
    }

    /// A key package, not published.
    pub fn key_package(&mut self, last_resort: bool) -> Bytes {
        let now = SystemClock.now();
        let made = self.mls.key_package(&mut self.state, last_resort, now);
        made.expect("a key package")
    }

    async fn publish(&mut self) {
        let message = PublishKeyPackagesRequest {
            request_id: request_id(),
            key_packages: vec![self.key_package(false)],
            last_resort: self.key_package(true),
        };
        let request = self.authorised(message);
        let published = self.key_packages().publish_key_packages(request).await;
        published.expect("good key packages");
    }

    /// Registers a group of this device alone.
    pub async fn create_group(&mut self) -> GroupId {
        let group = GroupId::random(&mut OsEntropy);
        let now = SystemClock.now();
        let genesis = self
            .mls
            .create_group(&mut self.state, group, &self.policy, now);
        let genesis = genesis.expect("a new group");
        let request = self.authorised(CreateGroupRequest {
            request_id: request_id(),
            group_id: group.into(),
            group_info: genesis.group_info,
            ratchet_tree: genesis.ratchet_tree,
        });
        let created = self.delivery().create_group(request).await;
        created.expect("the id is new");
        group
    }

    /// Claims the key packages of a person.
    pub async fn claim(&self, person: &PractitionerName) -> Vec<Bytes> {
        let request = self.authorised(ClaimKeyPackagesRequest {
            request_id: request_id(),
            practitioner: person.to_string(),
        });
        let claimed = self.key_packages().claim_key_packages(request).await;
        let claimed = claimed.expect("there is a key package").into_inner();
        let packages = claimed.key_packages.into_iter();
        packages.map(|claimed| claimed.key_package).collect()
    }

    /// A commit to `group`, staged and not sent.
    pub fn stage(&mut self, group: GroupId, change: &Change) -> CommitRequest {
        let now = SystemClock.now();
        let epoch = self.mls.epoch(&self.state, group).expect("a member");
        let staged = self.mls.stage_commit(&mut self.state, group, change, now);
        let staged = staged.expect("a possible change");
        CommitRequest {
            request_id: request_id(),
            group_id: group.into(),
            epoch,
            commit: staged.commit,
            welcome: staged.welcome.unwrap_or_default(),
            group_info: staged.group_info,
        }
    }

    /// Forgets what [`Device::stage`] made.
    pub fn discard(&mut self, group: GroupId) {
        let discarded = self.mls.discard_staged(&mut self.state, group);
        discarded.expect("something was staged");
    }

    /// Commits a change to `group`, which must be accepted.
    pub async fn commit(&mut self, group: GroupId, change: &Change) {
        let message = self.stage(group, change);
        let request = self.authorised(message);
        let accepted = self.delivery().commit(request).await;
        accepted.expect("a good commit");
        let merged = self.mls.merge_staged(&mut self.state, group);
        merged.expect("something was staged");
    }

    /// A message to `group`, not sent.
    pub fn message(&mut self, group: GroupId, text: &[u8]) -> SendRequest {
        let sealed = self.mls.encrypt(&mut self.state, group, text);
        let sealed = sealed.expect("a member");
        SendRequest {
            request_id: request_id(),
            group_id: group.into(),
            epoch: sealed.epoch,
            ciphertext: sealed.ciphertext,
            timers: Vec::new(),
        }
    }

    /// What waits for this device, from the beginning or from what it acknowledged.
    pub async fn waiting(&self) -> Vec<Delivery> {
        let (mut all, mut cursors) = (Vec::<Delivery>::new(), Vec::new());
        loop {
            let message = SyncRequest {
                cursors,
                page_size: 1_000,
            };
            let page = self.delivery().sync(self.authorised(message)).await;
            let page = page.expect("any device may sync").into_inner();
            all.extend(page.deliveries);
            if !page.has_more {
                return all;
            }
            cursors = all.iter().map(|item| item.cursor.clone()).collect();
        }
    }

    /// Joins the group that it was welcomed to.
    pub async fn join(&mut self) {
        let welcome = self
            .waiting()
            .await
            .into_iter()
            .find_map(|item| match item.item {
                Some(Item::Welcome(welcome)) => Some(welcome),
                _ => None,
            });
        let welcome = welcome.expect("a Welcome waits");
        let now = SystemClock.now();
        let (sealed, tree) = (&welcome.welcome, &welcome.ratchet_tree);
        let joined = self.mls.join(&mut self.state, sealed, tree, now);
        joined.expect("a good Welcome");
    }

    /// Reads an entry; the text, if it was a message.
    pub fn read(&mut self, group: GroupId, payload: &[u8]) -> Option<Vec<u8>> {
        let now = SystemClock.now();
        let processed = self.mls.process(&mut self.state, group, payload, now);
        match processed.expect("a good entry") {
            Processed::Application { plaintext, .. } => Some(plaintext.clone()),
            Processed::Commit(_) | Processed::RemovalProposed(_) => None,
        }
    }

    /// Acknowledges up to these cursors.
    ///
    /// # Errors
    /// What the server answers.
    pub async fn ack(&self, cursors: Vec<Bytes>) -> Result<(), tonic::Status> {
        let request = self.authorised(AckRequest { cursors });
        self.delivery().ack(request).await.map(drop)
    }
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Device")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
