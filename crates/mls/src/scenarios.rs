//! What happens to groups, from the members' side.

use std::time::Duration;

use relais_types::{DeviceId, GroupId};

use crate::{
    Change, CredentialError, Error, Mls, OUT_OF_ORDER_TOLERANCE, State,
    fixture::{Federation, GROUP, device_of, group_of, key, policy, rows},
};

/// Two of a vector at once.
fn pair<T>(items: &mut [T]) -> (&mut T, &mut T) {
    let (first, rest) = items.split_first_mut().unwrap();
    (first, rest.last_mut().unwrap())
}

#[test]
fn members_read_each_other_in_both_directions() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 3);
    for from in 0..3 {
        let text = format!("de {from}, à tous");
        let message = members[from].encrypt(&text);
        let sender = members.remove(from);
        for reader in &mut members {
            assert_eq!(reader.decrypt(&message, &sender), text);
        }
        members.insert(from, sender);
    }
    assert!(
        members
            .iter()
            .all(|m| m.authenticator() == members[0].authenticator() && m.epoch() == 1)
    );
}

#[test]
fn a_joiner_sees_everybody_and_who_added_it() {
    let federation = Federation::new();
    let mut founder = federation.device(1);
    founder.create();
    let mut joiner = federation.device(2);
    let package = joiner.key_package();
    let staged = founder.stage(vec![package], vec![]);
    let change = founder.merge();
    assert_eq!((staged.epoch, change.epoch), (0, 1));
    assert_eq!(change.added, [joiner.mls.identity().clone()]);
    let joined = joiner
        .join(staged.welcome.as_ref().unwrap(), &founder.tree())
        .unwrap();
    assert_eq!((joined.group, joined.epoch), (GROUP, 1));
    assert_eq!(joined.added_by, *founder.mls.identity());
    assert_eq!(
        joined.members,
        founder.mls.members(&founder.state, GROUP).unwrap()
    );
    assert_eq!(joined.members[1].chain, *joiner.mls.chain());
    assert_eq!(change.authenticator, joiner.authenticator());
}

#[test]
fn a_member_is_replaced_in_one_commit() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 3);
    let mut successor = federation.device(9);
    let package = successor.key_package();
    let leaving = members[2].id();
    let staged = members[0].stage(vec![package], vec![leaving]);
    members[0].merge();
    let change = members[1].commit_of_other(&staged.commit);
    assert_eq!(change.by, members[0].mls.identity().device);
    assert_eq!(change.added, [successor.mls.identity().clone()]);
    assert_eq!(change.removed, [members[2].mls.identity().device.clone()]);
    assert!(!change.own_removed);

    let tree = members[0].tree();
    successor
        .join(staged.welcome.as_ref().unwrap(), &tree)
        .unwrap();
    let removed = members[2].commit_of_other(&staged.commit);
    assert!(removed.own_removed && removed.authenticator.is_empty());

    let message = members[1].encrypt("sans lui");
    assert_eq!(successor.decrypt(&message, &members[1]), "sans lui");
    assert_eq!(members[2].process(&message), Err(Error::Removed));
    let removed = &mut members[2];
    assert_eq!(
        removed.mls.encrypt(&mut removed.state, GROUP, b"encore"),
        Err(Error::Removed)
    );
    assert_eq!(successor.authenticator(), members[0].authenticator());
}

#[test]
fn a_removed_member_can_be_added_again() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 2);
    let (founder, other) = pair(&mut members);
    let staged = founder.stage(vec![], vec![other.id()]);
    founder.merge();
    other.commit_of_other(&staged.commit);
    let package = other.key_package();
    let staged = founder.stage(vec![package], vec![]);
    founder.merge();
    other
        .join(staged.welcome.as_ref().unwrap(), &founder.tree())
        .unwrap();
    let message = founder.encrypt("de retour");
    assert_eq!(other.decrypt(&message, founder), "de retour");
}

#[test]
fn a_device_that_lost_its_state_is_replaced_by_itself_in_one_commit() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 2);
    let (founder, other) = pair(&mut members);
    other.state = State::default();
    let package = other.key_package();
    let change = Change {
        add: vec![package.clone()],
        remove: vec![],
    };
    let twice = founder
        .mls
        .stage_commit(&mut founder.state, GROUP, &change, founder.now);
    assert_eq!(twice, Err(Error::DuplicateMember(other.id())));
    let staged = founder.stage(vec![package], vec![other.id()]);
    founder.merge();
    other
        .join(staged.welcome.as_ref().unwrap(), &founder.tree())
        .unwrap();
    let message = other.encrypt("me revoici");
    assert_eq!(founder.decrypt(&message, other), "me revoici");
}

