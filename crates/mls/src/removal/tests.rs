use bytes::Bytes;
use openmls::prelude::{ExternalProposal, LeafNodeIndex};
use openmls_rust_crypto::RustCrypto;
use relais_types::DeviceId;

use super::*;
use crate::{
    Processed, SigningKey, StagedCommit, ValidatedCommit,
    device::to_bytes,
    fixture::{Device, Federation, GROUP, group_of, key, policy, remover},
    group, open_group, propose_removals, validate_commit, wire,
};

/// Three members and a server that followed them.
struct Group {
    federation: Federation,
    members: Vec<Device>,
    public_state: Vec<u8>,
}

impl Group {
    fn new() -> Self {
        let federation = Federation::new();
        let mut founder = federation.device(1);
        let (anchors, now) = (federation.anchors(), federation.now);
        let genesis = founder.create();
        let key = remover().public();
        let opened = open_group(
            &genesis.group_info,
            &genesis.ratchet_tree,
            &key,
            &anchors,
            now,
        );
        let mut group = Self {
            federation,
            members: vec![founder],
            public_state: opened.unwrap().public_state,
        };
        let mut others = [group.federation.device(2), group.federation.device(3)];
        let packages = others.iter_mut().map(Device::key_package).collect();
        let staged = group.members[0].stage(packages, vec![]);
        group.accept(0, &staged).unwrap();
        group.members[0].merge();
        let tree = group.members[0].tree();
        for mut other in others {
            other.join(staged.welcome.as_ref().unwrap(), &tree).unwrap();
            group.members.push(other);
        }
        group
    }

    fn accept(&mut self, by: usize, staged: &StagedCommit) -> Result<ValidatedCommit> {
        let valid = validate_commit(
            &self.public_state,
            &staged.commit,
            staged.welcome.as_deref(),
            &staged.group_info,
            self.members[by].id(),
            &self.federation.anchors(),
            self.federation.now,
        )?;
        self.public_state.clone_from(&valid.public_state);
        Ok(valid)
    }

    /// The server's proposals to remove these members.
    fn propose(&mut self, members: &[usize]) -> Vec<Bytes> {
        let devices: Vec<_> = members.iter().map(|at| self.members[*at].id()).collect();
        let proposed = propose_removals(&self.public_state, &devices, &remover()).unwrap();
        self.public_state = proposed.public_state;
        let proposals = proposed.proposals.into_iter();
        proposals.map(|(_, message)| message).collect()
    }
}

/// A proposal as somebody else than the server might make it.
fn proposal(leaf: u32, by: &SigningKey) -> Bytes {
    let message = ExternalProposal::new_remove::<Provider<'_>>(
        LeafNodeIndex::new(leaf),
        wire::mls_group_id(GROUP),
        1.into(),
        by,
        SenderExtensionIndex::new(REMOVER),
    );
    to_bytes(&message.unwrap()).unwrap()
}

#[test]
fn a_proposed_removal_must_be_in_the_next_commit() {
    let mut group = Group::new();
    // What was staged before knows nothing of it.
    let late = group.members[1].stage(vec![], vec![]);
    let [proposal] = &group.propose(&[2])[..] else {
        unreachable!("one removal was proposed")
    };
    assert_eq!(group.accept(1, &late), Err(Error::CommitRequired));
    let third = group.members[2].mls.identity().device.clone();
    for member in &mut group.members {
        let seen = member.process(proposal).unwrap();
        assert_eq!(seen, Processed::RemovalProposed(third.clone()));
        let proposed = member.mls.proposed_removals(&member.state, GROUP);
        assert_eq!(proposed, Ok(vec![third.clone()]));
        let silent = member.mls.encrypt(&mut member.state, GROUP, b"x");
        assert_eq!(silent.unwrap_err(), Error::CommitRequired);
        member.reopen();
    }
    assert_eq!(
        group.members[0].process(&late.commit),
        Err(Error::CommitRequired),
        "members refuse it as well"
    );

    let staged = group.members[1].stage(vec![], vec![]);
    let valid = group.accept(1, &staged).unwrap();
    assert_eq!(valid.removed, [third.device]);
    let merged = group.members[1].merge();
    assert_eq!(merged.revoked, std::slice::from_ref(&third));
    let seen = group.members[0].commit_of_other(&staged.commit);
    assert_eq!(
        (&seen.removed, &seen.revoked),
        (&vec![third.clone()], &vec![third])
    );
    let gone = group.members[2].commit_of_other(&staged.commit);
    assert!(gone.own_removed);

    let secret = group.members[0].encrypt("after");
    assert_eq!(group.members[2].process(&secret), Err(Error::Removed));
    let [_, second, _] = &mut group.members[..] else {
        unreachable!("three members")
    };
    assert!(matches!(
        second.process(&secret),
        Ok(Processed::Application { .. })
    ));
}

