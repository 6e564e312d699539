use bytes::Bytes;
use openmls::prelude::{
    CommitBuilder, Extensions, Initial, KeyPackage, LeafNodeParameters, MlsGroup, ProtocolVersion,
};
use proptest::prelude::*;

use super::*;
use crate::{
    Change, Mls, StagedCommit,
    device::to_bytes,
    fixture::{Device, Federation, GROUP, device_of, key, remover},
};

/// A group of one as the server knows it, and its founder.
struct Server {
    federation: Federation,
    founder: Device,
    public_state: Vec<u8>,
}

impl Server {
    fn new() -> Self {
        let federation = Federation::new();
        let mut founder = federation.device(1);
        let genesis = founder.create();
        let opened = open_group(
            &genesis.group_info,
            &genesis.ratchet_tree,
            &remover().public(),
            &federation.anchors(),
            federation.now,
        )
        .unwrap();
        assert_eq!(opened.group, GROUP);
        assert_eq!(opened.members, [founder.mls.identity().device.clone()]);
        Self {
            federation,
            founder,
            public_state: opened.public_state,
        }
    }

    /// Judges `staged`, as sent by `sender`, after `change` was made to it.
    fn judge(
        &self,
        staged: &StagedCommit,
        sender: DeviceId,
        change: impl FnOnce(&mut StagedCommit),
    ) -> Result<ValidatedCommit> {
        let mut staged = staged.clone();
        change(&mut staged);
        validate_commit(
            &self.public_state,
            &staged.commit,
            staged.welcome.as_deref(),
            &staged.group_info,
            sender,
            &self.federation.anchors(),
            self.federation.now,
        )
    }

    fn accept(&mut self, staged: &StagedCommit, sender: DeviceId) -> ValidatedCommit {
        let validated = self.judge(staged, sender, |_| ()).unwrap();
        self.public_state.clone_from(&validated.public_state);
        validated
    }

    fn refuses(
        &self,
        staged: &StagedCommit,
        what: &str,
        change: impl FnOnce(&mut StagedCommit),
    ) -> Error {
        let result = self.judge(staged, self.founder.id(), change);
        assert!(result.is_err(), "{what} was accepted");
        result.unwrap_err()
    }
}

fn flipped(bytes: &[u8], at: usize) -> Bytes {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes.into()
}

#[test]
fn a_group_lives_through_adds_replacements_and_removals() {
    let mut server = Server::new();
    let mut second = server.federation.device(2);
    let package = second.key_package();
    let founder = server.founder.id();

    let staged = server.founder.stage(vec![package], vec![]);
    let validated = server.accept(&staged, founder);
    server.founder.merge();
    assert_eq!(validated.epoch, 1);
    assert_eq!(validated.added, [second.mls.identity().device.clone()]);
    assert_eq!(validated.ratchet_tree, server.founder.tree());
    second
        .join(staged.welcome.as_ref().unwrap(), &validated.ratchet_tree)
        .unwrap();

    let mut third = server.federation.device(3);
    let package = third.key_package();
    let staged = second.stage(vec![package], vec![founder]);
    let validated = server.accept(&staged, second.id());
    let change = second.merge();
    assert_eq!((validated.epoch, change.epoch), (2, 2));
    assert_eq!(validated.removed, [founder]);
    third
        .join(staged.welcome.as_ref().unwrap(), &validated.ratchet_tree)
        .unwrap();
    assert_eq!(third.authenticator(), second.authenticator());

    let staged = third.stage(vec![], vec![]);
    let validated = server.accept(&staged, third.id());
    assert!(validated.added.is_empty() && validated.removed.is_empty());
    assert_eq!(
        server.judge(&staged, third.id(), |_| ()),
        Err(Error::WrongEpoch {
            group: 3,
            message: 2
        })
    );
}

