//! What the tests of this crate share: a federation with people and devices.

use std::time::Duration;

use bytes::Bytes;
use openmls::prelude::{CommitBuilder, Initial, OpenMlsProvider as _};
use openmls_rust_crypto::RustCrypto;
use relais_types::{
    Clock as _, DeviceId, DeviceName, GroupId, OrgDomain, PractitionerId, SeededEntropy,
    SystemClock, Timestamp,
};

use crate::{
    Change, EpochChange, Genesis, GroupPolicy, Joined, Mls, Processed, Result, SigningKey,
    StagedCommit, State, TrustAnchors,
    authority::{OrganisationCa, Root},
    device::to_bytes,
    group::{load, ratchet_tree},
    storage::Provider,
};

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_795_300_000_000_000);
pub(crate) const GROUP: GroupId = GroupId::from_bytes([0x67; 16]);
pub(crate) const YEAR: Duration = Duration::from_hours(365 * 24);

pub(crate) fn domain(name: &str) -> OrgDomain {
    name.parse().unwrap()
}

pub(crate) fn device_of(organisation: &str, number: u8) -> DeviceName {
    DeviceName {
        organisation: domain(organisation),
        practitioner: PractitionerId::from_bytes([number; 16]),
        device: DeviceId::from_bytes([number ^ 0x80; 16]),
    }
}

pub(crate) fn key(number: u8) -> SigningKey {
    SigningKey::generate(&mut SeededEntropy::new(number.into()))
}

/// The server's key, and the policy of a group that it may propose removals in.
pub(crate) fn remover() -> SigningKey {
    key(200)
}

pub(crate) fn policy() -> GroupPolicy {
    GroupPolicy::open(remover().public())
}

/// A federation with one organisation, whose devices all know each other.
pub(crate) struct Federation {
    pub(crate) root: Root,
    pub(crate) organisation: OrganisationCa,
    pub(crate) now: Timestamp,
}

impl Federation {
    /// At the time of the machine: OpenMLS checks the lifetime of key packages against that.
    pub(crate) fn new() -> Self {
        let now = SystemClock.now();
        let root = Root::generate().unwrap();
        let organisation = root.organisation(&domain("laurier.internal"), now).unwrap();
        Self {
            root,
            organisation,
            now,
        }
    }

    pub(crate) fn anchors(&self) -> TrustAnchors {
        TrustAnchors::from_der(&[self.root.certificate_der()]).unwrap()
    }

    pub(crate) fn device(&self, number: u8) -> Device {
        self.device_trusting(number, self.anchors())
    }

    /// A device of this federation that trusts whom it likes.
    pub(crate) fn device_trusting(&self, number: u8, anchors: TrustAnchors) -> Device {
        let key = key(number);
        let name = device_of("laurier.internal", number);
        let chain = self
            .organisation
            .issue(&name, &key.public(), self.now)
            .unwrap();
        // What it trusts is not necessarily what it is certified by.
        let own = self.anchors();
        let mut mls = Mls::new(key, chain, own, self.now).unwrap();
        mls.anchors = anchors;
        Device {
            mls,
            state: State::default(),
            now: self.now,
        }
    }
}

/// A device with its state, and what it does in nearly every test.
pub(crate) struct Device {
    pub(crate) mls: Mls,
    pub(crate) state: State,
    pub(crate) now: Timestamp,
}

impl Device {
    pub(crate) fn id(&self) -> DeviceId {
        self.mls.identity().device.device
    }

    pub(crate) fn key_package(&mut self) -> Bytes {
        self.mls
            .key_package(&mut self.state, false, self.now)
            .unwrap()
    }

    pub(crate) fn create(&mut self) -> Genesis {
        self.mls
            .create_group(&mut self.state, GROUP, &policy(), self.now)
            .unwrap()
    }

    pub(crate) fn stage(&mut self, add: Vec<Bytes>, remove: Vec<DeviceId>) -> StagedCommit {
        self.mls
            .stage_commit(&mut self.state, GROUP, &Change { add, remove }, self.now)
            .unwrap()
    }

