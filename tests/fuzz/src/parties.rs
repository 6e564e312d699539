//! Devices of a federation with a group, made once a process.
//!
//! Certificates and MLS messages hold random numbers, so they differ from one process to the
//! next; their shape does not, and inputs are edits at a place.

use std::time::Duration;

use bytes::Bytes;
use relais_mls::{
    Chain, Change, GroupPolicy, Mls, Processed, SigningKey, StagedCommit, State, TrustAnchors,
    authority::Root, open_group, propose_removals, validate_commit,
};
use relais_types::{
    Clock as _, DeviceId, DeviceName, GroupId, PractitionerId, SeededEntropy, SystemClock,
    Timestamp,
};

/// The group of [`Parties`].
pub const GROUP: GroupId = GroupId::from_bytes([0x67; 16]);

/// Rows of a device's state.
pub type Rows = Vec<(Vec<u8>, Vec<u8>)>;

/// A device and its state at the moment that matters.
pub struct Party {
    /// Its MLS client.
    pub mls: Mls,
    rows: Rows,
}

impl Party {
    /// A copy of its state.
    pub fn state(&self) -> State {
        State::from_rows(self.rows.clone())
    }

    /// Its rows.
    pub fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Its id.
    pub fn id(&self) -> DeviceId {
        self.mls.identity().device.device
    }
}

/// The rows of a state.
pub fn rows(state: &State) -> Rows {
    let all = state.scan(b"");
    all.map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect()
}

/// Ana and Bo in a group, Cy outside it, and everything that each of them could send now.
pub struct Parties {
    /// Everybody's trust anchor.
    pub anchors: TrustAnchors,
    /// When it is.
    pub now: Timestamp,
    /// The key that the server proposes removals with.
    pub remover: SigningKey,
    /// In the group; has staged nothing.
    pub ana: Party,
    /// In the group.
    pub bo: Party,
    /// Outside the group, with a key package out.
    pub cy: Party,
    /// How Ana registered the group.
    pub group_info: Bytes,
    /// The same.
    pub founding_tree: Bytes,
    /// What the server keeps of the group.
    pub public_state: Vec<u8>,
    /// Cy's key package.
    pub key_package: Bytes,
    /// Bo's certificates for the connection to the server.
    pub transport: Chain,
    /// Ana's message.
    pub message: Bytes,
    /// What it says.
    pub text: &'static [u8],
    /// Ana's commit that adds Cy.
    pub adding: StagedCommit,
    /// The tree for whoever joins by it.
    pub tree: Vec<u8>,
    /// What Ana holds after that commit.
    pub authenticator: Vec<u8>,
    /// The server's proposal to remove Ana.
    pub proposal: Bytes,
}

fn party(number: u8, root: &Root, organisation: &str, now: Timestamp) -> (Mls, State, Chain) {
    let key = SigningKey::generate(&mut SeededEntropy::new(number.into()));
    let name = DeviceName {
        organisation: organisation.parse().expect("a domain"),
        practitioner: PractitionerId::from_bytes([number; 16]),
        device: DeviceId::from_bytes([number ^ 0x80; 16]),
    };
    let authority = root
        .organisation(&name.organisation, now)
        .expect("an authority");
    let chain = authority.issue(&name, &key.public(), now).expect("a chain");
    let transport = authority.issue_transport(&name, &key.public(), now);
    let anchors = TrustAnchors::from_der(&[root.certificate_der()]).expect("a root");
    (
        Mls::new(key, chain, anchors, now).expect("a device"),
        State::default(),
        transport.expect("a chain"),
    )
}

