//! A backbone with real devices, for the tests of this crate.

mod issuer;

use std::{
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use relais_mls::{
    Chain, Change, GroupPolicy, Mls, Processed, SigningKey, StagedCommit, State, TrustAnchors,
};
use relais_store::{AccessRole, Options, Store};
use relais_transparency::{CosignerKey, Signer};
use relais_types::{
    Clock as _, DeviceName, Entropy as _, GroupId, ManualClock, PractitionerName, RequestId,
    Result, SeededEntropy, SystemClock, Timestamp,
};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use self::issuer::TestIssuer;
use crate::{
    Assurance, Caller, Limits, OperatorToken, Parts, Principal, ProvedBy, ServerKey, Service,
    delivery::{
        AckParams, CommitParams, CreateGroupParams, Item, SendParams, SyncOutcome, SyncParams,
    },
    directory::CreateOrganisationParams,
    identity::{
        CreateChallengeParams, CreateInvitationParams, CreateTokenParams, EnrolParams, StepUpParams,
    },
    key_package::PublishParams,
    transparency::Transparency,
};

mod id_tokens;

pub(crate) use id_tokens::id_token;

/// What the operator of a [`Backbone`] authenticates with.
pub(crate) const OPERATOR_TOKEN: &str = "operator-token-of-the-tests";

/// A service over a fresh database.
pub(crate) struct Backbone {
    pub(crate) service: Service,
    pub(crate) clock: ManualClock,
    entropy: Mutex<SeededEntropy>,
    directory: TempDir,
}

/// An enrolled device with its own MLS client.
pub(crate) struct TestDevice {
    pub(crate) name: DeviceName,
    pub(crate) caller: Caller,
    pub(crate) device_key: SigningKey,
    pub(crate) transport: Chain,
    mls: Mls,
    policy: GroupPolicy,
    state: State,
    clock: ManualClock,
}

fn service(
    store: Store,
    clock: &ManualClock,
    limits: Limits,
    witnesses: Vec<CosignerKey>,
) -> Service {
    Service::new(Parts {
        transparency: Transparency {
            signer: Signer::generate("log", &mut SeededEntropy::new(3)).unwrap(),
            witnesses,
            max_cosignature_age: Duration::from_hours(24),
        },
        store,
        issuer: Arc::new(TestIssuer::new()),
        id_tokens: Arc::new(id_tokens::BelievedIdTokens),
        clock: Arc::new(clock.clone()),
        entropy: Box::new(SeededEntropy::new(1)),
        key: ServerKey::from_bytes([7; 32]),
        operator_token: Some(OperatorToken::new(OPERATOR_TOKEN)),
        limits,
    })
    .unwrap()
}

impl Backbone {
    pub(crate) async fn new() -> Self {
        Self::with_limits(Limits::default()).await
    }

    pub(crate) async fn with_limits(limits: Limits) -> Self {
        Self::with(limits, Vec::new()).await
    }

    pub(crate) async fn with_witnesses(witnesses: Vec<CosignerKey>) -> Self {
        Self::with(Limits::default(), witnesses).await
    }

    async fn with(limits: Limits, witnesses: Vec<CosignerKey>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("relais.db");
        // OpenMLS compares lifetimes with the machine's clock, so this one begins there.
        let clock = ManualClock::at(SystemClock.now());
        let store = Store::open(path, Options::default()).await.unwrap();
        Self {
            service: service(store, &clock, limits, witnesses),
            clock,
            entropy: Mutex::new(SeededEntropy::new(2)),
            directory,
        }
    }

    /// Another service over the same data.
    pub(crate) fn over(&self, store: Store) -> Service {
        service(
            store,
            &self.clock,
            self.service.limits().clone(),
            Vec::new(),
        )
    }

    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn request_id(&self) -> RequestId {
        RequestId::at(self.clock.now(), &mut *self.entropy.lock().unwrap())
    }

    pub(crate) fn key(&self) -> SigningKey {
        SigningKey::generate(&mut *self.entropy.lock().unwrap())
    }

    /// Somebody who may read the directory.
    pub(crate) fn anybody() -> Caller {
        Caller::Device(Principal {
            device: "organisations/x.internal/practitioners/00000000-0000-0000-0000-000000000001/devices/00000000-0000-0000-0000-000000000002"
                .parse()
                .unwrap(),
            access_role: AccessRole::Member,
            serial: String::new(),
            assurance: Assurance {
                proved_by: ProvedBy::Token,
                step_up: None,
            },
            expires_at: Timestamp::from_micros(i64::MAX),
        })
    }

    /// Admits an organisation, if it was not yet.
    pub(crate) async fn organisation(&self, domain: &str) {
        let params = CreateOrganisationParams {
            request_id: self.request_id(),
            domain: domain.parse().unwrap(),
            display_name: domain.to_owned(),
            own_authority: false,
        };
        let created =
            crate::directory::create_organisation(&self.service, &Caller::Operator, params).await;
        if let Err(error) = created {
            assert_eq!(error.reason, relais_types::Reason::AlreadyExists);
        }
    }

    /// An invitation code for a new person.
    pub(crate) async fn invite(&self, domain: &str, name: &str, role: AccessRole) -> String {
        self.organisation(domain).await;
        self.invitation(CreateInvitationParams {
            request_id: self.request_id(),
            organisation: domain.parse().unwrap(),
            practitioner: None,
            display_name: name.to_owned(),
            profession: "navigator".into(),
            access_role: role,
        })
        .await
    }

    /// An invitation code for a further device.
    pub(crate) async fn invite_device(&self, practitioner: &PractitionerName) -> String {
        self.invitation(CreateInvitationParams {
            request_id: self.request_id(),
            organisation: practitioner.organisation.clone(),
            practitioner: Some(practitioner.clone()),
            display_name: String::new(),
            profession: String::new(),
            access_role: AccessRole::Member,
        })
        .await
    }

    async fn invitation(&self, params: CreateInvitationParams) -> String {
        crate::identity::create_invitation(&self.service, &Caller::Operator, params)
            .await
            .unwrap()
            .code
    }

    pub(crate) async fn device(&self, domain: &str, name: &str) -> TestDevice {
        self.device_with_role(domain, name, AccessRole::Member)
            .await
    }

    pub(crate) async fn device_with_role(
        &self,
        domain: &str,
        name: &str,
        role: AccessRole,
    ) -> TestDevice {
        let code = self.invite(domain, name, role).await;
        self.enrol(&code, role).await
    }

    pub(crate) async fn further_device(&self, of: &TestDevice) -> TestDevice {
        let code = self.invite_device(&of.name.practitioner_name()).await;
        self.enrol(&code, AccessRole::Member).await
    }

    async fn enrol(&self, code: &str, access_role: AccessRole) -> TestDevice {
        self.try_enrol(code, access_role).await.unwrap()
    }

    pub(crate) async fn try_enrol(
        &self,
        code: &str,
        access_role: AccessRole,
    ) -> Result<TestDevice> {
        let (signature, device_key) = (self.key(), self.key());
        let message = [
            Sha256::digest(code).as_slice(),
            &signature.public(),
            &device_key.public(),
        ]
        .concat();
        let params = EnrolParams {
            request_id: self.request_id(),
            code: code.to_owned(),
            device_label: "desktop".into(),
            signature_key: signature.public(),
            device_key: device_key.public(),
            signature_key_proof: signature.sign("relais/enrol/v1", &message),
            device_key_proof: device_key.sign("relais/enrol/v1", &message),
        };
        let enrolled = crate::identity::enrol(&self.service, &Caller::Anonymous, params).await?;
        let anchors = TrustAnchors::from_der(&enrolled.trust_anchors).unwrap();
        let mls = Mls::new(
            signature,
            enrolled.certificate_chain,
            anchors,
            self.clock.now(),
        );
        Ok(TestDevice {
            caller: Caller::Device(Principal {
                device: enrolled.device.clone(),
                access_role,
                serial: String::new(),
                assurance: Assurance {
                    proved_by: ProvedBy::Token,
                    // An administrator of these tests is at the device.
                    step_up: (access_role == AccessRole::Administrator).then(|| self.clock.now()),
                },
                expires_at: self.clock.now().plus(Duration::from_mins(10)),
            }),
            name: enrolled.device,
            device_key,
            transport: enrolled.transport_chain,
            mls: mls.unwrap(),
            policy: GroupPolicy::open(enrolled.removal_key),
            state: State::default(),
            clock: self.clock.clone(),
        })
    }

    pub(crate) fn clock_now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) async fn challenge(&self, device: &TestDevice) -> Bytes {
        let asked = CreateChallengeParams {
            device: device.name.device,
        };
        crate::identity::create_challenge(&self.service, &device.caller, asked)
            .await
            .unwrap()
            .challenge
    }

    pub(crate) async fn step_up(&self, device: &TestDevice) -> Result<String> {
        let challenge = self.challenge(device).await;
        let id = device.name.device;
        let message = [id.as_bytes().as_slice(), &challenge].concat();
        let params = StepUpParams {
            signature: device.device_key.sign("relais/step-up/v1", &message),
            challenge,
        };
        let outcome = crate::identity::step_up(&self.service, &device.caller, params).await?;
        Ok(outcome.step_up)
    }

    pub(crate) async fn token(&self, device: &TestDevice) -> String {
        let id = device.name.device;
        let challenge = self.challenge(device).await;
        let message = [id.as_bytes().as_slice(), &challenge].concat();
        let params = CreateTokenParams {
            device: id,
            signature: device.device_key.sign("relais/token/v1", &message),
            challenge,
        };
        crate::identity::create_token(&self.service, &Caller::Anonymous, params)
            .await
            .unwrap()
            .token
    }

    pub(crate) async fn revoke(&self, device: &TestDevice) {
        let params = crate::identity::RevokeDeviceParams {
            request_id: self.request_id(),
            device: device.name.clone(),
        };
        crate::identity::revoke_device(&self.service, &Caller::Operator, params)
            .await
            .unwrap();
    }

    /// Actor and action of every row of the audit trail, whose chain must hold.
    pub(crate) async fn audited(&self) -> Vec<(String, String)> {
        let rows = self
            .service
            .store()
            .read("audited", async |view| {
                view.verify_audit_log().await?;
                view.audit_log(0, 1_000).await
            })
            .await
            .unwrap();
        rows.into_iter()
            .map(|row| (row.actor, row.action))
            .collect()
    }

    pub(crate) async fn sync(&self, device: &TestDevice) -> SyncOutcome {
        crate::delivery::sync(&self.service, &device.caller, SyncParams::default())
            .await
            .unwrap()
    }

    /// Acknowledges one page.
    pub(crate) async fn ack_all(&self, device: &TestDevice) {
        let page = self.sync(device).await;
        let cursors = page.deliveries.iter().map(|delivery| delivery.cursor);
        let params = AckParams {
            cursors: cursors.collect(),
        };
        crate::delivery::ack(&self.service, &device.caller, params)
            .await
            .unwrap();
    }

    /// Two devices of two organisations in a group, at epoch 1 with the commit as seq 1.
    pub(crate) async fn pair(&self) -> (TestDevice, TestDevice, GroupId) {
        let mut ana = self.device("laurier.internal", "Ana").await;
        let mut bo = self.device("parc.internal", "Bo").await;
        let group = self.group_of(&mut ana, &mut bo).await;
        (ana, bo, group)
    }

    pub(crate) async fn group_of(&self, ana: &mut TestDevice, bo: &mut TestDevice) -> GroupId {
        let params = ana.new_group(self);
        let group = params.group;
        crate::delivery::create_group(&self.service, &ana.caller, params)
            .await
            .unwrap();
        self.add(ana, bo, group).await;
        group
    }

    pub(crate) async fn add(&self, ana: &mut TestDevice, bo: &mut TestDevice, group: GroupId) {
        let change = Change {
            add: bo.key_packages(1),
            remove: Vec::new(),
        };
        self.commit(ana, group, &change).await.unwrap();
        let joined = self.sync(bo).await.deliveries.into_iter().any(|delivery| {
            matches!(&delivery.item, Item::Welcome(welcome)
                if welcome.group == group && bo.join(&welcome.welcome, &welcome.ratchet_tree))
        });
        assert!(joined, "the Welcome is in the inbox");
    }

    pub(crate) async fn remove(&self, ana: &mut TestDevice, bo: &TestDevice, group: GroupId) {
        let change = Change {
            add: Vec::new(),
            remove: vec![bo.name.device],
        };
        self.commit(ana, group, &change).await.unwrap();
    }

    pub(crate) async fn commit_nothing(&self, ana: &mut TestDevice, group: GroupId) {
        self.commit(ana, group, &Change::default()).await.unwrap();
    }

    async fn commit(&self, ana: &mut TestDevice, group: GroupId, change: &Change) -> Result<()> {
        let staged = ana.stage_change(group, change);
        let params = self.commit_params(group, staged);
        crate::delivery::commit(&self.service, &ana.caller, params).await?;
        ana.merge(group);
        Ok(())
    }

    pub(crate) fn commit_params(&self, group: GroupId, staged: StagedCommit) -> CommitParams {
        CommitParams {
            request_id: self.request_id(),
            group,
            epoch: staged.epoch,
            commit: staged.commit,
            welcome: staged.welcome,
            group_info: staged.group_info,
        }
    }

    pub(crate) async fn say(&self, ana: &mut TestDevice, group: GroupId, text: &[u8]) {
        let params = ana.message(self, group, text);
        crate::delivery::send(&self.service, &ana.caller, params)
            .await
            .unwrap();
    }
}

