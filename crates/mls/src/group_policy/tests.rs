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

/// The group's policy with other leads and organisations.
fn with(leads: &[u8], organisations: &[&str]) -> GroupPolicy {
    let person = |number: &u8| device_of("laurier.internal", *number).practitioner_name();
    GroupPolicy {
        remover: remover().public(),
        organisations: organisations.iter().map(|name| domain(name)).collect(),
        leads: leads.iter().map(person).collect(),
    }
}

/// A commit that sets a policy without asking whether it may.
fn forged(group: &mut Group, next: &GroupPolicy) -> Error {
    let extensions = next.extensions().unwrap();
    group.refused(|builder, _| {
        builder
            .propose_group_context_extensions(extensions)
            .unwrap()
    })
}

impl Group {
    /// A member sets the policy; everybody follows.
    fn set(&mut self, founder: bool, next: &GroupPolicy) -> Result<()> {
        let now = self.federation.now;
        let (by, other) = if founder {
            (&mut self.founder, &mut self.member)
        } else {
            (&mut self.member, &mut self.founder)
        };
        let staged = by.mls.stage_policy(&mut by.state, GROUP, next, now)?;
        let (id, heard) = (by.id(), other.commit_of_other(&staged.commit));
        assert_eq!(heard.policy.as_ref(), Some(next));
        assert_eq!(by.merge().policy.as_ref(), Some(next));
        assert_eq!(by.authenticator(), other.authenticator());
        for device in [&*by, &*other] {
            assert_eq!(device.mls.policy(&device.state, GROUP).as_ref(), Ok(next));
        }
        self.public_state = self.judge(&staged, id).unwrap();
        Ok(())
    }
}

#[test]
fn a_lead_sets_the_policy_and_everybody_follows() {
    let mut group = Group::under(&with(&[1], &[]));
    group
        .set(true, &with(&[1, 2], &["laurier.internal"]))
        .unwrap();
    // Now the other one is a lead, too.
    group
        .set(false, &with(&[2], &["laurier.internal"]))
        .unwrap();
    let refused = group.set(true, &with(&[1], &["laurier.internal"]));
    assert!(matches!(refused, Err(Error::Policy(text)) if text.contains("ask one of them")));
}

#[test]
fn nobody_but_a_lead_sets_the_policy_while_one_is_there() {
    let mut group = Group::under(&with(&[1], &[]));
    for next in [with(&[2], &[]), with(&[1, 2], &[]), with(&[], &[])] {
        let refused = forged(&mut group, &next);
        assert!(matches!(refused, Error::Policy(text) if text.contains("only a lead")));
        let own = group.set(false, &next);
        assert!(matches!(own, Err(Error::Policy(_))));
    }
}

#[test]
fn a_policy_keeps_the_removal_key_admits_everybody_and_leaves_somebody_to_lead() {
    let mut group = Group::under(&with(&[1, 2], &[]));
    let other_key = GroupPolicy {
        remover: key(201).public(),
        ..with(&[2], &[])
    };
    for (next, why) in [
        (other_key, "cannot be changed"),
        (with(&[2], &["parc.internal"]), "may not join"),
        (with(&[7], &[]), "at least one lead"),
    ] {
        let refused = forged(&mut group, &next);
        assert!(
            matches!(&refused, Error::Policy(text) if text.contains(why)),
            "{refused:?}"
        );
    }
    let mut third = group.federation.device(3);
    let package = third.key_package();
    let both = with(&[2], &["laurier.internal"]).extensions().unwrap();
    let refused = group.refused(|builder, crypto| {
        builder
            .propose_group_context_extensions(both)
            .unwrap()
            .propose_adds([self::package(&package, crypto)])
    });
    assert!(matches!(refused, Error::Invalid(text) if text.contains("must not change the team")));
}

#[test]
fn a_team_without_leads_names_one_and_does_nothing_else() {
    // The lead that was named has never been in the group, or not any more.
    let mut group = Group::under(&with(&[1], &[]));
    let lead = group.founder.id();
    let proposed = crate::propose_removals(&group.public_state, &[lead], &remover()).unwrap();
    group.public_state = proposed.public_state;
    group.member.process(&proposed.proposals[0].1).unwrap();
    let staged = group.stage(vec![], vec![]).unwrap();
    group.public_state = group.judge(&staged, group.member.id()).unwrap();
    group.member.merge();

    let now = group.federation.now;
    let mut third = group.federation.device(3);
    let package = third.key_package();
    assert!(matches!(
        group.stage(vec![package.clone()], vec![]),
        Err(Error::Policy(_))
    ));
    let member = &mut group.member;
    let mut set = |next: &GroupPolicy| member.mls.stage_policy(&mut member.state, GROUP, next, now);
    assert!(matches!(
        set(&with(&[2], &["laurier.internal"])),
        Err(Error::Policy(_))
    ));
    assert!(matches!(set(&with(&[], &[])), Err(Error::Policy(_))));
    let staged = set(&with(&[2], &[])).unwrap();
    group.public_state = group.judge(&staged, group.member.id()).unwrap();
    group.member.merge();
    assert!(group.stage(vec![package], vec![]).is_ok());
}