impl Parties {
    /// Makes them.
    pub fn new() -> Self {
        // The machine's time: OpenMLS compares the lifetime of key packages with that.
        let now = SystemClock.now();
        let root = Root::generate().expect("a root");
        let anchors = TrustAnchors::from_der(&[root.certificate_der()]).expect("a root");
        let remover = SigningKey::generate(&mut SeededEntropy::new(200));
        let (ana, mut anas, _) = party(1, &root, "hospital.internal", now);
        let (bo, mut bos, transport) = party(2, &root, "clinic.internal", now);
        let (cy, mut cys, _) = party(3, &root, "community.internal", now);

        let policy = GroupPolicy::open(remover.public());
        let genesis = ana
            .create_group(&mut anas, GROUP, &policy, now)
            .expect("a group");
        let (info, tree) = (&genesis.group_info, &genesis.ratchet_tree);
        let opened = open_group(info, tree, &remover.public(), &anchors, now).expect("a group");
        let add = vec![bo.key_package(&mut bos, false, now).expect("a key package")];
        let add = Change {
            add,
            remove: vec![],
        };
        let staged = ana
            .stage_commit(&mut anas, GROUP, &add, now)
            .expect("a commit");
        let id = ana.identity().device.device;
        let welcome = staged.welcome.as_deref();
        let (commit, info) = (&staged.commit, &staged.group_info);
        let before = &opened.public_state;
        let valid = validate_commit(before, commit, welcome, info, id, &anchors, now);
        let valid = valid.expect("a good commit");
        ana.merge_staged(&mut anas, GROUP).expect("it was staged");
        let welcome = staged.welcome.expect("somebody was added");
        bo.join(&mut bos, &welcome, &valid.ratchet_tree, now)
            .expect("a good Welcome");
        let public_state = valid.public_state;

        let key_package = cy.key_package(&mut cys, false, now).expect("a key package");
        let at_rest = rows(&anas);
        let text = b"Bonjour".as_slice();
        let message = ana
            .encrypt(&mut anas, GROUP, text)
            .expect("a member")
            .ciphertext;
        let mut ahead = State::from_rows(at_rest.clone());
        let add = Change {
            add: vec![key_package.clone()],
            remove: vec![],
        };
        let adding = ana
            .stage_commit(&mut ahead, GROUP, &add, now)
            .expect("a commit");
        let welcome = adding.welcome.as_deref();
        let (commit, info) = (&adding.commit, &adding.group_info);
        let valid = validate_commit(&public_state, commit, welcome, info, id, &anchors, now);
        let tree = valid.expect("a good commit").ratchet_tree;
        ana.merge_staged(&mut ahead, GROUP).expect("it was staged");
        let authenticator = ana.authenticator(&ahead, GROUP).expect("a member");
        let proposed = propose_removals(&public_state, &[id], &remover).expect("a proposal");
        let (_, proposal) = proposed.proposals.into_iter().next().expect("one proposal");

        Self {
            anchors,
            now,
            remover,
            ana: Party {
                mls: ana,
                rows: at_rest,
            },
            bo: Party {
                mls: bo,
                rows: rows(&bos),
            },
            cy: Party {
                mls: cy,
                rows: rows(&cys),
            },
            group_info: genesis.group_info,
            founding_tree: genesis.ratchet_tree,
            public_state,
            transport,
            key_package,
            message,
            text,
            adding,
            tree,
            authenticator,
            proposal: proposal.into(),
        }
    }

    /// Somebody's chain, and the time at which it is good.
    pub fn chain(&self) -> (&Chain, Timestamp) {
        (self.bo.mls.chain(), self.now)
    }

    /// A time long after everything has expired.
    pub fn much_later(&self) -> Timestamp {
        self.now.plus(Duration::from_hours(24 * 365 * 20))
    }
}

impl Default for Parties {
    fn default() -> Self {
        Self::new()
    }
}

/// What a member makes of a message.
pub fn processed(
    party: &Party,
    message: &[u8],
    at: Timestamp,
) -> (relais_mls::Result<Processed>, State) {
    let mut state = party.state();
    let outcome = party.mls.process(&mut state, GROUP, message, at);
    (outcome, state)
}