#[test]
fn a_commit_is_refused_from_another_sender_or_with_a_bad_signature() {
    let mut server = Server::new();
    let staged = server.founder.stage(vec![], vec![]);
    let other = server.federation.device(2).id();
    assert!(matches!(
        server.judge(&staged, other, |_| ()),
        Err(Error::Invalid(_))
    ));
    let size = staged.commit.len();
    // The last fields are signature (66 bytes), confirmation tag and membership tag (33 each).
    for at in [size - 68 - 60, size - 68 - 1] {
        server.refuses(&staged, "a bad signature", |s| {
            s.commit = flipped(&s.commit, at);
        });
    }
    server.refuses(
        &staged,
        "another confirmation tag than the GroupInfo's",
        |s| {
            s.commit = flipped(&s.commit, size - 40);
        },
    );
    server.accept(&staged, server.founder.id());
}

#[test]
fn a_group_info_must_describe_what_follows() {
    let mut server = Server::new();
    let first = server.founder.stage(vec![], vec![]);
    let mls = &server.founder.mls;
    mls.discard_staged(&mut server.founder.state, GROUP)
        .unwrap();
    let second = server.founder.stage(vec![], vec![]);
    server.refuses(&second, "the GroupInfo of another commit", |s| {
        s.group_info.clone_from(&first.group_info);
    });
    for at in (0..second.group_info.len()).step_by(5) {
        server.refuses(&second, "a changed GroupInfo", |s| {
            s.group_info = flipped(&s.group_info, at);
        });
    }
    server.refuses(&second, "a commit in place of the GroupInfo", |s| {
        s.group_info.clone_from(&s.commit);
    });
    server.accept(&second, server.founder.id());
}

#[test]
fn a_group_info_with_the_tree_is_refused() {
    use crate::{device::to_bytes, group::load};
    let federation = Federation::new();
    let mut founder = federation.device(1);
    let genesis = founder.create();
    let provider = Provider::reading(&founder.mls.crypto, &founder.state);
    let with_tree = load(&provider, GROUP)
        .unwrap()
        .export_group_info(&founder.mls.crypto, &founder.mls.key, true)
        .unwrap();
    let opened = open_group(
        &to_bytes(&with_tree).unwrap(),
        &genesis.ratchet_tree,
        &remover().public(),
        &federation.anchors(),
        federation.now,
    );
    assert!(matches!(opened, Err(Error::Invalid(_))));
}

#[test]
fn a_welcome_is_for_exactly_the_added() {
    let mut server = Server::new();
    let mut others = [server.federation.device(2), server.federation.device(3)];
    let packages: Vec<_> = others.iter_mut().map(Device::key_package).collect();
    let both = server.founder.stage(packages.clone(), vec![]);
    let mls = &server.founder.mls;
    mls.discard_staged(&mut server.founder.state, GROUP)
        .unwrap();
    let one = server.founder.stage(packages[..1].to_vec(), vec![]);
    server.refuses(&one, "a Welcome for more", |s| {
        s.welcome.clone_from(&both.welcome);
    });
    server.refuses(&both, "a Welcome for fewer", |s| {
        s.welcome.clone_from(&one.welcome);
    });
    server.refuses(&one, "no Welcome for the added", |s| s.welcome = None);
    server.refuses(&one, "an empty Welcome", |s| s.welcome = Some(Bytes::new()));
    let mls = &server.founder.mls;
    mls.discard_staged(&mut server.founder.state, GROUP)
        .unwrap();
    let none = server.founder.stage(vec![], vec![]);
    server.refuses(&none, "a Welcome without adds", |s| {
        s.welcome.clone_from(&one.welcome);
    });
}