#[test]
fn several_removals_and_a_planned_one_fit_into_one_commit() {
    let mut group = Group::new();
    for proposal in group.propose(&[1, 2]) {
        group.members[0].process(&proposal).unwrap();
    }
    assert!(group.propose(&[1, 2]).is_empty(), "proposed once");
    // The member planned one of them itself.
    let planned = group.members[2].id();
    let staged = group.members[0].stage(vec![], vec![planned]);
    let valid = group.accept(0, &staged).unwrap();
    assert_eq!(valid.removed.len(), 2);
    assert_eq!(group.members[0].merge().revoked.len(), 2);
}

#[test]
fn a_revoked_device_cannot_commit() {
    let mut group = Group::new();
    let proposal = group.propose(&[2]).remove(0);
    group.members[2].process(&proposal).unwrap();
    let device = &mut group.members[2];
    let change = crate::Change::default();
    let refused = device
        .mls
        .stage_commit(&mut device.state, GROUP, &change, device.now);
    assert_eq!(refused, Err(Error::Removed));
    // Nor may its own client keep quiet about the proposal.
    group.members[2] = {
        let mut fresh = Group::new();
        fresh.members.remove(2)
    };
    let staged = group.members[2].forge(true, |builder, _| builder);
    assert!(group.accept(2, &staged).is_err());
}

#[test]
fn only_the_server_proposes_and_only_removals_of_members() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 2);
    let own = proposal(1, &members[0].mls.key);
    assert!(members[1].process(&own).is_err(), "another key");
    let nobody = proposal(7, &remover());
    assert!(members[1].process(&nobody).is_err(), "an empty leaf");

    // A member's own proposal, in the open.
    let by_member = {
        let from = &mut members[0];
        let provider = Provider::writing(&from.mls.crypto, &mut from.state);
        let mut group = group::load(&provider, GROUP).unwrap();
        let (message, _) = group
            .propose_remove_member(&provider, &from.mls.key, LeafNodeIndex::new(1))
            .unwrap();
        to_bytes(&message).unwrap()
    };
    assert!(matches!(
        members[1].process(&by_member),
        Err(Error::Invalid(_))
    ));

    // The server adds nobody.
    let mut third = federation.device(3);
    let package = crate::device::check_key_package(
        wire::key_package(&third.key_package()).unwrap(),
        &RustCrypto::default(),
        &federation.anchors(),
        federation.now,
    );
    let add = ExternalProposal::new_add::<Provider<'_>>(
        package.unwrap().0,
        wire::mls_group_id(GROUP),
        1.into(),
        &remover(),
        SenderExtensionIndex::new(REMOVER),
    );
    let add = to_bytes(&add.unwrap()).unwrap();
    let refused = members[1].process(&add);
    assert!(matches!(refused, Err(Error::Invalid(text)) if text.contains("nothing else")));
    assert_eq!(
        members[1].mls.proposed_removals(&members[1].state, GROUP),
        Ok(vec![])
    );
}

#[test]
fn the_validator_proposes_under_the_groups_own_key_alone() {
    let group = Group::new();
    assert_eq!(policy().remover, remover().public());
    let device = [group.members[1].id()];
    let refused = propose_removals(&group.public_state, &device, &key(3));
    assert!(matches!(refused, Err(Error::Policy(_))));
    let stranger = [DeviceId::from_bytes([9; 16])];
    let nothing = propose_removals(&group.public_state, &stranger, &remover()).unwrap();
    assert!(nothing.proposals.is_empty());
    assert_eq!(nothing.epoch, 1);
    assert!(propose_removals(b"", &device, &remover()).is_err());
}