#[test]
fn messages_may_overtake_each_other_within_the_window() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 2);
    let (from, to) = pair(&mut members);
    let tolerance = usize::try_from(OUT_OF_ORDER_TOLERANCE).unwrap();
    let messages: Vec<_> = (0..tolerance + 8)
        .map(|n| from.encrypt(&n.to_string()))
        .collect();
    let last = messages.len() - 1;
    assert_eq!(to.decrypt(&messages[last], from), last.to_string());
    for (n, message) in messages.iter().enumerate().rev().skip(1) {
        if last - n < tolerance {
            assert_eq!(to.decrypt(message, from), n.to_string());
        } else if last - n > tolerance + 1 {
            assert_eq!(to.process(message), Err(Error::SecretGone), "{n}");
        }
    }
    // A replay is told apart from garbage.
    assert_eq!(to.process(&messages[last]), Err(Error::SecretGone));
}

#[test]
fn a_message_of_a_past_epoch_is_read_until_it_is_too_old() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 2);
    let (from, to) = pair(&mut members);
    let early = from.encrypt("en retard");
    let never = from.encrypt("trop tard");
    for round in 0..3 {
        let staged = from.stage(vec![], vec![]);
        from.merge();
        to.commit_of_other(&staged.commit);
        if round == 1 {
            assert_eq!(to.decrypt(&early, from), "en retard");
        }
    }
    assert_eq!(to.process(&never), Err(Error::SecretGone));
}

#[test]
fn the_losing_commit_is_discarded_and_planned_again() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 3);
    let winner = members[1].stage(vec![], vec![]);
    let mut newcomer = federation.device(9);
    let package = newcomer.key_package();
    let loser = members[0].stage(vec![package.clone()], vec![]);
    let second = {
        let member = &mut members[0];
        let change = Change::default();
        member
            .mls
            .stage_commit(&mut member.state, GROUP, &change, federation.now)
    };
    assert_eq!(second, Err(Error::CommitStaged));

    members[1].merge();
    members[0].commit_of_other(&winner.commit);
    members[2].commit_of_other(&winner.commit);
    let merge = {
        let member = &mut members[0];
        member.mls.merge_staged(&mut member.state, GROUP)
    };
    assert_eq!(merge, Err(Error::NothingStaged));
    assert_eq!(
        members[2].process(&loser.commit),
        Err(Error::WrongEpoch {
            group: 2,
            message: 1
        })
    );

    let again = members[0].stage(vec![package], vec![]);
    members[0].merge();
    members[1].commit_of_other(&again.commit);
    let tree = members[0].tree();
    newcomer
        .join(again.welcome.as_ref().unwrap(), &tree)
        .unwrap();
    assert_eq!(newcomer.authenticator(), members[1].authenticator());
}

#[test]
fn a_staged_commit_survives_a_restart_and_can_be_discarded() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 2);
    let (from, to) = pair(&mut members);
    let staged = from.stage(vec![], vec![]);
    from.reopen();
    let message = from.encrypt("pendant ce temps");
    assert_eq!(to.decrypt(&message, from), "pendant ce temps");
    from.mls.discard_staged(&mut from.state, GROUP).unwrap();
    from.mls.discard_staged(&mut from.state, GROUP).unwrap();
    assert_eq!(
        from.mls.merge_staged(&mut from.state, GROUP),
        Err(Error::NothingStaged)
    );
    let second = from.stage(vec![], vec![]);
    assert_ne!(staged.commit, second.commit);
    from.reopen();
    let change = from.merge();
    assert_eq!(
        to.commit_of_other(&second.commit).authenticator,
        change.authenticator
    );
}

#[test]
fn own_messages_are_told_apart() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 2);
    let (own, _) = pair(&mut members);
    let message = own.encrypt("à moi");
    assert_eq!(own.process(&message), Err(Error::OwnMessage));
    let staged = own.stage(vec![], vec![]);
    assert_eq!(own.process(&staged.commit), Err(Error::OwnMessage));
    own.merge();
    assert_eq!(
        own.process(&staged.commit),
        Err(Error::WrongEpoch {
            group: 2,
            message: 1
        })
    );
}

#[test]
fn the_future_and_other_groups_are_refused() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 2);
    let (ahead, behind) = pair(&mut members);
    let staged = ahead.stage(vec![], vec![]);
    ahead.merge();
    let future = ahead.encrypt("demain");
    let wrong = Err(Error::WrongEpoch {
        group: 1,
        message: 2,
    });
    assert_eq!(behind.process(&future), wrong);
    behind.commit_of_other(&staged.commit);
    assert_eq!(behind.decrypt(&future, ahead), "demain");
    let elsewhere = GroupId::from_bytes([1; 16]);
    let result = behind
        .mls
        .process(&mut behind.state, elsewhere, &future, behind.now);
    assert!(matches!(result, Err(Error::Invalid(_))));
    assert_eq!(
        behind.mls.epoch(&behind.state, elsewhere),
        Err(Error::UnknownGroup)
    );
}