#[test]
fn a_foreign_certificate_is_refused_everywhere() {
    let server = Server::new();
    let theirs = Federation::new();
    let both = || {
        TrustAnchors::from_der(&[
            server.federation.root.certificate_der(),
            theirs.root.certificate_der(),
        ])
        .unwrap()
    };
    let anchors = server.federation.anchors();
    let refused = Error::Credential(CredentialError::BadSignature);

    let mut ghost = theirs.device(3);
    let genesis = ghost.create();
    let opened = open_group(
        &genesis.group_info,
        &genesis.ratchet_tree,
        &remover().public(),
        &anchors,
        server.federation.now,
    );
    assert_eq!(opened, Err(refused.clone()));

    let package = ghost.key_package();
    let owner = &ghost.mls.identity().device;
    let published = validate_key_package(&package, owner, &anchors, server.federation.now);
    assert_eq!(published, Err(refused.clone()));

    let mut accomplice = server.federation.device_trusting(1, both());
    accomplice.state = State::default();
    let genesis = accomplice.create();
    let opened = open_group(
        &genesis.group_info,
        &genesis.ratchet_tree,
        &remover().public(),
        &anchors,
        server.federation.now,
    )
    .unwrap();
    let staged = accomplice.stage(vec![package], vec![]);
    let judged = validate_commit(
        &opened.public_state,
        &staged.commit,
        staged.welcome.as_deref(),
        &staged.group_info,
        accomplice.id(),
        &anchors,
        server.federation.now,
    );
    assert_eq!(judged, Err(refused));
}

#[test]
fn a_leaf_that_turns_into_another_device_is_refused() {
    let mut server = Server::new();
    let federation = &server.federation;
    let chain = federation
        .organisation
        .issue(
            &device_of("laurier.internal", 7),
            &key(1).public(),
            federation.now,
        )
        .unwrap();
    server.founder.mls = Mls::new(key(1), chain, federation.anchors(), federation.now).unwrap();
    let staged = server.founder.stage(vec![], vec![]);
    let judged = server.judge(&staged, server.founder.id(), |_| ());
    assert_eq!(
        judged,
        Err(Error::Credential(CredentialError::IdentityMismatch))
    );
}

#[test]
fn truncated_overlong_and_swapped_bytes_are_refused() {
    let mut server = Server::new();
    let package = server.federation.device(2).key_package();
    let staged = server.founder.stage(vec![package.clone()], vec![]);
    let content = server.founder.encrypt("pas un commit");
    let variants = |bytes: &[u8]| {
        vec![
            Bytes::new(),
            bytes[..1].to_vec().into(),
            bytes[..bytes.len() / 2].to_vec().into(),
            bytes[..bytes.len() - 1].to_vec().into(),
            [bytes, &[0][..]].concat().into(),
            [bytes, bytes].concat().into(),
            content.clone(),
            package.clone(),
        ]
    };
    for bytes in variants(&staged.commit) {
        server.refuses(&staged, "a wrong commit", |s| s.commit = bytes);
    }
    for bytes in variants(&staged.group_info) {
        server.refuses(&staged, "a wrong GroupInfo", |s| s.group_info = bytes);
    }
    for bytes in variants(staged.welcome.as_ref().unwrap()) {
        server.refuses(&staged, "a wrong Welcome", |s| s.welcome = Some(bytes));
    }
    let anchors = server.federation.anchors();
    let now = server.federation.now;
    let owner = device_of("laurier.internal", 2);
    for bytes in variants(&package).into_iter().take(7) {
        assert!(validate_key_package(&bytes, &owner, &anchors, now).is_err());
    }
    let genesis = server.federation.device(4).create();
    for bytes in variants(&genesis.ratchet_tree) {
        assert!(
            open_group(
                &genesis.group_info,
                &bytes,
                &remover().public(),
                &anchors,
                now
            )
            .is_err()
        );
    }
    for bytes in variants(&server.public_state.clone()) {
        server.public_state = bytes.to_vec();
        let judged = server.judge(&staged, server.founder.id(), |_| ());
        assert!(judged.is_err());
    }
}

#[test]
fn a_new_group_begins_at_epoch_0() {
    let federation = Federation::new();
    let mut founder = federation.device(1);
    founder.create();
    let staged = founder.stage(vec![], vec![]);
    founder.merge();
    let opened = open_group(
        &staged.group_info,
        &founder.tree(),
        &remover().public(),
        &federation.anchors(),
        federation.now,
    );
    assert!(matches!(opened, Err(Error::Invalid(_))));
}

