use relais_types::DeviceId;

use super::*;
use crate::{
    Processed, ValidatedCommit,
    fixture::{Device, Federation, GROUP, device_of, key, policy as open, remover},
    open_group, propose_removals, validate_commit,
};

/// Three members and a server that followed them.
struct Group {
    federation: Federation,
    members: Vec<Device>,
    public_state: Vec<u8>,
    info: Bytes,
    tree: Bytes,
}

impl Group {
    fn new() -> Self {
        Self::under(&open())
    }

    fn under(policy: &GroupPolicy) -> Self {
        let federation = Federation::new();
        let mut founder = federation.device(1);
        let (anchors, now) = (federation.anchors(), federation.now);
        let genesis = founder
            .mls
            .create_group(&mut founder.state, GROUP, policy, now)
            .unwrap();
        let (info, tree) = (genesis.group_info, genesis.ratchet_tree);
        let opened = open_group(&info, &tree, &remover().public(), &anchors, now).unwrap();
        let mut group = Self {
            federation,
            members: vec![founder],
            public_state: opened.public_state,
            info,
            tree,
        };
        let mut others = [group.federation.device(2), group.federation.device(3)];
        let packages = others.iter_mut().map(Device::key_package).collect();
        let staged = group.members[0].stage(packages, vec![]);
        group.accept(0, &staged).unwrap();
        group.members[0].merge();
        for mut other in others {
            other
                .join(staged.welcome.as_ref().unwrap(), &group.tree)
                .unwrap();
            group.members.push(other);
        }
        group
    }

    fn judge(&self, staged: &StagedCommit, by: DeviceId) -> Result<ValidatedCommit> {
        validate_commit(
            &self.public_state,
            &staged.commit,
            staged.welcome.as_deref(),
            &staged.group_info,
            by,
            &self.federation.anchors(),
            self.federation.now,
        )
    }

    fn accept(&mut self, by: usize, staged: &StagedCommit) -> Result<ValidatedCommit> {
        let valid = self.judge(staged, self.members[by].id())?;
        self.public_state.clone_from(&valid.public_state);
        self.info = staged.group_info.clone();
        self.tree = valid.ratchet_tree.clone().into();
        Ok(valid)
    }

    /// A member follows these handshakes in public, and makes its way back.
    fn resync(&mut self, member: usize, log: &[&Bytes], note: &[u8]) -> Result<StagedCommit> {
        let now = self.federation.now;
        let (info, tree) = (self.info.clone(), self.tree.clone());
        let member = &mut self.members[member];
        member.mls.begin_following(&mut member.state, GROUP)?;
        for entry in log {
            member.mls.follow(&mut member.state, GROUP, entry, now)?;
        }
        member
            .mls
            .stage_resync(&mut member.state, GROUP, &info, &tree, note)
    }

    /// An external commit as a modified client would make it: refused by the server and by a
    /// member for the same reason.
    fn refused(&mut self, by: &Device, forged: &StagedCommit) -> Error {
        let refused = self.judge(forged, by.id()).unwrap_err();
        let by_member = self.members[1].process(&forged.commit);
        assert_eq!(by_member, Err(refused.clone()));
        refused
    }
}

/// An external commit without any check of ours.
fn forge(device: &Device, group: &Group) -> StagedCommit {
    let mut scratch = State::default();
    let provider = Provider::writing(&device.mls.crypto, &mut scratch);
    let info = wire::group_info(&group.info).unwrap();
    let epoch = Shown::read(&info).unwrap().epoch();
    let leaf = LeafNodeParameters::builder().with_capabilities(policy::capabilities());
    let builder = MlsGroup::external_commit_builder()
        .with_ratchet_tree(wire::ratchet_tree(&group.tree).unwrap())
        .with_config(policy::join_config())
        .build_group(&provider, info, device.mls.credential())
        .unwrap()
        .leaf_node_parameters(leaf.build());
    let (_, bundle) = builder
        .load_psks(provider.storage())
        .unwrap()
        .create_group_info(true)
        .build(provider.rand(), provider.crypto(), &device.mls.key, |_| {
            true
        })
        .unwrap()
        .finalize(&provider)
        .unwrap();
    let (commit, _, group_info) = bundle.into_messages();
    StagedCommit {
        epoch,
        commit: to_bytes(&commit).unwrap(),
        welcome: None,
        group_info: to_bytes(&group_info.unwrap()).unwrap(),
    }
}