#[test]
fn a_ghost_leaf_is_refused_on_welcome_and_on_add() {
    let ours = Federation::new();
    let theirs = Federation::new();
    // The accomplice trusts anybody, so it brings a device of another root into the group.
    let both = crate::TrustAnchors::from_der(&[
        ours.root.certificate_der(),
        theirs.root.certificate_der(),
    ])
    .unwrap();
    let mut accomplice = ours.device_trusting(1, both);
    accomplice.create();
    let mut honest = ours.device(2);
    let package = honest.key_package();
    let staged = accomplice.stage(vec![package], vec![]);
    accomplice.merge();
    honest
        .join(staged.welcome.as_ref().unwrap(), &accomplice.tree())
        .unwrap();

    let mut ghost = theirs.device(3);
    let package = ghost.key_package();
    let refused = honest.mls.stage_commit(
        &mut honest.state,
        GROUP,
        &Change {
            add: vec![package.clone()],
            remove: vec![],
        },
        ours.now,
    );
    assert_eq!(
        refused,
        Err(Error::Credential(CredentialError::BadSignature))
    );

    let before = rows(&honest.state);
    let staged = accomplice.stage(vec![package], vec![]);
    accomplice.merge();
    assert_eq!(
        honest.process(&staged.commit),
        Err(Error::Credential(CredentialError::BadSignature))
    );
    assert_eq!(rows(&honest.state), before, "a refusal leaves no trace");

    let mut late = ours.device(4);
    let package = late.key_package();
    let staged = accomplice.stage(vec![package], vec![]);
    accomplice.merge();
    let before = rows(&late.state);
    assert_eq!(
        late.join(staged.welcome.as_ref().unwrap(), &accomplice.tree()),
        Err(Error::Credential(CredentialError::BadSignature))
    );
    assert_eq!(rows(&late.state), before, "the key package is kept");
}

#[test]
fn a_renewed_certificate_enters_with_the_next_commit() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 2);
    let (renewing, other) = pair(&mut members);
    let later = federation.now.plus(Duration::from_hours(1));
    let chain = federation
        .organisation
        .issue(&device_of("laurier.internal", 1), &key(1).public(), later)
        .unwrap();
    renewing.mls = Mls::new(key(1), chain.clone(), federation.anchors(), later).unwrap();
    renewing.now = later;
    let staged = renewing.stage(vec![], vec![]);
    renewing.merge();
    other.now = later;
    other.commit_of_other(&staged.commit);
    let members = other.mls.members(&other.state, GROUP).unwrap();
    assert_eq!(members[0].chain, chain);
    let message = renewing.encrypt("renouvelé");
    assert_eq!(other.decrypt(&message, renewing), "renouvelé");
}

#[test]
fn a_leaf_cannot_turn_into_another_device() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 2);
    let (turning, other) = pair(&mut members);
    // The organisation certifies the same key for another person's device.
    let chain = federation
        .organisation
        .issue(
            &device_of("laurier.internal", 7),
            &key(1).public(),
            federation.now,
        )
        .unwrap();
    turning.mls = Mls::new(key(1), chain, federation.anchors(), federation.now).unwrap();
    let staged = turning.stage(vec![], vec![]);
    assert_eq!(
        other.process(&staged.commit),
        Err(Error::Credential(CredentialError::IdentityMismatch))
    );
}

#[test]
fn expired_certificates_are_refused() {
    let federation = Federation::new();
    let mut founder = federation.device(1);
    founder.create();
    let package = federation.device(2).key_package();
    let much_later = federation.now.plus(Duration::from_hours(400 * 24));
    let change = Change {
        add: vec![package],
        remove: vec![],
    };
    let refused = founder
        .mls
        .stage_commit(&mut founder.state, GROUP, &change, much_later);
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    let chain = founder.mls.chain().clone();
    let opened = Mls::new(key(1), chain.clone(), federation.anchors(), much_later);
    assert_eq!(
        opened.map(|_| ()),
        Err(Error::Credential(CredentialError::Expired))
    );
    let other_key = Mls::new(key(2), chain, federation.anchors(), federation.now);
    assert_eq!(
        other_key.map(|_| ()),
        Err(Error::Credential(CredentialError::KeyMismatch))
    );
}

#[test]
fn a_used_welcome_and_a_welcome_for_others_are_told_apart() {
    let federation = Federation::new();
    let mut founder = federation.device(1);
    founder.create();
    let mut joiner = federation.device(2);
    let package = joiner.key_package();
    let staged = founder.stage(vec![package], vec![]);
    founder.merge();
    let (welcome, tree) = (staged.welcome.unwrap(), founder.tree());
    joiner.join(&welcome, &tree).unwrap();
    assert_eq!(joiner.join(&welcome, &tree), Err(Error::UnknownKeyPackage));
    let mut stranger = federation.device(3);
    assert_eq!(
        stranger.join(&welcome, &tree),
        Err(Error::UnknownKeyPackage)
    );
}