impl TestDevice {
    /// SHA-256 of its certificate.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        self.mls.chain().fingerprint()
    }

    /// The proof for a call of `method` with `token`.
    pub(crate) fn proof(&self, token: &str, method: &str, at: Timestamp, nonce: u8) -> String {
        let (at, nonce) = (at.as_micros().to_be_bytes(), [nonce; 16]);
        let token = Sha256::digest(token);
        let message = [token.as_slice(), &at, &nonce, method.as_bytes()].concat();
        let signature = self.device_key.sign("relais/proof/v1", &message);
        hex::encode([at.as_slice(), &nonce, &signature].concat())
    }

    pub(crate) fn signature_key(&self) -> &SigningKey {
        self.mls.key()
    }

    pub(crate) fn credential(&self) -> &Chain {
        self.mls.chain()
    }

    pub(crate) fn key_packages(&mut self, count: usize) -> Vec<Bytes> {
        let now = self.clock.now();
        (0..count)
            .map(|_| self.mls.key_package(&mut self.state, false, now).unwrap())
            .collect()
    }

    pub(crate) fn last_resort(&mut self) -> Bytes {
        let now = self.clock.now();
        self.mls.key_package(&mut self.state, true, now).unwrap()
    }

    /// Publishes `count` single-use key packages and a last-resort one, which it returns.
    pub(crate) async fn publish(&mut self, backbone: &Backbone, count: usize) -> Bytes {
        let last_resort = self.last_resort();
        self.publish_stock(backbone, count, Some(last_resort.clone()))
            .await;
        last_resort
    }

    pub(crate) async fn publish_single_use(&mut self, backbone: &Backbone, count: usize) {
        self.publish_stock(backbone, count, None).await;
    }

    async fn publish_stock(
        &mut self,
        backbone: &Backbone,
        count: usize,
        last_resort: Option<Bytes>,
    ) {
        let params = PublishParams {
            request_id: backbone.request_id(),
            key_packages: self.key_packages(count),
            last_resort,
        };
        crate::key_package::publish(&backbone.service, &self.caller, params)
            .await
            .unwrap();
    }

    pub(crate) fn new_group(&mut self, backbone: &Backbone) -> CreateGroupParams {
        let group = GroupId::from_bytes(backbone.entropy.lock().unwrap().bytes());
        let now = self.clock.now();
        let genesis = self
            .mls
            .create_group(&mut self.state, group, &self.policy, now)
            .unwrap();
        CreateGroupParams {
            request_id: backbone.request_id(),
            group,
            group_info: genesis.group_info,
            ratchet_tree: genesis.ratchet_tree,
        }
    }

    pub(crate) fn message(
        &mut self,
        backbone: &Backbone,
        group: GroupId,
        text: &[u8],
    ) -> SendParams {
        let encrypted = self.mls.encrypt(&mut self.state, group, text).unwrap();
        SendParams {
            request_id: backbone.request_id(),
            group,
            epoch: encrypted.epoch,
            ciphertext: encrypted.ciphertext,
            timers: Vec::new(),
        }
    }

    /// Decrypts a message.
    pub(crate) fn read(&mut self, group: GroupId, payload: &[u8]) -> Vec<u8> {
        match self.process(group, payload) {
            Processed::Application { plaintext, .. } => plaintext,
            other => unreachable!("{other:?} is no message"),
        }
    }

    pub(crate) fn process(&mut self, group: GroupId, payload: &[u8]) -> Processed {
        let now = self.clock.now();
        self.mls
            .process(&mut self.state, group, payload, now)
            .unwrap()
    }

    pub(crate) fn join(&mut self, welcome: &[u8], ratchet_tree: &[u8]) -> bool {
        let now = self.clock.now();
        self.mls
            .join(&mut self.state, welcome, ratchet_tree, now)
            .is_ok()
    }

    pub(crate) fn stage(&mut self, group: GroupId) -> StagedCommit {
        self.stage_change(group, &Change::default())
    }

    pub(crate) fn stage_change(&mut self, group: GroupId, change: &Change) -> StagedCommit {
        let now = self.clock.now();
        self.mls
            .stage_commit(&mut self.state, group, change, now)
            .unwrap()
    }

    /// An external commit that replaces this device's leaf, after it has followed the log.
    pub(crate) async fn resync(&mut self, backbone: &Backbone, group: GroupId) -> StagedCommit {
        self.mls.begin_following(&mut self.state, group).unwrap();
        let now = self.clock.now();
        for delivery in backbone.sync(self).await.deliveries {
            if let Item::Entry(entry) = &delivery.item {
                let payload = &entry.payload;
                // What it has processed before is of an epoch that is over.
                let _ = self.mls.follow(&mut self.state, group, payload, now);
            }
        }
        let params = crate::delivery::GroupInfoParams { group };
        let held = crate::delivery::group_info(&backbone.service, &self.caller, params)
            .await
            .unwrap();
        self.mls
            .stage_resync(
                &mut self.state,
                group,
                &held.group_info,
                &held.ratchet_tree,
                b"",
            )
            .unwrap()
    }

    pub(crate) fn rejoined(&mut self, group: GroupId) {
        self.mls.merge_resync(&mut self.state, group).unwrap();
    }

    /// Processes the last entry of a page.
    pub(crate) fn process_last(&mut self, group: GroupId, page: &SyncOutcome) {
        let last = page.deliveries.last().map(|delivery| &delivery.item);
        match last {
            Some(Item::Entry(entry)) => drop(self.process(group, &entry.payload)),
            other => unreachable!("{other:?} is no entry"),
        }
    }

    pub(crate) fn merge(&mut self, group: GroupId) {
        self.mls.merge_staged(&mut self.state, group).unwrap();
    }

    pub(crate) fn discard(&mut self, group: GroupId) {
        self.mls.discard_staged(&mut self.state, group).unwrap();
    }

    pub(crate) fn forget(&mut self, group: GroupId) {
        self.mls.forget_group(&mut self.state, group);
    }

    /// By the key that signs in groups.
    pub(crate) fn sign(&self, label: &str, message: &[u8]) -> [u8; 64] {
        self.mls.key().sign(label, message)
    }

    pub(crate) fn chain(&self) -> Chain {
        self.mls.chain().clone()
    }

    pub(crate) fn authenticator(&self, group: GroupId) -> Vec<u8> {
        self.mls.authenticator(&self.state, group).unwrap()
    }
}