    /// A commit that skips every check of ours, as a malicious client would make it. The
    /// state stays as it was.
    pub(crate) fn forge(
        &mut self,
        path: bool,
        proposals: impl for<'a> FnOnce(
            CommitBuilder<'a, Initial>,
            &RustCrypto,
        ) -> CommitBuilder<'a, Initial>,
    ) -> StagedCommit {
        let mut scratch = State::from_rows(rows(&self.state));
        let provider = Provider::writing(&self.mls.crypto, &mut scratch);
        let mut group = load(&provider, GROUP).unwrap();
        let epoch = group.epoch().as_u64();
        let builder = group
            .commit_builder()
            .consume_proposal_store(false)
            .force_self_update(path);
        let (commit, welcome, group_info) = proposals(builder, &self.mls.crypto)
            .load_psks(provider.storage())
            .unwrap()
            .create_group_info(true)
            .build(provider.rand(), provider.crypto(), &self.mls.key, |_| true)
            .unwrap()
            .stage_commit(&provider)
            .unwrap()
            .into_messages();
        StagedCommit {
            epoch,
            commit: to_bytes(&commit).unwrap(),
            welcome: welcome.map(|it| to_bytes(&it).unwrap()),
            group_info: to_bytes(&group_info.unwrap()).unwrap(),
        }
    }

    pub(crate) fn merge(&mut self) -> EpochChange {
        self.mls.merge_staged(&mut self.state, GROUP).unwrap()
    }

    /// The tree beside a Welcome, which the server would serve.
    pub(crate) fn tree(&self) -> Bytes {
        ratchet_tree(&load(&Provider::reading(&self.mls.crypto, &self.state), GROUP).unwrap())
            .unwrap()
    }

    pub(crate) fn join(&mut self, welcome: &[u8], tree: &[u8]) -> Result<Joined> {
        self.mls.join(&mut self.state, welcome, tree, self.now)
    }

    pub(crate) fn process(&mut self, message: &[u8]) -> Result<Processed> {
        self.mls.process(&mut self.state, GROUP, message, self.now)
    }

    pub(crate) fn commit_of_other(&mut self, message: &[u8]) -> EpochChange {
        match self.process(message).unwrap() {
            Processed::Commit(change) => change,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn encrypt(&mut self, text: &str) -> Bytes {
        self.mls
            .encrypt(&mut self.state, GROUP, text.as_bytes())
            .unwrap()
            .ciphertext
    }

    /// The text of a message from `sender`.
    pub(crate) fn decrypt(&mut self, message: &[u8], from: &Device) -> String {
        match self.process(message).unwrap() {
            Processed::Application {
                sender,
                chain,
                plaintext,
            } => {
                assert_eq!(sender, *from.mls.identity());
                assert_eq!(chain, *from.mls.chain());
                String::from_utf8(plaintext).unwrap()
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn authenticator(&self) -> Vec<u8> {
        self.mls.authenticator(&self.state, GROUP).unwrap()
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.mls.epoch(&self.state, GROUP).unwrap()
    }

    /// The state as another process would read it from disk.
    pub(crate) fn reopen(&mut self) {
        self.state = State::from_rows(rows(&self.state));
    }
}

pub(crate) fn rows(state: &State) -> Vec<(Vec<u8>, Vec<u8>)> {
    state
        .scan(b"")
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect()
}

/// A group of devices `1..=size`, all at the same epoch.
pub(crate) fn group_of(federation: &Federation, size: u8) -> Vec<Device> {
    let mut founder = federation.device(1);
    founder.create();
    let mut others: Vec<_> = (2..=size).map(|n| federation.device(n)).collect();
    if others.is_empty() {
        return vec![founder];
    }
    let packages = others.iter_mut().map(Device::key_package).collect();
    let staged = founder.stage(packages, vec![]);
    founder.merge();
    let tree = founder.tree();
    for other in &mut others {
        other.join(staged.welcome.as_ref().unwrap(), &tree).unwrap();
    }
    others.insert(0, founder);
    others
}
