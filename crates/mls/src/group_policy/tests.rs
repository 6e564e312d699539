use bytes::Bytes;
use openmls::prelude::{CommitBuilder, Initial, ProtocolVersion};
use openmls_rust_crypto::RustCrypto;
use relais_types::DeviceId;

use super::*;
use crate::{
    Change, StagedCommit, State,
    fixture::{Device, Federation, GROUP, device_of, domain, key, policy, remover},
    open_group, validate_commit, wire,
};

/// A founder and a member under a policy, and what the server holds of them.
struct Group {
    federation: Federation,
    founder: Device,
    member: Device,
    public_state: Vec<u8>,
}

impl Group {
    fn under(policy: &GroupPolicy) -> Self {
        let federation = Federation::new();
        let (mut founder, mut member) = (federation.device(1), federation.device(2));
        let now = federation.now;
        let genesis = founder
            .mls
            .create_group(&mut founder.state, GROUP, policy, now)
            .unwrap();
        let key = remover().public();
        let tree = &genesis.ratchet_tree;
        let opened =
            open_group(&genesis.group_info, tree, &key, &federation.anchors(), now).unwrap();
        let staged = founder.stage(vec![member.key_package()], vec![]);
        let mut group = Self {
            federation,
            founder,
            member,
            public_state: opened.public_state,
        };
        let by = group.founder.id();
        group.public_state = group.judge(&staged, by).unwrap();
        group.founder.merge();
        let tree = group.founder.tree();
        let welcome = staged.welcome.unwrap();
        group.member.join(&welcome, &tree).unwrap();
        group
    }

    fn judge(&self, staged: &StagedCommit, by: DeviceId) -> Result<Vec<u8>> {
        validate_commit(
            &self.public_state,
            &staged.commit,
            staged.welcome.as_deref(),
            &staged.group_info,
            by,
            &self.federation.anchors(),
            self.federation.now,
        )
        .map(|valid| valid.public_state)
    }

    /// A commit of the member that its own client would not make: refused by the server and
    /// by the founder, for the same reason.
    fn refused(
        &mut self,
        proposals: impl for<'a> FnOnce(
            CommitBuilder<'a, Initial>,
            &RustCrypto,
        ) -> CommitBuilder<'a, Initial>,
    ) -> Error {
        let forged = self.member.forge(true, proposals);
        let refused = self.judge(&forged, self.member.id()).unwrap_err();
        let by_founder = self.founder.process(&forged.commit);
        assert_eq!(by_founder, Err(refused.clone()));
        refused
    }

    fn stage(&mut self, add: Vec<Bytes>, remove: Vec<DeviceId>) -> Result<StagedCommit> {
        let (member, now) = (&mut self.member, self.federation.now);
        let change = Change { add, remove };
        member
            .mls
            .stage_commit(&mut member.state, GROUP, &change, now)
    }
}

fn founder_name() -> PractitionerName {
    device_of("laurier.internal", 1).practitioner_name()
}

/// A device of an organisation of the federation that is not the fixture's.
fn stranger(federation: &Federation) -> Device {
    let now = federation.now;
    let organisation = federation.root.organisation(&domain("parc.internal"), now);
    let name = device_of("parc.internal", 9);
    let chain = organisation
        .unwrap()
        .issue(&name, &key(9).public(), now)
        .unwrap();
    let mls = crate::Mls::new(key(9), chain, federation.anchors(), now).unwrap();
    Device {
        mls,
        state: State::default(),
        now,
    }
}

fn package(bytes: &[u8], crypto: &RustCrypto) -> openmls::prelude::KeyPackage {
    let package = wire::key_package(bytes).unwrap();
    package.validate(crypto, ProtocolVersion::Mls10).unwrap()
}

#[test]
fn members_know_the_policy_they_joined_under() {
    let policy = GroupPolicy {
        remover: remover().public(),
        organisations: BTreeSet::from([domain("laurier.internal"), domain("parc.internal")]),
        leads: BTreeSet::from([founder_name()]),
    };
    let group = Group::under(&policy);
    for device in [&group.founder, &group.member] {
        assert_eq!(device.mls.policy(&device.state, GROUP), Ok(policy.clone()));
    }
}

#[test]
fn only_leads_change_the_team_but_everybody_their_own_devices() {
    let mut group = Group::under(&GroupPolicy {
        leads: BTreeSet::from([founder_name()]),
        ..policy()
    });
    let third = group.federation.device(3).key_package();
    let founder = group.founder.id();
    for (add, remove) in [(vec![third.clone()], vec![]), (vec![], vec![founder])] {
        assert!(matches!(group.stage(add, remove), Err(Error::Policy(_))));
    }
    let added = group.refused(|builder, crypto| builder.propose_adds([package(&third, crypto)]));
    assert!(matches!(added, Error::Policy(_)), "{added}");
    let founders_leaf = openmls::prelude::LeafNodeIndex::new(0);
    let removed = group.refused(|builder, _| builder.propose_removals([founders_leaf]));
    assert!(matches!(removed, Error::Policy(_)), "{removed}");

    // A second device of the member's person.
    let mut name = device_of("laurier.internal", 2);
    name.device = DeviceId::from_bytes([0x77; 16]);
    let (now, ca) = (group.federation.now, &group.federation.organisation);
    let chain = ca.issue(&name, &key(77).public(), now).unwrap();
    let second = crate::Mls::new(key(77), chain, group.federation.anchors(), now).unwrap();
    let package = second.key_package(&mut State::default(), false, now);
    let staged = group.stage(vec![package.unwrap()], vec![]).unwrap();
    group.judge(&staged, group.member.id()).unwrap();
    group.founder.commit_of_other(&staged.commit);
}

#[test]
fn people_of_other_organisations_stay_out() {
    let mut group = Group::under(&GroupPolicy {
        organisations: BTreeSet::from([domain("laurier.internal")]),
        ..policy()
    });
    let foreign = stranger(&group.federation).key_package();
    let staged = group.stage(vec![foreign.clone()], vec![]);
    assert!(matches!(staged, Err(Error::Policy(_))));
    let refused =
        group.refused(|builder, crypto| builder.propose_adds([package(&foreign, crypto)]));
    assert!(matches!(refused, Error::Policy(_)), "{refused}");

    let mut founder = stranger(&group.federation);
    let only_laurier = founder.mls.create_group(
        &mut founder.state,
        GROUP,
        &GroupPolicy {
            organisations: BTreeSet::from([domain("laurier.internal")]),
            ..policy()
        },
        founder.now,
    );
    assert!(matches!(only_laurier, Err(Error::Policy(_))));
}

#[test]
fn a_group_that_another_server_may_remove_from_is_not_opened() {
    let federation = Federation::new();
    let genesis = federation.device(1).create();
    let opened = open_group(
        &genesis.group_info,
        &genesis.ratchet_tree,
        &key(3).public(),
        &federation.anchors(),
        federation.now,
    );
    assert!(matches!(opened, Err(Error::Policy(_))));
}

#[test]
fn a_policy_has_one_encoding_and_names_a_bounded_number() {
    let mut crowd = policy();
    crowd.organisations = (0..=MOST_NAMES)
        .map(|number| domain(&format!("o{number}.internal")))
        .collect();
    assert!(matches!(crowd.extensions(), Err(Error::Invalid(_))));
    crowd.organisations.pop_first();
    crowd.extensions().unwrap();
}
