//! Tests of members whose certificate expired while they were silent.

use std::time::Duration;

use openmls::prelude::SignaturePublicKey;
use relais_types::Timestamp;

use crate::{
    CredentialError, Error, Mls, State,
    fixture::{Device, Federation, GROUP, YEAR, device_of, key},
};

const HOUR: Duration = Duration::from_hours(1);

/// A device whose certificate expires an hour from now.
fn expiring(federation: &Federation, number: u8) -> Device {
    let key = key(number);
    let (year, hour) = (YEAR.as_micros(), HOUR.as_micros());
    let age = i64::try_from(year - hour).unwrap();
    let issued = federation.now.as_micros() - age;
    let chain = federation
        .organisation
        .issue(
            &device_of("laurier.internal", number),
            &key.public(),
            Timestamp::from_micros(issued),
        )
        .unwrap();
    Device {
        mls: Mls::new(key, chain, federation.anchors(), federation.now).unwrap(),
        state: State::default(),
        now: federation.now,
    }
}

/// A founder and a member who has expired by the time that is returned.
fn with_expired(federation: &Federation) -> (Device, Device, Timestamp) {
    let mut founder = federation.device(1);
    founder.create();
    let mut silent = expiring(federation, 2);
    let package = silent.key_package();
    let staged = founder.stage(vec![package], vec![]);
    founder.merge();
    let tree = founder.tree();
    silent
        .join(staged.welcome.as_ref().unwrap(), &tree)
        .unwrap();
    (founder, silent, federation.now.plus(HOUR * 2))
}

#[test]
fn an_expired_member_keeps_nobody_from_joining() {
    let federation = Federation::new();
    let (mut founder, silent, late) = with_expired(&federation);
    let mut joining = federation.device(3);
    let package = joining.key_package();
    (founder.now, joining.now) = (late, late);
    let staged = founder.stage(vec![package], vec![]);
    founder.merge();
    let joined = joining
        .join(staged.welcome.as_ref().unwrap(), &founder.tree())
        .unwrap();
    let member = &joined.members[1].identity;
    assert_eq!(member.device, silent.mls.identity().device);
    assert!(member.not_after < late, "the roster says how it stands");
    assert_eq!(joining.authenticator(), founder.authenticator());
}

#[test]
fn an_expired_member_invites_nobody_and_enters_nowhere() {
    let federation = Federation::new();
    let (mut founder, mut silent, late) = with_expired(&federation);
    let mut joining = federation.device(3);
    let package = joining.key_package();
    (founder.now, silent.now, joining.now) = (late, late, late);
    let expired = Error::Credential(CredentialError::Expired);

    let staged = silent.stage(vec![package], vec![]);
    silent.merge();
    assert_eq!(founder.process(&staged.commit), Err(expired.clone()));
    let refused = joining.join(staged.welcome.as_ref().unwrap(), &silent.tree());
    assert_eq!(refused, Err(expired.clone()));

    let package = expiring(&federation, 4).key_package();
    let change = crate::Change {
        add: vec![package],
        remove: vec![],
    };
    let refused = founder
        .mls
        .stage_commit(&mut founder.state, GROUP, &change, late);
    assert!(
        matches!(refused, Err(Error::Invalid(_) | Error::Credential(_))),
        "{refused:?}"
    );
}

#[test]
fn an_expired_member_renews_its_leaf_and_invites_again() {
    let federation = Federation::new();
    let (mut founder, mut silent, late) = with_expired(&federation);
    (founder.now, silent.now) = (late, late);
    let name = silent.mls.identity().device.clone();
    let public = silent.mls.key.public();
    let renewed = federation.organisation.issue(&name, &public, late).unwrap();
    silent.mls.renew(renewed.clone(), late).unwrap();

    let staged = silent.stage(vec![], vec![]);
    silent.merge();
    let change = founder.commit_of_other(&staged.commit);
    assert_eq!(change.by, name);
    let members = founder.mls.members(&founder.state, GROUP).unwrap();
    assert_eq!(members[1].chain, renewed);
    let text = silent.encrypt("back");
    assert_eq!(founder.decrypt(&text, &silent), "back");
    let mut joining = federation.device(3);
    let package = joining.key_package();
    joining.now = late;
    let staged = silent.stage(vec![package], vec![]);
    silent.merge();
    founder.commit_of_other(&staged.commit);
    joining
        .join(staged.welcome.as_ref().unwrap(), &silent.tree())
        .unwrap();
}

#[test]
fn a_renewal_is_for_the_same_device_and_key() {
    let federation = Federation::new();
    let (founder, mut silent, late) = with_expired(&federation);
    let before = silent.mls.chain().clone();
    let name = silent.mls.identity().device.clone();
    let issue = |device, key: u8| {
        let key = self::key(key).public();
        federation.organisation.issue(device, &key, late).unwrap()
    };
    for (chain, why) in [
        (issue(&name, 9), CredentialError::KeyMismatch),
        (
            issue(&founder.mls.identity().device, 2),
            CredentialError::IdentityMismatch,
        ),
        (before.clone(), CredentialError::Expired),
    ] {
        let refused = silent.mls.renew(chain, late);
        assert_eq!(refused, Err(Error::Credential(why)));
        assert_eq!(*silent.mls.chain(), before);
    }

    // Nor is a commit made with another key than the one that is in the tree.
    silent.mls.chain = issue(&name, 9);
    silent.mls.identity.public_key = key(9).public();
    silent.mls.key = key(9);
    let refused =
        silent
            .mls
            .stage_commit(&mut silent.state, GROUP, &crate::Change::default(), late);
    assert_eq!(
        refused,
        Err(Error::Credential(CredentialError::KeyMismatch))
    );
}

#[test]
fn an_expired_account_opens_and_a_forged_one_does_not() {
    let federation = Federation::new();
    let (_, silent, late) = with_expired(&federation);
    let chain = silent.mls.chain().clone();
    let opened = Mls::open(key(2), chain.clone(), federation.anchors(), late).unwrap();
    assert_eq!(opened.identity(), silent.mls.identity());
    let expired = Error::Credential(CredentialError::Expired);
    let refused = Mls::new(key(2), chain.clone(), federation.anchors(), late);
    assert_eq!(refused.map(drop), Err(expired));
    let others = Federation::new().anchors();
    assert!(Mls::open(key(2), chain.clone(), others, late).is_err());
    assert!(Mls::open(key(3), chain, federation.anchors(), late).is_err());
}

#[test]
fn expiry_excuses_nothing_else() {
    let (ours, theirs) = (Federation::new(), Federation::new());
    let late = ours.now.plus(HOUR * 2);
    let standing = |device: &Device, key: [u8; 32], at| {
        let credential = device.mls.chain().to_credential();
        let key = SignaturePublicKey::from(key.as_slice());
        let anchors = ours.anchors();
        anchors
            .verify_standing_member(&credential, key.as_slice(), at)
            .map(drop)
    };
    let own = |device: &Device| device.mls.key.public();

    let silent = expiring(&ours, 2);
    assert_eq!(standing(&silent, own(&silent), late), Ok(()));
    assert_eq!(
        standing(&silent, key(9).public(), late),
        Err(CredentialError::KeyMismatch)
    );
    let ghost = expiring(&theirs, 3);
    assert_eq!(
        standing(&ghost, own(&ghost), late),
        Err(CredentialError::BadSignature)
    );
    let past = Timestamp::from_micros(0);
    assert_eq!(
        standing(&silent, own(&silent), past),
        Err(CredentialError::NotYetValid)
    );
}