#[test]
fn a_member_that_lost_track_replaces_its_leaf_and_is_understood_again() {
    let mut group = Group::new();
    // The third one misses a commit.
    let missed = group.members[0].stage(vec![], vec![]);
    group.accept(0, &missed).unwrap();
    group.members[0].merge();
    group.members[1].commit_of_other(&missed.commit);

    let staged = group.resync(2, &[&missed.commit], b"3-5").unwrap();
    assert_eq!(
        group.members[2].epoch(),
        1,
        "it stays until the log decides"
    );
    let valid = group.accept(2, &staged).unwrap();
    assert!(valid.resync && valid.added.is_empty() && valid.removed.is_empty());
    for member in 0..2 {
        let change = group.members[member].commit_of_other(&staged.commit);
        assert_eq!(change.by, group.members[2].mls.identity().device);
        assert_eq!(change.resynced.as_deref(), Some(&b"3-5"[..]));
        assert!(change.added.is_empty() && change.removed.is_empty());
    }
    let back = &mut group.members[2];
    let change = back.mls.merge_resync(&mut back.state, GROUP).unwrap();
    assert_eq!((change.epoch, back.epoch()), (3, 3));
    back.reopen();
    let authenticator = group.members[0].authenticator();
    assert!(
        group
            .members
            .iter()
            .all(|it| it.authenticator() == authenticator)
    );
    let back = &mut group.members[2];
    let again = back.mls.merge_resync(&mut back.state, GROUP);
    assert_eq!(again, Err(Error::NothingStaged));

    // It speaks, hears, and commits.
    let said = group.members[2].encrypt("back");
    let (head, tail) = group.members.split_at_mut(2);
    assert_eq!(head[0].decrypt(&said, &tail[0]), "back");
    let next = group.members[2].stage(vec![], vec![]);
    group.accept(2, &next).unwrap();
    group.members[2].merge();
    group.members[0].commit_of_other(&next.commit);
}

#[test]
fn a_commit_that_only_members_can_find_bad_is_survived_and_names_its_signer() {
    let mut group = Group::new();
    let staged = group.members[0].stage(vec![], vec![]);
    let mut broken = staged.clone();
    // The last byte is of the membership tag, which takes the group's secrets to check.
    let mut bytes = broken.commit.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    broken.commit = bytes.into();
    group.accept(0, &broken).unwrap();
    for member in [1, 2] {
        assert!(group.members[member].process(&broken.commit).is_err());
        let device = &group.members[member];
        assert_eq!(
            device.mls.signer_of(&device.state, GROUP, &broken.commit),
            Some(group.members[0].mls.identity().device.clone())
        );
    }
    let mut forged = broken.commit.to_vec();
    let length = forged.len();
    forged[length - 90] ^= 1;
    let device = &group.members[1];
    assert_eq!(device.mls.signer_of(&device.state, GROUP, &forged), None);

    let first = group.resync(1, &[&broken.commit], b"").unwrap();
    group.accept(1, &first).unwrap();
    let back = &mut group.members[1];
    back.mls.merge_resync(&mut back.state, GROUP).unwrap();
    let log = [&broken.commit, &first.commit];
    let second = group.resync(2, &log, b"").unwrap();
    group.accept(2, &second).unwrap();
    group.members[1].commit_of_other(&second.commit);
    let back = &mut group.members[2];
    back.mls.merge_resync(&mut back.state, GROUP).unwrap();
    assert_eq!(
        group.members[1].authenticator(),
        group.members[2].authenticator()
    );
}

#[test]
fn a_path_that_cannot_be_opened_passes_the_server_and_is_survived() {
    let mut group = Group::new();
    let staged = group.members[0].stage(vec![], vec![]);
    let insider = &group.members[0];
    let broken = insider
        .mls
        .spoil_path(&insider.state, GROUP, &staged)
        .unwrap();
    assert_ne!(broken.commit, staged.commit);
    group.accept(0, &broken).unwrap();
    // The last path secret is for the third one.
    assert!(group.members[2].process(&broken.commit).is_err());
    let back = group.resync(2, &[&broken.commit], b"").unwrap();
    group.accept(2, &back).unwrap();
    let device = &mut group.members[2];
    device.mls.merge_resync(&mut device.state, GROUP).unwrap();
    assert_eq!(device.epoch(), 3);
}

#[test]
fn nobody_comes_in_from_outside() {
    let mut group = Group::new();
    let stranger = group.federation.device(9);
    let join = forge(&stranger, &group);
    let refused = group.refused(&stranger, &join);
    assert!(matches!(&refused, Error::Invalid(text) if text.contains("ask a member to add you")));

    // Nor in the place of a member whose key the organisation has certified for another device.
    let name = device_of("laurier.internal", 9);
    let now = group.federation.now;
    let chain = group
        .federation
        .organisation
        .issue(&name, &key(3).public(), now);
    let mls = Mls::new(key(3), chain.unwrap(), group.federation.anchors(), now).unwrap();
    let (state, twin) = (State::default(), mls);
    let twin = Device {
        mls: twin,
        state,
        now,
    };
    let swap = forge(&twin, &group);
    assert_eq!(
        group.refused(&twin, &swap),
        CredentialError::IdentityMismatch.into()
    );
}