#[test]
fn a_last_resort_key_package_joins_more_than_once() {
    let federation = Federation::new();
    let mut joiner = federation.device(9);
    let package = joiner
        .mls
        .key_package(&mut joiner.state, true, joiner.now)
        .unwrap();
    for number in 1..=2 {
        let mut founder = federation.device(number);
        founder.create();
        let staged = founder.stage(vec![package.clone()], vec![]);
        founder.merge();
        let (welcome, tree) = (staged.welcome.unwrap(), founder.tree());
        joiner.join(&welcome, &tree).unwrap();
        if number == 1 {
            assert_eq!(joiner.join(&welcome, &tree), Err(Error::GroupExists));
        }
        joiner.mls.forget_group(&mut joiner.state, GROUP);
    }
}

#[test]
fn unknown_members_and_oneself_cannot_be_removed() {
    let federation = Federation::new();
    let mut founder = federation.device(1);
    founder.create();
    let nobody = DeviceId::from_bytes([0; 16]);
    let own = founder.id();
    let mut stage = |remove| {
        let change = Change {
            add: vec![],
            remove: vec![remove],
        };
        founder
            .mls
            .stage_commit(&mut founder.state, GROUP, &change, founder.now)
    };
    assert_eq!(stage(nobody), Err(Error::UnknownMember(nobody)));
    assert!(matches!(stage(own), Err(Error::Invalid(_))));
    let again = founder
        .mls
        .create_group(&mut founder.state, GROUP, &policy(), founder.now);
    assert_eq!(again, Err(Error::GroupExists));
}

#[test]
fn mangled_messages_leave_no_trace() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 2);
    let (from, to) = pair(&mut members);
    let content = from.encrypt("intact");
    let commit = from.stage(vec![], vec![]).commit;
    let before = rows(&to.state);
    for message in [&content, &commit] {
        for cut in [0, 1, 4, message.len() / 2, message.len() - 1] {
            assert!(to.process(&message[..cut]).is_err());
        }
        assert!(to.process(&[message, &[0][..]].concat()).is_err());
        for at in (0..message.len()).step_by(7) {
            let mut changed = message.to_vec();
            changed[at] ^= 0x10;
            assert!(to.process(&changed).is_err(), "at {at}");
        }
    }
    assert_eq!(rows(&to.state), before);
    assert_eq!(to.decrypt(&content, from), "intact");
    to.commit_of_other(&commit);
}

#[test]
fn only_changed_rows_are_written() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 3);
    let (from, to) = pair(&mut members);
    from.state.take_changes();
    to.state.take_changes();
    let names = |state: &mut State| -> Vec<String> {
        state
            .take_changes()
            .iter()
            .map(|(key, _)| {
                String::from_utf8_lossy(key)
                    .rsplit('/')
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    };
    let message = from.encrypt("un seul rang");
    assert_eq!(names(&mut from.state), ["message_secrets"]);
    to.decrypt(&message, from);
    assert_eq!(names(&mut to.state), ["message_secrets"]);
    assert!(to.process(&message).is_err());
    assert!(names(&mut to.state).is_empty());
    from.stage(vec![], vec![]);
    assert_eq!(names(&mut from.state), ["state"]);
    from.mls.discard_staged(&mut from.state, GROUP).unwrap();
    assert_eq!(names(&mut from.state), ["state"]);
    from.stage(vec![], vec![]);
    from.mls.discard_staged(&mut from.state, GROUP).unwrap();
    assert!(
        names(&mut from.state).is_empty(),
        "changed and changed back"
    );
    from.mls.members(&from.state, GROUP).unwrap();
    assert!(names(&mut from.state).is_empty());
}

#[test]
fn forgetting_a_group_leaves_nothing_of_it() {
    let federation = Federation::new();
    let mut members = group_of(&federation, 2);
    let (from, to) = pair(&mut members);
    let staged = from.stage(vec![], vec![]);
    to.commit_of_other(&staged.commit);
    to.mls.forget_group(&mut to.state, GROUP);
    assert_eq!(rows(&to.state), []);
    assert_eq!(to.mls.epoch(&to.state, GROUP), Err(Error::UnknownGroup));
}

#[test]
fn debug_shows_no_secret() {
    let federation = Federation::new();
    let device = federation.device(1);
    let shown = format!("{:?}", device.mls);
    assert!(shown.starts_with("Mls { device: DeviceName"), "{shown}");
    assert!(!shown.contains("seed") && !shown.contains("SigningKey("));
}