#[test]
fn a_key_package_tells_its_reference_and_kind() {
    let federation = Federation::new();
    let mut device = federation.device(1);
    let now = federation.now;
    let owner = device.mls.identity().device.clone();
    for last_resort in [false, true] {
        let package = device
            .mls
            .key_package(&mut device.state, last_resort, now)
            .unwrap();
        let info = validate_key_package(&package, &owner, &federation.anchors(), now).unwrap();
        assert_eq!(info.last_resort, last_resort);
        assert_eq!(info.reference.len(), 32);
        assert_eq!(
            info.not_after.as_secs(),
            now.plus(crate::KEY_PACKAGE_LIFETIME).as_secs()
        );
        let other = device_of("laurier.internal", 2);
        assert_eq!(
            validate_key_package(&package, &other, &federation.anchors(), now),
            Err(CredentialError::IdentityMismatch.into())
        );
        let late = now.plus(crate::KEY_PACKAGE_LIFETIME);
        assert!(validate_key_package(&package, &owner, &federation.anchors(), late).is_err());
        // Members who catch up later meet OpenMLS's own check, which must not fail them.
        let package = unchecked(&package, &RustCrypto::default());
        let certificate_until = device.mls.identity().not_after.as_secs();
        assert_eq!(
            i64::try_from(package.life_time().not_after()).unwrap(),
            certificate_until
        );
    }
}

#[test]
fn an_old_key_package_cannot_be_committed() {
    let mut server = Server::new();
    let package = server.federation.device(2).key_package();
    let staged = server.founder.stage(vec![package.clone()], vec![]);
    server.federation.now = server.federation.now.plus(crate::KEY_PACKAGE_LIFETIME);
    let refused = server.judge(&staged, server.founder.id(), |_| ());
    assert!(matches!(refused, Err(Error::Invalid(text)) if text.contains("12 weeks")));
    let founder = &mut server.founder;
    founder
        .mls
        .discard_staged(&mut founder.state, GROUP)
        .unwrap();
    let change = Change {
        add: vec![package],
        remove: vec![],
    };
    let late = server.federation.now;
    let refused = founder
        .mls
        .stage_commit(&mut founder.state, GROUP, &change, late);
    assert!(matches!(refused, Err(Error::Invalid(text)) if text.contains("12 weeks")));
}

#[test]
fn an_application_message_shows_group_and_epoch_only() {
    let federation = Federation::new();
    let mut device = federation.device(1);
    device.create();
    let message = device.encrypt("bonjour");
    assert_eq!(
        application_header(&message),
        Ok(ApplicationHeader {
            group: GROUP,
            epoch: 0
        })
    );
    let staged = device.stage(vec![], vec![]);
    for other in [&staged.commit, &staged.group_info, &device.key_package()] {
        assert!(application_header(other).is_err());
    }
    for cut in 0..message.len() {
        assert!(application_header(&message[..cut]).is_err());
    }
    assert!(application_header(&[&message, &[0][..]].concat()).is_err());
}

/// Hands a forged commit of the founder to the server and to another member.
fn both_refuse(
    path: bool,
    proposals: impl for<'a> FnOnce(
        CommitBuilder<'a, Initial>,
        &RustCrypto,
        Bytes,
    ) -> CommitBuilder<'a, Initial>,
) -> Error {
    let mut server = Server::new();
    let mut other = server.federation.device(2);
    let package = other.key_package();
    let staged = server.founder.stage(vec![package], vec![]);
    server.accept(&staged, server.founder.id());
    server.founder.merge();
    other
        .join(staged.welcome.as_ref().unwrap(), &server.founder.tree())
        .unwrap();

    // The same device once more, with another key.
    let (name, second_key) = (device_of("laurier.internal", 2), key(50));
    let now = server.federation.now;
    let issued = &server.federation.organisation;
    let chain = issued.issue(&name, &second_key.public(), now).unwrap();
    let twin = Mls::new(second_key, chain, server.federation.anchors(), now).unwrap();
    let twin = twin.key_package(&mut State::default(), false, now).unwrap();

    let forged = server
        .founder
        .forge(path, |builder, crypto| proposals(builder, crypto, twin));
    let refused = server.refuses(&forged, "a forged commit", |_| ());
    assert_eq!(other.process(&forged.commit), Err(refused.clone()));
    refused
}