#[test]
fn nobody_sends_the_resync_of_another() {
    let mut group = Group::new();
    let staged = group.resync(2, &[], b"").unwrap();
    let passed_off = group.judge(&staged, group.members[1].id());
    assert!(matches!(passed_off, Err(Error::Invalid(_))));
}

#[test]
fn a_device_that_is_to_be_removed_cannot_come_back_and_others_keep_the_removal_alive() {
    let mut group = Group::new();
    let revoked = group.members[2].id();
    let proposed = propose_removals(&group.public_state, &[revoked], &remover()).unwrap();
    group.public_state = proposed.public_state;
    for member in 0..2 {
        group.members[member]
            .process(&proposed.proposals[0].1)
            .unwrap();
    }
    let proposal = proposed.proposals[0].1.clone();
    let staged = group.resync(2, &[&proposal], b"").unwrap();
    assert_eq!(
        group.judge(&staged, revoked),
        Err(Error::CommitRequired),
        "the server"
    );
    assert_eq!(
        group.members[0].process(&staged.commit),
        Err(Error::CommitRequired),
        "a member"
    );

    // The second one has it from before it lost track.
    let staged = group.resync(1, &[], b"").unwrap();
    let valid = group.accept(1, &staged).unwrap();
    assert_eq!(valid.left_out, [revoked]);
    group.members[0].commit_of_other(&staged.commit);
    // The server says it again, and now a commit must contain it.
    let again = propose_removals(&group.public_state, &valid.left_out, &remover()).unwrap();
    assert_eq!(again.proposals.len(), 1);
    group.public_state = again.public_state;
    let heard = group.members[0].process(&again.proposals[0].1).unwrap();
    assert!(matches!(heard, Processed::RemovalProposed(device) if device.device == revoked));
    let commit = group.members[0].stage(vec![], vec![]);
    let valid = group.accept(0, &commit).unwrap();
    assert_eq!(valid.removed, [revoked]);
}

#[test]
fn the_server_cannot_lead_a_member_into_another_group_of_the_same_name() {
    let mut group = Group::new();
    let staged = group.members[0].stage(vec![], vec![]);
    let old = (group.info.clone(), group.tree.clone());
    group.accept(0, &staged).unwrap();
    group.members[0].merge();

    // An epoch that is over, and one that is ahead of the log.
    let (info, tree) = (
        std::mem::replace(&mut group.info, old.0),
        std::mem::replace(&mut group.tree, old.1),
    );
    let back = group.resync(2, &[&staged.commit], b"");
    assert_eq!(
        back,
        Err(Error::WrongEpoch {
            group: 2,
            message: 1
        })
    );
    (group.info, group.tree) = (info, tree);
    let ahead = group.resync(2, &[], b"");
    assert_eq!(
        ahead,
        Err(Error::WrongEpoch {
            group: 1,
            message: 2
        })
    );

    // A group that a stranger has made with a key package of the member, at the same epoch.
    let mut stranger = group.federation.device(9);
    stranger.create();
    let package = group.federation.device(3).key_package();
    stranger.stage(vec![package], vec![]);
    stranger.merge();
    let forged = stranger.stage(vec![], vec![]);
    stranger.merge();
    (group.info, group.tree) = (forged.group_info, stranger.tree());
    let refused = group.resync(2, &[&staged.commit], b"");
    assert!(
        matches!(&refused, Err(Error::Invalid(text)) if text.contains("led to")),
        "{refused:?}"
    );
    // Nor can a commit of somebody else be slipped in between.
    assert!(group.resync(2, &[&forged.commit], b"").is_err());
    assert_eq!(group.members[2].epoch(), 1);
}

#[test]
fn a_foreign_certificate_keeps_a_device_out() {
    let mut group = Group::new();
    let other = Federation::new();
    let staged = group.resync(2, &[], b"").unwrap();
    let judged = validate_commit(
        &group.public_state,
        &staged.commit,
        None,
        &staged.group_info,
        group.members[2].id(),
        &other.anchors(),
        other.now,
    );
    assert!(matches!(judged, Err(Error::Credential(_))));
    let long = vec![0; MAX_RESYNC_NOTE + 1];
    assert!(matches!(
        group.resync(2, &[], &long),
        Err(Error::Invalid(_))
    ));

    // Who is not, or no longer, in the group, is told so.
    let gone = group.members[2].id();
    let removal = group.members[0].stage(vec![], vec![gone]);
    group.accept(0, &removal).unwrap();
    assert_eq!(
        group.resync(2, &[&removal.commit], b""),
        Err(Error::Removed)
    );
}