fn unchecked(bytes: &[u8], crypto: &RustCrypto) -> KeyPackage {
    let package = wire::key_package(bytes).unwrap();
    package.validate(crypto, ProtocolVersion::Mls10).unwrap()
}

#[test]
fn a_forged_commit_that_adds_a_device_twice_is_refused() {
    let refused = both_refuse(true, |builder, crypto, twin| {
        builder.propose_adds([unchecked(&twin, crypto)])
    });
    let device = device_of("laurier.internal", 2).device;
    assert_eq!(refused, Error::DuplicateMember(device));
}

#[test]
fn a_forged_commit_that_keeps_old_keys_is_refused() {
    let refused = both_refuse(false, |builder, crypto, twin| {
        builder.propose_adds([unchecked(&twin, crypto)])
    });
    assert!(matches!(refused, Error::Invalid(text) if text.contains("renew")));
}

#[test]
fn a_forged_commit_with_other_proposals_is_refused() {
    let refused = both_refuse(true, |builder, _, _| {
        let extensions = Extensions::empty();
        builder
            .propose_group_context_extensions(extensions)
            .unwrap()
    });
    assert!(matches!(refused, Error::Invalid(text) if text.contains("no valid policy")));
}

#[test]
fn only_a_member_may_commit() {
    let mut server = Server::new();
    let mut outsider = server.federation.device(2);
    outsider.create();
    let staged = outsider.stage(vec![], vec![]);
    assert!(server.judge(&staged, outsider.id(), |_| ()).is_err());

    // With the GroupInfo anybody can make an external commit (RFC 9420 §12.4.3.2).
    let staged = server.founder.stage(vec![], vec![]);
    server.accept(&staged, server.founder.id());
    server.founder.merge();
    let mut scratch = State::default();
    let provider = Provider::writing(&outsider.mls.crypto, &mut scratch);
    let (_, external) = MlsGroup::external_commit_builder()
        .with_config(policy::join_config())
        .with_ratchet_tree(wire::ratchet_tree(&server.founder.tree()).unwrap())
        .build_group(
            &provider,
            wire::group_info(&staged.group_info).unwrap(),
            outsider.mls.credential(),
        )
        .unwrap()
        .leaf_node_parameters(
            LeafNodeParameters::builder()
                .with_capabilities(policy::capabilities())
                .build(),
        )
        .load_psks(provider.storage())
        .unwrap()
        .create_group_info(true)
        .build(
            provider.rand(),
            provider.crypto(),
            &outsider.mls.key,
            |_| true,
        )
        .unwrap()
        .finalize(&provider)
        .unwrap();
    let (commit, _, group_info) = external.into_messages();
    let staged = StagedCommit {
        epoch: 1,
        commit: to_bytes(&commit).unwrap(),
        welcome: None,
        group_info: to_bytes(&group_info.unwrap()).unwrap(),
    };
    let refused = server.judge(&staged, outsider.id(), |_| ());
    assert!(
        matches!(&refused, Err(Error::Invalid(text)) if text.contains("replace a leaf of their own")),
        "{refused:?}"
    );
    assert_eq!(
        server.founder.process(&staged.commit).map(|_| ()),
        refused.map(|_| ())
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let federation = Federation::new();
        let (anchors, now) = (federation.anchors(), federation.now);
        let device = device_of("laurier.internal", 1);
        prop_assert!(application_header(&bytes).is_err());
        prop_assert!(validate_key_package(&bytes, &device, &anchors, now).is_err());
        prop_assert!(open_group(&bytes, &bytes, &remover().public(), &anchors, now).is_err());
        prop_assert!(
            validate_commit(&bytes, &bytes, Some(&bytes), &bytes, device.device, &anchors, now)
                .is_err()
        );
    }
}
